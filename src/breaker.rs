//! The circuit breaker: levels of drawdown, each of which stops named operations for a bounded time.
//!
//! With `high` the highest price in a window of time, and `d = (high - price) / high`, all on the low sides of the
//! bands:
//!
//! ```text
//! trip      d >= trip_k and level k armed, k the highest such: level = k, until = now + halt_k, levels 1..k disarmed
//! fall      before until, with no trip:    level <- the highest j <= level with d >= release_j, zero if none
//! re-arm    now >= until + rest:           every level j with d < release_j
//! ```
//!
//! From `until` on nothing is stopped, whatever the price. A level that has tripped needs a recovery and a rest before
//! it can trip again, so an oscillating price cannot hold the market: of any `T` seconds at most
//! `H * (T + rest) / (H + rest)` are halted, `H` the sum of the halts.

use crate::bytes::{stored, stored_array, stored_as};
use crate::error::Error;
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::{Seconds, Timestamp};
use crate::window::Peak;
use core::cmp::Ordering;

/// Number of levels.
///
/// # Examples
/// ```
/// use damper::breaker::{LEVELS, MAX_HALT, MAX_REST};
/// use damper::units::Seconds;
/// assert_eq!((LEVELS, MAX_HALT, MAX_REST), (3, Seconds::new(7 * 86_400), Seconds::new(30 * 86_400)));
/// ```
pub const LEVELS: usize = 3;

/// The longest halt of one level, seven days. A halt is bounded: funds are never held without an end.
///
/// # Examples
/// See [`LEVELS`].
pub const MAX_HALT: Seconds = Seconds::new(604_800);

/// The longest rest between halts, 30 days: after a longer one a level would in effect never trip again.
///
/// # Examples
/// See [`LEVELS`].
pub const MAX_REST: Seconds = Seconds::new(2_592_000);

/// What is stopped.
///
/// # Examples
/// See [`BreakerConfig::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Stops {
    /// New debt.
    pub borrow: bool,
    /// New auctions, and resets of open ones.
    pub kick: bool,
    /// Takes from open auctions.
    pub take: bool,
}

/// One level of the breaker.
///
/// # Examples
/// See [`BreakerConfig::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Level {
    /// Drawdown at which it trips.
    pub trip: Ratio,
    /// Drawdown below which it lets go and may be armed again.
    pub release: Ratio,
    /// What it stops.
    pub stops: Stops,
    /// How long it stops it at most.
    pub halt: Seconds,
}

/// What [`BreakerConfig::new`] checks.
///
/// # Examples
/// See [`BreakerConfig::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BreakerParams {
    /// The levels, the smallest drawdown first.
    pub levels: [Level; LEVELS],
    /// Time over which the drawdown is counted, as [`crate::window::Window`] counts it.
    pub window: Seconds,
    /// Time from the end of a halt before a level that tripped may be armed again.
    pub rest: Seconds,
}

/// Checked parameters of the breaker.
///
/// # Examples
/// See [`BreakerConfig::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BreakerConfig(BreakerParams);

/// The state of the breaker. Plain data, in and out by value.
///
/// # Examples
/// See [`BreakerConfig::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Breaker {
    peak: Peak,
    at: Timestamp,
    /// End of the last halt.
    until: Timestamp,
    /// The level in force before `until`, zero for none.
    level: u8,
    /// Levels up to this one are disarmed. Never below `level`.
    disarmed: u8,
}

impl Stops {
    /// Nothing is stopped.
    ///
    /// # Examples
    /// See [`BreakerConfig::new`].
    pub const NONE: Stops = Stops { borrow: false, kick: false, take: false };

    /// Whether everything that `other` stops is stopped.
    const fn covers(self, other: Stops) -> bool {
        (self.borrow || !other.borrow) && (self.kick || !other.kick) && (self.take || !other.take)
    }
}

