//! The market of the life in the memory of the host, and its bytes.

use super::{Act, LOANS, START, STEPS, Step, guard};
use crate::input::{Pool, Quote};
use crate::loan::{Backstop, Loan};
use crate::ops::{Market, Want, deposit, repay};
use crate::refusal::Refusal;
use crate::report::Report;
use crate::{Guard, GuardState};
use damper::auction::Lot;
use damper::units::Timestamp;

/// A market and its borrowers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct World {
    /// The configuration.
    pub guard: Option<Guard>,
    /// The state.
    pub state: Option<GuardState>,
    /// The backstop.
    pub backstop: Backstop,
    /// The loans.
    pub loans: [Option<Loan>; LOANS],
    /// The open lot of each.
    pub lots: [Option<Lot>; LOANS],
}

/// What is stored: zeros where there is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The configuration.
    pub guard: [u8; Guard::BYTES],
    /// The state.
    pub state: [u8; GuardState::BYTES],
    /// The backstop.
    pub backstop: [u8; Backstop::BYTES],
    /// The loans.
    pub loans: [[u8; Loan::BYTES]; LOANS],
    /// The open lot of each.
    pub lots: [[u8; Lot::BYTES]; LOANS],
}

/// A step, and what is then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// The number of the step.
    pub number: usize,
    /// The step.
    pub step: Step,
    /// What it did, or why it was refused.
    pub outcome: Result<Report, Refusal>,
    /// What is stored then.
    pub stored: Stored,
}

/// Runs steps one by one.
#[derive(Clone, Debug)]
pub struct Life<'a> {
    world: World,
    steps: core::iter::Enumerate<core::slice::Iter<'a, Step>>,
}

impl Life<'static> {
    /// The life of [`STEPS`].
    #[must_use]
    pub fn new() -> Life<'static> {
        Life { world: World::NEW, steps: STEPS.iter().enumerate() }
    }
}

impl Default for Life<'static> {
    fn default() -> Self {
        Life::new()
    }
}

impl Iterator for Life<'_> {
    type Item = After;

    fn next(&mut self) -> Option<After> {
        let (number, step) = self.steps.next()?;
        let outcome = self.world.apply(step);
        Some(After { number, step: *step, outcome, stored: self.world.stored() })
    }
}

impl World {
    /// Nothing.
    pub const NEW: World =
        World { guard: None, state: None, backstop: Backstop::NEW, loans: [None; LOANS], lots: [None; LOANS] };

