//! [`Weights`]: what a recurrent layer learns.

use std::ops::Index;

use tch::Tensor;

use crate::nn::{Copies, Field, Member, Module, Parameter, init};

/// The weights of a recurrent layer or cell, whose names and number depend on its options.
#[derive(Debug)]
pub(super) struct Weights(Vec<(String, Parameter)>);

impl Weights {
    /// Weights from U(±1/√hidden), of these names and sizes, in PyTorch's order.
    pub(super) fn draw(sizes: Vec<(String, Vec<i64>)>, hidden: i64) -> Self {
        let bound = 1.0 / (hidden as f64).sqrt();
        let draw = |(name, size): (String, Vec<i64>)| {
            let parameter = Parameter::empty(&size);
            init::uniform_options(&parameter).a(-bound).b(bound).call();
            (name, parameter)
        };
        Self(sizes.into_iter().map(draw).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Tensor> {
        self.0.iter().map(|(_, weight)| &**weight)
    }
}

impl Index<usize> for Weights {
    type Output = Tensor;

    fn index(&self, place: usize) -> &Tensor {
        &self.0[place].1
    }
}

impl Field for Weights {
    fn member(&self) -> Option<Member<'_>> {
        Some(Member::Child(self))
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        let weights = self.0.iter();
        Self(weights.map(|(name, weight)| (name.clone(), weight.deepcopy(copies))).collect())
    }
}

/// By hand, since the names are made while the program runs.
impl Module for Weights {
    fn class_name(&self) -> &'static str {
        "Weights"
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        let weights = self.0.iter();
        weights.map(|(name, weight)| (name.clone(), Member::Parameter(weight))).collect()
    }
}
