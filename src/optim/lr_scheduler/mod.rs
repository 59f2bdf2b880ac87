//! Learning rates that change as the training goes on: [`torch.optim.lr_scheduler`].
//!
//! A scheduler is made for an optimizer, whose groups it gives their first learning rates, and steps
//! once an epoch, or once a batch, after the optimizer has. Python's holds the optimizer; here it is
//! handed over at each step.
//!
//! # Groups that are added later
//! What a scheduler does when the optimizer has got a param group after the scheduler was made is
//! its own in Python, and the same here. Where Python raises an error, the step panics, with Python's
//! words in it.
//!
//! | scheduler | at a step after the group was added |
//! |---|---|
//! | [`StepLR`], [`MultiStepLR`], [`ConstantLR`], [`LinearLR`], [`ExponentialLR`], [`PolynomialLR`] | goes on, with the new group too |
//! | [`CosineAnnealingLR`] | goes on, but panics where the rate begins to rise again |
//! | [`ReduceLROnPlateau`] | goes on; with a list for `min_lr` it panics when it reduces the rates |
//! | [`LambdaLR`], [`CosineAnnealingWarmRestarts`], [`CyclicLR`] | sets the rates of the groups that it was made for (`CyclicLR` the momentums, if it cycles them), then panics |
//! | [`MultiplicativeLR`] | panics |
//! | [`OneCycleLR`], [`SWALR`] | panics, if the group has no `max_lr`, `swa_lr` and so on of its own |
//! | [`SequentialLR`] | does as the scheduler at hand; at a milestone most set the rates of the first groups, then panic |
//! | [`ChainedScheduler`] | does as its schedulers do |
//!
//! ```
//! use flambeau::optim::lr_scheduler::{LRScheduler, StepLR};
//! use flambeau::prelude::*;
//!
//! let model = nn::Linear::new(2, 1);
//! let mut optimizer = optim::SGD::new(model.parameters(), 0.5);
//! let mut scheduler = StepLR::new(&mut optimizer, 2);
//! let mut rates = vec![];
//! for _epoch in 0..4 {
//!     rates.push(optimizer.lr());
//!     optimizer.step();
//!     scheduler.step(&mut optimizer);
//! }
//! assert_eq!(rates, [0.5, 0.5, 0.05, 0.05]);
//! ```
//!
//! [`torch.optim.lr_scheduler`]: https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate

mod composed;
mod cosine;
mod cyclic;
mod decay;
mod lambda;
mod per_group;
mod plateau;
mod swa;

pub use composed::{ChainedScheduler, SequentialLR, SequentialLROptions};
pub use cosine::{
    CosineAnnealingLR, CosineAnnealingLROptions, CosineAnnealingPolicy,
    CosineAnnealingWarmRestarts, CosineAnnealingWarmRestartsOptions, WarmRestartsPolicy,
};
pub use cyclic::{
    AnnealStrategy, CyclicLR, CyclicLROptions, CyclicMode, CyclicPolicy, OneCycleLR,
    OneCycleLROptions, OneCyclePolicy, ScaleMode,
};
pub use decay::{
    ConstantLR, ConstantLROptions, ConstantPolicy, ExponentialLR, ExponentialLROptions,
    ExponentialPolicy, LinearLR, LinearLROptions, LinearPolicy, MultiStepLR, MultiStepLROptions,
    MultiStepPolicy, PolynomialLR, PolynomialLROptions, PolynomialPolicy, StepLR, StepLROptions,
    StepPolicy,
};
pub use lambda::{
    LambdaLR, LambdaLROptions, LambdaPolicy, MultiplicativeLR, MultiplicativeLROptions,
    MultiplicativePolicy,
};
pub use per_group::PerGroup;
pub use plateau::{PlateauMode, ReduceLROnPlateau, ReduceLROnPlateauOptions, ThresholdMode};
pub use swa::{SWALR, SWALROptions, SWAPolicy};

use super::group::{self, Entry};
use super::{Group, Optimizer};
use crate::object::{Dict, Key, Object};
use crate::{Error, Result};

/// What every scheduler can do.
pub trait LRScheduler {
    /// Goes on by one, and gives each of the optimizer's groups its learning rate.
    ///
    /// # Panics
    /// Where Python raises an error, as most schedulers do when the optimizer has got
    /// [another group](self#groups-that-are-added-later) after they were made.
    fn step(&mut self, optimizer: &mut dyn Optimizer);

    /// The learning rates that the last step gave, one a group.
    fn get_last_lr(&self) -> Vec<f64>;

