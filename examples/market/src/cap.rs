//! How much may be owed in all: as much as can be sold for in the stated time after the stated fall.

use crate::GuardState;
use crate::ops::Market;
use crate::refusal::Refusal;
use crate::terms::TermsParams;
use damper::ratio::Ratio;
use damper::units::Value;

impl Market<'_> {
    /// Whether loans may owe `debt` in all: the base that would have to be sold for it is at most the cap.
    ///
    /// ```text
    /// ceil(debt * (1 + bonus) / (low * (1 - fall) * (1 - penalty)))  <=  cap of `Guard::open_interest_cap` for the slack
    /// ```
    ///
    /// with the bonus and the appetite in force and the low side of the price, each step rounded up. The penalty of what is
    /// sold is owed again, and sold for again. Debt is counted and not collateral, so that nobody uses up the room without
    /// owing. Asked for new debt alone: a debt that a smaller depth leaves above the cap is not touched. The cap counts on
    /// several lots in a round while the appetite is below one; one loan has one lot at a time, so a single loan of that size
    /// takes longer.
    ///
    /// # Errors
    /// As `Guard::open_interest_cap`; too old a price or depth is a cap of zero.
    #[inline(never)]
    pub fn may_owe(&self, state: &GuardState, debt: Value) -> Result<bool, Refusal> {
        let TermsParams { pace, slack, fall, penalty, .. } = self.terms.params();
        let limits = self.guard.limits(state, self.now)?;
        let give = Ratio::ONE.checked_add(limits.parameters.bonus)?;
        let fallen = limits.band.low().scale_floor(Ratio::ONE.excess_over(*fall));
        let price = fallen.and_then(|price| price.scale_floor(Ratio::ONE.excess_over(*penalty)));
        let needed = price.and_then(|price| price.amount_ceil(debt.mul_ceil(give)?));
        // A debt or an amount beyond the type, or a price below it, is more than any cap.
        let Ok(needed) = needed else { return Ok(false) };
        Ok(needed <= self.guard.open_interest_cap(state, self.now, pace, *slack)?)
    }
}
