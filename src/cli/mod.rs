//! What the command line of every example is made of.

mod args;
mod choices;

use std::process::ExitCode;

pub use args::Args;
pub use choices::{DeviceChoice, Threads};
use clap::Parser;
use tch::Device;

use crate::train::interrupt;
use crate::{Result, ffi};

/// Runs an example's `main`: reads the arguments, makes ready, and turns the outcome into an
/// exit code: 0, 1 after an error (told in one line), 2 for a bad argument, 130 after Ctrl-C.
pub fn run(main: impl FnOnce(&Args, Device) -> Result<()>) -> ExitCode {
    ffi::end_when_output_closes();
    let args = Args::parse();
    match args.start().and_then(|device| main(&args, device)) {
        Ok(()) if interrupt::interrupted() => ExitCode::from(interrupt::EXIT_CODE),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
