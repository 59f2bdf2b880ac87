//! `Box<dyn Forward>`: a module of any type, which is called as every other.

use tch::Tensor;

use super::{Copies, Field, Forward, Member, Module, call};

impl Field for Box<dyn Forward> {
    /// The module itself.
    fn member(&self) -> Option<Member<'_>> {
        (**self).member()
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        (**self).boxed_forward(copies)
    }
}

/// The module's own answers.
impl Module for Box<dyn Forward> {
    fn class_name(&self) -> &'static str {
        (**self).class_name()
    }

    fn extra_repr(&self) -> String {
        (**self).extra_repr()
    }

    fn members(&self) -> Vec<(String, Member<'_>)> {
        (**self).members()
    }

    fn repr(&self) -> String {
        (**self).repr()
    }

    fn multiply_adds(&self, inputs: &[&Tensor], outputs: &[&Tensor]) -> i64 {
        (**self).multiply_adds(inputs, outputs)
    }
}

/// A box can be told from the `dyn Forward` in it, whose method of this name is the bare work.
impl Forward for Box<dyn Forward> {
    #[track_caller]
    fn forward(&self, input: &Tensor) -> Tensor {
        call(&**self, input)
    }
}
