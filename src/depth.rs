//! Credible depth: a snapshot is a claim, and what was sold since it was taken is behind it.
//!
//! Of the depth measured, only a part is believed (haircut), only a part is ours (share of a common book), only for a
//! while (age limit); it falls at once and rises slowly. The state also carries the own consumption `c` that the
//! snapshot may not show yet and the impact `paid` for it, so that splitting an order gains nothing, and neither does a
//! snapshot that arrives late. Spec: T-A.

use crate::book::{Book, Shape, Snapshot};
use crate::bytes::stored;
use crate::error::Error;
use crate::forms::form;
use crate::num::mul_div_floor;
use crate::ratio::Ratio;
use crate::units::{Amount, Seconds, Timestamp};

/// What [`DepthConfig::new`] checks.
///
/// # Examples
/// See [`DepthConfig::charge_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DepthParams<const N: usize> {
    /// Kind of depth, and the impacts it is measured at.
    pub shape: Shape<N>,
    /// Part of the measured depth that is not believed.
    pub haircut: Ratio,
    /// Longest time for which a snapshot may be sold on.
    pub max_age: Seconds,
    /// Time in which the larger of credible depth and `rise_base` at most doubles by one snapshot, and grows by less than `e`
    /// times by many.
    pub rise_time: Seconds,
    /// Depth below which the rise counts as if from here, so that depth can rise from zero: at least an atom for each
    /// second of `rise_time`.
    pub rise_base: Amount,
}

/// Checked parameters of credible depth.
///
/// # Examples
/// See [`DepthConfig::charge_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DepthConfig<const N: usize> {
    shape: Shape<N>,
    /// `(1 - haircut)`, for a grid times the share, rounded down.
    factor: Ratio,
    max_age: Seconds,
    rise_time: Seconds,
    rise_base: Amount,
}

/// A depth snapshot and the time it shows.
///
/// # Examples
/// See [`DepthConfig::charge_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DepthObservation<'a> {
    /// The time whose book the snapshot shows.
    pub source_time: Timestamp,
    /// The book.
    pub snapshot: Snapshot<'a>,
}

/// Credible depth and own consumption. Plain data, in and out by value.
///
/// # Examples
/// See [`DepthConfig::charge_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Depth<const N: usize> {
    source_time: Timestamp,
    /// Before haircut and share.
    credible: [Amount; N],
    /// Sales before the last snapshot was accepted that it may not show.
    older: Unshown,
    /// Sales since the last snapshot was accepted, or since `older` was last empty.
    newer: Unshown,
}

/// Sales that the snapshot may not show. Two of these are kept, so that a source that is late by up to one interval never shows
/// a part of one, if the seller sells once between two snapshots: the older sales are shown, and the newer ones are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Unshown {
    first: Timestamp,
    last: Timestamp,
    sold: Amount,
    /// Impact charged for them.
    paid: Ratio,
}

impl Unshown {
    const fn none(now: Timestamp) -> Unshown {
        Unshown { first: now, last: now, sold: Amount::ZERO, paid: Ratio::ZERO }
    }

    /// What may be unshown in a later snapshot. Dated after the last sale: nothing. Before the first: all. Between, or in
    /// the second of a sale: all may be unshown, and all may be shown, in which case what was paid for it was paid for a
    /// displacement that the snapshot already contains; so all is kept, and nothing counts as paid.
    fn after(self, source_time: Timestamp) -> Unshown {
        if source_time > self.last {
            return Unshown::none(source_time);
        }
        if source_time < self.first { self } else { Unshown { paid: Ratio::ZERO, ..self } }
    }

    fn with(self, sale: Amount, charge: Ratio, now: Timestamp) -> Result<Unshown, Error> {
        // A sale that is booked late does not turn the time back.
        let (first, last) = if self.sold.is_zero() { (now, now) } else { (self.first.min(now), self.last.max(now)) };
        Ok(Unshown { first, last, sold: self.sold.checked_add(sale)?, paid: self.paid.checked_add(charge)? })
    }
}

