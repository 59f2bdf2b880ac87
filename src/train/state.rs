//! [`State`]: the parts of a training whose state a checkpoint holds.

use std::collections::HashMap;

use tch::{Device, Tensor};

use super::Parallel;
use crate::amp::GradScaler;
use crate::data::{DataLoader, Dataset};
use crate::ffi::{self, Argument, Layout};
use crate::nn::{Forward, Module};
use crate::object::{Dict, Made, Object, Opaque};
use crate::optim::Optimizer;
use crate::optim::lr_scheduler::{LRScheduler, ReduceLROnPlateau};
use crate::optim::swa_utils::AveragedModel;
use crate::random;
use crate::torch::no_grad;
use crate::{Dtype, Error, Result};

/// Something that a checkpoint can hold: [`torch.distributed.checkpoint.stateful.Stateful`].
///
/// [`State`] knows the parts of most trainings; one of one's own is given to
/// [`part`](State::part).
///
/// [`torch.distributed.checkpoint.stateful.Stateful`]: https://docs.pytorch.org/docs/stable/distributed.checkpoint.html#torch.distributed.checkpoint.stateful.Stateful
pub trait Stateful {
    /// All that it needs to go on.
    fn state_dict(&self) -> Object;

    /// Takes over what [`state_dict`](Self::state_dict) gave.
    ///
    /// # Errors
    /// When it does not fit. Nothing has then been changed.
    fn load_state_dict(&mut self, state: &Object) -> Result<()>;
}

/// The parts of a training: what a [checkpoint](super::Checkpoints) takes, and gives back.
///
/// It only borrows them, so it is made anew for each call:
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::train::State;
///
/// let model = nn::Linear::new(2, 1);
/// let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
/// let mut running_loss = 0.5;
/// let state = State::of(&model, &mut optimizer).number("running_loss", &mut running_loss);
/// let snapshot = state.state_dict();
/// assert_eq!(snapshot.entry("running_loss")?.as_f64(), Some(0.5));
/// assert_eq!(snapshot.entry("model")?.state_dict()?, model.state_dict());
/// # Ok::<(), flambeau::Error>(())
/// ```
#[derive(Default)]
pub struct State<'a> {
    parts: Vec<(String, Box<dyn Stateful + 'a>)>,
}

/// The entry of the generators' states.
const GENERATORS: &str = "generators";

/// The entry of the training data's place.
const LOADER: &str = "loader";

impl<'a> State<'a> {
    /// A state without parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// The state of a model, `model`, and its optimizer, `optimizer`.
    pub fn of(model: &'a dyn Module, optimizer: &'a mut dyn Optimizer) -> Self {
        Self::new().module("model", model).optimizer("optimizer", optimizer)
    }

    /// A model under this name.
    pub fn module(self, name: &str, module: &'a dyn Module) -> Self {
        self.part(name, Weights(module))
    }

    /// An optimizer under this name.
    pub fn optimizer(self, name: &str, optimizer: &'a mut dyn Optimizer) -> Self {
        self.part(name, Stepping(optimizer))
    }

    /// The scheduler of the learning rate, `scheduler`.
    pub fn scheduler(self, scheduler: &'a mut dyn LRScheduler) -> Self {
        self.part("scheduler", Scheduling(scheduler))
    }

    /// The averaged model, `ema`.
    pub fn ema<M: Module>(self, ema: &'a AveragedModel<M>) -> Self {
        self.module("ema", ema)
    }

    /// The scaler of the loss, `scaler`: between one [`update`](GradScaler::update) and the next step.
    pub fn scaler(self, scaler: &'a mut GradScaler) -> Self {
        self.part("scaler", Scaling(scaler))
    }

