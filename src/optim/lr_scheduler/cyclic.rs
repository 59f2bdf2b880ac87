//! Learning rates that rise and fall, and momentum the other way round.

use std::fmt;

use super::lambda::Lambda;
use super::{PerGroup, Policy, Progress, Scheduler, named, note, noted, zip_strict};
use crate::object::Object;
use crate::optim::group::Entry;
use crate::optim::{Group, Optimizer};
use crate::{Error, Result};

/// Does the optimizer go by β₁, as Adam, or by `momentum`, as SGD?
#[track_caller]
fn goes_by_beta1(optimizer: &dyn Optimizer) -> bool {
    let group = optimizer.param_groups()[0];
    let (momentum, betas) = (group.get("momentum").is_some(), group.get("betas").is_some());
    assert!(
        momentum || betas,
        "optimizer must support momentum or beta1 with `cycle_momentum` option enabled"
    );
    betas
}

/// Sets what the group goes by.
fn set_momentum(group: &mut dyn Group, momentum: f64, use_beta1: bool) {
    let (name, value) = match (use_beta1, group.get("betas")) {
        (true, Some(betas)) => {
            let beta2 = betas.as_slice().and_then(|betas| betas[1].as_f64()).unwrap_or_default();
            ("betas", (momentum, beta2).into())
        }
        _ => ("momentum", momentum.into()),
    };
    group.set(name, value).expect("it is an option of the optimizer");
}

/// Begins at the largest momentum, and notes in each group between what it goes.
fn begin_momentum(optimizer: &mut dyn Optimizer, base: &[f64], max: &[f64], use_beta1: bool) {
    for (i, group) in optimizer.param_groups_mut().into_iter().enumerate() {
        set_momentum(group, max[i], use_beta1);
        note(group, "max_momentum", max[i]);
        note(group, "base_momentum", base[i]);
    }
}

/// How a [`CyclicLR`]'s cycles follow each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CyclicMode {
    /// All alike.
    #[default]
    Triangular,
    /// Each half as high as the one before.
    Triangular2,
    /// Lower by γ at each step.
    ExpRange,
}

named!(
    CyclicMode,
    "mode is invalid: '{}'",
    "triangular" => Triangular, "triangular2" => Triangular2, "exp_range" => ExpRange
);

/// What a [`CyclicLR`]'s `scale_fn` is a function of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScaleMode {
    /// The number of the cycle, from 1.
    #[default]
    Cycle,
    /// The number of the step, from 0.
    Iterations,
}

named!(ScaleMode, "scale_mode {} is invalid", "cycle" => Cycle, "iterations" => Iterations);

/// Up and down between two learning rates, with momentum down and up:
/// [`torch.optim.lr_scheduler.CyclicLR`] ([Smith, 2015](https://arxiv.org/abs/1506.01186)).
///
/// It steps once a batch.
///
/// ```
/// use flambeau::optim::lr_scheduler::{LRScheduler, CyclicLR};
/// use flambeau::prelude::*;
///
/// # let weight = torch::zeros([1]).set_requires_grad(true);
/// let mut optimizer = optim::SGD::options(vec![weight]).lr(1.0).momentum(0.9).build();
/// let mut scheduler = CyclicLR::options(&mut optimizer, 0.5, 1.0).step_size_up(2).build();
/// let mut rates = vec![optimizer.lr()];
/// for _ in 0..4 {
///     scheduler.step(&mut optimizer);
///     rates.push(optimizer.lr());
/// }
/// assert_eq!(rates, [0.5, 0.75, 1.0, 0.75, 0.5]);
/// ```
///
/// [`torch.optim.lr_scheduler.CyclicLR`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CyclicLR.html
pub type CyclicLR = Scheduler<CyclicPolicy>;

/// How [`CyclicLR`]'s learning rates follow from its steps.
pub struct CyclicPolicy {
    max_lrs: Vec<f64>,
    total_size: f64,
    step_ratio: f64,
    mode: CyclicMode,
    gamma: f64,
    scale_fn: Option<Lambda>,
    scale_mode: ScaleMode,
    cycle_momentum: bool,
    use_beta1: bool,
    base_momentums: Vec<f64>,
    max_momentums: Vec<f64>,
}

#[bon::bon]
impl CyclicLR {
    /// Cycles between these rates, each a number for all groups or a list with one for each.
    #[track_caller]
    pub fn new(
        optimizer: &mut dyn Optimizer,
        base_lr: impl Into<PerGroup>,
        max_lr: impl Into<PerGroup>,
    ) -> Self {
        Self::options(optimizer, base_lr, max_lr).build()
    }

