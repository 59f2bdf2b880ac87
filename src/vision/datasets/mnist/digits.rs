//! MNIST: 70,000 handwritten digits.

use super::raw::raw;
use crate::vision::datasets::in_memory::Split;

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
/// let trainset = Mnist::options("./data").download(true).build()?;
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

raw!(Mnist, MnistOptions, title: "MNIST", folder: "MNIST", manifest: mnist);

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
}
