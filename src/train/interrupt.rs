//! Ctrl-C: while a training is watched, the first ends it after the batch at hand; otherwise, and
//! the second time, it ends the process at once.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::ffi;

static WATCHED: AtomicBool = AtomicBool::new(false);
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// What a shell reports of a program that Ctrl-C ended: 128 + SIGINT.
pub const EXIT_CODE: u8 = 130;

/// Watches over a training: while it lives, the first Ctrl-C only makes [`interrupted`] true.
#[derive(Debug)]
pub struct Watch(());

impl Watch {
    /// Begins to watch.
    pub fn begin() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            // It fails only where someone else handles Ctrl-C already, who then decides.
            let _ = ctrlc::try_set_handler(|| {
                if !WATCHED.load(Ordering::Relaxed) || INTERRUPTED.swap(true, Ordering::Relaxed) {
                    ffi::exit_now(EXIT_CODE);
                }
                eprintln!(
                    "\nthe training ends after this batch; press Ctrl-C again to quit at once"
                );
            });
        });
        WATCHED.store(true, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        WATCHED.store(false, Ordering::Relaxed);
    }
}

/// Whether Ctrl-C has interrupted a training that was watched.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
