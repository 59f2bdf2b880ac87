//! The cases that this crate is compared with PyTorch in: the twin of `scripts/reference.py`.
//!
//! The same names, the same constructors, the same inputs. `cargo test` compares what [`run`]
//! gives with the recorded fixture, within a tolerance; `scripts/parity` with a living Python,
//! bit for bit.

use flambeau::nn::{Forward, Module, Recurrence, Reduction, StateDict, init};
use flambeau::optim::{Adam, Optimizer, Sgd};
use flambeau::prelude::*;

/// What a case computes, by name.
pub type Case = Box<dyn Fn() -> StateDict>;

/// All cases in the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    let linear = nn::Linear::options;
    let conv = nn::Conv2d::options;
    let pool = nn::MaxPool2d::options;
    let weights = || Tensor::from_slice(&[0.5_f32, 1.0, 2.0]);
    vec![
        ("linear", layer(|| nn::Linear::new(20, 30), &[8, 20])),
        ("linear_no_bias", layer(move || linear(20, 30).bias(false).build(), &[8, 20])),
        ("linear_3d_input", layer(|| nn::Linear::new(5, 7), &[2, 3, 5])),
        ("linear_vector", layer(|| nn::Linear::new(5, 7), &[5])),
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
                |up, x| up.forward_to(x, [12, 11]),
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
        ("relu", layer(nn::ReLU::new, &[4, 10])),
        ("relu6", layer(nn::ReLU6::new, &[4, 10])),
        ("sigmoid", layer(nn::Sigmoid::new, &[4, 10])),
        ("tanh", layer(nn::Tanh::new, &[4, 10])),
        ("log_sigmoid", layer(nn::LogSigmoid::new, &[4, 10])),
        ("hardsigmoid", layer(nn::Hardsigmoid::new, &[4, 10])),
        ("silu", layer(nn::SiLU::new, &[4, 10])),
        ("mish", layer(nn::Mish::new, &[4, 10])),
        ("hardswish", layer(nn::Hardswish::new, &[4, 10])),
        ("selu", layer(nn::SELU::new, &[4, 10])),
        ("softsign", layer(nn::Softsign::new, &[4, 10])),
        ("tanhshrink", layer(nn::Tanhshrink::new, &[4, 10])),
        ("hardtanh", layer(nn::Hardtanh::new, &[4, 10])),
        ("elu", layer(nn::ELU::new, &[4, 10])),
        ("celu", layer(nn::CELU::new, &[4, 10])),
        ("leaky_relu", layer(nn::LeakyReLU::new, &[4, 10])),
        ("rrelu", layer(nn::RReLU::new, &[4, 10])),
        ("hardshrink", layer(nn::Hardshrink::new, &[4, 10])),
        ("softshrink", layer(nn::Softshrink::new, &[4, 10])),
        ("softplus", layer(nn::Softplus::new, &[4, 10])),
        ("gelu", layer(nn::GELU::new, &[4, 10])),
        ("prelu", layer(nn::PReLU::new, &[4, 10])),
        ("glu", layer(nn::GLU::new, &[4, 10])),
        (
            "hardtanh_range",
            layer(|| nn::Hardtanh::options().min_val(-0.5).max_val(1.5).build(), &[4, 10]),
        ),
        ("elu_alpha", layer(|| nn::ELU::options().alpha(0.3).build(), &[4, 10])),
        ("celu_alpha", layer(|| nn::CELU::options().alpha(2.5).build(), &[4, 10])),
        (
            "leaky_relu_slope",
            layer(|| nn::LeakyReLU::options().negative_slope(0.2).build(), &[4, 10]),
        ),
        ("rrelu_range", layer(|| nn::RReLU::options().lower(0.1).upper(0.9).build(), &[4, 10])),
        ("hardshrink_lambd", layer(|| nn::Hardshrink::options().lambd(0.3).build(), &[4, 10])),
        ("softshrink_lambd", layer(|| nn::Softshrink::options().lambd(0.3).build(), &[4, 10])),
        (
            "softplus_beta",
            layer(|| nn::Softplus::options().beta(2.0).threshold(1.5).build(), &[4, 10]),
        ),
        ("gelu_tanh", layer(|| nn::GELU::options().approximate("tanh").build(), &[4, 10])),
        (
            "prelu_channels",
            layer(|| nn::PReLU::options().num_parameters(3).init(0.1).build(), &[2, 3, 5]),
        ),
        ("glu_dim", layer(|| nn::GLU::dim(1), &[2, 4, 5])),
        ("threshold", layer(|| nn::Threshold::new(0.25, 20.5), &[4, 10])),
        ("threshold_negative", layer(|| nn::Threshold::new(-0.5, -1.5), &[4, 10])),
        ("softmin", layer(|| nn::Softmin::new(1), &[4, 10])),
        ("softmin_dim_0", layer(|| nn::Softmin::new(0), &[4, 10])),
        ("log_softmax", layer(|| nn::LogSoftmax::new(1), &[4, 10])),
        ("log_softmax_last", layer(|| nn::LogSoftmax::new(-1), &[2, 3, 5])),
        ("softmax2d", layer(nn::Softmax2d::new, &[2, 3, 4, 5])),
        ("softmax2d_one_image", layer(nn::Softmax2d::new, &[3, 4, 5])),
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
        ("adaptive_avg_pool1d_tuple", layer(|| nn::AdaptiveAvgPool1d::new([3]), &[3, 7])),
        ("adaptive_avg_pool2d", layer(|| nn::AdaptiveAvgPool2d::new(3), &[2, 3, 8, 7])),
        ("adaptive_avg_pool2d_one", layer(|| nn::AdaptiveAvgPool2d::new((1, 1)), &[2, 3, 8, 7])),
        (
            "adaptive_avg_pool2d_none",
            layer(|| nn::AdaptiveAvgPool2d::new([None, Some(5)]), &[2, 3, 8, 7]),
        ),
        ("adaptive_avg_pool3d", layer(|| nn::AdaptiveAvgPool3d::new(2), &[2, 3, 5, 4, 6])),
        (
            "adaptive_avg_pool3d_each_side",
            layer(|| nn::AdaptiveAvgPool3d::new((2, 3, 4)), &[2, 3, 5, 4, 6]),
        ),
        ("adaptive_max_pool1d", layer(|| nn::AdaptiveMaxPool1d::new(4), &[2, 3, 10])),
        ("adaptive_max_pool1d_tuple", layer(|| nn::AdaptiveMaxPool1d::new([3]), &[3, 7])),
        ("adaptive_max_pool2d", layer(|| nn::AdaptiveMaxPool2d::new(3), &[2, 3, 8, 7])),
        (
            "adaptive_max_pool2d_none",
            layer(|| nn::AdaptiveMaxPool2d::new([Some(2), None]), &[2, 3, 8, 7]),
        ),
        ("adaptive_max_pool3d", layer(|| nn::AdaptiveMaxPool3d::new(2), &[2, 3, 5, 4, 6])),
        (
            "adaptive_max_pool3d_each_side",
            layer(|| nn::AdaptiveMaxPool3d::new((2, 3, 1)), &[2, 3, 5, 4, 6]),
        ),
        ("lp_pool1d", layer(|| nn::LpPool1d::new(2.0, 3), &[2, 3, 10])),
        (
            "lp_pool1d_stride",
            layer(|| nn::LpPool1d::options(4.0, 2).stride(1).ceil_mode(true).build(), &[2, 3, 9]),
        ),
        ("lp_pool2d", layer(|| nn::LpPool2d::new(2.0, 2), &[2, 3, 6, 7])),
        (
            "lp_pool2d_each_side",
            layer(|| nn::LpPool2d::options(1.0, (3, 2)).stride((2, 1)).build(), &[2, 3, 6, 7]),
        ),
        ("lp_pool2d_infinity", layer(|| nn::LpPool2d::new(f64::INFINITY, 2), &[2, 3, 6, 7])),
        ("lp_pool3d", layer(|| nn::LpPool3d::new(2.0, 2), &[2, 3, 4, 4, 6])),
        (
            "lp_pool3d_stride",
            layer(
                || nn::LpPool3d::options(2.0, (2, 1, 2)).stride((1, 1, 2)).ceil_mode(true).build(),
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
                    unpool.forward_to(&output, &indices, [9])
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
                    unpool.forward_to(&output, &indices, [6, 7])
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
                    unpool.forward_to(&output, &indices, [5, 3, 4])
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
        ("dropout", both_modes(nn::Dropout::new, &[8, 10])),
        ("dropout_p", both_modes(|| nn::Dropout::p(0.2), &[8, 10])),
        ("dropout1d", both_modes(nn::Dropout1d::new, &[4, 8, 5])),
        ("dropout1d_p", both_modes(|| nn::Dropout1d::p(0.2), &[4, 8, 5])),
        ("dropout2d", both_modes(nn::Dropout2d::new, &[4, 8, 3, 2])),
        ("dropout2d_p", both_modes(|| nn::Dropout2d::p(0.2), &[4, 8, 3, 2])),
        ("dropout3d", both_modes(nn::Dropout3d::new, &[2, 8, 3, 2, 2])),
        ("dropout3d_p", both_modes(|| nn::Dropout3d::p(0.2), &[2, 8, 3, 2, 2])),
        ("alpha_dropout", both_modes(nn::AlphaDropout::new, &[8, 10])),
        ("alpha_dropout_p", both_modes(|| nn::AlphaDropout::p(0.2), &[8, 10])),
        ("feature_alpha_dropout", both_modes(nn::FeatureAlphaDropout::new, &[4, 8, 3])),
        ("feature_alpha_dropout_p", both_modes(|| nn::FeatureAlphaDropout::p(0.2), &[4, 8, 3])),
        ("dropout_all", both_modes(|| nn::Dropout::p(1.0), &[4, 5])),
        ("dropout1d_one_signal", both_modes(|| nn::Dropout1d::p(0.4), &[8, 5])),
        ("zero_pad1d", layer(|| nn::ZeroPad1d::new(2), &[2, 3, 5])),
        ("zero_pad1d_each_side", layer(|| nn::ZeroPad1d::new([1, 3]), &[2, 3, 5])),
        ("zero_pad2d", layer(|| nn::ZeroPad2d::new(2), &[2, 3, 5, 6])),
        ("zero_pad2d_each_side", layer(|| nn::ZeroPad2d::new([1, 0, 2, 3]), &[2, 3, 5, 6])),
        ("zero_pad3d", layer(|| nn::ZeroPad3d::new(2), &[2, 3, 4, 5, 6])),
        (
            "zero_pad3d_each_side",
            layer(|| nn::ZeroPad3d::new([1, 0, 2, 1, 0, 3]), &[2, 3, 4, 5, 6]),
        ),
        ("reflection_pad1d", layer(|| nn::ReflectionPad1d::new(2), &[2, 3, 5])),
        ("reflection_pad1d_each_side", layer(|| nn::ReflectionPad1d::new([1, 3]), &[2, 3, 5])),
        ("reflection_pad2d", layer(|| nn::ReflectionPad2d::new(2), &[2, 3, 5, 6])),
        (
            "reflection_pad2d_each_side",
            layer(|| nn::ReflectionPad2d::new([1, 0, 2, 3]), &[2, 3, 5, 6]),
        ),
        ("reflection_pad3d", layer(|| nn::ReflectionPad3d::new(2), &[2, 3, 4, 5, 6])),
        (
            "reflection_pad3d_each_side",
            layer(|| nn::ReflectionPad3d::new([1, 0, 2, 1, 0, 3]), &[2, 3, 4, 5, 6]),
        ),
        ("replication_pad1d", layer(|| nn::ReplicationPad1d::new(2), &[2, 3, 5])),
        ("replication_pad1d_each_side", layer(|| nn::ReplicationPad1d::new([1, 3]), &[2, 3, 5])),
        ("replication_pad2d", layer(|| nn::ReplicationPad2d::new(2), &[2, 3, 5, 6])),
        (
            "replication_pad2d_each_side",
            layer(|| nn::ReplicationPad2d::new([1, 0, 2, 3]), &[2, 3, 5, 6]),
        ),
        ("replication_pad3d", layer(|| nn::ReplicationPad3d::new(2), &[2, 3, 4, 5, 6])),
        (
            "replication_pad3d_each_side",
            layer(|| nn::ReplicationPad3d::new([1, 0, 2, 1, 0, 3]), &[2, 3, 4, 5, 6]),
        ),
        ("circular_pad1d", layer(|| nn::CircularPad1d::new(2), &[2, 3, 5])),
        ("circular_pad1d_each_side", layer(|| nn::CircularPad1d::new([1, 3]), &[2, 3, 5])),
        ("circular_pad2d", layer(|| nn::CircularPad2d::new(2), &[2, 3, 5, 6])),
        ("circular_pad2d_each_side", layer(|| nn::CircularPad2d::new([1, 0, 2, 3]), &[2, 3, 5, 6])),
        ("circular_pad3d", layer(|| nn::CircularPad3d::new(2), &[2, 3, 4, 5, 6])),
        (
            "circular_pad3d_each_side",
            layer(|| nn::CircularPad3d::new([1, 0, 2, 1, 0, 3]), &[2, 3, 4, 5, 6]),
        ),
        ("constant_pad1d", layer(|| nn::ConstantPad1d::new(2, 3.5), &[2, 3, 5])),
        ("constant_pad1d_cuts", layer(|| nn::ConstantPad1d::new([-1, 2], -0.5), &[2, 3, 5])),
        ("constant_pad2d", layer(|| nn::ConstantPad2d::new(2, 3.5), &[2, 3, 5, 6])),
        (
            "constant_pad2d_cuts",
            layer(|| nn::ConstantPad2d::new([-1, 2, 0, -2], -0.5), &[2, 3, 5, 6]),
        ),
        ("constant_pad3d", layer(|| nn::ConstantPad3d::new(2, 3.5), &[2, 3, 4, 5, 6])),
        (
            "constant_pad3d_cuts",
            layer(|| nn::ConstantPad3d::new([-1, 2, 0, -2, 1, 0], -0.5), &[2, 3, 4, 5, 6]),
        ),
        ("flatten", layer(nn::Flatten::new, &[2, 3, 4, 5])),
        ("flatten_dims", layer(|| nn::Flatten::dims(0, 2), &[2, 3, 4, 5])),
        ("identity", layer(nn::Identity::new, &[4, 5])),
        ("unflatten", layer(|| nn::Unflatten::new(1, [2, 3]), &[4, 6])),
        ("unflatten_infers", layer(|| nn::Unflatten::new(-1, [-1, 4]), &[2, 3, 8])),
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
        ("embedding", looked_up(|| nn::Embedding::new(10, 3), 10, &[4, 5])),
        (
            "embedding_padding",
            looked_up(
                || nn::Embedding::options(10, 3).padding_idx(-1).scale_grad_by_freq(true).build(),
                10,
                &[4, 5],
            ),
        ),
        (
            "embedding_max_norm",
            looked_up(
                || nn::Embedding::options(10, 3).max_norm(1.5).norm_type(1.0).build(),
                10,
                &[4, 5],
            ),
        ),
        (
            "embedding_sparse",
            looked_up(|| nn::Embedding::options(10, 3).sparse(true).build(), 10, &[4, 5]),
        ),
        ("embedding_bag", looked_up(|| nn::EmbeddingBag::new(10, 3), 10, &[4, 5])),
        (
            "embedding_bag_sum",
            looked_up(
                || {
                    nn::EmbeddingBag::options(10, 3)
                        .mode("sum")
                        .padding_idx(2)
                        .scale_grad_by_freq(true)
                        .build()
                },
                10,
                &[4, 5],
            ),
        ),
        (
            "embedding_bag_max",
            looked_up(
                || nn::EmbeddingBag::options(10, 3).mode("max").max_norm(1.0).build(),
                10,
                &[4, 5],
            ),
        ),
        (
            "embedding_bag_offsets",
            function_of(
                || nn::EmbeddingBag::options(6, 3).mode("sum").build(),
                |bag, x| {
                    let words = Tensor::from_slice(&[1_i64, 2, 4, 5, 4, 3]);
                    bag.forward_bags(&words, &Tensor::from_slice(&[0_i64, 2]), Some(x))
                },
                &[6],
            ),
        ),
        (
            "embedding_bag_last_offset",
            function_of(
                || nn::EmbeddingBag::options(6, 3).include_last_offset(true).build(),
                |bag, x| {
                    let words = Tensor::from_slice(&[1_i64, 2, 4, 5, 4, 3]);
                    bag.forward_bags(&words, &Tensor::from_slice(&[0_i64, 2, 6]), None) * x
                },
                &[2, 3],
            ),
        ),
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
        ("softmax", layer(|| nn::Softmax::new(1), &[4, 10])),
        ("softmax_dim_0", layer(|| nn::Softmax::new(0), &[4, 10])),
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
        ("cross_entropy", loss(nn::CrossEntropyLoss::new, &[8, 10])),
        (
            "cross_entropy_sum",
            loss(|| nn::CrossEntropyLoss::options().reduction(Reduction::Sum).build(), &[8, 10]),
        ),
        (
            "cross_entropy_none",
            loss(|| nn::CrossEntropyLoss::options().reduction(Reduction::None).build(), &[8, 10]),
        ),
        (
            "cross_entropy_weight",
            loss(move || nn::CrossEntropyLoss::options().weight(weights()).build(), &[8, 3]),
        ),
        (
            "cross_entropy_ignore_index",
            loss(|| nn::CrossEntropyLoss::options().ignore_index(1).build(), &[8, 3]),
        ),
        (
            "cross_entropy_label_smoothing",
            loss(|| nn::CrossEntropyLoss::options().label_smoothing(0.1).build(), &[8, 10]),
        ),
        ("cross_entropy_images", loss(nn::CrossEntropyLoss::new, &[2, 5, 3, 4])),
        (
            "cross_entropy_probabilities",
            loss_of(nn::CrossEntropyLoss::new, &[8, 10], || {
                Tensor::rand([8, 10], (Kind::Float, Device::Cpu)).softmax(1, None)
            }),
        ),
        (
            "cross_entropy_weight_smoothing",
            loss(
                move || {
                    let options = nn::CrossEntropyLoss::options().weight(weights());
                    options.label_smoothing(0.2).build()
                },
                &[8, 3],
            ),
        ),
        ("l1_loss", function_of(nn::L1Loss::new, |l, x| l.forward(x, &x.detach().sin()), &[4, 5])),
        (
            "l1_loss_none",
            function_of(
                move || nn::L1Loss::options().reduction(Reduction::None).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "mse_loss",
            function_of(nn::MSELoss::new, |l, x| l.forward(x, &x.detach().sin()), &[4, 5]),
        ),
        (
            "mse_loss_none",
            function_of(
                move || nn::MSELoss::options().reduction(Reduction::None).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "smooth_l1_loss",
            function_of(nn::SmoothL1Loss::new, |l, x| l.forward(x, &x.detach().sin()), &[4, 5]),
        ),
        (
            "smooth_l1_loss_none",
            function_of(
                move || nn::SmoothL1Loss::options().reduction(Reduction::None).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "huber_loss",
            function_of(nn::HuberLoss::new, |l, x| l.forward(x, &x.detach().sin()), &[4, 5]),
        ),
        (
            "huber_loss_none",
            function_of(
                move || nn::HuberLoss::options().reduction(Reduction::None).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "l1_loss_sum",
            function_of(
                move || nn::L1Loss::options().reduction(Reduction::Sum).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "smooth_l1_loss_beta",
            function_of(
                move || nn::SmoothL1Loss::options().beta(0.25).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "smooth_l1_loss_zero",
            function_of(
                move || nn::SmoothL1Loss::options().beta(0.0).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "huber_loss_delta",
            function_of(
                move || nn::HuberLoss::options().delta(0.25).build(),
                |l, x| l.forward(x, &x.detach().sin()),
                &[4, 5],
            ),
        ),
        (
            "poisson_nll_loss",
            function_of(
                nn::PoissonNLLLoss::new,
                |l, x| l.forward(x, &x.detach().abs().ceil()),
                &[4, 5],
            ),
        ),
        (
            "poisson_nll_loss_all",
            function_of(
                move || {
                    nn::PoissonNLLLoss::options()
                        .log_input(false)
                        .full(true)
                        .eps(1e-4)
                        .reduction(Reduction::Sum)
                        .build()
                },
                |l, x| l.forward(&x.exp(), &x.detach().abs().ceil()),
                &[4, 5],
            ),
        ),
        (
            "gaussian_nll_loss",
            function_of(
                nn::GaussianNLLLoss::new,
                |l, x| l.forward(x, &x.detach().sin(), &x.exp()),
                &[4, 5],
            ),
        ),
        (
            "gaussian_nll_loss_all",
            function_of(
                move || {
                    nn::GaussianNLLLoss::options()
                        .full(true)
                        .eps(0.5)
                        .reduction(Reduction::None)
                        .build()
                },
                |l, x| l.forward(x, &x.detach().sin(), &x.select(1, 0).exp()),
                &[4, 5],
            ),
        ),
        (
            "kl_div_loss",
            function_of(
                nn::KLDivLoss::new,
                |l, x| l.forward(&x.log_softmax(1, None), &x.detach().cos().softmax(1, None)),
                &[4, 5],
            ),
        ),
        (
            "kl_div_loss_batch_mean",
            function_of(
                move || nn::KLDivLoss::options().batch_mean(true).build(),
                |l, x| l.forward(&x.log_softmax(1, None), &x.detach().cos().softmax(1, None)),
                &[4, 5],
            ),
        ),
        (
            "kl_div_loss_log_target",
            function_of(
                move || nn::KLDivLoss::options().log_target(true).reduction(Reduction::Sum).build(),
                |l, x| l.forward(&x.log_softmax(1, None), &x.detach().cos().log_softmax(1, None)),
                &[4, 5],
            ),
        ),
        (
            "nll_loss",
            function_of(
                nn::NLLLoss::new,
                |l, x| l.forward(&x.log_softmax(1, None), &Tensor::from_slice(&[1_i64, 0, 2, 1])),
                &[4, 3],
            ),
        ),
        (
            "nll_loss_all",
            function_of(
                move || {
                    nn::NLLLoss::options()
                        .weight(weights())
                        .ignore_index(0)
                        .reduction(Reduction::Sum)
                        .build()
                },
                |l, x| l.forward(&x.log_softmax(1, None), &Tensor::from_slice(&[1_i64, 0, 2, 1])),
                &[4, 3],
            ),
        ),
        (
            "nll_loss_images",
            function_of(
                move || nn::NLLLoss::options().weight(weights()).build(),
                |l, x| {
                    l.forward(
                        &x.log_softmax(1, None),
                        &Tensor::arange(12, (Kind::Int64, Device::Cpu))
                            .remainder(3)
                            .view([2, 2, 3]),
                    )
                },
                &[2, 3, 2, 3],
            ),
        ),
        (
            "bce_loss",
            function_of(
                nn::BCELoss::new,
                |l, x| l.forward(&x.sigmoid(), &x.detach().cos().abs()),
                &[4, 3],
            ),
        ),
        (
            "bce_loss_weight",
            function_of(
                move || nn::BCELoss::options().weight(weights()).reduction(Reduction::None).build(),
                |l, x| l.forward(&x.sigmoid(), &x.detach().cos().abs()),
                &[4, 3],
            ),
        ),
        (
            "bce_with_logits_loss",
            function_of(
                nn::BCEWithLogitsLoss::new,
                |l, x| l.forward(x, &x.detach().cos().abs()),
                &[4, 3],
            ),
        ),
        (
            "bce_with_logits_loss_all",
            function_of(
                move || {
                    nn::BCEWithLogitsLoss::options()
                        .weight(weights())
                        .pos_weight(weights() * 2)
                        .reduction(Reduction::Sum)
                        .build()
                },
                |l, x| l.forward(x, &x.detach().cos().abs()),
                &[4, 3],
            ),
        ),
        (
            "soft_margin_loss",
            function_of(
                nn::SoftMarginLoss::new,
                |l, x| l.forward(x, &(-x.detach()).sign()),
                &[4, 3],
            ),
        ),
        (
            "soft_margin_loss_sum",
            function_of(
                move || nn::SoftMarginLoss::options().reduction(Reduction::Sum).build(),
                |l, x| l.forward(x, &(-x.detach()).sign()),
                &[4, 3],
            ),
        ),
        (
            "multi_label_margin_loss",
            function_of(
                nn::MultiLabelMarginLoss::new,
                |l, x| {
                    l.forward(x, &Tensor::from_slice(&[2_i64, 0, -1, 1, 1, -1, 0, 2]).view([2, 4]))
                },
                &[2, 4],
            ),
        ),
        (
            "multi_label_margin_loss_none",
            function_of(
                move || nn::MultiLabelMarginLoss::options().reduction(Reduction::None).build(),
                |l, x| {
                    l.forward(x, &Tensor::from_slice(&[2_i64, 0, -1, 1, 1, -1, 0, 2]).view([2, 4]))
                },
                &[2, 4],
            ),
        ),
        (
            "multi_label_soft_margin_loss",
            function_of(
                nn::MultiLabelSoftMarginLoss::new,
                |l, x| l.forward(x, &x.detach().cos().gt(0.5).to_kind(Kind::Float)),
                &[4, 3],
            ),
        ),
        (
            "multi_label_soft_margin_loss_all",
            function_of(
                move || {
                    nn::MultiLabelSoftMarginLoss::options()
                        .weight(weights())
                        .reduction(Reduction::None)
                        .build()
                },
                |l, x| l.forward(x, &x.detach().cos().gt(0.5).to_kind(Kind::Float)),
                &[4, 3],
            ),
        ),
        (
            "multi_margin_loss",
            function_of(
                nn::MultiMarginLoss::new,
                |l, x| l.forward(x, &Tensor::from_slice(&[1_i64, 0, 2, 1])),
                &[4, 3],
            ),
        ),
        (
            "multi_margin_loss_all",
            function_of(
                move || {
                    nn::MultiMarginLoss::options()
                        .p(2)
                        .margin(0.5)
                        .weight(weights())
                        .reduction(Reduction::Sum)
                        .build()
                },
                |l, x| l.forward(x, &Tensor::from_slice(&[1_i64, 0, 2, 1])),
                &[4, 3],
            ),
        ),
        (
            "margin_ranking_loss",
            function_of(
                nn::MarginRankingLoss::new,
                |l, x| l.forward(x, &x.cos(), &x.detach().sin().sign()),
                &[8],
            ),
        ),
        (
            "margin_ranking_loss_all",
            function_of(
                move || {
                    nn::MarginRankingLoss::options().margin(0.5).reduction(Reduction::None).build()
                },
                |l, x| l.forward(x, &x.cos(), &x.detach().sin().sign()),
                &[8],
            ),
        ),
        (
            "hinge_embedding_loss",
            function_of(
                nn::HingeEmbeddingLoss::new,
                |l, x| l.forward(x, &x.detach().sin().sign()),
                &[4, 3],
            ),
        ),
        (
            "hinge_embedding_loss_all",
            function_of(
                move || {
                    nn::HingeEmbeddingLoss::options().margin(0.5).reduction(Reduction::Sum).build()
                },
                |l, x| l.forward(x, &x.detach().sin().sign()),
                &[4, 3],
            ),
        ),
        (
            "cosine_embedding_loss",
            function_of(
                nn::CosineEmbeddingLoss::new,
                |l, x| l.forward(x, &x.cos(), &Tensor::from_slice(&[1.0_f32, -1.0, 1.0, -1.0])),
                &[4, 3],
            ),
        ),
        (
            "cosine_embedding_loss_all",
            function_of(
                move || {
                    nn::CosineEmbeddingLoss::options()
                        .margin(0.2)
                        .reduction(Reduction::None)
                        .build()
                },
                |l, x| l.forward(x, &x.cos(), &Tensor::from_slice(&[1.0_f32, -1.0, 1.0, -1.0])),
                &[4, 3],
            ),
        ),
        (
            "triplet_margin_loss",
            function_of(
                nn::TripletMarginLoss::new,
                |l, x| l.forward(x, &x.cos(), &x.sin()),
                &[4, 3],
            ),
        ),
        (
            "triplet_margin_loss_all",
            function_of(
                move || {
                    nn::TripletMarginLoss::options()
                        .margin(0.5)
                        .p(1.0)
                        .eps(1e-3)
                        .swap(true)
                        .reduction(Reduction::None)
                        .build()
                },
                |l, x| l.forward(x, &x.cos(), &x.sin()),
                &[4, 3],
            ),
        ),
        (
            "triplet_margin_with_distance_loss",
            function_of(
                nn::TripletMarginWithDistanceLoss::new,
                |l, x| l.forward(x, &x.cos(), &x.sin()),
                &[4, 3],
            ),
        ),
        (
            "triplet_margin_with_distance_loss_all",
            function_of(
                move || {
                    nn::TripletMarginWithDistanceLoss::options()
                        .distance_function(|a, b| (a - b).abs().sum_dim_intlist(1, false, None))
                        .margin(2.0)
                        .swap(true)
                        .reduction(Reduction::Sum)
                        .build()
                },
                |l, x| l.forward(x, &x.cos(), &x.sin()),
                &[4, 3],
            ),
        ),
        (
            "ctc_loss",
            function_of(
                nn::CTCLoss::new,
                |l, x| {
                    l.forward(
                        &x.log_softmax(2, None),
                        &Tensor::from_slice(&[1_i64, 2, 2, 4, 3, 1, 4, 0]).view([2, 4]),
                        &Tensor::from_slice(&[12_i64, 10]),
                        &Tensor::from_slice(&[4_i64, 3]),
                    )
                },
                &[12, 2, 5],
            ),
        ),
        (
            "ctc_loss_all",
            function_of(
                move || {
                    nn::CTCLoss::options()
                        .blank(0)
                        .zero_infinity(true)
                        .reduction(Reduction::Sum)
                        .build()
                },
                |l, x| {
                    l.forward(
                        &x.log_softmax(2, None),
                        &Tensor::from_slice(&[1_i64, 2, 2, 4, 3, 1, 4, 0]).view([2, 4]),
                        &Tensor::from_slice(&[12_i64, 3]),
                        &Tensor::from_slice(&[4_i64, 3]),
                    )
                },
                &[12, 2, 5],
            ),
        ),
        (
            "pairwise_distance",
            function_of(nn::PairwiseDistance::new, |l, x| l.forward(x, &x.cos()), &[4, 3]),
        ),
        (
            "pairwise_distance_all",
            function_of(
                move || nn::PairwiseDistance::options().p(1.0).eps(1e-3).keepdim(true).build(),
                |l, x| l.forward(x, &x.cos()),
                &[4, 3],
            ),
        ),
        (
            "cosine_similarity",
            function_of(nn::CosineSimilarity::new, |l, x| l.forward(x, &x.cos()), &[4, 3]),
        ),
        (
            "cosine_similarity_dim",
            function_of(
                move || nn::CosineSimilarity::options().dim(0).eps(0.5).build(),
                |l, x| l.forward(x, &x.cos()),
                &[4, 3, 2],
            ),
        ),
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
        ("functional_relu", function(F::relu, &[4, 10])),
        ("functional_softmax", function(|x| F::softmax(x, 1), &[4, 10])),
        (
            "functional_linear",
            function(|x| F::linear(x, &ones(&[3, 5]), Some(&ones(&[3]))), &[4, 5]),
        ),
        (
            "functional_conv2d",
            function(|x| F::conv2d(x, &ones(&[2, 3, 3, 3]), None, 2, 1, 1, 1), &[2, 3, 7, 7]),
        ),
        ("functional_max_pool2d", function(|x| F::max_pool2d(x, (2, 3)), &[2, 3, 7, 7])),
        (
            "functional_cross_entropy",
            function(
                |x| F::cross_entropy(x, &Tensor::arange(4, (Kind::Int64, Device::Cpu))),
                &[4, 10],
            ),
        ),
        ("my_conv2d", layer(|| models::MyConv2d::new(3, 1, 3), &[1, 3, 24, 24])),
        (
            "my_conv2d_all",
            layer(
                || {
                    let options = models::MyConv2d::options(3, 4, 3).dilation(2).padding(1);
                    options.stride(3).bias(true).build()
                },
                &[5, 3, 13, 9],
            ),
        ),
        ("my_conv2d_one_image", layer(|| models::MyConv2d::new(2, 3, 2), &[2, 5, 6])),
        ("recurrent_network", Box::new(recurrent)),
        // Python's side of this one is nn.RNN, with the same weights.
        ("recurrent_network_as_nn_rnn", Box::new(recurrent)),
        ("rnn", sequence(|| nn::Rnn::new(4, 6), &[5, 3, 4])),
        (
            "rnn_layers",
            sequence(
                || nn::Rnn::options(4, 6).num_layers(2).bidirectional(true).build(),
                &[5, 3, 4],
            ),
        ),
        (
            "rnn_no_bias",
            sequence(|| nn::Rnn::options(4, 6).bias(false).batch_first(true).build(), &[3, 5, 4]),
        ),
        ("rnn_one_sequence", sequence(|| nn::Rnn::new(4, 6), &[5, 4])),
        ("lstm", sequence(|| nn::Lstm::new(4, 6), &[5, 3, 4])),
        (
            "lstm_layers",
            sequence(
                || {
                    let lstm = nn::Lstm::options(4, 6).num_layers(2).batch_first(true);
                    lstm.dropout(0.5).bidirectional(true).build()
                },
                &[3, 5, 4],
            ),
        ),
        (
            "lstm_one_sequence",
            sequence(|| nn::Lstm::options(4, 6).batch_first(true).build(), &[5, 4]),
        ),
        ("gru", sequence(|| nn::Gru::new(4, 6), &[5, 3, 4])),
        (
            "gru_layers",
            sequence(|| nn::Gru::options(4, 6).num_layers(3).dropout(0.25).build(), &[5, 3, 4]),
        ),
        (
            "gru_no_bias",
            sequence(|| nn::Gru::options(4, 6).bias(false).bidirectional(true).build(), &[5, 3, 4]),
        ),
        ("rnn_cell", cell(|| nn::RnnCell::new(4, 6), &[3, 4])),
        ("lstm_cell", cell(|| nn::LstmCell::new(4, 6), &[3, 4])),
        ("lstm_cell_no_bias", cell(|| nn::LstmCell::options(4, 6).bias(false).build(), &[3, 4])),
        ("gru_cell", cell(|| nn::GruCell::new(4, 6), &[3, 4])),
        ("gru_cell_one", cell(|| nn::GruCell::new(4, 6), &[4])),
        ("sgd", optimizer(|p| Sgd::new(p, 0.1))),
        ("sgd_momentum", optimizer(|p| Sgd::options(p).lr(0.1).momentum(0.9).build())),
        (
            "sgd_dampening",
            optimizer(|p| Sgd::options(p).lr(0.1).momentum(0.9).dampening(0.5).build()),
        ),
        (
            "sgd_nesterov",
            optimizer(|p| Sgd::options(p).lr(0.1).momentum(0.9).nesterov(true).build()),
        ),
        ("sgd_weight_decay", optimizer(|p| Sgd::options(p).lr(0.1).weight_decay(0.1).build())),
        ("sgd_maximize", optimizer(|p| Sgd::options(p).lr(0.01).maximize(true).build())),
        (
            "sgd_all",
            optimizer(|p| {
                let sgd = Sgd::options(p).lr(0.01).momentum(0.9).weight_decay(0.1);
                sgd.nesterov(true).maximize(true).build()
            }),
        ),
        ("sgd_fused", optimizer(|p| Sgd::options(p).lr(0.1).fused(true).build())),
        (
            "sgd_fused_all",
            optimizer(|p| {
                let sgd = Sgd::options(p).lr(0.1).momentum(0.9).weight_decay(0.1);
                sgd.nesterov(true).fused(true).build()
            }),
        ),
        ("adam", optimizer(|p| Adam::new(p, 1e-2))),
        (
            "adam_betas_eps",
            optimizer(|p| Adam::options(p).lr(1e-2).betas((0.8, 0.9)).eps(1e-3).build()),
        ),
        ("adam_weight_decay", optimizer(|p| Adam::options(p).lr(1e-2).weight_decay(0.1).build())),
        ("adam_amsgrad", optimizer(|p| Adam::options(p).lr(1e-2).amsgrad(true).build())),
        ("adam_maximize", optimizer(|p| Adam::options(p).lr(1e-2).maximize(true).build())),
        (
            "adam_all",
            optimizer(|p| {
                let adam = Adam::options(p).lr(1e-2).betas((0.8, 0.9)).weight_decay(0.1);
                adam.amsgrad(true).maximize(true).build()
            }),
        ),
        ("adam_fused", optimizer(|p| Adam::options(p).lr(1e-2).fused(true).build())),
        (
            "adam_fused_all",
            optimizer(|p| {
                let adam = Adam::options(p).lr(1e-2).betas((0.8, 0.9)).weight_decay(0.1);
                adam.amsgrad(true).fused(true).build()
            }),
        ),
        ("clip_grad_norm", clipped(1.0)),
        ("clip_grad_norm_above", clipped(1000.0)),
        ("resize_down", resized([3, 75, 100], [32, 32])),
        ("resize_up", resized([3, 8, 11], [32, 32])),
        ("resize_tall", resized([3, 90, 40], [32, 32])),
        ("resize_nearly_tall", resized([3, 64, 48], [32, 32])),
        ("resize_grey", resized([1, 40, 21], [17, 33])),
        ("resize_one_pixel", resized([3, 1, 1], [32, 32])),
        ("resize_strip", resized([3, 1, 1000], [32, 32])),
    ]
}

/// Runs a case after `manual_seed(0)`; the generator's state at the end is part of the result.
pub fn run(case: &Case) -> StateDict {
    random::manual_seed(0);
    let mut result = case();
    result.insert("rng_state".into(), random::get_rng_state());
    result
}

fn text(string: &str) -> Tensor {
    Tensor::from_slice(string.as_bytes())
}

fn randn(shape: &[i64]) -> Tensor {
    Tensor::randn(shape, (Kind::Float, Device::Cpu)).set_requires_grad(true)
}

/// A layer of one input: its initial weights, print, keys, output and all gradients.
fn layer<M: Forward + std::fmt::Display>(
    build: impl Fn() -> M + 'static,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let inputs = [randn(shape)];
        let output = nn::call(&module, &inputs[0]);
        results(&module, &module.to_string(), &inputs, output)
    })
}

/// A layer that acts otherwise in evaluation: what `layer` tells, and its output there.
fn both_modes<M: Forward + std::fmt::Display>(
    build: impl Fn() -> M + 'static,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let inputs = [randn(shape)];
        let output = nn::call(&module, &inputs[0]);
        let mut result = results(&module, &module.to_string(), &inputs, output);
        module.eval();
        result.insert("evaluated".into(), nn::call(&module, &inputs[0]).detach());
        result
    })
}

/// A layer of whole numbers below n: its weights, print, keys, output and gradients.
fn looked_up<M: Forward + std::fmt::Display>(
    build: impl Fn() -> M + 'static,
    n: i64,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let inputs = [Tensor::randint(n, shape, (Kind::Int64, Device::Cpu))];
        let output = nn::call(&module, &inputs[0]);
        let mut result = results(&module, &module.to_string(), &inputs, output);
        for (name, parameter) in module.named_parameters() {
            result.insert(format!("{name}.grad"), parameter.grad().to_dense(None::<Kind>, false));
        }
        result
    })
}

/// Initial values.
fn drawn(fill: impl Fn(&Tensor) + 'static, shape: &'static [i64]) -> Case {
    Box::new(move || {
        let w = Tensor::empty(shape, (Kind::Float, Device::Cpu)).set_requires_grad(true);
        fill(&w);
        StateDict::from([("weight".to_string(), w.detach())])
    })
}

/// A loss of scores of this shape, whose second size is the number of classes.
fn loss(build: impl Fn() -> nn::CrossEntropyLoss + 'static, shape: &'static [i64]) -> Case {
    loss_of(build, shape, || {
        let of_targets: Vec<i64> = [&shape[..1], &shape[2..]].concat();
        Tensor::randint(shape[1], of_targets, (Kind::Int64, Device::Cpu))
    })
}

/// The same, with targets of another kind.
fn loss_of(
    build: impl Fn() -> nn::CrossEntropyLoss + 'static,
    shape: &'static [i64],
    targets: impl Fn() -> Tensor + 'static,
) -> Case {
    Box::new(move || {
        let module = build();
        let (scores, targets) = (randn(shape), targets());
        let output = module.forward(&scores, &targets);
        results(&module, &module.to_string(), &[scores, targets], output)
    })
}

/// A function of `nn::functional`: its output and its gradient.
fn function(compute: impl Fn(&Tensor) -> Tensor + 'static, shape: &'static [i64]) -> Case {
    Box::new(move || {
        let input = randn(shape);
        let output = compute(&input);
        output.backward_with(&output.randn_like());
        StateDict::from([
            ("input.0".to_string(), input.detach()),
            ("input.0.grad".to_string(), input.grad()),
            ("output".to_string(), output.detach()),
        ])
    })
}

/// A layer or a loss that is called in a way of its own: what `layer` tells.
fn function_of<M: Module + std::fmt::Display>(
    build: impl Fn() -> M + 'static,
    compute: impl Fn(&M, &Tensor) -> Tensor + 'static,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let inputs = [randn(shape)];
        let output = compute(&module, &inputs[0]);
        results(&module, &module.to_string(), &inputs, output)
    })
}

