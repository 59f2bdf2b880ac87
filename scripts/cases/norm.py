"""Normalisation."""

from torch import nn

from .helpers import both_modes, randn

CASES = {
    "batch_norm1d": both_modes(lambda: nn.BatchNorm1d(3), randn(4, 3, 5)),
    "batch_norm1d_cumulative": both_modes(lambda: nn.BatchNorm1d(3, eps=1e-3, momentum=None), randn(4, 3, 5)),
    "instance_norm1d": both_modes(lambda: nn.InstanceNorm1d(3), randn(4, 3, 5)),
    "instance_norm1d_all": both_modes(lambda: nn.InstanceNorm1d(3, eps=1e-3, momentum=0.2, affine=True, track_running_stats=True), randn(4, 3, 5)),
    "batch_norm2d": both_modes(lambda: nn.BatchNorm2d(3), randn(4, 3, 5, 4)),
    "batch_norm2d_cumulative": both_modes(lambda: nn.BatchNorm2d(3, eps=1e-3, momentum=None), randn(4, 3, 5, 4)),
    "instance_norm2d": both_modes(lambda: nn.InstanceNorm2d(3), randn(4, 3, 5, 4)),
    "instance_norm2d_all": both_modes(lambda: nn.InstanceNorm2d(3, eps=1e-3, momentum=0.2, affine=True, track_running_stats=True), randn(4, 3, 5, 4)),
    "batch_norm3d": both_modes(lambda: nn.BatchNorm3d(3), randn(2, 3, 4, 3, 2)),
    "batch_norm3d_cumulative": both_modes(lambda: nn.BatchNorm3d(3, eps=1e-3, momentum=None), randn(2, 3, 4, 3, 2)),
    "instance_norm3d": both_modes(lambda: nn.InstanceNorm3d(3), randn(2, 3, 4, 3, 2)),
    "instance_norm3d_all": both_modes(lambda: nn.InstanceNorm3d(3, eps=1e-3, momentum=0.2, affine=True, track_running_stats=True), randn(2, 3, 4, 3, 2)),
    "batch_norm1d_vectors": both_modes(lambda: nn.BatchNorm1d(3, affine=False), randn(6, 3)),
    "batch_norm2d_no_tracking": both_modes(lambda: nn.BatchNorm2d(3, track_running_stats=False, bias=False), randn(4, 3, 5, 4)),
    "instance_norm2d_one_image": both_modes(lambda: nn.InstanceNorm2d(3, affine=True, bias=False), randn(3, 5, 4)),
    "layer_norm": both_modes(lambda: nn.LayerNorm(6), randn(4, 6)),
    "layer_norm_two": both_modes(lambda: nn.LayerNorm((3, 6), eps=1e-3, bias=False), randn(4, 3, 6)),
    "layer_norm_plain": both_modes(lambda: nn.LayerNorm(6, elementwise_affine=False), randn(2, 4, 6)),
    "group_norm": both_modes(lambda: nn.GroupNorm(3, 6), randn(4, 6, 5)),
    "group_norm_one": both_modes(lambda: nn.GroupNorm(1, 6, eps=1e-3, affine=False), randn(2, 6, 4, 3)),
    "group_norm_each": both_modes(lambda: nn.GroupNorm(4, 4, bias=False), randn(2, 4, 5)),
    "rms_norm": both_modes(lambda: nn.RMSNorm(6), randn(4, 6)),
    "rms_norm_eps": both_modes(lambda: nn.RMSNorm((3, 6), eps=1e-5), randn(4, 3, 6)),
    "rms_norm_plain": both_modes(lambda: nn.RMSNorm(6, elementwise_affine=False), randn(4, 6)),
    "local_response_norm": both_modes(lambda: nn.LocalResponseNorm(2), randn(2, 5, 6, 4)),
    "local_response_norm_all": both_modes(lambda: nn.LocalResponseNorm(3, alpha=0.5, beta=0.25, k=2.0), randn(2, 5, 6)),
}
