//! Numbers as text against integers of any size: every bit pattern comes back, no shorter decimal does, and what is read
//! is the exact floor.

#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{ToPrimitive, Zero};
use proptest::prelude::*;
use rational::{EDGES, Frac, any_price, any64, any128, pow2};
use std::fmt::Display;
use std::str::FromStr;

const TOP: u64 = 1 << 63;

fn ten(places: usize) -> BigUint {
    BigUint::from(10_u32).pow(u32::try_from(places).expect("small"))
}

/// The digits of a plain decimal without its point, and how many stand behind it.
fn plain(text: &str) -> (BigUint, usize) {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    ((whole.to_string() + part).parse().expect("digits"), part.len())
}

/// The exact number that a text stands for.
fn exact(text: &str) -> Frac {
    let (number, power) = text.split_once('e').unwrap_or((text, "0"));
    let ((mantissa, places), power) = (plain(number), power.parse::<i64>().expect("a power"));
    let power = power - i64::try_from(places).expect("small");
    let scale = ten(usize::try_from(power.unsigned_abs()).expect("small"));
    if power < 0 { Frac::new(mantissa, scale) } else { Frac::new(mantissa * scale, 1_u32) }
}

/// `floor(number * 2^frac)`.
fn floor(number: &Frac, frac: u32) -> BigUint {
    (&number.num << frac) / &number.den
}

/// The digits that count, without zeros at either end.
fn significant(text: &str) -> usize {
    let number = text.split('e').next().expect("a number");
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len()
}

/// No multiple of ten of the last digit that counts lies in `[low, high)`: no number in it has fewer digits.
fn no_shorter(text: &str, low: &Frac, high: &Frac) {
    let number = exact(text);
    if number.num.is_zero() {
        assert_eq!((text, low.num.is_zero()), ("0", true));
        return;
    }
    // The power of ten of the last digit that is not zero: up by one, then the least multiple at or above `low`.
    let (mut num, mut up, mut down) = (number.num.clone(), 0_usize, 0_usize);
    while !num.is_multiple_of(&number.den) {
        num *= 10_u32;
        down += 1;
    }
    let mut integer = &num / &number.den;
    while down == 0 && integer.is_multiple_of(&BigUint::from(10_u32)) {
        integer /= 10_u32;
        up += 1;
    }
    let (scale, unit) = if down > 0 { (ten(down - 1), BigUint::from(1_u32)) } else { (ten(0), ten(up + 1)) };
    // ceil(low * scale / unit) * unit / scale < high?
    let least = (&low.num * &scale).div_ceil(&(&low.den * &unit));
    assert!(&least * &unit * &high.den >= &high.num * &scale, "{text}: a shorter number reads back as the same");
    // And of those with as many digits it is the lowest.
    let finer = |number: &Frac| (&number.num * ten(down)).div_ceil(&(&number.den * ten(up)));
    assert_eq!(finer(low), finer(&number), "{text}: a lower number of as many digits reads back as the same");
}

fn refused<T: FromStr<Err = Error> + std::fmt::Debug + PartialEq>(text: &str, error: Error) {
    assert_eq!(text.parse::<T>(), Err(error), "{text}");
}

fn returns<T: Display + FromStr<Err = Error> + PartialEq + std::fmt::Debug>(value: T) -> String {
    let text = value.to_string();
    assert!(text.len() <= 43, "{text}");
    assert_eq!(text.parse(), Ok(value), "{text}");
    text
}

fn check_ratio(bits: u64) {
    let text = returns(Ratio::from_bits(bits));
    let grid = |bits: u128| Frac::new(BigUint::from(bits), pow2(48));
    no_shorter(&text, &grid(bits.into()), &grid(u128::from(bits) + 1));
    assert!(!text.contains('e') && plain(&text).1 <= 15 && text.len() <= 21, "{text}");
    assert_eq!(returns(Rate::per_second(Ratio::from_bits(bits))), text);
}

fn check_decay(bits: u64) {
    let text = returns(Decay::from_bits(bits).expect("at most one"));
    let grid = |bits: u128| Frac::new(BigUint::from(bits), pow2(63));
    no_shorter(&text, &grid(bits.into()), &grid(u128::from(bits) + 1));
    assert!(plain(&text).1 <= 19 && text.len() <= 21, "{text}");
}

