//! Stress and appetite.

use super::*;
use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::stress::{DepthProfile, External, Fill, Internal, Signal, StressConfig, StressParams};
use damper::units::Rate;

pub(super) fn appetite(c: &mut Criterion) {
    let mut group = c.benchmark_group("appetite");
    let bps = |bps| Ratio::from_bps_floor(bps).expect("small");
    let between = |calm, stressed| Signal::Between { calm: bps(calm), stressed: bps(stressed) };
    let stress = StressConfig::new(StressParams {
        volatility: between(1_000, 4_000),
        depth: between(7_500, 2_500),
        depth_norm: Amount::new(50_000 * ETH),
        fill: between(7_500, 10_000),
        backlog: between(0, 30_000),
        oracle: between(10_000, 5_000),
        keepers: between(9_000, 5_000),
        neighbours: between(10_000, 2_500),
        max_age: Seconds::new(300),
    })
    .expect("sound");
    let config = AppetiteConfig::new(AppetiteParams {
        stress,
        floor: bps(2_500),
        start: Ratio::ONE,
        hysteresis: bps(1_000),
        recovery: Rate::from_ratio_over_floor(Ratio::ONE, Seconds::new(86_400)).expect("not zero"),
        hold: Seconds::new(3_600),
        max_step: Seconds::new(3_600),
    })
    .expect("sound");
    let fill = Some(Fill { used: bps(22), cap: bps(25) });
    let seen = Internal { volatility: Some(bps(2_000)), depth: Some(Amount::new(25_000 * ETH)), fill };
    let report = External {
        source_time: Timestamp::new(60),
        backlog: Some(bps(10_000)),
        oracle: Some(bps(7_000)),
        keepers: Some(bps(7_000)),
        neighbours: Some(bps(7_000)),
    };
    let mut state = config.open(Timestamp::new(0));
    config.heed(&mut state, &report, Timestamp::new(60)).expect("in order");
    let now = Timestamp::new(60);
    let state = config.observe(state, &seen, now).expect("in order");
    group.bench_function("internal stress", |b| b.iter(|| stress.internal_ceil(black_box(&seen))));
    group.bench_function("external stress", |b| b.iter(|| stress.external_ceil(black_box(&report))));
    let norm = [1, 2, 3, 4, 5, 6, 7, 8].map(|part| Amount::new(part * 6_250 * ETH));
    let profile = DepthProfile::new(&norm).expect("rises");
    group.bench_function("thinnest of 8 points", |b| b.iter(|| profile.thinnest_floor(black_box(&norm))));
    group.bench_function("observe", |b| b.iter(|| config.observe(black_box(state), &seen, Timestamp::new(120))));
    group.bench_function("heed", |b| {
        b.iter(|| {
            let mut state = black_box(state);
            config.heed(&mut state, &report, now).map(|()| state)
        })
    });
    group.bench_function("max LTV", |b| b.iter(|| state.max_ltv_floor(black_box(bps(7_500)))));
    group.bench_function("amount", |b| b.iter(|| state.amount_floor(black_box(Amount::new(ETH)))));
    group.bench_function("value", |b| b.iter(|| state.value_floor(black_box(Value::new(USDC)))));
    group.finish();
}
