//! Learning rates that fall, or rise, step by step.

use super::{Policy, Progress, chained, kept_by_name, scheduler};
use crate::object::{Key, Object};
use crate::optim::Group;
use crate::optim::group::Entry;

scheduler!(
    /// The learning rate times γ every `step_size` steps: [`torch.optim.lr_scheduler.StepLR`].
    ///
    /// ```
    /// use flambeau::optim::lr_scheduler::{LRScheduler, StepLR};
    /// use flambeau::prelude::*;
    ///
    /// # let weight = torch::zeros([1]).set_requires_grad(true);
    /// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
    /// let mut scheduler = StepLR::options(&mut optimizer, 2).gamma(0.5).build();
    /// let mut rates = vec![optimizer.lr()];
    /// for _ in 0..4 {
    ///     scheduler.step(&mut optimizer);
    ///     rates.push(optimizer.lr());
    /// }
    /// assert_eq!(rates, [1.0, 1.0, 0.5, 0.5, 0.25]);
    /// ```
    ///
    /// [`torch.optim.lr_scheduler.StepLR`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
    StepLR / StepPolicy / StepLROptions (step_size: i64) {
        /// γ.
        gamma: f64 = 0.1,
    }
    checked by |p| {
        assert!(p.step_size > 0, "step_size must be positive, but is {}", p.step_size);
    }
);

impl Policy for StepPolicy {
    kept_by_name!(StepLR);

    fn is_sound(&self, _groups: usize) -> bool {
        self.step_size > 0
    }

    fn get_lr(&self, at: &Progress, groups: &mut [&mut dyn Group]) -> Vec<f64> {
        if at.last_epoch == 0 || at.last_epoch % self.step_size != 0 {
            return chained(groups, |lr| lr);
        }
        chained(groups, |lr| lr * self.gamma)
    }

    fn closed_form(&self, at: &Progress, base_lr: f64) -> Option<f64> {
        let times = at.last_epoch.div_euclid(self.step_size);
        Some(base_lr * self.gamma.powf(times as f64))
    }
}

scheduler!(
    /// The learning rate times γ at each of the `milestones`: [`torch.optim.lr_scheduler.MultiStepLR`].
    ///
    /// A milestone that is named twice counts twice.
    ///
    /// ```
    /// use flambeau::optim::lr_scheduler::{LRScheduler, MultiStepLR};
    /// use flambeau::prelude::*;
    ///
    /// # let weight = torch::zeros([1]).set_requires_grad(true);
    /// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
    /// let mut scheduler = MultiStepLR::options(&mut optimizer, [1, 3]).gamma(0.5).build();
    /// let mut rates = vec![optimizer.lr()];
    /// for _ in 0..4 {
    ///     scheduler.step(&mut optimizer);
    ///     rates.push(optimizer.lr());
    /// }
    /// assert_eq!(rates, [1.0, 0.5, 0.5, 0.25, 0.25]);
    /// ```
    ///
    /// [`torch.optim.lr_scheduler.MultiStepLR`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html
    MultiStepLR / MultiStepPolicy / MultiStepLROptions (milestones: Milestones) {
        /// γ.
        gamma: f64 = 0.1,
    }
);

impl Policy for MultiStepPolicy {
    kept_by_name!(MultiStepLR);

    fn get_lr(&self, at: &Progress, groups: &mut [&mut dyn Group]) -> Vec<f64> {
        match self.milestones.count(at.last_epoch) {
            0 => chained(groups, |lr| lr),
            times => chained(groups, |lr| lr * self.gamma.powf(times as f64)),
        }
    }

    fn closed_form(&self, at: &Progress, base_lr: f64) -> Option<f64> {
        let passed = self.milestones.passed(at.last_epoch);
        Some(base_lr * self.gamma.powf(passed as f64))
    }
}

scheduler!(
    /// The learning rate times `factor` for `total_iters` steps, then itself:
    /// [`torch.optim.lr_scheduler.ConstantLR`].
    ///
    /// ```
    /// use flambeau::optim::lr_scheduler::{LRScheduler, ConstantLR};
    /// use flambeau::prelude::*;
    ///
    /// # let weight = torch::zeros([1]).set_requires_grad(true);
    /// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
    /// let mut scheduler = ConstantLR::options(&mut optimizer).factor(0.5).total_iters(2).build();
    /// let mut rates = vec![optimizer.lr()];
    /// for _ in 0..3 {
    ///     scheduler.step(&mut optimizer);
    ///     rates.push(optimizer.lr());
    /// }
    /// assert_eq!(rates, [0.5, 0.5, 1.0, 1.0]);
    /// ```
    ///
    /// [`torch.optim.lr_scheduler.ConstantLR`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html
    ConstantLR / ConstantPolicy / ConstantLROptions () {
        /// From 0 to 1.
        factor: f64 = 1.0 / 3.0,
        /// How many steps.
        total_iters: i64 = 5,
    }
    checked by |p| {
        assert!(
            (0.0..=1.0).contains(&p.factor),
            "Constant multiplicative factor expected to be between 0 and 1."
        );
    }
);

