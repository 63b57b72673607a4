//! What the guard says ahead of a crash: where a cascade would end, how much may be open, whether a push would pay, and what
//! it permits while neighbours on the same book react. Spec: D14, T-A.

use crate::attack::{Case, Reach, Spoils, no_profitable_push};
use crate::book::{Book, Shape};
use crate::cascade::{Cascade, Outcome};
use crate::clearing::{Backlog, PaceConfig, Throttle, unused_ceil};
use crate::error::Error;
use crate::exposure::ExposureMap;
use crate::guard::{Guard, GuardParams, GuardState};
use crate::ratio::Ratio;
use crate::units::{Amount, Seconds, Timestamp};

impl<const N: usize> Guard<N> {
    /// The cascade that an exogenous fall from the last price would set off among sellers without a throttle, on the
    /// credible book behind what is sold and pending. Spec: D17, T11.
    ///
    /// A guard that sells early ([`crate::early`]) sells what no trigger of the map says; such positions belong to what is due.
    ///
    /// The low side of the price; `map` counts every position of every seller on the book, what is in open lots left out.
    ///
    /// # Errors
    /// Price or depth too old: [`Error::PriceStale`], [`Error::DepthStale`]. `now` before the state's time:
    /// [`Error::ClockReversed`]. As [`Cascade::forecast`]; with what is sold and pending
    /// 2^128 or more: [`Error::Overflow`].
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
    /// # use damper::{cascade::Outcome, exposure::{ExposureMap, PriceGrid}, ratio::Ratio};
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// let grid = PriceGrid::new([price(0, 95)?.band.low(), price(0, 85)?.band.low()], price(0, 50)?.band.low())?;
    /// let map = ExposureMap::new(grid).add(price(0, 95)?.band.low(), Amount::new(100_000))?;
    /// // A fall by 4 % sells nothing; one by 5 % sets off 100,000 atoms, on a book of 1,000,000: `95 / 1.1^2` = 78.51.
    /// let after = |percent: u32| guard.forecast(&state, Timestamp::new(1), &map, Ratio::from_bps_ceil(percent * 100)?);
    /// let Outcome::Stops(calm) = after(4)? else { panic!("deep enough") };
    /// assert_eq!((calm.sold, calm.reached), (Amount::ZERO, 0));
    /// let Outcome::Stops(end) = after(5)? else { panic!("deep enough") };
    /// assert_eq!((end.sold, end.reached, end.drawdown.to_bps_floor()), (Amount::new(100_000), 2, 2_148));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn forecast<const K: usize>(
        &self,
        state: &GuardState<N>,
        now: Timestamp,
        map: &ExposureMap<K>,
        fall: Ratio,
    ) -> Result<Outcome, Error> {
        self.usable(state, now)?;
        self.0.depth.fresh(&state.depth, now)?;
        let price = state.price.band.low();
        // What is sold already and not shown, and what is on offer, is due at any price.
        let due = state.depth.sold().checked_add(state.pending)?;
        let map = map.add_due(due)?;
        let book = self.0.depth.book(&state.depth)?;
        Cascade { map: &map, book: &book, price }.forecast(fall)
    }

    /// The book that a backlog of this market is sold into behind its open lots, for [`crate::clearing`].
    ///
    /// # Examples
    /// ```
    /// # use damper::{book::{Shape, Snapshot}, depth::DepthObservation, guard::Guard, oracle::PriceObservation};
    /// # use damper::{preset::{Site, lending}, price::{Price, PriceBand}, units::{Amount, Seconds, Timestamp, Value}};
    /// # let guard = Guard::new(lending(&Site::<1> {
    /// #     shape: Shape::ConstantProduct, heartbeat: Seconds::new(60), min_sale: Value::new(100),
    /// #     rise_base: Amount::new(21_600), depth_norm: None,
    /// # })?)?;
    /// # let band = PriceBand::exact(Price::from_decimal_floor(100, 0)?);
    /// # let price = PriceObservation { source_time: Timestamp::new(0), band };
    /// # let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(2_000_000) };
    /// # let depth = DepthObservation { source_time: Timestamp::new(0), snapshot };
    /// let state = guard.open(Timestamp::new(0), price, depth)?;
    /// let backlog = guard.backlog(&state);
    /// // No lot is open; a least sale of 100 takes an atom at 100, and twice that is the least.
    /// assert_eq!((backlog.ahead, backlog.least), (Amount::ZERO, Amount::new(2)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn backlog<'a>(&'a self, state: &'a GuardState<N>) -> Backlog<'a, N> {
        let (depth, ahead, least) = (&state.depth, state.pending, self.uncut(state));
        Backlog { config: &self.0.depth, depth, ahead, least }
    }

    /// The most that may be open in positions that become unhealthy together, so that all of it is cleared within
    /// `slack` of that: a cap on borrowing that follows the measured depth, times the appetite. Spec: D20, T8.
    ///
    /// Cleared by a seller who uses up in each round what the ledger permits: in one lot at an appetite of one, in several
    /// below it, of which each leaves the part `1 - a` to the next. A halt is not counted. Rounded down. Zero while price or
    /// depth is too old. What he offers in a round is charged on one snapshot: that of the call, or a new one of the same book,
    /// as often as there are new ones. On a grid each of these begins at the first point again, which can be many times dearer;
    /// never less there for a longer slack, and nothing if the first point shows no more than twice the least sale.
    ///
    /// # Errors
    /// `now` before the state's time: [`Error::ClockReversed`].
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
    /// # use damper::{clearing::{PaceConfig, PaceParams}, ratio::Ratio};
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// let now = Timestamp::new(1);
    /// let pace = PaceConfig::new(PaceParams { round: Seconds::new(1_800), piece: Ratio::ZERO })?;
    /// let cap = |hours: u64| guard.open_interest_cap(&state, now, &pace, Seconds::new(hours * 3_600));
    /// // No time for a round; the burst, but for a least sale; and what leaks in four hours beside it. A quarter of each, the
    /// // appetite.
    /// assert_eq!((cap(0)?, cap(1)?, cap(4)?), (Amount::ZERO, Amount::new(311), Amount::new(349)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn open_interest_cap(
        &self,
        state: &GuardState<N>,
        now: Timestamp,
        pace: &PaceConfig,
        slack: Seconds,
    ) -> Result<Amount, Error> {
        let ledger = state.ledger.advance(&self.0.ledger, now)?;
        if self.0.oracle.fresh(&state.price, now).is_err() || self.0.depth.fresh(&state.depth, now).is_err() {
            return Ok(Amount::ZERO);
        }
        let throttle = Throttle::of(&ledger, &self.0.ledger);
        let book = self.0.depth.book(&state.depth)?;
        let cap = match book.shape() {
            Shape::ConstantProduct => {
                // All that can be charged in the time: what was paid, the cap, and what leaks; beyond the type no book reaches.
                let leaked = throttle.leak.over(slack).unwrap_or(Ratio::MAX);
                let limit = throttle.cap.checked_add(leaked).and_then(|limit| limit.checked_add(state.depth.paid()));
                let Some(pace) = self.paced(state, pace, limit.unwrap_or(Ratio::MAX))? else { return Ok(Amount::ZERO) };
                self.backlog(state).largest_sale_floor(&throttle, &pace, slack)?
            }
            Shape::Grid(points) => {
                let Some((least, pace)) = self.least_pace(state, pace) else { return Ok(Amount::ZERO) };
                // For each point with what it leaves unused, if no more than what is shown there is open.
                self.backlog(state).spread_sale_floor(&book, points, &throttle, slack, |point| {
                    pace.leaving(unused_ceil(&book, point, least))
                })
            }
        };
        Ok(state.appetite.amount_floor(cap))
    }

    /// The same guard while neighbours on the book react: its ledger permits the part `factor` of what it did
    /// ([`crate::coordination::Neighbours::factor`]).
    ///
    /// Build it for the call; what is stored is the guard without the factor. The cap is only lowered, so theorem A holds
    /// with the parameters of the guard that this is made from. What open lots have reserved stays theirs, so a factor of
    /// zero permits nothing beyond that. Spec: D18, T4.
    ///
    /// # Errors
    /// `factor` above one: [`Error::BookShareRange`].
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
    /// # use damper::ratio::Ratio;
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// let now = Timestamp::new(1);
    /// let half = guard.restrained(Ratio::from_fraction_floor(1, 2)?)?;
    /// // `1,000,000 (sqrt(801/800) - 1)` = 624, and a quarter of that.
    /// assert_eq!(half.limits(&state, now)?.permitted, Amount::new(156));
    /// assert_eq!(guard.restrained(Ratio::ZERO)?.limits(&state, now)?.permitted, Amount::ZERO);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn restrained(&self, factor: Ratio) -> Result<Guard<N>, Error> {
        Ok(Guard(GuardParams { ledger: self.0.ledger.shared(factor)?, ..self.0 }))
    }

    /// Refuses a market in which pushing the price down may pay, at its present depth and price: the least that a push
    /// costs on `market`, the book as the attacker finds it, against the most that this guard lets him collect within
    /// `lasting`. Ask while no lot is open and no sale unshown (T12): what was committed before is not counted, nor is depth
    /// that is believed only later. Spec: D27, T12.
    ///
    /// Drawdown counts as if the window had seen the last price, and a push of any length earns its own: with prices of few
    /// sources one shorter than the window can (T13). An exogenous fall while the attack lasts is not counted. Costs are at the
    /// low side of the price, what is collected at the high one. With early sales ([`crate::early`]) the reach is that at the
    /// highest volatility that a push can make.
    ///
    /// `clearing`: the least part of the pushed price that a lot brings ([`crate::auction::Terms::clearing_price_floor`]
    /// over the price). `reward`: the most that keepers are paid, as a part of what is sold. `reach` and `most`: what can be
    /// liquidated from which fall on, as in [`no_profitable_push`]. The case with the least difference is returned.
    ///
    /// # Errors
    /// A push may pay: [`Error::AttackPays`]. Price or depth too old, `now` before the state's time: as
    /// [`Guard::forecast`]. As [`no_profitable_push`].
    ///
    /// # Examples
    /// ```
    /// # use damper::{depth::DepthObservation, guard::Guard, oracle::PriceObservation};
    /// # use damper::{preset::{Site, lending}, price::{Price, PriceBand}, units::{Amount, Seconds, Timestamp, Value}};
    /// # let guard = Guard::new(lending(&Site::<1> {
    /// #     shape: Shape::ConstantProduct, heartbeat: Seconds::new(60), min_sale: Value::new(100),
    /// #     rise_base: Amount::new(21_600), depth_norm: None,
    /// # })?)?;
    /// # let band = PriceBand::exact(Price::from_decimal_floor(100, 0)?);
    /// # let price = PriceObservation { source_time: Timestamp::new(0), band };
    /// use damper::attack::Reach;
    /// use damper::book::{Shape, Snapshot};
    /// use damper::{Error, foresight::Attack, ratio::Ratio};
    /// let pool = Snapshot::ConstantProduct { reserve: Amount::new(2_000_000) };
    /// let depth = DepthObservation { source_time: Timestamp::new(0), snapshot: pool };
    /// let (state, now) = (guard.open(Timestamp::new(0), price, depth)?, Timestamp::new(0));
    /// // At 100, any amount can be liquidated from a fall of 10 % on, in lots that bring 98 % of the price.
    /// let percent = |n: u32| Ratio::from_bps_ceil(n * 100);
    /// let reach = [Reach { from: percent(10)?, value: Value::new(u128::MAX) }];
    /// let attack = Attack { lasting: Seconds::ZERO, clearing: percent(98)?, reward: Ratio::ZERO, reach: &reach, most: percent(50)? };
    /// let market = Shape::<1>::ConstantProduct.measure_floor(&pool)?;
    /// let case = guard.no_profitable_push(&state, now, &market, &attack)?;
    /// // A push of 10 % costs 200,000,000 (1 - sqrt 0.9)^2 / sqrt 0.9. It earns 1/8 of it over the burst of 1/400: 1.5 %, which on
    /// // the half of the pool that is believed is the charge of 750,000 at most, each of which leaves 1 - 0.98 * 0.9:
    /// // 88,500, and every rounding is upward.
    /// assert_eq!((case.costs, case.collects), (Value::new(555_170), Value::new(88_501)));
    /// // If it were reached by a fall of 1 %, a push would pay.
    /// let near = [Reach { from: percent(1)?, ..reach[0] }];
    /// let pays = guard.no_profitable_push(&state, now, &market, &Attack { reach: &near, ..attack });
    /// assert_eq!(pays, Err(Error::AttackPays));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn no_profitable_push<const M: usize>(
        &self,
        state: &GuardState<N>,
        now: Timestamp,
        market: &Book<M>,
        attack: &Attack<'_>,
    ) -> Result<Case, Error> {
        let ledger = self.usable(state, now)?;
        self.0.depth.fresh(&state.depth, now)?;
        let band = state.price.band;
        // What the price has fallen and the window has not confirmed yet is confirmed with the push.
        let kept = band.low().ratio_floor(ledger.reference()).unwrap_or(Ratio::MAX);
        let spoils = Spoils {
            ledger: self.0.ledger,
            credible: self.0.depth.book(&state.depth)?,
            price: band.high(),
            fallen: ledger.drawdown().max(Ratio::ONE.excess_over(kept)),
            lasting: attack.lasting,
            // A push shorter than the window may earn drawdown with prices of few sources (T13), and after an older fall.
            wick: Seconds::ZERO,
            // Lots are sold by auction: the taker keeps what the clearing price leaves him.
            bonus: Ratio::ZERO,
            clearing: attack.clearing,
            reward: attack.reward,
        };
        // What is collected counts at the high side of the price, what a push costs at the low one: as if of a thinner book.
        no_profitable_push(
            &market.scaled_floor(band.low().ratio_floor(band.high())?)?,
            &spoils,
            attack.reach,
            attack.most,
        )
    }
}

/// An attack to be priced by [`Guard::no_profitable_push`].
///
/// # Examples
/// See [`Guard::no_profitable_push`].
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Attack<'a> {
    /// How long the attacker collects.
    pub lasting: Seconds,
    /// Least part of the pushed price that a lot brings, at most one.
    pub clearing: Ratio,
    /// Most that keepers are paid, as a part of what is sold.
    pub reward: Ratio,
    /// What can be liquidated from which fall on.
    pub reach: &'a [Reach],
    /// The largest fall that is looked at.
    pub most: Ratio,
}
