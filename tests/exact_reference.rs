//! The certified logarithms of `support/exact.rs` against a slow reference with 256 fractional bits, written another way:
//! ratios are brought into [1, 2) only, ln 2 comes from a Machin-like formula, and every series carries its remainder.

#[path = "support/exact.rs"]
mod exact;

use exact::{Drawdown, LN_SLACK, LN2_HIGH, LN2_LOW, Log, TheoremA, Verdict, exp_times, ln_mantissa_ratio, mantissa};
use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{One, Signed, Zero};
use proptest::prelude::*;
use std::panic::catch_unwind;
use std::sync::OnceLock;

/// Fractional bits of the reference.
const BITS: u32 = 256;

/// [lo, hi] in units of 2^-256.
type Interval = (BigInt, BigInt);

/// 2 atanh(num/den) for 0 <= num/den <= 1/3: terms rounded down and up, and a tail of at most 2 s^(2K+1) for K terms.
fn two_atanh(num: &BigInt, den: &BigInt) -> Interval {
    assert!(!num.is_negative() && num * 3 <= *den);
    let unit = BigInt::one() << BITS;
    let (mut low_power, mut high_power) = ((num * &unit).div_floor(den), Integer::div_ceil(&(num * &unit), den));
    let (num_squared, den_squared) = (num * num, den * den);
    let (mut low, mut high) = (BigInt::zero(), BigInt::zero());
    let mut odd = BigInt::one();
    // The upper power sticks at 1 unit because it is rounded up; there the tail is 2 units.
    while high_power > BigInt::one() {
        low += low_power.div_floor(&odd);
        high += Integer::div_ceil(&high_power, &odd);
        low_power = (low_power * &num_squared).div_floor(&den_squared);
        high_power = Integer::div_ceil(&(high_power * &num_squared), &den_squared);
        odd += 2;
    }
    (low * 2, (high + 2 * high_power) * 2)
}

/// ln 2 = 18 atanh(1/26) - 2 atanh(1/4801) + 8 atanh(1/8749).
fn ln_2() -> &'static Interval {
    static LN_2: OnceLock<Interval> = OnceLock::new();
    LN_2.get_or_init(|| {
        let [a, b, c] = [26, 4801, 8749].map(|den| two_atanh(&BigInt::one(), &BigInt::from(den)));
        (a.0 * 9 - b.1 + &c.0 * 4, a.1 * 9 - b.0 + c.1 * 4)
    })
}

/// ln(num/den).
fn reference(num: &BigUint, den: &BigUint) -> Interval {
    let (mut num, mut den) = (BigInt::from(num.clone()), BigInt::from(den.clone()));
    let mut e = i64::try_from(num.bits()).unwrap() - i64::try_from(den.bits()).unwrap();
    if e >= 0 {
        den <<= e.unsigned_abs()
    } else {
        num <<= e.unsigned_abs()
    }
    if num < den {
        num *= 2;
        e -= 1;
    }
    let fraction = two_atanh(&(&num - &den), &(&num + &den));
    let (low, high) = if e >= 0 { (&ln_2().0, &ln_2().1) } else { (&ln_2().1, &ln_2().0) };
    (low * e + fraction.0, high * e + fraction.1)
}

fn reference_u128(num: u128, den: u128) -> Interval {
    reference(&BigUint::from(num), &BigUint::from(den))
}

/// Units of 2^-100 in units of 2^-256.
fn widened(units: i128) -> BigInt {
    BigInt::from(units) << (BITS - 100)
}

/// The whole reference interval, and with it the truth, lies inside.
fn assert_encloses(log: Log, truth: &Interval, what: &str) {
    assert!(truth.0 <= truth.1, "{what}: empty reference");
    assert!(widened(log.lo()) <= truth.0, "{what}: lower end above the truth");
    assert!(truth.1 <= widened(log.hi()), "{what}: upper end below the truth");
}

fn check_ratio(num: u128, den: u128) {
    let (log, what) = (Log::of_ratio(num, den), format!("ln({num}/{den})"));
    assert_encloses(log, &reference_u128(num, den), &what);
    assert!(log.width() <= 2, "{what}: {} units wide", log.width());
    assert_eq!(Log::of_ratio(den, num), log.neg(), "{what}: not antisymmetric");
    assert_eq!(Log::of_big_ratio(&num.into(), &den.into()), log, "{what}: of_big_ratio differs");
}

