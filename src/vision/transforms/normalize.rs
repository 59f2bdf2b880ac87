//! [`Normalize`]: each channel about 0.

use tch::Tensor;

use super::{OnBytes, Transform, functional};
use crate::Result;

/// (x - mean) / std, channel by channel: [`torchvision.transforms.Normalize`].
///
/// # Errors
/// When an image is not of floats, or has another number of channels (one mean and std do for any
/// number).
///
/// ```
/// use flambeau::prelude::*;
///
/// let grey = torch::full([1, 2, 2], 0.75);
/// let normalized = transforms::Normalize::new([0.5], [0.5]).apply(&grey)?;
/// assert_eq!(normalized, torch::full([1, 2, 2], 0.5));
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
    pub fn new<M: Into<f64>, S: Into<f64>>(
        mean: impl IntoIterator<Item = M>,
        std: impl IntoIterator<Item = S>,
    ) -> Self {
        let mean: Vec<f64> = mean.into_iter().map(Into::into).collect();
        let std: Vec<f64> = std.into_iter().map(Into::into).collect();
        assert!(mean.len() == std.len(), "mean has {} channels, std {}", mean.len(), std.len());
        assert!(!std.contains(&0.0), "std evaluated to zero, leading to division by zero");
        Self { mean, std }
    }
}

impl Transform for Normalize {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        functional::normalize(image, &self.mean, &self.std)
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
