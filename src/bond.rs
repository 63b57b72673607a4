//! The kick bond: whoever kicks a lot bets on the position being bad, and the auction decides.
//!
//! The bet is on the health factor at the price that the lot really brings. At a health of one the kick was neither
//! right nor wrong; at a health equal to the threshold, where the collateral is worth the debt, it was right in full.

use crate::bytes::{on_its_own, stored, stored_as};
use crate::error::Error;
use crate::forms::form;
use crate::num::{mul_div_ceil, mul_div_floor};
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::{Amount, Value};

/// What [`BondConfig::new`] checks.
///
/// # Examples
/// See [`Bond::settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BondParams {
    /// The bond as a share of the lot's part of the debt, above zero and at most one.
    pub share: Ratio,
}

/// Checked parameters of bonds.
///
/// # Examples
/// See [`Bond::settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BondConfig(BondParams);

/// What was kicked, as it stood then.
///
/// # Examples
/// See [`Bond::settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Kicked {
    /// Base atoms of the lot.
    pub lot: Amount,
    /// Base atoms of the position, the lot included.
    pub collateral: Amount,
    /// Its debt. If it holds other collateral, the debt less what that counts, so that the neutral price stays where it is.
    pub debt: Value,
    /// The liquidation threshold in force.
    pub threshold: Ratio,
}

/// A posted bond. Plain data.
///
/// # Examples
/// See [`Bond::settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "a bond that is not settled is kept from its owner"]
pub struct Bond {
    kicked: Kicked,
    posted: Value,
}

/// How the lot ended.
///
/// # Examples
/// See [`Bond::settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Outcome {
    /// All or part of it was sold.
    Sold {
        /// Base atoms sold, in all takes.
        sold: Amount,
        /// Quote atoms paid for them.
        paid: Value,
    },
    /// Nothing was sold: nobody bid, or the borrower repaid.
    Unsold {
        /// The lowest price that was asked, or the market's price at the repayment.
        price: Price,
    },
    /// The kicker took the kick back.
    Withdrawn,
}

/// Who gets what. `returned + forfeited` is the bond, `gained + fund_left` the fund.
///
/// # Examples
/// See [`Bond::settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "all four have an owner"]
pub struct Settlement {
    /// Of the bond, to the kicker.
    pub returned: Value,
    /// Of the bond, to the borrower or the backstop.
    pub forfeited: Value,
    /// Of the fund, to the kicker.
    pub gained: Value,
    /// Of the fund, not used.
    pub fund_left: Value,
}

impl BondConfig {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `share` zero or above one: [`Error::BondShareRange`].
    ///
    /// # Examples
    /// See [`Bond::settle`].
    pub fn new(params: BondParams) -> Result<BondConfig, Error> {
        if params.share == Ratio::ZERO || params.share > Ratio::ONE {
            return Err(Error::BondShareRange);
        }
        Ok(BondConfig(params))
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`Bond::settle`].
    #[must_use]
    pub const fn params(&self) -> BondParams {
        self.0
    }

