//! [`DataLoader`]: a dataset, batch by batch.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::{fmt, iter, panic};

use super::{BatchSampler, Dataset, Indices, RandomSampler, Sample, Sampler, SequentialSampler};
use crate::random::{self, Generator};
use crate::{Error, Result, ffi};

/// Goes through a dataset in batches, once for each `for`: [`torch.utils.data.DataLoader`].
///
/// Each epoch draws from the default generator what Python draws, in Python's order: a base seed
/// and, with `shuffle`, the seed of the permutation. So after the same
/// [`manual_seed`](crate::random::manual_seed) the batches are the same as in Python, whatever
/// the number of workers.
///
/// With `num_workers(n)`, n threads make the batches ahead of time: worker w makes the batches w,
/// w + n, …. What the dataset draws by [`random`](mod@crate::random)'s functions, as the random
/// transforms do, comes from the worker's own generator, seeded with the base seed + w as Python's
/// worker processes are; without workers it comes from the default one. So a random transform draws
/// what it draws in Python with the same number of workers. What it draws by tch itself, as by
/// `Tensor::rand`, comes from the one default generator that all threads share: with workers it is
/// another number each time, and what the training draws is too.
///
/// How samples become a batch is the dataset's [`get_batch`](Dataset::get_batch), where Python has
/// `collate_fn`.
///
/// ```
/// use flambeau::prelude::*;
/// # struct Squares;
/// # impl Dataset for Squares {
/// #     type Sample = (Tensor, Tensor);
/// #     fn len(&self) -> usize { 10 }
/// #     fn get(&self, i: usize) -> Result<(Tensor, Tensor)> {
/// #         Ok((Tensor::from(i as i64), Tensor::from((i * i) as i64)))
/// #     }
/// # }
///
/// random::manual_seed(0);
/// let loader = DataLoader::options(Squares).batch_size(4).shuffle(true).build()?;
/// for batch in &loader {
///     let (inputs, targets) = batch?;
///     assert_eq!(&inputs * &inputs, targets);
/// }
/// assert_eq!(loader.len(), 3);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Panics
/// Where the dataset panics, whichever thread that happens in; the epoch is then at its end.
///
/// [`torch.utils.data.DataLoader`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
#[derive(Debug)]
pub struct DataLoader<D> {
    dataset: Arc<D>,
    batch_sampler: Box<dyn Sampler<Vec<usize>>>,
    num_workers: usize,
    prefetch_factor: usize,
    generator: Option<Generator>,
}

/// More than any machine has cores. Thousands of threads can be begun where the system has no memory
/// left for them a moment later, and then the process is aborted.
const MOST_WORKERS: usize = 1024;

