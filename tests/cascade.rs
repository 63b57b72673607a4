//! Predicted cascades: the least fixed point, its edge, what stops it, and that no seller of what is triggered goes further.

#[path = "support/exact.rs"]
mod exact;
#[path = "support/market.rs"]
mod market;
#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::book::{Book, Level, Shape, Snapshot};
use damper::cascade::{Cascade, Critical, Outcome, Stop};
use damper::exposure::{ExposureMap, PriceGrid};
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::Amount;
use exact::Log;
use market::bps;
use num_bigint::BigUint;
use proptest::prelude::*;
use rational::{Frac, any_price, any_ratio, any128};

/// Buckets of the tests.
const K: usize = 5;

fn price(n: u128) -> Price {
    Price::from_decimal_floor(n, 0).expect("positive")
}

fn amount(n: u128) -> Amount {
    Amount::new(n)
}

fn above(price: Price) -> Price {
    let (exponent, significand) = price.to_parts();
    match significand.checked_add(1) {
        Some(up) => Price::from_parts(exponent, up).expect("normalised"),
        None => Price::from_parts(exponent + 1, 1 << 63).expect("normalised"),
    }
}

fn pool(reserve: u128) -> Book<1> {
    let snapshot = Snapshot::ConstantProduct { reserve: amount(reserve) };
    Shape::ConstantProduct.measure_floor(&snapshot).expect("one quantity")
}

fn map(grid: [u128; K], end: u128, positions: &[(u128, u128)]) -> ExposureMap<K> {
    let grid = PriceGrid::new(grid.map(price), price(end)).expect("falling");
    positions
        .iter()
        .fold(ExposureMap::new(grid), |map, &(trigger, size)| map.add(price(trigger), amount(size)).expect("small"))
}

/// Buckets from 100 down by tens to 50.
fn tens(positions: &[(u128, u128)]) -> ExposureMap<K> {
    map([100, 90, 80, 70, 60], 50, positions)
}

/// `1 + I`, exact, of what the book says; `None` beyond the book or the type.
fn factor<const N: usize>(book: &Book<N>, sold: Amount) -> Option<Frac> {
    let impact = book.impact_ceil(sold).ok()?;
    Ratio::ONE.checked_add(impact).ok().map(Frac::of)
}

/// What is sold down to an exact price.
fn sold_at(map: &ExposureMap<K>, at: &Frac) -> Amount {
    let mut sum = map.due().get();
    for (price, amount) in map.grid().prices().iter().zip(map.buckets()) {
        if Frac::price(*price) >= *at {
            sum += amount.get();
        }
    }
    if Frac::price(map.grid().end()) >= *at { amount(sum + map.rest().get()) } else { amount(sum) }
}

/// The least fixed point by its definition: from the exogenous price, whatever is set off is sold, until nothing more is.
/// The sold amount, the exact price and the steps; no price when the book is exhausted.
fn fixed_point<const N: usize>(
    map: &ExposureMap<K>,
    book: &Book<N>,
    exogenous: Price,
) -> (Amount, Option<Frac>, usize) {
    let exogenous = Frac::price(exogenous);
    let mut at = exogenous.clone();
    for steps in 1.. {
        let sold = sold_at(map, &at);
        let Some(factor) = factor(book, sold) else { return (sold, None, steps) };
        let next = exogenous.div(&factor);
        if sold_at(map, &next) == sold {
            return (sold, Some(next), steps);
        }
        at = next;
    }
    unreachable!()
}

/// Whether a cascade ends within `limit`, and how many buckets it sets off.
fn reached(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Stops(end) => end.reached,
        Outcome::Exhausted(_) => K + 2,
    }
}

fn beyond(outcome: &Outcome, limit: Ratio) -> bool {
    match outcome {
        Outcome::Stops(end) => end.impact > limit,
        Outcome::Exhausted(_) => true,
    }
}

/// A seventh more than an integer.
fn sevenths(n: u128) -> Price {
    Price::from_fraction_floor(7 * n + 1, 7).expect("positive")
}

/// A map with its present price at 1,000, and parts of the pool's reserve in thousandths.
#[derive(Clone, Debug)]
struct Scene {
    map: ExposureMap<K>,
    reserve: u128,
}

fn scene() -> impl Strategy<Value = Scene> {
    let size = prop_oneof![1 => Just(0_u128), 6 => 1_u128..400, 1 => 400_u128..5_000];
    (
        prop::collection::btree_set(50_u128..1_050, K + 1),
        prop::collection::vec((20_u128..1_100, size), 0..10),
        1_u128..100_000,
    )
        .prop_map(|(prices, positions, reserve)| {
            // Of 64 bits, so that products are rounded.
            let falling: Vec<Price> = prices.into_iter().rev().map(sevenths).collect();
            let grid = [0, 1, 2, 3, 4].map(|place| falling[place]);
            let empty = ExposureMap::new(PriceGrid::new(grid, falling[K]).expect("falling"));
            let map = positions.into_iter().fold(empty, |map, (trigger, part)| {
                map.add(price(trigger), amount(part * reserve / 1_000)).expect("small")
            });
            Scene { map, reserve }
        })
}

