//! What is done to images, as functions: [`torchvision.transforms.functional`].
//!
//! Of images (C, H, W): bytes as Pillow does it to the bit, floats and other whole numbers as
//! torchvision does it to tensors. What Python requires stands by place, and all else is set by name
//! as everywhere: `functional::resize_options(&image, 32).antialias(false).call()`. An image may come
//! from a file, so what does not fit is an error and no panic.
//!
//! ```
//! use flambeau::prelude::*;
//! use flambeau::vision::transforms::functional;
//!
//! let image = Tensor::full([3, 60, 80], 128, (Kind::Uint8, Device::Cpu));
//! let small = functional::resize(&image, 30)?;
//! assert_eq!(small.size(), [3, 30, 40]);
//! let bright = functional::adjust_brightness(&small, 1.5)?;
//! assert_eq!(bright.max(), Tensor::from(192_u8));
//! let padded = functional::pad_options(&bright, [2, 1]).padding_mode("edge").call()?;
//! assert_eq!(padded.size(), [3, 32, 44]);
//! # Ok::<(), flambeau::Error>(())
//! ```
//!
//! [`torchvision.transforms.functional`]: https://docs.pytorch.org/vision/stable/transforms.html#functional-transforms

use flambeau_derive::function;
use tch::{Kind, Tensor};

use super::common::{self, dimensions, grey_or_color, half, largest};
use super::{Fill, InterpolationMode, Padding, PaddingMode, Point, Size, hsv, rotation};
use crate::vision::pillow::{Image, color};
use crate::{Error, Result};

/// Bytes from 0 to 255 become floats from 0 to 1; an image of another kind stays as it is:
/// [`torchvision.transforms.functional.to_tensor`].
///
/// The transform is [`ToTensor`](super::ToTensor).
///
/// [`torchvision.transforms.functional.to_tensor`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.to_tensor.html
#[function]
pub fn to_tensor(pic: &Tensor) -> Tensor {
    match pic.kind() {
        Kind::Uint8 => pic.to_kind(Kind::Float).g_div_scalar_(255.0),
        _ => pic.shallow_clone(),
    }
}

/// An image of another kind, its numbers brought to that kind's range: floats from 0 to 1, whole
/// numbers from 0 to the largest: [`torchvision.transforms.functional.convert_image_dtype`].
///
/// The transform is [`ConvertImageDtype`](super::ConvertImageDtype).
///
/// # Errors
/// When a float is too short for the whole numbers: single precision to 32 or 64 bits, double to 64.
///
/// [`torchvision.transforms.functional.convert_image_dtype`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.convert_image_dtype.html
#[function]
pub fn convert_image_dtype(
    image: &Tensor,
    /// The kind to convert to.
    #[builder(default = Kind::Float)]
    dtype: Kind,
) -> Result<Tensor> {
    let (from, to) = (image.kind(), dtype);
    if from == to {
        return Ok(image.shallow_clone());
    }
    Ok(match (largest(from), largest(to)) {
        (None, None) => image.to_kind(to),
        (Some(most), None) => image.to_kind(to) / most as f64,
        (None, Some(most)) => {
            let short = matches!(
                (from, to),
                (Kind::Float, Kind::Int | Kind::Int64) | (Kind::Double, Kind::Int64)
            );
            if short {
                let problem =
                    format!("The cast from {from:?} to {to:?} cannot be performed safely.");
                return Err(Error::argument("image", problem));
            }
            // So that each whole number is as wide as the others, and 1 is the largest.
            (image * (most as f64 + 1.0 - 1e-3)).to_kind(to)
        }
        (Some(old), Some(new)) if old > new => {
            let factor = (old as u64 + 1) / (new as u64 + 1);
            image.divide_scalar_mode(factor as i64, "floor").to_kind(to)
        }
        (Some(old), Some(new)) => {
            let factor = (new as u64 + 1) / (old as u64 + 1);
            image.to_kind(to) * factor as i64
        }
    })
}

