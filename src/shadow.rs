//! Shadow mode: what the guard would have said of sales that another engine makes, without enforcing it.
//!
//! The engine that is in place decides and sells. The guard observes the same prices and depth, says of each position what it
//! would do ([`Guard::assess`] changes nothing), and of each sale what it would have permitted. Only that part is charged to
//! its ledger, as if the rest had been refused: so the ledger of a shadow is one that an enforced guard could have, on the
//! prices as they came. The rest is counted by name. Spec: D31.

use crate::bytes::{on_its_own, stored};
use crate::error::Error;
use crate::forms::form;
use crate::guard::{Guard, GuardState};
use crate::units::{Amount, Timestamp};

/// What was compared so far.
///
/// # Examples
/// See [`Guard::shadow_sale`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tally {
    /// Sales that were reported.
    pub sales: u64,
    /// Those of which a part, or all, would have been refused.
    pub refused: u64,
    /// Base atoms that would have been permitted.
    pub permitted: Amount,
    /// Base atoms that would have been refused.
    pub excess: Amount,
}

impl Tally {
    /// Nothing compared.
    ///
    /// # Examples
    /// ```
    /// use damper::{shadow::Tally, units::Amount};
    /// assert_eq!(Tally::NONE, Tally { sales: 0, refused: 0, permitted: Amount::ZERO, excess: Amount::ZERO });
    /// ```
    pub const NONE: Tally = Tally { sales: 0, refused: 0, permitted: Amount::ZERO, excess: Amount::ZERO };
}

/// A guard's state that is not enforced, and the count of what it would have refused. Plain data.
///
/// # Examples
/// See [`Guard::shadow_sale`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Shadow<const N: usize> {
    /// The state, for [`Guard::observe`], [`Guard::assess`] and [`Guard::limits`]; no lots are kicked in it.
    pub state: GuardState<N>,
    /// The count.
    pub tally: Tally,
}

/// A sale compared with the rule.
///
/// # Examples
/// See [`Guard::shadow_sale`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "it is what a shadow is for"]
pub struct Compared {
    /// What would have been permitted of it.
    pub permitted: Amount,
    /// What would not.
    pub excess: Amount,
    /// Why not, in the words of [`Guard::sell`]; `None` if nothing is in excess.
    pub reason: Option<Error>,
}

impl<const N: usize> Shadow<N> {
    /// A shadow that has compared nothing.
    ///
    /// # Examples
    /// See [`Guard::shadow_sale`].
    #[must_use]
    pub const fn new(state: GuardState<N>) -> Shadow<N> {
        Shadow { state, tally: Tally::NONE }
    }
}

