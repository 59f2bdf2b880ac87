//! Activations and dropout written over their input: `inplace=True` in Python, where some have a name with an
//! underscore of their own.
//!
//! Each gives a handle of its input. An input whose numbers the backward pass needs, or a leaf that
//! asks for a gradient, is refused by libtorch.
//!
//! ```
//! use flambeau::prelude::*;
//!
//! let x = Tensor::from_slice(&[-1.0, 2.0]);
//! F::relu_(&x);
//! assert_eq!(x, Tensor::from_slice(&[0.0, 2.0]));
//! ```

use tch::Tensor;

use super::dropout::{are_signals, check_probability, on_channels};
use crate::ffi::{Activation, activation_};

/// [`relu`](super::relu), written over the input: `F.relu_` in Python.
#[track_caller]
pub fn relu_(input: &Tensor) -> Tensor {
    input.shallow_clone().relu_()
}

/// [`threshold`](super::threshold), written over the input: `F.threshold_` in Python.
#[track_caller]
pub fn threshold_(input: &Tensor, threshold: f64, value: f64) -> Tensor {
    input.shallow_clone().threshold_(threshold, value)
}

/// [`hardtanh`](super::hardtanh), written over the input: `F.hardtanh_` in Python.
#[track_caller]
pub fn hardtanh_(input: &Tensor, min_val: f64, max_val: f64) -> Tensor {
    activation_(input, Activation::Hardtanh { min_val, max_val })
}

/// [`elu`](super::elu), written over the input: `F.elu_` in Python.
#[track_caller]
pub fn elu_(input: &Tensor, alpha: f64) -> Tensor {
    activation_(input, Activation::Elu { alpha })
}

/// [`selu`](super::selu), written over the input: `F.selu_` in Python.
#[track_caller]
pub fn selu_(input: &Tensor) -> Tensor {
    input.shallow_clone().selu_()
}

/// [`celu`](super::celu), written over the input: `F.celu_` in Python.
#[track_caller]
pub fn celu_(input: &Tensor, alpha: f64) -> Tensor {
    activation_(input, Activation::Celu { alpha })
}

/// [`leaky_relu`](super::leaky_relu), written over the input: `F.leaky_relu_` in Python.
#[track_caller]
pub fn leaky_relu_(input: &Tensor, negative_slope: f64) -> Tensor {
    activation_(input, Activation::LeakyRelu { negative_slope })
}

/// [`rrelu`](super::rrelu), written over the input: `F.rrelu_` in Python.
#[track_caller]
pub fn rrelu_(input: &Tensor, lower: f64, upper: f64, training: bool) -> Tensor {
    activation_(input, Activation::Rrelu { lower, upper, training })
}

/// [`relu6`](super::relu6), written over the input: `F.relu6(…, inplace=True)` in Python.
#[track_caller]
pub fn relu6_(input: &Tensor) -> Tensor {
    hardtanh_(input, 0.0, 6.0)
}

/// [`hardsigmoid`](super::hardsigmoid), written over the input: `F.hardsigmoid(…, inplace=True)` in Python.
#[track_caller]
pub fn hardsigmoid_(input: &Tensor) -> Tensor {
    input.shallow_clone().hardsigmoid_()
}

/// [`hardswish`](super::hardswish), written over the input: `F.hardswish(…, inplace=True)` in Python.
#[track_caller]
pub fn hardswish_(input: &Tensor) -> Tensor {
    input.shallow_clone().hardswish_()
}

/// [`silu`](super::silu), written over the input: `F.silu(…, inplace=True)` in Python.
#[track_caller]
pub fn silu_(input: &Tensor) -> Tensor {
    input.shallow_clone().silu_()
}

/// [`mish`](super::mish), written over the input: `F.mish(…, inplace=True)` in Python.
#[track_caller]
pub fn mish_(input: &Tensor) -> Tensor {
    input.shallow_clone().mish_()
}

/// [`dropout`](super::dropout), written over the input: `F.dropout(…, inplace=True)` in Python.
#[track_caller]
pub fn dropout_(input: &Tensor, p: f64, training: bool) -> Tensor {
    check_probability(p);
    input.shallow_clone().dropout_(p, training)
}

/// [`alpha_dropout`](super::alpha_dropout), written over the input: `F.alpha_dropout(…, inplace=True)` in Python.
#[track_caller]
pub fn alpha_dropout_(input: &Tensor, p: f64, training: bool) -> Tensor {
    check_probability(p);
    input.shallow_clone().alpha_dropout_(p, training)
}

/// [`feature_alpha_dropout`](super::feature_alpha_dropout), written over the input: `F.feature_alpha_dropout(…, inplace=True)` in Python.
#[track_caller]
pub fn feature_alpha_dropout_(input: &Tensor, p: f64, training: bool) -> Tensor {
    check_probability(p);
    input.shallow_clone().feature_alpha_dropout_(p, training)
}

/// [`dropout1d`](super::dropout1d), written over the input: `F.dropout1d(…, inplace=True)` in Python.
#[track_caller]
pub fn dropout1d_(input: &Tensor, p: f64, training: bool) -> Tensor {
    check_probability(p);
    on_channels(input, are_signals(input), |batch| {
        batch.shallow_clone().feature_dropout_(p, training)
    })
}

/// [`dropout2d`](super::dropout2d), written over the input: `F.dropout2d(…, inplace=True)` in Python.
#[track_caller]
pub fn dropout2d_(input: &Tensor, p: f64, training: bool) -> Tensor {
    check_probability(p);
    input.shallow_clone().feature_dropout_(p, training)
}

/// [`dropout3d`](super::dropout3d), written over the input: `F.dropout3d(…, inplace=True)` in Python.
#[track_caller]
pub fn dropout3d_(input: &Tensor, p: f64, training: bool) -> Tensor {
    check_probability(p);
    on_channels(input, input.dim() == 5, |batch| {
        batch.shallow_clone().feature_dropout_(p, training)
    })
}