    /// The bond of a kick: `ceil(share * ceil(debt * lot / collateral))`, rounded up against the kicker.
    ///
    /// Spec: D25.
    ///
    /// # Errors
    /// Lot, collateral or debt zero, or a lot larger than the collateral: [`Error::BondEmpty`]. Threshold zero, or one or
    /// more: [`Error::BondThresholdRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::bond::{BondConfig, BondParams, Kicked};
    /// use damper::{Error, ratio::Ratio, units::{Amount, Value}};
    /// let config = BondConfig::new(BondParams { share: Ratio::from_fraction_floor(1, 64)? })?;
    /// let kicked = Kicked {
    ///     lot: Amount::new(30), collateral: Amount::new(100), debt: Value::new(640),
    ///     threshold: Ratio::from_fraction_floor(3, 4)?,
    /// };
    /// // The lot's part of the debt is 192, and 3 is posted for it; one atom more has a part of 198.4, and 199 / 64 = 3.1.
    /// assert_eq!(config.open(kicked)?.posted(), Value::new(3));
    /// assert_eq!(config.open(Kicked { lot: Amount::new(31), ..kicked })?.posted(), Value::new(4));
    /// assert_eq!(config.open(Kicked { lot: Amount::new(101), ..kicked }), Err(Error::BondEmpty));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn open(&self, kicked: Kicked) -> Result<Bond, Error> {
        let Kicked { lot, collateral, debt, threshold } = kicked;
        if lot.is_zero() || debt.is_zero() || lot > collateral {
            return Err(Error::BondEmpty);
        }
        if threshold == Ratio::ZERO || threshold >= Ratio::ONE {
            return Err(Error::BondThresholdRange);
        }
        let part = mul_div_ceil(debt.get(), lot.get(), collateral.get()).map(Value::new)?;
        Ok(Bond { kicked, posted: part.mul_ceil(self.0.share)? })
    }
}

impl Bond {
    /// What was posted.
    ///
    /// # Examples
    /// See [`BondConfig::open`].
    #[must_use]
    pub const fn posted(&self) -> Value {
        self.posted
    }

    /// What was kicked.
    ///
    /// # Examples
    /// See [`Bond::settle`].
    #[must_use]
    pub const fn kicked(&self) -> Kicked {
        self.kicked
    }

