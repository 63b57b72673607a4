//! One price hands nothing over and lends nothing: what the window of the wick filter keeps from the backstop and from borrowers.

#[path = "support/market.rs"]
mod market;
#[path = "support/wick.rs"]
mod wick;

use damper::Error;
use damper::guard::{Decision, Guard, GuardParams, GuardState, WaitReason};
use damper::health::{Collateral, Position};
use damper::plan::{self as rule, Assessment, Reason};
use damper::price::{Price, PriceBand};
use damper::units::{Amount, Seconds, Value};
use market::{breaker, parameters, plan};
use proptest::prelude::*;
use wick::{WICK, at, decide, exact, guard, market, opened, owing, see, waits_for};

/// The naive rule: what D11 says at the last price.
fn naive(guard: &Guard<1>, state: &GuardState<1>, position: &Position<0, 0>) -> bool {
    let limits = guard.limits(state, state.at()).expect("the present");
    let market = rule::Market {
        parameters: limits.parameters,
        band: limits.band,
        impact: limits.cap.excess_over(limits.level).max(limits.reserved),
    };
    let assessed = rule::assess(&guard.params().plan, &market, position).expect("in range");
    matches!(assessed, Assessment::Backstop(_))
}

/// A loan of 700 on 1,000 is healthy; one print of 500 makes it lost for whoever believes it.
#[test]
fn naive_last_price_breaks() {
    let guard = guard(WICK);
    let loan = owing(700);
    let state = see(&guard, opened(&guard), 100, exact(1_000));
    assert_eq!(decide(&guard, &state, &loan), Decision::Healthy);
    let state = see(&guard, state, 110, exact(500));
    assert!(naive(&guard, &state, &loan), "a sound loan is handed over");
    let Decision::Unconfirmed { shortfall, reason } = decide(&guard, &state, &loan) else { panic!("handed over") };
    assert_eq!((shortfall.reason, reason), (Reason::Insolvent, WaitReason::Wick));
    // What would be missing is said at the last price.
    assert_eq!((shortfall.debt, shortfall.collateral), (Value::new(700_000), Value::new(500_000)));
    let state = see(&guard, state, 120, exact(1_000));
    assert_eq!(decide(&guard, &state, &loan), Decision::Healthy);
}

/// The same upwards: one print of 2,000 lends twice what the loan may owe for whoever believes it.
#[test]
fn naive_last_price_lends() {
    let guard = guard(WICK);
    let loan = owing(0);
    let state = see(&guard, opened(&guard), 100, exact(1_000));
    let most = guard.max_borrow_floor(&state, at(100), &loan).expect("fresh");
    let state = see(&guard, state, 110, exact(2_000));
    let limits = guard.limits(&state, at(110)).expect("the present");
    assert!(loan.max_borrow_floor(&limits.parameters, limits.band).expect("in range") > most, "lent on one price");
    assert!(guard.max_borrow_floor(&state, at(110), &loan).expect("fresh") <= most);
    assert_eq!(guard.may_borrow(&state, at(110), &loan, Value::new(most.get() + 1)), Ok(false));
    // Held for the window, the price counts: the bucket that saw the lower one is left at the second opening after it.
    let state = see(&guard, see(&guard, state, 170, exact(2_000)), 230, exact(2_000));
    assert!(guard.max_borrow_floor(&state, at(230), &loan).expect("fresh") > most);
}

/// T19 (i) is sharp: prints that are false for the whole width hand over, one second less does not.
#[test]
fn a_run_of_the_width_hands_over() {
    let guard = guard(WICK);
    let loan = owing(700);
    // The bucket of 100 is closed by 160, which is false.
    let before = see(&guard, opened(&guard), 100, exact(1_000));
    for (last, expected) in [(219, false), (220, true)] {
        let state = see(&guard, see(&guard, before, 160, exact(500)), last, exact(500));
        assert_eq!(matches!(decide(&guard, &state, &loan), Decision::Backstop(_)), expected, "{last}");
    }
}