fn check_price(price: Price) {
    let text = returns(price);
    let low = Frac::price(price);
    let (exponent, significand) = price.to_parts();
    let high = {
        let next = BigUint::from(u128::from(significand) + 1);
        let shift = i32::from(exponent) - 63;
        if shift >= 0 {
            Frac::new(next << shift.unsigned_abs(), 1_u32)
        } else {
            Frac::new(next, pow2(shift.unsigned_abs()))
        }
    };
    no_shorter(&text, &low, &high);
    assert!(significant(&text) <= 21, "{text}");
    // Scientific exactly where it is needed, with one digit before the point.
    let scientific = low.num < ten(0) * &low.den && &low.num * ten(6) < low.den || low.num >= ten(21) * &low.den;
    // A price just below a bound may have the bound for its shortest text.
    let at_bound = exact(&text).num == ten(21) || text == "0.000001" || text == "1e21";
    assert!(at_bound || text.contains('e') == scientific, "{text}");
    if let Some((number, _)) = text.split_once('e') {
        let (whole, part) = number.split_once('.').unwrap_or((number, "1"));
        assert!(whole.len() == 1 && whole != "0" && !part.ends_with('0'), "{text}");
    }
}

/// A decimal of any length that is read.
fn any_decimal() -> impl Strategy<Value = String> {
    let digits = |most: usize| {
        prop_oneof![
            "[0-9]{1,5}",
            proptest::string::string_regex(&format!("[0-9]{{1,{most}}}")).expect("a pattern"),
            "0{0,12}[0-9]{1,5}"
        ]
    };
    prop_oneof![
        digits(38),
        (digits(5), digits(33)).prop_map(|(a, b)| format!("{a}.{b}")),
        (digits(19), digits(19)).prop_map(|(a, b)| format!("{a}.{b}"))
    ]
    .prop_filter("up to 38 digits", |text| text.chars().filter(char::is_ascii_digit).count() <= 38)
}

#[test]
fn edges_come_back() {
    let near = |edge: u64| [edge.saturating_sub(1), edge, edge.saturating_add(1)];
    let powers = (0..64).flat_map(|power| near(1 << power)).chain([u64::MAX, u64::MAX - 1]);
    // Around each decimal of few digits.
    let tens = (0..=15_u32).flat_map(|k| {
        let scaled = (1_u128 << 48) / 10_u128.pow(k);
        [1_u128, 2, 5, 9].into_iter().flat_map(move |digit| near((digit * scaled).to_u64().expect("small")))
    });
    for bits in powers.chain(tens).chain(EDGES.iter().filter_map(u128::to_u64)) {
        check_ratio(bits);
        check_decay(bits.min(TOP));
        check_decay((bits >> 1).min(TOP));
        for exponent in i8::MIN..=i8::MAX {
            if bits % 7 == u64::from(exponent.unsigned_abs()) % 7 {
                check_price(Price::from_parts(exponent, bits | TOP).expect("normalised"));
            }
        }
    }
    // Around every power of ten that is a price, where a digit is gained or lost.
    for power in -38..=38 {
        let price = Price::from_decimal_floor(1, power).expect("in range");
        let (exponent, significand) = price.to_parts();
        for bits in near(significand) {
            check_price(Price::from_parts(exponent, bits | TOP).expect("normalised"));
        }
        let digits: Vec<char> = price.to_string().chars().filter(|c| *c != '0' && *c != '.').collect();
        assert_eq!(digits.first(), Some(&'1'), "{price}");
        assert_eq!(significant(&price.to_string()), 1, "{price}");
    }
    check_price(Price::MIN);
    check_price(Price::MAX);
}

