//! A made-up crash: a market of loans, a chain that carries out what a keeper decides a block later, now and then nothing,
//! and the stream that a keeper would see of it.

use crate::action::{Action, What};
use crate::decimal::Decimal;
use crate::engine::Engine;
use crate::news;
use crate::random::Random;
use crate::scale::Scale;
use crate::setup::{DepthFile, File, GasFile, GuardFile, KeeperFile, PositionFile, PriceFile, RewardFile};
use crate::wire::{Book, Line};
use anyhow::{Context, Result, anyhow};
use damper::selling::{Bid, Kick};
use damper::units::{Amount, Timestamp, Value};
use std::io::Write;
use std::path::Path;

/// Seconds between two blocks.
const BLOCK: u64 = 60;
/// The first price, hundredths.
const PRICE: u64 = 200_000;
/// The pool at first, whole tokens.
const RESERVE: u64 = 50_000;

fn text(number: &str) -> Result<Decimal> {
    number.parse().map_err(|error| anyhow!("{number}: {error}"))
}

fn hundredths(number: u64) -> Decimal {
    Decimal::new(u128::from(number), 2)
}

/// The snapshot: 18 decimals sold for 6, and loans of 40 to 78 % of their collateral.
pub fn market(random: &mut Random, positions: usize) -> Result<File> {
    let position = |at: usize| -> PositionFile {
        let collateral = random.between(100, 4_000);
        let debt = collateral * PRICE / 100 * random.between(40, 78) / 100;
        PositionFile { id: format!("loan-{at}"), collateral: hundredths(collateral), debt: hundredths(debt) }
    };
    let positions = (0..positions).map(position).collect();
    Ok(File {
        time: 0,
        scale: Scale { base: 18, quote: 6 },
        guard: GuardFile {
            heartbeat: BLOCK,
            min_sale: text("100")?,
            rise_base: text("10")?,
            points: None,
            depth_norm: Some(vec![Decimal::new(u128::from(RESERVE), 0)]),
        },
        gas: GasFile { per_million: text("2")?, kick: 400_000, bid: 300_000, settle: 200_000, restart: 150_000 },
        reward: RewardFile {
            tip: text("5")?,
            chip: text("0.001")?,
            growth_per_hour: text("0.1")?,
            most_growth: text("1")?,
            cap: text("500")?,
            share: text("0.5")?,
            penalty: text("0.05")?,
        },
        keeper: KeeperFile {
            margin: text("0.002")?,
            least_profit: text("1")?,
            venue_fee: text("0.0005")?,
            capital: text("1000000")?,
            confirm: 150,
            confirm_most: 1_200,
            assess: 256,
            shock: text("0.1")?,
            impact_limit: text("0.05")?,
            fall_per_hour: text("0.05")?,
            round: 600,
            max_jump: 86_400,
        },
        price: PriceFile { source_time: 0, low: hundredths(PRICE), high: hundredths(PRICE) },
        depth: DepthFile { source_time: 0, book: Book::Pool { reserve: Decimal::new(u128::from(RESERVE), 0) } },
        positions,
    })
}

/// The chain: the keeper's own engine keeps its books, for it has the same guard.
struct Chain {
    engine: Engine,
    random: Random,
    out: Vec<u8>,
    seq: u64,
    lots: u64,
    time: u64,
    price: u64,
    reserve: u64,
}

/// Writes `market.json` and `crash.jsonl` into a folder.
///
/// # Errors
/// Of the file system; a market that does not open.
pub fn write(folder: &Path, seed: u64, positions: usize, blocks: u64) -> Result<()> {
    let (file, stream) = generate(seed, positions, blocks)?;
    std::fs::create_dir_all(folder)?;
    let mut market = serde_json::to_string_pretty(&file)?;
    market.push('\n');
    std::fs::write(folder.join("market.json"), market)?;
    std::fs::write(folder.join("crash.jsonl"), stream).context("crash.jsonl")
}

/// The snapshot and the stream.
///
/// # Errors
/// A market that does not open.
pub fn generate(seed: u64, positions: usize, blocks: u64) -> Result<(File, Vec<u8>)> {
    let mut random = Random::new(seed);
    let file = market(&mut random, positions)?;
    let engine = Engine::open(&file)?;
    let mut chain = Chain { engine, random, out: Vec::new(), seq: 0, lots: 0, time: 0, price: PRICE, reserve: RESERVE };
    let mut decided = Vec::new();
    for block in 1..=blocks {
        decided = chain.block(block, blocks, &decided)?;
    }
    Ok((file, chain.out))
}

impl Chain {
    /// Writes a line, and plays it. The actions, if it is a block.
    fn say(&mut self, line: Line) -> Result<Vec<Action>> {
        self.seq += 1;
        let bytes = serde_json::to_vec(&line.numbered(self.seq))?;
        self.out.write_all(&bytes)?;
        self.out.push(b'\n');
        let applied = self.engine.apply(news::parse(&bytes, self.engine.setup.scale)?);
        match applied.notes.as_slice() {
            [] => Ok(applied.report.map_or_else(Vec::new, |report| report.actions)),
            notes => Err(anyhow!("the sample refuses its own line: {notes:?}")),
        }
    }

