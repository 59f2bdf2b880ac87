//! Activations.

use tch::{Kind, Tensor};

use crate::ffi::{Activation, activation};

/// x above `threshold`, else `value`, element by element: [`torch.nn.functional.threshold`].
///
/// The layer is [`Threshold`](crate::nn::Threshold).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::threshold(&Tensor::from_slice(&[0.0, 1.0]), 0.5, -1.0);
/// assert!(output.allclose(&Tensor::from_slice(&[-1.0, 1.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.threshold`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.threshold.html
#[track_caller]
pub fn threshold(input: &Tensor, threshold: f64, value: f64) -> Tensor {
    input.threshold(threshold, value)
}

/// max(0, x), element by element: [`torch.nn.functional.relu`].
///
/// The layer is [`ReLU`](crate::nn::ReLU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::relu(&Tensor::from_slice(&[-1.0, 2.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 2.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.relu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.relu.html
#[track_caller]
pub fn relu(input: &Tensor) -> Tensor {
    input.relu()
}

/// min(max(x, `min_val`), `max_val`), element by element: [`torch.nn.functional.hardtanh`].
///
/// The layer is [`Hardtanh`](crate::nn::Hardtanh).
///
/// In Python these are -1 and 1 if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::hardtanh(&Tensor::from_slice(&[-2.0, 0.5]), -1.0, 1.0);
/// assert!(output.allclose(&Tensor::from_slice(&[-1.0, 0.5]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.hardtanh`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.hardtanh.html
pub fn hardtanh(input: &Tensor, min_val: f64, max_val: f64) -> Tensor {
    activation(input, Activation::Hardtanh { min_val, max_val })
}

/// 0 up to -3, x from 3 on, and x·(x + 3)/6 between, element by element:
/// [`torch.nn.functional.hardswish`].
///
/// The layer is [`Hardswish`](crate::nn::Hardswish).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::hardswish(&Tensor::from_slice(&[-4.0, 0.0, 4.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 0.0, 4.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.hardswish`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.hardswish.html
#[track_caller]
pub fn hardswish(input: &Tensor) -> Tensor {
    input.hardswish()
}

/// min(max(0, x), 6), element by element: [`torch.nn.functional.relu6`].
///
/// The layer is [`ReLU6`](crate::nn::ReLU6).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::relu6(&Tensor::from_slice(&[-1.0, 9.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 6.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.relu6`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.relu6.html
#[track_caller]
pub fn relu6(input: &Tensor) -> Tensor {
    hardtanh(input, 0.0, 6.0)
}

/// x above 0, α·(exp(x) - 1) below, element by element: [`torch.nn.functional.elu`].
///
/// The layer is [`ELU`](crate::nn::ELU).
///
/// In Python α is 1 if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::elu(&Tensor::from_slice(&[-1.0, 2.0]), 1.0);
/// assert!(output.allclose(&Tensor::from_slice(&[-0.6321, 2.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.elu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.elu.html
pub fn elu(input: &Tensor, alpha: f64) -> Tensor {
    activation(input, Activation::Elu { alpha })
}

/// s·(max(0, x) + min(0, α·(exp(x) - 1))), with s ≈ 1.0507 and α ≈ 1.6733, element by element:
/// [`torch.nn.functional.selu`].
///
/// The layer is [`SELU`](crate::nn::SELU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::selu(&Tensor::from_slice(&[-1.0, 1.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[-1.1113, 1.0507]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.selu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.selu.html
#[track_caller]
pub fn selu(input: &Tensor) -> Tensor {
    input.selu()
}

/// max(0, x) + min(0, α·(exp(x/α) - 1)), element by element: [`torch.nn.functional.celu`].
///
/// The layer is [`CELU`](crate::nn::CELU).
///
/// In Python α is 1 if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::celu(&Tensor::from_slice(&[-1.0, 2.0]), 2.0);
/// assert!(output.allclose(&Tensor::from_slice(&[-0.7869, 2.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.celu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.celu.html
pub fn celu(input: &Tensor, alpha: f64) -> Tensor {
    activation(input, Activation::Celu { alpha })
}

/// x above 0, `negative_slope`·x below, element by element: [`torch.nn.functional.leaky_relu`].
///
/// The layer is [`LeakyReLU`](crate::nn::LeakyReLU).
///
/// In Python the slope is 0.01 if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::leaky_relu(&Tensor::from_slice(&[-1.0, 2.0]), 0.1);
/// assert!(output.allclose(&Tensor::from_slice(&[-0.1, 2.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.leaky_relu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.leaky_relu.html
pub fn leaky_relu(input: &Tensor, negative_slope: f64) -> Tensor {
    activation(input, Activation::LeakyRelu { negative_slope })
}

