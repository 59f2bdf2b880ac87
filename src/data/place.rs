//! [`Place`]: where in its epoch a loader is.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tch::Tensor;

use super::order::{Given, Order};
use crate::object::{Dict, Key, Object};
use crate::random::Generator;
use crate::{Error, Result};

/// Where a loader's newest epoch is, or where the next one begins or goes on.
#[derive(Default)]
pub(super) struct Newest {
    /// Tells the epochs of a loader apart.
    pub number: u64,
    /// How many numbers have been given.
    numbers: u64,
    pub place: Place,
    /// The batches of an epoch that has begun; None of a place that was loaded.
    pub order: Option<Arc<Mutex<Order>>>,
}

impl Newest {
    /// The epoch to come is at this place, which has a number of its own.
    pub fn replace(&mut self, place: Place, order: Option<Arc<Mutex<Order>>>) -> u64 {
        let number = self.numbers + 1;
        *self = Self { number, numbers: number, place, order };
        number
    }

    /// Leaves a loader that has not begun, and gives what was there.
    pub fn take(&mut self) -> Self {
        let fresh = Self { number: self.numbers + 1, numbers: self.numbers + 1, ..Self::default() };
        mem::replace(self, fresh)
    }

    /// Puts back what was taken.
    pub fn put_back(&mut self, taken: Self) {
        *self = Self { numbers: self.numbers, ..taken };
    }

    /// The place that the next epoch has to begin at, if there is one.
    pub fn loaded(&self) -> Option<&Place> {
        self.order.is_none().then_some(&self.place)
    }

    /// The place as a dictionary's entries.
    pub fn entries(&self, persistent: bool) -> Dict {
        let given = self.order.as_ref().map(|order| lock(order).given());
        self.place.entries(given.as_ref().unwrap_or(&self.place.given), persistent)
    }
}

/// What the mutex guards is whole between any two statements, so a panic elsewhere does no harm.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where a loader is, as plain values.
#[derive(Debug)]
pub(super) struct Place {
    /// How many batches were handed out.
    pub batches: usize,
    /// Whether the epoch came to its end, so that another begins.
    pub ended: bool,
    /// What the workers were seeded with; None where that is still to be drawn, or there are none.
    pub base_seed: Option<i64>,
    /// What the sampler gave, of an epoch that was loaded.
    pub given: Given,
    /// What each worker draws from, as it was after the last batch of its that was handed out.
    pub workers: Vec<Option<Tensor>>,
}

/// Before the first epoch.
impl Default for Place {
    fn default() -> Self {
        let (given, workers) = (Given::default(), Vec::new());
        Self { batches: 0, ended: true, base_seed: None, given, workers }
    }
}

impl Place {
    /// A batch was handed out, by a worker that now draws from there.
    pub fn handed_out(&mut self, worker: Option<(usize, Tensor)>) {
        self.batches += 1;
        if let Some((w, state)) = worker {
            self.workers[w] = Some(state);
        }
    }

    fn entries(&self, given: &Given, persistent: bool) -> Dict {
        let optional = |state: &Option<Tensor>| match state {
            Some(state) => state.shallow_clone().into(),
            None => Object::None,
        };
        // Without `persistent_workers` the workers end with the epoch, and so does what the sampler gave.
        let (seeded, none) = (!self.ended || persistent, Given::default());
        let given = if self.ended { &none } else { given };
        let workers = self.workers.iter().filter(|_| seeded).map(optional);
        let numbered =
            |(call, state): (&usize, &Tensor)| (*call as i64, state.shallow_clone().into());
        let draws = given.draws.iter().map(|draws| Object::dict(draws.iter().map(numbered)));
        let base_seed = self.base_seed.filter(|_| seeded);
        let entries: [(_, Object); 8] = [
            ("batches", (self.batches as i64).into()),
            ("ended", self.ended.into()),
            ("base_seed", base_seed.map_or(Object::None, Object::Int)),
            ("workers", Object::list(workers)),
            ("given", (given.batches as i64).into()),
            ("exhausted", given.exhausted.into()),
            ("digest", given.digest.map_or(Object::None, |digest| i64::from(digest).into())),
            ("draws", Object::list(draws)),
        ];
        entries.into_iter().map(|(name, value)| (name.into(), value)).collect()
    }