/// The channels, height and width of an image, or of each of a batch:
/// [`torchvision.transforms.functional.get_dimensions`]. One of two dimensions has one channel.
///
/// # Errors
/// When the image has less than two dimensions.
///
/// [`torchvision.transforms.functional.get_dimensions`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.get_dimensions.html
#[function]
pub fn get_dimensions(img: &Tensor) -> Result<[i64; 3]> {
    match img.size()[..] {
        [.., channels, height, width] => Ok([channels, height, width]),
        [height, width] => Ok([1, height, width]),
        ref size => Err(Error::argument(
            "img",
            format!("should have two dimensions or more, but is {size:?}"),
        )),
    }
}

/// (x - mean) / std, channel by channel: [`torchvision.transforms.functional.normalize`].
///
/// The transform is [`Normalize`](super::Normalize).
///
/// # Errors
/// When the image is not of floats or has another number of channels (one mean does for any number),
/// the means and standard deviations are not equally many, or one of the latter is zero.
///
/// [`torchvision.transforms.functional.normalize`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.normalize.html
#[function]
pub fn normalize(
    tensor: &Tensor,
    mean: &[f64],
    std: &[f64],
    /// Whether it is written over the image, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Result<Tensor> {
    let kind = tensor.kind();
    if !matches!(kind, Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double) {
        let problem = format!("Input tensor should be a float tensor. Got {kind:?}.");
        return Err(Error::argument("image", problem));
    }
    if mean.len() != std.len() {
        let problem = format!("has {} channels, std {}", mean.len(), std.len());
        return Err(Error::argument("mean", problem));
    }
    let size = tensor.size();
    let (channels, means) = (size.get(size.len().wrapping_sub(3)), mean.len());
    if !channels.is_some_and(|&channels| means == 1 || means as i64 == channels) {
        let problem = format!("Normalize has {means} channels, the image is {size:?}");
        return Err(Error::argument("image", problem));
    }
    let a_channel = |values: &[f64]| {
        Tensor::from_slice(values).to_kind(kind).to_device(tensor.device()).view([-1, 1, 1])
    };
    if std.iter().any(|&std| is_zero(std, kind)) {
        let problem =
            format!("evaluated to zero after conversion to {kind:?}, leading to division by zero.");
        return Err(Error::argument("std", problem));
    }
    let std = a_channel(std);
    let mut centered = match inplace {
        true => tensor.shallow_clone().g_sub_(&a_channel(mean)),
        false => tensor - a_channel(mean),
    };
    Ok(centered.g_div_(&std))
}

/// An image of another size: [`torchvision.transforms.functional.resize`]. One number is the smaller
/// edge's; the larger one follows in proportion, cut off to a whole number.
///
/// The transform is [`Resize`](super::Resize).
///
/// # Errors
/// When the image is empty or has no three dimensions, or is of floats and the interpolation for bytes
/// only; when a side is zero; when `max_size` is given with two sides or is not above one.
///
/// [`torchvision.transforms.functional.resize`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.resize.html
#[function]
pub fn resize(
    img: &Tensor,
    #[builder(into)] size: Size,
    /// How pixels in between are made, usually bilinear.
    #[builder(default, into)]
    interpolation: InterpolationMode,
    /// What the larger edge is at most, where `size` is the smaller one's.
    max_size: Option<usize>,
    /// Whether a smaller image of floats passes no pixel over.
    #[builder(default = true)]
    antialias: bool,
) -> Result<Tensor> {
    let [_, height, width] = dimensions(img)?;
    sides(size)?;
    if let Some(problem) = common::unfit_max_size(size, max_size) {
        return Err(Error::argument("max_size", problem));
    }
    let sides = common::sides_of(size, max_size, [height, width]).map(|side| side.max(1));
    common::resize(img, sides, interpolation, antialias)
}

/// The image within a border: [`torchvision.transforms.functional.pad`]. One number is all four sides;
/// two are left and right, and top and bottom; four are left, top, right, bottom.
///
/// # Errors
/// When the image is empty or has no three dimensions, or `fill` has another number of channels.
///
/// [`torchvision.transforms.functional.pad`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.pad.html
#[function]
pub fn pad(
    img: &Tensor,
    #[builder(into)] padding: Padding,
    /// The border's colour, usually 0: a number, or one for each channel.
    #[builder(default, into)]
    fill: Fill,
    /// What the border is filled with, usually `fill`.
    #[builder(default, into)]
    padding_mode: PaddingMode,
) -> Result<Tensor> {
    common::pad(img, padding, &fill, padding_mode)
}

