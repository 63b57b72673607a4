//! The stored form: fixed layout, little-endian, parsed or refused.
//!
//! A stored value is a header of four bytes (kind, version, and the number of depth quantities `N` in two) and its fields
//! in the order of their declaration, without padding. What is read is checked like what is built, so no bit pattern
//! makes a later call panic; whether it is the state that was written is for the owner of the account to know.

use crate::error::Error;

/// Version of the layout. A change of any field is a new version.
const VERSION: u8 = 1;
/// Bytes before the fields.
pub(crate) const HEADER: usize = 4;

/// What is stored.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    State,
    Lot,
    Guard,
    Exposure,
    Sources,
    Reports,
    TwoSided,
    Insurer,
    Answering,
    Bond,
    SourcesConfig,
    Pace,
    Reward,
    AnsweringConfig,
    Queue,
    Neighbours,
    CrossImpact,
    Shadow,
}

/// A value of fixed stored size.
pub(crate) trait Stored: Sized {
    /// Bytes without a header.
    const BYTES: usize;
    fn put(&self, to: &mut Writer<'_>) -> Result<(), Error>;
    fn get(from: &mut Reader<'_>) -> Result<Self, Error>;
}

/// The bytes not yet written.
pub(crate) struct Writer<'a>(&'a mut [u8]);

/// The bytes not yet read.
pub(crate) struct Reader<'a>(&'a [u8]);

impl Writer<'_> {
    fn array<const K: usize>(&mut self, value: [u8; K]) -> Result<(), Error> {
        let rest = core::mem::take(&mut self.0);
        let (head, tail) = rest.split_first_chunk_mut().ok_or(Error::StoredLength)?;
        *head = value;
        self.0 = tail;
        Ok(())
    }
}

impl Reader<'_> {
    fn array<const K: usize>(&mut self) -> Result<[u8; K], Error> {
        let (head, tail) = self.0.split_first_chunk().ok_or(Error::StoredLength)?;
        self.0 = tail;
        Ok(*head)
    }
}

const fn header(kind: Kind, n: usize) -> [u8; HEADER] {
    let kind = match kind {
        Kind::State => 1,
        Kind::Lot => 2,
        Kind::Guard => 3,
        Kind::Exposure => 5,
        Kind::Sources => 4,
        Kind::Reports => 6,
        Kind::TwoSided => 7,
        Kind::Insurer => 8,
        Kind::Answering => 9,
        Kind::Bond => 10,
        Kind::SourcesConfig => 11,
        Kind::Pace => 12,
        Kind::Reward => 13,
        Kind::AnsweringConfig => 14,
        Kind::Queue => 15,
        Kind::Neighbours => 16,
        Kind::CrossImpact => 19,
        Kind::Shadow => 22,
    };
    // An N of 2^16 or more is told apart by its length.
    let [low, high, ..] = n.to_le_bytes();
    [kind, VERSION, low, high]
}

/// Writes a value and its header into exactly as many bytes as they take.
pub(crate) fn write<T: Stored>(kind: Kind, n: usize, value: &T, out: &mut [u8]) -> Result<(), Error> {
    if out.len() != HEADER.wrapping_add(T::BYTES) {
        return Err(Error::StoredLength);
    }
    let mut writer = Writer(out);
    writer.array(header(kind, n))?;
    value.put(&mut writer)
}

/// Reads what [`write`] wrote.
pub(crate) fn read<T: Stored>(kind: Kind, n: usize, bytes: &[u8]) -> Result<T, Error> {
    if bytes.len() != HEADER.wrapping_add(T::BYTES) {
        return Err(Error::StoredLength);
    }
    let mut reader = Reader(bytes);
    if reader.array()? != header(kind, n) {
        return Err(Error::StoredHeader);
    }
    T::get(&mut reader)
}

/// Writes a value without a header.
#[cfg(feature = "borsh")]
pub(crate) fn write_bare<T: Stored>(value: &T, out: &mut [u8]) -> Result<(), Error> {
    value.put(&mut Writer(out))
}

/// Reads a value without a header.
#[cfg(feature = "borsh")]
pub(crate) fn read_bare<T: Stored>(bytes: &[u8]) -> Result<T, Error> {
    T::get(&mut Reader(bytes))
}

macro_rules! integers {
    ($($integer:ty),+) => { $(
        impl Stored for $integer {
            const BYTES: usize = size_of::<$integer>();
            fn put(&self, to: &mut Writer<'_>) -> Result<(), Error> {
                to.array(self.to_le_bytes())
            }
            fn get(from: &mut Reader<'_>) -> Result<Self, Error> {
                from.array().map(<$integer>::from_le_bytes)
            }
        }
    )+ };
}

integers!(u8, i8, u16, u64, u128);

impl Stored for bool {
    const BYTES: usize = 1;
    fn put(&self, to: &mut Writer<'_>) -> Result<(), Error> {
        u8::from(*self).put(to)
    }
    fn get(from: &mut Reader<'_>) -> Result<Self, Error> {
        match u8::get(from)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Error::StoredValue),
        }
    }
}

/// The stored form, field by field with a check of what was read and a text that says what is right, and the forms of the
/// features (`forms`), of which `mend`
/// makes a drawn value valid, and with `drawn` the module of that name draws it.
macro_rules! stored {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? { $($field:ident: $kind:ty),+ $(,)? }
        $(if $check:expr $(, $right:literal)?)? $(; mend $mend:expr)? $(, $drawn:ident)?) => {
        $crate::bytes::stored_bytes! {
            $(@[const $n: usize])? $name $(<$arg>)? { $($field: $kind),+ } $(if $check $(, $right)?)?
        }
        $crate::forms::form_fields! { $(@[const $n: usize])? $name $(<$arg>)? { $($field: $kind),+ } $(; mend $mend)? $(, $drawn)? }
    };
}

