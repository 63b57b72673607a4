//! Parameters as a function of volatility, moved along one line at a limited speed.
//!
//! One number `s` in 0 (calm) to 1 (stressed) is the state. Every parameter that touches existing positions is the
//! linear interpolation between the calm and the stressed set at the same `s`, so they move together or not at all:
//!
//! ```text
//! s*  = min(1, max(0, (sigma - sigma_calm) / (sigma_stressed - sigma_calm)))
//! s  <- s moved toward s* by at most k * min(dt, max_step), or not at all while the ramp is frozen
//! k   = ramp * threshold_stressed / (threshold_calm - threshold_stressed)
//! ```
//!
//! To lower a threshold from `a` to `a'` makes the same positions liquidatable as a fall of the price by `1 - a'/a`
//! (SPEC.md, T7). `ramp` is the largest such fall per second.

use crate::bytes::{stored, stored_as};
use crate::digits::{self, share_ceil};
use crate::error::Error;
use crate::num::{mul_div_floor, shr_ceil, shr_floor};
use crate::parameters::Parameters;
use crate::ratio::Ratio;
use crate::units::{Rate, Seconds, Timestamp};
use crate::word::{product, split};

/// What [`ScheduleConfig::new`] checks.
///
/// # Examples
/// See [`ScheduleConfig::step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ScheduleParams {
    /// Parameters up to the calm volatility.
    pub calm: Parameters,
    /// Parameters from the stressed volatility on, nowhere looser than the calm ones.
    pub stressed: Parameters,
    /// Volatility up to which the calm parameters are the target.
    pub sigma_calm: Ratio,
    /// Volatility from which the stressed parameters are the target.
    pub sigma_stressed: Ratio,
    /// Largest fall of the liquidation threshold per second, relative to the threshold; zero freezes the schedule.
    pub ramp: Rate,
    /// Elapsed time that one step counts at most: a silence earns no jump.
    pub max_step: Seconds,
}

/// Checked parameters of the schedule.
///
/// # Examples
/// See [`ScheduleConfig::step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ScheduleConfig {
    params: ScheduleParams,
    /// `k`, the change of `s` per second, in steps of 2^-63.
    speed: u64,
}

/// The state of the schedule. Plain data, in and out by value.
///
/// # Examples
/// See [`ScheduleConfig::step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Schedule {
    /// `s` in steps of 2^-63, at most [`ONE`].
    stress: u64,
    at: Timestamp,
}

/// Whether the ramp may move.
///
/// # Examples
/// See [`ScheduleConfig::step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Ramp {
    /// It may not: the breaker is up. The time is not made up later.
    Frozen,
    /// It may.
    Moving,
}

/// An `s` of one.
const ONE: u64 = 1 << 63;

impl ScheduleConfig {
    /// Checks the parameters and derives the speed.
    ///
    /// Spec: D7, T7.
    ///
    /// # Errors
    /// Stressed liquidation threshold zero: [`Error::ThresholdZero`]. Either set fails [`Parameters::check`]: its error.
    /// A stressed `max_ltv` or `liquidation_threshold` above, or a stressed `bonus`, `margin` or `auction_buffer` below
    /// the calm one: [`Error::ScheduleLoosens`]. `sigma_calm >= sigma_stressed`: [`Error::ScheduleVolatilityOrder`].
    ///
    /// # Examples
    /// See [`ScheduleConfig::step`].
    pub fn new(params: ScheduleParams) -> Result<ScheduleConfig, Error> {
        let ScheduleParams { calm, stressed, .. } = params;
        if stressed.liquidation_threshold == Ratio::ZERO {
            return Err(Error::ThresholdZero);
        }
        calm.check()?;
        stressed.check()?;
        if stressed.max_ltv > calm.max_ltv
            || stressed.liquidation_threshold > calm.liquidation_threshold
            || stressed.bonus < calm.bonus
            || stressed.margin < calm.margin
            || stressed.auction_buffer < calm.auction_buffer
        {
            return Err(Error::ScheduleLoosens);
        }
        if params.sigma_calm >= params.sigma_stressed {
            return Err(Error::ScheduleVolatilityOrder);
        }
        Ok(ScheduleConfig { params, speed: speed_floor(&params)? })
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`ScheduleConfig::step`].
    #[must_use]
    pub const fn params(&self) -> &ScheduleParams {
        &self.params
    }

