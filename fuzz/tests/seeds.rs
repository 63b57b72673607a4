//! With stable Rust and no fuzzer: every target over its seeds, and over inputs made from a count.

use damper_fuzz::TARGETS;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Inputs that are made for each target.
const MADE: u64 = 256;

/// `length` bytes that depend on `seed` alone: the mixing function of SplitMix64 over a count.
fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let word = |count: u64| {
        let mut z = count.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    };
    let words = (1..).flat_map(|count: u64| word(seed << 32 | count).to_le_bytes());
    words.take(length).collect()
}

#[test]
fn every_target_holds_on_its_seeds() {
    for target in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target.name);
        let seeds: Vec<_> =
            fs::read_dir(&folder).expect("a folder of seeds").map(|entry| entry.expect("readable").path()).collect();
        assert!(!seeds.is_empty(), "{} has no seed", target.name);
        for seed in seeds {
            println!("{}", seed.display());
            target.run(&fs::read(&seed).expect("readable"));
        }
    }
}

#[test]
fn every_target_holds_on_made_inputs() {
    for target in TARGETS {
        for seed in 0..MADE {
            let length = 1 << (seed % 10 + 2);
            println!("{} {seed}", target.name);
            target.run(&bytes(seed, length));
        }
    }
}

/// A module without a target fails, and so does a target for a module that is not there.
#[test]
fn every_module_has_a_target() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/lib.rs")).expect("readable");
    let declared = lib.lines().filter_map(|line| {
        let line = line.trim();
        let name = line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod "))?;
        name.strip_suffix(';')
    });
    // Names of errors have no behaviour, and the guide is text.
    let modules: BTreeSet<&str> = declared.filter(|module| !["error", "guide"].contains(module)).collect();
    assert!(modules.len() > 40, "lib.rs is not read as it is written");
    let covered: BTreeSet<&str> = TARGETS.iter().flat_map(|target| target.modules).copied().collect();
    let missing: Vec<_> = modules.difference(&covered).collect();
    let unknown: Vec<_> = covered.difference(&modules).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "no target for {missing:?}, no module for {unknown:?}");
    let names: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names.len(), TARGETS.len(), "two targets of one name");
}
