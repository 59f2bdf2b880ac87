//! What only rearranges: flatten, fold, pixel shuffle.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("flatten", layer(nn::Flatten::new, &[2, 3, 4, 5])),
        (
            "flatten_dims",
            layer(|| nn::Flatten::options().start_dim(0).end_dim(2).build(), &[2, 3, 4, 5]),
        ),
        ("unflatten", layer(|| nn::Unflatten::new(1, (2, 3)), &[4, 6])),
        ("unflatten_infers", layer(|| nn::Unflatten::new(-1, (-1, 4)), &[2, 3, 8])),
        ("unfold", layer(|| nn::Unfold::new((2, 3)), &[2, 3, 5, 6])),
        (
            "unfold_all",
            layer(
                || nn::Unfold::options(3).dilation(2).padding(1).stride((2, 1)).build(),
                &[2, 3, 7, 6],
            ),
        ),
        ("fold", layer(|| nn::Fold::new((4, 5), 2), &[2, 12, 12])),
        (
            "fold_all",
            layer(
                || nn::Fold::options(6, (2, 3)).dilation((2, 1)).padding(1).stride(2).build(),
                &[2, 12, 9],
            ),
        ),
        ("pixel_shuffle", layer(|| nn::PixelShuffle::new(2), &[2, 8, 3, 4])),
        ("pixel_shuffle_three", layer(|| nn::PixelShuffle::new(3), &[9, 2, 2])),
        ("pixel_unshuffle", layer(|| nn::PixelUnshuffle::new(2), &[2, 3, 4, 6])),
        ("pixel_unshuffle_three", layer(|| nn::PixelUnshuffle::new(3), &[2, 3, 3])),
        ("upsample", layer(|| nn::Upsample::new(5), &[2, 3, 4])),
        (
            "upsample_scale",
            layer(|| nn::Upsample::options().scale_factor(2).build(), &[2, 3, 4, 5]),
        ),
        ("upsample_each_side", layer(|| nn::Upsample::new((3, 2, 7)), &[1, 2, 3, 4, 5])),
        (
            "upsample_bilinear",
            layer(
                || {
                    let upsample = nn::Upsample::options().scale_factor((1.5, 2.0));
                    upsample.mode("bilinear").align_corners(true).build()
                },
                &[2, 3, 4, 5],
            ),
        ),
        (
            "upsample_bicubic",
            layer(
                || {
                    let upsample = nn::Upsample::options().scale_factor(1.3);
                    upsample.mode("bicubic").recompute_scale_factor(true).build()
                },
                &[2, 3, 4, 5],
            ),
        ),
        ("channel_shuffle", layer(|| nn::ChannelShuffle::new(2), &[2, 6, 3])),
        ("channel_shuffle_three", layer(|| nn::ChannelShuffle::new(3), &[2, 6, 3, 4])),
    ]
}
