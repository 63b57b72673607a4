//! A lending market on `damper` as a CosmWasm contract, in numbers.
//!
//! The rules are `damper`'s, the accounts those of the `market` crate that the Solana program has too; this crate is what
//! lies between them and a chain: messages, storage and errors. It moves no tokens. What a real deployment adds is in
//! README.md.
//!
//! | module | what |
//! |---|---|
//! | [`error`] | every refusal, by stable code |
//! | [`msg`] | the messages |
//! | [`edge`] | `Decimal` and `Uint128` to and from the crate's numbers, each rounding with its direction |
//! | [`storage`] | records of fixed bytes under fixed keys |
//! | [`contract`] | instantiate, execute, query |

#![forbid(unsafe_code)]
#![deny(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

pub mod error;
pub mod msg;
pub mod edge;
pub mod storage;
pub mod contract;

pub use error::ContractError;
