//! Stochastic gradient descent.

use tch::Tensor;

use super::group::{Slot, optimizer, told_by_name};
use super::{Rule, not_negative};
use crate::nn::StateDict;
use crate::object::Object;
use crate::{Result, ffi};

optimizer!(
    /// Stochastic gradient descent, with momentum if wished: [`torch.optim.SGD`].
    ///
    /// With g the gradient (plus `weight_decay` · θ):
    ///
    /// - without momentum, θ ← θ - `lr` · g
    /// - with it, b ← `momentum`·b + (1 - `dampening`)·g (at first b ← g), θ ← θ - `lr` · b
    /// - with `nesterov`, θ ← θ - `lr` · (g + `momentum`·b)
    ///   ([Sutskever et al., 2013](https://proceedings.mlr.press/v28/sutskever13.html))
    ///
    /// With momentum the state holds `momentum_buffer`, b. `nesterov` without momentum, or with
    /// dampening, is refused.
    ///
    /// # Panics
    /// When an option is outside its range, in PyTorch's words.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let model = nn::Linear::new(2, 1);
    /// let mut optimizer = optim::SGD::options(model.parameters()).lr(0.1).momentum(0.9).build();
    /// model.forward(&Tensor::ones([8, 2], (Kind::Float, Device::Cpu))).mean(None).backward();
    /// optimizer.step();
    /// ```
    ///
    /// [`torch.optim.SGD`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
    SGD / SGDRule / SGDOptions {
        /// The learning rate.
        lr: f64 = 1e-3,
        /// How much of the last step's direction stays.
        momentum: f64 = 0.0,
        /// How much of the gradient is kept out of the momentum.
        dampening: f64 = 0.0,
        /// The share of each parameter that is added to its gradient (an L2 penalty).
        weight_decay: f64 = 0.0,
        /// Whether to look ahead, as Nesterov does.
        nesterov: bool = false,
        /// Whether to climb rather than descend.
        maximize: bool = false,
        /// Whether one fused kernel does the step.
        fused: bool = false,
    }
    and {
        "foreach": Object::None,
        "differentiable": false.into(),
    }
);

impl Rule for SGDRule {
    told_by_name!(SGD);

    fn fused(&self) -> bool {
        self.fused
    }

    fn check(&self, _params: &[Tensor]) {
        not_negative!(
            self.lr => "Invalid learning rate",
            self.momentum => "Invalid momentum value",
            self.weight_decay => "Invalid weight_decay value",
        );
        assert!(
            !self.nesterov || (self.momentum > 0.0 && self.dampening == 0.0),
            "Nesterov momentum requires a momentum and zero dampening"
        );
    }

    fn begin(&self, param: &Tensor) -> StateDict {
        let _ = param;
        StateDict::new()
    }

    fn step(&self, slots: &mut [Slot]) -> Result<()> {
        let Self { lr, momentum, dampening, weight_decay, nesterov, maximize, fused } = *self;
        let options = ffi::SgdOptions { lr, momentum, dampening, weight_decay, nesterov, maximize };
        if momentum != 0.0 {
            for slot in slots.iter_mut() {
                // Undefined, it begins with this step.
                slot.state.entry("momentum_buffer".into()).or_insert_with(Tensor::new);
            }
        }
        let params: Vec<_> = slots.iter().map(|slot| slot.param).collect();
        let buffers: Vec<_> =
            slots.iter().filter_map(|slot| slot.state.get("momentum_buffer")).collect();
        ffi::sgd(&params, &buffers, &options, fused)
    }
}
