//! The risk appetite: examples, every error, an exact model, and each part of T17 with the rule that breaks it.

use damper::Error;
use damper::appetite::{Appetite, AppetiteConfig, AppetiteParams, MAX_HOLD};
use damper::ratio::Ratio;
use damper::stress::{External, Internal, Signal, StressConfig, StressParams};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};
use proptest::prelude::*;

const ONE: u64 = 1 << 48;

fn at(n: u64) -> Timestamp {
    Timestamp::new(n)
}

fn part(n: u128, d: u128) -> Ratio {
    Ratio::from_fraction_floor(n, d).unwrap()
}

/// Stress is the volatility itself, or one less the quality of the oracle.
fn plain(oracle: bool) -> StressConfig {
    StressConfig::new(StressParams {
        volatility: Signal::Between { calm: Ratio::ZERO, stressed: Ratio::ONE },
        depth: Signal::Absent,
        depth_norm: Amount::ZERO,
        fill: Signal::Absent,
        backlog: Signal::Absent,
        oracle: if oracle { Signal::Between { calm: Ratio::ONE, stressed: Ratio::ZERO } } else { Signal::Absent },
        keepers: Signal::Absent,
        neighbours: Signal::Absent,
        max_age: Seconds::new(20),
    })
    .unwrap()
}

fn params() -> AppetiteParams {
    AppetiteParams {
        stress: plain(false),
        floor: part(1, 4),
        start: Ratio::ONE,
        hysteresis: part(1, 4),
        recovery: Rate::per_second(part(1, 1_024)),
        hold: Seconds::new(60),
        max_step: Seconds::new(600),
    }
}

fn config(params: AppetiteParams) -> AppetiteConfig {
    AppetiteConfig::new(params).unwrap()
}

fn seen(stress: Ratio) -> Internal {
    Internal { volatility: Some(stress), depth: None, fill: None }
}

fn report(source_time: u64, oracle: Option<Ratio>) -> External {
    External { source_time: at(source_time), backlog: None, oracle, keepers: None, neighbours: None }
}

/// The levels after each observation of a path of times and stresses, from the start at time zero.
fn run(config: &AppetiteConfig, path: &[(u64, Ratio)]) -> Vec<Ratio> {
    let mut state = config.open(at(0));
    let levels = path.iter().map(|&(time, stress)| {
        state = config.observe(state, &seen(stress), at(time)).unwrap();
        state.level()
    });
    levels.collect()
}

fn bits(levels: &[Ratio]) -> Vec<u64> {
    levels.iter().map(|level| level.to_bits()).collect()
}

// ---------------------------------------------------------------------------------------------------------- examples

#[test]
fn it_falls_at_once_holds_and_heals() {
    let config = config(params());
    let (calm, full) = (Ratio::ZERO, Ratio::ONE);
    // 3/4 of appetite over the 3/4 of stress beyond the hysteresis. The lesser stress at 11 asks for 3/4 only.
    let path =
        [(10, full), (11, part(1, 2)), (70, calm), (71, calm), (134, calm), (734, calm), (837, calm), (838, calm)];
    let levels = [256, 256, 256, 257, 256 + 64, 256 + 664, 1_023, 1_024].map(|n| part(n, 1_024));
    assert_eq!(run(&config, &path), levels);
    assert_eq!(config.heals_within(), Ok(Seconds::new(60 + 768)));
}

#[test]
fn it_heals_up_to_what_the_stress_lets_it() {
    let config = config(params());
    // At 1/2 of stress: press is F(1/4), a = 3/4; let is F(1/2), a = 1/2.
    let levels = run(&config, &[(10, Ratio::ONE), (500, part(1, 2)), (1_000, part(1, 2)), (1_600, part(1, 2))]);
    assert_eq!(levels[3], part(1, 2));
    let levels = run(&config, &[(10, part(1, 2)), (600, part(1, 2)), (1_200, part(1, 2))]);
    assert_eq!(levels, [part(3, 4); 3], "from above it stays at what is demanded");
}

#[test]
fn a_silence_earns_one_step() {
    let config = config(AppetiteParams { hold: Seconds::ZERO, ..params() });
    assert_eq!(run(&config, &[(10, Ratio::ONE), (1_000_000, Ratio::ZERO)])[1], part(256 + 600, 1_024));
    // A silence of a stressed market ends in a fall all the same.
    assert_eq!(run(&config, &[(10, Ratio::ZERO), (1_000_000, Ratio::ONE)])[1], part(1, 4));
}

