//! The commands, a file each.

mod compare;
mod completions;
mod convert;
mod convolve;
mod dashboard;
mod data;
mod doctor;
mod eval;
mod inspect;
mod man;
mod new;
mod predict;
mod report;
mod resume;
mod serve;
mod train;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::CompleteEnv;
use flambeau::{cli, keep_memory};

use crate::trained::Output;

/// Train the course's models on CIFAR-10, and see what they have learned.
#[derive(Parser)]
#[command(name = "flambeau", version, arg_required_else_help = true, max_term_width = 100)]
struct Program {
    #[command(flatten)]
    output: Output,

    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Data(data::Data),
    Train(Box<train::Train>),
    Resume(resume::Resume),
    Eval(eval::Eval),
    Predict(predict::Predict),
    Convolve(convolve::Convolve),
    Inspect(inspect::Inspect),
    Convert(convert::Convert),
    Compare(compare::Compare),
    Report(report::Report),
    New(new::New),
    Doctor(doctor::Doctor),
    Serve(serve::Serve),
    Completions(completions::Completions),
    Man(man::Man),
}

/// The whole program.
pub fn main() -> ExitCode {
    // A shell that wants to know how a line goes on.
    CompleteEnv::with_factory(program).complete();
    cli::begin();
    run(env::args_os().collect())
}

/// The program's command line, with what of it depends on other parts.
fn program() -> Command {
    let mut program = Program::command().mut_subcommand("train", train::with_defaults);
    for name in ["predict", "serve"] {
        // They read no data set, and take the flag as their siblings do.
        let hidden = |command: Command| command.mut_arg("data", |data| data.hide(true));
        program = program.mut_subcommand(name, hidden);
    }
    program.mut_subcommands(|command| {
        // So that each says itself what it takes: `-1` is no flag.
        command.mut_args(|argument| {
            let is_flag = argument.get_long().is_some() && argument.get_action().takes_values();
            argument.allow_negative_numbers(is_flag)
        })
    })
}

fn run(arguments: Vec<OsString>) -> ExitCode {
    let mut program = program();
    let matches = match program.try_get_matches_from_mut(arguments) {
        Ok(matches) => matches,
        Err(answer) => return cli::answered(&answer),
    };
    cli::ended(act(&mut program, &matches))
}

fn act(program: &mut Command, matches: &ArgMatches) -> Result<()> {
    let Program { output, action } = Program::from_arg_matches(matches)?;
    flambeau::set_quiet(output.is_quiet());
    // A server is not to keep all that large images took.
    if !matches!(action, Action::Serve(_)) {
        keep_memory();
    }
    // What computes in one process is done, and said, by the first of several ranks.
    let takes_part = matches!(action, Action::Data(_) | Action::Train(_) | Action::Resume(_));
    if !takes_part && cli::is_another_rank() {
        return Ok(());
    }
    match action {
        Action::Data(data) => data.run(output),
        Action::Train(train) => {
            let command = program.find_subcommand("train").expect("it is there");
            let matches = matches.subcommand_matches("train").expect("it was given");
            train.recorded(command, matches).run(output)
        }
        Action::Resume(resume) => resume.run(program, output),
        Action::Eval(eval) => eval.run(output),
        Action::Predict(predict) => predict.run(output),
        Action::Convolve(convolve) => convolve.run(output),
        Action::Inspect(inspect) => inspect.run(output),
        Action::Convert(convert) => convert.run(output),
        Action::Compare(compare) => compare.run(output),
        Action::Report(report) => report.run(output),
        Action::New(new) => new.run(output),
        Action::Doctor(doctor) => doctor.run(output),
        Action::Serve(serve) => serve.run(output),
        Action::Completions(completions) => completions.run(output),
        Action::Man(man) => man.run(self::program(), output),
    }
}
