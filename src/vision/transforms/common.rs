//! What several transforms share: sizes, borders and colours, and how an image is cut, bordered and
//! brought to another size.

use tch::{Kind, Tensor};

use crate::vision::pillow::Image;
use crate::vision::pillow::resample::{self, Filter};
use crate::{Error, Result};

/// A size in pixels: one number, or height and width. What one number means, a square or the smaller
/// edge, each transform says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// One number.
    One(usize),
    /// Height and width.
    Both([usize; 2]),
}

impl Size {
    /// Height and width, of a square where it is one number.
    ///
    /// # Panics
    /// When one of them is zero, or beyond any image.
    #[track_caller]
    pub(super) fn sides(self) -> [usize; 2] {
        self.checked().unwrap_or_else(|problem| panic!("size {problem}"))
    }

    /// The same, or what is wrong with it.
    pub(super) fn checked(self) -> std::result::Result<[usize; 2], String> {
        let [height, width] = match self {
            Self::One(side) => [side, side],
            Self::Both(sides) => sides,
        };
        if height == 0 || width == 0 {
            return Err(format!("must be above 0, but is ({height}, {width})"));
        }
        if height.max(width) > MOST {
            return Err(format!("({height}, {width}) is beyond any image"));
        }
        Ok([height, width])
    }
}

impl From<usize> for Size {
    fn from(side: usize) -> Self {
        Self::One(side)
    }
}

impl From<(usize, usize)> for Size {
    fn from((height, width): (usize, usize)) -> Self {
        Self::Both([height, width])
    }
}

impl From<[usize; 2]> for Size {
    fn from(sides: [usize; 2]) -> Self {
        Self::Both(sides)
    }
}

/// No side and no border is longer, in pixels.
const MOST: usize = i32::MAX as usize;

/// How wide a border is, in pixels: left, top, right, bottom.
///
/// One number is all four; two are left and right, and top and bottom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Padding(pub(super) [usize; 4]);

impl Padding {
    /// No border is beyond any image.
    pub(super) fn check(self) -> Result<()> {
        match self.0.into_iter().find(|&border| border > MOST) {
            Some(border) => {
                Err(Error::argument("padding", format!("{border} pixels are beyond any image")))
            }
            None => Ok(()),
        }
    }
}

impl From<usize> for Padding {
    fn from(all: usize) -> Self {
        Self([all; 4])
    }
}

impl From<(usize, usize)> for Padding {
    fn from((x, y): (usize, usize)) -> Self {
        Self::from([x, y])
    }
}

impl From<(usize, usize, usize, usize)> for Padding {
    fn from((left, top, right, bottom): (usize, usize, usize, usize)) -> Self {
        Self([left, top, right, bottom])
    }
}

impl From<[usize; 2]> for Padding {
    fn from([x, y]: [usize; 2]) -> Self {
        Self([x, y, x, y])
    }
}

impl From<[usize; 4]> for Padding {
    fn from(borders: [usize; 4]) -> Self {
        Self(borders)
    }
}

/// What a border is filled with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaddingMode {
    /// The numbers of [`Fill`].
    #[default]
    Constant,
    /// The edge's own pixels, on and on.
    Edge,
    /// The image mirrored, without its edge: `3 2 [1 2 3] 2 1`.
    Reflect,
    /// The image mirrored, with its edge: `2 1 [1 2 3] 3 2`.
    Symmetric,
}

/// By torchvision's name: `"reflect"`.
///
/// # Panics
/// When it is none.
impl From<&str> for PaddingMode {
    #[track_caller]
    fn from(name: &str) -> Self {
        match name {
            "constant" => Self::Constant,
            "edge" => Self::Edge,
            "reflect" => Self::Reflect,
            "symmetric" => Self::Symmetric,
            _ => panic!(
                "Padding mode should be either constant, edge, reflect or symmetric, but is '{name}'"
            ),
        }
    }
}

/// A colour: a number for all channels, or one for each. In an image of bytes numbers are cut off
/// behind the point, and from 0 to 255.
#[derive(Clone, Debug, PartialEq)]
pub struct Fill(Vec<f64>);

impl Default for Fill {
    fn default() -> Self {
        Self::from(0.0)
    }
}

/// From whole numbers and from others.
macro_rules! fills {
    ($($number:ty)+) => {
        $(impl From<$number> for Fill {
            fn from(all: $number) -> Self {
                Self(vec![all.into()])
            }
        }

        impl<const N: usize> From<[$number; N]> for Fill {
            fn from(channels: [$number; N]) -> Self {
                Self(channels.map(Into::into).into())
            }
        })+
    };
}
fills! { i32 f32 f64 }

/// A point of an image, or how far it is moved: pixels along x and along y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point(pub(super) [f64; 2]);

impl<N: Into<f64>> From<[N; 2]> for Point {
    fn from(point: [N; 2]) -> Self {
        Self(point.map(Into::into))
    }
}

impl<X: Into<f64>, Y: Into<f64>> From<(X, Y)> for Point {
    fn from((x, y): (X, Y)) -> Self {
        Self([x.into(), y.into()])
    }
}

