//! Normalisation.

use flambeau_derive::function;
use tch::Tensor;

use crate::refusal::check;
use crate::repr::python_float;
use crate::torch;

/// `(x - E[x]) / √(Var[x] + eps) · weight + bias`, over the batch and all sides, channel by channel
/// of (N, C, ∗): [`torch.nn.functional.batch_norm`].
///
/// The layer is [`BatchNorm2d`](crate::nn::BatchNorm2d).
///
/// In training mean and variance are the batch's, and the running ones move a share of `momentum`
/// towards them; else they are the running ones.
///
/// # Panics
/// In training, when there is one value a channel, or `eps` is not above 0; and when it is negative.
///
/// ```
/// use flambeau::prelude::*;
///
/// let (mean, var) = (torch::zeros([3]), torch::ones([3]));
/// let x = torch::full([4, 3, 5, 5], 2.0);
/// let output = F::batch_norm_options(&x, Some(&mean), Some(&var)).eps(0).call();
/// assert_eq!(output, x);
/// let _ = F::batch_norm_options(&x, Some(&mean), Some(&var)).training(true).momentum(0.5).call();
/// assert_eq!(mean, torch::ones([3]));
/// ```
///
/// [`torch.nn.functional.batch_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.batch_norm.html
#[function]
pub fn batch_norm(
    input: &Tensor,
    #[builder(start_fn)] running_mean: Option<&Tensor>,
    #[builder(start_fn)] running_var: Option<&Tensor>,
    /// What each is multiplied by, (C).
    weight: Option<&Tensor>,
    /// What is added to each, (C).
    bias: Option<&Tensor>,
    /// Whether mean and variance are the batch's.
    #[builder(default)]
    training: bool,
    /// How far a batch moves the running statistics.
    #[builder(default = 0.1)]
    momentum: f64,
    /// What is added to the variance, to be safe from 0.
    #[builder(default = 1e-5)]
    eps: f64,
) -> Tensor {
    if training {
        let size = input.size();
        verify_size(&size, size.first().copied().unwrap_or(1));
    }
    let printed = python_float(eps);
    check!(
        !training || eps > 0.0,
        "batch_norm eps must be positive during training, but got {printed}"
    );
    check!(eps >= 0.0, "batch_norm eps must be non-negative, but got {printed}");
    input.batch_norm(weight, bias, running_mean, running_var, training, momentum, eps, true)
}

/// `(x - E[x]) / √(Var[x] + eps) · weight + bias`, over the sides of each channel of each sample
/// (N, C, ∗): [`torch.nn.functional.instance_norm`].
///
/// The layer is [`InstanceNorm2d`](crate::nn::InstanceNorm2d).
///
/// # Panics
/// With `use_input_stats`, when there is one value a channel.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([2, 3, 5, 5]);
/// let output = F::instance_norm(&x);
/// assert!(torch::mean(&output.i((0, 0))).item().abs() < 1e-6);
/// ```
///
/// [`torch.nn.functional.instance_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.instance_norm.html
#[function]
pub fn instance_norm(
    input: &Tensor,
    /// The channels' means so far, (C).
    running_mean: Option<&Tensor>,
    /// The channels' variances so far, (C).
    running_var: Option<&Tensor>,
    /// What each is multiplied by, (C).
    weight: Option<&Tensor>,
    /// What is added to each, (C).
    bias: Option<&Tensor>,
    /// Whether mean and variance are each sample's own, rather than the running ones.
    #[builder(default = true)]
    use_input_stats: bool,
    /// How far a batch moves the running statistics.
    #[builder(default = 0.1)]
    momentum: f64,
    /// What is added to the variance, to be safe from 0.
    #[builder(default = 1e-5)]
    eps: f64,
) -> Tensor {
    if use_input_stats {
        let size = input.size();
        check!(
            size.iter().skip(2).product::<i64>() != 1,
            "Expected more than 1 spatial element when training, got input size \
             torch.Size({size:?})"
        );
    }
    let by_input = use_input_stats;
    input.instance_norm(weight, bias, running_mean, running_var, by_input, momentum, eps, true)
}

/// There is more than one value a channel: of so many in a batch, at all sides.
#[track_caller]
fn verify_size(size: &[i64], batch: i64) {
    check!(
        batch * size.iter().skip(2).product::<i64>() != 1,
        "Expected more than 1 value per channel when training, got input size torch.Size({size:?})"
    );
}

/// `(x - E[x]) / √(Var[x] + eps) · weight + bias`, over the last dimensions, those of
/// `normalized_shape`: [`torch.nn.functional.layer_norm`].
///
/// The layer is [`LayerNorm`](crate::nn::LayerNorm).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([4, 6]);
/// let output = F::layer_norm(&x, 6);
/// assert!(torch::mean(&output).item().abs() < 1e-6);
/// ```
///
/// [`torch.nn.functional.layer_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.layer_norm.html
#[function]
pub fn layer_norm(
    input: &Tensor,
    #[builder(into)] normalized_shape: torch::Size,
    /// What each is multiplied by, of `normalized_shape`.
    weight: Option<&Tensor>,
    /// What is added to each, of `normalized_shape`.
    bias: Option<&Tensor>,
    /// What is added to the variance, to be safe from 0.
    #[builder(default = 1e-5)]
    eps: f64,
) -> Tensor {
    input.layer_norm(&normalized_shape[..], weight, bias, eps, true)
}

