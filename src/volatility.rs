//! Volatility: a moving average of squared relative moves that is aware of time, rises fast and falls slowly.
//!
//! On a price `p'` after a price `p`, `dt > 0` seconds later by source time:
//!
//! ```text
//! m = max(p, p') / min(p, p') - 1        the move; at least |ln(p' / p)|
//! s = m^2 * horizon / dt                 the sample: a variance over the horizon
//! w = 1 - d^dt                           the weight of dt seconds
//! v <- min(cap^2, v + w * (s - v))       s > v:  d is the rise decay
//!                                        s <= v: d is the fall decay, and dt in w is at most max_gap
//! sigma = sqrt(v), not below the floor
//! ```
//!
//! Everything is rounded up: volatility tightens what depends on it. Because the weight is a power of the elapsed time,
//! an interval has the same weight however it is cut.

use crate::bytes::{stored, stored_bytes};
use crate::digits;
use crate::error::Error;
use crate::forms::form_through;
use crate::num::{isqrt_ceil, mul_div_ceil, mul_shr_ceil, mul_shr_floor};
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::{Decay, Seconds, Timestamp};
use crate::word::split;

/// What [`VolatilityConfig::new`] checks.
///
/// # Examples
/// See [`VolatilityConfig::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct VolatilityParams {
    /// The time that volatility is stated over: 86,400 for a daily standard deviation.
    pub horizon: Seconds,
    /// Time in which half of a rise is taken up.
    pub rise_half_life: Seconds,
    /// Time in which half of a fall is taken up, not below the rise half-life.
    pub fall_half_life: Seconds,
    /// Elapsed time that counts at most toward a fall: a feed that is silent does not say that the market is calm.
    pub max_gap: Seconds,
    /// Volatility is never stated below it.
    pub floor: Ratio,
    /// Volatility is never stated above it; at most 255.
    pub cap: Ratio,
    /// Volatility before any move was seen, within floor to cap. The cap is the safe choice: a market that nobody has
    /// watched is not known to be calm. [`VolatilityConfig::starting_at`] sets it alone.
    pub start: Ratio,
}

/// Checked parameters of the volatility estimate.
///
/// # Examples
/// See [`VolatilityConfig::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct VolatilityConfig {
    params: VolatilityParams,
    rise: Decay,
    fall: Decay,
}

/// The state of the estimate. Plain data, in and out by value.
///
/// # Examples
/// See [`VolatilityConfig::observe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Volatility {
    // In steps of 2^-96, the square of the ratio's step. With 48 fractional bits a variance of 4e-8 (0.02 % a day) would
    // be 1.1e7 steps, of which a second at a half-life of a day moves 90: rounding up by one step a second would hold
    // the estimate at 1.2e5 steps for ever. With 96 bits that residue is 2^-96 / w, a sigma of 1.2e-12.
    variance: u128,
    price: Price,
    source_time: Timestamp,
}

impl VolatilityParams {
    fn check(&self) -> Result<(), Error> {
        if self.horizon == Seconds::ZERO || self.max_gap == Seconds::ZERO {
            return Err(Error::VolatilityHorizonZero);
        }
        if self.rise_half_life == Seconds::ZERO || self.fall_half_life == Seconds::ZERO {
            return Err(Error::HalfLifeZero);
        }
        if self.rise_half_life > self.fall_half_life {
            return Err(Error::VolatilityRisesSlower);
        }
        if self.floor > self.cap {
            return Err(Error::VolatilityFloorAboveCap);
        }
        if self.cap > Ratio::from_fraction_floor(255, 1)? {
            return Err(Error::VolatilityCapRange);
        }
        if self.start < self.floor || self.start > self.cap {
            return Err(Error::VolatilityStartRange);
        }
        Ok(())
    }
}

impl VolatilityConfig {
    /// Checks the parameters and derives the decays per second.
    ///
    /// After the rise half-life at least half of a rise is taken up, after the fall half-life (up to 2^58 seconds) at
    /// most half of a fall. Spec: D6.
    ///
    /// # Errors
    /// `horizon` or `max_gap` zero: [`Error::VolatilityHorizonZero`]. A half-life zero: [`Error::HalfLifeZero`]. Rise
    /// half-life above the fall half-life: [`Error::VolatilityRisesSlower`]. `floor > cap`:
    /// [`Error::VolatilityFloorAboveCap`]. `cap > 255`: [`Error::VolatilityCapRange`]. `start` outside floor to cap:
    /// [`Error::VolatilityStartRange`].
    ///
    /// # Examples
    /// See [`VolatilityConfig::observe`].
    pub fn new(params: VolatilityParams) -> Result<VolatilityConfig, Error> {
        params.check()?;
        let rise = Decay::from_half_life_floor(params.rise_half_life)?;
        let fall = half_life_ceil(params.fall_half_life)?;
        Ok(VolatilityConfig { params, rise, fall })
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`VolatilityConfig::observe`].
    #[must_use]
    pub const fn params(&self) -> &VolatilityParams {
        &self.params
    }

