"""Linear layers."""

from torch import nn
from torch.nn import functional as F

from .helpers import double, function_of, layer, randn

CASES = {
    "linear": layer(lambda: nn.Linear(20, 30), randn(8, 20)),
    "linear_no_bias": layer(lambda: nn.Linear(20, 30, bias=False), randn(8, 20)),
    "linear_3d_input": layer(lambda: nn.Linear(5, 7), randn(2, 3, 5)),
    "linear_vector": layer(lambda: nn.Linear(5, 7), randn(5)),
    "identity": layer(lambda: nn.Identity(), randn(4, 5)),
    "bilinear": function_of(
        lambda: nn.Bilinear(4, 5, 3), lambda b, x: b(x, F.pad(x.sin(), (0, 1))), 6, 4
    ),
    "bilinear_no_bias": function_of(
        lambda: nn.Bilinear(4, 4, 2, bias=False), lambda b, x: b(x, x.cos()), 2, 3, 4
    ),
    "identity_double": double(lambda: nn.Identity(), 4, 5),
}
