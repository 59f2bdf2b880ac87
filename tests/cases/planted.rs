//! Faults that are planted, for the proof to find.

use flambeau::nn::init;

use super::*;

/// What is wrong, the case whose place it takes, and what shows it. `eps` stands where PyTorch has
/// 1e-5.
pub fn faults(eps: f64) -> Vec<(&'static str, &'static str, &'static str, Case)> {
    vec![
        (
            "an initial bound that is 1 % off",
            "linear",
            "weight",
            layer(
                || {
                    linear(|linear, bound| {
                        drawn(&linear.weight, 1.01 * bound);
                        drawn(linear.bias.as_ref().expect("a bias"), bound);
                    })
                },
                &[8, 20],
            ),
        ),
        (
            "a bias that is drawn before the weight",
            "linear",
            "bias",
            layer(
                || {
                    linear(|linear, bound| {
                        drawn(linear.bias.as_ref().expect("a bias"), bound);
                        drawn(&linear.weight, bound);
                    })
                },
                &[8, 20],
            ),
        ),
        (
            "a wrong eps",
            "layer_norm",
            "output",
            both_modes(move || nn::LayerNorm::options([6]).eps(eps).build(), &[4, 6]),
        ),
    ]
}

/// The case's layer, drawn once more as `draw` does.
fn linear(draw: impl Fn(&nn::Linear, f64)) -> nn::Linear {
    let linear = nn::Linear::new(20, 30);
    random::manual_seed(0);
    draw(&linear, 1.0 / 20_f64.sqrt());
    linear
}

/// Draws it anew from U(-`bound`, `bound`).
fn drawn(parameter: &Tensor, bound: f64) {
    init::uniform_options(parameter).a(-bound).b(bound).call();
}