    /// All that it needs to go on, in Python's layout.
    fn state_dict(&self) -> Object;

    /// Takes over what [`state_dict`](Self::state_dict) gave, here or in Python. The learning rates
    /// themselves are the optimizer's state.
    ///
    /// # Errors
    /// When something is missing, or not what it should be. Nothing has then been changed.
    fn load_state_dict(&mut self, state: &Object) -> Result<()>;

    /// The step that its making takes.
    #[doc(hidden)]
    fn initial_step(&mut self, optimizer: &mut dyn Optimizer);

    /// Begins, in a sequence, where the one before has ended.
    #[doc(hidden)]
    fn restart(&mut self, optimizer: &mut dyn Optimizer);

    /// Takes a step back, without a learning rate.
    #[doc(hidden)]
    fn undo(&mut self);
}

/// How learning rates follow from the number of steps.
pub trait Policy: Send + Sized + 'static {
    /// The scheduler's class in Python.
    #[doc(hidden)]
    const NAME: &'static str;
    /// Does it count its steps? Python's warm restarts do not.
    #[doc(hidden)]
    const COUNTS: bool = true;
    /// The next learning rates, `get_lr()` in Python. Momentum is set here, where it changes too.
    #[doc(hidden)]
    fn get_lr(&self, at: &Progress, groups: &mut [&mut dyn Group]) -> Vec<f64>;
    /// A learning rate by the number of steps alone, if there is a formula, from the one it had at
    /// first.
    #[doc(hidden)]
    fn closed_form(&self, _at: &Progress, _base_lr: f64) -> Option<f64> {
        None
    }
    /// Counts by itself what it counts.
    #[doc(hidden)]
    fn advance(&mut self, _last_epoch: i64) {}
    /// Begins after this step.
    #[doc(hidden)]
    fn begin(&mut self, _last_epoch: i64) {}
    /// Can it go on with so many groups?
    #[doc(hidden)]
    fn is_sound(&self, _groups: usize) -> bool {
        true
    }
    /// What it keeps, under Python's names.
    #[doc(hidden)]
    fn entries(&self) -> Vec<(&'static str, Object)>;
    /// Sets what is kept under this name, if there is such a thing.
    #[doc(hidden)]
    fn set(&mut self, name: &str, value: &Object) -> Result<()>;
}

/// How far a schedule has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    pub(super) last_epoch: i64,
    step_count: i64,
    base_lrs: Vec<f64>,
    /// Is this the step of its making?
    is_initial: bool,
}

/// A scheduler by this policy: what [`StepLR`], [`CosineAnnealingLR`] and the others have in common.
#[derive(Debug)]
pub struct Scheduler<P: Policy> {
    policy: P,
    at: Progress,
    last_lr: Vec<f64>,
}

impl<P: Policy> Scheduler<P> {
    /// Begins at the step after `last_epoch`, -1 for a new training.
    #[track_caller]
    fn of(mut policy: P, optimizer: &mut dyn Optimizer, last_epoch: i64) -> Self {
        for (i, group) in optimizer.param_groups_mut().into_iter().enumerate() {
            if group.get("initial_lr").is_none() {
                assert!(
                    last_epoch == -1,
                    "param 'initial_lr' is not specified in param_groups[{i}] when resuming \
                     scheduler with last_epoch >= 0."
                );
                let lr = group.lr();
                group.set("initial_lr", lr.into()).expect("it is no option of an optimizer");
            }
        }
        let initial = |group: &&dyn Group| group.get("initial_lr").and_then(|lr| f64::read(&lr));
        let base_lrs = optimizer.param_groups().iter().filter_map(initial).collect();
        let at = Progress { last_epoch, base_lrs, ..Progress::default() };
        policy.begin(last_epoch);
        let mut scheduler = Self { policy, at, last_lr: vec![] };
        scheduler.initial_step(optimizer);
        scheduler
    }

    /// Gives the groups their rates: by the closed form, if `restarted` and if there is one.
    ///
    /// There may be more groups, or fewer, than rates. As in Python, those that have a rate get it
    /// before the panic.
    #[track_caller]
    fn update(&mut self, optimizer: &mut dyn Optimizer, restarted: bool) {
        let mut groups = optimizer.param_groups_mut();
        let closed_form = |&base_lr: &f64| self.policy.closed_form(&self.at, base_lr);
        let closed = restarted.then(|| self.at.base_lrs.iter().map(closed_form).collect());
        let rates: Option<Vec<_>> = closed.flatten();
        let rates = rates.unwrap_or_else(|| self.policy.get_lr(&self.at, &mut groups));
        for (group, lr) in groups.iter_mut().zip(&rates) {
            group.set_lr(*lr);
        }
        zip_strict(P::NAME, ("param groups", groups.len()), ("learning rates", rates.len()));
        self.last_lr = rates;
    }
}

