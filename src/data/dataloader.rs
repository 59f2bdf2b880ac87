//! [`DataLoader`]: a dataset, batch by batch.

use std::collections::VecDeque;
use std::panic;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use tch::Tensor;

use super::{Dataset, Sampler};
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
/// w + n, … and keeps up to two of them ready.
///
/// ```
/// use flambeau::prelude::*;
/// # struct Squares;
/// # impl Dataset for Squares {
/// #     fn len(&self) -> usize { 10 }
/// #     fn get(&self, i: usize) -> Result<(Tensor, Tensor)> {
/// #         Ok((Tensor::from(i as i64), Tensor::from((i * i) as i64)))
/// #     }
/// # }
///
/// random::manual_seed(0);
/// let loader = data::DataLoader::options(Squares).batch_size(4).shuffle(true).build()?;
/// for batch in &loader {
///     let (inputs, targets) = batch?;
///     assert_eq!(&inputs * &inputs, targets);
/// }
/// assert_eq!(loader.len(), 3);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torch.utils.data.DataLoader`]: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
#[derive(Debug)]
pub struct DataLoader<D> {
    dataset: Arc<D>,
    batch_size: usize,
    sampler: Sampler,
    num_workers: usize,
    drop_last: bool,
    generator: Option<Generator>,
}

/// How many batches each worker keeps ready, Python's `prefetch_factor`.
const PREFETCH_FACTOR: usize = 2;

#[bon::bon]
impl<D: Dataset + 'static> DataLoader<D> {
    /// Begins a loader whose keyword arguments are set by name.
    ///
    /// # Errors
    /// `build()` fails when `batch_size` is 0, or when there is nothing to shuffle.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = DataLoaderOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] dataset: D,
        /// How many samples make a batch.
        #[builder(default = 1)]
        batch_size: usize,
        /// Whether each epoch takes the samples in a new order.
        #[builder(default)]
        shuffle: bool,
        /// How many threads make batches; with none they are made as they are asked for.
        #[builder(default)]
        num_workers: usize,
        /// Whether a last batch that is not full is left out.
        #[builder(default)]
        drop_last: bool,
        /// What to draw from instead of the default generator.
        generator: Option<Generator>,
    ) -> Result<Self> {
        if batch_size == 0 {
            let problem = "should be a positive integer value, but got batch_size=0";
            return Err(Error::argument("batch_size", problem));
        }
        if shuffle && dataset.is_empty() {
            return Err(Error::argument("dataset", "it is empty, so there is nothing to shuffle"));
        }
        let sampler =
            if shuffle { Sampler::Random(generator.clone()) } else { Sampler::Sequential };
        Ok(Self {
            dataset: Arc::new(dataset),
            batch_size,
            sampler,
            num_workers,
            drop_last,
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
        let n = self.dataset.len();
        if self.drop_last { n / self.batch_size } else { n.div_ceil(self.batch_size) }
    }

    /// Whether an epoch has no batch.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Begins an epoch.
    pub fn iter(&self) -> Batches<D> {
        // The seed that Python's workers start from: drawn with and without them.
        random::random_seed(self.generator.as_ref());
        let (n, batches) = (self.dataset.len(), self.len());
        // Python's sampler ends when a batch asks for more than is left.
        let last_is_short = !self.drop_last && n % self.batch_size != 0;
        let mut epoch = Batches {
            dataset: self.dataset.clone(),
            batch_size: self.batch_size,
            indices: VecDeque::new(),
            left: batches,
            workers: VecDeque::new(),
            failed: None,
            sampler: self.sampler.clone(),
            asked: 0,
            ends_at: if last_is_short { batches } else { batches + 1 },
        };
        if self.num_workers > 0 {
            epoch.draw_order();
            epoch.failed = epoch.start_workers(self.num_workers.min(batches)).err();
            if epoch.failed.is_some() {
                epoch.left = 1; // the error
            }
            let ahead = self.num_workers.saturating_mul(PREFETCH_FACTOR).min(epoch.ends_at);
            (0..ahead).for_each(|_| epoch.ask_sampler());
        }
        epoch
    }
}

impl<D: Dataset + 'static> IntoIterator for &DataLoader<D> {
    type Item = Result<(Tensor, Tensor)>;
    type IntoIter = Batches<D>;
    fn into_iter(self) -> Batches<D> {
        self.iter()
    }
}

