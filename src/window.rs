//! Extremes of the price over a moving window of time, in two buckets.

use crate::bytes::stored;
use crate::error::Error;
use crate::price::{Price, PriceBand};
use crate::units::{Seconds, Timestamp};

/// The lowest and the highest price in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Range {
    low: Price,
    high: Price,
}

/// The lowest and the highest price observed over at least the last `width` seconds.
///
/// Two buckets: the current one, and the one before it. A bucket is closed by the first observation at least `width`
/// after its opening one, so the two together reach back at least `width`, and at most `2 * width` plus the longest gap
/// between observations. Every user of the extremes is on the safe side of the excess: a longer window confirms less
/// (ledger) and remembers a higher peak (breaker). A width of zero keeps the last observation alone. Spec: D4.
///
/// # Examples
/// ```
/// use damper::{price::Price, units::{Seconds, Timestamp}, window::Window};
/// let (hundred, wick) = (Price::from_decimal_floor(100, 0)?, Price::from_decimal_floor(50, 0)?);
/// let minute = Seconds::new(60);
/// let window = Window::open(hundred, Timestamp::new(0));
/// let window = window.observe(wick, Timestamp::new(30), minute)?;
/// // One low observation is not yet a fall: something in the window was higher.
/// assert_eq!((window.low(), window.high()), (wick, hundred));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Window {
    opened: Timestamp,
    current: Range,
    previous: Range,
}

impl Window {
    /// A window that has seen one price.
    ///
    /// # Examples
    /// See [`Window`].
    #[must_use]
    pub const fn open(price: Price, now: Timestamp) -> Window {
        Window::open_band(PriceBand::exact(price), now)
    }

    /// A window that has seen one price band.
    ///
    /// # Examples
    /// See [`Window::observe_band`].
    #[must_use]
    pub const fn open_band(band: PriceBand, now: Timestamp) -> Window {
        let range = Range { low: band.low(), high: band.high() };
        Window { opened: now, current: range, previous: range }
    }

    /// The window after one more observation of a price known exactly.
    ///
    /// # Errors
    /// `now` lies before the opening of the current bucket: [`Error::TimeReversed`].
    ///
    /// # Examples
    /// See [`Window`].
    pub fn observe(self, price: Price, now: Timestamp, width: Seconds) -> Result<Window, Error> {
        self.observe_band(PriceBand::exact(price), now, width)
    }

    /// The window after one more observation; its low side enters the minimum, its high side the maximum.
    ///
    /// # Errors
    /// `now` lies before the opening of the current bucket: [`Error::TimeReversed`].
    ///
    /// # Examples
    /// ```
    /// use damper::{price::{Price, PriceBand}, units::{Seconds, Timestamp}, window::Window};
    /// let price = |whole: u128| Price::from_decimal_floor(whole, 0);
    /// let band = |low, high| PriceBand::new(price(low)?, price(high)?);
    /// let (minute, at) = (Seconds::new(60), Timestamp::new);
    /// // The bucket of 0 to 60 saw 98 to 102; that of the next minute sees 90 to 95.
    /// let window = Window::open_band(band(99, 102)?, at(0)).observe_band(band(98, 101)?, at(59), minute)?;
    /// let window = window.observe_band(band(90, 95)?, at(60), minute)?;
    /// assert_eq!((window.low(), window.high()), (price(90)?, price(102)?));
    /// // A minute later the first bucket is dropped.
    /// let window = window.observe_band(band(91, 93)?, at(120), minute)?;
    /// assert_eq!((window.low(), window.high()), (price(90)?, price(95)?));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn observe_band(mut self, band: PriceBand, now: Timestamp, width: Seconds) -> Result<Window, Error> {
        self.see(band, now, width)?;
        Ok(self)
    }

    /// [`Window::observe_band`] in place; nothing is changed on an error.
    #[inline(always)]
    pub(crate) fn see(&mut self, band: PriceBand, now: Timestamp, width: Seconds) -> Result<(), Error> {
        if now.since(self.opened)? < width {
            self.current.low = self.current.low.min(band.low());
            self.current.high = self.current.high.max(band.high());
            return Ok(());
        }
        let one = Range { low: band.low(), high: band.high() };
        self.previous = if width == Seconds::ZERO { one } else { self.current };
        self.current = one;
        self.opened = now;
        Ok(())
    }

    /// When the current bucket was opened.
    pub(crate) const fn opened(&self) -> Timestamp {
        self.opened
    }

    /// The lowest price in the window.
    ///
    /// # Examples
    /// See [`Window::observe_band`].
    #[must_use]
    pub fn low(self) -> Price {
        self.current.low.min(self.previous.low)
    }

    /// The highest price in the window.
    ///
    /// # Examples
    /// See [`Window::observe_band`].
    #[must_use]
    pub fn high(self) -> Price {
        self.current.high.max(self.previous.high)
    }
}

/// The highest price alone, over a window of the same two buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct Peak {
    opened: Timestamp,
    current: Price,
    previous: Price,
}

impl Peak {
    /// When the current bucket was opened.
    pub(crate) const fn opened(&self) -> Timestamp {
        self.opened
    }

    /// A window that has seen one price.
    pub(crate) const fn open(price: Price, now: Timestamp) -> Peak {
        Peak { opened: now, current: price, previous: price }
    }

    /// Takes in one more price, as [`Window::observe`] does for a width above zero, and gives the highest.
    ///
    /// # Errors
    /// `now` lies before the opening of the current bucket: [`Error::TimeReversed`].
    #[inline(always)]
    pub(crate) fn see(&mut self, price: Price, now: Timestamp, width: Seconds) -> Result<Price, Error> {
        if now.since(self.opened)? < width {
            self.current = self.current.max(price);
        } else {
            *self = Peak { opened: now, current: price, previous: self.current };
        }
        Ok(self.current.max(self.previous))
    }
}

stored!(Peak { opened: Timestamp, current: Price, previous: Price });
stored!(Range { low: Price, high: Price } if |range| range.low <= range.high, "a `low` of at most `high`");
stored!(Window { opened: Timestamp, current: Range, previous: Range });