/// A grid of impacts and what is bid for at each point, in thousandths of the scene's reserve.
fn bids() -> impl Strategy<Value = (Shape<4>, [u128; 4])> {
    (prop::collection::btree_set(10_u32..20_000, 4), prop::array::uniform4(0_u128..600)).prop_map(|(points, bids)| {
        let points: Vec<Ratio> = points.into_iter().map(bps).collect();
        (Shape::Grid([points[0], points[1], points[2], points[3]]), bids)
    })
}

/// The book of these bids, each at the lowest price that counts at its point.
fn ladder(shape: &Shape<4>, bids: [u128; 4]) -> Book<4> {
    let Shape::Grid(points) = shape else { panic!("a grid") };
    let reference = price(1_000);
    let levels: Vec<Level> = points
        .iter()
        .zip(bids)
        .map(|(point, bid)| {
            let factor = Ratio::ONE.checked_add(*point).expect("small");
            let floor = reference.div_floor(factor).expect("in range");
            let exact = Frac::price(floor) == Frac::price(reference).div(&Frac::of(factor));
            Level { price: if exact { floor } else { above(floor) }, amount: amount(bid) }
        })
        .collect();
    shape.measure_floor(&Snapshot::Ladder { reference, levels: &levels }).expect("falling")
}

fn check_forecast<const N: usize>(cascade: &Cascade<'_, K, N>, exogenous: Price) -> Result<(), TestCaseError> {
    let outcome = cascade.forecast_at(exogenous).expect("in range");
    let (sold, at, steps) = fixed_point(cascade.map, cascade.book, exogenous);
    prop_assert!(steps <= K + 2);
    match (outcome, at) {
        (Outcome::Stops(end), Some(at)) => {
            prop_assert_eq!(end.sold, sold);
            // The largest price that is not above the exact one.
            prop_assert!(Frac::price(end.price) <= at && Frac::price(above(end.price)) > at);
            let levels = cascade.map.grid().prices().iter().copied().chain([cascade.map.grid().end()]);
            prop_assert_eq!(end.reached, levels.filter(|level| Frac::price(*level) >= at).count());
            let kept = Frac::price(end.price).div(&Frac::price(cascade.price));
            let fall = if kept >= Frac::one() { Frac::int(0) } else { Frac::one().sub(&kept) };
            prop_assert_eq!(BigUint::from(end.drawdown.to_bits()), fall.ceil(48));
            prop_assert_eq!(end.impact, cascade.book.impact_ceil(sold).expect("shown"));
            let gain = match end.reached {
                0 => Some(Ratio::ZERO),
                place if place <= K => cascade.gain_ceil(place - 1).expect("a bucket"),
                _ => None,
            };
            prop_assert_eq!(end.gain, gain);
        }
        (Outcome::Exhausted(end), None) => {
            prop_assert_eq!(end.sold.get() + end.unsold.get(), cascade.map.total().get());
            prop_assert!(end.unsold > Amount::ZERO);
            // What it takes has an impact, and an atom more has none.
            let last = factor(cascade.book, end.sold).expect("a bid");
            prop_assert!(factor(cascade.book, amount(end.sold.get() + 1)).is_none());
            let at = Frac::price(exogenous).div(&last);
            prop_assert!(Frac::price(end.last_bid) <= at && Frac::price(above(end.last_bid)) > at);
        }
        (outcome, at) => prop_assert!(false, "{:?} against {:?}", outcome, at),
    }
    Ok(())
}

/// Of the exogenous prices up to the present, exactly those at or below the edge satisfy a condition.
fn check_edge(
    present: Price,
    edge: Option<Critical>,
    tries: &[Price],
    holds: impl Fn(Price) -> bool,
) -> Result<(), TestCaseError> {
    if let Some(edge) = edge {
        prop_assert!(edge.exogenous <= present);
        prop_assert_eq!(edge.fall, edge.exogenous.drawdown_floor(present));
        prop_assert!(holds(edge.exogenous));
        prop_assert!(edge.exogenous == present || !holds(above(edge.exogenous)));
    }
    for at in tries.iter().copied().filter(|at| *at <= present) {
        prop_assert_eq!(holds(at), edge.is_some_and(|edge| at <= edge.exogenous));
    }
    Ok(())
}

