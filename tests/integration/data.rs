//! Batches come in Python's order, whole, and with their errors. The orders are Python's own:
//! `torch.manual_seed(0); DataLoader(list(range(10)), batch_size=4, shuffle=True)` and the like.

use std::panic;
use std::thread;
use std::time::Duration;

use flambeau::data::{
    BatchSampler, ConcatDataset, DistributedSampler, Lengths, RandomSampler, SequentialSampler,
    Subset, TensorDataset, WeightedRandomSampler, random_split,
};
use flambeau::prelude::*;
use flambeau::random::Generator;

/// The numbers below `n`, each its own target.
#[derive(Debug)]
struct Numbers(usize);

impl Dataset for Numbers {
    type Sample = (Tensor, Tensor);
    fn len(&self) -> usize {
        self.0
    }
    fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
        Ok((Tensor::from(index as f32), Tensor::from(index as i64)))
    }
}

fn epoch<D: Dataset<Sample = (Tensor, Tensor)> + 'static>(loader: &DataLoader<D>) -> Vec<Vec<i64>> {
    targets(loader)
}

fn targets(batches: impl IntoIterator<Item = Result<(Tensor, Tensor)>>) -> Vec<Vec<i64>> {
    batches.into_iter().map(|batch| Vec::try_from(batch.unwrap().1).unwrap()).collect()
}

fn draw() -> i64 {
    Tensor::randint(1000, [1], (Kind::Int64, Device::Cpu)).int64_value(&[0])
}

#[test]
fn a_shuffle_is_pythons_and_so_is_what_it_leaves_of_the_generator() {
    for workers in [0, 1, 3] {
        let _generator = crate::seeded(0);
        let loader = DataLoader::options(Numbers(10)).batch_size(4).shuffle(true);
        let loader = loader.num_workers(workers).build().unwrap();
        assert_eq!(epoch(&loader), [vec![6, 7, 1, 4], vec![2, 0, 9, 8], vec![3, 5]]);
        assert_eq!(epoch(&loader), [vec![2, 4, 7, 0], vec![8, 9, 5, 3], vec![6, 1]]);
        assert_eq!(draw(), 497);
    }
}

#[test]
fn without_a_shuffle_the_order_is_kept_and_one_number_is_drawn() {
    let _generator = crate::seeded(0);
    let loader = DataLoader::options(Numbers(10)).batch_size(4).build().unwrap();
    assert_eq!(epoch(&loader), [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9]]);
    assert_eq!(draw(), 933);
}

#[test]
fn a_generator_that_is_given_is_drawn_from_as_python_does() {
    let _generator = crate::seeded(0);
    let generator = Generator::new();
    generator.manual_seed(5);
    let loader = DataLoader::options(Numbers(10)).batch_size(4).shuffle(true).drop_last(true);
    let loader = loader.generator(generator).build().unwrap();
    assert_eq!(epoch(&loader), [[7, 4, 8, 1], [2, 3, 6, 5]]);
    assert_eq!(epoch(&loader), [[2, 1, 6, 3], [5, 9, 4, 7]]);
    assert_eq!(draw(), 44, "the default generator was left alone");
}

#[test]
fn the_order_is_drawn_when_python_draws_it() {
    let loader = |workers| {
        let loader = DataLoader::options(Numbers(10)).batch_size(4).shuffle(true);
        loader.num_workers(workers).build().unwrap()
    };
    // Without workers as the first batch is asked for, with them at once.
    for (workers, order) in [
        (0, [vec![1, 2, 3, 5], vec![7, 6, 0, 9], vec![4, 8]]),
        (1, [vec![6, 7, 1, 4], vec![2, 0, 9, 8], vec![3, 5]]),
    ] {
        let _generator = crate::seeded(0);
        let epoch = loader(workers).iter();
        let _drawn = Tensor::rand([1], (Kind::Float, Device::Cpu));
        assert_eq!(targets(epoch), order);
    }
    // So two loaders side by side take turns.
    let _generator = crate::seeded(0);
    let (a, b) = (loader(0), loader(0));
    let (a, b): (Vec<_>, Vec<_>) = a.iter().zip(b.iter()).unzip();
    assert_eq!(targets(a), [vec![3, 5, 0, 6], vec![1, 2, 4, 9], vec![7, 8]]);
    assert_eq!(targets(b), [vec![2, 4, 7, 0], vec![8, 9, 5, 3], vec![6, 1]]);
}

