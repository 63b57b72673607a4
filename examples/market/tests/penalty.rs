//! A penalty takes no more than the sale brought.

use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Timestamp};
use market::life::{START, STEPS, World};
use market::ops::Want;
use market::{Loan, Market, Pool, Quote, Refusal, State, Terms, TermsParams};

const KICK: u64 = 653;

fn penalty(bps: u32) -> Terms {
    let penalty = Ratio::from_bps_ceil(bps).expect("a ratio");
    Terms::new(TermsParams { penalty, ..*market::life::terms().expect("checked").params() }).expect("below one")
}

/// The life just before its first kick, and from there on with a price and a pool that stand still: the state, the loan that
/// is to be sold and, for each lot that was taken in whole at the market's price, debt and collateral before and after it.
fn sold_at_a_standing_price(terms: &Terms, lots: usize) -> (State, Loan, Vec<[u128; 4]>) {
    let mut world = World::NEW;
    for step in STEPS.iter().take_while(|step| step.after < KICK) {
        let _ = world.apply(step);
    }
    let (guard, mut state) = (world.guard.expect("there"), world.state.expect("there"));
    let mut loan = world.loans[1].expect("there");
    let mut after = KICK;
    let mut seen = Vec::new();
    while seen.len() < lots {
        let market = |after: u64| Market { guard: &guard, terms, now: Timestamp::new(START + after) };
        let see = |after: u64, state: &mut State| {
            let source_time = Timestamp::new(START + after);
            let quote = Quote { mantissa: 18_250_000, confidence: 9_125, exponent: -8, source_time };
            let pool = Pool { reserve: Amount::new(455_000_000_000_000), source_time };
            let price = quote.observation().expect("a price");
            let _ = market(after).observe(state, Some(price), Some(pool.observation())).expect("seen");
        };
        let before = [loan.debt.get(), loan.collateral.get()];
        let Ok((mut lot, _)) = market(after).kick(&mut state, &mut loan) else { break };
        after += 600;
        see(after, &mut state);
        let want = Want { amount: Amount::new(u128::MAX), limit: Price::from_decimal_floor(1, 0).expect("a price") };
        let _ = market(after).take(&mut state, &mut loan, &mut lot, want).expect("taken");
        let _ = market(after).settle(&mut state, &mut loan, &lot).expect("done");
        // The ledger leaks meanwhile.
        after += 100_000;
        see(after, &mut state);
        seen.push([before[0], before[1], loan.debt.get(), loan.collateral.get()]);
    }
    (state, loan, seen)
}

#[test]
fn no_lot_leaves_more_debt_for_a_base_atom_than_there_was() {
    // Of 20 % and more a lot at the threshold of 80 % leaves less than it takes: 0.8 * 1.05 > 1 - 0.2.
    for bps in [1, 100, 1_000, 2_000, 3_000, 9_999] {
        let (_, _, lots) = sold_at_a_standing_price(&penalty(bps), 12);
        assert!(!lots.is_empty());
        for [debt, collateral, after, left] in lots {
            assert!(after * collateral <= debt * left, "{bps} {debt} {collateral} {after} {left}");
        }
    }
}

#[test]
fn with_terms_that_fit_a_lot_makes_a_loan_healthier() {
    let guard = market::life::guard().expect("checked");
    let terms = penalty(1_000);
    assert_eq!(Terms::new(TermsParams { sources: None, ..*terms.params() }).expect("checked").fits(&guard), Ok(()));
    let (_, _, lots) = sold_at_a_standing_price(&terms, 1);
    let [debt, collateral, after, left] = lots[0];
    assert!(after * collateral < debt * left);
}

#[test]
fn a_penalty_that_takes_what_a_sale_at_the_threshold_brings_does_not_fit() {
    let guard = market::life::guard().expect("checked");
    let schedule = guard.params().schedule.params();
    let one = 1_u128 << 48;
    let product = u128::from(schedule.calm.liquidation_threshold.to_bits())
        * (one + u128::from(schedule.stressed.bonus.to_bits()));
    // What is given is rounded up, and must stay below what repays.
    let most = (one - product.div_ceil(one)) as u64 - 1;
    let fits = |bits: u64| {
        let life = market::life::terms().expect("checked");
        let terms = TermsParams { penalty: Ratio::from_bits(bits), sources: None, ..*life.params() };
        Terms::new(terms).expect("below one").fits(&guard)
    };
    assert_eq!(fits(most), Ok(()));
    assert_eq!(fits(most + 1), Err(Refusal::PenaltyRange));
}
