//! Price curves and frozen terms against exact powers: the price is never below the exact curve, above it by at most the
//! derived error, and never rises. T6 with a bidder who answers late.

use damper::Error;
use damper::auction::{AuctionConfig, AuctionParams, Lot, Terms};
use damper::curve::Curve;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Decay, Seconds, Timestamp, Value};
use num_bigint::BigUint;
use proptest::prelude::*;

/// Raw ratio of one, 2^48.
const ONE: u64 = 1 << 48;
const MAX_TAIL: u64 = 604_800;
const OPENED: u64 = 1_000_000;
/// Fractional bits of the reference powers.
const BITS: u64 = 256;

// Error ledger, in units of 2^-63 of the start price. A ratio is a ceiling at 48 bits: less than 2^15. A power of exponent
// n is rounded up at most n times, and doubling an error with each squaring gives each rounding a weight that sums to n.
const RATIO_ERROR: u64 = 1 << 15;
fn power_error(n: u64) -> u64 {
    n
}

fn ratio(bits: u64) -> Ratio {
    Ratio::from_bits(bits)
}

/// The decay `1 - complement / 2^63`.
fn decay(complement: u64) -> Decay {
    Decay::from_bits((1 << 63) - complement).unwrap()
}

fn percent(n: u32) -> Ratio {
    Ratio::from_bps_floor(n * 100).unwrap()
}

fn params(curve: Curve, floor: u64) -> AuctionParams {
    AuctionParams { curve, floor: ratio(floor), tail: Seconds::new(MAX_TAIL), cusp: Ratio::ZERO, dust: Value::ZERO }
}

fn freeze(params: AuctionParams, start: Price) -> Terms {
    let config = AuctionConfig::new(params).unwrap();
    Terms::freeze(&config, PriceBand::exact(start), Ratio::ZERO, Timestamp::new(OPENED)).unwrap()
}

fn at(elapsed: u64) -> Timestamp {
    Timestamp::new(OPENED + elapsed)
}

fn unit() -> Price {
    Price::from_decimal_floor(1, 0).unwrap()
}

/// The part of the start price asked, as a raw ratio: the price of an auction that starts at one.
fn part(terms: &Terms, elapsed: u64) -> u64 {
    assert_eq!(terms.start(), unit());
    let price = terms.price(at(elapsed)).unwrap();
    assert_eq!(price.ratio_floor(unit()), price.ratio_ceil(unit()));
    price.ratio_floor(unit()).unwrap().to_bits()
}

/// The price in units of 2^-191, exact.
fn exact(price: Price) -> BigUint {
    let (exponent, significand) = price.to_parts();
    BigUint::from(significand) << u32::try_from(i32::from(exponent) + 128).unwrap()
}

fn shr_ceil(x: BigUint, bits: u64) -> BigUint {
    let floor = &x >> bits;
    if &floor << bits == x { floor } else { floor + 1u32 }
}

/// Bounds of `d^n` in units of 2^-256, each product rounded outward; less than `2 n` units apart.
fn power(d: Decay, n: u64) -> (BigUint, BigUint) {
    let base = BigUint::from(d.to_bits()) << (BITS - 63);
    let (mut low, mut high) = (BigUint::from(1u32) << BITS, BigUint::from(1u32) << BITS);
    for bit in (0..64 - n.leading_zeros()).rev() {
        (low, high) = ((&low * &low) >> BITS, shr_ceil(&high * &high, BITS));
        if n >> bit & 1 == 1 {
            (low, high) = ((low * &base) >> BITS, shr_ceil(high * &base, BITS));
        }
    }
    (low, high)
}

#[test]
fn reference_powers_enclose_the_exact_ones() {
    for (complement, n) in
        [(1, 1), (1, 7), (1 << 40, 33), (92_233_720_368_547_758, 40), (1 << 62, 64), ((1 << 63) - 3, 3)]
    {
        let d = decay(complement);
        let (low, high) = power(d, n);
        let whole = BigUint::from(d.to_bits()).pow(u32::try_from(n).unwrap()) << BITS;
        assert!(&low << (63 * n) <= whole && whole <= &high << (63 * n));
        assert!(high - low <= BigUint::from(2 * n));
    }
}