    /// Begins a schedule whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = CyclicLROptions, vis = "pub"),
        on(f64, into)
    )]
    fn with(
        #[builder(start_fn)] optimizer: &mut dyn Optimizer,
        #[builder(start_fn, into)] base_lr: PerGroup,
        #[builder(start_fn, into)] max_lr: PerGroup,
        /// How many steps up.
        #[builder(default = 2000)]
        step_size_up: i64,
        /// How many steps down; as many as up, if not given.
        step_size_down: Option<i64>,
        /// How cycles follow each other: `"triangular"`, `"triangular2"` or `"exp_range"`.
        #[builder(default, into)]
        mode: CyclicMode,
        /// γ, for `"exp_range"`.
        #[builder(default = 1.0)]
        gamma: f64,
        /// A function in the mode's place: how high each cycle, or step, is, from 0 to 1.
        #[builder(with = |scale_fn: impl Fn(i64) -> f64 + Send + 'static| Box::new(scale_fn))]
        scale_fn: Option<Lambda>,
        /// What it is a function of: `"cycle"`, the number of the cycle, or `"iterations"`, of the
        /// step.
        #[builder(default, into)]
        scale_mode: ScaleMode,
        /// Whether momentum goes the other way round.
        #[builder(default = true)]
        cycle_momentum: bool,
        /// The least momentum, a number for all groups or a list with one for each.
        #[builder(default = PerGroup::All(0.8), into)]
        base_momentum: PerGroup,
        /// The largest momentum, in the same form.
        #[builder(default = PerGroup::All(0.9), into)]
        max_momentum: PerGroup,
        /// The step before the first one here: -1, or where a training goes on.
        #[builder(default = -1)]
        last_epoch: i64,
    ) -> Self {
        let base_lrs = base_lr.list(optimizer, "base_lr");
        let max_lrs = max_lr.list(optimizer, "max_lr");
        if last_epoch == -1 {
            for (group, lr) in optimizer.param_groups_mut().into_iter().zip(&base_lrs) {
                group.set_lr(*lr);
            }
        }
        let up = step_size_up as f64;
        let total_size = up + step_size_down.map_or(up, |down| down as f64);
        let use_beta1 = cycle_momentum && goes_by_beta1(optimizer);
        let (mut base_momentums, mut max_momentums) = (vec![], vec![]);
        if cycle_momentum {
            base_momentums = base_momentum.list(optimizer, "base_momentum");
            max_momentums = max_momentum.list(optimizer, "max_momentum");
        }
        if cycle_momentum && last_epoch == -1 {
            begin_momentum(optimizer, &base_momentums, &max_momentums, use_beta1);
        }
        let policy = CyclicPolicy {
            max_lrs,
            total_size,
            step_ratio: up / total_size,
            mode,
            gamma,
            scale_fn,
            scale_mode,
            cycle_momentum,
            use_beta1,
            base_momentums,
            max_momentums,
        };
        let mut scheduler = Self::of(policy, optimizer, last_epoch);
        scheduler.at.base_lrs = base_lrs;
        scheduler
    }
}

impl CyclicPolicy {
    /// Each mode has a number that it goes by; a function may choose.
    fn scale_mode(&self) -> ScaleMode {
        match (&self.scale_fn, self.mode) {
            (Some(_), _) => self.scale_mode,
            (None, CyclicMode::Triangular | CyclicMode::Triangular2) => ScaleMode::Cycle,
            (None, CyclicMode::ExpRange) => ScaleMode::Iterations,
        }
    }

    /// Where in its cycle it is, from 0 to 1, times how high this cycle is.
    fn height(&self, at: &Progress, range: f64) -> f64 {
        let turns = at.last_epoch as f64 / self.total_size;
        let cycle = (1.0 + turns).floor();
        let x = 1.0 + turns - cycle;
        let scale = if x <= self.step_ratio {
            x / self.step_ratio
        } else {
            (x - 1.0) / (self.step_ratio - 1.0)
        };
        let number = match self.scale_mode() {
            ScaleMode::Cycle => cycle as i64,
            ScaleMode::Iterations => at.last_epoch,
        };
        let of_cycle = match (&self.scale_fn, self.mode) {
            (Some(scale_fn), _) => scale_fn(number),
            (None, CyclicMode::Triangular) => 1.0,
            (None, CyclicMode::Triangular2) => 1.0 / 2.0_f64.powf((number - 1) as f64),
            (None, CyclicMode::ExpRange) => self.gamma.powf(number as f64),
        };
        (range * scale) * of_cycle
    }
}

