//! A change of the configuration: nothing jumps, and what is charged under several stays within what covers them all.

#[path = "support/market.rs"]
mod market;

use damper::Error;
use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::auction::Lot;
use damper::book::{Band, Shape, Snapshot};
use damper::breaker::{BreakerConfig, BreakerParams, Level, Stops};
use damper::depth::DepthObservation;
use damper::guard::{Guard, GuardParams, GuardState, Observation};
use damper::health::Position;
use damper::ledger::{Exposure, LedgerConfig, LedgerParams};
use damper::oracle::PriceObservation;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::schedule::{ScheduleConfig, ScheduleParams};
use damper::selling::{Bid, Kick};
use damper::stress::{External, Signal, StressConfig, StressParams};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use damper::volatility::{VolatilityConfig, VolatilityParams};
use market::{Market, appetite, bps, parameters, plan};
use proptest::prelude::*;

const START: u64 = 1_000_000;
const RESERVE: u128 = 1_000_000_000_000;

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(START + seconds)
}

fn hourly(parts: u32) -> Rate {
    Rate::from_ratio_over_floor(bps(parts), Seconds::new(3_600)).expect("an hour")
}

fn usual() -> GuardParams<1> {
    Market {
        shape: Shape::ConstantProduct,
        haircut: Ratio::ZERO,
        burst: bps(100),
        leak: hourly(100),
        own_share: bps(1_250),
        kappa: Ratio::ONE,
        share: Ratio::ONE,
        wick: Seconds::ZERO,
    }
    .params()
}

fn guard(params: GuardParams<1>) -> Guard<1> {
    Guard::new(params).expect("sound")
}

/// Thresholds from calm to stressed, with this ramp a day.
fn thresholds(calm: u32, stressed: u32, ramp: u32) -> GuardParams<1> {
    let schedule = ScheduleConfig::new(ScheduleParams {
        calm: parameters(calm - 800, calm),
        stressed: parameters(stressed - 2_000, stressed),
        ramp: Rate::from_ratio_over_floor(bps(ramp), Seconds::new(86_400)).expect("a day"),
        ..*usual().schedule.params()
    });
    GuardParams { schedule: schedule.expect("sound"), ..usual() }
}

fn ledger(burst: u32, leak: u32, own_share: u32, kappa: u32) -> GuardParams<1> {
    let ledger = LedgerParams { burst: bps(burst), leak: hourly(leak), own_share: bps(own_share), kappa: bps(kappa) };
    GuardParams { ledger: LedgerConfig::new(ledger).expect("kappa h below one"), ..usual() }
}

/// `thousandths` of one quote atom per base atom.
fn seen(seconds: u64, thousandths: u128) -> Observation<'static> {
    let band = PriceBand::exact(Price::from_fraction_floor(thousandths, 1_000).expect("positive"));
    Observation { now: at(seconds), price: Some(PriceObservation { source_time: at(seconds), band }), depth: None }
}

fn opened<const N: usize>(guard: &Guard<N>, snapshot: Snapshot<'_>) -> GuardState<N> {
    let price = seen(0, 1_000).price.expect("a price");
    guard.open(at(0), price, DepthObservation { source_time: at(0), snapshot }).expect("a first price and depth")
}

fn pool() -> Snapshot<'static> {
    Snapshot::ConstantProduct { reserve: Amount::new(RESERVE) }
}

fn threshold(guard: &Guard<1>, state: &GuardState<1>) -> Ratio {
    guard.limits(state, state.at()).expect("the present").parameters.liquidation_threshold
}

fn healthy(guard: &Guard<1>, state: &GuardState<1>, position: &Position<0, 0>) -> bool {
    let limits = guard.limits(state, state.at()).expect("the present");
    position.is_healthy(&limits.parameters, limits.band).expect("in range")
}

/// A state of `guard` whose ramp has gone this part of the way: full stress, and so many days.
fn ramped(guard: &Guard<1>, hours: u64) -> GuardState<1> {
    let mut state = opened(guard, pool());
    for hour in 1..=hours {
        state = guard.observe(state, &seen(hour * 3_600, if hour % 2 == 0 { 1_000 } else { 700 })).expect("in order");
    }
    state
}

