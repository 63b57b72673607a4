//! The guard: every rule of the crate as one state.
//!
//! [`Guard`] is the checked configuration of one market; [`GuardState`] goes in and out of each call by value (a few
//! hundred bytes), and time is an argument. [`Guard::observe`] takes prices and depth. What is to be done with a position
//! is decided in [`crate::assess`], and sold in [`crate::selling`]. Spec: D26, I2, I5, T-A.

use crate::appetite::AppetiteConfig;
use crate::auction::{AuctionConfig, Terms};
use crate::book::Shape;
use crate::breaker::{Breaker, BreakerConfig, MAX_HALT, Stops};
use crate::bytes::{HEADER, Kind, Stored, read, stored, stored_bytes_as, write};
use crate::depth::{DepthConfig, DepthObservation};
use crate::early::Start;
use crate::error::Error;
use crate::forms::{form, form_through};
use crate::ledger::{Ledger, LedgerConfig};
use crate::oracle::{OracleConfig, PriceObservation};
use crate::parameters::Parameters;
use crate::plan::{Plan, PlanConfig, Shortfall};
use crate::price::{Price, PriceBand};
use crate::ratio::Ratio;
use crate::schedule::{Ramp, Schedule, ScheduleConfig, ScheduleParams};
pub use crate::state::GuardState;
use crate::stress::{DepthProfile, External, Fill, Internal};
use crate::units::{Amount, Seconds, Timestamp};
use crate::volatility::{Volatility, VolatilityConfig};
use crate::window::Window;

/// The checked parts that make up a market's configuration.
///
/// # Examples
/// See [`Guard::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct GuardParams<const N: usize> {
    /// Age and width limits of prices.
    pub oracle: OracleConfig,
    /// How long a price must have been held, by source time, before the ledger counts it, a backstop is said on it, or a
    /// borrower profits from it. Zero means one price is enough.
    pub wick: Seconds,
    /// Credible depth, before the share.
    pub depth: DepthConfig<N>,
    /// Impact ledger, before the share.
    pub ledger: LedgerConfig,
    /// Share of the common book that this seller may use: one if it is alone. [`Guard::new`] scales by it and makes it one: in a
    /// guard, and in what is written of it, ledger and depth are this seller's own.
    pub book_share: Ratio,
    /// Volatility estimate.
    pub volatility: VolatilityConfig,
    /// Parameters as a function of volatility.
    pub schedule: ScheduleConfig,
    /// Risk appetite as a function of stress: what it does to new borrowing and to lots.
    pub appetite: AppetiteConfig,
    /// Depth of an ordinary day at each point of a grid, in proportion to that at the last.
    pub depth_profile: DepthProfile<N>,
    /// Circuit breaker.
    pub breaker: BreakerConfig,
    /// Liquidation plans.
    pub plan: PlanConfig,
    /// When a position starts to be sold.
    pub start: Start,
    /// Auctions.
    pub auction: AuctionConfig,
}

/// The checked configuration of one market, one collateral sold for one quote asset.
///
/// # Examples
/// See [`Guard::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Guard<const N: usize>(pub(crate) GuardParams<N>);

/// What is new: a price, a depth snapshot, both, or only the time.
///
/// # Examples
/// See [`Guard::open`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Observation<'a> {
    /// The present.
    pub now: Timestamp,
    /// A price, if there is a new one.
    pub price: Option<PriceObservation>,
    /// A depth snapshot, if there is a new one.
    pub depth: Option<DepthObservation<'a>>,
}

/// What the market permits at a time.
///
/// # Examples
/// See [`Guard::limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Limits {
    /// The last accepted price.
    pub band: PriceBand,
    /// The parameters in force, the largest loan-to-value ratio scaled by the appetite.
    pub parameters: Parameters,
    /// Risk appetite, in floor to one.
    pub appetite: Ratio,
    /// Standard deviation of the price over the volatility horizon.
    pub sigma: Ratio,
    /// Drawdown that the ledger counts.
    pub drawdown: Ratio,
    /// Impact caused and not yet leaked, `L`.
    pub level: Ratio,
    /// Impact reserved for open lots, `R`.
    pub reserved: Ratio,
    /// `B + h * D`.
    pub cap: Ratio,
    /// The largest lot that may be kicked now: the part of the permission that the appetite leaves, and at least what two
    /// least sales take if the ledger permits as much. Zero while kicks are stopped, price or depth is too old, or the cap is
    /// zero.
    pub permitted: Amount,
    /// What the breaker stops.
    pub stops: Stops,
}

