//! [`SubsetRandomSampler`]: some samples in a random order.

use std::sync::Arc;

use super::{Indices, Sampler, when_asked};
use crate::random::{Generator, permutation};

/// These samples, each epoch in a new order: [`torch.utils.data.SubsetRandomSampler`].
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::data::{Sampler, SubsetRandomSampler};
///
/// random::manual_seed(0);
/// let sampler = SubsetRandomSampler::new([10, 20, 30, 40]);
/// assert_eq!(sampler.iter().collect::<Vec<_>>(), [10, 20, 40, 30]); // as in Python
/// ```
///
/// [`torch.utils.data.SubsetRandomSampler`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.SubsetRandomSampler
#[derive(Clone, Debug)]
pub struct SubsetRandomSampler {
    indices: Arc<[usize]>,
    generator: Option<Generator>,
}

#[bon::bon]
impl SubsetRandomSampler {
    /// Over the samples of these numbers.
    pub fn new(indices: impl Into<Vec<usize>>) -> Self {
        Self::options(indices).build()
    }

    /// Begins a sampler whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = SubsetRandomSamplerOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] indices: Vec<usize>,
        /// What to draw from instead of the default generator.
        generator: Option<Generator>,
    ) -> Self {
        Self { indices: indices.into(), generator }
    }
}

impl Sampler for SubsetRandomSampler {
    fn len(&self) -> usize {
        self.indices.len()
    }

    fn iter(&self) -> Indices {
        let Self { indices, generator } = self.clone();
        when_asked(move || {
            let order = permutation(generator.as_ref(), indices.len()).into_iter();
            order.map(move |i| indices[i])
        })
    }

    fn generators(&self) -> Vec<Generator> {
        self.generator.iter().cloned().collect()
    }
}
