"""The keywords of `nn::functional`, each at least once, and the functions without any."""

import torch
from torch import full, ones, zeros
from torch.nn import functional as F

from .helpers import function


def sequences(x):
    """Log probabilities of two sequences."""
    return x.log_softmax(1).unsqueeze(1).expand(4, 2, 5)


def moved(normalise, channels):
    """The output of a normalisation, and what has become of the running statistics."""
    mean, var = zeros(channels), ones(channels)
    output = normalise(mean, var)
    return torch.cat([output.flatten(), mean, var])


whole = torch.tensor

CASES = {
    "keyword_relu_inplace": function(lambda x: F.relu(x * 2, inplace=True), 4, 5),
    "keyword_hardswish_inplace": function(lambda x: F.hardswish(x * 2, inplace=True), 4, 5),
    "keyword_relu6_inplace": function(lambda x: F.relu6(x * 2, inplace=True), 4, 5),
    "keyword_selu_inplace": function(lambda x: F.selu(x * 2, inplace=True), 4, 5),
    "keyword_hardsigmoid_inplace": function(lambda x: F.hardsigmoid(x * 2, inplace=True), 4, 5),
    "keyword_silu_inplace": function(lambda x: F.silu(x * 2, inplace=True), 4, 5),
    "keyword_mish_inplace": function(lambda x: F.mish(x * 2, inplace=True), 4, 5),
    "keyword_elu_inplace": function(lambda x: F.elu(x * 2, 0.5, inplace=True), 4, 5),
    "keyword_celu_inplace": function(lambda x: F.celu(x * 2, 0.5, inplace=True), 4, 5),
    "keyword_leaky_relu_inplace": function(lambda x: F.leaky_relu(x * 2, 0.5, inplace=True), 4, 5),
    "keyword_rrelu_inplace": function(
        lambda x: F.rrelu(x * 2, 0.1, 0.5, True, inplace=True), 4, 5
    ),
    "keyword_hardtanh_inplace": function(lambda x: F.hardtanh(x * 2, -0.5, 1, inplace=True), 4, 5),
    "keyword_threshold_inplace": function(lambda x: F.threshold(x * 2, 0, -1, inplace=True), 4, 5),
    "keyword_relu_": function(lambda x: F.relu_(x * 2), 4, 5),
    "keyword_selu_": function(lambda x: F.selu_(x * 2), 4, 5),
    "keyword_elu_": function(lambda x: F.elu_(x * 2), 4, 5),
    "keyword_celu_": function(lambda x: F.celu_(x * 2), 4, 5),
    "keyword_leaky_relu_": function(lambda x: F.leaky_relu_(x * 2), 4, 5),
    "keyword_hardtanh_": function(lambda x: F.hardtanh_(x * 2), 4, 5),
    "keyword_rrelu_": function(lambda x: F.rrelu_(x * 2), 4, 5),
    "keyword_threshold_": function(lambda x: F.threshold_(x * 2, 0.5, 2), 4, 5),
    "keyword_elu_defaults": function(lambda x: F.elu(x), 4, 6),
    "keyword_celu_defaults": function(lambda x: F.celu(x), 4, 6),
    "keyword_leaky_relu_defaults": function(lambda x: F.leaky_relu(x), 4, 6),
    "keyword_rrelu_defaults": function(lambda x: F.rrelu(x), 4, 6),
    "keyword_hardtanh_defaults": function(lambda x: F.hardtanh(x), 4, 6),
    "keyword_glu_defaults": function(lambda x: F.glu(x), 4, 6),
    "keyword_gelu_defaults": function(lambda x: F.gelu(x), 4, 6),
    "keyword_hardshrink_defaults": function(lambda x: F.hardshrink(x), 4, 6),
    "keyword_softshrink_defaults": function(lambda x: F.softshrink(x), 4, 6),
    "keyword_softplus_defaults": function(lambda x: F.softplus(x), 4, 6),
    "keyword_gumbel_softmax_defaults": function(lambda x: F.gumbel_softmax(x), 4, 6),
    "keyword_softmax_dtype": function(lambda x: F.softmax(x, -1, dtype=torch.float64), 4, 5),
    "keyword_log_softmax_dtype": function(
        lambda x: F.log_softmax(x, -1, dtype=torch.float64), 4, 5
    ),
    "keyword_softmin_dtype": function(lambda x: F.softmin(x, -1, dtype=torch.float64), 4, 5),
    "keyword_gelu_none": function(lambda x: F.gelu(x, approximate="none"), 4, 5),
    "keyword_linear_without_bias": function(lambda x: F.linear(x, ones(3, 5)), 4, 5),
    "keyword_bilinear_without_bias": function(
        lambda x: F.bilinear(x, ones(4, 3), ones(2, 5, 3)), 4, 5
    ),
    "keyword_pairwise_distance_defaults": function(
        lambda x: F.pairwise_distance(x, ones(4, 5)), 4, 5
    ),
    "keyword_pairwise_distance_eps": function(
        lambda x: F.pairwise_distance(x, ones(4, 5), eps=0.5), 4, 5
    ),
    "keyword_cosine_similarity_eps": function(
        lambda x: F.cosine_similarity(x, ones(4, 5), eps=10), 4, 5
    ),
    "keyword_pdist_defaults": function(lambda x: F.pdist(x), 4, 5),
    "keyword_dropout_defaults": function(lambda x: F.dropout(x), 4, 5),
    "keyword_dropout_not_in_training": function(lambda x: F.dropout(x, training=False), 4, 5),
    "keyword_dropout1d_defaults": function(lambda x: F.dropout1d(x), 4, 3, 5),
    "keyword_dropout1d_not_in_training": function(
        lambda x: F.dropout1d(x, training=False), 4, 3, 5
    ),
    "keyword_dropout2d_defaults": function(lambda x: F.dropout2d(x), 4, 3, 5, 2),
    "keyword_dropout2d_not_in_training": function(
        lambda x: F.dropout2d(x, training=False), 4, 3, 5, 2
    ),
    "keyword_dropout3d_defaults": function(lambda x: F.dropout3d(x), 3, 4, 3, 5),
    "keyword_dropout3d_not_in_training": function(
        lambda x: F.dropout3d(x, training=False), 3, 4, 3, 5
    ),
    "keyword_dropout_inplace": function(lambda x: F.dropout(x * 2, 0.3, inplace=True), 4, 5),
    "keyword_dropout1d_inplace": function(
        lambda x: F.dropout1d(x * 2, 0.3, inplace=True), 4, 3, 5
    ),
    "keyword_dropout2d_inplace": function(
        lambda x: F.dropout2d(x * 2, 0.3, inplace=True), 4, 3, 5, 2
    ),
    "keyword_dropout3d_inplace": function(
        lambda x: F.dropout3d(x * 2, 0.3, inplace=True), 3, 4, 3, 5, 2
    ),
    "keyword_alpha_dropout_defaults": function(lambda x: F.alpha_dropout(x), 4, 3, 5),
    "keyword_alpha_dropout_inplace": function(
        lambda x: F.alpha_dropout(x * 2, 0.3, True, True), 4, 3, 5
    ),
    "keyword_feature_alpha_dropout_defaults": function(
        lambda x: F.feature_alpha_dropout(x), 4, 3, 5
    ),
    "keyword_feature_alpha_dropout_inplace": function(
        lambda x: F.feature_alpha_dropout(x * 2, 0.3, True, True), 4, 3, 5
    ),
    "keyword_conv1d_all": function(
        lambda x: F.conv1d(x, full((4, 1, 3), 0.5), full((4,), 0.5), 2, 1, 2, 2), 2, 2, 9
    ),
    "keyword_conv2d_all": function(
        lambda x: F.conv2d(x, full((4, 1, 3, 2), 0.5), full((4,), 0.5), (2, 1), (1, 0), (1, 2), 2), 2, 2, 9, 7
    ),
    "keyword_conv3d_all": function(
        lambda x: F.conv3d(x, full((4, 1, 2, 2, 2), 0.5), full((4,), 0.5), 2, (1, 0, 1), (1, 2, 1), 2), 2, 2, 4, 5, 6
    ),
    "keyword_conv1d_defaults": function(lambda x: F.conv1d(x, ones(2, 3, 3)), 2, 3, 8),
    "keyword_conv1d_same": function(
        lambda x: F.conv1d(x, ones(2, 3, 3), padding="same", dilation=2), 2, 3, 8
    ),
    "keyword_conv_transpose1d_defaults": function(
        lambda x: F.conv_transpose1d(x, ones(3, 2, 3)), 2, 3, 8
    ),
    "keyword_conv_transpose1d_all": function(
        lambda x: F.conv_transpose1d(x, ones(3, 2, 3), ones(6), 2, 1, 1, 3, 2), 2, 3, 8
    ),
    "keyword_conv2d_defaults": function(lambda x: F.conv2d(x, ones(2, 3, 3, 3)), 2, 3, 8, 7),
    "keyword_conv2d_same": function(
        lambda x: F.conv2d(x, ones(2, 3, 3, 3), padding="same", dilation=2), 2, 3, 8, 7
    ),
    "keyword_conv_transpose2d_defaults": function(
        lambda x: F.conv_transpose2d(x, ones(3, 2, 3, 3)), 2, 3, 8, 7
    ),
    "keyword_conv_transpose2d_all": function(
        lambda x: F.conv_transpose2d(x, ones(3, 2, 3, 3), ones(6), 2, 1, 1, 3, 2), 2, 3, 8, 7
    ),
    "keyword_conv3d_defaults": function(lambda x: F.conv3d(x, ones(2, 3, 2, 2, 2)), 2, 3, 4, 5, 3),
    "keyword_conv3d_same": function(
        lambda x: F.conv3d(x, ones(2, 3, 2, 2, 2), padding="same", dilation=2), 2, 3, 4, 5, 3
    ),
    "keyword_conv_transpose3d_defaults": function(
        lambda x: F.conv_transpose3d(x, ones(3, 2, 2, 2, 2)), 2, 3, 4, 5, 3
    ),
    "keyword_conv_transpose3d_all": function(
        lambda x: F.conv_transpose3d(x, ones(3, 2, 2, 2, 2), ones(6), 2, 1, 1, 3, 2), 2, 3, 4, 5, 3
    ),
    "keyword_conv_tbc": function(lambda x: F.conv_tbc(x, ones(3, 5, 2), ones(2)), 6, 4, 5),
    "keyword_conv_tbc_pad": function(lambda x: F.conv_tbc(x, ones(3, 5, 2), ones(2), 1), 6, 4, 5),
    "keyword_unfold_defaults": function(lambda x: F.unfold(x, 2), 2, 3, 5, 6),
    "keyword_unfold_all": function(lambda x: F.unfold(x, (2, 3), (1, 2), (1, 0), 2), 2, 3, 6, 7),
    "keyword_fold_all": function(lambda x: F.fold(x, (4, 5), 2, 1, 1, 2), 2, 12, 9),
    "keyword_avg_pool1d_all": function(lambda x: F.avg_pool1d(x, 3, 2, 1, True, False), 2, 3, 9),
    "keyword_max_pool1d_all": function(lambda x: F.max_pool1d(x, 2, 2, 1, 2, True), 2, 3, 9),
    "keyword_max_pool1d_with_indices_all": function(
        lambda x: torch.mul(*F.max_pool1d(x, 2, 2, 1, 2, True, return_indices=True)), 2, 3, 9
    ),
    "keyword_lp_pool1d_all": function(lambda x: F.lp_pool1d(x, 3, 2, 1, True), 2, 3, 9),
    "keyword_lp_pool1d_largest": function(lambda x: F.lp_pool1d(x, float("inf"), 2), 2, 3, 9),
    "keyword_avg_pool2d_all": function(
        lambda x: F.avg_pool2d(x, 3, 2, 1, True, False), 2, 3, 9, 8
    ),
    "keyword_max_pool2d_all": function(lambda x: F.max_pool2d(x, 2, 2, 1, 2, True), 2, 3, 9, 8),
    "keyword_max_pool2d_with_indices_all": function(
        lambda x: torch.mul(*F.max_pool2d(x, 2, 2, 1, 2, True, return_indices=True)), 2, 3, 9, 8
    ),
    "keyword_lp_pool2d_all": function(lambda x: F.lp_pool2d(x, 3, 2, 1, True), 2, 3, 9, 8),
    "keyword_lp_pool2d_largest": function(lambda x: F.lp_pool2d(x, float("inf"), 2), 2, 3, 9, 8),
    "keyword_avg_pool3d_all": function(
        lambda x: F.avg_pool3d(x, 3, 2, 1, True, False), 2, 2, 5, 4, 6
    ),
    "keyword_max_pool3d_all": function(lambda x: F.max_pool3d(x, 2, 2, 1, 2, True), 2, 2, 5, 4, 6),
    "keyword_max_pool3d_with_indices_all": function(
        lambda x: torch.mul(*F.max_pool3d(x, 2, 2, 1, 2, True, return_indices=True)), 2, 2, 5, 4, 6
    ),
    "keyword_lp_pool3d_all": function(lambda x: F.lp_pool3d(x, 3, 2, 1, True), 2, 2, 5, 4, 6),
    "keyword_lp_pool3d_largest": function(
        lambda x: F.lp_pool3d(x, float("inf"), 2), 2, 2, 5, 4, 6
    ),
    "keyword_avg_pool1d_tuple": function(lambda x: F.avg_pool1d(x, (3,), (2,), (1,)), 2, 3, 9),
    "keyword_avg_pool2d_divisor": function(
        lambda x: F.avg_pool2d(x, (3, 2), divisor_override=5), 2, 3, 9, 8
    ),
    "keyword_avg_pool3d_divisor": function(
        lambda x: F.avg_pool3d(x, 2, divisor_override=5), 2, 2, 4, 4, 6
    ),
    "keyword_max_unpool1d_all": function(
        lambda x: F.max_unpool1d(*F.max_pool1d(x, 3, 2, 1, return_indices=True), 3, 2, 1, output_size=(10,)), 2, 3, 10
    ),
    "keyword_max_unpool2d_all": function(
        lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2, stride=2, padding=0, output_size=x.size()), 2, 3, 7, 9
    ),
    "keyword_max_unpool3d_all": function(
        lambda x: F.max_unpool3d(*F.max_pool3d(x, 2, return_indices=True), 2, 2, 0, (5, 5, 7)), 2, 2, 5, 5, 7
    ),
    "keyword_adaptive_avg_pool2d_none": function(
        lambda x: F.adaptive_avg_pool2d(x, (None, 2)), 2, 3, 6, 7
    ),
    "keyword_adaptive_max_pool3d_none": function(
        lambda x: F.adaptive_max_pool3d(x, (2, None, 3)), 2, 2, 4, 5, 6
    ),
    "keyword_fractional_max_pool2d": function(
        lambda x: F.fractional_max_pool2d(x, 2, output_size=(4, 3)), 2, 3, 9, 8
    ),
    "keyword_fractional_max_pool2d_ratio": function(
        lambda x: F.fractional_max_pool2d(x, 2, output_ratio=(0.5,) * 2), 2, 3, 9, 8
    ),
    "keyword_fractional_max_pool2d_with_indices": function(
        lambda x: torch.mul(*F.fractional_max_pool2d(x, 2, output_size=(4, 3), return_indices=True)), 2, 3, 9, 8
    ),
    "keyword_fractional_max_pool3d": function(
        lambda x: F.fractional_max_pool3d(x, 2, output_size=(3, 2, 3)), 2, 2, 6, 5, 7
    ),
    "keyword_fractional_max_pool3d_ratio": function(
        lambda x: F.fractional_max_pool3d(x, 2, output_ratio=(0.5,) * 3), 2, 2, 6, 5, 7
    ),
    "keyword_fractional_max_pool3d_with_indices": function(
        lambda x: torch.mul(*F.fractional_max_pool3d(x, 2, output_size=(3, 2, 3), return_indices=True)), 2, 2, 6, 5, 7
    ),
    "keyword_fractional_max_pool2d_samples": function(
        lambda x: F.fractional_max_pool2d(x, 3, output_size=3, _random_samples=full((2, 3, 2), 0.5)), 2, 3, 9, 8
    ),
    "keyword_batch_norm_all": function(
        lambda x: F.batch_norm(x, zeros(3), ones(3), full((3,), 2.0), ones(3), True, 0.5, 0.5), 4, 3, 5
    ),
    "keyword_batch_norm_defaults": function(lambda x: F.batch_norm(x, zeros(3), ones(3)), 4, 3, 5),
    "keyword_batch_norm_moves": function(
        lambda x: moved(lambda mean, var: F.batch_norm(x, mean, var, training=True, momentum=0.5), 3), 4, 3, 5
    ),
    "keyword_instance_norm_defaults": function(lambda x: F.instance_norm(x), 4, 3, 5),
    "keyword_instance_norm_all": function(
        lambda x: F.instance_norm(x, zeros(3), ones(3), full((3,), 2.0), ones(3), False, 0.5, 0.5), 4, 3, 5
    ),
    "keyword_layer_norm_defaults": function(lambda x: F.layer_norm(x, (5,)), 4, 3, 5),
    "keyword_layer_norm_all": function(
        lambda x: F.layer_norm(x, [3, 5], full((3, 5), 2.0), ones(3, 5), 0.5), 4, 3, 5
    ),
    "keyword_group_norm_defaults": function(lambda x: F.group_norm(x, 2), 3, 4, 5),
    "keyword_group_norm_eps": function(lambda x: F.group_norm(x, 2, eps=1), 3, 4, 5),
    "keyword_rms_norm_defaults": function(lambda x: F.rms_norm(x, (5,)), 4, 5),
    "keyword_local_response_norm_defaults": function(
        lambda x: F.local_response_norm(x, 2), 2, 5, 4
    ),
    "keyword_normalize_out": function(
        lambda x: F.normalize(x.detach(), out=zeros(4, 5)) + x, 4, 5
    ),
    "keyword_embedding_defaults": function(lambda x: F.embedding(whole([2, 0, 3]), x), 4, 5),
    "keyword_embedding_norm": function(
        lambda x: F.embedding(whole([2, 0, 3]), x * 2, max_norm=1, norm_type=1), 4, 5
    ),
    "keyword_embedding_sparse": function(
        lambda x: F.embedding(whole([2, 0, 3]), x * 1, padding_idx=0, sparse=False), 4, 5
    ),
    "keyword_embedding_bag_defaults": function(
        lambda x: F.embedding_bag(whole([2, 0, 3, 2]).view(2, 2), x), 4, 5
    ),
    "keyword_embedding_bag_max": function(
        lambda x: F.embedding_bag(whole([2, 0, 3, 2]), x, whole([0, 2]), mode="max"), 4, 5
    ),
    "keyword_embedding_bag_all": function(
        lambda x: F.embedding_bag(whole([2, 0, 3, 2]), x * 2, whole([0, 2, 4]), 1, 1, True, "mean", include_last_offset=True, padding_idx=0), 4, 5
    ),
    "keyword_one_hot_classes": function(lambda x: F.one_hot(whole([2, 0, 1]), 4) * x, 3, 4),
    "keyword_pad_defaults": function(lambda x: F.pad(x, (1, 2)), 2, 3, 4),
    "keyword_pad_replicate": function(lambda x: F.pad(x, [1, 2], "replicate"), 2, 3, 4),
    "keyword_grid_sample_nearest": function(
        lambda x: F.grid_sample(x, F.affine_grid(full((1, 2, 3), 0.3), (1, 2, 4, 5), align_corners=False), mode="nearest", padding_mode="border"), 1, 2, 5, 6
    ),
    "keyword_affine_grid_volume": function(
        lambda x: F.affine_grid(x, (2, 3, 4, 5, 6), align_corners=True), 2, 3, 4
    ),
    "keyword_interpolate_tuple": function(lambda x: F.interpolate(x, size=[3]), 2, 3, 5),
    "keyword_scaled_dot_product_attention_defaults": function(
        lambda x: F.scaled_dot_product_attention(x, x, x), 2, 3, 4, 5
    ),
    "keyword_scaled_dot_product_attention_all": function(
        lambda x: F.scaled_dot_product_attention(x, x[:, :1], x[:, :1], full((4, 4), 0.5), 0.3, scale=2, enable_gqa=True), 2, 3, 4, 5
    ),
    "keyword_multi_head_attention_forward": function(
        lambda x: F.multi_head_attention_forward(x, x, x, 4, 2, full((12, 4), 0.25), None, None, None, False, 0.0, full((4, 4), 0.5), None)[0], 5, 3, 4
    ),
    "keyword_multi_head_attention_forward_all": function(
        lambda x: F.multi_head_attention_forward(x, x, x, 4, 2, full((12, 4), 0.25), ones(12), ones(1, 1, 4), ones(1, 1, 4), True, 0.5, full((4, 4), 0.5), ones(4), training=False, key_padding_mask=zeros(3, 5).bool(), need_weights=False, attn_mask=full((5, 5), 0.5))[0], 5, 3, 4
    ),
    "keyword_multi_head_attention_forward_separate": function(
        lambda x: F.multi_head_attention_forward(x, x, x, 4, 2, None, ones(12), None, None, False, 0.0, full((4, 4), 0.5), None, use_separate_proj_weight=True, q_proj_weight=full((4, 4), 0.5), k_proj_weight=full((4, 4), 0.25), v_proj_weight=full((4, 4), 0.75), average_attn_weights=False)[0], 5, 3, 4
    ),
    "keyword_multi_head_attention_forward_static": function(
        lambda x: F.multi_head_attention_forward(x, x, x, 4, 2, full((12, 4), 0.25), None, None, None, False, 0.0, full((4, 4), 0.5), None, static_k=full((6, 7, 2), 0.5), static_v=full((6, 7, 2), 0.5))[0], 5, 3, 4
    ),
    "keyword_multi_head_attention_forward_causal": function(
        lambda x: F.multi_head_attention_forward(x, x, x, 4, 2, full((12, 4), 0.25), None, None, None, False, 0.0, full((4, 4), 0.5), None, need_weights=False, attn_mask=full((5, 5), 0.5), is_causal=True)[0], 5, 3, 4
    ),
    "keyword_binary_cross_entropy_none": function(
        lambda x: F.binary_cross_entropy(x.sigmoid(), full((4, 5), 0.25), reduction="none"), 4, 5
    ),
    "keyword_binary_cross_entropy_sum": function(
        lambda x: F.binary_cross_entropy(x.sigmoid(), full((4, 5), 0.25), reduction="sum"), 4, 5
    ),
    "keyword_binary_cross_entropy_with_logits_none": function(
        lambda x: F.binary_cross_entropy_with_logits(x, full((4, 5), 0.25), reduction="none"), 4, 5
    ),
    "keyword_binary_cross_entropy_with_logits_sum": function(
        lambda x: F.binary_cross_entropy_with_logits(x, full((4, 5), 0.25), reduction="sum"), 4, 5
    ),
    "keyword_poisson_nll_loss_none": function(
        lambda x: F.poisson_nll_loss(x, full((4, 5), 0.25), reduction="none"), 4, 5
    ),
    "keyword_poisson_nll_loss_sum": function(
        lambda x: F.poisson_nll_loss(x, full((4, 5), 0.25), reduction="sum"), 4, 5
    ),
    "keyword_cosine_embedding_loss_none": function(
        lambda x: F.cosine_embedding_loss(x, full((4, 5), 0.25), ones(4), reduction="none"), 4, 5
    ),
    "keyword_cosine_embedding_loss_sum": function(
        lambda x: F.cosine_embedding_loss(x, full((4, 5), 0.25), ones(4), reduction="sum"), 4, 5
    ),
    "keyword_cross_entropy_none": function(
        lambda x: F.cross_entropy(x, whole([0, 1, 2, 3]), reduction="none"), 4, 5
    ),
    "keyword_cross_entropy_sum": function(
        lambda x: F.cross_entropy(x, whole([0, 1, 2, 3]), reduction="sum"), 4, 5
    ),
    "keyword_gaussian_nll_loss_none": function(
        lambda x: F.gaussian_nll_loss(x, full((4, 5), 0.25), ones(4, 5), reduction="none"), 4, 5
    ),
    "keyword_gaussian_nll_loss_sum": function(
        lambda x: F.gaussian_nll_loss(x, full((4, 5), 0.25), ones(4, 5), reduction="sum"), 4, 5
    ),
    "keyword_hinge_embedding_loss_none": function(
        lambda x: F.hinge_embedding_loss(x, -ones(4, 5), reduction="none"), 4, 5
    ),
    "keyword_hinge_embedding_loss_sum": function(
        lambda x: F.hinge_embedding_loss(x, -ones(4, 5), reduction="sum"), 4, 5
    ),
    "keyword_kl_div_none": function(
        lambda x: F.kl_div(x, full((4, 5), 0.25), reduction="none"), 4, 5
    ),
    "keyword_kl_div_sum": function(
        lambda x: F.kl_div(x, full((4, 5), 0.25), reduction="sum"), 4, 5
    ),
    "keyword_l1_loss_none": function(
        lambda x: F.l1_loss(x, full((4, 5), 0.25), reduction="none"), 4, 5
    ),
    "keyword_l1_loss_sum": function(
        lambda x: F.l1_loss(x, full((4, 5), 0.25), reduction="sum"), 4, 5
    ),
    "keyword_mse_loss_none": function(
        lambda x: F.mse_loss(x, full((4, 5), 0.25), reduction="none"), 4, 5
    ),
    "keyword_mse_loss_sum": function(
        lambda x: F.mse_loss(x, full((4, 5), 0.25), reduction="sum"), 4, 5
    ),
    "keyword_margin_ranking_loss_none": function(
        lambda x: F.margin_ranking_loss(x, full((4, 5), 0.25), ones(4, 5), reduction="none"), 4, 5
    ),
    "keyword_margin_ranking_loss_sum": function(
        lambda x: F.margin_ranking_loss(x, full((4, 5), 0.25), ones(4, 5), reduction="sum"), 4, 5
    ),
    "keyword_multilabel_margin_loss_none": function(
        lambda x: F.multilabel_margin_loss(x, whole([3, 0, -1, 1, 1] * 4).view(4, 5), reduction="none"), 4, 5
    ),
    "keyword_multilabel_margin_loss_sum": function(
        lambda x: F.multilabel_margin_loss(x, whole([3, 0, -1, 1, 1] * 4).view(4, 5), reduction="sum"), 4, 5
    ),
    "keyword_multilabel_soft_margin_loss_none": function(
        lambda x: F.multilabel_soft_margin_loss(x, full((4, 5), 0.25), reduction="none"), 4, 5
    ),
    "keyword_multilabel_soft_margin_loss_sum": function(
        lambda x: F.multilabel_soft_margin_loss(x, full((4, 5), 0.25), reduction="sum"), 4, 5
    ),
    "keyword_multi_margin_loss_none": function(
        lambda x: F.multi_margin_loss(x, whole([0, 1, 2, 3]), reduction="none"), 4, 5
    ),
    "keyword_multi_margin_loss_sum": function(
        lambda x: F.multi_margin_loss(x, whole([0, 1, 2, 3]), reduction="sum"), 4, 5
    ),
    "keyword_nll_loss_none": function(
        lambda x: F.nll_loss(x, whole([0, 1, 2, 3]), reduction="none"), 4, 5
    ),
    "keyword_nll_loss_sum": function(
        lambda x: F.nll_loss(x, whole([0, 1, 2, 3]), reduction="sum"), 4, 5
    ),
    "keyword_huber_loss_none": function(
        lambda x: F.huber_loss(x, full((4, 5), 0.25), reduction="none"), 4, 5
    ),
    "keyword_huber_loss_sum": function(
        lambda x: F.huber_loss(x, full((4, 5), 0.25), reduction="sum"), 4, 5
    ),
    "keyword_smooth_l1_loss_none": function(
        lambda x: F.smooth_l1_loss(x, full((4, 5), 0.25), reduction="none"), 4, 5
    ),
    "keyword_smooth_l1_loss_sum": function(
        lambda x: F.smooth_l1_loss(x, full((4, 5), 0.25), reduction="sum"), 4, 5
    ),
    "keyword_soft_margin_loss_none": function(
        lambda x: F.soft_margin_loss(x, ones(4, 5), reduction="none"), 4, 5
    ),
    "keyword_soft_margin_loss_sum": function(
        lambda x: F.soft_margin_loss(x, ones(4, 5), reduction="sum"), 4, 5
    ),
    "keyword_triplet_margin_loss_none": function(
        lambda x: F.triplet_margin_loss(x, full((4, 5), 0.25), ones(4, 5), reduction="none"), 4, 5
    ),
    "keyword_triplet_margin_loss_sum": function(
        lambda x: F.triplet_margin_loss(x, full((4, 5), 0.25), ones(4, 5), reduction="sum"), 4, 5
    ),
    "keyword_triplet_margin_with_distance_loss_none": function(
        lambda x: F.triplet_margin_with_distance_loss(x, full((4, 5), 0.25), ones(4, 5), reduction="none"), 4, 5
    ),
    "keyword_triplet_margin_with_distance_loss_sum": function(
        lambda x: F.triplet_margin_with_distance_loss(x, full((4, 5), 0.25), ones(4, 5), reduction="sum"), 4, 5
    ),
    "keyword_linear_cross_entropy_none": function(
        lambda x: F.linear_cross_entropy(x, ones(3, 5), whole([0, 1, 2, 0]), reduction="none"), 4, 5
    ),
    "keyword_linear_cross_entropy_sum": function(
        lambda x: F.linear_cross_entropy(x, ones(3, 5), whole([0, 1, 2, 0]), reduction="sum"), 4, 5
    ),
    "keyword_ctc_loss_none": function(
        lambda x: F.ctc_loss(sequences(x), whole([1, 2, 3, 3]).view(2, 2), whole([4, 4]), whole([2, 1]), reduction="none"), 4, 5
    ),
    "keyword_ctc_loss_sum": function(
        lambda x: F.ctc_loss(sequences(x), whole([1, 2, 3, 3]).view(2, 2), whole([4, 4]), whole([2, 1]), reduction="sum"), 4, 5
    ),
    "keyword_kl_div_batchmean": function(
        lambda x: F.kl_div(x, full((4, 5), 0.25), reduction="batchmean"), 4, 5
    ),
    "keyword_kl_div_log_target": function(
        lambda x: F.kl_div(x, full((4, 5), 0.25), log_target=True), 4, 5
    ),
    "keyword_binary_cross_entropy_weight": function(
        lambda x: F.binary_cross_entropy(x.sigmoid(), full((4, 5), 0.25), full((5,), 0.5)), 4, 5
    ),
    "keyword_binary_cross_entropy_with_logits_weights": function(
        lambda x: F.binary_cross_entropy_with_logits(x, full((4, 5), 0.25), full((5,), 0.5), pos_weight=full((5,), 2.0)), 4, 5
    ),
    "keyword_poisson_nll_loss_full": function(
        lambda x: F.poisson_nll_loss(x, full((4, 5), 0.25), full=True), 4, 5
    ),
    "keyword_poisson_nll_loss_eps": function(
        lambda x: F.poisson_nll_loss(x.exp(), 3 * ones(4, 5), log_input=False, full=True, eps=0.5), 4, 5
    ),
    "keyword_cosine_embedding_loss_margin": function(
        lambda x: F.cosine_embedding_loss(x, ones(4, 5), -ones(4), margin=0.25), 4, 5
    ),
    "keyword_cross_entropy_weight": function(
        lambda x: F.cross_entropy(x, whole([0, 1, 2, 3]), weight=full((5,), 0.5), ignore_index=2), 4, 5
    ),
    "keyword_cross_entropy_smoothed": function(
        lambda x: F.cross_entropy(x, whole([0, 1, 2, 3]), label_smoothing=0.25, reduction="sum"), 4, 5
    ),
    "keyword_cross_entropy_probabilities": function(
        lambda x: F.cross_entropy(x, full((4, 5), 0.2), label_smoothing=0.5), 4, 5
    ),
    "keyword_ctc_loss_blank": function(
        lambda x: F.ctc_loss(sequences(x), whole([1, 2, 3, 3]).view(2, 2), whole([4, 4]), whole([2, 1]), blank=4, zero_infinity=True), 4, 5
    ),
    "keyword_gaussian_nll_loss_full": function(
        lambda x: F.gaussian_nll_loss(x, full((4, 5), 0.25), ones(4, 5), full=True, eps=2), 4, 5
    ),
    "keyword_gaussian_nll_loss_number": function(
        lambda x: F.gaussian_nll_loss(x, zeros(4, 5), 0.5), 4, 5
    ),
    "keyword_hinge_embedding_loss_margin": function(
        lambda x: F.hinge_embedding_loss(x, -ones(4, 5), margin=0.5), 4, 5
    ),
    "keyword_l1_loss_weight_mean": function(
        lambda x: F.l1_loss(x, full((4, 5), 0.25), weight=full((4, 5), 2.0), reduction="mean"), 4, 5
    ),
    "keyword_l1_loss_weight_sum": function(
        lambda x: F.l1_loss(x, full((4, 5), 0.25), weight=full((4, 5), 2.0), reduction="sum"), 4, 5
    ),
    "keyword_l1_loss_weight_none": function(
        lambda x: F.l1_loss(x, full((4, 5), 0.25), weight=full((4, 5), 2.0), reduction="none"), 4, 5
    ),
    "keyword_l1_loss_broadcast": function(lambda x: F.l1_loss(x, ones(5)), 4, 5),
    "keyword_mse_loss_weight_mean": function(
        lambda x: F.mse_loss(x, full((4, 5), 0.25), weight=full((4, 5), 2.0), reduction="mean"), 4, 5
    ),
    "keyword_mse_loss_weight_sum": function(
        lambda x: F.mse_loss(x, full((4, 5), 0.25), weight=full((4, 5), 2.0), reduction="sum"), 4, 5
    ),
    "keyword_mse_loss_weight_none": function(
        lambda x: F.mse_loss(x, full((4, 5), 0.25), weight=full((4, 5), 2.0), reduction="none"), 4, 5
    ),
    "keyword_mse_loss_broadcast": function(lambda x: F.mse_loss(x, ones(5)), 4, 5),
    "keyword_huber_loss_weight_mean": function(
        lambda x: F.huber_loss(x, full((4, 5), 0.25), weight=full((4, 5), 2.0), reduction="mean"), 4, 5
    ),
    "keyword_huber_loss_weight_sum": function(
        lambda x: F.huber_loss(x, full((4, 5), 0.25), weight=full((4, 5), 2.0), reduction="sum"), 4, 5
    ),
    "keyword_huber_loss_weight_none": function(
        lambda x: F.huber_loss(x, full((4, 5), 0.25), weight=full((4, 5), 2.0), reduction="none"), 4, 5
    ),
    "keyword_huber_loss_broadcast": function(lambda x: F.huber_loss(x, ones(5)), 4, 5),
    "keyword_huber_loss_delta": function(
        lambda x: F.huber_loss(x, full((4, 5), 0.25), delta=0.5), 4, 5
    ),
    "keyword_smooth_l1_loss_beta": function(
        lambda x: F.smooth_l1_loss(x, full((4, 5), 0.25), beta=0.5), 4, 5
    ),
    "keyword_smooth_l1_loss_beta_zero": function(
        lambda x: F.smooth_l1_loss(x, full((4, 5), 0.25), beta=0.0), 4, 5
    ),
    "keyword_margin_ranking_loss_margin": function(
        lambda x: F.margin_ranking_loss(x, full((4, 5), 0.25), ones(4, 5), margin=0.5), 4, 5
    ),
    "keyword_multilabel_soft_margin_loss_weight": function(
        lambda x: F.multilabel_soft_margin_loss(x, full((4, 5), 0.25), full((5,), 2.0)), 4, 5
    ),
    "keyword_multilabel_soft_margin_loss_whole": function(
        lambda x: F.multilabel_soft_margin_loss(x.bfloat16(), whole([1, 0, 1, 0, 1] * 4).view(4, 5)), 4, 5
    ),
    "keyword_multi_margin_loss_all": function(
        lambda x: F.multi_margin_loss(x, whole([0, 1, 2, 3]), p=2, margin=0.5, weight=full((5,), 2.0)), 4, 5
    ),
    "keyword_nll_loss_weight": function(
        lambda x: F.nll_loss(x, whole([0, 1, 2, 3]), weight=full((5,), 2.0), ignore_index=3), 4, 5
    ),
    "keyword_triplet_margin_loss_all": function(
        lambda x: F.triplet_margin_loss(x, full((4, 5), 0.25), ones(4, 5), margin=0.5, p=1, eps=0.25, swap=True), 4, 5
    ),
    "keyword_triplet_margin_with_distance_loss_all": function(
        lambda x: F.triplet_margin_with_distance_loss(x, full((4, 5), 0.25), ones(4, 5), distance_function=lambda x, y: (x - y).abs().amax(1), margin=0.5, swap=True), 4, 5
    ),
    "keyword_linear_cross_entropy_all": function(
        lambda x: F.linear_cross_entropy(x, ones(3, 5), whole([0, 1, 2, 0]), linear_bias=ones(3), weight=full((3,), 2.0), ignore_index=2, label_smoothing=0.25), 4, 5
    ),
}
