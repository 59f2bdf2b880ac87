//! Modules made of modules.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        (
            "sequential",
            layer(
                || {
                    nn::sequential!(
                        nn::Linear::new(6, 5),
                        nn::ReLU::new(),
                        nn::sequential!(nn::Linear::new(5, 4)),
                    )
                },
                &[3, 6],
            ),
        ),
        ("sequential_empty", layer(|| nn::sequential!(), &[3, 6])),
    ]
}
