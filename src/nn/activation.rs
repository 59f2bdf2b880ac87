//! Activations: what is done to each number by itself, or to the numbers along one dimension.

use tch::Tensor;

use super::call::check;
use super::repr::python_float;
use super::{Forward, Parameter, Training, functional as F, module};

/// max(0, x), element by element: [`torch.nn.ReLU`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::ReLU::new().forward(&Tensor::from_slice(&[-1.0, 0.0, 2.0]));
/// assert_eq!(output, Tensor::from_slice(&[0.0, 0.0, 2.0]));
/// ```
///
/// [`torch.nn.ReLU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html
#[derive(Debug, Default)]
pub struct ReLU {
    training: Training,
}

impl ReLU {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

module!(ReLU { training });

impl Forward for ReLU {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::relu(input)
    }
}

/// min(max(0, x), 6), element by element: [`torch.nn.ReLU6`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::ReLU6::new().forward(&Tensor::from_slice(&[-1.0, 2.0, 9.0]));
/// assert_eq!(output, Tensor::from_slice(&[0.0, 2.0, 6.0]));
/// ```
///
/// [`torch.nn.ReLU6`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU6.html
#[derive(Debug, Default)]
pub struct ReLU6 {
    training: Training,
}

impl ReLU6 {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

module!(ReLU6 { training });

impl Forward for ReLU6 {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::relu6(input)
    }
}

/// σ(x) = 1 / (1 + exp(-x)), element by element: [`torch.nn.Sigmoid`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Sigmoid::new().forward(&Tensor::from_slice(&[0.0, 2.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.5, 0.8808]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.Sigmoid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Sigmoid.html
#[derive(Debug, Default)]
pub struct Sigmoid {
    training: Training,
}

impl Sigmoid {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

module!(Sigmoid { training });

impl Forward for Sigmoid {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::sigmoid(input)
    }
}

/// (exp(x) - exp(-x)) / (exp(x) + exp(-x)), element by element: [`torch.nn.Tanh`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Tanh::new().forward(&Tensor::from_slice(&[0.0, 1.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 0.7616]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.Tanh`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanh.html
#[derive(Debug, Default)]
pub struct Tanh {
    training: Training,
}

impl Tanh {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

module!(Tanh { training });

impl Forward for Tanh {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::tanh(input)
    }
}

/// log(1 / (1 + exp(-x))), element by element: [`torch.nn.LogSigmoid`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::LogSigmoid::new().forward(&Tensor::from_slice(&[0.0, 2.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[-0.6931, -0.1269]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.LogSigmoid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSigmoid.html
#[derive(Debug, Default)]
pub struct LogSigmoid {
    training: Training,
}

impl LogSigmoid {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

module!(LogSigmoid { training });

impl Forward for LogSigmoid {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::logsigmoid(input)
    }
}

/// 0 up to -3, 1 from 3 on, and x/6 + 1/2 between, element by element: [`torch.nn.Hardsigmoid`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Hardsigmoid::new().forward(&Tensor::from_slice(&[-4.0, 0.0, 4.0]));
/// assert_eq!(output, Tensor::from_slice(&[0.0, 0.5, 1.0]));
/// ```
///
/// [`torch.nn.Hardsigmoid`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardsigmoid.html
#[derive(Debug, Default)]
pub struct Hardsigmoid {
    training: Training,
}

impl Hardsigmoid {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

module!(Hardsigmoid { training });

impl Forward for Hardsigmoid {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::hardsigmoid(input)
    }
}

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
/// let output = nn::SiLU::new().forward(&Tensor::from_slice(&[0.0, 2.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 1.7616]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.SiLU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.SiLU.html
#[derive(Debug, Default)]
pub struct SiLU {
    training: Training,
}

impl SiLU {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

module!(SiLU { training });

impl Forward for SiLU {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::silu(input)
    }
}

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
/// let output = nn::Mish::new().forward(&Tensor::from_slice(&[0.0, 1.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 0.8651]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.Mish`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Mish.html
#[derive(Debug, Default)]
pub struct Mish {
    training: Training,
}

impl Mish {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

module!(Mish { training });

impl Forward for Mish {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::mish(input)
    }
}

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
/// let output = nn::Hardswish::new().forward(&Tensor::from_slice(&[-4.0, 3.0, 4.0]));
/// assert_eq!(output, Tensor::from_slice(&[0.0, 3.0, 4.0]));
/// ```
///
/// [`torch.nn.Hardswish`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardswish.html
#[derive(Debug, Default)]
pub struct Hardswish {
    training: Training,
}

