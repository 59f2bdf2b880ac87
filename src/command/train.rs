//! `flambeau train`.

use std::fmt::Display;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgMatches, Args, Command};
use flambeau::file::make_folder;
use flambeau::models::Answer;
use flambeau::prelude::*;
use flambeau::train::{Accuracy, terminated};
use flambeau::{cli, random};
use serde_json::json;

use super::dashboard::Dashboard;
use crate::trained::{Architecture, Output, RUNS, Work, as_json, check_average};

/// Train a model on CIFAR-10, and test it
///
/// The run goes into a folder, runs/MODEL-N unless --run names another: its arguments, metrics,
/// checkpoints, pictures and report. Ctrl-C ends it after the batch at hand, and `flambeau resume` goes on
/// with it, to the same bits.
#[derive(Args)]
pub struct Train {
    /// The model.
    #[arg(long, value_enum)]
    model: Architecture,

    /// Of a recurrent model: answer with the mean of the outputs after each row.
    #[arg(long)]
    average: bool,

    /// Show it on the whole terminal: live curves, speed, the last checkpoint, and what is told.
    #[arg(long)]
    dashboard: bool,

    #[command(flatten)]
    args: cli::Args,
}

/// What depends on the model: the batch size that its example has.
pub fn with_defaults(command: Command) -> Command {
    let batch_size = |argument: Arg| {
        let large = ["sequential-cnn", "recurrent-network", "rnn", "lstm", "gru"];
        argument
            .default_value_ifs(large.map(|model| ("model", model, "64")))
            .help("How many images make a batch [default: 64, for functional-cnn and my-conv2d 4]")
            .hide_default_value(true)
    };
    let run = |argument: Arg| {
        let help = "The folder of the run: arguments, metrics, TensorBoard's events, pictures, checkpoints \
                    and report [default: runs/MODEL-N]";
        argument.help(help)
    };
    command.mut_arg("batch_size", batch_size).mut_arg("run", run)
}

impl Train {
    /// These arguments as the command line has them, which the run keeps.
    pub fn recorded(mut self, command: &Command, matches: &ArgMatches) -> Self {
        self.args = self.args.recorded(command, matches);
        self
    }

    /// The run's folder, if it is given.
    pub fn folder(&self) -> Option<&Path> {
        self.args.training.run.as_deref()
    }

    pub fn run(mut self, output: Output) -> Result<()> {
        check_average(self.model, self.average)?;
        let device = self.args.start()?;
        check_data(&self.args.data)?;
        let folder = match &self.args.training.run {
            Some(folder) => folder.clone(),
            None => cli::of_first_rank(|| next_folder(&self.model.name()))
                .context("a run wants a folder: --run FOLDER names another")?,
        };
        self.args.training.run = Some(folder.clone());
        self.args.say(format_args!("run: {}", folder.display()));
        let answer = if self.average { Answer::Mean } else { Answer::Last };
        let mut dashboard = None;
        if self.dashboard {
            // What has to be fetched is fetched before the terminal is taken.
            drop(self.args.cifar10(true, device).context("reading CIFAR-10")?);
            if cli::is_first_rank() {
                dashboard = Dashboard::begin(&folder, self.args.epochs)?;
            }
        }
        random::manual_seed(self.args.seed);
        let training = Training { args: &self.args, device, dashboard, output };
        let tested = self.model.make(answer, training)?;
        if tested.is_none() && output.is_json() {
            println!("{:#}", json!({"run": folder, "report": null, "test": null}));
        }
        if let Some(accuracy) = tested.filter(|_| cli::is_first_rank()) {
            let report = crate::report::of_run(&folder, None, false, &self.args.data, device);
            let report = report.context("writing the report")?;
            if let Some(missing) = report.missing {
                eprintln!("nothing is said of the model: {missing}");
            }
            let path = report.path;
            self.args.say(format_args!("report: {}", path.display()));
            if output.is_json() {
                let json = json!({"run": folder, "report": path, "test": as_json(&accuracy)});
                println!("{json:#}");
            }
        }
        Ok(())
    }
}

struct Training<'a> {
    args: &'a cli::Args,
    device: Device,
    dashboard: Option<Dashboard>,
    output: Output,
}

impl Work for Training<'_> {
    /// How the test went; none where the training was terminated before.
    type Outcome = Result<Option<Accuracy>>;

    fn of<M: Forward + Display + 'static>(self, model: M) -> Result<Option<Accuracy>> {
        let Self { args, device, dashboard, output } = self;
        args.say(&model);
        let scores = |model: &M, images: &Tensor| nn::call(model, images);
        let trained = args.train(&model, scores, device).context("training");
        // The terminal as it was, before anything is said of it.
        drop(dashboard);
        trained?;
        if terminated() {
            return Ok(None);
        }
        let accuracy = args.measure(&model, scores, device).context("testing")?;
        let told =
            if output.is_json() { args.draw_confusion(&accuracy) } else { args.tell(&accuracy) };
        told?;
        Ok(Some(accuracy))
    }
}

/// Looks whether the data can be there, before the run's folder is made.
fn check_data(folder: &Path) -> Result<()> {
    if folder.is_file() {
        bail!("{}: is a file, and no folder; name a folder by --data", folder.display());
    }
    if !folder.exists() {
        make_folder(folder).context("the data set wants a folder: --data FOLDER names another")?;
    }
    Ok(())
}

/// The folder `runs/MODEL-N` of the next number, made so that no other process takes it; or the one that
/// this job has begun before torchrun started it again.
fn next_folder(model: &str) -> flambeau::Result<PathBuf> {
    make_folder(RUNS)?;
    for number in 1.. {
        let folder = Path::new(RUNS).join(format!("{model}-{number}"));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if cli::is_begun_by_this_job(&folder) {
                    return Ok(folder);
                }
            }
            Err(error) => {
                let problem = format!("cannot be made: {error}");
                return Err(Error::file(&folder, problem, "name another"));
            }
        }
    }
    unreachable!("numbers do not end")
}
