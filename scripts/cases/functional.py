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
}
