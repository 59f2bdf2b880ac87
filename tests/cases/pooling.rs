//! Pools and their inverses.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    let pool = nn::MaxPool2d::options;
    vec![
        ("max_pool2d", layer(|| nn::MaxPool2d::new(2), &[2, 3, 8, 8])),
        ("max_pool2d_stride", layer(move || pool(3).stride(2).build(), &[2, 3, 9, 9])),
        ("max_pool2d_padding", layer(move || pool(3).padding(1).build(), &[2, 3, 9, 9])),
        ("max_pool2d_dilation", layer(move || pool(2).dilation(2).build(), &[2, 3, 9, 9])),
        ("max_pool2d_ceil_mode", layer(move || pool(2).ceil_mode(true).build(), &[2, 3, 7, 9])),
        (
            "max_pool2d_each_side",
            layer(
                || nn::MaxPool2d::options((3, 2)).stride((2, 1)).padding((1, 0)).build(),
                &[2, 3, 9, 8],
            ),
        ),
        ("max_pool1d", layer(|| nn::MaxPool1d::new(2), &[2, 3, 9])),
        (
            "max_pool1d_all",
            layer(
                || {
                    nn::MaxPool1d::options(3)
                        .stride(2)
                        .padding(1)
                        .dilation(2)
                        .ceil_mode(true)
                        .build()
                },
                &[2, 3, 12],
            ),
        ),
        ("max_pool3d", layer(|| nn::MaxPool3d::new(2), &[2, 3, 4, 5, 6])),
        (
            "max_pool3d_each_side",
            layer(
                || nn::MaxPool3d::options((3, 2, 2)).stride((2, 1, 2)).padding((1, 0, 1)).build(),
                &[2, 3, 6, 5, 4],
            ),
        ),
        ("avg_pool1d", layer(|| nn::AvgPool1d::new(3), &[2, 3, 10])),
        (
            "avg_pool1d_all",
            layer(
                || {
                    nn::AvgPool1d::options(3)
                        .stride(2)
                        .padding(1)
                        .ceil_mode(true)
                        .count_include_pad(false)
                        .build()
                },
                &[2, 3, 10],
            ),
        ),
        ("avg_pool2d", layer(|| nn::AvgPool2d::new(2), &[2, 3, 6, 7])),
        (
            "avg_pool2d_each_side",
            layer(
                || nn::AvgPool2d::options((3, 2)).stride((2, 1)).padding((1, 0)).build(),
                &[2, 3, 6, 7],
            ),
        ),
        (
            "avg_pool2d_divisor",
            layer(
                || nn::AvgPool2d::options(2).divisor_override(3).ceil_mode(true).build(),
                &[2, 3, 7, 7],
            ),
        ),
        ("avg_pool3d", layer(|| nn::AvgPool3d::new(2), &[2, 3, 4, 4, 6])),
        (
            "avg_pool3d_all",
            layer(
                || {
                    nn::AvgPool3d::options((3, 2, 2))
                        .stride(2)
                        .padding(1)
                        .count_include_pad(false)
                        .build()
                },
                &[2, 3, 5, 4, 6],
            ),
        ),
        ("adaptive_avg_pool1d", layer(|| nn::AdaptiveAvgPool1d::new(4), &[2, 3, 10])),
        ("adaptive_avg_pool1d_tuple", layer(|| nn::AdaptiveAvgPool1d::new((3,)), &[3, 7])),
        ("adaptive_avg_pool2d", layer(|| nn::AdaptiveAvgPool2d::new(3), &[2, 3, 8, 7])),
        ("adaptive_avg_pool2d_one", layer(|| nn::AdaptiveAvgPool2d::new((1, 1)), &[2, 3, 8, 7])),
        (
            "adaptive_avg_pool2d_none",
            layer(|| nn::AdaptiveAvgPool2d::new((None, 5)), &[2, 3, 8, 7]),
        ),
        ("adaptive_avg_pool3d", layer(|| nn::AdaptiveAvgPool3d::new(2), &[2, 3, 5, 4, 6])),
        (
            "adaptive_avg_pool3d_each_side",
            layer(|| nn::AdaptiveAvgPool3d::new((2, 3, 4)), &[2, 3, 5, 4, 6]),
        ),
        ("adaptive_max_pool1d", layer(|| nn::AdaptiveMaxPool1d::new(4), &[2, 3, 10])),
        ("adaptive_max_pool1d_tuple", layer(|| nn::AdaptiveMaxPool1d::new((3,)), &[3, 7])),
        ("adaptive_max_pool2d", layer(|| nn::AdaptiveMaxPool2d::new(3), &[2, 3, 8, 7])),
        (
            "adaptive_max_pool2d_none",
            layer(|| nn::AdaptiveMaxPool2d::new((2, None)), &[2, 3, 8, 7]),
        ),
        ("adaptive_max_pool3d", layer(|| nn::AdaptiveMaxPool3d::new(2), &[2, 3, 5, 4, 6])),
        (
            "adaptive_max_pool3d_each_side",
            layer(|| nn::AdaptiveMaxPool3d::new((2, 3, 1)), &[2, 3, 5, 4, 6]),
        ),
        ("lp_pool1d", layer(|| nn::LPPool1d::new(2, 3), &[2, 3, 10])),
        (
            "lp_pool1d_stride",
            layer(|| nn::LPPool1d::options(4, 2).stride(1).ceil_mode(true).build(), &[2, 3, 9]),
        ),
        ("lp_pool2d", layer(|| nn::LPPool2d::new(2, 2), &[2, 3, 6, 7])),
        (
            "lp_pool2d_each_side",
            layer(|| nn::LPPool2d::options(1, (3, 2)).stride((2, 1)).build(), &[2, 3, 6, 7]),
        ),
        ("lp_pool2d_infinity", layer(|| nn::LPPool2d::new(f64::INFINITY, 2), &[2, 3, 6, 7])),
        ("lp_pool3d", layer(|| nn::LPPool3d::new(2, 2), &[2, 3, 4, 4, 6])),
        (
            "lp_pool3d_stride",
            layer(
                || nn::LPPool3d::options(2, (2, 1, 2)).stride((1, 1, 2)).ceil_mode(true).build(),
                &[2, 3, 4, 4, 5],
            ),
        ),
        (
            "max_unpool1d",
            function_of(
                || nn::MaxUnpool1d::new(2),
                |unpool, x| {
                    let (output, indices) = nn::MaxPool1d::new(2).forward_with_indices(x);
                    unpool.forward(&output, &indices)
                },
                &[2, 3, 8],
            ),
        ),
        (
            "max_unpool2d",
            function_of(
                || nn::MaxUnpool2d::new(2),
                |unpool, x| {
                    let (output, indices) = nn::MaxPool2d::new(2).forward_with_indices(x);
                    unpool.forward(&output, &indices)
                },
                &[2, 3, 6, 8],
            ),
        ),
        (
            "max_unpool3d",
            function_of(
                || nn::MaxUnpool3d::new(2),
                |unpool, x| {
                    let (output, indices) = nn::MaxPool3d::new(2).forward_with_indices(x);
                    unpool.forward(&output, &indices)
                },
                &[2, 2, 4, 6, 4],
            ),
        ),
        (
            "max_unpool1d_size",
            function_of(
                || nn::MaxUnpool1d::options(2).stride(2).build(),
                |unpool, x| {
                    let (output, indices) = nn::MaxPool1d::new(2).forward_with_indices(x);
                    unpool.forward_options(&output, &indices).output_size([9]).call()
                },
                &[2, 3, 9],
            ),
        ),
        (
            "max_unpool2d_size",
            function_of(
                || nn::MaxUnpool2d::options(3).stride(2).padding(1).build(),
                |unpool, x| {
                    let pool = nn::MaxPool2d::options(3).stride(2).padding(1).build();
                    let (output, indices) = pool.forward_with_indices(x);
                    unpool.forward_options(&output, &indices).output_size([6, 7]).call()
                },
                &[2, 3, 6, 7],
            ),
        ),
        (
            "max_unpool3d_size",
            function_of(
                || nn::MaxUnpool3d::options((2, 1, 2)).build(),
                |unpool, x| {
                    let pool = nn::MaxPool3d::new((2, 1, 2));
                    let (output, indices) = pool.forward_with_indices(x);
                    unpool.forward_options(&output, &indices).output_size([5, 3, 4]).call()
                },
                &[2, 2, 5, 3, 4],
            ),
        ),
        (
            "adaptive_max_pool2d_indices",
            function_of(
                || nn::AdaptiveMaxPool2d::new(3),
                |pool, x| {
                    let (output, indices) = pool.forward_with_indices(x);
                    output * indices
                },
                &[2, 3, 8, 7],
            ),
        ),
        ("sizes_as_given", Box::new(sizes_as_given)),
    ]
}

