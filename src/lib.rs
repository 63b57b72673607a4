#![doc = "Placeholder."]
#![no_std]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::integer_division,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::todo,
    clippy::panic_in_result_fn,
    clippy::wildcard_enum_match_arm,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc
)]

// Each module imports only from those above it.
mod error;
mod wide;
pub mod num;
pub mod ratio;
pub mod units;
pub mod price;
pub mod window;
pub mod parameters;
pub mod oracle;
pub mod book;
pub mod depth;
pub mod volatility;
pub mod schedule;
pub mod ledger;
pub mod breaker;
pub mod health;
pub mod plan;
pub mod auction;
pub mod guard;

pub use error::Error;
