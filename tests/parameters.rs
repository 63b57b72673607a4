//! The coupled parameters: refused exactly where they stop making sense together.

#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::parameters::Parameters;
use damper::ratio::Ratio;
use proptest::prelude::*;
use rational::{Frac, any_ratio, share};

fn bits(n: u64) -> Ratio {
    Ratio::from_bits(n)
}

/// 1/2, 3/4, 1/4, 1/16: the claim is 15/16, and nothing is left over.
const EXACT: Parameters = Parameters {
    max_ltv: Ratio::from_bits(1 << 47),
    liquidation_threshold: Ratio::from_bits(3 << 46),
    bonus: Ratio::from_bits(1 << 46),
    margin: Ratio::from_bits(1 << 44),
    auction_buffer: Ratio::ZERO,
};

#[test]
fn max_ltv_not_below_threshold() {
    let threshold = EXACT.liquidation_threshold;
    let with = |max_ltv| Parameters { max_ltv, ..EXACT }.check();
    assert_eq!(with(threshold), Err(Error::MaxLtvNotBelowThreshold));
    assert_eq!(with(bits(threshold.to_bits() + 1)), Err(Error::MaxLtvNotBelowThreshold));
    assert_eq!(with(bits(threshold.to_bits() - 1)), Ok(()));
    let zero = Parameters { max_ltv: Ratio::ZERO, liquidation_threshold: Ratio::ZERO, ..EXACT };
    assert_eq!(zero.check(), Err(Error::MaxLtvNotBelowThreshold));
}

#[test]
fn bonus_leaves_no_margin() {
    assert_eq!(EXACT.check(), Ok(()));
    let step = |ratio: Ratio| bits(ratio.to_bits() + 1);
    assert_eq!(Parameters { margin: step(EXACT.margin), ..EXACT }.check(), Err(Error::BonusLeavesNoMargin));
    assert_eq!(Parameters { bonus: step(EXACT.bonus), ..EXACT }.check(), Err(Error::BonusLeavesNoMargin));
    let threshold = step(EXACT.liquidation_threshold);
    assert_eq!(Parameters { liquidation_threshold: threshold, ..EXACT }.check(), Err(Error::BonusLeavesNoMargin));
    assert_eq!(Parameters { margin: Ratio::ONE, ..EXACT }.check(), Err(Error::BonusLeavesNoMargin));
    // The buffer of the auction is no part of the claim.
    assert_eq!(Parameters { auction_buffer: Ratio::MAX, ..EXACT }.check(), Ok(()));
}

/// Values at the end of the type are refused by the same name, not as an overflow.
#[test]
fn extremes_are_refused_by_name() {
    for bonus in [bits(65_534 << 48), bits(65_535 << 48), Ratio::MAX] {
        assert_eq!(Parameters { bonus, ..EXACT }.check(), Err(Error::BonusLeavesNoMargin), "{bonus:?}");
    }
    for margin in [bits(65_535 << 48), Ratio::MAX] {
        assert_eq!(Parameters { margin, ..EXACT }.check(), Err(Error::BonusLeavesNoMargin), "{margin:?}");
    }
    let threshold = Parameters { liquidation_threshold: Ratio::MAX, ..EXACT };
    assert_eq!(threshold.check(), Err(Error::BonusLeavesNoMargin));
    // A threshold of one step leaves room for any bonus.
    let dust = Parameters { max_ltv: Ratio::ZERO, liquidation_threshold: Ratio::ULP, bonus: Ratio::MAX, ..EXACT };
    assert_eq!(dust.check(), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn refused_exactly_where_it_makes_no_sense(
        (max_ltv, threshold) in (share(), prop_oneof![3 => share(), 1 => any_ratio()]),
        bonus in prop_oneof![3 => share(), 1 => any_ratio()],
        near in -2_i64..=2,
        free in prop::option::of(any_ratio()),
    ) {
        let [one, exact_threshold, exact_bonus] = [Ratio::ONE, threshold, bonus].map(Frac::of);
        let claim = exact_threshold.mul(&one.add(&exact_bonus));
        // A margin around what the claim leaves, where there is one.
        let left = if claim < one { one.sub(&claim).floor(48).try_into().expect("below one") } else { 0_u64 };
        let margin = free.unwrap_or(bits(left.saturating_add_signed(near)));
        let verdict = Parameters { max_ltv, liquidation_threshold: threshold, bonus, margin, auction_buffer: bonus }.check();
        let expected = if max_ltv >= threshold {
            Err(Error::MaxLtvNotBelowThreshold)
        } else if claim.add(&Frac::of(margin)) > one {
            Err(Error::BonusLeavesNoMargin)
        } else {
            Ok(())
        };
        prop_assert_eq!(verdict, expected);
    }
}
