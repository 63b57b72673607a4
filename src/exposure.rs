//! The exposure map: what would be sold at which price, over positions and over protocols.
//!
//! A position is sold once the price is at or below its trigger. The map counts it at the lowest bucket price that is not
//! below the trigger, so earlier than it will be sold and never later. What triggers above the first price is due at every
//! price; what triggers at or below the end of the grid is kept as the rest and counts at the end. Nothing is dropped.
//!
//! Prices are absolute, because triggers are: a trigger stays where it is when the market moves. Spec: D17.

use crate::bytes::{on_its_own, stored};
use crate::error::Error;
use crate::forms::form;
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::{Amount, Seconds, Timestamp, Value};

/// Bucket prices, strictly falling, and the price at which the last bucket ends.
///
/// # Examples
/// ```
/// use damper::{Error, exposure::PriceGrid, price::Price};
/// let price = |n: u128| Price::from_decimal_floor(n, 0);
/// let grid = PriceGrid::new([price(100)?, price(90)?], price(80)?)?;
/// assert_eq!(grid.end(), price(80)?);
/// assert_eq!(PriceGrid::new([price(100)?, price(100)?], price(80)?), Err(Error::ExposureGrid));
/// assert_eq!(PriceGrid::new([], price(80)?), Err(Error::ExposureGrid));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PriceGrid<const K: usize> {
    prices: [Price; K],
    end: Price,
}

/// What would be sold at which price, base atoms. Plain data, in and out by value.
///
/// # Examples
/// ```
/// use damper::exposure::{ExposureMap, PriceGrid};
/// use damper::{price::Price, units::Amount};
/// let price = |n: u128| Price::from_decimal_floor(n, 0);
/// let grid = PriceGrid::new([price(100)?, price(90)?], price(80)?)?;
///
/// let map = ExposureMap::new(grid)
///     .add(price(120)?, Amount::new(1))?
///     .add(price(95)?, Amount::new(2))?
///     .add(price(90)?, Amount::new(4))?
///     .add(price(80)?, Amount::new(8))?;
/// // Above the first price: due. At 95: counted from 100 on. At 90: from 90 on. At the end: the rest.
/// assert_eq!((map.due(), map.rest()), (Amount::new(1), Amount::new(8)));
/// assert_eq!(map.buckets(), &[Amount::new(2), Amount::new(4)]);
/// assert_eq!((map.sold_ceil(price(91)?), map.total()), (Amount::new(3), Amount::new(15)));
/// assert_eq!(map.grid(), &grid);
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ExposureMap<const K: usize> {
    grid: PriceGrid<K>,
    due: Amount,
    buckets: [Amount; K],
    rest: Amount,
}

/// One bucket: what would be sold once the price is at or below its price.
///
/// # Examples
/// See [`ExposureMap::largest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Bucket {
    /// The bucket's price.
    pub price: Price,
    /// Base atoms.
    pub amount: Amount,
}

/// What one reporter (another protocol) has said, and how much it is registered for. Plain data, in and out by value.
///
/// # Examples
/// ```
/// use damper::exposure::{ExposureMap, PriceGrid, Report, Reporter};
/// use damper::{price::Price, units::{Amount, Seconds, Timestamp}};
/// let price = |n: u128| Price::from_decimal_floor(n, 0);
/// let grid = PriceGrid::new([price(100)?, price(90)?], price(80)?)?;
///
/// let (age, at) = (Seconds::new(60), Timestamp::new);
/// let reporter = Reporter::new(grid, Amount::new(10));
/// // Not heard of: ten, all of it due.
/// assert_eq!(reporter.counted(age, at(0))?.due(), Amount::new(10));
/// // Four at 95 are reported, and count for a minute.
/// let map = ExposureMap::new(grid).add(price(95)?, Amount::new(4))?;
/// let (heard, excess) = reporter.report(&Report { source_time: at(5), map }, age, at(10))?;
/// assert_eq!((excess, heard.counted(age, at(65))?), (Amount::ZERO, map));
/// assert_eq!(heard.counted(age, at(66))?.due(), Amount::new(10));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Reporter<const K: usize> {
    registered: Amount,
    /// What it counts for while it is silent: never below `registered`, nor below the total of its last report.
    worst: Amount,
    heard: bool,
    at: Timestamp,
    map: ExposureMap<K>,
}

