//! 256-bit intermediates for products of two 128-bit numbers. Nothing here leaves the crate.

/// An unsigned 256-bit number, `hi * 2^128 + lo`. The derived order is the numeric order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct U256 {
    hi: u128,
    lo: u128,
}

/// The two 64-bit halves of `x`, high half first, each in a `u128`.
const fn halves(x: u128) -> (u128, u128) {
    (x >> 64, x & 0xffff_ffff_ffff_ffff)
}

/// The number whose lowest `count` bits are set and no other.
pub(crate) const fn ones(count: u32) -> u128 {
    match 1_u128.checked_shl(count) {
        Some(top) => top.wrapping_sub(1),
        None => u128::MAX,
    }
}

impl U256 {
    /// `x * 2^shift`, exact; `None` when the result needs more than 256 bits.
    pub(crate) fn shifted(x: u128, shift: u32) -> Option<U256> {
        match shift {
            _ if x == 0 => Some(U256 { hi: 0, lo: 0 }),
            0 => Some(U256 { hi: 0, lo: x }),
            1..=127 => Some(U256 { hi: x.checked_shr(128_u32.checked_sub(shift)?)?, lo: x.checked_shl(shift)? }),
            _ => {
                let up = shift.checked_sub(128)?;
                if up > x.leading_zeros() {
                    return None;
                }
                Some(U256 { hi: x.checked_shl(up)?, lo: 0 })
            }
        }
    }

    /// The exact product.
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "each partial product of 64-bit halves is at most (2^64-1)^2; the sums follow the school method and \
                  stay below 2^128 because (2^64-1)^2 + 2*(2^64-1) = 2^128 - 1"
    )]
    pub(crate) const fn mul(a: u128, b: u128) -> U256 {
        let (a1, a0) = halves(a);
        let (b1, b0) = halves(b);
        if a1 == 0 && b1 == 0 {
            return U256 { hi: 0, lo: a0 * b0 };
        }
        let low = a0 * b0;
        let mid = a1 * b0 + (low >> 64);
        let cross = a0 * b1 + (mid & 0xffff_ffff_ffff_ffff);
        U256 { hi: a1 * b1 + (mid >> 64) + (cross >> 64), lo: (cross << 64) | (low & 0xffff_ffff_ffff_ffff) }
    }

    /// `floor(self / 2^shift)` and whether it is exact; `None` when the quotient needs more than 128 bits.
    pub(crate) fn shr(self, shift: u32) -> Option<(u128, bool)> {
        // Masks, because counting zeros takes four times as long where there is no instruction for it.
        let exact = match shift.checked_sub(128) {
            None => self.lo & ones(shift) == 0,
            Some(down) => self.lo == 0 && self.hi & ones(down) == 0,
        };
        let quotient = match shift.checked_sub(128) {
            Some(down) => self.hi.checked_shr(down).unwrap_or(0),
            None if self.hi == 0 => self.lo.checked_shr(shift)?,
            // Bits of hi move down by `shift` into lo; those that stay above make it too large.
            None if self.hi.checked_shr(shift)? == 0 => {
                self.lo.checked_shr(shift)? | self.hi.checked_shl(128_u32.checked_sub(shift)?)?
            }
            None => return None,
        };
        Some((quotient, exact))
    }

    /// `self` when it fits 128 bits.
    pub(crate) const fn to_u128(self) -> Option<u128> {
        if self.hi == 0 { Some(self.lo) } else { None }
    }

    /// Quotient and remainder; `None` when the divisor is zero or the quotient needs more than 128 bits.
    ///
    /// Two digits of 64 bits after normalisation (Knuth, TAOCP 2, 4.3.1, algorithm D).
    #[expect(
        clippy::arithmetic_side_effects,
        clippy::integer_division,
        reason = "hi < d, so after normalisation num1 < den and each estimated digit is at most 2^64 + 1 before \
                  correction; the products digit * den0 are formed only for digit < 2^64; den1 >= 2^63 is not zero"
    )]
    pub(crate) const fn div_rem(self, divisor: u128) -> Option<(u128, u128)> {
        if self.hi >= divisor {
            return None;
        }
        if self.hi == 0 {
            return Some((self.lo / divisor, self.lo % divisor));
        }
        let shift = divisor.leading_zeros();
        let den = divisor << shift;
        let (den1, den0) = halves(den);
        let top = if shift == 0 { self.hi } else { (self.hi << shift) | (self.lo >> (128 - shift)) };
        let (low1, low0) = halves(self.lo << shift);
        let (digit1, rest) = digit(top, low1, den, den1, den0);
        let (digit0, rest) = digit(rest, low0, den, den1, den0);
        Some(((digit1 << 64) | digit0, rest >> shift))
    }
}

/// One 64-bit digit of `(top * 2^64 + next) / den` and the remainder, for `top < den` and `den` normalised.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::integer_division,
    reason = "top < den bounds the first estimate by 2^64 + 1; it falls at most twice; rest < 2^64 where it is shifted; \
              the final difference is below den, so its wrapped value is exact"
)]
const fn digit(top: u128, next: u128, den: u128, den1: u128, den0: u128) -> (u128, u128) {
    // `den` is normalised, so this changes nothing; it shows the compiler that the divisor is not zero.
    let den1 = den1 | (1 << 63);
    let mut estimate = top / den1;
    let mut rest = top % den1;
    while (estimate >> 64) != 0 || estimate * den0 > ((rest << 64) | next) {
        estimate = estimate.wrapping_sub(1);
        rest += den1;
        if (rest >> 64) != 0 {
            break;
        }
    }
    let remainder = (top << 64 | next).wrapping_sub(estimate.wrapping_mul(den));
    (estimate, remainder)
}
