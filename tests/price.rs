//! Prices against exact rationals: every rounding, every refusal, and the precision over all pairs of tokens.

#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::price::{Decimals, Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Value};
use fixed::traits::Fixed;
use fixed::types::{I0F128, I4F4, I32F32, I64F64, I80F48, I128F0, U0F128, U1F63, U16F48, U64F64, U68F60, U128F0};
use num_bigint::{BigInt, BigUint};
use num_traits::Zero;
use proptest::prelude::*;
use rational::{EDGES, Frac, any_price, any_ratio, any64, any128, big, fits64, fits128, pow2};
use std::cmp::Ordering;

const TOP: u64 = 1 << 63;

fn parts(exponent: i8, significand: u64) -> Price {
    Price::from_parts(exponent, significand).expect("normalised")
}

fn decimal(mantissa: u128, exponent: i32) -> Frac {
    let power = BigUint::from(10_u32).pow(exponent.unsigned_abs());
    if exponent < 0 { Frac::new(mantissa, power) } else { Frac::new(big(mantissa) * power, 1_u32) }
}

/// A positive number in 64 significant bits, rounded down and up; `None` outside the range.
fn neighbours(exact: &Frac) -> [Option<Price>; 2] {
    // 2^e <= exact < 2^(e + 1)
    let bits = |n: &BigUint| i64::try_from(n.bits()).expect("small");
    let at_least = |exponent: i64| {
        let shift = u32::try_from(exponent.unsigned_abs()).expect("small");
        if exponent < 0 { (&exact.num << shift) >= exact.den } else { exact.num >= (&exact.den << shift) }
    };
    let mut exponent = bits(&exact.num) - bits(&exact.den);
    if !at_least(exponent) {
        exponent -= 1;
    }
    assert!(at_least(exponent) && !at_least(exponent + 1));
    let scaled = if exponent <= 63 {
        Frac::new(&exact.num << u32::try_from(63 - exponent).expect("small"), exact.den.clone())
    } else {
        Frac::new(exact.num.clone(), &exact.den << u32::try_from(exponent - 63).expect("small"))
    };
    let price = |exponent: i64, significand: &BigUint| {
        Some(parts(i8::try_from(exponent).ok()?, fits64(significand).expect("64 bits")))
    };
    let (floor, ceil) = (scaled.floor(0), scaled.ceil(0));
    // A number in the last step of 64 bits below the range rounds up to the smallest price; what is below that is out of it.
    let above = if ceil == pow2(64) { price(exponent + 1, &pow2(63)) } else { price(exponent, &ceil) };
    [price(exponent, &floor), above]
}

fn check_constructors(exact: &Frac, floor: Result<Price, Error>, ceil: Result<Price, Error>) {
    if exact.num.is_zero() {
        assert_eq!((floor, ceil), (Err(Error::PriceZero), Err(Error::PriceZero)));
        return;
    }
    let [below, above] = neighbours(exact).map(|price| price.ok_or(Error::PriceOutOfRange));
    assert_eq!(floor, below, "floor of {exact:?}");
    assert_eq!(ceil, above, "ceil of {exact:?}");
}

fn check_fraction(num: u128, den: u128) {
    if den == 0 {
        assert_eq!(Price::from_fraction_floor(num, den), Err(Error::DivisionByZero));
        assert_eq!(Price::from_fraction_ceil(num, den), Err(Error::DivisionByZero));
        return;
    }
    let (floor, ceil) = (Price::from_fraction_floor(num, den), Price::from_fraction_ceil(num, den));
    check_constructors(&Frac::new(num, den), floor, ceil);
}

fn check_decimal(mantissa: u128, exponent: i32) {
    let (floor, ceil) = (Price::from_decimal_floor(mantissa, exponent), Price::from_decimal_ceil(mantissa, exponent));
    if mantissa > 0 && exponent.unsigned_abs() > 38 {
        assert_eq!((floor, ceil), (Err(Error::DecimalExponent), Err(Error::DecimalExponent)));
        return;
    }
    check_constructors(&decimal(mantissa, if mantissa == 0 { 0 } else { exponent }), floor, ceil);
}

