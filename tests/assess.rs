//! The appetite in the guard: what it scales, what it leaves alone, and that it starves nobody.

#[path = "support/market.rs"]
mod market;

use damper::Error;
use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::book::{Band, Shape, Snapshot};
use damper::depth::DepthObservation;
use damper::guard::{Decision, Guard, GuardParams, GuardState, Limits, Observation, WaitReason};
use damper::health::Position;
use damper::oracle::PriceObservation;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::selling::{Bid, Kick};
use damper::stress::{DepthProfile, External, Signal, StressConfig, StressParams};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use damper::volatility::{VolatilityConfig, VolatilityParams};
use market::{Market, bps, plan};
use proptest::prelude::*;

const START: u64 = 1_000_000;
const RESERVE: u128 = 1_000_000_000_000;

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(START + seconds)
}

fn of<const N: usize>(shape: Shape<N>) -> Market<N> {
    Market {
        shape,
        haircut: Ratio::ZERO,
        burst: bps(100),
        leak: Rate::from_ratio_over_floor(bps(100), Seconds::new(3_600)).expect("an hour"),
        own_share: bps(1_250),
        kappa: Ratio::ONE,
        share: Ratio::ONE,
        wick: Seconds::ZERO,
    }
}

/// Depth and oracle are the signals; the appetite starts where it is said, and heals by 1/1,000 a second.
fn appetite(floor: Ratio, start: Ratio, reported: bool) -> AppetiteConfig {
    appetite_of(floor, start, reported, RESERVE)
}

fn appetite_of(floor: Ratio, start: Ratio, reported: bool, norm: u128) -> AppetiteConfig {
    let half = Signal::Between { calm: bps(9_000), stressed: bps(1_000) };
    let stress = StressConfig::new(StressParams {
        volatility: Signal::Absent,
        depth: half,
        depth_norm: Amount::new(norm),
        fill: Signal::Absent,
        backlog: Signal::Absent,
        oracle: if reported { half } else { Signal::Absent },
        keepers: Signal::Absent,
        neighbours: Signal::Absent,
        max_age: Seconds::new(300),
    });
    AppetiteConfig::new(AppetiteParams {
        stress: stress.expect("in order"),
        floor,
        start,
        hysteresis: bps(1_000),
        recovery: Rate::from_ratio_over_floor(Ratio::ONE, Seconds::new(1_000)).expect("not zero"),
        hold: Seconds::new(100),
        max_step: Seconds::new(100),
    })
    .expect("sound")
}

fn guard<const N: usize>(shape: Shape<N>, appetite: AppetiteConfig, min_sale: u128) -> Guard<N> {
    Guard::new(GuardParams { appetite, plan: plan(min_sale), ..of(shape).params() }).expect("sound")
}

fn price(thousandths: u128, seconds: u64) -> PriceObservation {
    let price = Price::from_fraction_floor(thousandths, 1_000).expect("positive");
    PriceObservation { source_time: at(seconds), band: PriceBand::exact(price) }
}

fn pool(reserve: u128, seconds: u64) -> DepthObservation<'static> {
    DepthObservation { source_time: at(seconds), snapshot: Snapshot::ConstantProduct { reserve: Amount::new(reserve) } }
}

fn opened(guard: &Guard<1>) -> GuardState<1> {
    guard.open(at(0), price(1_000, 0), pool(RESERVE, 0)).expect("a first price and depth")
}

fn see(guard: &Guard<1>, state: GuardState<1>, seconds: u64, reserve: u128) -> GuardState<1> {
    let seen =
        Observation { now: at(seconds), price: Some(price(1_000, seconds)), depth: Some(pool(reserve, seconds)) };
    guard.observe(state, &seen).expect("a good observation")
}

fn limits<const N: usize>(guard: &Guard<N>, state: &GuardState<N>, seconds: u64) -> Limits {
    guard.limits(state, at(seconds)).expect("the present")
}

fn kick_of(sell: u128) -> Kick {
    Kick { sell: Amount::new(sell), raise: Value::new(u128::MAX) }
}

fn reported(source_time: u64, oracle: Ratio) -> External {
    External { source_time: at(source_time), backlog: None, oracle: Some(oracle), keepers: None, neighbours: None }
}

fn position(collateral: u128, debt: u128) -> Position<0, 0> {
    Position::new(Amount::new(collateral), Value::new(debt))
}

/// A state whose appetite is this, on a pool or a grid, with some of the budget spent.
fn with<const N: usize>(
    shape: Shape<N>,
    level: Ratio,
    min_sale: u128,
    reserve: u128,
    spent: u128,
) -> (Guard<N>, GuardState<N>) {
    // A floor of zero needs a least sale.
    let floor = if min_sale == 0 { Ratio::ULP } else { Ratio::ZERO };
    let guard = guard(shape, appetite_of(floor, level.max(floor), false, 100), min_sale);
    let bands = [25_u32, 50, 75, 90, 200, 8_000]
        .map(|width| Band { width: bps(width), amount: Amount::new(reserve * u128::from(width) / 20_000) });
    let snapshot = match shape {
        Shape::ConstantProduct => Snapshot::ConstantProduct { reserve: Amount::new(reserve) },
        Shape::Grid(_) => Snapshot::Bands(&bands),
    };
    let seen = DepthObservation { source_time: at(0), snapshot };
    let state = guard.open(at(0), price(1_000, 0), seen).expect("a first price and depth");
    let some = limits(&guard, &state, 0).permitted.get() * spent / 100;
    (guard, guard.sell(state, at(0), Amount::new(some)).unwrap_or(state))
}