    /// The state at `now`: `s` moved toward the target of `sigma`, or left where it is.
    ///
    /// Over any sequence of steps that counts `n` moving seconds in all, each step at most `max_step`, a threshold of `a`
    /// becomes at least `floor(a * (1 - ramp * n))` on the ratio scale, hence at least `floor(a * (1 - ramp)^n)`: the
    /// fall over-shoots the ramp by less than one step of 2^-48, not per call but in all. A rise is as slow. Target
    /// rounded up, speed rounded down: toward the tight side, and slowly. Spec: D7, T7.
    ///
    /// # Errors
    /// `now` before the state's time: [`Error::ClockReversed`].
    ///
    /// # Examples
    /// ```
    /// use damper::schedule::{Ramp, Schedule, ScheduleConfig, ScheduleParams};
    /// use damper::{parameters::Parameters, ratio::Ratio, units::{Rate, Seconds, Timestamp}};
    /// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
    /// let calm = Parameters {
    ///     max_ltv: percent(75)?,
    ///     liquidation_threshold: percent(80)?,
    ///     bonus: percent(5)?,
    ///     margin: percent(10)?,
    ///     auction_buffer: percent(10)?,
    /// };
    /// let stressed = Parameters { max_ltv: percent(50)?, liquidation_threshold: percent(60)?, ..calm };
    /// let config = ScheduleConfig::new(ScheduleParams {
    ///     calm,
    ///     stressed,
    ///     sigma_calm: percent(5)?,
    ///     sigma_stressed: percent(15)?,
    ///     ramp: Rate::from_ratio_over_floor(percent(1)?, Seconds::new(3_600))?,
    ///     max_step: Seconds::new(3_600),
    /// })?;
    /// let (open, sigma) = (Schedule::open(Timestamp::new(0)), percent(20)?);
    /// // New debt is limited at once, existing positions keep their threshold.
    /// let first = config.in_force(&open, sigma)?;
    /// assert_eq!((first.max_ltv, first.liquidation_threshold), (percent(50)?, percent(80)?));
    /// // An hour moves it by 1 % of 60 %, a frozen hour by nothing.
    /// let hour = config.step(open, sigma, Timestamp::new(3_600), Ramp::Moving)?;
    /// assert_eq!((hour.at(), config.params().calm), (Timestamp::new(3_600), calm));
    /// // 0.6 of the 20 % between the two thresholds are 1 % of 60 %: three hundredths of the way.
    /// assert_eq!(hour.stress_bits() >> 43, 31_457);
    /// assert_eq!(config.in_force(&hour, sigma)?.liquidation_threshold.to_bps_floor(), 7_940);
    /// let frozen = config.step(open, sigma, Timestamp::new(3_600), Ramp::Frozen)?;
    /// assert_eq!(config.in_force(&frozen, sigma)?, first);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn step(&self, mut last: Schedule, sigma: Ratio, now: Timestamp, ramp: Ramp) -> Result<Schedule, Error> {
        self.toward(self.target_ceil(sigma), &mut last, now, ramp)?;
        Ok(last)
    }

    /// [`ScheduleConfig::step`] in place, and [`ScheduleConfig::in_force`] after it, with the target computed once; on an
    /// error the state is of no use.
    pub(crate) fn update(
        &self,
        state: (&mut Schedule, &mut Parameters),
        sigma: Ratio,
        now: Timestamp,
        ramp: Ramp,
    ) -> Result<(), Error> {
        let (schedule, parameters) = state;
        let target = self.target_ceil(sigma);
        self.toward(target, schedule, now, ramp)?;
        self.between(parameters, schedule.stress, target)
    }

    /// `s` moved toward the target.
    #[inline(always)]
    fn toward(&self, target: u64, state: &mut Schedule, now: Timestamp, ramp: Ramp) -> Result<(), Error> {
        let elapsed = now.since(state.at).map_err(|_| Error::ClockReversed)?.min(self.params.max_step);
        state.at = now;
        if ramp == Ramp::Frozen || state.stress == target {
            return Ok(());
        }
        let budget = match split(product(self.speed, elapsed.get())) {
            (0, budget) => budget,
            // s never moves by more than one.
            _ => ONE,
        };
        state.stress = if target > state.stress {
            // Both are at most ONE: the difference is what is left.
            if budget < target.wrapping_sub(state.stress) { state.stress.wrapping_add(budget) } else { target }
        } else {
            state.stress.saturating_sub(budget).max(target)
        };
        Ok(())
    }

    /// The parameters in force: the interpolation at `s`, with `max_ltv` at the larger of `s` and `s*`.
    ///
    /// `max_ltv` falls with `s`, so that is the smaller of the two: new borrowing is tightened in the call that sees the
    /// volatility, and loosened in the call that sees it fall, down to `s`, and from there with `s`. Rounding, each on the
    /// ratio scale from the exact interpolation:
    ///
    /// | parameter | direction | why |
    /// |---|---|---|
    /// | `liquidation_threshold` | down | a position within 2^-48 of it is liquidated early; the ramp's statement includes it |
    /// | `max_ltv` | down | less is lent |
    /// | `margin`, `auction_buffer` | up | more is left, the sale starts higher |
    /// | `bonus` | down, and at most what `threshold * (1 + bonus) <= 1 - margin` leaves | less is paid out |
    ///
    /// The result passes [`Parameters::check`]. Spec: D7, I4.
    ///
    /// # Errors
    /// None for a state of this crate: no difference is negative and no result is above its ends.
    ///
    /// # Examples
    /// ```
    /// use damper::schedule::{Ramp, Schedule, ScheduleConfig, ScheduleParams};
    /// use damper::{parameters::Parameters, ratio::Ratio, units::{Rate, Seconds, Timestamp}};
    /// let part = Ratio::from_fraction_floor;
    /// let calm = Parameters {
    ///     max_ltv: part(5, 8)?, liquidation_threshold: part(3, 4)?, bonus: part(1, 32)?,
    ///     margin: part(1, 16)?, auction_buffer: part(1, 16)?,
    /// };
    /// let stressed = Parameters {
    ///     max_ltv: part(3, 8)?, liquidation_threshold: part(1, 2)?, bonus: part(1, 16)?,
    ///     margin: part(1, 8)?, auction_buffer: part(3, 16)?,
    /// };
    /// let config = ScheduleConfig::new(ScheduleParams {
    ///     calm,
    ///     stressed,
    ///     sigma_calm: part(1, 16)?,
    ///     sigma_stressed: part(3, 16)?,
    ///     ramp: Rate::per_second(part(1, 1_024)?),
    ///     max_step: Seconds::new(3_600),
    /// })?;
    /// // The threshold may fall by 1/1024 of 1/2 a second, so 256 seconds take it half of the way from 3/4 to 1/2.
    /// let open = Schedule::open(Timestamp::new(0));
    /// let half = config.step(open, part(3, 16)?, Timestamp::new(256), Ramp::Moving)?;
    /// let middle = Parameters {
    ///     max_ltv: part(1, 2)?, liquidation_threshold: part(5, 8)?, bonus: part(3, 64)?,
    ///     margin: part(3, 32)?, auction_buffer: part(1, 8)?,
    /// };
    /// // While volatility is high, new debt is at the stressed limit already; once it is not, the limit is that of the ramp.
    /// assert_eq!(config.in_force(&half, part(3, 16)?)?, Parameters { max_ltv: part(3, 8)?, ..middle });
    /// assert_eq!(config.in_force(&half, part(1, 16)?)?, middle);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn in_force(&self, schedule: &Schedule, sigma: Ratio) -> Result<Parameters, Error> {
        let mut parameters = self.params.calm;
        self.between(&mut parameters, schedule.stress, self.target_ceil(sigma))?;
        Ok(parameters)
    }

    /// Sets the parameters to those at `s`, with `max_ltv` at the larger of `s` and the target.
    fn between(&self, to: &mut Parameters, s: u64, target: u64) -> Result<(), Error> {
        let ScheduleParams { calm, stressed, .. } = &self.params;
        let tight = s.max(target);
        // At either end the interpolation is the set itself, and so is its bonus: the set passed the check, which is the
        // condition of the limit below.
        if tight == 0 || s == ONE {
            *to = if s == ONE { *stressed } else { *calm };
            return Ok(());
        }
        // In steps of 2^-48, for both sets: max_ltv <= threshold - 1. So the exact interpolations at s differ by at least
        // one, and their floors too: max_ltv < threshold at s. At `tight` >= s max_ltv is not higher.
        let max_ltv = falling_floor(calm.max_ltv, stressed.max_ltv, tight)?;
        let liquidation_threshold = falling_floor(calm.liquidation_threshold, stressed.liquidation_threshold, s)?;
        let margin = rising_ceil(calm.margin, stressed.margin, s)?;
        // For both sets threshold + margin <= 1, because the bonus is not negative; so for the exact interpolation; and
        // for a floor plus a ceiling, whose sum is an integer below 2^48 + 1. So the room is at least the threshold, and
        // a bonus of zero always fits. The limit is needed: threshold * (1 + bonus) is concave in s, so it can exceed in the
        // middle what it keeps at both ends, where the limit does not bite. The largest b with
        // ceil(threshold * (1 + b)) <= room is floor(room / threshold) - 1, because the room is on the ratio scale: where the
        // product fits, there is nothing to divide.
        let room = Ratio::ONE.checked_sub(margin)?;
        let full = rising_floor(calm.bonus, stressed.bonus, s)?;
        let claim = liquidation_threshold.mul_ceil(full).and_then(|paid| paid.checked_add(liquidation_threshold));
        let bonus = match claim {
            Ok(claim) if claim <= room => full,
            // floor(room / threshold) - 1 = floor((room - threshold) / threshold), which is below `full`: a ratio.
            _ => room.checked_sub(liquidation_threshold)?.div_floor(liquidation_threshold)?,
        };
        let auction_buffer = rising_ceil(calm.auction_buffer, stressed.auction_buffer, s)?;
        *to = Parameters { max_ltv, liquidation_threshold, bonus, margin, auction_buffer };
        Ok(())
    }

    /// The place on this ramp, moved toward calm until the threshold in force is at least `threshold`:
    /// `min(s, floor((t_c - threshold) / (t_c - t_s)))`. The floor of an exact threshold that is not below a ratio is not below
    /// it either. Spec: D32.
    ///
    /// # Errors
    /// The calm threshold is below it: [`Error::ThresholdJumps`].
    pub(crate) fn carried(&self, last: Schedule, threshold: Ratio) -> Result<Schedule, Error> {
        let ScheduleParams { calm, stressed, .. } = &self.params;
        let (calm, stressed) = (calm.liquidation_threshold, stressed.liquidation_threshold);
        if calm < threshold {
            return Err(Error::ThresholdJumps);
        }
        if stressed >= threshold {
            return Ok(last);
        }
        // The room is less than the range, so the quotient is below one.
        let (room, range) = (calm.excess_over(threshold), calm.excess_over(stressed));
        let most = mul_div_floor(u128::from(room.to_bits()), u128::from(ONE), u128::from(range.to_bits()))?;
        let most = u64::try_from(most).map_err(|_| Error::Overflow)?;
        Ok(Schedule { stress: last.stress.min(most), at: last.at })
    }

    /// `s*`, rounded up: toward the stressed set.
    fn target_ceil(&self, sigma: Ratio) -> u64 {
        let ScheduleParams { sigma_calm, sigma_stressed, .. } = self.params;
        if sigma <= sigma_calm {
            return 0;
        }
        if sigma >= sigma_stressed {
            return ONE;
        }
        // The part is below the whole: the quotient is below one and its ceiling at most ONE.
        let (part, whole) = (sigma.excess_over(sigma_calm), sigma_stressed.excess_over(sigma_calm));
        share_ceil(part.to_bits(), whole.to_bits(), 63)
    }
}

