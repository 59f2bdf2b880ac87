//! [`Place`]: where in its epoch a loader is; [`Resumed`]: where it is to go on.

use tch::Tensor;

use super::Dataset;
use super::worker::Crew;
use crate::object::Object;
use crate::random::{self, Generator};
use crate::{Error, Result};

/// Where the newest epoch of a loader is.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Tells the epochs of a loader apart.
    pub number: u64,
    /// None before the first epoch.
    before: Option<Before>,
    batches: usize,
    ended: bool,
    base_seed: i64,
    workers: Vec<Option<Tensor>>,
}

/// What an epoch's iterator drew from, as it was before.
#[derive(Debug)]
struct Before {
    default: Tensor,
    own: Vec<Tensor>,
}

impl Before {
    fn now(generators: &[Generator]) -> Self {
        let own = generators.iter().map(Generator::get_state).collect();
        Self { default: random::get_rng_state(), own }
    }

    fn shallow_clone(&self) -> Self {
        let own = self.own.iter().map(Tensor::shallow_clone).collect();
        Self { default: self.default.shallow_clone(), own }
    }
}

impl Place {
    /// An epoch that is about to begin.
    pub fn before(generators: &[Generator]) -> Self {
        Self { before: Some(Before::now(generators)), ..Self::default() }
    }

    /// So many batches were handed out, by these workers.
    pub fn set<D: Dataset>(&mut self, batches: usize, crew: &Crew<D>) {
        self.batches = batches;
        self.base_seed = crew.base_seed();
        self.workers = crew.states();
    }

    /// A new epoch takes the place of this one, and gets this number.
    pub fn replace(&mut self, new: Self) -> u64 {
        *self = Self { number: self.number + 1, ..new };
        self.number
    }

    /// A batch was handed out, by a worker that now draws from there.
    pub fn handed_out(&mut self, worker: Option<(usize, Tensor)>) {
        self.batches += 1;
        if let Some((w, state)) = worker {
            self.workers[w] = Some(state);
        }
    }

    pub fn end(&mut self) {
        self.ended = true;
    }

    /// A loader that has not begun says where it will go on.
    pub fn go_to(&mut self, resumed: &Resumed) {
        let Resumed { before, batches, ended, base_seed, workers, .. } = resumed;
        let before = before.as_ref().map(Before::shallow_clone);
        let workers = workers.iter().map(|w| w.as_ref().map(Tensor::shallow_clone)).collect();
        let (batches, ended, base_seed) = (*batches, *ended, base_seed.unwrap_or_default());
        self.replace(Self { number: 0, before, batches, ended, base_seed, workers });
    }

    pub fn state_dict(
        &self,
        length: usize,
        num_workers: usize,
        persistent: bool,
        generators: &[Generator],
    ) -> Object {
        let list = |states: Vec<Tensor>| Object::List(states.into_iter().map(Into::into).collect());
        let optional = |state: &Option<Tensor>| match state {
            Some(state) => state.shallow_clone().into(),
            None => Object::None,
        };
        let before = self.before.as_ref().map(Before::shallow_clone);
        let base_seed = before.as_ref().filter(|_| persistent).map(|_| self.base_seed);
        let (default, own) = before.map(|before| (before.default, before.own)).unzip();
        Object::dict([
            ("batches", Object::Int(self.batches as i64)),
            ("length", Object::Int(length as i64)),
            ("ended", self.ended.into()),
            ("num_workers", Object::Int(num_workers as i64)),
            ("default_generator", optional(&default)),
            ("generators", own.map_or(Object::None, list)),
            ("generators_now", list(generators.iter().map(Generator::get_state).collect())),
            ("workers", Object::List(self.workers.iter().map(optional).collect())),
            ("base_seed", base_seed.map_or(Object::None, Object::Int)),
        ])
    }
}

/// A state that the next epoch goes on from.
#[derive(Debug)]
pub(super) struct Resumed {
    /// None of a loader that had not begun.
    before: Option<Before>,
    now: Vec<Tensor>,
    batches: usize,
    ended: bool,
    base_seed: Option<i64>,
    workers: Vec<Option<Tensor>>,
}

