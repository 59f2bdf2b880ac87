//! Averages of a model's weights over its training: [`torch.optim.swa_utils`].
//!
//! [`torch.optim.swa_utils`]: https://docs.pytorch.org/docs/stable/optim.html#weight-averaging-swa-and-ema

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use flambeau_derive::function;
use tch::{Device, Kind, Tensor};

pub use super::lr_scheduler::SWALR;
use crate::nn::{self, BatchNorm, Buffer, Forward, Modes, Module, SyncBatchNorm};
use crate::refusal::check;
use crate::{Result, torch};

/// What makes the new average of the one so far, the model's values and how many the average is of.
type AvgFn = Arc<dyn Fn(&Tensor, &Tensor, i64) -> Tensor + Send + Sync>;

/// The mean of all: a ← a + (θ - a)/(n + 1), [`AveragedModel`]'s default:
/// [`torch.optim.swa_utils.get_swa_avg_fn`].
///
/// ```
/// use flambeau::Tensor;
/// use flambeau::optim::swa_utils::get_swa_avg_fn;
///
/// // The mean of three numbers was 2, the fourth is 6.
/// let mean = get_swa_avg_fn()(&Tensor::from(2.0_f32), &Tensor::from(6.0_f32), 3);
/// assert_eq!(mean, Tensor::from(3.0_f32));
/// ```
///
/// [`torch.optim.swa_utils.get_swa_avg_fn`]: https://docs.pytorch.org/docs/stable/optim.html#weight-averaging-swa-and-ema
pub fn get_swa_avg_fn() -> impl Fn(&Tensor, &Tensor, i64) -> Tensor + Send + Sync + 'static {
    |averaged: &Tensor, current: &Tensor, num_averaged: i64| {
        averaged + (current - averaged) / (num_averaged + 1) as f64
    }
}

/// As [`get_swa_avg_fn`], with the last bits of Python's function of this name, its default on a
/// GPU: a ← lerp(a, θ, 1/(n + 1)). Whole numbers, which Python's refuses, go by the other formula.
pub fn get_swa_multi_avg_fn() -> impl Fn(&Tensor, &Tensor, i64) -> Tensor + Send + Sync + 'static {
    let of_whole_numbers = get_swa_avg_fn();
    move |averaged: &Tensor, current: &Tensor, num_averaged: i64| {
        if can_lerp(averaged) {
            // The weight is a tensor in Python.
            averaged.lerp(current, f64::from(1.0 / (num_averaged + 1) as f32))
        } else {
            of_whole_numbers(averaged, current, num_averaged)
        }
    }
}

/// The mean that forgets: a ← `decay`·a + (1 - `decay`)·θ: [`torch.optim.swa_utils.get_ema_avg_fn`].
///
/// ```
/// use flambeau::Tensor;
/// use flambeau::optim::swa_utils::get_ema_avg_fn_options;
///
/// let avg_fn = get_ema_avg_fn_options().decay(0.75).call();
/// let mean = avg_fn(&Tensor::from(2.0_f32), &Tensor::from(6.0_f32), 3);
/// assert_eq!(mean, Tensor::from(3.0_f32));
/// ```
///
/// [`torch.optim.swa_utils.get_ema_avg_fn`]: https://docs.pytorch.org/docs/stable/optim.html#weight-averaging-swa-and-ema
///
/// # Panics
/// When `decay` is not between 0 and 1, in PyTorch's words.
#[function]
pub fn get_ema_avg_fn(
    /// How much of the average stays at each step.
    #[builder(default = 0.999)]
    decay: f64,
) -> impl Fn(&Tensor, &Tensor, i64) -> Tensor + Send + Sync + 'static {
    check_decay(decay);
    move |averaged: &Tensor, current: &Tensor, _| averaged * decay + current * (1.0 - decay)
}

/// As [`get_ema_avg_fn`], with the last bits of Python's function of this name:
/// a ← lerp(a, θ, 1 - `decay`). Whole numbers go by the other formula, as there.
///
/// # Panics
/// When `decay` is not between 0 and 1, in PyTorch's words.
#[function]
pub fn get_ema_multi_avg_fn(
    /// How much of the average stays at each step.
    #[builder(default = 0.999)]
    decay: f64,
) -> impl Fn(&Tensor, &Tensor, i64) -> Tensor + Send + Sync + 'static {
    let of_whole_numbers = get_ema_avg_fn_options().decay(decay).call();
    move |averaged: &Tensor, current: &Tensor, num_averaged: i64| {
        if can_lerp(averaged) {
            averaged.lerp(current, 1.0 - decay)
        } else {
            of_whole_numbers(averaged, current, num_averaged)
        }
    }
}

fn check_decay(decay: f64) {
    check!(
        (0.0..=1.0).contains(&decay),
        "Invalid decay value {decay:?} provided. Please provide a value in [0,1] range."
    );
}

