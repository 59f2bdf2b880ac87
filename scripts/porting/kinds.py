"""What kind of value an expression had: `Tensor`, `int`, a tuple of kinds, a module's class."""

import inspect
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Kind:
    """A name, the kinds of its parts, and for modules and named tuples the class."""

    name: str
    parts: tuple = ()
    cls: type = None

    @property
    def is_number(self):
        return self.name in ("int", "float")

    def __str__(self):
        inside = ", ".join(map(str, self.parts))
        name = self.cls.__name__ if self.cls else self.name
        return f"{name}[{inside}]" if inside else name


TENSOR, INT, FLOAT, BOOL = Kind("Tensor"), Kind("int"), Kind("float"), Kind("bool")
STR, NONE, SIZE, OTHER = Kind("str"), Kind("None"), Kind("Size"), Kind("other")


def option(kind):
    return kind if kind.name in ("option", "None") else Kind("option", (kind,))


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


def join(kinds):
    """One kind for all that an expression was."""
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
        elif names == {"module"}:
            first = Kind("module", (), nn.Module)
        elif names == {"tuple"} and len({part for kind in kinds for part in kind.parts}) == 1:
            first = Kind("list", (kinds[0].parts[0],))
        else:
            first = Kind("union", tuple(kinds))
    return option(first) if optional else first
