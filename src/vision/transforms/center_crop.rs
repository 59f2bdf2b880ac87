//! [`CenterCrop`]: the middle.

use tch::Tensor;

use super::bytes::Edit;
use super::{OnBytes, Size, Transform, common, functional};
use crate::Result;
use crate::vision::pillow::Image;

/// Cuts out the middle: [`torchvision.transforms.CenterCrop`]. One number is a square's side. An image
/// that is smaller is padded with 0 first.
///
/// ```
/// use flambeau::prelude::*;
///
/// let image = Tensor::zeros([3, 40, 50], (Kind::Uint8, Device::Cpu));
/// assert_eq!(transforms::CenterCrop::new(32).apply(&image)?.size(), [3, 32, 32]);
/// assert_eq!(transforms::CenterCrop::new([20, 60]).apply(&image)?.size(), [3, 20, 60]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When the image is empty or has no three dimensions.
///
/// [`torchvision.transforms.CenterCrop`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.CenterCrop.html
#[derive(Clone, Copy, Debug)]
pub struct CenterCrop {
    size: [usize; 2],
}

impl CenterCrop {
    /// Of this size.
    ///
    /// # Panics
    /// When a side is zero.
    pub fn new(size: impl Into<Size>) -> Self {
        Self { size: size.into().sides() }
    }
}

impl Transform for CenterCrop {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        functional::center_crop(image, self.size)
    }

    fn draws(&self) -> bool {
        false
    }

    fn on_bytes(&self) -> OnBytes<'_> {
        OnBytes::Edits(self)
    }
}

impl Edit for CenterCrop {
    fn edit(&self, image: &mut Image) -> Result<()> {
        // A border goes to both sides, the odd pixel to the right and below.
        let corner = |size: usize, side: usize| match size.checked_sub(side) {
            Some(missing) => -(missing as i64 / 2),
            None => common::half((side - size) as i64),
        };
        let [height, width] = self.size;
        let corner = [corner(height, image.height), corner(width, image.width)];
        image.crop(corner, self.size, &vec![0; image.channels])
    }
}
