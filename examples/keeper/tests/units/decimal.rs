//! Decimal text is read exactly, and rounded to the safe side.

use damper::price::Price;
use keeper::decimal::{Decimal, DecimalError};
use keeper::scale::Scale;
use proptest::prelude::*;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn what_is_no_number_is_refused() {
    for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1_000", "1,5", " 1", "1 ", "0x1", "NaN", "1.2.3", "１"] {
        assert_eq!(text.parse::<Decimal>(), Err(DecimalError::Syntax), "{text:?}");
    }
    assert_eq!("340282366920938463463374607431768211456".parse::<Decimal>(), Err(DecimalError::Range));
    assert!("340282366920938463463374607431768211455".parse::<Decimal>().is_ok());
}

#[test]
fn json_numbers_are_strings_or_integers_and_never_floats() {
    for (json, value) in
        [("\"1.50\"", "1.5"), ("7", "7"), ("\"0\"", "0"), ("18446744073709551615", "18446744073709551615")]
    {
        assert_eq!(serde_json::from_str::<Decimal>(json).unwrap().to_string(), value);
    }
    for json in ["1.5", "1.0", "1e3", "-1", "18446744073709551616", "null", "true", "[1]"] {
        assert!(serde_json::from_str::<Decimal>(json).is_err(), "{json}");
    }
}

#[test]
fn roundings_go_the_way_they_are_named() {
    let number = decimal("1.0000019");
    assert_eq!(number.atoms_floor(6), Ok(1_000_001));
    assert_eq!(number.atoms_ceil(6), Ok(1_000_002));
    assert_eq!(number.atoms_exact(6), Err(DecimalError::TooPrecise));
    assert_eq!(number.atoms_exact(7), Ok(10_000_019));
    assert_eq!(number.atoms_exact(18), Ok(1_000_001_900_000_000_000));
    let third = decimal("0.3");
    let (low, high) = (third.price_floor(-12).unwrap(), third.price_ceil(-12).unwrap());
    assert_eq!((low, high), (Price::from_decimal_floor(3, -13).unwrap(), Price::from_decimal_ceil(3, -13).unwrap()));
    assert!(low < high);
    assert!(third.ratio_floor().unwrap() < third.ratio_ceil().unwrap());
    assert_eq!(decimal("1").minus(decimal("1.1")), Err(DecimalError::Range));
    assert_eq!(decimal("1.1").minus(decimal("0.2")).unwrap().to_string(), "0.9");
    assert_eq!(decimal("1").plus(decimal("0.05")).unwrap().to_string(), "1.05");
}

proptest! {
    #[test]
    fn text_and_back_is_the_same(digits in any::<u128>(), places in 0_u32..=38) {
        let number = Decimal::new(digits, places);
        let text = number.to_string();
        let again: Decimal = text.parse().unwrap();
        prop_assert_eq!(again.to_string(), text);
        if let Ok(atoms) = number.atoms_exact(30) {
            prop_assert_eq!(again.atoms_exact(30), Ok(atoms));
        }
    }

    #[test]
    fn amounts_that_are_printed_are_read_as_they_were(atoms in any::<u128>(), base in 0_u8..=30) {
        let scale = Scale { base, quote: 6 };
        let text = scale.amount(damper::units::Amount::new(atoms)).to_string();
        prop_assert_eq!(text.parse::<Decimal>().unwrap().atoms_exact(base), Ok(atoms));
    }

    #[test]
    fn floor_and_ceiling_are_next_to_each_other(digits in any::<u64>(), places in 0_u32..=20, decimals in 0_u8..=18) {
        let number = Decimal::new(u128::from(digits), places);
        let (floor, ceil) = (number.atoms_floor(decimals).unwrap(), number.atoms_ceil(decimals).unwrap());
        prop_assert!(ceil == floor || ceil == floor + 1);
        prop_assert_eq!(ceil == floor, number.atoms_exact(decimals).is_ok());
    }
}
