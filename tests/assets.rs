//! Several markets that move each other, each under its own ledger: a closed loop with saturated backlogs and cross impacts
//! linear in log-price, and the bound in exact rationals. Certified logarithms and rationals decide; no float does.

#[path = "support/exact.rs"]
mod exact;
#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::assets::{CrossImpact, CrossImpactParams, largest_scale_floor};
use damper::coordination::Budget;
use damper::ledger::{Exposure, Ledger, LedgerConfig, LedgerParams};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Rate, Seconds, Timestamp};
use damper::window::Window;
use exact::{Drawdown, Log, exp_times};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rational::{Frac, any_ratio, share};

const START: u64 = 1_000_000_000_000;
const PPM: u128 = 1_000_000;

fn thousandths(n: u128) -> Ratio {
    Ratio::from_fraction_floor(n, 1_000).expect("small")
}

fn log(ratio: Ratio) -> Log {
    Log::from_fraction(i128::from(ratio.to_bits()), 1 << 48)
}

/// A logarithm as a ratio, rounded up.
fn ratio_ceil(log: Log) -> Ratio {
    let bits = (log.hi().max(0) + (1 << 52) - 1) >> 52;
    Ratio::from_bits(u64::try_from(bits).expect("below 65,536"))
}

/// One round: time, exogenous moves in parts per million, errors of the observed prices, what of the displacement is kept in
/// thousandths, and orders: market, thousandths of the headroom.
#[derive(Clone, Debug)]
struct Round<const M: usize> {
    elapsed: u16,
    drift: [i32; M],
    noise: [i16; M],
    kept: u16,
    orders: Vec<(u8, u16)>,
}

#[derive(Clone, Debug)]
struct Run<const M: usize> {
    params: CrossImpactParams<M>,
    rounds: Vec<Round<M>>,
}

/// One market: its ledger, the displacement by all sales, and the drawdowns with and without it.
struct Market {
    config: LedgerConfig,
    ledger: Ledger,
    free: u64,
    displaced: Log,
    own: Drawdown,
    exogenous: Drawdown,
    eps: Log,
}

fn price(ticks: u128) -> PriceBand {
    PriceBand::exact(Price::from_fraction_floor(ticks, 1_000_000).expect("positive"))
}

impl Market {
    fn free(&self) -> Log {
        Log::of_ratio(u128::from(self.free), u128::from(START))
    }

    fn log_price(&self) -> Log {
        self.free().sub(self.displaced)
    }

    fn record(&mut self) {
        self.own.push(self.log_price());
        self.exogenous.push(self.free());
    }

    /// Shows the price, displaced, with an error, to the ledger.
    fn observe(&mut self, now: Timestamp, noise: i16) {
        let (ticks, _) = exp_times(u128::from(self.free), self.displaced.neg());
        let ticks = (ticks * PPM.saturating_add_signed(i128::from(noise)) / PPM).max(1);
        let gap = Log::of_ratio(ticks, u128::from(START)).sub(self.log_price());
        self.eps = self.eps.max(gap).max(gap.neg());
        let ledger = self.ledger.advance(&self.config, now).expect("the clock runs forward");
        self.ledger = ledger.observe(Window::open_band(price(ticks), now));
    }
}

/// The markets' own configurations: each alone has `kappa h < 1`.
fn configs<const M: usize>(params: &CrossImpactParams<M>) -> Vec<LedgerConfig> {
    params
        .budgets
        .iter()
        .enumerate()
        .map(|(market, budget)| {
            let Budget { burst, leak, own_share } = *budget;
            LedgerConfig::new(LedgerParams { burst, leak, own_share, kappa: params.impacts[market][market] })
                .expect("each market alone has a gain below one")
        })
        .collect()
}

