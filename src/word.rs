//! 128-bit numbers as two words of 64 bits: the product of two words, quotients by one and by two, and shifts.
//!
//! Written out, because on the machines where contracts run the compiler calls a function for each of these.

const LOW: u64 = 0xffff_ffff;

/// The words of a number, high word first.
#[expect(clippy::as_conversions, reason = "the low word is what is wanted")]
#[inline(always)]
pub(crate) const fn split(x: u128) -> (u64, u64) {
    ((x >> 64) as u64, x as u64)
}

/// The number of two words.
#[inline(always)]
pub(crate) const fn join(high: u64, low: u64) -> u128 {
    (widen(high) << 64) | widen(low)
}

/// A word as a number.
#[expect(clippy::as_conversions, reason = "widening, in a const function")]
#[inline(always)]
pub(crate) const fn widen(x: u64) -> u128 {
    x as u128
}

/// `a * b`, exact: one instruction.
#[cfg(not(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32")))]
#[inline(always)]
pub(crate) const fn product(a: u64, b: u64) -> u128 {
    widen(a).wrapping_mul(widen(b))
}

/// `a * b`, exact: four products of 32 bits, 30 instructions in place instead of a call of 47.
#[cfg(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32"))]
#[inline(always)]
pub(crate) const fn product(a: u64, b: u64) -> u128 {
    by_halves(a, b)
}

/// `a * b`, exact, from products of 32 bits.
///
/// With `a = a1 2^32 + a0` and `b` likewise: `middle = a1 b0 + floor(a0 b0 / 2^32)` is below 2^64, and
/// `cross = a0 b1 + (middle mod 2^32)` too, because `(2^32 - 1)^2 + 2^32 - 1 < 2^64`. The high word is
/// `a1 b1 + floor(middle / 2^32) + floor(cross / 2^32)`, and the lower half of `cross` is the upper half of the low word.
/// That half is taken off before the shift: it changes nothing, but the compiler does not see the long product, which it
/// would call a function for.
#[cfg_attr(
    not(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32")),
    allow(dead_code, reason = "tested everywhere, used where it is faster")
)]
#[inline(always)]
pub(crate) const fn by_halves(a: u64, b: u64) -> u128 {
    let (a1, a0, b1, b0) = (a >> 32, a & LOW, b >> 32, b & LOW);
    let low = a.wrapping_mul(b);
    let middle = a1.wrapping_mul(b0).wrapping_add(a0.wrapping_mul(b0) >> 32);
    let cross = a0.wrapping_mul(b1).wrapping_add(middle & LOW);
    let carried = cross.wrapping_sub(low >> 32) >> 32;
    join(a1.wrapping_mul(b1).wrapping_add(middle >> 32).wrapping_add(carried), low)
}

/// `floor(x / 2^shift)` for any shift.
#[inline(always)]
pub(crate) const fn shr(x: u128, shift: u32) -> u128 {
    let (high, low) = split(x);
    match shift {
        64..=127 => widen(high >> (shift & 63)),
        1..=63 => join(high >> (shift & 63), (high << (64_u32.wrapping_sub(shift) & 63)) | (low >> (shift & 63))),
        0 => x,
        _ => 0,
    }
}

/// `x * 2^shift`, exact, for a shift of 1 to 63.
#[inline(always)]
pub(crate) const fn shl(x: u64, shift: u32) -> u128 {
    join(x >> (64_u32.wrapping_sub(shift) & 63), x << (shift & 63))
}

/// Whether `x` is a multiple of `2^shift`, for any shift.
#[inline(always)]
pub(crate) const fn is_multiple(x: u128, shift: u32) -> bool {
    let (high, low) = split(x);
    match shift {
        0 => true,
        1..=63 => low << (64_u32.wrapping_sub(shift) & 63) == 0,
        64 => low == 0,
        65..=127 => low == 0 && high << (128_u32.wrapping_sub(shift) & 63) == 0,
        _ => x == 0,
    }
}

/// `floor(n / d)` and the remainder; `None` for a divisor of zero.
#[inline(always)]
pub(crate) const fn div_rem(n: u128, d: u64) -> Option<(u128, u64)> {
    let (high, low) = split(n);
    let (Some(upper), Some(rest)) = (high.checked_div(d), high.checked_rem(d)) else { return None };
    let lower = quotient(rest, low, d);
    // The remainder is below 2^64, so that its low word is all of it.
    Some((join(upper, lower), low.wrapping_sub(lower.wrapping_mul(d))))
}

