//! What every probe has: the marks around a call, its instruction data, and the end of a panic.

use crate::calls::system;

/// Tells the runner that a call begins or ends. The two addresses are given away, so that what lies there is read and
/// written between two marks and not before or after.
#[inline(always)]
pub fn mark(arguments: *const u8, result: *mut u8) {
    // SAFETY: the runner provides it.
    unsafe { system::<extern "C" fn(*const u8, *mut u8) -> u64>(0x30d2_b7a8)(arguments, result) };
}

/// Whether something is part of this program: all is, unless one name was given when it was built.
pub const fn included(only: Option<&str>, name: &str) -> bool {
    let Some(only) = only else { return true };
    let (name, only) = (name.as_bytes(), only.as_bytes());
    let mut same = name.len() == only.len();
    let mut at = 0;
    while same && at < name.len() {
        same = name[at] == only[at];
        at += 1;
    }
    same
}

/// The instruction data: number of group, number of case, inputs, and room for results.
///
/// # Safety
/// `data` is the instruction data: words of 64 bits, number of group, number of case, count of inputs, inputs, count of
/// results, results.
#[inline(always)]
pub unsafe fn read<'a>(data: *mut u64) -> (u64, u64, &'a [u64], &'a mut [u64]) {
    // SAFETY: the runner lays the words out so.
    unsafe {
        let count = data.add(2).read_volatile() as usize;
        let room = data.add(3 + count).read_volatile() as usize;
        (
            data.read_volatile(),
            data.add(1).read_volatile(),
            core::slice::from_raw_parts(data.add(3), count),
            core::slice::from_raw_parts_mut(data.add(4 + count), room),
        )
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: the runner provides it, and does not return.
    unsafe { system::<extern "C" fn() -> !>(0xb6fc_1a11)() }
}
