//! What a price or depth history says of a market, for [`crate::calibrate`]: volatility, how long it lasts, the worst falls.
//!
//! Off chain, feature `calibrate`. These are floats and estimates: nothing here is proved, and a history ends before the next
//! crash. What is decided from them is decided in exact arithmetic. Spec: D30.

use crate::units::{Seconds, Timestamp};
use core::f64::consts::SQRT_2;
use libm::{exp2, log, sqrt};

/// Seconds of a day, and of an hour.
pub(crate) const DAY: f64 = 86_400.0;
const HOUR: f64 = 3_600.0;

/// A price, or a depth, at a time; in any unit, the same for all of a history.
///
/// # Examples
/// See [`History::worst_fall`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// What, above zero.
    pub value: f64,
}

/// Why a history says nothing.
///
/// # Examples
/// See [`History::half_life`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryError {
    /// It has fewer samples than it takes.
    TooShort,
    /// A value, at this place, is not a number above zero.
    Value(usize),
    /// A time, at this place, is not after the one before it.
    Order(usize),
    /// The scratch memory holds fewer entries than the history.
    Scratch,
    /// A half-life, or a share, is not a number above zero, or a share is above one.
    Range,
}

impl core::fmt::Display for HistoryError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            HistoryError::TooShort => f.write_str("the history is too short"),
            HistoryError::Value(at) => write!(f, "sample {at} is not a number above zero"),
            HistoryError::Order(at) => write!(f, "sample {at} is not after the one before it"),
            HistoryError::Scratch => f.write_str("the scratch memory is shorter than the history"),
            HistoryError::Range => f.write_str("a half-life or a share is out of its range"),
        }
    }
}

impl core::error::Error for HistoryError {}

/// The worst fall of a history within some time.
///
/// # Examples
/// See [`History::worst_fall`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fall {
    /// Within so many seconds.
    pub within: Seconds,
    /// Relative fall, in zero to one.
    pub fall: f64,
}

/// A history that was checked: at least two samples, values above zero, times that rise.
///
/// # Examples
/// See [`History::worst_fall`].
#[derive(Clone, Copy, Debug)]
pub struct History<'a>(&'a [Sample]);

impl<'a> History<'a> {
    /// Checks the samples.
    ///
    /// # Errors
    /// Fewer than two: [`HistoryError::TooShort`]. The first value that is not a finite number above zero:
    /// [`HistoryError::Value`]. The first time that is not after the one before: [`HistoryError::Order`].
    ///
    /// # Examples
    /// See [`History::worst_fall`].
    pub fn new(samples: &'a [Sample]) -> Result<History<'a>, HistoryError> {
        if samples.len() < 2 {
            return Err(HistoryError::TooShort);
        }
        let mut last = None;
        for (place, sample) in samples.iter().enumerate() {
            if !(sample.value.is_finite() && sample.value > 0.0) {
                return Err(HistoryError::Value(place));
            }
            if last.is_some_and(|last| sample.at <= last) {
                return Err(HistoryError::Order(place));
            }
            last = Some(sample.at);
        }
        Ok(History(samples))
    }

    /// The samples.
    ///
    /// # Examples
    /// See [`History::median`].
    #[must_use]
    pub const fn samples(&self) -> &'a [Sample] {
        self.0
    }