fn grid() -> Shape<6> {
    Shape::Grid([30_u32, 60, 80, 100, 300, 60_000].map(bps))
}

/// The rule of the lift, from what the same market with a whole appetite permits.
fn expected(level: Ratio, whole: u128, min_sale: u128) -> u128 {
    let part = (whole * u128::from(level.to_bits())) >> 48;
    if level == Ratio::ONE { whole } else { part.max((2 * min_sale).max(1).min(whole)) }
}

#[test]
fn borrowing_and_lots_fall_at_once_and_heal_in_time() {
    let config = appetite(bps(2_500), Ratio::ONE, false);
    let guard = guard(Shape::<1>::ConstantProduct, config, 0);
    let state = opened(&guard);
    let calm = limits(&guard, &state, 0);
    let thin = see(&guard, state, 0, RESERVE / 100);
    let low = limits(&guard, &thin, 0);
    assert_eq!((calm.appetite, low.appetite), (Ratio::ONE, bps(2_500)));
    assert_eq!(low.parameters.max_ltv, calm.parameters.max_ltv.mul_floor(bps(2_500)).expect("small"));
    assert_eq!(
        low.parameters.liquidation_threshold, calm.parameters.liquidation_threshold,
        "positions are not touched"
    );
    let borrows = |state: &GuardState<1>, seconds, debt| {
        guard.may_borrow(state, at(seconds), &position(1_000_000, 0), Value::new(debt)).expect("fresh")
    };
    assert!(borrows(&state, 0, 500_000) && !borrows(&thin, 0, 500_000));
    // max_ltv is 50 % at the volatility of the start: an eighth is left.
    assert!(borrows(&thin, 0, 124_999) && !borrows(&thin, 0, 125_001));

    // Seen every 50 seconds, it is whole again when `heals_within` says so, and not before.
    let whole = config.heals_within().expect("small").get();
    let (mut state, mut seconds) = (thin, 0);
    while seconds < 50 + whole {
        let before = limits(&guard, &state, seconds);
        seconds += 50;
        state = see(&guard, state, seconds, RESERVE);
        let after = limits(&guard, &state, seconds);
        assert!(after.appetite >= before.appetite && after.parameters.max_ltv >= before.parameters.max_ltv);
        if seconds < whole - 50 {
            assert!(after.appetite < Ratio::ONE);
        }
    }
    let end = limits(&guard, &state, seconds);
    assert_eq!(end.appetite, Ratio::ONE);
    // Nothing was scaled twice on the way.
    assert_eq!(end.parameters.max_ltv, {
        let never = self::guard(Shape::<1>::ConstantProduct, appetite_of(Ratio::ONE, Ratio::ONE, false, 100), 0);
        let mut same = see(&never, opened(&never), 0, RESERVE / 100);
        for at in (50..=seconds).step_by(50) {
            same = see(&never, same, at, RESERVE);
        }
        limits(&never, &same, seconds).parameters.max_ltv
    });
}

/// What is reserved for open lots fills the ledger as what is sold does, and a full ledger is stressed in full.
#[test]
fn a_full_ledger_is_full_stress_whether_sold_or_reserved() {
    let usual = of(Shape::<1>::ConstantProduct).params();
    let calm = VolatilityParams { start: Ratio::ONE, ..*usual.volatility.params() };
    let volatility = VolatilityConfig::new(calm).expect("sound");
    let guard = Guard::new(GuardParams { appetite: market::appetite(bps(2_500)), volatility, ..usual }).expect("sound");
    let state = opened(&guard);
    let time = Observation { now: at(0), price: None, depth: None };
    let level = |state: GuardState<1>| guard.observe(state, &time).expect("in order").appetite().level();
    let all = limits(&guard, &state, 0).permitted;
    let half = kick_of(all.get() / 2);
    assert_eq!(level(state), Ratio::ONE);
    // Half is where the stress begins, and a tenth more is the hysteresis.
    let (open, _) = guard.kick(state, at(0), half).expect("permitted");
    assert_eq!(level(open), Ratio::ONE);
    for full in [
        guard.kick(state, at(0), kick_of(all.get())).expect("permitted").0,
        guard.sell(state, at(0), all).expect("permitted"),
        guard.kick(guard.sell(state, at(0), half.sell).expect("permitted"), at(0), half).expect("permitted").0,
    ] {
        assert!(level(full) <= bps(2_501), "{:?}", level(full));
    }
}

