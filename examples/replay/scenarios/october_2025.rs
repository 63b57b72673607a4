//! 10 October 2025: depth that is shown and is not there.
//!
//! Public: 6.93 bn USD of positions liquidated from 20:50 to 21:30 UTC, 3.2 bn in the minute of 21:15; BTC from
//! 122,000 to below 105,000; book depth down by 90 to 98 %, which is 50 times at most. Assumed: a third of it BTC,
//! positions of 50 bn drawn from 30 to 79 %, of which about that much comes due; 1 bn of sales moves a calm book by 1
//! % (check: a third of 6.93 bn for 11 % is 0.2 bn for 1 %, a book thinned five times on average), a calm minute the
//! price by 0.04 %; in every second minute the source of depth shows the calm book, whatever there is.

use crate::figures::{fall, millions, percent};
use crate::lending::Loans;
use crate::naive::Naive;
use crate::replay::Replay;
use crate::scenario::{Mechanism, Origin, Scenario, Sellers, Unusable, bought, per_cent, through};
use damper::Error;

/// 20:00 UTC.
const START: u64 = 1_760_126_400;

pub(super) fn scenario(seed: u64) -> Result<Scenario, Unusable> {
    let points = [
        (0, "122000"),
        (50, "117000"),
        (70, "113000"),
        (75, "107000"),
        (80, "104800"),
        (90, "111000"),
        (240, "113000"),
    ];
    let path = through(START, 60, &points)?;
    let (calm, collateral) = (per_cent(&path, 1_000_000)?, bought(&path, 50_000)?);
    let loans = Loans { ltv_bps: (3_000, 7_900), ..Loans::against(collateral) };
    let notes = vec!["Synthesised from published prices and liquidations; log-linear between.".into()];
    let mut scenario = Scenario::plain(
        ["october-2025", "BTC, 10 October 2025: ghost depth"],
        (notes, Origin::Synthesised),
        (path, calm),
        (Sellers::Loans(loans), seed),
    );
    scenario.venue.calm_pace = Some(400);
    scenario.venue.most_stress = 50_000_000;
    scenario.venue.ghosts = true;
    scenario.naive = Naive::USUAL.into();
    scenario.mechanism = Some(Mechanism { name: "ghost depth", rule: 2, words });
    Ok(scenario)
}

fn words(_: &Scenario, replay: &Replay) -> Result<String, Error> {
    let (free, cap, damped) = (replay.unthrottled(), &replay.outcomes[2], replay.damped());
    Ok(format!(
        "A cap on the depth as shown sells {} M into a book that shows its calm depth every second minute and has \
         down to a fiftieth of it: a fall of {}, {} without a throttle. Damper believes half of what is shown, and a \
         rise only at the pace of a doubling in six hours: {} M, a fall of {}, its sales displaced {:.2} times what \
         they were charged, of {:.0} declared.",
        millions(cap.sold),
        percent(fall(cap.drawdown)),
        percent(fall(free.drawdown)),
        millions(damped.sold),
        percent(fall(damped.drawdown)),
        replay.kappa.measured,
        replay.bound.kappa.0 as f64 / replay.bound.kappa.1 as f64,
    ))
}
