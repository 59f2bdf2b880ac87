//! What the command line of every example is made of.

mod args;
mod choices;
mod filtering;
mod pictures;
mod training;
mod warnings;

use std::fmt::Display;
use std::process::ExitCode;

pub use args::{Args, above_zero, positive};
pub use choices::{DeviceChoice, Reason, ThreadCount, Threads};
use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches, Parser};
pub use filtering::FilterArgs;
use tch::Device;
pub use training::{Also, History, likeliest, new_image};

use self::warnings::show_warnings;
use crate::ffi;
use crate::train::interrupt;

/// Runs an example's `main`: reads the arguments, makes ready, and turns the outcome into an
/// exit code: 0, 1 after an error, 2 for a bad argument, 130 after Ctrl-C. `about` is the first
/// line of its help, `batch_size` what a batch has unless the arguments say otherwise. An error is
/// printed by `{:#}`, with which `anyhow` tells its context too. Warnings of this crate go to
/// standard error, unless the program has set a logger.
pub fn run<E: Display>(
    about: &'static str,
    batch_size: usize,
    main: impl FnOnce(&Args, Device) -> Result<(), E>,
) -> ExitCode {
    run_command(command(about, batch_size), |args, _, device| main(args, device))
}

/// An example that has arguments of its own beside those that all share.
pub fn run_with<More: clap::Args, E: Display>(
    about: &'static str,
    batch_size: usize,
    main: impl FnOnce(&Args, &More, Device) -> Result<(), E>,
) -> ExitCode {
    run_command(More::augment_args(command(about, batch_size)), |args, matches, device| {
        let more = More::from_arg_matches(matches).unwrap_or_else(|error| error.exit());
        main(args, &more, device)
    })
}

fn command(about: &'static str, batch_size: usize) -> Command {
    let default = |argument: Arg| argument.default_value(batch_size.to_string());
    Args::command().mut_arg("batch_size", default).about(about)
}

/// From now on memory that is freed stays with the process, for its next step: what large batches
/// need is then asked of the system once, not at each step. For programs that train and end. It
/// tells glibc and, where the program has it, mimalloc; with others nothing changes.
pub fn keep_memory() {
    ffi::keep_memory();
}

/// An example with arguments all its own.
pub fn run_own<Own: Parser, E: Display>(main: impl FnOnce(&Own) -> Result<(), E>) -> ExitCode {
    ffi::end_when_output_closes();
    show_warnings();
    ended(main(&Own::parse()))
}

fn run_command<E: Display>(
    command: Command,
    main: impl FnOnce(&Args, &ArgMatches, Device) -> Result<(), E>,
) -> ExitCode {
    ffi::end_when_output_closes();
    show_warnings();
    keep_memory();
    let matches = command.get_matches();
    let args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match args.start() {
        Ok(device) => ended(main(&args, &matches, device)),
        Err(error) => ended(Err(error)),
    }
}

fn ended(outcome: Result<(), impl Display>) -> ExitCode {
    match outcome {
        Ok(()) if interrupt::interrupted() => ExitCode::from(interrupt::EXIT_CODE),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
