//! Around the training loop: its checkpoints, its progress on the screen, its end by Ctrl-C, what is
//! measured, and what TensorBoard shows of it. Each works alone, in a loop of one's own.

mod checkpoints;
pub mod interrupt;
mod metrics;
mod progress;
mod saver;
mod state;
pub mod tensorboard;

pub use checkpoints::{Checkpoints, CheckpointsOptions};
pub use interrupt::{interrupted, terminated};
pub use metrics::Accuracy;
pub use progress::{Progress, beside_progress};
pub use state::{State, Stateful};
