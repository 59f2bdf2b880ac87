//! [`RandomVerticalFlip`]: the top becomes the bottom.

use tch::Tensor;

use super::bytes::Edit;
use super::{OnBytes, Transform, check_probability, common, functional, happens};
use crate::Result;
use crate::vision::pillow::Image;

/// Turns an image upside down, with a probability: [`torchvision.transforms.RandomVerticalFlip`]. Draws
/// one number.
///
/// ```
/// use flambeau::prelude::*;
///
/// let image = Tensor::from_slice(&[1_u8, 2, 3]).view([1, 3, 1]);
/// let flipped = transforms::RandomVerticalFlip::new(1.0).apply(&image)?;
/// assert_eq!(flipped.view([3]), Tensor::from_slice(&[3_u8, 2, 1]));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When the image is empty or has no three dimensions.
///
/// [`torchvision.transforms.RandomVerticalFlip`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.RandomVerticalFlip.html
#[derive(Clone, Copy, Debug)]
pub struct RandomVerticalFlip {
    p: f64,
}

impl RandomVerticalFlip {
    /// With the probability `p`; `default()` has torchvision's 0.5.
    ///
    /// # Panics
    /// When `p` is not from 0 to 1.
    pub fn new(p: impl Into<f64>) -> Self {
        let p = p.into();
        check_probability(p);
        Self { p }
    }
}

impl Default for RandomVerticalFlip {
    fn default() -> Self {
        Self::new(0.5)
    }
}

impl Transform for RandomVerticalFlip {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        common::dimensions(image)?;
        if happens(self.p) { functional::vflip(image) } else { Ok(image.shallow_clone()) }
    }

    fn on_bytes(&self) -> OnBytes<'_> {
        OnBytes::Edits(self)
    }
}

impl Edit for RandomVerticalFlip {
    fn edit(&self, image: &mut Image) -> Result<()> {
        if happens(self.p) {
            image.flip_columns();
        }
        Ok(())
    }
}