fn check_times(price: Price, count: u128) {
    let exact = Frac::price(price).mul(&Frac::int(count));
    let fits = |n: BigUint| fits128(&n).ok_or(Error::Overflow);
    assert_eq!(price.value_floor(Amount::new(count)).map(Value::get), fits(exact.floor(0)), "{price:?} {count}");
    assert_eq!(price.value_ceil(Amount::new(count)).map(Value::get), fits(exact.ceil(0)), "{price:?} {count}");
    let exact = Frac::int(count).div(&Frac::price(price));
    assert_eq!(price.amount_floor(Value::new(count)).map(Amount::get), fits(exact.floor(0)), "{price:?} {count}");
    assert_eq!(price.amount_ceil(Value::new(count)).map(Amount::get), fits(exact.ceil(0)), "{price:?} {count}");
}

fn check_scale(price: Price, factor: Ratio) {
    let exact = Frac::price(price).mul(&Frac::of(factor));
    check_constructors(&exact, price.scale_floor(factor), price.scale_ceil(factor));
    if factor == Ratio::ZERO {
        assert_eq!(price.div_floor(factor), Err(Error::DivisionByZero));
        assert_eq!(price.div_ceil(factor), Err(Error::DivisionByZero));
    } else {
        check_constructors(&Frac::price(price).div(&Frac::of(factor)), price.div_floor(factor), price.div_ceil(factor));
    }
}

fn check_pair(one: Price, other: Price) {
    let exact = Frac::price(one).div(&Frac::price(other));
    let fits = |n: BigUint| fits64(&n).map(Ratio::from_bits).ok_or(Error::Overflow);
    assert_eq!(one.ratio_floor(other), fits(exact.floor(48)), "{one:?} {other:?}");
    assert_eq!(one.ratio_ceil(other), fits(exact.ceil(48)), "{one:?} {other:?}");
    let order = exact.cmp(&Frac::one());
    assert_eq!((one.cmp(&other), one.partial_cmp(&other)), (order, Some(order)), "{one:?} {other:?}");
    assert_eq!((one < other, one > other), (order == Ordering::Less, order == Ordering::Greater));
    assert_eq!((one <= other, one >= other), (order != Ordering::Greater, order != Ordering::Less));
    assert_eq!([one.min(other), one.max(other)], if order == Ordering::Less { [one, other] } else { [other, one] });
    let drawdown = if exact < Frac::one() { Frac::one().sub(&exact).floor(48) } else { BigUint::zero() };
    assert_eq!(big(one.drawdown_floor(other).to_bits().into()), drawdown, "{one:?} {other:?}");
    match PriceBand::new(one, other) {
        Ok(band) => {
            assert_ne!(exact.cmp(&Frac::one()), Ordering::Greater);
            assert_eq!((band.low(), band.high()), (one, other));
            assert_eq!(big(band.width_ceil().to_bits().into()), Frac::one().sub(&exact).ceil(48));
        }
        Err(error) => {
            assert_eq!(error, Error::BandInverted);
            assert_eq!(exact.cmp(&Frac::one()), Ordering::Greater);
        }
    }
}

fn raw<F: Fixed>(number: F) -> BigInt
where
    BigInt: From<F::Bits>,
{
    BigInt::from(number.to_bits())
}

fn signed(n: BigUint) -> BigInt {
    n.into()
}

/// A number of a fixed type as a price, and a price as a number of it, both exact or refused exactly.
fn check_fixed<F>(number: F, price: Price)
where
    F: Fixed,
    BigInt: From<F::Bits>,
    u128: TryFrom<F::Bits>,
    F::Bits: TryFrom<u128>,
{
    let (floor, ceil) = (Price::from_fixed_floor(number), Price::from_fixed_ceil(number));
    match raw(number).to_biguint() {
        None => assert_eq!((floor, ceil), (Err(Error::NegativeInput), Err(Error::NegativeInput))),
        Some(bits) => check_constructors(&Frac::new(bits, pow2(F::FRAC_NBITS)), floor, ceil),
    }
    let most = raw(F::MAX);
    let check = |got: Result<F, Error>, exact: BigUint| match got {
        Ok(number) => assert_eq!(raw(number), signed(exact), "{price:?}"),
        Err(error) => {
            assert_eq!(error, Error::Overflow);
            assert!(signed(exact) > most, "{price:?}");
        }
    };
    check(price.to_fixed_floor(), Frac::price(price).floor(F::FRAC_NBITS));
    check(price.to_fixed_ceil(), Frac::price(price).ceil(F::FRAC_NBITS));
}