/// The stage at which a cascade stops when `order` atoms are bid for at an impact of `within`, walked by hand: the book down
/// to that impact, then the order, then the book.
fn reached_with_order<const N: usize>(
    cascade: &Cascade<'_, K, N>,
    exogenous: Price,
    order: u128,
    within: Ratio,
) -> usize {
    let impact = |sold: u128| -> Option<Ratio> {
        let plain = cascade.book.impact_ceil(amount(sold)).ok();
        if plain.is_some_and(|plain| plain <= within) {
            return plain;
        }
        // The last atom of an order beside no other bid leaves nothing to be bid for.
        let empty = cascade.book.quantity().iter().all(|quantity| quantity.is_zero());
        if sold <= order {
            return (sold < order || !empty).then_some(within);
        }
        let rest = cascade.book.impact_ceil(amount(sold - order)).ok();
        rest.map(|rest| rest.max(within))
    };
    let levels = cascade.map.grid().prices().iter().copied().chain([cascade.map.grid().end()]);
    let amounts = cascade.map.buckets().iter().copied().chain([cascade.map.rest()]);
    let (mut sold, mut reached) = (cascade.map.due().get(), 0);
    for (level, bucket) in levels.zip(amounts) {
        let Some(factor) = impact(sold).and_then(|impact| Ratio::ONE.checked_add(impact).ok()) else { return K + 2 };
        if Frac::price(exogenous) > Frac::price(level).mul(&Frac::of(factor)) {
            return reached;
        }
        reached += 1;
        sold += bucket.get();
    }
    if impact(sold).is_some() { reached } else { K + 2 }
}

/// The least bids at which the book alone stops short of a level, and that one atom less does not.
fn check_stop<const N: usize>(
    cascade: &Cascade<'_, K, N>,
    exogenous: Price,
    deepest: usize,
    with_bids: impl Fn(u128, Ratio) -> Option<usize>,
) -> Result<(), TestCaseError> {
    let natural = reached(&cascade.forecast_at(exogenous).expect("in range"));
    let stops: Vec<Option<Stop>> =
        (0..=deepest).map(|level| cascade.stop_at(exogenous, level).expect("a level")).collect();
    let best = cascade.cheapest_stop(exogenous, deepest).expect("a level");
    let levels = cascade.map.grid().prices().iter().copied().chain([cascade.map.grid().end()]);
    for (level, (stop, at)) in stops.iter().zip(levels).enumerate() {
        prop_assert_eq!(stop.is_none(), exogenous <= at);
        let Some(stop) = stop else { continue };
        prop_assert_eq!(stop.above, at);
        // The largest impact on the scale of ratios that stays above the level.
        let keeps = |within: Ratio| Frac::price(exogenous) > Frac::price(at).mul(&Frac::one().add(&Frac::of(within)));
        prop_assert!(keeps(stop.within) && !keeps(Ratio::from_bits(stop.within.to_bits() + 1)));
        prop_assert_eq!(stop.amount.is_zero(), natural <= level);
        if let Some(with) = with_bids(stop.amount.get(), stop.within) {
            prop_assert!(with <= level, "{} atoms stop at {} and not {}", stop.amount.get(), with, level);
        }
    }
    let Some(best) = best else {
        prop_assert!(stops.iter().all(Option::is_none));
        return Ok(());
    };
    if natural <= deepest {
        prop_assert_eq!(best.amount, Amount::ZERO);
        return Ok(());
    }
    prop_assert_eq!(Some(best.amount), stops.iter().flatten().map(|stop| stop.amount).min());
    prop_assert_eq!(Some(best), stops.iter().flatten().find(|stop| stop.amount == best.amount).copied());
    for stop in stops.iter().flatten() {
        if let Some(with) = with_bids(best.amount.get() - 1, stop.within) {
            prop_assert!(with > deepest, "one atom less stops at {}", with);
        }
    }
    Ok(())
}

/// Prices worth trying: every level, and every level with every impact of a stage, with their neighbours.
fn tries<const N: usize>(cascade: &Cascade<'_, K, N>, more: &[Price]) -> Vec<Price> {
    let levels: Vec<Price> = cascade.map.grid().prices().iter().copied().chain([cascade.map.grid().end()]).collect();
    let mut tries = more.to_vec();
    for &level in &levels {
        tries.extend([level, above(level)]);
        for &other in &levels {
            let sold = cascade.map.sold_ceil(other);
            if let Ok(set_off) = cascade.book.impact_ceil(sold).and_then(|impact| Ratio::ONE.checked_add(impact)) {
                let edge = level.scale_floor(set_off).expect("in range");
                tries.extend([edge, above(edge)]);
            }
        }
    }
    tries
}

