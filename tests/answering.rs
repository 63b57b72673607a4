//! Whether keepers answer: falls at once, recovers no faster than stated, and no lots prove nothing.

#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::answering::{Answer, Answering, AnsweringConfig, AnsweringParams};
use damper::ratio::Ratio;
use damper::units::{Decay, Seconds, Timestamp};
use num_bigint::BigUint;
use proptest::prelude::*;
use rational::{Frac, any64, pow2};

fn params() -> AnsweringParams {
    AnsweringParams {
        prompt: Seconds::new(60),
        late: Seconds::new(600),
        recovery: Decay::from_half_life_floor(Seconds::new(3_600)).expect("a half-life"),
        max_gap: Seconds::new(600),
        start: Ratio::ONE,
        least_lot: Ratio::from_bits(1 << 46),
        most_boost: Ratio::from_bits(3 << 48),
    }
}

fn config(params: AnsweringParams) -> AnsweringConfig {
    AnsweringConfig::new(params).expect("sound")
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::new(seconds)
}

fn filled(lateness: u64) -> Answer {
    Answer::Filled { lateness: Seconds::new(lateness) }
}

fn waiting(lateness: u64) -> Answer {
    Answer::Waiting { lateness: Seconds::new(lateness) }
}

#[test]
fn ranges() {
    let new = AnsweringConfig::new;
    let good = params();
    assert_eq!(new(AnsweringParams { late: good.prompt, ..good }), Err(Error::KeeperLatenessOrder));
    assert_eq!(new(AnsweringParams { max_gap: Seconds::ZERO, ..good }), Err(Error::KeeperGapZero));
    let above = Ratio::from_bits((1 << 48) + 1);
    assert_eq!(new(AnsweringParams { start: above, ..good }), Err(Error::KeeperFactorRange));
    assert_eq!(new(AnsweringParams { least_lot: above, ..good }), Err(Error::KeeperFactorRange));
    let below = Ratio::from_bits((1 << 48) - 1);
    assert_eq!(new(AnsweringParams { most_boost: below, ..good }), Err(Error::KeeperBoostBelowOne));
    let rule = config(good);
    assert_eq!(rule.observe(rule.open(at(10)), Answer::Missed, at(9)), Err(Error::ClockReversed));
}

/// A fall is the score itself, at once; silence before it and after it changes nothing; recovery needs fills.
#[test]
fn falls_at_once_and_recovers_by_fills_alone() {
    let rule = config(params());
    let open = rule.open(at(0));
    // 330 of 540 seconds late: half of the way.
    let half = rule.observe(open, filled(330), at(1_000)).expect("forward");
    assert_eq!(half.health(), Ratio::from_bits(1 << 47));
    assert_eq!(rule.observe(open, Answer::Missed, at(1_000)).map(|state| state.health()), Ok(Ratio::ZERO));
    // A lot that waits counts once it is later than the estimate, and not before.
    assert_eq!(rule.observe(half, waiting(330), at(2_000)), Ok(half));
    assert_eq!(rule.observe(half, waiting(0), at(2_000)), Ok(half));
    let silent = rule.observe(half, waiting(600), at(2_000)).expect("forward");
    assert_eq!((silent.health(), silent.at()), (Ratio::ZERO, at(2_000)));
    // Ten years without a lot: one fill counts for 600 seconds, not for the silence.
    let soon = rule.observe(half, filled(0), at(1_600)).expect("forward");
    let later = rule.observe(half, filled(0), at(300_000_000)).expect("forward");
    assert_eq!(soon.health(), later.health());
    assert!(soon.health() > half.health() && soon.health() < Ratio::from_bits(9 << 44));
    // Many fills in one second prove no more than one.
    let again = (0..1_000).try_fold(soon, |state, _| rule.observe(state, filled(0), at(1_600))).expect("forward");
    assert_eq!(again, soon);
}