#[test]
fn texts_are_as_published() {
    let ratios = [
        ("0.05", Ratio::from_bps_floor(500)),
        ("0.3333", Ratio::from_bps_floor(3_333)),
        ("65535.5", Ratio::from_fraction_floor(131_071, 2)),
        ("0", Ok(Ratio::ZERO)),
        ("1", Ok(Ratio::ONE)),
        ("0.000000000000004", Ok(Ratio::ULP)),
        ("65535.999999999999997", Ok(Ratio::MAX)),
    ];
    for (text, ratio) in ratios {
        assert_eq!(ratio.map(|ratio| ratio.to_string()).as_deref(), Ok(text));
        assert_eq!(text.parse(), ratio);
    }
    let prices = [
        ("2.0005e-9", Price::from_decimal_floor(20_005, -13)),
        ("188", Price::from_decimal_floor(188, 0)),
        ("0.000001", Price::from_decimal_floor(1, -6)),
        ("9.99e-7", Price::from_decimal_floor(999, -9)),
        ("100000000000000000000", Price::from_decimal_floor(1, 20)),
        ("1e21", Price::from_decimal_floor(1, 21)),
        ("2.93873587705571877e-39", Ok(Price::MIN)),
        ("3.4028236692093846345e38", Ok(Price::MAX)),
    ];
    for (text, price) in prices {
        assert_eq!(price.map(|price| price.to_string()).as_deref(), Ok(text));
        assert_eq!(text.parse(), price);
    }
    assert_eq!(Decay::ONE.to_string(), "1");
    assert_eq!(Decay::HALF.to_string(), "0.5");
    assert_eq!(Decay::from_bits(1).map(|decay| decay.to_string()).as_deref(), Ok("0.0000000000000000002"));
    assert_eq!(Amount::new(u128::MAX).to_string(), u128::MAX.to_string());
    // Width and fill are those of an integer; a precision does not cut digits off.
    let five = Ratio::from_bps_floor(500).expect("small");
    assert_eq!(format!("{five:>8}|{five:<6}|{five:08}|{five:.1}"), "    0.05|0.05  |00000.05|0.05");
    let price = Price::from_decimal_floor(5, -9).expect("in range");
    assert_eq!(format!("{price:>8}|{:>4}", Seconds::new(7)), "    5e-9|   7");
}

