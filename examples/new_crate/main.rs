//! Trains the model in src/model.rs on CIFAR-10, and tests it. `--help` tells what it can do besides;
//! several processes train it together under torchrun, srun or mpirun.

mod model;

use std::process::ExitCode;

use anyhow::{Context, Result};
use flambeau::cli;
use flambeau::prelude::*;
use flambeau::train::{Accuracy, local_rank_0_first, terminated};

use crate::model::Net;

fn main() -> ExitCode {
    cli::run("Trains and tests the model in src/model.rs on CIFAR-10", 64, train_and_test)
}

fn train_and_test(args: &cli::Args, device: Device) -> Result<()> {
    let run = args.run()?;
    let transform = transforms::compose![
        transforms::ToTensor::new(),
        transforms::Normalize::new([0.5; 3], [0.5; 3]),
    ];
    let read = |train| -> Result<_> {
        let images = Cifar10::options(&args.data).train(train).download(true);
        // Where several processes train, the first of each machine downloads.
        let images = local_rank_0_first(|| images.build()).context("reading CIFAR-10")?;
        Ok(images.transform(transform.clone()))
    };
    let trainset = args.limited(read(true)?);
    let sampler = args.sampler(trainset.len())?; // shuffled; of several processes, each has a share
    let trainloader = DataLoader::options(trainset).batch_size(args.batch_size).sampler(sampler);
    let trainloader = trainloader.num_workers(args.workers).build()?;
    let testloader = DataLoader::options(args.share(read(false)?)).batch_size(args.batch_size);
    let testloader = testloader.num_workers(args.workers).build()?;

    let model = Net::new();
    model.to(device)?;
    println!("{model}");
    let criterion = nn::CrossEntropyLoss::new();
    let mut optimizer = optim::Adam::new(model.parameters(), args.lr);
    let test = |model: &Net| -> flambeau::Result<Accuracy> {
        let mut accuracy = Accuracy::new(&Cifar10::CLASSES);
        for batch in args.batches(&testloader) {
            let (images, labels) = batch?;
            accuracy.update(&no_grad(|| model.forward(&images.to_device(device))), &labels);
        }
        accuracy.all_reduce()?; // what all processes have counted, if there are several
        Ok(accuracy)
    };

    let trainer = args.trainer(&model, &mut optimizer, &trainloader, run.as_ref())?;
    for epoch in trainer.epochs() {
        for batch in trainer.batches() {
            let (images, labels) = batch?;
            trainer.zero_grad();
            let loss = trainer.autocast(|| {
                let scores = model.forward(&images.to_device(device));
                criterion.forward(&scores, &labels.to_device(device))
            });
            trainer.backward(&loss)?;
            trainer.step();
        }
        println!("loss at epoch {epoch}: {}", trainer.running_loss());
        if args.evaluates() {
            trainer.evaluate(|model| Ok(test(model)?.metrics()))?;
        }
        trainer.end_epoch();
    }
    args.finish(&trainer, &model)?;

    if !terminated() {
        model.eval();
        args.tell(&test(&model)?)?;
    }
    Ok(())
}
