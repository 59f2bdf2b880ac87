//! Schedulers one after the other, or one on the other.

use super::{LRScheduler, noted, rates, read};
use crate::object::Object;
use crate::optim::Optimizer;
use crate::optim::group::Entry;
use crate::{Error, Result};

/// The states of the schedulers inside.
fn states(schedulers: &[Box<dyn LRScheduler>]) -> Object {
    Object::list(schedulers.iter().map(|scheduler| scheduler.state_dict()))
}

/// What a sequence leaves in the state of one that it began with.
fn begun(by_another: bool) -> impl Iterator<Item = (&'static str, Object)> {
    let entries = [("_step_count", 0_i64.into()), ("_is_initial", false.into())];
    entries.into_iter().filter(move |_| by_another)
}

/// Loads the states of the schedulers inside: all, or none.
fn load_states(schedulers: &mut [Box<dyn LRScheduler>], state: &Object) -> Result<()> {
    let wrong = |problem: String| Error::argument("scheduler state", problem);
    let saved = state.get("_schedulers").and_then(Object::as_slice);
    let saved = saved.ok_or_else(|| wrong("has no list '_schedulers'".into()))?;
    if saved.len() != schedulers.len() {
        let (saved, here) = (saved.len(), schedulers.len());
        return Err(wrong(format!("is of {saved} schedulers, here are {here}")));
    }
    let before: Vec<_> = schedulers.iter().map(|scheduler| scheduler.state_dict()).collect();
    for i in 0..schedulers.len() {
        if let Err(error) = schedulers[i].load_state_dict(&saved[i]) {
            for (scheduler, before) in schedulers.iter_mut().zip(&before).take(i) {
                scheduler.load_state_dict(before)?;
            }
            return Err(error);
        }
    }
    Ok(())
}

/// Schedulers one after the other, each until its milestone:
/// [`torch.optim.lr_scheduler.SequentialLR`].
///
/// ```
/// use flambeau::optim::lr_scheduler::{self, LRScheduler, SequentialLR};
/// use flambeau::prelude::*;
///
/// # let weight = torch::zeros([1]).set_requires_grad(true);
/// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
/// let warm = lr_scheduler::ConstantLR::options(&mut optimizer).factor(0.5).total_iters(2).build();
/// let decay = lr_scheduler::ExponentialLR::new(&mut optimizer, 0.5);
/// let mut scheduler =
///     SequentialLR::new(&mut optimizer, vec![Box::new(warm), Box::new(decay)], vec![2]);
/// let mut rates = vec![optimizer.lr()];
/// for _ in 0..4 {
///     scheduler.step(&mut optimizer);
///     rates.push(optimizer.lr());
/// }
/// assert_eq!(rates, [0.5, 0.5, 1.0, 0.5, 0.25]);
/// ```
///
/// [`torch.optim.lr_scheduler.SequentialLR`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
pub struct SequentialLR {
    schedulers: Vec<Box<dyn LRScheduler>>,
    milestones: Vec<i64>,
    last_epoch: i64,
    last_lr: Vec<f64>,
    /// Whether another sequence began with it, which leaves two more entries in Python's state.
    begun_by_another: bool,
}

#[bon::bon]
impl SequentialLR {
    /// These schedulers, of which each but the first begins at its milestone.
    ///
    /// # Panics
    /// When there is no scheduler, or not one milestone less than schedulers, or the optimizer has got
    /// another param group after the schedulers were made.
    #[track_caller]
    pub fn new(
        optimizer: &mut dyn Optimizer,
        schedulers: Vec<Box<dyn LRScheduler>>,
        milestones: Vec<i64>,
    ) -> Self {
        Self::options(optimizer, schedulers, milestones).build()
    }

    /// Begins a sequence whose keyword arguments are set by name. It panics as [`new`](Self::new) does.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = SequentialLROptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] optimizer: &mut dyn Optimizer,
        #[builder(start_fn)] mut schedulers: Vec<Box<dyn LRScheduler>>,
        #[builder(start_fn)] milestones: Vec<i64>,
        /// The step before the first one here: -1, or where a training goes on.
        #[builder(default = -1)]
        last_epoch: i64,
    ) -> Self {
        assert!(
            !schedulers.is_empty(),
            "SequentialLR expects at least one scheduler, but got no scheduler."
        );
        assert!(
            milestones.len() == schedulers.len() - 1,
            "Sequential Schedulers expects number of schedulers provided to be one more than the \
             number of milestone points, but got number of schedulers {} and the number of \
             milestones to be equal to {}",
            schedulers.len(),
            milestones.len()
        );
        // Each has taken its first step as it was made: all but the first take it back.
        for group in optimizer.param_groups_mut() {
            group.set_lr(noted("SequentialLR", group, "initial_lr"));
        }
        schedulers.iter_mut().for_each(|scheduler| scheduler.undo());
        let first = milestones.partition_point(|milestone| *milestone <= 0);
        schedulers[first].initial_step(optimizer);
        let last_lr = schedulers[first].get_last_lr();
        Self {
            schedulers,
            milestones,
            last_epoch: last_epoch + 1,
            last_lr,
            begun_by_another: false,
        }
    }
}