/// A report: a map, and the time at which it was true.
///
/// # Examples
/// See [`Reporter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Report<const K: usize> {
    /// The time whose positions the map shows.
    pub source_time: Timestamp,
    /// The map.
    pub map: ExposureMap<K>,
}

/// The maps of many in one.
///
/// # Examples
/// See [`merge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Merged<const K: usize> {
    /// The sum of what each counts for.
    pub map: ExposureMap<K>,
    /// How many reporters are stale or were never heard of.
    pub silent: u64,
}

/// The trigger of a position: it is unhealthy (D10) exactly at prices below `ceil(debt / threshold) / collateral`, which
/// is returned rounded up; `None` without debt.
///
/// Units: quote atoms per base atom, of the low side of the price that health is judged at. The floors of D10 are in it:
/// `floor(floor(C p) t) < d` iff `floor(C p) < ceil(d / t)` iff `C p < ceil(d / t)`, all of them integers but `C p`, and a
/// price is below the quotient iff it is below the quotient rounded up to a price. [`Price::MAX`] stands for every price:
/// debt without collateral, a threshold of zero, or a quotient that no price reaches. Spec: D16.
///
/// # Errors
/// `debt / threshold` at or above 2^128: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::exposure::trigger_price_ceil;
/// use damper::{price::Price, ratio::Ratio, units::{Amount, Value}};
/// // 10 atoms against 15, of which three quarters count: unhealthy below 20 / 10.
/// let threshold = Ratio::from_fraction_floor(3, 4)?;
/// let trigger = trigger_price_ceil(Amount::new(10), Value::new(15), threshold)?;
/// assert_eq!(trigger, Some(Price::from_decimal_floor(2, 0)?));
/// assert_eq!(trigger_price_ceil(Amount::new(10), Value::ZERO, threshold)?, None);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn trigger_price_ceil(collateral: Amount, debt: Value, threshold: Ratio) -> Result<Option<Price>, Error> {
    if debt.is_zero() {
        return Ok(None);
    }
    if collateral.is_zero() || threshold == Ratio::ZERO {
        return Ok(Some(Price::MAX));
    }
    let needed = debt.div_ceil(threshold)?.get();
    // A quotient that rounds up to 2^128 is above every price.
    Ok(Some(Price::from_fraction_ceil(needed, collateral.get()).unwrap_or(Price::MAX)))
}

impl<const K: usize> PriceGrid<K> {
    /// Bucket prices from the highest down, and the price at which the last bucket ends.
    ///
    /// # Errors
    /// `K` zero, or prices that do not fall strictly down to `end`: [`Error::ExposureGrid`].
    ///
    /// # Examples
    /// See [`PriceGrid`].
    pub fn new(prices: [Price; K], end: Price) -> Result<PriceGrid<K>, Error> {
        let grid = PriceGrid { prices, end };
        if grid.falls() { Ok(grid) } else { Err(Error::ExposureGrid) }
    }

