//! Health factor, loan-to-value ratio and borrowing: examples, boundaries, and an exact reference.

use damper::Error;
use damper::health::{Collateral, Debt, Position, Valuation};
use damper::parameters::Parameters;
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::units::{Amount, Value};
use num_bigint::BigUint;
use proptest::prelude::*;

fn percent(n: u32) -> Ratio {
    Ratio::from_bps_floor(n * 100).expect("small")
}

fn parameters(max_ltv: Ratio, liquidation_threshold: Ratio) -> Parameters {
    Parameters { max_ltv, liquidation_threshold, bonus: percent(5), margin: percent(5), auction_buffer: percent(20) }
}

fn usual() -> Parameters {
    parameters(percent(75), percent(80))
}

fn price(mantissa: u128, exponent: i32) -> Price {
    Price::from_decimal_floor(mantissa, exponent).expect("in range")
}

fn one() -> PriceBand {
    PriceBand::exact(price(1, 0))
}

fn value(collateral: u128, debt: u128) -> Valuation {
    let position = Position::<0, 0>::new(Amount::new(collateral), Value::new(debt));
    position.value(&usual(), one()).expect("small")
}

#[test]
fn health_changes_at_one_quote_atom() {
    // 80 % rounded down to 48 bits is below 80 %: the last atom is the borrower's loss.
    let half = parameters(percent(25), Ratio::from_fraction_floor(1, 2).expect("half"));
    let owing = |debt: u128| {
        Position::<0, 0>::new(Amount::new(1_000), Value::new(debt)).value(&half, one()).expect("small").is_healthy()
    };
    assert!(owing(499) && owing(500) && !owing(501));
    assert!(value(0, 0).is_healthy() && !value(0, 1).is_healthy());
}

#[test]
fn ratios_for_display() {
    let half = parameters(percent(25), Ratio::from_fraction_floor(1, 2).expect("half"));
    let seen = Position::<0, 0>::new(Amount::new(900), Value::new(300)).value(&half, one()).expect("small");
    assert_eq!(seen.health_factor_floor(), Ratio::from_fraction_floor(450, 300).map(Some));
    assert_eq!(seen.ltv_ceil(), Ratio::from_fraction_ceil(300, 900));
    assert_eq!(value(900, 0).health_factor_floor(), Ok(None));
    assert_eq!(value(0, 0).ltv_ceil(), Ok(Ratio::ZERO));
    assert_eq!(value(0, 1).ltv_ceil(), Err(Error::DivisionByZero));
    assert_eq!(value(0, 1).health_factor_floor(), Ok(Some(Ratio::ZERO)));
    assert_eq!(value(1 << 100, 1).health_factor_floor(), Err(Error::Overflow));
}

#[test]
fn collateral_counts_low_and_debt_counts_high() {
    let band = PriceBand::new(price(2, 0), price(3, 0)).expect("in order");
    let other = Collateral::new(Amount::new(100), band, &usual()).expect("sound");
    let position = Position::<1, 1>::new(Amount::new(10), Value::new(7))
        .with_collateral(other)
        .and_then(|position| position.with_debt(Debt::new(Amount::new(50), band)))
        .expect("room for one each");
    let seen = position.value(&usual(), band).expect("small");
    assert_eq!(seen.collateral, Value::new(20 + 200));
    assert_eq!(seen.debt, Value::new(7 + 150));
    // 80 % of 20 and of 200, each rounded down.
    assert_eq!(seen.weighted, Value::new(15 + 159));
}

#[test]
fn borrowing_stops_at_max_ltv() {
    let quarter = parameters(Ratio::from_fraction_floor(1, 4).expect("quarter"), percent(80));
    let position = Position::<0, 0>::new(Amount::new(1_000), Value::new(200));
    let may = |more: u128| position.may_borrow(&quarter, one(), Value::new(more)).expect("small");
    assert!(may(0) && may(50) && !may(51));
    assert_eq!(position.may_borrow(&quarter, one(), Value::new(u128::MAX)), Err(Error::Overflow));
}

#[test]
fn refusals_by_name() {
    let bad = |max_ltv, threshold| Collateral::new(Amount::ZERO, one(), &parameters(max_ltv, threshold)).err();
    assert_eq!(bad(percent(80), percent(80)), Some(Error::CollateralThreshold));
    assert_eq!(bad(percent(80), Ratio::ONE), Some(Error::CollateralThreshold));
    assert_eq!(bad(percent(80), Ratio::from_bits(Ratio::ONE.to_bits() - 1)), None);
    let other = Collateral::new(Amount::ZERO, one(), &usual()).expect("sound");
    let empty = Position::<0, 0>::new(Amount::ZERO, Value::ZERO);
    assert_eq!(empty.clone().with_collateral(other).err(), Some(Error::PositionFull));
    assert_eq!(empty.with_debt(Debt::new(Amount::ZERO, one())).err(), Some(Error::PositionFull));
    // Values beyond the type are refused, not wrapped.
    let high = PriceBand::exact(price(2, 0));
    let rich = Position::<0, 0>::new(Amount::new(u128::MAX), Value::ZERO);
    assert_eq!(rich.value(&usual(), high).err(), Some(Error::Overflow));
    let owing = Position::<0, 1>::new(Amount::ZERO, Value::new(u128::MAX))
        .with_debt(Debt::new(Amount::new(1), one()))
        .expect("room");
    assert_eq!(owing.value(&usual(), one()).err(), Some(Error::Overflow));
}

proptest! {
    /// Healthy only if the exact weighted value covers the exact debt; unhealthy although it does only within the
    /// roundings, one quote atom a part and two steps of the price.
    #[test]
    fn health_is_exact_within_roundings(
        own in 0_u64..=u64::MAX, other in 0_u64..=u64::MAX, debt in 0_u128..1 << 66,
        mantissa in 1_u64..1_000_000, threshold in 2_u64..1 << 48,
    ) {
        let threshold = Ratio::from_bits(threshold);
        let used = parameters(Ratio::ZERO, threshold);
        let band = PriceBand::exact(price(u128::from(mantissa), -6));
        let position = Position::<1, 0>::new(Amount::from(own), Value::new(debt))
            .with_collateral(Collateral::new(Amount::from(other), one(), &used).expect("sound"))
            .expect("room");
        let seen = position.value(&used, band).expect("small");
        // The decision without the values is the same decision, and a step of the price is what parts its two answers.
        prop_assert_eq!(position.is_healthy(&used, band), Ok(seen.is_healthy()));
        if let Some(trigger) = position.trigger_price_ceil(&used).expect("small") {
            prop_assert_eq!(seen.is_healthy(), band.low() >= trigger);
        } else {
            prop_assert!(seen.is_healthy());
        }
        // All times 10^6 * 2^48.
        let exact = (BigUint::from(own) * mantissa + BigUint::from(other) * 1_000_000_u32) * threshold.to_bits();
        let owed = (BigUint::from(debt) * 1_000_000_u32) << 48_u32;
        let slack = (BigUint::from(4_u32 + 2) * 1_000_000_u32) << 48_u32;
        if seen.is_healthy() {
            prop_assert!(exact >= owed);
        } else {
            prop_assert!(exact < owed + slack);
        }
    }
}
