//! Integer kernels: multiply-divide through 256 bits, and the integer square root.

use super::digits::root;
use super::error::Error;
use super::wide::{U256, short_div_rem};
use super::width::{Pair, Word};
pub(crate) use super::word::shr as shr_floor;
use super::word::{BITS, LAST, div_rem, is_multiple, join, product, shl, shr, split, widen};

const ONE: Pair = 1;

/// `floor(a * b / d)`, the product taken exactly in 256 bits.
///
/// Units: those of `a * b / d`. Domain: all `u128` with `d > 0` and a quotient below 2^128. Rounds toward zero: use it
/// where the result is a credit. Spec: D1.
///
/// # Errors
/// `d == 0`: [`Error::DivisionByZero`]. Quotient at or above 2^128: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::num::mul_div_floor;
/// assert_eq!(mul_div_floor(10, 10, 3), Ok(33));
/// assert_eq!(mul_div_floor(u128::MAX, u128::MAX, u128::MAX), Ok(u128::MAX));
/// ```
#[inline]
pub const fn mul_div_floor(a: Pair, b: Pair, d: Pair) -> Result<Pair, Error> {
    match mul_div_rem(a, b, d) {
        Ok((quotient, _)) => Ok(quotient),
        Err(error) => Err(error),
    }
}

/// `ceil(a * b / d)`, the product taken exactly in 256 bits.
///
/// Units, domain and source as [`mul_div_floor`]. Rounds away from zero: use it where the result is a charge or a
/// payment. Spec: D1.
///
/// # Errors
/// `d == 0`: [`Error::DivisionByZero`]. Result at or above 2^128: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::num::mul_div_ceil;
/// assert_eq!(mul_div_ceil(10, 10, 3), Ok(34));
/// assert_eq!(mul_div_ceil(9, 10, 3), Ok(30));
/// ```
#[inline]
pub const fn mul_div_ceil(a: Pair, b: Pair, d: Pair) -> Result<Pair, Error> {
    match mul_div_rem(a, b, d) {
        Ok((quotient, 0)) => Ok(quotient),
        Ok((quotient, _)) => match quotient.checked_add(1) {
            Some(up) => Ok(up),
            None => Err(Error::Overflow),
        },
        Err(error) => Err(error),
    }
}

#[inline(always)]
const fn mul_div_rem(a: Pair, b: Pair, d: Pair) -> Result<(Pair, Pair), Error> {
    if d == 0 {
        return Err(Error::DivisionByZero);
    }
    if let ((0, a), (0, b), (0, d)) = (split(a), split(b), split(d)) {
        return match div_rem(product(a, b), d) {
            Some((quotient, rest)) => Ok((quotient, widen(rest))),
            None => Err(Error::DivisionByZero),
        };
    }
    wide_mul_div_rem(a, b, d)
}

#[inline(never)]
const fn wide_mul_div_rem(a: Pair, b: Pair, d: Pair) -> Result<(Pair, Pair), Error> {
    match U256::mul(a, b).div_rem(d) {
        Some(pair) => Ok(pair),
        None => Err(Error::Overflow),
    }
}

/// `ceil(n / 2^shift)` for any shift.
#[inline(always)]
pub(crate) const fn shr_ceil(n: Pair, shift: u32) -> Pair {
    // The quotient is below 2^128 - 1 whenever the division is inexact, because then shift >= 1.
    if is_multiple(n, shift) { shr(n, shift) } else { shr(n, shift).wrapping_add(1) }
}

/// `floor(a * b / 2^shift)` for a shift below 192.
///
/// # Errors
/// Quotient at or above 2^128: [`Error::Overflow`].
#[inline(always)]
pub(crate) fn mul_shr_floor(a: Pair, b: Word, shift: u32) -> Result<Pair, Error> {
    match split(a) {
        (0, word) => Ok(shr(product(word, b), shift)),
        (high, word) => wide_shr_floor(high, word, b, shift),
    }
}

/// `ceil(a * b / 2^shift)` for a shift below 192.
///
/// # Errors
/// Result at or above 2^128: [`Error::Overflow`].
#[inline(always)]
pub(crate) fn mul_shr_ceil(a: Pair, b: Word, shift: u32) -> Result<Pair, Error> {
    match split(a) {
        // The product is at most (2^64 - 1)^2: one more is in range.
        (0, word) => Ok(shr_ceil(product(word, b), shift)),
        (high, word) => wide_shr_ceil(high, word, b, shift),
    }
}

/// `(high 2^64 + low) b`: what is above the lowest word, and the lowest word.
#[inline(always)]
fn three_words(high: Word, low: Word, b: Word) -> (Pair, Word) {
    let (carry, lowest) = split(product(low, b));
    // At most (2^64 - 1)^2 + 2^64 - 2.
    (product(high, b).wrapping_add(widen(carry)), lowest)
}