/// One epoch of a [`DataLoader`]: inputs and targets, batch by batch.
#[derive(Debug)]
pub struct Batches<D> {
    dataset: Arc<D>,
    batch_size: usize,
    /// The samples of each batch to come; without workers empty until the first is asked for, as
    /// Python's sampler begins only then.
    indices: VecDeque<Vec<usize>>,
    /// How many batches are to come.
    left: usize,
    /// Those who make them, the next one in front; none if they are made here.
    workers: VecDeque<Worker>,
    /// Why there are no workers although some were asked for.
    failed: Option<Error>,
    sampler: Sampler,
    /// How often Python would have asked the sampler for a batch by now, and when it would have
    /// come to the sampler's end.
    asked: usize,
    ends_at: usize,
}

impl<D: Dataset + 'static> Batches<D> {
    fn draw_order(&mut self) {
        let order = self.sampler.order(self.dataset.len());
        let batches = order.chunks(self.batch_size).take(self.left);
        self.indices = batches.map(<[usize]>::to_vec).collect();
    }

    /// Worker w makes the batches w, w + `count`, …
    fn start_workers(&mut self, count: usize) -> Result<()> {
        for w in 0..count {
            let share = self.indices.iter().skip(w).step_by(count).cloned().collect();
            self.workers.push_back(Worker::start(self.dataset.clone(), share)?);
        }
        Ok(())
    }

    fn ask_sampler(&mut self) {
        self.asked += 1;
        if self.asked == self.ends_at {
            self.sampler.end(self.dataset.len());
        }
    }
}

impl<D: Dataset + 'static> Iterator for Batches<D> {
    type Item = Result<(Tensor, Tensor)>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            self.left = 0;
            return Some(Err(error));
        }
        if self.asked == 0 {
            self.draw_order();
        }
        self.ask_sampler();
        self.left = self.left.checked_sub(1)?;
        let indices = self.indices.pop_front()?;
        match self.workers.pop_front() {
            None => Some(self.dataset.get_batch(&indices)),
            Some(mut worker) => {
                let batch = worker.receive().unwrap_or_else(|panic| {
                    // Who catches it finds the epoch at its end.
                    self.left = 0;
                    panic::resume_unwind(panic)
                });
                self.workers.push_back(worker);
                Some(batch)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<D: Dataset + 'static> ExactSizeIterator for Batches<D> {}

/// A thread that makes batches, and where they come out. Dropped, it waits for the thread to end:
/// libtorch must not be left computing when the process does.
#[derive(Debug)]
struct Worker {
    /// None once nobody waits any more.
    batches: Option<Receiver<Result<(Tensor, Tensor)>>>,
    /// None once it was waited for.
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    fn start<D: Dataset + 'static>(dataset: Arc<D>, share: Vec<Vec<usize>>) -> Result<Self> {
        let (sender, batches) = sync_channel(PREFETCH_FACTOR);
        let make_batches = move || {
            // The cores belong to those who train; Python's workers compute alone too.
            ffi::compute_alone();
            for indices in share {
                // Nobody waits any more: the epoch was left early.
                if sender.send(dataset.get_batch(&indices)).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("flambeau worker".into()).spawn(make_batches);
        let thread = thread.map_err(|error| {
            Error::argument("num_workers", format!("no more threads can be had ({error})"))
        })?;
        Ok(Self { batches: Some(batches), thread: Some(thread) })
    }

    /// The next batch, or what the thread panicked with.
    fn receive(&mut self) -> thread::Result<Result<(Tensor, Tensor)>> {
        match self.batches.as_ref().and_then(|batches| batches.recv().ok()) {
            Some(batch) => Ok(batch),
            None => match self.thread.take().map(JoinHandle::join) {
                Some(Err(panic)) => Err(panic),
                _ => unreachable!("a worker sends as many batches as it was given"),
            },
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            // A panic that nobody has come across is the thread's own business, and was printed.
            let _ = thread.join();
        }
    }
}
