//! The image for Solana's machine.
#![no_std]
#![feature(abi_unadjusted, asm_experimental_arch)]
#![allow(internal_features, reason = "the convention of the compiler's own calls")]

#[path = "../../../sbf/calls.rs"]
mod calls;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: the machine provides it, and does not return.
    unsafe { calls::system::<extern "C" fn() -> !>(0xb6fc_1a11)() }
}

#[unsafe(no_mangle)]
pub extern "C" fn entrypoint(_: *mut u64) -> u64 {
    no_panic::all::<4>();
    0
}
