//! What the compiler calls and the target does not have: 128-bit arithmetic, and memory through the system calls.
//!
//! `extern "unadjusted"` is LLVM's own convention for these calls: a 128-bit result comes in registers. Anything else
//! links and then corrupts memory, which is why the runner compares every operation with the host's over random inputs.
//! Nothing here may use a 128-bit multiplication, division or variable shift: it would call itself.

/// A system call by the hash of its name.
///
/// # Safety
/// `F` is its type.
#[inline(always)]
pub unsafe fn system<F: Copy>(hash: usize) -> F {
    // SAFETY: `F` is a function pointer by the caller's word; the linker turns a call of a constant into a system call.
    unsafe { core::mem::transmute_copy(&hash) }
}

#[inline(always)]
fn join(high: u64, low: u64) -> u128 {
    (high as u128) << 64 | low as u128
}

#[inline(always)]
fn split(x: u128) -> (u64, u64) {
    ((x >> 64) as u64, x as u64)
}

/// Hides from the compiler where a number comes from, at no cost: it would see through the next function and call the
/// 128-bit multiplication that is made of it.
#[inline(always)]
fn opaque(mut x: u64) -> u64 {
    // SAFETY: no instruction.
    unsafe { core::arch::asm!("/* {0} */", inout(reg) x, options(pure, nomem, nostack, preserves_flags)) };
    x
}

/// `n / d` and `n % d`.
#[inline(always)]
fn word(n: u64, d: u64) -> (u64, u64) {
    // SAFETY: no caller passes zero, and the machine would stop.
    unsafe { core::hint::assert_unchecked(d != 0) };
    let q = n / d;
    (q, n.wrapping_sub(q.wrapping_mul(d)))
}

/// `a * b`, high and low word, from four products of 32 bits.
#[inline(always)]
fn product(a: u64, b: u64) -> (u64, u64) {
    let (a1, a0, b1, b0) = (a >> 32, opaque(a & 0xffff_ffff), b >> 32, b & 0xffff_ffff);
    let middle = a1.wrapping_mul(b0).wrapping_add(a0.wrapping_mul(b0) >> 32);
    let cross = a0.wrapping_mul(b1).wrapping_add(middle & 0xffff_ffff);
    (a1.wrapping_mul(b1).wrapping_add(middle >> 32).wrapping_add(cross >> 32), a.wrapping_mul(b))
}

/// Leading zeros of a number that is not zero.
#[inline(always)]
fn zeros(mut x: u64) -> u32 {
    let mut count = 0;
    if x >> 32 == 0 {
        count += 32;
        x <<= 32;
    }
    if x >> 48 == 0 {
        count += 16;
        x <<= 16;
    }
    if x >> 56 == 0 {
        count += 8;
        x <<= 8;
    }
    if x >> 60 == 0 {
        count += 4;
        x <<= 4;
    }
    if x >> 62 == 0 {
        count += 2;
        x <<= 2;
    }
    if x >> 63 == 0 {
        count += 1;
    }
    count
}

/// One digit of 32 bits of `(high * 2^32 + next) / d` and the remainder, `high < d`, the top bit of `d` set.
#[inline(always)]
fn digit(high: u64, next: u64, d: u64) -> (u64, u64) {
    let (d1, d0) = (d >> 32, d & 0xffff_ffff);
    let (mut q, mut rest) = word(high, d1);
    while q >> 32 != 0 || q.wrapping_mul(d0) > rest << 32 | next {
        q = q.wrapping_sub(1);
        rest = rest.wrapping_add(d1);
        if rest >> 32 != 0 {
            break;
        }
    }
    (q, (high << 32 | next).wrapping_sub(q.wrapping_mul(d)))
}

/// `(high * 2^64 + low) / d` and the remainder, `high < d`, the top bit of `d` set.
#[inline(always)]
fn normal(high: u64, low: u64, d: u64) -> (u64, u64) {
    let (q1, rest) = digit(high, low >> 32, d);
    let (q0, rest) = digit(rest, low & 0xffff_ffff, d);
    (q1 << 32 | q0, rest)
}

