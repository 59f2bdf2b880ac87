"""Writes `tests/fixtures/scripted.pt`, a model of TorchScript: `.venv/bin/python scripts/scripted.py`."""

import pathlib

import torch
from torch import nn

FIXTURE = pathlib.Path(__file__).parent.parent / "tests/fixtures/scripted.pt"


class Scripted(nn.Module):
    """A parameter and a buffer of its own, modules, and a method beside `forward`."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([0.5, -1.0, 2.0]))
        self.register_buffer("shift", torch.tensor([0.25, 0.0, -0.5]))
        self.hidden = nn.Sequential(nn.Linear(3, 4, bias=False), nn.BatchNorm1d(4))
        self.dropout = nn.Dropout(0.5)

    def forward(self, x):
        if self.training:
            self.shift += 0.125
        return self.dropout(self.hidden(x * self.scale + self.shift))

    @torch.jit.export
    def parts(self, x: torch.Tensor, n: int):
        return x[:n] * self.scale, n + 1


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.jit.script(Scripted()).save(str(FIXTURE))