fn can_lerp(tensor: &Tensor) -> bool {
    tensor.is_floating_point() || tensor.is_complex()
}

/// A model whose weights are averages of another's, taken as that one is trained:
/// [`torch.optim.swa_utils.AveragedModel`] ([Izmailov et al., 2018](https://arxiv.org/abs/1803.05407)).
///
/// The first [`update_parameters`](Self::update_parameters) copies the model's values; each that
/// follows takes them into the average, which is their mean ([`get_swa_avg_fn`]), if no other is
/// asked for. Python's `multi_avg_fn`, which does for lists of tensors what `avg_fn` does for one,
/// is `avg_fn` here: `avg_fn(get_ema_multi_avg_fn())`.
///
/// Buffers are the model's own, or averages too with `use_buffers(true)`. The statistics of batch
/// normalisation do not fit averaged weights: either average them, or take them anew at the end
/// with [`update_bn`].
///
/// It is a module by itself, whose state is `n_averaged`, of how many the average is, and the
/// averaged `module.…`; the function is no part of it.
///
/// ```
/// use flambeau::optim::swa_utils::{self, AveragedModel};
/// use flambeau::prelude::*;
///
/// let model = nn::Linear::new(2, 1);
/// let mut optimizer = optim::SGD::new(model.parameters(), 0.1);
/// let swa_model = AveragedModel::new(&model);
/// let avg_fn = swa_utils::get_ema_multi_avg_fn_options().decay(0.99).call();
/// let ema_model = AveragedModel::options(&model).avg_fn(avg_fn).build();
/// let x = torch::ones([8, 2]);
/// for _ in 0..3 {
///     optimizer.zero_grad();
///     torch::mean(&model.forward(&x).square()).backward();
///     optimizer.step();
///     swa_model.update_parameters(&model);
///     ema_model.update_parameters(&model);
/// }
/// assert_eq!(swa_model.forward(&x).size(), [8, 1]);
/// assert_eq!(
///     swa_model.state_dict().keys().collect::<Vec<_>>(),
///     ["n_averaged", "module.weight", "module.bias"],
/// );
/// assert_eq!(swa_model.n_averaged.item(), 3.0);
/// ```
///
/// [`torch.optim.swa_utils.AveragedModel`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.AveragedModel.html
#[derive(Module)]
pub struct AveragedModel<M: Module> {
    /// The model with the averaged weights.
    pub module: M,
    /// Of how many the average is.
    pub n_averaged: Buffer,
    #[module(skip)]
    avg_fn: Option<AvgFn>,
    #[module(skip)]
    use_buffers: bool,
}

#[bon::bon]
impl<M: Module> AveragedModel<M> {
    /// The mean of `model`'s weights, which begins with a [copy](nn::deepcopy) of it.
    pub fn new(model: &M) -> Self {
        Self::options(model).build()
    }

    /// Begins an averaged model whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = AveragedModelOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] model: &M,
        /// Where the averages are, if not beside the model's weights.
        device: Option<Device>,
        /// What makes the new average of the one so far, the model's values and how many the
        /// average is of.
        #[builder(with = |avg_fn: impl Fn(&Tensor, &Tensor, i64) -> Tensor + Send + Sync + 'static| {
            Arc::new(avg_fn)
        })]
        avg_fn: Option<AvgFn>,
        /// Whether buffers are averaged too, rather than the model's.
        #[builder(default)]
        use_buffers: bool,
    ) -> Self {
        let n_averaged = Buffer::new(Tensor::zeros([0_i64; 0], (Kind::Int64, Device::Cpu)));
        let averaged = Self { module: nn::deepcopy(model), n_averaged, avg_fn, use_buffers };
        if let Some(device) = device {
            averaged.to(device).unwrap_or_else(|error| panic!("{error}"));
        }
        averaged
    }
}

impl<M: Module> AveragedModel<M> {
    /// Takes the values that `model` has now into the average.
    ///
    /// # Panics
    /// When it is not built as the model that this one was made of; nothing is averaged then.
    #[track_caller]
    pub fn update_parameters(&self, model: &M) {
        let (mut averages, mut values) = (self.module.parameters(), model.parameters());
        let (mut kept, mut buffers) = (self.module.buffers(), model.buffers());
        assert!(
            (averages.len(), kept.len()) == (values.len(), buffers.len()),
            "the model has not the parameters and buffers of the one that is averaged"
        );
        if self.use_buffers {
            averages.append(&mut kept);
            values.append(&mut buffers);
        }
        let num_averaged = self.n_averaged.int64_value(&[]);
        for (average, value) in averages.iter().zip(&values) {
            assert!(
                average.size() == value.size(),
                "the model's tensors have not the shapes of those that are averaged: {:?}, not {:?}",
                value.size(),
                average.size()
            );
        }
        torch::no_grad(|| {
            for (average, value) in averages.iter_mut().zip(values) {
                let value = value.to_device(average.device());
                let value =
                    if num_averaged == 0 { value } else { self.avg(average, &value, num_averaged) };
                average.copy_(&value);
            }
            for (buffer, value) in kept.iter_mut().zip(buffers) {
                buffer.copy_(&value);
            }
            let _ = self.n_averaged.shallow_clone().g_add_scalar_(1);
        });
    }

