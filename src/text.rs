//! Numbers as text: what is written is the shortest decimal that reads back as the same bits, and what is read is rounded
//! down to the grid of its type. Spec: N10.
//!
//! | type | text | unit | read |
//! |---|---|---|---|
//! | [`Ratio`], [`Rate`], [`Decay`] | `0.05`, `65535.5` | one; one per second; what is left after one second | up to 38 digits, one point |
//! | [`Price`] | `188`, `2.0005e-9` | quote atoms per base atom | the same, and a power of ten of up to two digits |
//! | [`Amount`], [`Value`], [`Seconds`], [`Timestamp`] | `1800` | base atoms, quote atoms, seconds, seconds since the epoch | up to 39 digits |
//!
//! No sign, space, separator or letter is read, but for the `e` and the minus of a power of ten. A point stands between
//! digits. The longest text that is read has 43 bytes, that of a price of 38 digits with a point and `e-57`, say.
//!
//! # Examples
//! ```
//! use damper::{Error, price::Price, ratio::Ratio, units::Value};
//! // Five per cent are no binary fraction. The text is that of the decimal it was made from.
//! let bonus: Ratio = "0.05".parse()?;
//! assert_eq!(bonus, Ratio::from_bps_floor(500)?);
//! assert_eq!(format!("{bonus}"), "0.05");
//! // 2,000.5 USD for a token of 18 decimals, in a quote of 6 decimals.
//! let price: Price = "2.0005e-9".parse()?;
//! assert_eq!(price, Price::from_decimal_floor(20_005, -1 + 6 - 18)?);
//! assert_eq!(format!("{price}"), "2.0005e-9");
//! assert_eq!("1000000".parse(), Ok(Value::new(1_000_000)));
//! assert_eq!("-0.05".parse::<Ratio>(), Err(Error::TextCharacter));
//! # Ok::<(), Error>(())
//! ```

use crate::error::Error;
use crate::num::{shl_div_floor, shr_ceil, shr_floor};
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use crate::wide::U256;
use core::fmt::{Formatter, Write};
use core::str::FromStr;
use heapless::String;

/// The digits that a decimal may have: a mantissa of 38 is below 2^127.
const DIGITS: u32 = 38;
/// The digits that an integer may have: those of 2^128.
const INTEGER_DIGITS: u32 = 39;
/// Texts that are written are shorter: 21 digits with a point and a power of ten, or with six zeros before them.
type Line = String<48>;

/// `10^places`, for up to 38.
fn ten(places: u32) -> u128 {
    10_u128.saturating_pow(places)
}

/// What a number may have beside its digits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum With {
    Nothing,
    Point,
    PointAndPower,
}

/// A decimal: its digits without the point, the number of those behind it, and whether a power of ten follows.
struct Scanned {
    mantissa: u128,
    places: u32,
    power: bool,
}

/// Reads up to the end or the `e`: at most as many digits, and a point or an `e` where there may be one. It stops at the
/// first byte that cannot belong to the number.
fn scan(bytes: &mut core::slice::Iter<'_, u8>, digits: u32, with: With) -> Result<Scanned, Error> {
    let (mut left, mut after_digit) = (digits, false);
    let (mut mantissa, mut places, mut power) = (0_u128, None, false);
    for byte in bytes {
        match *byte {
            digit @ b'0'..=b'9' => {
                left = left.checked_sub(1).ok_or(Error::TextLength)?;
                let tens = mantissa.checked_mul(10).ok_or(Error::Overflow)?;
                mantissa = tens.checked_add(u128::from(digit & 15)).ok_or(Error::Overflow)?;
                places = places.map(|places: u32| places.saturating_add(1));
                after_digit = true;
            }
            b'.' if with != With::Nothing && places.is_none() => {
                if !after_digit {
                    break;
                }
                (places, after_digit) = (Some(0), false);
            }
            b'e' if with == With::PointAndPower => {
                power = true;
                break;
            }
            _ => return Err(Error::TextCharacter),
        }
    }
    if after_digit { Ok(Scanned { mantissa, places: places.unwrap_or(0), power }) } else { Err(Error::TextEmpty) }
}

/// A text of digits alone.
fn whole(text: &str) -> Result<u128, Error> {
    scan(&mut text.as_bytes().iter(), INTEGER_DIGITS, With::Nothing).map(|number| number.mantissa)
}

/// A decimal, as its digits without the point and the number of those behind it.
fn decimal(text: &str) -> Result<(u128, u32), Error> {
    let Scanned { mantissa, places, .. } = scan(&mut text.as_bytes().iter(), DIGITS, With::Point)?;
    Ok((mantissa, places))
}

/// The power of ten that a text ends with: a minus or none, and one digit or two.
fn power_of_ten(text: &[u8]) -> Result<i32, Error> {
    let (digits, negative) = match text.split_first() {
        Some((b'-', digits)) => (digits, true),
        _ => (text, false),
    };
    let power = i32::try_from(scan(&mut digits.iter(), 2, With::Nothing)?.mantissa).map_err(|_| Error::TextLength)?;
    Ok(if negative { power.saturating_neg() } else { power })
}

