//! The probe: runs one job of one number type on the machine and writes its answer.

#![no_std]
#![feature(abi_unadjusted, asm_experimental_arch)]
#![allow(internal_features, reason = "the convention of the compiler's own calls")]

#[path = "../../../sbf/calls.rs"]
mod calls;
#[path = "../../jobs/mod.rs"]
mod jobs;
#[path = "../../../costs/program/src/probe.rs"]
mod probe;

extern crate alloc;

pub use probe::mark;

/// Some of the number types take memory for the messages of their errors. None of the jobs makes one: this has nothing.
struct Nothing;

// SAFETY: gives no memory.
unsafe impl core::alloc::GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: core::alloc::Layout) -> *mut u8 {
        core::ptr::null_mut()
    }
    unsafe fn dealloc(&self, _: *mut u8, _: core::alloc::Layout) {}
}

#[global_allocator]
static NOTHING: Nothing = Nothing;

/// # Safety
/// `data` is the instruction data.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrypoint(data: *mut u64) -> u64 {
    // SAFETY: by the caller's word.
    let (number, job, words, out) = unsafe { probe::read(data) };
    let mut io = jobs::Io::new(words, out);
    let mut at = 0;
    for (name, run) in jobs::TYPES {
        if at == number && (at == 0 || probe::included(option_env!("OPPONENT"), name)) {
            run(job, &mut io);
            return io.len() as u64;
        }
        at += 1;
    }
    2 << 32
}
