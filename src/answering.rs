//! Whether keepers answer: an estimate that falls with the first late fill and recovers slowly.
//!
//! One number in 0 (nobody answers) to 1 (all lots are taken at once). Lots are made smaller and rewards larger while it
//! is low. Silence counts only while a lot could be taken: nobody is late for a lot that does not exist.
//!
//! A lot counts by its size, so that dust moves the estimate by as much as it is a part of a whole lot: what many small lots
//! take from it, or give back, is what one lot of their sum does.

use crate::bytes::{on_its_own, stored, stored_as};
use crate::error::Error;
use crate::num::mul_div_floor;
use crate::ratio::Ratio;
use crate::units::{Decay, Seconds, Timestamp, Value};

/// What [`AnsweringConfig::new`] checks.
///
/// # Examples
/// See [`AnsweringConfig::observe`].
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
    /// The most time that one fill of a whole lot is counted for: a long quiet time proves nothing.
    pub max_gap: Seconds,
    /// A lot that is to raise so much or more counts in full, a smaller one in proportion. If lots shrink by `least_lot`,
    /// what the smallest of them raises: a larger one makes the recovery slower by the quotient.
    pub whole: Value,
    /// The estimate before the first fill. Keepers that nobody has seen are not known to answer.
    pub start: Ratio,
    /// Factor on the size of lots when nobody answers, at most one. Zero stops all lots then, and with them the fills by
    /// which the estimate could recover.
    pub least_lot: Ratio,
    /// Factor on the offer of rewards when nobody answers, at least one.
    pub most_boost: Ratio,
}

/// Checked parameters of the estimate.
///
/// # Examples
/// See [`AnsweringConfig::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AnsweringConfig(AnsweringParams);

/// The estimate. Plain data, in and out by value.
///
/// # Examples
/// See [`AnsweringConfig::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Answering {
    health: Ratio,
    at: Timestamp,
}

/// What was seen of a lot. Sizes are quote atoms, and that of a lot is cut between what was taken and what was not: in one
/// auction no atom is told twice, except while it waits. After a reset the rest is on offer anew, and counts anew.
///
/// # Examples
/// See [`AnsweringConfig::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Answer {
    /// It was taken, in whole or in part.
    Filled {
        /// So long after it became takeable.
        lateness: Seconds,
        /// What this take paid.
        size: Value,
    },
    /// It was reset or settled with a rest that nobody took.
    Missed {
        /// What the rest was to raise.
        size: Value,
    },
    /// It is takeable, and nobody has taken it yet. To be told as often as one likes, of the oldest lot, or of several.
    Waiting {
        /// For so long so far; of several lots, the shortest.
        lateness: Seconds,
        /// What is still to be raised, by all these lots together.
        size: Value,
    },
}

