//! Adadelta.

use tch::Tensor;

use super::group::{optimizer, told_by_name};
use super::states::Slots;
use super::{Rule, count, counted, gradient, not_negative, real};
use crate::nn::StateDict;
use crate::object::Object;
use crate::{Result, ffi};

optimizer!(
    /// Each parameter moves by its gradient, divided by the root of the running mean of its squares and
    /// times that of its own steps: [`torch.optim.Adadelta`]
    /// ([Zeiler, 2012](https://arxiv.org/abs/1212.5701)).
    ///
    /// - v ← ρ·v + (1 - ρ)·g²
    /// - Δ = √(u + `eps`) / √(v + `eps`) · g, u ← ρ·u + (1 - ρ)·Δ²
    /// - θ ← θ - `lr` · Δ
    ///
    /// The state holds `step`, `square_avg`, v, and `acc_delta`, u.
    ///
    /// # Panics
    /// When an option is outside its range, in PyTorch's words.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let model = nn::Linear::new(2, 1);
    /// let mut optimizer = optim::Adadelta::new(model.parameters(), 1.0);
    /// torch::mean(&model.forward(&torch::ones([8, 2]))).backward();
    /// optimizer.step();
    /// ```
    ///
    /// [`torch.optim.Adadelta`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adadelta.html
    Adadelta / AdadeltaRule / AdadeltaOptions {
        /// The learning rate.
        lr: f64 = 1.0,
        /// ρ, how much of the running means stays at each step.
        rho: f64 = 0.9,
        /// Keeps the quotient finite.
        eps: f64 = 1e-6,
        /// The share of each parameter that is added to its gradient (an L2 penalty).
        weight_decay: f64 = 0.0,
        /// Whether to climb rather than descend.
        maximize: bool = false,
    }
    group {
        lr,
        rho,
        eps,
        weight_decay,
        maximize,
        capturable = false.into(),
        foreach = Object::None,
        differentiable = false.into(),
    }
);

impl Rule for AdadeltaRule {
    told_by_name!(Adadelta);

    fn check(&self, _params: &[Tensor]) {
        not_negative!(self.lr => "Invalid learning rate");
        assert!((0.0..=1.0).contains(&self.rho), "Invalid rho value: {:?}", self.rho);
        not_negative!(
            self.eps => "Invalid epsilon value",
            self.weight_decay => "Invalid weight_decay value",
        );
    }

    fn begin(&self, param: &Tensor) -> StateDict {
        counted(param, &["square_avg", "acc_delta"])
    }

    fn refuses(&self, _param: &Tensor, sparse: bool) -> Option<String> {
        sparse.then(|| "Adadelta does not support sparse gradients".into())
    }

    fn step(&self, slots: &mut Slots) -> Result<()> {
        for (param, state) in slots.iter() {
            count(state);
            let mut grad = gradient(param, self.maximize);
            if self.weight_decay != 0.0 {
                grad = ffi::add(&grad, param, self.weight_decay);
            }
            let (param, grad) = (real(param), real(&grad));
            let (mut square_avg, mut acc_delta) =
                (real(&state["square_avg"]), real(&state["acc_delta"]));
            let _ = square_avg.g_mul_scalar_(self.rho);
            ffi::addcmul_(&square_avg, &grad, &grad, 1.0 - self.rho);
            let std = square_avg.g_add_scalar(self.eps).sqrt_();
            let mut delta = acc_delta.g_add_scalar(self.eps).sqrt_();
            let _ = delta.g_div_(&std).g_mul_(&grad);
            let _ = acc_delta.g_mul_scalar_(self.rho);
            ffi::addcmul_(&acc_delta, &delta, &delta, 1.0 - self.rho);
            ffi::add_(&param, &delta, -self.lr);
        }
        Ok(())
    }
}
