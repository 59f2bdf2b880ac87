//! [`DataLoader`]: a dataset, batch by batch.

use std::sync::{Arc, Mutex};
use std::{fmt, panic};

use tch::{Cuda, Tensor};

use super::order::Order;
use super::place::{self, Newest, Place, lock};
use super::worker::Crew;
use super::{
    BatchSampler, Dataset, DistributedSampler, RandomSampler, Sample, Sampler, SequentialSampler,
};
use crate::object::Object;
use crate::random::{self, Generator};
use crate::warning::warn;
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
/// How samples become a batch is the dataset's: Python's `collate_fn` is
/// [`dataset.collate_fn(…)`](Dataset::collate_fn).
///
/// Where it is in its epoch is its [`state_dict`](Self::state_dict): a loader that
/// [takes it over](Self::load_state_dict) goes on with the next batch.
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
pub struct DataLoader<D: Dataset> {
    dataset: Arc<D>,
    batch_sampler: Box<dyn Sampler<Vec<usize>>>,
    /// None of a sampler of batches.
    batch_size: Option<usize>,
    num_workers: usize,
    prefetch_factor: usize,
    generator: Option<Generator>,
    pin_memory: bool,
    persistent_workers: bool,
    /// The workers that wait for the next epoch, if they are to.
    crew: Arc<Mutex<Option<Crew<D>>>>,
    newest: Arc<Mutex<Newest>>,
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
    /// `prefetch_factor` or `persistent_workers` without workers.
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
        /// Whether the batches lie in memory that a GPU reads by itself, so that
        /// [`to_device`](tch::Tensor::to_device_) can go on without waiting. Without CUDA it does
        /// nothing but warn.
        #[builder(default)]
        pin_memory: bool,
        /// Whether the workers, and what they draw from, go on from epoch to epoch.
        #[builder(default)]
        persistent_workers: bool,
    ) -> Result<Self> {
        let excluded = |name, problem: &str| Err(Error::argument(name, problem));
        if num_workers > MOST_WORKERS {
            let problem = format!("should be at most {MOST_WORKERS}, but is {num_workers}");
            return excluded("num_workers", &problem);
        }
        if persistent_workers && num_workers == 0 {
            return excluded("persistent_workers", "option needs num_workers > 0");
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
        let samples = batch_sampler.is_none();
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
            batch_size: samples.then(|| batch_size.unwrap_or(1)),
            num_workers,
            prefetch_factor: prefetch_factor.unwrap_or(2),
            generator,
            pin_memory: pin_memory && can_pin(),
            persistent_workers,
            crew: Arc::default(),
            newest: Arc::default(),
        })
    }
}

