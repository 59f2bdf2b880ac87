"""What is done to gradients."""

import torch
from torch import nn

from .helpers import randn


def clipped(clip):
    """The gradients of a small network after they were clipped, and the norm that they had."""

    def run():
        model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
        model(torch.randn(8, 6)).square().sum().backward()
        norm = clip(model.parameters())
        return {"norm": torch.zeros(()) if norm is None else norm} | {f"{name}.grad": p.grad for name, p in model.named_parameters()}

    return run


CASES = {
    "clip_grad_norm": clipped(lambda p: nn.utils.clip_grad_norm_(p, 1.0)),
    "clip_grad_norm_above": clipped(lambda p: nn.utils.clip_grad_norm_(p, 1000.0)),
    "clip_grad_norm_infinity": clipped(lambda p: nn.utils.clip_grad_norm_(p, 1.0, float("inf"))),
    "clip_grad_norm_p": clipped(lambda p: nn.utils.clip_grad_norm_(p, 1.0, 3.0)),
    "clip_grad_value": clipped(lambda p: nn.utils.clip_grad_value_(p, 0.5)),
}
