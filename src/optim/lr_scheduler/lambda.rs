//! Learning rates by a function of one's own.

use std::fmt;

use super::{Policy, Progress, Scheduler, chained, zip_strict};
use crate::Result;
use crate::object::Object;
use crate::optim::{Group, Optimizer};

/// What a factor is computed by, from the number of the step.
pub(super) type Lambda = Box<dyn Fn(i64) -> f64 + Send>;

/// A scheduler by a function: its making, and what it keeps, which are no functions.
macro_rules! by_function {
    ($(#[$docs:meta])* $scheduler:ident / $policy:ident / $builder:ident) => {
        $(#[$docs])*
        pub type $scheduler = Scheduler<$policy>;

        #[doc = concat!("How [`", stringify!($scheduler), "`]'s learning rates follow from its steps.")]
        pub struct $policy {
            /// One for all groups, or one for each.
            lambdas: Vec<Lambda>,
            /// How many groups there were.
            groups: usize,
        }

        impl fmt::Debug for $policy {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} of {} functions", stringify!($policy), self.lambdas.len())
            }
        }

        #[bon::bon]
        impl $scheduler {
            /// The schedule by this function, the same for all groups.
            pub fn new(
                optimizer: &mut dyn Optimizer,
                lr_lambda: impl Fn(i64) -> f64 + Send + 'static,
            ) -> Self {
                Self::options(optimizer, lr_lambda).build()
            }

            /// The schedule by a function for each group: a list in Python.
            ///
            /// # Panics
            /// When there are not as many functions as groups.
            #[track_caller]
            pub fn of_each(optimizer: &mut dyn Optimizer, lr_lambdas: Vec<Lambda>) -> Self {
                Self::options_of_each(optimizer, lr_lambdas).build()
            }

            /// Begins a schedule by this function whose keyword arguments are set by name.
            pub fn options(
                optimizer: &mut dyn Optimizer,
                lr_lambda: impl Fn(i64) -> f64 + Send + 'static,
            ) -> $builder<'_> {
                let groups = optimizer.param_groups().len();
                Self::by(optimizer, $policy { lambdas: vec![Box::new(lr_lambda)], groups })
            }

            /// Begins a schedule by a function for each group.
            ///
            /// # Panics
            /// When there are not as many functions as groups.
            #[track_caller]
            pub fn options_of_each(
                optimizer: &mut dyn Optimizer,
                lambdas: Vec<Lambda>,
            ) -> $builder<'_> {
                let groups = optimizer.param_groups().len();
                let given = lambdas.len();
                assert!(given == groups, "Expected {groups} lr_lambdas, but got {given}");
                Self::by(optimizer, $policy { lambdas, groups })
            }

            #[builder(
                start_fn(name = by, vis = ""),
                finish_fn = build,
                builder_type(name = $builder, vis = "pub")
            )]
            fn with(
                #[builder(start_fn)] optimizer: &mut dyn Optimizer,
                #[builder(start_fn)] policy: $policy,
                /// The step before the first one here: -1, or where a training goes on.
                #[builder(default = -1)]
                last_epoch: i64,
            ) -> Self {
                Self::of(policy, optimizer, last_epoch)
            }
        }

        impl $policy {
            /// The factors at this step, one for each group that there was.
            fn factors(&self, at: &Progress) -> impl Iterator<Item = f64> {
                let lambda = |i| self.lambdas.get(i).unwrap_or(&self.lambdas[0]);
                (0..self.groups).map(move |i| lambda(i)(at.last_epoch))
            }

            /// As Python, which writes no functions.
            fn python_entries(&self) -> Vec<(&'static str, Object)> {
                vec![("lr_lambdas", vec![Object::None; self.groups].into())]
            }
        }
    };
}

by_function!(
    /// The first learning rate times a function of the number of the step:
    /// [`torch.optim.lr_scheduler.LambdaLR`].
    ///
    /// ```
    /// use flambeau::optim::lr_scheduler::{LRScheduler, LambdaLR};
    /// use flambeau::prelude::*;
    ///
    /// # let weight = torch::zeros([1]).set_requires_grad(true);
    /// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
    /// let mut scheduler = LambdaLR::new(&mut optimizer, |step| 1.0 / (1 + step) as f64);
    /// let mut rates = vec![optimizer.lr()];
    /// for _ in 0..3 {
    ///     scheduler.step(&mut optimizer);
    ///     rates.push(optimizer.lr());
    /// }
    /// assert_eq!(rates, [1.0, 0.5, 1.0 / 3.0, 0.25]);
    /// ```
    ///
    /// [`torch.optim.lr_scheduler.LambdaLR`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
    LambdaLR / LambdaPolicy / LambdaLROptions
);

impl Policy for LambdaPolicy {
    const NAME: &'static str = "LambdaLR";

    fn get_lr(&self, at: &Progress, _groups: &mut [&mut dyn Group]) -> Vec<f64> {
        let bases = &at.base_lrs;
        let rates = bases.iter().zip(self.factors(at)).map(|(base_lr, factor)| base_lr * factor);
        let rates = rates.collect();
        zip_strict(Self::NAME, ("functions", self.groups), ("first learning rates", bases.len()));
        rates
    }

    fn entries(&self) -> Vec<(&'static str, Object)> {
        self.python_entries()
    }

    fn set(&mut self, _name: &str, _value: &Object) -> Result<()> {
        Ok(())
    }
}

by_function!(
    /// The learning rate times a function of the number of the step, from the first step on:
    /// [`torch.optim.lr_scheduler.MultiplicativeLR`].
    ///
    /// ```
    /// use flambeau::optim::lr_scheduler::{LRScheduler, MultiplicativeLR};
    /// use flambeau::prelude::*;
    ///
    /// # let weight = torch::zeros([1]).set_requires_grad(true);
    /// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
    /// let mut scheduler = MultiplicativeLR::new(&mut optimizer, |_step| 0.5);
    /// let mut rates = vec![optimizer.lr()];
    /// for _ in 0..3 {
    ///     scheduler.step(&mut optimizer);
    ///     rates.push(optimizer.lr());
    /// }
    /// assert_eq!(rates, [1.0, 0.5, 0.25, 0.125]);
    /// ```
    ///
    /// [`torch.optim.lr_scheduler.MultiplicativeLR`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiplicativeLR.html
    MultiplicativeLR / MultiplicativePolicy / MultiplicativeLROptions
);

impl Policy for MultiplicativePolicy {
    const NAME: &'static str = "MultiplicativeLR";

    fn get_lr(&self, at: &Progress, groups: &mut [&mut dyn Group]) -> Vec<f64> {
        if at.is_initial {
            return chained(groups, |lr| lr);
        }
        let rates = groups.iter().zip(self.factors(at)).map(|(group, factor)| group.lr() * factor);
        let rates = rates.collect();
        zip_strict(Self::NAME, ("functions", self.groups), ("param groups", groups.len()));
        rates
    }

    fn entries(&self) -> Vec<(&'static str, Object)> {
        self.python_entries()
    }

    fn set(&mut self, _name: &str, _value: &Object) -> Result<()> {
        Ok(())
    }
}
