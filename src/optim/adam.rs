//! Adam.

use tch::{Device, Kind, Tensor};

use super::Optimizer;
use crate::ffi;

/// Adam: each parameter moves by the running mean of its gradients, divided by the root of the
/// running mean of their squares. [`torch.optim.Adam`] ([Kingma and Ba, 2014]).
///
/// With g the gradient (plus `weight_decay` · θ) and t the number of steps:
///
/// - m ← β₁·m + (1 - β₁)·g, v ← β₂·v + (1 - β₂)·g²
/// - θ ← θ - `lr` · m/(1 - β₁ᵗ) / (√(v/(1 - β₂ᵗ)) + `eps`)
///
/// With `amsgrad` the largest v so far stands in v's place.
///
/// # Panics
/// When an option is outside its range, in PyTorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let model = nn::Linear::new(2, 1);
/// let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
/// let loss = model.forward(&Tensor::ones([8, 2], (Kind::Float, Device::Cpu))).mean(None);
/// optimizer.zero_grad();
/// loss.backward();
/// optimizer.step();
/// assert_eq!(optimizer.state()[0].as_ref().unwrap().step.double_value(&[]), 1.0);
/// ```
///
/// [`torch.optim.Adam`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html
/// [Kingma and Ba, 2014]: https://arxiv.org/abs/1412.6980
#[derive(Debug)]
pub struct Adam {
    params: Vec<Tensor>,
    state: Vec<Option<AdamState>>,
    options: ffi::AdamOptions,
    fused: bool,
}

/// What Adam keeps of one parameter, from its first gradient on, under Python's names.
#[derive(Debug)]
pub struct AdamState {
    /// How many steps were taken, one number.
    pub step: Tensor,
    /// m, the running mean of the gradients.
    pub exp_avg: Tensor,
    /// v, the running mean of their squares.
    pub exp_avg_sq: Tensor,
    /// The largest v so far, with `amsgrad`.
    pub max_exp_avg_sq: Option<Tensor>,
}

impl AdamState {
    fn new(param: &Tensor, amsgrad: bool, fused: bool) -> Self {
        // The loop reads the step on the host at each step, the fused kernel where it runs.
        let device = if fused { param.device() } else { Device::Cpu };
        Self {
            step: Tensor::zeros([], (Kind::Float, device)),
            exp_avg: param.zeros_like(),
            exp_avg_sq: param.zeros_like(),
            max_exp_avg_sq: amsgrad.then(|| param.zeros_like()),
        }
    }
}

#[bon::bon]
impl Adam {
    /// Adam with the learning rate `lr` (PyTorch's default is 1e-3) and all else by default.
    pub fn new(params: Vec<Tensor>, lr: f64) -> Self {
        Self::options(params).lr(lr).build()
    }

    /// Begins an optimizer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = AdamOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] params: Vec<Tensor>,
        /// The learning rate.
        #[builder(default = 1e-3)]
        lr: f64,
        /// β₁ and β₂, how much of the running means stays at each step.
        #[builder(default = (0.9, 0.999))]
        betas: (f64, f64),
        /// Keeps the quotient finite.
        #[builder(default = 1e-8)]
        eps: f64,
        /// The share of each parameter that is added to its gradient (an L2 penalty).
        #[builder(default = 0.0)]
        weight_decay: f64,
        /// Whether to divide by the largest v so far ([Reddi et al., 2018]).
        ///
        /// [Reddi et al., 2018]: https://openreview.net/forum?id=ryQu7f-RZ
        #[builder(default)]
        amsgrad: bool,
        /// Whether to climb rather than descend.
        #[builder(default)]
        maximize: bool,
        /// Whether one fused kernel does the step.
        #[builder(default)]
        fused: bool,
    ) -> Self {
        assert!(lr >= 0.0, "Invalid learning rate: {lr:?}");
        assert!(eps >= 0.0, "Invalid epsilon value: {eps:?}");
        assert!((0.0..1.0).contains(&betas.0), "Invalid beta parameter at index 0: {:?}", betas.0);
        assert!((0.0..1.0).contains(&betas.1), "Invalid beta parameter at index 1: {:?}", betas.1);
        assert!(weight_decay >= 0.0, "Invalid weight_decay value: {weight_decay:?}");
        assert!(!params.is_empty(), "optimizer got an empty parameter list");
        let (beta1, beta2) = betas;
        Self {
            state: params.iter().map(|_| None).collect(),
            params,
            options: ffi::AdamOptions { lr, beta1, beta2, eps, weight_decay, amsgrad, maximize },
            fused,
        }
    }

    /// What is kept of each parameter, in the order they were given; none before the first
    /// gradient.
    pub fn state(&self) -> &[Option<AdamState>] {
        &self.state
    }
}

impl Optimizer for Adam {
    fn step(&mut self) {
        let amsgrad = self.options.amsgrad;
        let mut tensors = ffi::AdamTensors::default();
        let have_grads = ffi::have_grads(&self.params);
        for ((param, state), has_grad) in self.params.iter().zip(&mut self.state).zip(have_grads) {
            if !has_grad {
                continue;
            }
            let state = state.get_or_insert_with(|| AdamState::new(param, amsgrad, self.fused));
            tensors.params.push(param);
            tensors.exp_avgs.push(&state.exp_avg);
            tensors.exp_avg_sqs.push(&state.exp_avg_sq);
            tensors.max_exp_avg_sqs.extend(&state.max_exp_avg_sq);
            tensors.steps.push(&state.step);
        }
        ffi::adam(tensors, &self.options, self.fused)
            .unwrap_or_else(|error| panic!("Adam: {error}"));
    }

    fn zero_grad(&mut self) {
        ffi::clear_grads(&self.params);
    }

    fn lr(&self) -> f64 {
        self.options.lr
    }

    fn set_lr(&mut self, lr: f64) {
        self.options.lr = lr;
    }
}
