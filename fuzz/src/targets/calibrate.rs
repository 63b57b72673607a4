//! Histories and calibrations of any floats: never a panic; what comes out is a guard, and its promise is consistent.

use crate::exact::q;
use crate::source::Source;
use damper::book::Shape;
use damper::calibrate::{Calibration, Field, Known, Refusal, Wanted, calibrate, even_depth};
use damper::clearing::{relative_fall_ceil, safe_ltv_floor};
use damper::guard::Guard;
use damper::history::{Fall, History, HistoryError, Sample};
use damper::ledger::Exposure;
use damper::ratio::Ratio;
use damper::solvency::{AtThreshold, bound_ceil};
use damper::units::{Amount, Seconds, Timestamp, Value};

pub(crate) fn run(source: &mut Source<'_>) {
    let wild = source.flag();
    calibration(source, wild);
    history(source, wild);
}

fn calibration(source: &mut Source<'_>, wild: bool) {
    let mut falls = [Fall { within: Seconds::ZERO, fall: 0.0 }; 3];
    let mut last = 2_000_u64;
    for Fall { within, fall } in &mut falls {
        last = last.saturating_add(1 + (source.word() >> 40));
        *within = if wild && source.rarely(32) { source.seconds() } else { Seconds::new(last) };
        *fall = number(source, wild, 0.0, 0.95);
    }
    let falls = &falls[..if wild { source.below(4) } else { 3 }];
    let (shape, depth) = match even_depth::<3>(number(source, wild, 0.0, 0.1), amount(source, wild)) {
        Ok(even) if source.flag() => even,
        Ok(_) => any_depth(source, wild),
        Err(refusal) => {
            assert_eq!(refusal, Refusal::Field(Field::Depth));
            any_depth(source, wild)
        }
    };
    let known = Known {
        calm_volatility: number(source, wild, 0.001, 0.1),
        stressed_volatility: number(source, wild, 0.1, 1.0),
        half_life: number(source, wild, 24.0, 1e6),
        falls,
        noise: number(source, wild, 0.0, 0.02),
        price: if wild && source.rarely(4) { source.price() } else { source.ordinary() },
        shape,
        depth,
        collapse: number(source, wild, 1.0, 8.0),
        heartbeat: if wild && source.rarely(16) { source.seconds() } else { source.seconds_within(0, 120) },
        gas: if wild && source.rarely(4) { source.value() } else { source.value_of(24) },
    };
    let wanted = Wanted {
        amplification: number(source, wild, 1.0, 4.0),
        unexplained: number(source, wild, 0.0, 0.2),
        unexplained_daily: number(source, wild, 0.0, 0.2),
        haircut: number(source, wild, 0.0, 1.0),
        bonus: [number(source, wild, 0.0, 0.05), number(source, wild, 0.05, 0.1)],
        penalty: number(source, wild, 0.0, 0.05),
        round: if wild && source.rarely(16) { source.seconds() } else { source.seconds_within(50, 700) },
        halt: if wild && source.rarely(8) { source.seconds() } else { Seconds::ZERO },
        earlier: if source.flag() { 1.0 } else { number(source, wild, 0.0, 1.0) },
        debt: if wild { source.value() } else { source.value_of(90) },
        bad_debt: if wild { source.value() } else { source.value_of(88) },
        threshold: if source.flag() { Some(number(source, wild, 0.0, 1.0)) } else { None },
    };
    match calibrate(&known, &wanted) {
        Ok(found) => consistent(&known, &wanted, &found),
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            if let Refusal::BadDebt { threshold, bad_debt, most_debt } = refusal {
                assert!(bad_debt > wanted.bad_debt && most_debt < wanted.debt && threshold < Ratio::ONE);
            }
        }
    }
}

/// A number in a range; one time in sixteen any float, if the input is a wild one.
fn number(source: &mut Source<'_>, wild: bool, low: f64, high: f64) -> f64 {
    if wild && source.rarely(16) {
        return source.any::<f64>();
    }
    let part = f64::from(source.any::<u32>()) / f64::from(u32::MAX);
    low + part * (high - low)
}

/// Mostly what a market may have.
fn amount(source: &mut Source<'_>, wild: bool) -> Amount {
    if wild { source.amount() } else { Amount::new(source.wide_within(1 << 50, 1 << 90)) }
}

fn any_depth(source: &mut Source<'_>, wild: bool) -> (Shape<3>, [Amount; 3]) {
    let shape = source.shape::<3>();
    let mut depth = [amount(source, wild), amount(source, wild), amount(source, wild)];
    if !(wild && source.rarely(8)) {
        depth.sort_unstable();
    }
    (shape, depth)
}