impl<D: Dataset + 'static> DataLoader<D> {
    /// The dataset that it reads.
    pub fn dataset(&self) -> &D {
        &self.dataset
    }

    /// How many samples a batch has, but for the last; None where a `batch_sampler` says so.
    pub fn batch_size(&self) -> Option<usize> {
        self.batch_size
    }

    /// How many batches an epoch has.
    pub fn len(&self) -> usize {
        self.batch_sampler.len()
    }

    /// Whether an epoch has no batch.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sampler of one process's share that its batches come from, if there is one.
    pub fn distributed_sampler(&self) -> Option<&DistributedSampler> {
        self.batch_sampler.distributed()
    }

    /// Tells the sampler of one process's share, if there is one, which epoch comes next:
    /// [`DistributedSampler::set_epoch`].
    pub fn set_epoch(&self, epoch: i64) {
        if let Some(sampler) = self.distributed_sampler() {
            sampler.set_epoch(epoch);
        }
    }

    /// Begins an epoch, or goes on with the one of a state that was [loaded](Self::load_state_dict).
    ///
    /// That one's first item is an error when the sampler gives other batches than it gave before the
    /// state was taken.
    pub fn iter(&self) -> Batches<D> {
        self.begin().unwrap_or_else(|error| {
            // The place that was loaded stays, so that no other epoch passes for the one it is in.
            self.epoch(Order::empty(true), None, 0, Some(error))
        })
    }

    fn begin(&self) -> Result<Batches<D>> {
        let mut newest = lock(&self.newest);
        let (loaded, own) = (newest.loaded(), self.generators());
        let resumed = loaded.filter(|place| !place.ended);
        let done = resumed.map_or(0, |place| place.batches);
        let order = match resumed {
            Some(place) => Order::resume(&*self.batch_sampler, &own, &place.given, done)?,
            None => Order::begin(&*self.batch_sampler, &own),
        };
        let waiting = lock(&self.crew).take().filter(|_| loaded.is_none());
        let crew = if let Some(mut crew) = waiting {
            // What was made for an epoch that was left early is thrown away, as in Python.
            crew.drain();
            crew
        } else {
            // In mid-epoch it has been drawn: where it is not known, there is nobody to seed.
            let drawn = resumed.map(|place| place.base_seed.unwrap_or_default());
            let known = drawn.or_else(|| loaded.and_then(|place| place.base_seed));
            // Drawn with and without workers.
            let base_seed = known.unwrap_or_else(|| random::random_seed(self.generator.as_ref()));
            let states = loaded.map_or(&[][..], |place| &place.workers);
            Crew::new(self.dataset.clone(), self.num_workers, base_seed, states)
        };
        let place = Place {
            batches: done,
            ended: false,
            base_seed: Some(crew.base_seed()),
            workers: crew.states(),
            ..Place::default()
        };
        let mut epoch = self.epoch(order, Some(crew), done, None);
        epoch.number = newest.replace(place, Some(epoch.order.clone()));
        drop(newest);
        for _ in 0..self.num_workers.saturating_mul(self.prefetch_factor) {
            if !epoch.give_out() {
                break;
            }
        }
        Ok(epoch)
    }

    /// An epoch behind those batches that were handed out.
    fn epoch(
        &self,
        order: Order,
        crew: Option<Crew<D>>,
        done: usize,
        failed: Option<Error>,
    ) -> Batches<D> {
        Batches {
            dataset: self.dataset.clone(),
            order: Arc::new(Mutex::new(order)),
            left: if failed.is_some() { 1 } else { self.len().saturating_sub(done) },
            crew,
            next_worker: done % self.num_workers.max(1),
            pin_memory: self.pin_memory,
            home: self.persistent_workers.then(|| self.crew.clone()),
            newest: self.newest.clone(),
            number: 0,
            failed,
        }
    }

    /// The generators that are neither the default one nor a worker's.
    fn generators(&self) -> Vec<Generator> {
        self.generator.iter().cloned().chain(self.batch_sampler.generators()).collect()
    }

    /// Where the newest epoch is: what [`load_state_dict`](Self::load_state_dict) takes, in this
    /// loader or in one that is made in the same way, in another process too.
    ///
    /// It tells of the batches that were handed out, whatever the workers have made ahead. After the
    /// last batch and before the end of the loop it is still within the epoch, of which nothing is
    /// left. An epoch that was left by a `break` has not ended: it is gone on with. The values are
    /// plain, so `torch.load(weights_only=True)` reads them:
    ///
    /// | key | what it is |
    /// |---|---|
    /// | `batches`, `length` | how many were handed out, of how many |
    /// | `ended` | whether the epoch came to its end: then the next one begins |
    /// | `base_seed` | what the workers were seeded with, or None where it is still to be drawn; it may be None too where there are no workers |
    /// | `workers` | the states of the workers' generators, None of one that has not drawn |
    /// | `given`, `exhausted` | how many batches the sampler gave, and whether it said that these were all |
    /// | `digest` | a CRC-32 of those batches, or None: for each its length and its numbers, in 64 bits each, little-endian |
    /// | `draws` | of the default generator, and of the loader's and its sampler's own: `{call: state}`, its states before those calls of the sampler that drew from it; call 0 makes the iterator, call 1 asks for the first batch |
    /// | `generators` | the states of the loader's and its sampler's own generators now |
    /// | `dataset_length`, `batch_size`, `num_workers`, `persistent_workers` | what the loader is |
    ///
    /// The state of the default generator now is not part of it: keep
    /// [`get_rng_state`](crate::random::get_rng_state) beside it.
    pub fn state_dict(&self) -> Object {
        let generators =
            self.generators().iter().map(|own| own.get_state().into()).collect::<Vec<_>>();
        let mut entries = lock(&self.newest).entries(self.persistent_workers);
        let facts: [(_, Object); 6] = [
            ("generators", generators.into()),
            ("length", (self.len() as i64).into()),
            ("dataset_length", (self.dataset.len() as i64).into()),
            ("batch_size", self.batch_size.map_or(Object::None, |size| (size as i64).into())),
            ("num_workers", (self.num_workers as i64).into()),
            ("persistent_workers", self.persistent_workers.into()),
        ];
        entries.extend(facts.map(|(name, fact)| (name.into(), fact)));
        entries.into()
    }

    /// The next epoch goes on where `state` was taken.
    ///
    /// What was handed out is not read again: the sampler draws its numbers once more from what it
    /// drew from then, and goes past them. A state of the end of an epoch begins the next one, so
    /// nothing is skipped and nothing comes twice. The default generator itself is left alone, before
    /// or after this call it is given [its state](crate::random::set_rng_state).
    ///
    /// A sampler of one's own may draw when it likes, from the default generator or from those that
    /// it names in [`generators`](Sampler::generators). Where it draws for each batch, and others in
    /// between, the state grows by 5 KB a batch. What its order depends on beside that, as a
    /// [`DistributedSampler`](super::DistributedSampler)'s on its epoch, has to be as it was when the
    /// epoch is gone on with.
    ///
    /// ```
    /// use flambeau::prelude::*;
    /// use flambeau::data::TensorDataset;
    ///
    /// let numbers = || TensorDataset::new(torch::arange(6));
    /// let first = DataLoader::options(numbers()?).batch_size(2).shuffle(true).build()?;
    /// let mut batches = first.iter();
    /// let _ = batches.next();
    /// let (state, generator) = (first.state_dict(), random::get_rng_state());
    /// let rest = batches.collect::<Result<Vec<_>>>()?;
    ///
    /// random::set_rng_state(&generator)?;
    /// let second = DataLoader::options(numbers()?).batch_size(2).shuffle(true).build()?;
    /// second.load_state_dict(&state)?;
    /// assert_eq!(second.iter().collect::<Result<Vec<_>>>()?, rest);
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it is no state of a loader, or that of one with another number of samples, of batches or of
    /// generators, or another batch size; also with another number of workers, or another
    /// `persistent_workers`, if they have drawn. Nothing has then been changed.
    pub fn load_state_dict(&self, state: &Object) -> Result<()> {
        let (own, ours) = (self.generators(), self.state_dict());
        let check = |name: &str| {
            let (theirs, ours) = (state.entry(name)?, &ours[name]);
            if theirs == ours {
                return Ok(());
            }
            let problem = format!("is {theirs} in the state, but {ours} in this loader");
            Err(Error::argument(name, problem))
        };
        ["length", "dataset_length", "batch_size"].into_iter().try_for_each(check)?;
        let mut place = Place::read(state, self.len(), own.len())?;
        if place.workers.iter().any(Option::is_some) {
            ["num_workers", "persistent_workers"].into_iter().try_for_each(check)?;
        }
        if place.base_seed.is_none() && !place.ended && self.num_workers > 0 {
            let problem = "is None in the state, but this loader's workers are seeded with it";
            return Err(Error::argument("base_seed", problem));
        }
        let generators = place::generators(state, own.len())?;

        own.iter().zip(&generators).try_for_each(|(own, state)| own.set_state(state))?;
        if place.ended && !self.persistent_workers {
            place.base_seed = None;
        }
        place.workers.resize_with(self.num_workers, || None);
        // Those that wait have drawn what this state has not.
        *lock(&self.crew) = None;
        lock(&self.newest).replace(place, None);
        Ok(())
    }
}