/// Any size, with as many small as large values.
fn any_size() -> impl Strategy<Value = u128> {
    (any::<u128>(), 0u32..128).prop_map(|(x, shift)| (x >> shift).max(1))
}

fn exact_units(units: i128) -> Log {
    Log::from_units(units, units)
}

fn overlap(a: Log, b: Log) -> bool {
    a.lo() <= b.hi() && b.lo() <= a.hi()
}

/// At most 82 terms of 2 units make a fraction under 400 units wide, ln 2 under 14 * 400, 128 ln 2 under 2^20.
#[test]
fn reference_is_narrow() {
    for (num, den) in [(3, 2), (2, 1), (1, u128::MAX), (u128::MAX, u128::MAX - 1)] {
        let (low, high) = reference_u128(num, den);
        assert!(low < high && high - low < BigInt::one() << 20, "{num}/{den}");
    }
    assert_eq!(reference_u128(7, 7).0, BigInt::zero());
}

/// Published digits: both the reference and the fast logarithm must lie on the right side of digit strings that differ
/// by one in the last place.
#[test]
fn published_digits() {
    let digits = [
        (2, "0693147180559945309417232121458176568075500134360255254120680"),
        (10, "2302585092994045684017991454684364207601101488628772976033327"),
    ];
    for (num, digits) in digits {
        let below: BigInt = digits.parse().unwrap();
        let scale = BigInt::from(10).pow(60);
        let truth = ((&below << BITS).div_floor(&scale), Integer::div_ceil(&((below + 1) << BITS), &scale));
        let (low, high) = reference_u128(num, 1);
        assert!(truth.0 <= low && high <= truth.1, "reference ln {num}");
        assert_encloses(Log::of_ratio(num, 1), &truth, "published digits");
    }
    let ulp: BigInt = BigInt::one() << (BITS - 124);
    let stored = ((BigInt::from(LN2_HIGH) << 24u32) + LN2_LOW) * &ulp;
    for end in [&ln_2().0, &ln_2().1] {
        let off: BigInt = end - &stored;
        assert!(off.abs() * 2 <= ulp, "LN2_LOW is not the nearest");
    }
    assert_eq!(Log::of_ratio(2, 1).to_decimal_floor(29), "0.69314718055994530941723212145");
    assert_eq!(Log::of_ratio(2, 1).to_decimal_ceil(29), "0.69314718055994530941723212146");
    assert_eq!(Log::of_ratio(1, 10).to_decimal_floor(3), "-2.303");
    assert_eq!(Log::of_ratio(1, 10).to_decimal_ceil(3), "-2.302");
}

#[test]
fn extremes_and_adjacent_integers() {
    let max = u128::MAX;
    let ends = [1, 2, 3, 5, 7, 10, 11, (1 << 64) - 1, 1 << 64, (1 << 64) + 1, (1 << 124) - 1, 1 << 124, 1 << 125];
    for num in ends.into_iter().chain([1 << 127, max - 1, max]) {
        for den in ends.into_iter().chain([1 << 127, max - 1, max]) {
            if num != den {
                check_ratio(num, den);
            }
        }
    }
    for bits in 1..128 {
        let x = 1 << bits;
        check_ratio(x - 1, x);
        check_ratio(x, x + 1);
        // Both sides of the reduction thresholds 1.4 and 2.
        for around in [x / 5 * 7, x / 7 * 5] {
            check_ratio(around.max(1), x + 1);
            check_ratio(around + 1, x + 1);
        }
    }
    assert_eq!(Log::of_ratio(max, max), Log::zero());
}

