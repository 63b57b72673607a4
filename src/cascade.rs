//! Prediction of cascades: how far forced selling carries a fall, where its loop gain reaches one, and what would stop it.
//!
//! A fall sets off the buckets of an exposure map; their sale moves the price down the book, which may set off more. What
//! is predicted is the cascade of sellers that sell at once and without a limit: the least fixed point of
//!
//! ```text
//! p = p_exo / (1 + I(V(p)))            D = X + ln(1 + I(V)) in log-price
//! ```
//!
//! with `V(p)` of the map and `I` of the book. No seller who sells only what was triggered goes further (T11). Membership
//! of a bucket is decided exactly, by `p_exo <= g (1 + I)`; only the prices that are shown are rounded, down.
//!
//! Spec: T11.

use crate::book::Book;
use crate::error::Error;
use crate::exposure::{Bucket, ExposureMap};
use crate::forms::form;
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::Amount;
use core::cmp::Ordering;

/// A market to predict in: a map, a book that impacts are counted on from the price without sales, and the present price.
///
/// Use the credible book (`DepthConfig::book`); what was sold and is not in its snapshot belongs to what is due in the map.
///
/// # Examples
/// ```
/// use damper::book::{Shape, Snapshot};
/// use damper::cascade::Cascade;
/// use damper::exposure::{ExposureMap, PriceGrid};
/// use damper::{price::Price, ratio::Ratio, units::Amount};
/// let price = |n: u128| Price::from_decimal_floor(n, 0);
/// let map = ExposureMap::new(PriceGrid::new([price(80)?, price(60)?], price(20)?)?)
///     .add(price(80)?, Amount::new(2))?
///     .add(price(60)?, Amount::new(2))?
///     .add(price(20)?, Amount::new(4))?;
/// let book = Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(8) })?;
/// let cascade = Cascade { map: &map, book: &book, price: price(100)? };
///
/// // Sold in all: 0, 2, 4 and 8 atoms, which divide the price by `((8 + c) / 8)^2`: 1, 25/16, 9/4 and 4. So the buckets and
/// // the end are reached from exogenous prices of 80 * 1 = 80, 60 * 25/16 = 93.75 and 20 * 9/4 = 45 on.
/// assert!(cascade.runs_on(0)? && !cascade.runs_on(1)?);
/// let edge = cascade.critical(Ratio::from_fraction_floor(2, 1)?)?.expect("an impact of 4 - 1 = 3 at the end");
/// assert_eq!((edge.exogenous, edge.fall), (price(45)?, Ratio::from_fraction_floor(55, 100)?));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Cascade<'a, const K: usize, const N: usize> {
    /// What would be sold at which price.
    pub map: &'a ExposureMap<K>,
    /// What a sale does to the price.
    pub book: &'a Book<N>,
    /// The present price.
    pub price: Price,
}

/// Where a cascade ends.
///
/// # Examples
/// See [`Exhausted`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Outcome {
    /// At a price at which no further bucket is set off.
    Stops(Forecast),
    /// Nowhere: the book has no bid left for what is sold.
    Exhausted(Exhausted),
}

/// A cascade that stops.
///
/// # Examples
/// See [`Cascade::forecast_at`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Forecast {
    /// The price after the exogenous fall alone.
    pub exogenous: Price,
    /// The price at the fixed point, rounded down.
    pub price: Price,
    /// The whole fall from the present price, rounded up; zero if the price rises.
    pub drawdown: Ratio,
    /// What is sold, base atoms: `V` of every price from `price` up to the last bucket price reached.
    pub sold: Amount,
    /// What the sale adds: `I(sold)`, `exogenous` over the price less one, rounded up.
    pub impact: Ratio,
    /// How many buckets are set off, from the highest; `K + 1` with the rest.
    pub reached: usize,
    /// The loop gain of the bucket that the price ends in ([`Cascade::gain_ceil`]): zero above the first bucket, `None`
    /// below the last or where it is beyond the type.
    pub gain: Option<Ratio>,
}