/// What is to be done with a position.
///
/// # Examples
/// See [`Guard::assess`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[must_use = "a position that is to be sold, or handed over, must be"]
pub enum Decision {
    /// Nothing.
    Healthy,
    /// Kick a lot for this plan.
    Liquidate {
        /// What to sell now.
        plan: Plan,
        /// What the position should sell beyond that, and the ledger does not permit now.
        deferred: Amount,
    },
    /// The position should sell, and may not yet.
    Wait {
        /// What it should sell.
        plan: Plan,
        /// What it waits for.
        reason: WaitReason,
        /// The earliest time at which all of it may be kicked as one lot, on the present snapshot as on a new one of the same
        /// book, market and appetite standing still; `None` if waiting alone does not permit it.
        until: Option<Timestamp>,
    },
    /// No sale in this market improves the position, see the shortfall's reason: at the last accepted price, and at the highest
    /// of the wick's window too. The backstop takes it.
    Backstop(Shortfall),
    /// The last accepted price alone says so, or kicks are stopped. It may be false, or the market only starts to fall: look
    /// again, and hand nothing over before it is [`Decision::Backstop`].
    Unconfirmed {
        /// What would be missing if the last price were right.
        shortfall: Shortfall,
        /// What it waits for: [`WaitReason::Halted`] or [`WaitReason::Wick`].
        reason: WaitReason,
    },
}

/// Why a sale, or the backstop, must wait.
///
/// # Examples
/// See [`Guard::assess`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum WaitReason {
    /// The breaker stops new auctions.
    Halted,
    /// The depth snapshot is too old.
    DepthStale,
    /// The ledger, or what the appetite leaves of its permission, is too little.
    Ledger,
    /// The highest price of the wick's window says that a sale would help, or that none is needed.
    Wick,
}

