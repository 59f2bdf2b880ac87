//! [`weight_norm`], as it was before there were [`parametrizations`](super::parametrizations).

use std::fmt;

use flambeau_derive::function;
use tch::Tensor;

use super::parametrizations::{Weighted, parameter, with_parameter};
use crate::nn::{Copies, Field, Forward, Member, Module, Parameter, call, print};
use crate::refusal::check;
use crate::torch;

/// A layer whose weight has a length that is learned by itself; [`weight_norm`] makes it.
///
/// # Parameters
/// The layer's but its `weight`, and `weight_g` and `weight_v`, of which that is computed; `bias_g` and
/// `bias_v` where it is the bias.
#[derive(Debug)]
pub struct WeightNorm<L: Weighted> {
    /// What is computed has `v`'s place in it, and only its size is looked at.
    layer: L,
    name: String,
    /// -1 for one length of all.
    dim: i64,
    g: Parameter,
    v: Parameter,
}

impl<L: Weighted> WeightNorm<L> {
    /// Runs the layer on `input`.
    #[track_caller]
    pub fn forward(&self, input: &Tensor) -> Tensor {
        call(self, input)
    }

    /// The lengths: `weight_g`.
    pub fn g(&self) -> &Parameter {
        &self.g
    }

    /// The directions: `weight_v`.
    pub fn v(&self) -> &Parameter {
        &self.v
    }
}

impl<L: Weighted> Field for WeightNorm<L> {
    fn member(&self) -> Option<Member<'_>> {
        Some(Member::Child(self))
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        // These first: the layer's weight is one of them.
        let (g, v) = (self.g.deepcopy(copies), self.v.deepcopy(copies));
        Self { layer: self.layer.deepcopy(copies), name: self.name.clone(), dim: self.dim, g, v }
    }
}

/// By hand, since the members are another struct's.
impl<L: Weighted> Module for WeightNorm<L> {
    fn class_name(&self) -> &'static str {
        self.layer.class_name()
    }

    fn extra_repr(&self) -> String {
        self.layer.extra_repr()
    }

    fn multiply_adds(&self, inputs: &[&Tensor], outputs: &[&Tensor]) -> i64 {
        self.layer.multiply_adds(inputs, outputs)
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let mut members = self.layer.members();
        members.retain(|(name, _)| *name != self.name);
        for (letter, parameter) in [("g", &self.g), ("v", &self.v)] {
            members.push((format!("{}_{letter}", self.name), Member::Parameter(parameter)));
        }
        members
    }
}

impl<L: Weighted> Forward for WeightNorm<L> {
    fn forward(&self, input: &Tensor) -> Tensor {
        let weight = Tensor::internal_weight_norm(&self.v, &self.g, self.dim);
        let layer = with_parameter(&self.layer, &self.name, Parameter::computed(weight));
        Forward::forward(&layer, input)
    }
}

impl<L: Weighted> tch::nn::Module for WeightNorm<L> {
    fn forward(&self, input: &Tensor) -> Tensor {
        call(self, input)
    }
}

impl<L: Weighted> fmt::Display for WeightNorm<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self, f)
    }
}

/// Gives a layer's weight a length that is learned by itself, w = g · v / ‖v‖:
/// [`torch.nn.utils.weight_norm`].
///
/// It is [`parametrizations::weight_norm`](fn@super::parametrizations::weight_norm) with the keys and the
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
        parameter(&layer, &name).is_some(),
        "'{}' object has no attribute '{name}'",
        layer.class_name()
    );
    let dim = dim.unwrap_or(-1);
    let weight = parameter(&layer, &name).expect("the layer has it");
    let learned = weight.requires_grad();
    let own = |tensor: Tensor| {
        let parameter = Parameter::new(tensor.detach());
        let _ = parameter.set_requires_grad(learned);
        parameter
    };
    let g = own(torch::no_grad(|| Tensor::norm_except_dim(&**weight, 2, dim)));
    let v = own(weight.shallow_clone());
    let layer = with_parameter(&layer, &name, v.tie());
    WeightNorm { layer, name, dim, g, v }
}
