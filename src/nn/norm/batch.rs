//! Normalisation over the batch.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::sync::Arc;

use tch::Tensor;

use crate::ffi::Norm;

use crate::torch;
use crate::torch::{MaybeNumber, Number};

use super::{ones_and_zeros, repr, running};
use crate::nn::call::check;
use crate::nn::{Buffer, Forward, Module, Parameter, Training, functional as F};

/// What [`BatchNorm1d`], [`BatchNorm2d`] and [`BatchNorm3d`] have in common: each channel is
/// normalised over the batch and its sides.
///
/// `y = (x - E[x]) / √(Var[x] + eps) · weight + bias`, with the batch's own mean and (biased)
/// variance in training. Each batch moves the running statistics,
/// r ← (1 - `momentum`)·r + `momentum`·x̂, the variance by its unbiased form; evaluation takes these.
/// See [Ioffe and Szegedy, 2015](https://arxiv.org/abs/1502.03167).
///
/// # Shapes
/// Input (N, C, ∗), C = `num_features`; output the same.
///
/// # Parameters
/// - `weight`, (C), each 1, and `bias`, (C), each 0; absent with `affine(false)`, the latter with
///   `bias(false)` too.
/// - the buffers `running_mean`, (C), each 0, `running_var`, (C), each 1, and
///   `num_batches_tracked`, 0; absent with `track_running_stats(false)`.
///
/// # Panics
/// In `forward`, when the input has another number of dimensions, or in training one value a
/// channel, in PyTorch's words.
#[derive(Debug, Module)]
#[module(class = self.class(), extra_repr = self.arguments())]
pub struct BatchNorm<const N: usize> {
    #[module(skip)]
    num_features: i64,
    #[module(skip)]
    eps: Number,
    /// How far a batch moves the running statistics; with `None` they are the mean of all.
    #[module(skip)]
    pub momentum: Cell<Option<Number>>,
    #[module(skip)]
    affine: bool,
    #[module(skip)]
    track_running_stats: bool,
    /// What each channel is multiplied by.
    pub weight: Option<Parameter>,
    /// What is added to each channel.
    pub bias: Option<Parameter>,
    /// The channels' means so far.
    pub running_mean: Option<Buffer>,
    /// The channels' variances so far.
    pub running_var: Option<Buffer>,
    /// How many batches the running statistics have seen.
    pub num_batches_tracked: Option<Buffer>,
    training: Training,
    /// Who else takes part, of a layer that was made a SyncBatchNorm.
    #[module(skip)]
    synced: RefCell<Option<Arc<dyn Synced>>>,
}

/// Other processes whose batches are normalised together with this one's.
pub(in crate::nn) trait Synced: Debug + Send + Sync {
    /// The layer's output in training; none where this process is the only one.
    fn normalise(&self, input: &Tensor, norm: Norm<'_>) -> Option<Tensor>;
}

/// Normalises each channel of vectors or signals, (N, C) or (N, C, L): [`torch.nn.BatchNorm1d`].
/// Formula and parameters stand at [`BatchNorm`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let norm = nn::BatchNorm1d::new(3);
/// let output = norm.forward(&torch::randn([20, 3]));
/// assert!(torch::mean_options(&output).dim(0).call().abs().max().item() < 1e-6);
/// ```
///
/// [`torch.nn.BatchNorm1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
pub type BatchNorm1d = BatchNorm<1>;

/// Normalises each channel of images, (N, C, H, W): [`torch.nn.BatchNorm2d`]. Formula and
/// parameters stand at [`BatchNorm`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let norm = nn::BatchNorm2d::new(64);
/// assert_eq!(
///     norm.to_string(),
///     "BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"
/// );
/// assert_eq!(
///     norm.state_dict().keys().collect::<Vec<_>>(),
///     ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"],
/// );
/// norm.eval();
/// let images = torch::randn([2, 64, 5, 5]);
/// assert_eq!(norm.forward(&images).size(), images.size());
/// ```
///
/// [`torch.nn.BatchNorm2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
pub type BatchNorm2d = BatchNorm<2>;

/// Normalises each channel of volumes, (N, C, D, H, W): [`torch.nn.BatchNorm3d`]. Formula and
/// parameters stand at [`BatchNorm`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let norm = nn::BatchNorm3d::options(4).momentum(None).affine(false).build();
/// let volumes = torch::randn([2, 4, 3, 5, 5]);
/// assert_eq!(norm.forward(&volumes).size(), volumes.size());
/// ```
///
/// [`torch.nn.BatchNorm3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm3d.html
pub type BatchNorm3d = BatchNorm<3>;

#[bon::bon]
impl<const N: usize> BatchNorm<N> {
    /// A layer for so many channels.
    pub fn new(num_features: i64) -> Self {
        Self::options(num_features).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = BatchNormOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] num_features: i64,
        /// What is added to the variance, to be safe from 0.
        #[builder(default = Number::Float(1e-5), into)]
        eps: Number,
        /// How far a batch moves the running statistics; with `None` they are the mean of all.
        #[builder(into, default = MaybeNumber::from(0.1))]
        momentum: MaybeNumber,
        /// Whether there are weight and bias.
        #[builder(default = true)]
        affine: bool,
        /// Whether there are running statistics; without them evaluation takes the batch's too.
        #[builder(default = true)]
        track_running_stats: bool,
        /// Whether there is a bias beside the weight.
        #[builder(default = true)]
        bias: bool,
    ) -> Self {
        let (weight, bias) = ones_and_zeros(&[num_features], affine, bias);
        let [running_mean, running_var, num_batches_tracked] =
            running(num_features, track_running_stats);
        Self {
            num_features,
            eps,
            momentum: Cell::new(momentum.into()),
            affine,
            track_running_stats,
            weight,
            bias,
            running_mean,
            running_var,
            num_batches_tracked,
            training: Training::default(),
            synced: RefCell::default(),
        }
    }