/// A pool is a pool for every `N`: its reserve is the first of the quantities, and not the last.
#[test]
fn the_depth_of_a_pool_is_its_reserve_for_every_n() {
    let guard = guard(Shape::<6>::ConstantProduct, appetite(bps(2_500), Ratio::ONE, false), 0);
    let state = guard.open(at(0), price(1_000, 0), pool(RESERVE, 0)).expect("a first price and depth");
    assert_eq!(limits(&guard, &state, 0).appetite, Ratio::ONE);
}

/// Of a grid the worst point counts, each in parts of its own norm. A rule that looks at the last point alone lends in full on
/// a book that is empty near the price, and intact where no sale will ever reach.
#[test]
fn naive_depth_of_the_last_point_breaks() {
    let ordinary = [100_u128, 200, 300, 400, 900, 10_000].map(|part| part * 1_000_000);
    let norm = ordinary.map(Amount::new);
    let with = |depth_profile| {
        let appetite = appetite_of(bps(2_500), Ratio::ONE, false, ordinary[5]);
        let params = GuardParams { appetite, depth_profile, plan: plan(0), ..of(grid()).params() };
        Guard::new(params).expect("sound")
    };
    let level = |guard: &Guard<6>, book: [u128; 6]| {
        let mut bands = [Band { width: Ratio::ZERO, amount: Amount::ZERO }; 6];
        for ((band, width), amount) in bands.iter_mut().zip([25_u32, 50, 75, 90, 200, 8_000]).zip(book) {
            *band = Band { width: bps(width), amount: Amount::new(amount) };
        }
        let seen = DepthObservation { source_time: at(0), snapshot: Snapshot::Bands(&bands) };
        let state = guard.open(at(0), price(1_000, 0), seen).expect("a first price and depth");
        let borrows = guard.may_borrow(&state, at(0), &position(1_000_000, 0), Value::new(499_999)).expect("fresh");
        assert_eq!(borrows, state.appetite().level() == Ratio::ONE);
        state.appetite().level()
    };
    let (rule, naive) = (with(DepthProfile::new(&norm).expect("rises")), with(DepthProfile::last_point()));
    assert_eq!((level(&rule, ordinary), level(&naive, ordinary)), (Ratio::ONE, Ratio::ONE));
    // A tenth of the norm or less at any one point, and of the points nearer to the price what that leaves.
    for point in 0..6 {
        let mut drained = ordinary;
        for (place, amount) in drained.iter_mut().enumerate() {
            let most = ordinary[point] / 10;
            if place <= point {
                *amount = (*amount).min(most)
            }
        }
        assert_eq!(level(&rule, drained), bps(2_500), "point {point}");
        assert_eq!(level(&naive, drained), if point == 5 { bps(2_500) } else { Ratio::ONE }, "point {point}");
    }
    // Half of it at the third alone is half of the way, and a norm of zero is not looked at.
    let half = [100, 150, 150, 400, 900, 10_000].map(|part| part * 1_000_000);
    let third = level(&rule, half);
    assert!(third < bps(7_000) && third > bps(6_000), "{third:?}");
    let mut without = norm;
    (without[1], without[2]) = (Amount::ZERO, Amount::ZERO);
    assert_eq!(level(&with(DepthProfile::new(&without).expect("rises")), half), Ratio::ONE);
}

/// The profile is stored without its last word, which is one: a pool stores none. What is no profile is refused.
#[test]
fn the_profile_is_stored_and_checked() {
    let with = |depth_profile| Guard::new(GuardParams { depth_profile, ..of(grid()).params() }).expect("sound");
    let bytes = |guard: &Guard<6>| {
        let mut bytes = vec![0; Guard::<6>::BYTES];
        guard.write_to(&mut bytes).expect("the right length");
        bytes
    };
    let norm = [1_u128, 2, 3, 4, 5, 6].map(Amount::new);
    let guard = with(DepthProfile::new(&norm).expect("rises"));
    let good = bytes(&guard);
    assert_eq!(Guard::<6>::read_from(&good), Ok(guard));
    // Zeros before the last point are where the two differ: five words, of which the first is six and the last 6/5.
    let last = bytes(&with(DepthProfile::last_point()));
    let differ = |from: usize| (from..good.len()).find(|&place| good[place] != last[place]);
    let first = differ(0).expect("two profiles") / 8 * 8;
    let place =
        (first.saturating_sub(8)..=first + 8).find(|&place| good[place..place + 8] == (6_u64 << 48).to_le_bytes());
    let place = place.expect("six");
    assert!(good[place + 40..] == last[place + 40..] && good[..place] == last[..place]);
    for (times, read) in [(1_u64, false), ((1 << 48) - 1, false), (1 << 48, true), (0, true)] {
        for word in 0..5 {
            let mut bytes = good.clone();
            bytes[place + 8 * word..place + 8 * word + 8].copy_from_slice(&times.to_le_bytes());
            let found = Guard::<6>::read_from(&bytes);
            assert_eq!((found.is_ok(), found.err()), (read, (!read).then_some(Error::StoredValue)), "{times}");
        }
    }
    assert_eq!(Guard::<8>::BYTES - Guard::<1>::BYTES, 7 * (8 + 8), "a grid point and its norm");
}

