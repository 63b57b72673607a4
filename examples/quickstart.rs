//! 1,000 tokens against a debt of 152,000 dollars, and the price falls: how much may be sold? 1,000 atoms to a token.
use damper::price::{Price, PriceBand};
use damper::units::{Amount, Seconds, Timestamp, Value};
use damper::{book::Shape, book::Snapshot, guard::Guard, guard::Observation, health::Position, preset};

fn main() -> Result<(), damper::Error> {
    let (heartbeat, min_sale, rise_base) = (Seconds::new(60), Value::new(10_000), Amount::new(100_000));
    let site = preset::Site::<1> { shape: Shape::ConstantProduct, heartbeat, min_sale, rise_base, depth_norm: None };
    let guard = Guard::new(preset::lending(&site)?)?;
    let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(50_000_000) };
    let depth = |source_time| damper::depth::DepthObservation { source_time, snapshot };
    let band = |dollars| Price::from_decimal_floor(dollars, -1).map(PriceBand::exact);
    let price = |source_time, band| damper::oracle::PriceObservation { source_time, band };
    let [start, now] = [0, 60].map(Timestamp::new);
    let state = guard.open(start, price(start, band(200)?), depth(start))?;
    let seen = Observation { now, price: Some(price(now, band(188)?)), depth: Some(depth(now)) };
    let position = Position::<0, 0>::new(Amount::new(1_000_000), Value::new(15_200_000));
    println!("{:#?}", guard.assess(&guard.observe(state, &seen)?, now, &position)?);
    Ok(())
}
