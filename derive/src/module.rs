//! `#[derive(Module)]`: what makes a struct a module.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, GenericArgument, GenericParam, Generics, Ident,
    Index, Lit, LitStr, Member, Path, PathArguments, Result, Token, Type, WherePredicate,
    parse_quote,
};

pub(crate) fn derive(input: DeriveInput) -> Result<TokenStream> {
    let fields = fields(&input)?;
    let class = Class::of(&input.attrs)?;
    let module = module(&input, &class, &fields);
    let field = field(&input, &class, &fields);
    let forward = forward(&input);
    Ok(quote! { #module #field #forward })
}

const OWNS: &str = "a module owns its members, so it has no lifetimes: a module that stands at two \
                    places is an `nn::Shared`, a tensor there is tied (`Parameter::tie`)";

/// What stands above the struct, in `#[module(…)]`.
#[derive(Default)]
struct Class {
    name: Option<Expr>,
    extra_repr: Option<Expr>,
    repr: Option<Expr>,
    multiply_adds: Option<Path>,
    /// What has to hold of a generic struct, instead of what its fields' types tell.
    bound: Option<Vec<WherePredicate>>,
}

impl Class {
    fn of(attributes: &[Attribute]) -> Result<Self> {
        let (mut class, mut bound) = (Self::default(), None);
        for_each_argument(attributes, |meta| match name_of(&meta).as_str() {
            "class" => set(&mut class.name, &meta),
            "extra_repr" => set(&mut class.extra_repr, &meta),
            "repr" => set(&mut class.repr, &meta),
            "multiply_adds" => set(&mut class.multiply_adds, &meta),
            "bound" => set(&mut bound, &meta),
            "skip" | "name" | "flatten" | "persistent" | "copy_with" => {
                Err(meta.error(format!("`{}` belongs to a field", name_of(&meta))))
            }
            _ => {
                Err(meta
                    .error("expected `class`, `extra_repr`, `repr`, `multiply_adds` or `bound`"))
            }
        })?;
        class.bound = bound.as_ref().map(predicates).transpose()?;
        Ok(class)
    }
}

/// A field, and what stands above it in `#[module(…)]`.
struct Field {
    member: Member,
    ty: Type,
    name: String,
    skip: bool,
    flatten: bool,
    persistent: bool,
    copy_with: Option<Path>,
}

impl Field {
    fn of(place: usize, field: &syn::Field) -> Result<Self> {
        let member = match &field.ident {
            Some(ident) => Member::Named(ident.clone()),
            None => Member::Unnamed(Index { index: place as u32, span: field.ty.span() }),
        };
        // A raw identifier's key is the name as Python has it.
        let own = field.ident.as_ref().map_or(place.to_string(), |ident| ident.unraw().to_string());
        let (mut name, mut persistent) = (None, None);
        let (mut skip, mut flatten, mut copy_with) = (None, None, None);
        for_each_argument(&field.attrs, |meta| match name_of(&meta).as_str() {
            "name" => set(&mut name, &meta),
            "persistent" if !meta.input.peek(syn::Token![=]) => Err(meta.error(
                "a buffer is saved by itself; one that is not is marked `persistent = false`",
            )),
            "persistent" => set(&mut persistent, &meta),
            "skip" => flag(&mut skip, &meta),
            "flatten" => flag(&mut flatten, &meta),
            "copy_with" => set(&mut copy_with, &meta),
            "class" | "extra_repr" | "repr" | "multiply_adds" | "bound" => {
                Err(meta.error(format!("`{}` belongs to the struct", name_of(&meta))))
            }
            _ => Err(meta
                .error("expected `skip`, `name`, `flatten`, `persistent = false` or `copy_with`")),
        })?;
        if let Some(name) = &name {
            check_name(name)?;
        }
        let persistent = persistent.map_or(Ok(true), boolean)?;
        let (skip, flatten) = (skip.is_some(), flatten.is_some());
        let told = [skip, flatten, name.is_some(), !persistent];
        if (skip || flatten) && told.iter().filter(|told| **told).count() > 1 {
            let what = if skip { "a skipped" } else { "a flattened" };
            return Err(Error::new_spanned(
                field,
                format!("{what} field takes no other attribute"),
            ));
        }
        if copy_with.is_some() && !skip {
            return Err(Error::new_spanned(field, "`copy_with` is for a skipped field"));
        }
        match last_word(if skip || flatten { &field.ty } else { held(&field.ty) }).as_str() {
            pointer @ ("Rc" | "Arc") if !skip => {
                let problem = format!(
                    "a module cannot be held by `{pointer}`: one that stands at two places is an \
                     `nn::Shared`"
                );
                return Err(Error::new_spanned(&field.ty, problem));
            }
            "Rc" if skip => {
                let problem = "a module goes from thread to thread, which an `Rc` cannot: hold it \
                               by an `Arc`";
                return Err(Error::new_spanned(&field.ty, problem));
            }
            "Box" if flatten => {
                let problem = "`flatten` is for the module itself: hold it without the `Box`";
                return Err(Error::new_spanned(&field.ty, problem));
            }
            "Option" | "Vec" | "Parameter" | "Buffer" | "Training" if flatten => {
                let problem = "`flatten` is for a module, whose members become the struct's own";
                return Err(Error::new_spanned(&field.ty, problem));
            }
            _ => {}
        }
        if matches!(held(&field.ty), Type::Reference(_)) && !skip {
            return Err(Error::new_spanned(&field.ty, OWNS));
        }
        let name = name.map_or(own, |name: LitStr| name.value());
        Ok(Self { member, ty: field.ty.clone(), name, skip, flatten, persistent, copy_with })
    }

    /// The statement that adds this field to `members`.
    fn add(&self) -> Option<TokenStream> {
        let Self { member, ty, name, .. } = self;
        let own = match self {
            Self { skip: true, .. } => return None,
            Self { flatten: true, .. } => {
                return Some(quote_spanned! { ty.span() =>
                    members.extend(::flambeau::nn::FlattenedField::flattened(&self.#member));
                });
            }
            Self { persistent: false, .. } => quote_spanned! { ty.span() =>
                ::flambeau::nn::BufferField::not_persistent(&self.#member)
            },
            _ => quote_spanned! { ty.span() => ::flambeau::nn::Field::member(&self.#member) },
        };
        Some(quote! {
            if let ::std::option::Option::Some(member) = #own {
                members.push((::std::string::String::from(#name), member));
            }
        })
    }

    /// The field's value in a copy.
    fn copied(&self) -> TokenStream {
        let Self { member, ty, copy_with, .. } = self;
        match (self.skip, copy_with) {
            (false, _) => quote_spanned! { ty.span() =>
                ::flambeau::nn::Field::deepcopy(&self.#member, copies)
            },
            (true, Some(copy)) => quote_spanned! { copy.span() => #copy(&self.#member) },
            (true, None) => quote_spanned! { ty.span() =>
                ::flambeau::nn::SkippedField::copied(&self.#member)
            },
        }
    }
}

fn fields(input: &DeriveInput) -> Result<Vec<Field>> {
    let data = match &input.data {
        Data::Struct(data) => data,
        Data::Enum(_) => {
            let problem = "a module is a struct: an enum of modules is a struct with `Option` \
                           fields, or a `Box<dyn Forward>`";
            return Err(Error::new_spanned(&input.ident, problem));
        }
        Data::Union(_) => return Err(Error::new_spanned(&input.ident, "a module is a struct")),
    };
    if let Some(lifetime) = input.generics.lifetimes().next() {
        return Err(Error::new_spanned(lifetime, OWNS));
    }
    let fields = data.fields.iter().enumerate().map(|(place, field)| Field::of(place, field));
    let fields = fields.collect::<Result<Vec<_>>>()?;
    let flattened: Vec<_> = fields.iter().filter(|field| field.flatten).collect();
    if let [_, second, ..] = flattened[..] {
        return Err(Error::new_spanned(&second.ty, "a module derives from one other at most"));
    }
    let members: Vec<_> = fields.iter().filter(|field| !field.skip && !field.flatten).collect();
    for (place, field) in members.iter().enumerate() {
        if members[..place].iter().any(|before| before.name == field.name) {
            let problem = format!("two members have the name `{}`", field.name);
            return Err(Error::new_spanned(&field.ty, problem));
        }
    }
    Ok(fields)
}

/// `impl Module`, and `Display` as Python prints it.
fn module(input: &DeriveInput, class: &Class, fields: &[Field]) -> TokenStream {
    let ident = &input.ident;
    let (generics, arguments, _) = input.generics.split_for_impl();
    let bounds = bounds(&input.generics, class, ident, fields);
    let name = match &class.name {
        Some(name) => name.to_token_stream(),
        None => ident.unraw().to_string().to_token_stream(),
    };
    let base = fields.iter().find(|field| field.flatten).map(|field| &field.member);
    let extra_repr = match (&class.extra_repr, base) {
        (Some(extra_repr), _) => Some(extra_repr.to_token_stream()),
        (None, Some(base)) => Some(quote! { ::flambeau::nn::Module::extra_repr(&self.#base) }),
        (None, None) => None,
    };
    let extra_repr = extra_repr.map(|extra_repr| {
        quote! {
            fn extra_repr(&self) -> ::std::string::String { #extra_repr }
        }
    });
    let repr = class.repr.as_ref().map(|repr| {
        quote! {
            fn repr(&self) -> ::std::string::String { #repr }
        }
    });
    let multiply_adds = match (&class.multiply_adds, base) {
        (Some(path), _) => Some(quote! { #path(self, inputs, outputs) }),
        (None, Some(base)) => {
            Some(quote! { ::flambeau::nn::Module::multiply_adds(&self.#base, inputs, outputs) })
        }
        (None, None) => None,
    };
    let multiply_adds = multiply_adds.map(|multiply_adds| {
        quote! {
            fn multiply_adds(
                &self,
                inputs: &[&::flambeau::Tensor],
                outputs: &[&::flambeau::Tensor],
            ) -> i64 {
                #multiply_adds
            }
        }
    });
    let add = fields.iter().filter_map(Field::add);
    // The names of all other members are known here, and told apart by `fields`.
    let check = base.map(|_| quote! { ::flambeau::nn::check_names(#name, &members); });
    quote! {
        #[automatically_derived]
        impl #generics ::flambeau::nn::Module for #ident #arguments #bounds {
            fn class_name(&self) -> &'static str { #name }

            #extra_repr

            #repr

            #multiply_adds

            fn members(
                &self,
            ) -> ::std::vec::Vec<(::std::string::String, ::flambeau::nn::Member<'_>)> {
                #[allow(unused_mut)]
                let mut members = ::std::vec::Vec::new();
                #(#add)*
                #check
                members
            }
        }

        #[automatically_derived]
        impl #generics ::std::fmt::Display for #ident #arguments #bounds {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::flambeau::nn::print(self, f)
            }
        }
    }
}

/// `impl Field`: the module as a member of another, and its copy.
fn field(input: &DeriveInput, class: &Class, fields: &[Field]) -> TokenStream {
    let ident = &input.ident;
    let (generics, arguments, _) = input.generics.split_for_impl();
    let bounds = bounds(&input.generics, class, ident, fields);
    let (members, copies): (Vec<_>, Vec<_>) =
        fields.iter().map(|field| (&field.member, field.copied())).unzip();
    quote! {
        #[automatically_derived]
        impl #generics ::flambeau::nn::Field for #ident #arguments #bounds {
            fn member(&self) -> ::std::option::Option<::flambeau::nn::Member<'_>> {
                ::std::option::Option::Some(::flambeau::nn::Member::Child(self))
            }

            fn deepcopy(&self, copies: &mut ::flambeau::nn::Copies) -> Self {
                let _ = &copies;
                Self { #(#members: #copies),* }
            }
        }
    }
}

/// The method `forward`, and tch's `Module`, where the struct has `Forward`.
///
/// A bound without generic parameters is checked where it stands, save under a `for<'a>`: that
/// leaves a module with a `forward` of another shape without these two.
fn forward(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (generics, arguments, given) = input.generics.split_for_impl();
    let given = given.map(|given| &given.predicates).into_iter().flatten();
    let given: Vec<_> = given.collect();
    quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #generics #ident #arguments
        where for<'flambeau> Self: ::flambeau::nn::Forward, #(#given),*
        {
            /// Runs the module on `input`.
            #[track_caller]
            pub fn forward(&self, input: &::flambeau::Tensor) -> ::flambeau::Tensor {
                ::flambeau::nn::call(self, input)
            }
        }

        #[automatically_derived]
        impl #generics ::flambeau::tch::nn::Module for #ident #arguments
        where for<'flambeau> Self: ::flambeau::nn::Forward, #(#given),*
        {
            fn forward(&self, input: &::flambeau::Tensor) -> ::flambeau::Tensor {
                ::flambeau::nn::call(self, input)
            }
        }
    }
}

/// What has to hold of a generic struct: its fields are what they are taken for.
fn bounds(generics: &Generics, class: &Class, ident: &Ident, fields: &[Field]) -> TokenStream {
    let mut parameters = Vec::new();
    for parameter in &generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameters.push(&parameter.ident);
        }
    }
    let mut predicates: Vec<WherePredicate> = Vec::new();
    predicates.extend(generics.where_clause.iter().flat_map(|given| given.predicates.clone()));
    if !parameters.is_empty() {
        let (_, arguments, _) = generics.split_for_impl();
        predicates.push(parse_quote! {
            #ident #arguments: ::std::fmt::Debug + ::std::marker::Send + 'static
        });
    }
    predicates.extend(class.bound.iter().flatten().cloned());
    let told: &[Field] = if class.bound.is_some() { &[] } else { fields };
    for Field { ty, skip, copy_with, flatten, .. } in told {
        // What a struct of its own kind inside it has to be follows from the other fields.
        if !mentions(ty, &parameters) || mentions(ty, &[ident]) || copy_with.is_some() {
            continue;
        }
        predicates.push(match (skip, flatten) {
            (true, _) => parse_quote! { #ty: ::flambeau::nn::SkippedField },
            (false, true) => parse_quote! { #ty: ::flambeau::nn::Module },
            (false, false) => parse_quote! { #ty: ::flambeau::nn::Field },
        });
    }
    if predicates.is_empty() {
        quote! {}
    } else {
        quote! { where #(#predicates),* }
    }
}

/// The last word of a path: `Rc` of `std::rc::Rc<nn::Linear>`.
fn last_word(ty: &Type) -> String {
    let Type::Path(path) = ty else { return String::new() };
    path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

/// What is held in the end, by any `Option`, `Vec`, `Box` or array.
fn held(ty: &Type) -> &Type {
    if let Type::Array(array) = ty {
        return held(&array.elem);
    }
    let Type::Path(path) = ty else { return ty };
    match path.path.segments.last() {
        Some(last) if ["Option", "Vec", "Box"].iter().any(|name| last.ident == name) => {
            match &last.arguments {
                PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
                    Some(GenericArgument::Type(inner)) => held(inner),
                    _ => ty,
                },
                _ => ty,
            }
        }
        _ => ty,
    }
}

/// Does one of these names stand in this type?
fn mentions(ty: &Type, parameters: &[&Ident]) -> bool {
    struct Search<'a>(&'a [&'a Ident], bool);
    impl Visit<'_> for Search<'_> {
        fn visit_ident(&mut self, ident: &Ident) {
            self.1 |= self.0.contains(&ident);
        }
    }
    let mut search = Search(parameters, false);
    visit::visit_type(&mut search, ty);
    search.1
}

fn for_each_argument(
    attributes: &[Attribute],
    mut work: impl FnMut(ParseNestedMeta) -> Result<()>,
) -> Result<()> {
    let ours = attributes.iter().filter(|attribute| attribute.path().is_ident("module"));
    ours.into_iter().try_for_each(|attribute| attribute.parse_nested_meta(&mut work))
}

fn name_of(meta: &ParseNestedMeta) -> String {
    meta.path.get_ident().map(Ident::to_string).unwrap_or_default()
}

/// Takes the value behind `=`.
fn set<T: syn::parse::Parse>(place: &mut Option<T>, meta: &ParseNestedMeta) -> Result<()> {
    once(place, meta)?;
    *place = Some(meta.value()?.parse()?);
    Ok(())
}

/// Takes an argument without a value.
fn flag(place: &mut Option<()>, meta: &ParseNestedMeta) -> Result<()> {
    once(place, meta)?;
    *place = Some(());
    Ok(())
}

fn once<T>(place: &Option<T>, meta: &ParseNestedMeta) -> Result<()> {
    match place {
        Some(_) => Err(meta.error(format!("`{}` stands here twice", name_of(meta)))),
        None => Ok(()),
    }
}

/// The predicates of `bound = "T: Field, U: Clone"`.
fn predicates(text: &LitStr) -> Result<Vec<WherePredicate>> {
    let list = Punctuated::<WherePredicate, Token![,]>::parse_terminated;
    Ok(text.parse_with(list)?.into_iter().collect())
}

fn boolean(literal: Lit) -> Result<bool> {
    match literal {
        Lit::Bool(value) => Ok(value.value),
        other => Err(Error::new_spanned(other, "expected `true` or `false`")),
    }
}

/// In PyTorch's words: a name is a part of a path, whose parts a dot divides.
fn check_name(name: &LitStr) -> Result<()> {
    let problem = match name.value() {
        empty if empty.is_empty() => "module name can't be empty string \"\"".to_string(),
        dotted if dotted.contains('.') => format!("module name can't contain \".\", got: {dotted}"),
        _ => return Ok(()),
    };
    Err(Error::new_spanned(name, problem))
}