#[test]
fn a_missing_volatility_is_full_stress() {
    let config = config(params());
    let blind = Internal { volatility: None, depth: None, fill: None };
    let open = config.open(at(0));
    assert_eq!(config.stress(&open, &blind, at(1)), Ratio::ONE);
    assert_eq!(config.observe(open, &blind, at(1)).unwrap().level(), part(1, 4));
}

#[test]
fn the_start_is_what_was_said() {
    let cold = config(AppetiteParams { start: part(1, 4), ..params() }).open(at(5));
    assert_eq!((cold.level(), cold.at()), (part(1, 4), at(5)));
    // It was not pressed there, so it is not held.
    let config = config(AppetiteParams { start: part(1, 2), ..params() });
    let state = config.observe(config.open(at(0)), &seen(Ratio::ZERO), at(1)).unwrap();
    assert_eq!(state.level(), part(513, 1_024));
}

#[test]
fn reports_count_until_they_expire() {
    let config = config(AppetiteParams { stress: plain(true), ..params() });
    let calm = seen(Ratio::ZERO);
    let stress = |state: &Appetite, time| config.stress(state, &calm, at(time));
    let mut state = config.open(at(100));
    assert_eq!(stress(&state, 100), Ratio::ONE, "nothing was reported yet");
    // A report may be older than the opening.
    config.heed(&mut state, &report(90, Some(part(3, 4))), at(100)).unwrap();
    assert_eq!(stress(&state, 110), part(1, 4));
    assert_eq!(stress(&state, 111), Ratio::ONE, "20 seconds are over");
    assert_eq!(stress(&state, 89), Ratio::ONE, "a report that is not yet there");
    // One source time: the larger stress, in either order. A later report replaces.
    config.heed(&mut state, &report(90, Some(part(7, 8))), at(101)).unwrap();
    assert_eq!(stress(&state, 102), part(1, 4));
    config.heed(&mut state, &report(90, Some(part(1, 2))), at(101)).unwrap();
    assert_eq!(stress(&state, 102), part(1, 2));
    config.heed(&mut state, &report(91, Some(part(7, 8))), at(101)).unwrap();
    assert_eq!(stress(&state, 102), part(1, 8));
    assert_eq!(config.stress(&state, &seen(part(1, 2)), at(102)), part(1, 2), "the larger of inside and outside");
    config.heed(&mut state, &report(95, None), at(101)).unwrap();
    config.heed(&mut state, &report(101, Some(part(1, 2))), at(101)).unwrap();
    assert_eq!(stress(&state, 101), part(1, 2), "a report of this second");
    config.heed(&mut state, &report(102, None), at(102)).unwrap();
    assert_eq!(stress(&state, 102), Ratio::ONE, "a report without the signal");
    // Nothing is heard of where nothing is reported.
    let deaf = self::config(params());
    assert_eq!(deaf.stress(&state, &calm, at(102)), Ratio::ZERO);
    // A report moves nothing by itself.
    assert_eq!((state.level(), state.at()), (Ratio::ONE, at(100)));
    assert_eq!(config.observe(state, &calm, at(102)).unwrap().level(), part(1, 4));
}

#[test]
fn errors_change_nothing() {
    let config = config(AppetiteParams { stress: plain(true), ..params() });
    let mut state = config.observe(config.open(at(100)), &seen(Ratio::ZERO), at(200)).unwrap();
    config.heed(&mut state, &report(150, Some(Ratio::ONE)), at(200)).unwrap();
    let before = state;
    assert_eq!(config.update(&mut state, &seen(Ratio::ONE), at(199)), Err(Error::ClockReversed));
    assert_eq!(config.observe(state, &seen(Ratio::ONE), at(199)), Err(Error::ClockReversed));
    assert_eq!(config.heed(&mut state, &report(199, None), at(199)), Err(Error::ClockReversed));
    assert_eq!(config.heed(&mut state, &report(201, None), at(200)), Err(Error::ReportFromFuture));
    assert_eq!(config.heed(&mut state, &report(149, None), at(200)), Err(Error::ReportOutOfOrder));
    assert_eq!(state, before);
}

