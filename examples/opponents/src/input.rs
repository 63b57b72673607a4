//! The inputs of the five jobs as plain integers.

/// `mantissa * 10^exponent` whole quote tokens per whole base token.
#[derive(Clone, Copy, Debug)]
pub struct Price {
    /// Above zero.
    pub mantissa: u64,
    /// Within -12 to 0.
    pub exponent: i32,
}

/// Decimals of the two tokens: one whole token is `10^decimals` atoms.
#[derive(Clone, Copy, Debug)]
pub struct Decimals {
    /// Of the collateral.
    pub base: u32,
    /// Of the quote asset, which the debt is in.
    pub quote: u32,
}

/// One collateral, one debt.
#[derive(Clone, Copy, Debug)]
pub struct Health {
    /// Base atoms.
    pub collateral: u128,
    /// Quote atoms.
    pub debt: u128,
    /// Of the collateral.
    pub price: Price,
    /// Of both tokens.
    pub decimals: Decimals,
    /// Loan-to-value ratio from which the position may be liquidated.
    pub threshold_bps: u16,
}

/// A position to liquidate, and the rule.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The position.
    pub position: Health,
    /// Largest part of the debt repaid at once.
    pub close_factor_bps: u16,
    /// Largest value repaid at once, whole quote tokens.
    pub cap: u64,
    /// Bonus at the threshold.
    pub least_bonus_bps: u16,
    /// Largest bonus.
    pub most_bonus_bps: u16,
}

/// An auction in stairs, some time after its start.
#[derive(Clone, Copy, Debug)]
pub struct Auction {
    /// The first price.
    pub start: Price,
    /// Of both tokens.
    pub decimals: Decimals,
    /// What each step leaves.
    pub cut_bps: u16,
    /// Seconds for which each price stands.
    pub step: u64,
    /// Seconds since the start.
    pub elapsed: u64,
}

/// A sale into a constant-product pool.
#[derive(Clone, Copy, Debug)]
pub struct Impact {
    /// Base atoms in the pool.
    pub reserve: u128,
    /// Base atoms sold.
    pub sold: u128,
}

/// One more price for a moving average of squared moves.
#[derive(Clone, Copy, Debug)]
pub struct Ewma {
    /// The root of the variance before, over `elapsed * periods`, times 2^16.
    pub sigma: u32,
    /// The last price.
    pub before: Price,
    /// The new price.
    pub after: Price,
    /// Of both tokens.
    pub decimals: Decimals,
    /// Weight of the new sample, times 10^18: `1 - 2^(-elapsed / half_life)`.
    pub weight_wad: u64,
    /// Seconds between the two prices.
    pub elapsed: u64,
    /// How many times `elapsed` the variance is stated over.
    pub periods: u32,
    /// Half-life that the weight comes from; damper computes the weight from it.
    pub half_life: u64,
}

/// `10^decimals`; `None` above 38.
#[must_use]
pub const fn ten_pow(decimals: u32) -> Option<u128> {
    10_u128.checked_pow(decimals)
}

impl Price {
    /// Numerator and denominator; `None` outside the domain.
    #[must_use]
    pub const fn fraction(self) -> Option<(u128, u128)> {
        if self.exponent > 0 || self.mantissa == 0 {
            return None;
        }
        match ten_pow(self.exponent.unsigned_abs()) {
            Some(denominator) => Some((self.mantissa as u128, denominator)),
            None => None,
        }
    }
}
