//! Several sellers, several assets.

use super::*;
use damper::assets::{CrossImpact, CrossImpactParams, largest_scale_floor};
use damper::coordination::{
    Budget, Neighbours, Registration, Report, Reports, effective_kappa_ceil, joint_bound_ceil, own_share_floor,
    share_floor,
};

pub(super) fn coordination(c: &mut Criterion) {
    let mut group = c.benchmark_group("coordination");
    let bps = |bps: u32| Ratio::from_bps_floor(bps).expect("small");
    let config = lending(&site(Shape::<1>::ConstantProduct)).expect("the preset is sound").ledger;
    let kappa = bps(12_500);
    let budget = Budget { own_share: bps(300), ..Budget::of(&config) };
    let exposure = Exposure { exogenous: bps(2_000), noise: bps(10), elapsed: Seconds::new(60) };
    group.bench_function("share", |b| {
        b.iter(|| share_floor(black_box(Amount::new(5 * ETH)), black_box(Amount::new(15 * ETH))))
    });
    group.bench_function("joint bound, 8 sellers", |b| {
        b.iter(|| joint_bound_ceil(kappa, bps(500), black_box(&[budget; 8]), exposure))
    });
    group.bench_function("effective kappa", |b| b.iter(|| effective_kappa_ceil(kappa, black_box(bps(5_000)))));
    group.bench_function("own share", |b| b.iter(|| own_share_floor(bps(2_500), kappa, black_box(bps(5_000)))));
    let registered = [Registration { budget: Budget::ZERO, gain: bps(500) }; 8];
    let neighbours = Neighbours { registered, max_age: Seconds::new(600) };
    let report = |at| Report { gain: Ratio::ZERO, at: Timestamp::new(at) };
    let now = Timestamp::new(60);
    let reports = (0..8)
        .fold(Reports::NONE, |reports, index| neighbours.accept(reports, index, report(0), now).expect("in order"));
    group.bench_function("accept a report", |b| {
        b.iter(|| neighbours.accept(black_box(reports), 3, black_box(report(60)), now))
    });
    group.bench_function("factor, 8 neighbours", |b| b.iter(|| neighbours.factor(black_box(&reports), now)));
    group.bench_function("narrowed ledger, 8 neighbours", |b| b.iter(|| neighbours.narrowed(black_box(&config))));
    group.bench_function("worst bound, 8 neighbours", |b| {
        b.iter(|| neighbours.worst_bound_ceil(kappa, black_box(budget), exposure))
    });
    let mut impacts = [[bps(5_000); 4]; 4];
    impacts.iter_mut().enumerate().for_each(|(market, row)| row[market] = Ratio::ONE);
    let params = CrossImpactParams { impacts, budgets: [budget; 4] };
    let markets = CrossImpact::new(params).expect("rows below one");
    group.bench_function("check 4 markets", |b| b.iter(|| CrossImpact::new(black_box(params))));
    group.bench_function("bound of 4 markets, 8 rounds", |b| {
        b.iter(|| markets.bound_ceil(black_box(&[exposure; 4]), black_box(8)))
    });
    group.bench_function("largest scale, 4 markets", |b| {
        b.iter(|| largest_scale_floor(black_box(&impacts), &[bps(300); 4]))
    });
    group.finish();
}
