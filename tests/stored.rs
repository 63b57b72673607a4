//! The stored form: fixed, the same after a round trip, and refused or harmless when it was tampered with.

#[path = "support/market.rs"]
mod market;

use core::fmt::Debug;
use damper::Error;
use damper::answering::{Answering, AnsweringConfig, AnsweringParams};
use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::assets::{CrossImpact, CrossImpactParams};
use damper::auction::Lot;
use damper::bond::Bond;
use damper::book::{Shape, Snapshot};
use damper::clearing::{PaceConfig, PaceParams};
use damper::coordination::{Budget, Neighbours, Registration};
use damper::depth::DepthObservation;
use damper::early::{EarlyRule, Start};
use damper::exposure::{ExposureMap, Reporter};
use damper::guard::{Guard, GuardParams, GuardState, Observation};
use damper::health::Position;
use damper::hedge::Insurer;
use damper::keeper::{RewardConfig, RewardParams};
use damper::oracle::{OracleConfig, PriceObservation};
use damper::preset::{Site, lending};
use damper::price::{Price, PriceBand};
use damper::queue::Queue;
use damper::ratio::Ratio;
use damper::risk::{Law, RiskConfig, RiskParams};
use damper::selling::{Bid, Kick};
use damper::sources::{Source, SourcesConfig, SourcesParams};
use damper::stress::{External, Signal, StressConfig, StressParams};
use damper::two_sided::TwoSided;
use damper::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use damper::volatility::{VolatilityConfig, VolatilityParams};
use market::{Market, bps};
use proptest::prelude::*;

const RESERVE: u128 = 1_000_000_000_000;

fn guard<const N: usize>(shape: Shape<N>) -> Guard<N> {
    let (heartbeat, min_sale) = (Seconds::new(600), Value::new(1_000));
    let site = Site {
        shape,
        heartbeat,
        min_sale,
        rise_base: Amount::new(RESERVE),
        // Half at each point of what the next one holds, and the last two alike: a profile with factors of one and above.
        depth_norm: Some(core::array::from_fn(|i| Amount::new(RESERVE >> N.saturating_sub(i + 2)))),
    };
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

/// A rule for early sales.
fn by_chance(law: Law) -> Start {
    let horizon = Seconds::new(86_400);
    let risk = RiskParams { horizon, drift: Rate::per_second(Ratio::from_bits(3)), law, tolerance: bps(100) };
    let pace = PaceParams { round: Seconds::new(600), piece: bps(10) };
    Start::ByChance(EarlyRule {
        risk: RiskConfig::new(risk).expect("sound"),
        pace: PaceConfig::new(pace).expect("a round"),
    })
}

/// The first byte in which two stored forms differ.
fn differ(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).position(|(one, other)| one != other).expect("two configurations")
}

