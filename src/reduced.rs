//! Numbers in 64 significant bits and a binary exponent, with what was cut off: what a price is rounded from.
//!
//! Spec: N4.

use crate::error::Error;
use crate::num::shr_floor;
use crate::ratio::shl_exact;
use crate::wide::U256;
use crate::word::{normal_quotient, room, split, widen};

/// The top bit of a normalised significand, and its binary place.
pub(crate) const TOP: u64 = 1 << 63;

/// A positive integer times a power of two, reduced to 64 significant bits, with what was cut off.
pub(crate) struct Reduced {
    pub(crate) significand: u64,
    pub(crate) exponent: i32,
    pub(crate) inexact: bool,
}

/// `number / 2^frac` in 64 significant bits.
pub(crate) fn reduce(number: u128, frac: u32) -> Result<Reduced, Error> {
    let top = 127_u32.checked_sub(number.leading_zeros()).ok_or(Error::PriceZero)?;
    // frac <= 128, top <= 127: the difference is a small integer.
    let exponent = i32::try_from(top).unwrap_or(0).saturating_sub_unsigned(frac);
    let (kept, inexact) = match top.checked_sub(63) {
        Some(down) => (shr_floor(number, down), number.trailing_zeros() < down),
        None => (shl_exact(number, 63_u32.abs_diff(top))?, false),
    };
    let significand = u64::try_from(kept).map_err(|_| Error::PriceOutOfRange)?;
    Ok(Reduced { significand, exponent, inexact })
}

/// `numerator / denominator` in 64 significant bits.
pub(crate) fn quotient(numerator: u128, denominator: u128) -> Result<Reduced, Error> {
    if denominator == 0 {
        return Err(Error::DivisionByZero);
    }
    if numerator == 0 {
        return Err(Error::PriceZero);
    }
    if let ((0, n), (0, d)) = (split(numerator), split(denominator)) {
        return Ok(short_quotient(n, d));
    }
    let (up_n, up_d) = (numerator.leading_zeros(), denominator.leading_zeros());
    let n = shl_exact(numerator, up_n)?;
    let d = shl_exact(denominator, up_d)?;
    // n and d are in [2^127, 2^128): the quotient n / d is in (1/2, 2).
    let (shift, below) = if n >= d { (63, 0) } else { (64, 1) };
    let dividend = U256::shifted(n, shift).ok_or(Error::Overflow)?;
    let (significand, rest) = dividend.div_rem(d).ok_or(Error::Overflow)?;
    let exponent = i32::try_from(up_d).unwrap_or(0).saturating_sub_unsigned(up_n).saturating_sub(below);
    Ok(Reduced {
        significand: u64::try_from(significand).map_err(|_| Error::PriceOutOfRange)?,
        exponent,
        inexact: rest != 0,
    })
}

/// The same for two words that are not zero.
#[inline(always)]
fn short_quotient(numerator: u64, denominator: u64) -> Reduced {
    let (up_n, up_d) = (room(numerator), room(denominator));
    let (n, d) = (numerator << up_n, denominator << up_d);
    // n and d have their top bits set: n / d is in (1/2, 2), and half of n is below d.
    let (high, low, below) = if n >= d { (n >> 1, n << 63, 0) } else { (n, 0, 1) };
    let significand = normal_quotient(high, low, d);
    // The remainder has a word: it is zero if its low word is.
    let inexact = significand.wrapping_mul(d) != low;
    let exponent = i32::try_from(up_d).unwrap_or(0).saturating_sub_unsigned(up_n).wrapping_sub(below);
    Reduced { significand, exponent, inexact }
}

/// `mantissa * 10^exponent` in 64 significant bits.
pub(crate) fn decimal(mantissa: u128, exponent: i32) -> Result<Reduced, Error> {
    if mantissa == 0 {
        return Err(Error::PriceZero);
    }
    // 10^k = 5^k 2^k: the power of two is exact, and 5^27 is a word.
    let power = match exponent.unsigned_abs() {
        places @ 0..=27 => widen(5_u64.wrapping_pow(places)),
        // 5^38 < 2^89.
        places @ 28..=38 => 5_u128.wrapping_pow(places),
        _ => return Err(Error::DecimalExponent),
    };
    let reduced = if exponent < 0 {
        quotient(mantissa, power)?
    } else {
        reduce(mantissa.checked_mul(power).ok_or(Error::PriceOutOfRange)?, 0)?
    };
    Ok(Reduced { exponent: reduced.exponent.wrapping_add(exponent), ..reduced })
}