impl<const N: usize> DepthConfig<N> {
    /// Checks the parameters.
    ///
    /// # Errors
    /// Unusable shape: [`Error::GridNotRising`]. `haircut > 1`: [`Error::HaircutRange`]. `rise_time` zero:
    /// [`Error::DepthRiseTimeZero`]. `rise_base` below one atom a second of `rise_time`, from which depth could not rise:
    /// [`Error::DepthRiseBase`].
    ///
    /// # Examples
    /// See [`DepthConfig::charge_ceil`].
    pub fn new(params: DepthParams<N>) -> Result<DepthConfig<N>, Error> {
        let DepthParams { shape, haircut, max_age, rise_time, rise_base } = params;
        shape.check()?;
        let factor = Ratio::ONE.checked_sub(haircut).map_err(|_| Error::HaircutRange)?;
        if rise_time == Seconds::ZERO {
            return Err(Error::DepthRiseTimeZero);
        }
        if rise_base < Amount::from(rise_time.get()) {
            return Err(Error::DepthRiseBase);
        }
        Ok(DepthConfig { shape, factor, max_age, rise_time, rise_base })
    }

    /// The same depth for one of several sellers on a common book.
    ///
    /// Grid: the quantities times the share, rounded down. Sellers whose shares sum to at most one, and who size on the
    /// same snapshots, then move the price jointly no further than the largest of their charges, on any monotone book.
    /// Constant product: unchanged, because there `ln` of the joint move is at most the sum of the separate ones:
    /// `1 + (c1 + c2) / x <= (1 + c1 / x) (1 + c2 / x)`. Spec: T4.
    ///
    /// # Errors
    /// `share` above one: [`Error::BookShareRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Band, Shape, Snapshot};
    /// use damper::depth::{DepthConfig, DepthObservation, DepthParams};
    /// use damper::{Error, ratio::Ratio, units::{Amount, Seconds, Timestamp}};
    /// let part = Ratio::from_fraction_floor;
    /// let config = DepthConfig::new(DepthParams {
    ///     shape: Shape::Grid([part(1, 4)?]), haircut: part(1, 2)?,
    ///     max_age: Seconds::new(60), rise_time: Seconds::new(3_600), rise_base: Amount::new(3_600),
    /// })?;
    /// // 1,000 atoms within 20 % of the price, which is an impact of 1/4.
    /// let bands = [Band { width: part(1, 5)?, amount: Amount::new(1_000) }];
    /// let seen = DepthObservation { source_time: Timestamp::new(0), snapshot: Snapshot::Bands(&bands) };
    /// let depth = config.open(&seen, Timestamp::new(0))?;
    ///
    /// assert_eq!(config.book(&depth)?.quantity(), &[Amount::new(500)]);
    /// // A fifth of the book is the seller's: a fifth of what is left by the haircut.
    /// let fifth = config.shared(part(1, 5)?)?;
    /// assert_eq!(fifth.book(&depth)?.quantity(), &[Amount::new(99)]);
    /// let quarter = config.shared(part(1, 4)?)?;
    /// assert_eq!(quarter.book(&depth)?.quantity(), &[Amount::new(125)]);
    /// assert_eq!(config.shared(part(5, 4)?), Err(Error::BookShareRange));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn shared(&self, share: Ratio) -> Result<DepthConfig<N>, Error> {
        if share > Ratio::ONE {
            return Err(Error::BookShareRange);
        }
        match self.shape {
            Shape::ConstantProduct => Ok(*self),
            Shape::Grid(_) => Ok(DepthConfig { factor: self.factor.mul_floor(share)?, ..*self }),
        }
    }

    /// The state after the first snapshot, which is believed at its face value less the haircut.
    ///
    /// # Errors
    /// Dated after `now`: [`Error::DepthFromFuture`]. Malformed: as [`Shape::measure_floor`].
    ///
    /// # Examples
    /// See [`DepthConfig::charge_ceil`].
    pub fn open(&self, seen: &DepthObservation<'_>, now: Timestamp) -> Result<Depth<N>, Error> {
        now.since(seen.source_time).map_err(|_| Error::DepthFromFuture)?;
        let credible = *self.shape.measure_floor(&seen.snapshot)?.quantity();
        Ok(Depth {
            source_time: seen.source_time,
            credible,
            older: Unshown::none(seen.source_time),
            newer: Unshown::none(seen.source_time),
        })
    }

    /// The state after another snapshot.
    ///
    /// Each quantity `S` falls at once to the measured one and rises toward it by at most
    /// `max(S, rise_base) * dt / rise_time`, rounded down, `dt` being at most the age limit (one second if that is zero): a
    /// time without snapshots earns nothing more. However many snapshots there are, an `S` of `rise_base` or more grows by
    /// less than a factor `e` per rise time. Own consumption is forgotten only when the snapshot is dated after the sale,
    /// so that it shows it; where that is not certain it is kept, and counts as not paid for. A second snapshot with the
    /// same source time can only lower the depth, and changes nothing else: it was taken before what was sold on it.
    /// Spec: D2.
    ///
    /// # Errors
    /// Dated after `now`: [`Error::DepthFromFuture`]. Older than the last one: [`Error::DepthOutOfOrder`]. Older than
    /// the age limit: [`Error::DepthStale`]. Malformed: as [`Shape::measure_floor`].
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Shape, Snapshot};
    /// use damper::depth::{DepthConfig, DepthObservation, DepthParams};
    /// use damper::{ratio::Ratio, units::{Amount, Seconds, Timestamp}};
    /// let config = DepthConfig::new(DepthParams {
    ///     shape: Shape::<1>::ConstantProduct, haircut: Ratio::ZERO,
    ///     max_age: Seconds::new(60), rise_time: Seconds::new(3_600), rise_base: Amount::new(3_600),
    /// })?;
    /// let seen = |at: u64, reserve: u128| DepthObservation {
    ///     source_time: Timestamp::new(at), snapshot: Snapshot::ConstantProduct { reserve: Amount::new(reserve) },
    /// };
    /// let depth = config.open(&seen(0, 36_000), Timestamp::new(0))?;
    /// // A pool that is ten times as deep a minute later is believed to be a sixtieth deeper.
    /// let deeper = config.accept(depth, &seen(60, 360_000), Timestamp::new(60))?;
    /// assert_eq!(config.book(&deeper)?.quantity(), &[Amount::new(36_600)]);
    /// // A fall is believed at once.
    /// let thinner = config.accept(deeper, &seen(61, 100), Timestamp::new(61))?;
    /// assert_eq!(thinner.source_time(), Timestamp::new(61));
    /// assert_eq!(config.book(&thinner)?.quantity(), &[Amount::new(100)]);
    /// assert_eq!(config.accept(thinner, &seen(60, 100), Timestamp::new(61)), Err(damper::Error::DepthOutOfOrder));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn accept(&self, mut state: Depth<N>, seen: &DepthObservation<'_>, now: Timestamp) -> Result<Depth<N>, Error> {
        self.update(&mut state, seen, now)?;
        Ok(state)
    }

    /// [`DepthConfig::accept`] in place; on an error the state is as it was.
    pub(crate) fn update(
        &self,
        state: &mut Depth<N>,
        seen: &DepthObservation<'_>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let age = now.since(seen.source_time).map_err(|_| Error::DepthFromFuture)?;
        let elapsed = seen.source_time.since(state.source_time).map_err(|_| Error::DepthOutOfOrder)?;
        if age > self.max_age {
            return Err(Error::DepthStale);
        }
        let measured = self.shape.measure_floor(&seen.snapshot)?;
        let counted = u128::from(elapsed.min(self.max_age.max(Seconds::new(1))).get());
        for (believed, claim) in state.credible.iter_mut().zip(measured.quantity()) {
            let base = (*believed).max(self.rise_base);
            let rise = mul_div_floor(base.get(), counted, u128::from(self.rise_time.get())).map(Amount::new);
            *believed = match rise.and_then(|rise| rise.checked_add(*believed)) {
                Ok(limit) => limit.min(*claim),
                // Beyond 2^128 atoms the claim itself is the smaller.
                Err(_) => *claim,
            };
        }
        if elapsed > Seconds::ZERO {
            let (older, newer) = (state.older.after(seen.source_time), state.newer.after(seen.source_time));
            (state.older, state.newer) =
                if older.sold.is_zero() { (newer, Unshown::none(seen.source_time)) } else { (older, newer) };
            state.source_time = seen.source_time;
        }
        Ok(())
    }

    /// The parameters, `haircut` being one less the part that is believed. They build the same configuration.
    ///
    /// Of a grid that was [`DepthConfig::shared`] the part believed is that of the book times the share, so that the haircut is
    /// `1 - floor((1 - haircut) * share)`; of a pool, which is shared by its budgets alone, it is the one that was given.
    ///
    /// # Examples
    /// ```
    /// use damper::{book::Shape, depth::{DepthConfig, DepthParams}, ratio::Ratio, units::{Amount, Seconds}};
    /// let part = Ratio::from_fraction_floor;
    /// let params = DepthParams {
    ///     shape: Shape::Grid([part(1, 4)?]), haircut: part(1, 2)?,
    ///     max_age: Seconds::new(60), rise_time: Seconds::new(3_600), rise_base: Amount::new(3_600),
    /// };
    /// let config = DepthConfig::new(params)?;
    /// assert_eq!(config.params(), params);
    /// // A quarter of the book: an eighth of what is shown is believed to be the seller's.
    /// let quarter = config.shared(part(1, 4)?)?;
    /// assert_eq!(quarter.params(), DepthParams { haircut: part(7, 8)?, ..params });
    /// assert_eq!(DepthConfig::new(quarter.params())?, quarter);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub const fn params(&self) -> DepthParams<N> {
        let DepthConfig { shape, factor, max_age, rise_time, rise_base } = *self;
        DepthParams { shape, haircut: Ratio::ONE.excess_over(factor), max_age, rise_time, rise_base }
    }

    /// Kind of depth, and the impacts it is measured at.
    pub(crate) const fn shape(&self) -> &Shape<N> {
        &self.shape
    }

    /// Whether the snapshot may be sold on at `now`.
    ///
    /// # Errors
    /// Older than the age limit, or `now` before it: [`Error::DepthStale`].
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Band, Shape, Snapshot};
    /// use damper::depth::{DepthConfig, DepthObservation, DepthParams};
    /// use damper::{Error, ratio::Ratio, units::{Amount, Seconds, Timestamp}};
    /// let part = Ratio::from_fraction_floor;
    /// let config = DepthConfig::new(DepthParams {
    ///     shape: Shape::Grid([part(1, 4)?]), haircut: part(1, 2)?,
    ///     max_age: Seconds::new(60), rise_time: Seconds::new(3_600), rise_base: Amount::new(3_600),
    /// })?;
    /// // 1,000 atoms within 20 % of the price, which is an impact of 1/4.
    /// let bands = [Band { width: part(1, 5)?, amount: Amount::new(1_000) }];
    /// let seen = DepthObservation { source_time: Timestamp::new(0), snapshot: Snapshot::Bands(&bands) };
    /// let depth = config.open(&seen, Timestamp::new(0))?;
    ///
    /// assert_eq!(config.fresh(&depth, Timestamp::new(60)), Ok(()));
    /// assert_eq!(config.fresh(&depth, Timestamp::new(61)), Err(Error::DepthStale));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn fresh(&self, state: &Depth<N>, now: Timestamp) -> Result<(), Error> {
        match now.since(state.source_time) {
            Ok(age) if age <= self.max_age => Ok(()),
            _ => Err(Error::DepthStale),
        }
    }

    /// The book that sales are certified on: credible depth less haircut, for a grid times the share.
    ///
    /// # Errors
    /// None in fact, the factor being at most one; [`Error::Overflow`] is the type's.
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Band, Shape, Snapshot};
    /// use damper::depth::{DepthConfig, DepthObservation, DepthParams};
    /// use damper::{Error, ratio::Ratio, units::{Amount, Seconds, Timestamp}};
    /// let part = Ratio::from_fraction_floor;
    /// let config = DepthConfig::new(DepthParams {
    ///     shape: Shape::Grid([part(1, 4)?]), haircut: part(1, 2)?,
    ///     max_age: Seconds::new(60), rise_time: Seconds::new(3_600), rise_base: Amount::new(3_600),
    /// })?;
    /// // 1,000 atoms within 20 % of the price, which is an impact of 1/4.
    /// let bands = [Band { width: part(1, 5)?, amount: Amount::new(1_000) }];
    /// let seen = DepthObservation { source_time: Timestamp::new(0), snapshot: Snapshot::Bands(&bands) };
    /// let depth = config.open(&seen, Timestamp::new(0))?;
    ///
    /// // Half of what was shown.
    /// assert_eq!(config.book(&depth)?.quantity(), &[Amount::new(500)]);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn book(&self, state: &Depth<N>) -> Result<Book<N>, Error> {
        self.shape.book(state.credible).scaled_floor(self.factor)
    }

    /// The charge for a further sale of `sale`: `max(0, I(c + sale) - paid)`, rounded up.
    ///
    /// With one snapshot this is `I(c + sale) - I(c)`. With a thinner book under the same consumption it also makes
    /// good what the old book under-charged, so that charges for what a snapshot does not show always reach `I(c)` on
    /// it. Spec: D2, T0.
    ///
    /// # Errors
    /// More than the book shows: [`Error::DepthExhausted`]. Amounts beyond 2^128: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Shape, Snapshot};
    /// use damper::depth::{DepthConfig, DepthObservation, DepthParams};
    /// use damper::{ratio::Ratio, units::{Amount, Seconds, Timestamp}};
    /// let config = DepthConfig::new(DepthParams {
    ///     shape: Shape::<1>::ConstantProduct, haircut: Ratio::from_fraction_floor(1, 2)?,
    ///     max_age: Seconds::new(60), rise_time: Seconds::new(3_600), rise_base: Amount::new(3_600),
    /// })?;
    /// let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(2_000) };
    /// let depth = config.open(&DepthObservation { source_time: Timestamp::new(0), snapshot }, Timestamp::new(0))?;
    /// // 1,000 are believed: 500 move the price by `1.5^2 - 1` = 5/4.
    /// let charge = config.charge_ceil(&depth, Amount::new(500))?;
    /// assert_eq!(charge, Ratio::from_fraction_ceil(5, 4)?);
    /// // Of the sale in two parts the second pays the rest: `2^2 - 1 - 5/4` for 500 more, on the same snapshot.
    /// let depth = depth.sell(Amount::new(500), charge, Timestamp::new(1))?;
    /// assert_eq!(config.charge_ceil(&depth, Amount::new(500))?, Ratio::from_fraction_ceil(7, 4)?);
    /// // And the other way round.
    /// assert_eq!(config.largest_sale_floor(&depth, Ratio::from_fraction_floor(7, 4)?)?, Amount::new(500));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn charge_ceil(&self, state: &Depth<N>, sale: Amount) -> Result<Ratio, Error> {
        if sale.is_zero() {
            return Ok(Ratio::ZERO);
        }
        Ok(self.book(state)?.impact_ceil(state.sold().checked_add(sale)?)?.excess_over(state.paid()))
    }

    /// The largest further sale whose charge is at most `limit`, in base atoms, rounded down in favour of the bound: the charge
    /// of what is returned is at most `limit`. At most 2^128 - 1.
    ///
    /// # Errors
    /// As [`DepthConfig::book`].
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Band, Shape, Snapshot};
    /// use damper::depth::{DepthConfig, DepthObservation, DepthParams};
    /// use damper::{Error, ratio::Ratio, units::{Amount, Seconds, Timestamp}};
    /// let part = Ratio::from_fraction_floor;
    /// let config = DepthConfig::new(DepthParams {
    ///     shape: Shape::Grid([part(1, 4)?]), haircut: part(1, 2)?,
    ///     max_age: Seconds::new(60), rise_time: Seconds::new(3_600), rise_base: Amount::new(3_600),
    /// })?;
    /// // 1,000 atoms within 20 % of the price, which is an impact of 1/4.
    /// let bands = [Band { width: part(1, 5)?, amount: Amount::new(1_000) }];
    /// let seen = DepthObservation { source_time: Timestamp::new(0), snapshot: Snapshot::Bands(&bands) };
    /// let depth = config.open(&seen, Timestamp::new(0))?;
    ///
    /// // All but the last atom of 500, which would cost the level below; nothing within less than the first point.
    /// assert_eq!(config.largest_sale_floor(&depth, part(1, 4)?)?, Amount::new(499));
    /// assert_eq!(config.largest_sale_floor(&depth, part(1, 8)?)?, Amount::ZERO);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn largest_sale_floor(&self, state: &Depth<N>, limit: Ratio) -> Result<Amount, Error> {
        // A sum beyond the type is beyond every impact that the book can give.
        let total = state.paid().checked_add(limit).unwrap_or(Ratio::MAX);
        Ok(self.book(state)?.capacity_floor(total).excess_over(state.sold()))
    }
}