/// `mantissa / 10^places` with so many digits behind the point.
fn write_decimal(line: &mut Line, mantissa: u128, places: usize) -> core::fmt::Result {
    let unit = ten(u32::try_from(places).map_err(|_| core::fmt::Error)?);
    let whole = mantissa.checked_div(unit).ok_or(core::fmt::Error)?;
    write!(line, "{whole}")?;
    match places {
        0 => Ok(()),
        _ => write!(line, ".{:0places$}", mantissa.checked_rem(unit).ok_or(core::fmt::Error)?),
    }
}

/// `bits / 2^frac` with the fewest digits for which no number in `[bits, bits + 1) / 2^frac` has fewer: so many that
/// `10^-places <= 2^-frac` are always enough. The products stay below 2^127 for both grids.
fn write_fixed(f: &mut Formatter<'_>, bits: u64, frac: u32) -> core::fmt::Result {
    let scaled = |bits: u128, unit: u128| Some(shr_ceil(bits.checked_mul(unit)?, frac));
    let (this, next) = (u128::from(bits), u128::from(bits).saturating_add(1));
    let mut line = Line::new();
    // 19 places are enough for 63 binary ones.
    for places in 0..=19 {
        let unit = ten(places);
        if let (Some(low), Some(high)) = (scaled(this, unit), scaled(next, unit))
            && low < high
        {
            write_decimal(&mut line, low, usize::try_from(places).map_err(|_| core::fmt::Error)?)?;
            break;
        }
    }
    f.pad_integral(true, "", &line)
}

/// `ceil(number * 2^exponent / 10^power)` for a number of at most 2^64, `None` from 2^128.
fn scaled_ceil(number: u128, exponent: i32, power: i32) -> Option<u128> {
    let round = |(quotient, rest): (u128, u128)| if rest == 0 { Some(quotient) } else { quotient.checked_add(1) };
    let down = exponent.min(0).unsigned_abs();
    match power {
        // The ceiling of a ceiling over an integer is the ceiling of the whole.
        0.. => {
            let up = 1_u128.checked_shl(exponent.max(0).unsigned_abs())?;
            let quotient = U256::mul(number, up).div_rem(ten(power.unsigned_abs()))?;
            Some(shr_ceil(round(quotient)?, down))
        }
        // 10^k = 5^k 2^k: `number * 5^27` is below 2^127, and so is 5^54.
        ..=-1 => {
            let places = power.unsigned_abs();
            let (first, second) = (places.min(27), places.saturating_sub(27));
            let product = U256::mul(number.checked_mul(5_u128.checked_pow(first)?)?, 5_u128.checked_pow(second)?);
            let down = down.checked_sub(places)?;
            let most = down.min(127);
            Some(shr_ceil(round(product.div_rem(1_u128.checked_shl(most)?)?)?, down.saturating_sub(most)))
        }
    }
}

impl core::fmt::Display for Price {
    /// Quote atoms per base atom: up to 21 digits, from one millionth to below 10^21 in plain notation, else as `2.0005e-9`.
    fn fmt(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        let (exponent, significand) = self.to_parts();
        let exponent = i32::from(exponent).saturating_sub(63);
        let this = u128::from(significand);
        // The largest power of ten of which a multiple lies in `[self, next price)`, and the first such multiple. One step
        // of the smallest price is above 10^-58.
        let found = (-58..=38).rev().find_map(|power| {
            let low = scaled_ceil(this, exponent, power)?;
            scaled_ceil(this.saturating_add(1), exponent, power).is_none_or(|high| low < high).then_some((low, power))
        });
        let (mantissa, power) = found.ok_or(core::fmt::Error)?;
        let digits = i32::try_from(mantissa.checked_ilog10().ok_or(core::fmt::Error)?).map_err(|_| core::fmt::Error)?;
        let places = |places: i32| usize::try_from(places).map_err(|_| core::fmt::Error);
        let leading = digits.saturating_add(power);
        let mut line = Line::new();
        match (leading, power) {
            (..=20, 0..) => write!(line, "{}", mantissa.saturating_mul(ten(power.unsigned_abs())))?,
            (-6.., ..=-1) => write_decimal(&mut line, mantissa, places(power.saturating_neg())?)?,
            _ => {
                write_decimal(&mut line, mantissa, places(digits)?)?;
                write!(line, "e{leading}")?;
            }
        }
        f.pad_integral(true, "", &line)
    }
}

impl FromStr for Price {
    type Err = Error;

    /// A decimal in quote atoms per base atom, with `e` and a power of ten behind it or without, rounded down. Spec: N10.
    ///
    /// # Errors
    /// No digit before or after the point or the `e`: [`Error::TextEmpty`]. More than 38 digits, or two in the power of ten:
    /// [`Error::TextLength`]. Another character: [`Error::TextCharacter`]. Zero: [`Error::PriceZero`]. Below 2^-128, or 2^128
    /// or more: [`Error::PriceOutOfRange`].
    fn from_str(text: &str) -> Result<Price, Error> {
        let mut bytes = text.as_bytes().iter();
        let Scanned { mantissa, places, power } = scan(&mut bytes, DIGITS, With::PointAndPower)?;
        let power = if power { power_of_ten(bytes.as_slice())? } else { 0 };
        if mantissa == 0 {
            return Err(Error::PriceZero);
        }
        match power.saturating_sub_unsigned(places) {
            power @ -38..=38 => Price::from_decimal_floor(mantissa, power),
            power @ -76..=-39 => small(mantissa, power.unsigned_abs()),
            // A mantissa from 1 to below 10^38: 10^39 or more, or below 10^-39.
            _ => Err(Error::PriceOutOfRange),
        }
    }
}

