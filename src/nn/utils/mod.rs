//! What is done to parameters between the backward pass and the step: [`torch.nn.utils`].
//!
//! [`torch.nn.utils`]: https://docs.pytorch.org/docs/stable/nn.html#utilities

pub mod parametrizations;
pub mod rnn;
mod weight_norm;

pub use weight_norm::WeightNorm;

use flambeau_derive::function;
use parametrizations::Weighted;
use tch::{Device, Kind, Tensor};

use crate::refusal::check;
use crate::repr::python_float;
use crate::torch;

/// Scales all gradients down together where their common norm is above `max_norm`:
/// [`torch.nn.utils.clip_grad_norm_`].
///
/// With g all gradients as one vector, g ← g · min(1, `max_norm` / (‖g‖₂ + 10⁻⁶)). Parameters
/// without a gradient are passed over. Returns ‖g‖₂ as it was before, a tensor of one number.
///
/// It is [`get_total_norm`](fn@get_total_norm) and [`clip_grads_with_norm_`] in one. Python's `foreach`
/// chooses between kernels that give the same numbers, so it is not here.
///
/// # Panics
/// With `error_if_nonfinite`, when the norm is infinite or not a number, in PyTorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let mut weight = torch::zeros([2]).set_requires_grad(true);
/// torch::sum(&(&weight * torch::tensor([3.0, 4.0]))).backward();
/// let norm = nn::utils::clip_grad_norm_(&[weight.shallow_clone()], 1.0);
/// assert_eq!(norm.item(), 5.0);
/// assert!((weight.grad() - torch::tensor([0.6, 0.8])).abs().max().item() < 1e-6);
/// # weight.zero_grad();
/// ```
///
/// [`torch.nn.utils.clip_grad_norm_`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
#[function]
pub fn clip_grad_norm_(
    parameters: &[Tensor],
    max_norm: f64,
    /// Which norm it is; ∞ is the largest magnitude.
    #[builder(default = 2.0)]
    norm_type: f64,
    /// Whether a norm that is infinite or not a number is refused.
    #[builder(default)]
    error_if_nonfinite: bool,
) -> Tensor {
    let norm = get_total_norm_options(&gradients(parameters))
        .norm_type(norm_type)
        .error_if_nonfinite(error_if_nonfinite)
        .call();
    clip_grads_with_norm_(parameters, max_norm, &norm);
    norm
}

/// The `norm_type`-norm of all these tensors as one vector, a tensor of one number:
/// [`torch.nn.utils.get_total_norm`].
///
/// # Panics
/// With `error_if_nonfinite`, when the norm is infinite or not a number.
///
/// ```
/// use flambeau::prelude::*;
///
/// let tensors = [torch::tensor([3.0, 0.0]), torch::tensor([-4.0])];
/// assert_eq!(nn::utils::get_total_norm(&tensors).item(), 5.0);
/// let largest = nn::utils::get_total_norm_options(&tensors).norm_type(f64::INFINITY).call();
/// assert_eq!(largest.item(), 4.0);
/// ```
///
/// [`torch.nn.utils.get_total_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.get_total_norm.html
#[function]
pub fn get_total_norm(
    tensors: &[Tensor],
    /// Which norm it is; ∞ is the largest magnitude.
    #[builder(default = 2.0)]
    norm_type: f64,
    /// Whether a norm that is infinite or not a number is refused.
    #[builder(default)]
    error_if_nonfinite: bool,
) -> Tensor {
    let Some(first) = tensors.first() else {
        return Tensor::zeros([], (Kind::Float, Device::Cpu));
    };
    let norm = |x: &Tensor| x.norm_scalaropt_dim(norm_type, [0_i64; 0], false);
    let total = torch::no_grad(|| {
        let norms: Vec<_> = tensors.iter().map(|x| norm(x).to_device(first.device())).collect();
        norm(&Tensor::stack(&norms, 0))
    });
    check!(
        !error_if_nonfinite || total.double_value(&[]).is_finite(),
        "The total norm of order {} for gradients from `parameters` is non-finite, so it cannot be \
         clipped. To disable this error and scale the gradients by the non-finite norm anyway, set \
         `error_if_nonfinite=False`",
        python_float(norm_type)
    );
    total
}

/// Scales all gradients by min(1, `max_norm` / (`total_norm` + 10⁻⁶)):
/// [`torch.nn.utils.clip_grads_with_norm_`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let weight = torch::zeros([2]).set_requires_grad(true);
/// torch::sum(&(&weight * torch::tensor([3.0, 4.0]))).backward();
/// let largest = nn::utils::get_total_norm_options(&[weight.grad()]).norm_type(f64::INFINITY).call();
/// nn::utils::clip_grads_with_norm_(&[weight.shallow_clone()], 2.0, &largest);
/// assert!((weight.grad() - torch::tensor([1.5, 2.0])).abs().max().item() < 1e-5);
/// ```
///
/// [`torch.nn.utils.clip_grads_with_norm_`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grads_with_norm_.html
#[function]
pub fn clip_grads_with_norm_(parameters: &[Tensor], max_norm: f64, total_norm: &Tensor) {
    torch::no_grad(|| {
        let coefficient = ((total_norm + 1e-6).reciprocal() * max_norm).clamp_max(1.0);
        for mut gradient in gradients(parameters) {
            let _ = gradient.g_mul_(&coefficient.to_device(gradient.device()));
        }
    });
}

