"""Pools and their inverses."""

import torch
from torch import nn

from torch.nn import functional as F

from .helpers import function_of, layer, randn, text


def sizes_as_given():
    """Sizes as numbers, tuples and lists, which are printed as they were given; and `None`."""
    printed = [
        nn.MaxPool2d([2, 3]),
        nn.MaxPool2d(2, stride=[2, 1], padding=(1, 0)),
        nn.MaxPool2d((2, 3), stride=None),
        nn.MaxPool1d([2]),
        nn.AvgPool2d([2, 3], stride=None),
        nn.AvgPool1d([2], stride=[1]),
        nn.LPPool2d(2, [2, 3], stride=None),
        nn.MaxUnpool2d([2, 3], stride=None),
        nn.AdaptiveAvgPool2d((None, None)),
        nn.AdaptiveAvgPool2d([2, 3]),
        nn.AdaptiveAvgPool2d([None, 7]),
        nn.AdaptiveMaxPool2d((None, 7)),
        nn.AdaptiveMaxPool1d((3,)),
        nn.Unflatten(1, [2, 3]),
        nn.Unflatten(1, (2, 3)),
        nn.Unflatten(1, [6]),
        nn.Unflatten(1, (6,)),
        nn.Unflatten(1, torch.zeros(2, 3).shape),
        nn.Upsample(size=[2, 3]),
        nn.Upsample(size=(2, 3)),
        nn.Conv2d(3, 4, [3, 5], stride=[1, 2], padding=[0, 1], dilation=[1, 1]),
        nn.ConvTranspose1d(3, 4, [3], output_padding=[1], stride=[2]),
        nn.Unfold([2, 3]),
        nn.Fold([4, 5], [2, 2]),
        nn.ZeroPad2d([1, 2, 3, 4]),
        nn.LayerNorm([2, 3]),
    ]
    x = torch.randn(2, 3, 8, 9)
    return {
        "printed": text("\n".join(map(str, printed))),
        "max_pool2d": F.max_pool2d(x, 2, stride=None),
        "avg_pool2d": F.avg_pool2d(x, [2, 3], stride=None),
        "adaptive": F.adaptive_avg_pool2d(x, (3, 4)),
        "adaptive_none": F.adaptive_avg_pool2d(x, (None, 3)),
        "interpolate": F.interpolate(x, size=[3, 3]),
        "zeros": torch.zeros(3, 4, 2),
        "sum": torch.sum(x, dim=[1, 2]),
    }


