//! What may come: where a cascade would end, where its loop gain reaches one, and who cannot be sold in time.

use crate::positions::Map;
use crate::setup::{Keeper, POINTS};
use damper::Error;
use damper::cascade::{Cascade, Critical, Outcome};
use damper::clearing::{Throttle, slack_floor};
use damper::guard::{Guard, GuardState, Limits};
use damper::price::Price;
use damper::queue::{Missed, Queue, deadline_floor};
use damper::ratio::Ratio;
use damper::units::{Amount, Timestamp};

/// The loop gain of a bucket, and its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gain {
    /// The price at and below which it is sold.
    pub price: Price,
    /// `None` beyond the type, or where the book is exhausted.
    pub gain: Option<Ratio>,
}

/// The outlook on a cascade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// Where a cascade would end after the shock that is asked for.
    pub shock: Outcome,
    /// The least fall from which sales add more than the limit; `None` if none does.
    pub critical: Option<Critical>,
    /// The least fall that sets off a bucket which sets off the next one; `None` if none does.
    pub runaway: Option<Critical>,
    /// The largest loop gain of a bucket.
    pub gain: Gain,
}

/// The outlook at the present price, on the credible book, behind what is sold and on offer.
///
/// # Errors
/// As [`Guard::forecast`].
pub fn outlook(
    guard: &Guard<POINTS>,
    state: &GuardState<POINTS>,
    now: Timestamp,
    map: &Map,
    keeper: &Keeper,
) -> Result<Outlook, Error> {
    let shock = guard.forecast(state, now, map, keeper.shock)?;
    let due = state.depth().sold().checked_add(state.pending())?;
    let map = map.add_due(due)?;
    let book = guard.params().depth.book(state.depth())?;
    let cascade = Cascade { map: &map, book: &book, price: state.price().band.low() };
    let mut most = Gain { price: state.price().band.low(), gain: Some(Ratio::ZERO) };
    for (bucket, (price, amount)) in map.grid().prices().iter().zip(map.buckets()).enumerate() {
        if amount.is_zero() {
            continue;
        }
        let gain = cascade.gain_ceil(bucket)?;
        let larger = match (gain, most.gain) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(gain), Some(before)) => gain > before,
        };
        if larger {
            most = Gain { price: *price, gain };
        }
    }
    Ok(Outlook { shock, critical: cascade.critical(keeper.impact_limit)?, runaway: cascade.runaway()?, gain: most })
}

/// Places in the queue of those whose deadlines are told.
pub const QUEUE: usize = 64;

/// What the collateral of a position must be worth beyond its debt: the bonus, or what a sale at the base bonus takes, at the
/// impact that may be charged now, if that is more, for at less the guard sells nothing.
///
/// # Errors
/// A bonus beyond the type.
pub fn beyond_debt(guard: &Guard<POINTS>, limits: &Limits) -> Result<Ratio, Error> {
    let (bonus, impact) = (limits.parameters.bonus, limits.cap.excess_over(limits.level).max(limits.reserved));
    let base = Ratio::ONE.checked_add(bonus.mul_ceil(guard.params().plan.params().base_bonus)?)?;
    Ok(bonus.max(base.mul_ceil(Ratio::ONE.checked_add(impact)?)?.excess_over(Ratio::ONE)))
}

/// When a position has used up its slack, at the fall that the keeper tells deadlines for.
///
/// # Errors
/// As [`slack_floor`].
pub fn deadline(
    state: &GuardState<POINTS>,
    beyond: Ratio,
    holding: &damper::clearing::Holding,
    keeper: &Keeper,
    now: Timestamp,
) -> Result<Timestamp, Error> {
    let own = state.price().band.low().value_floor(holding.collateral)?;
    let slack = slack_floor(own, damper::units::Value::ZERO, holding.debt, beyond)?;
    deadline_floor(now, slack, keeper.fall)
}

/// The first of `waiting` that cannot be sold by its deadline, whoever works at the stated pace. At most [`QUEUE`] are
/// looked at, the earliest deadlines.
///
/// # Errors
/// As [`Queue::admit`] and [`Queue::first_missed`].
pub fn first_missed(
    guard: &Guard<POINTS>,
    state: &GuardState<POINTS>,
    now: Timestamp,
    keeper: &Keeper,
    waiting: &[(Timestamp, Amount)],
) -> Result<Option<Missed>, Error> {
    let ledger = state.ledger().advance(&guard.params().ledger, now)?;
    let throttle = Throttle::of(&ledger, &guard.params().ledger);
    let backlog = guard.backlog(state);
    let mut queue = Queue::<QUEUE>::open(now);
    for (deadline, amount) in waiting.iter().take(QUEUE) {
        if !amount.is_zero() {
            queue = queue.admit(now, *deadline, *amount, Amount::ZERO)?.queue;
        }
    }
    queue.first_missed(now, |time| backlog.largest_sale_floor(&throttle, &keeper.pace, time))
}
