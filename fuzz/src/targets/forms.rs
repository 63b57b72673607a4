//! The forms of the features: what is drawn is valid and comes back in each form, and any bytes are refused or harmless.

use crate::source::Source;
use damper::auction::Lot;
use damper::book::Snapshot;
use damper::depth::DepthObservation;
use damper::guard::{Guard, GuardParams, GuardState, Observation};
use damper::health::Position;
use damper::packed::{Packed, Store};
use damper::units::{Amount, Timestamp, Value};

pub(crate) fn run(source: &mut Source<'_>) {
    let rest = source.rest();
    // Any bytes, as text and as bits.
    let _ = serde_json::from_slice::<GuardParams<1>>(rest);
    let _ = serde_json::from_slice::<Lot>(rest);
    let mut state = [0; GuardState::<1>::BYTES];
    state.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let _ = Packed::from_bytes(state).get::<GuardState<1>>();
    let _ = borsh::from_slice::<GuardState<1>>(&state[4..]);
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
    let _ = guard.assess(&state, Timestamp::new(now.get()), &Position::<0, 0>::new(Amount::new(1), Value::new(1)));
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
