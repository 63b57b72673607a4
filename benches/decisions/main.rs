//! Wall time of every public decision function, on the documented preset.
//!
//! Compare ratios within one run; absolute times are the machine's.

mod sources;
mod prediction;
mod coordination;
mod clearing;
mod foresight;
mod hedging;
mod keepers;
mod appetite;

use criterion::{Criterion, criterion_group, criterion_main};
use damper::Error;
use damper::auction::Lot;
use damper::book::{Level, Shape, Snapshot};
use damper::breaker::Breaker;
use damper::curve::Curve;
use damper::depth::DepthObservation;
use damper::guard::{Guard, GuardState, Observation};
use damper::health::{Collateral, Position};
use damper::ledger::{Exposure, Ledger};
use damper::num::{isqrt_floor, mul_div_ceil, mul_div_floor};
use damper::oracle::PriceObservation;
use damper::plan::{self, Assessment, Market};
use damper::preset::{Site, lending};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::schedule::{Ramp, Schedule};
use damper::selling::{Bid, Kick};
use damper::units::{Amount, Decay, Seconds, Timestamp, Value};
use damper::volatility::Volatility;
use damper::window::Window;
use std::hint::black_box;

const ETH: u128 = 1_000_000_000_000_000_000;
const USDC: u128 = 1_000_000;

fn site<const N: usize>(shape: Shape<N>) -> Site<N> {
    let (heartbeat, min_sale) = (Seconds::new(60), Value::new(100 * USDC));
    Site { shape, heartbeat, min_sale, rise_base: Amount::new(10 * ETH), depth_norm: None }
}

fn price(cents: u128) -> Price {
    Price::from_decimal_floor(cents, 6 - 18 - 2).expect("in range")
}

fn seen(cents: u128, at: u64) -> PriceObservation {
    PriceObservation { source_time: Timestamp::new(at), band: PriceBand::exact(price(cents)) }
}

/// A ladder of 20 bids, 0.2 % apart.
fn ladder() -> Vec<Level> {
    (0..20).map(|step| Level { price: price(20_000 - 40 * step), amount: Amount::new(500 * ETH) }).collect()
}

fn grid() -> Shape<8> {
    Shape::Grid([10, 25, 50, 100, 200, 400, 800, 1_600].map(|bps| Ratio::from_bps_floor(bps).expect("small")))
}

fn numbers(c: &mut Criterion) {
    let mut group = c.benchmark_group("numbers");
    let (small, wide) = (1_u128 << 60, u128::MAX / 3);
    group.bench_function("mul_div_floor 64 bits", |b| {
        b.iter(|| mul_div_floor(black_box(small), black_box(small), black_box(small + 1)))
    });
    group.bench_function("mul_div_ceil 128 bits", |b| {
        b.iter(|| mul_div_ceil(black_box(wide), black_box(wide), black_box(wide + 1)))
    });
    group.bench_function("isqrt_floor", |b| b.iter(|| isqrt_floor(black_box(wide))));
    group.bench_function("value_floor", |b| b.iter(|| price(20_000).value_floor(black_box(Amount::new(ETH)))));
    group.bench_function("amount_ceil", |b| b.iter(|| price(20_000).amount_ceil(black_box(Value::new(USDC)))));
    group.bench_function("price_from_decimal", |b| b.iter(|| Price::from_decimal_floor(black_box(19_460), -14)));
    let hour = Decay::from_half_life_floor(Seconds::new(3_600)).expect("not zero");
    group.bench_function("decay_pow_ceil", |b| b.iter(|| hour.pow_ceil(black_box(3_599))));
    group.finish();
}

/// An opened guard, its state with a fall of 6 % behind it, and the time of that state.
fn market<const N: usize>(shape: Shape<N>, snapshot: Snapshot<'_>) -> (Guard<N>, GuardState<N>, Timestamp) {
    let guard = Guard::new(lending(&site(shape)).expect("the preset is sound")).expect("a share of one");
    let depth = |at| DepthObservation { source_time: Timestamp::new(at), snapshot };
    let mut state = guard.open(Timestamp::new(0), seen(20_000, 0), depth(0)).expect("a first price");
    for at in [60, 120] {
        let news = Observation { now: Timestamp::new(at), price: Some(seen(18_800, at)), depth: Some(depth(at)) };
        state = guard.observe(state, &news).expect("in order");
    }
    (guard, state, Timestamp::new(120))
}