/// x above 0, a·x below, where `weight` holds a, one for all or one a channel, element by element:
/// [`torch.nn.functional.prelu`].
///
/// The layer is [`PReLU`](crate::nn::PReLU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let x = Tensor::from_slice2(&[[-1.0, 2.0]]);
/// assert_eq!(F::prelu(&x, &Tensor::from_slice(&[0.25])), Tensor::from_slice2(&[[-0.25, 2.0]]));
/// ```
///
/// [`torch.nn.functional.prelu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.prelu.html
#[track_caller]
pub fn prelu(input: &Tensor, weight: &Tensor) -> Tensor {
    input.prelu(weight)
}

/// x above 0, a·x below, where a is drawn from U(`lower`, `upper`) for each number in training, and
/// is their mean else, element by element: [`torch.nn.functional.rrelu`].
///
/// The layer is [`RReLU`](crate::nn::RReLU).
///
/// In Python they are 1/8 and 1/3 if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::rrelu(&Tensor::from_slice(&[-1.0, 2.0]), 0.1, 0.3, false);
/// assert!(output.allclose(&Tensor::from_slice(&[-0.2, 2.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.rrelu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.rrelu.html
pub fn rrelu(input: &Tensor, lower: f64, upper: f64, training: bool) -> Tensor {
    activation(input, Activation::Rrelu { lower, upper, training })
}

/// a·σ(b), where a and b are the halves of the input along `dim`: [`torch.nn.functional.glu`].
///
/// The layer is [`GLU`](crate::nn::GLU).
///
/// In Python that is -1 if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::glu(&Tensor::from_slice(&[2.0, 0.0]), -1);
/// assert!(output.allclose(&Tensor::from_slice(&[1.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.glu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.glu.html
#[track_caller]
pub fn glu(input: &Tensor, dim: i64) -> Tensor {
    input.glu(dim)
}

/// x·Φ(x), with Φ the normal distribution's cumulative function, element by element:
/// [`torch.nn.functional.gelu`].
///
/// With `approximate` `"tanh"` it is `x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))`, with `"none"`,
/// Python's default, as it is.
///
/// The layer is [`GELU`](crate::nn::GELU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::gelu(&Tensor::from_slice(&[-1.0, 2.0]), "none");
/// assert!(output.allclose(&Tensor::from_slice(&[-0.1587, 1.9545]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.gelu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.gelu.html
#[track_caller]
pub fn gelu(input: &Tensor, approximate: &str) -> Tensor {
    input.gelu(approximate)
}

/// log(1 / (1 + exp(-x))), element by element: [`torch.nn.functional.logsigmoid`].
///
/// The layer is [`LogSigmoid`](crate::nn::LogSigmoid).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::logsigmoid(&Tensor::from_slice(&[0.0, 2.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[-0.6931, -0.1269]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.logsigmoid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.logsigmoid.html
#[track_caller]
pub fn logsigmoid(input: &Tensor) -> Tensor {
    input.log_sigmoid()
}

/// x where |x| > λ, else 0, element by element: [`torch.nn.functional.hardshrink`].
///
/// The layer is [`Hardshrink`](crate::nn::Hardshrink).
///
/// In Python λ is 1/2 if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::hardshrink(&Tensor::from_slice(&[-1.0, 0.3]), 0.5);
/// assert!(output.allclose(&Tensor::from_slice(&[-1.0, 0.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.hardshrink`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.hardshrink.html
pub fn hardshrink(input: &Tensor, lambd: f64) -> Tensor {
    activation(input, Activation::Hardshrink { lambd })
}

/// x - tanh(x), element by element: [`torch.nn.functional.tanhshrink`].
///
/// The layer is [`Tanhshrink`](crate::nn::Tanhshrink).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::tanhshrink(&Tensor::from_slice(&[0.0, 1.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 0.2384]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.tanhshrink`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.tanhshrink.html
#[track_caller]
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
/// let output = F::softsign(&Tensor::from_slice(&[-1.0, 3.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[-0.5, 0.75]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.softsign`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softsign.html
#[track_caller]
pub fn softsign(input: &Tensor) -> Tensor {
    input / (input.abs() + 1)
}

/// log(1 + exp(β·x)) / β, and x where β·x is above `threshold`, element by element:
/// [`torch.nn.functional.softplus`].
///
/// The layer is [`Softplus`](crate::nn::Softplus).
///
/// In Python they are 1 and 20 if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::softplus(&Tensor::from_slice(&[0.0, 30.0]), 1.0, 20.0);
/// assert!(output.allclose(&Tensor::from_slice(&[0.6931, 30.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.softplus`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softplus.html
pub fn softplus(input: &Tensor, beta: f64, threshold: f64) -> Tensor {
    activation(input, Activation::Softplus { beta, threshold })
}