/// What the curve asks, with the floor, in units of 2^-256, as bounds; and the error allowed, in units of 2^-63.
fn reference(curve: Curve, elapsed: u64, floor: u64) -> ((BigUint, BigUint), u64) {
    let ((low, high), error) = match curve {
        Curve::Linear { duration } => {
            let whole = BigUint::from(duration.get().saturating_sub(elapsed)) << BITS;
            let low = &whole / duration.get();
            let high = if &low * duration.get() == whole { low.clone() } else { &low + 1u32 };
            ((low, high), 0)
        }
        Curve::StairExponential { cut, step } => {
            let n = elapsed / step.get();
            (power(cut, n), power_error(n))
        }
        Curve::Exponential { decay } => (power(decay, elapsed), power_error(elapsed)),
    };
    let floor = BigUint::from(floor) << (BITS - 48);
    ((low.max(floor.clone()), high.max(floor)), error + RATIO_ERROR)
}

/// Complements `1 - d` of every size.
fn complements() -> impl Strategy<Value = u64> {
    let any_size = (0_u32..63, any::<u64>()).prop_map(|(down, random)| ((random >> 1) >> down).max(1));
    prop_oneof![1 => 1_u64..100, 4 => any_size, 1 => ((1_u64 << 63) - 1_000)..1 << 63]
}

fn curves() -> impl Strategy<Value = Curve> {
    prop_oneof![
        prop_oneof![1_u64..10, 1..2 * MAX_TAIL, any::<u64>().prop_map(|n| n.max(1))]
            .prop_map(|n| Curve::Linear { duration: Seconds::new(n) }),
        (complements(), prop_oneof![1_u64..10, 1_u64..1_000])
            .prop_map(|(c, step)| Curve::StairExponential { cut: decay(c), step: Seconds::new(step) }),
        complements().prop_map(|c| Curve::Exponential { decay: decay(c) }),
    ]
}

fn floors() -> impl Strategy<Value = u64> {
    (0_u32..48, any::<u64>()).prop_map(|(down, random)| (((random >> 16) | (1 << 47)) >> down).max(1))
}

fn cases() -> impl Strategy<Value = (Curve, u64)> {
    (curves(), floors())
}

