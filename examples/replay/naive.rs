//! Sellers that mind their own accounts and not the market.

use crate::auctions::missed;
use crate::feed::Quote;
use crate::market::{Market, Seen};
use crate::population::{Fill, Population};
use crate::rng::SplitMix64;
use crate::run::Seller;
use crate::venue::{CALM, MOST_STRESS};
use damper::Error;
use damper::book::{Shape, Snapshot};
use damper::num::mul_div_floor;
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Seconds, Timestamp, Value};

/// How much of an order is sold at once.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// All of it.
    NoThrottle,
    /// This part of it in each step, basis points.
    CloseFactor(u32),
    /// All of it while the sales of the window stay within an impact of 1 % on the depth as reported.
    WindowCap { opened: Timestamp, sold: Amount },
    /// 9 % of the volume of the last step, at any price. Volume follows the stress, up to 4.4 times, and each atom
    /// sold is passed on `PASSED_ON` times among those who do not mean to keep it.
    Volume { calm: Amount, last: Amount },
    /// A halt of the day's market at 5 %, for a quarter of an hour, and at 7 %, for the rest of the day; then all of
    /// it.
    Halt { magnet: u32, day: u64, close: Option<Price>, last: Option<Price>, until: u64, halted: u8 },
    /// All of it; a lot that the keepers miss goes to whoever bids nothing.
    ZeroBid(SplitMix64),
    /// All of it, at the middle of the sources that are as new as the newest ([`median`]).
    Median,
}

/// The window of the cap.
const WINDOW: Seconds = Seconds::new(3_600);
/// The share of the volume, basis points.
const PARTICIPATION: u128 = 900;
/// How often what was sold changes hands again.
const PASSED_ON: u128 = 4;
/// Seconds of the market's clock in a day of `Rule::Halt`, and of the shorter halt.
pub(crate) const DAY: u64 = 14_400;
const HALT: u64 = 900;
/// The falls that halt, and how near to them the accounts that a halt would lock in sell ahead of it, basis points:
/// as near as the two are to each other.
const HALTS: [u32; 2] = [500, 700];
const MAGNET: u32 = 200;
/// What is lent of the collateral's value, basis points: damper's calm largest ratio.
pub(crate) const LENT_BPS: u32 = 7_500;

/// A seller that follows one of the rules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Naive(Rule);

impl Naive {
    pub(crate) const NO_THROTTLE: Naive = Naive(Rule::NoThrottle);
    pub(crate) const CLOSE_FACTOR: Naive = Naive(Rule::CloseFactor(5_000));
    pub(crate) const CLOSE_FACTOR_20: Naive = Naive(Rule::CloseFactor(2_000));
    pub(crate) const WINDOW_CAP: Naive = Naive(Rule::WindowCap { opened: Timestamp::new(0), sold: Amount::ZERO });
    pub(crate) const HALT: Naive = Naive::halt(MAGNET);
    pub(crate) const HALT_UNSEEN: Naive = Naive::halt(0);
    pub(crate) const MEDIAN: Naive = Naive(Rule::Median);

    /// The three that stand beside damper unless a scenario says otherwise.
    pub(crate) const USUAL: [Naive; 3] = [Naive::NO_THROTTLE, Naive::CLOSE_FACTOR, Naive::WINDOW_CAP];

    const fn halt(magnet: u32) -> Naive {
        Naive(Rule::Halt { magnet, day: 0, close: None, last: None, until: 0, halted: 0 })
    }

    /// With this volume a step in calm times.
    pub(crate) const fn volume(calm: Amount) -> Naive {
        Naive(Rule::Volume { calm, last: Amount::ZERO })
    }

    pub(crate) const fn zero_bid(seed: u64) -> Naive {
        Naive(Rule::ZeroBid(SplitMix64::new(seed)))
    }

    /// What may be sold of an order now.
    fn permit(&mut self, seen: &Seen, order: Amount) -> Result<Amount, Error> {
        match &mut self.0 {
            Rule::NoThrottle | Rule::Median | Rule::ZeroBid(_) => Ok(order),
            Rule::CloseFactor(bps) => order.mul_ceil(Ratio::from_bps_floor(*bps)?),
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
            Rule::Volume { calm, last } => {
                let others = mul_div_floor(calm.get(), seen.stress.min(MOST_STRESS), CALM)?;
                let volume = others + PASSED_ON * last.get();
                *last = order.min(Amount::new(mul_div_floor(volume, PARTICIPATION, 10_000)?));
                Ok(*last)
            }
            Rule::Halt { until, .. } => Ok(if seen.now.get() < *until { Amount::ZERO } else { order }),
        }
    }

