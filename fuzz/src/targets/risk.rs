//! The chance: above the exact bound, monotone, and the start that goes with it.

use crate::exact::{Q, q};
use crate::source::Source;
use damper::clearing::Clearing;
use damper::ratio::Ratio;
use damper::risk::{Law, Peril, RiskConfig, RiskParams, cover_ceil};
use damper::units::{Rate, Seconds};

pub(crate) fn run(source: &mut Source<'_>) {
    let params = RiskParams {
        horizon: source.seconds_within(0, 1 << 20),
        drift: Rate::per_second(Ratio::from_bits(source.word() >> 30)),
        law: if source.flag() { Law::FiniteVariance } else { Law::SubGaussian },
        tolerance: source.bps(0, 10_000),
    };
    let Ok(config) = RiskConfig::new(params) else { return };
    let clearing = if source.rarely(8) { Clearing::Never } else { Clearing::Takes(source.seconds_within(0, 1 << 22)) };
    let peril = Peril { sigma: source.bps(0, 20_000), own: source.bps(0, 2_000), clearing };
    let slack = if source.flag() { source.bps(0, 20_000) } else { source.ratio() };
    let chance = config.chance_ceil(&peril, slack).expect("in range");
    assert!(chance <= Ratio::ONE);
    exact(&params, &peril, slack, chance);
    // More slack is no more dangerous; more of anything else is no less.
    let more = Ratio::from_bits(slack.to_bits().saturating_add(source.word()));
    assert!(config.chance_ceil(&peril, more).is_ok_and(|less| less <= chance), "more slack is more dangerous");
    let longer = match clearing {
        Clearing::Never => clearing,
        Clearing::Takes(time) => Clearing::Takes(Seconds::new(time.get() + source.within(0, 1 << 10))),
    };
    let up = |ratio: Ratio, by: Ratio| ratio.checked_add(by).expect("small");
    let worse =
        Peril { sigma: up(peril.sigma, source.bps(0, 100)), own: up(peril.own, source.bps(0, 100)), clearing: longer };
    assert!(config.chance_ceil(&worse, slack).is_ok_and(|more| more >= chance), "it is less dangerous");
    assert_eq!(config.starts(&peril, slack), Ok(chance > params.tolerance));
    let start = config.start_slack(&peril).expect("in range");
    if start < Ratio::MAX {
        assert_eq!(config.starts(&peril, start), Ok(true));
        assert_eq!(config.starts(&peril, Ratio::from_bits(start.to_bits() + 1)), Ok(false));
    }
    if let Ok(Some(cover)) = cover_ceil(slack) {
        assert_eq!(Ok(cover), ((q(2_u128) + slack) / (q(2_u128) - slack)).ratio_ceil());
    }
}

/// `var / (var + x^2)`, and for the other law `min` of that and `exp(-x^2 / (2 var))`.
fn exact(params: &RiskParams, peril: &Peril, slack: Ratio, chance: Ratio) {
    let Clearing::Takes(time) = peril.clearing else { return assert_eq!(chance, Ratio::ONE) };
    let left = (q(slack) - peril.own - q(params.drift) * time).excess().min(q(1_u128 << 15));
    if left.is_zero() {
        return assert_eq!(chance, Ratio::ONE);
    }
    let variance = q(peril.sigma).pow(2) * time / params.horizon;
    let squared = left.pow(2);
    let any = variance.clone() / (variance.clone() + squared.clone());
    match params.law {
        Law::FiniteVariance => assert!(q(chance) >= any, "the chance is under-stated"),
        Law::SubGaussian if variance.is_zero() => assert_eq!(chance, Ratio::ZERO),
        Law::SubGaussian => {
            let power = squared / (variance * 2_u128);
            // `exp(-p) >= 1 - p + p^2/2 - p^3/6`, for p up to one.
            if power <= Q::one() {
                let series = Q::one() - power.clone() + power.pow(2) / 2_u128 - power.pow(3) / 6_u128;
                assert!(q(chance) >= any.min(series), "the chance is under-stated");
            }
        }
    }
}