impl Policy for ConstantPolicy {
    kept_by_name!(ConstantLR);

    fn get_lr(&self, at: &Progress, groups: &mut [&mut dyn Group]) -> Vec<f64> {
        if at.last_epoch == 0 {
            return chained(groups, |lr| lr * self.factor);
        }
        if at.last_epoch != self.total_iters {
            return chained(groups, |lr| lr);
        }
        chained(groups, |lr| lr * (1.0 / self.factor))
    }

    fn closed_form(&self, at: &Progress, base_lr: f64) -> Option<f64> {
        let over = f64::from(at.last_epoch >= self.total_iters);
        Some(base_lr * (self.factor + over * (1.0 - self.factor)))
    }
}

scheduler!(
    /// The learning rate times a factor that goes from `start_factor` to `end_factor` in `total_iters` equal
    /// steps: [`torch.optim.lr_scheduler.LinearLR`]. With its defaults it is a warm-up.
    ///
    /// ```
    /// use flambeau::optim::lr_scheduler::{LRScheduler, LinearLR};
    /// use flambeau::prelude::*;
    ///
    /// # let weight = torch::zeros([1]).set_requires_grad(true);
    /// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
    /// let mut scheduler = LinearLR::options(&mut optimizer).start_factor(0.5).total_iters(2).build();
    /// let mut rates = vec![optimizer.lr()];
    /// for _ in 0..3 {
    ///     scheduler.step(&mut optimizer);
    ///     rates.push(optimizer.lr());
    /// }
    /// assert_eq!(rates, [0.5, 0.75, 1.0, 1.0]);
    /// ```
    ///
    /// [`torch.optim.lr_scheduler.LinearLR`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
    LinearLR / LinearPolicy / LinearLROptions () {
        /// Above 0, up to 1.
        start_factor: f64 = 1.0 / 3.0,
        /// From 0 to 1.
        end_factor: f64 = 1.0,
        /// How many steps.
        total_iters: i64 = 5,
    }
    checked by |p| {
        assert!(
            p.start_factor > 0.0 && p.start_factor <= 1.0,
            "Starting multiplicative factor expected to be greater than 0 and less or equal to 1."
        );
        assert!(
            (0.0..=1.0).contains(&p.end_factor),
            "Ending multiplicative factor expected to be between 0 and 1."
        );
    }
);

impl Policy for LinearPolicy {
    kept_by_name!(LinearLR);

    fn get_lr(&self, at: &Progress, groups: &mut [&mut dyn Group]) -> Vec<f64> {
        if at.last_epoch == 0 {
            return chained(groups, |lr| lr * self.start_factor);
        }
        if at.is_initial || at.last_epoch > self.total_iters {
            return chained(groups, |lr| lr);
        }
        let Self { start_factor, end_factor, .. } = *self;
        let (total_iters, before) = (self.total_iters as f64, (at.last_epoch - 1) as f64);
        let factor = 1.0
            + (end_factor - start_factor)
                / (total_iters * start_factor + before * (end_factor - start_factor));
        chained(groups, |lr| lr * factor)
    }

    fn closed_form(&self, at: &Progress, base_lr: f64) -> Option<f64> {
        let steps = self.total_iters.min(at.last_epoch) as f64;
        let way = (self.end_factor - self.start_factor) * steps / self.total_iters as f64;
        Some(base_lr * (self.start_factor + way))
    }
}

scheduler!(
    /// The learning rate times γ at every step: [`torch.optim.lr_scheduler.ExponentialLR`].
    ///
    /// ```
    /// use flambeau::optim::lr_scheduler::{LRScheduler, ExponentialLR};
    /// use flambeau::prelude::*;
    ///
    /// # let weight = torch::zeros([1]).set_requires_grad(true);
    /// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
    /// let mut scheduler = ExponentialLR::new(&mut optimizer, 0.5);
    /// let mut rates = vec![optimizer.lr()];
    /// for _ in 0..3 {
    ///     scheduler.step(&mut optimizer);
    ///     rates.push(optimizer.lr());
    /// }
    /// assert_eq!(rates, [1.0, 0.5, 0.25, 0.125]);
    /// ```
    ///
    /// [`torch.optim.lr_scheduler.ExponentialLR`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html
    ExponentialLR / ExponentialPolicy / ExponentialLROptions (gamma: f64) {
    }
);

