//! Losses as means over the batch, with their usual numbers: all else is the options of the classes.

use tch::Tensor;

use crate::nn::call::check;
use crate::nn::functional::linear;
use crate::nn::{
    BCELoss, BCEWithLogitsLoss, CTCLoss, CosineEmbeddingLoss, CrossEntropyLoss, GaussianNLLLoss,
    HingeEmbeddingLoss, HuberLoss, KLDivLoss, L1Loss, MSELoss, MarginRankingLoss,
    MultiLabelMarginLoss, MultiLabelSoftMarginLoss, MultiMarginLoss, NLLLoss, PoissonNLLLoss,
    Reduction, SmoothL1Loss, SoftMarginLoss, TripletMarginLoss, TripletMarginWithDistanceLoss,
};

/// The mean of -y·log(x) - (1 - y)·log(1 - x), for probabilities x:
/// [`torch.nn.functional.binary_cross_entropy`].
///
/// The layer is [`BCELoss`](crate::nn::BCELoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (Tensor::from_slice(&[0.5, 0.5]), Tensor::from_slice(&[1.0, 0.0]));
/// assert!((F::binary_cross_entropy(&x, &y).double_value(&[]) - 0.6931).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.binary_cross_entropy`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy.html
#[track_caller]
pub fn binary_cross_entropy(input: &Tensor, target: &Tensor) -> Tensor {
    BCELoss::new().compute(input, target)
}

/// [`binary_cross_entropy`] of σ(x), for scores x, without loss of digits:
/// [`torch.nn.functional.binary_cross_entropy_with_logits`].
///
/// The layer is [`BCEWithLogitsLoss`](crate::nn::BCEWithLogitsLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (Tensor::from_slice(&[0.0, 0.0]), Tensor::from_slice(&[1.0, 0.0]));
/// assert!((F::binary_cross_entropy_with_logits(&x, &y).double_value(&[]) - 0.6931).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.binary_cross_entropy_with_logits`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy_with_logits.html
#[track_caller]
pub fn binary_cross_entropy_with_logits(input: &Tensor, target: &Tensor) -> Tensor {
    BCEWithLogitsLoss::new().compute(input, target)
}

/// The mean of exp(x) - y·x, the negative log likelihood of counts y whose expected number is
/// exp(x): [`torch.nn.functional.poisson_nll_loss`].
///
/// The layer is [`PoissonNLLLoss`](crate::nn::PoissonNLLLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (Tensor::from_slice(&[0.0, 1.0]), Tensor::from_slice(&[2.0, 1.0]));
/// assert!((F::poisson_nll_loss(&x, &y).double_value(&[]) - 1.3591).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.poisson_nll_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.poisson_nll_loss.html
#[track_caller]
pub fn poisson_nll_loss(input: &Tensor, target: &Tensor) -> Tensor {
    PoissonNLLLoss::new().compute(input, target)
}

/// The mean of 1 - cos(x₁, x₂) where the target is 1, of max(0, cos(x₁, x₂)) where it is -1:
/// [`torch.nn.functional.cosine_embedding_loss`].
///
/// The layer is [`CosineEmbeddingLoss`](crate::nn::CosineEmbeddingLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::from_slice2(&[[1.0, 0.0]]);
/// let loss = F::cosine_embedding_loss(&x, &x, &Tensor::from_slice(&[-1.0]));
/// assert!((loss.double_value(&[]) - 1.0).abs() < 1e-6);
/// ```
///
/// [`torch.nn.functional.cosine_embedding_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cosine_embedding_loss.html
#[track_caller]
pub fn cosine_embedding_loss(input1: &Tensor, input2: &Tensor, target: &Tensor) -> Tensor {
    CosineEmbeddingLoss::new().compute(input1, input2, target)
}

