//! Theorem A under a closed-loop adversary that drives the public guard. Certified logarithms decide; no float does.

#[path = "support/exact.rs"]
mod exact;
#[path = "support/market.rs"]
mod market;
#[path = "support/world.rs"]
mod world;

use damper::auction::Lot;
use damper::book::{Level, Shape, Snapshot};
use damper::clearing::{PaceConfig, PaceParams};
use damper::depth::DepthObservation;
use damper::early::{EarlyRule, Start};
use damper::guard::{Decision, Guard, GuardParams, GuardState, Observation};
use damper::health::Position;
use damper::oracle::PriceObservation;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::risk::{Law, RiskConfig, RiskParams};
use damper::selling::{Bid, Kick};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use damper::volatility::{VolatilityConfig, VolatilityParams};
use exact::{Log, TheoremA, Verdict};
use market::{Market, appetite, breaker, plan};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use world::{PPM, TrueBook, World};

/// One order of a seller.
#[derive(Clone, Debug)]
struct Order {
    seller: u8,
    /// Part of what is permitted, in thousandths; above 1,000 it asks for more.
    part: u16,
    /// What the seller's permission is restrained to for this call, in thousandths.
    factor: u16,
    /// 0 sell at market; 1 kick and leave open; 2 take from the oldest open lot; 3 settle it; 4 kick and take all;
    /// 5 assess a position and carry out its plan.
    kind: u8,
}

/// One round of the market.
#[derive(Clone, Debug)]
struct Round {
    elapsed: u16,
    /// Exogenous move in parts per million.
    drift: i32,
    /// Whether the book is shown anew; its size in hundredths of the first.
    refresh: Option<u16>,
    /// Decay of past displacement in this round, in thousandths kept.
    kept: u16,
    /// How many rounds old the price is that the oracle shows, 0 to 3.
    lag: u8,
    /// Error of the observed price, and half its band, in parts per million.
    noise: i16,
    half_width: u16,
    reanchor: bool,
    /// Whether the last snapshot is posted again, with its old source time, in a round without a new one.
    repost: bool,
    orders: Vec<Order>,
}

/// The book of a run.
#[derive(Clone, Debug)]
enum BookKind {
    /// Constant product, depth over-stated by so many hundredths.
    ConstantProduct { overstated: u16 },
    /// Bids by step in price (parts per million) and quantity.
    Ladder(Vec<(u32, u32)>),
}

#[derive(Clone, Debug)]
struct Run {
    book: BookKind,
    /// One seller for each; their shares of the book are in these proportions.
    weights: Vec<u8>,
    burst_bps: u16,
    leak_bps_per_hour: u16,
    own_share: u16,
    haircut: u16,
    wick: u16,
    /// Whether the breaker stands at 7, 13 and 20 %, or out of the way.
    halts: bool,
    /// The appetite under full stress, in thousandths.
    floor: u16,
    /// Whether healthy positions are sold early, and up to which chance they wait, in basis points.
    early: Option<u16>,
    /// Collateral in millionths of the reserve, and loan-to-value ratio in basis points.
    portfolio: Vec<(u32, u16)>,
    rounds: Vec<Round>,
}

fn order() -> impl Strategy<Value = Order> {
    (
        0_u8..4,
        prop_oneof![Just(1_000_u16), 1_u16..1_000, 1_001_u16..1_500],
        prop_oneof![3 => Just(1_000_u16), 1 => 0_u16..=1_000],
        0_u8..6,
    )
        .prop_map(|(seller, part, factor, kind)| Order { seller, part, factor, kind })
}

fn round() -> impl Strategy<Value = Round> {
    let drift = prop_oneof![3 => -30_000_i32..5_000, 2 => -2_000_i32..2_000, 1 => -300_000_i32..400_000];
    (
        (1_u16..900, drift, proptest::option::weighted(0.7, 3_u16..300), prop_oneof![Just(1_000_u16), 0_u16..1_000]),
        (0_u8..4, prop_oneof![Just(0_i16), -3_000_i16..3_000], prop_oneof![Just(0_u16), 0_u16..2_000]),
        (proptest::bool::weighted(0.02), any::<bool>(), prop::collection::vec(order(), 0..6)),
    )
        .prop_map(|((elapsed, drift, refresh, kept), (lag, noise, half_width), (reanchor, repost, orders))| {
            Round { elapsed, drift, refresh, kept, lag, noise, half_width, reanchor, repost, orders }
        })
}

