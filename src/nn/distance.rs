//! How far two batches of vectors are apart.

use tch::Tensor;

use super::{Module, functional as F, guard};
use crate::torch::Number;

/// ‖x₁ - x₂ + `eps`‖_p of each pair: [`torch.nn.PairwiseDistance`].
///
/// # Shapes
/// Inputs (N, D) or (D); output (N) or a number, with `keepdim(true)` (N, 1) or (1).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[0.0, 0.0]]);
/// let distance = nn::PairwiseDistance::default().forward(&x, &torch::tensor([[3.0, 4.0]]));
/// assert!((distance.i(0).item() - 5.0).abs() < 1e-5);
/// ```
///
/// [`torch.nn.PairwiseDistance`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.PairwiseDistance.html
#[derive(Debug, Module)]
pub struct PairwiseDistance {
    #[module(skip)]
    p: f64,
    #[module(skip)]
    eps: f64,
    #[module(skip)]
    keepdim: bool,
}

#[bon::bon]
impl PairwiseDistance {
    /// The distance by the `p`-norm; `default()` has Python's 2, Euclid's.
    pub fn new(p: impl Into<Number>) -> Self {
        Self::options().p(p.into().to_f64()).build()
    }

    /// Begins a distance whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = PairwiseDistanceOptions, vis = "pub")
    )]
    fn with(
        /// Which norm it is.
        #[builder(default = 2.0, into)]
        p: f64,
        /// What is added to each difference, to be safe from a slope of ∞.
        #[builder(default = 1e-6, into)]
        eps: f64,
        /// Whether the vectors' dimension stays, of one.
        #[builder(default)]
        keepdim: bool,
    ) -> Self {
        Self { p, eps, keepdim }
    }

    /// The distances.
    #[track_caller]
    pub fn forward(&self, x1: &Tensor, x2: &Tensor) -> Tensor {
        guard(self, &[x1, x2], || {
            F::pairwise_distance_options(x1, x2)
                .p(self.p)
                .eps(self.eps)
                .keepdim(self.keepdim)
                .call()
        })
    }
}

impl Default for PairwiseDistance {
    fn default() -> Self {
        Self::options().build()
    }
}

/// x₁·x₂ / max(‖x₁‖·‖x₂‖, `eps`) along a dimension: [`torch.nn.CosineSimilarity`].
///
/// # Shapes
/// Inputs (∗₁, D, ∗₂), D at dimension `dim`; output (∗₁, ∗₂).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 0.0]]);
/// let cosine = nn::CosineSimilarity::default().forward(&x, &torch::tensor([[0.0, 2.0]]));
/// assert_eq!(cosine.i(0).item(), 0.0);
/// ```
///
/// [`torch.nn.CosineSimilarity`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.CosineSimilarity.html
#[derive(Debug, Module)]
pub struct CosineSimilarity {
    #[module(skip)]
    dim: i64,
    #[module(skip)]
    eps: f64,
}

#[bon::bon]
impl CosineSimilarity {
    /// The similarity along dimension `dim`; `default()` has Python's 1.
    pub fn new(dim: i64) -> Self {
        Self::options().dim(dim).build()
    }

    /// Begins a similarity whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = CosineSimilarityOptions, vis = "pub")
    )]
    fn with(
        /// The vectors' dimension.
        #[builder(default = 1)]
        dim: i64,
        /// What the product of the norms is at least, to be safe from 0.
        #[builder(default = 1e-8, into)]
        eps: f64,
    ) -> Self {
        Self { dim, eps }
    }

    /// The cosines.
    #[track_caller]
    pub fn forward(&self, x1: &Tensor, x2: &Tensor) -> Tensor {
        guard(self, &[x1, x2], || {
            F::cosine_similarity_options(x1, x2).dim(self.dim).eps(self.eps).call()
        })
    }
}

impl Default for CosineSimilarity {
    fn default() -> Self {
        Self::options().build()
    }
}
