//! Collateral ratio: what a position holds and owes, its health factor and loan-to-value ratio, and what it may borrow.
//!
//! Collateral is valued at the low side of its price and rounded down, debt at the high side and rounded up. Health and
//! borrowing are decided by comparing two integers; nothing is divided.

use crate::error::Error;
use crate::exposure::trigger_price_ceil;
use crate::forms::form;
use crate::parameters::Parameters;
use crate::price::{Price, PriceBand};
use crate::ratio::Ratio;
use crate::units::{Amount, Value};
use heapless::Vec;

/// Collateral of another asset than the market's own, with the ratios that its own market has in force.
///
/// # Examples
/// ```
/// use damper::health::{Collateral};
/// use damper::{parameters::Parameters, price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
/// let part = Ratio::from_fraction_floor;
/// let parameters = Parameters {
///     max_ltv: part(1, 2)?, liquidation_threshold: part(3, 4)?, bonus: part(1, 16)?,
///     margin: part(1, 16)?, auction_buffer: part(1, 16)?,
/// };
/// let price = |whole| Price::from_fraction_floor(whole, 1);
///
/// let band = PriceBand::new(price(4)?, price(5)?)?;
/// // Only the low side counts.
/// let low = Collateral::new(Amount::new(20), PriceBand::exact(price(4)?), &parameters)?;
/// assert_eq!(Collateral::new(Amount::new(20), band, &parameters)?, low);
/// let none = Parameters { liquidation_threshold: part(1, 2)?, ..parameters };
/// assert_eq!(Collateral::new(Amount::new(20), band, &none), Err(damper::Error::CollateralThreshold));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Collateral {
    amount: Amount,
    price: Price,
    max_ltv: Ratio,
    liquidation_threshold: Ratio,
}

impl Collateral {
    /// `amount` atoms, valued at the low side of `band` (this market's quote atoms per atom of that asset), with `max_ltv`
    /// and `liquidation_threshold` taken from `parameters`, those in force in that asset's own market.
    ///
    /// # Errors
    /// Threshold of one or more, or not above the max LTV: [`Error::CollateralThreshold`].
    ///
    /// # Examples
    /// See [`Collateral`].
    pub fn new(amount: Amount, band: PriceBand, parameters: &Parameters) -> Result<Collateral, Error> {
        let Parameters { max_ltv, liquidation_threshold, .. } = *parameters;
        if liquidation_threshold >= Ratio::ONE || max_ltv >= liquidation_threshold {
            return Err(Error::CollateralThreshold);
        }
        Ok(Collateral { amount, price: band.low(), max_ltv, liquidation_threshold })
    }
}

/// Debt in another asset than the market's quote.
///
/// # Examples
/// See [`Position`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Debt {
    amount: Amount,
    price: Price,
}

impl Debt {
    /// `amount` atoms of an asset, valued at the high side of its price in the market's quote.
    ///
    /// # Examples
    /// See [`Position`].
    #[must_use]
    pub const fn new(amount: Amount, band: PriceBand) -> Debt {
        Debt { amount, price: band.high() }
    }
}

/// What one borrower holds and owes in one market: collateral of the market's own asset, debt in its quote, and up to
/// `C` further collaterals and `D` further debts.
///
/// Build it anew for each call, with the present prices and parameters of every asset; do not store it. Leave out what is
/// already on offer in open lots: both the collateral that was put into a lot and the debt that the lot is to raise.
///
/// # Examples
/// ```
/// use damper::health::{Debt, Position};
/// use damper::{Error, price::{Price, PriceBand}, units::{Amount, Value}};
/// let dai = PriceBand::exact(Price::from_decimal_floor(1, 6 - 18)?);
/// let debt = Debt::new(Amount::new(500 * 10_u128.pow(18)), dai);
/// let position = Position::<0, 1>::new(Amount::new(10_u128.pow(19)), Value::new(1_000_000_000)).with_debt(debt)?;
/// assert_eq!(position.with_debt(debt).err(), Some(Error::PositionFull));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(transform = crate::forms::described))]
pub struct Position<const C: usize, const D: usize> {
    collateral: Amount,
    debt: Value,
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::serial::write_up_to", deserialize_with = "crate::serial::read_up_to")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "crate::forms::UpTo<Collateral, C>"))]
    other_collateral: Vec<Collateral, C>,
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::serial::write_up_to", deserialize_with = "crate::serial::read_up_to")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "crate::forms::UpTo<Debt, D>"))]
    other_debt: Vec<Debt, D>,
}