impl Resumed {
    /// Reads a state for a loader with so many batches and workers, and these generators.
    pub fn read(
        state: &Object,
        length: usize,
        num_workers: usize,
        persistent: bool,
        generators: &[Generator],
    ) -> Result<Self> {
        let wrong = |name: &str, problem: String| Err(Error::argument(name, problem));
        let count = |name: &str| {
            let number = state.entry(name)?.as_i64().and_then(|n| usize::try_from(n).ok());
            number.ok_or_else(|| Error::argument(name, "is no count"))
        };
        for (name, ours) in [("length", length), ("num_workers", num_workers)] {
            let theirs = count(name)?;
            if theirs != ours {
                return wrong(name, format!("is {theirs} in the state, but {ours} in this loader"));
            }
        }
        let batches = count("batches")?;
        if batches > length {
            return wrong("batches", format!("{batches} were handed out, of {length}"));
        }
        let Some(ended) = state.entry("ended")?.as_bool() else {
            return wrong("ended", "is neither True nor False".into());
        };
        let default = state_of(state.entry("default_generator")?)?;
        let own = match state.entry("generators")? {
            Object::None => None,
            states => Some(states_of(states)?),
        };
        let now = all(states_of(state.entry("generators_now")?)?)?;
        let before = match (default, own) {
            (Some(default), Some(own)) => Some(Before { default, own: all(own)? }),
            (None, None) => None,
            _ => return wrong("generators", "some are missing".into()),
        };
        for states in before.iter().map(|before| &before.own).chain([&now]) {
            if states.len() != generators.len() {
                let (theirs, ours) = (states.len(), generators.len());
                let problem = format!("are {theirs} in the state, but {ours} in this loader");
                return wrong("generators", problem);
            }
        }
        let workers = states_of(state.entry("workers")?)?;
        if workers.len() > num_workers {
            return wrong(
                "workers",
                format!("are {}, but num_workers is {num_workers}", workers.len()),
            );
        }
        let base_seed = state.entry("base_seed")?.as_i64();
        if before.is_some() && base_seed.is_some() != persistent {
            return wrong("persistent_workers", format!("is {persistent} in this loader alone"));
        }
        // Those that no generator takes are found here, and not in the middle of an epoch.
        let states = before.iter().flat_map(|before| before.own.iter().chain([&before.default]));
        for state in states.chain(&now).chain(workers.iter().flatten()) {
            Generator::new().set_state(state)?;
        }
        Ok(Self { before, now, batches, ended, base_seed, workers })
    }

    /// The base seed and the states of workers that last.
    pub fn crew(&self) -> Option<(i64, Vec<Option<Tensor>>)> {
        let states =
            || self.workers.iter().map(|w| w.as_ref().map(Tensor::shallow_clone)).collect();
        self.base_seed.map(|base_seed| (base_seed, states()))
    }

    /// The states of workers that end with the epoch.
    pub fn states(&self) -> Vec<Option<Tensor>> {
        let states = self.workers.iter().filter(|_| !self.ended);
        states.map(|w| w.as_ref().map(Tensor::shallow_clone)).collect()
    }

    /// How many batches of the epoch were handed out.
    pub fn batches(&self) -> usize {
        if self.ended { 0 } else { self.batches }
    }

    /// Does `begin`, which draws again what the epoch's iterator drew. Afterwards the default
    /// generator is where it was.
    pub fn replay<R>(&self, generators: &[Generator], begin: impl FnOnce() -> R) -> R {
        let set = |states: &[Tensor]| {
            for (generator, state) in generators.iter().zip(states) {
                generator.set_state(state).expect("a state that was tried");
            }
        };
        let Some(before) = self.before.as_ref().filter(|_| !self.ended) else {
            set(&self.now);
            return begin();
        };
        let current = random::get_rng_state();
        set(&before.own);
        random::set_rng_state(&before.default).expect("a state that was tried");
        let begun = begin();
        random::set_rng_state(&current).expect("the state that it had");
        begun
    }
}

/// A generator's state, or None.
fn state_of(state: &Object) -> Result<Option<Tensor>> {
    match state {
        Object::None => Ok(None),
        Object::Tensor(state) => Ok(Some(state.shallow_clone())),
        other => Err(Error::argument("generators", format!("{other} is no state of a generator"))),
    }
}

fn states_of(states: &Object) -> Result<Vec<Option<Tensor>>> {
    let states = states.as_slice();
    let states = states.ok_or_else(|| Error::argument("generators", "are no list"))?;
    states.iter().map(state_of).collect()
}

fn all(states: Vec<Option<Tensor>>) -> Result<Vec<Tensor>> {
    let states: Option<Vec<_>> = states.into_iter().collect();
    states.ok_or_else(|| Error::argument("generators", "some have no state"))
}
