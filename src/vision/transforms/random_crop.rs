//! [`RandomCrop`]: a part from anywhere.

use tch::Tensor;

use super::{Fill, Padding, PaddingMode, Size, Transform, functional, whole};
use crate::{Error, Result};

/// Cuts out a part of this size at a random place: [`torchvision.transforms.RandomCrop`]. One number
/// is a square's side.
///
/// Draws the upper, then the left border, but nothing where the image has the size already.
///
/// ```
/// use flambeau::prelude::*;
///
/// let crop = transforms::RandomCrop::options(32).padding(4).build();
/// let image = Tensor::zeros([3, 32, 32], (Kind::Uint8, Device::Cpu));
/// assert_eq!(crop.apply(&image)?.size(), [3, 32, 32]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When the image is smaller (without `pad_if_needed`), is empty or has no three dimensions, or when
/// `fill` has another number of channels.
///
/// [`torchvision.transforms.RandomCrop`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.RandomCrop.html
#[derive(Clone, Debug)]
pub struct RandomCrop {
    size: [usize; 2],
    padding: Option<Padding>,
    pad_if_needed: bool,
    fill: Fill,
    padding_mode: PaddingMode,
}

#[bon::bon]
impl RandomCrop {
    /// Of this size, without a border.
    ///
    /// # Panics
    /// When a side is zero.
    pub fn new(size: impl Into<Size>) -> Self {
        Self::options(size).build()
    }

    /// Begins one whose keyword arguments are set by name.
    ///
    /// # Panics
    /// `build()` panics when a side is zero.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = RandomCropOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] size: Size,
        /// A border that is added before: on all sides, on left and right and top and bottom, or left,
        /// top, right, bottom.
        #[builder(into)]
        padding: Option<Padding>,
        /// Whether a smaller image gets a border that makes it large enough.
        #[builder(default)]
        pad_if_needed: bool,
        /// The border's colour, usually 0: a number, or one for each channel.
        #[builder(default, into)]
        fill: Fill,
        /// What the border is filled with, usually `fill`.
        #[builder(default)]
        padding_mode: PaddingMode,
    ) -> Self {
        Self { size: size.sides(), padding, pad_if_needed, fill, padding_mode }
    }
}

impl Transform for RandomCrop {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        let pad = |image: &Tensor, padding| {
            functional::pad(image, padding, &self.fill, self.padding_mode)
        };
        let mut image = match self.padding {
            Some(padding) => pad(image, padding)?,
            None => image.shallow_clone(),
        };
        let [_, height, width] = functional::dimensions(&image)?;
        let size = self.size.map(|side| side as i64);
        let missing = [size[0] - height, size[1] - width].map(|missing| missing.max(0) as usize);
        if self.pad_if_needed && missing[1] > 0 {
            image = pad(&image, Padding::from([missing[1], 0]))?;
        }
        if self.pad_if_needed && missing[0] > 0 {
            image = pad(&image, Padding::from([0, missing[0]]))?;
        }
        let [_, height, width] = functional::dimensions(&image)?;
        let [free_height, free_width] = [height - size[0], width - size[1]];
        if free_height < 0 || free_width < 0 {
            let problem = format!(
                "Required crop size ({}, {}) is larger than input image size ({height}, {width})",
                size[0], size[1]
            );
            return Err(Error::argument("size", problem));
        }
        if (free_height, free_width) == (0, 0) {
            return Ok(image);
        }
        let top = whole(free_height + 1);
        let left = whole(free_width + 1);
        Ok(functional::crop(&image, [top, left], size))
    }
}
