//! Activations.

use flambeau_derive::function;
use tch::{Kind, Tensor};

use crate::ffi::{Activation, activation, activation_};
use crate::refusal::check;

/// An activation with numbers of its own, written over the input or not.
fn activated(input: &Tensor, which: Activation, inplace: bool) -> Tensor {
    match inplace {
        true => activation_(input, which),
        false => activation(input, which),
    }
}

/// x above `threshold`, else `value`, element by element: [`torch.nn.functional.threshold`].
///
/// The layer is [`Threshold`](crate::nn::Threshold).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::threshold(&torch::tensor([0.0, 1.0]), 0.5, -1.0);
/// assert!(output.allclose(&torch::tensor([-1.0, 1.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.threshold`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.threshold.html
#[function]
pub fn threshold(
    input: &Tensor,
    threshold: f64,
    value: f64,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    match inplace {
        true => input.shallow_clone().threshold_(threshold, value),
        false => input.threshold(threshold, value),
    }
}

/// max(0, x), element by element: [`torch.nn.functional.relu`].
///
/// The layer is [`ReLU`](crate::nn::ReLU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::relu(&torch::tensor([-1.0, 2.0]));
/// assert!(output.allclose(&torch::tensor([0.0, 2.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.relu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.relu.html
#[function]
pub fn relu(
    input: &Tensor,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    match inplace {
        true => input.shallow_clone().relu_(),
        false => input.relu(),
    }
}

/// min(max(x, `min_val`), `max_val`), element by element: [`torch.nn.functional.hardtanh`].
///
/// The layer is [`Hardtanh`](crate::nn::Hardtanh).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::hardtanh(&torch::tensor([-2.0, 0.5]));
/// assert!(output.allclose(&torch::tensor([-1.0, 0.5]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.hardtanh`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.hardtanh.html
#[function]
pub fn hardtanh(
    input: &Tensor,
    /// The least number that comes out.
    #[builder(default = -1.0)]
    min_val: f64,
    /// The largest number that comes out.
    #[builder(default = 1.0)]
    max_val: f64,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    check!(min_val <= max_val, "min_val cannot be greater than max_val");
    activated(input, Activation::Hardtanh { min_val, max_val }, inplace)
}

/// 0 up to -3, x from 3 on, and x·(x + 3)/6 between, element by element:
/// [`torch.nn.functional.hardswish`].
///
/// The layer is [`Hardswish`](crate::nn::Hardswish).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::hardswish(&torch::tensor([-4.0, 0.0, 4.0]));
/// assert!(output.allclose(&torch::tensor([0.0, 0.0, 4.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.hardswish`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.hardswish.html
#[function]
pub fn hardswish(
    input: &Tensor,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    match inplace {
        true => input.shallow_clone().hardswish_(),
        false => input.hardswish(),
    }
}

/// min(max(0, x), 6), element by element: [`torch.nn.functional.relu6`].
///
/// The layer is [`ReLU6`](crate::nn::ReLU6).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::relu6(&torch::tensor([-1.0, 9.0]));
/// assert!(output.allclose(&torch::tensor([0.0, 6.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.relu6`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.relu6.html
#[function]
pub fn relu6(
    input: &Tensor,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    activated(input, Activation::Hardtanh { min_val: 0.0, max_val: 6.0 }, inplace)
}

/// x above 0, α·(exp(x) - 1) below, element by element: [`torch.nn.functional.elu`].
///
/// The layer is [`ELU`](crate::nn::ELU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::elu(&torch::tensor([-1.0, 2.0]));
/// assert!(output.allclose(&torch::tensor([-0.6321, 2.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.elu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.elu.html
#[function]
pub fn elu(
    input: &Tensor,
    /// α.
    #[builder(default = 1.0)]
    alpha: f64,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    activated(input, Activation::Elu { alpha }, inplace)
}

/// s·(max(0, x) + min(0, α·(exp(x) - 1))), with s ≈ 1.0507 and α ≈ 1.6733, element by element:
/// [`torch.nn.functional.selu`].
///
/// The layer is [`SELU`](crate::nn::SELU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::selu(&torch::tensor([-1.0, 1.0]));
/// assert!(output.allclose(&torch::tensor([-1.1113, 1.0507]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.selu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.selu.html
#[function]
pub fn selu(
    input: &Tensor,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    match inplace {
        true => input.shallow_clone().selu_(),
        false => input.selu(),
    }
}

