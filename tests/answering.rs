//! Whether keepers answer: falls at once, recovers no faster than stated, counts lots by their size, and no lots prove
//! nothing.

#[path = "support/rational.rs"]
mod rational;

use damper::Error;
use damper::answering::{Answer, Answering, AnsweringConfig, AnsweringParams};
use damper::ratio::Ratio;
use damper::units::{Decay, Seconds, Timestamp, Value};
use num_bigint::BigUint;
use proptest::prelude::*;
use rational::{Frac, any64, any128, big, pow2};

/// A whole lot.
const WHOLE: u128 = 1 << 30;

fn params() -> AnsweringParams {
    AnsweringParams {
        prompt: Seconds::new(60),
        late: Seconds::new(600),
        recovery: Decay::from_half_life_floor(Seconds::new(3_600)).expect("a half-life"),
        max_gap: Seconds::new(600),
        whole: Value::new(WHOLE),
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
    filled_of(WHOLE, lateness)
}

fn waiting(lateness: u64) -> Answer {
    Answer::Waiting { lateness: Seconds::new(lateness), size: Value::new(WHOLE) }
}

fn filled_of(size: u128, lateness: u64) -> Answer {
    Answer::Filled { lateness: Seconds::new(lateness), size: Value::new(size) }
}

fn missed(size: u128) -> Answer {
    Answer::Missed { size: Value::new(size) }
}

#[test]
fn ranges() {
    let new = AnsweringConfig::new;
    let good = params();
    assert_eq!(new(AnsweringParams { late: good.prompt, ..good }), Err(Error::KeeperLatenessOrder));
    assert_eq!(new(AnsweringParams { max_gap: Seconds::ZERO, ..good }), Err(Error::KeeperGapZero));
    assert_eq!(new(AnsweringParams { whole: Value::ZERO, ..good }), Err(Error::KeeperWholeZero));
    assert!(new(AnsweringParams { whole: Value::new(1), ..good }).is_ok());
    // A recovery that never heals: one, and what is one on the ratio's scale over the most that counts.
    let slow = |below: u64, gap| {
        let recovery = Decay::from_bits((1 << 63) - below).expect("at most one");
        new(AnsweringParams { recovery, max_gap: Seconds::new(gap), ..good }).err()
    };
    assert_eq!(slow(0, u64::MAX), Some(Error::KeeperNeverHeals));
    assert_eq!(slow((1 << 15) - 1, 1), Some(Error::KeeperNeverHeals));
    assert_eq!((slow(1 << 15, 1), slow((1 << 15) - 1, 2)), (None, None));
    // Rounded up at each step, it stays at its first value for ever.
    assert_eq!(slow(1, u64::MAX), Some(Error::KeeperNeverHeals));
    let above = Ratio::from_bits((1 << 48) + 1);
    assert_eq!(new(AnsweringParams { start: above, ..good }), Err(Error::KeeperFactorRange));
    assert_eq!(new(AnsweringParams { least_lot: above, ..good }), Err(Error::KeeperFactorRange));
    assert!(new(AnsweringParams { start: Ratio::ONE, least_lot: Ratio::ONE, ..good }).is_ok());
    let below = Ratio::from_bits((1 << 48) - 1);
    assert_eq!(new(AnsweringParams { most_boost: below, ..good }), Err(Error::KeeperBoostBelowOne));
    let rule = config(good);
    assert_eq!(rule.observe(rule.open(at(10)), missed(WHOLE), at(9)), Err(Error::ClockReversed));
}

/// A fall is the score itself, at once; silence before it and after it changes nothing; recovery needs fills.
#[test]
fn falls_at_once_and_recovers_by_fills_alone() {
    let rule = config(params());
    let open = rule.open(at(0));
    // 330 of 540 seconds late: half of the way.
    let half = rule.observe(open, filled(330), at(1_000)).expect("forward");
    assert_eq!(half.health(), Ratio::from_bits(1 << 47));
    assert_eq!(rule.observe(open, missed(WHOLE), at(1_000)).map(|state| state.health()), Ok(Ratio::ZERO));
    // A lot that waits counts once it is later than the estimate, and not before.
    assert_eq!(rule.observe(half, waiting(330), at(2_000)), Ok(half));
    assert_eq!(rule.observe(half, waiting(0), at(2_000)), Ok(half));
    let silent = rule.observe(half, waiting(600), at(2_000)).expect("forward");
    assert_eq!((silent.health(), silent.at()), (Ratio::ZERO, half.at()));
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
    let bad = rule.observe(good, missed(WHOLE), at(0)).expect("forward");
    assert_eq!((rule.lot_factor_floor(&good), rule.boost_floor(&good)), (Ok(Ratio::ONE), Ok(Ratio::ONE)));
    assert_eq!(rule.lot_factor_floor(&bad), Ok(params().least_lot));
    assert_eq!(rule.boost_floor(&bad), Ok(params().most_boost));
    assert_eq!((good.failing(), bad.failing()), (Ratio::ZERO, Ratio::ONE));
    let none = config(AnsweringParams { least_lot: Ratio::ZERO, ..params() });
    assert_eq!(none.lot_factor_floor(&bad), Ok(Ratio::ZERO));
}

fn any_params() -> impl Strategy<Value = AnsweringParams> {
    let times = (0_u64..10_000, 1_u64..10_000, 1_u64..100_000);
    let whole = prop_oneof![2 => 1_u128..2_000, 4 => 1_u128..1 << 40, 1 => any128().prop_map(|whole| whole.max(1))];
    (times, 0_u64..=(1 << 63) - (1 << 15), whole, 0_u64..=1 << 48, 0_u64..=1 << 48, 1_u64 << 48..=u64::MAX).prop_map(
        |((prompt, longer, max_gap), recovery, whole, start, least_lot, most_boost)| AnsweringParams {
            prompt: Seconds::new(prompt),
            late: Seconds::new(prompt + longer),
            recovery: Decay::from_bits(recovery).expect("at most one"),
            max_gap: Seconds::new(max_gap),
            whole: Value::new(whole),
            start: Ratio::from_bits(start),
            least_lot: Ratio::from_bits(least_lot),
            most_boost: Ratio::from_bits(most_boost),
        },
    )
}

/// The size of a lot, as parts of a whole one, or any.
#[derive(Clone, Copy, Debug)]
enum Size {
    Parts(u64),
    Any(u128),
}

impl Size {
    fn of(self, whole: Value) -> Value {
        match self {
            Size::Parts(parts) => {
                Value::new(rational::fits128(&((big(whole.get()) * parts) >> 10_u32)).unwrap_or(u128::MAX))
            }
            Size::Any(size) => Value::new(size),
        }
    }
}

fn sizes() -> impl Strategy<Value = Size> {
    let part = prop_oneof![0_u64..20, 0_u64..1_200];
    prop_oneof![4 => part.prop_map(Size::Parts), 1 => Just(Size::Any(1)), 1 => any128().prop_map(Size::Any)]
}

/// An answer, to be given the size that its parts are of a whole lot.
fn answers() -> impl Strategy<Value = (Answer, Size)> {
    let lateness = prop_oneof![0_u64..20_000, any64()];
    let answer = prop_oneof![
        4 => lateness.clone().prop_map(filled),
        1 => Just(missed(WHOLE)),
        2 => lateness.prop_map(waiting),
    ];
    (answer, sizes())
}

fn sized(answer: Answer, size: Value) -> Answer {
    match answer {
        Answer::Filled { lateness, .. } => Answer::Filled { lateness, size },
        Answer::Missed { .. } => Answer::Missed { size },
        Answer::Waiting { lateness, .. } => Answer::Waiting { lateness, size },
    }
}

fn size_of(answer: Answer) -> Value {
    let (Answer::Filled { size, .. } | Answer::Missed { size } | Answer::Waiting { size, .. }) = answer;
    size
}

/// The exact weight of D25, at most one.
fn weight(params: &AnsweringParams, answer: Answer) -> Frac {
    Frac::new(big(size_of(answer).min(params.whole).get()), big(params.whole.get()))
}

/// The most whole seconds that an answer counts.
fn counted(params: &AnsweringParams, answer: Answer) -> u64 {
    let exact = weight(params, answer).mul(&Frac::int(u128::from(params.max_gap.get())));
    u64::try_from(rational::fits128(&exact.floor(0)).expect("at most the gap")).expect("at most the gap")
}

fn less(a: &Frac, b: &Frac) -> Frac {
    if a > b { a.sub(b) } else { Frac::int(0) }
}

fn larger(a: Frac, b: Frac) -> Frac {
    if a > b { a } else { b }
}

/// Rounded down to steps of 2^-48.
fn fits(number: &Frac) -> u128 {
    rational::fits128(&number.floor(48)).expect("a ratio")
}

/// The exact score of D25.
fn score(params: &AnsweringParams, answer: Answer) -> Frac {
    let (Answer::Filled { lateness, .. } | Answer::Waiting { lateness, .. }) = answer else { return Frac::int(0) };
    let (prompt, late, lateness) = (params.prompt.get(), params.late.get(), lateness.get());
    if lateness <= prompt { Frac::one() } else { Frac::new(late.saturating_sub(lateness), late - prompt) }
}

proptest! {
    /// One step: a fall by the weight to the score and no lower, never above the exact recovery, the clock of what is not
    /// counted yet; never lower for a smaller lateness; a fall no lighter and a rise no smaller for a larger lot.
    #[test]
    fn one_step(
        params in any_params(), (answer, size) in answers(), (other, more) in answers(), dt in prop_oneof![0_u64..200, any64()],
    ) {
        let rule = config(params);
        let open = rule.open(at(0));
        let answer = sized(answer, size.of(params.whole));
        let whole_step = |answer| rule.observe(open, answer, at(dt)).expect("forward");
        let after = |answer| whole_step(answer).health();
        let health = Frac::of(after(answer));
        let (old, score_of, weight) = (Frac::of(params.start), score(&params, answer), weight(&params, answer));
        // Score and weight are rounded once each.
        let ulps = |count: u32| Frac::new(count, pow2(48));
        let open_time = dt.min(params.max_gap.get());
        let n = open_time.min(counted(&params, answer));
        if let Answer::Waiting { .. } = answer {
            let most = larger(score_of.clone(), less(&Frac::one(), &weight));
            let exact = if most < old { most } else { old.clone() };
            prop_assert!(health <= exact && health.add(&ulps(1)) > exact);
            prop_assert_eq!(whole_step(answer).at(), open.at());
        } else if score_of <= old {
            let exact = larger(score_of.clone(), less(&old, &weight));
            prop_assert!(health <= exact);
            prop_assert!(health.add(&ulps(1)) > exact, "no lower than the weight takes it");
            prop_assert_eq!(whole_step(answer).at(), at(dt - open_time + n));
        } else {
            // score - (score - old) d^n, the power exact up to 2^-60 for a short time.
            if let Some(n) = u32::try_from(n).ok().filter(|n| *n < 200) {
                let left = Frac::new(BigUint::from(params.recovery.to_bits()).pow(n), pow2(63 * n));
                let exact = score_of.sub(&score_of.sub(&old).mul(&left));
                prop_assert!(health <= exact);
                prop_assert!(health.add(&ulps(8)) >= exact);
            }
            prop_assert!(health.add(&ulps(1)) > old && health <= score_of);
            prop_assert_eq!(whole_step(answer).at(), at(dt - open_time + n));
        }
        // Monotone in lateness among answers of one kind and size.
        let same = sized(other, size_of(answer));
        if let (Answer::Filled { lateness: a, .. }, Answer::Filled { lateness: b, .. })
            | (Answer::Waiting { lateness: a, .. }, Answer::Waiting { lateness: b, .. }) = (answer, same)
        {
            prop_assert!(after(answer) >= after(same) || a > b);
        }
        // Monotone in size.
        let larger = sized(answer, size_of(answer).max(more.of(params.whole)));
        let rises = !matches!(answer, Answer::Waiting { .. }) && score_of > old;
        let (more, less) = if rises { (after(larger), after(answer)) } else { (after(answer), after(larger)) };
        prop_assert!(more >= less);
    }

    /// Whatever is seen, of the distance to one at least `recovery^n` is left after `n` counted seconds, no more of them than
    /// have passed, and no more than `max_gap` for each whole lot that was filled; no more is lost than the weights of what
    /// was missed or late and of what waited; the factors keep to their ranges.
    #[test]
    fn no_path_recovers_faster(
        params in any_params(),
        steps in prop::collection::vec((answers(), 0_u64..300), 1..30),
    ) {
        let rule = config(params);
        let mut state = rule.open(at(0));
        let (mut now, mut counted, mut filled) = (0, 0_u64, Frac::int(0));
        let (mut lost, mut waited) = (Frac::int(0), Frac::int(0));
        for ((answer, size), dt) in steps {
            let answer = sized(answer, size.of(params.whole));
            now += dt;
            let before = state;
            state = rule.observe(state, answer, at(now)).expect("forward");
            let weight = weight(&params, answer);
            if state.health() > before.health() {
                // The time that was open, less what still is.
                let open = (now - before.at().get()).min(params.max_gap.get());
                counted += open - (now - state.at().get());
                filled = filled.add(&weight);
                let is_fill = matches!(answer, Answer::Filled { .. });
                prop_assert!(is_fill, "without a fill nothing rises");
            } else if let Answer::Waiting { .. } = answer {
                waited = larger(waited, weight.add(&Frac::new(1_u32, pow2(48))));
            } else {
                lost = lost.add(&weight).add(&Frac::new(1_u32, pow2(48)));
            }
            prop_assert!(state.at() >= before.at() && state.at().get() <= now);
            let lots = rule.lot_factor_floor(&state).expect("at most one");
            prop_assert!(lots >= params.least_lot && lots <= Ratio::ONE);
            let rest = Frac::one().sub(&Frac::of(params.least_lot)).mul(&Frac::of(state.health()));
            prop_assert_eq!(u128::from(lots.to_bits()), u128::from(params.least_lot.to_bits()) + fits(&rest));
            let boost = rule.boost_floor(&state).expect("at most the limit");
            prop_assert!(boost >= Ratio::ONE && boost <= params.most_boost);
            let more = Frac::of(params.most_boost).sub(&Frac::one()).mul(&Frac::of(state.failing()));
            prop_assert_eq!(u128::from(boost.to_bits()), u128::from(Ratio::ONE.to_bits()) + fits(&more));
            if answer == missed(size_of(answer).get()) && size_of(answer) >= params.whole {
                prop_assert_eq!((state.health(), state.at()), (Ratio::ZERO, at(now)));
            }
        }
        prop_assert!(counted <= now, "no second counts twice");
        prop_assert!(Frac::int(u128::from(counted)) <= filled.mul(&Frac::int(u128::from(params.max_gap.get()))));
        let counted = u32::try_from(counted).expect("short");
        let left = Frac::new(BigUint::from(params.recovery.to_bits()).pow(counted), pow2(63 * counted));
        let start = Frac::one().sub(&Frac::of(params.start));
        prop_assert!(Frac::of(state.failing()) >= start.mul(&left));
        let spared = less(&Frac::one(), &waited);
        let spared = if spared < Frac::of(params.start) { spared } else { Frac::of(params.start) };
        prop_assert!(Frac::of(state.health()).add(&lost) >= spared, "no more is lost than was missed");
    }

    /// Two runs with the same lots at the same times: the one whose lots are later, and that starts lower, is never above.
    #[test]
    fn later_answers_never_help(
        params in any_params(),
        lower in 0_u64..=1 << 48,
        steps in prop::collection::vec((answers(), 0_u64..300, prop_oneof![Just(0), Just(u64::MAX), 0_u64..2_000, any64()]), 1..30),
    ) {
        let rule = config(params);
        let worse = AnsweringParams { start: params.start.min(Ratio::from_bits(lower)), ..params };
        let (mut good, mut bad, mut now) = (rule.open(at(0)), config(worse).open(at(0)), 0);
        for ((answer, size), dt, more) in steps {
            now += dt;
            let answer = sized(answer, size.of(params.whole));
            let later = |lateness: Seconds| Seconds::new(lateness.get().saturating_add(more));
            let late = match answer {
                Answer::Filled { size, .. } if more == u64::MAX => Answer::Missed { size },
                Answer::Filled { lateness, size } => Answer::Filled { lateness: later(lateness), size },
                Answer::Missed { size } => Answer::Missed { size },
                Answer::Waiting { lateness, size } => Answer::Waiting { lateness: later(lateness), size },
            };
            good = rule.observe(good, answer, at(now)).expect("forward");
            bad = rule.observe(bad, late, at(now)).expect("forward");
            prop_assert!(bad.health() <= good.health());
            prop_assert_eq!(bad.at(), good.at());
        }
    }

    /// A lot that is cut is missed like the whole of it, heavier by at most the roundings, in whatever pieces.
    #[test]
    fn misses_count_by_their_sum(
        params in any_params(), pieces in prop::collection::vec(sizes(), 1..40), dt in 0_u64..1_000,
    ) {
        let rule = config(params);
        let (mut state, mut sum) = (rule.open(at(0)), Frac::int(0));
        for piece in &pieces {
            let answer = Answer::Missed { size: piece.of(params.whole) };
            sum = sum.add(&weight(&params, answer));
            state = rule.observe(state, answer, at(dt)).expect("forward");
        }
        let exact = less(&Frac::of(params.start), &sum);
        let health = Frac::of(state.health());
        prop_assert!(health <= exact);
        prop_assert!(health.add(&Frac::new(BigUint::from(pieces.len()), pow2(48))) >= exact);
    }

    /// What waits limits the estimate by its weight, and telling it again changes nothing.
    #[test]
    fn waiting_twice_is_waiting_once(params in any_params(), (answer, size) in answers(), times in prop::array::uniform2(0_u64..300)) {
        let rule = config(params);
        let Answer::Waiting { lateness, .. } = answer else { return Ok(()) };
        let answer = Answer::Waiting { lateness, size: size.of(params.whole) };
        let once = rule.observe(rule.open(at(0)), answer, at(times[0])).expect("forward");
        prop_assert_eq!(rule.observe(once, answer, at(times[0] + times[1])), Ok(once));
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
    let mut state = rule.observe(rule.open(at(0)), missed(WHOLE), at(0)).expect("forward");
    let (mut sum, mut count) = (0_u64, 1_u64);
    for second in 0..60 {
        state = rule.observe(state, filled(0), at(second)).expect("forward");
        (sum, count) = (sum + 1, count + 1);
    }
    assert!(10 * sum > 9 * count, "the average says nine in ten within a minute");
    assert!(state.health() < Ratio::from_bits(1 << 42), "the estimate has recovered by less than a 64th");
}

/// A miss that counts in full whatever its size, the naive rule, is bought with dust by a borrower with dust loans.
#[test]
fn one_atom_missed_is_not_a_whole_lot() {
    let rule = config(params());
    let naive = rule.observe(rule.open(at(0)), missed(WHOLE), at(1_000)).expect("forward");
    let missed = rule.observe(rule.open(at(0)), missed(1), at(1_000)).expect("forward");
    assert_eq!(naive.health(), Ratio::ZERO, "each lot counted as a whole one");
    // 2^-30 is 2^18 steps.
    assert_eq!(missed.failing(), Ratio::from_bits(1 << 18));
    assert_eq!(missed.at(), at(400), "and it leaves the time for which fills may count");
}

/// Dust that is filled on time heals nothing; a fill that counts in full whatever its size, the naive rule, heals all.
#[test]
fn dust_filled_on_time_heals_nothing() {
    let rule = config(params());
    let down = rule.observe(rule.open(at(0)), missed(WHOLE), at(0)).expect("forward");
    let heal = |size| {
        (1..=60).try_fold(down, |state, step| rule.observe(state, filled_of(size, 0), at(600 * step))).expect("forward")
    };
    assert_eq!(heal(1).health(), Ratio::ZERO);
    let naive = heal(WHOLE).health();
    assert!(naive > Ratio::from_bits(127 << 41), "ten hours of whole lots: ten half-lives");
    // A tenth of a whole lot: a tenth of the time, one half-life.
    let tenth = heal(WHOLE / 10 + 1).health();
    assert!(tenth > Ratio::from_bits((1 << 47) - (1 << 20)) && tenth <= Ratio::from_bits(1 << 47));
}

/// Fills that each use up the time since the last one, whatever their size, the naive clock, are blocked with dust: then a
/// whole lot counts for the second since the last dust. Here it counts for what no lot has counted.
#[test]
fn dust_does_not_block_healing() {
    let rule = config(params());
    let down = rule.observe(rule.open(at(0)), missed(WHOLE), at(0)).expect("forward");
    let plain = rule.observe(down, filled(0), at(600)).expect("forward");
    for dust in [filled_of(1, 0), filled_of(1, 600), missed(1)] {
        let dusty = (1..600).try_fold(down, |state, second| rule.observe(state, dust, at(second))).expect("forward");
        assert_eq!((dusty.health(), dusty.at()), (Ratio::ZERO, at(0)));
        assert_eq!(rule.observe(dusty, filled(0), at(600)), Ok(plain));
    }
    let naive = rule.observe(Answering::read_from(&stamped(down, 599)).expect("a state"), filled(0), at(600));
    assert!(naive.expect("forward").health().to_bits() < plain.health().to_bits() / 500);
}

/// The stored form of an estimate with another time.
fn stamped(state: Answering, when: u64) -> [u8; Answering::BYTES] {
    let mut bytes = [0; Answering::BYTES];
    state.write_to(&mut bytes).expect("the right length");
    bytes[12..20].copy_from_slice(&when.to_le_bytes());
    bytes
}

/// A weight that multiplies what is left, the naive weight, never comes to the end: a lot cut into many pieces, all missed,
/// leaves `1/e` of the estimate, and keepers that fail on small lots are not seen to fail.
#[test]
fn pieces_of_a_whole_lot_take_it_all() {
    let rule = config(params());
    let open = rule.open(at(0));
    let all = (0..1_024).try_fold(open, |state, _| rule.observe(state, missed(WHOLE / 1_024), at(0))).expect("forward");
    assert_eq!(all.health(), Ratio::ZERO);
    let most =
        (0..1_023).try_fold(open, |state, _| rule.observe(state, missed(WHOLE / 1_024), at(0))).expect("forward");
    assert_eq!(most.health(), Ratio::from_bits(1 << 38), "and not before all are missed");
    let naive = (0..1_024).fold(Ratio::ONE, |health, _| health.mul_floor(Ratio::from_bits(1_023 << 38)).expect("less"));
    assert!(naive > Ratio::from_bits(1 << 46));
}

/// A lot that waits and is told often: a rule that takes its weight each time, the naive one, is at zero after as many calls
/// as it is a part of a whole one.
#[test]
fn telling_a_waiting_lot_often_changes_nothing() {
    let rule = config(params());
    let dust = Answer::Waiting { lateness: Seconds::new(600), size: Value::new(WHOLE / 64) };
    let told =
        (0..1_000).try_fold(rule.open(at(0)), |state, step| rule.observe(state, dust, at(step))).expect("forward");
    assert_eq!(told.failing(), Ratio::from_bits(1 << 42));
    let naive = (0..1_000).fold(Ratio::ONE, |health, _| health.excess_over(Ratio::from_bits(1 << 42)));
    assert_eq!(naive, Ratio::ZERO);
}
