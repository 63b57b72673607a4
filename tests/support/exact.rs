//! Natural logarithms as certified intervals, so that a bound on log-prices is decided without a float.
//!
//! A [`Log`] holds two integers in units of 2^-100 with `lo <= true value <= hi`. Every operation rounds outward and
//! panics on overflow. Inside, `ln` and `exp` work on 124 fractional bits ("Q124"); one ulp below means 2^-124, and the
//! error bound of each approximation is derived above it. `tests/exact_reference.rs` checks both against a slow 256-bit
//! reference.
#![allow(dead_code, reason = "each test or example that includes this file uses its own part of it")]

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// One in Q124.
const ONE: u128 = 1 << 124;
/// ln 2 = (`LN2_HIGH` + `LN2_LOW` / 2^24) / 2^100, `LN2_LOW` rounded to nearest, so off by at most half a Q124 ulp.
pub(crate) const LN2_HIGH: i128 = 878_668_439_483_319_573_618_263_538_048;
pub(crate) const LN2_LOW: i128 = 4_140_907;
/// Terms of the atanh series: s, s^3/3, ... s^47/47.
const ATANH_TERMS: usize = 24;
/// Last power of the exponential series.
const EXP_TERMS: u128 = 31;
/// Error bound of [`ln_mantissa_ratio`], in ulps.
pub(crate) const LN_SLACK: i128 = 8;
/// Error bound of the exponential series for an exact argument, in ulps.
const EXP_SLACK: u128 = 8;

/// Odd reciprocals 1/(2k+1) in Q124, rounded down.
const ODD_RECIPROCALS: [u128; ATANH_TERMS] = {
    let mut table = [ONE; ATANH_TERMS];
    let (mut k, mut odd) = (1, 3);
    while k < ATANH_TERMS {
        table[k] = ONE / odd;
        (k, odd) = (k + 1, odd + 2);
    }
    table
};

/// A natural logarithm, or any real number, enclosed in `[lo, hi]` in units of 2^-100. Range: below 2^27 in size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    lo: i128,
    hi: i128,
}

impl Log {
    /// Exactly zero.
    pub(crate) const fn zero() -> Self {
        Self { lo: 0, hi: 0 }
    }

    /// The interval `[lo, hi]` in units of 2^-100. Panics if `lo > hi`.
    pub(crate) fn from_units(lo: i128, hi: i128) -> Self {
        assert!(lo <= hi, "empty interval");
        Self { lo, hi }
    }

    /// ln(num / den), at most 2 units wide; exactly zero for num = den. Panics if either is zero.
    pub(crate) fn of_ratio(num: u128, den: u128) -> Self {
        assert!(num > 0 && den > 0, "ln of a ratio of positive integers");
        if num == den {
            return Self::zero();
        }
        let ((a, a_exp), (b, b_exp)) = (mantissa(num), mantissa(den));
        Self::of_mantissas(a, b, a_exp - b_exp)
    }

    /// ln(num / den) for integers of any size up to 2^(2^26), at most 3 + |log2(num / den)| / 2^23 units wide.
    /// Panics if either is zero.
    pub(crate) fn of_big_ratio(num: &BigUint, den: &BigUint) -> Self {
        assert!(!num.is_zero() && !den.is_zero(), "ln of a ratio of positive integers");
        if num == den {
            return Self::zero();
        }
        let ((a, a_exp), (b, b_exp)) = (big_mantissa(num), big_mantissa(den));
        Self::of_mantissas(a, b, a_exp - b_exp)
    }

    /// ln(a/b * 2^e), where a and b are mantissas rounded down. Error before the last rounding: `LN_SLACK` + |e|/2 ulps,
    /// counted as `LN_SLACK` + |e|.
    fn of_mantissas(a: u128, b: u128, e: i128) -> Self {
        let (ln, shift) = ln_mantissa_ratio(a, b);
        let e = e + shift;
        assert!(e.abs() < 1 << 26, "ln out of range");
        // |ln| < 2^123 and |e * LN2_LOW| < 2^50, |e * LN2_HIGH| < 2^126: nothing here can overflow.
        let (base, fine, slack) = (e * LN2_HIGH, ln + e * LN2_LOW, LN_SLACK + e.abs());
        Self { lo: base + ((fine - slack) >> 24), hi: base - ((-(fine + slack)) >> 24) }
    }

    /// The rational num / den. Panics if den is zero.
    pub(crate) fn from_fraction(num: i128, den: i128) -> Self {
        let (num, den): (BigInt, BigInt) = (BigInt::from(num) << 100u32, den.into());
        Self { lo: narrow(&num.div_floor(&den)), hi: narrow(&Integer::div_ceil(&num, &den)) }
    }

