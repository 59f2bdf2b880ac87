//! The state of a `DataLoader`: one that takes it over hands out what the other would have.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flambeau::data::{
    BatchSampler, DistributedSampler, Indices, RandomSampler, Sampler, SequentialSampler,
    SubsetRandomSampler, WeightedRandomSampler,
};
use flambeau::object::{Key, Object};
use flambeau::prelude::*;
use flambeau::random::Generator;
use flambeau::serialize::pt;

const LENGTH: usize = 11;

/// Numbers, each with one that is drawn when it is read; and how often that has happened.
struct Drawing(Arc<AtomicUsize>);

impl Dataset for Drawing {
    type Sample = (Tensor, Tensor);

    fn len(&self) -> usize {
        LENGTH
    }

    fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok((Tensor::from(index as i64), torch::rand(())))
    }
}

/// How a loader is made.
#[derive(Clone, Copy, Debug)]
struct Way {
    sampler: &'static str,
    workers: usize,
    persistent: bool,
    /// Whether the loader and its sampler draw from a generator of their own.
    own: bool,
}

impl Way {
    fn all() -> Vec<Self> {
        let mut ways = Vec::new();
        for sampler in
            ["sequential", "shuffle", "replacement", "weighted", "subset", "distributed", "batch"]
        {
            for (workers, persistent) in [(0, false), (1, false), (3, false), (1, true), (3, true)]
            {
                for own in [false, true] {
                    ways.push(Self { sampler, workers, persistent, own });
                }
            }
        }
        ways
    }

    fn loader(self, reads: &Arc<AtomicUsize>) -> DataLoader<Drawing> {
        let generator = self.own.then(|| {
            let generator = Generator::new();
            generator.manual_seed(5);
            generator
        });
        let weights: Vec<f64> = (0..LENGTH).map(|i| 1.0 + i as f64).collect();
        let random = |replacement| {
            let random = RandomSampler::options(LENGTH).replacement(replacement);
            random.num_samples(LENGTH).maybe_generator(generator.clone()).build().unwrap()
        };
        let sampler: Box<dyn Sampler> = match self.sampler {
            "sequential" => Box::new(SequentialSampler::new(LENGTH)),
            "replacement" => Box::new(random(true)),
            "weighted" => {
                let weighted = WeightedRandomSampler::options(weights.clone(), LENGTH);
                Box::new(weighted.maybe_generator(generator.clone()).build().unwrap())
            }
            "subset" => {
                let subset = SubsetRandomSampler::options((0..LENGTH).collect::<Vec<_>>());
                Box::new(subset.maybe_generator(generator.clone()).build())
            }
            "distributed" => Box::new(DistributedSampler::options(LENGTH, 1, 0).build().unwrap()),
            _ => Box::new(random(false)),
        };
        let options = DataLoader::options(Drawing(reads.clone()))
            .num_workers(self.workers)
            .persistent_workers(self.persistent)
            .maybe_generator(generator);
        match self.sampler {
            "batch" => options.batch_sampler(BatchSampler::new(sampler, 2, true).unwrap()).build(),
            _ => options.batch_size(2).sampler(sampler).build(),
        }
        .unwrap()
    }
}

type Batch = (Tensor, Tensor);

/// Two epochs more than those that are over: what is handed out, and what the default generator
/// comes to. Between the batches the training draws too.
fn rest(loader: &DataLoader<Drawing>, epochs: usize) -> (Vec<Batch>, Tensor) {
    let mut batches = Vec::new();
    for _ in 0..epochs {
        for batch in loader {
            batches.push(batch.unwrap());
            let _ = Tensor::rand([3], (Kind::Float, Device::Cpu));
        }
    }
    (batches, random::get_rng_state())
}

