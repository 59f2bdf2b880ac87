//! [`Ranks`]: several processes that train one model, in a [`Trainer`](super::Trainer) or, by [`Parallel`] and
//! what stands beside it, in a loop of one's own.
//!
//! Each has its share of the samples, all make the same steps, and the first alone writes. What they have
//! to agree on goes through here; where there is one process, nothing does.

use std::cell::RefCell;
use std::env;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sysinfo::System;
use tch::{Device, Kind, Tensor};

use super::state::Stateful;
use super::trainer::Metrics;
use crate::data::{
    DataLoader, Dataset, DistributedSampler, RandomSampler, Sampler, SequentialSampler,
};
use crate::distributed::{self as dist, ProcessGroup, ReduceOp};
use crate::ffi::{ReducerOptions, without_frames};
use crate::nn::parallel::{GradientSync, broadcast, default_options};
use crate::nn::{self, Forward, Module};
use crate::object::{Dict, Key, Object};
use crate::refusal::refuse;
use crate::serialize::pt;
use crate::{Error, Result};

/// This process among those that train together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ranks {
    pub rank: usize,
    pub size: usize,
}

impl Ranks {
    /// None in a training of one process.
    pub fn several() -> Option<Self> {
        let (rank, size) = (dist::get_rank().ok()?, dist::get_world_size().ok()?);
        (size > 1).then_some(Self { rank, size })
    }

    fn agree<T>(self, outcome: Result<T>) -> Result<T> {
        let problems = dist::all_gather_object(&outcome.as_ref().err().map(Error::to_string))?;
        let mut told = problems.iter().enumerate();
        let Some((rank, Some(problem))) = told.find(|(_, problem)| problem.is_some()) else {
            return outcome;
        };
        // All have read it before the rank with the store ends.
        dist::barrier()?;
        outcome.and_then(|_| Err(Error::Distributed(format!("rank {rank} has ended: {problem}"))))
    }

    /// Has each number replaced by the sum of all ranks'.
    fn sum(self, numbers: &mut [f64]) -> Result<()> {
        let sums = Tensor::from_slice(numbers);
        dist::all_reduce(&sums)?;
        sums.copy_data(numbers, numbers.len());
        Ok(())
    }

    /// Fails on all ranks where one has other facts than the first.
    fn compare(self, facts: &Facts, rule: &str) -> Result<()> {
        let all = dist::all_gather_object(facts)?;
        let Some(rank) = all.iter().position(|others| *others != all[0]) else { return Ok(()) };
        dist::barrier()?;
        let longer = all[0].len().max(all[rank].len());
        let at = (0..longer).find(|i| all[0].get(*i) != all[rank].get(*i)).unwrap_or(0);
        let told = match (all[rank].get(at), all[0].get(at)) {
            (Some((name, other)), Some((same, first))) if name == same => {
                format!("{name} is {other} on rank {rank}, and {first} on rank 0")
            }
            (other, first) => {
                let name =
                    |fact: Option<&(String, _)>| fact.map_or("nothing".into(), |f| f.0.clone());
                format!("there is {} on rank {rank}, and {} on rank 0", name(other), name(first))
            }
        };
        let problem = format!("{told}: {rule}");
        Err(Error::Distributed(problem))
    }
}

/// What has to be the same on all ranks, by name.
pub(crate) type Facts = Vec<(String, String)>;

/// Why settings are compared: the end of the error.
const ALIKE: &str = "all ranks have to train in the same way";

/// Refuses ranks that would not train in the same way: each gives its settings by their names, and fails where
/// a rank's are not the first one's. All ranks call it. In a training of one process there is nothing to
/// compare.
///
/// ```
/// use flambeau::train::compare_over_ranks;
///
/// let (batch_size, seed) = (64, 3);
/// compare_over_ranks(&[("batch_size", &batch_size), ("seed", &seed)])?;
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// A [`Trainer`](super::Trainer) does so with its own settings, and [`Parallel::of`] with the loader's.
///
/// # Errors
/// When a rank has other settings, which the text names, or is not there any more.
pub fn compare_over_ranks(settings: &[(&str, &dyn Debug)]) -> Result<()> {
    let fact = |(name, setting): &(&str, &dyn Debug)| (name.to_string(), format!("{setting:?}"));
    compare_facts(&settings.iter().map(fact).collect())
}