/// A position in quote atoms, at given parameters and prices. Spec: D10.
///
/// # Examples
/// ```
/// use damper::health::{Collateral, Debt, Position};
/// use damper::{parameters::Parameters, price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
/// let part = Ratio::from_fraction_floor;
/// let parameters = Parameters {
///     max_ltv: part(1, 2)?, liquidation_threshold: part(3, 4)?, bonus: part(1, 16)?,
///     margin: part(1, 16)?, auction_buffer: part(1, 16)?,
/// };
/// let price = |whole| Price::from_fraction_floor(whole, 1);
///
/// // Ten atoms at 4, and twenty of another asset at 2, both at three quarters; 30 owed, and ten atoms of a third asset at 1 to 2.
/// let other = Collateral::new(Amount::new(20), PriceBand::exact(price(2)?), &parameters)?;
/// let debt = Debt::new(Amount::new(10), PriceBand::new(price(1)?, price(2)?)?);
/// let position = Position::<1, 1>::new(Amount::new(10), Value::new(30)).with_collateral(other)?.with_debt(debt)?;
/// let value = position.value(&parameters, PriceBand::exact(price(4)?))?;
/// assert_eq!((value.collateral, value.weighted, value.debt), (Value::new(80), Value::new(60), Value::new(50)));
/// assert_eq!(value.health_factor_floor()?, Some(part(6, 5)?));
/// assert_eq!(value.ltv_ceil()?, Ratio::from_fraction_ceil(5, 8)?);
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Valuation {
    /// `V`: value of all collateral, each rounded down.
    pub collateral: Value,
    /// `W`: the same, each times its liquidation threshold, rounded down.
    pub weighted: Value,
    /// The debt, each part rounded up.
    pub debt: Value,
}

impl<const C: usize, const D: usize> Position<C, D> {
    /// A position in the market's own two assets.
    ///
    /// # Examples
    /// See [`Position::is_healthy`].
    #[must_use]
    pub const fn new(collateral: Amount, debt: Value) -> Position<C, D> {
        Position { collateral, debt, other_collateral: Vec::new(), other_debt: Vec::new() }
    }

    /// With one more collateral.
    ///
    /// # Errors
    /// `C` are there already: [`Error::PositionFull`].
    ///
    /// # Examples
    /// See [`Position::trigger_price_ceil`].
    pub fn with_collateral(mut self, collateral: Collateral) -> Result<Position<C, D>, Error> {
        self.other_collateral.push(collateral).map_err(|_| Error::PositionFull)?;
        Ok(self)
    }

    /// With one more debt.
    ///
    /// # Errors
    /// `D` are there already: [`Error::PositionFull`].
    ///
    /// # Examples
    /// See [`Position`].
    pub fn with_debt(mut self, debt: Debt) -> Result<Position<C, D>, Error> {
        self.other_debt.push(debt).map_err(|_| Error::PositionFull)?;
        Ok(self)
    }

    /// Collateral of the market's own asset, base atoms.
    ///
    /// # Examples
    /// ```
    /// use damper::{health::Position, units::{Amount, Value}};
    /// assert_eq!(Position::<0, 0>::new(Amount::new(7), Value::new(5)).collateral(), Amount::new(7));
    /// ```
    #[must_use]
    pub const fn collateral(&self) -> Amount {
        self.collateral
    }