#[test]
fn a_generator_moves_on_when_pythons_sampler_ends() {
    let _generator = crate::seeded(0);
    let after = |workers, batches| {
        let generator = Generator::new();
        generator.manual_seed(5);
        let loader = DataLoader::options(Numbers(10)).batch_size(4).shuffle(true);
        let loader = loader.num_workers(workers).generator(generator.clone()).build().unwrap();
        let _some = loader.iter().take(batches).count();
        generator.randperm(10)
    };
    let (before, behind) = ([0, 9, 2, 6, 4, 8, 3, 1, 7, 5], [9, 7, 2, 1, 6, 3, 0, 5, 4, 8]);
    // The third batch is short: it asks for more than is left.
    assert_eq!([after(0, 1), after(0, 2), after(0, 3)], [before, before, behind]);
    // Workers are given their batches ahead of time.
    assert_eq!([after(1, 1), after(2, 1)], [behind, behind]);
}

#[test]
fn the_number_of_batches_is_known() {
    let _generator = crate::seeded(0);
    let loader = |n, drop_last| {
        DataLoader::options(Numbers(n)).batch_size(4).drop_last(drop_last).build().unwrap()
    };
    assert_eq!((loader(10, false).len(), loader(10, true).len()), (3, 2));
    assert_eq!(loader(10, false).iter().len(), 3);
    assert!(loader(3, true).is_empty() && epoch(&loader(3, true)).is_empty());
    assert!(epoch(&loader(0, false)).is_empty());
}

#[test]
fn an_epoch_left_early_hangs_nothing() {
    let _generator = crate::seeded(0);
    let loader = DataLoader::options(Numbers(10_000)).num_workers(3).build().unwrap();
    for batch in loader.iter().take(5) {
        drop(batch.unwrap());
    }
}

#[test]
fn a_batch_size_of_zero_and_a_shuffle_of_nothing_are_refused() {
    let _generator = crate::seeded(0);
    let error = DataLoader::options(Numbers(10)).batch_size(0).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "batch_size: should be a positive integer value, but got batch_size=0"
    );
    let error = DataLoader::options(Numbers(0)).shuffle(true).build().unwrap_err();
    assert_eq!(error.to_string(), "dataset: it is empty, so there is nothing to shuffle");
}

/// Fails at sample 5, by an error or by a panic.
struct Broken {
    panics: bool,
}

impl Dataset for Broken {
    type Sample = (Tensor, Tensor);
    fn len(&self) -> usize {
        10
    }
    fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
        match index {
            5 if self.panics => panic!("sample 5 is beyond repair"),
            5 => Err(Error::argument("sample", "broken")),
            _ => Numbers(10).get(index),
        }
    }
}

#[test]
fn an_error_comes_with_its_samples_index_and_the_next_batch_still_comes() {
    let _generator = crate::seeded(0);
    for workers in [0, 2] {
        let loader = DataLoader::options(Broken { panics: false }).batch_size(2);
        let loader = loader.num_workers(workers).build().unwrap();
        let batches: Vec<_> = loader.iter().collect();
        let failed: Vec<_> = batches.iter().map(Result::is_err).collect();
        assert_eq!(failed, [false, false, true, false, false]);
        let error = batches[2].as_ref().unwrap_err().to_string();
        assert_eq!(error, "sample 5: sample: broken");
    }
}

