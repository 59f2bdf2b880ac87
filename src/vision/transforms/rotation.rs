//! An image turned: as Pillow turns bytes, and as torchvision turns all else.

use tch::{Device, Kind, Tensor};

use super::{Fill, InterpolationMode, common};
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
    center: Option<[f64; 2]>,
    fill: &Fill,
) -> Result<Tensor> {
    let [channels, height, width] = common::dimensions(image)?;
    check(mode, image)?;
    if image.kind() == Kind::Uint8 {
        let (filter, fill) = (mode.filter(), fill.bytes(channels)?);
        let turned = affine::rotate(Image::of(image)?, angle, filter, expand, center, &fill);
        return Ok(turned.tensor(image.device()));
    }
    let [h, w] = [height as f64, width as f64];
    let center = center.map_or([0.0, 0.0], |[x, y]| [x - w * 0.5, y - h * 0.5]);
    let fill = fill.of(channels)?;
    common::in_floats(image, |images| {
        let matrix = inverse_matrix(center, angle);
        Ok(turned(images, matrix, mode == InterpolationMode::Bilinear, expand, &fill))
    })
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
