//! The scenarios by name.
//!
//! Twelve crashes, in the order of their dates but for the three that share a day or a mechanism, and two paths by the
//! hour whose tables are in the README. Each file gives its magnitudes, which of them are public, and what it shows.

mod bitmex;
mod black_monday;
pub(crate) mod china;
mod compound;
mod crv;
pub(crate) mod eth;
mod flash_crash;
pub(crate) mod luna;
mod maker;
pub(crate) mod mango;
mod may_2021;
mod october_2025;
mod solend;

use crate::scenario::{Scenario, Unusable};

/// A name and what builds it from a seed.
pub(crate) type Entry = (&'static str, fn(u64) -> Result<Scenario, Unusable>);

/// The twelve.
pub(crate) const TWELVE: [Entry; 12] = [
    ("black-monday", black_monday::scenario),
    ("flash-crash", flash_crash::scenario),
    ("china", china::scenario),
    ("maker", maker::scenario),
    ("bitmex", bitmex::scenario),
    ("compound", compound::scenario),
    ("may-2021", may_2021::scenario),
    ("luna", luna::scenario),
    ("solend", solend::scenario),
    ("mango", mango::scenario),
    ("crv", crv::scenario),
    ("october-2025", october_2025::scenario),
];

/// The three that are printed in full.
pub(crate) const DETAILED: [Entry; 3] =
    [("black-monday", black_monday::scenario), ("eth-march-2020", eth::march_2020), ("eth-may-2021", eth::may_2021)];

/// All names, each once.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = TWELVE.iter().map(|(name, _)| *name).collect();
    names.extend(DETAILED.iter().map(|(name, _)| *name).filter(|name| TWELVE.iter().all(|(other, _)| other != name)));
    names
}

/// The scenario of that name.
///
/// There is none: the message lists those that there are.
pub(crate) fn named(name: &str, seed: u64) -> Result<Scenario, String> {
    let entry = TWELVE.iter().chain(&DETAILED).find(|(known, _)| *known == name);
    let (_, build) = entry.ok_or_else(|| format!("no scenario `{name}`; there are: {}", names().join(", ")))?;
    build(seed).map_err(|error| error.to_string())
}
