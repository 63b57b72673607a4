//! Portfolio insurance (CPPI): what a fund with a floor should hold, what it should trade, and how large its multiplier may
//! be.
//!
//! ```text
//! cushion = max(0, wealth - floor),   target = min(multiplier * cushion, max_share * wealth)
//! ```
//!
//! A relative fall `d` makes such a fund sell `(m - 1) E d` of its exposure `E`, which moves the price on. Two limits on the
//! multiplier follow: the floor must hold through the largest fall that theorem A leaves ([`MultiplierLimit`]), and the
//! loop must not feed itself. What should be sold is wanted; what is sold is what the ledger permits ([`split`]).

use crate::book::Book;
use crate::bytes::{HEADER, Kind, Stored, read, stored, write};
use crate::error::Error;
use crate::forms::form;
use crate::ledger::{Exposure, LedgerConfig};
use crate::num::{mul_div_ceil, mul_div_floor};
use crate::price::{Price, PriceBand};
use crate::ratio::Ratio;
use crate::units::{Amount, Value};

/// Which limit on the multiplier is the smaller.
///
/// # Examples
/// See [`MultiplierLimit::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Binding {
    /// The floor: the largest fall.
    Floor,
    /// The loop gain: the depth.
    Gain,
}

/// The feedback of those who sell as the price falls, on a measured book.
///
/// # Examples
/// See [`Loop::gain_ceil`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Loop {
    /// `E`: the largest exposure of all who follow the rule on this book.
    pub exposure: Value,
    /// `V`: the value that moves the price by 100 %, [`value_per_move_floor`].
    pub per_move: Value,
    /// The largest loop gain `(m - 1) E / V` that is accepted, below one.
    pub limit: Ratio,
}

/// The largest multiplier, and why.
///
/// # Examples
/// See [`MultiplierLimit::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MultiplierLimit {
    largest: Ratio,
    binding: Binding,
}

/// What [`InsuranceConfig::new`] checks.
///
/// # Examples
/// See [`InsuranceConfig`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct InsuranceParams {
    /// The wealth that is not to be lost.
    pub floor: Value,
    /// `m`: exposure per cushion, at least one.
    pub multiplier: Ratio,
    /// The largest part of wealth that may be exposed, at most one: there is no debt.
    pub max_share: Ratio,
    /// The part of the target by which exposure may differ from it before anything is traded.
    pub tolerance: Ratio,
}

/// Checked parameters of a fund.
///
/// # Examples
/// ```
/// use damper::hedge::{InsuranceConfig, InsuranceParams, Insurer, Loop, MultiplierLimit};
/// use damper::{price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
/// let part = |numerator, denominator| Ratio::from_fraction_floor(numerator, denominator);
/// // A fall of 1/4 in log-price allows a multiplier of 4.5, and no book limits it further.
/// let quiet = Loop { exposure: Value::ZERO, per_move: Value::ZERO, limit: part(1, 2)? };
/// let limit = MultiplierLimit::new(part(1, 4)?, &quiet)?;
/// let params = InsuranceParams {
///     floor: Value::new(750), multiplier: part(4, 1)?, max_share: part(1, 1)?, tolerance: part(1, 16)?,
/// };
///
/// let fund = InsuranceConfig::new(params, &limit)?;
/// assert_eq!(fund.params(), params);
/// // 80 atoms at 10 and 200 of cash: a wealth of 1,000, 250 above the floor; four times that is all of it.
/// let band = PriceBand::exact(Price::from_fraction_floor(10, 1)?);
/// let held = Insurer::new(Amount::new(80), Value::new(200));
/// assert_eq!(fund.cushion_floor(&held, band)?, Value::new(250));
/// assert_eq!(fund.target_floor(&held, band)?, Value::new(1_000));
/// // A multiplier of five would lose more than the cushion in that fall.
/// let bold = InsuranceParams { multiplier: part(5, 1)?, ..params };
/// assert_eq!(InsuranceConfig::new(bold, &limit), Err(damper::Error::MultiplierBreaksFloor));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct InsuranceConfig(InsuranceParams);

