//! Losses: each a mean over the batch, unless another `reduction` is given. The classes of the same
//! names compute by these.

use std::f64::consts::PI;

use flambeau_derive::function;
use tch::Tensor;

use super::{linear_options, pairwise_distance};
use crate::nn::Reduction;
use crate::refusal::check;
use crate::repr::python_float;
use crate::torch::Number;
use crate::warning::warn;
use crate::{ffi, torch};

/// The mean of -y·log(x) - (1 - y)·log(1 - x), for probabilities x:
/// [`torch.nn.functional.binary_cross_entropy`].
///
/// The layer is [`BCELoss`](crate::nn::BCELoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([0.5, 0.5]), torch::tensor([1.0, 0.0]));
/// assert!((F::binary_cross_entropy(&x, &y).item() - 0.6931).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.binary_cross_entropy`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy.html
#[function]
pub fn binary_cross_entropy(
    input: &Tensor,
    target: &Tensor,
    /// A weight for each value of a sample.
    weight: Option<&Tensor>,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
) -> Tensor {
    let (size, of_target) = (input.size(), target.size());
    check!(
        size == of_target,
        "Using a target size (torch.Size({of_target:?})) that is different to the input size \
         (torch.Size({size:?})) is deprecated. Please ensure they have the same size."
    );
    // As large as the target, or larger.
    let weight = weight.map(|weight| Tensor::broadcast_tensors(&[target, weight]).remove(1));
    input.binary_cross_entropy(target, weight, reduction.known())
}

/// [`binary_cross_entropy`] of σ(x), for scores x, without loss of digits:
/// [`torch.nn.functional.binary_cross_entropy_with_logits`].
///
/// The layer is [`BCEWithLogitsLoss`](crate::nn::BCEWithLogitsLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([0.0, 0.0]), torch::tensor([1.0, 0.0]));
/// assert!((F::binary_cross_entropy_with_logits(&x, &y).item() - 0.6931).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.binary_cross_entropy_with_logits`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy_with_logits.html
#[function]
pub fn binary_cross_entropy_with_logits(
    input: &Tensor,
    target: &Tensor,
    /// A weight for each value of a sample.
    weight: Option<&Tensor>,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
    /// How much more a yes counts than a no, for each class.
    pos_weight: Option<&Tensor>,
) -> Tensor {
    let (size, of_target) = (input.size(), target.size());
    check!(
        size == of_target,
        "Target size (torch.Size({of_target:?})) must be the same as input size \
         (torch.Size({size:?}))"
    );
    input.binary_cross_entropy_with_logits(target, weight, pos_weight, reduction.known())
}

/// The mean of exp(x) - y·x, the negative log likelihood of counts y whose expected number is
/// exp(x): [`torch.nn.functional.poisson_nll_loss`].
///
/// The layer is [`PoissonNLLLoss`](crate::nn::PoissonNLLLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([0.0, 1.0]), torch::tensor([2.0, 1.0]));
/// assert!((F::poisson_nll_loss(&x, &y).item() - 1.3591).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.poisson_nll_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.poisson_nll_loss.html
#[function]
pub fn poisson_nll_loss(
    input: &Tensor,
    target: &Tensor,
    /// Whether the input is the logarithm of the expected number, x; without it, x - y·log(x + ε).
    #[builder(default = true)]
    log_input: bool,
    /// Whether log(y!) is added, by Stirling's formula.
    #[builder(default)]
    full: bool,
    /// ε, to be safe from log(0).
    #[builder(default = 1e-8)]
    eps: f64,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
) -> Tensor {
    input.poisson_nll_loss(target, log_input, full, eps, reduction.known())
}