#[test]
fn big_ratios() {
    let three = BigUint::from(3u32);
    for power in [1, 80, 81, 1_000, 5_000] {
        let log = Log::of_big_ratio(&three.pow(power), &BigUint::one());
        assert_encloses(log, &reference(&three.pow(power), &BigUint::one()), "ln 3^n");
        assert!(log.width() <= 2);
        assert!(overlap(log, Log::of_ratio(3, 1).mul_fraction(power.into(), 1)));
        assert!(overlap(log.neg(), Log::of_big_ratio(&BigUint::one(), &three.pow(power))));
    }
    assert_eq!(Log::of_big_ratio(&three.pow(99), &three.pow(99)), Log::zero());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_ratio_is_enclosed(num in any_size(), den in any_size()) {
        if num != den {
            check_ratio(num, den);
        }
    }

    #[test]
    fn near_ratios_are_enclosed(num in any_size(), by in 1u128..1_000) {
        check_ratio(num, num.checked_add(by).unwrap_or_else(|| num - by));
    }

    /// The derived error bound, at the precision where it is derived: an error of more than `LN_SLACK` ulps of 2^-124.
    #[test]
    fn core_series_keeps_its_slack(num in any_size(), den in any_size()) {
        let ((a, a_exp), (b, b_exp)) = (mantissa(num), mantissa(den));
        prop_assert!([a, b].iter().all(|m| m >> 124 == 1));
        let (ln, shift) = ln_mantissa_ratio(a, b);
        let (low, high) = reference_u128(num, den);
        let e = a_exp - b_exp + shift;
        let whole = if e >= 0 { (&ln_2().0 * e, &ln_2().1 * e) } else { (&ln_2().1 * e, &ln_2().0 * e) };
        let ulps = |x: i128| BigInt::from(x) << (BITS - 124);
        prop_assert!(high - whole.0 <= ulps(ln + LN_SLACK));
        prop_assert!(low - whole.1 >= ulps(ln - LN_SLACK));
    }

    #[test]
    fn sums_of_logarithms_meet_products(a in 1u128..1 << 64, b in 1u128..1 << 64, c in any_size()) {
        let sum = Log::of_ratio(a, c).add(Log::of_ratio(b, 1));
        prop_assert!(overlap(sum, Log::of_ratio(a * b, c)));
        prop_assert!(overlap(Log::of_ratio(a, c).sub(Log::of_ratio(b, c)), Log::of_ratio(a, b)));
    }

    /// Distinct ratios whose logarithms differ by more than the width are told apart, in the right order.
    #[test]
    fn order_of_ratios(a in 1u128..1 << 90, b in 1u128..1 << 90) {
        let (x, y) = (Log::of_ratio(a, 1 << 90), Log::of_ratio(b, 1 << 90));
        prop_assert_eq!(x.certainly_gt(y), a > b);
        prop_assert_eq!(x.possibly_gt(y), a >= b);
        prop_assert_eq!(x.certainly_le(y), a < b);
    }

    /// ln decides: floor <= value * exp(d) <= ceil means ln(floor/value) <= d <= ln(ceil/value).
    #[test]
    fn exp_bounds_are_certified_and_tight(value in 1u128..1 << 100, d in -(60i128 << 100)..=0, shift in 0u32..127) {
        let d = d >> shift;
        let (floor, ceil) = exp_times(value, exact_units(d));
        prop_assert!(ceil - floor <= 2);
        if floor > 0 {
            prop_assert!(reference_u128(floor, value).1 <= widened(d));
        }
        prop_assert!(ceil == value && d == 0 || reference_u128(ceil, value).0 >= widened(d));
    }

    #[test]
    fn exp_upwards_is_certified(value in any_size(), d in 1i128..80 << 100, shift in 0u32..127) {
        let d = (d >> shift).max(1);
        let value = value >> ((d >> 100) * 3 / 2 + 2);
        let (floor, ceil) = exp_times(value, exact_units(d));
        if value > 0 {
            prop_assert!(reference_u128(floor, value).1 <= widened(d));
            prop_assert!(reference_u128(ceil, value).0 >= widened(d));
            prop_assert!((ceil - floor).saturating_sub(2) <= ceil >> 112);
        } else {
            prop_assert_eq!((floor, ceil), (0, 0));
        }
    }

    #[test]
    fn exp_undoes_ln(from in 1u128..1 << 100, to in 1u128..1 << 100) {
        let (floor, ceil) = exp_times(from, Log::of_ratio(to, from));
        prop_assert!(floor <= to && to <= ceil);
        prop_assert!(ceil - floor <= 6, "{} {}", floor, ceil);
    }

    #[test]
    fn fractions_are_enclosed(
        num in -(1i128 << 90)..1 << 90,
        den in 1i128..1 << 90,
        by in any_size(),
        under in any_size(),
    ) {
        prop_assume!(num.unsigned_abs() / den.unsigned_abs() < 1 << 20);
        let log = Log::from_fraction(num, den);
        let encloses = |log: Log, num: BigInt, den: BigInt| {
            BigInt::from(log.lo()) * &den <= &num << 100 && num << 100 <= BigInt::from(log.hi()) * den
        };
        prop_assert!(encloses(log, num.into(), den.into()) && log.width() <= 1);
        prop_assert_eq!(Log::from_fraction(-num, -den), log);
        if by / under < 64 {
            let scaled = log.mul_fraction(by, under);
            prop_assert!(encloses(scaled, BigInt::from(num) * by, BigInt::from(den) * under));
            prop_assert!(scaled.width() <= 2 + i128::try_from(by / under).unwrap() + 1);
        }
    }

    /// The tracker against the definition: the largest drop over all pairs, on exact values.
    #[test]
    fn drawdown_is_the_largest_drop(path in proptest::collection::vec((-1_000i128..1_000, 0i128..5, 0i128..5), 0..30)) {
        let mut tracked = Drawdown::new();
        for (value, under, over) in &path {
            tracked.push(Log::from_units(value - under, value + over));
        }
        let largest = |high: fn(&(i128, i128, i128)) -> i128, low: fn(&(i128, i128, i128)) -> i128| {
            let drops = (0..path.len()).flat_map(|k| (0..k).map(move |j| (j, k)));
            drops.map(|(j, k)| high(&path[j]) - low(&path[k])).fold(0, i128::max)
        };
        let mdd = tracked.mdd();
        prop_assert!(mdd.lo() <= largest(|p| p.0, |p| p.0) && largest(|p| p.0, |p| p.0) <= mdd.hi());
        prop_assert_eq!(mdd.lo(), largest(|p| p.0 - p.1, |p| p.0 + p.2));
        prop_assert_eq!(mdd.hi(), largest(|p| p.0 + p.2, |p| p.0 - p.1));
    }
}

