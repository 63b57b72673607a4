//! Products through 256 bits and square roots.

use crate::source::Source;
use damper::Error;
use damper::num::{isqrt_ceil, isqrt_floor, mul_div_ceil, mul_div_floor};
use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::ToPrimitive;

pub(crate) fn run(source: &mut Source<'_>) {
    let (a, b, d) = (source.number(), source.number(), source.number());
    let product = BigUint::from(a) * BigUint::from(b);
    let result = |round: fn(&BigUint, &BigUint) -> BigUint| match d {
        0 => Err(Error::DivisionByZero),
        d => round(&product, &d.into()).to_u128().ok_or(Error::Overflow),
    };
    assert_eq!(mul_div_floor(a, b, d), result(|n, d| n.div_floor(d)));
    assert_eq!(mul_div_ceil(a, b, d), result(Integer::div_ceil));
    // At and beside squares too.
    let side = u128::from(source.word());
    for n in [a, side * side, (side * side).saturating_sub(1), side * side + 1] {
        let (floor, ceil) = (isqrt_floor(n), isqrt_ceil(n));
        let square = |root: u128| BigUint::from(root) * root;
        assert!(square(floor) <= n.into() && square(floor + 1) > n.into(), "{n}");
        assert!(square(ceil) >= n.into() && (ceil == 0 || square(ceil - 1) < n.into()), "{n}");
    }
}
