//! Snapshots that arrive late: what was paid for sales on an older book must not buy depth that it was not paid for. Each of
//! these broke the bound while `c` and `paid` were carried together over every snapshot that did not show the last sale.
#[path = "support/exact.rs"]
mod exact;
#[path = "support/market.rs"]
mod market;
#[path = "support/world.rs"]
mod world;

use damper::book::{Level, Shape, Snapshot};
use damper::depth::DepthObservation;
use damper::guard::{Guard, GuardState, Observation};
use damper::oracle::PriceObservation;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Rate, Seconds, Timestamp};
use exact::{Log, TheoremA, Verdict};
use market::{Market, bps};
use world::{PPM, TrueBook, World};

const START: u64 = 1_000_000_000;
const RESERVE: u128 = 1_000_000_000_000;

fn t(seconds: u64) -> Timestamp {
    Timestamp::new(1_000_000 + seconds)
}

fn price(world: &World, now: Timestamp) -> PriceObservation {
    let band = PriceBand::exact(Price::from_fraction_floor(u128::from(world.ticks()), 1_000_000).expect("positive"));
    PriceObservation { source_time: now, band }
}

fn market<const N: usize>(shape: Shape<N>) -> Market<N> {
    Market {
        shape,
        haircut: Ratio::ZERO,
        burst: bps(100),
        leak: Rate::ZERO,
        own_share: Ratio::ZERO,
        kappa: Ratio::ONE,
        share: Ratio::ONE,
        wick: Seconds::ZERO,
    }
}

fn verdict(world: &World) -> Verdict {
    let bound = TheoremA {
        x: world.exogenous_drawdown(),
        kappa: (1, 1),
        h: (0, 1),
        b: Log::from_fraction(i128::from(bps(100).to_bits()), 1 << 48),
        leaked: Log::zero(),
        eps: Log::zero(),
    };
    bound.verdict(world.drawdown())
}

fn sell<const N: usize>(
    guard: &Guard<N>,
    state: GuardState<N>,
    now: Timestamp,
    amount: u128,
    world: &mut World,
) -> GuardState<N> {
    let next = guard.sell(state, now, Amount::new(amount)).expect("permitted");
    world.sell(amount);
    next
}

/// No two events in the same second; every snapshot is true at its source time, shows every sale before it (A4), and the
/// true book at each sale takes at least what the credible one shows (A3): it is thinner never, thicker once.
#[test]
fn a_late_snapshot_of_a_thicker_book_is_sold_on_for_nothing() {
    let guard = market(Shape::<1>::ConstantProduct).guard();
    let pool = |reserve, at| DepthObservation {
        source_time: at,
        snapshot: Snapshot::ConstantProduct { reserve: Amount::new(reserve) },
    };
    let mut world = World::new(START, TrueBook::ConstantProduct { reserve: RESERVE });
    let state = guard.open(t(0), price(&world, t(0)), pool(RESERVE, t(0))).expect("opens");
    let all = guard.limits(&state, t(10)).expect("now").permitted.get();
    let state = sell(&guard, state, t(10), all - 1, &mut world);
    // At 15 the book is refilled, 1,000 times thicker, around the price of then.
    world.refresh(TrueBook::ConstantProduct { reserve: RESERVE * 1_000 });
    // At 20 one atom more, still on the snapshot of 0. At 21 the snapshot of 15 arrives.
    let state = sell(&guard, state, t(20), 1, &mut world);
    let seen = Observation { now: t(21), price: Some(price(&world, t(21))), depth: Some(pool(RESERVE * 1_000, t(15))) };
    let state = guard.observe(state, &seen).expect("in order");
    let limits = guard.limits(&state, t(21)).expect("the present");
    if !limits.permitted.is_zero() {
        sell(&guard, state, t(22), limits.permitted.get(), &mut world);
    }
    assert_ne!(verdict(&world), Verdict::Fails);
}

/// The same, again and again: the depth grows by a quarter between late snapshots.
#[test]
fn late_snapshots_of_a_growing_book() {
    let guard = market(Shape::<1>::ConstantProduct).guard();
    let pool = |reserve, at| DepthObservation {
        source_time: at,
        snapshot: Snapshot::ConstantProduct { reserve: Amount::new(reserve) },
    };
    let mut reserve = RESERVE;
    let mut world = World::new(START, TrueBook::ConstantProduct { reserve });
    let mut state = guard.open(t(0), price(&world, t(0)), pool(RESERVE, t(0))).expect("opens");
    for round in 0..100 {
        let now = 10 * round + 10;
        let all = guard.limits(&state, t(now)).expect("now").permitted.get();
        if all > 1 {
            state = sell(&guard, state, t(now), all - 1, &mut world);
        }
        reserve = reserve * 5 / 4;
        world.refresh(TrueBook::ConstantProduct { reserve });
        let last = guard.limits(&state, t(now + 6)).expect("now").permitted.get();
        if last > 0 {
            state = sell(&guard, state, t(now + 6), 1, &mut world);
        }
        let seen = Observation {
            now: t(now + 7),
            price: Some(price(&world, t(now + 7))),
            depth: Some(pool(reserve, t(now + 5))),
        };
        state = guard.observe(state, &seen).expect("in order");
    }
    assert_ne!(verdict(&world), Verdict::Fails);
}

/// A ladder that is refilled after each sale and shown in the same second as the sale (one block): sold on for nothing.
#[test]
fn a_snapshot_of_the_second_of_the_sale() {
    let guard = market(Shape::Grid([bps(100)])).guard();
    let book = || TrueBook::Ladder(vec![(PPM * 100 / 101 + 1, 1_000)]);
    let levels = |world: &World| {
        let ticks = u128::from(world.ticks());
        let reference = Price::from_fraction_floor(ticks, 1_000_000).expect("positive");
        let bid = Price::from_fraction_floor(ticks * (PPM * 100 / 101 + 1), PPM * 1_000_000).expect("positive");
        (reference, [Level { price: bid, amount: Amount::new(1_000) }])
    };
    let mut world = World::new(START, book());
    let (reference, shown) = levels(&world);
    let depth = DepthObservation { source_time: t(0), snapshot: Snapshot::Ladder { reference, levels: &shown } };
    let mut state = guard.open(t(0), price(&world, t(0)), depth).expect("opens");
    for second in 1..50 {
        if guard.limits(&state, t(second)).expect("now").permitted.get() < 10 {
            break;
        }
        state = sell(&guard, state, t(second), 10, &mut world);
        world.refresh(book());
        let (reference, shown) = levels(&world);
        let depth =
            DepthObservation { source_time: t(second), snapshot: Snapshot::Ladder { reference, levels: &shown } };
        let seen = Observation { now: t(second), price: Some(price(&world, t(second))), depth: Some(depth) };
        state = guard.observe(state, &seen).expect("in order");
    }
    assert_ne!(verdict(&world), Verdict::Fails);
}
