//! T11 in closed loop: a seller without a limit and one behind the guard, on the same path with the same positions. Prices
//! are exact rationals, drawdowns certified logarithms.

#[path = "support/exact.rs"]
mod exact;
#[path = "support/market.rs"]
mod market;

use damper::book::{Book, Shape, Snapshot};
use damper::cascade::{Cascade, Forecast, Outcome};
use damper::depth::DepthObservation;
use damper::exposure::{ExposureMap, PriceGrid};
use damper::guard::Observation;
use damper::oracle::PriceObservation;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Rate, Seconds, Timestamp};
use exact::{Drawdown, Log, TheoremA, Verdict};
use market::{Market, bps};
use proptest::prelude::*;

const K: usize = 6;
const START: u128 = 1_000_000_000;
const RESERVE: u128 = 1_000_000_000_000;
const PPM: u128 = 1_000_000;

/// A market of constant depth: the price is `F x^2 / (x + c)^2` after `c` was sold in all.
struct Pool {
    exogenous: u128,
    sold: u128,
    lowest_exogenous: u128,
    /// Lowest price, as a fraction.
    lowest: (u128, u128),
    own: Drawdown,
    free: Drawdown,
}

impl Pool {
    fn new() -> Pool {
        let mut pool = Pool {
            exogenous: START,
            sold: 0,
            lowest_exogenous: START,
            lowest: (START, 1),
            own: Drawdown::new(),
            free: Drawdown::new(),
        };
        pool.record();
        pool
    }

    /// 110 bits over 82.
    fn price(&self) -> (u128, u128) {
        (self.exogenous * RESERVE * RESERVE, (RESERVE + self.sold) * (RESERVE + self.sold))
    }

    fn record(&mut self) {
        let (num, den) = self.price();
        self.own.push(Log::of_ratio(num, den));
        self.free.push(Log::of_ratio(self.exogenous, 1));
        self.lowest_exogenous = self.lowest_exogenous.min(self.exogenous);
        if below((num, den), self.lowest) {
            self.lowest = (num, den);
        }
    }

    fn move_to(&mut self, exogenous: u128) {
        self.exogenous = exogenous;
        self.record();
    }

    fn sell(&mut self, amount: u128) {
        self.sold += amount;
        self.record();
    }

    /// What was triggered by now and is not sold yet.
    fn backlog(&self, positions: &[(u128, u128)]) -> u128 {
        let hit = positions.iter().filter(|(trigger, _)| !below((*trigger, 1), self.lowest));
        hit.map(|(_, size)| size).sum::<u128>() - self.sold
    }

    /// `ln(P(0) / min P)`.
    fn fall(&self) -> Log {
        Log::of_ratio(START, 1).sub(Log::of_ratio(self.lowest.0, self.lowest.1))
    }
}

/// Whether one fraction is below another, exactly.
fn below(left: (u128, u128), right: (u128, u128)) -> bool {
    let big = num_bigint::BigUint::from;
    big(left.0) * big(right.1) < big(right.0) * big(left.1)
}

#[derive(Clone, Debug)]
struct Run {
    /// Bucket prices and the end, in millionths of the start, falling.
    grid: Vec<u128>,
    /// Trigger and size, in millionths of the start and of the reserve.
    positions: Vec<(u128, u128)>,
    /// Moves of the exogenous price in millionths, and seconds.
    rounds: Vec<(i32, u16)>,
    burst: u32,
    own_share: u32,
    leak_bps_per_hour: u32,
}

fn run() -> impl Strategy<Value = Run> {
    let drift = prop_oneof![3 => -60_000_i32..10_000, 2 => -5_000_i32..5_000, 1 => -300_000_i32..200_000];
    (
        prop::collection::btree_set(300_000_u128..1_000_000, K + 1),
        prop::collection::vec((200_000_u128..1_000_000, prop_oneof![1_u128..10_000, 10_000_u128..300_000]), 1..9),
        prop::collection::vec((drift, 1_u16..900), 1..30),
        (0_u32..300, 0_u32..9_000, 0_u32..200),
    )
        .prop_map(|(grid, positions, rounds, (burst, own_share, leak_bps_per_hour))| {
            let grid = grid.into_iter().rev().collect();
            Run { grid, positions, rounds, burst, own_share, leak_bps_per_hour }
        })
}

impl Run {
    fn positions(&self) -> Vec<(u128, u128)> {
        self.positions.iter().map(|(trigger, size)| (START * trigger / PPM, RESERVE * size / PPM)).collect()
    }

