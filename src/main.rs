//! The program `flambeau`: a command for each thing that one does around a training.

mod command;
mod report;
mod serve;
mod trained;

use std::process::ExitCode;

use mimalloc as _; // the allocator of the whole process, libtorch included

fn main() -> ExitCode {
    command::main()
}
