//! [`RandomSampler`]: in a random order.

use super::{Indices, Sampler, check_num_samples, when_asked};
use crate::Result;
use crate::random::{Generator, random_seed};

/// A new order each epoch, or numbers drawn with replacement: [`torch.utils.data.RandomSampler`].
///
/// It draws from a generator of its own that the default one seeds at each epoch's first number,
/// unless a generator is given.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::data::{RandomSampler, Sampler};
///
/// random::manual_seed(0);
/// let sampler = RandomSampler::new(4)?;
/// assert_eq!(sampler.iter().collect::<Vec<_>>(), [2, 3, 0, 1]); // as in Python
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torch.utils.data.RandomSampler`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.RandomSampler
#[derive(Clone, Debug)]
pub struct RandomSampler {
    /// How many samples there are.
    n: usize,
    replacement: bool,
    num_samples: usize,
    generator: Option<Generator>,
}

/// How many numbers Python draws at once with replacement.
const AT_ONCE: usize = 32;

#[bon::bon]
impl RandomSampler {
    /// Over a dataset of this length, each sample once an epoch.
    ///
    /// # Errors
    /// When the dataset is empty.
    pub fn new(len: usize) -> Result<Self> {
        Self::options(len).build()
    }

    /// Begins a sampler whose keyword arguments are set by name.
    ///
    /// # Errors
    /// `build()` fails when no sample is to be drawn, or there is none to be had.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = RandomSamplerOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] len: usize,
        /// Whether a sample may come more than once.
        #[builder(default)]
        replacement: bool,
        /// How many to draw, usually as many as there are. Without replacement, more than that begin
        /// a new order.
        #[builder(default = len)]
        num_samples: usize,
        /// What to draw from.
        generator: Option<Generator>,
    ) -> Result<Self> {
        check_num_samples(num_samples.min(len))?;
        Ok(Self { n: len, replacement, num_samples, generator })
    }
}

impl Sampler for RandomSampler {
    fn len(&self) -> usize {
        self.num_samples
    }

    fn iter(&self) -> Indices {
        let Self { n, replacement, num_samples, generator } = self.clone();
        when_asked(move || {
            let generator = generator.unwrap_or_else(|| {
                let generator = Generator::new();
                generator.manual_seed(random_seed(None));
                generator
            });
            let at_once = if replacement { AT_ONCE } else { n };
            // The last one may be drawn for nothing, as Python's is.
            (0..=num_samples / at_once).flat_map(move |i| {
                let count = at_once.min(num_samples - i * at_once);
                if replacement {
                    return generator.randint(n, count);
                }
                let mut order = crate::random::permutation(Some(&generator), n);
                order.truncate(count);
                order
            })
        })
    }

    fn generators(&self) -> Vec<Generator> {
        self.generator.iter().cloned().collect()
    }
}
