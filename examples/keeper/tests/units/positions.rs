//! The order of positions: kept step by step it is that which is built anew, nobody who is unhealthy is left out, and the
//! map never shows less than is triggered.

use damper::clearing::Holding;
use damper::exposure::trigger_price_ceil;
use damper::parameters::Parameters;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Timestamp, Value};
use keeper::histogram::{Histogram, boundary, bucket};
use keeper::positions::{Entry, Positions, key};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Event {
    Put(u8, u128, u128),
    Remove(u8),
}

fn entry(collateral: u128, debt: u128) -> Entry {
    Entry { holding: Holding { collateral: Amount::new(collateral), debt: Value::new(debt) }, time: Timestamp::new(0) }
}

fn amounts() -> impl Strategy<Value = u128> {
    prop_oneof![Just(0_u128), 1_u128..20, 1_u128..1 << 40, (0_u32..120).prop_map(|bits| 1 << bits)]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let put = (0_u8..20, amounts(), amounts()).prop_map(|(id, c, d)| Event::Put(id, c, d));
    prop::collection::vec(prop_oneof![4 => put, 1 => (0_u8..20).prop_map(Event::Remove)], 0..200)
}

fn played(events: &[Event]) -> (Positions, BTreeMap<u8, Entry>) {
    let (mut positions, mut plain) = (Positions::default(), BTreeMap::new());
    for event in events {
        match *event {
            Event::Put(id, collateral, debt) => {
                if positions.put(&id.to_string(), entry(collateral, debt)).is_ok() {
                    plain.insert(id, entry(collateral, debt));
                }
            }
            Event::Remove(id) => {
                assert_eq!(positions.remove(&id.to_string()), plain.remove(&id).is_some());
            }
        }
    }
    (positions, plain)
}

fn parameters(threshold: Ratio) -> Parameters {
    let bps = |n| Ratio::from_bps_floor(n).unwrap();
    Parameters {
        max_ltv: threshold.mul_floor(bps(5_000)).unwrap(),
        liquidation_threshold: threshold,
        bonus: bps(500),
        margin: bps(500),
        auction_buffer: bps(500),
    }
}

fn is_unhealthy(holding: &Holding, low: Price, threshold: Ratio) -> bool {
    let position = damper::health::Position::<0, 0>::new(holding.collateral, holding.debt);
    position.is_healthy(&parameters(threshold), PriceBand::exact(low)) == Ok(false)
}

fn prices() -> impl Strategy<Value = Price> {
    (-30_i8..30, any::<u64>()).prop_map(|(exponent, bits)| Price::from_parts(exponent, bits | 1 << 63).unwrap())
}

fn thresholds() -> impl Strategy<Value = Ratio> {
    (1_u64..1 << 48).prop_map(Ratio::from_bits)
}