#[test]
fn a_loader_goes_on_where_another_was() {
    let _generator = crate::seeded(0);
    for way in Way::all() {
        let length = way.loader(&Arc::default()).len();
        // In the first epoch or the second: at its beginning, within it, behind its last batch, and
        // at its end.
        for (epoch, stop) in [(0, 0), (0, 2), (0, length), (0, length + 1), (1, 1), (1, length + 1)]
        {
            random::manual_seed(3);
            let loader = way.loader(&Arc::default());
            let _ = rest(&loader, epoch);
            let mut batches = loader.iter();
            for _ in 0..stop {
                let _ = batches.next().map(Result::unwrap);
                let _ = Tensor::rand([3], (Kind::Float, Device::Cpu));
            }
            let (state, generator) = (loader.state_dict(), random::get_rng_state());
            let mut expected: Vec<Batch> = Vec::new();
            for batch in batches {
                expected.push(batch.unwrap());
                let _ = Tensor::rand([3], (Kind::Float, Device::Cpu));
            }
            let (more, last) = rest(&loader, 2);
            expected.extend(more);

            random::manual_seed(99);
            let reads = Arc::default();
            let loader = way.loader(&reads);
            // What it has handed out already does not matter.
            let _ = loader.iter().next();
            loader.load_state_dict(&state).unwrap();
            assert_eq!(loader.state_dict()["batches"], state["batches"]);
            random::set_rng_state(&generator).unwrap();
            reads.store(0, Ordering::Relaxed);
            let (found, end) = rest(&loader, if stop > length { 2 } else { 3 });
            let place = format!("{way:?} in epoch {epoch} behind {stop} batches");
            assert_eq!(found, expected, "{place}");
            assert_eq!(end, last, "{place}");
            let handed_out: i64 = found.iter().map(|(numbers, _)| numbers.numel() as i64).sum();
            assert_eq!(reads.load(Ordering::Relaxed) as i64, handed_out, "{place}: reads");
        }
    }
}

