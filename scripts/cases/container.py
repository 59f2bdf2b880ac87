"""Modules made of modules."""

from torch import nn

from .helpers import layer, randn

CASES = {
    "sequential": layer(
        lambda: nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Sequential(nn.Linear(5, 4))),
        randn(3, 6),
    ),
    "sequential_empty": layer(lambda: nn.Sequential(), randn(3, 6)),
}
