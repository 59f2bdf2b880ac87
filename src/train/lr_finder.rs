//! [`find_lr`]: the learning-rate range test.

use std::iter;

use tch::Tensor;

use super::state::State;
use crate::data::{DataLoader, Dataset};
use crate::nn::Module;
use crate::optim::Optimizer;
use crate::plot::{self, Picture};
use crate::torch::TensorExt;
use crate::{Error, Result};

/// What [`find_lr`] saw.
#[derive(Clone, Debug)]
pub struct LrFinder {
    /// The learning rates that were tried.
    pub lrs: Vec<f64>,
    /// The loss at each, smoothed.
    pub losses: Vec<f64>,
    /// The rate at which the loss falls fastest; none where it never falls.
    pub suggestion: Option<f64>,
}

/// Which share of the smoothed loss is the losses before.
const BETA: f64 = 0.98;

/// So many of the first rates are not suggested: the smoothed loss has settled by then.
const SKIPPED: usize = 10;

/// Tries learning rates, a step each, and sees how the loss goes: the range test
/// ([Smith, 2017](https://arxiv.org/abs/1506.01186)), with the arguments of Lightning's
/// [`lr_find`](https://lightning.ai/docs/pytorch/stable/api/lightning.pytorch.tuner.tuning.Tuner.html).
///
/// The rate grows by the same factor from step to step. The loss is smoothed,
/// s ← 0.98·s + 0.02·loss, and divided by 1 - 0.98^steps. Afterwards the model, the optimizer, the
/// loader and the generators are as they were.
///
/// # Keywords
/// Set by name between [`find_lr_options`] and `.call(…)?`:
///
/// - `min_lr`, `max_lr`: the first rate and the last, 1e-8 and 1 by default.
/// - `num_training`: how many rates, 100 by default. A loader that has fewer batches is gone through
///   again.
/// - `early_stop_threshold`: it ends where the loss is so many times the best one, 4 by default.
///
/// ```
/// use flambeau::prelude::*;
/// use flambeau::train::find_lr;
///
/// let x = Tensor::ones([400, 4], (Kind::Float, Device::Cpu));
/// let y = Tensor::full([400, 1], 4, (Kind::Float, Device::Cpu));
/// let loader = DataLoader::options(data::TensorDataset::new((x, y))?).batch_size(4).build()?;
/// let model = nn::Linear::new(4, 1);
/// let mut optimizer = optim::SGD::new(model.parameters(), 1e-3);
/// let found = find_lr(&model, &mut optimizer, &loader, |model, (x, y)| {
///     F::mse_loss(&model.forward(&x), &y)
/// })?;
/// assert!((1e-3..1.0).contains(&found.suggestion.unwrap()));
/// assert_eq!(optimizer.lr(), 1e-3);
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("learning_rates.png");
/// found.plot().save(&path)?;
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// # Errors
/// When a rate is not above 0 or they do not grow, when the loader has no batch, and when one cannot be
/// read.
pub fn find_lr<M: Module, D: Dataset + 'static>(
    model: &M,
    optimizer: &mut dyn Optimizer,
    loader: &DataLoader<D>,
    loss: impl Fn(&M, D::Sample) -> Tensor,
) -> Result<LrFinder> {
    find_lr_options(model, optimizer, loader).call(loss)
}

/// [`find_lr`] with keywords, set by name before `.call(loss)?`.
#[bon::builder(
    start_fn(name = find_lr_options, vis = "pub"),
    finish_fn = call,
    builder_type(name = FindLrCall, vis = "pub")
)]
fn find_lr_with<M: Module, D: Dataset + 'static>(
    #[builder(start_fn)] model: &M,
    #[builder(start_fn)] optimizer: &mut dyn Optimizer,
    #[builder(start_fn)] loader: &DataLoader<D>,
    #[builder(finish_fn)] loss: impl Fn(&M, D::Sample) -> Tensor,
    /// The first rate.
    #[builder(default = 1e-8, into)]
    min_lr: f64,
    /// The last rate.
    #[builder(default = 1.0, into)]
    max_lr: f64,
    /// How many rates are tried.
    #[builder(default = 100)]
    num_training: usize,
    /// How many times the best loss ends it.
    #[builder(default = 4.0, into)]
    early_stop_threshold: f64,
) -> Result<LrFinder> {
    if !(min_lr > 0.0 && max_lr > min_lr && max_lr.is_finite()) {
        return Err(Error::argument("min_lr", "should be above 0 and below max_lr"));
    }
    if loader.is_empty() {
        return Err(Error::argument("loader", "has no batch"));
    }
    let _loader = loader.set_aside();
    let before = State::of(model, optimizer).state_dict();
    let lrs = (0..num_training).map(|i| {
        min_lr * (max_lr / min_lr).powf(i as f64 / num_training.saturating_sub(1).max(1) as f64)
    });
    let mut found = LrFinder { lrs: Vec::new(), losses: Vec::new(), suggestion: None };
    let tried = try_each(lrs, model, optimizer, loader, loss, early_stop_threshold, &mut found);
    optimizer.zero_grad();
    State::of(model, optimizer).load_state_dict(&before)?;
    tried?;
    found.suggestion = steepest(&found);
    Ok(found)
}

fn try_each<M: Module, D: Dataset + 'static>(
    lrs: impl Iterator<Item = f64>,
    model: &M,
    optimizer: &mut dyn Optimizer,
    loader: &DataLoader<D>,
    loss: impl Fn(&M, D::Sample) -> Tensor,
    early_stop_threshold: f64,
    found: &mut LrFinder,
) -> Result<()> {
    let (mut smoothed, mut best) = (0.0, f64::INFINITY);
    let mut epoch = loader.iter();
    let batches = iter::from_fn(|| {
        epoch.next().or_else(|| {
            epoch = loader.iter();
            epoch.next()
        })
    });
    for (lr, batch) in lrs.zip(batches) {
        optimizer.param_groups_mut().into_iter().for_each(|group| group.set_lr(lr));
        optimizer.zero_grad();
        let loss = loss(model, batch?);
        loss.backward();
        optimizer.step();
        smoothed = BETA * smoothed + (1.0 - BETA) * loss.item();
        let corrected = smoothed / (1.0 - BETA.powi(found.lrs.len() as i32 + 1));
        if !corrected.is_finite() || corrected > early_stop_threshold * best {
            break;
        }
        best = corrected.min(best);
        found.lrs.push(lr);
        found.losses.push(corrected);
    }
    Ok(())
}

/// The rate at which the loss falls fastest.
fn steepest(found: &LrFinder) -> Option<f64> {
    let slopes = found.losses.windows(2).map(|pair| pair[1] - pair[0]);
    let slopes = slopes.zip(&found.lrs).skip(SKIPPED).filter(|(slope, _)| *slope < 0.0);
    slopes.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, lr)| *lr)
}

impl LrFinder {
    /// The losses over the rates, with the suggestion.
    pub fn plot(&self) -> Picture {
        plot::learning_rates(&self.lrs, &self.losses, self.suggestion)
    }
}