#[bon::bon]
impl<D: Dataset + 'static> DataLoader<D> {
    /// A loader of one sample after the other.
    ///
    /// # Errors
    /// As `build()` of [`options`](Self::options), though none of its reasons can arise here.
    pub fn new(dataset: D) -> Result<Self> {
        Self::options(dataset).build()
    }

    /// Begins a loader whose keyword arguments are set by name.
    ///
    /// # Errors
    /// `build()` fails when `batch_size` or `prefetch_factor` is 0, when `num_workers` is above 1024,
    /// when there is nothing to shuffle, and when options are given that exclude each other: `sampler`
    /// and `shuffle`; `batch_sampler` and any of `batch_size`, `shuffle`, `sampler`, `drop_last`;
    /// `prefetch_factor` without workers.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = DataLoaderOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] dataset: D,
        /// How many samples make a batch, usually 1.
        batch_size: Option<usize>,
        /// Whether each epoch takes the samples in a new order.
        #[builder(default)]
        shuffle: bool,
        /// In which order the samples are taken.
        #[builder(with = |sampler: impl Sampler + 'static| Box::new(sampler))]
        sampler: Option<Box<dyn Sampler>>,
        /// Which samples make which batch.
        #[builder(with = |sampler: impl Sampler<Vec<usize>> + 'static| Box::new(sampler))]
        batch_sampler: Option<Box<dyn Sampler<Vec<usize>>>>,
        /// How many threads make batches; with none they are made as they are asked for.
        #[builder(default)]
        num_workers: usize,
        /// How many batches are given to each worker ahead of time, usually 2.
        prefetch_factor: Option<usize>,
        /// Whether a last batch that is not full is left out.
        #[builder(default)]
        drop_last: bool,
        /// What to draw from instead of the default generator.
        generator: Option<Generator>,
    ) -> Result<Self> {
        let excluded = |name, problem: &str| Err(Error::argument(name, problem));
        if num_workers > MOST_WORKERS {
            let problem = format!("should be at most {MOST_WORKERS}, but is {num_workers}");
            return excluded("num_workers", &problem);
        }
        match prefetch_factor {
            Some(0) => return excluded("prefetch_factor", "should be a positive integer value"),
            Some(_) if num_workers == 0 => {
                return excluded("prefetch_factor", "could only be specified with num_workers > 0");
            }
            _ => {}
        }
        if sampler.is_some() && shuffle {
            return excluded("sampler", "is mutually exclusive with shuffle");
        }
        let batch_sampler = match batch_sampler {
            Some(_) if batch_size.is_some() || shuffle || sampler.is_some() || drop_last => {
                return excluded(
                    "batch_sampler",
                    "is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
                );
            }
            Some(batch_sampler) => batch_sampler,
            None => {
                let n = dataset.len();
                let sampler = match sampler {
                    Some(sampler) => sampler,
                    None if shuffle && n == 0 => {
                        return excluded("dataset", "it is empty, so there is nothing to shuffle");
                    }
                    None if shuffle => {
                        let sampler = RandomSampler::options(n).maybe_generator(generator.clone());
                        Box::new(sampler.build()?)
                    }
                    None => Box::new(SequentialSampler::new(n)),
                };
                Box::new(BatchSampler::new(sampler, batch_size.unwrap_or(1), drop_last)?)
            }
        };
        Ok(Self {
            dataset: Arc::new(dataset),
            batch_sampler,
            num_workers,
            prefetch_factor: prefetch_factor.unwrap_or(2),
            generator,
        })
    }
}

impl<D: Dataset + 'static> DataLoader<D> {
    /// The dataset that it reads.
    pub fn dataset(&self) -> &D {
        &self.dataset
    }

    /// How many batches an epoch has.
    pub fn len(&self) -> usize {
        self.batch_sampler.len()
    }

    /// Whether an epoch has no batch.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Begins an epoch.
    pub fn iter(&self) -> Batches<D> {
        let mut epoch = Batches {
            dataset: self.dataset.clone(),
            indices: self.batch_sampler.iter(),
            left: self.len(),
            // Drawn with and without workers.
            base_seed: random::random_seed(self.generator.as_ref()),
            num_workers: self.num_workers,
            workers: Vec::new(),
            given: VecDeque::new(),
            next_worker: 0,
            failed: None,
        };
        for _ in 0..self.num_workers.saturating_mul(self.prefetch_factor) {
            if !epoch.give_out() {
                break;
            }
        }
        epoch
    }
}

impl<D: Dataset + 'static> IntoIterator for &DataLoader<D> {
    type Item = Result<D::Sample>;
    type IntoIter = Batches<D>;
    fn into_iter(self) -> Batches<D> {
        self.iter()
    }
}

/// One epoch of a [`DataLoader`], batch by batch.
pub struct Batches<D: Dataset> {
    dataset: Arc<D>,
    /// The samples of each batch to come, drawn when Python draws them: as batches are asked for or,
    /// with workers, as they are given out.
    indices: Indices<Vec<usize>>,
    /// How many batches are to come.
    left: usize,
    base_seed: i64,
    num_workers: usize,
    /// Those that have been given a batch so far; the others follow in turn.
    workers: Vec<Worker<D::Sample>>,
    /// Which worker makes which of the next batches.
    given: VecDeque<usize>,
    next_worker: usize,
    /// Why there are no workers although some were asked for.
    failed: Option<Error>,
}