fn observations(c: &mut Criterion) {
    let mut group = c.benchmark_group("observations");
    let levels = ladder();
    let snapshot = Snapshot::Ladder { reference: price(20_000), levels: &levels };
    group.bench_function("measure a ladder of 20 on 8 points", |b| {
        b.iter(|| grid().measure_floor(black_box(&snapshot)))
    });
    let params = lending(&site(Shape::<1>::ConstantProduct)).expect("the preset is sound");
    let low = price(20_000);
    let volatility = Volatility::cold(&params.volatility, low, Timestamp::new(0));
    group.bench_function("volatility observe", |b| {
        b.iter(|| params.volatility.observe(black_box(volatility), price(19_900), Timestamp::new(60)))
    });
    group.bench_function("volatility sigma", |b| b.iter(|| params.volatility.sigma_ceil(black_box(&volatility))));
    let schedule = Schedule::open(Timestamp::new(0));
    group.bench_function("schedule step", |b| {
        b.iter(|| params.schedule.step(black_box(schedule), Ratio::ONE, Timestamp::new(60), Ramp::Moving))
    });
    group
        .bench_function("schedule in force", |b| b.iter(|| params.schedule.in_force(black_box(&schedule), Ratio::ONE)));
    let breaker = Breaker::open(low, Timestamp::new(0));
    group.bench_function("breaker observe", |b| {
        b.iter(|| params.breaker.observe(black_box(breaker), price(18_000), Timestamp::new(60)))
    });
    group.bench_function("oracle accept", |b| {
        b.iter(|| params.oracle.accept(&seen(20_000, 0), black_box(&seen(19_900, 60)), Timestamp::new(60)))
    });
    group.finish();
}

fn budgets(c: &mut Criterion) {
    let mut group = c.benchmark_group("budgets");
    let config = lending(&site(Shape::<1>::ConstantProduct)).expect("the preset is sound").ledger;
    let ledger = Ledger::open(PriceBand::exact(price(20_000)), Timestamp::new(0));
    let window = Window::open(price(18_800), Timestamp::new(0));
    let impact = Ratio::from_bps_floor(10).expect("small");
    group.bench_function("ledger advance", |b| b.iter(|| black_box(ledger).advance(&config, Timestamp::new(60))));
    group.bench_function("ledger observe", |b| b.iter(|| black_box(ledger).observe(black_box(window))));
    group.bench_function("ledger reserve", |b| b.iter(|| black_box(ledger).reserve(&config, black_box(impact))));
    group.bench_function("ledger charge", |b| b.iter(|| black_box(ledger).charge(&config, black_box(impact))));
    group.bench_function("ledger permitted_at", |b| b.iter(|| ledger.permitted_at(&config, black_box(Ratio::ONE))));
    let exposure = Exposure { exogenous: impact, noise: Ratio::ZERO, elapsed: Seconds::new(86_400) };
    group.bench_function("bound of theorem A", |b| b.iter(|| config.bound_ceil(black_box(exposure))));
    let levels = ladder();
    let pool = Snapshot::ConstantProduct { reserve: Amount::new(50_000 * ETH) };
    let bids = Snapshot::Ladder { reference: price(20_000), levels: &levels };
    let (product, product_state, _) = market(Shape::<1>::ConstantProduct, pool);
    let (ladder, ladder_state, _) = market(grid(), bids);
    let sale = Amount::new(50 * ETH);
    group.bench_function("impact of a sale, constant product", |b| {
        b.iter(|| product.params().depth.charge_ceil(product_state.depth(), black_box(sale)))
    });
    group.bench_function("impact of a sale, grid of 8", |b| {
        b.iter(|| ladder.params().depth.charge_ceil(ladder_state.depth(), black_box(sale)))
    });
    group.bench_function("largest sale, constant product", |b| {
        b.iter(|| product.params().depth.largest_sale_floor(product_state.depth(), black_box(impact)))
    });
    group.bench_function("largest sale, grid of 8", |b| {
        b.iter(|| ladder.params().depth.largest_sale_floor(ladder_state.depth(), black_box(impact)))
    });
    group.finish();
}

