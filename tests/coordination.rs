//! Several sellers and their neighbours on one book, through the public guard: 2 to 8 protocols in a closed loop, with
//! honest, silent and lying neighbours. Certified logarithms and rationals decide; no float does.

#[path = "support/exact.rs"]
mod exact;
#[path = "support/market.rs"]
mod market;
#[path = "support/rational.rs"]
mod rational;
#[path = "support/world.rs"]
mod world;

use damper::Error;
use damper::auction::Lot;
use damper::book::{Level, Shape, Snapshot};
use damper::coordination::{
    Budget, Neighbours, Registration, Report, Reports, effective_kappa_ceil, joint_bound_ceil, own_share_floor,
    share_floor,
};
use damper::depth::DepthObservation;
use damper::guard::{Guard, GuardParams, GuardState, Observation};
use damper::ledger::{Exposure, LedgerConfig, LedgerParams};
use damper::oracle::PriceObservation;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::selling::{Bid, Kick};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use exact::{Drawdown, Log, exp_times};
use market::{Market, bps};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rational::{Frac, any_ratio, any128, big, fits64, share};
use world::{PPM, TrueBook, World};

const START: u64 = 1_000_000_000;
const RESERVE: u128 = 1_000_000_000_000;
/// Neighbours in every run; those that a run does not use are registered with a gain of zero.
const M: usize = 3;
/// The greatest age at which a report counts.
const MAX_AGE: u64 = 600;

fn thousandths(n: u128) -> Ratio {
    Ratio::from_fraction_floor(n, 1_000).expect("small")
}

/// What a neighbour says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conduct {
    /// It reports what it does, in every round.
    Honest,
    /// It never reports.
    Silent,
    /// It says that it runs the rule, and reacts with all that is registered.
    Lying,
}

/// The ledgers are narrowed by the registered gains; reports are ignored.
const NARROWED: Option<Conduct> = None;

/// One round of the market.
#[derive(Clone, Debug)]
struct Round {
    elapsed: u16,
    /// Exogenous move in parts per million.
    drift: i32,
    refresh: bool,
    /// Decay of past displacement by sales, in thousandths kept.
    kept: u16,
    /// Error of the observed price in parts per million.
    noise: i16,
    /// What the neighbours do, in thousandths of the registered gain.
    pressure: u16,
    /// Seller, thousandths of what is permitted, and what is done: 0 sell, 1 kick, 2 take, 3 settle.
    orders: Vec<(u8, u16, u8)>,
}

#[derive(Clone, Debug)]
struct Run {
    /// Bids by step in price (parts per million) and quantity; a constant product if there are none.
    ladder: Vec<(u32, u32)>,
    /// How far the depth of a constant product is over-stated, in hundredths.
    overstated: u16,
    /// Public collateral of each seller.
    collateral: Vec<u32>,
    /// What the last one adds to its own, only to be seen.
    inflated: u32,
    /// Loop gain of the sellers alone and of the neighbours together, in thousandths.
    own_gain: u16,
    foreign: u16,
    burst_bps: u16,
    leak_bps_per_hour: u16,
    /// What each neighbour says, where the cap is multiplied by the factor; nothing where the ledgers are narrowed.
    conduct: Option<[Conduct; M]>,
    rounds: Vec<Round>,
}

fn round() -> impl Strategy<Value = Round> {
    let drift = prop_oneof![3 => -20_000_i32..4_000, 2 => -2_000_i32..2_000, 1 => -200_000_i32..300_000];
    let orders = prop::collection::vec((0_u8..8, prop_oneof![Just(1_000_u16), 1_u16..1_000], 0_u8..4), 0..10);
    (
        (1_u16..900, drift, any::<bool>(), prop_oneof![3 => Just(1_000_u16), 1 => 0_u16..1_000]),
        (prop_oneof![Just(0_i16), -2_000_i16..2_000], prop_oneof![Just(1_000_u16), 0_u16..=1_000], orders),
    )
        .prop_map(|((elapsed, drift, refresh, kept), (noise, pressure, orders))| Round {
            elapsed,
            drift,
            refresh,
            kept,
            noise,
            pressure,
            orders,
        })
}

fn run() -> impl Strategy<Value = Run> {
    let ladder = prop_oneof![Just(vec![]), prop::collection::vec((1_u32..30_000, 1_u32..2_000_000), 3..10)];
    let one = prop::sample::select(vec![Conduct::Honest, Conduct::Silent, Conduct::Lying]);
    let conduct = prop_oneof![
        1 => Just(None),
        1 => one.clone().prop_map(|one| Some([one; M])),
        1 => prop::array::uniform3(one).prop_map(Some),
    ];
    (
        (
            ladder,
            20_u16..300,
            prop::collection::vec(1_u32..1_000_000, 2..9),
            prop_oneof![Just(0_u32), 1..5_000_000_u32],
        ),
        (0_u16..900, 0_u16..900, 0_u16..200, 0_u16..100),
        (conduct, prop::collection::vec(round(), 1..40)),
    )
        .prop_map(
            |((ladder, overstated, collateral, inflated), (own_gain, foreign, burst, leak), (conduct, rounds))| Run {
                ladder,
                overstated,
                collateral,
                inflated,
                own_gain,
                foreign,
                burst_bps: burst,
                leak_bps_per_hour: leak,
                conduct,
                rounds,
            },
        )
}

impl Run {
    fn true_book(&self) -> TrueBook {
        if self.ladder.is_empty() {
            return TrueBook::ConstantProduct { reserve: RESERVE };
        }
        let mut price = PPM;
        let levels = self.ladder.iter().map(|&(step, quantity)| {
            price = price.saturating_sub(u128::from(step)).max(1);
            (price, u128::from(quantity))
        });
        TrueBook::Ladder(levels.collect())
    }

    fn kappa(&self) -> Ratio {
        let hundredths = if self.ladder.is_empty() { u128::from(self.overstated).max(100) } else { 100 };
        Ratio::from_fraction_ceil(hundredths, 100).expect("small")
    }

