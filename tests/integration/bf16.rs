//! bf16 autocast trains to the accuracy of single precision.
//!
//! `FLAMBEAU_BF16=data cargo test bf16 -- --nocapture` trains on that folder's CIFAR-10, and on its
//! first images with `FLAMBEAU_LIMIT=5000`; else there are ten pictures in noise to be told apart.

use std::env;
use std::path::PathBuf;

use flambeau::amp::autocast_options;
use flambeau::data::TensorDataset;
use flambeau::prelude::*;

const EPOCHS: usize = 5;

/// Images (N, 3, 32, 32) in single precision, and their labels.
type Images = (Tensor, Tensor);

/// The accuracy in percent that the functional CNN reaches after five epochs at batch 64.
fn accuracy(train: &Images, test: &Images, seed: i64, bf16: bool) -> f64 {
    random::manual_seed(seed);
    let dataset = TensorDataset::new((train.0.shallow_clone(), train.1.shallow_clone())).unwrap();
    let loader = DataLoader::options(dataset).batch_size(64).shuffle(true).build().unwrap();
    let model = models::Cnn::new();
    let criterion = nn::CrossEntropyLoss::new();
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
    let forward = |images: &Tensor| {
        let cast = autocast_options(Device::Cpu).dtype(Kind::BFloat16).enabled(bf16);
        let scores = cast.call(|| model.forward(images));
        assert_eq!(scores.kind(), if bf16 { Kind::BFloat16 } else { Kind::Float });
        scores
    };
    for _ in 0..EPOCHS {
        for batch in &loader {
            let (images, labels) = batch.unwrap();
            optimizer.zero_grad();
            // As autocast computes a loss.
            let loss = criterion.forward(&forward(&images).to_kind(Kind::Float), &labels);
            loss.backward();
            optimizer.step();
        }
    }
    model.eval();
    let right = |images: &Tensor, labels: &Tensor| {
        let scores = no_grad(|| forward(images));
        scores.argmax(1, false).eq_tensor(labels).sum(Kind::Int64).int64_value(&[])
    };
    let chunks = test.0.split(1000, 0).into_iter().zip(test.1.split(1000, 0));
    let right: i64 = chunks.map(|(images, labels)| right(&images, &labels)).sum();
    100.0 * right as f64 / test.1.size()[0] as f64
}

/// So many of CIFAR-10's images at most.
fn cifar10(root: &str, train: bool) -> Images {
    // Tests run in the crate's folder, as cargo does.
    let cifar10 =
        Cifar10::options(PathBuf::from(root)).train(train).download(true).build().unwrap();
    let most = env::var("FLAMBEAU_LIMIT").map_or(usize::MAX, |limit| limit.parse().unwrap());
    let numbers: Vec<usize> = (0..cifar10.len().min(most)).collect();
    let (images, labels) = cifar10.get_batch(&numbers).unwrap();
    ((images.to_kind(Kind::Float) / 255.0 - 0.5) / 0.5, labels)
}

/// So many images of ten pictures, each in noise of its own.
fn pictures(number: i64) -> Images {
    random::manual_seed(100);
    let pictures = Tensor::randn([10, 3, 32, 32], (Kind::Float, Device::Cpu));
    random::manual_seed(number);
    let labels = Tensor::randint(10, [number], (Kind::Int64, Device::Cpu));
    let noise = Tensor::randn([number, 3, 32, 32], (Kind::Float, Device::Cpu));
    (pictures.index_select(0, &labels) * 0.5 + noise * 0.5, labels)
}

fn accuracies(train: &Images, test: &Images, bf16: bool) -> [f64; 3] {
    [0, 1, 2].map(|seed| accuracy(train, test, seed, bf16))
}

fn mean(accuracies: [f64; 3]) -> f64 {
    accuracies.iter().sum::<f64>() / 3.0
}

#[test]
fn bf16_trains_to_the_same_accuracy() {
    let _generator = crate::seeded(0);
    let Ok(root) = env::var("FLAMBEAU_BF16") else {
        let (train, test) = (pictures(640), pictures(200));
        for bf16 in [false, true] {
            let reached = accuracies(&train, &test, bf16);
            assert!(reached.iter().all(|&accuracy| accuracy > 90.0), "bf16 {bf16}: {reached:?} %");
        }
        return;
    };
    let (train, test) = (cifar10(&root, true), cifar10(&root, false));
    let (single, bf16) = (accuracies(&train, &test, false), accuracies(&train, &test, true));
    println!("single precision: {single:.2?} %, mean {:.2} %", mean(single));
    println!("bf16:             {bf16:.2?} %, mean {:.2} %", mean(bf16));
    let spread =
        single.into_iter().fold(f64::MIN, f64::max) - single.into_iter().fold(f64::MAX, f64::min);
    assert!(
        (mean(bf16) - mean(single)).abs() <= spread,
        "the spread of the seeds is {spread:.2} %"
    );
}
