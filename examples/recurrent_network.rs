//! The notebook's recurrent network, by hand: first its own check, then it reads CIFAR-10.
//!
//! What is new beside `functional_cnn`: a state from one call to the next
//! (src/models/recurrent_network.rs). An image is read row by row, 32 steps of 96 values, and
//! what the network answers after the last row counts. `--cell rnn`, `lstm` or `gru` takes
//! PyTorch's own layers instead.

use std::process::ExitCode;

use flambeau::cli;
use flambeau::prelude::*;

// What the arguments of the other examples do not have.
#[derive(clap::Args)]
struct More {
    /// The recurrence: the network by hand, or one of PyTorch's layers.
    #[arg(long, value_enum, default_value = "mine")]
    cell: Cell,
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
    cli::run_with(64, train_and_test)
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
    match more.cell {
        Cell::Mine => {
            let network = models::RecurrentNetwork::new(3 * 32, HIDDEN, 10);
            println!("{network}");
            let scores = |images: &Tensor| {
                let (outputs, _hidden) = network.read(&models::rows(images));
                outputs.select(0, -1)
            };
            args.train(&network, scores, device)?;
            args.test(&network, scores, device).map(drop)
        }
        Cell::Rnn => read_rows(models::RowReader::<nn::Elman>::new(HIDDEN), args, device),
        Cell::Lstm => read_rows(models::RowReader::<nn::LongShortTerm>::new(HIDDEN), args, device),
        Cell::Gru => read_rows(models::RowReader::<nn::Gated>::new(HIDDEN), args, device),
    }
}

fn read_rows<R: nn::Recurrence>(
    reader: models::RowReader<R>,
    args: &cli::Args,
    device: Device,
) -> Result<()> {
    println!("{reader}");
    args.train(&reader, |images| nn::call(&reader, images), device)?;
    args.test(&reader, |images| nn::call(&reader, images), device).map(drop)
}