/// The same of settings that are spelled out already.
pub(crate) fn compare_facts(facts: &Facts) -> Result<()> {
    Ranks::several().map_or(Ok(()), |ranks| ranks.compare(facts, ALIKE))
}

/// Whether this is the process that prints and writes: the only one, or the first rank.
pub(crate) fn is_first() -> bool {
    Ranks::several().is_none_or(|ranks| ranks.rank == 0)
}

/// Goes on only where all ranks can.
pub(crate) fn agree<T>(outcome: Result<T>) -> Result<T> {
    match Ranks::several() {
        Some(ranks) => ranks.agree(outcome),
        None => outcome,
    }
}

/// Has the first rank do it, and the others wait: they have None, or the error.
pub(crate) fn first_does<T>(work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    agree(if is_first() { work().map(Some) } else { Ok(None) })
}

/// What the first rank comes to, on all ranks.
pub(crate) fn of_first<T: Serialize + DeserializeOwned>(
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    // A list, in which none is a value too.
    let mut value = [Vec::from_iter(first_does(work)?)];
    if Ranks::several().is_some() {
        dist::broadcast_object_list(&mut value, 0)?;
    }
    let [mut value] = value;
    Ok(value.pop().expect("the first has it"))
}

/// How long ranks wait for what one of their host downloads, whatever the group's timeout is.
const DOWNLOAD: Duration = Duration::from_secs(30 * 60);

/// Has local rank 0 do `work`, and then the other ranks of its host: what the one downloads, the others find.
/// All ranks call it. In a training of one process `work` is done, and that is all.
///
/// ```no_run
/// use flambeau::prelude::*;
/// use flambeau::train::local_rank_0_first;
///
/// let trainset = local_rank_0_first(|| Cifar10::options("./data").download(true).build())?;
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// The others wait for half an hour, or for the group's timeout if that is longer. Local rank 0 is the one whose
/// [`get_node_local_rank`](dist::get_node_local_rank) is 0; where that is not told, the first rank of the
/// host's name.
///
/// # Errors
/// Those of `work`, on all ranks; when a rank is not there any more.
pub fn local_rank_0_first<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let Some(ranks) = Ranks::several() else { return work() };
    let place = (dist::get_node_local_rank().ok(), System::host_name());
    let all = dist::all_gather_object(&place)?;
    let is_first = match place.0 {
        Some(local_rank) => local_rank == 0,
        None => all.iter().position(|(_, host)| *host == place.1) == Some(ranks.rank),
    };
    let mut work = Some(work);
    let mut turn = |mine: bool| work.take_if(|_| mine).map(|work| work()).transpose();
    let world = ProcessGroup::world()?;
    let longest = world.timeout().max(DOWNLOAD);
    let patient = dist::new_group_options(world.ranks()).timeout(longest).call()?;
    let patient = patient.expect("all ranks are in it");
    let first = turn(is_first);
    dist::barrier_options().group(&patient).call()?;
    let first = agree(first)?;
    let second = agree(turn(!is_first))?;
    Ok(first.or(second).expect("each rank has its turn"))
}

/// Which of `len` samples this process trains on, and in which order: all of them, or of several ranks its
/// share, by a [`DistributedSampler`] with this `seed`, which
/// [`DataLoader::set_epoch`](crate::data::DataLoader::set_epoch) tells the epoch. In a training of one process
/// it is what a loader's `shuffle` asks for, and `seed` is not looked at.
///
/// ```
/// use flambeau::data::Sampler;
/// use flambeau::train;
///
/// assert_eq!(train::sampler(3, false, 0)?.iter().collect::<Vec<_>>(), [0, 1, 2]);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When there are no samples to shuffle.
pub fn sampler(len: usize, shuffle: bool, seed: i64) -> Result<Box<dyn Sampler>> {
    Ok(match Ranks::several() {
        Some(Ranks { rank, size }) => {
            let sampler = DistributedSampler::options(len, size, rank);
            Box::new(sampler.shuffle(shuffle).seed(seed).build()?)
        }
        None if shuffle => Box::new(RandomSampler::options(len).build()?),
        None => Box::new(SequentialSampler::new(len)),
    })
}