fn run() -> impl Strategy<Value = Run> {
    let ladder = prop::collection::vec((1_u32..30_000, 1_u32..2_000_000), 3..12);
    let book = prop_oneof![
        (20_u16..400).prop_map(|overstated| BookKind::ConstantProduct { overstated }),
        ladder.prop_map(BookKind::Ladder),
    ];
    (
        (book, prop::collection::vec(1_u8..10, 1..5), 0_u16..300, 0_u16..100, 0_u16..400, 0_u16..700),
        (prop_oneof![Just(0_u16), 0_u16..1_200], any::<bool>(), prop::collection::vec(round(), 1..60)),
        (
            prop::collection::vec((1_u32..200_000, 5_000_u16..9_500), 1..8),
            prop_oneof![Just(1_000_u16), Just(0_u16), 0_u16..=1_000],
            proptest::option::of(0_u16..5_000),
        ),
    )
        .prop_map(
            |(
                (book, weights, burst_bps, leak_bps_per_hour, own_share, haircut),
                (wick, halts, rounds),
                (portfolio, floor, early),
            )| {
                Run {
                    book,
                    weights,
                    burst_bps,
                    leak_bps_per_hour,
                    own_share,
                    haircut,
                    wick,
                    halts,
                    floor,
                    early,
                    portfolio,
                    rounds,
                }
            },
        )
}

const START: u64 = 1_000_000_000;
const RESERVE: u128 = 1_000_000_000_000;

impl Run {
    fn true_book(&self, hundredths: u16) -> TrueBook {
        let scale = u128::from(hundredths);
        match &self.book {
            BookKind::ConstantProduct { .. } => TrueBook::ConstantProduct { reserve: RESERVE * scale / 100 },
            BookKind::Ladder(steps) => {
                let mut price = PPM;
                let mut levels = Vec::new();
                for &(step, quantity) in steps {
                    price = price.saturating_sub(u128::from(step)).max(1);
                    levels.push((price, u128::from(quantity) * scale / 100 + 1));
                }
                TrueBook::Ladder(levels)
            }
        }
    }

    /// `kappa` in ten-thousandths: how far the haircut depth still over-states the true one.
    fn kappa(&self) -> u128 {
        match self.book {
            BookKind::ConstantProduct { overstated } => {
                (u128::from(overstated) * (1_000 - u128::from(self.haircut)) / 10 + 1).max(10_000)
            }
            BookKind::Ladder(_) => 10_000,
        }
    }
}

/// Ticks of 1e-6 as a price.
fn price_floor(ticks: u128) -> Price {
    Price::from_fraction_floor(ticks, 1_000_000).expect("positive")
}

fn price_ceil(ticks: u128) -> Price {
    Price::from_fraction_ceil(ticks, 1_000_000).expect("positive")
}

/// What the depth source reports of the true book.
struct Shown {
    reference: Price,
    reserve: Amount,
    levels: Vec<Level>,
}

impl Shown {
    fn of(run: &Run, world: &World) -> Shown {
        let ticks = u128::from(world.ticks());
        let (mut reserve, mut levels) = (0, Vec::new());
        match &world.book {
            TrueBook::ConstantProduct { reserve: truth } => {
                let BookKind::ConstantProduct { overstated } = run.book else { panic!("one kind of book a run") };
                reserve = truth * u128::from(overstated) / 100;
            }
            TrueBook::Ladder(truth) => {
                for &(price, quantity) in truth {
                    let price = Price::from_fraction_floor(ticks * price, PPM * 1_000_000).expect("positive");
                    levels.push(Level { price, amount: Amount::new(quantity) });
                }
            }
        }
        Shown { reference: price_floor(ticks), reserve: Amount::new(reserve), levels }
    }

    fn snapshot(&self, run: &Run) -> Snapshot<'_> {
        match run.book {
            BookKind::ConstantProduct { .. } => Snapshot::ConstantProduct { reserve: self.reserve },
            BookKind::Ladder(_) => Snapshot::Ladder { reference: self.reference, levels: &self.levels },
        }
    }
}

