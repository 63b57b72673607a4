//! One function for each module of damper, one file for each layer in the table of its `lib.rs`.
//!
//! `check` reads these files: a public function of damper that is not named in the function of its module fails the run.

mod budgets;
mod decisions;
mod numbers;
mod observations;
mod parameters;
mod whole;

/// Calls every public function of damper; those that are generic in sizes with the smallest sizes and with `LARGE`.
pub fn all<const LARGE: usize>() {
    numbers::all();
    parameters::all::<LARGE>();
    budgets::all();
    sized::<1, 1, 1, 1, 1, 0, 0>();
    sized::<LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE>();
}

/// Points of a book, entries of a queue and buckets of a grid, markets and sellers, reporters, sources, other collateral and
/// other debts.
fn sized<
    const N: usize,
    const K: usize,
    const M: usize,
    const R: usize,
    const S: usize,
    const C: usize,
    const D: usize,
>() {
    observations::all::<N, K, R, S>();
    decisions::all::<N, K, C, D>();
    whole::all::<N, K, M, C, D>();
}
