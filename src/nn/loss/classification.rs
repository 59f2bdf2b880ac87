//! Losses of classes, and of yes or no.

use tch::Tensor;

use super::{Reduction, loss};
use crate::nn::{Buffer, Module, functional as F, guard};

loss!(
    /// The mean of log(1 + exp(-y·x)), y = ±1: [`torch.nn.SoftMarginLoss`].
    ///
    /// # Shapes
    /// Input and target of one shape; output a number, or that shape with [`Reduction::None`].
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let loss = nn::SoftMarginLoss::new().forward(&torch::tensor([0.0, 0.0]), &torch::tensor([1.0, -1.0]));
    /// assert!((loss.item() - 0.6931).abs() < 1e-4);
    /// ```
    ///
    /// [`torch.nn.SoftMarginLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.SoftMarginLoss.html
    SoftMarginLoss / SoftMarginLossOptions {
    }
    (loss, input, target) F::soft_margin_loss_options(input, target).reduction(loss.reduction).call()
);

loss!(
    /// A margin between each class that is right and each that is not: [`torch.nn.MultiLabelMarginLoss`].
    ///
    /// The sum over right classes t and wrong ones i of `max(0, 1 - (x[t] - x[i]))`, divided by C.
    ///
    /// # Shapes
    /// Input (N, C) or (C), scores. Target of the same shape, `Kind::Int64`: the right classes, then -1.
    /// Output a number, or (N) with [`Reduction::None`].
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let scores = torch::tensor([0.1, 0.2, 0.4, 0.8]).view([1, 4]);
    /// let target = torch::tensor([3, 0, -1, 1]).view([1, 4]);
    /// let loss = nn::MultiLabelMarginLoss::new().forward(&scores, &target);
    /// assert!((loss.item() - 0.85).abs() < 1e-6);
    /// ```
    ///
    /// [`torch.nn.MultiLabelMarginLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiLabelMarginLoss.html
    MultiLabelMarginLoss / MultiLabelMarginLossOptions {
    }
    (loss, input, target) F::multilabel_margin_loss_options(input, target).reduction(loss.reduction).call()
);

/// The mean of `-x[t]` for log probabilities x and the right class t: [`torch.nn.NLLLoss`].
///
/// With class weights w it is the weighted mean, `Σ -w[t]·x[t] / Σ w[t]`. After a
/// [`LogSoftmax`](crate::nn::LogSoftmax) it is the [`CrossEntropyLoss`](super::CrossEntropyLoss).
///
/// # Shapes
/// Input (N, C), (C) or (N, C, d₁, …), log probabilities. Target: classes as `Kind::Int64`, of the
/// input's shape without C. Output a number, or one a target with [`Reduction::None`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([0.25, 0.75]).log().view([1, 2]);
/// let loss = nn::NLLLoss::new().forward(&x, &torch::tensor([1]));
/// assert!((loss.item() - 0.2877).abs() < 1e-4);
/// ```
///
/// [`torch.nn.NLLLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html
#[derive(Debug, Module)]
pub struct NLLLoss {
    /// The weight of each class, (C).
    pub weight: Option<Buffer>,
    #[module(skip)]
    ignore_index: i64,
    #[module(skip)]
    reduction: Reduction,
}

#[bon::bon]
impl NLLLoss {
    /// The mean over the batch, every class alike.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins a loss whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = NLLLossOptions, vis = "pub")
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
    ) -> Self {
        Self { weight: weight.map(Buffer::new), ignore_index, reduction }
    }

    /// The loss of `input` when `target` is right.
    #[track_caller]
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Tensor {
        guard(self, &[input, target], || {
            F::nll_loss_options(input, target)
                .maybe_weight(self.weight.as_deref())
                .ignore_index(self.ignore_index)
                .reduction(self.reduction)
                .call()
        })
    }
}

impl Default for NLLLoss {
    fn default() -> Self {
        Self::new()
    }
}

