//! Damper's configuration: the crate's preset, for all scenarios alike, with one change: the threshold and the bonus stay
//! at their calm values whatever the volatility, and the naive sellers have the same, so that the same prices trigger all
//! four. (The auction's start still follows the volatility.)

use damper::Error;
use damper::book::Shape;
use damper::guard::{Guard, GuardParams};
use damper::parameters::Parameters;
use damper::preset::{Site, lending};
use damper::ratio::Ratio;
use damper::schedule::{ScheduleConfig, ScheduleParams};
use damper::units::{Amount, Seconds, Value};

/// A loan is not sold in parts worth less than this many quote atoms: 1,000 units.
const LEAST_SALE: Value = Value::new(1_000_000_000);

/// The parts of the guard of a market that is updated at least every `heartbeat`, with this reserve in calm times.
pub(crate) fn params(heartbeat: Seconds, calm: Amount) -> Result<GuardParams<1>, Error> {
    let rise_base = calm.mul_floor(Ratio::from_bps_floor(500)?)?;
    let site = Site { shape: Shape::ConstantProduct, heartbeat, min_sale: LEAST_SALE, rise_base };
    let preset = lending(&site)?;
    let schedule = *preset.schedule.params();
    let stressed = Parameters { auction_buffer: schedule.stressed.auction_buffer, ..schedule.calm };
    Ok(GuardParams { schedule: ScheduleConfig::new(ScheduleParams { stressed, ..schedule })?, ..preset })
}

/// The guard of such a market.
pub(crate) fn guard(heartbeat: Seconds, calm: Amount) -> Result<Guard<1>, Error> {
    Guard::new(params(heartbeat, calm)?)
}
