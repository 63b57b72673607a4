//! 128-bit numbers as two words of 64 bits: the product of two words, quotients by one and by two, and shifts.
//!
//! Written out, because on the machines where contracts run the compiler calls a function for each of these. The text names
//! the types of [`super::width`] and the places below, so that a test can build it for words of 8 bits; the comments speak of
//! the 64 that are used. Spec: D1.

use super::width::{Pair, SHORT, Word};

/// Bits of a word, of its half and of its quarter, and of a pair.
pub(crate) const BITS: u32 = Word::BITS;
pub(crate) const HALF: u32 = BITS >> 1;
const QUARTER: u32 = BITS >> 2;
pub(crate) const PAIR: u32 = Pair::BITS;
/// The place of the top bit of a word, which is also the mask of a shift within it, and that of a pair's.
pub(crate) const LAST: u32 = BITS - 1;
pub(crate) const PAIR_LAST: u32 = PAIR - 1;
/// The first shift that leaves no more than a part of the upper word.
const ABOVE: u32 = BITS + 1;
/// Bits that a divisor may have for a quotient by digits of a quarter, and by short ones.
const FOR_QUARTERS: u32 = BITS - QUARTER;
const FOR_SHORT: u32 = BITS - SHORT;
/// The lower half of a word.
pub(crate) const LOW: Word = Word::MAX >> HALF;
const ONE: Word = 1;

/// The words of a number, high word first.
#[expect(clippy::as_conversions, reason = "the low word is what is wanted")]
#[inline(always)]
pub(crate) const fn split(x: Pair) -> (Word, Word) {
    ((x >> BITS) as Word, x as Word)
}

/// The number of two words.
#[inline(always)]
pub(crate) const fn join(high: Word, low: Word) -> Pair {
    (widen(high) << BITS) | widen(low)
}

/// A word as a number.
#[expect(clippy::as_conversions, reason = "widening, in a const function")]
#[inline(always)]
pub(crate) const fn widen(x: Word) -> Pair {
    x as Pair
}

/// `a * b`, exact: one instruction.
#[cfg(not(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32")))]
#[inline(always)]
pub(crate) const fn product(a: Word, b: Word) -> Pair {
    widen(a).wrapping_mul(widen(b))
}