    /// The loader of the training data, `loader`: where it is in its epoch.
    pub fn loader<D: Dataset + 'static>(self, loader: &'a DataLoader<D>) -> Self {
        self.part(LOADER, Loading(loader))
    }

    /// What a model on several ranks has beside its weights, `buckets`: the gradients that are summed up at
    /// once, on which the last bits of the sums depend from three ranks on. In one process there is none.
    pub fn parallel<'b: 'a, M: Forward>(self, parallel: &'a Parallel<'b, M>) -> Self {
        match parallel.state() {
            Some(buckets) => self.part("buckets", buckets),
            None => self,
        }
    }

    /// A number under this name, as a sum of losses.
    pub fn number(self, name: &str, number: &'a mut f64) -> Self {
        self.part(name, Number(number))
    }

    /// Any other value under this name.
    pub fn value(self, name: &str, value: &'a mut Object) -> Self {
        self.part(name, Value(value))
    }

    /// Something of one's own under this name.
    ///
    /// # Panics
    /// When there is a part of this name, or it is `generators`, `epoch`, `step`, `best`, `arguments`,
    /// `flambeau` or `ranks`, which a checkpoint has besides.
    #[track_caller]
    pub fn part(mut self, name: &str, part: impl Stateful + 'a) -> Self {
        assert!(!RESERVED.contains(&name), "'{name}' is an entry that every checkpoint has");
        assert!(self.parts.iter().all(|(other, _)| other != name), "two parts are named '{name}'");
        self.parts.push((name.into(), Box::new(part)));
        self
    }

    /// A copy of the parts' states, and of the states of the default generators, that of the CPU
    /// and those of all CUDA devices. What the training does from then on does not change it.
    pub fn state_dict(&self) -> Object {
        self.entries().into()
    }

    pub(super) fn entries(&self) -> Dict {
        self.entries_if(|_| true)
    }

    /// What each of several ranks has of its own.
    pub(super) fn own(&self) -> Dict {
        self.entries_if(|name| OWN.contains(&name))
    }

    /// The entries of some parts, and the generators.
    fn entries_if(&self, wanted: impl Fn(&str) -> bool) -> Dict {
        let parts = self.parts.iter().filter(|(name, _)| wanted(name));
        // All are taken before the first is copied: where one has lain, no other may come to lie
        // while the copies are told apart by their places.
        let states: Vec<_> = parts.map(|(name, part)| (name.as_str(), part.state_dict())).collect();
        let mut copies = HashMap::new();
        let mut entries = Dict::new();
        for (name, state) in &states {
            entries.insert((*name).into(), copy(state, &mut copies));
        }
        entries.insert(GENERATORS.into(), generators());
        entries
    }

    /// Whether the loader, if there is one, is between two epochs.
    pub(super) fn ended(&self) -> bool {
        let loader = self.parts.iter().find(|(name, _)| name == LOADER);
        loader.is_none_or(|(_, loader)| loader.state_dict()["ended"] != Object::Bool(false))
    }

    /// Gives all parts their states back, and the generators theirs.
    ///
    /// # Errors
    /// When one is missing or does not fit. All parts have then the state that they had.
    pub fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        let before = self.state_dict();
        // The loader is the last: it stays where it is when its state does not fit, and one that was
        // left within an epoch is not as it was when it takes its own state.
        self.load(state, false).and_then(|()| self.load(state, true)).inspect_err(|_| {
            // What they gave, they take.
            let _ = self.load(&before, false);
        })
    }

    /// Loads the loader, or all else.
    fn load(&mut self, state: &Object, loader: bool) -> Result<()> {
        for (name, part) in self.parts.iter_mut().filter(|(name, _)| (name == LOADER) == loader) {
            part.load_state_dict(state.entry(name.as_str())?)
                .map_err(|error| Error::argument(name, error))?;
        }
        if loader { Ok(()) } else { set_generators(state.entry(GENERATORS)?) }
    }
}

/// What a checkpoint has beside the parts.
pub(super) const RESERVED: [&str; 7] =
    [GENERATORS, "epoch", "step", "best", "arguments", "flambeau", "ranks"];

/// What each of several ranks has of its own.
pub(super) const OWN: [&str; 4] = [GENERATORS, LOADER, "progress", "buckets"];

/// A copy on the CPU that shares nothing with the training. What lies at one place lies at one
/// place in the copy.
fn copy(object: &Object, copies: &mut HashMap<Place, Tensor>) -> Object {
    match object {
        Object::Tensor(tensor) => {
            if Layout::of(tensor) != Layout::Strided {
                return cloned(tensor).into();
            }
            let start = tensor.data_ptr() as usize;
            let place = (start, Dtype::of(tensor), tensor.size(), tensor.stride());
            copies.entry(place).or_insert_with(|| copied(tensor)).shallow_clone().into()
        }
        Object::List(values) => Object::list(values.iter().map(|value| copy(value, copies))),
        Object::Tuple(values) => Object::tuple(values.iter().map(|value| copy(value, copies))),
        Object::Dict(entries) => copied_dict(entries, copies).into(),
        Object::Counter(counts) => Object::counter(copied_dict(counts, copies)),
        Object::Opaque(opaque) => {
            let mut other = Opaque::clone(opaque);
            let mut list = |values: &mut Vec<Object>| {
                values.iter_mut().for_each(|value| *value = copy(value, copies));
            };
            list(&mut other.items);
            if let Made::Called(arguments) | Made::New(arguments, _) = &mut other.made {
                list(arguments);
            }
            if let Made::New(_, keywords) = &mut other.made {
                *keywords = copied_dict(keywords, copies);
            }
            other.state = other.state.map(|state| copy(&state, copies));
            other.entries = copied_dict(&other.entries, copies);
            other.into()
        }
        other => other.clone(),
    }
}

