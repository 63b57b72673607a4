//! Exact non-negative rationals, and strategies that reach every size of an integer, for tests of rounding.
#![allow(dead_code, reason = "each test that includes this file uses its own part of it")]

use damper::price::Price;
use damper::ratio::Ratio;
use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};
use proptest::prelude::*;
use std::cmp::Ordering;

pub(crate) fn big(n: u128) -> BigUint {
    BigUint::from(n)
}

/// `2^exponent`.
pub(crate) fn pow2(exponent: u32) -> BigUint {
    BigUint::one() << exponent
}

/// `num / den`, not reduced.
#[derive(Clone, Debug)]
pub(crate) struct Frac {
    pub(crate) num: BigUint,
    pub(crate) den: BigUint,
}

impl Frac {
    /// Panics if `den` is zero.
    pub(crate) fn new(num: impl Into<BigUint>, den: impl Into<BigUint>) -> Frac {
        let (num, den) = (num.into(), den.into());
        assert!(!den.is_zero(), "zero denominator");
        Frac { num, den }
    }

    pub(crate) fn int(n: u128) -> Frac {
        Frac::new(n, 1_u32)
    }

    pub(crate) fn one() -> Frac {
        Frac::int(1)
    }

    pub(crate) fn of(ratio: Ratio) -> Frac {
        Frac::new(ratio.to_bits(), pow2(48))
    }

    pub(crate) fn price(price: Price) -> Frac {
        let (exponent, significand) = price.to_parts();
        let shift = i32::from(exponent) - 63;
        let significand = BigUint::from(significand);
        if shift >= 0 {
            Frac::new(significand << shift.unsigned_abs(), 1_u32)
        } else {
            Frac::new(significand, pow2(shift.unsigned_abs()))
        }
    }

    pub(crate) fn add(&self, other: &Frac) -> Frac {
        Frac::new(&self.num * &other.den + &other.num * &self.den, &self.den * &other.den)
    }

    /// Panics if the difference is negative.
    pub(crate) fn sub(&self, other: &Frac) -> Frac {
        Frac::new(&self.num * &other.den - &other.num * &self.den, &self.den * &other.den)
    }

    pub(crate) fn mul(&self, other: &Frac) -> Frac {
        Frac::new(&self.num * &other.num, &self.den * &other.den)
    }

    /// Panics if `other` is zero.
    pub(crate) fn div(&self, other: &Frac) -> Frac {
        Frac::new(&self.num * &other.den, &self.den * &other.num)
    }

    /// `floor(self * 2^bits)`.
    pub(crate) fn floor(&self, bits: u32) -> BigUint {
        (&self.num << bits).div_floor(&self.den)
    }

    /// `ceil(self * 2^bits)`.
    pub(crate) fn ceil(&self, bits: u32) -> BigUint {
        Integer::div_ceil(&(&self.num << bits), &self.den)
    }
}

impl PartialEq for Frac {
    fn eq(&self, other: &Frac) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Frac {}

impl PartialOrd for Frac {
    fn partial_cmp(&self, other: &Frac) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Frac {
    fn cmp(&self, other: &Frac) -> Ordering {
        (&self.num * &other.den).cmp(&(&other.num * &self.den))
    }
}

/// `n` as a `u128`, `None` when it needs more bits.
pub(crate) fn fits128(n: &BigUint) -> Option<u128> {
    n.to_u128()
}

/// `n` as the raw value of a ratio, `None` when it needs more bits.
pub(crate) fn fits64(n: &BigUint) -> Option<u64> {
    n.to_u64()
}

/// Any `u128`, every bit length equally likely, and the edges of the limbs.
pub(crate) fn any128() -> impl Strategy<Value = u128> {
    prop_oneof![
        6 => (any::<u128>(), 0_u32..128).prop_map(|(x, shift)| x >> shift),
        1 => (0_u32..128, -1_i32..=1).prop_map(|(bit, by)| (1_u128 << bit).wrapping_add_signed(i128::from(by))),
        1 => prop::sample::select(EDGES.to_vec()),
    ]
}

/// Any `u64`, every bit length equally likely, and the edges.
pub(crate) fn any64() -> impl Strategy<Value = u64> {
    prop_oneof![
        6 => (any::<u64>(), 0_u32..64).prop_map(|(x, shift)| x >> shift),
        1 => (0_u32..64, -1_i64..=1).prop_map(|(bit, by)| (1_u64 << bit).wrapping_add_signed(by)),
        1 => prop::sample::select(vec![0, 1, u64::MAX - 1, u64::MAX]),
    ]
}

pub(crate) fn any_ratio() -> impl Strategy<Value = Ratio> {
    any64().prop_map(Ratio::from_bits)
}

/// Any ratio from zero to one.
pub(crate) fn share() -> impl Strategy<Value = Ratio> {
    prop_oneof![
        4 => (0_u64..=1 << 48).prop_map(Ratio::from_bits),
        1 => (0_u32..=48, -1_i64..=1)
            .prop_map(|(bit, by)| Ratio::from_bits((1_u64 << bit).saturating_add_signed(by).min(1 << 48))),
    ]
}

pub(crate) fn any_price() -> impl Strategy<Value = Price> {
    let significand = prop_oneof![
        4 => any::<u64>(),
        1 => Just(0_u64),
        1 => Just(u64::MAX),
        1 => (0_u32..63).prop_map(|bit| 1_u64 << bit),
    ];
    (any::<i8>(), significand)
        .prop_map(|(exponent, bits)| Price::from_parts(exponent, bits | 1 << 63).expect("the top bit is set"))
}

pub(crate) const EDGES: [u128; 12] = [
    0,
    1,
    2,
    3,
    (1 << 64) - 1,
    1 << 64,
    (1 << 64) + 1,
    (1 << 127) - 1,
    1 << 127,
    (1 << 127) + 1,
    u128::MAX - 1,
    u128::MAX,
];
