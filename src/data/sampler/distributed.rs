//! [`DistributedSampler`]: one process's share of the samples.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::{Indices, Sampler};
use crate::random::{Generator, permutation};
use crate::{Error, Result};

/// Every `num_replicas`th sample from the `rank`th on, of an order that all processes have in common:
/// [`torch.utils.data.distributed.DistributedSampler`].
///
/// The order is a permutation drawn by a generator seeded with `seed` + epoch, so
/// [`set_epoch`](Self::set_epoch) has to be called before each epoch, or each has the same. Where the
/// samples do not go round, some come twice, or, with `drop_last`, the last ones not at all. Copies
/// share the epoch, so one may be kept when another goes into a loader.
///
/// ```
/// use flambeau::data::{DistributedSampler, Sampler};
///
/// let share = |rank| DistributedSampler::options(5, 2, rank).shuffle(false).build();
/// assert_eq!(share(0)?.iter().collect::<Vec<_>>(), [0, 2, 4]);
/// assert_eq!(share(1)?.iter().collect::<Vec<_>>(), [1, 3, 0]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torch.utils.data.distributed.DistributedSampler`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler
#[derive(Clone, Debug)]
pub struct DistributedSampler {
    len: usize,
    num_replicas: usize,
    rank: usize,
    shuffle: bool,
    seed: i64,
    drop_last: bool,
    epoch: Arc<AtomicI64>,
}

#[bon::bon]
impl DistributedSampler {
    /// Begins a sampler over a dataset of length `len`, for the process `rank` of `num_replicas`, whose
    /// keyword arguments are set by name.
    ///
    /// # Errors
    /// `build()` fails when `rank` is not below `num_replicas`.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = DistributedSamplerOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] len: usize,
        #[builder(start_fn)] num_replicas: usize,
        #[builder(start_fn)] rank: usize,
        /// Whether each epoch has a new order.
        #[builder(default = true)]
        shuffle: bool,
        /// What the order is drawn with; the same in all processes.
        #[builder(default)]
        seed: i64,
        /// Whether the last samples are left out where they do not go round.
        #[builder(default)]
        drop_last: bool,
    ) -> Result<Self> {
        if rank >= num_replicas {
            let problem = format!(
                "Invalid rank {rank}, rank should be in the interval [0, {}]",
                num_replicas as i64 - 1
            );
            return Err(Error::argument("rank", problem));
        }
        Ok(Self { len, num_replicas, rank, shuffle, seed, drop_last, epoch: Arc::default() })
    }

    /// Tells it, and all copies, which epoch comes next.
    pub fn set_epoch(&self, epoch: i64) {
        self.epoch.store(epoch, Ordering::Relaxed);
    }

    /// What the order depends on beside the epoch: `shuffle`, `seed`, `drop_last`.
    pub(crate) fn order(&self) -> (bool, i64, bool) {
        (self.shuffle, self.seed, self.drop_last)
    }

    /// Among how many processes the samples are shared.
    pub fn num_replicas(&self) -> usize {
        self.num_replicas
    }

    /// Which of them this share is for.
    pub fn rank(&self) -> usize {
        self.rank
    }
}

impl Sampler for DistributedSampler {
    fn len(&self) -> usize {
        if self.drop_last {
            self.len / self.num_replicas
        } else {
            self.len.div_ceil(self.num_replicas)
        }
    }

    fn iter(&self) -> Indices {
        let order = if self.shuffle {
            let generator = Generator::new();
            generator.manual_seed(self.seed.wrapping_add(self.epoch.load(Ordering::Relaxed)));
            permutation(Some(&generator), self.len)
        } else {
            (0..self.len).collect()
        };
        // Without an end where the samples have to go round, but never longer than this share.
        let share = order.into_iter().cycle().skip(self.rank).step_by(self.num_replicas);
        Box::new(share.take(self.len()))
    }
    fn distributed(&self) -> Option<&DistributedSampler> {
        Some(self)
    }
}