/// One seller: its guard, its state, its open lots.
struct Seller<const N: usize> {
    guard: Guard<N>,
    state: GuardState<N>,
    lots: Vec<Lot>,
    /// Collateral and debt of each position.
    positions: Vec<(u128, u128)>,
    plans: u32,
    /// Plans of healthy positions carried out.
    early: u32,
}

impl<const N: usize> Seller<N> {
    /// Carries out an order and returns what was sold, base atoms.
    fn act(&mut self, now: Timestamp, order: &Order) -> u128 {
        // Kicks and sales by a guard that is restrained for the call; what it restrains to is never more than it was.
        let whole = self.guard;
        let before = whole.limits(&self.state, now).expect("the clock runs forward").permitted;
        let factor = Ratio::from_fraction_floor(u128::from(order.factor), 1_000).expect("at most one");
        self.guard = whole.restrained(factor).expect("at most one");
        assert!(self.guard.limits(&self.state, now).expect("the clock runs forward").permitted <= before);
        let sold = self.ordered(now, order);
        self.guard = whole;
        sold
    }

    fn ordered(&mut self, now: Timestamp, order: &Order) -> u128 {
        let limits = self.guard.limits(&self.state, now).expect("the clock runs forward");
        let part = limits.permitted.get() * u128::from(order.part) / 1_000;
        match order.kind {
            0 => {
                let Ok(state) = self.guard.sell(self.state, now, Amount::new(part)) else { return 0 };
                self.state = state;
                part
            }
            1 | 4 => {
                let kick = Kick { sell: Amount::new(part), raise: Value::new(u128::MAX) };
                let Ok((state, lot)) = self.guard.kick(self.state, now, kick) else { return 0 };
                self.state = state;
                self.lots.insert(0, lot);
                if order.kind == 4 { self.take(now, 1_000) } else { 0 }
            }
            2 => {
                let by = usize::from(!self.lots.is_empty());
                self.lots.rotate_left(by);
                self.take(now, order.part)
            }
            5 => self.liquidate(now, usize::from(order.part)),
            _ => {
                if let Some(lot) = self.lots.pop() {
                    let (state, returned) = self.guard.settle(self.state, now, lot).expect("the lot is open");
                    assert_eq!(returned.unsold, lot.remaining(), "what is not sold is returned");
                    self.state = state;
                }
                0
            }
        }
    }

    /// Assesses a position, kicks its plan, takes all of the lot and settles what is left.
    fn liquidate(&mut self, now: Timestamp, index: usize) -> u128 {
        let index = index % self.positions.len();
        let (collateral, debt) = self.positions[index];
        let position = Position::<0, 0>::new(Amount::new(collateral), Value::new(debt));
        let decision = self.guard.assess(&self.state, now, &position).expect("prices are fresh");
        let Decision::Liquidate { plan, deferred } = decision else { return 0 };
        assert!(plan.sell.get() + deferred.get() <= collateral);
        let kick = Kick { sell: plan.sell, raise: plan.repay };
        let (state, lot) = self.guard.kick(self.state, now, kick).expect("a plan is permitted");
        self.state = state;
        let bid = Bid { want: plan.sell, max_price: Price::MAX };
        let take = self.guard.take(self.state, now, lot, bid).expect("what was kicked can be taken");
        let (state, returned) = self.guard.settle(take.0, now, take.1.lot).expect("the lot is open");
        self.state = state;
        assert_eq!(take.1.sold.get() + returned.unsold.get(), plan.sell.get(), "nothing is lost");
        self.plans += 1;
        let limits = self.guard.limits(&self.state, now).expect("the present");
        self.early += u32::from(position.is_healthy(&limits.parameters, limits.band).expect("small"));
        self.positions[index] = (collateral - take.1.sold.get(), debt.saturating_sub(take.1.paid.get()));
        take.1.sold.get()
    }

    fn take(&mut self, now: Timestamp, part: u16) -> u128 {
        let Some(lot) = self.lots.first_mut() else { return 0 };
        let want = Amount::new((lot.remaining().get() * u128::from(part) / 1_000).max(1));
        match self.guard.take(self.state, now, *lot, Bid { want, max_price: Price::MAX }) {
            Ok((state, take)) => {
                assert!(take.sold <= want);
                self.state = state;
                *lot = take.lot;
                take.sold.get()
            }
            Err(_) => 0,
        }
    }
}

