//! [`ColorJitter`]: other light, other colours.

use tch::{Kind, Tensor};

use super::{Transform, check_range, common, functional, uniform};
use crate::vision::pillow::{Image, color};
use crate::{Result, random};

/// Changes brightness, contrast, saturation and hue by random factors, in random order:
/// [`torchvision.transforms.ColorJitter`].
///
/// A factor of 1 (hue: 0) changes nothing. The image is blended with black (brightness), the mean of
/// its greys (contrast) or its greys (saturation): factor · image + (1 - factor) · other; its hues are
/// turned by the factor, from -0.5 to 0.5 of the circle. Each is off unless it is set. It draws the
/// order, then each factor that is on, in the order above.
///
/// Bytes are Pillow's, to the bit; floats, from 0 to 1, and other whole numbers, from 0 to the largest
/// of their kind, torchvision's for tensors.
///
/// ```
/// use flambeau::prelude::*;
///
/// let jitter = transforms::ColorJitter::options().brightness(0.4).hue((-0.1, 0.2)).build();
/// let image = Tensor::full([3, 4, 4], 100, (Kind::Uint8, Device::Cpu));
/// assert_eq!(jitter.apply(&image)?.size(), [3, 4, 4]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When an image has not one or three channels, or is empty; and when hues of 32 or 64 bits are to be
/// turned, which single precision cannot hold.
///
/// [`torchvision.transforms.ColorJitter`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.ColorJitter.html
#[derive(Clone, Copy, Debug)]
pub struct ColorJitter {
    brightness: Option<(f64, f64)>,
    contrast: Option<(f64, f64)>,
    saturation: Option<(f64, f64)>,
    hue: Option<(f64, f64)>,
}

/// How far a factor goes: one number to both sides of the factor that changes nothing, two from the
/// first to the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Jitter {
    /// To both sides.
    By(f64),
    /// From the first to the second.
    Between(f64, f64),
}

impl From<f64> for Jitter {
    fn from(by: f64) -> Self {
        Self::By(by)
    }
}

impl From<f32> for Jitter {
    fn from(by: f32) -> Self {
        Self::By(by.into())
    }
}

impl From<i32> for Jitter {
    fn from(by: i32) -> Self {
        Self::By(by.into())
    }
}

impl<A: Into<f64>, B: Into<f64>> From<(A, B)> for Jitter {
    fn from((from, to): (A, B)) -> Self {
        Self::Between(from.into(), to.into())
    }
}

impl Jitter {
    /// The range about `center`, within `bounds`; none where it is `center` alone.
    fn range(self, name: &str, center: f64, (least, most): (f64, f64)) -> Option<(f64, f64)> {
        let (from, to) = match self {
            Self::By(by) => {
                assert!(by >= 0.0, "If {name} is a single number, it must be non negative.");
                // Only a hue may turn backwards.
                (if center == 0.0 { -by } else { (center - by).max(0.0) }, center + by)
            }
            Self::Between(from, to) => (from, to),
        };
        assert!(
            least <= from && from <= to && to <= most,
            "{name} values should be between ({least}, {most}), but got [{from}, {to}]."
        );
        check_range(name, (from, to));
        ((from, to) != (center, center)).then_some((from, to))
    }
}

#[bon::bon]
impl ColorJitter {
    /// Begins one whose keyword arguments are set by name.
    ///
    /// # Panics
    /// `build()` panics when a number is negative or infinite, a hue beyond half the circle, or a range
    /// does not go upwards.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = ColorJitterOptions, vis = "pub")
    )]
    fn with(
        /// By how much, or between which factors.
        #[builder(default = Jitter::By(0.0), into)]
        brightness: Jitter,
        /// By how much, or between which factors.
        #[builder(default = Jitter::By(0.0), into)]
        contrast: Jitter,
        /// By how much, or between which factors.
        #[builder(default = Jitter::By(0.0), into)]
        saturation: Jitter,
        /// By how much of the circle, up to half of it, or between which parts.
        #[builder(default = Jitter::By(0.0), into)]
        hue: Jitter,
    ) -> Self {
        let factors = (0.0, f64::INFINITY);
        Self {
            brightness: brightness.range("brightness", 1.0, factors),
            contrast: contrast.range("contrast", 1.0, factors),
            saturation: saturation.range("saturation", 1.0, factors),
            hue: hue.range("hue", 0.0, (-0.5, 0.5)),
        }
    }
}

/// One that changes nothing, torchvision's default.
impl Default for ColorJitter {
    fn default() -> Self {
        Self::options().build()
    }
}

impl Transform for ColorJitter {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        common::grey_or_color(image)?;
        let order = random::randperm(4);
        let ranges = [self.brightness, self.contrast, self.saturation, self.hue];
        let factors = ranges.map(|range| range.map(|(from, to)| uniform(from, to)));
        let mut chosen = order.iter().filter_map(|&i| Some((i, factors[i as usize]?)));
        if image.kind() == Kind::Uint8 {
            let changed = chosen.fold(Image::of(image)?, |image, (i, factor)| match i {
                0 => color::brightness(image, factor),
                1 => color::contrast(image, factor),
                2 => color::saturation(image, factor),
                _ => color::hue(image, factor),
            });
            return Ok(changed.tensor(image.device()));
        }
        chosen.try_fold(image.shallow_clone(), |image, (i, factor)| match i {
            0 => functional::adjust_brightness(&image, factor),
            1 => functional::adjust_contrast(&image, factor),
            2 => functional::adjust_saturation(&image, factor),
            _ => functional::adjust_hue(&image, factor),
        })
    }
}
