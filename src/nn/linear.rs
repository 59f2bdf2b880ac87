//! The fully connected layer.

use tch::Tensor;

use super::{Forward, Parameter, functional as F, init, module};

/// Applies y = x·Wᵀ + b to the last dimension of its input: [`torch.nn.Linear`].
///
/// # Shapes
/// Input (∗, `in_features`), output (∗, `out_features`); ∗ is any number of dimensions.
///
/// # Parameters
/// - `weight`, (`out_features`, `in_features`), from U(±1/√`in_features`).
/// - `bias`, (`out_features`), from the same; absent with `bias(false)`.
///
/// # Panics
/// When a size is negative.
///
/// ```
/// use flambeau::prelude::*;
///
/// let linear = nn::Linear::new(20, 30);
/// let output = linear.forward(&Tensor::randn([128, 20], (Kind::Float, Device::Cpu)));
/// assert_eq!(output.size(), [128, 30]);
/// assert_eq!(linear.to_string(), "Linear(in_features=20, out_features=30, bias=True)");
/// ```
///
/// [`torch.nn.Linear`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
#[derive(Debug)]
pub struct Linear {
    in_features: i64,
    out_features: i64,
    /// The matrix W.
    pub weight: Parameter,
    /// The vector b.
    pub bias: Option<Parameter>,
}

#[bon::bon]
impl Linear {
    /// A layer with a bias.
    pub fn new(in_features: i64, out_features: i64) -> Self {
        Self::options(in_features, out_features).build()
    }

    /// Begins a layer whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = LinearOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] in_features: i64,
        #[builder(start_fn)] out_features: i64,
        /// Whether b is added.
        #[builder(default = true)]
        bias: bool,
    ) -> Self {
        let weight = Parameter::empty(&[out_features, in_features]);
        let bias = bias.then(|| Parameter::empty(&[out_features]));
        init::weight_then_bias(&weight, bias.as_deref());
        Self { in_features, out_features, weight, bias }
    }
}

module!(Linear { weight, bias }, |l| format!(
    "in_features={}, out_features={}, bias={}",
    l.in_features,
    l.out_features,
    if l.bias.is_some() { "True" } else { "False" },
));

impl Forward for Linear {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::linear(input, &self.weight, self.bias.as_deref())
    }
}
