//! Sales of another engine beside the life of a guard: compared and never refused, booked within the cap, and what was permitted
//! is all that is.

use crate::source::Source;
use crate::world::World;
use damper::Error;
use damper::shadow::{Shadow, Tally};
use damper::units::Amount;

const STEPS: usize = 48;

pub(crate) fn run(source: &mut Source<'_>) {
    if source.flag() { compare::<1>(source) } else { compare::<3>(source) }
}

fn compare<const N: usize>(source: &mut Source<'_>) {
    let Some(mut world) = World::<N>::open(source) else { return };
    let mut tally = Tally::NONE;
    for _ in 0..STEPS {
        if !source.more() {
            break;
        }
        world.step(source);
        let (guard, state) = (&world.guard, world.state);
        let now = source.after(world.now);
        let sold = if source.flag() { source.amount_of(44) } else { source.amount() };
        let compared = guard.shadow_sale(Shadow { state, tally }, now, sold);
        let (after, compared) = match compared {
            Ok(compared) => compared,
            Err(error) => {
                let clock = now < state.ledger().at();
                let full = tally.excess.checked_add(tally.permitted).and_then(|sum| sum.checked_add(sold)).is_err();
                let pending = state.pending().checked_add(sold).is_err();
                let known = match error {
                    Error::LotEmpty => sold.is_zero(),
                    Error::ClockReversed => clock,
                    Error::Overflow => full || pending,
                    _ => false,
                };
                assert!(known, "{error:?}");
                continue;
            }
        };
        assert_eq!(compared.permitted.checked_add(compared.excess), Ok(sold));
        assert_eq!(compared.reason.is_some(), !compared.excess.is_zero());
        let limits = guard.limits(&state, now).expect("the clock runs forward");
        assert!(compared.permitted >= limits.permitted.min(sold) || limits.stops.take, "less than a lot is permitted");
        let config = &guard.params().ledger;
        let ledger = after.state.ledger();
        let held = ledger.level().checked_add(ledger.reserved()).expect("small");
        let before = state.ledger().level().checked_add(state.ledger().reserved()).expect("small");
        assert!(held <= ledger.cap(config).max(before), "the ledger grew beyond its cap");
        assert_eq!(after.state.pending(), state.pending());
        assert_eq!(after.state.lots(), state.lots());
        if !compared.excess.is_zero() {
            let again = guard.shadow_sale(after, now, Amount::new(1));
            assert!(
                again.map_or(true, |(_, again)| again.permitted.is_zero()),
                "what was refused is permitted after it"
            );
        }
        let mut bytes = vec![0; Shadow::<N>::BYTES];
        after.write_to(&mut bytes).expect("the right length");
        assert_eq!(Shadow::read_from(&bytes), Ok(after), "the stored form is another shadow");
        tally = after.tally;
    }
}