    fn block(&mut self, block: u64, blocks: u64, decided: &[Action]) -> Result<Vec<Action>> {
        self.time += BLOCK;
        let time = self.time;
        // Calm, a fall over a third of the time by about a quarter, a recovery of some of it.
        let drift = match block * 6 / blocks.max(1) {
            0 => 10_000,
            1 | 2 => 9_950,
            3 => 10_010,
            _ => 10_003,
        };
        self.price = self.price * (drift + self.random.between(0, 40) - 20) / 10_000;
        let deep = if drift < 10_000 { 9_930 } else { 10_020 };
        self.reserve = (self.reserve * deep / 10_000).min(RESERVE);
        let (low, high) = (self.price * 9_995 / 10_000, self.price * 10_005 / 10_000);
        let line = if block.is_multiple_of(5) {
            let (price, confidence) = (Some(hundredths(self.price)), Some(hundredths(self.price - low)));
            Line::Price { seq: None, time, source_time: time, low: None, high: None, price, confidence }
        } else {
            let (low, high) = (Some(hundredths(low)), Some(hundredths(high)));
            Line::Price { seq: None, time, source_time: time, low, high, price: None, confidence: None }
        };
        self.say(line)?;
        let reserve = Decimal::new(u128::from(self.reserve), 0);
        self.say(Line::Depth { seq: None, time, source_time: time, book: Book::Pool { reserve } })?;
        if block.is_multiple_of(10) {
            let per_million = hundredths(self.random.between(100, 900));
            self.say(Line::Gas { seq: None, time, per_million })?;
        }
        for action in decided {
            // One in eight does not make it.
            if self.random.between(0, 7) > 0 {
                self.carry_out(action)?;
            }
        }
        self.borrowers(block)?;
        self.say(Line::Tick { seq: None, time })
    }

    fn position(&mut self, id: &str, collateral: Amount, debt: Value) -> Result<()> {
        let (time, scale) = (self.time, self.engine.setup.scale);
        let id = id.to_owned();
        let line = if collateral.is_zero() && debt.is_zero() {
            Line::PositionRemoved { seq: None, time, id }
        } else {
            Line::Position { seq: None, time, id, collateral: scale.amount(collateral), debt: scale.value(debt) }
        };
        self.say(line).map(|_| ())
    }

    fn carry_out(&mut self, action: &Action) -> Result<()> {
        let (time, now, scale) = (self.time, Timestamp::new(self.time), self.engine.setup.scale);
        let guard = self.engine.setup.guard;
        match &action.what {
            What::Kick { position, sell, raise, .. } => {
                let Some(entry) = self.engine.positions.get(position).copied() else { return Ok(()) };
                let sell = Amount::new(text(sell)?.atoms_exact(scale.base)?);
                let raise = Value::new(text(raise)?.atoms_exact(scale.quote)?);
                // The market has moved since: the chain may refuse.
                let Ok((_, lot)) = guard.kick(self.engine.state, now, Kick { sell, raise }) else { return Ok(()) };
                let holding = entry.holding;
                let left = (holding.collateral.checked_sub(sell), holding.debt.checked_sub(raise));
                let (Ok(collateral), Ok(debt)) = left else { return Ok(()) };
                self.lots += 1;
                self.say(Line::LotOpened {
                    seq: None,
                    time,
                    lot: format!("lot-{}", self.lots),
                    position: position.clone(),
                    sell: scale.amount(sell),
                    raise: scale.value(raise),
                    start: scale.price_ceil(lot.terms().start()),
                })?;
                self.position(position, collateral, debt)
            }
            What::Bid { lot, want, max_price, .. } => {
                let Some(open) = self.engine.lots.get(lot) else { return Ok(()) };
                let want = Amount::new(text(want)?.atoms_exact(scale.base)?);
                let bid =
                    Bid { want, max_price: text(max_price)?.price_ceil(scale.shift()).map_err(|e| anyhow!("{e:?}"))? };
                let Ok((_, take)) = guard.take(self.engine.state, now, open.lot, bid) else { return Ok(()) };
                let (sold, paid) = (scale.amount(take.sold), scale.value(take.paid));
                self.say(Line::LotTaken { seq: None, time, lot: lot.clone(), sold, paid }).map(|_| ())
            }
            What::Restart { lot, .. } => {
                let Some(open) = self.engine.lots.get(lot) else { return Ok(()) };
                let Ok(new) = guard.restart(&self.engine.state, now, open.lot) else { return Ok(()) };
                let start = scale.price_ceil(new.terms().start());
                self.say(Line::LotRestarted { seq: None, time, lot: lot.clone(), start }).map(|_| ())
            }
            What::Settle { lot, .. } => {
                let Some(open) = self.engine.lots.get(lot).cloned() else { return Ok(()) };
                self.say(Line::LotSettled { seq: None, time, lot: lot.clone() })?;
                let returned = open.lot.close();
                let Some(entry) = self.engine.positions.get(&open.position).copied() else { return Ok(()) };
                let add = |error| anyhow!("{error:?}");
                let collateral = entry.holding.collateral.checked_add(returned.unsold).map_err(add)?;
                let debt = entry.holding.debt.checked_add(returned.unraised).map_err(add)?;
                self.position(&open.position, collateral, debt)
            }
        }
    }

    /// Two borrowers do something: repay a tenth, or open a loan.
    fn borrowers(&mut self, block: u64) -> Result<()> {
        let scale = self.engine.setup.scale;
        let id = format!("loan-{}", self.random.between(0, 99));
        if let Some(entry) = self.engine.positions.get(&id).copied() {
            let debt = Value::new(entry.holding.debt.get() / 10 * 9);
            self.position(&id, entry.holding.collateral, debt)?;
        }
        if block.is_multiple_of(7) {
            let collateral = self.random.between(100, 2_000);
            let debt = collateral * self.price / 100 * self.random.between(30, 48) / 100;
            let collateral = Amount::new(hundredths(collateral).atoms_exact(scale.base)?);
            self.position(
                &format!("late-{block}"),
                collateral,
                Value::new(hundredths(debt).atoms_exact(scale.quote)?),
            )?;
        }
        Ok(())
    }
}
