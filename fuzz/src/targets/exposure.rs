//! The map of what is sold where, against a list of the positions in it.

use crate::exact::{Q, q};
use crate::source::Source;
use damper::Error;
use damper::exposure::{ExposureMap, PriceGrid, Report, Reporter, merge, trigger_price_ceil, worst_case};
use damper::price::Price;
use damper::units::{Amount, Timestamp};
use num_traits::ToPrimitive;

const K: usize = 4;

pub(crate) fn run(source: &mut Source<'_>) {
    trigger(source);
    let (top, step) = (source.ordinary(), source.bps(5_000, 9_999));
    let grid = PriceGrid::<K>::geometric(top, step).expect("falling");
    let map = positions(source, ExposureMap::new(grid), top);
    reporters(source, &map, top);
}

/// The price below which a position is unhealthy, by the comparison that health makes.
fn trigger(source: &mut Source<'_>) {
    let (collateral, debt, threshold) = (source.amount_of(100), source.value_of(100), source.share());
    let Ok(trigger) = trigger_price_ceil(collateral, debt, threshold) else { return };
    let price = match trigger {
        Some(trigger) if source.flag() => source.near(trigger),
        _ => source.price(),
    };
    let worth = Q { num: (q(collateral) * price).floor(0), den: 1.into() };
    let is_healthy = (worth * threshold).floor(0) >= q(debt).floor(0);
    match trigger {
        None => assert!(is_healthy),
        Some(trigger) if trigger == Price::MAX => assert!(price == Price::MAX || !is_healthy),
        Some(trigger) => assert_eq!(is_healthy, price >= trigger),
    }
}

fn positions(source: &mut Source<'_>, empty: ExposureMap<K>, top: Price) -> ExposureMap<K> {
    let (mut map, mut all): (_, Vec<(Price, Amount)>) = (empty, Vec::new());
    for _ in 0..source.below(12) {
        if source.rarely(4) && !all.is_empty() {
            let (trigger, amount) = all.swap_remove(source.below(all.len()));
            map = map.remove(trigger, amount).expect("it was added");
        } else {
            let (trigger, amount) = (trigger_near(source, map.grid(), &all), source.amount_of(124));
            match map.add(trigger, amount) {
                Ok(with) => {
                    assert_eq!(with.remove(trigger, amount), Ok(map));
                    map = with;
                    all.push((trigger, amount));
                }
                Err(error) => assert_eq!(error, Error::Overflow),
            }
        }
        let sum = |price: Price| {
            let sold = all.iter().filter(|(trigger, _)| *trigger >= price);
            sold.fold(Q::zero(), |sum, (_, amount)| sum + *amount)
        };
        assert_eq!(q(map.total()), sum(Price::MIN));
        // A trigger counts at the lowest price of the grid at or above it: at all prices above the first, at the end below it.
        let grid: Vec<Price> = map.grid().prices().iter().copied().chain([map.grid().end()]).collect();
        let price = if source.flag() { grid[source.below(K + 1)] } else { source.near(top) };
        let counts_at = |trigger: Price| grid.iter().copied().rfind(|level| *level >= trigger);
        let counted = all.iter().filter(|(trigger, _)| counts_at(*trigger).is_none_or(|level| level >= price));
        let counted = counted.fold(Q::zero(), |sum, (_, amount)| sum + *amount);
        assert!(counted >= sum(price), "what is triggered is not counted");
        assert_eq!(q(map.sold_ceil(price)), counted);
    }
    map
}

/// A price of the grid or beside one, or beside the last trigger.
fn trigger_near(source: &mut Source<'_>, grid: &PriceGrid<K>, all: &[(Price, Amount)]) -> Price {
    let level = grid.prices()[source.below(K)];
    let around = if source.rarely(4) { grid.end() } else { level };
    let last = all.last().map_or(around, |(trigger, _)| *trigger);
    if source.flag() { around } else { source.near(last) }
}

fn reporters(source: &mut Source<'_>, own: &ExposureMap<K>, top: Price) {
    let now = Timestamp::new(1_000);
    let max_age = source.seconds_within(0, 100);
    let mut reporters = [(); 2].map(|()| Reporter::new(*own.grid(), source.amount_of(100)));
    for reporter in &mut reporters {
        if source.rarely(4) {
            continue;
        }
        let map = positions(source, ExposureMap::new(*own.grid()), top);
        let report = Report { source_time: source.observation(top, now).source_time, map };
        if let Ok((heard, excess)) = reporter.report(&report, max_age, now) {
            assert_eq!(excess, map.total().excess_over(reporter.registered()));
            assert_eq!(heard.report(&report, max_age, now), Err(Error::ReportOutOfOrder));
            *reporter = heard;
        }
        let later = source.later(now);
        let counted = reporter.counted(max_age, later).expect("the clock runs forward");
        assert!(counted.total() <= reporter.worst() && reporter.registered() <= reporter.worst());
        let (fewer, fresh) =
            (source.amount_of(100), reporter.is_fresh(max_age, later).expect("the clock runs forward"));
        let registered = reporter.register(fewer);
        assert!(
            registered.registered() == fewer && registered.worst() >= fewer,
            "registered for more than it counts for"
        );
        assert!(!fresh || registered.worst() >= counted.total(), "it counts for less than it showed");
        assert!(fresh || counted.total() == reporter.worst(), "silence counts for less than the worst");
    }
    let later = source.later(now);
    if let (Ok(merged), Ok(worst)) = (merge(own, &reporters, max_age, later), worst_case(own, &reporters)) {
        let price = source.near(top);
        assert!(merged.map.sold_ceil(price) <= worst.sold_ceil(price), "more than the worst case");
        assert!(merged.map.sold_ceil(price) >= own.sold_ceil(price));
        assert!(merged.silent.to_usize().is_some_and(|silent| silent <= reporters.len()));
    }
    assert!(own.largest().amount <= own.total());
}
