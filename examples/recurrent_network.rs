//! The notebook's recurrent network, by hand: first its own check, then it reads CIFAR-10.
//!
//! What is new beside `functional_cnn`: a state from one call to the next
//! (src/models/recurrent_network.rs). An image is read row by row, 32 steps of 96 values, and
//! what the network answers after the last row counts.

use std::process::ExitCode;

use flambeau::cli;
use flambeau::prelude::*;

fn main() -> ExitCode {
    cli::run_with_batch_size(64, train_and_test)
}

fn train_and_test(args: &cli::Args, device: Device) -> Result<()> {
    // The same input leads to another output at every single time step.
    let input_vector = Tensor::ones([16, 4], (Kind::Float, Device::Cpu));
    let simple_network = models::RecurrentNetwork::new(4, 10, 5);
    for _ in 0..3 {
        simple_network.forward(&input_vector).print();
    }

    // 96 values a row, 128 hidden ones, ten classes.
    random::manual_seed(args.seed);
    let network = models::RecurrentNetwork::new(3 * 32, 128, 10);
    let scores = |images: &Tensor| {
        let (outputs, _hidden) = network.read(&models::rows(images));
        outputs.select(0, -1)
    };
    println!("{network}");
    args.train(&network, scores, device)?;
    args.test(&network, scores, device)?;
    Ok(())
}
