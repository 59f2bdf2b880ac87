//! [`TrainingArgs`]: what a training does besides the notebook's loop.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command, ValueEnum, ValueHint};
use tch::{Kind, Tensor};

use super::args::{above_zero, positive};
use super::{is_first_rank, tell_unwritten};
use crate::data::{DataLoader, Dataset};
use crate::nn::Module;
use crate::object::Object;
use crate::optim::Optimizer;
use crate::optim::lr_scheduler::{
    CosineAnnealingLR, ExponentialLR, OneCycleLR, ReduceLROnPlateau, StepLR,
};
use crate::train::{Facts, History, Ranks, Run, Schedule, Trainer, interrupted};
use crate::vision::utils::make_grid_options;
use crate::{Result, plot, random};

use super::Args;

/// What a training does besides the notebook's loop; by default nothing.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Training")]
pub struct TrainingArgs {
    /// The folder of the run: arguments, metrics, TensorBoard's events, pictures and checkpoints.
    /// Without it nothing is written.
    #[arg(long, value_name = "FOLDER")]
    pub run: Option<PathBuf>,

    /// Go on with the run in that folder, where its last checkpoint was written.
    #[arg(long, requires = "run")]
    pub resume: bool,

    /// Write a checkpoint every N steps too, not only after each epoch.
    #[arg(long, value_name = "N", requires = "run", value_parser = positive)]
    pub checkpoint_every: Option<usize>,

    /// Compute in a shorter kind of number where that does no harm.
    #[arg(long, value_enum)]
    pub amp: Option<Amp>,

    /// Test and save an average of the weights, of which each step keeps this part, as 0.999.
    #[arg(long, value_name = "X", value_parser = decay, allow_negative_numbers = true)]
    pub ema: Option<f64>,

    /// The largest norm that a step's gradients may have together.
    #[arg(long, value_name = "NORM", value_parser = above_zero, allow_negative_numbers = true)]
    pub clip: Option<f64>,

    /// Make a step of the gradients of N batches. An interruption waits for the step's end.
    #[arg(long, value_name = "N", default_value = "1", value_parser = positive)]
    pub accumulate: usize,

    /// How the learning rate goes on.
    #[arg(long, value_name = "NAME", value_enum, ignore_case = true)]
    pub scheduler: Option<Scheduler>,

    /// End when the test accuracy was no better for more than N epochs.
    #[arg(long, value_name = "N")]
    pub patience: Option<usize>,

    /// End after the step in which this time is over, as 90s, 30m or 2h.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub time_limit: Option<Duration>,

    /// How long one of several ranks waits for the others before it ends with an error, as 90s, 5m or 2h:
    /// one that was killed is noticed at once, one that was stopped or hangs after this time.
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = timeout)]
    pub timeout: Duration,

    /// Train on the first N batches only, unshuffled, and test on as many images: a model that can
    /// learn learns them by heart.
    #[arg(long, value_name = "N", value_parser = positive)]
    pub overfit_batches: Option<usize>,

    /// Stop where a NaN comes up, and name the module that gave it. It takes time.
    #[arg(long)]
    pub detect_nan: bool,
}

/// The kind of number of `--amp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Amp {
    /// bfloat16: the range of single precision, and fewer digits.
    Bf16,
    /// Half precision, with a GradScaler.
    F16,
}

/// The schedulers of `--scheduler`, by PyTorch's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scheduler {
    /// A tenth of the rate after each third of the epochs.
    #[value(name = "StepLR")]
    StepLR,
    /// 0.95 times the rate after each epoch.
    #[value(name = "ExponentialLR")]
    ExponentialLR,
    /// Half a cosine from the rate to 0 over the epochs.
    #[value(name = "CosineAnnealingLR")]
    CosineAnnealingLR,
    /// Up to the rate and down to nearly 0 over all steps.
    #[value(name = "OneCycleLR")]
    OneCycleLR,
    /// A tenth of the rate when the test accuracy was no better for three epochs.
    #[value(name = "ReduceLROnPlateau")]
    ReduceLROnPlateau,
}

