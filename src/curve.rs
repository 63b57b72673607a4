//! Price curves of auctions: the part of the start price that is asked after a time.

use crate::bytes::{Reader, Stored, Writer};
use crate::digits::share_ceil;
use crate::error::Error;
use crate::forms::field;
use crate::ratio::Ratio;
use crate::units::{Decay, Seconds};

/// How the price of an auction falls, as a part of its start price.
///
/// With `t` the time since the start: `Linear` is `1 - t / duration`, `StairExponential` is `cut^floor(t / step)`,
/// `Exponential` is `decay^t`; none falls below the floor of the auction. Units: 1. Time is in whole seconds, so
/// `Exponential` equals stairs of one second. Rounded up, against the taker: never below the exact curve, and above it
/// by less than [`Curve::ERROR`]; it never rises. Checked where it enters, in [`crate::auction::AuctionConfig::new`].
/// Spec: D12.
///
/// # Examples
/// ```
/// use damper::{curve::Curve, ratio::Ratio, units::{Decay, Seconds}};
/// // One per cent less every 90 seconds.
/// let cut = Decay::from_ratio(Ratio::from_bps_floor(9_900)?)?;
/// let stairs = Curve::StairExponential { cut, step: Seconds::new(90) };
/// // Half as much every 20 minutes, without steps.
/// let smooth = Curve::Exponential { decay: Decay::from_half_life_floor(Seconds::new(1_200))? };
/// assert_ne!(stairs, smooth);
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Curve {
    /// From the start price to zero in equal parts per second: `1 - t / duration`.
    Linear {
        /// When zero would be reached.
        duration: Seconds,
    },
    /// A part of the price is cut off at the end of each step: `cut^floor(t / step)`.
    StairExponential {
        /// What each step leaves.
        cut: Decay,
        /// How long each price stands.
        step: Seconds,
    },
    /// A part of the price is cut off in each second: `decay^t`.
    Exponential {
        /// What each second leaves.
        decay: Decay,
    },
}

impl Curve {
    /// The longest time for which a curve is computed: seven days.
    ///
    /// # Examples
    /// ```
    /// use damper::{curve::Curve, units::Seconds};
    /// assert_eq!(Curve::MAX_ELAPSED, Seconds::new(7 * 86_400));
    /// ```
    pub const MAX_ELAPSED: Seconds = Seconds::new(604_800);

    /// What the computed part of the start price may exceed the exact one by, at any time: 2^-42 (2.3e-13).
    ///
    /// An exponent is at most `n = 604,800 < 2^20`. A power of it is too high by at most `2 n 2^-63 < 2^-42.7` (N5), its
    /// ratio by less than another 2^-48; a linear part by less than 2^-48 alone. `2^-42.7 + 2^-48 < 2^-42 - 2^-44`.
    ///
    /// # Examples
    /// ```
    /// use damper::{curve::Curve, ratio::Ratio};
    /// // 2^-42 = 64 * 2^-48.
    /// assert_eq!(Curve::ERROR, Ratio::from_fraction_floor(1, 1 << 42)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub const ERROR: Ratio = Ratio::from_bits(64);

    /// Whether the curve falls at all.
    ///
    /// # Errors
    /// `duration` or `step` zero, `cut` or `decay` zero or one: [`Error::AuctionCurve`].
    pub(crate) fn check(self) -> Result<(), Error> {
        let falls = |decay: Decay| decay != Decay::ZERO && decay != Decay::ONE;
        let sound = match self {
            Curve::Linear { duration } => duration != Seconds::ZERO,
            Curve::StairExponential { cut, step } => step != Seconds::ZERO && falls(cut),
            Curve::Exponential { decay } => falls(decay),
        };
        if sound { Ok(()) } else { Err(Error::AuctionCurve) }
    }

    /// The part of the start price that is asked after `elapsed`, at least `floor`, rounded up.
    ///
    /// It never rises with `elapsed`. A line is the ceiling of a falling quotient. A power, each product rounded up, is
    /// `p(n) = s_i * s_j * ...` over the binary digits of `n`, lowest first, with `s_0 = d` and `s_(k+1) = s_k * s_k`.
    /// From `n` to `n + 1` the lowest digits `1...1` (`k` of them) become a carry. `p(2^k - 1) >= s_k`: for `k = 0` it is
    /// `1 >= d`, and `p(2^(k+1) - 1) = p(2^k - 1) * s_k >= s_k * s_k = s_(k+1)`, because a product rounded up does not
    /// fall when a factor rises. For the same reason the higher digits, the same in both, keep the order:
    /// `p(n) >= p(n + 1)`. Rounding to a ratio and the floor keep it too.
    ///
    /// # Errors
    /// `duration` zero: [`Error::DivisionByZero`]; `step` zero: [`Error::AuctionCurve`]. Neither passes the check.
    pub(crate) fn part_ceil(self, elapsed: Seconds, floor: Ratio) -> Result<Ratio, Error> {
        let part = match self {
            Curve::Linear { duration } => {
                let (left, whole) = (duration.get().saturating_sub(elapsed.get()), duration.get());
                if whole == 0 {
                    return Err(Error::DivisionByZero);
                }
                if left == whole { Ratio::ONE } else { Ratio::from_bits(share_ceil(left, whole, Ratio::FRAC_BITS)) }
            }
            Curve::StairExponential { cut, step } => {
                let steps = elapsed.get().checked_div(step.get()).ok_or(Error::AuctionCurve)?;
                cut.pow_ceil(steps).to_ratio_ceil()
            }
            Curve::Exponential { decay } => decay.pow_ceil(elapsed.get()).to_ratio_ceil(),
        };
        Ok(part.max(floor))
    }

    /// What the part first at or below `part` is at least: the fall of one step, or one second, from above it.
    ///
    /// The part before, rounded up, is above `part`, so the exact one is above `part - ERROR`, and the next above
    /// `(part - ERROR) c >= part c - ERROR`; on a line, above `part - 2^-48 - 1 / duration`.
    pub(crate) fn first_within_floor(self, part: Ratio) -> Result<Ratio, Error> {
        let (fallen, error) = match self {
            Curve::Linear { duration } => {
                (part.excess_over(Ratio::from_fraction_ceil(1, u128::from(duration.get()))?), Ratio::ULP)
            }
            Curve::StairExponential { cut: decay, .. } | Curve::Exponential { decay } => {
                (decay.to_ratio_floor().mul_floor(part)?, Curve::ERROR)
            }
        };
        Ok(fallen.excess_over(error))
    }
}

impl Stored for Curve {
    /// A tag and two words; a word that a curve has no use for is zero.
    const BYTES: usize = 17;
    fn put(&self, to: &mut Writer<'_>) -> Result<(), Error> {
        let (tag, decay, time) = match *self {
            Curve::Linear { duration } => (0_u8, Decay::ZERO, duration),
            Curve::StairExponential { cut, step } => (1, cut, step),
            Curve::Exponential { decay } => (2, decay, Seconds::ZERO),
        };
        tag.put(to)?;
        decay.put(to)?;
        time.put(to)
    }
    fn get(from: &mut Reader<'_>) -> Result<Self, Error> {
        match (u8::get(from)?, Decay::get(from)?, <Seconds as Stored>::get(from)?) {
            (0, decay, duration) if decay == Decay::ZERO => Ok(Curve::Linear { duration }),
            (1, cut, step) => Ok(Curve::StairExponential { cut, step }),
            (2, decay, Seconds::ZERO) => Ok(Curve::Exponential { decay }),
            _ => Err(Error::StoredValue),
        }
    }
}
field!(Curve);
