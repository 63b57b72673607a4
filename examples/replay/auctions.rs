//! Damper as a liquidation engine: assess each loan, kick a lot, let the price fall to the market, settle.
//!
//! Keepers look at the open lots once a minute, for the first two hours of a step at most. A keeper takes a lot when its
//! price has come down to what the lot would bring in on the true book, less the keeper's margin, and sells what it took
//! at once. Where keepers are scarce they look once a step under stress, and miss lots.

use crate::damped::Damped;
use crate::lending::Lending;
use crate::market::{Market, Seen};
use crate::population::{Fill, Population};
use crate::rng::SplitMix64;
use crate::run::Seller;
use damper::Error;
use damper::auction::Lot;
use damper::guard::{Decision, Guard, GuardState};
use damper::health::Position;
use damper::plan::Shortfall;
use damper::price::Price;
use damper::selling::{Bid, Kick};
use damper::units::{Amount, Timestamp, Value};

/// How often keepers look at the lots, and for how long in a step.
const LOOK_SECONDS: u64 = 60;
const LOOKING_SECONDS: u64 = 7_200;

/// Of 1,000 lots under stress, those that no keeper sees where keepers are scarce.
const MISSED: u64 = 360;

/// What the backstop took over, valued when it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Backstop {
    pub(crate) loans: usize,
    pub(crate) debt: Value,
    pub(crate) collateral: Value,
    /// What would be missing if all of it were sold at once.
    pub(crate) gap: Value,
}

impl Backstop {
    pub(crate) const NONE: Backstop =
        Backstop { loans: 0, debt: Value::ZERO, collateral: Value::ZERO, gap: Value::ZERO };

    fn take_over(&mut self, shortfall: &Shortfall) -> Result<(), Error> {
        self.loans += 1;
        self.debt = self.debt.checked_add(shortfall.debt)?;
        self.collateral = self.collateral.checked_add(shortfall.collateral)?;
        self.gap = self.gap.checked_add(shortfall.gap)?;
        Ok(())
    }
}

/// A lot and the loan that it is from.
#[derive(Clone, Copy, Debug)]
struct Open {
    account: usize,
    lot: Lot,
}

/// The guard, the open lots, and what was handed over.
#[derive(Clone, Debug)]
pub(crate) struct Auctions {
    damped: Damped,
    open: Vec<Open>,
    backstop: Backstop,
    misses: SplitMix64,
}

impl Auctions {
    pub(crate) const fn new(guard: Guard<1>, seed: u64) -> Auctions {
        let misses = SplitMix64::new(seed);
        Auctions { damped: Damped::new(guard), open: Vec::new(), backstop: Backstop::NONE, misses }
    }

    pub(crate) const fn damped(&self) -> &Damped {
        &self.damped
    }

    pub(crate) const fn backstop(&self) -> Backstop {
        self.backstop
    }

    /// Kicks a lot for every loan that may be sold, and hands over what may not be.
    fn assess(
        &mut self,
        mut state: GuardState<1>,
        now: Timestamp,
        loans: &mut Lending,
    ) -> Result<GuardState<1>, Error> {
        let guard = self.damped.guard;
        for account in loans.past_threshold(state.price().band.low())? {
            if self.open.iter().any(|open| open.account == account) {
                continue;
            }
            let loan = &mut loans.loans[account];
            let position = Position::<0, 0>::new(loan.collateral, loan.debt);
            let decision = match guard.assess(&state, now, &position) {
                // At an old price nothing is decided.
                Err(Error::PriceStale) => return Ok(state),
                decision => decision?,
            };
            match decision {
                Decision::Liquidate { plan, .. } => {
                    let (next, lot) = guard.kick(state, now, Kick { sell: plan.sell, raise: plan.repay })?;
                    state = next;
                    self.open.push(Open { account, lot });
                }
                Decision::Backstop(shortfall) => {
                    self.backstop.take_over(&shortfall)?;
                    loan.handed_over = true;
                }
                // It stays in the backlog, and is assessed again in the next step.
                Decision::Healthy | Decision::Wait { .. } | Decision::Unconfirmed { .. } => {}
            }
        }
        Ok(state)
    }

