//! Normalisation of each sample's channels.

use tch::Tensor;

use super::{ones_and_zeros, repr, running};
use crate::nn::call::check;
use crate::nn::{Buffer, Forward, Module, Parameter, Training, functional as F};
use crate::torch::{MaybeNumber, Number};

/// What [`InstanceNorm1d`], [`InstanceNorm2d`] and [`InstanceNorm3d`] have in common: each channel
/// of each sample is normalised over its sides.
///
/// `y = (x - E[x]) / √(Var[x] + eps) · weight + bias`; unlike [`BatchNorm`](crate::nn::BatchNorm) also in evaluation,
/// unless `track_running_stats(true)`. See [Ulyanov et al., 2016](https://arxiv.org/abs/1607.08022).
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗), C = `num_features`; output the same.
///
/// # Parameters
/// As [`BatchNorm`](crate::nn::BatchNorm)'s, but absent unless asked for with `affine(true)` and
/// `track_running_stats(true)`.
///
/// # Panics
/// In `forward`, when the input has another number of dimensions, with `affine(true)` another
/// number of channels, or in training one value a channel, in PyTorch's words.
#[derive(Debug, Module)]
#[module(class = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"][N - 1], extra_repr = self.arguments())]
pub struct InstanceNorm<const N: usize> {
    #[module(skip)]
    num_features: i64,
    #[module(skip)]
    eps: Number,
    #[module(skip)]
    momentum: Option<Number>,
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
    /// Always 0: PyTorch keeps it, and does not count.
    pub num_batches_tracked: Option<Buffer>,
    training: Training,
}

/// Normalises each channel of each signal, (N, C, L): [`torch.nn.InstanceNorm1d`]. Formula and
/// parameters stand at [`InstanceNorm`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let signals = torch::randn([20, 3, 40]);
/// let output = nn::InstanceNorm1d::new(3).forward(&signals);
/// assert!(torch::mean_options(&output).dim(2).call().abs().max().item() < 1e-6);
/// ```
///
/// [`torch.nn.InstanceNorm1d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm1d.html
pub type InstanceNorm1d = InstanceNorm<1>;

/// Normalises each channel of each image, (N, C, H, W): [`torch.nn.InstanceNorm2d`]. Formula and
/// parameters stand at [`InstanceNorm`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let norm = nn::InstanceNorm2d::options(3).affine(true).build();
/// let image = torch::randn([3, 35, 45]);
/// assert_eq!(norm.forward(&image).size(), image.size());
/// ```
///
/// [`torch.nn.InstanceNorm2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html
pub type InstanceNorm2d = InstanceNorm<2>;

/// Normalises each channel of each volume, (N, C, D, H, W): [`torch.nn.InstanceNorm3d`]. Formula and
/// parameters stand at [`InstanceNorm`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let volumes = torch::randn([2, 3, 4, 5, 6]);
/// assert_eq!(nn::InstanceNorm3d::new(3).forward(&volumes).size(), volumes.size());
/// ```
///
/// [`torch.nn.InstanceNorm3d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm3d.html
pub type InstanceNorm3d = InstanceNorm<3>;

#[bon::bon]
impl<const N: usize> InstanceNorm<N> {
    /// A layer for so many channels, without parameters.
    pub fn new(num_features: i64) -> Self {
        Self::options(num_features).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = InstanceNormOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] num_features: i64,
        /// What is added to the variance, to be safe from 0.
        #[builder(default = Number::Float(1e-5), into)]
        eps: Number,
        /// How far a batch moves the running statistics.
        #[builder(into, default = MaybeNumber::from(0.1))]
        momentum: MaybeNumber,
        /// Whether there are weight and bias.
        #[builder(default)]
        affine: bool,
        /// Whether there are running statistics, which evaluation then takes.
        #[builder(default)]
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
            momentum: momentum.into(),
            affine,
            track_running_stats,
            weight,
            bias,
            running_mean,
            running_var,
            num_batches_tracked,
            training: Training::default(),
        }
    }
}

impl<const N: usize> InstanceNorm<N> {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        repr(
            self.num_features,
            self.eps,
            self.momentum,
            self.affine,
            self.bias.is_some(),
            self.track_running_stats,
        )
    }
}

impl<const N: usize> Forward for InstanceNorm<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        let dim = input.dim();
        check!(
            dim == N + 1 || dim == N + 2,
            "expected {}D or {}D input (got {dim}D input)",
            N + 1,
            N + 2
        );
        let (features, channels) = (dim - N - 1, input.size()[dim - N - 1]);
        check!(
            !self.affine || channels == self.num_features,
            "expected input's size at dim={features} to match num_features ({}), but got: \
             {channels}.",
            self.num_features
        );
        let batch = if features == 0 { input.unsqueeze(0) } else { input.shallow_clone() };
        let output = F::instance_norm_options(&batch)
            .maybe_running_mean(self.running_mean.as_deref())
            .maybe_running_var(self.running_var.as_deref())
            .maybe_weight(self.weight.as_deref())
            .maybe_bias(self.bias.as_deref())
            .use_input_stats(self.training.get() || !self.track_running_stats)
            .momentum(self.momentum.map_or(0.0, Number::to_f64))
            .eps(self.eps.to_f64())
            .call();
        if features == 0 { output.squeeze_dim(0) } else { output }
    }
}