#[test]
fn a_depth_too_old_is_full_stress() {
    let ages = GuardParams {
        depth: damper::depth::DepthConfig::new(damper::depth::DepthParams {
            shape: Shape::ConstantProduct,
            haircut: Ratio::ZERO,
            max_age: Seconds::new(60),
            rise_time: Seconds::new(1),
            rise_base: Amount::new(RESERVE),
        })
        .expect("sound"),
        appetite: appetite(bps(2_500), Ratio::ONE, false),
        ..of(Shape::<1>::ConstantProduct).params()
    };
    let guard = Guard::new(ages).expect("sound");
    let only_time = |now| Observation { now: at(now), price: None, depth: None };
    let state = guard.observe(opened(&guard), &only_time(60)).expect("in order");
    assert_eq!(state.appetite().level(), Ratio::ONE);
    assert_eq!(guard.observe(state, &only_time(61)).expect("in order").appetite().level(), bps(2_500));
}

#[test]
fn reports_count_from_the_next_observation_and_expire() {
    let config = appetite(bps(2_500), Ratio::ONE, true);
    let guard = guard(Shape::<1>::ConstantProduct, config, 0);
    let state = opened(&guard);
    assert_eq!(state.appetite().level(), bps(2_500), "before the first report what is reported is stressed in full");
    let report = |source_time, oracle| External {
        source_time: at(source_time),
        backlog: None,
        oracle: Some(oracle),
        keepers: None,
        neighbours: None,
    };
    let heard = guard.heed(state, at(0), &report(0, Ratio::ONE)).expect("in order");
    assert_eq!(limits(&guard, &heard, 0), limits(&guard, &state, 0), "nothing changes before an observation");
    let mut state = heard;
    for seconds in (100..=1_000).step_by(100) {
        state = guard.heed(state, at(seconds), &report(seconds, Ratio::ONE)).expect("in order");
        state = see(&guard, state, seconds, RESERVE);
    }
    assert_eq!(state.appetite().level(), Ratio::ONE);

    // Refusals, each of which leaves the state to the caller.
    assert_eq!(guard.heed(state, at(999), &report(999, Ratio::ONE)).err(), Some(Error::ClockReversed));
    assert_eq!(guard.heed(state, at(1_000), &report(1_001, Ratio::ONE)).err(), Some(Error::ReportFromFuture));
    assert_eq!(guard.heed(state, at(1_000), &report(999, Ratio::ONE)).err(), Some(Error::ReportOutOfOrder));
    let sold = guard.sell(state, at(1_010), Amount::new(1)).expect("permitted");
    assert_eq!(guard.heed(sold, at(1_009), &report(1_009, Ratio::ONE)).err(), Some(Error::ClockReversed));

    // A bad report presses with the next observation, and not before; good ones expire after 300 seconds.
    let bad = guard.heed(state, at(1_010), &report(1_010, bps(1_000))).expect("in order");
    assert_eq!(bad.appetite().level(), Ratio::ONE);
    assert_eq!(see(&guard, bad, 1_010, RESERVE).appetite().level(), bps(2_500));
    let fresh = see(&guard, state, 1_300, RESERVE);
    assert_eq!(fresh.appetite().level(), Ratio::ONE);
    assert_eq!(see(&guard, fresh, 1_301, RESERVE).appetite().level(), bps(2_500));
}

/// The clock of a report is the clock: what comes after it may not be earlier, so that no report is ever from the future.
#[test]
fn a_report_moves_the_clock() {
    let guard = guard(Shape::<1>::ConstantProduct, appetite(bps(2_500), Ratio::ONE, true), 0);
    let good = |seconds| reported(seconds, Ratio::ONE);
    let state = guard.heed(opened(&guard), at(0), &good(0)).expect("in order");
    let sold = guard.sell(see(&guard, state, 10, RESERVE), at(10), Amount::new(1_000_000)).expect("permitted");
    let heard = guard.heed(sold, at(50), &good(50)).expect("in order");
    let time = |now| Observation { now: at(now), price: None, depth: None };
    assert_eq!(guard.observe(heard, &time(49)).err(), Some(Error::ClockReversed));
    assert_eq!(guard.heed(heard, at(49), &good(49)).err(), Some(Error::ClockReversed));
    assert_eq!(guard.kick(heard, at(49), kick_of(1)).err(), Some(Error::ClockReversed));
    assert_eq!(guard.limits(&heard, at(49)).err(), Some(Error::ClockReversed));
    // The ledger has leaked up to the report, and the appetite stands where it stood.
    assert_eq!(heard.ledger().level(), limits(&guard, &sold, 50).level);
    assert!(heard.ledger().level() < sold.ledger().level());
    assert_eq!(heard.appetite().at(), at(10));
    assert_eq!(limits(&guard, &heard, 50), limits(&guard, &sold, 50));
    assert!(guard.observe(heard, &time(50)).is_ok());
}