#[test]
fn refusals_by_name() {
    let (map, book) = (tens(&[(95, 10)]), pool(1_000));
    let cascade = Cascade { map: &map, book: &book, price: price(120) };
    assert_eq!(cascade.forecast(Ratio::ONE), Err(Error::FallRange));
    assert_eq!(cascade.forecast(Ratio::MAX), Err(Error::FallRange));
    assert!(cascade.forecast(Ratio::from_bits(Ratio::ONE.to_bits() - 1)).is_ok());
    assert_eq!(cascade.gain_ceil(K), Err(Error::LevelUnknown));
    assert_eq!(cascade.gain_ceil(usize::MAX), Err(Error::LevelUnknown));
    assert_eq!(cascade.runs_on(K), Err(Error::LevelUnknown));
    assert!(cascade.gain_ceil(K - 1).is_ok() && cascade.runs_on(K - 1).is_ok());
    assert_eq!(cascade.stop_at(price(90), K + 1), Err(Error::LevelUnknown));
    assert_eq!(cascade.cheapest_stop(price(90), usize::MAX), Err(Error::LevelUnknown));
    assert!(cascade.stop_at(price(90), K).is_ok() && cascade.cheapest_stop(price(90), K).is_ok());
    assert_eq!(Cascade { price: Price::MIN, ..cascade }.forecast(bps(1)), Err(Error::PriceOutOfRange));
    let least = Cascade { price: Price::MIN, ..cascade }.forecast(Ratio::ZERO);
    assert_eq!(least, Err(Error::PriceOutOfRange), "10 sold on 1,000 move it below the range");
}

/// 110 falls to 100 by itself. The sale of each bucket sets off the next, down to 60.
#[test]
fn one_step_and_average_slippage_under_predict() {
    let (map, book) = (tens(&[(100, 70), (90, 70), (80, 70), (70, 70)]), pool(1_000));
    let cascade = Cascade { map: &map, book: &book, price: price(110) };
    let Outcome::Stops(end) = cascade.forecast_at(price(100)).expect("in range") else { panic!("deep enough") };
    assert_eq!((end.reached, end.sold), (4, amount(280)));
    // One step: the impact of what the fall itself sets off. 100 / 1.07^2 = 87.3 would stop there.
    let once = book.impact_ceil(map.sold_ceil(price(100))).expect("shown");
    assert_eq!(map.sold_ceil(price(100)), amount(70));
    let step = price(100).div_floor(Ratio::ONE.checked_add(once).expect("small")).expect("in range");
    assert!(step > price(87) && end.price < price(62));
    // The bound would not hold: a seller who sells what is triggered goes below it.
    assert!(step > end.price);
    // Average slippage: an order of c is filled at P x / (x + c) on average, and the cascade seems to end earlier.
    let mut average = price(100);
    for _ in 0..=K + 1 {
        let sold = map.sold_ceil(average).get();
        average = Price::from_fraction_floor(100 * 1_000, 1_000 + sold).expect("positive");
    }
    assert_eq!(map.sold_ceil(average), amount(70));
    assert!(average > price(93) && average > end.price);
}

#[test]
fn an_exhausted_book_is_named() {
    // Bids for 100 within 10 %, of which the last must stay.
    let shape = Shape::Grid([bps(500), bps(1_000)]);
    let book = shape
        .measure_floor(&Snapshot::Ladder {
            reference: price(100),
            levels: &[Level { price: price(95), amount: amount(100) }],
        })
        .expect("falling");
    let exhausted = tens(&[(100, 60), (90, 40), (10, 7)]);
    let cascade = Cascade { map: &exhausted, book: &book, price: price(110) };
    let Outcome::Exhausted(end) = cascade.forecast_at(price(95)).expect("in range") else { panic!("no bid is left") };
    // Below the last bid everything is set off, the rest too.
    assert_eq!((end.sold, end.unsold, end.exogenous), (amount(99), amount(8), price(95)));
    assert!(end.last_bid < price(87) && end.last_bid > price(86));
    assert_eq!(cascade.critical(Ratio::MAX).expect("small").map(|edge| edge.exogenous), Some(cascade.runaway_price()));
    assert_eq!(cascade.gain_ceil(1), Ok(None));
    assert_eq!(cascade.runs_on(1), Ok(true));
    // A book without any depth: nothing is sold, everything is left.
    let none = Cascade { book: &pool(0), map: &exhausted, price: price(110) };
    let Outcome::Exhausted(end) = none.forecast_at(price(95)).expect("in range") else { panic!("no bid at all") };
    assert_eq!((end.sold, end.unsold, end.last_bid), (Amount::ZERO, amount(107), price(95)));
    // What is due alone exhausts it, at the present price.
    let due = tens(&[(200, 1)]);
    let none = Cascade { map: &due, ..none };
    let now = Some(Critical { exogenous: price(110), fall: Ratio::ZERO });
    assert_eq!((none.critical(bps(100)), none.runaway()), (Ok(now), Ok(now)));
    assert_eq!(none.gain_ceil(0), Ok(None));
}

trait RunawayPrice {
    fn runaway_price(&self) -> Price;
}

impl<const N: usize> RunawayPrice for Cascade<'_, K, N> {
    fn runaway_price(&self) -> Price {
        self.runaway().expect("small").expect("it runs").exogenous
    }
}

