//! Dutch auctions: a lot is offered at a falling price until its tab is raised, and never below a floor.
//!
//! The terms are frozen at the start from the high side of the price and the volatility buffer in force; neither the
//! oracle nor a new configuration touches an open auction. A price that was asked too long, or that fell too far, is out
//! of date: nothing is sold at it, and the auction is reset with new terms.

use crate::bytes::{HEADER, Kind, Stored, read, stored, stored_as, write};
use crate::curve::Curve;
use crate::error::Error;
use crate::forms::form;
use crate::price::{Price, PriceBand};
use crate::ratio::Ratio;
use crate::units::{Amount, Seconds, Timestamp, Value};

/// What [`AuctionConfig::new`] checks.
///
/// # Examples
/// See [`Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AuctionParams {
    /// How the price falls.
    pub curve: Curve,
    /// Part of the start price below which the price never falls, above zero and below one. It excludes sales for
    /// nothing when nobody else bids (12 March 2020).
    pub floor: Ratio,
    /// Time after which a reset is due, one second to seven days ([`Curve::MAX_ELAPSED`]).
    pub tail: Seconds,
    /// Part of the start price below which a reset is due, below one. Zero, or anything up to the floor, never is: such
    /// an auction is reset by its tail alone.
    pub cusp: Ratio,
    /// The least that a take in part pays, and the least worth of the rest of a lot, and of its tab, that it may leave. Zero is no
    /// minimum.
    pub dust: Value,
}

/// Checked parameters of the auctions of a market.
///
/// # Examples
/// See [`Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AuctionConfig(AuctionParams);

impl AuctionConfig {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `floor` zero, or one or more: [`Error::AuctionFloorRange`]. `tail` zero or above seven days:
    /// [`Error::AuctionTailRange`]. `cusp` one or more: [`Error::AuctionCuspRange`]. A duration or step of zero, a cut or
    /// decay of zero or one: [`Error::AuctionCurve`].
    ///
    /// # Examples
    /// See [`Terms`].
    pub fn new(params: AuctionParams) -> Result<AuctionConfig, Error> {
        if params.floor == Ratio::ZERO || params.floor >= Ratio::ONE {
            return Err(Error::AuctionFloorRange);
        }
        if params.tail == Seconds::ZERO || params.tail > Curve::MAX_ELAPSED {
            return Err(Error::AuctionTailRange);
        }
        if params.cusp >= Ratio::ONE {
            return Err(Error::AuctionCuspRange);
        }
        params.curve.check()?;
        Ok(AuctionConfig(params))
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`Terms::needs_reset`].
    #[must_use]
    pub const fn params(&self) -> AuctionParams {
        self.0
    }
}

/// The terms of one auction, frozen at its start. Plain data.
///
/// `price(t) = ceil(start * max(floor, curve(t - opened)))`, in quote atoms per base atom, rounded up against the taker.
/// It never rises: the curve does not (see [`Curve`]), and the product rounds larger parts to no smaller prices.
/// It is at or above the exact curve, by less than `start * Curve::ERROR` and a relative 2^-63. Spec: D12, T6.
///
/// # Examples
/// ```
/// use damper::Error;
/// use damper::auction::{AuctionConfig, AuctionParams, Terms};
/// use damper::{curve::Curve, price::{Price, PriceBand}, ratio::Ratio};
/// use damper::units::{Amount, Decay, Seconds, Timestamp, Value};
/// let config = AuctionConfig::new(AuctionParams {
///     curve: Curve::StairExponential {
///         cut: Decay::from_ratio(Ratio::from_bps_floor(9_900)?)?,
///         step: Seconds::new(90),
///     },
///     floor: Ratio::from_bps_ceil(4_000)?,
///     tail: Seconds::new(7_200),
///     cusp: Ratio::from_bps_floor(4_500)?,
///     dust: Value::new(100_000_000),
/// })?;
/// // 199 to 200 USD for a token of 18 decimals, in a quote of 6.
/// let band = PriceBand::new(Price::from_decimal_floor(199, -12)?, Price::from_decimal_ceil(200, -12)?)?;
/// let terms = Terms::freeze(&config, band, Ratio::from_bps_ceil(2_000)?, Timestamp::new(1_000))?;
/// let token = Amount::new(10_u128.pow(18));
/// let asked = |now| terms.price(Timestamp::new(now)).and_then(|price| price.value_floor(token));
/// assert_eq!(asked(1_000)?, Value::new(240_000_000));
/// assert_eq!(asked(1_089)?, Value::new(240_000_000));
/// assert_eq!(asked(1_090)?, Value::new(237_600_000));
/// // 0.99^79 = 0.4520 of the start; 0.99^80 = 0.4475 is below the cusp.
/// assert_eq!(asked(1_000 + 7_199)?, Value::new(108_490_476));
/// assert_eq!(asked(1_000 + 7_200), Err(Error::AuctionResetDue));
/// assert_eq!(asked(999), Err(Error::AuctionNotStarted));
/// // ln(240 / 200) / ln(1 / 0.99) = 18.1: nineteen steps until somebody buys at 200.
/// assert_eq!(terms.time_to(band.high()), Some(Seconds::new(1_710)));
/// // A bidder who needs two minutes misses one: 240 * 0.99^20 = 196.3, not below 200 * 0.99^2 = 196.02.
/// let least = terms.clearing_price_floor(band.high(), Seconds::new(120)).map(|price| price.value_floor(token));
/// assert_eq!(least, Some(Ok(Value::new(196_297_665))));
/// // Nobody buys above 100: a reset comes first.
/// assert_eq!(terms.time_to(Price::from_decimal_floor(100, -12)?), None);
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Terms {
    config: AuctionConfig,
    start: Price,
    opened: Timestamp,
}

