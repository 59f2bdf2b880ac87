//! Around the training loop: its progress on the screen, its end by Ctrl-C, and what is measured.

pub mod interrupt;
mod metrics;
mod progress;

pub use interrupt::interrupted;
pub use metrics::Accuracy;
pub use progress::{Progress, beside_progress};
