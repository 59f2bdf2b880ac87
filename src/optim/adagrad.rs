//! Adagrad.

use tch::Tensor;

use super::group::{optimizer, told_by_name};
use super::states::Slots;
use super::{Rule, count, counted, gradient, not_negative, real, refused_by_fused};
use crate::nn::StateDict;
use crate::object::Object;
use crate::{Result, ffi, torch};

optimizer!(
    /// Each parameter moves by its gradient, divided by the root of the sum of all its squares:
    /// [`torch.optim.Adagrad`] ([Duchi et al., 2011](https://jmlr.org/papers/v12/duchi11a.html)).
    ///
    /// - s ← s + g²
    /// - θ ← θ - `lr` / (1 + (t - 1)·`lr_decay`) · g / (√s + `eps`)
    ///
    /// The state holds `step` and `sum`, s, from the beginning. A sparse gradient, as an embedding's, moves
    /// the rows that it has.
    ///
    /// # Panics
    /// When an option is outside its range, in PyTorch's words.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let model = nn::Linear::new(2, 1);
    /// let mut optimizer = optim::Adagrad::new(model.parameters(), 0.01);
    /// torch::mean(&model.forward(&torch::ones([8, 2]))).backward();
    /// optimizer.step();
    /// ```
    ///
    /// [`torch.optim.Adagrad`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adagrad.html
    Adagrad / AdagradRule / AdagradOptions {
        /// The learning rate.
        lr: f64 = 1e-2,
        /// How fast the learning rate falls.
        lr_decay: f64 = 0.0,
        /// The share of each parameter that is added to its gradient (an L2 penalty).
        weight_decay: f64 = 0.0,
        /// What the sum of squares begins with.
        initial_accumulator_value: f64 = 0.0,
        /// Keeps the quotient finite.
        eps: f64 = 1e-10,
        /// Whether to climb rather than descend.
        maximize: bool = false,
        /// Whether one fused kernel does the step.
        fused: bool = false,
    }
    group {
        lr,
        lr_decay,
        eps,
        weight_decay,
        initial_accumulator_value,
        foreach = Object::None,
        maximize,
        differentiable = false.into(),
        fused,
    }
);

impl Rule for AdagradRule {
    told_by_name!(Adagrad);
    const EAGER: bool = true;

    fn fused(&self) -> bool {
        self.fused
    }

    fn check(&self, _params: &[Tensor]) {
        not_negative!(
            self.lr => "Invalid learning rate",
            self.lr_decay => "Invalid lr_decay value",
            self.weight_decay => "Invalid weight_decay value",
            self.initial_accumulator_value => "Invalid initial_accumulator_value value",
            self.eps => "Invalid epsilon value",
        );
    }

    fn begin(&self, param: &Tensor) -> StateDict {
        let mut state = counted(param, &["sum"]);
        let _ = torch::no_grad(|| real(&state["sum"]).fill_(self.initial_accumulator_value));
        if self.fused {
            state["step"] = state["step"].to_device(param.device());
        }
        state
    }

    fn refuses(&self, param: &Tensor, sparse: bool) -> Option<String> {
        refused_by_fused(self.fused, param).or_else(|| {
            let words = match (self.fused, self.weight_decay != 0.0) {
                (true, _) => "`fused` does not support sparse grad or complex param",
                (_, true) => "weight_decay option is not compatible with sparse gradients",
                _ => return None,
            };
            sparse.then(|| words.into())
        })
    }

    fn step(&self, slots: &mut Slots) -> Result<()> {
        if self.fused {
            let Self { lr, lr_decay, weight_decay, eps, maximize, .. } = *self;
            let options = ffi::AdagradOptions { lr, lr_decay, weight_decay, eps, maximize };
            let (sums, steps) = (slots.part("sum"), slots.part("step"));
            let scaling = slots.scaling();
            return ffi::fused_adagrad(slots.params(), &sums, &steps, &options, scaling);
        }
        for (param, state) in slots.iter() {
            let step = count(state);
            let mut grad = gradient(param, self.maximize);
            if self.weight_decay != 0.0 {
                grad = ffi::add(&grad, param, self.weight_decay);
            }
            let clr = self.lr / (1.0 + (step - 1.0) * self.lr_decay);
            if grad.is_sparse() {
                move_rows(param, &state["sum"], &grad.coalesce(), clr, self.eps);
                continue;
            }
            let (param, grad, mut sum) = (real(param), real(&grad), real(&state["sum"]));
            let _ = &mut sum;
            ffi::addcmul_(&sum, &grad, &grad, 1.0);
            let std = sum.sqrt().g_add_scalar_(self.eps);
            ffi::addcdiv_(&param, &grad, &std, -clr);
        }
        Ok(())
    }
}

/// A step by a gradient that has but some rows.
fn move_rows(param: &Tensor, sum: &Tensor, grad: &Tensor, clr: f64, eps: f64) {
    let (indices, values) = (grad.internal_indices(), grad.internal_values());
    let sparse = |values: &Tensor| {
        let options = (values.kind(), values.device());
        Tensor::sparse_coo_tensor_indices_size(&indices, values, grad.size(), options, false)
    };
    ffi::add_(sum, &sparse(&values.pow_tensor_scalar(2)), 1.0);
    let rows = sum.sparse_mask(grad);
    let std = rows.internal_values().sqrt_().g_add_scalar_(eps);
    ffi::add_(param, &sparse(&(values / std)), -clr);
}
