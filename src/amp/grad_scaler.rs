//! Gradients that half precision has room for.

use indexmap::IndexMap;
use tch::{Device, Kind, Tensor};

use crate::ffi::{self, Gradient, Scaling};
use crate::object::Object;
use crate::optim::Optimizer;
use crate::torch::{Number, no_grad};
use crate::{Error, Result};

/// Scales the loss, so that small gradients are not lost in half precision: [`torch.amp.GradScaler`].
///
/// Below 6·10⁻⁸ a half-precision number is 0. The loss is therefore multiplied by a scale before the
/// backward pass, and the gradients are divided by it before the step:
///
/// - [`scale`](Self::scale) multiplies the loss.
/// - [`step`](Self::step) divides the gradients and lets the optimizer step, unless one of them is
///   infinite or NaN, which a scale that is too large makes them: then there is no step.
/// - [`update`](Self::update) sets the scale of the next iteration. It is multiplied by
///   `backoff_factor` where a step was left out, and by `growth_factor` after `growth_interval`
///   iterations without one.
///
/// bf16 has the range of single precision, and needs no scaler.
///
/// # Keywords
/// Set by name between [`GradScaler::options`] and `.build()`:
///
/// - `init_scale`: the first scale, 65536 by default.
/// - `growth_factor`: what the scale is multiplied by to grow, 2 by default.
/// - `backoff_factor`: what the scale is multiplied by where a gradient is not finite, 0.5 by default.
/// - `growth_interval`: after how many steps in a row the scale grows, 2000 by default.
/// - `enabled`: whether to scale at all, true by default. Otherwise [`step`](Self::step) is the
///   optimizer's own, and the rest does nothing.
///
/// # Panics
/// When `growth_factor` is not above 1 or `backoff_factor` not below it, and where the methods are
/// called in another order than this, in PyTorch's words.
///
/// ```
/// use flambeau::amp::{GradScaler, autocast};
/// use flambeau::prelude::*;
///
/// let model = nn::Linear::new(4, 3);
/// let mut optimizer = optim::SGD::new(model.parameters(), 0.1);
/// let mut scaler = GradScaler::new(Device::Cpu);
/// let inputs = torch::randn([8, 4]);
/// for _ in 0..3 {
///     optimizer.zero_grad();
///     let loss = autocast(Device::Cpu, || model.forward(&inputs).square().mean(Kind::Float));
///     scaler.scale(&loss).backward();
///     scaler.step(&mut optimizer);
///     scaler.update();
/// }
/// assert_eq!(scaler.get_scale(), 65536.0);
/// ```
///
/// Gradients that are clipped are unscaled first:
///
/// ```
/// # use flambeau::amp::GradScaler;
/// # use flambeau::prelude::*;
/// # let model = nn::Linear::new(4, 3);
/// # let mut optimizer = optim::SGD::new(model.parameters(), 0.1);
/// # let mut scaler = GradScaler::new(Device::Cpu);
/// # let loss = model.forward(&torch::ones([8, 4])).mean(Kind::Float);
/// scaler.scale(&loss).backward();
/// scaler.unscale_(&mut optimizer);
/// let _ = nn::utils::clip_grad_norm_(&model.parameters(), 1.0);
/// scaler.step(&mut optimizer);
/// scaler.update();
/// ```
///
/// [`torch.amp.GradScaler`]: https://docs.pytorch.org/docs/stable/amp.html#torch.amp.GradScaler
#[derive(Debug)]
pub struct GradScaler {
    device: Device,
    enabled: bool,
    init_scale: f64,
    init_growth_tracker: i64,
    growth_factor: f64,
    backoff_factor: f64,
    growth_interval: i64,
    /// On the device of the first outputs that were scaled.
    tensors: Option<Tensors>,
    /// How far each optimizer has come in this iteration, by its first parameter.
    optimizers: IndexMap<Option<usize>, Progress>,
}

/// What the kernels work on.
#[derive(Debug)]
struct Tensors {
    scale: Tensor,
    /// How many steps there have been since the scale was changed.
    growth_tracker: Tensor,
}

