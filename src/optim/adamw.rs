//! Adam with weights that decay by themselves.

use tch::Tensor;

use super::adam::{moments, refuses, step};
use super::group::{optimizer, told_by_name};
use super::states::Slots;
use super::{Rule, check_adam};
use crate::nn::StateDict;
use crate::object::Object;
use crate::{Result, ffi};

optimizer!(
    /// [`Adam`](super::Adam) with weights that decay by themselves: [`torch.optim.AdamW`]
    /// ([Loshchilov and Hutter, 2017](https://arxiv.org/abs/1711.05101)).
    ///
    /// First θ ← θ · (1 - `lr` · `weight_decay`); the gradient knows nothing of it.
    ///
    /// # Panics
    /// When an option is outside its range, in PyTorch's words.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let model = nn::Linear::new(2, 1);
    /// let mut optimizer = optim::AdamW::new(model.parameters(), 1e-3);
    /// torch::mean(&model.forward(&torch::ones([8, 2]))).backward();
    /// optimizer.step();
    /// ```
    ///
    /// [`torch.optim.AdamW`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html
    AdamW / AdamWRule / AdamWOptions {
        /// The learning rate.
        lr: f64 = 1e-3,
        /// β₁ and β₂, how much of the running means stays at each step.
        betas: (f64, f64) = (0.9, 0.999),
        /// Keeps the quotient finite.
        eps: f64 = 1e-8,
        /// How fast each parameter goes to 0 by itself, as a share of the learning rate.
        weight_decay: f64 = 1e-2,
        /// Whether to divide by the largest v so far ([Reddi et al., 2018]).
        ///
        /// [Reddi et al., 2018]: https://openreview.net/forum?id=ryQu7f-RZ
        amsgrad: bool = false,
        /// Whether to climb rather than descend.
        maximize: bool = false,
        /// Whether one fused kernel does the step.
        fused: bool = false,
        /// Whether the weights decay by themselves: what AdamW is, unless it takes over a state of
        /// [`Adam`](super::Adam)'s, with which it goes on as Adam, in Python as here.
        decoupled_weight_decay: bool = true,
    }
    group {
        lr,
        betas,
        eps,
        weight_decay,
        amsgrad,
        maximize,
        foreach = Object::None,
        capturable = false.into(),
        differentiable = false.into(),
        fused,
        decoupled_weight_decay,
    }
);

impl Rule for AdamWRule {
    told_by_name!(AdamW);

    fn fused(&self) -> bool {
        self.fused
    }

    fn check(&self, _params: &[Tensor]) {
        check_adam(self.lr, self.betas, self.eps, self.weight_decay);
    }

    fn begin(&self, param: &Tensor) -> StateDict {
        moments(param, self.amsgrad, self.fused)
    }

    fn refuses(&self, param: &Tensor, sparse: bool) -> Option<String> {
        refuses(self.fused, param, sparse)
    }

    fn step(&self, slots: &mut Slots) -> Result<()> {
        let Self { lr, eps, weight_decay, amsgrad, maximize, .. } = *self;
        let (beta1, beta2) = self.betas;
        let decoupled = self.decoupled_weight_decay;
        let options =
            ffi::AdamOptions { lr, beta1, beta2, eps, weight_decay, amsgrad, maximize, decoupled };
        step(slots, &options, self.fused)
    }
}