/// Appetite and rule for early sales are read as they were written; a tag that is none, and bytes behind a tag that says
/// there are none, are refused.
#[test]
fn appetite_and_start_are_stored_and_their_tags_checked() {
    let plain = guard(Shape::<1>::ConstantProduct);
    let stress = StressParams {
        oracle: Signal::Between { calm: bps(9_000), stressed: bps(5_000) },
        ..*plain.params().appetite.params().stress.params()
    };
    let stress = StressConfig::new(stress).expect("in order");
    let appetite = AppetiteConfig::new(AppetiteParams { stress, ..*plain.params().appetite.params() }).expect("sound");
    let with = |start| Guard::new(GuardParams { appetite, start, ..*plain.params() }).expect("sound");
    let (late, any, thin) =
        (with(Start::AtThreshold), with(by_chance(Law::FiniteVariance)), with(by_chance(Law::SubGaussian)));
    for guard in [late, any, thin] {
        assert_eq!(Guard::<1>::read_from(&stored_guard(&guard)), Ok(guard));
    }
    // A life with a report and a fall of the depth: every field of the appetite is another than at the start.
    let state = late.open(Timestamp::new(1_000), price(1_000, 1_000), pool(RESERVE, 1_000)).expect("a first price");
    let source_time = Timestamp::new(1_030);
    let report = External { source_time, backlog: None, oracle: Some(bps(8_000)), keepers: None, neighbours: None };
    let heard = late.heed(state, Timestamp::new(1_050), &report).expect("in order");
    let seen = Observation { now: Timestamp::new(1_060), price: None, depth: Some(pool(RESERVE / 2, 1_060)) };
    let lived = late.observe(heard, &seen).expect("in order");
    assert!(lived.appetite() != state.appetite() && heard.appetite() != state.appetite());
    for state in [heard, lived] {
        assert_eq!(GuardState::<1>::read_from(&stored(&state)), Ok(state));
    }

    let (late, any, thin) = (stored_guard(&late), stored_guard(&any), stored_guard(&thin));
    let doctored = |bytes: &[u8], index: usize, value: u8| {
        let mut bytes = bytes.to_vec();
        bytes[index] = value;
        Guard::<1>::read_from(&bytes).err()
    };
    let (start, law) = (differ(&late, &any), differ(&any, &thin));
    assert_eq!((late[start], any[start], any[law], thin[law]), (0, 1, 0, 1));
    assert_eq!((start, law), (629, start + 17), "the rule is before the auction; horizon and drift before the law");
    assert_eq!(doctored(&any, start, 2), Some(Error::StoredValue), "no such start");
    assert_eq!(doctored(&any, start, 0), Some(Error::StoredValue), "a rule behind the tag for none");
    assert_eq!(doctored(&any, law, 2), Some(Error::StoredValue), "no such law");
    // No rule has the horizon of the blank one, unless the volatility has.
    assert_eq!(doctored(&late, start, 1), Some(Error::StartHorizon));
    let bare = stored_guard(&Guard::new(GuardParams { start: Start::AtThreshold, ..*plain.params() }).expect("sound"));
    let signal = differ(&bare, &late);
    assert_eq!((bare[signal], late[signal]), (0, 1), "the tag of the oracle's signal");
    assert_eq!(doctored(&late, signal, 0), Some(Error::StoredValue), "bounds of a signal that is absent");
    assert_eq!(doctored(&late, signal, 2), Some(Error::StoredValue));
    assert_eq!(doctored(&bare, signal, 1), Some(Error::StressBounds));
}

/// The sizes that the specification names: `N9`.
#[test]
fn sizes_are_those_of_the_specification() {
    assert_eq!((GuardState::<1>::BYTES, Guard::<1>::BYTES), (436, 728));
    assert_eq!(
        (GuardState::<6>::BYTES - GuardState::<1>::BYTES, Guard::<6>::BYTES - Guard::<1>::BYTES),
        (5 * 16, 5 * 16)
    );
    // The lengths tell a map and a reporter apart.
    assert_eq!((ExposureMap::<2>::BYTES, ExposureMap::<3>::BYTES), (45 + 25 * 2, 45 + 25 * 3));
    assert_eq!((Reporter::<2>::BYTES, Reporter::<3>::BYTES), (86 + 25 * 2, 86 + 25 * 3));
    assert_eq!((TwoSided::BYTES, Insurer::BYTES, Answering::BYTES, Bond::BYTES), (122, 37, 20, 76));
    // The appetite has 41 bytes of the state: up to where the volatility kept for it begins.
    let (_, state, _) = lived();
    let at = state.appetite().at().get().to_le_bytes();
    assert_eq!(stored(&state)[293..301], at, "behind what is lost and the leash, which begin at 277");
    let sigma = lived().0.limits(&state, Timestamp::new(1_700)).expect("the present").sigma;
    assert_eq!(stored(&state)[277 + 41..277 + 49], sigma.to_bits().to_le_bytes());
}

/// Whatever `new` accepts is read back, also where a volatility all but never falls.
#[test]
fn the_longest_half_lives_are_read_back() {
    let usual = *guard(Shape::<1>::ConstantProduct).params();
    for fall_half_life in [1 << 32, 1 << 58, 1 << 59, 1 << 60, 1 << 62, u64::MAX].map(Seconds::new) {
        let params = VolatilityParams { fall_half_life, ..*usual.volatility.params() };
        let volatility = VolatilityConfig::new(params).expect("a half-life of any length");
        let guard = Guard::new(GuardParams { volatility, ..usual }).expect("sound");
        assert_eq!(Guard::read_from(&stored_guard(&guard)), Ok(guard), "{fall_half_life:?}");
    }
}

