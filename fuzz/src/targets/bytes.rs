//! Stored forms, tampered with: refused, or read as what is written again byte by byte, and harmless in use.

use crate::source::Source;
use crate::targets::{answering, coordination, keeper, sources};
use crate::world::World;
use damper::answering::{Answering, AnsweringConfig};
use damper::assets::{CrossImpact, CrossImpactParams};
use damper::auction::Lot;
use damper::bond::{Bond, BondConfig, BondParams, Kicked};
use damper::book::Snapshot;
use damper::clearing::{PaceConfig, PaceParams};
use damper::coordination::{Budget, Neighbours, Reports};
use damper::depth::DepthObservation;
use damper::exposure::{ExposureMap, PriceGrid, Reporter};
use damper::guard::{Decision, Guard, GuardState, Observation};
use damper::health::Position;
use damper::hedge::Insurer;
use damper::keeper::RewardConfig;
use damper::price::PriceBand;
use damper::queue::Queue;
use damper::ratio::Ratio;
use damper::selling::{Bid, Kick};
use damper::sources::{SourcesConfig, SourcesState};
use damper::two_sided::TwoSided;
use damper::units::{Amount, Timestamp, Value};

/// Reads a form of which some bytes are changed; what is read is written as it was read.
macro_rules! tampered {
    ($source:expr, $name:ty, $value:expr) => {{
        let mut bytes = vec![0; <$name>::BYTES];
        if let Some(value) = $value {
            let value: $name = value;
            value.write_to(&mut bytes).expect("the right length");
        }
        change($source, &mut bytes);
        let read = <$name>::read_from(&bytes);
        if let Ok(value) = &read {
            let mut again = vec![0; <$name>::BYTES];
            value.write_to(&mut again).expect("the right length");
            assert_eq!(again, bytes, "two forms of one value");
        }
        assert!(<$name>::read_from(&bytes[1..]).is_err() && <$name>::read_from(&[]).is_err());
        read
    }};
}

fn change(source: &mut Source<'_>, bytes: &mut [u8]) {
    for _ in 0..source.below(6) {
        let at = source.below(bytes.len());
        bytes[at] = source.any();
    }
    if source.rarely(4) {
        let rest = source.rest();
        let from = source.below(bytes.len());
        bytes[from..].iter_mut().zip(rest).for_each(|(byte, new)| *byte = *new);
    }
}

pub(crate) fn run(source: &mut Source<'_>) {
    let now = Timestamp::new(1_000);
    let price = source.ordinary();
    let grid = PriceGrid::<4>::geometric(price, source.bps(9_000, 9_900)).expect("falling");
    match source.any::<u8>() % 20 {
        0 => {
            let config = AnsweringConfig::new(answering::params(source)).ok();
            _ = tampered!(source, Answering, config.map(|config| config.open(now)));
        }
        1 => {
            let (lot, debt, threshold) = (source.amount(), source.value(), source.share());
            let config = BondConfig::new(BondParams { share: Ratio::ONE }).expect("in range");
            let bond = config.open(Kicked { lot, collateral: lot, debt, threshold }).ok();
            _ = tampered!(source, Bond, bond);
        }
        2 => _ = tampered!(source, Reports<3>, Some(Reports::NONE)),
        3 => {
            let map = ExposureMap::new(grid).add(source.near(price), source.amount_of(90)).expect("small");
            if let Ok(map) = tampered!(source, ExposureMap<4>, Some(map)) {
                assert!(map.sold_ceil(price) <= map.total());
            }
        }
        4 => {
            if let Ok(reporter) = tampered!(source, Reporter<4>, Some(Reporter::new(grid, source.amount()))) {
                assert!(reporter.registered() <= reporter.worst());
            }
        }
        5 => _ = tampered!(source, Insurer, Some(Insurer::new(source.amount(), source.value()))),
        6 => _ = tampered!(source, SourcesState<5>, Some(SourcesState::open(now))),
        7 => _ = tampered!(source, TwoSided, Some(TwoSided::open(PriceBand::exact(price), now))),
        8 => {
            let config = AnsweringConfig::new(answering::params(source)).ok();
            _ = tampered!(source, AnsweringConfig, config);
        }
        9 => {
            let impacts = [[Ratio::ONE, source.bps(0, 10_000)], [source.bps(0, 10_000), Ratio::ONE]];
            let budget = Budget { own_share: source.bps(0, 4_000), ..Budget::ZERO };
            let impact = CrossImpact::new(CrossImpactParams { impacts, budgets: [budget; 2] }).ok();
            _ = tampered!(source, CrossImpact<2>, impact);
        }
        10 => {
            let pace = PaceConfig::new(PaceParams { round: source.seconds(), piece: source.ratio() }).ok();
            _ = tampered!(source, PaceConfig, pace);
        }
        11 => {
            let neighbours = coordination::neighbours(source);
            _ = tampered!(source, Neighbours<{ coordination::M }>, Some(neighbours));
        }
        12 => {
            let config = RewardConfig::new(keeper::params(source)).ok();
            _ = tampered!(source, RewardConfig, config);
        }
        13 => {
            let (deadline, amount) = (source.later(now), source.amount());
            let queue = Queue::open(now).admit(now, deadline, amount, Amount::ZERO).ok();
            _ = tampered!(source, Queue<3>, queue.map(|admitted| admitted.queue));
        }
        14 => {
            let config = SourcesConfig::new(sources::params(source)).ok();
            _ = tampered!(source, SourcesConfig<{ sources::S }>, config);
        }
        _ => market(source),
    }
}

