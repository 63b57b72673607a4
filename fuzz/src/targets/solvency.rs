//! What is charged in a crash against its inequality, step by step; the cost of the rest in exact arithmetic.

use crate::exact::{Q, q};
use crate::source::Source;
use damper::clearing::relative_fall_ceil;
use damper::ledger::{LedgerConfig, LedgerParams};
use damper::ratio::Ratio;
use damper::solvency::{AtThreshold, Crash, charged_in_time_floor, relative_fall_floor};
use damper::units::{Rate, Value};

pub(crate) fn run(source: &mut Source<'_>) {
    falls(source);
    rest(source);
    let params = LedgerParams {
        burst: source.share(),
        leak: Rate::ZERO,
        own_share: source.share(),
        kappa: source.ratio_within(Ratio::ONE, Ratio::from_bits(5 << 48)),
    };
    let Ok(config) = LedgerConfig::new(params) else { return };
    // Half of the inputs are crashes, half any bits.
    let mut part = |wide: bool| if wide { source.ratio() } else { source.share() };
    let wide = part(false).to_bits() & 1 == 1;
    let crash = Crash { slack: part(wide), step: part(wide), noise: part(wide), held: part(wide), piece: part(wide) };
    let charge = charged_in_time_floor(&config, &crash).expect("in range");
    assert!(charge == Ratio::ZERO || in_time(&params, &crash, charge), "more is stated than is made");
    // All of B + h is below 2, so a step more is a ratio.
    let more = Ratio::from_bits(charge.to_bits() + 1);
    assert!(!in_time(&params, &crash, more), "less is stated than is made");
    // A crash that leaves more time permits no less.
    let easier = Crash { step: source.ratio_within(Ratio::ZERO, crash.step), ..crash };
    assert!(charged_in_time_floor(&config, &easier).is_ok_and(|easier| easier >= charge));
}

/// The inequality of the definition, in integers of any size.
fn in_time(params: &LedgerParams, crash: &Crash, charge: Ratio) -> bool {
    let bits = |ratio: Ratio| u128::from(ratio.to_bits());
    let own = (bits(params.kappa) * bits(charge)).div_ceil(1 << 48);
    let spent = bits(crash.step) + 2 * bits(crash.noise) + own;
    let Some(left) = bits(crash.slack).checked_sub(spent).filter(|left| *left > 0) else { return false };
    let left = Ratio::from_bits(u64::try_from(left).expect("at most the slack"));
    let fall = bits(relative_fall_floor(left).expect("in range"));
    bits(charge) + bits(crash.held) + bits(crash.piece) <= bits(params.burst) + (bits(params.own_share) * fall >> 48)
}

fn falls(source: &mut Source<'_>) {
    let log_fall = source.ratio();
    let fall = relative_fall_floor(log_fall).expect("in range");
    let above = relative_fall_ceil(log_fall).expect("in range");
    assert!(fall <= above && above.to_bits() - fall.to_bits() <= 2);
    let next = Ratio::from_bits(log_fall.to_bits().saturating_add(1));
    assert!(relative_fall_floor(next).is_ok_and(|next| next >= fall), "it falls with the log fall");
}

fn rest(source: &mut Source<'_>) {
    let (price, sale) = (source.ordinary(), source.amount_of(90));
    let threshold = source.share();
    let relieved = AtThreshold::relieved_floor(price, sale, threshold).expect("small");
    assert_eq!(Ok(relieved), price.value_floor(sale).and_then(|value| value.mul_floor(threshold)));
    let positions = AtThreshold { threshold, relieved, fall: source.share() };
    let Ok(loss) = positions.loss_ceil() else {
        assert_eq!(threshold, Ratio::ZERO);
        return;
    };
    let left = (Q::one() - positions.fall) / q(threshold);
    let exact = (Q::one() - left).excess();
    assert!(q(loss) >= exact && q(loss) < exact + q(Ratio::ULP));
    let (debt, tolerated) = (source.value_of(100), source.value_of(100));
    let bad = positions.bad_debt_ceil(debt).expect("small");
    assert_eq!(q(bad), q((q(debt.excess_over(relieved)) * loss).whole_ceil().expect("small")));
    match positions.debt_floor(tolerated).expect("in range") {
        None => assert!(positions.bad_debt_ceil(Value::new(u128::MAX)).is_ok_and(|most| most <= tolerated)),
        Some(most) => {
            assert!(positions.bad_debt_ceil(most).is_ok_and(|bad| bad <= tolerated));
            let more = most.checked_add(Value::new(1)).expect("small");
            assert!(positions.bad_debt_ceil(more).is_ok_and(|bad| bad > tolerated));
        }
    }
}
