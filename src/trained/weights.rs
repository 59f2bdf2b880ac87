//! [`Weights`]: a trained model, of a run or of a file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;
use flambeau::models::Answer;
use flambeau::nn::StateDict;
use flambeau::object::Object;
use flambeau::prelude::*;
use flambeau::serialize::{is_safetensors, pt, safetensors};
use flambeau::train::{CHECKPOINTS, Checkpoints};

use super::run::{arguments, completed, find, no_run};
use super::{Architecture, Output};

/// Where a trained model is.
#[derive(Args)]
pub struct Weights {
    /// A run (its folder, or its name in runs/), or a file of weights, .pt or .safetensors; Python's
    /// too.
    #[arg(value_name = "RUN|WEIGHTS", add = ArgValueCompleter::new(completed))]
    source: PathBuf,

    /// Which model the weights are of. A run that `flambeau train` began knows it.
    #[arg(long, value_enum)]
    model: Option<Architecture>,

    /// Of a recurrent model: it answers with the mean of the outputs after each row. A run knows it.
    #[arg(long)]
    average: bool,

    /// Take a run's best checkpoint instead of its last.
    #[arg(long)]
    best: bool,
}

/// A model that can be asked.
pub struct Trained {
    pub model: Box<dyn Forward>,
    pub architecture: Architecture,
    /// The file that its weights are from.
    pub path: PathBuf,
    /// What a checkpoint says besides: epochs and steps.
    pub progress: Option<(i64, i64)>,
}

impl Weights {
    /// Reads the model, on this device and ready to be asked.
    pub fn load(&self, device: Device, output: Output) -> Result<Trained> {
        let trained = match find(&self.source)? {
            Some(folder) => self.of_run(&folder)?,
            None if self.source.is_file() => self.of_file()?,
            None if looks_like_a_file(&self.source) => {
                bail!("{}: is not there; name a run or a file of weights", self.source.display())
            }
            None => bail!(no_run(&self.source)),
        };
        let trained = trained.ready(device)?;
        if let Some((epochs, steps)) = trained.progress {
            let path = trained.path.display();
            let s = |n| if n == 1 { "" } else { "s" };
            let (e, t) = (s(epochs), s(steps));
            output.say(format_args!("{path}: after {epochs} epoch{e}, {steps} step{t}"));
        }
        Ok(trained)
    }

    fn of_run(&self, folder: &Path) -> Result<Trained> {
        let (architecture, average) = told(folder, self.model, self.average)?;
        let architecture = architecture.with_context(|| {
            let folder = folder.display();
            format!("{folder}: does not tell its model, as an example's run; give it by --model")
        })?;
        of_checkpoint(folder, architecture, average, self.best)
    }

    fn of_file(&self) -> Result<Trained> {
        let path = &self.source;
        if self.best {
            bail!("{}: --best is for a run, and this is a file: leave it out", path.display());
        }
        let architecture = self.model.with_context(|| {
            format!("{}: give the model that the weights are of by --model", path.display())
        })?;
        check_average(architecture, self.average)?;
        let state = read_state(path)?;
        trained(architecture, self.average, state, path.clone(), None)
    }
}

impl Trained {
    /// The model of a run as it was last, on this device and ready to be asked. A run that does not tell
    /// its model is of `model`, and answers with the mean if it is to be `average`. None of a run of which
    /// neither is known, or that has no checkpoint.
    pub fn of_run(
        folder: &Path,
        model: Option<Architecture>,
        average: bool,
        device: Device,
    ) -> Result<Option<Self>> {
        let (architecture, average) = told(folder, model, average)?;
        let Some(architecture) = architecture else { return Ok(None) };
        if Checkpoints::paths(folder.join(CHECKPOINTS))?.is_empty() {
            return Ok(None);
        }
        of_checkpoint(folder, architecture, average, false)?.ready(device).map(Some)
    }

    /// Itself on this device, to be asked.
    fn ready(self, device: Device) -> Result<Self> {
        self.model.move_to(device.into())?;
        self.model.eval();
        Ok(self)
    }
}

