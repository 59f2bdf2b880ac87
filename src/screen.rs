//! What the program says on the way: to the terminal, to nobody, or to one who listens.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

static QUIET: AtomicBool = AtomicBool::new(false);

/// What takes lines in the place of the terminal.
type Listener = Arc<dyn Fn(&str) + Send + Sync>;

static LISTENER: Mutex<Option<Listener>> = Mutex::new(None);

fn listener() -> MutexGuard<'static, Option<Listener>> {
    LISTENER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on downloads and trainings print nothing on the way, and show no progress: neither what the
/// data sets say, as torchvision does, nor [`Progress`](crate::train::Progress). Errors and warnings
/// are told as ever.
pub fn set_quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

pub(crate) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// From now on what downloads and trainings [say](say) and [tell](crate::train::tell), as warnings, goes
/// there, and not to the terminal, where no progress is shown either; with none it goes there again. It
/// is for programs that draw on the screen.
pub fn listen(to: Option<Listener>) {
    let before = std::mem::replace(&mut *listener(), to);
    drop(before);
}

/// Gives a line to who listens: false if nobody does.
pub(crate) fn heard(line: &str) -> bool {
    // It may tell something itself, or listen no more.
    let listener = listener().clone();
    listener.inspect(|listener| listener(line)).is_some()
}

/// Whether progress may be drawn on the terminal.
pub(crate) fn draws() -> bool {
    !is_quiet() && listener().is_none()
}

/// Writes a line to standard output, unless the program is to be [quiet](set_quiet); or gives it to who
/// [listens](listen).
pub fn say(line: &str) {
    if !is_quiet() && !heard(line) {
        println!("{line}");
    }
}

/// [`say`], where a closed output is no reason to stop.
pub(crate) fn say_if_open(line: &str) {
    if !is_quiet() && !heard(line) {
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}
