//! `price` and `reduced`: every operation of a price against the exact rational.

use crate::exact::{Q, part, q};
use crate::source::Source;
use damper::Error;
use damper::price::{Decimals, Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Value};
use fixed::types::{U1F127, U68F60};

/// What a rational is as a price: 64 significant bits, rounded down or up.
fn expected(exact: &Q, up: bool) -> Result<Price, Error> {
    let mut exponent = i64::try_from(exact.num.bits()).expect("few") - i64::try_from(exact.den.bits()).expect("few");
    let scaled = |exponent: i64| {
        let places = u32::try_from(63 - exponent + 512).expect("in range");
        Q { num: &exact.num << places, den: &exact.den << 512_u32 }
    };
    if scaled(exponent) < part(1_u64 << 63, 1) {
        exponent -= 1;
    }
    let mut bits = if up { scaled(exponent).ceil(0) } else { scaled(exponent).floor(0) };
    if bits.bits() > 64 {
        (bits, exponent) = ((bits >> 1), exponent + 1);
    }
    let exponent = i8::try_from(exponent).map_err(|_| Error::PriceOutOfRange)?;
    Price::from_parts(exponent, bits.try_into().expect("64 bits"))
}

fn both(exact: &Q) -> [Result<Price, Error>; 2] {
    [expected(exact, false), expected(exact, true)]
}

pub(crate) fn run(source: &mut Source<'_>) {
    let p = source.price();
    let other = if source.flag() { source.near(p) } else { source.price() };
    comparisons(p, other, source.ratio());
    products(p, source.number(), source.ratio());
    made(source);
    let (down, up) = (p.to_fixed_floor::<U68F60>(), p.to_fixed_ceil::<U1F127>());
    assert_eq!(down.map(U68F60::to_bits), (q(p) * (1_u128 << 60)).whole_floor());
    assert_eq!(up.map(U1F127::to_bits), (q(p) * (1_u128 << 127)).whole_ceil());
    let bits = source.number();
    if bits > 0 {
        let [floor, ceil] = both(&(part(bits, 1) / (1_u128 << 60)));
        assert_eq!(Price::from_fixed_floor(U68F60::from_bits(bits)), floor);
        assert_eq!(Price::from_fixed_ceil(U68F60::from_bits(bits)), ceil);
    }
}

fn comparisons(p: Price, other: Price, limit: Ratio) {
    let (a, b) = (q(p), q(other));
    assert_eq!([p < other, p <= other, p > other, p >= other], [a < b, a <= b, a > b, a >= b]);
    assert_eq!((p.min(other), p.max(other)), if a <= b { (p, other) } else { (other, p) });
    assert_eq!(p.ratio_floor(other), (a.clone() / other).ratio_floor());
    assert_eq!(p.ratio_ceil(other), (a.clone() / other).ratio_ceil());
    assert_eq!(Ok(p.drawdown_floor(other)), ((b.clone() - p) / other).excess().ratio_floor());
    match PriceBand::new(p, other) {
        Err(error) => assert!(error == Error::BandInverted && a > b),
        Ok(band) => {
            assert!(a <= b && band.low() == p && band.high() == other);
            assert_eq!(Ok(band.width_ceil()), ((b - p) / other).ratio_ceil());
        }
    }
    let expected = if limit == Ratio::ZERO { Err(Error::DivisionByZero) } else { expected(&(a / limit), false) };
    assert_eq!(p.div_floor(limit), expected);
}

fn products(p: Price, n: u128, factor: Ratio) {
    let exact = q(p) * n;
    assert_eq!(p.value_floor(Amount::new(n)).map(Value::get), exact.whole_floor());
    assert_eq!(p.value_ceil(Amount::new(n)).map(Value::get), exact.whole_ceil());
    let exact = q(n) / p;
    assert_eq!(p.amount_floor(Value::new(n)).map(Amount::get), exact.whole_floor());
    assert_eq!(p.amount_ceil(Value::new(n)).map(Amount::get), exact.whole_ceil());
    let scaled = [p.scale_floor(factor), p.scale_ceil(factor)];
    match factor {
        _ if factor == Ratio::ZERO => assert_eq!(scaled, [Err(Error::PriceZero); 2]),
        _ => assert_eq!(scaled, both(&(q(p) * factor))),
    }
}

fn made(source: &mut Source<'_>) {
    let (n, d) = (source.number(), source.number());
    let made = [Price::from_fraction_floor(n, d), Price::from_fraction_ceil(n, d)];
    match (n, d) {
        (_, 0) => assert_eq!(made, [Err(Error::DivisionByZero); 2]),
        (0, _) => assert_eq!(made, [Err(Error::PriceZero); 2]),
        _ => assert_eq!(made, both(&part(n, d))),
    }
    let exponent = i32::try_from(source.within(0, 84)).expect("small") - 42;
    let power = part(num_bigint::BigInt::from(10).pow(exponent.unsigned_abs()), 1);
    let exact = |n: u128| if exponent < 0 { q(n) / power.clone() } else { q(n) * power.clone() };
    let result = |n: u128, up: bool| match (n, exponent) {
        (0, _) => Err(Error::PriceZero),
        (_, -38..=38) => expected(&exact(n), up),
        _ => Err(Error::DecimalExponent),
    };
    assert_eq!(Price::from_decimal_floor(n, exponent), result(n, false));
    assert_eq!(Price::from_decimal_ceil(n, exponent), result(n, true));
    let (price, confidence) = (source.any::<i64>(), source.word());
    let decimals = Decimals { base: source.any::<u8>() % 40, quote: source.any::<u8>() % 40 };
    let expo = exponent - i32::from(decimals.quote) + i32::from(decimals.base);
    let band = Price::band_from_pyth(price, confidence, expo, decimals);
    let (mid, wide) = (i128::from(price), i128::from(confidence));
    if price.is_negative() {
        assert_eq!(band, Err(Error::NegativeInput));
    } else if mid <= wide {
        assert_eq!(band, Err(Error::PriceZero));
    } else {
        let sides = [mid - wide, mid + wide].map(|side| u128::try_from(side).expect("positive"));
        let (low, high) = (result(sides[0], false), result(sides[1], true));
        assert_eq!(band.map(|band| [band.low(), band.high()]), low.and_then(|low| high.map(|high| [low, high])));
    }
}