impl Hardswish {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

module!(Hardswish { training });

impl Forward for Hardswish {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::hardswish(input)
    }
}

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
/// let output = nn::SELU::new().forward(&Tensor::from_slice(&[0.0, 1.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 1.0507]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.SELU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.SELU.html
#[derive(Debug, Default)]
pub struct SELU {
    training: Training,
}

impl SELU {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

module!(SELU { training });

impl Forward for SELU {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::selu(input)
    }
}

/// x / (1 + |x|), element by element: [`torch.nn.Softsign`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Softsign::new().forward(&Tensor::from_slice(&[-1.0, 0.0, 3.0]));
/// assert_eq!(output, Tensor::from_slice(&[-0.5, 0.0, 0.75]));
/// ```
///
/// [`torch.nn.Softsign`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softsign.html
#[derive(Debug, Default)]
pub struct Softsign {
    training: Training,
}

impl Softsign {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

module!(Softsign { training });

impl Forward for Softsign {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::softsign(input)
    }
}

/// x - tanh(x), element by element: [`torch.nn.Tanhshrink`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Tanhshrink::new().forward(&Tensor::from_slice(&[0.0, 1.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 0.2384]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.Tanhshrink`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Tanhshrink.html
#[derive(Debug, Default)]
pub struct Tanhshrink {
    training: Training,
}

impl Tanhshrink {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

module!(Tanhshrink { training });

impl Forward for Tanhshrink {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::tanhshrink(input)
    }
}

/// min(max(x, `min_val`), `max_val`), element by element: [`torch.nn.Hardtanh`].
///
/// # Shapes
/// Input any; output the same.
///
/// # Panics
/// When `max_val` is not larger than `min_val`.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Hardtanh::options().min_val(-2.0).max_val(2.0).build().forward(&Tensor::from_slice(&[-3.0, 0.5, 3.0]));
/// assert_eq!(output, Tensor::from_slice(&[-2.0, 0.5, 2.0]));
/// ```
///
/// [`torch.nn.Hardtanh`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardtanh.html
#[derive(Debug)]
pub struct Hardtanh {
    min_val: f64,
    max_val: f64,
}

#[bon::bon]
impl Hardtanh {
    /// The activation with its usual numbers.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins the activation with numbers set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = HardtanhOptions, vis = "pub")
    )]
    fn with(
        /// The least number that comes out.
        #[builder(default = -1.0)]
        min_val: f64,
        /// The largest number that comes out.
        #[builder(default = 1.0)]
        max_val: f64,
    ) -> Self {
        assert!(max_val > min_val, "max_val must be larger than min_val");
        Self { min_val, max_val }
    }
}

impl Default for Hardtanh {
    fn default() -> Self {
        Self::new()
    }
}

module!(Hardtanh {}, |x| format!(
    "min_val={}, max_val={}",
    python_float(x.min_val),
    python_float(x.max_val)
));

impl Forward for Hardtanh {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::hardtanh(input, self.min_val, self.max_val)
    }
}

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
/// let output = nn::ELU::new().forward(&Tensor::from_slice(&[-1.0, 2.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[-0.6321, 2.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.ELU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.ELU.html
#[derive(Debug)]
pub struct ELU {
    alpha: f64,
}

#[bon::bon]
impl ELU {
    /// The activation with its usual numbers.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins the activation with numbers set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = ELUOptions, vis = "pub")
    )]
    fn with(
        /// α: what large negative numbers come near to, with the other sign.
        #[builder(default = 1.0)]
        alpha: f64,
    ) -> Self {
        Self { alpha }
    }
}

impl Default for ELU {
    fn default() -> Self {
        Self::new()
    }
}

module!(ELU {}, |x| format!("alpha={}", python_float(x.alpha)));

impl Forward for ELU {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::elu(input, self.alpha)
    }
}

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
/// let output = nn::CELU::new().forward(&Tensor::from_slice(&[-1.0, 2.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[-0.6321, 2.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.CELU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.CELU.html
#[derive(Debug)]
pub struct CELU {
    alpha: f64,
}

#[bon::bon]
impl CELU {
    /// The activation with its usual numbers.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins the activation with numbers set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = CELUOptions, vis = "pub")
    )]
    fn with(
        /// α: how far the curve reaches below 0.
        #[builder(default = 1.0)]
        alpha: f64,
    ) -> Self {
        Self { alpha }
    }
}

impl Default for CELU {
    fn default() -> Self {
        Self::new()
    }
}

module!(CELU {}, |x| format!("alpha={}", python_float(x.alpha)));