    /// The lower end, in units of 2^-100.
    pub(crate) const fn lo(self) -> i128 {
        self.lo
    }

    /// The upper end, in units of 2^-100.
    pub(crate) const fn hi(self) -> i128 {
        self.hi
    }

    /// hi - lo, in units of 2^-100.
    pub(crate) fn width(self) -> i128 {
        self.hi.checked_sub(self.lo).expect("Log overflow")
    }

    pub(crate) fn add(self, other: Self) -> Self {
        Self {
            lo: self.lo.checked_add(other.lo).expect("Log overflow"),
            hi: self.hi.checked_add(other.hi).expect("Log overflow"),
        }
    }

    pub(crate) fn neg(self) -> Self {
        Self { lo: self.hi.checked_neg().expect("Log overflow"), hi: self.lo.checked_neg().expect("Log overflow") }
    }

    pub(crate) fn sub(self, other: Self) -> Self {
        self.add(other.neg())
    }

    /// The larger of the two values (not the hull of the two intervals).
    pub(crate) fn max(self, other: Self) -> Self {
        Self { lo: self.lo.max(other.lo), hi: self.hi.max(other.hi) }
    }

    /// The smaller of the two values.
    pub(crate) fn min(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.min(other.hi) }
    }

    /// self * num / den, rounded outward once. Panics if den is zero.
    pub(crate) fn mul_fraction(self, num: u128, den: u128) -> Self {
        weighted_sum(&[(self, BigUint::from(num))], &BigUint::from(den))
    }

    /// True only if self <= other for every pair of values in the intervals.
    pub(crate) const fn certainly_le(self, other: Self) -> bool {
        self.hi <= other.lo
    }

    /// True only if self > other for every pair of values in the intervals.
    pub(crate) const fn certainly_gt(self, other: Self) -> bool {
        self.lo > other.hi
    }

    /// True if self > other for some pair of values in the intervals: the negation of `certainly_le`.
    pub(crate) const fn possibly_gt(self, other: Self) -> bool {
        self.hi > other.lo
    }

    /// The lower end rounded to the nearest `f64`: for printing and plotting, never for a decision.
    pub(crate) fn to_f64_lo(self) -> f64 {
        self.lo as f64 / 2f64.powi(100)
    }

    /// The upper end rounded to the nearest `f64`: for printing and plotting, never for a decision.
    pub(crate) fn to_f64_hi(self) -> f64 {
        self.hi as f64 / 2f64.powi(100)
    }

    /// The lower end in decimal, rounded down: never above the true value.
    pub(crate) fn to_decimal_floor(self, places: u32) -> String {
        let one: BigInt = BigInt::one() << 100u32;
        decimal(&(BigInt::from(self.lo) * BigInt::from(10).pow(places)).div_floor(&one), places)
    }

    /// The upper end in decimal, rounded up: never below the true value.
    pub(crate) fn to_decimal_ceil(self, places: u32) -> String {
        let one: BigInt = BigInt::one() << 100u32;
        decimal(&Integer::div_ceil(&(BigInt::from(self.hi) * BigInt::from(10).pow(places)), &one), places)
    }
}

/// Peak-to-trough drawdown of a sequence of logarithms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawdown {
    peak: Option<Log>,
    mdd: Log,
}

impl Drawdown {
    pub(crate) const fn new() -> Self {
        Self { peak: None, mdd: Log::zero() }
    }

    /// Takes the next value. The drop is measured from the peak before it: a value that is certainly a new peak drops
    /// by zero exactly, so a path that certainly rises keeps a drawdown of exactly zero.
    pub(crate) fn push(&mut self, log: Log) {
        let Some(peak) = self.peak else {
            self.peak = Some(log);
            return;
        };
        self.mdd = self.mdd.max(peak.sub(log));
        self.peak = Some(peak.max(log));
    }

    /// The largest drop so far, never below zero. Zero before the second value.
    pub(crate) const fn mdd(&self) -> Log {
        self.mdd
    }
}

/// Integer bounds `(floor, ceil)` of value * exp(d): floor <= value * exp(d.lo) and value * exp(d.hi) <= ceil.
///
/// Exact for d = 0. For an exact d <= 0 and value < 2^100, ceil - floor <= 2. Panics if ceil exceeds `u128`.
pub(crate) fn exp_times(value: u128, d: Log) -> (u128, u128) {
    (exp_times_units(value, d.lo).0, exp_times_units(value, d.hi).1)
}