/// Report and depth of a transaction that is a second late, in either order of its calls: the rule joins them in the
/// observation. A report that were an observation would count the old snapshot as missing, and hold the appetite down for it.
#[test]
fn naive_report_as_an_observation_breaks() {
    let usual = of(Shape::<1>::ConstantProduct).params();
    let depth = damper::depth::DepthConfig::new(damper::depth::DepthParams {
        shape: Shape::ConstantProduct,
        haircut: Ratio::ZERO,
        max_age: Seconds::new(300),
        rise_time: Seconds::new(1),
        rise_base: Amount::new(RESERVE),
    });
    let appetite = appetite(bps(2_500), Ratio::ONE, true);
    let guard = Guard::new(GuardParams { depth: depth.expect("sound"), appetite, ..usual }).expect("sound");
    let good = |seconds| reported(seconds, Ratio::ONE);
    let mut state = guard.heed(opened(&guard), at(0), &good(0)).expect("in order");
    for seconds in (100..=1_000).step_by(100) {
        state = see(&guard, guard.heed(state, at(seconds), &good(seconds)).expect("in order"), seconds, RESERVE);
    }
    assert_eq!(state.appetite().level(), Ratio::ONE);
    let heard = guard.heed(state, at(1_301), &good(1_301)).expect("in order");
    assert_eq!(see(&guard, heard, 1_301, RESERVE).appetite().level(), Ratio::ONE);
    let observed = guard.observe(heard, &Observation { now: at(1_301), price: None, depth: None }).expect("in order");
    let naive = see(&guard, observed, 1_301, RESERVE);
    assert_eq!(naive.appetite().level(), bps(2_500));
    // The other way round the report is the one that is missing, which is why it is given first.
    let late = guard.heed(see(&guard, state, 1_301, RESERVE), at(1_301), &good(1_301)).expect("in order");
    assert_eq!(late.appetite().level(), bps(2_500));
}

#[test]
fn an_appetite_of_zero_lends_nothing_and_leaves_the_least_lot() {
    let (guard, mut state) = with(Shape::<1>::ConstantProduct, Ratio::ZERO, 1_000_000_000, RESERVE, 0);
    let now = limits(&guard, &state, 0);
    let lot = Amount::new(2_000_000_000);
    assert_eq!((now.permitted, now.parameters.max_ltv), (lot, Ratio::ZERO));
    assert_eq!(guard.may_borrow(&state, at(0), &position(1_000_000, 0), Value::new(1)), Ok(false));
    assert_eq!(guard.kick(state, at(0), kick_of(lot.get() + 1)).err(), Some(Error::NotPermitted));
    assert_eq!(guard.sell(state, at(0), Amount::new(lot.get() + 1)).err(), Some(Error::NotPermitted));
    let decide =
        |state: &GuardState<1>| guard.assess(state, at(0), &position(RESERVE, RESERVE / 10 * 9)).expect("fresh");
    match decide(&state) {
        Decision::Liquidate { plan, deferred } => assert!(plan.sell == lot && !deferred.is_zero()),
        other => panic!("{other:?}"),
    }
    // 1 % of the pool is 4,987,562,112 atoms: two such lots, and what is left.
    for sold in [lot, lot, Amount::new(987_562_110)] {
        assert_eq!(limits(&guard, &state, 0).permitted.get().abs_diff(sold.get()) / 10, 0);
        state = guard.sell(state, at(0), limits(&guard, &state, 0).permitted).expect("permitted");
    }
    // A full ledger permits nothing, and no time is named at which all of it may be sold in one lot.
    assert_eq!(limits(&guard, &state, 0).permitted, Amount::ZERO);
    match decide(&state) {
        Decision::Wait { reason: WaitReason::Ledger, until: None, .. } => {}
        other => panic!("{other:?}"),
    }
}

/// Without a least sale, full stress at a floor of zero would leave lots of an atom; either of the two will do.
#[test]
fn a_floor_of_zero_needs_a_least_sale() {
    let built = |floor, min_sale| {
        let appetite = appetite_of(floor, Ratio::ONE, false, 100);
        let usual = of(Shape::<1>::ConstantProduct).params();
        Guard::new(GuardParams { appetite, plan: plan(min_sale), ..usual }).err()
    };
    assert_eq!(built(Ratio::ZERO, 0), Some(Error::AppetiteStopsLots));
    assert_eq!((built(Ratio::ZERO, 1), built(Ratio::ULP, 0)), (None, None));
}

const ROUND: u64 = 600;
const LEAST: u128 = 100_000_000;

