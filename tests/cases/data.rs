//! Samplers, loaders and splits: which samples come when, and what is drawn for them.

use flambeau::data::{
    BatchSampler, ConcatDataset, DataLoaderOptions, DistributedSampler, Lengths, RandomSampler,
    RandomSamplerOptions, Sample, Sampler, SequentialSampler, Subset, SubsetRandomSampler,
    TensorDataset, WeightedRandomSampler, random_split_options,
};
use flambeau::random::Generator;

use super::*;

const WEIGHTS: [f64; 8] = [0.1, 0.9, 0.4, 0.7, 3.0, 0.6, 0.0, 1.2];

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("sampler_sequential", sampled(|_| SequentialSampler::new(10))),
        ("sampler_sequential_empty", sampled(|_| SequentialSampler::new(0))),
        ("sampler_random", sampled(|_| random(10).build().unwrap())),
        ("sampler_random_generator", sampled(|g| random(10).generator(g).build().unwrap())),
        ("sampler_random_fewer", sampled(|_| random(10).num_samples(4).build().unwrap())),
        (
            "sampler_random_more",
            sampled(|g| random(10).num_samples(27).generator(g).build().unwrap()),
        ),
        ("sampler_random_replacement", sampled(|_| random(10).replacement(true).build().unwrap())),
        ("sampler_random_replacement_more", sampled(|g| replacing(10, 70, g))),
        ("sampler_random_replacement_even", sampled(|g| replacing(100, 64, g))),
        ("sampler_random_many", sampled(|_| RandomSampler::new(5000).unwrap())),
        ("sampler_subset_random", sampled(|_| SubsetRandomSampler::new([3, 1, 4, 15, 9]))),
        (
            "sampler_subset_random_generator",
            sampled(|g| SubsetRandomSampler::options([3, 1, 4, 15, 9, 2]).generator(g).build()),
        ),
        ("sampler_weighted", sampled(|_| WeightedRandomSampler::new(WEIGHTS, 20).unwrap())),
        (
            "sampler_weighted_generator",
            sampled(|g| weighted(WeightedRandomSampler::options(WEIGHTS, 33).generator(g).build())),
        ),
        (
            "sampler_weighted_once",
            sampled(|_| {
                weighted(WeightedRandomSampler::options(WEIGHTS, 7).replacement(false).build())
            }),
        ),
        (
            "sampler_weighted_once_generator",
            sampled(|g| {
                let options = WeightedRandomSampler::options(WEIGHTS, 3).replacement(false);
                weighted(options.generator(g).build())
            }),
        ),
        (
            "sampler_weighted_many",
            sampled(|_| {
                let weights: Vec<_> = (0..1000).map(|i| f64::from(i % 7)).collect();
                weighted(WeightedRandomSampler::new(weights, 300))
            }),
        ),
        ("sampler_batch", batched(|_| SequentialSampler::new(10), 4, false)),
        ("sampler_batch_random", batched(|g| random(8).generator(g).build().unwrap(), 4, false)),
        ("sampler_batch_drop_last", batched(|g| random(10).generator(g).build().unwrap(), 4, true)),
        ("sampler_distributed", distributed(|| DistributedSampler::options(10, 3, 1).build())),
        (
            "sampler_distributed_in_order",
            distributed(|| DistributedSampler::options(10, 3, 2).shuffle(false).build()),
        ),
        (
            "sampler_distributed_seed",
            distributed(|| DistributedSampler::options(10, 3, 0).seed(7).build()),
        ),
        (
            "sampler_distributed_drop_last",
            distributed(|| DistributedSampler::options(11, 4, 3).drop_last(true).build()),
        ),
        (
            "sampler_distributed_more_replicas",
            distributed(|| DistributedSampler::options(2, 5, 4).build()),
        ),
        (
            "sampler_distributed_even",
            distributed(|| DistributedSampler::options(12, 4, 2).drop_last(true).seed(1).build()),
        ),
        ("loader", loaded(|| noisy(10).batch_size(4).build())),
        ("loader_one_worker", loaded(|| noisy(10).batch_size(4).num_workers(1).build())),
        ("loader_three_workers", loaded(|| noisy(10).batch_size(2).num_workers(3).build())),
        ("loader_shuffle", loaded(|| noisy(10).batch_size(4).shuffle(true).build())),
        (
            "loader_shuffle_two_workers",
            loaded(|| noisy(10).batch_size(3).shuffle(true).num_workers(2).build()),
        ),
        (
            "loader_shuffle_generator",
            loaded(|| noisy(10).batch_size(3).shuffle(true).generator(seeded()).build()),
        ),
        (
            "loader_shuffle_generator_workers",
            loaded(|| noisy(10).shuffle(true).num_workers(2).generator(seeded()).build()),
        ),
        (
            "loader_drop_last",
            loaded(|| noisy(10).batch_size(3).shuffle(true).drop_last(true).num_workers(1).build()),
        ),
        (
            "loader_prefetch",
            loaded(|| {
                let options = noisy(30).batch_size(2).shuffle(true);
                options.num_workers(2).prefetch_factor(5).build()
            }),
        ),
        (
            "loader_more_workers_than_batches",
            loaded(|| noisy(5).batch_size(4).num_workers(4).build()),
        ),
        (
            "loader_sampler",
            loaded(|| {
                let sampler = WeightedRandomSampler::new(WEIGHTS, 11)?;
                noisy(10).batch_size(3).sampler(sampler).build()
            }),
        ),
        (
            "loader_sampler_workers",
            loaded(|| {
                let sampler = SubsetRandomSampler::new([1, 2, 3, 5, 7]);
                noisy(10).batch_size(3).num_workers(2).sampler(sampler).build()
            }),
        ),
        (
            "loader_batch_sampler",
            loaded(|| {
                let sampler = BatchSampler::new(RandomSampler::new(10)?, 4, true)?;
                noisy(10).num_workers(2).batch_sampler(sampler).build()
            }),
        ),
        (
            "loader_persistent",
            loaded(|| noisy(10).batch_size(2).num_workers(3).persistent_workers(true).build()),
        ),
        (
            "loader_persistent_one_worker",
            loaded(|| {
                noisy(10)
                    .batch_size(3)
                    .num_workers(1)
                    .persistent_workers(true)
                    .shuffle(true)
                    .build()
            }),
        ),
        (
            "loader_persistent_generator",
            loaded(|| {
                noisy(10)
                    .batch_size(1)
                    .num_workers(2)
                    .persistent_workers(true)
                    .shuffle(true)
                    .generator(seeded())
                    .build()
            }),
        ),
        (
            "loader_persistent_left_early",
            left_early(|| noisy(20).batch_size(2).num_workers(3).persistent_workers(true).build()),
        ),
        (
            "loader_left_early",
            left_early(|| noisy(20).batch_size(2).shuffle(true).num_workers(2).build()),
        ),
        (
            "loader_collate_fn",
            loaded(|| {
                let dataset = Noisy(10).collate_fn(|mut rows: Vec<_>| {
                    rows.reverse();
                    Sample::collate(rows)
                });
                DataLoader::options(dataset).batch_size(4).shuffle(true).num_workers(2).build()
            }),
        ),
        ("random_split", split([5, 4, 2])),
        ("random_split_fractions", split([0.5, 0.3, 0.2])),
        ("datasets_of_datasets", Box::new(|| together().unwrap())),
    ]
}

