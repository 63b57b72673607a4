//! Whether a bid is worth making: what the auction asks now against what the book brings, less gas and a margin.

use crate::setup::POINTS;
use crate::venue::Venue;
use damper::Error;
use damper::auction::{Lot, Take};
use damper::guard::{Guard, GuardState};
use damper::price::Price;
use damper::ratio::Ratio;
use damper::selling::Bid;
use damper::units::{Amount, Timestamp, Value};

/// What a bid is weighed against.
#[derive(Clone, Copy, Debug)]
pub struct Market<'a> {
    /// The book that is sold into.
    pub venue: &'a Venue,
    /// The low side of the price.
    pub low: Price,
    /// What of the proceeds is counted on.
    pub kept: Ratio,
    /// What the bid costs, quote atoms.
    pub gas: Value,
    /// What it must leave.
    pub least_profit: Value,
    /// The most that it may pay.
    pub money: Value,
}

/// A bid that pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Base atoms to ask for.
    pub want: Amount,
    /// What they cost.
    pub paid: Value,
    /// What the book brings for them, less fee and margin.
    pub brings: Value,
    /// What is left after gas.
    pub profit: Value,
    /// The price asked.
    pub price: Price,
}

/// What is to be said of a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Bid.
    Worth(Offer),
    /// A bid was sent so many times, and the chain may still show it.
    Awaited(u32),
    /// Too dear; from `at` on a bid pays, market and gas standing still.
    Dear { at: Option<Timestamp> },
    /// It would pay, and the guard does not let it through.
    Held(Error),
    /// The auction is out of date.
    ResetDue,
    /// All is sold, or all is raised.
    Done,
}

impl Market<'_> {
    /// The bid on a lot at a time, if it pays: as much as the book takes above the price asked.
    #[must_use]
    pub fn offer(&self, lot: &Lot, now: Timestamp) -> Option<Offer> {
        let price = lot.terms().price(now).ok()?;
        // What is sold last must bring the price asked, after fee and margin.
        let least = price.div_ceil(self.kept).ok()?;
        let affordable = price.amount_floor(self.money).unwrap_or(Amount::new(u128::MAX));
        let want = self.venue.most_above(self.low, least).min(lot.remaining()).min(affordable);
        let take = lot.take(want, price, now).ok()?;
        self.weigh(&take)
    }

    /// What a take leaves, if it is enough.
    #[must_use]
    pub fn weigh(&self, take: &Take) -> Option<Offer> {
        let brings = self.venue.proceeds_floor(self.low, take.sold)?.mul_floor(self.kept).ok()?;
        let profit = brings.checked_sub(take.paid).ok()?.checked_sub(self.gas).ok()?;
        let fits = profit >= self.least_profit && take.paid <= self.money;
        fits.then_some(Offer { want: take.sold, paid: take.paid, brings, profit, price: take.price })
    }

    /// The first time at which a bid pays, market and gas standing still; `None` if a reset is due before.
    ///
    /// Found by bisection: the price asked never rises, and what can be bought at one price can be bought at a lower one.
    #[must_use]
    pub fn worth_at(&self, lot: &Lot, now: Timestamp) -> Option<Timestamp> {
        let end = lot.terms().opened().checked_add(lot.terms().config().params().tail).ok()?;
        let (mut low, mut high) = (now.get(), end.get());
        while low < high {
            let middle = low.midpoint(high);
            let at = Timestamp::new(middle);
            if lot.terms().price(at).is_ok() && self.offer(lot, at).is_none() {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let at = Timestamp::new(low);
        self.offer(lot, at).map(|_| at)
    }

    /// The verdict on a lot, and the guard's state with the bid in it, so that the next bid sees what is left.
    #[must_use]
    pub fn verdict(
        &self,
        guard: &Guard<POINTS>,
        state: &GuardState<POINTS>,
        lot: &Lot,
        now: Timestamp,
    ) -> (Verdict, Option<GuardState<POINTS>>) {
        match lot.terms().needs_reset(now) {
            Ok(false) => {}
            Ok(true) => return (Verdict::ResetDue, None),
            Err(error) => return (Verdict::Held(error), None),
        }
        let Some(offer) = self.offer(lot, now) else {
            return (Verdict::Dear { at: self.worth_at(lot, now) }, None);
        };
        match guard.take(*state, now, *lot, Bid { want: offer.want, max_price: offer.price }) {
            // The ledger may permit less than was asked for, which may not be worth the gas.
            Ok((state, take)) => match self.weigh(&take) {
                Some(offer) => (Verdict::Worth(offer), Some(state)),
                None => (Verdict::Held(Error::NotPermitted), None),
            },
            Err(Error::AuctionResetDue) => (Verdict::ResetDue, None),
            Err(error) => (Verdict::Held(error), None),
        }
    }
}
