//! [`RandomErasing`]: a rectangle wiped out.

use tch::{Device, Kind, Tensor};

use super::{
    Fill, Range, Transform, check_probability, check_range, common, functional, happens,
    log_uniform, logarithms, rectangle, uniform, whole,
};
use crate::{Result, random};

/// Fills a random rectangle, with a probability: [`torchvision.transforms.RandomErasing`]
/// ([Zhong et al.](https://arxiv.org/abs/1708.04896)). It stands behind [`ToTensor`](super::ToTensor):
/// in Python it takes tensors only, and treats one of bytes as one of floats.
///
/// Draws whether; then up to ten times an area, U(`scale`) of the image's, and a proportion of height
/// to width whose logarithm is from U(log `ratio`), until the rectangle is smaller than the image;
/// then what it is filled with, if that is random, and its upper and its left border.
///
/// ```
/// use flambeau::prelude::*;
///
/// let erasing = transforms::RandomErasing::options().p(1.0).value(0.5).build();
/// let image = torch::zeros([3, 32, 32]);
/// assert!(erasing.apply(&image)?.max().item() == 0.5);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When the image is empty or has no three dimensions, or `value` has another number of channels.
///
/// [`torchvision.transforms.RandomErasing`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.RandomErasing.html
#[derive(Clone, Debug)]
pub struct RandomErasing {
    p: f64,
    scale: (f64, f64),
    ratio: (f64, f64),
    value: Value,
}

/// What a rectangle is filled with.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number, or one for each channel.
    Constant(Fill),
    /// A number from N(0, 1) for each pixel: Python's `"random"`.
    Random,
}

impl<F: Into<Fill>> From<F> for Value {
    fn from(fill: F) -> Self {
        Self::Constant(fill.into())
    }
}

#[bon::bon]
impl RandomErasing {
    /// With the probability `p`, 2 to 33 % of the image, from 3:10 to 33:10, filled with 0;
    /// `default()` has torchvision's probability of one half.
    ///
    /// # Panics
    /// When `p` is not from 0 to 1.
    pub fn new(p: impl Into<f64>) -> Self {
        Self::options().p(p).build()
    }

    /// Begins one whose keyword arguments are set by name.
    ///
    /// # Panics
    /// `build()` panics when `p` or `scale` is not from 0 to 1, or a range is infinite or does not go upwards.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = RandomErasingOptions, vis = "pub")
    )]
    fn with(
        /// How probable it is.
        #[builder(default = 0.5, into)]
        p: f64,
        /// The rectangle's area, of the image's.
        #[builder(default = Range(0.02, 0.33), into)]
        scale: Range,
        /// Its height by its width.
        #[builder(default = Range(0.3, 3.3), into)]
        ratio: Range,
        /// What it is filled with, usually 0.
        #[builder(default = Value::Constant(Fill::default()), into)]
        value: Value,
    ) -> Self {
        let (scale, ratio) = ((scale.0, scale.1), (ratio.0, ratio.1));
        check_probability(p);
        check_range("scale", scale);
        check_range("ratio", ratio);
        assert!(ratio.0 > 0.0, "ratio should be above 0");
        assert!(scale.0 >= 0.0 && scale.1 <= 1.0, "Scale should be between 0 and 1");
        Self { p, scale, ratio, value }
    }
}

impl Default for RandomErasing {
    fn default() -> Self {
        Self::options().build()
    }
}

impl Transform for RandomErasing {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        let [channels, height, width] = common::dimensions(image)?;
        if !happens(self.p) {
            return Ok(image.shallow_clone());
        }
        let constant = match &self.value {
            Value::Constant(fill) => {
                let fill = fill.of(channels)?.iter().map(|&x| x as f32).collect::<Vec<_>>();
                Some(Tensor::from_slice(&fill).view([-1, 1, 1]))
            }
            Value::Random => None,
        };
        let area = (height * width) as f64;
        let log_ratio = logarithms(self.ratio);
        for _ in 0..10 {
            let erased = area * uniform(self.scale.0, self.scale.1);
            let [h, w] = rectangle(erased, log_uniform(log_ratio));
            if h >= height || w >= width {
                continue;
            }
            let filling = constant.as_ref().map(Tensor::shallow_clone).unwrap_or_else(|| {
                let pixels = Tensor::empty([channels, h, w], (Kind::Float, Device::Cpu));
                random::normal_(&pixels, 0.0, 1.0)
            });
            let top = whole(height - h + 1);
            let left = whole(width - w + 1);
            return functional::erase(image, top, left, h, w, &filling);
        }
        Ok(image.shallow_clone())
    }
}
