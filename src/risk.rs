//! The chance that a position goes under before it is cleared.
//!
//! A position is lost when the log-price has fallen by its slack at any time before it is cleared: the largest fall over
//! the time counts, not the one at its end. With `x = slack - own - drift * T` and `var = sigma^2 * T / horizon`,
//!
//! ```text
//! chance <= var / (var + x^2)             any martingale of that variance
//! chance <= exp(-x^2 / (2 var))           increments with Gaussian tails or thinner
//! ```
//!
//! A position starts to be sold when the bound is above a tolerance. A large one takes long to clear, so it starts at a
//! larger slack than a small one. `SPEC.md`, D21 and T14.

use crate::bytes::{Reader, Stored, Writer, stored, stored_as};
use crate::clearing::Clearing;
use crate::error::Error;
use crate::exponential::exp_neg_ceil;
use crate::forms::{field, form};
use crate::num::{mul_div_ceil, mul_div_floor};
use crate::ratio::Ratio;
use crate::units::{Decay, Rate, Seconds};

/// What is assumed of the log-price without own sales, less its drift.
///
/// # Examples
/// See [`RiskConfig::chance_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Law {
    /// A martingale whose variance over the time to clear is at most `sigma^2 * T / horizon`. Jumps of any size and any
    /// dependence are admitted.
    FiniteVariance,
    /// The same, and each increment is sub-Gaussian given the past, with variance proxies that sum to at most that.
    SubGaussian,
}

/// What [`RiskConfig::new`] checks.
///
/// # Examples
/// See [`RiskConfig::chance_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RiskParams {
    /// The time that sigma is stated over.
    pub horizon: Seconds,
    /// Largest expected fall of the log-price per second.
    pub drift: Rate,
    /// What is assumed of the rest.
    pub law: Law,
    /// Chance up to which a position waits, below one. Zero tolerates none: a position then starts unless its chance is
    /// zero, which it is only where nothing takes time or nothing moves.
    pub tolerance: Ratio,
}

/// Checked parameters of the risk rule.
///
/// # Examples
/// ```
/// use damper::risk::{Law, RiskConfig, RiskParams};
/// use damper::{Error, ratio::Ratio, units::{Rate, Seconds}};
/// let (horizon, tolerance) = (Seconds::new(86_400), Ratio::from_bps_floor(100)?);
/// let params = RiskParams { horizon, drift: Rate::ZERO, law: Law::FiniteVariance, tolerance };
/// assert_eq!(RiskConfig::new(params)?.params().tolerance, tolerance);
/// // A tolerance of one would let every position wait.
/// assert_eq!(RiskConfig::new(RiskParams { tolerance: Ratio::ONE, ..params }), Err(Error::ToleranceRange));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RiskConfig(RiskParams);

/// What the market may do to a position while it is cleared.
///
/// # Examples
/// See [`RiskConfig::chance_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Peril {
    /// Standard deviation of the log-price over the horizon, not under-stated.
    pub sigma: Ratio,
    /// What own sales may add to the fall of the log-price meanwhile, at most: `kappa` times the impact of what is sold and
    /// perhaps not shown, open and to be sold, together. Not times the charges, of which a deeper snapshot takes off what was
    /// paid on a thinner one.
    pub own: Ratio,
    /// Time to clear, not under-stated.
    pub clearing: Clearing,
}

impl RiskConfig {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `horizon` zero: [`Error::RiskHorizonZero`]. `tolerance` of one or more: [`Error::ToleranceRange`].
    ///
    /// # Examples
    /// See [`RiskConfig::starts`].
    pub fn new(params: RiskParams) -> Result<RiskConfig, Error> {
        if params.horizon == Seconds::ZERO {
            return Err(Error::RiskHorizonZero);
        }
        if params.tolerance >= Ratio::ONE {
            return Err(Error::ToleranceRange);
        }
        Ok(RiskConfig(params))
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`RiskConfig`].
    #[must_use]
    pub const fn params(&self) -> RiskParams {
        self.0
    }

