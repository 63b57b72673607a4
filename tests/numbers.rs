//! Kernels, ratios and quantities against exact rationals; an error occurs exactly when the result leaves its type.

#[path = "support/exact.rs"]
mod exact;
#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::num::{isqrt_ceil, isqrt_floor, mul_div_ceil, mul_div_floor};
use damper::ratio::Ratio;
use damper::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use exact::{Log, exp_times};
use fixed::traits::Fixed;
use fixed::types::{
    I0F128, I1F63, I4F4, I32F32, I64F64, I80F48, I128F0, U0F64, U0F128, U1F63, U16F48, U64F64, U68F60, U128F0,
};
use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::Zero;
use proptest::prelude::*;
use rational::{EDGES, Frac, any_ratio, any64, any128, big, fits64, fits128, pow2};

/// What a division by zero is.
const UNDIVIDED: Result<Ratio, Error> = Err(Error::DivisionByZero);
const WAD: u128 = 1_000_000_000_000_000_000;

fn bits(n: u64) -> Ratio {
    Ratio::from_bits(n)
}

/// `Ok` when the exact result fits, the error otherwise.
fn or_overflow<T>(exact: Option<T>) -> Result<T, Error> {
    exact.ok_or(Error::Overflow)
}

fn check_mul_div(a: u128, b: u128, d: u128) {
    if d == 0 {
        assert_eq!(mul_div_floor(a, b, d), Err(Error::DivisionByZero));
        assert_eq!(mul_div_ceil(a, b, d), Err(Error::DivisionByZero));
        return;
    }
    let exact = Frac::new(big(a) * big(b), d);
    assert_eq!(mul_div_floor(a, b, d), or_overflow(fits128(&exact.floor(0))), "{a} {b} {d}");
    assert_eq!(mul_div_ceil(a, b, d), or_overflow(fits128(&exact.ceil(0))), "{a} {b} {d}");
}

fn check_isqrt(n: u128) {
    let floor = big(isqrt_floor(n));
    assert!(&floor * &floor <= big(n) && big(n) < (&floor + 1_u32) * (&floor + 1_u32), "{n}");
    let ceil = big(isqrt_ceil(n));
    assert!(big(n) <= &ceil * &ceil, "{n}");
    assert!(n == 0 && ceil.is_zero() || n > 0 && (&ceil - 1_u32) * (&ceil - 1_u32) < big(n), "{n}");
}

#[test]
fn mul_div_at_the_edges() {
    for a in EDGES {
        for b in EDGES {
            for d in EDGES {
                check_mul_div(a, b, d);
            }
        }
    }
    assert_eq!(mul_div_floor(u128::MAX, 3, 2), Err(Error::Overflow));
    // The floor fits by one step where the ceiling does not.
    assert_eq!(mul_div_floor(u128::MAX, u128::MAX - 1, u128::MAX - 2), Err(Error::Overflow));
    assert_eq!(mul_div_floor(1 << 127, (1 << 127) + 1, (1 << 126) + 1), Ok(u128::MAX - 1));
    assert_eq!(mul_div_ceil(1 << 127, (1 << 127) + 1, (1 << 126) + 1), Ok(u128::MAX));
}

/// Quotients within a step of 2^128, where floor and ceiling part.
#[test]
fn mul_div_around_the_largest_quotient() {
    let mut only_the_floor_fits = 0;
    for d in [3, 7, (1 << 64) - 1, (1 << 64) + 3, (1 << 127) + 5, u128::MAX - 4] {
        for b in [d - 1, d + 1, d / 2 + 1, d / 3 * 2 + 1] {
            // The largest a with floor(a b / d) <= 2^128 - 1.
            let largest = ((pow2(128) * big(d)) - 1_u32).div_floor(&big(b));
            let largest = fits128(&largest).unwrap_or(u128::MAX);
            for a in [largest - 1, largest, largest.saturating_add(1)] {
                check_mul_div(a, b, d);
                only_the_floor_fits += u32::from(mul_div_floor(a, b, d).is_ok() && mul_div_ceil(a, b, d).is_err());
            }
        }
    }
    assert!(only_the_floor_fits > 0);
}