#[test]
fn a_panic_in_a_worker_goes_on_in_the_loop() {
    let _generator = crate::seeded(0);
    for workers in [0, 2] {
        let payload = panic::catch_unwind(|| {
            let loader = DataLoader::options(Broken { panics: true }).num_workers(workers);
            loader.build().unwrap().iter().for_each(drop);
        });
        let text = *payload.unwrap_err().downcast::<&str>().unwrap();
        assert_eq!(text, "sample 5 is beyond repair");
    }
}

#[test]
fn an_epoch_whose_panic_was_caught_is_at_its_end() {
    let _generator = crate::seeded(0);
    let loader = DataLoader::options(Broken { panics: true }).num_workers(3).build().unwrap();
    let mut epoch = loader.iter();
    let batches = panic::AssertUnwindSafe(|| epoch.by_ref().for_each(drop));
    assert!(panic::catch_unwind(batches).is_err());
    assert_eq!(epoch.len(), 0);
    assert!(epoch.next().is_none());
}

#[test]
fn a_subset_has_its_samples_in_its_order() {
    let _generator = crate::seeded(0);
    let subset = Subset::new(Numbers(10), [7, 1, 1]);
    assert_eq!(subset.len(), 3);
    assert_eq!(subset.get(0).unwrap().1, Tensor::from(7_i64));
    let (_, targets) = subset.get_batch(&[2, 0]).unwrap();
    assert_eq!(targets, Tensor::from_slice(&[1_i64, 7]));
}

#[test]
fn workers_keep_a_few_batches_ready_and_no_more() {
    let _generator = crate::seeded(0);
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    struct Counting(Arc<AtomicUsize>);
    impl Dataset for Counting {
        type Sample = (Tensor, Tensor);
        fn len(&self) -> usize {
            100
        }
        fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Numbers(100).get(index)
        }
    }
    let made = Arc::new(AtomicUsize::new(0));
    let loader = DataLoader::options(Counting(made.clone())).num_workers(2).build().unwrap();
    let mut batches = loader.iter();
    // Two each, as Python's prefetch_factor says.
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while made.load(Ordering::SeqCst) < 4 && std::time::Instant::now() < deadline {
        thread::yield_now();
    }
    thread::sleep(Duration::from_millis(50)); // for one too many to be made
    assert_eq!(made.load(Ordering::SeqCst), 4);
    assert_eq!(batches.by_ref().count(), 100);
    assert_eq!(made.load(Ordering::SeqCst), 100);
}

#[test]
fn samplers_and_splits_refuse_what_python_refuses() {
    let refused = |error: flambeau::Error| error.to_string();
    assert_eq!(
        refused(RandomSampler::new(0).unwrap_err()),
        "num_samples: should be a positive integer value, but got num_samples=0"
    );
    assert_eq!(
        refused(DistributedSampler::options(10, 3, 3).build().unwrap_err()),
        "rank: Invalid rank 3, rank should be in the interval [0, 2]"
    );
    for (weights, problem) in [
        (vec![1.0, -1.0], "invalid multinomial distribution (encountering probability entry < 0)"),
        (vec![0.0, 0.0], "invalid multinomial distribution (sum of probabilities <= 0)"),
        (vec![1.0, f64::NAN], "invalid multinomial distribution"),
        (vec![], "invalid multinomial distribution"),
    ] {
        let error = refused(WeightedRandomSampler::new(weights, 2).unwrap_err());
        assert!(error.starts_with("weights: ") && !error.contains("frame #"), "{error}");
        assert!(error.contains(problem) || problem.ends_with("distribution"), "{error}");
    }
    let once = WeightedRandomSampler::options([1.0, 2.0], 3).replacement(false).build();
    assert!(refused(once.unwrap_err()).contains("cannot sample n_sample > prob_dist.size(-1)"));

    let split = |lengths: Lengths| random_split(Numbers(10), lengths).map(drop).unwrap_err();
    assert!(refused(split([3, 8].into())).contains("Sum of input lengths"));
    assert!(refused(split([usize::MAX, 11].into())).contains("Sum of input lengths"));
    assert!(refused(split([0.5, 0.4].into())).contains("sum up to 0.9"));
    assert!(refused(split([0.5, -0.5, 1.0].into())).contains("Fraction at index 1"));
}

