//! What is done to images on their way to a model: [`torchvision.transforms`].
//!
//! An image is a tensor (C, H, W). One of **bytes** stands where Python has a Pillow image, and is
//! treated as Pillow would, to the bit; **floats**, which [`ToTensor`] makes of it, and other whole
//! numbers are treated as torchvision treats tensors. Where the two differ, each transform says so.
//!
//! Random transforms draw what torchvision's draw, from the default generator or, in a
//! [`DataLoader`](crate::data::DataLoader)'s worker, from the worker's.
//!
//! ```
//! use flambeau::prelude::*;
//!
//! let transform = transforms::compose![
//!     transforms::RandomCrop::options(32).padding(4).build(),
//!     transforms::RandomHorizontalFlip::default(),
//!     transforms::ToTensor::new(),
//!     transforms::Normalize::new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
//! ];
//! let grey = Tensor::full([3, 32, 32], 128, (Kind::Uint8, Device::Cpu));
//! assert_eq!(transform.apply(&grey)?.size(), [3, 32, 32]);
//! # Ok::<(), flambeau::Error>(())
//! ```
//!
//! [`torchvision.transforms`]: https://docs.pytorch.org/vision/stable/transforms.html

mod bytes;
mod center_crop;
mod color_jitter;
mod common;
mod compose;
mod convert_image_dtype;
mod five_crop;
pub mod functional;
mod grayscale;
mod hsv;
mod lambda;
mod normalize;
mod random_crop;
mod random_erasing;
mod random_horizontal_flip;
mod random_resized_crop;
mod random_rotation;
mod random_vertical_flip;
mod resize;
mod rotation;
mod to_tensor;

use std::fmt;

use tch::Tensor;

#[doc(inline)]
pub use crate::__compose as compose;
use crate::Result;
use crate::data::Sample;
use crate::random;

use bytes::OnBytes;

pub use center_crop::CenterCrop;
pub use color_jitter::{ColorJitter, ColorJitterOptions, Jitter};
pub use common::{Fill, InterpolationMode, Padding, PaddingMode, Point, Range, Size};
pub use compose::Compose;
pub use convert_image_dtype::ConvertImageDtype;
pub use five_crop::{FiveCrop, TenCrop, TenCropOptions};
pub use grayscale::Grayscale;
pub use lambda::Lambda;
pub use normalize::Normalize;
pub use random_crop::{RandomCrop, RandomCropOptions};
pub use random_erasing::{RandomErasing, RandomErasingOptions, Value};
pub use random_horizontal_flip::RandomHorizontalFlip;
pub use random_resized_crop::{RandomResizedCrop, RandomResizedCropOptions};
pub use random_rotation::{Degrees, RandomRotation, RandomRotationOptions};
pub use random_vertical_flip::RandomVerticalFlip;
pub use resize::{Resize, ResizeOptions};
pub use to_tensor::ToTensor;

/// Something that is done to an image.
///
/// One of one's own that draws should do so by the functions of [`random`](mod@crate::random).
///
/// ```
/// use flambeau::prelude::*;
///
/// /// Darkens an image by up to a half.
/// #[derive(Debug)]
/// struct Darken;
///
/// impl Transform for Darken {
///     fn apply(&self, image: &Tensor) -> Result<Tensor> {
///         Ok(image * (1.0 - 0.5 * torch::rand(()).item()))
///     }
/// }
///
/// let white = torch::ones([3, 2, 2]);
/// assert!(Darken.apply(&white)?.min().item() >= 0.5);
/// # Ok::<(), flambeau::Error>(())
/// ```
pub trait Transform: fmt::Debug + Send + Sync {
    /// Does it to one image, (C, H, W).
    ///
    /// # Errors
    /// When it cannot be done to this image.
    fn apply(&self, image: &Tensor) -> Result<Tensor>;

    /// Does it to each image of a batch, (N, C, H, W).
    ///
    /// # Errors
    /// When it cannot be done to one of them, or leaves them in different sizes.
    fn apply_batch(&self, images: &Tensor) -> Result<Tensor> {
        let images = (0..images.size()[0]).map(|i| self.apply(&images.get(i)));
        Sample::collate(images.collect::<Result<_>>()?)
    }

    /// Whether it may draw random numbers. In a [`Compose`] an image then passes through all
    /// transforms before the next one's turn comes, as in Python. One that never draws says so here:
    /// it may be done to a whole batch at a time.
    fn draws(&self) -> bool {
        true
    }

    /// How it treats bytes that are in no tensor.
    #[doc(hidden)]
    fn on_bytes(&self) -> OnBytes<'_> {
        OnBytes::Unknown
    }
}

/// A number from U(`from`, `to`): `torch.empty(1).uniform_(from, to).item()`.
fn uniform(from: f64, to: f64) -> f64 {
    random::uniform(from, to).into()
}

/// A whole number from 0 to `below` - 1: `torch.randint(0, below, size=(1,)).item()`.
fn whole(below: i64) -> i64 {
    random::below(below)
}

/// Whether something of this probability happens: `torch.rand(1) < p`, in single precision.
fn happens(p: f64) -> bool {
    (uniform(0.0, 1.0) as f32) < p as f32
}

/// The two numbers from 0 to 1 or so that a range goes between, in single precision and as their
/// logarithms: `torch.log(torch.tensor(range))`.
fn logarithms((from, to): (f64, f64)) -> (f64, f64) {
    let range = Tensor::from_slice(&[from as f32, to as f32]).log();
    (range.double_value(&[0]), range.double_value(&[1]))
}

/// A number whose logarithm is from U(`from`, `to`), in single precision.
fn log_uniform((from, to): (f64, f64)) -> f64 {
    Tensor::from_slice(&[uniform(from, to) as f32]).exp().double_value(&[0])
}

/// The sides of a rectangle of about this area, the first `ratio` times the second. Python's `round`
/// goes to the even number from halfway.
fn rectangle(area: f64, ratio: f64) -> [i64; 2] {
    [area * ratio, area / ratio].map(|square| square.sqrt().round_ties_even() as i64)
}

/// Numbers can be drawn between these two: in single precision, as all are drawn.
#[track_caller]
fn check_range(name: &str, (from, to): (f64, f64)) {
    let most = f64::from(f32::MAX);
    assert!(
        from <= to && from >= -most && to <= most && to - from <= most,
        "{name} should be finite and of kind (min, max), but is ({from}, {to})"
    );
}

#[track_caller]
fn check_probability(p: f64) {
    assert!((0.0..=1.0).contains(&p), "p should be between 0 and 1, but is {p}");
}