impl Terms {
    /// The terms of an auction that starts now, `start = ceil(high * (1 + buffer))`.
    ///
    /// The high side and the buffer are on the seller's side: the price falls to the market, it does not start below it.
    ///
    /// # Errors
    /// `buffer` of 65,535 or more: [`Error::Overflow`]. Start price at or above 2^128, or floor price below 2^-128:
    /// [`Error::PriceOutOfRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::auction::{AuctionConfig, AuctionParams, Terms};
    /// use damper::{curve::Curve, price::{Price, PriceBand}, ratio::Ratio, units::{Seconds, Timestamp, Value}};
    /// let part = Ratio::from_fraction_floor;
    /// let config = AuctionConfig::new(AuctionParams {
    ///     curve: Curve::Linear { duration: Seconds::new(100) },
    ///     floor: part(1, 2)?,
    ///     tail: Seconds::new(100),
    ///     cusp: Ratio::ZERO,
    ///     dust: Value::ZERO,
    /// })?;
    /// let price = |whole: u128| Price::from_decimal_floor(whole, 0);
    /// let band = PriceBand::new(price(76)?, price(80)?)?;
    /// // The high side and a quarter: 100. After 30 seconds 70 % of it is asked.
    /// let terms = Terms::freeze(&config, band, part(1, 4)?, Timestamp::new(1_000))?;
    /// assert_eq!((terms.start(), terms.opened()), (price(100)?, Timestamp::new(1_000)));
    /// assert_eq!(terms.price(Timestamp::new(1_000))?, price(100)?);
    /// let asked = terms.price(Timestamp::new(1_025))?;
    /// assert_eq!(asked, price(75)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn freeze(config: &AuctionConfig, band: PriceBand, buffer: Ratio, now: Timestamp) -> Result<Terms, Error> {
        Terms::from_start(config, band.high().scale_ceil(Ratio::ONE.checked_add(buffer)?)?, now)
    }

    /// The terms of an auction that started at a known price and time, for whoever reads them from its event and has the
    /// configuration that was in force then.
    ///
    /// They are those of [`Terms::freeze`] if the start price is the one that it computed, to the bit: one that went through
    /// another number format may be a step beside it, and so may be every price asked. What a program sells by is its own
    /// stored lot.
    ///
    /// # Errors
    /// Floor price below 2^-128: [`Error::PriceOutOfRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::auction::{AuctionConfig, AuctionParams, Terms};
    /// use damper::{curve::Curve, price::{Price, PriceBand}, ratio::Ratio, units::{Seconds, Timestamp, Value}};
    /// let part = Ratio::from_fraction_floor;
    /// let config = AuctionConfig::new(AuctionParams {
    ///     curve: Curve::Linear { duration: Seconds::new(100) },
    ///     floor: part(1, 2)?,
    ///     tail: Seconds::new(100),
    ///     cusp: Ratio::ZERO,
    ///     dust: Value::ZERO,
    /// })?;
    /// let price = |whole: u128| Price::from_decimal_floor(whole, 0);
    /// let frozen = Terms::freeze(&config, PriceBand::exact(price(80)?), part(1, 4)?, Timestamp::new(1_000))?;
    /// let read = Terms::from_start(&config, price(100)?, Timestamp::new(1_000))?;
    /// assert_eq!(read, frozen);
    /// assert_eq!(read.price(Timestamp::new(1_025))?, price(75)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn from_start(config: &AuctionConfig, start: Price, opened: Timestamp) -> Result<Terms, Error> {
        // Every later price lies between the two, so that none can leave the range.
        start.scale_ceil(config.0.floor)?;
        Ok(Terms { config: *config, start, opened })
    }

    /// The configuration that was in force at the start.
    ///
    /// # Examples
    /// See [`Terms::needs_reset`].
    #[must_use]
    pub const fn config(&self) -> &AuctionConfig {
        &self.config
    }

    /// The first price, and the highest.
    ///
    /// # Examples
    /// See [`Terms::freeze`].
    #[must_use]
    pub const fn start(&self) -> Price {
        self.start
    }

    /// When the auction started.
    ///
    /// # Examples
    /// See [`Terms::freeze`].
    #[must_use]
    pub const fn opened(&self) -> Timestamp {
        self.opened
    }

    /// The price asked at `now`.
    ///
    /// # Errors
    /// `now` before the start: [`Error::AuctionNotStarted`]. A reset is due: [`Error::AuctionResetDue`].
    ///
    /// # Examples
    /// See [`Terms::from_start`].
    pub fn price(&self, now: Timestamp) -> Result<Price, Error> {
        self.price_after(self.elapsed(now)?)?.ok_or(Error::AuctionResetDue)
    }

    /// Whether the auction is out of date: `elapsed > tail`, or `price < cusp * start`.
    ///
    /// The second is decided on the parts of the start price, without a rounding of its own. In a guard this is one of two ways to
    /// be out of date: a lot opened before the end of a stop of takes is refused by [`crate::guard::Guard::take`] too, so ask
    /// `needs_reset(now)? || opened() < state.untaken_until()` ([`crate::guard::GuardState::untaken_until`]).
    ///
    /// # Errors
    /// `now` before the start: [`Error::AuctionNotStarted`].
    ///
    /// # Examples
    /// ```
    /// use damper::auction::{AuctionConfig, AuctionParams, Terms};
    /// use damper::{Error, curve::Curve, price::Price, ratio::Ratio, units::{Seconds, Timestamp, Value}};
    /// let params = AuctionParams {
    ///     curve: Curve::Linear { duration: Seconds::new(100) }, floor: Ratio::from_fraction_floor(1, 2)?,
    ///     tail: Seconds::new(60), cusp: Ratio::from_fraction_floor(3, 4)?, dust: Value::ZERO,
    /// };
    /// let terms = Terms::from_start(&AuctionConfig::new(params)?, Price::from_decimal_floor(100, 0)?, Timestamp::new(1_000))?;
    /// // After 25 seconds three quarters are asked, the cusp, and after 26 less.
    /// let due = [999, 1_025, 1_026].map(|now| terms.needs_reset(Timestamp::new(now)));
    /// assert_eq!(due, [Err(Error::AuctionNotStarted), Ok(false), Ok(true)]);
    /// assert_eq!(terms.config().params(), params);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn needs_reset(&self, now: Timestamp) -> Result<bool, Error> {
        Ok(self.price_after(self.elapsed(now)?)?.is_none())
    }

    /// The time since the start at which the price is first at or below `value`, found by bisection.
    ///
    /// `None` if a reset is due before, or `value` is below the floor. In stairs, with `s` the start and `c` the cut, it
    /// comes at most `ceil(ln(s / (value - s ERROR)) / ln(1/c))` steps after the start. Spec: T6.
    ///
    /// # Examples
    /// ```
    /// use damper::auction::{AuctionConfig, AuctionParams, Terms};
    /// use damper::{curve::Curve, price::Price, ratio::Ratio, units::{Decay, Seconds, Timestamp, Value}};
    /// let config = AuctionConfig::new(AuctionParams {
    ///     curve: Curve::Exponential { decay: Decay::from_half_life_floor(Seconds::new(3_600))? },
    ///     floor: Ratio::from_bps_floor(100)?, tail: Seconds::new(7_200), cusp: Ratio::ZERO, dust: Value::ZERO,
    /// })?;
    /// let price = |whole: u128| Price::from_decimal_floor(whole, 0);
    /// let terms = Terms::from_start(&config, price(100)?, Timestamp::new(0))?;
    /// assert_eq!(terms.time_to(price(50)?), Some(Seconds::new(3_600)));
    /// // A quarter takes two half-lives, at the end of which it is still on offer; an eighth would take three.
    /// assert_eq!((terms.time_to(price(25)?), terms.time_to(price(12)?)), (Some(Seconds::new(7_200)), None));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn time_to(&self, value: Price) -> Option<Seconds> {
        // Invariant: not reached before `low`; if it is reached by the tail, then at or before `high`. The price never
        // rises, and once a reset is due it stays due. Twenty rounds close the gap.
        let (mut low, mut high) = (0_u64, self.config.0.tail.get());
        while low < high {
            let middle = low.midpoint(high);
            match self.price_after(Seconds::new(middle)) {
                Ok(Some(price)) if price > value => low = middle.saturating_add(1),
                Ok(_) | Err(_) => high = middle,
            }
        }
        let time = Seconds::new(low);
        let price = self.price_after(time).ok()??;
        if price <= value { Some(time) } else { None }
    }

    /// The least price that is paid if some bidder values a base atom at `value` and answers within `latency` of the
    /// price reaching it: the price at that time.
    ///
    /// `None` if the value is not reached, or a reset is due before the answer must be there; nothing is promised then.
    /// With `s` the start, `f s` the floor price and `v = min(value, s)`, it is at least `f s`, and for
    ///
    /// ```text
    /// stairs       c^(l + 1) (v - s ERROR),     l = floor(latency / step)
    /// exponential  d^(latency + 1) (v - s ERROR)
    /// linear       v - s (latency + 1) / duration - s ERROR
    /// ```
    /// Spec: T6.
    ///
    /// # Examples
    /// See [`Terms`].
    #[must_use]
    pub fn clearing_price_floor(&self, value: Price, latency: Seconds) -> Option<Price> {
        let answered = self.time_to(value)?.get().checked_add(latency.get())?;
        self.price_after(Seconds::new(answered)).ok()?
    }

    /// Whether an auction that starts at `1 + buffer` times a price asks that price before a reset is due.
    ///
    /// The price is asked when the part of the start price is at most `q = floor(1 / (1 + buffer))` and not below the cusp.
    /// Parts do not rise, so one at or below `q` comes by the tail if that at the tail is; and it is not below the cusp if
    /// that at the tail is not, or if no fall of one step leads from above `q` to below the cusp. Otherwise the first time
    /// is searched for.
    pub(crate) fn clears(config: &AuctionConfig, buffer: Ratio) -> Result<bool, Error> {
        let AuctionParams { curve, floor, tail, cusp, .. } = config.0;
        let highest = Ratio::ONE.div_floor(Ratio::ONE.checked_add(buffer)?)?;
        let last = curve.part_ceil(tail, floor)?;
        if last > highest || cusp > highest {
            return Ok(false);
        }
        if last >= cusp || curve.first_within_floor(highest)? >= cusp {
            return Ok(true);
        }
        let par = PriceBand::exact(Price::from_parts(0, 1 << 63)?);
        Ok(Terms::freeze(config, par, buffer, Timestamp::new(0))?.time_to(par.low()).is_some())
    }

    fn elapsed(&self, now: Timestamp) -> Result<Seconds, Error> {
        now.since(self.opened).map_err(|_| Error::AuctionNotStarted)
    }

    /// The price after a time; `None` when a reset is due.
    fn price_after(&self, elapsed: Seconds) -> Result<Option<Price>, Error> {
        let AuctionParams { curve, floor, tail, cusp, .. } = &self.config.0;
        if elapsed > *tail {
            return Ok(None);
        }
        let part = curve.part_ceil(elapsed, *floor)?;
        if part < *cusp { Ok(None) } else { self.start.scale_ceil(part).map(Some) }
    }
}

