//! Risk appetite `a`: falls at once with the stress of the market, holds, and heals at a limited rate.
//!
//! With `x` the stress (0 calm, 1 stressed), what the appetite lacks of one is the state, `d = 1 - a`:
//!
//! ```text
//! F(y)  = min(1 - floor, (1 - floor) / (1 - width) * max(0, y))
//! press = F(x - width)      what a stress demands at once
//! let   = F(x)              what it lets heal: the two are `width` of stress apart
//! c    <- max(c - recovery * dt, press + recovery * hold if press > 0)      a leash that heals from further off
//! d    <- max(press, d if d <= max(c, let), else max(c, let, d - recovery * dt))
//! ```
//!
//! Each line is a maximum or a minimum of things that rise with `x`, `c` and `d`, so more stress at any time never leaves
//! more appetite at any later time. A clock that is restarted when the appetite is pressed does not have that property
//! (SPEC.md, T17): a small stress restarts it for the market that stands high, and not for the one that stands low.

use crate::bytes::{stored, stored_as};
use crate::error::Error;
use crate::num::shr_ceil;
use crate::ratio::Ratio;
use crate::stress::{External, Internal, StressConfig};
use crate::units::{Amount, Rate, Seconds, Timestamp, Value};
use crate::word::{product, quotient_ceil};

/// The longest hold, 30 days.
///
/// # Examples
/// ```
/// use damper::{appetite::MAX_HOLD, units::Seconds};
/// assert_eq!(MAX_HOLD, Seconds::new(30 * 86_400));
/// ```
pub const MAX_HOLD: Seconds = Seconds::new(2_592_000);

/// What [`AppetiteConfig::new`] checks.
///
/// # Examples
/// See [`AppetiteConfig::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AppetiteParams {
    /// The signals and their bounds.
    pub stress: StressConfig,
    /// The appetite under full stress. Zero: no new borrowing, and lots of two least sales (D14). One: no effect.
    pub floor: Ratio,
    /// The appetite at the start, floor to one.
    pub start: Ratio,
    /// By how much the stress must turn before the appetite does, above zero, at most one half.
    pub hysteresis: Ratio,
    /// Largest rise of the appetite per second.
    pub recovery: Rate,
    /// Time for which what was pressed down stays down.
    pub hold: Seconds,
    /// Elapsed time that one observation counts at most: a silence earns no jump.
    pub max_step: Seconds,
}

/// Checked parameters of the appetite.
///
/// # Examples
/// See [`AppetiteConfig::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AppetiteConfig {
    params: AppetiteParams,
    /// `1 - floor`.
    span: Ratio,
    /// `(1 - floor) / (1 - width)`, rounded up.
    slope: Ratio,
    /// `recovery * hold`.
    lead: Ratio,
}

/// The state of the appetite. Plain data, in and out by value.
///
/// # Examples
/// See [`AppetiteConfig::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Appetite {
    /// `d = 1 - a`, at most one.
    lost: Ratio,
    /// `c`: `d` does not heal below it.
    leash: Ratio,
    at: Timestamp,
    /// Whether there was a report; its time and its stress.
    reported: bool,
    source_time: Timestamp,
    external: Ratio,
}

impl AppetiteConfig {
    /// Checks the parameters.
    ///
    /// Spec: D26, T17.
    ///
    /// # Errors
    /// `floor` above one: [`Error::AppetiteFloorRange`]. `start` outside `floor..=1`: [`Error::AppetiteStartRange`].
    /// `hysteresis` zero or above one half: [`Error::AppetiteHysteresisRange`]. `recovery` or `max_step` zero:
    /// [`Error::AppetiteNeverHeals`]. `hold` above [`MAX_HOLD`], or `1 - floor + recovery * hold` of 65,536 or more:
    /// [`Error::AppetiteHoldRange`].
    ///
    /// # Examples
    /// See [`AppetiteConfig::observe`].
    pub fn new(params: AppetiteParams) -> Result<AppetiteConfig, Error> {
        let AppetiteParams { floor, start, hysteresis, recovery, hold, max_step, .. } = params;
        if floor > Ratio::ONE {
            return Err(Error::AppetiteFloorRange);
        }
        if start < floor || start > Ratio::ONE {
            return Err(Error::AppetiteStartRange);
        }
        if hysteresis == Ratio::ZERO || hysteresis > Ratio::ONE.excess_over(hysteresis) {
            return Err(Error::AppetiteHysteresisRange);
        }
        if recovery == Rate::ZERO || max_step == Seconds::ZERO {
            return Err(Error::AppetiteNeverHeals);
        }
        let span = Ratio::ONE.excess_over(floor);
        let lead = recovery.over(hold).map_err(|_| Error::AppetiteHoldRange)?;
        if hold > MAX_HOLD || span.checked_add(lead).is_err() {
            return Err(Error::AppetiteHoldRange);
        }
        // At most two.
        let slope = span.div_ceil(Ratio::ONE.excess_over(hysteresis))?;
        Ok(AppetiteConfig { params, span, slope, lead })
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`AppetiteConfig::observe`].
    #[must_use]
    pub const fn params(&self) -> &AppetiteParams {
        &self.params
    }

