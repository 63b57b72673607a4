//! What the guard says ahead of a crash, and early sales.

use super::*;
use damper::attack::Reach;
use damper::clearing::{PaceConfig, PaceParams};
use damper::early::{EarlyRule, Start};
use damper::exposure::{ExposureMap, PriceGrid};
use damper::foresight::Attack;
use damper::guard::GuardParams;
use damper::risk::{Law, RiskConfig, RiskParams};
use damper::stress::External;
use damper::units::Rate;

pub(super) fn foresight(c: &mut Criterion) {
    let mut group = c.benchmark_group("foresight");
    let pool = Snapshot::ConstantProduct { reserve: Amount::new(50_000 * ETH) };
    let (guard, state, now) = market(Shape::<1>::ConstantProduct, pool);
    let bps = |n| Ratio::from_bps_floor(n).expect("small");
    let grid = PriceGrid::<16>::geometric(price(18_400), bps(9_800)).expect("falls");
    let map = grid
        .prices()
        .iter()
        .fold(ExposureMap::new(grid), |map, trigger| map.add(*trigger, Amount::new(1_000 * ETH)).expect("small"));
    group.bench_function("forecast, 16 buckets", |b| {
        b.iter(|| guard.forecast(&state, now, black_box(&map), bps(1_000)))
    });
    let pace = PaceConfig::new(PaceParams { round: Seconds::new(600), piece: Ratio::ULP }).expect("a round");
    group.bench_function("open interest cap", |b| {
        b.iter(|| guard.open_interest_cap(black_box(&state), now, &pace, Seconds::new(86_400)))
    });
    group.bench_function("restrained", |b| b.iter(|| black_box(&guard).restrained(bps(5_000))));
    let report = External { source_time: now, backlog: None, oracle: None, keepers: None, neighbours: None };
    group.bench_function("heed", |b| b.iter(|| guard.heed(black_box(state), now, &report)));
    let reach = [Reach { from: bps(2_000), value: Value::new(1_000_000 * USDC) }];
    let (clearing, most) = (bps(9_800), bps(9_000));
    let attack = Attack { lasting: Seconds::ZERO, clearing, reward: Ratio::ZERO, reach: &reach, most };
    let book = Shape::<1>::ConstantProduct.measure_floor(&pool).expect("a pool");
    group.bench_function("no profitable push", |b| {
        b.iter(|| guard.no_profitable_push(black_box(&state), now, &book, black_box(&attack)))
    });
    let horizon = guard.params().volatility.params().horizon;
    let params = RiskParams { horizon, drift: Rate::ZERO, law: Law::SubGaussian, tolerance: bps(100) };
    let start = Start::ByChance(EarlyRule { risk: RiskConfig::new(params).expect("sound"), pace });
    let early = Guard::new(GuardParams { start, ..*guard.params() }).expect("sound");
    let whale = Position::<0, 0>::new(Amount::new(20_000 * ETH), Value::new(2_800_000 * USDC));
    group.bench_function("assess, early sales", |b| b.iter(|| early.assess(black_box(&state), now, black_box(&whale))));
    group.finish();
}