/// A cascade that the book does not stop: below its last bid every bucket is set off.
///
/// # Examples
/// ```
/// use damper::book::{Band, Shape, Snapshot};
/// use damper::cascade::{Cascade, Exhausted, Outcome};
/// use damper::exposure::{ExposureMap, PriceGrid};
/// use damper::{price::Price, ratio::Ratio, units::Amount};
/// let price = |n: u128| Price::from_decimal_floor(n, 0);
/// // Ten atoms are bid for within 20 % of the price, an impact of 1/4; twelve are to be sold from 80 on.
/// let bands = [Band { width: Ratio::from_fraction_floor(1, 5)?, amount: Amount::new(10) }];
/// let book = Shape::Grid([Ratio::from_fraction_floor(1, 4)?]).measure_floor(&Snapshot::Bands(&bands))?;
/// let map = ExposureMap::new(PriceGrid::new([price(80)?], price(20)?)?).add(price(80)?, Amount::new(12))?;
/// let cascade = Cascade { map: &map, book: &book, price: price(100)? };
/// // The last atom bid for is kept: nine are sold, down to 75 / (5/4).
/// let end = Exhausted { exogenous: price(75)?, last_bid: price(60)?, sold: Amount::new(9), unsold: Amount::new(3) };
/// assert_eq!(cascade.forecast_at(price(75)?)?, Outcome::Exhausted(end));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Exhausted {
    /// The price after the exogenous fall alone.
    pub exogenous: Price,
    /// The last price with a bid, rounded down.
    pub last_bid: Price,
    /// What the book takes down to it, base atoms.
    pub sold: Amount,
    /// What of the whole map cannot be sold.
    pub unsold: Amount,
}

/// The edge of a cascade.
///
/// # Examples
/// See [`Cascade::runaway`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Critical {
    /// The highest exogenous price, up to the present one, at which it runs.
    pub exogenous: Price,
    /// The distance to it from the present price, as a relative fall, rounded down.
    pub fall: Ratio,
}

/// Bids that would stop a cascade.
///
/// # Examples
/// See [`Cascade::cheapest_stop`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Stop {
    /// The bucket price that is then not reached: the bids must be above it.
    pub above: Price,
    /// The largest impact, counted from the exogenous price, at which a bid is above it.
    pub within: Ratio,
    /// Base atoms that must be bid for there beyond what the book shows.
    pub amount: Amount,
}

