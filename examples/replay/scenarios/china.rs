//! 4 and 7 January 2016: the CSI 300 halts at 5 % for a quarter of an hour and at 7 % for the day.
//!
//! Public: both halts on both days, at 13:12 and 13:33 on the 4th, at 9:42 and within two minutes of reopening at
//! 9:57 on the 7th; closes near 3,731 on 31 December, 3,469, 3,479 and 3,540; rules suspended from the 8th, which
//! closed 2 % higher; margin debt of about 1.2 trn CNY, turnover of the order of 600 bn a day. Assumed: half of the
//! hourly turnover, 75 bn, moves a calm book by 1 %, as for ETH; the half of the debt that is nearest its line as
//! loans drawn from 50 to 79 %, on average 60 %, so 1 trn of collateral. The clock counts trading minutes: 240 a day,
//! nothing between. A calm minute moves the index by 0.08 %. One seller halts and nobody sells ahead of it; the other
//! is that of the time.

use crate::figures::{fall, millions, percent};
use crate::lending::Loans;
use crate::naive::{DAY, Naive};
use crate::replay::Replay;
use crate::run::Outcome;
use crate::scenario::{Mechanism, Origin, Scenario, Sellers, Unusable, bought, per_cent, through};
use damper::Error;
use damper::units::Value;

/// Midnight of 4 January in UTC, a whole number of trading days of 240 minutes from 1970.
const START: u64 = 1_451_865_600;
/// The day begins at 9:30, which is 1:30 in UTC, and pauses for an hour and a half after two hours.
const OPENS: u64 = 5_400;
const PAUSE: u64 = 5_400;
/// Minutes without a sale.
const QUIET: usize = 10;

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
    let mut path = through(START, 60, &points)?;
    for step in &mut path.steps {
        let traded = step.clock - START;
        let (day, second) = (traded / DAY, traded % DAY);
        let pause = if second >= DAY / 2 { PAUSE } else { 0 };
        step.wall = START + day * 86_400 + OPENS + second + pause;
    }
    let (calm, collateral) = (per_cent(&path, 75_000_000)?, bought(&path, 1_000_000)?);
    let notes =
        vec!["Synthesised from published levels and times of the halts; the clock counts trading minutes.".into()];
    let loans = Loans { ltv_bps: (5_000, 7_900), ..Loans::against(collateral) };
    let mut scenario = Scenario::plain(
        ["china", "CSI 300, 4 to 8 January 2016: margin loans"],
        (notes, Origin::Synthesised),
        (path, calm),
        (Sellers::Loans(loans), seed),
    );
    scenario.venue.calm_pace = Some(800);
    scenario.naive = vec![Naive::NO_THROTTLE, Naive::HALT_UNSEEN, Naive::HALT];
    scenario.mechanism = Some(Mechanism { name: "halts that attract and release", rule: 2, words });
    Ok(scenario)
}

/// The most that one minute sold after ten without a sale.
pub(crate) fn released(outcome: &Outcome) -> Value {
    let sales = &outcome.by_step;
    let after_none = |step: &usize| sales[step - QUIET..*step].iter().all(|sold| sold.is_zero());
    (QUIET..sales.len()).filter(after_none).map(|step| sales[step]).max().unwrap_or(Value::ZERO)
}

fn words(_: &Scenario, replay: &Replay) -> Result<String, Error> {
    let (unseen, halts, damped) = (&replay.outcomes[1], &replay.outcomes[2], replay.damped());
    Ok(format!(
        "A halt that is foreseen makes accounts sell ahead of it, {} M in all against {} M, and what waits is sold at \
         once: up to {} M in one minute after ten without a sale. Waiting earns damper the leak and nothing else: {} \
         M. Falls: {} with halts, {} with damper.",
        millions(halts.sold),
        millions(unseen.sold),
        millions(released(halts)),
        millions(released(damped)),
        percent(fall(halts.drawdown)),
        percent(fall(damped.drawdown)),
    ))
}
