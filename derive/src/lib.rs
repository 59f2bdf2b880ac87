//! The macros of flambeau, which re-exports and documents them.

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

mod function;
mod module;

/// Documented where it is re-exported: `flambeau::nn::Module`.
#[proc_macro_derive(Module, attributes(module))]
pub fn derive_module(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    module::derive(input).unwrap_or_else(|error| error.into_compile_error()).into()
}