/// A part of an image, from its upper left corner: [`torchvision.transforms.functional.crop`]. What
/// lies outside is 0, also of a part that lies wholly above or left of an image of floats, for which
/// Python gives another size.
///
/// # Errors
/// When the image is empty or has no three dimensions, or a side is not above 0.
///
/// [`torchvision.transforms.functional.crop`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.crop.html
#[function]
pub fn crop(img: &Tensor, top: i64, left: i64, height: i64, width: i64) -> Result<Tensor> {
    let [_, h, w] = dimensions(img)?;
    sides_of_part(height, width)?;
    let ends = |from: i64, length: i64, side: i64| {
        let to = from.saturating_add(length);
        let (first, last) = (from.clamp(0, side), to.clamp(0, side));
        (first, last - first, (first - from).min(length), (to - last).min(length))
    };
    let (y, rows, above, below) = ends(top, height, h);
    let (x, columns, before, behind) = ends(left, width, w);
    if rows == 0 || columns == 0 {
        let size = [img.size()[0], height, width];
        return Ok(Tensor::zeros(size, (img.kind(), img.device())));
    }
    let part = common::crop(img, [y, x], [rows, columns]);
    if [above, below, before, behind] == [0; 4] {
        return Ok(part);
    }
    let border = [before, above, behind, below].map(|border| border as usize);
    common::pad(&part, border.into(), &Fill::default(), PaddingMode::Constant)
}

/// The middle of an image: [`torchvision.transforms.functional.center_crop`]. One number is a square's
/// side. An image that is smaller is padded with 0 first.
///
/// The transform is [`CenterCrop`](super::CenterCrop).
///
/// # Errors
/// When the image is empty or has no three dimensions, or a side is zero.
///
/// [`torchvision.transforms.functional.center_crop`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.center_crop.html
#[function]
pub fn center_crop(img: &Tensor, #[builder(into)] output_size: Size) -> Result<Tensor> {
    let size = sides(output_size)?.map(|side| side as i64);
    let [_, height, width] = dimensions(img)?;
    let [y, x] = [size[0] - height, size[1] - width].map(|missing| missing.max(0) as usize);
    let border = [x / 2, y / 2, x.div_ceil(2), y.div_ceil(2)];
    let image = common::pad(img, border.into(), &Fill::default(), PaddingMode::Constant)?;
    let [_, height, width] = dimensions(&image)?;
    Ok(common::crop(&image, [half(height - size[0]), half(width - size[1])], size))
}

/// The four corners and the middle of an image: [`torchvision.transforms.functional.five_crop`]. They
/// are the upper left, the upper right, the lower left and the lower right corner, and the middle. One
/// number is a square's side.
///
/// The class is [`FiveCrop`](super::FiveCrop).
///
/// # Errors
/// When the image is empty or has no three dimensions, or a side is zero or larger than the image's.
///
/// [`torchvision.transforms.functional.five_crop`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.five_crop.html
#[function]
pub fn five_crop(img: &Tensor, #[builder(into)] size: Size) -> Result<[Tensor; 5]> {
    let [height, width] = sides(size)?.map(|side| i64::try_from(side).unwrap_or(i64::MAX));
    let [_, h, w] = dimensions(img)?;
    if height > h || width > w {
        let problem =
            format!("Requested crop size ({height}, {width}) is bigger than input size ({h}, {w})");
        return Err(Error::argument("size", problem));
    }
    let part = |top, left| common::crop(img, [top, left], [height, width]);
    Ok([
        part(0, 0),
        part(0, w - width),
        part(h - height, 0),
        part(h - height, w - width),
        center_crop(img, size)?,
    ])
}