/// The mean of 1 - cos(x₁, x₂) where the target is 1, of max(0, cos(x₁, x₂)) where it is -1:
/// [`torch.nn.functional.cosine_embedding_loss`].
///
/// The layer is [`CosineEmbeddingLoss`](crate::nn::CosineEmbeddingLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[1.0, 0.0]]);
/// let loss = F::cosine_embedding_loss(&x, &x, &torch::tensor([-1.0]));
/// assert!((loss.item() - 1.0).abs() < 1e-6);
/// ```
///
/// [`torch.nn.functional.cosine_embedding_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cosine_embedding_loss.html
#[function]
pub fn cosine_embedding_loss(
    input1: &Tensor,
    input2: &Tensor,
    target: &Tensor,
    /// What the cosine of two that differ may be.
    #[builder(default = 0.0)]
    margin: f64,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
) -> Tensor {
    Tensor::cosine_embedding_loss(input1, input2, target, margin, reduction.known())
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
/// let scores = torch::tensor([[0.0, 0.0]]);
/// let loss = F::cross_entropy(&scores, &torch::tensor([1]));
/// assert!((loss.item() - 2.0_f64.ln()).abs() < 1e-6);
///
/// let target = torch::tensor([1]);
/// let loss = F::cross_entropy_options(&scores, &target).reduction("none").ignore_index(1).call();
/// assert_eq!(loss, torch::tensor([0.0]));
/// ```
///
/// [`torch.nn.functional.cross_entropy`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
#[function]
pub fn cross_entropy(
    input: &Tensor,
    target: &Tensor,
    /// The weight of each class, (C).
    weight: Option<&Tensor>,
    /// A target that adds neither to the loss nor to the gradient.
    #[builder(default = -100)]
    ignore_index: i64,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
    /// The share of the target, from 0 to 1, that is spread over all classes.
    #[builder(default = 0.0)]
    label_smoothing: f64,
) -> Tensor {
    input.cross_entropy_loss(target, weight, reduction.known(), ignore_index, label_smoothing)
}

/// The negative log likelihood of a label sequence, over all its alignments with the input:
/// [`torch.nn.functional.ctc_loss`].
///
/// The layer is [`CTCLoss`](crate::nn::CTCLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([50, 2, 20]).log_softmax(2, None);
/// let targets = torch::randint_options(20, [2, 30]).low(1).call();
/// let (long, short) = (torch::tensor([50, 50]), torch::tensor([30, 25]));
/// assert!(F::ctc_loss(&x, &targets, &long, &short).item() > 0.0);
/// ```
///
/// [`torch.nn.functional.ctc_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.ctc_loss.html
#[function]
pub fn ctc_loss(
    log_probs: &Tensor,
    targets: &Tensor,
    input_lengths: &Tensor,
    target_lengths: &Tensor,
    /// The label that stands for none.
    #[builder(default = 0)]
    blank: i64,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
    /// Whether an infinite loss, of an input shorter than its target, becomes 0.
    #[builder(default)]
    zero_infinity: bool,
) -> Tensor {
    let (inputs, labels, reduction) = (input_lengths, target_lengths, reduction.known());
    Tensor::ctc_loss_tensor(log_probs, targets, inputs, labels, blank, reduction, zero_infinity)
}

/// The mean of (log(var) + (x - y)²/var)/2, for targets y drawn around x with this variance:
/// [`torch.nn.functional.gaussian_nll_loss`].
///
/// The layer is [`GaussianNLLLoss`](crate::nn::GaussianNLLLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([0.0]), torch::tensor([2.0]));
/// assert_eq!(F::gaussian_nll_loss(&x, &y, &torch::tensor([1.0])).item(), 2.0);
/// ```
///
/// [`torch.nn.functional.gaussian_nll_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.gaussian_nll_loss.html
#[function]
pub fn gaussian_nll_loss<'v>(
    input: &Tensor,
    target: &Tensor,
    #[builder(into)] var: Variance<'v>,
    /// Whether log(2π)/2 is added.
    #[builder(default)]
    full: bool,
    /// What a variance is at least, to be safe from 0.
    #[builder(default = 1e-6)]
    eps: f64,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
) -> Tensor {
    check!(reduction != Reduction::BatchMean, "batchmean is not valid");
    let mut var = match var {
        Variance::Number(var) => {
            check!(var >= 0.0, "var has negative entry/entries");
            input.ones_like() * var
        }
        Variance::Each(var) => {
            check!(var.lt(0.0).any().int64_value(&[]) == 0, "var has negative entry/entries");
            var.copy()
        }
    };
    let (size, of_var) = (input.size(), var.size());
    if of_var != size {
        let unequal: Vec<_> = of_var.iter().zip(&size).filter(|(v, x)| v != x).collect();
        if Some(&of_var[..]) == size.split_last().map(|(_, before)| before) {
            var = var.unsqueeze(-1);
        } else {
            let ones = unequal.iter().map(|(v, _)| **v).sum::<i64>();
            check!(of_var.len() == size.len() && ones == 1, "var is of incorrect size");
        }
    }
    let _ = torch::no_grad(|| var.shallow_clone().clamp_min_(eps));
    let difference = input - target;
    let mut losses = (var.log() + difference.square() / &var) * 0.5;
    if full {
        losses += 0.5 * (2.0 * PI).ln();
    }
    reduced(losses, reduction.known())
}

