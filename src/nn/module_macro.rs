//! [`module!`](crate::nn::module!): what makes a struct a module.

/// Makes a struct a module: its members by name, in the order of their making.
///
/// ```
/// # use flambeau::prelude::*;
/// # #[derive(Debug)] struct Cnn { conv1: nn::Conv2d, pool1: nn::MaxPool2d }
/// # impl Forward for Cnn { fn forward(&self, x: &Tensor) -> Tensor { self.conv1.forward(x) } }
/// nn::module!(Cnn as "CNN" { conv1, pool1 });
/// ```
///
/// - `as "CNN"` gives the name that is printed, when Python's is not the struct's.
/// - `{ … }` lists those fields that are parameters, buffers, modules or the mode
///   ([`Field`](crate::nn::Field)).
/// - `, |layer| …` after the braces gives [`extra_repr`](crate::nn::Module::extra_repr).
/// - `; without forward` at the end is for what does not map one tensor to one, as a loss of two
///   arguments.
///
/// The struct has to be `Debug`, without generic parameters, and to be listed are fields of the
/// types named at [`Field`](crate::nn::Field). For all else, as a list of layers in a `Vec`,
/// [`Module`](crate::nn::Module) is written by hand, in the way of
/// [`Sequential`](crate::nn::Sequential).
///
/// What is written for the struct: [`Module`](crate::nn::Module), `Display` as Python prints it
/// and, where it has [`Forward`](crate::nn::Forward), a method `forward` and tch's
/// `tch::nn::Module` (so that `x.apply(&model)` works), both by way of
/// [`nn::call`](crate::nn::call).
#[macro_export]
#[doc(hidden)]
macro_rules! __module {
    ($type:ident $(as $name:literal)? { $($field:ident),* $(,)? } $(, |$this:ident| $extra:expr)?) => {
        $crate::nn::module!(
            $type $(as $name)? { $($field),* } $(, |$this| $extra)?; without forward
        );

        impl $type {
            /// Runs the module on `input`.
            #[track_caller]
            pub fn forward(&self, input: &$crate::Tensor) -> $crate::Tensor {
                $crate::nn::call(self, input)
            }
        }

        impl $crate::tch::nn::Module for $type {
            fn forward(&self, input: &$crate::Tensor) -> $crate::Tensor {
                $crate::nn::call(self, input)
            }
        }
    };
    (
        $type:ident $(as $name:literal)? { $($field:ident),* $(,)? }
        $(, |$this:ident| $extra:expr)?; without forward
    ) => {
        impl $crate::nn::Module for $type {
            fn class_name(&self) -> &'static str {
                // The last of the two is the name.
                let names = [stringify!($type) $(, $name)?];
                names[names.len() - 1]
            }

            fn members(&self) -> ::std::vec::Vec<(::std::string::String, $crate::nn::Member<'_>)> {
                let fields: ::std::vec::Vec<(&str, ::std::option::Option<$crate::nn::Member<'_>>)> =
                    ::std::vec![$((stringify!($field), $crate::nn::Field::member(&self.$field))),*];
                let members = fields.into_iter();
                members.filter_map(|(name, member)| ::std::option::Option::Some((name.to_string(), member?))).collect()
            }

            $(fn extra_repr(&self) -> ::std::string::String {
                let $this = self;
                $extra
            })?
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::nn::print(self, f)
            }
        }
    };
}

/// As [`module!`](crate::nn::module!), for a layer over N sides whose class has another name for
/// each N: signals, images, volumes.
macro_rules! nd_module {
    ($type:ident { $($field:ident),* } as $names:expr, |$this:ident| $extra:expr) => {
        $crate::nn::module_macro::nd_module!(
            $type { $($field),* } as $names, |$this| $extra; without forward
        );

        impl<const N: usize> $type<N> {
            /// Runs the layer on `input`.
            #[track_caller]
            pub fn forward(&self, input: &tch::Tensor) -> tch::Tensor {
                $crate::nn::call(self, input)
            }
        }

        impl<const N: usize> tch::nn::Module for $type<N> {
            fn forward(&self, input: &tch::Tensor) -> tch::Tensor {
                $crate::nn::call(self, input)
            }
        }
    };
    (
        $type:ident { $($field:ident),* } as $names:expr, |$this:ident| $extra:expr;
        without forward
    ) => {
        impl<const N: usize> $crate::nn::Module for $type<N> {
            fn class_name(&self) -> &'static str {
                $names[N - 1]
            }

            fn members(&self) -> Vec<(String, $crate::nn::Member<'_>)> {
                let fields: Vec<(&str, Option<$crate::nn::Member<'_>>)> =
                    vec![$((stringify!($field), $crate::nn::Field::member(&self.$field))),*];
                let present = |(name, member): (&str, Option<_>)| Some((name.to_string(), member?));
                fields.into_iter().filter_map(present).collect()
            }

            fn extra_repr(&self) -> String {
                let $this = self;
                $extra
            }
        }

        impl<const N: usize> std::fmt::Display for $type<N> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::nn::print(self, f)
            }
        }
    };
}
pub(super) use nd_module;
