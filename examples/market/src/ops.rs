//! The operations of the market. Each changes what it is given in place, or refuses and changes nothing: a state by value is
//! copied twice.

use crate::house::{House, State};
use crate::loan::{Backstop, Loan, Tab};
use crate::refusal::Refusal;
use crate::report::Report;
use crate::terms::Terms;
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
    /// The configuration of the guard.
    pub guard: &'a Guard,
    /// The configuration beside it.
    pub terms: &'a Terms,
    /// The present.
    pub now: Timestamp,
}

/// The guard's rules at a time: for what needs nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The configuration of the guard.
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
    /// The first state, from the first price and the first pool. Keepers count as the estimate says that nobody has fed yet.
    ///
    /// # Errors
    /// As `Guard::open`.
    #[inline(never)]
    pub fn launch(&self, price: PriceObservation, depth: DepthObservation<'_>) -> Result<State, Refusal> {
        let house = House::open(self.terms, self.now);
        let mut state = State { guard: self.opening()?.open(self.now, price, depth)?, house };
        self.see(&mut state, None, None)?;
        Ok(state)
    }

    /// Takes an observation into the state; while the sources make the price, depth and time alone.
    ///
    /// The guard is told how keepers answer, before it sees the observation.
    ///
    /// # Errors
    /// A price while the sources make it: [`Refusal::BySources`]. As `Guard::update`; nothing is taken in if any of it is
    /// refused.
    pub fn observe(
        &self,
        state: &mut State,
        price: Option<PriceObservation>,
        depth: Option<DepthObservation<'_>>,
    ) -> Result<Report, Refusal> {
        if price.is_some() && state.house.fed {
            return Err(Refusal::BySources);
        }
        self.see(state, price, depth).map(|permitted| Report::Observed { permitted })
    }

    /// Takes an observation into the state, from whom it may be: the largest lot that may be kicked now.
    #[inline(never)]
    pub(crate) fn see(
        &self,
        state: &mut State,
        price: Option<PriceObservation>,
        depth: Option<DepthObservation<'_>>,
    ) -> Result<Amount, Refusal> {
        let mut guard = self.heeded(state)?;
        self.guard.update(&mut guard, &Observation { now: self.now, price, depth })?;
        let permitted = self.guard.limits(&guard, self.now)?.permitted;
        state.guard = guard;
        Ok(permitted)
    }

    /// A new loan with collateral and debt.
    ///
    /// # Errors
    /// As [`deposit`] and [`Market::borrow`]; no debt is no error.
    pub fn open(&self, state: &mut State, collateral: Amount, debt: Value) -> Result<Loan, Refusal> {
        let mut loan = Loan::NEW;
        deposit(&mut loan, collateral)?;
        if !debt.is_zero() {
            self.borrow(state, &mut loan, debt)?;
        }
        Ok(loan)
    }

    /// More debt.
    ///
    /// # Errors
    /// Nothing asked for: [`Refusal::Empty`]. A lot is open, which may return debt: [`Refusal::LotOpen`]. The largest
    /// loan-to-value ratio, or the breaker: [`Refusal::MayNotBorrow`]. More owed in all than [`Market::may_owe`] permits:
    /// [`Refusal::OverCap`]. A stale price, and as `Guard::may_borrow`.
    #[inline(never)]
    pub fn borrow(&self, state: &mut State, loan: &mut Loan, debt: Value) -> Result<(), Refusal> {
        if debt.is_zero() {
            return Err(Refusal::Empty);
        }
        loan.without_lot()?;
        if !self.guard.may_borrow(&state.guard, self.now, &loan.position(), debt)? {
            return Err(Refusal::MayNotBorrow);
        }
        let (owed, whole) = (loan.debt.checked_add(debt)?, state.house.debt.checked_add(debt)?);
        if !self.may_owe(&state.guard, whole)? {
            return Err(Refusal::OverCap);
        }
        (loan.debt, state.house.debt) = (owed, whole);
        Ok(())
    }

    /// As [`Rules::withdraw`].
    ///
    /// # Errors
    /// As there.
    pub fn withdraw(&self, state: &GuardState, loan: &mut Loan, what: Withdrawal) -> Result<(), Refusal> {
        self.rules().withdraw(state, loan, what)
    }

    /// As [`Rules::assess`].
    ///
    /// # Errors
    /// As there.
    pub fn assess(&self, state: &GuardState, loan: &Loan) -> Result<Decision, Refusal> {
        self.rules().assess(state, loan)
    }

    /// The guard's rules now.
    const fn rules(&self) -> Rules<'_> {
        Rules { guard: self.guard, now: self.now }
    }

    /// Opens a lot for a loan that is to be sold: less collateral by what is offered, less debt by what is to be raised.
    ///
    /// Who kicked is to be kept beside the lot: it is paid at the settlement.
    ///
    /// # Errors
    /// A lot is open: [`Refusal::LotOpen`]. Nothing is to be sold: [`Refusal::StillHealthy`]. Not yet:
    /// [`Refusal::WaitHalted`], [`Refusal::WaitDepth`], [`Refusal::WaitLedger`]. Not by a sale:
    /// [`Refusal::ForBackstop`], and [`Refusal::Unconfirmed`] before that is sure. As `Guard::assess` and `Guard::kick`.
    #[inline(never)]
    pub fn kick(&self, state: &mut State, loan: &mut Loan) -> Result<(Lot, Report), Refusal> {
        loan.without_lot()?;
        let plan = match self.assess(&state.guard, loan)? {
            Decision::Liquidate { plan, .. } => plan,
            Decision::Healthy => return Err(Refusal::StillHealthy),
            Decision::Wait { reason: WaitReason::Halted, .. } => return Err(Refusal::WaitHalted),
            Decision::Wait { reason: WaitReason::DepthStale, .. } => return Err(Refusal::WaitDepth),
            Decision::Wait { reason: WaitReason::Ledger, .. } => return Err(Refusal::WaitLedger),
            Decision::Backstop(_) => return Err(Refusal::ForBackstop),
            Decision::Wait { reason: WaitReason::Wick, .. } | Decision::Unconfirmed { .. } => {
                return Err(Refusal::Unconfirmed);
            }
        };
        let kick = Kick { sell: plan.sell, raise: plan.repay };
        let collateral = loan.collateral.checked_sub(kick.sell)?;
        let debt = loan.debt.checked_sub(kick.raise)?;
        let boost = self.boost(&state.house)?;
        let most = self.kick_most(kick.raise, boost)?;
        let (guard, lot) = self.guard.kick(state.guard, self.now, kick)?;
        state.guard = guard;
        let tab = Tab { offered: kick.sell, sold: Amount::ZERO, raise: kick.raise, paid: Value::ZERO, boost };
        (loan.collateral, loan.debt, loan.tab) = (collateral, debt, Some(tab));
        Ok((lot, Report::kicked(&kick, most)))
    }

    /// Sells part of a lot, or all that is needed, to a taker who gets and pays what is reported.
    ///
    /// # Errors
    /// No lot, or another: as [`Loan::tab_of`]. As `Guard::take`. Less owed in all than is paid:
    /// [`damper::Error::Underflow`].
    #[inline(never)]
    pub fn take(&self, state: &mut State, loan: &mut Loan, lot: &mut Lot, want: Want) -> Result<Report, Refusal> {
        let tab = loan.tab_of(lot)?;
        let bid = Bid { want: want.amount, max_price: want.limit };
        let (guard, take) = self.guard.take(state.guard, self.now, *lot, bid)?;
        let tab = Tab { sold: tab.sold.checked_add(take.sold)?, paid: tab.paid.checked_add(take.paid)?, ..tab };
        // What is paid beyond the tab repays nothing.
        let debt = state.house.debt.checked_sub(lot.raise().excess_over(take.lot.raise()))?;
        let answering = self.filled(state, lot, &take)?;
        *state = State { guard, house: House { debt, answering, ..state.house } };
        (loan.tab, *lot) = (Some(tab), take.lot);
        Ok(Report::taken(&take))
    }

    /// Closes a lot: what was not sold goes back to the collateral, what was not raised to the debt, what was paid beyond
    /// the tab to the borrower's credit. A part of what was paid up to it is the penalty, which is owed again and pays who
    /// kicked, who settles, and the market's fund.
    ///
    /// Anybody may call it once the lot is done, or out of date, or the loan would be healthy without the sale.
    ///
    /// # Errors
    /// No lot, or another: as [`Loan::tab_of`]. None of the three: [`Refusal::LotRunning`]. As `Guard::settle`, and to
    /// find out whether the loan would be healthy as `Guard::assess`. Sums beyond 2^128: [`damper::Error::Overflow`].
    #[inline(never)]
    pub fn settle(&self, state: &mut State, loan: &mut Loan, lot: &Lot) -> Result<Report, Refusal> {
        let tab = loan.tab_of(lot)?;
        let surplus = tab.paid.excess_over(tab.raise);
        let mut new = Loan {
            collateral: loan.collateral.checked_add(lot.remaining())?,
            debt: loan.debt.checked_add(lot.raise())?,
            credit: loan.credit.checked_add(surplus)?,
            tab: None,
        };
        let penalty = self.penalty(state, &new, &tab)?;
        new.debt = new.debt.checked_add(penalty.whole)?;
        let late = !lot.is_done() && lot.terms().needs_reset(self.now)?;
        if !lot.is_done() && !late && self.assess(&state.guard, &new)? != Decision::Healthy {
            return Err(Refusal::LotRunning);
        }
        let house = House {
            debt: state.house.debt.checked_add(penalty.whole)?,
            fund: state.house.fund.checked_add(penalty.fund)?,
            answering: if late { self.missed(state, lot)? } else { state.house.answering },
            ..state.house
        };
        let (guard, returned) = self.guard.settle(state.guard, self.now, *lot)?;
        *state = State { guard, house };
        *loan = new;
        Ok(Report::settled(&returned, surplus, &penalty))
    }

    /// Offers the rest of a lot anew, when its auction is out of date, or nobody could take while its price fell.
    ///
    /// # Errors
    /// No lot, or another: as [`Loan::tab_of`]. As `Guard::restart`.
    #[inline(never)]
    pub fn restart(&self, state: &mut State, loan: &Loan, lot: &mut Lot) -> Result<(), Refusal> {
        loan.tab_of(lot)?;
        let new = self.guard.restart(&state.guard, self.now, *lot)?;
        if lot.terms().needs_reset(self.now)? {
            state.house.answering = self.missed(state, lot)?;
        }
        *lot = new;
        Ok(())
    }

    /// Hands a loan that no sale helps to the backstop: all its collateral, and all its debt by name.
    ///
    /// # Errors
    /// A lot is open: [`Refusal::LotOpen`]. The loan is healthy or may be sold: [`Refusal::NotForBackstop`]. The last price
    /// alone says that a sale does not help, or kicks are stopped: [`Refusal::Unconfirmed`]. As `Guard::assess`; sums beyond
    /// 2^128: [`damper::Error::Overflow`]. Less owed in all than by the loan: [`damper::Error::Underflow`].
    #[inline(never)]
    pub fn absorb(&self, state: &mut State, loan: &mut Loan, backstop: &mut Backstop) -> Result<Report, Refusal> {
        loan.without_lot()?;
        let gap = match self.assess(&state.guard, loan)? {
            Decision::Backstop(Shortfall { gap, .. }) => gap,
            Decision::Unconfirmed { .. } => return Err(Refusal::Unconfirmed),
            Decision::Healthy | Decision::Liquidate { .. } | Decision::Wait { .. } => {
                return Err(Refusal::NotForBackstop);
            }
        };
        let Loan { collateral, debt, .. } = *loan;
        let left = state.house.debt.checked_sub(debt)?;
        *backstop = Backstop {
            collateral: backstop.collateral.checked_add(collateral)?,
            debt: backstop.debt.checked_add(debt)?,
        };
        (loan.collateral, loan.debt, state.house.debt) = (Amount::ZERO, Value::ZERO, left);
        Ok(Report::Absorbed { collateral, debt, gap })
    }
}

