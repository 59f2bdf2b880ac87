//! [`Run`]: the folder of a training.

use std::cell::{Cell, RefCell, RefMut};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use super::interrupt::exit_code;
use super::state::{State, Stateful};
use super::table::Table;
use super::tensorboard::{self, SummaryWriter};
use super::{Checkpoints, ranks};
use crate::object::{Dict, Key, Object};
use crate::{Error, Result, file};

/// The folder of a training: its arguments, its metrics, and the checkpoints from which it goes on.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::train::{Progress, Run, State};
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path().join("first");
/// # let images = Tensor::randn([8, 4], (Kind::Float, Device::Cpu));
/// # let targets = Tensor::randn([8, 1], (Kind::Float, Device::Cpu));
///
/// let model = nn::Linear::new(4, 1);
/// let criterion = nn::MSELoss::new();
/// let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
/// let dataset = data::TensorDataset::new((images, targets))?;
/// let loader = DataLoader::options(dataset).batch_size(2).shuffle(true).build()?;
///
/// let run = Run::options(&folder).resume(true).checkpoint_every(1000).build()?;
/// run.resume(State::of(&model, &mut optimizer).loader(&loader))?;
/// for _epoch in run.epochs(3) {
///     for batch in Progress::over(&loader) {
///         let (inputs, targets) = batch?;
///         optimizer.zero_grad();
///         let loss = criterion.forward(&model.forward(&inputs), &targets);
///         loss.backward();
///         optimizer.step();
///         run.log([("loss", loss.item())]);
///         run.step(State::of(&model, &mut optimizer).loader(&loader));
///     }
///     run.end_epoch(State::of(&model, &mut optimizer).loader(&loader));
/// }
/// run.finish()?;
/// assert_eq!(std::fs::read_to_string(folder.join("metrics.csv")).unwrap().lines().count(), 13);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # The files
///
/// | file | what it is |
/// |---|---|
/// | `args.json` | the [arguments](RunOptions::arguments) |
/// | `metrics.csv` | a row for each [`log`](Self::log): epoch, step, and the numbers |
/// | `events.out.tfevents.…` | the same for TensorBoard, and what is added to its [`writer`](Self::writer) |
/// | `checkpoints/` | those of [`Checkpoints`], with the metrics so far under `metrics` |
/// | `.lock` | locked while a process trains here, however that ends |
///
/// A run that goes on has the rows that its checkpoint had, and writes those that follow anew.
///
/// # On several ranks
/// All [ranks](crate::distributed) make the run, and all calls on it; the first alone locks, logs and
/// writes, and the others need not see its folder. When torchrun starts the processes of a job again, the run that they have begun
/// goes on, as if `resume` were true.
#[derive(Debug)]
pub struct Run {
    folder: PathBuf,
    checkpoints: Checkpoints,
    resume: bool,
    /// What `args.json` is to hold.
    arguments: String,
    log_every: usize,
    table: RefCell<Table>,
    writer: RefCell<Option<SummaryWriter>>,
    /// Whether the metrics could not be written the last time.
    unwritten: Cell<bool>,
    /// None on all ranks but the first, which write nothing.
    lock: Option<File>,
}

const ARGUMENTS: &str = "args.json";

const METRICS: &str = "metrics.csv";

/// Where in a run's folder its checkpoints are.
pub const CHECKPOINTS: &str = "checkpoints";

#[bon::bon]
impl Run {
    /// A new run in this folder, which is made if it is not there.
    ///
    /// # Errors
    /// As `build()` of [`options`](Self::options).
    pub fn new(folder: impl Into<PathBuf>) -> Result<Self> {
        Self::options(folder).build()
    }

