//! What Python has under `torch`, and what its tensors have and tch's [`Tensor`](crate::Tensor)
//! lacks.
//!
//! One rule makes the names:
//!
//! 1. A method that tch's `Tensor` has with Python's arguments is written as in Python:
//!    `x.relu()`, `x.unsqueeze(1)`.
//! 2. What tch lacks altogether is a method of the trait [`TensorExt`], which the prelude brings:
//!    [`x.i(…)`](TensorExt::i) for Python's `x[…]`, [`x.item()`](TensorExt::item),
//!    [`x.shape()`](TensorExt::shape).
//! 3. Where tch's method of that name has other arguments than Python's, it is written as Python's
//!    function: `torch::mean(&x)`, for a method of a type wins over a trait's.
//!
//! A function takes by place what Python requires, and the rest by name:
//! `torch::mean_options(&x).dim(1).keepdim(true).call()`. A function that fails panics with
//! PyTorch's words, and says which it is.
//!
//! [`from_python`] shows it all, expression by expression.

mod assign;
mod compare;
mod create;
mod data;
mod dims;
mod draws;
mod extremes;
pub mod from_python;
mod gather;
mod in_place;
mod index;
mod item;
pub mod linalg;
mod list;
mod methods;
mod no_grad;
mod number;
mod pointwise;
mod products;
mod reduce;
mod scan;
mod shape;
mod size;
mod sort;
mod sparse;
mod spectral;
mod transfer;
mod unpack;

pub use compare::*;
pub use create::*;
pub use data::*;
pub use dims::Dims;
pub use draws::*;
pub use extremes::*;
pub use gather::*;
pub use in_place::*;
pub use index::{Ellipsis, Indices, IntoIndex, IntoSlice, ListItem, Slice, Step, TensorIndex};
pub use list::List;
pub use methods::TensorExt;
pub use no_grad::no_grad;
pub use number::{Integer, MaybeNumber, Number, TensorOrNumber};
pub use pointwise::*;
pub use products::*;
pub use reduce::*;
pub use scan::*;
pub use shape::*;
pub use size::Size;
pub use sort::*;
pub use sparse::*;
pub use spectral::*;
pub use transfer::*;
pub use unpack::Unpack;
