//! Figures as they are printed.

use crate::exact::Log;
use crate::path::QUOTE_MILLION;
use crate::run::Outcome;
use damper::units::Value;

/// The longest time for which there was a backlog, in hours.
pub(crate) fn hours(outcome: &Outcome) -> String {
    format!("{:.1}", outcome.waited as f64 / 3_600.0)
}

/// A fall in log-price as a fall in price.
pub(crate) fn fall(log: Log) -> f64 {
    1.0 - (-log.to_f64_hi()).exp()
}

pub(crate) fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

pub(crate) fn price(units: f64) -> String {
    match units {
        1.0.. => format!("{units:.2}"),
        0.001.. | 0.0 => format!("{units:.4}"),
        _ => format!("{units:.2e}"),
    }
}

/// Millions of the quote: two decimals below ten.
pub(crate) fn millions(value: Value) -> String {
    let millions = value.get() as f64 / QUOTE_MILLION as f64;
    if millions < 10.0 { format!("{millions:.2}") } else { format!("{millions:.1}") }
}