    fn map(&self) -> ExposureMap<K> {
        let prices: Vec<Price> = self.grid.iter().map(|part| whole(START * part / PPM)).collect();
        let grid = PriceGrid::new([0, 1, 2, 3, 4, 5].map(|place| prices[place]), prices[K]).expect("falling");
        self.positions().into_iter().fold(ExposureMap::new(grid), |map, (trigger, size)| {
            map.add(whole(trigger), Amount::new(size)).expect("small")
        })
    }

    /// The positions, each with the price at which the map counts it as its trigger.
    fn at_bucket_prices(&self) -> Run {
        let lifted = |trigger: u128| self.grid.iter().rev().copied().find(|price| *price >= trigger);
        let positions = self.positions.iter().map(|&(trigger, size)| (lifted(trigger).unwrap_or(PPM), size)).collect();
        Run { positions, ..self.clone() }
    }
}

/// A price of an integer below 2^64, exact.
fn whole(ticks: u128) -> Price {
    Price::from_fraction_floor(ticks, 1).expect("positive")
}

fn book() -> Book<1> {
    let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(RESERVE) };
    Shape::ConstantProduct.measure_floor(&snapshot).expect("one quantity")
}

/// The forecast at an exogenous price; a pool takes whatever these maps hold.
fn forecast(map: &ExposureMap<K>, exogenous: Price) -> Forecast {
    let cascade = Cascade { map, book: &book(), price: whole(START) };
    match cascade.forecast_at(exogenous).expect("in range") {
        Outcome::Stops(end) => end,
        Outcome::Exhausted(end) => panic!("{end:?}"),
    }
}

/// Whether a price is at most a fraction, exactly.
fn at_most(price: Price, (num, den): (u128, u128)) -> bool {
    let floor = Price::from_fraction_floor(num, den).expect("positive");
    price <= floor
}

/// Sells at once all that is triggered, for as long as something is.
fn natural(run: &Run) -> Pool {
    let (mut pool, positions) = (Pool::new(), run.positions());
    for &(drift, _) in &run.rounds {
        pool.move_to(drifted(pool.exogenous, drift));
        while let more @ 1.. = pool.backlog(&positions) {
            pool.sell(more);
        }
    }
    pool
}

fn drifted(exogenous: u128, drift: i32) -> u128 {
    exogenous.saturating_add_signed(START.cast_signed() * i128::from(drift) / PPM.cast_signed()).max(START / 20)
}

/// Sells what is triggered as far as the guard permits, and the bound of T-A for that run.
fn throttled(run: &Run) -> (Pool, TheoremA) {
    let leak = Rate::from_ratio_over_floor(bps(run.leak_bps_per_hour), Seconds::new(3_600)).expect("an hour");
    let market = Market {
        shape: Shape::<1>::ConstantProduct,
        haircut: Ratio::ZERO,
        burst: bps(run.burst),
        leak,
        own_share: bps(run.own_share),
        kappa: Ratio::ONE,
        share: Ratio::ONE,
        wick: Seconds::ZERO,
    };
    let (guard, positions) = (market.guard(), run.positions());
    let (mut pool, mut now) = (Pool::new(), 1_000_u64);
    let seen = |pool: &Pool, at: u64| {
        let (num, den) = pool.price();
        let low = Price::from_fraction_floor(num, den).expect("positive");
        let high = Price::from_fraction_ceil(num, den).expect("positive");
        let band = PriceBand::new(low, high).expect("in order");
        PriceObservation { source_time: Timestamp::new(at), band }
    };
    // What was sold is in the pool: the reserve is larger by it.
    let depth = |pool: &Pool, at: u64| DepthObservation {
        source_time: Timestamp::new(at),
        snapshot: Snapshot::ConstantProduct { reserve: Amount::new(RESERVE + pool.sold) },
    };
    let time = Timestamp::new(now);
    let mut state = guard.open(time, seen(&pool, now), depth(&pool, now)).expect("a first price");
    for &(drift, seconds) in &run.rounds {
        now += u64::from(seconds);
        pool.move_to(drifted(pool.exogenous, drift));
        let time = Timestamp::new(now);
        let seen = Observation { now: time, price: Some(seen(&pool, now)), depth: Some(depth(&pool, now)) };
        state = guard.observe(state, &seen).expect("in order");
        // Its own sale may trigger more, which is sold while the guard permits it.
        for _ in 0..=positions.len() {
            let permitted = guard.limits(&state, time).expect("in order").permitted;
            let sale = permitted.get().min(pool.backlog(&positions));
            if sale > 0 {
                state = guard.sell(state, time, Amount::new(sale)).expect("permitted");
                pool.sell(sale);
            }
        }
    }
    let bits = |ratio: Ratio| i128::from(ratio.to_bits());
    let elapsed = i128::from(now - 1_000);
    let bound = TheoremA {
        x: pool.free.mdd(),
        kappa: (1, 1),
        h: (u128::from(bps(run.own_share).to_bits()), 1 << 48),
        b: Log::from_fraction(bits(bps(run.burst)), 1 << 48),
        leaked: Log::from_fraction(bits(leak.get()) * elapsed, 1 << 48),
        // A band of one step of a price.
        eps: Log::from_fraction(1, 1 << 62),
    };
    (pool, bound)
}

