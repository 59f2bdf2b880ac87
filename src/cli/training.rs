//! The notebook's data and training loop, for the examples that are about something else; the
//! example `sequential_cnn` shows them line by line.

use std::path::Path;

use tch::{Device, Tensor};

use super::Args;
use crate::data::{DataLoader, Dataset, Subset};
use crate::nn::{CrossEntropyLoss, Module, utils};
use crate::optim::{Adam, Optimizer};
use crate::torch::TensorExt;
use crate::train::{Accuracy, Progress, interrupted};
use crate::vision::datasets::{Cifar10, Transformed};
use crate::vision::io::read_image_options;
use crate::vision::transforms::{self, Compose, Normalize, Resize, ToTensor, Transform};
use crate::{Error, Result, random, torch};

/// What the notebook does to an image: bytes become floats from -1 to 1.
pub(super) fn transform() -> Compose {
    transforms::compose![ToTensor::new(), Normalize::new([0.5; 3], [0.5; 3])]
}

/// Reads an image of any size as the models were trained to see them: (1, 3, 32, 32), resized with
/// Pillow's bits (what of a file's own pixels is not Pillow's stands at [`read_image`](crate::vision::io::read_image)).
///
/// # Errors
/// As [`read_image`](crate::vision::io::read_image).
pub fn new_image(path: impl AsRef<Path>) -> Result<Tensor> {
    let image = read_image_options(path.as_ref()).mode("RGB").call()?;
    Ok(transform().apply(&Resize::new([32, 32]).apply(&image)?)?.unsqueeze(0))
}

/// The five likeliest classes of one image, of which `scores`, (1, 10), are the model's; a line each
/// with its probability.
///
/// # Errors
/// When the scores are no numbers.
pub fn likeliest(scores: &Tensor) -> Result<String> {
    let (probabilities, classes) = scores.softmax(1, None).topk(5, 1, true, true);
    let line = |i| {
        let probability = probabilities.double_value(&[0, i]);
        let class = Cifar10::CLASSES[classes.int64_value(&[0, i]) as usize];
        format!("  {class:<6}{:6.1} %", 100.0 * probability)
    };
    if probabilities.isnan().any().int64_value(&[]) != 0 {
        let problem = "its scores are no numbers: the weights have got lost in the training";
        return Err(Error::argument("model", problem));
    }
    Ok((0..5).map(line).collect::<Vec<_>>().join("\n"))
}

/// What a training does beside the notebook's loop; by default nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Also {
    /// The largest norm that a step's gradients may have together.
    pub clip_grad_norm: Option<f64>,
    /// Whether the model is tested after each epoch. The training stays the same to the bit.
    pub test: bool,
}

/// How a training went, epoch by epoch.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The sum of the losses of all batches.
    pub losses: Vec<f64>,
    /// The share of right answers on the test images; empty unless asked for.
    pub accuracies: Vec<f64>,
}

impl Args {
    /// CIFAR-10 as the notebook loads it, its pixels brought to -1..1: the training images
    /// shuffled, or the test images in their order.
    ///
    /// # Errors
    /// When the data is not there and cannot be had.
    pub fn cifar10(&self, train: bool) -> Result<DataLoader<Subset<Transformed<Cifar10>>>> {
        let dataset = Cifar10::options(&self.data)
            .train(train)
            .download(true)
            .build()?
            .transform(transform());
        let loader = DataLoader::options(self.limited(dataset)).batch_size(self.batch_size);
        loader.shuffle(train).num_workers(self.workers).build()
    }

    /// Trains `model`, whose scores of a batch of images `scores` gives, by the notebook's loop.
    ///
    /// # Errors
    /// As [`cifar10`](Self::cifar10), and when the model cannot be moved to `device` or saved.
    pub fn train(
        &self,
        model: &dyn Module,
        scores: impl Fn(&Tensor) -> Tensor,
        device: Device,
    ) -> Result<History> {
        self.train_and(Also::default(), model, scores, device)
    }

    /// The same, and more in each step or epoch.
    ///
    /// # Errors
    /// As [`train`](Self::train).
    pub fn train_and(
        &self,
        also: Also,
        model: &dyn Module,
        scores: impl Fn(&Tensor) -> Tensor,
        device: Device,
    ) -> Result<History> {
        let trainloader = self.cifar10(true)?;
        model.move_to(device.into())?;
        let testloader = if also.test { Some(self.cifar10(false)?) } else { None };
        let criterion = CrossEntropyLoss::new();
        let mut optimizer = Adam::new(model.parameters(), self.lr);
        let mut history = History::default();
        for epoch in self.epochs() {
            println!("{epoch}");
            let mut running_loss = 0.0;
            let mut progress = Progress::new(trainloader.dataset().len());
            for batch in self.batches(&trainloader) {
                let (inputs, labels) = batch?;
                let (inputs, labels) = (inputs.to_device(device), labels.to_device(device));
                optimizer.zero_grad();
                let loss = criterion.forward(&scores(&inputs), &labels);
                loss.backward();
                if let Some(max_norm) = also.clip_grad_norm {
                    let _ = utils::clip_grad_norm_(&model.parameters(), max_norm);
                }
                optimizer.step();
                running_loss += loss.item();
                progress.update(inputs.size()[0], running_loss);
                if interrupted() {
                    break;
                }
            }
            progress.finish();
            println!("loss at epoch {epoch}: {running_loss}");
            if interrupted() {
                break; // What is left of an epoch that was cut short is no point of a curve.
            }
            history.losses.push(running_loss);
            if let Some(testloader) = &testloader {
                // A loader draws a number whenever it starts: the training must not miss it.
                let generator = random::get_rng_state();
                history.accuracies.push(self.accuracy(model, &scores, testloader, device)?.total());
                random::set_rng_state(&generator)?;
                model.train();
            }
        }
        self.save(model)?;
        Ok(history)
    }

    /// Tests `model` on images that it has not seen, and prints how often it was right.
    ///
    /// # Errors
    /// As [`cifar10`](Self::cifar10).
    pub fn test(
        &self,
        model: &dyn Module,
        scores: impl Fn(&Tensor) -> Tensor,
        device: Device,
    ) -> Result<Accuracy> {
        let accuracy = self.accuracy(model, scores, &self.cifar10(false)?, device)?;
        println!("test accuracy: {accuracy}");
        println!("label/prediction: {}", accuracy.first_answers());
        Ok(accuracy)
    }

    fn accuracy(
        &self,
        model: &dyn Module,
        scores: impl Fn(&Tensor) -> Tensor,
        testloader: &DataLoader<impl Dataset<Sample = (Tensor, Tensor)> + 'static>,
        device: Device,
    ) -> Result<Accuracy> {
        model.eval();
        let mut accuracy = Accuracy::new(&Cifar10::CLASSES);
        for batch in self.batches(testloader) {
            let (inputs, labels) = batch?;
            let outputs = torch::no_grad(|| scores(&inputs.to_device(device)));
            accuracy.update(&outputs, &labels);
        }
        Ok(accuracy)
    }
}