/// The model of a run, and whether it answers with a mean: what the run tells, and where it tells nothing
/// what is given.
fn told(
    folder: &Path,
    given: Option<Architecture>,
    average: bool,
) -> Result<(Option<Architecture>, bool)> {
    let arguments = arguments(folder)?;
    let recorded = arguments.get("model").and_then(|name| name.as_str());
    let recorded = recorded.and_then(|name| Architecture::from_str(name, false).ok());
    if let (Some(recorded), Some(given)) = (recorded, given)
        && recorded != given
    {
        let (folder, recorded, given) = (folder.display(), recorded.name(), given.name());
        bail!("{folder}: is a run of {recorded}, and not of {given}: leave --model out");
    }
    let model = recorded.or(given);
    if let Some(model) = model {
        check_average(model, average)?;
    }
    let told = arguments.get("average").and_then(|average| average.as_bool());
    if average && told == Some(false) {
        bail!("{}: is a run without --average: leave it out", folder.display());
    }
    Ok((model, told.unwrap_or(average)))
}

/// Only what reads an image row by row has a mean to answer with.
pub fn check_average(model: Architecture, average: bool) -> Result<()> {
    if average && !model.is_recurrent() {
        bail!("--average is for recurrent models, and {} is none: leave it out", model.name());
    }
    Ok(())
}

fn of_checkpoint(
    folder: &Path,
    architecture: Architecture,
    average: bool,
    best: bool,
) -> Result<Trained> {
    let (path, checkpoint) = checkpoint(folder, best)?;
    let state = state_of_checkpoint(&checkpoint)?;
    let number = |name: &str| checkpoint.get(name).and_then(Object::as_i64);
    let progress = number("epoch").zip(number("step"));
    trained(architecture, average, state, path, progress)
}

fn trained(
    architecture: Architecture,
    average: bool,
    state: StateDict,
    path: PathBuf,
    progress: Option<(i64, i64)>,
) -> Result<Trained> {
    let answer = if average { Answer::Mean } else { Answer::Last };
    let model = architecture.boxed(answer);
    if let Err(error) = model.load_state_dict(&state) {
        let (path, name) = (path.display(), architecture.name());
        // The first whose weights they could be. Several have the same: which it is, nobody can tell.
        let fits = |other: &&Architecture| other.boxed(answer).load_state_dict(&state).is_ok();
        let other = Architecture::value_variants().iter().find(fits);
        if let Some(other) = other.map(|other| other.name()) {
            let remedy = match progress {
                Some(_) => "the checkpoint is another run's: take it away".into(),
                None => format!("--model {other}"),
            };
            bail!("{path}: these are not the weights of {name}, but of {other}; {remedy}");
        }
        let error = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        bail!("{path}: these are not the weights of {name}: {error}");
    }
    Ok(Trained { model, architecture, path, progress })
}

/// A state dictionary out of a file, whichever of the two it is.
pub fn read_state(path: &Path) -> Result<StateDict> {
    Ok(match is_safetensors(path) {
        true => safetensors::load_file(path)?,
        false => {
            let object = pt::load(path)?;
            if object.get("flambeau").is_some() && object.get("model").is_some() {
                return state_of_checkpoint(&object);
            }
            object.state_dict().with_context(|| path.display().to_string())?
        }
    })
}

fn looks_like_a_file(path: &Path) -> bool {
    path.extension().is_some() || path.components().count() > 1
}

/// The weights to be used: with an average of them, that one.
fn state_of_checkpoint(checkpoint: &Object) -> Result<StateDict> {
    let Some(average) = checkpoint.get("ema").and_then(Object::as_dict) else {
        return Ok(checkpoint.entry("model")?.state_dict()?);
    };
    let weights = average.iter().filter_map(|(key, value)| {
        let name = key.as_str()?.strip_prefix("module.")?;
        Some((name.to_string(), value.as_tensor()?.shallow_clone()))
    });
    Ok(weights.collect())
}

/// A run's checkpoint: the best, or the newest.
fn checkpoint(folder: &Path, best: bool) -> Result<(PathBuf, Object)> {
    let place = folder.join(CHECKPOINTS);
    if best {
        let path = place.join("best.pt");
        if !path.exists() {
            let folder = folder.display();
            bail!("{folder}: has no best checkpoint, as it never was tested; leave --best out");
        }
        let checkpoint = pt::load(&path)?;
        return Ok((path, checkpoint));
    }
    let newest = Checkpoints::newest(&place)?;
    newest.with_context(|| {
        let folder = folder.display();
        format!("{folder}: has no checkpoint yet; go on with it, by `flambeau resume {folder}` or --resume")
    })
}
