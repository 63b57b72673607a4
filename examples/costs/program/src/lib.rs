//! The probe: runs one case on the machine and writes its result. Instruction data: words of 64 bits, number of group,
//! number of case, count of inputs, inputs, count of results, results.

#![no_std]
#![feature(abi_unadjusted, asm_experimental_arch)]
#![allow(internal_features, reason = "the convention of the compiler's own calls")]

#[path = "../../../sbf/calls.rs"]
mod calls;
#[path = "../../cases/mod.rs"]
mod cases;

use calls::system;

/// Tells the runner that a call begins or ends. The two addresses are given away, so that what lies there is read and
/// written between two marks and not before or after.
#[inline(always)]
pub fn mark(arguments: *const u8, result: *mut u8) {
    // SAFETY: the runner provides it.
    unsafe { system::<extern "C" fn(*const u8, *mut u8) -> u64>(0x30d2_b7a8)(arguments, result) };
}

/// Whether a group of cases is part of this program: all are, unless one was named when it was built.
const fn included(group: &str) -> bool {
    let Some(only) = option_env!("COSTS_GROUP") else { return true };
    let (group, only) = (group.as_bytes(), only.as_bytes());
    let mut same = group.len() == only.len();
    let mut at = 0;
    while same && at < group.len() {
        same = group[at] == only[at];
        at += 1;
    }
    same || group[0] == b'p' && group[1] == b'r'
}

/// Room for `size` bytes in the heap, whose first word says how much of it is used.
pub fn place(size: usize) -> *mut u8 {
    let heap = core::ptr::with_exposed_provenance_mut::<usize>(0x3_0000_0000);
    // SAFETY: the machine gives each run a fresh heap of zeros, of 32 KiB.
    unsafe {
        let used = heap.read_volatile();
        heap.write_volatile(used + size.next_multiple_of(16));
        heap.cast::<u8>().add(16 + used)
    }
}

/// # Safety
/// `data` is the instruction data.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrypoint(data: *mut u64) -> u64 {
    // SAFETY: the runner lays the words out as the module says.
    let (group, case, words, out) = unsafe {
        let count = data.add(2).read_volatile() as usize;
        let room = data.add(3 + count).read_volatile() as usize;
        (
            data.read_volatile(),
            data.add(1).read_volatile(),
            core::slice::from_raw_parts(data.add(3), count),
            core::slice::from_raw_parts_mut(data.add(4 + count), room),
        )
    };
    let mut io = cases::Io::new(words, out);
    let mut number = 0;
    for (name, _, run) in cases::GROUPS {
        if number == group && included(name) {
            return match run(case, &mut io) {
                Ok(()) => io.len() as u64,
                Err(error) => 1 << 32 | u64::from(error.code()),
            };
        }
        number += 1;
    }
    2 << 32
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: the runner provides it, and does not return.
    unsafe { system::<extern "C" fn() -> !>(0xb6fc_1a11)() }
}
