//! The parameter schedule: examples, boundaries, every error, exact interpolation, the ramp bound in integers, and T7.

use damper::Error;
use damper::breaker::{Breaker, BreakerConfig, BreakerParams, LEVELS, Level, Stops};
use damper::parameters::Parameters;
use damper::price::Price;
use damper::ratio::Ratio;
use damper::schedule::{Ramp, Schedule, ScheduleConfig, ScheduleParams};
use damper::units::{Rate, Seconds, Timestamp};
use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use proptest::prelude::*;

const ONE: u64 = 1 << 48;
const FULL: u64 = 1 << 63;

fn bps(n: u32) -> Ratio {
    Ratio::from_bps_floor(n).unwrap()
}

fn at(n: u64) -> Timestamp {
    Timestamp::new(n)
}

fn calm() -> Parameters {
    Parameters {
        max_ltv: bps(7_500),
        liquidation_threshold: bps(8_000),
        bonus: bps(500),
        margin: bps(1_000),
        auction_buffer: bps(1_000),
    }
}

fn stressed() -> Parameters {
    Parameters {
        max_ltv: bps(5_000),
        liquidation_threshold: bps(6_000),
        bonus: bps(1_000),
        margin: bps(2_000),
        auction_buffer: bps(2_500),
    }
}

fn params() -> ScheduleParams {
    ScheduleParams {
        calm: calm(),
        stressed: stressed(),
        sigma_calm: bps(500),
        sigma_stressed: bps(1_500),
        ramp: Rate::per_second(bps(1)),
        max_step: Seconds::new(60),
    }
}

fn config(params: ScheduleParams) -> ScheduleConfig {
    ScheduleConfig::new(params).unwrap()
}

/// The largest bonus that a threshold and a margin leave room for.
fn most(threshold: u64, margin: u64) -> u64 {
    let share = (u128::from(ONE - margin) << 48) / u128::from(threshold) - u128::from(ONE);
    u64::try_from(share.min(u128::from(u64::MAX - ONE))).unwrap()
}

/// A number in `low..=high`, both ends often.
fn within(low: u64, high: u64, (edge, draw): (u8, u64)) -> u64 {
    match edge {
        0 => low,
        1 => high,
        2 => low.max(high.saturating_sub(draw % 4)),
        _ => low + draw % (high - low).max(1),
    }
}

/// Any two sets that pass together, the corners of what passes among them.
fn any_pair() -> impl Strategy<Value = (Parameters, Parameters)> {
    prop::collection::vec((0_u8..6, any::<u64>()), 10).prop_filter_map("bonus falls", |draw| {
        let sizes = [2, 1 << 10, 1 << 30, ONE];
        let calm_threshold = within(1, sizes[usize::try_from(draw[0].1 >> 62).unwrap()], draw[0]);
        let threshold = within(1, calm_threshold, draw[1]);
        let calm_margin = within(0, ONE - calm_threshold, draw[2]);
        let margin = within(calm_margin, ONE - threshold, draw[3]);
        let calm_most = most(calm_threshold, calm_margin);
        let stressed_most = most(threshold, margin);
        let calm_bonus = within(0, calm_most.min(stressed_most), draw[4]);
        let bonus = within(calm_bonus, stressed_most, draw[5]);
        let max_ltv = within(0, threshold - 1, draw[6]);
        let calm_max_ltv = within(max_ltv, calm_threshold - 1, draw[7]);
        let buffer = within(0, ONE, draw[8]);
        let set = |ltv, threshold, bonus, margin, buffer| Parameters {
            max_ltv: Ratio::from_bits(ltv),
            liquidation_threshold: Ratio::from_bits(threshold),
            bonus: Ratio::from_bits(bonus),
            margin: Ratio::from_bits(margin),
            auction_buffer: Ratio::from_bits(buffer),
        };
        let pair = (
            set(calm_max_ltv, calm_threshold, calm_bonus, calm_margin, buffer),
            set(max_ltv, threshold, bonus, margin, within(buffer, u64::MAX, draw[9])),
        );
        (pair.0.check().is_ok() && pair.1.check().is_ok()).then_some(pair)
    })
}

/// Sets of ordinary size: thresholds of 10 to 80 %.
fn ordinary_pair() -> impl Strategy<Value = (Parameters, Parameters)> {
    (ONE / 10..ONE / 5 * 4, (0_u8..5, any::<u64>())).prop_map(|(high, draw)| {
        let low = within(ONE / 20, high, draw);
        let set = |threshold| Parameters {
            max_ltv: Ratio::from_bits(threshold / 2),
            liquidation_threshold: Ratio::from_bits(threshold),
            bonus: Ratio::ZERO,
            margin: Ratio::ZERO,
            auction_buffer: Ratio::ZERO,
        };
        (set(high), set(low))
    })
}