/// The five parts of [`five_crop`](fn@five_crop), and those of the image mirrored:
/// [`torchvision.transforms.functional.ten_crop`].
///
/// The class is [`TenCrop`](super::TenCrop).
///
/// # Errors
/// As [`five_crop`](fn@five_crop).
///
/// [`torchvision.transforms.functional.ten_crop`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.ten_crop.html
#[function]
pub fn ten_crop(
    img: &Tensor,
    #[builder(into)] size: Size,
    /// Whether it is turned upside down, and not mirrored from left to right.
    #[builder(default)]
    vertical_flip: bool,
) -> Result<[Tensor; 10]> {
    let [a, b, c, d, e] = five_crop(img, size)?;
    let flipped = if vertical_flip { vflip(img)? } else { hflip(img)? };
    let [f, g, h, i, j] = five_crop(&flipped, size)?;
    Ok([a, b, c, d, e, f, g, h, i, j])
}

/// A part of an image, brought to another size: [`torchvision.transforms.functional.resized_crop`].
///
/// # Errors
/// As [`crop`] and [`resize`].
///
/// [`torchvision.transforms.functional.resized_crop`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.resized_crop.html
#[function]
pub fn resized_crop(
    img: &Tensor,
    top: i64,
    left: i64,
    height: i64,
    width: i64,
    #[builder(into)] size: Size,
    /// How pixels in between are made, usually bilinear.
    #[builder(default, into)]
    interpolation: InterpolationMode,
    /// Whether a smaller image of floats passes no pixel over.
    #[builder(default = true)]
    antialias: bool,
) -> Result<Tensor> {
    let part = crop(img, top, left, height, width)?;
    resize_options(&part, size).interpolation(interpolation).antialias(antialias).call()
}

/// The image mirrored from left to right: [`torchvision.transforms.functional.hflip`].
///
/// # Errors
/// When the image is empty or has no three dimensions.
///
/// [`torchvision.transforms.functional.hflip`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.hflip.html
#[function]
pub fn hflip(img: &Tensor) -> Result<Tensor> {
    dimensions(img)?;
    Ok(img.flip([-1]))
}

/// The image upside down: [`torchvision.transforms.functional.vflip`].
///
/// # Errors
/// When the image is empty or has no three dimensions.
///
/// [`torchvision.transforms.functional.vflip`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.vflip.html
#[function]
pub fn vflip(img: &Tensor) -> Result<Tensor> {
    dimensions(img)?;
    Ok(img.flip([-2]))
}

/// The image turned counterclockwise by an angle in degrees:
/// [`torchvision.transforms.functional.rotate`].
///
/// # Errors
/// When the image is empty or has no three dimensions, `fill` has another number of channels, or the
/// interpolation is not for such an image.
///
/// [`torchvision.transforms.functional.rotate`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.rotate.html
#[function]
pub fn rotate(
    img: &Tensor,
    #[builder(into)] angle: f64,
    /// How pixels in between are made, usually nearest.
    #[builder(default = InterpolationMode::Nearest, into)]
    interpolation: InterpolationMode,
    /// Whether the image grows so that all of it is seen.
    #[builder(default)]
    expand: bool,
    /// About which point, x and y from the upper left corner; its middle without one.
    #[builder(into)]
    center: Option<Point>,
    /// The colour outside, a number or one for each channel. Without one it is 0, and what pixels of
    /// floats in between are made of fades into it.
    #[builder(into)]
    fill: Option<Fill>,
) -> Result<Tensor> {
    rotation::rotated(img, angle, interpolation, expand, center, fill.as_ref())
}

/// How far [`affine`](fn@affine) shears, in degrees: one number along x, or one along x and one along y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shear([f64; 2]);

macro_rules! shears {
    ($($number:ty)+) => {
        $(impl From<$number> for Shear {
            fn from(x: $number) -> Self {
                Self([x.into(), 0.0])
            }
        })+
    };
}
shears! { i32 f32 f64 }

/// The same along both, as in Python.
impl<N: Into<f64>> From<[N; 1]> for Shear {
    fn from([both]: [N; 1]) -> Self {
        Self([both.into(); 2])
    }
}

impl<N: Into<f64>> From<[N; 2]> for Shear {
    fn from(shears: [N; 2]) -> Self {
        Self(Point::from(shears).0)
    }
}

impl<X: Into<f64>, Y: Into<f64>> From<(X, Y)> for Shear {
    fn from(shears: (X, Y)) -> Self {
        Self(Point::from(shears).0)
    }
}

