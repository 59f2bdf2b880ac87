"""PyTorch's layers, as the crate's constructors."""

import inspect

import torch
from torch import nn

from . import crate, record
from .report import Untranslated

# What people give by place, where Python requires nothing.
BY_PLACE = {
    "Dropout": ("p",), "Dropout1d": ("p",), "Dropout2d": ("p",), "Dropout3d": ("p",), "AlphaDropout": ("p",),
    "FeatureAlphaDropout": ("p",), "LeakyReLU": ("negative_slope",), "ELU": ("alpha",), "CELU": ("alpha",),
    "PReLU": ("num_parameters",), "Hardshrink": ("lambd",), "Softshrink": ("lambd",), "Hardtanh": ("min_val", "max_val"),
}
REQUIRED = {"Softmax": ("dim",), "LogSoftmax": ("dim",), "Softmin": ("dim",), "GLU": ("dim",)}
DEFAULT = {"Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout", "LeakyReLU", "ELU",
           "CELU", "PReLU", "Hardshrink", "Softshrink", "Hardtanh", "GLU"}
IGNORED = ("device", "dtype")


def offered():
    """The names under `nn` that the crate has."""
    import re

    text = (crate.ROOT / "src/nn/mod.rs").read_text() + (crate.ROOT / "src/nn/loss/mod.rs").read_text()
    return set(re.findall(r"\b[A-Z]\w+", text))


OFFERED = offered()
LACKING = {"FractionalMaxPool2d", "FractionalMaxPool3d", "ParameterDict", "SyncBatchNorm", "DataParallel"}


def is_layer(cls):
    return cls.__module__.startswith("torch.nn.") and cls.__name__ in OFFERED and cls.__name__ not in LACKING


def base(cls):
    """The layer of PyTorch's that a class derives from, if it does."""
    for above in cls.__mro__[1:]:
        if above.__module__.startswith("torch.nn.modules") and above is not nn.Module:
            return above
    return None


def arguments(module, cls):
    """(by place, by name) with the values as they were given; what is as by default is left out."""
    signature = inspect.signature(cls.__init__)
    parameters = list(signature.parameters.values())[1:]
    if issubclass(cls, nn.RNNBase):
        names = ["input_size", "hidden_size", "num_layers", "nonlinearity", "bias", "batch_first", "dropout", "bidirectional"]
        defaults = [None, None, 1, "tanh", True, False, 0.0, False]
        given = {name: getattr(module, name, default) for name, default in zip(names, defaults)}
        by_name = {name: given[name] for name, default in zip(names[2:], defaults[2:]) if given[name] != default}
        return [("input_size", given["input_size"]), ("hidden_size", given["hidden_size"])], by_name
    itself = type(module) is cls or type(module).__module__ == "torch.nn.utils.parametrize"
    given = record.arguments(module) if itself else None
    if given is None or record.ARGUMENTS not in module.__dict__ or module.__dict__[record.ARGUMENTS] == ((), {}):
        given = {}
        for parameter in parameters:
            if parameter.name in IGNORED:
                continue
            if parameter.name == "bias":
                given["bias"] = getattr(module, "bias", None) is not None
            elif hasattr(module, parameter.name):
                value = getattr(module, parameter.name)
                # The layer makes a tuple of a number.
                one = parameter.name == "normalized_shape" and len(value) == 1
                given[parameter.name] = value[0] if one else value
            elif parameter.default is not parameter.empty:
                given[parameter.name] = parameter.default
    places = [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    places += REQUIRED.get(cls.__name__, ())
    by_place = [(name, given[name]) for name in places]
    by_name = {}
    for parameter in parameters:
        name = parameter.name
        if name in places or name in IGNORED or name not in given or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if isinstance(given[name], torch.Tensor):
            raise Untranslated(None, f"a {cls.__name__} is made with a tensor as `{name}`")
        if type(given[name]) is not type(parameter.default) or given[name] != parameter.default:
            by_name[name] = given[name]
    return by_place, by_name