    /// The same with another volatility before any move was seen: one that was measured, for a market that has traded before.
    ///
    /// It counts for states that are opened with it ([`Volatility::cold`]); one that exists is what it is. A start below the
    /// true volatility loosens whatever depends on it until the estimate has risen, which takes moves of that size and the
    /// rise half-life: when in doubt, the cap.
    ///
    /// # Errors
    /// `start` outside floor to cap: [`Error::VolatilityStartRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::volatility::{Volatility, VolatilityConfig, VolatilityParams};
    /// use damper::{Error, price::Price, ratio::Ratio, units::{Seconds, Timestamp}};
    /// let (part, day) = (Ratio::from_fraction_floor, Seconds::new(86_400));
    /// let unwatched = VolatilityConfig::new(VolatilityParams {
    ///     horizon: day, rise_half_life: day, fall_half_life: day, max_gap: day,
    ///     floor: part(1, 128)?, cap: Ratio::ONE, start: Ratio::ONE,
    /// })?;
    /// let measured = unwatched.starting_at(part(1, 16)?)?;
    /// let cold = Volatility::cold(&measured, Price::from_decimal_floor(100, 0)?, Timestamp::new(0));
    /// assert_eq!(measured.sigma_ceil(&cold)?, part(1, 16)?);
    /// assert_eq!(unwatched.starting_at(part(1, 256)?), Err(Error::VolatilityStartRange));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn starting_at(&self, start: Ratio) -> Result<VolatilityConfig, Error> {
        let params = VolatilityParams { start, ..self.params };
        params.check()?;
        Ok(VolatilityConfig { params, ..*self })
    }

    /// The state after one more price.
    ///
    /// `v <- min(cap^2, v + w * (s - v))` as in the module's documentation; the minimum is part of the definition. Where
    /// the prices are 65,536 times apart, or the sample is 2^32 or more, `v = cap^2`. With no time elapsed, the same
    /// price changes nothing, and another price adds the limit of `w * s` for `dt -> 0`, which is
    /// `m^2 * horizon * ln(1/d)`: the move counts as one of one second, `s = m^2 * horizon`, with the weight
    /// `(1 - d) / d >= ln(1/d)`; nothing falls, because no time has passed.
    ///
    /// Rounded up: never below the exact value, so that what depends on it is tight. Spec: D6.
    ///
    /// # Errors
    /// `source_time` before that of the last price: [`Error::PriceOutOfOrder`].
    ///
    /// # Examples
    /// ```
    /// use damper::volatility::{Volatility, VolatilityConfig, VolatilityParams};
    /// use damper::{price::Price, ratio::Ratio, units::{Seconds, Timestamp}};
    /// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
    /// let hours = |n: u64| Seconds::new(n * 3_600);
    /// let config = VolatilityConfig::new(VolatilityParams {
    ///     horizon: hours(24),
    ///     rise_half_life: hours(1),
    ///     fall_half_life: hours(24),
    ///     max_gap: hours(1),
    ///     floor: percent(1)?,
    ///     cap: percent(200)?,
    ///     start: percent(1)?,
    /// })?;
    /// let price = Price::from_decimal_floor(100, 0)?;
    /// let calm = Volatility::cold(&config, price, Timestamp::new(0));
    /// // 0.01^2 in steps of 2^-96.
    /// assert_eq!((calm.variance_bits() >> 48, config.params().horizon), (28_147_497_671, hours(24)));
    /// // 10 % in an hour is a daily variance of 0.01 * 24; half of it is taken up: sqrt((0.24 + 0.0001) / 2).
    /// let up = config.observe(calm, Price::from_decimal_floor(110, 0)?, Timestamp::new(3_600))?;
    /// assert_eq!(config.sigma_ceil(&up)?.to_bps_floor(), 3_464);
    /// // Two days of silence count as one hour of calm: 3,464 * 2^(-1/48).
    /// let silent = config.observe(up, Price::from_decimal_floor(110, 0)?, Timestamp::new(3_600 * 49))?;
    /// assert_eq!(config.sigma_ceil(&silent)?.to_bps_floor(), 3_415);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn observe(&self, mut last: Volatility, price: Price, source_time: Timestamp) -> Result<Volatility, Error> {
        self.update(&mut last, price, source_time)?;
        Ok(last)
    }

    /// [`VolatilityConfig::observe`] in place; nothing is changed on an error.
    pub(crate) fn update(&self, state: &mut Volatility, price: Price, source_time: Timestamp) -> Result<(), Error> {
        let elapsed = source_time.since(state.source_time).map_err(|_| Error::PriceOutOfOrder)?;
        let next = match elapsed {
            Seconds::ZERO => self.jump_ceil(state.variance, self.sample_ceil(state.price, price, Seconds::new(1))),
            _ => self.blend_ceil(state.variance, self.sample_ceil(state.price, price, elapsed), elapsed),
        };
        state.variance = match next {
            Some(variance) if self.surely_below_cap(variance) => variance,
            Some(variance) => variance.min(self.variance_cap()),
            None => self.variance_cap(),
        };
        (state.price, state.source_time) = (price, source_time);
        Ok(())
    }

    /// The standard deviation of the price over the horizon, `min(cap, max(floor, sqrt(v)))`, rounded up.
    ///
    /// The floor is applied to what is read and not to the state, so that the state is the average that SPEC.md defines.
    /// Spec: D6.
    ///
    /// # Errors
    /// None: the root is limited to the cap, which is a ratio. The type is that of the conversion.
    ///
    /// # Examples
    /// See [`VolatilityConfig::observe`].
    pub fn sigma_ceil(&self, volatility: &Volatility) -> Result<Ratio, Error> {
        // sqrt(v * 2^96) = sqrt(v) * 2^48; min(cap, ceil(sqrt(v))) = ceil(sqrt(min(cap^2, v))), because the cap's square
        // has the cap as its root.
        let root = Ratio::narrow(isqrt_ceil(volatility.variance).min(self.params.cap.wide()))?;
        Ok(root.max(self.params.floor))
    }

    /// Whether the high word of a variance is below the square of the cap's upper half, and so the variance below the cap's
    /// square: not whenever it is, but without the product.
    fn surely_below_cap(&self, variance: u128) -> bool {
        let half = self.params.cap.to_bits() >> 32;
        // At most (2^32 - 1)^2.
        split(variance).0 < half.wrapping_mul(half)
    }

    /// `cap^2` in steps of 2^-96: below 2^112, because the cap is at most 255.
    fn variance_cap(&self) -> u128 {
        self.params.cap.square()
    }

    /// `m^2 * horizon / elapsed` in steps of 2^-96, rounded up; `None` beyond 2^32 or for prices 65,536 times apart.
    fn sample_ceil(&self, before: Price, after: Price, elapsed: Seconds) -> Option<u128> {
        if before == after {
            return Some(0);
        }
        let quotient = before.max(after).ratio_ceil(before.min(after)).ok()?;
        let squared = quotient.excess_over(Ratio::ONE).square();
        let (horizon, elapsed) = (self.params.horizon.get(), elapsed.get());
        match (u32::try_from(horizon), u32::try_from(elapsed)) {
            (Ok(horizon), Ok(elapsed)) => digits::scale_ceil(squared, horizon, elapsed),
            // 136 years.
            _ => mul_div_ceil(squared, u128::from(horizon), u128::from(elapsed)).ok(),
        }
    }

    /// `v + w * (s - v)`, rounded up. Rises with `v` and with `s`: both slopes, `1 - w` and `w`, are in 0 to 1.
    fn blend_ceil(&self, variance: u128, sample: Option<u128>, elapsed: Seconds) -> Option<u128> {
        let sample = sample?;
        if sample > variance {
            let weight = self.rise.pow_floor(elapsed.get()).complement();
            let up = match digits::part_of_ceil(sample.abs_diff(variance), weight.to_bits()) {
                Some(up) => up,
                None => mul_shr_ceil(sample.abs_diff(variance), weight.to_bits(), 63).ok()?,
            };
            return variance.checked_add(up);
        }
        let counted = elapsed.min(self.params.max_gap);
        let weight = self.fall.pow_ceil(counted.get()).complement();
        let down = match digits::part_of_floor(variance.abs_diff(sample), weight.to_bits()) {
            Some(down) => down,
            None => mul_shr_floor(variance.abs_diff(sample), weight.to_bits(), 63).ok()?,
        };
        variance.checked_sub(down)
    }

    /// `v + s * (1 - d) / d`, rounded up; `v` itself for a sample of zero. A half-life of at least one second makes `d` at least 1/2.
    fn jump_ceil(&self, variance: u128, sample: Option<u128>) -> Option<u128> {
        let (weight, left) = (self.rise.complement().to_bits(), self.rise.to_bits());
        variance.checked_add(mul_div_ceil(sample?, u128::from(weight), u128::from(left)).ok()?)
    }
}

