//! Learning rates that fall when nothing improves any more.

use super::{PerGroup, named, rates, read};
use crate::Result;
use crate::object::Object;
use crate::optim::Optimizer;
use crate::optim::group::Entry;

/// What it is to be better: to be smaller, or larger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlateauMode {
    /// Smaller, as a loss: `"min"`.
    #[default]
    Min,
    /// Larger, as an accuracy: `"max"`.
    Max,
}

/// What the threshold is a part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThresholdMode {
    /// Of the best so far: `"rel"`.
    #[default]
    Rel,
    /// Of nothing: `"abs"`.
    Abs,
}

named!(PlateauMode, "mode {} is unknown!", "min" => Min, "max" => Max);
named!(ThresholdMode, "threshold mode {} is unknown!", "rel" => Rel, "abs" => Abs);

/// The learning rate times `factor` when a number, as the loss on held-out data, has not become better
/// for more than `patience` steps: [`torch.optim.lr_scheduler.ReduceLROnPlateau`].
///
/// ```
/// use flambeau::optim::lr_scheduler::ReduceLROnPlateau;
/// use flambeau::prelude::*;
///
/// # let weight = torch::zeros([1]).set_requires_grad(true);
/// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
/// let mut scheduler = ReduceLROnPlateau::options(&mut optimizer).factor(0.5).patience(1).build();
/// let mut rates = vec![];
/// for loss in [1.0, 0.9, 0.9, 0.9, 0.8] {
///     scheduler.step(&mut optimizer, loss);
///     rates.push(optimizer.lr());
/// }
/// assert_eq!(rates, [1.0, 1.0, 1.0, 0.5, 0.5]);
/// ```
///
/// [`torch.optim.lr_scheduler.ReduceLROnPlateau`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
#[derive(Clone, Debug, PartialEq)]
pub struct ReduceLROnPlateau {
    factor: f64,
    default_min_lr: Option<f64>,
    /// The least rate of each group.
    pub min_lrs: Vec<f64>,
    patience: i64,
    cooldown: i64,
    eps: f64,
    last_epoch: i64,
    last_lr: Vec<f64>,
    mode: PlateauMode,
    threshold: f64,
    threshold_mode: ThresholdMode,
    best: f64,
    cooldown_counter: i64,
    num_bad_epochs: i64,
}

#[bon::bon]
impl ReduceLROnPlateau {
    /// The schedule with what is not said by default: a loss is looked at.
    pub fn new(optimizer: &mut dyn Optimizer) -> Self {
        Self::options(optimizer).build()
    }

