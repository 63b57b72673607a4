//! A change of the configuration in the life of a guard: refused for what it is refused for, and otherwise nothing jumps.

use crate::source::Source;
use crate::targets::{ledger, schedule};
use crate::world::World;
use damper::Error;
use damper::guard::{Guard, GuardParams, Observation};
use damper::ledger::LedgerConfig;
use damper::ratio::Ratio;
use damper::schedule::ScheduleConfig;
use damper::volatility::{VolatilityConfig, VolatilityParams};

const STEPS: usize = 24;

pub(crate) fn run(source: &mut Source<'_>) {
    if source.flag() { change::<1>(source) } else { change::<3>(source) }
}

/// Another configuration of the same market, and whether its shape or its horizon is another.
fn other<const N: usize>(source: &mut Source<'_>, params: &GuardParams<N>) -> Option<(Guard<N>, bool)> {
    let mut new = GuardParams { book_share: Ratio::ONE, ..*params };
    let mut horizon = false;
    if source.flag() {
        new.ledger = LedgerConfig::new(ledger::params(source)).ok()?;
    }
    if source.flag() {
        new.schedule = ScheduleConfig::new(schedule::params(source)).ok()?;
    }
    if source.any::<u8>() < 16 {
        let volatility = *new.volatility.params();
        let other = VolatilityParams { horizon: source.seconds_within(1, 1 << 20), ..volatility };
        horizon = other.horizon != volatility.horizon;
        new.volatility = VolatilityConfig::new(other).ok()?;
    }
    new.wick = source.seconds_within(0, 600);
    Some((Guard::new(new).ok()?, horizon))
}

fn change<const N: usize>(source: &mut Source<'_>) {
    let Some(mut world) = World::<N>::open(source) else { return };
    for _ in 0..STEPS {
        if !source.more() {
            break;
        }
        world.step(source);
        let (before, state) = (&world.guard, world.state);
        let Some((after, horizon)) = other(source, before.params()) else { continue };
        let now = source.after(world.now);
        let observed = before.observe(state, &Observation { now, price: None, depth: None });
        let covering = after.params().ledger.covering(&before.params().ledger);
        let calm = after.params().schedule.params().calm.liquidation_threshold;
        let adopted = match after.adopt(before, state, now) {
            Ok(adopted) => adopted,
            Err(Error::VolatilityHorizonChanged) => {
                assert!(horizon);
                continue;
            }
            Err(Error::KappaTimesOwnShare) => {
                assert_eq!(covering, Err(Error::KappaTimesOwnShare));
                continue;
            }
            Err(Error::ThresholdJumps) => {
                let in_force = before.limits(&observed.expect("it was reached"), now).expect("the present").parameters;
                assert!(calm < in_force.liquidation_threshold, "nothing would jump");
                continue;
            }
            Err(error) => {
                assert_eq!(observed.err(), Some(error), "another refusal");
                continue;
            }
        };
        let observed = observed.expect("it was adopted");
        assert!(covering.is_ok() && !horizon);
        let (old, new) = (before.limits(&observed, now), after.limits(&adopted, now));
        let (old, new) = (old.expect("the present"), new.expect("the present"));
        assert!(new.parameters.liquidation_threshold >= old.parameters.liquidation_threshold, "it jumps");
        assert!(adopted.schedule().stress_bits() <= observed.schedule().stress_bits());
        assert_eq!(
            (new.level, new.reserved, new.drawdown, new.band),
            (old.level, old.reserved, old.drawdown, old.band)
        );
        assert_eq!((adopted.pending(), adopted.lots()), (observed.pending(), observed.lots()));
        assert_eq!((adopted.depth(), adopted.window()), (observed.depth(), observed.window()));
    }
}
