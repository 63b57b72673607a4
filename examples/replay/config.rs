//! Damper's configuration: the crate's preset, for all scenarios alike, with one change: the threshold and the bonus
//! stay at their calm values whatever the volatility, and the naive sellers have the same, so that the same prices
//! trigger all four. (The auction's start still follows the volatility.) No scenario has parameters of its own; only
//! a sweep varies them.

use damper::Error;
use damper::book::Shape;
use damper::depth::{DepthConfig, DepthParams};
use damper::guard::{Guard, GuardParams};
use damper::ledger::{LedgerConfig, LedgerParams};
use damper::parameters::Parameters;
use damper::preset::{Site, lending};
use damper::ratio::Ratio;
use damper::schedule::{ScheduleConfig, ScheduleParams};
use damper::units::{Amount, Rate, Seconds, Value};

/// A loan is not sold in parts worth less than this many quote atoms: 1,000 units.
const LEAST_SALE: Value = Value::new(1_000_000_000);

/// What a sweep varies, basis points; `None` leaves what the preset has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Knobs {
    pub(crate) own_share: Option<u32>,
    pub(crate) burst: Option<u32>,
    /// A hundredth of a basis point an hour.
    pub(crate) leak: Option<u32>,
    pub(crate) haircut: Option<u32>,
}

impl Knobs {
    pub(crate) const PRESET: Knobs = Knobs { own_share: None, burst: None, leak: None, haircut: None };

    fn ledger(self, preset: LedgerParams) -> Result<LedgerConfig, Error> {
        let or = |bps: Option<u32>, preset: Ratio| bps.map_or(Ok(preset), Ratio::from_bps_floor);
        let leak = |hundredths: u32| {
            Rate::from_ratio_over_floor(
                Ratio::from_fraction_floor(u128::from(hundredths), 1_000_000)?,
                Seconds::new(3_600),
            )
        };
        LedgerConfig::new(LedgerParams {
            burst: or(self.burst, preset.burst)?,
            own_share: or(self.own_share, preset.own_share)?,
            leak: self.leak.map_or(Ok(preset.leak), leak)?,
            ..preset
        })
    }

    /// The preset's depth with another haircut: its other parts are not to be had from it, and are given again.
    fn depth(self, site: &Site<1>, preset: DepthConfig<1>) -> Result<DepthConfig<1>, Error> {
        let Some(haircut) = self.haircut else { return Ok(preset) };
        DepthConfig::new(DepthParams {
            shape: site.shape,
            haircut: Ratio::from_bps_floor(haircut)?,
            max_age: Seconds::new(site.heartbeat.get() * 2),
            rise_time: Seconds::new(6 * 3_600),
            rise_base: site.rise_base,
        })
    }
}

/// The parts of the guard of a market that is updated at least every `heartbeat`, with this reserve in calm times.
pub(crate) fn params(heartbeat: Seconds, calm: Amount, knobs: Knobs) -> Result<GuardParams<1>, Error> {
    let rise_base = calm.mul_floor(Ratio::from_bps_floor(500)?)?;
    let site =
        Site { shape: Shape::ConstantProduct, heartbeat, min_sale: LEAST_SALE, rise_base, depth_norm: Some(calm) };
    let preset = lending(&site)?;
    let schedule = *preset.schedule.params();
    let stressed = Parameters { auction_buffer: schedule.stressed.auction_buffer, ..schedule.calm };
    Ok(GuardParams {
        schedule: ScheduleConfig::new(ScheduleParams { stressed, ..schedule })?,
        ledger: knobs.ledger(preset.ledger.params())?,
        depth: knobs.depth(&site, preset.depth)?,
        ..preset
    })
}

/// The guard of such a market.
pub(crate) fn guard(heartbeat: Seconds, calm: Amount, knobs: Knobs) -> Result<Guard<1>, Error> {
    Guard::new(params(heartbeat, calm, knobs)?)
}
