//! Rewards, bonds, keepers that answer; attacks.

use super::*;
use damper::answering::{Answer, AnsweringConfig, AnsweringParams};
use damper::attack::{Push, Reach, Spoils, least_cost_floor, pump_verdict, push_verdict};
use damper::bond::{BondConfig, BondParams, Kicked, Outcome};
use damper::keeper::{RewardConfig, RewardParams, Work};
use damper::units::Rate;

pub(super) fn keepers(c: &mut Criterion) {
    let mut group = c.benchmark_group("keepers");
    let bps = |n| Ratio::from_bps_floor(n).expect("small");
    let rewards = RewardConfig::new(RewardParams {
        tip: Value::new(2 * USDC),
        chip: bps(10),
        growth: Rate::from_ratio_over_floor(Ratio::ONE, Seconds::new(3_600)).expect("an hour"),
        most_growth: bps(20_000),
        cap: Value::new(500 * USDC),
        share: bps(5_000),
    })
    .expect("sound");
    let work = Work {
        size: Value::new(10_000 * USDC),
        penalty: bps(500),
        paid: Value::ZERO,
        waited: Seconds::new(600),
        boost: bps(15_000),
    };
    group.bench_function("reward", |b| b.iter(|| rewards.reward_floor(black_box(&work))));
    group.bench_function("room", |b| b.iter(|| rewards.room_floor(black_box(&work))));
    let small = Work { size: Value::new(10 * USDC), ..work };
    group.bench_function("payment, too small", |b| {
        b.iter(|| rewards.payment(black_box(&small), black_box(Value::new(5 * USDC))))
    });
    let bonds = BondConfig::new(BondParams { share: bps(100) }).expect("sound");
    let (lot, collateral) = (Amount::new(50 * ETH), Amount::new(100 * ETH));
    let kicked = Kicked { lot, collateral, debt: Value::new(15_200 * USDC), threshold: bps(8_000) };
    let fund = Value::new(100 * USDC);
    group.bench_function("bond open", |b| b.iter(|| bonds.open(black_box(kicked))));
    let bond = bonds.open(kicked).expect("sound");
    let sold = Outcome::Sold { sold: lot, paid: Value::new(9_000 * USDC) };
    group.bench_function("bond settle", |b| b.iter(|| black_box(bond).settle(black_box(sold), black_box(fund))));
    let answering = AnsweringConfig::new(AnsweringParams {
        prompt: Seconds::new(60),
        late: Seconds::new(1_800),
        recovery: Decay::from_half_life_floor(Seconds::new(21_600)).expect("not zero"),
        max_gap: Seconds::new(3_600),
        whole: Value::new(1_000 * USDC),
        start: bps(5_000),
        least_lot: bps(1_000),
        most_boost: bps(30_000),
    })
    .expect("sound");
    let state = answering.open(Timestamp::new(0));
    let answer = Answer::Filled { lateness: Seconds::new(30), size: Value::new(999 * USDC) };
    group.bench_function("answering observe", |b| {
        b.iter(|| answering.observe(black_box(state), black_box(answer), Timestamp::new(2_047)))
    });
    group.bench_function("answering lot factor", |b| b.iter(|| answering.lot_factor_floor(black_box(&state))));
    group.bench_function("answering boost", |b| b.iter(|| answering.boost_floor(black_box(&state))));
    group.finish();
}

pub(super) fn attacks(c: &mut Criterion) {
    let mut group = c.benchmark_group("attack");
    let bps = |n| Ratio::from_bps_floor(n).expect("small");
    let pool = Snapshot::ConstantProduct { reserve: Amount::new(50_000 * ETH) };
    let pool = Shape::<1>::ConstantProduct.measure_floor(&pool).expect("sound");
    let levels = ladder();
    let bids = Snapshot::Ladder { reference: price(20_000), levels: &levels };
    let bids = grid().measure_floor(&bids).expect("sound");
    let push = Push::Down(bps(500));
    group.bench_function("least cost, constant product", |b| {
        b.iter(|| least_cost_floor(black_box(&pool), price(20_000), black_box(push)))
    });
    group.bench_function("least cost, grid of 8", |b| {
        b.iter(|| least_cost_floor(black_box(&bids), price(20_000), black_box(push)))
    });
    let spoils = Spoils {
        ledger: lending(&site(Shape::<1>::ConstantProduct)).expect("the preset is sound").ledger,
        credible: pool.scaled_floor(bps(5_000)).expect("less"),
        price: price(20_000),
        fallen: Ratio::ZERO,
        lasting: Seconds::new(7_200),
        wick: Seconds::new(60),
        bonus: Ratio::ZERO,
        clearing: bps(9_800),
        reward: bps(50),
    };
    let million = Value::new(1_000_000 * USDC);
    group.bench_function("collected", |b| b.iter(|| spoils.collected_ceil(black_box(bps(500)), black_box(million))));
    let reach = [500, 600, 700, 800].map(|from| Reach { from: bps(from), value: million });
    group.bench_function("push verdict, constant product, 4 entries", |b| {
        b.iter(|| push_verdict(black_box(&pool), &spoils, black_box(&reach), bps(5_000)))
    });
    group.bench_function("push verdict, grid of 8, 4 entries", |b| {
        b.iter(|| push_verdict(black_box(&bids), &spoils, black_box(&reach), bps(5_000)))
    });
    group.bench_function("pump verdict, constant product", |b| {
        b.iter(|| pump_verdict(black_box(&pool), price(20_000), black_box(million), bps(7_500), bps(10_000)))
    });
    group.finish();
}
