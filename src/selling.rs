//! Selling through the guard: kick a lot, take from it, settle it; or sell at once.
//!
//! A lot reserves at its kick the impact of all of it, behind everything sold and pending. A take charges the ledger for
//! what was really sold, out of the reservation first. Settling releases what was not sold.
//!
//! The accounts are the caller's. At the kick take `sell` off the position's collateral and `repay` off its debt. At each
//! take the taker gets `sold` and pays `paid`. At settlement give `unsold` back to the collateral and `unraised` back to the
//! debt; what was paid beyond the tab ([`Take::surplus`]) is the borrower's. `repay` covers all debts, in quote atoms.
//!
//! The lots are the caller's too. The state holds how many are open and how much is pending in all of them, not which: it
//! refuses a lot of which it knows by these two numbers that it is none of them ([`Error::LotUnknown`]), and takes an old copy
//! of a lot for the lot while other lots hold as much. So store one value of each lot, write over it what [`Guard::take`] and
//! [`Guard::restart`] return, and remove it at [`Guard::settle`]: assumption A5, without which the bound is not promised.
//! Once it was broken, a lot that is open may be refused, and what is pending and reserved then stays.

use crate::auction::{Lot, Returned, Take, Terms};
use crate::error::Error;
use crate::forms::form;
use crate::guard::{Guard, GuardState};
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::{Amount, Timestamp, Value};

/// A lot to be kicked.
///
/// # Examples
/// See [`Guard::kick`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Kick {
    /// Base atoms on offer.
    pub sell: Amount,
    /// Quote atoms to raise; the auction ends when they are raised.
    pub raise: Value,
}

/// What a taker asks for.
///
/// # Examples
/// See [`Guard::take`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Bid {
    /// The most base atoms wanted.
    pub want: Amount,
    /// The highest price the taker accepts.
    pub max_price: Price,
}

/// Whether a lot may be one of those that are open: some lot is, it has no more left than is pending in all, and all of that if
/// no other is open.
fn known<const N: usize>(state: &GuardState<N>, lot: &Lot) -> Result<(), Error> {
    let may_be = match state.lots {
        0 => false,
        1 => lot.remaining() == state.pending,
        _ => lot.remaining() <= state.pending,
    };
    if may_be { Ok(()) } else { Err(Error::LotUnknown) }
}

impl<const N: usize> Guard<N> {
    /// Opens an auction: reserves the impact of the whole lot and freezes its terms.
    ///
    /// # Errors
    /// Nothing to sell or to raise: [`Error::LotEmpty`]. Price too old: [`Error::PriceStale`]. Halted:
    /// [`Error::KickStopped`]. Depth too old: [`Error::DepthStale`]; not enough of it: [`Error::DepthExhausted`].
    /// More than the ledger or the appetite permits: [`Error::NotPermitted`]. A lot worth 2^128 or more, or a start price out of range:
    /// [`Error::Overflow`], [`Error::PriceOutOfRange`]. 65,535 lots open: [`Error::LotCount`]. `now` before the
    /// state's time: [`Error::ClockReversed`].
    ///
    /// # Examples
    /// ```
    /// # use damper::{book::{Shape, Snapshot}, depth::DepthObservation, guard::{Guard, Observation}, oracle::PriceObservation};
    /// # use damper::{preset::{Site, lending}, price::{Price, PriceBand}, units::{Amount, Seconds, Timestamp, Value}};
    /// # let guard = Guard::new(lending(&Site::<1> {
    /// #     shape: Shape::ConstantProduct, heartbeat: Seconds::new(60), min_sale: Value::new(100),
    /// #     rise_base: Amount::new(21_600), depth_norm: None,
    /// # })?)?;
    /// # let price = |at: u64, price: u128| -> Result<PriceObservation, damper::Error> {
    /// #     let band = PriceBand::exact(Price::from_decimal_floor(price, 0)?);
    /// #     Ok(PriceObservation { source_time: Timestamp::new(at), band })
    /// # };
    /// # let pool = |at: u64| DepthObservation {
    /// #     source_time: Timestamp::new(at),
    /// #     snapshot: Snapshot::ConstantProduct { reserve: Amount::new(2_000_000) },
    /// # };
    /// # use damper::selling::Kick;
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// let now = Timestamp::new(1);
    /// // 312 atoms are permitted, not one more.
    /// let kick = |sell| guard.kick(state, now, Kick { sell: Amount::new(sell), raise: Value::new(30_000) });
    /// assert_eq!(kick(313), Err(damper::Error::NotPermitted));
    /// let (state, lot) = kick(312)?;
    /// assert_eq!((state.lots(), state.pending(), lot.remaining()), (1, Amount::new(312), Amount::new(312)));
    /// // The price asked starts 5 % above the market's: 312 atoms cost 32,760.
    /// assert_eq!(lot.terms().price(now)?.value_ceil(lot.remaining())?, Value::new(32_760));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[inline(never)]
    pub fn kick(&self, mut state: GuardState<N>, now: Timestamp, kick: Kick) -> Result<(GuardState<N>, Lot), Error> {
        if kick.sell.is_zero() || kick.raise.is_zero() {
            return Err(Error::LotEmpty);
        }
        let lot = Lot::open(self.terms(&state, now)?, kick.sell, kick.raise)?;
        self.reserve(&mut state, now, kick.sell)?;
        state.lots = state.lots.checked_add(1).ok_or(Error::LotCount)?;
        Ok((state, lot))
    }

