//! What is replayed: a path, a market, and who must sell.
//!
//! The magnitudes are orders of magnitude: some are public, the others are assumed and checked against what is public.
//! They decide how far the naive sellers fall. With a book a fifth as deep, which was tried first, ETH falls to nothing
//! under two of them on both paths; what was liquidated in May 2021 without such a fall speaks against that book.
//!
//! - October 1987: 75 bn USD are insured (the Brady report names 60 to 90 bn). In calm times 1 bn USD of sales moves the
//!   price by 1 %. Check: on 19 October insurers sold 6 bn and the price fell by 23 % in logarithms; had they alone moved
//!   it, 0.26 bn moved it by 1 %, and a book thinned 4.4 times takes 0.23 bn here.
//! - ETH: in calm times half of the period's median hourly volume at Binance moves the price by 1 %: 25,800 ETH in March
//!   2020, 41,200 ETH in May 2021. Check: on 19 May 2021 longs of 7.09 bn USD were liquidated over all assets while ETH
//!   fell by 60 % in logarithms; if a third was ETH, 40 M USD moved it by 1 %, and the thinned book takes 32 M here. The
//!   loans hold 2.3 M ETH in March 2020, the order of what was locked in the largest protocol, and 3 M in May 2021;
//!   that a third of the liquidations was ETH, and the 3 M, are assumptions.
//! - A file of the user's own: loans that hold 500 M of the quote at the first price, on a book that is as deep in
//!   proportion to them as in March 2020.

use crate::path::{BASE_UNIT, Clock, Path, QUOTE_MILLION};
use crate::prices::{Malformed, Prices, parse, parse_bytes};
use damper::Error;
use damper::price::Price;
use damper::units::{Amount, Value};

/// The reserve of a constant product of which a 200th part moves the price by 1 %.
pub(crate) const PER_CENT: u128 = 200;
/// March 2020: ETH that move the price by 1 %, and ETH that the loans hold.
const MARCH_2020_PER_CENT: u128 = 25_800;
const MARCH_2020_COLLATERAL: u128 = 2_300_000;

/// Who must sell.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sellers {
    /// Loans against this much collateral.
    Loans(Amount),
    /// Funds that hold this much.
    Insurers(Amount),
}

/// What is replayed.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// The name of its chart.
    pub(crate) slug: String,
    pub(crate) title: String,
    /// Where the prices are from.
    pub(crate) notes: Vec<String>,
    pub(crate) path: Path,
    /// Reserve of the book in calm times.
    pub(crate) calm: Amount,
    pub(crate) sellers: Sellers,
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
    /// The three that are carried.
    pub(crate) fn carried(seed: u64) -> Result<[Scenario; 3], Unusable> {
        Ok([Scenario::october_1987(seed)?, Scenario::march_2020(seed)?, Scenario::may_2021(seed)?])
    }

    fn october_1987(seed: u64) -> Result<Scenario, Unusable> {
        let prices = parse(include_str!("../data/sp500_1987-10.csv"))?;
        let path = Path::through(&prices.rows, Clock::Sessions);
        let first = opening(&path)?;
        Ok(Scenario {
            slug: "sp500_1987-10".into(),
            title: "S&P 500, October 1987: portfolio insurers".into(),
            notes: prices.notes,
            calm: first.amount_floor(Value::new(PER_CENT * 1_000 * QUOTE_MILLION))?,
            sellers: Sellers::Insurers(first.amount_floor(Value::new(75_000 * QUOTE_MILLION))?),
            path,
            seed,
        })
    }

    fn march_2020(seed: u64) -> Result<Scenario, Unusable> {
        let prices = parse(include_str!("../data/eth_2020-03.csv"))?;
        Ok(Scenario::loans(
            prices,
            seed,
            ["eth_2020-03", "ETH, 8 to 15 March 2020: loans"],
            (MARCH_2020_PER_CENT, MARCH_2020_COLLATERAL),
        ))
    }

    fn may_2021(seed: u64) -> Result<Scenario, Unusable> {
        let prices = parse(include_str!("../data/eth_2021-05.csv"))?;
        Ok(Scenario::loans(prices, seed, ["eth_2021-05", "ETH, 17 to 24 May 2021: loans"], (41_200, 3_000_000)))
    }

    /// Loans of `collateral` whole units where `per_cent` of them move the price by 1 %.
    fn loans(prices: Prices, seed: u64, names: [&str; 2], (per_cent, collateral): (u128, u128)) -> Scenario {
        let [slug, title] = names.map(String::from);
        Scenario {
            slug,
            title,
            notes: prices.notes,
            path: Path::through(&prices.rows, Clock::Continuous),
            calm: Amount::new(PER_CENT * per_cent * BASE_UNIT),
            sellers: Sellers::Loans(Amount::new(collateral * BASE_UNIT)),
            seed,
        }
    }

    /// Loans over a user's own table.
    pub(crate) fn own(name: &str, bytes: &[u8], seed: u64) -> Result<Scenario, Unusable> {
        let prices = parse_bytes(bytes)?;
        let path = Path::through(&prices.rows, Clock::Continuous);
        let first = opening(&path)?;
        let worth = 500 * QUOTE_MILLION;
        Ok(Scenario {
            slug: name.into(),
            title: format!("{name}: loans"),
            notes: prices.notes,
            calm: first.amount_floor(Value::new(worth * PER_CENT * MARCH_2020_PER_CENT / MARCH_2020_COLLATERAL))?,
            sellers: Sellers::Loans(first.amount_floor(Value::new(worth))?),
            path,
            seed,
        })
    }

    /// Price of the first step.
    pub(crate) fn opening(&self) -> Result<Price, Error> {
        opening(&self.path)
    }
}

fn opening(path: &Path) -> Result<Price, Error> {
    path.scale.price_floor(path.steps[0].ticks)
}
