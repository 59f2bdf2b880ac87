//! Around the training loop: its progress on the screen, its end by Ctrl-C, what is measured, and
//! what TensorBoard shows of it.

pub mod interrupt;
mod metrics;
mod progress;
pub mod tensorboard;

pub use interrupt::interrupted;
pub use metrics::Accuracy;
pub use progress::{Progress, beside_progress};
