"""A ModuleDict whose modules are taken out by their names alone: a struct of its own, as a person would write it."""

import ast

from torch import nn

from . import source
from .report import Untranslated


def found(model):
    """Gives each such dictionary a class, named after the member that it is."""
    for path, module in list(model.named_modules()):
        if type(module) is not nn.ModuleDict or not path or len({type(child) for child in module.values()}) < 2:
            continue
        owner_path, _, name = path.rpartition(".")
        owner = type(model.get_submodule(owner_path)) if owner_path else type(model)
        if all(key.isidentifier() for key in module) and is_taken_by_names(owner, name, set(module)):
            module.__class__ = class_for(owner, name)


def class_for(owner, name):
    """The same for all instances of the owner."""
    known = vars(owner).get("_ported_groups", {})
    if name not in known:
        # It prints as the dictionary that it is.
        own = {"__module__": owner.__module__, "_get_name": lambda self: "ModuleDict", "_ported_owner": owner}
        known[name] = type(name, (nn.ModuleDict,), own)
        owner._ported_groups = known
    return known[name]


def is_group(cls):
    return hasattr(cls, "_ported_owner")


def is_taken_by_names(owner, name, keys):
    """Is each `self.name` of the class's functions followed by a key?"""
    count = 0
    for function in vars(owner).values():
        if not callable(function) or not hasattr(function, "__code__") or function.__name__ == "__init__":
            continue
        try:
            tree = source.of(function).node
        except Untranslated:
            return False
        uses = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == name]
        taken = [
            node.value for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in keys
            or isinstance(node, ast.Subscript) and getattr(node.slice, "value", None) in keys
        ]
        if any(use not in taken for use in uses):
            return False
        count += len(uses)
    return count > 0
