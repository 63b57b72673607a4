//! `Price`: quote atoms per base atom, with the same relative precision over the whole range of token pairs.

use crate::bytes::{Reader, Stored, Writer, stored, stored_array};
use crate::error::Error;
use crate::forms::{form, number};
use crate::num::{mul_shr_ceil, mul_shr_floor, shr_floor};
use crate::ratio::{Ratio, fixed_from_bits, non_negative_bits, shl_exact};
use crate::reduced::{Reduced, TOP, decimal, quotient, reduce};
use crate::units::{Amount, Value};
use crate::wide::U256;
use crate::word::{self, div_rem, join, product, shl, split};
use core::cmp::Ordering;
use fixed::traits::Fixed;
use fixed::types::U1F63;

/// A positive price in quote atoms per base atom: `significand * 2^exponent`, the significand in `[1, 2)` with 63
/// fractional bits, the exponent in -128 to 127.
///
/// A token of 18 decimals at 1e-5 quoted in 6 decimals is 1e-17 quote atoms per base atom; one of 8 decimals at 1e6
/// quoted in 18 decimals is 1e16. The two are 110 bits apart, and 30 bits of precision are wanted at the small end: no
/// one 128-bit scale holds both. A binary exponent does, with a relative step of at most 2^-63 (1.1e-19) everywhere.
/// To show a price, value one whole token with [`Price::value_floor`]. Spec: N4.
///
/// # Examples
/// ```
/// use damper::{price::Price, units::{Amount, Value}};
/// // 2,000.5 USD for a token of 18 decimals, in a quote of 6 decimals.
/// let price = Price::from_decimal_floor(20_005, -1 + 6 - 18)?;
/// assert_eq!(price.value_floor(Amount::new(10_u128.pow(18)))?, Value::new(2_000_499_999));
/// assert_eq!(price.value_ceil(Amount::new(10_u128.pow(18)))?, Value::new(2_000_500_000));
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct Price {
    // In -128 to 127, so that no sum of it and a few bits wraps. Machines compare and copy whole words, and the size of the
    // struct is the same.
    exponent: i32,
    significand: U1F63,
}

/// The numeric order: that of the exponents, then of the significands.
impl Ord for Price {
    #[inline]
    fn cmp(&self, other: &Price) -> Ordering {
        self.exponent.cmp(&other.exponent).then(self.significand.cmp(&other.significand))
    }
    #[inline(always)]
    fn max(self, other: Price) -> Price {
        if self < other { other } else { self }
    }
    #[inline(always)]
    fn min(self, other: Price) -> Price {
        if other < self { other } else { self }
    }
}

/// Written out, because what is derived compares twice.
impl PartialOrd for Price {
    fn partial_cmp(&self, other: &Price) -> Option<Ordering> {
        Some(self.cmp(other))
    }
    fn lt(&self, other: &Price) -> bool {
        self.below(*other)
    }
    fn gt(&self, other: &Price) -> bool {
        other.below(*self)
    }
    fn le(&self, other: &Price) -> bool {
        !other.below(*self)
    }
    fn ge(&self, other: &Price) -> bool {
        !self.below(*other)
    }
}

/// Decimals of a token: one whole token is `10^decimals` atoms.
///
/// # Examples
/// See [`Price::band_from_pyth`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Decimals {
    /// Of the asset that is sold.
    pub base: u8,
    /// Of the asset that the price is in.
    pub quote: u8,
}

/// Both sides of a price on which decisions are taken: collateral counts at `low`, debt at `high`.
///
/// # Examples
/// See [`PriceBand::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PriceBand {
    low: Price,
    high: Price,
}