/// The tensors of a recurrent layer's state.
trait State {
    fn tensors(&self) -> Vec<&Tensor>;
}

impl State for Tensor {
    fn tensors(&self) -> Vec<&Tensor> {
        vec![self]
    }
}

impl State for (Tensor, Tensor) {
    fn tensors(&self) -> Vec<&Tensor> {
        vec![&self.0, &self.1]
    }
}

/// A recurrent layer: its output, its state, and all gradients, in training and evaluation.
fn sequence<R: Recurrence<State: State>>(
    build: impl Fn() -> nn::Recurrent<R> + 'static,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let input = randn(shape);
        let (output, state) = module.forward(&input);
        let mut result = results(&module, &module.to_string(), &[input.shallow_clone()], output);
        insert_state(&mut result, &state);
        module.eval();
        let (output, _) = module.forward_from(&input, &state);
        result.insert("output in evaluation".into(), output.detach());
        result
    })
}

/// A recurrent cell: two steps, and all gradients.
fn cell<R: Recurrence<State: State>>(
    build: impl Fn() -> nn::RecurrentCell<R> + 'static,
    shape: &'static [i64],
) -> Case {
    Box::new(move || {
        let module = build();
        let input = randn(shape);
        let state = module.forward_from(&input, &module.forward(&input));
        let sums = state.tensors().into_iter().map(|s| s.sum(Kind::Float));
        sums.reduce(|a, b| a + b).expect("a state").backward();
        let mut result = StateDict::new();
        insert_state(&mut result, &state);
        described(&module, &module.to_string(), &[input], result)
    })
}

