//! June 2022: one loan of 95 % of a pool. It was not liquidated; this is what was feared.
//!
//! Public: 5.7 M SOL against 108 M USD of debt, 95 % of the pool's SOL; below 22.30 a fifth of it, 21 M USD, could be
//! liquidated at once, on books too thin for it; SOL at 34.5, the lowest of those days near 26. Assumed: a fall to 20
//! within two days; the other 5 % of the SOL as 400 drawn loans; 1 M USD of sales moves a calm book by 1 %, a calm 10
//! minutes the price by 0.4 %.

use crate::figures::{fall, millions, percent};
use crate::lending::Loans;
use crate::naive::Naive;
use crate::path::BASE_UNIT;
use crate::replay::Replay;
use crate::scenario::{Mechanism, Origin, Scenario, Sellers, Unusable, per_cent, through};
use damper::Error;
use damper::units::Amount;

/// 19 June 2022, midnight UTC.
const START: u64 = 1_655_596_800;
/// 108 M over 5.7 M SOL at 34.5, basis points.
const WHALE_LTV_BPS: u64 = 5_492;

pub(super) fn scenario(seed: u64) -> Result<Scenario, Unusable> {
    let points = [(0, "34.5"), (720, "30"), (1_440, "26"), (2_160, "22.3"), (2_880, "20"), (4_320, "24")];
    let path = through(START, 600, &points)?;
    let calm = per_cent(&path, 1_000)?;
    let loans = Loans {
        whales: vec![(Amount::new(5_700_000 * BASE_UNIT), WHALE_LTV_BPS)],
        ..Loans::against(Amount::new(300_000 * BASE_UNIT))
    };
    let notes = vec!["Synthesised: the loan as published, on a fall that did not come.".into()];
    let mut scenario = Scenario::plain(
        ["solend", "SOL, June 2022: one loan larger than the book"],
        (notes, Origin::Synthesised),
        (path, calm),
        (Sellers::Loans(loans), seed),
    );
    scenario.venue.calm_pace = Some(4_000);
    scenario.naive = vec![Naive::NO_THROTTLE, Naive::CLOSE_FACTOR_20, Naive::WINDOW_CAP];
    scenario.mechanism = Some(Mechanism { name: "whale larger than the book", rule: 1, words });
    Ok(scenario)
}

fn words(_: &Scenario, replay: &Replay) -> Result<String, Error> {
    let (free, fifth, damped) = (replay.unthrottled(), &replay.outcomes[1], replay.damped());
    Ok(format!(
        "Sold at once, or by fifths, the loan takes the book down with it: falls of {} and {}, {} M and {} M missing \
         at worst. Damper sells {} M, for a fall of {}, hands {} M of debt over, and leaves {} M waiting at the end; \
         {} M are missing at worst, because the price stayed above the debt, which no rule for selling sees to: a \
         loan that the book cannot pay for is to be refused when it is opened.",
        percent(fall(free.drawdown)),
        percent(fall(fifth.drawdown)),
        millions(free.worst_bad_debt),
        millions(fifth.worst_bad_debt),
        millions(damped.sold),
        percent(fall(damped.drawdown)),
        millions(replay.backstop.debt),
        millions(damped.backlog),
        millions(damped.worst_bad_debt),
    ))
}
