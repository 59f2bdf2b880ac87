//! Mixed precision: [`torch.amp`].
//!
//! [`torch.amp`]: https://docs.pytorch.org/docs/stable/amp.html

mod autocast;
mod grad_scaler;

pub use autocast::{AutocastCall, autocast, autocast_options, is_autocast_enabled};
pub use grad_scaler::{GradScaler, GradScalerOptions, NewScale, Outputs, UpdateCall};
