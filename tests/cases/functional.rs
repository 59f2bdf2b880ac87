//! Functions of `nn::functional` called by name.

use super::*;

/// In the order of Python's table.
pub fn cases() -> Vec<(&'static str, Case)> {
    vec![
        ("functional_relu", function(F::relu, &[4, 10])),
        ("functional_softmax", function(|x| F::softmax(x, 1), &[4, 10])),
        (
            "functional_linear",
            function(|x| F::linear_options(x, &ones(&[3, 5])).bias(&ones(&[3])).call(), &[4, 5]),
        ),
        (
            "functional_conv2d",
            function(
                |x| F::conv2d_options(x, &ones(&[2, 3, 3, 3])).stride(2).padding(1).call(),
                &[2, 3, 7, 7],
            ),
        ),
        ("functional_max_pool2d", function(|x| F::max_pool2d(x, (2, 3)), &[2, 3, 7, 7])),
        (
            "functional_cross_entropy",
            function(
                |x| F::cross_entropy(x, &Tensor::arange(4, (Kind::Int64, Device::Cpu))),
                &[4, 10],
            ),
        ),
        ("functional_threshold", function(|x| F::threshold(x, 0.5, -1.0), &[4, 5])),
        (
            "functional_hardtanh",
            function(|x| F::hardtanh_options(x).min_val(-0.5).max_val(0.25).call(), &[4, 5]),
        ),
        ("functional_hardswish", function(|x| F::hardswish(x), &[4, 5])),
        ("functional_relu6", function(|x| F::relu6(x), &[4, 5])),
        ("functional_elu", function(|x| F::elu_options(x).alpha(0.5).call(), &[4, 5])),
        ("functional_selu", function(|x| F::selu(x), &[4, 5])),
        ("functional_celu", function(|x| F::celu_options(x).alpha(0.5).call(), &[4, 5])),
        (
            "functional_leaky_relu",
            function(|x| F::leaky_relu_options(x).negative_slope(0.3).call(), &[4, 5]),
        ),
        ("functional_prelu", function(|x| F::prelu(x, &full(&[5], 0.3)), &[4, 5])),
        (
            "functional_rrelu",
            function(|x| F::rrelu_options(x).lower(0.1).upper(0.4).training(true).call(), &[4, 5]),
        ),
        ("functional_glu", function(|x| F::glu_options(x).dim(0).call(), &[4, 5])),
        ("functional_gelu", function(|x| F::gelu_options(x).approximate("tanh").call(), &[4, 5])),
        ("functional_logsigmoid", function(|x| F::logsigmoid(x), &[4, 5])),
        (
            "functional_hardshrink",
            function(|x| F::hardshrink_options(x).lambd(0.7).call(), &[4, 5]),
        ),
        ("functional_tanhshrink", function(|x| F::tanhshrink(x), &[4, 5])),
        ("functional_softsign", function(|x| F::softsign(x), &[4, 5])),
        (
            "functional_softplus",
            function(|x| F::softplus_options(x).beta(2).threshold(1.0).call(), &[4, 5]),
        ),
        ("functional_softmin", function(|x| F::softmin(x, 1), &[4, 5])),
        (
            "functional_softshrink",
            function(|x| F::softshrink_options(x).lambd(0.7).call(), &[4, 5]),
        ),
        (
            "functional_gumbel_softmax",
            function(|x| F::gumbel_softmax_options(x).tau(0.5).call(), &[4, 5]),
        ),
        (
            "functional_gumbel_softmax_hard",
            function(|x| F::gumbel_softmax_options(x).hard(true).dim(0).call(), &[4, 5]),
        ),
        ("functional_log_softmax", function(|x| F::log_softmax(x, 0), &[4, 5])),
        ("functional_tanh", function(|x| F::tanh(x), &[4, 5])),
        ("functional_sigmoid", function(|x| F::sigmoid(x), &[4, 5])),
        ("functional_hardsigmoid", function(|x| F::hardsigmoid(x), &[4, 5])),
        ("functional_silu", function(|x| F::silu(x), &[4, 5])),
        ("functional_mish", function(|x| F::mish(x), &[4, 5])),
        (
            "functional_bilinear",
            function(
                |x| {
                    F::bilinear_options(x, &ones(&[4, 3]), &ones(&[2, 5, 3]))
                        .bias(&ones(&[2]))
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "functional_conv1d",
            function(
                |x| {
                    F::conv1d_options(x, &ones(&[4, 3, 3]))
                        .bias(&ones(&[4]))
                        .padding("same")
                        .dilation(2)
                        .call()
                },
                &[2, 3, 8],
            ),
        ),
        (
            "functional_conv3d",
            function(
                |x| {
                    F::conv3d_options(x, &ones(&[4, 1, 2, 2, 2]))
                        .stride((1, 2, 1))
                        .padding("valid")
                        .groups(2)
                        .call()
                },
                &[2, 2, 4, 5, 6],
            ),
        ),
        (
            "functional_conv_transpose1d",
            function(
                |x| {
                    F::conv_transpose1d_options(x, &ones(&[3, 2, 3]))
                        .bias(&ones(&[2]))
                        .stride(2)
                        .padding(1)
                        .output_padding(1)
                        .call()
                },
                &[2, 3, 5],
            ),
        ),
        (
            "functional_conv_transpose2d",
            function(
                |x| {
                    F::conv_transpose2d_options(x, &ones(&[4, 1, 3, 2]))
                        .groups(2)
                        .dilation((1, 2))
                        .call()
                },
                &[2, 4, 5, 4],
            ),
        ),
        (
            "functional_conv_transpose3d",
            function(
                |x| F::conv_transpose3d_options(x, &ones(&[2, 3, 2, 2, 2])).stride(2).call(),
                &[1, 2, 2, 3, 2],
            ),
        ),
        (
            "functional_unfold",
            function(|x| F::unfold_options(x, (2, 3)).padding(1).stride(2).call(), &[2, 3, 5, 6]),
        ),
        ("functional_fold", function(|x| F::fold(x, (4, 5), 2), &[2, 12, 12])),
        ("functional_avg_pool1d", function(|x| F::avg_pool1d(x, 2), &[2, 3, 9])),
        ("functional_max_pool1d", function(|x| F::max_pool1d(x, 2), &[2, 3, 9])),
        (
            "functional_max_unpool1d",
            function(
                |x| {
                    let (values, indices) = F::max_pool1d_with_indices(x, 2);
                    F::max_unpool1d(&values, &indices, 2)
                },
                &[2, 3, 9],
            ),
        ),
        ("functional_lp_pool1d", function(|x| F::lp_pool1d(x, 2.0, 2), &[2, 3, 9])),
        ("functional_adaptive_avg_pool1d", function(|x| F::adaptive_avg_pool1d(x, 3), &[2, 3, 9])),
        ("functional_adaptive_max_pool1d", function(|x| F::adaptive_max_pool1d(x, 3), &[2, 3, 9])),
        (
            "functional_adaptive_max_pool1d_with_indices",
            function(
                |x| {
                    let (values, indices) = F::adaptive_max_pool1d_with_indices(x, 2);
                    values * indices
                },
                &[2, 3, 9],
            ),
        ),
        ("functional_avg_pool2d", function(|x| F::avg_pool2d(x, 2), &[2, 3, 6, 7])),
        (
            "functional_max_unpool2d",
            function(
                |x| {
                    let (values, indices) = F::max_pool2d_with_indices(x, 2);
                    F::max_unpool2d(&values, &indices, 2)
                },
                &[2, 3, 6, 8],
            ),
        ),
        ("functional_lp_pool2d", function(|x| F::lp_pool2d(x, 2.0, 2), &[2, 3, 6, 7])),
        (
            "functional_adaptive_avg_pool2d",
            function(|x| F::adaptive_avg_pool2d(x, 3), &[2, 3, 6, 7]),
        ),
        (
            "functional_adaptive_max_pool2d",
            function(|x| F::adaptive_max_pool2d(x, 3), &[2, 3, 6, 7]),
        ),
        (
            "functional_adaptive_max_pool2d_with_indices",
            function(
                |x| {
                    let (values, indices) = F::adaptive_max_pool2d_with_indices(x, 2);
                    values * indices
                },
                &[2, 3, 6, 7],
            ),
        ),
        ("functional_avg_pool3d", function(|x| F::avg_pool3d(x, 2), &[2, 2, 4, 4, 6])),
        ("functional_max_pool3d", function(|x| F::max_pool3d(x, 2), &[2, 2, 4, 4, 6])),
        (
            "functional_max_unpool3d",
            function(
                |x| {
                    let (values, indices) = F::max_pool3d_with_indices(x, 2);
                    F::max_unpool3d(&values, &indices, 2)
                },
                &[2, 2, 4, 4, 6],
            ),
        ),
        ("functional_lp_pool3d", function(|x| F::lp_pool3d(x, 2.0, 2), &[2, 2, 4, 4, 6])),
        (
            "functional_adaptive_avg_pool3d",
            function(|x| F::adaptive_avg_pool3d(x, 3), &[2, 2, 4, 4, 6]),
        ),
        (
            "functional_adaptive_max_pool3d",
            function(|x| F::adaptive_max_pool3d(x, 3), &[2, 2, 4, 4, 6]),
        ),
        (
            "functional_adaptive_max_pool3d_with_indices",
            function(
                |x| {
                    let (values, indices) = F::adaptive_max_pool3d_with_indices(x, 2);
                    values * indices
                },
                &[2, 2, 4, 4, 6],
            ),
        ),
        (
            "functional_batch_norm",
            function(
                |x| {
                    F::batch_norm_options(x, Some(&full(&[3], 0.0)), Some(&ones(&[3])))
                        .weight(&full(&[3], 2.0))
                        .eps(1e-3)
                        .call()
                },
                &[4, 3, 5],
            ),
        ),
        (
            "functional_batch_norm_training",
            function(
                |x| F::batch_norm_options(x, None, None).bias(&ones(&[3])).training(true).call(),
                &[4, 3, 5],
            ),
        ),
        (
            "functional_instance_norm",
            function(
                |x| F::instance_norm_options(x).weight(&full(&[3], 2.0)).eps(1e-3).call(),
                &[4, 3, 5],
            ),
        ),
        (
            "functional_instance_norm_running",
            function(
                |x| {
                    F::instance_norm_options(x)
                        .running_mean(&full(&[3], 0.0))
                        .running_var(&ones(&[3]))
                        .use_input_stats(false)
                        .call()
                },
                &[4, 3, 5],
            ),
        ),
        (
            "functional_layer_norm",
            function(
                |x| F::layer_norm_options(x, (3, 5)).weight(&ones(&[3, 5])).eps(1e-3).call(),
                &[4, 3, 5],
            ),
        ),
        (
            "functional_group_norm",
            function(
                |x| F::group_norm_options(x, 2).weight(&ones(&[4])).bias(&ones(&[4])).call(),
                &[3, 4, 5],
            ),
        ),
        (
            "functional_rms_norm",
            function(|x| F::rms_norm_options(x, 5).weight(&ones(&[5])).eps(1e-3).call(), &[4, 5]),
        ),
        (
            "functional_local_response_norm",
            function(
                |x| F::local_response_norm_options(x, 3).alpha(0.5).beta(0.25).k(2).call(),
                &[2, 5, 4, 3],
            ),
        ),
        ("functional_normalize", function(|x| F::normalize(x), &[4, 5])),
        (
            "functional_normalize_p",
            function(|x| F::normalize_options(x).p(3).dim(0).eps(1e-3).call(), &[4, 5]),
        ),
        ("functional_dropout", function(|x| F::dropout_options(x).p(0.3).call(), &[4, 5])),
        ("functional_dropout1d", function(|x| F::dropout1d_options(x).p(0.3).call(), &[4, 3, 5])),
        (
            "functional_dropout2d",
            function(|x| F::dropout2d_options(x).p(0.3).call(), &[4, 3, 5, 2]),
        ),
        (
            "functional_dropout3d",
            function(|x| F::dropout3d_options(x).p(0.3).call(), &[3, 4, 3, 5]),
        ),
        (
            "functional_alpha_dropout",
            function(|x| F::alpha_dropout_options(x).p(0.3).training(true).call(), &[4, 5]),
        ),
        (
            "functional_feature_alpha_dropout",
            function(
                |x| F::feature_alpha_dropout_options(x).p(0.3).training(true).call(),
                &[4, 3, 5],
            ),
        ),
        (
            "functional_embedding",
            function(
                |x| {
                    F::embedding_options(&whole(&[2, 0, 3]), x)
                        .padding_idx(-1)
                        .scale_grad_by_freq(true)
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "functional_embedding_bag",
            function(
                |x| {
                    F::embedding_bag_options(&whole(&[2, 0, 3, 2]), x)
                        .offsets(&whole(&[0, 1]))
                        .mode("sum")
                        .per_sample_weights(&full(&[4], 0.5))
                        .call()
                },
                &[4, 5],
            ),
        ),
        (
            "functional_embedding_bag_mean",
            function(
                |x| {
                    F::embedding_bag_options(&whole(&[2, 0, 3, 2]).view([2, 2]), x)
                        .padding_idx(0)
                        .call()
                },
                &[4, 5],
            ),
        ),
        ("functional_one_hot", function(|x| F::one_hot(&whole(&[2, 0, 1])) * x, &[3, 3])),
        (
            "functional_pairwise_distance",
            function(
                |x| F::pairwise_distance_options(x, &ones(&[4, 5])).p(3).keepdim(true).call(),
                &[4, 5],
            ),
        ),
        (
            "functional_cosine_similarity",
            function(|x| F::cosine_similarity_options(x, &ones(&[4, 5])).dim(0).call(), &[4, 5]),
        ),
        ("functional_pdist", function(|x| F::pdist_options(x).p(3).call(), &[4, 5])),
        ("functional_pixel_shuffle", function(|x| F::pixel_shuffle(x, 2), &[1, 8, 3, 2])),
        ("functional_pixel_unshuffle", function(|x| F::pixel_unshuffle(x, 2), &[1, 2, 4, 6])),
        (
            "functional_pad",
            function(|x| F::pad_options(x, (1, 2, 0, 1)).value(0.5).call(), &[2, 3, 4]),
        ),
        (
            "functional_pad_reflect",
            function(|x| F::pad_options(x, (1, 2)).mode("reflect").call(), &[2, 3, 4]),
        ),
        (
            "functional_pad_negative",
            function(|x| F::pad_options(x, (-1, 2)).mode("circular").call(), &[2, 3, 4]),
        ),
        (
            "functional_grid_sample",
            function(
                |x| {
                    let theta =
                        Tensor::from_slice(&[0.8_f32, 0.3, 0.1, -0.2, 0.9, 0.2]).view([1, 2, 3]);
                    let grid = F::affine_grid(&theta, (1, 2, 4, 5));
                    F::grid_sample(x, &grid)
                },
                &[1, 2, 5, 6],
            ),
        ),
        (
            "functional_grid_sample_reflection",
            function(
                |x| {
                    let theta =
                        Tensor::from_slice(&[1.8_f32, 0.3, 0.1, -0.2, 0.9, 0.2]).view([1, 2, 3]);
                    let grid =
                        F::affine_grid_options(&theta, (1, 2, 4, 5)).align_corners(true).call();
                    F::grid_sample_options(x, &grid)
                        .mode("bicubic")
                        .padding_mode("reflection")
                        .align_corners(true)
                        .call()
                },
                &[1, 2, 5, 6],
            ),
        ),
        (
            "functional_scaled_dot_product_attention",
            function(
                |x| F::scaled_dot_product_attention_options(x, x, x).is_causal(true).call(),
                &[2, 3, 4, 5],
            ),
        ),
        (
            "functional_scaled_dot_product_attention_mask",
            function(
                |x| {
                    let mask = Tensor::eye(4, (Kind::Bool, Device::Cpu));
                    F::scaled_dot_product_attention_options(x, x, x)
                        .attn_mask(&mask)
                        .scale(0.3)
                        .call()
                },
                &[2, 3, 4, 5],
            ),
        ),
        (
            "functional_binary_cross_entropy",
            function(|x| F::binary_cross_entropy(&x.sigmoid(), &full(&[4, 5], 0.25)), &[4, 5]),
        ),
        (
            "functional_binary_cross_entropy_with_logits",
            function(|x| F::binary_cross_entropy_with_logits(x, &full(&[4, 5], 0.25)), &[4, 5]),
        ),
        (
            "functional_poisson_nll_loss",
            function(|x| F::poisson_nll_loss(x, &full(&[4, 5], 0.25)), &[4, 5]),
        ),
        (
            "functional_cosine_embedding_loss",
            function(|x| F::cosine_embedding_loss(x, &full(&[4, 5], 0.25), &ones(&[4])), &[4, 5]),
        ),
        (
            "functional_ctc_loss",
            function(
                |x| {
                    let log_probs = x.log_softmax(1, None).unsqueeze(1).expand([4, 2, 5], false);
                    F::ctc_loss(
                        &log_probs,
                        &whole(&[1, 2, 3, 3]).view([2, 2]),
                        &whole(&[4, 4]),
                        &whole(&[2, 1]),
                    )
                },
                &[4, 5],
            ),
        ),
        (
            "functional_gaussian_nll_loss",
            function(|x| F::gaussian_nll_loss(x, &full(&[4, 5], 0.25), &ones(&[4, 5])), &[4, 5]),
        ),
        (
            "functional_hinge_embedding_loss",
            function(|x| F::hinge_embedding_loss(x, &-ones(&[4, 5])), &[4, 5]),
        ),
        ("functional_kl_div", function(|x| F::kl_div(x, &full(&[4, 5], 0.25)), &[4, 5])),
        ("functional_l1_loss", function(|x| F::l1_loss(x, &full(&[4, 5], 0.25)), &[4, 5])),
        ("functional_mse_loss", function(|x| F::mse_loss(x, &full(&[4, 5], 0.25)), &[4, 5])),
        (
            "functional_margin_ranking_loss",
            function(|x| F::margin_ranking_loss(x, &full(&[4, 5], 0.25), &ones(&[4, 5])), &[4, 5]),
        ),
        (
            "functional_multilabel_margin_loss",
            function(
                |x| {
                    let target = whole(&[3, 0, -1, 1, 1]).expand([4, 5], false).contiguous();
                    F::multilabel_margin_loss(x, &target)
                },
                &[4, 5],
            ),
        ),
        (
            "functional_multilabel_soft_margin_loss",
            function(|x| F::multilabel_soft_margin_loss(x, &full(&[4, 5], 0.25)), &[4, 5]),
        ),
        (
            "functional_multi_margin_loss",
            function(|x| F::multi_margin_loss(x, &whole(&[0, 1, 2, 3])), &[4, 5]),
        ),
        ("functional_nll_loss", function(|x| F::nll_loss(x, &whole(&[0, 1, 2, 3])), &[4, 5])),
        ("functional_huber_loss", function(|x| F::huber_loss(x, &full(&[4, 5], 0.25)), &[4, 5])),
        (
            "functional_smooth_l1_loss",
            function(|x| F::smooth_l1_loss(x, &full(&[4, 5], 0.25)), &[4, 5]),
        ),
        (
            "functional_soft_margin_loss",
            function(|x| F::soft_margin_loss(x, &ones(&[4, 5])), &[4, 5]),
        ),
        (
            "functional_triplet_margin_loss",
            function(|x| F::triplet_margin_loss(x, &full(&[4, 5], 0.25), &ones(&[4, 5])), &[4, 5]),
        ),
        (
            "functional_triplet_margin_with_distance_loss",
            function(
                |x| F::triplet_margin_with_distance_loss(x, &full(&[4, 5], 0.25), &ones(&[4, 5])),
                &[4, 5],
            ),
        ),
        (
            "functional_interpolate_nearest1d",
            function(|x| F::interpolate_options(x).scale_factor(2).call(), &[2, 3, 5]),
        ),
        (
            "functional_interpolate_nearest2d",
            function(|x| F::interpolate_options(x).size((7, 3)).call(), &[2, 3, 5, 4]),
        ),
        (
            "functional_interpolate_nearest3d",
            function(
                |x| F::interpolate_options(x).scale_factor((2.0, 1.5, 0.5)).call(),
                &[1, 2, 3, 4, 5],
            ),
        ),
        (
            "functional_interpolate_nearest_exact1d",
            function(
                |x| F::interpolate_options(x).scale_factor(1.7).mode("nearest-exact").call(),
                &[2, 3, 5],
            ),
        ),
        (
            "functional_interpolate_nearest_exact2d",
            function(
                |x| F::interpolate_options(x).size(3).mode("nearest-exact").call(),
                &[2, 3, 5, 4],
            ),
        ),
        (
            "functional_interpolate_nearest_exact3d",
            function(
                |x| {
                    F::interpolate_options(x)
                        .scale_factor(1.5)
                        .mode("nearest-exact")
                        .recompute_scale_factor(true)
                        .call()
                },
                &[1, 2, 3, 4, 5],
            ),
        ),
        (
            "functional_interpolate_area1d",
            function(|x| F::interpolate_options(x).size(3).mode("area").call(), &[2, 3, 5]),
        ),
        (
            "functional_interpolate_area2d",
            function(
                |x| F::interpolate_options(x).scale_factor(0.6).mode("area").call(),
                &[2, 3, 5, 4],
            ),
        ),
        (
            "functional_interpolate_area3d",
            function(
                |x| F::interpolate_options(x).size((2, 3, 4)).mode("area").call(),
                &[1, 2, 3, 4, 5],
            ),
        ),
        (
            "functional_interpolate_linear",
            function(
                |x| {
                    F::interpolate_options(x)
                        .scale_factor(2)
                        .mode("linear")
                        .align_corners(true)
                        .call()
                },
                &[2, 3, 5],
            ),
        ),
        (
            "functional_interpolate_bilinear",
            function(
                |x| F::interpolate_options(x).scale_factor(1.3).mode("bilinear").call(),
                &[2, 3, 5, 4],
            ),
        ),
        (
            "functional_interpolate_bilinear_recomputed",
            function(
                |x| {
                    F::interpolate_options(x)
                        .scale_factor(1.3)
                        .mode("bilinear")
                        .recompute_scale_factor(true)
                        .call()
                },
                &[2, 3, 5, 4],
            ),
        ),
        (
            "functional_interpolate_bilinear_antialias",
            function(
                |x| F::interpolate_options(x).size((3, 2)).mode("bilinear").antialias(true).call(),
                &[2, 3, 8, 7],
            ),
        ),
        (
            "functional_interpolate_bicubic",
            function(
                |x| {
                    F::interpolate_options(x)
                        .size((8, 9))
                        .mode("bicubic")
                        .align_corners(true)
                        .call()
                },
                &[2, 3, 5, 4],
            ),
        ),
        (
            "functional_interpolate_bicubic_antialias",
            function(
                |x| {
                    F::interpolate_options(x)
                        .scale_factor(0.5)
                        .mode("bicubic")
                        .antialias(true)
                        .call()
                },
                &[2, 3, 8, 6],
            ),
        ),
        (
            "functional_interpolate_trilinear",
            function(
                |x| F::interpolate_options(x).scale_factor(2).mode("trilinear").call(),
                &[1, 2, 3, 4, 5],
            ),
        ),
        (
            "functional_interpolate_lanczos",
            function(
                |x| F::interpolate_options(x).size((3, 4)).mode("lanczos").antialias(true).call(),
                &[2, 3, 8, 7],
            ),
        ),
        ("functional_channel_shuffle", function(|x| F::channel_shuffle(x, 2), &[1, 8, 3, 2])),
    ]
}

fn full(shape: &[i64], value: f64) -> Tensor {
    Tensor::full(shape, value, (Kind::Float, Device::Cpu))
}

fn whole(numbers: &[i64]) -> Tensor {
    Tensor::from_slice(numbers)
}
