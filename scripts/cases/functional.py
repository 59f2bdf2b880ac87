"""Functions of `nn::functional` called by name."""

import torch
from torch.nn import functional as F

from .helpers import function

CASES = {
    "functional_relu": function(F.relu, 4, 10),
    "functional_softmax": function(lambda x: F.softmax(x, 1), 4, 10),
    "functional_linear": function(lambda x: F.linear(x, torch.ones(3, 5), torch.ones(3)), 4, 5),
    "functional_conv2d": function(
        lambda x: F.conv2d(x, torch.ones(2, 3, 3, 3), None, 2, 1, 1, 1), 2, 3, 7, 7
    ),
    "functional_max_pool2d": function(lambda x: F.max_pool2d(x, (2, 3)), 2, 3, 7, 7),
    "functional_cross_entropy": function(
        lambda x: F.cross_entropy(x, torch.arange(4)), 4, 10
    ),
    "functional_threshold": function(lambda x: F.threshold(x, 0.5, -1.0), 4, 5),
    "functional_hardtanh": function(lambda x: F.hardtanh(x, -0.5, 0.25), 4, 5),
    "functional_hardswish": function(lambda x: F.hardswish(x), 4, 5),
    "functional_relu6": function(lambda x: F.relu6(x), 4, 5),
    "functional_elu": function(lambda x: F.elu(x, 0.5), 4, 5),
    "functional_selu": function(lambda x: F.selu(x), 4, 5),
    "functional_celu": function(lambda x: F.celu(x, 0.5), 4, 5),
    "functional_leaky_relu": function(lambda x: F.leaky_relu(x, 0.3), 4, 5),
    "functional_prelu": function(lambda x: F.prelu(x, torch.full((5,), 0.3)), 4, 5),
    "functional_rrelu": function(lambda x: F.rrelu(x, 0.1, 0.4, True), 4, 5),
    "functional_glu": function(lambda x: F.glu(x, 0), 4, 5),
    "functional_gelu": function(lambda x: F.gelu(x, approximate="tanh"), 4, 5),
    "functional_logsigmoid": function(lambda x: F.logsigmoid(x), 4, 5),
    "functional_hardshrink": function(lambda x: F.hardshrink(x, 0.7), 4, 5),
    "functional_tanhshrink": function(lambda x: F.tanhshrink(x), 4, 5),
    "functional_softsign": function(lambda x: F.softsign(x), 4, 5),
    "functional_softplus": function(lambda x: F.softplus(x, 2.0, 1.0), 4, 5),
    "functional_softmin": function(lambda x: F.softmin(x, 1), 4, 5),
    "functional_softshrink": function(lambda x: F.softshrink(x, 0.7), 4, 5),
    "functional_gumbel_softmax": function(lambda x: F.gumbel_softmax(x, tau=0.5), 4, 5),
    "functional_gumbel_softmax_hard": function(
        lambda x: F.gumbel_softmax(x, hard=True, dim=0), 4, 5
    ),
    "functional_log_softmax": function(lambda x: F.log_softmax(x, 0), 4, 5),
    "functional_tanh": function(lambda x: F.tanh(x), 4, 5),
    "functional_sigmoid": function(lambda x: F.sigmoid(x), 4, 5),
    "functional_hardsigmoid": function(lambda x: F.hardsigmoid(x), 4, 5),
    "functional_silu": function(lambda x: F.silu(x), 4, 5),
    "functional_mish": function(lambda x: F.mish(x), 4, 5),
    "functional_bilinear": function(
        lambda x: F.bilinear(x, torch.ones(4, 3), torch.ones(2, 5, 3), torch.ones(2)), 4, 5
    ),
    "functional_conv1d": function(
        lambda x: F.conv1d(x, torch.ones(4, 3, 3), torch.ones(4), padding="same", dilation=2), 2, 3, 8
    ),
    "functional_conv3d": function(
        lambda x: F.conv3d(x, torch.ones(4, 1, 2, 2, 2), stride=(1, 2, 1), padding="valid", groups=2), 2, 2, 4, 5, 6
    ),
    "functional_conv_transpose1d": function(
        lambda x: F.conv_transpose1d(x, torch.ones(3, 2, 3), torch.ones(2), stride=2, padding=1, output_padding=1), 2, 3, 5
    ),
    "functional_conv_transpose2d": function(
        lambda x: F.conv_transpose2d(x, torch.ones(4, 1, 3, 2), groups=2, dilation=(1, 2)), 2, 4, 5, 4
    ),
    "functional_conv_transpose3d": function(
        lambda x: F.conv_transpose3d(x, torch.ones(2, 3, 2, 2, 2), stride=2), 1, 2, 2, 3, 2
    ),
    "functional_unfold": function(
        lambda x: F.unfold(x, (2, 3), dilation=1, padding=1, stride=2), 2, 3, 5, 6
    ),
    "functional_fold": function(lambda x: F.fold(x, (4, 5), 2), 2, 12, 12),
    "functional_avg_pool1d": function(lambda x: F.avg_pool1d(x, 2), 2, 3, 9),
    "functional_max_pool1d": function(lambda x: F.max_pool1d(x, 2), 2, 3, 9),
    "functional_max_unpool1d": function(
        lambda x: F.max_unpool1d(*F.max_pool1d(x, 2, return_indices=True), 2), 2, 3, 9
    ),
    "functional_lp_pool1d": function(lambda x: F.lp_pool1d(x, 2.0, 2), 2, 3, 9),
    "functional_adaptive_avg_pool1d": function(lambda x: F.adaptive_avg_pool1d(x, 3), 2, 3, 9),
    "functional_adaptive_max_pool1d": function(lambda x: F.adaptive_max_pool1d(x, 3), 2, 3, 9),
    "functional_adaptive_max_pool1d_with_indices": function(
        lambda x: torch.mul(*F.adaptive_max_pool1d(x, 2, return_indices=True)), 2, 3, 9
    ),
    "functional_avg_pool2d": function(lambda x: F.avg_pool2d(x, 2), 2, 3, 6, 7),
    "functional_max_unpool2d": function(
        lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2), 2, 3, 6, 8
    ),
    "functional_lp_pool2d": function(lambda x: F.lp_pool2d(x, 2.0, 2), 2, 3, 6, 7),
    "functional_adaptive_avg_pool2d": function(lambda x: F.adaptive_avg_pool2d(x, 3), 2, 3, 6, 7),
    "functional_adaptive_max_pool2d": function(lambda x: F.adaptive_max_pool2d(x, 3), 2, 3, 6, 7),
    "functional_adaptive_max_pool2d_with_indices": function(
        lambda x: torch.mul(*F.adaptive_max_pool2d(x, 2, return_indices=True)), 2, 3, 6, 7
    ),
    "functional_avg_pool3d": function(lambda x: F.avg_pool3d(x, 2), 2, 2, 4, 4, 6),
    "functional_max_pool3d": function(lambda x: F.max_pool3d(x, 2), 2, 2, 4, 4, 6),
    "functional_max_unpool3d": function(
        lambda x: F.max_unpool3d(*F.max_pool3d(x, 2, return_indices=True), 2), 2, 2, 4, 4, 6
    ),
    "functional_lp_pool3d": function(lambda x: F.lp_pool3d(x, 2.0, 2), 2, 2, 4, 4, 6),
    "functional_adaptive_avg_pool3d": function(
        lambda x: F.adaptive_avg_pool3d(x, 3), 2, 2, 4, 4, 6
    ),
    "functional_adaptive_max_pool3d": function(
        lambda x: F.adaptive_max_pool3d(x, 3), 2, 2, 4, 4, 6
    ),
    "functional_adaptive_max_pool3d_with_indices": function(
        lambda x: torch.mul(*F.adaptive_max_pool3d(x, 2, return_indices=True)), 2, 2, 4, 4, 6
    ),
    "functional_batch_norm": function(
        lambda x: F.batch_norm(x, torch.zeros(3), torch.ones(3), torch.full((3,), 2.0), eps=1e-3), 4, 3, 5
    ),
    "functional_batch_norm_training": function(
        lambda x: F.batch_norm(x, None, None, bias=torch.ones(3), training=True), 4, 3, 5
    ),
    "functional_instance_norm": function(
        lambda x: F.instance_norm(x, weight=torch.full((3,), 2.0), eps=1e-3), 4, 3, 5
    ),
    "functional_instance_norm_running": function(
        lambda x: F.instance_norm(x, torch.zeros(3), torch.ones(3), use_input_stats=False), 4, 3, 5
    ),
    "functional_layer_norm": function(
        lambda x: F.layer_norm(x, (3, 5), torch.ones(3, 5), None, 1e-3), 4, 3, 5
    ),
    "functional_group_norm": function(
        lambda x: F.group_norm(x, 2, torch.ones(4), torch.ones(4)), 3, 4, 5
    ),
    "functional_rms_norm": function(lambda x: F.rms_norm(x, (5,), torch.ones(5), 1e-3), 4, 5),
    "functional_local_response_norm": function(
        lambda x: F.local_response_norm(x, 3, 0.5, 0.25, 2.0), 2, 5, 4, 3
    ),
    "functional_normalize": function(lambda x: F.normalize(x), 4, 5),
    "functional_normalize_p": function(lambda x: F.normalize(x, 3.0, 0, 1e-3), 4, 5),
    "functional_dropout": function(lambda x: F.dropout(x, 0.3), 4, 5),
    "functional_dropout1d": function(lambda x: F.dropout1d(x, 0.3), 4, 3, 5),
    "functional_dropout2d": function(lambda x: F.dropout2d(x, 0.3), 4, 3, 5, 2),
    "functional_dropout3d": function(lambda x: F.dropout3d(x, 0.3), 3, 4, 3, 5),
    "functional_alpha_dropout": function(lambda x: F.alpha_dropout(x, 0.3, True), 4, 5),
    "functional_feature_alpha_dropout": function(
        lambda x: F.feature_alpha_dropout(x, 0.3, True), 4, 3, 5
    ),
    "functional_embedding": function(
        lambda x: F.embedding(torch.tensor([2, 0, 3]), x, padding_idx=-1, scale_grad_by_freq=True), 4, 5
    ),
    "functional_embedding_bag": function(
        lambda x: F.embedding_bag(torch.tensor([2, 0, 3, 2]), x, torch.tensor([0, 1]), mode="sum", per_sample_weights=torch.full((4,), 0.5)), 4, 5
    ),
    "functional_embedding_bag_mean": function(
        lambda x: F.embedding_bag(torch.tensor([[2, 0], [3, 2]]), x, padding_idx=0), 4, 5
    ),
    "functional_one_hot": function(lambda x: F.one_hot(torch.tensor([2, 0, 1])) * x, 3, 3),
    "functional_pairwise_distance": function(
        lambda x: F.pairwise_distance(x, torch.ones(4, 5), 3.0, keepdim=True), 4, 5
    ),
    "functional_cosine_similarity": function(
        lambda x: F.cosine_similarity(x, torch.ones(4, 5), 0), 4, 5
    ),
    "functional_pdist": function(lambda x: F.pdist(x, 3.0), 4, 5),
    "functional_pixel_shuffle": function(lambda x: F.pixel_shuffle(x, 2), 1, 8, 3, 2),
    "functional_pixel_unshuffle": function(lambda x: F.pixel_unshuffle(x, 2), 1, 2, 4, 6),
    "functional_pad": function(lambda x: F.pad(x, (1, 2, 0, 1), value=0.5), 2, 3, 4),
    "functional_pad_reflect": function(lambda x: F.pad(x, (1, 2), mode="reflect"), 2, 3, 4),
    "functional_pad_negative": function(lambda x: F.pad(x, (-1, 2), mode="circular"), 2, 3, 4),
    "functional_grid_sample": function(
        lambda x: F.grid_sample(x, F.affine_grid(torch.tensor([[[0.8, 0.3, 0.1], [-0.2, 0.9, 0.2]]]), (1, 2, 4, 5), align_corners=False), align_corners=False), 1, 2, 5, 6
    ),
    "functional_grid_sample_reflection": function(
        lambda x: F.grid_sample(x, F.affine_grid(torch.tensor([[[1.8, 0.3, 0.1], [-0.2, 0.9, 0.2]]]), (1, 2, 4, 5), align_corners=True), "bicubic", "reflection", True), 1, 2, 5, 6
    ),
    "functional_scaled_dot_product_attention": function(
        lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True), 2, 3, 4, 5
    ),
    "functional_scaled_dot_product_attention_mask": function(
        lambda x: F.scaled_dot_product_attention(x, x, x, torch.eye(4, dtype=torch.bool), scale=0.3), 2, 3, 4, 5
    ),
    "functional_binary_cross_entropy": function(
        lambda x: F.binary_cross_entropy(x.sigmoid(), torch.full((4, 5), 0.25)), 4, 5
    ),
    "functional_binary_cross_entropy_with_logits": function(
        lambda x: F.binary_cross_entropy_with_logits(x, torch.full((4, 5), 0.25)), 4, 5
    ),
    "functional_poisson_nll_loss": function(
        lambda x: F.poisson_nll_loss(x, torch.full((4, 5), 0.25)), 4, 5
    ),
    "functional_cosine_embedding_loss": function(
        lambda x: F.cosine_embedding_loss(x, torch.full((4, 5), 0.25), torch.ones(4)), 4, 5
    ),
    "functional_ctc_loss": function(
        lambda x: F.ctc_loss(x.log_softmax(1).unsqueeze(1).expand(4, 2, 5), torch.tensor([[1, 2], [3, 3]]), torch.tensor([4, 4]), torch.tensor([2, 1])), 4, 5
    ),
    "functional_gaussian_nll_loss": function(
        lambda x: F.gaussian_nll_loss(x, torch.full((4, 5), 0.25), torch.ones(4, 5)), 4, 5
    ),
    "functional_hinge_embedding_loss": function(
        lambda x: F.hinge_embedding_loss(x, -torch.ones(4, 5)), 4, 5
    ),
    "functional_kl_div": function(lambda x: F.kl_div(x, torch.full((4, 5), 0.25)), 4, 5),
    "functional_l1_loss": function(lambda x: F.l1_loss(x, torch.full((4, 5), 0.25)), 4, 5),
    "functional_mse_loss": function(lambda x: F.mse_loss(x, torch.full((4, 5), 0.25)), 4, 5),
    "functional_margin_ranking_loss": function(
        lambda x: F.margin_ranking_loss(x, torch.full((4, 5), 0.25), torch.ones(4, 5)), 4, 5
    ),
    "functional_multilabel_margin_loss": function(
        lambda x: F.multilabel_margin_loss(x, torch.tensor([[3, 0, -1, 1, 1]] * 4)), 4, 5
    ),
    "functional_multilabel_soft_margin_loss": function(
        lambda x: F.multilabel_soft_margin_loss(x, torch.full((4, 5), 0.25)), 4, 5
    ),
    "functional_multi_margin_loss": function(
        lambda x: F.multi_margin_loss(x, torch.arange(4)), 4, 5
    ),
    "functional_nll_loss": function(lambda x: F.nll_loss(x, torch.arange(4)), 4, 5),
    "functional_huber_loss": function(lambda x: F.huber_loss(x, torch.full((4, 5), 0.25)), 4, 5),
    "functional_smooth_l1_loss": function(
        lambda x: F.smooth_l1_loss(x, torch.full((4, 5), 0.25)), 4, 5
    ),
    "functional_soft_margin_loss": function(
        lambda x: F.soft_margin_loss(x, torch.ones(4, 5)), 4, 5
    ),
    "functional_triplet_margin_loss": function(
        lambda x: F.triplet_margin_loss(x, torch.full((4, 5), 0.25), torch.ones(4, 5)), 4, 5
    ),
    "functional_triplet_margin_with_distance_loss": function(
        lambda x: F.triplet_margin_with_distance_loss(x, torch.full((4, 5), 0.25), torch.ones(4, 5)), 4, 5
    ),
    "functional_interpolate_nearest1d": function(
        lambda x: F.interpolate(x, scale_factor=2), 2, 3, 5
    ),
    "functional_interpolate_nearest2d": function(
        lambda x: F.interpolate(x, size=(7, 3)), 2, 3, 5, 4
    ),
    "functional_interpolate_nearest3d": function(
        lambda x: F.interpolate(x, scale_factor=(2.0, 1.5, 0.5)), 1, 2, 3, 4, 5
    ),
    "functional_interpolate_nearest_exact1d": function(
        lambda x: F.interpolate(x, scale_factor=1.7, mode="nearest-exact"), 2, 3, 5
    ),
    "functional_interpolate_nearest_exact2d": function(
        lambda x: F.interpolate(x, size=3, mode="nearest-exact"), 2, 3, 5, 4
    ),
    "functional_interpolate_nearest_exact3d": function(
        lambda x: F.interpolate(x, scale_factor=1.5, mode="nearest-exact", recompute_scale_factor=True), 1, 2, 3, 4, 5
    ),
    "functional_interpolate_area1d": function(
        lambda x: F.interpolate(x, size=3, mode="area"), 2, 3, 5
    ),
    "functional_interpolate_area2d": function(
        lambda x: F.interpolate(x, scale_factor=0.6, mode="area"), 2, 3, 5, 4
    ),
    "functional_interpolate_area3d": function(
        lambda x: F.interpolate(x, size=(2, 3, 4), mode="area"), 1, 2, 3, 4, 5
    ),
    "functional_interpolate_linear": function(
        lambda x: F.interpolate(x, scale_factor=2, mode="linear", align_corners=True), 2, 3, 5
    ),
    "functional_interpolate_bilinear": function(
        lambda x: F.interpolate(x, scale_factor=1.3, mode="bilinear"), 2, 3, 5, 4
    ),
    "functional_interpolate_bilinear_recomputed": function(
        lambda x: F.interpolate(x, scale_factor=1.3, mode="bilinear", recompute_scale_factor=True), 2, 3, 5, 4
    ),
    "functional_interpolate_bilinear_antialias": function(
        lambda x: F.interpolate(x, size=(3, 2), mode="bilinear", antialias=True), 2, 3, 8, 7
    ),
    "functional_interpolate_bicubic": function(
        lambda x: F.interpolate(x, size=(8, 9), mode="bicubic", align_corners=True), 2, 3, 5, 4
    ),
    "functional_interpolate_bicubic_antialias": function(
        lambda x: F.interpolate(x, scale_factor=0.5, mode="bicubic", antialias=True), 2, 3, 8, 6
    ),
    "functional_interpolate_trilinear": function(
        lambda x: F.interpolate(x, scale_factor=2, mode="trilinear"), 1, 2, 3, 4, 5
    ),
    "functional_interpolate_lanczos": function(
        lambda x: F.interpolate(x, size=(3, 4), mode="lanczos", antialias=True), 2, 3, 8, 7
    ),
    "functional_channel_shuffle": function(lambda x: F.channel_shuffle(x, 2), 1, 8, 3, 2),
}
