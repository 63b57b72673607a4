//! Panics that the check must find, one function each, so that each is named when it is.
pub fn all() {}