/// max(0, x) + min(0, α·(exp(x/α) - 1)), element by element: [`torch.nn.functional.celu`].
///
/// The layer is [`CELU`](crate::nn::CELU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::celu_options(&torch::tensor([-1.0, 2.0])).alpha(2).call();
/// assert!(output.allclose(&torch::tensor([-0.7869, 2.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.celu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.celu.html
#[function]
pub fn celu(
    input: &Tensor,
    /// α.
    #[builder(default = 1.0)]
    alpha: f64,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    activated(input, Activation::Celu { alpha }, inplace)
}

/// x above 0, `negative_slope`·x below, element by element: [`torch.nn.functional.leaky_relu`].
///
/// The layer is [`LeakyReLU`](crate::nn::LeakyReLU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([-1.0, 2.0]);
/// let output = F::leaky_relu_options(&x).negative_slope(0.1).call();
/// assert!(output.allclose(&torch::tensor([-0.1, 2.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.leaky_relu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.leaky_relu.html
#[function]
pub fn leaky_relu(
    input: &Tensor,
    /// The slope below 0.
    #[builder(default = 0.01)]
    negative_slope: f64,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    activated(input, Activation::LeakyRelu { negative_slope }, inplace)
}

/// x above 0, a·x below, where `weight` holds a, one for all or one a channel, element by element:
/// [`torch.nn.functional.prelu`].
///
/// The layer is [`PReLU`](crate::nn::PReLU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([[-1.0, 2.0]]);
/// assert_eq!(F::prelu(&x, &torch::tensor([0.25])), torch::tensor([[-0.25, 2.0]]));
/// ```
///
/// [`torch.nn.functional.prelu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.prelu.html
#[function]
pub fn prelu(input: &Tensor, weight: &Tensor) -> Tensor {
    input.prelu(weight)
}

/// x above 0, a·x below, where a is drawn from U(`lower`, `upper`) for each number in training, and
/// is their mean else, element by element: [`torch.nn.functional.rrelu`].
///
/// The layer is [`RReLU`](crate::nn::RReLU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = torch::tensor([-1.0, 2.0]);
/// let output = F::rrelu_options(&x).lower(0.1).upper(0.3).call();
/// assert!(output.allclose(&torch::tensor([-0.2, 2.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.rrelu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.rrelu.html
#[function]
pub fn rrelu(
    input: &Tensor,
    /// The least slope.
    #[builder(default = 1.0 / 8.0)]
    lower: f64,
    /// The largest slope.
    #[builder(default = 1.0 / 3.0)]
    upper: f64,
    /// Whether the slopes are drawn.
    #[builder(default)]
    training: bool,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    activated(input, Activation::Rrelu { lower, upper, training }, inplace)
}

/// a·σ(b), where a and b are the halves of the input along `dim`: [`torch.nn.functional.glu`].
///
/// The layer is [`GLU`](crate::nn::GLU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::glu(&torch::tensor([2.0, 0.0]));
/// assert!(output.allclose(&torch::tensor([1.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.glu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.glu.html
#[function]
pub fn glu(
    input: &Tensor,
    /// The dimension that is halved.
    #[builder(default = -1)]
    dim: i64,
) -> Tensor {
    check!(input.dim() > 0, "glu does not support scalars because halving size must be even");
    input.glu(dim)
}

/// x·Φ(x), with Φ the normal distribution's cumulative function, element by element:
/// [`torch.nn.functional.gelu`].
///
/// With `approximate` `"tanh"` it is `x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))`.
///
/// The layer is [`GELU`](crate::nn::GELU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::gelu(&torch::tensor([-1.0, 2.0]));
/// assert!(output.allclose(&torch::tensor([-0.1587, 1.9545]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.gelu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.gelu.html
#[function]
pub fn gelu(
    input: &Tensor,
    /// `"none"`, or `"tanh"`.
    #[builder(default = "none")]
    approximate: &str,
) -> Tensor {
    input.gelu(approximate)
}

/// log(1 / (1 + exp(-x))), element by element: [`torch.nn.functional.logsigmoid`].
///
/// The layer is [`LogSigmoid`](crate::nn::LogSigmoid).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::logsigmoid(&torch::tensor([0.0, 2.0]));
/// assert!(output.allclose(&torch::tensor([-0.6931, -0.1269]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.logsigmoid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.logsigmoid.html
#[function]
pub fn logsigmoid(input: &Tensor) -> Tensor {
    input.log_sigmoid()
}

