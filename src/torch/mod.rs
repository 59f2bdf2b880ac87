//! What Python has under `torch` and tch's [`Tensor`](crate::Tensor) lacks.

mod no_grad;

pub use no_grad::no_grad;
