//! [`Normalize`]: each channel about 0.

use tch::{Kind, Tensor};

use super::{OnBytes, Transform};
use crate::{Error, Result};

/// (x - mean) / std, channel by channel: [`torchvision.transforms.Normalize`].
///
/// # Errors
/// When an image is not of floats, or has another number of channels (one mean and std do for any
/// number).
///
/// ```
/// use flambeau::prelude::*;
///
/// let grey = Tensor::full([1, 2, 2], 0.75, (Kind::Float, Device::Cpu));
/// let normalized = transforms::Normalize::new([0.5], [0.5]).apply(&grey)?;
/// assert_eq!(normalized, Tensor::full([1, 2, 2], 0.5, (Kind::Float, Device::Cpu)));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torchvision.transforms.Normalize`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Normalize.html
#[derive(Clone, Debug)]
pub struct Normalize {
    mean: Vec<f64>,
    std: Vec<f64>,
}

impl Normalize {
    /// With a mean and a standard deviation a channel.
    ///
    /// # Panics
    /// When they are not equally many, or a standard deviation is zero.
    pub fn new(mean: impl Into<Vec<f64>>, std: impl Into<Vec<f64>>) -> Self {
        let (mean, std) = (mean.into(), std.into());
        assert!(mean.len() == std.len(), "mean has {} channels, std {}", mean.len(), std.len());
        assert!(!std.contains(&0.0), "std evaluated to zero, leading to division by zero");
        Self { mean, std }
    }
}

impl Transform for Normalize {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        let kind = image.kind();
        if !matches!(kind, Kind::Half | Kind::BFloat16 | Kind::Float | Kind::Double) {
            let problem = format!("Input tensor should be a float tensor. Got {kind:?}.");
            return Err(Error::argument("image", problem));
        }
        let size = image.size();
        let (channels, means) = (size.get(size.len().wrapping_sub(3)), self.mean.len());
        if !channels.is_some_and(|&channels| means == 1 || means as i64 == channels) {
            let problem = format!("Normalize has {means} channels, the image is {size:?}");
            return Err(Error::argument("image", problem));
        }
        let a_channel = |values: &[f64]| {
            Tensor::from_slice(values).to_kind(kind).to_device(image.device()).view([-1, 1, 1])
        };
        Ok((image - a_channel(&self.mean)).g_div_(&a_channel(&self.std)))
    }

    fn apply_batch(&self, images: &Tensor) -> Result<Tensor> {
        self.apply(images)
    }

    fn draws(&self) -> bool {
        false
    }

    fn on_bytes(&self) -> OnBytes<'_> {
        OnBytes::Maps
    }
}