    /// The terms of an auction that starts now.
    fn terms(&self, state: &GuardState<N>, now: Timestamp) -> Result<Terms, Error> {
        self.usable(state, now)?;
        Terms::freeze(&self.0.auction, state.price.band, state.parameters.auction_buffer, now)
    }

    /// Reserves the impact of `sell` behind everything sold and pending.
    fn reserve(&self, state: &mut GuardState<N>, now: Timestamp, sell: Amount) -> Result<(), Error> {
        if self.0.breaker.stops(&state.breaker, now).kick {
            return Err(Error::KickStopped);
        }
        self.0.depth.fresh(&state.depth, now)?;
        let ledger = state.ledger.advance(&self.0.ledger, now)?;
        state.ledger = self.reserved(state, &ledger, sell)?;
        state.pending = state.pending.checked_add(sell)?;
        Ok(())
    }

    /// Sells part of a lot to a taker, and charges the ledger for it.
    ///
    /// The quantity is the least of what is wanted, what the lot offers, what raises its tab, and what the ledger permits
    /// on the present depth. The taker is told what was sold and what it costs.
    ///
    /// The terms were frozen at the kick. A lot that nobody wants until its price is below what the plan allowed for
    /// raises less than its tab: then `unraised` is not zero at the settlement, and the position must be assessed anew.
    ///
    /// # Errors
    /// Halted: [`Error::TakeStopped`]. No lot is open, or this one cannot be, for it has more left than is pending in all, or
    /// less while no other is open: [`Error::LotUnknown`].
    /// That is all that is known: an old copy of a lot is taken from again while other lots hold as much, so store the lot
    /// that is returned over the one passed in (A5). Opened before the end of a stop of takes, so that its price fell while nobody
    /// could take, or otherwise out of date: [`Error::AuctionResetDue`]. Depth too old: [`Error::DepthStale`].
    /// The ledger permits nothing on this depth, or so little that it or what it leaves would be dust: [`Error::NotPermitted`].
    /// As the auction's own take. `now` before the
    /// state's time: [`Error::ClockReversed`].
    ///
    /// # Examples
    /// ```
    /// # use damper::{book::{Shape, Snapshot}, depth::DepthObservation, guard::{Guard, Observation}, oracle::PriceObservation};
    /// # use damper::{preset::{Site, lending}, price::{Price, PriceBand}, units::{Amount, Seconds, Timestamp, Value}};
    /// # let guard = Guard::new(lending(&Site::<1> {
    /// #     shape: Shape::ConstantProduct, heartbeat: Seconds::new(60), min_sale: Value::new(100),
    /// #     rise_base: Amount::new(21_600), depth_norm: None,
    /// # })?)?;
    /// # let price = |at: u64, price: u128| -> Result<PriceObservation, damper::Error> {
    /// #     let band = PriceBand::exact(Price::from_decimal_floor(price, 0)?);
    /// #     Ok(PriceObservation { source_time: Timestamp::new(at), band })
    /// # };
    /// # let pool = |at: u64| DepthObservation {
    /// #     source_time: Timestamp::new(at),
    /// #     snapshot: Snapshot::ConstantProduct { reserve: Amount::new(2_000_000) },
    /// # };
    /// # use damper::selling::{Bid, Kick};
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// let (state, lot) = guard.kick(state, Timestamp::new(1), Kick { sell: Amount::new(300), raise: Value::new(21_000) })?;
    /// // 105 is asked: a limit below that buys nothing.
    /// let low = Bid { want: Amount::new(300), max_price: Price::from_decimal_ceil(104, 0)? };
    /// assert_eq!(guard.take(state, Timestamp::new(1), lot, low).err(), Some(damper::Error::PriceAboveLimit));
    /// // 200 atoms raise the tab.
    /// let bid = Bid { want: Amount::new(300), max_price: Price::from_decimal_ceil(105, 0)? };
    /// let (state, take) = guard.take(state, Timestamp::new(1), lot, bid)?;
    /// assert_eq!((take.sold, take.paid, take.lot.raise()), (Amount::new(200), Value::new(21_000), Value::ZERO));
    /// // What was not sold is pending until the lot is settled.
    /// assert_eq!(state.pending(), Amount::new(100));
    /// // The lot from before has 300 atoms left, and 100 are pending: it cannot be open.
    /// assert_eq!(guard.take(state, Timestamp::new(1), lot, bid).err(), Some(damper::Error::LotUnknown));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[inline(never)]
    pub fn take(
        &self,
        mut state: GuardState<N>,
        now: Timestamp,
        lot: Lot,
        bid: Bid,
    ) -> Result<(GuardState<N>, Take), Error> {
        if self.0.breaker.stops(&state.breaker, now).take {
            return Err(Error::TakeStopped);
        }
        known(&state, &lot)?;
        if lot.terms().opened() < state.untaken_until && !lot.is_done() {
            return Err(Error::AuctionResetDue);
        }
        state.ledger = state.ledger.advance(&self.0.ledger, now)?;
        self.0.depth.fresh(&state.depth, now)?;
        // Most takes fit: to ask for the charge of one costs less than to ask for the largest.
        let mut take = lot.take(bid.want, bid.max_price, now)?;
        if self.charge(&mut state, now, take.sold).is_err() {
            let permitted = self.permission(&state, &state.ledger, now)?;
            if permitted.is_zero() {
                return Err(Error::NotPermitted);
            }
            take = lot.take(bid.want.min(permitted), bid.max_price, now).map_err(too_little)?;
            self.charge(&mut state, now, take.sold)?;
        }
        Ok((state, take))
    }

