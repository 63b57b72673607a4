//! The market of the life in the memory of the host, and its bytes.

use super::{Act, LOANS, START, STEPS, Step, guard, terms};
use crate::feeds::SourcesState;
use crate::house::{House, State};
use crate::input::{Pool, Quote};
use crate::loan::{Backstop, Loan};
use crate::ops::{Market, Want, deposit, repay};
use crate::refusal::Refusal;
use crate::report::Report;
use crate::terms::Terms;
use crate::{Guard, GuardState};
use damper::auction::Lot;
use damper::units::Timestamp;

/// A market and its borrowers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct World {
    /// The configuration of the guard.
    pub guard: Option<Guard>,
    /// The configuration beside it.
    pub terms: Option<Terms>,
    /// The state: the guard's, and what is kept beside it.
    pub state: Option<State>,
    /// What the sources said, once they are adopted.
    pub sources: Option<SourcesState>,
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
    /// The configuration of the guard.
    pub guard: [u8; Guard::BYTES],
    /// The configuration beside it.
    pub terms: [u8; Terms::BYTES],
    /// The guard's state.
    pub state: [u8; GuardState::BYTES],
    /// What is kept beside it.
    pub house: [u8; House::BYTES],
    /// What the sources said.
    pub sources: [u8; SourcesState::BYTES],
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
    pub const NEW: World = World {
        guard: None,
        terms: None,
        state: None,
        sources: None,
        backstop: Backstop::NEW,
        loans: [None; LOANS],
        lots: [None; LOANS],
    };

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
                    let (guard, terms) = (guard()?, terms()?);
                    terms.fits(&guard)?;
                    (self.guard, self.terms) = (Some(guard), Some(terms));
                    Ok(Report::Done)
                }
            };
        }
        let (guard, terms) = (self.guard.ok_or(Refusal::Missing)?, self.terms.ok_or(Refusal::Missing)?);
        let now = Timestamp::new(START.checked_add(step.after).ok_or(damper::Error::Overflow)?);
        let market = Market { guard: &guard, terms: &terms, now };
        if let Act::Launch { quote, pool } = step.act {
            return match self.state {
                Some(_) => Err(Refusal::Exists),
                None => {
                    self.state = Some(market.launch(quote.observation()?, pool.observation())?);
                    Ok(Report::Done)
                }
            };
        }
        let state = self.state.as_mut().ok_or(Refusal::Missing)?;
        let loans = &mut self.loans;
        match step.act {
            Act::Initialise | Act::Launch { .. } => Err(Refusal::Exists),
            Act::Observe(seen) => {
                let price = seen.quote.map(Quote::observation).transpose()?;
                market.observe(state, price, seen.pool.map(Pool::observation))
            }
            Act::Adopt => {
                self.sources = Some(market.adopt(state)?);
                Ok(Report::Done)
            }
            Act::Report { source, quote } => {
                let sources = self.sources.as_mut().ok_or(Refusal::Missing)?;
                market.report(state, sources, source, quote.observation()?)
            }
            Act::Open { loan, collateral, debt } => {
                let place = loans.get_mut(loan).ok_or(Refusal::Missing)?;
                if place.is_some() {
                    return Err(Refusal::Exists);
                }
                *place = Some(market.open(state, collateral, debt)?);
                Ok(Report::Done)
            }
            Act::Deposit { loan, collateral } => deposit(held(loans, loan)?, collateral).map(|()| Report::Done),
            Act::Borrow { loan, debt } => market.borrow(state, held(loans, loan)?, debt).map(|()| Report::Done),
            Act::Repay { loan, debt } => repay(&mut state.house, held(loans, loan)?, debt).map(|()| Report::Done),
            Act::Withdraw { loan, what } => {
                market.withdraw(&state.guard, held(loans, loan)?, what).map(|()| Report::Done)
            }
            Act::Assess { loan } => Ok(market.assess(&state.guard, held(loans, loan)?)?.into()),
            Act::Kick { loan } => {
                let (lot, report) = market.kick(state, held(loans, loan)?)?;
                *self.lots.get_mut(loan).ok_or(Refusal::Missing)? = Some(lot);
                Ok(report)
            }
            Act::Take { loan, amount, limit } => {
                let (held, lot) = (held(loans, loan)?, open(&mut self.lots, loan)?);
                market.take(state, held, lot, Want { amount, limit: limit.price()? })
            }
            Act::Settle { loan } => {
                let report = market.settle(state, held(loans, loan)?, open(&mut self.lots, loan)?)?;
                *self.lots.get_mut(loan).ok_or(Refusal::Missing)? = None;
                Ok(report)
            }
            Act::Restart { loan } => {
                let (held, lot) = (held(loans, loan)?, open(&mut self.lots, loan)?);
                market.restart(state, held, lot).map(|()| Report::Done)
            }
            Act::Absorb { loan } => market.absorb(state, held(loans, loan)?, &mut self.backstop),
        }
    }

    /// What is stored.
    #[must_use]
    pub fn stored(&self) -> Stored {
        let mut out = Stored {
            guard: [0; Guard::BYTES],
            terms: [0; Terms::BYTES],
            state: [0; GuardState::BYTES],
            house: [0; House::BYTES],
            sources: [0; SourcesState::BYTES],
            backstop: [0; Backstop::BYTES],
            loans: [[0; Loan::BYTES]; LOANS],
            lots: [[0; Lot::BYTES]; LOANS],
        };
        // Every length is right, so no write fails.
        let _ = self.guard.map(|guard| guard.write_to(&mut out.guard));
        let _ = self.terms.map(|terms| terms.write_to(&mut out.terms));
        if let Some(State { guard, house }) = &self.state {
            let _ = guard.write_to(&mut out.state);
            let _ = house.write_to(&mut out.house);
        }
        let _ = self.sources.map(|sources| sources.write_to(&mut out.sources));
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

fn held(loans: &mut [Option<Loan>; LOANS], number: usize) -> Result<&mut Loan, Refusal> {
    loans.get_mut(number).and_then(Option::as_mut).ok_or(Refusal::Missing)
}

fn open(lots: &mut [Option<Lot>; LOANS], number: usize) -> Result<&mut Lot, Refusal> {
    lots.get_mut(number).and_then(Option::as_mut).ok_or(Refusal::NoLot)
}
