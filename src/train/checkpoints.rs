//! [`Checkpoints`]: a training's state in files, from which it goes on.

use std::cell::{Cell, RefCell};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::interrupt::{Watch, interrupted, watched_epochs};
use super::ranks::{self, Ranks};
use super::saver::{Job, Saver};
use super::state::{OWN, State};
use crate::object::{Dict, Key, Object};
use crate::serialize::pt::{self, Seal};
use crate::{Error, Result, ffi, file};

/// The checkpoints of a training, in a folder: it can be killed at any moment, and goes on to the
/// same bits.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::train::{Checkpoints, State};
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path().join("checkpoints");
/// # let images = Tensor::randn([8, 4], (Kind::Float, Device::Cpu));
/// # let targets = Tensor::randn([8, 1], (Kind::Float, Device::Cpu));
///
/// let model = nn::Linear::new(4, 1);
/// let criterion = nn::MSELoss::new();
/// let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
/// let dataset = data::TensorDataset::new((images, targets))?;
/// let loader = DataLoader::options(dataset).batch_size(2).shuffle(true).build()?;
///
/// let checkpoints = Checkpoints::options(folder).every(1000).build()?;
/// checkpoints.resume(State::of(&model, &mut optimizer).loader(&loader))?;
/// for _epoch in checkpoints.epoch()..3 {
///     for batch in &loader {
///         let (inputs, targets) = batch?;
///         optimizer.zero_grad();
///         criterion.forward(&model.forward(&inputs), &targets).backward();
///         optimizer.step();
///         checkpoints.step(&State::of(&model, &mut optimizer).loader(&loader));
///     }
///     checkpoints.end_epoch(&State::of(&model, &mut optimizer).loader(&loader));
/// }
/// checkpoints.finish()?;
/// # assert_eq!((checkpoints.epoch(), checkpoints.step_count()), (3, 12));
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// A snapshot is taken on the calling thread and written by another, so that the training does not
/// wait for the disk: if the writer is still busy, the newest snapshot takes the place of the one
/// that waits. A file appears under its name whole or not at all, and a digest of all its bytes
/// stands at its end.
///
/// # The files
/// `step-0000001000.pt` for each of the last few, and `best.pt`. Python opens them with
/// `torch.load(path, weights_only=True)`:
///
/// | key | what it is |
/// |---|---|
/// | `flambeau` | `{"format": 1, "version": …, "torch": …}`: who wrote it |
/// | `epoch`, `step` | epochs that are over, and steps that are done |
/// | `best` | the best [score](Checkpoints::score) so far, or None |
/// | `threads` | how many threads libtorch computed with: another number may change the last bits |
/// | `arguments` | those of the [options](CheckpointsOptions::arguments), or None |
/// | `generators` | `{"cpu": state, "cuda": [state, …]}`, for `torch.set_rng_state` |
/// | `model`, `optimizer` | the parts of the [`State`], as `state_dict()` gives them in Python too |
/// | `scheduler`, `ema`, `scaler` | those as well, if they were given |
/// | `loader` | where the training data's loader [is](crate::data::DataLoader::state_dict) |
/// | `progress` | what a [`Trainer`](super::Trainer#in-a-checkpoint) counts; its `step` is the one above |
/// | `ranks` | of several ranks: for each its own `generators`, `loader` and `progress`, and `buckets`; those above are the first one's |
/// | `buckets` | of several ranks' [`Trainer`](super::Trainer) or [`Parallel`](super::Parallel): the numbers of the parameters whose gradients are summed up at once |
/// | … | parts of one's own |
///
/// `scripts/checkpoint_check.py` goes on from one in Python, in mid-epoch, and writes one.
///
/// The weights alone are read by [`pt::load_model(&model, path)`](pt::load_model), and in Python by
/// `model.load_state_dict(torch.load(path)["model"])`.
#[derive(Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    every: Option<usize>,
    arguments: Object,
    epoch: Cell<usize>,
    step: Cell<usize>,
    /// The best score so far, and that of the state at hand.
    best: Cell<Option<f64>>,
    score: Cell<Option<f64>>,
    /// Whether one was resumed from or written.
    begun: Cell<bool>,
    /// None on all ranks but the first, which write nothing.
    saver: Option<Saver>,
    /// Why the ranks' states could not be brought together.
    failed: RefCell<Option<Error>>,
    /// From the first epoch until all is written, at the latest when the saver is gone.
    watch: RefCell<Option<Watch>>,
}

/// The name of the best one.
pub(super) const BEST: &str = "best.pt";

