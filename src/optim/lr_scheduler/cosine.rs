//! Learning rates that fall along a cosine.

#![allow(non_snake_case, reason = "Python's arguments are T_max, T_0 and T_mult")]

use std::f64::consts::PI;

use super::{Policy, Progress, chained, kept_by_name, scheduler, zip_strict};
use crate::optim::Group;

scheduler!(
    /// The learning rate down to `eta_min` in `T_max` steps along half a cosine, and up again:
    /// [`torch.optim.lr_scheduler.CosineAnnealingLR`]
    /// ([Loshchilov and Hutter, 2016](https://arxiv.org/abs/1608.03983), without the restarts).
    ///
    /// ηₜ = η_min + (η₀ - η_min)·(1 + cos(π·t/T_max))/2, computed from ηₜ₋₁.
    ///
    /// ```
    /// use flambeau::optim::lr_scheduler::{LRScheduler, CosineAnnealingLR};
    /// use flambeau::prelude::*;
    ///
    /// # let weight = torch::zeros([1]).set_requires_grad(true);
    /// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
    /// let mut scheduler = CosineAnnealingLR::new(&mut optimizer, 4);
    /// let mut rates = vec![optimizer.lr()];
    /// for _ in 0..4 {
    ///     scheduler.step(&mut optimizer);
    ///     rates.push(optimizer.lr());
    /// }
    /// assert!((rates[2] - 0.5).abs() < 1e-12 && rates[4].abs() < 1e-12);
    /// ```
    ///
    /// [`torch.optim.lr_scheduler.CosineAnnealingLR`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
    CosineAnnealingLR / CosineAnnealingPolicy / CosineAnnealingLROptions (T_max: i64) {
        /// The least rate.
        eta_min: f64 = 0.0,
    }
    checked by |p| {
        assert!(p.T_max > 0, "T_max must be positive, but is {}", p.T_max);
    }
);

impl Policy for CosineAnnealingPolicy {
    kept_by_name!(CosineAnnealingLR);

    fn is_sound(&self, _groups: usize) -> bool {
        self.T_max > 0
    }

    fn get_lr(&self, at: &Progress, groups: &mut [&mut dyn Group]) -> Vec<f64> {
        let (now, t_max, eta_min) = (at.last_epoch as f64, self.T_max as f64, self.eta_min);
        if at.is_initial {
            return chained(groups, |lr| lr);
        }
        if at.step_count == 1 && at.last_epoch > 0 {
            return by_both(at, groups, |base_lr, _| {
                eta_min + (base_lr - eta_min) * (1.0 + (now * PI / t_max).cos()) / 2.0
            });
        }
        if (at.last_epoch - 1 - self.T_max).rem_euclid(2 * self.T_max) == 0 {
            return by_both(at, groups, |base_lr, lr| {
                lr + (base_lr - eta_min) * (1.0 - (PI / t_max).cos()) / 2.0
            });
        }
        let factor = (1.0 + (PI * now / t_max).cos()) / (1.0 + (PI * (now - 1.0) / t_max).cos());
        chained(groups, |lr| factor * (lr - eta_min) + eta_min)
    }

    fn closed_form(&self, at: &Progress, base_lr: f64) -> Option<f64> {
        let angle = PI * at.last_epoch as f64 / self.T_max as f64;
        Some(self.eta_min + (base_lr - self.eta_min) * (1.0 + angle.cos()) / 2.0)
    }
}

/// Learning rates by the first one and the one at hand of each group.
#[track_caller]
fn by_both(at: &Progress, groups: &[&mut dyn Group], next: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let (bases, name) = (&at.base_lrs, CosineAnnealingPolicy::NAME);
    zip_strict(name, ("first learning rates", bases.len()), ("param groups", groups.len()));
    bases.iter().zip(groups).map(|(base_lr, group)| next(*base_lr, group.lr())).collect()
}

scheduler!(
    /// A [`CosineAnnealingLR`] that begins anew after `T_0` steps, each time `T_mult` times as long:
    /// [`torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`]
    /// ([Loshchilov and Hutter, 2016](https://arxiv.org/abs/1608.03983)).
    ///
    /// η = η_min + (η₀ - η_min)·(1 + cos(π·T_cur/T_i))/2.
    ///
    /// ```
    /// use flambeau::optim::lr_scheduler::{LRScheduler, CosineAnnealingWarmRestarts};
    /// use flambeau::prelude::*;
    ///
    /// # let weight = torch::zeros([1]).set_requires_grad(true);
    /// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
    /// let mut scheduler = CosineAnnealingWarmRestarts::new(&mut optimizer, 2);
    /// let mut rates = vec![optimizer.lr()];
    /// for _ in 0..4 {
    ///     scheduler.step(&mut optimizer);
    ///     rates.push(optimizer.lr());
    /// }
    /// assert!((rates[1] - 0.5).abs() < 1e-12 && rates[2] == 1.0);
    /// ```
    ///
    /// [`torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html
    CosineAnnealingWarmRestarts / WarmRestartsPolicy / CosineAnnealingWarmRestartsOptions
    (T_0: i64)
    {
        /// By what each round is longer than the one before.
        T_mult: i64 = 1,
        /// The least rate.
        eta_min: f64 = 0.0,
    }
    kept {
        // How long the round at hand is, and how far it has come.
        T_i: i64 = 0,
        T_cur: f64 = 0.0,
    }
    checked by |p| {
        assert!(p.T_0 > 0, "Expected positive integer T_0, but got {}", p.T_0);
        assert!(p.T_mult >= 1, "Expected integer T_mult >= 1, but got {}", p.T_mult);
    }
);

impl Policy for WarmRestartsPolicy {
    const COUNTS: bool = false;

    kept_by_name!(CosineAnnealingWarmRestarts);

    fn get_lr(&self, at: &Progress, _groups: &mut [&mut dyn Group]) -> Vec<f64> {
        let angle = PI * self.T_cur / self.T_i as f64;
        let next = |base_lr| self.eta_min + (base_lr - self.eta_min) * (1.0 + angle.cos()) / 2.0;
        at.base_lrs.iter().map(|&base_lr| next(base_lr)).collect()
    }

    fn begin(&mut self, last_epoch: i64) {
        (self.T_i, self.T_cur) = (self.T_0, last_epoch as f64);
    }

    fn is_sound(&self, _groups: usize) -> bool {
        self.T_0 > 0 && self.T_i > 0 && self.T_mult >= 1
    }

    fn advance(&mut self, last_epoch: i64) {
        if last_epoch < 0 {
            (self.T_i, self.T_cur) = (self.T_0, 0.0);
            return;
        }
        self.T_cur += 1.0;
        if self.T_cur >= self.T_i as f64 {
            self.T_cur %= self.T_i as f64;
            self.T_i *= self.T_mult;
        }
    }
}
