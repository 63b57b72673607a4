//! One function for each module of damper, in the order of the layers in its `lib.rs`.
//!
//! `check` reads these files: a public function of damper that is not named here, in the function of its module, fails the run.

mod budgets;
mod decisions;
mod numbers;
mod observations;
mod parameters;
mod whole;

/// Assets of a market in several shapes, levels of a book, sources.
const N: usize = 3;
/// Buckets of a grid of prices, entries of a queue.
const K: usize = 4;
/// Sellers, markets.
const M: usize = 3;
/// Reporters of exposure.
const R: usize = 2;
/// Sources of a price.
const S: usize = 3;
/// Other collateral of a position.
const C: usize = 2;
/// Other debts of a position.
const D: usize = 2;

/// Calls every public function of damper.
pub fn all() {
    numbers::all();
    observations::all();
    parameters::all();
    budgets::all();
    decisions::all();
    whole::all();
    crate::planted::all();
}
