//! The place where a scenario sells: its depth, its price sources, its keepers.

use crate::feed::Source;
use damper::units::Amount;

/// Stress in parts per million: the calm, and the highest unless a scenario says otherwise (on 2025-10-10 the depth of a
/// major book within 5 % of mid fell 4.4 times).
pub(crate) const CALM: u128 = 1_000_000;
pub(crate) const MOST_STRESS: u128 = 4_400_000;
/// The source of depth over-states what it shows by half: quotes that are gone when they are hit.
const OVERSTATED: (u128, u128) = (3, 2);

/// A market's conditions.
#[derive(Clone, Debug)]
pub(crate) struct Venue {
    /// Reserve of the book in calm times.
    pub(crate) calm: Amount,
    /// How many times the book thins at most, parts per million.
    pub(crate) most_stress: u128,
    /// What is shown of the depth over what there is.
    pub(crate) overstated: (u128, u128),
    /// The size of a step in calm times, parts per million, where the path has no calm times to take its median from.
    pub(crate) calm_pace: Option<u128>,
    /// The reserve at each step before anything is sold, where it was recorded; otherwise it follows the stress.
    pub(crate) reserves: Option<Vec<u128>>,
    /// In every second step the source shows the calm depth, whatever there is.
    pub(crate) ghosts: bool,
    /// Under stress of two and more, keepers come once a step and miss a lot in 360 of 1,000 cases.
    pub(crate) scarce_keepers: bool,
    /// One, or three of which one may be wrong. The first is the one that the naive sellers read.
    pub(crate) sources: Vec<Source>,
}

impl Venue {
    /// One honest source, a book that thins up to 4.4 times.
    pub(crate) fn plain(calm: Amount) -> Venue {
        Venue {
            calm,
            most_stress: MOST_STRESS,
            overstated: OVERSTATED,
            calm_pace: None,
            reserves: None,
            ghosts: false,
            scarce_keepers: false,
            sources: vec![Source::Honest],
        }
    }

    /// The market in a line, for the report.
    pub(crate) fn description(&self) -> String {
        let times = |(num, den): (u128, u128)| num as f64 / den as f64;
        let thins = match &self.reserves {
            Some(_) => "depth is as recorded".to_string(),
            None => format!("depth thins up to {} times under stress", self.most_stress as f64 / CALM as f64),
        };
        let ghosts = if self.ghosts { ", in every second step as if it were calm" } else { "" };
        let keepers = if self.scarce_keepers { "; keepers miss lots under stress" } else { "" };
        let sources = match self.sources.len() {
            1 => String::new(),
            many => format!("; {many} price sources, of which one may be corrupted"),
        };
        format!(
            "{thins}, drains as it is sold into (half back in an hour), is reported one step late and {} times too \
             deep{ghosts}; half of a displacement is gone after a day{keepers}{sources}",
            times(self.overstated)
        )
    }
}
