//! Quotients, parts and roots of words and pairs of words, by digits of 32 bits.
//!
//! Written out, because on the machines where contracts run the compiler calls a function for a division of more than a
//! word. Each intermediate result is a word. Where a sum may leave it, the comment says why that is right. Spec: D1.

use super::width::{Half, Pair, Word};
#[cfg(not(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32")))]
use super::word::widen;
use super::word::{self, BITS, HALF, LAST, LOW, join, product, room, split};

/// One place less than half a word, and one and two more.
const HALF_LESS: u32 = HALF - 1;
const HALF_MORE: u32 = HALF + 1;
const HALF_AND_TWO: u32 = HALF + 2;
/// The mask of an even shift within a word.
const EVEN: u32 = LAST ^ 1;
/// All places of a word but the top one.
const BELOW_TOP: Word = Word::MAX >> 1;

/// `ceil(part * 2^places / whole)` for `part < whole` and 1 to 63 places: at most `2^places`.
#[inline(always)]
pub(crate) const fn share_ceil(part: Word, whole: Word, places: u32) -> Word {
    // part < whole: the dividend's high word is below the divisor.
    let low = part << (places & LAST);
    let floor = word::quotient(part >> (BITS.wrapping_sub(places) & LAST), low, whole);
    // The remainder has 64 bits: it is zero if its low word is.
    if floor.wrapping_mul(whole) == low { floor } else { floor.wrapping_add(1) }
}

/// `ceil(x * times / by)` for factors of 32 bits; `None` when `by` is zero or the result is 2^128 or more.
#[inline(always)]
pub(crate) const fn scale_ceil(x: Pair, times: Half, by: Half) -> Option<Pair> {
    let (times, by) = (wide(times), wide(by));
    let (high, low) = split(x);
    // A product of digits is at most (2^32 - 1)^2, a carry below 2^32: no sum leaves the word.
    let sum0 = (low & LOW).wrapping_mul(times);
    let sum1 = (low >> HALF).wrapping_mul(times).wrapping_add(sum0 >> HALF);
    let sum2 = (high & LOW).wrapping_mul(times).wrapping_add(sum1 >> HALF);
    let sum3 = (high >> HALF).wrapping_mul(times).wrapping_add(sum2 >> HALF);
    if sum3 >> HALF >= by {
        return None;
    }
    let (digit3, rest) = short(sum3, by);
    let (digit2, rest) = short((rest << HALF) | (sum2 & LOW), by);
    let (digit1, rest) = short((rest << HALF) | (sum1 & LOW), by);
    let (digit0, rest) = short((rest << HALF) | (sum0 & LOW), by);
    let floor = join((digit3 << HALF) | digit2, (digit1 << HALF) | digit0);
    if rest == 0 { Some(floor) } else { floor.checked_add(1) }
}

/// Quotient and remainder. A divisor of zero divides nothing off.
#[inline(always)]
const fn short(number: Word, by: Word) -> (Word, Word) {
    match number.checked_div(by) {
        Some(digit) => (digit, number.wrapping_sub(digit.wrapping_mul(by))),
        None => (0, number),
    }
}

#[expect(clippy::as_conversions, reason = "widening, in a const function")]
#[inline(always)]
const fn wide(x: Half) -> Word {
    x as Word
}

/// `floor(a * b / 2^63)` for factors up to 2^63.
#[inline(always)]
pub(crate) const fn part_floor(a: Word, b: Word) -> Word {
    part(a, b, 0)
}

/// `ceil(a * b / 2^63)` for factors up to 2^63.
#[inline(always)]
pub(crate) const fn part_ceil(a: Word, b: Word) -> Word {
    part(a, b, BELOW_TOP)
}

/// `floor((a * b + more) / 2^63)` for factors up to 2^63 and `more` below it.
#[cfg(not(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32")))]
#[inline(always)]
const fn part(a: Word, b: Word, more: Word) -> Word {
    // At most 2^126 + 2^63.
    let (high, low) = split(product(a, b).wrapping_add(widen(more)));
    (high << 1) | (low >> LAST)
}

/// `floor((a * b + more) / 2^63)` for factors up to 2^63 and `more` below it.
#[cfg(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32"))]
#[inline(always)]
const fn part(a: Word, b: Word, more: Word) -> Word {
    part_by_halves(a, b, more)
}

/// The same from products of 32 bits, 26 instructions, because the middle ones can be added without a carry.
///
/// With `a = a1 2^32 + a0`, `b` and `more` likewise, the sum is
/// `2^64 a1 b1 + 2^32 (a1 b0 + a0 b1 + m1) + (a0 b0 + m0)`. For factors below 2^63 the middle is at most
/// `2 (2^31 - 1)(2^32 - 1) + 2^31 < 2^64 - 2^33`, and the lowest sum at most `2^64 - 2^32`, whose upper half is below 2^32. For
/// a factor of 2^63, `a1 = 2^31` and `a0 = 0`, the middle is at most 2^63.
#[cfg_attr(
    not(any(target_os = "solana", target_arch = "bpf", target_arch = "wasm32")),
    allow(dead_code, reason = "tested everywhere, used where it is faster")
)]
#[inline(always)]
pub(crate) const fn part_by_halves(a: Word, b: Word, more: Word) -> Word {
    let (a1, a0, b1, b0) = (a >> HALF, a & LOW, b >> HALF, b & LOW);
    let lowest = a0.wrapping_mul(b0).wrapping_add(more & LOW);
    let middle = a1.wrapping_mul(b0).wrapping_add(a0.wrapping_mul(b1)).wrapping_add(more >> HALF);
    (a1.wrapping_mul(b1) << 1).wrapping_add(middle.wrapping_add(lowest >> HALF) >> HALF_LESS)
}