impl PriceBand {
    /// A band from its two sides.
    ///
    /// # Errors
    /// `low` above `high`: [`Error::BandInverted`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, price::{Price, PriceBand}};
    /// let (low, high) = (Price::from_decimal_floor(99, 0)?, Price::from_decimal_floor(101, 0)?);
    /// let band = PriceBand::new(low, high)?;
    /// assert_eq!((band.low(), band.high()), (low, high));
    /// assert_eq!(PriceBand::new(high, low), Err(Error::BandInverted));
    /// assert_eq!(PriceBand::new(low, low)?, PriceBand::exact(low));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn new(low: Price, high: Price) -> Result<PriceBand, Error> {
        if low > high { Err(Error::BandInverted) } else { Ok(PriceBand { low, high }) }
    }

    /// A band of no width.
    ///
    /// # Examples
    /// See [`PriceBand::new`].
    #[must_use]
    pub const fn exact(price: Price) -> PriceBand {
        PriceBand { low: price, high: price }
    }

    /// The side at which collateral is valued and sold.
    ///
    /// # Examples
    /// See [`PriceBand::new`].
    #[must_use]
    pub const fn low(self) -> Price {
        self.low
    }

    /// The side at which debt is valued, and from which an auction starts.
    ///
    /// # Examples
    /// See [`PriceBand::new`].
    #[must_use]
    pub const fn high(self) -> Price {
        self.high
    }

    /// The width relative to the high side, `(high - low) / high`, rounded up.
    ///
    /// # Examples
    /// ```
    /// use damper::{price::{Price, PriceBand}, ratio::Ratio};
    /// let band = PriceBand::new(Price::from_decimal_floor(3, 0)?, Price::from_decimal_floor(4, 0)?)?;
    /// assert_eq!(band.width_ceil(), Ratio::from_fraction_ceil(1, 4)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn width_ceil(self) -> Ratio {
        // low <= high, so the quotient is at most one and neither call can fail.
        match self.low.ratio_floor(self.high) {
            Ok(share) => Ratio::ONE.excess_over(share),
            Err(_) => Ratio::ONE,
        }
    }
}

impl Price {
    /// The smallest price, 2^-128.
    ///
    /// # Examples
    /// ```
    /// use damper::price::Price;
    /// // 2^127 atoms at the smallest price are half a quote atom.
    /// assert_eq!(Price::MIN.value_ceil(damper::units::Amount::new(1 << 127))?, damper::units::Value::new(1));
    /// assert!(Price::MIN < Price::MAX);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub const MIN: Price = Price { exponent: -128, significand: U1F63::from_bits(TOP) };
    /// The largest price, just below 2^128.
    ///
    /// # Examples
    /// ```
    /// use damper::{price::Price, units::{Amount, Value}};
    /// // (2^64 - 1) 2^64.
    /// assert_eq!(Price::MAX.value_floor(Amount::new(1))?, Value::new(u128::MAX << 64));
    /// assert_eq!(Price::MAX.value_floor(Amount::new(2)), Err(damper::Error::Overflow));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub const MAX: Price = Price { exponent: 127, significand: U1F63::from_bits(u64::MAX) };

    /// A price from its stored words.
    ///
    /// # Errors
    /// The significand's top bit is clear: [`Error::PriceNotNormalised`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, price::Price};
    /// // 3 = 1.5 * 2^1, and 1.5 * 2^63 has its top bit set.
    /// assert_eq!(Price::from_decimal_floor(3, 0)?.to_parts(), (1, 3 << 62));
    /// assert_eq!(Price::from_parts(1, 3 << 62)?, Price::from_decimal_floor(3, 0)?);
    /// assert_eq!(Price::from_parts(1, 3 << 61), Err(Error::PriceNotNormalised));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[expect(clippy::as_conversions, reason = "widening, in a const function")]
    pub const fn from_parts(exponent: i8, significand_bits: u64) -> Result<Price, Error> {
        if significand_bits < TOP {
            return Err(Error::PriceNotNormalised);
        }
        Ok(Price { exponent: exponent as i32, significand: U1F63::from_bits(significand_bits) })
    }

    /// The stored words, exponent and significand times 2^63.
    ///
    /// # Examples
    /// See [`Price::from_parts`].
    #[must_use]
    #[expect(clippy::as_conversions, reason = "no exponent has more than eight bits")]
    pub const fn to_parts(self) -> (i8, u64) {
        (self.exponent as i8, self.significand.to_bits())
    }

