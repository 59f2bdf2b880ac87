"""What only rearranges: flatten, fold, pixel shuffle."""

from torch import nn

from .helpers import layer, randn

CASES = {
    "flatten": layer(lambda: nn.Flatten(), randn(2, 3, 4, 5)),
    "flatten_dims": layer(lambda: nn.Flatten(0, 2), randn(2, 3, 4, 5)),
    "unflatten": layer(lambda: nn.Unflatten(1, (2, 3)), randn(4, 6)),
    "unflatten_infers": layer(lambda: nn.Unflatten(-1, (-1, 4)), randn(2, 3, 8)),
    "unfold": layer(lambda: nn.Unfold((2, 3)), randn(2, 3, 5, 6)),
    "unfold_all": layer(lambda: nn.Unfold(3, dilation=2, padding=1, stride=(2, 1)), randn(2, 3, 7, 6)),
    "fold": layer(lambda: nn.Fold((4, 5), 2), randn(2, 12, 12)),
    "fold_all": layer(lambda: nn.Fold(6, (2, 3), dilation=(2, 1), padding=1, stride=2), randn(2, 12, 9)),
    "pixel_shuffle": layer(lambda: nn.PixelShuffle(2), randn(2, 8, 3, 4)),
    "pixel_shuffle_three": layer(lambda: nn.PixelShuffle(3), randn(9, 2, 2)),
    "pixel_unshuffle": layer(lambda: nn.PixelUnshuffle(2), randn(2, 3, 4, 6)),
    "pixel_unshuffle_three": layer(lambda: nn.PixelUnshuffle(3), randn(2, 3, 3)),
    "upsample": layer(lambda: nn.Upsample(5), randn(2, 3, 4)),
    "upsample_scale": layer(lambda: nn.Upsample(scale_factor=2), randn(2, 3, 4, 5)),
    "upsample_each_side": layer(lambda: nn.Upsample((3, 2, 7)), randn(1, 2, 3, 4, 5)),
    "upsample_bilinear": layer(
        lambda: nn.Upsample(scale_factor=(1.5, 2.0), mode="bilinear", align_corners=True), randn(2, 3, 4, 5)
    ),
    "upsample_bicubic": layer(
        lambda: nn.Upsample(scale_factor=1.3, mode="bicubic", recompute_scale_factor=True), randn(2, 3, 4, 5)
    ),
    "channel_shuffle": layer(lambda: nn.ChannelShuffle(2), randn(2, 6, 3)),
    "channel_shuffle_three": layer(lambda: nn.ChannelShuffle(3), randn(2, 6, 3, 4)),
}