impl BreakerConfig {
    /// Checks the levels against each other.
    ///
    /// A release of zero is refused: no drawdown is below it, so the level could trip once and never again. Spec: D9.
    ///
    /// # Errors
    /// `trip` not rising strictly, zero, or one or more: [`Error::BreakerLevelOrder`]. `release` zero, not below its
    /// `trip`, or falling from level to level: [`Error::BreakerReleaseOrder`]. A level stops less than the one below:
    /// [`Error::BreakerStopsShrink`]. `halt` zero, above [`MAX_HALT`], or below that of the level below:
    /// [`Error::BreakerHaltRange`]. `window` or `rest` zero, or `rest` above
    /// [`MAX_REST`]: [`Error::BreakerWindowRange`].
    ///
    /// # Examples
    /// The levels of the New York Stock Exchange, 7, 13 and 20 %.
    /// ```
    /// use damper::breaker::{BreakerConfig, BreakerParams, Level, Stops};
    /// use damper::{Error, ratio::Ratio, units::Seconds};
    /// let level = |trip: u32, release: u32, stops: Stops, minutes: u64| -> Result<Level, Error> {
    ///     let (trip, release) = (Ratio::from_bps_floor(trip * 100)?, Ratio::from_bps_floor(release * 100)?);
    ///     Ok(Level { trip, release, stops, halt: Seconds::new(minutes * 60) })
    /// };
    /// let params = BreakerParams {
    ///     levels: [
    ///         level(7, 5, Stops { borrow: true, ..Stops::NONE }, 15)?,
    ///         level(13, 10, Stops { borrow: true, kick: true, take: false }, 15)?,
    ///         level(20, 16, Stops { borrow: true, kick: true, take: true }, 60)?,
    ///     ],
    ///     window: Seconds::new(86_400),
    ///     rest: Seconds::new(3_600),
    /// };
    /// assert!(BreakerConfig::new(params).is_ok());
    /// assert_eq!(BreakerConfig::new(BreakerParams { rest: Seconds::ZERO, ..params }), Err(Error::BreakerWindowRange));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn new(params: BreakerParams) -> Result<BreakerConfig, Error> {
        let (mut trip, mut release, mut stops, mut halt) = (Ratio::ZERO, Ratio::ULP, Stops::NONE, Seconds::new(1));
        for level in params.levels {
            if level.trip <= trip || level.trip >= Ratio::ONE {
                return Err(Error::BreakerLevelOrder);
            }
            if level.release < release || level.release >= level.trip {
                return Err(Error::BreakerReleaseOrder);
            }
            if !level.stops.covers(stops) {
                return Err(Error::BreakerStopsShrink);
            }
            if level.halt < halt || level.halt > MAX_HALT {
                return Err(Error::BreakerHaltRange);
            }
            Level { trip, release, stops, halt } = level;
        }
        if params.window == Seconds::ZERO || params.rest == Seconds::ZERO || params.rest > MAX_REST {
            return Err(Error::BreakerWindowRange);
        }
        Ok(BreakerConfig(params))
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`BreakerConfig::observe`].
    #[must_use]
    pub const fn params(&self) -> &BreakerParams {
        &self.0
    }

    /// The state after a price, by the low side of its band: re-arms, trips, escalates or lets go.
    ///
    /// All comparisons of drawdowns are exact, and a price exactly at a level's drawdown trips it. Within a halt a higher
    /// level that trips restarts the time; nothing else moves `until`. Spec: D9.
    ///
    /// Bound. A trip needs a level above all disarmed ones and disarms it, so between two re-armings each level trips at
    /// most once, and the halts of such a group cover at most `H`, the sum of the halts, in seconds. A re-arming comes
    /// `rest` or more after the end of the last halt, so the groups are at least `rest` apart. If an interval of `T`
    /// seconds has `h` halted ones in `g` groups, then `h <= g * H` and `T >= h + (g - 1) * rest`; together
    /// `h <= H * (T + rest) / (H + rest)`. Likewise for the halts of one level with `halt_k`, and for one operation with
    /// the sum of the halts of the levels that stop it. No stretch of halts lasts longer than `H`.
    ///
    /// # Errors
    /// `now` before the state's time: [`Error::ClockReversed`]. A trip whose halt would end after 2^64 - 1 seconds:
    /// [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::breaker::{Breaker, BreakerConfig, BreakerParams, Level, Stops};
    /// use damper::{price::Price, ratio::Ratio, units::{Seconds, Timestamp}};
    /// let level = |trip: u32| -> Result<Level, damper::Error> {
    ///     let (trip, release) = (Ratio::from_bps_floor(trip * 100)?, Ratio::from_bps_floor(trip * 50)?);
    ///     Ok(Level { trip, release, stops: Stops { borrow: true, kick: true, take: false }, halt: Seconds::new(900) })
    /// };
    /// let levels = [level(7)?, level(13)?, level(20)?];
    /// let config = BreakerConfig::new(BreakerParams { levels, window: Seconds::new(86_400), rest: Seconds::new(3_600) })?;
    /// let open = Breaker::open(Price::from_decimal_floor(100, 0)?, Timestamp::new(0));
    /// let above = config.observe(open, Price::from_decimal_floor(9_301, -2)?, Timestamp::new(60))?;
    /// assert!(!config.is_up(&above, Timestamp::new(60)));
    /// let down = config.observe(above, Price::from_decimal_floor(93, 0)?, Timestamp::new(70))?;
    /// assert!(config.is_up(&down, Timestamp::new(969)));
    /// assert_eq!((down.level(), config.params().levels), (1, levels));
    /// assert_eq!(config.kick_resumes(&down, Timestamp::new(70)), Timestamp::new(970));
    /// assert_eq!(config.stops(&down, Timestamp::new(970)), Stops::NONE);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn observe(&self, mut last: Breaker, low_price: Price, now: Timestamp) -> Result<Breaker, Error> {
        self.update(&mut last, low_price, now)?;
        Ok(last)
    }

    /// [`BreakerConfig::observe`] in place; on an error the state is of no use.
    pub(crate) fn update(&self, state: &mut Breaker, low_price: Price, now: Timestamp) -> Result<(), Error> {
        if now < state.at {
            return Err(Error::ClockReversed);
        }
        state.at = now;
        let high = state.peak.see(low_price, now, self.0.window)?;
        let fallen = |point: Ratio| fallen_by(low_price, high, point);
        // Trips and releases rise from level to level: all levels up to `tripped`, and no other, have d >= trip; all up to
        // `held`, and no other, d >= release. Releases are below trips, so `tripped <= held`: a level that is armed by this
        // price is not tripped by it, and whether one trips does not depend on `held`.
        let tripped = self.highest(|level| fallen(level.trip));
        if tripped > state.disarmed
            && let Some(level) = self.level(tripped)
        {
            // Under one set of rules this is not before the end of a halt that it escalates, as halts do not fall from level to
            // level; after a change of rules (D32) it may be.
            state.until = now.checked_add(level.halt)?;
            (state.level, state.disarmed) = (tripped, tripped);
        } else if state.disarmed > 0 {
            let held = self.highest(|level| fallen(level.release));
            if now.since(state.until).is_ok_and(|gone| gone >= self.0.rest) {
                state.disarmed = state.disarmed.min(held);
            }
            state.level = if now < state.until { state.level.min(held) } else { 0 };
        }
        // Otherwise nothing is disarmed, so nothing is held: level <= disarmed.
        Ok(())
    }

    /// Whether a level is in force at `now`.
    ///
    /// # Examples
    /// See [`BreakerConfig::observe`].
    #[must_use]
    pub fn is_up(&self, breaker: &Breaker, now: Timestamp) -> bool {
        breaker.level > 0 && now < breaker.until
    }

    /// What is stopped at `now`, nothing further happening.
    ///
    /// # Examples
    /// See [`BreakerConfig::observe`].
    #[must_use]
    pub fn stops(&self, breaker: &Breaker, now: Timestamp) -> Stops {
        match self.level(breaker.level) {
            Some(level) if now < breaker.until => level.stops,
            _ => Stops::NONE,
        }
    }

    /// The time from which new auctions are not stopped, nothing further happening.
    ///
    /// # Examples
    /// See [`BreakerConfig::observe`].
    #[must_use]
    pub fn kick_resumes(&self, breaker: &Breaker, now: Timestamp) -> Timestamp {
        if self.stops(breaker, now).kick { breaker.until } else { now }
    }

    /// The time from which takes are not stopped, nothing further happening.
    ///
    /// # Examples
    /// ```
    /// use damper::breaker::{Breaker, BreakerConfig, BreakerParams, Level, Stops};
    /// use damper::{price::Price, ratio::Ratio, units::{Seconds, Timestamp}};
    /// let (part, at) = (Ratio::from_fraction_floor, Timestamp::new);
    /// let stops = Stops { borrow: true, kick: true, take: true };
    /// let level = Level { trip: part(1, 4)?, release: part(1, 8)?, stops, halt: Seconds::new(900) };
    /// let far = |trip| -> Result<Level, damper::Error> { Ok(Level { trip, ..level }) };
    /// let config = BreakerConfig::new(BreakerParams {
    ///     levels: [level, far(part(1, 2)?)?, far(part(3, 4)?)?],
    ///     window: Seconds::new(86_400),
    ///     rest: Seconds::new(3_600),
    /// })?;
    /// let price = |whole: u128| Price::from_decimal_floor(whole, 0);
    /// let breaker = Breaker::open(price(100)?, at(0));
    /// assert_eq!(config.take_resumes(&breaker, at(10)), at(10));
    /// // A fall by a quarter stops takes for a quarter of an hour.
    /// let breaker = config.observe(breaker, price(75)?, at(60))?;
    /// assert_eq!(config.take_resumes(&breaker, at(100)), at(960));
    /// assert_eq!(config.take_resumes(&breaker, at(1_000)), at(1_000));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn take_resumes(&self, breaker: &Breaker, now: Timestamp) -> Timestamp {
        if self.stops(breaker, now).take { breaker.until } else { now }
    }

    /// The number of the highest level, counted from one, for which `test` holds; zero if none. `test` holds for a level
    /// only if it does for those below, so that a calm market costs one test.
    fn highest(&self, test: impl Fn(&Level) -> bool) -> u8 {
        (1_u8..).zip(&self.0.levels).take_while(|(_, level)| test(level)).map(|(number, _)| number).last().unwrap_or(0)
    }

    /// The level of a number counted from one.
    fn level(&self, number: u8) -> Option<&Level> {
        self.0.levels.get(usize::from(number.checked_sub(1)?))
    }
}

