//! The state of a `DataLoader`: one that takes it over hands out what the other would have.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flambeau::data::{
    BatchSampler, DistributedSampler, RandomSampler, Sampler, SequentialSampler,
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
        Ok((Tensor::from(index as i64), random::rand(&[])))
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
    pt::save(&loader.state_dict(), &path).unwrap();
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
        "generators: are 0 in the state, but 2 in this loader"
    );
    assert_eq!(
        said(Way { persistent: true, ..way }, &state),
        "persistent_workers: is true in this loader alone"
    );
    let changed = |name: &str, value: Object| {
        let mut state = state.clone();
        let Object::Dict(entries) = &mut state else { panic!("{state}") };
        entries.insert(Key::from(name), value);
        said(way, &state)
    };
    assert_eq!(changed("batches", 7.into()), "batches: 7 were handed out, of 6");
    assert_eq!(changed("batches", (-1).into()), "batches: is no count");
    assert_eq!(changed("ended", 3.into()), "ended: is neither True nor False");
    for wrong in [3.into(), Tensor::zeros([7], (Kind::Uint8, Device::Cpu)).into()] {
        changed("default_generator", wrong);
    }
    changed("workers", Object::List(vec![Object::None, Object::None]));
    said(way, &Object::None);
}

#[test]
fn workers_that_last_want_workers() {
    let options = DataLoader::options(Drawing(Arc::default())).persistent_workers(true);
    let words = options.build().err().unwrap().to_string();
    assert_eq!(words, "persistent_workers: option needs num_workers > 0");
}