/// How far an optimizer has come in an iteration.
#[derive(Debug, Default)]
struct Progress {
    stage: Stage,
    /// For each device that gradients are on, 1 where one of them is not finite, else 0.
    found_inf: Vec<Tensor>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Stage {
    #[default]
    Ready,
    Unscaled,
    Stepped,
}

#[bon::bon]
impl GradScaler {
    /// A scaler for losses on a device of this type, with all else by default.
    ///
    /// Where CUDA is not to be had, one for `Device::Cuda` is disabled, as in Python, which warns of
    /// it. The warning goes to the `log` crate.
    pub fn new(device: Device) -> Self {
        Self::options(device).build()
    }

    /// Begins a scaler whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = GradScalerOptions, vis = "pub"),
        on(f64, into)
    )]
    #[track_caller]
    fn with(
        #[builder(start_fn)] device: Device,
        /// The first scale.
        #[builder(default = 65536.0)]
        init_scale: f64,
        /// What the scale is multiplied by to grow.
        #[builder(default = 2.0)]
        growth_factor: f64,
        /// What the scale is multiplied by where a gradient is not finite.
        #[builder(default = 0.5)]
        backoff_factor: f64,
        /// After how many steps in a row the scale grows.
        #[builder(default = 2000)]
        growth_interval: i64,
        /// Whether to scale at all.
        #[builder(default = true)]
        mut enabled: bool,
    ) -> Self {
        if enabled && matches!(device, Device::Cuda(_)) && !tch::Cuda::is_available() {
            log::warn!(
                "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling."
            );
            enabled = false;
        }
        if enabled {
            assert!(growth_factor > 1.0, "The growth factor must be > 1.0.");
            assert!(backoff_factor < 1.0, "The backoff factor must be < 1.0.");
        }
        Self {
            device,
            enabled,
            init_scale,
            init_growth_tracker: 0,
            growth_factor,
            backoff_factor,
            growth_interval,
            tensors: None,
            optimizers: IndexMap::new(),
        }
    }

    /// `outputs` multiplied by the scale: a tensor, or several.
    ///
    /// ```
    /// use flambeau::amp::GradScaler;
    /// use flambeau::prelude::*;
    ///
    /// let mut scaler = GradScaler::options(Device::Cpu).init_scale(8).build();
    /// assert_eq!(scaler.scale(&Tensor::from(0.5_f32)).item(), 4.0);
    /// let [a, b] = scaler.scale([&Tensor::from(1_f32), &Tensor::from(2_f32)]);
    /// assert_eq!((a.item(), b.item()), (8.0, 16.0));
    /// ```
    pub fn scale<O: Outputs>(&mut self, outputs: O) -> O::Scaled {
        outputs.map(&mut |output| self.scale_one(output))
    }

    fn scale_one(&mut self, output: &Tensor) -> Tensor {
        if !self.enabled {
            return output.shallow_clone();
        }
        let (scale, growth_tracker) = (self.init_scale, self.init_growth_tracker);
        let device = output.device();
        let tensors = self.tensors.get_or_insert_with(|| Tensors {
            scale: Tensor::full([], scale, (Kind::Float, device)),
            growth_tracker: Tensor::full([], growth_tracker, (Kind::Int, device)),
        });
        output * tensors.scale.to_device(device)
    }

    /// Divides the gradients of the optimizer's parameters by the scale, and looks whether all are
    /// finite. Without it, [`step`](Self::step) does so.
    ///
    /// It is called once an iteration, when all gradients of the optimizer are there. Optimizers
    /// are told apart by their first parameter.
    ///
    /// # Panics
    /// When nothing was scaled before, when it is called twice in an iteration or after
    /// [`step`](Self::step), and when a gradient is in half precision, in PyTorch's words.
    #[track_caller]
    pub fn unscale_(&mut self, optimizer: &mut dyn Optimizer) {
        if !self.enabled {
            return;
        }
        let scale = self.tensors("unscale_").scale.shallow_clone();
        let progress = self.optimizers.entry(identity(optimizer)).or_default();
        match progress.stage {
            Stage::Ready => {}
            Stage::Unscaled => panic!(
                "unscale_() has already been called on this optimizer since the last update()."
            ),
            Stage::Stepped => panic!("unscale_() is being called after step()."),
        }
        // A quotient in single precision would be another in its last bit.
        let inv_scale = scale.to_kind(Kind::Double).reciprocal().to_kind(Kind::Float);
        progress.found_inf = unscale_grads_(optimizer, &inv_scale, false);
        progress.stage = Stage::Unscaled;
    }

    /// Lets the optimizer step, by gradients that are divided by the scale, unless one of them is not
    /// finite.
    ///
    /// An optimizer that is `fused` leaves both to its kernel, as in Python. There, SGD's momentum is
    /// memory that nobody wrote to after a first step that was left out; here it begins with the next.
    ///
    /// # Panics
    /// When nothing was scaled before, when the optimizer has stepped in this iteration already, and
    /// when it has no gradients, in PyTorch's words; and where [`Optimizer::step`] does.
    #[track_caller]
    pub fn step(&mut self, optimizer: &mut dyn Optimizer) {
        if !self.enabled {
            return optimizer.step();
        }
        let scale = self.tensors("step").scale.shallow_clone();
        let id = identity(optimizer);
        let stage = self.optimizers.entry(id).or_default().stage;
        assert!(stage != Stage::Stepped, "step() has already been called since the last update().");
        if optimizer.step_supports_amp_scaling() {
            let progress = &mut self.optimizers[&id];
            if stage == Stage::Ready {
                progress.found_inf = unscale_grads_(optimizer, &scale.ones_like(), true);
            }
            optimizer.step_scaled(&Scaling {
                grad_scale: (stage == Stage::Ready).then(|| scale.shallow_clone()),
                found_inf: sum(progress.found_inf.iter(), scale.device()),
            });
        } else {
            if stage == Stage::Ready {
                self.unscale_(optimizer);
            }
            let found_inf = &self.optimizers[&id].found_inf;
            assert!(!found_inf.is_empty(), "No inf checks were recorded for this optimizer.");
            if found_inf.iter().all(|found| found.double_value(&[]) == 0.0) {
                optimizer.step();
            }
        }
        self.optimizers[&id].stage = Stage::Stepped;
    }

    /// Sets the scale of the next iteration, after all optimizers have stepped.
    ///
    /// # Panics
    /// When nothing was scaled, or no optimizer had gradients, in PyTorch's words.
    #[track_caller]
    pub fn update(&mut self) {
        self.update_options().call();
    }

    /// [`update`](Self::update) with a keyword, set by name before `.call()`.
    ///
    /// # Panics
    /// As `update` does; and when `new_scale` is a tensor that is not on a device of the scaler's
    /// type, not of one number, or one that requires a gradient.
    ///
    /// ```
    /// use flambeau::amp::GradScaler;
    /// use flambeau::prelude::*;
    ///
    /// let mut scaler = GradScaler::new(Device::Cpu);
    /// let _ = scaler.scale(&Tensor::from(1_f32));
    /// scaler.update_options().new_scale(1024.0).call();
    /// assert_eq!(scaler.get_scale(), 1024.0);
    /// ```
    #[builder(
        start_fn(name = update_options, vis = "pub"),
        finish_fn = call,
        builder_type(name = UpdateCall, vis = "pub")
    )]
    #[track_caller]
    fn update_with(
        &mut self,
        /// The scale to go on with, whatever was found in the gradients.
        #[builder(into)]
        new_scale: Option<NewScale>,
    ) {
        if !self.enabled {
            return;
        }
        let Tensors { scale, growth_tracker } = self.tensors("update");
        let mut scale = scale.shallow_clone();
        match new_scale {
            Some(NewScale::Number(number)) => _ = scale.fill_(number),
            Some(NewScale::Tensor(tensor)) => {
                let on_such_a_device = std::mem::discriminant(&tensor.device())
                    == std::mem::discriminant(&self.device);
                assert!(
                    on_such_a_device && tensor.numel() == 1 && !tensor.requires_grad(),
                    "new_scale should be a float or a 1-element torch.cuda.FloatTensor or \
                     torch.FloatTensor with requires_grad=False."
                );
                scale.copy_(&tensor);
            }
            None => {
                let found = self.optimizers.values().flat_map(|progress| &progress.found_inf);
                let found = sum(found, scale.device())
                    .expect("No inf checks were recorded prior to update.");
                let _ = scale.internal_amp_update_scale_(
                    growth_tracker,
                    &found,
                    self.growth_factor,
                    self.backoff_factor,
                    self.growth_interval,
                );
            }
        }
        self.optimizers.clear();
    }

    /// What the kernels work on, which is there when something was scaled.
    #[track_caller]
    fn tensors(&self, name: &str) -> &Tensors {
        self.tensors.as_ref().unwrap_or_else(|| {
            panic!(
                "Attempted {name} but _scale is None.  This may indicate your script did not use \
                 scaler.scale(loss or outputs) earlier in the iteration."
            )
        })
    }

    /// The scale; 1 of a scaler that is disabled. On a GPU this waits for it.
    pub fn get_scale(&self) -> f64 {
        match &self.tensors {
            _ if !self.enabled => 1.0,
            Some(tensors) => tensors.scale.double_value(&[]),
            None => self.init_scale,
        }
    }

    /// What the scale is multiplied by to grow.
    pub fn get_growth_factor(&self) -> f64 {
        self.growth_factor
    }

    /// Sets what the scale is multiplied by to grow.
    pub fn set_growth_factor(&mut self, new_factor: f64) {
        self.growth_factor = new_factor;
    }

    /// What the scale is multiplied by where a gradient is not finite.
    pub fn get_backoff_factor(&self) -> f64 {
        self.backoff_factor
    }

    /// Sets what the scale is multiplied by where a gradient is not finite.
    pub fn set_backoff_factor(&mut self, new_factor: f64) {
        self.backoff_factor = new_factor;
    }

    /// After how many steps in a row the scale grows.
    pub fn get_growth_interval(&self) -> i64 {
        self.growth_interval
    }

    /// Sets after how many steps in a row the scale grows.
    pub fn set_growth_interval(&mut self, new_interval: i64) {
        self.growth_interval = new_interval;
    }

    /// How many steps there have been since the scale was changed.
    fn growth_tracker(&self) -> i64 {
        let tensors = self.tensors.as_ref();
        tensors.map_or(self.init_growth_tracker, |tensors| tensors.growth_tracker.int64_value(&[]))
    }

    /// Does it scale?
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// The state in Python's layout: `{"scale": 65536.0, "growth_factor": 2.0, "backoff_factor": 0.5,
    /// "growth_interval": 2000, "_growth_tracker": 0}`, of a scaler that is disabled `{}`. It is asked
    /// for after [`update`](Self::update).
    ///
    /// ```
    /// use flambeau::amp::GradScaler;
    /// use flambeau::prelude::*;
    ///
    /// let scaler = GradScaler::options(Device::Cpu).init_scale(1024).build();
    /// let mut again = GradScaler::new(Device::Cpu);
    /// again.load_state_dict(&scaler.state_dict())?;
    /// assert_eq!(again.get_scale(), 1024.0);
    /// # Ok::<(), flambeau::Error>(())
    /// ```
    pub fn state_dict(&self) -> Object {
        let entries = [
            ("scale", self.get_scale().into()),
            ("growth_factor", self.growth_factor.into()),
            ("backoff_factor", self.backoff_factor.into()),
            ("growth_interval", self.growth_interval.into()),
            ("_growth_tracker", self.growth_tracker().into()),
        ];
        Object::dict(entries.into_iter().filter(|_| self.enabled))
    }

    /// Takes over what [`state_dict`](Self::state_dict) gave, here or in Python. A scaler that is
    /// disabled takes nothing.
    ///
    /// # Errors
    /// When the state is that of a scaler that is disabled, or a value is missing or not what it
    /// should be. Nothing has then been changed.
    pub fn load_state_dict(&mut self, state: &Object) -> Result<()> {
        if !self.enabled {
            return Ok(());
        }
        let entries = state.as_dict().ok_or_else(|| wrong("is no dictionary"))?;
        if entries.is_empty() {
            return Err(wrong(
                "The source state dict is empty, possibly because it was saved from a disabled \
                 instance of GradScaler.",
            ));
        }
        let value = |name| state.get(name).ok_or_else(|| wrong(format!("has no '{name}'")));
        let unfit = |name, value| wrong(format!("'{name}' cannot be {value}"));
        let number = |name| {
            let value = value(name)?;
            value.as_f64().ok_or_else(|| unfit(name, value))
        };
        let count = |name| {
            let value = value(name)?;
            value.as_i64().ok_or_else(|| unfit(name, value))
        };
        let (scale, growth_factor) = (number("scale")?, number("growth_factor")?);
        // The kernels count in single precision.
        if scale.is_finite() && scale.abs() > f64::from(f32::MAX) {
            return Err(wrong(format!("'scale' cannot be {scale}")));
        }
        let backoff_factor = number("backoff_factor")?;
        let growth_interval = count("growth_interval")?;
        let growth_tracker = count("_growth_tracker")?;
        if i32::try_from(growth_tracker).is_err() {
            return Err(wrong(format!("'_growth_tracker' cannot be {growth_tracker}")));
        }
        (self.init_scale, self.init_growth_tracker) = (scale, growth_tracker);
        (self.growth_factor, self.backoff_factor) = (growth_factor, backoff_factor);
        self.growth_interval = growth_interval;
        if let Some(tensors) = &mut self.tensors {
            let _ = tensors.scale.fill_(scale);
            let _ = tensors.growth_tracker.fill_(growth_tracker);
        }
        Ok(())
    }
}

