//! A change of the configuration on a live state: what must not jump does not, and the bound goes on.
//!
//! Loans, lots and what was sold outlive a configuration. [`Guard::adopt`] brings the state to the present by the rules that
//! were in force, refuses what cannot be carried over, and starts the new ramp from the threshold that was in force. Spec:
//! D32, T20.

use crate::error::Error;
use crate::guard::{Guard, GuardState, Observation};
use crate::units::Timestamp;

impl<const N: usize> Guard<N> {
    /// The state under this configuration, from the one before it.
    ///
    /// First what `before` makes of the time up to `now`: its leak, its ramp, its stress. Then the place on the new ramp is
    /// moved toward calm as far as is needed for a liquidation threshold of at least that in force: no loan becomes
    /// liquidatable by the change, and the threshold falls from there by the new ramp. Volatility, parameters and appetite are
    /// those of the new rules; under other rules of stress a report counts no more, and the next is to be heard. Halts keep their
    /// level and their end, until a level trips or is released by the new rules, and stop what the new level of that number
    /// stops: one that trips sets its own end, which may be before the one that ran. Open lots keep their terms until they are
    /// restarted; a wider window of the wick filter is as wide once it has seen as much. Spec: D32, T20.
    ///
    /// Together the configurations have the bound of [`crate::ledger::LedgerConfig::covering`], of one seller: shares of a common
    /// book are to sum to at most one with the largest that each seller had. To lower a calm threshold in a calm market, adopt a
    /// schedule first that ramps to it: `sigma_calm` zero, `sigma_stressed` the floor of the volatility.
    ///
    /// # Errors
    /// `now` before the state's time: [`Error::ClockReversed`]. Another kind or grid of depth, of which the snapshot says
    /// nothing: [`Error::DepthShapeChanged`]. The threshold in force is not what `before` has at the state's place on its ramp:
    /// [`Error::NotOfBefore`]. Another horizon, which the estimate is not over:
    /// [`Error::VolatilityHorizonChanged`]. The calm threshold is below the one in force: [`Error::ThresholdJumps`]
    /// (the way down is in [`crate::guide::configuration`], a change by vote). `kappa` of
    /// one and `h` of the other make a product of one or more: [`Error::KappaTimesOwnShare`].
    ///
    /// # Examples
    /// ```
    /// # use damper::{book::{Shape, Snapshot}, depth::DepthObservation, guard::{Guard, GuardParams}, oracle::PriceObservation};
    /// # use damper::{preset::{Site, lending}, price::{Price, PriceBand}, units::{Amount, Seconds, Timestamp, Value}};
    /// use damper::{ledger::{LedgerConfig, LedgerParams}, ratio::Ratio};
    /// use damper::schedule::{ScheduleConfig, ScheduleParams};
    /// # let band = PriceBand::exact(Price::from_decimal_floor(100, 0)?);
    /// # let price = PriceObservation { source_time: Timestamp::new(0), band };
    /// # let pool = DepthObservation {
    /// #     source_time: Timestamp::new(0),
    /// #     snapshot: Snapshot::ConstantProduct { reserve: Amount::new(2_000_000) },
    /// # };
    /// let params = lending(&Site::<1> {
    ///     shape: Shape::ConstantProduct, heartbeat: Seconds::new(60), min_sale: Value::new(100),
    ///     rise_base: Amount::new(21_600), depth_norm: None,
    /// })?;
    /// let before = Guard::new(params)?;
    /// let state = before.open(Timestamp::new(0), price, pool)?;
    /// // The threshold in force is 80 %. One of 78 % would make loans between the two liquidatable at once.
    /// let mut tighter = *params.schedule.params();
    /// tighter.calm.liquidation_threshold = Ratio::from_bps_floor(7_800)?;
    /// let tighter = Guard::new(GuardParams { schedule: ScheduleConfig::new(tighter)?, ..params })?;
    /// let now = Timestamp::new(60);
    /// assert_eq!(tighter.adopt(&before, state, now), Err(damper::Error::ThresholdJumps));
    /// // Half of the burst may be adopted at any time.
    /// let ledger = params.ledger.params();
    /// let half = LedgerParams { burst: Ratio::from_fraction_floor(1, 800)?, ..ledger };
    /// let half = Guard::new(GuardParams { ledger: LedgerConfig::new(half)?, ..params })?;
    /// let state = half.adopt(&before, state, now)?;
    /// assert_eq!(half.limits(&state, now)?.cap, Ratio::from_fraction_floor(1, 800)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[inline(never)]
    pub fn adopt(&self, before: &Guard<N>, state: GuardState<N>, now: Timestamp) -> Result<GuardState<N>, Error> {
        if self.0.depth.shape() != before.0.depth.shape() {
            return Err(Error::DepthShapeChanged);
        }
        if self.0.volatility.params().horizon != before.0.volatility.params().horizon {
            return Err(Error::VolatilityHorizonChanged);
        }
        self.0.ledger.covering(&before.0.ledger)?;
        let time = Observation { now, price: None, depth: None };
        let in_force = before.0.schedule.in_force(&state.schedule, state.sigma)?.liquidation_threshold;
        if in_force != state.parameters.liquidation_threshold {
            return Err(Error::NotOfBefore);
        }
        let mut state = before.observe(state, &time)?;
        if self.0.appetite.params().stress != before.0.appetite.params().stress {
            state.appetite.unhear();
        }
        state.schedule = self.0.schedule.carried(state.schedule, state.parameters.liquidation_threshold)?;
        let mut state = self.observe(state, &time)?;
        // What is stopped may be another: nobody can take from now on, or anybody can.
        let resumes = self.0.breaker.take_resumes(&state.breaker, now);
        state.untaken_until = if resumes > now { resumes } else { state.untaken_until.min(now) };
        Ok(state)
    }
}