/// The naive change uses the new configuration on the old state: a loan that nobody touched is liquidatable at once.
#[test]
fn naive_change_breaks_on_the_threshold() {
    let (old, new) = (guard(thresholds(8_300, 7_000, 100)), guard(thresholds(8_500, 5_000, 100)));
    let state = ramped(&old, 24 * 6);
    let before = threshold(&old, &state);
    assert!(before > bps(7_600) && before < bps(7_900), "{before:?}");
    // A thousand atoms at a price of one, and as much debt as they cover.
    let loan = Position::<0, 0>::new(Amount::new(1_000_000), Value::new(1_000_000).mul_floor(before).expect("small"));
    assert!(healthy(&old, &state, &loan));
    let now = state.at();
    let naive = new.observe(state, &Observation { now, price: None, depth: None }).expect("in order");
    assert!(!healthy(&new, &naive, &loan), "it is liquidatable by the change");
    let adopted = new.adopt(&old, state, now).expect("calm is above");
    assert!(healthy(&new, &adopted, &loan));
    assert!(
        threshold(&new, &adopted) >= before && threshold(&new, &adopted) <= before.checked_add(bps(1)).expect("small")
    );
    // From there it falls by the new ramp, a hundredth a day.
    let day = new.observe(adopted, &seen(24 * 7 * 3_600, 1_000)).expect("in order");
    assert!(threshold(&new, &day) >= before.mul_floor(bps(9_900)).expect("small") && threshold(&new, &day) < before);
}

/// The naive change leaks the time before it at the new rate.
#[test]
fn naive_change_breaks_on_the_leak() {
    let (old, new) = (guard(ledger(100, 0, 0, 10_000)), guard(ledger(100, 100, 0, 10_000)));
    let state = opened(&old, pool());
    let most = old.limits(&state, at(0)).expect("the present").permitted;
    let state = old.sell(state, at(0), most).expect("permitted");
    let an_hour = at(3_600);
    assert_eq!(old.limits(&state, an_hour).expect("later").permitted, Amount::ZERO);
    assert!(new.limits(&state, an_hour).expect("later").permitted > Amount::ZERO, "permitted by neither in time");
    let adopted = new.adopt(&old, state, an_hour).expect("the same thresholds");
    assert_eq!(new.limits(&adopted, an_hour).expect("the present").permitted, Amount::ZERO);
    assert!(new.limits(&adopted, at(7_200)).expect("later").permitted > Amount::ZERO);
}

#[test]
fn refusals_by_name() {
    let old = guard(usual());
    let state = opened(&old, pool());
    let now = at(60);
    assert_eq!(guard(thresholds(8_299, 7_000, 100)).adopt(&old, state, now), Err(Error::ThresholdJumps));
    assert!(guard(thresholds(8_300, 7_000, 100)).adopt(&old, state, now).is_ok());
    let volatility =
        VolatilityConfig::new(VolatilityParams { horizon: Seconds::new(86_401), ..*usual().volatility.params() });
    let other = guard(GuardParams { volatility: volatility.expect("sound"), ..usual() });
    assert_eq!(other.adopt(&old, state, now), Err(Error::VolatilityHorizonChanged));
    assert_eq!(old.adopt(&old, old.adopt(&old, state, now).expect("itself"), at(59)), Err(Error::ClockReversed));
    let (deep, eager) = (guard(ledger(100, 100, 1_000, 20_000)), guard(ledger(100, 100, 5_000, 10_000)));
    assert_eq!(eager.adopt(&deep, state, now), Err(Error::KappaTimesOwnShare));
    assert_eq!(deep.adopt(&eager, state, now), Err(Error::KappaTimesOwnShare));
}

/// The quantities of a snapshot are those of its grid: on another they would be sold on as what they are not.
#[test]
fn another_grid_is_refused() {
    let of = |points: [u32; 2]| {
        let market = Market {
            shape: Shape::Grid(points.map(bps)),
            haircut: Ratio::ZERO,
            burst: bps(100),
            leak: Rate::ZERO,
            own_share: Ratio::ZERO,
            kappa: Ratio::ONE,
            share: Ratio::ONE,
            wick: Seconds::ZERO,
        };
        market.guard()
    };
    let bands = [50_u32, 200].map(|width| Band { width: bps(width), amount: Amount::new(RESERVE * u128::from(width)) });
    let (old, new) = (of([100, 200]), of([50, 200]));
    let state = opened(&old, Snapshot::Bands(&bands));
    assert_eq!(new.adopt(&old, state, at(0)), Err(Error::DepthShapeChanged));
    assert!(old.adopt(&old, state, at(0)).is_ok());
}