    /// Moves `sold` from pending to sold, and charges it. On an error nothing has moved.
    pub(crate) fn charge(&self, state: &mut GuardState<N>, now: Timestamp, sold: Amount) -> Result<(), Error> {
        let charge = self.0.depth.charge_ceil(&state.depth, sold)?;
        let pending = state.pending.checked_sub(sold)?;
        let ledger = state.ledger.charge(&self.0.ledger, charge)?;
        state.depth.book(sold, charge, now)?;
        (state.ledger, state.pending) = (ledger, pending);
        Ok(())
    }

    /// Closes a lot: releases the reservation of what was not sold, and returns it by name.
    ///
    /// With other lots open, what they may still need at the present depth stays reserved; if the depth is too old to
    /// say, all of it does.
    ///
    /// # Errors
    /// No lot is open, or this one cannot be, as for [`Guard::take`]: [`Error::LotUnknown`]. `now` before the state's time:
    /// [`Error::ClockReversed`]. A lot that was settled before is not refused while other lots hold as much: remove it from
    /// where it is stored in the same step, and settle none from a copy (A5).
    ///
    /// # Examples
    /// ```
    /// # use damper::{book::{Shape, Snapshot}, depth::DepthObservation, guard::{Guard, Observation}, oracle::PriceObservation};
    /// # use damper::{preset::{Site, lending}, price::{Price, PriceBand}, units::{Amount, Seconds, Timestamp, Value}};
    /// # let guard = Guard::new(lending(&Site::<1> {
    /// #     shape: Shape::ConstantProduct, heartbeat: Seconds::new(60), min_sale: Value::new(100),
    /// #     rise_base: Amount::new(21_600), depth_norm: None,
    /// # })?)?;
    /// # let price = |at: u64, price: u128| -> Result<PriceObservation, damper::Error> {
    /// #     let band = PriceBand::exact(Price::from_decimal_floor(price, 0)?);
    /// #     Ok(PriceObservation { source_time: Timestamp::new(at), band })
    /// # };
    /// # let pool = |at: u64| DepthObservation {
    /// #     source_time: Timestamp::new(at),
    /// #     snapshot: Snapshot::ConstantProduct { reserve: Amount::new(2_000_000) },
    /// # };
    /// # use damper::selling::Kick;
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// let (kicked, lot) = guard.kick(state, Timestamp::new(1), Kick { sell: Amount::new(300), raise: Value::new(21_000) })?;
    /// // Nobody came: all of it is returned by name, and nothing stays reserved.
    /// let (settled, returned) = guard.settle(kicked, Timestamp::new(2), lot)?;
    /// assert_eq!((returned.unsold, returned.unraised), (Amount::new(300), Value::new(21_000)));
    /// assert_eq!((settled.lots(), settled.pending()), (0, Amount::ZERO));
    /// // No lot is open: a copy of this one is refused.
    /// assert_eq!(guard.settle(settled, Timestamp::new(2), lot).err(), Some(damper::Error::LotUnknown));
    ///
    /// // While another is open, it is not. What the copy returns is the other's, which is now refused in its place.
    /// let kick = |state| guard.kick(state, Timestamp::new(1), Kick { sell: Amount::new(150), raise: Value::new(10_500) });
    /// let (state, first) = kick(state)?;
    /// let (state, second) = kick(state)?;
    /// let (state, _) = guard.settle(state, Timestamp::new(2), first)?;
    /// let (state, again) = guard.settle(state, Timestamp::new(2), first)?;
    /// assert_eq!((again.unsold, state.lots(), state.pending()), (Amount::new(150), 0, Amount::ZERO));
    /// assert_eq!(guard.settle(state, Timestamp::new(2), second).err(), Some(damper::Error::LotUnknown));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[inline(never)]
    pub fn settle(
        &self,
        mut state: GuardState<N>,
        now: Timestamp,
        lot: Lot,
    ) -> Result<(GuardState<N>, Returned), Error> {
        state.ledger = state.ledger.advance(&self.0.ledger, now)?;
        known(&state, &lot)?;
        state.lots = state.lots.checked_sub(1).ok_or(Error::LotUnknown)?;
        state.pending = state.pending.checked_sub(lot.remaining()).map_err(|_| Error::LotUnknown)?;
        self.release(&mut state, now);
        Ok((state, lot.close()))
    }