/// What [`DataLoader::set_aside`] gives.
#[must_use = "the loader is where it was when this is dropped"]
pub struct SetAside<'l, D: Dataset + 'static> {
    loader: &'l DataLoader<D>,
    newest: Option<Newest>,
    crew: Option<Crew<D>>,
    generators: Vec<Tensor>,
}

impl<D: Dataset + 'static> DataLoader<D> {
    /// While the guard lives, others may go through this loader, as to look at a batch in the midst of a
    /// training: at the end its place, its workers and its generators are as they were.
    ///
    /// ```
    /// use flambeau::prelude::*;
    /// # let dataset = data::TensorDataset::new(torch::arange(6))?;
    ///
    /// let loader = DataLoader::options(dataset).batch_size(2).build()?;
    /// let mut epoch = loader.iter();
    /// let first = epoch.next().unwrap()?;
    /// {
    ///     let _aside = loader.set_aside();
    ///     assert_eq!(loader.iter().next().unwrap()?, first);
    /// }
    /// // Its state is still that of the epoch that goes on.
    /// assert_eq!(loader.state_dict()["batches"].as_i64(), Some(1));
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    ///
    /// The default generator is another matter: [`random::fork_rng`](crate::random::fork_rng) keeps that.
    pub fn set_aside(&self) -> SetAside<'_, D> {
        SetAside {
            loader: self,
            newest: Some(lock(&self.newest).take()),
            crew: lock(&self.crew).take(),
            generators: self.generators().iter().map(Generator::get_state).collect(),
        }
    }
}

impl<D: Dataset + 'static> fmt::Debug for SetAside<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetAside").field("loader", &self.loader).finish_non_exhaustive()
    }
}