/// The mean of what all ranks give, as of each one's loss on its share of the samples. All ranks call it. In a
/// training of one process it is the number itself.
///
/// ```
/// assert_eq!(flambeau::train::mean_over_ranks(0.5)?, 0.5);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When a rank is not there any more.
pub fn mean_over_ranks(number: f64) -> Result<f64> {
    let Some(ranks) = Ranks::several() else { return Ok(number) };
    let mut sum = [number];
    ranks.sum(&mut sum)?;
    Ok(sum[0] / ranks.size as f64)
}

/// A model in a training loop of one's own that runs as one process or as several: on several ranks its
/// gradients are the mean over all, as those of a
/// [`DistributedDataParallel`](crate::nn::parallel::DistributedDataParallel) with its defaults, and in one
/// process it is the model as it is.
///
/// The model is only borrowed: its state, which has no prefix, and its evaluation are its own.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::train::{self, Parallel};
///
/// let samples = data::TensorDataset::new(torch::ones([24, 4]))?;
/// let share = train::sampler(24, true, 0)?;
/// let loader = DataLoader::options(samples).batch_size(8).sampler(share).build()?;
/// let model = nn::Linear::new(4, 2);
/// let mut optimizer = optim::SGD::new(model.parameters(), 0.1);
/// let parallel = Parallel::of(&model, &loader)?;
/// for batch in &loader {
///     optimizer.zero_grad();
///     let loss = torch::mean(&parallel.forward(&batch?).square());
///     parallel.backward(&loss)?;
///     optimizer.step();
/// }
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// A checkpoint takes it by [`State::parallel`](super::State::parallel). It knows the parameters that ask for a
/// gradient when it is made: where some are frozen on the way, it is made anew.
#[derive(Debug)]
pub struct Parallel<'a, M: Forward> {
    model: &'a M,
    /// None in a training of one process.
    sync: Option<RefCell<GradientSync>>,
}

impl<'a, M: Forward> Parallel<'a, M> {
    /// Gives all ranks the first one's parameters and buffers, for a training on what this loader gives. All
    /// ranks call it.
    ///
    /// # Errors
    /// When no parameter asks for a gradient, a rank has another model or is not there any more, or they would
    /// not train in the same way: on batches of another size, in an order of another seed, on another rank's
    /// share.
    pub fn of<D: Dataset + 'static>(model: &'a M, loader: &DataLoader<D>) -> Result<Self> {
        if let Some(ranks) = Ranks::several() {
            ranks.check(model, loader, of_loader(loader))?;
        }
        Self::of_model(model)
    }

    /// The same for a loop that reads its samples without a loader. What is the same on all ranks is compared
    /// by [`compare_over_ranks`].
    ///
    /// # Errors
    /// When no parameter asks for a gradient, or a rank has another model or is not there any more.
    pub fn of_model(model: &'a M) -> Result<Self> {
        let sync = Ranks::several().map(|_| sync(model, false)).transpose()?;
        Ok(Self { model, sync: sync.map(RefCell::new) })
    }

    /// What a checkpoint has of it, of several ranks.
    pub(super) fn state(&self) -> Option<impl Stateful + '_> {
        self.sync.as_ref().map(|sync| Buckets(sync, self.model))
    }

    /// Computes the model's output, and gets ready for the backward pass.
    ///
    /// # Panics
    /// As the model does; on several ranks also as
    /// [`DistributedDataParallel`](crate::nn::parallel::DistributedDataParallel#panics).
    #[track_caller]
    pub fn forward(&self, input: &Tensor) -> Tensor {
        self.f_forward(input).unwrap_or_else(|error| refuse(error.to_string()))
    }

    /// As [`forward`](Self::forward), which panics when a rank is not there any more.
    ///
    /// # Errors
    /// Instead of that panic.
    #[track_caller]
    pub fn f_forward(&self, input: &Tensor) -> Result<Tensor> {
        let forward = || nn::call(self.model, input);
        match &self.sync {
            Some(sync) => sync.borrow().forward(self.model, forward),
            None => Ok(forward()),
        }
    }

    /// Goes back from a loss: as tch's `backward`, which panics when a rank is not there any more.
    ///
    /// # Errors
    /// Instead of that panic, and of libtorch's.
    pub fn backward(&self, loss: &Tensor) -> Result<()> {
        match &self.sync {
            Some(sync) => sync.borrow().backward(loss),
            None => {
                loss.f_backward().map_err(|error| Error::Torch(without_frames(&error.to_string())))
            }
        }
    }

    /// Gives all ranks the first one's buffers, as running statistics, before a test: each forward pass in
    /// training begins with it. All ranks call it.
    ///
    /// # Errors
    /// When a rank is not there any more.
    pub fn broadcast_buffers(&self) -> Result<()> {
        self.sync.as_ref().map_or(Ok(()), |sync| sync.borrow().broadcast_buffers(self.model))
    }
}

