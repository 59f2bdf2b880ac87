//! The notebook's second model: the CNN as a module of its own, with functions in its `forward`.
//!
//! What is new beside `sequential_cnn`: a layer is a function too, and a model is a struct with
//! `new` and `forward` (src/models/functional_cnn.rs). Without a Softmax before the loss it
//! reaches 59 to 61 % test accuracy in the notebook's 20 epochs.

use std::process::ExitCode;

use flambeau::cli;
use flambeau::prelude::*;

fn main() -> ExitCode {
    cli::run(train_and_test)
}

fn train_and_test(args: &cli::Args, device: Device) -> Result<()> {
    // Define one layer, the non-linearity, and some random input.
    let layer = nn::Linear::new(100, 10);
    let activation = nn::ReLU::new();
    let inputs = Tensor::rand([32, 100], (Kind::Float, Device::Cpu));
    // Apply the layers; equivalently, as ReLU is parameter-free, the function.
    let outputs = activation.forward(&layer.forward(&inputs));
    assert_eq!(outputs, F::relu(&layer.forward(&inputs)));

    // The model, with the seed as it was: the cell above has drawn numbers too.
    random::manual_seed(args.seed);
    let model = models::Cnn::new();
    println!("{model}");

    args.train(&model, |images| model.forward(images), device)?;
    args.test(&model, |images| model.forward(images), device)?;
    Ok(())
}
