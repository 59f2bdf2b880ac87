//! What the command line of every example is made of.

mod args;
mod choices;
mod filtering;
mod pictures;
mod ranks;
mod training;
mod training_args;
mod warnings;

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Write};
use std::panic;
use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};

pub use args::{Args, above_zero, positive};
pub use choices::{
    DeviceChoice, Reason, ThreadCount, Threads, set_num_threads, takes_threads_away,
};
use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches, Parser};
pub use filtering::FilterArgs;
pub use ranks::{
    RankArgs, first_rank_does, is_another_rank, is_begun_by_this_job, is_first_rank, join_ranks,
    leave_ranks, of_first_rank, start,
};
use tch::Device;
pub use training::{likeliest, model_input, new_image, transform};
pub use training_args::{Amp, Scheduler, TrainingArgs, timeout};

pub use self::warnings::show_warnings;
pub use crate::repr::thousands;
use crate::train::{interrupt, tell};
use crate::{ffi, keep_memory};

/// Runs an example's `main`: reads the arguments, makes ready, and turns the outcome into an
/// exit code: 0, 1 after an error, 2 for a bad argument, 130 after Ctrl-C, 143 after SIGTERM. `about` is the first
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

/// An example with arguments all its own. Of several ranks, all run it.
pub fn run_own<Own: Parser, E: Display>(main: impl FnOnce(&Own) -> Result<(), E>) -> ExitCode {
    begin();
    match Own::try_parse() {
        Ok(own) => ended(main(&own)),
        Err(answer) => answered(&answer),
    }
}

/// An example with arguments all its own which computes in one process: of several ranks the first alone
/// runs it.
pub fn run_once<Own: Parser, E: Display>(main: impl FnOnce(&Own) -> Result<(), E>) -> ExitCode {
    run_own(|own| if is_another_rank() { Ok(()) } else { main(own) })
}

fn run_command<E: Display>(
    command: Command,
    main: impl FnOnce(&Args, &ArgMatches, Device) -> Result<(), E>,
) -> ExitCode {
    begin();
    keep_memory();
    let matches = match command.clone().try_get_matches() {
        Ok(matches) => matches,
        Err(answer) => return answered(&answer),
    };
    let args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let args = args.recorded(&command, &matches);
    match args.start() {
        Ok(device) => ended(main(&args, &matches, device)),
        Err(error) => ended(Err(error)),
    }
}

/// What every program does first: it ends in silence when the other end of a pipe does, and with an
/// error when standard output is full, and shows warnings.
pub fn begin() {
    ffi::end_when_output_closes();
    ffi::bear_file_size_limit();
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
                tell_output_is_full(problem);
                process::exit(1);
            }
            None => other(info),
        }
    }));
}

fn tell_output_is_full(problem: impl Display) {
    let _ = writeln!(io::stderr(), "error: standard output cannot be written: {problem}");
}

/// What `clap` has to say instead of arguments: the help or the version, which the first of several ranks says
/// alone, or what is wrong with them. Its own `exit` does not look whether that could be written.
pub fn answered(answer: &clap::Error) -> ExitCode {
    if !answer.use_stderr() && is_another_rank() {
        return ExitCode::SUCCESS;
    }
    let written = answer.print().and_then(|()| io::stdout().flush());
    match written {
        Err(problem) if !answer.use_stderr() => {
            tell_output_is_full(problem);
            ExitCode::FAILURE
        }
        _ => ExitCode::from(answer.exit_code() as u8),
    }
}

/// A text that does nothing to a terminal: control characters are spelled out but for these.
pub fn visible<'t>(text: &'t str, but: &[char]) -> Cow<'t, str> {
    let acts = |c: char| c.is_control() && !but.contains(&c);
    match text.contains(acts) {
        true => {
            let shown = text.chars().map(|c| match acts(c) {
                true => c.escape_default().to_string(),
                false => c.into(),
            });
            shown.collect()
        }
        false => text.into(),
    }
}

/// Whether something of a run could not be written.
static UNWRITTEN: AtomicBool = AtomicBool::new(false);

/// Tells of what could not be written at a training's end. What follows is done all the same, as the
/// test, and the exit code is 1.
fn tell_unwritten(error: impl Display) {
    tell(&format!("error: {error}"));
    UNWRITTEN.store(true, Ordering::Relaxed);
}

/// The exit code of a program that came to this: 0, 1 after an error, which is printed, or where a run's
/// last checkpoint could not be written, 130 after Ctrl-C, 143 after SIGTERM.
pub fn ended(outcome: Result<(), impl Display>) -> ExitCode {
    if outcome.is_ok() {
        leave_ranks();
    }
    match outcome {
        Ok(()) if UNWRITTEN.load(Ordering::Relaxed) => ExitCode::FAILURE,
        Ok(()) => interrupt::exit_code(),
        Err(error) => {
            let error = format!("{error:#}");
            if !ranks::is_told_by_first(&error) {
                // At once, lest another rank's words come between.
                let line = format!("error: {}\n", visible(&error, &['\n', '\t']));
                let _ = io::stderr().write_all(line.as_bytes());
            }
            ranks::fail();
            ExitCode::FAILURE
        }
    }
}
