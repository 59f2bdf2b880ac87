//! The notebook's data and training loop, for the examples that are about something else; the
//! example `sequential_cnn` shows them line by line.

use std::path::Path;

use tch::{Device, Tensor};

use super::{Args, is_first_rank};
use crate::data::{DataLoader, Dataset, Subset};
use crate::nn::{CrossEntropyLoss, Module};
use crate::optim::Adam;
use crate::train::{Accuracy, History, local_rank_0_first};
use crate::vision::datasets::{Cifar10, Transformed};
use crate::vision::io::read_image_options;
use crate::vision::transforms::{self, Compose, Normalize, Resize, ToTensor, Transform};
use crate::{Error, Result, plot, torch};

/// What the notebook does to an image: bytes become floats from -1 to 1.
pub fn transform() -> Compose {
    transforms::compose![ToTensor::new(), Normalize::new([0.5; 3], [0.5; 3])]
}

/// Reads an image of any size as the models were trained to see them: (1, 3, 32, 32), resized with
/// Pillow's bits (what of a file's own pixels is not Pillow's stands at [`read_image`](crate::vision::io::read_image)).
///
/// # Errors
/// As [`read_image`](crate::vision::io::read_image).
pub fn new_image(path: impl AsRef<Path>) -> Result<Tensor> {
    model_input(&read_image_options(path.as_ref()).mode("RGB").call()?)
}

