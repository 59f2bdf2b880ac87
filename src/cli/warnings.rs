//! Warnings on the screen.

use std::sync::atomic::{AtomicBool, Ordering};

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::train;

/// Writes this crate's warnings to standard error, a line each. What other crates have to tell is
/// about how they work inside, and is left out.
struct Warnings;

/// Whether another rank shows them.
static HIDDEN: AtomicBool = AtomicBool::new(false);

/// Shows no warnings from now on: those of the first rank are enough.
pub(super) fn hide() {
    HIDDEN.store(true, Ordering::Relaxed);
}

impl Log for Warnings {
    fn enabled(&self, metadata: &Metadata) -> bool {
        let module = metadata.target().split("::").next();
        metadata.level() <= Level::Warn && module == Some("flambeau")
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) && !HIDDEN.load(Ordering::Relaxed) {
            train::tell(&format!("warning: {}", record.args()));
        }
    }

    fn flush(&self) {}
}

/// Shows warnings from now on, unless the program has a logger of its own.
pub fn show_warnings() {
    if log::set_logger(&Warnings).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
}
