//! A notice: a line, or a progress bar, that tells the user what is going on.
//!
//! Whatever the datasets print, they print here. A closed output is no reason to stop, so
//! nothing here fails.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

use crate::screen::{draws, say_if_open};

/// Prints one line to standard output, as torchvision does.
pub(super) fn say(line: impl std::fmt::Display) {
    say_if_open(&line.to_string());
}

/// A bar over `total` bytes of which `done` are there already. It draws on a terminal's standard
/// error only; elsewhere it is silent, and the lines before and after it must do. It is cleared
/// when dropped.
pub(super) fn bar(done: u64, total: Option<u64>) -> ProgressBar {
    if !draws() || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = match total {
        Some(total) => ProgressBar::new(total)
            .with_style(style("{bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} to go")),
        None => ProgressBar::new_spinner().with_style(style("{spinner} {bytes}, {bytes_per_sec}")),
    };
    bar.set_position(done);
    bar.reset_eta();
    bar.with_finish(ProgressFinish::AndClear)
}

/// A sign of life where nothing can be counted, on a terminal. It is cleared when dropped.
pub(super) fn spinner(what: &'static str) -> ProgressBar {
    if !draws() || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner().with_style(style("{spinner} {msg}, {elapsed}"));
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner.with_message(what).with_finish(ProgressFinish::AndClear)
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