impl<const N: usize> Guard<N> {
    /// Joins the parts; ledger and depth are scaled by the share of the book, which is one from then on, so that the parameters
    /// of a guard build it again.
    ///
    /// # Errors
    /// `book_share` above one: [`Error::BookShareRange`]. The cap of the volatility is below the stressed volatility of the
    /// schedule, which would never be in force: [`Error::VolatilityNeverStressed`]. An auction that starts with the
    /// stressed buffer would never ask the market's price before its reset: [`Error::AuctionNeverClears`]. The rule for early
    /// sales is stated over another horizon than the volatility: [`Error::StartHorizon`]. The appetite may fall to zero, and
    /// no least sale is stated, so that full stress would leave lots of one atom: [`Error::AppetiteStopsLots`].
    ///
    /// # Examples
    /// ```
    /// # use damper::{book::Shape, preset::{Site, lending}, units::{Amount, Seconds, Value}};
    /// # let params = lending(&Site::<1> {
    /// #     shape: Shape::ConstantProduct, heartbeat: Seconds::new(60), min_sale: Value::new(100),
    /// #     rise_base: Amount::new(21_600), depth_norm: None,
    /// # })?;
    /// use damper::{Error, guard::{Guard, GuardParams}, ratio::Ratio};
    /// // The burst is 703,687,441,776 bits. A third of the book is rounded down, and so is what is taken of the burst.
    /// let book_share = Ratio::from_fraction_floor(1, 3)?;
    /// let guard = Guard::new(GuardParams { book_share, ..params })?;
    /// assert_eq!(guard.params().ledger.params().burst, Ratio::from_bits(234_562_480_591));
    /// // The share is one from then on, and the parts build the same guard.
    /// assert_eq!((guard.params().book_share, Guard::new(*guard.params())?), (Ratio::ONE, guard));
    /// let book_share = Ratio::from_fraction_floor(4, 3)?;
    /// assert_eq!(Guard::new(GuardParams { book_share, ..params }), Err(Error::BookShareRange));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn new(params: GuardParams<N>) -> Result<Guard<N>, Error> {
        let mut guard = Guard(params);
        guard.share()?;
        guard.check()?;
        Ok(guard)
    }

    /// Applies the share. Apart and in place: a frame of Solana's machine holds the parts hardly twice.
    #[inline(never)]
    fn share(&mut self) -> Result<(), Error> {
        let share = self.0.book_share;
        if share != Ratio::ONE {
            self.0.depth = self.0.depth.shared(share)?;
            self.0.ledger = self.0.ledger.shared(share)?;
            self.0.book_share = Ratio::ONE;
        }
        Ok(())
    }

    /// Whether the parts do not defeat each other.
    fn check(&self) -> Result<(), Error> {
        let ScheduleParams { stressed, sigma_stressed, .. } = *self.0.schedule.params();
        if self.0.volatility.params().cap < sigma_stressed {
            return Err(Error::VolatilityNeverStressed);
        }
        if !self.0.start.fits(self.0.volatility.params().horizon) {
            return Err(Error::StartHorizon);
        }
        if self.0.appetite.params().floor == Ratio::ZERO && self.0.plan.params().min_sale.is_zero() {
            return Err(Error::AppetiteStopsLots);
        }
        match Terms::clears(&self.0.auction, stressed.auction_buffer) {
            Ok(true) => {}
            _ => return Err(Error::AuctionNeverClears),
        }
        Ok(())
    }

    /// The parts, ledger and depth after scaling by the share, which is one.
    ///
    /// # Examples
    /// See [`Guard::new`].
    #[must_use]
    pub const fn params(&self) -> &GuardParams<N> {
        &self.0
    }

    /// The state after the first price and the first depth snapshot.
    ///
    /// # Errors
    /// The price may not be used: as [`OracleConfig::check`]. The depth may not: as [`DepthConfig::open`], and
    /// [`Error::DepthStale`].
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
    /// let state = guard.open(Timestamp::new(7), price(0, 100)?, pool(0))?;
    /// assert_eq!((state.lots(), state.pending()), (0, Amount::ZERO));
    /// // A price of the future is none.
    /// assert_eq!(guard.open(Timestamp::new(7), price(8, 100)?, pool(0)), Err(damper::Error::PriceFromFuture));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn open(
        &self,
        now: Timestamp,
        price: PriceObservation,
        depth: DepthObservation<'_>,
    ) -> Result<GuardState<N>, Error> {
        self.0.oracle.check(&price, now)?;
        let depth = self.0.depth.open(&depth, now)?;
        self.0.depth.fresh(&depth, now)?;
        let low = price.band.low();
        let volatility = Volatility::cold(&self.0.volatility, low, price.source_time);
        let schedule = Schedule::open(now);
        let sigma = self.0.volatility.sigma_ceil(&volatility)?;
        let parameters = self.0.schedule.in_force(&schedule, sigma)?;
        let mut state = GuardState {
            price,
            window: Window::open_band(price.band, price.source_time),
            depth,
            ledger: Ledger::open(price.band, now),
            volatility,
            schedule,
            appetite: self.0.appetite.open(now),
            sigma,
            parameters,
            breaker: Breaker::open(low, now),
            untaken_until: Timestamp::new(0),
            pending: Amount::ZERO,
            lots: 0,
        };
        self.see_stress(&mut state, now)?;
        Ok(state)
    }

    /// The state after an observation. What it permits: [`Guard::limits`].
    ///
    /// In this order: the ledger leaks up to `now`; the price, if it is new, enters the window, the ledger's drawdown,
    /// the volatility and the breaker; the depth snapshot is taken; the threshold ramp moves, unless the breaker was up
    /// at either end of the interval. A repetition of the last price changes nothing. Spec: D14.
    ///
    /// # Errors
    /// `now` before the last call's: [`Error::ClockReversed`]. The price is refused: as [`OracleConfig::accept`]. The
    /// depth is refused: as [`DepthConfig::accept`]. With a price, `now` so near 2^64 that a halt of [`MAX_HALT`] could
    /// not end: [`Error::Overflow`]. On any error the old state stands, so nothing is taken in if either is refused: that
    /// a faulty depth source cannot hide a price, call again with the other alone. Of several prices with one source
    /// time, pass one band that covers all.
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
    /// // An atom costs 100, and then 90: the pool is as it was.
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// let at = |now: u64| -> Result<Observation<'_>, damper::Error> {
    ///     Ok(Observation { now: Timestamp::new(now), price: Some(price(now, 90)?), depth: Some(pool(now)) })
    /// };
    /// // Seen once it is a wick: the ledger counts no drawdown until it was held through the window of a minute.
    /// let state = guard.observe(state, &at(60)?)?;
    /// assert_eq!(guard.limits(&state, Timestamp::new(60))?.drawdown.to_bps_floor(), 0);
    /// let state = guard.observe(state, &at(120)?)?;
    /// assert_eq!(guard.limits(&state, Timestamp::new(120))?.drawdown.to_bps_floor(), 999);
    /// // The past cannot be observed, and an error leaves the state as it was.
    /// assert_eq!(guard.observe(state, &at(60)?), Err(damper::Error::ClockReversed));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn observe(&self, mut state: GuardState<N>, seen: &Observation<'_>) -> Result<GuardState<N>, Error> {
        self.update(&mut state, seen)?;
        Ok(state)
    }

    /// [`Guard::observe`] in place: a state that goes in and out by value is copied twice. On an error a state of this
    /// crate is unchanged.
    ///
    /// # Errors
    /// As [`Guard::observe`].
    ///
    /// # Examples
    /// See [`Guard::observe`].
    #[inline(never)]
    pub fn update(&self, state: &mut GuardState<N>, seen: &Observation<'_>) -> Result<(), Error> {
        let Observation { now, price, depth } = *seen;
        // What can fail comes before the first change, the depth last of it. A price that was accepted cannot: no clock of the
        // parts is ahead of the ledger's, or of the price's.
        if now < state.ledger.at() {
            return Err(Error::ClockReversed);
        }
        let mut new = None;
        if let Some(price) = price {
            self.0.oracle.accept(&state.price, &price, now)?;
            now.checked_add(MAX_HALT)?;
            new = if price == state.price { None } else { Some(price) };
        }
        if let Some(depth) = depth {
            self.0.depth.update(&mut state.depth, &depth, now)?;
        }
        state.ledger.advance_to(&self.0.ledger, now)?;
        // The ramp's own clock, not the ledger's: takes and settlements move the ledger's inside a halt's interval.
        let was_up = self.0.breaker.is_up(&state.breaker, state.schedule.at());
        if let Some(price) = new {
            self.see_price(state, price, now)?;
        }
        let ramp = if was_up || self.0.breaker.is_up(&state.breaker, now) { Ramp::Frozen } else { Ramp::Moving };
        // Without a new price too: the configuration may be another.
        state.sigma = self.0.volatility.sigma_ceil(&state.volatility)?;
        self.0.schedule.update((&mut state.schedule, &mut state.parameters), state.sigma, now, ramp)?;
        self.see_stress(state, now)
    }

    /// Moves the appetite by the stress of the market, and scales what may be borrowed.
    fn see_stress(&self, state: &mut GuardState<N>, now: Timestamp) -> Result<(), Error> {
        let seen = self.stresses(state, now);
        self.0.appetite.update(&mut state.appetite, &seen, now)?;
        state.parameters.max_ltv = state.appetite.max_ltv_floor(state.parameters.max_ltv);
        Ok(())
    }

    /// What the market itself knows of its stress, the ledger having been moved to `now`. Depth is the credible one, on a
    /// grid at the point where it is worst.
    fn stresses(&self, state: &GuardState<N>, now: Timestamp) -> Internal {
        let ledger = &state.ledger;
        // A sum beyond the type is beyond every cap.
        let used = ledger.level().checked_add(ledger.reserved()).unwrap_or(Ratio::MAX);
        let credible = state.depth.credible();
        let depth = self.0.depth.fresh(&state.depth, now).is_ok().then(|| match self.0.depth.shape() {
            Shape::ConstantProduct => credible.first().copied().unwrap_or(Amount::ZERO),
            Shape::Grid(_) => self.0.depth_profile.thinnest_floor(credible),
        });
        Internal { volatility: Some(state.sigma), depth, fill: Some(Fill { used, cap: ledger.cap(&self.0.ledger) }) }
    }

    /// The state after a report of what the market cannot see itself: backlog, quality of the oracle, health of the
    /// keepers, factor of the neighbours.
    ///
    /// It moves the ledger to `now`, as every call does, so no later call may be earlier. It moves neither the appetite nor
    /// its clock: the report is joined with price, depth and ledger by the next observation, which counts the time since the
    /// last one. So a report earns no time to heal, and it does not matter when before that observation it came; of several
    /// reports the last counts, of those for one source time the larger stress. Were it an observation of its own, a depth snapshot that has expired, and whose successor
    /// comes with the same transaction, would count as missing, and the appetite would be held down for it. Call
    /// [`Guard::observe`] after it, with nothing new if there is nothing, for a report to count at once. Spec: D14, D26.
    ///
    /// # Errors
    /// `now` before the state's time: [`Error::ClockReversed`]. As [`AppetiteConfig::heed`].
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
    /// use damper::{ratio::Ratio, stress::External};
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// // Half of the keepers answer. The clock moves, the appetite does not; the next observation joins both.
    /// let keepers = Some(Ratio::from_fraction_floor(1, 2)?);
    /// let source_time = Timestamp::new(50);
    /// let report = External { source_time, backlog: None, oracle: None, keepers, neighbours: None };
    /// let heard = guard.heed(state, Timestamp::new(60), &report)?;
    /// assert_eq!((heard.at(), heard.appetite().level()), (Timestamp::new(60), state.appetite().level()));
    /// let before = Observation { now: Timestamp::new(59), price: None, depth: None };
    /// assert_eq!(guard.observe(heard, &before), Err(damper::Error::ClockReversed));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn heed(&self, mut state: GuardState<N>, now: Timestamp, report: &External) -> Result<GuardState<N>, Error> {
        state.ledger.advance_to(&self.0.ledger, now)?;
        self.0.appetite.heed(&mut state.appetite, report, now)?;
        Ok(state)
    }

    /// Takes in a price that was accepted and is new.
    fn see_price(&self, state: &mut GuardState<N>, price: PriceObservation, now: Timestamp) -> Result<(), Error> {
        let low = price.band.low();
        state.window.see(price.band, price.source_time, self.0.wick)?;
        self.0.volatility.update(&mut state.volatility, low, price.source_time)?;
        self.0.breaker.update(&mut state.breaker, low, now)?;
        state.price = price;
        state.ledger.see(&state.window);
        let resumes = self.0.breaker.take_resumes(&state.breaker, now);
        state.untaken_until = if resumes > now { resumes } else { state.untaken_until.min(now) };
        Ok(())
    }

    /// What the market permits at `now`.
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
    /// # use damper::ratio::Ratio;
    /// let state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// let limits = guard.limits(&state, Timestamp::new(1))?;
    /// // The cap is the burst. Half of the pool is believed, so the burst of 1/400 permits
    /// // `1,000,000 (sqrt(401/400) - 1)` = 1,249. A market that is new has an appetite of a quarter.
    /// assert_eq!((limits.cap, limits.appetite), (Ratio::from_bps_floor(25)?, Ratio::from_bps_floor(2_500)?));
    /// assert_eq!(limits.permitted, Amount::new(312));
    /// // Too old a price permits nothing.
    /// assert_eq!(guard.limits(&state, Timestamp::new(121))?.permitted, Amount::ZERO);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn limits(&self, state: &GuardState<N>, now: Timestamp) -> Result<Limits, Error> {
        let ledger = state.ledger.advance(&self.0.ledger, now)?;
        Ok(Limits {
            band: state.price.band,
            parameters: state.parameters,
            appetite: state.appetite.level(),
            sigma: state.sigma,
            drawdown: ledger.drawdown(),
            level: ledger.level(),
            reserved: ledger.reserved(),
            cap: ledger.cap(&self.0.ledger),
            permitted: self.permitted(state, &ledger, now),
            stops: self.0.breaker.stops(&state.breaker, now),
        })
    }

    /// The largest lot that may be kicked now, the ledger having been moved to `now`.
    pub(crate) fn permitted(&self, state: &GuardState<N>, ledger: &Ledger, now: Timestamp) -> Amount {
        let stopped = self.0.breaker.stops(&state.breaker, now).kick || self.0.oracle.fresh(&state.price, now).is_err();
        if stopped || self.permits_nothing(ledger) {
            return Amount::ZERO;
        }
        let permission = self.permission(state, ledger, now).unwrap_or(Amount::ZERO).excess_over(state.pending);
        if state.appetite.is_whole() {
            return permission;
        }
        state.appetite.amount_floor(permission).max(self.uncut(state).min(permission))
    }

    /// The lot that no appetite cuts: what a sale of the least size takes, twice, and at least an atom. A position that holds
    /// less than that is sold whole, and of one that holds more a part can be sold. It holds at an appetite of zero too: who
    /// fills the ledger, or moves any other signal, would otherwise buy a halt of all sales for as long as it is held down.
    pub(crate) fn uncut(&self, state: &GuardState<N>) -> Amount {
        self.uncut_at(state.price.band.low())
    }

    /// That lot at another price.
    pub(crate) fn uncut_at(&self, price: Price) -> Amount {
        // A quotient beyond the type is beyond every permission.
        let least = price.amount_ceil(self.0.plan.params().min_sale);
        least.and_then(|least| least.checked_add(least)).unwrap_or(Amount::new(u128::MAX)).max(Amount::new(1))
    }

    /// The ledger at `now`, if the clock runs forward and the last price may still be used.
    pub(crate) fn usable(&self, state: &GuardState<N>, now: Timestamp) -> Result<Ledger, Error> {
        let ledger = state.ledger.advance(&self.0.ledger, now)?;
        self.0.oracle.fresh(&state.price, now)?;
        Ok(ledger)
    }

    /// The most that may be sold or pending in all on the present snapshot, beyond what was sold on it.
    pub(crate) fn permission(&self, state: &GuardState<N>, ledger: &Ledger, now: Timestamp) -> Result<Amount, Error> {
        self.0.depth.fresh(&state.depth, now)?;
        self.0.depth.largest_sale_floor(&state.depth, self.chargeable(ledger))
    }

    /// The impact that may be charged now, `max(B + h D - L, R)`: the reservations and the headroom. What was reserved in a
    /// fall that is forgotten since may be above the cap.
    pub(crate) fn chargeable(&self, ledger: &Ledger) -> Ratio {
        ledger.cap(&self.0.ledger).excess_over(ledger.level()).max(ledger.reserved())
    }

    /// The most that [`Guard::chargeable`] is while no more is reserved than now, or than a cap permits: `max(B + h, R)`.
    pub(crate) fn most_chargeable(&self, ledger: &Ledger) -> Result<Ratio, Error> {
        let params = self.0.ledger.params();
        Ok(params.burst.checked_add(params.own_share)?.max(ledger.reserved()))
    }

    /// Whether the cap is zero: then nothing is sold but what open lots have reserved. A sale that costs nothing, because more
    /// was paid on the snapshot than it now costs, is within any headroom, and is refused all the same.
    pub(crate) fn permits_nothing(&self, ledger: &Ledger) -> bool {
        ledger.cap(&self.0.ledger) == Ratio::ZERO
    }

    /// The permission of which the appetite leaves a lot of `sell`: `ceil(sell / a)`, or `sell` itself where it is not cut;
    /// `None` if no permission is enough.
    pub(crate) fn needs(&self, state: &GuardState<N>, sell: Amount) -> Option<Amount> {
        // At an appetite of zero the quotient is none.
        let scaled = || sell.div_ceil(state.appetite.level()).ok();
        if state.appetite.is_whole() || sell <= self.uncut(state) { Some(sell) } else { scaled() }
    }

    /// The ledger with the impact of `sell` reserved behind everything sold and pending, if ledger and appetite permit a lot
    /// of it: `sell <= permitted`, decided without the largest sale.
    pub(crate) fn reserved(&self, state: &GuardState<N>, ledger: &Ledger, sell: Amount) -> Result<Ledger, Error> {
        if self.permits_nothing(ledger) {
            return Err(Error::NotPermitted);
        }
        let reserve = |sale: Amount| {
            let needed = self.0.depth.charge_ceil(&state.depth, state.pending.checked_add(sale)?)?;
            ledger.reserve(&self.0.ledger, needed.excess_over(ledger.reserved()))
        };
        let needs = self.needs(state, sell).ok_or(Error::NotPermitted)?;
        if needs > sell {
            reserve(needs).map_err(|_| Error::NotPermitted)?;
        }
        reserve(sell)
    }

    /// The state with the ledger's reference lowered to the present price: the drawdown is forgotten, which only
    /// tightens.
    ///
    /// # Errors
    /// `now` before the state's time: [`Error::ClockReversed`]. The price is above the reference:
    /// [`Error::NotPermitted`].
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
    /// // A fall by a tenth that was held permits a share of it beyond the burst of 25 basis points, until it is forgotten.
    /// let mut state = guard.open(Timestamp::new(0), price(0, 100)?, pool(0))?;
    /// for now in [60, 120] {
    ///     let seen = Observation { now: Timestamp::new(now), price: Some(price(now, 90)?), depth: Some(pool(now)) };
    ///     state = guard.observe(state, &seen)?;
    /// }
    /// let now = Timestamp::new(120);
    /// assert_eq!(guard.limits(&state, now)?.cap.to_bps_floor(), 25 + 124);
    /// let state = guard.reanchor(state, now)?;
    /// assert_eq!(guard.limits(&state, now)?.cap, damper::ratio::Ratio::from_bps_floor(25)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn reanchor(&self, state: GuardState<N>, now: Timestamp) -> Result<GuardState<N>, Error> {
        let ledger = state.ledger.advance(&self.0.ledger, now)?.reanchor(state.price.band.low())?;
        Ok(GuardState { ledger, ..state })
    }
}