    /// The ledger of all sellers together, before neighbours are counted.
    fn ledger(&self) -> LedgerConfig {
        let kappa = self.kappa();
        // Neighbours may lie: the sum of both gains is then a hypothesis.
        let own = if self.conduct.is_none() { self.own_gain } else { self.own_gain.min(950 - self.foreign) };
        LedgerConfig::new(LedgerParams {
            burst: bps(u32::from(self.burst_bps)),
            leak: Rate::from_ratio_over_floor(bps(u32::from(self.leak_bps_per_hour)), Seconds::new(3_600))
                .expect("an hour is not zero"),
            own_share: thousandths(u128::from(own)).div_floor(kappa).expect("kappa is not zero"),
            kappa,
        })
        .expect("a gain below one")
    }

    /// The gains in parts of 1 : 2 : 3 of what is not over `foreign`.
    fn neighbours(&self) -> Neighbours<M> {
        let part = |parts: u128| Registration {
            budget: Budget::ZERO,
            gain: Ratio::from_fraction_floor(u128::from(self.foreign) * parts, 6_000).expect("small"),
        };
        Neighbours { registered: [part(1), part(2), part(3)], max_age: Seconds::new(MAX_AGE) }
    }
}

fn price_floor(ticks: u128) -> Price {
    Price::from_fraction_floor(ticks, 1_000_000).expect("positive")
}

/// Levels of a true book around a price.
fn levels(book: &TrueBook, ticks: u128) -> Vec<Level> {
    match book {
        TrueBook::ConstantProduct { .. } => Vec::new(),
        TrueBook::Ladder(truth) => truth
            .iter()
            .map(|&(price, quantity)| Level {
                price: Price::from_fraction_floor(ticks * price, PPM * 1_000_000).expect("positive"),
                amount: Amount::new(quantity),
            })
            .collect(),
    }
}

fn snapshot(levels: &[Level], ticks: u128, overstated: u16) -> Snapshot<'_> {
    if levels.is_empty() {
        Snapshot::ConstantProduct { reserve: Amount::new(RESERVE * u128::from(overstated) / 100) }
    } else {
        Snapshot::Ladder { reference: price_floor(ticks), levels }
    }
}

struct Seller<const N: usize> {
    params: GuardParams<N>,
    guard: Guard<N>,
    state: GuardState<N>,
    lots: Vec<Lot>,
}