impl<const K: usize, const N: usize> Cascade<'_, K, N> {
    /// The cascade after an exogenous fall of `fall` from the present price.
    ///
    /// # Errors
    /// `fall` of one or more: [`Error::FallRange`]. A price below 2^-128: [`Error::PriceOutOfRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Shape, Snapshot};
    /// use damper::cascade::{Cascade, Outcome};
    /// use damper::exposure::{ExposureMap, PriceGrid};
    /// use damper::{price::Price, ratio::Ratio, units::Amount};
    /// let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// let map = ExposureMap::new(PriceGrid::new([price(90)?, price(80)?, price(60)?], price(40)?)?)
    ///     .add(price(90)?, Amount::new(100))?
    ///     .add(price(80)?, Amount::new(100))?
    ///     .add(price(60)?, Amount::new(100))?;
    /// let pool = Snapshot::ConstantProduct { reserve: Amount::new(1_000) };
    /// let book = Shape::<1>::ConstantProduct.measure_floor(&pool)?;
    /// let cascade = Cascade { map: &map, book: &book, price: price(100)? };
    /// // To 90 by itself; 90 / 1.21 = 74.4 sets off the second bucket; 90 / 1.44 = 62.5 is above the third.
    /// let Outcome::Stops(end) = cascade.forecast(Ratio::from_fraction_ceil(1, 10)?)? else { panic!("deep enough") };
    /// assert_eq!((end.reached, end.sold), (2, Amount::new(200)));
    /// assert!(end.price < Price::from_decimal_floor(625, -1)? && end.price > Price::from_decimal_floor(6249, -2)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn forecast(&self, fall: Ratio) -> Result<Outcome, Error> {
        let kept = Ratio::ONE.excess_over(fall);
        if kept == Ratio::ZERO {
            return Err(Error::FallRange);
        }
        self.forecast_at(self.price.scale_floor(kept)?)
    }

    /// The cascade at an exogenous price: the least fixed point, in one pass of at most `K + 1` steps.
    ///
    /// Stage `n` has sold `c_n`, what is due and the first `n` buckets. It sets off the next bucket if
    /// `p_exo <= g_n (1 + I(c_n))`, compared exactly; the first stage that does not is the least fixed point, because `I`
    /// and `V` are monotone. If `I(c_n)` is beyond the book, no price is low enough: [`Outcome::Exhausted`]. Spec: D17.
    ///
    /// # Errors
    /// A price below 2^-128: [`Error::PriceOutOfRange`].
    ///
    /// # Examples
    /// ```
    /// # use damper::book::{Shape, Snapshot};
    /// # use damper::cascade::{Cascade, Outcome};
    /// # use damper::exposure::{ExposureMap, PriceGrid};
    /// # use damper::{price::Price, ratio::Ratio, units::Amount};
    /// # let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// # let map = ExposureMap::new(PriceGrid::new([price(80)?, price(60)?], price(20)?)?)
    /// #     .add(price(80)?, Amount::new(2))?
    /// #     .add(price(60)?, Amount::new(2))?
    /// #     .add(price(20)?, Amount::new(4))?;
    /// # let book = Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(8) })?;
    /// # let cascade = Cascade { map: &map, book: &book, price: price(100)? };
    /// // 2 atoms at 80, 2 at 60 and 4 from 20 down, on a pool of 8: the price is divided by 1, 25/16, 9/4 and 4.
    ///
    /// // From 72: both buckets are set off, and 72 / (9/4) = 32 is above the end.
    /// let Outcome::Stops(end) = cascade.forecast_at(price(72)?)? else { panic!("deep enough") };
    /// assert_eq!((end.price, end.sold, end.reached), (price(32)?, Amount::new(4), 2));
    /// assert_eq!(end.impact, Ratio::from_fraction_floor(5, 4)?);
    /// // From 40 everything is sold, and the last bid is at 40 / 4.
    /// let Outcome::Stops(end) = cascade.forecast_at(price(40)?)? else { panic!("deep enough") };
    /// assert_eq!((end.price, end.sold, end.reached), (price(10)?, Amount::new(8), 3));
    /// // From 81 nothing is sold.
    /// let Outcome::Stops(end) = cascade.forecast_at(price(81)?)? else { panic!("deep enough") };
    /// assert_eq!((end.price, end.sold, end.gain), (price(81)?, Amount::ZERO, Some(Ratio::ZERO)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn forecast_at(&self, exogenous: Price) -> Result<Outcome, Error> {
        let (mut sold, mut reached) = (self.map.due(), 0_usize);
        let mut factor = self.factor(sold);
        for level in self.map.levels() {
            let Some(factor_here) = factor else { break };
            if exogenous.cmp_times(level.price, factor_here) == Ordering::Greater {
                break;
            }
            // At most K + 1.
            reached = reached.saturating_add(1);
            if !level.amount.is_zero() {
                sold = sold.checked_add(level.amount)?;
                factor = self.factor(sold);
            }
        }
        let Some(factor) = factor else { return self.exhausted(exogenous).map(Outcome::Exhausted) };
        let price = exogenous.div_floor(factor)?;
        let gain = match reached.checked_sub(1) {
            None => Some(Ratio::ZERO),
            Some(bucket) if bucket < K => self.gain_ceil(bucket)?,
            Some(_) => None,
        };
        Ok(Outcome::Stops(Forecast {
            exogenous,
            price,
            // A quotient beyond the type is beyond one too.
            drawdown: Ratio::ONE.excess_over(price.ratio_floor(self.price).unwrap_or(Ratio::ONE)),
            sold,
            impact: factor.excess_over(Ratio::ONE),
            reached,
            gain,
        }))
    }

    /// The loop gain of a bucket: by how much its sale moves the price, over the distance to the next bucket price.
    ///
    /// In log-price it is `ln((1 + I(c + b)) / (1 + I(c))) / ln(g_i / g_(i+1))`, with `c` sold before and `b` in the bucket;
    /// what is computed is at least that: `(I(c + b) - I(c)) / (1 + I(c))` over `1 - g_(i+1) / g_i`, rounded up. `None` where
    /// the book is exhausted or the quotient is beyond the type. Whether a bucket sets off the next by itself is decided by
    /// [`Cascade::runs_on`]. Spec: D17.
    ///
    /// # Errors
    /// `bucket` is `K` or more: [`Error::LevelUnknown`].
    ///
    /// # Examples
    /// ```
    /// # use damper::book::{Shape, Snapshot};
    /// # use damper::cascade::Cascade;
    /// # use damper::exposure::{ExposureMap, PriceGrid};
    /// # use damper::{price::Price, ratio::Ratio, units::Amount};
    /// # let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// # let map = ExposureMap::new(PriceGrid::new([price(80)?, price(60)?], price(20)?)?)
    /// #     .add(price(80)?, Amount::new(2))?
    /// #     .add(price(60)?, Amount::new(2))?
    /// #     .add(price(20)?, Amount::new(4))?;
    /// # let book = Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(8) })?;
    /// # let cascade = Cascade { map: &map, book: &book, price: price(100)? };
    /// // 2 atoms at 80, 2 at 60 and 4 from 20 down, on a pool of 8: the price is divided by 1, 25/16, 9/4 and 4.
    ///
    /// // The first sale moves the price by 9/16, and the next bucket is a quarter below: 9/4.
    /// assert_eq!(cascade.gain_ceil(0)?, Some(Ratio::from_fraction_ceil(9, 4)?));
    /// // The second by (9/4 - 25/16) / (25/16) = 44 %, and the end is two thirds below: 66 %.
    /// assert_eq!(cascade.gain_ceil(1)?.map(Ratio::to_bps_floor), Some(6_600));
    /// assert_eq!(cascade.gain_ceil(2), Err(damper::Error::LevelUnknown));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn gain_ceil(&self, bucket: usize) -> Result<Option<Ratio>, Error> {
        let (level, next, sold) = self.step(bucket)?;
        let (Some(before), Some(after)) = (self.factor(sold), self.factor(sold.checked_add(level.amount)?)) else {
            return Ok(None);
        };
        let moved = after.excess_over(before).div_ceil(before)?;
        if moved == Ratio::ZERO {
            return Ok(Some(Ratio::ZERO));
        }
        let width = Ratio::ONE.excess_over(next.price.ratio_ceil(level.price)?);
        Ok(moved.div_ceil(width).ok())
    }

    /// Whether the loop gain of a bucket is one or more, exactly: every exogenous price that sets it off sets off the next
    /// one too, `g_i (1 + I(c)) <= g_(i+1) (1 + I(c + b))` on the scale of prices. Spec: D17.
    ///
    /// # Errors
    /// `bucket` is `K` or more: [`Error::LevelUnknown`].
    ///
    /// # Examples
    /// ```
    /// # use damper::book::{Shape, Snapshot};
    /// # use damper::cascade::Cascade;
    /// # use damper::exposure::{ExposureMap, PriceGrid};
    /// # use damper::{price::Price, ratio::Ratio, units::Amount};
    /// # let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// # let map = ExposureMap::new(PriceGrid::new([price(80)?, price(60)?], price(20)?)?)
    /// #     .add(price(80)?, Amount::new(2))?
    /// #     .add(price(60)?, Amount::new(2))?
    /// #     .add(price(20)?, Amount::new(4))?;
    /// # let book = Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(8) })?;
    /// # let cascade = Cascade { map: &map, book: &book, price: price(100)? };
    /// // 2 atoms at 80, 2 at 60 and 4 from 20 down, on a pool of 8: the price is divided by 1, 25/16, 9/4 and 4.
    ///
    /// // 80 * 1 <= 60 * 25/16: whatever reaches 80 reaches 60. But 60 * 25/16 > 20 * 9/4.
    /// assert_eq!((cascade.runs_on(0)?, cascade.runs_on(1)?), (true, false));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn runs_on(&self, bucket: usize) -> Result<bool, Error> {
        let (level, next, sold) = self.step(bucket)?;
        let after = self.factor(sold.checked_add(level.amount)?);
        Ok(threshold(level.price, self.factor(sold)) <= threshold(next.price, after))
    }

    /// The least exogenous fall from which the sale adds an impact above `limit`; `None` if none does.
    ///
    /// Exact on the scale of prices: of the exogenous prices up to the present one, those at or below
    /// [`Critical::exogenous`] end exhausted or with `I(sold) > limit`, and those above it do not. It never falls, and the
    /// distance never grows, when the map grows or the book gets thinner. At most `K + 1` steps. Spec: D17.
    ///
    /// # Errors
    /// None in fact, the total of a map being below 2^128; [`Error::Overflow`] is the type's.
    ///
    /// # Examples
    /// ```
    /// # use damper::book::{Shape, Snapshot};
    /// # use damper::cascade::{Cascade, Critical};
    /// # use damper::exposure::{ExposureMap, PriceGrid};
    /// # use damper::{price::Price, ratio::Ratio, units::Amount};
    /// # let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// # let map = ExposureMap::new(PriceGrid::new([price(80)?, price(60)?], price(20)?)?)
    /// #     .add(price(80)?, Amount::new(2))?
    /// #     .add(price(60)?, Amount::new(2))?
    /// #     .add(price(20)?, Amount::new(4))?;
    /// # let book = Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(8) })?;
    /// # let cascade = Cascade { map: &map, book: &book, price: price(100)? };
    /// // 2 atoms at 80, 2 at 60 and 4 from 20 down, on a pool of 8: the price is divided by 1, 25/16, 9/4 and 4.
    ///
    /// // An impact of 9/16 from 80 on, where the second bucket follows at once: above 1/2, and above 1.
    /// let at_80 = Critical { exogenous: price(80)?, fall: Ratio::from_fraction_floor(20, 100)? };
    /// assert_eq!(cascade.critical(Ratio::from_fraction_floor(1, 2)?)?, Some(at_80));
    /// assert_eq!(cascade.critical(Ratio::ONE)?, Some(at_80));
    /// // Above 2 only with the last four atoms, from 20 * 9/4 = 45 on; above 4 - 1 = 3 nowhere.
    /// let at_45 = Critical { exogenous: price(45)?, fall: Ratio::from_fraction_floor(55, 100)? };
    /// assert_eq!(cascade.critical(Ratio::from_fraction_floor(2, 1)?)?, Some(at_45));
    /// assert_eq!(cascade.critical(Ratio::from_fraction_floor(3, 1)?)?, None);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn critical(&self, limit: Ratio) -> Result<Option<Critical>, Error> {
        let beyond = |factor: Option<Ratio>| factor.is_none_or(|factor| factor.excess_over(Ratio::ONE) > limit);
        let (mut sold, mut highest) = (self.map.due(), self.price);
        let mut factor = self.factor(sold);
        for level in self.map.levels() {
            if beyond(factor) {
                break;
            }
            highest = highest.min(threshold(level.price, factor));
            sold = sold.checked_add(level.amount)?;
            factor = self.factor(sold);
        }
        Ok(beyond(factor).then(|| self.edge(highest)))
    }

    /// The least exogenous fall that sets off a bucket with a loop gain of one or more ([`Cascade::runs_on`]), or exhausts
    /// the book; `None` if none does.
    ///
    /// Exact like [`Cascade::critical`], but not monotone: more to sell above a bucket may lower the gain of that bucket on
    /// a book that gets deeper. At most `K` steps. Spec: D17.
    ///
    /// # Errors
    /// None in fact, the total of a map being below 2^128; [`Error::Overflow`] is the type's.
    ///
    /// # Examples
    /// ```
    /// # use damper::book::{Shape, Snapshot};
    /// # use damper::cascade::{Cascade, Critical};
    /// # use damper::exposure::{ExposureMap, PriceGrid};
    /// # use damper::{price::Price, ratio::Ratio, units::Amount};
    /// # let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// # let map = ExposureMap::new(PriceGrid::new([price(80)?, price(60)?], price(20)?)?)
    /// #     .add(price(80)?, Amount::new(2))?
    /// #     .add(price(60)?, Amount::new(2))?
    /// #     .add(price(20)?, Amount::new(4))?;
    /// # let book = Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(8) })?;
    /// # let cascade = Cascade { map: &map, book: &book, price: price(100)? };
    /// // 2 atoms at 80, 2 at 60 and 4 from 20 down, on a pool of 8: the price is divided by 1, 25/16, 9/4 and 4.
    ///
    /// // The first bucket has a gain of 9/4: what sets it off sets off the second one too.
    /// let at_80 = Critical { exogenous: price(80)?, fall: Ratio::from_fraction_floor(20, 100)? };
    /// assert_eq!(cascade.runaway()?, Some(at_80));
    /// // Without it the second has a gain of 9/16 over 2/3, below one.
    /// let map = map.remove(price(80)?, Amount::new(2))?;
    /// assert_eq!(Cascade { map: &map, ..cascade }.runaway()?, None);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn runaway(&self) -> Result<Option<Critical>, Error> {
        let mut sold = self.map.due();
        let mut factor = self.factor(sold);
        if factor.is_none() {
            return Ok(Some(self.edge(self.price)));
        }
        let mut last: Option<Price> = None;
        for level in self.map.levels() {
            // Below the last one, or that bucket runs on.
            let here = threshold(level.price, factor);
            if let Some(last) = last
                && last <= here
            {
                return Ok(Some(self.edge(last.min(self.price))));
            }
            sold = sold.checked_add(level.amount)?;
            factor = self.factor(sold);
            if factor.is_none() {
                return Ok(Some(self.edge(here.min(self.price))));
            }
            last = Some(here);
        }
        Ok(None)
    }

    /// The bids that would keep the cascade at an exogenous price from reaching level `level`: bucket `level` from the
    /// highest, or the end of the grid for `K`. `None` if the exogenous price alone reaches it.
    ///
    /// By the time the price could get there, `c_level` is sold; with `amount` more to be bid for above the level's price, it
    /// is absorbed before: `amount` is the least integer with `I(c_level) <= within` on the book with them, and zero if the
    /// cascade stops anyway. Spec: D17.
    ///
    /// # Errors
    /// `level` above `K`: [`Error::LevelUnknown`]. As [`Cascade::forecast_at`]. 2^128 bids: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// # use damper::book::{Shape, Snapshot};
    /// # use damper::cascade::{Cascade, Stop};
    /// # use damper::exposure::{ExposureMap, PriceGrid};
    /// # use damper::{price::Price, ratio::Ratio, units::Amount};
    /// # let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// # let map = ExposureMap::new(PriceGrid::new([price(80)?, price(60)?], price(20)?)?)
    /// #     .add(price(80)?, Amount::new(2))?
    /// #     .add(price(60)?, Amount::new(2))?
    /// #     .add(price(20)?, Amount::new(4))?;
    /// # let book = Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(8) })?;
    /// # let cascade = Cascade { map: &map, book: &book, price: price(100)? };
    /// // 2 atoms at 80, 2 at 60 and 4 from 20 down, on a pool of 8: the price is divided by 1, 25/16, 9/4 and 4.
    ///
    /// // An exogenous price of 72 sets off 80 by itself. The two atoms sold there must move it by less than 72 / 60 - 1 = 1/5, and
    /// // on this pool one atom moves it by 17/64: both must be bid for above 60.
    /// assert_eq!(cascade.stop_at(price(72)?, 0)?, None);
    /// let stop = Stop { above: price(60)?, within: Ratio::from_fraction_floor(1, 5)?, amount: Amount::new(2) };
    /// assert_eq!(cascade.stop_at(price(72)?, 1)?, Some(stop));
    /// // The end at 20 is not reached anyway.
    /// assert_eq!(cascade.stop_at(price(72)?, 2)?.map(|stop| stop.amount), Some(Amount::ZERO));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn stop_at(&self, exogenous: Price, level: usize) -> Result<Option<Stop>, Error> {
        let stops = self.stops_before(exogenous, level)?;
        let (mut sold, mut found) = (self.map.due(), None);
        for here in self.map.levels().take(level.saturating_add(1)) {
            found = self.stop(exogenous, here, if stops { Amount::ZERO } else { sold })?;
            sold = sold.checked_add(here.amount)?;
        }
        Ok(found)
    }

    /// The cheapest of [`Cascade::stop_at`] over the levels down to `deepest`: with fewer bids, wherever they are placed,
    /// the cascade reaches `deepest`. Of equal ones the highest level. Spec: D17.
    ///
    /// # Errors
    /// As [`Cascade::stop_at`].
    ///
    /// # Examples
    /// ```
    /// # use damper::book::{Shape, Snapshot};
    /// # use damper::cascade::{Cascade, Stop};
    /// # use damper::exposure::{ExposureMap, PriceGrid};
    /// # use damper::{price::Price, ratio::Ratio, units::Amount};
    /// # let price = |n: u128| Price::from_decimal_floor(n, 0);
    /// # let map = ExposureMap::new(PriceGrid::new([price(80)?, price(60)?], price(20)?)?)
    /// #     .add(price(80)?, Amount::new(2))?
    /// #     .add(price(60)?, Amount::new(2))?
    /// #     .add(price(20)?, Amount::new(4))?;
    /// # let book = Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(8) })?;
    /// # let cascade = Cascade { map: &map, book: &book, price: price(100)? };
    /// // 2 atoms at 80, 2 at 60 and 4 from 20 down, on a pool of 8: the price is divided by 1, 25/16, 9/4 and 4.
    ///
    /// // From 40 both buckets are set off by the exogenous price. Of the four atoms sold in them one too many is sold for 20:
    /// // 40 / 20 - 1 = 1 is the impact of 3.3 atoms, and at exactly 20 the end would be reached.
    /// let within = Ratio::from_bits(Ratio::ONE.to_bits() - 1);
    /// let stop = Stop { above: price(20)?, within, amount: Amount::new(1) };
    /// assert_eq!(cascade.cheapest_stop(price(40)?, 2)?, Some(stop));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn cheapest_stop(&self, exogenous: Price, deepest: usize) -> Result<Option<Stop>, Error> {
        let stops = self.stops_before(exogenous, deepest)?;
        let (mut sold, mut best) = (self.map.due(), None);
        for here in self.map.levels().take(deepest.saturating_add(1)) {
            let stop = self.stop(exogenous, here, if stops { Amount::ZERO } else { sold })?;
            best = match (best, stop) {
                (None, stop) => stop,
                (Some(best), Some(stop)) if stop.amount < best.amount => Some(stop),
                (best, _) => best,
            };
            sold = sold.checked_add(here.amount)?;
        }
        Ok(best)
    }

    /// Whether the cascade stops before a level without help.
    fn stops_before(&self, exogenous: Price, level: usize) -> Result<bool, Error> {
        if level > K {
            return Err(Error::LevelUnknown);
        }
        Ok(match self.forecast_at(exogenous)? {
            Outcome::Stops(end) => end.reached <= level,
            Outcome::Exhausted(_) => false,
        })
    }

    /// What keeps a sale of `sold` above a level.
    fn stop(&self, exogenous: Price, level: Bucket, sold: Amount) -> Result<Option<Stop>, Error> {
        let Some(within) = room(exogenous, level.price) else { return Ok(None) };
        Ok(Some(Stop { above: level.price, within, amount: self.book.missing_ceil(sold, within)? }))
    }

    /// A bucket, the level after it, and what is sold before it.
    fn step(&self, bucket: usize) -> Result<(Bucket, Bucket, Amount), Error> {
        let mut levels = self.map.levels();
        let mut sold = self.map.due();
        for level in levels.by_ref().take(bucket) {
            sold = sold.checked_add(level.amount)?;
        }
        match (levels.next(), levels.next()) {
            (Some(level), Some(next)) => Ok((level, next, sold)),
            _ => Err(Error::LevelUnknown),
        }
    }

    /// `1 + I(sold)`, or `None` when the book is exhausted or the sum is beyond the type.
    fn factor(&self, sold: Amount) -> Option<Ratio> {
        self.book.impact_ceil(sold).and_then(|impact| Ratio::ONE.checked_add(impact)).ok()
    }

    fn exhausted(&self, exogenous: Price) -> Result<Exhausted, Error> {
        let sold = self.book.capacity_floor(Ratio::MAX.excess_over(Ratio::ONE));
        let last_bid = exogenous.div_floor(self.factor(sold).unwrap_or(Ratio::MAX))?;
        Ok(Exhausted { exogenous, last_bid, sold, unsold: self.map.total().excess_over(sold) })
    }

    fn edge(&self, exogenous: Price) -> Critical {
        Critical { exogenous, fall: exogenous.drawdown_floor(self.price) }
    }
}

