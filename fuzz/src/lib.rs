//! Fuzz targets, one for each module of the crate with behaviour, and one for the life of a guard.
//!
//! Each makes structured values out of the bytes of an input, calls the crate with them, and compares with an exact
//! reference or asserts an invariant. They run under libFuzzer, and over the seeds under `cargo test`.

#![allow(dead_code, reason = "the kernels and supports that are included have parts that no target uses")]

mod exact;
mod source;
mod targets;
mod world;

#[path = "../../tests/support/exact.rs"]
mod logs;
#[path = "../../tests/support/market.rs"]
mod market;

// Kernels that the crate does not publish.
#[path = "../../src/digits.rs"]
mod digits;
#[path = "../../src/exponential.rs"]
mod exponential;
#[path = "../../src/wide.rs"]
mod wide;
#[path = "../../src/width.rs"]
mod width;
#[path = "../../src/word.rs"]
mod word;

use source::Source;

/// A target.
pub struct Target {
    /// Its name, and that of its folders of seeds and findings.
    pub name: &'static str,
    /// The modules of the crate that it is for.
    pub modules: &'static [&'static str],
    body: fn(&mut Source<'_>),
}

impl Target {
    /// Runs it on one input; panics on a finding.
    pub fn run(&self, data: &[u8]) {
        (self.body)(&mut Source::new(data));
    }
}

macro_rules! targets {
    ($($name:ident: $($module:literal)+;)+) => {
        /// All targets.
        pub const TARGETS: &[Target] = &[
            $(Target { name: stringify!($name), modules: &[$($module),+], body: targets::$name::run }),+
        ];
    };
}

targets! {
    bytes: "bytes";
    kernels: "width" "word" "digits" "exponential" "wide";
    num: "num";
    ratio: "ratio";
    units: "units";
    price: "reduced" "price";
    text: "text";
    forms: "forms" "packed" "serial" "schema" "borshed" "drawn" "ranged";
    window: "window";
    parameters: "parameters";
    oracle: "oracle";
    sources: "sources";
    book: "book";
    depth: "depth";
    volatility: "volatility";
    exposure: "exposure";
    schedule: "schedule";
    stress: "stress";
    appetite: "appetite";
    ledger: "ledger";
    two_sided: "two_sided";
    breaker: "breaker";
    health: "health";
    plan: "plan";
    auction: "curve" "auction";
    keeper: "keeper";
    bond: "bond";
    answering: "answering";
    hedge: "hedge";
    delta: "delta";
    clearing: "clearing";
    solvency: "solvency";
    risk: "risk";
    queue: "queue";
    cascade: "cascade";
    coordination: "coordination";
    assets: "assets";
    attack: "attack";
    life: "state" "guard" "selling";
    assess: "assess" "early";
    foresight: "foresight";
    change: "change";
    shadow: "shadow";
    preset: "preset";
    calibrate: "history" "refusal" "proposal" "calibrate";
}