#[test]
fn isqrt_at_squares_and_edges() {
    EDGES.into_iter().for_each(check_isqrt);
    for root in EDGES.map(|edge| edge >> 64).into_iter().chain([1 << 32, 3_037_000_500, (1 << 63) + 1]) {
        let square = root * root;
        [square.saturating_sub(1), square, square + 1].into_iter().for_each(check_isqrt);
    }
}

#[test]
fn ratio_boundaries() {
    assert_eq!(Ratio::from_fraction_floor(1, 0), Err(Error::DivisionByZero));
    assert_eq!(Ratio::from_fraction_ceil(1, 0), Err(Error::DivisionByZero));
    assert_eq!(Ratio::ONE.div_floor(Ratio::ZERO), Err(Error::DivisionByZero));
    assert_eq!(Ratio::ONE.div_ceil(Ratio::ZERO), Err(Error::DivisionByZero));
    assert_eq!(Ratio::ZERO.checked_sub(Ratio::ULP), Err(Error::Underflow));
    assert_eq!(Ratio::MAX.checked_add(Ratio::ULP), Err(Error::Overflow));
    assert_eq!(Ratio::from_bps_floor(655_359_999).map(Ratio::to_bps_floor), Ok(655_359_998));
    assert_eq!(Ratio::from_bps_ceil(655_359_999).map(Ratio::to_bps_floor), Ok(655_359_999));
    assert_eq!(Ratio::from_bps_floor(655_360_000), Err(Error::Overflow));
    assert_eq!(Ratio::from_bps_ceil(u32::MAX), Err(Error::Overflow));
    assert_eq!(Ratio::MAX.to_bps_floor(), 655_359_999);
    assert_eq!(Ratio::from_wad_floor(65_536 * WAD - 1), Ok(Ratio::MAX));
    assert_eq!(Ratio::from_wad_ceil(65_536 * WAD - 1), Err(Error::Overflow));
    assert_eq!(Ratio::from_wad_floor(65_536 * WAD), Err(Error::Overflow));
    assert_eq!((Ratio::from_wad_floor(WAD), Ratio::from_wad_ceil(WAD)), (Ok(Ratio::ONE), Ok(Ratio::ONE)));
    assert_eq!((Ratio::from_wad_floor(1), Ratio::from_wad_ceil(1)), (Ok(Ratio::ZERO), Ok(Ratio::ULP)));
    assert_eq!((Ratio::MAX.to_wad_floor(), Ratio::MAX.to_wad_ceil()), (65_536 * WAD - 3_553, 65_536 * WAD - 3_552));
    assert!(Ratio::ULP > Ratio::ZERO && Ratio::MAX > Ratio::ONE);
}

#[test]
fn quantity_boundaries() {
    let (one, most) = (Amount::new(1), Amount::new(u128::MAX));
    assert_eq!(most.checked_add(one), Err(Error::Overflow));
    assert_eq!(Amount::ZERO.checked_sub(one), Err(Error::Underflow));
    assert_eq!(one.excess_over(most), Amount::ZERO);
    assert_eq!(most.excess_over(one).get(), u128::MAX - 1);
    assert_eq!(Amount::from(u64::MAX).get(), u128::from(u64::MAX));
    assert!(Amount::ZERO.is_zero() && !one.is_zero());
    assert_eq!(one.ratio_floor(Amount::ZERO), Err(Error::DivisionByZero));
    assert_eq!(one.ratio_ceil(Amount::ZERO), Err(Error::DivisionByZero));
    let (one, most) = (Value::new(1), Value::new(u128::MAX));
    assert_eq!(most.checked_add(one), Err(Error::Overflow));
    assert_eq!(Value::ZERO.checked_sub(one), Err(Error::Underflow));
    assert_eq!(one.excess_over(most), Value::ZERO);
    assert_eq!(Value::from(u64::MAX).get(), u128::from(u64::MAX));
    assert_eq!(one.ratio_floor(Value::ZERO), Err(Error::DivisionByZero));
    assert_eq!(one.ratio_ceil(Value::ZERO), Err(Error::DivisionByZero));
    assert_eq!(most.mul_floor(bits((1 << 48) + 1)), Err(Error::Overflow));
    assert_eq!(most.mul_floor(Ratio::ONE), Ok(most));
    // The floor fits by one step where the ceiling does not.
    let just = Value::new(0x4924_9249_2492_4924_9249_2492_4924_9249);
    assert_eq!(just.mul_ceil(bits(7 << 47)), Err(Error::Overflow));
    assert_eq!(just.mul_floor(bits(7 << 47)), Ok(most));
}

