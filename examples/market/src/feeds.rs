//! Many price sources of one market: each reports for itself, and the market sees what they say together.
//!
//! The terms name the sources. A market opens with the price of one authority and adopts the sources once, at once or
//! later; from then on no authority's price is taken, and there is no way back: else whoever holds that key could still
//! say the price alone. A program stores a [`SourcesState`] beside the market's state, and knows who reports for which
//! source.

use crate::house::State;
use crate::ops::Market;
use crate::refusal::Refusal;
use crate::report::Report;
use damper::oracle::PriceObservation;
use damper::sources::Outcome;

/// Sources of a market.
pub const SOURCES: usize = 3;

/// The configuration of the sources.
pub type SourcesConfig = damper::sources::SourcesConfig<SOURCES>;
/// The last report of each source, and what was made of them last.
pub type SourcesState = damper::sources::SourcesState<SOURCES>;

impl Market<'_> {
    /// From now on the price is what the sources say together.
    ///
    /// The last price of the authority holds until they have one, or it is too old. For who configures the market.
    ///
    /// # Errors
    /// The terms name no sources: [`Refusal::Missing`]. They are adopted already: [`Refusal::Exists`]. The guard cannot work
    /// with them: as [`crate::Terms::fits`].
    pub fn adopt(&self, state: &mut State) -> Result<SourcesState, Refusal> {
        self.sources()?;
        if state.house.fed {
            return Err(Refusal::Exists);
        }
        self.terms.fits(self.guard)?;
        state.house.fed = true;
        Ok(SourcesState::open(self.now))
    }

    /// Takes in the report of one source, without a market that sees it; nothing has changed if it is refused.
    ///
    /// # Errors
    /// No such source, or the terms name none: [`Refusal::Missing`]. The source's own report is refused, by the code of its
    /// verdict: from the future, stale, too wide, older than its last, or another for the same time. The clock runs backward: [`damper::Error::ClockReversed`].
    #[inline(never)]
    pub fn hear(
        &self,
        feeds: &mut SourcesState,
        source: usize,
        price: PriceObservation,
    ) -> Result<Outcome<SOURCES>, Refusal> {
        let mut reports: [Option<PriceObservation>; SOURCES] = [None; SOURCES];
        *reports.get_mut(source).ok_or(Refusal::Missing)? = Some(price);
        let mut after = *feeds;
        let outcome = self.sources()?.update(&mut after, &reports, self.now)?;
        // Nothing was reported for the others.
        if let Some(error) = outcome.verdicts.iter().find_map(|verdict| verdict.refused) {
            return Err(error.into());
        }
        *feeds = after;
        Ok(outcome)
    }

    /// Takes in the report of one source, and passes what all say together to the market.
    ///
    /// Without enough sources that agree, the report is kept and only the market's time passes: its last price grows old,
    /// and what needs a price is refused when it is too old. So it is while what they say together is no later than the last
    /// price of the authority that they replace.
    ///
    /// # Errors
    /// The sources are not adopted: [`Refusal::Missing`]. As [`Market::hear`] and `Guard::update`; nothing has changed then.
    #[inline(never)]
    pub fn report(
        &self,
        state: &mut State,
        feeds: &mut SourcesState,
        source: usize,
        price: PriceObservation,
    ) -> Result<Report, Refusal> {
        if !state.house.fed {
            return Err(Refusal::Missing);
        }
        let mut after = *feeds;
        let outcome = self.hear(&mut after, source, price)?;
        let together = outcome.aggregate.and_then(|aggregate| {
            let price = aggregate.observation;
            self.guard.params().oracle.accept(state.guard.price(), &price, self.now).map(|()| price)
        });
        let permitted = self.see(state, together.ok(), None)?;
        *feeds = after;
        let price = together.map(|_| permitted).map_err(Refusal::from);
        Ok(Report::Heard { standings: outcome.verdicts.map(|verdict| verdict.standing), price })
    }

    fn sources(&self) -> Result<&SourcesConfig, Refusal> {
        self.terms.params().sources.as_ref().ok_or(Refusal::Missing)
    }
}