/// The parameters are the new ones at once, at the place where the ramp is; the appetite of these tests is whole.
#[test]
fn the_new_rules_are_in_force() {
    let (old, new) = (guard(usual()), guard(thresholds(8_400, 6_000, 100)));
    let state = ramped(&old, 30);
    let adopted = new.adopt(&old, state, state.at()).expect("calm is above");
    let limits = new.limits(&adopted, adopted.at()).expect("the present");
    let in_force = new.params().schedule.in_force(adopted.schedule(), limits.sigma);
    assert_eq!(Ok(limits.parameters), in_force);
    assert_ne!(Ok(limits.parameters), old.params().schedule.in_force(state.schedule(), limits.sigma));
}

/// A lot of a million atoms that was kicked at a price of one, under borrowing that stops at a fall of 7 %.
fn halted(takes: bool) -> (Guard<1>, Guard<1>, GuardState<1>, Lot) {
    let breaker = |takes: bool| {
        let level = |trip: u32| Level {
            trip: bps(trip),
            release: bps(trip - 200),
            stops: Stops { borrow: true, kick: takes, take: takes },
            halt: Seconds::new(7_200),
        };
        let levels = [level(700), level(9_700), level(9_800)];
        let params = BreakerParams { levels, window: Seconds::new(86_400), rest: Seconds::new(3_600) };
        guard(GuardParams { breaker: BreakerConfig::new(params).expect("ordered"), ..usual() })
    };
    let (old, new) = (breaker(takes), breaker(!takes));
    let kick = Kick { sell: Amount::new(1_000_000), raise: Value::new(u128::MAX) };
    let (state, lot) = old.kick(opened(&old, pool()), at(1), kick).expect("permitted");
    (old, new, old.observe(state, &seen(10, 890)).expect("in order"), lot)
}

/// Levels that stop takes are adopted in a halt that did not: the lot's price falls while nobody can take, so it is restarted
/// before it is taken, as D14 says of every stop.
#[test]
fn a_stop_that_begins_by_the_change_is_one() {
    let (old, new, state, lot) = halted(false);
    let state = new.adopt(&old, state, at(20)).expect("the same thresholds");
    let bid = Bid { want: Amount::new(1_000_000), max_price: Price::MAX };
    assert_eq!(new.take(state, at(21), lot, bid).err(), Some(Error::TakeStopped));
    assert_eq!(state.untaken_until(), at(10 + 7_200));
    assert_eq!(new.take(state, at(7_300), lot, bid).err(), Some(Error::AuctionResetDue));
}

/// The other way round the stop is over: who restarts a lot may take it.
#[test]
fn a_stop_that_ends_by_the_change_is_over() {
    let (old, new, state, lot) = halted(true);
    let state = new.adopt(&old, state, at(20)).expect("the same thresholds");
    assert_eq!(state.untaken_until(), at(20));
    let bid = Bid { want: Amount::new(1), max_price: Price::MAX };
    assert_eq!(new.take(state, at(21), lot, bid).err(), Some(Error::AuctionResetDue));
    let lot = new.restart(&state, at(21), lot).expect("its price fell unseen");
    assert!(new.take(state, at(21), lot, bid).is_ok());
}

/// A report was weighed by the rules of then: under others it is as if there was none.
#[test]
fn a_report_does_not_outlive_its_rules() {
    let of = |stressed: u32| {
        let stress = StressConfig::new(StressParams {
            volatility: Signal::Absent,
            oracle: Signal::Between { calm: Ratio::ONE, stressed: bps(stressed) },
            max_age: Seconds::new(1 << 30),
            ..*usual().appetite.params().stress.params()
        });
        let appetite = AppetiteParams { stress: stress.expect("in order"), ..*appetite(Ratio::ZERO).params() };
        guard(GuardParams { appetite: AppetiteConfig::new(appetite).expect("sound"), plan: plan(1), ..usual() })
    };
    let (old, new) = (of(1_000), of(9_000));
    let report =
        External { source_time: at(0), backlog: None, oracle: Some(bps(9_000)), keepers: None, neighbours: None };
    let state = old.heed(opened(&old, pool()), at(0), &report).expect("in order");
    let mut later = old.observe(state, &seen(90_000, 1_000)).expect("in order");
    assert!(later.appetite().level() > Ratio::ZERO, "it heals");
    later = new.adopt(&old, later, at(90_000)).expect("the same thresholds");
    assert_eq!(later.appetite().level(), Ratio::ZERO);
    // The same rules keep it.
    let same =
        old.adopt(&old, old.observe(state, &seen(90_000, 1_000)).expect("in order"), at(90_000)).expect("itself");
    assert!(same.appetite().level() > Ratio::ZERO);
}