    /// `numerator / denominator` quote atoms per base atom, rounded down. Every quotient of two `u128` is in range.
    ///
    /// # Errors
    /// `numerator` zero: [`Error::PriceZero`]. `denominator` zero: [`Error::DivisionByZero`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, price::Price};
    /// assert_eq!(Price::from_fraction_floor(5, 2)?, Price::from_decimal_floor(25, -1)?);
    /// // 1/3 = 4/3 * 2^-2, and 4/3 * 2^63 = 12,297,829,382,473,034,410.67
    /// assert_eq!(Price::from_fraction_floor(1, 3)?.to_parts(), (-2, 12_297_829_382_473_034_410));
    /// assert_eq!(Price::from_fraction_ceil(1, 3)?.to_parts(), (-2, 12_297_829_382_473_034_411));
    /// assert_eq!(Price::from_fraction_floor(0, 3), Err(Error::PriceZero));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn from_fraction_floor(numerator: u128, denominator: u128) -> Result<Price, Error> {
        Price::floor(&quotient(numerator, denominator)?)
    }

    /// `numerator / denominator` quote atoms per base atom, rounded up.
    ///
    /// # Errors
    /// `numerator` zero: [`Error::PriceZero`]. `denominator` zero: [`Error::DivisionByZero`]. Rounds up to 2^128:
    /// [`Error::PriceOutOfRange`].
    ///
    /// # Examples
    /// See [`Price::from_fraction_floor`].
    pub fn from_fraction_ceil(numerator: u128, denominator: u128) -> Result<Price, Error> {
        Price::ceil(&quotient(numerator, denominator)?)
    }

    /// `mantissa * 10^exponent` quote atoms per base atom, rounded down.
    ///
    /// An 18-decimal integer (CosmWasm `Decimal`) in whole tokens is
    /// `from_decimal_floor(wad, -18 + quote_decimals - base_decimals)`.
    ///
    /// # Errors
    /// `mantissa` zero: [`Error::PriceZero`]. `exponent` outside -38 to 38: [`Error::DecimalExponent`]. Result at or
    /// above 2^128: [`Error::PriceOutOfRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::price::Price;
    /// use damper::units::{Amount, Value};
    /// // 194.6 dollars for a token of 18 decimals, in one of 6: `1946 * 10^(-1 + 6 - 18)`.
    /// let price = Price::from_decimal_floor(1_946, -1 + 6 - 18)?;
    /// let token = Amount::new(1_000_000_000_000_000_000);
    /// assert_eq!((price.value_floor(token)?, price.value_ceil(token)?), (Value::new(194_599_999), Value::new(194_600_000)));
    /// // The other direction: how much a dollar buys.
    /// assert_eq!(price.amount_floor(Value::new(1_000_000))?, Amount::new(5_138_746_145_940_390));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn from_decimal_floor(mantissa: u128, exponent: i32) -> Result<Price, Error> {
        Price::floor(&decimal(mantissa, exponent)?)
    }

    /// `mantissa * 10^exponent` quote atoms per base atom, rounded up. Errors as [`Price::from_decimal_floor`].
    ///
    /// # Errors
    /// As [`Price::from_decimal_floor`].
    ///
    /// # Examples
    /// ```
    /// use damper::price::Price;
    /// // 0.1 = 1.6 * 2^-4, and 1.6 * 2^63 = 14,757,395,258,967,641,292.8
    /// assert_eq!(Price::from_decimal_floor(1, -1)?.to_parts(), (-4, 14_757_395_258_967_641_292));
    /// assert_eq!(Price::from_decimal_ceil(1, -1)?.to_parts(), (-4, 14_757_395_258_967_641_293));
    /// assert_eq!(Price::from_decimal_ceil(5, 1)?, Price::from_decimal_floor(5, 1)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn from_decimal_ceil(mantissa: u128, exponent: i32) -> Result<Price, Error> {
        Price::ceil(&decimal(mantissa, exponent)?)
    }

    /// A Pyth price, `price * 10^expo` whole quote tokens per whole base token, as a band of `confidence` either side:
    /// low side rounded down, high side rounded up.
    ///
    /// # Errors
    /// `price` negative: [`Error::NegativeInput`]. `price - confidence` zero or less: [`Error::PriceZero`].
    /// `expo + quote - base` decimals outside -38 to 38: [`Error::DecimalExponent`]. Result at or above 2^128:
    /// [`Error::PriceOutOfRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::price::{Decimals, Price};
    /// // 194.6 USD +- 0.1, token of 18 decimals, quote of 6.
    /// let band = Price::band_from_pyth(19_460_000_000, 10_000_000, -8, Decimals { base: 18, quote: 6 })?;
    /// assert_eq!(band.low(), Price::from_decimal_floor(1_945, -13)?);
    /// assert_eq!(band.high(), Price::from_decimal_ceil(1_947, -13)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn band_from_pyth(price: i64, confidence: u64, expo: i32, decimals: Decimals) -> Result<PriceBand, Error> {
        let mid = u64::try_from(price).map_err(|_| Error::NegativeInput)?;
        let low = mid.checked_sub(confidence).ok_or(Error::PriceZero)?;
        let high = u128::from(mid).saturating_add(u128::from(confidence));
        let exponent = expo
            .checked_add(i32::from(decimals.quote))
            .and_then(|sum| sum.checked_sub(i32::from(decimals.base)))
            .ok_or(Error::DecimalExponent)?;
        PriceBand::new(Price::from_decimal_floor(u128::from(low), exponent)?, Price::from_decimal_ceil(high, exponent)?)
    }

    /// Any positive number of the `fixed` crate, rounded down.
    ///
    /// # Errors
    /// Negative: [`Error::NegativeInput`]. Zero: [`Error::PriceZero`].
    ///
    /// # Examples
    /// ```
    /// use damper::price::Price;
    /// use fixed::types::{U96F32, U128F0};
    /// assert_eq!(Price::from_fixed_floor(U96F32::from_num(2.5))?, Price::from_decimal_floor(25, -1)?);
    /// // A price has 64 digits: `2^64 + 1` is between `2^64` and `2^64 + 2`.
    /// let between = U128F0::from_bits((1 << 64) + 1);
    /// assert_eq!(Price::from_fixed_floor(between)?, Price::from_fixed_floor(U128F0::from_bits(1 << 64))?);
    /// assert_eq!(Price::from_fixed_ceil(between)?, Price::from_fixed_floor(U128F0::from_bits((1 << 64) + 2))?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn from_fixed_floor<F>(number: F) -> Result<Price, Error>
    where
        F: Fixed,
        u128: TryFrom<F::Bits>,
    {
        Price::floor(&reduce(non_negative_bits(number)?, F::FRAC_NBITS)?)
    }

    /// Any positive number of the `fixed` crate, rounded up.
    ///
    /// # Errors
    /// Negative: [`Error::NegativeInput`]. Zero: [`Error::PriceZero`]. Rounds up to 2^128:
    /// [`Error::PriceOutOfRange`].
    ///
    /// # Examples
    /// See [`Price::from_fixed_floor`].
    pub fn from_fixed_ceil<F>(number: F) -> Result<Price, Error>
    where
        F: Fixed,
        u128: TryFrom<F::Bits>,
    {
        Price::ceil(&reduce(non_negative_bits(number)?, F::FRAC_NBITS)?)
    }

    /// The price as a number of the `fixed` crate, rounded down (a small price may become zero).
    ///
    /// # Errors
    /// The target cannot hold it: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::price::Price;
    /// use fixed::types::U96F32;
    /// let third = Price::from_fraction_floor(1, 3)?;
    /// assert_eq!(Price::from_decimal_floor(25, -1)?.to_fixed_floor::<U96F32>()?, U96F32::from_num(2.5));
    /// // A third has more digits than fit.
    /// assert_eq!(third.to_fixed_ceil::<U96F32>()? - third.to_fixed_floor::<U96F32>()?, U96F32::DELTA);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn to_fixed_floor<F>(self) -> Result<F, Error>
    where
        F: Fixed,
        F::Bits: TryFrom<u128>,
    {
        fixed_from_bits(self.times_floor(1, F::FRAC_NBITS)?)
    }

    /// The price as a number of the `fixed` crate, rounded up.
    ///
    /// # Errors
    /// The target cannot hold it: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Price::to_fixed_floor`].
    pub fn to_fixed_ceil<F>(self) -> Result<F, Error>
    where
        F: Fixed,
        F::Bits: TryFrom<u128>,
    {
        fixed_from_bits(self.times_ceil(1, F::FRAC_NBITS)?)
    }

    /// The value of an amount, `floor(amount * self)`: for collateral and for what a seller receives.
    ///
    /// # Errors
    /// At or above 2^128 quote atoms: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{price::Price, units::{Amount, Value}};
    /// let price = Price::from_fraction_floor(5, 2)?;
    /// assert_eq!((price.value_floor(Amount::new(3))?, price.value_ceil(Amount::new(3))?), (Value::new(7), Value::new(8)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[inline(always)]
    pub fn value_floor(self, amount: Amount) -> Result<Value, Error> {
        self.times_floor(amount.get(), 0).map(Value::new)
    }

    /// The value of an amount, `ceil(amount * self)`: for debt and for what a taker pays.
    ///
    /// # Errors
    /// At or above 2^128 quote atoms: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Price::value_floor`].
    #[inline(always)]
    pub fn value_ceil(self, amount: Amount) -> Result<Value, Error> {
        self.times_ceil(amount.get(), 0).map(Value::new)
    }

    /// The largest amount worth at most `value`, `floor(value / self)`.
    ///
    /// # Errors
    /// At or above 2^128 base atoms: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{price::Price, units::{Amount, Value}};
    /// // At 2.5 seven quote atoms buy two base atoms, and two are left over; who must pay seven gives three.
    /// let price = Price::from_fraction_floor(5, 2)?;
    /// assert_eq!((price.amount_floor(Value::new(7))?, price.amount_ceil(Value::new(7))?), (Amount::new(2), Amount::new(3)));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn amount_floor(self, value: Value) -> Result<Amount, Error> {
        self.amount(value).map(|(amount, _)| amount)
    }

    /// The smallest amount worth at least `value`, `ceil(value / self)`.
    ///
    /// # Errors
    /// At or above 2^128 base atoms: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Price::amount_floor`].
    pub fn amount_ceil(self, value: Value) -> Result<Amount, Error> {
        match self.amount(value)? {
            (amount, true) => Ok(amount),
            (amount, false) => amount.checked_add(Amount::new(1)),
        }
    }

    /// `self * factor`, rounded down.
    ///
    /// # Errors
    /// `factor` zero: [`Error::PriceZero`]. Outside the range: [`Error::PriceOutOfRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::{price::Price, ratio::Ratio};
    /// let (price, part) = (|whole: u128| Price::from_decimal_floor(whole, 0), Ratio::from_fraction_floor);
    /// assert_eq!(price(80)?.scale_floor(part(3, 4)?)?, price(60)?);
    /// // A third is rounded down as a ratio already; the price then is too.
    /// let third = price(90)?.scale_floor(part(1, 3)?)?;
    /// assert!(third < price(30)? && third > Price::from_decimal_floor(2_999_999, -5)?);
    /// assert_eq!(price(80)?.scale_floor(Ratio::ZERO), Err(damper::Error::PriceZero));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn scale_floor(self, factor: Ratio) -> Result<Price, Error> {
        Price::floor(&self.scaled(factor)?)
    }

    /// `self * factor`, rounded up. A product above `2^-128 (1 - 2^-64)` is not below the range: it rounds up into it.
    ///
    /// # Errors
    /// `factor` zero: [`Error::PriceZero`]. Outside the range: [`Error::PriceOutOfRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::{price::Price, ratio::Ratio};
    /// // One and a half times 2^63 + 1 is 3 * 2^62 + 1.5.
    /// let (price, factor) = (Price::from_parts(0, (1 << 63) + 1)?, Ratio::from_fraction_floor(3, 2)?);
    /// assert_eq!(price.scale_floor(factor)?, Price::from_parts(0, (3 << 62) + 1)?);
    /// assert_eq!(price.scale_ceil(factor)?, Price::from_parts(0, (3 << 62) + 2)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn scale_ceil(self, factor: Ratio) -> Result<Price, Error> {
        Price::ceil(&self.scaled(factor)?)
    }

    /// `self / factor`, rounded down.
    ///
    /// # Errors
    /// `factor` zero: [`Error::DivisionByZero`]. Outside the range: [`Error::PriceOutOfRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::{price::Price, ratio::Ratio};
    /// let price = |whole: u128| Price::from_decimal_floor(whole, 0);
    /// assert_eq!(price(60)?.div_floor(Ratio::from_fraction_floor(3, 4)?)?, price(80)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn div_floor(self, factor: Ratio) -> Result<Price, Error> {
        let Reduced { exponent, significand, .. } = quotient(self.significand_bits(), factor.wide())?;
        // s 2^(e - 63) over f 2^-48.
        Price::in_range(exponent.wrapping_add(self.exponent).wrapping_sub(15), significand)
    }

    /// `self / factor`, rounded up: the least price that times `factor` is at least `self`.
    ///
    /// # Errors
    /// `factor` zero: [`Error::DivisionByZero`]. Outside the range, into which what is less than a step below it is rounded
    /// up: [`Error::PriceOutOfRange`].
    ///
    /// # Examples
    /// ```
    /// use damper::{price::Price, ratio::Ratio};
    /// // Who keeps three quarters of the proceeds and needs 60 must sell at 80; of 61 at 81.3.
    /// let (price, kept) = (|whole: u128| Price::from_decimal_floor(whole, 0), Ratio::from_fraction_floor(3, 4)?);
    /// assert_eq!(price(60)?.div_ceil(kept)?, price(80)?);
    /// let least = price(61)?.div_ceil(kept)?;
    /// assert!(least.scale_floor(kept)? >= price(61)? && price(61)?.div_floor(kept)? < least);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn div_ceil(self, factor: Ratio) -> Result<Price, Error> {
        let Reduced { exponent, significand, inexact } = quotient(self.significand_bits(), factor.wide())?;
        let exponent = exponent.wrapping_add(self.exponent).wrapping_sub(15);
        Price::ceil(&Reduced { exponent, significand, inexact })
    }

    /// `self / other`, rounded down.
    ///
    /// # Errors
    /// 65,536 or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{price::Price, ratio::Ratio};
    /// let price = |whole: u128| Price::from_decimal_floor(whole, 0);
    /// assert_eq!(price(60)?.ratio_floor(price(90)?)?, Ratio::from_fraction_floor(2, 3)?);
    /// assert_eq!(price(60)?.ratio_ceil(price(90)?)?, Ratio::from_fraction_ceil(2, 3)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn ratio_floor(self, other: Price) -> Result<Ratio, Error> {
        if self.exponent == other.exponent {
            return Ok(Ratio::from_bits(self.near_quotient_bits(other).0));
        }
        let (up, down) = self.exponent_gap(other);
        let (floor, _) = self.quotient_bits(other, up)?;
        Ok(Ratio::from_bits(floor.checked_shr(down).unwrap_or(0)))
    }

    /// `self / other`, rounded up.
    ///
    /// # Errors
    /// Above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Price::ratio_floor`].
    pub fn ratio_ceil(self, other: Price) -> Result<Ratio, Error> {
        if self.exponent == other.exponent {
            let (floor, exact) = self.near_quotient_bits(other);
            // Below 2^49.
            return Ok(Ratio::from_bits(if exact { floor } else { floor.wrapping_add(1) }));
        }
        self.far_ratio_ceil(other)
    }

    #[inline(never)]
    fn far_ratio_ceil(self, other: Price) -> Result<Ratio, Error> {
        let (up, down) = self.exponent_gap(other);
        let (floor, exact) = self.quotient_bits(other, up)?;
        // The ceiling of a ceiling over an integer is the ceiling of the whole, and that of n / 2^k is one above the floor
        // of (n - 1) / 2^k. The floor here is at least 2^47, so n is not zero.
        let below = if exact { floor.wrapping_sub(1) } else { floor };
        below.checked_shr(down).unwrap_or(0).checked_add(1).map(Ratio::from_bits).ok_or(Error::Overflow)
    }

    /// The drawdown from a reference down to this price, `(reference - self) / reference`, rounded down; zero when the
    /// price is not below the reference.
    ///
    /// Under-states the fall, so that a fall never earns more than it is. Spec: D3.
    ///
    /// # Examples
    /// ```
    /// use damper::{price::Price, ratio::Ratio};
    /// let (reference, low) = (Price::from_decimal_floor(3, 0)?, Price::from_decimal_floor(2, 0)?);
    /// assert_eq!(low.drawdown_floor(reference), Ratio::from_fraction_floor(1, 3)?);
    /// assert_eq!(reference.drawdown_floor(low), Ratio::ZERO);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn drawdown_floor(self, reference: Price) -> Ratio {
        match self.ratio_ceil(reference) {
            Ok(share) => Ratio::ONE.excess_over(share),
            Err(_) => Ratio::ZERO,
        }
    }

    fn floor(reduced: &Reduced) -> Result<Price, Error> {
        Price::in_range(reduced.exponent, reduced.significand)
    }

    fn ceil(reduced: &Reduced) -> Result<Price, Error> {
        let (significand, carry) = match (reduced.inexact, reduced.significand.checked_add(1)) {
            (false, _) => (reduced.significand, 0),
            (true, Some(up)) => (up, 0),
            (true, None) => (TOP, 1),
        };
        Price::in_range(reduced.exponent.wrapping_add(carry), significand)
    }

    fn in_range(exponent: i32, significand: u64) -> Result<Price, Error> {
        if !(-128..=127).contains(&exponent) || significand < TOP {
            return Err(Error::PriceOutOfRange);
        }
        Ok(Price { exponent, significand: U1F63::from_bits(significand) })
    }

    #[inline(always)]
    const fn below(self, other: Price) -> bool {
        if self.exponent == other.exponent {
            self.significand.to_bits() < other.significand.to_bits()
        } else {
            self.exponent < other.exponent
        }
    }

    fn significand_bits(self) -> u128 {
        u128::from(self.significand.to_bits())
    }

    /// `max(0, e1 - e2)` and `max(0, e2 - e1)`.
    fn exponent_gap(self, other: Price) -> (u32, u32) {
        let gap = self.exponent.abs_diff(other.exponent);
        if self.exponent >= other.exponent { (gap, 0) } else { (0, gap) }
    }

    /// `floor(s1 * 2^48 / s2)` and whether the division is exact.
    #[inline(always)]
    fn near_quotient_bits(self, other: Price) -> (u64, bool) {
        let (dividend, divisor) = (self.significand.to_bits(), other.significand.to_bits());
        let low = dividend << 48;
        // 2^48 is below a significand.
        let floor = word::normal_quotient(dividend >> 16, low, divisor);
        // The remainder has a word: it is zero if its low word is.
        (floor, floor.wrapping_mul(divisor) == low)
    }

    /// `floor(s1 * 2^(48 + up) / s2)` and whether the division is exact.
    fn quotient_bits(self, other: Price, up: u32) -> Result<(u64, bool), Error> {
        let (dividend, divisor) = (self.significand.to_bits(), other.significand.to_bits());
        // A gap of 17 makes the quotient at least 2^16; up to 16 the dividend keeps to 128 bits.
        let down = 16_u32.checked_sub(up).ok_or(Error::Overflow)?;
        let (high, low) = (dividend >> (down & 63), dividend.checked_shl(64_u32.saturating_sub(down)).unwrap_or(0));
        // The quotient has more than a word exactly then; a gap of at least 16 is needed for it.
        if high >= divisor {
            return Err(Error::Overflow);
        }
        let floor = word::normal_quotient(high, low, divisor);
        Ok((floor, floor.wrapping_mul(divisor) == low))
    }

    /// `self` compared with `other * factor`, exact, for a factor above zero.
    ///
    /// With `k = 48 + e1 - e2` the comparison is of `s1 2^k` with `s2 factor`, which is below 2^128: both are integers for
    /// `k` in 0 to 64. Above 64 the left side is 2^128 or more. Below 0 it is below 2^63, and the right side is not.
    #[inline(always)]
    pub(crate) fn cmp_times(self, other: Price, factor: Ratio) -> Ordering {
        let bits = self.significand.to_bits();
        let left = match self.exponent.wrapping_sub(other.exponent).wrapping_add(48) {
            up @ 1..=63 => split(shl(bits, up.unsigned_abs())),
            0 => (0, bits),
            64 => (bits, 0),
            65.. => return Ordering::Greater,
            _ => return Ordering::Less,
        };
        left.cmp(&split(product(other.significand.to_bits(), factor.to_bits())))
    }

    /// `floor(number * self * 2^frac)`.
    #[inline(always)]
    fn times_floor(self, number: u128, frac: u32) -> Result<u128, Error> {
        match self.right_shift(frac) {
            Ok(down) => mul_shr_floor(number, self.significand.to_bits(), down),
            Err(up) => self.times_up(number, up),
        }
    }

    /// `ceil(number * self * 2^frac)`.
    #[inline(always)]
    fn times_ceil(self, number: u128, frac: u32) -> Result<u128, Error> {
        match self.right_shift(frac) {
            Ok(down) => mul_shr_ceil(number, self.significand.to_bits(), down),
            Err(up) => self.times_up(number, up),
        }
    }

    /// By how much `number * significand` is shifted: down, or as an error up.
    #[inline(always)]
    fn right_shift(self, frac: u32) -> Result<u32, u32> {
        let shift = 63_i32.wrapping_sub(self.exponent).wrapping_sub_unsigned(frac);
        if shift >= 0 { Ok(shift.unsigned_abs()) } else { Err(shift.unsigned_abs()) }
    }

    /// `number * significand * 2^up`, exact: for a price above 2^63, or many fractional bits.
    #[inline(never)]
    fn times_up(self, number: u128, up: u32) -> Result<u128, Error> {
        shl_exact(mul_shr_floor(number, self.significand.to_bits(), 0)?, up)
    }

    /// `floor(value / self)` and whether it is exact.
    #[inline(always)]
    fn amount(self, value: Value) -> Result<(Amount, bool), Error> {
        let divisor = self.significand.to_bits();
        // value * 2^(63 - exponent) / significand
        match (split(value.get()), 63_i32.wrapping_sub(self.exponent)) {
            ((0, word), shift @ 1..=63) => {
                let (quotient, rest) =
                    div_rem(shl(word, shift.unsigned_abs()), divisor).ok_or(Error::PriceNotNormalised)?;
                Ok((Amount::new(quotient), rest == 0))
            }
            // Two digits of 64 bits, the lower one of a dividend that ends in zeros. What is above them is below 2^63.
            ((0, word), shift @ 65..=127) => {
                let (top, next) = split(shl(word, shift.unsigned_abs().wrapping_sub(64)));
                let upper = word::quotient(top, next, divisor);
                let rest = next.wrapping_sub(upper.wrapping_mul(divisor));
                let lower = word::quotient(rest, 0, divisor);
                // The remainder, `rest 2^64 - lower * divisor`, is below 2^64: its low word is all of it.
                Ok((Amount::new(join(upper, lower)), lower.wrapping_mul(divisor) == 0))
            }
            (_, shift) => self.wide_amount(value, shift),
        }
    }

    #[inline(never)]
    fn wide_amount(self, value: Value, shift: i32) -> Result<(Amount, bool), Error> {
        let divisor = self.significand_bits();
        if shift >= 0 {
            let dividend = U256::shifted(value.get(), shift.unsigned_abs()).ok_or(Error::Overflow)?;
            let (quotient, rest) = dividend.div_rem(divisor).ok_or(Error::Overflow)?;
            return Ok((Amount::new(quotient), rest == 0));
        }
        // The price is above 2^63: the floor of a floor over an integer is the floor of the whole.
        let quotient = value.get().checked_div(divisor).ok_or(Error::DivisionByZero)?;
        let down = shift.unsigned_abs();
        let amount = shr_floor(quotient, down);
        let exact = quotient.trailing_zeros() >= down.min(128) && value.get().checked_rem(divisor) == Some(0);
        Ok((Amount::new(amount), exact))
    }

    fn scaled(self, factor: Ratio) -> Result<Reduced, Error> {
        if factor == Ratio::ZERO {
            return Err(Error::PriceZero);
        }
        // Two normalised factors: the product is in [2^126, 2^128) and carries 63 + 48 + up fractional bits.
        let up = match factor.to_bits() >> 46 {
            // From a quarter to two, in prices of auctions; the rest is counted.
            4..=7 => 15,
            2..=3 => 16,
            1 => 17,
            _ => word::room(factor.to_bits()),
        };
        let (high, low) = split(product(self.significand.to_bits(), factor.to_bits() << (up & 63)));
        let exponent = self.exponent.wrapping_sub_unsigned(up);
        Ok(if high >= TOP {
            Reduced { significand: high, exponent: exponent.wrapping_add(16), inexact: low != 0 }
        } else {
            let significand = (high << 1) | (low >> 63);
            Reduced { significand, exponent: exponent.wrapping_add(15), inexact: low << 1 != 0 }
        })
    }
}

impl Stored for Price {
    const BYTES: usize = 9;
    fn put(&self, to: &mut Writer<'_>) -> Result<(), Error> {
        let (exponent, significand) = self.to_parts();
        exponent.put(to)?;
        significand.put(to)
    }
    fn get(from: &mut Reader<'_>) -> Result<Self, Error> {
        Price::from_parts(i8::get(from)?, u64::get(from)?)
    }
}

stored_array!(Price, Price::MAX);
number!(Price);

form!(Decimals { base: u8, quote: u8 });
stored!(PriceBand { low: Price, high: Price } if |band| {
    band.low <= band.high
}, "a `low` of at most `high`"; mend |PriceBand { low, high }| PriceBand {
    low: low.min(high),
    high: low.max(high),
});

#[cfg(feature = "defmt")]
impl defmt::Format for Price {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Price({=u64} * 2^{=i32})", self.significand.to_bits(), self.exponent.saturating_sub(63));
    }
}
