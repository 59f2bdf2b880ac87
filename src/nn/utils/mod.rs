//! What is done to parameters between the backward pass and the step: [`torch.nn.utils`].
//!
//! [`torch.nn.utils`]: https://docs.pytorch.org/docs/stable/nn.html#utilities

pub mod rnn;

use tch::{Device, Kind, Tensor};

/// Scales all gradients down together where their common norm is above `max_norm`:
/// [`torch.nn.utils.clip_grad_norm_`].
///
/// With g all gradients as one vector, g ← g · min(1, `max_norm` / (‖g‖₂ + 10⁻⁶)). Parameters
/// without a gradient are passed over. Returns ‖g‖₂ as it was before, a tensor of one number.
///
/// ```
/// use flambeau::prelude::*;
///
/// let mut weight = Tensor::zeros([2], (Kind::Float, Device::Cpu)).set_requires_grad(true);
/// (&weight * Tensor::from_slice(&[3.0_f32, 4.0])).sum(Kind::Float).backward();
/// let norm = nn::utils::clip_grad_norm_(&[weight.shallow_clone()], 1.0);
/// assert_eq!(norm.double_value(&[]), 5.0);
/// assert!((weight.grad() - Tensor::from_slice(&[0.6, 0.8])).abs().max().double_value(&[]) < 1e-6);
/// # weight.zero_grad();
/// ```
///
/// [`torch.nn.utils.clip_grad_norm_`]: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
pub fn clip_grad_norm_(parameters: &[Tensor], max_norm: f64) -> Tensor {
    tch::no_grad(|| {
        let gradients: Vec<_> =
            parameters.iter().map(Tensor::grad).filter(Tensor::defined).collect();
        let Some(first) = gradients.first() else {
            return Tensor::zeros([], (Kind::Float, Device::Cpu));
        };

        let norms: Vec<_> = gradients.iter().map(|g| g.norm().to_device(first.device())).collect();
        let total = Tensor::stack(&norms, 0).norm();
        let coefficient = ((&total + 1e-6).reciprocal() * max_norm).clamp_max(1.0);
        for mut gradient in gradients {
            let _ = gradient.g_mul_(&coefficient.to_device(gradient.device()));
        }
        total
    })
}
