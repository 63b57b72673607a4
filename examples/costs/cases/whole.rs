//! The guard.

use super::Io;
use super::scene::{NOW, Scene, Token, dollars, grid, keep, product_preset, snapshot};
use super::words::Words;
use core::cell::Cell;
use damper::Error;
use damper::auction::Lot;
use damper::book::Shape;
use damper::depth::DepthObservation;
use damper::guard::{Guard, GuardState, Observation};
use damper::health::Position;
use damper::price::Price;
use damper::selling::{Bid, Kick};
use damper::units::Timestamp;
use damper::volatility::VolatilityConfig;

#[inline(never)]
fn position(io: &mut Io<'_>, token: Token) -> Position<0, 0> {
    Position::new(token.amount(io), dollars(io))
}

/// Prices and depth, whichever is there, 60 seconds later.
#[inline(never)]
fn observe<const N: usize>(io: &mut Io<'_>, shape: Shape<N>, price: bool, depth: bool) -> Result<(), Error> {
    let scene = Scene::read(io, shape)?;
    let now = Timestamp::new(180);
    let seen = scene.token.seen(io, 180)?;
    let news = Observation {
        now,
        price: if price { Some(seen) } else { None },
        depth: if depth { Some(DepthObservation { source_time: now, snapshot: scene.snapshot() }) } else { None },
    };
    call!(io, (scene.guard, &*scene.state, &news), |&(guard, state, news)| guard.observe(*state, news));
    Ok(())
}

/// The same in place.
#[inline(never)]
fn update<const N: usize>(io: &mut Io<'_>, shape: Shape<N>, price: bool, depth: bool) -> Result<(), Error> {
    let scene = Scene::read(io, shape)?;
    let now = Timestamp::new(180);
    let seen = scene.token.seen(io, 180)?;
    let snapshot = snapshot::<N>(scene.bids, scene.reference, scene.depth);
    let news = Observation {
        now,
        price: if price { Some(seen) } else { None },
        depth: if depth { Some(DepthObservation { source_time: now, snapshot }) } else { None },
    };
    // What is measured gets a shared reference; the state is taken out of it once.
    let place = Cell::new(Some(&mut *scene.state));
    call!(io, (scene.guard, place, &news), |(guard, place, news)| match place.take() {
        Some(state) => guard.update(state, news),
        None => Ok(()),
    });
    scene.state.put(io);
    Ok(())
}

#[inline(never)]
fn limits<const N: usize>(io: &mut Io<'_>, shape: Shape<N>) -> Result<(), Error> {
    let scene = Scene::read(io, shape)?;
    call!(io, (scene.guard, &*scene.state, NOW), |&(guard, state, now)| guard.limits(state, now));
    Ok(())
}

/// A kicked lot in a scene.
#[inline(never)]
fn kicked(io: &mut Io<'_>) -> Result<(&'static mut Scene<1>, Lot), Error> {
    let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
    let kick = Kick { sell: scene.token.amount(io), raise: dollars(io) };
    let (state, lot) = scene.guard.kick(*scene.state, NOW, kick)?;
    *scene.state = state;
    Ok((scene, lot))
}