    /// Applies a step; if it is refused, nothing has changed.
    ///
    /// # Errors
    /// As the operation. No market, or no such loan: [`Refusal::Missing`]; one where there should be none:
    /// [`Refusal::Exists`]; no open lot: [`Refusal::NoLot`].
    pub fn apply(&mut self, step: &Step) -> Result<Report, Refusal> {
        if step.act == Act::Initialise {
            return match self.guard {
                Some(_) => Err(Refusal::Exists),
                None => {
                    self.guard = Some(guard()?);
                    Ok(Report::Done)
                }
            };
        }
        let guard = self.guard.ok_or(Refusal::Missing)?;
        let now = Timestamp::new(START.checked_add(step.after).ok_or(damper::Error::Overflow)?);
        let market = Market { guard: &guard, now };
        if let Act::Launch { quote, pool } = step.act {
            return match self.state {
                Some(_) => Err(Refusal::Exists),
                None => {
                    self.state = Some(market.launch(quote.observation()?, pool.observation())?);
                    Ok(Report::Done)
                }
            };
        }
        let mut state = self.state.ok_or(Refusal::Missing)?;
        match step.act {
            Act::Initialise | Act::Launch { .. } => Err(Refusal::Exists),
            Act::Observe(seen) => {
                let report = market.observe(
                    &mut state,
                    seen.quote.map(Quote::observation).transpose()?,
                    seen.pool.map(Pool::observation),
                )?;
                self.state = Some(state);
                Ok(report)
            }
            Act::Open { loan, collateral, debt } => {
                let place = self.loans.get_mut(loan).ok_or(Refusal::Missing)?;
                if place.is_some() {
                    return Err(Refusal::Exists);
                }
                *place = Some(market.open(&state, collateral, debt)?);
                Ok(Report::Done)
            }
            Act::Deposit { loan, collateral } => self.change(loan, |old| deposit(old, collateral)),
            Act::Borrow { loan, debt } => self.change(loan, |old| market.borrow(&state, old, debt)),
            Act::Repay { loan, debt } => self.change(loan, |old| repay(old, debt)),
            Act::Withdraw { loan, what } => self.change(loan, |old| market.withdraw(&state, old, what)),
            Act::Assess { loan } => Ok(market.assess(&state, &self.loan(loan)?)?.into()),
            Act::Kick { loan } => {
                let (state, new, lot, report) = market.kick(state, self.loan(loan)?)?;
                self.put(state, loan, new, Some(lot));
                Ok(report)
            }
            Act::Take { loan, amount, limit } => {
                let (old, lot) = self.lot(loan)?;
                let want = Want { amount, limit: limit.price()? };
                let (state, new, lot, report) = market.take(state, old, lot, want)?;
                self.put(state, loan, new, Some(lot));
                Ok(report)
            }
            Act::Settle { loan } => {
                let (old, lot) = self.lot(loan)?;
                let (state, new, report) = market.settle(state, old, lot)?;
                self.put(state, loan, new, None);
                Ok(report)
            }
            Act::Restart { loan } => {
                let (old, lot) = self.lot(loan)?;
                let lot = market.restart(&state, &old, lot)?;
                self.put(state, loan, old, Some(lot));
                Ok(Report::Done)
            }
            Act::Absorb { loan } => {
                let (new, backstop, report) = market.absorb(&state, self.loan(loan)?, self.backstop)?;
                self.backstop = backstop;
                self.change(loan, |_| Ok(new)).map(|_| report)
            }
        }
    }

    fn loan(&self, number: usize) -> Result<Loan, Refusal> {
        self.loans.get(number).copied().flatten().ok_or(Refusal::Missing)
    }

    fn lot(&self, number: usize) -> Result<(Loan, Lot), Refusal> {
        let loan = self.loan(number)?;
        Ok((loan, self.lots.get(number).copied().flatten().ok_or(Refusal::NoLot)?))
    }

    fn change(&mut self, number: usize, how: impl FnOnce(Loan) -> Result<Loan, Refusal>) -> Result<Report, Refusal> {
        let new = how(self.loan(number)?)?;
        if let Some(place) = self.loans.get_mut(number) {
            *place = Some(new);
        }
        Ok(Report::Done)
    }

    fn put(&mut self, state: GuardState, number: usize, loan: Loan, lot: Option<Lot>) {
        self.state = Some(state);
        if let (Some(old), Some(old_lot)) = (self.loans.get_mut(number), self.lots.get_mut(number)) {
            (*old, *old_lot) = (Some(loan), lot);
        }
    }

    /// What is stored.
    #[must_use]
    pub fn stored(&self) -> Stored {
        let mut out = Stored {
            guard: [0; Guard::BYTES],
            state: [0; GuardState::BYTES],
            backstop: [0; Backstop::BYTES],
            loans: [[0; Loan::BYTES]; LOANS],
            lots: [[0; Lot::BYTES]; LOANS],
        };
        // Every length is right, so no write fails.
        let _ = self.guard.map(|guard| guard.write_to(&mut out.guard));
        let _ = self.state.map(|state| state.write_to(&mut out.state));
        let _ = self.backstop.write_to(&mut out.backstop);
        for (to, loan) in out.loans.iter_mut().zip(self.loans) {
            let _ = loan.map(|loan| loan.write_to(to));
        }
        for (to, lot) in out.lots.iter_mut().zip(self.lots) {
            let _ = lot.map(|lot| lot.write_to(to));
        }
        out
    }
}