fn random(n: usize) -> RandomSamplerOptions {
    RandomSampler::options(n)
}

fn replacing(n: usize, num_samples: usize, generator: Generator) -> RandomSampler {
    let options = RandomSampler::options(n).replacement(true).num_samples(num_samples);
    options.generator(generator).build().unwrap()
}

fn weighted(sampler: Result<WeightedRandomSampler>) -> WeightedRandomSampler {
    sampler.unwrap()
}

/// A generator of one's own.
fn seeded() -> Generator {
    let generator = Generator::new();
    generator.manual_seed(5);
    generator
}

/// Numbers of samples as a tensor.
fn whole(numbers: impl IntoIterator<Item = usize>) -> Tensor {
    Tensor::from_slice(&numbers.into_iter().map(|number| number as i64).collect::<Vec<_>>())
}

/// The end of a generator's state, where its place in the sequence shows.
fn place(generator: &Generator) -> Tensor {
    let state = generator.get_state();
    state.narrow(0, state.size()[0] - 8, 8).copy()
}

/// Three epochs of a sampler, built with a generator that it may or may not take.
fn sampled<S: Sampler>(build: impl Fn(Generator) -> S + 'static) -> Case {
    Box::new(move || {
        let generator = seeded();
        let sampler = build(generator.clone());
        let epoch = |i| (format!("epoch.{i}"), whole(sampler.iter()));
        let mut result: StateDict = (0..3).map(epoch).collect();
        result.insert("generator".into(), place(&generator));
        result
    })
}

/// Three epochs of one process's share.
fn distributed(build: impl Fn() -> Result<DistributedSampler> + 'static) -> Case {
    Box::new(move || {
        let sampler = build().unwrap();
        let epoch = |epoch| {
            sampler.set_epoch(epoch);
            (format!("epoch.{epoch}"), whole(sampler.iter()))
        };
        (0..3).map(epoch).collect()
    })
}

