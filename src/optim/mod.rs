//! Optimizers: [`torch.optim`]. One file an algorithm.
//!
//! An optimizer holds handles to the parameters it was given, as Python's does; the model stays
//! free to be used. Each has two of Python's twins: the for-loop, which is the default on the CPU
//! there and everywhere here, and with `fused(true)` one kernel for all. Their last bits differ
//! from each other, in Python as here, so each is matched with its own. (Python's third, foreach,
//! is its default on a GPU.)
//!
//! [`torch.optim`]: https://docs.pytorch.org/docs/stable/optim.html

mod adam;
mod sgd;

pub use adam::{Adam, AdamOptions, AdamState};
pub use sgd::{Sgd, SgdOptions};

/// What every optimizer can do.
pub trait Optimizer {
    /// Moves each parameter that has a gradient, by that gradient.
    fn step(&mut self);

    /// Sets the gradient of every parameter to none, as `zero_grad(set_to_none=True)`, Python's
    /// default.
    fn zero_grad(&mut self);

    /// The learning rate.
    fn lr(&self) -> f64;

    /// Sets the learning rate of the steps to come.
    fn set_lr(&mut self, lr: f64);
}
