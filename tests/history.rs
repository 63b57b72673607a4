//! Histories with known answers: what is fitted from prices and depth, against the definitions.
#![cfg(feature = "calibrate")]

#[path = "support/mix.rs"]
mod mix;

use damper::history::{History, HistoryError, Sample};
use damper::units::{Seconds, Timestamp};
use num_bigint::BigUint;
use proptest::prelude::*;
use std::cell::Cell;

const HOUR: u64 = 3_600;

fn sample(at: u64, value: f64) -> Sample {
    Sample { at: Timestamp::new(at), value }
}

/// A number in zero to one that depends on a seed and a count alone.
fn unit(seed: u64, count: u64) -> f64 {
    (mix::word(seed, count) >> 11) as f64 / 2.0_f64.powi(53)
}

/// Nearly normal: the sum of twelve uniform numbers, less six.
fn normal(seed: u64, count: u64) -> f64 {
    (0..12).map(|part| unit(seed, count * 12 + part)).sum::<f64>() - 6.0
}

#[test]
fn errors() {
    let good = [sample(1, 1.0), sample(2, 2.0)];
    assert_eq!(History::new(&[]).map(|_| ()), Err(HistoryError::TooShort));
    assert_eq!(History::new(&good[..1]).map(|_| ()), Err(HistoryError::TooShort));
    for value in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(History::new(&[good[0], sample(2, value)]).map(|_| ()), Err(HistoryError::Value(1)), "{value}");
        assert_eq!(History::new(&[sample(1, value), good[1]]).map(|_| ()), Err(HistoryError::Value(0)), "{value}");
    }
    for at in [0, 1] {
        assert_eq!(History::new(&[good[0], sample(at, 1.0)]).map(|_| ()), Err(HistoryError::Order(1)));
    }
    let history = History::new(&good).expect("two samples");
    assert_eq!(history.samples(), &good);
    assert_eq!(history.half_life(), Err(HistoryError::TooShort));
    assert_eq!(history.worst_fall(Seconds::new(1), &mut [0]).map(|_| ()), Err(HistoryError::Scratch));
    assert_eq!(history.median(&mut [0.0]), Err(HistoryError::Scratch));
    let quantile =
        |half_life, share, length: usize| history.volatility_quantile(half_life, share, &mut vec![(0.0, 0.0); length]);
    assert_eq!(quantile(1.0, 0.5, 1), Err(HistoryError::Scratch));
    assert!(quantile(1.0, 0.5, 2).is_ok() && quantile(1.0, 0.5, 3).is_ok());
    for half_life in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(quantile(half_life, 0.5, 2), Err(HistoryError::Range), "{half_life}");
    }
    for share in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert_eq!(quantile(1.0, share, 2), Err(HistoryError::Range), "{share}");
    }
    // No change in 40 samples.
    let still: Vec<Sample> = (0..40).map(|hour| sample(hour * HOUR, 7.0)).collect();
    assert_eq!(History::new(&still).and_then(|history| history.half_life()), Err(HistoryError::TooShort));
    let words = [
        (HistoryError::TooShort, "the history is too short"),
        (HistoryError::Value(3), "sample 3 is not a number above zero"),
        (HistoryError::Order(4), "sample 4 is not after the one before it"),
        (HistoryError::Scratch, "the scratch memory is shorter than the history"),
        (HistoryError::Range, "a half-life or a share is out of its range"),
    ];
    for (error, text) in words {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn the_volatility_of_a_constructed_series() {
    // A step of 1 % up or down each hour: 1 % times the root of 24 a day.
    let mut level = 0.0;
    let samples: Vec<Sample> = (0..1_000)
        .map(|hour| {
            level += if unit(1, hour) < 0.5 { -0.01 } else { 0.01 };
            sample(hour * HOUR, f64::exp(level))
        })
        .collect();
    let history = History::new(&samples).expect("sound");
    assert!((history.daily_volatility() - 0.01 * 24.0_f64.sqrt()).abs() < 1e-12);
    // Of the same prices in an eighth of the time it is that times the root of eight.
    let faster: Vec<Sample> = samples.iter().map(|one| sample(one.at.get() / 8, one.value)).collect();
    let faster = History::new(&faster).expect("sound").daily_volatility();
    assert!((faster - 0.01 * 192.0_f64.sqrt()).abs() < 1e-12);
    // An estimate of a constant is the constant, at every half-life and quantile.
    let mut scratch = vec![(0.0, 0.0); 1_000];
    for half_life in [1e-300, 60.0, 86_400.0, 1e300] {
        for share in [0.0, 0.5, 0.99, 1.0] {
            let quantile = history.volatility_quantile(half_life, share, &mut scratch).expect("in range");
            assert!((quantile - 0.01 * 24.0_f64.sqrt()).abs() < 1e-9, "{half_life} {share}: {quantile}");
        }
    }
}

/// One day in ten has ten times the volatility, and is sampled ten times as often.
#[test]
fn quantiles_are_by_time_and_not_by_count() {
    let (mut at, mut up, mut samples) = (0, false, vec![sample(0, 100.0)]);
    for day in 0..100 {
        let (steps, size) = if day % 10 == 9 { (240, 0.02 / 10.0_f64.sqrt() * 5.0) } else { (24, 0.01) };
        for _ in 0..steps {
            at += 86_400 / steps;
            up = !up;
            samples.push(sample(at, if up { 100.0 * f64::exp(size) } else { 100.0 }));
        }
    }
    let history = History::new(&samples).expect("sound");
    let mut scratch = vec![(0.0, 0.0); samples.len()];
    // An estimate that forgets at once: the change of each step.
    let calm = 0.01 * 24.0_f64.sqrt();
    let mut quantile = |share| history.volatility_quantile(1e-9, share, &mut scratch).expect("in range");
    // More than half of the samples are of wild days; they are a tenth of the time.
    for share in [0.01, 0.5, 0.85] {
        assert!((quantile(share) / calm - 1.0).abs() < 0.01, "{share}: {}", quantile(share));
    }
    let wild = 0.1 / 10.0_f64.sqrt() * 240.0_f64.sqrt();
    for share in [0.91, 0.95, 1.0] {
        assert!((quantile(share) / wild - 1.0).abs() < 0.05, "{share}: {}", quantile(share));
    }
}

/// A series whose variance is, each hour, the weighted estimate of what came before it, but no less than an ordinary one: an
/// estimate with the half-life of the series foretells it best. Two years of hours.
#[test]
fn the_half_life_of_a_simulated_series_is_recovered() {
    for seed in 1..=4 {
        for true_half_life in [6.0, 24.0, 72.0] {
            let (mut variance, mut level) = (1.0, 0.0);
            let kept = f64::exp2(-1.0 / true_half_life);
            let samples: Vec<Sample> = (0..17_520)
                .map(|hour| {
                    let change = f64::sqrt(variance) * normal(seed, hour);
                    variance = (variance * kept + change * change * (1.0 - kept)).max(1.0);
                    level += 0.002 * change;
                    sample(hour * HOUR, f64::exp(level))
                })
                .collect();
            let found = History::new(&samples).and_then(|history| history.half_life()).expect("long enough") / 3_600.0;
            let factor = found / true_half_life;
            assert!((0.5..=2.0).contains(&factor), "{seed}: {true_half_life} h, found {found} h");
        }
    }
}

/// Numbers of every size neither panic nor give what is no number.
#[test]
fn extreme_values() {
    let (large, small) = (f64::MAX, f64::MIN_POSITIVE / 4.0);
    let far = u64::MAX - 100;
    let mut samples: Vec<Sample> = (0..50).map(|at| sample(at, if at % 2 == 0 { small } else { large })).collect();
    samples.push(sample(far, 1.0));
    let history = History::new(&samples).expect("numbers above zero");
    let mut scratch = vec![(0.0, 0.0); samples.len()];
    assert!(history.daily_volatility() > 0.0 && history.daily_volatility().is_finite());
    assert!(history.half_life().expect("long enough").is_finite());
    for half_life in [f64::MIN_POSITIVE, f64::MAX] {
        assert!(history.volatility_quantile(half_life, 1.0, &mut scratch).expect("in range").is_finite());
    }
    let fall = history.worst_fall(Seconds::new(u64::MAX), &mut vec![0; samples.len()]).expect("enough room");
    assert_eq!(fall.fall, 1.0);
    assert_eq!(history.least(), small);
    // Changes so small that their squares are zero are no changes.
    let tiny: Vec<Sample> = (0..50).map(|at| sample(at << 57, 1.0 + (at % 2) as f64 * 2.0_f64.powi(-52))).collect();
    assert!(History::new(&tiny).and_then(|history| history.half_life()).is_ok_and(f64::is_finite));
}

/// The largest relative fall within the time, or from a sample to the next, in whole numbers: low and high value.
fn by_definition(values: &[(u64, u32)], within: u64) -> (u32, u32) {
    let mut worst = (1, 1);
    for (from, &(at, high)) in values.iter().enumerate() {
        for (place, &(later, low)) in values.iter().enumerate().skip(from + 1) {
            let counts = later - at <= within || place == from + 1;
            // low / high < worst, crosswise.
            if counts && u64::from(low) * u64::from(worst.1) < u64::from(worst.0) * u64::from(high) {
                worst = (low, high);
            }
        }
    }
    worst
}

/// Times that rise by nothing regular, values of every size.
fn values() -> impl Strategy<Value = Vec<(u64, u32)>> {
    let gap = prop_oneof![4 => 1..20_u64, 1 => 1..2_000_u64];
    let value = prop_oneof![3 => 50..150_u32, 1 => 1..u32::MAX];
    prop::collection::vec((gap, value), 2..60).prop_map(|pairs| {
        let mut at = 0;
        pairs
            .into_iter()
            .map(|(gap, value)| {
                at += gap;
                (at, value)
            })
            .collect()
    })
}

#[test]
fn the_worst_fall_is_that_of_the_definition() {
    let (within, beyond) = (Cell::new(0), Cell::new(0));
    let cases = ProptestConfig { cases: 2_000, ..ProptestConfig::default() };
    proptest!(cases, |(values in values(), time in 0..300_u64)| {
        let samples: Vec<Sample> = values.iter().map(|&(at, value)| sample(at, f64::from(value))).collect();
        let history = History::new(&samples).expect("sound");
        let fall = history.worst_fall(Seconds::new(time), &mut vec![usize::MAX; samples.len()]).expect("enough room");
        prop_assert_eq!(fall.within, Seconds::new(time));
        let (low, high) = by_definition(&values, time);
        // A float and a quotient of 32-bit numbers: they differ by the rounding of two operations, or by 2^-64 and more.
        let exact = 1.0 - f64::from(low) / f64::from(high);
        prop_assert!((fall.fall - exact).abs() <= f64::EPSILON, "{} is not {}", fall.fall, exact);
        // What the window leaves out is more in some.
        let (low, high) = by_definition(&values, u64::MAX);
        if fall.fall + 1e-9 < 1.0 - f64::from(low) / f64::from(high) {
            beyond.set(beyond.get() + 1);
        } else {
            within.set(within.get() + 1);
        }
    });
    assert!(within.get() > 200 && beyond.get() > 200, "{} {}", within.get(), beyond.get());
}

proptest! {
    /// The median of a sorted copy, and the least value.
    #[test]
    fn the_median_and_the_least(values in values()) {
        let samples: Vec<Sample> = values.iter().map(|&(at, value)| sample(at, f64::from(value))).collect();
        let history = History::new(&samples).expect("sound");
        let mut sorted: Vec<u32> = values.iter().map(|&(_, value)| value).collect();
        sorted.sort_unstable();
        let median = history.median(&mut vec![0.0; samples.len()]).expect("enough room");
        prop_assert_eq!(median, f64::from(sorted[(sorted.len() - 1) / 2]));
        prop_assert_eq!(history.least(), f64::from(sorted[0]));
    }

    /// The quantile of estimates that forget at once, by the definition: the least change such that the time of those at
    /// or below it makes up the share.
    #[test]
    fn the_quantile_is_that_of_the_definition(values in values(), share in 0..=16_u32) {
        let samples: Vec<Sample> = values.iter().map(|&(at, value)| sample(at, f64::from(value))).collect();
        let history = History::new(&samples).expect("sound");
        let mut scratch = vec![(0.0, 0.0); samples.len()];
        let found = history.volatility_quantile(1e-9, f64::from(share) / 16.0, &mut scratch).expect("in range");
        let mut moves: Vec<(f64, u64)> = samples
            .windows(2)
            .map(|pair| {
                let dt = pair[1].at.get() - pair[0].at.get();
                let change = (pair[1].value.ln() - pair[0].value.ln()).abs();
                (change / (dt as f64 / 86_400.0).sqrt(), dt)
            })
            .collect();
        moves.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        let total: u64 = moves.iter().map(|&(_, dt)| dt).sum();
        let mut time = 0;
        let at = moves.iter().find(|&&(_, dt)| {
            time += dt;
            BigUint::from(time) * 16_u32 >= BigUint::from(total) * share
        });
        let expected = at.expect("the last makes up all of it").0;
        prop_assert!((found - expected).abs() <= 1e-9 * (1.0 + expected), "{found} is not {expected}");
    }

    /// More time never makes the worst fall smaller.
    #[test]
    fn a_longer_time_has_no_smaller_fall(values in values(), time in 0..300_u64, more in 0..300_u64) {
        let samples: Vec<Sample> = values.iter().map(|&(at, value)| sample(at, f64::from(value))).collect();
        let history = History::new(&samples).expect("sound");
        let mut scratch = vec![0; samples.len()];
        let mut fall = |time| history.worst_fall(Seconds::new(time), &mut scratch).expect("enough room").fall;
        prop_assert!(fall(time) <= fall(time + more));
    }
}

/// Days of ten minutes that go up and down, by 0.1 % for so many hours, then by 1 % for as many, and so on.
fn regimes(hours: u64, days: u64) -> Vec<Sample> {
    let value = |place: u64| {
        if place.is_multiple_of(2) { 1.0 } else { [1.001, 1.01][usize::from(place / (6 * hours) % 2 == 1)] }
    };
    (0..days * 144).map(|place| sample(place * 600, value(place))).collect()
}

/// Half-lives from an hour on, each root two times the one before, up to a fortieth of the history.
#[test]
fn half_lives_that_are_tried() {
    let found = |samples: &[Sample]| History::new(samples).expect("in order").half_life().expect("long enough");
    let slow = found(&regimes(1, 20));
    let steps = (slow / 3_600.0).log2() * 2.0;
    assert!(steps > 0.5 && (steps - steps.round()).abs() < 1e-9, "{slow}");
    // Of the first two days a fortieth is 72 minutes.
    assert_eq!(found(&regimes(1, 20)[..288]), 3_600.0);
    let moving = regimes(1, 1);
    assert!(History::new(&moving[..40]).expect("in order").half_life().is_ok());
    assert_eq!(History::new(&moving[..39]).expect("in order").half_life(), Err(HistoryError::TooShort));
}

/// Moves that grow by a fifth at each step and shrink again: the sooner an estimate forgets, the better it foretells. Nothing below
/// an hour is tried.
#[test]
fn no_half_life_below_an_hour_is_tried() {
    let (mut level, mut samples) = (0.0, vec![sample(0, 1.0)]);
    for place in 1..300 {
        let far = (place + 24) % 48;
        let size = 0.0005 * 1.2_f64.powi(if far < 24 { far } else { 48 - far });
        level += if place % 2 == 1 { size } else { -size };
        samples.push(sample(place as u64, f64::exp(level)));
    }
    let spread =
        |gap: u64| -> Vec<Sample> { samples.iter().map(|one| sample(one.at.get() * gap, one.value)).collect() };
    let found = |samples: &[Sample]| History::new(samples).expect("in order").half_life().expect("long enough");
    // Of 300 steps of ten minutes a fortieth is 75 minutes; of 300 of an hour it is 7.5 hours.
    assert_eq!(found(&spread(600)), 3_600.0);
    assert_eq!(found(&spread(HOUR)), 3_600.0);
    // With 34 years between samples everything is forgotten, with most half-lives alike: the shortest of them is it.
    assert_eq!(found(&spread(1 << 30)), 3_600.0);
}
