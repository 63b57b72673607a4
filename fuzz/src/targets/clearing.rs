//! Times to clear from both sides, against a seller who works round by round; bad debt and slack in exact arithmetic.

use crate::exact::{Q, part, q};
use crate::logs::Log;
use crate::source::Source;
use damper::clearing::{
    Clearing, Holding, PaceConfig, PaceParams, Throttle, bad_debt_ceil, log_impact_floor, relative_fall_ceil,
    safe_ltv_floor, slack_floor, slack_time_floor, threshold_slack_floor,
};
use damper::ratio::Ratio;
use damper::units::{Rate, Seconds};

pub(crate) fn run(source: &mut Source<'_>) {
    falls(source);
    slacks(source);
    let burst = source.bps(0, 500);
    let throttle = Throttle {
        level: source.ratio_within(Ratio::ZERO, burst),
        // More than the cap, where it was reserved in a fall that is forgotten.
        reserved: source.bps(0, 1_500),
        cap: burst,
        leak: Rate::per_second(Ratio::from_bits(source.word() >> 24)),
    };
    let params = PaceParams { round: source.seconds_within(0, 300), piece: source.bps(0, 100) };
    let Ok(pace) = PaceConfig::new(params) else { return };
    times(source, &throttle, &pace);
}

fn falls(source: &mut Source<'_>) {
    let log_fall = source.ratio();
    let relative = relative_fall_ceil(log_fall).expect("in range");
    assert!(relative <= Ratio::ONE && relative <= log_fall);
    let next = Ratio::from_bits(log_fall.to_bits().saturating_add(1));
    assert!(relative_fall_ceil(next).is_ok_and(|next| next >= relative), "it falls with the log fall");
    // `1 - exp(-x) <= relative` iff `ln(1 / (1 - relative)) >= x`; certified, but where the two are a step apart.
    let left = Ratio::ONE.excess_over(relative).to_bits();
    if left > 0 {
        let log = Log::of_ratio(1 << 48, left.into());
        let units = i128::from(log_fall.to_bits()) << 52;
        assert!(log.hi() >= units, "the relative fall is under-stated");
    }
    let (price, fall) = (source.ordinary(), source.share());
    let holdings = [(); 3].map(|()| Holding { collateral: source.amount_of(90), debt: source.value_of(90) });
    let stated = bad_debt_ceil(holdings, price, fall).expect("small");
    let exact = holdings
        .iter()
        .fold(Q::zero(), |sum, one| sum + (q(one.debt) - q(one.collateral) * price * (Q::one() - fall)).excess());
    assert!(q(stated) >= exact && q(stated) < exact + q(6_u128));
}

fn slacks(source: &mut Source<'_>) {
    let (fall, bonus) = (source.share(), source.bps(0, 3_000));
    let ltv = safe_ltv_floor(fall, bonus).expect("in range");
    assert_eq!(Ok(ltv), ((Q::one() - fall) / (Q::one() + bonus)).ratio_floor());
    let impact = source.ratio();
    let log = log_impact_floor(impact).expect("in range");
    assert_eq!(Ok(log), (q(impact) * 2_u128 / (q(2_u128) + impact)).ratio_floor());
    let (own, others, debt) = (source.value_of(100), source.value_of(100), source.value_of(100));
    let slack = slack_floor(own, others, debt, bonus).expect("small");
    let covered = q((q(debt) * (Q::one() + bonus)).whole_ceil().expect("small")) - others;
    if covered <= Q::zero() {
        assert_eq!(slack, Ratio::MAX);
    } else {
        let exact = ((q(own) - covered.clone()) / (covered + own)).excess() * 2_u128;
        assert!(q(slack) <= exact && q(slack) + part(2, 1_u64 << 48) > exact);
    }
    let threshold = source.bps(1, 10_000);
    let exact = (Q::one() - q(threshold) * (Q::one() + bonus)).excess();
    let least = threshold_slack_floor(threshold, bonus).expect("in range");
    assert!(q(least) <= exact.clone() * 2_u128 / (Q::one() + q(threshold) * (Q::one() + bonus)));
    let rate = source.rate();
    match slack_time_floor(slack, rate) {
        None => assert_eq!(rate, Rate::ZERO),
        Some(time) => assert!(q(rate) * time <= q(slack) && q(rate) * time + rate > q(slack)),
    }
}

fn times(source: &mut Source<'_>, throttle: &Throttle, pace: &PaceConfig) {
    let charge = source.bps(0, 3_000);
    let (floor, ceil) = (throttle.clearing_floor(charge), throttle.clearing_ceil(pace, charge));
    assert!(floor <= ceil || charge == Ratio::ZERO, "the least time is above the most");
    // Before the floor the charges are above what a ledger permits in all; at it they are not. What is reserved may be charged
    // at once.
    let budget = |time: u64| {
        (q(throttle.cap) - throttle.level + q(throttle.leak) * Seconds::new(time)).max(q(throttle.reserved))
    };
    if let Clearing::Takes(time) = floor
        && time < Seconds::new(u64::MAX)
    {
        assert!(charge == Ratio::ZERO || budget(time.get()) >= q(charge), "the floor is too low to be one");
        assert!(time == Seconds::ZERO || budget(time.get() - 1) < q(charge), "the floor is too high");
    }
    if let Clearing::Takes(time) = ceil {
        seller(throttle, pace, charge, time);
    }
    let slack = source.seconds_within(0, 1 << 16);
    match throttle.largest_charge_floor(pace, slack) {
        None => assert!(throttle.clearing_ceil(pace, Ratio::ULP) > Clearing::Takes(slack) || charge == Ratio::ZERO),
        Some(largest) => {
            let within = |charge: Ratio| throttle.clearing_ceil(pace, charge) <= Clearing::Takes(slack);
            assert!(largest == Ratio::ZERO || within(largest), "the largest charge takes too long");
            let more = Ratio::from_bits(largest.to_bits().saturating_add(1));
            assert!(largest == Ratio::MAX || !within(more), "a larger charge is in time");
        }
    }
}

/// Who charges each round all but the piece of what is permitted is done by the stated time, taking at the end of a round.
fn seller(throttle: &Throttle, pace: &PaceConfig, charge: Ratio, within: Seconds) {
    let PaceParams { round, piece } = pace.params();
    let rounds = within.get() / round.get();
    if rounds > 256 {
        return;
    }
    // What is reserved is part of the charge and is taken in the first round.
    let lead = u64::from(throttle.reserved != Ratio::ZERO);
    let (mut level, mut left) = (q(throttle.level), q(charge));
    for _ in lead..rounds {
        // Offered at the beginning, by the room of then; taken at the end.
        let room = (q(throttle.cap) - piece - level.clone()).excess();
        level = (level - q(throttle.leak) * round).excess();
        let lot = room.min(left.clone());
        (level, left) = (level + lot.clone(), left - lot);
    }
    assert!(left.is_zero(), "not cleared in time");
}
