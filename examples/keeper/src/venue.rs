//! The book that a keeper sells what it bought into: what a sale brings, rounded down.

use crate::decimal::DecimalError;
use crate::scale::Scale;
use crate::wire;
use damper::book::{Band, Level, Shape, Snapshot};
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Value};

/// A depth snapshot, with the line that it came from.
#[derive(Clone, Debug)]
pub struct Venue {
    /// As it was written.
    pub wire: wire::Book,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Pool(Amount),
    Ladder { reference: Price, levels: Vec<Level> },
    Bands(Vec<Band>),
}

/// Why a book cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// A number of it.
    #[error(transparent)]
    Number(#[from] DecimalError),
    /// A price or width of it.
    #[error("{0:?}")]
    Refused(damper::Error),
}

impl From<damper::Error> for BookError {
    fn from(error: damper::Error) -> BookError {
        BookError::Refused(error)
    }
}

impl Venue {
    /// Reads a book: amounts and prices of bids rounded down, the reference and widths up, so that depth is never
    /// over-stated.
    pub fn new(wire: wire::Book, scale: Scale) -> Result<Venue, BookError> {
        let shift = scale.shift();
        let kind = match &wire {
            wire::Book::Pool { reserve } => Kind::Pool(Amount::new(reserve.atoms_floor(scale.base)?)),
            wire::Book::Ladder { reference, levels } => {
                let level = |&(price, amount): &(crate::decimal::Decimal, crate::decimal::Decimal)| {
                    let price = price.price_floor(shift)?;
                    Ok(Level { price, amount: Amount::new(amount.atoms_floor(scale.base)?) })
                };
                let levels = levels.iter().map(level).collect::<Result<_, BookError>>()?;
                Kind::Ladder { reference: reference.price_ceil(shift)?, levels }
            }
            wire::Book::Bands { bands } => {
                let band = |&(width, amount): &(crate::decimal::Decimal, crate::decimal::Decimal)| {
                    Ok(Band { width: width.ratio_ceil()?, amount: Amount::new(amount.atoms_floor(scale.base)?) })
                };
                Kind::Bands(bands.iter().map(band).collect::<Result<_, BookError>>()?)
            }
        };
        Ok(Venue { wire, kind })
    }

    /// For the guard.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<'_> {
        match &self.kind {
            Kind::Pool(reserve) => Snapshot::ConstantProduct { reserve: *reserve },
            Kind::Ladder { reference, levels } => Snapshot::Ladder { reference: *reference, levels },
            Kind::Bands(bands) => Snapshot::Bands(bands),
        }
    }

    /// Steps of a book of bids: price and amount, from the best down. A band counts at its far end.
    fn steps(&self, price: Price) -> Vec<(Price, Amount)> {
        match &self.kind {
            Kind::Pool(_) => Vec::new(),
            Kind::Ladder { levels, .. } => levels.iter().map(|level| (level.price, level.amount)).collect(),
            Kind::Bands(bands) => {
                let mut before = Amount::ZERO;
                let mut steps = Vec::new();
                for band in bands {
                    let step = band.amount.excess_over(before);
                    if let Ok(worst) = price.scale_floor(Ratio::ONE.excess_over(band.width)) {
                        steps.push((worst, step));
                    }
                    before = before.max(band.amount);
                }
                steps
            }
        }
    }

    /// What a sale brings at a market price of `price`, quote atoms; `None` if the book does not take it.
    ///
    /// A pool of reserve `x` gives `price * sold * x / (x + sold)`.
    #[must_use]
    pub fn proceeds_floor(&self, price: Price, sold: Amount) -> Option<Value> {
        if let Kind::Pool(reserve) = &self.kind {
            let left = reserve.ratio_floor(reserve.checked_add(sold).ok()?).ok()?;
            return price.value_floor(sold.mul_floor(left).ok()?).ok();
        }
        let (mut rest, mut sum) = (sold, Value::ZERO);
        for (bid, amount) in self.steps(price) {
            let part = rest.min(amount);
            sum = sum.checked_add(bid.value_floor(part).ok()?).ok()?;
            rest = rest.excess_over(part);
            if rest.is_zero() {
                return Some(sum);
            }
        }
        rest.is_zero().then_some(sum)
    }

    /// The most that can be sold while the marginal price stays at or above `least`.
    #[must_use]
    pub fn most_above(&self, price: Price, least: Price) -> Amount {
        if let Kind::Pool(reserve) = &self.kind {
            let room = price.ratio_floor(least).unwrap_or(Ratio::MAX).excess_over(Ratio::ONE);
            let pool = Snapshot::ConstantProduct { reserve: *reserve };
            return Shape::<1>::ConstantProduct
                .measure_floor(&pool)
                .map_or(Amount::ZERO, |book| book.capacity_floor(room));
        }
        let bids = self.steps(price).into_iter().take_while(|(bid, _)| *bid >= least);
        bids.fold(Amount::ZERO, |sum, (_, amount)| Amount::new(sum.get().saturating_add(amount.get())))
    }
}