    /// `K` prices from `top` down, each `step` times the one before it, rounded up; the end is one step further.
    ///
    /// # Errors
    /// `K` zero, a step that is zero or not below one, or prices that leave the range: [`Error::ExposureGrid`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, exposure::PriceGrid, price::Price, ratio::Ratio};
    /// let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// // Each price three quarters of the one before it.
    /// let grid = PriceGrid::<3>::geometric(price(64)?, Ratio::from_fraction_floor(3, 4)?)?;
    /// assert_eq!((grid.prices(), grid.end()), (&[price(64)?, price(48)?, price(36)?], price(27)?));
    /// assert_eq!(PriceGrid::<3>::geometric(price(64)?, Ratio::ONE), Err(Error::ExposureGrid));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn geometric(top: Price, step: Ratio) -> Result<PriceGrid<K>, Error> {
        let (mut prices, mut next) = ([top; K], top);
        for price in &mut prices {
            *price = next;
            next = next.scale_ceil(step).map_err(|_| Error::ExposureGrid)?;
        }
        PriceGrid::new(prices, next)
    }

    /// The prices of the buckets.
    ///
    /// # Examples
    /// See [`PriceGrid::geometric`].
    #[must_use]
    pub const fn prices(&self) -> &[Price; K] {
        &self.prices
    }

    /// The price at which the last bucket ends and the rest counts.
    ///
    /// # Examples
    /// See [`PriceGrid`].
    #[must_use]
    pub const fn end(&self) -> Price {
        self.end
    }

    fn falls(&self) -> bool {
        let below = self.prices.iter().skip(1).chain([&self.end]);
        K > 0 && self.prices.iter().zip(below).all(|(price, next)| next < price)
    }
}

impl<const K: usize> ExposureMap<K> {
    /// A map of no positions.
    ///
    /// # Examples
    /// See [`ExposureMap::largest`].
    #[must_use]
    pub const fn new(grid: PriceGrid<K>) -> ExposureMap<K> {
        ExposureMap::all_due(grid, Amount::ZERO)
    }

    /// A map of one position that is due at every price.
    const fn all_due(grid: PriceGrid<K>, due: Amount) -> ExposureMap<K> {
        ExposureMap { grid, due, buckets: [Amount::ZERO; K], rest: Amount::ZERO }
    }