/// `floor(x * part / 2^63)` for a part up to 2^63 and `x` below 2^127; `None` beyond.
///
/// With `x = u 2^63 + l` it is `u part + floor(l part / 2^63)`: below 2^127, for it is at most `x`.
#[inline(always)]
pub(crate) const fn part_of_floor(x: Pair, part: Word) -> Option<Pair> {
    let (high, low) = split(x);
    if high >> LAST != 0 {
        return None;
    }
    let upper = product((high << 1) | (low >> LAST), part);
    Some(upper.wrapping_add(join(0, part_floor(low & BELOW_TOP, part))))
}

/// `ceil(x * part / 2^63)` likewise.
#[inline(always)]
pub(crate) const fn part_of_ceil(x: Pair, part: Word) -> Option<Pair> {
    let (high, low) = split(x);
    if high >> LAST != 0 {
        return None;
    }
    let upper = product((high << 1) | (low >> LAST), part);
    Some(upper.wrapping_add(join(0, part_ceil(low & BELOW_TOP, part))))
}

/// `floor(sqrt(n))` and whether it is exact.
///
/// `n` is shifted up by an even count `2 k` until one of its top two bits is set. The root of that is shifted down by `k`:
/// `floor(floor(sqrt(4^k n)) / 2^k) = floor(sqrt(n))`. It is exact when the remainder of the shifted number is zero: if
/// `4^k n` is a square, then `n` is the square of a rational number, hence of an integer; and the converse is plain.
#[inline(always)]
pub(crate) const fn root(n: Pair) -> (Word, bool) {
    let (high, low, words) = match split(n) {
        (0, 0) => return (0, true),
        (0, low) => (low, 0, HALF),
        (high, low) => (high, low, 0),
    };
    let up = room(high) & EVEN;
    let (top, next) = ((high << up) | (low >> 1 >> (LAST ^ up)), low << up);
    let (root, exact) = root_of_pair(top, next);
    (root >> (words | (up >> 1)), exact)
}

/// The same for `high * 2^64 + low` with one of the top two bits of `high` set.
///
/// Zimmermann, Karatsuba square root: with `s`, `r` root and remainder of `high`, `low = l1 2^32 + l0` and
/// `q`, `u` quotient and remainder of `(r 2^32 + l1) / (2 s)`, the root is `s 2^32 + q`, or one less if `u 2^32 + l0 < q^2`.
/// `r <= 2 s`, so `q <= 2^32`, with equality only for `r = 2 s`. Then `high + 1 = (s + 1)^2`, so the root is below
/// `(s + 1) 2^32`; and it is one less, not exact, because `high 2^64 + low - ((s + 1) 2^32 - 1)^2` is
/// `low + 2^33 (s + 1) - 2^64 - 1`, above zero for `s >= 2^31`.
#[inline(always)]
const fn root_of_pair(high: Word, low: Word) -> (Word, bool) {
    let (root, rest) = root_of_word(high);
    // 2 s < 2^33 and r <= 2 s: r 2^31 is a word. Half of the dividend by s, then its lowest bit.
    let half = (rest << HALF_LESS) | (low >> HALF_MORE);
    let (digit, left) = short(half, root);
    if digit > LOW {
        return ((root << HALF) | LOW, false);
    }
    // u < 2 s < 2^33.
    let left = (left << 1) | ((low >> HALF) & 1);
    let root = (root << HALF) | digit;
    let square = digit.wrapping_mul(digit);
    let rest = (left << HALF) | (low & LOW);
    if left > LOW || square < rest {
        (root, false)
    } else if square == rest {
        (root, true)
    } else {
        (root.wrapping_sub(1), false)
    }
}

/// Three fifths of `2^31`, rounded up.
const LINE: Word = Word::wrapping_div(3 << HALF_LESS, 5) + 1;

/// `floor(sqrt(n))` and the remainder for `n` with one of its top two bits set.
///
/// Newton's rule from a line. With `n = 2^62 x`, `1 <= x < 4`, the line `2^31 (3 x / 8 + 3 / 5)` is off the root by a part of at
/// most 0.052. A step makes `e^2 / (2 (1 + e))` of a part `e`: 1.5e-3, 1.1e-6, then 6.1e-13, which is 0.003 of 2^32. Floors
/// only lower it, and no step ends below the floor of the root. So the third is the floor of the root, or one more.
#[inline(always)]
const fn root_of_word(n: Word) -> (Word, Word) {
    let mut root = (n >> HALF_MORE).wrapping_add(n >> HALF_AND_TWO).wrapping_add(LINE);
    root = newton(n, root);
    root = newton(n, root);
    root = newton(n, root);
    if root > LOW {
        root = LOW;
    }
    let square = root.wrapping_mul(root);
    if square > n {
        root = root.wrapping_sub(1);
        // (s - 1)^2 = s^2 - 2 s + 1.
        return (root, n.wrapping_sub(square).wrapping_add(root << 1).wrapping_add(1));
    }
    (root, n.wrapping_sub(square))
}

/// The mean of a number and `n` over it, rounded down.
#[inline(always)]
const fn newton(n: Word, root: Word) -> Word {
    match n.checked_div(root) {
        Some(other) => root.wrapping_add(other) >> 1,
        None => root,
    }
}
