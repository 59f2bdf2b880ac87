//! Normalisation: what goes on is brought to mean 0 and variance 1, over the batch, each sample,
//! or groups of channels.

use tch::{Device, Kind, Tensor};

use super::call::check;
use super::module_macro::nd_module;
use super::repr::{python_bool, python_float};
use super::size::tuple;
use super::{Buffer, Forward, Parameter, Training, functional as F, module};

/// Weights that begin at 1, and biases at 0.
fn ones_and_zeros(
    size: &[i64],
    weight: bool,
    bias: bool,
) -> (Option<Parameter>, Option<Parameter>) {
    let filled = |value: f64| {
        let options = (Kind::Float, Device::Cpu);
        Parameter::new(Tensor::full(size, value, options))
    };
    (weight.then(|| filled(1.0)), (weight && bias).then(|| filled(0.0)))
}

/// What has been seen so far: the mean and variance of each channel, and how many batches.
fn running(num_features: i64, tracked: bool) -> [Option<Buffer>; 3] {
    let options = (Kind::Float, Device::Cpu);
    [
        tracked.then(|| Buffer::new(Tensor::zeros([num_features], options))),
        tracked.then(|| Buffer::new(Tensor::ones([num_features], options))),
        tracked.then(|| Buffer::new(Tensor::zeros([0_i64; 0], (Kind::Int64, Device::Cpu)))),
    ]
}

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
#[derive(Clone, Debug)]
pub struct BatchNorm<const N: usize> {
    num_features: i64,
    eps: f64,
    momentum: Option<f64>,
    affine: bool,
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
}

/// Normalises each channel of vectors or signals, (N, C) or (N, C, L): [`torch.nn.BatchNorm1d`].
/// Formula and parameters stand at [`BatchNorm`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let norm = nn::BatchNorm1d::new(3);
/// let output = norm.forward(&Tensor::randn([20, 3], (Kind::Float, Device::Cpu)));
/// assert!(output.mean_dim(0, false, None).abs().max().double_value(&[]) < 1e-6);
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
/// let images = Tensor::randn([2, 64, 5, 5], (Kind::Float, Device::Cpu));
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
/// let volumes = Tensor::randn([2, 4, 3, 5, 5], (Kind::Float, Device::Cpu));
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
        #[builder(default = 1e-5)]
        eps: f64,
        /// How far a batch moves the running statistics; with `None` they are the mean of all.
        #[builder(required, into, default = Some(0.1))]
        momentum: Option<f64>,
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
            momentum,
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

nd_module!(
    BatchNorm { weight, bias, running_mean, running_var, num_batches_tracked, training }
        as ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"],
    |norm| repr(
        norm.num_features,
        norm.eps,
        norm.momentum,
        norm.affine,
        norm.bias.is_some(),
        norm.track_running_stats
    )
);

fn repr(
    features: i64,
    eps: f64,
    momentum: Option<f64>,
    affine: bool,
    bias: bool,
    track: bool,
) -> String {
    format!(
        "{features}, eps={}, momentum={}, affine={}, bias={}, track_running_stats={}",
        python_float(eps),
        momentum.map_or("None".to_string(), python_float),
        python_bool(affine),
        python_bool(bias),
        python_bool(track),
    )
}

impl<const N: usize> Forward for BatchNorm<N> {
    fn forward(&self, input: &Tensor) -> Tensor {
        let dim = input.dim();
        match N {
            1 => check!(dim == 2 || dim == 3, "expected 2D or 3D input (got {dim}D input)"),
            _ => check!(dim == N + 2, "expected {}D input (got {dim}D input)", N + 2),
        }
        let training = self.training.get();
        let mut factor = self.momentum.unwrap_or(0.0);
        if let (true, Some(count)) = (training, &self.num_batches_tracked) {
            let _ = tch::no_grad(|| count.shallow_clone().g_add_scalar_(1));
            if self.momentum.is_none() {
                factor = 1.0 / count.int64_value(&[]) as f64;
            }
        }
        F::batch_norm(input, self.running_mean.as_deref(), self.running_var.as_deref())
            .maybe_weight(self.weight.as_deref())
            .maybe_bias(self.bias.as_deref())
            .training(training || self.running_mean.is_none())
            .momentum(factor)
            .eps(self.eps)
            .call()
    }
}

