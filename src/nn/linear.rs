//! The fully connected layer.

use tch::Tensor;

use super::{Forward, Module, Parameter, Training, functional as F, guard, init};
use crate::repr::python_bool;

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
/// let output = linear.forward(&torch::randn([128, 20]));
/// assert_eq!(output.size(), [128, 30]);
/// assert_eq!(linear.to_string(), "Linear(in_features=20, out_features=30, bias=True)");
/// ```
///
/// [`torch.nn.Linear`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
#[derive(Debug, Module)]
#[module(extra_repr = Linear::repr_of(&self.weight, self.bias.is_some()))]
pub struct Linear {
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
        Self { weight, bias }
    }
}

impl Linear {
    /// What is printed of a layer with such a weight.
    pub(super) fn repr_of(weight: &Tensor, bias: bool) -> String {
        let [rows, columns] = weight.size()[..] else { unreachable!("it is a matrix") };
        format!("in_features={columns}, out_features={rows}, bias={}", python_bool(bias))
    }
}

impl Forward for Linear {
    fn forward(&self, input: &Tensor) -> Tensor {
        F::linear_options(input, &self.weight).maybe_bias(self.bias.as_deref()).call()
    }
}

/// Gives its input back: [`torch.nn.Identity`]. It stands where a layer is taken out.
///
/// # Shapes
/// Input any; output the same.
///
/// ```
/// use flambeau::prelude::*;
///
/// let input = torch::tensor([1.0, 2.0]);
/// assert_eq!(nn::Identity::new().forward(&input), input);
/// ```
///
/// [`torch.nn.Identity`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Identity.html
#[derive(Debug, Default, Module)]
pub struct Identity {
    training: Training,
}

impl Identity {
    /// The layer.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Forward for Identity {
    fn forward(&self, input: &Tensor) -> Tensor {
        input.shallow_clone()
    }
}

/// Applies y = x₁ᵀ·A·x₂ + b to the last dimensions of its two inputs: [`torch.nn.Bilinear`].
///
/// # Shapes
/// Inputs (∗, `in1_features`) and (∗, `in2_features`), output (∗, `out_features`).
///
/// # Parameters
/// - `weight`, (`out_features`, `in1_features`, `in2_features`), from U(±1/√`in1_features`).
/// - `bias`, (`out_features`), from the same; absent with `bias(false)`.
///
/// # Panics
/// When a size is negative, or `in1_features` is 0.
///
/// ```
/// use flambeau::prelude::*;
///
/// let bilinear = nn::Bilinear::new(20, 30, 40);
/// let floats = (Kind::Float, Device::Cpu);
/// let output = bilinear.forward(&Tensor::randn([128, 20], floats), &Tensor::randn([128, 30], floats));
/// assert_eq!(output.size(), [128, 40]);
/// ```
///
/// [`torch.nn.Bilinear`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.Bilinear.html
#[derive(Debug, Module)]
#[module(extra_repr = self.arguments())]
pub struct Bilinear {
    #[module(skip)]
    in1_features: i64,
    #[module(skip)]
    in2_features: i64,
    #[module(skip)]
    out_features: i64,
    /// The matrices A, one for each output.
    pub weight: Parameter,
    /// The vector b.
    pub bias: Option<Parameter>,
}

#[bon::bon]
impl Bilinear {
    /// A layer with a bias.
    pub fn new(in1_features: i64, in2_features: i64, out_features: i64) -> Self {
        Self::options(in1_features, in2_features, out_features).build()
    }

    /// Begins a layer whose keyword arguments are set by name; `build()` draws its weights.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = BilinearOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] in1_features: i64,
        #[builder(start_fn)] in2_features: i64,
        #[builder(start_fn)] out_features: i64,
        /// Whether b is added.
        #[builder(default = true)]
        bias: bool,
    ) -> Self {
        assert!(in1_features > 0, "in1_features must be > 0, but got {in1_features}");
        let weight = Parameter::empty(&[out_features, in1_features, in2_features]);
        let bias = bias.then(|| Parameter::empty(&[out_features]));
        let bound = 1.0 / (in1_features as f64).sqrt();
        for parameter in [Some(&weight), bias.as_ref()].into_iter().flatten() {
            init::uniform_options(parameter).a(-bound).b(bound).call();
        }
        Self { in1_features, in2_features, out_features, weight, bias }
    }

    /// Runs the layer on its two inputs.
    #[track_caller]
    pub fn forward(&self, input1: &Tensor, input2: &Tensor) -> Tensor {
        guard(self, &[input1, input2], || {
            F::bilinear_options(input1, input2, &self.weight)
                .maybe_bias(self.bias.as_deref())
                .call()
        })
    }
}

impl Bilinear {
    /// What is printed between the brackets.
    fn arguments(&self) -> String {
        format!(
            "in1_features={}, in2_features={}, out_features={}, bias={}",
            self.in1_features,
            self.in2_features,
            self.out_features,
            python_bool(self.bias.is_some()),
        )
    }
}
