//! [`Subset`]: some of a dataset's samples.

use tch::Tensor;

use super::Dataset;
use crate::Result;

/// The samples of these numbers, in this order: [`torch.utils.data.Subset`].
///
/// [`torch.utils.data.Subset`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.Subset
#[derive(Clone, Debug)]
pub struct Subset<D> {
    dataset: D,
    indices: Vec<usize>,
}

impl<D: Dataset> Subset<D> {
    /// Of `dataset`, the samples `indices`.
    ///
    /// # Panics
    /// When one of them is not there.
    pub fn new(dataset: D, indices: impl IntoIterator<Item = usize>) -> Self {
        let indices: Vec<_> = indices.into_iter().collect();
        let len = dataset.len();
        if let Some(index) = indices.iter().find(|&&index| index >= len) {
            panic!("there is no sample {index}: the dataset has {len}");
        }
        Self { dataset, indices }
    }
}

impl<D: Dataset> Dataset for Subset<D> {
    fn len(&self) -> usize {
        self.indices.len()
    }

    fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
        self.dataset.get(self.indices[index])
    }

    fn get_batch(&self, indices: &[usize]) -> Result<(Tensor, Tensor)> {
        let indices: Vec<_> = indices.iter().map(|&index| self.indices[index]).collect();
        self.dataset.get_batch(&indices)
    }
}
