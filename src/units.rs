//! Quantities with a unit: base atoms, quote atoms, seconds, rates per second, decays per second.
//!
//! Only the products that make sense exist, as named methods: `Amount x Price -> Value` (in [`crate::price`]),
//! `Amount x Ratio -> Amount`, `Value x Ratio -> Value`, `Rate x Seconds -> Ratio`, `Decay ^ Seconds -> Decay`.

use crate::bytes::{stored_array, stored_bytes_as};
use crate::digits;
use crate::error::Error;
use crate::forms::number;
use crate::num::{shl_div_ceil, shl_div_floor};
use crate::ratio::Ratio;
use crate::word::product;
use fixed::types::U1F63;

/// Methods common to the integer quantities [`Amount`] and [`Value`].
macro_rules! quantity {
    ($name:ident, $unit:literal) => {
        impl $name {
            /// Zero.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("use damper::units::", stringify!($name), ";")]
            #[doc = concat!("assert_eq!(", stringify!($name), "::new(0), ", stringify!($name), "::ZERO);")]
            #[doc = concat!("assert!(", stringify!($name), "::ZERO.is_zero() && ", stringify!($name), "::ZERO.get() == 0);")]
            #[doc = concat!("assert!(!", stringify!($name), "::new(1).is_zero());")]
            /// ```
            pub const ZERO: $name = $name(0);

            #[doc = concat!("`count` ", $unit, ".")]
            ///
            /// # Examples
            #[doc = concat!("See [`", stringify!($name), "::ZERO`].")]
            #[must_use]
            pub const fn new(count: u128) -> $name {
                $name(count)
            }

            #[doc = concat!("The count of ", $unit, ".")]
            ///
            /// # Examples
            #[doc = concat!("See [`", stringify!($name), "::ZERO`].")]
            #[must_use]
            pub const fn get(self) -> u128 {
                self.0
            }

            /// Whether it is zero.
            ///
            /// # Examples
            #[doc = concat!("See [`", stringify!($name), "::ZERO`].")]
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// `self + other`, exact.
            ///
            /// # Errors
            /// Sum at or above 2^128: [`Error::Overflow`].
            ///
            /// # Examples
            /// ```
            #[doc = concat!("use damper::{Error, units::", stringify!($name), "};")]
            #[doc = concat!("let count = ", stringify!($name), "::new;")]
            /// assert_eq!(count(2).checked_add(count(5)), Ok(count(7)));
            /// assert_eq!(count(u128::MAX).checked_add(count(1)), Err(Error::Overflow));
            /// ```
            pub fn checked_add(self, other: $name) -> Result<$name, Error> {
                self.0.checked_add(other.0).map($name).ok_or(Error::Overflow)
            }

            /// `self - other`, exact.
            ///
            /// # Errors
            /// `other > self`: [`Error::Underflow`].
            ///
            /// # Examples
            /// ```
            #[doc = concat!("use damper::{Error, units::", stringify!($name), "};")]
            #[doc = concat!("let count = ", stringify!($name), "::new;")]
            /// assert_eq!(count(7).checked_sub(count(5)), Ok(count(2)));
            /// assert_eq!(count(5).checked_sub(count(7)), Err(Error::Underflow));
            /// ```
            pub fn checked_sub(self, other: $name) -> Result<$name, Error> {
                self.0.checked_sub(other.0).map($name).ok_or(Error::Underflow)
            }

            /// `max(0, self - other)`, exact: what exceeds `other`.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("use damper::units::", stringify!($name), ";")]
            #[doc = concat!("let count = ", stringify!($name), "::new;")]
            /// assert_eq!(count(7).excess_over(count(5)), count(2));
            /// assert_eq!(count(5).excess_over(count(7)), count(0));
            /// ```
            #[must_use]
            pub const fn excess_over(self, other: $name) -> $name {
                $name(self.0.saturating_sub(other.0))
            }

            /// `self * ratio`, rounded down.
            ///
            /// # Errors
            /// Product at or above 2^128: [`Error::Overflow`].
            ///
            /// # Examples
            /// ```
            #[doc = concat!("use damper::{ratio::Ratio, units::", stringify!($name), "};")]
            /// let half = Ratio::from_fraction_floor(1, 2)?;
            /// // Half of 7 is 3.5.
            #[doc = concat!("assert_eq!(", stringify!($name), "::new(7).mul_floor(half)?, ", stringify!($name), "::new(3));")]
            #[doc = concat!("assert_eq!(", stringify!($name), "::new(7).mul_ceil(half)?, ", stringify!($name), "::new(4));")]
            /// # Ok::<(), damper::Error>(())
            /// ```
            #[inline(always)]
            pub fn mul_floor(self, ratio: Ratio) -> Result<$name, Error> {
                ratio.of_floor(self.0).map($name)
            }

            /// `self * ratio`, rounded up.
            ///
            /// # Errors
            /// Product at or above 2^128: [`Error::Overflow`].
            ///
            /// # Examples
            #[doc = concat!("See [`", stringify!($name), "::mul_floor`].")]
            #[inline(always)]
            pub fn mul_ceil(self, ratio: Ratio) -> Result<$name, Error> {
                ratio.of_ceil(self.0).map($name)
            }

            /// `self / ratio`, rounded down: the largest count that times `ratio` is at most `self`.
            ///
            /// # Errors
            /// `ratio` zero: [`Error::DivisionByZero`]. Quotient at or above 2^128: [`Error::Overflow`].
            ///
            /// # Examples
            #[doc = concat!("See [`", stringify!($name), "::div_ceil`].")]
            pub fn div_floor(self, ratio: Ratio) -> Result<$name, Error> {
                shl_div_floor(self.0, Ratio::FRAC_BITS, ratio.wide()).map($name)
            }

            /// `self / ratio`, rounded up: the smallest count that times `ratio` is at least `self`.
            ///
            /// # Errors
            /// `ratio` zero: [`Error::DivisionByZero`]. Result at or above 2^128: [`Error::Overflow`].
            ///
            /// # Examples
            /// ```
            #[doc = concat!("use damper::{Error, ratio::Ratio, units::", stringify!($name), "};")]
            /// let factor = Ratio::from_fraction_floor(5, 2)?;
            #[doc = concat!("let seven = ", stringify!($name), "::new(7);")]
            /// // 7 / 2.5 = 2.8
            #[doc = concat!("assert_eq!(seven.div_floor(factor)?, ", stringify!($name), "::new(2));")]
            #[doc = concat!("assert_eq!(seven.div_ceil(factor)?, ", stringify!($name), "::new(3));")]
            /// assert_eq!(seven.div_ceil(Ratio::ZERO), Err(Error::DivisionByZero));
            /// # Ok::<(), Error>(())
            /// ```
            pub fn div_ceil(self, ratio: Ratio) -> Result<$name, Error> {
                shl_div_ceil(self.0, Ratio::FRAC_BITS, ratio.wide()).map($name)
            }

            /// `self / other` as a ratio, rounded down.
            ///
            /// # Errors
            /// `other` zero: [`Error::DivisionByZero`]. 65,536 or more: [`Error::Overflow`].
            ///
            /// # Examples
            /// ```
            #[doc = concat!("use damper::{Error, ratio::Ratio, units::", stringify!($name), "};")]
            #[doc = concat!("let (one, three) = (", stringify!($name), "::new(1), ", stringify!($name), "::new(3));")]
            /// // 2^48 / 3 = 93,824,992,236,885.33
            /// assert_eq!(one.ratio_floor(three)?, Ratio::from_bits(93_824_992_236_885));
            /// assert_eq!(one.ratio_ceil(three)?, Ratio::from_bits(93_824_992_236_886));
            #[doc = concat!("assert_eq!(one.ratio_floor(", stringify!($name), "::ZERO), Err(Error::DivisionByZero));")]
            /// # Ok::<(), damper::Error>(())
            /// ```
            pub fn ratio_floor(self, other: $name) -> Result<Ratio, Error> {
                Ratio::from_fraction_floor(self.0, other.0)
            }

            /// `self / other` as a ratio, rounded up.
            ///
            /// # Errors
            /// `other` zero: [`Error::DivisionByZero`]. Above [`Ratio::MAX`]: [`Error::Overflow`].
            ///
            /// # Examples
            #[doc = concat!("See [`", stringify!($name), "::ratio_floor`].")]
            pub fn ratio_ceil(self, other: $name) -> Result<Ratio, Error> {
                Ratio::from_fraction_ceil(self.0, other.0)
            }
        }

        impl From<u64> for $name {
            fn from(count: u64) -> $name {
                $name(u128::from(count))
            }
        }
    };
}