impl Forward for CELU {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::celu(input, self.alpha)
    }
}

/// x above 0, `negative_slope`·x below, element by element: [`torch.nn.LeakyReLU`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::LeakyReLU::options().negative_slope(0.25).build().forward(&Tensor::from_slice(&[-1.0, 2.0]));
/// assert_eq!(output, Tensor::from_slice(&[-0.25, 2.0]));
/// ```
///
/// [`torch.nn.LeakyReLU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LeakyReLU.html
#[derive(Debug)]
pub struct LeakyReLU {
    negative_slope: f64,
}

#[bon::bon]
impl LeakyReLU {
    /// The activation with its usual numbers.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins the activation with numbers set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = LeakyReLUOptions, vis = "pub")
    )]
    fn with(
        /// The slope below 0.
        #[builder(default = 1e-2)]
        negative_slope: f64,
    ) -> Self {
        Self { negative_slope }
    }
}

impl Default for LeakyReLU {
    fn default() -> Self {
        Self::new()
    }
}

module!(LeakyReLU {}, |x| format!("negative_slope={}", python_float(x.negative_slope)));

impl Forward for LeakyReLU {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::leaky_relu(input, self.negative_slope)
    }
}

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
/// let output = rrelu.forward(&Tensor::from_slice(&[-1.0, 2.0]));
/// assert_eq!(output, Tensor::from_slice(&[-0.5, 2.0]));
/// ```
///
/// [`torch.nn.RReLU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.RReLU.html
#[derive(Debug)]
pub struct RReLU {
    lower: f64,
    upper: f64,
    training: Training,
}

#[bon::bon]
impl RReLU {
    /// The activation with its usual numbers.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins the activation with numbers set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = RReLUOptions, vis = "pub")
    )]
    fn with(
        /// The least slope below 0.
        #[builder(default = 1.0 / 8.0)]
        lower: f64,
        /// The largest slope below 0.
        #[builder(default = 1.0 / 3.0)]
        upper: f64,
    ) -> Self {
        Self { lower, upper, training: Training::default() }
    }
}

impl Default for RReLU {
    fn default() -> Self {
        Self::new()
    }
}

module!(RReLU { training }, |x| format!(
    "lower={}, upper={}",
    python_float(x.lower),
    python_float(x.upper)
));

impl Forward for RReLU {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::rrelu(input, self.lower, self.upper, self.training.get())
    }
}

/// x where |x| > λ, else 0, element by element: [`torch.nn.Hardshrink`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Hardshrink::new().forward(&Tensor::from_slice(&[-1.0, 0.3, 2.0]));
/// assert_eq!(output, Tensor::from_slice(&[-1.0, 0.0, 2.0]));
/// ```
///
/// [`torch.nn.Hardshrink`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Hardshrink.html
#[derive(Debug)]
pub struct Hardshrink {
    lambd: f64,
}

#[bon::bon]
impl Hardshrink {
    /// The activation with its usual numbers.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins the activation with numbers set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = HardshrinkOptions, vis = "pub")
    )]
    fn with(
        /// λ: what is no larger becomes 0.
        #[builder(default = 0.5)]
        lambd: f64,
    ) -> Self {
        Self { lambd }
    }
}

impl Default for Hardshrink {
    fn default() -> Self {
        Self::new()
    }
}

module!(Hardshrink {}, |x| format!("{}", python_float(x.lambd)));

impl Forward for Hardshrink {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::hardshrink(input, self.lambd)
    }
}

/// x - λ above λ, x + λ below -λ, else 0, element by element: [`torch.nn.Softshrink`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Softshrink::new().forward(&Tensor::from_slice(&[-1.0, 0.3, 2.0]));
/// assert_eq!(output, Tensor::from_slice(&[-0.5, 0.0, 1.5]));
/// ```
///
/// [`torch.nn.Softshrink`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softshrink.html
#[derive(Debug)]
pub struct Softshrink {
    lambd: f64,
}

#[bon::bon]
impl Softshrink {
    /// The activation with its usual numbers.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins the activation with numbers set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = SoftshrinkOptions, vis = "pub")
    )]
    fn with(
        /// λ: how far each number moves towards 0.
        #[builder(default = 0.5)]
        lambd: f64,
    ) -> Self {
        Self { lambd }
    }
}

impl Default for Softshrink {
    fn default() -> Self {
        Self::new()
    }
}

module!(Softshrink {}, |x| format!("{}", python_float(x.lambd)));