#[test]
fn parameters_are_checked() {
    let refused = |params, error| assert_eq!(AppetiteConfig::new(params), Err(error), "{params:?}");
    let more = Ratio::from_bits(ONE + 1);
    refused(AppetiteParams { floor: more, start: more, ..params() }, Error::AppetiteFloorRange);
    refused(AppetiteParams { start: part(1, 5), ..params() }, Error::AppetiteStartRange);
    refused(AppetiteParams { start: more, ..params() }, Error::AppetiteStartRange);
    refused(AppetiteParams { hysteresis: Ratio::ZERO, ..params() }, Error::AppetiteHysteresisRange);
    refused(AppetiteParams { hysteresis: Ratio::from_bits(ONE / 2 + 1), ..params() }, Error::AppetiteHysteresisRange);
    refused(AppetiteParams { hysteresis: Ratio::MAX, ..params() }, Error::AppetiteHysteresisRange);
    refused(AppetiteParams { recovery: Rate::ZERO, ..params() }, Error::AppetiteNeverHeals);
    refused(AppetiteParams { max_step: Seconds::ZERO, ..params() }, Error::AppetiteNeverHeals);
    let slow = AppetiteParams { recovery: Rate::per_second(Ratio::ULP), ..params() };
    let longer = Seconds::new(MAX_HOLD.get() + 1);
    refused(AppetiteParams { hold: longer, ..slow }, Error::AppetiteHoldRange);
    config(AppetiteParams { hold: MAX_HOLD, ..slow });
    // 65,535 over the hold, and 3/4 or more to make up.
    let fast =
        |bits| AppetiteParams { recovery: Rate::per_second(Ratio::from_bits(bits)), hold: Seconds::new(1), ..params() };
    config(fast(u64::MAX - 3 * (ONE / 4)));
    refused(fast(u64::MAX - 3 * (ONE / 4) + 1), Error::AppetiteHoldRange);
    refused(AppetiteParams { hold: Seconds::new(2), ..fast(u64::MAX) }, Error::AppetiteHoldRange);
    // Both ends of the floor. At one there is no effect.
    config(AppetiteParams { floor: Ratio::ZERO, hysteresis: part(1, 2), ..params() });
    let whole = config(AppetiteParams { floor: Ratio::ONE, ..params() });
    assert_eq!(run(&whole, &[(1, Ratio::ONE)]), [Ratio::ONE]);
    assert_eq!(whole.params().floor, Ratio::ONE);
}

#[test]
fn limits_are_scaled_and_never_raised() {
    let config = config(AppetiteParams { floor: Ratio::ZERO, hysteresis: part(1, 2), ..params() });
    let whole = config.open(at(0));
    let most = (Ratio::MAX, Amount::new(u128::MAX), Value::new(u128::MAX));
    let scaled = |state: &Appetite, (ltv, amount, value)| {
        (state.max_ltv_floor(ltv), state.amount_floor(amount), state.value_floor(value))
    };
    assert_eq!(scaled(&whole, most), most);
    let less = config.observe(whole, &seen(Ratio::from_bits(ONE / 2 + 1)), at(1)).unwrap();
    assert_eq!(less.level().to_bits(), ONE - 2);
    let (ltv, amount, value) = scaled(&less, most);
    assert!(ltv < most.0 && amount < most.1 && value < most.2, "any loss is seen");
    let none = config.observe(whole, &seen(Ratio::ONE), at(1)).unwrap();
    assert_eq!(none.level(), Ratio::ZERO);
    assert_eq!(scaled(&none, most), (Ratio::ZERO, Amount::ZERO, Value::ZERO));
    let half = config.observe(whole, &seen(part(3, 4)), at(1)).unwrap();
    assert_eq!(half.level(), part(1, 2));
    assert_eq!(scaled(&half, (part(3, 4), Amount::new(7), Value::new(9))), (part(3, 8), Amount::new(3), Value::new(4)));
    assert_eq!(half.max_ltv_floor(Ratio::ULP), Ratio::ZERO);
    assert_eq!(scaled(&half, most).1, Amount::new(u128::MAX / 2));
}

#[test]
fn it_can_be_held_within_a_ramp() {
    let config = config(params());
    assert!(config.is_within(Rate::per_second(part(1, 1_024))));
    assert!(!config.is_within(Rate::per_second(Ratio::from_bits(ONE / 1_024 - 1))));
}

