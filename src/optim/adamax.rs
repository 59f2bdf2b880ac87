//! Adamax.

use tch::Tensor;

use super::group::{optimizer, told_by_name};
use super::states::Slots;
use super::{Rule, check_adam, count, counted, gradient, real};
use crate::nn::StateDict;
use crate::object::Object;
use crate::{Result, ffi};

optimizer!(
    /// [`Adam`](super::Adam) with the largest gradient in the place of the root of the mean square:
    /// [`torch.optim.Adamax`] ([Kingma and Ba, 2014](https://arxiv.org/abs/1412.6980)).
    ///
    /// - m ← β₁·m + (1 - β₁)·g, u ← max(β₂·u, |g| + `eps`)
    /// - θ ← θ - `lr` / (1 - β₁ᵗ) · m / u
    ///
    /// The state holds `step`, `exp_avg`, m, and `exp_inf`, u.
    ///
    /// # Panics
    /// When an option is outside its range, in PyTorch's words.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let model = nn::Linear::new(2, 1);
    /// let mut optimizer = optim::Adamax::new(model.parameters(), 2e-3);
    /// torch::mean(&model.forward(&torch::ones([8, 2]))).backward();
    /// optimizer.step();
    /// ```
    ///
    /// [`torch.optim.Adamax`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adamax.html
    Adamax / AdamaxRule / AdamaxOptions {
        /// The learning rate.
        lr: f64 = 2e-3,
        /// β₁ and β₂, how much of the running means stays at each step.
        betas: (f64, f64) = (0.9, 0.999),
        /// Keeps the quotient finite.
        eps: f64 = 1e-8,
        /// The share of each parameter that is added to its gradient (an L2 penalty).
        weight_decay: f64 = 0.0,
        /// Whether to climb rather than descend.
        maximize: bool = false,
    }
    group {
        lr,
        betas,
        eps,
        weight_decay,
        foreach = Object::None,
        maximize,
        differentiable = false.into(),
        capturable = false.into(),
    }
);

impl Rule for AdamaxRule {
    told_by_name!(Adamax);

    fn check(&self, _params: &[Tensor]) {
        check_adam(self.lr, self.betas, self.eps, self.weight_decay);
    }

    fn begin(&self, param: &Tensor) -> StateDict {
        counted(param, &["exp_avg", "exp_inf"])
    }

    fn refuses(&self, _param: &Tensor, sparse: bool) -> Option<String> {
        sparse.then(|| "Adamax does not support sparse gradients".into())
    }

    fn step(&self, slots: &mut Slots) -> Result<()> {
        let (beta1, beta2) = self.betas;
        for (param, state) in slots.iter() {
            let step = count(state);
            let mut grad = gradient(param, self.maximize);
            if self.weight_decay != 0.0 {
                grad = ffi::add(&grad, param, self.weight_decay);
            }
            let (param, grad) = (real(param), real(&grad));
            let (mut exp_avg, mut exp_inf) = (real(&state["exp_avg"]), real(&state["exp_inf"]));
            let _ = exp_avg.lerp_(&grad, 1.0 - beta1);
            let decayed = exp_inf.g_mul_scalar_(beta2);
            let largest = decayed.maximum(&grad.abs().g_add_scalar_(self.eps));
            exp_inf.copy_(&largest);
            let bias_correction = 1.0 - beta1.powf(step);
            ffi::addcdiv_(&param, &exp_avg, &exp_inf, -(self.lr / bias_correction));
        }
        Ok(())
    }
}
