//! The closed loop: sales move the price, and the moved price triggers the next sales.

use crate::exact::Log;
use crate::market::{Market, Seen};
use crate::path::Path;
use crate::population::{Marks, Population};
use crate::venue::Venue;
use damper::Error;
use damper::units::Value;

/// A rule that decides how much of what should be sold is sold now.
pub(crate) trait Seller<P> {
    /// Its name in the table.
    fn name(&self) -> &'static str;

    /// Acts on what it sees in a step.
    fn act(&mut self, seen: &Seen, market: &mut Market, population: &mut P) -> Result<(), Error>;
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) seller: &'static str,
    /// Price at the end of each step, in ticks.
    pub(crate) prices: Vec<u64>,
    /// Lowest price, in ticks.
    pub(crate) lowest: u64,
    pub(crate) exogenous: Log,
    pub(crate) drawdown: Log,
    pub(crate) eps: Log,
    /// What all sales brought in.
    pub(crate) sold: Value,
    /// What is lacking at the last price, and the most that was lacking at the end of a step.
    pub(crate) bad_debt: Value,
    pub(crate) worst_bad_debt: Value,
    /// What should still be sold at the last price.
    pub(crate) backlog: Value,
    /// The longest time for which what should be sold was not, seconds of the market's clock.
    pub(crate) waited: u64,
    /// What the sales of each step brought in.
    pub(crate) by_step: Vec<Value>,
    pub(crate) marks: Marks,
}

impl Outcome {
    /// The most that the sales of one step brought in.
    pub(crate) fn most_in_a_step(&self) -> Value {
        self.by_step.iter().copied().max().unwrap_or(Value::ZERO)
    }
}

/// Runs a seller over a path, on a market of its own. Calls `tick` once a step.
pub(crate) fn run<P: Population, S: Seller<P>>(
    (path, venue): (&Path, &Venue),
    mut population: P,
    seller: &mut S,
    tick: &dyn Fn(),
) -> Result<Outcome, Error> {
    let mut market = Market::open(path, venue)?;
    let mut prices = Vec::with_capacity(path.steps.len());
    let mut by_step = Vec::with_capacity(path.steps.len());
    let mut worst_bad_debt = Value::ZERO;
    let (mut waiting_since, mut waited) = (None, 0);
    for (index, step) in path.steps.iter().enumerate() {
        if index > 0 {
            market.step(step.clock, step.ticks)?;
        }
        let until = path.steps.get(index + 1).map_or(step.clock, |next| next.clock);
        let seen = market.seen(until)?;
        let before = market.brought_in();
        seller.act(&seen, &mut market, &mut population)?;
        by_step.push(market.brought_in().checked_sub(before)?);
        // What should have been sold at the price that the seller saw, and was not.
        if population.backlog(seen.price.low())?.is_zero() {
            waiting_since = None;
        } else {
            let since = *waiting_since.get_or_insert(step.clock);
            waited = waited.max(step.clock - since);
        }
        worst_bad_debt = worst_bad_debt.max(population.bad_debt(market.price()?)?);
        prices.push(market.ticks());
        tick();
    }
    let last = market.price()?;
    Ok(Outcome {
        seller: seller.name(),
        prices,
        lowest: market.lowest(),
        exogenous: market.exogenous_drawdown(),
        drawdown: market.drawdown(),
        eps: market.eps(),
        sold: market.brought_in(),
        bad_debt: population.bad_debt(last)?,
        worst_bad_debt,
        backlog: population.backlog(last)?,
        waited,
        by_step,
        marks: population.marks(),
    })
}
