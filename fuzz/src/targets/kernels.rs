//! `word`, `digits`, `wide` and `exponential`, the parts for machines without 128-bit arithmetic included, against the
//! compiler's arithmetic, integers of any size, and certified exponentials.

use crate::digits::{part_by_halves, part_ceil, part_floor, part_of_ceil, part_of_floor, root, scale_ceil, share_ceil};
use crate::exponential::exp_neg_ceil;
use crate::logs::{Log, exp_times};
use crate::source::Source;
use crate::wide::{U256, short_div_rem};
use crate::word;
use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{ToPrimitive, Zero};

pub(crate) fn run(source: &mut Source<'_>) {
    words(source);
    wide(source);
    digits(source);
    exponential(source);
}

fn words(source: &mut Source<'_>) {
    let (a, b, x) = (source.word(), source.word(), source.number());
    let product = u128::from(a) * u128::from(b);
    assert_eq!((word::product(a, b), word::by_halves(a, b)), (product, product));
    let shift = u32::from(source.any::<u8>());
    assert_eq!(word::shr(x, shift), x.checked_shr(shift).unwrap_or(0));
    assert_eq!(word::is_multiple(x, shift), x == 0 || x.trailing_zeros() >= shift);
    let up = shift % 63 + 1;
    assert_eq!(word::shl(a, up), u128::from(a) << up);
    if a > 0 {
        assert_eq!(word::room_by_comparison(a), a.leading_zeros());
        let expected = (x / u128::from(a), u64::try_from(x % u128::from(a)).expect("below a word"));
        assert_eq!(word::div_rem(x, a), Some(expected));
        let (high, low) = word::split(x);
        let high = high % a;
        let expected = u64::try_from(word::join(high, low) / u128::from(a)).expect("high is below the divisor");
        assert_eq!(word::quotient(high, low, a), expected);
        assert_eq!(word::quotient_by_halves(high, low, a), expected);
        let (high, normal) = (high >> 1, a | 1 << 63);
        let expected = word::join(high, low) / u128::from(normal);
        assert_eq!(u128::from(word::normal_quotient(high, low, normal)), expected);
    }
    let d = source.number();
    if d >> 64 != 0 {
        let expected = (u64::try_from(x / d).expect("a word"), x % d);
        assert_eq!((word::div_rem_long(x, d), word::long_by_halves(x, d)), (expected, expected));
    }
}

fn wide(source: &mut Source<'_>) {
    let (a, b, d) = (source.number(), source.number(), source.number());
    let exact = |product: BigUint| {
        if d == 0 {
            return None;
        }
        let (quotient, rest) = product.div_rem(&BigUint::from(d));
        quotient.to_u128().map(|quotient| (quotient, rest.to_u128().expect("below the divisor")))
    };
    assert_eq!(U256::mul(a, b).div_rem(d), exact(BigUint::from(a) * BigUint::from(b)));
    assert_eq!(short_div_rem(a, d), exact(a.into()));
    let shift = u32::from(source.any::<u8>()) % 192;
    let shifted = BigUint::from(a) << shift;
    match U256::shifted(a, shift) {
        Some(number) => assert_eq!(number.div_rem(d), exact(shifted)),
        None => assert!(shifted.bits() > 256),
    }
}

fn digits(source: &mut Source<'_>) {
    let (a, b) = (source.word().min(1 << 63), source.word().min(1 << 63));
    let product = u128::from(a) * u128::from(b);
    let (floor, ceil) = (product >> 63, product.div_ceil(1 << 63));
    assert_eq!((u128::from(part_floor(a, b)), u128::from(part_ceil(a, b))), (floor, ceil));
    assert_eq!(u128::from(part_by_halves(a, b, 0)), floor);
    let x = source.number();
    let exact = BigUint::from(x) * b;
    let in_range = |result: BigUint| if x >> 127 == 0 { result.to_u128() } else { None };
    assert_eq!(part_of_floor(x, b), in_range(exact.clone() >> 63));
    assert_eq!(part_of_ceil(x, b), in_range(Integer::div_ceil(&exact, &BigUint::from(1_u64 << 63))));
    let (times, by) = (source.any::<u32>(), source.any::<u32>());
    let scaled = BigUint::from(x) * times;
    let expected = if by == 0 { None } else { Integer::div_ceil(&scaled, &BigUint::from(by)).to_u128() };
    assert_eq!(scale_ceil(x, times, by), expected);
    let (whole, places) = (source.word(), u32::from(source.any::<u8>()) % 63 + 1);
    if whole > 0 {
        let part = source.word() % whole;
        let expected = (u128::from(part) << places).div_ceil(u128::from(whole));
        assert_eq!(u128::from(share_ceil(part, whole, places)), expected);
    }
    let exact = BigUint::from(x).sqrt();
    let (floor, is_square) = root(x);
    assert_eq!(BigUint::from(floor), exact);
    assert_eq!(is_square, (BigUint::from(x) - &exact * &exact).is_zero());
}

/// Not below the exact power, less than 2^-56 above it, and not rising.
fn exponential(source: &mut Source<'_>) {
    let x = source.word();
    let units = -(i128::from(x) << 52);
    let (low, high) = exp_times(1 << 100, Log::from_units(units, units));
    let stated = u128::from(exp_neg_ceil(x)) << 37;
    assert!(stated >= low && stated >= high - 1 && stated < low + (1 << 44), "{x}");
    assert!(exp_neg_ceil(x) >= exp_neg_ceil(x.saturating_add(1)), "{x}");
}