/// What a liquidator of a large position sells in rounds, and what is sold in all, while somebody fills the ledger: first all
/// of it, then with up to `lots` lots before each turn of the liquidator. An appetite with a floor of zero, pressed by the
/// ledger's use and held for a day. `stops` is the rule of an appetite of zero that permits no lot.
fn besieged(lots: u8, rounds: u64, stops: bool) -> (u128, u128) {
    let usual = *market::appetite(Ratio::ZERO).params();
    let fill = Signal::Between { calm: bps(5_000), stressed: bps(9_000) };
    let stress = StressConfig::new(StressParams { fill, ..*usual.stress.params() }).expect("in order");
    let held = AppetiteParams { stress, hold: Seconds::new(86_400), ..usual };
    let usual = of(Shape::<1>::ConstantProduct).params();
    let calm = VolatilityParams { start: Ratio::ONE, ..*usual.volatility.params() };
    let guard = Guard::new(GuardParams {
        appetite: AppetiteConfig::new(held).expect("sound"),
        volatility: VolatilityConfig::new(calm).expect("sound"),
        plan: plan(LEAST),
        ..usual
    });
    let guard = guard.expect("sound");
    let free = appetite_of(Ratio::ONE, Ratio::ONE, false, 100);
    let whole = Guard::new(GuardParams { appetite: free, ..*guard.params() }).expect("sound");
    let ledger_alone = |state: &GuardState<1>, seconds| {
        let calm =
            whole.observe(*state, &Observation { now: at(seconds), price: None, depth: None }).expect("in order");
        limits(&whole, &calm, seconds).permitted
    };
    let permitted = |state: &GuardState<1>, seconds| {
        let zero = stops && state.appetite().level() == Ratio::ZERO;
        if zero { Amount::ZERO } else { limits(&guard, state, seconds).permitted }
    };
    let state = opened(&guard);
    let all = limits(&guard, &state, 0).permitted;
    let mut state = see(&guard, guard.sell(state, at(0), all).expect("permitted"), 0, RESERVE);
    let fresh = *opened(&guard).depth();
    let leaked = guard.params().ledger.params().leak.over(Seconds::new(ROUND)).expect("small");
    let (mut liquidated, mut sold) = (0, 0);
    for round in 1..=rounds {
        let now = round * ROUND;
        state = see(&guard, state, now, RESERVE);
        assert_eq!(state.appetite().level(), Ratio::ZERO, "pressed and held");
        let before = sold;
        for _ in 0..lots {
            let lot = permitted(&state, now);
            if let Ok(next) = guard.sell(state, at(now), lot) {
                (state, sold) = (next, sold + lot.get());
            }
        }
        while !permitted(&state, now).is_zero() {
            let whale = position(1 << 50, (1 << 50) / 10 * 9);
            let Decision::Liquidate { plan, .. } = guard.assess(&state, at(now), &whale).expect("fresh") else { break };
            let (next, lot) =
                guard.kick(state, at(now), Kick { sell: plan.sell, raise: plan.repay }).expect("permitted");
            let (next, take) =
                guard.take(next, at(now), lot, Bid { want: plan.sell, max_price: Price::MAX }).expect("reserved");
            state = guard.settle(next, at(now), take.lot).expect("open").0;
            (sold, liquidated) = (sold + take.sold.get(), liquidated + take.sold.get());
        }
        if !stops {
            assert!(ledger_alone(&state, now).get() < 2 * LEAST, "what the ledger permits is withheld");
            let least = guard.params().depth.largest_sale_floor(&fresh, leaked).expect("small").get();
            assert!(sold - before + 2 * LEAST >= least, "{} of {least}", sold - before);
        }
    }
    (liquidated, sold)
}

/// Filling the ledger presses an appetite with a floor of zero for as long as it holds, a day, and buys no halt: in each round
/// at least what leaks in it is sold, but for one least lot. A rule by which zero means no lot sells nothing in that day.
#[test]
fn a_full_ledger_buys_no_halt() {
    let rounds = 86_400 / ROUND;
    let (naive, _) = besieged(0, rounds, true);
    assert_eq!(naive, 0, "the naive rule was meant to be halted");
    let (alone, all) = besieged(0, rounds, false);
    assert_eq!(alone, all);
    for lots in 1..=3 {
        let (liquidated, sold) = besieged(lots, rounds, false);
        assert!(liquidated + u128::from(lots) * u128::from(rounds) * 2 * LEAST >= sold && liquidated > 0);
    }
}

/// With no least sale, an asset of few atoms is sold an atom at a time, however low the appetite.
#[test]
fn an_asset_of_few_atoms_is_not_starved() {
    let (guard, state) = with(Shape::<1>::ConstantProduct, bps(100), 0, 2_000, 0);
    // sqrt(1.01) of 2,000: nine atoms are permitted, of which a hundredth is none.
    assert_eq!(limits(&guard, &state, 0).permitted, Amount::new(1));
    assert!(matches!(
        guard.assess(&state, at(0), &position(100, 90)).expect("fresh"),
        Decision::Liquidate { plan, .. } if plan.sell == Amount::new(1)
    ));
}

/// A state read from bytes with a clock that would make an observation fail half way is refused, and where a call on what is
/// read fails, the state is what it was, to the byte.
fn forged(bytes: &[u8], index: usize, time: u64) -> Option<GuardState<1>> {
    let mut bytes = bytes.to_vec();
    let place = index % (bytes.len() - 12) + 4;
    bytes[place..place + 8].copy_from_slice(&time.to_le_bytes());
    GuardState::read_from(&bytes).ok()
}

fn bytes_of(state: &GuardState<1>) -> Vec<u8> {
    let mut bytes = vec![0; GuardState::<1>::BYTES];
    state.write_to(&mut bytes).expect("the right length");
    bytes
}