/// The first rank's checkpoint, if it has one, on all ranks: the others need not see its disk.
pub(super) fn share(found: Option<(&Path, &Object)>) -> Result<Option<(PathBuf, Object)>> {
    let own = found.map(|(path, object)| (path.to_path_buf(), object.clone()));
    if Ranks::several().is_none() {
        return Ok(own);
    }
    let Some(path) = of_first(|| Ok(own.as_ref().map(|(path, _)| path.clone())))? else {
        return Ok(None);
    };
    let bytes = own.as_ref().map(|(_, object)| pt::to_bytes(object));
    let bytes = agree(bytes.transpose())?.map(|bytes| Tensor::from_slice(&bytes));
    let length = of_first(|| Ok(bytes.as_ref().map_or(0, Tensor::numel)))?;
    let bytes = bytes.unwrap_or_else(|| Tensor::zeros([length as i64], (Kind::Uint8, Device::Cpu)));
    dist::broadcast(&bytes, 0)?;
    let object = match own {
        Some((_, object)) => Ok(object),
        None => pt::from_bytes(&Vec::try_from(&bytes).expect("they are bytes")),
    };
    Ok(Some((path, agree(object)?)))
}

/// Gives all ranks the first one's parameters and buffers, of a model that is not trained.
#[cfg(feature = "cli")]
pub(crate) fn share_model(model: &dyn Module) -> Result<()> {
    match Ranks::several() {
        Some(_) => broadcast(model, &ProcessGroup::world()?, true),
        None => Ok(()),
    }
}

/// What each rank has of its own, for the first rank, which alone has it then.
pub(super) fn gather(own: &Object) -> Result<Vec<Object>> {
    let own = pt::to_bytes(own).map_err(|error| error.to_string());
    let all = dist::gather_object(&own, 0)?.unwrap_or_default();
    all.into_iter().map(|bytes| pt::from_bytes(&bytes.map_err(Error::Distributed)?)).collect()
}

/// What torchrun's variables tell of the job that this process belongs to: a text that no other job
/// has, and that stays when its processes are started again.
pub(super) fn job() -> Option<String> {
    let file = env::var("TORCHELASTIC_ERROR_FILE").ok()?;
    file.split_once("/attempt_").map(|(job, _)| job.to_string())
}

/// Whether torchrun has started this job's processes again.
pub(super) fn is_started_again() -> bool {
    let count = env::var("TORCHELASTIC_RESTART_COUNT").ok();
    count.and_then(|count| count.parse::<u64>().ok()).is_some_and(|count| count > 0)
}

/// The ranks that a [`Trainer`](super::Trainer) trains with.
pub(super) struct Together<'a> {
    pub ranks: Ranks,
    model: &'a dyn Module,
    sync: RefCell<GradientSync>,
    /// What went wrong where nothing could be returned.
    failed: RefCell<Option<Error>>,
}

