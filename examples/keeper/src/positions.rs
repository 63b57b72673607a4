//! Thousands of positions, in the order in which a falling price reaches them.
//!
//! The order does not depend on the liquidation threshold, which ramps: a position is kept by the key
//! `(debt + 1) / collateral`, rounded up. At a low price `p` and a threshold `t` a position is unhealthy only if
//! `p * collateral < ceil(debt / t)`, which is below `debt / t + 1`, so its key is above `t p`: who is to be sold is among
//! the keys above `t p`, and no others are looked at. The one quote atom in the key covers every rounding of the decision;
//! who is in fact unhealthy is decided by the guard.
//!
//! An update of one of `n` positions costs `O(log n)` comparisons and 30 steps in the histogram; a price costs nothing until
//! somebody asks, and then as much as there are positions that it has reached.

use crate::histogram::{Histogram, boundary, bucket};
use damper::Error;
use damper::clearing::Holding;
use damper::exposure::{ExposureMap, PriceGrid};
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Timestamp};
use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

/// Buckets of the exposure map: the first 32 are 1/64 of a doubling wide, the others 1/16.
pub const MAP: usize = 64;

/// The map that the library's forecasts take.
pub type Map = ExposureMap<MAP>;

/// A position, and when it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Collateral and debt.
    pub holding: Holding,
    /// The time of the line that said it.
    pub time: Timestamp,
}

/// The positions of one market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Positions {
    entries: HashMap<Arc<str>, Entry>,
    /// Those with debt, by key.
    order: BTreeSet<(Price, Arc<str>)>,
    histogram: Histogram,
    /// Of all that have debt.
    collateral: Amount,
}

impl Default for Positions {
    fn default() -> Positions {
        let (entries, order) = (HashMap::new(), BTreeSet::new());
        Positions { entries, order, histogram: Histogram::default(), collateral: Amount::ZERO }
    }
}

/// The key of a position; `None` without debt, which no price reaches.
#[must_use]
pub fn key(holding: &Holding) -> Option<Price> {
    if holding.debt.is_zero() {
        return None;
    }
    let debt = holding.debt.get().saturating_add(1);
    Some(Price::from_fraction_ceil(debt, holding.collateral.get()).unwrap_or(Price::MAX))
}