/// Both factors at their ends and between; a least factor of zero stops everything when nobody answers.
#[test]
fn factors() {
    let rule = config(params());
    let good = rule.open(at(0));
    let bad = rule.observe(good, Answer::Missed, at(0)).expect("forward");
    assert_eq!((rule.lot_factor_floor(&good), rule.boost_floor(&good)), (Ok(Ratio::ONE), Ok(Ratio::ONE)));
    assert_eq!(rule.lot_factor_floor(&bad), Ok(params().least_lot));
    assert_eq!(rule.boost_floor(&bad), Ok(params().most_boost));
    assert_eq!((good.failing(), bad.failing()), (Ratio::ZERO, Ratio::ONE));
    let none = config(AnsweringParams { least_lot: Ratio::ZERO, ..params() });
    assert_eq!(none.lot_factor_floor(&bad), Ok(Ratio::ZERO));
}

fn any_params() -> impl Strategy<Value = AnsweringParams> {
    let times = (0_u64..10_000, 1_u64..10_000, 1_u64..100_000);
    (times, 0_u64..=1 << 63, 0_u64..=1 << 48, 0_u64..=1 << 48, 1_u64 << 48..=u64::MAX).prop_map(
        |((prompt, longer, max_gap), recovery, start, least_lot, most_boost)| AnsweringParams {
            prompt: Seconds::new(prompt),
            late: Seconds::new(prompt + longer),
            recovery: Decay::from_bits(recovery).expect("at most one"),
            max_gap: Seconds::new(max_gap),
            start: Ratio::from_bits(start),
            least_lot: Ratio::from_bits(least_lot),
            most_boost: Ratio::from_bits(most_boost),
        },
    )
}

fn answers() -> impl Strategy<Value = Answer> {
    let lateness = prop_oneof![0_u64..20_000, any64()];
    prop_oneof![
        4 => lateness.clone().prop_map(filled),
        1 => Just(Answer::Missed),
        2 => lateness.prop_map(waiting),
    ]
}

/// Rounded down to steps of 2^-48.
fn fits(number: &Frac) -> u128 {
    rational::fits128(&number.floor(48)).expect("a ratio")
}

/// The exact score of D25.
fn score(params: &AnsweringParams, answer: Answer) -> Frac {
    let (Answer::Filled { lateness } | Answer::Waiting { lateness }) = answer else { return Frac::int(0) };
    let (prompt, late, lateness) = (params.prompt.get(), params.late.get(), lateness.get());
    if lateness <= prompt { Frac::one() } else { Frac::new(late.saturating_sub(lateness), late - prompt) }
}

