//! What the command line of every example is made of.

mod args;
mod choices;
mod training;

use std::process::ExitCode;

pub use args::Args;
pub use choices::{DeviceChoice, Threads};
use clap::{Arg, Command, CommandFactory, FromArgMatches};
use tch::Device;

use crate::train::interrupt;
use crate::{Result, ffi};

/// Runs an example's `main`: reads the arguments, makes ready, and turns the outcome into an
/// exit code: 0, 1 after an error (told in one line), 2 for a bad argument, 130 after Ctrl-C.
pub fn run(main: impl FnOnce(&Args, Device) -> Result<()>) -> ExitCode {
    run_command(Args::command(), main)
}

/// The same, where batches are of another size than the notebook's 4 unless the arguments say.
pub fn run_with_batch_size(
    batch_size: usize,
    main: impl FnOnce(&Args, Device) -> Result<()>,
) -> ExitCode {
    let default = |argument: Arg| argument.default_value(batch_size.to_string());
    run_command(Args::command().mut_arg("batch_size", default), main)
}

fn run_command(command: Command, main: impl FnOnce(&Args, Device) -> Result<()>) -> ExitCode {
    ffi::end_when_output_closes();
    let args = Args::from_arg_matches(&command.get_matches()).unwrap_or_else(|e| e.exit());
    match args.start().and_then(|device| main(&args, device)) {
        Ok(()) if interrupt::interrupted() => ExitCode::from(interrupt::EXIT_CODE),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
