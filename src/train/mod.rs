//! Around the training loop: its checkpoints, its progress on the screen, its end by Ctrl-C, what is
//! measured, and what TensorBoard shows of it. Each works alone, in a loop of one's own.

mod checkpoints;
pub mod interrupt;
mod lr_finder;
mod metrics;
mod nan;
mod progress;
mod ranks;
mod run;
mod saver;
mod state;
mod table;
mod tally;
pub mod tensorboard;
mod trainer;

pub use crate::screen::{listen, say};
pub use checkpoints::{Checkpoints, CheckpointsOptions};
pub use interrupt::{interrupted, terminated};
pub use lr_finder::{FindLrCall, LrFinder, find_lr, find_lr_options};
pub use metrics::Accuracy;
pub use progress::{Over, Progress, epoch_progress, tell};
#[cfg(feature = "cli")]
pub(crate) use ranks::{
    Facts, Ranks, agree, compare_facts, first_does, is_first, of_first, share_model,
};
pub use ranks::{Parallel, compare_over_ranks, local_rank_0_first, mean_over_ranks, sampler};
#[cfg(feature = "cli")]
pub(crate) use run::is_begun_by_this_job;
pub use run::{CHECKPOINTS, Run, RunOptions};
pub use state::{State, Stateful};
pub use tally::History;
pub use trainer::{Batches, Every, Metrics, Schedule, Trainer, TrainerOptions};
