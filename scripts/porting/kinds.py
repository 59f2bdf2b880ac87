"""What kind of value an expression had: `Tensor`, `int`, a tuple of kinds, a module's class."""

import inspect
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Kind:
    """A name, the kinds of its parts, for modules and named tuples the class, and for dictionaries the keys."""

    name: str
    parts: tuple = ()
    cls: type = None
    keys: tuple = ()

    @property
    def fields(self):
        """The names of the parts, of what becomes a struct: a named tuple, or a dictionary."""
        return self.cls._fields if self.name == "named" else self.keys

    def part(self, name):
        return self.parts[self.fields.index(name)]

    @property
    def is_number(self):
        return self.name in ("int", "float")

    @property
    def is_module(self):
        """A module, or one that may be None."""
        return "module" in (self.name, *(part.name for part in self.parts if self.name == "option"))

    def __str__(self):
        inside = ", ".join(map(str, self.parts))
        name = self.cls.__name__ if self.cls else self.name
        return f"{name}[{inside}]" if inside else name


TENSOR, INT, FLOAT, BOOL = Kind("Tensor"), Kind("int"), Kind("float"), Kind("bool")
STR, NONE, SIZE, OTHER = Kind("str"), Kind("None"), Kind("Size"), Kind("other")
# A function of a tensor that is handed over.
CALLABLE = Kind("callable")


def option(kind):
    return kind if kind.name in ("option", "None") else Kind("option", (kind,))


# A tensor or None.
MAYBE = option(TENSOR)


def of(value):
    if isinstance(value, torch.Tensor):
        return TENSOR
    if value is None:
        return NONE
    if isinstance(value, torch.Size):
        return SIZE
    if isinstance(value, nn.Module):
        return Kind("module", (), type(value))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return Kind("named", tuple(of(part) for part in value), type(value))
    if isinstance(value, tuple):
        return Kind("tuple", tuple(of(part) for part in value))
    if isinstance(value, list):
        return Kind("list", (join(of(part) for part in value),))
    if isinstance(value, dict):
        if value and all(isinstance(key, str) for key in value):
            return Kind("dict", tuple(of(part) for part in value.values()), None, tuple(value))
        return Kind("dict")
    if isinstance(value, torch.dtype):
        return Kind("dtype")
    if isinstance(value, torch.device):
        return Kind("device")
    if inspect.ismodule(value):
        return Kind("namespace")
    if isinstance(value, type):
        return Kind("class", (), value)
    if callable(value):
        return Kind("function")
    for type_, kind in ((bool, BOOL), (int, INT), (float, FLOAT), (str, STR)):
        if isinstance(value, type_):
            return kind
    return OTHER


def is_mixed(kind):
    """A module of one class or of another, as `join` gives it."""
    return nn.Module in (kind.cls, *(part.cls for part in kind.parts if kind.name == "option"))


def join(kinds):
    """One kind for all that an expression was."""
    kinds = [part for kind in kinds for part in (kind.parts if kind.name == "union" else (kind,))]
    kinds = list(dict.fromkeys(kinds))
    # An empty list tells nothing of what it holds.
    kinds = [kind for kind in kinds if kind != OTHER] or kinds
    if not kinds:
        return OTHER
    optional = NONE in kinds or any(kind.name == "option" for kind in kinds)
    kinds = [kind.parts[0] if kind.name == "option" else kind for kind in kinds if kind != NONE]
    kinds = list(dict.fromkeys(kinds))
    if not kinds:
        return NONE
    first = kinds[0]
    if len(kinds) > 1:
        names = {kind.name for kind in kinds}
        if names <= {"int", "float"}:
            first = FLOAT
        elif len(names) == 1 and first.name in ("tuple", "list", "named") and len({len(k.parts) for k in kinds}) == 1:
            first = Kind(first.name, tuple(map(join, zip(*(kind.parts for kind in kinds)))), first.cls)
        elif names == {"dict"}:
            keys = dict.fromkeys(key for kind in kinds for key in kind.keys)
            parts = {key: join(kind.part(key) for kind in kinds if key in kind.keys) for key in keys}
            everywhere = lambda key: all(key in kind.keys for kind in kinds)
            first = Kind("dict", tuple(p if everywhere(k) else option(p) for k, p in parts.items()), None, tuple(keys))
        elif names == {"module"}:
            first = Kind("module", (), nn.Module)
        elif names == {"tuple"} and len({part for kind in kinds for part in kind.parts}) == 1:
            first = Kind("list", (next(part for kind in kinds for part in kind.parts),))
        else:
            first = Kind("union", tuple(kinds))
    return option(first) if optional else first
