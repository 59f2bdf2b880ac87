//! The command line on several ranks: all do the same, and the first alone prints and writes.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sysinfo::System;

use super::warnings;
use crate::data::{Dataset, DistributedSampler, RandomSampler, Sampler, SequentialSampler, Subset};
use crate::distributed as dist;
use crate::train::{self, Ranks};
use crate::{Result, ffi, set_quiet};

use super::Args;

/// Brings the ranks together, where torchrun, srun or mpirun has started several.
pub(super) fn join() -> Result<Option<Ranks>> {
    let Some((rank, _)) = dist::launched() else { return Ok(None) };
    if rank > 0 {
        set_quiet(true);
        warnings::hide();
        ffi::mute_output();
    }
    if !dist::is_initialized() {
        dist::init_process_group()?;
    }
    Ok(Ranks::several())
}

/// Leaves the others, at the end.
pub(super) fn leave() {
    // What there was to be done together is done.
    let _ = dist::is_initialized().then(dist::destroy_process_group);
}

/// How many of the ranks are on this host.
pub(super) fn of_host() -> Result<usize> {
    let host = System::host_name();
    Ok(dist::all_gather_object(&host)?.iter().filter(|other| **other == host).count())
}

/// Whether this process prints and writes: the only one, or the first of several ranks.
pub fn is_first_rank() -> bool {
    train::is_first()
}

/// What `work` comes to on the first of several ranks, on all of them; in one process, what it comes to.
///
/// # Errors
/// Those of `work`, on all ranks.
pub fn of_first_rank<T: Serialize + DeserializeOwned>(
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    train::of_first(work)
}

/// Whether torchrun has started this process again, and one before it has begun the run in this folder.
pub fn is_begun_by_this_job(folder: &Path) -> bool {
    train::is_begun_by_this_job(folder)
}

impl Args {
    /// In which order so many training images come: shuffled, but with `--overfit-batches` as they are.
    /// Of several ranks, each has its share of them.
    ///
    /// # Errors
    /// When there are none.
    pub fn sampler(&self, images: usize) -> Result<Box<dyn Sampler>> {
        Ok(match Ranks::several() {
            Some(Ranks { rank, size }) => {
                let sampler = DistributedSampler::options(images, size, rank);
                Box::new(sampler.shuffle(self.shuffle()).seed(self.seed).build()?)
            }
            None if self.shuffle() => Box::new(RandomSampler::options(images).build()?),
            None => Box::new(SequentialSampler::new(images)),
        })
    }

    /// The [beginning](Self::limited) of the test images; of several ranks, each has its share of it, and
    /// none comes twice.
    pub fn share<D: Dataset>(&self, dataset: D) -> Subset<D> {
        let n = self.most_images().min(dataset.len());
        let (rank, size) = Ranks::several().map_or((0, 1), |ranks| (ranks.rank, ranks.size));
        Subset::new(dataset, (rank..n).step_by(size))
    }
}
