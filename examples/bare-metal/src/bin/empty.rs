//! The same program without damper: what the start, the output and the logger weigh.
#![no_std]
#![no_main]

use bare_metal::device::{Output, end, stack};

#[cortex_m_rt::entry]
fn main() -> ! {
    let (used, size) = stack();
    Output::open().line("stack", u128::from(used));
    defmt::println!("stack: {=u32} of {=u32} bytes", used, size);
    end(used < size);
}
