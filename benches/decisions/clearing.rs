//! Time to clear, chance, order of service.

use super::*;
use damper::clearing::{self, Backlog, Clearing, Holding, PaceConfig, PaceParams, Throttle};
use damper::ledger::Exposure;
use damper::queue::{Queue, deadline_floor};
use damper::risk::{Law, Peril, RiskConfig, RiskParams, cover_ceil};
use damper::solvency::{AtThreshold, Crash, bound_ceil, charged_in_time_floor, sold_floor};
use damper::units::Rate;

pub(super) fn clear(c: &mut Criterion) {
    let mut group = c.benchmark_group("clearing");
    let (half, bps) = (Ratio::from_bits(1 << 47), |n| Ratio::from_bps_floor(n).expect("small"));
    group.bench_function("relative fall", |b| b.iter(|| clearing::relative_fall_ceil(black_box(bps(3_000)))));
    let all = [Holding { collateral: Amount::new(50 * ETH), debt: Value::new(7_600 * USDC) }; 8];
    group.bench_function("bad debt, 8 positions", |b| {
        b.iter(|| clearing::bad_debt_ceil(black_box(all), price(18_800), black_box(half)))
    });
    group.bench_function("safe ltv", |b| b.iter(|| clearing::safe_ltv_floor(black_box(half), bps(800))));
    let (own, debt) = (Value::new(9_400 * USDC), Value::new(7_600 * USDC));
    group.bench_function("slack", |b| {
        b.iter(|| clearing::slack_floor(black_box(own), Value::ZERO, black_box(debt), bps(800)))
    });
    group.bench_function("slack of a threshold", |b| {
        b.iter(|| clearing::threshold_slack_floor(black_box(bps(8_000)), bps(800)))
    });
    group.bench_function("log impact", |b| b.iter(|| clearing::log_impact_floor(black_box(half))));
    let (guard, state, _) =
        market(Shape::<1>::ConstantProduct, Snapshot::ConstantProduct { reserve: Amount::new(50_000 * ETH) });
    let leak = Rate::from_ratio_over_floor(bps(200), Seconds::new(3_600)).expect("an hour");
    let throttle = Throttle { level: bps(50), reserved: Ratio::ZERO, cap: bps(100), leak };
    let pace = PaceConfig::new(PaceParams { round: Seconds::new(600), piece: Ratio::ZERO }).expect("a round");
    let backlog =
        Backlog { config: &guard.params().depth, depth: state.depth(), ahead: Amount::ZERO, least: Amount::ZERO };
    let (sale, slack) = (Amount::new(500 * ETH), Seconds::new(14_400));
    group.bench_function("clearing, at least", |b| b.iter(|| backlog.clearing_floor(&throttle, black_box(sale))));
    group.bench_function("clearing, at most", |b| b.iter(|| backlog.clearing_ceil(&throttle, &pace, black_box(sale))));
    group.bench_function("largest sale in time", |b| {
        b.iter(|| backlog.largest_sale_floor(&throttle, &pace, black_box(slack)))
    });
    group.bench_function("steady lot", |b| b.iter(|| backlog.steady_lot_floor(black_box(&throttle), &pace)));
    let slacks = [3_600, 7_200, 14_400, 28_800].map(Seconds::new);
    group.bench_function("caps of 4 bands", |b| {
        b.iter(|| backlog.band_caps_floor(&throttle, &pace, &slacks, black_box(&[sale; 4])))
    });
    let ledger = guard.params().ledger;
    let (none, fall) = (Ratio::ZERO, bps(5_000));
    let crash = Crash { slack: bps(1_600), step: bps(300), noise: none, held: none, piece: none };
    group.bench_function("charged in time", |b| b.iter(|| charged_in_time_floor(&ledger, black_box(&crash))));
    let exposure = Exposure { exogenous: bps(3_000), noise: none, elapsed: Seconds::new(86_400) };
    group.bench_function("bound after any past", |b| b.iter(|| bound_ceil(&ledger, black_box(exposure), bps(5_000))));
    let book = guard.params().depth.book(state.depth()).expect("in range");
    group.bench_function("sold for charges", |b| b.iter(|| sold_floor(black_box(&book), bps(500), Amount::new(ETH))));
    let all = AtThreshold { threshold: bps(8_000), relieved: debt, fall };
    group.bench_function("bad debt at the threshold", |b| b.iter(|| black_box(all).bad_debt_ceil(black_box(own))));
    group.bench_function("most debt at the threshold", |b| b.iter(|| black_box(all).debt_floor(black_box(own))));
    group.finish();
}

pub(super) fn wait(c: &mut Criterion) {
    let mut group = c.benchmark_group("risk and queue");
    let bps = |n| Ratio::from_bps_floor(n).expect("small");
    let peril = Peril { sigma: bps(500), own: bps(100), clearing: Clearing::Takes(Seconds::new(3_600)) };
    for (name, law) in [("any law", Law::FiniteVariance), ("sub-Gaussian", Law::SubGaussian)] {
        let params = RiskParams { horizon: Seconds::new(86_400), drift: Rate::ZERO, law, tolerance: bps(100) };
        let rule = RiskConfig::new(params).expect("sound");
        group.bench_function(format!("chance, {name}"), |b| b.iter(|| rule.chance_ceil(black_box(&peril), bps(500))));
        group.bench_function(format!("starts, {name}"), |b| b.iter(|| rule.starts(black_box(&peril), bps(500))));
        group.bench_function(format!("start slack, {name}"), |b| b.iter(|| rule.start_slack(black_box(&peril))));
    }
    group.bench_function("cover", |b| b.iter(|| cover_ceil(black_box(bps(500)))));
    let now = Timestamp::new(0);
    let fall = Rate::per_second(Ratio::from_bits(1 << 30));
    group.bench_function("deadline", |b| b.iter(|| deadline_floor(now, black_box(bps(500)), fall)));
    let least = Amount::new(1);
    let queue = (0..15).fold(Queue::<16>::open(now), |queue, step| {
        queue.admit(now, Timestamp::new(10_000 - step), Amount::new(ETH), least).expect("room").queue
    });
    let rate = |time: Seconds| Ok(Amount::new(ETH * u128::from(time.get())));
    group.bench_function("queue admit", |b| b.iter(|| black_box(queue).admit(now, now, Amount::new(ETH), least)));
    let full = queue.admit(now, now, Amount::new(ETH), least).expect("room").queue;
    group.bench_function("queue admit, displacing", |b| {
        b.iter(|| black_box(full).admit(now, now, Amount::new(2 * ETH), least))
    });
    group.bench_function("queue admit in time", |b| {
        b.iter(|| black_box(queue).admit_in_time(now, Timestamp::new(20_000), Amount::new(ETH), least, rate))
    });
    group.bench_function("queue next", |b| b.iter(|| black_box(&queue).next().copied()));
    group.bench_function("queue overdue", |b| b.iter(|| black_box(&queue).overdue(now).copied()));
    group.bench_function("queue first missed", |b| b.iter(|| black_box(&queue).first_missed(now, rate)));
    group.bench_function("queue serve", |b| b.iter(|| black_box(queue).serve(Amount::new(ETH))));
    group.bench_function("queue withdraw", |b| b.iter(|| black_box(queue).withdraw(0)));
    group.finish();
}
