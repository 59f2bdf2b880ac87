//! Ctrl-C: the first ends the run after the batch at hand, the second at once.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// What a shell reports of a program that Ctrl-C ended: 128 + SIGINT.
pub const EXIT_CODE: u8 = 130;

/// From now on the first Ctrl-C only makes [`interrupted`] true; the second ends the process.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let handler = || {
            if INTERRUPTED.swap(true, Ordering::Relaxed) {
                std::process::exit(EXIT_CODE.into());
            }
            eprintln!("\ninterrupted: ending after this batch; Ctrl-C again ends at once");
        };
        // It fails only where someone else handles Ctrl-C already, who then decides.
        let _ = ctrlc::try_set_handler(handler);
    });
}

/// Has Ctrl-C been pressed since [`watch`]?
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
