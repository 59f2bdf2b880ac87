//! Activations that let what is above 0 through, more or less.

use tch::Tensor;

use crate::torch;
use crate::torch::Number;

use super::{activation, in_place};
use crate::nn::{Forward, Module, Parameter, functional as F};

activation!(
    /// max(0, x), element by element: [`torch.nn.ReLU`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::ReLU::new().forward(&torch::tensor([-1.0, 0.0, 2.0]));
    /// assert_eq!(output, torch::tensor([0.0, 0.0, 2.0]));
    /// ```
    ///
    /// [`torch.nn.ReLU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html
    ReLU / ReLUOptions {
        /// Whether the input itself is overwritten: memory is saved, and nothing else may need it.
        inplace: bool = false,
    }
    (x, input) in_place(x.inplace, "") => F::relu_options(input).inplace(x.inplace).call()
);

activation!(
    /// min(max(0, x), 6), element by element: [`torch.nn.ReLU6`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::ReLU6::new().forward(&torch::tensor([-1.0, 2.0, 9.0]));
    /// assert_eq!(output, torch::tensor([0.0, 2.0, 6.0]));
    /// ```
    ///
    /// [`torch.nn.ReLU6`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU6.html
    ReLU6 / ReLU6Options {
        /// Whether the input itself is overwritten: memory is saved, and nothing else may need it.
        inplace: bool = false,
    }
    (x, input) in_place(x.inplace, "") => F::relu6_options(input).inplace(x.inplace).call()
);

activation!(
    /// x above 0, `negative_slope`·x below, element by element: [`torch.nn.LeakyReLU`].
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::LeakyReLU::options().negative_slope(0.25).build().forward(&torch::tensor([-1.0, 2.0]));
    /// assert_eq!(output, torch::tensor([-0.25, 2.0]));
    /// ```
    ///
    /// [`torch.nn.LeakyReLU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html
    LeakyReLU / LeakyReLUOptions {
        /// The slope below 0.
        negative_slope: Number = 0.01,
        /// Whether the input itself is overwritten: memory is saved, and nothing else may need it.
        inplace: bool = false,
    }
    new(negative_slope);
    (x, input) {
        format!("negative_slope={}{}", x.negative_slope, in_place(x.inplace, ", "))
    } => F::leaky_relu_options(input).negative_slope(x.negative_slope).inplace(x.inplace).call()
);

activation!(
    /// x above 0, a·x below, element by element: [`torch.nn.RReLU`].
    ///
    /// In training a is drawn anew for each number from U(`lower`, `upper`); in evaluation it is their mean. See [Xu et al., 2015](https://arxiv.org/abs/1505.00853).
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let rrelu = nn::RReLU::options().lower(0.25).upper(0.75).build();
    /// rrelu.eval();
    /// let output = rrelu.forward(&torch::tensor([-1.0, 2.0]));
    /// assert_eq!(output, torch::tensor([-0.5, 2.0]));
    /// ```
    ///
    /// [`torch.nn.RReLU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.RReLU.html
    RReLU / RReLUOptions {
        /// The least slope below 0.
        lower: Number = 1.0 / 8.0,
        /// The largest slope below 0.
        upper: Number = 1.0 / 3.0,
        /// Whether the input itself is overwritten: memory is saved, and nothing else may need it.
        inplace: bool = false,
    }
    new(lower, upper);
    (x, input) {
        let (lower, upper) = (x.lower, x.upper);
        format!("lower={lower}, upper={upper}{}", in_place(x.inplace, ", "))
    } => F::rrelu_options(input)
        .lower(x.lower)
        .upper(x.upper)
        .training(x.training.get())
        .inplace(x.inplace)
        .call()
);

/// x above 0, a·x below, where a is learned: [`torch.nn.PReLU`].
///
/// See [He et al., 2015](https://arxiv.org/abs/1502.01852).
///
/// # Shapes
/// Input (N, C, ∗) with C = `num_parameters`, or any if that is 1; output the same.
///
/// # Parameters
/// - `weight`, (`num_parameters`), each `init`: the slopes a.
///
/// ```
/// use flambeau::prelude::*;
///
/// let prelu = nn::PReLU::new(2);
/// let output = prelu.forward(&torch::tensor([[-4.0, 2.0]]));
/// assert_eq!(output, torch::tensor([[-1.0, 2.0]]));
/// ```
///
/// [`torch.nn.PReLU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html
#[derive(Debug, Module)]
#[module(extra_repr = format!("num_parameters={}", self.num_parameters))]
pub struct PReLU {
    #[module(skip)]
    num_parameters: i64,
    /// The slopes below 0.
    pub weight: Parameter,
}

