//! The raw folder: where an MNIST keeps its IDX files, packed and unpacked, as torchvision does.

use std::fs;
use std::path::{Path, PathBuf};

use tch::Kind;

use super::idx::{self, Idx};
use super::manifest::{MnistManifest, Resource};
use crate::vision::datasets::archive;
use crate::vision::datasets::damage::{class, damaged, is_absent, unreadable};
use crate::vision::datasets::download::Remote;
use crate::vision::datasets::in_memory::Split;
use crate::vision::datasets::notice::say;
use crate::vision::datasets::source::{Published, elsewhere_may_help, reason, unwritable};
use crate::{Error, Result};

/// Rows and columns of an image.
const SIDE: usize = 28;

/// Classes of each MNIST.
const CLASSES: usize = 10;

/// A dataset in such a folder.
pub(super) trait Raw {
    const TITLE: &'static str;

    /// The folder under the dataset's root that holds the raw folder.
    const FOLDER: &'static str;

    fn new(split: Split) -> Self;
}

impl<D: Raw> Published for D {
    const TITLE: &'static str = D::TITLE;
    type Manifest = MnistManifest;

    fn find(root: &Path, train: bool, _manifest: &MnistManifest) -> Result<Option<Self>> {
        let prefix = if train { "train" } else { "t10k" };
        let images = raw_folder::<D>(root).join(format!("{prefix}-images-idx3-ubyte"));
        let labels = raw_folder::<D>(root).join(format!("{prefix}-labels-idx1-ubyte"));
        if is_absent(&images) && is_absent(&labels) {
            return Ok(None);
        }
        let pixels = read_images(&images)?;
        let classes = read_labels(&labels)?;
        let count = pixels.len() / (SIDE * SIDE);
        if classes.len() != count {
            let problem = format!("holds {} labels of {count} images", classes.len());
            return Err(damaged(&labels, problem));
        }
        Ok(Some(D::new(Split::new(pixels, classes, [1, SIDE, SIDE], train))))
    }

    fn missing(root: &Path) -> Error {
        let remedy = "pass download(true), or unpack the IDX files there";
        Error::file(raw_folder::<D>(root), "not found", remedy)
    }

    /// The packed files stay beside the unpacked ones, as torchvision's do.
    fn fetch(root: &Path, manifest: &MnistManifest) -> Result<()> {
        let raw = raw_folder::<D>(root);
        fs::create_dir_all(&raw).map_err(|e| unwritable(&raw, e))?;
        for resource in &manifest.resources {
            let packed = raw.join(&resource.name);
            bring(<D as Raw>::TITLE, resource, &manifest.mirrors, &packed)?;
            say(format!("Extracting {} to {}", packed.display(), raw.display()));
            archive::gunzip(&packed, &packed.with_extension(""))?;
        }
        Ok(())
    }
}

fn raw_folder<D: Raw>(root: &Path) -> PathBuf {
    root.join(D::FOLDER).join("raw")
}

/// Brings a packed file to `path` from the first mirror that has it.
fn bring(title: &str, resource: &Resource, mirrors: &[String], path: &Path) -> Result<()> {
    let mut reasons = Vec::new();
    for mirror in mirrors {
        let url = &format!("{mirror}{}", resource.name);
        let remote = Remote { url, md5: &resource.md5, sha256: &resource.sha256 };
        match remote.bring(path) {
            Err(error) if elsewhere_may_help(&error, path) => reasons.push(reason(error)),
            done => return done,
        }
    }
    Err(Error::Download {
        what: title.into(),
        reason: reasons.join("; "),
        remedy: format!("connect to the network, or put {} there by hand", path.display()),
    })
}

fn read_images(path: &Path) -> Result<Vec<u8>> {
    let images = idx::read(path).map_err(|e| unreadable(path, e))?;
    match (images.kind, &images.size[..]) {
        (Kind::Uint8, [_, SIDE, SIDE]) => Ok(images.bytes),
        (Kind::Uint8, [_, rows, columns]) => {
            let problem = format!("its images are {rows} × {columns}, not {SIDE} × {SIDE}");
            Err(damaged(path, problem))
        }
        _ => Err(another(path, &images, "images of bytes")),
    }
}

fn read_labels(path: &Path) -> Result<Vec<u8>> {
    let labels = idx::read(path).map_err(|e| unreadable(path, e))?;
    let (Kind::Uint8, [_]) = (labels.kind, &labels.size[..]) else {
        return Err(another(path, &labels, "labels of bytes"));
    };
    let checked = |(record, &label): (usize, &u8)| class(path, record, label.into(), CLASSES);
    labels.bytes.iter().enumerate().map(checked).collect()
}

/// An IDX file that holds something else.
fn another(path: &Path, found: &Idx, expected: &str) -> Error {
    damaged(path, format!("holds {:?} of size {:?}, not {expected}", found.kind, found.size))
}

/// What an MNIST with a member `split` can do; `$manifest` names the function that describes it.
macro_rules! raw {
    (
        $dataset:ident, $options:ident,
        title: $title:literal, folder: $folder:literal, manifest: $manifest:ident
    ) => {
        $crate::vision::datasets::in_memory::in_memory!(
            $dataset,
            $options,
            manifest: MnistManifest::$manifest,
            "The 784 bytes of image `i`, row by row: 0 is black."
        );

        impl $crate::vision::datasets::mnist::raw::Raw for $dataset {
            const TITLE: &'static str = $title;
            const FOLDER: &'static str = $folder;

            fn new(split: Split) -> Self {
                Self { split }
            }
        }
    };
}

pub(super) use raw;