/// The mean over the batch of `-log softmax(input)[target]`: [`torch.nn.functional.cross_entropy`].
///
/// The layer is [`CrossEntropyLoss`](crate::nn::CrossEntropyLoss).
///
/// `input` holds scores, (N, C), (C), or (N, C, ∗), `target` classes, (N), (), or (N, ∗), or
/// probabilities of the input's shape.
///
/// ```
/// use flambeau::prelude::*;
///
/// let scores = Tensor::from_slice2(&[[0.0, 0.0]]);
/// let loss = F::cross_entropy(&scores, &Tensor::from_slice(&[1_i64]));
/// assert!((loss.double_value(&[]) - 2.0_f64.ln()).abs() < 1e-6);
/// ```
///
/// [`torch.nn.functional.cross_entropy`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
#[track_caller]
pub fn cross_entropy(input: &Tensor, target: &Tensor) -> Tensor {
    CrossEntropyLoss::new().compute(input, target)
}

/// The negative log likelihood of a label sequence, over all its alignments with the input:
/// [`torch.nn.functional.ctc_loss`].
///
/// The layer is [`CTCLoss`](crate::nn::CTCLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([50, 2, 20], (Kind::Float, Device::Cpu)).log_softmax(2, None);
/// let targets = Tensor::randint_low(1, 20, [2, 30], (Kind::Int64, Device::Cpu));
/// let (long, short) = (Tensor::from_slice(&[50_i64, 50]), Tensor::from_slice(&[30_i64, 25]));
/// assert!(F::ctc_loss(&x, &targets, &long, &short).double_value(&[]) > 0.0);
/// ```
///
/// [`torch.nn.functional.ctc_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.ctc_loss.html
#[track_caller]
pub fn ctc_loss(
    log_probs: &Tensor,
    targets: &Tensor,
    input_lengths: &Tensor,
    target_lengths: &Tensor,
) -> Tensor {
    CTCLoss::new().compute(log_probs, targets, input_lengths, target_lengths)
}

/// The mean of (log(var) + (x - y)²/var)/2, for targets y drawn around x with this variance:
/// [`torch.nn.functional.gaussian_nll_loss`].
///
/// The layer is [`GaussianNLLLoss`](crate::nn::GaussianNLLLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (Tensor::from_slice(&[0.0]), Tensor::from_slice(&[2.0]));
/// assert_eq!(F::gaussian_nll_loss(&x, &y, &Tensor::from_slice(&[1.0])).double_value(&[]), 2.0);
/// ```
///
/// [`torch.nn.functional.gaussian_nll_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.gaussian_nll_loss.html
#[track_caller]
pub fn gaussian_nll_loss(input: &Tensor, target: &Tensor, var: &Tensor) -> Tensor {
    GaussianNLLLoss::new().compute(input, target, var)
}

/// The mean of x where the target is 1, of max(0, 1 - x) where it is -1:
/// [`torch.nn.functional.hinge_embedding_loss`].
///
/// The layer is [`HingeEmbeddingLoss`](crate::nn::HingeEmbeddingLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (Tensor::from_slice(&[0.5, 0.5]), Tensor::from_slice(&[1.0, -1.0]));
/// assert!((F::hinge_embedding_loss(&x, &y).double_value(&[]) - 0.5).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.hinge_embedding_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.hinge_embedding_loss.html
#[track_caller]
pub fn hinge_embedding_loss(input: &Tensor, target: &Tensor) -> Tensor {
    HingeEmbeddingLoss::new().compute(input, target)
}

/// The mean of y·(log(y) - x), for log probabilities x and probabilities y:
/// [`torch.nn.functional.kl_div`].
///
/// The layer is [`KLDivLoss`](crate::nn::KLDivLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (Tensor::from_slice(&[-1.0, -2.0]), Tensor::from_slice(&[0.0, 1.0]));
/// assert!((F::kl_div(&x, &y).double_value(&[]) - 1.0).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.kl_div`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.kl_div.html
#[track_caller]
pub fn kl_div(input: &Tensor, target: &Tensor) -> Tensor {
    KLDivLoss::new().compute(input, target)
}

