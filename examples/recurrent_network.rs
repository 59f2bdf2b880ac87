//! The notebook's recurrent network, by hand: first its own check, then it reads CIFAR-10.
//!
//! What is new beside `functional_cnn`: a state from one call to the next
//! (src/models/recurrent_network.rs). An image is read row by row, 32 steps of 96 values, and
//! what the network answers after the last row counts. `--cell rnn`, `lstm` or `gru` takes
//! PyTorch's own layers instead. After 20 epochs it is right in 35 % of the test images, with
//! `--clip 1` in 41, with `--average` in 51, and with `--cell lstm` in 56.

use std::fmt::Display;
use std::process::ExitCode;

use anyhow::{Context, Result};
use flambeau::cli;
use flambeau::prelude::*;
use flambeau::train::terminated;
use mimalloc as _; // the allocator of the whole process, libtorch included

// What the arguments of the other examples do not have.
#[derive(clap::Args)]
struct More {
    /// The recurrence: the network by hand, or one of PyTorch's layers.
    #[arg(long, value_enum, default_value = "mine")]
    cell: Cell,

    /// Answer with the mean of the outputs after each row, not with the one after the last.
    #[arg(long)]
    average: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Cell {
    Mine,
    Rnn,
    Lstm,
    Gru,
}

const HIDDEN: i64 = 128;

fn main() -> ExitCode {
    cli::run_with("Trains a recurrent network to read images row by row", 64, train_and_test)
}

fn train_and_test(args: &cli::Args, more: &More, device: Device) -> Result<()> {
    // The same input leads to another output at every single time step.
    let input_vector = Tensor::ones([16, 4], (Kind::Float, Device::Cpu));
    let simple_network = models::RecurrentNetwork::new(4, 10, 5);
    for _ in 0..3 {
        simple_network.forward(&input_vector).print();
    }

    // The model, with the seed as it was: the cell above has drawn numbers too.
    random::manual_seed(args.seed);
    let answer = if more.average { models::Answer::Mean } else { models::Answer::Last };
    match more.cell {
        Cell::Mine => {
            let network = models::RecurrentNetwork::new(3 * 32, HIDDEN, 10);
            train_network(args, device, &network, |network, images| {
                answer.of(&network.read(&models::rows(images)).0)
            })
        }
        Cell::Rnn => {
            train_reader(args, device, models::RowReader::<nn::Elman>::new(HIDDEN, answer))
        }
        Cell::Lstm => {
            train_reader(args, device, models::RowReader::<nn::LongShortTerm>::new(HIDDEN, answer))
        }
        Cell::Gru => {
            train_reader(args, device, models::RowReader::<nn::Gated>::new(HIDDEN, answer))
        }
    }
}

fn train_reader(args: &cli::Args, device: Device, reader: impl Forward + Display) -> Result<()> {
    train_network(args, device, &reader, |reader, images| nn::call(reader, images))
}

fn train_network<M: Module + Display>(
    args: &cli::Args,
    device: Device,
    model: &M,
    scores: impl Fn(&M, &Tensor) -> Tensor,
) -> Result<()> {
    println!("{model}");
    args.train(model, &scores, device).context("training")?;
    if !terminated() {
        args.test(model, scores, device).context("testing")?;
    }
    Ok(())
}
