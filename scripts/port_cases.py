"""A model of the forms that real models have beside plain layers: `scripts/port port_cases:Everything`."""

from collections import OrderedDict, namedtuple

import torch
import torch.nn.functional as F
from torch import nn

Pair = namedtuple("Pair", ["low", "high"])


class Tied(nn.Module):
    """A module at two places, and a parameter at two."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.first = nn.Linear(8, 8)
        self.again = self.first
        self.layers = nn.ModuleList([self.first, nn.Linear(8, 8)])
        self.head = nn.Linear(8, 10, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, x):
        x = self.again(self.first(self.embedding(x)))
        for layer in self.layers:
            x = layer(x)
        return self.head(x)


def rotations(dim, length, base=10000.0):
    inv_freq = 1.0 / (base ** (torch.arange(0, dim, 2).float() / dim))
    return torch.outer(torch.arange(length).float(), inv_freq)


class Positions(nn.Module):
    """Buffers that are not part of the weights."""

    def __init__(self, length, scale=2.0):
        super().__init__()
        mask = torch.tril(torch.ones(length, length))
        self.register_buffer("mask", mask.view(1, length, length), persistent=False)
        self.register_buffer("angles", rotations(8, length) * scale, persistent=False)
        self.register_buffer("mean", torch.zeros(8))

    def forward(self, x):
        length = x.shape[1]
        x = torch.cat([x[..., :4] * self.angles[:length].cos(), x[..., 4:] * self.angles[:length].sin()], dim=-1)
        return self.mask[:, :length, :length] @ (x - self.mean)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, width)
        self.activation = F.gelu

    def scale(self, x):
        return x * 0.5

    def forward(self, x):
        return self.scale(self.activation(self.fc(x)))


class Wider(Block):
    """A class that extends another of the model's."""

    def __init__(self, width):
        super().__init__(width)
        self.out = nn.Linear(width, width)

    def scale(self, x):
        return super().scale(x) + 1

    def forward(self, x):
        return self.out(super().forward(x)) + x


class Joined(nn.Module):
    """`*args`, and keyword arguments."""

    def forward(self, *parts, scale=1.0):
        return torch.cat(parts, dim=-1) * scale


class Splits(nn.Module):
    """A named tuple, and functions within a function."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 24)

    def forward(self, x):
        heads = lambda t: t.view(t.shape[0], t.shape[1], 2, 4).transpose(1, 2)
        q, k, v = map(heads, self.qkv(x).chunk(3, dim=-1))

        def attend(q, k, scale):
            scores = q @ k.transpose(-2, -1) * scale
            return scores.softmax(dim=-1)

        y = (attend(q, k, 0.5) @ v).transpose(1, 2).flatten(2)
        return Pair(low=y[..., :4], high=y[..., 4:])


class Everything(nn.Module):
    def __init__(self):
        super().__init__()
        self.tied = Tied()
        self.positions = Positions(12)
        self.later = Positions(16, scale=3.0)
        self.block = Block(8)
        self.wider = Wider(8)
        self.joined = Joined()
        self.splits = Splits()
        self.fc = nn.Linear(10, 8)

    def run(self, x):
        out = {"states": self.fc(x)}
        if self.training:
            out["middle"] = out["states"] * 2
        out["last"] = self.block(out["states"])
        return out

    def forward(self, tokens, other=None, *, weights=None):
        x = self.tied(tokens)
        found = self.run(x)
        y = self.wider(self.later(self.positions(found["last"])))
        if "middle" in found:
            y = y + found["middle"]
        pair = self.splits(y)
        low, high = pair
        if other is not None:
            low = low + other
        y = self.joined(low, pair.high, scale=0.5)
        pieces = (y, x)
        y = self.joined(*pieces)
        if weights is not None:
            y = y * weights
        result = OrderedDict()
        result["out"] = y
        if self.training:
            result["aux"] = {"high": high, "sum": low + high}
        return result
