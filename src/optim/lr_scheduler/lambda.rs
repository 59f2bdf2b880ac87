//! Learning rates by a function of one's own.

use std::fmt;

use super::{Policy, Progress, Scheduler};
use crate::Result;
use crate::object::Object;
use crate::optim::{Group, Optimizer};

/// What a factor is computed by, from the number of the step.
pub(super) type Lambda = Box<dyn Fn(i64) -> f64 + Send>;

/// One function for all groups, or one for each; how many groups there are.
#[track_caller]
fn for_each_group(optimizer: &dyn Optimizer, lambdas: &[Lambda]) -> usize {
    let groups = optimizer.param_groups().len();
    assert!(
        lambdas.len() == 1 || lambdas.len() == groups,
        "Expected {groups} lr_lambdas, but got {}",
        lambdas.len()
    );
    groups
}

/// A scheduler by a function: its making, and what it keeps, which are no functions.
macro_rules! by_function {
    ($(#[$docs:meta])* $scheduler:ident / $policy:ident) => {
        $(#[$docs])*
        pub type $scheduler = Scheduler<$policy>;

        #[doc = concat!("How [`", stringify!($scheduler), "`]'s learning rates follow from its steps.")]
        pub struct $policy {
            lambdas: Vec<Lambda>,
            groups: usize,
        }

        impl fmt::Debug for $policy {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} of {} functions", stringify!($policy), self.lambdas.len())
            }
        }

        impl $scheduler {
            /// The schedule by this function, the same for all groups.
            pub fn new(
                optimizer: &mut dyn Optimizer,
                lr_lambda: impl Fn(i64) -> f64 + Send + 'static,
            ) -> Self {
                Self::of_each(optimizer, vec![Box::new(lr_lambda)])
            }

            /// The schedule by a function for each group.
            ///
            /// # Panics
            /// When there are not as many functions as groups.
            #[track_caller]
            pub fn of_each(optimizer: &mut dyn Optimizer, lr_lambdas: Vec<Lambda>) -> Self {
                let groups = for_each_group(optimizer, &lr_lambdas);
                Self::of($policy { lambdas: lr_lambdas, groups }, optimizer, -1)
            }
        }

        impl $policy {
            fn factor(&self, at: &Progress, index: usize) -> f64 {
                let lambda = self.lambdas.get(index).unwrap_or(&self.lambdas[0]);
                lambda(at.last_epoch)
            }

            /// As Python, which writes no functions.
            fn python_entries(&self) -> Vec<(&'static str, Object)> {
                vec![("lr_lambdas", Object::List(vec![Object::None; self.groups]))]
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
    /// # let weight = Tensor::zeros([1], (Kind::Float, Device::Cpu)).set_requires_grad(true);
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
    LambdaLR / LambdaPolicy
);

impl Policy for LambdaPolicy {
    fn lr(&self, at: &Progress, _group: &dyn Group, index: usize) -> f64 {
        at.base_lrs[index] * self.factor(at, index)
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
    /// # let weight = Tensor::zeros([1], (Kind::Float, Device::Cpu)).set_requires_grad(true);
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
    MultiplicativeLR / MultiplicativePolicy
);

impl Policy for MultiplicativePolicy {
    fn lr(&self, at: &Progress, group: &dyn Group, index: usize) -> f64 {
        if at.is_initial { group.lr() } else { group.lr() * self.factor(at, index) }
    }

    fn entries(&self) -> Vec<(&'static str, Object)> {
        self.python_entries()
    }

    fn set(&mut self, _name: &str, _value: &Object) -> Result<()> {
        Ok(())
    }
}
