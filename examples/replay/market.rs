//! The market of one seller: a book of finite depth that thins under stress, drains as it is sold into, and recovers.
//!
//! The book is a constant product. Its reserve is
//!
//! ```text
//! calm / stress * calm / (calm + drained)
//! ```
//!
//! `stress` is the moving average of the size of the price's steps, own sales included, over the calm size of a step,
//! from 1 to the venue's most. `drained` is what was sold lately; half of it comes back in an hour. What a sale
//! displaced the price by is half gone after a day. Where a venue's reserves were recorded, they take the place of
//! `calm / stress`.

use crate::exact::Log;
use crate::feed::{Observed, Quote};
use crate::path::{Path, Scale, move_ppm};
use crate::venue::{CALM, Venue};
use crate::world::{TrueBook, World};
use damper::Error;
use damper::num::mul_div_floor;
use damper::price::{Price, PriceBand};
use damper::units::{Amount, Decay, Seconds, Timestamp, Value};

/// The moving average of the step's size takes one part in this many of each new step.
const PACE_STEPS: u128 = 24;
/// The time in which half of the displacement, and half of what was drained, comes back.
const DISPLACEMENT_HALF_LIFE: Seconds = Seconds::new(86_400);
const DRAINED_HALF_LIFE: Seconds = Seconds::new(3_600);

/// Stress from which a market is congested.
const CONGESTED: u128 = 2 * CALM;

/// What a seller sees in a step.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) now: Timestamp,
    /// When the next step comes.
    pub(crate) until: Timestamp,
    /// The price of the first source.
    pub(crate) price: PriceBand,
    /// What each source shows.
    pub(crate) quotes: Vec<Quote>,
    pub(crate) scale: Scale,
    /// Stress in parts per million.
    pub(crate) stress: u128,
    /// Keepers miss lots in this step.
    pub(crate) keepers_miss: bool,
    /// The reserve as reported, and when it was measured.
    pub(crate) reserve: Amount,
    pub(crate) measured_at: Timestamp,
}

/// The market of one seller.
pub(crate) struct Market {
    world: World,
    scale: Scale,
    venue: Venue,
    calm: u128,
    index: usize,
    stress: u128,
    quotes: Vec<Quote>,
    /// What is kept of a displacement, and of what was drained, per second.
    displaced_decay: Decay,
    drained_decay: Decay,
    calm_pace: u128,
    pace: u128,
    drained: u128,
    /// Reserve of the book at this step, and what was sold into it since.
    reserve: u128,
    sold: u128,
    /// Reserve one step ago, and when it was measured: in the second before the sales of that step.
    shown: (u128, u64),
    clock: u64,
    last_ticks: u64,
    lowest: u64,
    brought_in: Value,
    gross: Log,
    eps: Log,
}

impl Market {
    /// The market at the first step of a path.
    pub(crate) fn open(path: &Path, venue: &Venue) -> Result<Market, Error> {
        let first = path.steps[0];
        let calm_pace = venue.calm_pace.unwrap_or_else(|| path.calm_pace());
        let calm = venue.calm;
        let reserve = venue.reserves.as_ref().map_or(calm.get(), |reserves| reserves[0]);
        let quote = Quote { ticks: first.ticks, source_time: first.clock };
        let mut market = Market {
            world: World::new(first.ticks, TrueBook::ConstantProduct { reserve }),
            scale: path.scale,
            venue: venue.clone(),
            calm: calm.get(),
            index: 0,
            stress: CALM,
            quotes: venue.sources.iter().map(|source| source.quote(first.clock, first.ticks, quote)).collect(),
            displaced_decay: Decay::from_half_life_floor(DISPLACEMENT_HALF_LIFE)?,
            drained_decay: Decay::from_half_life_floor(DRAINED_HALF_LIFE)?,
            calm_pace,
            pace: calm_pace,
            drained: 0,
            reserve,
            sold: 0,
            shown: (reserve, first.clock.saturating_sub(1)),
            clock: first.clock,
            last_ticks: first.ticks,
            lowest: first.ticks,
            brought_in: Value::ZERO,
            gross: Log::zero(),
            eps: Log::zero(),
        };
        market.note_observation();
        Ok(market)
    }

