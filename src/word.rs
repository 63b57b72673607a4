//! 128-bit numbers as two words of 64 bits: the product of two words, and shifts.
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