    /// The state at the start, before any report: what comes by report counts as stressed in full until there is one.
    ///
    /// # Examples
    /// See [`AppetiteConfig::observe`].
    #[must_use]
    pub const fn open(&self, now: Timestamp) -> Appetite {
        let lost = Ratio::ONE.excess_over(self.params.start);
        Appetite { lost, leash: Ratio::ZERO, at: now, reported: false, source_time: now, external: Ratio::ONE }
    }

    /// Takes in a report. It counts from the next observation on, until it is older than its age limit.
    ///
    /// Of two reports with one source time the larger stress counts. The state's time is that of the last observation and is
    /// not moved; an observation before the report's time counts it as missing. [`crate::guard::Guard::heed`] refuses such an
    /// observation. Spec: D26.
    ///
    /// # Errors
    /// `now` before the state's time: [`Error::ClockReversed`]. Report after `now`: [`Error::ReportFromFuture`]. Report
    /// before the last one: [`Error::ReportOutOfOrder`].
    ///
    /// # Examples
    /// ```
    /// use damper::appetite::{AppetiteConfig, AppetiteParams};
    /// use damper::stress::{External, Internal, Signal, StressConfig, StressParams};
    /// use damper::{ratio::Ratio, units::{Amount, Rate, Seconds, Timestamp}};
    /// let part = |n, d| Ratio::from_fraction_floor(n, d);
    /// let config = AppetiteConfig::new(AppetiteParams {
    ///     stress: StressConfig::new(StressParams {
    ///         volatility: Signal::Absent,
    ///         depth: Signal::Absent,
    ///         depth_norm: Amount::ZERO,
    ///         fill: Signal::Absent,
    ///         backlog: Signal::Absent,
    ///         oracle: Signal::Absent,
    ///         keepers: Signal::Between { calm: Ratio::ONE, stressed: Ratio::ZERO },
    ///         neighbours: Signal::Absent,
    ///         max_age: Seconds::new(600),
    ///     })?,
    ///     floor: part(1, 4)?,
    ///     start: Ratio::ONE,
    ///     hysteresis: part(1, 4)?,
    ///     recovery: Rate::per_second(part(1, 1_024)?),
    ///     hold: Seconds::new(60),
    ///     max_step: Seconds::new(600),
    /// })?;
    ///
    /// let at = Timestamp::new;
    /// let unseen = Internal { volatility: None, depth: None, fill: None };
    /// let mut state = config.open(at(0));
    /// // Nobody has reported: full stress, and the appetite is at its floor.
    /// assert_eq!(config.observe(state, &unseen, at(10))?.level(), part(1, 4)?);
    /// // Keepers at 3/8 are a stress of 5/8, of which 3/8 is above the hysteresis; it counts from the next observation on.
    /// let report = External { source_time: at(5), backlog: None, oracle: None, keepers: Some(part(3, 8)?), neighbours: None };
    /// config.heed(&mut state, &report, at(10))?;
    /// assert_eq!(state.level(), Ratio::ONE);
    /// assert_eq!(config.observe(state, &unseen, at(10))?.level(), part(5, 8)?);
    /// // A second after its age limit it counts as missing.
    /// assert_eq!(config.observe(state, &unseen, at(605))?.level(), part(5, 8)?);
    /// assert_eq!(config.observe(state, &unseen, at(606))?.level(), part(1, 4)?);
    /// // Of two reports with one time the larger stress counts; an earlier one is refused.
    /// let better = External { keepers: Some(Ratio::ONE), ..report };
    /// config.heed(&mut state, &better, at(11))?;
    /// assert_eq!(config.stress(&state, &unseen, at(11)), part(5, 8)?);
    /// let older = External { source_time: at(4), ..better };
    /// assert_eq!(config.heed(&mut state, &older, at(11)), Err(damper::Error::ReportOutOfOrder));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn heed(&self, state: &mut Appetite, report: &External, now: Timestamp) -> Result<(), Error> {
        if now < state.at {
            return Err(Error::ClockReversed);
        }
        if report.source_time > now {
            return Err(Error::ReportFromFuture);
        }
        let mut external = self.params.stress.external_ceil(report);
        if state.reported {
            if report.source_time < state.source_time {
                return Err(Error::ReportOutOfOrder);
            }
            if report.source_time == state.source_time {
                external = external.max(state.external);
            }
        }
        (state.reported, state.source_time, state.external) = (true, report.source_time, external);
        Ok(())
    }

    /// The state after an observation at `now`.
    ///
    /// Falls to what the stress demands at once; heals by at most `recovery * min(dt, max_step)`. Rounding: the stress and
    /// what it demands are rounded up, so `a` is rounded down; the rest is exact. Spec: D26, T17.
    ///
    /// # Errors
    /// `now` before the state's time: [`Error::ClockReversed`].
    ///
    /// # Examples
    /// ```
    /// use damper::appetite::{AppetiteConfig, AppetiteParams};
    /// use damper::stress::{Internal, Signal, StressConfig, StressParams};
    /// use damper::{ratio::Ratio, units::{Amount, Rate, Seconds, Timestamp}};
    /// let part = |n, d| Ratio::from_fraction_floor(n, d);
    /// let config = AppetiteConfig::new(AppetiteParams {
    ///     stress: StressConfig::new(StressParams {
    ///         volatility: Signal::Between { calm: Ratio::ZERO, stressed: Ratio::ONE },
    ///         depth: Signal::Absent,
    ///         depth_norm: Amount::ZERO,
    ///         fill: Signal::Absent,
    ///         backlog: Signal::Absent,
    ///         oracle: Signal::Absent,
    ///         keepers: Signal::Absent,
    ///         neighbours: Signal::Absent,
    ///         max_age: Seconds::ZERO,
    ///     })?,
    ///     floor: part(1, 4)?,
    ///     start: Ratio::ONE,
    ///     hysteresis: part(1, 4)?,
    ///     recovery: Rate::per_second(part(1, 1_024)?),
    ///     hold: Seconds::new(60),
    ///     max_step: Seconds::new(600),
    /// })?;
    /// let seen = |volatility| Internal { volatility: Some(volatility), depth: None, fill: None };
    /// let open = config.open(Timestamp::new(0));
    /// // Up to the hysteresis nothing happens; from there to full stress the appetite falls to the floor, at once.
    /// assert_eq!(config.observe(open, &seen(part(1, 4)?), Timestamp::new(10))?.level(), Ratio::ONE);
    /// let low = config.observe(open, &seen(part(5, 8)?), Timestamp::new(10))?;
    /// assert_eq!((low.at(), config.params().hold), (Timestamp::new(10), Seconds::new(60)));
    /// assert_eq!(low.level(), part(5, 8)?);
    /// // It stays there for 60 seconds after the stress has gone, then heals by 1/1024 a second.
    /// let held = config.observe(low, &seen(Ratio::ZERO), Timestamp::new(70))?;
    /// assert_eq!(held.level(), part(5, 8)?);
    /// let heals = config.observe(held, &seen(Ratio::ZERO), Timestamp::new(71))?;
    /// assert_eq!(heals.level(), part(641, 1_024)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn observe(&self, mut state: Appetite, seen: &Internal, now: Timestamp) -> Result<Appetite, Error> {
        self.update(&mut state, seen, now)?;
        Ok(state)
    }

    /// [`AppetiteConfig::observe`] in place; nothing is changed on an error.
    ///
    /// # Errors
    /// As [`AppetiteConfig::observe`].
    ///
    /// # Examples
    /// See [`AppetiteConfig::observe`].
    pub fn update(&self, state: &mut Appetite, seen: &Internal, now: Timestamp) -> Result<(), Error> {
        let elapsed = now.since(state.at).map_err(|_| Error::ClockReversed)?.min(self.params.max_step);
        let stress = self.stress(state, seen, now);
        state.at = now;
        self.toward(state, stress, elapsed);
        Ok(())
    }

    /// The stress that an observation at `now` would count: the larger of what is seen and what was reported.
    ///
    /// # Examples
    /// ```
    /// use damper::appetite::{AppetiteConfig, AppetiteParams};
    /// use damper::stress::{External, Internal, Signal, StressConfig, StressParams};
    /// use damper::{ratio::Ratio, units::{Amount, Rate, Seconds, Timestamp}};
    /// let part = |n, d| Ratio::from_fraction_floor(n, d);
    /// let config = AppetiteConfig::new(AppetiteParams {
    ///     stress: StressConfig::new(StressParams {
    ///         volatility: Signal::Between { calm: Ratio::ZERO, stressed: Ratio::ONE },
    ///         depth: Signal::Absent,
    ///         depth_norm: Amount::ZERO,
    ///         fill: Signal::Absent,
    ///         backlog: Signal::Absent,
    ///         oracle: Signal::Absent,
    ///         keepers: Signal::Between { calm: Ratio::ONE, stressed: Ratio::ZERO },
    ///         neighbours: Signal::Absent,
    ///         max_age: Seconds::new(600),
    ///     })?,
    ///     floor: part(1, 4)?,
    ///     start: Ratio::ONE,
    ///     hysteresis: part(1, 4)?,
    ///     recovery: Rate::per_second(part(1, 1_024)?),
    ///     hold: Seconds::new(60),
    ///     max_step: Seconds::new(600),
    /// })?;
    ///
    /// let at = Timestamp::new;
    /// let mut state = config.open(at(0));
    /// let report = External { source_time: at(0), backlog: None, oracle: None, keepers: Some(part(3, 4)?), neighbours: None };
    /// config.heed(&mut state, &report, at(0))?;
    /// // The larger of a volatility of 1/8 or 1/2 and keepers that are a quarter short.
    /// let seen = |volatility| Internal { volatility: Some(volatility), depth: None, fill: None };
    /// assert_eq!(config.stress(&state, &seen(part(1, 8)?), at(1)), part(1, 4)?);
    /// assert_eq!(config.stress(&state, &seen(part(1, 2)?), at(1)), part(1, 2)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn stress(&self, state: &Appetite, seen: &Internal, now: Timestamp) -> Ratio {
        self.params.stress.internal_ceil(seen).max(self.external(state, now))
    }

    /// The stress of the last report, one if there is none of use at `now`; before the first, what is stored is one.
    fn external(&self, state: &Appetite, now: Timestamp) -> Ratio {
        if !self.params.stress.is_reported() {
            return Ratio::ZERO;
        }
        match now.since(state.source_time) {
            Ok(age) if age <= self.params.stress.params().max_age => state.external,
            _ => Ratio::ONE,
        }
    }

    /// The leash and what is lost, after a stress and a time.
    fn toward(&self, state: &mut Appetite, stress: Ratio, elapsed: Seconds) {
        let press = self.demand_ceil(stress.excess_over(self.params.hysteresis));
        if press == Ratio::ZERO && state.lost == Ratio::ZERO {
            // Nothing heals below its leash, so there is none, but in a state of another configuration.
            state.leash = Ratio::ZERO;
            return;
        }
        // `new` saw that the sum fits.
        let most = self.span.checked_add(self.lead).unwrap_or(Ratio::MAX);
        let healed = self.params.recovery.over_at_most(elapsed, most);
        let lead = if press == Ratio::ZERO { press } else { press.checked_add(self.lead).unwrap_or(most) };
        // The limits bite only on a state of another configuration.
        state.leash = state.leash.min(most).excess_over(healed).max(lead);
        let lost = state.lost.min(self.span);
        let rest = state.leash.max(self.demand_ceil(stress));
        state.lost = if lost <= rest { lost.max(press) } else { lost.excess_over(healed).max(rest) };
    }

    /// `F(y) = min(1 - floor, ceil(slope * y))`.
    fn demand_ceil(&self, y: Ratio) -> Ratio {
        if y == Ratio::ZERO {
            return Ratio::ZERO;
        }
        let demand = shr_ceil(product(self.slope.to_bits(), y.to_bits()), Ratio::FRAC_BITS);
        Ratio::narrow(demand).map_or(self.span, |demand| demand.min(self.span))
    }

    /// The longest time until the appetite is one, counted from an observation without stress, after any past:
    /// `hold + ceil((1 - floor) / recovery)`.
    ///
    /// Counted as [`AppetiteParams::max_step`] counts, so in time too if observations are no further apart than that.
    /// Spec: T17.
    ///
    /// # Errors
    /// None in fact, both terms being below 2^49; [`Error::Overflow`] is the type's.
    ///
    /// # Examples
    /// ```
    /// use damper::appetite::{AppetiteConfig, AppetiteParams};
    /// use damper::stress::{Signal, StressConfig, StressParams};
    /// use damper::{ratio::Ratio, units::{Amount, Rate, Seconds, Timestamp}};
    /// let part = |n, d| Ratio::from_fraction_floor(n, d);
    /// let config = AppetiteConfig::new(AppetiteParams {
    ///     stress: StressConfig::new(StressParams {
    ///         volatility: Signal::Between { calm: Ratio::ZERO, stressed: Ratio::ONE },
    ///         depth: Signal::Absent,
    ///         depth_norm: Amount::ZERO,
    ///         fill: Signal::Absent,
    ///         backlog: Signal::Absent,
    ///         oracle: Signal::Absent,
    ///         keepers: Signal::Absent,
    ///         neighbours: Signal::Absent,
    ///         max_age: Seconds::new(600),
    ///     })?,
    ///     floor: part(1, 4)?,
    ///     start: Ratio::ONE,
    ///     hysteresis: part(1, 4)?,
    ///     recovery: Rate::per_second(part(1, 1_024)?),
    ///     hold: Seconds::new(60),
    ///     max_step: Seconds::new(600),
    /// })?;
    ///
    /// // A minute, and 3/4 at 1/1024 a second.
    /// assert_eq!(config.heals_within()?, Seconds::new(60 + 768));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn heals_within(&self) -> Result<Seconds, Error> {
        let seconds =
            quotient_ceil(self.span.to_bits(), self.params.recovery.get().to_bits()).ok_or(Error::Overflow)?;
        self.params.hold.get().checked_add(seconds).map(Seconds::new).ok_or(Error::Overflow)
    }

    /// Whether the appetite heals no faster than a ramp moves, in a part of its whole per second.
    ///
    /// # Examples
    /// ```
    /// use damper::appetite::{AppetiteConfig, AppetiteParams};
    /// use damper::stress::{Signal, StressConfig, StressParams};
    /// use damper::{ratio::Ratio, units::{Amount, Rate, Seconds, Timestamp}};
    /// let part = |n, d| Ratio::from_fraction_floor(n, d);
    /// let config = AppetiteConfig::new(AppetiteParams {
    ///     stress: StressConfig::new(StressParams {
    ///         volatility: Signal::Between { calm: Ratio::ZERO, stressed: Ratio::ONE },
    ///         depth: Signal::Absent,
    ///         depth_norm: Amount::ZERO,
    ///         fill: Signal::Absent,
    ///         backlog: Signal::Absent,
    ///         oracle: Signal::Absent,
    ///         keepers: Signal::Absent,
    ///         neighbours: Signal::Absent,
    ///         max_age: Seconds::new(600),
    ///     })?,
    ///     floor: part(1, 4)?,
    ///     start: Ratio::ONE,
    ///     hysteresis: part(1, 4)?,
    ///     recovery: Rate::per_second(part(1, 1_024)?),
    ///     hold: Seconds::new(60),
    ///     max_step: Seconds::new(600),
    /// })?;
    ///
    /// assert!(config.is_within(Rate::per_second(part(1, 1_024)?)));
    /// assert!(!config.is_within(Rate::per_second(part(1, 1_025)?)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn is_within(&self, ramp: Rate) -> bool {
        self.params.recovery <= ramp
    }
}