    /// Reads a state of a loader that has so many batches and, beside the default one, so many
    /// generators.
    pub fn read(state: &Object, length: usize, generators: usize) -> Result<Self> {
        let batches = count(state, "batches", length)?;
        let ended = truth(state, "ended")?;
        let base_seed = match state.entry("base_seed")? {
            Object::None => None,
            seed => Some(seed.as_i64().ok_or_else(|| wrong("base_seed", "is no whole number"))?),
        };
        let worker = |state: &Object| match state {
            Object::None => Ok(None),
            state => generator_state("workers", state).map(Some),
        };
        let workers = list(state, "workers")?.iter().map(worker).collect::<Result<_>>()?;
        let given =
            if ended { Given::default() } else { given(state, batches, length, generators)? };
        Ok(Self { batches, ended, base_seed, given, workers })
    }
}

/// What the sampler gave within an epoch.
fn given(state: &Object, handed_out: usize, length: usize, generators: usize) -> Result<Given> {
    let batches = count(state, "given", length)?;
    if batches < handed_out {
        return Err(wrong("given", format!("is {batches}, but {handed_out} were handed out")));
    }
    let exhausted = truth(state, "exhausted")?;
    let digest = match state.entry("digest")? {
        Object::None => None,
        _ => Some(count(state, "digest", u32::MAX as usize)? as u32),
    };
    let calls = batches + usize::from(exhausted);
    let draws = list(state, "draws")?.iter().map(|draws| draws_of(draws, calls));
    let draws = draws.collect::<Result<Vec<_>>>()?;
    check_number("draws", draws.len(), 1 + generators)?;
    Ok(Given { batches, exhausted, digest, draws })
}

/// A generator's states before some of the calls up to this one.
fn draws_of(draws: &Object, calls: usize) -> Result<BTreeMap<usize, Tensor>> {
    let dict = draws.as_dict().ok_or_else(|| wrong("draws", "are no dictionaries"))?;
    let entry = |(call, state): (&Key, &Object)| {
        let Key::Int(call) = call else { return Err(wrong("draws", format!("{call} is no call"))) };
        let call = usize::try_from(*call).ok().filter(|call| *call <= calls);
        let call = call.ok_or_else(|| wrong("draws", format!("there were {calls} calls")))?;
        Ok((call, generator_state("draws", state)?))
    };
    dict.iter().map(entry).collect()
}

/// The states of a loader's own generators.
pub(super) fn generators(state: &Object, number: usize) -> Result<Vec<Tensor>> {
    let states = list(state, "generators")?;
    check_number("generators", states.len(), number)?;
    states.iter().map(|state| generator_state("generators", state)).collect()
}

fn wrong(name: &str, problem: impl ToString) -> Error {
    Error::argument(name, problem)
}

fn check_number(name: &str, theirs: usize, ours: usize) -> Result<()> {
    if theirs != ours {
        let problem = format!("are {theirs} in the state, but {ours} in this loader");
        return Err(wrong(name, problem));
    }
    Ok(())
}

fn count(state: &Object, name: &str, most: usize) -> Result<usize> {
    match state.count(name)? {
        number if number > most => Err(wrong(name, format!("is {number}, of {most}"))),
        number => Ok(number),
    }
}

fn truth(state: &Object, name: &str) -> Result<bool> {
    state.entry(name)?.as_bool().ok_or_else(|| wrong(name, "is neither True nor False"))
}

fn list<'a>(state: &'a Object, name: &str) -> Result<&'a [Object]> {
    match state.entry(name)? {
        Object::List(values) | Object::Tuple(values) => Ok(values),
        _ => Err(wrong(name, "are no list")),
    }
}

/// A generator's state. One that no generator takes is found here, and not in the middle of an epoch.
fn generator_state(name: &str, state: &Object) -> Result<Tensor> {
    let is_none = || wrong(name, format!("{state} is no state of a generator"));
    let state = state.as_tensor().ok_or_else(is_none)?;
    Generator::new().set_state(state).map_err(|error| wrong(name, error))?;
    Ok(state.shallow_clone())
}