/// What a fund holds. Plain data, in and out by value.
///
/// # Examples
/// ```
/// use damper::hedge::Insurer;
/// use damper::{Error, price::{Price, PriceBand}, units::{Amount, Value}};
/// let fund = Insurer::new(Amount::new(7), Value::new(100));
/// // Seven at the low side of 2.5 to 3 are 17.5.
/// let band = PriceBand::new(Price::from_fraction_floor(5, 2)?, Price::from_fraction_floor(3, 1)?)?;
/// assert_eq!(fund.wealth_floor(band)?, Value::new(117));
/// let sold = fund.sold(Amount::new(3), Value::new(8))?;
/// assert_eq!((sold.holding(), sold.cash()), (Amount::new(4), Value::new(108)));
/// let bought = sold.bought(Amount::new(2), Value::new(6))?;
/// assert_eq!((bought.holding(), bought.cash()), (Amount::new(6), Value::new(102)));
/// assert_eq!(bought.sold(Amount::new(7), Value::ZERO), Err(Error::HoldingExceeded));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Insurer {
    holding: Amount,
    cash: Value,
    breached: bool,
}

/// What a fund should do.
///
/// # Examples
/// See [`InsuranceConfig::rebalance`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
#[cfg_attr(feature = "borsh", derive(borsh::BorshSerialize, borsh::BorshDeserialize))]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Rebalance {
    /// Nothing: exposure is within the tolerance of the target.
    Hold,
    /// Sell this much, as the ledger permits.
    Sell(Amount),
    /// Buy this much, as the ledger of purchases permits.
    Buy(Amount),
    /// Wealth is below the floor, or was: all is to be sold, as the ledger permits, and nothing is bought again.
    Breached {
        /// All that is held.
        sell: Amount,
        /// Floor less wealth, zero if wealth has recovered.
        shortfall: Value,
    },
}

/// What is wanted, in two parts that sum to it.
///
/// # Examples
/// See [`split`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Split {
    /// To be traded now.
    pub now: Amount,
    /// Not permitted now; still wanted.
    pub deferred: Amount,
}

/// `now = min(wanted, permitted)`, `deferred = wanted - now`. Exact; nothing is lost.
///
/// `permitted` is the guard's limit (`Limits::permitted`), or the largest sale for the ledger's headroom
/// ([`crate::depth::DepthConfig::largest_sale_floor`]). A position keeps what is deferred, so the next rebalance wants it
/// again.
///
/// # Examples
/// ```
/// use damper::{hedge::{Split, split}, units::Amount};
/// let (now, deferred) = (Amount::new(30), Amount::new(70));
/// assert_eq!(split(Amount::new(100), Amount::new(30)), Split { now, deferred });
/// assert_eq!(split(Amount::new(30), Amount::new(100)), Split { now, deferred: Amount::ZERO });
/// ```
#[must_use]
pub fn split(wanted: Amount, permitted: Amount) -> Split {
    let now = wanted.min(permitted);
    Split { now, deferred: wanted.excess_over(now) }
}

/// `V`: the value that moves the price by 100 %, from the part of a book within `impact`:
/// `floor(floor(price * capacity(impact)) / impact)`.
///
/// Units: quote atoms. The chord of the book at `impact`: moves up to `impact` cost at least this much per unit of move if
/// the book's impact is convex in the amount, as a constant product's is. Rounded down, so that a loop gain is over-stated.
/// Spec: D23.
///
/// # Errors
/// `impact` zero: [`Error::DivisionByZero`]. At or above 2^128: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::book::{Shape, Snapshot};
/// use damper::{hedge::value_per_move_floor, price::Price, ratio::Ratio, units::{Amount, Value}};
/// let pool = Snapshot::ConstantProduct { reserve: Amount::new(1_000_000) };
/// let book = Shape::<1>::ConstantProduct.measure_floor(&pool)?;
/// // 21 % of impact is reached by 10 % of the reserve, less an atom for the rounding: 99,999 * 5 / 0.21.
/// let impact = Ratio::from_fraction_floor(21, 100)?;
/// assert_eq!(value_per_move_floor(&book, Price::from_fraction_floor(5, 1)?, impact)?, Value::new(2_380_928));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn value_per_move_floor<const N: usize>(book: &Book<N>, price: Price, impact: Ratio) -> Result<Value, Error> {
    let value = price.value_floor(book.capacity_floor(impact))?;
    mul_div_floor(value.get(), Ratio::ONE.wide(), impact.wide()).map(Value::new)
}

