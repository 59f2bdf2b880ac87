//! [`RandomRotation`]: turned a little.

use tch::Tensor;

use super::{
    Fill, InterpolationMode, Point, Transform, check_range, common, functional, rotation, uniform,
};
use crate::Result;

/// Turns an image counterclockwise by an angle from U(`degrees`):
/// [`torchvision.transforms.RandomRotation`]. Draws one number.
///
/// Bytes are Pillow's `rotate`, to the bit, nearest, bilinear or bicubic; all else goes through an
/// affine grid as torchvision's tensors do, nearest or bilinear.
///
/// ```
/// use flambeau::prelude::*;
///
/// let rotation = transforms::RandomRotation::new(15.0);
/// let image = Tensor::zeros([3, 32, 32], (Kind::Uint8, Device::Cpu));
/// assert_eq!(rotation.apply(&image)?.size(), [3, 32, 32]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When the image is empty or has no three dimensions, `fill` has another number of channels, or the
/// interpolation is not for such an image.
///
/// [`torchvision.transforms.RandomRotation`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.RandomRotation.html
#[derive(Clone, Debug)]
pub struct RandomRotation {
    degrees: (f64, f64),
    interpolation: InterpolationMode,
    expand: bool,
    center: Option<Point>,
    fill: Fill,
}

/// From which to which angle, in degrees. One number is an angle in both directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degrees((f64, f64));

impl From<f64> for Degrees {
    fn from(most: f64) -> Self {
        assert!(most >= 0.0, "If degrees is a single number, it must be positive.");
        Self((-most, most))
    }
}

impl From<f32> for Degrees {
    fn from(most: f32) -> Self {
        Self::from(f64::from(most))
    }
}

impl From<i32> for Degrees {
    fn from(most: i32) -> Self {
        Self::from(f64::from(most))
    }
}

impl<A: Into<f64>, B: Into<f64>> From<(A, B)> for Degrees {
    fn from((from, to): (A, B)) -> Self {
        Self((from.into(), to.into()))
    }
}

#[bon::bon]
impl RandomRotation {
    /// By up to so many degrees in both directions, or from one angle to another.
    ///
    /// # Panics
    /// When one number is negative, the second of two is below the first, or one is infinite.
    pub fn new(degrees: impl Into<Degrees>) -> Self {
        Self::options(degrees).build()
    }

    /// Begins one whose keyword arguments are set by name.
    ///
    /// # Panics
    /// `build()` panics when one number is negative, the second of two is below the first, or one is
    /// infinite.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = RandomRotationOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] degrees: Degrees,
        /// How pixels in between are made, usually nearest.
        #[builder(default = InterpolationMode::Nearest, into)]
        interpolation: InterpolationMode,
        /// Whether the image grows so that all of it is seen.
        #[builder(default)]
        expand: bool,
        /// About which point, x and y from the upper left corner; its middle without one.
        #[builder(into)]
        center: Option<Point>,
        /// The colour outside, usually 0: a number, or one for each channel.
        #[builder(default, into)]
        fill: Fill,
    ) -> Self {
        let Degrees(degrees) = degrees;
        check_range("degrees", degrees);
        Self { degrees, interpolation, expand, center, fill }
    }
}

impl Transform for RandomRotation {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        // Before the angle is drawn.
        common::dimensions(image)?;
        rotation::check(self.interpolation, image)?;
        let angle = uniform(self.degrees.0, self.degrees.1);
        functional::rotate_options(image, angle)
            .interpolation(self.interpolation)
            .expand(self.expand)
            .maybe_center(self.center)
            .fill(self.fill.clone())
            .call()
    }
}
