//! What is replayed: a path, a venue, who must sell, and the sellers of that time.
//!
//! Each file in `scenarios` gives the magnitudes of one, and where they are from: some are public, the others are
//! assumed and checked against what is public. They decide how far the naive sellers fall. Damper's parameters are
//! one preset for all of them (`config.rs`).
//!
//! A file of the user's own: loans that hold 500 M of the quote at the first price, on a book that is as deep in
//! proportion to them as in March 2020.

use crate::config::Knobs;
use crate::lending::Loans;
use crate::naive::Naive;
use crate::path::{Clock, Path, QUOTE_MILLION};
use crate::prices::{Malformed, Prices, parse, parse_bytes};
use crate::replay::Replay;
use crate::scenarios::eth;
use crate::venue::Venue;
use damper::Error;
use damper::price::Price;
use damper::units::{Amount, Value};

/// The reserve of a constant product of which a 200th part moves the price by 1 %.
pub(crate) const PER_CENT: u128 = 200;

/// Who must sell.
#[derive(Clone, Debug)]
pub(crate) enum Sellers {
    /// Loans.
    Loans(Loans),
    /// Funds that hold this much.
    Insurers(Amount),
    /// One order of this much.
    Program(Amount),
}

/// Where a path is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A recorded series.
    Recorded,
    /// Made from published magnitudes.
    Synthesised,
}

impl Origin {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Origin::Recorded => "recorded",
            Origin::Synthesised => "synthesised",
        }
    }
}

/// Says in words, with figures of the run, what a scenario shows.
pub(crate) type Words = fn(&Scenario, &Replay) -> Result<String, Error>;

/// What a scenario is there to show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mechanism {
    /// In a few words, for the summary.
    pub(crate) name: &'static str,
    /// Which of the naive sellers follows the rule of that time.
    pub(crate) rule: usize,
    pub(crate) words: Words,
}

/// What is replayed.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// The name of its chart.
    pub(crate) slug: String,
    pub(crate) title: String,
    /// Where the prices are from.
    pub(crate) notes: Vec<String>,
    pub(crate) origin: Origin,
    pub(crate) path: Path,
    pub(crate) venue: Venue,
    pub(crate) sellers: Sellers,
    /// The sellers beside damper; the first has no throttle.
    pub(crate) naive: Vec<Naive>,
    pub(crate) mechanism: Option<Mechanism>,
    /// Damper's parameters, where a sweep varies them.
    pub(crate) knobs: Knobs,
    pub(crate) seed: u64,
}

/// Why a scenario cannot be built.
#[derive(Debug)]
pub(crate) enum Unusable {
    Table(Malformed),
    Numbers(Error),
}

impl From<Malformed> for Unusable {
    fn from(malformed: Malformed) -> Unusable {
        Unusable::Table(malformed)
    }
}

impl From<Error> for Unusable {
    fn from(error: Error) -> Unusable {
        Unusable::Numbers(error)
    }
}

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unusable::Table(malformed) => malformed.fmt(f),
            Unusable::Numbers(error) => error.fmt(f),
        }
    }
}

impl Scenario {
    /// A scenario with one honest price source, the usual sellers and the preset.
    pub(crate) fn plain(
        [slug, title]: [&str; 2],
        (notes, origin): (Vec<String>, Origin),
        (path, calm): (Path, Amount),
        (sellers, seed): (Sellers, u64),
    ) -> Scenario {
        let venue = Venue::plain(calm);
        let (slug, title) = (slug.into(), title.into());
        let (naive, mechanism, knobs) = (Naive::USUAL.into(), None, Knobs::PRESET);
        Scenario { slug, title, notes, origin, path, venue, sellers, naive, mechanism, knobs, seed }
    }

    /// Loans over a user's own table.
    pub(crate) fn own(name: &str, bytes: &[u8], seed: u64) -> Result<Scenario, Unusable> {
        let Prices { notes, rows } = parse_bytes(bytes)?;
        let path = Path::through(&rows, Clock::Continuous);
        let worth = 500 * QUOTE_MILLION;
        let deep = worth * PER_CENT * eth::MARCH_2020_PER_CENT / eth::MARCH_2020_COLLATERAL;
        let sellers = Sellers::Loans(Loans::against(opening(&path)?.amount_floor(Value::new(worth))?));
        let calm = opening(&path)?.amount_floor(Value::new(deep))?;
        let title = format!("{name}: loans");
        Ok(Scenario::plain([name, &title], (notes, Origin::Recorded), (path, calm), (sellers, seed)))
    }

    /// Price of the first step.
    pub(crate) fn opening(&self) -> Result<Price, Error> {
        opening(&self.path)
    }
}

/// What this many millions of the quote buy at the first price of a path.
pub(crate) fn bought(path: &Path, millions: u128) -> Result<Amount, Error> {
    opening(path)?.amount_floor(Value::new(millions * QUOTE_MILLION))
}

/// The reserve of a book where sales of this many thousands of the quote move the price by 1 %.
pub(crate) fn per_cent(path: &Path, thousands: u128) -> Result<Amount, Error> {
    opening(path)?.amount_floor(Value::new(PER_CENT * thousands * QUOTE_MILLION / 1_000))
}

/// A synthesised path: these prices at these minutes after `start`, Unix seconds, and steps of `step` seconds that
/// are equal in the logarithm between them.
pub(crate) fn through(start: u64, step: u64, points: &[(u64, &str)]) -> Result<Path, Malformed> {
    let line = |(minute, price): &(u64, &str)| format!("{},{price}\n", start + minute * 60);
    let rows = parse(&points.iter().map(line).collect::<String>())?.rows;
    Ok(Path::stepped(&rows, Clock::Continuous, step))
}

fn opening(path: &Path) -> Result<Price, Error> {
    path.scale.price_floor(path.steps[0].ticks)
}
