//! The operations of the market.

use crate::loan::{Backstop, Loan, Tab};
use crate::refusal::Refusal;
use crate::report::Report;
use crate::{Guard, GuardState};
use damper::auction::Lot;
use damper::depth::DepthObservation;
use damper::guard::{Decision, Observation, WaitReason};
use damper::oracle::PriceObservation;
use damper::plan::Shortfall;
use damper::price::Price;
use damper::selling::{Bid, Kick};
use damper::units::{Amount, Timestamp, Value};

/// A market at a time.
#[derive(Clone, Copy, Debug)]
pub struct Market<'a> {
    /// The configuration.
    pub guard: &'a Guard,
    /// The present.
    pub now: Timestamp,
}

/// What a borrower takes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Base atoms of collateral.
    pub collateral: Amount,
    /// Quote atoms of credit.
    pub credit: Value,
}

/// What a taker asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// The most base atoms wanted.
    pub amount: Amount,
    /// The highest price accepted.
    pub limit: Price,
}

impl Market<'_> {
    /// The first state, from the first price and the first pool.
    ///
    /// # Errors
    /// As `Guard::open`.
    pub fn launch(&self, price: PriceObservation, depth: DepthObservation<'_>) -> Result<GuardState, Refusal> {
        Ok(self.guard.open(self.now, price, depth)?)
    }

    /// Takes an observation into the state, in place: a state by value is copied twice.
    ///
    /// # Errors
    /// As `Guard::update`; nothing is taken in if any of it is refused.
    pub fn observe(
        &self,
        state: &mut GuardState,
        price: Option<PriceObservation>,
        depth: Option<DepthObservation<'_>>,
    ) -> Result<Report, Refusal> {
        self.guard.update(state, &Observation { now: self.now, price, depth })?;
        Ok(Report::from(&self.guard.limits(state, self.now)?))
    }

    /// A new loan with collateral and debt.
    ///
    /// # Errors
    /// As [`deposit`] and [`Market::borrow`]; no debt is no error.
    pub fn open(&self, state: &GuardState, collateral: Amount, debt: Value) -> Result<Loan, Refusal> {
        let loan = deposit(Loan::NEW, collateral)?;
        if debt.is_zero() { Ok(loan) } else { self.borrow(state, loan, debt) }
    }

    /// More debt.
    ///
    /// # Errors
    /// Nothing asked for: [`Refusal::Empty`]. A lot is open, which may return debt: [`Refusal::LotOpen`]. The largest
    /// loan-to-value ratio, or the breaker: [`Refusal::MayNotBorrow`]. A stale price, and as `Guard::may_borrow`.
    pub fn borrow(&self, state: &GuardState, loan: Loan, debt: Value) -> Result<Loan, Refusal> {
        if debt.is_zero() {
            return Err(Refusal::Empty);
        }
        loan.without_lot()?;
        if !self.guard.may_borrow(state, self.now, &loan.position(), debt)? {
            return Err(Refusal::MayNotBorrow);
        }
        Ok(Loan { debt: loan.debt.checked_add(debt)?, ..loan })
    }

    /// Less collateral, less credit. Without debt neither price nor breaker is asked.
    ///
    /// # Errors
    /// Nothing asked for: [`Refusal::Empty`]. A lot is open: [`Refusal::LotOpen`]. More than there is:
    /// [`Refusal::MoreThanThere`]. Otherwise, if collateral of a loan with debt is asked for, as [`Market::borrow`].
    pub fn withdraw(&self, state: &GuardState, loan: Loan, what: Withdrawal) -> Result<Loan, Refusal> {
        if what.collateral.is_zero() && what.credit.is_zero() {
            return Err(Refusal::Empty);
        }
        loan.without_lot()?;
        let collateral = loan.collateral.checked_sub(what.collateral).map_err(|_| Refusal::MoreThanThere)?;
        let credit = loan.credit.checked_sub(what.credit).map_err(|_| Refusal::MoreThanThere)?;
        let loan = Loan { collateral, credit, ..loan };
        if !what.collateral.is_zero()
            && !loan.debt.is_zero()
            && !self.guard.may_borrow(state, self.now, &loan.position(), Value::ZERO)?
        {
            return Err(Refusal::MayNotBorrow);
        }
        Ok(loan)
    }

    /// What is to be done with a loan, its open lot left aside.
    ///
    /// # Errors
    /// As `Guard::assess`.
    pub fn assess(&self, state: &GuardState, loan: &Loan) -> Result<Decision, Refusal> {
        Ok(self.guard.assess(state, self.now, &loan.position())?)
    }

    /// Opens a lot for a loan that is to be sold: less collateral by what is offered, less debt by what is to be raised.
    ///
    /// # Errors
    /// A lot is open: [`Refusal::LotOpen`]. Nothing is to be sold: [`Refusal::StillHealthy`]. Not yet:
    /// [`Refusal::WaitHalted`], [`Refusal::WaitDepth`], [`Refusal::WaitLedger`]. Not by a sale:
    /// [`Refusal::ForBackstop`]. As `Guard::assess` and `Guard::kick`.
    pub fn kick(&self, state: GuardState, loan: Loan) -> Result<(GuardState, Loan, Lot, Report), Refusal> {
        loan.without_lot()?;
        let plan = match self.assess(&state, &loan)? {
            Decision::Liquidate { plan, .. } => plan,
            Decision::Healthy => return Err(Refusal::StillHealthy),
            Decision::Wait { reason: WaitReason::Halted, .. } => return Err(Refusal::WaitHalted),
            Decision::Wait { reason: WaitReason::DepthStale, .. } => return Err(Refusal::WaitDepth),
            Decision::Wait { reason: WaitReason::Ledger, .. } => return Err(Refusal::WaitLedger),
            Decision::Backstop(_) => return Err(Refusal::ForBackstop),
        };
        let kick = Kick { sell: plan.sell, raise: plan.repay };
        let (state, lot) = self.guard.kick(state, self.now, kick)?;
        let tab = Tab { offered: kick.sell, sold: Amount::ZERO, raise: kick.raise, paid: Value::ZERO };
        let collateral = loan.collateral.checked_sub(kick.sell)?;
        let debt = loan.debt.checked_sub(kick.raise)?;
        Ok((state, Loan { collateral, debt, tab: Some(tab), ..loan }, lot, Report::from(kick)))
    }

    /// Sells part of a lot, or all that is needed, to a taker who gets and pays what is reported.
    ///
    /// # Errors
    /// No lot, or another: as [`Loan::tab_of`]. As `Guard::take`.
    pub fn take(
        &self,
        state: GuardState,
        loan: Loan,
        lot: Lot,
        want: Want,
    ) -> Result<(GuardState, Loan, Lot, Report), Refusal> {
        let tab = loan.tab_of(&lot)?;
        let bid = Bid { want: want.amount, max_price: want.limit };
        let (state, take) = self.guard.take(state, self.now, lot, bid)?;
        let tab = Tab { sold: tab.sold.checked_add(take.sold)?, paid: tab.paid.checked_add(take.paid)?, ..tab };
        Ok((state, Loan { tab: Some(tab), ..loan }, take.lot, Report::taken(&take)))
    }

    /// Closes a lot: what was not sold goes back to the collateral, what was not raised to the debt, what was paid beyond
    /// the tab to the borrower's credit.
    ///
    /// Anybody may call it once the lot is done, or out of date, or the loan would be healthy without the sale.
    ///
    /// # Errors
    /// No lot, or another: as [`Loan::tab_of`]. None of the three: [`Refusal::LotRunning`]. As `Guard::settle`, and to
    /// find out whether the loan would be healthy as `Guard::assess`.
    pub fn settle(&self, state: GuardState, loan: Loan, lot: Lot) -> Result<(GuardState, Loan, Report), Refusal> {
        let tab = loan.tab_of(&lot)?;
        let collateral = loan.collateral.checked_add(lot.remaining())?;
        let debt = loan.debt.checked_add(lot.raise())?;
        let surplus = tab.paid.excess_over(tab.raise);
        let loan = Loan { collateral, debt, credit: loan.credit.checked_add(surplus)?, tab: None };
        if !lot.is_done() && !lot.terms().needs_reset(self.now)? && self.assess(&state, &loan)? != Decision::Healthy {
            return Err(Refusal::LotRunning);
        }
        let (state, returned) = self.guard.settle(state, self.now, lot)?;
        Ok((state, loan, Report::settled(&returned, surplus)))
    }

    /// Offers the rest of a lot anew, when its auction is out of date.
    ///
    /// # Errors
    /// No lot, or another: as [`Loan::tab_of`]. As `Guard::restart`.
    pub fn restart(&self, state: &GuardState, loan: &Loan, lot: Lot) -> Result<Lot, Refusal> {
        loan.tab_of(&lot)?;
        Ok(self.guard.restart(state, self.now, lot)?)
    }

    /// Hands a loan that no sale helps to the backstop: all its collateral, and all its debt by name.
    ///
    /// # Errors
    /// A lot is open: [`Refusal::LotOpen`]. The loan is healthy or may be sold: [`Refusal::NotForBackstop`]. As
    /// `Guard::assess`; sums beyond 2^128: [`damper::Error::Overflow`].
    pub fn absorb(
        &self,
        state: &GuardState,
        loan: Loan,
        backstop: Backstop,
    ) -> Result<(Loan, Backstop, Report), Refusal> {
        loan.without_lot()?;
        let Decision::Backstop(Shortfall { gap, .. }) = self.assess(state, &loan)? else {
            return Err(Refusal::NotForBackstop);
        };
        let Loan { collateral, debt, .. } = loan;
        let backstop = Backstop {
            collateral: backstop.collateral.checked_add(collateral)?,
            debt: backstop.debt.checked_add(debt)?,
        };
        let loan = Loan { collateral: Amount::ZERO, debt: Value::ZERO, ..loan };
        Ok((loan, backstop, Report::Absorbed { collateral, debt, gap }))
    }
}

/// More collateral.
///
/// # Errors
/// Nothing: [`Refusal::Empty`]. Beyond 2^128: [`damper::Error::Overflow`].
pub fn deposit(loan: Loan, collateral: Amount) -> Result<Loan, Refusal> {
    if collateral.is_zero() {
        return Err(Refusal::Empty);
    }
    Ok(Loan { collateral: loan.collateral.checked_add(collateral)?, ..loan })
}

/// Less debt, by whoever pays.
///
/// # Errors
/// Nothing: [`Refusal::Empty`]. More than is owed beside an open lot: [`Refusal::MoreThanThere`].
pub fn repay(loan: Loan, debt: Value) -> Result<Loan, Refusal> {
    if debt.is_zero() {
        return Err(Refusal::Empty);
    }
    Ok(Loan { debt: loan.debt.checked_sub(debt).map_err(|_| Refusal::MoreThanThere)?, ..loan })
}