    /// Begins a run whose keyword arguments are set by name.
    ///
    /// # Errors
    /// `build()` fails when the folder holds a run and `resume` is false, when it holds other files,
    /// when another process trains there, when the run was begun with other arguments, and when a
    /// file cannot be written.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = RunOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] folder: PathBuf,
        /// Whether to go on with the run that the folder holds. One that has no checkpoint yet
        /// begins anew, with a warning; one that is not there begins.
        #[builder(default)]
        resume: bool,
        /// What the training is begun with, a dictionary of plain values: a run goes on with the
        /// same.
        #[builder(default = Dict::new().into())]
        arguments: Object,
        /// The names of the arguments that may be others when a run goes on.
        #[builder(default, with = |names: impl IntoIterator<Item = impl Into<String>>| {
            names.into_iter().map(Into::into).collect()
        })]
        may_change: Vec<String>,
        /// After how many steps a checkpoint is written, besides those at the end of each epoch.
        checkpoint_every: Option<usize>,
        /// How many of the last checkpoints are kept, usually 3.
        #[builder(default = 3)]
        keep: usize,
        /// After how many steps [`log`](Self::log) takes a row, usually each. A checkpoint holds all
        /// rows.
        #[builder(default = 1)]
        log_every: usize,
    ) -> Result<Self> {
        if log_every == 0 {
            return Err(Error::argument("log_every", "should be at least 1, but is 0"));
        }
        let wanted = json(&arguments)?;
        if !wanted.is_object() {
            return Err(Error::argument("arguments", "should be a dictionary"));
        }
        let text = serde_json::to_string_pretty(&wanted).expect("plain values have a text");
        let arguments_text = format!("{text}\n");
        let open = || open(&folder, resume, &wanted, &arguments_text, &may_change);
        let opened = ranks::first_does(open)?;
        let goes_on = opened.as_ref().is_some_and(|(_, goes_on)| *goes_on);
        let resume = ranks::of_first(|| Ok(goes_on))?;
        let lock = opened.map(|(lock, _)| lock);
        let checkpoints = Checkpoints::options(folder.join(CHECKPOINTS))
            .maybe_every(checkpoint_every)
            .keep(keep)
            .arguments(arguments)
            .build()?;
        let table = RefCell::new(Table::new(folder.join(METRICS)));
        let (writer, unwritten) = Default::default();
        Ok(Self {
            folder,
            checkpoints,
            resume,
            arguments: arguments_text,
            log_every,
            table,
            writer,
            unwritten,
            lock,
        })
    }
}

/// Locks a run's folder, which is made if it is not there, and looks whether it may be trained in so.
/// Gives the lock, and whether the run that it holds goes on.
fn open(
    folder: &Path,
    resume: bool,
    wanted: &Value,
    arguments: &str,
    may_change: &[String],
) -> Result<(File, bool)> {
    let path = folder.join(ARGUMENTS);
    if !path.exists() && holds_files(folder) {
        let remedy = "name a folder that is not there yet";
        return Err(Error::file(folder, "holds files that are no run's", remedy));
    }
    file::make_folder(folder)?;
    // Only then is it known what another process has left.
    let mut lock = lock(folder)?;
    let resume = resume || is_begun_by_this_job(folder);
    if path.exists() {
        if !resume {
            let remedy = "resume it (--resume), or name another folder";
            return Err(Error::file(folder, "holds a run already", remedy));
        }
        compare(&path, wanted, may_change)?;
    }
    if let Some(job) = ranks::job() {
        // Without it, the job is not known when it is started again, and told to resume.
        let _ = lock.set_len(0).and_then(|()| lock.write_all(job.as_bytes()));
    }
    // Those of a run that goes on are written when it does.
    if !path.exists() {
        file::write_whole(&path, arguments.as_bytes())?;
    }
    Ok((lock, resume))
}

/// Whether torchrun has started this process again, and those before it have begun the run in this
/// folder.
pub(crate) fn is_begun_by_this_job(folder: &Path) -> bool {
    let begun_by = || fs::read_to_string(folder.join(LOCK)).ok();
    ranks::is_started_again() && ranks::job().is_some_and(|job| begun_by() == Some(job))
}

impl Run {
    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its checkpoints.
    pub fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    /// Gives the training the state of the newest checkpoint, if the run is resumed and has one:
    /// otherwise it is false, and the training begins.
    ///
    /// # Errors
    /// As [`Checkpoints::resume`].
    pub fn resume(&self, state: State) -> Result<bool> {
        if !self.resume {
            return Ok(false);
        }
        let resumed = self.checkpoints.resume(self.with_metrics(state))?;
        ranks::first_does(|| {
            if !resumed {
                self.put_logs_aside()?;
            }
            file::write_whole(self.folder.join(ARGUMENTS), self.arguments.as_bytes())?;
            *self.writer.borrow_mut() = Some(self.writer_that_goes_on()?);
            if !resumed {
                let folder = self.folder.display();
                log::warn!("{folder}: there is no checkpoint yet, so it begins anew");
            }
            Ok(())
        })?;
        Ok(resumed)
    }