    /// With a position of this trigger, of which `amount` would be sold: the whole collateral in the worst case.
    ///
    /// A position whose collateral, debt or threshold changes is removed as it was added and added anew. K comparisons
    /// and K additions. Spec: D16.
    ///
    /// # Errors
    /// A total at or above 2^128: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::exposure::{ExposureMap, PriceGrid};
    /// use damper::{price::Price, ratio::Ratio, units::Amount};
    /// let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// // Buckets at 100 and 90, the last down to 80.
    /// let map = ExposureMap::new(PriceGrid::new([price(100)?, price(90)?], price(80)?)?);
    /// let map = map.add(price(95)?, Amount::new(7))?.add(price(50)?, Amount::new(2))?;
    /// assert_eq!(map.sold_ceil(price(101)?), Amount::ZERO);
    /// assert_eq!(map.sold_ceil(price(100)?), Amount::new(7));
    /// assert_eq!(map.sold_ceil(price(80)?), Amount::new(9));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn add(mut self, trigger: Price, amount: Amount) -> Result<ExposureMap<K>, Error> {
        self.total().checked_add(amount)?;
        let slot = self.slot(trigger);
        *slot = slot.checked_add(amount)?;
        Ok(self)
    }

    /// Without a position that was added with this trigger and amount: the exact inverse of [`ExposureMap::add`].
    ///
    /// # Errors
    /// More than the bucket of the trigger holds: [`Error::ExposureUnderflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::exposure::{ExposureMap, PriceGrid};
    /// use damper::{price::Price, units::Amount};
    /// let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// let grid = PriceGrid::new([price(100)?, price(90)?], price(80)?)?;
    ///
    /// let empty = ExposureMap::new(grid);
    /// let map = empty.add(price(95)?, Amount::new(7))?;
    /// assert_eq!(map.remove(price(95)?, Amount::new(7))?, empty);
    /// // Another trigger of the same bucket is the same bucket; one of another bucket has nothing to take.
    /// assert_eq!(map.remove(price(99)?, Amount::new(3))?.total(), Amount::new(4));
    /// assert_eq!(map.remove(price(90)?, Amount::new(3)), Err(damper::Error::ExposureUnderflow));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn remove(mut self, trigger: Price, amount: Amount) -> Result<ExposureMap<K>, Error> {
        let slot = self.slot(trigger);
        *slot = slot.checked_sub(amount).map_err(|_| Error::ExposureUnderflow)?;
        Ok(self)
    }

    /// With `amount` more that is sold at every price: what is on offer already, what is sold early, what has no trigger.
    ///
    /// [`ExposureMap::remove_due`] takes it out again. Spec: D16.
    ///
    /// # Errors
    /// A total at or above 2^128: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::exposure::{ExposureMap, PriceGrid};
    /// use damper::{Error, price::Price, units::Amount};
    /// let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// let map = ExposureMap::new(PriceGrid::new([price(100)?], price(80)?)?).add(price(90)?, Amount::new(7))?;
    /// let more = map.add_due(Amount::new(2))?;
    /// assert_eq!((more.due(), more.sold_ceil(price(500)?)), (Amount::new(2), Amount::new(2)));
    /// assert_eq!(more.sold_ceil(price(100)?), Amount::new(9));
    /// assert_eq!(more.remove_due(Amount::new(2))?, map);
    /// assert_eq!(map.remove_due(Amount::new(1)), Err(Error::ExposureUnderflow));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn add_due(mut self, amount: Amount) -> Result<ExposureMap<K>, Error> {
        self.take_due(amount)?;
        Ok(self)
    }

    /// Without `amount` of what is sold at every price: the exact inverse of [`ExposureMap::add_due`].
    ///
    /// # Errors
    /// More than is due: [`Error::ExposureUnderflow`].
    ///
    /// # Examples
    /// See [`ExposureMap::add_due`].
    pub fn remove_due(mut self, amount: Amount) -> Result<ExposureMap<K>, Error> {
        self.due = self.due.checked_sub(amount).map_err(|_| Error::ExposureUnderflow)?;
        Ok(self)
    }

    /// [`ExposureMap::add_due`] in place; nothing is changed on an error.
    fn take_due(&mut self, amount: Amount) -> Result<(), Error> {
        self.total().checked_add(amount)?;
        self.due = self.due.checked_add(amount)?;
        Ok(())
    }

    /// The sum of two maps on one grid.
    ///
    /// # Errors
    /// Other bucket prices: [`Error::ExposureGridDiffers`]. A total at or above 2^128: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::exposure::{ExposureMap, PriceGrid};
    /// use damper::{price::Price, units::Amount};
    /// let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// let grid = PriceGrid::new([price(100)?, price(90)?], price(80)?)?;
    ///
    /// let first = ExposureMap::new(grid).add(price(95)?, Amount::new(7))?;
    /// let second = ExposureMap::new(grid).add(price(85)?, Amount::new(2))?;
    /// assert_eq!(first.plus(&second)?.buckets(), &[Amount::new(7), Amount::new(2)]);
    /// let other = ExposureMap::new(PriceGrid::new([price(100)?, price(95)?], price(80)?)?);
    /// assert_eq!(first.plus(&other), Err(damper::Error::ExposureGridDiffers));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn plus(mut self, other: &ExposureMap<K>) -> Result<ExposureMap<K>, Error> {
        self.take_in(other)?;
        Ok(self)
    }

    /// [`ExposureMap::plus`] in place: a map is some hundred bytes.
    fn take_in(&mut self, other: &ExposureMap<K>) -> Result<(), Error> {
        self.same_grid(other)?;
        self.total().checked_add(other.total())?;
        self.due = self.due.checked_add(other.due)?;
        self.rest = self.rest.checked_add(other.rest)?;
        for (amount, more) in self.buckets.iter_mut().zip(&other.buckets) {
            *amount = amount.checked_add(*more)?;
        }
        Ok(())
    }

    fn same_grid(&self, other: &ExposureMap<K>) -> Result<(), Error> {
        if self.grid == other.grid { Ok(()) } else { Err(Error::ExposureGridDiffers) }
    }

    /// The most that is sold once the price has been as low as `price`: what is due, every bucket of a price at or above
    /// it, and the rest once the end is reached. Base atoms; never below what is really triggered. Spec: D16.
    ///
    /// # Examples
    /// See [`ExposureMap::add`].
    #[must_use]
    pub fn sold_ceil(&self, price: Price) -> Amount {
        let reached = self.levels().take_while(|bucket| bucket.price >= price);
        // The total fits: it was checked when the amounts were added.
        reached.fold(self.due, |sum, bucket| Amount::new(sum.get().saturating_add(bucket.amount.get())))
    }

    /// Everything in the map.
    ///
    /// # Examples
    /// See [`ExposureMap`].
    #[must_use]
    pub fn total(&self) -> Amount {
        self.sold_ceil(Price::MIN)
    }

    /// What is sold at every price: triggers above the first bucket price.
    ///
    /// # Examples
    /// See [`ExposureMap`].
    #[must_use]
    pub const fn due(&self) -> Amount {
        self.due
    }

    /// The amounts of the buckets.
    ///
    /// # Examples
    /// See [`ExposureMap`].
    #[must_use]
    pub const fn buckets(&self) -> &[Amount; K] {
        &self.buckets
    }

    /// What triggers at or below the end of the grid.
    ///
    /// # Examples
    /// See [`ExposureMap`].
    #[must_use]
    pub const fn rest(&self) -> Amount {
        self.rest
    }

    /// The bucket prices.
    ///
    /// # Examples
    /// See [`ExposureMap`].
    #[must_use]
    pub const fn grid(&self) -> &PriceGrid<K> {
        &self.grid
    }

    /// The largest bucket, the highest of equal ones; what is due and the rest are no buckets.
    ///
    /// # Examples
    /// ```
    /// use damper::exposure::{Bucket, ExposureMap, PriceGrid};
    /// use damper::{price::Price, units::Amount};
    /// let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// let grid = PriceGrid::new([price(100)?, price(90)?], price(80)?)?;
    ///
    /// let map = ExposureMap::new(grid).add(price(95)?, Amount::new(3))?.add(price(85)?, Amount::new(5))?;
    /// let map = map.add(price(70)?, Amount::new(9))?;
    /// assert_eq!(map.largest(), Bucket { price: price(90)?, amount: Amount::new(5) });
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn largest(&self) -> Bucket {
        let none = Bucket { price: self.grid.end, amount: Amount::ZERO };
        let larger = |most: Option<Bucket>, bucket: Bucket| match most {
            Some(most) if most.amount >= bucket.amount => Some(most),
            _ => Some(bucket),
        };
        self.levels().take(K).fold(None, larger).unwrap_or(none)
    }

    /// The buckets from the highest price down, and the rest as one at the end.
    pub(crate) fn levels(&self) -> impl Iterator<Item = Bucket> {
        let prices = self.grid.prices.iter().chain([&self.grid.end]);
        let amounts = self.buckets.iter().chain([&self.rest]);
        prices.zip(amounts).map(|(&price, &amount)| Bucket { price, amount })
    }

    fn slot(&mut self, trigger: Price) -> &mut Amount {
        if trigger <= self.grid.end {
            return &mut self.rest;
        }
        let reached = self.grid.prices.iter().take_while(|price| **price >= trigger).count();
        match reached.checked_sub(1).and_then(|place| self.buckets.get_mut(place)) {
            Some(bucket) => bucket,
            None => &mut self.due,
        }
    }
}

