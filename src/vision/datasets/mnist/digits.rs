//! MNIST: 70,000 handwritten digits.

use std::path::Path;

use super::manifest::MnistManifest;
use super::raw::Raw;
use crate::Result;
use crate::vision::datasets::in_memory::{Split, in_memory};
use crate::vision::datasets::source;

/// The MNIST dataset, one split of it, in memory: [`torchvision.datasets.MNIST`].
///
/// Handwritten digits, white on black. The files are looked for under `root`, in `MNIST/raw`, where
/// torchvision keeps them, and read whole; a clone shares the bytes.
///
/// As a [`Dataset`](crate::data::Dataset) it gives an image of bytes, (1, 28, 28), and its label, a
/// `Kind::Int64`.
///
/// ```no_run
/// use flambeau::vision::datasets::Mnist;
///
/// # fn main() -> flambeau::Result<()> {
/// let trainset = Mnist::new("./data", true, true)?;
/// assert_eq!(trainset.len(), 60_000);
/// assert_eq!(Mnist::CLASSES[usize::from(trainset.label(0))], "5 - five");
/// # Ok(())
/// # }
/// ```
///
/// [`torchvision.datasets.MNIST`]: https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.MNIST.html
#[derive(Clone)]
pub struct Mnist {
    split: Split,
}

in_memory!(Mnist, "The 784 bytes of image `i`, row by row: 0 is black.");

impl Mnist {
    /// The names of the ten classes, by label.
    pub const CLASSES: [&'static str; 10] = [
        "0 - zero",
        "1 - one",
        "2 - two",
        "3 - three",
        "4 - four",
        "5 - five",
        "6 - six",
        "7 - seven",
        "8 - eight",
        "9 - nine",
    ];

    /// Opens the training split (`train`) or the test split under `root`.
    ///
    /// With `download`, files that are missing or damaged are fetched first, from torchvision's
    /// mirrors.
    ///
    /// # Errors
    ///
    /// [`Error::File`](crate::Error::File) for files that are missing (without `download`) or
    /// damaged, and for a folder that cannot be written;
    /// [`Error::Download`](crate::Error::Download) if no mirror gave the files.
    pub fn new(root: impl AsRef<Path>, train: bool, download: bool) -> Result<Self> {
        Self::with_manifest(root, train, download, &MnistManifest::mnist())
    }

    /// Opens a split of the dataset that `manifest` describes; otherwise the same as
    /// [`new`](Self::new).
    pub fn with_manifest(
        root: impl AsRef<Path>,
        train: bool,
        download: bool,
        manifest: &MnistManifest,
    ) -> Result<Self> {
        source::open(root.as_ref(), train, download, manifest)
    }
}

impl Raw for Mnist {
    const TITLE: &'static str = "MNIST";
    const FOLDER: &'static str = "MNIST";

    fn new(split: Split) -> Self {
        Self { split }
    }
}
