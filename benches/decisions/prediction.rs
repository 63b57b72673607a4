//! Exposure and cascades.

use super::*;
use damper::cascade::Cascade;
use damper::exposure::{ExposureMap, PriceGrid, Report, Reporter, merge, trigger_price_ceil, worst_case};

/// A map of 16 buckets, 2 % apart, with `each` ETH in every one.
fn exposed(each: u128) -> ExposureMap<16> {
    let step = Ratio::from_bps_floor(9_800).expect("small");
    let grid = PriceGrid::<16>::geometric(price(19_600), step).expect("falling");
    grid.prices()
        .iter()
        .fold(ExposureMap::new(grid), |map, &trigger| map.add(trigger, Amount::new(each * ETH)).expect("small"))
}

pub(super) fn prediction(c: &mut Criterion) {
    let mut group = c.benchmark_group("prediction");
    let (collateral, debt) = (Amount::new(50 * ETH), Value::new(7_600 * USDC));
    let parameters = lending(&site(Shape::<1>::ConstantProduct)).expect("sound").schedule.params().calm;
    group.bench_function("trigger price", |b| {
        b.iter(|| trigger_price_ceil(black_box(collateral), black_box(debt), parameters.liquidation_threshold))
    });
    let position = Position::<0, 0>::new(collateral, debt);
    group.bench_function("trigger price of a position", |b| {
        b.iter(|| black_box(&position).trigger_price_ceil(black_box(&parameters)))
    });
    let map = exposed(1_000);
    let (trigger, size) = (price(15_000), Amount::new(10 * ETH));
    group.bench_function("exposure add", |b| b.iter(|| black_box(map).add(black_box(trigger), size)));
    group.bench_function("exposure remove", |b| b.iter(|| black_box(map).remove(black_box(trigger), size)));
    group.bench_function("exposure plus", |b| b.iter(|| black_box(map).plus(black_box(&map))));
    group.bench_function("exposure sold", |b| b.iter(|| black_box(&map).sold_ceil(black_box(trigger))));
    group.bench_function("exposure largest", |b| b.iter(|| black_box(&map).largest()));
    let (age, now) = (Seconds::new(60), Timestamp::new(120));
    let report = Report { source_time: Timestamp::new(100), map };
    let unheard = Reporter::new(*map.grid(), map.total());
    group.bench_function("exposure report", |b| b.iter(|| black_box(unheard).report(black_box(&report), age, now)));
    let (heard, _) = unheard.report(&report, age, now).expect("in order");
    let reporters = [heard, unheard, heard, unheard];
    group.bench_function("exposure merge of 4", |b| b.iter(|| merge(black_box(&map), black_box(&reporters), age, now)));
    group.bench_function("exposure worst case of 4", |b| b.iter(|| worst_case(black_box(&map), black_box(&reporters))));

    let pool = Snapshot::ConstantProduct { reserve: Amount::new(50_000 * ETH) };
    let pool = Shape::<1>::ConstantProduct.measure_floor(&pool).expect("one quantity");
    let bids = ladder();
    let bids = grid().measure_floor(&Snapshot::Ladder { reference: price(20_000), levels: &bids }).expect("falling");
    let (calm, fallen) = (exposed(20), price(18_000));
    for (name, map) in [("calm", &calm), ("crowded", &map)] {
        let cascade = Cascade { map, book: &pool, price: price(20_000) };
        let on_bids = Cascade { map, book: &bids, price: price(20_000) };
        let limit = Ratio::from_bps_floor(500).expect("small");
        group
            .bench_function(format!("cascade forecast, {name}"), |b| b.iter(|| cascade.forecast_at(black_box(fallen))));
        group.bench_function(format!("cascade forecast on bids, {name}"), |b| {
            b.iter(|| on_bids.forecast_at(black_box(fallen)))
        });
        group.bench_function(format!("cascade gain, {name}"), |b| b.iter(|| cascade.gain_ceil(black_box(15))));
        group.bench_function(format!("cascade runs on, {name}"), |b| b.iter(|| cascade.runs_on(black_box(15))));
        group.bench_function(format!("cascade critical, {name}"), |b| b.iter(|| cascade.critical(black_box(limit))));
        group.bench_function(format!("cascade runaway, {name}"), |b| b.iter(|| black_box(&cascade).runaway()));
        group.bench_function(format!("cascade stop, {name}"), |b| b.iter(|| cascade.stop_at(black_box(fallen), 15)));
        group.bench_function(format!("cascade cheapest stop, {name}"), |b| {
            b.iter(|| cascade.cheapest_stop(black_box(fallen), 15))
        });
    }
    group.finish();
}
