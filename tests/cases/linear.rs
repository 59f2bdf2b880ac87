//! Linear layers.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    let linear = nn::Linear::options;
    vec![
        ("linear", layer(|| nn::Linear::new(20, 30), &[8, 20])),
        ("linear_no_bias", layer(move || linear(20, 30).bias(false).build(), &[8, 20])),
        ("linear_3d_input", layer(|| nn::Linear::new(5, 7), &[2, 3, 5])),
        ("linear_vector", layer(|| nn::Linear::new(5, 7), &[5])),
        ("identity", layer(nn::Identity::new, &[4, 5])),
        (
            "bilinear",
            function_of(
                || nn::Bilinear::new(4, 5, 3),
                |b, x| b.forward(x, &(x.sin().pad([0, 1], "constant", None))),
                &[6, 4],
            ),
        ),
        (
            "bilinear_no_bias",
            function_of(
                || nn::Bilinear::options(4, 4, 2).bias(false).build(),
                |b, x| b.forward(x, &x.cos()),
                &[2, 3, 4],
            ),
        ),
        ("identity_double", double(nn::Identity::new, &[4, 5])),
    ]
}
