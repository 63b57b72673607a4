//! Where goes what takers paid: to the debt, to the borrower, to those who kicked and settle, to the market's fund.
//!
//! ```text
//! size     = min(paid, raise), less if the loan cannot bear the penalty or would be worse off than without the lot
//! penalty  = ceil(part * size) = kicker + settler + fund
//! paid     = debt repaid + penalty + credit
//! ```
//!
//! Rewards come out of the penalty of the same lot and are at most a share of it below one, so that nobody gains by kicking
//! and settling his own lots, however many (SPEC.md, T16). A lot that nobody takes pays no penalty; so nothing is paid at
//! the kick, and who kicked is paid at the settlement.

use crate::house::State;
use crate::loan::{Loan, Tab};
use crate::ops::Market;
use crate::refusal::Refusal;
use damper::keeper::{Payment, Work};
use damper::ratio::Ratio;
use damper::units::{Amount, Seconds, Value};

/// A penalty, and who gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Penalty {
    /// Quote atoms in all.
    pub whole: Value,
    /// Of these to who kicked.
    pub kicker: Value,
    /// To who settles.
    pub settler: Value,
    /// The rest.
    pub fund: Value,
}

impl Market<'_> {
    /// The most that who kicks now can be paid when the lot is settled: if all of it is raised. Zero if that does not cover
    /// the cost of a kick.
    pub(crate) fn kick_most(&self, raise: Value, boost: Ratio) -> Result<Value, Refusal> {
        self.paid_for(raise, Value::ZERO, boost, self.terms.params().kick_cost)
    }

    /// The penalty of a lot that closes, `loan` being what it is without it: the rest of the lot returned.
    ///
    /// It is rounded up, against the borrower, so that it is never less than the part which the rewards are limited by. It is
    /// at most what the collateral left is worth, at the low side of the last price, beyond the debt left, and nothing while
    /// that price is too old: a penalty that nothing covers would be paid by the backstop, and rewards out of it could be farmed. And it leaves no more debt for
    /// each base atom than there would be without the lot: a plan (SPEC.md, D11) sells where a sale helps, and knows of no
    /// penalty; one that took more than the sale brought would lead a loan from lot to lot to the backstop.
    #[inline(never)]
    pub(crate) fn penalty(&self, state: &State, loan: &Loan, tab: &Tab) -> Result<Penalty, Refusal> {
        let part = self.terms.params().penalty;
        let counted = tab.paid.min(tab.raise);
        let asked = counted.mul_ceil(part)?;
        let last = state.guard.price();
        let spare = match self.guard.params().oracle.fresh(last, self.now) {
            Ok(()) => last.band.low().value_floor(loan.collateral).map(|worth| worth.excess_over(loan.debt)),
            Err(_) => Ok(Value::ZERO),
        };
        // Collateral worth 2^128 or more covers any.
        let spare = spare.unwrap_or(asked);
        // (debt + counted) * collateral / (collateral + sold) is what as much collateral would owe without the lot. Nothing was
        // sold: nothing is asked. A sum beyond the type is near enough to the largest of it.
        let held = loan.collateral.checked_add(tab.sold).unwrap_or(Amount::new(u128::MAX));
        let most = match loan.collateral.ratio_floor(held) {
            Ok(left) => spare.min(loan.debt.checked_add(counted)?.mul_floor(left)?.excess_over(loan.debt)),
            Err(_) => Value::ZERO,
        };
        let size = if asked <= most { counted } else { counted.mul_floor(most.ratio_floor(asked)?)? };
        let whole = size.mul_ceil(part)?;
        let costs = (self.terms.params().kick_cost, self.terms.params().settle_cost);
        let kicker = self.paid_for(size, Value::ZERO, tab.boost, costs.0)?;
        let settler = self.paid_for(size, kicker, self.boost(&state.house)?, costs.1)?;
        let fund = whole.checked_sub(kicker)?.checked_sub(settler)?;
        Ok(Penalty { whole, kicker, settler, fund })
    }

    /// The reward of work on a lot, zero if it does not cover its cost. How long work waited is not kept: none is longer.
    fn paid_for(&self, size: Value, paid: Value, boost: Ratio, cost: Value) -> Result<Value, Refusal> {
        let work = Work { size, penalty: self.terms.params().penalty, paid, waited: Seconds::ZERO, boost };
        match self.terms.params().reward.payment(&work, cost)? {
            Payment::Pay { reward } => Ok(reward),
            Payment::TooSmall { .. } => Ok(Value::ZERO),
        }
    }
}