fn check_every_fixed_type(price: Price, unsigned: u128) {
    macro_rules! check {
        ($number:expr, $($fixed:ident)*) => {
            $(
                let narrow = $number >> (128 - $fixed::INT_NBITS - $fixed::FRAC_NBITS);
                check_fixed($fixed::from_bits(narrow.try_into().expect("narrowed")), price);
            )*
        };
    }
    check!(unsigned, U68F60 U64F64 U0F128 U128F0 U16F48 U1F63);
    check!(unsigned.cast_signed(), I80F48 I32F32 I64F64 I0F128 I128F0 I4F4);
}

/// A price that may be as near to another as the representation allows, or far from it.
fn any_pair() -> impl Strategy<Value = (Price, Price)> {
    let near = (any_price(), -3_i8..=3, any::<u64>(), 0_u32..64).prop_map(|(price, up, by, shift)| {
        let (exponent, significand) = price.to_parts();
        let other = parts(exponent.saturating_add(up), significand.wrapping_add(by >> shift) | TOP);
        (price, other)
    });
    prop_oneof![
        2 => near,
        1 => (any_price(), any_price()),
        1 => (any_price(), -20_i8..=20, any::<u64>()).prop_map(|(price, up, bits)| {
            (price, parts(price.to_parts().0.saturating_add(up), bits | TOP))
        }),
    ]
}

#[test]
fn stored_words() {
    assert_eq!(Price::from_parts(0, TOP - 1), Err(Error::PriceNotNormalised));
    assert_eq!(Price::from_parts(0, 0), Err(Error::PriceNotNormalised));
    assert_eq!(Price::from_parts(-128, TOP), Ok(Price::MIN));
    assert_eq!(Price::from_parts(127, u64::MAX), Ok(Price::MAX));
    assert_eq!(Price::MAX.to_parts(), (127, u64::MAX));
    assert!(Price::MIN < parts(-128, TOP + 1) && parts(-128, u64::MAX) < parts(-127, TOP));
}

#[test]
fn fractions_at_the_edges() {
    for num in EDGES {
        for den in EDGES {
            check_fraction(num, den);
        }
    }
    assert_eq!(Price::from_fraction_floor(0, 1), Err(Error::PriceZero));
    assert_eq!(Price::from_fraction_floor(u128::MAX, 1), Ok(Price::MAX));
    assert_eq!(Price::from_fraction_ceil(u128::MAX, 1), Err(Error::PriceOutOfRange));
    let most = u128::MAX - u128::from(u64::MAX);
    assert_eq!(Price::from_fraction_ceil(most, 1), Ok(Price::MAX));
    assert_eq!(Price::from_fraction_ceil(most + 1, 1), Err(Error::PriceOutOfRange));
}

#[test]
fn decimals_at_the_edges() {
    for exponent in [-39, -38, -37, -1, 0, 1, 37, 38, 39, i32::MIN, i32::MAX] {
        for mantissa in EDGES {
            check_decimal(mantissa, exponent);
        }
    }
    assert_eq!(Price::from_decimal_floor(1, 39), Err(Error::DecimalExponent));
    assert_eq!(Price::from_decimal_ceil(1, -39), Err(Error::DecimalExponent));
    assert_eq!(Price::from_decimal_floor(0, 99), Err(Error::PriceZero));
    assert_eq!(Price::from_decimal_floor(4, 38), Err(Error::PriceOutOfRange));
    assert!(Price::from_decimal_floor(3, 38).is_ok());
}

/// An 18-decimal integer: a price in whole tokens, brought to atoms by the decimals.
#[test]
fn eighteen_decimal_integers() {
    let wad = 194_600_000_000_000_000_000_u128;
    let exact = Frac::new(1_946_u32, BigUint::from(10_u32).pow(13));
    let exponent = -18 + 6 - 18;
    let (floor, ceil) = (Price::from_decimal_floor(wad, exponent), Price::from_decimal_ceil(wad, exponent));
    check_constructors(&exact, floor, ceil);
    check_constructors(
        &decimal(u128::MAX, exponent),
        Price::from_decimal_floor(u128::MAX, exponent),
        Price::from_decimal_ceil(u128::MAX, exponent),
    );
    assert_eq!(
        Price::from_decimal_floor(1, -18 + 18 - 18).map(Price::to_parts),
        Price::from_fraction_floor(1, 10_u128.pow(18)).map(Price::to_parts)
    );
}

