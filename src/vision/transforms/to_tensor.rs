//! [`ToTensor`]: bytes become floats.

use tch::Tensor;

use super::{OnBytes, Transform, functional};
use crate::Result;

/// Bytes from 0 to 255 become floats from 0 to 1: [`torchvision.transforms.ToTensor`]. An image
/// of another kind stays as it is.
///
/// ```
/// use flambeau::prelude::*;
///
/// let bytes = Tensor::from_slice(&[0_u8, 51, 255]).view([1, 1, 3]);
/// let floats = transforms::ToTensor::new().apply(&bytes)?;
/// assert_eq!(floats.view([3]), torch::tensor([0.0, 0.2, 1.0]));
/// # Ok::<(), flambeau::Error>(())
/// ```
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
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        Ok(functional::to_tensor(image))
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
