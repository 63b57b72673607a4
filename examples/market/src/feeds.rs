//! Many price sources of one market: each reports for itself, and the market sees what they say together.
//!
//! A program stores a [`SourcesState`] beside the market's state. Its configuration is checked against the guard's by
//! [`Feeds::fits`].

use crate::GuardState;
use crate::input::Quote;
use crate::ops::Market;
use crate::refusal::Refusal;
use crate::report::Report;
use damper::oracle::PriceObservation;
use damper::sources::{Outcome, Verdict};

/// Sources of a market.
pub const SOURCES: usize = 3;

/// The configuration of the sources.
pub type SourcesConfig = damper::sources::SourcesConfig<SOURCES>;
/// The last report of each source, and what was made of them last.
pub type SourcesState = damper::sources::SourcesState<SOURCES>;

/// A market at a time, and its sources.
#[derive(Clone, Copy, Debug)]
pub struct Feeds<'a> {
    /// The market.
    pub market: Market<'a>,
    /// The configuration of the sources.
    pub sources: &'a SourcesConfig,
}

/// What a report came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a market without a price is not safe for long"]
pub struct Heard {
    /// What counts of each source now.
    pub verdicts: [Verdict; SOURCES],
    /// What the market permits now, if the sources have a price together; otherwise why they have none. The report is kept
    /// in either case, and the market's time has passed.
    pub price: Result<Report, Refusal>,
}

impl Feeds<'_> {
    /// Whether the guard can work with these sources: to be asked once, before both are stored.
    ///
    /// # Errors
    /// As `SourcesConfig::fits`.
    pub fn fits(&self) -> Result<(), Refusal> {
        let params = self.market.guard.params();
        Ok(self.sources.fits(&params.oracle, params.wick)?)
    }

    /// Takes in the report of one source, before a market opens or for [`Feeds::report`]; nothing has changed if it is refused.
    ///
    /// # Errors
    /// No such source: [`Refusal::Missing`]. As [`Quote::observation`]. The source's own report is refused, by the code of
    /// its verdict: from the future, stale, too wide, older than its last, or another for the same time. The clock runs
    /// backward: [`damper::Error::ClockReversed`].
    pub fn hear(&self, feeds: &mut SourcesState, source: usize, quote: Quote) -> Result<Outcome<SOURCES>, Refusal> {
        let mut reports: [Option<PriceObservation>; SOURCES] = [None; SOURCES];
        *reports.get_mut(source).ok_or(Refusal::Missing)? = Some(quote.observation()?);
        let mut after = *feeds;
        let outcome = self.sources.update(&mut after, &reports, self.market.now)?;
        // Nothing was reported for the others.
        if let Some(error) = outcome.verdicts.iter().find_map(|verdict| verdict.refused) {
            return Err(error.into());
        }
        *feeds = after;
        Ok(outcome)
    }

    /// Takes in the report of one source, and passes what all say together to the market.
    ///
    /// Without enough sources that agree, only the market's time passes: its last price grows old, and what needs a price is
    /// refused when it is too old.
    ///
    /// # Errors
    /// As [`Feeds::hear`] and [`Market::observe`]; nothing has changed then.
    pub fn report(
        &self,
        state: &mut GuardState,
        feeds: &mut SourcesState,
        source: usize,
        quote: Quote,
    ) -> Result<Heard, Refusal> {
        let mut after = *feeds;
        let outcome = self.hear(&mut after, source, quote)?;
        let together = outcome.aggregate.map(|aggregate| aggregate.observation);
        let report = self.market.observe(state, together.ok(), None)?;
        *feeds = after;
        let price = together.map(|_| report).map_err(Refusal::from);
        Ok(Heard { verdicts: outcome.verdicts, price })
    }
}
