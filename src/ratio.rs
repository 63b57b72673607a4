//! `Ratio`: the one scale for dimensionless numbers, 16 integer and 48 fractional bits.

use crate::bytes::{stored_array, stored_bytes_as};
use crate::error::Error;
use crate::forms::number;
use crate::num::{mul_shr_ceil, mul_shr_floor, shl_div_ceil, shl_div_floor, shr_ceil, shr_floor};
use crate::word::product;
use fixed::traits::Fixed;
use fixed::types::U16F48;

/// A non-negative dimensionless number below 65,536 in steps of 2^-48 (3.6e-15): drawdowns, charges, thresholds,
/// bonuses, haircuts, shares.
///
/// 48 fractional bits make the ceiling on a dust sale over-charge by at most 3.6e-15, and keep the product of two
/// ratios inside 128 bits. Spec: N2.
///
/// # Examples
/// ```
/// use damper::ratio::Ratio;
/// let third = Ratio::from_fraction_floor(1, 3)?;
/// assert!(third < Ratio::from_fraction_ceil(1, 3)?);
/// assert_eq!(Ratio::from_bps_floor(7_500)?, Ratio::from_fraction_floor(3, 4)?);
/// # Ok::<(), damper::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Ratio(U16F48);

impl Ratio {
    /// Zero.
    ///
    /// # Examples
    /// ```
    /// use damper::ratio::Ratio;
    /// assert_eq!(Ratio::ZERO.to_bits(), 0);
    /// ```
    pub const ZERO: Ratio = Ratio::from_bits(0);
    /// One.
    ///
    /// # Examples
    /// ```
    /// use damper::ratio::Ratio;
    /// assert_eq!(Ratio::ONE.to_bits(), 1 << Ratio::FRAC_BITS);
    /// ```
    pub const ONE: Ratio = Ratio::from_bits(1 << 48);
    /// The smallest positive ratio, 2^-48.
    ///
    /// # Examples
    /// ```
    /// use damper::ratio::Ratio;
    /// assert_eq!(Ratio::ULP, Ratio::from_fraction_floor(1, 1 << 48)?);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub const ULP: Ratio = Ratio::from_bits(1);
    /// The largest ratio, 65,536 less 2^-48.
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, ratio::Ratio};
    /// assert_eq!(Ratio::MAX.checked_add(Ratio::ULP), Err(Error::Overflow));
    /// ```
    pub const MAX: Ratio = Ratio::from_bits(u64::MAX);
    /// Number of fractional bits.
    ///
    /// # Examples
    /// See [`Ratio::ONE`].
    pub const FRAC_BITS: u32 = 48;

    /// The ratio `bits / 2^48`. Exact; every bit pattern is a ratio.
    ///
    /// # Examples
    /// ```
    /// use damper::ratio::Ratio;
    /// let half = Ratio::from_bits(1 << 47);
    /// assert_eq!((half, half.to_bits()), (Ratio::from_fraction_floor(1, 2)?, 1 << 47));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub const fn from_bits(bits: u64) -> Ratio {
        Ratio(U16F48::from_bits(bits))
    }

    /// The raw value, `self * 2^48`.
    ///
    /// # Examples
    /// See [`Ratio::from_bits`].
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0.to_bits()
    }

    /// The raw value widened, for products.
    pub(crate) fn wide(self) -> u128 {
        u128::from(self.0.to_bits())
    }

    /// The square in steps of 2^-96, exact: a ratio has 64 bits.
    pub(crate) fn square(self) -> u128 {
        product(self.to_bits(), self.to_bits())
    }

    /// A raw value narrowed, [`Error::Overflow`] above [`Ratio::MAX`].
    pub(crate) fn narrow(bits: u128) -> Result<Ratio, Error> {
        match u64::try_from(bits) {
            Ok(bits) => Ok(Ratio::from_bits(bits)),
            Err(_) => Err(Error::Overflow),
        }
    }

    /// `floor(numerator / denominator)` on the ratio scale.
    ///
    /// # Errors
    /// `denominator == 0`: [`Error::DivisionByZero`]. Quotient of 65,536 or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, ratio::Ratio};
    /// // 2^48 / 3 = 93,824,992,236,885.33
    /// assert_eq!(Ratio::from_fraction_floor(1, 3)?, Ratio::from_bits(93_824_992_236_885));
    /// assert_eq!(Ratio::from_fraction_ceil(1, 3)?, Ratio::from_bits(93_824_992_236_886));
    /// assert_eq!(Ratio::from_fraction_floor(1, 0), Err(Error::DivisionByZero));
    /// assert_eq!(Ratio::from_fraction_floor(65_536, 1), Err(Error::Overflow));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn from_fraction_floor(numerator: u128, denominator: u128) -> Result<Ratio, Error> {
        Ratio::narrow(shl_div_floor(numerator, Ratio::FRAC_BITS, denominator)?)
    }

    /// `ceil(numerator / denominator)` on the ratio scale.
    ///
    /// # Errors
    /// `denominator == 0`: [`Error::DivisionByZero`]. Quotient above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Ratio::from_fraction_floor`].
    pub fn from_fraction_ceil(numerator: u128, denominator: u128) -> Result<Ratio, Error> {
        Ratio::narrow(shl_div_ceil(numerator, Ratio::FRAC_BITS, denominator)?)
    }

    /// `basis_points / 10,000`, rounded down (one basis point is no binary fraction).
    ///
    /// # Errors
    /// 655,360,000 basis points or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::ratio::Ratio;
    /// assert_eq!(Ratio::from_bps_floor(2_500)?, Ratio::from_fraction_floor(1, 4)?);
    /// // 2^48 / 10,000 = 28,147,497,671.07
    /// assert_eq!(Ratio::from_bps_floor(1)?, Ratio::from_bits(28_147_497_671));
    /// assert_eq!(Ratio::from_bps_ceil(1)?, Ratio::from_bits(28_147_497_672));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn from_bps_floor(basis_points: u32) -> Result<Ratio, Error> {
        Ratio::from_fraction_floor(u128::from(basis_points), 10_000)
    }

    /// `basis_points / 10,000`, rounded up.
    ///
    /// # Errors
    /// 655,360,000 basis points or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Ratio::from_bps_floor`].
    pub fn from_bps_ceil(basis_points: u32) -> Result<Ratio, Error> {
        Ratio::from_fraction_ceil(u128::from(basis_points), 10_000)
    }

    /// The ratio in basis points, rounded down.
    ///
    /// # Examples
    /// ```
    /// use damper::ratio::Ratio;
    /// assert_eq!(Ratio::from_fraction_floor(1, 4)?.to_bps_floor(), 2_500);
    /// // What was rounded down before is below one basis point.
    /// assert_eq!(Ratio::from_bps_floor(1)?.to_bps_floor(), 0);
    /// assert_eq!(Ratio::from_bps_ceil(1)?.to_bps_floor(), 1);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub fn to_bps_floor(self) -> u32 {
        let bps = shr_floor(self.wide().saturating_mul(10_000), Ratio::FRAC_BITS);
        // 65,536 * 10,000 < 2^32: neither step can saturate.
        u32::try_from(bps).unwrap_or(u32::MAX)
    }

    /// An 18-decimal integer (CosmWasm `Decimal`), `wad / 10^18`, rounded down.
    ///
    /// # Errors
    /// 65,536 * 10^18 or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::ratio::Ratio;
    /// let quarter = 250_000_000_000_000_000;
    /// assert_eq!(Ratio::from_wad_floor(quarter)?, Ratio::from_fraction_floor(1, 4)?);
    /// // 10^-18 is below the first step.
    /// assert_eq!((Ratio::from_wad_floor(1)?, Ratio::from_wad_ceil(1)?), (Ratio::ZERO, Ratio::ULP));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn from_wad_floor(wad: u128) -> Result<Ratio, Error> {
        Ratio::from_fraction_floor(wad, 1_000_000_000_000_000_000)
    }

    /// An 18-decimal integer (CosmWasm `Decimal`), `wad / 10^18`, rounded up.
    ///
    /// # Errors
    /// Above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Ratio::from_wad_floor`].
    pub fn from_wad_ceil(wad: u128) -> Result<Ratio, Error> {
        Ratio::from_fraction_ceil(wad, 1_000_000_000_000_000_000)
    }

    /// The ratio as an 18-decimal integer, rounded down. At most 65,536 * 10^18, which fits 77 bits.
    ///
    /// # Examples
    /// ```
    /// use damper::ratio::Ratio;
    /// assert_eq!(Ratio::ULP.to_wad_floor(), 3_552);
    /// assert_eq!(Ratio::ULP.to_wad_ceil(), 3_553);
    /// ```
    #[must_use]
    pub fn to_wad_floor(self) -> u128 {
        shr_floor(self.wide().saturating_mul(1_000_000_000_000_000_000), Ratio::FRAC_BITS)
    }

    /// The ratio as an 18-decimal integer, rounded up.
    ///
    /// # Examples
    /// See [`Ratio::to_wad_floor`].
    #[must_use]
    pub fn to_wad_ceil(self) -> u128 {
        shr_ceil(self.wide().saturating_mul(1_000_000_000_000_000_000), Ratio::FRAC_BITS)
    }

    /// Any number of the `fixed` crate, rounded down.
    ///
    /// # Errors
    /// Negative: [`Error::NegativeInput`]. 65,536 or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::ratio::Ratio;
    /// use fixed::types::{I80F48, U68F60};
    /// assert_eq!(Ratio::from_fixed_floor(I80F48::from_num(0.5)), Ratio::from_fraction_floor(1, 2));
    /// assert_eq!(Ratio::from_fixed_floor(U68F60::DELTA)?, Ratio::ZERO);
    /// assert_eq!(Ratio::from_fixed_ceil(U68F60::DELTA)?, Ratio::ULP);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn from_fixed_floor<F>(number: F) -> Result<Ratio, Error>
    where
        F: Fixed,
        u128: TryFrom<F::Bits>,
    {
        let bits = non_negative_bits(number)?;
        match F::FRAC_NBITS.checked_sub(Ratio::FRAC_BITS) {
            Some(down) => Ratio::narrow(shr_floor(bits, down)),
            None => Ratio::narrow(shl_exact(bits, Ratio::FRAC_BITS.abs_diff(F::FRAC_NBITS))?),
        }
    }

    /// Any number of the `fixed` crate, rounded up.
    ///
    /// # Errors
    /// Negative: [`Error::NegativeInput`]. Above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Ratio::from_fixed_floor`].
    pub fn from_fixed_ceil<F>(number: F) -> Result<Ratio, Error>
    where
        F: Fixed,
        u128: TryFrom<F::Bits>,
    {
        let bits = non_negative_bits(number)?;
        match F::FRAC_NBITS.checked_sub(Ratio::FRAC_BITS) {
            Some(down) => Ratio::narrow(shr_ceil(bits, down)),
            None => Ratio::narrow(shl_exact(bits, Ratio::FRAC_BITS.abs_diff(F::FRAC_NBITS))?),
        }
    }

    /// The ratio as any number of the `fixed` crate, rounded down.
    ///
    /// # Errors
    /// The target cannot hold it: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::ratio::Ratio;
    /// use fixed::types::U16F16;
    /// assert_eq!(Ratio::from_fraction_floor(5, 2)?.to_fixed_floor::<U16F16>()?, U16F16::from_num(2.5));
    /// assert_eq!(Ratio::ULP.to_fixed_floor::<U16F16>()?, U16F16::ZERO);
    /// assert_eq!(Ratio::ULP.to_fixed_ceil::<U16F16>()?, U16F16::DELTA);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn to_fixed_floor<F>(self) -> Result<F, Error>
    where
        F: Fixed,
        F::Bits: TryFrom<u128>,
    {
        let bits = match F::FRAC_NBITS.checked_sub(Ratio::FRAC_BITS) {
            Some(up) => shl_exact(self.wide(), up)?,
            None => shr_floor(self.wide(), Ratio::FRAC_BITS.abs_diff(F::FRAC_NBITS)),
        };
        fixed_from_bits(bits)
    }

    /// The ratio as any number of the `fixed` crate, rounded up.
    ///
    /// # Errors
    /// The target cannot hold it: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Ratio::to_fixed_floor`].
    pub fn to_fixed_ceil<F>(self) -> Result<F, Error>
    where
        F: Fixed,
        F::Bits: TryFrom<u128>,
    {
        let bits = match F::FRAC_NBITS.checked_sub(Ratio::FRAC_BITS) {
            Some(up) => shl_exact(self.wide(), up)?,
            None => shr_ceil(self.wide(), Ratio::FRAC_BITS.abs_diff(F::FRAC_NBITS)),
        };
        fixed_from_bits(bits)
    }

    /// `self + other`, exact.
    ///
    /// # Errors
    /// Above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, ratio::Ratio};
    /// let part = Ratio::from_fraction_floor;
    /// assert_eq!(part(1, 4)?.checked_add(part(1, 2)?)?, part(3, 4)?);
    /// assert_eq!(Ratio::MAX.checked_add(Ratio::ULP), Err(Error::Overflow));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn checked_add(self, other: Ratio) -> Result<Ratio, Error> {
        match self.to_bits().checked_add(other.to_bits()) {
            Some(bits) => Ok(Ratio::from_bits(bits)),
            None => Err(Error::Overflow),
        }
    }

    /// `self - other`, exact.
    ///
    /// # Errors
    /// `other > self`: [`Error::Underflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, ratio::Ratio};
    /// let part = Ratio::from_fraction_floor;
    /// assert_eq!(part(3, 4)?.checked_sub(part(1, 2)?)?, part(1, 4)?);
    /// assert_eq!(Ratio::ZERO.checked_sub(Ratio::ULP), Err(Error::Underflow));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn checked_sub(self, other: Ratio) -> Result<Ratio, Error> {
        match self.to_bits().checked_sub(other.to_bits()) {
            Some(bits) => Ok(Ratio::from_bits(bits)),
            None => Err(Error::Underflow),
        }
    }

    /// `max(0, self - other)`, exact: what exceeds `other`.
    ///
    /// # Examples
    /// ```
    /// use damper::ratio::Ratio;
    /// let (half, quarter) = (Ratio::from_fraction_floor(1, 2)?, Ratio::from_fraction_floor(1, 4)?);
    /// assert_eq!(half.excess_over(quarter), quarter);
    /// assert_eq!(quarter.excess_over(half), Ratio::ZERO);
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub const fn excess_over(self, other: Ratio) -> Ratio {
        Ratio::from_bits(self.to_bits().saturating_sub(other.to_bits()))
    }

    /// `self * other`, rounded down.
    ///
    /// # Errors
    /// 65,536 or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::ratio::Ratio;
    /// let part = Ratio::from_fraction_floor;
    /// assert_eq!(part(3, 4)?.mul_floor(part(1, 2)?)?, part(3, 8)?);
    /// // Half of a step.
    /// assert_eq!(Ratio::ULP.mul_floor(part(1, 2)?)?, Ratio::ZERO);
    /// assert_eq!(Ratio::ULP.mul_ceil(part(1, 2)?)?, Ratio::ULP);
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn mul_floor(self, other: Ratio) -> Result<Ratio, Error> {
        Ratio::narrow(shr_floor(product(self.to_bits(), other.to_bits()), Ratio::FRAC_BITS))
    }

    /// `self * other`, rounded up.
    ///
    /// # Errors
    /// Above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Ratio::mul_floor`].
    pub fn mul_ceil(self, other: Ratio) -> Result<Ratio, Error> {
        Ratio::narrow(shr_ceil(product(self.to_bits(), other.to_bits()), Ratio::FRAC_BITS))
    }

    /// `self / other`, rounded down.
    ///
    /// # Errors
    /// `other` zero: [`Error::DivisionByZero`]. 65,536 or more: [`Error::Overflow`].
    ///
    /// # Examples
    /// ```
    /// use damper::{Error, ratio::Ratio};
    /// let part = Ratio::from_fraction_floor;
    /// // 3/8 over 3/4, and one over three.
    /// assert_eq!(part(3, 8)?.div_floor(part(3, 4)?)?, part(1, 2)?);
    /// assert_eq!(Ratio::ONE.div_floor(part(3, 1)?)?, part(1, 3)?);
    /// assert_eq!(Ratio::ONE.div_ceil(part(3, 1)?)?, Ratio::from_fraction_ceil(1, 3)?);
    /// assert_eq!(Ratio::ONE.div_floor(Ratio::ZERO), Err(Error::DivisionByZero));
    /// # Ok::<(), damper::Error>(())
    /// ```
    pub fn div_floor(self, other: Ratio) -> Result<Ratio, Error> {
        Ratio::from_fraction_floor(self.wide(), other.wide())
    }

    /// `self / other`, rounded up.
    ///
    /// # Errors
    /// `other` zero: [`Error::DivisionByZero`]. Above [`Ratio::MAX`]: [`Error::Overflow`].
    ///
    /// # Examples
    /// See [`Ratio::div_floor`].
    pub fn div_ceil(self, other: Ratio) -> Result<Ratio, Error> {
        Ratio::from_fraction_ceil(self.wide(), other.wide())
    }

    /// `floor(number * self)` for an integer quantity.
    #[inline(always)]
    pub(crate) fn of_floor(self, number: u128) -> Result<u128, Error> {
        mul_shr_floor(number, self.to_bits(), Ratio::FRAC_BITS)
    }

    /// `ceil(number * self)` for an integer quantity.
    #[inline(always)]
    pub(crate) fn of_ceil(self, number: u128) -> Result<u128, Error> {
        mul_shr_ceil(number, self.to_bits(), Ratio::FRAC_BITS)
    }
}

