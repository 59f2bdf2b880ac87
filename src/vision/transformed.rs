//! Data sets of images as a [`DataLoader`](crate::data::DataLoader) takes them.

use std::sync::Arc;

use tch::{Kind, Tensor};

use super::datasets::Cifar10;
use super::transforms::Transform;
use crate::Result;
use crate::data::Dataset;

/// An image is bytes, (3, 32, 32), its target the class's number.
impl Dataset for Cifar10 {
    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
        let image = Tensor::from_data_size(self.image(index), &SIZE, Kind::Uint8);
        Ok((image, Tensor::from(i64::from(self.label(index)))))
    }

    fn get_batch(&self, indices: &[usize]) -> Result<(Tensor, Tensor)> {
        let images: Vec<&[u8]> = indices.iter().map(|&index| self.image(index)).collect();
        let labels: Vec<i64> = indices.iter().map(|&index| i64::from(self.label(index))).collect();
        let [channels, height, width] = SIZE;
        let size = [indices.len() as i64, channels, height, width];
        let images = Tensor::from_data_size(&images.concat(), &size, Kind::Uint8);
        Ok((images, Tensor::from_slice(&labels)))
    }
}

/// Channels, height and width.
const SIZE: [i64; 3] = [3, 32, 32];

impl Cifar10 {
    /// The dataset with `transform` done to each image: torchvision's argument of that name.
    pub fn transform(self, transform: impl Transform + 'static) -> Transformed<Self> {
        Transformed { dataset: self, transform: Arc::new(transform) }
    }
}

/// A dataset with something done to each image as it is asked for.
#[derive(Clone, Debug)]
pub struct Transformed<D> {
    dataset: D,
    transform: Arc<dyn Transform>,
}

impl<D: Dataset> Dataset for Transformed<D> {
    fn len(&self) -> usize {
        self.dataset.len()
    }

    fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
        let (image, target) = self.dataset.get(index)?;
        Ok((self.transform.apply(&image), target))
    }

    fn get_batch(&self, indices: &[usize]) -> Result<(Tensor, Tensor)> {
        let (images, targets) = self.dataset.get_batch(indices)?;
        Ok((self.transform.apply_batch(&images), targets))
    }
}
