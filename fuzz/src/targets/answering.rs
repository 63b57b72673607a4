//! The estimate of keepers: at most one, never better for a later answer, and slow to recover.

use crate::exact::{Q, part, q};
use crate::source::Source;
use damper::Error;
use damper::answering::{Answer, Answering, AnsweringConfig, AnsweringParams};
use damper::ratio::Ratio;
use damper::units::{Seconds, Timestamp};

pub(crate) fn params(source: &mut Source<'_>) -> AnsweringParams {
    let prompt = source.seconds_within(0, 100);
    AnsweringParams {
        prompt,
        late: Seconds::new(prompt.get() + source.within(0, 100)),
        recovery: source.decay(),
        max_gap: source.seconds_within(0, 60),
        whole: source.value_of(40),
        start: source.share(),
        least_lot: source.share(),
        most_boost: source.bps(9_999, 50_000),
    }
}

pub(crate) fn run(source: &mut Source<'_>) {
    let params = params(source);
    let Ok(config) = AnsweringConfig::new(params) else { return };
    let mut now = Timestamp::new(1_000);
    let mut state = config.open(now);
    for _ in 0..24 {
        if !source.more() {
            break;
        }
        let (lateness, then) = (source.seconds_within(0, 220), source.after(now));
        let later = Seconds::new(lateness.get() + source.within(0, 20));
        let size = if source.flag() { params.whole } else { source.value_of(41) };
        let answers =
            |lateness| [Answer::Filled { lateness, size }, Answer::Missed { size }, Answer::Waiting { lateness, size }];
        let kind = source.below(3);
        let Ok(next) = config.observe(state, answers(lateness)[kind], then) else {
            assert_eq!(config.observe(state, answers(lateness)[kind], then), Err(Error::ClockReversed));
            assert!(then < state.at());
            continue;
        };
        let worse = config.observe(state, answers(later)[kind], then).expect("the same time");
        assert!(worse.health() <= next.health(), "a later answer is better");
        let weight = (q(size) / params.whole).min(Q::one());
        if next.health() > state.health() {
            assert!(kind == 0, "it recovers without a fill");
            // At least `recovery^n` of the distance to one is left, `n` the time that a fill of this size counts at most.
            let elapsed = then.get() - state.at().get();
            let most = (weight.clone() * params.max_gap).whole_floor().expect("at most the gap");
            let counted = u32::try_from(most.min(elapsed.into())).expect("small");
            let distance = Q::one() - state.health();
            assert!(Q::one() - next.health() >= distance * q(params.recovery).pow(counted), "it recovers too fast");
        }
        assert!(next.health() <= Ratio::ONE && next.at() >= state.at() && next.at() <= then.max(state.at()));
        assert_eq!(q(next.health()) + next.failing(), Q::one());
        let score = (part(params.late.get(), 1) - lateness) / (part(params.late.get(), 1) - params.prompt);
        let score = if kind == 1 { Q::zero() } else { score.excess().min(Q::one()) };
        // A late answer takes at least its weight down to its score, from where it was or, while it waits, from one.
        let from = if kind == 2 { Q::one() } else { q(state.health()) };
        let most = (from - weight).max(score.clone());
        assert!(q(next.health()) <= most.max(if kind == 2 { Q::zero() } else { score }), "better than it was answered");
        (state, now) = (next, now.max(then));
        factors(&params, &config, &state);
    }
}

fn factors(params: &AnsweringParams, config: &AnsweringConfig, state: &Answering) {
    let lot = q(config.lot_factor_floor(state).expect("at most one"));
    let exact = (Q::one() - params.least_lot) * state.health() + params.least_lot;
    assert!(lot <= exact && lot.clone() + Ratio::ULP > exact && lot <= Q::one());
    let boost = q(config.boost_floor(state).expect("at most the largest"));
    let exact = (q(params.most_boost) - Ratio::ONE) * state.failing() + Ratio::ONE;
    assert!(boost <= exact && boost.clone() + Ratio::ULP > exact);
    let mut bytes = vec![0; Answering::BYTES];
    state.write_to(&mut bytes).expect("the right length");
    assert_eq!(Answering::read_from(&bytes), Ok(*state));
}
