//! `Serialize` and `Deserialize`, without allocation.
//!
//! In a format for people a number is its text (N10): a ratio, rate, decay or price a decimal; a count a string of digits, read
//! from a string or an unsigned integer, never from a float. In another format a number is its raw bits. Spec: N9, N10.

use crate::error::Error;
use crate::forms::{Count, Field, List, UpTo};
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use core::fmt::{Display, Formatter};
use core::marker::PhantomData;
use core::str::FromStr;
use heapless::Vec;
use serde::de::{Deserializer, SeqAccess, Unexpected, Visitor};
use serde::ser::{SerializeSeq, SerializeTuple, Serializer};
use serde::{Deserialize, Serialize};

/// A refusal as its name, its code and its text.
pub(crate) struct Refusal(pub(crate) Error);

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} ({}): {}", self.0.name(), self.0.code(), self.0)
    }
}

/// The error of a format for a refusal.
pub(crate) fn refused<E: serde::de::Error>(error: Error) -> E {
    E::custom(Refusal(error))
}

/// A struct: a shadow of the same name and fields is derived, and converted with the check.
macro_rules! structure {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? { $($field:ident: $kind:ty),+ }) => {
        const _: () = {
            #[derive(serde::Serialize, serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            struct $name $(<const $n: usize>)? { $($field: <$kind as $crate::forms::Field>::Form),+ }

            impl $(<const $n: usize>)? serde::Serialize for self::$name $(<$arg>)? {
                fn serialize<To: serde::Serializer>(&self, to: To) -> Result<To::Ok, To::Error> {
                    let shadow: $name $(<$arg>)? = $name { $($field: $crate::forms::Field::form(&self.$field)),+ };
                    serde::Serialize::serialize(&shadow, to)
                }
            }

            impl<'de $(, const $n: usize)?> serde::Deserialize<'de> for self::$name $(<$arg>)? {
                fn deserialize<From: serde::Deserializer<'de>>(from: From) -> Result<Self, From::Error> {
                    let shadow = <$name $(<$arg>)? as serde::Deserialize>::deserialize(from)?;
                    let value = Self { $($field: <$kind as $crate::forms::Field>::of(shadow.$field)),+ };
                    $crate::forms::Checked::checked(value).map_err($crate::serial::refused)
                }
            }
        };
    };
}

/// A type through another.
macro_rules! through {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? as $kind:ty, $into:expr, $parse:expr) => {
        impl $(<const $n: usize>)? serde::Serialize for $name $(<$arg>)? {
            fn serialize<To: serde::Serializer>(&self, to: To) -> Result<To::Ok, To::Error> {
                let into: fn(&Self) -> $kind = $into;
                serde::Serialize::serialize(&$crate::forms::Field::form(&into(self)), to)
            }
        }

        impl<'de $(, const $n: usize)?> serde::Deserialize<'de> for $name $(<$arg>)? {
            fn deserialize<From: serde::Deserializer<'de>>(from: From) -> Result<Self, From::Error> {
                let form = <<$kind as $crate::forms::Field>::Form as serde::Deserialize>::deserialize(from)?;
                let parse: fn($kind) -> Result<Self, $crate::error::Error> = $parse;
                parse($crate::forms::Field::of(form)).map_err($crate::serial::refused)
            }
        }
    };
}

pub(crate) use {structure, through};

/// Reads a text, and if `COUNT` an unsigned integer.
struct Text<T, const COUNT: bool>(PhantomData<T>);

/// What is read from a text.
trait FromText: FromStr<Err = Error> {
    const EXPECTED: &'static str;
    fn count(count: u128) -> Result<Self, Error>;
}

impl<T: FromText, const COUNT: bool> Visitor<'_> for Text<T, COUNT> {
    type Value = T;
    fn expecting(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        f.write_str(T::EXPECTED)
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(refused)
    }
    fn visit_u64<E: serde::de::Error>(self, count: u64) -> Result<T, E> {
        if COUNT {
            T::count(count.into()).map_err(refused)
        } else {
            Err(E::invalid_type(Unexpected::Unsigned(count), &self))
        }
    }
    /// Some formats have signed integers alone.
    fn visit_i64<E: serde::de::Error>(self, count: i64) -> Result<T, E> {
        match u64::try_from(count) {
            Ok(count) => self.visit_u64(count),
            Err(_) => Err(E::invalid_type(Unexpected::Signed(count), &self)),
        }
    }
    fn visit_u128<E: serde::de::Error>(self, count: u128) -> Result<T, E> {
        if COUNT { T::count(count).map_err(refused) } else { Err(E::invalid_type(Unexpected::Other("integer"), &self)) }
    }
}

fn write<T: Display, B: Serialize, S: Serializer>(value: &T, bits: B, to: S) -> Result<S::Ok, S::Error> {
    if to.is_human_readable() { to.collect_str(value) } else { bits.serialize(to) }
}

