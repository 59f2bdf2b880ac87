//! Normalisation.

use tch::Tensor;

use crate::nn::call::check;

/// `(x - E[x]) / √(Var[x] + eps) · weight + bias`, over the batch and all sides, channel by channel
/// of (N, C, ∗): [`torch.nn.functional.batch_norm`].
///
/// The layer is [`BatchNorm2d`](crate::nn::BatchNorm2d).
///
/// In training mean and variance are the batch's, and the running ones move a share of `momentum`
/// towards them; else they are the running ones. The keyword arguments are set by name, and `call()`
/// computes.
///
/// # Panics
/// In training, when there is one value a channel.
///
/// ```
/// use flambeau::prelude::*;
///
/// let (mean, var) = (Tensor::zeros([3], (Kind::Float, Device::Cpu)), Tensor::ones([3], (Kind::Float, Device::Cpu)));
/// let x = Tensor::full([4, 3, 5, 5], 2.0, (Kind::Float, Device::Cpu));
/// let output = F::batch_norm(&x, Some(&mean), Some(&var)).eps(0.0).call();
/// assert_eq!(output, x);
/// let _ = F::batch_norm(&x, Some(&mean), Some(&var)).training(true).momentum(0.5).call();
/// assert_eq!(mean, Tensor::ones([3], (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.functional.batch_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.batch_norm.html
#[bon::builder(finish_fn = call)]
#[track_caller]
pub fn batch_norm(
    #[builder(start_fn)] input: &Tensor,
    #[builder(start_fn)] running_mean: Option<&Tensor>,
    #[builder(start_fn)] running_var: Option<&Tensor>,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    #[builder(default)] training: bool,
    #[builder(default = 0.1)] momentum: f64,
    #[builder(default = 1e-5)] eps: f64,
) -> Tensor {
    if training {
        let size = input.size();
        verify_size(&size, size.first().copied().unwrap_or(1));
    }
    input.batch_norm(weight, bias, running_mean, running_var, training, momentum, eps, true)
}

/// `(x - E[x]) / √(Var[x] + eps) · weight + bias`, over the sides of each channel of each sample
/// (N, C, ∗): [`torch.nn.functional.instance_norm`].
///
/// The layer is [`InstanceNorm2d`](crate::nn::InstanceNorm2d).
///
/// Without `use_input_stats` mean and variance are the running ones. The keyword arguments are set
/// by name, and `call()` computes.
///
/// # Panics
/// With `use_input_stats`, when there is one value a channel.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([2, 3, 5, 5], (Kind::Float, Device::Cpu));
/// let output = F::instance_norm(&x).call();
/// assert!(output.get(0).get(0).mean(None).double_value(&[]).abs() < 1e-6);
/// ```
///
/// [`torch.nn.functional.instance_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.instance_norm.html
#[bon::builder(finish_fn = call)]
#[track_caller]
pub fn instance_norm(
    #[builder(start_fn)] input: &Tensor,
    running_mean: Option<&Tensor>,
    running_var: Option<&Tensor>,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    #[builder(default = true)] use_input_stats: bool,
    #[builder(default = 0.1)] momentum: f64,
    #[builder(default = 1e-5)] eps: f64,
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
/// In Python `eps` is 10⁻⁵ if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([4, 6], (Kind::Float, Device::Cpu));
/// let output = F::layer_norm(&x, &[6], None, None, 1e-5);
/// assert!(output.mean(None).double_value(&[]).abs() < 1e-6);
/// ```
///
/// [`torch.nn.functional.layer_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.layer_norm.html
#[track_caller]
pub fn layer_norm(
    input: &Tensor,
    normalized_shape: &[i64],
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
) -> Tensor {
    input.layer_norm(normalized_shape, weight, bias, eps, true)
}

/// `(x - E[x]) / √(Var[x] + eps) · weight + bias`, over groups of channels of each sample (N, C,
/// ∗): [`torch.nn.functional.group_norm`].
///
/// The layer is [`GroupNorm`](crate::nn::GroupNorm).
///
/// In Python `eps` is 10⁻⁵ if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::randn([4, 6, 5], (Kind::Float, Device::Cpu));
/// assert_eq!(F::group_norm(&x, 3, None, None, 1e-5).size(), x.size());
/// ```
///
/// [`torch.nn.functional.group_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.group_norm.html
#[track_caller]
pub fn group_norm(
    input: &Tensor,
    num_groups: i64,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
) -> Tensor {
    let size = input.size();
    let dim = size.len();
    check!(dim >= 2, "Expected at least 2 dimensions for input tensor but received {dim}");
    verify_size(&size, size[0] * size[1] / num_groups.max(1));
    input.group_norm(num_groups, weight, bias, eps, true)
}

/// `x / √(E[x²] + eps) · weight`, over the last dimensions, those of `normalized_shape`; without
/// `eps` it is the kind's smallest step: [`torch.nn.functional.rms_norm`].
///
/// The layer is [`RMSNorm`](crate::nn::RMSNorm).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::full([4, 6], 3.0, (Kind::Float, Device::Cpu));
/// assert!((F::rms_norm(&x, &[6], None, None).double_value(&[0, 0]) - 1.0).abs() < 1e-6);
/// ```
///
/// [`torch.nn.functional.rms_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.rms_norm.html
#[track_caller]
pub fn rms_norm(
    input: &Tensor,
    normalized_shape: &[i64],
    weight: Option<&Tensor>,
    eps: Option<f64>,
) -> Tensor {
    input.rms_norm(normalized_shape, weight, eps)
}

/// x · (k + α/n · Σ x²)^-β, the sum over the n = `size` channels around each:
/// [`torch.nn.functional.local_response_norm`].
///
/// The layer is [`LocalResponseNorm`](crate::nn::LocalResponseNorm).
///
/// In Python `alpha` is 10⁻⁴, `beta` 3/4 and `k` 1 if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let images = Tensor::randn([2, 5, 8, 8], (Kind::Float, Device::Cpu));
/// assert_eq!(F::local_response_norm(&images, 2, 1e-4, 0.75, 1.0).size(), images.size());
/// ```
///
/// [`torch.nn.functional.local_response_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.local_response_norm.html
#[track_caller]
pub fn local_response_norm(input: &Tensor, size: i64, alpha: f64, beta: f64, k: f64) -> Tensor {
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
/// In Python `p` is 2, `dim` 1 and `eps` 10⁻¹² if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::from_slice2(&[[3.0, 4.0]]);
/// let output = F::normalize(&x, 2.0, 1, 1e-12);
/// assert!(output.allclose(&Tensor::from_slice2(&[[0.6, 0.8]]), 1e-6, 1e-6, false));
/// ```
///
/// [`torch.nn.functional.normalize`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html
#[track_caller]
pub fn normalize(input: &Tensor, p: f64, dim: i64, eps: f64) -> Tensor {
    let norm = input.norm_scalaropt_dim(p, [dim], true).clamp_min(eps);
    input / norm.expand_as(input)
}
