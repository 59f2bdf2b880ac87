//! [`Tally`]: what a training counts.

use indexmap::IndexMap;

use super::state::Stateful;
use super::trainer::Metrics;
use crate::object::{Key, Object};
use crate::{Error, Result};

/// How a training went, epoch by epoch.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The sum of the losses of all batches.
    pub losses: Vec<f64>,
    /// Each metric of the evaluations; NaN for an epoch without one.
    pub metrics: IndexMap<String, Vec<f64>>,
}

/// How far a training is, and how it went.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub epoch: usize,
    pub step: usize,
    /// How many batches of the epoch were handed out: the loader's state tells it.
    pub batches: usize,
    pub running_loss: f64,
    /// The sum of the losses since the last row of the log, and of how many batches.
    since_log: (f64, usize),
    pub history: History,
    /// The best score so far, where more is better.
    best: Option<f64>,
    /// How many evaluations since then.
    pub waited: usize,
    /// The step after which the last evaluation was.
    evaluated: Option<usize>,
    /// Whether all batches of the epoch are done, and its evaluation is left to the run that goes on.
    pub postponed: bool,
}

impl Tally {
    /// An epoch begins, or goes on after so many batches.
    pub fn begin(&mut self, batches: usize) {
        self.batches = batches;
        if batches == 0 {
            self.running_loss = 0.0;
        }
    }

    pub fn add(&mut self, loss: f64) {
        self.running_loss += loss;
        self.since_log = (self.since_log.0 + loss, self.since_log.1 + 1);
    }

    /// The sum of the losses since this was last asked, and of how many batches.
    pub fn take_losses(&mut self) -> (f64, usize) {
        std::mem::take(&mut self.since_log)
    }

    /// Puts metrics into the history.
    pub fn tell(&mut self, metrics: &Metrics) {
        for (name, number) in metrics {
            let numbers = self.history.metrics.entry(name.clone()).or_default();
            // Of several in an epoch the last one counts.
            numbers.resize(self.epoch, f64::NAN);
            numbers.push(*number);
        }
    }

    pub fn evaluated(&mut self, metrics: &Metrics, score: f64) {
        self.tell(metrics);
        self.evaluated = Some(self.step);
        self.waited += 1;
        if self.best.is_none_or(|best| score > best) && !score.is_nan() {
            (self.best, self.waited) = (Some(score), 0);
        }
    }

    /// Whether there was an evaluation since the last step.
    pub fn is_evaluated(&self) -> bool {
        self.evaluated == Some(self.step)
    }

    pub fn end_epoch(&mut self, running_loss: f64) {
        self.history.losses.push(running_loss);
        self.epoch += 1;
    }
}

impl Stateful for &mut Tally {
    fn state_dict(&self) -> Object {
        let count = |count: usize| Object::Int(count as i64);
        let numbers = |numbers: &[f64]| Object::list(numbers.iter().copied().map(Object::Float));
        let metrics = self.history.metrics.iter();
        Object::dict([
            ("epoch", count(self.epoch)),
            ("step", count(self.step)),
            ("running_loss", Object::Float(self.running_loss)),
            ("loss_since_log", Object::Float(self.since_log.0)),
            ("batches_since_log", count(self.since_log.1)),
            ("losses", numbers(&self.history.losses)),
            ("metrics", Object::dict(metrics.map(|(name, n)| (name.as_str(), numbers(n))))),
            ("best", self.best.map_or(Object::None, Object::Float)),
            ("evaluations_since_best", count(self.waited)),
            ("evaluated", self.evaluated.map_or(Object::None, count)),
            ("postponed", Object::Bool(self.postponed)),
        ])
    }

    fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        let number = |name: &str| state.entry(name)?.as_f64().ok_or_else(|| unfit(name));
        let numbers = |name: &str, list: &Object| -> Result<Vec<f64>> {
            let list = list.as_slice().ok_or_else(|| unfit(name))?;
            list.iter().map(|number| number.as_f64().ok_or_else(|| unfit(name))).collect()
        };
        let metrics = state.entry("metrics")?.as_dict().ok_or_else(|| unfit("metrics"))?;
        let metric = |(name, list): (&Key, &Object)| {
            let name = name.as_str().ok_or_else(|| unfit("metrics"))?;
            Ok((name.to_string(), numbers(name, list)?))
        };
        **self = Tally {
            epoch: state.count("epoch")?,
            step: state.count("step")?,
            batches: 0,
            running_loss: number("running_loss")?,
            since_log: (number("loss_since_log")?, state.count("batches_since_log")?),
            history: History {
                losses: numbers("losses", state.entry("losses")?)?,
                metrics: metrics.iter().map(metric).collect::<Result<_>>()?,
            },
            best: state.entry("best")?.as_f64(),
            waited: state.count("evaluations_since_best")?,
            evaluated: match state.entry("evaluated")? {
                Object::None => None,
                _ => Some(state.count("evaluated")?),
            },
            postponed: state.entry("postponed")?.as_bool().ok_or_else(|| unfit("postponed"))?,
        };
        Ok(())
    }
}

fn unfit(name: &str) -> Error {
    Error::argument(name, "is not what a training counts")
}