#[test]
fn a_state_goes_through_a_file() {
    let _generator = crate::seeded(0);
    let way = Way { sampler: "shuffle", workers: 3, persistent: true, own: true };
    let loader = way.loader(&Arc::default());
    let _ = loader.iter().nth(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loader.pt");
    pt::save(loader.state_dict(), &path).unwrap();
    let state = pt::load(&path).unwrap();
    assert_eq!(state, loader.state_dict());
    way.loader(&Arc::default()).load_state_dict(&state).unwrap();
}

#[test]
fn a_state_of_another_loader_is_refused() {
    let _generator = crate::seeded(0);
    let way = Way { sampler: "shuffle", workers: 1, persistent: false, own: false };
    let loader = way.loader(&Arc::default());
    let _ = loader.iter().nth(1);
    let state = loader.state_dict();
    let said = |way: Way, state: &Object| {
        let loader = way.loader(&Arc::default());
        let before = loader.state_dict();
        let words = loader.load_state_dict(state).unwrap_err().to_string();
        assert_eq!(loader.state_dict(), before, "{words}");
        words
    };
    assert_eq!(
        said(Way { workers: 3, ..way }, &state),
        "num_workers: is 1 in the state, but 3 in this loader"
    );
    assert_eq!(
        said(Way { sampler: "batch", ..way }, &state),
        "length: is 6 in the state, but 5 in this loader"
    );
    assert_eq!(
        said(Way { own: true, ..way }, &state),
        "draws: are 1 in the state, but 3 in this loader"
    );
    assert_eq!(
        said(Way { persistent: true, ..way }, &state),
        "persistent_workers: is False in the state, but True in this loader"
    );
    let changed = |name: &str, value: Object| {
        let mut state = state.clone();
        state.as_dict_mut().unwrap().insert(Key::from(name), value);
        said(way, &state)
    };
    assert_eq!(
        changed("batch_size", 3.into()),
        "batch_size: is 3 in the state, but 2 in this loader"
    );
    let words = changed("dataset_length", 12.into());
    assert_eq!(words, "dataset_length: is 12 in the state, but 11 in this loader");
    assert_eq!(changed("batches", 7.into()), "batches: is 7, of 6");
    assert_eq!(changed("given", 1.into()), "given: is 1, but 2 were handed out");
    assert_eq!(changed("batches", (-1).into()), "batches: is no count");
    assert_eq!(changed("ended", 3.into()), "ended: is neither True nor False");
    for name in ["exhausted", "draws", "workers", "generators", "base_seed"] {
        changed(name, Object::Str("wrong".into()));
    }
    changed("digest", (-1).into());
    changed("base_seed", Object::None);
    changed("generators", Object::list([random::get_rng_state().into()]));
    for wrong in [Object::Int(3), Tensor::zeros([7], (Kind::Uint8, Device::Cpu)).into()] {
        changed("workers", Object::list([wrong.clone()]));
        changed("draws", Object::list([Object::dict([(1, wrong)])]));
    }
    let far = Object::dict([(99, random::get_rng_state().into())]);
    assert_eq!(changed("draws", Object::list([far])), "draws: there were 4 calls");
    said(way, &Object::None);
}

/// Numbers, and nothing drawn.
struct Numbers(usize);

impl Dataset for Numbers {
    type Sample = Tensor;

    fn len(&self) -> usize {
        self.0
    }

    fn get(&self, index: usize) -> Result<Tensor> {
        Ok(Tensor::from(index as i64))
    }
}

fn shuffled(n: usize, workers: usize) -> DataLoader<Numbers> {
    DataLoader::options(Numbers(n))
        .batch_size(2)
        .shuffle(true)
        .num_workers(workers)
        .build()
        .unwrap()
}

#[test]
fn loaders_that_take_turns_go_on_where_they_were() {
    let _generator = crate::seeded(0);
    for workers in [0, 2] {
        let both = || (shuffled(10, workers), shuffled(12, workers));
        let (a, b) = both();
        let mut batches = a.iter().zip(b.iter());
        batches.next();
        let states = (a.state_dict(), b.state_dict());
        let pairs = |batches: &mut dyn Iterator<Item = (Result<Tensor>, Result<Tensor>)>| {
            batches.map(|(a, b)| (a.unwrap(), b.unwrap())).collect::<Vec<_>>()
        };
        let expected = pairs(&mut batches);
        let (a, b) = both();
        a.load_state_dict(&states.0).unwrap();
        b.load_state_dict(&states.1).unwrap();
        assert_eq!(pairs(&mut a.iter().zip(b.iter())), expected, "{workers} workers");
    }
}

/// Draws for each batch, from the default generator, when it begins and at its end too.
#[derive(Debug)]
struct Restless;

impl Sampler<Vec<usize>> for Restless {
    fn len(&self) -> usize {
        5
    }

    fn iter(&self) -> Indices<Vec<usize>> {
        let draw = || random::randperm(LENGTH).into_iter().map(|i| i as usize);
        let first = draw().next();
        let batch = move |i| {
            let others = draw().take(2);
            (i < 5).then(|| first.into_iter().chain(others).collect())
        };
        Box::new((0..6).map_while(batch))
    }
}

#[test]
fn a_sampler_may_draw_between_the_batches() {
    let _generator = crate::seeded(0);
    for workers in [0, 1, 3] {
        let loader = || {
            let options = DataLoader::options(Drawing(Arc::default())).batch_sampler(Restless);
            options.num_workers(workers).build().unwrap()
        };
        for stop in 0..=6 {
            random::manual_seed(3);
            let first = loader();
            let mut batches = first.iter();
            for _ in 0..stop {
                let _ = batches.next().map(Result::unwrap);
                let _ = Tensor::rand([3], (Kind::Float, Device::Cpu));
            }
            let (state, generator) = (first.state_dict(), random::get_rng_state());
            let mut expected = Vec::new();
            for batch in batches {
                expected.push(batch.unwrap());
                let _ = Tensor::rand([3], (Kind::Float, Device::Cpu));
            }
            let (more, end) = rest(&first, 1);
            expected.extend(more);

            // A state that was taken behind a resume serves as well.
            let second = loader();
            second.load_state_dict(&state).unwrap();
            random::set_rng_state(&generator).unwrap();
            let batches = (stop <= 5).then(|| second.iter());
            let state = second.state_dict();
            let generator = random::get_rng_state();
            drop(batches);
            let third = loader();
            third.load_state_dict(&state).unwrap();
            random::set_rng_state(&generator).unwrap();
            let found = rest(&third, if stop > 5 { 1 } else { 2 });
            assert_eq!(found, (expected, end), "{workers} workers, behind {stop} batches");
        }
    }
}

#[test]
fn a_sampler_that_gives_other_batches_is_told() {
    let _generator = crate::seeded(0);
    let sampler = |seed| DistributedSampler::options(LENGTH, 1, 0).seed(seed).build().unwrap();
    let loader =
        |seed| DataLoader::options(Numbers(LENGTH)).sampler(sampler(seed)).build().unwrap();
    let first = loader(0);
    let mut batches = first.iter();
    batches.next();
    let state = first.state_dict();
    let second = loader(1);
    second.load_state_dict(&state).unwrap();
    let generator = random::get_rng_state();
    // Each time anew: no other epoch passes for the one that was asked for.
    for _ in 0..2 {
        let mut batches = second.iter();
        let words = batches.next().unwrap().unwrap_err().to_string();
        assert!(words.starts_with("sampler: gives other batches"), "{words}");
        assert!(batches.next().is_none());
        assert_eq!(second.state_dict(), state);
    }
    assert_eq!(random::get_rng_state(), generator);
}

#[test]
fn other_workers_may_go_on_where_none_has_drawn() {
    let _generator = crate::seeded(0);
    for (from, to) in [(0, 3), (3, 0), (1, 3), (3, 1)] {
        let first = shuffled(20, from);
        let mut batches = first.iter();
        let _ = batches.by_ref().take(4).count();
        let state = first.state_dict();
        let expected: Vec<_> = batches.map(Result::unwrap).collect();
        let second = shuffled(20, to);
        second.load_state_dict(&state).unwrap();
        let found: Vec<_> = second.iter().map(Result::unwrap).collect();
        assert_eq!(found, expected, "{from} workers, then {to}");
    }
}

/// Sample 1 panics when it is asked for the first time.
struct PanicsOnce(AtomicUsize);

impl Dataset for PanicsOnce {
    type Sample = Tensor;

    fn len(&self) -> usize {
        12
    }

    fn get(&self, index: usize) -> Result<Tensor> {
        assert!(index != 1 || self.0.fetch_add(1, Ordering::Relaxed) > 0, "once");
        Numbers(12).get(index)
    }
}

#[test]
fn workers_that_last_outlive_a_panic_in_an_epoch_that_was_left() {
    let _generator = crate::seeded(0);
    let options = DataLoader::options(PanicsOnce(AtomicUsize::new(0))).persistent_workers(true);
    let loader = options.num_workers(3).build().unwrap();
    let _ = loader.iter().next();
    let numbers: Vec<_> = loader.iter().map(|batch| batch.unwrap().int64_value(&[0])).collect();
    assert_eq!(numbers, Vec::from_iter(0..12));
}

#[test]
fn workers_that_last_want_workers() {
    let options = DataLoader::options(Drawing(Arc::default())).persistent_workers(true);
    let words = options.build().err().unwrap().to_string();
    assert_eq!(words, "persistent_workers: option needs num_workers > 0");
}

/// As Python writes it, whose loader does not tell.
#[test]
fn without_workers_no_base_seed_is_needed() {
    let _generator = crate::seeded(0);
    let way = Way { sampler: "shuffle", workers: 0, persistent: false, own: false };
    let loader = way.loader(&Arc::default());
    let mut batches = loader.iter();
    let _ = batches.next().map(Result::unwrap);
    let (mut state, generator) = (loader.state_dict(), random::get_rng_state());
    let rest: Vec<Batch> = batches.map(Result::unwrap).collect();

    state.as_dict_mut().unwrap().insert("base_seed".into(), Object::None);
    random::set_rng_state(&generator).unwrap();
    let loader = way.loader(&Arc::default());
    loader.load_state_dict(&state).unwrap();
    assert_eq!(loader.iter().map(Result::unwrap).collect::<Vec<_>>(), rest);

    let loader = Way { workers: 1, ..way }.loader(&Arc::default());
    let words = loader.load_state_dict(&state).unwrap_err().to_string();
    assert!(words.contains("base_seed") && words.contains("is None in the state"), "{words}");
}