form!(Limits {
    band: PriceBand,
    parameters: Parameters,
    appetite: Ratio,
    sigma: Ratio,
    drawdown: Ratio,
    level: Ratio,
    reserved: Ratio,
    cap: Ratio,
    permitted: Amount,
    stops: Stops
});
stored!(@[const N: usize] GuardParams<N> {
    oracle: OracleConfig,
    wick: Seconds,
    depth: DepthConfig<N>,
    ledger: LedgerConfig,
    book_share: Ratio,
    volatility: VolatilityConfig,
    schedule: ScheduleConfig,
    appetite: AppetiteConfig,
    depth_profile: DepthProfile<N>,
    breaker: BreakerConfig,
    plan: PlanConfig,
    start: Start,
    auction: AuctionConfig,
} if |params| params.book_share <= Ratio::ONE, "a `book_share` of at most 1", drawn);
// The stored form and that of `borsh` are what was written, with a share of one; what `serde` reads is built.
stored_bytes_as!(@[const N: usize] Guard<N> as GuardParams<N>, |guard| guard.0, |params| {
    let guard = Guard(params);
    if guard.0.book_share != Ratio::ONE {
        return Err(Error::StoredValue);
    }
    guard.check()?;
    Ok(guard)
});
form_through!(@[const N: usize] Guard<N> as GuardParams<N>, |guard| guard.0, Guard::new);