    /// Lowers the reservation to what is still pending.
    pub(crate) fn release(&self, state: &mut GuardState<N>, now: Timestamp) {
        let needed = if state.pending.is_zero() {
            Ratio::ZERO
        } else if self.0.depth.fresh(&state.depth, now).is_err() {
            state.ledger.reserved()
        } else {
            // A book too thin for what is pending frees nothing.
            self.0.depth.charge_ceil(&state.depth, state.pending).unwrap_or(state.ledger.reserved())
        };
        state.ledger = state.ledger.release_to(needed);
    }

    /// Starts a lot's auction anew when its reset is due, from the present price and volatility. It is also due when the
    /// lot was opened before the end of a stop of takes.
    ///
    /// # Errors
    /// No reset is due, or the new terms cannot be formed: as the auction's own reset. `now` before the state's time:
    /// [`Error::ClockReversed`]. Price too old: [`Error::PriceStale`]. Halted:
    /// [`Error::KickStopped`]. No lot is open, or this one cannot be, as for [`Guard::take`]: [`Error::LotUnknown`]; an old
    /// copy is not refused while other lots hold as much, so store the lot that is returned over the one passed in (A5).
    ///
    /// # Examples
    /// ```
    /// # use damper::{book::{Shape, Snapshot}, depth::DepthObservation, guard::{Guard, Observation}, oracle::PriceObservation};
    /// # use damper::{preset::{Site, lending}, price::{Price, PriceBand}, units::{Amount, Seconds, Timestamp, Value}};
    /// # let guard = Guard::new(lending(&Site::<1> {
    /// #     shape: Shape::ConstantProduct, heartbeat: Seconds::new(60), min_sale: Value::new(100),
    /// #     rise_base: Amount::new(21_600), depth_norm: None,
    /// # })?)?;
    /// # let price = |at: u64, price: u128| -> Result<PriceObservation, damper::Error> {
    /// #     let band = PriceBand::exact(Price::from_decimal_floor(price, 0)?);
    /// #     Ok(PriceObservation { source_time: Timestamp::new(at), band })
    /// # };
    /// # let pool = |at: u64| DepthObservation {
    /// #     source_time: Timestamp::new(at),
    /// #     snapshot: Snapshot::ConstantProduct { reserve: Amount::new(2_000_000) },
    /// # };
    /// # use damper::selling::Kick;
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// let (state, lot) = guard.kick(state, Timestamp::new(1), Kick { sell: Amount::new(300), raise: Value::new(21_000) })?;
    /// // `0.99^43` of the start is below the cusp of 65 %: after 43 steps of 90 seconds the auction is out of date.
    /// let late = Timestamp::new(1 + 43 * 90);
    /// let seen = Observation { now: late, price: Some(price(late.get(), 100)?), depth: Some(pool(late.get())) };
    /// let state = guard.observe(state, &seen)?;
    /// let before = Timestamp::new(late.get() - 1);
    /// assert_eq!((lot.terms().needs_reset(before)?, lot.terms().needs_reset(late)?), (false, true));
    /// let lot = guard.restart(&state, late, lot)?;
    /// assert_eq!((lot.terms().opened(), lot.remaining(), lot.raise()), (late, Amount::new(300), Value::new(21_000)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[inline(never)]
    pub fn restart(&self, state: &GuardState<N>, now: Timestamp, lot: Lot) -> Result<Lot, Error> {
        if self.0.breaker.stops(&state.breaker, now).kick {
            return Err(Error::KickStopped);
        }
        known(state, &lot)?;
        let terms = self.terms(state, now)?;
        if lot.terms().opened() < state.untaken_until { lot.renew(terms, now) } else { lot.reset(terms, now) }
    }

