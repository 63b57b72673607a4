//! The stored form: fixed, the same after a round trip, and refused or harmless when it was tampered with.

#[path = "support/market.rs"]
mod market;

use damper::Error;
use damper::auction::Lot;
use damper::book::{Shape, Snapshot};
use damper::depth::DepthObservation;
use damper::guard::{Guard, GuardState, Observation};
use damper::health::Position;
use damper::oracle::PriceObservation;
use damper::preset::{Site, lending};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::selling::{Bid, Kick};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use market::{Market, bps};
use proptest::prelude::*;

const RESERVE: u128 = 1_000_000_000_000;

fn guard<const N: usize>(shape: Shape<N>) -> Guard<N> {
    let (heartbeat, min_sale) = (Seconds::new(600), Value::new(1_000));
    let site =
        Site { shape, heartbeat, min_sale, rise_base: Amount::new(RESERVE), depth_norm: Some(Amount::new(RESERVE)) };
    Guard::new(lending(&site).expect("sound")).expect("a share of one")
}

fn grid() -> Shape<6> {
    Shape::Grid([10_u32, 30, 100, 300, 1_000, 4_000].map(bps))
}

fn price(thousandths: u128, at: u64) -> PriceObservation {
    let low = Price::from_fraction_floor(thousandths, 1_000).expect("positive");
    let high = Price::from_fraction_ceil(thousandths * 1_001, 1_000_000).expect("positive");
    PriceObservation { source_time: Timestamp::new(at), band: PriceBand::new(low, high).expect("in order") }
}

fn pool(reserve: u128, at: u64) -> DepthObservation<'static> {
    let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(reserve) };
    DepthObservation { source_time: Timestamp::new(at), snapshot }
}

fn stored<const N: usize>(state: &GuardState<N>) -> Vec<u8> {
    let mut bytes = vec![0; GuardState::<N>::BYTES];
    state.write_to(&mut bytes).expect("the right length");
    bytes
}

fn stored_guard<const N: usize>(guard: &Guard<N>) -> Vec<u8> {
    let mut bytes = vec![0; Guard::<N>::BYTES];
    guard.write_to(&mut bytes).expect("the right length");
    bytes
}

fn stored_lot(lot: &Lot) -> Vec<u8> {
    let mut bytes = vec![0; Lot::BYTES];
    lot.write_to(&mut bytes).expect("the right length");
    bytes
}

/// A state with a fall, a sale and an open lot behind it, and the lot.
fn lived() -> (Guard<1>, GuardState<1>, Lot) {
    let guard = guard(Shape::ConstantProduct);
    let state = guard.open(Timestamp::new(1_000), price(1_000, 1_000), pool(RESERVE, 1_000)).expect("a first price");
    let mut state = state;
    for at in [1_060, 1_700] {
        let seen = Observation { now: Timestamp::new(at), price: Some(price(940, at)), depth: Some(pool(RESERVE, at)) };
        state = guard.observe(state, &seen).expect("in order");
    }
    let now = Timestamp::new(1_700);
    let state = guard.sell(state, now, Amount::new(1_000_000)).expect("permitted");
    let kick = Kick { sell: Amount::new(5_000_000), raise: Value::new(4_000_000) };
    let (state, lot) = guard.kick(state, now, kick).expect("permitted");
    (guard, state, lot)
}

/// The times of a state's parts are in order, so that no observation can fail half way.
#[test]
fn clocks_out_of_order_are_refused() {
    let (_, state, _) = lived();
    let good = stored(&state);
    // Window, volatility, schedule, appetite, the breaker's peak, the breaker.
    for at in [30, 253, 269, 293, 366, 392] {
        let mut bytes = good.clone();
        let was = u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        assert!([1_000, 1_060, 1_700].contains(&was), "a time of the life at {at}");
        bytes[at..at + 8].copy_from_slice(&1_000_000_u64.to_le_bytes());
        assert_eq!(GuardState::<1>::read_from(&bytes), Err(Error::StoredValue), "at {at}");
    }
}

#[test]
fn what_is_written_is_read() {
    let (guard, state, lot) = lived();
    assert_eq!(GuardState::<1>::read_from(&stored(&state)), Ok(state));
    assert_eq!(Guard::<1>::read_from(&stored_guard(&guard)), Ok(guard));
    assert_eq!(Lot::read_from(&stored_lot(&lot)), Ok(lot));

    let grid = self::guard(grid());
    let bands = [damper::book::Band { width: bps(100), amount: Amount::new(RESERVE) }];
    let depth = DepthObservation { source_time: Timestamp::new(1), snapshot: Snapshot::Bands(&bands) };
    let state = grid.open(Timestamp::new(1), price(1_000, 1), depth).expect("a first price");
    assert_eq!(GuardState::<6>::read_from(&stored(&state)), Ok(state));
    assert_eq!(Guard::<6>::read_from(&stored_guard(&grid)), Ok(grid));
}

/// A share is applied once, when the guard is built, and not again when it is read.
#[test]
fn a_share_is_not_applied_twice() {
    let half = Market {
        shape: grid(),
        haircut: Ratio::ZERO,
        burst: bps(100),
        leak: Rate::ZERO,
        own_share: bps(1_250),
        kappa: Ratio::ONE,
        share: bps(5_000),
        wick: Seconds::ZERO,
    };
    let guard = half.guard();
    assert_eq!(Guard::<6>::read_from(&stored_guard(&guard)), Ok(guard));
    assert_eq!(guard.params().ledger.params().burst, bps(100).mul_floor(bps(5_000)).expect("small"));
}