/// The mean of -(y·log x + (1 - y)·log(1 - x)) for probabilities x: [`torch.nn.BCELoss`].
///
/// A logarithm is at least -100, so that the loss stays finite.
///
/// # Shapes
/// Input and target of one shape, from 0 to 1; output a number, or that shape with
/// [`Reduction::None`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([0.5, 0.5]);
/// let loss = nn::BCELoss::new().forward(&x, &torch::tensor([0.0, 1.0]));
/// assert!((loss.item() - 0.6931).abs() < 1e-4);
/// ```
///
/// [`torch.nn.BCELoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html
#[derive(Debug, Module)]
pub struct BCELoss {
    /// A weight for each value of a sample.
    pub weight: Option<Buffer>,
    #[module(skip)]
    reduction: Reduction,
}

#[bon::bon]
impl BCELoss {
    /// The mean over the batch, every class alike.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins a loss whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = BCELossOptions, vis = "pub")
    )]
    fn with(
        /// A weight for each value of a sample.
        weight: Option<Tensor>,
        /// What becomes of the losses of a batch.
        #[builder(default, into)]
        reduction: Reduction,
    ) -> Self {
        Self { weight: weight.map(Buffer::new), reduction }
    }

    /// The loss of `input` when `target` is right.
    #[track_caller]
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Tensor {
        guard(self, &[input, target], || {
            F::binary_cross_entropy_options(input, target)
                .maybe_weight(self.weight.as_deref())
                .reduction(self.reduction)
                .call()
        })
    }
}

impl Default for BCELoss {
    fn default() -> Self {
        Self::new()
    }
}

/// A [`BCELoss`] of σ(x), in one and safer with large numbers: [`torch.nn.BCEWithLogitsLoss`].
///
/// With `pos_weight` p the first term counts p times: -(p·y·log σ(x) + (1 - y)·log(1 - σ(x))).
///
/// # Shapes
/// Input and target of one shape, the target from 0 to 1; output a number, or that shape with
/// [`Reduction::None`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([0.0, 0.0]);
/// let loss = nn::BCEWithLogitsLoss::new().forward(&x, &torch::tensor([0.0, 1.0]));
/// assert!((loss.item() - 0.6931).abs() < 1e-4);
/// ```
///
/// [`torch.nn.BCEWithLogitsLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
#[derive(Debug, Module)]
pub struct BCEWithLogitsLoss {
    /// A weight for each value of a sample.
    pub weight: Option<Buffer>,
    /// How much more a yes counts than a no, for each class.
    pub pos_weight: Option<Buffer>,
    #[module(skip)]
    reduction: Reduction,
}

#[bon::bon]
impl BCEWithLogitsLoss {
    /// The mean over the batch, every class alike.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins a loss whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = BCEWithLogitsLossOptions, vis = "pub")
    )]
    fn with(
        /// A weight for each value of a sample.
        weight: Option<Tensor>,
        /// How much more a yes counts than a no, for each class.
        pos_weight: Option<Tensor>,
        /// What becomes of the losses of a batch.
        #[builder(default, into)]
        reduction: Reduction,
    ) -> Self {
        Self { weight: weight.map(Buffer::new), pos_weight: pos_weight.map(Buffer::new), reduction }
    }

    /// The loss of `input` when `target` is right.
    #[track_caller]
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Tensor {
        guard(self, &[input, target], || {
            F::binary_cross_entropy_with_logits_options(input, target)
                .maybe_weight(self.weight.as_deref())
                .maybe_pos_weight(self.pos_weight.as_deref())
                .reduction(self.reduction)
                .call()
        })
    }
}

impl Default for BCEWithLogitsLoss {
    fn default() -> Self {
        Self::new()
    }
}

