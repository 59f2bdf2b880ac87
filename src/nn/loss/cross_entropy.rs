//! The cross entropy.

use tch::Tensor;

use super::Reduction;
use crate::nn::{Buffer, Module, functional as F, guard};

/// How far scores are from the right class: [`torch.nn.CrossEntropyLoss`].
///
/// `loss[n] = -weight[t] · log(exp(x[n, t]) / Σ_c exp(x[n, c]))`, `t = target[n]`; the mean of
/// them is `Σ_n loss[n] / Σ_n weight[target[n]]`. (So for classes as targets, without smoothing; those that are ignored
/// count in neither sum.) It takes scores as they are, of any size: the Softmax is
/// inside.
///
/// # Shapes
/// Input (N, C), (C) or (N, C, d₁, …), scores. Target: classes as `Kind::Int64`, of the input's
/// shape without C, or probabilities of the input's own shape and kind. Output a number, or one
/// a target with [`Reduction::None`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let criterion = nn::CrossEntropyLoss::new();
/// let scores = Tensor::zeros([2, 10], (Kind::Double, Device::Cpu));
/// let loss = criterion.forward(&scores, &torch::tensor([3, 7]));
/// assert!((loss.item() - 10_f64.ln()).abs() < 1e-12);
/// ```
///
/// [`torch.nn.CrossEntropyLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
#[derive(Debug, Module)]
pub struct CrossEntropyLoss {
    /// The weight of each class, (C); all the same if none.
    pub weight: Option<Buffer>,
    #[module(skip)]
    ignore_index: i64,
    #[module(skip)]
    reduction: Reduction,
    #[module(skip)]
    label_smoothing: f64,
}

#[bon::bon]
impl CrossEntropyLoss {
    /// The mean over the batch, every class alike.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins a loss whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = CrossEntropyLossOptions, vis = "pub")
    )]
    fn with(
        /// The weight of each class, (C).
        weight: Option<Tensor>,
        /// A target that adds neither to the loss nor to the gradient.
        #[builder(default = -100)]
        ignore_index: i64,
        /// What becomes of the losses of a batch.
        #[builder(default, into)]
        reduction: Reduction,
        /// The share of the target, from 0 to 1, that is spread over all classes.
        #[builder(default = 0.0, into)]
        label_smoothing: f64,
    ) -> Self {
        Self { weight: weight.map(Buffer::new), ignore_index, reduction, label_smoothing }
    }

    /// The loss of the scores `input` when `target` is right.
    #[track_caller]
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Tensor {
        guard(self, &[input, target], || {
            F::cross_entropy_options(input, target)
                .maybe_weight(self.weight.as_deref())
                .ignore_index(self.ignore_index)
                .reduction(self.reduction)
                .label_smoothing(self.label_smoothing)
                .call()
        })
    }
}

impl Default for CrossEntropyLoss {
    fn default() -> Self {
        Self::new()
    }
}