impl fmt::Debug for CyclicPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("CyclicPolicy");
        for (name, value) in self.entries() {
            fields.field(name, &value);
        }
        fields.finish()
    }
}

impl Policy for CyclicPolicy {
    fn is_sound(&self, groups: usize) -> bool {
        let momentums = [self.base_momentums.len(), self.max_momentums.len()];
        self.max_lrs.len() == groups && (!self.cycle_momentum || momentums == [groups, groups])
    }

    const NAME: &'static str = "CyclicLR";

    fn get_lr(&self, at: &Progress, groups: &mut [&mut dyn Group]) -> Vec<f64> {
        let limits = at.base_lrs.iter().zip(&self.max_lrs);
        let rates = limits.map(|(base, max)| base + self.height(at, max - base)).collect();
        if self.cycle_momentum {
            let limits = self.base_momentums.iter().zip(&self.max_momentums);
            for (group, (base, max)) in groups.iter_mut().zip(limits) {
                set_momentum(*group, max - self.height(at, max - base), self.use_beta1);
            }
            let momentums = ("momentums", self.max_momentums.len());
            zip_strict(Self::NAME, ("param groups", groups.len()), momentums);
        }
        rates
    }

    fn entries(&self) -> Vec<(&'static str, Object)> {
        let mut entries = vec![
            ("max_lrs", self.max_lrs.object()),
            ("total_size", self.total_size.object()),
            ("step_ratio", self.step_ratio.object()),
            ("mode", self.mode.object()),
            ("gamma", self.gamma.object()),
            ("scale_mode", self.scale_mode().object()),
            ("cycle_momentum", self.cycle_momentum.object()),
        ];
        if self.cycle_momentum {
            entries.extend([
                ("use_beta1", self.use_beta1.object()),
                ("base_momentums", self.base_momentums.object()),
                ("max_momentums", self.max_momentums.object()),
            ]);
        }
        // As Python, which writes no functions.
        entries.push(("_scale_fn_custom", Object::None));
        entries
    }

    fn set(&mut self, name: &str, value: &Object) -> Result<()> {
        let wrong = || Error::argument(name, format!("cannot be {value}"));
        match name {
            "max_lrs" => self.max_lrs = Entry::read(value).ok_or_else(wrong)?,
            "total_size" => self.total_size = Entry::read(value).ok_or_else(wrong)?,
            "step_ratio" => self.step_ratio = Entry::read(value).ok_or_else(wrong)?,
            "mode" => self.mode = Entry::read(value).ok_or_else(wrong)?,
            "gamma" => self.gamma = Entry::read(value).ok_or_else(wrong)?,
            "scale_mode" => self.scale_mode = Entry::read(value).ok_or_else(wrong)?,
            "cycle_momentum" => self.cycle_momentum = Entry::read(value).ok_or_else(wrong)?,
            "use_beta1" => self.use_beta1 = Entry::read(value).ok_or_else(wrong)?,
            "base_momentums" => self.base_momentums = Entry::read(value).ok_or_else(wrong)?,
            "max_momentums" => self.max_momentums = Entry::read(value).ok_or_else(wrong)?,
            _ => {}
        }
        Ok(())
    }
}

/// Along what a [`OneCycleLR`] or a [`SWALR`](super::SWALR) goes from one rate to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnnealStrategy {
    /// Half a cosine.
    #[default]
    Cos,
    /// A straight line.
    Linear,
}

named!(
    AnnealStrategy,
    "anneal_strategy must be one of 'cos' or 'linear', instead got {}",
    "cos" => Cos, "linear" => Linear
);

impl AnnealStrategy {
    fn between(self, start: f64, end: f64, share: f64) -> f64 {
        match self {
            Self::Cos => end + (start - end) / 2.0 * ((std::f64::consts::PI * share).cos() + 1.0),
            Self::Linear => (end - start) * share + start,
        }
    }
}

/// Once up to `max_lr` and down far below, with momentum down and up:
/// [`torch.optim.lr_scheduler.OneCycleLR`] ([Smith and Topin, 2017](https://arxiv.org/abs/1708.07120)).
///
/// It steps once a batch, `total_steps` times.
///
/// ```
/// use flambeau::optim::lr_scheduler::{LRScheduler, OneCycleLR};
/// use flambeau::prelude::*;
///
/// # let weight = torch::zeros([1]).set_requires_grad(true);
/// let mut optimizer = optim::SGD::options(vec![weight]).lr(1.0).momentum(0.9).build();
/// let mut scheduler = OneCycleLR::new(&mut optimizer, 1.0, 10);
/// assert!((optimizer.lr() - 1.0 / 25.0).abs() < 1e-12);
/// for _ in 0..9 {
///     scheduler.step(&mut optimizer);
/// }
/// assert!(optimizer.lr() < 1e-4);
/// ```
///
/// [`torch.optim.lr_scheduler.OneCycleLR`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
pub type OneCycleLR = Scheduler<OneCyclePolicy>;