    /// `V`, `W` and the debt: collateral at the low side of each price and rounded down, debt at the high side and
    /// rounded up. Spec: D10.
    ///
    /// # Errors
    /// A value or a sum at or above 2^128 quote atoms: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::health::Position;
    /// use damper::{parameters::Parameters, price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
    /// let percent = |n: u32| Ratio::from_bps_floor(n * 100);
    /// let parameters = Parameters {
    ///     max_ltv: percent(70)?, liquidation_threshold: percent(75)?, bonus: percent(5)?,
    ///     margin: percent(10)?, auction_buffer: percent(10)?,
    /// };
    /// let band = PriceBand::new(Price::from_decimal_floor(3, 0)?, Price::from_decimal_floor(4, 0)?)?;
    /// // 5 atoms count 15, of which three quarters are 11.25; the rounding is the borrower's loss.
    /// let value = Position::<0, 0>::new(Amount::new(5), Value::new(11)).value(&parameters, band)?;
    /// assert_eq!((value.collateral, value.weighted), (Value::new(15), Value::new(11)));
    /// assert!(value.is_healthy());
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn value(&self, parameters: &Parameters, band: PriceBand) -> Result<Valuation, Error> {
        self.valued(parameters, band).map(|(value, _)| value)
    }

    /// The valuation, and what the collateral of the market's own asset is worth.
    #[inline(always)]
    pub(crate) fn valued(&self, parameters: &Parameters, band: PriceBand) -> Result<(Valuation, Value), Error> {
        let (collateral, weighted, own) =
            self.collateral_value(band, parameters.liquidation_threshold, |other| other.liquidation_threshold)?;
        Ok((Valuation { collateral, weighted, debt: self.debt_value()? }, own))
    }

