//! The life of a guard, the same source on every machine, and what a Cortex-M needs to run it.
#![no_std]

#[cfg(feature = "device")]
pub mod device;
pub mod life;