// ------------------------------------------------------------------------------------------------------------- paths

/// Any parameters at which some dozen observations see every phase.
fn any_params() -> impl Strategy<Value = AppetiteParams> {
    let coarse = (1_u64..=8).prop_map(|n| n * (ONE / 16));
    let width = prop_oneof![2 => coarse, 1 => 1_u64..=ONE / 2, 1 => Just(1)];
    let floor = prop_oneof![2 => (0_u64..=4).prop_map(|n| n * (ONE / 4)), 1 => 0_u64..=ONE];
    let speed = prop_oneof![3 => (4_u64..100).prop_map(|n| ONE / n), 1 => 1_u64..ONE, 1 => 1_u64..1_000];
    (floor, 0_u64..=ONE, width, speed, 0_u64..30, 1_u64..20).prop_map(|(floor, start, width, speed, hold, step)| {
        AppetiteParams {
            floor: Ratio::from_bits(floor),
            start: Ratio::from_bits(start.max(floor)),
            hysteresis: Ratio::from_bits(width),
            recovery: Rate::per_second(Ratio::from_bits(speed)),
            hold: Seconds::new(hold),
            max_step: Seconds::new(step),
            ..params()
        }
    })
}

fn any_stress() -> impl Strategy<Value = Ratio> {
    let bits = prop_oneof![
        2 => Just(0),
        1 => Just(ONE),
        4 => (0_u64..=16).prop_map(|n| n * (ONE / 16)),
        2 => (0_u64..=16, 0_u64..3).prop_map(|(n, by)| (n * (ONE / 16) + by).clamp(1, ONE + 1) - 1),
        2 => 0_u64..=ONE,
    ];
    bits.prop_map(Ratio::from_bits)
}

/// Times and stresses; runs of one stress are common.
fn any_path() -> impl Strategy<Value = Vec<(u64, Ratio)>> {
    prop::collection::vec((0_u64..25, any_stress(), 1_usize..4), 1..20).prop_map(|steps| {
        let mut now = 0;
        let mut path = Vec::new();
        for (elapsed, stress, times) in steps {
            for _ in 0..times {
                now += elapsed;
                path.push((now, stress));
            }
        }
        path
    })
}

/// D26 in plain integers.
fn model(params: &AppetiteParams, path: &[(u64, Ratio)]) -> Vec<u64> {
    let one = i128::from(ONE);
    let wide = |ratio: Ratio| i128::from(ratio.to_bits());
    let (span, width) = (one - wide(params.floor), wide(params.hysteresis));
    let slope = (span * one + one - width - 1) / (one - width);
    let demand = |y: i128| span.min((slope * y.max(0) + one - 1) / one);
    let rate = wide(params.recovery.get());
    let (mut lost, mut now) = (one - wide(params.start), 0);
    let mut leash = 0;
    let levels = path.iter().map(|&(time, stress)| {
        let healed = rate * i128::from((time - now).min(params.max_step.get()));
        now = time;
        let (press, lets) = (demand(wide(stress) - width), demand(wide(stress)));
        let lead = if press > 0 { press + rate * i128::from(params.hold.get()) } else { 0 };
        leash = (leash - healed).max(lead).max(0);
        let rest = leash.max(lets);
        lost = press.max(if lost <= rest { lost } else { (lost - healed).max(rest) });
        u64::try_from(one - lost).unwrap()
    });
    levels.collect()
}

/// Changes of direction.
fn reversals(levels: &[u64]) -> u128 {
    let moves: Vec<bool> = levels.windows(2).filter(|pair| pair[0] != pair[1]).map(|pair| pair[0] < pair[1]).collect();
    u128::try_from(moves.windows(2).filter(|pair| pair[0] != pair[1]).count()).unwrap()
}

fn variation(path: &[(u64, Ratio)]) -> u128 {
    path.windows(2).map(|pair| u128::from(pair[0].1.to_bits().abs_diff(pair[1].1.to_bits()))).sum()
}

/// The start and the levels.
fn trace(params: &AppetiteParams, path: &[(u64, Ratio)]) -> Vec<u64> {
    let mut levels = vec![params.start.to_bits()];
    levels.extend(bits(&run(&config(*params), path)));
    levels
}

