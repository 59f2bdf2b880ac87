//! [`Trainer`]: the training loop, with what a training needs besides.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use tch::{Device, Kind, Tensor};

use super::interrupt::{interrupted, watched_epochs};
use super::nan::FirstNan;
use super::progress::{Over, Progress};
use super::ranks::{Together, spelled};
use super::state::State;
use super::tally::{History, Tally};
use super::{Run, ranks};
use crate::amp::{self, GradScaler};
use crate::data::{DataLoader, Dataset};
use crate::nn::{self, Evaluating, Module};
use crate::object::Object;
use crate::optim::Optimizer;
use crate::optim::lr_scheduler::{LRScheduler, ReduceLROnPlateau};
use crate::optim::swa_utils::{AveragedModel, get_ema_multi_avg_fn_options};
use crate::torch::TensorExt;
use crate::{Error, Result};

/// A training: PyTorch's loop over a loader's batches, with what is asked for besides.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::train::Trainer;
/// # let images = Tensor::randn([8, 4], (Kind::Float, Device::Cpu));
/// # let targets = Tensor::randn([8, 1], (Kind::Float, Device::Cpu));
///
/// let model = nn::Linear::new(4, 1);
/// let criterion = nn::MSELoss::new();
/// let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
/// let dataset = data::TensorDataset::new((images, targets))?;
/// let loader = DataLoader::options(dataset).batch_size(2).shuffle(true).build()?;
///
/// let trainer = Trainer::options(&model, &mut optimizer, &loader)
///     .epochs(3)
///     .clip_grad_norm(1.0)
///     .build()?;
/// trainer.fit(|model, (inputs, targets)| criterion.forward(&model.forward(&inputs), &targets))?;
/// assert_eq!(trainer.history().losses.len(), 3);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`fit`](Self::fit) is this loop, which may as well stand in one's own code, to be read and changed:
///
/// ```
/// # use flambeau::prelude::*;
/// # use flambeau::train::Trainer;
/// # let images = Tensor::randn([8, 4], (Kind::Float, Device::Cpu));
/// # let targets = Tensor::randn([8, 1], (Kind::Float, Device::Cpu));
/// # let model = nn::Linear::new(4, 1);
/// # let criterion = nn::MSELoss::new();
/// # let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
/// # let dataset = data::TensorDataset::new((images, targets))?;
/// # let loader = DataLoader::options(dataset).batch_size(2).shuffle(true).build()?;
/// # let trainer = Trainer::options(&model, &mut optimizer, &loader).epochs(3).build()?;
/// for epoch in trainer.epochs() {
///     for batch in trainer.batches() {
///         let (inputs, targets) = batch?;
///         trainer.zero_grad();
///         let loss = trainer.autocast(|| criterion.forward(&model.forward(&inputs), &targets));
///         trainer.backward(&loss)?;
///         trainer.step();
///     }
///     println!("loss at epoch {epoch}: {}", trainer.running_loss());
///     trainer.end_epoch();
/// }
/// trainer.finish()?;
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// Without keywords it computes what the bare loop computes, to the bit.
///
/// # Keywords
/// Set by name between [`Trainer::options`] and `.build()?`:
///
/// - `epochs`, `steps`, `time_limit`: where it ends, at the first that is reached; one at least has
///   to be given. A step is one of the optimizer's. The time is that of this process.
/// - `evaluate_every`: when [`fit_and_evaluate`](Self::fit_and_evaluate) evaluates,
///   [`Every::Epochs(1)`](Every) by default, and after the last epoch.
/// - `monitor`, `mode`: by which metric a model is better, and whether it should be `"min"` or
///   `"max"`; by default the first that the evaluation gives, and `"max"`.
/// - `patience`: how many evaluations in turn may be no better; one more ends the training, as
///   [`ReduceLROnPlateau`] counts.
/// - `scheduler`: the learning rate's, a [`Schedule`] by step, by epoch or by the monitored metric.
/// - `clip_grad_norm`: the largest norm of all gradients together
///   ([`clip_grad_norm_`](nn::utils::clip_grad_norm_)).
/// - `accumulate`: a step is made of the mean gradient of so many batches. What is left at an
///   epoch's end makes a step too, of the sum of its gradients divided by as many.
/// - `amp`: [`Kind::BFloat16`], or [`Kind::Half`] with a [`GradScaler`]: the kind in which
///   [`autocast`](Self::autocast) computes.
/// - `ema`: the decay of an average of the weights, as [`AveragedModel`] with
///   [`get_ema_multi_avg_fn`](crate::optim::swa_utils::get_ema_multi_avg_fn) takes it after each
///   step. It is what is evaluated, and [`trained`](Self::trained).
/// - `detect_nan`: ends the training with an error when the loss or a gradient is NaN, and names the
///   first module that gave one. It looks at the output of each module, which takes time.
/// - `run`: the [`Run`] to log to, and to go on with.
/// - `log_every`: after how many steps it logs, 50 by default.
/// - `dry_run`: ends after one step, to see that all works.
/// - `find_unused_parameters`: on several ranks, whether a loss may not depend on all parameters.
///
/// # On several ranks
/// After [`init_process_group`](fn@crate::distributed::init_process_group) all ranks make the same calls,
/// with the model itself: the trainer sums up its gradients as a
/// [`DistributedDataParallel`](nn::parallel::DistributedDataParallel) does, and in `accumulate` those of
/// the last batch alone. Each rank's loader has its share of the samples from a
/// [`DistributedSampler`](crate::data::DistributedSampler), which is told the epoch. What is logged of the
/// training is of all ranks, and so is [`running_loss`](Self::running_loss) once the epoch's batches are
/// done. The evaluation is of all if it sums up what each rank has counted, as
/// [`Accuracy::all_reduce`](super::Accuracy::all_reduce) does. Ranks that would not train in the same way
/// are told how they differ. Ctrl-C and SIGTERM end the process at once: a checkpoint holds all ranks'
/// states, and the last one counts.
///
/// # In a checkpoint
/// Beside the state that [`Checkpoints`](super::Checkpoints) tells of, a run's checkpoint holds what is
/// counted here, as a dictionary under `progress`:
///
/// | key | what it is |
/// |---|---|
/// | `epoch`, `step` | epochs that are over, and the optimizer's steps |
/// | `running_loss` | the sum of the losses of the epoch's batches so far |
/// | `loss_since_log`, `batches_since_log` | that of the batches since the last row of the log, and how many they are |
/// | `losses` | the running loss of each epoch that is over |
/// | `metrics` | of each metric of the evaluations, its number for each epoch |
/// | `best` | the best score, or None: the monitored metric, or its negative where less is better |
/// | `evaluations_since_best` | what `patience` counts |
/// | `evaluated` | the step of the last evaluation, or None |
/// | `postponed` | whether an evaluation is to be made up for before anything else |
pub struct Trainer<'a, M: Module, D: Dataset> {
    model: &'a M,
    optimizer: RefCell<&'a mut (dyn Optimizer + 'a)>,
    loader: &'a DataLoader<D>,
    parameters: Vec<Tensor>,
    device: Device,
    epochs: Option<usize>,
    steps: Option<usize>,
    time_limit: Option<Duration>,
    dry_run: bool,
    evaluate_every: Every,
    monitor: Option<String>,
    maximize: bool,
    patience: Option<usize>,
    scheduler: RefCell<Option<Schedule<'a>>>,
    clip_grad_norm: Option<f64>,
    accumulate: usize,
    amp: Option<Kind>,
    scaler: RefCell<GradScaler>,
    ema: Option<AveragedModel<M>>,
    first_nan: Option<FirstNan>,
    run: Option<&'a Run>,
    log_every: usize,
    begun: Instant,
    tally: RefCell<Tally>,
    /// How many batches the gradients are of, of which no step was made.
    pending: Cell<usize>,
    /// Whether the loader came to the end of the epoch at hand: a sampler may give fewer batches than it
    /// says, or more.
    ended: Cell<bool>,
    /// Whether the epoch at hand was evaluated without being over.
    told: Cell<bool>,
    speed: RefCell<Speed>,
    /// Those that it trains with, if there are several.
    ranks: Option<Together<'a>>,
    /// The running loss of all of them, once the epoch's batches are done.
    total: Cell<Option<f64>>,
}

