"""einops' `rearrange`, `repeat` and `reduce`, functions and layers, as the reshapes and permutations that they are."""

import ast
import re

from .expressions import ATOM, MULTIPLY, Value, text
from .kinds import INT, TENSOR

REDUCTIONS = ("mean", "sum")
BY_HAND = "write it with reshape and permute"


def parse(side):
    """`b (h w) c` as [[b], [h, w], [c]]; a 1 is a group of none."""
    found = []
    for group in re.findall(r"\([^)]*\)|\S+", side):
        inside = group.strip("()").split()
        found.append([name for name in inside if name != "1"])
    return found


def translated(calls, node, name):
    """In the steps, and in their order, that einops takes."""
    tensor, pattern, *rest = node.args
    by_name = {keyword.arg: keyword.value for keyword in node.keywords}
    if not isinstance(pattern, ast.Constant) or None in by_name:
        calls.refuse(node, "has a pattern that is not known", BY_HAND)
    reduction = getattr(rest[0] if rest else by_name.pop("reduction", None), "value", None)
    of = calls.value(tensor)
    given = {key: calls.value(value) for key, value in by_name.items()}
    if not is_understood(pattern.value, name, reduction):
        calls.refuse(node, "is a pattern that is not translated", BY_HAND)
    return steps(of, pattern.value, given, reduction)


def is_understood(pattern, name, reduction):
    return "..." not in pattern and "_" not in pattern.split() and (name != "reduce" or reduction in REDUCTIONS)


def layer(module, name):
    """A layer of einops as a struct of this name, None where its pattern is not translated."""
    reduction = getattr(module, "reduction", None)
    if type(module).__name__ not in ("Rearrange", "Reduce") or not is_understood(module.pattern, type(module).__name__.lower(), reduction):
        return None
    given = {axis: Value(str(length), INT, "copy") for axis, length in module.axes_lengths.items()}
    made = steps(Value("x", TENSOR, "ref"), module.pattern, given, reduction)
    cls, inside = repr(module).removesuffix(")").split("(", 1)
    return f"""\
#[derive(Debug, Module)]
#[module(class = {text(cls)}, extra_repr = {text(inside)}.to_string())]
struct {name} {{}}

impl {name} {{
fn new() -> Self {{ Self {{}} }}
}}

impl Forward for {name} {{
fn forward(&self, x: &Tensor) -> Tensor {{ {made.owned} }}
}}"""


def steps(of, pattern, given, reduction):
    left, right = (parse(side) for side in pattern.split("->"))
    variable = of.code if of.code.isidentifier() else "t"
    sizes = sizes_of(left, variable, given)
    before = [axis for group in left for axis in group]
    after = [axis for group in right for axis in group]
    kept = [axis for axis in after if axis in before]
    gone = [axis for axis in before if axis not in after]
    code = variable
    if any(len(group) != 1 for group in left):
        code = f"{code}.reshape([{', '.join(sizes[axis].code for axis in before)}])"
    order = [before.index(axis) for axis in kept + gone]
    if order != sorted(order):
        code = f"{code}.permute([{', '.join(map(str, order))}])"
    if gone:
        dims = ", ".join(str(len(kept) + place) for place in range(len(gone)))
        code = f"torch::{reduction}_options(&{code}).dim([{dims}]).call()"
    if len(kept) < len(after):
        for place, axis in enumerate(after):
            code = code if axis in kept else f"{code}.unsqueeze({place})"
        lengths = ", ".join("-1" if axis in kept else sizes[axis].code for axis in after)
        code = f"torch::expand(&{code}, [{lengths}])"
    if any(len(group) != 1 for group in right):
        code = f"{code}.reshape([{', '.join(product([sizes[axis] for axis in group]) for group in right)}])"
    if code == variable:
        return of
    # What is used several times is computed once.
    if variable != of.code:
        if len(re.findall(rf"\b{variable}\b", code)) == 1:
            code = re.sub(rf"\b{variable}\b", lambda _: of.receiver, code)
        else:
            code = f"{{ let {variable} = {of.code if of.form == 'owned' else of.ref}; {code} }}"
    return Value(code, TENSOR, "owned", ATOM)


def sizes_of(groups, variable, given):
    """Of each axis: what is given, or what the tensor tells."""
    found = dict(given)
    for place, group in enumerate(groups):
        whole = f"{variable}.shape()[{place}]"
        unknown = [axis for axis in group if axis not in given]
        if not unknown:
            continue
        others = product([given[axis] for axis in group if axis in given], MULTIPLY + 1)
        code = whole if len(group) == 1 else f"{whole} / {others}"
        found[unknown[0]] = Value(code, None, "copy", ATOM if len(group) == 1 else MULTIPLY)
    return found


def product(values, level=0):
    if not values:
        return "1"
    if len(values) == 1:
        return values[0].at(level)
    code = " * ".join(value.at(MULTIPLY if place == 0 else MULTIPLY + 1) for place, value in enumerate(values))
    return f"({code})" if level > MULTIPLY else code