#[bon::bon]
impl PReLU {
    /// So many slopes, one or as many as there are channels; each 0.25 at first.
    pub fn new(num_parameters: i64) -> Self {
        Self::options().num_parameters(num_parameters).build()
    }

    /// Begins the activation with what is set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = PReLUOptions, vis = "pub")
    )]
    fn with(
        /// One, or as many as there are channels.
        #[builder(default = 1)]
        num_parameters: i64,
        /// The slopes' first value.
        #[builder(default = 0.25, into)]
        init: f64,
    ) -> Self {
        let weight = Parameter::empty(&[num_parameters]);
        let _ = torch::no_grad(|| weight.shallow_clone().fill_(init));
        Self { num_parameters, weight }
    }
}

/// One slope for all channels.
impl Default for PReLU {
    fn default() -> Self {
        Self::options().build()
    }
}

impl Forward for PReLU {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::prelu(input, &self.weight)
    }
}

activation!(
    /// x above 0, α·(exp(x) - 1) below, element by element: [`torch.nn.ELU`].
    ///
    /// See [Clevert et al., 2015](https://arxiv.org/abs/1511.07289).
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::ELU::default().forward(&torch::tensor([-1.0, 2.0]));
    /// assert!(output.allclose(&torch::tensor([-0.6321, 2.0]), 1e-4, 1e-4, false));
    /// ```
    ///
    /// [`torch.nn.ELU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ELU.html
    ELU / ELUOptions {
        /// α.
        alpha: Number = 1.0,
        /// Whether the input itself is overwritten: memory is saved, and nothing else may need it.
        inplace: bool = false,
    }
    new(alpha);
    (x, input) format!("alpha={}{}", x.alpha, in_place(x.inplace, ", ")) => F::elu_options(input).alpha(x.alpha).inplace(x.inplace).call()
);

activation!(
    /// max(0, x) + min(0, α·(exp(x/α) - 1)), element by element: [`torch.nn.CELU`].
    ///
    /// See [Barron, 2017](https://arxiv.org/abs/1704.07483).
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::CELU::default().forward(&torch::tensor([-1.0, 2.0]));
    /// assert!(output.allclose(&torch::tensor([-0.6321, 2.0]), 1e-4, 1e-4, false));
    /// ```
    ///
    /// [`torch.nn.CELU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.CELU.html
    CELU / CELUOptions {
        /// α.
        alpha: Number = 1.0,
        /// Whether the input itself is overwritten: memory is saved, and nothing else may need it.
        inplace: bool = false,
    }
    new(alpha);
    (x, input) format!("alpha={}{}", x.alpha, in_place(x.inplace, ", ")) => F::celu_options(input).alpha(x.alpha).inplace(x.inplace).call()
);

activation!(
    /// s · (max(0, x) + min(0, α·(exp(x) - 1))), element by element: [`torch.nn.SELU`].
    ///
    /// α = 1.6733 and s = 1.0507 keep mean and variance from layer to layer; see [Klambauer et al., 2017](https://arxiv.org/abs/1706.02515).
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::SELU::new().forward(&torch::tensor([0.0, 1.0]));
    /// assert!(output.allclose(&torch::tensor([0.0, 1.0507]), 1e-4, 1e-4, false));
    /// ```
    ///
    /// [`torch.nn.SELU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.SELU.html
    SELU / SELUOptions {
        /// Whether the input itself is overwritten: memory is saved, and nothing else may need it.
        inplace: bool = false,
    }
    (x, input) in_place(x.inplace, "") => F::selu_options(input).inplace(x.inplace).call()
);

activation!(
    /// x · Φ(x), with Φ the normal distribution's cumulative function, element by element:
    /// [`torch.nn.GELU`].
    ///
    /// With `approximate("tanh")` it is x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³))). See
    /// [Hendrycks and Gimpel, 2016](https://arxiv.org/abs/1606.08415).
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// # Panics
    /// In `forward`, when `approximate` is neither `"none"` nor `"tanh"`, in libtorch's words.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::GELU::new().forward(&torch::tensor([0.0, 1.0]));
    /// assert!(output.allclose(&torch::tensor([0.0, 0.8413]), 1e-4, 1e-4, false));
    /// ```
    ///
    /// [`torch.nn.GELU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html
    GELU / GELUOptions {
        /// Whether Φ is taken as it is, `"none"`, or by `"tanh"`.
        approximate: String = "none".to_string(),
    }
    (x, input) format!("approximate='{}'", x.approximate) => F::gelu_options(input).approximate(&x.approximate).call()
);

