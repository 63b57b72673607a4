//! What is done with an observation.

use super::Io;
use super::scene::{NOW, Scene, Token, bps, grid, ladder, product_preset};
use damper::Error;
use damper::book::{Shape, Snapshot};
use damper::breaker::Breaker;
use damper::depth::DepthObservation;
use damper::price::Price;
use damper::schedule::{Ramp, Schedule};
use damper::units::{Seconds, Timestamp};
use damper::volatility::{Volatility, VolatilityConfig, VolatilityParams};
use damper::window::Window;

group! { (io)
    "Shape::measure_floor, ladder of 20, grid of 8" => {
        let token = Token::read(io);
        let depth = token.amount(io);
        let top = io.next();
        let (bids, reference) = (ladder(token, depth, top)?, token.cents(top)?);
        call!(io, (grid()?, Snapshot::Ladder { reference, levels: &bids }), |(shape, seen)| shape.measure_floor(seen));
    }
    "DepthConfig::accept, constant product" => { accept(io, Shape::<1>::ConstantProduct)?; }
    "DepthConfig::accept, ladder of 20, grid of 8" => { accept(io, grid()?)?; }
    "OracleConfig::accept" => {
        let token = Token::read(io);
        let (last, seen) = (token.seen(io, 60)?, token.seen(io, 120)?);
        call!(io, (product_preset()?.oracle, last, seen, NOW), |(config, last, seen, now)| {
            config.accept(last, seen, *now)
        });
    }
    "Window::observe" => {
        let token = Token::read(io);
        let window = Window::open(token.price(io)?, Timestamp::new(60));
        call!(io, (window, token.price(io)?, NOW, Seconds::new(io.small())), |&(window, price, now, width)| {
            window.observe(price, now, width)
        });
    }
    "VolatilityConfig::observe" => {
        let token = Token::read(io);
        let config = product_preset()?.volatility;
        let config = VolatilityConfig::new(VolatilityParams { start: bps(io)?, ..*config.params() })?;
        let cold = Volatility::cold(&config, token.price(io)?, NOW);
        let at = NOW.checked_add(Seconds::new(io.small()))?;
        call!(io, (config, cold, token.price(io)?, at), |&(config, last, price, at)| config.observe(last, price, at));
    }
    "VolatilityConfig::sigma_ceil" => {
        let config = product_preset()?.volatility;
        let config = VolatilityConfig::new(VolatilityParams { start: bps(io)?, ..*config.params() })?;
        let cold = Volatility::cold(&config, Price::MAX, NOW);
        call!(io, (config, cold), |(config, volatility)| config.sigma_ceil(volatility));
    }
    "ScheduleConfig::step" => {
        let config = product_preset()?.schedule;
        let open = Schedule::open(Timestamp::new(60));
        call!(io, (config, open, bps(io)?, NOW), |(config, last, sigma, now)| {
            config.step(*last, *sigma, *now, Ramp::Moving)
        });
    }
    "ScheduleConfig::in_force" => {
        let config = product_preset()?.schedule;
        let open = Schedule::open(Timestamp::new(0));
        let sigma = bps(io)?;
        let state = config.step(open, sigma, Timestamp::new(io.small()), Ramp::Moving)?;
        call!(io, (config, state, sigma), |(config, state, sigma)| config.in_force(state, *sigma));
    }
    "BreakerConfig::observe" => {
        let token = Token::read(io);
        let config = product_preset()?.breaker;
        let open = Breaker::open(token.price(io)?, Timestamp::new(60));
        call!(io, (config, open, token.price(io)?, NOW), |(config, last, price, now)| config.observe(*last, *price, *now));
    }
}

#[inline(never)]
fn accept<const N: usize>(io: &mut Io<'_>, shape: Shape<N>) -> Result<(), Error> {
    let scene = Scene::read(io, shape)?;
    let now = Timestamp::new(180);
    let seen = DepthObservation { source_time: now, snapshot: scene.snapshot() };
    call!(io, (scene.guard.params().depth, *scene.state.depth(), seen, now), |(config, state, seen, now)| {
        config.accept(*state, seen, *now)
    });
    Ok(())
}
