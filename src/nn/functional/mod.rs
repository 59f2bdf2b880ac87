//! The layers as functions: [`torch.nn.functional`], `F` in the prelude.
//!
//! Arguments have PyTorch's names, order and defaults. What Python requires stands by place, and all
//! else is set by name: for each function with keywords there is one more, with `_options` behind its
//! name, that ends in `.call()`.
//!
//! ```
//! use flambeau::prelude::*;
//!
//! let x = torch::randn([4, 10]);
//! let y = torch::tensor([1, 0, 4, 9]);
//! let loss = F::cross_entropy(&x, &y);
//! let loss = F::cross_entropy_options(&x, &y).reduction("sum").label_smoothing(0.1).call();
//! ```
//!
//! - A size is a number, an array or a tuple; a real number may be written as a whole one.
//! - A keyword that may be `None` in Python is set, here `.bias(&bias)`, or handed on, here
//!   `.maybe_bias(bias)` with an `Option`.
//! - What Python writes in place takes its keywords with the function's own:
//!   `F.elu_(x, alpha=0.5)` is `F::elu_options(&x).alpha(0.5).inplace(true).call()`.
//! - What is deprecated is left out, and so is the implicit `dim` of the softmaxes: it is required here.
//! - `return_indices=True` has a name of its own, as [`max_pool2d_with_indices`](fn@max_pool2d_with_indices).
//!
//! Formulas and references in full stand at the layers. Where libtorch fails, in a shape that does not
//! fit, a function panics with its words and its own name, as `in F.linear: …`; called inside a
//! module's `forward`, the panic names the module.
//!
//! [`torch.nn.functional`]: https://docs.pytorch.org/docs/stable/nn.functional.html

mod activation;
mod attention;
mod convolution;
mod distance;
mod dropout;
mod in_place;
mod linear;
mod loss;
mod norm;
mod pooling;
mod sparse;
mod vision;

pub use activation::*;
pub use attention::*;
pub use convolution::*;
pub(in crate::nn) use convolution::{conv, conv_transpose};
pub use distance::*;
pub use dropout::*;
pub use in_place::*;
pub use linear::*;
pub use loss::*;
pub use norm::*;
pub use pooling::*;
pub(in crate::nn) use pooling::{
    adaptive_avg_pool, adaptive_max_pool, avg_pool, lp_pool, max_pool, max_pool_with_indices,
    max_unpool,
};
pub use sparse::*;
pub use vision::*;
