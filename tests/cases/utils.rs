//! What is done to gradients, and weights that are computed from others.

use flambeau::nn::utils;
use flambeau::nn::utils::parametrizations::{
    spectral_norm, spectral_norm_options, weight_norm, weight_norm_options,
};

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("clip_grad_norm", clipped(|p| utils::clip_grad_norm_(p, 1))),
        ("clip_grad_norm_above", clipped(|p| utils::clip_grad_norm_(p, 1000.0))),
        (
            "clip_grad_norm_infinity",
            clipped(|p| utils::clip_grad_norm_options(p, 1).norm_type(f64::INFINITY).call()),
        ),
        (
            "clip_grad_norm_p",
            clipped(|p| {
                utils::clip_grad_norm_options(p, 1).norm_type(3).error_if_nonfinite(true).call()
            }),
        ),
        (
            "clip_grad_value",
            clipped(|p| {
                utils::clip_grad_value_(p, 0.5);
                Tensor::zeros([], (Kind::Float, Device::Cpu))
            }),
        ),
        ("parameters_to_vector", Box::new(as_a_vector)),
        ("weight_norm", both_modes(|| weight_norm(nn::Linear::new(4, 3)), &[5, 4])),
        (
            "weight_norm_dim",
            both_modes(
                || {
                    let conv = nn::Conv2d::options(3, 4, 3).padding(1).bias(false).build();
                    weight_norm_options(conv).dim(1).call()
                },
                &[2, 3, 5, 6],
            ),
        ),
        (
            "weight_norm_whole",
            both_modes(
                || weight_norm_options(nn::Conv1d::new(3, 4, 2)).dim(None).call(),
                &[2, 3, 6],
            ),
        ),
        ("weight_norm_of_old", both_modes(|| utils::weight_norm(nn::Linear::new(4, 3)), &[5, 4])),
        (
            "weight_norm_of_old_dim",
            both_modes(
                || {
                    let conv = nn::ConvTranspose1d::options(3, 4, 2).bias(false).build();
                    utils::weight_norm_options(conv).dim(None).call()
                },
                &[2, 3, 6],
            ),
        ),
        ("spectral_norm", both_modes(|| spectral_norm(nn::Linear::new(4, 3)), &[5, 4])),
        (
            "spectral_norm_conv",
            both_modes(
                || {
                    spectral_norm_options(nn::Conv2d::new(3, 4, 3))
                        .n_power_iterations(3)
                        .eps(1e-6)
                        .call()
                },
                &[2, 3, 5, 6],
            ),
        ),
        (
            "spectral_norm_transposed",
            both_modes(|| spectral_norm(nn::ConvTranspose1d::new(3, 4, 2)), &[2, 3, 6]),
        ),
        (
            "spectral_norm_dim",
            both_modes(
                || {
                    let conv = nn::Conv1d::options(3, 4, 2).bias(false).build();
                    spectral_norm_options(conv).dim(-1).call()
                },
                &[2, 3, 6],
            ),
        ),
        (
            "weight_norm_bias",
            both_modes(|| weight_norm_options(nn::Linear::new(4, 3)).name("bias").call(), &[5, 4]),
        ),
        (
            "weight_norm_bias_whole",
            both_modes(
                || {
                    let conv = nn::ConvTranspose1d::new(3, 4, 2);
                    weight_norm_options(conv).name("bias").dim(None).call()
                },
                &[2, 3, 6],
            ),
        ),
        (
            "spectral_norm_bias",
            both_modes(
                || spectral_norm_options(nn::Linear::new(4, 3)).name("bias").call(),
                &[5, 4],
            ),
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

/// A model's parameters as a vector, with its gradient, and another's with a vector's values.
fn as_a_vector() -> StateDict {
    let model = nn::sequential!(nn::Linear::new(3, 2), nn::PReLU::default(), nn::Linear::new(2, 4));
    let vector = utils::parameters_to_vector(&model.parameters());
    torch::sum(&(&vector * &vector)).backward();
    let mut result = StateDict::from([("vector".to_string(), vector.detach())]);
    let grads = model.named_parameters().into_iter();
    result.extend(grads.map(|(name, p)| (format!("{name}.grad"), p.grad())));
    utils::vector_to_parameters(&(vector.detach() * 2), &model.parameters());
    result.extend(model.state_dict());
    result
}