impl Appetite {
    /// Forgets the report: its stress was by other rules. What comes by report is stressed in full until the next.
    pub(crate) fn unhear(&mut self) {
        (self.reported, self.external) = (false, Ratio::ONE);
    }

    /// `a`, in floor to one.
    ///
    /// # Examples
    /// See [`AppetiteConfig::heed`].
    #[must_use]
    pub const fn level(&self) -> Ratio {
        Ratio::ONE.excess_over(self.lost)
    }

    /// The time of the last observation.
    ///
    /// # Examples
    /// See [`AppetiteConfig::observe`].
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// The largest loan-to-value ratio for new debt: `max_ltv * a`, rounded down; zero at an appetite of zero, at which
    /// nothing may be borrowed.
    ///
    /// Never above `max_ltv`, so below the liquidation threshold if that is (I4). Thresholds of existing positions are not
    /// scaled: they move by the schedule's ramp alone (D7).
    ///
    /// # Examples
    /// ```
    /// use damper::appetite::{AppetiteConfig, AppetiteParams};
    /// use damper::stress::{Signal, StressConfig, StressParams};
    /// use damper::{ratio::Ratio, units::{Amount, Rate, Seconds, Timestamp}};
    /// let part = |n, d| Ratio::from_fraction_floor(n, d);
    /// let config = AppetiteConfig::new(AppetiteParams {
    ///     stress: StressConfig::new(StressParams {
    ///         volatility: Signal::Between { calm: Ratio::ZERO, stressed: Ratio::ONE },
    ///         depth: Signal::Absent,
    ///         depth_norm: Amount::ZERO,
    ///         fill: Signal::Absent,
    ///         backlog: Signal::Absent,
    ///         oracle: Signal::Absent,
    ///         keepers: Signal::Absent,
    ///         neighbours: Signal::Absent,
    ///         max_age: Seconds::new(600),
    ///     })?,
    ///     floor: part(1, 4)?,
    ///     start: part(5, 8)?,
    ///     hysteresis: part(1, 4)?,
    ///     recovery: Rate::per_second(part(1, 1_024)?),
    ///     hold: Seconds::new(60),
    ///     max_step: Seconds::new(600),
    /// })?;
    ///
    /// let low = config.open(Timestamp::new(0));
    /// assert_eq!(low.max_ltv_floor(part(3, 4)?), part(15, 32)?);
    /// // 5/8 of seven atoms is 4.375, of seven quote atoms too.
    /// assert_eq!((low.amount_floor(Amount::new(7)), low.value_floor(7_u64.into())), (Amount::new(4), 4_u64.into()));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn max_ltv_floor(&self, max_ltv: Ratio) -> Ratio {
        // The factor is at most one: no product is too large.
        if self.is_whole() { max_ltv } else { max_ltv.mul_floor(self.level()).unwrap_or(Ratio::ZERO) }
    }

    /// A limit on base atoms, or the size of a lot: `amount * a`, rounded down.
    ///
    /// # Examples
    /// See [`Appetite::max_ltv_floor`].
    #[must_use]
    pub fn amount_floor(&self, amount: Amount) -> Amount {
        if self.is_whole() { amount } else { amount.mul_floor(self.level()).unwrap_or(Amount::ZERO) }
    }

    /// A limit on quote atoms, such as a cap on debt: `value * a`, rounded down.
    ///
    /// # Examples
    /// See [`Appetite::max_ltv_floor`].
    #[must_use]
    pub fn value_floor(&self, value: Value) -> Value {
        if self.is_whole() { value } else { value.mul_floor(self.level()).unwrap_or(Value::ZERO) }
    }

    /// Whether the appetite is one.
    pub(crate) const fn is_whole(&self) -> bool {
        self.lost.to_bits() == 0
    }
}

stored!(
    AppetiteParams {
        stress: StressConfig,
        floor: Ratio,
        start: Ratio,
        hysteresis: Ratio,
        recovery: Rate,
        hold: Seconds,
        max_step: Seconds,
    },
    drawn
);
stored_as!(AppetiteConfig as AppetiteParams, |config| config.params, AppetiteConfig::new);
stored!(Appetite {
    lost: Ratio,
    leash: Ratio,
    at: Timestamp,
    reported: bool,
    source_time: Timestamp,
    external: Ratio,
} if |appetite| {
    appetite.lost <= Ratio::ONE && appetite.external <= Ratio::ONE
}, "`lost` and `external` of at most 1");
