//! Wall time of every public decision function, on the documented preset.
//!
//! Compare ratios within one run; absolute times are the machine's.

use criterion::{Criterion, criterion_group, criterion_main};
use damper::Error;
use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::answering::{Answer, AnsweringConfig, AnsweringParams};
use damper::attack::{Push, Reach, Spoils, least_cost_floor, pump_verdict, push_verdict};
use damper::auction::Lot;
use damper::bond::{BondConfig, BondParams, Kicked, Outcome};
use damper::book::{Level, Shape, Snapshot};
use damper::breaker::Breaker;
use damper::clearing::{self, Backlog, Clearing, Holding, PaceConfig, PaceParams, Throttle};
use damper::cascade::Cascade;
use damper::curve::Curve;
use damper::depth::DepthObservation;
use damper::exposure::{ExposureMap, PriceGrid, Report, Reporter, merge, trigger_price_ceil, worst_case};
use damper::guard::{Guard, GuardState, Observation};
use damper::health::{Collateral, Position};
use damper::keeper::{RewardConfig, RewardParams, Work};
use damper::ledger::{Exposure, Ledger};
use damper::num::{isqrt_floor, mul_div_ceil, mul_div_floor};
use damper::oracle::PriceObservation;
use damper::plan::{self, Assessment, Market};
use damper::preset::{Site, lending};
use damper::price::{Price, PriceBand};
use damper::queue::{Queue, deadline_floor};
use damper::ratio::Ratio;
use damper::risk::{Law, Peril, RiskConfig, RiskParams, cover_ceil};
use damper::schedule::{Ramp, Schedule};
use damper::selling::{Bid, Kick};
use damper::stress::{External, Fill, Internal, Signal, StressConfig, StressParams};
use damper::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
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

fn clear(c: &mut Criterion) {
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
    let backlog = Backlog { config: &guard.params().depth, depth: state.depth(), ahead: Amount::ZERO };
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
    group.finish();
}

fn wait(c: &mut Criterion) {
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
    let queue = (0..15).fold(Queue::<16>::open(now), |queue, step| {
        queue.admit(now, Timestamp::new(10_000 - step), Amount::new(ETH)).expect("room").0
    });
    let rate = |time: Seconds| Ok(Amount::new(ETH * u128::from(time.get())));
    group.bench_function("queue admit", |b| b.iter(|| black_box(queue).admit(now, now, Amount::new(ETH))));
    group.bench_function("queue admit in time", |b| {
        b.iter(|| black_box(queue).admit_in_time(now, Timestamp::new(20_000), Amount::new(ETH), rate))
    });
    group.bench_function("queue next", |b| b.iter(|| black_box(&queue).next().copied()));
    group.bench_function("queue overdue", |b| b.iter(|| black_box(&queue).overdue(now).copied()));
    group.bench_function("queue first missed", |b| b.iter(|| black_box(&queue).first_missed(now, rate)));
    group.bench_function("queue serve", |b| b.iter(|| black_box(queue).serve(Amount::new(ETH))));
    group.bench_function("queue withdraw", |b| b.iter(|| black_box(queue).withdraw(0)));
/// A map of 16 buckets, 2 % apart, with `each` ETH in every one.
fn exposed(each: u128) -> ExposureMap<16> {
    let step = Ratio::from_bps_floor(9_800).expect("small");
    let grid = PriceGrid::<16>::geometric(price(19_600), step).expect("falling");
    grid.prices()
        .iter()
        .fold(ExposureMap::new(grid), |map, &trigger| map.add(trigger, Amount::new(each * ETH)).expect("small"))
}

fn prediction(c: &mut Criterion) {
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
fn keepers(c: &mut Criterion) {
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
    let small = Work { size: Value::new(10 * USDC), ..work };
    group.bench_function("payment, too small", |b| {
        b.iter(|| rewards.payment(black_box(&small), black_box(Value::new(5 * USDC))))
    });
    let bonds = BondConfig::new(BondParams { share: bps(100) }).expect("sound");
    let (lot, collateral) = (Amount::new(50 * ETH), Amount::new(100 * ETH));
    let kicked = Kicked { lot, collateral, debt: Value::new(15_200 * USDC), threshold: bps(8_000) };
    let fund = Value::new(100 * USDC);
    group.bench_function("bond open", |b| b.iter(|| bonds.open(black_box(kicked), black_box(fund))));
    let bond = bonds.open(kicked, fund).expect("sound");
    let sold = Outcome::Sold { sold: lot, paid: Value::new(9_000 * USDC) };
    group.bench_function("bond settle", |b| b.iter(|| black_box(bond).settle(black_box(sold))));
    let answering = AnsweringConfig::new(AnsweringParams {
        prompt: Seconds::new(60),
        late: Seconds::new(1_800),
        recovery: Decay::from_half_life_floor(Seconds::new(21_600)).expect("not zero"),
        max_gap: Seconds::new(3_600),
        start: bps(5_000),
        least_lot: bps(1_000),
        most_boost: bps(30_000),
    })
    .expect("sound");
    let state = answering.open(Timestamp::new(0));
    let answer = Answer::Filled { lateness: Seconds::new(30) };
    group.bench_function("answering observe", |b| {
        b.iter(|| answering.observe(black_box(state), black_box(answer), Timestamp::new(2_047)))
    });
    group.bench_function("answering lot factor", |b| b.iter(|| answering.lot_factor_floor(black_box(&state))));
    group.bench_function("answering boost", |b| b.iter(|| answering.boost_floor(black_box(&state))));
    group.finish();
}

fn attacks(c: &mut Criterion) {
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
    let kick = Kick { sell: Amount::new(50 * ETH), raise: Value::new(7_000 * USDC) };
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

fn appetite(c: &mut Criterion) {
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

criterion_group!(benches, numbers, observations, budgets, decisions, whole, appetite);
criterion_group!(benches, numbers, observations, budgets, decisions, clear, wait, whole);
criterion_group!(benches, numbers, observations, budgets, decisions, prediction, whole);
criterion_group!(benches, numbers, observations, budgets, decisions, keepers, attacks, whole);
criterion_main!(benches);
