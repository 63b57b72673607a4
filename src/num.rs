//! Integer kernels: multiply-divide through 256 bits, and the integer square root.

use crate::error::Error;
use crate::wide::{U256, ones};

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
pub const fn mul_div_floor(a: u128, b: u128, d: u128) -> Result<u128, Error> {
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
pub const fn mul_div_ceil(a: u128, b: u128, d: u128) -> Result<u128, Error> {
    match mul_div_rem(a, b, d) {
        Ok((quotient, 0)) => Ok(quotient),
        Ok((quotient, _)) => match quotient.checked_add(1) {
            Some(up) => Ok(up),
            None => Err(Error::Overflow),
        },
        Err(error) => Err(error),
    }
}

const fn mul_div_rem(a: u128, b: u128, d: u128) -> Result<(u128, u128), Error> {
    if d == 0 {
        return Err(Error::DivisionByZero);
    }
    match U256::mul(a, b).div_rem(d) {
        Some(pair) => Ok(pair),
        None => Err(Error::Overflow),
    }
}

/// `floor(n / 2^shift)` for any shift.
pub(crate) const fn shr_floor(n: u128, shift: u32) -> u128 {
    match n.checked_shr(shift) {
        Some(quotient) => quotient,
        None => 0,
    }
}

/// `ceil(n / 2^shift)` for any shift.
pub(crate) fn shr_ceil(n: u128, shift: u32) -> u128 {
    let quotient = shr_floor(n, shift);
    let exact = n & ones(shift) == 0;
    // quotient < 2^128 - 1 whenever the division is inexact, because then shift >= 1.
    if exact { quotient } else { quotient.wrapping_add(1) }
}

/// `floor(a * b / 2^shift)`.
///
/// # Errors
/// Quotient at or above 2^128: [`Error::Overflow`].
pub(crate) fn mul_shr_floor(a: u128, b: u128, shift: u32) -> Result<u128, Error> {
    U256::mul(a, b).shr(shift).map(|(floor, _)| floor).ok_or(Error::Overflow)
}

/// `ceil(a * b / 2^shift)`.
///
/// # Errors
/// Result at or above 2^128: [`Error::Overflow`].
pub(crate) fn mul_shr_ceil(a: u128, b: u128, shift: u32) -> Result<u128, Error> {
    match U256::mul(a, b).shr(shift).ok_or(Error::Overflow)? {
        (exact, true) => Ok(exact),
        (floor, false) => floor.checked_add(1).ok_or(Error::Overflow),
    }
}

/// `floor(n * 2^shift / d)` for a shift below 128: one division where the dividend fits 128 bits.
///
/// # Errors
/// `d == 0`: [`Error::DivisionByZero`]. Quotient at or above 2^128: [`Error::Overflow`].
pub(crate) fn shl_div_floor(n: u128, shift: u32, d: u128) -> Result<u128, Error> {
    if n <= shr_floor(u128::MAX, shift) {
        return n.wrapping_shl(shift).checked_div(d).ok_or(Error::DivisionByZero);
    }
    mul_div_floor(n, 1_u128.wrapping_shl(shift), d)
}

/// `ceil(n * 2^shift / d)` for a shift below 128.
///
/// # Errors
/// As [`shl_div_floor`].
pub(crate) fn shl_div_ceil(n: u128, shift: u32, d: u128) -> Result<u128, Error> {
    if n <= shr_floor(u128::MAX, shift) {
        let dividend = n.wrapping_shl(shift);
        let floor = dividend.checked_div(d).ok_or(Error::DivisionByZero)?;
        // The product is at most the dividend; an inexact quotient is below 2^127, because then d >= 2.
        let exact = floor.wrapping_mul(d) == dividend;
        return Ok(if exact { floor } else { floor.wrapping_add(1) });
    }
    mul_div_ceil(n, 1_u128.wrapping_shl(shift), d)
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
pub const fn isqrt_floor(n: u128) -> u128 {
    n.isqrt()
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
pub const fn isqrt_ceil(n: u128) -> u128 {
    let root = n.isqrt();
    // root < 2^64: neither the square nor the successor can overflow.
    if root.wrapping_mul(root) == n { root } else { root.wrapping_add(1) }
}