/// After how many epochs, or steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// After each n epochs.
    Epochs(usize),
    /// After each n steps.
    Steps(usize),
}

/// How the learning rate goes on.
pub enum Schedule<'a> {
    /// After each step of the optimizer.
    Step(Box<dyn LRScheduler + 'a>),
    /// After each epoch.
    Epoch(Box<dyn LRScheduler + 'a>),
    /// After each evaluation, by the monitored metric.
    Plateau(ReduceLROnPlateau),
}

impl Schedule<'_> {
    fn state(&self) -> Object {
        match self {
            Self::Step(scheduler) | Self::Epoch(scheduler) => scheduler.state_dict(),
            Self::Plateau(scheduler) => scheduler.state_dict(),
        }
    }
}

/// What an evaluation gives: numbers by their names, as `("accuracy", 0.58)`.
pub type Metrics = Vec<(String, f64)>;

/// Images since the last row of the log.
struct Speed {
    images: i64,
    since: Instant,
}

impl Speed {
    fn start() -> Self {
        Self { images: 0, since: Instant::now() }
    }

    fn per_second(&self) -> f64 {
        self.images as f64 / self.since.elapsed().as_secs_f64()
    }
}

#[bon::bon]
impl<'a, M: Module, D: Dataset + 'static> Trainer<'a, M, D> {
    /// Begins a trainer of a model, by an optimizer and on a loader's batches, whose keyword
    /// arguments are set by name.
    ///
    /// # Errors
    /// `build()` fails when nothing says where it ends, when a number is out of range, and as
    /// [`Run::resume`].
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = TrainerOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] model: &'a M,
        #[builder(start_fn)] optimizer: &'a mut (dyn Optimizer + 'a),
        #[builder(start_fn)] loader: &'a DataLoader<D>,
        /// How many times the loader is gone through.
        epochs: Option<usize>,
        /// How many steps the optimizer makes.
        steps: Option<usize>,
        /// How long this process trains.
        time_limit: Option<Duration>,
        /// When it is evaluated.
        #[builder(default = Every::Epochs(1))]
        evaluate_every: Every,
        /// The metric by which a model is better.
        #[builder(into)]
        monitor: Option<String>,
        /// Whether that should be `"min"` or `"max"`.
        #[builder(default = "max")]
        mode: &str,
        /// How many evaluations without becoming better are borne.
        patience: Option<usize>,
        /// The learning rate's scheduler.
        scheduler: Option<Schedule<'a>>,
        /// The largest norm that a step's gradients may have together.
        #[builder(into)]
        clip_grad_norm: Option<f64>,
        /// How many batches make a step.
        #[builder(default = 1)]
        accumulate: usize,
        /// The kind of number to compute in, bf16 or f16.
        amp: Option<Kind>,
        /// The decay of the average of the weights.
        ema: Option<f64>,
        /// Whether it ends where a NaN comes up.
        #[builder(default)]
        detect_nan: bool,
        /// The run that is logged to, and gone on with.
        run: Option<&'a Run>,
        /// After how many steps a row is logged.
        #[builder(default = 50)]
        log_every: usize,
        /// Whether to end after one step.
        #[builder(default)]
        dry_run: bool,
        /// On several ranks, whether a loss may not depend on all parameters.
        #[builder(default)]
        find_unused_parameters: bool,
    ) -> Result<Self> {
        check(epochs, steps, time_limit, dry_run, accumulate, log_every, evaluate_every)?;
        let maximize = match mode {
            "min" | "max" => mode == "max",
            _ => return Err(Error::argument("mode", format!("'{mode}' is neither min nor max"))),
        };
        if !matches!(amp, None | Some(Kind::BFloat16 | Kind::Half)) {
            return Err(Error::argument("amp", "should be BFloat16 or Half"));
        }
        if ema.is_some_and(|decay| !(0.0..=1.0).contains(&decay)) {
            return Err(Error::argument("ema", "should be a decay between 0 and 1"));
        }
        let facts = || {
            let mut facts = ranks::of_loader(loader);
            let own = [
                ("epochs", spelled(epochs)),
                ("steps", spelled(steps)),
                ("time_limit", spelled(time_limit)),
                ("evaluate_every", format!("{evaluate_every:?}")),
                ("monitor", spelled(monitor.as_ref())),
                ("mode", mode.into()),
                ("patience", spelled(patience)),
                ("clip_grad_norm", spelled(clip_grad_norm)),
                ("accumulate", accumulate.to_string()),
                ("amp", spelled(amp)),
                ("ema", spelled(ema)),
                ("whether there is a run", run.is_some().to_string()),
                ("checkpoint_every", spelled(run.and_then(|run| run.checkpoints().every()))),
                ("log_every", log_every.to_string()),
                ("dry_run", dry_run.to_string()),
                ("find_unused_parameters", find_unused_parameters.to_string()),
            ];
            facts.extend(own.map(|(name, fact)| (name.to_string(), fact)));
            facts.extend(ranks::facts("optimizer", &optimizer.state_dict()["param_groups"]));
            let scheduler = scheduler.as_ref().map_or(Object::None, Schedule::state);
            facts.extend(ranks::facts("scheduler", &scheduler));
            facts
        };
        let ranks = Together::begin(model, loader, facts, find_unused_parameters)?;
        let parameters = model.parameters();
        let device = parameters.first().map_or(Device::Cpu, Tensor::device);
        let ema = ema.map(|decay| {
            AveragedModel::options(model)
                .avg_fn(get_ema_multi_avg_fn_options().decay(decay).call())
                .build()
        });
        let scaler = GradScaler::options(device).enabled(amp == Some(Kind::Half)).build();
        let trainer = Self {
            model,
            optimizer: RefCell::new(optimizer),
            loader,
            parameters,
            device,
            epochs,
            steps,
            time_limit,
            dry_run,
            evaluate_every,
            monitor,
            maximize,
            patience,
            scheduler: RefCell::new(scheduler),
            clip_grad_norm,
            accumulate,
            amp,
            scaler: RefCell::new(scaler),
            ema,
            first_nan: detect_nan.then(FirstNan::watch),
            run,
            log_every,
            begun: Instant::now(),
            tally: RefCell::default(),
            pending: Cell::new(0),
            ended: Cell::new(false),
            told: Cell::new(false),
            speed: RefCell::new(Speed::start()),
            ranks,
            total: Cell::new(None),
        };
        if let Some(run) = run {
            trainer.with_state(|state| run.resume(state))?;
        }
        Ok(trainer)
    }
}

