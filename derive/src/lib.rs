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

/// A function as Python has it: what it requires by place, all else by name.
///
/// ```ignore
/// /// log(1 + exp(β·x)) / β …
/// #[function]
/// pub fn softplus(
///     input: &Tensor,
///     /// How steep it is.
///     #[builder(default = 1.0)]
///     beta: f64,
///     #[builder(default = 20.0)] threshold: f64,
/// ) -> Tensor {
///     …
/// }
/// ```
///
/// makes `softplus(&x)`, and `softplus_options(&x).beta(2).call()`. A name that ends in `_` loses it
/// there: `uniform_` has `uniform_options`. Where there is a function without the `_`, which has these,
/// `#[function(options = normal_in_place_options)]` names its own.
///
/// - A keyword is an argument with `#[builder(default …)]` or of type `Option<…>`; its docs stand at
///   the setter and in the function's list. `#[builder(start_fn)]` makes an `Option` one by place.
/// - With `#[builder(into)]` all is taken that can become the type; for `f64` this is so by itself.
/// - A call that fails is told as `in F.softplus: …`, at the line of the caller.
///
/// For flambeau's own functions: what is written names `crate::refusal`.
#[proc_macro_attribute]
pub fn function(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let options = syn::parse_macro_input!(arguments as function::Options);
    let function = syn::parse_macro_input!(item as syn::ItemFn);
    function::expand(function, options).unwrap_or_else(syn::Error::into_compile_error).into()
}