/// The largest fall, in log-price, from an observed price to any later true one: the bound of T-A and once `eps`, rounded
/// up.
///
/// A fund that also buys takes [`crate::two_sided::TwoSidedConfig::bound_fall_ceil`] and `eps` instead. Spec: T5.
///
/// # Errors
/// Above [`Ratio::MAX`]: [`Error::Overflow`].
///
/// # Examples
/// ```
/// use damper::{hedge::largest_fall_ceil, ledger::{Exposure, LedgerConfig, LedgerParams}};
/// use damper::{ratio::Ratio, units::{Rate, Seconds}};
/// let part = Ratio::from_fraction_floor;
/// let ledger = LedgerConfig::new(LedgerParams {
///     burst: part(1, 128)?, leak: Rate::ZERO, own_share: part(1, 4)?, kappa: part(2, 1)?,
/// })?;
/// let exposure = Exposure { exogenous: part(1, 8)?, noise: part(1, 64)?, elapsed: Seconds::new(60) };
/// // (1/8 + 2 (1/128 + 2/4 * 1/64)) / (1 - 2/4) = 5/16, and the 1/64 of the valuation.
/// assert_eq!(largest_fall_ceil(&ledger, exposure)?, part(21, 64)?);
/// # Ok::<(), damper::Error>(())
/// ```
pub fn largest_fall_ceil(ledger: &LedgerConfig, exposure: Exposure) -> Result<Ratio, Error> {
    ledger.bound_ceil(exposure)?.checked_add(exposure.noise)
}

/// How far wealth can end below the floor when the price falls by the part `gap` before anything is sold:
/// `max(0, ceil(exposure * gap) - cushion)`.
///
/// Units: quote atoms. With `exposure = m * cushion` it is `(m gap - 1) cushion`: a gap of up to `1/m` costs nothing.
/// `exposure` is all that is held, so what the ledger deferred bears the fall too. Rounded up. Spec: D23.
///
/// # Errors
/// `gap` above one: [`Error::FallAboveOne`].
///
/// # Examples
/// ```
/// use damper::{hedge::gap_shortfall_ceil, ratio::Ratio, units::Value};
/// let (exposure, cushion) = (Value::new(400), Value::new(100));
/// assert_eq!(gap_shortfall_ceil(exposure, cushion, Ratio::from_fraction_ceil(1, 4)?)?, Value::ZERO);
/// assert_eq!(gap_shortfall_ceil(exposure, cushion, Ratio::from_fraction_ceil(1, 2)?)?, Value::new(100));
/// # Ok::<(), damper::Error>(())
/// ```
pub fn gap_shortfall_ceil(exposure: Value, cushion: Value, gap: Ratio) -> Result<Value, Error> {
    if gap > Ratio::ONE {
        return Err(Error::FallAboveOne);
    }
    Ok(exposure.mul_ceil(gap)?.excess_over(cushion))
}

impl Loop {
    /// The loop gain of a multiplier, `(m - 1) E / V`, rounded up.
    ///
    /// # Errors
    /// `multiplier < 1`: [`Error::MultiplierBelowOne`]. `V` zero: [`Error::DivisionByZero`]. Above [`Ratio::MAX`]:
    /// [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{hedge::Loop, ratio::Ratio, units::Value};
    /// let part = Ratio::from_fraction_floor;
    /// let funds = Loop { exposure: Value::new(1_000), per_move: Value::new(8_000), limit: part(1, 2)? };
    /// // A multiplier of four sells three times the exposure per fall: 3,000 / 8,000.
    /// assert_eq!(funds.gain_ceil(part(4, 1)?)?, part(3, 8)?);
    /// assert_eq!(funds.gain_ceil(part(1, 2)?), Err(damper::Error::MultiplierBelowOne));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn gain_ceil(&self, multiplier: Ratio) -> Result<Ratio, Error> {
        let excess = multiplier.checked_sub(Ratio::ONE).map_err(|_| Error::MultiplierBelowOne)?;
        Ratio::narrow(mul_div_ceil(self.exposure.get(), excess.wide(), self.per_move.get())?)
    }

    /// The largest multiplier whose gain is at most the limit, `1 + limit * V / E`, rounded down; [`Ratio::MAX`] if that
    /// is smaller, as with no exposure.
    fn largest_multiplier_floor(&self) -> Result<Ratio, Error> {
        if self.limit >= Ratio::ONE {
            return Err(Error::GainLimitRange);
        }
        if self.exposure.is_zero() {
            return Ok(Ratio::MAX);
        }
        let excess = mul_div_floor(self.per_move.get(), self.limit.wide(), self.exposure.get()).and_then(Ratio::narrow);
        Ok(excess.and_then(|excess| excess.checked_add(Ratio::ONE)).unwrap_or(Ratio::MAX))
    }
}