fn insert_state(result: &mut StateDict, state: &impl State) {
    for (i, tensor) in state.tensors().into_iter().enumerate() {
        result.insert(format!("state.{i}"), tensor.detach());
    }
}

/// The notebook's recurrent network: three calls, and a sequence with its gradients.
fn recurrent() -> StateDict {
    let network = models::RecurrentNetwork::new(4, 10, 5);
    let mut result = StateDict::new();
    for i in 0..3 {
        result.insert(format!("call.{i}"), network.forward(&ones(&[16, 4])).detach());
    }
    let sequence = randn(&[7, 16, 4]);
    let (outputs, hidden) = network.read(&sequence);
    outputs.backward_with(&outputs.randn_like());
    result.insert("sequence".into(), sequence.detach());
    result.insert("sequence.grad".into(), sequence.grad());
    result.insert("outputs".into(), outputs.detach());
    result.insert("hidden".into(), hidden.detach());
    for (name, parameter) in network.named_parameters() {
        result.insert(format!("{name}.grad"), parameter.grad());
    }
    result.extend(network.state_dict());
    result
}

fn ones(shape: &[i64]) -> Tensor {
    Tensor::ones(shape, (Kind::Float, Device::Cpu))
}

fn results(module: &dyn Module, print: &str, inputs: &[Tensor], output: Tensor) -> StateDict {
    output.backward_with(&output.randn_like());
    let result = StateDict::from([("output".to_string(), output.detach())]);
    described(module, print, inputs, result)
}

