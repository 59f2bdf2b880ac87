//! [`Sampler`]s: in which order samples are taken.

mod batch;
mod distributed;
mod random;
mod sequential;
mod subset_random;
mod weighted_random;

pub use batch::BatchSampler;
pub use distributed::{DistributedSampler, DistributedSamplerOptions};
pub use random::{RandomSampler, RandomSamplerOptions};
pub use sequential::SequentialSampler;
pub use subset_random::{SubsetRandomSampler, SubsetRandomSamplerOptions};
pub use weighted_random::{WeightedRandomSampler, WeightedRandomSamplerOptions, Weights};

use std::fmt;
use std::iter;

use crate::random::Generator;
use crate::{Error, Result};

/// One epoch of a [`Sampler`]: numbers of samples or, of a [`BatchSampler`], of batches.
pub type Indices<T = usize> = Box<dyn Iterator<Item = T> + Send>;

/// The order in which samples are taken, anew for each epoch: [`torch.utils.data.Sampler`].
///
/// `T` is a sample's number; a sampler of batches, for
/// [`batch_sampler`](super::DataLoaderOptions::batch_sampler), is a `Sampler<Vec<usize>>`.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::data::{Indices, Sampler};
///
/// /// Backwards.
/// #[derive(Debug)]
/// struct Reversed(usize);
///
/// impl Sampler for Reversed {
///     fn len(&self) -> usize {
///         self.0
///     }
///     fn iter(&self) -> Indices {
///         Box::new((0..self.0).rev())
///     }
/// }
///
/// assert_eq!(Reversed(3).iter().collect::<Vec<_>>(), [2, 1, 0]);
/// ```
///
/// [`torch.utils.data.Sampler`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.Sampler
pub trait Sampler<T = usize>: fmt::Debug + Send + Sync {
    /// How many numbers an epoch has; [`iter`](Self::iter) has to give as many, since loaders tell
    /// their length by this.
    fn len(&self) -> usize;

    /// Whether an epoch has none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Begins an epoch. What is drawn is drawn as the numbers are asked for: a sampler that draws as
    /// Python's does begins with the first.
    fn iter(&self) -> Indices<T>;

    /// The generators of its own that it draws from, for
    /// [`DataLoader::state_dict`](super::DataLoader::state_dict).
    fn generators(&self) -> Vec<Generator> {
        Vec::new()
    }

    /// The sampler of one process's share that this one's numbers come from, if there is one: it is to be
    /// told the [epoch](DistributedSampler::set_epoch).
    fn distributed(&self) -> Option<&DistributedSampler> {
        None
    }
}

impl Sampler for Box<dyn Sampler> {
    fn len(&self) -> usize {
        (**self).len()
    }

    fn iter(&self) -> Indices {
        (**self).iter()
    }

    fn generators(&self) -> Vec<Generator> {
        (**self).generators()
    }

    fn distributed(&self) -> Option<&DistributedSampler> {
        (**self).distributed()
    }
}

/// The numbers that `draw` gives, which is called when the first is asked for: where a generator
/// function of Python's begins to run.
fn when_asked<I>(draw: impl FnOnce() -> I + Send + 'static) -> Indices
where
    I: Iterator<Item = usize> + Send + 'static,
{
    Box::new(iter::once_with(draw).flatten())
}

/// Samplers draw at least one sample, as PyTorch has it.
fn check_num_samples(num_samples: usize) -> Result<()> {
    if num_samples == 0 {
        let problem = "should be a positive integer value, but got num_samples=0";
        return Err(Error::argument("num_samples", problem));
    }
    Ok(())
}
