//! Training one model by several processes: [`torch.nn.parallel`].
//!
//! Each rank has the whole model and a share of each batch;
//! [`DistributedDataParallel`] gives all the mean of their gradients. The processes are brought together
//! by [`distributed`](crate::distributed).
//!
//! [`torch.nn.parallel`]: https://pytorch.org/docs/stable/nn.html#dataparallel-layers-multi-gpu-distributed

mod bucket;
mod distributed;
mod gradient_sync;
mod join;
mod outputs;
mod sync_batch_norm;
mod verify;

pub use bucket::GradBucket;
pub use distributed::{CommHook, DistributedDataParallel, DistributedDataParallelOptions};
pub(crate) use gradient_sync::{GradientSync, broadcast, default_options};
pub use join::JoinOptions;
pub use outputs::Outputs;
pub use sync_batch_norm::{SyncBatchNorm, SyncBatchNormOptions};
