//! Stochastic gradient descent.

use tch::Tensor;

use super::group::{optimizer, told_by_name};
use super::states::Slots;
use super::{Rule, not_negative, refused_by_fused};
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
    /// torch::mean(&model.forward(&torch::ones([8, 2]))).backward();
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
    group {
        lr,
        momentum,
        dampening,
        weight_decay,
        nesterov,
        maximize,
        foreach = Object::None,
        differentiable = false.into(),
        fused,
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

    fn begin(&self, _param: &Tensor) -> StateDict {
        StateDict::new()
    }

    fn refuses(&self, param: &Tensor, sparse: bool) -> Option<String> {
        refused_by_fused(self.fused, param).or_else(|| {
            let words = match (self.fused, self.weight_decay != 0.0) {
                (true, _) => "`_fused_sgd` does not support sparse gradients",
                // The gradient's sum with the weights. These are libtorch's words.
                (_, true) => "add(sparse, dense) is not supported. Use add(dense, sparse) instead.",
                _ => return None,
            };
            sparse.then(|| words.into())
        })
    }

    fn step(&self, slots: &mut Slots) -> Result<()> {
        let Self { lr, momentum, dampening, weight_decay, nesterov, maximize, fused } = *self;
        let options = ffi::SgdOptions { lr, momentum, dampening, weight_decay, nesterov, maximize };
        if momentum == 0.0 {
            return ffi::sgd(slots.params(), &[], &options, fused, slots.scaling());
        }
        // Undefined, a buffer begins with this step.
        let buffer = |state: &StateDict| {
            state.get("momentum_buffer").map_or_else(Tensor::new, Tensor::shallow_clone)
        };
        let buffers: Vec<_> = slots.iter().map(|(_, state)| buffer(state)).collect();
        let begins: Vec<_> = buffers.iter().map(|buffer| !buffer.defined()).collect();
        ffi::sgd(slots.params(), &buffers, &options, fused, slots.scaling())?;
        // A step that is none begins nothing. Python keeps the buffers, which the kernel has left as
        // the memory was that they were given.
        let found_inf = slots.scaling().and_then(|scaling| scaling.found_inf.as_ref());
        if begins.contains(&true) && found_inf.is_some_and(|found| found.double_value(&[]) != 0.0) {
            return Ok(());
        }
        // A parameter that is here twice begins twice, and keeps its second buffer, as in Python.
        for (i, buffer) in buffers.into_iter().enumerate().filter(|(i, _)| begins[*i]) {
            slots.put(i, "momentum_buffer", buffer);
        }
        Ok(())
    }
}