impl LRScheduler for SequentialLR {
    fn step(&mut self, optimizer: &mut dyn Optimizer) {
        self.last_epoch += 1;
        let at = self.milestones.partition_point(|milestone| *milestone <= self.last_epoch);
        let scheduler = &mut self.schedulers[at];
        if at > 0 && self.milestones[at - 1] == self.last_epoch {
            scheduler.restart(optimizer);
        } else {
            scheduler.step(optimizer);
        }
        self.last_lr = scheduler.get_last_lr();
    }

    fn get_last_lr(&self) -> Vec<f64> {
        self.last_lr.clone()
    }

    fn state_dict(&self) -> Object {
        let own = [
            ("_milestones", self.milestones.object()),
            ("last_epoch", self.last_epoch.into()),
            ("_last_lr", self.last_lr.object()),
            ("_schedulers", states(&self.schedulers)),
        ];
        Object::dict(own.into_iter().chain(begun(self.begun_by_another)))
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        let (milestones, last_epoch) = (read(state, "_milestones")?, read(state, "last_epoch")?);
        let last_lr = read(state, "_last_lr")?;
        let milestones: Vec<i64> = milestones;
        if milestones.len() + 1 != self.schedulers.len() {
            let problem = format!("has {} milestones", milestones.len());
            return Err(Error::argument("scheduler state", problem));
        }
        load_states(&mut self.schedulers, state)?;
        (self.milestones, self.last_epoch, self.last_lr) = (milestones, last_epoch, last_lr);
        Ok(())
    }

    fn initial_step(&mut self, optimizer: &mut dyn Optimizer) {
        self.begun_by_another = true;
        self.step(optimizer);
    }

    fn restart(&mut self, _optimizer: &mut dyn Optimizer) {
        panic!("a sequence of schedulers can only be the first of another, as in PyTorch");
    }

    fn undo(&mut self) {
        self.schedulers.iter_mut().for_each(|scheduler| scheduler.undo());
    }
}

/// Schedulers one on the other: each step is one of all of them:
/// [`torch.optim.lr_scheduler.ChainedScheduler`].
///
/// ```
/// use flambeau::optim::lr_scheduler::{self, ChainedScheduler, LRScheduler};
/// use flambeau::prelude::*;
///
/// # let weight = torch::zeros([1]).set_requires_grad(true);
/// let mut optimizer = optim::SGD::new(vec![weight], 1.0);
/// let warm = lr_scheduler::ConstantLR::options(&mut optimizer).factor(0.5).total_iters(2).build();
/// let decay = lr_scheduler::ExponentialLR::new(&mut optimizer, 0.5);
/// let mut scheduler = ChainedScheduler::new(&mut optimizer, vec![Box::new(warm), Box::new(decay)]);
/// let mut rates = vec![optimizer.lr()];
/// for _ in 0..3 {
///     scheduler.step(&mut optimizer);
///     rates.push(optimizer.lr());
/// }
/// assert_eq!(rates, [0.5, 0.25, 0.25, 0.125]);
/// ```
///
/// [`torch.optim.lr_scheduler.ChainedScheduler`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ChainedScheduler.html
pub struct ChainedScheduler {
    schedulers: Vec<Box<dyn LRScheduler>>,
    last_lr: Vec<f64>,
    /// Whether another sequence began with it, which leaves two more entries in Python's state.
    begun_by_another: bool,
}

impl ChainedScheduler {
    /// These schedulers, all made for `optimizer`.
    ///
    /// # Panics
    /// When there is no scheduler.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, schedulers: Vec<Box<dyn LRScheduler>>) -> Self {
        assert!(
            !schedulers.is_empty(),
            "ChainedScheduler expects at least one scheduler to be chained, but got no scheduler."
        );
        Self { schedulers, last_lr: rates(optimizer), begun_by_another: false }
    }
}

impl LRScheduler for ChainedScheduler {
    fn step(&mut self, optimizer: &mut dyn Optimizer) {
        self.schedulers.iter_mut().for_each(|scheduler| scheduler.step(optimizer));
        self.last_lr = rates(optimizer);
    }

    fn get_last_lr(&self) -> Vec<f64> {
        self.last_lr.clone()
    }

    fn state_dict(&self) -> Object {
        let own = [("_last_lr", self.last_lr.object()), ("_schedulers", states(&self.schedulers))];
        Object::dict(own.into_iter().chain(begun(self.begun_by_another)))
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        let last_lr = read(state, "_last_lr")?;
        load_states(&mut self.schedulers, state)?;
        self.last_lr = last_lr;
        Ok(())
    }

    fn initial_step(&mut self, optimizer: &mut dyn Optimizer) {
        self.begun_by_another = true;
        self.step(optimizer);
    }

    fn restart(&mut self, _optimizer: &mut dyn Optimizer) {
        panic!("a chain of schedulers can only be the first of a sequence, as in PyTorch");
    }

    fn undo(&mut self) {
        self.schedulers.iter_mut().for_each(|scheduler| scheduler.undo());
    }
}
