//! The market of one seller: a book of finite depth that thins under stress, drains as it is sold into, and recovers.
//!
//! The book is a constant product. Its reserve is
//!
//! ```text
//! calm / stress * calm / (calm + drained)
//! ```
//!
//! `stress` is the moving average of the size of the price's steps, own sales included, over the calm size of a step,
//! from 1 to 4.4: on 2025-10-10 the depth of a major book within 5 % of mid fell 4.4 times. `drained` is what was sold
//! lately; half of it comes back in an hour. What a sale displaced the price by is half gone after a day.

use crate::exact::Log;
use crate::path::{Path, Scale, move_ppm};
use crate::world::{TrueBook, World};
use damper::Error;
use damper::num::mul_div_floor;
use damper::price::{Price, PriceBand};
use damper::units::{Amount, Decay, Seconds, Timestamp, Value};

/// The moving average of the step's size takes one part in this many of each new step.
const PACE_STEPS: u128 = 24;
/// Stress in parts per million: the calm and the highest.
const CALM: u128 = 1_000_000;
const MOST_STRESS: u128 = 4_400_000;
/// The source of depth over-states what it shows by half: quotes that are gone when they are hit.
const OVERSTATED: (u128, u128) = (3, 2);
/// The time in which half of the displacement, and half of what was drained, comes back.
const DISPLACEMENT_HALF_LIFE: Seconds = Seconds::new(86_400);
const DRAINED_HALF_LIFE: Seconds = Seconds::new(3_600);

/// The market in a line, for the report.
pub(crate) const DESCRIPTION: &str = "depth thins up to 4.4 times under stress, drains as it is sold into (half back in \
    an hour), is reported one step late and 1.5 times too deep; half of a displacement is gone after a day";

/// What a seller sees in a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) now: Timestamp,
    /// When the next step comes.
    pub(crate) until: Timestamp,
    pub(crate) price: PriceBand,
    /// The reserve as reported, and when it was measured.
    pub(crate) reserve: Amount,
    pub(crate) measured_at: Timestamp,
}

/// The market of one seller.
pub(crate) struct Market {
    world: World,
    scale: Scale,
    calm: u128,
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
    /// The market at the first step of a path, with a calm reserve in base atoms.
    pub(crate) fn open(path: &Path, calm: Amount) -> Result<Market, Error> {
        let first = path.steps[0];
        let calm_pace = path.calm_pace();
        let mut market = Market {
            world: World::new(first.ticks, TrueBook::ConstantProduct { reserve: calm.get() }),
            scale: path.scale,
            calm: calm.get(),
            displaced_decay: Decay::from_half_life_floor(DISPLACEMENT_HALF_LIFE)?,
            drained_decay: Decay::from_half_life_floor(DRAINED_HALF_LIFE)?,
            calm_pace,
            pace: calm_pace,
            drained: 0,
            reserve: calm.get(),
            sold: 0,
            shown: (calm.get(), first.clock.saturating_sub(1)),
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

        self.shown = (self.reserve, self.clock.saturating_sub(1));
        let stress = (self.pace * CALM / self.calm_pace).clamp(CALM, MOST_STRESS);
        let calm = mul_div_floor(self.calm, CALM, stress)?;
        self.reserve = mul_div_floor(calm, self.calm, self.calm + self.drained)?.max(1);
        self.world.refresh(TrueBook::ConstantProduct { reserve: self.reserve });
        self.sold = 0;
        self.clock = clock;
        self.last_ticks = ticks;
        self.lowest = self.lowest.min(ticks);
        self.note_observation();
        Ok(())
    }

    /// The oracle shows whole ticks: the rounding is its noise.
    fn note_observation(&mut self) {
        let gap = self.world.log_of(self.world.ticks()).sub(self.world.log_price());
        self.eps = self.eps.max(gap).max(gap.neg());
    }

    /// What a seller sees now, the next step coming at `until`.
    pub(crate) fn seen(&self, until: u64) -> Result<Seen, Error> {
        let ticks = self.world.ticks();
        let price = PriceBand::new(self.scale.price_floor(ticks)?, self.scale.price_ceil(ticks)?)?;
        let (reserve, measured_at) = self.shown;
        let reserve = Amount::new(mul_div_floor(reserve, OVERSTATED.0, OVERSTATED.1)?);
        Ok(Seen {
            now: Timestamp::new(self.clock),
            until: Timestamp::new(until),
            price,
            reserve,
            measured_at: Timestamp::new(measured_at),
        })
    }

    /// What a sale would bring in on the true book, rounded down: `p q x / (x + q)` behind everything sold in this step.
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
