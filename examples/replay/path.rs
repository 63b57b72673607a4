//! The exogenous price path, step by step: closes, and log-linear bridges between them.

use crate::exact::{Log, exp_times};
use crate::prices::{DECIMALS, Row};
use damper::Error;
use damper::price::Price;

/// The longest step of a continuous market, unless the table is so long that it would take too many.
const STEP_SECONDS: u64 = 600;
/// A table of a continuous market is cut into about this many steps at most.
const MOST_STEPS: u64 = 20_000;
/// Trading hours of a session: 10:00 to 16:00 in New York, in steps of an hour.
const SESSION_HOURS: u64 = 7;
/// 16:00 in New York as hours after midnight in UTC, in summer time.
const SESSION_CLOSE: u64 = 20;

/// Decimals of the quote asset, and of the asset sold: one whole unit is `10^decimals` atoms.
const QUOTE_DECIMALS: i32 = 6;
const BASE_DECIMALS: i32 = 9;
/// Atoms of a whole unit of the asset sold, and of a million units of the quote.
pub(crate) const BASE_UNIT: u128 = 1_000_000_000;
pub(crate) const QUOTE_MILLION: u128 = 1_000_000_000_000;

/// How the market's clock runs between two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// All the time.
    Continuous,
    /// In daily sessions: a row is the close of a session, and the clock stands still between sessions.
    Sessions,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Seconds of the market's clock.
    pub(crate) clock: u64,
    /// Unix seconds, for the chart.
    pub(crate) wall: u64,
    /// Exogenous price in ticks.
    pub(crate) ticks: u64,
}

/// A tick is `10^-decimals` whole units of the quote; the first price has ten digits in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    decimals: i32,
}

impl Scale {
    fn of(first: u128) -> Scale {
        let digits = i32::try_from(first.ilog10()).expect("at most 38 digits");
        Scale { decimals: i32::try_from(DECIMALS).expect("twelve") + 9 - digits }
    }

    /// A price in units of 10^-12 as ticks, rounded down. The table holds every price within a millionth of the first
    /// and a million times it, so the result is between 10^3 and 10^16.
    fn ticks(self, price: u128) -> u64 {
        let shift = self.decimals - i32::try_from(DECIMALS).expect("twelve");
        let power = 10_u128.pow(shift.unsigned_abs());
        let ticks = if shift >= 0 { price * power } else { price / power };
        u64::try_from(ticks).expect("at most 10^16")
    }

    /// Ticks as quote atoms per base atom, rounded down.
    pub(crate) fn price_floor(self, ticks: u64) -> Result<Price, Error> {
        Price::from_decimal_floor(u128::from(ticks), QUOTE_DECIMALS - BASE_DECIMALS - self.decimals)
    }

    /// Ticks as quote atoms per base atom, rounded up.
    pub(crate) fn price_ceil(self, ticks: u64) -> Result<Price, Error> {
        Price::from_decimal_ceil(u128::from(ticks), QUOTE_DECIMALS - BASE_DECIMALS - self.decimals)
    }

    /// Ticks in whole units of the quote, for printing and drawing.
    pub(crate) fn units(self, ticks: u64) -> f64 {
        ticks as f64 / 10_f64.powi(self.decimals)
    }
}

/// The path.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) scale: Scale,
    pub(crate) steps: Vec<Step>,
}

impl Path {
    /// The steps through a parsed table, which has at least two rows.
    ///
    /// Between two closes the price moves in equal steps of its logarithm: what happened between them is not in the
    /// table, and a bridge adds no turn of its own.
    pub(crate) fn through(rows: &[Row], clock: Clock) -> Path {
        Path::stepped(rows, clock, STEP_SECONDS)
    }

    /// The same in steps of at most this many seconds, if the market is continuous.
    pub(crate) fn stepped(rows: &[Row], clock: Clock, step: u64) -> Path {
        let (first, last) = (rows[0], rows[rows.len() - 1]);
        let scale = Scale::of(first.price);
        let longest = step.max((last.time - first.time).div_ceil(MOST_STEPS));
        let wall = match clock {
            Clock::Continuous => first.time,
            Clock::Sessions => first.time + SESSION_CLOSE * 3_600,
        };
        let mut steps = vec![Step { clock: wall, wall, ticks: scale.ticks(first.price) }];
        for (from, to) in rows.iter().zip(&rows[1..]) {
            let parts = match clock {
                Clock::Continuous => (to.time - from.time).div_ceil(longest),
                Clock::Sessions => SESSION_HOURS,
            };
            let before = steps[steps.len() - 1];
            let (start, end) = (before.ticks, scale.ticks(to.price));
            for part in 1..=parts {
                let (clock, wall) = match clock {
                    Clock::Continuous => {
                        let wall = from.time + (to.time - from.time) * part / parts;
                        (wall, wall)
                    }
                    Clock::Sessions => {
                        (before.clock + part * 3_600, to.time + (SESSION_CLOSE + part - SESSION_HOURS) * 3_600)
                    }
                };
                steps.push(Step { clock, wall, ticks: bridge(start, end, (part, parts)) });
            }
        }
        Path { scale, steps }
    }

    /// The longest step of the market's clock.
    pub(crate) fn longest_step(&self) -> u64 {
        self.steps.windows(2).map(|pair| pair[1].clock - pair[0].clock).max().unwrap_or(1)
    }

    /// Seconds of the market's clock from the first step to the last.
    pub(crate) fn length(&self) -> u64 {
        self.steps[self.steps.len() - 1].clock - self.steps[0].clock
    }

    /// The median size of a step in parts per million, at least one: how much the price moves when nothing happens.
    pub(crate) fn calm_pace(&self) -> u128 {
        let mut moves: Vec<u128> = self.steps.windows(2).map(|pair| move_ppm(pair[0].ticks, pair[1].ticks)).collect();
        moves.sort_unstable();
        moves.get(moves.len() / 2).copied().unwrap_or(1).max(1)
    }
}

/// The size of a move in parts per million of where it started.
pub(crate) fn move_ppm(from: u64, to: u64) -> u128 {
    u128::from(from.abs_diff(to)) * 1_000_000 / u128::from(from.max(1))
}

/// The price `part / parts` of the way from `start` to `end`, in logarithms, rounded down.
fn bridge(start: u64, end: u64, (part, parts): (u64, u64)) -> u64 {
    if part == parts {
        return end;
    }
    let whole = Log::of_ratio(u128::from(end), u128::from(start));
    let (ticks, _) = exp_times(u128::from(start), whole.mul_fraction(u128::from(part), u128::from(parts)));
    u64::try_from(ticks).expect("between the two").max(1)
}
