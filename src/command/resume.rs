//! `flambeau resume`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::{ArgMatches, Args, Command, CommandFactory, FromArgMatches, ValueEnum, ValueHint};
use clap_complete::CompletionCandidate;
use clap_complete::engine::{ArgValueCompleter, PathCompleter, ValueCompleter};
use serde_json::{Map, Value};

use super::train::Train;
use crate::trained::{Architecture, Output, RunFolder, arguments, flags};

/// Go on with a run, from its last checkpoint and with the arguments that it was begun with
///
/// Of several ranks each reads the arguments, so RUN has to be on all hosts; where they share no disk, its
/// args.json is enough on those that do not have rank 0.
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
        let again = again.override_usage("flambeau resume RUN [FLAGS of `flambeau train`]...");
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

/// The flags of `flambeau train` that begin so; behind one that takes a value, its values.
fn completed(typed: &OsStr) -> Vec<CompletionCandidate> {
    let program = super::Program::command();
    let train = program.find_subcommand("train").expect("it is there");
    let before = word_before();
    let flag = before.to_str().and_then(|word| word.strip_prefix("--"));
    let flag = train.get_arguments().find(|known| flag.is_some() && known.get_long() == flag);
    if let Some(flag) = flag.filter(|flag| flag.get_action().takes_values()) {
        let known = flag.get_possible_values();
        let known =
            known.iter().filter(|value| value.get_name().starts_with(&*typed.to_string_lossy()));
        let mut values: Vec<_> =
            known.map(|value| CompletionCandidate::new(value.get_name())).collect();
        if flag.get_value_hint() != ValueHint::Unknown {
            values.extend(PathCompleter::any().complete(typed));
        }
        return values;
    }
    let typed = typed.to_string_lossy();
    let flags = train.get_arguments().filter_map(|flag| {
        let name = format!("--{}", flag.get_long()?);
        let help = flag.get_help().cloned();
        name.starts_with(&*typed).then(|| CompletionCandidate::new(name).help(help))
    });
    flags.collect()
}

/// The word before the one that a shell completes.
fn word_before() -> OsString {
    let words: Vec<_> = env::args_os().skip_while(|word| word != "--").skip(1).collect();
    let index = env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|index| index.parse::<usize>().ok());
    let index = index.unwrap_or(words.len().saturating_sub(1));
    index.checked_sub(1).and_then(|before| words.get(before).cloned()).unwrap_or_default()
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