/// A lot on offer. Plain data; each call returns the lot that replaces the one passed in.
///
/// # Examples
/// See [`Lot::take`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "the lot that a call returns replaces the one passed in"]
pub struct Lot {
    terms: Terms,
    remaining: Amount,
    raise: Value,
}

/// A sale out of a lot.
///
/// # Examples
/// See [`Lot::take`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "the sale counts only if its lot replaces the one passed in"]
pub struct Take {
    /// The lot after the sale.
    pub lot: Lot,
    /// What the taker receives.
    pub sold: Amount,
    /// What the taker pays, `ceil(price * sold)`; [`Take::surplus`] of it is beyond the tab.
    pub paid: Value,
    /// The price asked.
    pub price: Price,
}

impl Take {
    /// What was paid beyond the tab, `max(0, paid - raise)` with what `before`, the lot that the sale was made from, had left
    /// to raise: it is the borrower's. Exact.
    ///
    /// At most `ceil(price) - 1` quote atoms in all takes of a lot, and all of it in the last one (D13). Of another lot it
    /// says nothing.
    ///
    /// # Examples
    /// ```
    /// use damper::auction::{AuctionConfig, AuctionParams, Lot, Terms};
    /// use damper::{curve::Curve, price::Price, ratio::Ratio, units::{Amount, Seconds, Timestamp, Value}};
    /// let config = AuctionConfig::new(AuctionParams {
    ///     curve: Curve::Linear { duration: Seconds::new(100) },
    ///     floor: Ratio::from_fraction_floor(1, 2)?,
    ///     tail: Seconds::new(100),
    ///     cusp: Ratio::ZERO,
    ///     dust: Value::ZERO,
    /// })?;
    /// let (three, now) = (Price::from_decimal_floor(3, 0)?, Timestamp::new(0));
    /// // A tab of 10 at 3: four atoms raise it, and pay two more.
    /// let lot = Lot::open(Terms::from_start(&config, three, now)?, Amount::new(9), Value::new(10))?;
    /// let first = lot.take(Amount::new(1), three, now)?;
    /// assert_eq!((first.paid, first.surplus(&lot)), (Value::new(3), Value::ZERO));
    /// let last = first.lot.take(Amount::new(9), three, now)?;
    /// assert_eq!((last.sold, last.paid, last.surplus(&first.lot)), (Amount::new(3), Value::new(9), Value::new(2)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub const fn surplus(&self, before: &Lot) -> Value {
        self.paid.excess_over(before.raise)
    }
}

