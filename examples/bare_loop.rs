//! The notebook's training loop as it stands, with six lines more, each of which names `run` or `cli`, and
//! what it goes through named by `run` and `Progress`: it can be killed at any moment and goes on to the
//! same bits, is logged, shows its progress, and ends well by Ctrl-C.
//!
//! `cargo run --example bare_loop`, pull the plug, and run it again.
//!
//! The lines that name ranks, the share of the images and the model that is `parallel` have it train on
//! several processes too: `scripts/torchrun --nproc-per-node 2 target/debug/examples/bare_loop`. `--timeout 2m`
//! says how long they wait for each other.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use flambeau::cli;
use flambeau::prelude::*;
use flambeau::train::{self, Parallel, Progress, Run, State, local_rank_0_first, mean_over_ranks};

const BATCH_SIZE: usize = 4;

fn main() -> Result<ExitCode> {
    cli::show_warnings(); // as any logger does, of a checkpoint that cannot be written
    cli::join_ranks(BATCH_SIZE, cli::RankArgs::parse().timeout)?; // where torchrun has started several
    random::manual_seed(0);
    let transform = transforms::compose![
        transforms::ToTensor::new(),
        transforms::Normalize::new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
    ];
    let read = || Cifar10::options(Cifar10::DEFAULT_ROOT).download(true).build();
    let trainset = local_rank_0_first(read)?.transform(transform);
    let share = train::sampler(trainset.len(), true, 0)?; // shuffled; of several ranks, each has its own
    let trainloader = DataLoader::options(trainset)
        .batch_size(BATCH_SIZE)
        .sampler(share)
        .num_workers(2)
        .build()?;

    let model = models::Cnn::new();
    let parallel = Parallel::of(&model, &trainloader)?; // gradients are the mean over all ranks
    let criterion = nn::CrossEntropyLoss::new();
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);

    let run =
        Run::options("runs/bare").resume(true).checkpoint_every(500).log_every(100).build()?;
    run.resume(State::of(&model, &mut optimizer).loader(&trainloader).parallel(&parallel))?;
    for epoch in run.epochs(20) {
        trainloader.set_epoch(epoch as i64);
        for batch in Progress::over(&trainloader) {
            let (inputs, labels) = batch?;
            optimizer.zero_grad();
            let outputs = parallel.f_forward(&inputs)?; // the error names a rank that is gone
            let loss = criterion.forward(&outputs, &labels);
            parallel.backward(&loss)?;
            optimizer.step();
            run.log([("loss", mean_over_ranks(loss.item())?)]);
            run.step(State::of(&model, &mut optimizer).loader(&trainloader).parallel(&parallel));
        }
        run.end_epoch(State::of(&model, &mut optimizer).loader(&trainloader).parallel(&parallel));
    }

    cli::leave_ranks();
    // The exit code: 130 after Ctrl-C, 143 after SIGTERM, else 0.
    Ok(run.finish()?)
}
