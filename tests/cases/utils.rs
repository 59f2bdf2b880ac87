//! What is done to gradients.

use flambeau::nn::utils;

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("clip_grad_norm", clipped(|p| utils::clip_grad_norm_(p, 1.0))),
        ("clip_grad_norm_above", clipped(|p| utils::clip_grad_norm_(p, 1000.0))),
        ("clip_grad_norm_infinity", clipped(|p| by_norm(p, f64::INFINITY))),
        ("clip_grad_norm_p", clipped(|p| by_norm(p, 3.0))),
        (
            "clip_grad_value",
            clipped(|p| {
                utils::clip_grad_value_(p, 0.5);
                Tensor::zeros([], (Kind::Float, Device::Cpu))
            }),
        ),
    ]
}

/// The gradients of a small network after they were clipped, and the norm that they had.
fn clipped(clip: impl Fn(&[Tensor]) -> Tensor + 'static) -> Case {
    Box::new(move || {
        let model = nn::sequential!(nn::Linear::new(6, 5), nn::ReLU::new(), nn::Linear::new(5, 3));
        let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
        model.forward(&x).square().sum(None).backward();
        let norm = clip(&model.parameters());
        let gradients = model.named_parameters();
        let gradients = gradients.iter().map(|(name, p)| (format!("{name}.grad"), p.grad()));
        [("norm".to_string(), norm)].into_iter().chain(gradients).collect()
    })
}

/// Clips to 1 by another norm than the second.
fn by_norm(parameters: &[Tensor], norm_type: f64) -> Tensor {
    let gradients: Vec<_> = parameters.iter().map(Tensor::grad).collect();
    let norm = utils::get_total_norm(&gradients, norm_type, true).expect("a finite norm");
    utils::clip_grads_with_norm_(parameters, 1.0, &norm);
    norm
}