proptest! {
    /// One step: never above the score of a fall, never lower for a smaller lateness, never above the exact recovery.
    #[test]
    fn one_step(params in any_params(), answer in answers(), other in answers(), dt in prop_oneof![0_u64..200, any64()]) {
        let rule = config(params);
        let open = rule.open(at(0));
        let after = |answer| rule.observe(open, answer, at(dt)).expect("forward").health();
        let health = Frac::of(after(answer));
        let (old, score_of) = (Frac::of(params.start), score(&params, answer));
        if score_of <= old {
            prop_assert!(health <= score_of);
            prop_assert!(health.add(&Frac::of(Ratio::ULP)) > score_of, "no lower than the score");
        } else if matches!(answer, Answer::Waiting { .. }) {
            prop_assert_eq!(health, old);
        } else {
            // score - (score - old) d^n, the power exact up to 2^-60 for a short time.
            let n = u32::try_from(dt.min(params.max_gap.get())).expect("short");
            if n < 200 {
                let left = Frac::new(BigUint::from(params.recovery.to_bits()).pow(n), pow2(63 * n));
                let exact = score_of.sub(&score_of.sub(&old).mul(&left));
                prop_assert!(health <= exact);
                prop_assert!(health.add(&Frac::new(8_u32, pow2(48))) >= exact);
            }
            prop_assert!(health >= old && health <= score_of);
        }
        // Monotone in lateness among fills.
        if let (Answer::Filled { lateness: a }, Answer::Filled { lateness: b }) = (answer, other) {
            prop_assert_eq!(after(answer) >= after(other) || a > b, true);
        }
    }

    /// Whatever is seen, of the distance to one at least `recovery^n` is left after `n` counted seconds, however they are
    /// cut; the factors keep to their ranges.
    #[test]
    fn no_path_recovers_faster(
        params in any_params(),
        steps in prop::collection::vec((answers(), 0_u64..300), 1..30),
    ) {
        let rule = config(params);
        let mut state = rule.open(at(0));
        let (mut now, mut counted) = (0, 0_u32);
        for (answer, dt) in steps {
            now += dt;
            let before = state;
            state = rule.observe(state, answer, at(now)).expect("forward");
            if state.at() != before.at() {
                let gone = state.at().since(before.at()).expect("forward");
                counted += u32::try_from(gone.get().min(params.max_gap.get())).expect("short");
            }
            let lots = rule.lot_factor_floor(&state).expect("at most one");
            prop_assert!(lots >= params.least_lot && lots <= Ratio::ONE);
            let rest = Frac::one().sub(&Frac::of(params.least_lot)).mul(&Frac::of(state.health()));
            prop_assert_eq!(u128::from(lots.to_bits()), u128::from(params.least_lot.to_bits()) + fits(&rest));
            let boost = rule.boost_floor(&state).expect("at most the limit");
            prop_assert!(boost >= Ratio::ONE && boost <= params.most_boost);
            let more = Frac::of(params.most_boost).sub(&Frac::one()).mul(&Frac::of(state.failing()));
            prop_assert_eq!(u128::from(boost.to_bits()), u128::from(Ratio::ONE.to_bits()) + fits(&more));
            if answer == Answer::Missed {
                prop_assert_eq!(state.health(), Ratio::ZERO);
            }
        }
        let left = Frac::new(BigUint::from(params.recovery.to_bits()).pow(counted), pow2(63 * counted));
        prop_assert!(Frac::of(state.failing()) >= Frac::of(Ratio::ONE.checked_sub(params.start).expect("at most one")).mul(&left));
    }

    #[test]
    fn stored_form(health in 0_u64..=1 << 48, when in any64()) {
        let rule = config(AnsweringParams { start: Ratio::from_bits(health), ..params() });
        let state = rule.open(at(when));
        let mut bytes = [0; Answering::BYTES];
        state.write_to(&mut bytes).expect("the right length");
        prop_assert_eq!(bytes[0], 9);
        prop_assert_eq!(Answering::read_from(&bytes), Ok(state));
        prop_assert_eq!(state.write_to(&mut bytes[1..]), Err(Error::StoredLength));
        bytes[4..12].copy_from_slice(&((1_u64 << 48) + 1 + health).to_le_bytes());
        prop_assert_eq!(Answering::read_from(&bytes), Err(Error::StoredValue));
        bytes[0] = 1;
        prop_assert_eq!(Answering::read_from(&bytes), Err(Error::StoredHeader));
    }
}

/// The naive estimate, an average over fills: many prompt dust fills hide a miss at once.
#[test]
fn an_average_over_fills_is_bought_with_dust() {
    let rule = config(params());
    let mut state = rule.observe(rule.open(at(0)), Answer::Missed, at(0)).expect("forward");
    let (mut sum, mut count) = (0_u64, 1_u64);
    for second in 0..60 {
        state = rule.observe(state, filled(0), at(second)).expect("forward");
        (sum, count) = (sum + 1, count + 1);
    }
    assert!(10 * sum > 9 * count, "the average says nine in ten within a minute");
    assert!(state.health() < Ratio::from_bits(1 << 42), "the estimate has recovered by less than a 64th");
}
