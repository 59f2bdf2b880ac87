//! The notebook's training loop on several processes, each with its share of the images.
//!
//! ```sh
//! scripts/cargo build --example distributed
//! scripts/torchrun --nproc-per-node 2 target/debug/examples/distributed
//! ```
//!
//! `--timeout 2m` says how long they wait for each other.

use anyhow::Result;
use clap::Parser;
use flambeau::cli::{self, RankArgs, ThreadCount};
use flambeau::data::DistributedSampler;
use flambeau::distributed as dist;
use flambeau::nn::parallel::DistributedDataParallel;
use flambeau::prelude::*;
use flambeau::train::local_rank_0_first;

const BATCH_SIZE: usize = 4;

fn main() -> Result<()> {
    cli::show_warnings();
    let timeout = RankArgs::parse().timeout;
    dist::init_process_group_options().timeout(timeout).call()?; // who torchrun, srun or mpirun says that this is
    let (rank, ranks) = (dist::get_rank()?, dist::get_world_size()?);
    if rank == 0 {
        let (all, threads) = (ranks * BATCH_SIZE, ThreadCount::current());
        println!("{ranks} ranks, a batch of {BATCH_SIZE} each, {all} in all; each {threads}");
    }

    random::manual_seed(0);
    let transform = transforms::compose![
        transforms::ToTensor::new(),
        transforms::Normalize::new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
    ];
    let read = || Cifar10::options(Cifar10::DEFAULT_ROOT).download(true).build();
    let trainset = local_rank_0_first(read)?.transform(transform);
    let sampler = DistributedSampler::options(trainset.len(), ranks, rank).build()?;
    let trainloader = DataLoader::options(trainset).batch_size(BATCH_SIZE);
    let trainloader = trainloader.sampler(sampler.clone()).num_workers(1).build()?;

    let model = DistributedDataParallel::new(models::Cnn::new())?; // gradients are the mean over all
    let criterion = nn::CrossEntropyLoss::new();
    let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
    for epoch in 0..2 {
        sampler.set_epoch(epoch);
        let running_loss = torch::zeros([1]);
        for batch in &trainloader {
            let (inputs, labels) = batch?;
            optimizer.zero_grad();
            let outputs = model.f_forward(&inputs)?; // the error names a rank that is gone
            let loss = criterion.forward(&outputs, &labels);
            model.backward(&loss)?;
            optimizer.step();
            let _ = no_grad(|| running_loss.shallow_clone().g_add_(&loss));
        }
        dist::all_reduce(&running_loss)?;
        if rank == 0 {
            println!("loss at epoch {epoch}: {}", running_loss.item());
        }
    }
    if rank == 0 {
        flambeau::serialize::safetensors::save_file(&model.module.state_dict(), "cnn.safetensors")?;
    }
    Ok(dist::destroy_process_group()?)
}
