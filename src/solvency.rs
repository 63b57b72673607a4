//! What a crash leaves unsold: how much is sold before positions at their threshold are under water, and what the rest may
//! cost.
//!
//! A throttle sells against the fall: the deeper the price, the more it permits. So a position that is kicked at its
//! threshold is sold in time if, by the time at which its collateral no longer covers its debt, the ledger has permitted as
//! much. That does not depend on the path, only on how far the price can fall within the time that observing and selling
//! take. Spec: D29, T18.

use crate::error::Error;
use crate::exponential::exp_neg_ceil;
use crate::forms::form;
use crate::ledger::LedgerConfig;
use crate::num::shl_div_floor;
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::{Amount, Decay, Value};

/// What is assumed of a crash and of the seller in it; falls in log-price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Crash {
    /// How far the price may fall until the collateral no longer covers the debt with the bonus
    /// ([`crate::clearing::threshold_slack_floor`]).
    pub slack: Ratio,
    /// The most that the price falls, without own sales, within the seller's lag: two rounds of the pace, two widths of the
    /// window, the longest gap between source times, and the largest age of a price when a lot is offered; halts of the breaker too, if they stop sales.
    pub step: Ratio,
    /// The largest distance between an observed price and the true one of its time.
    pub noise: Ratio,
    /// Level and reservations of the ledger when the crash begins.
    pub held: Ratio,
    /// Impact that may stay unused in a round ([`crate::clearing::PaceParams::piece`]).
    pub piece: Ratio,
}

/// The charges that are made, at least, before the price has fallen by `slack`, if there is so much to sell: the largest `a`
/// with
///
/// ```text
/// a + held + piece <= B + h * (1 - exp(-y)),   y = slack - step - 2 noise - kappa * a > 0
/// ```
///
/// `1 - exp(-y)` and the product rounded down, `kappa * a` up; zero if there is none. What it sells is
/// [`crate::depth::DepthConfig::largest_sale_floor`] of it, on the shallowest book that the crash may leave. Leaks are not
/// counted. Bisection in 64 steps. T18 names what must hold, of lots on a grid too. Spec: D29, T18.
///
/// # Errors
/// None in fact; [`Error::DecayAboveOne`] is the type's.
///
/// # Examples
/// ```
/// use damper::ledger::{LedgerConfig, LedgerParams};
/// use damper::solvency::{Crash, charged_in_time_floor};
/// use damper::{ratio::Ratio, units::Rate};
/// let part = Ratio::from_fraction_floor;
/// let config = LedgerConfig::new(LedgerParams {
///     burst: part(1, 64)?, leak: Rate::ZERO, own_share: Ratio::ZERO, kappa: part(2, 1)?,
/// })?;
/// let crash = Crash {
///     slack: part(1, 4)?, step: part(1, 8)?, noise: Ratio::ZERO, held: Ratio::ZERO, piece: part(1, 256)?,
/// };
/// // With no share of the fall the burst is charged, but for the piece.
/// assert_eq!(charged_in_time_floor(&config, &crash)?, part(3, 256)?);
/// // A price that can fall through the slack within the lag leaves no time.
/// assert_eq!(charged_in_time_floor(&config, &Crash { step: part(1, 4)?, ..crash })?, Ratio::ZERO);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn charged_in_time_floor(config: &LedgerConfig, crash: &Crash) -> Result<Ratio, Error> {
    let (mut sold, mut bit) = (0_u64, 1_u64 << 63);
    // The largest that holds, bit by bit from the top: what holds for a charge holds for a smaller one.
    while bit > 0 {
        if crash.permits(config, Ratio::from_bits(sold | bit))? {
            sold |= bit;
        }
        bit >>= 1;
    }
    Ok(Ratio::from_bits(sold))
}

impl Crash {
    /// Whether charges of `charge` are made before the price has fallen by the slack.
    fn permits(&self, config: &LedgerConfig, charge: Ratio) -> Result<bool, Error> {
        let params = config.params();
        // What does not fit is more than any slack, or any cap.
        let spent = params
            .kappa
            .mul_ceil(charge)
            .and_then(|own| self.noise.checked_add(self.noise)?.checked_add(self.step)?.checked_add(own));
        let Ok(Ok(left)) = spent.map(|spent| self.slack.checked_sub(spent)) else { return Ok(false) };
        if left == Ratio::ZERO {
            return Ok(false);
        }
        let asked = charge.checked_add(self.held).and_then(|sum| sum.checked_add(self.piece));
        // At most B + h, which fits: h is below one.
        let cap = params.burst.checked_add(params.own_share.mul_floor(relative_fall_floor(left)?)?)?;
        Ok(asked.is_ok_and(|asked| asked <= cap))
    }
}