/// The mean of x where the target is 1, of max(0, 1 - x) where it is -1:
/// [`torch.nn.functional.hinge_embedding_loss`].
///
/// The layer is [`HingeEmbeddingLoss`](crate::nn::HingeEmbeddingLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([0.5, 0.5]), torch::tensor([1.0, -1.0]));
/// assert!((F::hinge_embedding_loss(&x, &y).item() - 0.5).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.hinge_embedding_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.hinge_embedding_loss.html
#[function]
pub fn hinge_embedding_loss(
    input: &Tensor,
    target: &Tensor,
    /// How large an x of two that differ should be.
    #[builder(default = 1.0)]
    margin: f64,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
) -> Tensor {
    input.hinge_embedding_loss(target, margin, reduction.known())
}

/// The mean of y·(log(y) - x), for log probabilities x and probabilities y:
/// [`torch.nn.functional.kl_div`].
///
/// The layer is [`KLDivLoss`](crate::nn::KLDivLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([-1.0, -2.0]), torch::tensor([0.0, 1.0]));
/// let loss = F::kl_div_options(&x, &y).reduction("batchmean").call();
/// assert!((loss.item() - 1.0).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.kl_div`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.kl_div.html
#[function]
pub fn kl_div(
    input: &Tensor,
    target: &Tensor,
    /// What becomes of the losses of a batch: their mean, their sum, nothing, or with
    /// `"batchmean"` the sum divided by the batch, as the mathematical definition has it.
    #[builder(default = "mean", into)]
    reduction: Reduction,
    /// Whether the target is the logarithm of probabilities too.
    #[builder(default)]
    log_target: bool,
) -> Tensor {
    if reduction == Reduction::Mean {
        warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support \
             size.'batchmean' divides only by the batch size, and aligns with the KL div math \
             definition.'mean' will be changed to behave the same as 'batchmean' in the next major \
             release.",
        );
    }
    if reduction != Reduction::BatchMean {
        return input.kl_div(target, reduction.known(), log_target);
    }
    let sum = input.kl_div(target, tch::Reduction::Sum, log_target);
    match input.size().first() {
        Some(&batch) => sum / batch,
        None => sum,
    }
}

/// The mean of |x - y|: [`torch.nn.functional.l1_loss`].
///
/// The layer is [`L1Loss`](crate::nn::L1Loss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([1.0, 2.0]), torch::tensor([1.5, 4.0]));
/// assert!((F::l1_loss(&x, &y).item() - 1.25).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.l1_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.l1_loss.html
#[function]
pub fn l1_loss(
    input: &Tensor,
    target: &Tensor,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
    /// What each loss counts, of the input's size.
    weight: Option<&Tensor>,
) -> Tensor {
    let (input, target) = side_by_side(input, target);
    match weight {
        None => input.l1_loss(&target, reduction.known()),
        Some(weight) => weighted((input - target).abs(), weight, reduction),
    }
}