impl MultiplierLimit {
    /// The smaller of the two limits, rounded down.
    ///
    /// Floor: `max(1, 1/fall + 1/2)`, at most `1 / (1 - exp(-fall))`, the multiplier that loses its whole cushion in a fall
    /// of `fall` in log-price without selling anything; `fall` is [`largest_fall_ceil`], so `1/fall` alone is
    /// `(1 - kappa h) / (X + kappa (B + r n + 2 h eps))` without the `eps` of the valuation. Gain: `1 + limit * V / E`.
    /// Spec: T5.
    ///
    /// # Errors
    /// A gain limit of one or more: [`Error::GainLimitRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::hedge::{Binding, Loop, MultiplierLimit};
    /// use damper::{ratio::Ratio, units::Value};
    /// let of = |numerator, denominator| Ratio::from_fraction_floor(numerator, denominator);
    /// // A fall of 1/4 in log-price is one of 22.1 %: 4.52 times the cushion survives it, and 4.5 is given.
    /// let thin = Loop { exposure: Value::new(1_000), per_move: Value::new(8_000), limit: of(1, 2)? };
    /// let limit = MultiplierLimit::new(of(1, 4)?, &thin)?;
    /// assert_eq!((limit.largest(), limit.binding()), (of(9, 2)?, Binding::Floor));
    /// let thinner = Loop { per_move: Value::new(4_000), ..thin };
    /// let limit = MultiplierLimit::new(of(1, 4)?, &thinner)?;
    /// assert_eq!((limit.largest(), limit.binding()), (of(3, 1)?, Binding::Gain));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn new(fall: Ratio, gain: &Loop) -> Result<MultiplierLimit, Error> {
        let half = Ratio::from_bits(1 << 47);
        // A quotient beyond the type, or by zero, is beyond every multiplier.
        let floor = match Ratio::ONE.div_floor(fall) {
            Ok(inverse) => inverse.checked_add(half).unwrap_or(Ratio::MAX).max(Ratio::ONE),
            Err(_) => Ratio::MAX,
        };
        let depth = gain.largest_multiplier_floor()?;
        Ok(if floor <= depth {
            MultiplierLimit { largest: floor, binding: Binding::Floor }
        } else {
            MultiplierLimit { largest: depth, binding: Binding::Gain }
        })
    }

    /// The largest multiplier.
    ///
    /// # Examples
    /// See [`MultiplierLimit::new`].
    #[must_use]
    pub const fn largest(&self) -> Ratio {
        self.largest
    }

    /// The limit that gave it.
    ///
    /// # Examples
    /// See [`MultiplierLimit::new`].
    #[must_use]
    pub const fn binding(&self) -> Binding {
        self.binding
    }
}