#[inline(never)]
fn wide_shr_floor(high: Word, low: Word, b: Word, shift: u32) -> Result<Pair, Error> {
    let (top, lowest) = three_words(high, low, b);
    match shift.checked_sub(BITS) {
        Some(down) => Ok(shr(top, down)),
        None => shr_three(top, lowest, shift),
    }
}

#[inline(never)]
fn wide_shr_ceil(high: Word, low: Word, b: Word, shift: u32) -> Result<Pair, Error> {
    let (top, lowest) = three_words(high, low, b);
    match shift.checked_sub(BITS) {
        // top < 2^128 - 2^64: one more is in range.
        Some(down) if lowest == 0 => Ok(shr_ceil(top, down)),
        Some(down) => Ok(shr(top, down).wrapping_add(1)),
        None => {
            let floor = shr_three(top, lowest, shift)?;
            if is_multiple(widen(lowest), shift) { Ok(floor) } else { floor.checked_add(1).ok_or(Error::Overflow) }
        }
    }
}

/// `floor((top 2^64 + lowest) / 2^shift)` for a shift below 64.
#[inline(always)]
fn shr_three(top: Pair, lowest: Word, shift: u32) -> Result<Pair, Error> {
    let (high, low) = split(top);
    if high >> (shift & LAST) != 0 {
        return Err(Error::Overflow);
    }
    // What is left of `high` moves down into the upper word: as a pair with it, it has no higher bits.
    let (_, upper) = split(shr(top, shift));
    let (_, lower) = split(shr(join(low, lowest), shift));
    Ok(join(upper, lower))
}

/// `floor(n * 2^shift / d)` for a shift of 1 to 63.
///
/// # Errors
/// `d == 0`: [`Error::DivisionByZero`]. Quotient at or above 2^128: [`Error::Overflow`].
#[inline(always)]
pub(crate) fn shl_div_floor(n: Pair, shift: u32, d: Pair) -> Result<Pair, Error> {
    match (split(n), split(d)) {
        ((0, n), (0, d)) => div_rem(shl(n, shift), d).map(|(quotient, _)| quotient).ok_or(Error::DivisionByZero),
        _ => wide_shl_div(n, shift, d).map(|(quotient, _)| quotient),
    }
}

/// `ceil(n * 2^shift / d)` for a shift of 1 to 63.
///
/// # Errors
/// As [`shl_div_floor`].
#[inline(always)]
pub(crate) fn shl_div_ceil(n: Pair, shift: u32, d: Pair) -> Result<Pair, Error> {
    let (floor, rest) = match (split(n), split(d)) {
        ((0, n), (0, d)) => {
            let (quotient, rest) = div_rem(shl(n, shift), d).ok_or(Error::DivisionByZero)?;
            (quotient, widen(rest))
        }
        _ => wide_shl_div(n, shift, d)?,
    };
    if rest == 0 { Ok(floor) } else { floor.checked_add(1).ok_or(Error::Overflow) }
}

#[inline(never)]
fn wide_shl_div(n: Pair, shift: u32, d: Pair) -> Result<(Pair, Pair), Error> {
    if d == 0 {
        return Err(Error::DivisionByZero);
    }
    if n <= shr(Pair::MAX, shift) {
        return short_div_rem(n.wrapping_shl(shift), d).ok_or(Error::DivisionByZero);
    }
    wide_mul_div_rem(n, ONE.wrapping_shl(shift), d)
}

/// The largest integer whose square is at most `n`.
///
/// Domain: all `u128`. Rounds down. Spec: D1.
///
/// # Examples
/// ```
/// use damper::num::isqrt_floor;
/// assert_eq!(isqrt_floor(99), 9);
/// assert_eq!(isqrt_floor(u128::MAX), u128::from(u64::MAX));
/// ```
#[must_use]
#[inline]
pub const fn isqrt_floor(n: Pair) -> Pair {
    widen(root(n).0)
}

/// The smallest integer whose square is at least `n`.
///
/// Domain: all `u128`. Rounds up. Spec: D1.
///
/// # Examples
/// ```
/// use damper::num::isqrt_ceil;
/// assert_eq!(isqrt_ceil(99), 10);
/// assert_eq!(isqrt_ceil(100), 10);
/// assert_eq!(isqrt_ceil(u128::MAX), 1_u128 << 64);
/// ```
#[must_use]
#[inline]
pub const fn isqrt_ceil(n: Pair) -> Pair {
    match root(n) {
        (root, true) => widen(root),
        // The root is a word, its successor at most 2^64.
        (root, false) => widen(root).wrapping_add(1),
    }
}
