//! What [`weight_norm`](fn@super::weight_norm) makes of a layer.

use std::fmt;

use tch::Tensor;

use super::parametrizations::{Weighted, bias_of, parameter, weight_of, with_parameter};
use crate::nn::{Copies, Field, Forward, Member, Module, Parameter, call, print};
use crate::torch;

/// A layer whose weight has a length that is learned by itself; [`weight_norm`](fn@super::weight_norm) makes it.
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
    /// `layer` has a parameter of this name.
    pub(super) fn new(layer: &L, name: String, dim: i64) -> Self {
        let weight = parameter(layer, &name).expect("the layer has it");
        let learned = weight.requires_grad();
        let own = |tensor: Tensor| {
            let parameter = Parameter::new(tensor.detach());
            let _ = parameter.set_requires_grad(learned);
            parameter
        };
        let g = own(torch::no_grad(|| Tensor::norm_except_dim(weight, 2, dim)));
        let v = own(weight.shallow_clone());
        let layer = with_parameter(layer, &name, v.tie());
        Self { layer, name, dim, g, v }
    }

    fn computed(&self) -> Tensor {
        Tensor::internal_weight_norm(&self.v, &self.g, self.dim)
    }

    /// The weight; where it is what is computed, as it is now.
    pub fn weight(&self) -> Tensor {
        weight_of(&self.layer, &self.name, || self.computed())
    }

    /// The bias, if there is one; where it is what is computed, as it is now.
    pub fn bias(&self) -> Option<Tensor> {
        bias_of(&self.layer, &self.name, || self.computed())
    }

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
        let layer = with_parameter(&self.layer, &self.name, Parameter::computed(self.computed()));
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