    /// Decides the bet. `fund` is what may be gained at most, of the penalty that the lot has brought.
    ///
    /// The fund is [`crate::keeper::RewardConfig::room_floor`] at the settlement: a share of the penalty on what the lot has
    /// raised, less what was paid out of it before. It is not known at the kick: one that is set aside for what the lot is
    /// to raise pays gains that no penalty has brought, when the lot raises less. The gain counts as paid for later work.
    ///
    /// With debt `d`, collateral `c`, threshold `t`, and `p = paid / sold` the average price:
    ///
    /// ```text
    /// payoff = bond * clamp((d - t c p) / (d (1 - t)), -1, 1)
    /// ```
    ///
    /// With the neutral price `np = d / (t c)`, at which the health factor is one, and the threshold price `tp = d / c`,
    /// at which the collateral is worth the debt, the fraction is `(np - p) / (np - tp)`. A gain counts only for the part
    /// of the lot that was sold, and is at most the fund; a loss counts in full. Nothing sold: no gain, and the loss at the
    /// price named. Withdrawn: the whole bond, so that a kick is no option that can be dropped.
    ///
    /// For a gain `t c p` and `d (1 - t)` are rounded up and the gain down, so that nothing is gained at or above `np`; for
    /// a loss both are rounded down and the loss up, so that nothing is lost up to `np`. The gain never rises and the loss
    /// never falls with what is paid. Collateral worth 2^128 quote atoms or more at the price loses the whole bond.
    /// Spec: D25, T16.
    ///
    /// # Errors
    /// `sold` zero or more than the lot: [`Error::BondSale`].
    ///
    /// # Examples
    /// ```
    /// use damper::bond::{BondConfig, BondParams, Kicked, Outcome, Settlement};
    /// use damper::{ratio::Ratio, units::{Amount, Value}};
    /// let config = BondConfig::new(BondParams { share: Ratio::from_fraction_floor(1, 64)? })?;
    /// // Neutral at 640 / (100 * 0.75) = 8.53, right in full at 6.40.
    /// let kicked = Kicked {
    ///     lot: Amount::new(100), collateral: Amount::new(100), debt: Value::new(640),
    ///     threshold: Ratio::from_fraction_floor(3, 4)?,
    /// };
    /// let bond = config.open(kicked)?;
    /// assert_eq!((bond.kicked(), config.params().share), (kicked, Ratio::from_fraction_floor(1, 64)?));
    /// assert_eq!(bond.posted(), Value::new(10));
    /// let end = |paid| bond.settle(Outcome::Sold { sold: Amount::new(100), paid: Value::new(paid) }, Value::new(8));
    /// let value = Value::new;
    /// let right = Settlement { returned: value(10), forfeited: value(0), gained: value(5), fund_left: value(3) };
    /// assert_eq!(end(746)?, right);
    /// let wrong = Settlement { returned: value(0), forfeited: value(10), gained: value(0), fund_left: value(8) };
    /// assert_eq!(end(1_068)?, wrong);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn settle(self, outcome: Outcome, fund: Value) -> Result<Settlement, Error> {
        let (gained, forfeited) = match outcome {
            Outcome::Sold { sold, paid } => {
                if sold.is_zero() || sold > self.kicked.lot {
                    return Err(Error::BondSale);
                }
                let (whole, part) = (self.kicked.collateral.get(), sold.get());
                let above = mul_div_ceil(paid.get(), whole, part).map(Value::new);
                let below = mul_div_floor(paid.get(), whole, part).map(Value::new);
                (self.gain(above, sold)?.min(fund), self.loss(below))
            }
            Outcome::Unsold { price } => (Value::ZERO, self.loss(price.value_floor(self.kicked.collateral))),
            Outcome::Withdrawn => (Value::ZERO, self.posted),
        };
        Ok(Settlement {
            returned: self.posted.checked_sub(forfeited)?,
            forfeited,
            gained,
            fund_left: fund.checked_sub(gained)?,
        })
    }

    /// The gain if the collateral is worth at most so much, for the part that was sold.
    fn gain(&self, worth: Result<Value, Error>, sold: Amount) -> Result<Value, Error> {
        let Kicked { debt, threshold, lot, .. } = self.kicked;
        // Worth beyond the type is beyond the debt.
        let counted = worth.and_then(|worth| worth.mul_ceil(threshold)).unwrap_or(debt);
        // At least one: the debt is not zero and the threshold is below one.
        let whole = debt.mul_ceil(Ratio::ONE.checked_sub(threshold)?)?;
        let gap = debt.excess_over(counted).min(whole);
        let gain = mul_div_floor(self.posted.get(), gap.get(), whole.get())?;
        mul_div_floor(gain, sold.get(), lot.get()).map(Value::new)
    }

    /// The loss if the collateral is worth at least so much.
    fn loss(&self, worth: Result<Value, Error>) -> Value {
        let Kicked { debt, threshold, .. } = self.kicked;
        let Ok(counted) = worth.and_then(|worth| worth.mul_floor(threshold)) else { return self.posted };
        let excess = counted.excess_over(debt);
        if excess.is_zero() {
            return Value::ZERO;
        }
        // A whole of zero, or a quotient beyond the type: all of it.
        let whole = debt.mul_floor(Ratio::ONE.excess_over(threshold));
        let loss = whole.and_then(|whole| mul_div_ceil(self.posted.get(), excess.get(), whole.get()));
        loss.map_or(self.posted, |loss| Value::new(loss).min(self.posted))
    }
}

form!(Settlement { returned: Value, forfeited: Value, gained: Value, fund_left: Value });
stored!(BondParams { share: Ratio });
stored_as!(BondConfig as BondParams, |config| config.0, BondConfig::new);
stored!(Kicked { lot: Amount, collateral: Amount, debt: Value, threshold: Ratio } if |kicked| {
    !kicked.lot.is_zero()
        && !kicked.debt.is_zero()
        && kicked.lot <= kicked.collateral
        && kicked.threshold != Ratio::ZERO
        && kicked.threshold < Ratio::ONE
}, "a `lot` above zero and at most `collateral`, a `debt` above zero, a `threshold` between 0 and 1");
stored!(Bond { kicked: Kicked, posted: Value });

on_its_own! {
    /// Bytes of the stored form: 76.
    Bond: Bond, 0
}
