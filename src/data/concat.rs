//! [`ConcatDataset`]: datasets one behind the other.

use super::Dataset;
use crate::{Error, Result};

/// The samples of the first dataset, then those of the second, …: [`torch.utils.data.ConcatDataset`].
///
/// Datasets of several types go in as `Box<dyn Dataset<Sample = …>>`.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::data::{ConcatDataset, TensorDataset};
///
/// let part = |from, to| TensorDataset::new(torch::arange((from, to)));
/// let dataset = ConcatDataset::new([part(0, 3)?, part(10, 12)?])?;
/// assert_eq!(dataset.len(), 5);
/// assert_eq!(dataset.get_batch(&[2, 3])?, torch::tensor([2, 10]));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torch.utils.data.ConcatDataset`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.ConcatDataset
#[derive(Clone, Debug)]
pub struct ConcatDataset<D> {
    datasets: Vec<D>,
    /// Where each of them ends.
    ends: Vec<usize>,
}

impl<D: Dataset> ConcatDataset<D> {
    /// These datasets, in this order.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(datasets: impl IntoIterator<Item = D>) -> Result<Self> {
        let datasets: Vec<D> = datasets.into_iter().collect();
        if datasets.is_empty() {
            return Err(Error::argument("datasets", "should not be an empty iterable"));
        }
        let ends = datasets.iter().scan(0, |end, dataset| {
            *end += dataset.len();
            Some(*end)
        });
        Ok(Self { ends: ends.collect(), datasets })
    }
}

impl<D: Dataset> Dataset for ConcatDataset<D> {
    type Sample = D::Sample;

    fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    fn get(&self, index: usize) -> Result<D::Sample> {
        let len = self.len();
        assert!(index < len, "there is no sample {index}: the dataset has {len}");
        let which = self.ends.partition_point(|&end| end <= index);
        let begin = if which == 0 { 0 } else { self.ends[which - 1] };
        self.datasets[which].get(index - begin)
    }
}
