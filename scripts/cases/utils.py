"""What is done to gradients."""

import torch
from torch import nn

from .helpers import randn


def clipped(max_norm):
    """The gradients of a small network after clip_grad_norm_, and the norm that they had."""

    def run():
        model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
        model(torch.randn(8, 6)).square().sum().backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        return {"norm": norm} | {f"{name}.grad": p.grad for name, p in model.named_parameters()}

    return run


CASES = {
    "clip_grad_norm": clipped(1.0),
    "clip_grad_norm_above": clipped(1000.0),
}
