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
use flambeau::train::{Accuracy, Progress, interrupted};
use mimalloc as _; // the allocator of the whole process, libtorch included

fn main() -> ExitCode {
    cli::run("Trains and tests the notebook's nn.Sequential on CIFAR-10", 64, train_and_test)
}

fn train_and_test(args: &cli::Args, device: Device) -> Result<()> {
    // The data: bytes become floats from -1 to 1.
    let transform = transforms::compose![
        transforms::ToTensor::new(),
        transforms::Normalize::new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
    ];
    let trainset = Cifar10::options(&args.data)
        .download(true)
        .build()
        .context("reading the training images")?;
    let trainset = trainset.transform(transform.clone());
    let trainloader = DataLoader::options(args.limited(trainset))
        .batch_size(args.batch_size)
        .shuffle(true)
        .num_workers(args.workers)
        .build()?;
    let testset = Cifar10::options(&args.data)
        .train(false)
        .download(true)
        .build()
        .context("reading the test images")?;
    let testset = testset.transform(transform);
    let testloader = DataLoader::options(args.limited(testset))
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

    // The training loop.
    for epoch in args.epochs() {
        println!("{epoch}");
        let mut running_loss = 0.0;
        let mut progress = Progress::new(trainloader.dataset().len());
        for batch in args.batches(&trainloader) {
            let (inputs, labels) = batch?;
            let (inputs, labels) = (inputs.to_device(device), labels.to_device(device));

            optimizer.zero_grad();
            let outputs = model.forward(&inputs);
            let loss = criterion.forward(&outputs, &labels);
            loss.backward();
            optimizer.step();

            running_loss += loss.item();
            progress.update(inputs.size()[0], running_loss);
            if interrupted() {
                break;
            }
        }
        progress.finish();
        println!("loss at epoch {epoch}: {running_loss}");
    }
    args.save(&model).context("saving the weights")?;

    // The test, on images that the model has not seen.
    model.eval();
    let mut accuracy = Accuracy::new(&classes);
    for batch in args.batches(&testloader) {
        let (inputs, labels) = batch?;
        let outputs = no_grad(|| model.forward(&inputs.to_device(device)));
        accuracy.update(&outputs, &labels);
    }
    println!("test accuracy: {accuracy}");
    println!("label/prediction: {}", accuracy.first_answers());
    Ok(())
}
