//! Convolutions and their transposes.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    let conv = nn::Conv2d::options;
    vec![
        ("conv2d", layer(|| nn::Conv2d::new(3, 6, 5), &[2, 3, 12, 12])),
        ("conv2d_no_bias", layer(move || conv(3, 6, 5).bias(false).build(), &[2, 3, 12, 12])),
        (
            "conv2d_stride_padding",
            layer(move || conv(3, 6, 3).stride(2).padding(1).build(), &[2, 3, 11, 9]),
        ),
        (
            "conv2d_each_side",
            layer(
                || {
                    nn::Conv2d::options(3, 4, (3, 5))
                        .stride((2, 1))
                        .padding((4, 2))
                        .dilation((3, 1))
                        .build()
                },
                &[2, 3, 12, 10],
            ),
        ),
        ("conv2d_dilation", layer(move || conv(2, 3, 3).dilation(2).build(), &[2, 2, 9, 9])),
        ("conv2d_groups", layer(move || conv(4, 8, 3).groups(2).build(), &[2, 4, 8, 8])),
        ("conv2d_depthwise", layer(move || conv(4, 4, 3).groups(4).build(), &[2, 4, 8, 8])),
        ("conv2d_one_image", layer(|| nn::Conv2d::new(3, 6, 3), &[3, 8, 8])),
        (
            "conv2d_same",
            layer(|| nn::Conv2d::options(2, 3, (3, 4)).padding("same").build(), &[2, 2, 7, 8]),
        ),
        (
            "conv2d_same_dilated",
            layer(move || conv(2, 3, 4).padding("same").dilation((1, 2)).build(), &[2, 2, 7, 8]),
        ),
        ("conv2d_valid", layer(move || conv(2, 3, 3).padding("valid").build(), &[2, 2, 7, 8])),
        (
            "conv2d_reflect",
            layer(
                move || conv(2, 3, 3).padding((1, 2)).padding_mode("reflect").build(),
                &[2, 2, 7, 8],
            ),
        ),
        (
            "conv2d_replicate",
            layer(
                move || conv(2, 3, 3).padding(2).stride(2).padding_mode("replicate").build(),
                &[2, 2, 7, 8],
            ),
        ),
        (
            "conv2d_circular_same",
            layer(
                || {
                    nn::Conv2d::options(2, 3, (2, 3))
                        .padding("same")
                        .padding_mode("circular")
                        .build()
                },
                &[2, 2, 7, 8],
            ),
        ),
        ("conv1d", layer(|| nn::Conv1d::new(4, 6, 3), &[2, 4, 12])),
        (
            "conv1d_all",
            layer(
                || {
                    let options = nn::Conv1d::options(4, 6, 3).stride(2).padding(2).dilation(2);
                    options.groups(2).bias(false).build()
                },
                &[2, 4, 15],
            ),
        ),
        ("conv1d_same", layer(|| nn::Conv1d::options(4, 6, 4).padding("same").build(), &[2, 4, 9])),
        (
            "conv1d_circular",
            layer(
                || nn::Conv1d::options(4, 6, 3).padding(1).padding_mode("circular").build(),
                &[2, 4, 9],
            ),
        ),
        ("conv1d_one_signal", layer(|| nn::Conv1d::new(4, 6, 3), &[4, 9])),
        ("conv3d", layer(|| nn::Conv3d::new(2, 3, 3), &[2, 2, 5, 6, 7])),
        (
            "conv3d_each_side",
            layer(
                || {
                    nn::Conv3d::options(2, 4, (3, 2, 1))
                        .stride((2, 1, 1))
                        .padding((1, 0, 2))
                        .build()
                },
                &[2, 2, 6, 5, 4],
            ),
        ),
        (
            "conv3d_groups_replicate",
            layer(
                || {
                    let options = nn::Conv3d::options(4, 4, 3).padding(1).groups(2).bias(false);
                    options.padding_mode("replicate").build()
                },
                &[1, 4, 4, 5, 4],
            ),
        ),
        (
            "conv3d_same",
            layer(|| nn::Conv3d::options(2, 2, 2).padding("same").build(), &[1, 2, 3, 4, 5]),
        ),
        ("conv_transpose1d", layer(|| nn::ConvTranspose1d::new(4, 3, 3), &[2, 4, 7])),
        (
            "conv_transpose1d_all",
            layer(
                || {
                    let options = nn::ConvTranspose1d::options(4, 6, 3).stride(2).padding(1);
                    options.output_padding(1).groups(2).bias(false).dilation(2).build()
                },
                &[2, 4, 7],
            ),
        ),
        ("conv_transpose2d", layer(|| nn::ConvTranspose2d::new(4, 3, 3), &[2, 4, 5, 6])),
        (
            "conv_transpose2d_each_side",
            layer(
                || {
                    let options = nn::ConvTranspose2d::options(4, 3, (3, 5)).stride((2, 1));
                    options.padding((4, 2)).output_padding((1, 0)).build()
                },
                &[2, 4, 8, 6],
            ),
        ),
        (
            "conv_transpose2d_groups",
            layer(|| nn::ConvTranspose2d::options(4, 8, 2).groups(4).stride(2).build(), &[4, 5, 5]),
        ),
        (
            "conv_transpose2d_output_size",
            function_of(
                || nn::ConvTranspose2d::options(3, 2, 3).stride(2).padding(1).build(),
                |up, x| up.forward_options(x).output_size([12, 11]).call(),
                &[2, 3, 6, 6],
            ),
        ),
        ("conv_transpose3d", layer(|| nn::ConvTranspose3d::new(2, 3, 2), &[2, 2, 3, 4, 5])),
        (
            "conv_transpose3d_each_side",
            layer(
                || {
                    let options = nn::ConvTranspose3d::options(2, 4, (3, 1, 2)).stride((2, 1, 3));
                    options.padding((1, 0, 1)).output_padding((1, 0, 2)).groups(2).build()
                },
                &[1, 2, 3, 4, 3],
            ),
        ),
    ]
}
