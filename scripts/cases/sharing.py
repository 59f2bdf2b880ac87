"""Weights and modules that stand at two places, copies, and the ways in which a class is made."""

import copy
import io

import torch
from torch import nn, optim
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .helpers import layer, randn, text


class Gpt(nn.Module):
    """The embedding takes the head's weight."""

    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(11, 6)
        self.hidden = nn.Linear(6, 6)
        self.ln_f = nn.LayerNorm(6)
        self.lm_head = nn.Linear(6, 11, bias=False)
        self.wte.weight = self.lm_head.weight

    def forward(self, x):
        return self.lm_head(self.ln_f(F.relu(self.hidden(self.wte(x)))))


class Bert(nn.Module):
    """The decoder takes the embedding's weight, and a bias that stands beside it."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.hidden = nn.Linear(6, 6)
        self.bias = nn.Parameter(torch.zeros(11))
        self.decoder = nn.Linear(6, 11)
        self.decoder.weight = self.embedding.weight
        self.decoder.bias = self.bias

    def forward(self, x):
        return self.decoder(F.gelu(self.hidden(self.embedding(x))))


def saved(state):
    """What comes back from a file."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def tied(build, reload=False):
    """Adam, clipping and EMA; in the middle a new model may take over what was saved."""

    def run():
        model = build()
        adam = optim.Adam(model.parameters(), lr=1e-2)
        ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
        losses, norms = [], []
        for step in range(8):
            if reload and step == 4:
                state = saved({"model": model.state_dict(), "adam": adam.state_dict()})
                model = build()
                adam = optim.Adam(model.parameters(), lr=1e-2)
                model.load_state_dict(state["model"])
                adam.load_state_dict(state["adam"])
            x = torch.randint(0, 11, (5, 4))
            adam.zero_grad()
            loss = F.cross_entropy(model(x).flatten(0, 1), x.roll(1, 1).flatten())
            loss.backward()
            norms.append(nn.utils.clip_grad_norm_(model.parameters(), 0.5))
            adam.step()
            ema.update_parameters(model)
            losses.append(loss)
        names = [name for name, _ in model.named_parameters()]
        result = {"losses": torch.stack(losses), "norms": torch.stack(norms)}
        result |= {"print": text(str(model)), "keys": text("\n".join(model.state_dict()))}
        result |= {"names": text("\n".join(names)), **model.state_dict()}
        result |= {f"ema.{name}": value for name, value in ema.state_dict().items()}
        for i, state in adam.state_dict()["state"].items():
            result |= {f"adam.{i}.{name}": value for name, value in state.items()}
        return result

    return run


def chain():
    """One linear layer at two places."""
    linear = nn.Linear(5, 5)
    return nn.Sequential(linear, nn.BatchNorm1d(5), nn.ReLU(), linear)


def train(model, steps):
    sgd = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(steps):
        sgd.zero_grad()
        model(torch.randn(6, 5)).square().mean().backward()
        sgd.step()


def copied():
    """The copy goes on by itself; what is frozen stays so."""
    model = chain()
    model[1].weight.requires_grad_(False)
    train(model, 3)
    other = copy.deepcopy(model)
    result = {"no_grads": torch.tensor([p.grad is None for p in other.parameters()])}
    train(other, 3)
    for name, one in [("model", model), ("copy", other)]:
        result |= {f"{name}.{key}": value for key, value in one.state_dict().items()}
        names = [key for key, _ in one.named_modules()]
        result[f"{name}.names"] = text("\n".join(names))
    return result


class Views(nn.Module):
    """Buffers that are views of one memory, and parameters that are."""

    def __init__(self):
        super().__init__()
        memory = torch.arange(12.0)
        weight = torch.randn(3, 4)
        self.whole = nn.Buffer(memory.view(3, 4))
        self.turned = nn.Buffer(memory.view(3, 4).T)
        self.part = nn.Buffer(memory[2::3])
        self.wide = nn.Buffer(memory[:2].expand(3, 2))
        self.weight = nn.Parameter(weight.T)
        self.same = nn.Parameter(weight.view(12))


def copied_views():
    """In the copy they are views of one memory as well, with the same strides; parameters have each
    their own."""
    model = Views()
    other = copy.deepcopy(model)
    for x in other.whole, other.turned, other.wide:
        x[0] = -1
    with torch.no_grad():
        other.weight[0] = -2
    result = {}
    for name, one in [("model", model), ("copy", other)]:
        for key, value in one.state_dict().items():
            result[f"{name}.{key}"] = value
            result[f"{name}.{key}.strides"] = torch.tensor(value.stride())
    return result


class SamePad(nn.Conv2d):
    def forward(self, x):
        return super().forward(F.pad(x, (1, 1, 1, 1)))


class Attributes(nn.Module):
    """Names that are none in Rust, buffers that are not saved, lists of parameters."""

    def __init__(self):
        super().__init__()
        self.final = nn.Linear(4, 3)
        self.register_module("0", nn.Linear(3, 3))
        self.scales = nn.ParameterList([torch.full((3,), 2.0), torch.full((1, 3), 3.0)])
        self.register_buffer("mask", torch.tensor([1.0, 0.0, 1.0]), persistent=False)
        self.width = 3

    def extra_repr(self):
        return f"width={self.width}"

    def forward(self, x):
        x = getattr(self, "0")(self.final(x) * self.mask)
        return x * self.scales[0] * self.scales[1]


CASES = {
    "tied_as_gpt": tied(Gpt),
    "tied_as_bert": tied(Bert),
    "tied_saved_and_loaded": tied(Gpt, reload=True),
    "tied_with_a_bias_saved_and_loaded": tied(Bert, reload=True),
    "module_at_two_places": layer(chain, randn(6, 5)),
    "deepcopy": copied,
    "deepcopy_of_views": copied_views,
    "class_of_a_layer": layer(lambda: SamePad(3, 4, 3), randn(2, 3, 5, 5)),
    "attributes": layer(Attributes, randn(5, 4)),
}
