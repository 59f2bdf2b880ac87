//! RMSprop.

use tch::Tensor;

use super::group::{optimizer, told_by_name};
use super::states::Slots;
use super::{Rule, count, counted, gradient, not_negative, real};
use crate::nn::StateDict;
use crate::object::Object;
use crate::{Result, ffi};

optimizer!(
    /// Each parameter moves by its gradient, divided by the root of the running mean of its squares:
    /// [`torch.optim.RMSprop`] ([Hinton, 2012](https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf)).
    ///
    /// - v ← α·v + (1 - α)·g²; with `centered` ḡ ← α·ḡ + (1 - α)·g, and v - ḡ² in v's place
    /// - θ ← θ - `lr` · g/(√v + `eps`), with momentum b ← `momentum`·b + g/(√v + `eps`), θ ← θ - `lr` · b
    ///
    /// The state holds `step`, `square_avg`, v, and with these options `momentum_buffer`, b, and
    /// `grad_avg`, ḡ.
    ///
    /// # Panics
    /// When an option is outside its range, in PyTorch's words.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let model = nn::Linear::new(2, 1);
    /// let mut optimizer = optim::RMSprop::new(model.parameters(), 0.01);
    /// torch::mean(&model.forward(&torch::ones([8, 2]))).backward();
    /// optimizer.step();
    /// ```
    ///
    /// [`torch.optim.RMSprop`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.RMSprop.html
    RMSprop / RMSpropRule / RMSpropOptions {
        /// The learning rate.
        lr: f64 = 1e-2,
        /// α, how much of the running means stays at each step.
        alpha: f64 = 0.99,
        /// Keeps the quotient finite.
        eps: f64 = 1e-8,
        /// The share of each parameter that is added to its gradient (an L2 penalty).
        weight_decay: f64 = 0.0,
        /// How much of the last step's direction stays.
        momentum: f64 = 0.0,
        /// Whether the variance is taken rather than the mean square.
        centered: bool = false,
        /// Whether to climb rather than descend.
        maximize: bool = false,
    }
    group {
        lr,
        momentum,
        alpha,
        eps,
        centered,
        weight_decay,
        capturable = false.into(),
        foreach = Object::None,
        maximize,
        differentiable = false.into(),
    }
);

impl Rule for RMSpropRule {
    told_by_name!(RMSprop);

    fn check(&self, _params: &[Tensor]) {
        not_negative!(
            self.lr => "Invalid learning rate",
            self.eps => "Invalid epsilon value",
            self.momentum => "Invalid momentum value",
            self.weight_decay => "Invalid weight_decay value",
            self.alpha => "Invalid alpha value",
        );
    }

    fn begin(&self, param: &Tensor) -> StateDict {
        let mut names = vec!["square_avg"];
        if self.momentum > 0.0 {
            names.push("momentum_buffer");
        }
        if self.centered {
            names.push("grad_avg");
        }
        counted(param, &names)
    }

    fn refuses(&self, _param: &Tensor, sparse: bool) -> Option<String> {
        sparse.then(|| "RMSprop does not support sparse gradients".into())
    }

    fn step(&self, slots: &mut Slots) -> Result<()> {
        for (param, state) in slots.iter() {
            count(state);
            let mut grad = gradient(param, self.maximize);
            if self.weight_decay != 0.0 {
                grad = ffi::add(&grad, param, self.weight_decay);
            }
            let (param, grad) = (real(param), real(&grad));
            let mut square_avg = real(&state["square_avg"]);
            let _ = square_avg.g_mul_scalar_(self.alpha);
            ffi::addcmul_(&square_avg, &grad, &grad, 1.0 - self.alpha);
            let mut avg = if self.centered {
                let mut grad_avg = real(&state["grad_avg"]);
                let _ = grad_avg.lerp_(&grad, 1.0 - self.alpha);
                ffi::addcmul(&square_avg, &grad_avg, &grad_avg, -1.0).sqrt_()
            } else {
                square_avg.sqrt()
            };
            let avg = avg.g_add_scalar_(self.eps);
            if self.momentum > 0.0 {
                let mut buffer = real(&state["momentum_buffer"]);
                let _ = buffer.g_mul_scalar_(self.momentum);
                ffi::addcdiv_(&buffer, &grad, &avg, 1.0);
                ffi::add_(&param, &buffer, -self.lr);
            } else {
                ffi::addcdiv_(&param, &grad, &avg, -self.lr);
            }
        }
        Ok(())
    }
}
