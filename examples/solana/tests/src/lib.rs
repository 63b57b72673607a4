//! The program in the virtual machine: its accounts, its instructions, and the same on the host.

#[path = "../../program/src/fault.rs"]
#[allow(dead_code, reason = "the tests name some of the codes")]
pub mod fault;
pub mod frames;
pub mod host;
pub mod instruction;
pub mod layout;
pub mod machine;
