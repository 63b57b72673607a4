//! The same life with its numbers only: what the rules weigh without `defmt::Format`.
#![no_std]
#![no_main]

use bare_metal::device::{Output, end, stack};
use bare_metal::life::{Event, Witness, live};

struct Device(Output);

impl Witness for Device {
    fn number(&mut self, name: &'static str, steps: u128) {
        self.0.line(name, steps);
    }

    fn event(&mut self, _: &Event<'_>) {}
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let result = live(&mut Device(Output::open()));
    let (used, size) = stack();
    defmt::println!("stack: {=u32} of {=u32} bytes", used, size);
    end(result.is_ok() && used < size);
}
