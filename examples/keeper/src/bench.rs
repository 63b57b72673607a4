//! What updates, prices and blocks cost as the number of positions grows.

use crate::engine::Engine;
use crate::news::{Item, News};
use crate::positions::Entry;
use crate::random::Random;
use crate::sample;
use anyhow::{Result, anyhow};
use damper::clearing::Holding;
use damper::oracle::PriceObservation;
use damper::price::{Price, PriceBand};
use damper::units::{Amount, Timestamp, Value};
use std::io::Write;
use std::time::{Duration, Instant};

/// How long each figure is measured for, at least.
const LONG: Duration = Duration::from_millis(500);

/// One position of the bench: healthy down to 12 % below the price, or, one in a thousand, down to 0.1 % below it.
fn holding(random: &mut Random) -> Holding {
    let collateral = u128::from(random.between(1, 1_000)) * 10_u128.pow(16);
    let parts = if random.between(0, 999) == 0 { random.between(7_990, 7_992) } else { random.between(2_000, 7_000) };
    let worth = collateral * 2_000 / 10_u128.pow(12);
    Holding { collateral: Amount::new(collateral), debt: Value::new(worth * u128::from(parts) / 10_000) }
}

fn item(time: u64, news: News) -> Item {
    Item { seq: None, time: Timestamp::new(time), news }
}

/// Runs until it was long enough, and gives the count in a second.
fn rate(mut step: impl FnMut(u64) -> Result<()>) -> Result<u64> {
    let start = Instant::now();
    let mut count = 0_u64;
    while start.elapsed() < LONG {
        for _ in 0..16 {
            step(count)?;
            count += 1;
        }
    }
    Ok(u64::try_from(u128::from(count) * 1_000_000_000 / start.elapsed().as_nanos().max(1))?)
}

/// Prints the table.
///
/// # Errors
/// A market that does not open; standard output.
pub fn run(most: usize) -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "positions  position updates/s  prices/s  blocks/s, none due  blocks/s, 256 due  MB of state")?;
    let mut count = 1_000;
    while count <= most {
        let row = row(count)?;
        let [updates, prices, blocks, due] = row.rates;
        let megabytes = row.bytes / 1_000_000;
        writeln!(out, "{count:>9}  {updates:>18}  {prices:>8}  {blocks:>18}  {due:>17}  {megabytes:>11}")?;
        count *= 10;
    }
    Ok(())
}

struct Row {
    rates: [u64; 4],
    bytes: usize,
}

fn row(count: usize) -> Result<Row> {
    let mut random = Random::new(7);
    let mut file = sample::market(&mut random, 0)?;
    file.price.low = "2000".parse()?;
    file.price.high = "2000".parse()?;
    let mut engine = Engine::open(&file)?;
    let ids: Vec<String> = (0..count).map(|at| format!("loan-{at}")).collect();
    for id in &ids {
        let entry = Entry { holding: holding(&mut random), time: Timestamp::new(0) };
        engine.positions.put(id, entry).map_err(|error| anyhow!("{error:?}"))?;
    }
    let bytes = crate::state::encode(&engine, crate::channel::Place::default(), &[])?.len();
    let last = ids.len() - 1;
    let updates = rate(|_| {
        let id = &ids[usize::try_from(random.between(0, u64::try_from(last)?))?];
        let news = News::Position { id: id.clone(), holding: holding(&mut random) };
        engine.apply(item(0, news));
        Ok(())
    })?;
    // A new price each second would let the threshold ramp and the price grow old: the clock stands, the source's does not.
    let price = |hundredths: u64| -> Result<PriceBand> {
        let price = Price::from_decimal_floor(u128::from(hundredths), -14).map_err(|error| anyhow!("{error:?}"))?;
        Ok(PriceBand::exact(price))
    };
    let mut time = 0;
    let prices = rate(|at| {
        time += 1;
        let band = price(200_000 + at % 2)?;
        let news = News::Price(PriceObservation { source_time: Timestamp::new(time), band });
        engine.apply(item(time, news));
        Ok(())
    })?;
    let mut calm = engine.clone();
    let blocks = rate(|_| block(&mut calm, time))?;
    // As many due as are looked at.

    let mut due = Engine { clock: Timestamp::new(time), ..engine };
    for id in ids.iter().take(256) {
        let holding = Holding { collateral: Amount::new(10_u128.pow(18)), debt: Value::new(1_650_000_000) };
        let entry = Entry { holding, time: Timestamp::new(0) };
        due.positions.put(id, entry).map_err(|error| anyhow!("{error:?}"))?;
    }
    let loaded = rate(|_| block(&mut due, time))?;
    Ok(Row { rates: [updates, prices, blocks, loaded], bytes })
}

fn block(engine: &mut Engine, time: u64) -> Result<()> {
    let applied = engine.apply(item(time, News::Tick));
    applied.report.map(|_| ()).ok_or_else(|| anyhow!("no block: {:?}", applied.notes))
}