impl Positions {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Collateral of all that have debt.
    #[must_use]
    pub const fn collateral(&self) -> Amount {
        self.collateral
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.entries.get(id)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(id, entry)| (&**id, entry))
    }

    /// Puts a position in the place of what was there under its name.
    ///
    /// # Errors
    /// Collateral of 2^128 atoms or more in all: [`Error::Overflow`]; nothing has changed.
    pub fn put(&mut self, id: &str, entry: Entry) -> Result<(), Error> {
        let before = self.entries.get(id).and_then(|old| key(&old.holding).map(|_| old.holding.collateral));
        let new = key(&entry.holding);
        let rest = self.collateral.excess_over(before.unwrap_or(Amount::ZERO));
        let collateral = if new.is_some() { rest.checked_add(entry.holding.collateral)? } else { rest };
        let id = self.take_out(id).unwrap_or_else(|| Arc::from(id));
        if let Some(key) = new {
            self.histogram.add(key, entry.holding.collateral);
            self.order.insert((key, Arc::clone(&id)));
        }
        self.collateral = collateral;
        self.entries.insert(id, entry);
        Ok(())
    }

    /// Takes a position away, and tells whether it was there.
    pub fn remove(&mut self, id: &str) -> bool {
        let before = self.entries.get(id).and_then(|old| key(&old.holding).map(|_| old.holding.collateral));
        self.collateral = self.collateral.excess_over(before.unwrap_or(Amount::ZERO));
        self.take_out(id).is_some()
    }

    fn take_out(&mut self, id: &str) -> Option<Arc<str>> {
        let (id, old) = self.entries.remove_entry(id)?;
        if let Some(key) = key(&old.holding) {
            self.histogram.remove(key, old.holding.collateral);
            let place = (key, id);
            self.order.remove(&place);
            return Some(place.1);
        }
        Some(id)
    }

    /// Those that may be unhealthy at a low price and a threshold, the least slack first. None that is unhealthy is missing.
    pub fn due(&self, low: Price, threshold: Ratio) -> impl Iterator<Item = (&str, &Entry)> {
        self.named(self.order.range((Bound::Included((edge(low, threshold), Arc::from(""))), Bound::Unbounded)).rev())
    }

    /// Of those the ones with a key up to `most`, the least slack first; and the others, the nearest to `most` first.
    pub fn due_up_to(
        &self,
        low: Price,
        threshold: Ratio,
        most: Price,
    ) -> (impl Iterator<Item = (&str, &Entry)>, impl Iterator<Item = (&str, &Entry)>) {
        let from = edge(low, threshold);
        let most = (most.max(from), Arc::from(""));
        let within = self.order.range((Bound::Included((from, Arc::from(""))), Bound::Excluded(most.clone())));
        let beyond = self.order.range((Bound::Included(most), Bound::Unbounded));
        (self.named(within.rev()), self.named(beyond))
    }

    /// Those that are healthy, nearest first.
    pub fn nearest(&self, low: Price, threshold: Ratio) -> impl Iterator<Item = (&str, &Entry)> {
        self.named(self.order.range((Bound::Unbounded, Bound::Excluded((edge(low, threshold), Arc::from(""))))).rev())
    }

    fn named<'a>(
        &'a self,
        places: impl Iterator<Item = &'a (Price, Arc<str>)> + 'a,
    ) -> impl Iterator<Item = (&'a str, &'a Entry)> + 'a {
        places.filter_map(|(_, id)| self.entries.get_key_value(id).map(|(id, entry)| (&**id, entry)))
    }

    /// About how many are unhealthy: those in whole buckets of keys above the edge. In 30 steps.
    #[must_use]
    pub fn count_due(&self, low: Price, threshold: Ratio) -> u64 {
        self.histogram.from(bucket(edge(low, threshold)) + 1).1
    }

    /// What would be sold at which price, from one bucket above the present price down to a fifth of it.
    ///
    /// Each position counts with all of its collateral, at the lowest bucket price that is not below its trigger: the
    /// boundaries are those of the keys over the threshold, rounded up. `64 * 15` steps and the map's own, for any number of
    /// positions.
    ///
    /// # Errors
    /// A price so near the ends of its range that the buckets do not fall: [`Error::ExposureGrid`].
    pub fn map(&self, low: Price, threshold: Ratio) -> Result<Map, Error> {
        let places = places(bucket(edge(low, threshold)))?;
        let inverse = Ratio::ONE.div_ceil(threshold)?;
        let price = |place: usize| boundary(place).scale_ceil(inverse).unwrap_or(Price::MAX);
        let mut prices = [Price::MAX; MAP];
        for (to, place) in prices.iter_mut().zip(&places) {
            *to = price(*place);
        }
        let [.., end] = places;
        let mut map = ExposureMap::new(PriceGrid::new(prices, price(end))?);
        let [top, ..] = places;
        map = map.add_due(self.histogram.from(top + 1).0)?;
        for ((price, place), next) in prices.iter().zip(&places).zip(places.iter().skip(1)) {
            map = map.add(*price, self.histogram.between(next + 1, place + 1))?;
        }
        map.add(price(end), self.histogram.below(end + 1).0)
    }
}

/// `t p`, rounded down: no key of an unhealthy position is at or below it.
fn edge(low: Price, threshold: Ratio) -> Price {
    low.scale_floor(threshold).unwrap_or(Price::MIN)
}

/// The boundaries of the map's buckets, from the highest down, and its end.
fn places(top: usize) -> Result<[usize; MAP + 1], Error> {
    let mut places = [0; MAP + 1];
    let mut place = top;
    for (at, to) in places.iter_mut().enumerate() {
        *to = place;
        place = place.checked_sub(if at < 32 { 1 } else { 4 }).ok_or(Error::ExposureGrid)?;
    }
    Ok(places)
}
