//! Learning rates for the averaging of weights.

use super::{AnnealStrategy, PerGroup, Policy, Progress, Scheduler, note, noted};
use crate::object::Object;
use crate::optim::group::Entry;
use crate::optim::{Group, Optimizer};
use crate::{Error, Result};

/// From the learning rate as it is to `swa_lr`, at which it stays while weights are averaged:
/// [`torch.optim.swa_utils.SWALR`] ([Izmailov et al., 2018](https://arxiv.org/abs/1803.05407)).
///
/// With s the share of `anneal_epochs` that is over, and α(s) = (1 - cos(π·s))/2, or s itself for
/// `"linear"`, the rate is `swa_lr`·α + lr·(1 - α). It is stepped in place of the training's own
/// scheduler, once that has done its part.
///
/// ```
/// use flambeau::optim::lr_scheduler::{LRScheduler, SWALR};
/// use flambeau::prelude::*;
///
/// # let weight = torch::zeros([1]).set_requires_grad(true);
/// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
/// let mut scheduler =
///     SWALR::options(&mut optimizer, 0.5).anneal_epochs(2).anneal_strategy("linear").build();
/// let mut rates = vec![optimizer.lr()];
/// for _ in 0..3 {
///     scheduler.step(&mut optimizer);
///     rates.push(optimizer.lr());
/// }
/// assert_eq!(rates, [1.0, 0.75, 0.5, 0.5]);
/// ```
///
/// [`torch.optim.swa_utils.SWALR`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.SWALR.html
pub type SWALR = Scheduler<SWAPolicy>;

/// How [`SWALR`]'s learning rates follow from its steps.
#[derive(Clone, Debug, PartialEq)]
pub struct SWAPolicy {
    anneal_strategy: AnnealStrategy,
    anneal_epochs: i64,
}

#[bon::bon]
impl SWALR {
    /// Goes to this rate, a number for all groups or a list with one for each.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, swa_lr: impl Into<PerGroup>) -> Self {
        Self::options(optimizer, swa_lr).build()
    }

    /// Begins a schedule whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = SWALROptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] optimizer: &mut dyn Optimizer,
        #[builder(start_fn, into)] swa_lr: PerGroup,
        /// In how many steps.
        #[builder(default = 10)]
        anneal_epochs: i64,
        /// Along what: `"cos"` or `"linear"`.
        #[builder(default, into)]
        anneal_strategy: AnnealStrategy,
        /// The step before the first one here: -1, or where a training goes on.
        #[builder(default = -1)]
        last_epoch: i64,
    ) -> Self {
        let swa_lrs = swa_lr.list(optimizer, "swa_lr");
        for (group, swa_lr) in optimizer.param_groups_mut().into_iter().zip(swa_lrs) {
            note(group, "swa_lr", swa_lr);
        }
        assert!(
            anneal_epochs >= 0,
            "anneal_epochs must be equal or greater than 0, got {anneal_epochs}"
        );
        Self::of(SWAPolicy { anneal_strategy, anneal_epochs }, optimizer, last_epoch)
    }
}

impl SWAPolicy {
    /// How much of the rate is `swa_lr` after so many steps.
    fn alpha(&self, step: i64) -> f64 {
        let share = (step as f64 / self.anneal_epochs.max(1) as f64).clamp(0.0, 1.0);
        match self.anneal_strategy {
            AnnealStrategy::Cos => (1.0 - (std::f64::consts::PI * share).cos()) / 2.0,
            AnnealStrategy::Linear => share,
        }
    }
}

impl Policy for SWAPolicy {
    fn is_sound(&self, _groups: usize) -> bool {
        self.anneal_epochs >= 0
    }

    const NAME: &'static str = "SWALR";

    fn get_lr(&self, at: &Progress, groups: &mut [&mut dyn Group]) -> Vec<f64> {
        let step = at.step_count - 1;
        let step = if self.anneal_epochs == 0 { step.max(1) } else { step };
        let (before, now) = (self.alpha(step - 1), self.alpha(step));
        let next = |group: &dyn Group| {
            let (lr, swa_lr) = (group.lr(), noted(Self::NAME, group, "swa_lr"));
            // Where it came from, by where it is: its rate may have been changed on the way.
            let first =
                if before == 1.0 { swa_lr } else { (lr - before * swa_lr) / (1.0 - before) };
            swa_lr * now + first * (1.0 - now)
        };
        groups.iter().map(|group| next(*group)).collect()
    }

    fn entries(&self) -> Vec<(&'static str, Object)> {
        vec![
            ("_anneal_strategy", self.anneal_strategy.object()),
            ("anneal_epochs", self.anneal_epochs.object()),
        ]
    }

    fn set(&mut self, name: &str, value: &Object) -> Result<()> {
        let wrong = || Error::argument(name, format!("cannot be {value}"));
        match name {
            "_anneal_strategy" => self.anneal_strategy = Entry::read(value).ok_or_else(wrong)?,
            "anneal_epochs" => self.anneal_epochs = Entry::read(value).ok_or_else(wrong)?,
            _ => {}
        }
        Ok(())
    }
}
