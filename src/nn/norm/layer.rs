//! Normalisation of each sample over its last dimensions.

use tch::Tensor;

use super::ones_and_zeros;
use crate::nn::{Forward, Module, Parameter, functional as F};
use crate::repr::{python_bool, python_tuple};
use crate::torch::{Number, Size};

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
/// let input = torch::randn([20, 5, 10]);
/// assert_eq!(norm.forward(&input).size(), input.size());
/// assert_eq!(
///     norm.to_string(),
///     "LayerNorm((5, 10), eps=1e-05, elementwise_affine=True, bias=True)"
/// );
/// ```
///
/// [`torch.nn.LayerNorm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
#[derive(Debug, Module)]
#[module(extra_repr = self.arguments())]
pub struct LayerNorm {
    #[module(skip)]
    normalized_shape: Size,
    #[module(skip)]
    eps: Number,
    #[module(skip)]
    elementwise_affine: bool,
    /// What each value is multiplied by.
    pub weight: Option<Parameter>,
    /// What is added to each value.
    pub bias: Option<Parameter>,
}

#[bon::bon]
impl LayerNorm {
    /// A layer over these last dimensions: `[5, 10]`, or `[512]`.
    pub fn new(normalized_shape: impl Into<Size>) -> Self {
        Self::options(normalized_shape).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = LayerNormOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] normalized_shape: Size,
        /// What is added to the variance, to be safe from 0.
        #[builder(default = Number::Float(1e-5), into)]
        eps: Number,
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

impl LayerNorm {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!(
            "{}, eps={}, elementwise_affine={}, bias={}",
            python_tuple(&self.normalized_shape),
            self.eps,
            python_bool(self.elementwise_affine),
            python_bool(self.bias.is_some()),
        )
    }
}

impl Forward for LayerNorm {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::layer_norm_options(input, &self.normalized_shape[..])
            .maybe_weight(self.weight.as_deref())
            .maybe_bias(self.bias.as_deref())
            .eps(self.eps)
            .call()
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
/// let input = torch::randn([2, 2, 3]);
/// assert_eq!(norm.forward(&input).size(), input.size());
/// assert_eq!(norm.to_string(), "RMSNorm((2, 3), eps=None, elementwise_affine=True)");
/// ```
///
/// [`torch.nn.RMSNorm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html
#[derive(Debug, Module)]
#[module(extra_repr = self.arguments())]
pub struct RMSNorm {
    #[module(skip)]
    normalized_shape: Size,
    #[module(skip)]
    eps: Option<Number>,
    #[module(skip)]
    elementwise_affine: bool,
    /// What each value is multiplied by.
    pub weight: Option<Parameter>,
}

#[bon::bon]
impl RMSNorm {
    /// A layer over these last dimensions: `[2, 3]`, or `[512]`.
    pub fn new(normalized_shape: impl Into<Size>) -> Self {
        Self::options(normalized_shape).build()
    }

    /// Begins a layer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = RMSNormOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] normalized_shape: Size,
        /// What is added to the mean square; if not given, the smallest step above 1 of the input's
        /// kind.
        #[builder(into)]
        eps: Option<Number>,
        /// Whether there is a weight.
        #[builder(default = true)]
        elementwise_affine: bool,
    ) -> Self {
        let (weight, _) = ones_and_zeros(&normalized_shape, elementwise_affine, false);
        Self { normalized_shape, eps, elementwise_affine, weight }
    }
}

impl RMSNorm {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!(
            "{}, eps={}, elementwise_affine={}",
            python_tuple(&self.normalized_shape),
            self.eps.map_or("None".to_string(), |eps| eps.to_string()),
            python_bool(self.elementwise_affine),
        )
    }
}

impl Forward for RMSNorm {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::rms_norm_options(input, &self.normalized_shape[..])
            .maybe_weight(self.weight.as_deref())
            .maybe_eps(self.eps)
            .call()
    }
}