#[test]
fn loaders_refuse_options_that_exclude_each_other() {
    let loader = || DataLoader::options(Numbers(10));
    let sampler = || SequentialSampler::new(10);
    let batches = || BatchSampler::new(sampler(), 2, false).unwrap();
    for (build, name) in [
        (loader().sampler(sampler()).shuffle(true).build(), "sampler"),
        (loader().batch_sampler(batches()).batch_size(2).build(), "batch_sampler"),
        (loader().batch_sampler(batches()).drop_last(true).build(), "batch_sampler"),
        (loader().batch_sampler(batches()).shuffle(true).build(), "batch_sampler"),
        (loader().batch_sampler(batches()).sampler(sampler()).build(), "batch_sampler"),
        (loader().prefetch_factor(3).build(), "prefetch_factor"),
        (loader().num_workers(1).prefetch_factor(0).build(), "prefetch_factor"),
        (loader().num_workers(20_000).build(), "num_workers"),
    ] {
        let error = build.unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name}: ")), "{error}");
    }
    assert!(BatchSampler::new(sampler(), 0, true).is_err());
}

#[test]
fn rows_that_do_not_go_together_are_refused() {
    let zeros = |size: &[i64]| Tensor::zeros(size, (Kind::Float, Device::Cpu));
    let error = TensorDataset::new((zeros(&[3, 2]), zeros(&[4]))).unwrap_err().to_string();
    assert_eq!(error, "tensors: Size mismatch between tensors: [[3, 2], [4]]");
    assert!(TensorDataset::new(zeros(&[])).is_err());
    assert!(ConcatDataset::<Numbers>::new([]).is_err());
    assert!(Numbers(3).get_batch(&[]).is_err());

    /// Samples of different lengths.
    struct Ragged;
    impl Dataset for Ragged {
        type Sample = Tensor;
        fn len(&self) -> usize {
            4
        }
        fn get(&self, index: usize) -> Result<Tensor> {
            Ok(Tensor::zeros([index as i64], (Kind::Float, Device::Cpu)))
        }
    }
    let _generator = crate::seeded(0);
    for workers in [0, 2] {
        let loader = DataLoader::options(Ragged).batch_size(2).num_workers(workers);
        let error = loader.build().unwrap().iter().next().unwrap().unwrap_err().to_string();
        assert_eq!(
            error,
            "stack expects each tensor to be equal size, but got [0] at entry 0 and [1] at entry 1"
        );
    }
}

#[test]
fn datasets_of_several_types_stand_one_behind_the_other() {
    let tensors =
        TensorDataset::new((Tensor::from_slice(&[5.0_f32]), Tensor::from_slice(&[50_i64])));
    let boxed = |dataset| -> Box<dyn Dataset<Sample = (Tensor, Tensor)>> { dataset };
    let both = [boxed(Box::new(Numbers(2))), boxed(Box::new(tensors.unwrap()))];
    let dataset = ConcatDataset::new(both).unwrap();
    let (_, targets) = dataset.get_batch(&[0, 1, 2]).unwrap();
    assert_eq!(targets, Tensor::from_slice(&[0_i64, 1, 50]));
}

#[test]
fn a_workers_draws_leave_the_default_generator_alone() {
    struct Drawing;
    impl Dataset for Drawing {
        type Sample = Tensor;
        fn len(&self) -> usize {
            20
        }
        fn get(&self, _index: usize) -> Result<Tensor> {
            Ok(torch::rand(2))
        }
    }
    let _generator = crate::seeded(0);
    let loader = DataLoader::options(Drawing).num_workers(3).build().unwrap();
    assert_eq!(loader.iter().count(), 20);
    // One number, the base seed, as in the case without workers above.
    assert_eq!(draw(), 933);
}
