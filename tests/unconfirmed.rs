//! What is not confirmed: against D11 at both prices, in a halt, for the time that passes, and how the filter is got round.

#[path = "support/market.rs"]
mod market;
#[path = "support/wick.rs"]
mod wick;

use damper::Error;
use damper::guard::{Decision, Guard, GuardParams, GuardState, Observation, WaitReason};
use damper::health::{Collateral, Position};
use damper::oracle::{OracleConfig, PriceObservation};
use damper::plan::{self as rule, Assessment};
use damper::price::PriceBand;
use damper::ratio::Ratio;
use damper::stress::External;
use damper::units::{Amount, Seconds, Value};
use market::{breaker, parameters, plan};
use proptest::prelude::*;
use wick::{WICK, at, decide, exact, guard, market, opened, owing, see, waits_for};

fn room(guard: &Guard<1>, state: &GuardState<1>, position: &Position<0, 0>) -> Value {
    guard.max_borrow_floor(state, state.at(), position).expect("a fresh price and no halt")
}

/// T19 (iii) speaks of source times: nothing confirms but a price, however much time passes after the last one.
#[test]
fn time_alone_confirms_nothing() {
    let guard = guard(WICK);
    let state = see(&guard, opened(&guard), 100, exact(1_000));
    let state = see(&guard, state, 110, exact(500));
    let much_later = guard.assess(&state, at(100_000), &owing(700)).expect("prices are never too old here");
    assert_eq!(waits_for(&much_later), Some(WaitReason::Wick));
}

/// The width is one of source times between accepted prices: two that are false and a width apart hand over and lend in the
/// second in which both arrive, if nothing true was accepted in between. Each alone does neither.
#[test]
fn two_false_prices_a_width_apart_are_enough_however_they_arrive() {
    let guard = guard(WICK);
    let come = |state, source: u64, thousandths| {
        let price = PriceObservation { source_time: at(source), band: exact(thousandths) };
        guard.observe(state, &Observation { now: at(280), price: Some(price), depth: None }).expect("a good price")
    };
    let before = see(&guard, opened(&guard), 100, exact(1_000));
    let (low, loan) = (come(before, 220, 500), owing(700));
    assert_eq!(waits_for(&decide(&guard, &low, &loan)), Some(WaitReason::Wick));
    assert!(matches!(decide(&guard, &come(low, 280, 500), &loan), Decision::Backstop(_)));
    let (high, most) = (come(before, 220, 2_000), room(&guard, &before, &owing(0)));
    assert!(room(&guard, &high, &owing(0)) <= most);
    assert!(room(&guard, &come(high, 280, 2_000), &owing(0)) > most);
}

/// One false print in two widths, where it opens each second bucket: too high, a lost loan is never handed over; too low,
/// nobody borrows what the price would lend.
#[test]
fn a_false_price_in_each_second_bucket_holds_up_for_as_long_as_it_comes() {
    let guard = guard(WICK);
    let (lost, free) = (owing(700), owing(0));
    let first = see(&guard, opened(&guard), 50, exact(600));
    let (mut high, mut low) = (first, first);
    for seconds in (60..3_600).step_by(10) {
        let lies = seconds % 120 == 60;
        high = see(&guard, high, seconds, exact(if lies { 1_000 } else { 600 }));
        low = see(&guard, low, seconds, exact(if lies { 300 } else { 600 }));
        assert!(!matches!(decide(&guard, &high, &lost), Decision::Backstop(_)), "{seconds}");
        assert_eq!(low.window().low(), exact(300).low(), "{seconds}");
        let limits = guard.limits(&low, low.at()).expect("the present");
        let fair = free.max_borrow_floor(&limits.parameters, exact(600)).expect("in range");
        assert!(room(&guard, &low, &free).get() * 2 <= fair.get() + 1, "{seconds}");
    }
}

/// What a halt of kicks holds up is asked at the present, and a halt of borrowing alone holds nothing up.
#[test]
fn only_a_halt_of_kicks_that_is_in_force_now_holds_up() {
    let trips = |trips| {
        let params = GuardParams { breaker: breaker(trips, Seconds::new(900)), ..market(WICK).params() };
        let guard = Guard::new(params).expect("sound");
        let mut state = see(&guard, opened(&guard), 100, exact(1_000));
        for seconds in [160, 220, 280, 340] {
            state = see(&guard, state, seconds, exact(800));
        }
        (guard, state)
    };
    let (lost, sound) = (owing(900), owing(100));
    // All halted at 160, for 900 seconds; the last price is of 340.
    let (guard, state) = trips([700, 1_300, 9_900]);
    let reason = |now| waits_for(&guard.assess(&state, at(now), &lost).expect("never too old"));
    assert_eq!((reason(1_059), reason(1_060)), (Some(WaitReason::Halted), None));
    assert!(matches!(guard.assess(&state, at(1_060), &lost), Ok(Decision::Backstop(_))));
    assert_eq!(guard.max_borrow_floor(&state, at(1_059), &sound), Err(Error::BorrowStopped));
    assert!(guard.max_borrow_floor(&state, at(1_060), &sound).expect("after the halt") > Value::ZERO);
    // Borrowing alone is stopped.
    let (guard, state) = trips([700, 2_100, 9_900]);
    assert!(matches!(decide(&guard, &state, &lost), Decision::Backstop(_)));
    assert_eq!(guard.max_borrow_floor(&state, state.at(), &sound), Err(Error::BorrowStopped));
}