fn decay(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(decay) if (0.0..=1.0).contains(&decay) => Ok(decay),
        _ => Err("must be a number from 0 to 1".to_string()),
    }
}

/// A time that one of several ranks waits, of a second up to a year.
pub fn timeout(text: &str) -> Result<Duration, String> {
    const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    match humantime::parse_duration(text) {
        Ok(time) if time >= Duration::from_secs(1) && time <= LONGEST => Ok(time),
        _ => Err("must be a time from 1s to 365d, as 90s, 5m or 2h".to_string()),
    }
}

/// What may be another when a run goes on: what does not change its numbers, or only their last bits.
const MAY_CHANGE: [&str; 15] = [
    // Runs that were begun before this stood there have it.
    "dry-run",
    "data",
    "device",
    "threads",
    "workers",
    "save",
    "load",
    "predict",
    "plot",
    "checkpoint-every",
    "patience",
    "time-limit",
    "timeout",
    "detect-nan",
    "epochs",
];

impl Args {
    /// The run of `--run`, if there is one.
    ///
    /// # Errors
    /// As `build()` of [`Run::options`].
    pub fn run(&self) -> Result<Option<Run>> {
        let Some(folder) = &self.training.run else { return Ok(None) };
        // Some schedules are laid out over all epochs.
        let fixed = !matches!(
            self.training.scheduler,
            None | Some(Scheduler::ExponentialLR | Scheduler::ReduceLROnPlateau)
        );
        let may_change = MAY_CHANGE.into_iter().filter(|name| !(fixed && *name == "epochs"));
        let run = Run::options(folder)
            .resume(self.training.resume)
            .arguments(self.arguments.clone())
            .may_change(may_change)
            .maybe_checkpoint_every(self.training.checkpoint_every);
        run.build().map(Some)
    }