    /// Begins a schedule whose keyword arguments are set by name.
    ///
    /// # Panics
    /// When `factor` is not below 1, or there are not as many `min_lr` as groups.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = ReduceLROnPlateauOptions, vis = "pub"),
        on(f64, into)
    )]
    fn with(
        #[builder(start_fn)] optimizer: &mut dyn Optimizer,
        /// What is better: `"min"` or `"max"`.
        #[builder(default, into)]
        mode: PlateauMode,
        /// By what the rate is multiplied.
        #[builder(default = 0.1)]
        factor: f64,
        /// How many steps without becoming better are borne.
        #[builder(default = 10)]
        patience: i64,
        /// By how much it has to be better to count.
        #[builder(default = 1e-4)]
        threshold: f64,
        /// What the threshold is a part of: `"rel"` or `"abs"`.
        #[builder(default, into)]
        threshold_mode: ThresholdMode,
        /// For how many steps nothing is counted after the rate fell.
        #[builder(default = 0)]
        cooldown: i64,
        /// The least rate, a number for all groups or a list with one for each.
        #[builder(default = PerGroup::All(0.0), into)]
        min_lr: PerGroup,
        /// The least change of a rate that is made.
        #[builder(default = 1e-8)]
        eps: f64,
    ) -> Self {
        assert!(factor < 1.0, "Factor should be < 1.0.");
        let groups = optimizer.param_groups().len();
        let (default_min_lr, min_lrs) = match min_lr {
            PerGroup::All(min_lr) => (Some(min_lr), vec![min_lr; groups]),
            PerGroup::Each(min_lrs) => (None, min_lrs),
        };
        assert!(min_lrs.len() == groups, "expected {groups} min_lrs, got {}", min_lrs.len());
        Self {
            factor,
            default_min_lr,
            min_lrs,
            patience,
            cooldown,
            eps,
            last_epoch: 0,
            last_lr: rates(optimizer),
            mode,
            threshold,
            threshold_mode,
            best: mode.worst(),
            cooldown_counter: 0,
            num_bad_epochs: 0,
        }
    }

    /// Goes on by one, with the number that is looked at.
    ///
    /// # Panics
    /// When the rates are reduced, the optimizer has got more groups, and `min_lr` was a list: then
    /// [`min_lrs`](Self::min_lrs) has to be given what is missing.
    #[track_caller]
    pub fn step(&mut self, optimizer: &mut dyn Optimizer, metrics: f64) {
        self.last_epoch += 1;
        if self.is_better(metrics) {
            self.best = metrics;
            self.num_bad_epochs = 0;
        } else {
            self.num_bad_epochs += 1;
        }
        if self.cooldown_counter > 0 {
            self.cooldown_counter -= 1;
            self.num_bad_epochs = 0;
        }
        if self.num_bad_epochs > self.patience {
            self.reduce(optimizer);
            self.cooldown_counter = self.cooldown;
            self.num_bad_epochs = 0;
        }
        self.last_lr = rates(optimizer);
    }

    #[track_caller]
    fn reduce(&mut self, optimizer: &mut dyn Optimizer) {
        let groups = optimizer.param_groups_mut();
        if groups.len() != self.min_lrs.len() {
            let min_lr = self.default_min_lr.unwrap_or_else(|| {
                panic!(
                    "The number of param groups in the `optimizer` ({}) differs from when \
                     `ReduceLROnPlateau` was initialized ({}), usually due to a new param group \
                     being added to the optimizer. Please modify the `min_lrs` field to match the \
                     length of the `optimizer` param groups.",
                    groups.len(),
                    self.min_lrs.len()
                )
            });
            self.min_lrs = vec![min_lr; groups.len()];
        }
        for (group, min_lr) in groups.into_iter().zip(&self.min_lrs) {
            let old = group.lr();
            let new = (old * self.factor).max(*min_lr);
            if old - new > self.eps {
                group.set_lr(new);
            }
        }
    }

    fn is_better(&self, number: f64) -> bool {
        match (self.mode, self.threshold_mode) {
            (PlateauMode::Min, ThresholdMode::Rel) => number < self.best * (1.0 - self.threshold),
            (PlateauMode::Min, ThresholdMode::Abs) => number < self.best - self.threshold,
            (PlateauMode::Max, ThresholdMode::Rel) => number > self.best * (self.threshold + 1.0),
            (PlateauMode::Max, ThresholdMode::Abs) => number > self.best + self.threshold,
        }
    }

    /// The learning rates after the last step, one a group.
    pub fn get_last_lr(&self) -> Vec<f64> {
        self.last_lr.clone()
    }

    /// All that it needs to go on, in Python's layout.
    pub fn state_dict(&self) -> Object {
        let default_min_lr = self.default_min_lr.map_or(Object::None, Object::from);
        Object::dict([
            ("factor", self.factor.object()),
            ("default_min_lr", default_min_lr),
            ("min_lrs", self.min_lrs.object()),
            ("patience", self.patience.object()),
            ("cooldown", self.cooldown.object()),
            ("eps", self.eps.object()),
            ("last_epoch", self.last_epoch.object()),
            ("_last_lr", self.last_lr.object()),
            ("mode_worse", self.mode.worst().object()),
            ("mode", self.mode.object()),
            ("threshold", self.threshold.object()),
            ("threshold_mode", self.threshold_mode.object()),
            ("best", self.best.object()),
            ("cooldown_counter", self.cooldown_counter.object()),
            ("num_bad_epochs", self.num_bad_epochs.object()),
        ])
    }

    /// Takes over what [`state_dict`](Self::state_dict) gave, here or in Python.
    ///
    /// # Errors
    /// When something is missing, or not what it should be. Nothing has then been changed.
    pub fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        *self = Self {
            factor: read(state, "factor")?,
            default_min_lr: state.get("default_min_lr").and_then(f64::read),
            min_lrs: read(state, "min_lrs")?,
            patience: read(state, "patience")?,
            cooldown: read(state, "cooldown")?,
            eps: read(state, "eps")?,
            last_epoch: read(state, "last_epoch")?,
            last_lr: read(state, "_last_lr")?,
            mode: read(state, "mode")?,
            threshold: read(state, "threshold")?,
            threshold_mode: read(state, "threshold_mode")?,
            best: read(state, "best")?,
            cooldown_counter: read(state, "cooldown_counter")?,
            num_bad_epochs: read(state, "num_bad_epochs")?,
        };
        Ok(())
    }
}

impl PlateauMode {
    /// What anything is better than.
    fn worst(self) -> f64 {
        match self {
            Self::Min => f64::INFINITY,
            Self::Max => f64::NEG_INFINITY,
        }
    }
}
