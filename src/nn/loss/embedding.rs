//! Losses of vectors that should be near each other, or far apart.

use tch::Tensor;

use super::{Reduction, loss};
use crate::nn::{Module, PairwiseDistance, functional as F, guard};

loss!(
    /// The mean of max(0, -y·(x₁ - x₂) + margin), y = ±1: [`torch.nn.MarginRankingLoss`].
    ///
    /// A y of 1 says that x₁ should be the larger.
    ///
    /// # Shapes
    /// Inputs and target of one shape; output a number, or that shape with [`Reduction::None`].
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let x = torch::tensor([1.0, 2.0]);
    /// let loss = nn::MarginRankingLoss::new().forward(&x, &(&x + 1.0), &x.ones_like());
    /// assert_eq!(loss.item(), 1.0);
    /// ```
    ///
    /// [`torch.nn.MarginRankingLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MarginRankingLoss.html
    MarginRankingLoss / MarginRankingLossOptions {
        /// How far apart the two should be.
        margin: f64 = 0.0,
    }
    (loss, input1, input2, target) {
        F::margin_ranking_loss_options(input1, input2, target)
            .margin(loss.margin)
            .reduction(loss.reduction)
            .call()
    }
);

loss!(
    /// The mean of x where y = 1, of max(0, margin - x) where y = -1: [`torch.nn.HingeEmbeddingLoss`].
    ///
    /// x is a distance of two, y says whether they are alike.
    ///
    /// # Shapes
    /// Input and target of one shape; output a number, or that shape with [`Reduction::None`].
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let loss = nn::HingeEmbeddingLoss::new().forward(&torch::tensor([0.5, 0.25]), &torch::tensor([1.0, -1.0]));
    /// assert!((loss.item() - 0.625).abs() < 1e-4);
    /// ```
    ///
    /// [`torch.nn.HingeEmbeddingLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.HingeEmbeddingLoss.html
    HingeEmbeddingLoss / HingeEmbeddingLossOptions {
        /// How large an x of two that differ should be.
        margin: f64 = 1.0,
    }
    (loss, input, target) {
        F::hinge_embedding_loss_options(input, target)
            .margin(loss.margin)
            .reduction(loss.reduction)
            .call()
    }
);

loss!(
    /// The mean of 1 - cos(x₁, x₂) where y = 1, of max(0, cos(x₁, x₂) - margin) where y = -1: [`torch.nn.CosineEmbeddingLoss`].
    ///
    /// # Shapes
    /// Inputs (N, D) or (D), target (N) or a number; output a number, or (N) with
    /// [`Reduction::None`].
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let x = torch::tensor([[1.0, 0.0]]);
    /// let loss = nn::CosineEmbeddingLoss::new().forward(&x, &x, &torch::tensor([-1.0]));
    /// assert!((loss.item() - 1.0).abs() < 1e-6);
    /// ```
    ///
    /// [`torch.nn.CosineEmbeddingLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html
    CosineEmbeddingLoss / CosineEmbeddingLossOptions {
        /// What the cosine of two that differ may be.
        margin: f64 = 0.0,
    }
    (loss, input1, input2, target) {
        F::cosine_embedding_loss_options(input1, input2, target)
            .margin(loss.margin)
            .reduction(loss.reduction)
            .call()
    }
);

