//! The integration tests, one crate: one link, modules by subject.

#[path = "../resnet/mod.rs"]
mod resnet;

mod bf16;
mod checkpoints;
mod command;
mod command_line;
mod convolutions;
mod cuda;
mod data;
mod datasets;
mod derive;
mod diagnostics;
mod distributed;
mod grad_scaler;
mod hooks;
mod hosts;
mod images;
mod jit;
mod layers;
mod layout;
mod loader_state;
mod models;
mod modules;
mod optimizers;
mod plots;
mod pt;
mod pt_files;
mod published;
mod random_numbers;
mod ranks;
mod reference;
mod refusals;
mod resnet18;
mod saving;
mod schedulers;
mod serve;
mod server;
mod shortcuts;
mod speedrun;
mod spelling;
mod summaries;
mod swa;
mod tensorboard;
mod tensors;
mod trainer;
mod transforms;
mod warnings;
mod wrong_shapes;

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Seeds the default generator and keeps it from other tests while the guard lives: there is one
/// a process, and tests run side by side.
fn seeded(seed: i64) -> MutexGuard<'static, ()> {
    static DEFAULT_GENERATOR: Mutex<()> = Mutex::new(());
    let guard = DEFAULT_GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    flambeau::random::manual_seed(seed);
    guard
}

/// The message of the panic that `work` ends in.
fn panic_of(work: impl FnOnce()) -> String {
    let payload = panic::catch_unwind(AssertUnwindSafe(work)).expect_err("it should have panicked");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast_ref::<&str>().expect("a message").to_string(),
    }
}

/// The rows of a run but for the speed, which is never the same.
fn rows_of(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("metrics.csv")).unwrap();
    let speed =
        text.lines().next().unwrap().split(',').position(|name| name == "images_per_second");
    let cells = |line: &str| {
        let cells = line.split(',').enumerate().filter(|(i, _)| Some(*i) != speed);
        cells.map(|(_, cell)| cell.to_string()).collect::<Vec<_>>().join(",")
    };
    text.lines().map(cells).collect()
}