    /// Takes note of a sale at market, outside any auction: a hedger's order of at most the permitted amount.
    ///
    /// Call it before the order is sent, and send the order only if it succeeds. Spec: D14.
    ///
    /// # Errors
    /// `amount` zero: [`Error::LotEmpty`] (skip the call when nothing is permitted). Otherwise as [`Guard::kick`] and
    /// [`Guard::take`].
    ///
    /// # Examples
    /// ```
    /// # use damper::{book::{Shape, Snapshot}, depth::DepthObservation, guard::{Guard, Observation}, oracle::PriceObservation};
    /// # use damper::{preset::{Site, lending}, price::{Price, PriceBand}, units::{Amount, Seconds, Timestamp, Value}};
    /// # let guard = Guard::new(lending(&Site::<1> {
    /// #     shape: Shape::ConstantProduct, heartbeat: Seconds::new(60), min_sale: Value::new(100),
    /// #     rise_base: Amount::new(21_600), depth_norm: None,
    /// # })?)?;
    /// # let price = |at: u64, price: u128| -> Result<PriceObservation, damper::Error> {
    /// #     let band = PriceBand::exact(Price::from_decimal_floor(price, 0)?);
    /// #     Ok(PriceObservation { source_time: Timestamp::new(at), band })
    /// # };
    /// # let pool = |at: u64| DepthObservation {
    /// #     source_time: Timestamp::new(at),
    /// #     snapshot: Snapshot::ConstantProduct { reserve: Amount::new(2_000_000) },
    /// # };
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// let now = Timestamp::new(1);
    /// assert_eq!(guard.sell(state, now, Amount::new(313)), Err(damper::Error::NotPermitted));
    /// let state = guard.sell(state, now, Amount::new(312))?;
    /// // Charged at once, `2 * 312 / 1,000,000` and a little: nothing is pending.
    /// assert_eq!((guard.limits(&state, now)?.level.to_bps_floor(), state.pending()), (6, Amount::ZERO));
    /// assert_eq!(guard.limits(&state, now)?.permitted, Amount::new(234));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[inline(never)]
    pub fn sell(&self, mut state: GuardState<N>, now: Timestamp, amount: Amount) -> Result<GuardState<N>, Error> {
        if amount.is_zero() {
            return Err(Error::LotEmpty);
        }
        if self.0.breaker.stops(&state.breaker, now).take {
            return Err(Error::TakeStopped);
        }
        self.usable(&state, now)?;
        self.reserve(&mut state, now, amount)?;
        self.charge(&mut state, now, amount)?;
        self.release(&mut state, now);
        Ok(state)
    }
}

/// What the ledger permits is too little for the lot: its own word would name what was wanted, which was enough.
fn too_little(error: Error) -> Error {
    let dust = error == Error::TakeLeavesDust || error == Error::TakeBelowDust;
    if dust { Error::NotPermitted } else { error }
}

form!(Kick { sell: Amount, raise: Value });
form!(Bid { want: Amount, max_price: Price });