impl Schedule {
    /// Calm parameters: existing positions keep the thresholds that they were opened at. New borrowing is at the target
    /// of the present volatility from the first call.
    ///
    /// # Examples
    /// See [`ScheduleConfig::step`].
    #[must_use]
    pub const fn open(now: Timestamp) -> Schedule {
        Schedule { stress: 0, at: now }
    }

    /// `s * 2^63`: zero is calm, 2^63 is stressed.
    ///
    /// # Examples
    /// See [`ScheduleConfig::step`].
    #[must_use]
    pub const fn stress_bits(&self) -> u64 {
        self.stress
    }

    /// The time of the last step.
    ///
    /// # Examples
    /// See [`ScheduleConfig::step`].
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

/// `k = floor(ramp * threshold_stressed / (threshold_calm - threshold_stressed))` in steps of 2^-63, at most one.
///
/// The exact threshold is linear in `s`, so it falls by `k * (threshold_calm - threshold_stressed)` a second at most,
/// which is at most `ramp * threshold_stressed`, and that at most `ramp` times any threshold between the two. The
/// threshold in force is the floor `a` of the exact one, `x`. After `n` seconds `x' >= x - ramp * threshold_stressed * n`
/// `>= a - ramp * a * n`, because `x >= a >= threshold_stressed`, which is on the scale. So `a' = floor(x')` is at least
/// `floor(a * (1 - ramp * n))`. An `s` of one is the whole range: more a second would change nothing. Equal thresholds
/// do not fall at any speed; the ramp then bounds nothing but a ramp of zero.
fn speed_floor(params: &ScheduleParams) -> Result<u64, Error> {
    let lowest = params.stressed.liquidation_threshold;
    let range = params.calm.liquidation_threshold.checked_sub(lowest)?;
    if params.ramp == Rate::ZERO {
        return Ok(0);
    }
    if range == Ratio::ZERO {
        return Ok(ONE);
    }
    // 2^-48 * 2^-48 / 2^-48 to steps of 2^-63: times 2^15. The threshold is below one: the product has 112 bits, the
    // quotient at most 127.
    let product = params.ramp.get().wide().saturating_mul(lowest.wide());
    let speed = mul_div_floor(product, 1 << 15, range.wide())?;
    Ok(u64::try_from(speed).map_or(ONE, |speed| speed.min(ONE)))
}

/// `floor(whole * s)`.
fn part_floor(whole: Ratio, s: u64) -> Result<Ratio, Error> {
    match whole.to_bits() {
        bits if bits <= ONE => Ok(Ratio::from_bits(digits::part_floor(bits, s))),
        bits => Ratio::narrow(shr_floor(product(bits, s), 63)),
    }
}

/// `ceil(whole * s)`.
fn part_ceil(whole: Ratio, s: u64) -> Result<Ratio, Error> {
    match whole.to_bits() {
        bits if bits <= ONE => Ok(Ratio::from_bits(digits::part_ceil(bits, s))),
        bits => Ratio::narrow(shr_ceil(product(bits, s), 63)),
    }
}

/// `floor(calm - (calm - stressed) * s)` for `calm >= stressed`.
fn falling_floor(calm: Ratio, stressed: Ratio, s: u64) -> Result<Ratio, Error> {
    calm.checked_sub(part_ceil(calm.checked_sub(stressed)?, s)?)
}

/// `floor(calm + (stressed - calm) * s)` for `calm <= stressed`.
fn rising_floor(calm: Ratio, stressed: Ratio, s: u64) -> Result<Ratio, Error> {
    calm.checked_add(part_floor(stressed.checked_sub(calm)?, s)?)
}

/// `ceil(calm + (stressed - calm) * s)` for `calm <= stressed`.
fn rising_ceil(calm: Ratio, stressed: Ratio, s: u64) -> Result<Ratio, Error> {
    calm.checked_add(part_ceil(stressed.checked_sub(calm)?, s)?)
}

stored!(
    ScheduleParams {
        calm: Parameters,
        stressed: Parameters,
        sigma_calm: Ratio,
        sigma_stressed: Ratio,
        ramp: Rate,
        max_step: Seconds,
    },
    drawn
);
stored_as!(ScheduleConfig as ScheduleParams, |config| config.params, ScheduleConfig::new);
stored!(Schedule { stress: u64, at: Timestamp } if |schedule| schedule.stress <= ONE, "a `stress` of at most 2^63");
