//! Damper's configuration: the crate's preset, for all scenarios alike, with two changes. The threshold and the bonus
//! stay at their calm values whatever the volatility, and the naive sellers have the same, so that the same prices
//! trigger all four. (The auction's start still follows the volatility.) And the appetite looks at the quality of the
//! price sources. No scenario has parameters of its own; only a sweep varies them.
//!
//! The sources are joined by [`damper::sources`], in one configuration too:
//!
//! | parameter | value | why |
//! |---|---|---|
//! | sources | one, or three | three are the fewest of which one may be corrupted |
//! | corrupted `f` | the largest minority: none of one, one of three | |
//! | quorum | `2 f + 1`: all of them | what `f` corrupted ones cannot outvote; with one of three silent there is no price |
//! | age `A` | a quarter of the heartbeat | each is asked at each step; one with nothing new has not answered; see below |
//! | width of a report | 0.01 % | a source shows one price, which is rounded |
//! | update band | none | a source that is asked does not wait for a change |
//! | divergence | 5 % | a venue that is further from the median is not at the same price |
//! | width emitted | that of the guard, 2 % | |
//! | quality, as stress | 75 % to 25 % | as depth; 0 where one of three diverges or is silent, which is full stress |
//!
//! The wick of the preset, one heartbeat, fits: with three sources it must be above `2 A` ([`SourcesConfig::fits`]), and
//! `2 A` is half a heartbeat. A false price that lasts less than the other half earns nothing (SPEC.md, T13 (vi)). With
//! sources that are heard of once a heartbeat only (`A` of a heartbeat or more), the preset's wick would not fit; it would
//! have to be above two heartbeats.

use damper::Error;
use damper::appetite::{AppetiteConfig, AppetiteParams};
use damper::book::Shape;
use damper::depth::{DepthConfig, DepthParams};
use damper::guard::{Guard, GuardParams};
use damper::ledger::{LedgerConfig, LedgerParams};
use damper::oracle::OracleConfig;
use damper::parameters::Parameters;
use damper::preset::{Site, lending};
use damper::ratio::Ratio;
use damper::schedule::{ScheduleConfig, ScheduleParams};
use damper::sources::{Source, SourcesConfig, SourcesParams};
use damper::stress::{Signal, StressConfig, StressParams};
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
        Site { shape: Shape::ConstantProduct, heartbeat, min_sale: LEAST_SALE, rise_base, depth_norm: Some([calm]) };
    let preset = lending(&site)?;
    let schedule = *preset.schedule.params();
    let stressed = Parameters { auction_buffer: schedule.stressed.auction_buffer, ..schedule.calm };
    Ok(GuardParams {
        schedule: ScheduleConfig::new(ScheduleParams { stressed, ..schedule })?,
        appetite: with_oracle(&preset.appetite)?,
        ledger: knobs.ledger(preset.ledger.params())?,
        depth: knobs.depth(&site, preset.depth)?,
        ..preset
    })
}

/// The appetite with the quality of the sources among its signals.
fn with_oracle(preset: &AppetiteConfig) -> Result<AppetiteConfig, Error> {
    let oracle = Signal::Between { calm: Ratio::from_bps_floor(7_500)?, stressed: Ratio::from_bps_floor(2_500)? };
    let preset = *preset.params();
    let stress = StressConfig::new(StressParams { oracle, ..*preset.stress.params() })?;
    AppetiteConfig::new(AppetiteParams { stress, ..preset })
}

/// The rule that joins `S` sources for a guard, which must fit them.
pub(crate) fn sources<const S: usize>(guard: &GuardParams<1>) -> Result<SourcesConfig<S>, Error> {
    let faulty = u8::try_from((S - 1) / 2).map_err(|_| Error::FaultyRange)?;
    // The preset's wick is one heartbeat.
    let max_age = Seconds::new(guard.wick.get() / 4);
    let limits = OracleConfig::new(max_age, Ratio::from_bps_ceil(1)?)?;
    let config = SourcesConfig::new(SourcesParams {
        sources: [Source { limits, update_band: Ratio::ZERO }; S],
        faulty,
        quorum: 2 * faulty + 1,
        divergence: Ratio::from_bps_floor(500)?,
        max_width: guard.oracle.max_width(),
    })?;
    config.fits(&guard.oracle, guard.wick)?;
    Ok(config)
}

/// The guard of such a market.
pub(crate) fn guard(heartbeat: Seconds, calm: Amount, knobs: Knobs) -> Result<Guard<1>, Error> {
    Guard::new(params(heartbeat, calm, knobs)?)
}
