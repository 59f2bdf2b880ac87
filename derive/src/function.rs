//! `#[function]`: a plain function of what is required, and a builder for the keywords.
//!
//! The builder is written here, and not by bon, since none of its members is required: without
//! bon's types for what is set so far it is a struct with setters, and compiles in a tenth of the
//! time.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Expr, ExprLit, FnArg, GenericArgument, GenericParam, Generics, Ident, ItemFn,
    Lifetime, Lit, Meta, Pat, PatType, PathArguments, Result, ReturnType, Token, Type, parse_quote,
};

/// `options = NAME`: what the builder's beginning is called.
pub struct Options(Option<Ident>);

impl Parse for Options {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.is_empty() {
            return Ok(Self(None));
        }
        let key: Ident = input.parse()?;
        if key != "options" {
            return Err(Error::new(key.span(), "there is `options = NAME` only"));
        }
        input.parse::<Token![=]>()?;
        input.parse().map(|name| Self(Some(name)))
    }
}

pub fn expand(mut item: ItemFn, options: Options) -> Result<TokenStream> {
    let attrs = std::mem::take(&mut item.attrs);
    let (docs, attrs): (Vec<_>, Vec<_>) = attrs.into_iter().partition(|a| a.path().is_ident("doc"));
    let arguments = item.sig.inputs.iter().map(Argument::parse).collect::<Result<Vec<_>>>()?;
    let (positional, keywords): (Vec<_>, Vec<_>) = arguments.iter().partition(|a| !a.is_keyword());
    if let Some(late) = arguments.iter().skip_while(|a| !a.is_keyword()).find(|a| !a.is_keyword()) {
        let problem = "what is given by place stands before the keywords: give this a \
                       #[builder(default)], or put it further up";
        return Err(Error::new(late.name.span(), problem));
    }
    match keywords.is_empty() {
        true => Ok(by_place_alone(&item, &docs, &attrs, &positional)),
        false => Ok(with_keywords(&item, &docs, &attrs, &arguments, options)),
    }
}