/// The mean of (x - y)²: [`torch.nn.functional.mse_loss`].
///
/// The layer is [`MSELoss`](crate::nn::MSELoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([1.0, 2.0]), torch::tensor([1.0, 4.0]));
/// assert!((F::mse_loss(&x, &y).item() - 2.0).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.mse_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.mse_loss.html
#[function]
pub fn mse_loss(
    input: &Tensor,
    target: &Tensor,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
    /// What each loss counts, of the input's size.
    weight: Option<&Tensor>,
) -> Tensor {
    let (input, target) = side_by_side(input, target);
    match weight {
        None => input.mse_loss(&target, reduction.known()),
        Some(weight) => weighted((input - target).pow_tensor_scalar(2), weight, reduction),
    }
}

/// The mean of max(0, -y·(x₁ - x₂)), where y is 1 if x₁ should be above x₂, and -1 if below:
/// [`torch.nn.functional.margin_ranking_loss`].
///
/// The layer is [`MarginRankingLoss`](crate::nn::MarginRankingLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x1, x2) = (torch::tensor([1.0]), torch::tensor([3.0]));
/// assert_eq!(F::margin_ranking_loss(&x1, &x2, &torch::tensor([1.0])).item(), 2.0);
/// ```
///
/// [`torch.nn.functional.margin_ranking_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.margin_ranking_loss.html
#[function]
pub fn margin_ranking_loss(
    input1: &Tensor,
    input2: &Tensor,
    target: &Tensor,
    /// How far apart the two should be.
    #[builder(default = 0.0)]
    margin: f64,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
) -> Tensor {
    let dims = [input1, input2, target].map(Tensor::dim);
    check!(
        dims[0] == dims[1] && dims[0] == dims[2],
        "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: \
         torch.Size({:?}), input2: torch.Size({:?}), target: torch.Size({:?}) ",
        input1.size(),
        input2.size(),
        target.size()
    );
    Tensor::margin_ranking_loss(input1, input2, target, margin, reduction.known())
}

/// The mean of `Σ max(0, 1 - (x[y] - x[i])) / C` over the right classes y, which stand before the
/// first -1, and the wrong ones i: [`torch.nn.functional.multilabel_margin_loss`].
///
/// The layer is [`MultiLabelMarginLoss`](crate::nn::MultiLabelMarginLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[0.1, 0.2, 0.4, 0.8]]);
/// let target = torch::tensor([[3, 0, -1, 1]]);
/// assert!((F::multilabel_margin_loss(&x, &target).item() - 0.85).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.multilabel_margin_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_margin_loss.html
#[function]
pub fn multilabel_margin_loss(
    input: &Tensor,
    target: &Tensor,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
) -> Tensor {
    input.multilabel_margin_loss(target, reduction.known())
}

/// The mean over the classes of [`binary_cross_entropy_with_logits`]:
/// [`torch.nn.functional.multilabel_soft_margin_loss`].
///
/// The layer is [`MultiLabelSoftMarginLoss`](crate::nn::MultiLabelSoftMarginLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::zeros([1, 3]);
/// assert!((F::multilabel_soft_margin_loss(&x, &x).item() - 2.0_f64.ln()).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.multilabel_soft_margin_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_soft_margin_loss.html
#[function]
pub fn multilabel_soft_margin_loss(
    input: &Tensor,
    target: &Tensor,
    /// The weight of each class, (C).
    weight: Option<&Tensor>,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
) -> Tensor {
    check!(reduction != Reduction::BatchMean, "batchmean is not valid");
    let yes = target * input.log_sigmoid();
    // A whole number, so that a target of whole numbers stays one.
    let no = target.rsub_scalar(1) * (-input).log_sigmoid();
    let mut losses = -(yes + no);
    if let Some(weight) = weight {
        losses *= weight;
    }
    check!(input.dim() > 0, "Dimension specified as -1 but tensor has no dimensions");
    let classes = input.size()[input.dim() - 1];
    reduced(losses.sum_dim_intlist(-1, false, None) / classes, reduction.known())
}

