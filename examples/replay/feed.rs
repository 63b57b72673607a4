//! Price sources, and the one place where what they say becomes the price that damper sees.
//!
//! The naive sellers read the first source alone.

use damper::oracle::PriceObservation;
use damper::units::{Seconds, Timestamp};

use crate::path::Scale;
use damper::Error;
use damper::price::PriceBand;

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

/// What several sources say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Observed {
    pub(crate) low: u64,
    pub(crate) high: u64,
    pub(crate) source_time: u64,
}

/// The median of the sources that are not older than the newest by more than `heartbeat`: of an even count, the band of
/// the two in the middle. It is dated as the oldest of those, and `None` without a source.
///
/// A minority of wrong sources moves it at most to the honest one beside it; a majority moves it anywhere.
pub(crate) fn observe_price(quotes: &[Quote], heartbeat: Seconds) -> Option<Observed> {
    let newest = quotes.iter().map(|quote| quote.source_time).max()?;
    let fresh = |quote: &&Quote| newest - quote.source_time < heartbeat.get().max(1);
    let mut ticks: Vec<u64> = quotes.iter().filter(fresh).map(|quote| quote.ticks).collect();
    let source_time = quotes.iter().filter(fresh).map(|quote| quote.source_time).min()?;
    ticks.sort_unstable();
    Some(Observed { low: ticks[(ticks.len() - 1) / 2], high: ticks[ticks.len() / 2], source_time })
}

impl Observed {
    /// In the crate's units, the sides rounded apart.
    pub(crate) fn observation(self, scale: Scale) -> Result<PriceObservation, Error> {
        let band = PriceBand::new(scale.price_floor(self.low)?, scale.price_ceil(self.high)?)?;
        Ok(PriceObservation { source_time: Timestamp::new(self.source_time), band })
    }
}
