//! Distances.

use flambeau_derive::function;
use tch::Tensor;

/// ‖x₁ - x₂ + `eps`‖_p of each pair of vectors (N, D) or (D):
/// [`torch.nn.functional.pairwise_distance`].
///
/// The layer is [`PairwiseDistance`](crate::nn::PairwiseDistance).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[0.0, 0.0]]);
/// let distance = F::pairwise_distance(&x, &torch::tensor([[3.0, 4.0]]));
/// assert!((distance.i(0).item() - 5.0).abs() < 1e-5);
/// ```
///
/// [`torch.nn.functional.pairwise_distance`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pairwise_distance.html
#[function]
pub fn pairwise_distance(
    x1: &Tensor,
    x2: &Tensor,
    /// Which norm it is.
    #[builder(default = 2.0)]
    p: f64,
    /// What is added to each difference, to be safe from a slope of ∞.
    #[builder(default = 1e-6)]
    eps: f64,
    /// Whether the dimension of the vectors stays, as one of 1.
    #[builder(default)]
    keepdim: bool,
) -> Tensor {
    Tensor::pairwise_distance(x1, x2, p, eps, keepdim)
}

/// x₁·x₂ / max(‖x₁‖·‖x₂‖, `eps`) along dimension `dim`: [`torch.nn.functional.cosine_similarity`].
///
/// The layer is [`CosineSimilarity`](crate::nn::CosineSimilarity).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 0.0]]);
/// let cosine = F::cosine_similarity(&x, &torch::tensor([[0.0, 2.0]]));
/// assert_eq!(cosine.i(0).item(), 0.0);
/// ```
///
/// [`torch.nn.functional.cosine_similarity`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cosine_similarity.html
#[function]
pub fn cosine_similarity(
    x1: &Tensor,
    x2: &Tensor,
    /// The dimension of the vectors.
    #[builder(default = 1)]
    dim: i64,
    /// What the product of the lengths is at least.
    #[builder(default = 1e-8)]
    eps: f64,
) -> Tensor {
    Tensor::cosine_similarity(x1, x2, dim, eps)
}

/// The p-norm distance of every two of N vectors (N, D): N·(N - 1)/2 of them, (0, 1), (0, 2),
/// …: [`torch.nn.functional.pdist`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[0.0, 0.0], [3.0, 4.0], [3.0, 0.0]]);
/// assert_eq!(F::pdist(&x), torch::tensor([5.0, 3.0, 4.0]));
/// ```
///
/// [`torch.nn.functional.pdist`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pdist.html
#[function]
pub fn pdist(
    input: &Tensor,
    /// Which norm it is.
    #[builder(default = 2.0)]
    p: f64,
) -> Tensor {
    input.pdist(p)
}