/// The stored form, and that of `borsh`, alone.
macro_rules! stored_bytes {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? { $($field:ident: $kind:ty),+ $(,)? }
        $(if $check:expr $(, $right:literal)?)?) => {
        impl $(<const $n: usize>)? $crate::bytes::Stored for $name $(<$arg>)? {
            const BYTES: usize = 0_usize$(.wrapping_add(<$kind as $crate::bytes::Stored>::BYTES))+;
            fn put(&self, to: &mut $crate::bytes::Writer<'_>) -> Result<(), $crate::error::Error> {
                $( self.$field.put(to)?; )+
                Ok(())
            }
            fn get(from: &mut $crate::bytes::Reader<'_>) -> Result<Self, $crate::error::Error> {
                let value = Self { $( $field: <$kind as $crate::bytes::Stored>::get(from)?, )+ };
                $(
                    let check: fn(&Self) -> bool = $check;
                    if !check(&value) {
                        return Err($crate::error::Error::StoredValue);
                    }
                )?
                Ok(value)
            }
        }
        $crate::forms::form_bytes! {
            $(@[const $n: usize])? $name $(<$arg>)? { $($field: $kind),+ } $(if $check $(, $right)?)?
        }
    };
}

/// The stored form through another type, which `$into` gives and `$from` checks, and the forms of the features.
macro_rules! stored_as {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? as $kind:ty, $into:expr, $from:expr) => {
        $crate::bytes::stored_bytes_as! { $(@[const $n: usize])? $name $(<$arg>)? as $kind, $into, $from }
        $crate::forms::form_through! { $(@[const $n: usize])? $name $(<$arg>)? as $kind, $into, $from }
    };
}

/// The stored form through another type, and that of `borsh`, alone.
macro_rules! stored_bytes_as {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? as $kind:ty, $into:expr, $from:expr) => {
        impl $(<const $n: usize>)? $crate::bytes::Stored for $name $(<$arg>)? {
            const BYTES: usize = <$kind as $crate::bytes::Stored>::BYTES;
            fn put(&self, to: &mut $crate::bytes::Writer<'_>) -> Result<(), $crate::error::Error> {
                let into: fn(&Self) -> $kind = $into;
                into(self).put(to)
            }
            fn get(from: &mut $crate::bytes::Reader<'_>) -> Result<Self, $crate::error::Error> {
                let parse: fn($kind) -> Result<Self, $crate::error::Error> = $from;
                parse(<$kind as $crate::bytes::Stored>::get(from)?)
            }
        }
        #[cfg(feature = "borsh")]
        $crate::borshed::through! { $(@[const $n: usize])? $name $(<$arg>)? as $kind, $into, $from }
    };
}

/// Implements [`Stored`] for arrays of a type, of which any value fills the array before it is read.
macro_rules! stored_array {
    ($(@[$($generic:tt)*])? $name:ty, $fill:expr) => {
        impl<$($($generic)*,)? const K: usize> $crate::bytes::Stored for [$name; K] {
            const BYTES: usize = <$name as $crate::bytes::Stored>::BYTES.wrapping_mul(K);
            fn put(&self, to: &mut $crate::bytes::Writer<'_>) -> Result<(), $crate::error::Error> {
                self.iter().try_for_each(|value| value.put(to))
            }
            fn get(from: &mut $crate::bytes::Reader<'_>) -> Result<Self, $crate::error::Error> {
                let mut values = [$fill; K];
                for value in &mut values {
                    *value = <$name as $crate::bytes::Stored>::get(from)?;
                }
                Ok(values)
            }
        }
    };
}

/// The stored form of a type on its own, behind a header with its [`Kind`] and its size; documentation before the type is that
/// of `BYTES`.
macro_rules! on_its_own {
    ($(#[$size:meta])+ $(@[const $g:ident: usize])? $name:ident $(<$arg:ident>)?: $kind:ident, $n:expr) => {
        $crate::packed::store! { $(@[const $g: usize])? $name $(<$arg>)? }

        impl $(<const $g: usize>)? $name $(<$arg>)? {
            $(#[$size])+
            pub const BYTES: usize = $crate::bytes::HEADER.wrapping_add(<Self as $crate::bytes::Stored>::BYTES);

            /// Writes the stored form: fixed layout, little-endian, a header with kind, version and the size that the type
            /// is generic in, if it is. Spec: N9.
            ///
            /// # Errors
            /// `out` is not `BYTES` long: [`Error::StoredLength`].
            ///
            /// # Examples
            /// As [`crate::auction::Lot::write_to`].
            pub fn write_to(&self, out: &mut [u8]) -> Result<(), $crate::error::Error> {
                $crate::bytes::write($crate::bytes::Kind::$kind, $n, self, out)
            }

            /// Reads the stored form; what is read passes every check of what is built. Spec: N9.
            ///
            /// # Errors
            /// Another length: [`Error::StoredLength`]. Another kind, version or size: [`Error::StoredHeader`]. A field
            /// outside its range, or fields that contradict each other: [`Error::StoredValue`], or the error of the
            /// constructor.
            ///
            /// # Examples
            /// As [`crate::auction::Lot::read_from`].
            pub fn read_from(bytes: &[u8]) -> Result<Self, $crate::error::Error> {
                $crate::bytes::read($crate::bytes::Kind::$kind, $n, bytes)
            }
        }
    };
}

pub(crate) use {on_its_own, stored, stored_array, stored_as, stored_bytes, stored_bytes_as};