/// The mean of |x - y|: [`torch.nn.functional.l1_loss`].
///
/// The layer is [`L1Loss`](crate::nn::L1Loss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (Tensor::from_slice(&[1.0, 2.0]), Tensor::from_slice(&[1.5, 4.0]));
/// assert!((F::l1_loss(&x, &y).double_value(&[]) - 1.25).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.l1_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.l1_loss.html
#[track_caller]
pub fn l1_loss(input: &Tensor, target: &Tensor) -> Tensor {
    L1Loss::new().compute(input, target)
}

/// The mean of (x - y)²: [`torch.nn.functional.mse_loss`].
///
/// The layer is [`MSELoss`](crate::nn::MSELoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (Tensor::from_slice(&[1.0, 2.0]), Tensor::from_slice(&[1.0, 4.0]));
/// assert!((F::mse_loss(&x, &y).double_value(&[]) - 2.0).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.mse_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.mse_loss.html
#[track_caller]
pub fn mse_loss(input: &Tensor, target: &Tensor) -> Tensor {
    MSELoss::new().compute(input, target)
}

/// The mean of max(0, -y·(x₁ - x₂)), where y is 1 if x₁ should be above x₂, and -1 if below:
/// [`torch.nn.functional.margin_ranking_loss`].
///
/// The layer is [`MarginRankingLoss`](crate::nn::MarginRankingLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x1, x2) = (Tensor::from_slice(&[1.0]), Tensor::from_slice(&[3.0]));
/// assert_eq!(F::margin_ranking_loss(&x1, &x2, &Tensor::from_slice(&[1.0])).double_value(&[]), 2.0);
/// ```
///
/// [`torch.nn.functional.margin_ranking_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.margin_ranking_loss.html
#[track_caller]
pub fn margin_ranking_loss(input1: &Tensor, input2: &Tensor, target: &Tensor) -> Tensor {
    MarginRankingLoss::new().compute(input1, input2, target)
}

/// The mean of `Σ max(0, 1 - (x[y] - x[i])) / C` over the right classes y, which stand before the
/// first -1, and the wrong ones i: [`torch.nn.functional.multilabel_margin_loss`].
///
/// The layer is [`MultiLabelMarginLoss`](crate::nn::MultiLabelMarginLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::from_slice2(&[[0.1, 0.2, 0.4, 0.8]]);
/// let target = Tensor::from_slice2(&[[3_i64, 0, -1, 1]]);
/// assert!((F::multilabel_margin_loss(&x, &target).double_value(&[]) - 0.85).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.multilabel_margin_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_margin_loss.html
#[track_caller]
pub fn multilabel_margin_loss(input: &Tensor, target: &Tensor) -> Tensor {
    MultiLabelMarginLoss::new().compute(input, target)
}

/// The mean over the classes of [`binary_cross_entropy_with_logits`]:
/// [`torch.nn.functional.multilabel_soft_margin_loss`].
///
/// The layer is [`MultiLabelSoftMarginLoss`](crate::nn::MultiLabelSoftMarginLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::zeros([1, 3], (Kind::Float, Device::Cpu));
/// assert!((F::multilabel_soft_margin_loss(&x, &x).double_value(&[]) - 2.0_f64.ln()).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.multilabel_soft_margin_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_soft_margin_loss.html
#[track_caller]
pub fn multilabel_soft_margin_loss(input: &Tensor, target: &Tensor) -> Tensor {
    MultiLabelSoftMarginLoss::new().compute(input, target)
}