/// The layout is an interface: these bytes do not change without a new version.
#[test]
fn the_layout_is_pinned() {
    let (_, _, lot) = lived();
    let bytes = stored_lot(&lot);
    assert_eq!(Lot::BYTES, 110);
    assert_eq!(bytes[..4], [2, 1, 0, 0], "kind, version, N");
    assert_eq!(bytes[4], 1, "stairs");
    assert_eq!(bytes[13..21], 90_u64.to_le_bytes(), "step");
    assert_eq!(bytes[70..78], 1_700_u64.to_le_bytes(), "opened");
    assert_eq!(bytes[78..94], 5_000_000_u128.to_le_bytes(), "remaining");
    assert_eq!(bytes[94..110], 4_000_000_u128.to_le_bytes(), "raise");
}

#[test]
fn refusals_by_name() {
    let (guard, state, lot) = lived();
    let bytes = stored(&state);
    assert_eq!(GuardState::<1>::read_from(&bytes[1..]).err(), Some(Error::StoredLength));
    assert_eq!(GuardState::<1>::read_from(&[]).err(), Some(Error::StoredLength));
    assert_eq!(state.write_to(&mut vec![0; bytes.len() + 1]).err(), Some(Error::StoredLength));
    assert_eq!(guard.write_to(&mut []).err(), Some(Error::StoredLength));
    assert_eq!(lot.write_to(&mut []).err(), Some(Error::StoredLength));
    // Kind, version, N.
    for index in 0..4 {
        let mut other = bytes.clone();
        other[index] ^= 1;
        assert_eq!(GuardState::<1>::read_from(&other).err(), Some(Error::StoredHeader), "{index}");
    }
    let doctored = |index: usize, value: u8| {
        let mut other = bytes.clone();
        other[index] = value;
        GuardState::<1>::read_from(&other).err()
    };
    // The significand of the band's low side without its top bit.
    assert_eq!(doctored(4 + 8 + 8, 0), Some(Error::PriceNotNormalised));
    // Its exponent above that of the high side.
    assert_eq!(doctored(4 + 8, 100), Some(Error::StoredValue));
    // No lots, and yet something pending.
    let end = bytes.len();
    let mut none = bytes.clone();
    none[end - 2..].fill(0);
    assert_eq!(GuardState::<1>::read_from(&none).err(), Some(Error::StoredValue));
    // A breaker at level four.
    let level = end - 2 - 16 - 8 - 2;
    assert_eq!(doctored(level, 4), Some(Error::StoredValue));

    let mut config = stored_guard(&guard);
    // The oracle's width limit: one.
    config[4 + 8..4 + 16].copy_from_slice(&(1_u64 << 48).to_le_bytes());
    assert_eq!(Guard::<1>::read_from(&config).err(), Some(Error::StoredValue));
    let mut config = stored_guard(&guard);
    // A shape that does not exist.
    config[4 + 16 + 8] = 2;
    assert_eq!(Guard::<1>::read_from(&config).err(), Some(Error::StoredValue));
}

/// All that can be done with a market, on whatever state and lot.
fn live(guard: &Guard<1>, mut state: GuardState<1>, lot: Lot, now: u64) {
    let time = Timestamp::new(now);
    let position = Position::<0, 0>::new(Amount::new(1_000_000), Value::new(800_000));
    for price in [None, Some(price(900, now))] {
        for depth in [None, Some(pool(RESERVE / 2, now))] {
            if let Ok(next) = guard.observe(state, &Observation { now: time, price, depth }) {
                state = next;
            }
        }
    }
    let results = [
        guard.limits(&state, time).map(drop),
        guard.assess(&state, time, &position).map(drop),
        guard.may_borrow(&state, time, &position, Value::new(1)).map(drop),
        guard.kick(state, time, Kick { sell: Amount::new(10), raise: Value::new(5) }).map(drop),
        guard.take(state, time, lot, Bid { want: Amount::new(10), max_price: Price::MAX }).map(drop),
        guard.settle(state, time, lot).map(drop),
        guard.restart(&state, time, lot).map(drop),
        guard.sell(state, time, Amount::new(10)).map(drop),
        guard.reanchor(state, time).map(drop),
        lot.terms().price(time).map(drop),
    ];
    // Each call answered; a tampered state may be refused, and nothing panicked.
    assert_eq!(results.len(), 10);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    /// Tampered bytes are refused, or give values that no call panics on, and that write to the bytes that were read.
    #[test]
    fn tampered_bytes_are_refused_or_harmless(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        wide in any::<prop::sample::Index>(), fill in prop_oneof![Just(0_u8), Just(255), any::<u8>()], length in 0_usize..20,
        now in prop_oneof![1_000_u64..10_000, any::<u64>()],
    ) {
        let (guard, state, lot) = lived();
        let tamper = |mut bytes: Vec<u8>| {
            for (index, value) in &changes {
                let place = 4 + index.index(bytes.len() - 4);
                bytes[place] = *value;
            }
            let from = 4 + wide.index(bytes.len() - 4);
            let to = (from + length).min(bytes.len());
            bytes[from..to].fill(fill);
            bytes
        };
        let bytes = tamper(stored(&state));
        if let Ok(read) = GuardState::<1>::read_from(&bytes) {
            prop_assert_eq!(stored(&read), bytes);
            live(&guard, read, lot, now);
        }
        let bytes = tamper(stored_lot(&lot));
        if let Ok(read) = Lot::read_from(&bytes) {
            prop_assert_eq!(stored_lot(&read), bytes);
            live(&guard, state, read, now);
        }
        let bytes = tamper(stored_guard(&guard));
        if let Ok(read) = Guard::<1>::read_from(&bytes) {
            prop_assert_eq!(stored_guard(&read), bytes);
            live(&read, state, lot, now);
        }
    }
}
