//! The keywords of `nn::functional`, each at least once, and the functions without any.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        (
            "keyword_relu_inplace",
            function(|x| F::relu_options(&(x * 2)).inplace(true).call(), &[4, 5]),
        ),
        (
            "keyword_hardswish_inplace",
            function(|x| F::hardswish_options(&(x * 2)).inplace(true).call(), &[4, 5]),
        ),
        (
            "keyword_relu6_inplace",
            function(|x| F::relu6_options(&(x * 2)).inplace(true).call(), &[4, 5]),
        ),
        (
            "keyword_selu_inplace",
            function(|x| F::selu_options(&(x * 2)).inplace(true).call(), &[4, 5]),
        ),
        (
            "keyword_hardsigmoid_inplace",
            function(|x| F::hardsigmoid_options(&(x * 2)).inplace(true).call(), &[4, 5]),
        ),
        (
            "keyword_silu_inplace",
            function(|x| F::silu_options(&(x * 2)).inplace(true).call(), &[4, 5]),
        ),
        (
            "keyword_mish_inplace",
            function(|x| F::mish_options(&(x * 2)).inplace(true).call(), &[4, 5]),
        ),
        (
            "keyword_elu_inplace",
            function(|x| F::elu_options(&(x * 2)).alpha(0.5).inplace(true).call(), &[4, 5]),
        ),
        (
            "keyword_celu_inplace",
            function(|x| F::celu_options(&(x * 2)).alpha(0.5).inplace(true).call(), &[4, 5]),
        ),
        (
            "keyword_leaky_relu_inplace",
            function(
                |x| F::leaky_relu_options(&(x * 2)).negative_slope(0.5).inplace(true).call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_rrelu_inplace",
            function(
                |x| {
                    F::rrelu_options(&(x * 2))
                        .lower(0.1)
                        .upper(0.5)
                        .training(true)
                        .inplace(true)
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_hardtanh_inplace",
            function(
                |x| F::hardtanh_options(&(x * 2)).min_val(-0.5).max_val(1).inplace(true).call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_threshold_inplace",
            function(|x| F::threshold_options(&(x * 2), 0, -1).inplace(true).call(), &[4, 5]),
        ),
        ("keyword_relu_", function(|x| F::relu_(&(x * 2)), &[4, 5])),
        ("keyword_selu_", function(|x| F::selu_(&(x * 2)), &[4, 5])),
        ("keyword_elu_", function(|x| F::elu_(&(x * 2)), &[4, 5])),
        ("keyword_celu_", function(|x| F::celu_(&(x * 2)), &[4, 5])),
        ("keyword_leaky_relu_", function(|x| F::leaky_relu_(&(x * 2)), &[4, 5])),
        ("keyword_hardtanh_", function(|x| F::hardtanh_(&(x * 2)), &[4, 5])),
        ("keyword_rrelu_", function(|x| F::rrelu_(&(x * 2)), &[4, 5])),
        ("keyword_threshold_", function(|x| F::threshold_(&(x * 2), 0.5, 2), &[4, 5])),
        ("keyword_elu_defaults", function(|x| F::elu(x), &[4, 6])),
        ("keyword_celu_defaults", function(|x| F::celu(x), &[4, 6])),
        ("keyword_leaky_relu_defaults", function(|x| F::leaky_relu(x), &[4, 6])),
        ("keyword_rrelu_defaults", function(|x| F::rrelu(x), &[4, 6])),
        ("keyword_hardtanh_defaults", function(|x| F::hardtanh(x), &[4, 6])),
        ("keyword_glu_defaults", function(|x| F::glu(x), &[4, 6])),
        ("keyword_gelu_defaults", function(|x| F::gelu(x), &[4, 6])),
        ("keyword_hardshrink_defaults", function(|x| F::hardshrink(x), &[4, 6])),
        ("keyword_softshrink_defaults", function(|x| F::softshrink(x), &[4, 6])),
        ("keyword_softplus_defaults", function(|x| F::softplus(x), &[4, 6])),
        ("keyword_gumbel_softmax_defaults", function(|x| F::gumbel_softmax(x), &[4, 6])),
        (
            "keyword_softmax_dtype",
            function(|x| F::softmax_options(x, -1).dtype(Kind::Double).call(), &[4, 5]),
        ),
        (
            "keyword_log_softmax_dtype",
            function(|x| F::log_softmax_options(x, -1).dtype(Kind::Double).call(), &[4, 5]),
        ),
        (
            "keyword_softmin_dtype",
            function(|x| F::softmin_options(x, -1).dtype(Kind::Double).call(), &[4, 5]),
        ),
        ("keyword_gelu_none", function(|x| F::gelu_options(x).approximate("none").call(), &[4, 5])),
        ("keyword_linear_without_bias", function(|x| F::linear(x, &ones(&[3, 5])), &[4, 5])),
        (
            "keyword_bilinear_without_bias",
            function(|x| F::bilinear(x, &ones(&[4, 3]), &ones(&[2, 5, 3])), &[4, 5]),
        ),
        (
            "keyword_pairwise_distance_defaults",
            function(|x| F::pairwise_distance(x, &ones(&[4, 5])), &[4, 5]),
        ),
        (
            "keyword_pairwise_distance_eps",
            function(|x| F::pairwise_distance_options(x, &ones(&[4, 5])).eps(0.5).call(), &[4, 5]),
        ),
        (
            "keyword_cosine_similarity_eps",
            function(|x| F::cosine_similarity_options(x, &ones(&[4, 5])).eps(10).call(), &[4, 5]),
        ),
        ("keyword_pdist_defaults", function(|x| F::pdist(x), &[4, 5])),
        ("keyword_dropout_defaults", function(|x| F::dropout(x), &[4, 5])),
        (
            "keyword_dropout_not_in_training",
            function(|x| F::dropout_options(x).training(false).call(), &[4, 5]),
        ),
        ("keyword_dropout1d_defaults", function(|x| F::dropout1d(x), &[4, 3, 5])),
        (
            "keyword_dropout1d_not_in_training",
            function(|x| F::dropout1d_options(x).training(false).call(), &[4, 3, 5]),
        ),
        ("keyword_dropout2d_defaults", function(|x| F::dropout2d(x), &[4, 3, 5, 2])),
        (
            "keyword_dropout2d_not_in_training",
            function(|x| F::dropout2d_options(x).training(false).call(), &[4, 3, 5, 2]),
        ),
        ("keyword_dropout3d_defaults", function(|x| F::dropout3d(x), &[3, 4, 3, 5])),
        (
            "keyword_dropout3d_not_in_training",
            function(|x| F::dropout3d_options(x).training(false).call(), &[3, 4, 3, 5]),
        ),
        (
            "keyword_dropout_inplace",
            function(|x| F::dropout_options(&(x * 2)).p(0.3).inplace(true).call(), &[4, 5]),
        ),
        (
            "keyword_dropout1d_inplace",
            function(|x| F::dropout1d_options(&(x * 2)).p(0.3).inplace(true).call(), &[4, 3, 5]),
        ),
        (
            "keyword_dropout2d_inplace",
            function(|x| F::dropout2d_options(&(x * 2)).p(0.3).inplace(true).call(), &[4, 3, 5, 2]),
        ),
        (
            "keyword_dropout3d_inplace",
            function(
                |x| F::dropout3d_options(&(x * 2)).p(0.3).inplace(true).call(),
                &[3, 4, 3, 5, 2],
            ),
        ),
        ("keyword_alpha_dropout_defaults", function(|x| F::alpha_dropout(x), &[4, 3, 5])),
        (
            "keyword_alpha_dropout_inplace",
            function(
                |x| F::alpha_dropout_options(&(x * 2)).p(0.3).training(true).inplace(true).call(),
                &[4, 3, 5],
            ),
        ),
        (
            "keyword_feature_alpha_dropout_defaults",
            function(|x| F::feature_alpha_dropout(x), &[4, 3, 5]),
        ),
        (
            "keyword_feature_alpha_dropout_inplace",
            function(
                |x| {
                    F::feature_alpha_dropout_options(&(x * 2))
                        .p(0.3)
                        .training(true)
                        .inplace(true)
                        .call()
                },
                &[4, 3, 5],
            ),
        ),
        (
            "keyword_conv1d_all",
            function(
                |x| {
                    F::conv1d_options(x, &full(&[4, 1, 3], 0.5))
                        .bias(&full(&[4], 0.5))
                        .stride(2)
                        .padding(1)
                        .dilation(2)
                        .groups(2)
                        .call()
                },
                &[2, 2, 9],
            ),
        ),
        (
            "keyword_conv2d_all",
            function(
                |x| {
                    F::conv2d_options(x, &full(&[4, 1, 3, 2], 0.5))
                        .bias(&full(&[4], 0.5))
                        .stride((2, 1))
                        .padding((1, 0))
                        .dilation((1, 2))
                        .groups(2)
                        .call()
                },
                &[2, 2, 9, 7],
            ),
        ),
        (
            "keyword_conv3d_all",
            function(
                |x| {
                    F::conv3d_options(x, &full(&[4, 1, 2, 2, 2], 0.5))
                        .bias(&full(&[4], 0.5))
                        .stride(2)
                        .padding((1, 0, 1))
                        .dilation((1, 2, 1))
                        .groups(2)
                        .call()
                },
                &[2, 2, 4, 5, 6],
            ),
        ),
        ("keyword_conv1d_defaults", function(|x| F::conv1d(x, &ones(&[2, 3, 3])), &[2, 3, 8])),
        (
            "keyword_conv1d_same",
            function(
                |x| F::conv1d_options(x, &ones(&[2, 3, 3])).padding("same").dilation(2).call(),
                &[2, 3, 8],
            ),
        ),
        (
            "keyword_conv_transpose1d_defaults",
            function(|x| F::conv_transpose1d(x, &ones(&[3, 2, 3])), &[2, 3, 8]),
        ),
        (
            "keyword_conv_transpose1d_all",
            function(
                |x| {
                    F::conv_transpose1d_options(x, &ones(&[3, 2, 3]))
                        .bias(&ones(&[6]))
                        .stride(2)
                        .padding(1)
                        .output_padding(1)
                        .groups(3)
                        .dilation(2)
                        .call()
                },
                &[2, 3, 8],
            ),
        ),
        (
            "keyword_conv2d_defaults",
            function(|x| F::conv2d(x, &ones(&[2, 3, 3, 3])), &[2, 3, 8, 7]),
        ),
        (
            "keyword_conv2d_same",
            function(
                |x| F::conv2d_options(x, &ones(&[2, 3, 3, 3])).padding("same").dilation(2).call(),
                &[2, 3, 8, 7],
            ),
        ),
        (
            "keyword_conv_transpose2d_defaults",
            function(|x| F::conv_transpose2d(x, &ones(&[3, 2, 3, 3])), &[2, 3, 8, 7]),
        ),
        (
            "keyword_conv_transpose2d_all",
            function(
                |x| {
                    F::conv_transpose2d_options(x, &ones(&[3, 2, 3, 3]))
                        .bias(&ones(&[6]))
                        .stride(2)
                        .padding(1)
                        .output_padding(1)
                        .groups(3)
                        .dilation(2)
                        .call()
                },
                &[2, 3, 8, 7],
            ),
        ),
        (
            "keyword_conv3d_defaults",
            function(|x| F::conv3d(x, &ones(&[2, 3, 2, 2, 2])), &[2, 3, 4, 5, 3]),
        ),
        (
            "keyword_conv3d_same",
            function(
                |x| {
                    F::conv3d_options(x, &ones(&[2, 3, 2, 2, 2])).padding("same").dilation(2).call()
                },
                &[2, 3, 4, 5, 3],
            ),
        ),
        (
            "keyword_conv_transpose3d_defaults",
            function(|x| F::conv_transpose3d(x, &ones(&[3, 2, 2, 2, 2])), &[2, 3, 4, 5, 3]),
        ),
        (
            "keyword_conv_transpose3d_all",
            function(
                |x| {
                    F::conv_transpose3d_options(x, &ones(&[3, 2, 2, 2, 2]))
                        .bias(&ones(&[6]))
                        .stride(2)
                        .padding(1)
                        .output_padding(1)
                        .groups(3)
                        .dilation(2)
                        .call()
                },
                &[2, 3, 4, 5, 3],
            ),
        ),
        (
            "keyword_conv_tbc",
            function(|x| F::conv_tbc(x, &ones(&[3, 5, 2]), &ones(&[2])), &[6, 4, 5]),
        ),
        (
            "keyword_conv_tbc_pad",
            function(
                |x| F::conv_tbc_options(x, &ones(&[3, 5, 2]), &ones(&[2])).pad(1).call(),
                &[6, 4, 5],
            ),
        ),
        ("keyword_unfold_defaults", function(|x| F::unfold(x, 2), &[2, 3, 5, 6])),
        (
            "keyword_unfold_all",
            function(
                |x| F::unfold_options(x, (2, 3)).dilation((1, 2)).padding((1, 0)).stride(2).call(),
                &[2, 3, 6, 7],
            ),
        ),
        (
            "keyword_fold_all",
            function(
                |x| F::fold_options(x, (4, 5), 2).dilation(1).padding(1).stride(2).call(),
                &[2, 12, 9],
            ),
        ),
        (
            "keyword_avg_pool1d_all",
            function(
                |x| {
                    F::avg_pool1d_options(x, 3)
                        .stride(2)
                        .padding(1)
                        .ceil_mode(true)
                        .count_include_pad(false)
                        .call()
                },
                &[2, 3, 9],
            ),
        ),
        (
            "keyword_max_pool1d_all",
            function(
                |x| {
                    F::max_pool1d_options(x, 2)
                        .stride(2)
                        .padding(1)
                        .dilation(2)
                        .ceil_mode(true)
                        .call()
                },
                &[2, 3, 9],
            ),
        ),
        (
            "keyword_max_pool1d_with_indices_all",
            function(
                |x| {
                    product(
                        F::max_pool1d_with_indices_options(x, 2)
                            .stride(2)
                            .padding(1)
                            .dilation(2)
                            .ceil_mode(true)
                            .call(),
                    )
                },
                &[2, 3, 9],
            ),
        ),
        (
            "keyword_lp_pool1d_all",
            function(
                |x| F::lp_pool1d_options(x, 3, 2).stride(1).ceil_mode(true).call(),
                &[2, 3, 9],
            ),
        ),
        ("keyword_lp_pool1d_largest", function(|x| F::lp_pool1d(x, f64::INFINITY, 2), &[2, 3, 9])),
        (
            "keyword_avg_pool2d_all",
            function(
                |x| {
                    F::avg_pool2d_options(x, 3)
                        .stride(2)
                        .padding(1)
                        .ceil_mode(true)
                        .count_include_pad(false)
                        .call()
                },
                &[2, 3, 9, 8],
            ),
        ),
        (
            "keyword_max_pool2d_all",
            function(
                |x| {
                    F::max_pool2d_options(x, 2)
                        .stride(2)
                        .padding(1)
                        .dilation(2)
                        .ceil_mode(true)
                        .call()
                },
                &[2, 3, 9, 8],
            ),
        ),
        (
            "keyword_max_pool2d_with_indices_all",
            function(
                |x| {
                    product(
                        F::max_pool2d_with_indices_options(x, 2)
                            .stride(2)
                            .padding(1)
                            .dilation(2)
                            .ceil_mode(true)
                            .call(),
                    )
                },
                &[2, 3, 9, 8],
            ),
        ),
        (
            "keyword_lp_pool2d_all",
            function(
                |x| F::lp_pool2d_options(x, 3, 2).stride(1).ceil_mode(true).call(),
                &[2, 3, 9, 8],
            ),
        ),
        (
            "keyword_lp_pool2d_largest",
            function(|x| F::lp_pool2d(x, f64::INFINITY, 2), &[2, 3, 9, 8]),
        ),
        (
            "keyword_avg_pool3d_all",
            function(
                |x| {
                    F::avg_pool3d_options(x, 3)
                        .stride(2)
                        .padding(1)
                        .ceil_mode(true)
                        .count_include_pad(false)
                        .call()
                },
                &[2, 2, 5, 4, 6],
            ),
        ),
        (
            "keyword_max_pool3d_all",
            function(
                |x| {
                    F::max_pool3d_options(x, 2)
                        .stride(2)
                        .padding(1)
                        .dilation(2)
                        .ceil_mode(true)
                        .call()
                },
                &[2, 2, 5, 4, 6],
            ),
        ),
        (
            "keyword_max_pool3d_with_indices_all",
            function(
                |x| {
                    product(
                        F::max_pool3d_with_indices_options(x, 2)
                            .stride(2)
                            .padding(1)
                            .dilation(2)
                            .ceil_mode(true)
                            .call(),
                    )
                },
                &[2, 2, 5, 4, 6],
            ),
        ),
        (
            "keyword_lp_pool3d_all",
            function(
                |x| F::lp_pool3d_options(x, 3, 2).stride(1).ceil_mode(true).call(),
                &[2, 2, 5, 4, 6],
            ),
        ),
        (
            "keyword_lp_pool3d_largest",
            function(|x| F::lp_pool3d(x, f64::INFINITY, 2), &[2, 2, 5, 4, 6]),
        ),
        (
            "keyword_avg_pool1d_tuple",
            function(
                |x| F::avg_pool1d_options(x, (3,)).stride((2,)).padding([1]).call(),
                &[2, 3, 9],
            ),
        ),
        (
            "keyword_avg_pool2d_divisor",
            function(
                |x| F::avg_pool2d_options(x, (3, 2)).divisor_override(5).call(),
                &[2, 3, 9, 8],
            ),
        ),
        (
            "keyword_avg_pool3d_divisor",
            function(|x| F::avg_pool3d_options(x, 2).divisor_override(5).call(), &[2, 2, 4, 4, 6]),
        ),
        (
            "keyword_max_unpool1d_all",
            function(
                |x| {
                    let (values, indices) =
                        F::max_pool1d_with_indices_options(x, 3).stride(2).padding(1).call();
                    F::max_unpool1d_options(&values, &indices, 3)
                        .stride(2)
                        .padding(1)
                        .output_size(10)
                        .call()
                },
                &[2, 3, 10],
            ),
        ),
        (
            "keyword_max_unpool2d_all",
            function(
                |x| {
                    let (values, indices) = F::max_pool2d_with_indices(x, 2);
                    F::max_unpool2d_options(&values, &indices, 2)
                        .stride(2)
                        .padding(0)
                        .output_size(x.size())
                        .call()
                },
                &[2, 3, 7, 9],
            ),
        ),
        (
            "keyword_max_unpool3d_all",
            function(
                |x| {
                    let (values, indices) = F::max_pool3d_with_indices(x, 2);
                    F::max_unpool3d_options(&values, &indices, 2)
                        .stride(2)
                        .padding(0)
                        .output_size((5, 5, 7))
                        .call()
                },
                &[2, 2, 5, 5, 7],
            ),
        ),
        (
            "keyword_adaptive_avg_pool2d_none",
            function(|x| F::adaptive_avg_pool2d(x, (None, Some(2))), &[2, 3, 6, 7]),
        ),
        (
            "keyword_adaptive_max_pool3d_none",
            function(|x| F::adaptive_max_pool3d(x, (Some(2), None, Some(3))), &[2, 2, 4, 5, 6]),
        ),
        (
            "keyword_fractional_max_pool2d",
            function(
                |x| F::fractional_max_pool2d_options(x, 2).output_size((4, 3)).call(),
                &[2, 3, 9, 8],
            ),
        ),
        (
            "keyword_fractional_max_pool2d_ratio",
            function(
                |x| F::fractional_max_pool2d_options(x, 2).output_ratio(0.5).call(),
                &[2, 3, 9, 8],
            ),
        ),
        (
            "keyword_fractional_max_pool2d_with_indices",
            function(
                |x| {
                    product(
                        F::fractional_max_pool2d_with_indices_options(x, 2)
                            .output_size((4, 3))
                            .call(),
                    )
                },
                &[2, 3, 9, 8],
            ),
        ),
        (
            "keyword_fractional_max_pool3d",
            function(
                |x| F::fractional_max_pool3d_options(x, 2).output_size((3, 2, 3)).call(),
                &[2, 2, 6, 5, 7],
            ),
        ),
        (
            "keyword_fractional_max_pool3d_ratio",
            function(
                |x| F::fractional_max_pool3d_options(x, 2).output_ratio(0.5).call(),
                &[2, 2, 6, 5, 7],
            ),
        ),
        (
            "keyword_fractional_max_pool3d_with_indices",
            function(
                |x| {
                    product(
                        F::fractional_max_pool3d_with_indices_options(x, 2)
                            .output_size((3, 2, 3))
                            .call(),
                    )
                },
                &[2, 2, 6, 5, 7],
            ),
        ),
        (
            "keyword_fractional_max_pool2d_samples",
            function(
                |x| {
                    F::fractional_max_pool2d_options(x, 3)
                        .output_size(3)
                        .random_samples(&full(&[2, 3, 2], 0.5))
                        .call()
                },
                &[2, 3, 9, 8],
            ),
        ),
        (
            "keyword_batch_norm_all",
            function(
                |x| {
                    F::batch_norm_options(x, Some(&zeros(&[3])), Some(&ones(&[3])))
                        .weight(&full(&[3], 2.0))
                        .bias(&ones(&[3]))
                        .training(true)
                        .momentum(0.5)
                        .eps(0.5)
                        .call()
                },
                &[4, 3, 5],
            ),
        ),
        (
            "keyword_batch_norm_defaults",
            function(|x| F::batch_norm(x, Some(&zeros(&[3])), Some(&ones(&[3]))), &[4, 3, 5]),
        ),
        (
            "keyword_batch_norm_moves",
            function(
                |x| {
                    moved(
                        |mean, var| {
                            F::batch_norm_options(x, Some(mean), Some(var))
                                .training(true)
                                .momentum(0.5)
                                .call()
                        },
                        3,
                    )
                },
                &[4, 3, 5],
            ),
        ),
        ("keyword_instance_norm_defaults", function(|x| F::instance_norm(x), &[4, 3, 5])),
        (
            "keyword_instance_norm_all",
            function(
                |x| {
                    F::instance_norm_options(x)
                        .running_mean(&zeros(&[3]))
                        .running_var(&ones(&[3]))
                        .weight(&full(&[3], 2.0))
                        .bias(&ones(&[3]))
                        .use_input_stats(false)
                        .momentum(0.5)
                        .eps(0.5)
                        .call()
                },
                &[4, 3, 5],
            ),
        ),
        ("keyword_layer_norm_defaults", function(|x| F::layer_norm(x, 5), &[4, 3, 5])),
        (
            "keyword_layer_norm_all",
            function(
                |x| {
                    F::layer_norm_options(x, [3, 5])
                        .weight(&full(&[3, 5], 2.0))
                        .bias(&ones(&[3, 5]))
                        .eps(0.5)
                        .call()
                },
                &[4, 3, 5],
            ),
        ),
        ("keyword_group_norm_defaults", function(|x| F::group_norm(x, 2), &[3, 4, 5])),
        (
            "keyword_group_norm_eps",
            function(|x| F::group_norm_options(x, 2).eps(1).call(), &[3, 4, 5]),
        ),
        ("keyword_rms_norm_defaults", function(|x| F::rms_norm(x, (5,)), &[4, 5])),
        (
            "keyword_local_response_norm_defaults",
            function(|x| F::local_response_norm(x, 2), &[2, 5, 4]),
        ),
        (
            "keyword_normalize_out",
            function(
                |x| F::normalize_options(&x.detach()).out(&zeros(&[4, 5])).call() + x,
                &[4, 5],
            ),
        ),
        ("keyword_embedding_defaults", function(|x| F::embedding(&whole(&[2, 0, 3]), x), &[4, 5])),
        (
            "keyword_embedding_norm",
            function(
                |x| {
                    F::embedding_options(&whole(&[2, 0, 3]), &(x * 2))
                        .max_norm(1)
                        .norm_type(1)
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_embedding_sparse",
            function(
                |x| {
                    F::embedding_options(&whole(&[2, 0, 3]), &(x * 1))
                        .padding_idx(0)
                        .sparse(false)
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_embedding_bag_defaults",
            function(|x| F::embedding_bag(&whole(&[2, 0, 3, 2]).view([2, 2]), x), &[4, 5]),
        ),
        (
            "keyword_embedding_bag_max",
            function(
                |x| {
                    F::embedding_bag_options(&whole(&[2, 0, 3, 2]), x)
                        .offsets(&whole(&[0, 2]))
                        .mode("max")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_embedding_bag_all",
            function(
                |x| {
                    F::embedding_bag_options(&whole(&[2, 0, 3, 2]), &(x * 2))
                        .offsets(&whole(&[0, 2, 4]))
                        .max_norm(1)
                        .norm_type(1)
                        .scale_grad_by_freq(true)
                        .mode("mean")
                        .include_last_offset(true)
                        .padding_idx(0)
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_one_hot_classes",
            function(|x| F::one_hot_options(&whole(&[2, 0, 1])).num_classes(4).call() * x, &[3, 4]),
        ),
        ("keyword_pad_defaults", function(|x| F::pad(x, (1, 2)), &[2, 3, 4])),
        (
            "keyword_pad_replicate",
            function(|x| F::pad_options(x, [1, 2]).mode("replicate").call(), &[2, 3, 4]),
        ),
        (
            "keyword_grid_sample_nearest",
            function(
                |x| {
                    F::grid_sample_options(x, &F::affine_grid(&full(&[1, 2, 3], 0.3), [1, 2, 4, 5]))
                        .mode("nearest")
                        .padding_mode("border")
                        .call()
                },
                &[1, 2, 5, 6],
            ),
        ),
        (
            "keyword_affine_grid_volume",
            function(
                |x| F::affine_grid_options(x, (2, 3, 4, 5, 6)).align_corners(true).call(),
                &[2, 3, 4],
            ),
        ),
        (
            "keyword_interpolate_tuple",
            function(|x| F::interpolate_options(x).size([3]).call(), &[2, 3, 5]),
        ),
        (
            "keyword_scaled_dot_product_attention_defaults",
            function(|x| F::scaled_dot_product_attention(x, x, x), &[2, 3, 4, 5]),
        ),
        (
            "keyword_scaled_dot_product_attention_all",
            function(
                |x| {
                    let one = || x.narrow(1, 0, 1);
                    F::scaled_dot_product_attention_options(x, &one(), &one())
                        .attn_mask(&full(&[4, 4], 0.5))
                        .dropout_p(0.3)
                        .scale(2)
                        .enable_gqa(true)
                        .call()
                },
                &[2, 3, 4, 5],
            ),
        ),
        (
            "keyword_multi_head_attention_forward",
            function(
                |x| {
                    F::multi_head_attention_forward(
                        x,
                        x,
                        x,
                        4,
                        2,
                        Some(&full(&[12, 4], 0.25)),
                        None,
                        None,
                        None,
                        false,
                        0.0,
                        &full(&[4, 4], 0.5),
                        None,
                    )
                    .0
                },
                &[5, 3, 4],
            ),
        ),
        (
            "keyword_multi_head_attention_forward_all",
            function(
                |x| {
                    F::multi_head_attention_forward_options(
                        x,
                        x,
                        x,
                        4,
                        2,
                        Some(&full(&[12, 4], 0.25)),
                        Some(&ones(&[12])),
                        Some(&ones(&[1, 1, 4])),
                        Some(&ones(&[1, 1, 4])),
                        true,
                        0.5,
                        &full(&[4, 4], 0.5),
                        Some(&ones(&[4])),
                    )
                    .training(false)
                    .key_padding_mask(&zeros(&[3, 5]).to_kind(Kind::Bool))
                    .need_weights(false)
                    .attn_mask(&full(&[5, 5], 0.5))
                    .call()
                    .0
                },
                &[5, 3, 4],
            ),
        ),
        (
            "keyword_multi_head_attention_forward_separate",
            function(
                |x| {
                    F::multi_head_attention_forward_options(
                        x,
                        x,
                        x,
                        4,
                        2,
                        None,
                        Some(&ones(&[12])),
                        None,
                        None,
                        false,
                        0.0,
                        &full(&[4, 4], 0.5),
                        None,
                    )
                    .use_separate_proj_weight(true)
                    .q_proj_weight(&full(&[4, 4], 0.5))
                    .k_proj_weight(&full(&[4, 4], 0.25))
                    .v_proj_weight(&full(&[4, 4], 0.75))
                    .average_attn_weights(false)
                    .call()
                    .0
                },
                &[5, 3, 4],
            ),
        ),
        (
            "keyword_multi_head_attention_forward_static",
            function(
                |x| {
                    F::multi_head_attention_forward_options(
                        x,
                        x,
                        x,
                        4,
                        2,
                        Some(&full(&[12, 4], 0.25)),
                        None,
                        None,
                        None,
                        false,
                        0.0,
                        &full(&[4, 4], 0.5),
                        None,
                    )
                    .static_k(&full(&[6, 7, 2], 0.5))
                    .static_v(&full(&[6, 7, 2], 0.5))
                    .call()
                    .0
                },
                &[5, 3, 4],
            ),
        ),
        (
            "keyword_multi_head_attention_forward_causal",
            function(
                |x| {
                    F::multi_head_attention_forward_options(
                        x,
                        x,
                        x,
                        4,
                        2,
                        Some(&full(&[12, 4], 0.25)),
                        None,
                        None,
                        None,
                        false,
                        0.0,
                        &full(&[4, 4], 0.5),
                        None,
                    )
                    .need_weights(false)
                    .attn_mask(&full(&[5, 5], 0.5))
                    .is_causal(true)
                    .call()
                    .0
                },
                &[5, 3, 4],
            ),
        ),
        (
            "keyword_binary_cross_entropy_none",
            function(
                |x| {
                    F::binary_cross_entropy_options(&x.sigmoid(), &full(&[4, 5], 0.25))
                        .reduction("none")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_binary_cross_entropy_sum",
            function(
                |x| {
                    F::binary_cross_entropy_options(&x.sigmoid(), &full(&[4, 5], 0.25))
                        .reduction("sum")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_binary_cross_entropy_with_logits_none",
            function(
                |x| {
                    F::binary_cross_entropy_with_logits_options(x, &full(&[4, 5], 0.25))
                        .reduction("none")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_binary_cross_entropy_with_logits_sum",
            function(
                |x| {
                    F::binary_cross_entropy_with_logits_options(x, &full(&[4, 5], 0.25))
                        .reduction("sum")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_poisson_nll_loss_none",
            function(
                |x| F::poisson_nll_loss_options(x, &full(&[4, 5], 0.25)).reduction("none").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_poisson_nll_loss_sum",
            function(
                |x| F::poisson_nll_loss_options(x, &full(&[4, 5], 0.25)).reduction("sum").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_cosine_embedding_loss_none",
            function(
                |x| {
                    F::cosine_embedding_loss_options(x, &full(&[4, 5], 0.25), &ones(&[4]))
                        .reduction("none")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_cosine_embedding_loss_sum",
            function(
                |x| {
                    F::cosine_embedding_loss_options(x, &full(&[4, 5], 0.25), &ones(&[4]))
                        .reduction("sum")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_cross_entropy_none",
            function(
                |x| F::cross_entropy_options(x, &whole(&[0, 1, 2, 3])).reduction("none").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_cross_entropy_sum",
            function(
                |x| F::cross_entropy_options(x, &whole(&[0, 1, 2, 3])).reduction("sum").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_gaussian_nll_loss_none",
            function(
                |x| {
                    F::gaussian_nll_loss_options(x, &full(&[4, 5], 0.25), &ones(&[4, 5]))
                        .reduction("none")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_gaussian_nll_loss_sum",
            function(
                |x| {
                    F::gaussian_nll_loss_options(x, &full(&[4, 5], 0.25), &ones(&[4, 5]))
                        .reduction("sum")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_hinge_embedding_loss_none",
            function(
                |x| F::hinge_embedding_loss_options(x, &-ones(&[4, 5])).reduction("none").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_hinge_embedding_loss_sum",
            function(
                |x| F::hinge_embedding_loss_options(x, &-ones(&[4, 5])).reduction("sum").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_kl_div_none",
            function(
                |x| F::kl_div_options(x, &full(&[4, 5], 0.25)).reduction("none").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_kl_div_sum",
            function(
                |x| F::kl_div_options(x, &full(&[4, 5], 0.25)).reduction("sum").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_l1_loss_none",
            function(
                |x| F::l1_loss_options(x, &full(&[4, 5], 0.25)).reduction("none").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_l1_loss_sum",
            function(
                |x| F::l1_loss_options(x, &full(&[4, 5], 0.25)).reduction("sum").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_mse_loss_none",
            function(
                |x| F::mse_loss_options(x, &full(&[4, 5], 0.25)).reduction("none").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_mse_loss_sum",
            function(
                |x| F::mse_loss_options(x, &full(&[4, 5], 0.25)).reduction("sum").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_margin_ranking_loss_none",
            function(
                |x| {
                    F::margin_ranking_loss_options(x, &full(&[4, 5], 0.25), &ones(&[4, 5]))
                        .reduction("none")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_margin_ranking_loss_sum",
            function(
                |x| {
                    F::margin_ranking_loss_options(x, &full(&[4, 5], 0.25), &ones(&[4, 5]))
                        .reduction("sum")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_multilabel_margin_loss_none",
            function(
                |x| {
                    F::multilabel_margin_loss_options(
                        x,
                        &whole(&[3, 0, -1, 1, 1].repeat(4)).view([4, 5]),
                    )
                    .reduction("none")
                    .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_multilabel_margin_loss_sum",
            function(
                |x| {
                    F::multilabel_margin_loss_options(
                        x,
                        &whole(&[3, 0, -1, 1, 1].repeat(4)).view([4, 5]),
                    )
                    .reduction("sum")
                    .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_multilabel_soft_margin_loss_none",
            function(
                |x| {
                    F::multilabel_soft_margin_loss_options(x, &full(&[4, 5], 0.25))
                        .reduction("none")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_multilabel_soft_margin_loss_sum",
            function(
                |x| {
                    F::multilabel_soft_margin_loss_options(x, &full(&[4, 5], 0.25))
                        .reduction("sum")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_multi_margin_loss_none",
            function(
                |x| F::multi_margin_loss_options(x, &whole(&[0, 1, 2, 3])).reduction("none").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_multi_margin_loss_sum",
            function(
                |x| F::multi_margin_loss_options(x, &whole(&[0, 1, 2, 3])).reduction("sum").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_nll_loss_none",
            function(
                |x| F::nll_loss_options(x, &whole(&[0, 1, 2, 3])).reduction("none").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_nll_loss_sum",
            function(
                |x| F::nll_loss_options(x, &whole(&[0, 1, 2, 3])).reduction("sum").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_huber_loss_none",
            function(
                |x| F::huber_loss_options(x, &full(&[4, 5], 0.25)).reduction("none").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_huber_loss_sum",
            function(
                |x| F::huber_loss_options(x, &full(&[4, 5], 0.25)).reduction("sum").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_smooth_l1_loss_none",
            function(
                |x| F::smooth_l1_loss_options(x, &full(&[4, 5], 0.25)).reduction("none").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_smooth_l1_loss_sum",
            function(
                |x| F::smooth_l1_loss_options(x, &full(&[4, 5], 0.25)).reduction("sum").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_soft_margin_loss_none",
            function(
                |x| F::soft_margin_loss_options(x, &ones(&[4, 5])).reduction("none").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_soft_margin_loss_sum",
            function(
                |x| F::soft_margin_loss_options(x, &ones(&[4, 5])).reduction("sum").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_triplet_margin_loss_none",
            function(
                |x| {
                    F::triplet_margin_loss_options(x, &full(&[4, 5], 0.25), &ones(&[4, 5]))
                        .reduction("none")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_triplet_margin_loss_sum",
            function(
                |x| {
                    F::triplet_margin_loss_options(x, &full(&[4, 5], 0.25), &ones(&[4, 5]))
                        .reduction("sum")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_triplet_margin_with_distance_loss_none",
            function(
                |x| {
                    F::triplet_margin_with_distance_loss_options(
                        x,
                        &full(&[4, 5], 0.25),
                        &ones(&[4, 5]),
                    )
                    .reduction("none")
                    .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_triplet_margin_with_distance_loss_sum",
            function(
                |x| {
                    F::triplet_margin_with_distance_loss_options(
                        x,
                        &full(&[4, 5], 0.25),
                        &ones(&[4, 5]),
                    )
                    .reduction("sum")
                    .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_linear_cross_entropy_none",
            function(
                |x| {
                    F::linear_cross_entropy_options(x, &ones(&[3, 5]), &whole(&[0, 1, 2, 0]))
                        .reduction("none")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_linear_cross_entropy_sum",
            function(
                |x| {
                    F::linear_cross_entropy_options(x, &ones(&[3, 5]), &whole(&[0, 1, 2, 0]))
                        .reduction("sum")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_ctc_loss_none",
            function(
                |x| {
                    F::ctc_loss_options(
                        &sequences(x),
                        &whole(&[1, 2, 3, 3]).view([2, 2]),
                        &whole(&[4, 4]),
                        &whole(&[2, 1]),
                    )
                    .reduction("none")
                    .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_ctc_loss_sum",
            function(
                |x| {
                    F::ctc_loss_options(
                        &sequences(x),
                        &whole(&[1, 2, 3, 3]).view([2, 2]),
                        &whole(&[4, 4]),
                        &whole(&[2, 1]),
                    )
                    .reduction("sum")
                    .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_kl_div_batchmean",
            function(
                |x| F::kl_div_options(x, &full(&[4, 5], 0.25)).reduction("batchmean").call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_kl_div_log_target",
            function(
                |x| F::kl_div_options(x, &full(&[4, 5], 0.25)).log_target(true).call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_binary_cross_entropy_weight",
            function(
                |x| {
                    F::binary_cross_entropy_options(&x.sigmoid(), &full(&[4, 5], 0.25))
                        .weight(&full(&[5], 0.5))
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_binary_cross_entropy_with_logits_weights",
            function(
                |x| {
                    F::binary_cross_entropy_with_logits_options(x, &full(&[4, 5], 0.25))
                        .weight(&full(&[5], 0.5))
                        .pos_weight(&full(&[5], 2.0))
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_poisson_nll_loss_full",
            function(
                |x| F::poisson_nll_loss_options(x, &full(&[4, 5], 0.25)).full(true).call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_poisson_nll_loss_eps",
            function(
                |x| {
                    F::poisson_nll_loss_options(&x.exp(), &full(&[4, 5], 3.0))
                        .log_input(false)
                        .full(true)
                        .eps(0.5)
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_cosine_embedding_loss_margin",
            function(
                |x| {
                    F::cosine_embedding_loss_options(x, &ones(&[4, 5]), &-ones(&[4]))
                        .margin(0.25)
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_cross_entropy_weight",
            function(
                |x| {
                    F::cross_entropy_options(x, &whole(&[0, 1, 2, 3]))
                        .weight(&full(&[5], 0.5))
                        .ignore_index(2)
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_cross_entropy_smoothed",
            function(
                |x| {
                    F::cross_entropy_options(x, &whole(&[0, 1, 2, 3]))
                        .label_smoothing(0.25)
                        .reduction("sum")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_cross_entropy_probabilities",
            function(
                |x| F::cross_entropy_options(x, &full(&[4, 5], 0.2)).label_smoothing(0.5).call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_ctc_loss_blank",
            function(
                |x| {
                    F::ctc_loss_options(
                        &sequences(x),
                        &whole(&[1, 2, 3, 3]).view([2, 2]),
                        &whole(&[4, 4]),
                        &whole(&[2, 1]),
                    )
                    .blank(4)
                    .zero_infinity(true)
                    .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_gaussian_nll_loss_full",
            function(
                |x| {
                    F::gaussian_nll_loss_options(x, &full(&[4, 5], 0.25), &ones(&[4, 5]))
                        .full(true)
                        .eps(2)
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_gaussian_nll_loss_number",
            function(|x| F::gaussian_nll_loss(x, &zeros(&[4, 5]), 0.5), &[4, 5]),
        ),
        (
            "keyword_hinge_embedding_loss_margin",
            function(
                |x| F::hinge_embedding_loss_options(x, &-ones(&[4, 5])).margin(0.5).call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_l1_loss_weight_mean",
            function(
                |x| {
                    F::l1_loss_options(x, &full(&[4, 5], 0.25))
                        .weight(&full(&[4, 5], 2.0))
                        .reduction("mean")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_l1_loss_weight_sum",
            function(
                |x| {
                    F::l1_loss_options(x, &full(&[4, 5], 0.25))
                        .weight(&full(&[4, 5], 2.0))
                        .reduction("sum")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_l1_loss_weight_none",
            function(
                |x| {
                    F::l1_loss_options(x, &full(&[4, 5], 0.25))
                        .weight(&full(&[4, 5], 2.0))
                        .reduction("none")
                        .call()
                },
                &[4, 5],
            ),
        ),
        ("keyword_l1_loss_broadcast", function(|x| F::l1_loss(x, &ones(&[5])), &[4, 5])),
        (
            "keyword_mse_loss_weight_mean",
            function(
                |x| {
                    F::mse_loss_options(x, &full(&[4, 5], 0.25))
                        .weight(&full(&[4, 5], 2.0))
                        .reduction("mean")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_mse_loss_weight_sum",
            function(
                |x| {
                    F::mse_loss_options(x, &full(&[4, 5], 0.25))
                        .weight(&full(&[4, 5], 2.0))
                        .reduction("sum")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_mse_loss_weight_none",
            function(
                |x| {
                    F::mse_loss_options(x, &full(&[4, 5], 0.25))
                        .weight(&full(&[4, 5], 2.0))
                        .reduction("none")
                        .call()
                },
                &[4, 5],
            ),
        ),
        ("keyword_mse_loss_broadcast", function(|x| F::mse_loss(x, &ones(&[5])), &[4, 5])),
        (
            "keyword_huber_loss_weight_mean",
            function(
                |x| {
                    F::huber_loss_options(x, &full(&[4, 5], 0.25))
                        .weight(&full(&[4, 5], 2.0))
                        .reduction("mean")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_huber_loss_weight_sum",
            function(
                |x| {
                    F::huber_loss_options(x, &full(&[4, 5], 0.25))
                        .weight(&full(&[4, 5], 2.0))
                        .reduction("sum")
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_huber_loss_weight_none",
            function(
                |x| {
                    F::huber_loss_options(x, &full(&[4, 5], 0.25))
                        .weight(&full(&[4, 5], 2.0))
                        .reduction("none")
                        .call()
                },
                &[4, 5],
            ),
        ),
        ("keyword_huber_loss_broadcast", function(|x| F::huber_loss(x, &ones(&[5])), &[4, 5])),
        (
            "keyword_huber_loss_delta",
            function(|x| F::huber_loss_options(x, &full(&[4, 5], 0.25)).delta(0.5).call(), &[4, 5]),
        ),
        (
            "keyword_smooth_l1_loss_beta",
            function(
                |x| F::smooth_l1_loss_options(x, &full(&[4, 5], 0.25)).beta(0.5).call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_smooth_l1_loss_beta_zero",
            function(
                |x| F::smooth_l1_loss_options(x, &full(&[4, 5], 0.25)).beta(0).call(),
                &[4, 5],
            ),
        ),
        (
            "keyword_margin_ranking_loss_margin",
            function(
                |x| {
                    F::margin_ranking_loss_options(x, &full(&[4, 5], 0.25), &ones(&[4, 5]))
                        .margin(0.5)
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_multilabel_soft_margin_loss_weight",
            function(
                |x| {
                    F::multilabel_soft_margin_loss_options(x, &full(&[4, 5], 0.25))
                        .weight(&full(&[5], 2.0))
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_multilabel_soft_margin_loss_whole",
            function(
                |x| {
                    F::multilabel_soft_margin_loss(
                        &x.to_kind(Kind::BFloat16),
                        &whole(&[1, 0, 1, 0, 1].repeat(4)).view([4, 5]),
                    )
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_multi_margin_loss_all",
            function(
                |x| {
                    F::multi_margin_loss_options(x, &whole(&[0, 1, 2, 3]))
                        .p(2)
                        .margin(0.5)
                        .weight(&full(&[5], 2.0))
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_nll_loss_weight",
            function(
                |x| {
                    F::nll_loss_options(x, &whole(&[0, 1, 2, 3]))
                        .weight(&full(&[5], 2.0))
                        .ignore_index(3)
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_triplet_margin_loss_all",
            function(
                |x| {
                    F::triplet_margin_loss_options(x, &full(&[4, 5], 0.25), &ones(&[4, 5]))
                        .margin(0.5)
                        .p(1)
                        .eps(0.25)
                        .swap(true)
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_triplet_margin_with_distance_loss_all",
            function(
                |x| {
                    F::triplet_margin_with_distance_loss_options(
                        x,
                        &full(&[4, 5], 0.25),
                        &ones(&[4, 5]),
                    )
                    .distance_function(&|x, y| (x - y).abs().amax(1, false))
                    .margin(0.5)
                    .swap(true)
                    .call()
                },
                &[4, 5],
            ),
        ),
        (
            "keyword_linear_cross_entropy_all",
            function(
                |x| {
                    F::linear_cross_entropy_options(x, &ones(&[3, 5]), &whole(&[0, 1, 2, 0]))
                        .linear_bias(&ones(&[3]))
                        .weight(&full(&[3], 2.0))
                        .ignore_index(2)
                        .label_smoothing(0.25)
                        .call()
                },
                &[4, 5],
            ),
        ),
    ]
}

/// Log probabilities of two sequences.
fn sequences(x: &Tensor) -> Tensor {
    x.log_softmax(1, None).unsqueeze(1).expand([4, 2, 5], false)
}

/// The values of a pool, each times its place.
fn product((values, indices): (Tensor, Tensor)) -> Tensor {
    values * indices
}

/// The output of a normalisation, and what has become of the running statistics.
fn moved(normalise: impl Fn(&Tensor, &Tensor) -> Tensor, channels: i64) -> Tensor {
    let (mean, var) = (zeros(&[channels]), ones(&[channels]));
    let output = normalise(&mean, &var);
    Tensor::cat(&[output.flatten(0, -1), mean, var], 0)
}

fn full(shape: &[i64], value: f64) -> Tensor {
    Tensor::full(shape, value, (Kind::Float, Device::Cpu))
}

fn zeros(shape: &[i64]) -> Tensor {
    full(shape, 0.0)
}

fn whole(numbers: &[i64]) -> Tensor {
    Tensor::from_slice(numbers)
}
