"""What is done to gradients, and weights that are computed from others."""

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

from .helpers import both_modes, randn


def clipped(clip):
    """The gradients of a small network after they were clipped, and the norm that they had."""

    def run():
        model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
        model(torch.randn(8, 6)).square().sum().backward()
        norm = clip(model.parameters())
        return {"norm": torch.zeros(()) if norm is None else norm} | {f"{name}.grad": p.grad for name, p in model.named_parameters()}

    return run


def as_a_vector():
    """A model's parameters as a vector, with its gradient, and another's with a vector's values."""
    model = nn.Sequential(nn.Linear(3, 2), nn.PReLU(), nn.Linear(2, 4))
    vector = nn.utils.parameters_to_vector(model.parameters())
    (vector * vector).sum().backward()
    result = {"vector": vector} | {f"{name}.grad": p.grad for name, p in model.named_parameters()}
    nn.utils.vector_to_parameters(vector.detach() * 2, model.parameters())
    return result | model.state_dict()


CASES = {
    "clip_grad_norm": clipped(lambda p: nn.utils.clip_grad_norm_(p, 1.0)),
    "clip_grad_norm_above": clipped(lambda p: nn.utils.clip_grad_norm_(p, 1000.0)),
    "clip_grad_norm_infinity": clipped(lambda p: nn.utils.clip_grad_norm_(p, 1.0, float("inf"))),
    "clip_grad_norm_p": clipped(lambda p: nn.utils.clip_grad_norm_(p, 1.0, 3.0)),
    "clip_grad_value": clipped(lambda p: nn.utils.clip_grad_value_(p, 0.5)),
    "parameters_to_vector": as_a_vector,
    "weight_norm": both_modes(lambda: weight_norm(nn.Linear(4, 3)), randn(5, 4)),
    "weight_norm_dim": both_modes(
        lambda: weight_norm(nn.Conv2d(3, 4, 3, padding=1, bias=False), dim=1), randn(2, 3, 5, 6)
    ),
    "weight_norm_whole": both_modes(lambda: weight_norm(nn.Conv1d(3, 4, 2), dim=None), randn(2, 3, 6)),
    "weight_norm_of_old": both_modes(lambda: nn.utils.weight_norm(nn.Linear(4, 3)), randn(5, 4)),
    "weight_norm_of_old_dim": both_modes(
        lambda: nn.utils.weight_norm(nn.ConvTranspose1d(3, 4, 2, bias=False), dim=None), randn(2, 3, 6)
    ),
    "spectral_norm": both_modes(lambda: spectral_norm(nn.Linear(4, 3)), randn(5, 4)),
    "spectral_norm_conv": both_modes(
        lambda: spectral_norm(nn.Conv2d(3, 4, 3), n_power_iterations=3, eps=1e-6), randn(2, 3, 5, 6)
    ),
    "spectral_norm_transposed": both_modes(
        lambda: spectral_norm(nn.ConvTranspose1d(3, 4, 2)), randn(2, 3, 6)
    ),
    "spectral_norm_dim": both_modes(
        lambda: spectral_norm(nn.Conv1d(3, 4, 2, bias=False), dim=-1), randn(2, 3, 6)
    ),
    "weight_norm_bias": both_modes(lambda: weight_norm(nn.Linear(4, 3), name="bias"), randn(5, 4)),
    "weight_norm_bias_whole": both_modes(
        lambda: weight_norm(nn.ConvTranspose1d(3, 4, 2), "bias", None), randn(2, 3, 6)
    ),
    "spectral_norm_bias": both_modes(lambda: spectral_norm(nn.Linear(4, 3), name="bias"), randn(5, 4)),
}