/// A quantity of the asset that is sold, in its smallest unit (base atoms); zero by default. Spec: N3.
///
/// # Examples
/// ```
/// use damper::units::Amount;
/// let lot = Amount::from(7_u64);
/// assert_eq!(lot.checked_sub(Amount::new(8)), Err(damper::Error::Underflow));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(transparent)]
pub struct Amount(u128);

/// A quantity of the asset that debts and prices are counted in, in its smallest unit (quote atoms); zero by
/// default. Spec: N3.
///
/// # Examples
/// ```
/// use damper::{ratio::Ratio, units::Value};
/// let half = Ratio::from_fraction_floor(1, 2)?;
/// assert_eq!(Value::new(7).mul_floor(half)?, Value::new(3));
/// assert_eq!(Value::new(7).mul_ceil(half)?, Value::new(4));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(transparent)]
pub struct Value(u128);

quantity!(Amount, "base atoms");
quantity!(Value, "quote atoms");

/// A length of time in seconds.
///
/// # Examples
/// ```
/// use damper::units::Seconds;
/// assert_eq!((Seconds::new(60).get(), Seconds::new(0)), (60, Seconds::ZERO));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(transparent)]
pub struct Seconds(u64);

impl Seconds {
    /// No time.
    ///
    /// # Examples
    /// See [`Seconds`].
    pub const ZERO: Seconds = Seconds(0);