/// What a run came to.
struct Outcome {
    bound: TheoremA,
    drawdown: Log,
    sold: u128,
    /// Plans of positions carried out.
    plans: u32,
    /// Of these, of healthy ones.
    early: u32,
    /// The least appetite seen.
    appetite: Ratio,
}

fn simulate<const N: usize>(run: &Run, shape: Shape<N>) -> Outcome {
    let kappa = run.kappa();
    let own_share = Ratio::from_fraction_floor(u128::from(run.own_share), 1_000).expect("below one");
    // kappa * h < 1 is a hypothesis; the largest h within it is the adversary's.
    let own_share = own_share.min(Ratio::from_fraction_floor(9_900, kappa).expect("below one"));
    let market = Market {
        shape,
        haircut: Ratio::from_fraction_ceil(u128::from(run.haircut), 1_000).expect("below one"),
        burst: Ratio::from_bps_floor(u32::from(run.burst_bps)).expect("small"),
        leak: Rate::from_ratio_over_floor(
            Ratio::from_bps_floor(u32::from(run.leak_bps_per_hour)).expect("small"),
            Seconds::new(3_600),
        )
        .expect("an hour is not zero"),
        own_share,
        kappa: Ratio::from_fraction_ceil(kappa, 10_000).expect("small"),
        share: Ratio::ONE,
        wick: Seconds::new(u64::from(run.wick)),
    };
    let mut params = market.params();
    if run.halts {
        params.breaker = breaker([700, 1_300, 2_000], Seconds::new(900));
    }
    params.appetite = appetite(Ratio::from_fraction_floor(u128::from(run.floor), 1_000).expect("at most one"));
    if run.floor == 0 {
        params.plan = plan(1);
    }
    let calm = VolatilityParams { start: Ratio::ONE, ..*params.volatility.params() };
    params.volatility = VolatilityConfig::new(calm).expect("sound");
    if let Some(tolerance) = run.early {
        let horizon = params.volatility.params().horizon;
        let tolerance = Ratio::from_bps_floor(u32::from(tolerance)).expect("small");
        let risk = RiskParams { horizon, drift: Rate::ZERO, law: Law::SubGaussian, tolerance };
        let pace = PaceParams { round: Seconds::new(300), piece: Ratio::ZERO };
        params.start = Start::ByChance(EarlyRule {
            risk: RiskConfig::new(risk).expect("sound"),
            pace: PaceConfig::new(pace).expect("a round"),
        });
    }
    let sum: u128 = run.weights.iter().copied().map(u128::from).sum();
    let guards: Vec<Guard<N>> = run
        .weights
        .iter()
        .map(|weight| {
            let book_share = Ratio::from_fraction_floor(u128::from(*weight), sum).expect("at least one seller");
            Guard::new(GuardParams { book_share, ..params }).expect("a share of at most one")
        })
        .collect();

    let mut world = World::new(START, run.true_book(100));
    let mut clock = 1_000_000_u64;
    let opened = clock;
    let first = PriceObservation {
        source_time: Timestamp::new(clock),
        band: PriceBand::exact(price_floor(u128::from(world.ticks()))),
    };
    let shown = Shown::of(run, &world);
    let depth = DepthObservation { source_time: Timestamp::new(clock), snapshot: shown.snapshot(run) };
    let positions: Vec<(u128, u128)> = run
        .portfolio
        .iter()
        .map(|&(size, ltv)| {
            let collateral = RESERVE * u128::from(size) / PPM;
            (collateral, collateral * u128::from(START) / PPM * u128::from(ltv) / 10_000)
        })
        .collect();
    let mut sellers: Vec<Seller<N>> = guards
        .into_iter()
        .map(|guard| {
            let state = guard.open(Timestamp::new(clock), first, depth).expect("a first price and depth");
            Seller { guard, state, lots: Vec::new(), positions: positions.clone(), plans: 0, early: 0 }
        })
        .collect();
    let mut last_shown = (Timestamp::new(clock), shown);

    // Time, ticks and ln P of each round, for the oracle's lag.
    let mut history = vec![(clock, world.ticks(), world.log_price())];
    let mut shown_up_to = 0_usize;
    let mut eps = Log::zero();
    let mut sold = 0_u128;
    let mut least = Ratio::ONE;

    for round in &run.rounds {
        clock += u64::from(round.elapsed);
        let now = Timestamp::new(clock);
        let moved = u128::from(world.exogenous) * (PPM.saturating_add_signed(i128::from(round.drift))) / PPM;
        world.move_to(u64::try_from(moved).expect("within range").clamp(1_000, 1 << 50));
        world.recover(u128::from(round.kept), 1_000);
        if let Some(size) = round.refresh {
            world.refresh(run.true_book(size));
        }
        history.push((clock, world.ticks(), world.log_price()));

        shown_up_to = shown_up_to.max((history.len() - 1).saturating_sub(usize::from(round.lag)));
        let (source_time, ticks, truth) = history[shown_up_to];
        let noisy = u128::from(ticks) * PPM.saturating_add_signed(i128::from(round.noise)) / PPM;
        let low = (noisy * (PPM - u128::from(round.half_width)) / PPM).max(1);
        let high = (noisy * (PPM + u128::from(round.half_width)) / PPM).max(low);
        let band = PriceBand::new(price_floor(low), price_ceil(high)).expect("low is below high");
        let price = PriceObservation { source_time: Timestamp::new(source_time), band };

        if round.refresh.is_some() {
            last_shown = (now, Shown::of(run, &world));
        }
        let depth = (round.refresh.is_some() || round.repost)
            .then(|| DepthObservation { source_time: last_shown.0, snapshot: last_shown.1.snapshot(run) });
        let mut accepted = false;
        for seller in &mut sellers {
            let seen = Observation { now, price: Some(price), depth };
            match seller.guard.observe(seller.state, &seen) {
                Ok(state) => {
                    seller.state = state;
                    accepted = true;
                }
                Err(damper::Error::PriceContradicts) => {
                    // The same source time was shown with another error: only time and depth are new.
                    let seen = Observation { now, price: None, depth };
                    seller.state = seller.guard.observe(seller.state, &seen).expect("time and depth are in order");
                }
                Err(error) => panic!("{error}"),
            }
            if round.reanchor {
                seller.state = seller.guard.reanchor(seller.state, now).unwrap_or(seller.state);
            }
        }
        if accepted {
            for side in [low, high] {
                let gap = world.log_of(u64::try_from(side).expect("within range")).sub(truth);
                eps = eps.max(gap).max(gap.neg());
            }
        }
        for order in &round.orders {
            let index = usize::from(order.seller) % sellers.len();
            least = least.min(sellers[index].state.appetite().level());
            let quantity = sellers[index].act(now, order);
            if quantity > 0 {
                world.sell(quantity);
                sold += quantity;
            }
        }
    }

    let leak = i128::from(market.leak.get().to_bits()) * i128::from(clock - opened);
    let bits = |ratio: Ratio| (u128::from(ratio.to_bits()), 1_u128 << 48);
    Outcome {
        bound: TheoremA {
            x: world.exogenous_drawdown(),
            kappa: bits(market.kappa),
            h: bits(market.own_share),
            b: Log::from_fraction(i128::from(market.burst.to_bits()), 1 << 48),
            leaked: Log::from_fraction(leak, 1 << 48),
            eps,
        },
        drawdown: world.drawdown(),
        sold,
        plans: sellers.iter().map(|seller| seller.plans).sum(),
        early: sellers.iter().map(|seller| seller.early).sum(),
        appetite: least,
    }
}