    /// Square of the change of the logarithm, and the seconds that it took, of each pair of neighbours.
    fn moves(&self) -> impl Iterator<Item = (f64, f64)> + 'a {
        self.0.iter().zip(self.0.iter().skip(1)).map(|(one, next)| {
            // A quotient may be beyond the type, a difference of logarithms is not.
            let change = log(next.value) - log(one.value);
            (change * change, seconds(one.at, next.at))
        })
    }

    /// Volatility over the whole history, per day: the root of the sum of the squared changes of the logarithm over the days.
    ///
    /// # Examples
    /// ```
    /// use damper::history::{History, Sample};
    /// use damper::units::Timestamp;
    /// let day = |day: u64, value| Sample { at: Timestamp::new(day * 86_400), value };
    /// // 10 % up and back: ln(1.1) a day.
    /// let samples = [day(0, 100.0), day(1, 110.0), day(2, 100.0)];
    /// let volatility = History::new(&samples)?.daily_volatility();
    /// assert!((volatility - 1.1_f64.ln()).abs() < 1e-12);
    /// # Ok::<(), damper::history::HistoryError>(())
    /// ```
    #[must_use]
    pub fn daily_volatility(&self) -> f64 {
        let (sum, time) = self.moves().fold((0.0, 0.0), |(sum, time), (square, dt)| (sum + square, time + dt));
        sqrt(sum / time * DAY)
    }

    /// The volatility, per day, that the market was at or below for a part `share` of the time: the quantile, by time and not
    /// by count of samples, of an exponentially weighted estimate that forgets half within `half_life` seconds, starting from
    /// that of the whole history. A half and 0.99 are an ordinary day and the worst ones. A history that is sampled more
    /// often when much happens does not weigh that more.
    ///
    /// Sorts estimates and seconds in `scratch`, `n log n`.
    ///
    /// # Errors
    /// `share` not in zero to one, `half_life` not above zero: [`HistoryError::Range`]. `scratch` shorter than the history:
    /// [`HistoryError::Scratch`].
    ///
    /// # Examples
    /// ```
    /// use damper::history::{History, Sample};
    /// use damper::units::Timestamp;
    /// let at = |hour: u64, value| Sample { at: Timestamp::new(hour * 3_600), value };
    /// // Half a day without a change, then an hour of 1 %.
    /// let samples = [at(0, 100.0), at(12, 100.0), at(13, 101.0)];
    /// let history = History::new(&samples)?;
    /// let mut scratch = [(0.0, 0.0); 3];
    /// // An estimate that forgets at once is zero for 12 of 13 hours.
    /// assert_eq!(history.volatility_quantile(1.0, 0.9, &mut scratch)?, 0.0);
    /// assert!(history.volatility_quantile(1.0, 0.93, &mut scratch)? > 0.04);
    /// # Ok::<(), damper::history::HistoryError>(())
    /// ```
    pub fn volatility_quantile(
        &self,
        half_life: f64,
        share: f64,
        scratch: &mut [(f64, f64)],
    ) -> Result<f64, HistoryError> {
        if !(half_life.is_finite() && half_life > 0.0 && (0.0..=1.0).contains(&share)) {
            return Err(HistoryError::Range);
        }
        let scratch = scratch.get_mut(..self.0.len()).ok_or(HistoryError::Scratch)?;
        let whole = self.daily_volatility();
        // The first place stands for no time, before the first change.
        let (mut variance, mut total) = (whole * whole / DAY, 0.0);
        let mut places = scratch.iter_mut();
        if let Some(first) = places.next() {
            *first = (0.0, 0.0);
        }
        for ((square, dt), place) in self.moves().zip(places) {
            variance = forget(variance, square / dt, dt, half_life);
            *place = (variance, dt);
            total += dt;
        }
        scratch.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        // The last value that the time at or below it, so far, does not yet make up the share.
        let (mut time, mut worst) = (0.0, 0.0);
        for &(variance, dt) in scratch.iter() {
            worst = variance;
            time += dt;
            if time > 0.0 && time >= share * total {
                break;
            }
        }
        Ok(sqrt(worst * DAY))
    }

    /// The half-life, in seconds, with which an exponentially weighted estimate foretells the next change best: that of the
    /// least sum of `ln v + x^2 / v` (quasi-likelihood; `v` the variance that was foretold, `x` the change that came), among
    /// the powers of the root of two from an hour on. At most a fortieth of the history, but for the hour: a longer one could
    /// not be told from a constant. `n` steps for each of at most 94.
    ///
    /// # Errors
    /// Fewer than 40 samples, or no change at all: [`HistoryError::TooShort`].
    ///
    /// # Examples
    /// ```
    /// use damper::history::{History, HistoryError, Sample};
    /// use damper::units::Timestamp;
    /// // Two days of 10 minutes: up and down by 0.1 %, in every other twelve hours by 1 %.
    /// let size = |place: u64| if place / 72 % 2 == 0 { 1.001 } else { 1.01 };
    /// let value = |place: u64| if place % 2 == 0 { 1.0 } else { size(place) };
    /// let samples: Vec<Sample> =
    ///     (0..288).map(|place| Sample { at: Timestamp::new(place * 600), value: value(place) }).collect();
    /// // A fortieth of the two days is 72 minutes.
    /// assert_eq!(History::new(&samples)?.half_life()?, 3_600.0);
    /// assert_eq!(History::new(&samples[..39])?.half_life(), Err(HistoryError::TooShort));
    /// # Ok::<(), HistoryError>(())
    /// ```
    pub fn half_life(&self) -> Result<f64, HistoryError> {
        let (Some(first), Some(last)) = (self.0.first(), self.0.last()) else { return Err(HistoryError::TooShort) };
        let whole = self.daily_volatility();
        let start = whole * whole / DAY;
        if self.0.len() < 40 || start <= 0.0 {
            return Err(HistoryError::TooShort);
        }
        let most = seconds(first.at, last.at) / 40.0;
        let mut best = (self.loss(HOUR, start), HOUR);
        let mut half_life = HOUR * SQRT_2;
        // A fortieth of 2^64 seconds is passed in 94 steps.
        while half_life <= most {
            let loss = self.loss(half_life, start);
            if loss < best.0 {
                best = (loss, half_life);
            }
            half_life *= SQRT_2;
        }
        Ok(best.1)
    }

    /// The quasi-likelihood loss of an estimate with this half-life.
    fn loss(&self, half_life: f64, start: f64) -> f64 {
        let (mut variance, mut sum) = (start, 0.0);
        // So that a stretch without changes is not foretold to be without changes for ever.
        let floor = start * 1e-4;
        for (square, dt) in self.moves() {
            let foretold = variance.max(floor) * dt;
            sum += log(foretold) + square / foretold;
            variance = forget(variance, square / dt, dt, half_life);
        }
        sum
    }

    /// The worst fall within `within`: the largest relative fall from a sample to a later one at most so much later, and from
    /// each sample to the next, however far apart: what was between them is not known.
    ///
    /// One pass, with the places of candidate peaks in `scratch`. The fall is that of floats, within 2^-53 of the exact one; one
    /// from a value to less than 2^-54 of it counts as one.
    ///
    /// # Errors
    /// `scratch` shorter than the history: [`HistoryError::Scratch`].
    ///
    /// # Examples
    /// ```
    /// use damper::history::{History, Sample};
    /// use damper::units::{Seconds, Timestamp};
    /// let samples = [(1, 100.0), (2, 120.0), (3, 90.0), (4, 60.0)];
    /// let samples = samples.map(|(hour, value)| Sample { at: Timestamp::new(hour * 3_600), value });
    /// let history = History::new(&samples)?;
    /// let mut scratch = [0; 4];
    /// // From 90 to 60 in one hour, from 120 to 60 in two.
    /// let worst = |within, scratch: &mut [usize]| history.worst_fall(Seconds::new(within), scratch);
    /// assert!((worst(3_600, &mut scratch)?.fall - 1.0 / 3.0).abs() < 1e-12);
    /// assert!((worst(7_200, &mut scratch)?.fall - 0.5).abs() < 1e-12);
    /// # Ok::<(), damper::history::HistoryError>(())
    /// ```
    pub fn worst_fall(&self, within: Seconds, scratch: &mut [usize]) -> Result<Fall, HistoryError> {
        let scratch = scratch.get_mut(..self.0.len()).ok_or(HistoryError::Scratch)?;
        // From a sample to the next.
        let steps = self.0.iter().zip(self.0.iter().skip(1));
        let mut fall = steps.map(|(one, next)| 1.0 - next.value / one.value).fold(0.0, f64::max);
        // Places `head..tail` of the scratch hold places of samples with falling values: the peaks that may still count.
        let (mut head, mut tail) = (0_usize, 0_usize);
        for (place, sample) in self.0.iter().enumerate() {
            let old = |peak: &Sample| sample.at.get().saturating_sub(peak.at.get()) > within.get();
            while self.peak(scratch.get(head..tail), <[usize]>::first).is_some_and(old) {
                head = head.saturating_add(1);
            }
            if let Some(peak) = self.peak(scratch.get(head..tail), <[usize]>::first) {
                fall = fall.max(1.0 - sample.value / peak.value);
            }
            let below = |peak: &Sample| peak.value <= sample.value;
            while self.peak(scratch.get(head..tail), <[usize]>::last).is_some_and(below) {
                tail = tail.saturating_sub(1);
            }
            // At most as many places as samples.
            if let Some(slot) = scratch.get_mut(tail) {
                *slot = place;
            }
            tail = tail.saturating_add(1);
        }
        Ok(Fall { within, fall })
    }

    /// The sample at the first or the last of these places.
    fn peak(&self, places: Option<&[usize]>, end: fn(&[usize]) -> Option<&usize>) -> Option<&'a Sample> {
        self.0.get(*end(places?)?)
    }

    /// The value that half of the samples lie at or below, the lower one of two in the middle: the depth of an ordinary day. It
    /// counts samples, not time. Sorts in `scratch`.
    ///
    /// # Errors
    /// `scratch` shorter than the history: [`HistoryError::Scratch`].
    ///
    /// # Examples
    /// ```
    /// use damper::history::{History, Sample};
    /// use damper::units::Timestamp;
    /// let samples = [(0, 5.0), (1, 1.0), (2, 4.0), (3, 2.0)];
    /// let samples = samples.map(|(at, value)| Sample { at: Timestamp::new(at), value });
    /// assert_eq!(History::new(&samples)?.median(&mut [0.0; 4])?, 2.0);
    /// assert_eq!(History::new(&samples)?.samples(), samples);
    /// # Ok::<(), damper::history::HistoryError>(())
    /// ```
    pub fn median(&self, scratch: &mut [f64]) -> Result<f64, HistoryError> {
        let scratch = scratch.get_mut(..self.0.len()).ok_or(HistoryError::Scratch)?;
        for (slot, sample) in scratch.iter_mut().zip(self.0) {
            *slot = sample.value;
        }
        scratch.sort_unstable_by(f64::total_cmp);
        Ok(scratch.get(scratch.len().saturating_sub(1) >> 1).copied().unwrap_or(0.0))
    }

    /// The lowest value: the depth of the worst hour.
    ///
    /// # Examples
    /// ```
    /// use damper::history::{History, Sample};
    /// use damper::units::Timestamp;
    /// let samples = [(0, 5.0), (1, 1.0), (2, 4.0)].map(|(at, value)| Sample { at: Timestamp::new(at), value });
    /// assert_eq!(History::new(&samples)?.least(), 1.0);
    /// # Ok::<(), damper::history::HistoryError>(())
    /// ```
    #[must_use]
    pub fn least(&self) -> f64 {
        self.0.iter().map(|sample| sample.value).fold(f64::INFINITY, f64::min)
    }
}

/// The weighted estimate after a stretch of `dt` at a variance of `seen` a second.
fn forget(variance: f64, seen: f64, dt: f64, half_life: f64) -> f64 {
    let kept = exp2(-dt / half_life);
    variance * kept + seen * (1.0 - kept)
}

/// Seconds from one time to a later one. Exact below 2^53.
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    span(Seconds::new(to.get().saturating_sub(from.get())))
}

/// Seconds as a float, which is exact below 2^53.
#[allow(clippy::as_conversions, reason = "there is no other conversion, and this one is defined for all integers")]
pub(crate) const fn span(time: Seconds) -> f64 {
    time.get() as f64
}