    /// `count` seconds.
    ///
    /// # Examples
    /// See [`Seconds`].
    #[must_use]
    pub const fn new(count: u64) -> Seconds {
        Seconds(count)
    }

    /// The number of seconds.
    ///
    /// # Examples
    /// See [`Seconds`].
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// A point in time, in seconds since an epoch of the caller's choice (Unix time, as a rule).
///
/// # Examples
/// ```
/// use damper::units::Timestamp;
/// assert_eq!(Timestamp::new(1_000).get(), 1_000);
/// assert!(Timestamp::new(1_000) < Timestamp::new(1_001));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The time `seconds` after the epoch.
    ///
    /// # Examples
    /// See [`Timestamp`].
    #[must_use]
    pub const fn new(seconds: u64) -> Timestamp {
        Timestamp(seconds)
    }

    /// Seconds since the epoch.
    ///
    /// # Examples
    /// See [`Timestamp`].
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The time elapsed since `earlier`, exact.
    ///
    /// # Errors
    /// `earlier` lies after `self`: [`Error::TimeReversed`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, units::{Seconds, Timestamp}};
    /// assert_eq!(Timestamp::new(7).since(Timestamp::new(5)), Ok(Seconds::new(2)));
    /// assert_eq!(Timestamp::new(5).since(Timestamp::new(7)), Err(Error::TimeReversed));
    /// ```
    pub fn since(self, earlier: Timestamp) -> Result<Seconds, Error> {
        self.0.checked_sub(earlier.0).map(Seconds).ok_or(Error::TimeReversed)
    }

    /// The time `later` seconds after this one.
    ///
    /// # Errors
    /// Beyond 2^64 - 1 seconds: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, units::{Seconds, Timestamp}};
    /// assert_eq!(Timestamp::new(5).checked_add(Seconds::new(2)), Ok(Timestamp::new(7)));
    /// assert_eq!(Timestamp::new(u64::MAX).checked_add(Seconds::new(1)), Err(Error::Overflow));
    /// ```
    pub fn checked_add(self, later: Seconds) -> Result<Timestamp, Error> {
        self.0.checked_add(later.0).map(Timestamp).ok_or(Error::Overflow)
    }
}

/// A ratio per second: the leak of the ledger, the slope of a ramp. Steps of 2^-48 per second.
///
/// # Examples
/// ```
/// use damper::{ratio::Ratio, units::{Rate, Seconds}};
/// // 1 % an hour; the floor on the rate loses at most 2^-48 a second.
/// let rate = Rate::from_ratio_over_floor(Ratio::from_bps_floor(100)?, Seconds::new(3_600))?;
/// assert!(rate.over(Seconds::new(3_600))? <= Ratio::from_bps_floor(100)?);
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(transparent)]
pub struct Rate(Ratio);

impl Rate {
    /// No change.
    ///
    /// # Examples
    /// See [`Rate::per_second`].
    pub const ZERO: Rate = Rate(Ratio::ZERO);

    /// `ratio` in each second.
    ///
    /// # Examples
    /// ```
    /// use damper::{ratio::Ratio, units::Rate};
    /// assert_eq!(Rate::per_second(Ratio::ULP).get(), Ratio::ULP);
    /// assert_eq!(Rate::per_second(Ratio::ZERO), Rate::ZERO);
    /// ```
    #[must_use]
    pub const fn per_second(ratio: Ratio) -> Rate {
        Rate(ratio)
    }