/// What [`InstanceNorm1d`], [`InstanceNorm2d`] and [`InstanceNorm3d`] have in common: each channel
/// of each sample is normalised over its sides.
///
/// `y = (x - E[x]) / √(Var[x] + eps) · weight + bias`; unlike [`BatchNorm`] also in evaluation,
/// unless `track_running_stats(true)`. See [Ulyanov et al., 2016](https://arxiv.org/abs/1607.08022).
///
/// # Shapes
/// Input (N, C, ∗) or (C, ∗), C = `num_features`; output the same.
///
/// # Parameters
/// As [`BatchNorm`]'s, but absent unless asked for with `affine(true)` and
/// `track_running_stats(true)`.
///
/// # Panics
/// In `forward`, when the input has another number of dimensions, with `affine(true)` another
/// number of channels, or in training one value a channel, in PyTorch's words.
#[derive(Clone, Debug)]
pub struct InstanceNorm<const N: usize> {
    num_features: i64,
    eps: f64,
    momentum: Option<f64>,
    affine: bool,
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
/// let signals = Tensor::randn([20, 3, 40], (Kind::Float, Device::Cpu));
/// let output = nn::InstanceNorm1d::new(3).forward(&signals);
/// assert!(output.mean_dim(2, false, None).abs().max().double_value(&[]) < 1e-6);
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
/// let image = Tensor::randn([3, 35, 45], (Kind::Float, Device::Cpu));
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
/// let volumes = Tensor::randn([2, 3, 4, 5, 6], (Kind::Float, Device::Cpu));
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
        #[builder(default = 1e-5)]
        eps: f64,
        /// How far a batch moves the running statistics.
        #[builder(required, into, default = Some(0.1))]
        momentum: Option<f64>,
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
            momentum,
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

nd_module!(
    InstanceNorm { weight, bias, running_mean, running_var, num_batches_tracked, training }
        as ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"],
    |norm| repr(
        norm.num_features,
        norm.eps,
        norm.momentum,
        norm.affine,
        norm.bias.is_some(),
        norm.track_running_stats
    )
);

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
        let output = F::instance_norm(&batch)
            .maybe_running_mean(self.running_mean.as_deref())
            .maybe_running_var(self.running_var.as_deref())
            .maybe_weight(self.weight.as_deref())
            .maybe_bias(self.bias.as_deref())
            .use_input_stats(self.training.get() || !self.track_running_stats)
            .momentum(self.momentum.unwrap_or(0.0))
            .eps(self.eps)
            .call();
        if features == 0 { output.squeeze_dim(0) } else { output }
    }
}

/// Normalises each sample over its last dimensions: [`torch.nn.LayerNorm`].
///
/// `y = (x - E[x]) / √(Var[x] + eps) · weight + bias`, with the biased variance. See
/// [Ba et al., 2016](https://arxiv.org/abs/1607.06450).
///
/// # Shapes
/// Input (∗, `normalized_shape`); output the same.
///
/// # Parameters
/// `weight`, (`normalized_shape`), each 1, and `bias`, the same, each 0; both absent with
/// `elementwise_affine(false)`, the latter with `bias(false)`.
///
/// # Panics
/// In `forward`, when the input does not end in `normalized_shape`, in libtorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let norm = nn::LayerNorm::new([5, 10]);
/// let input = Tensor::randn([20, 5, 10], (Kind::Float, Device::Cpu));
/// assert_eq!(norm.forward(&input).size(), input.size());
/// assert_eq!(
///     norm.to_string(),
///     "LayerNorm((5, 10), eps=1e-05, elementwise_affine=True, bias=True)"
/// );
/// ```
///
/// [`torch.nn.LayerNorm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
#[derive(Clone, Debug)]
pub struct LayerNorm {
    normalized_shape: Vec<i64>,
    eps: f64,
    elementwise_affine: bool,
    /// What each value is multiplied by.
    pub weight: Option<Parameter>,
    /// What is added to each value.
    pub bias: Option<Parameter>,
}