/// Drawdowns and exposures that a run comes to.
fn simulate<const M: usize>(run: &Run<M>) -> ([Log; M], [Exposure; M]) {
    let mut clock = 1_000_u64;
    let mut markets: Vec<Market> = configs(&run.params)
        .into_iter()
        .map(|config| {
            let ledger = Ledger::open(price(u128::from(START)), Timestamp::new(clock));
            let (own, exogenous) = (Drawdown::new(), Drawdown::new());
            let displaced = Log::zero();
            let mut market = Market { config, ledger, free: START, displaced, own, exogenous, eps: Log::zero() };
            market.record();
            market
        })
        .collect();
    for round in &run.rounds {
        clock += u64::from(round.elapsed);
        let now = Timestamp::new(clock);
        for (index, market) in markets.iter_mut().enumerate() {
            let moved = u128::from(market.free) * PPM.saturating_add_signed(i128::from(round.drift[index])) / PPM;
            market.free = u64::try_from(moved).expect("within range").clamp(1 << 24, 1 << 60);
            market.displaced = market.displaced.mul_fraction(u128::from(round.kept), 1_000);
            market.record();
            market.observe(now, round.noise[index]);
        }
        for &(seller, part) in &round.orders {
            let seller = usize::from(seller) % M;
            let market = &mut markets[seller];
            let headroom = market.ledger.headroom(&market.config);
            let charge = headroom.mul_floor(thousandths(u128::from(part))).expect("at most the headroom");
            market.ledger = market.ledger.charge(&market.config, charge).expect("within the headroom");
            // A sale moves every market by the whole of its cross impact: 2^-48 squared is 16 units of 2^-100.
            for (index, market) in markets.iter_mut().enumerate() {
                let impact = run.params.impacts[index][seller];
                let units = (i128::from(impact.to_bits()) * i128::from(charge.to_bits())) << 4;
                market.displaced = market.displaced.add(Log::from_units(units, units));
                market.record();
            }
        }
    }
    let exposures: Vec<Exposure> = markets
        .iter()
        .map(|market| Exposure {
            exogenous: ratio_ceil(market.exogenous.mdd()),
            noise: ratio_ceil(market.eps),
            elapsed: Seconds::new(clock - 1_000),
        })
        .collect();
    let drawdowns: Vec<Log> = markets.iter().map(|market| market.own.mdd()).collect();
    (drawdowns.try_into().expect("M markets"), exposures.try_into().expect("M markets"))
}

/// Any matrix, and own shares that are a part, in thousandths, of the largest that pass; 1,000 is all of it.
fn params<const M: usize>() -> impl Strategy<Value = CrossImpactParams<M>> {
    let row = prop::array::uniform::<_, M>(prop_oneof![1 => Just(0_u16), 3 => 0_u16..1_500]);
    let shares = prop::array::uniform::<_, M>(1_u16..1_000);
    let budgets = prop::array::uniform::<_, M>((0_u16..100, 0_u64..1 << 26));
    (prop::array::uniform::<_, M>(row), shares, budgets, 1_u16..=1_000).prop_map(|(rows, shares, budgets, part)| {
        let mut impacts = rows.map(|row| row.map(|c| thousandths(u128::from(c))));
        for (market, row) in impacts.iter_mut().enumerate() {
            row[market] = row[market].checked_add(Ratio::ONE).expect("small");
        }
        let shares = shares.map(|h| thousandths(u128::from(h)));
        let scale = largest_scale_floor(&impacts, &shares).expect("sound");
        let scale = scale.mul_floor(thousandths(u128::from(part.min(980)))).expect("smaller");
        let mut market = 0;
        let budgets = budgets.map(|(burst, leak)| {
            let own_share = shares[market].mul_floor(scale).expect("below one");
            market += 1;
            let burst = Ratio::from_bps_floor(u32::from(burst)).expect("small");
            Budget { burst, leak: Rate::per_second(Ratio::from_bits(leak)), own_share }
        });
        CrossImpactParams { impacts, budgets }
    })
}

