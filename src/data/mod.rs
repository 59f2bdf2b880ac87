//! Data: [`torch.utils.data`]. A [`Dataset`] holds samples, a [`Sampler`] gives their order, a
//! [`DataLoader`] makes batches of them.
//!
//! [`torch.utils.data`]: https://docs.pytorch.org/docs/stable/data.html

mod concat;
mod dataloader;
mod dataset;
mod order;
mod place;
mod sample;
mod sampler;
mod subset;
mod tensor_dataset;
mod worker;

pub use concat::ConcatDataset;
pub use dataloader::{Batches, DataLoader, DataLoaderOptions};
pub use dataset::{Collated, Dataset, get_each};
pub use sample::Sample;
pub use sampler::*;
pub use subset::{Lengths, RandomSplitCall, Subset, random_split, random_split_options};
pub use tensor_dataset::TensorDataset;
