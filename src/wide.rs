//! 256-bit intermediates for products of two 128-bit numbers. Nothing here leaves the crate. Spec: D1.

use super::width::{Pair, Word};
use super::word::{BITS, LAST, PAIR, PAIR_LAST, div_rem, div_rem_long, join, product, quotient, split, widen};

/// An unsigned 256-bit number, `hi * 2^128 + lo`. The derived order is the numeric order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct U256 {
    hi: Pair,
    lo: Pair,
}

/// The two 64-bit halves of `x`, high half first, each in a `u128`.
const fn halves(x: Pair) -> (Pair, Pair) {
    (x >> BITS, x & widen(Word::MAX))
}

impl U256 {
    /// `x * 2^shift`, exact; `None` when the result needs more than 256 bits.
    pub(crate) fn shifted(x: Pair, shift: u32) -> Option<U256> {
        match shift {
            _ if x == 0 => Some(U256 { hi: 0, lo: 0 }),
            0 => Some(U256 { hi: 0, lo: x }),
            1..=PAIR_LAST => Some(U256 { hi: x.checked_shr(PAIR.checked_sub(shift)?)?, lo: x.checked_shl(shift)? }),
            _ => {
                let up = shift.checked_sub(PAIR)?;
                if up > x.leading_zeros() {
                    return None;
                }
                Some(U256 { hi: x.checked_shl(up)?, lo: 0 })
            }
        }
    }

    /// The exact product.
    #[inline(always)]
    pub(crate) const fn mul(a: Pair, b: Pair) -> U256 {
        let ((a1, a0), (b1, b0)) = (split(a), split(b));
        if a1 | b1 == 0 { U256 { hi: 0, lo: product(a0, b0) } } else { U256::mul_wide(a, b) }
    }

    /// The same for long factors, in one place.
    #[inline(never)]
    const fn mul_wide(a: Pair, b: Pair) -> U256 {
        let ((a1, a0), (b1, b0)) = (split(a), split(b));
        // Products of words are at most (2^64 - 1)^2, and (2^64 - 1)^2 + 2 (2^64 - 1) = 2^128 - 1: no sum wraps.
        let (low1, low0) = split(product(a0, b0));
        let (mid1, mid0) = split(product(a1, b0).wrapping_add(widen(low1)));
        let (cross1, cross0) = split(product(a0, b1).wrapping_add(widen(mid0)));
        U256 { hi: product(a1, b1).wrapping_add(widen(mid1)).wrapping_add(widen(cross1)), lo: join(cross0, low0) }
    }

    /// Quotient and remainder; `None` when the divisor is zero or the quotient needs more than 128 bits.
    ///
    /// Two digits of 64 bits after normalisation (Knuth, TAOCP 2, 4.3.1, algorithm D).
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "hi < d, so after normalisation num1 < den and each estimated digit is at most 2^64 + 1 before \
                  correction; the products digit * den0 are formed only for digit < 2^64; den1 >= 2^63 is not zero"
    )]
    pub(crate) const fn div_rem(self, divisor: Pair) -> Option<(Pair, Pair)> {
        if self.hi >= divisor {
            return None;
        }
        if self.hi == 0 {
            return short_div_rem(self.lo, divisor);
        }
        if let ((0, hi), (0, word)) = (split(self.hi), split(divisor)) {
            let (lo1, lo0) = split(self.lo);
            // hi < word, and each remainder is: low words are all of them.
            let digit1 = quotient(hi, lo1, word);
            let rest = lo1.wrapping_sub(digit1.wrapping_mul(word));
            let digit0 = quotient(rest, lo0, word);
            return Some((join(digit1, digit0), widen(lo0.wrapping_sub(digit0.wrapping_mul(word)))));
        }
        // A divisor above `hi` is not zero, so this changes nothing; it shows the compiler that each shift is below 128.
        let shift = divisor.leading_zeros() & 127;
        let den = divisor << shift;
        let (den1, den0) = halves(den);
        let top = if shift == 0 { self.hi } else { (self.hi << shift) | (self.lo >> (PAIR - shift)) };
        let (low1, low0) = halves(self.lo << shift);
        let (digit1, rest) = digit(top, low1, den, den1, den0);
        let (digit0, rest) = digit(rest, low0, den, den1, den0);
        Some(((digit1 << BITS) | digit0, rest >> shift))
    }
}

/// Quotient and remainder of 128 bits; `None` when the divisor is zero.
pub(crate) const fn short_div_rem(n: Pair, divisor: Pair) -> Option<(Pair, Pair)> {
    match split(divisor) {
        (0, word) => match div_rem(n, word) {
            Some((quotient, rest)) => Some((quotient, widen(rest))),
            None => None,
        },
        _ => {
            let (quotient, rest) = div_rem_long(n, divisor);
            Some((widen(quotient), rest))
        }
    }
}

/// One 64-bit digit of `(top * 2^64 + next) / den` and the remainder, for `top < den` and `den` normalised.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::integer_division,
    reason = "top < den bounds the first estimate by 2^64 + 1; it falls at most twice; rest < 2^64 where it is shifted; \
              the final difference is below den, so its wrapped value is exact"
)]
const fn digit(top: Pair, next: Pair, den: Pair, den1: Pair, den0: Pair) -> (Pair, Pair) {
    // `den` is normalised, so this changes nothing; it shows the compiler that the divisor is not zero.
    let den1 = den1 | (1 << LAST);
    let mut estimate = top / den1;
    let mut rest = top % den1;
    while (estimate >> BITS) != 0 || estimate * den0 > ((rest << BITS) | next) {
        estimate = estimate.wrapping_sub(1);
        rest += den1;
        if (rest >> BITS) != 0 {
            break;
        }
    }
    let remainder = (top << BITS | next).wrapping_sub(estimate.wrapping_mul(den));
    (estimate, remainder)
}
