//! Three sellers that mind their own accounts and not the market.

use crate::market::{Market, Seen};
use crate::population::{Fill, Population};
use crate::run::Seller;
use damper::Error;
use damper::book::{Shape, Snapshot};
use damper::ratio::Ratio;
use damper::units::{Amount, Seconds, Timestamp};

/// How much of an order is sold at once.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// All of it.
    NoThrottle,
    /// Half of it in each step.
    CloseFactor,
    /// All of it while the sales of the window stay within an impact of 1 % on the depth as reported.
    WindowCap { opened: Timestamp, sold: Amount },
}

/// The window of the cap.
const WINDOW: Seconds = Seconds::new(3_600);

/// A seller that follows one of the rules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Naive(Rule);

impl Naive {
    pub(crate) const NO_THROTTLE: Naive = Naive(Rule::NoThrottle);
    pub(crate) const CLOSE_FACTOR: Naive = Naive(Rule::CloseFactor);
    pub(crate) const WINDOW_CAP: Naive = Naive(Rule::WindowCap { opened: Timestamp::new(0), sold: Amount::ZERO });

    /// What may be sold of an order now.
    fn permit(&mut self, seen: &Seen, order: Amount) -> Result<Amount, Error> {
        match &mut self.0 {
            Rule::NoThrottle => Ok(order),
            Rule::CloseFactor => order.mul_ceil(Ratio::from_bps_floor(5_000)?),
            Rule::WindowCap { opened, sold } => {
                if seen.now.since(*opened)? >= WINDOW {
                    (*opened, *sold) = (seen.now, Amount::ZERO);
                }
                let book =
                    Shape::<1>::ConstantProduct.measure_floor(&Snapshot::ConstantProduct { reserve: seen.reserve })?;
                let part = order.min(book.capacity_floor(Ratio::from_bps_floor(100)?).excess_over(*sold));
                *sold = sold.checked_add(part)?;
                Ok(part)
            }
        }
    }
}

impl<P: Population> Seller<P> for Naive {
    fn name(&self) -> &'static str {
        match self.0 {
            Rule::NoThrottle => "no throttle",
            Rule::CloseFactor => "close factor 50 %",
            Rule::WindowCap { .. } => "cap 1 % an hour",
        }
    }

    fn act(&mut self, seen: &Seen, market: &mut Market, population: &mut P) -> Result<(), Error> {
        let trigger = seen.price.low();
        for order in population.orders(trigger)? {
            let sold = self.permit(seen, order.amount)?;
            if !sold.is_zero() {
                let proceeds = market.sell(sold)?;
                population.book(order.account, Fill { sold, proceeds, trigger })?;
            }
        }
        Ok(())
    }
}
