//! The host's side: runs the same life, and decodes what a device has logged.
//!
//! `host` prints the numbers to standard output and the events to standard error, each as the device does.
//! `host ELF < FRAMES` prints the events that a device logged.

use bare_metal::life::{Event, Witness, live};
use defmt_decoder::{DecodeError, Table};
use fixed::types::{U1F63, U16F48};
use std::error::Error;
use std::io::Read;

struct Host;

impl Witness for Host {
    fn number(&mut self, name: &'static str, steps: u128) {
        println!("{name} 0x{steps:032x}");
    }

    fn event(&mut self, event: &Event<'_>) {
        eprintln!("{}", as_logged(&format!("{event:?}")).expect("numbers as Debug prints them"));
    }
}

/// Three types show their bits through defmt and a decimal fraction through `Debug`: replaces the one by the other.
fn as_logged(text: &str) -> Result<String, Box<dyn Error>> {
    let mut rest = text;
    let mut out = String::new();
    while let Some(at) = ["Ratio(", "Decay(", "Price {"].iter().filter_map(|name| rest.find(name)).min() {
        let length = rest[at..].find([')', '}']).ok_or("a value without an end")?;
        let (before, value) = (&rest[..at], &rest[at..at + length]);
        out += before;
        out += &if let Some(ratio) = value.strip_prefix("Ratio(") {
            format!("Ratio({}/2^48)", ratio.parse::<U16F48>()?.to_bits())
        } else if let Some(decay) = value.strip_prefix("Decay(") {
            format!("Decay({}/2^63)", decay.parse::<U1F63>()?.to_bits())
        } else {
            let field = |name| {
                let (_, tail) = value.split_once(name).ok_or("a price without a field")?;
                Ok::<_, Box<dyn Error>>(tail.split([',', ' ']).next().unwrap_or(tail))
            };
            let significand = field("significand: ")?.parse::<U1F63>()?.to_bits();
            format!("Price({significand} * 2^{})", field("exponent: ")?.parse::<i32>()? - 63)
        };
        rest = &rest[at + length + 1..];
    }
    Ok(out + rest)
}

fn decode(elf: &str) -> Result<(), Box<dyn Error>> {
    let table = Table::parse(&std::fs::read(elf)?)?.ok_or("the program has no defmt table")?;
    let mut frames = Vec::new();
    std::io::stdin().read_to_end(&mut frames)?;
    let mut decoder = table.new_stream_decoder();
    decoder.received(&frames);
    loop {
        match decoder.decode() {
            Ok(frame) => println!("{}", frame.display_message()),
            Err(DecodeError::UnexpectedEof) => return Ok(()),
            Err(malformed) => return Err(malformed.into()),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1) {
        Some(elf) => decode(&elf),
        None => Ok(live(&mut Host)?),
    }
}
