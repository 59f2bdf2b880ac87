//! Batches come in Python's order, whole, and with their errors. The orders are Python's own:
//! `torch.manual_seed(0); DataLoader(list(range(10)), batch_size=4, shuffle=True)` and the like.

use std::panic;
use std::thread;
use std::time::Duration;

use flambeau::data::Subset;
use flambeau::prelude::*;
use flambeau::random::Generator;

/// The numbers below `n`, each its own target.
#[derive(Debug)]
struct Numbers(usize);

impl Dataset for Numbers {
    fn len(&self) -> usize {
        self.0
    }
    fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
        Ok((Tensor::from(index as f32), Tensor::from(index as i64)))
    }
}

fn epoch<D: Dataset + 'static>(loader: &DataLoader<D>) -> Vec<Vec<i64>> {
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
fn transforms_do_the_same_to_one_image_and_to_a_batch() {
    let _generator = crate::seeded(0);
    let images = Tensor::arange(2 * 3 * 5 * 7, (Kind::Int64, Device::Cpu)).remainder(256);
    let images = images.to_kind(Kind::Uint8).view([2, 3, 5, 7]);
    let transform = transforms::compose![
        transforms::ToTensor::new(),
        transforms::Normalize::new([0.4914, 0.4822, 0.4465], [0.247, 0.243, 0.261]),
    ];
    let batch = transform.apply_batch(&images);
    assert_eq!((batch.size(), batch.kind()), (vec![2, 3, 5, 7], Kind::Float));
    for i in 0..2 {
        assert_eq!(batch.get(i), transform.apply(&images.get(i)));
    }
    // 0 is the first byte, in the first channel.
    assert_eq!(batch.double_value(&[0, 0, 0, 0]), f64::from(-0.4914_f32 / 0.247_f32));
    let double = Tensor::zeros([1, 2, 2], (Kind::Double, Device::Cpu));
    let normalized = transforms::Normalize::new([0.4914], [0.247]).apply(&double);
    assert_eq!(normalized.double_value(&[0, 0, 0]), -0.4914 / 0.247);
}

#[test]
fn an_image_that_cannot_be_normalized_is_told_why() {
    let message = |image: Tensor| {
        let normalize = transforms::Normalize::new([0.5; 3], [0.5; 3]);
        let payload = panic::catch_unwind(panic::AssertUnwindSafe(|| normalize.apply(&image)));
        *payload.unwrap_err().downcast::<String>().unwrap()
    };
    let grey = Tensor::zeros([1, 2, 2], (Kind::Float, Device::Cpu));
    assert_eq!(message(grey), "Normalize has 3 channels, the image is [1, 2, 2]");
    let bytes = Tensor::zeros([3, 2, 2], (Kind::Uint8, Device::Cpu));
    assert_eq!(message(bytes), "Input tensor should be a float tensor. Got Uint8.");
}

#[test]
fn workers_keep_a_few_batches_ready_and_no_more() {
    let _generator = crate::seeded(0);
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    struct Counting(Arc<AtomicUsize>);
    impl Dataset for Counting {
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
    // Two lie ready of each worker, and each holds one more in its hand.
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while made.load(Ordering::SeqCst) < 6 && std::time::Instant::now() < deadline {
        thread::yield_now();
    }
    thread::sleep(Duration::from_millis(50)); // for one too many to be made
    assert_eq!(made.load(Ordering::SeqCst), 6);
    assert_eq!(batches.by_ref().count(), 100);
    assert_eq!(made.load(Ordering::SeqCst), 100);
}
