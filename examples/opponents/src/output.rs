//! The outputs of the five jobs.

/// `mantissa * 2^binary * 10^decimal`: any result, for comparison with an exact one.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// The integer that the type stores.
    pub mantissa: u128,
    /// Binary exponent.
    pub binary: i32,
    /// Decimal exponent.
    pub decimal: i32,
}

impl Number {
    /// An integer over a power of two.
    #[must_use]
    pub const fn binary(mantissa: u128, fraction_bits: u32) -> Number {
        Number { mantissa, binary: -(fraction_bits as i32), decimal: 0 }
    }

    /// An integer over a power of ten.
    #[must_use]
    pub const fn decimal(mantissa: u128, places: u32) -> Number {
        Number { mantissa, binary: 0, decimal: -(places as i32) }
    }
}

/// A health check: `used` against `limit`.
#[derive(Clone, Copy, Debug)]
pub struct Health<T> {
    /// The decision.
    pub healthy: bool,
    /// The loan-to-value ratio; damper: the debt.
    pub used: T,
    /// The threshold; damper: the collateral's value times the threshold.
    pub limit: T,
}

/// What to do with a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Healthy,
    /// Sell.
    Sell {
        /// Base atoms.
        sell: u128,
        /// Quote atoms.
        repay: u128,
    },
}