fn any_level() -> impl Strategy<Value = Ratio> {
    prop_oneof![
        Just(Ratio::ZERO),
        Just(Ratio::ONE),
        (0_u64..=1 << 48).prop_map(Ratio::from_bits),
        (0_u64..9).prop_map(Ratio::from_bits)
    ]
}

/// `permitted` and `kick` agree to the atom, and are what the ledger alone permits, scaled by the stated rule.
fn agrees<const N: usize>(shape: Shape<N>, level: Ratio, min_sale: u128, reserve: u128, spent: u128) {
    let (guard, state) = with(shape, level, min_sale, reserve, spent);
    let permitted = limits(&guard, &state, 0).permitted.get();
    let whole =
        Guard::new(GuardParams { appetite: appetite_of(Ratio::ONE, Ratio::ONE, false, 100), ..*guard.params() });
    let whole = whole.expect("sound");
    let calm = whole.observe(state, &Observation { now: at(0), price: None, depth: None }).expect("in order");
    let most = limits(&whole, &calm, 0).permitted.get();
    assert_eq!(permitted, expected(state.appetite().level(), most, min_sale));
    if permitted > 0 {
        let (open, _) = guard.kick(state, at(0), kick_of(permitted)).expect("what is permitted");
        let charge =
            guard.params().depth.charge_ceil(state.depth(), Amount::new(permitted)).expect("the book shows it");
        assert_eq!((open.ledger().reserved(), open.pending().get()), (charge, permitted), "all of it is reserved");
    }
    assert!(permitted == 0 || guard.sell(state, at(0), Amount::new(permitted)).is_ok());
    assert!(guard.kick(state, at(0), kick_of(permitted + 1)).is_err());
    assert!(guard.sell(state, at(0), Amount::new(permitted + 1)).is_err());
}

/// Lots one after another use up the permission: each leaves at most the part `1 - a` of it, and the least lot ends it.
fn used_up<const N: usize>(shape: Shape<N>, level: Ratio, min_sale: u128, reserve: u128) {
    let (guard, mut state) = with(shape, level, min_sale, reserve, 0);
    let whole =
        Guard::new(GuardParams { appetite: appetite_of(Ratio::ONE, Ratio::ONE, false, 100), ..*guard.params() });
    let whole = whole.expect("sound");
    let left = |state: &GuardState<N>| {
        let calm = whole.observe(*state, &Observation { now: at(0), price: None, depth: None }).expect("in order");
        limits(&whole, &calm, 0).permitted.get()
    };
    let mut before = left(&state);
    for _ in 0..60 {
        let lot = limits(&guard, &state, 0).permitted.get();
        if lot == 0 {
            break;
        }
        state = guard.kick(state, at(0), kick_of(lot)).expect("permitted").0;
        let after = left(&state);
        let part = (before * u128::from((1 << 48) - state.appetite().level().to_bits())) >> 48;
        assert!(after <= part + 1, "{after} of {before}");
        before = after;
    }
    assert!(level < bps(4_000) || before <= 1, "{before} left");
}

