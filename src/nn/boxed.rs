//! `Box<dyn Forward>`: a module of any type, which is called as every other.

use tch::Tensor;

use super::module::stands_for_its_module;
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

stands_for_its_module!([] Box<dyn Forward>);

/// A box can be told from the `dyn Forward` in it, whose method of this name is the bare work.
impl Forward for Box<dyn Forward> {
    #[track_caller]
    fn forward(&self, input: &Tensor) -> Tensor {
        call(&**self, input)
    }
}
