//! The kernels on words, included as they are: against 128-bit and big integers, at the edges of digits and words.

#[path = "../src/digits.rs"]
#[allow(dead_code, reason = "each kernel is tested alone")]
mod digits;
#[path = "../src/word.rs"]
#[allow(dead_code, reason = "the kernels need a part of it")]
mod word;
#[allow(dead_code, reason = "the kernels need a part of it")]
#[path = "../src/width.rs"]
mod width;

use digits::{part_by_halves, part_ceil, part_floor, part_of_ceil, part_of_floor, root, scale_ceil, share_ceil};
use num_bigint::BigUint;
use num_integer::Integer;
use proptest::prelude::*;
use word::{normal_quotient, room, room_by_comparison};

const TOP: u64 = 1 << 63;

/// Words around the edges of half words and words.
fn edges() -> Vec<u64> {
    let corners = [0, 1 << 16, 1 << 31, 1 << 32, 3 << 31, 1 << 48, 1 << 62, 1 << 63, 3 << 62, u64::MAX];
    let near = [0, 1, 2, 3, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 32) + 1];
    let mut words: Vec<u64> = corners
        .iter()
        .flat_map(|corner: &u64| {
            near.iter().flat_map(|off: &u64| [corner.wrapping_add(*off), corner.wrapping_sub(*off)])
        })
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn any_word() -> impl Strategy<Value = u64> {
    let edge = edges();
    prop_oneof![
        any::<u64>(),
        (any::<u64>(), 0_u32..64).prop_map(|(word, down)| word >> down),
        (0..edge.len()).prop_map(move |at| edge[at]),
        // Halves of their own, often full or empty.
        (prop_oneof![Just(0), Just(u32::MAX), any::<u32>()], prop_oneof![Just(0), Just(u32::MAX), any::<u32>()])
            .prop_map(|(high, low)| u64::from(high) << 32 | u64::from(low)),
    ]
}

fn check_quotient(high: u64, low: u64, divisor: u64) {
    let number = u128::from(high) << 64 | u128::from(low);
    let exact = number / u128::from(divisor);
    assert_eq!(u128::from(normal_quotient(high, low, divisor)), exact, "{high:#x} {low:#x} {divisor:#x}");
}

#[test]
fn quotients_at_the_edges() {
    let edges = edges();
    for &divisor in edges.iter().filter(|&&word| word >= TOP) {
        for &high in edges.iter().chain([divisor - 1, divisor - 2].iter()).filter(|&&high| high < divisor) {
            for &low in &edges {
                check_quotient(high, low, divisor);
            }
        }
    }
}

/// Multiples of the divisor, and one less: where a digit that is one off shows.
#[test]
fn quotients_of_multiples() {
    for divisor in edges().into_iter().filter(|&word| word >= TOP) {
        for factor in edges() {
            let product = u128::from(divisor) * u128::from(factor);
            for number in [product, product.saturating_sub(1), product + u128::from(divisor - 1)] {
                let (high, low) = word::split(number);
                if high < divisor {
                    check_quotient(high, low, divisor);
                }
            }
        }
    }
}

/// An estimate of a digit that is right, one too large, two too large, and one of more than 32 bits.
#[test]
fn every_correction_of_a_digit_occurs() {
    let estimate = |high: u64, divisor: u64| high / (divisor >> 32);
    let mut seen = [0_u32; 4];
    let divisors = [TOP, TOP + 1, TOP | 0xffff_ffff, (0x8000_0001 << 32) | 0xffff_ffff, u64::MAX];
    for divisor in divisors {
        for high in [1, 1 << 32, TOP - 1, divisor - 1, divisor - (1 << 32), divisor / 3 * 2] {
            let exact = ((u128::from(high) << 32) / u128::from(divisor)) as u64;
            let too_large = estimate(high, divisor) - exact;
            assert!(too_large <= 2);
            seen[too_large as usize] += 1;
            seen[3] += u32::from(estimate(high, divisor) > u64::from(u32::MAX));
            check_quotient(high, 0, divisor);
            check_quotient(high, u64::MAX, divisor);
        }
    }
    assert!(seen.iter().all(|&count| count > 0), "{seen:?}");
}