/// Worked by hand: 100 atoms at 90 on 1,000 move 90 to 74.4, over the next bucket price of 80 and not of 70.
#[test]
fn gains_by_hand() {
    let (map, book) = (tens(&[(90, 100)]), pool(1_000));
    let cascade = Cascade { map: &map, book: &book, price: price(100) };
    assert!(cascade.runs_on(1).expect("a bucket"));
    let gain = cascade.gain_ceil(1).expect("a bucket").expect("shown");
    // 0.21 over 1/9, and the ceilings show.
    let exact = Ratio::from_fraction_ceil(189, 100).expect("small");
    assert!(gain >= exact && gain.to_bits() - exact.to_bits() < 100);
    for empty in [0, 2, 3, 4] {
        assert_eq!((cascade.gain_ceil(empty), cascade.runs_on(empty)), (Ok(Some(Ratio::ZERO)), Ok(false)));
    }
    let edge = cascade.runaway().expect("small").expect("it runs");
    assert_eq!((edge.exogenous, edge.fall), (price(90), bps(1_000)));
    // Buckets closer than a ratio can tell apart: no quotient.
    let close = PriceGrid::new([above(above(price(90))), above(price(90))], price(90)).expect("falling");
    let map = ExposureMap::new(close).add(price(91), amount(1)).expect("small");
    let map = map.add(above(above(price(90))), amount(1)).expect("small");
    let close = Cascade { map: &map, book: &book, price: price(100) };
    assert_eq!((close.gain_ceil(0), close.runs_on(0)), (Ok(None), Ok(true)));
    assert_eq!(close.gain_ceil(1), Ok(Some(Ratio::ZERO)));
}

/// 25 % of impact over a bucket from 100 to 80: a gain of exactly one, which runs on.
#[test]
fn a_gain_of_exactly_one_runs_on() {
    let shape = Shape::Grid([bps(2_500), bps(20_000)]);
    let levels = [Level { price: price(80), amount: amount(100) }, Level { price: price(40), amount: amount(900) }];
    let book = shape.measure_floor(&Snapshot::Ladder { reference: price(100), levels: &levels }).expect("falling");
    let positions = |first| map([100, 80, 20, 19, 18], 17, &[(100, first)]);
    let map = positions(50);
    let cascade = Cascade { map: &map, book: &book, price: price(110) };
    assert_eq!(cascade.gain_ceil(0).expect("a bucket").map(Ratio::to_bps_floor), Some(12_500), "from above");
    assert_eq!(cascade.runs_on(0), Ok(true));
    assert_eq!(cascade.runaway_price(), price(100));
    let Outcome::Stops(end) = cascade.forecast_at(price(100)).expect("in range") else { panic!("deep enough") };
    assert_eq!((end.price, end.reached), (price(80), 2));
    // A limit that is met is not exceeded.
    assert_eq!(cascade.critical(bps(2_500)), Ok(None));
    assert!(cascade.critical(bps(2_499)).expect("small").is_some());
}

/// Beyond what a ratio holds: an impact of 65,535 and more is no bid, and a level further below than that has all the room.
#[test]
fn the_ends_of_the_scale() {
    // 300 on 1: 255^2 - 1 is a ratio with one added to it, 256^2 - 1 is not.
    let (due, book) = (tens(&[(200, 300)]), pool(1));
    let cascade = Cascade { map: &due, book: &book, price: price(110) };
    let Outcome::Exhausted(end) = cascade.forecast_at(price(105)).expect("in range") else { panic!("no bid") };
    assert_eq!((end.sold, end.unsold), (amount(254), amount(46)));
    assert_eq!(end.last_bid, Price::from_fraction_floor(105, 255 * 255).expect("positive"));
    let stop = cascade.stop_at(price(100 << 20), 0).expect("a level").expect("below it");
    assert_eq!(stop.within, Ratio::from_bits(Ratio::MAX.to_bits() - Ratio::ONE.to_bits()));
    assert_eq!(stop.amount, amount(46));
}

/// A point that is the limit itself counts; where all depth is bids, one of them must remain.
#[test]
fn missing_bids_by_hand() {
    let shape = Shape::Grid([bps(2_500), bps(20_000)]);
    let levels = [Level { price: price(80), amount: amount(100) }, Level { price: price(40), amount: amount(900) }];
    let book = shape.measure_floor(&Snapshot::Ladder { reference: price(100), levels: &levels }).expect("falling");
    for (sold, limit, missing) in
        [(99, 2_500, 0), (100, 2_500, 1), (150, 2_500, 51), (150, 2_499, 151), (150, 20_000, 0)]
    {
        assert_eq!(book.missing_ceil(amount(sold), bps(limit)), Ok(amount(missing)), "{sold} within {limit}");
    }
    assert_eq!(book.missing_ceil(Amount::ZERO, Ratio::ZERO), Ok(Amount::ZERO));
    assert_eq!(pool(0).missing_ceil(amount(u128::MAX), Ratio::ONE), Err(Error::Overflow));
    // 104 on 1,000 move it by 21.9 %.
    assert_eq!(pool(1_000).missing_ceil(amount(110), bps(2_200)), Ok(amount(6)));
    assert_eq!(pool(0).missing_ceil(amount(110), bps(2_200)), Ok(amount(111)));
}

