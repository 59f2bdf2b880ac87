"""The arguments that the classes of a model give each other."""

import ast
import inspect
import re
from dataclasses import dataclass

from . import layers, names, source


@dataclass
class Given:
    """`name=part` in a call of a class, in the `__init__` of another."""

    caller: type
    # The arguments of the caller that it does not set anew, and the variables that it sets.
    own: set
    stored: set
    callee: type
    name: str
    part: ast.expr


def among(program):
    """What the classes are given in the calls that the others make of them."""
    classes, found = set(program.classes()), []
    for cls in classes:
        function = inspect.unwrap(cls.__init__)
        logs = program.recorder.built.get(function)
        if not logs or not source.is_there(function):
            continue
        written, seen = source.of(function), {}
        for number, value in (event for log in logs.values() for event in log):
            if isinstance(value, type) and value in classes:
                seen.setdefault(number, set()).add(value)
        own = {argument.arg for argument in (*written.node.args.args, *written.node.args.kwonlyargs)}
        stored = {node.id for node in ast.walk(written.node) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        for node in written.expressions:
            for callee in seen.get(node.func.number, ()) if isinstance(node, ast.Call) else ():
                places = list(inspect.signature(callee).parameters)
                given = dict(zip(places, node.args)) | {keyword.arg: keyword.value for keyword in node.keywords}
                found += [Given(cls, own - stored, stored, callee, name, part) for name, part in given.items() if name in places]
    return found


def kept(calls):
    """(class, argument) for the numbers that are arguments of `new`, though they be the same in all instances: what is
    computed where the class is called, and what a class without an `__init__` is given, which is a layer's."""
    found = set()

    def is_kept(one):
        read = {node.id for node in ast.walk(one.part) if isinstance(node, ast.Name)}
        if layers.base(one.callee) is not None and inspect.unwrap(one.callee.__init__).__module__.startswith("torch."):
            return True
        if isinstance(one.part, ast.Name):
            return one.part.id in one.stored or (one.caller, one.part.id) in found
        return isinstance(one.part, ast.BinOp) and bool(read & (one.own | one.stored))

    while more := {(one.callee, one.name) for one in calls if is_kept(one)} - found:
        found |= more
    return found


def tell_of_repeated(program, calls, body):
    """The numbers that stand in `new` of several classes, one of which Python gives to another, go into the report."""
    parents = {}

    def root(node):
        while node in parents:
            node = parents[node]
        return node

    def is_fixed(cls, name):
        given = program.plans[cls].given
        return all(name in one and repr(one[name]) == repr(given[0][name]) for one in given)

    for one in calls:
        mine = getattr(one.part, "id", one.part.attr if isinstance(one.part, ast.Attribute) and getattr(one.part.value, "id", "") == "self" else "")
        if mine in one.own and is_fixed(one.caller, mine) and is_fixed(one.callee, one.name):
            a, b = root((one.caller, mine)), root((one.callee, one.name))
            if a != b:
                parents[b] = a
    found = {}
    for cls, plan in reversed(program.plans.items()):
        made = re.search(rf"\nimpl {plan.rust} {{\n.*?pub fn new\(.*?\n}}\n", body, re.S)
        arguments = {names.snake(name): name for name in inspect.signature(cls.__init__).parameters}
        for name, line in plan.numbers.items() if made else ():
            if re.search(rf"^{re.escape(line)}$", made[0], re.M) is None:
                continue
            of = arguments.get(name)
            if of is None:
                # `width` of a configuration's is one number wherever that is given.
                holds = (other for other in arguments.values() if name in map(names.snake, getattr(plan.given[0].get(other), "__dict__", ())))
                of = next(holds, None)
            if of is not None:
                told = line.removeprefix("let ").removesuffix(";")
                found.setdefault((root((cls, of)), name if of != arguments.get(name) else ""), {}).setdefault(told, []).append(plan.rust)
    for places in found.values():
        if sum(map(len, places.values())) > 1:
            program.report.repeated("; ".join(f"`{told}` of {', '.join(classes)}" for told, classes in places.items()))
