//! The stress index and the appetite.

use super::Io;
use super::scene::bps;
use damper::Error;
use damper::appetite::{Appetite, AppetiteConfig, AppetiteParams};
use damper::ratio::Ratio;
use damper::stress::{DepthProfile, External, Fill, Internal, Signal, StressConfig, StressParams};
use damper::units::{Amount, Rate, Seconds, Timestamp, Value};

fn between(calm: u32, stressed: u32) -> Result<Signal, Error> {
    Ok(Signal::Between { calm: Ratio::from_bps_floor(calm)?, stressed: Ratio::from_bps_floor(stressed)? })
}

/// Every signal, around a depth given in base atoms.
fn stress_params(io: &mut Io<'_>) -> Result<StressParams, Error> {
    Ok(StressParams {
        volatility: between(1_000, 4_000)?,
        depth: between(7_500, 2_500)?,
        depth_norm: Amount::new(io.next()),
        fill: between(7_500, 10_000)?,
        backlog: between(0, 30_000)?,
        oracle: between(10_000, 5_000)?,
        keepers: between(9_000, 5_000)?,
        neighbours: between(10_000, 2_500)?,
        max_age: Seconds::new(300),
    })
}

#[inline(never)]
fn params(io: &mut Io<'_>) -> Result<AppetiteParams, Error> {
    Ok(AppetiteParams {
        stress: StressConfig::new(stress_params(io)?)?,
        floor: Ratio::from_bps_floor(2_500)?,
        start: Ratio::ONE,
        hysteresis: Ratio::from_bps_floor(1_000)?,
        recovery: Rate::from_ratio_over_floor(Ratio::ONE, Seconds::new(86_400))?,
        hold: Seconds::new(3_600),
        max_step: Seconds::new(3_600),
    })
}

/// Volatility, depth, use and cap of the ledger.
#[inline(never)]
fn seen(io: &mut Io<'_>) -> Result<Internal, Error> {
    Ok(Internal {
        volatility: Some(bps(io)?),
        depth: Some(Amount::new(io.next())),
        fill: Some(Fill { used: bps(io)?, cap: bps(io)? }),
    })
}

/// Backlog, oracle, keepers, neighbours.
#[inline(never)]
fn report(io: &mut Io<'_>) -> Result<External, Error> {
    Ok(External {
        source_time: Timestamp::new(60),
        backlog: Some(bps(io)?),
        oracle: Some(bps(io)?),
        keepers: Some(bps(io)?),
        neighbours: Some(bps(io)?),
    })
}

/// A market after a report and an observation at 60 seconds.
#[inline(never)]
fn lived(io: &mut Io<'_>) -> Result<(AppetiteConfig, Appetite), Error> {
    let config = AppetiteConfig::new(params(io)?)?;
    let mut state = config.open(Timestamp::new(0));
    config.heed(&mut state, &report(io)?, Timestamp::new(60))?;
    config.update(&mut state, &seen(io)?, Timestamp::new(60))?;
    Ok((config, state))
}

/// A depth on eight points, in proportion to their number.
fn rising(io: &mut Io<'_>) -> [Amount; 8] {
    let last = io.next();
    [1, 2, 3, 4, 5, 6, 7, 8].map(|part| Amount::new(last / 8 * part))
}

group! { (io)
    "StressConfig::new" => {
        call!(io, stress_params(io)?, |params| StressConfig::new(*params).map(|config| config.is_reported()));
    }
    "AppetiteConfig::new" => {
        call!(io, params(io)?, |params| AppetiteConfig::new(*params).and_then(|config| config.heals_within()));
    }
    "StressConfig::internal_ceil" => {
        call!(io, (params(io)?.stress, seen(io)?), |(config, seen)| config.internal_ceil(seen));
    }
    "StressConfig::external_ceil" => {
        call!(io, (params(io)?.stress, report(io)?), |(config, report)| config.external_ceil(report));
    }
    "DepthProfile::thinnest_floor" => {
        let profile = DepthProfile::new(&rising(io))?;
        call!(io, (profile, rising(io)), |(profile, depth)| profile.thinnest_floor(depth));
    }
    "AppetiteConfig::update" => {
        let (config, state) = lived(io)?;
        call!(io, (config, state, seen(io)?, Timestamp::new(io.small())), |(config, state, seen, now)| {
            let mut state = *state;
            config.update(&mut state, seen, *now).map(|()| state)
        });
    }
    "AppetiteConfig::heed" => {
        let (config, state) = lived(io)?;
        call!(io, (config, state, report(io)?), |(config, state, report)| {
            let mut state = *state;
            config.heed(&mut state, report, Timestamp::new(60)).map(|()| state)
        });
    }
    "Appetite::max_ltv_floor" => {
        let (_, state) = lived(io)?;
        call!(io, (state, bps(io)?), |(state, ltv)| state.max_ltv_floor(*ltv));
    }
    "Appetite::amount_floor" => {
        let (_, state) = lived(io)?;
        call!(io, (state, Amount::new(io.next())), |(state, amount)| state.amount_floor(*amount));
    }
    "Appetite::value_floor" => {
        let (_, state) = lived(io)?;
        call!(io, (state, Value::new(io.next())), |(state, value)| state.value_floor(*value));
    }
}