impl<D: Dataset + 'static> Batches<D> {
    /// Gives the next batch to the worker whose turn it is, if there is a next one.
    fn give_out(&mut self) -> bool {
        let Some(indices) = self.indices.next() else { return false };
        let w = self.next_worker;
        if w == self.workers.len() {
            // Python's workers are seeded so.
            let seed = self.base_seed.wrapping_add(w as i64);
            match Worker::start(self.dataset.clone(), seed) {
                Ok(worker) => self.workers.push(worker),
                Err(error) => {
                    self.end();
                    (self.left, self.failed) = (1, Some(error));
                    return false;
                }
            }
        }
        self.workers[w].give(indices);
        self.given.push_back(w);
        self.next_worker = (w + 1) % self.num_workers;
        true
    }

    /// Nothing more will come.
    fn end(&mut self) {
        self.indices = Box::new(iter::empty());
        self.given.clear();
        self.left = 0;
    }
}

impl<D: Dataset + 'static> Iterator for Batches<D> {
    type Item = Result<D::Sample>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            self.left = 0;
            return Some(Err(error));
        }
        let batch = if self.num_workers == 0 {
            let indices = self.indices.next()?;
            self.dataset.get_batch(&indices)
        } else {
            let w = self.given.pop_front()?;
            let batch = self.workers[w].receive().unwrap_or_else(|panic| {
                // Who catches it finds the epoch at its end.
                self.end();
                panic::resume_unwind(panic)
            });
            self.give_out();
            batch
        };
        self.left = self.left.saturating_sub(1);
        Some(batch)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<D: Dataset + 'static> ExactSizeIterator for Batches<D> {}

impl<D: Dataset> Drop for Batches<D> {
    fn drop(&mut self) {
        // All are told to end before the first is waited for.
        self.workers.iter_mut().for_each(Worker::close);
    }
}

impl<D: Dataset> fmt::Debug for Batches<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("left", &self.left).finish_non_exhaustive()
    }
}

/// A thread that makes batches. Dropped, it waits for the thread to end: libtorch must not be left
/// computing when the process does.
struct Worker<S> {
    /// None once no more are to be made.
    indices: Option<Sender<Vec<usize>>>,
    /// None once nobody waits any more.
    batches: Option<Receiver<Result<S>>>,
    /// None once it was waited for.
    thread: Option<JoinHandle<()>>,
}

impl<S: Sample> Worker<S> {
    fn start<D: Dataset<Sample = S> + 'static>(dataset: Arc<D>, seed: i64) -> Result<Self> {
        let (indices, to_make) = channel::<Vec<usize>>();
        let (made, batches) = channel();
        let make_batches = move || {
            // The cores belong to those who train; Python's workers compute alone too.
            ffi::compute_alone();
            let generator = Generator::new();
            generator.manual_seed(seed);
            random::with_generator(&generator, || {
                for indices in to_make {
                    // Nobody waits any more: the epoch was left early.
                    if made.send(dataset.get_batch(&indices)).is_err() {
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
        // One that has panicked takes none; what it panicked with is received in its turn.
        let _ = self.indices.as_ref().map(|worker| worker.send(indices));
    }

    /// The next batch, or what the thread panicked with.
    fn receive(&mut self) -> thread::Result<Result<S>> {
        match self.batches.as_ref().and_then(|batches| batches.recv().ok()) {
            Some(batch) => Ok(batch),
            None => match self.thread.take().map(JoinHandle::join) {
                Some(Err(panic)) => Err(panic),
                _ => unreachable!("a worker makes as many batches as it was given"),
            },
        }
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
            // A panic that nobody has come across is the thread's own business, and was printed.
            let _ = thread.join();
        }
    }
}
