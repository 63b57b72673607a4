//! Keeper rewards: what is paid for kicking, resetting or settling a lot, always less than the lot's penalty.
//!
//! A reward that does not depend on what the lot pays is farmed: whoever is paid a flat tip for a lot makes many lots, and
//! whoever is paid for what a lot is to raise makes lots that nobody buys. Here every reward of a lot comes out of a share of
//! the penalty that the same lot has paid, so that a borrower who liquidates himself through his own keeper loses, however he
//! splits his position. Work is paid when the lot has raised something: at the takes, or at the settlement, and not at all
//! for a lot that ends unsold.

use crate::bytes::{on_its_own, stored, stored_as};
use crate::error::Error;
use crate::forms::form;
use crate::ratio::Ratio;
use crate::units::{Rate, Seconds, Value};

/// What [`RewardConfig::new`] checks.
///
/// # Examples
/// See [`RewardConfig::reward_floor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RewardParams {
    /// Offered for any lot, before the limits.
    pub tip: Value,
    /// Offered beside it, as a part of what the lot has raised.
    pub chip: Ratio,
    /// By how much the offer grows in each second in which nobody did the work.
    pub growth: Rate,
    /// By how much it grows at most.
    pub most_growth: Ratio,
    /// The most that one piece of work is paid.
    pub cap: Value,
    /// The most that all work on one lot is paid, as a share of the penalty that the lot has paid; below one.
    pub share: Ratio,
}

/// Checked parameters of rewards.
///
/// # Examples
/// See [`RewardConfig::reward_floor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RewardConfig(RewardParams);

/// A piece of work on a lot: its kick, a reset, its settlement. Before anything is raised the reward is zero: what `waited`
/// and `boost` were when the work was done is kept, and the reward asked for at a take or at the settlement.
///
/// # Examples
/// See [`RewardConfig::reward_floor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Work {
    /// What the lot has raised so far: quote atoms paid by takers, in all takes. Not what it was to raise, of which a lot
    /// that ends unsold pays nothing. For a forecast ([`RewardConfig::payment`]), what it is expected to raise.
    pub size: Value,
    /// Penalty as a part of `size`, rounded down: what of it was kept beyond the debt repaid, and goes to nobody else. A
    /// bonus that the taker keeps is no part of it, because the taker may be the borrower.
    pub penalty: Ratio,
    /// Paid out of this lot before: rewards, and what its bond gained.
    pub paid: Value,
    /// How long the work has waited to be done.
    pub waited: Seconds,
    /// Factor on the offer while keepers fail, at least one ([`crate::answering::AnsweringConfig::boost_floor`]).
    pub boost: Ratio,
}

/// Whether work on a lot pays for itself.
///
/// # Examples
/// See [`RewardConfig::reward_floor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[must_use = "work that is not paid is not done"]
pub enum Payment {
    /// The reward covers the cost.
    Pay {
        /// Quote atoms to the keeper.
        reward: Value,
    },
    /// It does not.
    TooSmall {
        /// The least that the lot must raise for the reward to cover it, the rest being the same; `None` if no size would.
        least: Option<Value>,
    },
}

impl RewardConfig {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `share` one or more, which would pay out the whole penalty: [`Error::KeeperShareRange`]. `most_growth` of 65,535 or
    /// more: [`Error::KeeperGrowthRange`].
    ///
    /// # Examples
    /// See [`RewardConfig::reward_floor`].
    pub fn new(params: RewardParams) -> Result<RewardConfig, Error> {
        if params.share >= Ratio::ONE {
            return Err(Error::KeeperShareRange);
        }
        if Ratio::ONE.checked_add(params.most_growth).is_err() {
            return Err(Error::KeeperGrowthRange);
        }
        Ok(RewardConfig(params))
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`RewardConfig::reward_floor`].
    #[must_use]
    pub const fn params(&self) -> RewardParams {
        self.0
    }

    /// The reward for a piece of work, in quote atoms.
    ///
    /// ```text
    /// offer  = (tip + chip * size) * (1 + min(most_growth, growth * waited)) * boost
    /// room   = share * penalty * size - paid
    /// reward = min(cap, room, offer)
    /// ```
    ///
    /// each step rounded down, against the keeper. It never falls with `size`, `waited`, `boost` or `penalty`. The
    /// rewards of a lot, each call being told what was `paid` before, sum to at most `share * penalty * size` of the last
    /// call, so over any lots to less than what their penalties have brought, or to nothing (T16). A penalty, share or size
    /// of zero pays nothing. An offer or a room of 2^128 or more counts as 2^128 - 1, which is below it. Spec: D25, T16.
    ///
    /// # Errors
    /// `boost` below one: [`Error::KeeperBoostBelowOne`].
    ///
    /// # Examples
    /// ```
    /// use damper::keeper::{Payment, RewardConfig, RewardParams, Work};
    /// use damper::{ratio::Ratio, units::{Rate, Seconds, Value}};
    /// let config = RewardConfig::new(RewardParams {
    ///     tip: Value::new(300), chip: Ratio::from_fraction_floor(1, 1_024)?,
    ///     growth: Rate::ZERO, most_growth: Ratio::ZERO,
    ///     cap: Value::new(5_000), share: Ratio::from_fraction_floor(1, 2)?,
    /// })?;
    /// let work = |size| Work {
    ///     size: Value::new(size), penalty: Ratio::from_fraction_floor(1, 16).unwrap_or(Ratio::ZERO),
    ///     paid: Value::ZERO, waited: Seconds::ZERO, boost: Ratio::ONE,
    /// };
    /// // 300 + 102,400 / 1,024 = 400; half the penalty is 3,200.
    /// assert_eq!(config.reward_floor(&work(102_400))?, Value::new(400));
    /// assert_eq!(config.params().tip, Value::new(300));
    /// // Dust: half the penalty on 320 is 10, whatever the tip.
    /// assert_eq!(config.reward_floor(&work(320))?, Value::new(10));
    /// // A transaction that costs 250 is paid from a size of 8,000 on.
    /// let small = Payment::TooSmall { least: Some(Value::new(8_000)) };
    /// assert_eq!(config.payment(&work(7_999), Value::new(250))?, small);
    /// assert_eq!(config.payment(&work(8_000), Value::new(250))?, Payment::Pay { reward: Value::new(250) });
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn reward_floor(&self, work: &Work) -> Result<Value, Error> {
        let factors = self.factors(work)?;
        let base = work.size.mul_floor(self.0.chip).and_then(|chip| chip.checked_add(self.0.tip));
        let offer = factors.iter().try_fold(base.unwrap_or(MOST), |offer, factor| offer.mul_floor(*factor));
        Ok(offer.unwrap_or(MOST).min(self.room_floor(work)?).min(self.0.cap))
    }

