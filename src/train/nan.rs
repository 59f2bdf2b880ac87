//! [`FirstNan`]: which module gave the first NaN.

use std::cell::RefCell;
use std::rc::Rc;

use tch::Tensor;

use crate::nn::{self, HookHandle, Module};
use crate::refusal::Called;
use crate::torch::{TensorExt, no_grad};
use crate::{Error, Result};

/// Watches over every module's outputs on this thread.
pub(super) struct FirstNan {
    found: Rc<RefCell<Option<Found>>>,
    _hook: HookHandle<'static>,
}

/// Which module it was, and whether it was given a NaN.
struct Found {
    module: Called,
    given: bool,
}

impl FirstNan {
    pub fn watch() -> Self {
        let found = Rc::new(RefCell::new(None));
        let theirs = found.clone();
        let _hook = nn::register_module_forward_hook(move |module, inputs, outputs| {
            let mut found = theirs.borrow_mut();
            if found.is_none() && outputs.iter().any(|output| has_nan(output)) {
                let given = inputs.iter().any(|input| has_nan(input));
                *found = Some(Found { module: nn::called(module), given });
            }
            None
        });
        Self { found, _hook }
    }

    /// Begins a step: a NaN that was seen before, as in an evaluation, is none of its own.
    pub fn begin_step(&self) {
        self.found.take();
    }

    /// Tells of a NaN in the loss or in the parameters' gradients.
    ///
    /// # Errors
    /// When there is one.
    pub fn check(
        &self,
        model: &dyn Module,
        loss: f64,
        parameters: Vec<(String, Tensor)>,
        step: usize,
    ) -> Result<()> {
        let found = self.found.take();
        if loss.is_nan() {
            let origin = match found {
                Some(Found { module, given }) => {
                    let place = nn::place(model, &[module]);
                    let why = if given { ", whose input has one already" } else { "" };
                    format!("the first module to give a NaN is {place}{why}")
                }
                None => "no module gave one, so it comes of the loss's own formula".into(),
            };
            return Err(Error::argument("loss", format!("is NaN in step {}: {origin}", step + 1)));
        }
        let gradient = |parameter: &Tensor| Some(parameter.grad()).filter(Tensor::defined);
        let nan = |(_, parameter): &(_, _)| gradient(parameter).is_some_and(|grad| has_nan(&grad));
        match parameters.into_iter().find(nan) {
            Some((name, _)) => {
                let step = step + 1;
                let problem =
                    format!("has a NaN in its gradient in step {step}, of a loss of {loss}");
                Err(Error::argument(name, problem))
            }
            None => Ok(()),
        }
    }
}

fn has_nan(tensor: &Tensor) -> bool {
    tensor.defined() && no_grad(|| tensor.isnan().any()).item() != 0.0
}
