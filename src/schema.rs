//! `JsonSchema`: what `serde` reads and writes as JSON. Spec: N10.

use crate::error::Error;
use crate::forms::{Count, Field, List, UpTo};
use crate::price::Price;
use crate::ratio::Ratio;
use crate::units::{Amount, Decay, Rate, Seconds, Timestamp, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The name of a schema. Schemas are of the heap, and no other module of the crate is.
pub(crate) type Name = schemars::_private::alloc::borrow::Cow<'static, str>;

/// A struct: the schema of its shadow.
macro_rules! structure {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? { $($field:ident: $kind:ty),+ }) => {
        const _: () = {
            #[derive(schemars::JsonSchema)]
            #[schemars(deny_unknown_fields)]
            #[allow(dead_code, reason = "only its schema is used")]
            struct $name $(<const $n: usize>)? { $($field: <$kind as $crate::forms::Field>::Form),+ }

            impl $(<const $n: usize>)? schemars::JsonSchema for self::$name $(<$arg>)? {
                fn schema_name() -> $crate::schema::Name {
                    <$name $(<$arg>)? as schemars::JsonSchema>::schema_name()
                }
                fn schema_id() -> $crate::schema::Name {
                    <$name $(<$arg>)? as schemars::JsonSchema>::schema_id()
                }
                fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                    <$name $(<$arg>)? as schemars::JsonSchema>::json_schema(generator)
                }
            }
        };
    };
}

/// A type through another: the schema of that one.
macro_rules! through {
    ($(@[const $n:ident: usize])? $name:ident $(<$arg:ident>)? as $kind:ty) => {
        impl $(<const $n: usize>)? schemars::JsonSchema for $name $(<$arg>)? {
            fn inline_schema() -> bool {
                <<$kind as $crate::forms::Field>::Form as schemars::JsonSchema>::inline_schema()
            }
            fn schema_name() -> $crate::schema::Name {
                <<$kind as $crate::forms::Field>::Form as schemars::JsonSchema>::schema_name()
            }
            fn schema_id() -> $crate::schema::Name {
                <<$kind as $crate::forms::Field>::Form as schemars::JsonSchema>::schema_id()
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                <<$kind as $crate::forms::Field>::Form as schemars::JsonSchema>::json_schema(generator)
            }
        }
    };
}

pub(crate) use {structure, through};

macro_rules! numbers {
    ($($name:ident: $pattern:literal, $description:literal;)+) => { $(
        impl JsonSchema for $name {
            fn schema_name() -> Name {
                stringify!($name).into()
            }
            fn schema_id() -> Name {
                concat!(module_path!(), "::", stringify!($name)).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "description": $description })
            }
        }
    )+ };
}

macro_rules! counts {
    ($($name:ident: $description:literal;)+) => { $(
        impl JsonSchema for $name {
            fn schema_name() -> Name {
                stringify!($name).into()
            }
            fn schema_id() -> Name {
                concat!(module_path!(), "::", stringify!($name)).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                count($description)
            }
        }
    )+ };
}

numbers! {
    Ratio: r"^[0-9]+(\.[0-9]+)?$", "A decimal below 65536, rounded down to a multiple of 2^-48; up to 38 digits.";
    Rate: r"^[0-9]+(\.[0-9]+)?$", "A decimal per second below 65536, rounded down to a multiple of 2^-48; up to 38 digits.";
    Decay: r"^[0-9]+(\.[0-9]+)?$",
        "What is left after one second: a decimal of at most 1, rounded down to a multiple of 2^-63; up to 38 digits.";
    Price: r"^[0-9]+(\.[0-9]+)?(e-?[0-9]{1,2})?$",
        "Quote atoms per base atom, above zero, rounded down to 64 significant bits; up to 38 digits and a power of ten.";
}

counts! {
    Amount: "Base atoms, below 2^128.";
    Value: "Quote atoms, below 2^128.";
    Seconds: "Seconds, below 2^64.";
    Timestamp: "Seconds since the epoch, below 2^64.";
}

/// The schema of a count: a string of digits, or an unsigned integer.
fn count(description: &str) -> Schema {
    json_schema!({
        "type": ["string", "integer"],
        "pattern": "^[0-9]{1,39}$",
        "minimum": 0,
        "description": description,
    })
}

macro_rules! plain_counts {
    ($($width:ty as $name:literal: $description:literal;)+) => { $(
        impl JsonSchema for Count<$width> {
            fn schema_name() -> Name {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                count($description)
            }
        }
    )+ };
}

plain_counts!(u64 as "Count64": "A count below 2^64."; u128 as "Count128": "A count below 2^128.";);

impl<T: Field<Form: JsonSchema>, const K: usize> JsonSchema for List<T, K> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Name {
        "List".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<T::Form>();
        json_schema!({ "type": "array", "items": items, "minItems": K, "maxItems": K })
    }
}

impl<T: Field<Form: JsonSchema>, const K: usize> JsonSchema for UpTo<T, K> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Name {
        "UpTo".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<T::Form>();
        json_schema!({ "type": "array", "items": items, "maxItems": K })
    }
}

impl JsonSchema for Error {
    fn schema_name() -> Name {
        "Error".into()
    }
    fn schema_id() -> Name {
        concat!(module_path!(), "::Error").into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({ "type": "string", "description": "The name of a refusal." });
        schema.insert("enum".into(), Error::ALL.iter().map(|error| error.name()).collect());
        schema
    }
}
