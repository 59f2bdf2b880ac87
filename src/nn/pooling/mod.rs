//! Pooling over signals, images and volumes.
//!
//! - `max`, `unpool`: the largest value under each window, and back
//! - `avg`: the mean of each window
//! - `adaptive`: as many windows as the output is to have cells
//! - `lp`: the p-norm of each window

mod adaptive;
mod avg;
mod lp;
mod max;
mod unpool;

pub use adaptive::{
    AdaptiveAvgPool, AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d, AdaptiveMaxPool,
    AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d, OutputSize, Side,
};
pub use avg::{AvgPool, AvgPool1d, AvgPool2d, AvgPool3d, AvgPoolOptions};
pub use lp::{LPPool, LPPool1d, LPPool2d, LPPool3d, LPPoolOptions};
pub use max::{MaxPool, MaxPool1d, MaxPool2d, MaxPool3d, MaxPoolOptions};
pub use unpool::{
    MaxUnpool, MaxUnpool1d, MaxUnpool2d, MaxUnpool3d, MaxUnpoolCall, MaxUnpoolOptions,
};
