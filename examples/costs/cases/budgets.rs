//! The ledger, and the impact of sales.

use super::Io;
use super::scene::{NOW, Scene, bps, grid, product_preset};
use damper::Error;
use damper::book::Shape;
use damper::ledger::Exposure;
use damper::units::{Seconds, Timestamp};
use damper::window::Window;

group! { (io)
    "Ledger::advance" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let config = scene.guard.params().ledger;
        call!(io, (config, *scene.state.ledger(), Timestamp::new(io.small())), |(config, ledger, now)| {
            ledger.advance(config, *now)
        });
    }
    "Ledger::observe" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let window = Window::open(scene.token.price(io)?, NOW);
        call!(io, (*scene.state.ledger(), window), |(ledger, window)| ledger.observe(*window));
    }
    "Ledger::cap" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        call!(io, (scene.guard.params().ledger, *scene.state.ledger()), |(config, ledger)| ledger.cap(config));
    }
    "Ledger::reserve" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        call!(io, (scene.guard.params().ledger, *scene.state.ledger(), bps(io)?), |(config, ledger, impact)| {
            ledger.reserve(config, *impact)
        });
    }
    "Ledger::charge" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        call!(io, (scene.guard.params().ledger, *scene.state.ledger(), bps(io)?), |(config, ledger, impact)| {
            ledger.charge(config, *impact)
        });
    }
    "Ledger::permitted_at" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        call!(io, (scene.guard.params().ledger, *scene.state.ledger(), bps(io)?), |(config, ledger, impact)| {
            ledger.permitted_at(config, *impact)
        });
    }
    "LedgerConfig::bound_ceil" => {
        let exposure = Exposure { exogenous: bps(io)?, noise: bps(io)?, elapsed: Seconds::new(io.small()) };
        call!(io, (product_preset()?.ledger, exposure), |(config, exposure)| config.bound_ceil(*exposure));
    }
    "DepthConfig::charge_ceil, constant product" => { charge(io, Shape::<1>::ConstantProduct)?; }
    "DepthConfig::charge_ceil, grid of 8" => { charge(io, grid()?)?; }
    "DepthConfig::largest_sale_floor, constant product" => { largest(io, Shape::<1>::ConstantProduct)?; }
    "DepthConfig::largest_sale_floor, grid of 8" => { largest(io, grid()?)?; }
}

#[inline(never)]
fn charge<const N: usize>(io: &mut Io<'_>, shape: Shape<N>) -> Result<(), Error> {
    let scene = Scene::read(io, shape)?;
    let sale = scene.token.amount(io);
    call!(io, (scene.guard.params().depth, *scene.state.depth(), sale), |(config, state, sale)| {
        config.charge_ceil(state, *sale)
    });
    Ok(())
}

#[inline(never)]
fn largest<const N: usize>(io: &mut Io<'_>, shape: Shape<N>) -> Result<(), Error> {
    let scene = Scene::read(io, shape)?;
    call!(io, (scene.guard.params().depth, *scene.state.depth(), bps(io)?), |(config, state, limit)| {
        config.largest_sale_floor(state, *limit)
    });
    Ok(())
}