fn grid() -> Shape<6> {
    let points = [10_u32, 30, 100, 300, 1_000, 4_000];
    Shape::Grid(points.map(|bps| Ratio::from_bps_floor(bps).expect("small")))
}

fn outcome(run: &Run) -> Outcome {
    match run.book {
        BookKind::ConstantProduct { .. } => simulate(run, Shape::<1>::ConstantProduct),
        BookKind::Ladder(_) => simulate(run, grid()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, max_shrink_iters: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// No run of the adversary exceeds the bound.
    #[test]
    fn the_bound_holds(run in run()) {
        let outcome = outcome(&run);
        let verdict = outcome.bound.verdict(outcome.drawdown);
        prop_assert!(
            verdict != Verdict::Fails,
            "drawdown {} above the bound {}",
            outcome.drawdown.to_decimal_floor(9),
            outcome.bound.bound().to_decimal_ceil(9)
        );
    }
}

/// The adversary does sell, does liquidate, and does come near the bound: its runs are not idle.
#[test]
fn the_adversary_is_not_idle() {
    let mut runner = TestRunner::deterministic();
    let (mut selling, mut liquidating, mut near, mut early, mut cut) = (0, 0, 0, 0, 0);
    for _ in 0..300 {
        let run = run().new_tree(&mut runner).expect("a run").current();
        let outcome = outcome(&run);
        selling += u32::from(outcome.sold > 0);
        liquidating += u32::from(outcome.plans > 0);
        early += u32::from(outcome.early > 0);
        cut += u32::from(outcome.sold > 0 && outcome.appetite < Ratio::ONE);
        near += u32::from(outcome.sold > 0 && outcome.drawdown.certainly_gt(outcome.bound.bound().mul_fraction(4, 5)));
    }
    println!(
        "of 300 runs {selling} sell, {liquidating} liquidate, {early} early, {cut} under a cut appetite, {near} near the bound"
    );
    assert!(selling > 150 && liquidating > 30 && near > 30 && early > 15 && cut > 50);
}

/// An unlimited backlog that sells all it may, in small steps, on permanent impact.
fn saturated(own_share: u16, burst_bps: u16, leak_bps_per_hour: u16, sellers: u8) -> Run {
    let orders: Vec<Order> = (0..sellers).map(|seller| Order { seller, part: 1_000, factor: 1_000, kind: 0 }).collect();
    let rounds = (0..400)
        .map(|_| Round {
            elapsed: 60,
            drift: -10,
            refresh: Some(100),
            kept: 1_000,
            lag: 0,
            noise: 0,
            half_width: 0,
            reanchor: false,
            repost: true,
            orders: orders.clone(),
        })
        .collect();
    Run {
        book: BookKind::ConstantProduct { overstated: 100 },
        weights: vec![1; usize::from(sellers)],
        burst_bps,
        leak_bps_per_hour,
        own_share,
        haircut: 0,
        wick: 0,
        halts: false,
        floor: 1_000,
        early: None,
        portfolio: vec![(1, 5_000)],
        rounds,
    }
}

/// Corollary A4: a bound that nothing approaches is a bound that nobody checked.
#[test]
fn saturated_backlog_attains_the_bound() {
    for (own_share, burst_bps, leak, sellers) in
        [(125, 25, 0, 1), (500, 25, 0, 1), (250, 0, 0, 1), (0, 50, 0, 1), (250, 50, 10, 1), (125, 25, 5, 4)]
    {
        let outcome = outcome(&saturated(own_share, burst_bps, leak, sellers));
        let bound = outcome.bound.bound();
        println!(
            "h {own_share}/1000, B {burst_bps} bp, r {leak} bp/h, {sellers} seller(s): drawdown {} of {}",
            outcome.drawdown.to_decimal_floor(9),
            bound.to_decimal_ceil(9)
        );
        assert_ne!(outcome.bound.verdict(outcome.drawdown), Verdict::Fails);
        assert!(outcome.drawdown.certainly_gt(bound.mul_fraction(99, 100)), "the adversary stays 1 % below the bound");
        assert!(outcome.sold > 0);
    }
}

/// Bids close to the price, and a gap of 30 % behind them: a seller that could sell twice on one snapshot would fall into
/// the gap for the price of the first level.
#[test]
fn a_snapshot_posted_again_permits_nothing_more() {
    for kind in [0, 4] {
        let mut run = saturated(125, 50, 0, 1);
        run.book = BookKind::Ladder(vec![(900, 1_000_000), (300_000, 1_000_000), (300_000, 1_000_000)]);
        for (index, round) in run.rounds.iter_mut().enumerate() {
            round.refresh = (index == 0).then_some(100);
            round.orders.iter_mut().for_each(|order| order.kind = kind);
        }
        let outcome = outcome(&run);
        assert_eq!(outcome.sold, 1_000_000, "all but the last atom of the first level");
        assert_ne!(outcome.bound.verdict(outcome.drawdown), Verdict::Fails);
    }
}

/// A limit of zero means zero: no burst and no own share permit no sale, whatever the price does.
#[test]
fn zero_budget_sells_nothing() {
    let outcome = outcome(&saturated(0, 0, 100, 2));
    assert_eq!(outcome.sold, 0);
}
