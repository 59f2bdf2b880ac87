//! What is done to images on their way to a model: [`torchvision.transforms`].
//!
//! An image is a tensor (C, H, W): bytes from 0 to 255 where Python has a Pillow image, floats
//! after [`ToTensor`]. Each transform has a form for one image and one for a batch
//! (N, C, H, W); both give the same bits.
//!
//! ```
//! use flambeau::prelude::*;
//!
//! let transform = transforms::compose![
//!     transforms::ToTensor::new(),
//!     transforms::Normalize::new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
//! ];
//! let white = Tensor::full([3, 32, 32], 255, (Kind::Uint8, Device::Cpu));
//! assert_eq!(transform.apply(&white), Tensor::ones([3, 32, 32], (Kind::Float, Device::Cpu)));
//! ```
//!
//! [`torchvision.transforms`]: https://docs.pytorch.org/vision/stable/transforms.html

use std::fmt;
use std::sync::Arc;

use tch::{Device, Kind, Tensor};

use super::resize;
#[doc(inline)]
pub use crate::__compose as compose;

/// Something that is done to an image.
pub trait Transform: fmt::Debug + Send + Sync {
    /// Does it to one image, (C, H, W).
    fn apply(&self, image: &Tensor) -> Tensor;

    /// Does it to each image of a batch, (N, C, H, W).
    fn apply_batch(&self, images: &Tensor) -> Tensor {
        let images: Vec<_> = (0..images.size()[0]).map(|i| self.apply(&images.get(i))).collect();
        Tensor::stack(&images, 0)
    }
}

/// Bytes from 0 to 255 become floats from 0 to 1: [`torchvision.transforms.ToTensor`]. An image
/// of another kind stays as it is.
///
/// [`torchvision.transforms.ToTensor`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.ToTensor.html
#[derive(Clone, Copy, Debug, Default)]
pub struct ToTensor {}

impl ToTensor {
    /// The transform.
    pub fn new() -> Self {
        Self {}
    }
}

impl Transform for ToTensor {
    fn apply(&self, image: &Tensor) -> Tensor {
        match image.kind() {
            Kind::Uint8 => image.to_kind(Kind::Float).g_div_scalar_(255.0),
            _ => image.shallow_clone(),
        }
    }

    fn apply_batch(&self, images: &Tensor) -> Tensor {
        self.apply(images)
    }
}

/// (x - mean) / std, channel by channel: [`torchvision.transforms.Normalize`].
///
/// # Panics
/// When mean and std are not of one length or a std is zero; and when an image is not of floats,
/// or has another number of channels (one mean and std do for any number).
///
/// [`torchvision.transforms.Normalize`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html
#[derive(Clone, Debug)]
pub struct Normalize {
    mean: Vec<f64>,
    std: Vec<f64>,
}

impl Normalize {
    /// With a mean and a standard deviation a channel.
    pub fn new(mean: impl Into<Vec<f64>>, std: impl Into<Vec<f64>>) -> Self {
        let (mean, std) = (mean.into(), std.into());
        assert!(mean.len() == std.len(), "mean has {} channels, std {}", mean.len(), std.len());
        assert!(!std.contains(&0.0), "std evaluated to zero, leading to division by zero");
        Self { mean, std }
    }
}

impl Transform for Normalize {
    fn apply(&self, image: &Tensor) -> Tensor {
        let kind = image.kind();
        assert!(
            matches!(kind, Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double),
            "Input tensor should be a float tensor. Got {kind:?}."
        );
        let size = image.size();
        let (channels, means) = (size.get(size.len().wrapping_sub(3)), self.mean.len());
        assert!(
            channels.is_some_and(|&channels| means == 1 || means as i64 == channels),
            "Normalize has {means} channels, the image is {size:?}"
        );
        let a_channel = |values: &[f64]| {
            Tensor::from_slice(values).to_kind(kind).to_device(image.device()).view([-1, 1, 1])
        };
        (image - a_channel(&self.mean)).g_div_(&a_channel(&self.std))
    }

    fn apply_batch(&self, images: &Tensor) -> Tensor {
        self.apply(images)
    }
}

/// Brings an image of bytes to another size, as Pillow does: [`torchvision.transforms.Resize`]
/// of a Pillow image.
///
/// Bilinear and antialiased: each new pixel is the mean of the old ones around it, weighed by a
/// triangle that is as wide as the image shrinks, so no pixel is passed over. The bits are
/// Pillow's. An image of floats is for Python's `interpolate`, and panics here.
///
/// [`torchvision.transforms.Resize`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Resize.html
#[derive(Clone, Copy, Debug)]
pub struct Resize {
    size: [usize; 2],
}

impl Resize {
    /// To this height and width, whatever the image's own proportions are.
    ///
    /// # Panics
    /// When one of them is zero.
    pub fn new(size: [usize; 2]) -> Self {
        let [height, width] = size;
        assert!(height > 0 && width > 0, "size must be above 0, but is ({height}, {width})");
        Self { size }
    }
}

impl Transform for Resize {
    fn apply(&self, image: &Tensor) -> Tensor {
        let size = image.size();
        let &[channels, height, width] = size.as_slice() else {
            panic!("an image is (C, H, W), but this is {size:?}")
        };
        assert!(
            image.kind() == Kind::Uint8 && size.iter().all(|&side| side > 0),
            "an image to resize is of bytes and not empty, but this is {image:?}"
        );
        let resized = (0..channels).map(|channel| {
            let mut pixels = vec![0; (height * width) as usize];
            let plane = image.get(channel).to_device(Device::Cpu).contiguous();
            plane.copy_data(&mut pixels, (height * width) as usize);
            let pixels = resize::channel(&pixels, [height as usize, width as usize], self.size);
            Tensor::from_slice(&pixels).view(self.size.map(|side| side as i64))
        });
        Tensor::stack(&resized.collect::<Vec<Tensor>>(), 0).to_device(image.device())
    }
}

/// Transforms one after the other: [`torchvision.transforms.Compose`]. Copies share them.
///
/// [`torchvision.transforms.Compose`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Compose.html
#[derive(Clone, Debug, Default)]
pub struct Compose {
    transforms: Arc<[Box<dyn Transform>]>,
}

impl Compose {
    /// These transforms in a row; [`compose!`](crate::vision::transforms::compose!) boxes them.
    pub fn new(transforms: Vec<Box<dyn Transform>>) -> Self {
        Self { transforms: transforms.into() }
    }
}

impl Transform for Compose {
    fn apply(&self, image: &Tensor) -> Tensor {
        self.transforms.iter().fold(image.shallow_clone(), |image, t| t.apply(&image))
    }

    fn apply_batch(&self, images: &Tensor) -> Tensor {
        self.transforms.iter().fold(images.shallow_clone(), |images, t| t.apply_batch(&images))
    }
}

/// `transforms.Compose([a, b, …])`: transforms of any type, one after the other.
#[macro_export]
#[doc(hidden)]
macro_rules! __compose {
    ($($transform:expr),* $(,)?) => {
        $crate::vision::transforms::Compose::new(::std::vec![$(::std::boxed::Box::new($transform)),*])
    };
}
