//! The Rust side of `checkpoint_check.py`: the same training, and checkpoints of it.

use std::path::Path;

use flambeau::data::TensorDataset;
use flambeau::object::Object;
use flambeau::optim::Optimizer;
use flambeau::optim::lr_scheduler::{LRScheduler, StepLR};
use flambeau::prelude::*;
use flambeau::train::{Checkpoints, State};
use flambeau::vision::datasets::Transformed;

const EPOCHS: usize = 3;
const LENGTH: i64 = 42;

/// The model of the trainings that go on elsewhere.
pub fn small_cnn() -> nn::Sequential {
    nn::sequential!(
        nn::Conv2d::new(3, 8, 3),
        nn::BatchNorm2d::new(8),
        nn::ReLU::new(),
        nn::MaxPool2d::new(2),
        nn::Dropout::new(0.3),
        nn::Flatten::new(),
        nn::Linear::new(8 * 15 * 15, 10)
    )
}

/// Goes on from the folder's newest checkpoint until so many epochs are over and steps are done.
pub fn train(algorithm: &str, folder: &Path, epoch: usize, step: usize) -> Result<()> {
    random::manual_seed(7);
    let images = Tensor::randint(256, [LENGTH, 3, 32, 32], (Kind::Uint8, Device::Cpu));
    let labels = Tensor::arange(LENGTH, (Kind::Int64, Device::Cpu)).remainder(10);
    let augment = transforms::compose![
        transforms::RandomCrop::options(32).padding(4).build(),
        transforms::RandomHorizontalFlip::default(),
        transforms::ToTensor::new(),
    ];
    let images = Transformed::new(TensorDataset::new((images, labels))?, augment);
    let loader = DataLoader::options(images).batch_size(4).shuffle(true).build()?;
    let model = small_cnn();
    let parameters = model.parameters();
    let mut optimizer: Box<dyn Optimizer> = match algorithm {
        "sgd" => Box::new(optim::SGD::options(parameters).lr(0.01).momentum(0.9).build()),
        _ => Box::new(optim::Adam::new(parameters, 1e-3)),
    };
    let mut scheduler = StepLR::options(&mut *optimizer, 5).gamma(0.5).build();
    let mut losses = Object::list([]);

    let checkpoints = Checkpoints::options(folder).every(1).build()?;
    macro_rules! state {
        () => {
            State::of(&model, &mut *optimizer)
                .scheduler(&mut scheduler)
                .loader(&loader)
                .value("losses", &mut losses)
        };
    }
    checkpoints.resume(state!())?;
    let is_there = || (checkpoints.epoch(), checkpoints.step_count()) == (epoch, step);
    while checkpoints.epoch() < EPOCHS {
        for batch in &loader {
            let (images, labels) = batch?;
            optimizer.zero_grad();
            let loss = F::cross_entropy(&model.forward(&images), &labels);
            loss.backward();
            optimizer.step();
            scheduler.step(&mut *optimizer);
            let list = losses.as_list_mut().expect("it was made one");
            list.push(loss.item().into());
            checkpoints.step(&state!());
            if is_there() {
                return checkpoints.finish();
            }
        }
        checkpoints.end_epoch(&state!());
        if is_there() {
            break;
        }
    }
    checkpoints.finish()
}