fn run<const M: usize>() -> impl Strategy<Value = Run<M>> {
    let drift = prop_oneof![3 => -20_000_i32..4_000, 2 => -1_000_i32..1_000, 1 => -200_000_i32..300_000];
    let round = (
        1_u16..900,
        prop::array::uniform::<_, M>(drift),
        prop::array::uniform::<_, M>(prop_oneof![Just(0_i16), -1_000_i16..1_000]),
        prop_oneof![2 => Just(1_000_u16), 1 => 0_u16..1_000],
        prop::collection::vec((0_u8..12, prop_oneof![2 => Just(1_000_u16), 1 => 1_u16..1_000]), 0..12),
    )
        .prop_map(|(elapsed, drift, noise, kept, orders)| Round { elapsed, drift, noise, kept, orders });
    (params(), prop::collection::vec(round, 1..40)).prop_map(|(params, rounds)| Run { params, rounds })
}

/// The bound holds in each market after any number of rounds, and more rounds never raise it.
fn held<const M: usize>(run: &Run<M>) -> Result<(), TestCaseError> {
    let markets = CrossImpact::new(run.params).expect("rows below one");
    let (drawdowns, exposures) = simulate(run);
    let mut before = [Ratio::MAX; M];
    for rounds in [0, 1, 2, 8, 40] {
        let bounds = markets.bound_ceil(&exposures, rounds).expect("small");
        for (market, bound) in bounds.iter().enumerate() {
            prop_assert!(*bound <= before[market], "more rounds do not raise a bound");
            prop_assert!(
                !drawdowns[market].certainly_gt(log(*bound)),
                "market {market}, {rounds} rounds: drawdown {} above {}",
                drawdowns[market].to_decimal_floor(9),
                log(*bound).to_decimal_ceil(9)
            );
        }
        before = bounds;
    }
    Ok(())
}

/// `y + K z` in exact rationals, `y = X + C b`, `K = C diag(h)`.
fn mapped<const M: usize>(params: &CrossImpactParams<M>, exposures: &[Exposure; M], z: &[Frac]) -> Vec<Frac> {
    let charge = |market: usize| {
        let (Budget { burst, leak, own_share }, exposure) = (params.budgets[market], exposures[market]);
        let leaked = Frac::of(leak.get()).mul(&Frac::int(u128::from(exposure.elapsed.get())));
        let noise = Frac::int(2).mul(&Frac::of(own_share)).mul(&Frac::of(exposure.noise));
        Frac::of(burst).add(&leaked).add(&noise).add(&Frac::of(own_share).mul(&z[market]))
    };
    let row = |market: usize| {
        (0..M).fold(Frac::of(exposures[market].exogenous), |sum, other| {
            sum.add(&Frac::of(params.impacts[market][other]).mul(&charge(other)))
        })
    };
    (0..M).map(row).collect()
}

/// The largest row sum of `C diag(h)`, exact.
fn gain<const M: usize>(impacts: &[[Ratio; M]; M], shares: &[Ratio; M]) -> Frac {
    let row = |row: &[Ratio; M]| {
        row.iter().zip(shares).fold(Frac::int(0), |sum, (c, h)| sum.add(&Frac::of(*c).mul(&Frac::of(*h))))
    };
    impacts.iter().map(row).max().expect("a market")
}

fn exposures<const M: usize>() -> impl Strategy<Value = [Exposure; M]> {
    prop::array::uniform::<_, M>((share(), 0_u64..1 << 40, 0_u64..1 << 12).prop_map(|(exogenous, noise, elapsed)| {
        Exposure { exogenous, noise: Ratio::from_bits(noise), elapsed: Seconds::new(elapsed) }
    }))
}