/// The mean of `Σᵢ max(0, 1 - x[y] + x[i]) / C` over the wrong classes i:
/// [`torch.nn.functional.multi_margin_loss`].
///
/// The layer is [`MultiMarginLoss`](crate::nn::MultiMarginLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[0.1, 0.2, 0.4, 0.8]]);
/// let loss = F::multi_margin_loss(&x, &torch::tensor([3]));
/// assert!((loss.item() - 0.325).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.multi_margin_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.multi_margin_loss.html
#[function]
pub fn multi_margin_loss(
    input: &Tensor,
    target: &Tensor,
    /// The exponent, 1 or 2.
    #[builder(default = 1)]
    p: i64,
    /// How far apart right and wrong should be.
    #[builder(default = 1.0)]
    margin: f64,
    /// The weight of each class, (C).
    weight: Option<&Tensor>,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
) -> Tensor {
    check!(p == 1 || p == 2, "only p == 1 and p == 2 supported");
    let one_dimensional = weight.is_none_or(|weight| weight.dim() == 1);
    check!(one_dimensional, "weight must be one-dimensional");
    ffi::multi_margin_loss(input, target, p, margin, weight, reduction.known())
}

/// The mean of `-x[y]`, for log probabilities x, (N, C), and classes y, (N):
/// [`torch.nn.functional.nll_loss`].
///
/// The layer is [`NLLLoss`](crate::nn::NLLLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[-0.5, -1.5]]);
/// assert_eq!(F::nll_loss(&x, &torch::tensor([1])).item(), 1.5);
/// ```
///
/// [`torch.nn.functional.nll_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.nll_loss.html
#[function]
pub fn nll_loss(
    input: &Tensor,
    target: &Tensor,
    /// The weight of each class, (C).
    weight: Option<&Tensor>,
    /// A target that adds neither to the loss nor to the gradient.
    #[builder(default = -100)]
    ignore_index: i64,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
) -> Tensor {
    input.nll_loss_nd(target, weight, reduction.known(), ignore_index)
}

/// The mean of (x - y)²/2 where |x - y| ≤ 1, of |x - y| - 1/2 elsewhere:
/// [`torch.nn.functional.huber_loss`].
///
/// The layer is [`HuberLoss`](crate::nn::HuberLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([1.0, 2.0]), torch::tensor([2.0, 5.0]));
/// assert!((F::huber_loss(&x, &y).item() - 1.5).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.huber_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.huber_loss.html
#[function]
pub fn huber_loss(
    input: &Tensor,
    target: &Tensor,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
    /// δ: where the parabola goes over into the straight line.
    #[builder(default = 1.0)]
    delta: f64,
    /// What each loss counts, of the input's size.
    weight: Option<&Tensor>,
) -> Tensor {
    let (input, target) = side_by_side(input, target);
    let Some(weight) = weight else {
        return input.huber_loss(&target, reduction.known(), delta);
    };
    check_weighted(weight, &input, reduction);
    reduced(input.huber_loss(&target, tch::Reduction::None, delta) * weight, reduction.known())
}

/// The mean of (x - y)²/2 where |x - y| < 1, of |x - y| - 1/2 elsewhere:
/// [`torch.nn.functional.smooth_l1_loss`].
///
/// The layer is [`SmoothL1Loss`](crate::nn::SmoothL1Loss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([1.0, 2.0]), torch::tensor([1.5, 4.0]));
/// assert!((F::smooth_l1_loss(&x, &y).item() - 0.8125).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.smooth_l1_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.smooth_l1_loss.html
#[function]
pub fn smooth_l1_loss(
    input: &Tensor,
    target: &Tensor,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
    /// β: where the parabola goes over into the straight line.
    #[builder(default = 1.0)]
    beta: f64,
) -> Tensor {
    let (input, target) = side_by_side(input, target);
    match beta == 0.0 {
        true => input.l1_loss(&target, reduction.known()),
        false => input.smooth_l1_loss(&target, reduction.known(), beta),
    }
}

