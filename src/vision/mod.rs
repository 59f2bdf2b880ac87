//! Images: data sets and what is done to their pictures, as in [`torchvision`].
//!
//! [`torchvision`]: https://docs.pytorch.org/vision/stable/index.html

pub mod datasets;
pub mod filters;
pub mod io;
mod pillow;
pub mod transforms;
pub mod utils;
