//! Decisions of a guard, early ones too: what it says may be kicked is accepted, and what must wait is accepted then.

use crate::exact::q;
use crate::source::Source;
use crate::world::World;
use damper::Error;
use damper::early::Start;
use damper::guard::{Decision, GuardState, WaitReason};
use damper::health::Position;
use damper::plan::Plan;
use damper::price::PriceBand;
use damper::ratio::Ratio;
use damper::selling::Kick;
use damper::units::Timestamp;

pub(crate) fn run(source: &mut Source<'_>) {
    if source.flag() { decide::<1>(source) } else { decide::<3>(source) }
}

fn decide<const N: usize>(source: &mut Source<'_>) {
    let Some(mut world) = World::<N>::open(source) else { return };
    for _ in 0..24 {
        if !source.more() {
            break;
        }
        world.step(source);
        let now = source.later(world.now);
        let position = world.position(source);
        decided(source, &world, now, &position);
        borrows(source, &world, now, &position);
    }
}

fn decided<const N: usize>(source: &mut Source<'_>, world: &World<N>, now: Timestamp, position: &Position<0, 0>) {
    let (guard, state) = (&world.guard, &world.state);
    let decision = match guard.assess(state, now, position) {
        Ok(decision) => decision,
        Err(error) => return assert!(matches!(error, Error::PriceStale | Error::PriceFromFuture | Error::Overflow)),
    };
    let limits = guard.limits(state, now).expect("it was assessed");
    let healthy = position.is_healthy(&limits.parameters, limits.band).expect("it was assessed");
    let early = matches!(guard.params().start, Start::ByChance(_));
    let kick_on = |state: &GuardState<N>, plan: &Plan, at: Timestamp| {
        guard.kick(*state, at, Kick { sell: plan.sell, raise: plan.repay }).map(|_| ())
    };
    let kick = |plan: &Plan, at: Timestamp| kick_on(state, plan, at);
    match decision {
        Decision::Healthy => assert!(healthy, "an unhealthy position is left alone"),
        Decision::Backstop(shortfall) => {
            assert!(!healthy && shortfall.gap <= shortfall.debt);
            assert!(!limits.stops.kick, "handed over in a halt");
            let held = PriceBand::exact(state.window().high());
            assert!(position.is_healthy(&limits.parameters, held) == Ok(false), "handed over on one price");
        }
        Decision::Unconfirmed { shortfall, reason } => {
            assert!(!healthy && shortfall.gap <= shortfall.debt);
            assert_eq!(reason == WaitReason::Halted, limits.stops.kick);
            assert!(limits.stops.kick || state.window().high() > limits.band.low(), "nothing is there to confirm");
        }
        Decision::Liquidate { plan, deferred } => {
            assert!(!healthy || early, "a healthy position is sold");
            assert!(plan.sell <= limits.permitted, "more than is permitted");
            assert!(q(plan.sell) + deferred <= q(position.collateral()), "more than it holds");
            let kicked = kick(&plan, now);
            assert!(matches!(kicked, Ok(()) | Err(Error::Overflow | Error::PriceOutOfRange)), "{kicked:?}");
        }
        Decision::Wait { plan, reason, until } => {
            assert!(!healthy || early);
            assert!(kick(&plan, now).is_err(), "it waits for nothing");
            assert_eq!(reason == WaitReason::Halted, limits.stops.kick);
            // The time holds on the present snapshot and on a new one, where what was paid for on the present one costs anew.
            // Where nothing was paid for they are the same.
            let same = state.depth().sold().is_zero() && state.depth().paid() == Ratio::ZERO;
            let anew = |at: Timestamp| world.again(at).map(|state| kick_on(&state, &plan, at));
            let refused =
                |at: Timestamp| kick(&plan, at).is_err() || !same && anew(at).is_none_or(|kicked| kicked.is_err());
            match until {
                None => assert!(refused(source.later(now)), "it is permitted in time"),
                Some(time) => {
                    assert!(time >= now);
                    let old = [Error::PriceStale, Error::DepthStale, Error::Overflow, Error::PriceOutOfRange];
                    for kicked in [Some(kick(&plan, time)), anew(time)].into_iter().flatten() {
                        let held = kicked.is_ok() || kicked.is_err_and(|error| old.contains(&error));
                        assert!(held, "{kicked:?} when it may");
                    }
                    let before = Timestamp::new(time.get().saturating_sub(1));
                    assert!(before < now || refused(before), "it may be kicked before");
                }
            }
        }
    }
}

fn borrows<const N: usize>(source: &mut Source<'_>, world: &World<N>, now: Timestamp, position: &Position<0, 0>) {
    let (guard, state, more) = (&world.guard, &world.state, source.value_of(50));
    let Ok(may) = guard.may_borrow(state, now, position, more) else { return };
    let limits = guard.limits(state, now).expect("it was asked");
    let lowest = PriceBand::exact(state.window().low());
    let holds = position.may_borrow(&limits.parameters, lowest, more).unwrap_or(false);
    assert_eq!(may, holds && !limits.stops.borrow);
    match guard.max_borrow_floor(state, now, position) {
        Err(error) => assert!(error == Error::BorrowStopped && limits.stops.borrow, "{error:?}"),
        Ok(most) => assert!(more.is_zero() || may == (more <= most), "another amount is permitted"),
    }
    // At the present price, which is higher, it may be worth more than a value holds.
    let healthy = position.is_healthy(&limits.parameters, limits.band);
    assert!(!may || matches!(healthy, Ok(true) | Err(Error::Overflow)), "who may borrow is unhealthy");
}
