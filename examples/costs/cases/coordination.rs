//! Several sellers on one book, and several markets.

use super::Io;
use super::scene::{Token, bps, product_preset};
use damper::Error;
use damper::assets::{CrossImpact, CrossImpactParams, largest_scale_floor};
use damper::coordination::{
    Budget, Neighbours, Registration, Report, Reports, effective_kappa_ceil, joint_bound_ceil, own_share_floor,
    share_floor,
};
use damper::ledger::Exposure;
use damper::ratio::Ratio;
use damper::units::{Rate, Seconds, Timestamp};

/// Burst and own share; a leak of 2^-28 a second.
#[inline(never)]
fn budget(io: &mut Io<'_>) -> Result<Budget, Error> {
    Ok(Budget { burst: bps(io)?, leak: Rate::per_second(Ratio::from_bits(1 << 20)), own_share: bps(io)? })
}

/// Drawdown, noise, time.
#[inline(never)]
fn exposure(io: &mut Io<'_>) -> Result<Exposure, Error> {
    Ok(Exposure { exogenous: bps(io)?, noise: bps(io)?, elapsed: Seconds::new(io.small()) })
}

/// Eight neighbours of one gain, whose reports count for 600 seconds.
#[inline(never)]
fn neighbours(io: &mut Io<'_>) -> Result<Neighbours<8>, Error> {
    let registered = [Registration { budget: Budget::ZERO, gain: bps(io)? }; 8];
    Ok(Neighbours { registered, max_age: Seconds::new(600) })
}

/// Eight reports of a gain, 1,000 seconds after the epoch.
#[inline(never)]
fn reports(io: &mut Io<'_>, neighbours: &Neighbours<8>) -> Result<Reports<8>, Error> {
    let (gain, at) = (bps(io)?, Timestamp::new(1_000));
    (0..8).try_fold(Reports::NONE, |reports, index| neighbours.accept(reports, index, Report { gain, at }, at))
}

/// Four markets: impact on each other, then burst and own share of each.
#[inline(never)]
fn markets(io: &mut Io<'_>) -> Result<CrossImpactParams<4>, Error> {
    let mut impacts = [[bps(io)?; 4]; 4];
    for (market, row) in impacts.iter_mut().enumerate() {
        if let Some(own) = row.get_mut(market) {
            *own = Ratio::ONE;
        }
    }
    Ok(CrossImpactParams { impacts, budgets: [budget(io)?; 4] })
}

group! { (io)
    "share_floor" => {
        let token = Token::read(io);
        call!(io, (token.amount(io), token.amount(io)), |(own, total)| share_floor(*own, *total));
    }
    "joint_bound_ceil, 8 sellers" => {
        let (kappa, foreign, sellers) = (bps(io)?, bps(io)?, [budget(io)?; 8]);
        call!(io, (kappa, foreign, sellers, exposure(io)?), |(kappa, foreign, sellers, exposure)| {
            joint_bound_ceil(*kappa, *foreign, sellers, *exposure)
        });
    }
    "effective_kappa_ceil" => {
        call!(io, (bps(io)?, bps(io)?), |(kappa, foreign)| effective_kappa_ceil(*kappa, *foreign));
    }
    "own_share_floor" => {
        call!(io, (bps(io)?, bps(io)?, bps(io)?), |(gain, kappa, foreign)| own_share_floor(*gain, *kappa, *foreign));
    }
    "Neighbours::accept, 8 neighbours" => {
        let neighbours = neighbours(io)?;
        let last = reports(io, &neighbours)?;
        let report = Report { gain: bps(io)?, at: Timestamp::new(io.small()) };
        call!(io, (neighbours, last, report, Timestamp::new(1_100)), |(neighbours, last, report, now)| {
            neighbours.accept(*last, 3, *report, *now).map(|reports| reports.last(3).map(|one| (one.gain, one.at)))
        });
    }
    "Neighbours::factor, 8 neighbours" => {
        let neighbours = neighbours(io)?;
        let reports = reports(io, &neighbours)?;
        call!(io, (neighbours, reports, Timestamp::new(io.small())), |(neighbours, reports, now)| {
            neighbours.factor(reports, *now)
        });
    }
    "Neighbours::narrowed, 8 neighbours" => {
        call!(io, (neighbours(io)?, product_preset()?.ledger), |(neighbours, config)| {
            neighbours.narrowed(config).map(|config| {
                let params = config.params();
                ((params.burst, params.leak.get()), (params.own_share, params.kappa))
            })
        });
    }
    "Neighbours::worst_bound_ceil, 8 neighbours" => {
        let (neighbours, own) = (neighbours(io)?, budget(io)?);
        call!(io, (neighbours, own, exposure(io)?), |(neighbours, own, exposure)| {
            neighbours.worst_bound_ceil(Ratio::ONE, *own, *exposure)
        });
    }
    "CrossImpact::new, 4 markets" => {
        call!(io, markets(io)?, |params| CrossImpact::new(*params).map(|markets| markets.params().impacts[0][1]));
    }
    "CrossImpact::bound_ceil, 4 markets" => {
        let markets = CrossImpact::new(markets(io)?)?;
        let exposures = [exposure(io)?; 4];
        call!(io, (markets, exposures, io.small() as u8), |(markets, exposures, rounds)| {
            markets.bound_ceil(exposures, *rounds).map(|[a, b, c, d]| ((a, b), (c, d)))
        });
    }
    "largest_scale_floor, 4 markets" => {
        let CrossImpactParams { impacts, budgets } = markets(io)?;
        call!(io, (impacts, budgets.map(|budget| budget.own_share)), |(impacts, shares)| {
            largest_scale_floor(impacts, shares)
        });
    }
}
