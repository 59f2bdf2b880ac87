"""PyTorch's layers, as the crate's constructors."""

import inspect

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.weight_norm import WeightNorm as OldHook

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
# The layers whose arguments are other layers, and the arguments that are counts.
STACKS = {nn.TransformerEncoder: nn.TransformerEncoderLayer, nn.TransformerDecoder: nn.TransformerDecoderLayer}
COUNTS = ("num_layers", "num_encoder_layers", "num_decoder_layers")
# What the crate's Transformer takes by its name.
ACTIVATIONS = {functional.relu: "relu", functional.gelu: "gelu"}

# A call's arguments, those that PyTorch requires and the others, of the layers that take more than one tensor.
MASKS_OF_DECODER = (
    "tgt_mask", "memory_mask", "tgt_key_padding_mask", "memory_key_padding_mask", "tgt_is_causal", "memory_is_causal",
)
CALLS = {
    nn.MultiheadAttention: (("query", "key", "value"), ("key_padding_mask", "need_weights", "attn_mask", "average_attn_weights", "is_causal")),
    nn.TransformerEncoderLayer: (("src",), ("src_mask", "src_key_padding_mask", "is_causal")),
    nn.TransformerEncoder: (("src",), ("mask", "src_key_padding_mask", "is_causal")),
    nn.TransformerDecoderLayer: (("tgt", "memory"), MASKS_OF_DECODER),
    nn.TransformerDecoder: (("tgt", "memory"), MASKS_OF_DECODER),
    nn.Transformer: (("src", "tgt"), (
        "src_mask", "tgt_mask", "memory_mask", "src_key_padding_mask", "tgt_key_padding_mask", "memory_key_padding_mask",
        "src_is_causal", "tgt_is_causal", "memory_is_causal",
    )),
    nn.RNNBase: (("input",), ("hx",)),
    nn.RNNCellBase: (("input",), ("hx",)),
}


def is_computed(module, name):
    """Is a parameter what a `weight_norm` computes?"""
    hooks = (hook for hook in module._forward_pre_hooks.values() if isinstance(hook, OldHook))
    return any(hook.name == name for hook in hooks) or name in getattr(module, "parametrizations", ())


def offered():
    """The names under `nn` that the crate has."""
    import re

    text = (crate.ROOT / "src/nn/mod.rs").read_text() + (crate.ROOT / "src/nn/loss/mod.rs").read_text()
    return set(re.findall(r"\b[A-Z]\w+", text))


OFFERED = offered()
LACKING = {"FractionalMaxPool2d", "FractionalMaxPool3d", "ParameterDict", "ParameterList", "SyncBatchNorm", "DataParallel"}


def is_layer(cls):
    return cls.__module__.startswith("torch.nn.") and cls.__name__ in OFFERED and cls.__name__ not in LACKING


def base(cls):
    """The layer of PyTorch's that a class derives from, if it does."""
    for above in cls.__mro__[1:]:
        if above.__module__.startswith("torch.nn.modules") and above is not nn.Module:
            return above
    return None


def default(parameter):
    return ACTIVATIONS.get(parameter.default, parameter.default) if callable(parameter.default) else parameter.default


def stacks(model):
    """By the layer that a stack copies, the stack that draws for it: nothing where the layer is used elsewhere, too."""
    found, own = {}, {id(module) for module in model.modules()}
    for module in model.modules():
        if type(module) in STACKS:
            layer = id(list(record.arguments(module).values())[0])
            found[layer] = object() if layer in found or layer in own else module
    return found


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
                same = issubclass(cls, nn.modules.conv._ConvNd) and isinstance(value, tuple) and len(set(value)) == 1
                given[parameter.name] = value[0] if one or same else value
            elif parameter.default is not parameter.empty:
                given[parameter.name] = parameter.default
    for parameter in parameters:
        # `self.bn.momentum = 0.03`, of a layer that is made.
        now, value = getattr(module, parameter.name, None), given.get(parameter.name, parameter.default)
        numbers = type(now) in (bool, int, float) and type(value) in (bool, int, float)
        if numbers and parameter.name != "bias" and now != value and not value < 0:
            given[parameter.name] = now
    places = [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    places += REQUIRED.get(cls.__name__, ())
    if cls.__name__.startswith("Transformer") and callable(given.get("activation")):
        given["activation"] = ACTIVATIONS.get(given["activation"], given["activation"])
    for name, value in given.items():
        if not isinstance(value, (bool, int, float, str, tuple, list, torch.Tensor, nn.Module, type(None))) and name not in IGNORED:
            raise Untranslated(None, f"a {cls.__name__} is made with {getattr(value, '__name__', f'a {type(value).__name__}')} as `{name}`")
    if cls in STACKS and places[0] in given and type(given[places[0]]) is not STACKS[cls]:
        raise Untranslated(None, f"a {cls.__name__} is made of the class {type(given[places[0]]).__name__}", "hold its layers in a list")
    if untold := [name for name in places if name not in given]:
        raise Untranslated(None, f"a {cls.__name__} that a class extends does not tell its `{untold[0]}`")
    if cls.__name__ in REQUIRED and cls is not nn.GLU and given["dim"] is None:
        raise Untranslated(None, f"a {cls.__name__} has no `dim`, which PyTorch guesses from its input", "give it one")
    by_place = [(name, given[name]) for name in places]
    by_name = {}
    for parameter in parameters:
        name = parameter.name
        if name in places or name in IGNORED or name not in given or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if isinstance(given[name], torch.Tensor):
            raise Untranslated(None, f"a {cls.__name__} is made with a tensor as `{name}`")
        if type(given[name]) is not type(default(parameter)) or given[name] != default(parameter):
            by_name[name] = given[name]
    return by_place, by_name
