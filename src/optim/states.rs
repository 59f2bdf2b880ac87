//! What an optimizer keeps of the parameters of a group.

use std::collections::HashMap;

use tch::Tensor;

use crate::ffi::{self, Gradient, Scaling};
use crate::nn::StateDict;

/// The states of a group's parameters. Python keeps a state by the parameter, so a parameter that is
/// in the group twice has one.
#[derive(Debug)]
pub(super) struct States {
    each: Vec<StateDict>,
    /// Which of these is each parameter's.
    places: Vec<usize>,
}

impl States {
    /// A state for each tensor among the parameters.
    pub fn new(params: &[Tensor], begin: impl Fn(&Tensor) -> StateDict) -> Self {
        let places = places(params);
        let each = firsts(&places).map(|first| begin(&params[first])).collect();
        Self { each, places }
    }

    /// The tensors among the parameters, each once: whose the states are.
    pub fn distinct<'a>(&self, params: &'a [Tensor]) -> Vec<&'a Tensor> {
        firsts(&self.places).map(|first| &params[first]).collect()
    }

    /// Is a parameter in the group twice?
    pub fn has_duplicates(&self) -> bool {
        self.each.len() < self.places.len()
    }

    /// The state of each parameter, in the order they were given.
    pub fn of_params(&self) -> impl Iterator<Item = &StateDict> {
        self.places.iter().map(|&place| &self.each[place])
    }

    /// The states, one for each tensor.
    pub fn each(&self) -> &[StateDict] {
        &self.each
    }

    /// Puts other states into their place, as many as there are.
    pub fn replace(&mut self, each: Vec<StateDict>) {
        assert_eq!(each.len(), self.each.len());
        self.each = each;
    }

    /// Which of the states is each parameter's.
    pub fn places(&self) -> &[usize] {
        &self.places
    }

    /// The numbers by which Python's `state_dict` names the states, where the group's parameters are
    /// counted from `first`. A parameter that is there twice goes by its last number.
    pub fn numbers(&self, first: i64) -> Vec<i64> {
        let mut numbers = vec![0; self.each.len()];
        for (number, &place) in (first..).zip(&self.places) {
            numbers[place] = number;
        }
        numbers
    }

    /// The parameters that have a gradient. A state that is empty begins with it.
    pub fn slots<'a>(
        &'a mut self,
        params: &'a [Tensor],
        gradients: &[Gradient],
        begin: impl Fn(&Tensor) -> StateDict,
        scaling: Option<&'a Scaling>,
    ) -> Slots<'a> {
        let (mut with_grad, mut places) = (Vec::new(), Vec::new());
        for ((param, &place), gradient) in params.iter().zip(&self.places).zip(gradients) {
            if *gradient != Gradient::None {
                if self.each[place].is_empty() {
                    self.each[place] = begin(param);
                }
                with_grad.push(param);
                places.push(place);
            }
        }
        Slots { params: with_grad, places, states: &mut self.each, scaling }
    }
}

/// Counts the tensors in the order they come, and gives each parameter its tensor's number.
fn places(params: &[Tensor]) -> Vec<usize> {
    let mut known = HashMap::new();
    let mut place = |param| {
        let next = known.len();
        *known.entry(ffi::identity(param)).or_insert(next)
    };
    params.iter().map(&mut place).collect()
}

/// Where each tensor comes first.
fn firsts(places: &[usize]) -> impl Iterator<Item = usize> {
    let mut next = 0;
    places.iter().enumerate().filter_map(move |(i, &place)| {
        let first = place == next;
        next += usize::from(first);
        first.then_some(i)
    })
}

/// Parameters with a gradient, and what is kept of them. One that its group has twice is here twice,
/// with one state.
#[derive(Debug)]
pub struct Slots<'a> {
    params: Vec<&'a Tensor>,
    places: Vec<usize>,
    states: &'a mut [StateDict],
    scaling: Option<&'a Scaling>,
}

impl<'a> Slots<'a> {
    /// Each parameter with its state.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a Tensor, &StateDict)> {
        self.params.iter().zip(&self.places).map(|(param, &place)| (*param, &self.states[place]))
    }

    /// The parameters.
    pub(super) fn params(&self) -> &[&'a Tensor] {
        &self.params
    }

    /// What a fused kernel is to do beside its step.
    pub(super) fn scaling(&self) -> Option<&'a Scaling> {
        self.scaling
    }

    /// What stands under this name in the states that have it, parameter by parameter.
    pub(super) fn part(&self, name: &str) -> Vec<&Tensor> {
        self.iter().filter_map(|(_, state)| state.get(name)).collect()
    }

    /// Puts a tensor into the state of the parameter with this index.
    pub(super) fn put(&mut self, index: usize, name: &str, tensor: Tensor) {
        self.states[self.places[index]].insert(name.into(), tensor);
    }
}