    /// The training that the arguments ask for.
    ///
    /// # Errors
    /// As `build()` of [`Trainer::options`].
    pub fn trainer<'a, M: Module, D: Dataset<Sample = (Tensor, Tensor)> + 'static>(
        &self,
        model: &'a M,
        optimizer: &'a mut dyn Optimizer,
        loader: &'a DataLoader<D>,
        run: Option<&'a Run>,
    ) -> Result<Trainer<'a, M, D>> {
        let asked = &self.training;
        let scheduler = asked.scheduler.map(|name| self.schedule(name, optimizer, loader.len()));
        let trainer = Trainer::options(model, optimizer, loader)
            .epochs(if self.dry_run { self.epochs.min(1) } else { self.epochs })
            .dry_run(self.dry_run)
            .maybe_time_limit(asked.time_limit)
            .monitor("accuracy")
            .maybe_patience(asked.patience)
            .maybe_scheduler(scheduler)
            .maybe_clip_grad_norm(asked.clip)
            .accumulate(asked.accumulate)
            .maybe_amp(asked.amp.map(|amp| match amp {
                Amp::Bf16 => Kind::BFloat16,
                Amp::F16 => Kind::Half,
            }))
            .maybe_ema(asked.ema)
            .detect_nan(asked.detect_nan)
            .maybe_run(run)
            .build()?;
        if let Some(run) = run {
            match trainer.step_count() {
                0 if is_first_rank() => self.introduce(run, loader.dataset())?,
                0 => {}
                step => self.say(format_args!("going on after step {step}")),
            }
            let done = trainer.history().losses.len();
            if done >= self.epochs {
                let all = self.epochs;
                self.say(format_args!("{done} epochs are over, of {all}: none is left to train"));
            }
        }
        Ok(trainer)
    }

    /// What TensorBoard shows of a training that begins: its arguments, and the first of its images.
    fn introduce(&self, run: &Run, images: &impl Dataset<Sample = (Tensor, Tensor)>) -> Result<()> {
        const SHOWN: usize = 64;
        let rows = self.arguments.as_dict().into_iter().flatten();
        let rows = rows
            .map(|(name, value)| format!("| {} | {value} |\n", name.as_str().unwrap_or_default()));
        let table: String =
            ["| argument | value |\n|---|---|\n".into()].into_iter().chain(rows).collect();
        let mut writer = run.writer()?;
        writer.add_text("arguments", &table, 0)?;
        // What a transform draws for this is given back.
        let _fork = random::fork_rng();
        let first = images.get_batch(&(0..images.len().min(SHOWN)).collect::<Vec<_>>())?;
        let grid = make_grid_options(&first.0).normalize(true).call()?;
        writer.add_image("training images", &grid, 0)
    }

    /// What it came to, by which TensorBoard compares runs.
    fn conclude(&self, run: &Run, history: &History) -> Result<()> {
        let arguments = self.arguments.as_dict().into_iter().flatten();
        let plain = arguments.filter(|(_, value)| !matches!(value, Object::List(_) | Object::None));
        let arguments = Object::dict(plain.map(|(name, value)| (name.clone(), value.clone())));
        // Those of each class would be a column each.
        let whole = history.metrics.iter().filter(|(name, _)| !name.contains('/'));
        let last = whole.map(|(name, numbers)| (name.as_str(), numbers.last()));
        let last = last.chain([("loss", history.losses.last())]);
        let metrics = last
            .filter_map(|(name, number)| Some((format!("hparam/{name}"), Object::Float(*number?))));
        let metrics = Object::dict(metrics);
        run.writer()?.add_hparams_options(&arguments, &metrics).run_name("hparams").call()
    }

    fn schedule<'a>(
        &self,
        name: Scheduler,
        optimizer: &mut dyn Optimizer,
        batches: usize,
    ) -> Schedule<'a> {
        let epochs = self.epochs.max(1);
        match name {
            Scheduler::StepLR => {
                Schedule::Epoch(Box::new(StepLR::new(optimizer, epochs.div_ceil(3) as i64)))
            }
            Scheduler::ExponentialLR => {
                Schedule::Epoch(Box::new(ExponentialLR::new(optimizer, 0.95)))
            }
            Scheduler::CosineAnnealingLR => {
                Schedule::Epoch(Box::new(CosineAnnealingLR::new(optimizer, epochs as i64)))
            }
            Scheduler::OneCycleLR => {
                let steps = epochs * batches.div_ceil(self.training.accumulate).max(1);
                let cycle = OneCycleLR::options(optimizer, self.lr).total_steps(steps as i64);
                Schedule::Step(Box::new(cycle.build()))
            }
            Scheduler::ReduceLROnPlateau => {
                let plateau = ReduceLROnPlateau::options(optimizer).mode("max").patience(3);
                Schedule::Plateau(plateau.build())
            }
        }
    }

    /// Whether the model is tested after each epoch: for a run's curves, or because something depends
    /// on it.
    pub fn evaluates(&self) -> bool {
        let asked = &self.training;
        let plateau = asked.scheduler == Some(Scheduler::ReduceLROnPlateau);
        asked.run.is_some() || asked.patience.is_some() || plateau
    }

    /// Ends a training: waits until the run is written, gives the model the average of its weights
    /// with `--ema`, saves it where `--save` says, and draws the run's curves. A last checkpoint that could
    /// not be written is told, and makes the program's exit code 1: the model can be tested all the same.
    ///
    /// # Errors
    /// When something else could not be written.
    pub fn finish<M: Module, D: Dataset + 'static>(
        &self,
        trainer: &Trainer<M, D>,
        model: &M,
    ) -> Result<()> {
        let history = trainer.history();
        if let Err(error) = trainer.finish() {
            tell_unwritten(error);
        }
        if self.training.ema.is_some() {
            model.load_state_dict(&trainer.trained().state_dict())?;
        }
        if !is_first_rank() {
            return Ok(());
        }
        self.save(model)?;
        if let Some(folder) = &self.training.run {
            let accuracies = history.metrics.get("accuracy").map_or(&[][..], Vec::as_slice);
            let curves = plot::training_curves(&history.losses, accuracies);
            curves.save(folder.join("training_curves.png"))?;
        }
        if let Some(run) = trainer.run().filter(|_| !interrupted()) {
            self.conclude(run, &history)?;
        }
        Ok(())
    }

    /// How many images of each split are taken at most.
    pub(super) fn most_images(&self) -> usize {
        let batch_size = self.batch_size * Ranks::several().map_or(1, |ranks| ranks.size);
        let overfit = self.training.overfit_batches.map(|n| n.saturating_mul(batch_size));
        self.limit.unwrap_or(usize::MAX).min(overfit.unwrap_or(usize::MAX))
    }

    /// Whether the training images come in a new order in each epoch: not with `--overfit-batches`.
    pub fn shuffle(&self) -> bool {
        self.training.overfit_batches.is_none()
    }
}