    /// Keepers look at each open lot once; lots that are done are settled.
    fn look(
        &mut self,
        mut state: GuardState<1>,
        now: Timestamp,
        (market, loans, miss): (&mut Market, &mut Lending, bool),
    ) -> Result<GuardState<1>, Error> {
        let guard = self.damped.guard;
        for mut open in std::mem::take(&mut self.open) {
            if open.lot.terms().needs_reset(now)?
                && let Ok(lot) = guard.restart(&state, now, open.lot)
            {
                open.lot = lot;
            }
            let missed = miss && missed(&mut self.misses);
            if let (false, Some(max_price)) = (missed, worth(&open.lot, market, loans)?) {
                let before = guard.limits(&state, now)?.level;
                match guard.take(state, now, open.lot, Bid { want: open.lot.remaining(), max_price }) {
                    Ok((next, take)) => {
                        (state, open.lot) = (next, take.lot);
                        let (truth, trigger) = (market.price()?, state.price().band.low());
                        let proceeds = market.sell(take.sold)?;
                        self.damped.sold(state, before, market)?;
                        let fill = Fill { sold: take.sold, proceeds, trigger, truth };
                        loans.repay(open.account, &fill, take.paid)?;
                    }
                    Err(
                        Error::TakeStopped
                        | Error::NotPermitted
                        | Error::PriceAboveLimit
                        | Error::AuctionResetDue
                        | Error::TakeLeavesDust,
                    ) => {}
                    Err(error) => return Err(error),
                }
            }
            if open.lot.is_done() {
                (state, _) = guard.settle(state, now, open.lot)?;
            } else {
                self.open.push(open);
            }
        }
        Ok(state)
    }
}

/// Whether the keepers miss a lot.
pub(crate) fn missed(rng: &mut SplitMix64) -> bool {
    rng.within(1, 1_000) <= MISSED
}

/// What may be lent against collateral that nothing is owed on.
fn lent(guard: &Guard<1>, state: &GuardState<1>, now: Timestamp, collateral: Amount) -> Result<Value, Error> {
    match guard.max_borrow_floor(state, now, &Position::<0, 0>::new(collateral, Value::ZERO)) {
        Err(Error::BorrowStopped | Error::PriceStale) => Ok(Value::ZERO),
        most => most,
    }
}

/// What a keeper would pay for a base atom of a lot, if anything.
fn worth(lot: &Lot, market: &Market, loans: &Lending) -> Result<Option<Price>, Error> {
    let brings_in = loans.after_margin(market.proceeds_floor(lot.remaining())?)?;
    match Price::from_fraction_floor(brings_in.get(), lot.remaining().get()) {
        Ok(price) => Ok(Some(price)),
        Err(Error::PriceZero) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Seller<Lending> for Auctions {
    fn name(&self) -> &'static str {
        "damper"
    }

    fn act(&mut self, seen: &Seen, market: &mut Market, loans: &mut Lending) -> Result<(), Error> {
        let state = self.damped.observe(seen, market)?;
        let guard = self.damped.guard;
        loans.arrive(seen.now, market.price()?, &mut |collateral| lent(&guard, &state, seen.now, collateral))?;
        let mut state = self.assess(state, seen.now, loans)?;
        let end = seen.until.get().min(seen.now.get() + LOOKING_SECONDS);
        let mut now = seen.now.get();
        loop {
            let last = now + LOOK_SECONDS >= end;
            if last || !seen.keepers_miss {
                state = self.look(state, Timestamp::new(now), (market, loans, seen.keepers_miss))?;
            }
            if self.open.is_empty() || last {
                return self.damped.rest(state, Timestamp::new(now));
            }
            now += LOOK_SECONDS;
        }
    }
}
