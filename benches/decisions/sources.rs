//! Prices from many sources.

use super::*;
use damper::oracle::OracleConfig;
use damper::sources::{Source, SourcesConfig, SourcesParams, SourcesState};

/// Push feeds of 0.5 % and an hour, as many faulty ones as may be.
fn sources_of<const S: usize>(c: &mut Criterion) {
    let mut group = c.benchmark_group("sources");
    let bps = |n| Ratio::from_bps_floor(n).expect("small");
    let limits = OracleConfig::new(Seconds::new(3_600), bps(20)).expect("below one");
    let faulty = u8::try_from((S - 1) / 2).expect("few");
    let params = SourcesParams {
        sources: [Source { limits, update_band: bps(50) }; S],
        faulty,
        quorum: 2 * faulty + 1,
        divergence: bps(200),
        max_width: bps(300),
    };
    let config = SourcesConfig::new(params).expect("sound");
    let open = SourcesState::open(Timestamp::new(0));
    let (state, _) =
        config.aggregate(open, &[Some(seen(20_000, 1)); S], Timestamp::new(1)).expect("a clock that runs forward");
    // The worst order for a sort by insertion.
    let mut reports = [None; S];
    for (report, step) in reports.iter_mut().zip(0_u8..) {
        *report = Some(seen(20_000 - 10 * u128::from(step), 60 - u64::from(step)));
    }
    let now = Timestamp::new(60);
    let (_, outcome) = config.aggregate(state, &reports, now).expect("a clock that runs forward");
    let aggregate = outcome.aggregate.expect("a quorum");
    group.bench_function(format!("new, {S}"), |b| b.iter(|| SourcesConfig::new(black_box(params))));
    group.bench_function(format!("aggregate, {S}"), |b| {
        b.iter(|| config.aggregate(black_box(state), black_box(&reports), now))
    });
    group.bench_function(format!("repeat, {S}"), |b| b.iter(|| config.aggregate(black_box(state), &[None; S], now)));
    group.bench_function(format!("fits, {S}"), |b| b.iter(|| config.fits(black_box(&limits), Seconds::new(7_201))));
    group.bench_function(format!("quality, {S}"), |b| b.iter(|| config.quality_floor(S, black_box(bps(100)))));
    group.bench_function(format!("mid, {S}"), |b| b.iter(|| black_box(aggregate).mid_floor()));
    group.finish();
}

pub(super) fn sources(c: &mut Criterion) {
    sources_of::<3>(c);
    sources_of::<7>(c);
}