impl<'a> Together<'a> {
    /// Makes one model of those of all ranks, which train in the same way if they have the same `facts`.
    /// None where there is one process.
    ///
    /// # Errors
    /// When they would not.
    pub fn begin<D: Dataset + 'static>(
        model: &'a dyn Module,
        loader: &DataLoader<D>,
        facts: impl FnOnce() -> Facts,
        find_unused_parameters: bool,
    ) -> Result<Option<Self>> {
        let Some(ranks) = Ranks::several() else { return Ok(None) };
        ranks.check(model, loader, facts())?;
        let sync = RefCell::new(sync(model, find_unused_parameters)?);
        Ok(Some(Self { ranks, model, sync, failed: RefCell::default() }))
    }

    /// What a checkpoint has of it.
    pub fn state(&self) -> impl Stateful + '_ {
        Buckets(&self.sync, self.model)
    }

    /// Before a batch's forward pass: whether a step follows its backward pass, in which the ranks'
    /// gradients are summed up.
    pub fn before_forward(&self, steps: bool) {
        let sync = self.sync.borrow();
        sync.set_sync(steps);
        self.note(sync.before_forward(self.model));
    }

    /// The loss to go back from.
    pub fn before_backward(&self, loss: &Tensor) -> Result<Tensor> {
        self.check()?;
        let mut loss = loss.shallow_clone();
        self.sync.borrow().after_forward(&mut loss)?;
        Ok(loss)
    }

    pub fn backward(&self, loss: &Tensor) -> Result<()> {
        self.sync.borrow().backward(loss)
    }

    /// The sums over all ranks.
    pub fn sum<const N: usize>(&self, mut numbers: [f64; N]) -> [f64; N] {
        self.note(self.ranks.sum(&mut numbers));
        numbers
    }

    /// Whether it is so on one of the ranks.
    pub fn any(&self, is_so: bool) -> bool {
        let any = Tensor::from_slice(&[i64::from(is_so)]);
        self.note(dist::all_reduce_options(&any).op(ReduceOp::Max).call());
        any.int64_value(&[0]) != 0
    }

    /// Gives all ranks the first one's running statistics, as each forward pass in training does.
    pub fn broadcast_buffers(&self, module: &dyn Module) -> Result<()> {
        self.check()?;
        self.sync.borrow().broadcast_buffers(module)
    }

    /// Refuses metrics that are not the same on all ranks.
    pub fn compare_metrics(&self, metrics: &Metrics) -> Result<()> {
        self.check()?;
        let rule = "each rank's evaluation has to give what all come to together, as an Accuracy does \
                    after all_reduce";
        let facts = metrics.iter().map(|(name, number)| (name.clone(), number.to_string()));
        self.ranks.compare(&facts.collect(), rule)
    }

    /// Whether training can go on where the sampler gave so many batches, of as many as it said, and has
    /// ended or not.
    pub fn go_on(&self, gave: usize, said: usize, ended: bool) -> Result<()> {
        self.check()?;
        if gave <= said && !(ended && gave < said) {
            return Ok(());
        }
        let problem = format!(
            "gave {gave} batches, and said that it has {said}: {} ranks have to make the same steps",
            self.ranks.size
        );
        Err(Error::argument("sampler", problem))
    }

    fn note(&self, outcome: Result<()>) {
        if let Err(error) = outcome {
            self.failed.borrow_mut().get_or_insert(error);
        }
    }

    /// What has gone wrong in the meantime.
    pub fn check(&self) -> Result<()> {
        self.failed.take().map_or(Ok(()), Err)
    }
}

impl Ranks {
    /// Refuses ranks that would not train this model in the same way, on what this loader gives.
    fn check<D: Dataset + 'static>(
        self,
        model: &dyn Module,
        loader: &DataLoader<D>,
        facts: Facts,
    ) -> Result<()> {
        self.agree(self.check_own(model, loader))?;
        self.compare(&facts, ALIKE)
    }

    /// What is wrong on this rank.
    fn check_own<D: Dataset + 'static>(
        self,
        model: &dyn Module,
        loader: &DataLoader<D>,
    ) -> Result<()> {
        if model.class_name() == "DistributedDataParallel" {
            let problem = "is a DistributedDataParallel: give the model itself, whose gradients are summed up \
                           without it";
            return Err(Error::argument("model", problem));
        }
        let Some(sampler) = loader.distributed_sampler() else {
            if self.rank == 0 {
                log::warn!(
                    "the loader has no DistributedSampler: unless its dataset is another on each rank, \
                     all {} ranks train on the same samples",
                    self.size
                );
            }
            return Ok(());
        };
        let (share, of) = (sampler.rank(), sampler.num_replicas());
        if (share, of) != (self.rank, self.size) {
            let (rank, size) = (self.rank, self.size);
            let problem = format!("gives share {share} of {of}, but this is rank {rank} of {size}");
            return Err(Error::argument("sampler", problem));
        }
        Ok(())
    }
}