#[test]
fn time_boundaries() {
    let (first, last) = (Timestamp::new(0), Timestamp::new(u64::MAX));
    assert_eq!(last.since(first), Ok(Seconds::new(u64::MAX)));
    assert_eq!(first.since(Timestamp::new(1)), Err(Error::TimeReversed));
    assert_eq!(last.checked_add(Seconds::new(1)), Err(Error::Overflow));
    assert_eq!(first.checked_add(Seconds::new(u64::MAX)), Ok(last));
    assert_eq!(Rate::from_ratio_over_floor(Ratio::ONE, Seconds::ZERO), Err(Error::DivisionByZero));
    assert_eq!(Rate::per_second(Ratio::ULP).over(Seconds::new(u64::MAX)), Ok(Ratio::MAX));
    assert_eq!(Rate::per_second(bits(2)).over(Seconds::new(1 << 63)), Err(Error::Overflow));
    assert_eq!(Rate::per_second(bits(2)).over_at_most(Seconds::new(1 << 63), bits(7)), bits(7));
    assert_eq!(Rate::per_second(bits(2)).over_at_most(Seconds::new(3), bits(7)), bits(6));
    assert_eq!(Rate::ZERO.over_at_most(Seconds::new(u64::MAX), bits(7)), Ratio::ZERO);
    assert_eq!(Rate::per_second(Ratio::MAX).mul_floor(bits((1 << 48) + 1)), Err(Error::Overflow));
}

/// Every operation of a quantity against big integers.
macro_rules! check_quantity {
    ($quantity:ident, $count:expr, $other:expr, $ratio:expr) => {{
        let (one, two) = ($quantity::new($count), $quantity::new($other));
        let product = Frac::int($count).mul(&Frac::of($ratio));
        let count = |exact: &BigUint| or_overflow(fits128(exact).map($quantity::new));
        prop_assert_eq!(one.mul_floor($ratio), count(&product.floor(0)));
        prop_assert_eq!(one.mul_ceil($ratio), count(&product.ceil(0)));
        if $ratio > Ratio::ZERO {
            let quotient = Frac::int($count).div(&Frac::of($ratio));
            prop_assert_eq!(one.div_floor($ratio), count(&quotient.floor(0)));
            prop_assert_eq!(one.div_ceil($ratio), count(&quotient.ceil(0)));
        }
        prop_assert_eq!(
            (one.div_floor(Ratio::ZERO), one.div_ceil(Ratio::ZERO)),
            (Err(Error::DivisionByZero), Err(Error::DivisionByZero))
        );
        prop_assert_eq!($quantity::default(), $quantity::ZERO);
        prop_assert_eq!(one.checked_add(two), count(&(big($count) + big($other))));
        if $other > $count {
            prop_assert_eq!((one.checked_sub(two), one.excess_over(two)), (Err(Error::Underflow), $quantity::ZERO));
        } else {
            let difference = fits128(&(big($count) - big($other))).map($quantity::new).expect("at most the count");
            prop_assert_eq!((one.checked_sub(two), one.excess_over(two)), (Ok(difference), difference));
        }
        if $other > 0 {
            let exact = Frac::new($count, $other);
            let ratio = |exact: &BigUint| or_overflow(fits64(exact).map(bits));
            prop_assert_eq!(one.ratio_floor(two), ratio(&exact.floor(48)));
            prop_assert_eq!(one.ratio_ceil(two), ratio(&exact.ceil(48)));
        }
        let nothing = $quantity::ZERO;
        prop_assert_eq!((one.ratio_floor(nothing), one.ratio_ceil(nothing)), (UNDIVIDED, UNDIVIDED));
        prop_assert_eq!((one.get(), one.is_zero()), ($count, $count == 0));
        prop_assert_eq!(one.cmp(&two), $count.cmp(&$other));
    }};
}

