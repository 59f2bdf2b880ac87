//! Weights that are computed from others at every call: [`torch.nn.utils.parametrizations`].
//!
//! In Python a layer is changed in place, and becomes a class of its own, `ParametrizedLinear`. Here
//! it goes into a [`Parametrized`], which prints so, has the same keys, and is called as the layer is:
//!
//! ```
//! use flambeau::nn::utils::parametrizations::weight_norm;
//! use flambeau::prelude::*;
//!
//! let linear = weight_norm(nn::Linear::new(20, 40));
//! assert_eq!(linear.forward(&torch::zeros([3, 20])).size(), [3, 40]);
//! assert_eq!(
//!     linear.state_dict().keys().collect::<Vec<_>>(),
//!     ["bias", "parametrizations.weight.original0", "parametrizations.weight.original1"],
//! );
//! assert_eq!(linear.parametrizations["weight"].original(0).size(), [40, 1]);
//! ```
//!
//! [`torch.nn.utils.parametrizations`]: https://docs.pytorch.org/docs/stable/nn.html#parametrizations-implemented-using-the-new-parametrization-functionality-in-torch-nn-utils-parametrize-register-parametrization

use std::fmt;

use flambeau_derive::function;
use tch::Tensor;

use crate::refusal::{check, refuse};
use crate::torch;

use crate::nn::{
    Buffer, Conv, ConvTranspose, Copies, Embedding, Field, Forward, Linear, Member, Module,
    ModuleDict, Parameter, Training, call, functional as F, print,
};

/// A layer with a weight that may be computed from others: the linear ones, the convolutions, and
/// embeddings.
pub trait Weighted: Forward {
    /// Its class with such a weight, as Python prints it.
    #[doc(hidden)]
    fn parametrized_name(&self) -> &'static str {
        match self.class_name() {
            "Linear" => "ParametrizedLinear",
            "Conv1d" => "ParametrizedConv1d",
            "Conv2d" => "ParametrizedConv2d",
            "Conv3d" => "ParametrizedConv3d",
            "ConvTranspose1d" => "ParametrizedConvTranspose1d",
            "ConvTranspose2d" => "ParametrizedConvTranspose2d",
            "ConvTranspose3d" => "ParametrizedConvTranspose3d",
            _ => "ParametrizedEmbedding",
        }
    }

    /// Its parameter `weight`.
    #[doc(hidden)]
    fn weight(&self) -> &Parameter;

    /// Its parameter `bias`, if it has one.
    #[doc(hidden)]
    fn bias(&self) -> Option<&Parameter>;

    /// The same layer with these parameters.
    #[doc(hidden)]
    fn with_parameters(&self, weight: Parameter, bias: Option<Parameter>) -> Self
    where
        Self: Sized;

    /// The dimension of the weight that counts outputs.
    #[doc(hidden)]
    const OUTPUT_DIM: i64 = 0;
}

/// The layer's parameter of this name, if it has one.
pub(super) fn parameter<'a>(layer: &'a impl Weighted, name: &str) -> Option<&'a Parameter> {
    match name {
        "weight" => Some(layer.weight()),
        "bias" => layer.bias(),
        _ => None,
    }
}

/// The same layer, its other parameters shared, with another one of this name.
pub(super) fn with_parameter<L: Weighted>(layer: &L, name: &str, parameter: Parameter) -> L {
    match name {
        "weight" => layer.with_parameters(parameter, layer.bias().map(Parameter::tie)),
        _ => layer.with_parameters(layer.weight().tie(), Some(parameter)),
    }
}

impl Weighted for Linear {
    fn weight(&self) -> &Parameter {
        &self.weight
    }

    fn bias(&self) -> Option<&Parameter> {
        self.bias.as_ref()
    }

    fn with_parameters(&self, weight: Parameter, bias: Option<Parameter>) -> Self {
        Self { weight, bias }
    }
}

impl<const N: usize> Weighted for Conv<N> {
    fn weight(&self) -> &Parameter {
        &self.weight
    }

    fn bias(&self) -> Option<&Parameter> {
        self.bias.as_ref()
    }

