//! 11 October 2022: the price is pushed up, and the gain is borrowed against.
//!
//! Public: MNGO from 0.038 to 0.91 within minutes on about 4 M USD of spot purchases, 483 M MNGO of perpetuals as the
//! collateral, 116 M USD borrowed, MNGO at 0.02 after. A book on which 4 M raise the price 24 times holds 1.03 M of
//! the quote: 5,100 USD move it by 1 %. Here one venue of three is pushed, for half an hour. **In October 2022 the
//! venues that the oracle read were pushed alike**: then the median is pushed too, and damper lends as the others do.
//! The words say so, with figures of such a run. What is lent against an asset is to be limited by what its book can
//! pay; no price rule does that.

use crate::feed::Source;
use crate::figures::millions;
use crate::lending::Loans;
use crate::naive::Naive;
use crate::path::{BASE_UNIT, QUOTE_MILLION};
use crate::replay::Replay;
use crate::scenario::{Mechanism, Origin, Scenario, Sellers, Unusable, per_cent, through};
use damper::Error;
use damper::units::{Amount, Value};

/// 22:00 UTC.
const START: u64 = 1_665_525_600;
const PUSHED: Source = Source::Wrong { from: START + 26 * 60, until: START + 56 * 60, num: 910, den: 38 };

pub(super) fn scenario(seed: u64) -> Result<Scenario, Unusable> {
    let path = through(START, 60, &[(0, "0.038"), (60, "0.0379"), (90, "0.02"), (240, "0.0201")])?;
    // The reserve of the text, to three digits.
    let calm = per_cent(&path, 5)?;
    let loans = Loans {
        arrivals: vec![(START + 30 * 60, Amount::new(483_000_000 * BASE_UNIT))],
        pool: Value::new(116 * QUOTE_MILLION),
        ..Loans::against(Amount::new(5_000_000 * BASE_UNIT))
    };
    let notes = vec!["Synthesised from published figures: one venue of three pushed from 0.038 to 0.91.".into()];
    let mut scenario = Scenario::plain(
        ["mango", "MNGO, 11 October 2022: push up, borrow"],
        (notes, Origin::Synthesised),
        (path, calm),
        (Sellers::Loans(loans), seed),
    );
    scenario.venue.calm_pace = Some(1_000);
    scenario.venue.sources = vec![PUSHED, Source::Honest, Source::Honest];
    scenario.naive = vec![Naive::NO_THROTTLE, Naive::CLOSE_FACTOR, Naive::MEDIAN];
    scenario.mechanism = Some(Mechanism { name: "push up, borrow (one venue of three)", rule: 0, words });
    Ok(scenario)
}

/// The same with all three venues pushed, as it was.
pub(crate) fn all_pushed(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.venue.sources = vec![PUSHED; 3];
    scenario
}

fn words(scenario: &Scenario, replay: &Replay) -> Result<String, Error> {
    let (single, damped) = (replay.unthrottled(), replay.damped());
    let pushed = Replay::of(&all_pushed(scenario), &|| {})?;
    Ok(format!(
        "A market that reads the pushed venue lends {} M and misses {} M at worst; with one venue of three pushed \
         damper lends {} M. With all three pushed, as it was, damper lends {} M and misses {} M: no rule on prices \
         limits what is lent against a price that is true and cannot be sold at.",
        millions(single.marks.lent),
        millions(single.worst_bad_debt),
        millions(damped.marks.lent),
        millions(pushed.damped().marks.lent),
        millions(pushed.damped().worst_bad_debt),
    ))
}
