//! Decimal text, exactly: digits and places, never a float. Conversions into atoms, prices and ratios name their rounding.

use damper::Error;
use damper::price::Price;
use damper::ratio::Ratio;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A number of at least zero: `digits / 10^places`, at most 38 digits and 38 places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: u128,
    places: u32,
}

/// Why a text is no number, or a number does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not digits with at most one point between them.
    #[error("not a decimal number")]
    Syntax,
    /// More than 38 digits, or a result of 2^128 or more.
    #[error("a number out of range")]
    Range,
    /// Digits beyond the atoms of the token, where they must be none.
    #[error("more decimals than the token has")]
    TooPrecise,
}

/// `10^n`, if it fits.
fn power(n: u32) -> Result<u128, DecimalError> {
    10_u128.checked_pow(n).ok_or(DecimalError::Range)
}

impl Decimal {
    /// `digits / 10^places`.
    #[must_use]
    pub const fn new(digits: u128, places: u32) -> Decimal {
        Decimal { digits, places }
    }

    /// Atoms of a token with so many decimals, and whether nothing was cut off.
    fn atoms(self, decimals: u8) -> Result<(u128, bool), DecimalError> {
        let decimals = u32::from(decimals);
        if decimals >= self.places {
            let atoms = self.digits.checked_mul(power(decimals - self.places)?).ok_or(DecimalError::Range)?;
            return Ok((atoms, true));
        }
        let divisor = power(self.places - decimals)?;
        Ok((self.digits / divisor, self.digits.is_multiple_of(divisor)))
    }

    /// Atoms, rounded down: for collateral and depth.
    pub fn atoms_floor(self, decimals: u8) -> Result<u128, DecimalError> {
        self.atoms(decimals).map(|(atoms, _)| atoms)
    }

    /// Atoms, rounded up: for debt and cost.
    pub fn atoms_ceil(self, decimals: u8) -> Result<u128, DecimalError> {
        match self.atoms(decimals)? {
            (atoms, true) => Ok(atoms),
            (atoms, false) => atoms.checked_add(1).ok_or(DecimalError::Range),
        }
    }

    /// Atoms, exactly: for what a chain has booked.
    pub fn atoms_exact(self, decimals: u8) -> Result<u128, DecimalError> {
        match self.atoms(decimals)? {
            (atoms, true) => Ok(atoms),
            (_, false) => Err(DecimalError::TooPrecise),
        }
    }

    /// Whole quote tokens per whole base token as a price, rounded down. `shift` is quote decimals less base decimals.
    pub fn price_floor(self, shift: i32) -> Result<Price, Error> {
        Price::from_decimal_floor(self.digits, shift - self.places.cast_signed())
    }

    /// The same, rounded up.
    pub fn price_ceil(self, shift: i32) -> Result<Price, Error> {
        Price::from_decimal_ceil(self.digits, shift - self.places.cast_signed())
    }

    /// As a ratio, rounded down.
    pub fn ratio_floor(self) -> Result<Ratio, Error> {
        Ratio::from_fraction_floor(self.digits, power(self.places).map_err(|_| Error::Overflow)?)
    }

    /// As a ratio, rounded up.
    pub fn ratio_ceil(self) -> Result<Ratio, Error> {
        Ratio::from_fraction_ceil(self.digits, power(self.places).map_err(|_| Error::Overflow)?)
    }

    /// Both numbers with the same places.
    fn aligned(self, other: Decimal) -> Result<(u128, u128, u32), DecimalError> {
        let places = self.places.max(other.places);
        let scaled =
            |number: Decimal| number.digits.checked_mul(power(places - number.places)?).ok_or(DecimalError::Range);
        Ok((scaled(self)?, scaled(other)?, places))
    }

    /// The sum.
    pub fn plus(self, other: Decimal) -> Result<Decimal, DecimalError> {
        let (a, b, places) = self.aligned(other)?;
        Ok(Decimal { digits: a.checked_add(b).ok_or(DecimalError::Range)?, places })
    }

    /// The difference; a negative one is out of range.
    pub fn minus(self, other: Decimal) -> Result<Decimal, DecimalError> {
        let (a, b, places) = self.aligned(other)?;
        Ok(Decimal { digits: a.checked_sub(b).ok_or(DecimalError::Range)?, places })
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Decimal, DecimalError> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(part) {
            return Err(DecimalError::Syntax);
        }
        let part = part.trim_end_matches('0');
        if part.len() > 38 {
            return Err(DecimalError::Range);
        }
        let digits = format!("{whole}{part}").parse().map_err(|_| DecimalError::Range)?;
        Ok(Decimal { digits, places: u32::try_from(part.len()).map_err(|_| DecimalError::Range)? })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:0>1$}", self.digits, self.places as usize + 1);
        let (whole, part) = digits.split_at(digits.len() - self.places as usize);
        let part = part.trim_end_matches('0');
        if part.is_empty() { f.write_str(whole) } else { write!(f, "{whole}.{part}") }
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Decimal;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal string or an integer, not a float")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Decimal, E> {
                Ok(Decimal { digits: u128::from(number), places: 0 })
            }
        }
        deserializer.deserialize_any(Text)
    }
}
