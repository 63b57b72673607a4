//! Delta hedging of an option book that is short gamma: sell as the price falls, buy as it rises.
//!
//! With `S0` the reference price and `gamma` the change of the delta in base atoms per 100 % of it (`Gamma * S0`), the
//! hedge at a price `S` differs from that at `S0` by
//!
//! ```text
//! gamma * (S - S0) / S0        bought if positive, sold if negative
//! ```
//!
//! It is stated from the reference and not from trade to trade, so it does not depend on the path, and what the ledger
//! deferred is wanted again. Selling on a fall moves the price on with the gain `Gamma * S^2 / V`, `V` the value that moves
//! the price by 100 %; a gamma above the limit on that gain is refused. Spec: T5.

use crate::error::Error;
use crate::forms::form;
use crate::price::Price;
use crate::ratio::Ratio;
use crate::two_sided::Side;
use crate::units::{Amount, Value};

/// What [`DeltaConfig::new`] checks.
///
/// # Examples
/// See [`DeltaConfig`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DeltaParams {
    /// `S0`: the price at which the book was hedged.
    pub reference: Price,
    /// `Gamma * S0`: base atoms by which the delta changes when the price moves by 100 % of the reference.
    pub gamma: Amount,
    /// The most by which the hedge may be off before anything is traded.
    pub tolerance: Amount,
}

/// Checked parameters of a delta hedge.
///
/// # Examples
/// ```
/// use damper::delta::{DeltaConfig, DeltaParams};
/// use damper::{Error, price::Price, ratio::Ratio, units::{Amount, Value}};
/// let params = DeltaParams {
///     reference: Price::from_fraction_floor(100, 1)?, gamma: Amount::new(1_000), tolerance: Amount::new(10),
/// };
/// // A gamma worth 100,000 is a quarter of what moves the price by 100 %, and above an eighth of it.
/// let (per_move, part) = (Value::new(400_000), Ratio::from_fraction_floor);
/// assert_eq!(DeltaConfig::new(params, per_move, part(1, 4)?)?.params(), params);
/// assert_eq!(DeltaConfig::new(params, per_move, part(1, 8)?), Err(Error::GammaAboveLimit));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DeltaConfig(DeltaParams);

/// An amount with a direction: what was traded in all, or what is to be traded.
///
/// # Examples
/// See [`DeltaConfig::trade`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Trade {
    /// The direction; of no meaning for an amount of zero.
    pub side: Side,
    /// How much.
    pub amount: Amount,
}

impl Trade {
    /// Nothing.
    ///
    /// # Examples
    /// See [`DeltaConfig::trade`].
    pub const NONE: Trade = Trade { side: Side::Sell, amount: Amount::ZERO };

    /// A sale.
    ///
    /// # Examples
    /// See [`Trade::and`].
    #[must_use]
    pub const fn sell(amount: Amount) -> Trade {
        Trade { side: Side::Sell, amount }
    }

    /// A purchase.
    ///
    /// # Examples
    /// See [`Trade::and`].
    #[must_use]
    pub const fn buy(amount: Amount) -> Trade {
        Trade { side: Side::Buy, amount }
    }

    /// The same amount the other way.
    #[must_use]
    const fn reversed(self) -> Trade {
        match self.side {
            Side::Sell => Trade::buy(self.amount),
            Side::Buy => Trade::sell(self.amount),
        }
    }

    /// Both together, exact.
    ///
    /// # Errors
    /// Amounts that sum to 2^128 or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{delta::Trade, units::Amount};
    /// let (sold, bought) = (Trade::sell(Amount::new(7)), Trade::buy(Amount::new(4)));
    /// assert_eq!(sold.and(bought)?, Trade::sell(Amount::new(3)));
    /// assert_eq!(sold.and(sold)?, Trade::sell(Amount::new(14)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn and(self, other: Trade) -> Result<Trade, Error> {
        if self.side == other.side {
            return Ok(Trade { side: self.side, amount: self.amount.checked_add(other.amount)? });
        }
        let (larger, smaller) = if self.amount >= other.amount { (self, other) } else { (other, self) };
        Ok(Trade { side: larger.side, amount: larger.amount.excess_over(smaller.amount) })
    }
}

/// The largest `gamma` whose loop gain at the reference price is at most `limit`: `floor(floor(limit * V) / S0)`.
///
/// Units: base atoms per 100 % of the reference. `per_move` is `V`, [`crate::hedge::value_per_move_floor`]. Spec: D23.
///
/// # Errors
/// `limit` of one or more: [`Error::GainLimitRange`]. At or above 2^128: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::{delta::largest_gamma_floor, price::Price, ratio::Ratio, units::{Amount, Value}};
/// let (hundred, quarter) = (Price::from_fraction_floor(100, 1)?, Ratio::from_fraction_floor(1, 4)?);
/// // A quarter of 400,000 buys 1,000 atoms at 100; of 399,999 the last one is not paid for.
/// assert_eq!(largest_gamma_floor(hundred, Value::new(400_000), quarter)?, Amount::new(1_000));
/// assert_eq!(largest_gamma_floor(hundred, Value::new(399_999), quarter)?, Amount::new(999));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn largest_gamma_floor(reference: Price, per_move: Value, limit: Ratio) -> Result<Amount, Error> {
    if limit >= Ratio::ONE {
        return Err(Error::GainLimitRange);
    }
    reference.amount_floor(per_move.mul_floor(limit)?)
}

