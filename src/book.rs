//! The certificate of a sale: how far it moves the marginal price, and the largest sale for a given move.
//!
//! `I(c) = P(0) / P(c) - 1`, where `P(c)` is the marginal price once `c` base atoms are sold. What is computed is never
//! below `I(c)`: a sale charged with it is charged with at least its move in log-price, because `x - 1 >= ln x`.

use crate::bytes::{Reader, Stored, Writer};
use crate::error::Error;
use crate::forms::{field, form, form_text};
use crate::num::isqrt_floor;
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::Amount;
use core::cmp::Ordering;

/// What kind of depth a market is configured for.
///
/// `N` is the number of quantities that are kept. A constant product needs one.
///
/// # Examples
/// See [`Shape::measure_floor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Shape<const N: usize> {
    /// A constant-product pool, or a book that is at least as deep as one: the quantity is the effective base reserve.
    ConstantProduct,
    /// For each impact `g_i`, the quantity that can be sold while the marginal price stays within it. Ladders and bands
    /// of any length are measured on this grid; what lies between two points counts at the worse one. Permission is
    /// rounded down to a point: a first point above the burst budget (the seller's own, after a share of the book), even by one
    /// step of 2^-48, permits nothing until there is a drawdown. Build points with `_floor`, from an eighth of the burst on
    /// and each twice the one before ([`crate::guide::parameters`]).
    Grid([Ratio; N]),
}

/// One level of a ladder of bids.
///
/// # Examples
/// See [`Shape::measure_floor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Level {
    /// The bid.
    pub price: Price,
    /// What is bid for at this price alone.
    pub amount: Amount,
}

/// "This much can be sold within `width` of the mid price".
///
/// # Examples
/// See [`Shape::measure_floor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Band {
    /// The distance from the mid, as a fraction of the mid.
    pub width: Ratio,
    /// What can be sold in all down to that distance.
    pub amount: Amount,
}

/// Depth as a source reports it.
///
/// # Examples
/// See [`Shape::measure_floor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Snapshot<'a> {
    /// A constant-product pool.
    ConstantProduct {
        /// Base atoms in the pool; for concentrated liquidity, the virtual reserve `L / sqrt(p)`.
        reserve: Amount,
    },
    /// Bids from the best down.
    Ladder {
        /// The price that impacts are counted from, the mid or the best bid.
        reference: Price,
        /// The bids, prices not rising.
        levels: &'a [Level],
    },
    /// Quantities within given distances of the mid, from the narrowest out.
    Bands(&'a [Band]),
}

/// Depth on which a sale can be certified.
///
/// # Examples
/// See [`Book::impact_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Book<const N: usize> {
    shape: Shape<N>,
    quantity: [Amount; N],
}

#[cfg(any(feature = "serde", feature = "borsh", feature = "arbitrary"))]
impl<const N: usize> Book<N> {
    /// Whether it may have been measured: quantities that do not fall, and one alone for a constant product.
    fn is_measured(&self) -> bool {
        let sound = match self.shape {
            Shape::ConstantProduct => self.quantity.iter().skip(1).all(|quantity| quantity.is_zero()),
            Shape::Grid(_) => self.quantity.is_sorted(),
        };
        sound && self.shape.check().is_ok()
    }
}