/// The layout of a file. A reader takes those of its own number and below.
const FORMAT: i64 = 1;

#[bon::bon]
impl Checkpoints {
    /// The checkpoints in this folder, which is made if it is not there. One is written at each
    /// epoch's end, and the last three are kept.
    ///
    /// # Errors
    /// As `build()` of [`options`](Self::options).
    pub fn new(folder: impl Into<PathBuf>) -> Result<Self> {
        Self::options(folder).build()
    }

    /// Begins checkpoints whose keyword arguments are set by name.
    ///
    /// # Errors
    /// `build()` fails when the folder cannot be made or written to, when `every` or `keep` is 0, and
    /// when no thread can be had.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = CheckpointsOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn, into)] folder: PathBuf,
        /// After how many steps one is written; otherwise only at the end of an epoch, and when the
        /// training is interrupted.
        every: Option<usize>,
        /// How many of the last ones are kept, usually 3.
        #[builder(default = 3)]
        keep: usize,
        /// What the training was begun with, for those who read the file.
        #[builder(default = Object::None)]
        arguments: Object,
    ) -> Result<Self> {
        for (name, number) in [("every", every.unwrap_or(1)), ("keep", keep)] {
            if number == 0 {
                return Err(Error::argument(name, "should be at least 1, but is 0"));
            }
        }
        let saver = ranks::first_does(|| {
            file::make_folder(&folder)?;
            file::remove_temporary(&folder);
            Saver::start(folder.clone(), keep)
        })?;
        let (epoch, step, best, score, begun, failed, watch) = Default::default();
        Ok(Self { folder, every, arguments, epoch, step, best, score, begun, saver, failed, watch })
    }
}

impl Checkpoints {
    /// Gives the training the state of the newest checkpoint that is whole: false if there is none
    /// at all.
    ///
    /// One that is damaged is told by a warning, and gets another name (`….pt.damaged`); the one
    /// before it is taken, and where there is no other, `best.pt`. One without a digest, which another
    /// program has written, is taken with a warning.
    ///
    /// # Errors
    /// When there are checkpoints, but none is whole; when one cannot be read, was written by a
    /// newer version, or does not fit. The training has then the state that it had.
    pub fn resume(&self, mut state: State) -> Result<bool> {
        let found = ranks::first_does(|| newest(&self.folder))?.flatten();
        let newest = found.as_ref().map(|newest| (&*newest.path, &newest.checkpoint));
        let Some((path, checkpoint)) = ranks::share(newest)? else { return Ok(false) };
        let restored = of_rank(checkpoint).and_then(|own| self.restore(&own, &mut state));
        ranks::agree(restored.map_err(|error| unfit(&path, error)))?;
        // Only now: where none is whole, all stay where they are.
        for damaged in found.into_iter().flat_map(|newest| newest.damaged) {
            let _ = fs::rename(&damaged, damaged.with_extension("pt.damaged"));
        }
        Ok(true)
    }