impl<const K: usize> Reporter<K> {
    /// A reporter that may report at most `registered` base atoms, and was not heard of yet.
    ///
    /// # Examples
    /// See [`Reporter::register`].
    #[must_use]
    pub const fn new(grid: PriceGrid<K>, registered: Amount) -> Reporter<K> {
        Reporter { registered, worst: registered, heard: false, at: Timestamp::new(0), map: ExposureMap::new(grid) }
    }

    /// The reporter after a report, and what the report holds beyond the registered size.
    ///
    /// A report of more than that counts as the registered size, all of it due; the excess is named and not counted, until
    /// the reporter is registered for more. A report of less than the reporter holds cannot be told: see
    /// [`worst_case`]. No report lowers what the reporter counts for while it is silent. Spec: D16.
    ///
    /// # Errors
    /// Dated after `now`: [`Error::ReportFromFuture`]. Not later than the last one: [`Error::ReportOutOfOrder`]. Older than
    /// `max_age`: [`Error::ReportStale`]. On another grid: [`Error::ExposureGridDiffers`].
    ///
    /// # Examples
    /// ```
    /// use damper::exposure::{ExposureMap, PriceGrid, Report, Reporter};
    /// use damper::{price::Price, units::{Amount, Seconds, Timestamp}};
    /// let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// let grid = PriceGrid::new([price(100)?, price(90)?], price(80)?)?;
    ///
    /// let (age, at) = (Seconds::new(60), Timestamp::new);
    /// let says = |amount, now| -> Result<Report<2>, damper::Error> {
    ///     Ok(Report { source_time: at(now), map: ExposureMap::new(grid).add(price(85)?, Amount::new(amount))? })
    /// };
    /// // Twelve of a reporter that is registered for ten: ten count, wherever it says they are, and two are named.
    /// let (heard, excess) = Reporter::new(grid, Amount::new(10)).report(&says(12, 5)?, age, at(10))?;
    /// assert_eq!((excess, heard.counted(age, at(10))?.due()), (Amount::new(2), Amount::new(10)));
    /// assert_eq!(heard.report(&says(3, 5)?, age, at(10)), Err(damper::Error::ReportOutOfOrder));
    /// assert_eq!(heard.report(&says(3, 6)?, age, at(67)), Err(damper::Error::ReportStale));
    /// assert_eq!(heard.report(&says(3, 11)?, age, at(10)), Err(damper::Error::ReportFromFuture));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn report(&self, report: &Report<K>, max_age: Seconds, now: Timestamp) -> Result<(Reporter<K>, Amount), Error> {
        let age = now.since(report.source_time).map_err(|_| Error::ReportFromFuture)?;
        if self.heard && report.source_time <= self.at {
            return Err(Error::ReportOutOfOrder);
        }
        if age > max_age {
            return Err(Error::ReportStale);
        }
        if report.map.grid != self.map.grid {
            return Err(Error::ExposureGridDiffers);
        }
        let total = report.map.total();
        let excess = total.excess_over(self.registered);
        let map = if excess.is_zero() { report.map } else { ExposureMap::all_due(self.map.grid, self.registered) };
        // `worst` is at least `registered`, and so at least what this report counts for.
        Ok((Reporter { heard: true, at: report.source_time, map, ..*self }, excess))
    }

    /// The reporter under another registered size: an act of governance, and all that lowers what it counts for while it is
    /// silent, which becomes the larger of the new size and of what its last report counts for.
    ///
    /// The last report counts on as it did. One that came up to the old size may have been cut to it: under a size above its
    /// total it counts as that size, all of it due, until the next. Spec: D16.
    ///
    /// # Examples
    /// ```
    /// use damper::exposure::{ExposureMap, PriceGrid, Report, Reporter};
    /// use damper::{price::Price, units::{Amount, Seconds, Timestamp}};
    /// let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// let grid = PriceGrid::new([price(100)?, price(90)?], price(80)?)?;
    /// let (age, now) = (Seconds::new(60), Timestamp::new(1_000));
    /// let report = Report { source_time: now, map: ExposureMap::new(grid).add(price(95)?, Amount::new(8))? };
    /// let (heard, _) = Reporter::new(grid, Amount::new(10)).report(&report, age, now)?;
    /// assert_eq!(heard.worst(), Amount::new(10));
    /// assert_eq!(heard.registered(), Amount::new(10));
    /// assert_eq!(heard.register(Amount::new(9)).worst(), Amount::new(9));
    /// // Its last report showed eight.
    /// assert_eq!(heard.register(Amount::new(5)).worst(), Amount::new(8));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn register(&self, registered: Amount) -> Reporter<K> {
        let last = self.map.total();
        let map = if self.heard && last >= self.registered && last < registered {
            ExposureMap::all_due(self.map.grid, registered)
        } else {
            self.map
        };
        Reporter { registered, worst: registered.max(last), map, ..*self }
    }

    /// What the reporter counts for at `now`: its last report while that is at most `max_age` old; after that, and before the
    /// first report, its last known worst ([`Reporter::worst`]), all of it due. Spec: D16.
    ///
    /// # Errors
    /// `now` before the last report: [`Error::ClockReversed`].
    ///
    /// # Examples
    /// ```
    /// use damper::exposure::{ExposureMap, PriceGrid, Report, Reporter};
    /// use damper::{price::Price, units::{Amount, Seconds, Timestamp}};
    /// let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// let grid = PriceGrid::new([price(100)?, price(90)?], price(80)?)?;
    ///
    /// let (age, at) = (Seconds::new(60), Timestamp::new);
    /// let map = ExposureMap::new(grid).add(price(85)?, Amount::new(4))?;
    /// let (heard, _) = Reporter::new(grid, Amount::new(10)).report(&Report { source_time: at(5), map }, age, at(5))?;
    /// assert_eq!((heard.is_fresh(age, at(65))?, heard.is_fresh(age, at(66))?), (true, false));
    /// // Four once the price is at 90; and, too old, ten at any price.
    /// assert_eq!(heard.counted(age, at(65))?.sold_ceil(price(200)?), Amount::ZERO);
    /// assert_eq!(heard.counted(age, at(66))?.sold_ceil(price(200)?), Amount::new(10));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn counted(&self, max_age: Seconds, now: Timestamp) -> Result<ExposureMap<K>, Error> {
        Ok(if self.is_fresh(max_age, now)? { self.map } else { ExposureMap::all_due(self.map.grid, self.worst) })
    }

    /// Whether there is a report that is at most `max_age` old.
    ///
    /// # Errors
    /// `now` before the last report: [`Error::ClockReversed`].
    ///
    /// # Examples
    /// See [`Reporter::counted`].
    pub fn is_fresh(&self, max_age: Seconds, now: Timestamp) -> Result<bool, Error> {
        Ok(self.heard && now.since(self.at).map_err(|_| Error::ClockReversed)? <= max_age)
    }

    /// The most that it may report.
    ///
    /// # Examples
    /// See [`Reporter::register`].
    #[must_use]
    pub const fn registered(&self) -> Amount {
        self.registered
    }

    /// What it counts for while it is silent, its last known worst: the registered size, or a larger one that it was
    /// registered for or showed and that governance has not taken back by [`Reporter::register`].
    ///
    /// # Examples
    /// See [`Reporter::register`].
    #[must_use]
    pub const fn worst(&self) -> Amount {
        self.worst
    }
}

