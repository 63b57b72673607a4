//! What fuzzers draw reaches what there is: each kind of value, at about its share, and states behind each kind of call.

#[path = "support/mix.rs"]
mod mix;

use arbitrary::{Arbitrary, Unstructured};
use damper::guard::GuardState;
use damper::ledger::LedgerParams;
use damper::ratio::Ratio;
use damper::schedule::ScheduleParams;
use damper::stress::{DepthProfile, Signal, StressParams};
use damper::units::Amount;
use mix::bytes;

const DRAWS: usize = 4_096;

/// That many draws; what the input is too short for, or what is given up, is left out.
fn drawn<T: for<'a> Arbitrary<'a>>() -> Vec<T> {
    (0..DRAWS as u64).filter_map(|seed| T::arbitrary(&mut Unstructured::new(&bytes(seed, 1 << 12))).ok()).collect()
}

/// How many of a hundred.
fn share<T>(values: &[T], is: impl Fn(&T) -> bool) -> usize {
    assert!(values.len() >= DRAWS / 4, "{} of {DRAWS} draws are valid", values.len());
    values.iter().filter(|value| is(value)).count() * 100 / values.len()
}

#[test]
fn a_depth_profile_has_points_without_depth_as_the_last_and_thinner() {
    let times: Vec<[Ratio; 2]> = drawn::<DepthProfile<3>>()
        .iter()
        .map(|profile| borsh::from_slice(&borsh::to_vec(profile).expect("written")).expect("all but the last"))
        .collect();
    let most = Ratio::from_bits(2 << 48);
    assert!(times.iter().any(|times| times[0] == Ratio::ZERO));
    assert!(times.iter().any(|times| times[0] == Ratio::ONE));
    assert!(share(&times, |times| times[0] > Ratio::ONE && times[0] < most) > 50);
    assert!(times.iter().any(|times| times[0] > most));
}

#[test]
fn a_quarter_of_the_signals_is_absent_and_no_ramp_is_steeper_than_said() {
    let params = drawn::<StressParams>();
    let signals = |params: &StressParams| {
        [params.depth, params.fill, params.backlog, params.oracle, params.keepers, params.neighbours]
    };
    let all: Vec<Signal> = params.iter().flat_map(signals).collect();
    assert!((20..=30).contains(&share(&all, |signal| *signal == Signal::Absent)));
    for signal in all {
        if let Signal::Between { calm, stressed } = signal {
            // A 64th.
            assert!(calm.max(stressed).excess_over(calm.min(stressed)) >= Ratio::from_bits(1 << 42), "{signal:?}");
        }
    }
}

#[test]
fn parameters_are_drawn_over_their_range() {
    let ledgers = drawn::<LedgerParams>();
    // One to sixteen.
    let eight = Ratio::from_bits(8 << 48);
    assert!((45..=65).contains(&share(&ledgers, |ledger| ledger.kappa > eight)));
    assert!((35..=55).contains(&share(&ledgers, |ledger| ledger.kappa < eight)));
    let schedules = drawn::<ScheduleParams>();
    // Up to a quarter.
    let eighth = Ratio::from_bits(1 << 45);
    assert!((35..=65).contains(&share(&schedules, |schedule| schedule.calm.margin > eighth)));
}

#[test]
fn states_are_those_behind_every_kind_of_call() {
    let states = drawn::<GuardState<3>>();
    assert!(share(&states, |state| state.lots() > 0) >= 1, "lots");
    // Without a lot it was a sale.
    assert!(share(&states, |state| state.lots() == 0 && state.ledger().level() > Ratio::ZERO) >= 1, "sales");
    // A price that halves keeps its digits.
    let moved = |state: &GuardState<3>| {
        let (price, reference) = (state.price().band.low(), state.ledger().reference());
        price < reference && price.to_parts().1 != reference.to_parts().1
    };
    assert!(share(&states, moved) >= 15, "prices");
    // What is within a quarter of the price is not within the first points.
    let quantities = |state: &GuardState<3>| -> Vec<Amount> {
        let depth = serde_json::to_value(state.depth()).expect("written");
        serde_json::from_value(depth["credible"].clone()).unwrap_or_else(|_| panic!("{depth:#}"))
    };
    let apart = |state: &GuardState<3>| {
        let quantities = quantities(state);
        quantities[0] < quantities[2]
    };
    assert!(share(&states, apart) >= 1, "depth");
}