    /// The change in one second.
    ///
    /// # Examples
    /// See [`Rate::per_second`].
    #[must_use]
    pub const fn get(self) -> Ratio {
        self.0
    }

    /// `ratio / time`, rounded down: the direction for a leak, which is a credit.
    ///
    /// # Errors
    /// `time` zero: [`Error::DivisionByZero`].
    ///
    /// # Examples
    /// ```
    /// use damper::{ratio::Ratio, units::{Rate, Seconds}};
    /// // 1/1,024 in four seconds: 1/256 in sixteen.
    /// let rate = Rate::from_ratio_over_floor(Ratio::from_fraction_floor(1, 1_024)?, Seconds::new(4))?;
    /// assert_eq!(rate.over(Seconds::new(16))?, Ratio::from_fraction_floor(1, 256)?);
    /// assert_eq!(Rate::from_ratio_over_floor(Ratio::ONE, Seconds::ZERO), Err(damper::Error::DivisionByZero));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn from_ratio_over_floor(ratio: Ratio, time: Seconds) -> Result<Rate, Error> {
        let bits = u128::from(ratio.to_bits()).checked_div(u128::from(time.0)).ok_or(Error::DivisionByZero)?;
        Ratio::narrow(bits).map(Rate)
    }

    /// The change over a time, `self * time`, exact.
    ///
    /// # Errors
    /// 65,536 or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, ratio::Ratio, units::{Rate, Seconds}};
    /// let rate = Rate::per_second(Ratio::from_fraction_floor(1, 1_024)?);
    /// assert_eq!(rate.over(Seconds::new(256))?, Ratio::from_fraction_floor(1, 4)?);
    /// // 2^26 / 1,024 = 65,536
    /// assert_eq!(rate.over(Seconds::new(1 << 26)), Err(Error::Overflow));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn over(self, time: Seconds) -> Result<Ratio, Error> {
        Ratio::narrow(product(self.0.to_bits(), time.0))
    }

    /// The change over a time, at most `limit`: `min(self * time, limit)`, exact.
    ///
    /// # Examples
    /// ```
    /// use damper::{ratio::Ratio, units::{Rate, Seconds}};
    /// let part = Ratio::from_fraction_floor;
    /// let rate = Rate::per_second(part(1, 1_024)?);
    /// assert_eq!(rate.over_at_most(Seconds::new(256), part(1, 2)?), part(1, 4)?);
    /// assert_eq!(rate.over_at_most(Seconds::new(u64::MAX), part(1, 2)?), part(1, 2)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn over_at_most(self, time: Seconds, limit: Ratio) -> Ratio {
        match self.over(time) {
            Ok(change) => change.min(limit),
            Err(_) => limit,
        }
    }

    /// `self * ratio`, rounded down.
    ///
    /// # Errors
    /// 65,536 per second or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{ratio::Ratio, units::Rate};
    /// let (part, rate) = (Ratio::from_fraction_floor, Rate::per_second);
    /// assert_eq!(rate(part(1, 1_024)?).mul_floor(part(1, 4)?)?, rate(part(1, 4_096)?));
    /// // Half of a step is none.
    /// assert_eq!(rate(Ratio::ULP).mul_floor(part(1, 2)?)?, Rate::ZERO);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn mul_floor(self, ratio: Ratio) -> Result<Rate, Error> {
        self.0.mul_floor(ratio).map(Rate)
    }
}

/// What is left of something after one second, a number in 0 to 1 in steps of 2^-63.
///
/// 63 fractional bits, because a half-life of days leaves all but a few millionths a second. Spec: N5.
///
/// # Examples
/// ```
/// use damper::units::{Decay, Seconds};
/// let hourly = Decay::from_half_life_floor(Seconds::new(3_600))?;
/// let after = hourly.pow_floor(3_600);
/// assert!(after <= Decay::HALF && Decay::HALF.to_bits() - after.to_bits() < 10_000);
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Decay(U1F63);

impl Decay {
    /// Nothing is left.
    ///
    /// # Examples
    /// See [`Decay::from_bits`].
    pub const ZERO: Decay = Decay(U1F63::ZERO);
    /// One half is left.
    ///
    /// # Examples
    /// See [`Decay::from_bits`].
    pub const HALF: Decay = Decay(U1F63::from_bits(1 << 62));
    /// All is left.
    ///
    /// # Examples
    /// See [`Decay::from_bits`].
    pub const ONE: Decay = Decay(U1F63::from_bits(1 << 63));

