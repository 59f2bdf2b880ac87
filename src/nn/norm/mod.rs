//! Normalisation: what goes on is brought to mean 0 and variance 1, over the batch, each sample,
//! or groups of channels.
//!
//! - `batch`, `instance`: channel by channel, with statistics that run along
//! - `layer`: each sample over its last dimensions
//! - `group`: groups of channels of each sample
//! - `local_response`: each value by its neighbours

mod batch;
mod group;
mod instance;
mod layer;
mod local_response;

use tch::{Device, Kind, Tensor};

pub(in crate::nn) use batch::Synced;
pub use batch::{BatchNorm, BatchNorm1d, BatchNorm2d, BatchNorm3d, BatchNormOptions};
pub use group::{GroupNorm, GroupNormOptions};
pub use instance::{
    InstanceNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, InstanceNormOptions,
};
pub use layer::{LayerNorm, LayerNormOptions, RMSNorm, RMSNormOptions};
pub use local_response::{LocalResponseNorm, LocalResponseNormOptions};

use crate::nn::{Buffer, Parameter};
use crate::repr::python_bool;
use crate::torch::Number;

/// Weights that begin at 1, and biases at 0.
fn ones_and_zeros(
    size: &[i64],
    weight: bool,
    bias: bool,
) -> (Option<Parameter>, Option<Parameter>) {
    let filled = |value: f64| {
        let options = (Kind::Float, Device::Cpu);
        Parameter::new(Tensor::full(size, value, options))
    };
    (weight.then(|| filled(1.0)), (weight && bias).then(|| filled(0.0)))
}

/// What has been seen so far: the mean and variance of each channel, and how many batches.
fn running(num_features: i64, tracked: bool) -> [Option<Buffer>; 3] {
    let options = (Kind::Float, Device::Cpu);
    [
        tracked.then(|| Buffer::new(Tensor::zeros([num_features], options))),
        tracked.then(|| Buffer::new(Tensor::ones([num_features], options))),
        tracked.then(|| Buffer::new(Tensor::zeros([0_i64; 0], (Kind::Int64, Device::Cpu)))),
    ]
}

/// What is printed of a norm with running statistics.
fn repr(
    features: i64,
    eps: Number,
    momentum: Option<Number>,
    affine: bool,
    bias: bool,
    track: bool,
) -> String {
    format!(
        "{features}, eps={}, momentum={}, affine={}, bias={}, track_running_stats={}",
        eps,
        momentum.map_or("None".to_string(), |momentum| momentum.to_string()),
        python_bool(affine),
        python_bool(bias),
        python_bool(track),
    )
}