/// Bounds of value * exp(d * 2^-100), with exp = 2^k * exp(r).
///
/// k is chosen so that 768 * 2^-100 < r < ln 2 + 1280 * 2^-100 < 0.7: subtracting 1024 first keeps r positive whatever
/// k * `LN2_LOW` (at most 256 units) takes away. r is off by |k|/2 ulps, so exp(r) < 2.02 by at most 1.01 |k| ulps; the
/// slack counts 2 |k|. Horner with floors, p_n = 1 + r * p_(n+1) / n: each step loses less than 1/n + 1 ulps and passes
/// on at most 0.7/n of the loss below it, in all less than 2 + 0.7 * (1.5 + 0.35 * 2) < 4 ulps; the omitted terms sum to
/// less than 2 * 0.7^32/32! < 2^-132. Total below `EXP_SLACK` + 2 |k|.
fn exp_times_units(value: u128, d: i128) -> (u128, u128) {
    if d == 0 || value == 0 {
        return (value, value);
    }
    let k = d.checked_sub(1024).expect("Log overflow").div_euclid(LN2_HIGH);
    if k < -256 {
        return (0, 1); // value < 2^128 and exp(d) < 2^-255.
    }
    assert!(k <= 128, "value * exp(d) exceeds u128");
    let r = (((d - k * LN2_HIGH) << 24) - k * LN2_LOW).cast_unsigned();
    let p = (1..=EXP_TERMS).rev().fold(ONE, |p, n| ONE + mul_q124(r, p) / n);
    let slack = EXP_SLACK + 2 * k.unsigned_abs();
    let (low, high) = (BigUint::from(value) * (p - slack), BigUint::from(value) * (p + slack));
    // Multiply by 2^(k-124). The factor 2^4 keeps the shift non-negative for every k <= 128.
    let unit: BigUint = BigUint::one() << (128 - k).unsigned_abs();
    let floor = (low << 4u32).div_floor(&unit);
    let ceil = Integer::div_ceil(&(high << 4u32), &unit);
    let fits = "value * exp(d) exceeds u128";
    (floor.to_u128().expect(fits), ceil.to_u128().expect(fits))
}

/// The hypotheses of Theorem A in numbers: see [`TheoremA::bound`]. Rationals are `(numerator, denominator)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TheoremA {
    /// X: drawdown of the exogenous log-price path.
    pub(crate) x: Log,
    /// How far depth may be over-stated.
    pub(crate) kappa: (u128, u128),
    /// Share of the observed drawdown that own sales may explain; the sum over sellers if there are several.
    pub(crate) h: (u128, u128),
    /// B: burst budget; the sum over sellers if there are several.
    pub(crate) b: Log,
    /// r * n: what the ledger leaked over the run.
    pub(crate) leaked: Log,
    /// Oracle noise.
    pub(crate) eps: Log,
}

/// What interval arithmetic can say of a claimed inequality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// True for every value in the intervals.
    Holds,
    /// False for every value in the intervals.
    Fails,
    /// The two sides are closer than the intervals are wide.
    Undecided,
}

impl TheoremA {
    /// (x + kappa * (b + leaked + 2 h eps)) / (1 - kappa h), rounded outward once.
    ///
    /// With kappa = kn/kd and h = hn/hd both sides are multiplied by kd * hd, so that only integers remain. Panics if
    /// kappa * h >= 1, where the theorem says nothing, or if a denominator is zero.
    pub(crate) fn bound(&self) -> Log {
        let [kn, kd, hn, hd] = [self.kappa.0, self.kappa.1, self.h.0, self.h.1].map(BigUint::from);
        let (whole, gain) = (&kd * &hd, &kn * &hn);
        assert!(!whole.is_zero(), "zero denominator");
        assert!(gain < whole, "kappa * h >= 1");
        let den = &whole - &gain;
        let own = &kn * &hd;
        weighted_sum(&[(self.x, whole), (self.b, own.clone()), (self.leaked, own), (self.eps, gain * 2u32)], &den)
    }

    /// Whether `mdd` is within the bound.
    pub(crate) fn verdict(&self, mdd: Log) -> Verdict {
        let bound = self.bound();
        if mdd.certainly_le(bound) {
            Verdict::Holds
        } else if mdd.certainly_gt(bound) {
            Verdict::Fails
        } else {
            Verdict::Undecided
        }
    }
}

/// Sum of value * weight over den, rounded outward once.
fn weighted_sum(terms: &[(Log, BigUint)], den: &BigUint) -> Log {
    let den = BigInt::from(den.clone());
    let sum = |end: fn(Log) -> i128| -> BigInt {
        terms.iter().map(|(value, weight)| BigInt::from(end(*value)) * BigInt::from(weight.clone())).sum()
    };
    Log { lo: narrow(&sum(Log::lo).div_floor(&den)), hi: narrow(&Integer::div_ceil(&sum(Log::hi), &den)) }
}

