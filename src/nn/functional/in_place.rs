//! Activations written over their input, under the names that Python has for them.
//!
//! Each gives a handle of its input. An input whose numbers the backward pass needs, or a leaf that
//! asks for a gradient, is refused by libtorch. With other numbers than the usual ones, and for those
//! that have no such name, `inplace` is a keyword:
//!
//! ```
//! use flambeau::prelude::*;
//!
//! let x = torch::tensor([-1.0, 2.0]);
//! F::relu_(&x);
//! assert_eq!(x, torch::tensor([0.0, 2.0]));
//!
//! let x = torch::tensor([-1.0, 2.0]);
//! F::leaky_relu_options(&x).negative_slope(0.5).inplace(true).call();
//! assert_eq!(x, torch::tensor([-0.5, 2.0]));
//! ```

use flambeau_derive::function;
use tch::Tensor;

use super::{
    celu_options, elu_options, hardtanh_options, leaky_relu_options, relu_options, rrelu_options,
    selu_options, threshold_options,
};

/// [`relu`](fn@super::relu), written over the input: `F.relu_` in Python.
#[function]
pub fn relu_(input: &Tensor) -> Tensor {
    relu_options(input).inplace(true).call()
}

/// [`threshold`](fn@super::threshold), written over the input: `F.threshold_` in Python.
#[function]
pub fn threshold_(input: &Tensor, threshold: f64, value: f64) -> Tensor {
    threshold_options(input, threshold, value).inplace(true).call()
}

/// [`hardtanh`](fn@super::hardtanh), written over the input: `F.hardtanh_` in Python.
///
/// With other numbers it is `hardtanh_options(input).min_val(…).max_val(…).inplace(true).call()`.
#[function]
pub fn hardtanh_(input: &Tensor) -> Tensor {
    hardtanh_options(input).inplace(true).call()
}

/// [`elu`](fn@super::elu), written over the input: `F.elu_` in Python.
///
/// With other numbers it is `elu_options(input).alpha(…).inplace(true).call()`.
#[function]
pub fn elu_(input: &Tensor) -> Tensor {
    elu_options(input).inplace(true).call()
}

/// [`selu`](fn@super::selu), written over the input: `F.selu_` in Python.
#[function]
pub fn selu_(input: &Tensor) -> Tensor {
    selu_options(input).inplace(true).call()
}

/// [`celu`](fn@super::celu), written over the input: `F.celu_` in Python.
///
/// With other numbers it is `celu_options(input).alpha(…).inplace(true).call()`.
#[function]
pub fn celu_(input: &Tensor) -> Tensor {
    celu_options(input).inplace(true).call()
}

/// [`leaky_relu`](fn@super::leaky_relu), written over the input: `F.leaky_relu_` in Python.
///
/// With other numbers it is `leaky_relu_options(input).negative_slope(…).inplace(true).call()`.
#[function]
pub fn leaky_relu_(input: &Tensor) -> Tensor {
    leaky_relu_options(input).inplace(true).call()
}

/// [`rrelu`](fn@super::rrelu), written over the input: `F.rrelu_` in Python.
///
/// With other numbers it is `rrelu_options(input).lower(…).upper(…).training(…).inplace(true).call()`.
#[function]
pub fn rrelu_(input: &Tensor) -> Tensor {
    rrelu_options(input).inplace(true).call()
}
