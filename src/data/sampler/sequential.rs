//! [`SequentialSampler`]: one after the other.

use super::{Indices, Sampler};

/// 0, 1, 2, …: [`torch.utils.data.SequentialSampler`].
///
/// ```
/// use flambeau::data::{Sampler, SequentialSampler};
///
/// assert_eq!(SequentialSampler::new(3).iter().collect::<Vec<_>>(), [0, 1, 2]);
/// ```
///
/// [`torch.utils.data.SequentialSampler`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.SequentialSampler
#[derive(Clone, Copy, Debug)]
pub struct SequentialSampler {
    len: usize,
}

impl SequentialSampler {
    /// Over a dataset of this length.
    pub fn new(len: usize) -> Self {
        Self { len }
    }
}

impl Sampler for SequentialSampler {
    fn len(&self) -> usize {
        self.len
    }

    fn iter(&self) -> Indices {
        Box::new(0..self.len)
    }
}