/// What is given as a text.
/// Refuses what makes no training.
fn check(
    epochs: Option<usize>,
    steps: Option<usize>,
    time_limit: Option<Duration>,
    dry_run: bool,
    accumulate: usize,
    log_every: usize,
    evaluate_every: Every,
) -> Result<()> {
    if epochs.is_none() && steps.is_none() && time_limit.is_none() && !dry_run {
        return Err(Error::argument("epochs", "or steps or time_limit: one has to be given"));
    }
    let (Every::Epochs(every) | Every::Steps(every)) = evaluate_every;
    let counts = [("accumulate", accumulate), ("log_every", log_every), ("evaluate_every", every)];
    match counts.into_iter().find(|(_, count)| *count == 0) {
        Some((name, _)) => Err(Error::argument(name, "should be at least 1, but is 0")),
        None => Ok(()),
    }
}

impl<'a, M: Module, D: Dataset + 'static> Trainer<'a, M, D> {
    /// Trains the model, whose loss of a batch `loss` gives.
    ///
    /// # Errors
    /// As [`backward`](Self::backward), [`finish`](Self::finish), and the loader's.
    pub fn fit(&self, loss: impl Fn(&M, D::Sample) -> Tensor) -> Result<()> {
        self.fit_and_evaluate(loss, |_| Ok(Metrics::new()))
    }

    /// Trains the model, and evaluates it now and then: the first of the metrics, or the one that is
    /// to be monitored, says how good it is.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and those of the evaluation.
    pub fn fit_and_evaluate(
        &self,
        loss: impl Fn(&M, D::Sample) -> Tensor,
        mut evaluate: impl FnMut(&M) -> Result<Metrics>,
    ) -> Result<()> {
        for _epoch in self.epochs() {
            let mut batches = self.batches();
            loop {
                // Before the first batch too: a run may go on at a step that was to be evaluated.
                if self.step_is_due() {
                    self.evaluate(&mut evaluate)?;
                }
                let Some(batch) = batches.next() else { break };
                let batch = batch?;
                self.zero_grad();
                let loss = self.autocast(|| loss(self.model, batch));
                self.backward(&loss)?;
                self.step();
            }
            if self.epoch_is_due() {
                self.evaluate(&mut evaluate)?;
            }
            self.end_epoch();
        }
        self.finish()
    }

    /// The numbers of the epochs that are left. Until the last is over, and with a run until all is
    /// written ([`finish`](Self::finish)), the first Ctrl-C or SIGTERM ends the training after the step at
    /// hand: no epoch follows then.
    pub fn epochs(&self) -> impl Iterator<Item = usize> + '_ {
        if let Some(run) = self.run {
            run.checkpoints().watch();
        }
        let goes_on = |epoch| {
            let left = self.epochs.is_none_or(|epochs| epoch < epochs) && !self.is_over();
            left || self.tally.borrow().postponed
        };
        watched_epochs(|| self.tally.borrow().epoch, goes_on)
    }

    /// An epoch's batches, or what is left of it, with the progress on the screen. It ends early, after
    /// a whole step, when the training is over: at a limit, or interrupted.
    pub fn batches(&self) -> Batches<'_, 'a, M, D> {
        let mut tally = self.tally.borrow_mut();
        self.loader.set_epoch(tally.epoch as i64);
        let postponed = std::mem::take(&mut tally.postponed);
        let ranks = self.ranks.as_ref().map_or(1, |together| together.ranks.size);
        let batches = (!postponed).then(|| Progress::over_all(self.loader, ranks));
        tally.begin(self.loader.len() - batches.as_ref().map_or(0, Over::left));
        drop(tally);
        self.ended.set(postponed);
        self.total.set(None);
        self.pending.set(0);
        self.speed.replace(Speed::start());
        Batches { trainer: self, batches }
    }

    /// Sets the gradients to none, at the beginning of a step.
    pub fn zero_grad(&self) {
        if self.pending.get() == 0 {
            self.optimizer.borrow_mut().zero_grad();
        }
        if let Some(ranks) = &self.ranks {
            ranks.before_forward(self.completes_step());
        }
        if let Some(first_nan) = &self.first_nan {
            first_nan.begin_step();
        }
    }

    /// Computes `forward`, a model's forward pass and the loss, in the kind of number that
    /// the keyword `amp` names, if it does.
    pub fn autocast<T>(&self, forward: impl FnOnce() -> T) -> T {
        match self.amp {
            Some(kind) => amp::autocast_options(self.device).dtype(kind).call(forward),
            None => forward(),
        }
    }

    /// Adds the gradients of a batch's loss, a single number, and the number to the running loss.
    ///
    /// # Errors
    /// With `detect_nan`, when the loss or a gradient is NaN; on several ranks, when another is not there
    /// any more.
    pub fn backward(&self, loss: &Tensor) -> Result<()> {
        let last = self.ranks.as_ref().map(|ranks| ranks.before_backward(loss)).transpose()?;
        let loss = last.as_ref().unwrap_or(loss);
        let mut scaler = self.scaler.borrow_mut();
        let scaled = match self.accumulate {
            1 => scaler.scale(loss),
            batches => scaler.scale(&(loss / batches as f64)),
        };
        match &self.ranks {
            Some(ranks) => ranks.backward(&scaled)?,
            None => scaled.backward(),
        }
        let loss = loss.item();
        self.tally.borrow_mut().add(loss);
        let Some(first_nan) = &self.first_nan else { return Ok(()) };
        let step = self.tally.borrow().step;
        // A step whose scaled gradients are not finite is left out, and is no mistake.
        let parameters = if scaler.is_enabled() { vec![] } else { self.model.named_parameters() };
        first_nan.check(self.model, loss, parameters, step)
    }

    /// Makes a step with the gradients of a batch, or of the last of those that make one together.
    pub fn step(&self) {
        let completes = self.completes_step();
        self.pending.set(self.pending.get() + 1);
        if completes {
            self.make_step();
        }
    }

    /// Whether the batch at hand is the last of those that make a step together.
    fn completes_step(&self) -> bool {
        let left = self.loader.len().saturating_sub(self.tally.borrow().batches);
        self.pending.get() + 1 == self.accumulate || left == 0
    }

    /// Makes a step with the gradients that there are.
    fn make_step(&self) {
        self.pending.set(0);
        let due =
            self.run.filter(|_| (self.tally.borrow().step + 1).is_multiple_of(self.log_every));
        let norm = self.update(due.is_some());
        if let Some(ema) = &self.ema {
            ema.update_parameters(self.model);
        }
        let lr = self.optimizer.borrow().lr();
        if let Some(Schedule::Step(scheduler)) = &mut *self.scheduler.borrow_mut() {
            scheduler.step(&mut **self.optimizer.borrow_mut());
        }
        self.tally.borrow_mut().step += 1;
        let Some(run) = self.run else { return };
        if due.is_some() {
            let (loss, batches) = self.tally.borrow_mut().take_losses();
            let speed = self.speed.replace(Speed::start()).per_second();
            let [loss, batches, speed] = self.summed([loss, batches as f64, speed]);
            let numbers = [
                ("train/loss", loss / batches),
                ("learning_rate", lr),
                ("images_per_second", speed),
            ];
            let norm = norm.map(|norm| ("gradient_norm", norm));
            run.log_at(self.place(), numbers.into_iter().chain(norm));
        }
        // Most steps have no use for the state.
        if run.checkpoints().count_step() {
            self.with_state(|state| run.save(state));
        }
    }

    /// The sums over all ranks, if there are several.
    fn summed<const N: usize>(&self, numbers: [f64; N]) -> [f64; N] {
        self.ranks.as_ref().map_or(numbers, |ranks| ranks.sum(numbers))
    }

    /// The optimizer's part of a step. Gives the norm of the gradients before they are clipped, if it
    /// is asked for or known.
    fn update(&self, norm_asked: bool) -> Option<f64> {
        let (mut optimizer, mut scaler) = (self.optimizer.borrow_mut(), self.scaler.borrow_mut());
        let mut norm = None;
        if self.clip_grad_norm.is_some() || norm_asked {
            scaler.unscale_(&mut **optimizer);
            norm = Some(match self.clip_grad_norm {
                Some(max_norm) => nn::utils::clip_grad_norm_(&self.parameters, max_norm),
                None => nn::utils::get_total_norm(&gradients(&self.parameters)),
            });
        }
        scaler.step(&mut **optimizer);
        scaler.update();
        norm.map(|norm| norm.item())
    }

    /// Evaluates what is [trained](Self::trained), in evaluation mode: `evaluate` gives metrics, of
    /// which a run logs all. The training stays the same to the bit, whatever the evaluation draws.
    ///
    /// An interruption does not wait for it: an evaluation may ask [`interrupted`] and end early. It
    /// is then made by the run that goes on. Where a limit has cut the epoch short, its metrics are
    /// told, and nothing follows from them: the run that goes on with another limit is the same as one
    /// that had it from the beginning.
    ///
    /// # Errors
    /// Those of the evaluation; when it gives no metric of the name that is monitored.
    pub fn evaluate(&self, evaluate: impl FnOnce(&M) -> Result<Metrics>) -> Result<()> {
        if !interrupted() {
            let model = self.trained();
            if let Some(ranks) = &self.ranks {
                ranks.broadcast_buffers(model)?;
            }
            let metrics = {
                let _evaluating = Evaluating::begin(model);
                // It may go through the training images too.
                let _loader = self.loader.set_aside();
                evaluate(model)?
            };
            if let Some(ranks) = &self.ranks {
                ranks.compare_metrics(&metrics)?;
            }
            if !interrupted() {
                return self.score(&metrics);
            }
        }
        let postponed = self.run.is_some() && self.epoch_is_whole();
        self.tally.borrow_mut().postponed = postponed;
        Ok(())
    }

    /// Tells of an evaluation that is none of the training's own: a checkpoint knows nothing of it.
    fn tell(&self, metrics: &Metrics) {
        if let Some(run) = self.run {
            self.with_state(|state| run.save(state));
        }
        self.told.set(true);
        self.tally.borrow_mut().tell(metrics);
        self.log(metrics);
    }

    fn log(&self, metrics: &Metrics) {
        if let Some(run) = self.run {
            let named: Vec<_> =
                metrics.iter().map(|(name, number)| (format!("test/{name}"), *number)).collect();
            let numbers = named.iter().map(|(name, number)| (name.as_str(), *number));
            let loss = [("train/running_loss", self.running_loss())];
            run.log_at(self.place(), loss.into_iter().chain(numbers));
        }
    }

    /// Takes note of an evaluation. One without metrics is none.
    fn score(&self, metrics: &Metrics) -> Result<()> {
        if metrics.is_empty() {
            return Ok(());
        }
        if !self.epoch_is_whole() && !self.step_is_due() {
            self.tell(metrics);
            return Ok(());
        }
        self.log(metrics);
        let name = self.monitor.as_ref().unwrap_or(&metrics[0].0);
        let Some((_, number)) = metrics.iter().find(|(other, _)| other == name) else {
            let names: Vec<_> = metrics.iter().map(|(name, _)| name.as_str()).collect();
            let problem = format!("there is no metric '{name}', only {}", names.join(", "));
            return Err(Error::argument("monitor", problem));
        };
        let score = if self.maximize { *number } else { -number };
        let mut tally = self.tally.borrow_mut();
        tally.evaluated(metrics, score);
        drop(tally);
        if let Some(Schedule::Plateau(scheduler)) = &mut *self.scheduler.borrow_mut() {
            scheduler.step(&mut **self.optimizer.borrow_mut(), *number);
        }
        if let Some(run) = self.run {
            run.checkpoints().score(score);
            // What is best are the weights of now.
            if !self.epoch_is_whole() {
                self.with_state(|state| run.save(state));
            }
        }
        Ok(())
    }

    /// An epoch is over: it is logged, the scheduler goes on, and a checkpoint is written. An epoch that
    /// was cut short, or whose evaluation was, has its checkpoint only.
    pub fn end_epoch(&self) {
        let postponed = self.tally.borrow().postponed;
        if self.epoch_is_whole() && !postponed {
            if let Some(Schedule::Epoch(scheduler)) = &mut *self.scheduler.borrow_mut() {
                scheduler.step(&mut **self.optimizer.borrow_mut());
            }
            // An evaluation has logged it with its metrics.
            if let Some(run) = self.run.filter(|_| !self.tally.borrow().is_evaluated()) {
                run.log_at(self.place(), [("train/running_loss", self.running_loss())]);
            }
            let running_loss = self.running_loss();
            self.tally.borrow_mut().end_epoch(running_loss);
        }
        // One that was cut short and evaluated has been saved before that.
        let saved = self.told.replace(false);
        if let Some(run) = self.run.filter(|_| !saved) {
            self.with_state(|state| match postponed {
                true => run.save(state),
                false => run.end_epoch(state),
            });
        }
    }

    /// Waits until all that the run has to write is written.
    ///
    /// # Errors
    /// When the last checkpoint or the metrics could not be written.
    pub fn finish(&self) -> Result<()> {
        self.ranks.as_ref().map_or(Ok(()), Together::check)?;
        self.run.map_or(Ok(()), |run| run.finish().map(drop))
    }

    /// The sum of the losses of the epoch's batches so far, as the notebook prints it. On several ranks it
    /// is this one's until the batches are done, and then that of all.
    pub fn running_loss(&self) -> f64 {
        self.total.get().unwrap_or(self.tally.borrow().running_loss)
    }

    /// The run that it logs to.
    pub fn run(&self) -> Option<&'a Run> {
        self.run
    }

    /// How many steps are done.
    pub fn step_count(&self) -> usize {
        self.tally.borrow().step
    }

    /// How the training went, epoch by epoch.
    pub fn history(&self) -> History {
        self.tally.borrow().history.clone()
    }

    /// What is to be used: the model, or with `ema` the average of its weights.
    pub fn trained(&self) -> &M {
        self.ema.as_ref().map_or(self.model, |ema| &ema.module)
    }

    /// Whether all batches of the epoch are done.
    fn epoch_is_whole(&self) -> bool {
        self.ended.get()
    }

    /// Whether the epoch that is over is to be evaluated.
    fn epoch_is_due(&self) -> bool {
        if self.tally.borrow().is_evaluated() {
            return false;
        }
        let tally = self.tally.borrow();
        let last = self.epochs == Some(tally.epoch + 1) || self.is_over();
        match self.evaluate_every {
            Every::Epochs(every) => last || (tally.epoch + 1).is_multiple_of(every),
            Every::Steps(every) => last || tally.step.is_multiple_of(every),
        }
    }

    fn step_is_due(&self) -> bool {
        let Every::Steps(every) = self.evaluate_every else { return false };
        let tally = self.tally.borrow();
        let due = tally.step > 0 && tally.step.is_multiple_of(every) && !tally.is_evaluated();
        due && self.pending.get() == 0
    }

    fn place(&self) -> (usize, usize) {
        let tally = self.tally.borrow();
        (tally.epoch, tally.step)
    }

    /// Whether no step follows.
    fn is_over(&self) -> bool {
        let tally = self.tally.borrow();
        interrupted()
            || self.steps.is_some_and(|steps| tally.step >= steps)
            || self.time_limit.is_some_and(|limit| self.is_late(limit))
            || self.patience.is_some_and(|patience| tally.waited > patience)
            || (self.dry_run && tally.step > 0)
    }

    /// Whether the time is over. Where it is on one of several ranks, it is for all.
    fn is_late(&self, limit: Duration) -> bool {
        let late = self.begun.elapsed() >= limit;
        self.ranks.as_ref().map_or(late, |ranks| ranks.any(late))
    }

    /// All that a checkpoint holds.
    fn with_state<T>(&self, work: impl FnOnce(State) -> T) -> T {
        let (mut optimizer, mut tally) = (self.optimizer.borrow_mut(), self.tally.borrow_mut());
        let (mut scheduler, mut scaler) = (self.scheduler.borrow_mut(), self.scaler.borrow_mut());
        let mut state = State::of(self.model, &mut **optimizer).loader(self.loader);
        state = match &mut *scheduler {
            Some(Schedule::Step(scheduler) | Schedule::Epoch(scheduler)) => {
                state.scheduler(&mut **scheduler)
            }
            Some(Schedule::Plateau(scheduler)) => state.part("scheduler", scheduler),
            None => state,
        };
        if let Some(ema) = &self.ema {
            state = state.ema(ema);
        }
        if scaler.is_enabled() {
            state = state.scaler(&mut scaler);
        }
        if let Some(ranks) = &self.ranks {
            state = state.part("buckets", ranks.state());
        }
        work(state.part("progress", &mut *tally))
    }
}

