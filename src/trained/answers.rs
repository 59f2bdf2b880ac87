//! [`Answers`]: what a model says of the images that it has not seen.

use anyhow::Context;
use flambeau::prelude::*;
use flambeau::train::Accuracy;
use serde_json::{Value, json};

use super::machine::loader;
use super::weights::Trained;

/// Of a model whose scores are NaN.
#[derive(Debug, thiserror::Error)]
#[error(
    "its scores are no numbers: the weights have got lost in the training; train it again with \
     --detect-nan, a smaller --lr or --clip"
)]
pub struct NoNumbers;

/// What a model says of each test image, and how often it is right.
pub struct Answers {
    pub accuracy: Accuracy,
    pub answers: Vec<Answer>,
}

/// What a model says of an image.
#[derive(Clone, Copy)]
pub struct Answer {
    pub label: usize,
    pub answer: usize,
    /// How sure it is, from 0 to 1.
    pub probability: f64,
}

impl Answers {
    /// Asks the model.
    ///
    /// # Errors
    /// When an image cannot be read, or the model's scores are no numbers.
    pub fn of(trained: &Trained, images: Cifar10, device: Device) -> anyhow::Result<Self> {
        let mut accuracy = Accuracy::new(&Cifar10::CLASSES);
        let mut answers = Vec::with_capacity(images.len());
        for batch in &loader(images)? {
            let (inputs, labels) = batch?;
            let probabilities = probabilities(trained, &inputs.to_device(device));
            if probabilities.isnan().any().int64_value(&[]) != 0 {
                return Err(NoNumbers).with_context(|| trained.path.display().to_string());
            }
            accuracy.update(&probabilities, &labels);
            let (best, classes) = probabilities.max_dim(1, false);
            let labels: Vec<i64> = labels.tolist();
            let (classes, best): (Vec<i64>, Vec<f64>) = (classes.tolist(), best.double().tolist());
            answers.extend(labels.iter().zip(classes).zip(best).map(
                |((&label, answer), probability)| Answer {
                    label: label as usize,
                    answer: answer as usize,
                    probability,
                },
            ));
        }
        Ok(Self { accuracy, answers })
    }
}

/// How a test went, for other programs.
pub fn as_json(accuracy: &Accuracy) -> Value {
    let classes = accuracy.classes().iter().enumerate();
    let classes = classes.map(|(i, name)| (name.clone(), json!(accuracy.of_class(i))));
    json!({
        "images": accuracy.confusion().iter().flatten().sum::<usize>(),
        "accuracy": accuracy.total(),
        "top5": accuracy.top5(),
        "classes": classes.collect::<serde_json::Map<_, _>>(),
        "confusion": accuracy.confusion(),
    })
}

/// The probabilities of the classes, (N, 10), for images as a model sees them.
pub fn probabilities(trained: &Trained, images: &Tensor) -> Tensor {
    let scores = no_grad(|| nn::call(&*trained.model, images));
    match trained.architecture.ends_in_softmax() {
        true => scores,
        false => scores.softmax(1, None),
    }
}

/// The classes of one image, (1, 3, 32, 32) as the model sees it, by their probabilities: the likeliest
/// first.
pub fn likeliest(trained: &Trained, image: &Tensor) -> anyhow::Result<Vec<(&'static str, f64)>> {
    let probabilities: Vec<f64> = probabilities(trained, image).get(0).double().tolist();
    if probabilities.iter().any(|probability| probability.is_nan()) {
        return Err(NoNumbers.into());
    }
    let mut classes: Vec<_> = Cifar10::CLASSES.into_iter().zip(probabilities).collect();
    classes.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    Ok(classes)
}