    /// An upper bound of the chance that the log-price falls by `slack` at any time before the position is cleared.
    ///
    /// Rounded up, at most one, never rising with `slack`, never falling with sigma, `own` or the time. One if own sales
    /// and drift alone use up the slack, or if the position is never cleared; zero if nothing moves. A slack above 2^15
    /// counts as that. Spec: D21, T14.
    ///
    /// # Errors
    /// None in fact: what overflows is a chance of one or a power of zero. [`Error::Overflow`] is the type's.
    ///
    /// # Examples
    /// ```
    /// use damper::clearing::Clearing;
    /// use damper::risk::{Law, Peril, RiskConfig, RiskParams};
    /// use damper::{ratio::Ratio, units::{Rate, Seconds}};
    /// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
    /// let params = RiskParams {
    ///     horizon: Seconds::new(86_400),
    ///     drift: Rate::ZERO,
    ///     law: Law::FiniteVariance,
    ///     tolerance: percent(1)?,
    /// };
    /// let rule = RiskConfig::new(params)?;
    /// // A day to clear at a daily sigma of 1/16, 3/16 away: one in ten for any law, exp(-4.5) = 1.11 % for thin tails.
    /// let sixteenth = Ratio::from_fraction_floor(1, 16)?;
    /// let slack = Ratio::from_fraction_floor(3, 16)?;
    /// let peril = Peril { sigma: sixteenth, own: Ratio::ZERO, clearing: Clearing::Takes(Seconds::new(86_400)) };
    /// assert_eq!(rule.chance_ceil(&peril, slack)?, Ratio::from_fraction_ceil(1, 10)?);
    /// let thin = RiskConfig::new(RiskParams { law: Law::SubGaussian, ..params })?;
    /// assert_eq!(thin.chance_ceil(&peril, slack)?.to_bps_floor(), 111);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn chance_ceil(&self, peril: &Peril, slack: Ratio) -> Result<Ratio, Error> {
        let Clearing::Takes(time) = peril.clearing else { return Ok(Ratio::ONE) };
        let fallen = self.0.drift.over_at_most(time, slack);
        let left = slack.excess_over(peril.own).excess_over(fallen).min(Ratio::from_bits(1 << 63));
        if left == Ratio::ZERO {
            return Ok(Ratio::ONE);
        }
        let squared = left.square();
        // In steps of 2^-96, like the square.
        let (time, horizon) = (u128::from(time.get()), u128::from(self.0.horizon.get()));
        let variance = mul_div_ceil(peril.sigma.square(), time, horizon).unwrap_or(u128::MAX);
        // A variance above 2^31 has no use. What is left of the sum is at most 2^127 + 2^126.
        let Some(sum) = variance.checked_add(squared).filter(|_| variance <= 1 << 127) else { return Ok(Ratio::ONE) };
        let any = Ratio::narrow(mul_div_ceil(variance, Ratio::ONE.wide(), sum)?)?;
        match self.0.law {
            Law::FiniteVariance => Ok(any),
            Law::SubGaussian if variance == 0 => Ok(any),
            Law::SubGaussian => {
                let half = Ratio::ONE.wide() >> 1;
                let power = mul_div_floor(squared, half, variance).and_then(Ratio::narrow).unwrap_or(Ratio::MAX);
                Ok(any.min(Decay::from_bits(exp_neg_ceil(power.to_bits()))?.to_ratio_ceil()))
            }
        }
    }

    /// Whether a position with this slack starts to be sold: its chance is above the tolerance.
    ///
    /// This only adds to the positions that are sold because their threshold is passed. Spec: D21.
    ///
    /// # Errors
    /// As [`RiskConfig::chance_ceil`].
    ///
    /// # Examples
    /// ```
    /// use damper::clearing::Clearing;
    /// use damper::risk::{Law, Peril, RiskConfig, RiskParams};
    /// use damper::{ratio::Ratio, units::{Rate, Seconds}};
    ///
    /// let (part, day) = (Ratio::from_fraction_floor, Seconds::new(86_400));
    /// let params = RiskParams { horizon: day, drift: Rate::ZERO, law: Law::FiniteVariance, tolerance: part(1, 100)? };
    /// let rule = RiskConfig::new(params)?;
    /// let peril = Peril { sigma: part(1, 16)?, own: Ratio::ZERO, clearing: Clearing::Takes(day) };
    /// // Nine sigmas away: a chance of up to 1 / (1 + 81), above one in a hundred. Ten: up to 1 / 101.
    /// assert!(rule.starts(&peril, part(9, 16)?)?);
    /// assert!(!rule.starts(&peril, part(10, 16)?)?);
    /// // What own sales add counts like a fall.
    /// assert!(rule.starts(&Peril { own: part(1, 16)?, ..peril }, part(10, 16)?)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn starts(&self, peril: &Peril, slack: Ratio) -> Result<bool, Error> {
        Ok(self.chance_ceil(peril, slack)? > self.0.tolerance)
    }

    /// The largest slack at which a position starts to be sold, to within a step: it starts there and not one step above.
    ///
    /// It never falls with the time to clear, so a larger position never starts later than a smaller one. By bisection, 64
    /// rounds at most. [`Ratio::MAX`] if it starts at any slack. Spec: D21.
    ///
    /// # Errors
    /// As [`RiskConfig::chance_ceil`].
    ///
    /// # Examples
    /// ```
    /// use damper::clearing::Clearing;
    /// use damper::risk::{Law, Peril, RiskConfig, RiskParams};
    /// use damper::{ratio::Ratio, units::{Rate, Seconds}};
    ///
    /// let (part, day) = (Ratio::from_fraction_floor, Seconds::new(86_400));
    /// let params = RiskParams { horizon: day, drift: Rate::ZERO, law: Law::FiniteVariance, tolerance: part(1, 2)? };
    /// let rule = RiskConfig::new(params)?;
    /// let peril = |days: u64| -> Result<Peril, damper::Error> {
    ///     let clearing = Clearing::Takes(Seconds::new(days * 86_400));
    ///     Ok(Peril { sigma: part(1, 16)?, own: Ratio::ZERO, clearing })
    /// };
    /// // One standard deviation away the chance is up to one half; a step nearer it is above. Four days double the deviation.
    /// let below = |slack: Ratio| Ratio::from_bits(slack.to_bits() - 1);
    /// assert_eq!(rule.start_slack(&peril(1)?)?, below(part(1, 16)?));
    /// assert_eq!(rule.start_slack(&peril(4)?)?, below(part(1, 8)?));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn start_slack(&self, peril: &Peril) -> Result<Ratio, Error> {
        if self.starts(peril, Ratio::MAX)? {
            return Ok(Ratio::MAX);
        }
        // A slack of zero starts: the chance is one, and the tolerance less.
        let (mut yes, mut no) = (0_u64, u64::MAX);
        while no.abs_diff(yes) > 1 {
            let middle = yes.midpoint(no);
            if self.starts(peril, Ratio::from_bits(middle))? {
                yes = middle;
            } else {
                no = middle;
            }
        }
        Ok(Ratio::from_bits(yes))
    }
}