loss!(
    /// The mean of max(0, ‖a - p‖ - ‖a - n‖ + margin), for an anchor, one that is alike and one that is not: [`torch.nn.TripletMarginLoss`].
    ///
    /// See [Balntas et al., 2016](https://bmva-archive.org.uk/bmvc/2016/papers/paper119/index.html).
    ///
    /// # Shapes
    /// Inputs (N, D) or (D); output a number, or (N) with [`Reduction::None`].
    ///
    /// # Panics
    /// When `margin` is not above 0.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let a = torch::tensor([[0.0, 0.0]]);
    /// let loss = nn::TripletMarginLoss::new().forward(&a, &(&a + 3.0), &(&a + 3.0));
    /// assert!((loss.item() - 1.0).abs() < 1e-6);
    /// ```
    ///
    /// [`torch.nn.TripletMarginLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.TripletMarginLoss.html
    TripletMarginLoss / TripletMarginLossOptions {
        /// How much farther the one that differs should be.
        margin: f64 = 1.0,
        /// Which norm it is.
        p: f64 = 2.0,
        /// What is added to each difference, to be safe from a slope of ∞.
        eps: f64 = 1e-6,
        /// Whether the one that is alike takes the anchor's place where it is nearer to the other.
        swap: bool = false,
    }
    where margin > 0.0, "TripletMarginLoss: expected margin to be greater than 0, got {margin:?} instead";
    (loss, anchor, positive, negative) {
        F::triplet_margin_loss_options(anchor, positive, negative)
            .margin(loss.margin)
            .p(loss.p)
            .eps(loss.eps)
            .swap(loss.swap)
            .reduction(loss.reduction)
            .call()
    }
);

/// How far two batches of vectors are apart, pair by pair.
pub type Distance = fn(&Tensor, &Tensor) -> Tensor;

/// A [`TripletMarginLoss`] of any distance: [`torch.nn.TripletMarginWithDistanceLoss`].
///
/// # Shapes
/// Inputs (N, …) as the distance takes them; output a number, or (N) with [`Reduction::None`].
///
/// # Panics
/// When `margin` is not above 0.
///
/// ```
/// use flambeau::prelude::*;
///
/// let distance = |x: &Tensor, y: &Tensor| (x - y).abs().amax(1, false);
/// let loss = nn::TripletMarginWithDistanceLoss::options().distance_function(distance).build();
/// let a = torch::tensor([[0.0, 0.0]]);
/// assert_eq!(loss.forward(&a, &(&a + 2.0), &(&a + 5.0)).item(), 0.0);
/// ```
///
/// [`torch.nn.TripletMarginWithDistanceLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.TripletMarginWithDistanceLoss.html
#[derive(Debug, Module)]
pub struct TripletMarginWithDistanceLoss {
    /// Euclid's distance, unless one is given.
    distance_function: Option<PairwiseDistance>,
    #[module(skip)]
    given: Option<Distance>,
    #[module(skip)]
    margin: f64,
    #[module(skip)]
    swap: bool,
    #[module(skip)]
    reduction: Reduction,
}

#[bon::bon]
impl TripletMarginWithDistanceLoss {
    /// The mean over the batch, of Euclid's distance.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins a loss whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = TripletMarginWithDistanceLossOptions, vis = "pub")
    )]
    fn with(
        /// The distance; Euclid's, [`PairwiseDistance`], unless it is given.
        distance_function: Option<Distance>,
        /// How much farther the one that differs should be.
        #[builder(default = 1.0, into)]
        margin: f64,
        /// Whether the one that is alike takes the anchor's place where it is nearer to the other.
        #[builder(default)]
        swap: bool,
        /// What becomes of the losses of a batch.
        #[builder(default, into)]
        reduction: Reduction,
    ) -> Self {
        assert!(margin > 0.0, "margin must be greater than 0, got {margin}");
        Self {
            distance_function: distance_function.is_none().then(PairwiseDistance::default),
            given: distance_function,
            margin,
            swap,
            reduction,
        }
    }

    /// The loss.
    #[track_caller]
    pub fn forward(&self, anchor: &Tensor, positive: &Tensor, negative: &Tensor) -> Tensor {
        guard(self, &[anchor, positive, negative], || {
            let distance = |x1: &Tensor, x2: &Tensor| match (&self.distance_function, self.given) {
                (_, Some(distance)) => distance(x1, x2),
                (Some(distance), None) => distance.forward(x1, x2),
                (None, None) => unreachable!("one of the two is always there"),
            };
            F::triplet_margin_with_distance_loss_options(anchor, positive, negative)
                .distance_function(&distance)
                .margin(self.margin)
                .swap(self.swap)
                .reduction(self.reduction)
                .call()
        })
    }
}

impl Default for TripletMarginWithDistanceLoss {
    fn default() -> Self {
        Self::new()
    }
}