fn consistent(known: &Known<'_, 3>, wanted: &Wanted, found: &Calibration<3>) {
    let guard = Guard::new(found.params).expect("what is found is a guard");
    let mut bytes = vec![0; Guard::<3>::BYTES];
    guard.write_to(&mut bytes).expect("the right length");
    assert_eq!(Guard::read_from(&bytes), Ok(guard));
    let promise = found.promise;
    let ledger = found.params.ledger;
    assert_eq!(found.params.schedule.params().calm.liquidation_threshold, promise.threshold);
    assert_eq!(Ok(promise.fall), relative_fall_ceil(promise.bound));
    let bonus = found.params.schedule.params().stressed.bonus;
    assert!(safe_ltv_floor(promise.fall, bonus).is_ok_and(|most| promise.safe_ltv <= most));
    for fall in known.falls {
        let still = Exposure { exogenous: Ratio::ZERO, noise: Ratio::ZERO, elapsed: fall.within };
        assert!(bound_ceil(&ledger, still, Ratio::ZERO).is_ok_and(|bound| bound <= promise.bound));
    }
    let stressed = found.params.schedule.params().stressed.liquidation_threshold;
    let relieved = AtThreshold::relieved_floor(known.price, promise.sale, stressed);
    assert!(relieved.is_ok_and(|relieved| promise.relieved <= relieved));
    let positions = AtThreshold { threshold: promise.threshold, relieved: promise.relieved, fall: promise.fall };
    assert_eq!(positions.bad_debt_ceil(wanted.debt), Ok(promise.bad_debt));
    assert_eq!(positions.debt_floor(wanted.bad_debt), Ok(promise.most_debt));
    assert!(promise.bad_debt <= wanted.bad_debt);
    let params = ledger.params();
    assert!(
        q(promise.charge) + found.pace.params().piece <= q(params.burst) + params.own_share
            || promise.charge == Ratio::ZERO
    );
    // A higher tolerance for the same debt is not refused.
    let eased = Wanted { bad_debt: Value::new(u128::MAX), ..*wanted };
    assert!(calibrate(known, &eased).is_ok_and(|eased| eased.promise.threshold >= promise.threshold));
}

fn history(source: &mut Source<'_>, wild: bool) {
    let mut samples = Vec::new();
    let mut at = source.word() >> 8;
    for _ in 0..source.below(96) {
        at = at.saturating_add(if wild { source.word() } else { source.within(1, 10_000) });
        let value = if wild { source.any::<f64>() } else { number(source, wild, 1.0, 1e6) };
        samples.push(Sample { at: Timestamp::new(at), value });
    }
    let history = match History::new(&samples) {
        Ok(history) => history,
        Err(error) => {
            let right = match error {
                HistoryError::TooShort => samples.len() < 2,
                HistoryError::Value(place) => !(samples[place].value.is_finite() && samples[place].value > 0.0),
                HistoryError::Order(place) => samples[place].at <= samples[place - 1].at,
                HistoryError::Scratch | HistoryError::Range => false,
            };
            assert!(right && !error.to_string().is_empty(), "{error:?}");
            return;
        }
    };
    let volatility = history.daily_volatility();
    assert!(volatility.is_finite() && volatility >= 0.0);
    let (half_life, share) = (number(source, wild, 1.0, 1e6), number(source, wild, 0.0, 1.0));
    match history.volatility_quantile(half_life, share, &mut vec![(0.0, 0.0); samples.len()]) {
        Ok(quantile) => assert!(quantile.is_finite() && quantile >= 0.0),
        Err(error) => {
            assert_eq!(error, HistoryError::Range);
            assert!(!(half_life.is_finite() && half_life > 0.0 && (0.0..=1.0).contains(&share)));
        }
    }
    match history.half_life() {
        Ok(half_life) => assert!(half_life >= 3_600.0 && half_life.is_finite() && samples.len() >= 40),
        Err(error) => assert!(error == HistoryError::TooShort && (samples.len() < 40 || volatility < 1e-100)),
    }
    let within = source.seconds();
    let fall = history.worst_fall(within, &mut vec![0; samples.len()]).expect("enough room");
    let mut exact = 0.0_f64;
    for (place, one) in samples.iter().enumerate() {
        for (later, next) in samples.iter().enumerate().skip(place + 1) {
            if later == place + 1 || next.at.get() - one.at.get() <= within.get() {
                exact = exact.max(1.0 - next.value / one.value);
            }
        }
    }
    assert!(fall.fall == exact, "{} is not {exact}", fall.fall);
    assert!((0.0..=1.0).contains(&fall.fall));
    let median = history.median(&mut vec![0.0; samples.len()]).expect("enough room");
    let below = samples.iter().filter(|sample| sample.value <= median).count();
    assert!(2 * below >= samples.len() && history.least() <= median);
}