impl Rules<'_> {
    /// Less collateral, less credit. Without debt neither price nor breaker is asked.
    ///
    /// # Errors
    /// Nothing asked for: [`Refusal::Empty`]. A lot is open: [`Refusal::LotOpen`]. More than there is:
    /// [`Refusal::MoreThanThere`]. If collateral of a loan with debt is asked for: [`Refusal::MayNotBorrow`], a stale price,
    /// and as `Guard::may_borrow`.
    pub fn withdraw(&self, state: &GuardState, loan: &mut Loan, what: Withdrawal) -> Result<(), Refusal> {
        if what.collateral.is_zero() && what.credit.is_zero() {
            return Err(Refusal::Empty);
        }
        loan.without_lot()?;
        let collateral = loan.collateral.checked_sub(what.collateral).map_err(|_| Refusal::MoreThanThere)?;
        let credit = loan.credit.checked_sub(what.credit).map_err(|_| Refusal::MoreThanThere)?;
        let new = Loan { collateral, credit, ..*loan };
        if !what.collateral.is_zero()
            && !loan.debt.is_zero()
            && !self.guard.may_borrow(state, self.now, &new.position(), Value::ZERO)?
        {
            return Err(Refusal::MayNotBorrow);
        }
        *loan = new;
        Ok(())
    }

    /// What is to be done with a loan, its open lot left aside.
    ///
    /// # Errors
    /// As `Guard::assess`.
    pub fn assess(&self, state: &GuardState, loan: &Loan) -> Result<Decision, Refusal> {
        Ok(self.guard.assess(state, self.now, &loan.position())?)
    }
}

/// More collateral.
///
/// # Errors
/// Nothing: [`Refusal::Empty`]. Beyond 2^128: [`damper::Error::Overflow`].
pub fn deposit(loan: &mut Loan, collateral: Amount) -> Result<(), Refusal> {
    if collateral.is_zero() {
        return Err(Refusal::Empty);
    }
    loan.collateral = loan.collateral.checked_add(collateral)?;
    Ok(())
}

/// Less debt, by whoever pays.
///
/// # Errors
/// Nothing: [`Refusal::Empty`]. More than is owed beside an open lot: [`Refusal::MoreThanThere`]. Less owed in all than is
/// repaid: [`damper::Error::Underflow`].
pub fn repay(house: &mut House, loan: &mut Loan, debt: Value) -> Result<(), Refusal> {
    if debt.is_zero() {
        return Err(Refusal::Empty);
    }
    let owed = loan.debt.checked_sub(debt).map_err(|_| Refusal::MoreThanThere)?;
    (loan.debt, house.debt) = (owed, house.debt.checked_sub(debt)?);
    Ok(())
}