#[test]
fn what_is_no_number_is_refused_by_name() {
    for text in ["", ".5", "5.", ".", "0..5", "1.2."] {
        let error = if text.len() == 4 { Error::TextCharacter } else { Error::TextEmpty };
        refused::<Ratio>(text, error);
        refused::<Rate>(text, error);
        refused::<Decay>(text, error);
        refused::<Price>(text, error);
    }
    for text in
        ["-1", "+1", " 1", "1 ", "1_0", "1,0", "1.2.3", "0x1", "inf", "NaN", "1\u{661}", "1e5", "1E5", "5%", "/", ":"]
    {
        refused::<Ratio>(text, Error::TextCharacter);
        refused::<Decay>(text, Error::TextCharacter);
        if text != "1e5" {
            refused::<Price>(text, Error::TextCharacter);
        }
        refused::<Amount>(text, Error::TextCharacter);
        refused::<Timestamp>(text, Error::TextCharacter);
    }
    for (text, error) in [
        ("1e", Error::TextEmpty),
        ("1e-", Error::TextEmpty),
        ("e5", Error::TextEmpty),
        ("1e+5", Error::TextCharacter),
        ("1e--5", Error::TextCharacter),
        ("1e5e5", Error::TextCharacter),
        ("1e1.5", Error::TextCharacter),
        ("1e.5", Error::TextCharacter),
        ("1e100", Error::TextLength),
        ("1e-100", Error::TextLength),
        ("0", Error::PriceZero),
        ("0.0e-99", Error::PriceZero),
        ("1e39", Error::PriceOutOfRange),
        ("1e-39", Error::PriceOutOfRange),
        ("1e99", Error::PriceOutOfRange),
        ("1e-99", Error::PriceOutOfRange),
        ("2.9387358770557187699218413430556141946e-39", Error::Overflow),
        ("2.9387358770557187699218413430556141945e-39", Error::PriceOutOfRange),
        ("340282366920938463463374607431768211456", Error::TextLength),
        ("3.4028236692093846346337460743176821145e38", Error::Overflow),
        ("3.4028236692093846346337460743176821146e38", Error::PriceOutOfRange),
    ] {
        match error {
            // What is just inside.
            Error::Overflow => assert!(text.parse::<Price>().is_ok(), "{text}"),
            _ => refused::<Price>(text, error),
        }
    }
    // 38 digits are read, and 39 are not; zeros count.
    let long = |count: usize| "0".repeat(count - 1) + "1";
    assert_eq!(long(38).parse(), Ok(Ratio::ONE));
    refused::<Ratio>(&long(39), Error::TextLength);
    assert_eq!(format!("1.{}", "0".repeat(37)).parse(), Ok(Decay::ONE));
    refused::<Decay>(&format!("1.{}", "0".repeat(38)), Error::TextLength);
    assert_eq!(format!("{}e-99", "9".repeat(38)).parse::<Price>(), Err(Error::PriceOutOfRange));
    assert!(format!("{}e-76", "9".repeat(38)).parse::<Price>().is_ok());
    refused::<Price>(&format!("{}e-77", "9".repeat(38)), Error::PriceOutOfRange);
    assert_eq!(long(39).parse(), Ok(Seconds::new(1)));
    refused::<Seconds>(&long(40), Error::TextLength);
    refused::<Amount>(&"9".repeat(39), Error::Overflow);
    refused::<Value>("340282366920938463463374607431768211456", Error::Overflow);
    assert_eq!("340282366920938463463374607431768211455".parse(), Ok(Value::new(u128::MAX)));
    refused::<Seconds>("18446744073709551616", Error::Overflow);
    refused::<Ratio>("65536", Error::Overflow);
    refused::<Ratio>(&"9".repeat(38), Error::Overflow);
    refused::<Decay>(&"9".repeat(38), Error::DecayAboveOne);
    refused::<Decay>("1.0000000000000000002", Error::DecayAboveOne);
    refused::<Decay>("1.0000000000000000001084202172485504435", Error::DecayAboveOne);
    // Within one step of one it is rounded down to it.
    assert_eq!("1.0000000000000000001084202172485504434".parse(), Ok(Decay::ONE));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_ratio_and_decay_comes_back(bits in any64(), decay in any64()) {
        check_ratio(bits);
        check_decay(decay.min(TOP));
        check_decay(decay >> 1);
    }

    #[test]
    fn every_price_comes_back(price in any_price(), exponent in any::<i8>(), low in any64()) {
        check_price(price);
        check_price(Price::from_parts(exponent, low | TOP).expect("normalised"));
    }

    #[test]
    fn every_count_comes_back(count in any128(), time in any64()) {
        prop_assert_eq!(returns(Amount::new(count)), count.to_string());
        prop_assert_eq!(returns(Value::new(count)), count.to_string());
        prop_assert_eq!(returns(Seconds::new(time)), time.to_string());
        prop_assert_eq!(returns(Timestamp::new(time)), time.to_string());
    }

    #[test]
    fn what_is_read_is_the_exact_floor(text in any_decimal(), power in -99..=99_i32) {
        let number = exact(&text);
        let ratio = floor(&number, 48).to_u64().map(Ratio::from_bits).ok_or(Error::Overflow);
        prop_assert_eq!(text.parse(), ratio);
        prop_assert_eq!(text.parse(), ratio.map(Rate::per_second));
        let decay = floor(&number, 63).to_u64().filter(|bits| *bits <= TOP).ok_or(Error::DecayAboveOne);
        prop_assert_eq!(text.parse(), decay.and_then(Decay::from_bits));
        let text = format!("{text}e{power}");
        let number = exact(&text);
        match text.parse::<Price>() {
            Err(Error::PriceZero) => prop_assert!(number.num.is_zero()),
            Err(error) => {
                prop_assert_eq!(error, Error::PriceOutOfRange);
                let outside = &number.num << 128_u32 < number.den || number.num >= &number.den << 128_u32;
                prop_assert!(outside, "{}", text);
            }
            Ok(price) => {
                // price <= number < price + one step
                let (low, (exponent, _)) = (Frac::price(price), price.to_parts());
                let bits = |number: &Frac| match 63 - i32::from(exponent) {
                    up @ 0.. => (&number.num << up) / &number.den,
                    down => &number.num / (&number.den << down.unsigned_abs()),
                };
                prop_assert_eq!(bits(&low), bits(&number), "{}", text);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,50}", near in "[0-9.e+-]{0,46}") {
        for text in [text, near] {
            let _ = (text.parse::<Ratio>(), text.parse::<Decay>(), text.parse::<Price>(), text.parse::<Amount>());
            if let Ok(seconds) = text.parse::<Seconds>() {
                prop_assert_eq!(text.parse::<u64>().ok(), Some(seconds.get()));
            }
        }
    }

    /// A decimal of no more digits than the grid tells apart comes back as it was.
    #[test]
    fn what_people_write_comes_back(thousandths in 0_u32..=65_535_999, digits in 1_u64..10_u64.pow(18), power in -38..=19) {
        let ratio = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
        let short = ratio.trim_end_matches('0').trim_end_matches('.');
        let read = ratio.parse::<Ratio>().map(|ratio| ratio.to_string());
        prop_assert_eq!(read.as_deref(), Ok(short));
        let price = Price::from_decimal_floor(digits.into(), power).expect("in range");
        let text = price.to_string();
        let ours = exact(&text);
        let theirs = exact(&format!("{digits}e{power}"));
        prop_assert_eq!(&ours.num * &theirs.den, &theirs.num * &ours.den, "{}", text);
    }
}