/// Gives all ranks the first one's parameters and buffers, and makes what sums up their gradients.
fn sync(model: &dyn Module, find_unused_parameters: bool) -> Result<GradientSync> {
    let group = ProcessGroup::world()?;
    broadcast(model, &group, true)?;
    let options = ReducerOptions { find_unused_parameters, ..default_options(model) };
    GradientSync::new(model, group, options, &[])
}

/// Which gradients go at once. Their sums depend on it to the last bit, from three ranks on, and the
/// first step of a process finds it out: one that goes on has it from the checkpoint.
struct Buckets<'a>(&'a RefCell<GradientSync>, &'a dyn Module);

impl Stateful for Buckets<'_> {
    fn state_dict(&self) -> Object {
        let buckets = self.0.borrow().buckets();
        let index = |index: &usize| Object::Int(*index as i64);
        let bucket = |bucket: &Vec<usize>| Object::list(bucket.iter().map(index));
        Object::list(buckets.unwrap_or_default().iter().map(bucket))
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        let unfit = || Error::argument("buckets", "are no parameters' numbers");
        let index = |index: &Object| index.as_i64().and_then(|index| usize::try_from(index).ok());
        let bucket = |bucket: &Object| {
            let indices = bucket.as_slice().ok_or_else(unfit)?.iter().map(index);
            indices.collect::<Option<Vec<_>>>().ok_or_else(unfit)
        };
        let buckets = state.as_slice().ok_or_else(unfit)?.iter().map(bucket);
        let buckets = buckets.collect::<Result<Vec<_>>>()?;
        let ours = self.0.borrow().buckets()?.concat().len();
        let mut all = buckets.concat();
        all.sort_unstable();
        if !all.iter().copied().eq(0..ours) {
            return Err(unfit());
        }
        let sync = self.0.borrow().with_buckets(self.1, &buckets)?;
        self.0.replace(sync);
        Ok(())
    }
}

/// What the training depends on in a loader.
pub(super) fn of_loader<D: Dataset + 'static>(loader: &DataLoader<D>) -> Facts {
    let sampler = loader.distributed_sampler().map(DistributedSampler::order);
    let facts = [
        ("batch_size", spelled(loader.batch_size())),
        ("the dataset's length", loader.dataset().len().to_string()),
        ("the number of batches", loader.len().to_string()),
        ("the sampler's (shuffle, seed, drop_last)", spelled(sampler)),
    ];
    facts.map(|(name, fact)| (name.to_string(), fact)).to_vec()
}

/// As errors name a setting.
pub(super) fn spelled(given: Option<impl Debug>) -> String {
    given.map_or("not given".into(), |given| format!("{given:?}"))
}

/// The entries of a dictionary, or of several, as facts to compare; not the parameters' numbers.
pub(super) fn facts(name: &str, state: &Object) -> Facts {
    let empty = Dict::new();
    let entries = |name: String, dict: &Object| {
        let entries = dict.as_dict().unwrap_or(&empty).iter();
        let entries = entries.filter(|(key, _)| key.as_str() != Some("params"));
        let fact = |(key, value): (&Key, &Object)| (format!("{name}'s {key}"), value.to_string());
        entries.map(fact).collect::<Facts>()
    };
    match state.as_slice() {
        None => entries(name.into(), state),
        Some(groups) => {
            let group = |(i, group)| entries(format!("{name} {i}"), group);
            groups.iter().enumerate().flat_map(group).collect()
        }
    }
}
