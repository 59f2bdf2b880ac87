//! [`ConvertImageDtype`]: another kind of numbers, from dark to bright as before.

use tch::{Kind, Tensor};

use super::{OnBytes, Transform};
use crate::{Error, Result};

/// Brings an image to another kind and its numbers to that kind's range:
/// [`torchvision.transforms.ConvertImageDtype`]. Floats go from 0 to 1, whole numbers from 0 to the
/// largest of their kind.
///
/// ```
/// use flambeau::prelude::*;
///
/// let image = Tensor::from_slice(&[0.0_f32, 0.5, 1.0]).view([1, 1, 3]);
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

impl Transform for ConvertImageDtype {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        let (from, to) = (image.kind(), self.kind);
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
