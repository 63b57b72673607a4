//! What the histories say: prices to volatility and falls, reserves to depth and collapse.

use crate::arguments::{Arguments, Decimal};
use crate::prices::{Prices, parse, parse_bytes};
use damper::history::{Fall, History, HistoryError, Sample};
use damper::units::{Seconds, Timestamp};
use std::path::Path;

/// The prices unless others are named.
const EMBEDDED: &str = include_str!("../data/eth_2020-03.csv");
/// Collapse unless it is known: on 2025-10-10 depth of a BTC book fell 4.4 times within 5 % of mid, 3.2 times within 1 %.
const COLLAPSE: f64 = 4.0;

/// What is taken of the prices, each fitted or given.
pub(crate) struct Fitted {
    pub(crate) title: String,
    pub(crate) samples: usize,
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) last_price: Decimal,
    pub(crate) whole: f64,
    pub(crate) calm: f64,
    pub(crate) stressed: f64,
    pub(crate) half_life: f64,
    pub(crate) falls: Vec<Fall>,
    /// Whether the falls are those of the prices.
    pub(crate) falls_are_fitted: bool,
}

/// Depth of an ordinary day and of the worst hour.
pub(crate) struct Depth {
    /// Whole base units in a pool, if it is one.
    pub(crate) pool: Option<f64>,
    pub(crate) collapse: f64,
    pub(crate) origin: String,
}

fn read(file: &Path) -> Result<Prices, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    parse_bytes(&bytes).map_err(|error| format!("{}: {error}", file.display()))
}

fn samples(prices: &Prices) -> Vec<Sample> {
    let sample = |row: &crate::prices::Row| Sample { at: Timestamp::new(row.time), value: row.price as f64 / 1e12 };
    prices.rows.iter().map(sample).collect()
}

pub(crate) fn prices(arguments: &Arguments) -> Result<Fitted, String> {
    let (name, prices) = match &arguments.prices {
        Some(file) => (file.display().to_string(), read(file)?),
        None => ("ETH, 8 to 15 March 2020".to_string(), parse(EMBEDDED).map_err(|error| error.to_string())?),
    };
    let samples = samples(&prices);
    fitted(&name, &prices, &samples, arguments).map_err(|error| format!("{name}: {error}"))
}

fn fitted(name: &str, prices: &Prices, samples: &[Sample], arguments: &Arguments) -> Result<Fitted, HistoryError> {
    let history = History::new(samples)?;
    let half_life = match arguments.half_life {
        Some(half_life) => half_life.get() as f64,
        None => history.half_life()?,
    };
    let mut scratch = vec![(0.0, 0.0); samples.len()];
    let mut quantile = |share| history.volatility_quantile(half_life.max(1.0), share, &mut scratch);
    let calm = arguments.calm_volatility.map_or_else(|| quantile(0.5), Ok)?;
    let stressed = arguments.stressed_volatility.map_or_else(|| quantile(0.99), Ok)?;
    let (first, last) = (&prices.rows[0], &prices.rows[prices.rows.len() - 1]);
    let length = last.time - first.time;
    let mut falls = arguments.falls.clone();
    if falls.is_empty() {
        let mut places = vec![0; samples.len()];
        for time in [3_600, 86_400, length] {
            if time <= length && falls.last().is_none_or(|fall: &Fall| fall.within.get() < time) {
                falls.push(history.worst_fall(Seconds::new(time), &mut places)?);
            }
        }
    }
    Ok(Fitted {
        title: name.to_string(),
        samples: samples.len(),
        first: first.time,
        last: last.time,
        last_price: Decimal { digits: last.price, decimals: 12 },
        whole: history.daily_volatility(),
        calm,
        stressed,
        half_life,
        falls,
        falls_are_fitted: arguments.falls.is_empty(),
    })
}

pub(crate) fn depth(arguments: &Arguments) -> Result<Depth, String> {
    let collapse = arguments.collapse.unwrap_or(COLLAPSE);
    let assumed = if arguments.collapse.is_some() { "as given" } else { "as a BTC book's on 2025-10-10" };
    if let Some(file) = &arguments.depth {
        let samples = samples(&read(file)?);
        let named = |error: HistoryError| format!("{}: {error}", file.display());
        let history = History::new(&samples).map_err(named)?;
        let median = history.median(&mut vec![0.0; samples.len()]).map_err(named)?;
        let collapse = arguments.collapse.unwrap_or(median / history.least());
        let origin = format!("{}: median {median:.0}, least {:.0}", file.display(), history.least());
        return Ok(Depth { pool: Some(median), collapse, origin });
    }
    let (pool, origin) = match (&arguments.pool, arguments.depth_within.as_slice()) {
        (Some(pool), _) => {
            let whole = pool.digits as f64 / 10_f64.powi(i32::try_from(pool.decimals).unwrap_or(0));
            (Some(whole), format!("a pool of {whole}"))
        }
        (None, []) => (None, "40,000 within 2 %, an assumption".to_string()),
        (None, points) => (None, format!("{} point(s) of a book", points.len())),
    };
    Ok(Depth { pool, collapse, origin: format!("{origin}; collapse {assumed}") })
}
