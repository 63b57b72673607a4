//! Measured books and certificates of sales against exact sums and the exact impact of a pool.

use crate::exact::{Q, part, q};
use crate::source::Source;
use damper::Error;
use damper::book::{Band, Book, Level, Shape, Snapshot};
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::Amount;

const N: usize = 4;

pub(crate) fn run(source: &mut Source<'_>) {
    let shape = source.shape::<N>();
    let rises = match shape {
        Shape::ConstantProduct => true,
        Shape::Grid(points) => points[0] > Ratio::ZERO && points.is_sorted_by(|a, b| a < b),
    };
    assert_eq!(shape.check(), if rises { Ok(()) } else { Err(Error::GridNotRising) });
    if !rises {
        return;
    }
    let book = match shape {
        Shape::ConstantProduct => {
            let reserve = source.amount();
            let book = shape.measure_floor(&Snapshot::ConstantProduct { reserve }).expect("of its kind");
            assert_eq!(book.quantity()[0], reserve);
            assert_eq!(shape.measure_floor(&Snapshot::Bands(&[])), Err(Error::DepthKind));
            book
        }
        Shape::Grid(points) if source.flag() => ladder(source, &shape, &points),
        Shape::Grid(points) => bands(source, &shape, &points),
    };
    for _ in 0..4 {
        impacts(source, &book);
    }
    let factor = source.share();
    let scaled = book.scaled_floor(factor).expect("a factor of at most one");
    for (amount, whole) in scaled.quantity().iter().zip(book.quantity()) {
        assert_eq!(Ok(amount.get()), (q(*whole) * factor).whole_floor());
    }
}

fn ladder(source: &mut Source<'_>, shape: &Shape<N>, points: &[Ratio; N]) -> Book<N> {
    let reference = source.price();
    let (mut levels, mut price) = (Vec::new(), reference);
    for _ in 0..source.below(9) {
        price = if source.rarely(12) { source.near(price) } else { source.near(price).min(price) };
        levels.push(Level { price, amount: source.amount_of(120) });
    }
    let falls = [reference].into_iter().chain(levels.iter().map(|level| level.price)).is_sorted_by(|a, b| a >= b);
    let book = shape.measure_floor(&Snapshot::Ladder { reference, levels: &levels });
    if !falls {
        assert_eq!(book, Err(Error::LadderNotFalling));
        return shape.measure_floor(&Snapshot::Bands(&[])).expect("no bids");
    }
    let book = book.expect("falling");
    for (point, quantity) in points.iter().zip(book.quantity()) {
        let inside = |level: &&Level| q(reference) / level.price - Q::one() <= q(*point);
        let sum = levels.iter().filter(inside).map(|level| level.amount.get()).sum::<u128>();
        assert_eq!(quantity.get(), sum);
    }
    book
}

fn bands(source: &mut Source<'_>, shape: &Shape<N>, points: &[Ratio; N]) -> Book<N> {
    let (mut bands, mut last) = (Vec::new(), Band { width: Ratio::ZERO, amount: Amount::ZERO });
    for _ in 0..source.below(9) {
        let width = source.ratio_within(last.width, Ratio::ONE);
        let amount = Amount::new(last.amount.get().saturating_add(source.number()));
        last = Band { width, amount };
        bands.push(last);
    }
    let widen = bands.is_sorted_by(|a, b| a.width < b.width);
    let sound = widen && bands.iter().all(|band| band.width > Ratio::ZERO && band.width < Ratio::ONE);
    let book = shape.measure_floor(&Snapshot::Bands(&bands));
    if !sound {
        assert_eq!(book, Err(Error::DepthBandOrder));
        return shape.measure_floor(&Snapshot::Bands(&[])).expect("no bids");
    }
    let book = book.expect("widening");
    for (point, quantity) in points.iter().zip(book.quantity()) {
        let inside = |band: &&Band| q(band.width) / (Q::one() - band.width) <= q(*point);
        assert_eq!(*quantity, bands.iter().rfind(inside).map_or(Amount::ZERO, |band| band.amount));
    }
    book
}

/// The impact is never below the exact one, and the capacity is its exact inverse.
fn impacts(source: &mut Source<'_>, book: &Book<N>) {
    let quantities = *book.quantity();
    let near =
        Amount::new(quantities[source.below(N)].get().saturating_add(source.within(0, 2).into()).saturating_sub(1));
    let sold = if source.flag() { source.amount() } else { near };
    let impact = book.impact_ceil(sold);
    match book.shape() {
        _ if sold.is_zero() => assert_eq!(impact, Ok(Ratio::ZERO)),
        Shape::ConstantProduct => match impact {
            Ok(impact) => {
                let reserve = q(quantities[0]);
                let exact = ((reserve.clone() + sold) / reserve).pow(2) - Q::one();
                assert!(q(impact) >= exact, "impact under-stated");
                assert!(exact >= Q::one() || q(impact) < exact + part(4, 1_u64 << 48), "impact over-stated");
            }
            Err(error) => assert_eq!(error, Error::DepthExhausted),
        },
        Shape::Grid(points) => {
            let level = points.iter().zip(&quantities).find(|(_, quantity)| sold < **quantity);
            assert_eq!(impact, level.map(|(point, _)| *point).ok_or(Error::DepthExhausted));
        }
    }
    let limit = if source.flag() { source.ratio() } else { source.bps(0, 1_000) };
    let capacity = book.capacity_floor(limit);
    assert!(book.impact_ceil(capacity).is_ok_and(|impact| impact <= limit), "beyond the limit");
    if capacity.get() < u128::MAX && limit > Ratio::ZERO {
        let more = Amount::new(capacity.get() + 1);
        assert!(book.impact_ceil(more).is_err() || book.impact_ceil(more).is_ok_and(|impact| impact > limit));
    }
    if let Ok(missing) = book.missing_ceil(sold, limit) {
        match book.shape() {
            Shape::ConstantProduct if !quantities[0].is_zero() => assert_eq!(missing, sold.excess_over(capacity)),
            Shape::ConstantProduct | Shape::Grid(_) if sold.is_zero() => assert!(missing.is_zero()),
            shape => {
                // With so many bids more one is left at an impact of at most the limit, and with one less none is.
                let within = match shape {
                    Shape::ConstantProduct => 0,
                    Shape::Grid(points) => points.iter().filter(|point| **point <= limit).count(),
                };
                let shown = within.checked_sub(1).map_or(Q::zero(), |last| q(quantities[last]));
                assert!(shown.clone() + missing > q(sold), "a bid is missing");
                assert!(missing.is_zero() || shown + missing - Q::one() <= q(sold), "too many bids are asked for");
            }
        }
    }
}

/// A price, for other targets: a book of one pool.
pub(crate) fn pool(reserve: Amount) -> Book<1> {
    Shape::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve }).expect("of its kind")
}

/// Levels for other targets, prices falling from a reference.
pub(crate) fn some_levels(source: &mut Source<'_>, reference: Price) -> Vec<Level> {
    let mut price = reference;
    let level = |_| {
        price = source.near(price).min(price);
        Level { price, amount: source.amount_of(64) }
    };
    (0..6).map(level).collect()
}
