//! [`Dataset`]: samples that can be asked for by number.

use std::fmt;
use std::sync::Arc;

use super::Sample;
use crate::{Error, Result};

/// Samples by number: [`torch.utils.data.Dataset`]. Most are an input and its target.
///
/// A dataset is read by several threads at once, so it keeps plain bytes, or a
/// [`TensorDataset`](super::TensorDataset), rather than tensors (tch's `Tensor` can be sent to another
/// thread but not shared by two). What it draws, it should draw by the functions of
/// [`random`](mod@crate::random): with workers, tch's own would share one generator with the training.
///
/// ```
/// use flambeau::prelude::*;
///
/// struct Squares;
///
/// impl Dataset for Squares {
///     type Sample = (Tensor, Tensor);
///     fn len(&self) -> usize {
///         10
///     }
///     fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
///         Ok((Tensor::from(index as f32), Tensor::from((index * index) as f32)))
///     }
/// }
///
/// let (inputs, targets) = Squares.get_batch(&[2, 3])?;
/// assert_eq!(inputs, torch::tensor([2.0, 3.0]));
/// assert_eq!(targets, torch::tensor([4.0, 9.0]));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torch.utils.data.Dataset`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.Dataset
pub trait Dataset: Send + Sync {
    /// What it gives for a number, and for several as a batch.
    type Sample: Sample;

    /// How many samples there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sample of this number, from 0 to `len()` - 1.
    ///
    /// # Errors
    /// When it cannot be read.
    ///
    /// # Panics
    /// The datasets of this crate panic when there is no such sample, as a slice would.
    fn get(&self, index: usize) -> Result<Self::Sample>;

    /// The samples of these numbers as one batch, along a new first dimension. Whoever can do
    /// better than sample by sample does so here (Python calls it `__getitems__`).
    ///
    /// # Errors
    /// [`Error::Sample`] with the number of the first sample that cannot be read, and when the samples
    /// are not of one shape.
    fn get_batch(&self, indices: &[usize]) -> Result<Self::Sample> {
        get_each(self, indices)
    }

    /// Whether all samples are of one shape, so that a transform can be done to a whole batch. Where
    /// nothing is said they may differ.
    fn is_uniform(&self) -> bool {
        false
    }

    /// The same samples, of which `collate` makes a batch: Python's
    /// [`DataLoader(…, collate_fn=collate)`]. A batch may be of another type than a sample.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// /// The numbers below `index`: samples of different lengths.
    /// struct Below;
    ///
    /// impl Dataset for Below {
    ///     type Sample = Tensor;
    ///     fn len(&self) -> usize {
    ///         4
    ///     }
    ///     fn get(&self, index: usize) -> Result<Tensor> {
    ///         Ok(torch::arange(index))
    ///     }
    /// }
    ///
    /// // Padded to the longest, and how long each is.
    /// let padded = |rows: Vec<Tensor>| {
    ///     let lengths: Vec<_> = rows.iter().map(|row| row.size()[0]).collect();
    ///     let rows = nn::utils::rnn::pad_sequence_options(&rows).batch_first(true).call();
    ///     Ok((rows, Tensor::from_slice(&lengths)))
    /// };
    /// let loader = DataLoader::options(Below.collate_fn(padded)).batch_size(4).build()?;
    /// for batch in &loader {
    ///     let (rows, lengths) = batch?;
    ///     assert_eq!((rows.size(), lengths), (vec![4, 3], torch::tensor([0, 1, 2, 3])));
    /// }
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// [`DataLoader(…, collate_fn=collate)`]: https://docs.pytorch.org/docs/stable/data.html#working-with-collate-fn
    fn collate_fn<B, F>(self, collate: F) -> Collated<Self, F>
    where
        Self: Sized,
        B: Sample,
        F: Fn(Vec<Self::Sample>) -> Result<B> + Send + Sync,
    {
        Collated { dataset: self, collate }
    }
}

/// A dataset whose batches are made by a function: [`Dataset::collate_fn`].
pub struct Collated<D, F> {
    dataset: D,
    collate: F,
}

impl<D, B, F> Dataset for Collated<D, F>
where
    D: Dataset,
    B: Sample,
    F: Fn(Vec<D::Sample>) -> Result<B> + Send + Sync,
{
    /// A batch.
    type Sample = B;

    fn len(&self) -> usize {
        self.dataset.len()
    }

    /// The sample of this number as a batch of one.
    fn get(&self, index: usize) -> Result<B> {
        self.get_batch(&[index])
    }

    fn get_batch(&self, indices: &[usize]) -> Result<B> {
        (self.collate)(each(&self.dataset, indices)?)
    }
}

impl<D: fmt::Debug, F> fmt::Debug for Collated<D, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collated").field("dataset", &self.dataset).finish_non_exhaustive()
    }
}

/// The samples of these numbers.
fn each<D: Dataset + ?Sized>(dataset: &D, indices: &[usize]) -> Result<Vec<D::Sample>> {
    let sample = |&index: &usize| {
        dataset.get(index).map_err(|source| Error::Sample { index, source: Box::new(source) })
    };
    indices.iter().map(sample).collect()
}

/// A batch made sample by sample: what [`Dataset::get_batch`] is where nothing better is known.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::data::{TensorDataset, get_each};
///
/// let dataset = TensorDataset::new(torch::arange(10))?;
/// assert_eq!(get_each(&dataset, &[2, 5])?, dataset.get_batch(&[2, 5])?);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// As [`Dataset::get_batch`].
pub fn get_each<D: Dataset + ?Sized>(dataset: &D, indices: &[usize]) -> Result<D::Sample> {
    Sample::collate(each(dataset, indices)?)
}

/// A dataset behind a pointer is one.
macro_rules! pointers {
    ($($pointer:ident)*) => {
        $(impl<D: Dataset + ?Sized> Dataset for $pointer<D> {
            type Sample = D::Sample;
            fn len(&self) -> usize {
                (**self).len()
            }
            fn get(&self, index: usize) -> Result<D::Sample> {
                (**self).get(index)
            }
            fn get_batch(&self, indices: &[usize]) -> Result<D::Sample> {
                (**self).get_batch(indices)
            }
            fn is_uniform(&self) -> bool {
                (**self).is_uniform()
            }
        })*
    };
}

pointers! { Arc Box }
