//! What a Cortex-M needs: numbers go to the debugger's standard output, defmt frames to its standard error, and a panic
//! or a fault ends the machine with a failure.

use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use cortex_m_rt::{ExceptionFrame, exception};
use cortex_m_semihosting::debug::{EXIT_FAILURE, EXIT_SUCCESS, exit};
use cortex_m_semihosting::hio::{HostStream, hstderr, hstdout};

/// Standard output of the debugger.
pub struct Output(HostStream);

impl Output {
    /// Opens it; without a debugger there is nobody to tell, so the machine stops.
    pub fn open() -> Output {
        match hstdout() {
            Ok(stream) => Output(stream),
            Err(()) => end(false),
        }
    }

    /// `name 0x...`, 32 digits.
    pub fn line(&mut self, name: &str, steps: u128) {
        let mut text = [b'0'; 36];
        let (head, digits) = text.split_at_mut(3);
        head.copy_from_slice(b" 0x");
        for (digit, place) in digits.iter_mut().zip((0..32_u32).rev()) {
            let nibble = (steps >> (4 * place)) as u8 & 15;
            *digit = if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble };
        }
        digits[32] = b'\n';
        for part in [name.as_bytes(), &text] {
            if self.0.write_all(part).is_err() {
                end(false);
            }
        }
    }
}

/// Ends the machine.
pub fn end(success: bool) -> ! {
    exit(if success { EXIT_SUCCESS } else { EXIT_FAILURE });
    loop {}
}

/// Bytes of stack that were used since the start, and bytes that there are. The runtime painted them all.
pub fn stack() -> (u32, u32) {
    unsafe extern "C" {
        static _stack_end: u32;
        static _stack_start: u32;
    }
    let (end, start) = (&raw const _stack_end, &raw const _stack_start);
    let mut word = end;
    // SAFETY: from `end` up to `start` is memory that the linker gave to the stack, in whole words.
    while word < start && unsafe { word.read_volatile() } == cortex_m_rt::STACK_PAINT_VALUE {
        word = word.wrapping_add(1);
    }
    ((start as usize - word as usize) as u32, (start as usize - end as usize) as u32)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    panic_is_reachable()
}

/// Linked if, and only if, something in the program can panic: `run.sh` looks for the name.
#[inline(never)]
#[unsafe(no_mangle)]
extern "C" fn panic_is_reachable() -> ! {
    end(false)
}

#[exception]
unsafe fn HardFault(_: &ExceptionFrame) -> ! {
    end(false)
}

/// Encodes defmt frames and sends them to standard error.
struct Channel(UnsafeCell<(defmt::Encoder, Option<HostStream>)>);

// SAFETY: one core, and no interrupt is ever enabled: nothing runs beside the program.
unsafe impl Sync for Channel {}

static CHANNEL: Channel = Channel(UnsafeCell::new((defmt::Encoder::new(), None)));

impl Channel {
    fn with(&self, act: impl FnOnce(&mut defmt::Encoder, &mut dyn FnMut(&[u8]))) {
        // SAFETY: `act` calls the encoder and the stream only, neither of which logs, so that this is the only reference.
        let (encoder, stream) = unsafe { &mut *self.0.get() };
        if stream.is_none() {
            *stream = hstderr().ok();
        }
        let Some(stream) = stream else { end(false) };
        act(encoder, &mut |bytes| {
            if stream.write_all(bytes).is_err() {
                end(false);
            }
        });
    }
}

#[defmt::global_logger]
struct Logger;

// SAFETY: nothing interrupts a frame, as above.
unsafe impl defmt::Logger for Logger {
    fn acquire() {
        CHANNEL.with(|encoder, send| encoder.start_frame(send));
    }

    unsafe fn flush() {}

    unsafe fn release() {
        CHANNEL.with(|encoder, send| encoder.end_frame(send));
    }

    unsafe fn write(bytes: &[u8]) {
        CHANNEL.with(|encoder, send| encoder.write(bytes, send));
    }
}