    /// Whether the weighted collateral covers the debt, `W >= debt`: [`Position::value`] and [`Valuation::is_healthy`],
    /// without the values. Spec: D10.
    ///
    /// # Errors
    /// A value or a sum at or above 2^128 quote atoms: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::health::Position;
    /// use damper::{parameters::Parameters, price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
    /// let part = Ratio::from_fraction_floor;
    /// let parameters = Parameters {
    ///     max_ltv: part(1, 2)?, liquidation_threshold: part(3, 4)?, bonus: part(1, 16)?,
    ///     margin: part(1, 16)?, auction_buffer: part(1, 16)?,
    /// };
    /// let price = |whole| Price::from_fraction_floor(whole, 1);
    ///
    /// // Ten atoms at 4 count 30 of 40.
    /// let position = |debt| Position::<0, 0>::new(Amount::new(10), Value::new(debt));
    /// assert!(position(30).is_healthy(&parameters, PriceBand::exact(price(4)?))?);
    /// assert!(!position(31).is_healthy(&parameters, PriceBand::exact(price(4)?))?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn is_healthy(&self, parameters: &Parameters, band: PriceBand) -> Result<bool, Error> {
        let (_, weighted, _) =
            self.collateral_value(band, parameters.liquidation_threshold, |other| other.liquidation_threshold)?;
        Ok(weighted >= self.debt_value()?)
    }

    /// Whether the position may owe `more` beyond its present debt: the sum of collateral values times their max LTV,
    /// rounded down, is at least the debt with `more`. Spec: D10.
    ///
    /// # Errors
    /// A value or a sum at or above 2^128 quote atoms: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::health::Position;
    /// use damper::{parameters::Parameters, price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
    /// let part = Ratio::from_fraction_floor;
    /// let parameters = Parameters {
    ///     max_ltv: part(1, 2)?, liquidation_threshold: part(3, 4)?, bonus: part(1, 16)?,
    ///     margin: part(1, 16)?, auction_buffer: part(1, 16)?,
    /// };
    /// let price = |whole| Price::from_fraction_floor(whole, 1);
    ///
    /// // Ten atoms at 4 to 5 give credit for half of 40; ten are owed already.
    /// let (position, band) = (Position::<0, 0>::new(Amount::new(10), Value::new(10)), PriceBand::new(price(4)?, price(5)?)?);
    /// assert!(position.may_borrow(&parameters, band, Value::new(10))?);
    /// assert!(!position.may_borrow(&parameters, band, Value::new(11))?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn may_borrow(&self, parameters: &Parameters, band: PriceBand, more: Value) -> Result<bool, Error> {
        let (_, credit, _) = self.collateral_value(band, parameters.max_ltv, |other| other.max_ltv)?;
        Ok(credit >= self.debt_value()?.checked_add(more)?)
    }

    /// The most that the position may owe beyond its present debt, rounded down: [`Position::may_borrow`] permits it, and not
    /// an atom more. Zero if it owes as much already; and if it owes more, where not even zero
    /// is permitted. Spec: D10.
    ///
    /// # Errors
    /// A value or a sum at or above 2^128 quote atoms: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::health::Position;
    /// use damper::{parameters::Parameters, price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
    /// let part = Ratio::from_fraction_floor;
    /// let parameters = Parameters {
    ///     max_ltv: part(1, 2)?, liquidation_threshold: part(3, 4)?, bonus: part(1, 16)?,
    ///     margin: part(1, 16)?, auction_buffer: part(1, 16)?,
    /// };
    /// let band = PriceBand::exact(Price::from_fraction_floor(3, 1)?);
    /// // Five atoms at 3 give credit for half of 15: 7.5, rounded down.
    /// let position = |debt| Position::<0, 0>::new(Amount::new(5), Value::new(debt));
    /// assert_eq!(position(3).max_borrow_floor(&parameters, band)?, Value::new(4));
    /// // Eight owed is an atom too much, and there is no room either.
    /// assert_eq!(position(8).max_borrow_floor(&parameters, band)?, Value::ZERO);
    /// assert!(!position(8).may_borrow(&parameters, band, Value::ZERO)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn max_borrow_floor(&self, parameters: &Parameters, band: PriceBand) -> Result<Value, Error> {
        let (_, credit, _) = self.collateral_value(band, parameters.max_ltv, |other| other.max_ltv)?;
        Ok(credit.excess_over(self.debt_value()?))
    }

    /// The price of the market's own collateral below which the position is unhealthy, all other prices as they are:
    /// `W >= debt` exactly at prices (low sides) from it on. Rounded up; `None` if no price makes it unhealthy.
    ///
    /// [`trigger_price_ceil`] of the debt that other collaterals leave uncovered. Spec: D16.
    ///
    /// # Errors
    /// A value or a sum at or above 2^128 quote atoms: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::health::{Collateral, Position};
    /// use damper::{parameters::Parameters, price::{Price, PriceBand}, ratio::Ratio, units::{Amount, Value}};
    /// let part = Ratio::from_fraction_floor;
    /// let parameters = Parameters {
    ///     max_ltv: part(1, 2)?, liquidation_threshold: part(3, 4)?, bonus: part(1, 16)?,
    ///     margin: part(1, 16)?, auction_buffer: part(1, 16)?,
    /// };
    /// let price = |whole| Price::from_fraction_floor(whole, 1);
    ///
    /// // A debt of 30 needs 40 of collateral: ten atoms at 4.
    /// let position = Position::<1, 0>::new(Amount::new(10), Value::new(30));
    /// assert_eq!(position.trigger_price_ceil(&parameters)?, Some(price(4)?));
    /// // 20 atoms of another asset at 1 count 15; the ten must cover the other 15.
    /// let other = Collateral::new(Amount::new(20), PriceBand::exact(price(1)?), &parameters)?;
    /// assert_eq!(position.with_collateral(other)?.trigger_price_ceil(&parameters)?, Some(price(2)?));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn trigger_price_ceil(&self, parameters: &Parameters) -> Result<Option<Price>, Error> {
        // The market's own collateral counts nothing here.
        let band = PriceBand::exact(Price::MIN);
        let (_, others, _) = self.collateral_value(band, Ratio::ZERO, |other| other.liquidation_threshold)?;
        let uncovered = self.debt_value()?.excess_over(others);
        trigger_price_ceil(self.collateral, uncovered, parameters.liquidation_threshold)
    }

    /// Plain and weighted value of all collateral, and the plain value of the market's own.
    #[inline(always)]
    fn collateral_value(
        &self,
        band: PriceBand,
        own: Ratio,
        other: fn(&Collateral) -> Ratio,
    ) -> Result<(Value, Value, Value), Error> {
        let alone = band.low().value_floor(self.collateral)?;
        let (mut plain, mut weighted) = (alone, alone.mul_floor(own)?);
        // Without room for others there is no loop.
        if C == 0 {
            return Ok((plain, weighted, alone));
        }
        for more in &self.other_collateral {
            let value = more.price.value_floor(more.amount)?;
            plain = plain.checked_add(value)?;
            weighted = weighted.checked_add(value.mul_floor(other(more))?)?;
        }
        Ok((plain, weighted, alone))
    }

    #[inline(always)]
    fn debt_value(&self) -> Result<Value, Error> {
        let mut sum = self.debt;
        if D == 0 {
            return Ok(sum);
        }
        for debt in &self.other_debt {
            sum = sum.checked_add(debt.price.value_ceil(debt.amount)?)?;
        }
        Ok(sum)
    }
}