    fn with_parameters(&self, weight: Parameter, bias: Option<Parameter>) -> Self {
        self.with_parameters(weight, bias)
    }
}

impl<const N: usize> Weighted for ConvTranspose<N> {
    const OUTPUT_DIM: i64 = 1;

    fn weight(&self) -> &Parameter {
        &self.weight
    }

    fn bias(&self) -> Option<&Parameter> {
        self.bias.as_ref()
    }

    fn with_parameters(&self, weight: Parameter, bias: Option<Parameter>) -> Self {
        self.with_parameters(weight, bias)
    }
}

impl Weighted for Embedding {
    fn weight(&self) -> &Parameter {
        &self.weight
    }

    fn bias(&self) -> Option<&Parameter> {
        None
    }

    fn with_parameters(&self, weight: Parameter, _bias: Option<Parameter>) -> Self {
        self.with_parameters(weight)
    }
}

/// How a weight is computed from the tensors that are learned in its place: [`WeightNorm`] or
/// [`SpectralNorm`].
pub trait Parametrization: Module {
    /// Whether there is one such tensor, of the weight's own form, or several.
    #[doc(hidden)]
    const SEVERAL: bool;
    /// What is behind the weight's name in the keys that the originals had before there were
    /// parametrizations.
    #[doc(hidden)]
    const OLD_SUFFIXES: &'static [&'static str] = &[];
    /// The tensors of which this weight would be computed.
    #[doc(hidden)]
    fn right_inverse(&self, weight: &Tensor) -> Vec<Tensor>;
    /// The weight.
    #[doc(hidden)]
    fn compute(&self, originals: &[Parameter]) -> Tensor;
}

/// A layer whose weight is computed at every call; [`weight_norm`] and [`spectral_norm`] make it.
///
/// # Parameters
/// The layer's but its `weight`, and those that it is computed from, under `parametrizations.weight`;
/// `bias` in both where that is what is computed.
#[derive(Debug)]
pub struct Parametrized<L: Weighted, P: Parametrization> {
    /// Its weight is the last of the originals, of the weight's own size, and only that is looked at.
    layer: L,
    /// Which of the layer's parameters is computed.
    name: String,
    /// What the weight is computed from, under its name.
    pub parametrizations: ModuleDict<ParametrizationList<P>>,
}

impl<L: Weighted, P: Parametrization> Parametrized<L, P> {
    /// `layer` has a parameter of this name.
    fn new(layer: L, name: String, parametrization: P) -> Self {
        let weight = parameter(&layer, &name).expect("the layer has it");
        let originals = torch::no_grad(|| parametrization.right_inverse(weight));
        let learned = weight.requires_grad();
        let parameter = |original: Tensor| {
            let parameter = Parameter::new(original.detach());
            let _ = parameter.set_requires_grad(learned);
            parameter
        };
        let originals: Vec<_> = originals.into_iter().map(parameter).collect();
        let list = ParametrizationList { originals, parametrization };
        let layer = with_parameter(&layer, &name, list.originals[list.originals.len() - 1].tie());
        let parametrizations = [(&*name, list)].into_iter().collect();
        Self { layer, name, parametrizations }
    }

    /// The layer's parameter that is computed, as it is now.
    fn computed(&self) -> Tensor {
        let list = &self.parametrizations[&*self.name];
        list.parametrization.compute(&list.originals)
    }

    /// The weight; where it is what is computed, as it is now, and in training a spectral norm takes a
    /// step by it.
    pub fn weight(&self) -> Tensor {
        weight_of(&self.layer, &self.name, || self.computed())
    }

    /// The bias, if there is one; where it is what is computed, as [`weight`](Self::weight).
    pub fn bias(&self) -> Option<Tensor> {
        bias_of(&self.layer, &self.name, || self.computed())
    }

    /// Runs the layer on `input`.
    #[track_caller]
    pub fn forward(&self, input: &Tensor) -> Tensor {
        call(self, input)
    }
}

/// The weight of a layer whose parameter of this name is computed.
pub(super) fn weight_of<L: Weighted>(
    layer: &L,
    name: &str,
    computed: impl FnOnce() -> Tensor,
) -> Tensor {
    if name == "weight" { computed() } else { layer.weight().shallow_clone() }
}

