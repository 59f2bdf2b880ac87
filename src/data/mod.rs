//! Data: [`torch.utils.data`]. A [`Dataset`] holds samples, a [`Sampler`] gives their order, a
//! [`DataLoader`] makes batches of them.
//!
//! [`torch.utils.data`]: https://docs.pytorch.org/docs/stable/data.html

mod dataloader;
mod dataset;
mod sampler;
mod subset;

pub use dataloader::{Batches, DataLoader, DataLoaderOptions};
pub use dataset::Dataset;
pub use sampler::Sampler;
pub use subset::Subset;