impl InsuranceConfig {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `multiplier < 1`: [`Error::MultiplierBelowOne`]. Above the limit: [`Error::MultiplierBreaksFloor`] or
    /// [`Error::MultiplierBreaksGain`], whichever binds. `max_share > 1`: [`Error::ExposureShareRange`]. `tolerance >= 1`:
    /// [`Error::HedgeToleranceRange`].
    ///
    /// # Examples
    /// See [`InsuranceConfig::gap_shortfall_ceil`].
    pub fn new(params: InsuranceParams, limit: &MultiplierLimit) -> Result<InsuranceConfig, Error> {
        if params.multiplier < Ratio::ONE {
            return Err(Error::MultiplierBelowOne);
        }
        if params.multiplier > limit.largest {
            return Err(match limit.binding {
                Binding::Floor => Error::MultiplierBreaksFloor,
                Binding::Gain => Error::MultiplierBreaksGain,
            });
        }
        if params.max_share > Ratio::ONE {
            return Err(Error::ExposureShareRange);
        }
        if params.tolerance >= Ratio::ONE {
            return Err(Error::HedgeToleranceRange);
        }
        Ok(InsuranceConfig(params))
    }

    /// The parameters.
    ///
    /// # Examples
    /// See [`InsuranceConfig`].
    #[must_use]
    pub const fn params(&self) -> InsuranceParams {
        self.0
    }

    /// What wealth is above the floor, at the low side, rounded down; zero if it is not.
    ///
    /// # Errors
    /// A value at or above 2^128: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`InsuranceConfig`].
    pub fn cushion_floor(&self, insurer: &Insurer, band: PriceBand) -> Result<Value, Error> {
        Ok(insurer.wealth_floor(band)?.excess_over(self.0.floor))
    }

