//! `BorshSerialize` and `BorshDeserialize`: the stored form without its header, and what is read passes its checks.
//! Spec: N9.

use crate::book::Shape;
use crate::bytes::{Stored, read_bare, write_bare};
use crate::curve::Curve;
use crate::early::Start;
use crate::error::Error;
use crate::price::Price;
use crate::ratio::Ratio;
use crate::risk::Law;
use crate::stress::{DepthProfile, Signal};
use borsh::io::{Error as IoError, ErrorKind, Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};

/// A refusal as the error of a reader: its text.
pub(crate) fn refused(error: Error) -> IoError {
    IoError::new(ErrorKind::InvalidData, error.text())
}

macro_rules! structure {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? { $($field:ident: $kind:ty),+ }) => {
        impl $(<const $n: usize>)? borsh::BorshSerialize for $name $(<$arg>)? {
            fn serialize<W: borsh::io::Write>(&self, to: &mut W) -> borsh::io::Result<()> {
                $( borsh::BorshSerialize::serialize(&self.$field, to)?; )+
                Ok(())
            }
        }

        impl $(<const $n: usize>)? borsh::BorshDeserialize for $name $(<$arg>)? {
            fn deserialize_reader<R: borsh::io::Read>(from: &mut R) -> borsh::io::Result<Self> {
                let value = Self { $( $field: <$kind as borsh::BorshDeserialize>::deserialize_reader(from)? ),+ };
                $crate::forms::Checked::checked(value).map_err($crate::borshed::refused)
            }
        }
    };
}

macro_rules! through {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? as $kind:ty, $into:expr, $parse:expr) => {
        impl $(<const $n: usize>)? borsh::BorshSerialize for $name $(<$arg>)? {
            fn serialize<W: borsh::io::Write>(&self, to: &mut W) -> borsh::io::Result<()> {
                let into: fn(&Self) -> $kind = $into;
                borsh::BorshSerialize::serialize(&into(self), to)
            }
        }

        impl $(<const $n: usize>)? borsh::BorshDeserialize for $name $(<$arg>)? {
            fn deserialize_reader<R: borsh::io::Read>(from: &mut R) -> borsh::io::Result<Self> {
                let parse: fn($kind) -> Result<Self, $crate::error::Error> = $parse;
                parse(<$kind as borsh::BorshDeserialize>::deserialize_reader(from)?).map_err($crate::borshed::refused)
            }
        }
    };
}

pub(crate) use {structure, through};

through!(Price as (i8, u64), |price| price.to_parts(), |(exponent, significand)| {
    Price::from_parts(exponent, significand)
});

/// Choices whose stored form has the length of the largest case.
macro_rules! choices {
    ($($name:ident)+) => { $(
        impl BorshSerialize for $name {
            fn serialize<W: Write>(&self, to: &mut W) -> IoResult<()> {
                let mut bytes = [0; <$name as Stored>::BYTES];
                write_bare(self, &mut bytes).map_err(refused)?;
                to.write_all(&bytes)
            }
        }

        impl BorshDeserialize for $name {
            fn deserialize_reader<R: Read>(from: &mut R) -> IoResult<Self> {
                let mut bytes = [0; <$name as Stored>::BYTES];
                from.read_exact(&mut bytes)?;
                read_bare(&bytes).map_err(refused)
            }
        }
    )+ };
}

choices!(Curve Law Signal Start);

impl<const N: usize> BorshSerialize for Shape<N> {
    fn serialize<W: Write>(&self, to: &mut W) -> IoResult<()> {
        match self {
            Shape::ConstantProduct => (0_u8, [Ratio::ZERO; N]).serialize(to),
            Shape::Grid(points) => (1_u8, *points).serialize(to),
        }
    }
}

impl<const N: usize> BorshDeserialize for Shape<N> {
    fn deserialize_reader<R: Read>(from: &mut R) -> IoResult<Self> {
        let shape = match <(u8, [Ratio; N])>::deserialize_reader(from)? {
            (0, points) if points == [Ratio::ZERO; N] => Shape::ConstantProduct,
            (1, points) => Shape::Grid(points),
            _ => return Err(refused(Error::StoredValue)),
        };
        shape.check().map_err(refused)?;
        Ok(shape)
    }
}

/// All but the last, which is one.
impl<const N: usize> BorshSerialize for DepthProfile<N> {
    fn serialize<W: Write>(&self, to: &mut W) -> IoResult<()> {
        self.times().iter().take(N.saturating_sub(1)).try_for_each(|times| times.serialize(to))
    }
}

impl<const N: usize> BorshDeserialize for DepthProfile<N> {
    fn deserialize_reader<R: Read>(from: &mut R) -> IoResult<Self> {
        let mut all = DepthProfile::<N>::last_point().times();
        for times in all.iter_mut().take(N.saturating_sub(1)) {
            *times = Ratio::deserialize_reader(from)?;
        }
        DepthProfile::from_times(all).map_err(refused)
    }
}

/// The stable code.
impl BorshSerialize for Error {
    fn serialize<W: Write>(&self, to: &mut W) -> IoResult<()> {
        self.code().serialize(to)
    }
}

impl BorshDeserialize for Error {
    fn deserialize_reader<R: Read>(from: &mut R) -> IoResult<Self> {
        let code = u16::deserialize_reader(from)?;
        let found = Error::ALL.iter().find(|error| error.code() == code).copied();
        found.ok_or_else(|| refused(Error::StoredValue))
    }
}
