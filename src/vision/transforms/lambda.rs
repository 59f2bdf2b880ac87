//! [`Lambda`]: a function of one's own.

use std::fmt;

use tch::Tensor;

use super::Transform;
use crate::Result;

/// A function as a transform: [`torchvision.transforms.Lambda`].
///
/// ```
/// use flambeau::prelude::*;
///
/// let negative = transforms::Lambda::new(|image: &Tensor| 255 - image);
/// let image = Tensor::from_slice(&[0_u8, 100]).view([1, 1, 2]);
/// assert_eq!(negative.apply(&image)?.view([2]), Tensor::from_slice(&[255_u8, 155]));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torchvision.transforms.Lambda`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Lambda.html
pub struct Lambda<F>(F);

impl<F: Fn(&Tensor) -> Tensor + Send + Sync> Lambda<F> {
    /// Does `function` to each image. What it draws, it should draw by the functions of
    /// [`random`](mod@crate::random).
    pub fn new(function: F) -> Self {
        Self(function)
    }
}

impl<F: Fn(&Tensor) -> Tensor + Send + Sync> Transform for Lambda<F> {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        Ok((self.0)(image))
    }
}

impl<F> fmt::Debug for Lambda<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lambda()")
    }
}
