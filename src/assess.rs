//! What the guard decides on a position: healthy, to be sold, to wait, or for the backstop; and whether it may borrow.
//!
//! Spec: T14.

use crate::clearing::{Backlog, Clearing, PaceConfig, Throttle, slack_floor, unused_ceil};
use crate::early::{EarlyRule, Start};
use crate::error::Error;
use crate::guard::{Decision, Guard, GuardState, WaitReason};
use crate::health::{Position, Valuation};
use crate::ledger::Ledger;
use crate::parameters::Parameters;
use crate::plan::{self, Market, Own, Plan, Shortfall};
use crate::price::PriceBand;
use crate::ratio::Ratio;
use crate::risk::Peril;
use crate::units::{Amount, Timestamp, Value};

/// `floor(2^49 / 3)` in steps of 2^-48, which is 2/3: below `ln 2`, so a fall of the log-price by it leaves more than half of the price.
const FALL_TO_HALF: Ratio = Ratio::from_bits(187_649_984_473_770);

impl<const N: usize> Guard<N> {
    /// What is to be done with a position at `now`.
    ///
    /// The plan is the smallest sale that restores the target health, at the parameters in force and with the impact
    /// that may still be charged, `max(B + h D - L, R)`, taken as the price of selling. What the ledger does not permit now
    /// is deferred or waits, and is named. The position must not include what is on offer in open lots. A healthy position
    /// is sold too, a lot at a time, if [`crate::guard::GuardParams::start`] says so; `deferred` is then what of that lot is
    /// not permitted. What no sale helps is the backstop's once the highest price of the wick's window says so too, and kicks
    /// are not stopped; before that it is named, and nothing is to be done. Spec: D14, D28, T19.
    ///
    /// # Errors
    /// The last price is too old: [`Error::PriceStale`]. `now` before the state's time: [`Error::ClockReversed`].
    /// Values beyond 2^128, for what no sale helps at the highest price of the window too: [`Error::Overflow`]. Of a healthy
    /// position that may be sold early also `d g_0` (D28), or its sum with what the collateral is worth.
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
    /// # use damper::guard::Decision;
    /// # use damper::health::Position;
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// let now = Timestamp::new(1);
    /// // The threshold is 80 %: 1,000 atoms at 100 cover 80,000.
    /// let healthy = Position::<0, 0>::new(Amount::new(1_000), Value::new(79_000));
    /// assert_eq!(guard.assess(&state, now, &healthy)?, Decision::Healthy);
    /// // The smallest sale that restores a health of 1.05, and what of it is permitted now.
    /// let sick = Position::<0, 0>::new(Amount::new(1_000), Value::new(82_000));
    /// let Decision::Liquidate { plan, deferred } = guard.assess(&state, now, &sick)? else { panic!("unhealthy") };
    /// assert_eq!((plan.sell, plan.repay, deferred), (Amount::new(210), Value::new(20_322), Amount::ZERO));
    /// // Debt above the value of all collateral: no sale helps.
    /// let lost = Position::<0, 0>::new(Amount::new(1_000), Value::new(101_000));
    /// let Decision::Backstop(shortfall) = guard.assess(&state, now, &lost)? else { panic!("insolvent") };
    /// assert_eq!((shortfall.debt, shortfall.collateral), (Value::new(101_000), Value::new(100_000)));
    /// // At a price of 90 that was seen once, a debt of 91,000 is lost only if that price holds.
    /// let seen = Observation { now: Timestamp::new(10), price: Some(price(10, 90)?), depth: None };
    /// let fallen = guard.observe(state, &seen)?;
    /// let perhaps = Position::<0, 0>::new(Amount::new(1_000), Value::new(91_000));
    /// let Decision::Unconfirmed { shortfall, reason } = guard.assess(&fallen, seen.now, &perhaps)? else { panic!("held") };
    /// assert_eq!((shortfall.collateral, reason), (Value::new(90_000), damper::guard::WaitReason::Wick));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[inline(never)]
    pub fn assess<const C: usize, const D: usize>(
        &self,
        state: &GuardState<N>,
        now: Timestamp,
        position: &Position<C, D>,
    ) -> Result<Decision, Error> {
        let ledger = self.usable(state, now)?;
        let (parameters, band) = (state.parameters, state.price.band);
        let (value, own) = position.valued(&parameters, band)?;
        let own = Own { amount: position.collateral(), worth: own };
        if value.is_healthy() {
            return match &self.0.start {
                Start::AtThreshold => Ok(Decision::Healthy),
                Start::ByChance(rule) => self.start(state, &ledger, rule, &value, own),
            };
        }
        let market = Market { parameters, band, impact: self.chargeable(&ledger) };
        match plan::assess_unhealthy(&self.0.plan, &market, &value, own)? {
            Ok(whole) => self.permit(state, &ledger, whole),
            Err(shortfall) => self.confirm(state, &ledger, position, &market, shortfall),
        }
    }