/// The arguments as a dictionary of plain values, by the names of their flags.
pub(super) fn plain(command: &Command, matches: &ArgMatches) -> Object {
    const NOT_THE_TRAININGS: [&str; 8] =
        ["help", "version", "run", "resume", "dry_run", "quiet", "json", "dashboard"];
    let value = |text: String| {
        if let Ok(truth) = text.parse::<bool>() {
            truth.into()
        } else if let Ok(number) = text.parse::<i64>() {
            number.into()
        } else if text.parse::<u64>().is_ok() {
            // A float would not hold all its digits.
            text.into()
        } else {
            text.parse::<f64>().map_or_else(|_| text.into(), Object::from)
        }
    };
    let arguments = command.get_arguments().map(|argument| (argument.get_id().as_str(), argument));
    let arguments = arguments.filter(|(name, _)| !NOT_THE_TRAININGS.contains(name));
    Object::dict(arguments.map(|(name, argument)| {
        let values: Vec<_> = spelled(argument, matches).into_iter().map(value).collect();
        let value = match <[Object; 1]>::try_from(values) {
            Ok([value]) => value,
            Err(values) if values.is_empty() => Object::None,
            Err(values) => values.into(),
        };
        (argument.get_long().unwrap_or(name), value)
    }))
}

/// The arguments that have to be the same on all ranks, since they decide what these do together, by their flags.
/// A file or a folder may have another name on each host: of these it is whether they are given.
pub(super) fn of_all_ranks(command: &Command, matches: &ArgMatches) -> Facts {
    const OF_EACH: [&str; 10] = [
        "help", "version", "quiet", "json", "data", "device", "threads", "workers", "save",
        "timeout",
    ];
    let arguments = command.get_arguments();
    let arguments = arguments.filter(|argument| !OF_EACH.contains(&argument.get_id().as_str()));
    let fact = |argument: &Arg| {
        let name = argument.get_long().unwrap_or(argument.get_id().as_str());
        let given = match &spelled(argument, matches)[..] {
            [] => "not given".into(),
            _ if argument.get_value_hint() != ValueHint::Unknown => "given".into(),
            values => values.join(" "),
        };
        (format!("--{name}"), given)
    };
    arguments.map(fact).collect()
}

/// The values of an argument as they are known: a name may be typed in small letters, too.
fn spelled(argument: &Arg, matches: &ArgMatches) -> Vec<String> {
    let known = argument.get_possible_values();
    let spelled = |text: &OsStr| {
        let text = text.to_string_lossy();
        let known = known.iter().find(|value| value.matches(&text, true));
        known.map_or_else(|| text.to_string(), |known| known.get_name().to_string())
    };
    let given = matches.try_get_raw(argument.get_id().as_str()).ok().flatten();
    given.into_iter().flatten().map(spelled).collect()
}