/// What is left of a lot when it is closed.
///
/// # Examples
/// See [`Lot::take`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "what was not sold belongs to somebody"]
pub struct Returned {
    /// Base atoms that were not sold.
    pub unsold: Amount,
    /// Quote atoms that were not raised.
    pub unraised: Value,
}

impl Lot {
    /// Offers `sell` base atoms to raise `raise` quote atoms.
    ///
    /// # Errors
    /// Either is zero: [`Error::LotEmpty`]. The lot is worth 2^128 quote atoms or more at its start price, so that a
    /// payment for it might not be representable: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Lot::take`].
    pub fn open(terms: Terms, sell: Amount, raise: Value) -> Result<Lot, Error> {
        if sell.is_zero() || raise.is_zero() {
            return Err(Error::LotEmpty);
        }
        // What can be paid for at the start price can be paid for, in whole and in part, at any later price.
        terms.start.value_ceil(sell)?;
        Ok(Lot { terms, remaining: sell, raise })
    }

    /// The terms.
    ///
    /// # Examples
    /// See [`Lot::reset`].
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// What is not yet sold.
    ///
    /// # Examples
    /// See [`Lot::reset`].
    #[must_use]
    pub const fn remaining(&self) -> Amount {
        self.remaining
    }

    /// What is not yet raised.
    ///
    /// # Examples
    /// See [`Lot::reset`].
    #[must_use]
    pub const fn raise(&self) -> Value {
        self.raise
    }

