//! `flambeau resume`.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::{ArgMatches, Args, Command, CommandFactory, FromArgMatches, ValueEnum};
use clap_complete::CompletionCandidate;
use clap_complete::engine::ArgValueCompleter;
use serde_json::{Map, Value};

use super::train::Train;
use crate::trained::{Architecture, Output, RunFolder, arguments, flags};

/// Go on with a run, from its last checkpoint and with the arguments that it was begun with
#[derive(Args)]
pub struct Resume {
    #[command(flatten)]
    run: RunFolder,

    /// What is to be other than in the run, as flags of `flambeau train`: `--epochs 40`.
    #[arg(value_name = "FLAGS", trailing_var_arg = true, allow_hyphen_values = true, add = ArgValueCompleter::new(completed))]
    flags: Vec<OsString>,
}

impl Resume {
    pub fn run(self, program: &mut Command, output: Output) -> Result<()> {
        let folder = self.run.find()?;
        let recorded = arguments(&folder)?;
        recorded.get("model").with_context(|| {
            let folder = folder.display();
            format!(
                "{folder}: was not begun by `flambeau train`; go on with the example that began it, \
                 with --run {folder} --resume"
            )
        })?;
        let mut line: Vec<OsString> = vec!["train".into()];
        line.extend(flags(&of_the_run(recorded, &folder)?).into_iter().map(OsString::from));
        line.extend(["--run".into(), folder.clone().into(), "--resume".into()]);
        line.extend(self.flags);
        let command = program.find_subcommand_mut("train").expect("it is there");
        // What is given again counts.
        let again = command.clone().args_override_self(true).bin_name("flambeau resume RUN");
        let matches: ArgMatches = match again.try_get_matches_from(line) {
            Ok(matches) => matches,
            Err(answer) => answer.exit(),
        };
        // Behind RUN they are among the flags.
        let output = output.or(Output::from_arg_matches(&matches)?);
        flambeau::set_quiet(output.is_quiet());
        let train = Train::from_arg_matches(&matches)?;
        if train.folder() != Some(&*folder) {
            bail!("{}: a run goes on in its own folder: leave --run out", folder.display());
        }
        train.recorded(command, &matches).run(output)
    }
}

/// The flags of `flambeau train` that begin so.
fn completed(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let program = super::Program::command();
    let train = program.find_subcommand("train").expect("it is there");
    let flags = train.get_arguments().filter_map(|flag| {
        let name = format!("--{}", flag.get_long()?);
        let help = flag.get_help().cloned();
        name.starts_with(&*typed).then(|| CompletionCandidate::new(name).help(help))
    });
    flags.collect()
}

/// What was recorded but for what concerned one process alone: its time, and how closely it looked.
fn of_the_run(mut recorded: Map<String, Value>, folder: &Path) -> Result<Map<String, Value>> {
    for flag in ["dry-run", "time-limit", "detect-nan"] {
        recorded.remove(flag);
    }
    let model = recorded.get("model").and_then(Value::as_str).unwrap_or_default();
    if Architecture::from_str(model, false).is_err() {
        let path = folder.join("args.json");
        bail!("{}: names a model {model:?}, which there is not; mend it there", path.display());
    }
    Ok(recorded)
}