/// The mean of log(1 + exp(-y·x)), where y is 1 or -1: [`torch.nn.functional.soft_margin_loss`].
///
/// The layer is [`SoftMarginLoss`](crate::nn::SoftMarginLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, y) = (torch::tensor([0.0, 0.0]), torch::tensor([1.0, -1.0]));
/// assert!((F::soft_margin_loss(&x, &y).item() - 0.6931).abs() < 1e-4);
/// ```
///
/// [`torch.nn.functional.soft_margin_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.soft_margin_loss.html
#[function]
pub fn soft_margin_loss(
    input: &Tensor,
    target: &Tensor,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
) -> Tensor {
    input.soft_margin_loss(target, reduction.known())
}

/// The mean of max(0, d(a, p) - d(a, n) + 1), with d Euclid's distance:
/// [`torch.nn.functional.triplet_margin_loss`].
///
/// The layer is [`TripletMarginLoss`](crate::nn::TripletMarginLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::zeros([2, 3]);
/// assert_eq!(F::triplet_margin_loss(&x, &x, &x).item(), 1.0);
/// ```
///
/// [`torch.nn.functional.triplet_margin_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_loss.html
#[function]
pub fn triplet_margin_loss(
    anchor: &Tensor,
    positive: &Tensor,
    negative: &Tensor,
    /// How much farther the one that differs should be.
    #[builder(default = 1.0)]
    margin: f64,
    /// Which norm it is.
    #[builder(default = 2.0)]
    p: f64,
    /// What is added to each difference, to be safe from a slope of ∞.
    #[builder(default = 1e-6)]
    eps: f64,
    /// Whether the one that is alike takes the anchor's place where it is nearer to the other.
    #[builder(default)]
    swap: bool,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
) -> Tensor {
    let reduction = reduction.known();
    check!(margin > 0.0, "margin must be greater than 0, got {}", python_float(margin));
    Tensor::triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction)
}

/// How far two batches of vectors are apart.
pub type DistanceFunction<'f> = dyn Fn(&Tensor, &Tensor) -> Tensor + 'f;

/// [`triplet_margin_loss`] with a distance of one's own:
/// [`torch.nn.functional.triplet_margin_with_distance_loss`].
///
/// The layer is [`TripletMarginWithDistanceLoss`](crate::nn::TripletMarginWithDistanceLoss).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::zeros([2, 3]);
/// let largest = |x: &Tensor, y: &Tensor| (x - y).abs().amax(1, false);
/// let loss = F::triplet_margin_with_distance_loss_options(&x, &x, &(&x + 0.25))
///     .distance_function(&largest)
///     .call();
/// assert_eq!(loss.item(), 0.75);
/// ```
///
/// [`torch.nn.functional.triplet_margin_with_distance_loss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_with_distance_loss.html
#[function]
pub fn triplet_margin_with_distance_loss(
    anchor: &Tensor,
    positive: &Tensor,
    negative: &Tensor,
    /// How far two batches of vectors are apart; Euclid's distance if not given.
    distance_function: Option<&DistanceFunction<'_>>,
    /// How much farther the one that differs should be.
    #[builder(default = 1.0)]
    margin: f64,
    /// Whether the one that is alike takes the anchor's place where it is nearer to the other.
    #[builder(default)]
    swap: bool,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
) -> Tensor {
    let reduction = reduction.known();
    check!(margin > 0.0, "margin must be greater than 0, got {}", python_float(margin));
    let [a, p, n] = [anchor, positive, negative].map(Tensor::dim);
    check!(
        a == p && p == n,
        "The anchor, positive, and negative tensors are expected to have the same number of \
         dimensions, but got: anchor {a}D, positive {p}D, and negative {n}D inputs"
    );
    let distance = |x1: &Tensor, x2: &Tensor| match distance_function {
        Some(distance) => distance(x1, x2),
        None => pairwise_distance(x1, x2),
    };
    let to_positive = distance(anchor, positive);
    let mut to_negative = distance(anchor, negative);
    if swap {
        to_negative = to_negative.minimum(&distance(positive, negative));
    }
    reduced((margin + to_positive - to_negative).clamp_min(0), reduction)
}

