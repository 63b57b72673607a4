//! Exact rationals of any size and sign, and what a result of the crate must be if its exact value is one of them.

use damper::Error;
use damper::price::Price;
use damper::ratio::Ratio;
use damper::units::{Amount, Decay, Rate, Seconds, Value};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Sub};

/// `num / den`, not reduced, the denominator above zero.
#[derive(Clone, Debug)]
pub(crate) struct Q {
    pub(crate) num: BigInt,
    pub(crate) den: BigInt,
}

/// A rational of anything that is one.
pub(crate) fn q(value: impl Into<Q>) -> Q {
    value.into()
}

/// `num / den`.
pub(crate) fn part(num: impl Into<BigInt>, den: impl Into<BigInt>) -> Q {
    let (num, den) = (num.into(), den.into());
    assert!(!den.is_zero(), "zero denominator");
    if den.is_negative() { Q { num: -num, den: -den } } else { Q { num, den } }
}

fn shifted(bits: u64, places: u32) -> Q {
    Q { num: bits.into(), den: BigInt::one() << places }
}

impl Q {
    pub(crate) fn zero() -> Q {
        part(0, 1)
    }

    pub(crate) fn one() -> Q {
        part(1, 1)
    }

    /// `floor(self * 2^bits)`.
    pub(crate) fn floor(&self, bits: u32) -> BigInt {
        (&self.num << bits).div_floor(&self.den)
    }

    /// `ceil(self * 2^bits)`.
    pub(crate) fn ceil(&self, bits: u32) -> BigInt {
        Integer::div_ceil(&(&self.num << bits), &self.den)
    }

    pub(crate) fn pow(&self, exponent: u32) -> Q {
        Q { num: self.num.pow(exponent), den: self.den.pow(exponent) }
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.num.is_zero()
    }

    pub(crate) fn max(self, other: Q) -> Q {
        if self < other { other } else { self }
    }

    pub(crate) fn min(self, other: Q) -> Q {
        if other < self { other } else { self }
    }

    /// What exceeds zero.
    pub(crate) fn excess(self) -> Q {
        self.max(Q::zero())
    }

    /// The ratio at or below it.
    pub(crate) fn ratio_floor(&self) -> Result<Ratio, Error> {
        narrow(self.floor(48)).map(Ratio::from_bits)
    }

    /// The ratio at or above it.
    pub(crate) fn ratio_ceil(&self) -> Result<Ratio, Error> {
        narrow(self.ceil(48)).map(Ratio::from_bits)
    }

    /// The integer at or below it.
    pub(crate) fn whole_floor(&self) -> Result<u128, Error> {
        self.floor(0).to_u128().ok_or(Error::Overflow)
    }

    /// The integer at or above it.
    pub(crate) fn whole_ceil(&self) -> Result<u128, Error> {
        self.ceil(0).to_u128().ok_or(Error::Overflow)
    }
}

fn narrow(bits: BigInt) -> Result<u64, Error> {
    bits.to_u64().ok_or(Error::Overflow)
}

impl From<Ratio> for Q {
    fn from(ratio: Ratio) -> Q {
        shifted(ratio.to_bits(), 48)
    }
}

impl From<Rate> for Q {
    fn from(rate: Rate) -> Q {
        q(rate.get())
    }
}

impl From<Decay> for Q {
    fn from(decay: Decay) -> Q {
        shifted(decay.to_bits(), 63)
    }
}

impl From<Price> for Q {
    fn from(price: Price) -> Q {
        let (exponent, significand) = price.to_parts();
        match i32::from(exponent) - 63 {
            up @ 0.. => part(BigInt::from(significand) << up, 1),
            down => shifted(significand, down.unsigned_abs()),
        }
    }
}

impl From<u128> for Q {
    fn from(count: u128) -> Q {
        part(count, 1)
    }
}

impl From<Amount> for Q {
    fn from(amount: Amount) -> Q {
        q(amount.get())
    }
}

impl From<Value> for Q {
    fn from(value: Value) -> Q {
        q(value.get())
    }
}

impl From<Seconds> for Q {
    fn from(time: Seconds) -> Q {
        q(u128::from(time.get()))
    }
}

impl<T: Into<Q>> Add<T> for Q {
    type Output = Q;
    fn add(self, other: T) -> Q {
        let other = other.into();
        if self.den == other.den {
            return Q { num: self.num + other.num, den: self.den };
        }
        Q { num: self.num * &other.den + other.num * &self.den, den: self.den * other.den }
    }
}

impl<T: Into<Q>> Sub<T> for Q {
    type Output = Q;
    fn sub(self, other: T) -> Q {
        let other = other.into();
        self + Q { num: -other.num, den: other.den }
    }
}

impl<T: Into<Q>> Mul<T> for Q {
    type Output = Q;
    fn mul(self, other: T) -> Q {
        let other = other.into();
        Q { num: self.num * other.num, den: self.den * other.den }
    }
}

impl<T: Into<Q>> Div<T> for Q {
    type Output = Q;
    fn div(self, other: T) -> Q {
        let other = other.into();
        part(self.num * other.den, self.den * other.num)
    }
}

impl PartialEq for Q {
    fn eq(&self, other: &Q) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Q {}

impl PartialOrd for Q {
    fn partial_cmp(&self, other: &Q) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Q {
    fn cmp(&self, other: &Q) -> Ordering {
        (&self.num * &other.den).cmp(&(&other.num * &self.den))
    }
}