#[bon::bon]
impl LayerNorm {
    /// A layer over these last dimensions: `[5, 10]`, or `[512]`.
    pub fn new(normalized_shape: impl Into<Vec<i64>>) -> Self {
        Self::options(normalized_shape).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = LayerNormOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] normalized_shape: Vec<i64>,
        /// What is added to the variance, to be safe from 0.
        #[builder(default = 1e-5)]
        eps: f64,
        /// Whether there are weight and bias.
        #[builder(default = true)]
        elementwise_affine: bool,
        /// Whether there is a bias beside the weight.
        #[builder(default = true)]
        bias: bool,
    ) -> Self {
        let (weight, bias) = ones_and_zeros(&normalized_shape, elementwise_affine, bias);
        Self { normalized_shape, eps, elementwise_affine, weight, bias }
    }
}

module!(LayerNorm { weight, bias }, |norm| format!(
    "{}, eps={}, elementwise_affine={}, bias={}",
    tuple(&norm.normalized_shape),
    python_float(norm.eps),
    python_bool(norm.elementwise_affine),
    python_bool(norm.bias.is_some()),
));

impl Forward for LayerNorm {
    fn forward(&self, input: &Tensor) -> Tensor {
        let (weight, bias) = (self.weight.as_deref(), self.bias.as_deref());
        F::layer_norm(input, &self.normalized_shape, weight, bias, self.eps)
    }
}

/// Normalises groups of channels of each sample: [`torch.nn.GroupNorm`].
///
/// `y = (x - E[x]) / √(Var[x] + eps) · weight + bias`, mean and biased variance over the
/// channels of a group and all sides. See [Wu and He, 2018](https://arxiv.org/abs/1803.08494).
///
/// # Shapes
/// Input (N, C, ∗), C = `num_channels`; output the same.
///
/// # Parameters
/// `weight`, (C), each 1, and `bias`, (C), each 0; both absent with `affine(false)`, the latter
/// with `bias(false)`.
///
/// # Panics
/// When `num_groups` is not positive or does not divide `num_channels`; in `forward`, when there is
/// one value a group.
///
/// ```
/// use flambeau::prelude::*;
///
/// let norm = nn::GroupNorm::new(3, 6);
/// let images = Tensor::randn([20, 6, 10, 10], (Kind::Float, Device::Cpu));
/// assert_eq!(norm.forward(&images).size(), images.size());
/// assert_eq!(norm.to_string(), "GroupNorm(3, 6, eps=1e-05, affine=True, bias=True)");
/// ```
///
/// [`torch.nn.GroupNorm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html
#[derive(Clone, Debug)]
pub struct GroupNorm {
    num_groups: i64,
    num_channels: i64,
    eps: f64,
    affine: bool,
    /// What each channel is multiplied by.
    pub weight: Option<Parameter>,
    /// What is added to each channel.
    pub bias: Option<Parameter>,
}

#[bon::bon]
impl GroupNorm {
    /// A layer of so many groups of so many channels in all.
    pub fn new(num_groups: i64, num_channels: i64) -> Self {
        Self::options(num_groups, num_channels).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = GroupNormOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] num_groups: i64,
        #[builder(start_fn)] num_channels: i64,
        /// What is added to the variance, to be safe from 0.
        #[builder(default = 1e-5)]
        eps: f64,
        /// Whether there are weight and bias.
        #[builder(default = true)]
        affine: bool,
        /// Whether there is a bias beside the weight.
        #[builder(default = true)]
        bias: bool,
    ) -> Self {
        assert!(num_groups > 0, "num_groups must be positive, but is {num_groups}");
        assert!(
            num_channels % num_groups == 0,
            "num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
        );
        let (weight, bias) = ones_and_zeros(&[num_channels], affine, bias);
        Self { num_groups, num_channels, eps, affine, weight, bias }
    }
}

module!(GroupNorm { weight, bias }, |norm| format!(
    "{}, {}, eps={}, affine={}, bias={}",
    norm.num_groups,
    norm.num_channels,
    python_float(norm.eps),
    python_bool(norm.affine),
    python_bool(norm.bias.is_some()),
));