/// An image of bytes, (3, H, W), as the models were trained to see them: (1, 3, 32, 32).
///
/// # Errors
/// When it is no such image.
pub fn model_input(image: &Tensor) -> Result<Tensor> {
    Ok(transform().apply(&Resize::new([32, 32]).apply(image)?)?.unsqueeze(0))
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

impl Args {
    /// CIFAR-10 as the notebook loads it, its pixels brought to -1..1: the training images
    /// shuffled, or the test images in their order; in pinned memory if they go to a GPU. Of several ranks,
    /// each has its share, and local rank 0 downloads what is missing; all make this call.
    ///
    /// # Errors
    /// When the data is not there and cannot be had.
    pub fn cifar10(
        &self,
        train: bool,
        device: Device,
    ) -> Result<DataLoader<Subset<Transformed<Cifar10>>>> {
        let read = || Cifar10::options(&self.data).train(train).download(true).build();
        let dataset = local_rank_0_first(read)?.transform(transform());
        let (dataset, sampler) = match train {
            true => {
                let dataset = self.limited(dataset);
                let sampler = self.sampler(dataset.len())?;
                (dataset, Some(sampler))
            }
            false => (self.share(dataset), None),
        };
        let loader = DataLoader::options(dataset).batch_size(self.batch_size);
        let loader = loader.maybe_sampler(sampler).num_workers(self.workers);
        loader.pin_memory(device.is_cuda()).build()
    }

    /// Trains `model`, whose scores of a batch of images `scores` gives, by the notebook's loop and
    /// what the arguments ask for besides.
    ///
    /// # Errors
    /// As [`cifar10`](Self::cifar10), and when the model cannot be moved to `device` or saved.
    pub fn train<M: Module>(
        &self,
        model: &M,
        scores: impl Fn(&M, &Tensor) -> Tensor,
        device: Device,
    ) -> Result<History> {
        self.train_and_evaluate(self.evaluates(), model, scores, device)
    }

    /// The same, with a test after each epoch for the curves. The training stays the same to the bit.
    ///
    /// # Errors
    /// As [`train`](Self::train).
    pub fn train_with_curves<M: Module>(
        &self,
        model: &M,
        scores: impl Fn(&M, &Tensor) -> Tensor,
        device: Device,
    ) -> Result<History> {
        self.train_and_evaluate(true, model, scores, device)
    }

    fn train_and_evaluate<M: Module>(
        &self,
        evaluates: bool,
        model: &M,
        scores: impl Fn(&M, &Tensor) -> Tensor,
        device: Device,
    ) -> Result<History> {
        // What is wrong with it is told before the data is fetched.
        let run = self.run()?;
        let trainloader = self.cifar10(true, device)?;
        model.move_to(device.into())?;
        let testloader = if evaluates { Some(self.cifar10(false, device)?) } else { None };
        let criterion = CrossEntropyLoss::new();
        let mut optimizer = Adam::new(model.parameters(), self.lr);
        let trainer = self.trainer(model, &mut optimizer, &trainloader, run.as_ref())?;
        for epoch in trainer.epochs() {
            self.say(epoch);
            for batch in trainer.batches() {
                let (inputs, labels) = batch?;
                let to_device = |x| torch::to_options(&x, device).non_blocking(true).call();
                let (inputs, labels) = (to_device(inputs), to_device(labels));
                trainer.zero_grad();
                let loss = trainer.autocast(|| criterion.forward(&scores(model, &inputs), &labels));
                trainer.backward(&loss)?;
                trainer.step();
            }
            self.say(format_args!("loss at epoch {epoch}: {}", trainer.running_loss()));
            if let Some(testloader) = &testloader {
                trainer.evaluate(|model| {
                    Ok(self.accuracy(model, &scores, testloader, device)?.metrics())
                })?;
            }
            trainer.end_epoch();
        }
        self.finish(&trainer, model)?;
        Ok(trainer.history())
    }

    /// Tests `model` on images that it has not seen, and prints how often it was right. A run gets
    /// the confusion matrix.
    ///
    /// # Errors
    /// As [`cifar10`](Self::cifar10), and when the picture cannot be written.
    pub fn test<M: Module>(
        &self,
        model: &M,
        scores: impl Fn(&M, &Tensor) -> Tensor,
        device: Device,
    ) -> Result<Accuracy> {
        let accuracy = self.measure(model, scores, device)?;
        self.tell(&accuracy)?;
        Ok(accuracy)
    }

    /// [`test`](Self::test), of which nothing is printed and no picture is drawn.
    ///
    /// # Errors
    /// As [`cifar10`](Self::cifar10).
    pub fn measure<M: Module>(
        &self,
        model: &M,
        scores: impl Fn(&M, &Tensor) -> Tensor,
        device: Device,
    ) -> Result<Accuracy> {
        model.eval();
        self.accuracy(model, scores, &self.cifar10(false, device)?, device)
    }

    /// Prints how a test went. A run gets the confusion matrix.
    ///
    /// # Errors
    /// When the picture cannot be written.
    pub fn tell(&self, accuracy: &Accuracy) -> Result<()> {
        println!("test accuracy: {accuracy}");
        self.say(format_args!("label/prediction: {}", accuracy.first_answers()));
        self.draw_confusion(accuracy)
    }

    /// Gives a run the confusion matrix.
    ///
    /// # Errors
    /// When the picture cannot be written.
    pub fn draw_confusion(&self, accuracy: &Accuracy) -> Result<()> {
        if let Some(folder) = self.training.run.as_ref().filter(|_| is_first_rank()) {
            let matrix = plot::confusion_matrix(accuracy.classes(), accuracy.confusion());
            matrix.save(folder.join("confusion_matrix.png"))?;
        }
        Ok(())
    }

    fn accuracy<M: Module>(
        &self,
        model: &M,
        scores: impl Fn(&M, &Tensor) -> Tensor,
        testloader: &DataLoader<impl Dataset<Sample = (Tensor, Tensor)> + 'static>,
        device: Device,
    ) -> Result<Accuracy> {
        let mut accuracy = Accuracy::new(&Cifar10::CLASSES);
        for batch in self.batches(testloader) {
            let (inputs, labels) = batch?;
            let outputs = torch::no_grad(|| scores(model, &inputs.to_device(device)));
            accuracy.update(&outputs, &labels);
        }
        accuracy.all_reduce()?;
        Ok(accuracy)
    }
}
