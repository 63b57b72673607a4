//! The liquidation plan: the smallest sale that restores a position's health, or the shortfall that goes to the backstop.

use crate::bytes::{stored, stored_as};
use crate::error::Error;
use crate::forms::{field, form};
use crate::health::{Position, Valuation};
use crate::num::{mul_div_ceil, mul_div_floor};
use crate::parameters::Parameters;
use crate::price::{Price, PriceBand};
use crate::ratio::Ratio;
use crate::units::{Amount, Value};

pub(crate) const HALF: Ratio = Ratio::from_bits(1 << 47);

/// What [`PlanConfig::new`] checks.
///
/// # Examples
/// See [`assess`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PlanParams {
    /// Health factor that a plan restores for a position at or below `full_health`, at least one.
    pub target_health: Ratio,
    /// Health factor at and below which target and bonus apply in full; above it they fall linearly to their least at
    /// a health factor of one, so that the sale starts from nothing there.
    pub full_health: Ratio,
    /// Part of the bonus that is paid at a health factor of one.
    pub base_bonus: Ratio,
    /// Least worth of a sale, and of what a sale leaves of a position: the dust rule. Zero means no such rule. A position
    /// worth less in all is sold whole.
    pub min_sale: Value,
}

/// Checked parameters of liquidation plans.
///
/// # Examples
/// See [`assess`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PlanConfig(PlanParams);

/// The market that a position is to be sold into.
///
/// # Examples
/// See [`assess`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Market {
    /// Parameters in force for the market's own collateral.
    pub parameters: Parameters,
    /// Both sides of its price.
    pub band: PriceBand,
    /// By how much own sales may still move the price, as `P / P' - 1`.
    pub impact: Ratio,
}

/// What is to be done with a position, before the ledger is asked.
///
/// # Examples
/// See [`assess`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[must_use = "a position that is to be sold, or handed over, must be"]
pub enum Assessment {
    /// Nothing.
    Healthy,
    /// Sell by this plan.
    Liquidate(Plan),
    /// A sale would not help: the backstop takes it.
    Backstop(Shortfall),
}

/// A sale: up to `sell` base atoms are offered until `repay` quote atoms are raised.
///
/// # Examples
/// See [`assess`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "a plan that is not carried out leaves the position unhealthy"]
pub struct Plan {
    /// Base atoms to offer.
    pub sell: Amount,
    /// Quote atoms to raise, at most the debt.
    pub repay: Value,
    /// Bonus on the debt repaid that the quantity allows for.
    pub bonus: Ratio,
    /// Health factor that the position has, at least, after the whole plan; one for an early sale.
    pub target_health: Ratio,
    /// What the position holds of this collateral.
    pub collateral: Amount,
    /// What `sell` would repay if the debt were no limit: a part repays its part of this.
    uncut: Value,
    /// The price that the plan is made at, and the least worth of a sale.
    price: Price,
    min_sale: Value,
}

/// A position that selling does not help.
///
/// # Examples
/// See [`Reason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "a shortfall that nobody covers is bad debt"]
pub struct Shortfall {
    /// Why it may not be sold.
    pub reason: Reason,
    /// The debt, rounded up.
    pub debt: Value,
    /// The value of all collateral, rounded down.
    pub collateral: Value,
    /// What would be missing if all collateral were sold at the base bonus and the full impact, rounded up.
    pub gap: Value,
}