/// What is named as the configuration before must be it, or the threshold in force would be another than the one in force.
#[test]
fn another_configuration_before_is_refused() {
    let (old, new) = (guard(thresholds(8_300, 7_000, 100)), guard(thresholds(8_500, 5_000, 100)));
    let state = ramped(&old, 24 * 6);
    assert_eq!(new.adopt(&new, state, state.at()), Err(Error::NotOfBefore));
    assert!(new.adopt(&old, state, state.at()).is_ok());
}

/// A ramp of no height has no place to be moved to.
#[test]
fn equal_thresholds_are_adopted() {
    let (old, new) = (guard(thresholds(8_000, 8_000, 100)), guard(thresholds(8_000, 8_000, 50)));
    let state = ramped(&old, 30);
    let adopted = new.adopt(&old, state, state.at()).expect("equal");
    assert_eq!((threshold(&new, &adopted), adopted.schedule()), (bps(8_000), state.schedule()));
    let flat = guard(thresholds(8_300, 8_300, 100));
    assert_eq!(threshold(&flat, &flat.adopt(&old, state, state.at()).expect("above")), bps(8_300));
    assert_eq!(new.adopt(&flat, ramped(&flat, 1), at(3_600)), Err(Error::ThresholdJumps));
}

#[test]
fn the_same_configuration_is_an_observation_of_the_time() {
    let guard = guard(usual());
    let state = ramped(&guard, 30);
    let later = Timestamp::new(state.at().get() + 1_000);
    let observed = guard.observe(state, &Observation { now: later, price: None, depth: None });
    assert_eq!(guard.adopt(&guard, state, later), observed);
}

/// Shares of a common book that sum to one before a change and after it: who has sold by the larger share has not sold less
/// because he gives it up, so both together go beyond the burst that each half of the time allows.
#[test]
fn shares_that_are_exchanged_are_not_one_book() {
    let of = |share: u32| guard(GuardParams { book_share: bps(share), ..ledger(100, 0, 0, 10_000) });
    let (small, large) = (of(2_500), of(7_500));
    let sold = |guard: &Guard<1>, state: GuardState<1>| {
        let most = guard.limits(&state, at(0)).expect("the present").permitted;
        guard.sell(state, at(0), most).expect("permitted")
    };
    let one = small.adopt(&large, sold(&large, opened(&large, pool())), at(0)).expect("the same thresholds");
    let two = sold(&large, large.adopt(&small, opened(&small, pool()), at(0)).expect("the same thresholds"));
    let levels = one.ledger().level().checked_add(two.ledger().level()).expect("small");
    assert!(levels > bps(149) && levels <= bps(150), "{levels:?}");
    // A common book is covered with the larger share of each.
    let covering = small.params().ledger.covering(&large.params().ledger).expect("kappa is one").params();
    assert!(levels <= covering.burst.checked_add(covering.burst).expect("small"));
}

/// The place on the ramp only moves toward calm, so a change and its reverse raise the threshold, up to where the two ramps have
/// one threshold at one place.
#[test]
fn there_and_back_is_not_nothing() {
    let (one, two) = (guard(thresholds(8_300, 7_000, 1_000)), guard(thresholds(9_000, 5_000, 1_000)));
    let mut state = ramped(&one, 200);
    let mut before = threshold(&one, &state);
    assert_eq!(before, bps(7_000));
    for _ in 0..20 {
        let there = two.adopt(&one, state, state.at()).expect("calm is above");
        state = one.adopt(&two, there, there.at()).expect("calm is above");
        assert!(threshold(&one, &state) >= before);
        before = threshold(&one, &state);
    }
    // 83 - 13 s = 90 - 40 s at s = 7/27.
    assert!(before > bps(7_962) && before < bps(7_963), "{before:?}");
}

