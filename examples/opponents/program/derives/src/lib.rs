//! The derives that the numbers of cosmwasm-std take from `schemars`, `cw_schema` and `thiserror`. Schemas and messages
//! of errors need std and have no part in arithmetic: these expand to nothing.

use proc_macro::TokenStream;

/// In place of `schemars::JsonSchema`.
#[proc_macro_derive(JsonSchema, attributes(schemars))]
pub fn json_schema(_: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// In place of `cw_schema::Schemaifier`.
#[proc_macro_derive(Schemaifier, attributes(schemaifier))]
pub fn schemaifier(_: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// In place of `thiserror::Error`.
#[proc_macro_derive(Error, attributes(error, from))]
pub fn error(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