    /// Sets the running statistics to where they began: means of 0 and variances of 1, of no batch.
    pub fn reset_running_stats(&self) {
        for (statistic, start) in
            [(&self.running_mean, 0.0), (&self.running_var, 1.0), (&self.num_batches_tracked, 0.0)]
        {
            if let Some(statistic) = statistic {
                let _ = statistic.shallow_clone().fill_(start);
            }
        }
    }
}

impl<const N: usize> BatchNorm<N> {
    /// Has the batches of others normalised together with this one's.
    pub(in crate::nn) fn sync(&self, synced: impl Synced + 'static) {
        self.synced.replace(Some(Arc::new(synced)));
    }

    fn class(&self) -> &'static str {
        match *self.synced.borrow() {
            Some(_) => "SyncBatchNorm",
            None => ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"][N - 1],
        }
    }

    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        repr(
            self.num_features,
            self.eps,
            self.momentum.get(),
            self.affine,
            self.bias.is_some(),
            self.track_running_stats,
        )
    }
}

impl<const N: usize> BatchNorm<N> {
    /// The output for an input of any number of dimensions from two on.
    pub(in crate::nn) fn normalised(&self, input: &Tensor) -> Tensor {
        let training = self.training.get();
        let momentum = self.momentum.get();
        let mut factor = momentum.map_or(0.0, Number::to_f64);
        if let (true, Some(count)) = (training, &self.num_batches_tracked) {
            let _ = torch::no_grad(|| count.shallow_clone().g_add_scalar_(1));
            if momentum.is_none() {
                factor = 1.0 / count.int64_value(&[]) as f64;
            }
        }
        let eps = self.eps.to_f64();
        if training && let Some(synced) = &*self.synced.borrow() {
            let norm = Norm {
                weight: self.weight.as_deref(),
                bias: self.bias.as_deref(),
                running_mean: self.running_mean.as_deref(),
                running_var: self.running_var.as_deref(),
                momentum: factor,
                eps,
            };
            if let Some(output) = synced.normalise(input, norm) {
                return output;
            }
        }
        F::batch_norm_options(input, self.running_mean.as_deref(), self.running_var.as_deref())
            .maybe_weight(self.weight.as_deref())
            .maybe_bias(self.bias.as_deref())
            .training(training || self.running_mean.is_none())
            .momentum(factor)
            .eps(eps)
            .call()
    }
}

impl<const N: usize> Forward for BatchNorm<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        let dim = input.dim();
        match N {
            _ if self.synced.borrow().is_some() => {
                check!(dim >= 2, "expected at least 2D input (got {dim}D input)")
            }
            1 => check!(dim == 2 || dim == 3, "expected 2D or 3D input (got {dim}D input)"),
            _ => check!(dim == N + 2, "expected {}D input (got {dim}D input)", N + 2),
        }
        self.normalised(input)
    }
}