impl AnsweringConfig {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `late` not above `prompt`: [`Error::KeeperLatenessOrder`]. `max_gap` zero, so that nothing would ever recover:
    /// [`Error::KeeperGapZero`]. `recovery` so close to one, or one, that `recovery^max_gap` rounds up to one, with the same
    /// effect: [`Error::KeeperNeverHeals`]. `whole` zero: [`Error::KeeperWholeZero`]. `start` or `least_lot` above one:
    /// [`Error::KeeperFactorRange`]. `most_boost` below one: [`Error::KeeperBoostBelowOne`].
    ///
    /// # Examples
    /// See [`AnsweringConfig::observe`].
    pub fn new(params: AnsweringParams) -> Result<AnsweringConfig, Error> {
        if params.late <= params.prompt {
            return Err(Error::KeeperLatenessOrder);
        }
        if params.max_gap == Seconds::ZERO {
            return Err(Error::KeeperGapZero);
        }
        if params.recovery.pow_ceil(params.max_gap.get()).to_ratio_ceil() >= Ratio::ONE {
            return Err(Error::KeeperNeverHeals);
        }
        if params.whole.is_zero() {
            return Err(Error::KeeperWholeZero);
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
    ///
    /// # Examples
    /// See [`AnsweringConfig::observe`].
    #[must_use]
    pub const fn params(&self) -> &AnsweringParams {
        &self.0
    }

    /// The estimate before the first fill.
    ///
    /// # Examples
    /// See [`AnsweringConfig::observe`].
    #[must_use]
    pub const fn open(&self, now: Timestamp) -> Answering {
        Answering { health: self.0.start, at: now }
    }

    /// The estimate after a lot was filled, missed or found waiting.
    ///
    /// ```text
    /// score = 1 up to prompt, 0 from late on, (late - lateness) / (late - prompt) between; 0 if missed
    /// w     = min(1, size / whole)
    /// n     = min(dt, w * max_gap)        dt = min(now - at, max_gap), the time that nothing has counted yet
    /// score <= health, an end:  health <- max(score, health - w)                          at <- now - dt + n
    /// score > health, filled:   health <- score - (score - health) * recovery^n           at <- now - dt + n
    /// waiting:                  health <- min(health, max(score, 1 - w))
    /// ```
    ///
    /// For a fall `w` is rounded up, for a rise `n` is rounded down to whole seconds, and the estimate is rounded down: a
    /// fall is never lighter, a rise never larger than by the exact weight. It never rises with `lateness`; a fall is no
    /// lighter and a rise no smaller for a larger lot.
    ///
    /// A whole lot takes the estimate to its score at once. Misses take from it what one miss of their sum takes, so from one
    /// to zero it is `whole` of missed or late lots, however they are cut, or half of that if they were told as waiting too.
    /// What waits is no end: it limits the estimate, and telling it again changes nothing.
    ///
    /// Fills give back by the seconds that they count. No second counts twice, and a fill of weight `w` counts at most
    /// `w * max_gap` of them, none if `size * max_gap < whole`; over `n` counted seconds at least `recovery^n` of the distance
    /// to one is left. A fill or miss of dust does not use up the time that a whole lot would count. Without calls, and so
    /// without lots, nothing changes. A distance so small that `recovery^n` takes less than 2^-48 of it stays.
    /// Spec: D25, T16.
    ///
    /// # Errors
    /// `now` before the state's time: [`Error::ClockReversed`].
    ///
    /// # Examples
    /// ```
    /// use damper::answering::{Answer, AnsweringConfig, AnsweringParams};
    /// use damper::{ratio::Ratio, units::{Decay, Seconds, Timestamp, Value}};
    /// let half = Ratio::from_fraction_floor(1, 2)?;
    /// let config = AnsweringConfig::new(AnsweringParams {
    ///     prompt: Seconds::new(60), late: Seconds::new(660), recovery: Decay::HALF, max_gap: Seconds::new(1),
    ///     whole: Value::new(1_000), start: Ratio::ONE, least_lot: Ratio::from_fraction_floor(1, 4)?, most_boost: Ratio::from_fraction_floor(3, 1)?,
    /// })?;
    /// let (at, size) = (Timestamp::new, Value::new(1_000));
    /// // Five minutes late after the first: half.
    /// let state = config.observe(config.open(at(0)), Answer::Filled { lateness: Seconds::new(360), size }, at(400))?;
    /// assert_eq!(state.health(), half);
    /// assert_eq!((state.at(), config.params().late), (at(400), Seconds::new(660)));
    /// // Lots of 1/4 + 3/4 * 1/2, rewards times 1 + 2 * 1/2.
    /// assert_eq!(config.lot_factor_floor(&state)?, Ratio::from_fraction_floor(5, 8)?);
    /// assert_eq!(config.boost_floor(&state)?, Ratio::from_fraction_floor(2, 1)?);
    /// // A prompt fill takes back half of what is missing.
    /// let state = config.observe(state, Answer::Filled { lateness: Seconds::ZERO, size }, at(500))?;
    /// assert_eq!(state.health(), Ratio::from_fraction_floor(3, 4)?);
    /// // Dust that is missed takes its part, 1/1,000, and dust that is filled on time gives nothing.
    /// let dust = Value::new(1);
    /// let state = config.observe(state, Answer::Missed { size: dust }, at(600))?;
    /// assert_eq!(state.failing(), Ratio::from_fraction_ceil(251, 1_000)?);
    /// let same = config.observe(state, Answer::Filled { lateness: Seconds::ZERO, size: dust }, at(700))?;
    /// assert_eq!(same.health(), state.health());
    /// // A lot that waits counts before it is missed.
    /// let state = config.observe(state, Answer::Waiting { lateness: Seconds::new(660), size }, at(1_500))?;
    /// assert_eq!(state.health(), Ratio::ZERO);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn observe(&self, last: Answering, answer: Answer, now: Timestamp) -> Result<Answering, Error> {
        let open = now.since(last.at).map_err(|_| Error::ClockReversed)?.min(self.0.max_gap);
        let (score, size) = match answer {
            Answer::Filled { lateness, size } => (self.score(lateness)?, size),
            Answer::Missed { size } => (Ratio::ZERO, size),
            Answer::Waiting { lateness, size } => {
                let most = self.fall(Ratio::ONE, self.score(lateness)?, size)?;
                return Ok(Answering { health: last.health.min(most), ..last });
            }
        };
        let counted = open.min(self.counted_floor(size)?);
        let missing = score.excess_over(last.health);
        let health = if missing == Ratio::ZERO {
            self.fall(last.health, score, size)?
        } else {
            let left = self.0.recovery.pow_ceil(counted.get()).to_ratio_ceil();
            score.checked_sub(missing.mul_ceil(left)?)?
        };
        // What is left uncounted is at most the time since `at`.
        let uncounted = open.get().saturating_sub(counted.get());
        Ok(Answering { health, at: Timestamp::new(now.get().saturating_sub(uncounted)) })
    }

    /// Where a lot of this size takes an estimate that is not below its score: `max(score, health - w)`, `w` rounded up.
    fn fall(&self, health: Ratio, score: Ratio, size: Value) -> Result<Ratio, Error> {
        let weight = size.min(self.0.whole).ratio_ceil(self.0.whole)?;
        Ok(health.excess_over(weight).max(score))
    }

    /// The most time that a lot of this size is counted for: `w * max_gap`, rounded down to whole seconds.
    fn counted_floor(&self, size: Value) -> Result<Seconds, Error> {
        let (size, whole) = (size.min(self.0.whole).get(), self.0.whole.get());
        let most = u128::from(self.0.max_gap.get());
        // At most `max_gap`.
        let counted = mul_div_floor(most, size, whole)?;
        Ok(Seconds::new(u64::try_from(counted).unwrap_or(self.0.max_gap.get())))
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
    ///
    /// # Examples
    /// See [`AnsweringConfig::observe`].
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
    ///
    /// # Examples
    /// See [`AnsweringConfig::observe`].
    pub fn boost_floor(&self, state: &Answering) -> Result<Ratio, Error> {
        let more = self.0.most_boost.excess_over(Ratio::ONE);
        Ratio::ONE.checked_add(more.mul_floor(state.failing())?)
    }
}

impl Answering {
    /// The estimate, 0 (nobody answers) to 1.
    ///
    /// # Examples
    /// See [`AnsweringConfig::observe`].
    #[must_use]
    pub const fn health(&self) -> Ratio {
        self.health
    }

    /// `1 - health`, exact: what an index of stress takes.
    ///
    /// # Examples
    /// See [`AnsweringConfig::observe`].
    #[must_use]
    pub const fn failing(&self) -> Ratio {
        Ratio::ONE.excess_over(self.health)
    }

    /// The time up to which fills and misses have been counted: what has passed since is what the next one may count.
    ///
    /// # Examples
    /// See [`AnsweringConfig::observe`].
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

stored!(
    AnsweringParams {
        prompt: Seconds,
        late: Seconds,
        recovery: Decay,
        max_gap: Seconds,
        whole: Value,
        start: Ratio,
        least_lot: Ratio,
        most_boost: Ratio,
    },
    drawn
);
stored_as!(AnsweringConfig as AnsweringParams, |config| config.0, AnsweringConfig::new);
stored!(Answering { health: Ratio, at: Timestamp } if |state| state.health <= Ratio::ONE, "a `health` of at most 1");

on_its_own! {
    /// Bytes of the stored form: 20.
    Answering: Answering, 0
}
on_its_own! {
    /// Bytes of the stored form: 76.
    AnsweringConfig: AnsweringConfig, 0
}