/// The cover `own / g` of [`crate::clearing::slack_floor`] that corresponds to a slack, `(2 + slack) / (2 - slack)`, rounded
/// up; `None` for a slack of two or more, which no cover has.
///
/// Times `threshold * (1 + bonus)` it is the health factor of a position in one collateral. For display.
///
/// # Errors
/// A cover above [`Ratio::MAX`]: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::{ratio::Ratio, risk::cover_ceil};
/// let part = Ratio::from_fraction_ceil;
/// assert_eq!(cover_ceil(Ratio::ZERO)?, Some(Ratio::ONE));
/// // 2.5 / 1.5
/// assert_eq!(cover_ceil(part(1, 2)?)?, Some(part(5, 3)?));
/// assert_eq!(cover_ceil(part(2, 1)?)?, None);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn cover_ceil(slack: Ratio) -> Result<Option<Ratio>, Error> {
    let two = Ratio::ONE.checked_add(Ratio::ONE)?;
    if slack >= two {
        return Ok(None);
    }
    two.checked_add(slack)?.div_ceil(two.checked_sub(slack)?).map(Some)
}

impl Stored for Law {
    const BYTES: usize = 1;
    fn put(&self, to: &mut Writer<'_>) -> Result<(), Error> {
        match self {
            Law::FiniteVariance => 0_u8.put(to),
            Law::SubGaussian => 1_u8.put(to),
        }
    }
    fn get(from: &mut Reader<'_>) -> Result<Self, Error> {
        match u8::get(from)? {
            0 => Ok(Law::FiniteVariance),
            1 => Ok(Law::SubGaussian),
            _ => Err(Error::StoredValue),
        }
    }
}

form!(Peril { sigma: Ratio, own: Ratio, clearing: Clearing });
field!(Law);
stored!(RiskParams { horizon: Seconds, drift: Rate, law: Law, tolerance: Ratio });
stored_as!(RiskConfig as RiskParams, |config| config.0, RiskConfig::new);