impl<const N: usize> Shape<N> {
    /// Whether a book can be measured in this shape.
    ///
    /// # Errors
    /// `N` zero, or a grid that does not rise strictly from above zero: [`Error::GridNotRising`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, book::Shape, ratio::Ratio};
    /// let part = Ratio::from_fraction_floor;
    /// assert_eq!(Shape::Grid([part(1, 4)?, part(1, 2)?]).check(), Ok(()));
    /// assert_eq!(Shape::Grid([part(1, 4)?, part(1, 4)?]).check(), Err(Error::GridNotRising));
    /// assert_eq!(Shape::Grid([Ratio::ZERO, part(1, 4)?]).check(), Err(Error::GridNotRising));
    /// // A constant product needs a quantity too.
    /// assert_eq!(Shape::<0>::ConstantProduct.check(), Err(Error::GridNotRising));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn check(&self) -> Result<(), Error> {
        if N == 0 {
            return Err(Error::GridNotRising);
        }
        if let Shape::Grid(points) = self {
            let mut last = Ratio::ZERO;
            for &point in points {
                if point <= last {
                    return Err(Error::GridNotRising);
                }
                last = point;
            }
        }
        Ok(())
    }

    /// Measures a snapshot: for each kept point, the quantity that can be sold within it, never over-stated.
    ///
    /// A level counts at the first grid point at or above its impact `reference / price - 1`, rounded up; beyond the
    /// last point it is not counted. A band of width `x` bounds the impact by `x / (1 - x)`, rounded up.
    ///
    /// # Errors
    /// Unusable shape: as [`Shape::check`]. Snapshot of the other kind: [`Error::DepthKind`]. Ladder prices rise or start
    /// above the reference: [`Error::LadderNotFalling`]. Bands that do not widen, shrink in quantity or reach 100 %:
    /// [`Error::DepthBandOrder`]. Quantities that sum to 2^128 or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Band, Level, Shape, Snapshot};
    /// use damper::{price::Price, ratio::Ratio, units::Amount};
    /// let (price, part) = (|whole: u128| Price::from_decimal_floor(whole, 0), Ratio::from_fraction_floor);
    /// let levels = [
    ///     Level { price: price(100)?, amount: Amount::new(1) },
    ///     Level { price: price(80)?, amount: Amount::new(2) },
    ///     Level { price: price(64)?, amount: Amount::new(4) },
    ///     Level { price: price(40)?, amount: Amount::new(8) },
    /// ];
    /// // Impacts of 0, 1/4, 9/16 and 3/2 from 100: the third counts at the point after it, the last at none.
    /// let grid = Shape::Grid([part(1, 4)?, part(1, 2)?, part(1, 1)?]);
    /// let book = grid.measure_floor(&Snapshot::Ladder { reference: price(100)?, levels: &levels })?;
    /// assert_eq!(book.quantity(), &[Amount::new(3), Amount::new(3), Amount::new(7)]);
    /// assert_eq!(book.shape(), &grid);
    /// // A band of 1/5 has an impact of 1/4 at most; a step of 2^-48 wider it counts at the point after it.
    /// let band = |width| [Band { width, amount: Amount::new(3) }];
    /// let book = grid.measure_floor(&Snapshot::Bands(&band(part(1, 5)?)))?;
    /// assert_eq!(book.quantity(), &[Amount::new(3); 3]);
    /// let book = grid.measure_floor(&Snapshot::Bands(&band(Ratio::from_fraction_ceil(1, 5)?)))?;
    /// assert_eq!(book.quantity(), &[Amount::ZERO, Amount::new(3), Amount::new(3)]);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn measure_floor(&self, snapshot: &Snapshot<'_>) -> Result<Book<N>, Error> {
        self.check()?;
        let mut quantity = [Amount::ZERO; N];
        match (self, snapshot) {
            (Shape::ConstantProduct, Snapshot::ConstantProduct { reserve }) => {
                *quantity.first_mut().ok_or(Error::GridNotRising)? = *reserve;
            }
            (Shape::Grid(points), Snapshot::Ladder { reference, levels }) => {
                let mut last = *reference;
                // Prices do not rise, so impacts do not fall: each point takes the sum of the levels before the first that
                // is beyond it.
                let mut open = points.iter().zip(quantity.iter_mut()).peekable();
                let mut sum = Amount::ZERO;
                for level in *levels {
                    if level.price > last {
                        return Err(Error::LadderNotFalling);
                    }
                    last = level.price;
                    while let Some((_, quantity)) = open.next_if(|(point, _)| !within(*reference, level.price, **point))
                    {
                        *quantity = sum;
                    }
                    // Beyond the last point nothing is counted, but the order is checked.
                    if open.peek().is_some() {
                        sum = sum.checked_add(level.amount)?;
                    }
                }
                for (_, quantity) in open {
                    *quantity = sum;
                }
            }
            (Shape::Grid(points), Snapshot::Bands(bands)) => {
                let mut last = Band { width: Ratio::ZERO, amount: Amount::ZERO };
                for band in *bands {
                    if band.width <= last.width || band.amount < last.amount || band.width >= Ratio::ONE {
                        return Err(Error::DepthBandOrder);
                    }
                    last = *band;
                    let Ok(impact) = band.width.div_ceil(Ratio::ONE.checked_sub(band.width)?) else { continue };
                    for (point, sum) in points.iter().zip(quantity.iter_mut()) {
                        if impact <= *point {
                            *sum = band.amount;
                        }
                    }
                }
            }
            (Shape::ConstantProduct, Snapshot::Ladder { .. } | Snapshot::Bands(_))
            | (Shape::Grid(_), Snapshot::ConstantProduct { .. }) => return Err(Error::DepthKind),
        }
        Ok(Book { shape: *self, quantity })
    }

    /// A book of this shape with the given quantities.
    pub(crate) const fn book(&self, quantity: [Amount; N]) -> Book<N> {
        Book { shape: *self, quantity }
    }
}

/// Whether a level's impact `reference / price - 1`, rounded up, is at most `point`.
fn within(reference: Price, price: Price, point: Ratio) -> bool {
    match Ratio::ONE.checked_add(point) {
        // The point is on the ratio scale: rounding the impact up to it changes nothing.
        Ok(factor) => reference.cmp_times(price, factor) != Ordering::Greater,
        // An impact beyond the type is within no point.
        Err(_) => reference.ratio_ceil(price).is_ok(),
    }
}