/// `from + (to - from) * s`, exact, as numerator over 2^63.
fn line(from: Ratio, to: Ratio, s: u64) -> BigInt {
    let (from, to) = (BigInt::from(from.to_bits()), BigInt::from(to.to_bits()));
    (&from << 63_u32) + (to - from) * s
}

fn floor(line: &BigInt) -> BigInt {
    line.div_floor(&(BigInt::from(1) << 63_u32))
}

fn ceil(line: &BigInt) -> BigInt {
    Integer::div_ceil(line, &(BigInt::from(1) << 63_u32))
}

fn bits(ratio: Ratio) -> BigInt {
    BigInt::from(ratio.to_bits())
}

/// A config whose every state is reached by one step: `s` as the target of a volatility.
fn one_step(calm: Parameters, stressed: Parameters) -> ScheduleConfig {
    config(ScheduleParams {
        calm,
        stressed,
        sigma_calm: Ratio::ZERO,
        sigma_stressed: Ratio::from_bits(u64::MAX),
        ramp: Rate::per_second(Ratio::from_bits(u64::MAX)),
        max_step: Seconds::new(u64::MAX),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is in force passes the check, and is the exact interpolation rounded as documented.
    #[test]
    fn in_force_is_sound_and_exact((calm, stressed) in any_pair(), s in any::<u64>(), end in 0_u8..5, other in any::<u64>()) {
        let config = one_step(calm, stressed);
        let sigma = Ratio::from_bits(match end { 0 => 0, 1 => u64::MAX, _ => s });
        let state = config.step(Schedule::open(at(0)), sigma, at(u64::MAX), Ramp::Moving).unwrap();
        let s = state.stress_bits();
        prop_assert_eq!(BigInt::from(s), Integer::div_ceil(&(bits(sigma) << 63_u32), &BigInt::from(u64::MAX)));
        for (now, tight) in [(sigma, s), (Ratio::from_bits(other), other.div_ceil(2).max(s))] {
            let found = config.in_force(&state, now).unwrap();
            prop_assert_eq!(found.check(), Ok(()));
            let threshold = floor(&line(calm.liquidation_threshold, stressed.liquidation_threshold, s));
            prop_assert_eq!(bits(found.liquidation_threshold), threshold.clone());
            let margin = ceil(&line(calm.margin, stressed.margin, s));
            prop_assert_eq!(bits(found.margin), margin.clone());
            prop_assert_eq!(bits(found.auction_buffer), ceil(&line(calm.auction_buffer, stressed.auction_buffer, s)));
            let room = (BigInt::from(ONE) - margin) << 48_u32;
            let limit = room.div_floor(&threshold) - ONE;
            prop_assert_eq!(bits(found.bonus), floor(&line(calm.bonus, stressed.bonus, s)).min(limit));
            // The target of `other` is ceil(other * 2^63 / (2^64 - 1)), which is other / 2 rounded up, or one more.
            let looser = floor(&line(calm.max_ltv, stressed.max_ltv, tight));
            let tighter = floor(&line(calm.max_ltv, stressed.max_ltv, FULL.min(tight + 1)));
            prop_assert!(bits(found.max_ltv) <= looser && bits(found.max_ltv) >= tighter);
        }
    }

    /// Over any path, any two times: the threshold does not fall, or rise, faster than the ramp, in exact integers.
    #[test]
    fn the_ramp_bounds_every_path(
        pair in prop_oneof![any_pair(), ordinary_pair()],
        ramp in (any::<u64>(), 0_u32..64),
        max_step in 0_u64..40,
        path in prop::collection::vec((0_u8..4, any::<u64>(), 0_u64..50, 0_u8..5), 1..12),
    ) {
        let (calm, stressed) = pair;
        let ramp = ramp.0 >> ramp.1;
        let config = config(ScheduleParams {
            calm,
            stressed,
            ramp: Rate::per_second(Ratio::from_bits(ramp)),
            max_step: Seconds::new(max_step),
            ..params()
        });
        let (mut state, mut now) = (Schedule::open(at(0)), 0);
        let mut seen = vec![(0_u64, calm.liquidation_threshold.to_bits())];
        for (kind, draw, elapsed, frozen) in path {
            let sigma = match kind { 0 => Ratio::ZERO, 1 => bps(1_500), _ => Ratio::from_bits(draw % (ONE / 5)) };
            now += elapsed;
            let ramp = if frozen == 0 { Ramp::Frozen } else { Ramp::Moving };
            let before = state;
            state = config.step(state, sigma, at(now), ramp).unwrap();
            prop_assert!(frozen != 0 || state.stress_bits() == before.stress_bits());
            prop_assert_eq!(state.at(), at(now));
            let counted = if frozen == 0 { 0 } else { elapsed.min(max_step) };
            let threshold = config.in_force(&state, sigma).unwrap().liquidation_threshold;
            seen.push((seen.last().unwrap().0 + counted, threshold.to_bits()));
        }
        let (highest, lowest) = (calm.liquidation_threshold, stressed.liquidation_threshold);
        for (i, &(start, a)) in seen.iter().enumerate() {
            prop_assert!(Ratio::from_bits(a) <= highest && Ratio::from_bits(a) >= lowest);
            for &(end, b) in &seen[i..] {
                let n = end - start;
                let moved = BigUint::from(a) * ramp * n;
                // a' >= floor(a (1 - ramp n)).
                let least = (BigUint::from(a) << 48_u32).max(moved.clone()) - &moved;
                prop_assert!(BigUint::from(b) >= least >> 48_u32);
                // a' >= floor(a (1 - ramp)^n), the compound form of T7.
                if ramp < ONE && n <= 200 {
                    let power = u32::try_from(n).unwrap();
                    prop_assert!(BigUint::from(b) >= (BigUint::from(a) * BigUint::from(ONE - ramp).pow(power)) >> (48 * power));
                }
                // The way up is as slow: a <= a' + ceil(ramp * lowest * n).
                let up = Integer::div_ceil(&(BigUint::from(lowest.to_bits()) * ramp * n), &BigUint::from(ONE));
                prop_assert!(BigUint::from(b) <= BigUint::from(a) + up || calm.liquidation_threshold == lowest);
                // Anti-procyclicality: peak over trough is at most the ratio of the two sets.
                let (peak, trough) = (u128::from(a.max(b)), u128::from(a.min(b)));
                prop_assert!(peak * u128::from(lowest.to_bits()) <= trough * u128::from(highest.to_bits()));
            }
        }
    }

    /// The ramp is used: under lasting stress the threshold falls at the ramp's speed, less roundings.
    #[test]
    fn the_ramp_is_used((calm, stressed) in ordinary_pair(), n in 1_u64..200, step in 1_u64..20) {
        let ramp = 1_u64 << 30;
        let ramp_params = ScheduleParams { calm, stressed, ramp: Rate::per_second(Ratio::from_bits(ramp)), ..params() };
        let config = config(ramp_params);
        let mut state = Schedule::open(at(0));
        for second in 1..=n {
            state = config.step(state, Ratio::ONE, at(second * step), Ramp::Moving).unwrap();
        }
        let (a, b) = (calm.liquidation_threshold.to_bits(), stressed.liquidation_threshold.to_bits());
        let fall = u64::try_from((u128::from(b) * u128::from(ramp) * u128::from(n * step)) >> 48).unwrap();
        let expected = a.saturating_sub(fall).max(b);
        let found = config.in_force(&state, Ratio::ONE).unwrap().liquidation_threshold.to_bits();
        prop_assert!(found.abs_diff(expected) <= 2, "{} against {}", found, expected);
    }

    /// T7: what a threshold moved from a to a' makes liquidatable is what a fall of the price by 1 - a'/a makes
    /// liquidatable, position by position, at every point of the ramp; and at most what a fall by the ramp does.
    #[test]
    fn lowering_a_threshold_is_a_price_fall(
        (calm, stressed) in ordinary_pair(),
        positions in prop::collection::vec((1_u128..1 << 60, 0_u64..ONE, -2_i64..3), 1..40),
        price in 1_u64..1 << 40,
        steps in prop::collection::vec((1_u64..60, any::<u64>()), 1..6),
    ) {
        let ramp = ONE / 2_000;
        let ramp_params = ScheduleParams { calm, stressed, ramp: Rate::per_second(Ratio::from_bits(ramp)), ..params() };
        let config = config(ramp_params);
        let (mut state, mut now) = (Schedule::open(at(0)), 0);
        let a = calm.liquidation_threshold.to_bits();
        // Liquidatable: debt * 2^48 > threshold * collateral * price, with the price times num / den.
        let liquidatable = |debt: &BigUint, collateral: u128, threshold: u64, num: &BigUint, den: &BigUint| {
            (debt << 48_u32) * den > BigUint::from(threshold) * collateral * price * num
        };
        let one = BigUint::from(1_u8);
        for (elapsed, sigma) in steps {
            now += elapsed;
            state = config.step(state, Ratio::from_bits(sigma >> 14), at(now), Ramp::Moving).unwrap();
            let lower = config.in_force(&state, Ratio::ZERO).unwrap().liquidation_threshold.to_bits();
            let (num, den) = (BigUint::from(lower), BigUint::from(a));
            // A fall by ramp * now, one step of 2^-48 of the threshold further for the floor.
            let left = (den.clone() << 48_u32).max(&den * ramp * now) - &den * ramp * now;
            let (ramp_num, ramp_den) = (&left - left.clone().min(one.clone() << 48_u32), den.clone() << 48_u32);
            for (collateral, ltv, nudge) in &positions {
                // At, or next to, the moved threshold, or anywhere.
                let ltv = if *nudge == 2 { *ltv } else { lower };
                let value = BigInt::from(*collateral) * price * ltv;
                let debt = ((value >> 48_u32) + BigInt::from(*nudge)).max(BigInt::from(0)).to_biguint().unwrap();
                let by_threshold = liquidatable(&debt, *collateral, lower, &one, &one);
                let by_price = liquidatable(&debt, *collateral, a, &num, &den);
                prop_assert_eq!(by_threshold, by_price);
                let by_ramp = liquidatable(&debt, *collateral, a, &ramp_num, &ramp_den);
                prop_assert!(!by_threshold || by_ramp);
            }
        }
    }
}

// ---- examples and boundaries

#[test]
fn the_bonus_is_limited_between_the_ends() {
    // Both ends use the room up: 0.8 * 1.125 = 0.9 and 0.6 * 1.5 = 0.9. Half-way 0.7 * 1.3125 = 0.91875 would exceed it.
    let calm = Parameters { bonus: Ratio::from_bits(ONE / 8), ..calm() };
    let stressed = Parameters { bonus: Ratio::from_bits(ONE / 2), margin: calm.margin, ..stressed() };
    assert!(calm.check().is_ok() && stressed.check().is_ok());
    let config = one_step(calm, stressed);
    let half = Ratio::from_bits(u64::MAX / 2);
    let state = config.step(Schedule::open(at(0)), half, at(1), Ramp::Moving).unwrap();
    let found = config.in_force(&state, half).unwrap();
    assert_eq!(found.check(), Ok(()));
    assert_eq!(found.bonus.to_bps_floor(), 2_857); // 0.9 / 0.7 - 1
    assert_eq!(
        Parameters { bonus: Ratio::from_bits(found.bonus.to_bits() + 1), ..found }.check(),
        Err(Error::BonusLeavesNoMargin)
    );
    // At the ends nothing is cut.
    let open = config.in_force(&Schedule::open(at(0)), Ratio::ZERO).unwrap();
    assert_eq!(open, calm);
    let full = config.step(state, Ratio::MAX, at(2), Ramp::Moving).unwrap();
    assert_eq!(config.in_force(&full, Ratio::MAX), Ok(stressed));
}

#[test]
fn the_target_at_its_ends() {
    let config = config(ScheduleParams { ramp: Rate::per_second(Ratio::MAX), ..params() });
    let stress = |sigma| config.step(Schedule::open(at(0)), sigma, at(1), Ramp::Moving).unwrap().stress_bits();
    let ulp = |ratio: Ratio, by: i64| Ratio::from_bits(ratio.to_bits().wrapping_add_signed(by));
    assert_eq!(stress(Ratio::ZERO), 0);
    assert_eq!(stress(bps(500)), 0);
    assert!(stress(ulp(bps(500), 1)) > 0);
    assert!(stress(ulp(bps(1_500), -1)) < FULL);
    assert_eq!(stress(bps(1_500)), FULL);
    assert_eq!(stress(Ratio::MAX), FULL);
    // Rounded up: one step of a range that 2^63 is no multiple of.
    let width = u128::from(bps(1_500).to_bits() - bps(500).to_bits());
    assert_eq!(u128::from(stress(ulp(bps(500), 1))), (1_u128 << 63).div_ceil(width));
}

#[test]
fn new_borrowing_tightens_in_the_same_call_and_loosens_with_the_ramp() {
    let config = config(params());
    let open = Schedule::open(at(0));
    assert_eq!(config.in_force(&open, Ratio::ZERO), Ok(calm()));
    let high = config.step(open, bps(1_500), at(1), Ramp::Moving).unwrap();
    let found = config.in_force(&high, bps(1_500)).unwrap();
    assert_eq!(found.max_ltv, bps(5_000));
    assert!(found.liquidation_threshold > bps(7_990));
    // Also while the ramp is frozen.
    let frozen = config.step(open, bps(1_500), at(1), Ramp::Frozen).unwrap();
    assert_eq!(config.in_force(&frozen, bps(1_500)), Ok(Parameters { max_ltv: bps(5_000), ..calm() }));
    // All the way down: 20 % at 1 bp of 60 % a second are 3,334 seconds, in steps of 60.
    let mut state = high;
    for step in 1..=56 {
        assert!(state.stress_bits() < FULL);
        state = config.step(state, bps(1_500), at(1 + 60 * step), Ramp::Moving).unwrap();
    }
    assert_eq!(config.in_force(&state, bps(1_500)), Ok(stressed()));
    // Calm again: the largest loan-to-value ratio comes back with the thresholds only.
    let calmer = config.step(state, Ratio::ZERO, at(3_400), Ramp::Moving).unwrap();
    let found = config.in_force(&calmer, Ratio::ZERO).unwrap();
    assert!(found.max_ltv > bps(5_000) && found.max_ltv < bps(5_050));
    assert!(found.liquidation_threshold > bps(6_000) && found.liquidation_threshold < bps(6_040));
}

#[test]
fn silence_earns_one_step() {
    let config = config(params());
    let open = Schedule::open(at(0));
    let minute = config.step(open, Ratio::ONE, at(60), Ramp::Moving).unwrap().stress_bits();
    assert_eq!(config.step(open, Ratio::ONE, at(u64::MAX), Ramp::Moving).unwrap().stress_bits(), minute);
    assert!(config.step(open, Ratio::ONE, at(59), Ramp::Moving).unwrap().stress_bits() < minute);
    assert_eq!(config.step(open, Ratio::ONE, at(0), Ramp::Moving), Ok(open));
    // No time per step is no step.
    let none = self::config(ScheduleParams { max_step: Seconds::ZERO, ..params() });
    assert_eq!(none.step(open, Ratio::ONE, at(60), Ramp::Moving).unwrap().stress_bits(), 0);
}

#[test]
fn frozen_time_is_not_made_up() {
    let config = config(params());
    let open = Schedule::open(at(0));
    let frozen = config.step(open, Ratio::ONE, at(50), Ramp::Frozen).unwrap();
    assert_eq!((frozen.stress_bits(), frozen.at()), (0, at(50)));
    let later = config.step(frozen, Ratio::ONE, at(60), Ramp::Moving).unwrap();
    let ten = config.step(open, Ratio::ONE, at(10), Ramp::Moving).unwrap();
    assert_eq!(later.stress_bits(), ten.stress_bits());
    assert!(ten.stress_bits() > 0);
}

#[test]
fn no_ramp_and_no_range() {
    let open = Schedule::open(at(0));
    let fixed = config(ScheduleParams { ramp: Rate::ZERO, ..params() });
    assert_eq!(fixed.step(open, Ratio::ONE, at(60), Ramp::Moving).unwrap().stress_bits(), 0);
    // Equal thresholds: the ramp bounds nothing, the rest is in force at once, the threshold stays.
    let flat = Parameters { liquidation_threshold: calm().liquidation_threshold, bonus: bps(600), ..stressed() };
    let flat = Parameters { margin: calm().margin, ..flat };
    let free = config(ScheduleParams { stressed: flat, ramp: Rate::per_second(Ratio::ULP), ..params() });
    let moved = free.step(open, Ratio::ONE, at(1), Ramp::Moving).unwrap();
    assert_eq!(free.in_force(&moved, Ratio::ONE), Ok(flat));
    assert_eq!(free.step(open, Ratio::ONE, at(0), Ramp::Moving).unwrap().stress_bits(), 0);
    let still = config(ScheduleParams { stressed: flat, ramp: Rate::ZERO, ..params() });
    assert_eq!(still.step(open, Ratio::ONE, at(60), Ramp::Moving).unwrap().stress_bits(), 0);
}

#[test]
fn the_ramp_is_frozen_while_the_breaker_is_up() {
    let level = |trip: u32| Level {
        trip: bps(trip),
        release: bps(trip / 2),
        stops: Stops { borrow: true, ..Stops::NONE },
        halt: Seconds::new(300),
    };
    let levels: [Level; LEVELS] = [level(700), level(1_300), level(2_000)];
    let breaker_params = BreakerParams { levels, window: Seconds::new(3_600), rest: Seconds::new(60) };
    let breaker_config = BreakerConfig::new(breaker_params).unwrap();
    let config = config(params());
    let price = |n: u128| Price::from_decimal_floor(n, 0).unwrap();
    let mut breaker = Breaker::open(price(100), at(0));
    let mut schedule = Schedule::open(at(0));
    let mut thresholds = Vec::new();
    for minute in 1..=10_u64 {
        let now = at(60 * minute);
        let was_up = breaker_config.is_up(&breaker, schedule.at());
        breaker = breaker_config.observe(breaker, price(if minute >= 3 { 90 } else { 100 }), now).unwrap();
        let ramp = if was_up || breaker_config.is_up(&breaker, now) { Ramp::Frozen } else { Ramp::Moving };
        schedule = config.step(schedule, Ratio::ONE, now, ramp).unwrap();
        thresholds.push(config.in_force(&schedule, Ratio::ONE).unwrap().liquidation_threshold);
    }
    // Minutes 1 and 2 move; the trip is at minute 3, its halt ends at minute 8, whose interval was halted.
    let moved: Vec<bool> = thresholds.windows(2).map(|pair| pair[1] < pair[0]).collect();
    assert_eq!(moved, [true, false, false, false, false, false, false, true, true]);
    // The first step after the halt is no larger than the ones before it.
    let fall = |i: usize| thresholds[i - 1].checked_sub(thresholds[i]).unwrap().to_bits();
    assert!(fall(8).abs_diff(fall(1)) <= 1);
}

#[test]
fn errors() {
    let good = params();
    let refused = |params| ScheduleConfig::new(params).unwrap_err();
    let with = |stressed| ScheduleParams { stressed, ..good };
    let zero = Parameters { max_ltv: Ratio::ZERO, liquidation_threshold: Ratio::ZERO, ..stressed() };
    assert_eq!(refused(with(zero)), Error::ThresholdZero);
    let ulp = Parameters { max_ltv: Ratio::ZERO, liquidation_threshold: Ratio::ULP, ..stressed() };
    assert!(ScheduleConfig::new(with(ulp)).is_ok());
    let ltv = Parameters { max_ltv: bps(6_000), ..stressed() };
    assert_eq!(refused(with(ltv)), Error::MaxLtvNotBelowThreshold);
    assert_eq!(refused(with(Parameters { bonus: bps(4_000), ..stressed() })), Error::BonusLeavesNoMargin);
    assert_eq!(refused(with(Parameters { bonus: Ratio::MAX, ..stressed() })), Error::BonusLeavesNoMargin);
    let bad_calm = Parameters { max_ltv: bps(8_000), ..calm() };
    assert_eq!(refused(ScheduleParams { calm: bad_calm, ..good }), Error::MaxLtvNotBelowThreshold);
    let above = |ratio: Ratio| Ratio::from_bits(ratio.to_bits() + 1);
    let below = |ratio: Ratio| Ratio::from_bits(ratio.to_bits() - 1);
    // Equal sets pass; one step looser in any parameter does not.
    let same = calm();
    assert!(ScheduleConfig::new(with(same)).is_ok());
    for looser in [
        Parameters { max_ltv: above(same.max_ltv), ..same },
        Parameters { liquidation_threshold: above(same.liquidation_threshold), ..same },
        Parameters { bonus: below(same.bonus), ..same },
        Parameters { margin: below(same.margin), ..same },
        Parameters { auction_buffer: below(same.auction_buffer), ..same },
    ] {
        assert_eq!(refused(with(looser)), Error::ScheduleLoosens);
    }
    assert_eq!(refused(ScheduleParams { sigma_calm: good.sigma_stressed, ..good }), Error::ScheduleVolatilityOrder);
    let close = ScheduleParams { sigma_calm: below(good.sigma_stressed), ..good };
    assert!(ScheduleConfig::new(close).is_ok());
    let config = config(good);
    assert_eq!(config.params(), &good);
    let open = Schedule::open(at(10));
    assert_eq!(config.step(open, Ratio::ZERO, at(9), Ramp::Moving), Err(Error::ClockReversed));
    assert_eq!(config.step(open, Ratio::ZERO, at(9), Ramp::Frozen), Err(Error::ClockReversed));
}
