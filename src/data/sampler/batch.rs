//! [`BatchSampler`]: another sampler's numbers, some at a time.

use std::iter;

use super::{DistributedSampler, Indices, Sampler};
use crate::random::Generator;
use crate::{Error, Result};

/// The numbers of another sampler in batches: [`torch.utils.data.BatchSampler`].
///
/// ```
/// use flambeau::data::{BatchSampler, Sampler, SequentialSampler};
///
/// let sampler = BatchSampler::new(SequentialSampler::new(10), 4, false)?;
/// let batches: Vec<_> = sampler.iter().collect();
/// assert_eq!(batches, [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9]]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torch.utils.data.BatchSampler`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.BatchSampler
#[derive(Clone, Debug)]
pub struct BatchSampler<S> {
    sampler: S,
    batch_size: usize,
    drop_last: bool,
}

impl<S: Sampler> BatchSampler<S> {
    /// Batches of `batch_size`; with `drop_last`, a last one that is not full is left out.
    ///
    /// # Errors
    /// When `batch_size` is 0.
    pub fn new(sampler: S, batch_size: usize, drop_last: bool) -> Result<Self> {
        if batch_size == 0 {
            let problem = "should be a positive integer value, but got batch_size=0";
            return Err(Error::argument("batch_size", problem));
        }
        Ok(Self { sampler, batch_size, drop_last })
    }
}

impl<S: Sampler> Sampler<Vec<usize>> for BatchSampler<S> {
    fn len(&self) -> usize {
        let n = self.sampler.len();
        if self.drop_last { n / self.batch_size } else { n.div_ceil(self.batch_size) }
    }

    fn iter(&self) -> Indices<Vec<usize>> {
        let (batch_size, drop_last) = (self.batch_size, self.drop_last);
        let mut indices = self.sampler.iter();
        let batches = iter::from_fn(move || {
            // Asked no further than a batch goes: what a sampler draws at its end, it draws for the
            // batch that finds the end.
            let batch: Vec<usize> = indices.by_ref().take(batch_size).collect();
            let enough = if drop_last { batch.len() == batch_size } else { !batch.is_empty() };
            enough.then_some(batch)
        });
        Box::new(batches.fuse())
    }

    fn generators(&self) -> Vec<Generator> {
        self.sampler.generators()
    }

    fn distributed(&self) -> Option<&DistributedSampler> {
        self.sampler.distributed()
    }
}