#[test]
fn exp_boundaries() {
    let ln_2 = Log::of_ratio(2, 1);
    assert_eq!(exp_times(1 << 99, Log::zero()), (1 << 99, 1 << 99));
    assert_eq!(exp_times(u128::MAX, Log::zero()), (u128::MAX, u128::MAX));
    assert_eq!(exp_times(0, ln_2), (0, 0));
    assert_eq!(exp_times(100, ln_2), (199, 201));
    assert_eq!(exp_times(1 << 127, Log::of_ratio(1, 1 << 110)), ((1 << 17) - 1, (1 << 17) + 1));
    assert_eq!(exp_times(1, Log::from_fraction(-1_000_000, 1)), (0, 1));
    assert_eq!(exp_times(1_000, Log::from_units(ln_2.neg().lo(), ln_2.hi())), (499, 2_001));
    // e = 2.718281828459045235360287471352662497757...
    let (floor, ceil) = exp_times(10u128.pow(30), Log::from_fraction(1, 1));
    assert_eq!((floor, ceil), (2_718_281_828_459_045_235_360_287_471_352, 2_718_281_828_459_045_235_360_287_471_353));
    assert!(catch_unwind(|| exp_times(u128::MAX, ln_2)).is_err());
    assert!(catch_unwind(|| exp_times(1, Log::from_fraction(100, 1))).is_err());
}

#[test]
fn misuse_panics() {
    let (top, one) = (exact_units(i128::MAX), exact_units(1));
    assert!(catch_unwind(|| top.add(one)).is_err());
    assert!(catch_unwind(|| one.sub(exact_units(i128::MIN))).is_err());
    assert!(catch_unwind(|| top.mul_fraction(2, 1)).is_err());
    assert!(catch_unwind(|| one.mul_fraction(1, 0)).is_err());
    assert!(catch_unwind(|| Log::from_fraction(1 << 28, 1)).is_err());
    assert!(catch_unwind(|| Log::from_fraction(1, 0)).is_err());
    assert!(catch_unwind(|| Log::of_ratio(0, 1)).is_err());
    assert!(catch_unwind(|| Log::of_ratio(1, 0)).is_err());
    assert!(catch_unwind(|| Log::of_big_ratio(&BigUint::zero(), &BigUint::one())).is_err());
    assert!(catch_unwind(|| Log::from_units(1, 0)).is_err());
}

#[test]
fn maximum_and_minimum_of_intervals() {
    let (a, b) = (Log::from_units(1, 5), Log::from_units(2, 3));
    assert_eq!(a.max(b), Log::from_units(2, 5));
    assert_eq!(a.min(b), Log::from_units(1, 3));
    assert!(!a.certainly_gt(b) && a.possibly_gt(b) && !a.certainly_le(b));
    assert!(exact_units(4).certainly_le(exact_units(4)) && !exact_units(4).possibly_gt(exact_units(4)));
}