/// Why a position is handed to the backstop.
///
/// # Examples
/// ```
/// use damper::health::{Collateral, Position};
/// use damper::plan::{Assessment, Market, PlanConfig, PlanParams, Reason, Shortfall, assess};
/// use damper::{parameters::Parameters, price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
/// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
/// let config = PlanConfig::new(PlanParams {
///     target_health: percent(125)?, full_health: percent(50)?, base_bonus: percent(100)?, min_sale: Value::new(20),
/// })?;
/// let market = Market {
///     parameters: Parameters {
///         max_ltv: percent(50)?, liquidation_threshold: percent(75)?, bonus: percent(5)?,
///         margin: percent(10)?, auction_buffer: percent(10)?,
///     },
///     band: PriceBand::exact(Price::from_decimal_floor(2, 0)?),
///     impact: Ratio::ZERO,
/// };
/// let reason = |position| -> Result<Reason, damper::Error> {
///     let Assessment::Backstop(shortfall) = assess(&config, &market, &position)? else { panic!("to be sold") };
///     Ok(shortfall.reason)
/// };
/// // 500 at 2 are 1,000: less than 1,001, and less than 990 with a bonus of 5 %.
/// let own = |debt| Position::<1, 0>::new(Amount::new(500), Value::new(debt));
/// assert_eq!((reason(own(1_001))?, reason(own(990))?), (Reason::Insolvent, Reason::Toxic));
/// // The same in another market's asset.
/// let other = Collateral::new(Amount::new(500), market.band, &market.parameters)?;
/// let none = Position::new(Amount::ZERO, Value::new(900)).with_collateral(other)?;
/// assert_eq!(reason(none)?, Reason::NoCollateral);
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Reason {
    /// The debt exceeds the value of all collateral.
    Insolvent,
    /// A sale at the base bonus would raise the loan-to-value ratio or lower the health factor.
    Toxic,
    /// The position holds nothing of this market's collateral, or less than the least sale beside other collateral. Sell
    /// the other collateral through the guard of its own market first; only a gap is the backstop's.
    NoCollateral,
}

impl PlanConfig {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `target_health < 1`: [`Error::TargetHealthBelowOne`]. `full_health` zero or `>= 1`: [`Error::FullHealthRange`].
    /// `base_bonus > 1`: [`Error::BaseBonusRange`].
    ///
    /// # Examples
    /// See [`assess`].
    pub fn new(params: PlanParams) -> Result<PlanConfig, Error> {
        if params.target_health < Ratio::ONE {
            return Err(Error::TargetHealthBelowOne);
        }
        if params.full_health == Ratio::ZERO || params.full_health >= Ratio::ONE {
            return Err(Error::FullHealthRange);
        }
        if params.base_bonus > Ratio::ONE {
            return Err(Error::BaseBonusRange);
        }
        Ok(PlanConfig(params))
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`assess`].
    #[must_use]
    pub const fn params(&self) -> PlanParams {
        self.0
    }
}

/// Bonus and target of a position, as functions of how far its health has fallen.
struct Terms {
    target: Ratio,
    bonus: Ratio,
    /// `(1 + bonus) (1 + impact)`, rounded up: value of the collateral given for one quote atom of debt.
    give: Ratio,
    /// `t g`, rounded up: what that collateral counted.
    weighted: Ratio,
    /// `target - t g`: what a quote atom of debt repaid brings the position nearer to its target.
    slope: Ratio,
}

