//! The image for the bare machine: entry, the calls, and what a panic and an allocation come to.
#![no_std]
#![no_main]

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;

/// Linked only if something can panic.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn panic_is_reachable() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    panic_is_reachable()
}

/// Linked only if something allocates.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn allocation_is_reachable(size: usize) -> *mut u8 {
    core::hint::black_box(core::ptr::without_provenance_mut(size))
}

struct Nothing;

// SAFETY: nothing of this runs.
unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocation_is_reachable(layout.size())
    }
    unsafe fn dealloc(&self, _: *mut u8, layout: Layout) {
        allocation_is_reachable(layout.size());
    }
}

#[global_allocator]
static ALLOCATOR: Nothing = Nothing;

#[unsafe(no_mangle)]
extern "C" fn _start() {
    no_panic::all::<17>();
}
