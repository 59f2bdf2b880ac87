//! A dataset of images with something done to each.

use std::sync::Arc;

use tch::Tensor;

use crate::Result;
use crate::data::{Dataset, get_each};
use crate::vision::transforms::Transform;

/// A dataset of images with a transform done to each as it is asked for: what torchvision's
/// argument `transform` makes of a dataset. A clone shares both.
///
/// ```
/// use flambeau::data::TensorDataset;
/// use flambeau::prelude::*;
/// use flambeau::vision::datasets::Transformed;
///
/// let images = Tensor::zeros([10, 3, 8, 8], (Kind::Uint8, Device::Cpu));
/// let labels = torch::arange(10);
/// let dataset = TensorDataset::new((images, labels))?;
/// let dataset = Transformed::new(dataset, transforms::RandomCrop::new(4));
/// assert_eq!(dataset.get(3)?.0.size(), [3, 4, 4]);
/// # Ok::<(), flambeau::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Transformed<D> {
    dataset: D,
    transform: Arc<dyn Transform>,
}

impl<D: Dataset<Sample = (Tensor, Tensor)>> Transformed<D> {
    /// `dataset` with `transform` done to each of its images.
    pub fn new(dataset: D, transform: impl Transform + 'static) -> Self {
        Self { dataset, transform: Arc::new(transform) }
    }
}

impl<D: Dataset<Sample = (Tensor, Tensor)>> Dataset for Transformed<D> {
    type Sample = (Tensor, Tensor);

    fn len(&self) -> usize {
        self.dataset.len()
    }

    fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
        let (image, target) = self.dataset.get(index)?;
        Ok((self.transform.apply(&image)?, target))
    }

    fn get_batch(&self, indices: &[usize]) -> Result<(Tensor, Tensor)> {
        if !self.dataset.is_uniform() {
            return get_each(self, indices);
        }
        let (images, targets) = self.dataset.get_batch(indices)?;
        let images = self.transform.apply_batch(&images).map_err(|error| {
            // Sample by sample, to name the one that it cannot be done to.
            get_each(self, indices).err().unwrap_or(error)
        });
        Ok((images?, targets))
    }
}