impl Forward for GroupNorm {
    fn forward(&self, input: &Tensor) -> Tensor {
        let (weight, bias) = (self.weight.as_deref(), self.bias.as_deref());
        F::group_norm(input, self.num_groups, weight, bias, self.eps)
    }
}

/// Divides each sample by the root of its mean square: [`torch.nn.RMSNorm`].
///
/// `y = x / √(E[x²] + eps) · weight`, over the last dimensions. See
/// [Zhang and Sennrich, 2019](https://arxiv.org/abs/1910.07467).
///
/// # Shapes
/// Input (∗, `normalized_shape`); output the same.
///
/// # Parameters
/// `weight`, (`normalized_shape`), each 1; absent with `elementwise_affine(false)`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let norm = nn::RMSNorm::new([2, 3]);
/// let input = Tensor::randn([2, 2, 3], (Kind::Float, Device::Cpu));
/// assert_eq!(norm.forward(&input).size(), input.size());
/// assert_eq!(norm.to_string(), "RMSNorm((2, 3), eps=None, elementwise_affine=True)");
/// ```
///
/// [`torch.nn.RMSNorm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html
#[derive(Clone, Debug)]
pub struct RMSNorm {
    normalized_shape: Vec<i64>,
    eps: Option<f64>,
    elementwise_affine: bool,
    /// What each value is multiplied by.
    pub weight: Option<Parameter>,
}

#[bon::bon]
impl RMSNorm {
    /// A layer over these last dimensions: `[2, 3]`, or `[512]`.
    pub fn new(normalized_shape: impl Into<Vec<i64>>) -> Self {
        Self::options(normalized_shape).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = RMSNormOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] normalized_shape: Vec<i64>,
        /// What is added to the mean square; if not given, the smallest step above 1 of the input's
        /// kind.
        eps: Option<f64>,
        /// Whether there is a weight.
        #[builder(default = true)]
        elementwise_affine: bool,
    ) -> Self {
        let (weight, _) = ones_and_zeros(&normalized_shape, elementwise_affine, false);
        Self { normalized_shape, eps, elementwise_affine, weight }
    }
}

module!(RMSNorm { weight }, |norm| format!(
    "{}, eps={}, elementwise_affine={}",
    tuple(&norm.normalized_shape),
    norm.eps.map_or("None".to_string(), python_float),
    python_bool(norm.elementwise_affine),
));

impl Forward for RMSNorm {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::rms_norm(input, &self.normalized_shape, self.weight.as_deref(), self.eps)
    }
}

/// Divides each value by what its neighbours in other channels come to:
/// [`torch.nn.LocalResponseNorm`].
///
/// y_c = x_c · (k + α/n · Σ x_c′²)^-β, over the n = `size` channels c′ around c.
///
/// # Shapes
/// Input (N, C, ∗), with at least one side; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let norm = nn::LocalResponseNorm::new(2);
/// let images = Tensor::randn([32, 5, 24, 24], (Kind::Float, Device::Cpu));
/// assert_eq!(norm.forward(&images).size(), images.size());
/// assert_eq!(norm.to_string(), "LocalResponseNorm(2, alpha=0.0001, beta=0.75, k=1.0)");
/// ```
///
/// [`torch.nn.LocalResponseNorm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html
#[derive(Clone, Debug)]
pub struct LocalResponseNorm {
    size: i64,
    alpha: f64,
    beta: f64,
    k: f64,
}

#[bon::bon]
impl LocalResponseNorm {
    /// A layer over so many channels.
    pub fn new(size: i64) -> Self {
        Self::options(size).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = LocalResponseNormOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] size: i64,
        /// α: how much the neighbours count.
        #[builder(default = 1e-4)]
        alpha: f64,
        /// β, the exponent.
        #[builder(default = 0.75)]
        beta: f64,
        /// k, what is added.
        #[builder(default = 1.0)]
        k: f64,
    ) -> Self {
        Self { size, alpha, beta, k }
    }
}

module!(LocalResponseNorm {}, |norm| format!(
    "{}, alpha={}, beta={}, k={}",
    norm.size,
    python_float(norm.alpha),
    python_float(norm.beta),
    python_float(norm.k),
));

impl Forward for LocalResponseNorm {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::local_response_norm(input, self.size, self.alpha, self.beta, self.k)
    }
}
