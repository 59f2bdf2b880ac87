//! [`Sampler`]: in which order samples are taken.

use crate::random::{self, Generator};

/// The order of one epoch's samples: the samplers of [`torch.utils.data`].
///
/// [`torch.utils.data`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.Sampler
#[derive(Clone, Debug)]
pub enum Sampler {
    /// 0, 1, 2, …
    Sequential,
    /// A new permutation each epoch, drawn as Python's `RandomSampler` draws it: from a
    /// generator of its own that is seeded by the default one, unless one is given.
    Random(Option<Generator>),
}

impl Sampler {
    /// The order of the next epoch over `n` samples.
    pub fn order(&self, n: usize) -> Vec<usize> {
        let permutation = match self {
            Self::Sequential => return (0..n).collect(),
            Self::Random(None) => {
                let generator = Generator::new();
                generator.manual_seed(random::random_seed(None));
                generator.randperm(n)
            }
            Self::Random(Some(generator)) => generator.randperm(n),
        };
        permutation.into_iter().map(|index| index as usize).collect()
    }

    /// The epoch over `n` samples has come to the sampler's end. Python's then draws one more
    /// permutation and takes nothing of it, which a generator that was given remembers.
    pub(super) fn end(&self, n: usize) {
        if let Self::Random(Some(generator)) = self {
            generator.randperm(n);
        }
    }
}
