//! The numbers of `cosmwasm-std`, from the source of the published crate, for a target without std: its modules `math`,
//! `forward_ref` and `__internal`, unchanged. The errors are written here with the same fields; schemas and the messages
//! of errors, which need std, are left out.

#![no_std]
#![allow(dead_code, unused_imports, reason = "a part of another crate")]
#![allow(macro_expanded_macro_exports_accessed_by_absolute_paths, reason = "the modules come from an included file")]

#[macro_use]
extern crate alloc;
extern crate derives as cw_schema;
extern crate derives as schemars;
extern crate derives as thiserror;

mod errors;
mod prelude {
    pub use alloc::boxed::Box;
    pub use alloc::string::{String, ToString};
    pub use alloc::vec::Vec;
}

include!(concat!(env!("OUT_DIR"), "/modules.rs"));

pub use errors::*;
pub use math::*;

// What the prelude of std would give.
impl Uint256 {
    fn to_string(self) -> alloc::string::String {
        alloc::string::ToString::to_string(&self)
    }
}

impl Decimal256 {
    fn to_string(self) -> alloc::string::String {
        alloc::string::ToString::to_string(&self)
    }
}
