//! Normalisation.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("batch_norm1d", both_modes(|| nn::BatchNorm1d::new(3), &[4, 3, 5])),
        (
            "batch_norm1d_cumulative",
            both_modes(|| nn::BatchNorm1d::options(3).eps(1e-3).momentum(None).build(), &[4, 3, 5]),
        ),
        ("instance_norm1d", both_modes(|| nn::InstanceNorm1d::new(3), &[4, 3, 5])),
        (
            "instance_norm1d_all",
            both_modes(
                || {
                    nn::InstanceNorm1d::options(3)
                        .eps(1e-3)
                        .momentum(0.2)
                        .affine(true)
                        .track_running_stats(true)
                        .build()
                },
                &[4, 3, 5],
            ),
        ),
        ("batch_norm2d", both_modes(|| nn::BatchNorm2d::new(3), &[4, 3, 5, 4])),
        (
            "batch_norm2d_cumulative",
            both_modes(
                || nn::BatchNorm2d::options(3).eps(1e-3).momentum(None).build(),
                &[4, 3, 5, 4],
            ),
        ),
        ("instance_norm2d", both_modes(|| nn::InstanceNorm2d::new(3), &[4, 3, 5, 4])),
        (
            "instance_norm2d_all",
            both_modes(
                || {
                    nn::InstanceNorm2d::options(3)
                        .eps(1e-3)
                        .momentum(0.2)
                        .affine(true)
                        .track_running_stats(true)
                        .build()
                },
                &[4, 3, 5, 4],
            ),
        ),
        ("batch_norm3d", both_modes(|| nn::BatchNorm3d::new(3), &[2, 3, 4, 3, 2])),
        (
            "batch_norm3d_cumulative",
            both_modes(
                || nn::BatchNorm3d::options(3).eps(1e-3).momentum(None).build(),
                &[2, 3, 4, 3, 2],
            ),
        ),
        ("instance_norm3d", both_modes(|| nn::InstanceNorm3d::new(3), &[2, 3, 4, 3, 2])),
        (
            "instance_norm3d_all",
            both_modes(
                || {
                    nn::InstanceNorm3d::options(3)
                        .eps(1e-3)
                        .momentum(0.2)
                        .affine(true)
                        .track_running_stats(true)
                        .build()
                },
                &[2, 3, 4, 3, 2],
            ),
        ),
        (
            "batch_norm1d_vectors",
            both_modes(|| nn::BatchNorm1d::options(3).affine(false).build(), &[6, 3]),
        ),
        (
            "batch_norm2d_no_tracking",
            both_modes(
                || nn::BatchNorm2d::options(3).track_running_stats(false).bias(false).build(),
                &[4, 3, 5, 4],
            ),
        ),
        (
            "instance_norm2d_one_image",
            both_modes(
                || nn::InstanceNorm2d::options(3).affine(true).bias(false).build(),
                &[3, 5, 4],
            ),
        ),
        ("layer_norm", both_modes(|| nn::LayerNorm::new([6]), &[4, 6])),
        (
            "layer_norm_two",
            both_modes(|| nn::LayerNorm::options([3, 6]).eps(1e-3).bias(false).build(), &[4, 3, 6]),
        ),
        (
            "layer_norm_plain",
            both_modes(
                || nn::LayerNorm::options([6]).elementwise_affine(false).build(),
                &[2, 4, 6],
            ),
        ),
        ("group_norm", both_modes(|| nn::GroupNorm::new(3, 6), &[4, 6, 5])),
        (
            "group_norm_one",
            both_modes(
                || nn::GroupNorm::options(1, 6).eps(1e-3).affine(false).build(),
                &[2, 6, 4, 3],
            ),
        ),
        (
            "group_norm_each",
            both_modes(|| nn::GroupNorm::options(4, 4).bias(false).build(), &[2, 4, 5]),
        ),
        ("rms_norm", both_modes(|| nn::RMSNorm::new([6]), &[4, 6])),
        ("rms_norm_eps", both_modes(|| nn::RMSNorm::options([3, 6]).eps(1e-5).build(), &[4, 3, 6])),
        (
            "rms_norm_plain",
            both_modes(|| nn::RMSNorm::options([6]).elementwise_affine(false).build(), &[4, 6]),
        ),
        ("local_response_norm", both_modes(|| nn::LocalResponseNorm::new(2), &[2, 5, 6, 4])),
        (
            "local_response_norm_all",
            both_modes(
                || nn::LocalResponseNorm::options(3).alpha(0.5).beta(0.25).k(2.0).build(),
                &[2, 5, 6],
            ),
        ),
    ]
}
