//! [`Crew`]: the threads that make batches.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use tch::Tensor;

use super::{Dataset, Sample};
use crate::random::{self, Generator};
use crate::{Error, Result, ffi};

/// A loader's workers, in the order of their numbers.
pub(super) struct Crew<D: Dataset> {
    dataset: Arc<D>,
    base_seed: i64,
    /// Those that have been given a batch so far; none of the others has begun.
    workers: Vec<Option<Worker<D::Sample>>>,
    /// What each draws from, as it was after the last batch of its that was handed out; None where
    /// it has drawn nothing since it was seeded.
    states: Vec<Option<Tensor>>,
    /// Which worker makes which of the next batches.
    given: VecDeque<usize>,
}

impl<D: Dataset> Crew<D> {
    /// So many workers, which draw from where these states are or, where there is none, from a
    /// generator that the base seed and their number seed.
    pub fn new(dataset: Arc<D>, n: usize, base_seed: i64, states: &[Option<Tensor>]) -> Self {
        let state = |w| states.get(w).and_then(Option::as_ref).map(Tensor::shallow_clone);
        let states = (0..n).map(state).collect();
        let workers = (0..n).map(|_| None).collect();
        Self { dataset, base_seed, workers, states, given: VecDeque::new() }
    }

    pub fn len(&self) -> usize {
        self.workers.len()
    }

    pub fn base_seed(&self) -> i64 {
        self.base_seed
    }

    pub fn states(&self) -> Vec<Option<Tensor>> {
        self.states.iter().map(|state| state.as_ref().map(Tensor::shallow_clone)).collect()
    }
}

impl<D: Dataset + 'static> Crew<D> {
    /// Gives worker `w` a batch to make.
    ///
    /// # Errors
    /// When no thread can be had for it.
    pub fn give(&mut self, w: usize, indices: Vec<usize>) -> Result<()> {
        let worker = match &mut self.workers[w] {
            Some(worker) => worker,
            place => {
                let generator = Generator::new();
                match &self.states[w] {
                    Some(state) => generator.set_state(state)?,
                    // Python's workers are seeded so.
                    None => generator.manual_seed(self.base_seed.wrapping_add(w as i64)),
                }
                place.insert(Worker::start(self.dataset.clone(), generator)?)
            }
        };
        worker.give(indices);
        self.given.push_back(w);
        Ok(())
    }

    /// The next batch, or what the dataset panicked with; and whose it is with what that worker draws
    /// from now, if it drew. None where nothing was given out.
    #[allow(clippy::type_complexity)]
    pub fn receive(&mut self) -> Option<(Batch<D::Sample>, Option<(usize, Tensor)>)> {
        let w = self.given.pop_front()?;
        let worker = self.workers[w].as_ref().expect("a worker that was given a batch");
        let Made { batch, state } = worker.receive();
        let state = state.map(|state| {
            self.states[w] = Some(state.shallow_clone());
            (w, state)
        });
        Some((batch, state))
    }

    /// Throws away what is still to come.
    pub fn drain(&mut self) {
        while self.receive().is_some() {}
    }
}

impl<D: Dataset> Drop for Crew<D> {
    fn drop(&mut self) {
        // All are told to end before the first is waited for.
        self.workers.iter_mut().flatten().for_each(Worker::close);
    }
}

impl<D: Dataset> fmt::Debug for Crew<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crew").field("workers", &self.workers.len()).finish_non_exhaustive()
    }
}

/// A batch, or what the dataset panicked with.
type Batch<S> = thread::Result<Result<S>>;

/// What a worker sends.
struct Made<S> {
    batch: Batch<S>,
    /// The generator that the worker draws from, as it is after the batch, if that drew.
    state: Option<Tensor>,
}

/// A thread that makes batches. Dropped, it waits for the thread to end: libtorch must not be left
/// computing when the process does.
struct Worker<S> {
    /// None once no more are to be made.
    indices: Option<Sender<Vec<usize>>>,
    /// None once nobody waits any more.
    batches: Option<Receiver<Made<S>>>,
    /// None once it was waited for.
    thread: Option<JoinHandle<()>>,
}

impl<S: Sample> Worker<S> {
    fn start<D: Dataset<Sample = S> + 'static>(
        dataset: Arc<D>,
        generator: Generator,
    ) -> Result<Self> {
        let (indices, to_make) = channel::<Vec<usize>>();
        let (made, batches) = channel();
        let make_batches = move || {
            // The cores belong to those who train; Python's workers compute alone too.
            ffi::compute_alone();
            random::with_generator(&generator, || {
                let mut before = random::copy_of(Some(&generator));
                for indices in to_make {
                    // The worker goes on, as Python's does.
                    let make = AssertUnwindSafe(|| dataset.get_batch(&indices));
                    let batch = panic::catch_unwind(make);
                    let drew = !random::is_same(Some(&generator), &before);
                    let state = drew.then(|| generator.get_state());
                    if drew {
                        before = random::copy_of(Some(&generator));
                    }
                    // Nobody waits any more: the epoch was left early.
                    if made.send(Made { batch, state }).is_err() {
                        return;
                    }
                }
            });
        };
        let thread = thread::Builder::new().name("flambeau worker".into()).spawn(make_batches);
        let thread = thread.map_err(|error| {
            Error::argument("num_workers", format!("no more threads can be had ({error})"))
        })?;
        Ok(Self { indices: Some(indices), batches: Some(batches), thread: Some(thread) })
    }

    /// Gives it a batch to make.
    fn give(&self, indices: Vec<usize>) {
        let worker = self.indices.as_ref().expect("a worker that is not closed");
        worker.send(indices).expect("a worker ends when it is told to");
    }

    /// The next batch.
    fn receive(&self) -> Made<S> {
        let batches = self.batches.as_ref().expect("a worker that is not closed");
        batches.recv().expect("a worker makes as many batches as it was given")
    }
}

impl<S> Worker<S> {
    /// Nobody waits for it any more.
    fn close(&mut self) {
        (self.indices, self.batches) = (None, None);
    }
}

impl<S> Drop for Worker<S> {
    fn drop(&mut self) {
        self.close();
        if let Some(thread) = self.thread.take() {
            // What it makes now is nobody's, and so is what goes wrong with it.
            let _ = thread.join();
        }
    }
}
