"""Convolutions and their transposes."""

from torch import nn

from .helpers import function_of, layer, randn

CASES = {
    "conv2d": layer(lambda: nn.Conv2d(3, 6, 5), randn(2, 3, 12, 12)),
    "conv2d_no_bias": layer(lambda: nn.Conv2d(3, 6, 5, bias=False), randn(2, 3, 12, 12)),
    "conv2d_stride_padding": layer(
        lambda: nn.Conv2d(3, 6, 3, stride=2, padding=1), randn(2, 3, 11, 9)
    ),
    "conv2d_each_side": layer(
        lambda: nn.Conv2d(3, 4, (3, 5), stride=(2, 1), padding=(4, 2), dilation=(3, 1)),
        randn(2, 3, 12, 10),
    ),
    "conv2d_dilation": layer(lambda: nn.Conv2d(2, 3, 3, dilation=2), randn(2, 2, 9, 9)),
    "conv2d_groups": layer(lambda: nn.Conv2d(4, 8, 3, groups=2), randn(2, 4, 8, 8)),
    "conv2d_depthwise": layer(lambda: nn.Conv2d(4, 4, 3, groups=4), randn(2, 4, 8, 8)),
    "conv2d_one_image": layer(lambda: nn.Conv2d(3, 6, 3), randn(3, 8, 8)),
    "conv2d_same": layer(lambda: nn.Conv2d(2, 3, (3, 4), padding="same"), randn(2, 2, 7, 8)),
    "conv2d_same_dilated": layer(
        lambda: nn.Conv2d(2, 3, 4, padding="same", dilation=(1, 2)), randn(2, 2, 7, 8)
    ),
    "conv2d_valid": layer(lambda: nn.Conv2d(2, 3, 3, padding="valid"), randn(2, 2, 7, 8)),
    "conv2d_reflect": layer(
        lambda: nn.Conv2d(2, 3, 3, padding=(1, 2), padding_mode="reflect"), randn(2, 2, 7, 8)
    ),
    "conv2d_replicate": layer(
        lambda: nn.Conv2d(2, 3, 3, padding=2, stride=2, padding_mode="replicate"), randn(2, 2, 7, 8)
    ),
    "conv2d_circular_same": layer(
        lambda: nn.Conv2d(2, 3, (2, 3), padding="same", padding_mode="circular"), randn(2, 2, 7, 8)
    ),
    "conv1d": layer(lambda: nn.Conv1d(4, 6, 3), randn(2, 4, 12)),
    "conv1d_all": layer(
        lambda: nn.Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2, bias=False),
        randn(2, 4, 15),
    ),
    "conv1d_same": layer(lambda: nn.Conv1d(4, 6, 4, padding="same"), randn(2, 4, 9)),
    "conv1d_circular": layer(
        lambda: nn.Conv1d(4, 6, 3, padding=1, padding_mode="circular"), randn(2, 4, 9)
    ),
    "conv1d_one_signal": layer(lambda: nn.Conv1d(4, 6, 3), randn(4, 9)),
    "conv3d": layer(lambda: nn.Conv3d(2, 3, 3), randn(2, 2, 5, 6, 7)),
    "conv3d_each_side": layer(
        lambda: nn.Conv3d(2, 4, (3, 2, 1), stride=(2, 1, 1), padding=(1, 0, 2)),
        randn(2, 2, 6, 5, 4),
    ),
    "conv3d_groups_replicate": layer(
        lambda: nn.Conv3d(4, 4, 3, padding=1, groups=2, bias=False, padding_mode="replicate"),
        randn(1, 4, 4, 5, 4),
    ),
    "conv3d_same": layer(lambda: nn.Conv3d(2, 2, 2, padding="same"), randn(1, 2, 3, 4, 5)),
    "conv_transpose1d": layer(lambda: nn.ConvTranspose1d(4, 3, 3), randn(2, 4, 7)),
    "conv_transpose1d_all": layer(
        lambda: nn.ConvTranspose1d(
            4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, bias=False, dilation=2
        ),
        randn(2, 4, 7),
    ),
    "conv_transpose2d": layer(lambda: nn.ConvTranspose2d(4, 3, 3), randn(2, 4, 5, 6)),
    "conv_transpose2d_each_side": layer(
        lambda: nn.ConvTranspose2d(
            4, 3, (3, 5), stride=(2, 1), padding=(4, 2), output_padding=(1, 0)
        ),
        randn(2, 4, 8, 6),
    ),
    "conv_transpose2d_groups": layer(
        lambda: nn.ConvTranspose2d(4, 8, 2, groups=4, stride=2), randn(4, 5, 5)
    ),
    "conv_transpose2d_output_size": function_of(
        lambda: nn.ConvTranspose2d(3, 2, 3, stride=2, padding=1),
        lambda up, x: up(x, output_size=(12, 11)),
        2, 3, 6, 6,
    ),
    "conv_transpose3d": layer(lambda: nn.ConvTranspose3d(2, 3, 2), randn(2, 2, 3, 4, 5)),
    "conv_transpose3d_each_side": layer(
        lambda: nn.ConvTranspose3d(
            2, 4, (3, 1, 2), stride=(2, 1, 3), padding=(1, 0, 1), output_padding=(1, 0, 2), groups=2
        ),
        randn(1, 2, 3, 4, 3),
    ),
}
