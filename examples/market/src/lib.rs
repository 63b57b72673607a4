//! A small lending market on `damper`, in numbers: what each on-chain example does between reading its storage and
//! writing it back.
//!
//! One collateral, one quote asset, a loan for each borrower and at most one open lot for each loan. Every operation
//! changes in place what it is given, or refuses by a [`Refusal`] with a stable code; on a refusal nothing has changed.
//! Nothing here moves a token: who calls has to see to it that what a report names is paid. Interest, fees and the lenders'
//! side are left out.
//!
//! | module | what |
//! |---|---|
//! | [`refusal`] | what is refused, by code |
//! | [`input`] | prices and depth as they arrive |
//! | [`terms`] | [`Terms`]: what the market is run by beside the guard, and its stored form |
//! | [`house`] | [`House`]: what is owed in all, the fund, the keepers; [`State`]: the guard's and it |
//! | [`loan`] | [`Loan`] and [`Backstop`], and their stored form |
//! | [`report`] | what an operation did, and its stored form |
//! | [`ops`] | [`Market`]: the operations |
//! | [`cap`] | how much may be owed in all |
//! | `penalty` | what takers paid: to the debt, the borrower, the keepers, the fund |
//! | `keepers` | whether keepers answer, and that the guard is told |
//! | [`feeds`] | many price sources in place of one |
//! | [`life`] | one life of a market as data, and a runner for the host |
//!
//! Which record an operation reads (r) and writes (w); guard and terms are the configuration:
//!
//! | operation | guard, terms | guard's state | house | sources | loan | lot | backstop |
//! |---|---|---|---|---|---|---|---|
//! | launch | r | w | w | | | | |
//! | observe | r | w | r | | | | |
//! | adopt | r | | w | w | | | |
//! | report | r | w | r | w | | | |
//! | open, borrow | r | r | w | | w | | |
//! | deposit | | | | | w | | |
//! | repay | | | w | | w | | |
//! | withdraw | r | r | | | w | | |
//! | assess | r | r | | | r | | |
//! | kick | r | w | r | | w | w | |
//! | take, settle | r | w | w | | w | w | |
//! | restart | r | r | w | | r | w | |
//! | absorb | r | r | w | | w | | w |

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
pub mod terms;
pub mod house;
pub mod loan;
pub mod report;
pub mod ops;
pub mod cap;
mod penalty;
mod keepers;
pub mod feeds;
pub mod life;

pub use damper::auction::Lot;
pub use feeds::{SourcesConfig, SourcesState};
pub use house::{House, State};
pub use input::{Limit, Pool, Quote, Seen};
pub use loan::{Backstop, Loan, Tab};
pub use ops::Market;
pub use refusal::Refusal;
pub use report::Report;
pub use terms::{Terms, TermsParams};

/// The configuration of the market: one depth quantity, the reserve of a constant-product pool.
pub type Guard = damper::guard::Guard<1>;
/// The state of the market.
pub type GuardState = damper::guard::GuardState<1>;