impl<M: Module, D: Dataset> std::fmt::Debug for Trainer<'_, M, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut fields = f.debug_struct("Trainer");
        fields.field("model", &self.model).field("progress", &self.tally.borrow());
        fields.finish_non_exhaustive()
    }
}

/// The gradients of the parameters that have one.
fn gradients(parameters: &[Tensor]) -> Vec<Tensor> {
    parameters.iter().map(Tensor::grad).filter(Tensor::defined).collect()
}

/// The batches of [`Trainer::batches`].
pub struct Batches<'t, 'a, M: Module, D: Dataset> {
    trainer: &'t Trainer<'a, M, D>,
    /// None where all were done before.
    batches: Option<Over<D>>,
}

impl<M: Module, D: Dataset + 'static> Iterator for Batches<'_, '_, M, D> {
    type Item = Result<D::Sample>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { trainer, batches } = self;
        let batches = batches.as_mut()?;
        // Where nothing is left the loader is asked, which so comes to its epoch's end.
        let over = batches.left() > 0 && trainer.pending.get() == 0 && trainer.is_over();
        let batch = batches.next_unless(over, Some(trainer.running_loss()));
        if let Some(Ok(_)) = batch {
            trainer.speed.borrow_mut().images += batches.images();
            trainer.tally.borrow_mut().batches += 1;
        }
        if let Some(ranks) = &trainer.ranks {
            let (gave, said) = (trainer.tally.borrow().batches, trainer.loader.len());
            if let Err(error) = ranks.go_on(gave, said, batch.is_none() && !over) {
                return Some(Err(error));
            }
        }
        match batch {
            None if !over => {
                trainer.ended.set(true);
                // What a sampler that gave fewer batches than it said has left.
                if trainer.pending.get() > 0 {
                    trainer.make_step();
                }
            }
            _ => {}
        }
        if batch.is_none() && trainer.ranks.is_some() && trainer.total.get().is_none() {
            let [total] = trainer.summed([trainer.running_loss()]);
            trainer.total.set(Some(total));
        }
        batch
    }
}
