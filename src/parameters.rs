//! The coupled parameters of a collateral, checked together.

use crate::bytes::stored;
use crate::error::Error;
use crate::ratio::Ratio;

/// Parameters of one collateral that only make sense together. They are built, moved and frozen as one.
///
/// Units: ratios. Invariants, checked by [`Parameters::check`]: `max_ltv < liquidation_threshold`, and
/// `liquidation_threshold * (1 + bonus) <= 1 - margin` with the left side rounded up, so that a position at its
/// threshold still pays its bonus in full and leaves the margin. Spec: D8, I4.
///
/// # Examples
/// ```
/// use damper::{Error, parameters::Parameters, ratio::Ratio};
/// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
/// let sound = Parameters {
///     max_ltv: percent(75)?,
///     liquidation_threshold: percent(80)?,
///     bonus: percent(5)?,
///     margin: percent(10)?,
///     auction_buffer: percent(20)?,
/// };
/// assert!(sound.check().is_ok());
/// assert_eq!(Parameters { bonus: percent(20)?, ..sound }.check(), Err(Error::BonusLeavesNoMargin));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Parameters {
    /// Largest loan-to-value ratio at which new debt may be taken.
    pub max_ltv: Ratio,
    /// Loan-to-value ratio above which a position may be liquidated.
    pub liquidation_threshold: Ratio,
    /// Largest liquidation bonus, relative to the debt repaid.
    pub bonus: Ratio,
    /// Part of the collateral value that threshold and bonus together must leave.
    pub margin: Ratio,
    /// By how much an auction starts above the high side of the price.
    pub auction_buffer: Ratio,
}

impl Parameters {
    /// Whether the parameters may be used together.
    ///
    /// # Errors
    /// `max_ltv >= liquidation_threshold`: [`Error::MaxLtvNotBelowThreshold`].
    /// `liquidation_threshold * (1 + bonus) > 1 - margin`: [`Error::BonusLeavesNoMargin`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, parameters::Parameters, ratio::Ratio};
    /// let part = Ratio::from_fraction_floor;
    /// let parameters = |max_ltv, margin| Parameters {
    ///     max_ltv, liquidation_threshold: Ratio::from_bits(3 << 46), bonus: Ratio::from_bits((1 << 46) + 1),
    ///     margin, auction_buffer: Ratio::ZERO,
    /// };
    /// // 3/4 of a bonus of 1/4 and one bit is 3/16 and 3/4 of a bit, which is rounded up to a whole one.
    /// let most = Ratio::from_bits((1 << 44) - 1);
    /// assert_eq!(parameters(part(1, 2)?, most).check(), Ok(()));
    /// assert_eq!(parameters(part(1, 2)?, part(1, 16)?).check(), Err(Error::BonusLeavesNoMargin));
    /// assert_eq!(parameters(part(3, 4)?, most).check(), Err(Error::MaxLtvNotBelowThreshold));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn check(&self) -> Result<(), Error> {
        if self.max_ltv >= self.liquidation_threshold {
            return Err(Error::MaxLtvNotBelowThreshold);
        }
        // threshold * (1 + bonus) = threshold + threshold * bonus; a sum beyond the type is above one.
        let threshold = self.liquidation_threshold;
        let sum = threshold.mul_ceil(self.bonus).and_then(|bonus| bonus.checked_add(threshold));
        match sum.and_then(|claim| claim.checked_add(self.margin)) {
            Ok(sum) if sum <= Ratio::ONE => Ok(()),
            _ => Err(Error::BonusLeavesNoMargin),
        }
    }
}

stored!(Parameters {
    max_ltv: Ratio,
    liquidation_threshold: Ratio,
    bonus: Ratio,
    margin: Ratio,
    auction_buffer: Ratio,
});