impl<P: Policy> LRScheduler for Scheduler<P> {
    #[track_caller]
    fn step(&mut self, optimizer: &mut dyn Optimizer) {
        if P::COUNTS {
            self.at.step_count += 1;
        }
        self.policy.advance(self.at.last_epoch);
        self.at.last_epoch += 1;
        self.update(optimizer, false);
    }

    fn get_last_lr(&self) -> Vec<f64> {
        self.last_lr.clone()
    }

    fn state_dict(&self) -> Object {
        let rates = |rates: &[f64]| Object::list(rates.iter().map(|&lr| lr.into()));
        let own = [
            ("base_lrs", rates(&self.at.base_lrs)),
            ("last_epoch", self.at.last_epoch.into()),
            ("_step_count", self.at.step_count.into()),
            ("_is_initial", false.into()),
            ("_get_lr_called_within_step", false.into()),
            ("_last_lr", rates(&self.last_lr)),
        ];
        let mut state: Dict = Dict::new();
        for (name, value) in self.policy.entries().into_iter().chain(own) {
            state.insert(name.into(), value);
        }
        state.into()
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        // All is read before anything is changed.
        let at = Progress {
            last_epoch: read(state, "last_epoch")?,
            step_count: read(state, "_step_count")?,
            base_lrs: read(state, "base_lrs")?,
            is_initial: false,
        };
        let last_lr = read(state, "_last_lr")?;
        let before = self.policy.entries();
        let set = |policy: &mut P| {
            for (key, value) in state.as_dict().into_iter().flatten() {
                if let Key::Str(name) = key {
                    policy.set(name, value)?;
                }
            }
            if !policy.is_sound(at.base_lrs.len()) {
                return Err(Error::argument("scheduler state", "is of no schedule that can go on"));
            }
            Ok(())
        };
        if let Err(error) = set(&mut self.policy) {
            for (name, value) in before {
                self.policy.set(name, &value)?;
            }
            return Err(error);
        }
        (self.at, self.last_lr) = (at, last_lr);
        Ok(())
    }

    fn initial_step(&mut self, optimizer: &mut dyn Optimizer) {
        self.at.step_count = 0;
        self.at.is_initial = true;
        self.step(optimizer);
        self.at.is_initial = false;
    }

    fn restart(&mut self, optimizer: &mut dyn Optimizer) {
        self.at.last_epoch = 0;
        self.update(optimizer, true);
    }

    fn undo(&mut self) {
        self.at.last_epoch -= 1;
    }
}

/// What stands under this name.
fn read<T: Entry>(state: &Object, name: &str) -> Result<T> {
    group::read("scheduler state", state, name)
}

/// The learning rates as they are, one a group.
fn rates(optimizer: &dyn Optimizer) -> Vec<f64> {
    optimizer.param_groups().iter().map(|group| group.lr()).collect()
}

/// Puts a number into a group that is no option of the optimizer.
fn note(group: &mut dyn Group, name: &str, value: f64) {
    group.set(name, value.into()).expect("it is no option of an optimizer");
}

/// What stands in a group under this name, which this scheduler has put there.
///
/// # Panics
/// When there is none: Python's KeyError.
#[track_caller]
fn noted(scheduler: &str, group: &dyn Group, name: &str) -> f64 {
    let value = group.get(name).and_then(|value| f64::read(&value));
    value.unwrap_or_else(|| {
        panic!(
            "{scheduler}: KeyError: '{name}'. A param group does not have it: the group was added \
             after the scheduler was made, or the optimizer's state was not loaded"
        )
    })
}

/// Python's `zip(…, …, strict=True)` of two lists, by what they are of and how long they are.
///
/// # Panics
/// When they are not equally long: Python's ValueError.
#[track_caller]
fn zip_strict(scheduler: &str, first: (&str, usize), second: (&str, usize)) {
    let ((of_first, first), (of_second, second)) = (first, second);
    if first != second {
        let how = if second < first { "shorter" } else { "longer" };
        panic!(
            "{scheduler}: zip() argument 2 is {how} than argument 1 ({of_first}: {first}, \
             {of_second}: {second}). The scheduler was made for another number of param groups"
        );
    }
}

/// The groups' learning rates, changed in this way.
fn chained(groups: &[&mut dyn Group], next: impl Fn(f64) -> f64) -> Vec<f64> {
    groups.iter().map(|group| next(group.lr())).collect()
}

