//! [`RandomCrop`]: a part from anywhere.

use tch::Tensor;

use super::bytes::Edit;
use super::{Fill, OnBytes, Padding, PaddingMode, Size, Transform, common, whole};
use crate::vision::pillow::Image;
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
        #[builder(default, into)]
        padding_mode: PaddingMode,
    ) -> Self {
        Self { size: size.sides(), padding, pad_if_needed, fill, padding_mode }
    }
}

impl RandomCrop {
    /// Draws where the part begins in an image of this size: its top and left.
    fn place(&self, [height, width]: [i64; 2]) -> Result<[i64; 2]> {
        let free = [height - self.size[0] as i64, width - self.size[1] as i64];
        if free[0] < 0 || free[1] < 0 {
            let problem = format!(
                "Required crop size ({}, {}) is larger than input image size ({height}, {width})",
                self.size[0], self.size[1]
            );
            return Err(Error::argument("size", problem));
        }
        if free == [0, 0] {
            return Ok(free);
        }
        let top = whole(free[0] + 1);
        let left = whole(free[1] + 1);
        Ok([top, left])
    }
}

impl Transform for RandomCrop {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        let pad =
            |image: &Tensor, padding| common::pad(image, padding, &self.fill, self.padding_mode);
        let mut image = match self.padding {
            Some(padding) => pad(image, padding)?,
            None => image.shallow_clone(),
        };
        let [_, height, width] = common::dimensions(&image)?;
        let size = self.size.map(|side| side as i64);
        let missing = [size[0] - height, size[1] - width].map(|missing| missing.max(0) as usize);
        if self.pad_if_needed && missing[1] > 0 {
            image = pad(&image, Padding::from([missing[1], 0]))?;
        }
        if self.pad_if_needed && missing[0] > 0 {
            image = pad(&image, Padding::from([0, missing[0]]))?;
        }
        let [_, height, width] = common::dimensions(&image)?;
        Ok(common::crop(&image, self.place([height, width])?, size))
    }

    fn on_bytes(&self) -> OnBytes<'_> {
        match self.padding_mode {
            PaddingMode::Constant => OnBytes::Edits(self),
            _ => OnBytes::Unknown,
        }
    }
}

impl Edit for RandomCrop {
    fn edit(&self, image: &mut Image) -> Result<()> {
        let mut borders = self.padding.unwrap_or_default();
        borders.check()?;
        let framed = |Padding([left, top, right, bottom]): Padding| {
            [image.height + top + bottom, image.width + left + right]
        };
        if self.pad_if_needed {
            let size = framed(borders);
            let missing = [0, 1].map(|i| self.size[i].saturating_sub(size[i]));
            let [left, top, right, bottom] = &mut borders.0;
            [left, right].into_iter().for_each(|border| *border += missing[1]);
            [top, bottom].into_iter().for_each(|border| *border += missing[0]);
        }
        let [top, left] = self.place(framed(borders).map(|side| side as i64))?;
        // Where there is no border, its colour is not asked for.
        let fill = match borders == Padding::default() {
            true => vec![0; image.channels],
            false => self.fill.bytes(image.channels as i64)?,
        };
        let Padding([before, above, ..]) = borders;
        image.crop([top - above as i64, left - before as i64], self.size, &fill)
    }
}
