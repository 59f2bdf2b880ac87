//! [`Grayscale`]: without colours.

use tch::Tensor;

use super::{Transform, functional};
use crate::Result;

/// An image's brightness alone: [`torchvision.transforms.Grayscale`].
///
/// 0.299 R + 0.587 G + 0.114 B: of bytes as Pillow rounds it, of floats with 0.2989 as torchvision has
/// it for tensors. An image of one channel stays as it is.
///
/// ```
/// use flambeau::prelude::*;
///
/// let red = Tensor::from_slice(&[255_u8, 0, 0]).view([3, 1, 1]);
/// let grey = transforms::Grayscale::new(1).apply(&red)?;
/// assert_eq!(grey.view([1]), Tensor::from_slice(&[76_u8]));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When an image has not one or three channels, or is empty.
///
/// [`torchvision.transforms.Grayscale`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Grayscale.html
#[derive(Clone, Copy, Debug)]
pub struct Grayscale {
    num_output_channels: usize,
}

impl Grayscale {
    /// With one channel, or with three that are the same.
    ///
    /// # Panics
    /// When it is another number.
    pub fn new(num_output_channels: usize) -> Self {
        assert!(
            matches!(num_output_channels, 1 | 3),
            "num_output_channels should be either 1 or 3"
        );
        Self { num_output_channels }
    }
}

/// One channel, torchvision's default.
impl Default for Grayscale {
    fn default() -> Self {
        Self::new(1)
    }
}

impl Transform for Grayscale {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        functional::rgb_to_grayscale_options(image)
            .num_output_channels(self.num_output_channels)
            .call()
    }

    fn draws(&self) -> bool {
        false
    }
}