/// What is to be done with a position: nothing, a plan, or the backstop.
///
/// With `V`, `W` and debt `d` as in [`Valuation`], threshold `t`, impact `i`, and `u = min(1, (1 - W/d) / (1 - full_health))`:
///
/// ```text
/// target = 1 + (target_health - 1) u
/// bonus  = min(bonus * (base_bonus + (1 - base_bonus) u),  min(V/d, W/(d t)) / (1 + i) - 1)
/// g      = (1 + bonus) (1 + i)
/// repay  = (target d - W) / (target - t g),     sell = repay g / P
/// ```
///
/// `repay` and `sell` start from zero at `W = d` and are continuous in the health factor. The second bound on the bonus
/// is what keeps a sale from worsening the position: selling value `v` for `v / g` of debt does not raise `d / V` as long as `d g <= V`, and
/// does not lower `W / d` as long as `d t g <= W` (T10); where not even the base bonus satisfies both, the position goes to
/// the backstop. Rounding: target, bonus down; `g`, `repay`, `sell` up, so that the plan restores the target, and
/// `repay * g` is at least the value sold, so that it does not worsen the position by a rounding either.
/// Dust: a sale worth less than `min_sale` is raised to it; a sale that would leave less than `min_sale` of debt or of
/// this collateral takes all of it. Spec: D11, T10.
///
/// # Errors
/// Values at or above 2^128 quote atoms, or `(1 + bonus) (1 + impact)` of 65,536 or more: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::health::Position;
/// use damper::plan::{assess, Assessment, Market, PlanConfig, PlanParams};
/// use damper::{parameters::Parameters, price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
/// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
/// let config = PlanConfig::new(PlanParams {
///     target_health: percent(125)?, full_health: percent(50)?, base_bonus: percent(100)?, min_sale: Value::ZERO,
/// })?;
/// let market = Market {
///     parameters: Parameters {
///         max_ltv: percent(50)?, liquidation_threshold: percent(75)?, bonus: Ratio::ZERO,
///         margin: percent(10)?, auction_buffer: percent(10)?,
///     },
///     band: PriceBand::exact(Price::from_decimal_floor(1, 0)?),
///     impact: Ratio::ZERO,
/// };
/// // W = 750, d = 1,000: u = 1/2, target 1.125; repay (1,125 - 750) / (1.125 - 0.75) = 1,000: V = d is the edge.
/// let edge = Position::<0, 0>::new(Amount::new(1_000), Value::new(1_000));
/// let Assessment::Liquidate(plan) = assess(&config, &market, &edge)? else { panic!("at the edge, not beyond") };
/// assert_eq!((plan.sell, plan.repay), (Amount::new(1_000), Value::new(1_000)));
/// assert_eq!(config.params().min_sale, Value::ZERO);
/// // W = 750, d = 760: the target is 1.0066, and 5.9 % of the position restores it.
/// let Assessment::Liquidate(plan) = assess(&config, &market, &Position::<0, 0>::new(Amount::new(1_000), Value::new(760)))?
///     else { panic!("unhealthy") };
/// assert_eq!((plan.sell, plan.repay), (Amount::new(59), Value::new(59)));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn assess<const C: usize, const D: usize>(
    config: &PlanConfig,
    market: &Market,
    position: &Position<C, D>,
) -> Result<Assessment, Error> {
    let (value, own) = position.valued(&market.parameters, market.band)?;
    if value.is_healthy() {
        return Ok(Assessment::Healthy);
    }
    Ok(match assess_unhealthy(config, market, &value, Own { amount: position.collateral(), worth: own })? {
        Ok(plan) => Assessment::Liquidate(plan),
        Err(shortfall) => Assessment::Backstop(shortfall),
    })
}

/// What a position holds of the market's own collateral.
pub(crate) struct Own {
    pub(crate) amount: Amount,
    pub(crate) worth: Value,
}

/// What is to be done with an unhealthy position of this value: sell by a plan, or hand over a shortfall.
pub(crate) fn assess_unhealthy(
    config: &PlanConfig,
    market: &Market,
    value: &Valuation,
    own: Own,
) -> Result<Result<Plan, Shortfall>, Error> {
    if value.collateral < value.debt {
        return shortfall(config, market, value, Reason::Insolvent).map(Err);
    }
    if own.amount.is_zero() || (own.worth < config.0.min_sale && own.worth < value.collateral) {
        return shortfall(config, market, value, Reason::NoCollateral).map(Err);
    }
    match terms(config, market, value)? {
        Some(terms) => size(config, market, value, &terms, own.amount).map(Ok),
        None => shortfall(config, market, value, Reason::Toxic).map(Err),
    }
}

/// Target, bonus and `g`; `None` when a sale at the base bonus would worsen the position, or restore nothing.
fn terms(config: &PlanConfig, market: &Market, value: &Valuation) -> Result<Option<Terms>, Error> {
    let PlanParams { target_health, full_health, base_bonus, .. } = config.0;
    let Market { parameters, impact, .. } = market;
    let fallen = value.debt.excess_over(value.weighted).ratio_floor(value.debt)?;
    // A quotient beyond the type is beyond one too.
    let fall = fallen.div_floor(Ratio::ONE.checked_sub(full_health)?).map_or(Ratio::ONE, |fall| fall.min(Ratio::ONE));
    let target = Ratio::ONE.checked_add(target_health.excess_over(Ratio::ONE).mul_floor(fall)?)?;

    let base = parameters.bonus.mul_floor(base_bonus)?;
    let full = base.checked_add(parameters.bonus.excess_over(base).mul_floor(fall)?)?;
    let moved = Ratio::ONE.checked_add(*impact)?;
    let threshold = parameters.liquidation_threshold;
    let terms = match Terms::of(full, target, moved, threshold) {
        Ok(terms) if terms.improve(value) => terms,
        _ => {
            // All three quotients are rounded down, so that d g <= V and d t g <= W hold exactly for every g up to `most`.
            let by_value = value.collateral.ratio_floor(value.debt).unwrap_or(Ratio::MAX);
            let health = value.weighted.ratio_floor(value.debt)?;
            let by_health = health.div_floor(threshold).unwrap_or(Ratio::MAX);
            let most = by_value.min(by_health).div_floor(moved)?;
            let Ok(most) = most.checked_sub(Ratio::ONE) else { return Ok(None) };
            if most < base {
                return Ok(None);
            }
            Terms::of(full.min(most), target, moved, threshold)?
        }
    };
    // Zero or less only if the impact alone uses up the margin at a health factor of one.
    Ok(if terms.slope == Ratio::ZERO { None } else { Some(terms) })
}