/// From one number to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range(pub(super) f64, pub(super) f64);

impl<A: Into<f64>, B: Into<f64>> From<(A, B)> for Range {
    fn from((from, to): (A, B)) -> Self {
        Self(from.into(), to.into())
    }
}

impl Fill {
    /// A number a channel.
    pub(super) fn of(&self, channels: i64) -> Result<Vec<f64>> {
        match self.0.as_slice() {
            &[all] => Ok(vec![all; channels as usize]),
            each if each.len() as i64 == channels => Ok(each.to_vec()),
            each => Err(Error::argument(
                "fill",
                format!(
                    "The number of elements in 'fill' does not match the number of channels of the \
                     image ({} != {channels})",
                    each.len()
                ),
            )),
        }
    }

    /// A byte a channel.
    pub(super) fn bytes(&self, channels: i64) -> Result<Vec<u8>> {
        Ok(self.of(channels)?.into_iter().map(|number| number as u8).collect())
    }
}

/// How pixels in between are made: [`torchvision.transforms.InterpolationMode`].
///
/// [`torchvision.transforms.InterpolationMode`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.InterpolationMode.html
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InterpolationMode {
    /// The nearest pixel. For tensors as older versions of OpenCV find it.
    Nearest,
    /// The nearest pixel, for tensors found as Pillow finds it.
    NearestExact,
    /// From two by two pixels.
    #[default]
    Bilinear,
    /// From four by four pixels.
    Bicubic,
    /// The mean of the pixels that become one; images of bytes only.
    Box,
    /// A narrower bell than bilinear, so sharper; images of bytes only.
    Hamming,
    /// From six by six pixels; images of bytes only.
    Lanczos,
}

/// By torchvision's name: `"bilinear"`.
///
/// # Panics
/// When it is none.
impl From<&str> for InterpolationMode {
    #[track_caller]
    fn from(name: &str) -> Self {
        match name {
            "nearest" => Self::Nearest,
            "nearest-exact" => Self::NearestExact,
            "bilinear" => Self::Bilinear,
            "bicubic" => Self::Bicubic,
            "box" => Self::Box,
            "hamming" => Self::Hamming,
            "lanczos" => Self::Lanczos,
            other => panic!("'{other}' is not a valid InterpolationMode"),
        }
    }
}

impl InterpolationMode {
    /// Pillow's.
    pub(super) fn filter(self) -> Filter {
        match self {
            Self::Nearest | Self::NearestExact => Filter::Nearest,
            Self::Bilinear => Filter::Bilinear,
            Self::Bicubic => Filter::Bicubic,
            Self::Box => Filter::Box,
            Self::Hamming => Filter::Hamming,
            Self::Lanczos => Filter::Lanczos,
        }
    }

    pub(super) fn unsupported(self) -> Error {
        let problem = format!("Interpolation mode '{self:?}' is unsupported with Tensor input");
        Error::argument("interpolation", problem)
    }
}

/// Channels, height and width.
pub(super) fn dimensions(image: &Tensor) -> Result<[i64; 3]> {
    let size = image.size();
    match size.as_slice() {
        &[channels, height, width] if image.numel() > 0 => Ok([channels, height, width]),
        _ => Err(Error::argument(
            "image",
            format!("should be (C, H, W), not empty, but is {size:?}"),
        )),
    }
}

/// The image's channels, which have to be one or three.
pub(super) fn grey_or_color(image: &Tensor) -> Result<i64> {
    match dimensions(image)? {
        [channels @ (1 | 3), ..] => Ok(channels),
        [channels, ..] => Err(Error::argument(
            "image",
            format!("permitted channel values are [1, 3], but found {channels}"),
        )),
    }
}

/// A part that lies within the image.
pub(super) fn crop(image: &Tensor, [top, left]: [i64; 2], [height, width]: [i64; 2]) -> Tensor {
    image.narrow(-2, top, height).narrow(-1, left, width)
}

/// The image within a border.
pub(super) fn pad(
    image: &Tensor,
    Padding([left, top, right, bottom]): Padding,
    fill: &Fill,
    mode: PaddingMode,
) -> Result<Tensor> {
    let [channels, height, width] = dimensions(image)?;
    Padding([left, top, right, bottom]).check()?;
    let [left, top, right, bottom] = [left, top, right, bottom].map(|border| border as i64);
    if mode != PaddingMode::Constant {
        let along = |dim: i64, side: i64, before: i64, after: i64| {
            let from: Vec<i64> = (-before..side + after).map(|i| mode.inside(i, side)).collect();
            (dim, Tensor::from_slice(&from).to_device(image.device()))
        };
        let (rows, columns) = (along(-2, height, top, bottom), along(-1, width, left, right));
        return Ok(image.index_select(rows.0, &rows.1).index_select(columns.0, &columns.1));
    }
    let size = [channels, height + top + bottom, width + left + right];
    let options = (image.kind(), image.device());
    let colors = match image.kind() {
        Kind::Uint8 => Tensor::from_slice(&fill.bytes(channels)?),
        _ => Tensor::from_slice(&fill.of(channels)?),
    };
    let colors = colors.to_kind(options.0).to_device(options.1).view([-1, 1, 1]);
    let padded = colors.expand(size, false).contiguous();
    crop(&padded, [top, left], [height, width]).copy_(image);
    Ok(padded)
}

