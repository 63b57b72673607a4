//! A liquidation from the first price to the settlement, on the preset. In atoms: 1,000 to a token, 100 to a dollar.

use damper::guard::{Decision, Guard, GuardState, Observation};
use damper::price::{Price, PriceBand};
use damper::selling::{Bid, Kick};
use damper::units::{Amount, Seconds, Timestamp, Value};
use damper::{Error, book::Shape, book::Snapshot, depth::DepthObservation, health, oracle::PriceObservation, preset};

fn main() -> Result<(), Error> {
    let (shape, snapshot) = (Shape::ConstantProduct, Snapshot::ConstantProduct { reserve: Amount::new(50_000_000) });
    let (heartbeat, min_sale, rise_base) = (Seconds::new(60), Value::new(10_000), Amount::new(100_000));
    let site = preset::Site::<1> { shape, heartbeat, min_sale, rise_base, depth_norm: None };
    let guard = Guard::new(preset::lending(&site)?)?;
    let depth = |source_time| DepthObservation { source_time, snapshot };
    let band = |dollars| Ok::<_, Error>(PriceBand::exact(Price::from_decimal_floor(dollars, -1)?));
    let price = |source_time, dollars| Ok::<_, Error>(PriceObservation { source_time, band: band(dollars)? });
    let seen =
        |now, dollars| Ok::<_, Error>(Observation { now, price: Some(price(now, dollars)?), depth: Some(depth(now)) });
    let see = |state: GuardState<1>, now, dollars| guard.observe(state, &seen(now, dollars)?);
    // A token costs 200 dollars, and then 188 for two observations.
    let [start, first, now] = [0, 60, 120].map(Timestamp::new);
    let state = see(see(guard.open(start, price(start, 200)?, depth(start))?, first, 188)?, now, 188)?;
    let position = health::Position::<0, 0>::new(Amount::new(1_000_000), Value::new(15_200_000));
    let Decision::Liquidate { plan, deferred } = guard.assess(&state, now, &position)? else { panic!("healthy") };
    println!("1,000 tokens against $152,000 at $188: sell {} now, {} later", plan.sell.get(), deferred.get());
    let (state, lot) = guard.kick(state, now, Kick { sell: plan.sell, raise: plan.repay })?;
    // The price asked starts above the market's and falls; a bidder waits until it is below.
    let market = guard.limits(&state, now)?.band.low();
    let now = now.checked_add(lot.terms().time_to(market).expect("asked before a reset is due"))?;
    let (state, take) = guard.take(see(state, now, 188)?, now, lot, Bid { want: plan.sell, max_price: market })?;
    println!("at {} s: {} sold for {} of {}", now.get(), take.sold.get(), take.paid.get(), plan.repay.get());
    let (state, back) = guard.settle(state, now, take.lot)?;
    println!("returned: {}, still owed: {}, lots: {}", back.unsold.get(), back.unraised.get(), state.lots());
    Ok(())
}