impl Volatility {
    /// The state before any move was seen: the starting volatility, and a price to count the first move from.
    ///
    /// # Examples
    /// See [`VolatilityConfig::observe`].
    #[must_use]
    pub fn cold(config: &VolatilityConfig, price: Price, source_time: Timestamp) -> Volatility {
        Volatility { variance: config.params.start.square(), price, source_time }
    }

    /// The source time of the last price.
    pub(crate) const fn source_time(&self) -> Timestamp {
        self.source_time
    }

    /// `v * 2^96`: the variance over the horizon, rounded up, the floor not applied.
    ///
    /// # Examples
    /// See [`VolatilityConfig::observe`].
    #[must_use]
    pub const fn variance_bits(&self) -> u128 {
        self.variance
    }
}

/// A decay that leaves at least half after `half_life` seconds, up to 2^58.
fn half_life_ceil(half_life: Seconds) -> Result<Decay, Error> {
    // Let u = 2^-63, n the half-life, d the floor. x = d + u was refused by the bisection: its power with products
    // rounded up is above 1/2, and that is at most 2 n u above the exact one, so x^n > 1/2 - 2 n u >= 7/16 for
    // n <= 2^58. Then (x + 5 u)^n >= x^n + 5 n u x^(n-1) >= 1/2 - 2 n u + 5 n u * 7/16 > 1/2. Hence d + 6 u.
    let floor = Decay::from_half_life_floor(half_life)?;
    // Beyond 2^58 it is kept below one: an estimate that never falls would be no estimate.
    Decay::from_bits(floor.to_bits().saturating_add(6).min(Decay::ONE.to_bits().saturating_sub(1)))
}