impl PaddingMode {
    /// The place within a side that a place before, in or behind it is like.
    fn inside(self, i: i64, side: i64) -> i64 {
        // A mirror image goes there and back, with the edges twice or once.
        let there_and_back = |period: i64, last: i64| {
            let i = i.rem_euclid(period);
            i.min(last - i)
        };
        match self {
            Self::Symmetric => there_and_back(2 * side, 2 * side - 1),
            // One pixel alone has nothing but itself.
            Self::Reflect if side > 1 => there_and_back(2 * (side - 1), 2 * (side - 1)),
            _ => i.clamp(0, side - 1),
        }
    }
}

/// The image with this height and width: bytes as Pillow does it, all else as `F.interpolate`.
pub(super) fn resize(
    image: &Tensor,
    size: [i64; 2],
    mode: InterpolationMode,
    antialias: bool,
) -> Result<Tensor> {
    let [_, height, width] = dimensions(image)?;
    if [height, width] == size {
        return Ok(image.shallow_clone());
    }
    if image.kind() == Kind::Uint8 {
        let sides = size.map(|side| side as usize);
        let resized = resample::resize(Image::of(image)?, sides, mode.filter());
        return Ok(resized.tensor(image.device()));
    }
    in_floats(image, |images| {
        use InterpolationMode as M;
        Ok(match (mode, antialias) {
            (M::Nearest, _) => images.upsample_nearest2d(size, None, None),
            (M::NearestExact, _) => images.internal_upsample_nearest_exact2d(size, None, None),
            (M::Bilinear, false) => images.upsample_bilinear2d(size, false, None, None),
            (M::Bilinear, true) => images.internal_upsample_bilinear2d_aa(size, false, None, None),
            (M::Bicubic, false) => images.upsample_bicubic2d(size, false, None, None),
            (M::Bicubic, true) => images.internal_upsample_bicubic2d_aa(size, false, None, None),
            (M::Box | M::Hamming | M::Lanczos, _) => return Err(mode.unsupported()),
        })
    })
}

/// Does `work` to a batch of this image in single or double precision; whole numbers are rounded
/// after it.
pub(super) fn in_floats(
    image: &Tensor,
    work: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let kind = image.kind();
    let fine = matches!(kind, Kind::Float | Kind::Double);
    let done =
        work(&image.unsqueeze(0).to_kind(if fine { kind } else { Kind::Float }))?.squeeze_dim(0);
    let whole = matches!(kind, Kind::Uint8 | Kind::Int8 | Kind::Int16 | Kind::Int | Kind::Int64);
    Ok(if whole { done.round() } else { done }.to_kind(kind))
}

/// A half as Python rounds it, to the even number from halfway.
pub(super) fn half(left: i64) -> i64 {
    (left as f64 / 2.0).round_ties_even() as i64
}

/// The largest whole number of a kind; none of floats.
pub(super) fn largest(kind: Kind) -> Option<i64> {
    match kind {
        Kind::Uint8 => Some(u8::MAX.into()),
        Kind::Int8 => Some(i8::MAX.into()),
        Kind::Int16 => Some(i16::MAX.into()),
        Kind::Int => Some(i32::MAX.into()),
        Kind::Int64 => Some(i64::MAX),
        _ => None,
    }
}

/// What is wrong with the most that the larger edge of this size may be.
pub(super) fn unfit_max_size(size: Size, max_size: Option<usize>) -> Option<String> {
    match (size, max_size?) {
        (Size::Both(_), _) => {
            Some("max_size should only be passed if size is the length of the smaller edge".into())
        }
        (Size::One(edge), most) => (most <= edge).then(|| {
            format!(
                "max_size = {most} must be strictly greater than the requested size for the smaller \
                 edge size = {edge}"
            )
        }),
    }
}

/// The new height and width of an image, where one number is its smaller edge's and the larger is
/// `most` at most.
pub(super) fn sides_of(size: Size, most: Option<usize>, [height, width]: [i64; 2]) -> [i64; 2] {
    let edge = match size {
        Size::Both(sides) => return sides.map(|side| side as i64),
        Size::One(edge) => edge as i64,
    };
    let (short, long) = (width.min(height), width.max(height));
    // Python divides whole numbers as floats, and cuts off.
    let part = |times: i64, long: i64, short: i64| ((times * long) as f64 / short as f64) as i64;
    let (mut new_short, mut new_long) = (edge, part(edge, long, short));
    if let Some(most) = most.map(|most| most as i64)
        && new_long > most
    {
        (new_short, new_long) = (part(most, new_short, new_long), most);
    }
    if width <= height { [new_long, new_short] } else { [new_short, new_long] }
}
