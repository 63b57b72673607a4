//! `Arbitrary`: valid values for fuzzers, numbers of every length in bits. What a constructor refuses is drawn again, a few
//! times. Spec: N9.

use crate::book::Shape;
use crate::error::Error;
use crate::health::{Collateral, Debt, Position};
use crate::price::Price;
use crate::ratio::Ratio;
use crate::stress::DepthProfile;
use crate::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use arbitrary::{Arbitrary, Result, Unstructured};

/// How often a value is drawn before the input is given up.
const DRAWS: u32 = 8;

/// The first value of a few draws that is valid.
pub(crate) fn valid<'a, T>(
    source: &mut Unstructured<'a>,
    draw: fn(&mut Unstructured<'a>) -> Result<core::result::Result<T, Error>>,
) -> Result<T> {
    for _ in 0..DRAWS {
        if let Ok(value) = draw(source)? {
            return Ok(value);
        }
    }
    Err(arbitrary::Error::IncorrectFormat)
}

macro_rules! structure {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? { $($field:ident: $kind:ty),+ } drawn) => {};
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? { $($field:ident: $kind:ty),+ } $(mend $mend:expr)?) => {
        impl<'a $(, const $n: usize)?> arbitrary::Arbitrary<'a> for $name $(<$arg>)? {
            fn arbitrary(source: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
                $crate::drawn::valid(source, |source| {
                    let value = Self { $( $field: <$kind as arbitrary::Arbitrary>::arbitrary(source)? ),+ };
                    $(
                        let mend: fn(Self) -> Self = $mend;
                        let value = mend(value);
                    )?
                    Ok($crate::forms::Checked::checked(value))
                })
            }
        }
    };
}

macro_rules! through {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? as $kind:ty, $parse:expr) => {
        impl<'a $(, const $n: usize)?> arbitrary::Arbitrary<'a> for $name $(<$arg>)? {
            fn arbitrary(source: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
                $crate::drawn::valid(source, |source| {
                    let parse: fn($kind) -> Result<Self, $crate::error::Error> = $parse;
                    Ok(parse(<$kind as arbitrary::Arbitrary>::arbitrary(source)?))
                })
            }
        }
    };
}

pub(crate) use {structure, through};

/// A word of any length in bits up to `most`.
pub(crate) fn word(source: &mut Unstructured<'_>, most: u32) -> Result<u64> {
    let down = source.int_in_range(64_u32.saturating_sub(most)..=63)?;
    Ok(u64::arbitrary(source)?.checked_shr(down).unwrap_or(0))
}

macro_rules! numbers {
    ($($name:ident: |$source:ident| $draw:expr;)+) => { $(
        impl<'a> Arbitrary<'a> for $name {
            fn arbitrary($source: &mut Unstructured<'a>) -> Result<$name> {
                Ok($draw)
            }
        }
    )+ };
}

numbers! {
    // Mostly of at most one.
    Ratio: |source| match u8::arbitrary(source)? {
        0 => Ratio::ONE,
        1..=15 => Ratio::from_bits(word(source, 64)?),
        _ => Ratio::from_bits(word(source, 48)?),
    };
    Rate: |source| Rate::per_second(Ratio::from_bits(word(source, 64)?));
    Decay: |source| match u8::arbitrary(source)? {
        0 => Decay::ONE,
        1..=63 => Decay::from_bits(word(source, 63)?).unwrap_or(Decay::ONE),
        // What is near one.
        _ => Decay::from_bits(word(source, 63)?).unwrap_or(Decay::ONE).complement(),
    };
    Price: |source| Price::from_parts(i8::arbitrary(source)?, u64::arbitrary(source)? | 1 << 63)
        .map_err(|_| arbitrary::Error::IncorrectFormat)?;
    Amount: |source| Amount::new(u128::arbitrary(source)?.checked_shr(source.int_in_range(0..=127)?).unwrap_or(0));
    Value: |source| Value::new(u128::arbitrary(source)?.checked_shr(source.int_in_range(0..=127)?).unwrap_or(0));
    Seconds: |source| Seconds::new(word(source, 64)?);
    Timestamp: |source| Timestamp::new(word(source, 64)?);
    Error: |source| *source.choose(Error::ALL)?;
}

impl<'a, const N: usize> Arbitrary<'a> for Shape<N> {
    fn arbitrary(source: &mut Unstructured<'a>) -> Result<Shape<N>> {
        valid(source, |source| {
            if bool::arbitrary(source)? {
                let shape = Shape::<N>::ConstantProduct;
                return Ok(shape.check().map(|()| shape));
            }
            let mut points = <[Ratio; N]>::arbitrary(source)?;
            points.sort_unstable();
            let shape = Shape::Grid(points);
            Ok(shape.check().map(|()| shape))
        })
    }
}

impl<'a, const N: usize> Arbitrary<'a> for DepthProfile<N> {
    fn arbitrary(source: &mut Unstructured<'a>) -> Result<DepthProfile<N>> {
        let mut all = DepthProfile::<N>::last_point().times();
        for times in all.iter_mut().take(N.saturating_sub(1)) {
            *times = Ratio::arbitrary(source)?;
            if *times != Ratio::ZERO && *times < Ratio::ONE {
                *times = Ratio::ONE.checked_add(*times).map_err(|_| arbitrary::Error::IncorrectFormat)?;
            }
        }
        DepthProfile::from_times(all).map_err(|_| arbitrary::Error::IncorrectFormat)
    }
}

impl<'a, const C: usize, const D: usize> Arbitrary<'a> for Position<C, D> {
    fn arbitrary(source: &mut Unstructured<'a>) -> Result<Position<C, D>> {
        let mut position = Position::new(Amount::arbitrary(source)?, Value::arbitrary(source)?);
        let wrong = |_| arbitrary::Error::IncorrectFormat;
        for _ in 0..source.int_in_range(0..=C)? {
            position = position.with_collateral(Collateral::arbitrary(source)?).map_err(wrong)?;
        }
        for _ in 0..source.int_in_range(0..=D)? {
            position = position.with_debt(Debt::arbitrary(source)?).map_err(wrong)?;
        }
        Ok(position)
    }
}
