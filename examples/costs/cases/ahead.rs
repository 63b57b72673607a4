//! What the guard says ahead of a crash, and early sales.

use super::Io;
use super::scene::{NOW, Scene, bps, dollars, keep};
use damper::Error;
use damper::attack::Reach;
use damper::book::{Book, Shape, Snapshot};
use damper::clearing::{PaceConfig, PaceParams};
use damper::early::{EarlyRule, Start};
use damper::exposure::{ExposureMap, PriceGrid};
use damper::foresight::Attack;
use damper::guard::{Guard, GuardParams};
use damper::health::Position;
use damper::ratio::Ratio;
use damper::risk::{Law, RiskConfig, RiskParams};
use damper::stress::External;
use damper::units::{Rate, Seconds};

const K: usize = 16;

/// Rounds of ten minutes.
fn pace() -> Result<PaceConfig, Error> {
    PaceConfig::new(PaceParams { round: Seconds::new(600), piece: Ratio::ULP })
}

/// The scene's guard, which sells a position early when its chance is above 1 %.
#[inline(never)]
fn early(guard: &Guard<1>) -> Result<&'static mut Guard<1>, Error> {
    let horizon = guard.params().volatility.params().horizon;
    let tolerance = Ratio::from_bps_floor(100)?;
    let risk = RiskConfig::new(RiskParams { horizon, drift: Rate::ZERO, law: Law::SubGaussian, tolerance })?;
    let start = Start::ByChance(EarlyRule { risk, pace: pace()? });
    keep(Guard::new(GuardParams { start, ..*guard.params() }))
}

/// A map of 16 buckets, 2 % apart, the first 2 % below the price, with as much in each.
#[inline(never)]
fn exposed(io: &mut Io<'_>, scene: &Scene<1>) -> Result<&'static mut ExposureMap<K>, Error> {
    let step = Ratio::from_bps_floor(9_800)?;
    let top = scene.state.price().band.low().scale_floor(step)?;
    let map = keep(PriceGrid::geometric(top, step).map(ExposureMap::new))?;
    let size = scene.token.amount(io);
    let prices = *map.grid().prices();
    for price in prices {
        *map = map.add(price, size)?;
    }
    Ok(map)
}

#[inline(never)]
fn pool(scene: &Scene<1>) -> Result<Book<1>, Error> {
    Shape::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: scene.depth })
}

group! { (io)
    "Guard::heed" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let report = External { source_time: NOW, backlog: None, oracle: None, keepers: None, neighbours: None };
        call!(io, (scene.guard, &*scene.state, report), |(guard, state, report)| guard.heed(**state, NOW, report));
    }
    "Guard::forecast, 16 buckets" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let map = exposed(io, scene)?;
        let fall = bps(io)?;
        call!(io, (scene.guard, &*scene.state, &*map, fall), |(guard, state, map, fall)| {
            guard.forecast(state, NOW, map, *fall)
        });
    }
    "Guard::open_interest_cap" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let slack = Seconds::new(io.small());
        call!(io, (scene.guard, &*scene.state, pace()?, slack), |(guard, state, pace, slack)| {
            guard.open_interest_cap(state, NOW, pace, *slack)
        });
    }
    "Guard::restrained" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        call!(io, (scene.guard, bps(io)?), |(guard, factor)| guard.restrained(*factor));
    }
    "Guard::no_profitable_push, a pool, one entry" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let reach = [Reach { from: bps(io)?, value: dollars(io) }];
        let (clearing, most) = (Ratio::from_bps_floor(9_800)?, Ratio::from_bps_floor(9_000)?);
        let attack = Attack { lasting: Seconds::ZERO, clearing, reward: Ratio::ZERO, reach: &reach, most };
        call!(io, (scene.guard, &*scene.state, pool(scene)?, &attack), |(guard, state, pool, attack)| {
            guard.no_profitable_push(state, NOW, pool, attack)
        });
    }
    "Guard::assess, early sales" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let guard = early(scene.guard)?;
        let position = Position::<0, 0>::new(scene.token.amount(io), dollars(io));
        call!(io, (&*guard, &*scene.state, &position), |&(guard, state, position)| guard.assess(state, NOW, position));
    }
}
