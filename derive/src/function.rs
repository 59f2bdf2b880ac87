//! `#[function]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Expr, ExprLit, FnArg, Ident, ItemFn, Lit, Meta, Pat, PatType, Result, Token,
    Type, parse_quote,
};

pub fn expand(function: ItemFn) -> Result<TokenStream> {
    let Function { attrs, arguments, item } = Function::parse(function)?;
    let (docs, attrs): (Vec<_>, Vec<_>) = attrs.into_iter().partition(|a| a.path().is_ident("doc"));
    let (vis, name, output) = (&item.vis, &item.sig.ident, &item.sig.output);
    let (generics, where_clause) = (&item.sig.generics, &item.sig.generics.where_clause);
    let (positional, keywords): (Vec<_>, Vec<_>) = arguments.iter().partition(|a| !a.is_keyword());
    let place = format!("::{}", name);
    let statements = &item.block.stmts;
    let body = quote! {
        crate::refusal::function(concat!(module_path!(), #place), move || { #(#statements)* })
    };
    let parameters = positional.iter().map(|argument| argument.declared());
    if keywords.is_empty() {
        let bindings = positional.iter().filter_map(|argument| argument.conversion());
        return Ok(quote! {
            #(#docs)*
            #(#attrs)*
            #[track_caller]
            #vis fn #name #generics (#(#parameters),*) #output #where_clause {
                #(#bindings)*
                #body
            }
        });
    }

    let options = format_ident!("{}_options", name.to_string().trim_end_matches('_'));
    let (hidden, builder) = (format_ident!("__{name}"), format_ident!("{}", builder_name(name)));
    let list: Vec<_> = keywords.iter().map(|keyword| keyword.listed()).collect();
    let more = [
        String::new(),
        " # Keywords".into(),
        format!(" Set by name between [`{options}`] and `.call()`:"),
        String::new(),
    ];
    let more = more.iter().chain(&list);
    let names: Vec<_> = keywords.iter().map(|keyword| format!("`{}`", keyword.name)).collect();
    let of_options = format!(
        " [`{name}`](fn@{name}) with keywords, set by name before `.call()`: {}.",
        names.join(", ")
    );
    let of_builder = format!(" The keywords of [`{name}`](fn@{name}); [`{options}`] begins it.");
    let handed = positional.iter().map(|argument| &argument.name);
    let all = arguments.iter().map(|argument| argument.in_builder());
    Ok(quote! {
        #(#docs)*
        #(#[doc = #more])*
        #(#attrs)*
        #[track_caller]
        #vis fn #name #generics (#(#parameters),*) #output #where_clause {
            #options(#(#handed),*).call()
        }

        #[::bon::builder(
            start_fn(name = #options, vis = #VIS, doc { #[doc = #of_options] }),
            finish_fn(name = call, doc { #[doc = " Computes it."] }),
            builder_type(name = #builder, vis = #VIS, doc { #[doc = #of_builder] })
        )]
        #(#attrs)*
        #[track_caller]
        fn #hidden #generics (#(#all),*) #output #where_clause {
            #body
        }
    })
}

const VIS: &str = "pub";

/// `LeakyReluCall` of `leaky_relu`, and `LeakyReluInPlaceCall` of `leaky_relu_`.
fn builder_name(function: &Ident) -> String {
    let name = function.to_string();
    let words = name.split('_').filter(|word| !word.is_empty());
    let camel: String = words.map(|word| word[..1].to_uppercase() + &word[1..]).collect();
    let in_place = if name.ends_with('_') { "InPlace" } else { "" };
    format!("{camel}{in_place}Call")
}

struct Function {
    attrs: Vec<Attribute>,
    arguments: Vec<Argument>,
    item: ItemFn,
}

impl Function {
    fn parse(mut item: ItemFn) -> Result<Self> {
        let attrs = std::mem::take(&mut item.attrs);
        let arguments = item.sig.inputs.iter().map(Argument::parse).collect::<Result<Vec<_>>>()?;
        let mut kinds = arguments.iter().skip_while(|argument| !argument.is_keyword());
        if let Some(late) = kinds.find(|argument| !argument.is_keyword()) {
            let problem = "what is given by place stands before the keywords: give this a \
                           #[builder(default)], or put it further up";
            return Err(Error::new(late.name.span(), problem));
        }
        Ok(Self { attrs, arguments, item })
    }
}

/// An argument as it is written, with what its `#[builder(…)]` says.
struct Argument {
    docs: Vec<String>,
    by_place: bool,
    default: Option<Option<Expr>>,
    /// The keys of `#[builder(…)]` that bon is to see.
    keys: Vec<Meta>,
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
        let mut parsed = Self {
            docs: Vec::new(),
            by_place: false,
            default: None,
            keys: Vec::new(),
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
        let into = parsed.keys.iter().any(|key| key.path().is_ident("into"));
        let number = is(&parsed.ty, "f64") || option_of(&parsed.ty).is_some_and(|ty| is(ty, "f64"));
        // So that `2` is taken as well as `2.0`.
        if number && !into {
            parsed.keys.push(parse_quote!(into));
        }
        Ok(parsed)
    }

    fn take_keys(&mut self, attr: &Attribute) -> Result<()> {
        let Meta::List(list) = &attr.meta else { return Ok(()) };
        let keys = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone())?;
        for key in keys {
            if key.path().is_ident("start_fn") {
                self.by_place = true;
                continue;
            }
            if key.path().is_ident("default") {
                self.default = Some(match &key {
                    Meta::NameValue(default) => Some(default.value.clone()),
                    _ => None,
                });
            }
            self.keys.push(key);
        }
        Ok(())
    }

    fn is_keyword(&self) -> bool {
        !self.by_place && (self.default.is_some() || option_of(&self.ty).is_some())
    }

    fn is_converted(&self) -> bool {
        self.keys.iter().any(|key| key.path().is_ident("into"))
    }

    /// As the plain function takes it, by place.
    fn declared(&self) -> TokenStream {
        let Self { mutable, name, ty, .. } = self;
        match self.is_converted() {
            true => quote!(#name: impl Into<#ty>),
            // Where there are keywords it is handed on, and nothing but the body changes it.
            false => quote!(#mutable #name: #ty),
        }
    }

    /// What the plain function makes of it first, where there is no builder that does.
    fn conversion(&self) -> Option<TokenStream> {
        let Self { mutable, name, ty, .. } = self;
        self.is_converted().then(|| quote!(let #mutable #name: #ty = #name.into();))
    }

    /// As bon takes it.
    fn in_builder(&self) -> TokenStream {
        let Self { keys, mutable, name, ty, docs, .. } = self;
        match self.is_keyword() {
            true if keys.is_empty() => quote!(#(#[doc = #docs])* #mutable #name: #ty),
            true => quote!(#(#[doc = #docs])* #[builder(#(#keys),*)] #mutable #name: #ty),
            false => quote!(#[builder(start_fn, #(#keys),*)] #mutable #name: #ty),
        }
    }

    /// A line of the list of keywords.
    fn listed(&self) -> String {
        let default = match &self.default {
            Some(Some(default)) => format!(" (`{}`)", default.to_token_stream()),
            Some(None) if is(&self.ty, "bool") => " (`false`)".into(),
            _ => String::new(),
        };
        let docs = self.docs.join(" ");
        let colon = if docs.is_empty() { "" } else { ":" };
        format!(" - `{}`{default}{colon}{docs}", self.name)
    }
}

/// Is this the type of that name?
fn is(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident(name))
}

/// The type of what an `Option` holds.
fn option_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        syn::GenericArgument::Type(inner) if last.ident == "Option" => Some(inner),
        _ => None,
    }
}
