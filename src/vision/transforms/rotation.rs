//! An image turned, moved, scaled and sheared: bytes as Pillow does it, all else as torchvision.

use tch::{Device, Kind, Tensor};

use super::{Fill, InterpolationMode, Point, common};
use crate::Result;
use crate::vision::pillow::{Image, affine};

/// Refuses an interpolation that is not for such an image.
pub(super) fn check(mode: InterpolationMode, image: &Tensor) -> Result<()> {
    use InterpolationMode as M;
    match mode {
        M::Nearest | M::NearestExact | M::Bilinear => Ok(()),
        M::Bicubic if image.kind() == Kind::Uint8 => Ok(()),
        other => Err(other.unsupported()),
    }
}

/// The image turned counterclockwise by so many degrees.
pub(super) fn rotated(
    image: &Tensor,
    angle: f64,
    mode: InterpolationMode,
    expand: bool,
    center: Option<Point>,
    fill: Option<&Fill>,
) -> Result<Tensor> {
    let [channels, height, width] = common::dimensions(image)?;
    check(mode, image)?;
    if image.kind() == Kind::Uint8 {
        let (filter, fill) = (mode.filter(), bytes(fill, channels)?);
        let center = center.map(|Point(center)| center);
        let turned = affine::rotate(Image::of(image)?, angle, filter, expand, center, &fill);
        return Ok(turned.tensor(image.device()));
    }
    // Counterclockwise here, clockwise in the matrix.
    let map = Map { angle: -angle, ..Map::default() };
    let matrix = map.inverse_matrix(from_middle(center, height, width));
    through_a_grid(image, matrix, mode, expand, fill)
}

/// What [`affine`](fn@super::functional::affine) does to an image; usually nothing.
#[derive(Clone, Copy)]
pub(super) struct Map {
    /// Clockwise, in degrees.
    pub(super) angle: f64,
    pub(super) translate: [f64; 2],
    pub(super) scale: f64,
    /// In degrees.
    pub(super) shear: [f64; 2],
}

impl Default for Map {
    fn default() -> Self {
        Self { angle: 0.0, translate: [0.0; 2], scale: 1.0, shear: [0.0; 2] }
    }
}

/// The image with all of this done to it.
pub(super) fn mapped(
    image: &Tensor,
    map: Map,
    mode: InterpolationMode,
    center: Option<Point>,
    fill: Option<&Fill>,
) -> Result<Tensor> {
    let [channels, height, width] = common::dimensions(image)?;
    check(mode, image)?;
    if image.kind() == Kind::Uint8 {
        let middle = Point([width as f64 * 0.5, height as f64 * 0.5]);
        let matrix = map.inverse_matrix(center.unwrap_or(middle).0);
        let (fill, size) = (bytes(fill, channels)?, [height as usize, width as usize]);
        let mapped = affine::transform(Image::of(image)?, size, matrix, mode.filter(), &fill);
        return Ok(mapped.tensor(image.device()));
    }
    let matrix = map.inverse_matrix(from_middle(center, height, width));
    through_a_grid(image, matrix, mode, false, fill)
}

/// A byte a channel, 0 if not given.
fn bytes(fill: Option<&Fill>, channels: i64) -> Result<Vec<u8>> {
    fill.map_or(Ok(vec![0; channels as usize]), |fill| fill.bytes(channels))
}

/// A point as counted from the image's middle, which it is if not given.
fn from_middle(point: Option<Point>, height: i64, width: i64) -> [f64; 2] {
    point.map_or([0.0; 2], |Point([x, y])| [x - width as f64 * 0.5, y - height as f64 * 0.5])
}

impl Map {
    /// The two rows that say where a pixel comes from.
    fn inverse_matrix(self, [center_x, center_y]: [f64; 2]) -> affine::Matrix {
        let turn = self.angle.to_radians();
        let [shear_x, shear_y] = self.shear.map(f64::to_radians);
        let [x, y] = self.translate;
        let a = (turn - shear_y).cos() / shear_y.cos();
        let b = -(turn - shear_y).cos() * shear_x.tan() / shear_y.cos() - turn.sin();
        let c = (turn - shear_y).sin() / shear_y.cos();
        let d = -(turn - shear_y).sin() * shear_x.tan() / shear_y.cos() + turn.cos();
        let mut matrix = [d, -b, 0.0, -c, a, 0.0].map(|entry| entry / self.scale);
        matrix[2] += matrix[0] * (-center_x - x) + matrix[1] * (-center_y - y);
        matrix[5] += matrix[3] * (-center_x - x) + matrix[4] * (-center_y - y);
        matrix[2] += center_x;
        matrix[5] += center_y;
        matrix
    }
}

fn through_a_grid(
    image: &Tensor,
    matrix: affine::Matrix,
    mode: InterpolationMode,
    expand: bool,
    fill: Option<&Fill>,
) -> Result<Tensor> {
    let [channels, ..] = common::dimensions(image)?;
    let fill = fill.map(|fill| fill.of(channels)).transpose()?;
    common::in_floats(image, |images| {
        let bilinear = mode == InterpolationMode::Bilinear;
        Ok(sampled(images, matrix, bilinear, expand, fill.as_deref()))
    })
}

/// Images (1, C, H, W) from where the matrix says; `fill` is a number a channel.
fn sampled(
    images: &Tensor,
    matrix: affine::Matrix,
    bilinear: bool,
    expand: bool,
    fill: Option<&[f64]>,
) -> Tensor {
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

    let (mode, zeros) = (if bilinear { 0 } else { 1 }, 0);
    let Some(fill) = fill else { return images.grid_sampler(&grid, mode, zeros, false) };
    // Where the image was, the mask is 1.
    let mask = Tensor::ones([1, 1, h, w], (kind, device));
    let both = Tensor::cat(&[images, &mask], 1);
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
fn expanded(matrix: affine::Matrix, h: i64, w: i64) -> [i64; 2] {
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
