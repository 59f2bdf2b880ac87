//! [`RandomRotation`]: turned a little.

use tch::{Device, Kind, Tensor};

use super::{Fill, InterpolationMode, Transform, check_range, functional, uniform};
use crate::Result;
use crate::vision::pillow::{Image, affine};

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
    center: Option<[f64; 2]>,
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

impl From<(f64, f64)> for Degrees {
    fn from(range: (f64, f64)) -> Self {
        Self(range)
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
        #[builder(default = InterpolationMode::Nearest)]
        interpolation: InterpolationMode,
        /// Whether the image grows so that all of it is seen.
        #[builder(default)]
        expand: bool,
        /// About which point, x and y from the upper left corner; its middle without one.
        center: Option<[f64; 2]>,
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
        let [channels, height, width] = functional::dimensions(image)?;
        use InterpolationMode as M;
        let for_bytes = image.kind() == Kind::Uint8;
        match self.interpolation {
            M::Nearest | M::NearestExact | M::Bilinear => {}
            M::Bicubic if for_bytes => {}
            other => return Err(other.unsupported()),
        }
        let angle = uniform(self.degrees.0, self.degrees.1);
        if for_bytes {
            let (filter, fill) = (self.interpolation.filter(), self.fill.bytes(channels)?);
            let image_of_bytes = Image::of(image)?;
            let turned =
                affine::rotate(image_of_bytes, angle, filter, self.expand, self.center, &fill);
            return Ok(turned.tensor(image.device()));
        }
        let [h, w] = [height as f64, width as f64];
        let center = self.center.map_or([0.0, 0.0], |[x, y]| [x - w * 0.5, y - h * 0.5]);
        let fill = self.fill.of(channels)?;
        functional::in_floats(image, |images| {
            let matrix = inverse_matrix(center, angle);
            Ok(turned(images, matrix, self.interpolation == M::Bilinear, self.expand, &fill))
        })
    }
}

/// The two rows that say where a pixel comes from, about the image's middle.
fn inverse_matrix([x, y]: [f64; 2], angle: f64) -> [f64; 6] {
    let (sin, cos) = (-angle).to_radians().sin_cos();
    let mut matrix = [cos, sin, 0.0, -sin, cos, 0.0];
    matrix[2] += matrix[0] * -x + matrix[1] * -y + x;
    matrix[5] += matrix[3] * -x + matrix[4] * -y + y;
    matrix
}

/// Images (1, C, H, W) turned; `fill` is a number a channel.
fn turned(images: &Tensor, matrix: [f64; 6], bilinear: bool, expand: bool, fill: &[f64]) -> Tensor {
    let (kind, device) = (images.kind(), images.device());
    let size = images.size();
    let [h, w] = [size[2], size[3]];
    let [new_h, new_w] = if expand { expanded(matrix, h, w) } else { [h, w] };
    let theta = Tensor::from_slice(&matrix).to_kind(kind).to_device(device).view([1, 2, 3]);

    let middles = |side: i64| {
        let (from, to) = (-side as f64 * 0.5 + 0.5, side as f64 * 0.5 - 0.5);
        Tensor::linspace(from, to, side, (Kind::Float, device))
    };
    let grid = Tensor::ones([1, new_h, new_w, 3], (kind, device));
    grid.select(3, 0).copy_(&middles(new_w));
    grid.select(3, 1).copy_(&middles(new_h).unsqueeze(-1));
    let half =
        Tensor::from_slice(&[0.5 * w as f64, 0.5 * h as f64]).to_kind(kind).to_device(device);
    let theta = theta.transpose(1, 2) / half;
    let grid = grid.view([1, new_h * new_w, 3]).bmm(&theta).view([1, new_h, new_w, 2]);

    // Where the image was, the mask is 1.
    let mask = Tensor::ones([1, 1, h, w], (kind, device));
    let both = Tensor::cat(&[images, &mask], 1);
    let (mode, zeros) = (if bilinear { 0 } else { 1 }, 0);
    let both = both.grid_sampler(&grid, mode, zeros, false);
    let channels = size[1];
    let (images, mask) = (both.narrow(1, 0, channels), both.narrow(1, channels, 1));
    let fill = Tensor::from_slice(fill).to_kind(kind).to_device(device).view([1, -1, 1, 1]);
    if bilinear {
        &images * &mask + mask.rsub_scalar(1.0) * fill
    } else {
        fill.where_self(&mask.lt(0.5), &images)
    }
}

/// The height and width that all of a turned image has room in.
fn expanded(matrix: [f64; 6], h: i64, w: i64) -> [i64; 2] {
    let options = (Kind::Float, Device::Cpu);
    let [x, y] = [0.5 * w as f64, 0.5 * h as f64];
    let corners = [[-x, -y, 1.0], [-x, y, 1.0], [x, y, 1.0], [x, -y, 1.0]].concat();
    let corners = Tensor::from_slice(&corners).to_kind(options.0).view([4, 3]);
    let theta = Tensor::from_slice(&matrix).to_kind(options.0).view([2, 3]);
    let corners = corners.matmul(&theta.tr());
    let middle = Tensor::from_slice(&[x, y]).to_kind(options.0);
    let extreme = |corners: (Tensor, Tensor)| corners.0 + &middle;
    let (least, most) = (extreme(corners.min_dim(0, false)), extreme(corners.max_dim(0, false)));
    // What is a hair above a whole number is that number.
    let tolerance = 1e-4;
    let cut = |corner: Tensor| (corner / tolerance).trunc() * tolerance;
    let size = cut(most).ceil() - cut(least).floor();
    [size.double_value(&[1]) as i64, size.double_value(&[0]) as i64]
}
