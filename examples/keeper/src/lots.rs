//! Open lots, mirrored: every event of the chain is played on the guard's state, and what the chain says wins.

use crate::setup::POINTS;
use damper::Error;
use damper::auction::{Lot, Terms};
use damper::guard::{Guard, GuardState};
use damper::price::Price;
use damper::ratio::Ratio;
use damper::selling::{Bid, Kick};
use damper::units::{Amount, Timestamp, Value};
use std::collections::BTreeMap;

/// An open lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLot {
    /// Its terms and its rest.
    pub lot: Lot,
    /// Whose collateral it is.
    pub position: String,
    /// Takes so far.
    pub takes: u64,
    /// What takers have paid.
    pub raised: Value,
    /// Whether the chain has sold or raised all of it.
    pub done: bool,
    /// When there was last something to be done about it.
    pub since: Timestamp,
}

/// What is odd about an event of a lot. The event counts all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// The bot's copy of the guard would have refused it.
    Mirror(Error),
    /// The chain's numbers are not those of the copy.
    Differs,
}

/// The lots, and the guard's state that they are in.
pub struct Mirror<'a> {
    /// The configuration.
    pub guard: &'a Guard<POINTS>,
    /// The state.
    pub state: &'a mut GuardState<POINTS>,
    /// The lots by name.
    pub lots: &'a mut BTreeMap<String, OpenLot>,
}

/// Terms that start at a price which the chain has said.
fn terms(guard: &Guard<POINTS>, start: Price, opened: Timestamp) -> Result<Terms, Error> {
    Terms::from_start(&guard.params().auction, start, opened)
}

/// Whether two prices are the same to 2^-40, which is more than decimal text keeps.
fn same(one: Price, other: Price) -> bool {
    let (low, high) = (one.min(other), one.max(other));
    high.ratio_ceil(low).is_ok_and(|ratio| ratio.excess_over(Ratio::ONE) <= Ratio::from_bits(1 << 8))
}

impl Mirror<'_> {
    /// A kick.
    ///
    /// # Errors
    /// A lot that cannot be formed from what the chain says: as [`Terms::from_start`] and [`Lot::open`]. It is not kept.
    pub fn opened(
        &mut self,
        now: Timestamp,
        name: String,
        position: String,
        kick: Kick,
        start: Price,
    ) -> Result<Option<Oddity>, Error> {
        let (mirrored, odd) = match self.guard.kick(*self.state, now, kick) {
            Ok((state, lot)) => {
                *self.state = state;
                let same = same(lot.terms().start(), start);
                (same.then_some(lot), (!same).then_some(Oddity::Differs))
            }
            Err(error) => (None, Some(Oddity::Mirror(error))),
        };
        let lot = match mirrored {
            Some(lot) => lot,
            None => Lot::open(terms(self.guard, start, now)?, kick.sell, kick.raise)?,
        };
        self.lots.insert(name, OpenLot { lot, position, takes: 0, raised: Value::ZERO, done: false, since: now });
        Ok(odd)
    }

    /// A take.
    pub fn taken(&mut self, now: Timestamp, name: &str, sold: Amount, paid: Value) -> Result<Option<Oddity>, Error> {
        let open = self.lots.get_mut(name).ok_or(Error::LotUnknown)?;
        let bid = Bid { want: sold, max_price: Price::MAX };
        let (lot, odd) = match self.guard.take(*self.state, now, open.lot, bid) {
            Ok((state, take)) if take.sold == sold => {
                *self.state = state;
                if take.paid == paid { (Some(take.lot), None) } else { (None, Some(Oddity::Differs)) }
            }
            Ok(_) => (None, Some(Oddity::Differs)),
            Err(error) => (None, Some(Oddity::Mirror(error))),
        };
        let rest = (open.lot.remaining().excess_over(sold), open.lot.raise().excess_over(paid));
        open.done = rest.0.is_zero() || rest.1.is_zero();
        match lot {
            Some(lot) => open.lot = lot,
            None if open.done => {}
            None => open.lot = Lot::open(*open.lot.terms(), rest.0, rest.1)?,
        }
        open.takes += 1;
        open.raised = open.raised.checked_add(paid)?;
        open.since = now;
        Ok(odd)
    }

    /// A restart.
    pub fn restarted(&mut self, now: Timestamp, name: &str, start: Price) -> Result<Option<Oddity>, Error> {
        let open = self.lots.get_mut(name).ok_or(Error::LotUnknown)?;
        let (lot, odd) = match self.guard.restart(self.state, now, open.lot) {
            Ok(lot) if same(lot.terms().start(), start) => (Some(lot), None),
            Ok(_) => (None, Some(Oddity::Differs)),
            Err(error) => (None, Some(Oddity::Mirror(error))),
        };
        open.lot = match lot {
            Some(lot) => lot,
            None => Lot::open(terms(self.guard, start, now)?, open.lot.remaining(), open.lot.raise())?,
        };
        open.since = now;
        Ok(odd)
    }

    /// A settlement.
    pub fn settled(&mut self, now: Timestamp, name: &str) -> Result<Option<Oddity>, Error> {
        let open = self.lots.remove(name).ok_or(Error::LotUnknown)?;
        match self.guard.settle(*self.state, now, open.lot) {
            Ok((state, _)) => {
                *self.state = state;
                Ok(None)
            }
            Err(error) => Ok(Some(Oddity::Mirror(error))),
        }
    }
}
