//! Prices and depth as they arrive from outside.

use crate::refusal::Refusal;
use damper::book::Snapshot;
use damper::depth::DepthObservation;
use damper::oracle::PriceObservation;
use damper::price::{Decimals, Price};
use damper::units::{Amount, Timestamp};

/// A price as Pyth posts it: `mantissa * 10^exponent` quote atoms per base atom, `confidence` either side.
///
/// A feed quotes whole tokens: its exponent plus the decimals of the quote less those of the base is this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The price.
    pub mantissa: i64,
    /// Half the width of the band.
    pub confidence: u64,
    /// The power of ten that both are multiplied by.
    pub exponent: i32,
    /// When the price was observed.
    pub source_time: Timestamp,
}

/// The highest price that a taker accepts: `mantissa * 10^exponent` quote atoms per base atom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The price.
    pub mantissa: u64,
    /// The power of ten that it is multiplied by.
    pub exponent: i32,
}

/// The reserve of a constant-product pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Base atoms in the pool.
    pub reserve: Amount,
    /// When they were counted.
    pub source_time: Timestamp,
}

/// What is new: a price, a pool, both, or only the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// A price.
    pub quote: Option<Quote>,
    /// A pool.
    pub pool: Option<Pool>,
}

impl Quote {
    /// The band that the price lies in, rounded outward.
    ///
    /// # Errors
    /// As [`Price::band_from_pyth`].
    pub fn observation(self) -> Result<PriceObservation, Refusal> {
        let Quote { mantissa, confidence, exponent, source_time } = self;
        let band = Price::band_from_pyth(mantissa, confidence, exponent, Decimals { base: 0, quote: 0 })?;
        Ok(PriceObservation { source_time, band })
    }
}

impl Limit {
    /// The price, rounded down: the taker never pays more than was said.
    ///
    /// # Errors
    /// As [`Price::from_decimal_floor`].
    pub fn price(self) -> Result<Price, Refusal> {
        Ok(Price::from_decimal_floor(u128::from(self.mantissa), self.exponent)?)
    }
}

impl Pool {
    /// The depth that the pool shows.
    #[must_use]
    pub const fn observation(self) -> DepthObservation<'static> {
        DepthObservation {
            source_time: self.source_time,
            snapshot: Snapshot::ConstantProduct { reserve: self.reserve },
        }
    }
}