impl<const N: usize> Seller<N> {
    /// Carries out an order and returns what was sold, base atoms.
    fn act(&mut self, now: Timestamp, part: u16, kind: u8) -> u128 {
        let limits = self.guard.limits(&self.state, now).expect("the clock runs forward");
        let part = limits.permitted.get() * u128::from(part) / 1_000;
        match kind {
            0 => match self.guard.sell(self.state, now, Amount::new(part)) {
                Ok(state) => {
                    self.state = state;
                    part
                }
                Err(_) => 0,
            },
            1 => {
                let kick = Kick { sell: Amount::new(part), raise: Value::new(u128::MAX) };
                if let Ok((state, lot)) = self.guard.kick(self.state, now, kick) {
                    self.state = state;
                    self.lots.insert(0, lot);
                }
                0
            }
            2 => {
                let Some(lot) = self.lots.last_mut() else { return 0 };
                let bid = Bid { want: lot.remaining(), max_price: Price::MAX };
                let Ok((state, take)) = self.guard.take(self.state, now, *lot, bid) else { return 0 };
                (self.state, *lot) = (state, take.lot);
                take.sold.get()
            }
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
}

/// A world whose exogenous price contains the reactions of neighbours.
struct Neighbourhood {
    world: World,
    /// The price without anybody's sale, in ticks.
    free: u64,
    /// What the neighbours displaced, in units of 2^-100.
    reaction: i128,
    drawdown: Drawdown,
}

impl Neighbourhood {
    fn new(book: TrueBook) -> Neighbourhood {
        let world = World::new(START, book);
        let mut new = Neighbourhood { world, free: START, reaction: 0, drawdown: Drawdown::new() };
        new.record();
        new
    }

    /// The path without anybody's sale is what the price in ticks and the reaction make it: no rounding enters.
    fn record(&mut self) {
        let free = self.world.log_of(self.world.exogenous).add(Log::from_units(self.reaction, self.reaction));
        self.drawdown.push(free);
    }

    fn show(&mut self) {
        let reaction = Log::from_units(self.reaction, self.reaction);
        let (_, ticks) = exp_times(u128::from(self.free), reaction.neg());
        self.world.move_to(u64::try_from(ticks).expect("below the free price"));
        self.record();
    }

    fn move_by(&mut self, drift: i32) {
        let moved = u128::from(self.free) * PPM.saturating_add_signed(i128::from(drift)) / PPM;
        self.free = u64::try_from(moved).expect("within range").clamp(1_000_000, 1 << 50);
        self.show();
    }

    /// Neighbours sell until they have displaced the price by `gain` of the largest fall, which their sales deepen. They never
    /// displace more.
    fn react(&mut self, gain: Ratio) {
        for _ in 0..8 {
            let most = self.world.drawdown().mul_fraction(u128::from(gain.to_bits()), 1 << 48).lo();
            if most <= self.reaction + (1 << 70) {
                return;
            }
            self.reaction = most;
            self.show();
        }
    }
}

/// A logarithm as a ratio, rounded up.
fn ratio_ceil(log: Log) -> Ratio {
    let bits = (log.hi().max(0) + (1 << 52) - 1) >> 52;
    Ratio::from_bits(u64::try_from(bits).expect("below 65,536"))
}

fn log(ratio: Ratio) -> Log {
    Log::from_fraction(i128::from(ratio.to_bits()), 1 << 48)
}

/// What a run came to.
struct Outcome {
    ledger: LedgerConfig,
    neighbours: Neighbours<M>,
    exposure: Exposure,
    drawdown: Log,
    sold: u128,
    /// Whether no neighbour ever reacted less than before.
    rising: bool,
    /// The largest gain with which the neighbours reacted.
    reacted: Ratio,
}

impl Outcome {
    /// `X / (1 - g)`, rounded up, in the place of `X`.
    fn behind(&self, gain: Ratio) -> Exposure {
        let rest = Ratio::ONE.checked_sub(gain).expect("a gain below one");
        Exposure { exogenous: self.exposure.exogenous.div_ceil(rest).expect("small"), ..self.exposure }
    }

    /// T4 (iv): the bound of the narrowed ledger.
    fn narrowed_bound(&self) -> Ratio {
        let narrowed = self.neighbours.narrowed(&self.ledger).expect("gains below one");
        narrowed.bound_ceil(self.behind(self.neighbours.worst_gain())).expect("small")
    }

    /// T4 (v): the bound under factors that were never above one less the gain so far.
    fn honest_bound(&self) -> Ratio {
        let rest = Ratio::ONE.checked_sub(self.reacted).expect("a gain below one");
        self.ledger.bound_ceil(self.exposure).expect("small").div_ceil(rest).expect("small")
    }

    /// T4 (vi): what liars cannot exceed.
    fn worst_bound(&self) -> Ratio {
        let LedgerParams { kappa, .. } = self.ledger.params();
        self.neighbours.worst_bound_ceil(kappa, Budget::of(&self.ledger), self.exposure).expect("gains below one")
    }

    fn holds(&self, bound: Ratio) -> bool {
        !self.drawdown.certainly_gt(log(bound))
    }
}

/// How depth and budgets are divided.
#[derive(Clone, Copy)]
struct Division {
    depth: bool,
    budgets: bool,
}

const SHARED: Division = Division { depth: true, budgets: true };

fn shares(run: &Run) -> Vec<Ratio> {
    let mut public: Vec<u128> = run.collateral.iter().copied().map(u128::from).collect();
    *public.last_mut().expect("two or more") += u128::from(run.inflated);
    let total = Amount::new(public.iter().sum());
    public.iter().map(|own| share_floor(Amount::new(*own), total).expect("part of the total")).collect()
}

fn simulate<const N: usize>(run: &Run, shape: Shape<N>, division: Division) -> Outcome {
    let (ledger, neighbours) = (run.ledger(), run.neighbours());
    let base = if run.conduct.is_none() { neighbours.narrowed(&ledger).expect("gains below one") } else { ledger };
    let LedgerParams { burst, leak, own_share, kappa } = base.params();
    let zero = Seconds::ZERO;
    let site =
        Market { shape, haircut: Ratio::ZERO, burst, leak, own_share, kappa, share: Ratio::ONE, wick: zero }.params();
    let mut place = Neighbourhood::new(run.true_book());
    let mut clock = 1_000_000_u64;
    let opened = clock;
    let first =
        PriceObservation { source_time: Timestamp::new(clock), band: PriceBand::exact(price_floor(u128::from(START))) };
    let bids = levels(&place.world.book, u128::from(START));
    let depth = DepthObservation {
        source_time: Timestamp::new(clock),
        snapshot: snapshot(&bids, u128::from(START), run.overstated),
    };
    let mut sellers: Vec<Seller<N>> = shares(run)
        .into_iter()
        .map(|share| {
            let depth_share = if division.depth { share } else { Ratio::ONE };
            let budget_share = if division.budgets { share } else { Ratio::ONE };
            let params = GuardParams {
                ledger: site.ledger.shared(budget_share).expect("at most one"),
                depth: site.depth.shared(depth_share).expect("at most one"),
                ..site
            };
            let guard = Guard::new(params).expect("sound");
            let state = guard.open(Timestamp::new(clock), first, depth).expect("a first price and depth");
            Seller { params, guard, state, lots: Vec::new() }
        })
        .collect();
    let (mut eps, mut sold, mut reports) = (Log::zero(), 0_u128, Reports::NONE);
    let (mut rising, mut reacted) = (true, Ratio::ZERO);

    for round in &run.rounds {
        clock += u64::from(round.elapsed);
        let now = Timestamp::new(clock);
        let mut gains = neighbours.registered.map(|one| one.gain);
        for (index, gain) in gains.iter_mut().enumerate() {
            if run.conduct.is_none_or(|conduct| conduct[index] != Conduct::Lying) {
                *gain = gain.mul_floor(thousandths(u128::from(round.pressure))).expect("small");
            }
        }
        let gain = gains.iter().fold(Ratio::ZERO, |sum, gain| sum.checked_add(*gain).expect("small"));
        rising &= gain >= reacted;
        reacted = reacted.max(gain);

        place.move_by(round.drift);
        place.world.recover(u128::from(round.kept), 1_000);
        if round.refresh {
            place.world.refresh(run.true_book());
        }
        place.react(gain);

        // Reports come before the sales of the round; those of a liar say that it runs the rule.
        for (index, conduct) in run.conduct.into_iter().flatten().enumerate() {
            let gain = match conduct {
                Conduct::Silent => continue,
                Conduct::Honest => gains[index],
                Conduct::Lying => Ratio::ZERO,
            };
            reports = neighbours.accept(reports, index, Report { gain, at: now }, now).expect("in order");
        }
        let ticks = u128::from(place.world.ticks());
        let noisy = (ticks * PPM.saturating_add_signed(i128::from(round.noise)) / PPM).max(1);
        let gap = place.world.log_of(u64::try_from(noisy).expect("small")).sub(place.world.log_price());
        eps = eps.max(gap).max(gap.neg());
        let bids = levels(&place.world.book, ticks);
        let depth = round
            .refresh
            .then(|| DepthObservation { source_time: now, snapshot: snapshot(&bids, ticks, run.overstated) });
        let price = PriceObservation { source_time: now, band: PriceBand::exact(price_floor(noisy)) };
        for seller in &mut sellers {
            if run.conduct.is_some() {
                let factor = neighbours.factor(&reports, now).expect("the clock runs forward");
                let ledger = seller.params.ledger.shared(factor).expect("at most one");
                seller.guard = Guard::new(GuardParams { ledger, ..seller.params }).expect("sound");
            }
            let seen = Observation { now, price: Some(price), depth };
            seller.state = seller.guard.observe(seller.state, &seen).expect("in order");
        }
        let count = sellers.len();
        for &(seller, part, kind) in &round.orders {
            let quantity = sellers[usize::from(seller) % count].act(now, part, kind);
            if quantity > 0 {
                place.world.sell(quantity);
                sold += quantity;
                place.react(gain);
            }
        }
    }
    let exposure = Exposure {
        exogenous: ratio_ceil(place.drawdown.mdd()),
        noise: ratio_ceil(eps),
        elapsed: Seconds::new(clock - opened),
    };
    Outcome { ledger, neighbours, exposure, drawdown: place.world.drawdown(), sold, rising, reacted }
}

fn grid() -> Shape<6> {
    Shape::Grid([10, 30, 100, 300, 1_000, 4_000].map(bps))
}

fn outcome_of(run: &Run, division: Division) -> Outcome {
    if run.ladder.is_empty() {
        simulate(run, Shape::<1>::ConstantProduct, division)
    } else {
        simulate(run, grid(), division)
    }
}

fn outcome(run: &Run) -> Outcome {
    outcome_of(run, SHARED)
}

/// Which bound of T4 a conduct is held to.
fn bound(run: &Run, outcome: &Outcome) -> Ratio {
    let Some(conduct) = run.conduct else { return outcome.narrowed_bound() };
    // Whoever is silent counts as its registration: the factor is then at most one less any gain that it may have.
    let silent = conduct == [Conduct::Silent; M];
    if conduct.contains(&Conduct::Lying) || !(outcome.rising || silent) {
        outcome.worst_bound()
    } else {
        outcome.honest_bound()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// 2 to 8 protocols with shares from public collateral, one of which may inflate its own, and three neighbours: the joint
    /// bound of each conduct holds.
    #[test]
    fn the_joint_bound_holds(run in run()) {
        let outcome = outcome(&run);
        let bound = bound(&run, &outcome);
        prop_assert!(
            outcome.holds(bound),
            "{:?}: drawdown {} above the bound {}",
            run.conduct,
            outcome.drawdown.to_decimal_floor(9),
            log(bound).to_decimal_ceil(9)
        );
    }
}

/// The runs sell, and come near the bound in every conduct.
#[test]
fn the_adversary_is_not_idle() {
    let mut runner = TestRunner::deterministic();
    for conduct in [NARROWED, Some(Conduct::Honest), Some(Conduct::Silent), Some(Conduct::Lying)] {
        let (mut selling, mut near) = (0, 0);
        for _ in 0..200 {
            let conduct = conduct.map(|one| [one; M]);
            let run = Run { conduct, ..run().new_tree(&mut runner).expect("a run").current() };
            let outcome = outcome(&run);
            let bound = log(bound(&run, &outcome));
            selling += u32::from(outcome.sold > 0);
            near += u32::from(outcome.sold > 0 && outcome.drawdown.certainly_gt(bound.mul_fraction(2, 3)));
        }
        println!("{conduct:?}: of 200 runs {selling} sell, {near} come within a third of the bound");
        assert!(selling > 100 && near > 4);
    }
}

/// Unlimited backlogs that sell all they may in small steps, on permanent impact, in a market that falls slowly.
fn saturated(sellers: usize, own_gain: u16, foreign: u16, conduct: Option<Conduct>) -> Run {
    let orders = (0..u8::try_from(sellers).expect("few")).map(|seller| (seller, 1_000, 0)).collect();
    let round = Round { elapsed: 60, drift: -10, refresh: true, kept: 1_000, noise: 0, pressure: 1_000, orders };
    Run {
        ladder: vec![],
        overstated: 100,
        collateral: vec![1_000; sellers],
        inflated: 0,
        own_gain,
        foreign,
        burst_bps: 25,
        leak_bps_per_hour: 0,
        conduct: conduct.map(|one| [one; M]),
        rounds: vec![round; 300],
    }
}

/// The bounds are attained to a few per cent: by 2 to 8 sellers, with neighbours that do all that is registered. Honest ones
/// are quiet until the sellers have sold what they may.
#[test]
fn saturated_sellers_and_neighbours_attain_the_bounds() {
    for (sellers, own_gain, foreign, conduct) in [
        (2, 250, 0, NARROWED),
        (8, 250, 500, NARROWED),
        (3, 125, 250, Some(Conduct::Lying)),
        (8, 250, 500, Some(Conduct::Lying)),
        (5, 250, 500, Some(Conduct::Honest)),
        (2, 400, 250, Some(Conduct::Honest)),
    ] {
        let mut run = saturated(sellers, own_gain, foreign, conduct);
        if conduct == Some(Conduct::Honest) {
            run.rounds[..299].iter_mut().for_each(|round| round.pressure = 0);
        }
        let outcome = outcome(&run);
        let bound = bound(&run, &outcome);
        println!(
            "{sellers} {conduct:?}: {} of {}",
            outcome.drawdown.to_decimal_floor(9),
            log(bound).to_decimal_ceil(9)
        );
        assert!(outcome.holds(bound));
        assert!(outcome.drawdown.certainly_gt(log(bound).mul_fraction(95, 100)), "{sellers} {conduct:?}");
    }
}

/// Neighbours that are known from the start to do their worst: the factor permits what the narrowed ledger does.
#[test]
fn a_factor_at_the_worst_is_the_narrowed_ledger() {
    for conduct in [Some(Conduct::Honest), Some(Conduct::Silent)] {
        let factored = outcome(&saturated(4, 250, 500, conduct));
        let bound = factored.narrowed_bound();
        assert!(factored.holds(bound) && factored.drawdown.certainly_gt(log(bound).mul_fraction(95, 100)));
    }
}

/// Naive: every protocol takes the whole ledger for itself. The bound of one breaks, by more with each further protocol;
/// with shares it holds.
#[test]
fn budgets_counted_more_than_once_break_the_bound() {
    for sellers in 2..=8 {
        let own_gain = 900 / u16::try_from(sellers).expect("few");
        let run = saturated(sellers, own_gain, 0, NARROWED);
        let naive = outcome_of(&run, Division { depth: true, budgets: false });
        assert!(!naive.holds(naive.narrowed_bound()), "{sellers} protocols");
        let shared = outcome(&run);
        assert!(shared.holds(shared.narrowed_bound()));
    }
}

/// Naive: two protocols share the budgets and count the same depth. Bids close to the price, and a gap of 30 % behind them:
/// each may sell the first level, so both fall into the gap, for the price of the level.
#[test]
fn depth_counted_twice_breaks_the_bound() {
    let gap = || vec![(900, 1_000_000), (300_000, 50_000_000)];
    for sellers in 2..=8 {
        let mut run = Run { ladder: gap(), burst_bps: 200, ..saturated(sellers, 125, 0, NARROWED) };
        run.rounds.truncate(1);
        let naive = outcome_of(&run, Division { depth: false, budgets: true });
        assert!(!naive.holds(naive.narrowed_bound()), "{sellers} protocols");
        let shared = outcome(&run);
        assert!(shared.holds(shared.narrowed_bound()) && shared.sold > 0);
    }
}

/// Naive: the bound that does not count neighbours, and the ledger that is not narrowed by them.
#[test]
fn neighbours_that_nobody_counts_break_the_bound() {
    for sellers in [2, 8] {
        let run = saturated(sellers, 250, 500, Some(Conduct::Lying));
        let outcome = outcome(&run);
        assert!(!outcome.holds(outcome.ledger.bound_ceil(outcome.exposure).expect("small")), "no neighbours");
        assert!(!outcome.holds(outcome.narrowed_bound()), "the bound of a narrowed ledger, with one that is not");
    }
}

/// What a liar can do: with the factor that its reports earn, the bound of honest reports breaks, the worst one holds. With
/// the ledger narrowed by what is registered, reports change nothing.
#[test]
fn a_liar_breaks_no_more_than_the_worst_bound() {
    for (sellers, own_gain, foreign) in [(2, 250, 500), (4, 400, 400), (8, 200, 700)] {
        let lying = outcome(&saturated(sellers, own_gain, foreign, Some(Conduct::Lying)));
        assert!(!lying.holds(lying.honest_bound()), "a lie costs nothing");
        assert!(lying.holds(lying.worst_bound()));
        for conduct in [Some(Conduct::Honest), Some(Conduct::Silent)] {
            let true_or_silent = outcome(&saturated(sellers, own_gain, foreign, conduct));
            assert!(true_or_silent.holds(true_or_silent.honest_bound()));
        }
        let narrowed = outcome(&saturated(sellers, own_gain, foreign, NARROWED));
        assert!(narrowed.holds(narrowed.narrowed_bound()));
        assert!(narrowed.narrowed_bound() < lying.worst_bound());
    }
}

/// A seller whose public collateral is inflated takes from the others' shares; the bound does not notice.
#[test]
fn inflated_collateral_slows_the_others_and_keeps_the_bound() {
    let honest = saturated(4, 250, 250, NARROWED);
    let inflated = Run { inflated: 1_000_000, ..honest.clone() };
    let (before, after) = (shares(&honest), shares(&inflated));
    assert!(after[..3].iter().zip(&before).all(|(after, before)| after < before));
    // The one that inflated does not sell: the others sell less than before.
    let without_last = |run: &Run| {
        let mut run = run.clone();
        run.rounds.iter_mut().for_each(|round| round.orders.truncate(3));
        outcome(&run)
    };
    let (before, after) = (without_last(&honest), without_last(&inflated));
    assert!(after.sold < before.sold);
    assert!(before.holds(before.narrowed_bound()) && after.holds(after.narrowed_bound()));
}

/// A grid's snapshots must have the same times for all who share it: one who stands before a gap on an old snapshot falls
/// into it when another has approached it on new ones. A constant product has no gap.
#[test]
fn snapshots_of_different_times_break_a_book_with_gaps() {
    let gap = vec![(900, 1_000_000), (300_000, 50_000_000)];
    for (ladder, breaks) in [(gap, true), (vec![], false)] {
        let run = Run { ladder, burst_bps: 400, ..saturated(2, 0, 0, NARROWED) };
        let drawdown = if run.ladder.is_empty() {
            out_of_step(&run, Shape::<1>::ConstantProduct)
        } else {
            out_of_step(&run, grid())
        };
        let bound =
            run.ledger().bound_ceil(Exposure { exogenous: Ratio::ZERO, noise: bps(1), elapsed: Seconds::new(660) });
        assert_eq!(drawdown.certainly_gt(log(bound.expect("small"))), breaks);
    }
}

/// The second of two sellers sees the book anew ten times and sells; then the first sells on its first snapshot.
fn out_of_step<const N: usize>(run: &Run, shape: Shape<N>) -> Log {
    let LedgerParams { burst, leak, own_share, kappa } = run.ledger().params();
    let half = Ratio::from_fraction_floor(1, 2).expect("small");
    let guard =
        Market { shape, haircut: Ratio::ZERO, burst, leak, own_share, kappa, share: half, wick: Seconds::ZERO }.guard();
    let mut world = World::new(START, run.true_book());
    // What is left of each level of the true book, as a source of depth shows it.
    let left = |sold: u128| match run.true_book() {
        TrueBook::Ladder(mut levels) => {
            levels[0].1 -= sold;
            TrueBook::Ladder(levels)
        }
        TrueBook::ConstantProduct { reserve } => TrueBook::ConstantProduct { reserve: reserve + sold },
    };
    let (price, start) = (PriceBand::exact(price_floor(u128::from(START))), Timestamp::new(0));
    let first = PriceObservation { source_time: start, band: price };
    let shown = |sold: u128, at: u64, see: &mut dyn FnMut(DepthObservation<'_>)| {
        let (source_time, book) = (Timestamp::new(at), left(sold));
        match &book {
            TrueBook::Ladder(_) => {
                let bids = levels(&book, u128::from(START));
                see(DepthObservation { source_time, snapshot: snapshot(&bids, u128::from(START), 100) });
            }
            TrueBook::ConstantProduct { reserve } => {
                let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(*reserve) };
                see(DepthObservation { source_time, snapshot });
            }
        }
    };
    let mut opened = None;
    shown(0, 0, &mut |depth| opened = Some(guard.open(start, first, depth).expect("a first price and depth")));
    let still = opened.expect("opened");
    let mut moving = still;
    let mut sold = 0;
    for at in (60..=600).step_by(60) {
        let now = Timestamp::new(at);
        shown(sold, at, &mut |depth| {
            let seen = Observation { now, price: None, depth: Some(depth) };
            moving = guard.observe(moving, &seen).expect("in order");
        });
        let amount = guard.limits(&moving, now).expect("in order").permitted;
        if let Ok(state) = guard.sell(moving, now, amount) {
            moving = state;
            world.sell(amount.get());
            sold += amount.get();
        }
    }
    let now = Timestamp::new(660);
    let amount = guard.limits(&still, now).expect("in order").permitted;
    guard.sell(still, now, amount).expect("permitted on what it sees");
    assert!(sold > 0 && !amount.is_zero());
    world.sell(amount.get());
    world.drawdown()
}

// Functions.

fn budget() -> impl Strategy<Value = Budget> {
    (share(), 0_u64..1 << 20, share()).prop_map(|(burst, leak, own_share)| Budget {
        burst,
        leak: Rate::per_second(Ratio::from_bits(leak)),
        own_share: Ratio::from_bits(own_share.to_bits() >> 3),
    })
}

fn exposure() -> impl Strategy<Value = Exposure> {
    (share(), share(), 0_u64..1 << 20).prop_map(|(exogenous, noise, elapsed)| Exposure {
        exogenous,
        noise,
        elapsed: Seconds::new(elapsed),
    })
}

/// `B + r n + 2 h eps`, exact.
fn additive(budget: &Budget, exposure: Exposure) -> Frac {
    let leaked = Frac::of(budget.leak.get()).mul(&Frac::int(u128::from(exposure.elapsed.get())));
    let noise = Frac::int(2).mul(&Frac::of(budget.own_share)).mul(&Frac::of(exposure.noise));
    Frac::of(budget.burst).add(&leaked).add(&noise)
}

/// Any ledger config: kappa from 1 to 8, a loop gain below one.
fn config() -> impl Strategy<Value = LedgerConfig> {
    (budget(), 0_u64..7 << 48, share()).prop_map(|(budget, kappa, gain)| {
        let kappa = Ratio::from_bits((1 << 48) + kappa);
        let gain = gain.min(Ratio::ONE.excess_over(Ratio::ULP));
        let own_share = own_share_floor(gain, kappa, Ratio::ZERO).expect("a gain below one");
        LedgerConfig::new(LedgerParams { burst: budget.burst, leak: budget.leak, own_share, kappa }).expect("below one")
    })
}

/// A report of a gain at a time, or none.
fn said() -> impl Strategy<Value = Option<(Ratio, u64)>> {
    let gain = prop_oneof![Just(Ratio::ZERO), share(), any_ratio()];
    proptest::option::of((gain, prop_oneof![0_u64..2_000, 1_900_u64..=2_000]))
}

fn registered(gains: [Ratio; 2]) -> Neighbours<2> {
    let registered = gains.map(|gain| Registration { budget: Budget::ZERO, gain });
    Neighbours { registered, max_age: Seconds::new(MAX_AGE) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// A share is the exact floor, and all shares of one total sum to at most one.
    #[test]
    fn shares_sum_to_at_most_one(owns in prop::collection::vec(any128().prop_map(|own| own >> 8), 1..9)) {
        let total: u128 = owns.iter().sum();
        prop_assume!(total > 0);
        let mut sum = 0_u128;
        for own in owns {
            let share = share_floor(Amount::new(own), Amount::new(total)).expect("part of the total");
            prop_assert_eq!(big(u128::from(share.to_bits())), Frac::new(own, total).floor(48));
            sum += u128::from(share.to_bits());
        }
        prop_assert!(sum <= 1 << 48);
    }

    /// The joint bound is not below the exact one, and above it by few steps over the denominator; the gain of one and more is
    /// refused.
    #[test]
    fn the_joint_bound_is_the_formula(
        sellers in prop::collection::vec(budget(), 0..9),
        kappa in 1_u64 << 48..8 << 48,
        foreign in share(),
        exposure in exposure(),
    ) {
        let kappa = Ratio::from_bits(kappa);
        let own = sellers.iter().fold(Frac::int(0), |sum, one| sum.add(&Frac::of(one.own_share)));
        let gain = Frac::of(foreign).add(&Frac::of(kappa).mul(&own));
        let result = joint_bound_ceil(kappa, foreign, &sellers, exposure);
        if gain.ceil(48) >= big(1 << 48) {
            prop_assert_eq!(result, Err(Error::JointGain));
        } else {
            let sum = sellers.iter().fold(Frac::int(0), |sum, one| sum.add(&additive(one, exposure)));
            let numerator = Frac::of(exposure.exogenous).add(&Frac::of(kappa).mul(&sum));
            let low = numerator.div(&Frac::one().sub(&gain));
            let step = Frac::new(1_u32, 1_u64 << 48);
            // Rounded up: 2 h eps, then kappa times it, then the gain, then the quotient.
            let high = numerator
                .add(&Frac::of(kappa).mul(&step))
                .add(&step)
                .div(&Frac::new(Frac::one().sub(&gain).floor(48), 1_u64 << 48));
            match result {
                Ok(bound) => {
                    prop_assert!(Frac::of(bound) >= low);
                    prop_assert!(Frac::of(bound) <= high.add(&step));
                }
                Err(error) => {
                    prop_assert_eq!(error, Error::Overflow);
                    prop_assert!(fits64(&high.ceil(48)).is_none());
                }
            }
        }
    }

    /// One seller without neighbours has the bound of its ledger.
    #[test]
    fn one_seller_alone_has_the_bound_of_its_ledger(config in config(), exposure in exposure()) {
        let LedgerParams { kappa, .. } = config.params();
        let alone = joint_bound_ceil(kappa, Ratio::ZERO, &[Budget::of(&config)], exposure);
        prop_assert_eq!(alone, config.bound_ceil(exposure));
        let neighbours = registered([Ratio::ZERO; 2]);
        prop_assert_eq!(neighbours.worst_bound_ceil(kappa, Budget::of(&config), exposure), alone);
    }

    /// `kappa / (1 - g)` is the exact ceiling; the own share is the largest whose gain stays within the one asked for, and
    /// never rises with `g`.
    #[test]
    fn the_own_share_keeps_the_gain(kappa in any_ratio(), g in share(), more in share(), gain in share()) {
        let kappa = kappa.max(Ratio::ONE);
        let effective = effective_kappa_ceil(kappa, g);
        let exact = (g < Ratio::ONE).then(|| Frac::of(kappa).div(&Frac::one().sub(&Frac::of(g))).ceil(48));
        match exact.as_ref().and_then(fits64) {
            Some(bits) => prop_assert_eq!(effective, Ok(Ratio::from_bits(bits))),
            None => prop_assert_eq!(effective, Err(Error::JointGain)),
        }
        let own = own_share_floor(gain, kappa, g);
        if gain >= Ratio::ONE {
            prop_assert_eq!(own, Err(Error::LoopGainRange));
            return Ok(());
        }
        let own = own.expect("a gain below one");
        prop_assert!(own_share_floor(gain, kappa, g.max(more)).expect("a gain below one") <= own);
        let Ok(effective) = effective else {
            prop_assert_eq!(own, Ratio::ZERO);
            return Ok(());
        };
        let next = own.checked_add(Ratio::ULP).expect("below one");
        prop_assert!(Frac::of(effective).mul(&Frac::of(own)) <= Frac::of(gain));
        prop_assert!(Frac::of(effective).mul(&Frac::of(next)) > Frac::of(gain));
        let params = LedgerParams { burst: Ratio::ZERO, leak: Rate::ZERO, own_share: own, kappa: effective };
        prop_assert!(LedgerConfig::new(params).is_ok());
    }

    /// A narrowed ledger is accepted for any gains below one, has the exact effective kappa, exceeds no exact product of the
    /// first one, loses less than a step of each, and is the same without gains; it never widens with a gain.
    #[test]
    fn a_narrowed_ledger_keeps_its_products(config in config(), first in share(), second in share(), more in share()) {
        let gains = [first, second];
        let neighbours = registered(gains);
        prop_assert_eq!(registered([Ratio::ZERO; 2]).narrowed(&config), Ok(config));
        let sum = first.checked_add(second).expect("small");
        prop_assert_eq!(neighbours.worst_gain(), sum.min(Ratio::ONE));
        let wide = config.params();
        let Ok(effective) = effective_kappa_ceil(wide.kappa, sum) else {
            prop_assert_eq!(neighbours.narrowed(&config), Err(Error::JointGain));
            return Ok(());
        };
        let narrow = neighbours.narrowed(&config).expect("a gain below one").params();
        prop_assert_eq!(narrow.kappa, effective);
        let parts = |params: LedgerParams| [params.burst, params.leak.get(), params.own_share];
        for (wide_part, narrow_part) in parts(wide).into_iter().zip(parts(narrow)) {
            let before = Frac::of(wide.kappa).mul(&Frac::of(wide_part));
            prop_assert!(Frac::of(effective).mul(&Frac::of(narrow_part)) <= before);
            let next = narrow_part.checked_add(Ratio::ULP).expect("small");
            prop_assert!(Frac::of(effective).mul(&Frac::of(next)) > before);
        }
        if let Ok(further) = registered([first.max(more), second]).narrowed(&config) {
            let further = parts(further.params());
            prop_assert!(further.iter().zip(parts(narrow)).all(|(further, narrow)| *further <= narrow));
        }
    }

    /// The factor is one less what is counted: fresh reports as they say, all others at the larger of the registration and
    /// the last report. It is one only if all are fresh and quiet, or can add nothing.
    #[test]
    fn the_factor_counts_the_worst_of_what_is_not_known(
        gains in [share(), share()],
        said in [said(), said()],
        max_age in prop_oneof![Just(0_u64), 1_u64..100, 100_u64..2_100],
        edge in 0_u8..4,
    ) {
        // In half of the cases a report is exactly as old as is permitted, or a second older.
        let max_age = match (edge, said[0]) {
            (0, Some((_, at))) => 2_000 - at,
            (1, Some((_, at))) => (2_000 - at).saturating_sub(1),
            _ => max_age,
        };
        let neighbours = Neighbours { max_age: Seconds::new(max_age), ..registered(gains) };
        let now = Timestamp::new(2_000);
        let mut reports = Reports::NONE;
        let mut counted = 0_u128;
        for (index, said) in said.into_iter().enumerate() {
            let worst = gains[index];
            let gain = match said {
                None => worst,
                Some((gain, at)) => {
                    let report = Report { gain, at: Timestamp::new(at) };
                    reports = neighbours.accept(reports, index, report, now).expect("in order");
                    prop_assert_eq!(reports.last(index), Some(report));
                    if 2_000 - at <= max_age { gain } else { gain.max(worst) }
                }
            };
            counted += u128::from(gain.to_bits());
        }
        let factor = neighbours.factor(&reports, now).expect("the clock runs forward");
        prop_assert_eq!(u128::from(factor.to_bits()), (1_u128 << 48).saturating_sub(counted));
        prop_assert_eq!(neighbours.gain(&reports, now), Ok(Ratio::ONE.excess_over(factor)));
    }

    /// The stored form is read back as it was, and any bytes are read or refused.
    #[test]
    fn reports_are_stored(slots in [said(), said()], at in 0_usize..38, byte in any::<u8>()) {
        let neighbours = registered([Ratio::ZERO; 2]);
        let mut reports = Reports::NONE;
        for (index, slot) in slots.into_iter().enumerate() {
            if let Some((gain, at)) = slot {
                let report = Report { gain, at: Timestamp::new(at) };
                reports = neighbours.accept(reports, index, report, Timestamp::new(u64::MAX)).expect("in order");
            }
        }
        let mut bytes = [0; Reports::<2>::BYTES];
        reports.write_to(&mut bytes).expect("the right length");
        prop_assert_eq!(Reports::read_from(&bytes), Ok(reports));
        bytes[at] = byte;
        if let Ok(other) = Reports::<2>::read_from(&bytes) {
            let mut again = [0; Reports::<2>::BYTES];
            other.write_to(&mut again).expect("the right length");
            prop_assert_eq!(again, bytes);
        }
    }
}

#[test]
fn shares_of_nothing_and_of_too_little_are_refused() {
    let one = Amount::new(1);
    assert_eq!(share_floor(Amount::ZERO, Amount::ZERO), Err(Error::CollateralTotalZero));
    assert_eq!(share_floor(one, Amount::ZERO), Err(Error::CollateralTotalZero));
    assert_eq!(share_floor(Amount::new(2), one), Err(Error::CollateralAboveTotal));
    assert_eq!(share_floor(one, one), Ok(Ratio::ONE));
    assert_eq!(share_floor(Amount::ZERO, one), Ok(Ratio::ZERO));
}

#[test]
fn a_kappa_below_one_and_gains_of_one_are_refused() {
    let kappa = Ratio::ONE.excess_over(Ratio::ULP);
    let exposure = Exposure { exogenous: Ratio::ZERO, noise: Ratio::ZERO, elapsed: Seconds::ZERO };
    assert_eq!(joint_bound_ceil(kappa, Ratio::ZERO, &[], exposure), Err(Error::KappaBelowOne));
    assert_eq!(effective_kappa_ceil(kappa, Ratio::ONE), Err(Error::KappaBelowOne));
    assert_eq!(own_share_floor(Ratio::ZERO, kappa, Ratio::ONE), Err(Error::KappaBelowOne));
    assert_eq!(registered([Ratio::ZERO; 2]).worst_bound_ceil(kappa, Budget::ZERO, exposure), Err(Error::KappaBelowOne));
    assert_eq!(own_share_floor(Ratio::ONE, Ratio::ONE, Ratio::ZERO), Err(Error::LoopGainRange));
    // A gain of exactly one, of the neighbours or of a seller.
    assert_eq!(joint_bound_ceil(Ratio::ONE, Ratio::ONE, &[], exposure), Err(Error::JointGain));
    let all = Budget { own_share: Ratio::ONE, ..Budget::ZERO };
    assert_eq!(joint_bound_ceil(Ratio::ONE, Ratio::ZERO, &[all], exposure), Err(Error::JointGain));
}

/// The neighbours' budgets count in the worst bound.
#[test]
fn the_worst_bound_counts_the_budgets_of_the_neighbours() {
    let budget = Budget { burst: bps(50), leak: Rate::ZERO, own_share: bps(1_000) };
    let mut neighbours = registered([bps(2_000); 2]);
    let exposure = Exposure { exogenous: bps(500), noise: bps(10), elapsed: Seconds::ZERO };
    let alone = neighbours.worst_bound_ceil(Ratio::ONE, budget, exposure).expect("small");
    neighbours.registered[1].budget = budget;
    let both = neighbours.worst_bound_ceil(Ratio::ONE, budget, exposure).expect("small");
    assert!(both > alone);
    let gain = neighbours.worst_gain();
    assert_eq!(Ok(both), joint_bound_ceil(Ratio::ONE, gain, &[budget; 2], exposure));
    neighbours.registered[1].budget.own_share = bps(6_000);
    assert_eq!(neighbours.worst_bound_ceil(Ratio::ONE, budget, exposure), Err(Error::JointGain));
}

/// Reports: in order, of a neighbour, not of the future; of one time the larger; a report expires after the age limit.
#[test]
fn reports_are_taken_in_order_and_expire() {
    let neighbours = registered([bps(3_000), bps(2_000)]);
    let at = Timestamp::new;
    let report = |bps_: u32, time| Report { gain: bps(bps_), at: at(time) };
    let accept = |reports, index, report, now| neighbours.accept(reports, index, report, at(now));
    let rest = |bps_: u32, other: u32| Ratio::ONE.excess_over(bps(bps_)).excess_over(bps(other));

    assert_eq!(neighbours.factor(&Reports::NONE, at(0)), Ok(rest(3_000, 2_000)), "silence is the worst");
    assert_eq!(Reports::<2>::NONE.last(0), None);
    assert_eq!(accept(Reports::NONE, 2, report(0, 100), 100), Err(Error::NeighbourUnknown));
    assert_eq!(accept(Reports::NONE, 0, report(0, 101), 100), Err(Error::ReportFromFuture));
    let quiet = accept(Reports::NONE, 0, report(0, 100), 100).expect("in order");
    assert_eq!(accept(quiet, 0, report(0, 99), 100), Err(Error::ReportOutOfOrder));
    let quiet = accept(quiet, 1, report(0, 90), 100).expect("each has its own order");
    assert_eq!(neighbours.factor(&quiet, at(100)), Ok(Ratio::ONE), "all fresh and quiet");
    assert_eq!(neighbours.factor(&quiet, at(99)), Err(Error::ClockReversed));

    // The second expires first: at an age of 601, not at 600.
    assert_eq!(neighbours.factor(&quiet, at(690)), Ok(Ratio::ONE));
    assert_eq!(neighbours.factor(&quiet, at(691)), Ok(rest(0, 2_000)));
    assert_eq!(neighbours.factor(&quiet, at(700)), Ok(rest(0, 2_000)));
    assert_eq!(neighbours.factor(&quiet, at(701)), Ok(rest(3_000, 2_000)));

    // A second report of the same time can only be worse.
    let louder = accept(quiet, 0, report(1_000, 100), 100).expect("in order");
    assert_eq!(neighbours.factor(&louder, at(100)), Ok(rest(1_000, 0)));
    let calmed = accept(louder, 0, report(0, 100), 100).expect("in order");
    assert_eq!(calmed, louder);
    assert_eq!(accept(louder, 0, report(0, 101), 101).map(|reports| reports.last(0)), Ok(Some(report(0, 101))));

    // More than is registered is believed, and stays when it expires.
    let breach = accept(quiet, 0, report(9_000, 100), 100).expect("in order");
    assert_eq!(neighbours.factor(&breach, at(100)), Ok(rest(9_000, 0)));
    assert_eq!(neighbours.factor(&breach, at(10_000)), Ok(Ratio::ZERO));

    // An age limit of zero: reports of the present second alone.
    let deaf = Neighbours { max_age: Seconds::ZERO, ..neighbours };
    assert_eq!(deaf.factor(&quiet, at(100)), Ok(rest(0, 2_000)));
    assert_eq!(deaf.factor(&quiet, at(101)), Ok(rest(3_000, 2_000)));
}

#[test]
fn stored_reports_of_another_kind_or_size_are_refused() {
    let mut bytes = [0; Reports::<2>::BYTES];
    assert_eq!(bytes.len(), 38);
    Reports::<2>::NONE.write_to(&mut bytes).expect("the right length");
    assert_eq!(bytes[..4], [6, 1, 2, 0]);
    assert_eq!(Reports::<2>::NONE.write_to(&mut bytes[1..]), Err(Error::StoredLength));
    assert_eq!(Reports::<2>::read_from(&bytes[1..]), Err(Error::StoredLength));
    assert_eq!(Reports::<3>::read_from(&bytes), Err(Error::StoredLength));
    for kind in [0, 1, 2, 3, 7] {
        let mut other = bytes;
        other[0] = kind;
        assert_eq!(Reports::<2>::read_from(&other), Err(Error::StoredHeader));
    }
    // A gain without a report, and a flag that is none.
    for (at, byte) in [(5, 1), (4, 2)] {
        let mut other = bytes;
        other[at] = byte;
        assert_eq!(Reports::<2>::read_from(&other), Err(Error::StoredValue));
    }
}
