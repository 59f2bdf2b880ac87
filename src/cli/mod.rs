//! What the command line of every example is made of.

mod args;
mod choices;
mod filtering;
mod pictures;
mod training;
mod warnings;

use std::io::{self, Write};
use std::panic;
use std::process::{self, ExitCode};

pub use args::{Args, above_zero, positive};
pub use choices::{DeviceChoice, Reason, ThreadCount, Threads};
use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches, Parser};
pub use filtering::FilterArgs;
use tch::Device;
pub use training::{Also, History, likeliest, new_image};

use self::warnings::show_warnings;
use crate::train::interrupt;
use crate::{Result, ffi, keep_memory};

/// Runs an example's `main`: reads the arguments, makes ready, and turns the outcome into an
/// exit code: 0, 1 after an error, 2 for a bad argument, 130 after Ctrl-C. `about` is the first
/// line of its help. Warnings of this crate go to standard error, unless the program has set a logger.
pub fn run(about: &'static str, main: impl FnOnce(&Args, Device) -> Result<()>) -> ExitCode {
    run_command(Args::command().about(about), |args, _, device| main(args, device))
}

/// An example that has an argument more, and other batches than the notebook's 4 unless the
/// arguments say so.
pub fn run_with<More: clap::Args>(
    about: &'static str,
    batch_size: usize,
    main: impl FnOnce(&Args, &More, Device) -> Result<()>,
) -> ExitCode {
    let default = |argument: Arg| argument.default_value(batch_size.to_string());
    let command = Args::command().mut_arg("batch_size", default);
    let command = More::augment_args(command).about(about);
    run_command(command, |args, matches, device| {
        let more = More::from_arg_matches(matches).unwrap_or_else(|error| error.exit());
        main(args, &more, device)
    })
}

/// An example with arguments all its own.
pub fn run_own<Own: Parser>(main: impl FnOnce(&Own) -> Result<()>) -> ExitCode {
    begin();
    ended(main(&Own::parse()))
}

fn run_command(
    command: Command,
    main: impl FnOnce(&Args, &ArgMatches, Device) -> Result<()>,
) -> ExitCode {
    begin();
    keep_memory();
    let matches = command.get_matches();
    let args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    ended(args.start().and_then(|device| main(&args, &matches, device)))
}

/// What every program does first.
fn begin() {
    ffi::end_when_output_closes();
    end_when_output_is_full();
    show_warnings();
}

/// `println!` panics when nothing more can be written, as on a full disk. That is no mistake of the
/// program's: it ends with an error like any other.
fn end_when_output_is_full() {
    let other = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let text = info.payload().downcast_ref::<String>();
        match text.and_then(|text| text.strip_prefix("failed printing to stdout: ")) {
            Some(problem) => {
                let _ =
                    writeln!(io::stderr(), "error: standard output cannot be written: {problem}");
                process::exit(1);
            }
            None => other(info),
        }
    }));
}

fn ended(outcome: Result<()>) -> ExitCode {
    match outcome {
        Ok(()) if interrupt::interrupted() => ExitCode::from(interrupt::EXIT_CODE),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
