//! Stochastic gradient descent.

use tch::Tensor;

use super::Optimizer;
use crate::ffi;

/// Stochastic gradient descent, with momentum if wished: [`torch.optim.SGD`].
///
/// With g the gradient (plus `weight_decay` · θ):
///
/// - without momentum, θ ← θ - `lr` · g
/// - with it, b ← `momentum`·b + (1 - `dampening`)·g (at first b ← g), θ ← θ - `lr` · b
/// - with `nesterov`, θ ← θ - `lr` · (g + `momentum`·b) ([Sutskever et al., 2013])
///
/// # Panics
/// When an option is outside its range, or `nesterov` stands without momentum or with dampening,
/// in PyTorch's words.
///
/// ```
/// use flambeau::prelude::*;
///
/// let model = nn::Linear::new(2, 1);
/// let mut optimizer = optim::Sgd::options(model.parameters()).lr(0.1).momentum(0.9).build();
/// model.forward(&Tensor::ones([8, 2], (Kind::Float, Device::Cpu))).mean(None).backward();
/// optimizer.step();
/// ```
///
/// [`torch.optim.SGD`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
/// [Sutskever et al., 2013]: https://proceedings.mlr.press/v28/sutskever13.html
#[derive(Debug)]
pub struct Sgd {
    params: Vec<Tensor>,
    /// The b of each parameter; undefined before its first gradient, absent without momentum.
    momentum_buffers: Vec<Tensor>,
    options: ffi::SgdOptions,
    fused: bool,
}

#[bon::bon]
impl Sgd {
    /// Plain descent with the learning rate `lr` (PyTorch's default is 1e-3).
    pub fn new(params: Vec<Tensor>, lr: f64) -> Self {
        Self::options(params).lr(lr).build()
    }

    /// Begins an optimizer whose keyword arguments are set by name.
    #[builder(
        start_fn(name = options, vis = "pub"),
        finish_fn = build,
        builder_type(name = SgdOptions, vis = "pub")
    )]
    fn with(
        #[builder(start_fn)] params: Vec<Tensor>,
        /// The learning rate.
        #[builder(default = 1e-3)]
        lr: f64,
        /// How much of the last step's direction stays.
        #[builder(default = 0.0)]
        momentum: f64,
        /// How much of the gradient is kept out of the momentum.
        #[builder(default = 0.0)]
        dampening: f64,
        /// The share of each parameter that is added to its gradient (an L2 penalty).
        #[builder(default = 0.0)]
        weight_decay: f64,
        /// Whether to look ahead, as Nesterov does.
        #[builder(default)]
        nesterov: bool,
        /// Whether to climb rather than descend.
        #[builder(default)]
        maximize: bool,
        /// Whether one fused kernel does the step.
        #[builder(default)]
        fused: bool,
    ) -> Self {
        assert!(lr >= 0.0, "Invalid learning rate: {lr:?}");
        assert!(momentum >= 0.0, "Invalid momentum value: {momentum:?}");
        assert!(weight_decay >= 0.0, "Invalid weight_decay value: {weight_decay:?}");
        assert!(
            !nesterov || (momentum > 0.0 && dampening == 0.0),
            "Nesterov momentum requires a momentum and zero dampening"
        );
        assert!(!params.is_empty(), "optimizer got an empty parameter list");
        let buffers = if momentum == 0.0 { 0 } else { params.len() };
        Self {
            momentum_buffers: (0..buffers).map(|_| Tensor::new()).collect(),
            params,
            options: ffi::SgdOptions { lr, momentum, dampening, weight_decay, nesterov, maximize },
            fused,
        }
    }

    /// The momentum buffer of each parameter, in the order they were given; none before its
    /// first gradient or without momentum.
    pub fn momentum_buffers(&self) -> Vec<Option<&Tensor>> {
        let buffer = |i: usize| self.momentum_buffers.get(i).filter(|buffer| buffer.defined());
        (0..self.params.len()).map(buffer).collect()
    }
}

impl Optimizer for Sgd {
    fn step(&mut self) {
        let have_grads = ffi::have_grads(&self.params);
        fn picked<'a>(tensors: &'a [Tensor], have_grads: &[bool]) -> Vec<&'a Tensor> {
            let pairs = tensors.iter().zip(have_grads);
            pairs.filter(|(_, has_grad)| **has_grad).map(|(tensor, _)| tensor).collect()
        }
        let params = picked(&self.params, &have_grads);
        let buffers = picked(&self.momentum_buffers, &have_grads);
        ffi::sgd(&params, &buffers, &self.options, self.fused)
            .unwrap_or_else(|error| panic!("SGD: {error}"));
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
