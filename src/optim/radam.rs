//! RAdam.

use tch::Tensor;

use super::group::{optimizer, told_by_name};
use super::states::Slots;
use super::{Rule, check_adam, count, counted, gradient, real};
use crate::nn::StateDict;
use crate::object::Object;
use crate::{Result, ffi};

optimizer!(
    /// [`Adam`](super::Adam), whose first steps, while the variance is not known, go by the mean alone:
    /// [`torch.optim.RAdam`] ([Liu et al., 2019](https://arxiv.org/abs/1908.03265)).
    ///
    /// - ρ∞ = 2/(1 - β₂) - 1, ρₜ = ρ∞ - 2·t·β₂ᵗ/(1 - β₂ᵗ); m and v as Adam's
    /// - θ ← θ - `lr` · m/(1 - β₁ᵗ), where ρₜ > 5 times r·√(1 - β₂ᵗ)/(√v + `eps`), with
    ///   r = √((ρₜ - 4)(ρₜ - 2)ρ∞ / ((ρ∞ - 4)(ρ∞ - 2)ρₜ))
    ///
    /// The state holds `step`, `exp_avg`, m, and `exp_avg_sq`, v.
    ///
    /// # Panics
    /// When an option is outside its range, in PyTorch's words.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let model = nn::Linear::new(2, 1);
    /// let mut optimizer = optim::RAdam::new(model.parameters(), 1e-3);
    /// torch::mean(&model.forward(&torch::ones([8, 2]))).backward();
    /// optimizer.step();
    /// ```
    ///
    /// [`torch.optim.RAdam`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.RAdam.html
    RAdam / RAdamRule / RAdamOptions {
        /// The learning rate.
        lr: f64 = 1e-3,
        /// β₁ and β₂, how much of the running means stays at each step.
        betas: (f64, f64) = (0.9, 0.999),
        /// Keeps the quotient finite.
        eps: f64 = 1e-8,
        /// The share of each parameter that is added to its gradient (an L2 penalty).
        weight_decay: f64 = 0.0,
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
        maximize,
        foreach = Object::None,
        capturable = false.into(),
        decoupled_weight_decay,
        differentiable = false.into(),
    }
);

impl Rule for RAdamRule {
    told_by_name!(RAdam);

    fn check(&self, _params: &[Tensor]) {
        check_adam(self.lr, self.betas, self.eps, self.weight_decay);
    }

    fn begin(&self, param: &Tensor) -> StateDict {
        counted(param, &["exp_avg", "exp_avg_sq"])
    }

    fn refuses(&self, _param: &Tensor, sparse: bool) -> Option<String> {
        sparse.then(|| "RAdam does not support sparse gradients".into())
    }

    fn step(&self, slots: &mut Slots) -> Result<()> {
        let (beta1, beta2) = self.betas;
        for (param, state) in slots.iter() {
            let mut grad = real(&gradient(param, self.maximize));
            let mut param = real(param);
            let (mut exp_avg, mut exp_avg_sq) =
                (real(&state["exp_avg"]), real(&state["exp_avg_sq"]));
            let step = count(state);
            if self.weight_decay != 0.0 {
                if self.decoupled_weight_decay {
                    let _ = param.g_mul_scalar_(1.0 - self.lr * self.weight_decay);
                } else {
                    grad = ffi::add(&grad, &param, self.weight_decay);
                }
            }
            let _ = exp_avg.lerp_(&grad, 1.0 - beta1);
            let _ = exp_avg_sq.g_mul_scalar_(beta2);
            ffi::addcmul_(&exp_avg_sq, &grad, &grad, 1.0 - beta2);

            let bias_correction1 = 1.0 - beta1.powf(step);
            let bias_correction2 = 1.0 - beta2.powf(step);
            let rho_inf = 2.0 / (1.0 - beta2) - 1.0;
            let rho = rho_inf - 2.0 * step * beta2.powf(step) / bias_correction2;
            let mut update = exp_avg.g_div_scalar(bias_correction1).g_mul_scalar(self.lr);
            if rho > 5.0 {
                let root = exp_avg_sq.sqrt().g_add_scalar_(self.eps);
                // In Python a number divided by a tensor is its reciprocal times the number.
                let adaptive = root.reciprocal().g_mul_scalar(bias_correction2.powf(0.5));
                let rectification =
                    (rho - 4.0) * (rho - 2.0) * rho_inf / ((rho_inf - 4.0) * (rho_inf - 2.0) * rho);
                update = (update * adaptive).g_mul_scalar(rectification.powf(0.5));
            }
            ffi::add_(&param, &update, -1.0);
        }
        Ok(())
    }
}
