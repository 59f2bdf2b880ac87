//! The notebook's second model: the CNN as a module of its own, with functions in its `forward`.
//!
//! What is new beside `sequential_cnn`: a layer is a function too, and a model is a struct with
//! `new` and `forward` (src/models/functional_cnn.rs). Without a Softmax before the loss it
//! reaches 60 % test accuracy in the notebook's 20 epochs. Then it is fed new images:
//! `--save cnn.safetensors`, and later `--load cnn.safetensors --predict cat.jpg`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use flambeau::prelude::*;
use flambeau::train::{History, terminated};
use flambeau::{cli, file};
use mimalloc as _; // the allocator of the whole process, libtorch included

// What the arguments of the other examples do not have.
#[derive(clap::Args)]
struct More {
    /// Take the weights that --save has written, and do not train.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["save", "run"])]
    load: Option<PathBuf>,

    /// Say what these images show: the five likeliest classes of each.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    predict: Vec<PathBuf>,

    /// Draw training curves, confusion matrix, filters and feature maps into this folder.
    #[arg(long, value_name = "FOLDER")]
    plot: Option<PathBuf>,
}

fn main() -> ExitCode {
    cli::run_with(
        "Trains and tests the notebook's CNN, and feeds it new images",
        4,
        train_and_predict,
    )
}

fn train_and_predict(args: &cli::Args, more: &More, device: Device) -> Result<()> {
    // Define one layer, the non-linearity, and some random input.
    let layer = nn::Linear::new(100, 10);
    let activation = nn::ReLU::new();
    let inputs = Tensor::rand([32, 100], (Kind::Float, Device::Cpu));
    // Apply the layers; equivalently, as ReLU is parameter-free, the function.
    let outputs = activation.forward(&layer.forward(&inputs));
    assert_eq!(outputs, F::relu(&layer.forward(&inputs)));

    // Files are looked at before the training, so that it is not for nothing; of several ranks, by the first.
    let read = || more.predict.iter().map(cli::new_image).collect();
    let new_images: Option<Vec<_>> =
        cli::first_rank_does(read).context("reading the new images")?;
    cli::first_rank_does(|| more.plot.as_ref().map_or(Ok(()), file::make_folder))?;

    // The model, with the seed as it was: the cell above has drawn numbers too.
    random::manual_seed(args.seed);
    let model = models::Cnn::new();
    println!("{model}");
    let mut history = History::default();
    if let Some(path) = &more.load {
        args.load(&model, path).context("loading the weights")?;
        model.to(device)?;
    } else {
        history = match more.plot {
            Some(_) => args.train_with_curves(&model, Forward::forward, device),
            None => args.train(&model, Forward::forward, device),
        }
        .context("training")?;
    }
    if terminated() {
        return Ok(());
    }
    // Who has weights and wants to know what an image shows need not wait for a test.
    if more.load.is_none() || more.plot.is_some() || more.predict.is_empty() {
        let accuracy = args.test(&model, Forward::forward, device).context("testing")?;
        let draw = |folder| args.draw(&model, &history, &accuracy, device, folder);
        more.plot.as_deref().map_or(Ok(()), draw).context("drawing")?;
    }

    // Feeding some new (unseen) images.
    for (path, image) in more.predict.iter().zip(new_images.iter().flatten()) {
        let scores = no_grad(|| model.forward(&image.to_device(device)));
        println!("{}\n{}", path.display(), cli::likeliest(&scores)?);
    }
    Ok(())
}
