//! Dropout.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("dropout", both_modes(nn::Dropout::default, &[8, 10])),
        ("dropout_p", both_modes(|| nn::Dropout::new(0.2), &[8, 10])),
        ("dropout1d", both_modes(nn::Dropout1d::default, &[4, 8, 5])),
        ("dropout1d_p", both_modes(|| nn::Dropout1d::new(0.2), &[4, 8, 5])),
        ("dropout2d", both_modes(nn::Dropout2d::default, &[4, 8, 3, 2])),
        ("dropout2d_p", both_modes(|| nn::Dropout2d::new(0.2), &[4, 8, 3, 2])),
        ("dropout3d", both_modes(nn::Dropout3d::default, &[2, 8, 3, 2, 2])),
        ("dropout3d_p", both_modes(|| nn::Dropout3d::new(0.2), &[2, 8, 3, 2, 2])),
        ("alpha_dropout", both_modes(nn::AlphaDropout::default, &[8, 10])),
        ("alpha_dropout_p", both_modes(|| nn::AlphaDropout::new(0.2), &[8, 10])),
        ("feature_alpha_dropout", both_modes(nn::FeatureAlphaDropout::default, &[4, 8, 3])),
        ("feature_alpha_dropout_p", both_modes(|| nn::FeatureAlphaDropout::new(0.2), &[4, 8, 3])),
        ("dropout_all", both_modes(|| nn::Dropout::new(1.0), &[4, 5])),
        ("dropout1d_one_signal", both_modes(|| nn::Dropout1d::new(0.4), &[8, 5])),
        ("dropout_inplace", overwriting(|| nn::Dropout::options().inplace(true).build(), &[8, 10])),
        (
            "dropout1d_inplace",
            overwriting(|| nn::Dropout1d::options().inplace(true).build(), &[4, 8, 5]),
        ),
        (
            "dropout2d_inplace",
            overwriting(|| nn::Dropout2d::options().inplace(true).build(), &[4, 8, 3, 2]),
        ),
        (
            "dropout3d_inplace",
            overwriting(|| nn::Dropout3d::options().inplace(true).build(), &[2, 8, 3, 2, 2]),
        ),
        (
            "alpha_dropout_inplace",
            overwriting(|| nn::AlphaDropout::options().inplace(true).build(), &[8, 10]),
        ),
        (
            "feature_alpha_dropout_inplace",
            overwriting(|| nn::FeatureAlphaDropout::options().inplace(true).build(), &[4, 8, 3]),
        ),
        ("dropout3d_one_volume", both_modes(|| nn::Dropout3d::new(0.4), &[8, 3, 2, 2])),
        ("dropout3d_of_three", both_modes(|| nn::Dropout3d::new(0.4), &[8, 5, 2])),
    ]
}