/// The largest drop that T11 allows: `X + ln(1 + I(V))`.
fn predicted(end: &Forecast, lowest_exogenous: u128) -> Log {
    let own = Log::of_ratio(u128::from(Ratio::ONE.to_bits()) + u128::from(end.impact.to_bits()), 1 << 48);
    Log::of_ratio(START, lowest_exogenous).add(own)
}

/// One large position just below the market, and one fall that sets it off.
fn one_fall(size: u128, burst: u32, own_share: u32) -> Run {
    Run {
        grid: vec![990_000, 980_000, 970_000, 960_000, 950_000, 940_000, 930_000],
        positions: vec![(990_000, size)],
        rounds: vec![(-20_000, 60)],
        burst,
        own_share,
        leak_bps_per_hour: 0,
    }
}

/// Each of the two bounds is the smaller one somewhere, and without the ledger the second does not hold.
#[test]
fn neither_bound_implies_the_other() {
    for (size, natural_is_smaller) in [(1_000, true), (200_000, false)] {
        let run = one_fall(size, 100, 2_500);
        let (pool, theorem) = throttled(&run);
        let end = forecast(&run.map(), whole(pool.lowest_exogenous));
        let prediction = predicted(&end, pool.lowest_exogenous);
        assert_eq!(theorem.verdict(prediction), if natural_is_smaller { Verdict::Holds } else { Verdict::Fails });
        assert!(pool.fall().certainly_le(prediction.min(theorem.bound())));
        let free = natural(&run);
        assert!(free.fall().certainly_le(prediction));
        assert_eq!(theorem.verdict(free.fall()), if natural_is_smaller { Verdict::Holds } else { Verdict::Fails });
        // The guard sold something of it, and the pool without it all.
        assert!(pool.sold > 0 && free.sold == RESERVE * size / PPM);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    /// The seller without a limit never goes below the forecast, and the one behind the guard below neither bound.
    #[test]
    fn no_seller_of_what_is_triggered_goes_below_the_forecast(run in run()) {
        let map = run.map();
        let free = natural(&run);
        let end = forecast(&map, whole(free.lowest_exogenous));
        prop_assert!(at_most(end.price, free.lowest));
        prop_assert!(free.sold <= end.sold.get());
        prop_assert!(!free.fall().certainly_gt(predicted(&end, free.lowest_exogenous)));

        let (slow, theorem) = throttled(&run);
        prop_assert_eq!(slow.lowest_exogenous, free.lowest_exogenous);
        prop_assert!(at_most(end.price, slow.lowest));
        prop_assert!(slow.sold <= end.sold.get());
        let least = predicted(&end, slow.lowest_exogenous).min(theorem.bound());
        prop_assert!(!slow.fall().certainly_gt(least));
        prop_assert_eq!(theorem.verdict(slow.own.mdd()), Verdict::Holds);
    }

    /// With every trigger at a bucket price, and the lowest exogenous price last, the forecast is attained: at an exogenous
    /// price 2^-40 higher, which outweighs its roundings, it already sells no more than the market did.
    #[test]
    fn the_forecast_is_attained(run in run()) {
        let mut run = run.at_bucket_prices();
        let lowest = natural(&run).lowest_exogenous;
        run.rounds = vec![(-i32::try_from((START - lowest) * PPM / START).expect("a fall"), 60)];
        let free = natural(&run);
        let exogenous = whole(free.lowest_exogenous);
        let end = forecast(&run.map(), exogenous);
        let lifted = exogenous.scale_ceil(Ratio::from_bits(Ratio::ONE.to_bits() + (1 << 8))).expect("in range");
        let easier = forecast(&run.map(), lifted);
        prop_assert!(easier.sold.get() <= free.sold && free.sold <= end.sold.get());
        if easier.sold == end.sold {
            let near = end.price.scale_ceil(Ratio::from_bits(Ratio::ONE.to_bits() + (1 << 8))).expect("in range");
            prop_assert!(!at_most(near, free.lowest), "{:?} is not near {:?}", end.price, free.lowest);
        }
    }
}