/// The own map and what each of `R` reporters counts for at `now`. `R (K + 2)` additions.
///
/// Never below what is triggered if each fresh report is right and each silent reporter holds at most what it counts for.
/// Spec: D16.
///
/// # Errors
/// Other bucket prices: [`Error::ExposureGridDiffers`]. A total at or above 2^128: [`Error::Overflow`]. `now` before a
/// report: [`Error::ClockReversed`].
///
/// # Examples
/// ```
/// use damper::exposure::{ExposureMap, PriceGrid, Report, Reporter, merge, worst_case};
/// use damper::{price::Price, units::{Amount, Seconds, Timestamp}};
/// let price = |n: u128| Price::from_decimal_floor(n, 0);
/// let grid = PriceGrid::new([price(100)?, price(90)?], price(80)?)?;
///
/// let (age, at) = (Seconds::new(60), Timestamp::new);
/// let own = ExposureMap::new(grid).add(price(100)?, Amount::new(1))?;
/// let map = ExposureMap::new(grid).add(price(85)?, Amount::new(4))?;
/// let (heard, _) = Reporter::new(grid, Amount::new(10)).report(&Report { source_time: at(5), map }, age, at(5))?;
/// // One that reports four, and one that was never heard of and counts as the twenty that it is registered for.
/// let reporters = [heard, Reporter::new(grid, Amount::new(20))];
/// let merged = merge(&own, &reporters, age, at(10))?;
/// assert_eq!((merged.silent, merged.map.due()), (1, Amount::new(20)));
/// assert_eq!(merged.map.buckets(), &[Amount::new(1), Amount::new(4)]);
/// // If both lie: ten and twenty are due.
/// assert_eq!(worst_case(&own, &reporters)?.due(), Amount::new(30));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn merge<const K: usize, const R: usize>(
    own: &ExposureMap<K>,
    reporters: &[Reporter<K>; R],
    max_age: Seconds,
    now: Timestamp,
) -> Result<Merged<K>, Error> {
    let mut merged = Merged { map: *own, silent: 0 };
    for reporter in reporters {
        if reporter.is_fresh(max_age, now)? {
            merged.map.take_in(&reporter.map)?;
        } else {
            merged.map.same_grid(&reporter.map)?;
            merged.map.take_due(reporter.worst)?;
            // R is below 2^64.
            merged.silent = merged.silent.saturating_add(1);
        }
    }
    Ok(merged)
}