/// The raw value of a number of the `fixed` crate as a rational in units of one.
fn raw<F: Fixed>(number: F) -> (BigInt, u32)
where
    BigInt: From<F::Bits>,
{
    (BigInt::from(number.to_bits()), F::FRAC_NBITS)
}

fn signed(n: BigUint) -> BigInt {
    n.into()
}

/// From a fixed type and back, against exact shifts, for bits that reach every size of the type.
fn check_fixed<F>(number: F, ratio: Ratio)
where
    F: Fixed,
    BigInt: From<F::Bits>,
    u128: TryFrom<F::Bits>,
    F::Bits: TryFrom<u128>,
{
    let (value, frac) = raw(number);
    match value.to_biguint() {
        None => {
            assert_eq!(Ratio::from_fixed_floor(number), Err(Error::NegativeInput));
            assert_eq!(Ratio::from_fixed_ceil(number), Err(Error::NegativeInput));
        }
        Some(value) => {
            let exact = Frac::new(value, pow2(frac));
            assert_eq!(Ratio::from_fixed_floor(number), or_overflow(fits64(&exact.floor(48)).map(bits)), "{number}");
            assert_eq!(Ratio::from_fixed_ceil(number), or_overflow(fits64(&exact.ceil(48)).map(bits)), "{number}");
        }
    }
    let most = raw(F::MAX).0;
    let check = |got: Result<F, Error>, exact: BigUint| match got {
        Ok(number) => assert_eq!(raw(number).0, signed(exact), "{ratio:?}"),
        Err(error) => {
            assert_eq!(error, Error::Overflow);
            assert!(signed(exact) > most, "{ratio:?}");
        }
    };
    check(ratio.to_fixed_floor(), Frac::of(ratio).floor(frac));
    check(ratio.to_fixed_ceil(), Frac::of(ratio).ceil(frac));
}

macro_rules! check_fixed_types {
    ($ratio:expr, $unsigned:expr, $signed:expr, [$($u:ident)*], [$($i:ident)*]) => {{
        $(
            let narrow = $unsigned >> (128 - $u::INT_NBITS - $u::FRAC_NBITS);
            check_fixed($u::from_bits(narrow.try_into().expect("narrowed")), $ratio);
        )*
        $(
            let narrow = $signed >> (128 - $i::INT_NBITS - $i::FRAC_NBITS);
            check_fixed($i::from_bits(narrow.try_into().expect("narrowed")), $ratio);
        )*
    }};
}

fn check_every_fixed_type(ratio: Ratio, unsigned: u128) {
    check_fixed_types!(
        ratio,
        unsigned,
        unsigned.cast_signed(),
        [U68F60 U64F64 U0F128 U128F0 U16F48 U0F64 U1F63],
        [I80F48 I32F32 I64F64 I0F128 I128F0 I1F63 I4F4]
    );
}

