"""Padding."""

from torch import nn

from .helpers import layer, randn

CASES = {
    "zero_pad1d": layer(lambda: nn.ZeroPad1d(2), randn(2, 3, 5)),
    "zero_pad1d_each_side": layer(lambda: nn.ZeroPad1d((1, 3)), randn(2, 3, 5)),
    "zero_pad2d": layer(lambda: nn.ZeroPad2d(2), randn(2, 3, 5, 6)),
    "zero_pad2d_each_side": layer(lambda: nn.ZeroPad2d((1, 0, 2, 3)), randn(2, 3, 5, 6)),
    "zero_pad3d": layer(lambda: nn.ZeroPad3d(2), randn(2, 3, 4, 5, 6)),
    "zero_pad3d_each_side": layer(lambda: nn.ZeroPad3d((1, 0, 2, 1, 0, 3)), randn(2, 3, 4, 5, 6)),
    "reflection_pad1d": layer(lambda: nn.ReflectionPad1d(2), randn(2, 3, 5)),
    "reflection_pad1d_each_side": layer(lambda: nn.ReflectionPad1d((1, 3)), randn(2, 3, 5)),
    "reflection_pad2d": layer(lambda: nn.ReflectionPad2d(2), randn(2, 3, 5, 6)),
    "reflection_pad2d_each_side": layer(lambda: nn.ReflectionPad2d((1, 0, 2, 3)), randn(2, 3, 5, 6)),
    "reflection_pad3d": layer(lambda: nn.ReflectionPad3d(2), randn(2, 3, 4, 5, 6)),
    "reflection_pad3d_each_side": layer(lambda: nn.ReflectionPad3d((1, 0, 2, 1, 0, 3)), randn(2, 3, 4, 5, 6)),
    "replication_pad1d": layer(lambda: nn.ReplicationPad1d(2), randn(2, 3, 5)),
    "replication_pad1d_each_side": layer(lambda: nn.ReplicationPad1d((1, 3)), randn(2, 3, 5)),
    "replication_pad2d": layer(lambda: nn.ReplicationPad2d(2), randn(2, 3, 5, 6)),
    "replication_pad2d_each_side": layer(lambda: nn.ReplicationPad2d((1, 0, 2, 3)), randn(2, 3, 5, 6)),
    "replication_pad3d": layer(lambda: nn.ReplicationPad3d(2), randn(2, 3, 4, 5, 6)),
    "replication_pad3d_each_side": layer(lambda: nn.ReplicationPad3d((1, 0, 2, 1, 0, 3)), randn(2, 3, 4, 5, 6)),
    "circular_pad1d": layer(lambda: nn.CircularPad1d(2), randn(2, 3, 5)),
    "circular_pad1d_each_side": layer(lambda: nn.CircularPad1d((1, 3)), randn(2, 3, 5)),
    "circular_pad2d": layer(lambda: nn.CircularPad2d(2), randn(2, 3, 5, 6)),
    "circular_pad2d_each_side": layer(lambda: nn.CircularPad2d((1, 0, 2, 3)), randn(2, 3, 5, 6)),
    "circular_pad3d": layer(lambda: nn.CircularPad3d(2), randn(2, 3, 4, 5, 6)),
    "circular_pad3d_each_side": layer(lambda: nn.CircularPad3d((1, 0, 2, 1, 0, 3)), randn(2, 3, 4, 5, 6)),
    "constant_pad1d": layer(lambda: nn.ConstantPad1d(2, 3.5), randn(2, 3, 5)),
    "constant_pad1d_cuts": layer(lambda: nn.ConstantPad1d((-1, 2), -0.5), randn(2, 3, 5)),
    "constant_pad2d": layer(lambda: nn.ConstantPad2d(2, 3.5), randn(2, 3, 5, 6)),
    "constant_pad2d_cuts": layer(lambda: nn.ConstantPad2d((-1, 2, 0, -2), -0.5), randn(2, 3, 5, 6)),
    "constant_pad3d": layer(lambda: nn.ConstantPad3d(2, 3.5), randn(2, 3, 4, 5, 6)),
    "constant_pad3d_cuts": layer(lambda: nn.ConstantPad3d((-1, 2, 0, -2, 1, 0), -0.5), randn(2, 3, 4, 5, 6)),
}
