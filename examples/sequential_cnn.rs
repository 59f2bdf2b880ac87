//! The notebook's first model, a CNN as one `nn.Sequential`, trained on CIFAR-10: the notebook's
//! cells in their order.
//!
//! Expected: 58 % test accuracy after 20 epochs at batch 64, 47 % after three. The model ends in a
//! Softmax and the cross-entropy has another inside: at batch 4 the answers saturate, their gradient
//! vanishes, and the training ends near chance (src/models/sequential_cnn.rs).

use std::process::ExitCode;

use anyhow::{Context, Result};
use flambeau::cli;
use flambeau::prelude::*;
use flambeau::train::{Accuracy, local_rank_0_first, terminated};
use mimalloc as _; // the allocator of the whole process, libtorch included

fn main() -> ExitCode {
    cli::run("Trains and tests the notebook's nn.Sequential on CIFAR-10", 64, train_and_test)
}

fn train_and_test(args: &cli::Args, device: Device) -> Result<()> {
    // The folder of --run, if it is given: what is wrong with it is told before the data is fetched.
    let run = args.run()?;

    // The data: bytes become floats from -1 to 1.
    let transform = transforms::compose![
        transforms::ToTensor::new(),
        transforms::Normalize::new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
    ];
    // Where several ranks train, the first of each host downloads them.
    let read = |train| {
        local_rank_0_first(|| Cifar10::options(&args.data).train(train).download(true).build())
    };
    let trainset = read(true).context("reading the training images")?;
    let trainset = args.limited(trainset.transform(transform.clone()));
    let sampler = args.sampler(trainset.len())?; // in a new order each epoch; of several ranks, a share
    let trainloader = DataLoader::options(trainset)
        .batch_size(args.batch_size)
        .sampler(sampler)
        .num_workers(args.workers)
        .pin_memory(device.is_cuda())
        .build()?;
    let testset = read(false).context("reading the test images")?.transform(transform);
    let testloader = DataLoader::options(args.share(testset))
        .batch_size(args.batch_size)
        .num_workers(args.workers)
        .build()?;
    let classes = Cifar10::CLASSES;

    // The model (src/models/sequential_cnn.rs), what it should make small, and how it gets there:
    // Adam finds each weight's step by itself, where optim::SGD wants momentum and a tuned rate.
    let model = models::sequential_cnn();
    model.to(device)?;
    println!("{model}");
    if args.batch_size < 16 {
        println!("small batches saturate its Softmax: expect chance; 58 % at --batch-size 64");
    }
    let criterion = nn::CrossEntropyLoss::new();
    let mut optimizer = optim::Adam::new(model.parameters(), args.lr);

    // The test, on images that the model has not seen.
    let test = |model: &nn::Sequential| -> flambeau::Result<Accuracy> {
        let mut accuracy = Accuracy::new(&classes);
        for batch in args.batches(&testloader) {
            let (inputs, labels) = batch?;
            let outputs = no_grad(|| model.forward(&inputs.to_device(device)));
            accuracy.update(&outputs, &labels);
        }
        accuracy.all_reduce()?; // what all ranks have counted, if there are several
        Ok(accuracy)
    };

    // The training loop: the notebook's, through a trainer that does what the flags ask for besides,
    // by default nothing.
    let training = args.trainer(&model, &mut optimizer, &trainloader, run.as_ref())?;
    for epoch in training.epochs() {
        println!("{epoch}");
        for batch in training.batches() {
            let (inputs, labels) = batch?;
            let to_device = |x| torch::to_options(&x, device).non_blocking(true).call();
            let (inputs, labels) = (to_device(inputs), to_device(labels));

            training.zero_grad();
            let loss = training.autocast(|| {
                let outputs = model.forward(&inputs);
                criterion.forward(&outputs, &labels)
            });
            training.backward(&loss)?;
            training.step();
        }
        println!("loss at epoch {epoch}: {}", training.running_loss());
        if args.evaluates() {
            training.evaluate(|model| Ok(test(model)?.metrics()))?;
        }
        training.end_epoch();
    }
    args.finish(&training, &model).context("ending the training")?;

    if !terminated() {
        model.eval();
        args.tell(&test(&model)?)?;
    }
    Ok(())
}
