//! Forms of a type for the features `serde`, `borsh`, `schemars` and `arbitrary`: one list of its fields, one check.
//!
//! `stored!` and `stored_as!` expand to them beside the stored form; a type that is not stored has `form!` or what it names. Each feature has a module with the macros that they expand to; without a feature they expand to nothing.
//! Spec: N9, N10.

#[cfg(any(feature = "serde", feature = "borsh", feature = "schemars", feature = "arbitrary"))]
#[allow(unused_imports, reason = "each feature uses its own part")]
pub(crate) use with_features::{Checked, Count, Field, List, UpTo};

/// A type described as its documentation describes it, without the example, which is Rust.
#[cfg(feature = "schemars")]
pub(crate) fn described(schema: &mut schemars::Schema) {
    let text = schema.get("description").and_then(|text| text.as_str());
    if let Some((text, _)) = text.and_then(|text| text.split_once("\n\n# Examples")) {
        let text = text.into();
        schema.insert("description".into(), text);
    }
}

/// All forms of a struct that is not stored, field by field, with a check of what was read. What follows `mend` makes a
/// drawn value valid; with `drawn`, the module of that name draws it.
macro_rules! form {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? { $($field:ident: $kind:ty),+ $(,)? }
        $(if $check:expr $(, $right:literal)?)? $(; mend $mend:expr)? $(, $drawn:ident)?) => {
        $crate::forms::form_bytes! {
            $(@[const $n: usize])? $name $(<$arg>)? { $($field: $kind),+ } $(if $check $(, $right)?)?
        }
        $crate::forms::form_fields! { $(@[const $n: usize])? $name $(<$arg>)? { $($field: $kind),+ } $(; mend $mend)? $(, $drawn)? }
    };
}

/// The check, and the form of `borsh`.
macro_rules! form_bytes {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? { $($field:ident: $kind:ty),+ }
        $(if $check:expr $(, $right:literal)?)?) => {
        #[cfg(any(feature = "serde", feature = "borsh", feature = "arbitrary"))]
        impl $(<const $n: usize>)? $crate::forms::Checked for $name $(<$arg>)? {
            $( $( const RIGHT: &'static str = $right; )? )?
            fn checked(self) -> Result<Self, $crate::error::Error> {
                $(
                    let check: fn(&Self) -> bool = $check;
                    if !check(&self) {
                        return Err($crate::error::Error::StoredValue);
                    }
                )?
                Ok(self)
            }
        }
        #[cfg(feature = "borsh")]
        $crate::borshed::structure! { $(@[const $n: usize])? $name $(<$arg>)? { $($field: $kind),+ } }
    };
}

/// The forms but for that of `borsh`, field by field.
macro_rules! form_fields {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? { $($field:ident: $kind:ty),+ } $(; mend $mend:expr)? $(, $drawn:ident)?) => {
        $crate::forms::field! { $(@[const $n: usize])? $name $(<$arg>)? }
        #[cfg(feature = "serde")]
        $crate::serial::structure! { $(@[const $n: usize])? $name $(<$arg>)? { $($field: $kind),+ } }
        #[cfg(feature = "schemars")]
        $crate::schema::structure! { $(@[const $n: usize])? $name $(<$arg>)? { $($field: $kind),+ } }
        #[cfg(feature = "arbitrary")]
        $crate::drawn::structure! { $(@[const $n: usize])? $name $(<$arg>)? { $($field: $kind),+ } $(mend $mend)? $($drawn)? }
    };
}

/// The forms but for that of `borsh`, through another type: `$into` gives it, `$parse` checks it.
macro_rules! form_through {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? as $kind:ty, $into:expr, $parse:expr) => {
        $crate::forms::field! { $(@[const $n: usize])? $name $(<$arg>)? }
        #[cfg(feature = "serde")]
        $crate::serial::through! { $(@[const $n: usize])? $name $(<$arg>)? as $kind, $into, $parse }
        #[cfg(feature = "schemars")]
        $crate::schema::through! { $(@[const $n: usize])? $name $(<$arg>)? as $kind }
        #[cfg(feature = "arbitrary")]
        $crate::drawn::through! { $(@[const $n: usize])? $name $(<$arg>)? as $kind, $parse }
    };
}

/// The forms of `serde` and `schemars` alone, through another type.
macro_rules! form_text {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? as $kind:ty, $into:expr, $parse:expr) => {
        #[cfg(feature = "serde")]
        $crate::serial::through! { $(@[const $n: usize])? $name $(<$arg>)? as $kind, $into, $parse }
        #[cfg(feature = "schemars")]
        $crate::schema::through! { $(@[const $n: usize])? $name $(<$arg>)? as $kind }
    };
}