group! { (io)
    "VolatilityConfig::new" => {
        call!(io, *product_preset()?.volatility.params(), |params| VolatilityConfig::new(*params));
    }
    "Guard::new" => {
        call!(io, product_preset()?, |params| Guard::new(*params));
    }
    "Guard::open" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let seen = (scene.token.seen(io, 120)?, DepthObservation { source_time: NOW, snapshot: scene.snapshot() });
        call!(io, (scene.guard, NOW, seen), |&(guard, now, (price, depth))| guard.open(now, price, depth));
    }
    "Guard::observe, time alone" => { observe(io, Shape::<1>::ConstantProduct, false, false)?; }
    "Guard::observe, price alone" => { observe(io, Shape::<1>::ConstantProduct, true, false)?; }
    "Guard::observe, depth alone, constant product" => { observe(io, Shape::<1>::ConstantProduct, false, true)?; }
    "Guard::observe, depth alone, ladder of 20, grid of 8" => { observe(io, grid()?, false, true)?; }
    "Guard::observe, price and depth, constant product" => { observe(io, Shape::<1>::ConstantProduct, true, true)?; }
    "Guard::observe, price and depth, ladder of 20, grid of 8" => { observe(io, grid()?, true, true)?; }
    "Guard::update, time alone" => { update(io, Shape::<1>::ConstantProduct, false, false)?; }
    "Guard::update, price alone" => { update(io, Shape::<1>::ConstantProduct, true, false)?; }
    "Guard::update, depth alone, constant product" => { update(io, Shape::<1>::ConstantProduct, false, true)?; }
    "Guard::update, price and depth, constant product" => { update(io, Shape::<1>::ConstantProduct, true, true)?; }
    "Guard::limits, constant product" => { limits(io, Shape::<1>::ConstantProduct)?; }
    "Guard::limits, grid of 8" => { limits(io, grid()?)?; }
    "Guard::assess" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let position = position(io, scene.token);
        call!(io, (scene.guard, &*scene.state, NOW, &position), |&(guard, state, now, position)| {
            guard.assess(state, now, position)
        });
    }
    "Guard::may_borrow" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let position = position(io, scene.token);
        let more = dollars(io);
        call!(io, (scene.guard, &*scene.state, &position, more), |&(guard, state, position, more)| {
            guard.may_borrow(state, NOW, position, more)
        });
    }
    "Guard::max_borrow_floor" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let position = position(io, scene.token);
        call!(io, (scene.guard, &*scene.state, &position), |&(guard, state, position)| {
            guard.max_borrow_floor(state, NOW, position)
        });
    }
    "Guard::adopt" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        call!(io, (scene.guard, &*scene.state, NOW), |&(guard, state, now)| guard.adopt(guard, *state, now));
    }
    "Guard::kick" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let kick = Kick { sell: scene.token.amount(io), raise: dollars(io) };
        call!(io, (scene.guard, &*scene.state, NOW, kick), |&(guard, state, now, kick)| guard.kick(*state, now, kick));
    }
    "Guard::take" => {
        let (scene, lot) = kicked(io)?;
        let bid = Bid { want: scene.token.amount(io), max_price: Price::MAX };
        call!(io, (scene.guard, &*scene.state, NOW, (&lot, bid)), |&(guard, state, now, (lot, bid))| {
            guard.take(*state, now, *lot, bid)
        });
    }
    "Guard::settle" => {
        let (scene, lot) = kicked(io)?;
        call!(io, (scene.guard, &*scene.state, NOW, &lot), |&(guard, state, now, lot)| guard.settle(*state, now, *lot));
    }
    "Guard::restart" => {
        let (scene, lot) = kicked(io)?;
        let late = Timestamp::new(8_000);
        let news = Observation { now: late, price: Some(scene.token.seen(io, 8_000)?), depth: None };
        *scene.state = scene.guard.observe(*scene.state, &news)?;
        call!(io, (scene.guard, &*scene.state, late, &lot), |&(guard, state, now, lot)| guard.restart(state, now, *lot));
    }
    "Guard::sell" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let sale = scene.token.amount(io);
        call!(io, (scene.guard, &*scene.state, NOW, sale), |&(guard, state, now, sale)| guard.sell(*state, now, sale));
    }
    "Guard::read_from" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let bytes = keep(Ok([0; Guard::<1>::BYTES]))?;
        scene.guard.write_to(bytes)?;
        call!(io, &*bytes, |bytes| Guard::<1>::read_from(*bytes));
    }
    "GuardState::read_from" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        let bytes = keep(Ok([0; GuardState::<1>::BYTES]))?;
        scene.state.write_to(bytes)?;
        call!(io, &*bytes, |bytes| GuardState::<1>::read_from(*bytes));
    }
    "GuardState::write_to" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        call!(io, &*scene.state, |state| {
            let mut bytes = [0; GuardState::<1>::BYTES];
            state.write_to(&mut bytes).map(|()| bytes)
        });
    }
    "Lot::read_from" => {
        let (_, lot) = kicked(io)?;
        let bytes = keep(Ok([0; Lot::BYTES]))?;
        lot.write_to(bytes)?;
        call!(io, &*bytes, |bytes| Lot::read_from(*bytes));
    }
    "Guard::reanchor" => {
        let scene = Scene::read(io, Shape::<1>::ConstantProduct)?;
        call!(io, (scene.guard, &*scene.state, NOW), |&(guard, state, now)| guard.reanchor(*state, now));
    }
}
