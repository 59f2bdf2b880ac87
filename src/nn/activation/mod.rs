//! Activations: what is done to each number by itself, or to the numbers along one dimension.
//!
//! - `rectifier`: those that let what is above 0 through, more or less
//! - `squashing`: those that keep numbers within bounds, or shrink them
//! - `softmax`: those along a dimension

mod rectifier;
mod softmax;
mod squashing;

pub use rectifier::{
    CELU, CELUOptions, ELU, ELUOptions, GELU, GELUOptions, Hardswish, HardswishOptions, LeakyReLU,
    LeakyReLUOptions, Mish, MishOptions, PReLU, PReLUOptions, RReLU, RReLUOptions, ReLU, ReLU6,
    ReLU6Options, ReLUOptions, SELU, SELUOptions, SiLU, SiLUOptions, Softplus, SoftplusOptions,
    Threshold, ThresholdOptions,
};
pub use softmax::{GLU, LogSoftmax, Softmax, Softmax2d, Softmin};
pub use squashing::{
    Hardshrink, HardshrinkOptions, Hardsigmoid, HardsigmoidOptions, Hardtanh, HardtanhOptions,
    LogSigmoid, Sigmoid, Softshrink, SoftshrinkOptions, Softsign, Tanh, Tanhshrink,
};

/// An activation: its struct, its options with their defaults, its print, and what it computes.
macro_rules! activation {
    ($(#[$docs:meta])* $type:ident, $function:expr) => {
        $(#[$docs])*
        #[derive(Debug, Default, flambeau_derive::Module)]
        pub struct $type {
            training: $crate::nn::Training,
        }

        impl $type {
            /// The activation.
            pub fn new() -> Self {
                Self::default()
            }
        }

        impl $crate::nn::Forward for $type {
            fn forward(&self, input: &tch::Tensor) -> tch::Tensor {
                $function(input)
            }
        }
    };
    (
        $(#[$docs:meta])*
        $type:ident / $options:ident { $($(#[$about:meta])* $field:ident: $kind:ty = $default:expr,)* }
        $(new($($place:ident),+);)?
        $(where $check:expr, $words:literal;)?
        ($this:ident, $input:ident) $repr:expr => $forward:expr
    ) => {
        $(#[$docs])*
        #[derive(Debug, flambeau_derive::Module)]
        #[module(extra_repr = self.arguments())]
        pub struct $type {
            $(#[module(skip)] $field: $kind,)*
            training: $crate::nn::Training,
        }

        #[bon::bon]
        impl $type {
            $crate::nn::activation::new!($options { $($($place),+)? });

            /// Begins the activation with keyword arguments set by name.
            #[builder(
                start_fn(name = options, vis = "pub"),
                finish_fn = build,
                builder_type(name = $options, vis = "pub")
            )]
            fn with(
                $($(#[$about])* #[builder(default = <$kind>::from($default), into)] $field: $kind,)*
            ) -> Self {
                $(assert!($check, $words);)?
                Self { $($field,)* training: $crate::nn::Training::default() }
            }
        }

        impl Default for $type {
            fn default() -> Self {
                Self::options().build()
            }
        }

        impl $type {
            /// What is printed between the brackets.
            fn arguments(&self) -> String {
                let $this = self;
                let _ = $this;
                $repr
            }
        }

        impl $crate::nn::Forward for $type {
            fn forward(&self, $input: &tch::Tensor) -> tch::Tensor {
                let $this = self;
                $forward
            }
        }
    };
}
use activation;

/// `new` takes what people give by place, if anything.
macro_rules! new {
    ($options:ident {}) => {
        /// The activation with Python's defaults.
        pub fn new() -> Self {
            Self::options().build()
        }
    };
    ($options:ident { $($place:ident),+ }) => {
        /// The activation with these numbers; `default()` has Python's.
        pub fn new($($place: impl Into<$crate::torch::Number>),+) -> Self {
            Self::options()$(.$place($place))+.build()
        }
    };
}
use new;

/// What is printed of an activation that overwrites its input.
fn in_place(inplace: bool, separator: &str) -> String {
    if inplace { format!("{separator}inplace=True") } else { String::new() }
}
