//! What the results of both sides are compared by.

use super::Io;
use damper::Error;
use damper::appetite::Appetite;
use damper::auction::{Lot, Returned, Take, Terms};
use damper::book::Book;
use damper::breaker::Breaker;
use damper::depth::Depth;
use damper::guard::{Decision, Guard, GuardParams, GuardState, Limits};
use damper::health::Valuation;
use damper::ledger::Ledger;
use damper::parameters::Parameters;
use damper::plan::{Assessment, Plan, Shortfall};
use damper::price::{Price, PriceBand};
use damper::ratio::Ratio;
use damper::schedule::Schedule;
use damper::units::{Amount, Decay, Seconds, Timestamp, Value};
use damper::volatility::{Volatility, VolatilityConfig};
use damper::window::Window;

/// A result, or a part of one.
pub trait Words {
    fn put(&self, io: &mut Io<'_>);
}

macro_rules! words {
    ($($type:ty: $value:ident => [$($word:expr),*];)+) => {
        $(impl Words for $type {
            fn put(&self, io: &mut Io<'_>) {
                let $value = self;
                let _ = ($value, &io);
                $($word.put(io);)*
            }
        })+
    };
}

impl Words for u64 {
    fn put(&self, io: &mut Io<'_>) {
        io.put(*self);
    }
}

impl<T: Words> Words for Result<T, Error> {
    fn put(&self, io: &mut Io<'_>) {
        match self {
            Ok(value) => {
                io.put(0);
                value.put(io);
            }
            Err(error) => io.put(u64::from(error.code())),
        }
    }
}

impl<T: Words> Words for Option<T> {
    fn put(&self, io: &mut Io<'_>) {
        io.put(u64::from(self.is_some()));
        if let Some(value) = self {
            value.put(io);
        }
    }
}

impl<A: Words, B: Words> Words for (A, B) {
    fn put(&self, io: &mut Io<'_>) {
        self.0.put(io);
        self.1.put(io);
    }
}

words! {
    (): x => [];
    bool: x => [u64::from(*x)];
    u128: x => [(*x as u64), ((*x >> 64) as u64)];
    Price: x => [(x.to_parts().0 as u64), x.to_parts().1];
    PriceBand: x => [x.low(), x.high()];
    Ratio: x => [x.to_bits()];
    Decay: x => [x.to_bits()];
    Amount: x => [x.get()];
    Value: x => [x.get()];
    Seconds: x => [x.get()];
    Timestamp: x => [x.get()];
    Window: x => [x.low(), x.high()];
    Volatility: x => [x.variance_bits()];
    Appetite: x => [x.level(), x.at()];
    Schedule: x => [x.stress_bits(), x.at()];
    Breaker: x => [u64::from(x.level())];
    Ledger: x => [x.level(), x.reserved(), x.reference(), x.drawdown(), x.at()];
    Valuation: x => [x.collateral, x.weighted, x.debt];
    Parameters: x => [x.max_ltv, x.liquidation_threshold, x.bonus, x.margin, x.auction_buffer];
    Plan: x => [x.sell, x.repay, x.bonus, x.target_health, x.collateral, x.least()];
    Shortfall: x => [(x.reason as u64), x.debt, x.collateral, x.gap];
    Limits: x => [x.band, x.parameters, x.sigma, x.drawdown, x.level, x.reserved, x.cap, x.permitted, x.stops.borrow,
        x.stops.kick, x.stops.take];
    Terms: x => [x.start(), x.opened()];
    Lot: x => [x.remaining(), x.raise(), x.terms().start(), x.terms().opened()];
    Take: x => [x.lot, x.sold, x.paid, x.price];
    Returned: x => [x.unsold, x.unraised];
    VolatilityConfig: x => [x.params().cap];
}

impl<const N: usize> Words for Book<N> {
    fn put(&self, io: &mut Io<'_>) {
        for amount in self.quantity() {
            amount.put(io);
        }
    }
}

impl<const N: usize> Words for Depth<N> {
    fn put(&self, io: &mut Io<'_>) {
        self.sold().put(io);
        self.paid().put(io);
        self.source_time().put(io);
    }
}

impl<const N: usize> Words for GuardState<N> {
    fn put(&self, io: &mut Io<'_>) {
        self.ledger().put(io);
        self.depth().put(io);
        self.pending().put(io);
        u64::from(self.lots()).put(io);
        self.price().band.put(io);
    }
}

impl<const N: usize> Words for GuardParams<N> {
    fn put(&self, io: &mut Io<'_>) {
        self.wick.put(io);
        self.ledger.params().burst.put(io);
    }
}

impl<const N: usize> Words for Guard<N> {
    fn put(&self, io: &mut Io<'_>) {
        self.params().put(io);
    }
}

impl<const K: usize> Words for [u8; K] {
    fn put(&self, io: &mut Io<'_>) {
        for bytes in self.chunks(8) {
            bytes.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte)).put(io);
        }
    }
}

impl Words for Assessment {
    fn put(&self, io: &mut Io<'_>) {
        match self {
            Assessment::Healthy => io.put(0),
            Assessment::Liquidate(plan) => (1_u64, *plan).put(io),
            Assessment::Backstop(shortfall) => (2_u64, *shortfall).put(io),
        }
    }
}

impl Words for Decision {
    fn put(&self, io: &mut Io<'_>) {
        match self {
            Decision::Healthy => io.put(0),
            Decision::Liquidate { plan, deferred } => {
                // Whole or in part.
                io.put(if deferred.is_zero() { 1 } else { 2 });
                (*plan, *deferred).put(io);
            }
            Decision::Wait { plan, reason, until } => {
                io.put(3);
                io.put(*reason as u64);
                (*plan, *until).put(io);
            }
            Decision::Backstop(shortfall) => (4_u64, *shortfall).put(io),
            Decision::Unconfirmed { shortfall, reason } => {
                io.put(5);
                io.put(*reason as u64);
                shortfall.put(io);
            }
        }
    }
}