impl Terms {
    #[inline(always)]
    fn of(bonus: Ratio, target: Ratio, moved: Ratio, threshold: Ratio) -> Result<Terms, Error> {
        let give = Ratio::ONE.checked_add(bonus)?.mul_ceil(moved)?;
        let weighted = threshold.mul_ceil(give)?;
        Ok(Terms { target, bonus, give, weighted, slope: target.excess_over(weighted) })
    }

    /// Whether a sale on these terms does not worsen the position: `d g <= V` and `d t g <= W`, the products rounded up to
    /// integers, which changes neither comparison.
    #[inline(always)]
    fn improve(&self, value: &Valuation) -> bool {
        value.debt.mul_ceil(self.give).is_ok_and(|given| given <= value.collateral)
            && value.debt.mul_ceil(self.weighted).is_ok_and(|given| given <= value.weighted)
    }
}

/// The sale of all that the debt of a healthy position takes, at the base bonus, to be cut into lots; `None` where that
/// would worsen the position (T10), or there is nothing to sell or to repay.
pub(crate) fn early(config: &PlanConfig, market: &Market, value: &Valuation, own: Own) -> Result<Option<Plan>, Error> {
    if own.amount.is_zero() || value.debt.is_zero() || own.worth < config.0.min_sale {
        return Ok(None);
    }
    let base = market.parameters.bonus.mul_floor(config.0.base_bonus)?;
    let moved = Ratio::ONE.checked_add(market.impact)?;
    let terms = Terms::of(base, Ratio::ONE, moved, market.parameters.liquidation_threshold)?;
    if !terms.improve(value) {
        return Ok(None);
    }
    let (min_sale, price) = (config.0.min_sale, market.band.low());
    let (sell, uncut) = sale(market, min_sale, &terms, own.amount, value.debt.mul_ceil(terms.give)?.max(min_sale))?;
    let repay = uncut.min(value.debt);
    let (bonus, target_health) = (terms.bonus, Ratio::ONE);
    Ok(Some(Plan { sell, repay, bonus, target_health, collateral: own.amount, uncut, price, min_sale }))
}

/// The sale of collateral worth `given`, or of all of it where less than the least sale would be left, and what it repays if
/// the debt is no limit.
#[inline(always)]
fn sale(
    market: &Market,
    min_sale: Value,
    terms: &Terms,
    collateral: Amount,
    given: Value,
) -> Result<(Amount, Value), Error> {
    let price = market.band.low();
    let sell = taken(price, min_sale, collateral, given)?;
    // ceil(value / g) * g is at least the value sold: the rounding is the taker's, who pays rounded up.
    Ok((sell, price.value_ceil(sell)?.div_ceil(terms.give)?))
}

/// Collateral worth `given`, or all of it where less than the least sale would be left.
#[inline(always)]
fn taken(price: Price, min_sale: Value, collateral: Amount, given: Value) -> Result<Amount, Error> {
    let sell = price.amount_ceil(given).map_or(collateral, |amount| amount.min(collateral));
    // What is left is worth less than an integer exactly when the floor of its worth is.
    Ok(if price.value_floor(collateral.excess_over(sell))? < min_sale { collateral } else { sell })
}

