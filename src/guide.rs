//! Guide: from a market that has no damper to one that runs on it.
//!
//! Pages alone, and no code: they exist in the documentation and its tests. Each begins with what it takes for granted, and
//! its examples are compiled and run.

#[doc = include_str!("guide/solana.md")]
pub mod solana {}

#[doc = include_str!("guide/cosmwasm.md")]
pub mod cosmwasm {}

#[doc = include_str!("guide/bot.md")]
pub mod bot {}

#[doc = include_str!("guide/monitor.md")]
pub mod monitor {}
