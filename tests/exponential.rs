//! The exponential kernel against certified exponentials.

#[allow(dead_code, reason = "the kernel under test uses a part of it")]
#[path = "../src/digits.rs"]
mod digits;
#[path = "support/exact.rs"]
mod exact;
#[path = "../src/exponential.rs"]
mod exponential;
#[allow(dead_code, reason = "the kernel under test uses a part of it")]
#[path = "../src/word.rs"]
mod word;
#[allow(dead_code, reason = "the kernel under test uses a part of it")]
#[path = "../src/width.rs"]
mod width;

use exact::{Log, exp_times};
use exponential::{POWERS, exp_neg_ceil};
use proptest::prelude::*;

/// `exp(-x / 2^48) 2^100` lies between these.
fn exact(x: u64) -> (u128, u128) {
    let units = -(i128::from(x) << 52);
    exp_times(1 << 100, Log::from_units(units, units))
}

#[test]
fn each_constant_is_the_least_step_at_or_above_its_power() {
    for (i, &power) in POWERS.iter().enumerate() {
        let (low, high) = exact(1 << i);
        assert!(u128::from(power) << 37 >= high, "2^{i} is below");
        assert!((u128::from(power) - 1) << 37 < low, "2^{i} is not the least");
    }
    // exp(-64) < 2^-63: what follows is one.
    assert_eq!(POWERS.len(), 54);
    assert!(exact(1 << 54).1 <= 1 << 37);
}

#[test]
fn edges() {
    assert_eq!([0, 1, u64::MAX, 1 << 54].map(exp_neg_ceil), [1 << 63, POWERS[0], 1, 1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// Not below the exact power, above it by less than 2^-56, and not rising: at any number, and at every carry.
    #[test]
    fn rounded_up_and_monotone(x in prop_oneof![any::<u64>(), 0_u64..64 << 48, 0_u64..1 << 48], bit in 0_u32..64) {
        for x in [x, x | ((1 << bit) - 1)] {
            let (low, high) = exact(x);
            let stated = exp_neg_ceil(x);
            prop_assert!(u128::from(stated) << 37 >= high - 1 && u128::from(stated) << 37 >= low);
            prop_assert!(u128::from(stated) << 37 < low + (1 << 44));
            prop_assert!(stated >= exp_neg_ceil(x.saturating_add(1)));
        }
    }
}