proptest! {
    #[test]
    fn kept_step_by_step_it_is_what_is_built_anew(events in events()) {
        let (kept, plain) = played(&events);
        let mut anew = Positions::default();
        for (id, entry) in &plain {
            anew.put(&id.to_string(), *entry).unwrap();
        }
        prop_assert_eq!(&kept, &anew);
        let sum = plain.values().filter(|entry| !entry.holding.debt.is_zero());
        let sum = sum.fold(0, |sum, entry| sum + entry.holding.collateral.get());
        prop_assert_eq!(kept.collateral().get(), sum);
    }

    #[test]
    fn nobody_who_is_unhealthy_is_left_out(events in events(), low in prices(), threshold in thresholds()) {
        let (positions, plain) = played(&events);
        let due: Vec<String> = positions.due(low, threshold).map(|(id, _)| id.to_owned()).collect();
        for (id, entry) in &plain {
            if is_unhealthy(&entry.holding, low, threshold) {
                prop_assert!(due.contains(&id.to_string()), "{id}: {entry:?}");
            }
        }
        let near: Vec<String> = positions.nearest(low, threshold).map(|(id, _)| id.to_owned()).collect();
        let with_debt = plain.values().filter(|entry| !entry.holding.debt.is_zero()).count();
        prop_assert_eq!(due.len() + near.len(), with_debt);
        let keys: Vec<_> = due.iter().chain(&near).map(|id| key(&positions.get(id).unwrap().holding).unwrap()).collect();
        prop_assert!(keys.is_sorted_by(|a, b| a >= b), "the least slack first");
        let (within, beyond) = positions.due_up_to(low, threshold, low);
        let mut both: Vec<String> = within.chain(beyond).map(|(id, _)| id.to_owned()).collect();
        let mut all = due;
        both.sort();
        all.sort();
        prop_assert_eq!(both, all);
    }

    /// At the very price of a trigger, and a step below it, where a rounding could lose one.
    #[test]
    fn nobody_is_left_out_at_his_own_trigger(collateral in 1_u128..1 << 90, debt in 1_u128..1 << 90, threshold in thresholds()) {
        let holding = entry(collateral, debt).holding;
        let Ok(Some(trigger)) = trigger_price_ceil(holding.collateral, holding.debt, threshold) else { return Ok(()) };
        let mut positions = Positions::default();
        positions.put("one", entry(collateral, debt)).unwrap();
        let (exponent, bits) = trigger.to_parts();
        let Ok(below) = Price::from_parts(exponent, bits - 1) else { return Ok(()) };
        for low in [trigger, below] {
            if is_unhealthy(&holding, low, threshold) {
                prop_assert_eq!(positions.due(low, threshold).count(), 1);
            }
        }
        prop_assert!(is_unhealthy(&holding, below, threshold) || below.value_floor(holding.collateral).is_err());
    }

    #[test]
    fn the_map_never_shows_less_than_is_triggered(
        events in events(), low in prices(), threshold in (1_u64 << 44..1 << 48).prop_map(Ratio::from_bits),
        falls in prop::collection::vec(1_u64..=1 << 48, 1..10),
    ) {
        let (positions, plain) = played(&events);
        let map = positions.map(low, threshold).unwrap();
        prop_assert_eq!(map.total(), positions.collateral(), "nothing is dropped");
        for fall in falls {
            let Ok(price) = low.scale_floor(Ratio::from_bits(fall)) else { continue };
            let triggered = plain.values().filter(|entry| is_unhealthy(&entry.holding, price, threshold));
            let sum = triggered.fold(0_u128, |sum, entry| sum + entry.holding.collateral.get());
            prop_assert!(map.sold_ceil(price).get() >= sum);
        }
        // Its top is the present price: what is due shows there.
        prop_assert!(map.grid().prices()[0] >= low || positions.due(low, threshold).count() == 0 || map.due() > Amount::ZERO);
    }

    #[test]
    fn sums_of_the_histogram_are_plain_sums(
        all in prop::collection::vec((-128_i8..=127, any::<u64>(), 1_u64..1 << 60), 0..50), cut in 0_usize..20_000,
    ) {
        let mut histogram = Histogram::default();
        let keys: Vec<(Price, u64)> = all
            .iter()
            .map(|(exponent, bits, amount)| (Price::from_parts(*exponent, bits | 1 << 63).unwrap(), *amount))
            .collect();
        for (key, amount) in &keys {
            histogram.add(*key, Amount::from(*amount));
            prop_assert!(boundary(bucket(*key)) >= *key);
            prop_assert!(bucket(*key) == 0 || boundary(bucket(*key) - 1) < *key);
        }
        let below = keys.iter().filter(|(key, _)| bucket(*key) < cut);
        let sum: u128 = below.clone().map(|(_, amount)| u128::from(*amount)).sum();
        let count = u64::try_from(below.count()).unwrap();
        prop_assert_eq!(histogram.below(cut), (Amount::new(sum), count));
        for (key, amount) in &keys {
            histogram.remove(*key, Amount::from(*amount));
        }
        prop_assert_eq!(histogram, Histogram::default());
    }
}

/// The naive key, without the quote atom, leaves out positions that the guard finds unhealthy.
#[test]
fn a_key_without_the_atom_would_lose_a_position() {
    let threshold = Ratio::from_fraction_floor(2, 3).unwrap();
    // Two atoms at 7 / 4 count floor(floor(3.5) * 2/3) = 1, below a debt of 2; but 2 / 2 is not above 7 / 4 * 2 / 3.
    let holding = entry(2, 2).holding;
    let low = Price::from_fraction_floor(7, 4).unwrap();
    assert!(is_unhealthy(&holding, low, threshold));
    let naive = Price::from_fraction_ceil(2, 2).unwrap();
    assert!(naive < low.scale_floor(threshold).unwrap());
    let mut positions = Positions::default();
    positions.put("one", entry(2, 2)).unwrap();
    assert_eq!(positions.due(low, threshold).count(), 1);
}

#[test]
fn collateral_beyond_the_type_is_refused_and_changes_nothing() {
    let mut positions = Positions::default();
    positions.put("one", entry(u128::MAX, 1)).unwrap();
    let before = positions.clone();
    assert_eq!(positions.put("two", entry(1, 1)), Err(damper::Error::Overflow));
    assert_eq!(positions, before);
    positions.put("one", entry(5, 1)).unwrap();
    positions.put("two", entry(1, 1)).unwrap();
}