/// `(x - E[x]) / √(Var[x] + eps) · weight + bias`, over groups of channels of each sample (N, C,
/// ∗): [`torch.nn.functional.group_norm`].
///
/// The layer is [`GroupNorm`](crate::nn::GroupNorm).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::randn([4, 6, 5]);
/// assert_eq!(F::group_norm(&x, 3).size(), x.size());
/// ```
///
/// [`torch.nn.functional.group_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.group_norm.html
#[function]
pub fn group_norm(
    input: &Tensor,
    num_groups: i64,
    /// What each is multiplied by, (C).
    weight: Option<&Tensor>,
    /// What is added to each, (C).
    bias: Option<&Tensor>,
    /// What is added to the variance, to be safe from 0.
    #[builder(default = 1e-5)]
    eps: f64,
) -> Tensor {
    let size = input.size();
    let dim = size.len();
    check!(dim >= 2, "Expected at least 2 dimensions for input tensor but received {dim}");
    verify_size(&size, size[0] * size[1] / num_groups.max(1));
    input.group_norm(num_groups, weight, bias, eps, true)
}

/// `x / √(E[x²] + eps) · weight`, over the last dimensions, those of `normalized_shape`:
/// [`torch.nn.functional.rms_norm`].
///
/// The layer is [`RMSNorm`](crate::nn::RMSNorm).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::full([4, 6], 3.0);
/// assert!((F::rms_norm(&x, 6).i((0, 0)).item() - 1.0).abs() < 1e-6);
/// ```
///
/// [`torch.nn.functional.rms_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.rms_norm.html
#[function]
pub fn rms_norm(
    input: &Tensor,
    #[builder(into)] normalized_shape: torch::Size,
    /// What each is multiplied by, of `normalized_shape`.
    weight: Option<&Tensor>,
    /// What is added to the mean square; if not given, the smallest step above 1 of the input's kind.
    eps: Option<f64>,
) -> Tensor {
    input.rms_norm(&normalized_shape[..], weight, eps)
}

/// x · (k + α/n · Σ x²)^-β, the sum over the n = `size` channels around each:
/// [`torch.nn.functional.local_response_norm`].
///
/// The layer is [`LocalResponseNorm`](crate::nn::LocalResponseNorm).
///
/// ```
/// use flambeau::prelude::*;
///
/// let images = torch::randn([2, 5, 8, 8]);
/// assert_eq!(F::local_response_norm(&images, 2).size(), images.size());
/// ```
///
/// [`torch.nn.functional.local_response_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.local_response_norm.html
#[function]
pub fn local_response_norm(
    input: &Tensor,
    size: i64,
    /// α: how much the neighbours count.
    #[builder(default = 1e-4)]
    alpha: f64,
    /// β, the exponent.
    #[builder(default = 0.75)]
    beta: f64,
    /// k, what is added.
    #[builder(default = 1.0)]
    k: f64,
) -> Tensor {
    let sides = input.size();
    let dim = sides.len();
    check!(dim >= 3, "Expected 3D or higher dimensionality input (got {dim} dimensions)");
    if input.numel() == 0 {
        return input.shallow_clone();
    }
    let (before, behind) = (size / 2, (size - 1) / 2);
    let squares = input * input;
    let means = if dim == 3 {
        let padded = squares.unsqueeze(1).pad([0, 0, before, behind], "constant", None);
        let means = padded.avg_pool2d([size, 1], [1, 1], [0, 0], false, true, None);
        means.squeeze_dim(1)
    } else {
        let volume = squares.view([sides[0], 1, sides[1], sides[2], -1]);
        let padded = volume.pad([0, 0, 0, 0, before, behind], "constant", None);
        let means = padded.avg_pool3d([size, 1, 1], [1, 1, 1], [0, 0, 0], false, true, None);
        means.squeeze_dim(1).view(&sides[..])
    };
    input / (means * alpha + k).pow_tensor_scalar(beta)
}

/// x / max(‖x‖_p, `eps`), for the vectors along dimension `dim`:
/// [`torch.nn.functional.normalize`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[3.0, 4.0]]);
/// let output = F::normalize(&x);
/// assert!(output.allclose(&torch::tensor([[0.6, 0.8]]), 1e-6, 1e-6, false));
/// ```
///
/// [`torch.nn.functional.normalize`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html
#[function]
pub fn normalize(
    input: &Tensor,
    /// Which norm it is.
    #[builder(default = 2.0)]
    p: f64,
    /// The dimension of the vectors.
    #[builder(default = 1)]
    dim: i64,
    /// What a length is at least, to be safe from 0.
    #[builder(default = 1e-12)]
    eps: f64,
    /// A tensor that is overwritten with the output, of which a handle is returned.
    out: Option<&Tensor>,
) -> Tensor {
    let norm = input.norm_scalaropt_dim(p, [dim], true);
    match out {
        Some(out) => {
            let mut norm = norm;
            input.div_out(out, &norm.clamp_min_(eps).expand_as(input))
        }
        None => input / norm.clamp_min(eps).expand_as(input),
    }
}