/// The time that the rule counts between two observations.
fn counted(params: &AppetiteParams, path: &[(u64, Ratio)]) -> Vec<u64> {
    let times: Vec<u64> = core::iter::once(0).chain(path.iter().map(|step| step.0)).collect();
    times.windows(2).map(|pair| (pair[1] - pair[0]).min(params.max_step.get())).collect()
}

/// T17 (ii): pairs of observations, and of reports, one of which is never better.
type Event = ((u64, Ratio, Ratio), Option<(u64, Option<Ratio>, Option<Ratio>)>);

fn any_events() -> impl Strategy<Value = Vec<Event>> {
    let quality = || prop_oneof![4 => any_stress().prop_map(Some), 1 => Just(None)];
    let reported = prop::option::of((0_u64..10, quality(), quality()));
    prop::collection::vec(((0_u64..25, any_stress(), any_stress()), reported), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn it_is_the_rule_of_the_specification(params in any_params(), path in any_path()) {
        prop_assert_eq!(bits(&run(&config(params), &path)), model(&params, &path));
    }

    /// T17 (i), (v): in floor to one; at most what is demanded; no rise faster than the recovery.
    #[test]
    fn levels_and_speed_are_bounded(params in any_params(), path in any_path()) {
        let levels = trace(&params, &path);
        prop_assert!(levels.iter().all(|&level| (params.floor.to_bits()..=ONE).contains(&level)));
        let speed = u128::from(params.recovery.get().to_bits());
        let times = counted(&params, &path);
        for from in 0..levels.len() {
            let mut earned = 0;
            for to in from + 1..levels.len() {
                earned += speed * u128::from(times[to - 1]);
                prop_assert!(u128::from(levels[to]) <= u128::from(levels[from]) + earned);
            }
        }
        // F(x - width) exact: (1 - floor) min(1, (x - width)^+ / (1 - width)).
        let (span, width) = (u128::from(ONE - params.floor.to_bits()), u128::from(params.hysteresis.to_bits()));
        for (level, (_, stress)) in levels[1..].iter().zip(&path) {
            let over = u128::from(stress.to_bits()).saturating_sub(width);
            let lost = u128::from(ONE - level);
            prop_assert!(lost * (u128::from(ONE) - width) >= span * over);
        }
    }

    /// What was demanded once is held: `d >= press(s) - recovery * (counted - hold)^+` at every later time.
    #[test]
    fn what_was_pressed_is_held(params in any_params(), path in any_path()) {
        let levels = trace(&params, &path);
        let times = counted(&params, &path);
        let one = i128::from(ONE);
        let (floor, width) = (i128::from(params.floor.to_bits()), i128::from(params.hysteresis.to_bits()));
        let speed = i128::from(params.recovery.get().to_bits());
        for from in 0..path.len() {
            let over = (i128::from(path[from].1.to_bits()) - width).max(0);
            let press = ((one - floor) * over + one - width - 1) / (one - width);
            let mut waited = 0;
            for to in from..path.len() {
                if to > from {
                    waited += i128::from(times[to]);
                }
                let least = press - speed * (waited - i128::from(params.hold.get())).max(0);
                prop_assert!(one - i128::from(levels[to + 1]) >= least);
            }
        }
    }

    /// T17 (ii): two markets at the same times, the second never less stressed, neither inside nor by report.
    #[test]
    fn more_stress_never_leaves_more_appetite(params in any_params(), events in any_events(), less in any::<u64>()) {
        let config = config(AppetiteParams { stress: plain(true), ..params });
        let worse = self::config(AppetiteParams {
            start: Ratio::from_bits(params.start.to_bits().saturating_sub(less % ONE).max(params.floor.to_bits())),
            ..*config.params()
        });
        let (mut calm, mut tense, mut now) = (config.open(at(50)), worse.open(at(50)), 50);
        for ((elapsed, a, b), reported) in events {
            now += elapsed;
            if let Some((age, good, bad)) = reported {
                // Missing is the worst.
                let (good, bad) = (good.max(bad), good.min(bad));
                let first = config.heed(&mut calm, &report(now - age, good), at(now));
                prop_assert_eq!(first, config.heed(&mut tense, &report(now - age, bad), at(now)));
            }
            calm = config.observe(calm, &seen(a.min(b)), at(now)).unwrap();
            tense = config.observe(tense, &seen(a.max(b)), at(now)).unwrap();
            prop_assert!(tense.level() <= calm.level(), "at {}: {:?} above {:?}", now, tense, calm);
        }
    }

    /// T17 (iii): after any past it is whole when `heals_within` was counted without stress.
    #[test]
    fn it_heals_in_time(params in any_params(), path in any_path(), gaps in prop::collection::vec(1_u64..25, 1..200)) {
        let config = config(params);
        let within = config.heals_within().unwrap().get();
        let mut state = config.open(at(0));
        for &(time, stress) in &path {
            state = config.observe(state, &seen(stress), at(time)).unwrap();
        }
        let mut now = path.last().unwrap().0;
        state = config.observe(state, &seen(Ratio::ZERO), at(now)).unwrap();
        let mut waited = 0;
        for gap in gaps {
            (now, waited) = (now + gap, waited + gap.min(params.max_step.get()));
            state = config.observe(state, &seen(Ratio::ZERO), at(now)).unwrap();
            prop_assert!(waited < within || state.level() == Ratio::ONE, "{waited} of {within}: {state:?}");
        }
    }

    /// It is no sooner: from full stress it is whole exactly then.
    #[test]
    fn the_time_to_heal_is_attained(params in any_params().prop_filter("whole", |p| p.floor < Ratio::ONE)) {
        let config = config(AppetiteParams { max_step: Seconds::new(u64::MAX), ..params });
        let within = config.heals_within().unwrap().get();
        let levels = run(&config, &[(0, Ratio::ONE), (0, Ratio::ZERO), (within - 1, Ratio::ZERO), (within, Ratio::ZERO)]);
        prop_assert!(levels[2] < Ratio::ONE);
        prop_assert_eq!(levels[3], Ratio::ONE);
    }

    /// T17 (iv): each reversal takes more than the hysteresis of movement of the stress.
    #[test]
    fn reversals_are_bounded_by_variation(params in any_params(), path in any_path()) {
        let turns = reversals(&trace(&params, &path));
        prop_assert!(turns == 0 || turns * u128::from(params.hysteresis.to_bits()) < variation(&path));
    }

    /// A state of another configuration is brought into the range of this one.
    #[test]
    fn another_configuration_takes_over(before in any_params(), after in any_params(), path in any_path()) {
        let (old, new) = (config(before), config(after));
        let mut state = old.open(at(0));
        for &(time, stress) in &path {
            state = old.observe(state, &seen(stress), at(time)).unwrap();
        }
        let now = path.last().unwrap().0;
        state = new.observe(state, &seen(Ratio::ZERO), at(now)).unwrap();
        prop_assert!(state.level() >= after.floor);
        let (within, step) = (new.heals_within().unwrap().get(), after.max_step.get());
        for times in 1..=(within / step + 1).min(500) {
            state = new.observe(state, &seen(Ratio::ZERO), at(now + times * step)).unwrap();
            prop_assert!(times * step < within || state.level() == Ratio::ONE);
        }
    }
}

/// What is whole is not held, though a configuration without an effect was in between.
#[test]
fn a_leash_ends_with_what_it_holds() {
    let long = Seconds::new(1_000);
    let (old, without) = (config(params()), config(AppetiteParams { floor: Ratio::ONE, hold: long, ..params() }));
    let (full, calm, some) = (seen(Ratio::ONE), seen(Ratio::ZERO), seen(part(1, 2)));
    let mut state = old.observe(old.open(at(0)), &full, at(10)).unwrap();
    for (rule, what, time) in [(&without, &calm, 11), (&old, &calm, 12), (&old, &some, 13), (&old, &calm, 73)] {
        state = rule.observe(state, what, at(time)).unwrap();
    }
    assert_eq!(state.level(), part(3, 4));
    assert_eq!(old.observe(state, &calm, at(74)).unwrap().level(), part(769, 1_024), "60 seconds after 13");
}

// ---------------------------------------------------------------------------------------------------------- adversaries

/// The bound of (iv) cannot be improved: a stress that swings by the hysteresis and a step turns the appetite each time;
/// one that swings by the hysteresis never turns it back.
#[test]
fn the_bound_on_reversals_is_attained() {
    let quick =
        AppetiteParams { floor: Ratio::ZERO, hold: Seconds::ZERO, recovery: Rate::per_second(Ratio::ONE), ..params() };
    let swing = |by: u64| -> Vec<(u64, Ratio)> {
        let high = part(3, 4);
        let low = Ratio::from_bits(high.to_bits() - by);
        (1..=100).map(|n| (10 * n, if n % 2 == 0 { low } else { high })).collect()
    };
    let path = swing(ONE / 4 + 1);
    assert_eq!((reversals(&trace(&quick, &path)), variation(&path) / u128::from(ONE / 4 + 1)), (99, 99));
    assert_eq!(reversals(&trace(&quick, &swing(ONE / 4))), 0);
}

/// A rule that is as simple: pressed to `1 - (1 - floor) x` at once, a clock that each press restarts, and healing, after the
/// clock, of what is further than the hysteresis from the target, or without stress.
fn with_a_clock(params: &AppetiteParams, path: &[(u64, Ratio)]) -> Vec<u64> {
    let width = params.hysteresis.to_bits();
    let (mut level, mut free_at, mut now) = (params.start.to_bits(), 0, 0);
    let levels = path.iter().map(|&(time, stress)| {
        let span = Ratio::ONE.excess_over(params.floor);
        let target = ONE - span.mul_ceil(stress).unwrap().to_bits();
        let healed = params.recovery.over_at_most(Seconds::new(time - now), Ratio::ONE).to_bits();
        now = time;
        if target < level {
            (level, free_at) = (target, time + params.hold.get());
        } else if time >= free_at && (target - level >= width || stress == Ratio::ZERO) {
            level = (level + healed).min(target);
        }
        level
    });
    levels.collect()
}

/// More stress early, and the same after, leaves that rule with more appetite: the second, small stress restarts the clock of
/// the market that stood high, and not of the one that stood low.
#[test]
fn a_restarted_clock_rewards_stress() {
    let params = AppetiteParams {
        floor: Ratio::ZERO,
        hysteresis: part(1, 16),
        recovery: Rate::per_second(part(1, 64)),
        hold: Seconds::new(20),
        ..params()
    };
    let small = part(1, 4);
    let after = [(30, Ratio::ZERO), (42, small), (43, Ratio::ZERO)];
    let path = |first| [vec![(10, first)], after.to_vec()].concat();
    let (calm, tense) = (path(Ratio::ZERO), path(part(3, 4)));
    let (a, b) = (with_a_clock(&params, &calm), with_a_clock(&params, &tense));
    assert!(b[3] > a[3], "{b:?} is not above {a:?}");
    let (a, b) = (trace(&params, &calm), trace(&params, &tense));
    assert!(a.iter().zip(&b).all(|(a, b)| b <= a));
}

/// Without the dead band at the calm end, a stress of any size however small turns the appetite twice.
#[test]
fn a_target_without_a_dead_band_turns_for_nothing() {
    let params = AppetiteParams { hold: Seconds::ZERO, ..params() };
    let small = Ratio::from_bits(ONE / 1_000_000);
    let path: Vec<(u64, Ratio)> = (1..=100).map(|n| (600 * n, if n % 2 == 0 { Ratio::ZERO } else { small })).collect();
    assert!(variation(&path) < u128::from(params.hysteresis.to_bits()));
    assert!(reversals(&with_a_clock(&params, &path)) > 90);
    assert_eq!(reversals(&trace(&params, &path)), 0);
}

/// If healing followed the leash alone, a stress that stays and then ends would be made up in one observation.
#[test]
fn the_leash_alone_would_jump() {
    let params = AppetiteParams { hold: Seconds::ZERO, ..params() };
    let path: Vec<(u64, Ratio)> =
        [(10, Ratio::ONE)].into_iter().chain((1..=100).map(|n| (10 + 100 * n, part(3, 16)))).collect();
    let path = [path, vec![(10_011, Ratio::ZERO)]].concat();
    let levels = trace(&params, &path);
    let (before, after) = (levels[levels.len() - 2], levels[levels.len() - 1]);
    // Nothing is demanded at 3/16, so the leash is long gone; 13/16 is what that stress lets the appetite be.
    assert_eq!((before, after - before), (ONE / 16 * 13, ONE / 1_024));
    let leash_alone = ONE - before;
    assert!(leash_alone > 100 * (after - before));
}