    /// Puts what was logged aside, of a training that begins anew: as `metrics.csv.old`, and under names
    /// that TensorBoard does not read.
    fn put_logs_aside(&self) -> Result<()> {
        let unmovable = |e| {
            let problem = format!("what was logged cannot be put aside: {e}");
            Error::file(&self.folder, problem, "name another folder")
        };
        for entry in fs::read_dir(&self.folder).map_err(unmovable)? {
            let path = entry.map_err(unmovable)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let aside = match name.strip_prefix(tensorboard::PREFIX) {
                Some(rest) => format!("events.out.old{rest}"),
                None if name == METRICS => format!("{METRICS}.old"),
                None => continue,
            };
            fs::rename(&path, path.with_file_name(aside)).map_err(unmovable)?;
        }
        Ok(())
    }

    /// Logs these numbers under the number of steps that are done.
    ///
    /// With `log_every`, only some steps are logged. A warning tells when they cannot be written:
    /// `metrics.csv` then gets them with the next row that can.
    pub fn log<'a>(&self, numbers: impl IntoIterator<Item = (&'a str, f64)>) {
        let place = (self.checkpoints.epoch(), self.checkpoints.step_count());
        if place.1.is_multiple_of(self.log_every) {
            self.log_at(place, numbers);
        }
    }

    /// Logs these numbers, as of an epoch and a step.
    pub(super) fn log_at<'a>(
        &self,
        (epoch, step): (usize, usize),
        numbers: impl IntoIterator<Item = (&'a str, f64)>,
    ) {
        if self.lock.is_none() {
            return;
        }
        let numbers: Vec<_> = numbers.into_iter().collect();
        let place = [("epoch", epoch as f64), ("step", step as f64)];
        let row = place.into_iter().chain(numbers.iter().copied());
        let written = self.table.borrow_mut().add(row).and_then(|()| {
            let mut writer = self.writer()?;
            numbers
                .iter()
                .try_for_each(|&(name, number)| writer.add_scalar(name, number, step as i64))
        });
        match written {
            Ok(()) => self.unwritten.set(false),
            Err(error) if !self.unwritten.replace(true) => log::warn!("no metrics: {error}"),
            Err(_) => {}
        }
    }

    /// What writes for TensorBoard, to add images, texts and hyperparameters.
    ///
    /// # Errors
    /// When its file cannot be made, and on all ranks but the first.
    pub fn writer(&self) -> Result<RefMut<'_, SummaryWriter>> {
        if self.lock.is_none() {
            return Err(Error::argument("rank", "rank 0 alone writes a run's events"));
        }
        let mut writer = self.writer.borrow_mut();
        if writer.is_none() {
            *writer = Some(SummaryWriter::new(&self.folder)?);
        }
        Ok(RefMut::map(writer, |writer| writer.as_mut().expect("it has just been made")))
    }

    /// A writer that hides what a run that was killed has written after its checkpoint. Of the very step of
    /// that there may be more, too: it is hidden, and what the checkpoint knows is written again.
    fn writer_that_goes_on(&self) -> Result<SummaryWriter> {
        let step = self.checkpoints.step_count() as i64;
        let mut writer = SummaryWriter::options(&self.folder).purge_step(step).build()?;
        for (name, number) in self.table.borrow().row_of(step) {
            writer.add_scalar(name, number, step)?;
        }
        Ok(writer)
    }

    /// The epochs that are left of so many, as [`Checkpoints::epochs`].
    pub fn epochs(&self, epochs: usize) -> impl Iterator<Item = usize> + '_ {
        self.checkpoints.epochs(epochs)
    }

    /// A step is done. Takes a snapshot, if one is due or the training was interrupted.
    pub fn step(&self, state: State) {
        self.checkpoints.step(&self.with_metrics(state));
    }

    /// Takes a snapshot now.
    pub fn save(&self, state: State) {
        self.checkpoints.save(&self.with_metrics(state));
    }

    /// An epoch is over, with all that belongs to it (a test, the scheduler's step). Takes a
    /// snapshot.
    pub fn end_epoch(&self, state: State) {
        self.checkpoints.end_epoch(&self.with_metrics(state));
    }

    /// Waits until all is written, and gives the program's exit code: 130 after Ctrl-C, 143 after
    /// SIGTERM, else 0.
    ///
    /// # Errors
    /// When the last checkpoint or the metrics could not be written.
    pub fn finish(&self) -> Result<ExitCode> {
        let write = || self.table.borrow_mut().finish();
        let written = self.lock.as_ref().map_or(Ok(()), |_| write());
        let flushed = self.writer.borrow_mut().as_mut().map_or(Ok(()), SummaryWriter::flush);
        self.checkpoints.finish().and(written).and(flushed).map(|()| exit_code())
    }

    fn with_metrics<'a>(&'a self, state: State<'a>) -> State<'a> {
        state.part("metrics", &self.table)
    }
}

