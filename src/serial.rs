//! `Serialize` and `Deserialize`, without allocation.
//!
//! In a format for people a number is its text (N10): a ratio, rate, decay or price a decimal; a count a string of digits, read
//! from a string or an unsigned integer, never from a float. In another format a number is its raw bits. A refusal names the
//! type, and of a number the field that it is. Spec: N9, N10.

use crate::error::Error;
use crate::forms::{Count, Field, List, UpTo};
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use core::fmt::{Display, Formatter};
use core::marker::PhantomData;
use core::str::FromStr;
use heapless::Vec;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Unexpected, Visitor};
use serde::ser::{SerializeSeq, SerializeTuple, Serializer};
use serde::{Deserialize, Serialize};

/// A refusal: where, its name, its code and its text, and what would have been right if that can be said.
struct Refusal {
    place: &'static str,
    error: Error,
    right: &'static str,
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        let Refusal { place, error, right } = self;
        if !place.is_empty() {
            write!(f, "{place}: ")?;
        }
        write!(f, "{} ({}): {error}", error.name(), error.code())?;
        if right.is_empty() { Ok(()) } else { write!(f, ", expected {right}") }
    }
}

/// The error of a format for a refusal.
pub(crate) fn refused<E: serde::de::Error>(place: &'static str, error: Error, right: &'static str) -> E {
    E::custom(Refusal { place, error, right })
}

/// The name of a field, for its refusals.
pub(crate) trait Place {
    const NAME: &'static str;
}

/// What is read with the name of the place that it is for; only numbers and what holds them use it.
pub(crate) trait Read<'de>: Deserialize<'de> {
    fn read<D: Deserializer<'de>>(from: D, _place: &'static str) -> Result<Self, D::Error> {
        Self::deserialize(from)
    }
}

/// The form of a field that knows its name.
pub(crate) struct At<F, P>(pub(crate) F, PhantomData<P>);

impl<F, P> At<F, P> {
    pub(crate) const fn new(form: F) -> At<F, P> {
        At(form, PhantomData)
    }
}

impl<F: Serialize, P> Serialize for At<F, P> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de, F: Read<'de>, P: Place> Deserialize<'de> for At<F, P> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<At<F, P>, D::Error> {
        F::read(from, P::NAME).map(At::new)
    }
}

/// A struct: a shadow of the same name and fields is derived, and converted with the check.
macro_rules! structure {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? { $($field:ident: $kind:ty),+ }) => {
        const _: () = {
            #[derive(serde::Serialize, serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            struct $name $(<const $n: usize>)? {
                $($field: $crate::serial::At<<$kind as $crate::forms::Field>::Form, $field>),+
            }

            $(
                #[allow(non_camel_case_types, reason = "the name of a field as a type")]
                enum $field {}

                impl $crate::serial::Place for $field {
                    const NAME: &'static str = concat!(stringify!($name), ".", stringify!($field));
                }
            )+

            impl $(<const $n: usize>)? serde::Serialize for self::$name $(<$arg>)? {
                fn serialize<To: serde::Serializer>(&self, to: To) -> Result<To::Ok, To::Error> {
                    let shadow: $name $(<$arg>)? = $name {
                        $($field: $crate::serial::At::new($crate::forms::Field::form(&self.$field))),+
                    };
                    serde::Serialize::serialize(&shadow, to)
                }
            }

            impl<'de $(, const $n: usize)?> serde::Deserialize<'de> for self::$name $(<$arg>)? {
                fn deserialize<From: serde::Deserializer<'de>>(from: From) -> Result<Self, From::Error> {
                    let shadow = <$name $(<$arg>)? as serde::Deserialize>::deserialize(from)?;
                    let value = Self { $($field: <$kind as $crate::forms::Field>::of(shadow.$field.0)),+ };
                    let right = <Self as $crate::forms::Checked>::RIGHT;
                    $crate::forms::Checked::checked(value)
                        .map_err(|error| $crate::serial::refused(stringify!($name), error, right))
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
                parse($crate::forms::Field::of(form))
                    .map_err(|error| $crate::serial::refused(stringify!($name), error, ""))
            }
        }
    };
}