#[test]
fn pyth_bands() {
    let decimals = Decimals { base: 8, quote: 6 };
    let band = |price, confidence, expo| Price::band_from_pyth(price, confidence, expo, decimals);
    assert_eq!(band(-1, 0, 0), Err(Error::NegativeInput));
    assert_eq!(band(i64::MIN, 0, 0), Err(Error::NegativeInput));
    assert_eq!(band(0, 0, 0), Err(Error::PriceZero));
    assert_eq!(band(5, 5, 0), Err(Error::PriceZero));
    assert_eq!(band(5, 6, 0), Err(Error::PriceZero));
    assert_eq!(band(5, u64::MAX, 0), Err(Error::PriceZero));
    assert_eq!(band(5, 1, 41), Err(Error::DecimalExponent));
    assert_eq!(band(5, 1, -37), Err(Error::DecimalExponent));
    assert_eq!(band(5, 1, i32::MAX), Err(Error::DecimalExponent));
    assert_eq!(band(5, 1, i32::MIN), Err(Error::DecimalExponent));
    let extreme = Decimals { base: u8::MAX, quote: 0 };
    assert_eq!(Price::band_from_pyth(5, 1, i32::MIN, extreme), Err(Error::DecimalExponent));
    assert_eq!(band(4, 1, 40), Err(Error::PriceOutOfRange));
    assert!(band(2, 1, 40).is_ok());
    let exact = band(i64::MAX, 0, -2).expect("in range");
    assert_eq!((exact.low(), exact.high()), {
        let price =
            |round: fn(u128, i32) -> Result<Price, Error>| round(i64::MAX.unsigned_abs().into(), -4).expect("in range");
        (price(Price::from_decimal_floor), price(Price::from_decimal_ceil))
    });
}

#[test]
fn bands() {
    let (one, next) = (parts(0, TOP), parts(0, TOP + 1));
    assert_eq!(PriceBand::new(next, one), Err(Error::BandInverted));
    assert_eq!(PriceBand::new(one, one), Ok(PriceBand::exact(one)));
    assert_eq!(PriceBand::exact(one).width_ceil(), Ratio::ZERO);
    assert_eq!(PriceBand::new(one, next).map(PriceBand::width_ceil), Ok(Ratio::ULP));
    assert_eq!(PriceBand::new(Price::MIN, Price::MAX).map(PriceBand::width_ceil), Ok(Ratio::ONE));
}