impl<const N: usize> Guard<N> {
    /// Compares a sale of `sold` base atoms, made by another engine at `now`, with what this guard permits, and books the
    /// permitted part.
    ///
    /// `permitted` is the largest sale that the ledger permits in one lot or several: zero while the breaker stops kicks or
    /// takes, price or depth is too old, or the cap is zero, which are then the reason. No sale of something is refused for
    /// what it is, not even on a stale price. With an engine that sells no more than [`Guard::limits`] permits, while takes
    /// are not stopped, `excess` stays zero. Spec: D31.
    ///
    /// # Errors
    /// `sold` zero: [`Error::LotEmpty`]. `now` before the state's time: [`Error::ClockReversed`]. A sum or count beyond its
    /// type: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::book::{Shape, Snapshot};
    /// use damper::depth::DepthObservation;
    /// use damper::guard::Guard;
    /// use damper::oracle::PriceObservation;
    /// use damper::preset::{Site, lending};
    /// use damper::price::{Price, PriceBand};
    /// use damper::shadow::Shadow;
    /// use damper::units::{Amount, Seconds, Timestamp, Value};
    ///
    /// let guard = Guard::new(lending(&Site::<1> {
    ///     shape: Shape::ConstantProduct, heartbeat: Seconds::new(60), min_sale: Value::new(100),
    ///     rise_base: Amount::new(21_600), depth_norm: None,
    /// })?)?;
    /// let band = PriceBand::exact(Price::from_fraction_floor(2, 1)?);
    /// let price = PriceObservation { source_time: Timestamp::new(0), band };
    /// let snapshot = Snapshot::ConstantProduct { reserve: Amount::new(2_000_000) };
    /// let depth = DepthObservation { source_time: Timestamp::new(0), snapshot };
    /// let shadow = Shadow::new(guard.open(Timestamp::new(0), price, depth)?);
    ///
    /// // Half of the pool is believed: 1,000,000. The burst of 1/400 permits `1,000,000 (sqrt(401/400) - 1)` = 1,249.
    /// let (shadow, compared) = guard.shadow_sale(shadow, Timestamp::new(1), Amount::new(10_000))?;
    /// assert_eq!((compared.permitted, compared.excess), (Amount::new(1_249), Amount::new(8_751)));
    /// assert_eq!(compared.reason, Some(damper::Error::NotPermitted));
    /// assert_eq!((shadow.tally.sales, shadow.tally.refused), (1, 1));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[inline(never)]
    pub fn shadow_sale(
        &self,
        mut shadow: Shadow<N>,
        now: Timestamp,
        sold: Amount,
    ) -> Result<(Shadow<N>, Compared), Error> {
        if sold.is_zero() {
            return Err(Error::LotEmpty);
        }
        let state = &mut shadow.state;
        state.ledger = state.ledger.advance(&self.0.ledger, now)?;
        let (most, reason) = match self.at_market(state, now) {
            Ok(most) => (most, Error::NotPermitted),
            Err(reason) => (Amount::ZERO, reason),
        };
        let permitted = sold.min(most);
        let excess = sold.excess_over(permitted);
        if !permitted.is_zero() {
            // Behind what is pending, as a lot of it would be.
            state.pending = state.pending.checked_add(permitted)?;
            let needed = self.0.depth.charge_ceil(&state.depth, state.pending)?;
            let more = needed.excess_over(state.ledger.reserved());
            state.ledger = state.ledger.reserve(&self.0.ledger, more)?;
            self.charge(state, now, permitted)?;
            self.release(state, now);
        }
        let reason = (!excess.is_zero()).then_some(reason);
        let Tally { sales, refused, permitted: before, excess: over } = shadow.tally;
        shadow.tally = Tally {
            sales: sales.checked_add(1).ok_or(Error::Overflow)?,
            refused: refused.checked_add(u64::from(reason.is_some())).ok_or(Error::Overflow)?,
            permitted: before.checked_add(permitted)?,
            excess: over.checked_add(excess)?,
        };
        Ok((shadow, Compared { permitted, excess, reason }))
    }

    /// The largest sale at market that the ledger permits, in one lot or several, beside what is pending; the ledger having
    /// been moved to `now`.
    fn at_market(&self, state: &GuardState<N>, now: Timestamp) -> Result<Amount, Error> {
        let stops = self.0.breaker.stops(&state.breaker, now);
        if stops.take {
            return Err(Error::TakeStopped);
        }
        if stops.kick {
            return Err(Error::KickStopped);
        }
        self.0.oracle.fresh(&state.price, now)?;
        if self.permits_nothing(&state.ledger) {
            return Ok(Amount::ZERO);
        }
        Ok(self.permission(state, &state.ledger, now)?.excess_over(state.pending))
    }
}

form!(Compared { permitted: Amount, excess: Amount, reason: Option<Error> });
stored!(Tally { sales: u64, refused: u64, permitted: Amount, excess: Amount } if |tally| {
    tally.refused <= tally.sales && (tally.refused > 0 || tally.excess.is_zero())
}; mend |tally: Tally| match tally.refused {
    0 => Tally { excess: Amount::ZERO, ..tally },
    refused => Tally { sales: tally.sales.max(refused), ..tally },
});
stored!(@[const N: usize] Shadow<N> { state: GuardState<N>, tally: Tally });

on_its_own! {
    /// Bytes of the stored form: that of a state, and 48.
    @[const N: usize] Shadow<N>: Shadow, N
}