crate::packed::store!(@[const N: usize] Guard<N>);

impl<const N: usize> Guard<N> {
    /// Bytes of the stored form.
    ///
    /// # Examples
    /// See [`GuardState::write_to`].
    pub const BYTES: usize = HEADER.wrapping_add(<Guard<N> as Stored>::BYTES);

    /// Writes the stored form of the configuration: fixed layout, little-endian, a header with kind, version and `N`.
    /// Spec: N9.
    ///
    /// # Errors
    /// `out` is not [`Guard::BYTES`] long: [`Error::StoredLength`].
    ///
    /// # Examples
    /// ```
    /// # use damper::{book::Shape, preset::{Site, lending}, units::{Amount, Seconds, Value}};
    /// # let params = lending(&Site::<1> {
    /// #     shape: Shape::ConstantProduct, heartbeat: Seconds::new(60), min_sale: Value::new(100),
    /// #     rise_base: Amount::new(21_600), depth_norm: None,
    /// # })?;
    /// use damper::{Error, guard::Guard};
    /// let guard = Guard::new(params)?;
    /// let mut bytes = [0; Guard::<1>::BYTES];
    /// guard.write_to(&mut bytes)?;
    /// assert_eq!(Guard::<1>::read_from(&bytes)?, guard);
    /// // Of another length, and of another `N` by its header.
    /// assert_eq!(Guard::<1>::read_from(&bytes[1..]), Err(Error::StoredLength));
    /// bytes[2] = 2;
    /// assert_eq!(Guard::<1>::read_from(&bytes), Err(Error::StoredHeader));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn write_to(&self, out: &mut [u8]) -> Result<(), Error> {
        write(Kind::Guard, N, self, out)
    }

    /// Reads the stored form of a configuration that [`Guard::new`] accepted; every check is made again. Spec: N9.
    ///
    /// # Errors
    /// Another length: [`Error::StoredLength`]. Another kind, version or `N`: [`Error::StoredHeader`]. A field outside its
    /// range: [`Error::StoredValue`], or the error of its constructor or of [`Guard::new`].
    ///
    /// # Examples
    /// See [`Guard::write_to`].
    pub fn read_from(bytes: &[u8]) -> Result<Guard<N>, Error> {
        read(Kind::Guard, N, bytes)
    }
}