#[test]
fn fixed_types_at_the_edges() {
    for unsigned in EDGES {
        for ratio in [0, 1, (1 << 44) - 1, 1 << 47, (1 << 48) - 1, 1 << 48, (1 << 51) - 1, 1 << 51, u64::MAX] {
            check_every_fixed_type(bits(ratio), unsigned);
        }
    }
    assert_eq!(Ratio::from_fixed_floor(I80F48::NEG_ONE), Err(Error::NegativeInput));
    assert_eq!(Ratio::from_fixed_ceil(-I32F32::DELTA), Err(Error::NegativeInput));
    assert_eq!(Ratio::from_fixed_floor(U68F60::from_num(65_536)), Err(Error::Overflow));
    assert_eq!(Ratio::from_fixed_floor(U68F60::from_num(65_536) - U68F60::DELTA), Ok(Ratio::MAX));
    assert_eq!(Ratio::from_fixed_ceil(U68F60::from_num(65_536) - U68F60::DELTA), Err(Error::Overflow));
    assert_eq!(Ratio::ONE.to_fixed_floor::<U0F64>(), Err(Error::Overflow));
    assert_eq!(bits((1 << 48) - 1).to_fixed_ceil::<I4F4>(), Ok(I4F4::ONE));
    assert_eq!(Ratio::from_bits(8 << 48).to_fixed_floor::<I4F4>(), Err(Error::Overflow));
}

/// The power in steps of 2^-63, exact.
fn exact_power(decay: Decay, exponent: u32) -> Frac {
    Frac::new(BigUint::from(decay.to_bits()).pow(exponent), pow2(63).pow(exponent))
}

fn check_power(decay: Decay, exponent: u32) {
    let exact = exact_power(decay, exponent);
    let [floor, ceil] =
        [decay.pow_floor(exponent.into()), decay.pow_ceil(exponent.into())].map(|power| big(power.to_bits().into()));
    assert!(floor <= exact.floor(63) && exact.ceil(63) <= ceil, "{decay:?}^{exponent}");
    // The stated error, 2 n steps.
    let stated = big(2 * u128::from(exponent));
    assert!(exact.ceil(63) <= floor + &stated && ceil <= exact.floor(63) + stated, "{decay:?}^{exponent}");
}

/// `base^exponent` in steps of 2^-63, from all 64 digits of the exponent: a product with one is exact.
fn power_by_digits(base: u64, exponent: u64, round: impl Fn(BigUint) -> BigUint) -> BigUint {
    let (mut power, mut square) = (pow2(63), big(base.into()));
    for digit in 0..64 {
        if exponent >> digit & 1 == 1 {
            power = round(&power * &square);
        }
        square = round(&square * &square);
    }
    power
}

fn decay(bits: u64) -> Decay {
    Decay::from_bits(bits).expect("at most one")
}

const DECAY_ONE: u64 = 1 << 63;

#[test]
fn decay_boundaries() {
    assert_eq!(Decay::from_bits(DECAY_ONE), Ok(Decay::ONE));
    assert_eq!(Decay::from_bits(DECAY_ONE + 1), Err(Error::DecayAboveOne));
    assert_eq!(Decay::from_ratio(Ratio::ONE), Ok(Decay::ONE));
    assert_eq!(Decay::from_ratio(bits((1 << 48) + 1)), Err(Error::DecayAboveOne));
    assert_eq!(Decay::from_ratio(Ratio::MAX), Err(Error::DecayAboveOne));
    assert_eq!(Decay::from_half_life_floor(Seconds::ZERO), Err(Error::HalfLifeZero));
    assert_eq!(Decay::from_half_life_floor(Seconds::new(1)), Ok(Decay::HALF));
    assert_eq!(Decay::ONE.complement(), Decay::ZERO);
    assert_eq!(Decay::HALF.complement(), Decay::HALF);
    assert_eq!(decay(DECAY_ONE - 1).complement(), decay(1));
    for exponent in [0, 1, 2, 63, u64::MAX] {
        assert_eq!((Decay::ONE.pow_floor(exponent), Decay::ONE.pow_ceil(exponent)), (Decay::ONE, Decay::ONE));
        let zero = if exponent == 0 { Decay::ONE } else { Decay::ZERO };
        assert_eq!((Decay::ZERO.pow_floor(exponent), Decay::ZERO.pow_ceil(exponent)), (zero, zero));
    }
    assert_eq!((Decay::HALF.pow_floor(63), Decay::HALF.pow_ceil(63)), (decay(1), decay(1)));
    assert_eq!((Decay::HALF.pow_floor(64), Decay::HALF.pow_ceil(64)), (Decay::ZERO, decay(1)));
    assert_eq!((Decay::HALF.pow_floor(u64::MAX), Decay::HALF.pow_ceil(u64::MAX)), (Decay::ZERO, decay(1)));
    for exponent in [2_u32, 3, 255, 256, 1_000, 4_095] {
        for near in [1, 2, 12_345, DECAY_ONE / 2, DECAY_ONE / 3 * 2, DECAY_ONE - 98_765, DECAY_ONE - 1] {
            check_power(decay(near), exponent);
        }
    }
}

