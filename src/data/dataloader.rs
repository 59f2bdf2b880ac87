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
        let order = self.sampler.order(self.dataset.len());
        let mut indices: VecDeque<Vec<usize>> =
            order.chunks(self.batch_size).map(<[usize]>::to_vec).collect();
        indices.truncate(self.len());
        let workers = (0..self.num_workers).map(|w| {
            let share = indices.iter().skip(w).step_by(self.num_workers).cloned().collect();
            Worker::start(self.dataset.clone(), share)
        });
        Batches {
            workers: workers.collect(),
            dataset: self.dataset.clone(),
            indices,
            sampler: Some(self.sampler.clone()),
        }
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
    /// What is still to come.
    indices: VecDeque<Vec<usize>>,
    /// Who gave the order, until the epoch ends.
    sampler: Option<Sampler>,
    /// Those who make it, the next one in front; none if it is made here.
    workers: VecDeque<Worker>,
}

impl<D: Dataset> Iterator for Batches<D> {
    type Item = Result<(Tensor, Tensor)>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(indices) = self.indices.pop_front() else {
            if let Some(sampler) = self.sampler.take() {
                sampler.end(self.dataset.len());
            }
            return None;
        };
        match self.workers.pop_front() {
            None => Some(self.dataset.get_batch(&indices)),
            Some(worker) => {
                let (batch, worker) = worker.receive();
                self.workers.push_back(worker);
                Some(batch)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.indices.len(), Some(self.indices.len()))
    }
}

impl<D: Dataset> ExactSizeIterator for Batches<D> {}

/// A thread that makes batches, and where they come out.
#[derive(Debug)]
struct Worker {
    batches: Receiver<Result<(Tensor, Tensor)>>,
    thread: JoinHandle<()>,
}

impl Worker {
    fn start<D: Dataset + 'static>(dataset: Arc<D>, share: Vec<Vec<usize>>) -> Self {
        let (sender, batches) = sync_channel(PREFETCH_FACTOR);
        let thread = thread::spawn(move || {
            // The cores belong to those who train; Python's workers compute alone too.
            ffi::compute_alone();
            for indices in share {
                // Nobody waits any more: the epoch was left early.
                if sender.send(dataset.get_batch(&indices)).is_err() {
                    return;
                }
            }
        });
        Self { batches, thread }
    }

    /// The next batch; a panic of the thread goes on here.
    fn receive(self) -> (Result<(Tensor, Tensor)>, Self) {
        match self.batches.recv() {
            Ok(batch) => (batch, self),
            Err(_) => match self.thread.join() {
                Err(payload) => panic::resume_unwind(payload),
                Ok(()) => unreachable!("a worker sends as many batches as it was given"),
            },
        }
    }
}
