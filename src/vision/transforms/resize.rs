//! [`Resize`]: another size.

use tch::Tensor;

use super::{InterpolationMode, Size, Transform, common, functional};
use crate::Result;

/// Brings an image to another size: [`torchvision.transforms.Resize`].
///
/// To a height and a width, whatever the image's own proportions are; or, where `size` is one number,
/// its smaller edge to that and the larger one in proportion, cut off to a whole number.
///
/// Bytes are Pillow's `resize`, to the bit: without gaps (antialiased), the colours of a transparent
/// image weighed by their alpha. All else is `F.interpolate`, antialiased unless told otherwise.
///
/// ```
/// use flambeau::prelude::*;
///
/// let image = Tensor::zeros([3, 60, 80], (Kind::Uint8, Device::Cpu));
/// assert_eq!(transforms::Resize::new([32, 32]).apply(&image)?.size(), [3, 32, 32]);
/// assert_eq!(transforms::Resize::new(30).apply(&image)?.size(), [3, 30, 40]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When the image is empty or has no three dimensions, or is of floats and the interpolation is for
/// bytes only.
///
/// [`torchvision.transforms.Resize`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Resize.html
#[derive(Clone, Copy, Debug)]
pub struct Resize {
    size: Size,
    interpolation: InterpolationMode,
    max_size: Option<usize>,
    antialias: bool,
}

#[bon::bon]
impl Resize {
    /// To this size, bilinear.
    ///
    /// # Panics
    /// When a side is zero.
    pub fn new(size: impl Into<Size>) -> Self {
        Self::options(size).build()
    }

    /// Begins one whose keyword arguments are set by name.
    ///
    /// # Panics
    /// `build()` panics when a side is zero, or `max_size` is given with two sides or is not above one.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = ResizeOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] size: Size,
        /// How pixels in between are made, usually bilinear.
        #[builder(default, into)]
        interpolation: InterpolationMode,
        /// What the larger edge is at most, where `size` is the smaller one's.
        max_size: Option<usize>,
        /// Whether a smaller image of floats passes no pixel over.
        #[builder(default = true)]
        antialias: bool,
    ) -> Self {
        let _checked = size.sides();
        if let Some(problem) = common::unfit_max_size(size, max_size) {
            panic!("{problem}");
        }
        Self { size, interpolation, max_size, antialias }
    }
}

impl Transform for Resize {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        functional::resize_options(image, self.size)
            .interpolation(self.interpolation)
            .maybe_max_size(self.max_size)
            .antialias(self.antialias)
            .call()
    }

    fn draws(&self) -> bool {
        false
    }
}