impl Forward for Softshrink {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::softshrink(input, self.lambd)
    }
}

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
/// let output = nn::Softplus::new().forward(&Tensor::from_slice(&[0.0, 30.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.6931, 30.0]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.Softplus`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softplus.html
#[derive(Debug)]
pub struct Softplus {
    beta: f64,
    threshold: f64,
}

#[bon::bon]
impl Softplus {
    /// The activation with its usual numbers.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins the activation with numbers set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = SoftplusOptions, vis = "pub")
    )]
    fn with(
        /// β: the larger, the nearer to a ReLU.
        #[builder(default = 1.0)]
        beta: f64,
        /// Above it the function is a straight line.
        #[builder(default = 20.0)]
        threshold: f64,
    ) -> Self {
        Self { beta, threshold }
    }
}

impl Default for Softplus {
    fn default() -> Self {
        Self::new()
    }
}

module!(Softplus {}, |x| format!(
    "beta={}, threshold={}",
    python_float(x.beta),
    python_float(x.threshold)
));

impl Forward for Softplus {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::softplus(input, self.beta, self.threshold)
    }
}

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
/// let output = nn::GELU::new().forward(&Tensor::from_slice(&[0.0, 1.0]));
/// assert!(output.allclose(&Tensor::from_slice(&[0.0, 0.8413]), 1e-4, 1e-4, false));
/// ```
///
/// [`torch.nn.GELU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.GELU.html
#[derive(Debug)]
pub struct GELU {
    approximate: String,
}

#[bon::bon]
impl GELU {
    /// The exact function.
    pub fn new() -> Self {
        Self::options().build()
    }

    /// Begins the activation with what is set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = GELUOptions, vis = "pub")
    )]
    fn with(
        /// `"none"` or `"tanh"`.
        #[builder(into, default = "none")]
        approximate: String,
    ) -> Self {
        Self { approximate }
    }
}

impl Default for GELU {
    fn default() -> Self {
        Self::new()
    }
}

module!(GELU {}, |x| format!("approximate='{}'", x.approximate));

impl Forward for GELU {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::gelu(input, &self.approximate)
    }
}

/// x above `threshold`, else `value`, element by element: [`torch.nn.Threshold`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Threshold::new(0.5, -9.0).forward(&Tensor::from_slice(&[0.5, 1.0]));
/// assert_eq!(output, Tensor::from_slice(&[-9.0, 1.0]));
/// ```
///
/// [`torch.nn.Threshold`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Threshold.html
#[derive(Debug)]
pub struct Threshold {
    threshold: f64,
    value: f64,
}

impl Threshold {
    /// The activation.
    pub fn new(threshold: f64, value: f64) -> Self {
        Self { threshold, value }
    }
}

module!(Threshold {}, |x| format!("threshold={}, value={}", x.threshold, x.value));

impl Forward for Threshold {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::threshold(input, self.threshold, self.value)
    }
}

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
/// let prelu = nn::PReLU::options().num_parameters(2).build();
/// let output = prelu.forward(&Tensor::from_slice2(&[[-4.0_f32, 2.0]]));
/// assert_eq!(output, Tensor::from_slice2(&[[-1.0_f32, 2.0]]));
/// ```
///
/// [`torch.nn.PReLU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html
#[derive(Debug)]
pub struct PReLU {
    num_parameters: i64,
    /// The slopes below 0.
    pub weight: Parameter,
}

#[bon::bon]
impl PReLU {
    /// One slope for all channels, 0.25 at first.
    pub fn new() -> Self {
        Self::options().build()
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
        #[builder(default = 0.25)]
        init: f64,
    ) -> Self {
        let weight = Parameter::empty(&[num_parameters]);
        let _ = tch::no_grad(|| weight.shallow_clone().fill_(init));
        Self { num_parameters, weight }
    }
}

impl Default for PReLU {
    fn default() -> Self {
        Self::new()
    }
}

module!(PReLU { weight }, |x| format!("num_parameters={}", x.num_parameters));

impl Forward for PReLU {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::prelu(input, &self.weight)
    }
}

/// a · σ(b), where a and b are the halves of the input along `dim`: [`torch.nn.GLU`].
///
/// See [Dauphin et al., 2016](https://arxiv.org/abs/1612.08083).
///
/// # Shapes
/// Input (∗₁, C, ∗₂), C even; output (∗₁, C/2, ∗₂).
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::GLU::new().forward(&Tensor::from_slice(&[3.0, 0.0]));
/// assert_eq!(output, Tensor::from_slice(&[1.5]));
/// ```
///
/// [`torch.nn.GLU`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.GLU.html
#[derive(Debug)]
pub struct GLU {
    dim: i64,
}