/// The highest exogenous price that sets off a level once `factor - 1` is the impact of what was sold before:
/// `g (1 + I)` rounded down, which changes no comparison with a price.
fn threshold(level: Price, factor: Option<Ratio>) -> Price {
    // Beyond the range it is above every price.
    factor.map_or(Price::MAX, |factor| level.scale_floor(factor).unwrap_or(Price::MAX))
}

/// The largest impact from `exogenous` that stays above `level`, `exogenous > level (1 + I)`; `None` if none does.
fn room(exogenous: Price, level: Price) -> Option<Ratio> {
    let Ok(most) = exogenous.ratio_floor(level) else {
        return Some(Ratio::MAX.excess_over(Ratio::ONE));
    };
    // The floor itself, unless the quotient is exact.
    let most = match exogenous.cmp_times(level, most.max(Ratio::ULP)) {
        Ordering::Greater => most,
        Ordering::Less | Ordering::Equal => most.excess_over(Ratio::ULP),
    };
    most.checked_sub(Ratio::ONE).ok()
}

form!(Forecast {
    exogenous: Price,
    price: Price,
    drawdown: Ratio,
    sold: Amount,
    impact: Ratio,
    reached: usize,
    gain: Option<Ratio>,
});
form!(Exhausted { exogenous: Price, last_bid: Price, sold: Amount, unsold: Amount });
form!(Critical { exogenous: Price, fall: Ratio });
form!(Stop { above: Price, within: Ratio, amount: Amount });
