//! The chance of insolvency against random walks whose law is computed exactly.

#[path = "support/exact.rs"]
mod exact;
#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::book::{Shape, Snapshot};
use damper::clearing::{Backlog, Clearing, PaceConfig, PaceParams, Throttle, slack_floor};
use damper::depth::{DepthConfig, DepthObservation, DepthParams};
use damper::num::isqrt_ceil;
use damper::ratio::Ratio;
use damper::risk::{Law, Peril, RiskConfig, RiskParams, cover_ceil};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use exact::{Log, exp_times};
use num_bigint::BigUint;
use num_traits::{One, Zero};
use proptest::prelude::*;
use rational::{Frac, any_ratio, any64, fits64};
use std::collections::BTreeMap;

fn bits(n: u64) -> Ratio {
    Ratio::from_bits(n)
}

fn secs(n: u64) -> Seconds {
    Seconds::new(n)
}

const PARAMS: RiskParams =
    RiskParams { horizon: Seconds::new(1), drift: Rate::ZERO, law: Law::FiniteVariance, tolerance: Ratio::ZERO };

fn rule(params: RiskParams) -> RiskConfig {
    RiskConfig::new(params).expect("sound parameters")
}

fn with_law(law: Law) -> RiskConfig {
    rule(RiskParams { law, ..PARAMS })
}

fn peril(sigma: Ratio, time: u64) -> Peril {
    Peril { sigma, own: Ratio::ZERO, clearing: Clearing::Takes(secs(time)) }
}

/// A step of a walk: values with weights; the mean is zero.
type Step = Vec<(i64, u32)>;

/// Two values of mean zero: `up` with weight `down`, `-down` with weight `up`.
fn two_points(up: u32, down: u32) -> Step {
    vec![(i64::from(up), down), (-i64::from(down), up)]
}

/// The law of a walk whose step may depend on the time and on where it is: the chance that it reaches `level` at any time,
/// the chance that it is there at the end, and its second moment at the end.
fn walk(steps: usize, level: i64, step: impl Fn(usize, i64) -> Step) -> (Frac, Frac, Frac) {
    // Where the walk is, whether it has reached the level, and the chance of that over a common denominator.
    let mut law: BTreeMap<(i64, bool), BigUint> = BTreeMap::from([((0, level <= 0), BigUint::one())]);
    let mut whole = BigUint::one();
    for time in 0..steps {
        let mut next = BTreeMap::new();
        // All steps of one time are brought to one denominator: the product of their totals.
        let totals: Vec<u32> = law.keys().map(|&(place, _)| step(time, place).iter().map(|(_, w)| w).sum()).collect();
        let common: BigUint =
            totals.iter().collect::<std::collections::BTreeSet<_>>().into_iter().map(|&t| BigUint::from(t)).product();
        for (((place, hit), chance), total) in law.iter().zip(&totals) {
            for (by, weight) in step(time, *place) {
                let to = place + by;
                let share = chance * (&common / *total) * weight;
                *next.entry((to, *hit || to >= level)).or_insert_with(BigUint::zero) += share;
            }
        }
        whole *= common;
        law = next;
    }
    let sum = |pick: &dyn Fn(i64, bool) -> u64| -> Frac {
        let sum: BigUint = law.iter().map(|(&(place, hit), chance)| chance * pick(place, hit)).sum();
        Frac::new(sum, whole.clone())
    };
    (
        sum(&|_, hit| u64::from(hit)),
        sum(&|place, _| u64::from(place >= level)),
        sum(&|place, _| place.unsigned_abs().pow(2)),
    )
}

/// A unit of a walk in steps of a ratio: 2^-12 of the log-price.
const UNIT: u64 = 1 << 36;

/// The least sigma over one second whose square is at least `second`, in units of a walk.
fn sigma_ceil(second: &Frac) -> Ratio {
    let variance = second.mul(&Frac::int(u128::from(UNIT).pow(2))).ceil(0);
    Ratio::from_bits(u64::try_from(isqrt_ceil(u128::try_from(&variance).expect("small"))).expect("small"))
}

#[test]
fn risk_horizon_zero() {
    assert_eq!(RiskConfig::new(RiskParams { horizon: Seconds::ZERO, ..PARAMS }), Err(Error::RiskHorizonZero));
    assert_eq!(rule(PARAMS).params(), PARAMS);
}

