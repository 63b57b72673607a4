//! The cap on what is owed in all: its formula, what it counts and what it does not.

use damper::ratio::Ratio;
use damper::units::{Amount, Seconds, Timestamp, Value};
use market::life::{Act, START, STEPS, World};
use market::ops::{deposit, repay};
use market::{Loan, Market, Refusal, Terms, TermsParams};

/// The world of the life after so many seconds, and the time.
fn at(after: u64) -> (World, Timestamp) {
    let mut world = World::NEW;
    for step in STEPS.iter().take_while(|step| step.after <= after) {
        let _ = world.apply(step);
    }
    (world, Timestamp::new(START + after))
}

/// The largest debt that may be owed, by bisection.
fn most(market: &Market<'_>, state: &market::State) -> u128 {
    let (mut yes, mut no) = (0_u128, u128::MAX);
    while no - yes > 1 {
        let middle = yes + (no - yes) / 2;
        if market.may_owe(&state.guard, Value::new(middle)).expect("time runs forward") {
            yes = middle;
        } else {
            no = middle;
        }
    }
    yes
}

#[test]
fn the_base_to_be_sold_is_at_most_the_cap_and_one_atom_of_debt_more_is_not() {
    for after in [136, 651, 5_276, 13_625, 473_725] {
        let (world, now) = at(after);
        let (guard, state) = (world.guard.expect("there"), world.state.expect("there"));
        let life = world.terms.expect("there");
        // The low side as it was observed: so many times 10^-8.
        let seen = state.guard.price().source_time;
        let quotes = STEPS.iter().rev().skip_while(|step| step.after > after).filter_map(|step| match step.act {
            Act::Observe(seen) => seen.quote,
            _ => None,
        });
        let quote = { quotes }.find(|quote| quote.source_time == seen).expect("observed");
        let low = u128::from(quote.mantissa.unsigned_abs() - quote.confidence);
        for (fall, penalty) in [(0, 0), (1, 100), (1_000, 1), (9_999, 100), (1_000, 5_000)] {
            let [fall, penalty] = [fall, penalty].map(|bps| Ratio::from_bps_floor(bps).expect("a ratio"));
            let terms = Terms::new(TermsParams { fall, penalty, ..*life.params() }).expect("checked");
            let market = Market { guard: &guard, terms: &terms, now };
            let params = terms.params();
            let cap = guard.open_interest_cap(&state.guard, now, &params.pace, params.slack).expect("forward").get();
            let limits = guard.limits(&state.guard, now).expect("forward");
            let one = 1_u128 << 48;
            let left = one - u128::from(fall.to_bits());
            // What a quote atom raised repays.
            let repays = one - u128::from(penalty.to_bits());
            let gross = |debt: u128| (debt * (one + u128::from(limits.parameters.bonus.to_bits()))).div_ceil(repays);
            // debt * (1 + bonus) / (1 - penalty) / (low * (1 - fall)), the first quotient rounded up by less than an atom; the price was rounded down by less than 2^-40 of it.
            let needed = |debt: u128| gross(debt) * 100_000_000 * one / (low * left);
            let debt = most(&market, &state);
            assert!(debt > 0 && needed(debt) <= cap, "{after} {cap}");
            assert!(needed(debt + 2 + (debt >> 40)) >= cap, "{after} {cap}");
        }
    }
}

#[test]
fn collateral_without_debt_takes_no_room_and_repayment_gives_it_back() {
    let (world, now) = at(136);
    let (guard, mut state) = (world.guard.expect("there"), world.state.expect("there"));
    let terms = world.terms.expect("there");
    let market = Market { guard: &guard, terms: &terms, now };
    let room = most(&market, &state) - state.house.debt.get();
    let before = state;
    let rich = market.open(&mut state, Amount::new(u128::MAX >> 32), Value::ZERO).expect("no debt");
    assert_eq!((state, rich.debt), (before, Value::ZERO));
    let mut loan = Loan::NEW;
    deposit(&mut loan, Amount::new(100_000_000_000_000_000)).expect("something");
    let (kept, full) = (loan, state);
    assert_eq!(market.borrow(&mut state, &mut loan, Value::new(room + 1)), Err(Refusal::OverCap));
    assert_eq!((loan, state), (kept, full));
    assert_eq!(market.open(&mut state, kept.collateral, Value::new(room + 1)), Err(Refusal::OverCap));
    assert_eq!(state, full);
    market.borrow(&mut state, &mut loan, Value::new(room)).expect("all of the room");
    assert_eq!(market.borrow(&mut state, &mut loan, Value::new(1)), Err(Refusal::OverCap));
    repay(&mut state.house, &mut loan, Value::new(1)).expect("owed");
    market.borrow(&mut state, &mut loan, Value::new(1)).expect("room again");
    // A withdrawal owes no more, so the cap is not asked.
    let what = market::ops::Withdrawal { collateral: Amount::new(1), credit: Value::ZERO };
    market.withdraw(&state.guard, &mut loan, what).expect("far from the largest ratio");
    // What is owed in all is repaid and no more.
    let mut none = market::House { debt: Value::ZERO, ..state.house };
    assert_eq!(repay(&mut none, &mut loan, Value::new(1)), Err(damper::Error::Underflow.into()));
}

#[test]
fn a_larger_fall_a_shorter_slack_or_an_old_depth_lend_less() {
    let (world, now) = at(136);
    let (guard, state) = (world.guard.expect("there"), world.state.expect("there"));
    let life = *world.terms.expect("there").params();
    let owe = |params: TermsParams, now: Timestamp| {
        let terms = Terms::new(params).expect("checked");
        most(&Market { guard: &guard, terms: &terms, now }, &state)
    };
    let usual = owe(life, now);
    assert!(owe(TermsParams { fall: Ratio::from_bps_floor(2_000).expect("a ratio"), ..life }, now) < usual);
    assert!(owe(TermsParams { slack: Seconds::new(86_400), ..life }, now) < usual);
    assert_eq!(owe(TermsParams { slack: Seconds::ZERO, ..life }, now), 0);
    assert_eq!(owe(life, Timestamp::new(now.get() + 200)), 0);
    let terms = Terms::new(TermsParams { slack: Seconds::ZERO, ..life }).expect("checked");
    let none = Market { guard: &guard, terms: &terms, now }.may_owe(&state.guard, Value::ZERO);
    assert_eq!(none, Ok(true), "what owes nothing is within any cap");
}
