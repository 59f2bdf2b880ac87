"""Modules made of modules."""

import copy
import pathlib
from collections import OrderedDict

import torch
from torch import nn

from .helpers import both_modes, function_of, layer, randn

def named():
    return nn.Sequential(OrderedDict([("hidden", nn.Linear(6, 5)), ("act", nn.Tanh())]))


def ones(module):
    if isinstance(module, nn.Linear):
        nn.init.ones_(module.weight)


# What scripts/scripted.py writes.
SCRIPTED = str(pathlib.Path(__file__).parents[2] / "tests/fixtures/scripted.pt")

CASES = {
    "sequential": layer(
        lambda: nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Sequential(nn.Linear(5, 4))),
        randn(3, 6),
    ),
    "sequential_empty": layer(lambda: nn.Sequential(), randn(3, 6)),
    "sequential_named": layer(named, randn(3, 6)),
    "sequential_append": layer(lambda: named().append(nn.Linear(5, 2)), randn(3, 6)),
    "module_list": function_of(
        lambda: nn.ModuleList(nn.Linear(4, 4) for _ in range(3)),
        lambda layers, x: layers[2](layers[1](layers[0](x))),
        3, 4,
    ),
    "module_list_of_any": function_of(
        lambda: nn.ModuleList([nn.Linear(4, 5), nn.ReLU(), nn.ReLU(), nn.BatchNorm1d(5)]),
        lambda layers, x: layers[3](layers[1](layers[0](x))),
        3, 4,
    ),
    "module_dict": function_of(
        lambda: nn.ModuleDict({"b": nn.Linear(4, 5), "a": nn.Linear(5, 2)}),
        lambda layers, x: layers["a"](layers["b"](x)),
        3, 4,
    ),
    "module_dict_of_any": function_of(
        lambda: nn.ModuleDict([("act", nn.PReLU()), ("fc", nn.Linear(4, 2))]),
        lambda layers, x: layers["fc"](layers["act"](x)),
        3, 4,
    ),
    "module_to_double": function_of(
        lambda: nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 3)).to(torch.float64),
        lambda model, x: model(x.double()),
        5, 4,
    ),
    "script_module": both_modes(lambda: torch.jit.load(SCRIPTED), randn(5, 3)),
    "script_module_inside": layer(lambda: nn.Sequential(torch.jit.load(SCRIPTED), nn.Linear(4, 2)), randn(5, 3)),
    "script_module_deepcopy": function_of(
        lambda: nn.ModuleList([torch.jit.load(SCRIPTED)]), lambda models, x: models[0](x) + copy.deepcopy(models[0])(x), 5, 3,
    ),
    "script_module_method": function_of(
        lambda: torch.jit.load(SCRIPTED), lambda model, x: model.parts(x, 2)[0] * model.parts(x, 2)[1] + model(x)[:2, :3], 5, 3,
    ),
    "module_apply": layer(lambda: nn.Sequential(nn.Linear(4, 3), nn.Tanh()).apply(ones), randn(5, 4)),
}
