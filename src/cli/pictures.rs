//! The pictures of a trained CNN.

use std::path::Path;

use tch::{Device, Tensor};

use super::training::transform;
use super::{Args, is_first_rank};
use crate::data::Dataset;
use crate::models::Cnn;
use crate::train::{Accuracy, History};
use crate::vision::datasets::Cifar10;
use crate::vision::transforms::Transform;
use crate::{Result, plot, torch};

impl Args {
    /// Draws `model` into a folder that is there: the confusion matrix of `accuracy`, the
    /// filters of its first layer, its feature maps of the first test image and, where there is a
    /// history, its training curves.
    ///
    /// # Errors
    /// As [`cifar10`](Self::cifar10), and when a picture cannot be written.
    pub fn draw(
        &self,
        model: &Cnn,
        history: &History,
        accuracy: &Accuracy,
        device: Device,
        folder: &Path,
    ) -> Result<()> {
        if !is_first_rank() {
            return Ok(());
        }
        let mut pictures = Vec::new();
        if !history.losses.is_empty() {
            let accuracies = history.metrics.get("accuracy").map_or(&[][..], Vec::as_slice);
            let curves = plot::training_curves(&history.losses, accuracies);
            pictures.push(("training_curves.png", curves));
        }
        let matrix = plot::confusion_matrix(accuracy.classes(), accuracy.confusion());
        pictures.push(("confusion_matrix.png", matrix));
        pictures.push(("filters.png", plot::filters(&model.conv1.weight)));

        let testset = Cifar10::options(&self.data).train(false).build()?;
        let (picture, name) = (testset.get(0)?.0, Cifar10::CLASSES[usize::from(testset.label(0))]);
        let input = transform().apply(&picture)?.unsqueeze(0).to_device(device);
        let maps = torch::no_grad(|| model.feature_maps(&input)).map(|maps| maps.get(0));
        let [first, second]: [Tensor; 2] = maps;
        let layers = [("conv1 and ReLU", first), ("conv2 and ReLU", second)];
        pictures.push(("feature_maps.png", plot::feature_maps(&picture, name, &layers)));
        for (name, picture) in pictures {
            let path = folder.join(name);
            picture.save(&path)?;
            self.say(format_args!("drawn: {}", path.display()));
        }
        Ok(())
    }
}
