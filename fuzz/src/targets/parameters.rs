//! Parameters are accepted exactly when they leave their margin.

use crate::exact::{Q, q};
use crate::source::Source;
use damper::Error;
use damper::parameters::Parameters;
use damper::ratio::Ratio;

pub(crate) fn run(source: &mut Source<'_>) {
    let (max_ltv, liquidation_threshold) = (source.share(), source.share());
    let mut bonus = source.ratio();
    let margin = source.share();
    if source.flag() && liquidation_threshold > Ratio::ZERO {
        // Beside the largest bonus that fits.
        let most = Ratio::ONE.excess_over(margin).div_floor(liquidation_threshold).unwrap_or(bonus);
        bonus = Ratio::from_bits(most.excess_over(Ratio::ONE).to_bits().saturating_add(source.within(0, 2)));
    }
    let parameters = Parameters { max_ltv, liquidation_threshold, bonus, margin, auction_buffer: source.ratio() };
    // Rounded up to the scale of the limit, which changes no comparison.
    let claim = (Q::one() + bonus) * liquidation_threshold;
    let expected = if q(max_ltv) >= q(liquidation_threshold) {
        Err(Error::MaxLtvNotBelowThreshold)
    } else if claim > Q::one() - margin {
        Err(Error::BonusLeavesNoMargin)
    } else {
        Ok(())
    };
    assert_eq!(parameters.check(), expected);
}
