//! Initial values.

use flambeau::nn::init;

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("init_uniform", drawn(|w| init::uniform_options(w).a(-0.5).b(1.5).call(), &[4, 5])),
        ("init_normal", drawn(|w| init::normal_options(w).mean(1).std(2).call(), &[4, 5])),
        (
            "init_trunc_normal",
            drawn(|w| init::trunc_normal_options(w).a(-1).b(1).call(), &[20, 15]),
        ),
        (
            "init_trunc_normal_far",
            drawn(|w| init::trunc_normal_options(w).a(1).b(2.5).call(), &[20, 15]),
        ),
        ("init_constant", drawn(|w| init::constant_(w, 0.3), &[4, 5])),
        ("init_ones", drawn(|w| init::ones_(w), &[4, 5])),
        ("init_zeros", drawn(|w| init::zeros_(w), &[4, 5])),
        ("init_eye", drawn(|w| init::eye_(w), &[4, 5])),
        ("init_dirac", drawn(|w| init::dirac_(w), &[4, 3, 3, 5])),
        ("init_dirac_groups", drawn(|w| init::dirac_options(w).groups(2).call(), &[4, 3, 3])),
        ("init_xavier_uniform", drawn(|w| init::xavier_uniform_(w), &[4, 5])),
        (
            "init_xavier_uniform_gain",
            drawn(
                |w| init::xavier_uniform_options(w).gain(init::calculate_gain("tanh")).call(),
                &[4, 3, 2, 2],
            ),
        ),
        ("init_xavier_normal", drawn(|w| init::xavier_normal_(w), &[4, 5])),
        (
            "init_xavier_normal_gain",
            drawn(
                |w| init::xavier_normal_options(w).gain(init::calculate_gain("selu")).call(),
                &[4, 3, 2],
            ),
        ),
        ("init_kaiming_uniform", drawn(|w| init::kaiming_uniform_(w), &[4, 5])),
        (
            "init_kaiming_uniform_fan_out",
            drawn(
                |w| init::kaiming_uniform_options(w).a(0.2).mode("fan_out").call(),
                &[4, 3, 2, 2],
            ),
        ),
        ("init_kaiming_normal", drawn(|w| init::kaiming_normal_(w), &[4, 5])),
        (
            "init_kaiming_normal_fan_out",
            drawn(
                |w| init::kaiming_normal_options(w).mode("fan_out").nonlinearity("relu").call(),
                &[4, 3, 2, 2],
            ),
        ),
        ("init_orthogonal", drawn(|w| init::orthogonal_(w), &[5, 4])),
        ("init_orthogonal_wide", drawn(|w| init::orthogonal_options(w).gain(2).call(), &[3, 2, 5])),
        ("init_sparse", drawn(|w| init::sparse_(w, 0.3), &[7, 4])),
        ("init_sparse_std", drawn(|w| init::sparse_options(w, 0.5).std(2).call(), &[4, 6])),
        (
            "init_uniform_generator",
            generated(|w, g| init::uniform_options(w).a(-0.5).b(1.5).generator(g).call(), &[4, 5]),
        ),
        (
            "init_normal_generator",
            generated(|w, g| init::normal_options(w).mean(1).std(2).generator(g).call(), &[4, 5]),
        ),
        (
            "init_trunc_normal_generator",
            generated(
                |w, g| init::trunc_normal_options(w).a(-1).b(1).generator(g).call(),
                &[20, 15],
            ),
        ),
        (
            "init_trunc_normal_far_generator",
            generated(
                |w, g| init::trunc_normal_options(w).a(1).b(2.5).generator(g).call(),
                &[20, 15],
            ),
        ),
        (
            "init_xavier_uniform_generator",
            generated(
                |w, g| init::xavier_uniform_options(w).gain(1.5).generator(g).call(),
                &[4, 5],
            ),
        ),
        (
            "init_xavier_normal_generator",
            generated(|w, g| init::xavier_normal_options(w).generator(g).call(), &[4, 5]),
        ),
        (
            "init_kaiming_uniform_generator",
            generated(|w, g| init::kaiming_uniform_options(w).generator(g).call(), &[4, 5]),
        ),
        (
            "init_kaiming_normal_generator",
            generated(
                |w, g| {
                    init::kaiming_normal_options(w)
                        .mode("fan_out")
                        .nonlinearity("relu")
                        .generator(g)
                        .call()
                },
                &[4, 3, 2, 2],
            ),
        ),
        (
            "init_orthogonal_generator",
            generated(|w, g| init::orthogonal_options(w).generator(g).call(), &[5, 4]),
        ),
        (
            "init_sparse_generator",
            generated(|w, g| init::sparse_options(w, 0.3).generator(g).call(), &[7, 4]),
        ),
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
fn generated(fill: impl Fn(&Tensor, &random::Generator) + 'static, shape: &'static [i64]) -> Case {
    Box::new(move || {
        let generator = random::Generator::new();
        generator.manual_seed(7);
        let w = Tensor::empty(shape, (Kind::Float, Device::Cpu)).set_requires_grad(true);
        fill(&w, &generator);
        StateDict::from([
            ("weight".to_string(), w.detach()),
            ("next".to_string(), Tensor::from_slice(&generator.randperm(8))),
        ])
    })
}