/// How [`OneCycleLR`]'s learning rates follow from its steps.
#[derive(Clone, Debug, PartialEq)]
pub struct OneCyclePolicy {
    total_steps: i64,
    /// Where each phase ends: two of them, or three.
    ends: Vec<f64>,
    anneal_strategy: AnnealStrategy,
    cycle_momentum: bool,
    use_beta1: bool,
}

/// From where to where the rate goes in each phase, and the momentum.
type Phase = [&'static str; 4];
const UP: Phase = ["initial_lr", "max_lr", "max_momentum", "base_momentum"];
const TWO: [Phase; 2] = [UP, ["max_lr", "min_lr", "base_momentum", "max_momentum"]];
const THREE: [Phase; 3] = [
    UP,
    ["max_lr", "initial_lr", "base_momentum", "max_momentum"],
    ["initial_lr", "min_lr", "max_momentum", "max_momentum"],
];

#[bon::bon]
impl OneCycleLR {
    /// A cycle of so many steps up to this rate, a number for all groups or a list with one for each.
    #[track_caller]
    pub fn new(
        optimizer: &mut dyn Optimizer,
        max_lr: impl Into<PerGroup>,
        total_steps: i64,
    ) -> Self {
        Self::options(optimizer, max_lr).total_steps(total_steps).build()
    }

    /// Begins a schedule whose keyword arguments are set by name. Either `total_steps` is needed, or
    /// `epochs` and `steps_per_epoch`.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = OneCycleLROptions, vis = "pub"),
        on(f64, into)
    )]
    fn with(
        #[builder(start_fn)] optimizer: &mut dyn Optimizer,
        #[builder(start_fn, into)] max_lr: PerGroup,
        /// How many steps there are.
        total_steps: Option<i64>,
        /// How many epochs there are, if `total_steps` is not given.
        epochs: Option<i64>,
        /// How many steps each epoch has.
        steps_per_epoch: Option<i64>,
        /// The share of the steps that go up.
        #[builder(default = 0.3)]
        pct_start: f64,
        /// Along what: `"cos"` or `"linear"`.
        #[builder(default, into)]
        anneal_strategy: AnnealStrategy,
        /// Whether momentum goes the other way round.
        #[builder(default = true)]
        cycle_momentum: bool,
        /// The least momentum, a number for all groups or a list with one for each.
        #[builder(default = PerGroup::All(0.85), into)]
        base_momentum: PerGroup,
        /// The largest momentum, in the same form.
        #[builder(default = PerGroup::All(0.95), into)]
        max_momentum: PerGroup,
        /// The first rate is `max_lr` / `div_factor`.
        #[builder(default = 25.0)]
        div_factor: f64,
        /// The last rate is the first one / `final_div_factor`.
        #[builder(default = 1e4)]
        final_div_factor: f64,
        /// Whether it goes down to the first rate, as fast as it went up, before it goes further.
        #[builder(default)]
        three_phase: bool,
        /// The step before the first one here: -1, or where a training goes on.
        #[builder(default = -1)]
        last_epoch: i64,
    ) -> Self {
        let total_steps = steps_of_all(total_steps, epochs, steps_per_epoch);
        assert!(
            (0.0..=1.0).contains(&pct_start),
            "Expected float between 0 and 1 pct_start, but got {pct_start:?}"
        );
        let (steps, last) = (total_steps as f64, (total_steps - 1) as f64);
        let ends = if three_phase {
            vec![pct_start * steps - 1.0, 2.0 * pct_start * steps - 2.0, last]
        } else {
            vec![pct_start * steps - 1.0, last]
        };
        let max_lrs = max_lr.list(optimizer, "max_lr");
        if last_epoch == -1 {
            for (group, max_lr) in optimizer.param_groups_mut().into_iter().zip(&max_lrs) {
                let initial_lr = max_lr / div_factor;
                note(group, "initial_lr", initial_lr);
                note(group, "max_lr", *max_lr);
                note(group, "min_lr", initial_lr / final_div_factor);
            }
        }
        let use_beta1 = cycle_momentum && goes_by_beta1(optimizer);
        if cycle_momentum {
            let base = base_momentum.list(optimizer, "base_momentum");
            let max = max_momentum.list(optimizer, "max_momentum");
            if last_epoch == -1 {
                begin_momentum(optimizer, &base, &max, use_beta1);
            }
        }
        let policy =
            OneCyclePolicy { total_steps, ends, anneal_strategy, cycle_momentum, use_beta1 };
        Self::of(policy, optimizer, last_epoch)
    }
}