    /// A step of time: displacement and drained depth recover, the exogenous price moves, the book is shown anew.
    pub(crate) fn step(&mut self, clock: u64, exogenous: u64) -> Result<(), Error> {
        let elapsed = clock - self.clock;
        let kept = self.displaced_decay.pow_ceil(elapsed).to_bits();
        self.world.advance(exogenous, (u128::from(kept), 1 << 63));
        let ticks = self.world.ticks();
        let moved = move_ppm(self.last_ticks, ticks);
        self.pace = (self.pace * (PACE_STEPS - 1) + moved) / PACE_STEPS;
        let kept = self.drained_decay.pow_ceil(elapsed).to_bits();
        self.drained = mul_div_floor(self.drained, u128::from(kept), 1 << 63)?;

        self.index += 1;
        let shown = if self.venue.ghosts && self.index.is_multiple_of(2) { self.calm } else { self.reserve };
        self.shown = (shown, self.clock.saturating_sub(1));
        self.stress = (self.pace * CALM / self.calm_pace).clamp(CALM, self.venue.most_stress);
        let undrained = match &self.venue.reserves {
            Some(reserves) => reserves[self.index],
            None => mul_div_floor(self.calm, CALM, self.stress)?,
        };
        self.reserve = mul_div_floor(undrained, self.calm, self.calm + self.drained)?.max(1);
        self.world.refresh(TrueBook::ConstantProduct { reserve: self.reserve });
        self.sold = 0;
        self.clock = clock;
        self.last_ticks = ticks;
        self.lowest = self.lowest.min(ticks);
        for (source, quote) in self.venue.sources.iter().zip(&mut self.quotes) {
            *quote = source.quote(clock, ticks, *quote);
        }
        self.note_observation();
        Ok(())
    }

    /// The oracle shows whole ticks: the rounding is its noise.
    fn note_observation(&mut self) {
        let gap = self.world.log_of(self.world.ticks()).sub(self.world.log_price());
        self.eps = self.eps.max(gap).max(gap.neg());
    }

    /// An observation that damper accepted: what it is off by counts toward `eps`. One dated earlier was right or
    /// wrong then.
    pub(crate) fn note_accepted(&mut self, observed: Observed) {
        if observed.observation.source_time.get() == self.clock {
            for ticks in observed.ticks.into_iter().flatten() {
                let gap = self.world.log_of(ticks).sub(self.world.log_price());
                self.eps = self.eps.max(gap).max(gap.neg());
            }
        }
    }

    /// What a seller sees now, the next step coming at `until`.
    pub(crate) fn seen(&self, until: u64) -> Result<Seen, Error> {
        let ticks = self.quotes[0].ticks;
        let price = PriceBand::new(self.scale.price_floor(ticks)?, self.scale.price_ceil(ticks)?)?;
        let (reserve, measured_at) = self.shown;
        let (num, den) = self.venue.overstated;
        let reserve = Amount::new(mul_div_floor(reserve, num, den)?);
        Ok(Seen {
            now: Timestamp::new(self.clock),
            until: Timestamp::new(until),
            price,
            quotes: self.quotes.clone(),
            scale: self.scale,
            stress: self.stress,
            keepers_miss: self.venue.scarce_keepers && self.stress >= CONGESTED,
            reserve,
            measured_at: Timestamp::new(measured_at),
        })
    }

    /// What a sale would bring in on the true book, rounded down: `p q x / (x + q)` behind everything sold in this
    /// step.
    pub(crate) fn proceeds_floor(&self, amount: Amount) -> Result<Value, Error> {
        let stands = self.reserve + self.sold;
        let filled = mul_div_floor(amount.get(), stands, stands + amount.get())?;
        self.price()?.value_floor(Amount::new(filled))
    }

    /// Sells, and returns what it brought in.
    pub(crate) fn sell(&mut self, amount: Amount) -> Result<Value, Error> {
        let proceeds = self.proceeds_floor(amount)?;
        let before = self.world.displacement();
        self.world.sell(amount.get());
        self.gross = self.gross.add(self.world.displacement().sub(before));
        self.sold += amount.get();
        self.drained += amount.get();
        self.lowest = self.lowest.min(self.world.ticks());
        self.brought_in = self.brought_in.checked_add(proceeds)?;
        Ok(proceeds)
    }

    /// The marginal price, rounded down.
    pub(crate) fn price(&self) -> Result<Price, Error> {
        self.scale.price_floor(self.world.ticks())
    }

    /// The marginal price in ticks, rounded down.
    pub(crate) fn ticks(&self) -> u64 {
        self.world.ticks()
    }

    /// The lowest marginal price so far, in ticks.
    pub(crate) const fn lowest(&self) -> u64 {
        self.lowest
    }

    /// What all sales brought in.
    pub(crate) const fn brought_in(&self) -> Value {
        self.brought_in
    }

    /// The sum of all displacements by sales, recovery not deducted. `E(u) - E(s)` is never above it.
    pub(crate) const fn gross(&self) -> Log {
        self.gross
    }

    /// Largest distance of an observation from the truth.
    pub(crate) const fn eps(&self) -> Log {
        self.eps
    }

    /// Fall from peak to trough, own sales included.
    pub(crate) fn drawdown(&self) -> Log {
        self.world.drawdown()
    }

    /// The same of the exogenous price.
    pub(crate) fn exogenous_drawdown(&self) -> Log {
        self.world.exogenous_drawdown()
    }
}