/// All forms through another type.
macro_rules! form_as {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? as $kind:ty, $into:expr, $parse:expr) => {
        $crate::forms::form_through! { $(@[const $n: usize])? $name $(<$arg>)? as $kind, $into, $parse }
        #[cfg(feature = "borsh")]
        $crate::borshed::through! { $(@[const $n: usize])? $name $(<$arg>)? as $kind, $into, $parse }
    };
}

/// A type that has its forms as it is, so that it may be a field of another.
macro_rules! field {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)?) => {
        $crate::forms::number! { $(@[const $n: usize])? $name $(<$arg>)? }
        #[cfg(feature = "serde")]
        impl<'de $(, const $n: usize)?> $crate::serial::Read<'de> for $name $(<$arg>)? {}
    };
}

/// The same of a number, whose refusals name the field that it is.
macro_rules! number {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)?) => {
        #[cfg(any(feature = "serde", feature = "schemars"))]
        impl $(<const $n: usize>)? $crate::forms::Field for $name $(<$arg>)? {
            type Form = Self;
            fn form(&self) -> Self {
                self.clone()
            }
            fn of(form: Self) -> Self {
                form
            }
        }
    };
}

pub(crate) use {field, form, form_as, form_bytes, form_fields, form_text, form_through, number};

#[cfg(any(feature = "serde", feature = "borsh", feature = "schemars", feature = "arbitrary"))]
#[allow(dead_code, reason = "each feature uses its own part")]
mod with_features {
    use crate::error::Error;
    use heapless::Vec;

    /// The check of a struct that was read.
    pub(crate) trait Checked: Sized {
        /// What is right, for the message of a refusal.
        const RIGHT: &'static str = "";
        fn checked(self) -> Result<Self, Error>;
    }

    /// What stands for a type in a form: `serde` and `schemars` know no arrays of any length, and a number of 64 bits or more
    /// is text for people.
    pub(crate) trait Field: Sized {
        type Form;
        fn form(&self) -> Self::Form;
        fn of(form: Self::Form) -> Self;
    }

    /// A value for each place.
    #[derive(Clone)]
    pub(crate) struct List<T, const K: usize>(pub(crate) [T; K]);
    /// Up to `K` values.
    pub(crate) struct UpTo<T, const K: usize>(pub(crate) Vec<T, K>);
    /// An integer that is text for people.
    pub(crate) struct Count<T>(pub(crate) T);

    macro_rules! as_they_are {
        ($($name:ty)+) => { $(
            impl Field for $name {
                type Form = $name;
                fn form(&self) -> $name {
                    *self
                }
                fn of(form: $name) -> $name {
                    form
                }
            }
        )+ };
    }

    macro_rules! counts {
        ($($name:ty)+) => { $(
            impl Field for $name {
                type Form = Count<$name>;
                fn form(&self) -> Count<$name> {
                    Count(*self)
                }
                fn of(form: Count<$name>) -> $name {
                    form.0
                }
            }
        )+ };
    }

    as_they_are!(bool u8 u16 usize Error);
    counts!(u64 u128);

    impl<T: Field> Field for Option<T> {
        type Form = Option<T::Form>;
        fn form(&self) -> Option<T::Form> {
            self.as_ref().map(T::form)
        }
        fn of(form: Option<T::Form>) -> Option<T> {
            form.map(T::of)
        }
    }

    impl<T: Field, E: Field> Field for Result<T, E> {
        type Form = Result<T::Form, E::Form>;
        fn form(&self) -> Result<T::Form, E::Form> {
            self.as_ref().map(T::form).map_err(E::form)
        }
        fn of(form: Result<T::Form, E::Form>) -> Result<T, E> {
            form.map(T::of).map_err(E::of)
        }
    }

    impl<T: Field + Clone, const K: usize> Field for [T; K] {
        type Form = List<T, K>;
        fn form(&self) -> List<T, K> {
            List(self.clone())
        }
        fn of(form: List<T, K>) -> [T; K] {
            form.0
        }
    }

    impl<T: Field + Clone, const K: usize> Field for Vec<T, K> {
        type Form = UpTo<T, K>;
        fn form(&self) -> UpTo<T, K> {
            UpTo(self.clone())
        }
        fn of(form: UpTo<T, K>) -> Vec<T, K> {
            form.0
        }
    }
}