fn wrong(problem: impl ToString) -> Error {
    Error::argument("scaler state", problem)
}

/// By what an optimizer is known from one call to the next, wherever it has been moved to.
fn identity(optimizer: &dyn Optimizer) -> Option<usize> {
    let groups = optimizer.param_groups();
    groups.iter().flat_map(|group| group.params()).next().map(ffi::identity)
}

/// Multiplies all gradients by `inv_scale`. For each device that there are some on, it gives 1 where
/// one is not finite, else 0.
#[track_caller]
fn unscale_grads_(optimizer: &dyn Optimizer, inv_scale: &Tensor, allow_fp16: bool) -> Vec<Tensor> {
    // A kernel takes gradients of one device and kind.
    let mut grads: IndexMap<Device, IndexMap<Kind, Vec<Tensor>>> = IndexMap::new();
    for group in optimizer.param_groups() {
        for (param, gradient) in group.params().iter().zip(ffi::gradients(group.params())) {
            let grad = match gradient {
                Gradient::None => continue,
                Gradient::Dense => param.grad(),
                Gradient::Sparse => no_grad(|| param.grad().internal_values()),
            };
            assert!(
                allow_fp16 || grad.kind() != Kind::Half,
                "Attempting to unscale FP16 gradients."
            );
            grads.entry(grad.device()).or_default().entry(grad.kind()).or_default().push(grad);
        }
    }
    let on_device = |(device, grads): (&Device, &IndexMap<Kind, Vec<Tensor>>)| {
        let found_inf = Tensor::zeros([], (Kind::Float, *device));
        let inv_scale = inv_scale.to_device(*device);
        for grads in grads.values() {
            no_grad(|| ffi::unscale_(grads, &found_inf, &inv_scale));
        }
        found_inf
    };
    grads.iter().map(on_device).collect()
}