#[test]
fn half_lives() {
    for half_life in [1_u32, 2, 3, 7, 60, 600, 3_600] {
        let found = Decay::from_half_life_floor(Seconds::new(half_life.into())).expect("not zero");
        // Not above the exact root, and below it by what the rounding of the power costs.
        let half = Frac::new(1_u32, 2_u32);
        assert!(exact_power(found, half_life) <= half, "{half_life}");
        assert!(exact_power(decay(found.to_bits() + 4 * u64::from(half_life)), half_life) > half, "{half_life}");
        assert!(found.pow_ceil(half_life.into()) <= Decay::HALF);
        assert!(decay(found.to_bits() + 1).pow_ceil(half_life.into()) > Decay::HALF);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40_000))]

    #[test]
    fn mul_div(a in any128(), b in any128(), d in any128()) {
        check_mul_div(a, b, d);
        // Quotients near one, near two to the 128, and exact ones.
        check_mul_div(a, d, d);
        check_mul_div(a, b, a.max(b));
        check_mul_div(a, b, fits128(&((big(a) * big(b)) >> 128_u32)).expect("the high half").saturating_add(1));
    }

    #[test]
    fn isqrt(n in any128(), root in any64()) {
        check_isqrt(n);
        check_isqrt(u128::from(root) * u128::from(root));
        check_isqrt((u128::from(root) * u128::from(root)).saturating_sub(1));
    }

    #[test]
    fn ratio_operations(a in any_ratio(), b in any_ratio(), n in any128(), d in any128()) {
        let (x, y) = (Frac::of(a), Frac::of(b));
        let floor = |exact: &Frac| or_overflow(fits64(&exact.floor(48)).map(bits));
        let ceil = |exact: &Frac| or_overflow(fits64(&exact.ceil(48)).map(bits));
        prop_assert_eq!(a.checked_add(b), floor(&x.add(&y)));
        prop_assert_eq!(a.cmp(&b), x.cmp(&y));
        if a >= b {
            prop_assert_eq!(a.checked_sub(b), floor(&x.sub(&y)));
            prop_assert_eq!(Ok(a.excess_over(b)), a.checked_sub(b));
        } else {
            prop_assert_eq!(a.checked_sub(b), Err(Error::Underflow));
            prop_assert_eq!(a.excess_over(b), Ratio::ZERO);
        }
        prop_assert_eq!(a.mul_floor(b), floor(&x.mul(&y)));
        prop_assert_eq!(a.mul_ceil(b), ceil(&x.mul(&y)));
        if b > Ratio::ZERO {
            prop_assert_eq!(a.div_floor(b), floor(&x.div(&y)));
            prop_assert_eq!(a.div_ceil(b), ceil(&x.div(&y)));
        }
        prop_assert_eq!((a.div_floor(Ratio::ZERO), a.div_ceil(Ratio::ZERO)), (UNDIVIDED, UNDIVIDED));
        if d > 0 {
            prop_assert_eq!(Ratio::from_fraction_floor(n, d), floor(&Frac::new(n, d)));
            prop_assert_eq!(Ratio::from_fraction_ceil(n, d), ceil(&Frac::new(n, d)));
        }
        prop_assert_eq!((Ratio::from_fraction_floor(n, 0), Ratio::from_fraction_ceil(n, 0)), (UNDIVIDED, UNDIVIDED));
        prop_assert_eq!(Ratio::from_wad_floor(n), floor(&Frac::new(n, WAD)));
        prop_assert_eq!(Ratio::from_wad_ceil(n), ceil(&Frac::new(n, WAD)));
        let wads = x.mul(&Frac::int(WAD));
        prop_assert_eq!((big(a.to_wad_floor()), big(a.to_wad_ceil())), (wads.floor(0), wads.ceil(0)));
        prop_assert_eq!(big(a.to_bps_floor().into()), x.mul(&Frac::int(10_000)).floor(0));
        let bps = u32::try_from(n >> 96).expect("32 bits");
        prop_assert_eq!(Ratio::from_bps_floor(bps), floor(&Frac::new(bps, 10_000_u32)));
        prop_assert_eq!(Ratio::from_bps_ceil(bps), ceil(&Frac::new(bps, 10_000_u32)));
    }

    #[test]
    fn fixed_types(ratio in any_ratio(), unsigned in any128(), high in any128()) {
        check_every_fixed_type(ratio, unsigned);
        // Wide types keep the high bits: small numbers must reach the narrow ones too.
        check_every_fixed_type(ratio, high.rotate_right(high.trailing_zeros()).reverse_bits());
    }

    #[test]
    fn quantities(count in any128(), other in any128(), ratio in any_ratio()) {
        check_quantity!(Amount, count, other, ratio);
        check_quantity!(Value, count, other, ratio);
    }

    #[test]
    fn rates(ratio in any_ratio(), time in any64(), limit in any_ratio()) {
        let rate = Rate::per_second(ratio);
        let change = u128::from(ratio.to_bits()) * u128::from(time);
        prop_assert_eq!(rate.over(Seconds::new(time)), or_overflow(u64::try_from(change).ok().map(bits)));
        let capped = change.min(u128::from(limit.to_bits()));
        prop_assert_eq!(u128::from(rate.over_at_most(Seconds::new(time), limit).to_bits()), capped);
        prop_assert_eq!(rate.mul_floor(limit).map(Rate::get), ratio.mul_floor(limit));
        if time > 0 {
            let per = Rate::from_ratio_over_floor(ratio, Seconds::new(time)).map(|rate| rate.get().to_bits());
            prop_assert_eq!(per, Ok(ratio.to_bits() / time));
        }
        prop_assert_eq!(Rate::from_ratio_over_floor(ratio, Seconds::ZERO), Err(Error::DivisionByZero));
    }

    #[test]
    fn times(at in any64(), other in any64()) {
        let sum = fits64(&(big(at.into()) + big(other.into())));
        let later = Timestamp::new(at).checked_add(Seconds::new(other));
        prop_assert_eq!(later, or_overflow(sum.map(Timestamp::new)));
        let since = Timestamp::new(at).since(Timestamp::new(other));
        prop_assert_eq!(since, at.checked_sub(other).map(Seconds::new).ok_or(Error::TimeReversed));
    }

    #[test]
    fn decays_of_bits_and_ratios(any in any64()) {
        let above = Err(Error::DecayAboveOne);
        prop_assert_eq!(Decay::from_bits(any).map(Decay::to_bits), if any > DECAY_ONE { above } else { Ok(any) });
        let wide = big(any.into()) << 15_u32;
        let exact = if any > 1 << 48 { above } else { Ok(fits64(&wide).expect("at most 2^63")) };
        prop_assert_eq!(Decay::from_ratio(bits(any)).map(Decay::to_bits), exact);
    }

    /// The power bit for bit: squares of squares, multiplied from the lowest digit of the exponent, each product rounded.
    #[test]
    fn powers_by_their_digits(base in 0..=DECAY_ONE, near in any64(), exponent in any64()) {
        for base in [base, DECAY_ONE - (near & (DECAY_ONE - 1)) ] {
            let powers = (decay(base).pow_floor(exponent), decay(base).pow_ceil(exponent));
            let floor = power_by_digits(base, exponent, |product| product >> 63_u32);
            let ceil = power_by_digits(base, exponent, |product| Integer::div_ceil(&product, &pow2(63)));
            prop_assert_eq!((big(powers.0.to_bits().into()), big(powers.1.to_bits().into())), (floor, ceil));
        }
    }

    #[test]
    fn decay_products(a in 0..=DECAY_ONE, b in 0..=DECAY_ONE) {
        let exact = Frac::new(u128::from(a) * u128::from(b), pow2(126));
        prop_assert_eq!(big(decay(a).mul_floor(decay(b)).to_bits().into()), exact.floor(63));
        prop_assert_eq!(big(decay(a).mul_ceil(decay(b)).to_bits().into()), exact.ceil(63));
        prop_assert_eq!(decay(a).complement().to_bits() + a, DECAY_ONE);
        let exact = Frac::new(a, pow2(63));
        prop_assert_eq!(big(decay(a).to_ratio_floor().to_bits().into()), exact.floor(48));
        prop_assert_eq!(big(decay(a).to_ratio_ceil().to_bits().into()), exact.ceil(48));
        let back = Decay::from_ratio(decay(a).to_ratio_floor()).expect("at most one");
        prop_assert_eq!(back.to_bits(), a >> 15 << 15);
    }

    /// Long powers against certified logarithms: one half-life of seconds up to years.
    #[test]
    fn long_powers(distance in 1_u64..1 << 50, exponent in 1_u64..1 << 30) {
        let near = decay(DECAY_ONE - distance);
        let log = Log::of_ratio(near.to_bits().into(), DECAY_ONE.into()).mul_fraction(exponent.into(), 1);
        let (low, high) = exp_times(DECAY_ONE.into(), log);
        let (floor, ceil) = (u128::from(near.pow_floor(exponent).to_bits()), u128::from(near.pow_ceil(exponent).to_bits()));
        prop_assert!(floor <= high && low <= ceil);
        let stated = 2 * u128::from(exponent);
        prop_assert!(low <= floor + stated && ceil <= high + stated);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn powers(near in 0..=DECAY_ONE, shift in 0_u32..63, exponent in 0_u32..600) {
        check_power(decay(near), exponent);
        check_power(decay(DECAY_ONE - (near >> shift)), exponent);
    }

    #[test]
    fn half_life_is_the_largest(half_life in 1_u64..1 << 20) {
        let found = Decay::from_half_life_floor(Seconds::new(half_life)).expect("not zero");
        prop_assert!(found.pow_ceil(half_life) <= Decay::HALF);
        prop_assert!(decay(found.to_bits() + 1).pow_ceil(half_life) > Decay::HALF);
    }
}

/// Every public function of the number types is named in this file or in the file of prices.
#[test]
fn no_public_function_is_left_out() {
    let sources = [include_str!("../src/num.rs"), include_str!("../src/ratio.rs"), include_str!("../src/units.rs")];
    let all = sources.into_iter().chain([include_str!("../src/price.rs")]);
    let (here, prices) = (include_str!("numbers.rs"), include_str!("price.rs"));
    let mut seen = 0;
    for (source, tests) in all.zip([here, here, here, prices]) {
        // Comments may hold examples.
        let lines = source.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
        for line in lines {
            let Some(rest) = line.strip_prefix("pub fn ").or_else(|| line.strip_prefix("pub const fn ")) else {
                continue;
            };
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let mut words = tests.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            assert!(words.any(|word| word == name), "{name} is tested nowhere");
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
}
