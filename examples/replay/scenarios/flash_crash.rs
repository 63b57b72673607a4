//! 6 May 2010: 75,000 E-mini contracts, 4.1 bn USD, sold at 9 % of the trailing volume without regard to price.
//!
//! Public (CFTC and SEC, Findings regarding the market events of May 6, 2010): the order and its rule; 35,000
//! contracts, 2 bn, within 13 minutes while the price fell by about 5 %; the rest of the order within 20 minutes;
//! resting bids of 2.65 bn at 14:30 and of 58 M at 14:45, which is 45 times less. Assumed: 1 bn of sales moves a calm
//! book by 1 % (check: 2 bn for 5 % is 0.4 bn for 1 %, a book thinned 2.5 times); a calm minute trades 10,000
//! contracts and moves the price by 0.05 %, 16 % a year (check: with volume up 4.4 times, 9 % of it sells the order
//! in 19 minutes); the index as it might have gone without the order: 1.3 % lower at 14:32, 2.2 % at 14:45, then
//! back. One unit is one index unit, a fiftieth of a contract.

use crate::figures::{fall, millions, percent};
use crate::naive::Naive;
use crate::path::BASE_UNIT;
use crate::replay::Replay;
use crate::scenario::{Mechanism, Origin, Scenario, Sellers, Unusable, per_cent, through};
use damper::Error;
use damper::units::Amount;

/// 14:00 in New York.
const START: u64 = 1_273_168_800;
const CONTRACT: u128 = 50 * BASE_UNIT;

pub(super) fn scenario(seed: u64) -> Result<Scenario, Unusable> {
    // The order comes at 14:32, where the path starts.
    let points = [(32, "1128"), (45, "1118"), (68, "1122"), (120, "1127"), (240, "1125")];
    let path = through(START, 60, &points)?;
    let calm = per_cent(&path, 1_000_000)?;
    let notes = vec![
        "Synthesised from the findings of the CFTC and the SEC on 6 May 2010; the path without the order is assumed."
            .into(),
    ];
    let mut scenario = Scenario::plain(
        ["flash-crash", "E-mini S&P 500, 6 May 2010: one order of 75,000 contracts"],
        (notes, Origin::Synthesised),
        (path, calm),
        (Sellers::Program(Amount::new(75_000 * CONTRACT)), seed),
    );
    scenario.venue.calm_pace = Some(500);
    scenario.venue.most_stress = 45_000_000;
    scenario.naive = vec![Naive::NO_THROTTLE, Naive::WINDOW_CAP, Naive::volume(Amount::new(10_000 * CONTRACT))];
    scenario.mechanism = Some(Mechanism { name: "volume-indexed selling", rule: 2, words });
    Ok(scenario)
}

fn words(scenario: &Scenario, replay: &Replay) -> Result<String, Error> {
    let volume = &replay.outcomes[2];
    let peak = volume.most_in_a_step();
    let at = volume.by_step.iter().position(|sold| *sold == peak).unwrap_or(0);
    let damped = replay.damped();
    Ok(format!(
        "Volume is not depth: it rises with the selling. The order takes 9 % of it, {} M in its first minute and {} M \
         in minute {}, at any price, and the price falls {} where it would have fallen {}. Damper sells {} M in \
         {:.1} hours, the fall is {}, and {} M of the order are left.",
        millions(volume.by_step[0]),
        millions(peak),
        at + 1,
        percent(fall(volume.drawdown)),
        percent(fall(volume.exogenous)),
        millions(damped.sold),
        scenario.path.length() as f64 / 3_600.0,
        percent(fall(damped.drawdown)),
        millions(damped.backlog),
    ))
}
