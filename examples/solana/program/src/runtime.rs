//! What the machine provides: time, return data, and an end to what cannot happen.

use crate::calls::system;
use crate::fault::{Code, Fault};
use damper::units::Timestamp;
use market::Report;
use pinocchio::sysvars::{Sysvar, clock::Clock};

/// The present, by the cluster's clock.
#[inline(never)]
pub fn now() -> Result<Timestamp, Code> {
    let clock = Clock::get().map_err(|_| Fault::Clock)?;
    Ok(Timestamp::new(u64::try_from(clock.unix_timestamp).map_err(|_| Fault::Clock)?))
}

/// Returns a report to the caller.
#[inline(never)]
pub fn answer(report: &Report) {
    let bytes = report.to_bytes();
    // SAFETY: the system call `sol_set_return_data` reads so many bytes from there.
    unsafe { system::<extern "C" fn(*const u8, u64)>(0xa226_d3eb)(bytes.as_ptr(), bytes.len() as u64) };
}

/// Returns a report to the caller, and the key of who is to be paid what it names.
#[inline(never)]
pub fn answer_to(report: &Report, key: &[u8; 32]) {
    let mut bytes = [0; Report::BYTES + 32];
    if let Some((head, tail)) = bytes.split_first_chunk_mut()
        && let Some(last) = tail.first_chunk_mut()
    {
        (*head, *last) = (report.to_bytes(), *key);
    }
    // SAFETY: as above.
    unsafe { system::<extern "C" fn(*const u8, u64)>(0xa226_d3eb)(bytes.as_ptr(), bytes.len() as u64) };
}

/// Reached by nothing: the program does not call it, as the tests check.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: the system call `abort`.
    unsafe { system::<extern "C" fn() -> !>(0xb6fc_1a11)() }
}
