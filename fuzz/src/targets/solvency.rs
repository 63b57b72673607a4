//! What is charged in a crash against its inequality, step by step, and the fall likewise; what charges sell against any sales
//! and snapshots; the cost of the rest in exact arithmetic, at any start price.

use crate::exact::{Q, part, q};
use crate::source::Source;
use crate::targets::book::some_levels;
use damper::Error;
use damper::book::{Shape, Snapshot};
use damper::clearing::relative_fall_ceil;
use damper::depth::{DepthConfig, DepthObservation, DepthParams};
use damper::ledger::{Exposure, LedgerConfig, LedgerParams};
use damper::ratio::Ratio;
use damper::solvency::{AtThreshold, Crash, bound_ceil, charged_in_time_floor, relative_fall_floor, sold_floor};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};

pub(crate) fn run(source: &mut Source<'_>) {
    falls(source);
    rest(source);
    sold(source);
    bound(source);
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
    bits(charge) + bits(crash.held) + bits(crash.piece) <= bits(params.burst) + ((bits(params.own_share) * fall) >> 48)
}

/// The least fall of its inequality, in integers of any size.
fn bound(source: &mut Source<'_>) {
    let params = LedgerParams {
        burst: source.share(),
        leak: Rate::per_second(Ratio::from_bits(source.word() >> 40)),
        own_share: source.share(),
        kappa: source.ratio_within(Ratio::ONE, Ratio::from_bits(5 << 48)),
    };
    let Ok(config) = LedgerConfig::new(params) else { return };
    let wide = source.flag();
    let log = |source: &mut Source<'_>| if wide { source.ratio() } else { source.share() };
    let exposure =
        Exposure { exogenous: log(source), noise: log(source), elapsed: Seconds::new(source.within(0, 1 << 20)) };
    let earlier = source.share();
    let bits = |ratio: Ratio| u128::from(ratio.to_bits());
    let steady = bits(params.burst) + bits(params.leak.get()) * u128::from(exposure.elapsed.get());
    // In steps: what the price may fall by if the ledger has counted a fall by `fall`.
    let needs = |fall: u128| {
        let noisy = u64::try_from(fall + 2 * bits(exposure.noise)).map(Ratio::from_bits);
        let left = noisy.map_or(0, |noisy| (1 << 48) - bits(relative_fall_ceil(noisy).expect("in range")));
        let drawdown = (1 << 48) - ((1 << 48) - bits(earlier)) * left / (1 << 48);
        let own = steady + (bits(params.own_share) * drawdown).div_ceil(1 << 48);
        bits(exposure.exogenous) + (bits(params.kappa) * own).div_ceil(1 << 48)
    };
    match bound_ceil(&config, exposure, earlier) {
        Ok(bound) => {
            let bound = bits(bound);
            assert!(needs(bound) <= bound, "the bound does not hold");
            assert!(bound == 0 || needs(bound - 1) > bound - 1, "a smaller one holds");
            let any = bound_ceil(&config, exposure, Ratio::ONE).expect("no more than was added up");
            assert!(bits(any) >= bound);
        }
        Err(error) => assert!(error == Error::Overflow && needs(u128::from(u64::MAX)) > u128::from(u64::MAX)),
    }
}

/// A book, and sales of at least a least size on snapshots that are no shallower, some of them in the second of a sale.
fn sold(source: &mut Source<'_>) {
    const N: usize = 3;
    let shape = source.shape::<N>();
    let Ok(()) = shape.check() else { return };
    let reference = source.price();
    let levels = some_levels(source, reference);
    let snapshot = match shape {
        Shape::ConstantProduct => Snapshot::ConstantProduct { reserve: source.amount_of(80) },
        Shape::Grid(_) => Snapshot::Ladder { reference, levels: &levels },
    };
    let Ok(book) = shape.measure_floor(&snapshot) else { return };
    let config = DepthConfig::new(DepthParams {
        shape,
        haircut: Ratio::ZERO,
        max_age: Seconds::new(u64::MAX),
        rise_time: Seconds::new(1),
        rise_base: Amount::new(1),
    })
    .expect("sound");
    let least = source.amount_of(40).max(Amount::new(1));
    let mut now = Timestamp::new(1);
    let mut state = config.open(&DepthObservation { source_time: now, snapshot }, now).expect("first");
    let (mut charged, mut atoms) = (Ratio::ZERO, 0_u128);
    for _ in 0..16 {
        if source.flag() {
            now = now.checked_add(source.seconds_within(0, 2)).expect("small");
            state = config.accept(state, &DepthObservation { source_time: now, snapshot }, now).expect("in order");
        }
        now = now.checked_add(source.seconds_within(0, 1)).expect("small");
        let edge = book.quantity()[source.below(N)];
        let sale = if source.flag() { edge } else { source.amount_of(64) }.max(least);
        let Ok(charge) = config.charge_ceil(&state, sale) else { continue };
        let Ok(sum) = charged.checked_add(charge) else { return };
        state = state.sell(sale, charge, now).expect("small");
        (charged, atoms) = (sum, atoms + sale.get());
    }
    let stated = sold_floor(&book, charged, least);
    assert!(stated.get() <= atoms, "{stated:?} is stated, {atoms} was sold");
    assert!(sold_floor(&book, charged, Amount::ZERO) <= stated);
    // Fewer charges sell no more, but for the roundings of a pool that are taken off.
    let less = source.ratio_within(Ratio::ZERO, charged);
    assert!(matches!(shape, Shape::ConstantProduct) || sold_floor(&book, less, least) <= stated);
    assert!(sold_floor(&book, less, least).get() <= atoms, "fewer charges sell more than was sold");
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
    let first = (q(debt.excess_over(relieved)) * loss).whole_ceil().expect("small");
    // At the first price, unless less than all of the debt that is covered there is relieved; and at any.
    let covered = Q::one() - loss;
    assert!(q(bad) >= q(first) && (q(relieved) > covered.clone() * debt || q(bad) == q(first)));
    for _ in 0..4 {
        let x = part(source.within(1, 1 << 32), 1_u64 << 32);
        let lost = (q(debt) - x.clone() * relieved).excess()
            * (Q::one() - (Q::one() - positions.fall) / threshold / x).excess();
        assert!(q(bad) >= lost, "more is lost at a lower price");
    }
    match positions.debt_floor(tolerated).expect("in range") {
        None => assert!(positions.bad_debt_ceil(Value::new(u128::MAX)).is_ok_and(|most| most <= tolerated)),
        Some(most) => {
            assert!(positions.bad_debt_ceil(most).is_ok_and(|bad| bad <= tolerated));
            let more = most.checked_add(Value::new(1)).expect("small");
            assert!(positions.bad_debt_ceil(more).is_ok_and(|bad| bad > tolerated));
        }
    }
}