/// The function's body, in the guard that tells what fails inside.
fn body(item: &ItemFn) -> TokenStream {
    let place = format!("::{}", item.sig.ident);
    let statements = &item.block.stmts;
    quote! {
        crate::refusal::function(concat!(module_path!(), #place), move || { #(#statements)* })
    }
}

fn by_place_alone(
    item: &ItemFn,
    docs: &[Attribute],
    attrs: &[Attribute],
    positional: &[&Argument],
) -> TokenStream {
    let (vis, name, output) = (&item.vis, &item.sig.ident, &item.sig.output);
    let (generics, where_clause) = (&item.sig.generics, &item.sig.generics.where_clause);
    let parameters = positional.iter().map(|argument| argument.declared(true));
    let conversions =
        positional.iter().filter_map(|argument| argument.conversion(argument.mutable));
    let body = body(item);
    quote! {
        #(#docs)*
        #(#attrs)*
        #[track_caller]
        #[allow(clippy::too_many_arguments)]
        #vis fn #name #generics (#(#parameters),*) #output #where_clause {
            #(#conversions)*
            #body
        }
    }
}

fn with_keywords(
    item: &ItemFn,
    docs: &[Attribute],
    attrs: &[Attribute],
    arguments: &[Argument],
    options: Options,
) -> TokenStream {
    let (vis, name, output) = (&item.vis, &item.sig.ident, &item.sig.output);
    let (positional, keywords): (Vec<_>, Vec<_>) = arguments.iter().partition(|a| !a.is_keyword());
    let options = options
        .0
        .unwrap_or_else(|| format_ident!("{}_options", name.to_string().trim_end_matches('_')));
    let builder = format_ident!("{}", builder_name(name));
    // One lifetime for all that is borrowed: it ends with the call.
    let generics = with_lifetime(&item.sig.generics, arguments);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();

    let list: Vec<_> = keywords.iter().map(|keyword| keyword.listed()).collect();
    let heading = [
        String::new(),
        " # Keywords".into(),
        format!(" Set by name between [`{options}`] and `.call()`:"),
        String::new(),
    ];
    let more = heading.iter().chain(&list);
    let names: Vec<_> = keywords.iter().map(|keyword| format!("`{}`", keyword.name)).collect();
    let names = names.join(", ");
    let of_options =
        format!(" [`{name}`](fn@{name}) with keywords, which are set before `.call()`: {names}.");
    let of_builder = format!(" The keywords of [`{name}`](fn@{name}), which `call` ends.");

    let by_place = positional.iter().map(|argument| argument.declared(true));
    let taken = positional.iter().map(|argument| argument.declared(false));
    let handed = positional.iter().map(|argument| &argument.name);
    let conversions = positional.iter().filter_map(|argument| argument.conversion(None));
    let defaults = keywords.iter().map(|keyword| keyword.initial());
    let fields = arguments.iter().map(|argument| argument.field());
    let all: Vec<_> = arguments.iter().map(|argument| &argument.name).collect();
    let unpacked = arguments.iter().map(|Argument { mutable, name, .. }| quote!(#mutable #name));
    let setters = keywords.iter().map(|keyword| keyword.setters(vis, name));
    let forgotten = forgotten(output, &builder, &generics);
    let plain = &item.sig.generics;
    let plain_where = &plain.where_clause;
    let body = body(item);
    quote! {
        #(#docs)*
        #(#[doc = #more])*
        #(#attrs)*
        #[track_caller]
        #[allow(clippy::too_many_arguments)]
        #vis fn #name #plain (#(#by_place),*) #output #plain_where {
            #options(#(#handed),*).call()
        }

        #[doc = #of_options]
        #[allow(clippy::too_many_arguments)]
        #vis fn #options #impl_generics (#(#taken),*) -> #builder #type_generics #where_clause {
            #(#conversions)*
            #(#defaults)*
            #builder { #(#all),* }
        }

        #[doc = #of_builder]
        #[must_use = "it is computed by `call()`"]
        #vis struct #builder #impl_generics #where_clause {
            #(#fields),*
        }

        impl #impl_generics #builder #type_generics #where_clause {
            #(#setters)*

            /// Computes it.
            #(#attrs)*
            #[track_caller]
            #vis fn call(self) #output {
                let Self { #(#unpacked),* } = self;
                #body
            }
        }

        #forgotten
    }
}

/// The builder of a function that gives a tensor, or a result, dereferences to what has the methods of
/// both: who forgot the `call()` is told so by their bound, which nothing fulfils.
fn forgotten(output: &ReturnType, builder: &Ident, generics: &Generics) -> Option<TokenStream> {
    let ReturnType::Type(_, ty) = output else { return None };
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    (is(ty, "Tensor") || last_is(ty, "Result")).then(|| {
        quote! {
            #[doc(hidden)]
            impl #impl_generics ::core::ops::Deref for #builder #type_generics #where_clause {
                type Target = crate::forgotten::Forgotten<Self>;

                fn deref(&self) -> &Self::Target {
                    unreachable!("nothing is HasBeenCalled")
                }
            }
        }
    })
}

/// `LeakyReluCall` of `leaky_relu`, and `NormalInPlaceCall` of `normal_`.
fn builder_name(function: &Ident) -> String {
    let name = function.to_string();
    let words = name.split('_').filter(|word| !word.is_empty());
    let camel: String = words.map(|word| word[..1].to_uppercase() + &word[1..]).collect();
    let in_place = if name.ends_with('_') { "InPlace" } else { "" };
    format!("{camel}{in_place}Call")
}

