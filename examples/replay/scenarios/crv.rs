//! 12 and 13 June 2024: loans for which a liquidation makes things worse.
//!
//! Public: CRV worth 141 M USD against 95.7 M of debt in five loans of one owner, CRV down by more than 30 % within
//! an hour to 0.219, then near 0.28; about 10 M of bad debt ("too large for the market"). The same had come in
//! November 2022 and August 2023. Assumed: the five loans equal, at 60 to 76 % and 67.9 % together; 40 M USD of drawn
//! loans beside them; 300,000 USD of sales move a calm book by 1 %, a calm 5 minutes the price by 0.3 %.

use crate::figures::{fall, millions, percent};
use crate::lending::Loans;
use crate::naive::Naive;
use crate::replay::Replay;
use crate::run::Outcome;
use crate::scenario::{Mechanism, Origin, Scenario, Sellers, Unusable, bought, per_cent, through};
use damper::Error;
use damper::units::Amount;

/// 12 June 2024, 20:00 UTC.
const START: u64 = 1_718_222_400;
const LTV_BPS: [u64; 5] = [6_000, 6_400, 6_800, 7_150, 7_600];

pub(super) fn scenario(seed: u64) -> Result<Scenario, Unusable> {
    let points = [(0, "0.355"), (240, "0.34"), (300, "0.24"), (330, "0.219"), (720, "0.28"), (1_440, "0.28")];
    let path = through(START, 300, &points)?;
    let (calm, owned) = (per_cent(&path, 300)?, bought(&path, 141)?);
    let whales = LTV_BPS.map(|ltv_bps| (Amount::new(owned.get() / 5), ltv_bps));
    let loans = Loans { whales: whales.into(), ..Loans::against(bought(&path, 40)?) };
    let notes = vec!["Synthesised from published prices and positions; log-linear between.".into()];
    let mut scenario = Scenario::plain(
        ["crv", "CRV, 12 and 13 June 2024: a toxic spiral"],
        (notes, Origin::Synthesised),
        (path, calm),
        (Sellers::Loans(loans), seed),
    );
    scenario.venue.calm_pace = Some(3_000);
    scenario.naive = Naive::USUAL.into();
    scenario.mechanism = Some(Mechanism { name: "toxic spiral", rule: 1, words });
    Ok(scenario)
}

fn words(_: &Scenario, replay: &Replay) -> Result<String, Error> {
    let worse = |outcome: &Outcome| format!("{} of {}", outcome.marks.worsening, outcome.marks.sales);
    let (free, half, damped) = (replay.unthrottled(), &replay.outcomes[1], replay.damped());
    Ok(format!(
        "Once ratio times bonus times impact reaches one, each sale leaves its loan worse: {} sales did without a \
         throttle, {} by halves, for falls of {} and {}. Damper hands such loans over, {} of them with {} M of debt. \
         It sold {} M, in lots offered before the fall of which {} left a loan worse (SPEC.md, T10), and {} M are \
         missing at worst against {} M.",
        worse(free),
        worse(half),
        percent(fall(free.drawdown)),
        percent(fall(half.drawdown)),
        replay.backstop.loans,
        millions(replay.backstop.debt),
        millions(damped.sold),
        worse(damped),
        millions(damped.worst_bad_debt),
        millions(free.worst_bad_debt),
    ))
}