/// The image turned clockwise by an angle in degrees, sheared, scaled and moved by `translate`, pixels
/// along x and along y: [`torchvision.transforms.functional.affine`].
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::vision::transforms::functional;
///
/// let image = torch::arange(9.0).view([1, 3, 3]);
/// let moved = functional::affine(&image, 0, (1, 0), 1, 0)?;
/// assert_eq!(moved, torch::tensor([[[0.0, 0.0, 1.0], [0.0, 3.0, 4.0], [0.0, 6.0, 7.0]]]));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When the image is empty or has no three dimensions, a number is not finite, `scale` is not above 0,
/// `fill` has another number of channels, or the interpolation is not for such an image.
///
/// [`torchvision.transforms.functional.affine`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.affine.html
#[function]
pub fn affine(
    img: &Tensor,
    #[builder(into)] angle: f64,
    #[builder(into)] translate: Point,
    #[builder(into)] scale: f64,
    #[builder(into)] shear: Shear,
    /// How pixels in between are made, usually nearest.
    #[builder(default = InterpolationMode::Nearest, into)]
    interpolation: InterpolationMode,
    /// The colour outside, a number or one for each channel. Without one it is 0, and what pixels of
    /// floats in between are made of fades into it.
    #[builder(into)]
    fill: Option<Fill>,
    /// About which point, x and y from the upper left corner; its middle without one.
    #[builder(into)]
    center: Option<Point>,
) -> Result<Tensor> {
    let (Point(translate), Shear(shear)) = (translate, shear);
    let numbers = [("angle", angle), ("translate", translate[0]), ("translate", translate[1])];
    for (name, number) in numbers.into_iter().chain(shear.map(|shear| ("shear", shear))) {
        if !number.is_finite() {
            return Err(Error::argument(name, format!("({number}) is not a finite number.")));
        }
    }
    if !(scale > 0.0 && scale.is_finite()) {
        return Err(Error::argument("scale", "should be positive"));
    }
    let map = rotation::Map { angle, translate, scale, shear };
    rotation::mapped(img, map, interpolation, center, fill.as_ref())
}

/// The image blended with black, factor · image: [`torchvision.transforms.functional.adjust_brightness`].
///
/// # Errors
/// When the image has not one or three channels or is empty, or the factor is negative.
///
/// [`torchvision.transforms.functional.adjust_brightness`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.adjust_brightness.html
#[function]
pub fn adjust_brightness(img: &Tensor, #[builder(into)] brightness_factor: f64) -> Result<Tensor> {
    factor("brightness_factor", brightness_factor)?;
    grey_or_color(img)?;
    match of_bytes(img)? {
        Some(image) => Ok(color::brightness(image, brightness_factor).tensor(img.device())),
        None => Ok(blend(img, &img.zeros_like(), brightness_factor)),
    }
}

/// The image blended with the mean of its greys: factor · image + (1 - factor) · mean:
/// [`torchvision.transforms.functional.adjust_contrast`].
///
/// # Errors
/// When the image has not one or three channels or is empty, or the factor is negative.
///
/// [`torchvision.transforms.functional.adjust_contrast`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.adjust_contrast.html
#[function]
pub fn adjust_contrast(img: &Tensor, #[builder(into)] contrast_factor: f64) -> Result<Tensor> {
    factor("contrast_factor", contrast_factor)?;
    grey_or_color(img)?;
    if let Some(image) = of_bytes(img)? {
        return Ok(color::contrast(image, contrast_factor).tensor(img.device()));
    }
    let grey = grey_of(img);
    let fine = if grey.is_floating_point() { grey.kind() } else { Kind::Float };
    let mean = grey.mean_dim([-3_i64, -2, -1].as_slice(), true, fine);
    Ok(blend(img, &mean, contrast_factor))
}

