//! [`RunFolder`]: a run, by its path or its name.

use std::cmp::Reverse;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use clap_complete::CompletionCandidate;
use clap_complete::engine::{ArgValueCompleter, PathCompleter, ValueCompleter};
use serde_json::{Map, Value};

/// Where runs are that are called by their names.
pub const RUNS: &str = "runs";

/// A run that is there.
#[derive(Args, Clone)]
pub struct RunFolder {
    /// The run: its folder, or its name in runs/.
    #[arg(value_name = "RUN", add = ArgValueCompleter::new(completed))]
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
    let is_run = |place: &Path| place.join("args.json").is_file();
    let named = Path::new(RUNS).join(run);
    let is_name = matches!(run.components().collect::<Vec<_>>()[..], [Component::Normal(_)])
        && !run.as_os_str().as_encoded_bytes().ends_with(b"/");
    if is_run(run) && is_name && is_run(&named) {
        let (run, named) = (run.display(), named.display());
        bail!(
            "{run}: there is a run of this name here, and one in {RUNS}/; say ./{run} or {named}"
        );
    }
    if let Some(place) = [run, &named].into_iter().find(|place| is_run(place)) {
        return Ok(Some(place.to_path_buf()));
    }
    if run.is_dir() {
        bail!("{}: is a folder, but no run: it has no args.json; {}", run.display(), known(run));
    }
    Ok(None)
}

/// What is said of a run that is not there.
pub fn no_run(run: &Path) -> String {
    let problem = if run.is_file() { "is a file, and no run" } else { "there is no such run" };
    format!("{}: {problem}; {}", run.display(), known(run))
}

/// The runs that could have been meant: of many, those that begin most like it.
fn known(run: &Path) -> String {
    const MOST: usize = 6;
    let mut names = names();
    let all = names.len();
    if all == 0 {
        return format!("there are none in {RUNS}/ yet: `flambeau train` makes one");
    }
    let typed = run.to_string_lossy();
    let alike = |name: &String| name.chars().zip(typed.chars()).take_while(|(a, b)| a == b).count();
    names.sort_by_key(|name| Reverse(alike(name)));
    names.truncate(MOST);
    let more = if all > MOST { format!(" and {} more", all - MOST) } else { String::new() };
    format!("in {RUNS}/ there are {}{more}", names.join(", "))
}

/// The names of the runs in `runs/`, in their order.
pub fn names() -> Vec<String> {
    let folders = fs::read_dir(RUNS).into_iter().flatten().flatten();
    let runs = folders.filter(|entry| entry.path().join("args.json").is_file());
    let mut names: Vec<_> = runs.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// How a run goes on that has been typed in part: as a name, or as a path.
pub fn completed(typed: &OsStr) -> Vec<CompletionCandidate> {
    let named = names()
        .into_iter()
        .filter(|name| Some(true) == typed.to_str().map(|t| name.starts_with(t)));
    let named = named.map(CompletionCandidate::new);
    named.chain(PathCompleter::any().complete(typed)).collect()
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

/// A word as a shell reads it.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.into(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// What a run was begun with, by the names of the flags.
pub fn arguments(folder: &Path) -> Result<Map<String, Value>> {
    let path = folder.join("args.json");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        _ => bail!(
            "{}: holds no arguments: it is damaged, or no run's; begin the run anew in another folder",
            path.display()
        ),
    }
}