/// Its bias, if there is one.
pub(super) fn bias_of<L: Weighted>(
    layer: &L,
    name: &str,
    computed: impl FnOnce() -> Tensor,
) -> Option<Tensor> {
    if name == "bias" { Some(computed()) } else { layer.bias().map(|bias| bias.shallow_clone()) }
}

impl<L: Weighted, P: Parametrization> Field for Parametrized<L, P> {
    fn member(&self) -> Option<Member<'_>> {
        Some(Member::Child(self))
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        // The parametrizations first: the layer's weight is one of their tensors.
        let parametrizations = self.parametrizations.deepcopy(copies);
        Self { layer: self.layer.deepcopy(copies), name: self.name.clone(), parametrizations }
    }
}

/// By hand, since the members are another struct's.
impl<L: Weighted, P: Parametrization> Module for Parametrized<L, P> {
    fn class_name(&self) -> &'static str {
        self.layer.parametrized_name()
    }

    fn extra_repr(&self) -> String {
        self.layer.extra_repr()
    }

    fn old_keys(&self) -> Vec<(String, String)> {
        let name = &self.name;
        let key = |(place, suffix): (usize, &&str)| {
            (format!("{name}{suffix}"), format!("parametrizations.{name}.original{place}"))
        };
        P::OLD_SUFFIXES.iter().enumerate().map(key).collect()
    }

    fn multiply_adds(&self, inputs: &[&Tensor], outputs: &[&Tensor]) -> i64 {
        self.layer.multiply_adds(inputs, outputs)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let mut members = self.layer.members();
        members.retain(|(name, _)| *name != self.name);
        members.push(("parametrizations".into(), Member::Child(&self.parametrizations)));
        members
    }
}

impl<L: Weighted, P: Parametrization> Forward for Parametrized<L, P> {
    fn forward(&self, input: &Tensor) -> Tensor {
        let computed = Parameter::computed(self.computed());
        let layer = with_parameter(&self.layer, &self.name, computed);
        Forward::forward(&layer, input)
    }
}

impl<L: Weighted, P: Parametrization> tch::nn::Module for Parametrized<L, P> {
    fn forward(&self, input: &Tensor) -> Tensor {
        call(self, input)
    }
}

impl<L: Weighted, P: Parametrization> fmt::Display for Parametrized<L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self, f)
    }
}

/// What is learned in a weight's place, and how the weight is computed from it.
#[derive(Debug)]
pub struct ParametrizationList<P: Parametrization> {
    originals: Vec<Parameter>,
    parametrization: P,
}

impl<P: Parametrization> ParametrizationList<P> {
    /// `original` in Python, or `original0` and so on where there are several.
    ///
    /// # Panics
    /// When there are not so many.
    #[track_caller]
    pub fn original(&self, place: usize) -> &Parameter {
        &self.originals[place]
    }
}

impl<P: Parametrization> Field for ParametrizationList<P> {
    fn member(&self) -> Option<Member<'_>> {
        Some(Member::Child(self))
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        let (originals, parametrization) = (&self.originals, &self.parametrization);
        Self {
            originals: originals.deepcopy(copies),
            parametrization: parametrization.deepcopy(copies),
        }
    }
}

/// By hand, since how many members there are depends on the parametrization.
impl<P: Parametrization> Module for ParametrizationList<P> {
    fn class_name(&self) -> &'static str {
        "ParametrizationList"
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let name = |i: usize| if P::SEVERAL { format!("original{i}") } else { "original".into() };
        let originals = self.originals.iter().enumerate();
        let originals = originals.map(|(i, original)| (name(i), Member::Parameter(original)));
        originals.chain([("0".into(), Member::Child(&self.parametrization))]).collect()
    }
}

impl<P: Parametrization> fmt::Display for ParametrizationList<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self, f)
    }
}

/// w = g · v / ‖v‖, with a norm for each place of dimension `dim`.
#[derive(Debug, Module)]
#[module(class = "_WeightNorm")]
pub struct WeightNorm {
    /// -1 for one norm of all.
    #[module(skip)]
    dim: i64,
    training: Training,
}

