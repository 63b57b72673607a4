//! Every target in one program. Under libFuzzer the variable `TARGET` names the one that runs; without it (built by plain
//! `cargo`) the first argument does, and the others are inputs to run again; without any it lists the targets, and the
//! modules that each is for.
#![cfg_attr(fuzzing, no_main)]

use damper_fuzz::{TARGETS, Target};

fn named(name: &str) -> &'static Target {
    TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| panic!("no target is called {name:?}"))
}

#[cfg(fuzzing)]
mod fuzzer {
    use damper_fuzz::Target;
    use std::sync::OnceLock;

    static CHOSEN: OnceLock<&'static Target> = OnceLock::new();

    libfuzzer_sys::fuzz_target!(
        init: {
            let name = std::env::var("TARGET").expect("TARGET names a target");
            CHOSEN.get_or_init(|| super::named(&name));
        },
        |data: &[u8]| {
            if let Some(target) = CHOSEN.get() {
                target.run(data);
            }
        }
    );
}

#[cfg(not(fuzzing))]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        TARGETS.iter().for_each(|target| println!("{} {}", target.name, target.modules.join(" ")));
        return;
    };
    let target = named(&name);
    for path in arguments {
        let data = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        println!("{path}: {} bytes", data.len());
        target.run(&data);
    }
}
