//! [`Saver`]: the thread that writes checkpoints.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::checkpoints::{BEST, numbered};
use crate::object::Object;
use crate::serialize::pt;
use crate::{Error, Result, ffi, file};

/// A checkpoint to be written.
pub(super) struct Job {
    pub checkpoint: Object,
    pub path: PathBuf,
    /// Whether it is the best so far.
    pub best: bool,
}

/// Writes checkpoints one after the other, beside the training.
#[derive(Debug)]
pub(super) struct Saver {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

/// Where the training leaves what is to be written.
#[derive(Debug, Default)]
struct Desk {
    state: Mutex<DeskState>,
    changed: Condvar,
}

#[derive(Default)]
struct DeskState {
    /// What nobody has begun to write: the newest, and before it the best, if that is another.
    waiting: Vec<Job>,
    /// The best, which could not be written: it is tried again before the next.
    unwritten: Option<Job>,
    writing: bool,
    closed: bool,
    /// What went wrong with the last one.
    failed: Option<Error>,
}

impl DeskState {
    /// Takes note of how the writing of one went.
    fn written(&mut self, job: Job, outcome: Result<()>) {
        self.writing = false;
        match outcome {
            // What failed before it was no better.
            Ok(()) if job.best => (self.unwritten, self.failed) = (None, None),
            Ok(()) if self.unwritten.is_none() => self.failed = None,
            Ok(()) => {}
            Err(error) => {
                self.failed = Some(error);
                // One that waits is better.
                if job.best && !self.waiting.iter().any(|waiting| waiting.best) {
                    self.unwritten = Some(job);
                }
            }
        }
    }
}

impl std::fmt::Debug for DeskState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeskState").field("writing", &self.writing).finish_non_exhaustive()
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, DeskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for what is to be written; none once all is.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if !state.waiting.is_empty() {
                state.writing = true;
                return Some(state.waiting.remove(0));
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Saver {
    pub fn start(folder: PathBuf, keep: usize) -> Result<Self> {
        ffi::bear_file_size_limit();
        let desk = Arc::new(Desk::default());
        let theirs = desk.clone();
        let work = move || {
            // The cores belong to those who train.
            ffi::compute_alone();
            while let Some(job) = theirs.next() {
                let outcome = write(&job, &folder, keep);
                if let Err(error) = &outcome {
                    log::warn!("no checkpoint: {error}. The next one is tried again");
                }
                theirs.lock().written(job, outcome);
                theirs.changed.notify_all();
            }
        };
        let thread = thread::Builder::new().name("flambeau saver".into()).spawn(work);
        let thread = thread.map_err(|error| {
            Error::argument("checkpoints", format!("no thread can be had to write them ({error})"))
        })?;
        Ok(Self { desk, thread: Some(thread) })
    }

    /// Leaves a checkpoint to be written, in the place of one that still waits.
    pub fn save(&self, job: Job) {
        let mut state = self.desk.lock();
        state.waiting.retain(|waiting| waiting.best && !job.best);
        let unwritten = state.unwritten.take().filter(|_| !job.best && state.waiting.is_empty());
        state.waiting.extend(unwritten);
        state.waiting.push(job);
        self.desk.changed.notify_all();
    }

    /// Waits until nothing is left to be written. A best that could not be is tried once more.
    pub fn finish(&self) -> Result<()> {
        let mut state = self.idle();
        if let Some(best) = state.unwritten.take() {
            state.waiting.push(best);
            drop(state);
            self.desk.changed.notify_all();
            state = self.idle();
        }
        state.failed.take().map_or(Ok(()), Err)
    }

    /// Waits until nothing waits to be written.
    fn idle(&self) -> MutexGuard<'_, DeskState> {
        let mut state = self.desk.lock();
        while state.writing || !state.waiting.is_empty() {
            state = self.desk.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        self.desk.lock().closed = true;
        self.desk.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Writes one, and removes those that are too old.
fn write(job: &Job, folder: &Path, keep: usize) -> Result<()> {
    pt::save_sealed(&job.checkpoint, &job.path)?;
    if job.best {
        file::link_whole(&job.path, &folder.join(BEST))?;
    }
    let mut paths = numbered(folder)?;
    paths.retain(|path| *path <= job.path);
    let old = paths.len().saturating_sub(keep);
    for path in &paths[..old] {
        let _ = fs::remove_file(path);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(name: &str, best: bool) -> Job {
        Job { checkpoint: Object::None, path: name.into(), best }
    }

    fn full() -> Result<()> {
        Err(Error::argument("disk", "full"))
    }

    #[test]
    fn a_best_that_failed_does_not_come_after_a_better_one() {
        // A better one waits while it fails.
        let mut state = DeskState { waiting: vec![job("b", true)], ..Default::default() };
        state.written(job("a", true), full());
        assert!(state.unwritten.is_none() && state.failed.is_some());
        state.written(job("b", true), Ok(()));
        assert!(state.failed.is_none());
        // None waits: it is tried again, and an ordinary one that is written is no reason to forget it.
        state.waiting.clear();
        state.written(job("c", true), full());
        state.written(job("d", false), Ok(()));
        assert!(state.failed.is_some());
        assert_eq!(state.unwritten.as_ref().map(|job| &*job.path), Some(Path::new("c")));
        state.written(job("e", true), Ok(()));
        assert!(state.unwritten.is_none() && state.failed.is_none());
    }
}
