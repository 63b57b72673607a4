//! The kernels on words against the compiler's 128-bit arithmetic, those of the machines without it included.

#[allow(dead_code, reason = "each target uses its own half")]
#[path = "../src/word.rs"]
mod word;
#[allow(dead_code, reason = "the kernels need a part of it")]
#[path = "../src/width.rs"]
mod width;

use proptest::prelude::*;

/// Words near powers of two and near their complements, where digits are zero, full, or carry.
fn edges() -> Vec<u64> {
    let mut all = vec![0, u64::MAX];
    for bit in 0..64 {
        for near in [0_u64, 1, 2, 3] {
            all.push((1_u64 << bit).wrapping_add(near));
            all.push((1_u64 << bit).wrapping_sub(near));
            all.push(!(1_u64 << bit).wrapping_add(near));
        }
    }
    for high in [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff_u64] {
        for low in [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff_u64] {
            all.push(high << 32 | low);
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn check_quotient(high: u64, low: u64, d: u64) {
    if high >= d {
        return;
    }
    let n = u128::from(high) << 64 | u128::from(low);
    let expected = u64::try_from(n / u128::from(d)).expect("high < d");
    assert_eq!(word::quotient_by_halves(high, low, d), expected, "{n} / {d}");
    assert_eq!(word::quotient(high, low, d), expected);
}

#[test]
fn products_of_edges() {
    let edges = edges();
    for &a in &edges {
        for &b in &edges {
            let expected = u128::from(a) * u128::from(b);
            assert_eq!(word::by_halves(a, b), expected, "{a} {b}");
            assert_eq!(word::product(a, b), expected);
        }
    }
}

#[test]
fn quotients_of_edges() {
    let edges = edges();
    for &d in &edges {
        for &high in edges.iter().chain(&[d.wrapping_sub(1), d.wrapping_sub(2), d >> 1]) {
            for low in [0, 1, d, d.wrapping_sub(1), 0xffff_ffff, 1 << 32, 1 << 63, u64::MAX - 1, u64::MAX] {
                check_quotient(high, low, d);
            }
        }
    }
}

fn check_long(n: u128, d: u128) {
    if d >> 64 == 0 {
        return;
    }
    let expected = (u64::try_from(n / d).expect("one word"), n % d);
    assert_eq!(word::long_by_halves(n, d), expected, "{n} / {d}");
    assert_eq!(word::div_rem_long(n, d), expected);
}

#[test]
fn quotients_by_long_divisors() {
    let edges = edges();
    for &d1 in edges.iter().filter(|d1| **d1 > 0) {
        for &d0 in edges.iter().step_by(3) {
            let d = word::join(d1, d0);
            for q in [0, 1, 2, 3, 0xffff_ffff, 1 << 32, 1 << 63, u64::MAX - 1, u64::MAX] {
                let Some(multiple) = d.checked_mul(u128::from(q)) else { continue };
                for n in
                    [multiple, multiple.wrapping_sub(1), multiple.saturating_add(1), multiple.saturating_add(d - 1)]
                {
                    check_long(n, d);
                }
            }
            check_long(u128::MAX, d);
            check_long(d << 1, d);
        }
    }
}

/// Exact quotients, and those that a floor is below.
#[test]
fn quotients_rounded_up() {
    let edges = edges();
    for &d in edges.iter().filter(|d| **d > 0) {
        for &n in edges.iter().chain(&[
            d.wrapping_add(1),
            d.wrapping_sub(1),
            d.wrapping_mul(3),
            d.wrapping_mul(3).wrapping_add(1),
        ]) {
            assert_eq!(word::quotient_ceil(n, d), Some(n.div_ceil(d)), "{n} / {d}");
        }
    }
}

/// Dividends that make an estimated digit too high by one and by two, and quotients that are exact or lack one.
#[test]
fn quotients_next_to_a_multiple() {
    let edges = edges();
    for &d in edges.iter().filter(|d| **d > 1) {
        for &q in &edges {
            let multiple = u128::from(d) * u128::from(q);
            for n in [multiple, multiple + 1, multiple.wrapping_sub(1), multiple + u128::from(d - 1)] {
                check_quotient((n >> 64) as u64, n as u64, d);
            }
        }
    }
}

#[test]
fn shifts_of_edges() {
    let edges = edges();
    for &high in edges.iter().step_by(7) {
        for &low in edges.iter().step_by(5) {
            let x = word::join(high, low);
            assert_eq!(word::split(x), (high, low));
            for shift in 0..200 {
                let floor = if shift < 128 { x >> shift } else { 0 };
                assert_eq!(word::shr(x, shift), floor, "{x} >> {shift}");
                let exact = if shift < 128 { floor << shift == x } else { x == 0 };
                assert_eq!(word::is_multiple(x, shift), exact, "{x} by 2^{shift}");
            }
        }
    }
    for &x in &edges {
        for shift in 1..64 {
            assert_eq!(word::shl(x, shift), u128::from(x) << shift);
        }
    }
}

#[test]
fn a_divisor_of_zero_has_no_quotient() {
    assert_eq!(word::div_rem(5, 0), None);
    assert_eq!(word::div_rem(u128::MAX, 0), None);
    assert_eq!(word::quotient_by_halves(0, 5, 0), 0, "callers see the zero first; no panic here");
    assert_eq!((word::quotient_ceil(0, 0), word::quotient_ceil(u64::MAX, 0)), (None, None));
}

/// Numbers of every length.
fn word_of_any_length() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0_u32..64).prop_map(|(x, down)| x >> down)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn products_and_quotients(a in word_of_any_length(), b in word_of_any_length(), high: u64, d in word_of_any_length()) {
        prop_assert_eq!(word::by_halves(a, b), u128::from(a) * u128::from(b));
        if d > 0 {
            check_quotient(high % d, a, d);
            let n = u128::from(high) << 64 | u128::from(b);
            let expected = (n / u128::from(d), (n % u128::from(d)) as u64);
            prop_assert_eq!(word::div_rem(n, d), Some(expected));
        }
        check_long(word::join(high, b), word::join(a, d));
        check_long(word::join(high, b), word::join(a.max(1), d));
    }
}