    /// The exposure that should be held, `min(multiplier * cushion, max_share * wealth)`, rounded down; zero if the floor
    /// is breached.
    ///
    /// # Errors
    /// A value at or above 2^128: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::hedge::{InsuranceConfig, InsuranceParams, Insurer, Loop, MultiplierLimit};
    /// use damper::{price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
    /// let part = |numerator, denominator| Ratio::from_fraction_floor(numerator, denominator);
    /// // A fall of 1/4 in log-price allows a multiplier of 4.5, and no book limits it further.
    /// let quiet = Loop { exposure: Value::ZERO, per_move: Value::ZERO, limit: part(1, 2)? };
    /// let limit = MultiplierLimit::new(part(1, 4)?, &quiet)?;
    /// let params = InsuranceParams {
    ///     floor: Value::new(750), multiplier: part(4, 1)?, max_share: part(1, 1)?, tolerance: part(1, 16)?,
    /// };
    ///
    /// let half = InsuranceConfig::new(InsuranceParams { max_share: part(1, 2)?, ..params }, &limit)?;
    /// let at = |price| -> Result<PriceBand, damper::Error> { Ok(PriceBand::exact(Price::from_fraction_floor(price, 1)?)) };
    /// // A wealth of 1,000 at a price of 10, and of 800 at 6.
    /// let held = Insurer::new(Amount::new(50), Value::new(500));
    /// assert_eq!(half.target_floor(&held, at(10)?)?, Value::new(500));
    /// assert_eq!(half.target_floor(&held, at(6)?)?, Value::new(200));
    /// assert_eq!(half.target_floor(&held, at(5)?)?, Value::ZERO);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn target_floor(&self, insurer: &Insurer, band: PriceBand) -> Result<Value, Error> {
        if insurer.breached {
            return Ok(Value::ZERO);
        }
        let wealth = insurer.wealth_floor(band)?;
        let most = wealth.mul_floor(self.0.max_share)?;
        // A product beyond the type is above all wealth.
        Ok(wealth.excess_over(self.0.floor).mul_floor(self.0.multiplier).unwrap_or(most).min(most))
    }

    /// What the fund should do at a price, and its state, in which a breach is kept.
    ///
    /// Sells when exposure, valued at the low side and rounded up, exceeds the target by more than
    /// `floor(tolerance * target)`: down to the target, the amount rounded up, so that what is left is worth at most the
    /// target. Buys when exposure at the high side lacks more than `ceil(tolerance * target)`: rounded down, and so much
    /// that, bought at the high side, it costs no more than there is cash and leaves exposure at the low side at most
    /// `multiplier` times the cushion, which T5 needs. Between the two nothing is traded, and after a
    /// trade exposure is at the target, in the middle, so an oscillation within the tolerance trades at most once. Wealth
    /// below the floor is a breach, which only [`InsuranceConfig::restart`] ends. Spec: D23.
    ///
    /// # Errors
    /// A value or an amount at or above 2^128, or `(multiplier - 1) * width` of 65,535 or more: [`Error::Overflow`]. A high
    /// side times `1 + (multiplier - 1) * width` at or above 2^128: [`Error::PriceOutOfRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::hedge::{InsuranceConfig, InsuranceParams, Insurer, Loop, MultiplierLimit, Rebalance};
    /// use damper::{price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
    /// let of = |numerator, denominator| Ratio::from_fraction_floor(numerator, denominator);
    /// let quiet = Loop { exposure: Value::ZERO, per_move: Value::ZERO, limit: of(1, 2)? };
    /// let limit = MultiplierLimit::new(of(1, 4)?, &quiet)?;
    /// let (floor, multiplier) = (Value::new(750), of(4, 1)?);
    /// let params = InsuranceParams { floor, multiplier, max_share: Ratio::ONE, tolerance: Ratio::ZERO };
    /// let fund = InsuranceConfig::new(params, &limit)?;
    /// // 100 at a price of 10; then it falls by a tenth: 900 exposed, a cushion of 150, so 300 must be sold.
    /// let at = |price| -> Result<PriceBand, damper::Error> { Ok(PriceBand::exact(Price::from_fraction_floor(price, 1)?)) };
    /// let held = Insurer::new(Amount::new(100), Value::ZERO);
    /// assert_eq!(fund.rebalance(held, at(10)?)?, (held, Rebalance::Hold));
    /// assert_eq!(fund.rebalance(held, at(9)?)?.1, Rebalance::Sell(Amount::new(34)));
    /// // Below the floor all is to be sold, and a recovery changes nothing.
    /// let (held, decision) = fund.rebalance(held, at(7)?)?;
    /// assert_eq!(decision, Rebalance::Breached { sell: Amount::new(100), shortfall: Value::new(50) });
    /// let (_, decision) = fund.rebalance(held, at(20)?)?;
    /// assert_eq!(decision, Rebalance::Breached { sell: Amount::new(100), shortfall: Value::ZERO });
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn rebalance(&self, insurer: Insurer, band: PriceBand) -> Result<(Insurer, Rebalance), Error> {
        let shortfall = self.0.floor.excess_over(insurer.wealth_floor(band)?);
        if insurer.breached || !shortfall.is_zero() {
            let state = Insurer { breached: true, ..insurer };
            return Ok((state, Rebalance::Breached { sell: insurer.holding, shortfall }));
        }
        let target = self.target_floor(&insurer, band)?;
        let surplus = band.low().value_ceil(insurer.holding)?.excess_over(target);
        if surplus > target.mul_floor(self.0.tolerance)? {
            let sell = band.low().amount_ceil(surplus)?.min(insurer.holding);
            return Ok((insurer, Rebalance::Sell(sell)));
        }
        let held = band.high().value_ceil(insurer.holding)?;
        if target.excess_over(held) > target.mul_ceil(self.0.tolerance)? {
            let buy = self.purchase_floor(&insurer, band, held)?;
            if !buy.is_zero() {
                return Ok((insurer, Rebalance::Buy(buy)));
            }
        }
        Ok((insurer, Rebalance::Hold))
    }

    /// The most that can be bought at the high side with exposure, at the low side, staying at most `m` times the cushion
    /// that the purchase leaves: `floor((m (cushion - 1) - held) / (high + (m - 1) (high - low)))`. An atom bought costs
    /// `high` and counts as `low`, so it takes `high - low` from the cushion; the one is for what is paid, rounded up.
    fn purchase_floor(&self, insurer: &Insurer, band: PriceBand, held: Value) -> Result<Amount, Error> {
        let wealth = insurer.wealth_floor(band)?;
        let most = wealth.mul_floor(self.0.max_share)?;
        let cushion = wealth.excess_over(self.0.floor).excess_over(Value::new(1));
        let target = cushion.mul_floor(self.0.multiplier).unwrap_or(most).min(most);
        let excess = self.0.multiplier.excess_over(Ratio::ONE).mul_ceil(band.width_ceil())?;
        band.high().scale_ceil(Ratio::ONE.checked_add(excess)?)?.amount_floor(target.excess_over(held))
    }

    /// How far wealth can end below the floor if the price falls by the part `gap` before anything is sold:
    /// [`gap_shortfall_ceil`] of all that the fund holds, and what is lacking already.
    ///
    /// # Errors
    /// `gap` above one: [`Error::FallAboveOne`]. A value at or above 2^128: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::hedge::{InsuranceConfig, InsuranceParams, Insurer, Loop, MultiplierLimit};
    /// use damper::{price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
    /// let part = |numerator, denominator| Ratio::from_fraction_floor(numerator, denominator);
    /// // A fall of 1/4 in log-price allows a multiplier of 4.5, and no book limits it further.
    /// let quiet = Loop { exposure: Value::ZERO, per_move: Value::ZERO, limit: part(1, 2)? };
    /// let limit = MultiplierLimit::new(part(1, 4)?, &quiet)?;
    /// let params = InsuranceParams {
    ///     floor: Value::new(750), multiplier: part(4, 1)?, max_share: part(1, 1)?, tolerance: part(1, 16)?,
    /// };
    ///
    /// let fund = InsuranceConfig::new(params, &limit)?;
    /// let band = PriceBand::exact(Price::from_fraction_floor(10, 1)?);
    /// let held = Insurer::new(Amount::new(100), Value::ZERO);
    /// // 1,000 exposed over a cushion of 250: a quarter is borne, a half ends 250 below the floor.
    /// assert_eq!(fund.gap_shortfall_ceil(&held, band, part(1, 4)?)?, Value::ZERO);
    /// assert_eq!(fund.gap_shortfall_ceil(&held, band, part(1, 2)?)?, Value::new(250));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn gap_shortfall_ceil(&self, insurer: &Insurer, band: PriceBand, gap: Ratio) -> Result<Value, Error> {
        let wealth = insurer.wealth_floor(band)?;
        let exposure = band.low().value_ceil(insurer.holding)?;
        let below = gap_shortfall_ceil(exposure, wealth.excess_over(self.0.floor), gap)?;
        below.checked_add(self.0.floor.excess_over(wealth))
    }

    /// Ends a breach, on the owner's decision.
    ///
    /// # Errors
    /// Wealth still below the floor: [`Error::FloorBreached`]. A value at or above 2^128: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::hedge::{InsuranceConfig, InsuranceParams, Insurer, Loop, MultiplierLimit, Rebalance};
    /// use damper::{price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
    /// let part = |numerator, denominator| Ratio::from_fraction_floor(numerator, denominator);
    /// // A fall of 1/4 in log-price allows a multiplier of 4.5, and no book limits it further.
    /// let quiet = Loop { exposure: Value::ZERO, per_move: Value::ZERO, limit: part(1, 2)? };
    /// let limit = MultiplierLimit::new(part(1, 4)?, &quiet)?;
    /// let params = InsuranceParams {
    ///     floor: Value::new(750), multiplier: part(4, 1)?, max_share: part(1, 1)?, tolerance: part(1, 16)?,
    /// };
    ///
    /// let fund = InsuranceConfig::new(params, &limit)?;
    /// let at = |price| -> Result<PriceBand, damper::Error> { Ok(PriceBand::exact(Price::from_fraction_floor(price, 1)?)) };
    /// let (breached, _) = fund.rebalance(Insurer::new(Amount::new(100), Value::ZERO), at(7)?)?;
    /// assert!(breached.breached());
    /// assert_eq!(fund.restart(breached, at(7)?), Err(damper::Error::FloorBreached));
    /// // At 10 wealth is above the floor again, and the owner may go on.
    /// let restarted = fund.restart(breached, at(10)?)?;
    /// assert_eq!(fund.rebalance(restarted, at(10)?)?.1, Rebalance::Hold);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn restart(&self, insurer: Insurer, band: PriceBand) -> Result<Insurer, Error> {
        if insurer.wealth_floor(band)? < self.0.floor {
            return Err(Error::FloorBreached);
        }
        Ok(Insurer { breached: false, ..insurer })
    }
}

