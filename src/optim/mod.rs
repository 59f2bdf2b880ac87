//! Optimizers: [`torch.optim`]. One file an algorithm.
//!
//! An optimizer holds handles to the parameters it was given, as Python's does; the model stays
//! free to be used. Each computes what Python's for-loop does, which is the default on the CPU
//! there; Adam, AdamW, SGD and Adagrad have with `fused(true)` one kernel for all, as there. The last
//! bits of the two differ from each other, in Python as here, so each is matched with its own.
//! (Python's third, foreach, is its default on a GPU.) [`LBFGS`] alone needs a closure, and has a
//! [`step`](LBFGS::step) of its own.
//!
//! Options are a group's: [`add_param_group`](Optim::add_param_group) gives some parameters others.
//! [`state_dict`](Optimizer::state_dict) holds all that a training needs to go on, in Python's layout.
//!
//! [`torch.optim`]: https://docs.pytorch.org/docs/stable/optim.html

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod adamw;
mod group;
mod lbfgs;
pub mod lr_scheduler;
mod muon;
mod nadam;
mod radam;
mod rmsprop;
mod sgd;
mod states;
pub mod swa_utils;

pub use adadelta::{Adadelta, AdadeltaOptions, AdadeltaRule};
pub use adagrad::{Adagrad, AdagradOptions, AdagradRule};
pub use adam::{Adam, AdamOptions, AdamRule};
pub use adamax::{Adamax, AdamaxOptions, AdamaxRule};
pub use adamw::{AdamW, AdamWOptions, AdamWRule};
pub use group::{Group, Optim, ParamGroup, Rule};
pub use lbfgs::{LBFGS, LBFGSOptions, LBFGSRule};
pub use muon::{Muon, MuonOptions, MuonRule};
pub use nadam::{NAdam, NAdamOptions, NAdamRule};
pub use radam::{RAdam, RAdamOptions, RAdamRule};
pub use rmsprop::{RMSprop, RMSpropOptions, RMSpropRule};
pub use sgd::{SGD, SGDOptions, SGDRule};
use tch::Tensor;

use crate::Result;
use crate::ffi::Scaling;
use crate::object::Object;

/// What every optimizer can do.
pub trait Optimizer {
    /// Moves each parameter that has a gradient, by that gradient.
    ///
    /// # Panics
    /// When the optimizer does not support a gradient that is sparse or a parameter that is complex,
    /// in PyTorch's words. Nothing has then been changed.
    fn step(&mut self);

    /// Can the step itself unscale the gradients, and be none where one is not finite? It is asked by
    /// [`GradScaler`](crate::amp::GradScaler); `_step_supports_amp_scaling` in Python.
    #[doc(hidden)]
    fn step_supports_amp_scaling(&self) -> bool {
        false
    }

    /// Such a step.
    #[doc(hidden)]
    fn step_scaled(&mut self, _scaling: &Scaling) {
        unreachable!("it is not asked of an optimizer that does not support it");
    }

    /// Sets the gradient of every parameter to none, as `zero_grad(set_to_none=True)`, Python's
    /// default.
    fn zero_grad(&mut self);

    /// The groups of parameters, `optimizer.param_groups` in Python.
    fn param_groups(&self) -> Vec<&dyn Group>;

    /// The groups of parameters, to set what stands in them.
    fn param_groups_mut(&mut self) -> Vec<&mut dyn Group>;

    /// States and options in Python's layout: `{"state": {0: {"step": …}, …}, "param_groups":
    /// [{"lr": …, "params": [0, …]}]}`. The tensors are the optimizer's own.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let model = nn::Linear::new(2, 1);
    /// let mut adam = optim::Adam::new(model.parameters(), 1e-3);
    /// torch::mean(&model.forward(&torch::ones([8, 2]))).backward();
    /// adam.step();
    /// let saved = adam.state_dict();
    /// let mut again = optim::Adam::new(model.parameters(), 0.1);
    /// again.load_state_dict(&saved)?;
    /// assert_eq!((again.lr(), again.state()[0]["exp_avg"].size()), (1e-3, vec![1, 2]));
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    fn state_dict(&self) -> Object;

    /// Takes over what [`state_dict`](Self::state_dict) gave, here or in Python. The tensors are
    /// copied to where the parameters are.
    ///
    /// # Errors
    /// When groups or parameters are not as many as here, or a value is not what it should be.
    /// Nothing has then been changed.
    fn load_state_dict(&mut self, state: &Object) -> Result<()>;

    /// The learning rate, of the first group.
    fn lr(&self) -> f64 {
        self.param_groups()[0].lr()
    }

    /// Sets the learning rate of the steps to come, of all groups.
    fn set_lr(&mut self, lr: f64) {
        for group in self.param_groups_mut() {
            group.set_lr(lr);
        }
    }
}

/// A state of zeros like `param`, after a count of steps.
fn counted(param: &Tensor, names: &[&str]) -> crate::nn::StateDict {
    let step = Tensor::zeros([], (tch::Kind::Float, tch::Device::Cpu));
    let zeros = names.iter().map(|name| (name.to_string(), param.zeros_like()));
    [("step".to_string(), step)].into_iter().chain(zeros).collect()
}

/// Counts a step, and returns how many there have been.
fn count(state: &crate::nn::StateDict) -> f64 {
    let _ = state["step"].shallow_clone().g_add_scalar_(1);
    state["step"].double_value(&[])
}

/// Complex numbers as pairs of real ones.
fn real(tensor: &Tensor) -> Tensor {
    if tensor.is_complex() { tensor.view_as_real() } else { tensor.shallow_clone() }
}

/// A parameter's gradient, with the other sign where the loss is to rise.
fn gradient(param: &Tensor, maximize: bool) -> Tensor {
    if maximize { -param.grad() } else { param.grad() }
}

/// Why a fused kernel does not take the parameter.
fn refused_by_fused(fused: bool, param: &Tensor) -> Option<String> {
    (fused && !param.is_floating_point()).then(|| {
        format!(
            "`fused=True` requires all the params to be floating point Tensors, but one is of \
             kind {:?}",
            param.kind()
        )
    })
}

/// Checks in PyTorch's words that numbers are not negative.
macro_rules! not_negative {
    ($($value:expr => $words:literal),* $(,)?) => {
        // Written so that a NaN is refused too.
        $(assert!($value >= 0.0, concat!($words, ": {:?}"), $value);)*
    };
}
use not_negative;

/// Checks in PyTorch's words what Adam and its kin are told.
#[track_caller]
fn check_adam(lr: f64, betas: (f64, f64), eps: f64, weight_decay: f64) {
    not_negative!(lr => "Invalid learning rate", eps => "Invalid epsilon value");
    let within = |beta: f64| (0.0..1.0).contains(&beta);
    assert!(within(betas.0), "Invalid beta parameter at index 0: {:?}", betas.0);
    assert!(within(betas.1), "Invalid beta parameter at index 1: {:?}", betas.1);
    not_negative!(weight_decay => "Invalid weight_decay value");
}