activation!(
    /// x · σ(x), also called swish, element by element: [`torch.nn.SiLU`].
    ///
    /// See [Hendrycks and Gimpel, 2016](https://arxiv.org/abs/1606.08415) and [Elfwing et al., 2017](https://arxiv.org/abs/1702.03118).
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::SiLU::new().forward(&torch::tensor([0.0, 2.0]));
    /// assert!(output.allclose(&torch::tensor([0.0, 1.7616]), 1e-4, 1e-4, false));
    /// ```
    ///
    /// [`torch.nn.SiLU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.SiLU.html
    SiLU / SiLUOptions {
        /// Whether the input itself is overwritten: memory is saved, and nothing else may need it.
        inplace: bool = false,
    }
    (x, input) in_place(x.inplace, "") => F::silu_options(input).inplace(x.inplace).call()
);

activation!(
    /// x · tanh(log(1 + exp(x))), element by element: [`torch.nn.Mish`].
    ///
    /// See [Misra, 2019](https://arxiv.org/abs/1908.08681).
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Mish::new().forward(&torch::tensor([0.0, 1.0]));
    /// assert!(output.allclose(&torch::tensor([0.0, 0.8651]), 1e-4, 1e-4, false));
    /// ```
    ///
    /// [`torch.nn.Mish`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Mish.html
    Mish / MishOptions {
        /// Whether the input itself is overwritten: memory is saved, and nothing else may need it.
        inplace: bool = false,
    }
    (x, input) in_place(x.inplace, "") => F::mish_options(input).inplace(x.inplace).call()
);

activation!(
    /// 0 up to -3, x from 3 on, and x·(x + 3)/6 between, element by element: [`torch.nn.Hardswish`].
    ///
    /// See [Howard et al., 2019](https://arxiv.org/abs/1905.02244).
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Hardswish::new().forward(&torch::tensor([-4.0, 3.0, 4.0]));
    /// assert_eq!(output, torch::tensor([0.0, 3.0, 4.0]));
    /// ```
    ///
    /// [`torch.nn.Hardswish`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardswish.html
    Hardswish / HardswishOptions {
        /// Whether the input itself is overwritten: memory is saved, and nothing else may need it.
        inplace: bool = false,
    }
    (x, input) String::new() => F::hardswish_options(input).inplace(x.inplace).call()
);

activation!(
    /// log(1 + exp(β·x)) / β, a smooth ReLU, element by element: [`torch.nn.Softplus`].
    ///
    /// Where β·x is above `threshold` it is x itself, to be safe from overflow.
    ///
    /// # Shapes
    /// Input any; output the same.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let output = nn::Softplus::default().forward(&torch::tensor([0.0, 30.0]));
    /// assert!(output.allclose(&torch::tensor([0.6931, 30.0]), 1e-4, 1e-4, false));
    /// ```
    ///
    /// [`torch.nn.Softplus`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softplus.html
    Softplus / SoftplusOptions {
        /// β.
        beta: Number = 1.0,
        /// Where β·x is above it, x itself comes out, to be safe from ∞.
        threshold: Number = 20.0,
    }
    new(beta);
    (x, input) {
        format!("beta={}, threshold={}", x.beta, x.threshold)
    } => F::softplus_options(input).beta(x.beta).threshold(x.threshold).call()
);

/// x above `threshold`, else `value`, element by element: [`torch.nn.Threshold`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Threshold::new(0.5, -9.0).forward(&torch::tensor([0.5, 1.0]));
/// assert_eq!(output, torch::tensor([-9.0, 1.0]));
/// ```
///
/// [`torch.nn.Threshold`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Threshold.html
#[derive(Debug, Module)]
#[module(extra_repr = self.arguments())]
pub struct Threshold {
    #[module(skip)]
    threshold: Number,
    #[module(skip)]
    value: Number,
    #[module(skip)]
    inplace: bool,
}

#[bon::bon]
impl Threshold {
    /// The activation.
    pub fn new(threshold: impl Into<Number>, value: impl Into<Number>) -> Self {
        Self::options(threshold, value).build()
    }

    /// Begins the activation with keyword arguments set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = ThresholdOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] threshold: Number,
        #[builder(start_fn, into)] value: Number,
        /// Whether the input itself is overwritten: memory is saved, and nothing else may need it.
        #[builder(default)]
        inplace: bool,
    ) -> Self {
        Self { threshold, value, inplace }
    }
}

impl Threshold {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!(
            "threshold={}, value={}{}",
            self.threshold,
            self.value,
            in_place(self.inplace, ", ")
        )
    }
}

impl Forward for Threshold {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::threshold_options(input, self.threshold, self.value).inplace(self.inplace).call()
    }
}
