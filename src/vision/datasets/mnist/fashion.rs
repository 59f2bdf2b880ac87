//! Fashion-MNIST: 70,000 pieces of clothing.

use std::path::Path;

use super::manifest::MnistManifest;
use super::raw::Raw;
use crate::Result;
use crate::vision::datasets::in_memory::{Split, in_memory};
use crate::vision::datasets::source;

/// The Fashion-MNIST dataset, one split of it, in memory: [`torchvision.datasets.FashionMNIST`].
///
/// Pieces of clothing, light on black, in the format of MNIST. The files are looked for under
/// `root`, in `FashionMNIST/raw`, where torchvision keeps them, and read whole; a clone shares the
/// bytes.
///
/// As a [`Dataset`](crate::data::Dataset) it gives an image of bytes, (1, 28, 28), and its label, a
/// `Kind::Int64`.
///
/// ```no_run
/// use flambeau::vision::datasets::FashionMnist;
///
/// # fn main() -> flambeau::Result<()> {
/// let trainset = FashionMnist::new("./data", true, true)?;
/// assert_eq!(trainset.len(), 60_000);
/// assert_eq!(FashionMnist::CLASSES[usize::from(trainset.label(0))], "Ankle boot");
/// # Ok(())
/// # }
/// ```
///
/// [`torchvision.datasets.FashionMNIST`]: https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.FashionMNIST.html
#[derive(Clone)]
pub struct FashionMnist {
    split: Split,
}

in_memory!(FashionMnist, "The 784 bytes of image `i`, row by row: 0 is black.");

impl FashionMnist {
    /// The names of the ten classes, by label.
    pub const CLASSES: [&'static str; 10] = [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ];

    /// Opens the training split (`train`) or the test split under `root`.
    ///
    /// With `download`, files that are missing or damaged are fetched first, from torchvision's
    /// mirror.
    ///
    /// # Errors
    ///
    /// [`Error::File`](crate::Error::File) for files that are missing (without `download`) or
    /// damaged, and for a folder that cannot be written;
    /// [`Error::Download`](crate::Error::Download) if the mirror did not give the files.
    pub fn new(root: impl AsRef<Path>, train: bool, download: bool) -> Result<Self> {
        Self::with_manifest(root, train, download, &MnistManifest::fashion_mnist())
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

impl Raw for FashionMnist {
    const TITLE: &'static str = "Fashion-MNIST";
    const FOLDER: &'static str = "FashionMNIST";

    fn new(split: Split) -> Self {
        Self { split }
    }
}
