//! [`Order`]: the batches that a sampler gives, noted so that it can be made to give them again.

use std::collections::{BTreeMap, VecDeque};
use std::iter;

use tch::Tensor;

use super::{Indices, Sampler};
use crate::random::{self, Generator};
use crate::{Error, Result};

/// The batches of one epoch, as lists of sample numbers.
///
/// A sampler draws when it begins and at some of its batches, and others draw from the same generator
/// in between: the training, the transforms, another loader. So each generator's state is noted
/// before those calls in which the sampler drew from it, where it does not follow from the call before.
pub(super) struct Order {
    indices: Indices<Vec<usize>>,
    /// Batches that were given before a resume, and are still to be handed out.
    ahead: VecDeque<Vec<usize>>,
    batches: usize,
    exhausted: bool,
    digest: u32,
    sources: Vec<Source>,
}

/// What an [`Order`] has come to.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// How many batches the sampler gave.
    pub batches: usize,
    /// Whether it said that there are no more.
    pub exhausted: bool,
    /// CRC-32 of the batches, to tell a sampler that gives others; None where it is not known.
    pub digest: Option<u32>,
    /// Of the default generator and of each other: its states before the calls of these numbers. Call
    /// 0 makes the iterator.
    pub draws: Vec<BTreeMap<usize, Tensor>>,
}

/// A generator that the sampler may draw from.
struct Source {
    /// None is the default one.
    generator: Option<Generator>,
    before: BTreeMap<usize, Tensor>,
    /// A copy of it where `before` and the sampler's own draws lead to, if it drew.
    replayed: Option<Generator>,
}

impl Source {
    /// The default generator, and these.
    fn all(generators: &[Generator]) -> Vec<Self> {
        let all = iter::once(None).chain(generators.iter().cloned().map(Some));
        let source = |generator| Self { generator, before: BTreeMap::new(), replayed: None };
        all.map(source).collect()
    }

    fn copy(&self) -> Generator {
        random::copy_of(self.generator.as_ref())
    }

    fn set(&self, state: &Tensor) {
        random::set_state_of(self.generator.as_ref(), state).expect("a state that was tried");
    }
}

/// Leaves the generators as they were, also when the sampler panics.
struct PutBack<'a>(&'a [Source], Vec<Generator>);

impl Drop for PutBack<'_> {
    fn drop(&mut self) {
        self.0.iter().zip(&self.1).for_each(|(source, copy)| source.set(&copy.get_state()));
    }
}

impl Order {
    /// Begins an epoch of a sampler that draws from the default generator and from these.
    pub fn begin(sampler: &dyn Sampler<Vec<usize>>, generators: &[Generator]) -> Self {
        let mut sources = Source::all(generators);
        let indices = noting(&mut sources, 0, || sampler.iter());
        Self { indices, sources, ..Self::empty(false) }
    }

    /// Begins an epoch again and goes to where it had given `given`, of which `done` batches were
    /// handed out. The generators are left as they are.
    ///
    /// # Errors
    /// When the sampler gives other batches this time.
    pub fn resume(
        sampler: &dyn Sampler<Vec<usize>>,
        generators: &[Generator],
        given: &Given,
        done: usize,
    ) -> Result<Self> {
        let other = || {
            Error::argument(
                "sampler",
                "gives other batches than before the state was taken; make the loader as it was \
                 made then, and call a DistributedSampler's set_epoch before the epoch goes on",
            )
        };
        let mut sources = Source::all(generators);
        for (source, draws) in sources.iter_mut().zip(&given.draws) {
            source.before =
                draws.iter().map(|(call, state)| (*call, state.shallow_clone())).collect();
        }
        let put_back = PutBack(&sources, sources.iter().map(Source::copy).collect());
        let at = |call| {
            for source in &sources {
                source.before.get(&call).into_iter().for_each(|state| source.set(state));
            }
        };

        at(0);
        let mut indices = sampler.iter();
        let mut order = Self::empty(given.exhausted);
        for call in 1..=given.batches {
            at(call);
            let batch = indices.next().ok_or_else(other)?;
            order.seen(&batch);
            if call > done {
                order.ahead.push_back(batch);
            }
        }
        // At its end a sampler may draw too.
        at(given.batches + 1);
        let goes_on = given.exhausted && indices.next().is_some();
        if goes_on || given.digest.is_some_and(|digest| digest != order.digest) {
            return Err(other());
        }
        let led_to = |source: &Source| (!source.before.is_empty()).then(|| source.copy());
        let led_to: Vec<_> = sources.iter().map(led_to).collect();
        drop(put_back);
        for (source, led_to) in sources.iter_mut().zip(led_to) {
            source.replayed = led_to;
        }
        Ok(Self { indices, sources, ..order })
    }

    /// One that has given nothing.
    pub fn empty(exhausted: bool) -> Self {
        Self {
            indices: Box::new(iter::empty()),
            ahead: VecDeque::new(),
            batches: 0,
            exhausted,
            digest: 0,
            sources: Vec::new(),
        }
    }

    fn seen(&mut self, batch: &[usize]) {
        let mut hasher = crc32fast::Hasher::new_with_initial(self.digest);
        for n in iter::once(&batch.len()).chain(batch) {
            hasher.update(&(*n as u64).to_le_bytes());
        }
        self.digest = hasher.finalize();
        self.batches += 1;
    }

    /// Nothing more will come.
    pub fn end(&mut self) {
        self.ahead.clear();
        self.exhausted = true;
    }

    /// What it has come to.
    pub fn given(&self) -> Given {
        let draws = |source: &Source| {
            source.before.iter().map(|(call, state)| (*call, state.shallow_clone())).collect()
        };
        Given {
            batches: self.batches,
            exhausted: self.exhausted,
            digest: Some(self.digest),
            draws: self.sources.iter().map(draws).collect(),
        }
    }
}

impl Iterator for Order {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        if let Some(batch) = self.ahead.pop_front() {
            return Some(batch);
        }
        if self.exhausted {
            return None;
        }
        let batch = noting(&mut self.sources, self.batches + 1, || self.indices.next());
        match &batch {
            Some(batch) => self.seen(batch),
            None => self.exhausted = true,
        }
        batch
    }
}

/// Does `call`, the sampler's call of this number, and notes what it drew from.
fn noting<R>(sources: &mut [Source], number: usize, call: impl FnOnce() -> R) -> R {
    let before: Vec<_> = sources.iter().map(Source::copy).collect();
    let done = call();
    for (source, before) in sources.iter_mut().zip(before) {
        if random::is_same(source.generator.as_ref(), &before) {
            continue;
        }
        let follows = |replayed: &Generator| random::is_same(Some(replayed), &before);
        if !source.replayed.as_ref().is_some_and(follows) {
            source.before.insert(number, before.get_state());
        }
        source.replayed = Some(source.copy());
    }
    done
}
