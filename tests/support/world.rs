//! A market for closed-loop tests: an exogenous price, a true book, and the displacement by sales, in certified logs.
//!
//! The price is `F * exp(-E)`. `E` is what past snapshots' sales displaced (`base`, permanent or recovering) and what the
//! sales since the last refresh of the book displace (`stretch`).
#![allow(dead_code, reason = "each test or example that includes this file uses its own part of it")]

use crate::exact::{Drawdown, Log, exp_times};

/// Parts per million.
pub(crate) const PPM: u128 = 1_000_000;

/// The book as it truly is.
#[derive(Clone, Debug)]
pub(crate) enum TrueBook {
    /// Constant product with this base reserve.
    ConstantProduct { reserve: u128 },
    /// Bids: price in parts per million of the reference (falling), and the quantity at it.
    Ladder(Vec<(u128, u128)>),
}

impl TrueBook {
    /// `ln(P(0) / P(c))`, or `None` when the book has no bid left.
    pub(crate) fn displacement(&self, sold: u128) -> Option<Log> {
        if sold == 0 {
            return Some(Log::zero());
        }
        match self {
            TrueBook::ConstantProduct { reserve } => {
                let once = Log::of_ratio(reserve + sold, *reserve);
                Some(once.add(once))
            }
            TrueBook::Ladder(levels) => {
                let mut sum = 0_u128;
                for &(price, quantity) in levels {
                    sum += quantity;
                    if sold < sum {
                        return Some(Log::of_ratio(PPM, price));
                    }
                }
                None
            }
        }
    }
}

/// The market.
pub(crate) struct World {
    /// Exogenous price in ticks.
    pub(crate) exogenous: u64,
    pub(crate) book: TrueBook,
    base: Log,
    stretch: Log,
    sold: u128,
    start: u64,
    own: Drawdown,
    free: Drawdown,
}

impl World {
    pub(crate) fn new(exogenous: u64, book: TrueBook) -> World {
        let mut world = World {
            exogenous,
            book,
            base: Log::zero(),
            stretch: Log::zero(),
            sold: 0,
            start: exogenous,
            own: Drawdown::new(),
            free: Drawdown::new(),
        };
        world.record();
        world
    }

    /// `ln(P / F(0))`.
    pub(crate) fn log_price(&self) -> Log {
        Log::of_ratio(u128::from(self.exogenous), u128::from(self.start)).sub(self.displacement())
    }

    /// `E`.
    pub(crate) fn displacement(&self) -> Log {
        self.base.add(self.stretch)
    }

    /// The price in ticks, rounded down (an observation is judged by its own log, not by this one).
    pub(crate) fn ticks(&self) -> u64 {
        let (floor, _) = exp_times(u128::from(self.exogenous), self.displacement().neg());
        u64::try_from(floor).expect("a displaced price is below the exogenous one").max(1)
    }

    /// `ln(ticks / F(0))`.
    pub(crate) fn log_of(&self, ticks: u64) -> Log {
        Log::of_ratio(u128::from(ticks), u128::from(self.start))
    }

    /// A new exogenous price.
    pub(crate) fn move_to(&mut self, exogenous: u64) {
        self.exogenous = exogenous.max(1);
        self.record();
    }

    /// A new exogenous price, and past displacement decays to `num / den` of itself, in one step of time.
    pub(crate) fn advance(&mut self, exogenous: u64, (num, den): (u128, u128)) {
        self.base = self.base.mul_fraction(num, den);
        self.move_to(exogenous);
    }

    /// Past displacement decays to `num / den` of itself.
    pub(crate) fn recover(&mut self, num: u128, den: u128) {
        self.base = self.base.mul_fraction(num, den);
        self.record();
    }

    /// The book is shown anew, around the present price.
    pub(crate) fn refresh(&mut self, book: TrueBook) {
        self.base = self.displacement();
        self.stretch = Log::zero();
        self.sold = 0;
        self.book = book;
    }

    /// A sale walks the book behind everything sold since the refresh. Panics when there is no bid left: the sale was
    /// certified, so that is a failure of the certificate.
    pub(crate) fn sell(&mut self, quantity: u128) {
        self.sold += quantity;
        let moved = self.book.displacement(self.sold).expect("a certified sale finds bids");
        self.stretch = self.stretch.max(moved);
        self.record();
    }

    fn record(&mut self) {
        self.own.push(self.log_price());
        self.free.push(self.log_of(self.exogenous));
    }

    /// Drawdown of the price, own sales included.
    pub(crate) fn drawdown(&self) -> Log {
        self.own.mdd()
    }

    /// Drawdown of the exogenous price.
    pub(crate) fn exogenous_drawdown(&self) -> Log {
        self.free.mdd()
    }
}