/// Cuts each number of each gradient off at ±`clip_value`: [`torch.nn.utils.clip_grad_value_`].
/// Parameters without a gradient are passed over.
///
/// ```
/// use flambeau::prelude::*;
///
/// let weight = torch::zeros([2]).set_requires_grad(true);
/// torch::sum(&(&weight * torch::tensor([-3.0, 0.5]))).backward();
/// nn::utils::clip_grad_value_(&[weight.shallow_clone()], 1.0);
/// assert_eq!(weight.grad(), torch::tensor([-1.0, 0.5]));
/// ```
///
/// [`torch.nn.utils.clip_grad_value_`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html
#[function]
pub fn clip_grad_value_(parameters: &[Tensor], clip_value: f64) {
    torch::no_grad(|| {
        for mut gradient in gradients(parameters) {
            let _ = gradient.clamp_(-clip_value, clip_value);
        }
    });
}

/// All parameters one after another, as one vector: [`torch.nn.utils.parameters_to_vector`].
///
/// # Panics
/// When there are none, they lie on several devices, or one is not contiguous.
///
/// ```
/// use flambeau::prelude::*;
///
/// let model = nn::Linear::new(3, 2);
/// let vector = nn::utils::parameters_to_vector(&model.parameters());
/// assert_eq!(vector.shape(), [8]);
/// ```
///
/// [`torch.nn.utils.parameters_to_vector`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parameters_to_vector.html
#[function]
pub fn parameters_to_vector(parameters: &[Tensor]) -> Tensor {
    check_device(parameters);
    torch::cat(&parameters.iter().map(|parameter| parameter.view(-1)).collect::<Vec<_>>())
}

/// Gives the parameters the values of a vector, part by part:
/// [`torch.nn.utils.vector_to_parameters`].
///
/// Python's parameters become views of the vector; here its values are copied.
///
/// # Panics
/// When the vector ends before the parameters do, or these lie on several devices.
///
/// ```
/// use flambeau::prelude::*;
///
/// let model = nn::Linear::new(3, 2);
/// nn::utils::vector_to_parameters(&torch::arange(8.0), &model.parameters());
/// assert_eq!(*model.bias.as_deref().unwrap(), torch::tensor([6.0, 7.0]));
/// ```
///
/// [`torch.nn.utils.vector_to_parameters`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.vector_to_parameters.html
#[function]
pub fn vector_to_parameters(vec: &Tensor, parameters: &[Tensor]) {
    check_device(parameters);
    let mut begin = 0;
    torch::no_grad(|| {
        for parameter in parameters {
            let end = begin + parameter.numel() as i64;
            let values = vec.slice(0, begin, end, 1).view_as(parameter);
            parameter.shallow_clone().copy_(&values);
            begin = end;
        }
    });
}

#[track_caller]
fn check_device(parameters: &[Tensor]) {
    let same = parameters.windows(2).all(|pair| pair[0].device() == pair[1].device());
    check!(same, "Found two parameters on different devices, this is currently not supported.");
}

/// The gradients that there are.
fn gradients(parameters: &[Tensor]) -> Vec<Tensor> {
    parameters.iter().map(Tensor::grad).filter(Tensor::defined).collect()
}

/// Gives a layer's weight a length that is learned by itself, w = g · v / ‖v‖:
/// [`torch.nn.utils.weight_norm`].
///
/// It is [`parametrizations::weight_norm`](fn@parametrizations::weight_norm) with the keys and the
/// print that models from before it have: `weight_g` and `weight_v`. For a new model PyTorch recommends
/// the other.
///
/// # Panics
/// When the layer has no parameter `name`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let conv = nn::utils::weight_norm(nn::Conv1d::new(3, 8, 3));
/// assert_eq!(
///     conv.state_dict().keys().collect::<Vec<_>>(),
///     ["bias", "weight_g", "weight_v"],
/// );
/// assert_eq!(conv.to_string(), "Conv1d(3, 8, kernel_size=(3,), stride=(1,))");
/// ```
///
/// [`torch.nn.utils.weight_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.weight_norm.html
#[function]
pub fn weight_norm<L: Weighted>(
    layer: L,
    /// The layer's parameter that becomes computed: `"weight"` or `"bias"`.
    #[builder(default = "weight", into)]
    name: String,
    /// The dimension whose places have a length each, or `None` for one of all.
    #[builder(default = Some(0))]
    dim: Option<i64>,
) -> WeightNorm<L> {
    check!(
        parametrizations::parameter(&layer, &name).is_some(),
        "'{}' object has no attribute '{name}'",
        layer.class_name()
    );
    WeightNorm::new(&layer, name, dim.unwrap_or(-1))
}