#[test]
fn products_at_the_edges() {
    let prices = [-128_i8, -127, -65, -64, -63, -1, 0, 1, 62, 63, 64, 65, 126, 127]
        .into_iter()
        .flat_map(|exponent| [TOP, TOP + 1, u64::MAX].map(|significand| parts(exponent, significand)));
    for price in prices {
        for count in EDGES {
            check_times(price, count);
        }
        for factor in [0, 1, (1 << 48) - 1, 1 << 48, (1 << 48) + 1, u64::MAX] {
            check_scale(price, Ratio::from_bits(factor));
        }
        for other in [Price::MIN, parts(0, TOP), parts(0, u64::MAX), Price::MAX] {
            check_pair(price, other);
            check_pair(other, price);
        }
        for unsigned in EDGES {
            check_every_fixed_type(price, unsigned);
        }
    }
    assert_eq!(Price::MAX.value_floor(Amount::new(2)), Err(Error::Overflow));
    assert_eq!(Price::MIN.amount_floor(Value::new(1)), Err(Error::Overflow));
    assert_eq!(Price::MIN.scale_ceil(Ratio::from_bits((1 << 48) - 1)), Err(Error::PriceOutOfRange));
    assert_eq!(Price::MAX.scale_floor(Ratio::from_bits((1 << 48) + 1)), Err(Error::PriceOutOfRange));
    // (2^63 + 2^30) (2^33 - 1) = 2^96 - 2^30, over 2^224: 64 ones and more. A step of the price less, and they are not.
    let (price, factor) = (parts(-113, TOP + (1 << 30)), Ratio::from_bits((1 << 33) - 1));
    assert_eq!(price.scale_ceil(factor), Ok(Price::MIN));
    assert_eq!(price.scale_floor(factor), Err(Error::PriceOutOfRange));
    assert_eq!(parts(-113, TOP + (1 << 30) - 1).scale_ceil(factor), Err(Error::PriceOutOfRange));
    // 2^-128 over 1 + 2^-48 is below the range by 2^-48 of it, and 2^63 over 1 + 2^-48 is not exact.
    let above_one = Ratio::from_bits((1 << 48) + 1);
    assert_eq!(Price::MIN.div_ceil(above_one), Err(Error::PriceOutOfRange));
    assert_eq!(Price::MAX.div_ceil(Ratio::from_bits((1 << 48) - 1)), Err(Error::PriceOutOfRange));
    assert!(parts(63, TOP).div_floor(above_one).unwrap() < parts(63, TOP).div_ceil(above_one).unwrap());
    assert_eq!(Price::MIN.scale_floor(Ratio::ZERO), Err(Error::PriceZero));
    assert_eq!(parts(16, TOP).ratio_floor(parts(0, TOP)), Err(Error::Overflow));
    assert!(parts(16, TOP).ratio_ceil(parts(0, TOP + (1 << 20))).is_ok());
}

/// The worst relative distance between a price and the number it was made from, over both directions.
fn relative_error(exact: &Frac, prices: [Price; 2]) -> Frac {
    let [floor, ceil] = prices.map(Frac::price);
    assert!(&floor <= exact && exact <= &ceil);
    exact.sub(&floor).max(ceil.sub(exact)).div(exact)
}

