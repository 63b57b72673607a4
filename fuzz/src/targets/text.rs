//! Numbers as text: any text is read as the exact floor or refused, and any number comes back.

use crate::exact::{Q, part, q};
use crate::source::Source;
use damper::Error;
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use num_bigint::BigInt;
use std::fmt::Display;
use std::str::FromStr;

pub(crate) fn run(source: &mut Source<'_>) {
    comes_back(source.ratio());
    comes_back(source.rate());
    comes_back(source.decay());
    comes_back(source.price());
    comes_back(source.amount());
    comes_back(source.value());
    comes_back(source.seconds());
    comes_back(source.time());
    while source.more() {
        let length = source.below(48);
        let text: String = (0..length).map(|_| char::from(b"0123456789.e-+ 00"[source.below(17)])).collect();
        read(&text);
    }
}

fn comes_back<T: Display + FromStr<Err = Error> + PartialEq + std::fmt::Debug>(value: T) {
    let text = value.to_string();
    assert!(text.len() <= 43, "{text}");
    assert_eq!(text.parse(), Ok(value), "{text}");
}

/// The number that a text stands for, if it is one.
fn exact(text: &str) -> Option<Q> {
    let (number, power) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, places) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let power_digits = power.strip_prefix('-').unwrap_or(power);
    if !digits(whole) || number.contains('.') && !digits(places) || !digits(power_digits) || power_digits.len() > 2 {
        return None;
    }
    if whole.len() + places.len() > 38 {
        return None;
    }
    let ten = |power: usize| BigInt::from(10).pow(u32::try_from(power).expect("small"));
    let mantissa: BigInt = (whole.to_string() + places).parse().expect("digits");
    let scale = ten(power_digits.parse().expect("two digits"));
    let number = part(mantissa, ten(places.len()));
    Some(if power.starts_with('-') { number / part(scale, 1) } else { number * part(scale, 1) })
}

fn read(text: &str) {
    let plain = exact(text).filter(|_| !text.contains('e'));
    let named = |error: Error| matches!(error, Error::TextEmpty | Error::TextCharacter | Error::TextLength);
    match (&plain, text.parse::<Ratio>()) {
        (Some(number), ratio) => assert_eq!(ratio, number.ratio_floor(), "{text}"),
        (None, ratio) => assert!(ratio.is_err_and(named), "{text}"),
    }
    assert_eq!(text.parse::<Rate>().map(Rate::get), text.parse::<Ratio>());
    let step = || part(1, 1_u64 << 63);
    match (&plain, text.parse::<Decay>()) {
        (Some(number), Ok(decay)) => assert!(q(decay) <= *number && *number < q(decay) + step(), "{text}"),
        (Some(number), Err(error)) => assert!(error == Error::DecayAboveOne && *number >= Q::one() + step(), "{text}"),
        (None, decay) => assert!(decay.is_err_and(named), "{text}"),
    }
    match (exact(text), text.parse::<Price>()) {
        (Some(number), Ok(price)) => {
            assert!(q(price) <= number, "{text}");
            let (exponent, significand) = price.to_parts();
            if let Ok(next) = Price::from_parts(exponent, significand.wrapping_add(1)) {
                assert!(number < q(next), "{text}");
            }
        }
        (Some(number), Err(Error::PriceZero)) => assert!(number.is_zero(), "{text}"),
        (Some(number), Err(error)) => {
            assert_eq!(error, Error::PriceOutOfRange, "{text}");
            let limit = || part(BigInt::from(1) << 128_u32, 1);
            assert!(number >= limit() || number < Q::one() / limit(), "{text}");
        }
        (None, price) => assert!(price.is_err_and(named), "{text}"),
    }
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= 39;
    match text.parse::<Amount>() {
        Ok(amount) => assert!(digits && text.parse() == Ok(amount.get()), "{text}"),
        Err(Error::Overflow) => assert!(text.parse::<u128>().is_err(), "{text}"),
        Err(error) => assert!(!digits && named(error), "{text}"),
    }
    assert_eq!(text.parse::<Value>().map(Value::get), text.parse::<Amount>().map(Amount::get));
    let seconds = text.parse::<Amount>().and_then(|count| u64::try_from(count.get()).map_err(|_| Error::Overflow));
    assert_eq!(text.parse::<Seconds>().map(Seconds::get), seconds);
    assert_eq!(text.parse::<Timestamp>().map(Timestamp::get), seconds);
}