/// The own map, and every reporter's last known worst, all of it due: never below what is triggered, whatever the
/// reporters say or hide, as long as none holds more than it is registered for; nor below what [`merge`] counts. Spec: D16.
///
/// # Errors
/// Other bucket prices: [`Error::ExposureGridDiffers`]. A total at or above 2^128: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::exposure::{ExposureMap, PriceGrid, Reporter, worst_case};
/// use damper::{price::Price, units::Amount};
/// let price = |n: u128| Price::from_decimal_floor(n, 0);
/// let grid = PriceGrid::new([price(100)?, price(90)?], price(80)?)?;
///
/// let own = ExposureMap::new(grid).add(price(85)?, Amount::new(1))?;
/// let worst = worst_case(&own, &[Reporter::new(grid, Amount::new(10)), Reporter::new(grid, Amount::new(20))])?;
/// assert_eq!((worst.due(), worst.total()), (Amount::new(30), Amount::new(31)));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn worst_case<const K: usize, const R: usize>(
    own: &ExposureMap<K>,
    reporters: &[Reporter<K>; R],
) -> Result<ExposureMap<K>, Error> {
    let mut sum = *own;
    for reporter in reporters {
        sum.same_grid(&reporter.map)?;
        sum.take_due(reporter.worst)?;
    }
    Ok(sum)
}