/// The relative fall `1 - exp(-x)` of a fall `x` of the log-price, rounded down: by less than 2^-47, never below zero, never
/// falling with `x`. [`crate::clearing::relative_fall_ceil`] is the other side.
///
/// # Errors
/// None in fact; [`Error::DecayAboveOne`] is the type's.
pub fn relative_fall_floor(log_fall: Ratio) -> Result<Ratio, Error> {
    Ok(Ratio::ONE.excess_over(Decay::from_bits(exp_neg_ceil(log_fall.to_bits()))?.to_ratio_ceil()))
}

/// Positions at their liquidation threshold when a crash begins, as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AtThreshold {
    /// The loan-to-value ratio that they are at, above zero.
    pub threshold: Ratio,
    /// Debt of what is sold in time, quote atoms ([`AtThreshold::relieved_floor`]).
    pub relieved: Value,
    /// Relative fall to the bottom ([`crate::clearing::relative_fall_ceil`] of the bound of theorem A).
    pub fall: Ratio,
}

impl AtThreshold {
    /// The debt that a sale of `sale` base atoms relieves when all the positions are at `threshold` at `price`:
    /// `price * sale * threshold`, each step rounded down. Positions that owe less than that for their collateral, by up to a quote
    /// atom each, are relieved of that much less.
    ///
    /// # Errors
    /// A value of 2^128 or more: [`Error::Overflow`].
    pub fn relieved_floor(price: Price, sale: Amount, threshold: Ratio) -> Result<Value, Error> {
        price.value_floor(sale)?.mul_floor(threshold)
    }

    /// The part of an unsold debt that the collateral does not cover at the bottom, `max(0, 1 - (1 - fall) / threshold)`,
    /// rounded up.
    ///
    /// # Errors
    /// `threshold` zero: [`Error::ThresholdZero`]. `fall` above one: [`Error::FallAboveOne`].
    pub fn loss_ceil(&self) -> Result<Ratio, Error> {
        if self.threshold == Ratio::ZERO {
            return Err(Error::ThresholdZero);
        }
        let left = Ratio::ONE.checked_sub(self.fall).map_err(|_| Error::FallAboveOne)?;
        // A quotient beyond the type is above one.
        Ok(left.div_floor(self.threshold).map_or(Ratio::ZERO, |covered| Ratio::ONE.excess_over(covered)))
    }

    /// The most bad debt of `debt` at the threshold, `max(0, debt - relieved) * loss`, rounded up. Spec: D29, T18.
    ///
    /// # Errors
    /// As [`AtThreshold::loss_ceil`].
    ///
    /// # Examples
    /// ```
    /// use damper::solvency::AtThreshold;
    /// use damper::{ratio::Ratio, units::Value};
    /// let part = Ratio::from_fraction_floor;
    /// let positions = AtThreshold { threshold: part(3, 4)?, relieved: Value::new(400), fall: part(1, 2)? };
    /// // 1,000 of debt on 1,333 of collateral; 600 stay, on 800 that are worth 400 at the bottom.
    /// assert_eq!(positions.bad_debt_ceil(Value::new(1_000))?, Value::new(201));
    /// assert_eq!(positions.debt_floor(Value::new(201))?, Some(Value::new(1_002)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn bad_debt_ceil(&self, debt: Value) -> Result<Value, Error> {
        debt.excess_over(self.relieved).mul_ceil(self.loss_ceil()?)
    }

    /// The largest debt at the threshold whose [`AtThreshold::bad_debt_ceil`] is at most `tolerated`; `None` if any is.
    /// A debt of 2^128 or more counts as any.
    ///
    /// # Errors
    /// As [`AtThreshold::loss_ceil`].
    pub fn debt_floor(&self, tolerated: Value) -> Result<Option<Value>, Error> {
        let loss = self.loss_ceil()?;
        if loss == Ratio::ZERO {
            return Ok(None);
        }
        // ceil(rest * loss) <= tolerated iff rest * loss <= tolerated, an integer.
        let rest = shl_div_floor(tolerated.get(), Ratio::FRAC_BITS, loss.wide()).map(Value::new);
        Ok(rest.and_then(|rest| rest.checked_add(self.relieved)).ok())
    }
}

form!(Crash { slack: Ratio, step: Ratio, noise: Ratio, held: Ratio, piece: Ratio });
form!(AtThreshold { threshold: Ratio, relieved: Value, fall: Ratio });