macro_rules! numbers {
    ($($name:ident: $bits:ty, $any:literal, $expected:literal, $into:expr, $from:expr, $count:expr;)+) => { $(
        impl FromText for $name {
            const EXPECTED: &'static str = $expected;
            fn count(count: u128) -> Result<$name, Error> {
                let from: fn(u128) -> Result<$name, Error> = $count;
                from(count)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let into: fn(&$name) -> $bits = $into;
                write(self, into(self), to)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<$name, D::Error> {
                if from.is_human_readable() {
                    let text = Text::<$name, $any>(PhantomData);
                    return if $any { from.deserialize_any(text) } else { from.deserialize_str(text) };
                }
                let parse: fn($bits) -> Result<$name, Error> = $from;
                parse(<$bits>::deserialize(from)?).map_err(refused)
            }
        }
    )+ };
}

/// No ratio is read from an integer: whether 5 is meant as five or as five per cent nobody can say.
fn no<T>(_: u128) -> Result<T, Error> {
    Err(Error::TextCharacter)
}

fn small(count: u128) -> Result<u64, Error> {
    u64::try_from(count).map_err(|_| Error::Overflow)
}

numbers! {
    Ratio: u64, false, "a decimal as a string", |ratio| ratio.to_bits(), |bits| Ok(Ratio::from_bits(bits)), no;
    Rate: u64, false, "a decimal per second as a string",
        |rate| rate.get().to_bits(), |bits| Ok(Rate::per_second(Ratio::from_bits(bits))), no;
    Decay: u64, false, "a decimal of at most one as a string", |decay| decay.to_bits(), Decay::from_bits, no;
    Price: (i8, u64), false, "a price in quote atoms per base atom as a string",
        |price| price.to_parts(), |(exponent, significand)| Price::from_parts(exponent, significand), no;
    Amount: u128, true, "base atoms as a string or an unsigned integer",
        |amount| amount.get(), |count| Ok(Amount::new(count)), |count| Ok(Amount::new(count));
    Value: u128, true, "quote atoms as a string or an unsigned integer",
        |value| value.get(), |count| Ok(Value::new(count)), |count| Ok(Value::new(count));
    Seconds: u64, true, "seconds as a string or an unsigned integer",
        |seconds| seconds.get(), |count| Ok(Seconds::new(count)), |count| small(count).map(Seconds::new);
    Timestamp: u64, true, "seconds since the epoch as a string or an unsigned integer",
        |time| time.get(), |count| Ok(Timestamp::new(count)), |count| small(count).map(Timestamp::new);
}

/// A count without a unit is read as a count of seconds or of atoms is.
macro_rules! plain_counts {
    ($($width:ty as $name:ident;)+) => { $(
        impl Serialize for Count<$width> {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                $name::new(self.0).serialize(to)
            }
        }

        impl<'de> Deserialize<'de> for Count<$width> {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $name::deserialize(from).map(|count| Count(count.get()))
            }
        }
    )+ };
}

plain_counts!(u64 as Seconds; u128 as Amount;);

impl<T: Field<Form: Serialize>, const K: usize> Serialize for List<T, K> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_tuple(K)?;
        for value in &self.0 {
            list.serialize_element(&value.form())?;
        }
        list.end()
    }
}

impl<T: Field<Form: Serialize>, const K: usize> Serialize for UpTo<T, K> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(self.0.len()))?;
        for value in &self.0 {
            list.serialize_element(&value.form())?;
        }
        list.end()
    }
}

/// Reads up to `K` values.
struct Values<T, const K: usize>(PhantomData<T>);

impl<'de, T: Field<Form: Deserialize<'de>>, const K: usize> Visitor<'de> for Values<T, K> {
    type Value = Vec<T, K>;
    fn expecting(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        write!(f, "a list of {K} values")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Vec<T, K>, A::Error> {
        let mut values = Vec::new();
        // Never more than K: a format that would give more is told by its own end of the list.
        while values.len() < K {
            let Some(form) = from.next_element::<T::Form>()? else { break };
            // There is room.
            let _ = values.push(T::of(form));
        }
        Ok(values)
    }
}

impl<'de, T: Field<Form: Deserialize<'de>>, const K: usize> Deserialize<'de> for List<T, K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let values = from.deserialize_tuple(K, Values::<T, K>(PhantomData))?;
        let length = values.len();
        let array = values
            .into_array()
            .map_err(|_| <D::Error as serde::de::Error>::invalid_length(length, &Values::<T, K>(PhantomData)))?;
        Ok(List(array))
    }
}

impl<'de, T: Field<Form: Deserialize<'de>>, const K: usize> Deserialize<'de> for UpTo<T, K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(Values::<T, K>(PhantomData)).map(UpTo)
    }
}

/// Writes a list of up to `K` values, as a field of what is derived.
pub(crate) fn write_up_to<T: Field<Form: Serialize> + Clone, S: Serializer, const K: usize>(
    list: &Vec<T, K>,
    to: S,
) -> Result<S::Ok, S::Error> {
    list.form().serialize(to)
}

/// Reads one.
pub(crate) fn read_up_to<'de, T: Field<Form: Deserialize<'de>>, D: Deserializer<'de>, const K: usize>(
    from: D,
) -> Result<Vec<T, K>, D::Error> {
    UpTo::deserialize(from).map(|list| list.0)
}

/// An error is its name for people, under which documentation and logs have it, and its stable code for programs.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.serialize_str(self.name()) } else { to.serialize_u16(self.code()) }
    }
}

impl<'de> Deserialize<'de> for Error {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Error, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Error;
            fn expecting(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
                f.write_str("the name of an error")
            }
            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Error, E> {
                let found = Error::ALL.iter().find(|error| error.name() == name).copied();
                found.ok_or_else(|| E::invalid_value(Unexpected::Str(name), &self))
            }
        }
        if from.is_human_readable() {
            return from.deserialize_str(Name);
        }
        let code = u16::deserialize(from)?;
        let found = Error::ALL.iter().find(|error| error.code() == code).copied();
        found.ok_or_else(|| refused(Error::StoredValue))
    }
}