    /// Whether a shortfall at the last price is one at the highest of the window too. What one price says may be false; a
    /// loan that was handed over does not come back. Spec: T19.
    #[inline(never)]
    fn confirm<const C: usize, const D: usize>(
        &self,
        state: &GuardState<N>,
        ledger: &Ledger,
        position: &Position<C, D>,
        market: &Market,
        shortfall: Shortfall,
    ) -> Result<Decision, Error> {
        if self.0.breaker.stops(&state.breaker, ledger.at()).kick {
            return Ok(Decision::Unconfirmed { shortfall, reason: WaitReason::Halted });
        }
        // A price too high for a valuation confirms nothing, and must not hide what is missing at the last one.
        let market = Market { band: PriceBand::exact(state.window.high()), ..*market };
        let Ok((value, own)) = position.valued(&market.parameters, market.band) else {
            return Ok(Decision::Unconfirmed { shortfall, reason: WaitReason::Wick });
        };
        let own = Own { amount: position.collateral(), worth: own };
        if !value.is_healthy() && matches!(plan::assess_unhealthy(&self.0.plan, &market, &value, own), Ok(Err(_))) {
            return Ok(Decision::Backstop(shortfall));
        }
        Ok(Decision::Unconfirmed { shortfall, reason: WaitReason::Wick })
    }

    /// Whether a healthy position starts to be sold, and the lot: what the throttle permits from round to round, and at
    /// least twice the least sale, so that every position can be cut.
    ///
    /// Two falls are looked at, and the chance of neither may be within the tolerance: that of the slack, at the end of which
    /// all of the collateral may have to be sold; and a fall to half, up to which what the debt takes there is enough. So a
    /// small debt on a collateral that the book could never take is left alone. Both at the bonus of stressed markets, which
    /// may be in force by then, and at the most impact that may be charged by then.
    #[inline(never)]
    fn start(
        &self,
        state: &GuardState<N>,
        ledger: &Ledger,
        rule: &EarlyRule,
        value: &Valuation,
        own: Own,
    ) -> Result<Decision, Error> {
        let (parameters, band) = (state.parameters, state.price.band);
        let market = Market { parameters, band, impact: self.chargeable(ledger) };
        let (held, worth, low) = (own.amount, own.worth, band.low());
        let Some(whole) = plan::early(&self.0.plan, &market, value, own)? else { return Ok(Decision::Healthy) };
        let (bonus, impact) = (self.0.schedule.params().stressed.bonus, self.most_chargeable(ledger)?);
        let give = plan::base_give(&self.0.plan, bonus, impact)?;
        let covered = value.debt.mul_ceil(give)?.excess_over(self.others(&parameters, value, worth)?);
        if covered.is_zero() {
            // Other collateral covers what the debt takes: no fall of this price takes that away.
            return Ok(Decision::Healthy);
        }
        // The slack ends where the collateral is worth what the debt takes at the base bonus, or beside other collateral the least
        // sale: with less the position is not sold (D11).
        let dust = if worth < value.collateral { self.0.plan.params().min_sale } else { Value::ZERO };
        let covered = covered.max(dust);
        let slack = slack_floor(worth, Value::ZERO, covered, Ratio::ZERO)?;
        let by_half = plan::down_to_half(&self.0.plan, (bonus, impact), low, held, value.debt)?;
        // A least sale is of more atoms at the price at the end of each fall, and never of more than all: that may always be sold.
        let end = Ratio::ONE.min(covered.ratio_floor(worth).unwrap_or(Ratio::ONE));
        let least =
            [end, plan::HALF].map(|left| low.scale_floor(left).map_or(held, |low| self.uncut_at(low).min(held)));
        let backlog = self.backlog(state);
        let throttle = Throttle::of(ledger, &self.0.ledger);
        let book = self.0.depth.book(&state.depth)?;
        let ahead = state.depth.sold().checked_add(state.pending)?;
        let [at_end, at_half] = least;
        for &(sale, slack, least) in &[(held, slack, at_end), (by_half, slack.min(FALL_TO_HALF), at_half)] {
            let backlog = Backlog { least, ..backlog };
            let (clearing, fall) = match book.impact_ceil(ahead.checked_add(sale)?) {
                Ok(impact) => match self.paced_for(state, &rule.pace, impact, least)? {
                    Some(pace) => match backlog.charges_ceil(&throttle, &pace, sale)? {
                        Some(charges) => {
                            // The time is that of the charges. The fall is not: what was paid on a thinner book moves no price
                            // back.
                            let fall = impact.max(charges).mul_ceil(self.0.ledger.params().kappa).unwrap_or(Ratio::MAX);
                            (throttle.clearing_ceil(&pace, charges), fall)
                        }
                        None => (Clearing::Never, Ratio::MAX),
                    },
                    None => (Clearing::Never, Ratio::MAX),
                },
                Err(Error::DepthExhausted) => (Clearing::Never, Ratio::MAX),
                Err(error) => return Err(error),
            };
            if !rule.risk.starts(&Peril { sigma: state.sigma, own: fall, clearing }, slack)? {
                return Ok(Decision::Healthy);
            }
        }
        let lot = backlog.steady_lot_floor(&throttle, &rule.pace)?.max(backlog.least);
        match whole.partial(lot)? {
            Some(lot) => self.permit(state, ledger, lot),
            None => Ok(Decision::Healthy),
        }
    }