impl Insurer {
    /// Bytes of the stored form.
    ///
    /// # Examples
    /// See [`Insurer::write_to`].
    pub const BYTES: usize = HEADER.wrapping_add(<Insurer as Stored>::BYTES);

    /// A fund that has not breached its floor.
    ///
    /// # Examples
    /// See [`Insurer`].
    #[must_use]
    pub const fn new(holding: Amount, cash: Value) -> Insurer {
        Insurer { holding, cash, breached: false }
    }

    /// What it holds.
    ///
    /// # Examples
    /// See [`Insurer`].
    #[must_use]
    pub const fn holding(&self) -> Amount {
        self.holding
    }

    /// Its cash.
    ///
    /// # Examples
    /// See [`Insurer`].
    #[must_use]
    pub const fn cash(&self) -> Value {
        self.cash
    }

    /// Whether wealth was seen below the floor.
    ///
    /// # Examples
    /// See [`InsuranceConfig::restart`].
    #[must_use]
    pub const fn breached(&self) -> bool {
        self.breached
    }

    /// Holding at the low side, rounded down, and cash.
    ///
    /// # Errors
    /// At or above 2^128: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Insurer`].
    pub fn wealth_floor(&self, band: PriceBand) -> Result<Value, Error> {
        band.low().value_floor(self.holding)?.checked_add(self.cash)
    }