#[test]
fn tolerance_range() {
    assert_eq!(RiskConfig::new(RiskParams { tolerance: Ratio::ONE, ..PARAMS }), Err(Error::ToleranceRange));
    assert!(RiskConfig::new(RiskParams { tolerance: bits((1 << 48) - 1), ..PARAMS }).is_ok());
}

#[test]
fn edges_of_the_chance() {
    for law in [Law::FiniteVariance, Law::SubGaussian] {
        let rule = with_law(law);
        let chance = |peril: Peril, slack| rule.chance_ceil(&peril, slack);
        // Nothing moves, or nothing takes time: no chance, but with no slack all.
        assert_eq!(chance(peril(Ratio::ZERO, 1 << 40), Ratio::ULP), Ok(Ratio::ZERO));
        assert_eq!(chance(peril(Ratio::MAX, 0), Ratio::ULP), Ok(Ratio::ZERO));
        assert_eq!(chance(peril(Ratio::ZERO, 0), Ratio::ZERO), Ok(Ratio::ONE));
        // Never cleared; own sales use up the slack; more variance than has a use.
        let never = Peril { clearing: Clearing::Never, ..peril(Ratio::ZERO, 0) };
        assert_eq!(chance(never, Ratio::MAX), Ok(Ratio::ONE));
        let own = Peril { own: bits(5), ..peril(Ratio::ZERO, 0) };
        assert_eq!((chance(own, bits(5)), chance(own, bits(6))), (Ok(Ratio::ONE), Ok(Ratio::ZERO)));
        assert_eq!(chance(peril(Ratio::MAX, u64::MAX), Ratio::MAX), Ok(Ratio::ONE));
        assert_eq!(chance(peril(Ratio::ULP, 1), Ratio::MAX), Ok(Ratio::ULP));
        // A variance of 3.5 times 2^30, where the sum with the square would leave the type for the larger slack alone.
        let wild = peril(bits(17_255_000_000_000_000_000), 1);
        let (near, far) =
            (chance(wild, bits(1 << 62)).expect("in range"), chance(wild, bits(3 << 61)).expect("in range"));
        assert!(far <= near, "{near:?} {far:?}");
        // Drift: two steps a second for three seconds.
        let falls = super_drift(law, 2);
        assert_eq!(falls.chance_ceil(&peril(Ratio::ZERO, 3), bits(6)), Ok(Ratio::ONE));
        assert_eq!(falls.chance_ceil(&peril(Ratio::ZERO, 3), bits(7)), Ok(Ratio::ZERO));
    }
}

fn super_drift(law: Law, drift: u64) -> RiskConfig {
    rule(RiskParams { law, drift: Rate::per_second(bits(drift)), ..PARAMS })
}

/// The law of two values attains the bound, at any number of standard deviations.
#[test]
fn the_bound_for_any_law_is_attained() {
    for (up, down) in [(1_u32, 1_u32), (3, 1), (30, 10), (7, 2), (100, 1)] {
        let level = i64::from(up);
        let (reached, _, second) = walk(1, level, |_, _| two_points(up, down));
        assert!(reached == Frac::new(down, up + down) && second == Frac::int(u128::from(up * down)));
        let sigma = bits(UNIT).to_bits();
        let exact = isqrt_ceil(u128::from(up * down));
        if exact * exact == u128::from(up * down) {
            let peril = peril(bits(sigma * u64::try_from(exact).expect("small")), 1);
            let stated =
                with_law(Law::FiniteVariance).chance_ceil(&peril, bits(u64::from(up) * UNIT)).expect("in range");
            assert_eq!(stated, Ratio::from_fraction_ceil(u128::from(down), u128::from(up + down)).expect("below one"));
        }
    }
}

/// Three standard deviations are "0.135 %" by the normal table. A fair law of two values is there with 10 %.
#[test]
fn naive_normal_table_breaks_for_a_fat_tail() {
    let (reached, _, second) = walk(1, 9, |_, _| two_points(9, 1));
    assert!(second == Frac::int(9) && reached == Frac::new(1_u32, 10_u32));
    assert!(reached > Frac::new(135_u32, 100_000_u32));
    let peril = peril(sigma_ceil(&second), 1);
    let stated = with_law(Law::FiniteVariance).chance_ceil(&peril, bits(9 * UNIT)).expect("in range");
    assert!(Frac::of(stated) >= reached);
}

