//! [`FiveCrop`] and [`TenCrop`]: several parts of one image.

use tch::Tensor;

use super::{Size, functional};
use crate::Result;

/// Cuts out the four corners and the middle: [`torchvision.transforms.FiveCrop`]. One number is a
/// square's side.
///
/// It makes several images of one, so it is no [`Transform`](super::Transform) by itself. As in
/// Python, they are stacked:
///
/// ```
/// use flambeau::prelude::*;
///
/// #[derive(Debug)]
/// struct Corners(transforms::FiveCrop);
///
/// impl Transform for Corners {
///     fn apply(&self, image: &Tensor) -> Result<Tensor> {
///         Ok(torch::stack(&self.0.apply(image)?))
///     }
/// }
///
/// let corners = Corners(transforms::FiveCrop::new(24));
/// assert_eq!(corners.apply(&torch::zeros([3, 32, 32]))?.shape(), [5, 3, 24, 24]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torchvision.transforms.FiveCrop`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.FiveCrop.html
#[derive(Clone, Copy, Debug)]
pub struct FiveCrop {
    size: [usize; 2],
}

impl FiveCrop {
    /// Of this size.
    ///
    /// # Panics
    /// When a side is zero.
    pub fn new(size: impl Into<Size>) -> Self {
        Self { size: size.into().sides() }
    }

    /// The upper left, the upper right, the lower left and the lower right corner, and the middle.
    ///
    /// # Errors
    /// When the image is empty or has no three dimensions, or is smaller than the parts.
    pub fn apply(&self, image: &Tensor) -> Result<[Tensor; 5]> {
        functional::five_crop(image, self.size)
    }
}

/// Cuts out the four corners and the middle, of the image and of its mirror image:
/// [`torchvision.transforms.TenCrop`]. It is used as [`FiveCrop`] is.
///
/// ```
/// use flambeau::prelude::*;
///
/// let parts = transforms::TenCrop::new(24).apply(&torch::zeros([3, 32, 32]))?;
/// assert_eq!(torch::stack(&parts).shape(), [10, 3, 24, 24]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torchvision.transforms.TenCrop`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.TenCrop.html
#[derive(Clone, Copy, Debug)]
pub struct TenCrop {
    size: [usize; 2],
    vertical_flip: bool,
}

#[bon::bon]
impl TenCrop {
    /// Of this size.
    ///
    /// # Panics
    /// When a side is zero.
    pub fn new(size: impl Into<Size>) -> Self {
        Self::options(size).build()
    }

    /// Begins a transform whose keyword argument is set by name.
    ///
    /// # Panics
    /// `build()` panics when a side is zero.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = TenCropOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] size: Size,
        /// Whether the image is turned upside down, and not mirrored from left to right.
        #[builder(default)]
        vertical_flip: bool,
    ) -> Self {
        Self { size: size.sides(), vertical_flip }
    }

    /// The parts that [`FiveCrop::apply`] gives, of the image and of its mirror image.
    ///
    /// # Errors
    /// When the image is empty or has no three dimensions, or is smaller than the parts.
    pub fn apply(&self, image: &Tensor) -> Result<[Tensor; 10]> {
        let options = functional::ten_crop_options(image, self.size);
        options.vertical_flip(self.vertical_flip).call()
    }
}