    /// The checkpoints in a folder but for the best, the oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn paths(folder: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
        numbered(folder.as_ref())
    }

    /// The newest checkpoint in a folder that is whole, and where it stands, as
    /// [`resume`](Self::resume) chooses it; none if there is none at all. All stay where they are.
    ///
    /// # Errors
    /// When there are checkpoints, but none is whole, and when one cannot be read.
    pub fn newest(folder: impl AsRef<Path>) -> Result<Option<(PathBuf, Object)>> {
        Ok(newest(folder.as_ref())?.map(|Newest { path, checkpoint, .. }| (path, checkpoint)))
    }

    fn restore(&self, checkpoint: &Object, state: &mut State) -> Result<()> {
        let writer = checkpoint.get("flambeau");
        let format = writer.and_then(|writer| writer.get("format")?.as_i64()).unwrap_or(FORMAT);
        if format > FORMAT {
            let problem = format!(
                "{format} is a format of checkpoints that a newer version reads, this one has {FORMAT}"
            );
            return Err(Error::argument("flambeau", problem));
        }
        let (epoch, step) = (checkpoint.count("epoch")?, checkpoint.count("step")?);
        if let Some(counted) = checkpoint.get("progress").and_then(|p| p.get("step")?.as_i64())
            && counted != step as i64
        {
            let problem = format!("is {step}, but progress tells of {counted}: they go together");
            return Err(Error::argument("step", problem));
        }
        state.load_state_dict(checkpoint)?;
        let now = tch::get_num_threads();
        if let Some(threads) = checkpoint.get("threads").and_then(Object::as_i64)
            && threads != i64::from(now)
        {
            log::warn!(
                "the training had {threads} of libtorch's threads, and has {now} now: its numbers may \
                 come out otherwise in their last bits"
            );
        }
        self.epoch.set(epoch);
        self.step.set(step);
        self.best.set(checkpoint.get("best").and_then(Object::as_f64));
        self.begun.set(true);
        Ok(())
    }

    /// How many epochs are over: the number of the one to go on with.
    pub fn epoch(&self) -> usize {
        self.epoch.get()
    }

    /// The epochs that are left of so many. Until all is written ([`finish`](Self::finish)), the first
    /// Ctrl-C or SIGTERM ends the training after the step at hand: no epoch follows then.
    pub fn epochs(&self, epochs: usize) -> impl Iterator<Item = usize> + '_ {
        self.watch();
        watched_epochs(|| self.epoch(), move |epoch| epoch < epochs)
    }

    /// From now on the first Ctrl-C or SIGTERM does not end the process, until all is written.
    pub(super) fn watch(&self) {
        self.watch.borrow_mut().get_or_insert_with(Watch::of_saving);
    }

    /// After how many steps one is written.
    pub(super) fn every(&self) -> Option<usize> {
        self.every
    }

    /// How many steps are done.
    pub fn step_count(&self) -> usize {
        self.step.get()
    }

    /// A step is done. Takes a snapshot, if one is due or the training was interrupted.
    pub fn step(&self, state: &State) {
        if self.count_step() {
            self.save(state);
        }
    }

    /// A step is done: whether a snapshot is due.
    pub(super) fn count_step(&self) -> bool {
        self.step.set(self.step.get() + 1);
        let due = self.every.is_some_and(|every| self.step.get().is_multiple_of(every));
        due || interrupted()
    }

    /// Takes a snapshot now.
    ///
    /// A warning tells where the folder holds checkpoints of a training that was not gone on with.
    pub fn save(&self, state: &State) {
        let checkpoint = self.snapshot(state);
        let (Some(saver), Some(checkpoint)) = (&self.saver, checkpoint) else { return };
        if !self.begun.replace(true) && numbered(&self.folder).is_ok_and(|old| !old.is_empty()) {
            log::warn!(
                "{}: holds checkpoints of a training that this one does not go on with; of all of \
                 them the one of most steps counts as the newest",
                self.folder.display()
            );
        }
        let score = self.score.take().filter(|score| !score.is_nan());
        let best = score.is_some_and(|score| self.best.get().is_none_or(|best| score > best));
        if best {
            self.best.set(score);
        }
        let path = self.folder.join(format!("step-{:010}.pt", self.step.get()));
        saver.save(Job { checkpoint: self.complete(checkpoint), path, best });
    }

    /// How good the model is, where more is better: the next checkpoint, which is to be of this
    /// model, is kept as `best.pt` if none was better.
    pub fn score(&self, score: f64) {
        self.score.set(Some(score));
    }

    /// An epoch is over, with all that belongs to it (a test, the scheduler's step). Takes a
    /// snapshot. Where the state's loader says that there is more to come, as after Ctrl-C, the epoch
    /// is not over, and counts as begun only. It is the loader's newest epoch that says so: who looks at a
    /// batch in between [sets it aside](crate::data::DataLoader::set_aside).
    pub fn end_epoch(&self, state: &State) {
        if state.ended() {
            self.epoch.set(self.epoch.get() + 1);
        }
        self.save(state);
    }

    /// The state, with that of all ranks where there are several; the first of them has it, or none if
    /// another is not there any more.
    fn snapshot(&self, state: &State) -> Option<Dict> {
        let Some(ranks) = Ranks::several() else { return Some(state.entries()) };
        let mut entries = if ranks.rank == 0 { state.entries() } else { state.own() };
        let own =
            OWN.iter().filter_map(|name| Some((*name, entries.get(&Key::from(*name))?.clone())));
        match ranks::gather(&Object::dict(own)) {
            Ok(all) => {
                entries.insert("ranks".into(), Object::list(all));
                (ranks.rank == 0).then_some(entries)
            }
            Err(error) => {
                self.failed.borrow_mut().get_or_insert(error);
                None
            }
        }
    }

    /// What a file holds: the state, and where the training is.
    fn complete(&self, mut checkpoint: Dict) -> Object {
        let number = |number: usize| Object::Int(number as i64);
        let writer = Object::dict([
            ("format", Object::Int(FORMAT)),
            ("version", env!("CARGO_PKG_VERSION").into()),
            ("torch", ffi::torch_version().into()),
        ]);
        checkpoint.insert("flambeau".into(), writer);
        checkpoint.insert("epoch".into(), number(self.epoch.get()));
        checkpoint.insert("step".into(), number(self.step.get()));
        checkpoint.insert("best".into(), self.best.get().map_or(Object::None, Object::Float));
        checkpoint.insert("threads".into(), Object::Int(tch::get_num_threads().into()));
        checkpoint.insert("arguments".into(), self.arguments.clone());
        checkpoint.into()
    }

    /// Waits until all is written.
    ///
    /// # Errors
    /// When the last checkpoint or the best could not be written. Each that cannot is told by a warning at
    /// once, and the training goes on: the next may be written again, and the best is tried again with it.
    pub fn finish(&self) -> Result<()> {
        let written = self.saver.as_ref().map_or(Ok(()), Saver::finish);
        self.watch.take();
        self.failed.take().map_or(written, Err)
    }
}

