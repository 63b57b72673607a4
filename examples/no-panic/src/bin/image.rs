//! The image for the bare machine: entry, the calls, and the end of a panic.
#![no_std]
#![no_main]

/// What a panic comes to. Linked only if something can panic.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn panic_is_reachable() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    panic_is_reachable()
}

#[unsafe(no_mangle)]
extern "C" fn _start() {
    no_panic::all();
}
