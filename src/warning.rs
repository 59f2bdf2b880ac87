//! Warnings, in PyTorch's words, by way of the `log` facade.

use std::collections::HashSet;
use std::sync::Mutex;

/// Warns with these words, once for all: Python too shows a warning once for each place.
pub(crate) fn warn(words: &str) {
    static SHOWN: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let Ok(mut shown) = SHOWN.lock() else { return };
    if shown.get_or_insert_default().insert(words.to_string()) {
        log::warn!("{words}");
    }
}
