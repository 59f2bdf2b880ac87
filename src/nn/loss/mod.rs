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

use crate::refusal::refuse;

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
    /// Their sum, divided by the batch: for [`KLDivLoss`] alone.
    BatchMean,
}

impl From<&str> for Reduction {
    /// # Panics
    /// When there is no such name.
    fn from(name: &str) -> Self {
        match name {
            "none" => Self::None,
            "mean" => Self::Mean,
            "sum" => Self::Sum,
            "batchmean" => Self::BatchMean,
            _ => refuse(format!("{name} is not a valid value for reduction")),
        }
    }
}

impl Reduction {
    /// As libtorch's kernels take it, which know no mean over the batch.
    #[track_caller]
    pub(super) fn known(self) -> tch::Reduction {
        match self {
            Self::None => tch::Reduction::None,
            Self::Mean => tch::Reduction::Mean,
            Self::Sum => tch::Reduction::Sum,
            Self::BatchMean => refuse("batchmean is not a valid value for reduction".into()),
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
                let $loss = self;
                $crate::nn::guard(self, &[$($input),+], || $forward)
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