impl Policy for ExponentialPolicy {
    kept_by_name!(ExponentialLR);

    fn get_lr(&self, at: &Progress, groups: &mut [&mut dyn Group]) -> Vec<f64> {
        chained(groups, |lr| if at.is_initial { lr } else { lr * self.gamma })
    }

    fn closed_form(&self, at: &Progress, base_lr: f64) -> Option<f64> {
        Some(base_lr * self.gamma.powf(at.last_epoch as f64))
    }
}

scheduler!(
    /// The learning rate times (1 - step/`total_iters`)^`power`, down to 0:
    /// [`torch.optim.lr_scheduler.PolynomialLR`].
    ///
    /// ```
    /// use flambeau::optim::lr_scheduler::{LRScheduler, PolynomialLR};
    /// use flambeau::prelude::*;
    ///
    /// # let weight = torch::zeros([1]).set_requires_grad(true);
    /// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
    /// let mut scheduler = PolynomialLR::options(&mut optimizer).total_iters(2).build();
    /// let mut rates = vec![optimizer.lr()];
    /// for _ in 0..3 {
    ///     scheduler.step(&mut optimizer);
    ///     rates.push(optimizer.lr());
    /// }
    /// assert_eq!(rates, [1.0, 0.5, 0.0, 0.0]);
    /// ```
    ///
    /// [`torch.optim.lr_scheduler.PolynomialLR`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html
    PolynomialLR / PolynomialPolicy / PolynomialLROptions () {
        /// How many steps.
        total_iters: i64 = 5,
        /// How the rate falls: 1 is a straight line.
        power: f64 = 1.0,
    }
);

impl Policy for PolynomialPolicy {
    kept_by_name!(PolynomialLR);

    fn get_lr(&self, at: &Progress, groups: &mut [&mut dyn Group]) -> Vec<f64> {
        if at.is_initial || at.last_epoch > self.total_iters {
            return chained(groups, |lr| lr);
        }
        let (now, total) = (at.last_epoch as f64, self.total_iters as f64);
        let factor = ((1.0 - now / total) / (1.0 - (now - 1.0) / total)).powf(self.power);
        chained(groups, |lr| lr * factor)
    }

    fn closed_form(&self, at: &Progress, base_lr: f64) -> Option<f64> {
        let steps = self.total_iters.min(at.last_epoch) as f64;
        let left = 1.0 - steps / self.total_iters as f64;
        Some(base_lr * left.powf(self.power))
    }
}

/// The steps of a [`MultiStepLR`], and how often each was named: Python's `Counter`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Milestones(Vec<(i64, i64)>);

impl Milestones {
    fn count(&self, step: i64) -> i64 {
        self.0.iter().find(|(milestone, _)| *milestone == step).map_or(0, |(_, times)| *times)
    }

    fn passed(&self, step: i64) -> i64 {
        let passed = self.0.iter().filter(|(milestone, _)| *milestone <= step);
        passed.map(|(_, times)| times).sum()
    }
}

impl FromIterator<i64> for Milestones {
    fn from_iter<I: IntoIterator<Item = i64>>(steps: I) -> Self {
        let mut milestones = Self::default();
        for step in steps {
            match milestones.0.iter_mut().find(|(milestone, _)| *milestone == step) {
                Some((_, times)) => *times += 1,
                None => milestones.0.push((step, 1)),
            }
        }
        milestones
    }
}

impl<const N: usize> From<[i64; N]> for Milestones {
    fn from(steps: [i64; N]) -> Self {
        steps.into_iter().collect()
    }
}

impl Entry for Milestones {
    fn object(&self) -> Object {
        let entries = self.0.iter().map(|&(step, times)| (Key::Int(step), Object::Int(times)));
        // Python asks it for its `elements()`, which a dictionary has not.
        Object::counter(entries)
    }

    fn read(object: &Object) -> Option<Self> {
        let entry = |(key, times): (&Key, &Object)| match key {
            Key::Int(step) => Some((*step, times.as_i64()?)),
            _ => None,
        };
        Some(Self(object.as_dict()?.iter().map(entry).collect::<Option<_>>()?))
    }
}