/// The result with the module's inputs, weights, all gradients, print and keys.
fn described(
    module: &dyn Module,
    print: &str,
    inputs: &[Tensor],
    mut result: StateDict,
) -> StateDict {
    for (i, input) in inputs.iter().enumerate() {
        result.insert(format!("input.{i}"), input.detach());
        if input.requires_grad() {
            result.insert(format!("input.{i}.grad"), input.grad());
        }
    }
    for (name, parameter) in module.named_parameters() {
        result.insert(format!("{name}.grad"), parameter.grad());
    }
    let state = module.state_dict();
    let keys: Vec<_> = state.keys().map(String::as_str).collect();
    result.insert("keys".into(), text(&keys.join("\n")));
    result.insert("print".into(), text(print));
    result.extend(state);
    result
}

/// Python's `output.backward(gradient)`, which tch lacks: the gradient of their product's sum.
trait BackwardWith {
    fn backward_with(&self, gradient: &Tensor);
}

impl BackwardWith for Tensor {
    fn backward_with(&self, gradient: &Tensor) {
        (self * gradient).sum(self.kind()).backward();
    }
}

/// What an optimizer keeps of its parameters, under Python's names.
trait Kept: Optimizer {
    fn kept(&self) -> StateDict;
}

impl Kept for Sgd {
    fn kept(&self) -> StateDict {
        let buffers = self.momentum_buffers().into_iter().enumerate();
        let named = |(i, buffer): (usize, Option<&Tensor>)| {
            Some((format!("state.{i}.momentum_buffer"), buffer?.shallow_clone()))
        };
        buffers.filter_map(named).collect()
    }
}

