//! The errors that the numbers return, with the fields of the published crate.

use alloc::string::{String, ToString};
use core::fmt;

pub struct StdError(String);

impl StdError {
    pub fn msg(message: impl fmt::Display) -> StdError {
        StdError(message.to_string())
    }

    pub fn with_kind(self, _: ErrorKind) -> StdError {
        self
    }
}

impl fmt::Display for StdError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<core::num::ParseIntError> for StdError {
    fn from(error: core::num::ParseIntError) -> StdError {
        StdError::msg(error)
    }
}

impl From<OverflowError> for StdError {
    fn from(_: OverflowError) -> StdError {
        StdError::msg("overflow")
    }
}

pub enum ErrorKind {
    Overflow,
    Parsing,
    Other,
}

#[derive(Debug, PartialEq, Eq)]
pub enum OverflowOperation {
    Add,
    Sub,
    Mul,
    Pow,
    Shr,
    Shl,
}

#[derive(Debug, PartialEq, Eq)]
pub struct OverflowError {
    pub operation: OverflowOperation,
}

impl OverflowError {
    pub fn new(operation: OverflowOperation) -> Self {
        Self { operation }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct ConversionOverflowError {
    pub source_type: &'static str,
    pub target_type: &'static str,
}

impl ConversionOverflowError {
    pub fn new(source_type: &'static str, target_type: &'static str) -> Self {
        Self { source_type, target_type }
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct DivideByZeroError;

impl DivideByZeroError {
    pub fn new() -> Self {
        Self
    }
}

#[derive(Debug, PartialEq, Eq)]
pub enum DivisionError {
    DivideByZero,
    Overflow,
}

#[derive(Debug, PartialEq, Eq)]
pub enum CheckedMultiplyFractionError {
    DivideByZero(DivideByZeroError),
    ConversionOverflow(ConversionOverflowError),
    Overflow(OverflowError),
}

impl From<DivideByZeroError> for CheckedMultiplyFractionError {
    fn from(error: DivideByZeroError) -> Self {
        Self::DivideByZero(error)
    }
}

impl From<ConversionOverflowError> for CheckedMultiplyFractionError {
    fn from(error: ConversionOverflowError) -> Self {
        Self::ConversionOverflow(error)
    }
}

impl From<OverflowError> for CheckedMultiplyFractionError {
    fn from(error: OverflowError) -> Self {
        Self::Overflow(error)
    }
}

#[derive(Debug, PartialEq, Eq)]
pub enum CheckedMultiplyRatioError {
    DivideByZero,
    Overflow,
}

#[derive(Debug, PartialEq, Eq)]
pub enum CheckedFromRatioError {
    DivideByZero,
    Overflow,
}

#[derive(Debug, PartialEq, Eq)]
pub struct RoundUpOverflowError;

#[derive(Debug, PartialEq, Eq)]
pub struct RoundDownOverflowError;
