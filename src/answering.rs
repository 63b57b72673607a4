//! Whether keepers answer: an estimate that falls with the first late fill and recovers slowly.
//!
//! One number in 0 (nobody answers) to 1 (all lots are taken at once). Lots are made smaller and rewards larger while it
//! is low. Silence counts only while a lot could be taken: nobody is late for a lot that does not exist.

use crate::bytes::{on_its_own, stored, stored_as};
use crate::error::Error;
use crate::ratio::Ratio;
use crate::units::{Decay, Seconds, Timestamp};

/// What [`AnsweringConfig::new`] checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AnsweringParams {
    /// A fill no later than this scores one. Lateness counts from the time at which the price asked first was at or below
    /// the market's ([`crate::auction::Terms::time_to`]).
    pub prompt: Seconds,
    /// A fill this late scores zero, like none.
    pub late: Seconds,
    /// What each counted second leaves of the distance to the score, when the estimate rises.
    pub recovery: Decay,
    /// The most time that one fill is counted for: a long quiet time proves nothing.
    pub max_gap: Seconds,
    /// The estimate before the first fill. Keepers that nobody has seen are not known to answer.
    pub start: Ratio,
    /// Factor on the size of lots when nobody answers, at most one. Zero stops all lots then, and with them the fills by
    /// which the estimate could recover.
    pub least_lot: Ratio,
    /// Factor on the offer of rewards when nobody answers, at least one.
    pub most_boost: Ratio,
}

/// Checked parameters of the estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AnsweringConfig(AnsweringParams);

/// The estimate. Plain data, in and out by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Answering {
    health: Ratio,
    at: Timestamp,
}

/// What was seen of a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Answer {
    /// It was taken.
    Filled {
        /// So long after it became takeable.
        lateness: Seconds,
    },
    /// It was reset or settled with a rest that nobody took.
    Missed,
    /// It is takeable, and nobody has taken it yet. To be told of the oldest such lot.
    Waiting {
        /// For so long so far.
        lateness: Seconds,
    },
}

impl AnsweringConfig {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `late` not above `prompt`: [`Error::KeeperLatenessOrder`]. `max_gap` zero, so that nothing would ever recover:
    /// [`Error::KeeperGapZero`]. `start` or `least_lot` above one: [`Error::KeeperFactorRange`]. `most_boost` below one:
    /// [`Error::KeeperBoostBelowOne`].
    pub fn new(params: AnsweringParams) -> Result<AnsweringConfig, Error> {
        if params.late <= params.prompt {
            return Err(Error::KeeperLatenessOrder);
        }
        if params.max_gap == Seconds::ZERO {
            return Err(Error::KeeperGapZero);
        }
        if params.start > Ratio::ONE || params.least_lot > Ratio::ONE {
            return Err(Error::KeeperFactorRange);
        }
        if params.most_boost < Ratio::ONE {
            return Err(Error::KeeperBoostBelowOne);
        }
        Ok(AnsweringConfig(params))
    }

    /// The parameters.
    #[must_use]
    pub const fn params(&self) -> &AnsweringParams {
        &self.0
    }

    /// The estimate before the first fill.
    #[must_use]
    pub const fn open(&self, now: Timestamp) -> Answering {
        Answering { health: self.0.start, at: now }
    }