    /// What other collateral covers of a debt wherever this market's price is: its value, or its weight by the highest threshold
    /// of this market's, if that is less. Rounded down: the slack is no longer for it.
    fn others(&self, parameters: &Parameters, value: &Valuation, own: Value) -> Result<Value, Error> {
        let weight = value.weighted.excess_over(own.mul_floor(parameters.liquidation_threshold)?);
        let highest = self.0.schedule.params().calm.liquidation_threshold;
        // A quotient beyond the type is beyond every value.
        let covers = weight.div_floor(highest).unwrap_or(Value::new(u128::MAX));
        Ok(covers.min(value.collateral.excess_over(own)))
    }

    /// A pace on the present depth: what may stay unused in a round is also what the least sale is charged, which with a
    /// snapshot that shows less than was paid for may be more than the cap, and what no such sale fits into on the book up to
    /// the impact `limit`, that of all that is to be sold. `None` if the book does not show a least sale. Spec: D20.
    pub(crate) fn paced(
        &self,
        state: &GuardState<N>,
        pace: &PaceConfig,
        limit: Ratio,
    ) -> Result<Option<PaceConfig>, Error> {
        self.paced_for(state, pace, limit, self.uncut(state))
    }

    /// That of another least sale.
    fn paced_for(
        &self,
        state: &GuardState<N>,
        pace: &PaceConfig,
        limit: Ratio,
        least: Amount,
    ) -> Result<Option<PaceConfig>, Error> {
        let Some(pace) = self.charged(state, pace, least) else { return Ok(None) };
        Ok(Some(pace.leaving(unused_ceil(&self.0.depth.book(&state.depth)?, limit, least))))
    }

    /// The least sale, and a pace of which its charge may stay unused; `None` if the book does not show it.
    pub(crate) fn least_pace(&self, state: &GuardState<N>, pace: &PaceConfig) -> Option<(Amount, PaceConfig)> {
        let least = self.uncut(state);
        Some((least, self.charged(state, pace, least)?))
    }

    fn charged(&self, state: &GuardState<N>, pace: &PaceConfig, least: Amount) -> Option<PaceConfig> {
        Some(pace.leaving(self.0.depth.charge_ceil(&state.depth, least).ok()?))
    }

    /// What of a plan may be sold now, the ledger having been moved to now.
    fn permit(&self, state: &GuardState<N>, ledger: &Ledger, whole: Plan) -> Result<Decision, Error> {
        let now = ledger.at();
        if self.0.breaker.stops(&state.breaker, now).kick {
            let resumes = self.0.breaker.kick_resumes(&state.breaker, now);
            let until = self.permitted_at(state, ledger, whole.sell)?.map(|permitted| permitted.max(resumes));
            return Ok(Decision::Wait { plan: whole, reason: WaitReason::Halted, until });
        }
        if self.0.depth.fresh(&state.depth, now).is_err() {
            return Ok(Decision::Wait { plan: whole, reason: WaitReason::DepthStale, until: None });
        }
        // As a kick will decide it. Under an appetite below one most plans are cut, so the largest lot is asked for at once.
        if state.appetite.is_whole() && self.reserved(state, ledger, whole.sell).is_ok() {
            return Ok(Decision::Liquidate { plan: whole, deferred: Amount::ZERO });
        }
        match whole.partial(self.permitted(state, ledger, now))? {
            Some(part) => {
                let deferred = whole.sell.excess_over(part.sell);
                Ok(Decision::Liquidate { plan: part, deferred })
            }
            None => {
                let until = self.permitted_at(state, ledger, whole.sell)?;
                Ok(Decision::Wait { plan: whole, reason: WaitReason::Ledger, until })
            }
        }
    }