pub(crate) use {structure, through};

/// A number: raw bits for programs, a text for people, and if it is a count an unsigned integer too.
trait Number: FromStr<Err = Error> + Display {
    type Bits: Serialize + for<'de> Deserialize<'de>;
    const COUNT: bool;
    const EXPECTED: &'static str;
    fn bits(&self) -> Self::Bits;
    fn of_bits(bits: Self::Bits) -> Result<Self, Error>;
    fn of_count(count: u128) -> Result<Self, Error>;
}

/// Reads the text of a number.
struct Text<T> {
    place: &'static str,
    number: PhantomData<T>,
}

impl<T: Number> Text<T> {
    fn checked<E: serde::de::Error>(self, read: Result<T, Error>) -> Result<T, E> {
        read.map_err(|error| refused(self.place, error, T::EXPECTED))
    }
}

impl<T: Number> Visitor<'_> for Text<T> {
    type Value = T;
    fn expecting(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        f.write_str(T::EXPECTED)?;
        if self.place.is_empty() { Ok(()) } else { write!(f, " for {}", self.place) }
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        self.checked(text.parse())
    }
    fn visit_u64<E: serde::de::Error>(self, count: u64) -> Result<T, E> {
        if T::COUNT {
            self.checked(T::of_count(count.into()))
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
        if T::COUNT {
            self.checked(T::of_count(count))
        } else {
            Err(E::invalid_type(Unexpected::Other("integer"), &self))
        }
    }
}

fn read_number<'de, T: Number, D: Deserializer<'de>>(from: D, place: &'static str) -> Result<T, D::Error> {
    if from.is_human_readable() {
        let text = Text { place, number: PhantomData };
        return if T::COUNT { from.deserialize_any(text) } else { from.deserialize_str(text) };
    }
    T::of_bits(T::Bits::deserialize(from)?).map_err(|error| refused(place, error, T::EXPECTED))
}

macro_rules! numbers {
    ($($name:ident: $bits:ty, $any:literal, $expected:literal, $into:expr, $from:expr, $count:expr;)+) => { $(
        impl Number for $name {
            type Bits = $bits;
            const COUNT: bool = $any;
            const EXPECTED: &'static str = $expected;
            fn bits(&self) -> $bits {
                let into: fn(&$name) -> $bits = $into;
                into(self)
            }
            fn of_bits(bits: $bits) -> Result<$name, Error> {
                let from: fn($bits) -> Result<$name, Error> = $from;
                from(bits)
            }
            fn of_count(count: u128) -> Result<$name, Error> {
                let from: fn(u128) -> Result<$name, Error> = $count;
                from(count)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                if to.is_human_readable() { to.collect_str(self) } else { self.bits().serialize(to) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<$name, D::Error> {
                read_number(from, "")
            }
        }

        impl<'de> Read<'de> for $name {
            fn read<D: Deserializer<'de>>(from: D, place: &'static str) -> Result<$name, D::Error> {
                read_number(from, place)
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
    Ratio: u64, false, "a decimal below 65536 as a string", |ratio| ratio.to_bits(), |bits| Ok(Ratio::from_bits(bits)), no;
    Rate: u64, false, "a decimal per second, below 65536, as a string",
        |rate| rate.get().to_bits(), |bits| Ok(Rate::per_second(Ratio::from_bits(bits))), no;
    Decay: u64, false, "a decimal of at most one as a string", |decay| decay.to_bits(), Decay::from_bits, no;
    Price: (i8, u64), false, "a price in quote atoms per base atom, 2^-128 to below 2^128, as a string",
        |price| price.to_parts(), |(exponent, significand)| Price::from_parts(exponent, significand), no;
    Amount: u128, true, "base atoms, below 2^128, as a string or an unsigned integer",
        |amount| amount.get(), |count| Ok(Amount::new(count)), |count| Ok(Amount::new(count));
    Value: u128, true, "quote atoms, below 2^128, as a string or an unsigned integer",
        |value| value.get(), |count| Ok(Value::new(count)), |count| Ok(Value::new(count));
    Seconds: u64, true, "seconds, below 2^64, as a string or an unsigned integer",
        |seconds| seconds.get(), |count| Ok(Seconds::new(count)), |count| small(count).map(Seconds::new);
    Timestamp: u64, true, "seconds since the epoch, below 2^64, as a string or an unsigned integer",
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
                Self::read(from, "")
            }
        }

        impl<'de> Read<'de> for Count<$width> {
            fn read<D: Deserializer<'de>>(from: D, place: &'static str) -> Result<Self, D::Error> {
                $name::read(from, place).map(|count| Count(count.get()))
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

/// Reads one value of a place.
struct Seed<T> {
    place: &'static str,
    value: PhantomData<T>,
}

impl<'de, T: Read<'de>> DeserializeSeed<'de> for Seed<T> {
    type Value = T;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        T::read(from, self.place)
    }
}

/// Reads a value that may be absent.
struct Maybe<T>(Seed<T>);

impl<'de, T: Read<'de>> Visitor<'de> for Maybe<T> {
    type Value = Option<T>;
    fn expecting(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        f.write_str("option")
    }
    fn visit_none<E: serde::de::Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }
    fn visit_unit<E: serde::de::Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }
    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Option<T>, D::Error> {
        self.0.deserialize(from).map(Some)
    }
}