    /// The decay `bits / 2^63`.
    ///
    /// # Errors
    /// Above 2^63: [`Error::DecayAboveOne`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, units::Decay};
    /// assert_eq!((Decay::from_bits(0)?, Decay::from_bits(1 << 62)?), (Decay::ZERO, Decay::HALF));
    /// assert_eq!((Decay::from_bits(1 << 63)?, Decay::ONE.to_bits()), (Decay::ONE, 1 << 63));
    /// assert_eq!(Decay::from_bits((1 << 63) + 1), Err(Error::DecayAboveOne));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub const fn from_bits(bits: u64) -> Result<Decay, Error> {
        if bits > 1 << 63 { Err(Error::DecayAboveOne) } else { Ok(Decay(U1F63::from_bits(bits))) }
    }

    /// The raw value, `self * 2^63`.
    ///
    /// # Examples
    /// See [`Decay::from_bits`].
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0.to_bits()
    }

    /// A ratio of at most one, exact (a ratio has fewer fractional bits).
    ///
    /// # Errors
    /// Above one: [`Error::DecayAboveOne`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, ratio::Ratio, units::Decay};
    /// assert_eq!(Decay::from_ratio(Ratio::from_fraction_floor(1, 2)?)?, Decay::HALF);
    /// // A step of 2^-48 is 2^15 steps of 2^-63.
    /// assert_eq!(Decay::from_ratio(Ratio::ULP)?.to_bits(), 32_768);
    /// assert_eq!(Decay::from_ratio(Ratio::ONE.checked_add(Ratio::ULP)?), Err(Error::DecayAboveOne));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn from_ratio(ratio: Ratio) -> Result<Decay, Error> {
        if ratio > Ratio::ONE {
            return Err(Error::DecayAboveOne);
        }
        Decay::from_bits(ratio.to_bits().checked_shl(15).ok_or(Error::DecayAboveOne)?)
    }

    /// As a ratio, rounded down.
    ///
    /// # Examples
    /// ```
    /// use damper::{ratio::Ratio, units::Decay};
    /// // 1/2 and one step of 2^-63, which no ratio has.
    /// let (half, decay) = (Ratio::from_fraction_floor(1, 2)?, Decay::from_bits((1 << 62) + 1)?);
    /// assert_eq!(decay.to_ratio_floor(), half);
    /// assert_eq!(decay.to_ratio_ceil(), half.checked_add(Ratio::ULP)?);
    /// assert_eq!(Decay::HALF.to_ratio_ceil(), half);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn to_ratio_floor(self) -> Ratio {
        Ratio::from_bits(self.to_bits() >> 15)
    }

    /// As a ratio, rounded up.
    ///
    /// # Examples
    /// See [`Decay::to_ratio_floor`].
    #[must_use]
    pub fn to_ratio_ceil(self) -> Ratio {
        let floor = self.to_bits() >> 15;
        // floor <= 2^48.
        Ratio::from_bits(if self.to_bits().trailing_zeros() >= 15 { floor } else { floor.wrapping_add(1) })
    }

    /// `1 - self`, exact.
    ///
    /// # Examples
    /// ```
    /// use damper::{ratio::Ratio, units::Decay};
    /// let quarter = Decay::from_ratio(Ratio::from_fraction_floor(1, 4)?)?;
    /// assert_eq!(quarter.complement().to_ratio_floor(), Ratio::from_fraction_floor(3, 4)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn complement(self) -> Decay {
        Decay(U1F63::from_bits((1_u64 << 63).saturating_sub(self.to_bits())))
    }

    /// The largest decay that halves within `half_life`: `max { d : d^half_life <= 1/2 }`, each squaring rounded up.
    ///
    /// Found by bisection over the 63 bits with [`Decay::pow_ceil`]; meant for building a config, not for a hot path.
    ///
    /// # Errors
    /// `half_life` zero: [`Error::HalfLifeZero`].
    ///
    /// # Examples
    /// ```
    /// use damper::{ratio::Ratio, units::{Decay, Seconds}};
    /// // One half of it is left after an hour, and a quarter after two, within a step of a ratio.
    /// let decay = Decay::from_half_life_floor(Seconds::new(3_600))?;
    /// let left = |seconds| decay.pow_ceil(seconds).to_ratio_ceil();
    /// assert_eq!((left(3_600), left(7_200)), (Ratio::from_fraction_floor(1, 2)?, Ratio::from_fraction_floor(1, 4)?));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn from_half_life_floor(half_life: Seconds) -> Result<Decay, Error> {
        if half_life == Seconds::ZERO {
            return Err(Error::HalfLifeZero);
        }
        let (mut yes, mut no) = (0_u64, 1_u64 << 63);
        // Invariant: yes satisfies the condition, no does not (1^n = 1 > 1/2). 63 rounds close the gap.
        while no.abs_diff(yes) > 1 {
            let middle = yes.midpoint(no);
            if Decay(U1F63::from_bits(middle)).pow_ceil(half_life.0) <= Decay::HALF {
                yes = middle;
            } else {
                no = middle;
            }
        }
        Ok(Decay(U1F63::from_bits(yes)))
    }

    /// `self * other`, rounded down.
    ///
    /// # Examples
    /// ```
    /// use damper::units::Decay;
    /// let bits = Decay::from_bits;
    /// // Half of five steps is two and a half.
    /// assert_eq!(bits(5)?.mul_floor(Decay::HALF), bits(2)?);
    /// assert_eq!(bits(5)?.mul_ceil(Decay::HALF), bits(3)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn mul_floor(self, other: Decay) -> Decay {
        // Both factors are at most 2^63, and so is the product shifted by 63.
        Decay(U1F63::from_bits(digits::part_floor(self.to_bits(), other.to_bits())))
    }

    /// `self * other`, rounded up.
    ///
    /// # Examples
    /// See [`Decay::mul_floor`].
    #[must_use]
    pub fn mul_ceil(self, other: Decay) -> Decay {
        Decay(U1F63::from_bits(digits::part_ceil(self.to_bits(), other.to_bits())))
    }

    /// `self^exponent`, each multiplication rounded down; at most 126 multiplications for any exponent.
    ///
    /// Never above the exact power; below it by at most `2 * exponent * 2^-63`.
    ///
    /// # Examples
    /// ```
    /// use damper::units::Decay;
    /// assert_eq!(Decay::HALF.pow_floor(3), Decay::from_bits(1 << 60)?);
    /// // 2^-64 is half of a step.
    /// assert_eq!(Decay::HALF.pow_floor(64), Decay::ZERO);
    /// assert_eq!(Decay::HALF.pow_ceil(64), Decay::from_bits(1)?);
    /// assert_eq!(Decay::ZERO.pow_floor(0), Decay::ONE);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn pow_floor(self, exponent: u64) -> Decay {
        self.pow(exponent, Decay::mul_floor)
    }

    /// `self^exponent`, each multiplication rounded up; at most 126 multiplications for any exponent.
    ///
    /// Never below the exact power; above it by at most `2 * exponent * 2^-63`.
    ///
    /// # Examples
    /// See [`Decay::pow_floor`].
    #[must_use]
    pub fn pow_ceil(self, exponent: u64) -> Decay {
        self.pow(exponent, Decay::mul_ceil)
    }

    #[inline(always)]
    fn pow(self, exponent: u64, multiply: impl Fn(Decay, Decay) -> Decay) -> Decay {
        if exponent == 0 {
            return Decay::ONE;
        }
        let (mut square, mut rest) = (self, exponent);
        // Below the lowest digit that is set the result is one, and a product with one is exact: nothing is multiplied.
        while rest & 1 == 0 {
            square = multiply(square, square);
            rest >>= 1;
        }
        let mut result = square;
        // 64 rounds at most in both loops: the exponent loses a digit in each.
        while rest > 1 {
            square = multiply(square, square);
            rest >>= 1;
            if rest & 1 == 1 {
                result = multiply(result, square);
            }
        }
        result
    }
}

stored_bytes_as!(Amount as u128, |amount| amount.0, |count| Ok(Amount(count)));
stored_bytes_as!(Value as u128, |value| value.0, |count| Ok(Value(count)));
stored_bytes_as!(Seconds as u64, |seconds| seconds.0, |count| Ok(Seconds(count)));
stored_bytes_as!(Timestamp as u64, |time| time.0, |seconds| Ok(Timestamp(seconds)));
stored_bytes_as!(Rate as Ratio, |rate| rate.0, |ratio| Ok(Rate(ratio)));
stored_bytes_as!(Decay as u64, |decay| decay.to_bits(), Decay::from_bits);
stored_array!(Amount, Amount::ZERO);
number!(Amount);
number!(Value);
number!(Seconds);
number!(Timestamp);
number!(Rate);
number!(Decay);

#[cfg(feature = "defmt")]
impl defmt::Format for Decay {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Decay({=u64}/2^63)", self.to_bits());
    }
}