/// exp(-xᵢ) / Σⱼ exp(-xⱼ) along dimension `dim`: [`torch.nn.functional.softmin`].
///
/// The layer is [`Softmin`](crate::nn::Softmin).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::softmin(&Tensor::from_slice(&[0.0, 0.0]), 0);
/// assert!(output.allclose(&Tensor::from_slice(&[0.5, 0.5]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.softmin`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softmin.html
#[track_caller]
pub fn softmin(input: &Tensor, dim: i64) -> Tensor {
    (-input).softmax(dim, None::<Kind>)
}

/// exp(xᵢ) / Σⱼ exp(xⱼ) along dimension `dim`: [`torch.nn.functional.softmax`].
///
/// The layer is [`Softmax`](crate::nn::Softmax).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::softmax(&Tensor::from_slice(&[1.0, 2.0]), 0);
/// assert!(output.allclose(&Tensor::from_slice(&[0.2689, 0.7311]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.softmax`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html
#[track_caller]
pub fn softmax(input: &Tensor, dim: i64) -> Tensor {
    input.softmax(dim, None::<Kind>)
}

/// x - λ above λ, x + λ below -λ, else 0, element by element: [`torch.nn.functional.softshrink`].
///
/// The layer is [`Softshrink`](crate::nn::Softshrink).
///
/// In Python λ is 1/2 if not given.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::softshrink(&Tensor::from_slice(&[-1.0, 0.3]), 0.5);
/// assert!(output.allclose(&Tensor::from_slice(&[-0.5, 0.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.softshrink`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softshrink.html
pub fn softshrink(input: &Tensor, lambd: f64) -> Tensor {
    activation(input, Activation::Softshrink { lambd })
}

/// A sample of the classes with these unnormalised log probabilities along dimension `dim`,
/// through which a gradient goes: [`torch.nn.functional.gumbel_softmax`].
///
/// softmax((logits + g) / `tau`), g drawn from Gumbel(0, 1). With `hard` the sample is one-hot,
/// and its gradient that of the soft one. In Python `tau` is 1, `hard` false and `dim` -1 if
/// not given. See [Jang et al., 2016](https://arxiv.org/abs/1611.01144).
///
/// ```
/// use flambeau::prelude::*;
///
/// let logits = Tensor::randn([20, 32], (Kind::Float, Device::Cpu));
/// let sample = F::gumbel_softmax(&logits, 1.0, true, -1);
/// assert_eq!(sample.sum(Kind::Float).double_value(&[]).round(), 20.0);
/// ```
///
/// [`torch.nn.functional.gumbel_softmax`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.gumbel_softmax.html
#[track_caller]
pub fn gumbel_softmax(logits: &Tensor, tau: f64, hard: bool, dim: i64) -> Tensor {
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
/// let output = F::log_softmax(&Tensor::from_slice(&[1.0, 2.0]), 0);
/// assert!(output.allclose(&Tensor::from_slice(&[-1.3133, -0.3133]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.log_softmax`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html
#[track_caller]
pub fn log_softmax(input: &Tensor, dim: i64) -> Tensor {
    input.log_softmax(dim, None::<Kind>)
}

/// (exp(x) - exp(-x)) / (exp(x) + exp(-x)), element by element: [`torch.nn.functional.tanh`].
///
/// The layer is [`Tanh`](crate::nn::Tanh).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::tanh(&Tensor::from_slice(&[0.0, 1.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 0.7616]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.tanh`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.tanh.html
#[track_caller]
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
/// let output = F::sigmoid(&Tensor::from_slice(&[0.0, 2.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.5, 0.8808]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.sigmoid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.sigmoid.html
#[track_caller]
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
/// let output = F::hardsigmoid(&Tensor::from_slice(&[-4.0, 0.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 0.5]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.hardsigmoid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.hardsigmoid.html
#[track_caller]
pub fn hardsigmoid(input: &Tensor) -> Tensor {
    input.hardsigmoid()
}

/// x·σ(x), also called swish, element by element: [`torch.nn.functional.silu`].
///
/// The layer is [`SiLU`](crate::nn::SiLU).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::silu(&Tensor::from_slice(&[0.0, 2.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 1.7616]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.silu`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.silu.html
#[track_caller]
pub fn silu(input: &Tensor) -> Tensor {
    input.silu()
}

/// x·tanh(log(1 + exp(x))), element by element: [`torch.nn.functional.mish`].
///
/// The layer is [`Mish`](crate::nn::Mish).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = F::mish(&Tensor::from_slice(&[0.0, 2.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 1.9440]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.functional.mish`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.mish.html
#[track_caller]
pub fn mish(input: &Tensor) -> Tensor {
    input.mish()
}