fn check_scale(x: u128, times: u32, by: u32) {
    if by == 0 {
        assert_eq!(scale_ceil(x, times, by), None);
        return;
    }
    let exact = Integer::div_ceil(&(BigUint::from(x) * times), &BigUint::from(by));
    assert_eq!(scale_ceil(x, times, by), u128::try_from(exact).ok(), "{x} {times} {by}");
}

#[test]
fn scaled_at_the_edges() {
    let small = [0, 1, 2, 3, 60, 86_400, 1 << 16, (1 << 31) - 1, 1 << 31, u32::MAX - 1, u32::MAX];
    for high in edges() {
        for low in [0_u64, 1, 0xffff_ffff, 1 << 32, 1 << 63, u64::MAX] {
            for times in small {
                for by in small {
                    check_scale(u128::from(high) << 64 | u128::from(low), times, by);
                }
            }
        }
    }
}

/// Around the largest number whose result fits: the floor fits, the ceiling does not.
#[test]
fn scaled_around_the_largest_result() {
    let mut only_the_floor_fits = 0;
    for (times, by) in [(3, 2), (7, 3), (u32::MAX, u32::MAX - 1), (u32::MAX, 2), (86_400, 60), (1, 1), (5, 7), (7, 6)] {
        // The largest x with floor(x times / by) <= 2^128 - 1.
        let largest = ((BigUint::from(by) << 128_u32) - 1_u32) / times;
        let largest = u128::try_from(largest).unwrap_or(u128::MAX);
        for x in [largest - 2, largest - 1, largest, largest.saturating_add(1)] {
            check_scale(x, times, by);
            only_the_floor_fits += u32::from(x <= largest && scale_ceil(x, times, by).is_none());
        }
    }
    assert!(only_the_floor_fits > 0);
}

fn check_part(a: u64, b: u64) {
    let product = u128::from(a) * u128::from(b);
    let (floor, ceil) = (product >> 63, product.div_ceil(1 << 63));
    assert_eq!(u128::from(part_floor(a, b)), floor, "{a:#x} {b:#x}");
    assert_eq!(u128::from(part_ceil(a, b)), ceil, "{a:#x} {b:#x}");
    assert_eq!(u128::from(part_by_halves(a, b, 0)), floor, "{a:#x} {b:#x}");
    assert_eq!(u128::from(part_by_halves(a, b, TOP - 1)), ceil, "{a:#x} {b:#x}");
}

#[test]
fn parts_at_the_edges() {
    let edges: Vec<u64> = edges().into_iter().filter(|&word| word <= TOP).collect();
    for &a in &edges {
        for &b in &edges {
            check_part(a, b);
        }
    }
}

/// A part of 128 bits, by the product in 192.
fn check_part_of(x: u128, part: u64) {
    let product = BigUint::from(x) * part;
    let fits = |exact: BigUint| if x >> 127 == 0 { u128::try_from(exact).ok() } else { None };
    assert_eq!(part_of_floor(x, part), fits(&product >> 63_u32), "{x:#x} {part:#x}");
    assert_eq!(part_of_ceil(x, part), fits(Integer::div_ceil(&product, &BigUint::from(TOP))), "{x:#x} {part:#x}");
}

#[test]
fn parts_of_wide_numbers_at_the_edges() {
    let parts: Vec<u64> = edges().into_iter().filter(|&word| word <= TOP).collect();
    for high in edges() {
        for low in [0, 1, (1 << 32) - 1, TOP - 1, TOP, TOP + 1, u64::MAX] {
            for &part in &parts {
                check_part_of(u128::from(high) << 64 | u128::from(low), part);
            }
        }
    }
}

