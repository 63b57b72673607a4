//! Insurance, delta, the two-sided ledger.

use super::*;
use damper::delta::{DeltaConfig, DeltaParams, Trade, largest_gamma_floor};
use damper::hedge::{
    InsuranceConfig, InsuranceParams, Insurer, Loop, MultiplierLimit, largest_fall_ceil, split, value_per_move_floor,
};
use damper::ledger::LedgerParams;
use damper::two_sided::{Side, Swing, TwoSided, TwoSidedConfig, TwoSidedParams};
use damper::units::Rate;

pub(super) fn hedging(c: &mut Criterion) {
    let mut group = c.benchmark_group("hedging");
    let of = |numerator, denominator| Ratio::from_fraction_floor(numerator, denominator).expect("small");
    let pool = Snapshot::ConstantProduct { reserve: Amount::new(50_000 * ETH) };
    let book = Shape::<1>::ConstantProduct.measure_floor(&pool).expect("a pool");
    let band = PriceBand::exact(price(18_800));
    group.bench_function("value per move", |b| {
        b.iter(|| value_per_move_floor(black_box(&book), black_box(band.low()), black_box(of(1, 5))))
    });
    let per_move = value_per_move_floor(&book, band.low(), of(1, 5)).expect("in range");
    let feedback = Loop { exposure: Value::new(500_000 * USDC), per_move, limit: of(1, 2) };
    group.bench_function("loop gain", |b| b.iter(|| feedback.gain_ceil(black_box(of(3, 1)))));
    group.bench_function("multiplier limit", |b| {
        b.iter(|| MultiplierLimit::new(black_box(of(1, 4)), black_box(&feedback)))
    });
    let limit = MultiplierLimit::new(of(1, 4), &feedback).expect("a limit");
    let floor = Value::new(7_520 * USDC);
    let params = InsuranceParams { floor, multiplier: of(4, 1), max_share: Ratio::ONE, tolerance: of(1, 100) };
    group.bench_function("insurance config", |b| b.iter(|| InsuranceConfig::new(black_box(params), &limit)));
    let fund = InsuranceConfig::new(params, &limit).expect("within the limit");
    for (name, cash) in [("rebalance, sell", 0), ("rebalance, buy", 10_000)] {
        let held = Insurer::new(Amount::new(50 * ETH), Value::new(cash * USDC));
        group.bench_function(name, |b| b.iter(|| fund.rebalance(black_box(held), black_box(band))));
    }
    let held = Insurer::new(Amount::new(50 * ETH), Value::ZERO);
    group.bench_function("target", |b| b.iter(|| fund.target_floor(black_box(&held), black_box(band))));
    group.bench_function("gap shortfall", |b| b.iter(|| fund.gap_shortfall_ceil(black_box(&held), band, of(3, 10))));
    group.bench_function("restart", |b| b.iter(|| fund.restart(black_box(held), black_box(band))));
    group.bench_function("split", |b| b.iter(|| split(black_box(Amount::new(ETH)), black_box(Amount::new(ETH / 2)))));

    let reference = price(20_000);
    group.bench_function("largest gamma", |b| {
        b.iter(|| largest_gamma_floor(black_box(reference), black_box(per_move), black_box(of(1, 2))))
    });
    let params = DeltaParams { reference, gamma: Amount::new(1_000 * ETH), tolerance: Amount::new(ETH) };
    group.bench_function("delta config", |b| b.iter(|| DeltaConfig::new(black_box(params), per_move, of(1, 2))));
    let hedge = DeltaConfig::new(params, per_move, of(1, 2)).expect("within the limit");
    let done = Trade::sell(Amount::new(10 * ETH));
    group.bench_function("delta trade", |b| b.iter(|| hedge.trade(black_box(done), black_box(band.low()))));
    group.bench_function("delta gain", |b| b.iter(|| hedge.gain_ceil(black_box(band.low()), black_box(per_move))));

    let side = LedgerParams { burst: of(1, 200), leak: Rate::ZERO, own_share: of(1, 8), kappa: Ratio::ONE };
    let config = TwoSidedConfig::new(TwoSidedParams { sell: side, buy: side }).expect("a quarter in all");
    let window = Window::open(price(18_800), Timestamp::new(60));
    let state = TwoSided::open(PriceBand::exact(reference), Timestamp::new(0));
    group.bench_function("two-sided observe", |b| b.iter(|| black_box(state).observe(black_box(window))));
    let state = state.observe(window);
    let next = Timestamp::new(60);
    group.bench_function("two-sided advance", |b| b.iter(|| black_box(state).advance(&config, black_box(next))));
    group.bench_function("two-sided headroom", |b| b.iter(|| black_box(&state).headroom(&config, Side::Sell)));
    group.bench_function("two-sided charge", |b| {
        b.iter(|| black_box(state).charge(&config, Side::Sell, black_box(of(1, 1_000)), next))
    });
    group.bench_function("two-sided permitted at", |b| {
        b.iter(|| black_box(&state).permitted_at(&config, Side::Sell, black_box(of(1, 10))))
    });
    let swing = Swing { fall: of(1, 5), rise: of(3, 10), noise: of(1, 1_000), elapsed: Seconds::new(86_400) };
    group.bench_function("two-sided bound", |b| b.iter(|| config.bound_fall_ceil(black_box(swing))));
    let exposure = Exposure { exogenous: of(1, 5), noise: of(1, 1_000), elapsed: Seconds::new(86_400) };
    group
        .bench_function("largest fall", |b| b.iter(|| largest_fall_ceil(config.side(Side::Sell), black_box(exposure))));
    group.finish();
}