impl Kept for Adam {
    fn kept(&self) -> StateDict {
        let mut kept = StateDict::new();
        for (i, state) in self.state().iter().enumerate() {
            let state = state.as_ref().expect("every parameter has had a gradient");
            let mut keep = |name, tensor: &Tensor| {
                kept.insert(format!("state.{i}.{name}"), tensor.shallow_clone());
            };
            keep("step", &state.step);
            keep("exp_avg", &state.exp_avg);
            keep("exp_avg_sq", &state.exp_avg_sq);
            if let Some(max) = &state.max_exp_avg_sq {
                keep("max_exp_avg_sq", max);
            }
        }
        kept
    }
}

/// An optimizer: the weights, and what it keeps of them, after ten steps.
fn optimizer<O: Kept>(build: impl Fn(Vec<Tensor>) -> O + 'static) -> Case {
    Box::new(move || {
        let model = nn::sequential!(nn::Linear::new(6, 5), nn::ReLU::new(), nn::Linear::new(5, 3));
        let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
        let mut algorithm = build(model.parameters());
        for _ in 0..10 {
            algorithm.zero_grad();
            model.forward(&x).square().mean(None).backward();
            algorithm.step();
        }
        let mut result = model.state_dict();
        result.extend(algorithm.kept());
        result
    })
}

/// The gradients of a small network after `clip_grad_norm_`, and the norm that they had.
fn clipped(max_norm: f64) -> Case {
    Box::new(move || {
        let model = nn::sequential!(nn::Linear::new(6, 5), nn::ReLU::new(), nn::Linear::new(5, 3));
        let x = Tensor::randn([8, 6], (Kind::Float, Device::Cpu));
        model.forward(&x).square().sum(None).backward();
        let norm = nn::utils::clip_grad_norm_(&model.parameters(), max_norm);
        let gradients = model.named_parameters();
        let gradients = gradients.iter().map(|(name, p)| (format!("{name}.grad"), p.grad()));
        [("norm".to_string(), norm)].into_iter().chain(gradients).collect()
    })
}

/// An image of random bytes, brought to another size.
fn resized(image: [i64; 3], size: [usize; 2]) -> Case {
    Box::new(move || {
        let pixels = Tensor::randint(256, image, (Kind::Uint8, Device::Cpu));
        let output = transforms::Resize::new(size).apply(&pixels);
        StateDict::from([("input.0".into(), pixels), ("output".into(), output)])
    })
}