fn check_share(part: u64, whole: u64, places: u32) {
    let exact = (u128::from(part) << places).div_ceil(u128::from(whole));
    assert_eq!(u128::from(share_ceil(part, whole, places)), exact, "{part:#x} {whole:#x} {places}");
}

#[test]
fn shares_at_the_edges() {
    for whole in edges().into_iter().filter(|&word| word > 0) {
        for part in edges().into_iter().chain([whole - 1, whole / 2, whole / 3]).filter(|&part| part < whole) {
            for places in [1, 2, 31, 32, 33, 48, 62, 63] {
                check_share(part, whole, places);
            }
        }
    }
}

fn check_root(n: u128) {
    let (floor, exact) = root(n);
    let root = u128::from(floor);
    assert!(root * root <= n && (root + 1).checked_mul(root + 1).is_none_or(|next| n < next), "{n}: {floor}");
    assert_eq!(exact, root * root == n, "{n}");
}

#[test]
fn roots_of_small_numbers() {
    for n in 0..1 << 20 {
        check_root(n);
    }
}

/// Squares, their neighbours, and numbers half way, over all sizes.
#[test]
fn roots_around_squares() {
    for edge in edges() {
        for down in 0..64 {
            let root = u128::from(edge >> down);
            let square = root * root;
            for n in [square.saturating_sub(1), square, square + 1, square + root, square + 2 * root] {
                check_root(n);
            }
        }
    }
    check_root(u128::MAX);
}

/// The upper word one below a square: the digit that would be 2^32.
#[test]
fn roots_of_a_full_digit() {
    for s in [1_u64 << 31, (1 << 31) + 1, 3 << 30, (1 << 32) - 2, (1 << 32) - 1] {
        let high = (u128::from(s) + 1) * (u128::from(s) + 1) - 1;
        for low in edges() {
            check_root(high << 64 | u128::from(low));
            check_root((high - 1) << 64 | u128::from(low));
        }
    }
}

#[test]
fn room_is_what_leads() {
    assert_eq!((room(0), room_by_comparison(0)), (63, 63));
    for bit in 0..64 {
        for word in [1 << bit, u64::MAX >> bit, (1 << bit) | 1] {
            assert_eq!(room(word), word.leading_zeros(), "{word:#x}");
            assert_eq!(room_by_comparison(word), word.leading_zeros(), "{word:#x}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn quotients(high in any_word(), low in any_word(), divisor in any_word()) {
        let divisor = divisor | TOP;
        check_quotient(if high < divisor { high } else { high - TOP }, low, divisor);
    }

    #[test]
    fn scaled(high in any_word(), low in any_word(), times in any::<u32>(), by in any::<u32>(), down in (0_u32..32, 0_u32..32)) {
        check_scale(u128::from(high) << 64 | u128::from(low), times >> down.0, by >> down.1);
    }

    #[test]
    fn parts(a in any_word(), b in any_word()) {
        check_part(a.min(TOP), b.min(TOP));
        check_part(a >> 1, b >> 1);
    }

    #[test]
    fn parts_of_wide_numbers(high in any_word(), low in any_word(), part in any_word()) {
        check_part_of(u128::from(high) << 64 | u128::from(low), part.min(TOP));
        check_part_of(u128::from(high >> 1) << 64 | u128::from(low), part >> 1);
    }

    #[test]
    fn shares(part in any_word(), whole in any_word(), places in 1_u32..64) {
        let whole = whole.max(1);
        check_share(part % whole, whole, places);
    }

    #[test]
    fn roots(high in any_word(), low in any_word()) {
        check_root(u128::from(high) << 64 | u128::from(low));
        check_root(u128::from(low));
        check_root(u128::from(high) * u128::from(high));
    }

    #[test]
    fn rooms(word in any_word()) {
        prop_assert_eq!(room(word), (word | 1).leading_zeros());
        prop_assert_eq!(room_by_comparison(word), (word | 1).leading_zeros());
    }
}