CASES = {
    "max_pool2d": layer(lambda: nn.MaxPool2d(2, 2), randn(2, 3, 8, 8)),
    "max_pool2d_stride": layer(lambda: nn.MaxPool2d(3, stride=2), randn(2, 3, 9, 9)),
    "max_pool2d_padding": layer(lambda: nn.MaxPool2d(3, padding=1), randn(2, 3, 9, 9)),
    "max_pool2d_dilation": layer(lambda: nn.MaxPool2d(2, dilation=2), randn(2, 3, 9, 9)),
    "max_pool2d_ceil_mode": layer(lambda: nn.MaxPool2d(2, ceil_mode=True), randn(2, 3, 7, 9)),
    "max_pool2d_each_side": layer(
        lambda: nn.MaxPool2d((3, 2), stride=(2, 1), padding=(1, 0)), randn(2, 3, 9, 8)
    ),
    "max_pool1d": layer(lambda: nn.MaxPool1d(2), randn(2, 3, 9)),
    "max_pool1d_all": layer(lambda: nn.MaxPool1d(3, stride=2, padding=1, dilation=2, ceil_mode=True), randn(2, 3, 12)),
    "max_pool3d": layer(lambda: nn.MaxPool3d(2), randn(2, 3, 4, 5, 6)),
    "max_pool3d_each_side": layer(lambda: nn.MaxPool3d((3, 2, 2), stride=(2, 1, 2), padding=(1, 0, 1)), randn(2, 3, 6, 5, 4)),
    "avg_pool1d": layer(lambda: nn.AvgPool1d(3), randn(2, 3, 10)),
    "avg_pool1d_all": layer(lambda: nn.AvgPool1d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False), randn(2, 3, 10)),
    "avg_pool2d": layer(lambda: nn.AvgPool2d(2), randn(2, 3, 6, 7)),
    "avg_pool2d_each_side": layer(lambda: nn.AvgPool2d((3, 2), stride=(2, 1), padding=(1, 0)), randn(2, 3, 6, 7)),
    "avg_pool2d_divisor": layer(lambda: nn.AvgPool2d(2, divisor_override=3, ceil_mode=True), randn(2, 3, 7, 7)),
    "avg_pool3d": layer(lambda: nn.AvgPool3d(2), randn(2, 3, 4, 4, 6)),
    "avg_pool3d_all": layer(lambda: nn.AvgPool3d((3, 2, 2), stride=2, padding=1, count_include_pad=False), randn(2, 3, 5, 4, 6)),
    "adaptive_avg_pool1d": layer(lambda: nn.AdaptiveAvgPool1d(4), randn(2, 3, 10)),
    "adaptive_avg_pool1d_tuple": layer(lambda: nn.AdaptiveAvgPool1d((3,)), randn(3, 7)),
    "adaptive_avg_pool2d": layer(lambda: nn.AdaptiveAvgPool2d(3), randn(2, 3, 8, 7)),
    "adaptive_avg_pool2d_one": layer(lambda: nn.AdaptiveAvgPool2d((1, 1)), randn(2, 3, 8, 7)),
    "adaptive_avg_pool2d_none": layer(lambda: nn.AdaptiveAvgPool2d((None, 5)), randn(2, 3, 8, 7)),
    "adaptive_avg_pool3d": layer(lambda: nn.AdaptiveAvgPool3d(2), randn(2, 3, 5, 4, 6)),
    "adaptive_avg_pool3d_each_side": layer(lambda: nn.AdaptiveAvgPool3d((2, 3, 4)), randn(2, 3, 5, 4, 6)),
    "adaptive_max_pool1d": layer(lambda: nn.AdaptiveMaxPool1d(4), randn(2, 3, 10)),
    "adaptive_max_pool1d_tuple": layer(lambda: nn.AdaptiveMaxPool1d((3,)), randn(3, 7)),
    "adaptive_max_pool2d": layer(lambda: nn.AdaptiveMaxPool2d(3), randn(2, 3, 8, 7)),
    "adaptive_max_pool2d_none": layer(lambda: nn.AdaptiveMaxPool2d((2, None)), randn(2, 3, 8, 7)),
    "adaptive_max_pool3d": layer(lambda: nn.AdaptiveMaxPool3d(2), randn(2, 3, 5, 4, 6)),
    "adaptive_max_pool3d_each_side": layer(lambda: nn.AdaptiveMaxPool3d((2, 3, 1)), randn(2, 3, 5, 4, 6)),
    "lp_pool1d": layer(lambda: nn.LPPool1d(2, 3), randn(2, 3, 10)),
    "lp_pool1d_stride": layer(lambda: nn.LPPool1d(4, 2, stride=1, ceil_mode=True), randn(2, 3, 9)),
    "lp_pool2d": layer(lambda: nn.LPPool2d(2, 2), randn(2, 3, 6, 7)),
    "lp_pool2d_each_side": layer(lambda: nn.LPPool2d(1, (3, 2), stride=(2, 1)), randn(2, 3, 6, 7)),
    "lp_pool2d_infinity": layer(lambda: nn.LPPool2d(float("inf"), 2), randn(2, 3, 6, 7)),
    "lp_pool3d": layer(lambda: nn.LPPool3d(2, 2), randn(2, 3, 4, 4, 6)),
    "lp_pool3d_stride": layer(lambda: nn.LPPool3d(2, (2, 1, 2), stride=(1, 1, 2), ceil_mode=True), randn(2, 3, 4, 4, 5)),
    "max_unpool1d": function_of(
        lambda: nn.MaxUnpool1d(2),
        lambda unpool, x: unpool(*nn.MaxPool1d(2, return_indices=True)(x)),
        2, 3, 8,
    ),
    "max_unpool2d": function_of(
        lambda: nn.MaxUnpool2d(2),
        lambda unpool, x: unpool(*nn.MaxPool2d(2, return_indices=True)(x)),
        2, 3, 6, 8,
    ),
    "max_unpool3d": function_of(
        lambda: nn.MaxUnpool3d(2),
        lambda unpool, x: unpool(*nn.MaxPool3d(2, return_indices=True)(x)),
        2, 2, 4, 6, 4,
    ),
    "max_unpool1d_size": function_of(
        lambda: nn.MaxUnpool1d(2, stride=2),
        lambda unpool, x: unpool(*nn.MaxPool1d(2, return_indices=True)(x), output_size=[9]),
        2, 3, 9,
    ),
    "max_unpool2d_size": function_of(
        lambda: nn.MaxUnpool2d(3, stride=2, padding=1),
        lambda unpool, x: unpool(
            *nn.MaxPool2d(3, stride=2, padding=1, return_indices=True)(x), output_size=[6, 7]
        ),
        2, 3, 6, 7,
    ),
    "max_unpool3d_size": function_of(
        lambda: nn.MaxUnpool3d((2, 1, 2)),
        lambda unpool, x: unpool(
            *nn.MaxPool3d((2, 1, 2), return_indices=True)(x), output_size=[5, 3, 4]
        ),
        2, 2, 5, 3, 4,
    ),
    "adaptive_max_pool2d_indices": function_of(
        lambda: nn.AdaptiveMaxPool2d(3, return_indices=True),
        lambda pool, x: torch.mul(*pool(x)),
        2, 3, 8, 7,
    ),
    "sizes_as_given": sizes_as_given,
}