/// A rising path has a drawdown of exactly zero, also where neighbours are one part in 10^30 apart.
#[test]
fn rising_path_never_draws_down() {
    let mut tracked = Drawdown::new();
    for step in 0..100 {
        tracked.push(Log::of_ratio(10u128.pow(29) + step, 1));
        assert_eq!(tracked.mdd(), Log::zero());
    }
}

#[test]
fn decimals() {
    assert_eq!(Log::zero().to_decimal_ceil(2), "0.00");
    assert_eq!(Log::from_fraction(-1, 1_000).to_decimal_floor(2), "-0.01");
    assert_eq!(Log::from_fraction(-1, 1_000).to_decimal_ceil(2), "0.00");
    assert_eq!(Log::from_fraction(5, 4).to_decimal_floor(1), "1.2");
    assert_eq!(Log::from_fraction(5, 4).to_decimal_ceil(1), "1.3");
    assert_eq!(Log::from_fraction(5, 4).to_decimal_ceil(0), "2");
    assert_eq!(Log::from_fraction(-5, 4).to_f64_lo(), -1.25);
    assert_eq!(Log::from_fraction(5, 4).to_f64_hi(), 1.25);
}

fn worked_example() -> TheoremA {
    // (1/4 + 2 * (1/64 + 1/32 + 2 * 1/4 * 1/16)) / (1 - 2 * 1/4) = (1/4 + 5/32) * 2 = 13/16.
    TheoremA {
        x: Log::from_fraction(1, 4),
        kappa: (4, 2),
        h: (2, 8),
        b: Log::from_fraction(1, 64),
        leaked: Log::from_fraction(1, 32),
        eps: Log::from_fraction(1, 16),
    }
}

#[test]
fn theorem_a_bound_and_verdict() {
    let theorem = worked_example();
    let bound = Log::from_fraction(13, 16);
    assert_eq!(theorem.bound(), bound);
    assert_eq!(theorem.verdict(bound), Verdict::Holds);
    assert_eq!(theorem.verdict(exact_units(bound.hi() + 1)), Verdict::Fails);
    assert_eq!(theorem.verdict(Log::from_units(bound.lo() - 1, bound.hi() + 1)), Verdict::Undecided);
    // An interval bound: holds at its lower end, fails above its upper end, undecided between.
    let wide = TheoremA { x: Log::from_units(1 << 98, (1 << 98) + 2), ..theorem };
    assert_eq!(wide.bound(), Log::from_units(bound.lo(), bound.lo() + 4));
    let verdicts = [0, 1, 4, 5].map(|above| wide.verdict(exact_units(bound.lo() + above)));
    assert_eq!(verdicts, [Verdict::Holds, Verdict::Undecided, Verdict::Undecided, Verdict::Fails]);
    let free = TheoremA { kappa: (0, 1), ..theorem };
    assert_eq!(free.bound(), theorem.x);
    let third = TheoremA { h: (0, 1), kappa: (1, 3), x: Log::zero(), ..theorem }.bound();
    assert_eq!(third, Log::from_fraction(1, 64), "(1/64 + 1/32) / 3");
    // Rounded outward, 1 unit wide: (1/4 + 1/64 + 1/32 + 1/24) / (2/3) = 65/128 has no remainder, 1/7 of 3/64 has.
    let seventh = TheoremA { h: (0, 1), kappa: (1, 7), x: Log::zero(), ..theorem }.bound();
    assert_eq!(seventh, Log::from_fraction(3, 448));
    assert_eq!(seventh.width(), 1);
}

#[test]
fn theorem_a_needs_a_loop_gain_below_one() {
    let theorem = worked_example();
    for (kappa, h) in [((4, 1), (1, 4)), ((5, 1), (1, 4)), ((u128::MAX, 1), (u128::MAX, 1)), ((1, 0), (0, 1))] {
        assert!(catch_unwind(|| TheoremA { kappa, h, ..theorem }.bound()).is_err(), "{kappa:?} {h:?}");
    }
    let barely = TheoremA { kappa: (u128::MAX, u128::MAX), h: (999_999, 1_000_000), ..theorem };
    assert!(barely.bound().certainly_gt(Log::from_fraction(250_000, 1)));
}
