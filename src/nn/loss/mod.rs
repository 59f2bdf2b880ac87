//! Losses: how far an output is from what it should be, as one number.
//!
//! - `cross_entropy`: scores of classes
//! - `linear_cross_entropy`: the same, with the layer that computes the scores
//! - `adaptive`: scores of very many classes
//! - `classification`: other losses of classes and of yes or no
//! - `regression`: of numbers
//! - `embedding`: of vectors that should be near each other or far apart
//! - `ctc`: of sequences whose alignment is not known

mod adaptive;
mod classification;
mod cross_entropy;
mod ctc;
mod embedding;
mod linear_cross_entropy;
mod regression;

pub use adaptive::{AdaptiveLogSoftmaxWithLoss, AdaptiveLogSoftmaxWithLossOptions};
pub use classification::{
    BCELoss, BCELossOptions, BCEWithLogitsLoss, BCEWithLogitsLossOptions, MultiLabelMarginLoss,
    MultiLabelMarginLossOptions, MultiLabelSoftMarginLoss, MultiLabelSoftMarginLossOptions,
    MultiMarginLoss, MultiMarginLossOptions, NLLLoss, NLLLossOptions, SoftMarginLoss,
    SoftMarginLossOptions,
};
pub use cross_entropy::{CrossEntropyLoss, CrossEntropyLossOptions};
pub use ctc::{CTCLoss, CTCLossOptions};
pub use embedding::{
    CosineEmbeddingLoss, CosineEmbeddingLossOptions, Distance, HingeEmbeddingLoss,
    HingeEmbeddingLossOptions, MarginRankingLoss, MarginRankingLossOptions, TripletMarginLoss,
    TripletMarginLossOptions, TripletMarginWithDistanceLoss, TripletMarginWithDistanceLossOptions,
};
pub use linear_cross_entropy::{LinearCrossEntropyLoss, LinearCrossEntropyLossOptions};
pub use regression::{
    GaussianNLLLoss, GaussianNLLLossOptions, HuberLoss, HuberLossOptions, KLDivLoss,
    KLDivLossOptions, L1Loss, L1LossOptions, MSELoss, MSELossOptions, PoissonNLLLoss,
    PoissonNLLLossOptions, SmoothL1Loss, SmoothL1LossOptions,
};
use tch::Tensor;

/// What becomes of the losses of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// They stay one a sample.
    None,
    /// Their mean, weighted where there are class weights.
    #[default]
    Mean,
    /// Their sum.
    Sum,
}

impl From<&str> for Reduction {
    /// # Panics
    /// When there is no such name.
    fn from(name: &str) -> Self {
        match name {
            "none" => Self::None,
            "mean" => Self::Mean,
            "sum" => Self::Sum,
            _ => panic!("reduction must be one of 'none', 'mean', 'sum', but is '{name}'"),
        }
    }
}

impl From<Reduction> for tch::Reduction {
    fn from(reduction: Reduction) -> Self {
        match reduction {
            Reduction::None => Self::None,
            Reduction::Mean => Self::Mean,
            Reduction::Sum => Self::Sum,
        }
    }
}

impl Reduction {
    /// What becomes of these losses.
    fn of(self, losses: &Tensor) -> Tensor {
        match self {
            Self::None => losses.shallow_clone(),
            Self::Mean => losses.mean(None),
            Self::Sum => losses.sum(None),
        }
    }
}

/// A loss: its struct, its options with their defaults, and `forward` of its inputs.
macro_rules! loss {
    (
        $(#[$docs:meta])*
        $type:ident / $options:ident { $($(#[$about:meta])* $field:ident: $kind:ty = $default:expr,)* }
        $(where $check:expr, $words:literal;)?
        ($loss:ident, $($input:ident),+) $forward:expr
    ) => {
        $(#[$docs])*
        #[derive(Debug, flambeau_derive::Module)]
        pub struct $type {
            $(#[module(skip)] $field: $kind,)*
            #[module(skip)]
            reduction: Reduction,
        }

        #[bon::bon]
        impl $type {
            /// The mean over the batch, with the usual numbers.
            pub fn new() -> Self {
                Self::options().build()
            }

            /// Begins a loss whose keyword arguments are set by name.
            #[builder(
                start_fn(name = options, vis = "pub"),
                finish_fn = build,
                builder_type(name = $options, vis = "pub"),
                on(f64, into)
            )]
            fn with(
                $($(#[$about])* #[builder(default = $default)] $field: $kind,)*
                /// What becomes of the losses of a batch.
                #[builder(default, into)]
                reduction: Reduction,
            ) -> Self {
                $(assert!($check, $words);)?
                Self { $($field,)* reduction }
            }

            /// The loss.
            #[track_caller]
            pub fn forward(&self, $($input: &Tensor),+) -> Tensor {
                $crate::nn::guard(self, &[$($input),+], || self.compute($($input),+))
            }

            #[track_caller]
            pub(in $crate::nn) fn compute(&self, $($input: &Tensor),+) -> Tensor {
                let $loss = self;
                $forward
            }
        }

        impl Default for $type {
            fn default() -> Self {
                Self::new()
            }
        }

    };
}
use loss;
