//! Cascades against the least fixed point found step by step in exact arithmetic.

use crate::exact::{Q, q};
use crate::source::Source;
use crate::targets::book::{pool, some_levels};
use damper::book::{Book, Shape, Snapshot};
use damper::cascade::{Cascade, Outcome};
use damper::exposure::{ExposureMap, PriceGrid};
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::Amount;

const K: usize = 4;

pub(crate) fn run(source: &mut Source<'_>) {
    let price = source.ordinary();
    let top = price.scale_floor(source.bps(9_000, 10_200)).expect("ordinary");
    let grid = PriceGrid::<K>::geometric(top, source.bps(8_500, 9_990)).expect("falling");
    let mut map = ExposureMap::new(grid);
    for _ in 0..source.below(8) {
        let (trigger, amount) = (source.near(top), source.amount_of(60));
        map = map.add(trigger, amount).expect("small");
    }
    if source.flag() {
        let book = pool(source.amount_of(64));
        cascades(source, &map, &book, price);
    } else if let Shape::Grid(points) = source.shape::<3>()
        && Shape::Grid(points).check().is_ok()
    {
        let levels = some_levels(source, price);
        let snapshot = Snapshot::Ladder { reference: price, levels: &levels };
        let book = Shape::Grid(points).measure_floor(&snapshot).expect("falling");
        cascades(source, &map, &book, price);
    }
}

/// The impacts of what is sold at each stage, as factors on the price; none where the book is exhausted.
fn factor<const N: usize>(book: &Book<N>, sold: Amount) -> Option<Q> {
    book.impact_ceil(sold).and_then(|impact| impact.checked_add(Ratio::ONE)).ok().map(q)
}

fn cascades<const N: usize>(source: &mut Source<'_>, map: &ExposureMap<K>, book: &Book<N>, price: Price) {
    let cascade = Cascade { map, book, price };
    let exogenous = source.near(price).min(price);
    let levels: Vec<(Price, Amount)> = map
        .grid()
        .prices()
        .iter()
        .copied()
        .zip(map.buckets().iter().copied())
        .chain([(map.grid().end(), map.rest())])
        .collect();
    // Everything that is triggered is sold, again and again until nothing more is triggered.
    let mut reached = 0;
    let end = loop {
        let sold = levels[..reached].iter().fold(map.due().get(), |sum, level| sum + level.1.get());
        let Some(factor) = factor(book, Amount::new(sold)) else { break None };
        let at = q(exogenous) / factor.clone();
        match levels.get(reached) {
            Some((level, _)) if at <= q(*level) => reached += 1,
            _ => break Some((Amount::new(sold), factor, at)),
        }
    };
    let Ok(outcome) = cascade.forecast_at(exogenous) else { return };
    match (outcome, &end) {
        (Outcome::Stops(forecast), Some((sold, factor, at))) => {
            assert_eq!((forecast.sold, forecast.reached), (*sold, reached));
            assert_eq!(q(forecast.impact), factor.clone() - Ratio::ONE);
            assert!(q(forecast.price) <= *at, "the price is shown too high");
            assert!(q(forecast.drawdown) >= (Q::one() - at.clone() / price).excess(), "the fall is shown too small");
        }
        (Outcome::Exhausted(exhausted), None) => {
            assert_eq!(q(exhausted.unsold), (q(map.total()) - exhausted.sold).excess());
            assert!(book.impact_ceil(exhausted.sold).is_ok());
        }
        (outcome, _) => panic!("{outcome:?} instead of {end:?}"),
    }
    critical(source, &cascade, exogenous);
    stops(source, &cascade, exogenous, reached);
}

/// A price at or below the critical one adds more than the limit, and one above does not.
fn critical<const N: usize>(source: &mut Source<'_>, cascade: &Cascade<'_, K, N>, exogenous: Price) {
    let limit = source.bps(0, 3_000);
    let Ok(edge) = cascade.critical(limit) else { return };
    let beyond = |at: Price| match cascade.forecast_at(at) {
        Ok(Outcome::Stops(forecast)) => Some(forecast.impact > limit),
        Ok(Outcome::Exhausted(_)) => Some(true),
        Err(_) => None,
    };
    let edge_price = edge.map(|edge| edge.exogenous);
    for at in [Some(exogenous), edge_price, edge_price.map(|price| source.near(price).min(cascade.price))]
        .into_iter()
        .flatten()
    {
        if let Some(beyond) = beyond(at) {
            assert_eq!(beyond, edge_price.is_some_and(|edge| at <= edge), "{at:?} against {edge_price:?}");
        }
    }
    if let Some(edge) = edge {
        assert!(q(edge.fall) <= Q::one() - q(edge.exogenous) / cascade.price);
    }
    for bucket in 0..K {
        let (gain, runs) = (cascade.gain_ceil(bucket).expect("a bucket"), cascade.runs_on(bucket).expect("a bucket"));
        assert!(
            !runs || gain.is_none_or(|gain| gain >= Ratio::from_bits((1 << 48) - (1 << 20))),
            "it runs on with a gain below one"
        );
    }
    assert!(cascade.gain_ceil(K).is_err() && cascade.runs_on(K).is_err());
}

/// With the bids that are asked for a level is not reached.
fn stops<const N: usize>(source: &mut Source<'_>, cascade: &Cascade<'_, K, N>, exogenous: Price, reached: usize) {
    let level = source.below(K + 1);
    let Ok(stop) = cascade.stop_at(exogenous, level) else { return };
    let Some(stop) = stop else { return };
    assert!(q(exogenous) > q(stop.above) * (q(stop.within) + Ratio::ONE), "the bid is not above the level");
    assert!(!stop.amount.is_zero() || reached <= level, "no bids stop nothing");
    if let Ok(Some(cheapest)) = cascade.cheapest_stop(exogenous, level) {
        assert!(cheapest.amount <= stop.amount, "a stop is cheaper than the cheapest");
    }
}
