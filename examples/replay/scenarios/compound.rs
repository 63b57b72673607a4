//! 26 November 2020: one venue shows DAI at 1.30.
//!
//! Public: the feed followed the price of one exchange, where DAI traded at 1.30 USD between 7:00 and 8:00 UTC, within
//! 20 % of a second one that rose with it; on other large exchanges it stayed near 1; about 89 M USD of loans were
//! liquidated. The price here is that of the collateral in DAI, so the wrong venue shows 1/1.30 of it, for half an hour,
//! and two of the others are the further sources. Assumed: 200 M of collateral, loans drawn from 40 to 79 %, so that
//! about half as much is liquidated at the wrong price; 20 M of sales move a calm book by 1 %. A calm minute moves the
//! price by 0.02 %.

use crate::feed::Source;
use crate::figures::{fall, millions, percent};
use crate::lending::Loans;
use crate::naive::Naive;
use crate::replay::Replay;
use crate::scenario::{Mechanism, Origin, Scenario, Sellers, Unusable, bought, per_cent, through};
use damper::Error;

/// 6:30 UTC.
const START: u64 = 1_606_372_200;

pub(super) fn scenario(seed: u64) -> Result<Scenario, Unusable> {
    let points = [(0, "1"), (60, "0.998"), (90, "0.995"), (150, "0.999"), (300, "1")];
    let path = through(START, 60, &points)?;
    let (calm, collateral) = (per_cent(&path, 20_000)?, bought(&path, 200)?);
    let notes =
        vec!["Synthesised from published figures: the collateral in DAI, of which one venue shows 1/1.30.".into()];
    let loans = Loans { ltv_bps: (4_000, 7_900), ..Loans::against(collateral) };
    let mut scenario = Scenario::plain(
        ["compound", "Collateral in DAI, 26 November 2020: a wrong oracle"],
        (notes, Origin::Synthesised),
        (path, calm),
        (Sellers::Loans(loans), seed),
    );
    scenario.venue.calm_pace = Some(200);
    let wrong = Source::Wrong { from: START + 60 * 60, until: START + 90 * 60, num: 10, den: 13 };
    scenario.venue.sources = vec![wrong, Source::Honest, Source::Honest];
    scenario.naive = vec![Naive::NO_THROTTLE, Naive::CLOSE_FACTOR, Naive::MEDIAN];
    scenario.mechanism = Some(Mechanism { name: "wrong oracle", rule: 0, words });
    Ok(scenario)
}

fn words(_: &Scenario, replay: &Replay) -> Result<String, Error> {
    let (single, median, damped) = (replay.unthrottled(), &replay.outcomes[2], replay.damped());
    Ok(format!(
        "Read from one venue, {} M of collateral are sold from loans that the market's price does not call for, and \
         the sales move the price itself by {}. At the median of three, {} M without a throttle and {} M with damper.",
        millions(single.marks.undue),
        percent(fall(single.drawdown)),
        millions(median.marks.undue),
        millions(damped.marks.undue),
    ))
}
