"""The methods that make containers for `__init__`, `_make_layer` say, as functions beside `new`."""

import ast
import copy
import re

from . import construction, loops, names, source
from .report import Untranslated


def made(plan, name):
    """For each instance, the call of a method that made the member; or None."""
    recorder, found = plan.program.recorder, []
    for instance in plan.instances:
        calls = recorder.made_by.get(id(instance._modules.get(name)), [])
        if len(calls) != 1 or calls[0].owner is not instance:
            return None
        found.append(calls[0])
    function = found[0].function
    if any(call.function is not function for call in found):
        return None
    if function not in plan.methods:
        every = [call for call in recorder.calls[function] if any(call.owner is instance for instance in plan.instances)]
        plan.methods[function] = Method.of(plan, function, every)
    method = plan.methods[function]
    if method is None:
        return None
    return [method.make(call) for call in found]


class Method:
    """What `loops` asks of a plan: the calls of a method are its instances."""

    def __init__(self, plan, function, calls):
        self.program, self.cls, self.function, self.calls = plan.program, plan.cls, function, calls
        self.instances = [call.result for call in calls]
        self.arguments, self.lets, self.numbers, self.looped, self.base, self.all_given = {}, {}, {}, {}, None, None
        self.kept_loops = plan.kept_loops
        self.name = names.field(function.__name__.lstrip("_"))
        self.source, state = of_variables(source.of(function))
        self.given = [call.given | {name: call.state[name] for name in state} for call in calls]

    @classmethod
    def of(cls, plan, function, calls):
        """The method, or None where it is not understood."""
        built = None
        with loops.attempted(plan):
            method = cls(plan, function, calls)
            building = loops.Building(method, method.source, [call.log for call in calls])
            built = building.members([loops.RETURNED], plain=True)[loops.RETURNED]
        if built is None:
            return None
        method.type = built.type
        order = list(method.given[0])
        method.arguments = dict(sorted(method.arguments.items(), key=lambda one: order.index(one[0]) if one[0] in order else 99))
        taken = ", ".join(f"{name}: {type_}" for name, (_, type_) in method.arguments.items())
        lines = [*built.lines, built.code]
        for name in method.arguments:
            if f"let mut {name} = {name};" in lines:
                lines.remove(f"let mut {name} = {name};")
                taken = re.sub(rf"(^|, ){name}:", rf"\1mut {name}:", taken)
        body = "\n".join(lines)
        method.text = f"fn {method.name}({taken}) -> {method.type} {{\n{body}\n}}"
        return method

    def use(self, name):
        return construction.Plan.use(self, name)

    def number(self, name, value):
        return construction.Plan.number(self, name, value)

    def restore(self, before):
        construction.Plan.restore(self, before)

    def make(self, call):
        place = next(place for place, other in enumerate(self.calls) if other is call)
        return construction.Make(self, tuple((name, parts[place]) for name, (parts, _) in self.arguments.items()), ())

    def code(self, node):
        inside = ", ".join(self.program.code(part, self.arguments[name][1]) for name, part in node.by_place)
        return f"Self::{self.name}({inside})"


class Rewritten:
    """A source whose tree is another."""

    def __init__(self, written, node):
        self.function, self.file, self.node, self.place = written.function, written.file, node, written.place
        self.expressions = [part for part in ast.walk(node) if isinstance(part, ast.expr)]


def of_variables(written):
    """`self.inplanes`, which the method changes, as the variable `inplanes`; and the names of those."""
    stores = [node for node in ast.walk(written.node) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)]
    changed = {node.attr for node in stores if getattr(node.value, "id", "") == "self"}
    taken = {node.id for node in ast.walk(written.node) if isinstance(node, ast.Name)} | {a.arg for a in written.node.args.args}
    if changed & taken:
        raise Untranslated(written.node, "a member and a variable have one name")

    class Renamed(ast.NodeTransformer):
        def visit_Attribute(self, node):
            node = self.generic_visit(node)
            if node.attr in changed and getattr(node.value, "id", "") == "self":
                name = ast.copy_location(ast.Name(node.attr, node.ctx), node)
                name.number = node.number
                return name
            return node

    node = Renamed().visit(copy.deepcopy(written.node))
    # As an argument, by which the first value comes.
    node.args.args += [ast.arg(name) for name in sorted(changed)]
    return Rewritten(written, node), sorted(changed)