    /// The earliest time at which a lot of `sell` may be kicked, price, book and appetite standing still, on the present snapshot
    /// and on a new one of the same book: on a grid that begins at the first point again.
    fn permitted_at(&self, state: &GuardState<N>, ledger: &Ledger, sell: Amount) -> Result<Option<Timestamp>, Error> {
        if self.permits_nothing(ledger) {
            return Ok(None);
        }
        let Some(permission) = self.needs(state, sell) else { return Ok(None) };
        let Ok(total) = state.pending.checked_add(permission) else { return Ok(None) };
        let backlog = Backlog { config: &self.0.depth, depth: &state.depth, ahead: total, least: Amount::ZERO };
        match backlog.charged_ahead_ceil(&self.0.depth.book(&state.depth)?) {
            // A time beyond the type is none.
            Ok(needed) => {
                Ok(ledger.permitted_at(&self.0.ledger, needed.excess_over(ledger.reserved())).unwrap_or(None))
            }
            Err(_) => Ok(None),
        }
    }

    /// Whether a position may take `debt` more debt at `now`: the largest loan-to-value ratio holds after it at the lowest
    /// price of the wick's window, and the breaker does not stop borrowing. So no single price that is too high lends.
    /// Spec: D14.
    ///
    /// For debt in another asset, add it to the position and ask for zero; for a withdrawal, pass the position as it
    /// would be and ask for zero. A position without debt need not be asked for: here the breaker, and a stale price, would
    /// refuse it. While the breaker stops borrowing the answer is `Ok(false)`; [`Guard::max_borrow_floor`] then refuses by name.
    ///
    /// # Errors
    /// The last price is too old: [`Error::PriceStale`]. `now` before the state's time: [`Error::ClockReversed`].
    /// Values beyond 2^128 at the lowest price of the window: [`Error::Overflow`]; those at the present price, which
    /// [`Guard::assess`] looks at and which may be higher, are not asked for.
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
    /// # use damper::health::Position;
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// let now = Timestamp::new(1);
    /// // 1,000 atoms at 100. A market that is new lends up to half of it, times an appetite of a quarter.
    /// let position = Position::<0, 0>::new(Amount::new(1_000), Value::ZERO);
    /// assert!(guard.may_borrow(&state, now, &position, Value::new(12_499))?);
    /// assert!(!guard.may_borrow(&state, now, &position, Value::new(12_501))?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn may_borrow<const C: usize, const D: usize>(
        &self,
        state: &GuardState<N>,
        now: Timestamp,
        position: &Position<C, D>,
        debt: Value,
    ) -> Result<bool, Error> {
        self.usable(state, now)?;
        if self.0.breaker.stops(&state.breaker, now).borrow {
            return Ok(false);
        }
        position.may_borrow(&state.parameters, lent_at(state), debt)
    }

    /// The most debt that a position may take beyond what it has, rounded down: [`Guard::may_borrow`] permits it, and not an
    /// atom more. Zero if it owes as much already; and if it owes more, where not even zero
    /// is permitted.
    ///
    /// # Errors
    /// As [`Guard::may_borrow`]. The breaker stops borrowing: [`Error::BorrowStopped`], where [`Guard::may_borrow`] says no.
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
    /// # use damper::health::Position;
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// // 1,000 atoms at 100: up to half of it, times an appetite of a quarter, less what is owed.
    /// let position = Position::<0, 0>::new(Amount::new(1_000), Value::new(2_500));
    /// let most = guard.max_borrow_floor(&state, Timestamp::new(1), &position)?;
    /// assert_eq!(most, Value::new(10_000));
    /// // A price of 150 that was seen once lends nothing more.
    /// let seen = Observation { now: Timestamp::new(10), price: Some(price(10, 150)?), depth: None };
    /// let state = guard.observe(state, &seen)?;
    /// assert!(guard.max_borrow_floor(&state, Timestamp::new(10), &position)? <= most);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn max_borrow_floor<const C: usize, const D: usize>(
        &self,
        state: &GuardState<N>,
        now: Timestamp,
        position: &Position<C, D>,
    ) -> Result<Value, Error> {
        self.usable(state, now)?;
        if self.0.breaker.stops(&state.breaker, now).borrow {
            return Err(Error::BorrowStopped);
        }
        position.max_borrow_floor(&state.parameters, lent_at(state))
    }
}

/// The price that a borrower is held to.
fn lent_at<const N: usize>(state: &GuardState<N>) -> PriceBand {
    PriceBand::exact(state.window.low())
}
