//! The configuration of the life beside the guard's.

use crate::feeds::SourcesConfig;
use crate::refusal::Refusal;
use crate::terms::{Terms, TermsParams};
use damper::answering::{AnsweringConfig, AnsweringParams};
use damper::clearing::{PaceConfig, PaceParams};
use damper::keeper::{RewardConfig, RewardParams};
use damper::oracle::OracleConfig;
use damper::ratio::Ratio;
use damper::sources::{Source, SourcesParams};
use damper::units::{Decay, Rate, Seconds, Value};

const fn cents(count: u128) -> Value {
    Value::new(count.saturating_mul(10_000))
}

/// The configuration of the life beside the guard's.
///
/// Three sources of which one may lie, each asked and believed for 29 seconds, so that the wick filter of 60 is longer than
/// twice that. A lot an hour; all that is owed is to be sold for within 20 days after a fall by a tenth. A penalty of 1 %, of
/// which at most half pays keepers: a dollar and 0.1 %, up to 50 dollars; twice the offer while nobody
/// answers, of which a lot of 10,000 dollars tells.
///
/// # Errors
/// None in fact.
pub fn terms() -> Result<Terms, Refusal> {
    let bps = Ratio::from_bps_ceil;
    let limits = OracleConfig::new(Seconds::new(29), bps(20)?)?;
    let source = Source { limits, update_band: Ratio::ZERO };
    let sources = SourcesConfig::new(SourcesParams {
        sources: [source; 3],
        faulty: 1,
        quorum: 3,
        divergence: bps(100)?,
        max_width: bps(199)?,
    })?;
    Terms::new(TermsParams {
        sources: Some(sources),
        pace: PaceConfig::new(PaceParams { round: Seconds::new(3_600), piece: Ratio::ZERO })?,
        slack: Seconds::new(20 * 86_400),
        fall: bps(1_000)?,
        penalty: bps(100)?,
        reward: RewardConfig::new(RewardParams {
            tip: cents(100),
            chip: bps(10)?,
            growth: Rate::ZERO,
            most_growth: Ratio::ZERO,
            cap: cents(5_000),
            share: bps(5_000)?,
        })?,
        answering: AnsweringConfig::new(AnsweringParams {
            prompt: Seconds::new(180),
            late: Seconds::new(1_800),
            recovery: Decay::from_half_life_floor(Seconds::new(300))?,
            max_gap: Seconds::new(3_600),
            whole: cents(1_000_000),
            start: bps(7_500)?,
            least_lot: Ratio::ONE,
            most_boost: bps(20_000)?,
        })?,
        kick_cost: cents(2),
        settle_cost: cents(1),
    })
}
