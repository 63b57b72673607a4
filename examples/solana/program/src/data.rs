//! Instruction data: numbers one after the other, little-endian, nothing before and nothing after.

use crate::fault::{Code, Fault};
use damper::units::{Amount, Timestamp, Value};
use market::{Limit, Pool, Quote};

/// What is not yet read.
pub struct Data<'a>(pub &'a [u8]);

impl<'a> Data<'a> {
    pub fn array<const K: usize>(&mut self) -> Result<&'a [u8; K], Code> {
        let (head, tail) = self.0.split_first_chunk().ok_or(Fault::DataLength)?;
        self.0 = tail;
        Ok(head)
    }

    /// All that is left.
    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// That nothing is left.
    pub fn end(self) -> Result<(), Code> {
        if self.0.is_empty() { Ok(()) } else { Err(Fault::DataLength.into()) }
    }

    pub fn flag(&mut self) -> Result<bool, Code> {
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(Fault::Flag.into()),
        }
    }

    pub fn amount(&mut self) -> Result<Amount, Code> {
        self.array().map(|bytes| Amount::new(u128::from_le_bytes(*bytes)))
    }

    pub fn value(&mut self) -> Result<Value, Code> {
        self.array().map(|bytes| Value::new(u128::from_le_bytes(*bytes)))
    }

    fn word(&mut self) -> Result<u64, Code> {
        self.array().map(|bytes| u64::from_le_bytes(*bytes))
    }

    fn exponent(&mut self) -> Result<i32, Code> {
        self.array().map(|bytes| i32::from_le_bytes(*bytes))
    }

    pub fn quote(&mut self) -> Result<Quote, Code> {
        Ok(Quote {
            mantissa: self.array().map(|bytes| i64::from_le_bytes(*bytes))?,
            confidence: self.word()?,
            exponent: self.exponent()?,
            source_time: Timestamp::new(self.word()?),
        })
    }

    pub fn pool(&mut self) -> Result<Pool, Code> {
        Ok(Pool { reserve: self.amount()?, source_time: Timestamp::new(self.word()?) })
    }

    pub fn limit(&mut self) -> Result<Limit, Code> {
        Ok(Limit { mantissa: self.word()?, exponent: self.exponent()? })
    }
}