impl<const N: usize> Depth<N> {
    /// The state after a sale that was charged with `charge`.
    ///
    /// # Errors
    /// Amounts beyond 2^128 or impacts beyond [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Band, Shape, Snapshot};
    /// use damper::depth::{DepthConfig, DepthObservation, DepthParams};
    /// use damper::{Error, ratio::Ratio, units::{Amount, Seconds, Timestamp}};
    /// let part = Ratio::from_fraction_floor;
    /// let config = DepthConfig::new(DepthParams {
    ///     shape: Shape::Grid([part(1, 4)?]), haircut: part(1, 2)?,
    ///     max_age: Seconds::new(60), rise_time: Seconds::new(3_600), rise_base: Amount::new(3_600),
    /// })?;
    /// // 1,000 atoms within 20 % of the price, which is an impact of 1/4.
    /// let bands = [Band { width: part(1, 5)?, amount: Amount::new(1_000) }];
    /// let seen = DepthObservation { source_time: Timestamp::new(0), snapshot: Snapshot::Bands(&bands) };
    /// let depth = config.open(&seen, Timestamp::new(0))?;
    ///
    /// let depth = depth.sell(Amount::new(100), part(1, 4)?, Timestamp::new(10))?;
    /// assert_eq!((depth.sold(), depth.paid()), (Amount::new(100), part(1, 4)?));
    /// // The same snapshot has 399 left to be sold at no further charge.
    /// assert_eq!(config.charge_ceil(&depth, Amount::new(399))?, Ratio::ZERO);
    /// assert_eq!(config.charge_ceil(&depth, Amount::new(400)), Err(Error::DepthExhausted));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn sell(mut self, sale: Amount, charge: Ratio, now: Timestamp) -> Result<Depth<N>, Error> {
        self.book(sale, charge, now)?;
        Ok(self)
    }

    /// [`Depth::sell`] in place; on an error nothing is booked.
    pub(crate) fn book(&mut self, sale: Amount, charge: Ratio, now: Timestamp) -> Result<(), Error> {
        let newer = self.newer.with(sale, charge, now)?;
        // Checked here so that the sums below cannot fail.
        self.older.sold.checked_add(newer.sold)?;
        self.older.paid.checked_add(newer.paid)?;
        self.newer = newer;
        Ok(())
    }

    /// `c`: sold, and perhaps not shown by the snapshot.
    ///
    /// # Examples
    /// See [`Depth::sell`].
    #[must_use]
    pub const fn sold(&self) -> Amount {
        Amount::new(self.older.sold.get().saturating_add(self.newer.sold.get()))
    }

    /// The impact charged for `c`, as far as it is certain that the snapshot does not contain it.
    ///
    /// # Examples
    /// See [`Depth::sell`].
    #[must_use]
    pub const fn paid(&self) -> Ratio {
        Ratio::from_bits(self.older.paid.to_bits().saturating_add(self.newer.paid.to_bits()))
    }

    /// Credible depth at each point of a grid, or the reserve of a pool in the first place; before haircut and share.
    pub(crate) const fn credible(&self) -> &[Amount; N] {
        &self.credible
    }

    /// The time whose book the last snapshot shows.
    ///
    /// # Examples
    /// See [`DepthConfig::accept`].
    #[must_use]
    pub const fn source_time(&self) -> Timestamp {
        self.source_time
    }
}

form!(@[const N: usize] DepthParams<N> {
    shape: Shape<N>,
    haircut: Ratio,
    max_age: Seconds,
    rise_time: Seconds,
    rise_base: Amount,
});
stored!(@[const N: usize] DepthConfig<N> {
    shape: Shape<N>,
    factor: Ratio,
    max_age: Seconds,
    rise_time: Seconds,
    rise_base: Amount,
} if |config| {
    config.factor <= Ratio::ONE
        && config.rise_time > Seconds::ZERO
        && config.rise_base >= Amount::from(config.rise_time.get())
}, "a `factor` of at most 1, a `rise_time` above zero, a `rise_base` of an atom a second of it or more");
stored!(Unshown { first: Timestamp, last: Timestamp, sold: Amount, paid: Ratio } if |part| {
    part.first <= part.last
}, "a `first` of at most `last`");
stored!(@[const N: usize] Depth<N> {
    source_time: Timestamp,
    credible: [Amount; N],
    older: Unshown,
    newer: Unshown,
} if |depth| {
    depth.older.sold.checked_add(depth.newer.sold).is_ok() && depth.older.paid.checked_add(depth.newer.paid).is_ok()
});
