"""Functions that make modules for `__init__`: methods, `_make_layer` say, as functions beside `new`, and those of the module, `conv3x3`."""

import ast
import copy
import inspect
import re

from . import construction, loops, names, source
from .expressions import Value
from .report import Untranslated


def made(plan, name):
    """For each instance, the call of a method that made the member; or None."""
    recorder, found = plan.program.recorder, []
    for instance in plan.instances:
        calls = recorder.made_by.get(id(instance._modules.get(name)), [])
        calls = [call for call in calls if call.owner is instance]
        if len(calls) != 1:
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


def of_the_module(program, function):
    """A function outside classes that makes modules, or None where it is not understood."""
    if function not in program.makers:
        program.makers[function] = None
        calls = program.recorder.calls.get(function, []) if inspect.isfunction(function) and "." not in function.__qualname__ else []
        if calls:
            program.makers[function] = Method.of(Outside(program), function, calls)
    return program.makers[function]


class Outside:
    """What a function outside classes has of a plan."""

    def __init__(self, program):
        self.program, self.cls, self.instances, self.kept_loops, self.counters = program, None, [], set(), {}
        self.arguments, self.lets = {}, {}

    def restore(self, before):
        construction.Plan.restore(self, before)


class Method:
    """What `loops` asks of a plan: the calls of a function are its instances."""

    def __init__(self, plan, function, calls):
        self.program, self.cls, self.function, self.calls = plan.program, plan.cls, function, calls
        self.instances = [call.result for call in calls]
        self.arguments, self.lets, self.numbers, self.looped, self.base, self.all_given = {}, {}, {}, {}, None, None
        self.kept_loops, self.counters = plan.kept_loops, {}
        self.name = names.field(function.__name__.lstrip("_"))
        self.source, state = of_variables(source.of(function))
        self.given = [call.given | {name: call.state[name] for name in state} for call in calls]
        # The members that it changes: by reference, where `new` can have them as variables.
        self.state = state if all(self.counts(plan, name) for name in state) else []
        self.passed = given_anywhere(self.program, function)
        # Is one outside classes called by what is written?
        self.called = False

    def counts(self, plan, name):
        """Is a member that this method changes a number of `new`, which nothing else changes?"""
        stores = [written for written in source.functions(plan.cls) for node in ast.walk(written.node)
                  if isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Store)]
        others = [written for written in stores if written.function is not self.function]
        if [written.function for written in others] != [inspect.unwrap(plan.cls.__init__)]:
            return False
        firsts = []
        for instance in plan.instances:
            mine = [call for call in self.calls if call.owner is instance]
            made_ = [child for child in instance.children() if any(child is call.result for call in mine)]
            if not mine or [id(child) for child in made_] != [id(call.result) for call in mine]:
                return False
            firsts.append(mine[0].state[name])
        return type(firsts[0]) is int and all(first == firsts[0] for first in firsts)

    @classmethod
    def of(cls, plan, function, calls):
        """The function, or None where it is not understood."""
        from .variables import Variables

        done = None
        with loops.attempted(plan):
            method = cls(plan, function, calls)
            building = Variables(method, method.source, [call.log for call in calls], True)
            method.write(building)
            done = method
        if done is not None:
            plan.counters |= {name: calls[0].state[name] for name in done.state}
        return done

    def write(self, building):
        value = building.returning().value
        stores = {node.id for node in building.come_by(self.source.node) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        self.state = [name for name in self.state if name in stores]
        if building.grown(value) is not None or not isinstance(value, ast.Call):
            built = building.members([loops.RETURNED], plain=True)[loops.RETURNED]
            lines, code, self.type = built.lines, built.code, built.type
        else:
            lines, code, types = building.one(value)
            self.type = types
        order = [*self.state, *(name for name in self.given[0] if name not in self.state)]
        self.arguments = dict(sorted(self.arguments.items(), key=lambda one: order.index(one[0]) if one[0] in order else 99))
        taken, lines = [], [*lines, code]
        for name, (_, type_) in self.arguments.items():
            before = f"let mut {name} = {name};"
            by_reference = name in self.state
            changes = before in lines and not by_reference
            taken.append(f"{'mut ' if changes else ''}{name}: {'&mut ' if by_reference else ''}{type_}")
            lines = [line for line in lines if line != before]
            if by_reference:
                lines = [re.sub(rf"(?<!\w)(?<![^.]\.){name}\b(?!\()", f"*{name}", line) for line in lines]
        if any(name not in self.arguments for name in self.state):
            raise Untranslated(self.source.node, "what it changes is not read")
        body = "\n".join(lines)
        self.text = f"fn {self.name}({', '.join(taken)}) -> {self.type} {{\n{body}\n}}"

    def use(self, name):
        return construction.Plan.use(self, name)

    def number(self, name, value):
        """An argument that some call gives is one, though it be the same in all."""
        if isinstance(value, (list, tuple)) or name not in self.passed:
            return construction.Plan.number(self, name, value) if isinstance(value, (list, tuple)) else None
        found, kind = self.use(name), construction.kinds.of(value)
        return Value(found.code, kind, "copy") if construction.SIMPLE.get(kind) == found.type else None

    def member(self, name):
        return None

    def restore(self, before):
        construction.Plan.restore(self, before)

    def make(self, call):
        place = next(place for place, other in enumerate(self.calls) if other is call)
        return construction.Make(self, tuple((name, parts[place]) for name, (parts, _) in self.arguments.items()), ())

    def code(self, node):
        inside = [
            f"&mut {name}" if name in self.state else self.program.code(part, self.arguments[name][1]) for name, part in node.by_place
        ]
        return f"{'Self::' if self.cls else ''}{self.name}({', '.join(inside)})"


class Rewritten:
    """A source whose tree is another."""

    def __init__(self, written, node):
        self.function, self.file, self.node, self.place = written.function, written.file, node, written.place
        self.expressions = [part for part in ast.walk(node) if isinstance(part, ast.expr)]
        self.numbers = {}


def given_anywhere(program, function):
    """The parameters that some call in an `__init__`, or in what it calls, gives."""
    parameters = [name for name in inspect.signature(function).parameters if name != "self"]
    found = set()
    for other in program.recorder.makers:
        for node in source.of(other).expressions:
            if isinstance(node, ast.Call) and function.__name__ in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
                found |= {*parameters[: len(node.args)], *(keyword.arg for keyword in node.keywords)}
    return found


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