    /// The estimate after a lot was filled, missed or found waiting.
    ///
    /// ```text
    /// score  = 1 up to prompt, 0 from late on, (late - lateness) / (late - prompt) between; 0 if missed
    /// score <= health:          health <- score
    /// score > health, filled:   health <- score - (score - health) * recovery^min(dt, max_gap)
    /// score > health, waiting:  unchanged
    /// ```
    ///
    /// `dt` is the time since the last fill, miss or fall. Rounded down. It never rises with `lateness`. Any number of fills
    /// over `n` counted seconds leaves at least `recovery^n` of the distance to one: many fills at once prove no more than
    /// one. Without calls, and so without lots, nothing changes. Spec: D25, T16.
    ///
    /// # Errors
    /// `now` before the state's time: [`Error::ClockReversed`].
    ///
    /// # Examples
    /// ```
    /// use damper::answering::{Answer, AnsweringConfig, AnsweringParams};
    /// use damper::{ratio::Ratio, units::{Decay, Seconds, Timestamp}};
    /// let half = Ratio::from_fraction_floor(1, 2)?;
    /// let config = AnsweringConfig::new(AnsweringParams {
    ///     prompt: Seconds::new(60), late: Seconds::new(660), recovery: Decay::HALF, max_gap: Seconds::new(1),
    ///     start: Ratio::ONE, least_lot: Ratio::from_fraction_floor(1, 4)?, most_boost: Ratio::from_fraction_floor(3, 1)?,
    /// })?;
    /// let at = Timestamp::new;
    /// // Five minutes late after the first: half.
    /// let state = config.observe(config.open(at(0)), Answer::Filled { lateness: Seconds::new(360) }, at(400))?;
    /// assert_eq!(state.health(), half);
    /// // Lots of 1/4 + 3/4 * 1/2, rewards times 1 + 2 * 1/2.
    /// assert_eq!(config.lot_factor_floor(&state)?, Ratio::from_fraction_floor(5, 8)?);
    /// assert_eq!(config.boost_floor(&state)?, Ratio::from_fraction_floor(2, 1)?);
    /// // A prompt fill takes back half of what is missing.
    /// let state = config.observe(state, Answer::Filled { lateness: Seconds::ZERO }, at(500))?;
    /// assert_eq!(state.health(), Ratio::from_fraction_floor(3, 4)?);
    /// // A lot that waits counts before it is missed.
    /// let state = config.observe(state, Answer::Waiting { lateness: Seconds::new(660) }, at(1_500))?;
    /// assert_eq!(state.health(), Ratio::ZERO);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn observe(&self, last: Answering, answer: Answer, now: Timestamp) -> Result<Answering, Error> {
        let elapsed = now.since(last.at).map_err(|_| Error::ClockReversed)?;
        let (score, ended) = match answer {
            Answer::Filled { lateness } => (self.score(lateness)?, true),
            Answer::Missed => (Ratio::ZERO, true),
            Answer::Waiting { lateness } => (self.score(lateness)?, false),
        };
        let missing = score.excess_over(last.health);
        if missing == Ratio::ZERO {
            return Ok(if ended || score < last.health { Answering { health: score, at: now } } else { last });
        }
        if !ended {
            return Ok(last);
        }
        let left = self.0.recovery.pow_ceil(elapsed.min(self.0.max_gap).get()).to_ratio_ceil();
        Ok(Answering { health: score.checked_sub(missing.mul_ceil(left)?)?, at: now })
    }

    /// What a fill of this lateness scores, rounded down.
    fn score(&self, lateness: Seconds) -> Result<Ratio, Error> {
        let AnsweringParams { prompt, late, .. } = self.0;
        if lateness <= prompt {
            return Ok(Ratio::ONE);
        }
        let left = late.get().saturating_sub(lateness.get());
        Ratio::from_fraction_floor(u128::from(left), u128::from(late.get().abs_diff(prompt.get())))
    }

    /// Factor on the size of lots: `least_lot + (1 - least_lot) * health`, rounded down; at most one.
    ///
    /// # Errors
    /// None in fact: the sum is at most one.
    pub fn lot_factor_floor(&self, state: &Answering) -> Result<Ratio, Error> {
        let least = self.0.least_lot;
        least.checked_add(Ratio::ONE.excess_over(least).mul_floor(state.health)?)
    }

    /// Factor on the offer of rewards: `1 + (most_boost - 1) * (1 - health)`, rounded down; at least one.
    ///
    /// It moves the offer only: the limit by the penalty stays (T16).
    ///
    /// # Errors
    /// None in fact: the sum is at most `most_boost`.
    pub fn boost_floor(&self, state: &Answering) -> Result<Ratio, Error> {
        let more = self.0.most_boost.excess_over(Ratio::ONE);
        Ratio::ONE.checked_add(more.mul_floor(state.failing())?)
    }
}

impl Answering {
    /// The estimate, 0 (nobody answers) to 1.
    #[must_use]
    pub const fn health(&self) -> Ratio {
        self.health
    }

    /// `1 - health`, exact: what an index of stress takes.
    #[must_use]
    pub const fn failing(&self) -> Ratio {
        Ratio::ONE.excess_over(self.health)
    }

    /// The time of the last fill, miss or fall.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

stored!(AnsweringParams {
    prompt: Seconds,
    late: Seconds,
    recovery: Decay,
    max_gap: Seconds,
    start: Ratio,
    least_lot: Ratio,
    most_boost: Ratio,
});
stored_as!(AnsweringConfig as AnsweringParams, |config| config.0, AnsweringConfig::new);
stored!(Answering { health: Ratio, at: Timestamp } if |state| state.health <= Ratio::ONE);

on_its_own! {
    /// Bytes of the stored form: 20.
    Answering: Answering, 0
}
on_its_own! {
    /// Bytes of the stored form: 60.
    AnsweringConfig: AnsweringConfig, 0
}