/// Three epochs of batches, one behind the other, and how long each is.
fn batched<S: Sampler>(
    sampler: impl Fn(Generator) -> S + 'static,
    size: usize,
    drop_last: bool,
) -> Case {
    Box::new(move || {
        let generator = seeded();
        let epoch =
            |_| BatchSampler::new(sampler(generator.clone()), size, drop_last).unwrap().iter();
        let batches: Vec<Vec<usize>> = (0..3).flat_map(epoch).collect();
        StateDict::from([
            ("order".into(), whole(batches.concat())),
            ("lengths".into(), whole(batches.iter().map(Vec::len))),
            ("generator".into(), place(&generator)),
        ])
    })
}

/// Numbers, and beside each three that are drawn.
struct Noisy(usize);

impl Dataset for Noisy {
    type Sample = (Tensor, Tensor, Tensor, Tensor);

    fn len(&self) -> usize {
        self.0
    }

    fn get(&self, index: usize) -> Result<Self::Sample> {
        let uniform = torch::rand(3);
        let number = torch::randint(10, 1);
        let order = torch::randperm(4);
        Ok((Tensor::from(index as i64), uniform, number, order))
    }
}

fn noisy(n: usize) -> DataLoaderOptions<Noisy> {
    DataLoader::options(Noisy(n))
}

/// Three epochs of a loader over `Noisy`.
fn loaded<D>(build: impl Fn() -> Result<DataLoader<D>> + 'static) -> Case
where
    D: Dataset<Sample = <Noisy as Dataset>::Sample> + 'static,
{
    Box::new(move || {
        let loader = build().unwrap();
        let mut columns: [Vec<Tensor>; 4] = Default::default();
        for _ in 0..3 {
            for batch in &loader {
                let (index, uniform, number, order) = batch.unwrap();
                let row = [index, uniform, number, order];
                columns.iter_mut().zip(row).for_each(|(column, tensor)| column.push(tensor));
            }
        }
        let lengths = whole(columns[0].iter().map(|batch| batch.size()[0] as usize));
        let names = ["index", "uniform", "whole", "order"].into_iter().zip(&columns);
        let mut result: StateDict =
            names.map(|(name, column)| (name.into(), Tensor::cat(column, 0))).collect();
        result.insert("lengths".into(), lengths);
        result
    })
}

/// Two batches of an epoch, then a whole one, and what is drawn after that.
fn left_early(build: impl Fn() -> Result<DataLoader<Noisy>> + 'static) -> Case {
    Box::new(move || {
        let loader = build().unwrap();
        let mut rows: Vec<_> = loader.iter().take(2).map(Result::unwrap).collect();
        rows.extend(loader.iter().map(Result::unwrap));
        let (index, uniform): (Vec<_>, Vec<_>) =
            rows.into_iter().map(|(index, uniform, ..)| (index, uniform)).unzip();
        StateDict::from([
            ("index".into(), Tensor::cat(&index, 0)),
            ("uniform".into(), Tensor::cat(&uniform, 0)),
            ("after".into(), torch::rand(2)),
        ])
    })
}

/// The parts of a random split.
fn split(lengths: impl Into<Lengths>) -> Case {
    let lengths = lengths.into();
    Box::new(move || {
        let numbers = TensorDataset::new(Tensor::arange(11, (Kind::Int64, Device::Cpu))).unwrap();
        let parts =
            random_split_options(numbers, lengths.clone()).generator(&seeded()).call().unwrap();
        let parts = parts.iter().enumerate();
        parts.map(|(i, part)| (format!("part.{i}"), whole(part.indices().to_vec()))).collect()
    })
}

/// Datasets made of datasets, read through a shuffled loader.
fn together() -> Result<StateDict> {
    let rows = Tensor::arange(12, (Kind::Float, Device::Cpu)).view([6, 2]);
    let numbers = Tensor::arange(6, (Kind::Int64, Device::Cpu));
    let second = TensorDataset::new((&rows * 10, &numbers + 100))?;
    let both = ConcatDataset::new([TensorDataset::new((rows, numbers))?, second])?;
    let dataset = Subset::new(both, [11, 0, 6, 5, 5, 3, 7]);
    let loader = DataLoader::options(dataset).batch_size(3).shuffle(true).num_workers(2).build()?;
    let batches = loader.iter().collect::<Result<Vec<_>>>()?;
    let (rows, numbers): (Vec<_>, Vec<_>) = batches.into_iter().unzip();
    Ok(StateDict::from([
        ("rows".into(), Tensor::cat(&rows, 0)),
        ("numbers".into(), Tensor::cat(&numbers, 0)),
    ]))
}