impl Parametrization for WeightNorm {
    const SEVERAL: bool = true;
    const OLD_SUFFIXES: &'static [&'static str] = &["_g", "_v"];

    fn right_inverse(&self, weight: &Tensor) -> Vec<Tensor> {
        vec![Tensor::norm_except_dim(weight, 2, self.dim), weight.shallow_clone()]
    }

    fn compute(&self, originals: &[Parameter]) -> Tensor {
        Tensor::internal_weight_norm(&originals[1], &originals[0], self.dim)
    }
}

/// Gives a layer's weight a length that is learned by itself, w = g · v / ‖v‖:
/// [`torch.nn.utils.parametrizations.weight_norm`].
///
/// Each place of dimension `dim` has a length of its own, `original0`, g, beside the direction
/// `original1`, v; with `None` there is one for the whole weight. They begin so that w is what it was.
/// The keys that `torch.nn.utils.weight_norm` gave them, `weight_g` and `weight_v`, are loaded as well.
/// See [Salimans and Kingma, 2016](https://arxiv.org/abs/1602.07868).
///
/// # Panics
/// When the layer has no parameter `name`.
///
/// ```
/// use flambeau::nn::utils::parametrizations::weight_norm;
/// use flambeau::prelude::*;
///
/// let conv = nn::Conv2d::new(3, 8, 3);
/// let before = conv.weight.copy();
/// let conv = weight_norm(conv);
/// assert!(conv.weight().allclose(&before, 1e-5, 1e-6, false));
/// assert!(conv.to_string().starts_with("ParametrizedConv2d(\n  3, 8, kernel_size=(3, 3)"));
/// ```
///
/// [`torch.nn.utils.parametrizations.weight_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.weight_norm.html
#[function]
pub fn weight_norm<L: Weighted>(
    layer: L,
    /// The layer's parameter that becomes computed: `"weight"` or `"bias"`.
    #[builder(default = "weight", into)]
    name: String,
    /// The dimension whose places have a length each, or `None`.
    #[builder(default = Some(0))]
    dim: Option<i64>,
) -> Parametrized<L, WeightNorm> {
    check!(
        parameter(&layer, &name).is_some(),
        "Module '{}' does not have a parameter, a buffer, or a parametrized element with name '{name}'",
        Module::repr(&layer)
    );
    let parametrization = WeightNorm { dim: dim.unwrap_or(-1), training: Training::default() };
    Parametrized::new(layer, name, parametrization)
}

/// w / σ(w), σ being the largest factor by which w, as a matrix, lengthens a vector.
#[derive(Debug, Module)]
#[module(class = "_SpectralNorm")]
pub struct SpectralNorm {
    #[module(skip)]
    dim: i64,
    #[module(skip)]
    eps: f64,
    #[module(skip)]
    n_power_iterations: i64,
    /// The vectors that w lengthens most, as far as they are known: absent for a weight that is a
    /// vector itself.
    _u: Option<Buffer>,
    _v: Option<Buffer>,
    training: Training,
}

impl SpectralNorm {
    fn as_matrix(&self, weight: &Tensor) -> Tensor {
        // The same order of the others as in Python: the products' last bits depend on it.
        let others = (0..weight.dim() as i64).filter(|dim| *dim != self.dim);
        let order: Vec<_> = [self.dim].into_iter().chain(others).collect();
        let weight = if self.dim == 0 { weight.shallow_clone() } else { weight.permute(order) };
        weight.flatten(1, -1)
    }

    /// A vector of this direction and of length 1.
    fn direction(&self, vector: &Tensor) -> Tensor {
        F::normalize_options(vector).dim(0).eps(self.eps).call()
    }

    /// Turns the vectors towards those that `matrix` lengthens most.
    fn power_method(&self, matrix: &Tensor, iterations: i64) {
        let (Some(u), Some(v)) = (&self._u, &self._v) else { return };
        torch::no_grad(|| {
            for _ in 0..iterations {
                u.shallow_clone().copy_(&self.direction(&matrix.mv(v)));
                v.shallow_clone().copy_(&self.direction(&matrix.tr().mv(u)));
            }
        });
    }
}

