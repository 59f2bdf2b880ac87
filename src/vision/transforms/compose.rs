//! [`Compose`]: transforms one after the other.

use std::sync::Arc;

use tch::Tensor;

use super::Transform;
use super::bytes::{self, Table};
use crate::Result;
use crate::data::Sample;

/// Transforms one after the other: [`torchvision.transforms.Compose`]. Copies share them.
///
/// ```
/// use flambeau::prelude::*;
///
/// let transform =
///     transforms::compose![transforms::Resize::new([4, 4]), transforms::ToTensor::new()];
/// let image = Tensor::full([3, 8, 8], 255, (Kind::Uint8, Device::Cpu));
/// assert_eq!(transform.apply(&image)?, torch::ones([3, 4, 4]));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torchvision.transforms.Compose`]: https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.Compose.html
#[derive(Clone, Debug, Default)]
pub struct Compose {
    transforms: Arc<[Box<dyn Transform>]>,
    /// What the last of them make of each byte.
    table: Arc<Table>,
}

impl Compose {
    /// These transforms in a row; [`compose!`](crate::vision::transforms::compose!) boxes them.
    pub fn new(transforms: Vec<Box<dyn Transform>>) -> Self {
        Self { transforms: transforms.into(), table: Arc::default() }
    }
}

type Transforms = [Box<dyn Transform>];

fn one_by_one(transforms: &Transforms, image: &Tensor) -> Result<Tensor> {
    transforms.iter().try_fold(image.shallow_clone(), |image, t| t.apply(&image))
}

fn batchwise(transforms: &Transforms, images: &Tensor) -> Result<Tensor> {
    transforms.iter().try_fold(images.shallow_clone(), |images, t| t.apply_batch(&images))
}

impl Transform for Compose {
    fn apply(&self, image: &Tensor) -> Result<Tensor> {
        one_by_one(&self.transforms, image)
    }

    fn apply_batch(&self, images: &Tensor) -> Result<Tensor> {
        if let Some(images) = bytes::apply_batch(&self.transforms, &self.table, images) {
            return images;
        }
        let Some(first) = self.transforms.iter().position(|transform| transform.draws()) else {
            return batchwise(&self.transforms, images);
        };
        // What stands behind the last draw, usually ToTensor and Normalize, needs no order.
        let last = self.transforms.iter().rposition(|transform| transform.draws());
        let last = last.unwrap_or(first);
        let (before, rest) = self.transforms.split_at(first);
        let (between, behind) = rest.split_at(last + 1 - first);
        let images = batchwise(before, images)?;
        let images = (0..images.size()[0]).map(|i| one_by_one(between, &images.get(i)));
        let images = images.collect::<Result<Vec<_>>>()?;
        let first = images.first().map(Tensor::size);
        if images.iter().all(|image| Some(image.size()) == first) {
            return batchwise(behind, &Sample::collate(images)?);
        }
        let images = images.iter().map(|image| one_by_one(behind, image));
        Sample::collate(images.collect::<Result<_>>()?)
    }

    fn draws(&self) -> bool {
        self.transforms.iter().any(|transform| transform.draws())
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