    /// Whether nothing is left to sell, or nothing to raise.
    ///
    /// # Examples
    /// See [`Lot::reset`].
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.remaining.is_zero() || self.raise.is_zero()
    }

    /// Sells part of the lot at the price asked, or all that is needed.
    ///
    /// The quantity is the least of `want`, the rest of the lot, and the smallest amount whose payment raises the rest of
    /// the tab; the payment is `ceil(price * quantity)`. The tab is over-raised by at most `ceil(price) - 1` quote atoms,
    /// and by nothing when a base atom costs one quote atom or less. After a sale in part, the rest is worth at least the
    /// dust at this price, and so is the rest of the tab; a `want` that would leave less is reduced until exactly enough
    /// is left. What is paid is the dust at least, or finishes the lot: on a grid each take from a new snapshot is charged to
    /// the next point, and who could take an atom would spend the ledger's permission for nothing. A `want` that finishes the
    /// lot is never reduced, and never too small. Roundings are against the taker, by less than one quote atom. Spec: D13, I3.
    ///
    /// # Errors
    /// Nothing left to sell or to raise: [`Error::LotEmpty`]. `want` zero: [`Error::TakeEmpty`]. `now` before the start:
    /// [`Error::AuctionNotStarted`]. A reset is due: [`Error::AuctionResetDue`]. Price above `max_price`:
    /// [`Error::PriceAboveLimit`]. What is wanted, or its part that may be sold, does not finish the lot and would pay less
    /// than the dust: [`Error::TakeBelowDust`]. Whatever is sold in part, it or the rest would be dust: all or nothing is to be
    /// taken, [`Error::TakeLeavesDust`].
    ///
    /// # Examples
    /// ```
    /// use damper::auction::{AuctionConfig, AuctionParams, Lot, Returned, Terms};
    /// use damper::{Error, curve::Curve, price::{Price, PriceBand}, ratio::Ratio};
    /// use damper::units::{Amount, Seconds, Timestamp, Value};
    /// let config = AuctionConfig::new(AuctionParams {
    ///     curve: Curve::Linear { duration: Seconds::new(100) },
    ///     floor: Ratio::from_bps_ceil(5_000)?,
    ///     tail: Seconds::new(100),
    ///     cusp: Ratio::ZERO,
    ///     dust: Value::new(20),
    /// })?;
    /// let start = Price::from_fraction_ceil(5, 2)?;
    /// let terms = Terms::freeze(&config, PriceBand::exact(start), Ratio::ZERO, Timestamp::new(0))?;
    /// let now = Timestamp::new(0);
    /// // 7 atoms at 2.5 are 17.5; 8 are the dust.
    /// let lot = Lot::open(terms, Amount::new(100), Value::new(101))?;
    /// assert_eq!(lot.take(Amount::new(7), start, now), Err(Error::TakeBelowDust));
    /// let take = lot.take(Amount::new(8), start, now)?;
    /// assert_eq!((take.sold, take.paid, take.lot.raise()), (Amount::new(8), Value::new(20), Value::new(81)));
    /// // 32 would leave a tab of 1; 24 leave 21.
    /// let take = take.lot.take(Amount::new(32), start, now)?;
    /// assert_eq!((take.sold, take.paid, take.lot.raise()), (Amount::new(24), Value::new(60), Value::new(21)));
    /// // An atom more would leave less than 20, so that all must be taken: 9 atoms, of which the last raises 2 too much.
    /// assert_eq!(take.lot.take(Amount::new(8), start, now), Err(Error::TakeLeavesDust));
    /// let last = take.lot.take(Amount::new(68), start, now)?;
    /// assert_eq!((last.sold, last.paid, last.surplus(&take.lot)), (Amount::new(9), Value::new(23), Value::new(2)));
    /// assert_eq!(last.lot.close(), Returned { unsold: Amount::new(59), unraised: Value::ZERO });
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn take(self, want: Amount, max_price: Price, now: Timestamp) -> Result<Take, Error> {
        if self.is_done() {
            return Err(Error::LotEmpty);
        }
        if want.is_zero() {
            return Err(Error::TakeEmpty);
        }
        let price = self.terms.price(now)?;
        if price > max_price {
            return Err(Error::PriceAboveLimit);
        }
        let (sold, paid) = self.sold(want, price)?;
        let lot = Lot { remaining: self.remaining.checked_sub(sold)?, raise: self.raise.excess_over(paid), ..self };
        Ok(Take { lot, sold, paid, price })
    }

    /// What is sold to a taker who wants so much, and what is paid for it. Divides only where the tab or the dust limits it.
    fn sold(&self, want: Amount, price: Price) -> Result<(Amount, Value), Error> {
        let most = want.min(self.remaining);
        let paid = price.value_ceil(most)?;
        let rest = self.remaining.excess_over(most);
        // Worth more than an integer exactly when the floor of the worth is; the rest of the tab counts what is paid.
        let dust = self.terms.config.0.dust;
        let fits = paid < self.raise
            && (rest.is_zero()
                || paid >= dust
                    && price.value_floor(rest)? >= dust
                    && self.raise.checked_sub(paid).is_ok_and(|left| left >= dust));
        if fits {
            return Ok((most, paid));
        }
        let whole = self.whole(price);
        if want >= whole {
            return Ok((whole, price.value_ceil(whole)?));
        }
        let part = self.most_in_part(price);
        let sold = want.min(part);
        let paid = price.value_ceil(sold)?;
        if sold.is_zero() || price.value_ceil(part)? < dust {
            return Err(Error::TakeLeavesDust);
        }
        if paid < dust { Err(Error::TakeBelowDust) } else { Ok((sold, paid)) }
    }

    /// The amount that finishes the lot: the rest of it, or the smallest that raises the tab if that is less.
    fn whole(&self, price: Price) -> Amount {
        // ceil(price * q) >= raise iff price * q > raise - 1, for the raise is an integer.
        let below = self.raise.excess_over(Value::new(1));
        match price.amount_floor(below).and_then(|amount| amount.checked_add(Amount::new(1))) {
            Ok(amount) => amount.min(self.remaining),
            // More than there are atoms.
            Err(_) => self.remaining,
        }
    }

    /// The largest amount that leaves a rest of the lot and of the tab worth the dust; zero if none does.
    fn most_in_part(&self, price: Price) -> Amount {
        let dust = self.terms.config.0.dust;
        // price * rest >= dust iff rest >= amount_ceil(dust); an amount beyond 2^128 is more than there is.
        let of_lot = price.amount_ceil(dust).map_or(Amount::ZERO, |rest| self.remaining.excess_over(rest));
        // raise - ceil(price * q) >= dust iff price * q <= raise - dust.
        let of_tab = match self.raise.checked_sub(dust) {
            Ok(spare) => price.amount_floor(spare).unwrap_or(self.remaining),
            Err(_) => Amount::ZERO,
        };
        of_lot.min(of_tab)
    }

    /// Ends the auction, and names what was not sold and not raised.
    ///
    /// # Examples
    /// See [`Lot::take`].
    pub const fn close(self) -> Returned {
        Returned { unsold: self.remaining, unraised: self.raise }
    }

    /// The same rest on new terms, when a reset is due.
    ///
    /// # Errors
    /// No reset is due, or the lot is done: [`Error::AuctionResetNotDue`]. `now` before the start, of the old terms or of
    /// the new: [`Error::AuctionNotStarted`]. The new terms are out of date themselves: [`Error::AuctionResetDue`]. The
    /// rest is worth 2^128 quote atoms or more at the new start price: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::auction::{AuctionConfig, AuctionParams, Lot, Terms};
    /// use damper::{Error, curve::Curve, price::{Price, PriceBand}, ratio::Ratio};
    /// use damper::units::{Amount, Seconds, Timestamp, Value};
    /// let config = AuctionConfig::new(AuctionParams {
    ///     curve: Curve::Linear { duration: Seconds::new(100) },
    ///     floor: Ratio::from_fraction_floor(1, 2)?,
    ///     tail: Seconds::new(100),
    ///     cusp: Ratio::ZERO,
    ///     dust: Value::ZERO,
    /// })?;
    /// let (price, at) = (|whole: u128| Price::from_decimal_floor(whole, 0), Timestamp::new);
    /// let terms = |whole, now| -> Result<Terms, Error> {
    ///     Terms::freeze(&config, PriceBand::exact(price(whole)?), Ratio::ZERO, at(now))
    /// };
    /// // Three of ten are sold at 100.
    /// let take = Lot::open(terms(100, 0)?, Amount::new(10), Value::new(700))?.take(Amount::new(3), price(100)?, at(0))?;
    /// // The tail is not over at 100 seconds; a second later it is, and the rest is offered from 80 on.
    /// assert_eq!(take.lot.reset(terms(80, 100)?, at(100)), Err(Error::AuctionResetNotDue));
    /// let lot = take.lot.reset(terms(80, 101)?, at(101))?;
    /// assert_eq!((lot.remaining(), lot.raise(), lot.terms().start()), (Amount::new(7), Value::new(400), price(80)?));
    /// // Five at 80 finish it.
    /// let last = lot.take(Amount::new(7), price(80)?, at(101))?;
    /// assert_eq!((last.sold, last.paid, last.lot.is_done()), (Amount::new(5), Value::new(400), true));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn reset(self, terms: Terms, now: Timestamp) -> Result<Lot, Error> {
        if self.is_done() || !self.terms.needs_reset(now)? {
            return Err(Error::AuctionResetNotDue);
        }
        self.renew(terms, now)
    }

    /// The same rest on new terms, whether the old ones are out of date or not; errors as [`Lot::reset`].
    pub(crate) fn renew(self, terms: Terms, now: Timestamp) -> Result<Lot, Error> {
        if self.is_done() {
            return Err(Error::AuctionResetNotDue);
        }
        terms.price(now)?;
        terms.start.value_ceil(self.remaining)?;
        Ok(Lot { terms, ..self })
    }
}