/// How many steps a cycle has, which is said in one of two ways.
#[track_caller]
fn steps_of_all(
    total_steps: Option<i64>,
    epochs: Option<i64>,
    steps_per_epoch: Option<i64>,
) -> i64 {
    let positive = |name: &str, number: i64| {
        assert!(number > 0, "Expected positive integer {name}, but got {number}");
        number
    };
    match (total_steps, epochs, steps_per_epoch) {
        (Some(total_steps), ..) => positive("total_steps", total_steps),
        (None, Some(epochs), Some(steps)) => {
            positive("epochs", epochs) * positive("steps_per_epoch", steps)
        }
        _ => panic!("You must define either total_steps OR (epochs AND steps_per_epoch)"),
    }
}

impl OneCyclePolicy {
    fn phases(&self) -> &'static [Phase] {
        if self.ends.len() == 2 { &TWO } else { &THREE }
    }

    /// The phase it is in, and the share of it that is over.
    #[track_caller]
    fn phase(&self, at: &Progress) -> (Phase, f64) {
        assert!(
            at.last_epoch <= self.total_steps,
            "Tried to step {} times. The specified number of total steps is {}",
            at.last_epoch,
            self.total_steps
        );
        let step = at.last_epoch as f64;
        let last = self.ends.len() - 1;
        let phase = self.ends[..last].iter().position(|end| step <= *end).unwrap_or(last);
        let start = if phase == 0 { 0.0 } else { self.ends[phase - 1] };
        (self.phases()[phase], (step - start) / (self.ends[phase] - start))
    }
}

impl Policy for OneCyclePolicy {
    const NAME: &'static str = "OneCycleLR";

    fn get_lr(&self, at: &Progress, groups: &mut [&mut dyn Group]) -> Vec<f64> {
        let ([start_lr, end_lr, start_momentum, end_momentum], share) = self.phase(at);
        let mut rates = vec![];
        for group in groups {
            let between = |start, end| {
                let [start, end] = [start, end].map(|name| noted(Self::NAME, *group, name));
                self.anneal_strategy.between(start, end, share)
            };
            rates.push(between(start_lr, end_lr));
            if self.cycle_momentum {
                let momentum = between(start_momentum, end_momentum);
                set_momentum(*group, momentum, self.use_beta1);
            }
        }
        rates
    }

    fn entries(&self) -> Vec<(&'static str, Object)> {
        let phases = self.ends.iter().zip(self.phases()).map(|(end, names)| {
            let names = names.map(Object::from);
            let keys = ["start_lr", "end_lr", "start_momentum", "end_momentum"];
            let end = [("end_step", (*end).into())];
            Object::dict(end.into_iter().chain(keys.into_iter().zip(names)))
        });
        let mut entries = vec![
            ("total_steps", self.total_steps.object()),
            ("_schedule_phases", Object::list(phases)),
            ("_anneal_func_type", self.anneal_strategy.object()),
            ("cycle_momentum", self.cycle_momentum.object()),
        ];
        if self.cycle_momentum {
            entries.push(("use_beta1", self.use_beta1.object()));
        }
        entries
    }

    fn set(&mut self, name: &str, value: &Object) -> Result<()> {
        let wrong = || Error::argument(name, format!("cannot be {value}"));
        match name {
            "total_steps" => self.total_steps = Entry::read(value).ok_or_else(wrong)?,
            "_schedule_phases" => {
                let phases = value.as_slice().ok_or_else(wrong)?;
                let end = |phase: &Object| phase.get("end_step").and_then(Object::as_f64);
                let ends: Option<Vec<_>> = phases.iter().map(end).collect();
                let ends = ends.filter(|ends| ends.len() == 2 || ends.len() == 3);
                self.ends = ends.ok_or_else(wrong)?;
            }
            "_anneal_func_type" => self.anneal_strategy = Entry::read(value).ok_or_else(wrong)?,
            "cycle_momentum" => self.cycle_momentum = Entry::read(value).ok_or_else(wrong)?,
            "use_beta1" => self.use_beta1 = Entry::read(value).ok_or_else(wrong)?,
            _ => {}
        }
        Ok(())
    }
}