/// `ceil(n / d)`, or nothing if `d` is zero. One more than a floor that is not exact does not wrap: `d` is then at least two.
#[inline(always)]
pub(crate) fn quotient_ceil(n: u64, d: u64) -> Option<u64> {
    let floor = n.checked_div(d)?;
    Some(if floor.wrapping_mul(d) == n { floor } else { floor.wrapping_add(1) })
}

/// `floor((high 2^64 + low) / d)` for `high < d`.
#[cfg(not(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32")))]
#[inline(always)]
pub(crate) const fn quotient(high: u64, low: u64, d: u64) -> u64 {
    match join(high, low).checked_div(widen(d)) {
        Some(quotient) => split(quotient).1,
        None => 0,
    }
}

/// `floor((high 2^64 + low) / d)` for `high < d`: 50 to 80 instructions instead of a call of 130.
#[cfg(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32"))]
#[inline(always)]
pub(crate) const fn quotient(high: u64, low: u64, d: u64) -> u64 {
    match (high, low.checked_div(d)) {
        (0, Some(quotient)) => quotient,
        _ => quotient_by_halves(high, low, d),
    }
}

/// `floor((high 2^64 + low) / d)` for `high < d`, by divisions of words.
///
/// A remainder below `d < 2^(64 - k)` leaves room for `k` more bits of the dividend, so that a divisor of up to 52 bits
/// takes 2, 4 or 6 divisions. A longer one takes two digits of 32 bits (Knuth, TAOCP 2, 4.3.1, algorithm D).
#[cfg_attr(
    not(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32")),
    allow(dead_code, reason = "tested everywhere, used where it is faster")
)]
#[inline(never)]
pub(crate) const fn quotient_by_halves(high: u64, low: u64, d: u64) -> u64 {
    let (mut d, mut high, mut low) = (d, high, low);
    if d >> 63 == 0 {
        if d >> 48 == 0 {
            return if d >> 32 == 0 { by_digits::<32>(high, low, d) } else { by_digits::<16>(high, low, d) };
        }
        if d >> 52 == 0 {
            return by_digits::<12>(high, low, d);
        }
        // Both sides shifted until the divisor's top bit is set: high < d keeps the dividend within two words.
        let shift = room(d);
        (_, high) = split(shr(join(high, low), 64_u32.wrapping_sub(shift)));
        (d, low) = (d << (shift & 63), low << (shift & 63));
    }
    normal_quotient(high, low, d)
}

/// The same in digits of `K` bits after a first one of what is left of 64, for `high < d <= 2^(64 - K)`.
#[inline(always)]
const fn by_digits<const K: u32>(high: u64, low: u64, d: u64) -> u64 {
    let (mut rest, mut quotient, mut left) = (high, 0_u64, 64_u32);
    while left > 0 {
        let bits = match left.checked_rem(K) {
            Some(0) | None => K,
            Some(first) => first,
        };
        left = left.wrapping_sub(bits);
        let next = (low >> (left & 63)) & 1_u64.wrapping_shl(bits).wrapping_sub(1);
        let dividend = (rest << (bits & 63)) | next;
        let Some(digit) = dividend.checked_div(d) else { return 0 };
        rest = dividend.wrapping_sub(digit.wrapping_mul(d));
        quotient = (quotient << (bits & 63)) | digit;
    }
    quotient
}

/// `floor(n / d)` and the remainder for a divisor of 2^64 or more.
#[cfg(not(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32")))]
#[inline(always)]
pub(crate) const fn div_rem_long(n: u128, d: u128) -> (u64, u128) {
    match n.checked_div(d) {
        Some(quotient) => (split(quotient).1, n.wrapping_sub(quotient.wrapping_mul(d))),
        None => (0, n),
    }
}

/// `floor(n / d)` and the remainder for a divisor of 2^64 or more.
#[cfg(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32"))]
#[inline(always)]
pub(crate) const fn div_rem_long(n: u128, d: u128) -> (u64, u128) {
    long_by_halves(n, d)
}