/// `bits * 2^up`, [`Error::Overflow`] when a set bit would be lost.
pub(crate) fn shl_exact(bits: u128, up: u32) -> Result<u128, Error> {
    if bits == 0 {
        return Ok(0);
    }
    if up > bits.leading_zeros() {
        return Err(Error::Overflow);
    }
    bits.checked_shl(up).ok_or(Error::Overflow)
}

/// The raw bits of a number of the `fixed` crate that must not be negative.
pub(crate) fn non_negative_bits<F>(number: F) -> Result<u128, Error>
where
    F: Fixed,
    u128: TryFrom<F::Bits>,
{
    // The raw bits are an integer of at most 128 bits: the conversion fails exactly when they are negative.
    u128::try_from(number.to_bits()).map_err(|_| Error::NegativeInput)
}

/// A number of the `fixed` crate from raw bits, [`Error::Overflow`] when they do not fit.
pub(crate) fn fixed_from_bits<F>(bits: u128) -> Result<F, Error>
where
    F: Fixed,
    F::Bits: TryFrom<u128>,
{
    match F::Bits::try_from(bits) {
        Ok(bits) => Ok(F::from_bits(bits)),
        Err(_) => Err(Error::Overflow),
    }
}

stored_bytes_as!(Ratio as u64, |ratio| ratio.to_bits(), |bits| Ok(Ratio::from_bits(bits)));
stored_array!(Ratio, Ratio::ZERO);
number!(Ratio);

#[cfg(feature = "defmt")]
impl defmt::Format for Ratio {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Ratio({=u64}/2^48)", self.to_bits());
    }
}
