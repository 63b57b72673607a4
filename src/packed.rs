//! The stored form as a value: bytes of a known length that a program keeps in an account without a copy. Spec: N9.
//!
//! The types of this crate are not plain old data themselves: of those every bit pattern must be a value, and a price whose
//! significand is not normalised, a band turned over or a ledger whose drawdown is not that of its prices is none. What is
//! plain are the stored bytes, and [`Packed`] is them: of any alignment, zero before it was written, and parsed or refused
//! each time it is read.

use crate::error::Error;

mod sealed {
    /// Keeps [`super::Store`] to the types of this crate.
    pub trait Sealed {}
}

pub(crate) use sealed::Sealed;

/// A type that has a stored form on its own.
///
/// # Examples
/// See [`Packed`].
pub trait Store: Sized + Sealed {
    /// Bytes of the stored form, with its header.
    const BYTES: usize;

    /// Writes the stored form.
    ///
    /// # Errors
    /// `out` is not [`Store::BYTES`] long: [`Error::StoredLength`].
    fn store(&self, out: &mut [u8]) -> Result<(), Error>;

    /// Reads the stored form.
    ///
    /// # Errors
    /// Another length: [`Error::StoredLength`]. Another kind, version or size: [`Error::StoredHeader`]. What the type's
    /// constructor or check refuses: its error, or [`Error::StoredValue`].
    fn load(bytes: &[u8]) -> Result<Self, Error>;
}

/// The stored form of a value, as `B` bytes of alignment 1. With the feature `bytemuck` it is `Pod` and `Zeroable`.
///
/// `B` is the length of the type: another one does not compile. Spec: N9.
///
/// # Examples
/// ```
/// use damper::Error;
/// use damper::auction::Lot;
/// use damper::hedge::Insurer;
/// use damper::packed::Packed;
/// use damper::units::{Amount, Value};
///
/// #[repr(C)]
/// struct Account {
///     owner: [u8; 32],
///     insurer: Packed<{ Insurer::BYTES }>,
/// }
///
/// let mut account = Account { owner: [7; 32], insurer: Packed::ZEROED };
/// // What was never written is refused, and so is what was written as something else.
/// assert_eq!(account.insurer.get::<Insurer>(), Err(Error::StoredHeader));
/// let insurer = Insurer::new(Amount::new(5), Value::new(9));
/// account.insurer = Packed::of(&insurer)?;
/// assert_eq!(account.insurer.get(), Ok(insurer));
/// assert_eq!((size_of::<Account>(), align_of::<Account>()), (32 + Insurer::BYTES, 1));
/// # Ok::<(), Error>(())
/// ```
///
/// ```compile_fail
/// use damper::hedge::Insurer;
/// use damper::packed::Packed;
/// let insurer = Packed::<36>::ZEROED.get::<Insurer>();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct Packed<const B: usize>([u8; B]);

impl<const B: usize> Packed<B> {
    /// No value: zeroed bytes, which every type refuses.
    ///
    /// # Examples
    /// See [`Packed`].
    pub const ZEROED: Packed<B> = Packed([0; B]);

    /// The stored form of a value.
    ///
    /// # Errors
    /// None for a value of this crate, whose length is checked when this is compiled; [`Error::StoredLength`] stands for
    /// another.
    ///
    /// # Examples
    /// See [`Packed`].
    pub fn of<T: Store>(value: &T) -> Result<Packed<B>, Error> {
        const { assert!(T::BYTES == B, "the length of the packed form is not that of the type") };
        let mut bytes = [0; B];
        value.store(&mut bytes)?;
        Ok(Packed(bytes))
    }

    /// The value, if the bytes are the stored form of one.
    ///
    /// # Errors
    /// Zeroed bytes, another kind, version or size: [`Error::StoredHeader`]. What the type's constructor or check refuses: its
    /// error, or [`Error::StoredValue`].
    ///
    /// # Examples
    /// See [`Packed`].
    pub fn get<T: Store>(&self) -> Result<T, Error> {
        const { assert!(T::BYTES == B, "the length of the packed form is not that of the type") };
        T::load(&self.0)
    }

    /// The bytes.
    ///
    /// # Examples
    /// See [`Packed::from_bytes`].
    #[must_use]
    pub const fn bytes(&self) -> &[u8; B] {
        &self.0
    }

    /// From bytes, which are looked at when they are read.
    ///
    /// # Examples
    /// ```
    /// use damper::hedge::Insurer;
    /// use damper::packed::Packed;
    /// use damper::units::{Amount, Value};
    /// let insurer = Insurer::new(Amount::new(5), Value::new(9));
    /// let bytes = *Packed::<{ Insurer::BYTES }>::of(&insurer)?.bytes();
    /// assert_eq!(Packed::from_bytes(bytes).get(), Ok(insurer));
    /// // One bit off in the header, and it is nothing.
    /// let mut other = bytes;
    /// other[0] ^= 1;
    /// assert_eq!(Packed::from_bytes(other).get::<Insurer>(), Err(damper::Error::StoredHeader));
    /// # Ok::<(), damper::Error>(())
    /// ```
    #[must_use]
    pub const fn from_bytes(bytes: [u8; B]) -> Packed<B> {
        Packed(bytes)
    }
}

/// The trait for a type that has the functions already.
macro_rules! store {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)?) => {
        impl $(<const $n: usize>)? $crate::packed::Sealed for $name $(<$arg>)? {}

        impl $(<const $n: usize>)? $crate::packed::Store for $name $(<$arg>)? {
            const BYTES: usize = <$name $(<$arg>)?>::BYTES;
            fn store(&self, out: &mut [u8]) -> Result<(), $crate::error::Error> {
                self.write_to(out)
            }
            fn load(bytes: &[u8]) -> Result<Self, $crate::error::Error> {
                <$name $(<$arg>)?>::read_from(bytes)
            }
        }
    };
}

pub(crate) use store;