/// `(high * 2^64 + low) / d` and the remainder, `high < d` (Knuth's algorithm D with digits of 32 bits).
#[inline(always)]
fn narrow(high: u64, low: u64, d: u64) -> (u64, u64) {
    if d >> 32 == 0 {
        let (q1, rest) = word(high << 32 | low >> 32, d);
        let (q0, rest) = word(rest << 32 | low & 0xffff_ffff, d);
        return (q1 << 32 | q0, rest);
    }
    let shift = zeros(d);
    let top = if shift == 0 { high } else { high << shift | low >> (64 - shift) };
    let (q, rest) = normal(top, low << shift, d << shift);
    (q, rest >> shift)
}

/// Quotient and remainder; the divisor is not zero, which the callers' language has checked.
#[inline(always)]
fn divide(n: u128, d: u128) -> (u128, u128) {
    let ((n1, n0), (d1, d0)) = (split(n), split(d));
    if d1 == 0 {
        if n1 == 0 {
            let (q, rest) = word(n0, d0);
            return (join(0, q), join(0, rest));
        }
        let (q1, rest) = if n1 < d0 { (0, n1) } else { word(n1, d0) };
        let (q0, rest) = narrow(rest, n0, d0);
        return (join(q1, q0), join(0, rest));
    }
    if n1 < d1 {
        return (0, n);
    }
    // The quotient has one word. Estimated from the top word of the divisor, it is at most one too high after the shift
    // (Hacker's Delight, 9-5); one less is at most one too low.
    let shift = zeros(d1);
    let top = if shift == 0 { d1 } else { d1 << shift | d0 >> (64 - shift) };
    let (estimate, _) = normal(n1 >> 1, n1 << 63 | n0 >> 1, top);
    let mut q = estimate >> (63 - shift);
    q = q.saturating_sub(1);
    let (high, low) = product(q, d0);
    let mut rest = n.wrapping_sub(join(high.wrapping_add(q.wrapping_mul(d1)), low));
    if rest >= d {
        q = q.wrapping_add(1);
        rest = rest.wrapping_sub(d);
    }
    (join(0, q), rest)
}

#[unsafe(no_mangle)]
extern "unadjusted" fn __multi3(a: u128, b: u128) -> u128 {
    let ((a1, a0), (b1, b0)) = (split(a), split(b));
    let (high, low) = product(a0, b0);
    join(high.wrapping_add(a1.wrapping_mul(b0)).wrapping_add(a0.wrapping_mul(b1)), low)
}

#[unsafe(no_mangle)]
extern "unadjusted" fn __udivti3(n: u128, d: u128) -> u128 {
    divide(n, d).0
}

#[unsafe(no_mangle)]
extern "unadjusted" fn __umodti3(n: u128, d: u128) -> u128 {
    divide(n, d).1
}

#[unsafe(no_mangle)]
extern "unadjusted" fn __ashlti3(x: u128, shift: u32) -> u128 {
    let (high, low) = split(x);
    match shift {
        0 => x,
        1..=63 => join(high << shift | low >> (64 - shift), low << shift),
        _ => join(low << (shift & 63), 0),
    }
}

#[unsafe(no_mangle)]
extern "unadjusted" fn __lshrti3(x: u128, shift: u32) -> u128 {
    let (high, low) = split(x);
    match shift {
        0 => x,
        1..=63 => join(high >> shift, low >> shift | high << (64 - shift)),
        _ => join(0, high >> (shift & 63)),
    }
}

#[unsafe(no_mangle)]
extern "unadjusted" fn __ashrti3(x: u128, shift: u32) -> u128 {
    let (high, low) = split(x);
    let signed = high as i64;
    match shift {
        0 => x,
        1..=63 => join((signed >> shift) as u64, low >> shift | high << (64 - shift)),
        _ => join((signed >> 63) as u64, (signed >> (shift & 63)) as u64),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    // SAFETY: the system call of that name.
    unsafe { system::<extern "C" fn(*mut u8, *const u8, usize)>(0x717c_c4a3)(to, from, length) };
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    // SAFETY: the system call of that name.
    unsafe { system::<extern "C" fn(*mut u8, *const u8, usize)>(0x4343_71f8)(to, from, length) };
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, length: usize) -> *mut u8 {
    // SAFETY: the system call of that name.
    unsafe { system::<extern "C" fn(*mut u8, u8, usize)>(0x3770_fb22)(to, byte as u8, length) };
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, length: usize) -> i32 {
    let mut result = 0;
    // SAFETY: the system call of that name writes its result.
    unsafe { system::<extern "C" fn(*const u8, *const u8, usize, *mut i32)>(0x5fdc_de31)(a, b, length, &mut result) };
    result
}