/// The mean over classes of -(y·log σ(x) + (1 - y)·log(1 - σ(x))): [`torch.nn.MultiLabelSoftMarginLoss`].
///
/// # Shapes
/// Input (N, C), scores; target the same, 0 or 1; output a number, or (N) with
/// [`Reduction::None`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[0.0, 0.0]]);
/// let loss = nn::MultiLabelSoftMarginLoss::new().forward(&x, &torch::tensor([[0.0, 1.0]]));
/// assert!((loss.item() - 0.6931).abs() < 1e-4);
/// ```
///
/// [`torch.nn.MultiLabelSoftMarginLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiLabelSoftMarginLoss.html
#[derive(Debug, Module)]
pub struct MultiLabelSoftMarginLoss {
    /// The weight of each class, (C).
    pub weight: Option<Buffer>,
    #[module(skip)]
    reduction: Reduction,
}

#[bon::bon]
impl MultiLabelSoftMarginLoss {
    /// The mean over the batch, every class alike.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins a loss whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = MultiLabelSoftMarginLossOptions, vis = "pub")
    )]
    fn with(
        /// The weight of each class, (C).
        weight: Option<Tensor>,
        /// What becomes of the losses of a batch.
        #[builder(default, into)]
        reduction: Reduction,
    ) -> Self {
        Self { weight: weight.map(Buffer::new), reduction }
    }

    /// The loss of `input` when `target` is right.
    #[track_caller]
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Tensor {
        guard(self, &[input, target], || {
            F::multilabel_soft_margin_loss_options(input, target)
                .maybe_weight(self.weight.as_deref())
                .reduction(self.reduction)
                .call()
        })
    }
}

impl Default for MultiLabelSoftMarginLoss {
    fn default() -> Self {
        Self::new()
    }
}

/// A margin between the right class and each other: [`torch.nn.MultiMarginLoss`].
///
/// The sum over i ≠ t of `max(0, margin - x[t] + x[i])^p`, times the weight of t, divided by C.
///
/// # Shapes
/// Input (N, C) or (C), scores. Target: classes as `Kind::Int64`, (N) or a number. Output a number,
/// or (N) with [`Reduction::None`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([0.1, 0.2, 0.4, 0.8]).view([1, 4]);
/// let loss = nn::MultiMarginLoss::new().forward(&x, &torch::tensor([3]));
/// assert!((loss.item() - 0.325).abs() < 1e-6);
/// ```
///
/// [`torch.nn.MultiMarginLoss`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiMarginLoss.html
#[derive(Debug, Module)]
pub struct MultiMarginLoss {
    #[module(skip)]
    p: i64,
    #[module(skip)]
    margin: f64,
    /// The weight of each class, (C).
    pub weight: Option<Buffer>,
    #[module(skip)]
    reduction: Reduction,
}

#[bon::bon]
impl MultiMarginLoss {
    /// The mean over the batch, every class alike.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins a loss whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = MultiMarginLossOptions, vis = "pub")
    )]
    fn with(
        /// The exponent, 1 or 2.
        #[builder(default = 1)]
        p: i64,
        /// How far apart right and wrong should be.
        #[builder(default = 1.0, into)]
        margin: f64,
        /// The weight of each class, (C).
        weight: Option<Tensor>,
        /// What becomes of the losses of a batch.
        #[builder(default, into)]
        reduction: Reduction,
    ) -> Self {
        assert!(p == 1 || p == 2, "only p == 1 and p == 2 supported");
        Self { p, margin, weight: weight.map(Buffer::new), reduction }
    }

    /// The loss of `input` when `target` is right.
    #[track_caller]
    pub fn forward(&self, input: &Tensor, target: &Tensor) -> Tensor {
        guard(self, &[input, target], || {
            F::multi_margin_loss_options(input, target)
                .p(self.p)
                .margin(self.margin)
                .maybe_weight(self.weight.as_deref())
                .reduction(self.reduction)
                .call()
        })
    }
}

impl Default for MultiMarginLoss {
    fn default() -> Self {
        Self::new()
    }
}
