//! 13 March 2020: more is to be sold than there are bids.
//!
//! Public: bids of 20 M USD in the book of the largest derivatives exchange against 100 to 300 M of liquidations to
//! come, until it went down. Assumed: those bids stood within 10 % of the price, so 1.85 M moved the thinned book by
//! 1 %, 8.1 M a calm one; positions of 600 M, drawn from 30 to 78 % of debt, so that about as much comes due as was
//! pending. The path is BTC by the hour on a spot exchange; the exchange's own price was lower.

use crate::figures::{fall, millions, percent};
use crate::lending::Loans;
use crate::naive::Naive;
use crate::path::{Clock, Path};
use crate::prices::{Prices, parse};
use crate::replay::Replay;
use crate::scenario::{Mechanism, Origin, Scenario, Sellers, Unusable, bought, per_cent};
use damper::Error;

pub(super) fn scenario(seed: u64) -> Result<Scenario, Unusable> {
    let Prices { notes, rows } = parse(include_str!("../../data/btc_2020-03.csv"))?;
    let path = Path::through(&rows, Clock::Continuous);
    let (calm, collateral) = (per_cent(&path, 8_100)?, bought(&path, 600)?);
    let loans = Loans { ltv_bps: (3_000, 7_800), ..Loans::against(collateral) };
    let mut scenario = Scenario::plain(
        ["bitmex", "BTC, 8 to 15 March 2020: more to sell than bids"],
        (notes, Origin::Recorded),
        (path, calm),
        (Sellers::Loans(loans), seed),
    );
    scenario.naive = vec![Naive::NO_THROTTLE, Naive::CLOSE_FACTOR, Naive::WINDOW_CAP];
    scenario.mechanism = Some(Mechanism { name: "more to sell than bids", rule: 0, words });
    Ok(scenario)
}

fn words(scenario: &Scenario, replay: &Replay) -> Result<String, Error> {
    let (free, damped) = (replay.unthrottled(), replay.damped());
    let units = |ticks| crate::figures::price(scenario.path.scale.units(ticks));
    Ok(format!(
        "An engine that must sell takes every bid there is: the price goes to {}, {} of the fall in log-price its own \
         work, and {} M are missing at worst. Damper sells {} M, for a fall of {}, hands {} loans over, and misses {} M \
         at worst.",
        units(free.lowest),
        percent(1.0 - free.exogenous.to_f64_hi() / free.drawdown.to_f64_hi()),
        millions(free.worst_bad_debt),
        millions(damped.sold),
        percent(fall(damped.drawdown)),
        replay.backstop.loans,
        millions(damped.worst_bad_debt),
    ))
}
