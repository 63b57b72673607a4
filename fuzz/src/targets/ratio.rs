//! Every operation of a ratio against the exact rational.

use crate::exact::{part, q};
use crate::source::Source;
use damper::Error;
use damper::ratio::Ratio;
use fixed::types::{I80F48, U1F127, U68F60, U128F0};

const WAD: u128 = 1_000_000_000_000_000_000;

pub(crate) fn run(source: &mut Source<'_>) {
    let (a, b) = (source.ratio(), source.ratio());
    assert_eq!(a.checked_add(b), (q(a) + b).ratio_floor());
    assert_eq!(a.checked_sub(b).map_err(|_| Error::Overflow), (q(a) - b).ratio_floor());
    assert_eq!(q(a.excess_over(b)), (q(a) - b).excess());
    assert_eq!(a.mul_floor(b), (q(a) * b).ratio_floor());
    assert_eq!(a.mul_ceil(b), (q(a) * b).ratio_ceil());
    let quotients = [a.div_floor(b), a.div_ceil(b)];
    if b == Ratio::ZERO {
        assert_eq!(quotients, [Err(Error::DivisionByZero); 2]);
    } else {
        assert_eq!(quotients, [(q(a) / b).ratio_floor(), (q(a) / b).ratio_ceil()]);
    }
    assert_eq!(a < b, q(a) < q(b));
    fractions(source);
    conversions(source, a);
}

fn fractions(source: &mut Source<'_>) {
    let (n, d, bps) = (source.number(), source.number(), source.any::<u32>());
    let (floor, ceil) = (Ratio::from_fraction_floor(n, d), Ratio::from_fraction_ceil(n, d));
    if d == 0 {
        assert_eq!((floor, ceil), (Err(Error::DivisionByZero), Err(Error::DivisionByZero)));
    } else {
        assert_eq!((floor, ceil), (part(n, d).ratio_floor(), part(n, d).ratio_ceil()));
    }
    assert_eq!(Ratio::from_bps_floor(bps), part(bps, 10_000).ratio_floor());
    assert_eq!(Ratio::from_bps_ceil(bps), part(bps, 10_000).ratio_ceil());
    assert_eq!(Ratio::from_wad_floor(n), part(n, WAD).ratio_floor());
    assert_eq!(Ratio::from_wad_ceil(n), part(n, WAD).ratio_ceil());
}

fn conversions(source: &mut Source<'_>, a: Ratio) {
    assert_eq!(Ok(u128::from(a.to_bps_floor())), (q(a) * 10_000_u128).whole_floor());
    assert_eq!(Ok(a.to_wad_floor()), (q(a) * WAD).whole_floor());
    assert_eq!(Ok(a.to_wad_ceil()), (q(a) * WAD).whole_ceil());
    let bits = source.number();
    let from = |places: u32| part(bits, 1) / (1_u128 << places);
    let fine = U68F60::from_bits(bits);
    assert_eq!(Ratio::from_fixed_floor(fine), from(60).ratio_floor());
    assert_eq!(Ratio::from_fixed_ceil(fine), from(60).ratio_ceil());
    assert_eq!(Ratio::from_fixed_ceil(U1F127::from_bits(bits)), from(127).ratio_ceil());
    assert_eq!(Ratio::from_fixed_floor(U128F0::from_bits(bits)), from(0).ratio_floor());
    let signed = I80F48::from_bits(bits.cast_signed());
    let expected = if signed < 0 { Err(Error::NegativeInput) } else { from(48).ratio_floor() };
    assert_eq!(Ratio::from_fixed_floor(signed), expected);
    let places = |places: u32| q(a) * (1_u128 << places);
    assert_eq!(a.to_fixed_floor::<U68F60>().map(U68F60::to_bits), places(60).whole_floor());
    assert_eq!(a.to_fixed_ceil::<U1F127>().map(U1F127::to_bits), places(127).whole_ceil());
    assert_eq!(a.to_fixed_floor::<U128F0>().map(U128F0::to_bits), places(0).whole_floor());
    assert_eq!(a.to_fixed_ceil::<U128F0>().map(U128F0::to_bits), places(0).whole_ceil());
}
