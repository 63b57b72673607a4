//! 12 May 2022: a feed stands still at 0.107 while LUNA trades at 0.01.
//!
//! Public: the two prices; two lending markets lost 11.2 M and about 8.3 M USD to borrowers who bought LUNA and
//! deposited it at the feed's price. Assumed: when the feed stopped (11:00) and when 0.01 was reached (17:00),
//! log-linear between; eight borrowers with 35 M LUNA each, an hour apart; 10 M LUNA of earlier loans; 5 M USD of
//! sales move a calm book by 1 %, a calm 10 minutes the price by 0.5 %; two further sources go on.

use crate::feed::Source;
use crate::figures::millions;
use crate::lending::Loans;
use crate::naive::Naive;
use crate::path::{BASE_UNIT, QUOTE_MILLION};
use crate::replay::Replay;
use crate::run::Outcome;
use crate::scenario::{Mechanism, Origin, Scenario, Sellers, Unusable, per_cent, through};
use damper::Error;
use damper::units::{Amount, Value};

/// Midnight, UTC; the feed stops, and the first borrower comes, this many minutes later.
const START: u64 = 1_652_313_600;
const STOPS: u64 = 660;
const BORROWERS: u64 = 8;

pub(super) fn scenario(seed: u64) -> Result<Scenario, Unusable> {
    let path = through(START, 600, &[(0, "1.10"), (STOPS, "0.107"), (1_020, "0.01"), (1_440, "0.01")])?;
    let calm = per_cent(&path, 5_000)?;
    let borrower = |number: u64| (START + (STOPS + 60 * (number + 1)) * 60, Amount::new(35_000_000 * BASE_UNIT));
    let loans = Loans {
        arrivals: (0..BORROWERS).map(borrower).collect(),
        pool: Value::new(195 * QUOTE_MILLION / 10),
        ..Loans::against(Amount::new(10_000_000 * BASE_UNIT))
    };
    let notes = vec!["Synthesised from published prices: log-linear, the first source stops at 0.107.".into()];
    let mut scenario = Scenario::plain(
        ["luna", "LUNA, 12 May 2022: a frozen feed"],
        (notes, Origin::Synthesised),
        (path, calm),
        (Sellers::Loans(loans), seed),
    );
    scenario.venue.calm_pace = Some(5_000);
    // The step after the one that shows 0.107 is the first that it misses.
    scenario.venue.sources = vec![Source::Frozen { from: START + STOPS * 60 + 1 }, Source::Honest, Source::Honest];
    scenario.naive = vec![Naive::NO_THROTTLE, Naive::CLOSE_FACTOR, Naive::MEDIAN];
    scenario.mechanism = Some(Mechanism { name: "frozen feed", rule: 0, words });
    Ok(scenario)
}

/// What a seller sold from the step on that the feed misses first.
pub(crate) fn sold_after_the_stop(scenario: &Scenario, outcome: &Outcome) -> Result<Value, Error> {
    let steps = scenario.path.steps.iter().zip(&outcome.by_step);
    let mut after = steps.filter(|(step, _)| step.clock > START + STOPS * 60).map(|(_, sold)| *sold);
    after.try_fold(Value::ZERO, Value::checked_add)
}

fn words(scenario: &Scenario, replay: &Replay) -> Result<String, Error> {
    let (single, median, damped) = (replay.unthrottled(), &replay.outcomes[2], replay.damped());
    Ok(format!(
        "A market that reads the frozen feed lends {} M against LUNA that costs a tenth, and sells nothing, because \
         at that price nothing is due: {} M are missing at worst. A source that shows nothing new is not counted: {} \
         M are lent at the median of the others. For damper the two others are no quorum, since one of the three may \
         be corrupted: it has no price from then on, lends {} M, sells {} M, and leaves {} M waiting at the end. On the \
         earlier loans it misses {} M, {} M more than the median without a throttle.",
        millions(single.marks.lent),
        millions(single.worst_bad_debt),
        millions(median.marks.lent),
        millions(damped.marks.lent),
        millions(sold_after_the_stop(scenario, damped)?),
        millions(damped.backlog),
        millions(damped.worst_bad_debt),
        millions(damped.worst_bad_debt.excess_over(median.worst_bad_debt)),
    ))
}
