//! [`deepcopy`]: a copy of a model with memory of its own.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt::{self, Debug};

use tch::Tensor;

use super::Module;
use super::call::address;
use crate::ffi;
use crate::torch::no_grad;

/// A copy of `model` that shares nothing with it: Python's [`copy.deepcopy(model)`].
///
/// Parameters and buffers have memory of their own, laid out as in the model; what is frozen stays
/// frozen, and gradients of parameters are not copied, as in Python. What is one in the model is one in the copy:
/// parameters that are [tied](super::Parameter::tie), modules that stand at two places
/// ([`Shared`](super::Shared)), and the memory of which several buffers are views. Parameters have
/// each their own, whatever they are views of, as in Python. Hooks stay with the model.
///
/// ```
/// use flambeau::prelude::*;
///
/// let model = nn::sequential!(nn::Linear::new(2, 3), nn::ReLU::new());
/// let copy = nn::deepcopy(&model);
/// let _ = no_grad(|| copy.parameters()[0].zero_());
/// assert_ne!(model.parameters()[0], copy.parameters()[0]);
/// assert_eq!(model.parameters()[1], copy.parameters()[1]);
/// ```
///
/// [`copy.deepcopy(model)`]: https://docs.python.org/3/library/copy.html#copy.deepcopy
///
/// # Panics
/// When a parameter or a buffer is the output of an operation, in PyTorch's words.
#[track_caller]
pub fn deepcopy<M: Module>(model: &M) -> M {
    model.deepcopy(&mut Copies::default())
}

/// What was copied so far by one [`deepcopy`], Python's `memo`: what the model holds twice is copied
/// once.
#[derive(Default)]
pub struct Copies {
    tensors: HashMap<usize, Tensor>,
    /// A tensor in the copy of each memory.
    storages: HashMap<usize, Tensor>,
    modules: HashMap<(usize, TypeId), Box<dyn Any>>,
}

impl Copies {
    /// The copy of this tensor, which `copy` makes when it is met first.
    #[track_caller]
    pub(super) fn tensor(
        &mut self,
        tensor: &Tensor,
        copy: impl FnOnce(&mut Self) -> Tensor,
    ) -> Tensor {
        assert!(
            tensor.is_leaf(),
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol \
             at the moment."
        );
        let identity = ffi::identity(tensor);
        if let Some(copy) = self.tensors.get(&identity) {
            return copy.shallow_clone();
        }
        let copy = copy(self).set_requires_grad(tensor.requires_grad());
        self.tensors.insert(identity, copy.shallow_clone());
        copy
    }

    /// A tensor in a copy of this one's memory, which is made once for all the views of it.
    pub(super) fn with_storage(&mut self, tensor: &Tensor) -> Tensor {
        let Some(storage) = ffi::storage(tensor) else { return no_grad(|| tensor.copy()) };
        let copy = ffi::copy_with_storage(tensor, self.storages.get(&storage));
        self.storages.entry(storage).or_insert_with(|| copy.shallow_clone());
        copy
    }

    /// The handle to the copy of a module that has several, if that is made already.
    pub(super) fn handle<H: Clone + 'static>(&self, module: &dyn Module) -> Option<H> {
        self.modules.get(&address(module))?.downcast_ref().cloned()
    }

    /// Keeps the handle to the copy of this module.
    pub(super) fn keep<H: 'static>(&mut self, module: &dyn Module, handle: H) {
        self.modules.insert(address(module), Box::new(handle));
    }
}

impl Debug for Copies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copies").field("tensors", &self.tensors.len()).finish_non_exhaustive()
    }
}