fn copied_dict(dict: &Dict, copies: &mut HashMap<Place, Tensor>) -> Dict {
    dict.iter().map(|(key, value)| (key.clone(), copy(value, copies))).collect()
}

/// Where a tensor's numbers lie, and of which kind they are: what is empty lies nowhere.
type Place = (usize, Option<Dtype>, Vec<i64>, Vec<i64>);

/// A copy of a dense tensor. What was expanded takes no more memory than before.
fn copied(tensor: &Tensor) -> Tensor {
    let (size, stride) = (tensor.size(), tensor.stride());
    let steps = size.iter().zip(&stride).map(|(size, stride)| (size - 1).saturating_mul(*stride));
    let reach = steps.fold(1, i64::saturating_add);
    if reach as usize >= tensor.numel() {
        return cloned(tensor);
    }
    let numbers = no_grad(|| tensor.detach().as_strided([reach], [1], None));
    cloned(&numbers).as_strided(size, stride, None)
}

/// A copy on the CPU.
fn cloned(tensor: &Tensor) -> Tensor {
    let tensor = match tensor.device() {
        Device::Cpu => tensor.detach(),
        // Which is a copy.
        _ => return tensor.detach().to_device(Device::Cpu),
    };
    let clone = ffi::try_op(c"aten::clone", c"", &[(&tensor).into(), Argument::None]);
    // What libtorch cannot copy it cannot change either.
    clone.map_or(tensor, |[clone]| clone)
}

/// `{"cpu": …, "cuda": […]}`.
fn generators() -> Object {
    // Those that can be asked: none that has gone away.
    let cuda = (0..random::cuda::device_count())
        .filter_map(|device| random::cuda::get_rng_state(device).ok());
    Object::dict([
        ("cpu", random::get_rng_state().into()),
        ("cuda", Object::list(cuda.map(Object::from))),
    ])
}

fn set_generators(states: &Object) -> Result<()> {
    let tensor = |state: &Object| {
        let problem = || Error::argument(GENERATORS, "holds something else than tensors");
        state.as_tensor().map(Tensor::shallow_clone).ok_or_else(problem)
    };
    let cpu = tensor(states.entry("cpu")?)?;
    // A run may go on where there are fewer devices, or more.
    let cuda = states.get("cuda").and_then(Object::as_slice).unwrap_or_default();
    for (index, state) in cuda.iter().take(random::cuda::device_count()).enumerate() {
        random::cuda::set_rng_state(&tensor(state)?, index)?;
    }
    random::set_rng_state(&cpu)
}

struct Weights<'a>(&'a dyn Module);

impl Stateful for Weights<'_> {
    fn state_dict(&self) -> Object {
        Object::from(&self.0.state_dict())
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        self.0.load_state_dict(&state.state_dict_with_prefixes()?).map(drop)
    }
}

struct Stepping<'a>(&'a mut dyn Optimizer);

impl Stateful for Stepping<'_> {
    fn state_dict(&self) -> Object {
        self.0.state_dict()
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        self.0.load_state_dict(state)
    }
}

struct Scheduling<'a>(&'a mut dyn LRScheduler);

impl Stateful for Scheduling<'_> {
    fn state_dict(&self) -> Object {
        self.0.state_dict()
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        self.0.load_state_dict(state)
    }
}

impl Stateful for &mut ReduceLROnPlateau {
    fn state_dict(&self) -> Object {
        ReduceLROnPlateau::state_dict(self)
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        ReduceLROnPlateau::load_state_dict(self, state)
    }
}

struct Scaling<'a>(&'a mut GradScaler);

impl Stateful for Scaling<'_> {
    fn state_dict(&self) -> Object {
        self.0.state_dict()
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        self.0.load_state_dict(state)
    }
}

struct Loading<'a, D: Dataset>(&'a DataLoader<D>);

impl<D: Dataset + 'static> Stateful for Loading<'_, D> {
    fn state_dict(&self) -> Object {
        self.0.state_dict()
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        self.0.load_state_dict(state)
    }
}

struct Number<'a>(&'a mut f64);

impl Stateful for Number<'_> {
    fn state_dict(&self) -> Object {
        Object::Float(*self.0)
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        *self.0 = state.as_f64().ok_or_else(|| Error::argument("number", "is none"))?;
        Ok(())
    }
}

struct Value<'a>(&'a mut Object);

impl Stateful for Value<'_> {
    fn state_dict(&self) -> Object {
        self.0.clone()
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        *self.0 = state.clone();
        Ok(())
    }
}