/// A wick of zero is no filter: the last price decides.
#[test]
fn a_width_of_zero_confirms_at_once() {
    let guard = guard(0);
    let state = see(&guard, opened(&guard), 100, exact(500));
    assert!(matches!(decide(&guard, &state, &owing(700)), Decision::Backstop(_)));
}

/// The side of a wide band that the collateral may be worth counts: only what is lost at both is lost.
#[test]
fn a_band_is_confirmed_at_its_high_side() {
    let guard = guard(0);
    let wide = PriceBand::new(exact(500).low(), exact(1_000).high()).expect("in order");
    let state = see(&guard, opened(&guard), 100, wide);
    assert!(naive(&guard, &state, &owing(700)));
    assert_eq!(waits_for(&decide(&guard, &state, &owing(700))), Some(WaitReason::Wick));
    assert!(matches!(decide(&guard, &state, &owing(1_100)), Decision::Backstop(_)));
}

/// A sale that helps at the window's highest price is enough: an unhealthy loan that could be sold is not lost yet.
#[test]
fn what_could_be_sold_at_the_highest_price_is_not_lost() {
    let guard = guard(WICK);
    let state = see(&guard, opened(&guard), 100, exact(1_000));
    let loan = owing(900);
    assert!(matches!(decide(&guard, &state, &loan), Decision::Liquidate { .. }));
    let state = see(&guard, state, 110, exact(800));
    assert_eq!(waits_for(&decide(&guard, &state, &loan)), Some(WaitReason::Wick));
    // What no sale helps at either is lost at once.
    assert!(matches!(decide(&guard, &state, &owing(990)), Decision::Backstop(_)));
}

/// Whether it was healthy comes before what a sale would do: a speck beside other collateral cannot be sold at any price.
#[test]
fn what_was_healthy_at_the_highest_price_is_not_lost() {
    let guard = Guard::new(GuardParams { plan: plan(1_000), ..market(WICK).params() }).expect("sound");
    // 500 atoms, and another collateral that counts 800: `ceil(0.83 * 500)` = 415 more at a price of one.
    let other = Collateral::new(Amount::new(1_000), exact(1_000), &parameters(7_500, 8_000)).expect("sound");
    let loan = Position::<1, 0>::new(Amount::new(500), Value::new(1_100)).with_collateral(other).expect("room");
    let state = see(&guard, see(&guard, opened(&guard), 100, exact(1_000)), 110, exact(500));
    let Ok(Decision::Unconfirmed { shortfall, reason }) = guard.assess(&state, at(110), &loan) else { panic!("lost") };
    assert_eq!((shortfall.reason, reason), (Reason::NoCollateral, WaitReason::Wick));
}

/// In a halt of kicks nothing is handed over, however long a price was held; after it, and held, it is.
#[test]
fn a_halt_hands_nothing_over() {
    let params = GuardParams { breaker: breaker([700, 1_300, 9_900], Seconds::new(900)), ..market(WICK).params() };
    let guard = Guard::new(params).expect("sound");
    let loan = owing(900);
    let mut state = see(&guard, opened(&guard), 100, exact(1_000));
    for seconds in [160, 220, 280, 340] {
        state = see(&guard, state, seconds, exact(800));
        assert!(guard.limits(&state, at(seconds)).expect("the present").stops.kick);
        assert_eq!(waits_for(&decide(&guard, &state, &loan)), Some(WaitReason::Halted));
    }
    // The loan is not held up by the halt if it is healthy, and its debt is not raised.
    assert_eq!(decide(&guard, &state, &owing(500)), Decision::Healthy);
    assert_eq!(guard.max_borrow_floor(&state, state.at(), &owing(500)), Err(Error::BorrowStopped));
    assert_eq!(guard.may_borrow(&state, state.at(), &owing(500), Value::ZERO), Ok(false));
    let state = see(&guard, state, 160 + 900, exact(800));
    assert!(matches!(decide(&guard, &state, &loan), Decision::Backstop(_)));
}

/// A price that is false, as parts of ten thousand of the true one; the breaker at 97 % stays out of it but for drifts.
fn lie() -> impl Strategy<Value = u128> {
    prop_oneof![2_000_u128..10_000, 10_000_u128..40_000]
}

