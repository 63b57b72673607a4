//! Whether keepers answer: seen at takes, restarts and settlements, and told to the guard at each observation.

use crate::GuardState;
use crate::house::{House, State};
use crate::ops::Market;
use crate::refusal::Refusal;
use damper::answering::{Answer, Answering};
use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::auction::{Lot, Take};
use damper::guard::{Guard, GuardParams};
use damper::ratio::Ratio;
use damper::stress::External;
use damper::units::Seconds;

impl Market<'_> {
    /// The estimate after a take. Lateness counts from the time at which the price asked came down to the low side of the
    /// market's last price; a take above that is not late. What the low side was before is not kept: after a rise a prompt
    /// take counts as late, after a fall a late one as prompt.
    #[inline(never)]
    pub(crate) fn filled(&self, state: &State, lot: &Lot, take: &Take) -> Result<Answering, Refusal> {
        let low = state.guard.price().band.low();
        let terms = lot.terms();
        let lateness = match terms.time_to(low) {
            Some(reached) if take.price <= low => {
                let elapsed = self.now.since(terms.opened())?;
                Seconds::new(elapsed.get().saturating_sub(reached.get()))
            }
            _ => Seconds::ZERO,
        };
        self.answer(&state.house, Answer::Filled { lateness, size: take.paid })
    }

    /// The estimate after a lot was out of date with a rest that nobody took. A lot that was open while takes were stopped
    /// says nothing of keepers, nor does one that cannot be taken now for want of a depth snapshot.
    pub(crate) fn missed(&self, state: &State, lot: &Lot) -> Result<Answering, Refusal> {
        let stopped = lot.terms().opened() < state.guard.untaken_until();
        if stopped || self.guard.params().depth.fresh(state.guard.depth(), self.now).is_err() {
            return Ok(state.house.answering);
        }
        self.answer(&state.house, Answer::Missed { size: lot.raise() })
    }

    fn answer(&self, house: &House, answer: Answer) -> Result<Answering, Refusal> {
        Ok(self.terms.params().answering.observe(house.answering, answer, self.now)?)
    }

    /// Factor on the offer of rewards.
    pub(crate) fn boost(&self, house: &House) -> Result<Ratio, Refusal> {
        Ok(self.terms.params().answering.boost_floor(&house.answering)?)
    }

    /// The guard's state after it was told how keepers answer. A guard that has no such signal is told nothing.
    ///
    /// No other signal is reported: a guard that expects one counts it as missing, which is full stress.
    #[inline(never)]
    pub(crate) fn heeded(&self, state: &State) -> Result<GuardState, Refusal> {
        if !self.guard.params().appetite.params().stress.is_reported() {
            return Ok(state.guard);
        }
        let report = External {
            source_time: self.now,
            backlog: None,
            oracle: None,
            keepers: Some(state.house.answering.health()),
            neighbours: None,
        };
        Ok(self.guard.heed(state.guard, self.now, &report)?)
    }

    /// The guard that opens the market: the same, but that no stress brings its appetite below the start. Of keepers the
    /// guard can be told nothing before it has a state, and it would open as under full stress.
    #[inline(never)]
    pub(crate) fn opening(&self) -> Result<crate::Guard, Refusal> {
        let params = *self.guard.params();
        let appetite = params.appetite.params();
        let appetite = AppetiteParams { floor: appetite.start, hold: Seconds::ZERO, ..*appetite };
        let appetite = AppetiteConfig::new(appetite)?;
        // The share of the book was applied when the guard was built.
        Ok(Guard::new(GuardParams { appetite, book_share: Ratio::ONE, ..params })?)
    }
}
