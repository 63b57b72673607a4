//! A contract for measurements alone: its query runs one case. Message: words of 64 bits, number of group, number of
//! case, inputs. Answer: a first word, 0 or what went wrong, then the results.
//!
//! It is written against the bare interface of the machine, without `cosmwasm-std`, so that nothing but the case and the
//! crate is in it.

#![no_std]

#[path = "../../../costs/cases/mod.rs"]
mod cases;

use core::ptr;

/// Bytes in linear memory, as the machine passes them.
#[repr(C)]
pub struct Region {
    offset: u32,
    capacity: u32,
    length: u32,
}

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    /// The host takes note of the gas that is left.
    fn debug(message: *const Region);
}

/// Tells the host that a call begins or ends. The two addresses are given away, so that what lies there is read and
/// written between two marks and not before or after.
#[inline(always)]
pub fn mark(arguments: *const u8, result: *mut u8) {
    static NOTHING: Region = Region { offset: 16, capacity: 0, length: 0 };
    core::hint::black_box((arguments, result));
    // SAFETY: the machine provides it, and reads a region of no bytes, which must not be at zero.
    unsafe { debug(&raw const NOTHING) };
    core::hint::black_box((arguments, result));
}

const ROOM: usize = 1 << 18;

#[repr(C, align(16))]
struct Heap {
    bytes: [u8; ROOM],
    used: usize,
}

static mut HEAP: Heap = Heap { bytes: [0; ROOM], used: 0 };

/// Room for `size` bytes until the machine gives the answer back.
pub fn place(size: usize) -> *mut u8 {
    let heap = &raw mut HEAP;
    // SAFETY: there is one thread, and the offset is within the array or the program ends.
    unsafe {
        let from = (*heap).used;
        if size > ROOM - from {
            core::arch::wasm32::unreachable();
        }
        (*heap).used = (from + size).next_multiple_of(16).min(ROOM);
        (&raw mut (*heap).bytes).cast::<u8>().add(from)
    }
}

fn region(capacity: usize) -> *mut Region {
    let region: *mut Region = place(size_of::<Region>()).cast();
    let offset = place(capacity).addr() as u32;
    // SAFETY: the room was just made, aligned to 16 bytes.
    unsafe { region.write(Region { offset, capacity: capacity as u32, length: 0 }) };
    region
}

#[unsafe(no_mangle)]
extern "C" fn interface_version_8() {}

#[unsafe(no_mangle)]
extern "C" fn allocate(size: usize) -> *mut Region {
    region(size)
}

/// The machine gives back the answer, after which nothing of the call is used.
#[unsafe(no_mangle)]
extern "C" fn deallocate(_: *mut Region) {
    // SAFETY: there is one thread.
    unsafe { HEAP.used = 0 };
}

/// # Safety
/// `message` is a region of words that `allocate` made.
#[unsafe(no_mangle)]
unsafe extern "C" fn query(_: *const Region, message: *const Region) -> *mut Region {
    const RESULTS: usize = 97;
    // SAFETY: regions are aligned to 16 bytes and hold what they say.
    let (words, answer, out) = unsafe {
        let data = ptr::with_exposed_provenance::<u64>((*message).offset as usize);
        let words = core::slice::from_raw_parts(data, (*message).length as usize / 8);
        let answer = region(8 * RESULTS);
        let out = ptr::with_exposed_provenance_mut::<u64>((*answer).offset as usize);
        ptr::write_bytes(out, 0, RESULTS);
        (words, answer, core::slice::from_raw_parts_mut(out, RESULTS))
    };
    let ([group, case, inputs @ ..], [status, results @ ..]) = (words, out) else { core::arch::wasm32::unreachable() };
    let mut io = cases::Io::new(inputs, results);
    let mut number = 0;
    *status = 2 << 32;
    for (_, _, run) in cases::GROUPS {
        if number == *group {
            *status = run(*case, &mut io).map_or_else(|error| 1 << 32 | u64::from(error.code()), |()| 0);
        }
        number += 1;
    }
    // SAFETY: written above.
    unsafe { (*answer).length = 8 * (1 + io.len() as u32) };
    answer
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
