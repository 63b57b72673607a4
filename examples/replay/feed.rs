//! Price sources, and the one place where what they say becomes the price that damper sees: [`damper::sources`], with the
//! configuration of `config.rs`.
//!
//! The naive sellers read the first source alone, or the middle one.

use crate::config;
use crate::path::Scale;
use damper::Error;
use damper::guard::GuardParams;
use damper::oracle::PriceObservation;
use damper::price::PriceBand;
use damper::ratio::Ratio;
use damper::sources::{Emission, Outcome, SourcesConfig, SourcesState};
use damper::units::Timestamp;

/// How a source relates to the market's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// It shows the price, rounded down to a tick.
    Honest,
    /// It shows nothing new from this clock on.
    Frozen { from: u64 },
    /// It shows the price times `num / den` from one clock to before another.
    Wrong { from: u64, until: u64, num: u64, den: u64 },
}

/// What a source shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(crate) ticks: u64,
    pub(crate) source_time: u64,
}

impl Source {
    /// What the source shows at `clock`, the price being `ticks`; `last` is what it showed before.
    pub(crate) fn quote(self, clock: u64, ticks: u64, last: Quote) -> Quote {
        match self {
            Source::Frozen { from } if clock >= from => last,
            Source::Wrong { from, until, num, den } if (from..until).contains(&clock) => {
                let ticks = u128::from(ticks) * u128::from(num) / u128::from(den);
                Quote { ticks: u64::try_from(ticks).unwrap_or(u64::MAX).max(1), source_time: clock }
            }
            Source::Honest | Source::Frozen { .. } | Source::Wrong { .. } => Quote { ticks, source_time: clock },
        }
    }
}

impl Quote {
    /// In the crate's units, the sides rounded apart.
    pub(crate) fn report(self, scale: Scale) -> Result<PriceObservation, Error> {
        let band = PriceBand::new(scale.price_floor(self.ticks)?, scale.price_ceil(self.ticks)?)?;
        Ok(PriceObservation { source_time: Timestamp::new(self.source_time), band })
    }
}

/// What the sources say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Observed {
    /// For the guard.
    pub(crate) observation: PriceObservation,
    /// The sides of a new observation in ticks; `None` if it is the last one again.
    pub(crate) ticks: Option<[u64; 2]>,
}

/// The sources of a market under the crate's rule.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Feed {
    /// One, believed.
    One(Joined<1>),
    /// Three, of which one may be corrupted.
    Three(Joined<3>),
}

impl Feed {
    /// Of as many sources as there are quotes, for a guard with these parts.
    pub(crate) fn open(guard: &GuardParams<1>, quotes: &[Quote], now: Timestamp) -> Result<Feed, Error> {
        match quotes.len() {
            1 => Ok(Feed::One(Joined::open(guard, now)?)),
            3 => Ok(Feed::Three(Joined::open(guard, now)?)),
            many => unreachable!("a venue has one source or three, not {many}"),
        }
    }

    /// What the quotes come to, or why they come to nothing; and the quality of that.
    pub(crate) fn observe(
        &mut self,
        quotes: &[Quote],
        scale: Scale,
        now: Timestamp,
    ) -> Result<(Result<Observed, Error>, Ratio), Error> {
        match self {
            Feed::One(joined) => joined.observe(quotes, scale, now),
            Feed::Three(joined) => joined.observe(quotes, scale, now),
        }
    }
}

/// The rule and its state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Joined<const S: usize> {
    config: SourcesConfig<S>,
    state: SourcesState<S>,
}

impl<const S: usize> Joined<S> {
    pub(crate) fn open(guard: &GuardParams<1>, now: Timestamp) -> Result<Joined<S>, Error> {
        Ok(Joined { config: config::sources(guard)?, state: SourcesState::open(now) })
    }

    /// What [`SourcesConfig::aggregate`] makes of the quotes.
    pub(crate) fn aggregate(&mut self, quotes: &[Quote], scale: Scale, now: Timestamp) -> Result<Outcome<S>, Error> {
        let mut reports = [None; S];
        for (report, quote) in reports.iter_mut().zip(quotes) {
            *report = Some(quote.report(scale)?);
        }
        let (state, outcome) = self.config.aggregate(self.state, &reports, now)?;
        self.state = state;
        Ok(outcome)
    }

    fn observe(
        &mut self,
        quotes: &[Quote],
        scale: Scale,
        now: Timestamp,
    ) -> Result<(Result<Observed, Error>, Ratio), Error> {
        let outcome = self.aggregate(quotes, scale, now)?;
        let observed = match outcome.aggregate {
            Err(refused) => Err(refused),
            Ok(joined) => {
                let ticks = match joined.emission {
                    Emission::New => Some(sides(quotes, scale, joined.band)?),
                    Emission::Repeated => None,
                };
                Ok(Observed { observation: joined.observation, ticks })
            }
        };
        Ok((observed, outcome.quality))
    }
}

/// The sides of a band in ticks. The sources have no update band, so each side is what one of them shows.
fn sides(quotes: &[Quote], scale: Scale, band: PriceBand) -> Result<[u64; 2], Error> {
    let (mut low, mut high) = (None, None);
    for quote in quotes {
        let shown = quote.report(scale)?.band;
        low = if shown.low() == band.low() { Some(quote.ticks) } else { low };
        high = if shown.high() == band.high() { Some(quote.ticks) } else { high };
    }
    let (Some(low), Some(high)) = (low, high) else { unreachable!("a report that counts is what its source shows") };
    Ok([low, high])
}