impl<'de, T: Read<'de>> Read<'de> for Option<T> {
    fn read<D: Deserializer<'de>>(from: D, place: &'static str) -> Result<Option<T>, D::Error> {
        from.deserialize_option(Maybe(Seed { place, value: PhantomData }))
    }
}

impl<'de, T: Deserialize<'de>, E: Deserialize<'de>> Read<'de> for Result<T, E> {}

macro_rules! as_they_are {
    ($($name:ty)+) => { $( impl<'de> Read<'de> for $name {} )+ };
}

as_they_are!(bool u8 u16 usize Error);

/// Reads up to `K` values.
struct Values<T, const K: usize> {
    place: &'static str,
    values: PhantomData<T>,
}

impl<T, const K: usize> Values<T, K> {
    const fn at(place: &'static str) -> Values<T, K> {
        Values { place, values: PhantomData }
    }
}

impl<'de, T: Field<Form: Read<'de>>, const K: usize> Visitor<'de> for Values<T, K> {
    type Value = Vec<T, K>;
    fn expecting(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        write!(f, "a list of {K} values")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Vec<T, K>, A::Error> {
        let mut values = Vec::new();
        loop {
            let seed = Seed { place: self.place, value: PhantomData::<T::Form> };
            let Some(form) = from.next_element_seed(seed)? else { return Ok(values) };
            // Not every format sees that a list was not read to its end.
            if values.push(T::of(form)).is_err() {
                return Err(serde::de::Error::invalid_length(K.saturating_add(1), &self));
            }
        }
    }
}

impl<'de, T: Field<Form: Read<'de>>, const K: usize> Read<'de> for List<T, K> {
    fn read<D: Deserializer<'de>>(from: D, place: &'static str) -> Result<Self, D::Error> {
        let values = from.deserialize_tuple(K, Values::<T, K>::at(place))?;
        let length = values.len();
        let array = values
            .into_array()
            .map_err(|_| <D::Error as serde::de::Error>::invalid_length(length, &Values::<T, K>::at(place)))?;
        Ok(List(array))
    }
}

impl<'de, T: Field<Form: Read<'de>>, const K: usize> Deserialize<'de> for List<T, K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::read(from, "")
    }
}

impl<'de, T: Field<Form: Read<'de>>, const K: usize> Read<'de> for UpTo<T, K> {
    fn read<D: Deserializer<'de>>(from: D, place: &'static str) -> Result<Self, D::Error> {
        from.deserialize_seq(Values::<T, K>::at(place)).map(UpTo)
    }
}

impl<'de, T: Field<Form: Read<'de>>, const K: usize> Deserialize<'de> for UpTo<T, K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::read(from, "")
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
pub(crate) fn read_up_to<'de, T: Field<Form: Read<'de>>, D: Deserializer<'de>, const K: usize>(
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
        found.ok_or_else(|| refused("Error", Error::StoredValue, "a code of an error"))
    }
}