/// A vector with `z >= y + K z` is a bound, because every row of `K` sums to less than one: what every round leaves is one,
/// in exact rationals. After many rounds it is within a few steps of the solution of `z = y + K z`.
fn certified<const M: usize>(params: &CrossImpactParams<M>, exposures: &[Exposure; M]) -> Result<(), TestCaseError> {
    let markets = CrossImpact::new(*params).expect("rows below one");
    let rho = gain(&params.impacts, &params.budgets.map(|budget| budget.own_share));
    for rounds in [0, 1, 3, 255] {
        let bounds: Vec<Frac> =
            markets.bound_ceil(exposures, rounds).expect("small").iter().map(|bound| Frac::of(*bound)).collect();
        let next = mapped(params, exposures, &bounds);
        prop_assert!(next.iter().zip(&bounds).all(|(next, bound)| next <= bound), "{rounds} rounds: no certificate");
        if rounds == 0 {
            // The largest y over one less the largest row: rounded up, by a few steps over the denominator.
            let zero = vec![Frac::int(0); M];
            let largest = mapped(params, exposures, &zero).into_iter().max().expect("a market");
            let exact = largest.div(&Frac::one().sub(&rho));
            let step = Frac::new(64_u32, 1_u64 << 48);
            let rest = Frac::new(Frac::one().sub(&rho).floor(48), 1_u64 << 48);
            let high = largest.add(&step).div(&rest).add(&step);
            prop_assert!(bounds.iter().all(|bound| *bound >= exact && *bound <= high));
        }
        if rounds == 255 && rho <= Frac::new(9_u32, 10_u32) {
            // Within a step of the map on either side: rho^255 < 2^-38, and at most 12 M roundings of up to 3 steps a round.
            let slack = Frac::new(1_u32, 1_u64 << 30);
            prop_assert!(next.iter().zip(&bounds).all(|(next, bound)| bound.sub(next) < slack));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, max_shrink_iters: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_bound_of_one_market_holds(run in run::<1>()) {
        held(&run)?;
    }

    #[test]
    fn the_bound_of_two_markets_holds(run in run::<2>()) {
        held(&run)?;
    }

    #[test]
    fn the_bound_of_four_markets_holds(run in run::<4>()) {
        held(&run)?;
    }

    #[test]
    fn every_round_leaves_a_bound(two in params::<2>(), falls in exposures::<2>(), five in params::<5>(), more in exposures::<5>()) {
        certified(&two, &falls)?;
        certified(&five, &more)?;
    }

    /// One market has the bound of its ledger, up to the rounding of the products.
    #[test]
    fn one_market_has_the_bound_of_its_ledger(params in params::<1>(), falls in exposures::<1>()) {
        let markets = CrossImpact::new(params).expect("a gain below one");
        prop_assert_eq!(markets.params(), params);
        let [config] = configs(&params).try_into().expect("one market");
        prop_assert_eq!(markets.bound_ceil(&falls, 0).map(|[bound]| bound), config.bound_ceil(falls[0]));
    }

    /// A matrix is refused exactly if a row sum, rounded up, reaches one.
    #[test]
    fn rows_that_reach_one_are_refused(off in [any_ratio(), any_ratio()], own in [share(), share()], h in [share(), share()], shift in 0_u32..16) {
        let h = h.map(|h| Ratio::from_bits(h.to_bits() >> shift));
        let more = own.map(|own| own.checked_add(Ratio::ONE).expect("small"));
        let impacts = [[more[0], Ratio::from_bits(off[0].to_bits() >> shift)], [off[1], more[1]]];
        let budgets = h.map(|own_share| Budget { own_share, ..Budget::ZERO });
        let sound = gain(&impacts, &h).ceil(48) < rational::pow2(48);
        let params = CrossImpactParams { impacts, budgets };
        let expected = if sound { Ok(params) } else { Err(Error::CrossImpactGain) };
        prop_assert_eq!(CrossImpact::new(params).map(|markets| markets.params()), expected);
    }

    /// Shares at the largest scale pass, and at the next step the exact row sum is not within one less a step.
    #[test]
    fn the_largest_scale_passes_and_the_next_does_not(off in [any_ratio(), any_ratio()], h in [share(), share()], shift in 0_u32..40) {
        let h = h.map(|h| Ratio::from_bits(h.to_bits() >> shift));
        let impacts = [[Ratio::ONE, off[0]], [off[1], Ratio::ONE]];
        let scale = largest_scale_floor(&impacts, &h).expect("sound");
        let limit = Frac::new((1_u64 << 48) - 1, 1_u64 << 48);
        let rho = gain(&impacts, &h);
        prop_assert!(rho.mul(&Frac::of(scale)) <= limit);
        if let Ok(next) = scale.checked_add(Ratio::ULP) {
            prop_assert!(rho.mul(&Frac::of(next)) > limit);
            let budgets = h.map(|h| Budget { own_share: h.mul_floor(scale).expect("below one"), ..Budget::ZERO });
            let params = CrossImpactParams { impacts, budgets };
            prop_assert!(CrossImpact::new(params).is_ok());
        }
    }
}

/// Unlimited backlogs in every market, on permanent impact, while the first market falls slowly.
fn saturated<const M: usize>(off: u128, own_share: u128, rounds: usize) -> Run<M> {
    let mut impacts = [[thousandths(off); M]; M];
    let mut drift = [0; M];
    drift[0] = -10;
    for (market, row) in impacts.iter_mut().enumerate() {
        row[market] = Ratio::ONE;
    }
    let budget = Budget { burst: thousandths(1), leak: Rate::ZERO, own_share: thousandths(own_share) };
    let orders = (0..u8::try_from(M).expect("few")).map(|market| (market, 1_000)).collect();
    let round = Round { elapsed: 60, drift, noise: [0; M], kept: 1_000, orders };
    Run { params: CrossImpactParams { impacts, budgets: [budget; M] }, rounds: vec![round; rounds] }
}

/// The bound by rounds is attained in every market; the largest-row bound only in that which falls most.
#[test]
fn saturated_markets_attain_the_bound() {
    fn attained<const M: usize>(off: u128, own_share: u128) {
        let run = saturated::<M>(off, own_share, 300);
        let (drawdowns, exposures) = simulate(&run);
        let markets = CrossImpact::new(run.params).expect("rows below one");
        let bounds = markets.bound_ceil(&exposures, 60).expect("small");
        for (drawdown, bound) in drawdowns.iter().zip(bounds) {
            println!("{M}: {} of {}", drawdown.to_decimal_floor(9), log(bound).to_decimal_ceil(9));
            assert!(drawdown.certainly_gt(log(bound).mul_fraction(95, 100)));
        }
        let rough = markets.bound_ceil(&exposures, 0).expect("small");
        assert!(!drawdowns[1].certainly_gt(log(rough[1]).mul_fraction(95, 100)), "rounds are worth something");
    }
    attained::<2>(500, 250);
    attained::<3>(250, 400);
    attained::<8>(100, 300);
}

/// Naive: each market alone has `kappa h < 1`, and is held to the bound of its own ledger. Together they drive each other
/// down: falls of 0.3 % become falls of more than 30 %. The matrix refuses them; at the largest scale of the shares that it
/// accepts, its bound holds.
#[test]
fn markets_that_pass_one_by_one_diverge_together() {
    for (off, own_share) in [(1_000, 750), (800, 900)] {
        let run = saturated::<2>(off, own_share, 300);
        assert_eq!(CrossImpact::new(run.params).err(), Some(Error::CrossImpactGain));
        let (drawdowns, exposures) = simulate(&run);
        for (market, config) in configs(&run.params).iter().enumerate() {
            let alone = config.bound_ceil(exposures[market]).expect("small");
            assert!(drawdowns[market].certainly_gt(log(alone).mul_fraction(5, 1)), "market {market}");
            assert!(drawdowns[market].certainly_gt(log(thousandths(300))), "market {market}");
        }
        let shares = run.params.budgets.map(|budget| budget.own_share);
        let scale = largest_scale_floor(&run.params.impacts, &shares).expect("sound");
        let scale = scale.mul_floor(thousandths(900)).expect("smaller");
        let budgets = run
            .params
            .budgets
            .map(|budget| Budget { own_share: budget.own_share.mul_floor(scale).expect("below one"), ..budget });
        let tamed = Run { params: CrossImpactParams { budgets, ..run.params }, ..run };
        held(&tamed).expect("the bound holds");
    }
}

/// The bound that leaves out what the other markets' sales move breaks, also where the matrix is accepted.
#[test]
fn a_bound_without_cross_impacts_breaks() {
    let run = saturated::<2>(800, 400, 300);
    let (drawdowns, exposures) = simulate(&run);
    let mut diagonal = run.params;
    (diagonal.impacts[0][1], diagonal.impacts[1][0]) = (Ratio::ZERO, Ratio::ZERO);
    let naive = CrossImpact::new(diagonal).expect("rows below one").bound_ceil(&exposures, 60).expect("small");
    assert!(drawdowns.iter().zip(naive).all(|(drawdown, bound)| drawdown.certainly_gt(log(bound))));
    held(&run).expect("the bound holds");
}

/// The runs of the adversary are not idle.
#[test]
fn the_adversary_is_not_idle() {
    let mut runner = TestRunner::deterministic();
    let mut near = 0;
    for _ in 0..100 {
        let run = run::<2>().new_tree(&mut runner).expect("a run").current();
        let (drawdowns, exposures) = simulate(&run);
        let bounds = CrossImpact::new(run.params).expect("sound").bound_ceil(&exposures, 40).expect("small");
        let close = |(drawdown, bound): (&Log, Ratio)| drawdown.certainly_gt(log(bound).mul_fraction(2, 3));
        near += u32::from(drawdowns.iter().zip(bounds).any(close));
    }
    println!("{near} of 100 runs come within a third of the bound");
    assert!(near > 10);
}

#[test]
fn unsound_matrices_are_refused() {
    let below = Ratio::ONE.excess_over(Ratio::ULP);
    let budgets = [Budget::ZERO; 2];
    for impacts in [[[below, Ratio::ZERO], [Ratio::ZERO, Ratio::ONE]], [[Ratio::ONE, Ratio::ZERO], [Ratio::MAX, below]]]
    {
        assert_eq!(CrossImpact::new(CrossImpactParams { impacts, budgets }).err(), Some(Error::KappaBelowOne));
        assert_eq!(largest_scale_floor(&impacts, &[Ratio::ONE; 2]), Err(Error::KappaBelowOne));
    }
    // Sums beyond 2^128 steps, and no own share at all.
    let huge = [[Ratio::MAX; 2]; 2];
    assert_eq!(largest_scale_floor(&huge, &[Ratio::MAX; 2]), Err(Error::Overflow));
    let budgets = [Budget { own_share: Ratio::MAX, ..Budget::ZERO }; 2];
    assert_eq!(CrossImpact::new(CrossImpactParams { impacts: huge, budgets }).err(), Some(Error::CrossImpactGain));
    assert_eq!(largest_scale_floor(&huge, &[Ratio::ZERO; 2]), Ok(Ratio::MAX));
    // A row of exactly one; and the largest row that is accepted, a step below it, with a bound that no longer fits.
    let impacts = [[Ratio::ONE; 1]; 1];
    let budgets = [Budget { own_share: Ratio::ONE, ..Budget::ZERO }];
    assert_eq!(CrossImpact::new(CrossImpactParams { impacts, budgets }).err(), Some(Error::CrossImpactGain));
    let budgets = [Budget { own_share: below, ..Budget::ZERO }];
    let edge = CrossImpact::new(CrossImpactParams { impacts, budgets }).expect("below one");
    let fall = Exposure { exogenous: Ratio::ONE, noise: Ratio::ZERO, elapsed: Seconds::ZERO };
    assert_eq!(edge.bound_ceil(&[fall], 0), Err(Error::Overflow));
    let still = Exposure { exogenous: Ratio::ZERO, ..fall };
    assert_eq!(edge.bound_ceil(&[still], 9), Ok([Ratio::ZERO]));
}