/// `ln 2` in steps of 2^-63, rounded down.
const LN_2: u128 = 6_393_154_322_601_327_829;

/// Whether a decay is near that of a half-life, which to find again takes thousands of multiplications. With `y = ln 2 / n`,
/// `1 - 2^(-1/n)` is at least `y - y^2/2` and at most that and `y^3/6`; a quarter of `y^3` is allowed, which is 8 % of one at a
/// second, 4e-7 at a minute and 2e-12 at an hour, and 16 steps for roundings, which are at most 6. What is read within it need not
/// halve exactly: [`VolatilityConfig::new`] does that.
fn is_of(decay: Decay, half_life: Seconds) -> bool {
    let Some(y) = LN_2.checked_div(u128::from(half_life.get())) else { return false };
    // y is below 2^63, its square below 2^126, and what is left of that below 2^63.
    let square = y.saturating_mul(y) >> 63;
    let (low, cube) = (y.saturating_sub(square >> 1), square.saturating_mul(y) >> 65);
    let lost = u128::from(decay.complement().to_bits());
    decay < Decay::ONE && lost.saturating_add(16) >= low && lost <= low.saturating_add(cube).saturating_add(16)
}

stored!(
    VolatilityParams {
        horizon: Seconds,
        rise_half_life: Seconds,
        fall_half_life: Seconds,
        max_gap: Seconds,
        floor: Ratio,
        cap: Ratio,
        start: Ratio,
    },
    drawn
);
// The decays are stored, because to find them again takes thousands of multiplications.
// What is written for people is the parameters, of which the decays are found again.
form_through!(VolatilityConfig as VolatilityParams, |config| config.params, VolatilityConfig::new);
stored_bytes!(VolatilityConfig { params: VolatilityParams, rise: Decay, fall: Decay } if |config| {
    config.params.check().is_ok()
        && is_of(config.rise, config.params.rise_half_life)
        && is_of(config.fall, config.params.fall_half_life)
});
stored!(Volatility { variance: u128, price: Price, source_time: Timestamp });
