//! The notebook's training loop as it stands, with seven lines more, each of which names `run` or `cli`, and
//! what it goes through named by `run` and `Progress`: it can be killed at any moment and goes on to the
//! same bits, is logged, shows its progress, and ends well by Ctrl-C.
//!
//! `cargo run --example bare_loop`, pull the plug, and run it again.

use std::process::ExitCode;

use anyhow::Result;
use flambeau::cli;
use flambeau::prelude::*;
use flambeau::train::{Progress, Run, State};

fn main() -> Result<ExitCode> {
    cli::one_process()?; // of several, under torchrun, each would train the whole; see distributed.rs
    random::manual_seed(0);
    let transform = transforms::compose![
        transforms::ToTensor::new(),
        transforms::Normalize::new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
    ];
    let trainset = Cifar10::options(Cifar10::DEFAULT_ROOT).download(true).build()?;
    let trainset = trainset.transform(transform);
    let trainloader =
        DataLoader::options(trainset).batch_size(4).shuffle(true).num_workers(2).build()?;

    let model = models::Cnn::new();
    let criterion = nn::CrossEntropyLoss::new();
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);

    cli::show_warnings(); // as any logger does, of a checkpoint that cannot be written
    let run =
        Run::options("runs/bare").resume(true).checkpoint_every(500).log_every(100).build()?;
    run.resume(State::of(&model, &mut optimizer).loader(&trainloader))?;
    for _epoch in run.epochs(20) {
        for batch in Progress::over(&trainloader) {
            let (inputs, labels) = batch?;
            optimizer.zero_grad();
            let outputs = model.forward(&inputs);
            let loss = criterion.forward(&outputs, &labels);
            loss.backward();
            optimizer.step();
            run.log([("loss", loss.item())]);
            run.step(State::of(&model, &mut optimizer).loader(&trainloader));
        }
        run.end_epoch(State::of(&model, &mut optimizer).loader(&trainloader));
    }

    // The exit code: 130 after Ctrl-C, 143 after SIGTERM, else 0.
    Ok(run.finish()?)
}
