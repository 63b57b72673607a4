//! The forms of the features: what is drawn is valid and comes back in each form, and any bytes are refused or harmless.

use crate::source::Source;
use damper::auction::Lot;
use damper::book::Snapshot;
use damper::depth::DepthObservation;
use damper::guard::{Decision, Guard, GuardParams, GuardState, Observation};
use damper::health::Position;
use damper::packed::{Packed, Store};
use damper::units::Amount;

pub(crate) fn run(source: &mut Source<'_>) {
    let rest = source.rest();
    // Any bytes, as text and as bits.
    if let Ok(params) = serde_json::from_slice::<GuardParams<1>>(rest) {
        let text = serde_json::to_string(&params).expect("every value is written");
        assert_eq!(serde_json::from_str::<GuardParams<1>>(&text).expect(&text), params);
    }
    if let Ok(lot) = serde_json::from_slice::<Lot>(rest) {
        comes_back::<{ Lot::BYTES }, Lot>(&lot);
    }
    let mut state = [0; GuardState::<1>::BYTES];
    state.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let packed = Packed::from_bytes(state).get::<GuardState<1>>();
    if let Ok(value) = borsh::from_slice::<GuardState<1>>(&state[4..]) {
        comes_back::<{ GuardState::<1>::BYTES }, GuardState<1>>(&value);
        assert_eq!(borsh::to_vec(&value).expect("every value is written"), state[4..], "two forms of one value");
        assert!(packed.is_err() || packed == Ok(value));
    } else {
        assert!(packed.is_err(), "the header makes it valid");
    }
    let Some(guard) = source.drawn::<Guard<1>>() else { return };
    comes_back::<{ Guard::<1>::BYTES }, Guard<1>>(&guard);
    let Some(mut state) = source.drawn::<GuardState<1>>() else { return };
    comes_back::<{ GuardState::<1>::BYTES }, GuardState<1>>(&state);
    if let Some(lot) = source.drawn::<Lot>() {
        comes_back::<{ Lot::BYTES }, Lot>(&lot);
    }
    // A bit of a state changed: refused, or driven.
    let mut bits = borsh::to_vec(&state).expect("every value is written");
    let place = source.below(bits.len());
    bits[place] ^= 1 << source.below(8);
    if let Ok(other) = borsh::from_slice(&bits) {
        state = other;
    }
    let now = source.after(state.ledger().at());
    let snapshot = Snapshot::ConstantProduct { reserve: source.amount() };
    let depth = Some(DepthObservation { source_time: now, snapshot });
    let state = guard.observe(state, &Observation { now, price: None, depth }).unwrap_or(state);
    let held = source.amount_of(60);
    let position = Position::<0, 0>::new(held, source.value_of(60));
    let (sell, rest) = match guard.assess(&state, now, &position) {
        Ok(Decision::Liquidate { plan, deferred }) => (plan.sell, deferred),
        Ok(Decision::Wait { plan, .. }) => (plan.sell, Amount::ZERO),
        Ok(Decision::Healthy | Decision::Backstop(_) | Decision::Unconfirmed { .. }) | Err(_) => {
            (Amount::ZERO, Amount::ZERO)
        }
    };
    assert!(sell.checked_add(rest).is_ok_and(|sum| sum <= held), "more is to be sold than there is");
}

fn comes_back<const B: usize, T>(value: &T)
where
    T: Store + serde::Serialize + serde::de::DeserializeOwned,
    T: borsh::BorshSerialize + borsh::BorshDeserialize + schemars::JsonSchema + PartialEq + std::fmt::Debug,
{
    let packed = Packed::<B>::of(value).expect("the length");
    assert_eq!(packed.get().as_ref(), Ok(value));
    let bits = borsh::to_vec(value).expect("every value is written");
    assert_eq!(bits, packed.bytes()[4..]);
    assert_eq!(&borsh::from_slice::<T>(&bits).expect("as written"), value);
    let text = serde_json::to_string(value).expect("every value is written");
    assert_eq!(&serde_json::from_str::<T>(&text).expect(&text), value);
    assert!(schemars::schema_for!(T).as_object().is_some());
}