/// `floor(n / d)` and the remainder for a divisor of 2^64 or more, from the quotient by its top word.
///
/// With `d` shifted up by `s` until its top bit is set and `t` its top word then, `floor(n / 2 / t) / 2^(63 - s)` is the
/// quotient or one more (Warren, Hacker's Delight, 9-5). One less than that is the quotient or one less.
#[cfg_attr(
    not(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32")),
    allow(dead_code, reason = "tested everywhere, used where it is faster")
)]
#[inline(never)]
pub(crate) const fn long_by_halves(n: u128, d: u128) -> (u64, u128) {
    let ((n1, n0), (d1, d0)) = (split(n), split(d));
    let shift = room(d1);
    let top = if shift == 0 { d1 } else { split(shr(d, 64_u32.wrapping_sub(shift))).1 };
    let estimate = quotient_by_halves(n1 >> 1, (n1 << 63) | (n0 >> 1), top) >> (63_u32.wrapping_sub(shift) & 63);
    let quotient = estimate.saturating_sub(1);
    let (high, low) = split(product(quotient, d0));
    // The remainder is below 2^128: its low words are all of it.
    let rest = n.wrapping_sub(join(high.wrapping_add(quotient.wrapping_mul(d1)), low));
    if rest >= d { (quotient.wrapping_add(1), rest.wrapping_sub(d)) } else { (quotient, rest) }
}

/// `floor((high * 2^64 + low) / divisor)` for a divisor with its top bit set and `high < divisor`.
///
/// Two digits, each exact (Knuth, TAOCP 2, 4.3.1, algorithm D with a divisor of two digits).
#[inline(always)]
pub(crate) const fn normal_quotient(high: u64, low: u64, divisor: u64) -> u64 {
    let (first, rest) = digit(high, low >> 32, divisor);
    let (second, _) = digit(rest, low & LOW, divisor);
    (first << 32) | second
}

/// `floor((high * 2^32 + next) / divisor)` and the remainder, for a divisor with its top bit set, `high < divisor` and
/// `next` of 32 bits.
///
/// Let `divisor = d1 2^32 + d0`. The exact digit is below 2^32. `floor(high / d1)` is not below it, and above it by at most
/// two, because `d1 >= 2^31` (Knuth, theorem B). An estimate `e` from above, with `rest = high - e d1`, is exact when
/// `e d0 <= rest 2^32 + next`, which holds for any `rest` of 2^32 or more. The remainder is the difference of the two sides;
/// with `e - 1` it is larger by the divisor.
#[inline(always)]
const fn digit(high: u64, next: u64, divisor: u64) -> (u64, u64) {
    let (d1, d0) = (divisor >> 32, divisor & LOW);
    let mut digit = match high.checked_div(d1) {
        Some(estimate) if estimate <= LOW => estimate,
        _ => LOW,
    };
    let rest = high.wrapping_sub(digit.wrapping_mul(d1));
    let subtrahend = digit.wrapping_mul(d0);
    // A `rest` of more than 32 bits loses its top here; the remainder has 64 bits and is right all the same.
    let mut left = (rest << 32) | next;
    if rest >> 32 == 0 && subtrahend > left {
        (digit, left) = (digit.wrapping_sub(1), left.wrapping_add(divisor));
        // A sum that wrapped is 2^64 or more, and so not below.
        if left >= divisor && subtrahend > left {
            (digit, left) = (digit.wrapping_sub(1), left.wrapping_add(divisor));
        }
    }
    (digit, left.wrapping_sub(subtrahend))
}

/// By how many places a word can be shifted up before its top bit is set; 63 for zero and one.
#[cfg(not(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32")))]
#[inline(always)]
pub(crate) const fn room(x: u64) -> u32 {
    (x | 1).leading_zeros()
}

/// By how many places a word can be shifted up before its top bit is set; 63 for zero and one.
#[cfg(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32"))]
#[inline(always)]
pub(crate) const fn room(x: u64) -> u32 {
    room_by_comparison(x)
}

/// The same in 25 instructions, where a count of zeros is spelt out by the compiler in 40: comparisons down to the byte, the
/// half byte and the bit. As one chain of shifts they would all be made.
#[cfg_attr(
    not(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32")),
    allow(dead_code, reason = "tested everywhere, used where it is faster")
)]
#[inline(always)]
pub(crate) const fn room_by_comparison(x: u64) -> u32 {
    let byte = if x >> 32 != 0 {
        if x >> 48 != 0 {
            if x >> 56 != 0 { 0 } else { 8 }
        } else if x >> 40 != 0 {
            16
        } else {
            24
        }
    } else if x >> 16 != 0 {
        if x >> 24 != 0 { 32 } else { 40 }
    } else if x >> 8 != 0 {
        48
    } else {
        56
    };
    let top = (x << byte) >> 56;
    let (before, half) = if top >> 4 == 0 { (4, top) } else { (0, top >> 4) };
    let zeros = match half {
        8.. => 0,
        4..=7 => 1,
        2..=3 => 2,
        _ => 3,
    };
    byte | before | zeros
}