impl GLU {
    /// Along the last dimension.
    pub fn new() -> Self {
        Self::dim(-1)
    }

    /// Along dimension `dim`.
    pub fn dim(dim: i64) -> Self {
        Self { dim }
    }
}

impl Default for GLU {
    fn default() -> Self {
        Self::new()
    }
}

module!(GLU {}, |x| format!("dim={}", x.dim));

impl Forward for GLU {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::glu(input, self.dim)
    }
}

/// exp(xᵢ) / Σⱼ exp(xⱼ) along one dimension: [`torch.nn.Softmax`].
///
/// Numbers from 0 to 1 that sum to one. [`CrossEntropyLoss`](super::CrossEntropyLoss) takes scores
/// and does this by itself: before it, a second Softmax squeezes the scores into 0..1, which
/// keeps the loss from coming near zero and slows the learning down.
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Softmax::new(1).forward(&Tensor::from_slice2(&[[0.0, 0.0], [0.0, 1e9]]));
/// assert_eq!(output, Tensor::from_slice2(&[[0.5, 0.5], [0.0, 1.0]]));
/// assert_eq!(nn::Softmax::new(1).to_string(), "Softmax(dim=1)");
/// ```
///
/// [`torch.nn.Softmax`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html
#[derive(Debug)]
pub struct Softmax {
    dim: i64,
}

impl Softmax {
    /// The activation along dimension `dim`; -1 is the last.
    pub fn new(dim: i64) -> Self {
        Self { dim }
    }
}

module!(Softmax {}, |softmax| format!("dim={}", softmax.dim));

impl Forward for Softmax {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::softmax(input, self.dim)
    }
}

/// exp(-xᵢ) / Σⱼ exp(-xⱼ) along one dimension: [`torch.nn.Softmin`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Softmin::new(0).forward(&Tensor::from_slice(&[0.0, 0.0]));
/// assert_eq!(output, Tensor::from_slice(&[0.5, 0.5]));
/// ```
///
/// [`torch.nn.Softmin`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmin.html
#[derive(Debug)]
pub struct Softmin {
    dim: i64,
}

impl Softmin {
    /// The activation along dimension `dim`; -1 is the last.
    pub fn new(dim: i64) -> Self {
        Self { dim }
    }
}

module!(Softmin {}, |x| format!("dim={}", x.dim));

impl Forward for Softmin {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::softmin(input, self.dim)
    }
}

/// log(exp(xᵢ) / Σⱼ exp(xⱼ)) along one dimension: [`torch.nn.LogSoftmax`].
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::LogSoftmax::new(0).forward(&Tensor::from_slice(&[0.0, 0.0]));
/// assert_eq!(output, Tensor::from_slice(&[0.5_f64.ln(), 0.5_f64.ln()]));
/// ```
///
/// [`torch.nn.LogSoftmax`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LogSoftmax.html
#[derive(Debug)]
pub struct LogSoftmax {
    dim: i64,
}

impl LogSoftmax {
    /// The activation along dimension `dim`; -1 is the last.
    pub fn new(dim: i64) -> Self {
        Self { dim }
    }
}

module!(LogSoftmax {}, |x| format!("dim={}", x.dim));

impl Forward for LogSoftmax {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::log_softmax(input, self.dim)
    }
}

/// A [`Softmax`] over the channels at each place of an image: [`torch.nn.Softmax2d`].
///
/// # Shapes
/// Input (N, C, H, W) or (C, H, W); output the same.
///
/// # Panics
/// When the input is no image.
///
/// ```
/// use flambeau::prelude::*;
///
/// let output = nn::Softmax2d::new().forward(&Tensor::zeros([4, 2, 2], (Kind::Float, Device::Cpu)));
/// assert_eq!(output, Tensor::full([4, 2, 2], 0.25, (Kind::Float, Device::Cpu)));
/// ```
///
/// [`torch.nn.Softmax2d`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax2d.html
#[derive(Debug, Default)]
pub struct Softmax2d {
    training: Training,
}

impl Softmax2d {
    /// The activation.
    pub fn new() -> Self {
        Self::default()
    }
}

module!(Softmax2d { training });

impl Forward for Softmax2d {
    fn forward(&self, input: &Tensor) -> Tensor {
        let dim = input.dim();
        check!(
            dim == 3 || dim == 4,
            "Softmax2d: expected input to be 3D or 4D, got {dim}D instead"
        );
        F::softmax(input, -3)
    }
}
