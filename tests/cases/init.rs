//! Initial values.

use flambeau::nn::init;

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("init_uniform", drawn(|w| init::uniform_(w, -0.5, 1.5), &[4, 5])),
        ("init_normal", drawn(|w| init::normal_(w, 1.0, 2.0), &[4, 5])),
        ("init_trunc_normal", drawn(|w| init::trunc_normal_(w, 0.0, 1.0, -1.0, 1.0), &[20, 15])),
        ("init_trunc_normal_far", drawn(|w| init::trunc_normal_(w, 0.0, 1.0, 1.0, 2.5), &[20, 15])),
        ("init_constant", drawn(|w| init::constant_(w, 0.3), &[4, 5])),
        ("init_ones", drawn(init::ones_, &[4, 5])),
        ("init_zeros", drawn(init::zeros_, &[4, 5])),
        ("init_eye", drawn(init::eye_, &[4, 5])),
        ("init_dirac", drawn(|w| init::dirac_(w, 1), &[4, 3, 3, 5])),
        ("init_dirac_groups", drawn(|w| init::dirac_(w, 2), &[4, 3, 3])),
        ("init_xavier_uniform", drawn(|w| init::xavier_uniform_(w, 1.0), &[4, 5])),
        (
            "init_xavier_uniform_gain",
            drawn(
                |w| init::xavier_uniform_(w, init::calculate_gain(init::Nonlinearity::Tanh, None)),
                &[4, 3, 2, 2],
            ),
        ),
        ("init_xavier_normal", drawn(|w| init::xavier_normal_(w, 1.0), &[4, 5])),
        (
            "init_xavier_normal_gain",
            drawn(
                |w| init::xavier_normal_(w, init::calculate_gain(init::Nonlinearity::Selu, None)),
                &[4, 3, 2],
            ),
        ),
        (
            "init_kaiming_uniform",
            drawn(
                |w| {
                    init::kaiming_uniform_(
                        w,
                        0.0,
                        init::FanMode::FanIn,
                        init::Nonlinearity::LeakyRelu,
                    )
                },
                &[4, 5],
            ),
        ),
        (
            "init_kaiming_uniform_fan_out",
            drawn(
                |w| {
                    init::kaiming_uniform_(
                        w,
                        0.2,
                        init::FanMode::FanOut,
                        init::Nonlinearity::LeakyRelu,
                    )
                },
                &[4, 3, 2, 2],
            ),
        ),
        (
            "init_kaiming_normal",
            drawn(
                |w| {
                    init::kaiming_normal_(
                        w,
                        0.0,
                        init::FanMode::FanIn,
                        init::Nonlinearity::LeakyRelu,
                    )
                },
                &[4, 5],
            ),
        ),
        (
            "init_kaiming_normal_fan_out",
            drawn(
                |w| init::kaiming_normal_(w, 0.0, init::FanMode::FanOut, init::Nonlinearity::Relu),
                &[4, 3, 2, 2],
            ),
        ),
        ("init_orthogonal", drawn(|w| init::orthogonal_(w, 1.0), &[5, 4])),
        ("init_orthogonal_wide", drawn(|w| init::orthogonal_(w, 2.0), &[3, 2, 5])),
        ("init_sparse", drawn(|w| init::sparse_(w, 0.3, 0.01), &[7, 4])),
        ("init_sparse_std", drawn(|w| init::sparse_(w, 0.5, 2.0), &[4, 6])),
        ("init_uniform_generator", generated(|w| init::uniform_(w, -0.5, 1.5), &[4, 5])),
        ("init_normal_generator", generated(|w| init::normal_(w, 1.0, 2.0), &[4, 5])),
        (
            "init_trunc_normal_generator",
            generated(|w| init::trunc_normal_(w, 0.0, 1.0, -1.0, 1.0), &[20, 15]),
        ),
        (
            "init_trunc_normal_far_generator",
            generated(|w| init::trunc_normal_(w, 0.0, 1.0, 1.0, 2.5), &[20, 15]),
        ),
        ("init_xavier_uniform_generator", generated(|w| init::xavier_uniform_(w, 1.5), &[4, 5])),
        (
            "init_kaiming_normal_generator",
            generated(
                |w| init::kaiming_normal_(w, 0.0, init::FanMode::FanOut, init::Nonlinearity::Relu),
                &[4, 3, 2, 2],
            ),
        ),
        ("init_orthogonal_generator", generated(|w| init::orthogonal_(w, 1.0), &[5, 4])),
        ("init_sparse_generator", generated(|w| init::sparse_(w, 0.3, 0.01), &[7, 4])),
    ]
}

/// Initial values.
fn drawn(fill: impl Fn(&Tensor) + 'static, shape: &'static [i64]) -> Case {
    Box::new(move || {
        let w = Tensor::empty(shape, (Kind::Float, Device::Cpu)).set_requires_grad(true);
        fill(&w);
        StateDict::from([("weight".to_string(), w.detach())])
    })
}

/// Initial values from a generator of one's own, and what it draws next.
fn generated(fill: impl Fn(&Tensor) + 'static, shape: &'static [i64]) -> Case {
    Box::new(move || {
        let generator = random::Generator::new();
        generator.manual_seed(7);
        let w = Tensor::empty(shape, (Kind::Float, Device::Cpu)).set_requires_grad(true);
        init::with_generator(&generator, || fill(&w));
        StateDict::from([
            ("weight".to_string(), w.detach()),
            ("next".to_string(), Tensor::from_slice(&generator.randperm(8))),
        ])
    })
}