form!(Bucket { price: Price, amount: Amount });
form!(@[const K: usize] Report<K> { source_time: Timestamp, map: ExposureMap<K> });
form!(@[const K: usize] Merged<K> { map: ExposureMap<K>, silent: u64 });
stored!(@[const K: usize] PriceGrid<K> { prices: [Price; K], end: Price }
    if PriceGrid::falls, "`prices` that fall strictly down to `end`", drawn);
stored!(@[const K: usize] ExposureMap<K> {
    grid: PriceGrid<K>,
    due: Amount,
    buckets: [Amount; K],
    rest: Amount,
} if |map| {
    let amounts = map.buckets.iter().chain([&map.due, &map.rest]);
    amounts.map(|amount| amount.get()).try_fold(0_u128, u128::checked_add).is_some()
}, "amounts that sum to less than 2^128");
stored!(@[const K: usize] Reporter<K> {
    registered: Amount,
    worst: Amount,
    heard: bool,
    at: Timestamp,
    map: ExposureMap<K>,
} if |reporter| {
    // One that was not heard of is as it was built.
    let unheard = Reporter::new(reporter.map.grid, reporter.registered);
    reporter.map.total() <= reporter.worst
        && reporter.registered <= reporter.worst
        && (reporter.heard || *reporter == unheard)
}; mend |reporter| match reporter.heard {
    true => Reporter { worst: reporter.worst.max(reporter.registered).max(reporter.map.total()), ..reporter },
    false => Reporter::new(reporter.map.grid, reporter.registered),
});

// A map and a reporter are told apart by their lengths.
on_its_own! {
    /// Bytes of the stored form.
    @[const K: usize] ExposureMap<K>: Exposure, K
}
on_its_own! {
    /// Bytes of the stored form.
    @[const K: usize] Reporter<K>: Exposure, K
}