/// The image blended with its greys: factor · image + (1 - factor) · grey:
/// [`torchvision.transforms.functional.adjust_saturation`].
///
/// # Errors
/// When the image has not one or three channels or is empty, or the factor is negative.
///
/// [`torchvision.transforms.functional.adjust_saturation`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.adjust_saturation.html
#[function]
pub fn adjust_saturation(img: &Tensor, #[builder(into)] saturation_factor: f64) -> Result<Tensor> {
    factor("saturation_factor", saturation_factor)?;
    let channels = grey_or_color(img)?;
    match of_bytes(img)? {
        Some(image) => Ok(color::saturation(image, saturation_factor).tensor(img.device())),
        None if channels == 1 => Ok(img.shallow_clone()),
        None => Ok(blend(img, &grey_of(img), saturation_factor)),
    }
}

/// The image with its hues turned by a part of the circle, from -0.5 to 0.5:
/// [`torchvision.transforms.functional.adjust_hue`].
///
/// # Errors
/// When the image has not one or three channels or is empty, the factor is beyond half the circle, or
/// single precision cannot hold the image's whole numbers.
///
/// [`torchvision.transforms.functional.adjust_hue`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.adjust_hue.html
#[function]
pub fn adjust_hue(img: &Tensor, #[builder(into)] hue_factor: f64) -> Result<Tensor> {
    if !(-0.5..=0.5).contains(&hue_factor) {
        let problem = format!("({hue_factor}) is not in [-0.5, 0.5].");
        return Err(Error::argument("hue_factor", problem));
    }
    let channels = grey_or_color(img)?;
    match of_bytes(img)? {
        Some(image) => return Ok(color::hue(image, hue_factor).tensor(img.device())),
        None if channels == 1 => return Ok(img.shallow_clone()),
        None => {}
    }
    // In single precision, as torchvision does it.
    let (hue, saturation, value) = hsv::to_hsv(&convert_image_dtype(img)?);
    let hue = (hue + hue_factor).remainder(1.0);
    let turned = hsv::to_rgb(&hue, &saturation, &value);
    convert_image_dtype_options(&turned).dtype(img.kind()).call()
}

/// `gain` · xᵞ of numbers from 0 to 1, which darkens where γ is above 1:
/// [`torchvision.transforms.functional.adjust_gamma`].
///
/// # Errors
/// When the image has not one or three channels or is empty, `gamma` is negative, or `gain` is no
/// number.
///
/// [`torchvision.transforms.functional.adjust_gamma`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.adjust_gamma.html
#[function]
pub fn adjust_gamma(
    img: &Tensor,
    #[builder(into)] gamma: f64,
    /// What the powers are multiplied by.
    #[builder(default = 1.0)]
    gain: f64,
) -> Result<Tensor> {
    factor("gamma", gamma)?;
    if !gain.is_finite() {
        return Err(Error::argument("gain", format!("({gain}) is not a finite number.")));
    }
    grey_or_color(img)?;
    if img.kind() == Kind::Uint8 {
        // Pillow looks each byte up.
        let byte = |byte: u8| {
            let value = (256.0 - 1e-3) * gain * (f64::from(byte) / 255.0).powf(gamma);
            (value as i64).clamp(0, 255) as u8
        };
        let table: Vec<_> = (0..=255).map(byte).collect();
        let table = Tensor::from_slice(&table).to_device(img.device());
        return Ok(table.take(&img.to_kind(Kind::Int64)));
    }
    let fine = match img.is_floating_point() {
        true => img.shallow_clone(),
        false => convert_image_dtype(img)?,
    };
    let corrected = (fine.pow_tensor_scalar(gamma) * gain).clamp(0, 1);
    convert_image_dtype_options(&corrected).dtype(img.kind()).call()
}

/// How far [`gaussian_blur`](fn@gaussian_blur) reaches, as a standard deviation: one number, or one along
/// x and one along y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sigma([f64; 2]);

impl From<f64> for Sigma {
    fn from(sigma: f64) -> Self {
        Self([sigma; 2])
    }
}

impl From<f32> for Sigma {
    fn from(sigma: f32) -> Self {
        f64::from(sigma).into()
    }
}

impl From<i32> for Sigma {
    fn from(sigma: i32) -> Self {
        f64::from(sigma).into()
    }
}

impl<N: Into<f64>> From<[N; 2]> for Sigma {
    fn from(sigmas: [N; 2]) -> Self {
        Self(sigmas.map(Into::into))
    }
}

