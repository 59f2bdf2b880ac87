//! Ctrl-C and SIGTERM: while a training is watched, the first ends it after the step at hand;
//! otherwise, and the second time, it ends the process at once. So does the first where several ranks
//! train together: what counts then is the last checkpoint.

use std::iter;
use std::process::ExitCode;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::ranks::Ranks;
use super::tell;
use crate::ffi;

/// How many loops are watched, and how many trainings have something to be saved.
static LOOPS: AtomicUsize = AtomicUsize::new(0);
static SAVINGS: AtomicUsize = AtomicUsize::new(0);

/// The signal that has come to a training that was watched; 0 if none has.
static SIGNAL: AtomicI32 = AtomicI32::new(0);

static BEFORE_EXIT: Mutex<Option<fn()>> = Mutex::new(None);

/// Has this done before a signal ends the process at once, as to leave a terminal as it was.
pub fn before_exit(tidy: fn()) {
    *BEFORE_EXIT.lock().unwrap_or_else(PoisonError::into_inner) = Some(tidy);
}

/// Watches over a training: while it lives, the first Ctrl-C or SIGTERM only makes [`interrupted`]
/// true.
#[derive(Debug)]
pub struct Watch(&'static AtomicUsize);

impl Watch {
    /// Begins to watch over a training's loop.
    pub fn begin() -> Self {
        Self::counted(&LOOPS)
    }

    /// Begins to watch until what there is to be saved is saved.
    pub(super) fn of_saving() -> Self {
        Self::counted(&SAVINGS)
    }

    fn counted(count: &'static AtomicUsize) -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            // Where there is no thread to be had, a signal ends the process as ever.
            if let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) {
                let wait = move || signals.forever().for_each(handle);
                let _ = thread::Builder::new().name("flambeau signals".into()).spawn(wait);
            }
        });
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The numbers of the epochs of a training that is watched meanwhile: each is the one that `next`
/// names, or where that one has been given already, the one after it.
pub(super) fn watched_epochs(
    next: impl Fn() -> usize,
    goes_on: impl Fn(usize) -> bool,
) -> impl Iterator<Item = usize> {
    let (watch, mut least) = (Watch::begin(), 0);
    // The closure owns the watch, which so lasts as long as the loop.
    iter::from_fn(move || {
        let _ = &watch;
        let epoch = next().max(least);
        least = epoch + 1;
        (goes_on(epoch) && !interrupted()).then_some(epoch)
    })
}

fn handle(signal: i32) {
    let [loops, savings] = [&LOOPS, &SAVINGS].map(|count| count.load(Ordering::Relaxed) > 0);
    // Other ranks would wait for what this one does not do any more, and a checkpoint would want them all.
    let alone = Ranks::several().is_none();
    if !alone || !loops && !savings || SIGNAL.swap(signal, Ordering::Relaxed) != 0 {
        if let Some(tidy) = *BEFORE_EXIT.lock().unwrap_or_else(PoisonError::into_inner) {
            tidy();
        }
        ffi::exit_now(code(signal));
    }
    let what = match (loops, savings) {
        (true, true) => "the training ends after this step, and is saved",
        (true, false) => "the training ends after this step",
        _ => "the training is being saved",
    };
    tell(&format!("\n{what}; press Ctrl-C again to quit at once"));
}

/// What a shell reports of a program that a signal ended.
fn code(signal: i32) -> u8 {
    128 + signal as u8
}

/// Whether Ctrl-C or SIGTERM has interrupted a training that was watched.
pub fn interrupted() -> bool {
    SIGNAL.load(Ordering::Relaxed) != 0
}

/// Whether it was SIGTERM, by which a cluster tells a program to be gone within seconds: what would
/// follow the training, as a test, is left out then.
pub fn terminated() -> bool {
    SIGNAL.load(Ordering::Relaxed) == SIGTERM
}

/// The exit code of a program whose training was interrupted: 130 after Ctrl-C, 143 after SIGTERM.
/// 0 where it was not.
pub fn exit_code() -> ExitCode {
    match SIGNAL.load(Ordering::Relaxed) {
        0 => ExitCode::SUCCESS,
        signal => code(signal).into(),
    }
}