/// Even the exact law of the price at the end under-states the chance: a position is lost at the lowest price, not the last.
#[test]
fn naive_end_value_breaks() {
    let fair = |_: usize, _: i64| two_points(1, 1);
    let (reached, end, second) = walk(64, 16, fair);
    assert!(reached > end.mul(&Frac::new(3_u32, 2_u32)), "one and a half times the exact chance at the end");
    // Two standard deviations: 2.3 % by the normal table.
    assert!(second == Frac::int(64) && reached > Frac::new(4_u32, 100_u32));
    let peril = peril(sigma_ceil(&second), 1);
    for law in [Law::FiniteVariance, Law::SubGaussian] {
        let stated = with_law(law).chance_ceil(&peril, bits(16 * UNIT)).expect("in range");
        assert!(Frac::of(stated) >= reached);
    }
}

/// The chance over a fixed time, whatever the clearing takes, is below that over the time that it takes.
#[test]
fn naive_rule_without_the_clearing_time_breaks() {
    let (reached, _, _) = walk(200, 12, |_, _| two_points(1, 1));
    let rule = with_law(Law::SubGaussian);
    let chance = |time| Frac::of(rule.chance_ceil(&peril(bits(UNIT), time), bits(12 * UNIT)).expect("in range"));
    assert!(chance(10) < reached, "ten steps of the two hundred");
    assert!(chance(200) >= reached);
}

/// Zero tolerates nothing: any position that takes time starts where anything moves.
#[test]
fn zero_tolerance_starts_at_once() {
    for law in [Law::FiniteVariance, Law::SubGaussian] {
        let rule = with_law(law);
        assert_eq!(rule.start_slack(&peril(Ratio::ULP, 1)), Ok(Ratio::MAX));
        assert_eq!(rule.starts(&peril(Ratio::ULP, 1), Ratio::MAX), Ok(true));
        assert_eq!(rule.start_slack(&peril(Ratio::ZERO, 1)), Ok(Ratio::ZERO));
        assert_eq!(rule.starts(&peril(Ratio::ULP, 0), Ratio::ULP), Ok(false));
        let own = Peril { own: bits(7), ..peril(Ratio::ZERO, 1) };
        assert_eq!(rule.start_slack(&own), Ok(bits(7)));
    }
}

/// On one market a larger position starts at a larger slack, and by so much that it matters; both laws.
#[test]
fn large_positions_start_early() {
    let config = DepthConfig::new(DepthParams {
        shape: Shape::<1>::ConstantProduct,
        haircut: Ratio::ZERO,
        max_age: secs(60),
        rise_time: secs(1),
        rise_base: Amount::new(1),
    })
    .expect("sound");
    let now = Timestamp::new(0);
    let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(1 << 60) };
    let depth = config.open(&DepthObservation { source_time: now, snapshot }, now).expect("a snapshot");
    let percent = |n: u32| Ratio::from_bps_floor(n * 100).expect("small");
    let throttle = Throttle {
        level: Ratio::ZERO,
        reserved: Ratio::ZERO,
        cap: percent(1),
        leak: Rate::from_ratio_over_floor(percent(2), secs(3_600)).expect("an hour"),
    };
    let pace = PaceConfig::new(PaceParams { round: secs(600), piece: Ratio::ZERO }).expect("a round");
    let backlog = Backlog { config: &config, depth: &depth, ahead: Amount::ZERO, least: Amount::ZERO };
    for law in [Law::FiniteVariance, Law::SubGaussian] {
        let rule = rule(RiskParams { horizon: secs(86_400), law, tolerance: percent(1), ..PARAMS });
        let mut last = Ratio::ZERO;
        for part in [10, 8, 6, 4, 2] {
            // From a thousandth to a quarter of the pool.
            let sale = Amount::new(1 << (60 - part));
            let clearing = backlog.clearing_ceil(&throttle, &pace, sale).expect("shown");
            let peril = Peril { sigma: percent(5), own: Ratio::ZERO, clearing };
            let start = rule.start_slack(&peril).expect("in range");
            assert!(start >= last);
            assert_eq!(
                (rule.starts(&peril, start), rule.starts(&peril, bits(start.to_bits() + 1))),
                (Ok(true), Ok(false))
            );
            last = start;
        }
        let small = rule.start_slack(&peril(percent(5), 600)).expect("in range");
        assert!(last > small.checked_add(small).expect("small"));
    }
}

#[test]
fn cover_edges() {
    assert_eq!(cover_ceil(Ratio::ZERO), Ok(Some(Ratio::ONE)));
    assert_eq!(cover_ceil(bits(2 << 48)), Ok(None));
    assert_eq!(cover_ceil(bits((2 << 48) - 1)), Err(Error::Overflow));
}