impl Valuation {
    /// Whether the weighted collateral covers the debt, `W >= debt`. A position without debt is healthy.
    ///
    /// # Examples
    /// See [`Position::value`].
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.weighted >= self.debt
    }

    /// The health factor `W / debt`, rounded down; `None` without debt. For display: decisions compare.
    ///
    /// # Errors
    /// 65,536 or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{health::Valuation, ratio::Ratio, units::Value};
    /// let value = Valuation { collateral: Value::new(4), weighted: Value::new(2), debt: Value::new(3) };
    /// // 2/3 is no binary fraction: the factor is below it.
    /// assert_eq!(value.health_factor_floor()?, Some(Ratio::from_fraction_floor(2, 3)?));
    /// assert!(value.health_factor_floor()? < Some(Ratio::from_fraction_ceil(2, 3)?));
    /// assert_eq!(Valuation { debt: Value::ZERO, ..value }.health_factor_floor()?, None);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn health_factor_floor(&self) -> Result<Option<Ratio>, Error> {
        if self.debt.is_zero() { Ok(None) } else { self.weighted.ratio_floor(self.debt).map(Some) }
    }

    /// The loan-to-value ratio `debt / V`, rounded up; zero without debt. For display: decisions compare.
    ///
    /// # Errors
    /// Debt without collateral: [`Error::DivisionByZero`]. Above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, health::Valuation, ratio::Ratio, units::Value};
    /// let value = Valuation { collateral: Value::new(3), weighted: Value::new(2), debt: Value::new(1) };
    /// // 1/3 is no binary fraction: the ratio is above it.
    /// assert_eq!(value.ltv_ceil()?, Ratio::from_fraction_ceil(1, 3)?);
    /// assert!(value.ltv_ceil()? > Ratio::from_fraction_floor(1, 3)?);
    /// assert_eq!(Valuation { debt: Value::ZERO, ..value }.ltv_ceil()?, Ratio::ZERO);
    /// assert_eq!(Valuation { collateral: Value::ZERO, ..value }.ltv_ceil(), Err(Error::DivisionByZero));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn ltv_ceil(&self) -> Result<Ratio, Error> {
        if self.debt.is_zero() { Ok(Ratio::ZERO) } else { self.debt.ratio_ceil(self.collateral) }
    }
}

form!(Collateral { amount: Amount, price: Price, max_ltv: Ratio, liquidation_threshold: Ratio } if |collateral| {
    collateral.liquidation_threshold < Ratio::ONE && collateral.max_ltv < collateral.liquidation_threshold
}, "a `liquidation_threshold` below 1 and above `max_ltv`");
form!(Debt { amount: Amount, price: Price });
form!(Valuation { collateral: Value, weighted: Value, debt: Value });
