//! What a guard says ahead, against the modules that it asks, and limits that only ever tighten.

use crate::exact::q;
use crate::source::Source;
use crate::targets::book::pool;
use crate::world::World;
use damper::attack::Reach;
use damper::book::Shape;
use damper::cascade::Cascade;
use damper::clearing::{PaceConfig, PaceParams};
use damper::exposure::{ExposureMap, PriceGrid};
use damper::foresight::Attack;
use damper::price::Price;
use damper::units::{Amount, Seconds};

pub(crate) fn run(source: &mut Source<'_>) {
    if source.flag() { ahead::<1>(source) } else { ahead::<3>(source) }
}

fn ahead<const N: usize>(source: &mut Source<'_>) {
    let Some(mut world) = World::<N>::open(source) else { return };
    for _ in 0..12 {
        if !source.more() {
            break;
        }
        world.step(source);
        forecast(source, &world);
        caps(source, &world);
        restrained(source, &world);
        pushes(source, &world);
    }
}

fn forecast<const N: usize>(source: &mut Source<'_>, world: &World<N>) {
    let (guard, state, price) = (&world.guard, &world.state, world.state.price().band.low());
    let Ok(grid) = PriceGrid::<3>::geometric(price, source.bps(8_000, 9_990)) else { return };
    let map = ExposureMap::new(grid).add(source.near(price), source.amount_of(48)).expect("small");
    let (now, fall) = (source.later(world.now), source.bps(0, 10_000));
    let Ok(stated) = guard.forecast(state, now, &map, fall) else { return };
    let ahead = state.depth().sold().checked_add(state.pending()).expect("small");
    let with = map.add(Price::MAX, ahead).expect("small");
    let book = guard.params().depth.book(state.depth()).expect("a factor of at most one");
    assert_eq!(Cascade { map: &with, book: &book, price }.forecast(fall), Ok(stated));
}

/// What is allowed is within the book, and nothing is without time for a round. More time may allow less on a pool: of a sale that
/// may be larger, more may stay unused in each round (D20). On a grid it never does.
fn caps<const N: usize>(source: &mut Source<'_>, world: &World<N>) {
    let (guard, state, now) = (&world.guard, &world.state, source.later(world.now));
    let params = PaceParams { round: source.seconds_within(1, 600), piece: source.bps(0, 50) };
    let pace = PaceConfig::new(params).expect("sound");
    let slack = source.seconds_within(0, 1 << 16);
    let cap = guard.open_interest_cap(state, now, &pace, slack).expect("the clock runs forward");
    let book = guard.params().depth.book(state.depth()).expect("a factor of at most one");
    assert!(cap.is_zero() || book.impact_ceil(cap).is_ok(), "more than the book shows");
    assert!(slack >= params.round || cap.is_zero());
    if matches!(book.shape(), Shape::Grid(_)) {
        let longer = Seconds::new(slack.get() + source.within(0, 1 << 16));
        assert!(
            guard.open_interest_cap(state, now, &pace, longer).expect("the clock runs forward") >= cap,
            "less in more time"
        );
    }
}

fn restrained<const N: usize>(source: &mut Source<'_>, world: &World<N>) {
    let (guard, state, now) = (&world.guard, &world.state, source.later(world.now));
    let factor = source.share();
    let narrow = guard.restrained(factor).expect("at most one");
    let (limits, less) = (guard.limits(state, now).expect("later"), narrow.limits(state, now).expect("later"));
    assert!(less.cap <= limits.cap && less.permitted <= limits.permitted, "a restrained guard permits more");
    // The drawdown that counts is rounded once in each.
    assert!(q(less.cap) <= q(limits.cap) * factor + damper::ratio::Ratio::ULP, "more than its part");
}

fn pushes<const N: usize>(source: &mut Source<'_>, world: &World<N>) {
    let (guard, state, now) = (&world.guard, &world.state, world.now);
    let reach = [Reach { from: source.bps(1, 3_000), value: source.value_of(60) }];
    let attack = Attack {
        lasting: source.seconds_within(0, 4_000),
        clearing: source.bps(5_000, 10_000),
        reward: source.bps(0, 100),
        reach: &reach,
        most: source.bps(3_000, 9_000),
    };
    let market = pool(Amount::new(u128::from(source.word())));
    if let Ok(case) = guard.no_profitable_push(state, now, &market, &attack) {
        assert!(case.collects <= case.costs && case.by >= reach[0].from);
    }
}