/// x where |x| > λ, else 0, element by element: [`torch.nn.functional.hardshrink`].
///
/// The layer is [`Hardshrink`](crate::nn::Hardshrink).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::hardshrink(&torch::tensor([-1.0, 0.3]));
/// assert!(output.allclose(&torch::tensor([-1.0, 0.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.hardshrink`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.hardshrink.html
#[function]
pub fn hardshrink(
    input: &Tensor,
    /// λ.
    #[builder(default = 0.5)]
    lambd: f64,
) -> Tensor {
    activation(input, Activation::Hardshrink { lambd })
}

/// x - tanh(x), element by element: [`torch.nn.functional.tanhshrink`].
///
/// The layer is [`Tanhshrink`](crate::nn::Tanhshrink).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::tanhshrink(&torch::tensor([0.0, 1.0]));
/// assert!(output.allclose(&torch::tensor([0.0, 0.2384]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.tanhshrink`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.tanhshrink.html
#[function]
pub fn tanhshrink(input: &Tensor) -> Tensor {
    input - input.tanh()
}

/// x / (1 + |x|), element by element: [`torch.nn.functional.softsign`].
///
/// The layer is [`Softsign`](crate::nn::Softsign).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::softsign(&torch::tensor([-1.0, 3.0]));
/// assert!(output.allclose(&torch::tensor([-0.5, 0.75]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.softsign`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softsign.html
#[function]
pub fn softsign(input: &Tensor) -> Tensor {
    input / (input.abs() + 1)
}

/// log(1 + exp(β·x)) / β, and x where β·x is above `threshold`, element by element:
/// [`torch.nn.functional.softplus`].
///
/// The layer is [`Softplus`](crate::nn::Softplus).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::softplus(&torch::tensor([0.0, 30.0]));
/// assert!(output.allclose(&torch::tensor([0.6931, 30.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.softplus`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softplus.html
#[function]
pub fn softplus(
    input: &Tensor,
    /// β.
    #[builder(default = 1.0)]
    beta: f64,
    /// From which β·x on it is x itself.
    #[builder(default = 20.0)]
    threshold: f64,
) -> Tensor {
    activation(input, Activation::Softplus { beta, threshold })
}

/// exp(-xᵢ) / Σⱼ exp(-xⱼ) along dimension `dim`: [`torch.nn.functional.softmin`].
///
/// The layer is [`Softmin`](crate::nn::Softmin).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::softmin(&torch::tensor([0.0, 0.0]), 0);
/// assert!(output.allclose(&torch::tensor([0.5, 0.5]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.softmin`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softmin.html
#[function]
pub fn softmin(
    input: &Tensor,
    dim: i64,
    /// The kind of number to compute in, and of the output; the input's if not given.
    dtype: Option<Kind>,
) -> Tensor {
    (-input).softmax(dim, dtype)
}

/// exp(xᵢ) / Σⱼ exp(xⱼ) along dimension `dim`: [`torch.nn.functional.softmax`].
///
/// The layer is [`Softmax`](crate::nn::Softmax).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::softmax(&torch::tensor([1.0, 2.0]), 0);
/// assert!(output.allclose(&torch::tensor([0.2689, 0.7311]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.softmax`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html
#[function]
pub fn softmax(
    input: &Tensor,
    dim: i64,
    /// The kind of number to compute in, and of the output; the input's if not given.
    dtype: Option<Kind>,
) -> Tensor {
    input.softmax(dim, dtype)
}

/// x - λ above λ, x + λ below -λ, else 0, element by element: [`torch.nn.functional.softshrink`].
///
/// The layer is [`Softshrink`](crate::nn::Softshrink).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::softshrink(&torch::tensor([-1.0, 0.3]));
/// assert!(output.allclose(&torch::tensor([-0.5, 0.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.softshrink`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softshrink.html
#[function]
pub fn softshrink(
    input: &Tensor,
    /// λ.
    #[builder(default = 0.5)]
    lambd: f64,
) -> Tensor {
    activation(input, Activation::Softshrink { lambd })
}

