//! The pictures of a run and of its model.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::Result;
use flambeau::cli;
use flambeau::plot::{self, Picture};
use flambeau::prelude::*;

use super::{Metrics, Point};
use crate::trained::{Trained, probabilities};

/// A picture, and what it shows.
pub struct Shown {
    pub caption: String,
    pub picture: Picture,
}

/// How a run went, that was tested on the first `limit` images if there is one.
pub fn curves(metrics: &Metrics, limit: Option<u64>) -> Vec<Shown> {
    let tested = limit.filter(|n| *n < 10_000);
    let tested = tested.map_or("the".into(), |n| format!("the first {n}"));
    let by_epoch = |point: &Point| (point.epoch, point.number);
    let by_step = |point: &Point| (point.step, point.number);
    let share = |point: &Point| (point.epoch, 100.0 * point.number);
    let mut shown = Vec::new();
    let mut curve = |title: &str, x: &str, y: &str, lines: Vec<(String, Vec<(f64, f64)>)>| {
        let lines: Vec<_> = lines.into_iter().filter(|(_, points)| points.len() > 1).collect();
        if !lines.is_empty() {
            let picture = plot::curves(title, x, y, &lines);
            shown.push(Shown { caption: title.into(), picture });
        }
    };
    let accuracy = |name: &str| metrics.of(name).iter().map(share).collect();
    curve(
        "test accuracy",
        "epoch",
        &format!("% of {tested} test images"),
        vec![
            ("right".into(), accuracy("test/accuracy")),
            ("among the first five".into(), accuracy("test/top5")),
        ],
    );
    let points = metrics.of("train/running_loss").iter().map(by_epoch).collect();
    curve("training loss", "epoch", "sum over the batches", vec![("loss".into(), points)]);
    for (name, title, y) in [
        ("train/loss", "training loss, step by step", "mean of the steps"),
        ("learning_rate", "learning rate", "rate"),
        ("gradient_norm", "norm of the gradients", "norm"),
        ("images_per_second", "speed", "images a second"),
    ] {
        let points = metrics.of(name).iter().map(by_step).collect();
        curve(title, "step", y, vec![(name.into(), points)]);
    }
    shown
}

/// What a model looks for, and what it sees in the first test image.
pub fn of_model(trained: &Trained, images: &Cifar10, device: Device) -> Result<Vec<Shown>> {
    let mut shown = Vec::new();
    if let Some(kernels) = first_kernels(&*trained.model) {
        let picture = plot::filters(&kernels);
        shown.push(Shown { caption: "the first layer's kernels".into(), picture });
    }
    let (image, name) = (images.get(0)?.0, Cifar10::CLASSES[usize::from(images.label(0))]);
    shown.extend(of_image(trained, &image, name, device)?);
    Ok(shown)
}

/// What a model sees in an image, bytes (3, 32, 32).
pub fn of_image(
    trained: &Trained,
    image: &Tensor,
    name: &str,
    device: Device,
) -> Result<Vec<Shown>> {
    let mut shown = Vec::new();
    let input = cli::model_input(image)?.to_device(device);
    let seen = outputs(trained, &input);
    let maps = |(name, output): &(String, Tensor)| (name.clone(), output.get(0));
    let maps: Vec<_> = seen.iter().filter(|(_, output)| output.dim() == 4).map(maps).collect();
    if !maps.is_empty() {
        let maps: Vec<_> =
            maps.iter().map(|(name, maps)| (&**name, maps.shallow_clone())).collect();
        let picture = plot::feature_maps(image, name, &maps);
        shown.push(Shown { caption: "what each layer finds in an image".into(), picture });
    }
    let rows = image.size()[1];
    // Step by step there may be answers, too: what is remembered are more values.
    let steps = seen.iter().filter(|(_, output)| output.dim() == 3 && output.size()[0] == rows);
    if let Some((_, hidden)) = steps.max_by_key(|(_, output)| output.size()[2]) {
        let picture = plot::hidden_values(image, name, &hidden.select(1, 0));
        shown.push(Shown { caption: "what is remembered, row by row".into(), picture });
    }
    Ok(shown)
}

/// The kernels of a first layer that sees colours, (N, 3, k, k).
fn first_kernels(model: &dyn Forward) -> Option<Tensor> {
    let (_, weight) = model.state_dict().into_iter().next()?;
    match *weight.size() {
        [_, 3, _, _] => Some(weight),
        // Those of a convolution by matmul: rows of k·k numbers.
        [n, 3, numbers] => {
            let side = (numbers as f64).sqrt() as i64;
            (side * side == numbers).then(|| weight.view([n, 3, side, side]))
        }
        _ => None,
    }
}

/// What each layer gives, by its name: maps, and the hidden values of a recurrent one.
pub fn outputs(trained: &Trained, input: &Tensor) -> Vec<(String, Tensor)> {
    let found = Rc::new(RefCell::new(Vec::new()));
    let theirs = found.clone();
    let handle = nn::register_module_forward_hook(move |module, _inputs, outputs| {
        let place = std::ptr::from_ref(module).addr();
        let outputs = outputs.iter().filter(|output| output.dim() > 2);
        let found = outputs.map(|output| (place, module.class_name(), output.detach()));
        theirs.borrow_mut().extend(found);
        None
    });
    let _ = probabilities(trained, input);
    handle.remove();
    let names = nn::named_modules(&*trained.model);
    let name = |place: usize, class: &str| {
        let mut all = names.iter();
        let found = all.find(|(_, module)| {
            std::ptr::from_ref(*module).addr() == place && module.class_name() == class
        });
        // One that is flattened into another has no name of its own.
        let name = found.map_or("", |(name, _)| name);
        format!("{name} {class}").trim_start().to_string()
    };
    let found = found.borrow();
    let named =
        found.iter().map(|(place, class, output)| (name(*place, class), output.shallow_clone()));
    named.collect()
}