impl<X: Into<f64>, Y: Into<f64>> From<(X, Y)> for Sigma {
    fn from((x, y): (X, Y)) -> Self {
        Self([x.into(), y.into()])
    }
}

/// The image, each pixel the mean of those around it, weighed by a bell curve:
/// [`torchvision.transforms.functional.gaussian_blur`].
///
/// `kernel_size` is how many pixels count, an odd number, or one along x and one along y. The image is
/// mirrored at its border.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::vision::transforms::functional;
///
/// let image = torch::rand([3, 20, 30]);
/// let blurred = functional::gaussian_blur_options(&image, 5).sigma((1.0, 0.5)).call()?;
/// assert_eq!(blurred.size(), [3, 20, 30]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When the image is no (C, H, W) or (N, C, H, W), or as small as half the kernel, a number of
/// `kernel_size` is not odd and positive, or one of `sigma` not positive.
///
/// [`torchvision.transforms.functional.gaussian_blur`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.gaussian_blur.html
#[function]
pub fn gaussian_blur(
    img: &Tensor,
    #[builder(into)] kernel_size: Size,
    /// The standard deviation, or one along x and one along y; 0.15 · `kernel_size` + 0.35 if not
    /// given.
    #[builder(into)]
    sigma: Option<Sigma>,
) -> Result<Tensor> {
    let sides = match kernel_size {
        Size::One(side) => [side, side],
        Size::Both(sides) => sides,
    };
    if sides.iter().any(|side| side % 2 == 0) {
        let problem = format!("should have odd and positive integers. Got {sides:?}");
        return Err(Error::argument("kernel_size", problem));
    }
    // The largest is beyond any image.
    let kernel = sides.map(|side| i64::try_from(side).unwrap_or(i64::MAX));
    let sigma = match sigma {
        None => kernel.map(|side| side as f64 * 0.15 + 0.35),
        Some(Sigma(sigma)) => sigma,
    };
    // Not a number is none above 0 either.
    if !sigma.iter().all(|&sigma| sigma > 0.0) {
        let problem = format!("should have positive values. Got {sigma:?}");
        return Err(Error::argument("sigma", problem));
    }
    let size = img.size();
    let (dims, [channels, height, width]) = (size.len(), get_dimensions(img)?);
    let borders = kernel.map(|side| side / 2);
    if !matches!(dims, 3 | 4) || borders[0] >= width || borders[1] >= height {
        let problem =
            format!("of size {size:?} is no image that is larger than {borders:?} pixels");
        return Err(Error::argument("img", problem));
    }
    let kind = if img.is_floating_point() { img.kind() } else { Kind::Float };
    let [x, y] = [0, 1].map(|side| {
        let half = (kernel[side] - 1) as f64 * 0.5;
        let options = (kind, img.device());
        let places = Tensor::linspace(-half, half, kernel[side], options);
        let bell = ((places / sigma[side]).pow_tensor_scalar(2) * -0.5).exp();
        let sum = bell.sum(kind);
        bell / sum
    });
    let weights = y.unsqueeze(1).mm(&x.unsqueeze(0));
    let weights = weights.expand([channels, 1, kernel[1], kernel[0]], false);
    let images = if dims == 3 { img.unsqueeze(0) } else { img.shallow_clone() };
    let around = [borders[0], borders[0], borders[1], borders[1]];
    let padded = images.to_kind(kind).pad(around, "reflect", None);
    let blurred = padded.conv2d(&weights, None::<&Tensor>, 1, 0, 1, channels);
    let blurred = if dims == 3 { blurred.squeeze_dim(0) } else { blurred };
    Ok(match img.kind() {
        own if own == kind => blurred,
        Kind::Bool => blurred.to_kind(Kind::Bool),
        own => blurred.round().to_kind(own),
    })
}

