//! The kernels built for words of 8 bits: those of up to 24 bits of input checked on every input, the wider ones on a dense
//! part and on all edges. And for words of 16 bits on random ones. The text is that of the crate: only the types of `width`
//! differ.

#![allow(clippy::duplicate_mod, reason = "once for each width")]

use damper::Error;
use proptest::prelude::*;

/// The kernels on words of another width, and one check for each, against integers of 64 bits.
macro_rules! kernels {
    ($name:ident, $word:ty, $pair:ty, $half:ty, $short:literal) => {
        #[allow(
            dead_code,
            unused_imports,
            unreachable_pub,
            reason = "included as they are; only the kernels are called"
        )]
        #[path = "."]
        mod $name {
            pub(crate) mod error {
                pub(crate) use damper::Error;
            }
            pub(crate) mod width {
                pub(crate) type Word = $word;
                pub(crate) type Pair = $pair;
                pub(crate) type Half = $half;
                pub(crate) const SHORT: u32 = $short;
            }
            #[path = "../src/digits.rs"]
            pub(crate) mod digits;
            #[path = "../src/num.rs"]
            pub(crate) mod num;
            #[path = "../src/wide.rs"]
            pub(crate) mod wide;
            #[path = "../src/word.rs"]
            pub(crate) mod word;

            use super::Error;
            use width::{Half, Pair, Word};

            const BITS: u32 = Word::BITS;
            const PAIR: u32 = Pair::BITS;
            const ONE: u64 = 1 << (BITS - 1);

            fn fits(exact: u64) -> Result<Pair, Error> {
                Pair::try_from(exact).map_err(|_| Error::Overflow)
            }

            pub(crate) fn product(a: Word, b: Word) {
                let exact = u64::from(a) * u64::from(b);
                assert_eq!(u64::from(word::product(a, b)), exact, "{a} {b}");
                assert_eq!(u64::from(word::by_halves(a, b)), exact, "{a} {b}");
                assert_eq!(word::join(a, b), Pair::from(a) << BITS | Pair::from(b));
                assert_eq!(word::split(word::join(a, b)), (a, b));
            }

            /// For `high < d`.
            pub(crate) fn quotient(high: Word, low: Word, d: Word) {
                let exact = (u64::from(high) << BITS | u64::from(low)) / u64::from(d);
                assert_eq!(u64::from(word::quotient(high, low, d)), exact, "{high} {low} {d}");
                assert_eq!(u64::from(word::quotient_by_halves(high, low, d)), exact, "{high} {low} {d}");
                if u64::from(d) >= ONE {
                    assert_eq!(u64::from(word::normal_quotient(high, low, d)), exact, "{high} {low} {d}");
                }
            }

            pub(crate) fn div_rem(n: Pair, d: Word) {
                let d_wide = Pair::from(d);
                let exact = n.checked_div(d_wide).map(|quotient| (quotient, (n % d_wide) as Word));
                assert_eq!(word::div_rem(n, d), exact, "{n} {d}");
            }

            /// For a divisor of more than a word.
            pub(crate) fn div_rem_long(n: Pair, d: Pair) {
                let exact = ((n / d) as Word, n % d);
                assert_eq!(word::div_rem_long(n, d), exact, "{n} {d}");
                assert_eq!(word::long_by_halves(n, d), exact, "{n} {d}");
            }

            pub(crate) fn shifts(x: Pair) {
                for shift in 0..3 * PAIR {
                    let exact = u64::from(x).checked_shr(shift).unwrap_or(0);
                    let lost = exact.checked_shl(shift).unwrap_or(0) != u64::from(x);
                    assert_eq!(u64::from(word::shr(x, shift)), exact, "{x} {shift}");
                    assert_eq!(word::is_multiple(x, shift), !lost, "{x} {shift}");
                    assert_eq!(u64::from(num::shr_ceil(x, shift)), exact + u64::from(lost), "{x} {shift}");
                }
                if let Ok(word) = Word::try_from(x) {
                    for shift in 1..BITS {
                        assert_eq!(word::shl(word, shift), x << shift, "{x} {shift}");
                    }
                    assert_eq!(word::room(word), (word | 1).leading_zeros());
                }
            }

            /// For `part < whole`.
            pub(crate) fn share(part: Word, whole: Word) {
                for places in 1..BITS {
                    let exact = (u64::from(part) << places).div_ceil(u64::from(whole));
                    assert_eq!(u64::from(digits::share_ceil(part, whole, places)), exact, "{part} {whole} {places}");
                }
            }

            /// For factors of half a word.
            pub(crate) fn scale(x: Pair, times: Half, by: Half) {
                let product = u64::from(x) * u64::from(times);
                let exact = if by == 0 { None } else { fits(product.div_ceil(u64::from(by))).ok() };
                assert_eq!(digits::scale_ceil(x, times, by), exact, "{x} {times} {by}");
            }

            /// For parts up to one and more below it.
            pub(crate) fn part(a: Word, b: Word, more: Word) {
                let product = u64::from(a) * u64::from(b);
                let exact = (product + u64::from(more)) / ONE;
                assert_eq!(u64::from(digits::part_by_halves(a, b, more)), exact, "{a} {b} {more}");
                if more == 0 {
                    assert_eq!(u64::from(digits::part_floor(a, b)), exact, "{a} {b}");
                    assert_eq!(u64::from(digits::part_ceil(a, b)), product.div_ceil(ONE), "{a} {b}");
                }
            }

            /// For a part up to one.
            pub(crate) fn part_of(x: Pair, part: Word) {
                let product = u64::from(x) * u64::from(part);
                let fits = |exact: u64| if x >> (PAIR - 1) == 0 { Pair::try_from(exact).ok() } else { None };
                assert_eq!(digits::part_of_floor(x, part), fits(product / ONE), "{x} {part}");
                assert_eq!(digits::part_of_ceil(x, part), fits(product.div_ceil(ONE)), "{x} {part}");
            }

            pub(crate) fn root(n: Pair) {
                let floor = u64::from(n).isqrt();
                let exact = floor * floor == u64::from(n);
                assert_eq!(digits::root(n), (floor as Word, exact), "{n}");
                assert_eq!(u64::from(num::isqrt_floor(n)), floor, "{n}");
                assert_eq!(u64::from(num::isqrt_ceil(n)), floor + u64::from(!exact), "{n}");
            }

            pub(crate) fn mul_div(a: Pair, b: Pair, d: Pair) {
                let product = u64::from(a) * u64::from(b);
                let of = |exact: Option<u64>| exact.ok_or(Error::DivisionByZero).and_then(fits);
                assert_eq!(num::mul_div_floor(a, b, d), of(product.checked_div(d.into())), "{a} {b} {d}");
                let ceil = if d == 0 { None } else { Some(product.div_ceil(d.into())) };
                assert_eq!(num::mul_div_ceil(a, b, d), of(ceil), "{a} {b} {d}");
            }

            /// For a shift below three words.
            pub(crate) fn mul_shr(a: Pair, b: Word, shift: u32) {
                let product = u64::from(a) * u64::from(b);
                let floor = product >> shift;
                assert_eq!(num::mul_shr_floor(a, b, shift), fits(floor), "{a} {b} {shift}");
                let ceil = floor + u64::from(floor << shift != product);
                assert_eq!(num::mul_shr_ceil(a, b, shift), fits(ceil), "{a} {b} {shift}");
            }

            pub(crate) fn shl_div(n: Pair, d: Pair) {
                for shift in 1..BITS {
                    let dividend = u64::from(n) << shift;
                    let of = |exact: Option<u64>| exact.ok_or(Error::DivisionByZero).and_then(fits);
                    assert_eq!(num::shl_div_floor(n, shift, d), of(dividend.checked_div(d.into())), "{n} {shift} {d}");
                    let ceil = if d == 0 { None } else { Some(dividend.div_ceil(d.into())) };
                    assert_eq!(num::shl_div_ceil(n, shift, d), of(ceil), "{n} {shift} {d}");
                }
            }

            /// A dividend of four words, as it is made by a shift.
            pub(crate) fn shifted(x: Pair, shift: u32, d: Pair) {
                let exact = u128::from(x) << shift;
                match wide::U256::shifted(x, shift) {
                    None => assert!(exact >> (2 * PAIR) != 0, "{x} {shift}"),
                    Some(wide) => {
                        assert!(exact >> (2 * PAIR) == 0, "{x} {shift}");
                        let quotient = exact.checked_div(d.into()).and_then(|quotient| Pair::try_from(quotient).ok());
                        let pair = quotient.map(|quotient| (quotient, (exact % u128::from(d)) as Pair));
                        assert_eq!(wide.div_rem(d), pair, "{x} {shift} {d}");
                    }
                }
            }
        }
    };
}

