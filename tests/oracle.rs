//! Price observations: each refusal by name, at its threshold and one step beside it.

use damper::Error;
use damper::oracle::{OracleConfig, PriceObservation};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Seconds, Timestamp};
use num_bigint::BigUint;
use proptest::prelude::*;

fn price(n: u64) -> Price {
    Price::from_fraction_floor(n.into(), 1).expect("positive")
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(seconds)
}

fn seen(source_time: u64, low: u64, high: u64) -> PriceObservation {
    let band = PriceBand::new(price(low), price(high)).expect("ordered");
    PriceObservation { source_time: at(source_time), band }
}

/// At most 60 s old and a quarter wide.
fn config() -> OracleConfig {
    OracleConfig::new(Seconds::new(60), Ratio::from_bits(1 << 46)).expect("a limit below one")
}

#[test]
fn band_limit_range() {
    assert_eq!(OracleConfig::new(Seconds::ZERO, Ratio::ONE), Err(Error::BandLimitRange));
    assert_eq!(OracleConfig::new(Seconds::ZERO, Ratio::MAX), Err(Error::BandLimitRange));
    assert!(OracleConfig::new(Seconds::ZERO, Ratio::from_bits((1 << 48) - 1)).is_ok());
}

#[test]
fn price_stale() {
    assert_eq!(config().check(&seen(100, 4, 4), at(160)), Ok(()));
    assert_eq!(config().check(&seen(100, 4, 4), at(161)), Err(Error::PriceStale));
    assert_eq!(config().check(&seen(0, 4, 4), at(u64::MAX)), Err(Error::PriceStale));
}

#[test]
fn price_from_future() {
    assert_eq!(config().check(&seen(100, 4, 4), at(100)), Ok(()));
    assert_eq!(config().check(&seen(101, 4, 4), at(100)), Err(Error::PriceFromFuture));
    assert_eq!(config().check(&seen(u64::MAX, 4, 4), at(0)), Err(Error::PriceFromFuture));
}

#[test]
fn band_too_wide() {
    assert_eq!(config().check(&seen(100, 3, 4), at(100)), Ok(()));
    assert_eq!(config().check(&seen(100, 2_999_999, 4_000_000), at(100)), Err(Error::BandTooWide));
    // One step of the price below a quarter is too wide, whatever the rounding.
    let (exponent, significand) = price(3).to_parts();
    let low = Price::from_parts(exponent, significand - 1).expect("normalised");
    let band = PriceBand::new(low, price(4)).expect("ordered");
    let just = PriceObservation { source_time: at(100), band };
    assert_eq!(config().check(&just, at(100)), Err(Error::BandTooWide));
}

/// Limits of zero are limits.
#[test]
fn zero_means_zero() {
    let strict = OracleConfig::new(Seconds::ZERO, Ratio::ZERO).expect("a limit below one");
    assert_eq!(strict.check(&seen(100, 4, 4), at(100)), Ok(()));
    assert_eq!(strict.check(&seen(100, 4, 4), at(101)), Err(Error::PriceStale));
    assert_eq!(strict.check(&seen(100, u64::MAX - 2_048, u64::MAX), at(100)), Err(Error::BandTooWide));
}

#[test]
fn price_out_of_order() {
    let last = seen(100, 4, 4);
    assert_eq!(config().accept(&last, &seen(99, 4, 4), at(110)), Err(Error::PriceOutOfOrder));
    assert_eq!(config().accept(&last, &seen(101, 3, 4), at(110)), Ok(()));
}

#[test]
fn price_contradicts() {
    let last = seen(100, 3, 4);
    assert_eq!(config().accept(&last, &last, at(110)), Ok(()));
    assert_eq!(config().accept(&last, &seen(100, 4, 4), at(110)), Err(Error::PriceContradicts));
    assert_eq!(config().accept(&last, &seen(100, 3, 3), at(110)), Err(Error::PriceContradicts));
}

/// What may not be used may not follow either.
#[test]
fn acceptance_checks_first() {
    let last = seen(100, 4, 4);
    assert_eq!(config().accept(&last, &seen(111, 4, 4), at(110)), Err(Error::PriceFromFuture));
    assert_eq!(config().accept(&last, &seen(100, 4, 4), at(161)), Err(Error::PriceStale));
    assert_eq!(config().accept(&last, &seen(101, 2, 4), at(110)), Err(Error::BandTooWide));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// Each condition in its own words; the verdict is the first that fails, in the order of the documentation.
    #[test]
    fn verdicts(
        (last, source, now) in (0_u64..200, 0_u64..200, 0_u64..200),
        (low, wide) in (1_u64..1_000, 0_u64..1_000),
        (same, max_age, limit) in (any::<bool>(), 0_u64..100, 0_u64..1 << 48),
    ) {
        let rule = OracleConfig::new(Seconds::new(max_age), Ratio::from_bits(limit)).expect("a limit below one");
        let observation = seen(source, low, low + wide);
        let previous = if same { PriceObservation { source_time: at(last), ..observation } } else { seen(last, 7, 7) };
        // wide / (low + wide) > limit / 2^48, in integers.
        let too_wide = u128::from(wide) << 48 > u128::from(limit) * u128::from(low + wide);
        let usable = if source > now {
            Err(Error::PriceFromFuture)
        } else if now - source > max_age {
            Err(Error::PriceStale)
        } else if too_wide {
            Err(Error::BandTooWide)
        } else {
            Ok(())
        };
        prop_assert_eq!(rule.check(&observation, at(now)), usable);
        let follows = usable.and(if source < last {
            Err(Error::PriceOutOfOrder)
        } else if source == last && previous.band != observation.band {
            Err(Error::PriceContradicts)
        } else {
            Ok(())
        });
        prop_assert_eq!(rule.accept(&previous, &observation, at(now)), follows);
    }

    /// Significands of 64 bits, sides up to 2^60 apart, limits at the width itself: the comparison is that of the rounded
    /// width, and that of the exact numbers.
    #[test]
    fn widths(
        (first, second) in (1_u64 << 63..=u64::MAX, 1_u64 << 63..=u64::MAX),
        (exponent, gap) in (-60_i8..60, prop_oneof![Just(0_i8), Just(1), 2_i8..60]),
        (limit, nudge) in (0_u64..1 << 48, 0_u64..4),
    ) {
        let price = |exponent, significand| Price::from_parts(exponent, significand).expect("a normalised price");
        let (a, b) = (price(exponent, first), price(exponent + gap, second));
        let band = PriceBand::new(a.min(b), a.max(b)).expect("two sides in order");
        let width = band.width_ceil().to_bits();
        let limits = [limit, width.saturating_sub(nudge), (width + nudge).min((1 << 48) - 1)];
        for limit in limits.into_iter().filter(|&limit| limit < 1 << 48) {
            let rule = OracleConfig::new(Seconds::ZERO, Ratio::from_bits(limit)).expect("a limit below one");
            let verdict = rule.check(&PriceObservation { source_time: at(0), band }, at(0));
            // low 2^48 < high (2^48 - limit), both over the exponent of the lower side.
            let ((low_at, low), (high_at, high)) = (band.low().to_parts(), band.high().to_parts());
            let up = u32::from(high_at.abs_diff(low_at));
            let wide = BigUint::from(low) << 48_u32 < (BigUint::from(high) * ((1_u64 << 48) - limit)) << up;
            prop_assert_eq!(verdict, if wide { Err(Error::BandTooWide) } else { Ok(()) });
            prop_assert_eq!(wide, width > limit);
        }
    }
}
