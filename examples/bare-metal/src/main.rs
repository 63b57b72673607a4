//! The life of a guard on a microcontroller: each number to standard output, each event through defmt.
#![no_std]
#![no_main]

use bare_metal::device::{Output, end, stack};
use bare_metal::life::{Event, Witness, live};

struct Device(Output);

impl Witness for Device {
    fn number(&mut self, name: &'static str, steps: u128) {
        self.0.line(name, steps);
    }

    fn event(&mut self, event: &Event<'_>) {
        defmt::println!("{}", event);
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let result = live(&mut Device(Output::open()));
    if let Err(error) = result {
        defmt::println!("failed: {}", error);
    }
    let (used, size) = stack();
    defmt::println!("stack: {=u32} of {=u32} bytes", used, size);
    // A stack that was used to its end may have run over what lies below it.
    end(result.is_ok() && used < size);
}