/// A checkpoint as this rank has it.
///
/// # Errors
/// When as many ranks did not write it.
fn of_rank(mut checkpoint: Object) -> Result<Object> {
    let ranks = Ranks::several();
    let (rank, now) = ranks.map_or((0, 1), |ranks| (ranks.rank, ranks.size));
    let all = checkpoint.get("ranks").and_then(Object::as_slice).unwrap_or_default();
    let (then, own) = (all.len().max(1), all.get(rank).cloned());
    if then != now {
        let ranks = |n| if n == 1 { "1 process".to_string() } else { format!("{n} ranks") };
        let are = if now == 1 { "is" } else { "are" };
        let (then, now) = (ranks(then), ranks(now));
        let problem = format!(
            "{then} trained here, and now there {are} {now}: start {then}, or begin another run with the \
             weights of this one"
        );
        return Err(Error::argument("ranks", problem));
    }
    let own = own.as_ref().and_then(Object::as_dict).into_iter().flatten();
    let own = own.map(|(key, value)| (key.clone(), value.clone())).collect::<Vec<_>>();
    if let Some(entries) = checkpoint.as_dict_mut() {
        entries.extend(own);
    }
    Ok(checkpoint)
}

/// The newest checkpoint that is whole, and those after it that are not.
struct Newest {
    path: PathBuf,
    checkpoint: Object,
    damaged: Vec<PathBuf>,
}

fn newest(folder: &Path) -> Result<Option<Newest>> {
    let best = folder.join(BEST);
    let mut paths: Vec<_> = best.exists().then_some(best).into_iter().collect();
    paths.extend(numbered(folder)?);
    let (any, mut damaged) = (!paths.is_empty(), Vec::new());
    for path in paths.into_iter().rev() {
        match read(&path)? {
            Ok(checkpoint) => return Ok(Some(Newest { path, checkpoint, damaged })),
            Err(damage) => {
                log::warn!("{}: {damage}; it is passed over", path.display());
                damaged.push(path);
            }
        }
    }
    let remedy = "begin the training anew in another folder";
    match any {
        true => Err(Error::file(folder, "holds checkpoints, but none is whole", remedy)),
        false => Ok(None),
    }
}

/// The checkpoints in a folder, the oldest first; none where there is no folder.
pub(super) fn numbered(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |e| Error::file(folder, format!("cannot be read: {e}"), "name another folder");
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        entries => entries.map_err(unreadable)?,
    };
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let step = name.strip_prefix("step-").and_then(|name| name.strip_suffix(".pt"));
        if let Some(step) = step.and_then(|step| step.parse::<u64>().ok()) {
            found.push((step, path));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// A checkpoint, or how it is damaged.
fn read(path: &Path) -> Result<Result<Object, String>> {
    match pt::seal(path)? {
        Seal::Broken => {
            return Ok(Err("is damaged: its bytes are not those that its digest tells of".into()));
        }
        // Whatever is wrong then is no damage.
        Seal::Whole => return pt::load(path).map(Ok),
        Seal::Absent => {}
    }
    match pt::load(path) {
        Ok(checkpoint) => {
            log::warn!("{}: has no digest, so another program wrote it", path.display());
            Ok(Ok(checkpoint))
        }
        Err(Error::File { problem, .. }) => Ok(Err(problem)),
        Err(error) => Err(error),
    }
}

fn unfit(path: &Path, error: Error) -> Error {
    // PyTorch's words come in several lines.
    let error = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    let remedy = "go on with the model, the options and the version that it was made with";
    Error::file(path, format!("does not fit this training: {error}"), remedy)
}
