//! Adam.

use tch::Tensor;

use super::group::{optimizer, told_by_name};
use super::states::Slots;
use super::{Rule, check_adam, counted, refused_by_fused};
use crate::nn::StateDict;
use crate::object::Object;
use crate::{Result, ffi};

optimizer!(
    /// Adam: each parameter moves by the running mean of its gradients, divided by the root of the
    /// running mean of their squares. [`torch.optim.Adam`] ([Kingma and Ba, 2014](https://arxiv.org/abs/1412.6980)).
    ///
    /// With g the gradient (plus `weight_decay` · θ) and t the number of steps:
    ///
    /// - m ← β₁·m + (1 - β₁)·g, v ← β₂·v + (1 - β₂)·g²
    /// - θ ← θ - `lr` · m/(1 - β₁ᵗ) / (√(v/(1 - β₂ᵗ)) + `eps`)
    ///
    /// With `amsgrad` the largest v so far stands in v's place. The state holds `step`, `exp_avg`, m,
    /// `exp_avg_sq`, v, and `max_exp_avg_sq`.
    ///
    /// # Panics
    /// When an option is outside its range, in PyTorch's words.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let model = nn::Linear::new(2, 1);
    /// let mut optimizer = optim::Adam::new(model.parameters(), 1e-3);
    /// let loss = torch::mean(&model.forward(&torch::ones([8, 2])));
    /// optimizer.zero_grad();
    /// loss.backward();
    /// optimizer.step();
    /// assert_eq!(optimizer.state()[0]["step"].item(), 1.0);
    /// ```
    ///
    /// [`torch.optim.Adam`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html
    Adam / AdamRule / AdamOptions {
        /// The learning rate.
        lr: f64 = 1e-3,
        /// β₁ and β₂, how much of the running means stays at each step.
        betas: (f64, f64) = (0.9, 0.999),
        /// Keeps the quotient finite.
        eps: f64 = 1e-8,
        /// The share of each parameter that is added to its gradient (an L2 penalty).
        weight_decay: f64 = 0.0,
        /// Whether to divide by the largest v so far ([Reddi et al., 2018]).
        ///
        /// [Reddi et al., 2018]: https://openreview.net/forum?id=ryQu7f-RZ
        amsgrad: bool = false,
        /// Whether to climb rather than descend.
        maximize: bool = false,
        /// Whether one fused kernel does the step.
        fused: bool = false,
        /// Whether the weights decay by themselves, as in AdamW, and not by their gradient.
        decoupled_weight_decay: bool = false,
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

impl Rule for AdamRule {
    told_by_name!(Adam);

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

/// What Adam keeps of a parameter.
pub(super) fn moments(param: &Tensor, amsgrad: bool, fused: bool) -> StateDict {
    let names = ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"];
    let mut state = counted(param, if amsgrad { &names } else { &names[..2] });
    if fused {
        // The loop reads the step on the host at each step, the fused kernel where it runs.
        state["step"] = state["step"].to_device(param.device());
    }
    state
}

/// Why Adam makes no step by such a gradient.
pub(super) fn refuses(fused: bool, param: &Tensor, sparse: bool) -> Option<String> {
    let words = "Adam does not support sparse gradients, please consider SparseAdam instead";
    refused_by_fused(fused, param).or_else(|| sparse.then(|| words.into()))
}

/// A step of Adam's.
pub(super) fn step(slots: &Slots, options: &ffi::AdamOptions, fused: bool) -> Result<()> {
    let mut tensors = ffi::AdamTensors::default();
    for (param, state) in slots.iter() {
        tensors.params.push(param);
        tensors.exp_avgs.push(&state["exp_avg"]);
        tensors.exp_avg_sqs.push(&state["exp_avg_sq"]);
        tensors.max_exp_avg_sqs.extend(state.get("max_exp_avg_sq"));
        tensors.steps.push(&state["step"]);
    }
    ffi::adam(tensors, options, fused, slots.scaling())
}