    /// What may still be paid out of a lot, `share * penalty * size - paid`, each step rounded down; zero if more was paid.
    ///
    /// The fund of its bond ([`crate::bond::Bond::settle`]). 2^128 or more before `paid` counts as 2^128 - 1.
    /// Spec: D25, T16.
    ///
    /// # Errors
    /// None in fact, the share being below one; [`Error::Overflow`] is the type's.
    ///
    /// # Examples
    /// ```
    /// use damper::keeper::{RewardConfig, RewardParams, Work};
    /// use damper::{ratio::Ratio, units::{Rate, Seconds, Value}};
    /// let part = Ratio::from_fraction_floor;
    /// let config = RewardConfig::new(RewardParams {
    ///     tip: Value::new(300), chip: Ratio::ZERO, growth: Rate::ZERO, most_growth: Ratio::ZERO,
    ///     cap: Value::new(5_000), share: part(1, 2)?,
    /// })?;
    /// // Half of a penalty of 1/16 on 32,000 is 1,000, of which 700 were paid.
    /// let work = Work {
    ///     size: Value::new(32_000), penalty: part(1, 16)?, paid: Value::new(700), waited: Seconds::ZERO, boost: Ratio::ONE,
    /// };
    /// assert_eq!(config.room_floor(&work)?, Value::new(300));
    /// assert_eq!(config.room_floor(&Work { paid: Value::new(1_001), ..work })?, Value::ZERO);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn room_floor(&self, work: &Work) -> Result<Value, Error> {
        Ok(work.size.mul_floor(self.most_part(work)?).unwrap_or(MOST).excess_over(work.paid))
    }

    /// Whether the reward covers the `cost` of the work, and if not, the least size that would.
    ///
    /// Before the work, with the `size` that the lot is expected to raise, or after it, with what it has raised. The least
    /// size is exact: the reward for it is at least `cost`, for one quote atom less it is not. Spec: D25.
    ///
    /// # Errors
    /// `boost` below one: [`Error::KeeperBoostBelowOne`].
    ///
    /// # Examples
    /// See [`RewardConfig::reward_floor`].
    pub fn payment(&self, work: &Work, cost: Value) -> Result<Payment, Error> {
        let reward = self.reward_floor(work)?;
        if reward >= cost {
            Ok(Payment::Pay { reward })
        } else {
            Ok(Payment::TooSmall { least: self.least(work, cost)? })
        }
    }

    /// The least size for which the reward is at least `cost`, with everything else as in `work`.
    fn least(&self, work: &Work, cost: Value) -> Result<Option<Value>, Error> {
        if cost.is_zero() {
            return Ok(Some(Value::ZERO));
        }
        if cost > self.0.cap {
            return Ok(None);
        }
        // floor(a f) >= m iff a >= ceil(m / f), for an integer m: each step is undone exactly, the last one first.
        let [grown, boost] = self.factors(work)?;
        let before = cost.div_ceil(boost).and_then(|before| before.div_ceil(grown));
        let by_offer = before
            .map(|before| before.excess_over(self.0.tip))
            .and_then(|chips| if chips.is_zero() { Ok(Value::ZERO) } else { chips.div_ceil(self.0.chip) });
        let part = self.most_part(work)?;
        let by_room = cost.checked_add(work.paid).and_then(|least| least.div_ceil(part));
        // A quotient beyond the type, or by zero: no size is enough.
        Ok(by_offer.and_then(|offer| by_room.map(|room| room.max(offer))).ok())
    }

    /// What the offer is multiplied with: growth, boost. Both at least one.
    fn factors(&self, work: &Work) -> Result<[Ratio; 2], Error> {
        if work.boost < Ratio::ONE {
            return Err(Error::KeeperBoostBelowOne);
        }
        let growth = self.0.growth.over_at_most(work.waited, self.0.most_growth);
        Ok([Ratio::ONE.checked_add(growth)?, work.boost])
    }

    /// The most that may be paid as a part of the size: `share * penalty`, below the penalty unless it is zero.
    fn most_part(&self, work: &Work) -> Result<Ratio, Error> {
        work.penalty.mul_floor(self.0.share)
    }
}

const MOST: Value = Value::new(u128::MAX);

form!(Work { size: Value, penalty: Ratio, paid: Value, waited: Seconds, boost: Ratio });
stored!(RewardParams { tip: Value, chip: Ratio, growth: Rate, most_growth: Ratio, cap: Value, share: Ratio });
stored_as!(RewardConfig as RewardParams, |config| config.0, RewardConfig::new);

on_its_own! {
    /// Bytes of the stored form: 68.
    RewardConfig: Reward, 0
}