/// The mean of `Σᵢ max(0, 1 - x[y] + x[i]) / C` over the wrong classes i:
/// [`torch.nn.functional.multi_margin_loss`].
///
/// The layer is [`MultiMarginLoss`](crate::nn::MultiMarginLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::from_slice2(&[[0.1, 0.2, 0.4, 0.8]]);
/// let loss = F::multi_margin_loss(&x, &Tensor::from_slice(&[3_i64]));
/// assert!((loss.double_value(&[]) - 0.325).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.multi_margin_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.multi_margin_loss.html
#[track_caller]
pub fn multi_margin_loss(input: &Tensor, target: &Tensor) -> Tensor {
    MultiMarginLoss::new().compute(input, target)
}

/// The mean of `-x[y]`, for log probabilities x, (N, C), and classes y, (N):
/// [`torch.nn.functional.nll_loss`].
///
/// The layer is [`NLLLoss`](crate::nn::NLLLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::from_slice2(&[[-0.5, -1.5]]);
/// assert_eq!(F::nll_loss(&x, &Tensor::from_slice(&[1_i64])).double_value(&[]), 1.5);
/// ```
///
/// [`torch.nn.functional.nll_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.nll_loss.html
#[track_caller]
pub fn nll_loss(input: &Tensor, target: &Tensor) -> Tensor {
    NLLLoss::new().compute(input, target)
}

/// The mean of (x - y)²/2 where |x - y| ≤ 1, of |x - y| - 1/2 elsewhere:
/// [`torch.nn.functional.huber_loss`].
///
/// The layer is [`HuberLoss`](crate::nn::HuberLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (Tensor::from_slice(&[1.0, 2.0]), Tensor::from_slice(&[2.0, 5.0]));
/// assert!((F::huber_loss(&x, &y).double_value(&[]) - 1.5).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.huber_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.huber_loss.html
#[track_caller]
pub fn huber_loss(input: &Tensor, target: &Tensor) -> Tensor {
    HuberLoss::new().compute(input, target)
}

/// The mean of (x - y)²/2 where |x - y| < 1, of |x - y| - 1/2 elsewhere:
/// [`torch.nn.functional.smooth_l1_loss`].
///
/// The layer is [`SmoothL1Loss`](crate::nn::SmoothL1Loss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (Tensor::from_slice(&[1.0, 2.0]), Tensor::from_slice(&[1.5, 4.0]));
/// assert!((F::smooth_l1_loss(&x, &y).double_value(&[]) - 0.8125).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.smooth_l1_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.smooth_l1_loss.html
#[track_caller]
pub fn smooth_l1_loss(input: &Tensor, target: &Tensor) -> Tensor {
    SmoothL1Loss::new().compute(input, target)
}

/// The mean of log(1 + exp(-y·x)), where y is 1 or -1: [`torch.nn.functional.soft_margin_loss`].
///
/// The layer is [`SoftMarginLoss`](crate::nn::SoftMarginLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (Tensor::from_slice(&[0.0, 0.0]), Tensor::from_slice(&[1.0, -1.0]));
/// assert!((F::soft_margin_loss(&x, &y).double_value(&[]) - 0.6931).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.soft_margin_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.soft_margin_loss.html
#[track_caller]
pub fn soft_margin_loss(input: &Tensor, target: &Tensor) -> Tensor {
    SoftMarginLoss::new().compute(input, target)
}

/// The mean of max(0, d(a, p) - d(a, n) + 1), with d Euclid's distance:
/// [`torch.nn.functional.triplet_margin_loss`].
///
/// The layer is [`TripletMarginLoss`](crate::nn::TripletMarginLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::zeros([2, 3], (Kind::Float, Device::Cpu));
/// assert_eq!(F::triplet_margin_loss(&x, &x, &x).double_value(&[]), 1.0);
/// ```
///
/// [`torch.nn.functional.triplet_margin_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_loss.html
#[track_caller]
pub fn triplet_margin_loss(anchor: &Tensor, positive: &Tensor, negative: &Tensor) -> Tensor {
    TripletMarginLoss::new().compute(anchor, positive, negative)
}

