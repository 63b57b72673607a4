//! 12 and 13 March 2020: auctions that nobody bids in.
//!
//! Public: ETH from 194.6 to 86.0; lots of 8.32 M USD of ETH won for nothing, a loss of 5.67 M; 36 % of all
//! liquidations were won by a bid of zero (Whiterabbit, Black Thursday for MakerDAO, 14 March 2020). Here keepers miss
//! that share of the lots while the market moves at least twice as fast as in calm times, under the auction of that time
//! and under damper's alike. Book and loans are those of March 2020 by the hour (`eth.rs`). The path is by 10 minutes on
//! the 12th, by the hour on the 13th, closes only, so it does not show the lowest trade.

use super::eth::{MARCH_2020, MARCH_2020_COLLATERAL, MARCH_2020_PER_CENT, loans};
use crate::figures::{millions, percent};
use crate::naive::Naive;
use crate::prices::{Prices, parse};
use crate::replay::Replay;
use crate::scenario::{Mechanism, Scenario, Unusable};
use damper::Error;

/// 14 March 2020.
const END: u64 = 1_584_144_000;

pub(super) fn scenario(seed: u64) -> Result<Scenario, Unusable> {
    let Prices { mut notes, mut rows } = parse(include_str!("../../data/eth_10min_2020-03-12.csv"))?;
    let hourly = parse(MARCH_2020)?;
    let last = rows.last().map_or(0, |row| row.time);
    rows.extend(hourly.rows.into_iter().filter(|row| row.time > last && row.time <= END));
    notes.push("Then the hourly closes of 13 March:".into());
    notes.extend(hourly.notes);
    let names = ["maker", "ETH, 12 and 13 March 2020: zero bids"];
    let mut scenario = loans(Prices { notes, rows }, names, (MARCH_2020_PER_CENT, MARCH_2020_COLLATERAL), seed);
    scenario.venue.scarce_keepers = true;
    scenario.naive = vec![Naive::NO_THROTTLE, Naive::CLOSE_FACTOR, Naive::zero_bid(seed)];
    scenario.mechanism = Some(Mechanism { name: "zero bids", rule: 2, words });
    Ok(scenario)
}

fn words(_: &Scenario, replay: &Replay) -> Result<String, Error> {
    let (zero, damped) = (&replay.outcomes[2], replay.damped());
    let least = damped.marks.least_paid_bps.map_or("nothing was sold".into(), |bps| {
        format!("the least paid was {} of the market's price", percent(f64::from(bps) / 1e4))
    });
    Ok(format!(
        "Lots that the keepers miss go for nothing: ETH worth {} M, of {} M of bad debt at worst. Damper's keepers \
         miss as many; a lot that nobody takes is offered again, and no price is below the auction's floor: {} M went \
         for nothing, {least}, bad debt at worst is {} M.",
        millions(zero.marks.for_nothing),
        millions(zero.worst_bad_debt),
        millions(damped.marks.for_nothing),
        millions(damped.worst_bad_debt),
    ))
}
