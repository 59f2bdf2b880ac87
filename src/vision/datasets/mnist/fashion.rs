//! Fashion-MNIST: 70,000 pieces of clothing.

use super::raw::raw;
use crate::vision::datasets::in_memory::Split;

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
/// let trainset = FashionMnist::options("./data").download(true).build()?;
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

raw!(FashionMnist, FashionMnistOptions, title: "Fashion-MNIST", folder: "FashionMNIST", manifest: fashion_mnist);

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
}
