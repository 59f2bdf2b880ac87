//! [`RunFolder`]: a run, by its path or its name.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use clap_complete::{ArgValueCandidates, CompletionCandidate};
use serde_json::{Map, Value};

/// Where runs are that are called by their names.
pub const RUNS: &str = "runs";

/// Where in a run's folder its checkpoints are.
pub const CHECKPOINTS: &str = "checkpoints";

/// A run that is there.
#[derive(Args, Clone)]
pub struct RunFolder {
    /// The run: its folder, or its name in runs/.
    #[arg(value_name = "RUN", add = ArgValueCandidates::new(candidates))]
    run: PathBuf,
}

impl RunFolder {
    /// Its folder.
    pub fn find(&self) -> Result<PathBuf> {
        find(&self.run)?.with_context(|| no_run(&self.run))
    }
}

/// The folder of a run of this path or name, if there is one.
pub fn find(run: &Path) -> Result<Option<PathBuf>> {
    let places = [run.to_path_buf(), Path::new(RUNS).join(run)];
    if let Some(place) = places.iter().find(|place| place.join("args.json").is_file()) {
        return Ok(Some(place.clone()));
    }
    if places[0].is_dir() && !run.as_os_str().is_empty() {
        bail!("{}: is a folder, but no run: it has no args.json", run.display());
    }
    Ok(None)
}

/// What is said of a run that is not there.
pub fn no_run(run: &Path) -> String {
    let names = names();
    let known = match names.len() {
        0 => format!("there are none in {RUNS}/ yet: `flambeau train` makes one"),
        _ => format!("in {RUNS}/ there are {}", names.join(", ")),
    };
    format!("{}: there is no such run; {known}", run.display())
}

/// The names of the runs in `runs/`, in their order.
pub fn names() -> Vec<String> {
    let folders = fs::read_dir(RUNS).into_iter().flatten().flatten();
    let runs = folders.filter(|entry| entry.path().join("args.json").is_file());
    let mut names: Vec<_> = runs.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

pub fn candidates() -> Vec<CompletionCandidate> {
    names().into_iter().map(CompletionCandidate::new).collect()
}

/// What a run was begun with, as flags that begin another.
pub fn flags(arguments: &Map<String, Value>) -> Vec<String> {
    let mut flags = Vec::new();
    for (name, value) in arguments {
        let with = |value: &Value| {
            let text = value.as_str().map_or_else(|| value.to_string(), String::from);
            format!("--{name}={text}")
        };
        match value {
            Value::Null | Value::Bool(false) => {}
            Value::Bool(true) => flags.push(format!("--{name}")),
            Value::Array(values) => flags.extend(values.iter().map(with)),
            value => flags.push(with(value)),
        }
    }
    flags
}

/// What a run was begun with, by the names of the flags.
pub fn arguments(folder: &Path) -> Result<Map<String, Value>> {
    let path = folder.join("args.json");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        _ => bail!("{}: holds no arguments; it is damaged, or no run's", path.display()),
    }
}