/// The sum of what was found, on this device: above 0 where anything was.
fn sum<'a>(found_inf: impl Iterator<Item = &'a Tensor>, device: Device) -> Option<Tensor> {
    found_inf.map(|found| found.to_device(device)).reduce(|a, b| a + b)
}

/// What [`GradScaler::scale`] takes: a tensor or several, by reference.
pub trait Outputs {
    /// As many tensors.
    type Scaled;
    #[doc(hidden)]
    fn map(self, scale: &mut dyn FnMut(&Tensor) -> Tensor) -> Self::Scaled;
}

impl Outputs for &Tensor {
    type Scaled = Tensor;

    fn map(self, scale: &mut dyn FnMut(&Tensor) -> Tensor) -> Tensor {
        scale(self)
    }
}

impl Outputs for &[Tensor] {
    type Scaled = Vec<Tensor>;

    fn map(self, scale: &mut dyn FnMut(&Tensor) -> Tensor) -> Vec<Tensor> {
        self.iter().map(scale).collect()
    }
}

impl<const N: usize> Outputs for [&Tensor; N] {
    type Scaled = [Tensor; N];

    fn map(self, scale: &mut dyn FnMut(&Tensor) -> Tensor) -> [Tensor; N] {
        self.map(scale)
    }
}

/// The scale that is given to [`GradScaler::update_options`]: a number, or a tensor of one.
#[derive(Debug)]
pub enum NewScale {
    /// A number.
    Number(f64),
    /// A tensor, whose number is copied.
    Tensor(Tensor),
}

impl<N: Into<Number>> From<N> for NewScale {
    fn from(number: N) -> Self {
        Self::Number(number.into().to_f64())
    }
}

impl From<&Tensor> for NewScale {
    fn from(tensor: &Tensor) -> Self {
        Self::Tensor(tensor.shallow_clone())
    }
}