/// The decays are stored and not found again: those of other half-lives than the parameters say are refused, by more than the
/// roundings of their bisection.
#[test]
fn decays_of_other_half_lives_are_refused() {
    let usual = *guard(Shape::<1>::ConstantProduct).params();
    let lives = [1, 2, 3, 60, 3_600, 86_400, 1 << 30, 1 << 40, 1 << 50].map(Seconds::new);
    for (rise_half_life, fall_half_life) in lives.iter().zip(&lives[1..]).map(|(rise, fall)| (*rise, *fall)) {
        let params = VolatilityParams { rise_half_life, fall_half_life, ..*usual.volatility.params() };
        let volatility = VolatilityConfig::new(params).expect("sound");
        let guard = Guard::new(GuardParams { volatility, ..usual }).expect("sound");
        let bytes = stored_guard(&guard);
        assert_eq!(Guard::read_from(&bytes), Ok(guard));
        // They stand behind the parameters, which end with the cap and the start.
        let end = [params.cap, params.start].map(|ratio| ratio.to_bits().to_le_bytes()).concat();
        let place = bytes.windows(16).position(|bytes| bytes == end).expect("the volatility") + 16;
        for (place, half_life) in [(place, rise_half_life), (place + 8, fall_half_life)] {
            let decay = u64::from_le_bytes(bytes[place..place + 8].try_into().expect("eight bytes"));
            let with = |decay: u64| {
                let mut other = bytes.clone();
                other[place..place + 8].copy_from_slice(&decay.to_le_bytes());
                Guard::<1>::read_from(&other).err()
            };
            // 1 - d is y - y^2/2 and at most a quarter of y^3 more, y = ln 2 / n: what is allowed beyond is 16 steps.
            let y = 6_393_154_322_601_327_829_u128 / u128::from(half_life.get());
            let (square, one) = ((y * y) >> 64, 1_u128 << 63);
            let least = y - square;
            let most = least + ((((y * y) >> 63) * y) >> 65);
            let lost = one - u128::from(decay);
            assert!(lost + 10 >= least && lost <= most + 10, "{half_life:?}: {lost} {least} {most}");
            let of = |lost: u128| u64::try_from(one - lost).expect("a decay");
            assert_eq!(with(of(least.saturating_sub(16).max(1))), None, "{half_life:?}");
            assert_eq!(with(of(most + 16)), None, "{half_life:?}");
            assert_eq!(with(of(most + 17)), Some(Error::StoredValue), "{half_life:?}");
            assert_eq!(with(of(least - 17)), Some(Error::StoredValue), "{half_life:?}");
            // That of the other half-life, half of what is lost, all lost, and nothing.
            let n = if half_life == rise_half_life { fall_half_life } else { rise_half_life };
            let swapped = Decay::from_half_life_floor(n).expect("above zero").to_bits();
            for other in [swapped, of(lost / 2), 0, 1 << 63] {
                assert_eq!(with(other), Some(Error::StoredValue), "{half_life:?}: {other}");
            }
        }
    }
}

/// A share is applied once, when the guard is built, and not again when it is read or built from its own parameters. No bytes of a
/// guard say another share than one.
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
    assert_eq!((guard.params().book_share, Guard::new(*guard.params())), (Ratio::ONE, Ok(guard)));
    // The ledger ends with `h` and `kappa`, behind which the share is written.
    let ledger =
        [guard.params().ledger.params().own_share, Ratio::ONE, Ratio::ONE].map(|ratio| ratio.to_bits().to_le_bytes());
    let mut bytes = stored_guard(&guard);
    let place = bytes.windows(24).position(|bytes| bytes == ledger.concat()).expect("the ledger") + 16;
    bytes[place..place + 8].copy_from_slice(&bps(5_000).to_bits().to_le_bytes());
    assert_eq!(Guard::<6>::read_from(&bytes), Err(Error::StoredValue));
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

// Configurations and queues on their own.

/// A stored form: how many bytes it takes, and both ways.
struct Form<T> {
    bytes: usize,
    write: fn(&T, &mut [u8]) -> Result<(), Error>,
    read: fn(&[u8]) -> Result<T, Error>,
}