/// A sample of the classes with these unnormalised log probabilities along dimension `dim`,
/// through which a gradient goes: [`torch.nn.functional.gumbel_softmax`].
///
/// softmax((logits + g) / `tau`), g drawn from Gumbel(0, 1). With `hard` the sample is one-hot,
/// and its gradient that of the soft one. See [Jang et al., 2016](https://arxiv.org/abs/1611.01144).
///
/// ```
/// use flambeau::prelude::*;
///
/// let logits = torch::randn([20, 32]);
/// let sample = F::gumbel_softmax_options(&logits).hard(true).call();
/// assert_eq!(torch::sum(&sample).item().round(), 20.0);
/// ```
///
/// [`torch.nn.functional.gumbel_softmax`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.gumbel_softmax.html
#[function]
pub fn gumbel_softmax(
    logits: &Tensor,
    /// The temperature.
    #[builder(default = 1.0)]
    tau: f64,
    /// Whether the sample is one-hot.
    #[builder(default)]
    hard: bool,
    /// The dimension of the classes.
    #[builder(default = -1)]
    dim: i64,
) -> Tensor {
    // Drawn in memory's order, whatever the order of the logits: so are Python's.
    let like = (logits.kind(), logits.device());
    let noise = -Tensor::empty(logits.size(), like).exponential_(1.0).log();
    let soft = ((logits + noise) / tau).softmax(dim, None::<Kind>);
    if !hard {
        return soft;
    }
    let (_, chosen) = soft.max_dim(dim, true);
    let one_hot = logits.zeros_like().scatter_value_(dim, &chosen, 1.0);
    one_hot - soft.detach() + soft
}

/// log(exp(xᵢ) / Σⱼ exp(xⱼ)) along dimension `dim`: [`torch.nn.functional.log_softmax`].
///
/// The layer is [`LogSoftmax`](crate::nn::LogSoftmax).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::log_softmax(&torch::tensor([1.0, 2.0]), 0);
/// assert!(output.allclose(&torch::tensor([-1.3133, -0.3133]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.log_softmax`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html
#[function]
pub fn log_softmax(
    input: &Tensor,
    dim: i64,
    /// The kind of number to compute in, and of the output; the input's if not given.
    dtype: Option<Kind>,
) -> Tensor {
    input.log_softmax(dim, dtype)
}

/// (exp(x) - exp(-x)) / (exp(x) + exp(-x)), element by element: [`torch.nn.functional.tanh`].
///
/// The layer is [`Tanh`](crate::nn::Tanh).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::tanh(&torch::tensor([0.0, 1.0]));
/// assert!(output.allclose(&torch::tensor([0.0, 0.7616]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.tanh`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.tanh.html
#[function]
pub fn tanh(input: &Tensor) -> Tensor {
    input.tanh()
}

/// σ(x) = 1 / (1 + exp(-x)), element by element: [`torch.nn.functional.sigmoid`].
///
/// The layer is [`Sigmoid`](crate::nn::Sigmoid).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::sigmoid(&torch::tensor([0.0, 2.0]));
/// assert!(output.allclose(&torch::tensor([0.5, 0.8808]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.sigmoid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.sigmoid.html
#[function]
pub fn sigmoid(input: &Tensor) -> Tensor {
    input.sigmoid()
}

/// 0 up to -3, 1 from 3 on, and x/6 + 1/2 between, element by element:
/// [`torch.nn.functional.hardsigmoid`].
///
/// The layer is [`Hardsigmoid`](crate::nn::Hardsigmoid).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::hardsigmoid(&torch::tensor([-4.0, 0.0]));
/// assert!(output.allclose(&torch::tensor([0.0, 0.5]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.hardsigmoid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.hardsigmoid.html
#[function]
pub fn hardsigmoid(
    input: &Tensor,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    match inplace {
        true => input.shallow_clone().hardsigmoid_(),
        false => input.hardsigmoid(),
    }
}

/// x·σ(x), also called swish, element by element: [`torch.nn.functional.silu`].
///
/// The layer is [`SiLU`](crate::nn::SiLU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::silu(&torch::tensor([0.0, 2.0]));
/// assert!(output.allclose(&torch::tensor([0.0, 1.7616]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.silu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.silu.html
#[function]
pub fn silu(
    input: &Tensor,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    match inplace {
        true => input.shallow_clone().silu_(),
        false => input.silu(),
    }
}

/// x·tanh(log(1 + exp(x))), element by element: [`torch.nn.functional.mish`].
///
/// The layer is [`Mish`](crate::nn::Mish).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::mish(&torch::tensor([0.0, 2.0]));
/// assert!(output.allclose(&torch::tensor([0.0, 1.9440]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.mish`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.mish.html
#[function]
pub fn mish(
    input: &Tensor,
    /// Whether it is written over the input, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Tensor {
    match inplace {
        true => input.shallow_clone().mish_(),
        false => input.mish(),
    }
}
