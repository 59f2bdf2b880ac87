//! [`RandomResizedCrop`]: a part of any size, brought to one.

use tch::Tensor;

use super::{
    InterpolationMode, Range, Size, Transform, check_range, common, functional, log_uniform,
    logarithms, rectangle, uniform, whole,
};
use crate::Result;

/// Cuts out a part of random area and proportion, and brings it to this size:
/// [`torchvision.transforms.RandomResizedCrop`]. One number is a square's side.
///
/// Up to ten times it draws an area, U(`scale`) of the image's, and a proportion of width to height
/// whose logarithm is from U(log `ratio`). Of the first part that fits into the image it draws the
/// upper and the left border; if none fits, it takes the middle. Bytes and floats are resized as
/// [`Resize`](super::Resize) does it.
///
/// ```
/// use flambeau::prelude::*;
///
/// let crop = transforms::RandomResizedCrop::new(32);
/// let image = Tensor::zeros([3, 60, 80], (Kind::Uint8, Device::Cpu));
/// assert_eq!(crop.apply(&image)?.size(), [3, 32, 32]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// As [`Resize`](super::Resize).
///
/// [`torchvision.transforms.RandomResizedCrop`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.RandomResizedCrop.html
#[derive(Clone, Copy, Debug)]
pub struct RandomResizedCrop {
    size: [usize; 2],
    scale: (f64, f64),
    ratio: (f64, f64),
    interpolation: InterpolationMode,
    antialias: bool,
}

#[bon::bon]
impl RandomResizedCrop {
    /// Of this size, of a part from 8 to 100 % of the image, from 3:4 to 4:3.
    ///
    /// # Panics
    /// When a side is zero.
    pub fn new(size: impl Into<Size>) -> Self {
        Self::options(size).build()
    }

    /// Begins one whose keyword arguments are set by name.
    ///
    /// # Panics
    /// `build()` panics when a side is zero, or a range is negative, infinite or does not go upwards.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = RandomResizedCropOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] size: Size,
        /// The part's area, of the image's.
        #[builder(default = Range(0.08, 1.0), into)]
        scale: Range,
        /// Its width by its height.
        #[builder(default = Range(3.0 / 4.0, 4.0 / 3.0), into)]
        ratio: Range,
        /// How pixels in between are made, usually bilinear.
        #[builder(default, into)]
        interpolation: InterpolationMode,
        /// Whether a smaller image of floats passes no pixel over.
        #[builder(default = true)]
        antialias: bool,
    ) -> Self {
        let (scale, ratio) = ((scale.0, scale.1), (ratio.0, ratio.1));
        check_range("scale", scale);
        check_range("ratio", ratio);
        assert!(scale.0 >= 0.0 && ratio.0 > 0.0, "scale and ratio should be above 0");
        Self { size: size.sides(), scale, ratio, interpolation, antialias }
    }
}

impl RandomResizedCrop {
    /// A part of an image of this height and width: its corner, and its height and width.
    fn draw(&self, height: i64, width: i64) -> ([i64; 2], [i64; 2]) {
        let area = (height * width) as f64;
        let log_ratio = logarithms(self.ratio);
        for _ in 0..10 {
            let target = area * uniform(self.scale.0, self.scale.1);
            let [w, h] = rectangle(target, log_uniform(log_ratio));
            if (1..=width).contains(&w) && (1..=height).contains(&h) {
                let top = whole(height - h + 1);
                return ([top, whole(width - w + 1)], [h, w]);
            }
        }
        let (least, most) = self.ratio;
        let own = width as f64 / height as f64;
        let rounded = |side: f64| side.round_ties_even() as i64;
        let [h, w] = if own < least {
            [rounded(width as f64 / least), width]
        } else if own > most {
            [height, rounded(height as f64 * most)]
        } else {
            [height, width]
        };
        ([(height - h).div_euclid(2), (width - w).div_euclid(2)], [h, w])
    }
}

impl Transform for RandomResizedCrop {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        let [_, height, width] = common::dimensions(image)?;
        let (corner, [h, w]) = self.draw(height, width);
        let ([top, left], [h, w]) = (corner, [h.max(1), w.max(1)]);
        functional::resized_crop_options(image, top, left, h, w, self.size)
            .interpolation(self.interpolation)
            .antialias(self.antialias)
            .call()
    }
}