impl<D: Dataset + 'static> Drop for SetAside<'_, D> {
    fn drop(&mut self) {
        for (generator, state) in self.loader.generators().iter().zip(&self.generators) {
            generator.set_state(state).expect("it is the generator's own state");
        }
        *lock(&self.loader.crew) = self.crew.take();
        if let Some(newest) = self.newest.take() {
            lock(&self.loader.newest).put_back(newest);
        }
    }
}

/// Whether memory can be pinned here.
fn can_pin() -> bool {
    let can = Cuda::is_available();
    if !can {
        warn(
            "'pin_memory' argument is set as true but no accelerator is found, then device pinned \
             memory won't be used.",
        );
    }
    can
}

impl<D: Dataset> fmt::Debug for DataLoader<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataLoader")
            .field("batch_sampler", &self.batch_sampler)
            .field("num_workers", &self.num_workers)
            .field("generator", &self.generator)
            .finish_non_exhaustive()
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
    /// with workers, as they are given out. The loader tells its state from it.
    order: Arc<Mutex<Order>>,
    /// How many batches are to come.
    left: usize,
    /// None once it is back where it waits for the next epoch.
    crew: Option<Crew<D>>,
    next_worker: usize,
    pin_memory: bool,
    /// Where the workers go at the end with `persistent_workers`.
    home: Option<Arc<Mutex<Option<Crew<D>>>>>,
    /// Where the loader's newest epoch is told: this one, as long as it has this number.
    newest: Arc<Mutex<Newest>>,
    number: u64,
    /// Why the epoch could not begin, or go on.
    failed: Option<Error>,
}

impl<D: Dataset + 'static> Batches<D> {
    /// Gives the next batch to the worker whose turn it is, if there is a next one.
    fn give_out(&mut self) -> bool {
        let Some(crew) = &mut self.crew else { return false };
        let Some(indices) = lock(&self.order).next() else { return false };
        if let Err(error) = crew.give(self.next_worker, indices) {
            self.end();
            (self.left, self.failed) = (1, Some(error));
            return false;
        }
        self.next_worker = (self.next_worker + 1) % crew.len();
        true
    }

    /// Nothing more will come.
    fn end(&mut self) {
        lock(&self.order).end();
        self.crew = None;
        self.left = 0;
    }

    /// Tells the loader where this epoch is.
    fn tell(&self, change: impl FnOnce(&mut Place)) {
        let mut newest = lock(&self.newest);
        if newest.number == self.number {
            change(&mut newest.place);
        }
    }
}

/// The batch in memory that a GPU reads by itself.
fn pinned<S: Sample>(batch: S) -> Result<S> {
    // tch's own names a device, which libtorch warns of: it is deprecated.
    let pin =
        |tensor: Tensor| ffi::try_op(c"aten::pin_memory", c"", &[(&tensor).into()]).map(|[t]| t);
    Ok(S::from_tensors(batch.into_tensors().into_iter().map(pin).collect::<Result<_>>()?))
}

impl<D: Dataset + 'static> Iterator for Batches<D> {
    type Item = Result<D::Sample>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            self.left = 0;
            return Some(Err(error));
        }
        let made = match &mut self.crew {
            None => None,
            Some(crew) if crew.len() == 0 => {
                let indices = lock(&self.order).next();
                indices.map(|indices| (self.dataset.get_batch(&indices), None))
            }
            Some(crew) => crew.receive().map(|(batch, state)| {
                let batch = batch.unwrap_or_else(|panic| {
                    // If the panic is caught, the epoch is at its end.
                    self.end();
                    panic::resume_unwind(panic)
                });
                self.give_out();
                (batch, state)
            }),
        };
        let Some((batch, state)) = made else {
            self.tell(|place| place.ended = true);
            self.go_home();
            return None;
        };
        self.tell(|place| place.handed_out(state));
        self.left = self.left.saturating_sub(1);
        Some(if self.pin_memory { batch.and_then(pinned) } else { batch })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<D: Dataset + 'static> ExactSizeIterator for Batches<D> {}

impl<D: Dataset> Batches<D> {
    /// With `persistent_workers` the workers wait for the next epoch.
    fn go_home(&mut self) {
        if let Some(home) = &self.home
            && let Some(crew) = self.crew.take()
            // One that another epoch has followed, or a place that was loaded, would go on wrongly.
            && lock(&self.newest).number == self.number
        {
            *lock(home) = Some(crew);
        }
    }
}

impl<D: Dataset> Drop for Batches<D> {
    fn drop(&mut self) {
        self.go_home();
    }
}

impl<D: Dataset> fmt::Debug for Batches<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("left", &self.left).finish_non_exhaustive()
    }
}
