//! The life of a guard: observations, reports, kicks, takes, settlements, restarts and time in any order.

use crate::source::Source;
use crate::world::World;

const STEPS: usize = 96;

pub(crate) fn run(source: &mut Source<'_>) {
    if source.flag() { life::<1>(source) } else { life::<3>(source) }
}

fn life<const N: usize>(source: &mut Source<'_>) {
    let Some(mut world) = World::<N>::open(source) else { return };
    for _ in 0..STEPS {
        if !source.more() {
            break;
        }
        world.step(source);
    }
}