// Of the two widths of short digits, one reaches the digits and the other the normalised divisor.
kernels!(byte, u8, u16, u8, 1);
kernels!(byte_and_longer_digits, u8, u16, u8, 2);
kernels!(two_bytes, u16, u32, u8, 3);

/// Pairs of bytes where a half, a byte or the pair is nearly empty or nearly full.
fn edges() -> Vec<u16> {
    let near = [0_u16, 1, 2, 3, 0x7, 0x8, 0xf, 0x10, 0x11, 0x7f, 0x80, 0x81, 0xf0, 0xfe, 0xff];
    let mut all: Vec<u16> = near.iter().flat_map(|high| near.iter().map(move |low| high << 8 | low)).collect();
    all.extend([0x100, 0x101, 0x5555, 0xaaaa, 0x1234]);
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn products_and_quotients_of_bytes() {
    for a in 0..=u8::MAX {
        for b in 0..=u8::MAX {
            byte::product(a, b);
            for low in 0..=u8::MAX {
                if a < b {
                    byte::quotient(a, low, b);
                    byte_and_longer_digits::quotient(a, low, b);
                }
            }
        }
    }
}

#[test]
fn quotients_of_pairs_by_bytes() {
    for n in 0..=u16::MAX {
        for d in 0..=u8::MAX {
            byte::div_rem(n, d);
        }
    }
}

/// Every multiple of every divisor, and what is next to it; and of the other dividends one in 64.
#[test]
fn quotients_of_pairs_by_pairs() {
    for d in 0x100..=u16::MAX {
        for multiple in (0..=u16::MAX).step_by(d.into()) {
            for n in [multiple, multiple.wrapping_sub(1), multiple.saturating_add(1)] {
                byte::div_rem_long(n, d);
                byte_and_longer_digits::div_rem_long(n, d);
            }
        }
        for n in (d % 64..=u16::MAX).step_by(64) {
            byte::div_rem_long(n, d);
            byte_and_longer_digits::div_rem_long(n, d);
        }
    }
}

#[test]
fn shifts_and_roots_of_pairs() {
    for x in 0..=u16::MAX {
        byte::shifts(x);
        byte::root(x);
    }
}

#[test]
fn shares_and_parts_of_bytes() {
    for a in 0..=u8::MAX {
        for b in 0..=u8::MAX {
            if a < b {
                byte::share(a, b);
            }
            if a <= 0x80 && b <= 0x80 {
                (0..0x80).for_each(|more| byte::part(a, b, more));
            }
        }
    }
}

#[test]
fn parts_and_scales_of_pairs() {
    for x in 0..=u16::MAX {
        (0..=0x80).for_each(|part| byte::part_of(x, part));
        for times in 0..=0xf {
            (0..=0xf).for_each(|by| byte::scale(x, times, by));
        }
    }
}

#[test]
fn products_over_bytes() {
    for a in 0..=0xff {
        for b in 0..=0xff {
            (0..=0xff).for_each(|d| byte::mul_div(a, b, d));
        }
    }
}

/// One factor in 41 and all edges, with edges for the other and the divisor.
#[test]
fn products_over_pairs() {
    let edges = edges();
    for a in (0..=u16::MAX).step_by(41).chain(edges.iter().copied()) {
        for &b in &edges {
            for &d in edges.iter().step_by(3) {
                byte::mul_div(a, b, d);
            }
            // A quotient next to 2^16, and one that is nearly the other factor.
            let near = ((u64::from(a) * u64::from(b)) >> 16) as u16;
            for d in [near, near.saturating_add(1), near.saturating_add(2), a, a.saturating_add(1)] {
                byte::mul_div(a, b, d);
                byte_and_longer_digits::mul_div(a, b, d);
            }
        }
    }
}

#[test]
fn products_shifted() {
    for a in 0..=u16::MAX {
        for b in 0..=u8::MAX {
            // Every shift for one in four, and for all of them what leaves the lowest word, or nothing of it.
            if a & 3 == u16::from(b) & 3 {
                (0..24).for_each(|shift| byte::mul_shr(a, b, shift));
            } else {
                [0, 7, 8, 9].into_iter().for_each(|shift| byte::mul_shr(a, b, shift));
            }
        }
    }
}

#[test]
fn quotients_of_shifted_numbers() {
    let edges = edges();
    for n in 0..=u16::MAX {
        // All of two bytes; of longer numbers one in eight, and the edges.
        let bytes = if n <= 0xff || n % 8 == 0 { 0..=0xff } else { n..=n };
        for d in bytes.chain(edges.iter().copied().step_by(5)).chain([n, n.wrapping_sub(1), n.wrapping_add(1)]) {
            byte::shl_div(n, d);
        }
    }
    for &x in &edges {
        // Beyond the four words too, where nothing but zero has a place.
        for shift in 0..40 {
            for d in (0..=u16::MAX).step_by(101).chain(edges.iter().copied()) {
                byte::shifted(x, shift, d);
            }
        }
    }
}

/// Words and pairs of any length.
fn any_word() -> impl Strategy<Value = u16> {
    prop_oneof![3 => (any::<u16>(), 0_u32..16).prop_map(|(x, down)| x >> down), 1 => prop::sample::select(edges())]
}

fn any_pair() -> impl Strategy<Value = u32> {
    prop_oneof![
        2 => (any::<u32>(), 0_u32..32).prop_map(|(x, down)| x >> down),
        1 => (any_word(), any_word()).prop_map(|(high, low)| u32::from(high) << 16 | u32::from(low)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40_000))]

    #[test]
    fn words_of_sixteen_bits(a in any_word(), b in any_word(), c in any_word(), x in any_pair(), y in any_pair()) {
        two_bytes::product(a, b);
        two_bytes::div_rem(x, a);
        two_bytes::shifts(x);
        two_bytes::root(x);
        if a > 0 {
            two_bytes::quotient(b % a, c, a);
            two_bytes::share(b % a, a);
        }
        if y > 0xffff {
            two_bytes::div_rem_long(x, y);
        }
        two_bytes::scale(x, (a >> 8) as u8, (b >> 8) as u8);
        two_bytes::part(a.min(0x8000), b.min(0x8000), c >> 1);
        two_bytes::part_of(x, a.min(0x8000));
    }

    #[test]
    fn products_of_sixteen_bits(x in any_pair(), y in any_pair(), d in any_pair(), b in any_word(), shift in 0_u32..48) {
        two_bytes::mul_div(x, y, d);
        two_bytes::mul_div(x, y, ((u64::from(x) * u64::from(y)) >> 32) as u32 + 1);
        two_bytes::mul_shr(x, b, shift);
        two_bytes::shl_div(x, d);
        two_bytes::shifted(x, shift % 32, d);
    }
}