macro_rules! form {
    ($name:ty) => {
        Form { bytes: <$name>::BYTES, write: <$name>::write_to, read: <$name>::read_from }
    };
}

impl<T: PartialEq + Debug> Form<T> {
    fn of(&self, value: &T) -> Vec<u8> {
        let mut bytes = vec![0; self.bytes];
        (self.write)(value, &mut bytes).expect("the right length");
        bytes
    }

    /// Whether a value comes back, and anything else is refused by name: another length, kind, version or size, and each
    /// byte changed to each other value, unless it is read as a value that writes what was read. The errors that
    /// changed fields gave.
    fn holds(&self, value: &T, header: [u8; 4]) -> Vec<Error> {
        let bytes = self.of(value);
        assert_eq!((self.read)(&bytes).as_ref(), Ok(value));
        assert_eq!(bytes[..4], header);
        for length in [0, 3, 4, self.bytes - 1, self.bytes + 1] {
            let mut other = bytes.clone();
            other.resize(length, 0);
            assert_eq!((self.read)(&other), Err(Error::StoredLength));
            assert_eq!((self.write)(value, &mut other), Err(Error::StoredLength));
        }
        let mut errors = Vec::new();
        for place in 0..self.bytes {
            for flip in 1..=u8::MAX {
                let mut other = bytes.clone();
                other[place] ^= flip;
                match (self.read)(&other) {
                    Err(error) if place < 4 => assert_eq!(error, Error::StoredHeader),
                    Err(error) => errors.push(error),
                    Ok(read) => {
                        assert!(place >= 4, "a header of another kind");
                        assert_eq!(self.of(&read), other, "byte {place}");
                    }
                }
            }
        }
        // All bits of the fields set, and none.
        for fill in [0, u8::MAX] {
            let mut other = bytes.clone();
            other[4..].fill(fill);
            match (self.read)(&other) {
                Ok(read) => assert_eq!(self.of(&read), other),
                Err(error) => errors.push(error),
            }
        }
        errors.sort_unstable_by_key(|error| error.code());
        errors.dedup();
        errors
    }
}

#[test]
fn sources_are_configured_from_bytes() {
    let source = |age, width| Source {
        limits: OracleConfig::new(Seconds::new(age), bps(width)).expect("below one"),
        update_band: bps(50),
    };
    let sources = [source(60, 10), source(3_600, 0), source(90, 20), source(600, 5)];
    let params = SourcesParams { sources, faulty: 1, quorum: 3, divergence: bps(100), max_width: bps(300) };
    let config = SourcesConfig::new(params).expect("sound");
    let form = form!(SourcesConfig<4>);
    assert_eq!(form.bytes, 22 + 24 * 4);
    let errors = [
        Error::StoredValue,
        Error::BandLimitRange,
        Error::FaultyRange,
        Error::QuorumRange,
        Error::UpdateBandRange,
        Error::DivergenceRange,
        Error::WidthInsideBands,
    ];
    assert_eq!(form.holds(&config, [11, 1, 4, 0]), errors);
}

#[test]
fn paces_are_read_from_bytes() {
    let config = PaceConfig::new(PaceParams { round: Seconds::new(3), piece: bps(10) }).expect("a round");
    let form = form!(PaceConfig);
    assert_eq!((form.bytes, form.holds(&config, [12, 1, 0, 0])), (20, vec![Error::PaceRoundZero]));
}

#[test]
fn rewards_are_read_from_bytes() {
    let params = RewardParams {
        tip: Value::new(300),
        chip: bps(10),
        growth: Rate::per_second(bps(1)),
        most_growth: Ratio::ONE,
        cap: Value::new(5_000),
        share: bps(5_000),
    };
    let form = form!(RewardConfig);
    let errors = vec![Error::KeeperShareRange, Error::KeeperGrowthRange];
    // A step below the growth that is refused.
    let most = RewardParams { most_growth: Ratio::from_bits((65_535 << 48) - 1), share: Ratio::ZERO, ..params };
    let config = |params| RewardConfig::new(params).expect("sound");
    assert_eq!((form.bytes, form.holds(&config(params), [13, 1, 0, 0])), (68, vec![Error::KeeperShareRange]));
    assert_eq!(form.holds(&config(most), [13, 1, 0, 0]), errors);
}

