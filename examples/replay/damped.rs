//! Damper as a seller at market: what the insurers sell is what the guard permits.

use crate::exact::Log;
use crate::feed::{Feed, Observed};
use crate::market::{Market, Seen};
use crate::population::{Fill, Population};
use crate::run::Seller;
use damper::Error;
use damper::book::Snapshot;
use damper::depth::DepthObservation;
use damper::guard::{Guard, GuardState, Observation};
use damper::ratio::Ratio;
use damper::stress::External;
use damper::units::Timestamp;

/// The ledger at the end of a step: `L + R`, and `B + h D`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) used: Ratio,
    pub(crate) cap: Ratio,
}

/// What is kept of a run beside its outcome.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    levels: Vec<Level>,
    /// Sum of all charges, in steps of 2^-48.
    charged: u128,
    h1_holds: bool,
    measured_kappa: f64,
}

impl Record {
    const EMPTY: Record = Record { levels: Vec::new(), charged: 0, h1_holds: true, measured_kappa: 0.0 };

    pub(crate) fn levels(&self) -> &[Level] {
        &self.levels
    }

    pub(crate) const fn h1_holds(&self) -> bool {
        self.h1_holds
    }

    pub(crate) const fn measured_kappa(&self) -> f64 {
        self.measured_kappa
    }

    /// Adds a charge, and compares what all sales displaced with what was charged for all of them. Recovery only lowers
    /// `E(u) - E(s)`, so `gross <= kappa * charges` at every sale is hypothesis H1, and more.
    fn add(&mut self, charge: Ratio, kappa: Ratio, gross: Log) {
        self.charged += u128::from(charge.to_bits());
        // Both factors are in steps of 2^-48.
        let covered = self.charged * u128::from(kappa.to_bits());
        let covered = Log::from_fraction(i128::try_from(covered).expect("a charge is below one"), 1 << 96);
        self.h1_holds &= gross.certainly_le(covered);
        let measured = gross.to_f64_hi() / (self.charged as f64 / 2_f64.powi(48));
        self.measured_kappa = self.measured_kappa.max(measured);
    }
}

/// A guard, its state, and a record.
#[derive(Clone, Debug)]
pub(crate) struct Damped {
    pub(crate) guard: Guard<1>,
    /// The price sources, and the state: from the first step on.
    seeing: Option<(Feed, GuardState<1>)>,
    record: Record,
}

impl Damped {
    pub(crate) const fn new(guard: Guard<1>) -> Damped {
        Damped { guard, seeing: None, record: Record::EMPTY }
    }

    pub(crate) const fn record(&self) -> &Record {
        &self.record
    }

    /// Takes in the price and the depth of a step, and how good the sources are, and returns the state after it. A price
    /// that the guard refuses, and sources that come to none or have nothing new, leave the last price, which ages.
    pub(crate) fn observe(&mut self, seen: &Seen, market: &mut Market) -> Result<GuardState<1>, Error> {
        let params = self.guard.params();
        let snapshot = Snapshot::ConstantProduct { reserve: seen.reserve };
        let depth = DepthObservation { source_time: seen.measured_at, snapshot };
        let (feed, state) = match self.seeing.take() {
            None => {
                let mut feed = Feed::open(params, &seen.quotes, seen.now)?;
                let (observed, quality) = feed.observe(&seen.quotes, seen.scale, seen.now)?;
                let observed = observed?;
                let state = self.guard.open(seen.now, observed.observation, depth)?;
                market.note_accepted(observed);
                (feed, self.guard.heed(state, seen.now, &reported(quality, seen.now))?)
            }
            Some((mut feed, state)) => {
                let (observed, quality) = feed.observe(&seen.quotes, seen.scale, seen.now)?;
                let accepts = |new: &Observed| params.oracle.accept(state.price(), &new.observation, seen.now).is_ok();
                let observed = observed.ok().filter(accepts);
                if let Some(observed) = observed {
                    market.note_accepted(observed);
                }
                let state = self.guard.heed(state, seen.now, &reported(quality, seen.now))?;
                let price = observed.map(|observed| observed.observation);
                (feed, self.guard.observe(state, &Observation { now: seen.now, price, depth: Some(depth) })?)
            }
        };
        self.seeing = Some((feed, state));
        Ok(state)
    }

    /// Keeps the state after a sale that the market has seen; `before` is the ledger's level before it.
    pub(crate) fn sold(&mut self, state: GuardState<1>, before: Ratio, market: &Market) -> Result<(), Error> {
        let charge = state.ledger().level().checked_sub(before)?;
        self.record.add(charge, self.guard.params().ledger.params().kappa, market.gross());
        self.keep(state);
        Ok(())
    }

    /// Keeps the state at the end of a step, and its ledger for the chart.
    pub(crate) fn rest(&mut self, state: GuardState<1>, now: Timestamp) -> Result<(), Error> {
        let limits = self.guard.limits(&state, now)?;
        let used = limits.level.checked_add(limits.reserved)?;
        self.record.levels.push(Level { used, cap: limits.cap });
        self.keep(state);
        Ok(())
    }

    fn keep(&mut self, state: GuardState<1>) {
        if let Some((_, kept)) = &mut self.seeing {
            *kept = state;
        }
    }
}

/// The quality of the sources, for the guard.
const fn reported(quality: Ratio, now: Timestamp) -> External {
    External { source_time: now, backlog: None, oracle: Some(quality), keepers: None, neighbours: None }
}

impl<P: Population> Seller<P> for Damped {
    fn name(&self) -> &'static str {
        "damper"
    }

    /// Each order in turn, up to what is permitted in all.
    fn act(&mut self, seen: &Seen, market: &mut Market, population: &mut P) -> Result<(), Error> {
        let mut state = self.observe(seen, market)?;
        let trigger = state.price().band.low();
        for order in population.orders(trigger)? {
            let limits = self.guard.limits(&state, seen.now)?;
            let amount = order.amount.min(limits.permitted);
            if amount.is_zero() || limits.stops.take {
                break;
            }
            state = self.guard.sell(state, seen.now, amount)?;
            let truth = market.price()?;
            let proceeds = market.sell(amount)?;
            self.sold(state, limits.level, market)?;
            population.book(order.account, Fill { sold: amount, proceeds, trigger, truth })?;
        }
        self.rest(state, seen.now)
    }
}