/// If the ledger permits twice the least sale, whoever has a plan can sell a lot.
fn progresses<const N: usize>(shape: Shape<N>, level: Ratio, min_sale: u128, spent: u128, collateral: u128, ltv: u128) {
    let (guard, state) = with(shape, level, min_sale, RESERVE, spent);
    let whole =
        Guard::new(GuardParams { appetite: appetite_of(Ratio::ONE, Ratio::ONE, false, 100), ..*guard.params() });
    let whole = whole.expect("sound");
    let calm = whole.observe(state, &Observation { now: at(0), price: None, depth: None }).expect("in order");
    let most = limits(&whole, &calm, 0).permitted.get();
    match guard.assess(&state, at(0), &position(collateral, collateral * ltv / 1_000)).expect("fresh") {
        Decision::Liquidate { plan, .. } => {
            assert!(guard.kick(state, at(0), Kick { sell: plan.sell, raise: plan.repay }).is_ok());
            let left = collateral - plan.sell.get();
            assert!(left == 0 || left >= min_sale, "dust is left");
        }
        Decision::Wait { plan, until, .. } => {
            assert!(most < (2 * min_sale).max(1), "starved at {most}");
            let kick = Kick { sell: plan.sell, raise: plan.repay };
            assert!(until.is_none_or(|until| until > at(0)));
            if let Some(until) = until {
                assert!(guard.kick(state, until, kick).is_ok(), "at the time that was named");
                assert!(guard.kick(state, Timestamp::new(until.get() - 1), kick).is_err(), "and not before");
            }
        }
        Decision::Healthy | Decision::Backstop(_) | Decision::Unconfirmed { .. } => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_permitted_is_kicked_and_no_atom_more(
        level in any_level(), min_sale in prop_oneof![Just(0_u128), 0_u128..20_000_000_000],
        reserve in 400_u128..RESERVE, spent in 0_u128..=100,
    ) {
        agrees(Shape::<1>::ConstantProduct, level, min_sale, reserve, spent);
        agrees(grid(), level, min_sale, reserve, spent);
    }

    #[test]
    fn lots_use_up_the_permission(
        level in any_level(), min_sale in prop_oneof![Just(0_u128), 0_u128..1_000_000], reserve in 400_u128..RESERVE,
    ) {
        used_up(Shape::<1>::ConstantProduct, level, min_sale, reserve);
        used_up(grid(), level, min_sale, reserve);
    }

    #[test]
    fn the_appetite_starves_nobody(
        level in any_level(), min_sale in prop_oneof![Just(0_u128), 1_u128..6_000_000_000], spent in 0_u128..=100,
        collateral in prop_oneof![1_u128..100, 1_u128..20_000_000_000, 1_u128..1 << 60], ltv in 820_u128..1_000,
    ) {
        progresses(Shape::<1>::ConstantProduct, level, min_sale, spent, collateral, ltv);
        progresses(grid(), level, min_sale, spent, collateral, ltv);
    }

    /// What an observation makes of a report does not depend on when, since the last observation, it was taken in, nor on
    /// reports before it; so no report earns time to heal, or to leak.
    #[test]
    fn when_a_report_came_does_not_matter(
        source in 10_u64..200, first in 0_u64..200, second in 0_u64..200, more in prop::collection::vec((0_u64..200, any_level()), 0..4),
        oracle in any_level(), thin in any::<bool>(), wait in 0_u64..400, sold in 1_u128..4_000_000_000,
    ) {
        let guard = guard(Shape::<1>::ConstantProduct, appetite(bps(2_500), Ratio::ONE, true), 1_000);
        let state = guard.heed(opened(&guard), at(0), &reported(0, Ratio::ONE)).expect("in order");
        let state = see(&guard, state, 10, if thin { RESERVE / 2 } else { RESERVE });
        let sold = Amount::new(sold).min(limits(&guard, &state, 10).permitted);
        let state = guard.sell(state, at(10), sold).expect("permitted");
        let (last, now) = (reported(source, oracle), source + first.max(second));
        let after = |state| see(&guard, state, now + wait, RESERVE);
        let one = after(guard.heed(state, at(source + first), &last).expect("in order"));
        let mut earlier = state;
        let mut times = more;
        times.sort();
        for (time, oracle) in times {
            if time < source && time >= 10 {
                earlier = guard.heed(earlier, at(time), &reported(time, oracle)).expect("in order");
            }
        }
        let other = after(guard.heed(earlier, at(source + second), &last).expect("in order"));
        prop_assert_eq!(bytes_of(&one), bytes_of(&other));
        // No more time counts than since the last observation, 100 seconds of it at most.
        let before = state.appetite().level();
        let healed = Rate::from_ratio_over_floor(Ratio::ONE, Seconds::new(1_000)).expect("not zero");
        let most = healed.over(Seconds::new((now + wait - 10).min(100))).expect("small");
        prop_assert!(one.appetite().level() <= before.checked_add(most).expect("small"));
    }

    /// I5: whatever a stored state says, a call that fails has changed nothing.
    #[test]
    fn an_error_changes_nothing_even_on_a_forged_state(
        index in any::<usize>(), time in prop_oneof![any::<u64>(), START - 10..START + 700], now in START - 10..START + 700,
        thousandths in 500_u128..1_500, reserve in 0..2 * RESERVE, backlog in any::<bool>(),
    ) {
        let guard = guard(Shape::<1>::ConstantProduct, appetite(bps(2_500), Ratio::ONE, true), 1_000);
        let mut state = see(&guard, opened(&guard), 100, RESERVE);
        state = guard.sell(state, at(110), Amount::new(1_000)).expect("permitted");
        let Some(state) = forged(&bytes_of(&state), index, time) else { return Ok(()) };
        let before = bytes_of(&state);
        let seconds = now.saturating_sub(START);
        let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(reserve) };
        let depth = DepthObservation { source_time: Timestamp::new(now), snapshot };
        for (price, depth) in [(None, None), (Some(price(thousandths, seconds)), Some(depth)), (None, Some(depth))] {
            let mut place = state;
            if guard.update(&mut place, &Observation { now: Timestamp::new(now), price, depth }).is_err() {
                prop_assert_eq!(bytes_of(&place), before.clone());
            }
        }
        let source_time = Timestamp::new(now);
        let report = External { source_time, backlog: backlog.then_some(bps(1)), oracle: None, keepers: None, neighbours: None };
        if let Ok(heard) = guard.heed(state, Timestamp::new(now), &report) {
            prop_assert_eq!(limits(&guard, &heard, 10_000_000).permitted, limits(&guard, &state, 10_000_000).permitted);
        }
        let taken = guard.kick(state, Timestamp::new(now), kick_of(10)).map(|(state, lot)| {
            guard.take(state, Timestamp::new(now), lot, Bid { want: Amount::new(10), max_price: Price::MAX }).map(drop)
        });
        prop_assert!(taken.is_ok() || taken.is_err(), "no panic");
    }
}