impl Stateful for &RefCell<Table> {
    fn state_dict(&self) -> Object {
        self.borrow().state_dict()
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        self.borrow_mut().load_state_dict(state)
    }
}

/// Whether there is anything in a folder but hidden files, as those of a run that was killed before it
/// had written its arguments.
fn holds_files(folder: &Path) -> bool {
    let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.any(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
}

const LOCK: &str = ".lock";

/// The lock by which one process at a time has the folder; it goes when the process ends.
fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let remedy = "name a folder that may be written to";
    let unwritable = |error| Error::file(&path, format!("cannot be locked: {error}"), remedy);
    let file = file.map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let remedy = "wait for its end, or name another folder";
            Err(Error::file(folder, "another process trains in this folder", remedy))
        }
        Err(TryLockError::Error(error)) => Err(unwritable(error)),
    }
}

/// Refuses to go on with other arguments than the run was begun with.
fn compare(path: &Path, wanted: &Value, may_change: &[String]) -> Result<()> {
    let problem = |problem: String| {
        Error::file(path, problem, "give the run's own arguments, or train in another folder")
    };
    let text = fs::read_to_string(path).map_err(|e| problem(format!("cannot be read: {e}")))?;
    let Ok(Value::Object(found)) = serde_json::from_str(&text) else {
        return Err(problem("holds no arguments".into()));
    };
    let empty = serde_json::Map::new();
    let wanted = wanted.as_object().unwrap_or(&empty);
    let names = found.keys().chain(wanted.keys().filter(|name| !found.contains_key(*name)));
    let spelled = |value: Option<&Value>| value.map_or("not given".into(), Value::to_string);
    let others: Vec<_> = names
        .filter(|name| !same(found.get(*name), wanted.get(*name)) && !may_change.contains(name))
        .map(|name| {
            let (found, wanted) = (spelled(found.get(name)), spelled(wanted.get(name)));
            format!("{name} is {found} in the run, and {wanted} now")
        })
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    let known = |name: &&String| found.contains_key(*name) || wanted.contains_key(*name);
    let free = match may_change.iter().filter(known).map(String::as_str).collect::<Vec<_>>() {
        names if names.is_empty() => "no argument may change".to_string(),
        names => format!("only these may change: {}", names.join(", ")),
    };
    Err(problem(format!(
        "tells of another training: {}. When a run goes on, {free}",
        others.join("; ")
    )))
}

/// Whether two arguments are the same: 1 is 1.0.
fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    // Of whole numbers a float does not hold all digits.
    if let Some((one, other)) = one.and_then(Value::as_i64).zip(other.and_then(Value::as_i64)) {
        return one == other;
    }
    let numbers = one.and_then(Value::as_f64).zip(other.and_then(Value::as_f64));
    numbers.map_or(one == other, |(one, other)| one == other)
}

/// Plain values as JSON.
fn json(object: &Object) -> Result<Value> {
    Ok(match object {
        Object::None => Value::Null,
        Object::Bool(truth) => (*truth).into(),
        Object::Int(number) => (*number).into(),
        Object::Float(number) if number.is_finite() => (*number).into(),
        Object::Str(text) => text.to_string().into(),
        Object::List(values) | Object::Tuple(values) => {
            values.iter().map(json).collect::<Result<_>>()?
        }
        Object::Dict(entries) => {
            let entry = |(key, value): (&Key, _)| {
                let name = key.as_str().ok_or_else(|| no_json(&key.to_object()))?;
                Ok((name.to_string(), json(value)?))
            };
            Value::Object(entries.iter().map(entry).collect::<Result<_>>()?)
        }
        other => return Err(no_json(other)),
    })
}

fn no_json(object: &Object) -> Error {
    Error::argument("arguments", format!("{object} cannot be written as JSON"))
}