fn decisions(c: &mut Criterion) {
    let mut group = c.benchmark_group("decisions");
    let params = lending(&site(Shape::<1>::ConstantProduct)).expect("the preset is sound");
    let volatility = Volatility::cold(&params.volatility, price(20_000), Timestamp::new(0));
    let sigma = params.volatility.sigma_ceil(&volatility).expect("within the cap");
    let parameters = params.schedule.in_force(&Schedule::open(Timestamp::new(0)), sigma).expect("sound");
    let band = PriceBand::exact(price(18_800));
    let market = Market { parameters, band, impact: Ratio::from_bps_floor(100).expect("small") };
    let position = Position::<0, 0>::new(Amount::new(50 * ETH), Value::new(7_600 * USDC));
    let other = Collateral::new(Amount::new(ETH), band, &parameters).expect("sound");
    let mut many = Position::<4, 0>::new(Amount::new(50 * ETH), Value::new(8_000 * USDC));
    for _ in 0..4 {
        many = many.with_collateral(other).expect("room for four");
    }
    group.bench_function("health, 1 collateral", |b| b.iter(|| black_box(&position).value(&parameters, band)));
    group.bench_function("health, 5 collaterals", |b| b.iter(|| black_box(&many).value(&parameters, band)));
    group.bench_function("may borrow", |b| {
        b.iter(|| black_box(&position).may_borrow(&parameters, band, Value::new(USDC)))
    });
    group.bench_function("liquidation plan", |b| b.iter(|| plan::assess(&params.plan, &market, black_box(&position))));
    let Ok(Assessment::Liquidate(whole_plan)) = plan::assess(&params.plan, &market, &position) else {
        panic!("the position is unhealthy")
    };
    group.bench_function("part of a plan", |b| b.iter(|| whole_plan.partial(black_box(Amount::new(ETH)))));
    let whole = Value::new(1_000_000 * USDC);
    let curves = [
        ("linear", Curve::Linear { duration: Seconds::new(3_600) }),
        ("stairs", params.auction.params().curve),
        (
            "exponential",
            Curve::Exponential { decay: Decay::from_half_life_floor(Seconds::new(3_600)).expect("an hour") },
        ),
    ];
    for (name, curve) in curves {
        let config =
            damper::auction::AuctionConfig::new(damper::auction::AuctionParams { curve, ..params.auction.params() })
                .expect("sound");
        let buffer = parameters.auction_buffer;
        let terms = damper::auction::Terms::freeze(&config, band, buffer, Timestamp::new(0)).expect("in range");
        group.bench_function(format!("auction price, {name}"), |b| {
            b.iter(|| terms.price(black_box(Timestamp::new(1_000))))
        });
        group.bench_function(format!("auction time to a price, {name}"), |b| {
            b.iter(|| terms.time_to(black_box(price(17_000))))
        });
        group.bench_function(format!("auction clearing price, {name}"), |b| {
            b.iter(|| terms.clearing_price_floor(black_box(price(17_000)), Seconds::new(60)))
        });
        let lot = Lot::open(terms, Amount::new(50 * ETH), whole).expect("not empty");
        group.bench_function(format!("auction take, {name}"), |b| {
            b.iter(|| black_box(lot).take(Amount::new(ETH), Price::MAX, Timestamp::new(1_000)))
        });
    }
    group.finish();
}

fn whole(c: &mut Criterion) {
    let mut group = c.benchmark_group("guard");
    let pool = Snapshot::ConstantProduct { reserve: Amount::new(50_000 * ETH) };
    let (guard, state, now) = market(Shape::<1>::ConstantProduct, pool);
    let next = Timestamp::new(180);
    let depth = DepthObservation { source_time: next, snapshot: pool };
    let news = Observation { now: next, price: Some(seen(18_700, 180)), depth: Some(depth) };
    group.bench_function("observe price and depth", |b| b.iter(|| guard.observe(black_box(state), black_box(&news))));
    group.bench_function("limits", |b| b.iter(|| guard.limits(black_box(&state), now)));
    let position = Position::<0, 0>::new(Amount::new(50 * ETH), Value::new(7_600 * USDC));
    group.bench_function("assess", |b| b.iter(|| guard.assess(black_box(&state), now, black_box(&position))));
    group.bench_function("may borrow", |b| {
        b.iter(|| guard.may_borrow(black_box(&state), now, black_box(&position), Value::new(USDC)))
    });
    let kick = Kick { sell: Amount::new(20 * ETH), raise: Value::new(2_800 * USDC) };
    group.bench_function("kick", |b| b.iter(|| guard.kick(black_box(state), now, black_box(kick))));
    let sale = Amount::new(10 * ETH);
    group.bench_function("sell at market", |b| b.iter(|| guard.sell(black_box(state), now, black_box(sale))));
    let opened: Result<_, Error> = guard.kick(state, now, kick);
    let (open, lot) = opened.expect("permitted");
    let bid = Bid { want: sale, max_price: Price::MAX };
    group.bench_function("take", |b| b.iter(|| guard.take(black_box(open), now, black_box(lot), bid)));
    let first = (seen(20_000, 0), DepthObservation { source_time: Timestamp::new(0), snapshot: pool });
    group.bench_function("open", |b| b.iter(|| guard.open(Timestamp::new(0), black_box(first.0), black_box(first.1))));
    group.bench_function("reanchor", |b| b.iter(|| guard.reanchor(black_box(state), now)));
    let late = Timestamp::new(8_000);
    let fresh = Observation { now: late, price: Some(seen(18_800, 8_000)), depth: None };
    let due = guard.observe(open, &fresh).expect("in order");
    group.bench_function("restart", |b| b.iter(|| guard.restart(black_box(&due), late, black_box(lot))));
    group.bench_function("settle", |b| b.iter(|| guard.settle(black_box(open), now, black_box(lot))));
    group.finish();
}

criterion_group!(
    benches,
    numbers,
    observations,
    budgets,
    decisions,
    sources::sources,
    prediction::prediction,
    coordination::coordination,
    clearing::clear,
    clearing::wait,
    hedging::hedging,
    keepers::keepers,
    keepers::attacks,
    appetite::appetite,
    whole,
    foresight::foresight
);
criterion_main!(benches);
