//! The copying and comparing of bytes that compiled code calls, in plain instructions, for programs whose instructions are
//! counted. The C library chooses its own by the processor that it runs on, so that counts with it differ between
//! machines. Eight bytes are one instruction here, and each byte of the rest is one.

use std::arch::asm;
use std::ffi::c_int;

/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // SAFETY: the caller gives `count` bytes at both addresses; the direction flag is clear between calls.
    unsafe {
        asm!("rep movsq", "mov rcx, {rest}", "rep movsb", rest = in(reg) count % 8,
            inout("rcx") count / 8 => _, inout("rdi") to => _, inout("rsi") from => _, options(nostack, preserves_flags));
    }
    to
}

/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    if to.addr().wrapping_sub(from.addr()) >= count {
        // SAFETY: what is written first is not read afterwards.
        return unsafe { memcpy(to, from, count) };
    }
    // SAFETY: as above, from the last byte down; the flag is cleared again.
    unsafe {
        asm!("std", "rep movsb", "cld", inout("rcx") count => _, inout("rdi") to.wrapping_add(count).wrapping_sub(1) => _,
            inout("rsi") from.wrapping_add(count).wrapping_sub(1) => _, options(nostack));
    }
    to
}

/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memset(to: *mut u8, byte: c_int, count: usize) -> *mut u8 {
    let eight = u64::from_ne_bytes([byte.to_le_bytes()[0]; 8]);
    // SAFETY: the caller gives `count` bytes at the address; the direction flag is clear between calls.
    unsafe {
        asm!("rep stosq", "mov rcx, {rest}", "rep stosb", rest = in(reg) count % 8,
            inout("rcx") count / 8 => _, inout("rdi") to => _, in("rax") eight, options(nostack, preserves_flags));
    }
    to
}

/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, count: usize) -> c_int {
    let (mut one, mut other, mut left) = (one, other, count);
    while left > 0 {
        // SAFETY: the caller gives `count` bytes at both addresses. Volatile, or the loop becomes a call of itself.
        let (a, b) = unsafe { (one.read_volatile(), other.read_volatile()) };
        if a != b {
            return c_int::from(a) - c_int::from(b);
        }
        (one, other, left) = (one.wrapping_add(1), other.wrapping_add(1), left - 1);
    }
    0
}

/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bcmp(one: *const u8, other: *const u8, count: usize) -> c_int {
    // SAFETY: the same contract.
    unsafe { memcmp(one, other, count) }
}