/// `a * b`, exact: four products of 32 bits, 30 instructions in place instead of a call of 47.
#[cfg(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32"))]
#[inline(always)]
pub(crate) const fn product(a: Word, b: Word) -> Pair {
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
pub(crate) const fn by_halves(a: Word, b: Word) -> Pair {
    let (a1, a0, b1, b0) = (a >> HALF, a & LOW, b >> HALF, b & LOW);
    let low = a.wrapping_mul(b);
    let middle = a1.wrapping_mul(b0).wrapping_add(a0.wrapping_mul(b0) >> HALF);
    let cross = a0.wrapping_mul(b1).wrapping_add(middle & LOW);
    let carried = cross.wrapping_sub(low >> HALF) >> HALF;
    join(a1.wrapping_mul(b1).wrapping_add(middle >> HALF).wrapping_add(carried), low)
}

/// `floor(x / 2^shift)` for any shift.
#[inline(always)]
pub(crate) const fn shr(x: Pair, shift: u32) -> Pair {
    let (high, low) = split(x);
    match shift {
        BITS..=PAIR_LAST => widen(high >> (shift & LAST)),
        1..=LAST => join(high >> (shift & LAST), (high << (BITS.wrapping_sub(shift) & LAST)) | (low >> (shift & LAST))),
        0 => x,
        _ => 0,
    }
}

/// `x * 2^shift`, exact, for a shift of 1 to 63.
#[inline(always)]
pub(crate) const fn shl(x: Word, shift: u32) -> Pair {
    join(x >> (BITS.wrapping_sub(shift) & LAST), x << (shift & LAST))
}

/// Whether `x` is a multiple of `2^shift`, for any shift.
#[inline(always)]
pub(crate) const fn is_multiple(x: Pair, shift: u32) -> bool {
    let (high, low) = split(x);
    match shift {
        0 => true,
        1..=LAST => low << (BITS.wrapping_sub(shift) & LAST) == 0,
        BITS => low == 0,
        ABOVE..=PAIR_LAST => low == 0 && high << (PAIR.wrapping_sub(shift) & LAST) == 0,
        _ => x == 0,
    }
}

/// `floor(n / d)` and the remainder; `None` for a divisor of zero.
#[inline(always)]
pub(crate) const fn div_rem(n: Pair, d: Word) -> Option<(Pair, Word)> {
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
pub(crate) const fn quotient(high: Word, low: Word, d: Word) -> Word {
    match join(high, low).checked_div(widen(d)) {
        Some(quotient) => split(quotient).1,
        None => 0,
    }
}

/// `floor((high 2^64 + low) / d)` for `high < d`: 50 to 80 instructions instead of a call of 130.
#[cfg(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32"))]
#[inline(always)]
pub(crate) const fn quotient(high: Word, low: Word, d: Word) -> Word {
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
pub(crate) const fn quotient_by_halves(high: Word, low: Word, d: Word) -> Word {
    let (mut d, mut high, mut low) = (d, high, low);
    if d >> LAST == 0 {
        if d >> FOR_QUARTERS == 0 {
            return if d >> HALF == 0 { by_digits::<HALF>(high, low, d) } else { by_digits::<QUARTER>(high, low, d) };
        }
        if d >> FOR_SHORT == 0 {
            return by_digits::<SHORT>(high, low, d);
        }
        // Both sides shifted until the divisor's top bit is set: high < d keeps the dividend within two words.
        let shift = room(d);
        (_, high) = split(shr(join(high, low), BITS.wrapping_sub(shift)));
        (d, low) = (d << (shift & LAST), low << (shift & LAST));
    }
    normal_quotient(high, low, d)
}

/// The same in digits of `K` bits after a first one of what is left of 64, for `high < d <= 2^(64 - K)`.
#[inline(always)]
const fn by_digits<const K: u32>(high: Word, low: Word, d: Word) -> Word {
    let (mut rest, mut quotient, mut left) = (high, 0, BITS);
    while left > 0 {
        let bits = match left.checked_rem(K) {
            Some(0) | None => K,
            Some(first) => first,
        };
        left = left.wrapping_sub(bits);
        let next = (low >> (left & LAST)) & ONE.wrapping_shl(bits).wrapping_sub(1);
        let dividend = (rest << (bits & LAST)) | next;
        let Some(digit) = dividend.checked_div(d) else { return 0 };
        rest = dividend.wrapping_sub(digit.wrapping_mul(d));
        quotient = (quotient << (bits & LAST)) | digit;
    }
    quotient
}

/// `floor(n / d)` and the remainder for a divisor of 2^64 or more.
#[cfg(not(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32")))]
#[inline(always)]
pub(crate) const fn div_rem_long(n: Pair, d: Pair) -> (Word, Pair) {
    match n.checked_div(d) {
        Some(quotient) => (split(quotient).1, n.wrapping_sub(quotient.wrapping_mul(d))),
        None => (0, n),
    }
}

/// `floor(n / d)` and the remainder for a divisor of 2^64 or more.
#[cfg(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32"))]
#[inline(always)]
pub(crate) const fn div_rem_long(n: Pair, d: Pair) -> (Word, Pair) {
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
pub(crate) const fn long_by_halves(n: Pair, d: Pair) -> (Word, Pair) {
    let ((n1, n0), (d1, d0)) = (split(n), split(d));
    let shift = room(d1);
    let top = if shift == 0 { d1 } else { split(shr(d, BITS.wrapping_sub(shift))).1 };
    let estimate = quotient_by_halves(n1 >> 1, (n1 << LAST) | (n0 >> 1), top) >> (LAST.wrapping_sub(shift) & LAST);
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
pub(crate) const fn normal_quotient(high: Word, low: Word, divisor: Word) -> Word {
    let (first, rest) = digit(high, low >> HALF, divisor);
    let (second, _) = digit(rest, low & LOW, divisor);
    (first << HALF) | second
}

/// `floor((high * 2^32 + next) / divisor)` and the remainder, for a divisor with its top bit set, `high < divisor` and
/// `next` of 32 bits.
///
/// Let `divisor = d1 2^32 + d0`. The exact digit is below 2^32. `floor(high / d1)` is not below it, and above it by at most
/// two, because `d1 >= 2^31` (Knuth, theorem B). An estimate `e` from above, with `rest = high - e d1`, is exact when
/// `e d0 <= rest 2^32 + next`, which holds for any `rest` of 2^32 or more. The remainder is the difference of the two sides;
/// with `e - 1` it is larger by the divisor.
#[inline(always)]
const fn digit(high: Word, next: Word, divisor: Word) -> (Word, Word) {
    let (d1, d0) = (divisor >> HALF, divisor & LOW);
    let mut digit = match high.checked_div(d1) {
        Some(estimate) if estimate <= LOW => estimate,
        _ => LOW,
    };
    let rest = high.wrapping_sub(digit.wrapping_mul(d1));
    let subtrahend = digit.wrapping_mul(d0);
    // A `rest` of more than 32 bits loses its top here; the remainder has 64 bits and is right all the same.
    let mut left = (rest << HALF) | next;
    if rest >> HALF == 0 && subtrahend > left {
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
pub(crate) const fn room(x: Word) -> u32 {
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