/// [`cross_entropy`] of the scores that a linear map gives:
/// [`torch.nn.functional.linear_cross_entropy`].
///
/// The layer is [`LinearCrossEntropyLoss`](crate::nn::LinearCrossEntropyLoss).
///
/// Input (N, in) or (in), `linear_weight` (C, in) or (C, d₁, …, in), target (N) or (N, d₁, …).
///
/// PyTorch's `options`, which save memory by doing it in chunks, are not here.
///
/// ```
/// use flambeau::prelude::*;
///
/// let (x, weight) = (torch::ones([3, 8]), torch::ones([5, 8]));
/// let target = torch::tensor([4, 0, 2]);
/// let loss = F::linear_cross_entropy_options(&x, &weight, &target).label_smoothing(0.1).call();
/// assert!((loss.item() - 5.0_f64.ln()).abs() < 1e-6);
/// ```
///
/// [`torch.nn.functional.linear_cross_entropy`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear_cross_entropy.html
#[function]
pub fn linear_cross_entropy(
    input: &Tensor,
    linear_weight: &Tensor,
    target: &Tensor,
    /// What is added to the scores, (C) or (C, d₁, …).
    linear_bias: Option<&Tensor>,
    /// The weight of each class, (C).
    weight: Option<&Tensor>,
    /// What becomes of the losses of a batch: their `"mean"`, their `"sum"`, or `"none"`, nothing.
    #[builder(default = "mean", into)]
    reduction: Reduction,
    /// A target that adds neither to the loss nor to the gradient; -100 if not given.
    ignore_index: Option<i64>,
    /// The share of the target, from 0 to 1, that is spread over all classes.
    #[builder(default = 0.0)]
    label_smoothing: f64,
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
    let scores = linear_options(input, &matrix).maybe_bias(bias.as_ref()).call();
    cross_entropy_options(&scores.reshape(scores_size), target)
        .maybe_weight(weight)
        .reduction(reduction)
        .ignore_index(ignore_index.unwrap_or(-100))
        .label_smoothing(label_smoothing)
        .call()
}

/// A variance for all numbers, or one for each.
#[derive(Debug)]
pub enum Variance<'a> {
    /// One for all.
    Number(f64),
    /// A tensor of the input's size, or without its last dimension, or with one of 1 there.
    Each(&'a Tensor),
}

impl<N: Into<Number>> From<N> for Variance<'_> {
    fn from(var: N) -> Self {
        Self::Number(var.into().to_f64())
    }
}

impl<'a> From<&'a Tensor> for Variance<'a> {
    fn from(var: &'a Tensor) -> Self {
        Self::Each(var)
    }
}

/// What becomes of these losses.
fn reduced(losses: Tensor, reduction: tch::Reduction) -> Tensor {
    match reduction {
        tch::Reduction::Mean => losses.mean(None),
        tch::Reduction::Sum => losses.sum(None),
        _ => losses,
    }
}

/// Both in one size, with a warning where they were not.
fn side_by_side(input: &Tensor, target: &Tensor) -> (Tensor, Tensor) {
    let (size, of_target) = (input.size(), target.size());
    if size != of_target {
        warn(&format!(
            "Using a target size (torch.Size({of_target:?})) that is different to the input size \
             (torch.Size({size:?})). This will likely lead to incorrect results due to \
             broadcasting. Please ensure they have the same size."
        ));
    }
    let mut pair = Tensor::broadcast_tensors(&[input, target]).into_iter();
    let (input, target) = (pair.next(), pair.next());
    input.zip(target).expect("two tensors go in")
}

fn check_weighted(weight: &Tensor, input: &Tensor, reduction: Reduction) {
    check!(weight.size() == input.size(), "Weights and input must have the same size.");
    check!(
        reduction != Reduction::BatchMean,
        "Invalid reduction mode: batchmean. Expected one of 'none', 'mean', 'sum'."
    );
}

/// The losses, each with its weight; the mean is the weighted one.
fn weighted(losses: Tensor, weight: &Tensor, reduction: Reduction) -> Tensor {
    check_weighted(weight, &losses, reduction);
    let losses = losses * weight;
    match reduction.known() {
        tch::Reduction::Mean => losses.sum(None) / weight.sum(None),
        other => reduced(losses, other),
    }
}