    /// The price at which accounts are looked at.
    fn trigger(&mut self, seen: &Seen) -> Result<Price, Error> {
        let low = seen.price.low();
        match &mut self.0 {
            Rule::Median => {
                let ticks = median(&seen.quotes).ok_or(Error::PriceStale)?;
                seen.scale.price_floor(ticks)
            }
            Rule::Halt { magnet, day, close, last, until, halted } => {
                let (now, today) = (seen.now.get(), seen.now.get() / DAY);
                if *day != today {
                    (*day, *close, *halted) = (today, *last, 0);
                }
                *last = Some(low);
                let reference = *close.get_or_insert(low);
                let Some(fall) = HALTS.get(usize::from(*halted)) else { return Ok(low) };
                if now < *until {
                    return Ok(low);
                }
                let at = |bps: u32| reference.scale_floor(Ratio::from_bps_floor(10_000 - bps)?);
                if low <= at(*fall)? {
                    *halted += 1;
                    *until = if *halted == 1 { now + HALT } else { (today + 1) * DAY };
                    return Ok(low);
                }
                // Near a halt they sell as if it had come.
                if low <= at(*fall - *magnet)? { at(*fall) } else { Ok(low) }
            }
            Rule::NoThrottle
            | Rule::CloseFactor(_)
            | Rule::WindowCap { .. }
            | Rule::Volume { .. }
            | Rule::ZeroBid(_) => Ok(low),
        }
    }

    /// Whether the next lot gets no bid.
    fn unbid(&mut self, seen: &Seen) -> bool {
        match &mut self.0 {
            Rule::ZeroBid(rng) => seen.keepers_miss && missed(rng),
            _ => false,
        }
    }
}

/// The median of the sources that are as new as the newest, the lower of two; `None` without a source. It asks for no
/// number of them: of two it takes the lower, of one that one, and all that stand still are as new as each other.
pub(crate) fn median(quotes: &[Quote]) -> Option<u64> {
    let newest = quotes.iter().map(|quote| quote.source_time).max()?;
    let mut ticks: Vec<u64> =
        quotes.iter().filter(|quote| quote.source_time == newest).map(|quote| quote.ticks).collect();
    ticks.sort_unstable();
    ticks.get((ticks.len() - 1) / 2).copied()
}

impl<P: Population> Seller<P> for Naive {
    fn name(&self) -> &'static str {
        match self.0 {
            Rule::NoThrottle => "no throttle",
            Rule::CloseFactor(2_000) => "close factor 20 %",
            Rule::CloseFactor(_) => "close factor 50 %",
            Rule::WindowCap { .. } => "cap 1 % an hour",
            Rule::Volume { .. } => "9 % of volume",
            Rule::Halt { magnet: 0, .. } => "halts unforeseen",
            Rule::Halt { .. } => "halts at 5 and 7 %",
            Rule::ZeroBid(_) => "zero-bid auctions",
            Rule::Median => "median, no throttle",
        }
    }

    fn act(&mut self, seen: &Seen, market: &mut Market, population: &mut P) -> Result<(), Error> {
        let trigger = self.trigger(seen)?;
        let part = Ratio::from_bps_floor(LENT_BPS)?;
        let mut lend =
            |collateral: Amount| -> Result<Value, Error> { trigger.value_floor(collateral)?.mul_floor(part) };
        population.arrive(seen.now, market.price()?, &mut lend)?;
        for order in population.orders(trigger)? {
            let sold = self.permit(seen, order.amount)?;
            if !sold.is_zero() {
                let truth = market.price()?;
                let unbid = self.unbid(seen);
                let brought_in = market.sell(sold)?;
                let proceeds = if unbid { Value::ZERO } else { brought_in };
                population.book(order.account, Fill { sold, proceeds, trigger, truth })?;
            }
        }
        Ok(())
    }
}
