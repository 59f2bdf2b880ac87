//! [`ConvertImageDtype`]: another kind of numbers, from dark to bright as before.

use tch::{Kind, Tensor};

use super::{OnBytes, Transform, functional};
use crate::Result;

/// Brings an image to another kind and its numbers to that kind's range:
/// [`torchvision.transforms.ConvertImageDtype`]. Floats go from 0 to 1, whole numbers from 0 to the
/// largest of their kind.
///
/// ```
/// use flambeau::prelude::*;
///
/// let image = torch::tensor([0.0, 0.5, 1.0]).view([1, 1, 3]);
/// let bytes = transforms::ConvertImageDtype::new(Kind::Uint8).apply(&image)?;
/// assert_eq!(bytes.view([3]), Tensor::from_slice(&[0_u8, 127, 255]));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When a float is too short for the whole numbers: single precision to 32 or 64 bits, double to 64.
///
/// [`torchvision.transforms.ConvertImageDtype`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.ConvertImageDtype.html
#[derive(Clone, Copy, Debug)]
pub struct ConvertImageDtype {
    kind: Kind,
}

impl ConvertImageDtype {
    /// To this kind.
    pub fn new(kind: Kind) -> Self {
        Self { kind }
    }
}

impl Transform for ConvertImageDtype {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        functional::convert_image_dtype_options(image).dtype(self.kind).call()
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