/// The sale that restores the target, by the dust rule and within the collateral held.
fn size(
    config: &PlanConfig,
    market: &Market,
    value: &Valuation,
    terms: &Terms,
    collateral: Amount,
) -> Result<Plan, Error> {
    let (min_sale, price, give) = (config.0.min_sale, market.band.low(), terms.give);
    let missing = value.debt.mul_ceil(terms.target)?.excess_over(value.weighted);
    // A quotient beyond the type is beyond the debt too.
    let exact = missing.div_ceil(terms.slope).map_or(value.debt, |repay| repay.min(value.debt));
    // Value of the collateral for the repayment, at least the least sale.
    let given = exact.mul_ceil(give)?.max(min_sale);
    let sale = |given| sale(market, min_sale, terms, collateral, given);
    let (mut sell, mut uncut) = sale(given)?;
    if value.debt.excess_over(uncut) < min_sale {
        (sell, uncut) = sale(value.debt.mul_ceil(give)?.max(min_sale))?;
    }
    let Terms { bonus, target, .. } = *terms;
    let repay = uncut.min(value.debt);
    Ok(Plan { sell, repay, bonus, target_health: target, collateral, uncut, price, min_sale })
}

/// `(1 + bonus) (1 + impact)`, rounded up: the most collateral, by value, that a unit of repayment takes.
pub(crate) fn give_ceil(bonus: Ratio, impact: Ratio) -> Result<Ratio, Error> {
    Ratio::ONE.checked_add(bonus)?.mul_ceil(Ratio::ONE.checked_add(impact)?)
}

/// `g` at the base bonus, each product rounded up, so that it is never below that of a plan, whose bonus is rounded down: a gap
/// is not under-stated, a slack not over-stated.
pub(crate) fn base_give(config: &PlanConfig, bonus: Ratio, impact: Ratio) -> Result<Ratio, Error> {
    give_ceil(bonus.mul_ceil(config.0.base_bonus)?, impact)
}

/// The most that a debt takes of `collateral`, at `bonus` or less and at `impact` or less, while the low side of the price is
/// half of `price` or more: what it takes there, and a least sale, to which what the last cut leaves of the debt may be lifted,
/// one unit at least for its rounding; by the dust rule there. Rounded up: who counts on it starts no later.
pub(crate) fn down_to_half(
    config: &PlanConfig,
    (bonus, impact): (Ratio, Ratio),
    price: Price,
    collateral: Amount,
    debt: Value,
) -> Result<Amount, Error> {
    let min_sale = config.0.min_sale;
    let given = give_ceil(bonus, impact).and_then(|give| debt.mul_ceil(give)?.checked_add(min_sale.max(Value::new(1))));
    // A price below every price, or a value beyond the type, takes all.
    match (price.scale_floor(HALF), given) {
        (Ok(half), Ok(given)) => taken(half, min_sale, collateral, given),
        _ => Ok(collateral),
    }
}

/// The shortfall of a position: its debt less what its collateral would raise at the base bonus and the full impact.
fn shortfall(config: &PlanConfig, market: &Market, value: &Valuation, reason: Reason) -> Result<Shortfall, Error> {
    let give = base_give(config, market.parameters.bonus, market.impact)?;
    let raised = mul_div_floor(value.collateral.get(), Ratio::ONE.wide(), give.wide()).map(Value::new)?;
    Ok(Shortfall { reason, debt: value.debt, collateral: value.collateral, gap: value.debt.excess_over(raised) })
}