/// A ledger of an adversary's choice.
fn any_ledger() -> impl Strategy<Value = GuardParams<1>> {
    (0_u32..200, 0_u32..500, 0_u32..6_000).prop_map(|(burst, leak, own_share)| ledger(burst, leak, own_share, 10_000))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// T20 (i): what is charged under several configurations is at most the largest burst, the largest share of the largest
    /// fall that the ledger counted, and each leak for its time; all in exact numbers. The seller takes all that is permitted.
    #[test]
    fn charges_stay_within_what_covers_all(
        configs in prop::collection::vec(any_ledger(), 1..5),
        steps in prop::collection::vec((1_u64..2_000, 700_u128..1_300, 0_u8..4), 1..40),
    ) {
        let guards: Vec<Guard<1>> = configs.into_iter().map(guard).collect();
        let (mut current, mut now, mut price) = (0, 0, 1_000_u128);
        let mut state = opened(&guards[0], pool());
        // In steps of 2^-96.
        let exact = |ratio: Ratio| u128::from(ratio.to_bits()) << 48;
        let (mut charged, mut leaked, mut largest) = (0, 0, Ratio::ZERO);
        for (gap, moved, act) in steps {
            now += gap;
            // What leaks is at most the rate in force for the time.
            leaked += exact(guards[current].params().ledger.params().leak.get()) * u128::from(gap);
            if act == 0 {
                let next = (current + 1) % guards.len();
                state = guards[next].adopt(&guards[current], state, at(now)).expect("the same thresholds");
                current = next;
            } else {
                price = (price * moved / 1_000).clamp(50, 100_000);
                state = guards[current].observe(state, &seen(now, price)).expect("in order");
            }
            let guard = &guards[current];
            let limits = guard.limits(&state, at(now)).expect("the present");
            largest = largest.max(limits.drawdown);
            if !limits.permitted.is_zero() {
                let before = state.ledger().level();
                state = guard.sell(state, at(now), limits.permitted).expect("permitted");
                charged += exact(state.ledger().level().excess_over(before));
            }
        }
        let all = guards.iter().map(|guard| guard.params().ledger);
        let covering = all.reduce(|one, two| one.covering(&two).expect("kappa is one")).expect("at least one");
        let LedgerParams { burst, own_share, .. } = covering.params();
        let share = u128::from(own_share.to_bits()) * u128::from(largest.to_bits());
        prop_assert!(charged <= exact(burst) + share + leaked);
    }

    /// T20 (ii): who was healthy before is healthy after, and the threshold falls from the one in force by the new ramp.
    #[test]
    fn nobody_is_liquidatable_by_a_change(
        from in (8_000_u32..9_000, 6_000_u32..8_000),
        to in (8_000_u32..9_000, 4_000_u32..8_000),
        ramps in (10_u32..2_000, 10_u32..2_000),
        hours in 0_u64..200,
        days in 0_u32..5,
    ) {
        let (old, new) = (guard(thresholds(from.0, from.1, ramps.0)), guard(thresholds(to.0, to.1, ramps.1)));
        let state = ramped(&old, hours);
        let before = threshold(&old, &state);
        let now = state.at();
        match new.adopt(&old, state, now) {
            Err(error) => prop_assert!(error == Error::ThresholdJumps && bps(to.0) < before),
            Ok(adopted) => {
                prop_assert!(threshold(&new, &adopted) >= before);
                // No further toward calm than is needed.
                let place = adopted.schedule().stress_bits();
                prop_assert!(place <= state.schedule().stress_bits());
                if place < state.schedule().stress_bits() {
                    prop_assert!(threshold(&new, &adopted).excess_over(before) <= Ratio::ULP);
                }
                let mut later = adopted;
                for hour in 1..=u64::from(days) * 24 {
                    later = new.observe(later, &seen((hours + hour) * 3_600, 1_000)).expect("in order");
                }
                let left = Ratio::ONE.excess_over(bps(ramps.1 * days));
                prop_assert!(threshold(&new, &later) >= before.mul_floor(left).expect("small"));
            }
        }
    }

    /// The bound of what covers both is at least that of each.
    #[test]
    fn what_covers_both_bounds_both(one in any_ledger(), two in any_ledger(), exogenous in 0_u32..10_000) {
        let covering = one.ledger.covering(&two.ledger).expect("kappa is one");
        let exposure = Exposure { exogenous: bps(exogenous), noise: bps(10), elapsed: Seconds::new(10_000) };
        let of = |ledger: &LedgerConfig| ledger.bound_ceil(exposure).expect("small");
        prop_assert!(of(&covering) >= of(&one.ledger).max(of(&two.ledger)));
    }
}