/// [`triplet_margin_loss`] with a distance of one's own, which is an option of the layer:
/// [`torch.nn.functional.triplet_margin_with_distance_loss`].
///
/// The layer is [`TripletMarginWithDistanceLoss`](crate::nn::TripletMarginWithDistanceLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::zeros([2, 3], (Kind::Float, Device::Cpu));
/// assert_eq!(F::triplet_margin_with_distance_loss(&x, &x, &x).double_value(&[]), 1.0);
/// ```
///
/// [`torch.nn.functional.triplet_margin_with_distance_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_with_distance_loss.html
#[track_caller]
pub fn triplet_margin_with_distance_loss(
    anchor: &Tensor,
    positive: &Tensor,
    negative: &Tensor,
) -> Tensor {
    TripletMarginWithDistanceLoss::new().compute(anchor, positive, negative)
}

/// [`cross_entropy`] of the scores that a linear map gives:
/// [`torch.nn.functional.linear_cross_entropy`].
///
/// The layer is [`LinearCrossEntropyLoss`](crate::nn::LinearCrossEntropyLoss).
///
/// Input (N, in) or (in), `linear_weight` (C, in) or (C, d₁, …, in), target (N) or (N, d₁, …). The
/// keyword arguments are set by name, and `call()` computes.
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, weight) = (Tensor::ones([3, 8], (Kind::Float, Device::Cpu)), Tensor::ones([5, 8], (Kind::Float, Device::Cpu)));
/// let target = Tensor::from_slice(&[4_i64, 0, 2]);
/// let loss = F::linear_cross_entropy(&x, &weight, &target).label_smoothing(0.1).call();
/// assert!((loss.double_value(&[]) - 5.0_f64.ln()).abs() < 1e-6);
/// ```
///
/// [`torch.nn.functional.linear_cross_entropy`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear_cross_entropy.html
#[bon::builder(finish_fn = call)]
#[track_caller]
pub fn linear_cross_entropy(
    #[builder(start_fn)] input: &Tensor,
    #[builder(start_fn)] linear_weight: &Tensor,
    #[builder(start_fn)] target: &Tensor,
    linear_bias: Option<&Tensor>,
    weight: Option<&Tensor>,
    #[builder(default, into)] reduction: Reduction,
    ignore_index: Option<i64>,
    #[builder(default = 0.0)] label_smoothing: f64,
) -> Tensor {
    let (input_size, weight_size) = (input.size(), linear_weight.size());
    let (dim, weight_dim) = (input_size.len(), weight_size.len());
    check!(dim == 1 || dim == 2, "expected input with dimensionality 1 or 2, got {dim}");
    check!(
        weight_dim >= 2,
        "expected linear_weight with dimensionality at least 2, got {weight_dim}"
    );
    let (batch, features) = input_size.split_at(dim - 1);
    let (classes, weight_features) = weight_size.split_at(weight_dim - 1);
    check!(
        features == weight_features,
        "expected equal input and linear_weight last dimensions (in_features), got {} and {}, \
         respectively",
        features[0],
        weight_features[0]
    );
    let bias_size = linear_bias.map_or(classes.to_vec(), Tensor::size);
    check!(bias_size == classes, "expected linear_bias shape {classes:?}, got {bias_size:?}");
    check!(
        classes.len() == 1 || !batch.is_empty(),
        "K-dimensional loss defined by linear_weight shape {weight_size:?} requires batched input, \
         (N, {}), got unbatched input with shape {input_size:?}",
        features[0]
    );
    let scores_size = [batch, classes].concat();
    check!(
        ignore_index.is_none() || target.size() != scores_size,
        "ignore_index cannot be specified when target contains probabilities"
    );
    let matrix = linear_weight.reshape([classes.iter().product(), features[0]]);
    let bias = linear_bias.map(|bias| bias.reshape(-1));
    linear(input, &matrix, bias.as_ref()).reshape(scores_size).cross_entropy_loss(
        target,
        weight,
        reduction.into(),
        ignore_index.unwrap_or(-100),
        label_smoothing,
    )
}
