//! What a model's forward pass gives.

use tch::Tensor;

/// What a model's forward pass may give: tensors, in tuples, lists or options.
pub trait Outputs {
    /// Shows each tensor to `work`, which may put another in its place.
    fn for_each(&mut self, work: &mut dyn FnMut(&mut Tensor));
}

impl Outputs for Tensor {
    fn for_each(&mut self, work: &mut dyn FnMut(&mut Tensor)) {
        work(self);
    }
}

impl<T: Outputs> Outputs for Option<T> {
    fn for_each(&mut self, work: &mut dyn FnMut(&mut Tensor)) {
        self.iter_mut().for_each(|outputs| outputs.for_each(work));
    }
}

impl<T: Outputs> Outputs for Vec<T> {
    fn for_each(&mut self, work: &mut dyn FnMut(&mut Tensor)) {
        self.iter_mut().for_each(|outputs| outputs.for_each(work));
    }
}

impl<A: Outputs, B: Outputs> Outputs for (A, B) {
    fn for_each(&mut self, work: &mut dyn FnMut(&mut Tensor)) {
        self.0.for_each(work);
        self.1.for_each(work);
    }
}

impl<A: Outputs, B: Outputs, C: Outputs> Outputs for (A, B, C) {
    fn for_each(&mut self, work: &mut dyn FnMut(&mut Tensor)) {
        self.0.for_each(work);
        self.1.for_each(work);
        self.2.for_each(work);
    }
}
