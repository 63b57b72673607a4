//! Price observations: accepted in order and in time, or refused by name. Spec: D14.

use crate::bytes::stored;
use crate::error::Error;
use crate::price::PriceBand;
use crate::ratio::Ratio;
use crate::units::{Seconds, Timestamp};
use core::cmp::Ordering;

/// Limits on what counts as a price. Built by [`OracleConfig::new`].
///
/// # Examples
/// See [`OracleConfig::check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct OracleConfig {
    max_age: Seconds,
    max_width: Ratio,
}

/// One price observation.
///
/// # Examples
/// See [`OracleConfig::check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PriceObservation {
    /// When the source published it.
    pub source_time: Timestamp,
    /// Both sides of the price.
    pub band: PriceBand,
}

impl OracleConfig {
    /// Limits on the age of a price at the time of use, and on the width of its band relative to the high side.
    ///
    /// A limit of zero means zero: only prices of the present second, only bands without width.
    ///
    /// # Errors
    /// `max_width` of one or more, which no band exceeds: [`Error::BandLimitRange`].
    ///
    /// # Examples
    /// See [`OracleConfig::check`].
    pub fn new(max_age: Seconds, max_width: Ratio) -> Result<OracleConfig, Error> {
        if max_width >= Ratio::ONE { Err(Error::BandLimitRange) } else { Ok(OracleConfig { max_age, max_width }) }
    }

    /// The age limit.
    ///
    /// # Examples
    /// See [`OracleConfig::check`].
    #[must_use]
    pub const fn max_age(&self) -> Seconds {
        self.max_age
    }

    /// The limit on the width of a band.
    ///
    /// # Examples
    /// See [`OracleConfig::check`].
    #[must_use]
    pub const fn max_width(&self) -> Ratio {
        self.max_width
    }

    /// Whether an observation may be used at `now` at all.
    ///
    /// # Errors
    /// `source_time` after `now`: [`Error::PriceFromFuture`]. Older than the age limit: [`Error::PriceStale`]. Band
    /// wider than the limit: [`Error::BandTooWide`].
    ///
    /// # Examples
    /// ```
    /// use damper::Error;
    /// use damper::oracle::{OracleConfig, PriceObservation};
    /// use damper::{price::{Price, PriceBand}, ratio::Ratio, units::{Seconds, Timestamp}};
    /// let config = OracleConfig::new(Seconds::new(60), Ratio::from_bps_floor(200)?)?;
    /// assert_eq!((config.max_age(), config.max_width()), (Seconds::new(60), Ratio::from_bps_floor(200)?));
    /// let band = PriceBand::exact(Price::from_decimal_floor(1_946, -13)?);
    /// let seen = PriceObservation { source_time: Timestamp::new(1_000), band };
    /// assert_eq!(config.check(&seen, Timestamp::new(1_060)), Ok(()));
    /// assert_eq!(config.check(&seen, Timestamp::new(1_061)), Err(Error::PriceStale));
    /// assert_eq!(config.check(&seen, Timestamp::new(999)), Err(Error::PriceFromFuture));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn check(&self, seen: &PriceObservation, now: Timestamp) -> Result<(), Error> {
        self.fresh(seen, now)?;
        // `width_ceil() > max_width` without the division: the ceiling of a number is above a ratio exactly when the
        // number is, so the width is above the limit exactly when `low < high * (1 - max_width)`.
        let (low, high) = (seen.band.low(), seen.band.high());
        let least = Ratio::ONE.excess_over(self.max_width);
        if low != high && low.cmp_times(high, least) == Ordering::Less { Err(Error::BandTooWide) } else { Ok(()) }
    }

    /// Whether the last accepted observation may still be used at `now`: its age alone, its width having been checked.
    ///
    /// # Errors
    /// `source_time` after `now`: [`Error::PriceFromFuture`]. Older than the age limit: [`Error::PriceStale`].
    ///
    /// # Examples
    /// See [`OracleConfig::check`].
    pub fn fresh(&self, seen: &PriceObservation, now: Timestamp) -> Result<(), Error> {
        let age = now.since(seen.source_time).map_err(|_| Error::PriceFromFuture)?;
        if age > self.max_age { Err(Error::PriceStale) } else { Ok(()) }
    }

    /// Whether an observation may follow the last accepted one. An exact repetition is accepted and changes nothing.
    ///
    /// Source times must not fall: an average or a drawdown over re-ordered prices can show a fall in a rising market.
    /// Spec: A2.
    ///
    /// # Errors
    /// As [`OracleConfig::check`]; further `source_time` before that of `last`: [`Error::PriceOutOfOrder`]; equal to it
    /// with another price: [`Error::PriceContradicts`].
    ///
    /// # Examples
    /// ```
    /// use damper::Error;
    /// use damper::oracle::{OracleConfig, PriceObservation};
    /// use damper::{price::{Price, PriceBand}, ratio::Ratio, units::{Seconds, Timestamp}};
    /// let config = OracleConfig::new(Seconds::new(60), Ratio::from_bps_floor(200)?)?;
    /// let says = |whole: u128, at: u64| -> Result<PriceObservation, Error> {
    ///     let band = PriceBand::exact(Price::from_decimal_floor(whole, 0)?);
    ///     Ok(PriceObservation { source_time: Timestamp::new(at), band })
    /// };
    /// let (last, now) = (says(100, 1_000)?, Timestamp::new(1_010));
    /// assert_eq!(config.accept(&last, &says(99, 1_005)?, now), Ok(()));
    /// assert_eq!(config.accept(&last, &last, now), Ok(()));
    /// assert_eq!(config.accept(&last, &says(99, 999)?, now), Err(Error::PriceOutOfOrder));
    /// assert_eq!(config.accept(&last, &says(99, 1_000)?, now), Err(Error::PriceContradicts));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn accept(&self, last: &PriceObservation, seen: &PriceObservation, now: Timestamp) -> Result<(), Error> {
        self.check(seen, now)?;
        if seen.source_time < last.source_time {
            return Err(Error::PriceOutOfOrder);
        }
        if seen.source_time == last.source_time && seen.band != last.band {
            return Err(Error::PriceContradicts);
        }
        Ok(())
    }
}

stored!(OracleConfig { max_age: Seconds, max_width: Ratio } if |config| {
    config.max_width < Ratio::ONE
}, "a `max_width` below 1");
stored!(PriceObservation { source_time: Timestamp, band: PriceBand });