/// What may be borrowed is refused on a price that is too old, and before the state's time.
#[test]
fn no_old_price_lends() {
    let params = market(WICK).params();
    let oracle = OracleConfig::new(Seconds::new(120), Ratio::ZERO).expect("zero is below one");
    let guard = Guard::new(GuardParams { oracle, ..params }).expect("sound");
    let state = see(&guard, opened(&guard), 100, exact(1_000));
    let most = |now| guard.max_borrow_floor(&state, at(now), &owing(100));
    assert!(most(220).is_ok());
    assert_eq!((most(221), most(99)), (Err(Error::PriceStale), Err(Error::ClockReversed)));
    let late = guard.assess(&state, at(221), &owing(990));
    assert_eq!(late.err(), Some(Error::PriceStale));
}

/// The state's time is that of the last call of any kind.
#[test]
fn a_report_moves_the_time_of_the_state() {
    let guard = guard(WICK);
    let price = PriceObservation { source_time: at(90), band: exact(1_000) };
    let seen = Observation { now: at(100), price: Some(price), depth: None };
    let state = guard.observe(opened(&guard), &seen).expect("a good price");
    assert_eq!(state.at(), at(100));
    let nothing = External { source_time: at(110), backlog: None, oracle: None, keepers: None, neighbours: None };
    let state = guard.heed(state, at(110), &nothing).expect("no report is none that is refused");
    assert_eq!((state.at(), state.schedule().at()), (at(110), at(100)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_048))]

    /// Backstop is what D11 says at the last price and at the highest of the window both, with all that is in a position and
    /// the impact of now; what is said of it is said at the last price. And the most that may be borrowed is what is permitted.
    #[test]
    fn a_backstop_is_one_at_the_last_price_and_at_the_highest(
        prices in prop::collection::vec((1_u64..100, 300_u128..1_500), 1..6),
        (held, owed, beside) in (0_u128..3_000, 100_u128..2_000, 0_u128..1_500),
        around in prop::option::weighted(0.6, (0_u128..40, 0_usize..6)),
    ) {
        let guard = Guard::new(GuardParams { plan: plan(400), ..market(WICK).params() }).expect("sound");
        let (mut state, mut now) = (opened(&guard), 0);
        for &(gap, price) in &prices {
            now += gap;
            state = see(&guard, state, now, exact(price));
        }
        let limits = guard.limits(&state, at(now)).expect("the present");
        // A debt near what all of it is worth at one of the prices is where impact and bonus decide.
        let near = |(less, which): (u128, usize)| {
            let price = prices.get(which).map_or(1_000, |&(_, price)| price);
            (held * price / 1_000 + beside) * (1_000 - less) / 1_000
        };
        let debt = around.map_or(owed, near);
        let other = Collateral::new(Amount::new(beside), exact(1_000), &parameters(4_000, 9_000)).expect("sound");
        let loan = Position::<1, 0>::new(Amount::new(held), Value::new(debt)).with_collateral(other).expect("room");
        let impact = limits.cap.excess_over(limits.level).max(limits.reserved);
        let ask = |band| {
            let market = rule::Market { parameters: limits.parameters, band, impact };
            rule::assess(&guard.params().plan, &market, &loan).expect("in range")
        };
        let highest = ask(PriceBand::exact(state.window().high()));
        let decision = guard.assess(&state, at(now), &loan).expect("fresh");
        match (ask(limits.band), highest) {
            (Assessment::Backstop(said), Assessment::Backstop(_)) => prop_assert_eq!(decision, Decision::Backstop(said)),
            (Assessment::Backstop(shortfall), Assessment::Healthy | Assessment::Liquidate(_)) => {
                prop_assert_eq!(decision, Decision::Unconfirmed { shortfall, reason: WaitReason::Wick });
            }
            (Assessment::Healthy, _) => prop_assert_eq!(decision, Decision::Healthy),
            (Assessment::Liquidate(_), _) => {
                let sells = matches!(decision, Decision::Liquidate { .. } | Decision::Wait { .. });
                prop_assert!(sells, "{:?}", decision);
            }
        }
        let most = guard.max_borrow_floor(&state, at(now), &loan).expect("no halt");
        let none_more = Value::new(most.get() + 1);
        prop_assert_eq!(guard.may_borrow(&state, at(now), &loan, none_more), Ok(false));
        prop_assert!(most.is_zero() || guard.may_borrow(&state, at(now), &loan, most) == Ok(true));
        // Who may borrow is healthy at the last price.
        let may = guard.may_borrow(&state, at(now), &loan, Value::ZERO).expect("in range");
        prop_assert!(!may || ask(limits.band) == Assessment::Healthy);
    }
}