/// The function's generics, and a lifetime if something is borrowed without one.
fn with_lifetime(generics: &Generics, arguments: &[Argument]) -> Generics {
    let mut generics = generics.clone();
    if arguments.iter().any(|argument| argument.borrowed() != argument.ty) {
        let lifetime: GenericParam = parse_quote!('call);
        generics.params.insert(0, lifetime);
    }
    generics
}

/// An argument as it is written, with what its `#[builder(…)]` says.
struct Argument {
    docs: Vec<String>,
    by_place: bool,
    into: bool,
    default: Option<Option<Expr>>,
    mutable: Option<Token![mut]>,
    name: Ident,
    ty: Type,
}

impl Argument {
    fn parse(argument: &FnArg) -> Result<Self> {
        let FnArg::Typed(PatType { attrs, pat, ty, .. }) = argument else {
            return Err(Error::new(argument.span(), "a #[function] has no self"));
        };
        let Pat::Ident(pat) = &**pat else {
            return Err(Error::new(pat.span(), "an argument of a #[function] has a name"));
        };
        // So that `2` is taken as well as `2.0`.
        let into = is(ty, "f64") || option_of(ty).is_some_and(|ty| is(ty, "f64"));
        let mut parsed = Self {
            docs: Vec::new(),
            by_place: false,
            into,
            default: None,
            mutable: pat.mutability,
            name: pat.ident.clone(),
            ty: (**ty).clone(),
        };
        for attr in attrs {
            if attr.path().is_ident("builder") {
                parsed.take_keys(attr)?;
            } else if let Meta::NameValue(doc) = &attr.meta
                && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &doc.value
            {
                parsed.docs.push(text.value());
            } else {
                return Err(Error::new(attr.span(), "#[function] knows docs and #[builder] here"));
            }
        }
        Ok(parsed)
    }

    fn take_keys(&mut self, attr: &Attribute) -> Result<()> {
        let keys = Punctuated::<Meta, Token![,]>::parse_terminated
            .parse2(attr.meta.require_list()?.tokens.clone())?;
        for key in keys {
            match &key {
                Meta::Path(path) if path.is_ident("start_fn") => self.by_place = true,
                Meta::Path(path) if path.is_ident("into") => self.into = true,
                Meta::Path(path) if path.is_ident("default") => self.default = Some(None),
                Meta::NameValue(key) if key.path.is_ident("default") => {
                    self.default = Some(Some(key.value.clone()));
                }
                _ => {
                    let problem =
                        "#[function] knows `start_fn`, `into`, `default` and `default = …`";
                    return Err(Error::new(key.span(), problem));
                }
            }
        }
        Ok(())
    }

    fn is_keyword(&self) -> bool {
        !self.by_place && (self.default.is_some() || option_of(&self.ty).is_some())
    }

    /// Its type, where references without a lifetime have that of the call.
    fn borrowed(&self) -> Type {
        let mut ty = self.ty.clone();
        name_lifetimes(&mut ty);
        ty
    }

    /// As a function takes it, by place.
    fn declared(&self, elided: bool) -> TokenStream {
        let Self { name, into, .. } = self;
        let ty = if elided { self.ty.clone() } else { self.borrowed() };
        match into {
            true => quote!(#name: impl Into<#ty>),
            false => quote!(#name: #ty),
        }
    }

    /// What is done to it first.
    fn conversion(&self, mutable: Option<Token![mut]>) -> Option<TokenStream> {
        let Self { name, into, ty, .. } = self;
        match into {
            true => Some(quote!(let #mutable #name: #ty = #name.into();)),
            false => mutable.map(|mutable| quote!(let #mutable #name = #name;)),
        }
    }

    /// What it is where it is not set.
    fn initial(&self) -> TokenStream {
        let (name, ty) = (&self.name, self.borrowed());
        let value = match &self.default {
            Some(Some(default)) if self.into && !is(&self.ty, "f64") => quote!((#default).into()),
            Some(Some(default)) => default.to_token_stream(),
            Some(None) => quote!(::core::default::Default::default()),
            None => quote!(None),
        };
        quote!(let #name: #ty = #value;)
    }

    fn field(&self) -> TokenStream {
        let (name, ty) = (&self.name, self.borrowed());
        quote!(#name: #ty)
    }

    /// What sets it; an `Option` without another default is set, or handed on by `maybe_…`.
    ///
    /// A value that may be no such thing, as a name, is refused with the name of the `function`.
    fn setters(&self, vis: &syn::Visibility, function: &Ident) -> TokenStream {
        let (name, ty, docs) = (&self.name, self.borrowed(), &self.docs);
        let fallback = format!(" Sets `{name}`.");
        let docs = if docs.is_empty() { std::slice::from_ref(&fallback) } else { docs };
        if let (Some(inner), None) = (option_of(&ty), &self.default) {
            let maybe = format_ident!("maybe_{name}");
            let of_maybe = format!(" [`{name}`](Self::{name}), where there may be one.");
            let (one, value) = match self.into {
                true => (
                    quote!(impl Into<#inner>),
                    self.guarded(function, inner, quote!(#name.map(Into::into))),
                ),
                false => (quote!(#inner), quote!(#name)),
            };
            return quote! {
                #(#[doc = #docs])*
                #[track_caller]
                #vis fn #name(self, #name: #one) -> Self {
                    self.#maybe(Some(#name))
                }

                #[doc = #of_maybe]
                #[track_caller]
                #vis fn #maybe(mut self, #name: Option<#one>) -> Self {
                    self.#name = #value;
                    self
                }
            };
        }
        let (taken, value) = match self.into || option_of(&ty).is_some() {
            true => (quote!(impl Into<#ty>), self.guarded(function, &ty, quote!(#name.into()))),
            false => (quote!(#ty), quote!(#name)),
        };
        quote! {
            #(#[doc = #docs])*
            #[track_caller]
            #vis fn #name(mut self, #name: #taken) -> Self {
                self.#name = #value;
                self
            }
        }
    }

    /// The conversion of what was given, in the guard that tells what fails inside where it can fail:
    /// numbers and shapes are always taken.
    fn guarded(&self, function: &Ident, ty: &Type, conversion: TokenStream) -> TokenStream {
        let sure = ["f64", "bool", "Number", "TensorOrNumber", "Dims", "Size", "MaybeSize"];
        if sure.iter().any(|name| last_is(ty, name)) {
            return conversion;
        }
        let place = format!("::{function}");
        quote! {
            crate::refusal::function(concat!(module_path!(), #place), move || #conversion)
        }
    }

    /// A line of the list of keywords.
    fn listed(&self) -> String {
        let default = match &self.default {
            Some(Some(default)) => format!(" (`{}`)", printed(default)),
            Some(None) if is(&self.ty, "bool") => " (`false`)".into(),
            _ => String::new(),
        };
        let docs = self.docs.join("");
        let colon = if docs.is_empty() { "" } else { ":" };
        format!(" - `{}`{default}{colon}{docs}", self.name)
    }
}

/// The expression as people write it.
fn printed(expression: &Expr) -> String {
    let text = expression.to_token_stream().to_string();
    text.replace("- ", "-").replace(" (", "(").replace("( ", "(").replace(" )", ")")
}

/// Gives the references in it that have no lifetime that of the call; not those that a closure takes.
fn name_lifetimes(ty: &mut Type) {
    match ty {
        Type::Reference(reference) => {
            let call = Lifetime::new("'call", reference.span());
            reference.lifetime.get_or_insert(call);
            name_lifetimes(&mut reference.elem);
        }
        Type::Slice(slice) => name_lifetimes(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(name_lifetimes),
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else {
                    continue;
                };
                for argument in &mut arguments.args {
                    match argument {
                        GenericArgument::Type(ty) => name_lifetimes(ty),
                        GenericArgument::Lifetime(lifetime) if lifetime.ident == "_" => {
                            *lifetime = Lifetime::new("'call", lifetime.span());
                        }
                        _ => {}
                    }
                }
            }
        }
        _ => {}
    }
}

/// Is this the type of that name?
fn is(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident(name))
}

/// Is this a type of that name, with or without arguments?
fn last_is(ty: &Type, name: &str) -> bool {
    let ty = option_of(ty).unwrap_or(ty);
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

/// The type of what an `Option` holds.
fn option_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) if last.ident == "Option" => Some(inner),
        _ => None,
    }
}
