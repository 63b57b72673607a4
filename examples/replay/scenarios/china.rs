//! 4 and 7 January 2016: the CSI 300 halts at 5 % for a quarter of an hour and at 7 % for the day.
//!
//! Public: both halts on both days, at 13:12 and 13:33 on the 4th, at 9:42 and within two minutes of reopening at 9:57 on the
//! 7th; closes near 3,731 on 31 December, 3,469, 3,479 and 3,540; rules suspended from the 8th, which closed 2 % higher; margin debt of
//! about 1.2 trn CNY, turnover of the order of 600 bn a day. Assumed: half of the hourly turnover, 75 bn, moves
//! a calm book by 1 %, as for ETH; loans drawn from 10 to 78 % on average 33 %, so 3.5 trn of collateral. The clock counts
//! trading minutes: 240 a day, nothing between. A calm minute moves the index by 0.08 %.

use crate::figures::{fall, millions, percent};
use crate::lending::Loans;
use crate::naive::Naive;
use crate::replay::Replay;
use crate::scenario::{Mechanism, Origin, Scenario, Sellers, Unusable, bought, per_cent, through};
use damper::Error;

/// Midnight of 4 January, a whole number of trading days of 240 minutes from 1970.
const START: u64 = 1_451_865_600;

pub(super) fn scenario(seed: u64) -> Result<Scenario, Unusable> {
    let points = [
        (0, "3731"),
        (120, "3590"),
        (132, "3544.4"),
        (147, "3544.4"),
        (153, "3469"),
        (240, "3469"),
        (480, "3479"),
        (720, "3540"),
        (732, "3363"),
        (747, "3363"),
        (749, "3292"),
        (960, "3292"),
        (1_200, "3361"),
    ];
    let path = through(START, 60, &points)?;
    let (calm, collateral) = (per_cent(&path, 75_000_000)?, bought(&path, 3_500_000)?);
    let notes =
        vec!["Synthesised from published levels and times of the halts; the clock counts trading minutes.".into()];
    let loans = Loans { ltv_bps: (1_000, 7_800), ..Loans::against(collateral) };
    let mut scenario = Scenario::plain(
        ["china", "CSI 300, 4 to 8 January 2016: margin loans"],
        (notes, Origin::Synthesised),
        (path, calm),
        (Sellers::Loans(loans), seed),
    );
    scenario.venue.calm_pace = Some(800);
    scenario.naive = vec![Naive::NO_THROTTLE, Naive::CLOSE_FACTOR, Naive::HALT];
    scenario.mechanism = Some(Mechanism { name: "halts that attract and release", rule: 2, words });
    Ok(scenario)
}

fn words(_: &Scenario, replay: &Replay) -> Result<String, Error> {
    let (free, halts, damped) = (replay.unthrottled(), &replay.outcomes[2], replay.damped());
    Ok(format!(
        "Near a halt, accounts that it would lock in sell first, and when it ends all that waited is sold at once: at most {} M \
         in a minute, {} M without halts. The ledger goes on leaking while damper's breaker is up, and nothing else is \
         earned by waiting: at most {} M in a minute. Falls: {} with halts, {} with damper.",
        millions(halts.most_in_a_step()),
        millions(free.most_in_a_step()),
        millions(damped.most_in_a_step()),
        percent(fall(halts.drawdown)),
        percent(fall(damped.drawdown)),
    ))
}