#[test]
fn estimates_of_keepers_are_configured_from_bytes() {
    let params = AnsweringParams {
        prompt: Seconds::new(60),
        late: Seconds::new(61),
        recovery: Decay::HALF,
        max_gap: Seconds::new(1),
        whole: Value::new(1_000),
        start: Ratio::ONE,
        least_lot: bps(2_500),
        most_boost: Ratio::ONE,
    };
    let config = AnsweringConfig::new(params).expect("sound");
    let form = form!(AnsweringConfig);
    let errors = [
        Error::DecayAboveOne,
        Error::KeeperBoostBelowOne,
        Error::KeeperLatenessOrder,
        Error::KeeperGapZero,
        Error::KeeperFactorRange,
        Error::KeeperNeverHeals,
    ];
    assert_eq!((form.bytes, form.holds(&config, [14, 1, 0, 0])), (76, errors.to_vec()));
    // A bit from a whole lot of zero.
    let edge = AnsweringConfig::new(AnsweringParams { whole: Value::new(1), ..params }).expect("sound");
    assert!(form.holds(&edge, [14, 1, 0, 0]).contains(&Error::KeeperWholeZero));
    let state = config.open(Timestamp::new(7));
    assert_eq!(form!(Answering).holds(&state, [9, 1, 0, 0]), [Error::StoredValue]);
}

#[test]
fn queues_are_read_from_bytes() {
    let form = form!(Queue<3>);
    assert_eq!(form.bytes, 22 + 32 * 3);
    let mut queue = Queue::open(Timestamp::new(5));
    assert_eq!(form.holds(&queue, [15, 1, 3, 0]), [Error::StoredValue]);
    for (deadline, amount) in [(900, 1_000), (300, 10), (300, 7)] {
        let admitted = queue.admit(Timestamp::new(5), Timestamp::new(deadline), Amount::new(amount), Amount::new(1));
        queue = admitted.expect("room").queue;
        assert_eq!(form.holds(&queue, [15, 1, 3, 0]), [Error::StoredValue]);
    }
    let bytes = form.of(&queue);
    // More entries than there is room for; entries out of order; one without an amount.
    for (place, value) in [(4 + 32 * 3, 4), (4 + 8 + 1, 4), (4 + 16, 0)] {
        let mut other = bytes.clone();
        assert_ne!(other[place], value);
        other[place] = value;
        assert_eq!((form.read)(&other), Err(Error::StoredValue), "{place}");
    }
}

#[test]
fn neighbours_are_read_from_bytes() {
    let budget = Budget { burst: bps(100), leak: Rate::per_second(Ratio::ULP), own_share: bps(2_500) };
    let registered = [Registration { budget, gain: bps(10) }, Registration { budget: Budget::ZERO, gain: Ratio::MAX }];
    let neighbours = Neighbours { registered, max_age: Seconds::new(60) };
    let form = form!(Neighbours<2>);
    assert_eq!(form.bytes, 12 + 32 * 2);
    assert_eq!(form.holds(&neighbours, [16, 1, 2, 0]), [], "any values are valid");
    assert_eq!(form.of(&neighbours)[4..12], bps(100).to_bits().to_le_bytes());
}

#[test]
fn cross_impacts_are_read_from_bytes() {
    let budget = |share| Budget { burst: bps(100), leak: Rate::ZERO, own_share: bps(share) };
    let impacts = [[Ratio::ONE, bps(5_000)], [bps(2_500), Ratio::from_bits(3 << 47)]];
    let params = CrossImpactParams { impacts, budgets: [budget(2_000), budget(1_000)] };
    let markets = CrossImpact::new(params).expect("a gain below one");
    let form = form!(CrossImpact<2>);
    assert_eq!(form.bytes, 4 + 8 * 4 + 24 * 2);
    let errors = [Error::KappaBelowOne, Error::CrossImpactGain];
    assert_eq!(form.holds(&markets, [19, 1, 2, 0]), errors);
    assert_eq!(form.of(&markets)[4 + 8..4 + 16], bps(5_000).to_bits().to_le_bytes(), "row by row");
}
