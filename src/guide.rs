//! Guide: from a market that has no damper to one that runs on it.
//!
//! Pages alone, and no code: they exist in the documentation and its tests. Their examples are compiled
//! and run. In order: [`problem`], [`parameters`], [`calibrate`], [`configuration`]; [`solana`] or [`cosmwasm`],
//! [`migrate`]; [`bot`], [`monitor`]; [`limits`].

#[doc = include_str!("guide/problem.md")]
#[doc = include_str!("guide/1987.svg")]
#[doc = include_str!("guide/problem_2020.md")]
#[doc = include_str!("guide/2020.svg")]
#[doc = include_str!("guide/problem_bound.md")]
pub mod problem {}

#[doc = include_str!("guide/parameters.md")]
pub mod parameters {}

#[doc = include_str!("guide/calibrate.md")]
pub mod calibrate {}

#[doc = include_str!("guide/configuration.md")]
pub mod configuration {}

#[doc = include_str!("guide/solana.md")]
pub mod solana {}

#[doc = include_str!("guide/cosmwasm.md")]
pub mod cosmwasm {}

#[doc = include_str!("guide/bot.md")]
pub mod bot {}

#[doc = include_str!("guide/monitor.md")]
pub mod monitor {}

#[doc = include_str!("guide/migrate.md")]
pub mod migrate {}

#[doc = include_str!("guide/limits.md")]
pub mod limits {}
