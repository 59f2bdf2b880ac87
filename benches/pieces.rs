//! What a step of training is made of, piece by piece, on CIFAR-10's images:
//! `cargo bench --profile dev`, which measures the build that `cargo run --example` and
//! `cargo test` share, where plain `cargo bench` makes one of its own. `-- conv` after it takes the
//! pieces whose names hold that word.
//!
//! Batches of 4 as in the notebook, on one thread, and of 64, on all cores: what the examples choose.
//! How fast the whole is beside Python, `scripts/bench` shows.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, criterion_group, criterion_main};
use flambeau::cli::Threads;
use flambeau::data::{RandomSampler, Sampler};
use flambeau::prelude::*;

type Batch = (Tensor, Tensor);

/// The batches are a few hundred shuffled ones, in turn: one alone would stay in the cache.
const IMAGES: usize = 6400;

criterion_group! {
    name = pieces;
    // A machine that is not quiet for long is quiet for a while.
    config = Criterion::default().warm_up_time(Duration::from_secs(1));
    targets = at_batch_4, at_batch_64
}
criterion_main!(pieces);

fn at_batch_4(criterion: &mut Criterion) {
    all(criterion, 4);
}

fn at_batch_64(criterion: &mut Criterion) {
    all(criterion, 64);
}

fn all(criterion: &mut Criterion, batch_size: usize) {
    tch::set_num_threads(Threads::Auto.resolve(batch_size, Device::Cpu).count);
    random::manual_seed(0);
    let mut group = criterion.benchmark_group(format!("batch {batch_size}"));
    let cifar = || {
        Cifar10::options(Cifar10::DEFAULT_ROOT).download(true).build().expect("CIFAR-10 can be had")
    };
    let normalized = cifar().transform(transforms::compose![
        transforms::ToTensor::new(),
        transforms::Normalize::new([0.5; 3], [0.5; 3]),
    ]);
    let augmented = cifar().transform(transforms::compose![
        transforms::RandomCrop::options(32).padding(4).build(),
        transforms::RandomHorizontalFlip::default(),
        transforms::ToTensor::new(),
        transforms::Normalize::new([0.5; 3], [0.5; 3]),
    ]);
    let shuffle = RandomSampler::new(normalized.len()).expect("there are images");
    let order: Vec<_> = shuffle.iter().take(IMAGES).collect();
    let indices: Vec<_> = order.chunks(batch_size).collect();

    collate(&mut group, "data: bytes to a batch", &cifar(), &indices);
    collate(&mut group, "data: ToTensor, Normalize", &normalized, &indices);
    collate(&mut group, "data: RandomCrop, Flip, ToTensor, Normalize", &augmented, &indices);

    let batches = indices.iter().map(|indices| normalized.get_batch(indices));
    let batches = batches.collect::<Result<Vec<_>>>().expect("the data is whole");
    cnn(&mut group, &batches);
    adam(&mut group, &batches[0]);
    convolutions(&mut group, &batches);
    recurrent(&mut group, &batches);
    group.finish();
}

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn collate(
    group: &mut Group,
    name: &str,
    dataset: &impl Dataset<Sample = Batch>,
    indices: &[&[usize]],
) {
    let mut next = indices.iter().cycle();
    group.bench_function(name, |b| {
        b.iter_with_large_drop(|| dataset.get_batch(next.next().expect("it goes round")));
    });
}

/// The functional CNN, forward and backward, and its loss.
fn cnn(group: &mut Group, batches: &[Batch]) {
    let model = models::Cnn::new();
    let forward = |(images, _labels): &Batch| model.forward(images);
    let loss = |batch: &Batch| F::cross_entropy(&forward(batch), &batch.1);
    bench(group, "Cnn: forward", batches, |_| (), |batch, ()| forward(batch));
    bench(group, "Cnn: backward", batches, loss, |_, loss| {
        loss.backward();
        model.zero_grad();
        loss
    });
    let scores = |batch: &Batch| forward(batch).detach().set_requires_grad(true);
    bench(group, "cross entropy: forward and backward", batches, scores, |(_, labels), scores| {
        let loss = F::cross_entropy(&scores, labels);
        loss.backward();
        loss
    });
}

/// A step of Adam over the CNN's parameters, in Python's default form and in one kernel.
fn adam(group: &mut Group, batch: &Batch) {
    for (name, fused) in [("Adam: a step, loop", false), ("Adam: a step, fused", true)] {
        let model = models::Cnn::new();
        let mut optimizer = optim::Adam::options(model.parameters()).lr(1e-3).fused(fused).build();
        F::cross_entropy(&model.forward(&batch.0), &batch.1).backward();
        group.bench_function(name, |b| b.iter(|| optimizer.step()));
    }
}

/// Forward and backward of the CNN's second convolution, libtorch's and the one by hand, on what it
/// is fed in the CNN.
fn convolutions(group: &mut Group, batches: &[Batch]) {
    let first = models::Cnn::new();
    let pooled = |(images, _): &Batch| {
        let pooled = no_grad(|| first.pool1.forward(&F::relu(&first.conv1.forward(images))));
        pooled.set_requires_grad(true)
    };
    let mine = models::MyConv2d::options(6, 16, 5).bias(true).build();
    let layers: [(_, Box<dyn Forward>); 2] =
        [("Conv2d", Box::new(nn::Conv2d::new(6, 16, 5))), ("MyConv2d", Box::new(mine))];
    for (name, layer) in &layers {
        let name = format!("{name}: forward and backward");
        bench(group, &name, batches, pooled, |_, pooled| {
            let output = nn::call(&**layer, &pooled).relu();
            output.sum(Kind::Float).backward();
            layer.zero_grad();
            output
        });
    }
}

/// A network that reads images row by row, forward and backward.
fn recurrent(group: &mut Group, batches: &[Batch]) {
    let network = models::RecurrentNetwork::new(96, 128, 10);
    let name = "RecurrentNetwork: read and backward";
    bench(
        group,
        name,
        batches,
        |_| (),
        |(images, labels), ()| {
            let (outputs, _hidden) = network.read(&models::rows(images));
            let loss = F::cross_entropy(&models::Answer::Last.of(&outputs), labels);
            loss.backward();
            network.zero_grad();
            loss
        },
    );
}

/// `work` on batch after batch, each made ready by `prepare` outside of the clock.
fn bench<T, R>(
    group: &mut Group,
    name: &str,
    batches: &[Batch],
    prepare: impl Fn(&Batch) -> T,
    work: impl Fn(&Batch, T) -> R,
) {
    let mut next = batches.iter().cycle();
    group.bench_function(name, |b| {
        let prepare = || {
            let batch = next.next().expect("it goes round");
            (batch, prepare(batch))
        };
        let work = |(batch, ready)| black_box(work(batch, ready));
        b.iter_batched(prepare, work, BatchSize::PerIteration);
    });
}