impl Breaker {
    /// A breaker that has seen one price: all levels armed, nothing stopped.
    ///
    /// # Examples
    /// See [`BreakerConfig::observe`].
    #[must_use]
    pub const fn open(low_price: Price, now: Timestamp) -> Breaker {
        Breaker { peak: Peak::open(low_price, now), at: now, until: now, level: 0, disarmed: 0 }
    }

    /// Whether no time of it is after the next, and none after `now`.
    pub(crate) fn in_order(&self, now: Timestamp) -> bool {
        self.peak.opened() <= self.at && self.at <= now
    }

    /// The number of the level that tripped last and was not released since, zero for none. It is in force only before
    /// the end of its halt: see [`BreakerConfig::is_up`].
    ///
    /// # Examples
    /// See [`BreakerConfig::observe`].
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.level
    }
}

/// Whether `(high - price) / high >= point`, exact: `price <= high * (1 - point)`.
fn fallen_by(price: Price, high: Price, point: Ratio) -> bool {
    // 0 < point < 1.
    price.cmp_times(high, Ratio::ONE.excess_over(point)) != Ordering::Greater
}

stored!(Stops { borrow: bool, kick: bool, take: bool });
stored!(Level { trip: Ratio, release: Ratio, stops: Stops, halt: Seconds });
stored_array!(Level, Level { trip: Ratio::ZERO, release: Ratio::ZERO, stops: Stops::NONE, halt: Seconds::ZERO });
stored!(BreakerParams { levels: [Level; LEVELS], window: Seconds, rest: Seconds }, drawn);
stored_as!(BreakerConfig as BreakerParams, |config| config.0, BreakerConfig::new);
stored!(Breaker { peak: Peak, at: Timestamp, until: Timestamp, level: u8, disarmed: u8 } if |breaker| {
    breaker.level <= 3 && breaker.disarmed <= 3 && breaker.level <= breaker.disarmed
}, "a `level` of at most `disarmed`, and that of at most 3"; mend |breaker| {
    let disarmed = breaker.disarmed & 3;
    Breaker { level: breaker.level.min(disarmed), disarmed, ..breaker }
});