/// The edge of gain one is not monotone in the map: a sale above a bucket makes the constant product deeper for it.
#[test]
fn more_to_sell_may_move_the_edge_of_gain_one_down() {
    let book = pool(1_000);
    // 55 atoms at 80 move the price by 1.055^2, over 80 / 72; behind 40 others by (1.095 / 1.04)^2, which is not.
    let alone = map([100, 90, 80, 72, 60], 50, &[(80, 55)]);
    let behind = map([100, 90, 80, 72, 60], 50, &[(80, 55), (100, 40)]);
    let alone = Cascade { map: &alone, book: &book, price: price(110) };
    let behind = Cascade { map: &behind, ..alone };
    assert_eq!((alone.runs_on(2), behind.runs_on(2)), (Ok(true), Ok(false)));
    assert_eq!(alone.runaway_price(), price(80));
    assert_eq!(behind.runaway(), Ok(None));
    // The edge of a stated impact does not move down.
    let edge = |cascade: &Cascade<'_, K, 1>| cascade.critical(bps(1_000)).expect("small").map(|edge| edge.exogenous);
    assert!(edge(&behind) > edge(&alone) && edge(&alone) == Some(price(80)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn the_forecast_is_the_least_fixed_point(
        Scene { map, reserve } in scene(), (shape, bids) in bids(), exogenous in 20_u128..1_100,
        present in 900_u128..1_100,
    ) {
        let (pool, ladder) = (pool(reserve), ladder(&shape, bids.map(|bid| bid * reserve / 1_000)));
        let on_pool = Cascade { map: &map, book: &pool, price: price(present) };
        let on_ladder = Cascade { map: &map, book: &ladder, price: price(present) };
        for at in tries(&on_pool, &[price(exogenous)]) {
            check_forecast(&on_pool, at)?;
        }
        for at in tries(&on_ladder, &[price(exogenous)]) {
            check_forecast(&on_ladder, at)?;
        }
        // By the fall: the exogenous price is rounded down, from a price of 64 bits.
        let on_pool = Cascade { price: above(price(present)), ..on_pool };
        let fall = Ratio::from_fraction_floor(exogenous, 1_101).expect("below one");
        let kept = on_pool.price.scale_floor(Ratio::ONE.checked_sub(fall).expect("below one")).expect("in range");
        prop_assert_eq!(on_pool.forecast(fall), on_pool.forecast_at(kept));
    }

    /// A deeper fall, a larger map and a thinner book never end higher, and neither rule of thumb ends lower.
    #[test]
    fn forecasts_are_monotone_and_naive_ones_are_above_them(
        Scene { map, reserve } in scene(), exogenous in prop::array::uniform2(20_u128..1_100), trigger in 20_u128..1_100,
        more in 0_u128..50_000, thinner in 1_u128..100,
    ) {
        let [low, high] = [exogenous[0].min(exogenous[1]), exogenous[0].max(exogenous[1])].map(price);
        let (book, thin) = (pool(reserve), pool(reserve * thinner / 100));
        let grown = map.add(price(trigger), amount(more)).expect("small");
        let end = |map, book, at| match (Cascade { map, book, price: price(1_000) }).forecast_at(at).expect("in range") {
            Outcome::Stops(end) => Some((end.price, core::cmp::Reverse(end.sold))),
            Outcome::Exhausted(_) => None,
        };
        let here = end(&map, &book, high);
        prop_assert!(end(&map, &book, low) <= here);
        prop_assert!(end(&grown, &book, high) <= here);
        prop_assert!(end(&map, &thin, high) <= here);

        // One step, and the average price of the sale.
        let Some((fixed, _)) = here else { return Ok(()) };
        let sold = map.sold_ceil(high);
        let once = factor(&book, sold).expect("less than at the fixed point");
        prop_assert!(Frac::price(high).div(&once) >= Frac::price(fixed));
        let average = Frac::new(sold.get() + reserve, reserve);
        prop_assert!(Frac::price(high).div(&average) >= Frac::price(fixed));
    }

    #[test]
    fn the_edges_are_exact_and_monotone(
        Scene { map, reserve } in scene(), (shape, bids) in bids(), limit in 0_u32..30_000, trigger in 20_u128..1_100,
        more in 0_u128..50_000, thinner in 0_u128..100, wild in any_price(),
    ) {
        let present = price(1_000);
        let ladder = ladder(&shape, bids.map(|bid| bid * reserve / 1_000));
        let (book, thin) = (pool(reserve), pool(reserve * thinner / 100));
        // A limit that is an impact of the cascade itself, or any.
        let limit = match limit % 3 {
            0 => book.impact_ceil(map.sold_ceil(price(trigger))).unwrap_or(bps(limit)),
            _ => bps(limit),
        };
        let cascade = Cascade { map: &map, book: &book, price: present };
        let runs = |at: Price| beyond(&cascade.forecast_at(at).expect("in range"), limit);
        let critical = cascade.critical(limit).expect("small");
        let wild = wild.max(price(1));
        check_edge(present, critical, &tries(&cascade, &[wild]), runs)?;
        let on_ladder = Cascade { map: &map, book: &ladder, price: present };
        let runs = |at: Price| beyond(&on_ladder.forecast_at(at).expect("in range"), limit);
        check_edge(present, on_ladder.critical(limit).expect("small"), &tries(&on_ladder, &[wild]), runs)?;

        // Gain one: some bucket on the way sets off the next by itself, or the book is exhausted.
        let runs = |at: Price| match on_ladder.forecast_at(at).expect("in range") {
            Outcome::Stops(end) => (0..end.reached.min(K)).any(|bucket| on_ladder.runs_on(bucket).expect("a bucket")),
            Outcome::Exhausted(_) => true,
        };
        check_edge(present, on_ladder.runaway().expect("small"), &tries(&on_ladder, &[wild]), runs)?;
        let runs = |at: Price| match cascade.forecast_at(at).expect("in range") {
            Outcome::Stops(end) => (0..end.reached.min(K)).any(|bucket| cascade.runs_on(bucket).expect("a bucket")),
            Outcome::Exhausted(_) => true,
        };
        check_edge(present, cascade.runaway().expect("small"), &tries(&cascade, &[wild]), runs)?;

        // Nearer with a larger map, a thinner book, a smaller limit.
        let at = |edge: Option<Critical>| edge.map(|edge| (edge.exogenous, core::cmp::Reverse(edge.fall)));
        let grown = map.add(price(trigger), amount(more)).expect("small");
        let (grown, thin) = (Cascade { map: &grown, ..cascade }, Cascade { book: &thin, ..cascade });
        prop_assert!(at(grown.critical(limit).expect("small")) >= at(critical));
        prop_assert!(at(thin.critical(limit).expect("small")) >= at(critical));
        let half = Ratio::from_bits(limit.to_bits() / 2);
        prop_assert!(at(cascade.critical(half).expect("small")) >= at(critical));
    }

    /// A gain is at least that in log-price, and a bucket runs on if and only if what sets it off sets off the next.
    #[test]
    fn gains_bound_the_gain_in_log_price(Scene { map, reserve } in scene()) {
        let book = pool(reserve);
        let cascade = Cascade { map: &map, book: &book, price: price(1_000) };
        let levels: Vec<Price> = map.grid().prices().iter().copied().chain([map.grid().end()]).collect();
        for bucket in 0..K {
            let gain = cascade.gain_ceil(bucket).expect("a bucket");
            let before = map.sold_ceil(levels[bucket]).get() - map.buckets()[bucket].get();
            let (Some(low), Some(high)) = (factor(&book, amount(before)), factor(&book, map.sold_ceil(levels[bucket]))) else {
                prop_assert_eq!(gain, None);
                continue;
            };
            let moved = high.div(&low);
            let width = Frac::price(levels[bucket]).div(&Frac::price(levels[bucket + 1]));
            let runs_on = cascade.runs_on(bucket).expect("a bucket");
            // On the scale of prices: equal up to a step of 2^-63.
            let step = Frac::one().add(&Frac::new(1_u32, 1_u64 << 62));
            let (near, far) = (moved.mul(&step) >= width, width >= moved);
            prop_assert!((near || !runs_on) && (far || runs_on));
            let Some(gain) = gain else { continue };
            prop_assert!(!runs_on || gain >= Ratio::from_bits(Ratio::ONE.to_bits() - 1));
            // The stated quotient, rounded up.
            let share = Frac::one().sub(&Frac::one().div(&width));
            let stated = moved.sub(&Frac::one()).div(&share);
            prop_assert!(Frac::of(gain) >= stated);
            let (moved, width) = (Log::of_big_ratio(&moved.num, &moved.den), Log::of_big_ratio(&width.num, &width.den));
            let claimed = width.mul_fraction(u128::from(gain.to_bits()), 1 << 48);
            prop_assert!(!moved.certainly_gt(claimed));
            // And not far above it: (y - 1) / (1 - 1/w) is at most y w times the quotient of logarithms.
            let over = Frac::of(gain).sub(&Frac::of(Ratio::from_bits(gain.to_bits().min(64))));
            let product = high.div(&low).mul(&Frac::price(levels[bucket])).div(&Frac::price(levels[bucket + 1]));
            let most = moved.mul_fraction(
                rational::fits128(&product.ceil(20)).expect("small"), 1 << 20,
            );
            let scaled = width.mul_fraction(rational::fits128(&over.floor(48)).expect("small"), 1 << 48);
            prop_assert!(!scaled.certainly_gt(most));
        }
    }

    #[test]
    fn bids_that_stop_a_cascade_are_the_fewest(
        Scene { map, reserve } in scene(), (shape, bids) in bids(), exogenous in 50_u128..1_200, deepest in 0..=K,
    ) {
        let (book, empty) = (pool(reserve), pool(0));
        let exogenous = price(exogenous);
        for book in [&book, &empty] {
            let cascade = Cascade { map: &map, book, price: price(1_000) };
            check_stop(&cascade, exogenous, deepest, |order, within| {
                Some(reached_with_order(&cascade, exogenous, order, within))
            })?;
        }
        // On a grid: the book is measured anew with the bids in it, at the last point within the limit.
        let Shape::Grid(points) = shape else { panic!("a grid") };
        let shown = bids.map(|bid| bid * reserve / 1_000);
        let measured = ladder(&shape, shown);
        let cascade = Cascade { map: &map, book: &measured, price: price(1_000) };
        check_stop(&cascade, exogenous, deepest, |order, within| {
            let place = points.iter().take_while(|point| **point <= within).count().checked_sub(1)?;
            let mut with = shown;
            with[place] += order;
            let with = ladder(&shape, with);
            Some(reached(&Cascade { book: &with, ..cascade }.forecast_at(exogenous).expect("in range")))
        })?;
    }

    /// No input makes a call panic, and what is not sold is named.
    #[test]
    fn any_input_is_answered(
        prices in prop::collection::btree_set((any::<i8>(), 1_u64 << 63..), K + 1), triggers in prop::array::uniform4(any_price()),
        sizes in prop::array::uniform4(any128()), reserve in any128(), present in any_price(), exogenous in any_price(),
        ratio in any_ratio(), bucket in 0..K + 3,
    ) {
        let mut falling: Vec<Price> =
            prices.into_iter().map(|(exponent, bits)| Price::from_parts(exponent, bits).expect("normalised")).collect();
        falling.sort();
        falling.reverse();
        let grid = PriceGrid::new([0, 1, 2, 3, 4].map(|place| falling[place]), falling[K]).expect("falling");
        let mut map = ExposureMap::new(grid);
        for (trigger, size) in triggers.into_iter().zip(sizes) {
            map = map.add(trigger, amount(size)).unwrap_or(map);
        }
        let book = pool(reserve);
        let cascade = Cascade { map: &map, book: &book, price: present };
        for outcome in [cascade.forecast_at(exogenous), cascade.forecast(ratio)] {
            match outcome {
                Ok(Outcome::Stops(end)) => prop_assert!(end.price <= end.exogenous && end.sold <= map.total()),
                Ok(Outcome::Exhausted(end)) => prop_assert_eq!(end.sold.checked_add(end.unsold), Ok(map.total())),
                Err(error) => prop_assert!([Error::FallRange, Error::PriceOutOfRange].contains(&error)),
            }
        }
        prop_assert!(cascade.critical(ratio).is_ok() && cascade.runaway().is_ok());
        prop_assert_eq!(cascade.gain_ceil(bucket).is_err(), bucket >= K);
        prop_assert_eq!(cascade.runs_on(bucket).is_err(), bucket >= K);
        for stop in [cascade.stop_at(exogenous, bucket), cascade.cheapest_stop(exogenous, bucket)] {
            match stop {
                Ok(stop) => prop_assert!(stop.is_none_or(|stop| stop.above < exogenous)),
                Err(error) => {
                    prop_assert!([Error::LevelUnknown, Error::PriceOutOfRange, Error::Overflow].contains(&error));
                }
            }
        }
    }

    /// The quotient that a price is shown by.
    #[test]
    fn a_price_over_a_ratio_is_rounded_down(dividend in any_price(), factor in any_ratio()) {
        let exact = |quotient: Price| Frac::price(quotient).mul(&Frac::of(factor));
        match dividend.div_floor(factor) {
            Ok(quotient) => {
                prop_assert!(exact(quotient) <= Frac::price(dividend));
                prop_assert!(quotient == Price::MAX || exact(above(quotient)) > Frac::price(dividend));
            }
            Err(Error::DivisionByZero) => prop_assert_eq!(factor, Ratio::ZERO),
            Err(Error::PriceOutOfRange) => {
                let small = exact(Price::MIN) > Frac::price(dividend);
                let large = Frac::new(BigUint::from(1_u32) << 128, 1_u32).mul(&Frac::of(factor)) <= Frac::price(dividend);
                prop_assert!(small || large);
            }
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