impl DeltaConfig {
    /// Checks the parameters against a measured book: `per_move` is `V`, `limit` the largest loop gain.
    ///
    /// # Errors
    /// As [`largest_gamma_floor`]. `gamma` above it: [`Error::GammaAboveLimit`].
    ///
    /// # Examples
    /// See [`DeltaConfig::target`].
    pub fn new(params: DeltaParams, per_move: Value, limit: Ratio) -> Result<DeltaConfig, Error> {
        if params.gamma > largest_gamma_floor(params.reference, per_move, limit)? {
            return Err(Error::GammaAboveLimit);
        }
        Ok(DeltaConfig(params))
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`DeltaConfig`].
    #[must_use]
    pub const fn params(&self) -> DeltaParams {
        self.0
    }

    /// The loop gain at a price, `Gamma * S^2 / V = gamma * S * (S / S0) / V`, rounded up. It rises with the square of the
    /// price: compare it with the limit whenever the depth is measured.
    ///
    /// # Errors
    /// `V` zero: [`Error::DivisionByZero`]. Above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::delta::{DeltaConfig, DeltaParams};
    /// use damper::{price::Price, ratio::Ratio, units::{Amount, Value}};
    /// let price = |whole| Price::from_fraction_floor(whole, 1);
    /// let params = DeltaParams { reference: price(100)?, gamma: Amount::new(1_000), tolerance: Amount::ZERO };
    /// let (per_move, part) = (Value::new(400_000), Ratio::from_fraction_floor);
    /// let hedge = DeltaConfig::new(params, per_move, part(1, 4)?)?;
    /// // 100,000 / 400,000 at the reference, four times that at twice the price.
    /// assert_eq!(hedge.gain_ceil(price(100)?, per_move)?, part(1, 4)?);
    /// assert_eq!(hedge.gain_ceil(price(200)?, per_move)?, Ratio::ONE);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn gain_ceil(&self, price: Price, per_move: Value) -> Result<Ratio, Error> {
        let notional = price.value_ceil(self.0.gamma)?.mul_ceil(price.ratio_ceil(self.0.reference)?)?;
        notional.ratio_ceil(per_move)
    }

    /// What must have been traded in all since the reference price: `gamma * (S - S0) / S0`, rounded toward zero on the
    /// ratio scale and to an atom, so that no trade is larger than the gamma that the limit was checked for.
    ///
    /// Below it by less than an atom and `gamma 2^-48`.
    ///
    /// # Errors
    /// A price of 65,537 times the reference, or an amount at or above 2^128: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::delta::{DeltaConfig, DeltaParams, Trade};
    /// use damper::{price::Price, ratio::Ratio, units::{Amount, Value}};
    /// let price = |whole| Price::from_fraction_floor(whole, 1);
    /// let params = DeltaParams { reference: price(64)?, gamma: Amount::new(1_001), tolerance: Amount::ZERO };
    /// let hedge = DeltaConfig::new(params, Value::new(1_000_000), Ratio::from_fraction_floor(1, 2)?)?;
    /// // A quarter of 1,001 is 250.25, toward zero both ways.
    /// assert_eq!(hedge.target(price(48)?)?, Trade::sell(Amount::new(250)));
    /// assert_eq!(hedge.target(price(80)?)?, Trade::buy(Amount::new(250)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn target(&self, price: Price) -> Result<Trade, Error> {
        let DeltaParams { reference, gamma, .. } = self.0;
        if price < reference {
            return Ok(Trade::sell(gamma.mul_floor(price.drawdown_floor(reference))?));
        }
        let rise = price.ratio_floor(reference)?.excess_over(Ratio::ONE);
        Ok(Trade::buy(gamma.mul_floor(rise)?))
    }

    /// What to trade now, `done` being the sum of all trades since the reference price; nothing while the hedge is off by
    /// at most the tolerance. Give the amount to [`crate::hedge::split`] with what its side is permitted; what is deferred is
    /// wanted again, because `done` lacks it. Spec: D23.
    ///
    /// # Errors
    /// As [`DeltaConfig::target`].
    ///
    /// # Examples
    /// ```
    /// use damper::delta::{DeltaConfig, DeltaParams, Trade};
    /// use damper::{price::Price, ratio::Ratio, units::{Amount, Value}};
    /// let price = |whole| Price::from_fraction_floor(whole, 1);
    /// let params = DeltaParams { reference: price(100)?, gamma: Amount::new(1_000), tolerance: Amount::ZERO };
    /// // A gamma worth 100,000 on a book of 400,000 per 100 % has a gain of 1/4.
    /// let (per_move, quarter) = (Value::new(400_000), Ratio::from_fraction_floor(1, 4)?);
    /// let hedge = DeltaConfig::new(params, per_move, quarter)?;
    /// let sold = hedge.trade(Trade::NONE, price(75)?)?;
    /// assert_eq!(sold, Trade::sell(Amount::new(250)));
    /// assert_eq!(hedge.trade(sold, price(125)?)?, Trade::buy(Amount::new(500)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn trade(&self, done: Trade, price: Price) -> Result<Trade, Error> {
        let trade = self.target(price)?.and(done.reversed())?;
        Ok(if trade.amount > self.0.tolerance { trade } else { Trade::NONE })
    }
}

form!(DeltaParams { reference: Price, gamma: Amount, tolerance: Amount });
form!(Trade { side: Side, amount: Amount });
