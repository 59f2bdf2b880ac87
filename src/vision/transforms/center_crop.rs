//! [`CenterCrop`]: the middle.

use tch::Tensor;

use super::{Fill, Padding, PaddingMode, Size, Transform, functional};
use crate::Result;

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
        let size = self.size.map(|side| side as i64);
        let [_, height, width] = functional::dimensions(image)?;
        let [y, x] = [size[0] - height, size[1] - width].map(|missing| missing.max(0) as usize);
        let border = Padding([x / 2, y / 2, x.div_ceil(2), y.div_ceil(2)]);
        let image = functional::pad(image, border, &Fill::default(), PaddingMode::Constant)?;
        let [_, height, width] = functional::dimensions(&image)?;
        // Python's round goes to the even number from halfway.
        let half = |left: i64| (left as f64 / 2.0).round_ties_even() as i64;
        Ok(functional::crop(&image, [half(height - size[0]), half(width - size[1])], size))
    }

    fn draws(&self) -> bool {
        false
    }
}
