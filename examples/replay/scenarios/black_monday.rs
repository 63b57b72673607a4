//! Black Monday, 19 October 1987: portfolio insurers and the sales that their rules required.
//!
//! 75 bn USD are insured (the Brady report names 60 to 90 bn). In calm times 1 bn USD of sales moves the price by 1
//! %. Check: on 19 October insurers sold 6 bn and the price fell by 23 % in logarithms; had they alone moved it, 0.26
//! bn moved it by 1 %, and a book thinned 4.4 times takes 0.23 bn here.

use crate::figures::{fall, millions, percent};
use crate::path::{Clock, Path};
use crate::prices::parse;
use crate::replay::Replay;
use crate::scenario::{Mechanism, Origin, Scenario, Sellers, Unusable, bought, per_cent};
use damper::Error;

pub(super) fn scenario(seed: u64) -> Result<Scenario, Unusable> {
    let prices = parse(include_str!("../../data/sp500_1987-10.csv"))?;
    let path = Path::through(&prices.rows, Clock::Sessions);
    let (calm, insured) = (per_cent(&path, 1_000_000)?, bought(&path, 75_000)?);
    let mut scenario = Scenario::plain(
        ["black-monday", "S&P 500, October 1987: portfolio insurers"],
        (prices.notes, Origin::Recorded),
        (path, calm),
        (Sellers::Insurers(insured), seed),
    );
    scenario.mechanism = Some(Mechanism { name: "insurers sell into their own fall", rule: 0, words });
    Ok(scenario)
}

fn words(_: &Scenario, replay: &Replay) -> Result<String, Error> {
    let (free, damped) = (replay.unthrottled(), replay.damped());
    Ok(format!(
        "Sold as their rules require, {} M of stock turn a fall of {} into one of {}, which requires still more; \
         damper lets {} M be sold, the fall is {}, and {} M are left unsold: insurance that the market cannot give.",
        millions(free.sold),
        percent(fall(free.exogenous)),
        percent(fall(free.drawdown)),
        millions(damped.sold),
        percent(fall(damped.drawdown)),
        millions(damped.backlog),
    ))
}