form!(Take { lot: Lot, sold: Amount, paid: Value, price: Price });
form!(Returned { unsold: Amount, unraised: Value });
stored!(AuctionParams { curve: Curve, floor: Ratio, tail: Seconds, cusp: Ratio, dust: Value }, drawn);
stored_as!(AuctionConfig as AuctionParams, |config| config.0, AuctionConfig::new);
stored!(Terms { config: AuctionConfig, start: Price, opened: Timestamp } if |terms| {
    terms.start.scale_ceil(terms.config.0.floor).is_ok()
}, "a `start` that times the floor is at least 2^-128");
stored!(Lot { terms: Terms, remaining: Amount, raise: Value } if |lot| {
    lot.terms.start.value_ceil(lot.remaining).is_ok()
}, "a `remaining` worth less than 2^128 at the start price");

crate::packed::store!(Lot);

impl Lot {
    /// Bytes of the stored form.
    ///
    /// # Examples
    /// See [`Lot::write_to`].
    pub const BYTES: usize = HEADER.wrapping_add(<Lot as Stored>::BYTES);

    /// Writes the stored form: fixed layout, little-endian, a header with kind and version. Spec: N9.
    ///
    /// # Errors
    /// `out` is not [`Lot::BYTES`] long: [`Error::StoredLength`].
    ///
    /// # Examples
    /// ```
    /// use damper::auction::{AuctionConfig, AuctionParams, Lot, Terms};
    /// use damper::{Error, curve::Curve, price::Price, ratio::Ratio, units::{Amount, Seconds, Timestamp, Value}};
    /// let config = AuctionConfig::new(AuctionParams {
    ///     curve: Curve::Linear { duration: Seconds::new(100) }, floor: Ratio::from_fraction_floor(1, 2)?,
    ///     tail: Seconds::new(100), cusp: Ratio::ZERO, dust: Value::ZERO,
    /// })?;
    /// let terms = Terms::from_start(&config, Price::from_decimal_floor(100, 0)?, Timestamp::new(0))?;
    /// let lot = Lot::open(terms, Amount::new(10), Value::new(700))?;
    /// let mut bytes = [0; Lot::BYTES];
    /// lot.write_to(&mut bytes)?;
    /// assert_eq!(Lot::read_from(&bytes)?, lot);
    /// // A byte short, and a header of zero.
    /// assert_eq!(Lot::read_from(&bytes[1..]), Err(Error::StoredLength));
    /// bytes[0] = 0;
    /// assert_eq!(Lot::read_from(&bytes), Err(Error::StoredHeader));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn write_to(&self, out: &mut [u8]) -> Result<(), Error> {
        write(Kind::Lot, 0, self, out)
    }

    /// Reads the stored form. Spec: N9.
    ///
    /// # Errors
    /// Another length: [`Error::StoredLength`]. Another kind or version: [`Error::StoredHeader`]. A field outside its
    /// range: [`Error::StoredValue`], or the error of its constructor.
    ///
    /// # Examples
    /// See [`Lot::write_to`].
    pub fn read_from(bytes: &[u8]) -> Result<Lot, Error> {
        read(Kind::Lot, 0, bytes)
    }
}