/// `mantissa / 10^places` rounded down, for a mantissa above zero and below 10^38 and 39 to 76 places.
///
/// `10^places = 5^first 5^26 2^places`, with 5^first < 2^117 and 5^26 < 2^61. The dividend is shifted so that the quotient
/// has 64 to 66 digits: the floor of a floor over an integer is the floor of the whole, so what is cut off is cut off once.
fn small(mantissa: u128, places: u32) -> Result<Price, Error> {
    let bits = |number: u128| 128_u32.saturating_sub(number.leading_zeros());
    let (first, second) = (5_u128.saturating_pow(places.saturating_sub(26)), 5_u128.saturating_pow(26));
    let up = bits(first).saturating_add(bits(second)).saturating_add(64).saturating_sub(bits(mantissa));
    let (quotient, _) = U256::shifted(mantissa, up).and_then(|number| number.div_rem(first)).ok_or(Error::Overflow)?;
    let quotient = quotient.checked_div(second).ok_or(Error::DivisionByZero)?;
    let down = bits(quotient).saturating_sub(64);
    let significand = u64::try_from(shr_floor(quotient, down)).map_err(|_| Error::Overflow)?;
    let exponent = 63_i32.saturating_add_unsigned(down).saturating_sub_unsigned(up).saturating_sub_unsigned(places);
    Price::from_parts(i8::try_from(exponent).map_err(|_| Error::PriceOutOfRange)?, significand)
}

impl core::fmt::Display for Ratio {
    /// Plain notation of up to five digits before and 15 behind the point.
    fn fmt(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        write_fixed(f, self.to_bits(), Ratio::FRAC_BITS)
    }
}

impl FromStr for Ratio {
    type Err = Error;

    /// A decimal, rounded down. Spec: N10.
    ///
    /// # Errors
    /// No digit, or none before or after the point: [`Error::TextEmpty`]. More than 38 digits: [`Error::TextLength`]. Another
    /// character: [`Error::TextCharacter`]. 65,536 or more: [`Error::Overflow`].
    fn from_str(text: &str) -> Result<Ratio, Error> {
        let (mantissa, places) = decimal(text)?;
        Ratio::from_fraction_floor(mantissa, ten(places))
    }
}

impl core::fmt::Display for Rate {
    /// The change in one second, as a ratio.
    fn fmt(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(&self.get(), f)
    }
}

impl FromStr for Rate {
    type Err = Error;

    /// A decimal, the change in one second, rounded down. Spec: N10.
    ///
    /// # Errors
    /// As for [`Ratio`].
    fn from_str(text: &str) -> Result<Rate, Error> {
        text.parse().map(Rate::per_second)
    }
}

impl core::fmt::Display for Decay {
    /// Plain notation of one digit before and up to 19 behind the point.
    fn fmt(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        write_fixed(f, self.to_bits(), 63)
    }
}

impl FromStr for Decay {
    type Err = Error;

    /// A decimal, what is left after one second, rounded down. Spec: N10.
    ///
    /// # Errors
    /// No digit, or none before or after the point: [`Error::TextEmpty`]. More than 38 digits: [`Error::TextLength`]. Another
    /// character: [`Error::TextCharacter`]. Above one after rounding down: [`Error::DecayAboveOne`].
    fn from_str(text: &str) -> Result<Decay, Error> {
        let (mantissa, places) = decimal(text)?;
        let bits = shl_div_floor(mantissa, 63, ten(places)).map_err(|_| Error::DecayAboveOne)?;
        Decay::from_bits(u64::try_from(bits).map_err(|_| Error::DecayAboveOne)?)
    }
}

macro_rules! counts {
    ($($name:ident: $width:ty, $unit:literal;)+) => { $(
        impl core::fmt::Display for $name {
            #[doc = concat!("The number of ", $unit, ".")]
            fn fmt(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(&self.get(), f)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            #[doc = concat!("The number of ", $unit, ", digits alone. Spec: N10.")]
            ///
            /// # Errors
            /// No digit: [`Error::TextEmpty`]. More than 39 digits: [`Error::TextLength`]. Another character:
            /// [`Error::TextCharacter`]. Above the range of the type: [`Error::Overflow`].
            fn from_str(text: &str) -> Result<$name, Error> {
                <$width>::try_from(whole(text)?).map($name::new).map_err(|_| Error::Overflow)
            }
        }
    )+ };
}

counts! {
    Amount: u128, "base atoms";
    Value: u128, "quote atoms";
    Seconds: u64, "seconds";
    Timestamp: u64, "seconds since the epoch";
}
