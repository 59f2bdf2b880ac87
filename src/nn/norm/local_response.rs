//! Normalisation by the neighbours.

use tch::Tensor;

use crate::nn::{Forward, Module, functional as F};
use crate::torch::Number;

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
/// let images = torch::randn([32, 5, 24, 24]);
/// assert_eq!(norm.forward(&images).size(), images.size());
/// assert_eq!(norm.to_string(), "LocalResponseNorm(2, alpha=0.0001, beta=0.75, k=1.0)");
/// ```
///
/// [`torch.nn.LocalResponseNorm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html
#[derive(Debug, Module)]
#[module(extra_repr = self.arguments())]
pub struct LocalResponseNorm {
    #[module(skip)]
    size: i64,
    #[module(skip)]
    alpha: Number,
    #[module(skip)]
    beta: Number,
    #[module(skip)]
    k: Number,
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
        #[builder(default = Number::Float(1e-4), into)]
        alpha: Number,
        /// β, the exponent.
        #[builder(default = Number::Float(0.75), into)]
        beta: Number,
        /// k, what is added.
        #[builder(default = Number::Float(1.0), into)]
        k: Number,
    ) -> Self {
        Self { size, alpha, beta, k }
    }
}

impl LocalResponseNorm {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!("{}, alpha={}, beta={}, k={}", self.size, self.alpha, self.beta, self.k,)
    }
}

impl Forward for LocalResponseNorm {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::local_response_norm_options(input, self.size)
            .alpha(self.alpha)
            .beta(self.beta)
            .k(self.k)
            .call()
    }
}