/// Times with many carries between neighbours among them.
fn times() -> impl Strategy<Value = u64> {
    prop_oneof![0..=MAX_TAIL, 0_u64..200, (1_u32..20).prop_map(|k| (1 << k) - 1), (1_u32..20).prop_map(|k| 1 << k)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn never_below_the_exact_curve_and_within_the_error((curve, floor) in cases(), elapsed in times()) {
        let computed = BigUint::from(part(&freeze(params(curve, floor), unit()), elapsed)) << (BITS - 48);
        let ((low, high), error) = reference(curve, elapsed, floor);
        prop_assert!(computed >= high);
        let excess = computed - low;
        prop_assert!(excess < BigUint::from(error) << (BITS - 63), "{excess}");
        prop_assert!(excess < BigUint::from(Curve::ERROR.to_bits()) << (BITS - 48));
    }

    #[test]
    fn price_is_the_start_times_the_part_rounded_up(
        (curve, floor) in cases(), elapsed in times(), exponent in -60_i8..=126, bits in any::<u64>(),
    ) {
        let start = Price::from_parts(exponent, bits | 1 << 63).unwrap();
        let price = freeze(params(curve, floor), start).price(at(elapsed)).unwrap();
        let asked = BigUint::from(part(&freeze(params(curve, floor), unit()), elapsed));
        let whole = exact(start) * asked;
        let scaled = exact(price) << 48u32;
        prop_assert!(scaled >= whole);
        // The relative step of a price is at most 2^-63.
        prop_assert!(scaled - &whole <= whole >> 63u32);
        prop_assert!(price <= start);
    }

    #[test]
    fn never_rises((curve, floor) in cases(), elapsed in times(), later in times()) {
        let terms = freeze(params(curve, floor), unit());
        let before = elapsed.min(MAX_TAIL - 1);
        prop_assert!(part(&terms, before + 1) <= part(&terms, before));
        prop_assert!(part(&terms, elapsed.max(later)) <= part(&terms, elapsed.min(later)));
    }

    #[test]
    fn powers_never_rise(complement in complements(), n in prop_oneof![times(), 0..u64::MAX]) {
        // The proof needs the digits of the exponent lowest first: the full 63 bits, without a floor.
        let d = decay(complement);
        prop_assert!(d.pow_ceil(n + 1) <= d.pow_ceil(n));
    }

    #[test]
    fn stairs_stand_still_within_a_step(
        complement in complements(), elapsed in times(), step in 1_u64..1_000, seed in any::<u64>(),
    ) {
        let stairs = Curve::StairExponential { cut: decay(complement), step: Seconds::new(step) };
        let first = elapsed / step * step;
        let terms = freeze(params(stairs, 1), unit());
        prop_assert_eq!(part(&terms, first), part(&terms, (first + seed % step).min(MAX_TAIL)));
        let smooth = freeze(params(Curve::Exponential { decay: decay(complement) }, 1), unit());
        prop_assert_eq!(part(&terms, first), part(&smooth, first / step));
    }
}

#[test]
fn never_rises_second_by_second() {
    // From so slow that only roundings move the power to so fast that little but roundings is left of it.
    for complement in
        [1, 3, 1 << 20, (1 << 26) + 1, (1 << 32) - 5, (1 << 42) + 77, (1 << 50) - 1, 1 << 58, (1 << 62) + 3]
    {
        let terms = freeze(params(Curve::Exponential { decay: decay(complement) }, 1), unit());
        let mut last = part(&terms, 0);
        assert_eq!(last, ONE);
        for elapsed in 1..=MAX_TAIL {
            let next = part(&terms, elapsed);
            assert!(next <= last, "1 - {complement} / 2^63 at {elapsed}");
            last = next;
        }
    }
}

#[test]
fn exact_small_curves() {
    let quarter = ONE / 4;
    let halves =
        freeze(params(Curve::StairExponential { cut: Decay::HALF, step: Seconds::new(90) }, quarter / 2), unit());
    let expected =
        [(0, ONE), (89, ONE), (90, ONE / 2), (179, ONE / 2), (180, quarter), (270, quarter / 2), (360, quarter / 2)];
    for (elapsed, bits) in expected {
        assert_eq!(part(&halves, elapsed), bits, "{elapsed}");
    }
    let smooth = freeze(params(Curve::Exponential { decay: Decay::HALF }, quarter), unit());
    assert_eq!([0, 1, 2, 3].map(|t| part(&smooth, t)), [ONE, ONE / 2, quarter, quarter]);
    let line = freeze(params(Curve::Linear { duration: Seconds::new(3) }, quarter), unit());
    // 2/3 and 1/3 of 2^48 are no integers: rounded up.
    assert_eq!(
        [0, 1, 2, 3, 4].map(|t| part(&line, t)),
        [ONE, 187_649_984_473_771, 93_824_992_236_886, quarter, quarter]
    );
    assert_eq!(part(&line, MAX_TAIL), quarter);
}

#[test]
fn curves_that_do_not_fall_are_refused() {
    let second = Seconds::new(1);
    let refused = |curve| AuctionConfig::new(params(curve, ONE / 2)) == Err(Error::AuctionCurve);
    assert!(refused(Curve::Linear { duration: Seconds::ZERO }));
    assert!(!refused(Curve::Linear { duration: second }));
    assert!(!refused(Curve::Linear { duration: Seconds::new(u64::MAX) }));
    assert!(refused(Curve::StairExponential { cut: Decay::HALF, step: Seconds::ZERO }));
    for (d, bad) in [
        (Decay::ZERO, true),
        (Decay::from_bits(1).unwrap(), false),
        (Decay::from_bits((1 << 63) - 1).unwrap(), false),
        (Decay::ONE, true),
    ] {
        assert_eq!(refused(Curve::StairExponential { cut: d, step: second }), bad, "{d:?}");
        assert_eq!(refused(Curve::Exponential { decay: d }), bad, "{d:?}");
    }
}

#[test]
fn floor_tail_and_cusp_ranges() {
    let sound = params(Curve::Linear { duration: Seconds::new(100) }, ONE / 2);
    for (floor, good) in [(0, false), (1, true), (ONE - 1, true), (ONE, false), (u64::MAX, false)] {
        let made = AuctionConfig::new(AuctionParams { floor: ratio(floor), ..sound });
        assert_eq!(made.err(), (!good).then_some(Error::AuctionFloorRange));
    }
    for (tail, good) in [(0, false), (1, true), (MAX_TAIL, true), (MAX_TAIL + 1, false), (u64::MAX, false)] {
        let made = AuctionConfig::new(AuctionParams { tail: Seconds::new(tail), ..sound });
        assert_eq!(made.err(), (!good).then_some(Error::AuctionTailRange));
    }
    for (cusp, good) in [(0, true), (1, true), (ONE - 1, true), (ONE, false), (u64::MAX, false)] {
        let made = AuctionConfig::new(AuctionParams { cusp: ratio(cusp), ..sound });
        assert_eq!(made.err(), (!good).then_some(Error::AuctionCuspRange));
    }
    assert_eq!(AuctionConfig::new(sound).unwrap().params(), sound);
}

#[test]
fn starts_at_the_high_side_plus_the_buffer_rounded_up() {
    let config = AuctionConfig::new(params(Curve::Linear { duration: Seconds::new(100) }, ONE / 2)).unwrap();
    let (low, high) = (Price::from_decimal_floor(3, 0).unwrap(), Price::from_decimal_floor(7, 0).unwrap());
    let band = PriceBand::new(low, high).unwrap();
    let buffer = percent(20);
    let terms = Terms::freeze(&config, band, buffer, at(0)).unwrap();
    let (start, whole) = (exact(terms.start()) << 48u32, exact(high) * BigUint::from(ONE + buffer.to_bits()));
    assert!(start >= whole && &start - &whole < exact(high) >> 14u32);
    assert_eq!((terms.opened(), *terms.config()), (at(0), config));
    assert_eq!(terms.price(at(0)), Ok(terms.start()));
    // A product that needs 65 bits is rounded up.
    let odd = Price::from_parts(0, u64::MAX).unwrap();
    let raised = Terms::freeze(&config, PriceBand::exact(odd), ratio(1), at(0)).unwrap().start();
    let whole = exact(odd) * BigUint::from(ONE + 1);
    assert!(exact(raised) << 48u32 > whole);
}

#[test]
fn terms_that_leave_the_range_of_prices_are_refused() {
    let config = AuctionConfig::new(params(Curve::Linear { duration: Seconds::new(100) }, ONE / 2)).unwrap();
    let freeze = |price, buffer| Terms::freeze(&config, PriceBand::exact(price), buffer, at(0));
    assert_eq!(freeze(unit(), ratio(u64::MAX)), Err(Error::Overflow));
    assert_eq!(freeze(unit(), ratio(u64::MAX - ONE + 1)), Err(Error::Overflow));
    assert!(freeze(unit(), ratio(u64::MAX - ONE)).is_ok());
    assert_eq!(freeze(Price::MAX, ratio(1)), Err(Error::PriceOutOfRange));
    assert!(freeze(Price::MAX, Ratio::ZERO).is_ok());
    assert_eq!(freeze(Price::MIN, Ratio::ZERO), Err(Error::PriceOutOfRange));
    let twice = Price::from_parts(-127, 1 << 63).unwrap();
    assert_eq!(freeze(twice, Ratio::ZERO).unwrap().price(at(100)), Ok(Price::MIN));
}

#[test]
fn reset_by_tail_and_by_cusp() {
    let stairs = Curve::StairExponential { cut: Decay::HALF, step: Seconds::new(10) };
    let tail = Seconds::new(35);
    let due = |cusp: u64, floor: u64, elapsed: u64| {
        let terms = freeze(AuctionParams { tail, cusp: ratio(cusp), ..params(stairs, floor) }, unit());
        let due = terms.needs_reset(at(elapsed)).unwrap();
        assert_eq!(terms.price(at(elapsed)).err(), due.then_some(Error::AuctionResetDue));
        due
    };
    // The tail itself still sells; the cusp zero never triggers, nor does one at the floor.
    assert!(!due(0, ONE / 8, 35) && due(0, ONE / 8, 36));
    assert!(!due(ONE / 8, ONE / 8, 35) && due(ONE / 8, ONE / 8, 36));
    // At the cusp the auction goes on, below it does not: 1/4 after 20 seconds.
    assert!(!due(ONE / 4, ONE / 16, 20) && !due(ONE / 4 + 1, ONE / 16, 19) && due(ONE / 4 + 1, ONE / 16, 20));
    assert!(due(ONE / 4 + 1, ONE / 4, 20));
    let terms = freeze(params(stairs, ONE / 8), unit());
    assert_eq!(terms.needs_reset(Timestamp::new(OPENED - 1)), Err(Error::AuctionNotStarted));
    assert_eq!(terms.price(Timestamp::new(OPENED - 1)), Err(Error::AuctionNotStarted));
    assert_eq!(terms.needs_reset(Timestamp::new(u64::MAX)), Ok(true));
}

/// The exponent and the factor of the exact bound of T6, or nothing for a line.
fn stair_of(curve: Curve) -> Option<(Decay, u64)> {
    match curve {
        Curve::Linear { .. } => None,
        Curve::StairExponential { cut, step } => Some((cut, step.get())),
        Curve::Exponential { decay } => Some((decay, 1)),
    }
}

fn pow(d: Decay, n: u64) -> BigUint {
    BigUint::from(d.to_bits()).pow(u32::try_from(n).unwrap())
}

/// Statements of T6 in exact rationals; `clearing` was paid by a bidder at `value` who was `latency` late.
fn assert_t6(terms: &Terms, value: Price, latency: u64, clearing: Price) {
    let AuctionParams { curve, floor, .. } = terms.config().params();
    let (start, paid) = (exact(terms.start()), exact(clearing));
    assert!((&paid << 48u32) >= &start * floor.to_bits());
    // v - s ERROR, in units of 2^-42 of exact(): ERROR is 2^-42.
    let valued = (exact(value).min(start.clone()) << 42u32) - &start;
    let reached = terms.time_to(value).unwrap().get();
    match (curve, stair_of(curve)) {
        (_, Some((cut, step))) => {
            let n = latency / step + 1;
            assert!((paid << (63 * n + 42)) >= &valued * pow(cut, n));
            // At most ceil(ln(s / (v - s ERROR)) / ln(1/c)) steps: one step less, the exact curve is above v - s ERROR.
            let steps = reached / step;
            assert_eq!(reached % step, 0);
            assert!(steps < 1 || (&start * pow(cut, steps - 1)) << 42u32 > valued << (63 * (steps - 1)));
        }
        (Curve::Linear { duration }, _) => {
            // paid + s (latency + 1) / duration >= v - s ERROR
            let fall = (start * (latency + 1)) << 42u32;
            assert!((paid << 42u32) * duration.get() + fall >= valued * duration.get());
        }
        _ => unreachable!("a curve is a line or has steps"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn t6_a_late_bidder_pays_at_least_the_bound(
        floor in 1_u64 << 38..ONE / 2,
        kind in 0..3,
        complement in prop_oneof![4 => 1_u64 << 48..1 << 60, 1 => 1_u64..1 << 48],
        step in 1_u64..300,
        tail in 1_u64..4_000,
        cusp in prop_oneof![Just(0), 0..ONE / 2],
        start in (-40_i8..100, any::<u64>()),
        worth in any::<u64>(),
        (latency, early) in prop_oneof![0_u64..5, 0_u64..400].prop_flat_map(|l| (Just(l), 0..=l)),
    ) {
        let curve = match kind {
            0 => Curve::Linear { duration: Seconds::new(step * 20) },
            1 => Curve::StairExponential { cut: decay(complement), step: Seconds::new(step) },
            _ => Curve::Exponential { decay: decay((complement >> 5).max(1)) },
        };
        let start = Price::from_parts(start.0, start.1 | 1 << 63).unwrap();
        let terms = freeze(
            AuctionParams { tail: Seconds::new(tail), cusp: ratio(cusp), ..params(curve, floor) }, start);
        // From the floor to a quarter above the start.
        let value = start.scale_ceil(ratio(floor + worth % (ONE / 4 * 5 - floor))).unwrap();
        let open = |elapsed| terms.price(at(elapsed)).ok();
        let first = (0..=tail).find(|&t| open(t).is_some_and(|price| price <= value));
        prop_assert_eq!(terms.time_to(value).map(Seconds::get), first);
        let clearing = terms.clearing_price_floor(value, Seconds::new(latency));
        match first {
            None => prop_assert_eq!(clearing, None),
            // In time but not by the reset: nothing is promised, and exactly then.
            Some(t) => prop_assert_eq!(clearing, open(t + latency)),
        }
        if let (Some(t), Some(clearing)) = (first, clearing) {
            prop_assert!(open(t + early).unwrap() >= clearing);
            assert_t6(&terms, value, latency, clearing);
        }
    }
}

#[test]
fn t6_is_attained_in_stairs() {
    // A bidder just below one stair buys at the next: the bound loses the whole step, and one more for being late.
    let stairs = Curve::StairExponential { cut: Decay::HALF, step: Seconds::new(90) };
    let terms = freeze(AuctionParams { tail: Seconds::new(500), ..params(stairs, ONE / 64) }, unit());
    let below = Price::from_parts(-2, u64::MAX).unwrap();
    assert_eq!(terms.time_to(below), Some(Seconds::new(180)));
    let quarter = Price::from_parts(-2, 1 << 63).unwrap();
    assert_eq!(terms.clearing_price_floor(below, Seconds::new(89)), Some(quarter));
    assert_eq!(terms.clearing_price_floor(below, Seconds::new(90)), Some(Price::from_parts(-3, 1 << 63).unwrap()));
    assert_eq!(terms.clearing_price_floor(below, Seconds::new(320)), Some(Price::from_parts(-5, 1 << 63).unwrap()));
    // 180 + 321 is past the tail.
    assert_eq!(terms.clearing_price_floor(below, Seconds::new(321)), None);
    assert_eq!(terms.clearing_price_floor(below, Seconds::new(u64::MAX)), None);
    // Above the start the first price is taken; below what the tail reaches, nothing is promised.
    assert_eq!(terms.time_to(Price::MAX), Some(Seconds::ZERO));
    assert_eq!(terms.time_to(unit()), Some(Seconds::ZERO));
    assert_eq!(terms.time_to(Price::from_parts(-5, 1 << 63).unwrap()), Some(Seconds::new(450)));
    assert_eq!(terms.time_to(Price::from_parts(-6, u64::MAX).unwrap()), None);
    assert_eq!(terms.time_to(Price::MIN), None);
}

#[test]
fn open_terms_keep_what_was_frozen() {
    let old = params(Curve::Linear { duration: Seconds::new(100) }, ONE / 2);
    let terms = freeze(old, unit());
    let new = AuctionConfig::new(AuctionParams { tail: Seconds::new(5), floor: ratio(ONE - 1), ..old }).unwrap();
    assert_ne!(terms.config(), &new);
    assert_eq!(part(&terms, 50), ONE / 2);
    assert_eq!(part(&terms, MAX_TAIL), ONE / 2);
}

/// Each kind of curve is read from its stored form as it was, within a lot that is sold by it.
#[test]
fn every_curve_survives_its_stored_form() {
    let cut = Decay::from_ratio(Ratio::from_bps_floor(9_900).expect("small")).expect("below one");
    let decay = Decay::from_half_life_floor(Seconds::new(600)).expect("not zero");
    for curve in [
        Curve::Linear { duration: Seconds::new(7_200) },
        Curve::StairExponential { cut, step: Seconds::new(90) },
        Curve::Exponential { decay },
    ] {
        let config = AuctionConfig::new(AuctionParams {
            curve,
            floor: Ratio::from_bps_floor(5_000).expect("small"),
            tail: Seconds::new(3_600),
            cusp: Ratio::ZERO,
            dust: Value::ZERO,
        })
        .expect("sound");
        let band = PriceBand::exact(Price::from_decimal_floor(1, 0).expect("in range"));
        let terms = Terms::freeze(&config, band, Ratio::ZERO, Timestamp::new(0)).expect("in range");
        let lot = Lot::open(terms, Amount::new(1_000), Value::new(900)).expect("in range");
        let mut bytes = [0; Lot::BYTES];
        lot.write_to(&mut bytes).expect("the right length");
        assert_eq!(Lot::read_from(&bytes), Ok(lot), "{curve:?}");
    }
}
