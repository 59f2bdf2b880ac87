//! NAdam.

use tch::Tensor;

use super::group::{optimizer, told_by_name};
use super::states::Slots;
use super::{Rule, check_adam, count, counted, gradient, not_negative, real};
use crate::nn::StateDict;
use crate::object::Object;
use crate::{Result, ffi};

optimizer!(
    /// [`Adam`](super::Adam) with Nesterov's momentum: [`torch.optim.NAdam`]
    /// ([Dozat, 2016](https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ)).
    ///
    /// - μₜ = β₁·(1 - 0.96^(t·`momentum_decay`)/2)
    /// - m and v as Adam's
    /// - θ ← θ - `lr` · (μₜ₊₁·m/(1 - Πμ up to t + 1) + (1 - μₜ)·g/(1 - Πμ up to t)) / (√(v/(1 - β₂ᵗ)) + `eps`)
    ///
    /// The state holds `step`, `mu_product`, `exp_avg` and `exp_avg_sq`.
    ///
    /// # Panics
    /// When an option is outside its range, in PyTorch's words.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let model = nn::Linear::new(2, 1);
    /// let mut optimizer = optim::NAdam::new(model.parameters(), 2e-3);
    /// torch::mean(&model.forward(&torch::ones([8, 2]))).backward();
    /// optimizer.step();
    /// ```
    ///
    /// [`torch.optim.NAdam`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.NAdam.html
    NAdam / NAdamRule / NAdamOptions {
        /// The learning rate.
        lr: f64 = 2e-3,
        /// β₁ and β₂, how much of the running means stays at each step.
        betas: (f64, f64) = (0.9, 0.999),
        /// Keeps the quotient finite.
        eps: f64 = 1e-8,
        /// The share of each parameter that is added to its gradient (an L2 penalty).
        weight_decay: f64 = 0.0,
        /// How fast the momentum comes to β₁.
        momentum_decay: f64 = 4e-3,
        /// Whether the weights decay by themselves, as in AdamW, and not by their gradient.
        decoupled_weight_decay: bool = false,
        /// Whether to climb rather than descend.
        maximize: bool = false,
    }
    group {
        lr,
        betas,
        eps,
        weight_decay,
        momentum_decay,
        decoupled_weight_decay,
        maximize,
        foreach = Object::None,
        capturable = false.into(),
        differentiable = false.into(),
    }
);

impl Rule for NAdamRule {
    told_by_name!(NAdam);

    fn check(&self, _params: &[Tensor]) {
        check_adam(self.lr, self.betas, self.eps, self.weight_decay);
        not_negative!(self.momentum_decay => "Invalid momentum_decay value");
    }

    fn begin(&self, param: &Tensor) -> StateDict {
        let mut state = counted(param, &["exp_avg", "exp_avg_sq"]);
        state.insert("mu_product".into(), state["step"].ones_like());
        state
    }

    fn refuses(&self, _param: &Tensor, sparse: bool) -> Option<String> {
        sparse.then(|| "NAdam does not support sparse gradients".into())
    }

    fn step(&self, slots: &mut Slots) -> Result<()> {
        let (beta1, beta2) = self.betas;
        for (param, state) in slots.iter() {
            let mut grad = real(&gradient(param, self.maximize));
            let mut param = real(param);
            let (mut exp_avg, mut exp_avg_sq) =
                (real(&state["exp_avg"]), real(&state["exp_avg_sq"]));
            let step = count(state);
            let bias_correction2 = 1.0 - beta2.powf(step);
            if self.weight_decay != 0.0 {
                if self.decoupled_weight_decay {
                    let _ = param.g_mul_scalar_(1.0 - self.lr * self.weight_decay);
                } else {
                    grad = ffi::add(&grad, &param, self.weight_decay);
                }
            }
            let mu_of = |step: f64| beta1 * (1.0 - 0.5 * 0.96_f64.powf(step * self.momentum_decay));
            let (mu, mu_next) = (mu_of(step), mu_of(step + 1.0));
            let _ = state["mu_product"].shallow_clone().g_mul_scalar_(mu);
            let mu_product = state["mu_product"].double_value(&[]);
            let mu_product_next = mu_product * mu_next;

            let _ = exp_avg.lerp_(&grad, 1.0 - beta1);
            let _ = exp_avg_sq.g_mul_scalar_(beta2);
            ffi::addcmul_(&exp_avg_sq, &grad, &grad, 1.0 - beta2);
            let denom = exp_avg_sq.g_div_scalar(bias_correction2).sqrt().g_add_scalar_(self.eps);
            ffi::addcdiv_(&param, &grad, &denom, -self.lr * (1.0 - mu) / (1.0 - mu_product));
            ffi::addcdiv_(&param, &exp_avg, &denom, (-self.lr * mu_next) / (1.0 - mu_product_next));
        }
        Ok(())
    }
}