/// An image's brightness alone, 0.299 R + 0.587 G + 0.114 B:
/// [`torchvision.transforms.functional.rgb_to_grayscale`].
///
/// The transform is [`Grayscale`](super::Grayscale).
///
/// # Errors
/// When the image has not one or three channels or is empty, or `num_output_channels` is neither.
///
/// [`torchvision.transforms.functional.rgb_to_grayscale`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.rgb_to_grayscale.html
#[function]
pub fn rgb_to_grayscale(
    img: &Tensor,
    /// One, or three that are the same.
    #[builder(default = 1)]
    num_output_channels: usize,
) -> Result<Tensor> {
    if !matches!(num_output_channels, 1 | 3) {
        return Err(Error::argument("num_output_channels", "should be either 1 or 3"));
    }
    grey_or_color(img)?;
    let grey = match of_bytes(img)? {
        Some(image) => {
            let bytes = color::grey(&image);
            Image { channels: 1, bytes, ..image }.tensor(img.device())
        }
        None => grey_of(img),
    };
    Ok(grey.repeat([num_output_channels as i64, 1, 1]))
}

/// The image with a rectangle of `h` by `w` pixels filled with `v`, whose upper left corner is (i, j):
/// [`torchvision.transforms.functional.erase`]. It treats bytes as floats.
///
/// # Errors
/// When the image is empty or has no three dimensions, a number is negative, or `v` has no form that
/// fills the rectangle, as far as it lies in the image.
///
/// [`torchvision.transforms.functional.erase`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.functional.erase.html
#[function]
pub fn erase(
    img: &Tensor,
    i: i64,
    j: i64,
    h: i64,
    w: i64,
    v: &Tensor,
    /// Whether it is written over the image, of which a handle is returned.
    #[builder(default)]
    inplace: bool,
) -> Result<Tensor> {
    let [_, height, width] = dimensions(img)?;
    // What is beyond the edge is cut off.
    let within = |from: i64, length: i64, side: i64| {
        (from >= 0 && length >= 0).then(|| (from.min(side), length.min(side - from.min(side))))
    };
    let (Some((i, h)), Some((j, w))) = (within(i, h, height), within(j, w, width)) else {
        let problem = format!("({i}, {j}, {h}, {w}) should not be negative");
        return Err(Error::argument("i, j, h, w", problem));
    };
    let image = if inplace { img.shallow_clone() } else { img.copy() };
    let filled = common::crop(&image, [i, j], [h, w]).f_copy_(v);
    filled.map_err(|error| Error::Torch(crate::ffi::without_frames(&error.to_string())))?;
    Ok(image)
}

/// Is a number zero as one of this kind?
fn is_zero(number: f64, kind: Kind) -> bool {
    match kind {
        Kind::Double => number == 0.0,
        // The smallest number of half precision is 2^-24, and what is below its half becomes 0.
        Kind::Half => number.abs() <= 2_f64.powi(-25),
        _ => number as f32 == 0.0,
    }
}

/// Height and width, which have to be above 0 and within any image.
fn sides(size: Size) -> Result<[usize; 2]> {
    size.checked().map_err(|problem| Error::argument("size", problem))
}

fn sides_of_part(height: i64, width: i64) -> Result<()> {
    let [h, w] = [height, width].map(|side| usize::try_from(side).unwrap_or(0));
    sides(Size::Both([h, w])).map(drop)
}

/// A factor of a blend.
fn factor(name: &str, factor: f64) -> Result<()> {
    match factor >= 0.0 && factor.is_finite() {
        true => Ok(()),
        false => Err(Error::argument(name, format!("({factor}) is not non-negative."))),
    }
}

/// The image, if it is of bytes.
fn of_bytes(image: &Tensor) -> Result<Option<Image>> {
    (image.kind() == Kind::Uint8).then(|| Image::of(image)).transpose()
}

fn blend(image: &Tensor, other: &Tensor, factor: f64) -> Tensor {
    let most = largest(image.kind()).map_or(1.0, |most| most as f64);
    (image * factor + other * (1.0 - factor)).clamp(0.0, most).to_kind(image.kind())
}

/// The greys of floats, (1, H, W).
fn grey_of(image: &Tensor) -> Tensor {
    if image.size()[0] == 1 {
        return image.shallow_clone();
    }
    let [r, g, b] = [0, 1, 2].map(|channel| image.get(channel));
    (r * 0.2989 + g * 0.587 + b * 0.114).to_kind(image.kind()).unsqueeze(0)
}