impl Parametrization for SpectralNorm {
    const SEVERAL: bool = false;

    fn right_inverse(&self, weight: &Tensor) -> Vec<Tensor> {
        vec![weight.shallow_clone()]
    }

    fn compute(&self, originals: &[Parameter]) -> Tensor {
        let weight = &*originals[0];
        let (Some(u), Some(v)) = (&self._u, &self._v) else {
            return self.direction(weight);
        };
        let matrix = self.as_matrix(weight);
        if self.training.get() {
            self.power_method(&matrix, self.n_power_iterations);
        }
        // Copies, since the next step overwrites what the backward pass of this one needs.
        let (u, v) = (u.copy(), v.copy());
        weight / u.vdot(&matrix.mv(&v))
    }
}

/// Divides a layer's weight by its largest singular value, so that the layer lengthens nothing:
/// [`torch.nn.utils.parametrizations.spectral_norm`].
///
/// That value is estimated by two vectors, which take `n_power_iterations` steps of the power method
/// at each call in training, and 15 at the beginning, from N(0, 1). The weight is taken as a matrix of
/// dimension `dim` by all others. See
/// [Miyato et al., 2018](https://arxiv.org/abs/1802.05957).
///
/// # Panics
/// When the layer has no parameter `name`, `n_power_iterations` is not positive, or the weight has no
/// such dimension.
///
/// ```
/// use flambeau::nn::utils::parametrizations::spectral_norm;
/// use flambeau::prelude::*;
///
/// let linear = spectral_norm(nn::Linear::new(20, 40));
/// for _ in 0..20 {
///     let _ = linear.weight();
/// }
/// let (_, singular_values, _) = linear.weight().svd(true, true);
/// assert!((singular_values.max().item() - 1.0).abs() < 0.1);
/// ```
///
/// [`torch.nn.utils.parametrizations.spectral_norm`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.spectral_norm.html
#[function]
pub fn spectral_norm<L: Weighted>(
    layer: L,
    /// The layer's parameter that becomes computed: `"weight"` or `"bias"`.
    #[builder(default = "weight", into)]
    name: String,
    /// How many steps of the power method a call in training takes.
    #[builder(default = 1)]
    n_power_iterations: i64,
    /// What a length is at least, to be safe from 0.
    #[builder(default = 1e-12)]
    eps: f64,
    /// The dimension by which the weight is a matrix; the one that counts outputs if not given.
    dim: Option<i64>,
) -> Parametrized<L, SpectralNorm> {
    let weight = parameter(&layer, &name).unwrap_or_else(|| {
        refuse(format!(
            "Module '{}' has no parameter or buffer with name '{name}'",
            Module::repr(&layer)
        ))
    });
    let (dims, given) = (weight.dim() as i64, dim.unwrap_or(L::OUTPUT_DIM));
    check!(
        (-dims..dims).contains(&given),
        "Dimension out of range (expected to be in range of [-{dims}, {}] but got {given})",
        dims - 1
    );
    check!(
        n_power_iterations > 0,
        "Expected n_power_iterations to be positive, but got \
         n_power_iterations={n_power_iterations}"
    );
    let dim = if given < 0 { given + dims } else { given };
    let training = Training::default();
    let mut norm = SpectralNorm { dim, eps, n_power_iterations, _u: None, _v: None, training };
    if dims > 1 {
        let matrix = torch::no_grad(|| norm.as_matrix(weight));
        let options = (matrix.kind(), matrix.device());
        let draw = |size: i64| Tensor::empty([size], options).normal_(0.0, 1.0);
        let [rows, columns] = matrix.size()[..] else { unreachable!("it is a matrix") };
        let (u, v) = (draw(rows), draw(columns));
        norm._u = Some(Buffer::new(norm.direction(&u)));
        norm._v = Some(Buffer::new(norm.direction(&v)));
        norm.power_method(&matrix, 15);
    }
    let layer = Parametrized::new(layer, name, norm);
    // Python computes the weight once to check its form, which is a step.
    let _ = torch::no_grad(|| layer.computed());
    layer
}