    fn avg(&self, average: &Tensor, value: &Tensor, num_averaged: i64) -> Tensor {
        match &self.avg_fn {
            Some(avg_fn) => avg_fn(average, value, num_averaged),
            None if average.device() == Device::Cpu => {
                get_swa_avg_fn()(average, value, num_averaged)
            }
            None => get_swa_multi_avg_fn()(average, value, num_averaged),
        }
    }
}

impl<M: Forward> Forward for AveragedModel<M> {
    fn forward(&self, input: &Tensor) -> Tensor {
        nn::call(&self.module, input)
    }
}

impl<M: Module> fmt::Debug for AveragedModel<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("AveragedModel");
        fields.field("module", &self.module).field("n_averaged", &self.n_averaged);
        fields.field("use_buffers", &self.use_buffers).finish_non_exhaustive()
    }
}

/// Takes the statistics of the model's batch normalisation anew, as the mean over all batches of
/// `loader`, each of which the model is called on: [`torch.optim.swa_utils.update_bn`].
///
/// The batches are inputs alone, on the model's device, or go to it first:
/// `update_bn_options(loader, &model).device(device).call()`. A model without running statistics is
/// not called. Afterwards each module is in training or evaluation as it was.
///
/// # Errors
/// The first error that comes in a batch's place. The statistics are then those of the batches
/// before it.
///
/// ```
/// use flambeau::optim::swa_utils;
/// use flambeau::prelude::*;
///
/// let model = nn::BatchNorm1d::new(3);
/// let x = torch::randn([20, 3]);
/// swa_utils::update_bn(x.split(5, 0).into_iter().map(Ok), &model)?;
/// // Of a DataLoader's pairs: update_bn(loader.iter().map(|batch| Ok(batch?.0)), &model)?
/// let mean = torch::mean_options(&x).dim(0).call();
/// assert!((model.running_mean.as_deref().unwrap() - mean).abs().max().item() < 1e-6);
/// # Ok::<(), flambeau::Error>(())
/// ```
///
/// [`torch.optim.swa_utils.update_bn`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.update_bn.html
pub fn update_bn(
    loader: impl IntoIterator<Item = Result<Tensor>>,
    model: &impl Forward,
) -> Result<()> {
    update_bn_options(loader, model).call()
}

#[bon::builder(
    start_fn(name = update_bn_options, vis = "pub", doc {
        /// [`update_bn`] with keywords, which are set before `.call()`: `device`.
    }),
    finish_fn = call,
    builder_type(name = UpdateBnCall, vis = "pub")
)]
fn update_bn_with<B: IntoIterator<Item = Result<Tensor>>, M: Forward>(
    #[builder(start_fn)] loader: B,
    #[builder(start_fn)] model: &M,
    /// Where the batches go before the model is called on them.
    device: Option<Device>,
) -> Result<()> {
    let modules = model.modules();
    let momenta: Vec<_> = modules.into_iter().filter_map(reset).collect();
    if momenta.is_empty() {
        return Ok(());
    }
    let _momenta = Momenta(momenta.iter().map(|momentum| (*momentum, momentum.take())).collect());
    let _modes = Modes::of(model);
    model.train();
    torch::no_grad(|| {
        loader.into_iter().try_for_each(|input| {
            let input = input?;
            let input = device.map_or(input.shallow_clone(), |device| input.to_device(device));
            let _ = nn::call(model, &input);
            Ok(())
        })
    })
}

/// The momenta that [`update_bn`] takes away for its duration. They are back at the end, also after a
/// panic.
struct Momenta<'a>(Vec<(&'a Cell<Option<torch::Number>>, Option<torch::Number>)>);

impl Drop for Momenta<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|(momentum, before)| momentum.set(*before));
    }
}

/// Forgets the module's running statistics, if it is batch normalisation: its momentum.
fn reset(module: &dyn Module) -> Option<&Cell<Option<torch::Number>>> {
    fn begin<const N: usize>(norm: &BatchNorm<N>) -> &Cell<Option<torch::Number>> {
        norm.reset_running_stats();
        &norm.momentum
    }
    let of_all_ranks = || module.downcast_ref().map(|synced: &SyncBatchNorm| begin(&synced.norm));
    let of_one = module.downcast_ref().map(begin::<1>);
    let of_one = of_one.or_else(|| module.downcast_ref().map(begin::<2>));
    of_one.or_else(|| module.downcast_ref().map(begin::<3>)).or_else(of_all_ranks)
}
