//! The probe: runs one case on the machine and writes its result.

#![no_std]
#![feature(abi_unadjusted, asm_experimental_arch)]
#![allow(internal_features, reason = "the convention of the compiler's own calls")]

#[path = "../../../sbf/calls.rs"]
mod calls;
#[path = "../../cases/mod.rs"]
mod cases;
mod probe;

pub use probe::mark;

/// The first group, the probe's own, is always part of the program.
const fn included(group: &str) -> bool {
    probe::included(option_env!("COSTS_GROUP"), group) || probe::included(Some("probe"), group)
}

/// The functions of the groups that are part of the program. Chosen when it is compiled, so that it holds nothing of the
/// others: a choice in the loop over all is one that the compiler may leave to the machine.
const RUNS: [Option<cases::Run>; cases::GROUPS.len()] = {
    let mut runs = [None; cases::GROUPS.len()];
    let mut at = 0;
    while at < runs.len() {
        let (name, _, run) = cases::GROUPS[at];
        if included(name) {
            runs[at] = Some(run);
        }
        at += 1;
    }
    runs
};

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
    // SAFETY: by the caller's word.
    let (group, case, words, out) = unsafe { probe::read(data) };
    let mut io = cases::Io::new(words, out);
    if let Some(Some(run)) = RUNS.get(group as usize) {
        return match run(case, &mut io) {
            Ok(()) => io.len() as u64,
            Err(error) => 1 << 32 | u64::from(error.code()),
        };
    }
    2 << 32
}