/// What Python names by a text, and how it complains of an unknown one.
macro_rules! named {
    ($type:ident, $complaint:literal, $($name:literal => $variant:ident),*) => {
        impl From<&str> for $type {
            /// # Panics
            /// When there is nothing of this name.
            fn from(name: &str) -> Self {
                use $crate::optim::group::Entry;
                Self::read(&name.into()).unwrap_or_else(|| panic!($complaint, name))
            }
        }

        impl $crate::optim::group::Entry for $type {
            fn object(&self) -> $crate::object::Object {
                match self {
                    $(Self::$variant => $name.into(),)*
                }
            }

            fn read(object: &$crate::object::Object) -> Option<Self> {
                match object.as_str()? {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}
use named;

/// A scheduler: what its making has to be told, its keyword arguments with their defaults, which are
/// what its state holds.
macro_rules! scheduler {
    (
        $(#[$docs:meta])*
        $scheduler:ident / $policy:ident / $builder:ident
        ($($(#[$required_about:meta])* $required:ident: $required_kind:ty),*)
        { $($(#[$about:meta])* $field:ident: $kind:ty = $default:expr,)* }
        $(kept { $($own:ident: $own_kind:ty = $begin:expr,)* })?
        $(checked by |$this:ident| $check:block)?
    ) => {
        $(#[$docs])*
        pub type $scheduler = $crate::optim::lr_scheduler::Scheduler<$policy>;

        #[doc = concat!("How [`", stringify!($scheduler), "`]'s learning rates follow from its steps.")]
        #[derive(Clone, Debug, PartialEq)]
        pub struct $policy {
            $($required: $required_kind,)*
            $($field: $kind,)*
            $($($own: $own_kind,)*)?
        }

        #[bon::bon]
        impl $scheduler {
            /// The schedule with what is not said by default.
            #[track_caller]
            pub fn new(
                optimizer: &mut dyn $crate::optim::Optimizer,
                $($(#[$required_about])* $required: impl Into<$required_kind>,)*
            ) -> Self {
                Self::options(optimizer, $($required),*).build()
            }

            /// Begins a schedule whose keyword arguments are set by name.
            #[builder(
                start_fn(name = options, vis = "pub"),
                finish_fn = build,
                builder_type(name = $builder, vis = "pub"),
                on(f64, into),
                on(i64, into),
                on(Milestones, into)
            )]
            fn with(
                #[builder(start_fn)] optimizer: &mut dyn $crate::optim::Optimizer,
                $(#[builder(start_fn)] $required: $required_kind,)*
                $($(#[$about])* #[builder(default = $default)] $field: $kind,)*
                /// The step before the first one here: -1, or where a training goes on.
                #[builder(default = -1)]
                last_epoch: i64,
            ) -> Self {
                let policy = $policy { $($required,)* $($field,)* $($($own: $begin,)*)? };
                $({
                    let $this = &policy;
                    $check
                })?
                Self::of(policy, optimizer, last_epoch)
            }
        }

        impl $policy {
            fn python_entries(&self) -> Vec<(&'static str, $crate::object::Object)> {
                use $crate::optim::group::Entry;
                vec![
                    $((stringify!($required), self.$required.object()),)*
                    $((stringify!($field), self.$field.object()),)*
                    $($((stringify!($own), self.$own.object()),)*)?
                ]
            }

            fn set_entry(
                &mut self,
                name: &str,
                value: &$crate::object::Object,
            ) -> $crate::Result<()> {
                use $crate::optim::group::Entry;
                let wrong = || $crate::Error::argument(name, format!("cannot be {value}"));
                match name {
                    $(stringify!($required) => {
                        self.$required = <$required_kind>::read(value).ok_or_else(wrong)?;
                    })*
                    $(stringify!($field) => {
                        self.$field = <$kind>::read(value).ok_or_else(wrong)?;
                    })*
                    $($(stringify!($own) => {
                        self.$own = <$own_kind>::read(value).ok_or_else(wrong)?;
                    })*)?
                    _ => {}
                }
                Ok(())
            }
        }
    };
}
use scheduler;

/// What every policy of fields alone says in the same way.
macro_rules! kept_by_name {
    ($scheduler:ident) => {
        const NAME: &'static str = stringify!($scheduler);

        fn entries(&self) -> Vec<(&'static str, $crate::object::Object)> {
            self.python_entries()
        }

        fn set(&mut self, name: &str, value: &$crate::object::Object) -> $crate::Result<()> {
            self.set_entry(name, value)
        }
    };
}
use kept_by_name;
