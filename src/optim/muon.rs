//! Muon.

use tch::Tensor;

use super::Rule;
use super::group::{optimizer, told_by_name};
use super::states::Slots;
use crate::nn::StateDict;
use crate::{Result, ffi};

optimizer!(
    /// For matrices: each moves by the orthogonal matrix that is nearest to its momentum:
    /// [`torch.optim.Muon`] ([Jordan et al., 2024](https://kellerjordan.github.io/posts/muon/)).
    ///
    /// - b ← b + (1 - `momentum`)·(g - b), with `nesterov` u = g + `momentum`·(b - g), else u = b
    /// - o ← `ns_steps` Newton-Schulz steps of u, in bf16: x ← a·x + (b·A + c·A²)·x, A = x·xᵀ, with the
    ///   three `ns_coefficients`
    /// - θ ← θ·(1 - `lr`·`weight_decay`) - `lr` · √max(1, rows/columns) · o; with `adjust_lr_fn`
    ///   `"match_rms_adamw"` 0.2·√max(rows, columns) in the root's place
    ///
    /// The state holds `momentum_buffer`, b. Parameters that are no matrices are refused: they belong to
    /// another optimizer.
    ///
    /// # Panics
    /// When an option is outside its range, in PyTorch's words.
    ///
    /// ```
    /// use flambeau::prelude::*;
    ///
    /// let model = nn::Linear::new(4, 3);
    /// let mut muon = optim::Muon::new(vec![model.weight.shallow_clone()], 0.02);
    /// let mut adam = optim::AdamW::new(vec![model.bias.as_ref().unwrap().shallow_clone()], 3e-4);
    /// torch::mean(&model.forward(&torch::ones([8, 4]))).backward();
    /// muon.step();
    /// adam.step();
    /// ```
    ///
    /// [`torch.optim.Muon`]: https://docs.pytorch.org/docs/stable/generated/torch.optim.Muon.html
    Muon / MuonRule / MuonOptions {
        /// The learning rate.
        lr: f64 = 1e-3,
        /// How fast each parameter goes to 0 by itself, as a share of the learning rate.
        weight_decay: f64 = 0.1,
        /// How much of the last step's direction stays.
        momentum: f64 = 0.95,
        /// Whether to look ahead, as Nesterov does.
        nesterov: bool = true,
        /// a, b and c of each Newton-Schulz step.
        ns_coefficients: (f64, f64, f64) = (3.4445, -4.7750, 2.0315),
        /// What the momentum's norm is at least, to be safe from 0.
        eps: f64 = 1e-7,
        /// How many Newton-Schulz steps there are.
        ns_steps: i64 = 5,
        /// How the step's length goes by the matrix's form: `"original"`, also if not given, or
        /// `"match_rms_adamw"`.
        adjust_lr_fn: Option<String>,
    }
    group {
        lr,
        weight_decay,
        momentum,
        nesterov,
        ns_coefficients,
        eps,
        ns_steps,
        adjust_lr_fn,
    }
);

impl Rule for MuonRule {
    told_by_name!(Muon);

    fn check(&self, params: &[Tensor]) {
        let Self { lr, momentum, weight_decay, .. } = *self;
        assert!(lr >= 0.0, "Learning rate should be >= 0 but is: {lr:?}");
        assert!(momentum >= 0.0, "momentum should be >= 0 but is: {momentum:?}");
        assert!(weight_decay >= 0.0, "weight decay should be >= 0 but is: {weight_decay:?}");
        if let Some(problem) = self.unsound() {
            panic!("{problem}");
        }
        for param in params {
            assert!(
                param.dim() == 2,
                "Muon only supports 2D parameters whereas we found a parameter with size: {:?}",
                param.size()
            );
        }
    }

    fn unsound(&self) -> Option<String> {
        if self.ns_steps >= 100 {
            return Some(
                "Number of steps must be less than 100 for computational efficiency".into(),
            );
        }
        let adjust = self.adjust_lr_fn.as_deref().unwrap_or("original");
        let known = ["original", "match_rms_adamw"].contains(&adjust);
        (!known).then(|| format!("Adjust learning rate function {adjust} is not supported"))
    }

    fn begin(&self, param: &Tensor) -> StateDict {
        [("momentum_buffer".to_string(), param.zeros_like())].into_iter().collect()
    }

    fn refuses(&self, param: &Tensor, sparse: bool) -> Option<String> {
        if param.is_complex() {
            return Some("Muon does not support complex parameters".into());
        }
        sparse.then(|| "Muon does not support sparse gradients".into())
    }

    fn step(&self, slots: &mut Slots) -> Result<()> {
        for (param, state) in slots.iter() {
            let grad = param.grad();
            let mut buffer = state["momentum_buffer"].shallow_clone();
            let _ = buffer.lerp_(&grad, 1.0 - self.momentum);
            let update = if self.nesterov { grad.lerp(&buffer, self.momentum) } else { buffer };
            let update = self.orthogonal(&update);
            let (rows, columns) = (param.size()[0] as f64, param.size()[1] as f64);
            let ratio = match self.adjust_lr_fn.as_deref() {
                Some("match_rms_adamw") => 0.2 * rows.max(columns).sqrt(),
                _ => (rows / columns).max(1.0).sqrt(),
            };
            let mut param = param.shallow_clone();
            let _ = param.g_mul_scalar_(1.0 - self.lr * self.weight_decay);
            ffi::add_(&param, &update, -(self.lr * ratio));
        }
        Ok(())
    }
}

impl MuonRule {
    /// Nearly the orthogonal matrix that is nearest to `matrix`.
    fn orthogonal(&self, matrix: &Tensor) -> Tensor {
        let (a, b, c) = self.ns_coefficients;
        let high = matrix.size()[0] > matrix.size()[1];
        let turned = |matrix: Tensor| if high { matrix.tr() } else { matrix };
        let mut x = turned(matrix.to_kind(tch::Kind::BFloat16));
        let norm = x.norm().clamp_min(self.eps);
        let _ = x.g_div_(&norm);
        for _ in 0..self.ns_steps {
            let gram = x.matmul(&x.tr());
            let update = ffi::addmm(&gram, &gram, &gram, b, c);
            x = ffi::addmm(&x, &update, &x, a, 1.0);
        }
        turned(x)
    }
}