/// From a token of 18 decimals at 1e-5 USD in a quote of 6 decimals, to one of 8 decimals at 1e6 USD in a quote of 18:
/// at least 1e-9 relative precision, or a refusal.
#[test]
fn precision_table() {
    let wanted = Frac::new(1_u32, BigUint::from(10_u32).pow(9));
    let step = Frac::new(1_u32, pow2(63));
    let mut worst = Frac::int(0);
    let mut pairs = 0;
    let mut lost_by_a_fixed_scale = 0;
    for base in [6_i32, 8, 9, 12, 18] {
        for quote in [6_i32, 8, 9, 12, 18] {
            for power in -5_i32..=6 {
                // Seventeen digits, not a power of two times anything; and the bare power of ten.
                for (mantissa, digits) in
                    [(1, 0), (12_345_678_901_234_567, 16), (99_999_999_999_999_999, 16), (10_000_000_000_000_001, 16)]
                {
                    let exponent = power - digits + quote - base;
                    if power == 6 && mantissa > 10_000_000_000_000_001 {
                        continue;
                    }
                    let exact = decimal(mantissa, exponent);
                    let made =
                        [Price::from_decimal_floor(mantissa, exponent), Price::from_decimal_ceil(mantissa, exponent)];
                    let error = relative_error(&exact, made.map(|price| price.expect("within the table")));
                    assert!(error < wanted, "base {base}, quote {quote}, 1e{power}: {error:?}");
                    worst = worst.max(error);
                    pairs += 1;
                    // The same number in 64 fractional bits of a 128-bit type: refused, or too coarse?
                    let coarse = Frac::new(exact.floor(64), pow2(64));
                    lost_by_a_fixed_scale += u32::from(exact.sub(&coarse).div(&exact) > wanted);
                    // A sale, a haircut and a ratio keep it.
                    let price = made[0].expect("within the table");
                    let half = price.scale_floor(Ratio::from_bits(1 << 47)).expect("within the range");
                    assert_eq!(Frac::price(half).mul(&Frac::int(2)), Frac::price(price));
                    let scaled = price.scale_floor(Ratio::from_bits((1 << 48) / 3)).expect("within the range");
                    let third = Frac::price(price).mul(&Frac::of(Ratio::from_bits((1 << 48) / 3)));
                    assert!(third.sub(&Frac::price(scaled)).div(&third) <= step);
                }
            }
        }
    }
    assert!(worst <= step, "a step of 2^-63");
    assert!(worst > Frac::new(1_u32, pow2(66)), "the table has inexact entries");
    assert_eq!(pairs, 25 * (12 * 4 - 2));
    assert!(lost_by_a_fixed_scale > 0, "the small end tells a fixed scale from a floating one");
    // The corners by name.
    for (mantissa, exponent, whole) in [(1, -5 + 6 - 18, -17), (1, 6 + 18 - 8, 16)] {
        assert_eq!(exponent, whole);
        let made = [Price::from_decimal_floor(mantissa, exponent), Price::from_decimal_ceil(mantissa, exponent)];
        assert!(relative_error(&decimal(mantissa, exponent), made.map(|price| price.expect("in range"))) < wanted);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30_000))]

    #[test]
    fn fractions(num in any128(), den in any128()) {
        check_fraction(num, den);
    }

    #[test]
    fn decimals(mantissa in any128(), exponent in -40_i32..=40) {
        check_decimal(mantissa, exponent);
    }

    #[test]
    fn values_and_amounts(price in any_price(), count in any128(), near in any::<u64>()) {
        check_times(price, count);
        // Counts whose product or quotient lies around 2^128.
        let (exponent, _) = price.to_parts();
        let shift = u32::from(exponent.unsigned_abs().min(127));
        check_times(price, u128::MAX >> shift);
        check_times(price, (u128::MAX >> shift).wrapping_add(near.into()));
        // Counts whose quotient is a small integer, exact or nearly.
        if let Ok(value) = price.value_floor(Amount::new(near.into())) {
            check_times(price, value.get());
            check_times(price, value.get().wrapping_add(1));
        }
    }

    #[test]
    fn scaling(price in any_price(), factor in any_ratio(), bits in any64()) {
        check_scale(price, factor);
        // Products and quotients around both ends of the range.
        for exponent in [-128, -127, -113, -112, 111, 112, 126, 127] {
            check_scale(parts(exponent, bits | TOP), factor);
        }
    }

    #[test]
    fn words(exponent in any::<i8>(), bits in any64()) {
        let made = Price::from_parts(exponent, bits);
        prop_assert_eq!(made.map(Price::to_parts), if bits < TOP { Err(Error::PriceNotNormalised) } else { Ok((exponent, bits)) });
    }

    #[test]
    fn ratios_and_drawdowns((one, other) in any_pair()) {
        check_pair(one, other);
        check_pair(other, one);
        check_pair(one, one);
    }

    #[test]
    fn fixed_types(price in any_price(), unsigned in any128(), bits in any64(), down in -4_i8..=4) {
        check_every_fixed_type(price, unsigned);
        // Prices near one, and small numbers of the narrow types.
        check_every_fixed_type(parts(down, bits | TOP), unsigned.reverse_bits());
    }

    /// Mid less confidence rounded down, mid plus confidence rounded up, in atoms.
    #[test]
    fn pyth(price in any::<i64>(), shift in 0_u32..63, confidence in any64(), expo in -20_i32..=5, base in 0_u8..=24, quote in 0_u8..=24) {
        let price = price >> shift;
        let band = Price::band_from_pyth(price, confidence, expo, Decimals { base, quote });
        if price < 0 {
            prop_assert_eq!(band, Err(Error::NegativeInput));
        } else if price.unsigned_abs() <= confidence {
            prop_assert_eq!(band, Err(Error::PriceZero));
        } else {
            let exponent = expo + i32::from(quote) - i32::from(base);
            let (low, high) = (u128::from(price.unsigned_abs() - confidence), u128::from(price.unsigned_abs()) + u128::from(confidence));
            if exponent.unsigned_abs() > 38 {
                prop_assert_eq!(band, Err(Error::DecimalExponent));
            } else {
                let [low, _] = neighbours(&decimal(low, exponent));
                let [_, high] = neighbours(&decimal(high, exponent));
                match (low, high) {
                    (Some(low), Some(high)) => {
                        let band = band.expect("within the range");
                        prop_assert_eq!((band.low(), band.high()), (low, high));
                    }
                    _ => prop_assert_eq!(band, Err(Error::PriceOutOfRange)),
                }
            }
        }
    }
}