/// x = m * 2^e with 2^124 <= m < 2^125; m is rounded down, which understates ln x by less than 2^-124.
pub(crate) fn mantissa(x: u128) -> (u128, i128) {
    let lead = x.leading_zeros();
    let m = if lead >= 3 { x << (lead - 3) } else { x >> (3 - lead) };
    (m, 3 - i128::from(lead))
}

fn big_mantissa(x: &BigUint) -> (u128, i128) {
    let e = i128::from(x.bits()) - 125;
    let m = if e >= 0 { x >> e.unsigned_abs() } else { x << e.unsigned_abs() };
    (m.to_u128().expect("125 bits"), e)
}

/// ln(a/b) as `(ln, shift)`: ln(a/b) = ln * 2^-124 + shift * ln 2, for 2^124 <= a, b < 2^125 and shift in {-1, 0, 1}.
///
/// If the larger is more than 1.4 times the smaller, the smaller is doubled; then s = (a-b)/(a+b) has |s| < 0.1765 and
/// ln(a/b) = 2 atanh(s) = 2 s (1 + t/3 + t^2/5 + ...), t = s^2 < 0.0312. Everything below is positive and rounded down,
/// so it only understates. Losses in ulps: s < 1; t < 1 + 2 * 0.18 < 1.4; Horner p_k = 1/(2k+1) + t * p_(k+1) loses
/// 1 (reciprocal) + 1 (product) + 1.02 * 1.4 (t) + 0.0312 * (loss below) < 3.6; s * p loses 1 + 1.02 + 0.18 * 3.6 < 2.7,
/// doubled 5.4. The omitted tail is below 2 * s^49 / 49 / (1 - t) < 2^-127, an eighth of an ulp. If a and b are
/// themselves floors, each moves the logarithm by at most 1.01 ulps, in opposite directions. Total below 7 < `LN_SLACK`.
pub(crate) fn ln_mantissa_ratio(a: u128, b: u128) -> (i128, i128) {
    let (a, b, shift) = if a > b + b / 5 * 2 {
        (a, 2 * b, 1)
    } else if b > a + a / 5 * 2 {
        (2 * a, b, -1)
    } else {
        (a, b, 0)
    };
    let s = fraction_q124(a.abs_diff(b), a + b);
    let t = mul_q124(s, s);
    let p = ODD_RECIPROCALS.iter().rev().fold(0, |p, reciprocal| reciprocal + mul_q124(t, p));
    let ln = (2 * mul_q124(s, p)).cast_signed();
    (if a < b { -ln } else { ln }, shift)
}

/// floor(num * 2^124 / den) for num < den < 2^127, by long division, 1 bit a step.
fn fraction_q124(num: u128, den: u128) -> u128 {
    let (mut quotient, mut rest) = (0, num);
    for _ in 0..124 {
        rest *= 2;
        let bit = u128::from(rest >= den);
        rest -= den * bit;
        quotient = 2 * quotient + bit;
    }
    quotient
}

/// floor(a * b / 2^124) by 64-bit limbs. Panics if that exceeds `u128`.
fn mul_q124(a: u128, b: u128) -> u128 {
    const LOW: u128 = (1 << 64) - 1;
    let (low, cross, other, high) =
        ((a & LOW) * (b & LOW), (a & LOW) * (b >> 64), (a >> 64) * (b & LOW), (a >> 64) * (b >> 64));
    let middle = (low >> 64) + (cross & LOW) + (other & LOW);
    let high = high + (cross >> 64) + (other >> 64) + (middle >> 64);
    assert!(high >> 124 == 0, "Q124 product overflow");
    // Bits 124..252 of the 256-bit product: the low half is middle's low 64 bits above low's low 64 bits.
    high << 4 | (middle & LOW) >> 60
}

fn narrow(x: &BigInt) -> i128 {
    x.to_i128().expect("Log overflow")
}

/// scaled / 10^places in decimal.
fn decimal(scaled: &BigInt, places: u32) -> String {
    let (whole, part) = scaled.abs().div_rem(&BigInt::from(10).pow(places));
    let sign = if scaled.is_negative() { "-" } else { "" };
    if places == 0 {
        return format!("{sign}{whole}");
    }
    let part = part.to_string();
    format!("{sign}{whole}.{part:0>width$}", width = usize::try_from(places).expect("places"))
}
