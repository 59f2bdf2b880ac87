//! Datasets of images that come as files: found in a folder, checked, and fetched when asked, as in
//! [`torchvision.datasets`].
//!
//! [`Cifar10`], [`Cifar100`], [`Mnist`] and [`FashionMnist`] are read into memory; what describes
//! their files and where they come from is a [`Manifest`], a [`Cifar100Manifest`], a
//! [`MnistManifest`]. [`ImageFolder`] is a folder of one's own images, read as they are asked for.
//! [`Transformed`] is a dataset with something done to its images, and [`read_idx`] reads files of
//! MNIST's format. The rest is machinery, a noun a file:
//!
//! - `source`: who may download, from where, and how files reach their place
//! - `download`: one address to one file, resumed and checked
//! - `archive`: a `.tar.gz`, unpacked and kept inside its folder, or a `.gz`
//! - `damage`: what can be wrong with a file, in words
//! - `in_memory`: what the datasets in memory have in common
//! - `notice`: all that is printed
//!
//! [`torchvision.datasets`]: https://docs.pytorch.org/vision/stable/datasets.html

mod archive;
mod cifar;
mod damage;
mod download;
mod image_folder;
mod in_memory;
mod mnist;
mod notice;
mod source;
mod transformed;

pub use cifar::{
    Batch, Cifar10, Cifar10Options, Cifar100, Cifar100Batch, Cifar100Manifest, Cifar100Options,
    Manifest,
};
pub use image_folder::{ImageFolder, ImageFolderOptions};
pub use mnist::{
    FashionMnist, FashionMnistOptions, Mnist, MnistManifest, MnistOptions, Resource, read_idx,
};
pub use transformed::Transformed;
