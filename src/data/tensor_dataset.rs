//! [`TensorDataset`]: tensors as a dataset.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tch::Tensor;

use super::{Dataset, Sample};
use crate::{Error, Result};

/// Samples that are rows of tensors, along their first dimension: [`torch.utils.data.TensorDataset`].
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::data::TensorDataset;
///
/// let inputs = torch::randn([10, 3]);
/// let targets = torch::arange(10);
/// let dataset = TensorDataset::new((inputs, targets))?;
/// let (input, target) = dataset.get(7)?;
/// assert_eq!((input.size(), target), (vec![3], Tensor::from(7_i64)));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torch.utils.data.TensorDataset`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.TensorDataset
#[derive(Debug)]
pub struct TensorDataset<S> {
    // Threads may share a tensor as long as one at a time looks into it.
    tensors: Mutex<Vec<Tensor>>,
    len: usize,
    sample: std::marker::PhantomData<fn() -> S>,
}

impl<S: Sample> TensorDataset<S> {
    /// Of a tensor, or of a tuple of tensors with equally many rows.
    ///
    /// # Errors
    /// When the tensors have not equally many rows.
    pub fn new(tensors: S) -> Result<Self> {
        let tensors = tensors.into_tensors();
        let rows = |tensor: &Tensor| tensor.size().first().copied();
        let sizes: Vec<_> = tensors.iter().map(Tensor::size).collect();
        match tensors.first().and_then(rows) {
            Some(len) if tensors.iter().all(|tensor| rows(tensor) == Some(len)) => Ok(Self {
                tensors: Mutex::new(tensors),
                len: len as usize,
                sample: std::marker::PhantomData,
            }),
            _ => {
                Err(Error::argument("tensors", format!("Size mismatch between tensors: {sizes:?}")))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Tensor>> {
        self.tensors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Sample> Dataset for TensorDataset<S> {
    type Sample = S;

    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, index: usize) -> Result<S> {
        assert!(index < self.len, "there is no sample {index}: the dataset has {}", self.len);
        Ok(S::from_tensors(self.lock().iter().map(|tensor| tensor.get(index as i64)).collect()))
    }

    fn get_batch(&self, indices: &[usize]) -> Result<S> {
        let indices: Vec<i64> = indices.iter().map(|&index| index as i64).collect();
        let indices = Tensor::from_slice(&indices);
        let rows = |tensor: &Tensor| tensor.index_select(0, &indices.to_device(tensor.device()));
        Ok(S::from_tensors(self.lock().iter().map(rows).collect()))
    }

    fn is_uniform(&self) -> bool {
        true
    }
}
