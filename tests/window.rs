//! The moving window: it reaches back far enough, not much further, and one observation confirms nothing.

use damper::Error;
use damper::price::{Price, PriceBand};
use damper::units::{Seconds, Timestamp};
use damper::window::Window;
use proptest::prelude::*;

fn price(n: u64) -> Price {
    Price::from_fraction_floor(n.into(), 1).expect("positive")
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(seconds)
}

fn band(low: u64, high: u64) -> PriceBand {
    PriceBand::new(price(low), price(high)).expect("ordered")
}

const MINUTE: Seconds = Seconds::new(60);

/// Observations of exact prices, each at its time, from a first one at time zero.
fn after(first: u64, seen: &[(u64, u64)]) -> Window {
    seen.iter().fold(Window::open(price(first), at(0)), |window, &(time, n)| {
        window.observe(price(n), at(time), MINUTE).expect("forward")
    })
}

fn extremes(window: Window) -> (Price, Price) {
    (window.low(), window.high())
}

#[test]
fn opens_with_one_observation() {
    assert_eq!(extremes(Window::open(price(7), at(0))), (price(7), price(7)));
    assert_eq!(extremes(Window::open_band(band(5, 9), at(0))), (price(5), price(9)));
    assert_eq!(Window::open(price(7), at(3)), Window::open_band(PriceBand::exact(price(7)), at(3)));
}

#[test]
fn the_low_side_enters_the_minimum_and_the_high_side_the_maximum() {
    let window = Window::open_band(band(10, 12), at(0)).observe_band(band(9, 11), at(1), MINUTE).expect("forward");
    assert_eq!(extremes(window), (price(9), price(12)));
    let window = window.observe_band(band(11, 13), at(2), MINUTE).expect("forward");
    assert_eq!(extremes(window), (price(9), price(13)));
}

/// A bucket closes with the first observation at its width, not one second before.
#[test]
fn a_bucket_closes_at_its_width() {
    // 100 at 0; 50 opens the second bucket at 60; at 119 the first is still remembered; at 120 it is gone.
    assert_eq!(extremes(after(100, &[(59, 50)])), (price(50), price(100)));
    assert_eq!(extremes(after(100, &[(60, 50)])), (price(50), price(100)));
    assert_eq!(extremes(after(100, &[(60, 50), (119, 50)])), (price(50), price(100)));
    assert_eq!(extremes(after(100, &[(60, 50), (120, 50)])), (price(50), price(50)));
    // Had the bucket been closed at 59, the 100 would be gone at 119.
    assert_eq!(extremes(after(100, &[(59, 50), (119, 50)])), (price(50), price(100)));
    // A wick of one second stays in memory, and earns no confirmation in either direction while a 100 is near.
    for wick in [1, 1_000] {
        let window = after(100, &[(10, wick), (11, 100), (70, 100), (130, 100)]);
        assert_eq!(extremes(window), (price(100), price(100)));
        let window = after(100, &[(10, wick), (11, 100), (70, 100)]);
        assert_eq!(extremes(window), (price(wick.min(100)), price(wick.max(100))));
    }
}

/// After a gap the last observations before it still count: nothing else is known of the time between.
#[test]
fn a_gap_is_bridged_by_what_came_before() {
    assert_eq!(extremes(after(100, &[(1_000_000, 50)])), (price(50), price(100)));
    assert_eq!(extremes(after(100, &[(1_000_000, 50), (1_000_059, 50)])), (price(50), price(100)));
    assert_eq!(extremes(after(100, &[(1_000_000, 50), (1_000_060, 50)])), (price(50), price(50)));
}

#[test]
fn a_width_of_zero_keeps_the_last_observation() {
    let window = Window::open_band(band(5, 9), at(0));
    for (time, low, high) in [(0, 1, 2), (0, 3, 4), (7, 100, 100)] {
        let window = window.observe_band(band(low, high), at(time), Seconds::ZERO).expect("forward");
        assert_eq!(window, Window::open_band(band(low, high), at(time)));
    }
}

#[test]
fn time_reversed() {
    let window = after(100, &[(60, 100), (90, 100)]);
    assert_eq!(window.observe(price(1), at(59), MINUTE), Err(Error::TimeReversed));
    assert_eq!(window.observe_band(band(1, 2), at(59), Seconds::ZERO), Err(Error::TimeReversed));
    assert!(window.observe(price(1), at(60), MINUTE).is_ok());
    let last = Window::open(price(1), at(u64::MAX));
    assert_eq!(last.observe(price(2), at(u64::MAX - 1), Seconds::new(u64::MAX)), Err(Error::TimeReversed));
    assert!(last.observe(price(2), at(u64::MAX), Seconds::new(u64::MAX)).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// Every observation of the last `width` seconds counts, and none older than twice the width and the longest gap.
    #[test]
    fn reaches_back_one_width_and_less_than_two_and_a_gap(
        steps in prop::collection::vec((prop_oneof![4 => 0_u64..40, 1 => 0_u64..300], 1_u64..1_000, 0_u64..50), 1..60),
        width in 1_u64..100,
    ) {
        let mut seen: Vec<(u64, u64, u64)> = vec![(0, 500, 500)];
        let mut window = Window::open(price(500), at(0));
        let mut longest = 0;
        for (gap, low, wide) in steps {
            let now = seen.last().expect("one at least").0 + gap;
            longest = longest.max(gap);
            seen.push((now, low, low + wide));
            window = window.observe_band(band(low, low + wide), at(now), Seconds::new(width)).expect("forward");
            let within = |reach: u64| {
                let recent = seen.iter().filter(move |&&(time, ..)| now - time <= reach);
                let lowest = recent.clone().map(|&(_, low, _)| low).min().expect("the last one");
                let highest = recent.map(|&(.., high)| high).max().expect("the last one");
                (price(lowest), price(highest))
            };
            let (near, far) = (within(width), within(2 * width + longest));
            prop_assert!(far.0 <= window.low() && window.low() <= near.0);
            prop_assert!(near.1 <= window.high() && window.high() <= far.1);
        }
    }
}