/// A step of mean zero: two values, or two with a rest of zero.
fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1_u32..30, 1_u32..30).prop_map(|(up, down)| two_points(up, down)),
        1 => (1_u32..30, 1_u32..30, 1_u32..200).prop_map(|(up, down, rest)| {
            let mut step = two_points(up, down);
            step.push((0, rest));
            step
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// No martingale of finite law reaches the slack more often than stated: steps that differ with the time and with where
    /// the walk is, and a drift.
    #[test]
    fn no_walk_beats_the_bound(
        choice in prop::collection::vec((step(), step()), 1..10),
        level in 1_i64..120,
        turn in -30_i64..30,
        drift in 0_u64..4,
    ) {
        let steps = choice.len();
        let at = |time: usize, place: i64| {
            let (low, high) = &choice[time];
            if place < turn { low.clone() } else { high.clone() }
        };
        let (reached, _, second) = walk(steps, level, at);
        // A unit of time for the walk, and a fall of `drift` a second beside it: the level that is left for the walk.
        let rule = super_drift(Law::FiniteVariance, drift * UNIT);
        let peril = Peril { sigma: sigma_ceil(&second), own: bits(3 * UNIT), clearing: Clearing::Takes(secs(1)) };
        let slack = bits((u64::try_from(level).expect("positive") + drift + 3) * UNIT);
        let stated = rule.chance_ceil(&peril, slack).expect("in range");
        prop_assert!(Frac::of(stated) >= reached, "{:?}", stated);
    }

    /// Steps of plus and minus one size, which may depend on the past within a known bound, are sub-Gaussian.
    #[test]
    fn no_bounded_walk_beats_the_sharper_bound(
        sizes in prop::collection::vec((1_u32..8, 1_u32..8), 1..40),
        level in 1_i64..120,
        turn in -30_i64..30,
    ) {
        let at = |time: usize, place: i64| {
            let (low, high) = sizes[time];
            let size = if place < turn { low } else { high };
            two_points(size, size)
        };
        let (reached, _, _) = walk(sizes.len(), level, at);
        let proxy: u128 = sizes.iter().map(|&(low, high)| u128::from(low.max(high)).pow(2)).sum();
        let peril = peril(sigma_ceil(&Frac::int(proxy)), 1);
        let slack = bits(u64::try_from(level).expect("positive") * UNIT);
        let stated = with_law(Law::SubGaussian).chance_ceil(&peril, slack).expect("in range");
        prop_assert!(Frac::of(stated) >= reached, "{:?}", stated);
        prop_assert!(stated <= with_law(Law::FiniteVariance).chance_ceil(&peril, slack).expect("in range"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// The formulas in exact arithmetic: never below, and above by the stated roundings at most.
    #[test]
    fn the_chance_is_rounded_up(
        sigma in prop_oneof![any64(), 0_u64..1 << 48],
        slack in prop_oneof![any64(), 0_u64..1 << 48],
        own in prop_oneof![Just(0_u64), 0_u64..1 << 46],
        drift in prop_oneof![Just(0_u64), 0_u64..1 << 36],
        time in prop_oneof![0_u64..1 << 20, any64()],
        horizon in prop_oneof![Just(86_400_u64), any64()],
    ) {
        let horizon = horizon.max(1);
        let clearing = Clearing::Takes(secs(time));
        let peril = Peril { sigma: bits(sigma), own: bits(own), clearing };
        let of = |law| rule(RiskParams { horizon: secs(horizon), drift: Rate::per_second(bits(drift)), law, tolerance: Ratio::ZERO });
        let [any, thin] = [Law::FiniteVariance, Law::SubGaussian]
            .map(|law| of(law).chance_ceil(&peril, bits(slack)).expect("in range"));
        prop_assert!(any <= Ratio::ONE && thin <= any);
        let used = u128::from(own) + u128::from(drift) * u128::from(time);
        let Some(left) = u128::from(slack).checked_sub(used).filter(|left| *left > 0) else {
            prop_assert_eq!((any, thin), (Ratio::ONE, Ratio::ONE));
            return Ok(());
        };
        let variance = Frac::new(BigUint::from(u128::from(sigma).pow(2)) * time, horizon);
        let squared = Frac::int(left.pow(2));
        let exact = variance.div(&variance.add(&squared));
        prop_assert!(Frac::of(any) >= exact);
        let up = variance.add(&Frac::int(1));
        if left <= 1 << 63 && variance <= Frac::int((1 << 127) - 1) {
            // One rounding of the variance, one of the quotient.
            let most = fits64(&up.div(&up.add(&squared)).ceil(48)).expect("at most one");
            prop_assert!(any.to_bits() <= most);
        }
        if variance > Frac::int(0) && left <= 1 << 63 && any < Ratio::ONE {
            // The power in units of 2^-100, rounded outward.
            let power = squared.div(&variance.mul(&Frac::int(2)));
            let far = power > Frac::int(1 << 15);
            let (low, high) = if far { (0, 1) } else {
                let units = |n: BigUint| i128::try_from(n).expect("below 2^116");
                let log = Log::from_units(-units(power.ceil(100)), -units(power.floor(100)));
                exp_times(1 << 120, log)
            };
            prop_assert!(u128::from(thin.to_bits()) << 72 >= low.min(u128::from(any.to_bits()) << 72));
            // Above by a step of the power, which is 2^-48 of it, one of the variance, and that of the kernel.
            let slack_of_rounding = (3 << 72) + (1 << 65);
            let wide = variance > Frac::int(1 << 60);
            prop_assert!(!wide || u128::from(thin.to_bits()) << 72 <= high + slack_of_rounding);
        }
    }

    /// More slack never raises the chance, more of anything else never lowers it; neighbours included.
    #[test]
    fn the_chance_is_monotone(
        sigma in (0_u64..1 << 48, 0_u64..1 << 20),
        slack in (prop_oneof![any64(), 0_u64..1 << 49], prop_oneof![Just(1_u64), any64()]),
        own in (0_u64..1 << 44, 0_u64..1 << 20),
        time in (0_u64..1 << 24, 0_u64..100),
        drift in 0_u64..1 << 20,
        thin in any::<bool>(),
    ) {
        let law = if thin { Law::SubGaussian } else { Law::FiniteVariance };
        let rule = rule(RiskParams { horizon: secs(86_400), drift: Rate::per_second(bits(drift)), law, tolerance: Ratio::ZERO });
        let chance = |sigma: u64, slack: u64, own: u64, time: u64| {
            let peril = Peril { sigma: bits(sigma), own: bits(own), clearing: Clearing::Takes(secs(time)) };
            rule.chance_ceil(&peril, bits(slack)).expect("in range")
        };
        let base = chance(sigma.0, slack.0, own.0, time.0);
        prop_assert!(chance(sigma.0, slack.0.saturating_add(slack.1), own.0, time.0) <= base);
        prop_assert!(chance(sigma.0 + sigma.1, slack.0, own.0, time.0) >= base);
        prop_assert!(chance(sigma.0, slack.0, own.0 + own.1, time.0) >= base);
        prop_assert!(chance(sigma.0, slack.0, own.0, time.0 + time.1) >= base);
    }

    /// It starts at the slack given, and not one step above.
    #[test]
    fn start_slack_is_the_last_that_starts(
        sigma in any_ratio(),
        own in any_ratio(),
        time in any64(),
        tolerance in 0_u64..1 << 48,
        thin in any::<bool>(),
    ) {
        let law = if thin { Law::SubGaussian } else { Law::FiniteVariance };
        let rule = rule(RiskParams { horizon: secs(86_400), law, tolerance: bits(tolerance), ..PARAMS });
        let peril = Peril { sigma, own, clearing: Clearing::Takes(secs(time)) };
        let start = rule.start_slack(&peril).expect("in range");
        prop_assert_eq!(rule.starts(&peril, start), Ok(true));
        if start < Ratio::MAX {
            prop_assert_eq!(rule.starts(&peril, bits(start.to_bits() + 1)), Ok(false));
        }
    }

    /// A position of this cover has the slack, to a step.
    #[test]
    fn cover_is_rounded_up(slack in 0_u64..2 << 48, g in 1_u128..1 << 60) {
        match cover_ceil(bits(slack)) {
            Ok(Some(cover)) => {
                let two = Frac::int(2);
                let exact = two.add(&Frac::of(bits(slack))).div(&two.sub(&Frac::of(bits(slack))));
                prop_assert_eq!(Some(cover.to_bits()), fits64(&exact.ceil(48)));
                let own = Value::new(g).mul_ceil(cover).expect("in range");
                let stated = slack_floor(own, Value::ZERO, Value::new(g), Ratio::ZERO).expect("in range");
                prop_assert!(stated.to_bits() + 1 >= slack);
            }
            Ok(None) => prop_assert!(false, "below two"),
            Err(error) => prop_assert!(error == Error::Overflow && slack >= (2 << 48) - (1 << 34)),
        }
    }
}
