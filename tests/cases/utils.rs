//! What is done to gradients.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![("clip_grad_norm", clipped(1.0)), ("clip_grad_norm_above", clipped(1000.0))]
}

/// The gradients of a small network after `clip_grad_norm_`, and the norm that they had.
fn clipped(max_norm: f64) -> Case {
    Box::new(move || {
        let model = nn::sequential!(nn::Linear::new(6, 5), nn::ReLU::new(), nn::Linear::new(5, 3));
        let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
        model.forward(&x).square().sum(None).backward();
        let norm = nn::utils::clip_grad_norm_(&model.parameters(), max_norm);
        let gradients = model.named_parameters();
        let gradients = gradients.iter().map(|(name, p)| (format!("{name}.grad"), p.grad()));
        [("norm".to_string(), norm)].into_iter().chain(gradients).collect()
    })
}
