//! [`Dataset`]: samples that can be asked for by number.

use std::sync::Arc;

use tch::Tensor;

use crate::{Error, Result};

/// Samples by number, each an input and its target: [`torch.utils.data.Dataset`].
///
/// A dataset is read by several threads at once, so it keeps plain bytes rather than tensors
/// (tch's `Tensor` can be sent to another thread but not shared by two).
///
/// ```
/// use flambeau::prelude::*;
///
/// struct Squares;
///
/// impl Dataset for Squares {
///     fn len(&self) -> usize {
///         10
///     }
///     fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
///         Ok((Tensor::from(index as f32), Tensor::from((index * index) as f32)))
///     }
/// }
///
/// let (inputs, targets) = Squares.get_batch(&[2, 3])?;
/// assert_eq!(inputs, Tensor::from_slice(&[2_f32, 3.0]));
/// assert_eq!(targets, Tensor::from_slice(&[4_f32, 9.0]));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torch.utils.data.Dataset`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.Dataset
pub trait Dataset: Send + Sync {
    /// How many samples there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sample of this number, from 0 to `len()` - 1: input and target.
    ///
    /// # Errors
    /// When it cannot be read.
    fn get(&self, index: usize) -> Result<(Tensor, Tensor)>;

    /// The samples of these numbers as one batch, along a new first dimension. Whoever can do
    /// better than sample by sample does so here; Python calls it `__getitems__`.
    ///
    /// # Errors
    /// [`Error::Sample`] with the number of the first sample that cannot be read.
    fn get_batch(&self, indices: &[usize]) -> Result<(Tensor, Tensor)> {
        let mut inputs = Vec::with_capacity(indices.len());
        let mut targets = Vec::with_capacity(indices.len());
        for &index in indices {
            let sample = self.get(index);
            let (input, target) =
                sample.map_err(|source| Error::Sample { index, source: Box::new(source) })?;
            inputs.push(input);
            targets.push(target);
        }
        Ok((Tensor::stack(&inputs, 0), Tensor::stack(&targets, 0)))
    }
}

impl<D: Dataset + ?Sized> Dataset for Arc<D> {
    fn len(&self) -> usize {
        (**self).len()
    }

    fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
        (**self).get(index)
    }

    fn get_batch(&self, indices: &[usize]) -> Result<(Tensor, Tensor)> {
        (**self).get_batch(indices)
    }
}
