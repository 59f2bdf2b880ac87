//! Activations.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("relu", layer(nn::ReLU::new, &[4, 10])),
        ("relu6", layer(nn::ReLU6::new, &[4, 10])),
        ("sigmoid", layer(nn::Sigmoid::new, &[4, 10])),
        ("tanh", layer(nn::Tanh::new, &[4, 10])),
        ("log_sigmoid", layer(nn::LogSigmoid::new, &[4, 10])),
        ("hardsigmoid", layer(nn::Hardsigmoid::new, &[4, 10])),
        ("silu", layer(nn::SiLU::new, &[4, 10])),
        ("mish", layer(nn::Mish::new, &[4, 10])),
        ("hardswish", layer(nn::Hardswish::new, &[4, 10])),
        ("selu", layer(nn::SELU::new, &[4, 10])),
        ("softsign", layer(nn::Softsign::new, &[4, 10])),
        ("tanhshrink", layer(nn::Tanhshrink::new, &[4, 10])),
        ("hardtanh", layer(nn::Hardtanh::new, &[4, 10])),
        ("elu", layer(nn::ELU::new, &[4, 10])),
        ("celu", layer(nn::CELU::new, &[4, 10])),
        ("leaky_relu", layer(nn::LeakyReLU::new, &[4, 10])),
        ("rrelu", layer(nn::RReLU::new, &[4, 10])),
        ("hardshrink", layer(nn::Hardshrink::new, &[4, 10])),
        ("softshrink", layer(nn::Softshrink::new, &[4, 10])),
        ("softplus", layer(nn::Softplus::new, &[4, 10])),
        ("gelu", layer(nn::GELU::new, &[4, 10])),
        ("prelu", layer(nn::PReLU::new, &[4, 10])),
        ("glu", layer(nn::GLU::new, &[4, 10])),
        (
            "hardtanh_range",
            layer(|| nn::Hardtanh::options().min_val(-0.5).max_val(1.5).build(), &[4, 10]),
        ),
        ("elu_alpha", layer(|| nn::ELU::options().alpha(0.3).build(), &[4, 10])),
        ("celu_alpha", layer(|| nn::CELU::options().alpha(2.5).build(), &[4, 10])),
        (
            "leaky_relu_slope",
            layer(|| nn::LeakyReLU::options().negative_slope(0.2).build(), &[4, 10]),
        ),
        ("rrelu_range", layer(|| nn::RReLU::options().lower(0.1).upper(0.9).build(), &[4, 10])),
        ("hardshrink_lambd", layer(|| nn::Hardshrink::options().lambd(0.3).build(), &[4, 10])),
        ("softshrink_lambd", layer(|| nn::Softshrink::options().lambd(0.3).build(), &[4, 10])),
        (
            "softplus_beta",
            layer(|| nn::Softplus::options().beta(2.0).threshold(1.5).build(), &[4, 10]),
        ),
        ("gelu_tanh", layer(|| nn::GELU::options().approximate("tanh").build(), &[4, 10])),
        (
            "prelu_channels",
            layer(|| nn::PReLU::options().num_parameters(3).init(0.1).build(), &[2, 3, 5]),
        ),
        ("glu_dim", layer(|| nn::GLU::dim(1), &[2, 4, 5])),
        ("threshold", layer(|| nn::Threshold::new(0.25, 20.5), &[4, 10])),
        ("threshold_negative", layer(|| nn::Threshold::new(-0.5, -1.5), &[4, 10])),
        ("softmin", layer(|| nn::Softmin::new(1), &[4, 10])),
        ("softmin_dim_0", layer(|| nn::Softmin::new(0), &[4, 10])),
        ("log_softmax", layer(|| nn::LogSoftmax::new(1), &[4, 10])),
        ("log_softmax_last", layer(|| nn::LogSoftmax::new(-1), &[2, 3, 5])),
        ("softmax2d", layer(nn::Softmax2d::new, &[2, 3, 4, 5])),
        ("softmax2d_one_image", layer(nn::Softmax2d::new, &[3, 4, 5])),
        ("softmax", layer(|| nn::Softmax::new(1), &[4, 10])),
        ("softmax_dim_0", layer(|| nn::Softmax::new(0), &[4, 10])),
    ]
}