impl Plan {
    /// Base atoms worth the least sale, rounded up; 2^128 - 1 where no amount is.
    ///
    /// # Examples
    /// ```
    /// use damper::health::Position;
    /// use damper::plan::{Assessment, Market, PlanConfig, PlanParams, assess};
    /// use damper::{parameters::Parameters, price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
    /// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
    /// let config = PlanConfig::new(PlanParams {
    ///     target_health: percent(125)?, full_health: percent(50)?, base_bonus: percent(100)?, min_sale: Value::new(20),
    /// })?;
    /// let market = Market {
    ///     parameters: Parameters {
    ///         max_ltv: percent(50)?, liquidation_threshold: percent(75)?, bonus: Ratio::ZERO,
    ///         margin: percent(10)?, auction_buffer: percent(10)?,
    ///     },
    ///     band: PriceBand::exact(Price::from_decimal_floor(2, 0)?),
    ///     impact: Ratio::ZERO,
    /// };
    /// let position = Position::<0, 0>::new(Amount::new(500), Value::new(1_000));
    /// let Assessment::Liquidate(plan) = assess(&config, &market, &position)? else { panic!("at the edge") };
    /// // Twenty at 2.
    /// assert_eq!(plan.least(), Amount::new(10));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn least(&self) -> Amount {
        // A quotient beyond the type is beyond every amount held.
        self.price.amount_ceil(self.min_sale).unwrap_or(Amount::new(u128::MAX))
    }

    /// The part of the plan that sells at most `permitted`, or `None` if the dust rule forbids so small a part.
    ///
    /// A part is worth at least the least sale and leaves at least that of the collateral, so that a position is neither
    /// sold in shards nor stranded. Its repayment is that of the whole, before the debt limits it, times `part / sell`,
    /// rounded up (against the taker), and at most that of the whole. Spec: D11.
    ///
    /// # Errors
    /// None in fact, the part being smaller than the whole; [`Error::DivisionByZero`] is the kernel's.
    ///
    /// # Examples
    /// ```
    /// use damper::health::Position;
    /// use damper::plan::{Assessment, Market, PlanConfig, PlanParams, assess};
    /// use damper::{parameters::Parameters, price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
    /// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
    /// let config = PlanConfig::new(PlanParams {
    ///     target_health: percent(125)?, full_health: percent(50)?, base_bonus: percent(100)?, min_sale: Value::new(20),
    /// })?;
    /// let market = Market {
    ///     parameters: Parameters {
    ///         max_ltv: percent(50)?, liquidation_threshold: percent(75)?, bonus: Ratio::ZERO,
    ///         margin: percent(10)?, auction_buffer: percent(10)?,
    ///     },
    ///     band: PriceBand::exact(Price::from_decimal_floor(2, 0)?),
    ///     impact: Ratio::ZERO,
    /// };
    /// let position = Position::<0, 0>::new(Amount::new(500), Value::new(1_000));
    /// let Assessment::Liquidate(plan) = assess(&config, &market, &position)? else { panic!("at the edge") };
    ///
    /// // All 500 atoms at 2, for 1,000; a part repays in proportion.
    /// assert_eq!((plan.sell, plan.repay, plan.least()), (Amount::new(500), Value::new(1_000), Amount::new(10)));
    /// let part = |permitted| plan.partial(Amount::new(permitted)).map(|part| part.map(|part| (part.sell, part.repay)));
    /// assert_eq!(part(25)?, Some((Amount::new(25), Value::new(50))));
    /// // Of 495 five would be left, less than the least sale of 20: 490 are sold. Nine are too few.
    /// assert_eq!(part(495)?, Some((Amount::new(490), Value::new(980))));
    /// assert_eq!(part(9)?, None);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn partial(&self, permitted: Amount) -> Result<Option<Plan>, Error> {
        if permitted >= self.sell {
            return Ok(Some(*self));
        }
        let least = self.least();
        let part = permitted.min(self.collateral.excess_over(least));
        if part.is_zero() || part < least {
            return Ok(None);
        }
        let uncut = mul_div_ceil(self.uncut.get(), part.get(), self.sell.get()).map(Value::new)?;
        Ok(Some(Plan { sell: part, repay: uncut.min(self.repay), uncut, ..*self }))
    }
}

field!(Reason);
form!(Market { parameters: Parameters, band: PriceBand, impact: Ratio });
form!(Plan {
    sell: Amount,
    repay: Value,
    bonus: Ratio,
    target_health: Ratio,
    collateral: Amount,
    uncut: Value,
    price: Price,
    min_sale: Value
});
form!(Shortfall { reason: Reason, debt: Value, collateral: Value, gap: Value });
stored!(PlanParams { target_health: Ratio, full_health: Ratio, base_bonus: Ratio, min_sale: Value }, drawn);
stored_as!(PlanConfig as PlanParams, |config| config.0, PlanConfig::new);