/// Sizes as numbers, tuples and lists, which are printed as they were given; and `None`.
fn sizes_as_given() -> StateDict {
    let printed = [
        nn::MaxPool2d::new([2, 3]).to_string(),
        nn::MaxPool2d::options(2).stride([2, 1]).padding((1, 0)).build().to_string(),
        nn::MaxPool2d::options((2, 3)).stride(None).build().to_string(),
        nn::MaxPool1d::new([2]).to_string(),
        nn::AvgPool2d::options([2, 3]).stride(None).build().to_string(),
        nn::AvgPool1d::options([2]).stride([1]).build().to_string(),
        nn::LPPool2d::options(2, [2, 3]).stride(None).build().to_string(),
        nn::MaxUnpool2d::options([2, 3]).stride(None).build().to_string(),
        nn::AdaptiveAvgPool2d::new((None, None)).to_string(),
        nn::AdaptiveAvgPool2d::new([2, 3]).to_string(),
        nn::AdaptiveAvgPool2d::new([None, Some(7)]).to_string(),
        nn::AdaptiveMaxPool2d::new((None, 7)).to_string(),
        nn::AdaptiveMaxPool1d::new((3,)).to_string(),
        nn::Unflatten::new(1, [2, 3]).to_string(),
        nn::Unflatten::new(1, (2, 3_usize)).to_string(),
        nn::Unflatten::new(1, vec![6]).to_string(),
        nn::Unflatten::new(1, (6,)).to_string(),
        nn::Unflatten::new(1, torch::zeros([2, 3]).shape()).to_string(),
        nn::Upsample::new([2, 3]).to_string(),
        nn::Upsample::new((2, 3_usize)).to_string(),
        nn::Conv2d::options(3, 4, [3, 5])
            .stride([1, 2])
            .padding([0, 1])
            .dilation([1, 1])
            .build()
            .to_string(),
        nn::ConvTranspose1d::options(3, 4, [3]).output_padding([1]).stride([2]).build().to_string(),
        nn::Unfold::new([2, 3]).to_string(),
        nn::Fold::new([4, 5], [2, 2]).to_string(),
        nn::ZeroPad2d::new([1, 2, 3, 4]).to_string(),
        nn::LayerNorm::new([2, 3]).to_string(),
    ];
    let x = torch::randn([2, 3, 8, 9]);
    let (height, width) = (3_usize, 4_u32);
    StateDict::from([
        ("printed".to_string(), text(&printed.join("\n"))),
        ("max_pool2d".to_string(), F::max_pool2d_options(&x, 2).stride(None).call()),
        ("avg_pool2d".to_string(), F::avg_pool2d_options(&x, [2, 3]).stride(None).call()),
        ("adaptive".to_string(), F::adaptive_avg_pool2d(&x, (height, width))),
        ("adaptive_none".to_string(), F::adaptive_avg_pool2d(&x, (None, height))),
        ("interpolate".to_string(), F::interpolate_options(&x).size([height; 2]).call()),
        ("zeros".to_string(), torch::zeros((height, width, 2))),
        ("sum".to_string(), torch::sum_options(&x).dim([1_usize, 2]).call()),
    ])
}
