//! PyTorch's nn, optim, data and a trainer, in Rust on libtorch: the same names, the same
//! checkpoints, the same numbers, to the last bit.
#![warn(missing_docs)]

pub mod cli;
pub mod data;
mod error;
mod ffi;
pub mod models;
pub mod nn;
pub mod optim;
pub mod random;
pub mod serialize;
pub mod train;
pub mod vision;

pub use error::{Error, Result};
pub use tch;
pub use tch::{Device, Kind, Tensor};

pub mod prelude {
    //! What a program in PyTorch's style uses: `use flambeau::prelude::*;`.

    pub use crate::data::{self, DataLoader, Dataset};
    pub use crate::nn::{self, Forward, Module, functional as F};
    pub use crate::optim::{self, Optimizer};
    pub use crate::vision::datasets::{self, Cifar10};
    pub use crate::vision::transforms::{self, Transform};
    pub use crate::{Device, Error, Kind, Result, Tensor, models, random};
}
