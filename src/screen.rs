//! Whether the program says what it does on the way.

use std::sync::atomic::{AtomicBool, Ordering};

static QUIET: AtomicBool = AtomicBool::new(false);

/// From now on downloads and trainings print nothing on the way, and show no progress: neither what the
/// data sets say, as torchvision does, nor [`Progress`](crate::train::Progress). Errors and warnings
/// are told as ever.
pub fn set_quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

pub(crate) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}
