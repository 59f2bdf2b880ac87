//! The MNISTs: 70,000 grey pictures of 28 by 28 pixels, in ten classes, as IDX files.
//!
//! - `idx`: an IDX file, checked against its length and read
//! - `manifest`: which files make up an MNIST, and where they come from
//! - `raw`: the folder that they are in, as torchvision has it

mod digits;
mod fashion;
mod idx;
mod manifest;
mod raw;

pub use digits::{Mnist, MnistOptions};
pub use fashion::{FashionMnist, FashionMnistOptions};
pub use idx::read_idx;
pub use manifest::{MnistManifest, Resource};