/// A state, a configuration or a lot that was changed and is read all the same is used: every call ends.
fn market(source: &mut Source<'_>) {
    let Some(mut world) = World::<1>::open(source) else { return };
    for _ in 0..source.below(8) {
        world.step(source);
    }
    let (mut guard, mut state) = (world.guard, world.state);
    let mut lot = world.lots.first().map(|open| open.lot);
    match source.below(3) {
        0 => guard = tampered!(source, Guard<1>, Some(guard)).unwrap_or(guard),
        1 => state = tampered!(source, GuardState<1>, Some(state)).unwrap_or(state),
        _ => lot = lot.map(|lot| tampered!(source, Lot, Some(lot)).unwrap_or(lot)),
    }
    let now = source.after(world.now);
    let snapshot = Snapshot::ConstantProduct { reserve: source.amount() };
    let seen = Observation {
        now,
        price: Some(source.observation(world.price, now)),
        depth: Some(DepthObservation { source_time: now, snapshot }),
    };
    let before = state;
    if guard.update(&mut state, &seen).is_err() {
        assert_eq!(state, before, "a refused update changed the state");
    }
    let position = world.position(source);
    used(source, &guard, &state, &position, now);
    if let Some(lot) = lot {
        sold(&guard, state, lot, now);
    }
}

/// What is decided and opened from such a state is within what it says of itself.
fn used(source: &mut Source<'_>, guard: &Guard<1>, state: &GuardState<1>, position: &Position<0, 0>, now: Timestamp) {
    let kick = Kick { sell: source.amount_of(60), raise: Value::new(1) };
    let permitted = guard.limits(state, now).map(|limits| limits.permitted);
    if let Ok((after, lot)) = guard.kick(*state, now, kick) {
        assert!(permitted.is_ok_and(|permitted| kick.sell <= permitted), "a lot of more than is permitted");
        assert_eq!((lot.remaining(), lot.raise()), (kick.sell, kick.raise));
        assert_eq!(state.pending().checked_add(kick.sell), Ok(after.pending()));
        assert_eq!(state.lots().checked_add(1), Some(after.lots()));
    }
    if let Ok(Decision::Liquidate { plan, deferred }) = guard.assess(state, now, position) {
        let whole = plan.sell.checked_add(deferred).expect("part of a collateral");
        assert!(whole <= position.collateral() && plan.sell > Amount::ZERO, "{plan:?} {deferred:?}");
        assert!(permitted.is_ok_and(|permitted| plan.sell <= permitted), "a plan of more than is permitted");
    }
    if let Ok(after) = guard.sell(*state, now, Amount::new(1)) {
        assert_eq!((after.pending(), after.lots()), (state.pending(), state.lots()));
        assert_eq!(state.depth().sold().checked_add(Amount::new(1)), Ok(after.depth().sold()));
    }
}

/// What is taken, closed or offered anew is what the lot has.
fn sold(guard: &Guard<1>, state: GuardState<1>, lot: Lot, now: Timestamp) {
    let bid = Bid { want: lot.remaining(), max_price: lot.terms().start() };
    if let Ok((after, take)) = guard.take(state, now, lot, bid) {
        assert_eq!(after.pending().checked_add(take.sold), Ok(state.pending()));
        assert_eq!(take.lot.remaining().checked_add(take.sold), Ok(lot.remaining()));
    }
    if let Ok((after, returned)) = guard.settle(state, now, lot) {
        assert_eq!((returned.unsold, returned.unraised), (lot.remaining(), lot.raise()));
        assert_eq!(after.pending().checked_add(returned.unsold), Ok(state.pending()));
        assert_eq!(after.lots().checked_add(1), Some(state.lots()));
    }
    if let Ok(anew) = guard.restart(&state, now, lot) {
        assert_eq!((anew.remaining(), anew.raise(), anew.terms().opened()), (lot.remaining(), lot.raise(), now));
    }
}
