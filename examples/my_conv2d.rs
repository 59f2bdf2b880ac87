//! The notebook's own convolution: by unfold and matmul, first by itself, then in the CNN.
//!
//! What is new beside `functional_cnn`: a layer with parameters of its own
//! (src/models/my_conv2d.rs). Built on it, the CNN trains as on the built-in layer; their losses
//! are printed side by side, and part only as rounding lets them.

use std::process::ExitCode;

use anyhow::{Context, Result};
use flambeau::cli;
use flambeau::prelude::*;
use flambeau::train::{interrupted, terminated};
use mimalloc as _; // the allocator of the whole process, libtorch included

fn main() -> ExitCode {
    cli::run("Trains the CNN on a convolution of one's own and on nn.Conv2d", 4, train_and_test)
}

fn train_and_test(args: &cli::Args, device: Device) -> Result<()> {
    // Testing the code directly, and checking that there are gradients.
    let conv = models::MyConv2d::new(3, 1, 3);
    let x = Tensor::randn([1, 3, 24, 24], (Kind::Float, Device::Cpu));
    conv.forward(&x).mean(None).backward();
    conv.weights.grad().print();

    // The CNN on the layer of one's own.
    random::manual_seed(args.seed);
    let model = models::MyCnn::new();
    println!("{model}");
    // With --run, each of the two has a folder of its own in it.
    let first = with_run(args, "my_conv2d");
    let mine = first.train(&model, models::MyCnn::forward, device);
    let mine = mine.context("training on MyConv2d")?;
    if terminated() {
        return Ok(());
    }
    first.test(&model, models::MyCnn::forward, device).context("testing on MyConv2d")?;
    if interrupted() {
        return Ok(());
    }

    // The same on the built-in layer, from the same seed.
    println!("\nthe same with nn::Conv2d");
    random::manual_seed(args.seed);
    let built_in = models::Cnn::new();
    let mut second = with_run(args, "conv2d");
    second.save = None;
    let theirs = second.train(&built_in, models::Cnn::forward, device);
    let theirs = theirs.context("training on nn::Conv2d")?;
    if terminated() {
        return Ok(());
    }
    second.test(&built_in, models::Cnn::forward, device).context("testing on nn::Conv2d")?;

    println!("\nepoch  loss with MyConv2d  with nn::Conv2d");
    for (epoch, (mine, theirs)) in mine.losses.iter().zip(&theirs.losses).enumerate() {
        println!("{epoch:5}  {mine:18.3}  {theirs:15.3}");
    }
    Ok(())
}

fn with_run(args: &cli::Args, name: &str) -> cli::Args {
    let mut args = args.clone();
    args.training.run = args.training.run.map(|folder| folder.join(name));
    args
}
