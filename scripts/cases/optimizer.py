"""Optimizers."""

import torch
from torch import nn, optim

from .helpers import randn


def optimizer(build, steps=10):
    """An optimizer: the weights, and what it keeps of them, after some steps."""

    def run():
        model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
        x = torch.randn(8, 6)
        algorithm = build(model.parameters())
        for _ in range(steps):
            algorithm.zero_grad()
            model(x).square().mean().backward()
            algorithm.step()
        result = dict(model.state_dict())
        for i, state in algorithm.state_dict()["state"].items():
            result |= {f"state.{i}.{k}": v for k, v in state.items() if v is not None}
        return result

    return run


CASES = {
    "sgd": optimizer(lambda p: optim.SGD(p, lr=0.1)),
    "sgd_momentum": optimizer(lambda p: optim.SGD(p, lr=0.1, momentum=0.9)),
    "sgd_dampening": optimizer(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5)),
    "sgd_nesterov": optimizer(lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True)),
    "sgd_weight_decay": optimizer(lambda p: optim.SGD(p, lr=0.1, weight_decay=0.1)),
    "sgd_maximize": optimizer(lambda p: optim.SGD(p, lr=0.01, maximize=True)),
    "sgd_all": optimizer(
        lambda p: optim.SGD(
            p, lr=0.01, momentum=0.9, weight_decay=0.1, nesterov=True, maximize=True
        )
    ),
    "sgd_fused": optimizer(lambda p: optim.SGD(p, lr=0.1, fused=True)),
    "sgd_fused_all": optimizer(
        lambda p: optim.SGD(
            p, lr=0.1, momentum=0.9, weight_decay=0.1, nesterov=True, fused=True
        )
    ),
    "adam": optimizer(lambda p: optim.Adam(p, lr=1e-2)),
    "adam_betas_eps": optimizer(lambda p: optim.Adam(p, lr=1e-2, betas=(0.8, 0.9), eps=1e-3)),
    "adam_weight_decay": optimizer(lambda p: optim.Adam(p, lr=1e-2, weight_decay=0.1)),
    "adam_amsgrad": optimizer(lambda p: optim.Adam(p, lr=1e-2, amsgrad=True)),
    "adam_maximize": optimizer(lambda p: optim.Adam(p, lr=1e-2, maximize=True)),
    "adam_all": optimizer(
        lambda p: optim.Adam(
            p, lr=1e-2, betas=(0.8, 0.9), weight_decay=0.1, amsgrad=True, maximize=True
        )
    ),
    "adam_fused": optimizer(lambda p: optim.Adam(p, lr=1e-2, fused=True)),
    "adam_fused_all": optimizer(
        lambda p: optim.Adam(
            p, lr=1e-2, betas=(0.8, 0.9), weight_decay=0.1, amsgrad=True, fused=True
        )
    ),
}
