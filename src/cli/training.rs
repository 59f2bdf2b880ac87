//! The notebook's data and training loop, for the examples that are about something else; the
//! example `sequential_cnn` shows them line by line.

use tch::{Device, Tensor};

use super::Args;
use crate::Result;
use crate::data::{DataLoader, Dataset, Subset};
use crate::nn::{CrossEntropyLoss, Module};
use crate::optim::{Adam, Optimizer};
use crate::train::{Accuracy, Progress, interrupted};
use crate::vision::datasets::{Cifar10, Transformed};
use crate::vision::transforms::{self, Normalize, ToTensor};

impl Args {
    /// CIFAR-10 as the notebook loads it, its pixels brought to -1..1: the training images
    /// shuffled, or the test images in their order.
    ///
    /// # Errors
    /// When the data is not there and cannot be had.
    pub fn cifar10(&self, train: bool) -> Result<DataLoader<Subset<Transformed<Cifar10>>>> {
        let transform = transforms::compose![ToTensor::new(), Normalize::new([0.5; 3], [0.5; 3])];
        let dataset = Cifar10::new(&self.data, train, true)?.transform(transform);
        let loader = DataLoader::options(self.limited(dataset)).batch_size(self.batch_size);
        loader.shuffle(train).num_workers(self.workers).build()
    }

    /// Trains `model`, whose scores of a batch of images `scores` gives, by the notebook's loop.
    /// Returns the running loss of each epoch.
    ///
    /// # Errors
    /// As [`cifar10`](Self::cifar10), and when the model cannot be moved to `device` or saved.
    pub fn train(
        &self,
        model: &dyn Module,
        scores: impl Fn(&Tensor) -> Tensor,
        device: Device,
    ) -> Result<Vec<f64>> {
        let trainloader = self.cifar10(true)?;
        model.to(device)?;
        let criterion = CrossEntropyLoss::new();
        let mut optimizer = Adam::new(model.parameters(), self.lr);
        let mut losses = Vec::new();
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
                optimizer.step();
                running_loss += loss.double_value(&[]);
                progress.update(inputs.size()[0], running_loss);
                if interrupted() {
                    break;
                }
            }
            progress.finish();
            println!("loss at epoch {epoch}: {running_loss}");
            losses.push(running_loss);
        }
        self.save(model)?;
        Ok(losses)
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
        model.eval();
        let mut accuracy = Accuracy::new(&Cifar10::CLASSES);
        for batch in self.batches(&self.cifar10(false)?) {
            let (inputs, labels) = batch?;
            let outputs = tch::no_grad(|| scores(&inputs.to_device(device)));
            accuracy.update(&outputs, &labels);
        }
        println!("test accuracy: {accuracy}");
        println!("label/prediction: {}", accuracy.first_answers());
        Ok(accuracy)
    }
}