    /// The state after a sale of `amount` that brought in `proceeds`.
    ///
    /// # Errors
    /// `amount` above the holding: [`Error::HoldingExceeded`]. Cash at or above 2^128: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Insurer`].
    pub fn sold(self, amount: Amount, proceeds: Value) -> Result<Insurer, Error> {
        let holding = self.holding.checked_sub(amount).map_err(|_| Error::HoldingExceeded)?;
        Ok(Insurer { holding, cash: self.cash.checked_add(proceeds)?, ..self })
    }

    /// The state after a purchase of `amount` that cost `paid`.
    ///
    /// # Errors
    /// After a breach: [`Error::FloorBreached`]. `paid` above the cash: [`Error::HoldingExceeded`]. A holding at or above
    /// 2^128: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Insurer`].
    pub fn bought(self, amount: Amount, paid: Value) -> Result<Insurer, Error> {
        if self.breached {
            return Err(Error::FloorBreached);
        }
        let cash = self.cash.checked_sub(paid).map_err(|_| Error::HoldingExceeded)?;
        Ok(Insurer { holding: self.holding.checked_add(amount)?, cash, ..self })
    }

    /// Writes the stored form: fixed layout, little-endian, a header with kind and version. Spec: N9.
    ///
    /// # Errors
    /// `out` is not [`Insurer::BYTES`] long: [`Error::StoredLength`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, hedge::Insurer, units::{Amount, Value}};
    /// let fund = Insurer::new(Amount::new(5), Value::new(9));
    /// let mut bytes = [0; Insurer::BYTES];
    /// fund.write_to(&mut bytes)?;
    /// assert_eq!(Insurer::read_from(&bytes)?, fund);
    /// // A byte short; and a last byte, whether the floor was breached, that is neither 0 nor 1.
    /// assert_eq!(Insurer::read_from(&bytes[1..]), Err(Error::StoredLength));
    /// bytes[36] = 2;
    /// assert_eq!(Insurer::read_from(&bytes), Err(Error::StoredValue));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn write_to(&self, out: &mut [u8]) -> Result<(), Error> {
        write(Kind::Insurer, 0, self, out)
    }

    /// Reads the stored form. Spec: N9.
    ///
    /// # Errors
    /// Another length: [`Error::StoredLength`]. Another kind or version: [`Error::StoredHeader`]. A field outside its
    /// range: [`Error::StoredValue`].
    ///
    /// # Examples
    /// See [`Insurer::write_to`].
    pub fn read_from(bytes: &[u8]) -> Result<Insurer, Error> {
        read(Kind::Insurer, 0, bytes)
    }
}

form!(Loop { exposure: Value, per_move: Value, limit: Ratio });
form!(InsuranceParams { floor: Value, multiplier: Ratio, max_share: Ratio, tolerance: Ratio });
form!(Split { now: Amount, deferred: Amount });
stored!(Insurer { holding: Amount, cash: Value, breached: bool });
crate::packed::store!(Insurer);
