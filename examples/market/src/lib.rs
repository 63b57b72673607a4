//! A small lending market on `damper`, in numbers: what each on-chain example does between reading its storage and
//! writing it back.
//!
//! One collateral, one quote asset, a loan for each borrower and at most one open lot for each loan. Every operation takes
//! values and gives values, or refuses by a [`Refusal`] with a stable code; on a refusal nothing has changed. Nothing here
//! moves a token: who calls has to see to it that what a report names is paid. Interest, fees and the lenders' side are
//! left out.
//!
//! | module | what |
//! |---|---|
//! | [`refusal`] | what is refused, by code |
//! | [`input`] | prices and depth as they arrive |
//! | [`loan`] | [`Loan`] and [`Backstop`], and their stored form |
//! | [`report`] | what an operation did, and its stored form |
//! | [`ops`] | [`Market`]: the operations |
//! | [`feeds`] | many price sources in place of one |
//! | [`life`] | one life of a market as data, and a runner for the host |

#![no_std]
#![forbid(unsafe_code)]
#![deny(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::integer_division,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

pub mod refusal;
mod bytes;
pub mod input;
pub mod loan;
pub mod report;
pub mod ops;
pub mod feeds;
pub mod life;

pub use damper::auction::Lot;
pub use input::{Limit, Pool, Quote, Seen};
pub use loan::{Backstop, Loan, Tab};
pub use ops::Market;
pub use refusal::Refusal;
pub use report::Report;

/// The configuration of the market: one depth quantity, the reserve of a constant-product pool.
pub type Guard = damper::guard::Guard<1>;
/// The state of the market.
pub type GuardState = damper::guard::GuardState<1>;