impl<const N: usize> Book<N> {
    /// A book of these quantities within each point, not falling; `shape` is sound.
    #[cfg(feature = "calibrate")]
    pub(crate) const fn of(shape: Shape<N>, quantity: [Amount; N]) -> Book<N> {
        Book { shape, quantity }
    }

    /// The shape that it was measured in.
    ///
    /// # Examples
    /// See [`Shape::measure_floor`].
    #[must_use]
    pub const fn shape(&self) -> &Shape<N> {
        &self.shape
    }

    /// The quantities at the points of the shape.
    ///
    /// # Examples
    /// See [`Shape::measure_floor`].
    #[must_use]
    pub const fn quantity(&self) -> &[Amount; N] {
        &self.quantity
    }

    /// All quantities times `factor`, rounded down.
    ///
    /// # Errors
    /// A product at or above 2^128 (only for a factor above one): [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Shape, Snapshot};
    /// use damper::{ratio::Ratio, units::Amount};
    /// let book = Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(1_001) })?;
    /// assert_eq!(book.scaled_floor(Ratio::from_fraction_floor(1, 2)?)?.quantity(), &[Amount::new(500)]);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn scaled_floor(&self, factor: Ratio) -> Result<Book<N>, Error> {
        let mut quantity = self.quantity;
        for amount in &mut quantity {
            *amount = amount.mul_floor(factor)?;
        }
        Ok(Book { shape: self.shape, quantity })
    }

    /// Impact of having sold `sold` in all, `I(c)`, rounded up.
    ///
    /// Constant product with reserve `x`: `((x + c) / x)^2 - 1`, less than 4 steps of 2^-48 above the exact value where
    /// the impact is below one. Grid: the point of the level that would serve the next atom, so that the last atom of a
    /// level costs the level below it. Charged against the seller. Spec: D2, T0.
    ///
    /// # Errors
    /// More than the book shows, or an impact above [`Ratio::MAX`]: [`Error::DepthExhausted`].
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Shape, Snapshot};
    /// use damper::{ratio::Ratio, units::Amount};
    /// let book = Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(1_000) })?;
    /// // (1.1)^2 - 1 = 0.21, and the ceilings show.
    /// let impact = book.impact_ceil(Amount::new(100))?;
    /// let exact = Ratio::from_fraction_ceil(21, 100)?;
    /// assert!(impact >= exact && impact.to_bits() - exact.to_bits() <= 3);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn impact_ceil(&self, sold: Amount) -> Result<Ratio, Error> {
        if sold.is_zero() {
            return Ok(Ratio::ZERO);
        }
        match &self.shape {
            Shape::ConstantProduct => {
                let reserve = self.quantity.first().copied().unwrap_or(Amount::ZERO);
                let part = sold.ratio_ceil(reserve).map_err(|_| Error::DepthExhausted)?;
                let two = Ratio::ONE.checked_add(Ratio::ONE)?;
                let factor = part.checked_add(two).map_err(|_| Error::DepthExhausted)?;
                part.mul_ceil(factor).map_err(|_| Error::DepthExhausted)
            }
            Shape::Grid(points) => {
                let mut all = points.iter().zip(self.quantity.iter());
                all.find(|&(_, sum)| sold < *sum).map(|(point, _)| *point).ok_or(Error::DepthExhausted)
            }
        }
    }

    /// The most that can be sold in all with an impact of at most `limit`: the largest `c` with `impact_ceil(c) <= limit`.
    ///
    /// A limit of zero gives zero. Constant product:
    /// `x * (sqrt(1 + limit) - 1)`, rounded down. Grid: one atom less than the quantity within the last point at or
    /// below the limit. At most 2^128 - 1. Spec: T0.
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Shape, Snapshot};
    /// use damper::{ratio::Ratio, units::Amount};
    /// let book = Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(1_000) })?;
    /// assert_eq!(book.capacity_floor(Ratio::from_fraction_floor(21, 100)?), Amount::new(99));
    /// assert_eq!(book.capacity_floor(Ratio::from_fraction_floor(22, 100)?), Amount::new(104));
    /// assert_eq!(book.capacity_floor(Ratio::ZERO), Amount::ZERO);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn capacity_floor(&self, limit: Ratio) -> Amount {
        match &self.shape {
            Shape::ConstantProduct => {
                let one = Ratio::ONE.wide();
                // (1 + limit) * 2^96 < 2^113; its root is at least 2^48.
                let grown = one.saturating_add(limit.wide()).saturating_mul(one);
                let part = isqrt_floor(grown).saturating_sub(one);
                let reserve = self.quantity.first().copied().unwrap_or(Amount::ZERO);
                match Ratio::narrow(part) {
                    // part < 2^57 - 2^48 fits; the product is at most 2^128 / 2^48 * 2^57 and may not.
                    Ok(part) => reserve.mul_floor(part).unwrap_or(Amount::new(u128::MAX)),
                    Err(_) => Amount::ZERO,
                }
            }
            Shape::Grid(points) => {
                let within = points.iter().zip(self.quantity.iter()).take_while(|&(point, _)| *point <= limit);
                within.last().map_or(Amount::ZERO, |(_, sum)| sum.excess_over(Amount::new(1)))
            }
        }
    }
}