/// What may be borrowed: nothing in a halt.
fn room(guard: &Guard<1>, state: &GuardState<1>, position: &Position<0, 0>) -> Value {
    match guard.max_borrow_floor(state, state.at(), position) {
        Err(Error::BorrowStopped) => Value::ZERO,
        most => most.expect("a fresh price"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// T19 (i), (ii): runs of false prices shorter than the width, at any times and with any gaps, hand over nothing that was
    /// healthy at the last true price, and lend nothing that it does not.
    #[test]
    fn false_prices_shorter_than_the_width_hand_over_and_lend_nothing(
        wick in 1_u64..200,
        steps in prop::collection::vec((1_u64..300, 900_u128..1_110, prop::option::weighted(0.6, lie())), 1..40),
        part in 400_u128..830,
    ) {
        let guard = guard(wick);
        let loan = owing(part);
        let (mut state, mut now, mut price) = (opened(&guard), 0, 1_000_000_u128);
        let mut run: Option<u64> = None;
        for (gap, moved, lie) in steps {
            now += gap;
            let lied = lie.filter(|_| now - run.unwrap_or(now) < wick);
            let shown = match lied {
                Some(parts) => { run = Some(run.unwrap_or(now)); (price * parts / 10_000).max(1) }
                None => { run = None; price = (price * moved / 1_000).clamp(1_000, 1_000_000_000); price }
            };
            let band = PriceBand::exact(Price::from_fraction_floor(shown, 1_000_000).expect("positive"));
            state = see(&guard, state, now, band);
            let truth = PriceBand::exact(Price::from_fraction_floor(price, 1_000_000).expect("positive"));
            let parameters = guard.limits(&state, at(now)).expect("the present").parameters;
            if loan.is_healthy(&parameters, truth).expect("in range") {
                prop_assert!(!matches!(decide(&guard, &state, &loan), Decision::Backstop(_)));
            }
            let most = loan.max_borrow_floor(&parameters, truth).expect("in range");
            prop_assert!(room(&guard, &state, &loan) <= most);
        }
    }

    /// T19 (iii): a fall that stays is confirmed from two widths and a gap after it on, and stays so.
    #[test]
    fn a_fall_that_stays_is_confirmed(
        wick in 0_u64..200,
        before in prop::collection::vec((1_u64..100, 900_u128..1_500), 0..20),
        gaps in prop::collection::vec(1_u64..100, 1..30),
        lost in 100_u128..690,
    ) {
        let guard = guard(wick);
        let loan = owing(700);
        let (mut state, mut now) = (opened(&guard), 0);
        for (gap, price) in before {
            now += gap;
            state = see(&guard, state, now, exact(price));
        }
        let longest = gaps.iter().skip(1).copied().max().unwrap_or(0);
        let mut fallen = None;
        for gap in gaps {
            now += gap;
            let fallen = *fallen.get_or_insert(now);
            state = see(&guard, state, now, exact(lost));
            let decision = decide(&guard, &state, &loan);
            let confirmed = matches!(decision, Decision::Backstop(_));
            prop_assert!(confirmed || waits_for(&decision) == Some(WaitReason::Wick));
            prop_assert!(confirmed || now < fallen + 2 * wick + longest, "{} {fallen}", now);
        }
    }

    /// What may be borrowed is permitted, and not an atom more.
    #[test]
    fn the_most_is_permitted_and_no_atom_more(part in 0_u128..900, shown in 200_u128..3_000) {
        let guard = guard(WICK);
        let loan = owing(part);
        let state = see(&guard, opened(&guard), 100, exact(shown));
        let most = guard.max_borrow_floor(&state, at(100), &loan).expect("fresh");
        prop_assert!(most == Value::ZERO || guard.may_borrow(&state, at(100), &loan, most) == Ok(true));
        prop_assert_eq!(guard.may_borrow(&state, at(100), &loan, Value::new(most.get() + 1)), Ok(false));
    }
}
