//! The notebook's training loop as it stands, with six lines more: it can be killed at any moment and
//! goes on to the same bits, is logged, shows its progress, and ends well by Ctrl-C.
//!
//! `cargo run --example bare_loop`, pull the plug, and run it again.

use std::process::ExitCode;

use anyhow::Result;
use flambeau::cli;
use flambeau::prelude::*;
use flambeau::train::interrupt::exit_code;
use flambeau::train::{Progress, Run, State};

fn main() -> Result<ExitCode> {
    // What goes wrong with a checkpoint is told through `log`; this shows it, as any logger would.
    cli::show_warnings();
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

    let run = Run::options("runs/bare_loop").resume(true).checkpoint_every(1000).log_every(100);
    let run = run.build()?; // 1
    run.resume(State::of(&model, &mut optimizer).loader(&trainloader))?; // 2
    for _epoch in run.epochs(20) {
        for batch in Progress::over(&trainloader) {
            let (inputs, labels) = batch?;
            optimizer.zero_grad();
            let outputs = model.forward(&inputs);
            let loss = criterion.forward(&outputs, &labels);
            loss.backward();
            optimizer.step();
            run.log([("loss", loss.item())]); // 3
            run.step(State::of(&model, &mut optimizer).loader(&trainloader)); // 4
        }
        run.end_epoch(State::of(&model, &mut optimizer).loader(&trainloader)); // 5
    }
    run.finish()?; // 6

    // 130 after Ctrl-C, 143 after SIGTERM.
    Ok(exit_code())
}
