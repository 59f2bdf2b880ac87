//! [`Shared`]: one module that stands at several places.

use std::any::Any;
use std::fmt::{self, Debug};
use std::ops::Deref;
use std::rc::Rc;

use fragile::Fragile;
use tch::Tensor;

use super::module::stands_for_its_module;
use super::{Copies, Field, Forward, Member, Module, call};

/// A module that stands at several places of a model, where Python assigns the same object twice. A
/// clone of it is the same module once more, as with [`Rc`].
///
/// Its parameters are trained once, and stand in the state dictionary under each of its names.
/// [`named_modules`](Module::named_modules) tells it once, hooks are called wherever it is called,
/// and a [`deepcopy`](super::deepcopy) of the model has one copy of it. It reads as the module that
/// it holds. To share single weights, see [`Parameter::tie`](super::Parameter::tie).
///
/// ```
/// use flambeau::prelude::*;
///
/// let layer = nn::Shared::new(nn::Linear::new(4, 4));
/// let model = nn::sequential!(layer.clone(), nn::ReLU::new(), layer);
/// assert_eq!(model.parameters().len(), 2);
/// assert_eq!(
///     model.state_dict().keys().collect::<Vec<_>>(),
///     ["0.weight", "0.bias", "2.weight", "2.bias"],
/// );
/// ```
///
/// # Panics
/// When it is used or dropped on another thread than the one that made it: the handles count each
/// other there.
pub struct Shared<M: Module>(Fragile<Rc<M>>);

impl<M: Module> Shared<M> {
    /// Makes `module` one that can stand at several places.
    pub fn new(module: M) -> Self {
        Self(Fragile::new(Rc::new(module)))
    }
}

impl<M: Module> Clone for Shared<M> {
    fn clone(&self) -> Self {
        Self(Fragile::new(self.handle().clone()))
    }
}

impl<M: Module> Shared<M> {
    #[track_caller]
    fn handle(&self) -> &Rc<M> {
        self.0.try_get().expect("an nn::Shared module stays on the thread that made it")
    }
}

impl<M: Module> Deref for Shared<M> {
    type Target = M;

    #[track_caller]
    fn deref(&self) -> &M {
        self.handle()
    }
}

impl<M: Forward> Shared<M> {
    /// Runs the module on `input`.
    #[track_caller]
    pub fn forward(&self, input: &Tensor) -> Tensor {
        call(self, input)
    }
}

impl<M: Module> Field for Shared<M> {
    /// The module itself, so that it is the same member at all places.
    fn member(&self) -> Option<Member<'_>> {
        (**self).member()
    }

    fn deepcopy(&self, copies: &mut Copies) -> Self {
        copies.handle(&**self).unwrap_or_else(|| {
            let copy = Self::new((**self).deepcopy(copies));
            copies.keep(&**self, copy.clone());
            copy
        })
    }
}

stands_for_its_module!([M: Module] Shared<M>);

impl<M: Forward> Forward for Shared<M> {
    fn forward(&self, input: &Tensor) -> Tensor {
        // Without the call that a box's `forward` is.
        match (&**self as &dyn Any).downcast_ref::<Box<dyn Forward>>() {
            Some(boxed) => Forward::forward(&**boxed, input),
            None => Forward::forward(&**self, input),
        }
    }
}

impl<M: Forward> tch::nn::Module for Shared<M> {
    fn forward(&self, input: &Tensor) -> Tensor {
        call(self, input)
    }
}

impl<M: Module> Debug for Shared<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<M: Module> fmt::Display for Shared<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::print(self, f)
    }
}