impl<const N: usize> Book<N> {
    /// The least number of base atoms that must be bid for at impacts of at most `limit`, beyond what the book shows, so
    /// that a sale of `sold` has an impact of at most `limit`. Zero for a sale of nothing.
    ///
    /// Constant product: `sold` less what can be sold within the limit. Where all is bids (a grid, or an empty pool) an atom
    /// must remain to be bid for: `sold + 1` less the quantity within the last point at or below the limit. Bids at an
    /// impact below the first point of a grid count at that point when the book is measured anew. Spec: D17.
    ///
    /// # Errors
    /// 2^128 atoms: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Shape, Snapshot};
    /// use damper::{ratio::Ratio, units::Amount};
    /// let book = Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: Amount::new(1_000) })?;
    /// // Within an impact of 1.25 the pool takes 500: the square root of 2.25 is 1.5.
    /// let limit = Ratio::from_fraction_floor(5, 4)?;
    /// assert_eq!(book.missing_ceil(Amount::new(700), limit)?, Amount::new(200));
    /// assert_eq!(book.missing_ceil(Amount::new(500), limit)?, Amount::ZERO);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn missing_ceil(&self, sold: Amount, limit: Ratio) -> Result<Amount, Error> {
        if sold.is_zero() {
            return Ok(Amount::ZERO);
        }
        let within = match &self.shape {
            Shape::ConstantProduct => match self.quantity.first() {
                Some(reserve) if !reserve.is_zero() => return Ok(sold.excess_over(self.capacity_floor(limit))),
                _ => Amount::ZERO,
            },
            Shape::Grid(points) => {
                let within = points.iter().zip(self.quantity.iter()).take_while(|&(point, _)| *point <= limit);
                within.last().map_or(Amount::ZERO, |(_, sum)| *sum)
            }
        };
        Ok(sold.checked_add(Amount::new(1))?.excess_over(within))
    }
}

field!(@[const N: usize] Shape<N>);
form_text!(@[const N: usize] Shape<N> as Unchecked<N>, Unchecked::of_shape, Unchecked::shape);

/// A shape that was not checked.
#[cfg(feature = "serde")]
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(rename = "Shape", rename_all = "snake_case")]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
enum Unchecked<const N: usize> {
    ConstantProduct,
    Grid(crate::forms::List<Ratio, N>),
}

#[cfg(feature = "serde")]
field!(@[const N: usize] Unchecked<N>);

#[cfg(feature = "serde")]
impl<const N: usize> Unchecked<N> {
    fn of_shape(shape: &Shape<N>) -> Unchecked<N> {
        match shape {
            Shape::ConstantProduct => Unchecked::ConstantProduct,
            Shape::Grid(points) => Unchecked::Grid(crate::forms::List(*points)),
        }
    }

    fn shape(self) -> Result<Shape<N>, Error> {
        let shape = match self {
            Unchecked::ConstantProduct => Shape::ConstantProduct,
            Unchecked::Grid(points) => Shape::Grid(points.0),
        };
        shape.check()?;
        Ok(shape)
    }
}

impl<const N: usize> Stored for Shape<N> {
    /// A tag and the grid, zeros for a constant product.
    const BYTES: usize = <[Ratio; N]>::BYTES.wrapping_add(1);
    fn put(&self, to: &mut Writer<'_>) -> Result<(), Error> {
        let (tag, points) = match self {
            Shape::ConstantProduct => (0_u8, [Ratio::ZERO; N]),
            Shape::Grid(points) => (1, *points),
        };
        tag.put(to)?;
        points.put(to)
    }
    fn get(from: &mut Reader<'_>) -> Result<Self, Error> {
        let (tag, points) = (u8::get(from)?, <[Ratio; N]>::get(from)?);
        let shape = match tag {
            0 if points == [Ratio::ZERO; N] => Shape::ConstantProduct,
            1 => Shape::Grid(points),
            _ => return Err(Error::StoredValue),
        };
        shape.check()?;
        Ok(shape)
    }
}

form!(Level { price: Price, amount: Amount });
form!(Band { width: Ratio, amount: Amount });
form!(@[const N: usize] Book<N> { shape: Shape<N>, quantity: [Amount; N] } if Book::is_measured);
