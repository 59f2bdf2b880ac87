"""Buffers and plain tensors that the weights do not bring: `new` computes them as Python's `__init__` does."""

import ast
import contextlib
import copy
import inspect
import re
from dataclasses import dataclass, field

import torch
from torch import nn

from . import construction, draws, kinds, names, source
from .calls import Calls
from .expressions import Value
from .functions import Function
from .kinds import TENSOR, Kind
from .report import Untranslated


def buffer(plan, name, plain=False):
    """What makes the buffer, or the plain tensor, or the todo! that stands for it."""
    what, type_ = ("tensor", "Tensor") if plain else ("buffer", "nn::Buffer")
    try:
        function, statement, node = found(plan, name)
        lines, value = translated(plan, function, statement, node)
        if value.kind != TENSOR:
            raise Untranslated(node, f"the {what} `{name}` is made of a {value.kind}")
        without_self(node, [*lines, value.code])
        code = value.owned if plain else f"nn::Buffer::new({value.owned})"
        return construction.Computed(placed(plan, function, name, lines, code, type_), type_)
    except Untranslated as error:
        place = f"{plan.program.file_of(plan.cls)}:{error.line or plan.program.line_of(plan.cls)}"
        error.by_hand = f"compute the {what} `{name}`, which is not part of the weights"
        words = plan.program.report.todo(place, error).replace("\\", "\\\\").replace('"', '\\"')
        return construction.Computed(f'todo!("{words}")', type_)


def initialising(plan, function):
    """What translates the statements of an `__init__`, or of a method that it calls."""
    if function not in plan.initialising:
        plan.initialising[function] = Initialising(plan, function)
    return plan.initialising[function]


def translated(plan, function, statement, node):
    """An expression of `__init__`, or of a method that it calls, and the statements that it needs."""
    of = initialising(plan, function)
    return of.before(statement, node), of.value(node)


def without_self(node, lines):
    """There is none in `new`."""
    if any(re.search(r"\bself\b", line) for line in lines):
        raise Untranslated(node, "a method computes it, of the model that is being made")


@dataclass
class Maker:
    """A method that makes one tensor: a function beside `new`, that returns it."""

    name: str
    parameters: dict
    lines: list
    code: str
    type: str
    member: str
    # What sets its values.
    steps: list = field(default_factory=list)

    @property
    def text(self):
        taken = ", ".join(f"{name}: {type_}" for name, type_ in self.parameters.items())
        end = [f"let {self.member} = {self.code};", *self.steps, self.member] if self.steps else [self.code]
        body = "\n".join([*self.lines, *end])
        return f"fn {self.name}({taken}) -> {self.type} {{\n{body}\n}}"


def placed(plan, function, name, lines, code, type_):
    """What makes a tensor, in the function that makes it alone, or in `new`: the Rust of the member."""
    maker = maker_of(plan, function, name, lines, code, type_)
    if maker is None:
        plan.statements += lines
        return code
    plan.makers[function] = maker
    return f"Self::{maker.name}({', '.join(maker.parameters)})"


def maker_of(plan, function, name, lines, code, type_):
    method = inspect.unwrap(getattr(plan.cls, function.__name__, None) or (lambda: None))
    if function.__name__ == "__init__" or method is not function or function in plan.program.functions_of(plan.cls):
        return None
    told, made = "\n".join([*lines, code]), set()
    for node in ast.walk(source.of(function).node):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and getattr(node.value, "id", "") == "self":
            made.add(node.attr)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("register_buffer", "register_parameter") and node.args:
            made.add(getattr(node.args[0], "value", None))
    if made != {name} or re.search(r"\bself\b", told):
        return None
    read, parameters = construction.words_of([told]), {}
    for given, (_, type_given) in plan.arguments.items():
        if given in read:
            parameters[given] = type_given
    for given, line in plan.numbers.items():
        value = ast.literal_eval(line.split(" = ", 1)[1].removesuffix(";")) if given in read and re.fullmatch(r"let \w+ = [-\d., \[\]e]+;", line) else None
        if given in read:
            of = value[0] if isinstance(value, list) else value
            if type(of) not in (int, float):
                return None
            inside = "i64" if isinstance(of, int) else "f64"
            parameters[given] = f"[{inside}; {len(value)}]" if isinstance(value, list) else inside
    if any(given in read for given in plan.lets):
        return None
    order = [names.snake(one) for one in plan.given[0]]
    parameters = dict(sorted(parameters.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order)))
    return Maker(names.field(function.__name__.lstrip("_")), parameters, lines, code, type_, names.field(name))


@contextlib.contextmanager
def tried(plan, of):
    """Nothing stays of what is not translated, nor a todo!: these values come with the weights."""
    program, report = plan.program, plan.program.report
    kept = [plan.arguments, plan.lets, plan.statements, program.signatures, report.todos, report.notes, report.others]
    kept += [of.written, of.scope, of.declared, of.narrowed, of.marks]
    before, known = [copy.copy(one) for one in kept], len(report.todos)
    try:
        yield
        for called in [function for function in program.signatures if function not in before[3] and source.stands_alone(function)]:
            Function(program, called, None).text()
        if len(report.todos) > known:
            raise Untranslated(None, report.todos[-1])
    except Untranslated:
        for one, old in zip(kept, before):
            one.clear()
            one.extend(old) if isinstance(one, list) else one.update(old)
        raise


def computed(plan, role, name, function, statement, node):
    """A parameter or a buffer, as Python computes it."""
    with tried(plan, initialising(plan, function)):
        lines, value = translated(plan, function, statement, node)
        if value.kind != TENSOR:
            raise Untranslated(node, f"it is made of a {value.kind}")
        without_self(node, [*lines, value.code])
    type_ = "nn::Parameter" if role == "parameter" else "nn::Buffer"
    return construction.Computed(placed(plan, function, name, lines, f"{type_}::new({value.owned})", type_), type_)


def listed(plan, name, function, statement, node):
    """`nn.ParameterList([nn.Parameter(torch.randn(8)) for _ in range(3)])`, as Python computes it."""
    inside = node.args[0] if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords else None
    calls = [part.func for part in ast.walk(source.of(function).node) if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)]
    grows = any(call.attr in ("append", "extend") and ast.unparse(call.value) == f"self.{name}" for call in calls)
    if not isinstance(inside, (ast.List, ast.ListComp)) or grows:
        raise Untranslated(node, "it is filled in another way")
    with tried(plan, initialising(plan, function)):
        lines, value = translated(plan, function, statement, inside)
        if value.kind != Kind("list", (TENSOR,)):
            raise Untranslated(node, f"it is made of a {value.kind}")
        without_self(node, [*lines, value.code])
        code = value.code.replace(".collect::<Vec<_>>()", ".collect()")
        if "nn::Parameter::new(" not in code:
            raise Untranslated(node, "its items are no parameters")
    type_ = "Vec<nn::Parameter>"
    return construction.Computed(placed(plan, function, name, lines, code, type_), type_)


def sized(plan, role, name, function, statement, node):
    """`torch.zeros(…)` by what its sizes are computed from; None where that tells no more than numbers."""
    sizes = draws.sizes(node)
    if node.keywords or not any(isinstance(part, (ast.BinOp, ast.Name, ast.Attribute)) for part in sizes):
        return None
    of = initialising(plan, function)
    with contextlib.suppress(Untranslated), tried(plan, of):
        lines = [line for size in sizes for line in of.before(statement, size)]
        told = [of.value(size) for size in sizes]
        if any(one.kind != kinds.INT for one in told):
            raise Untranslated(node, "its sizes are no whole numbers")
        type_ = "nn::Parameter" if role == "parameter" else "nn::Buffer"
        code = f"{type_}::new(torch::zeros([{', '.join(one.code for one in told)}]))"
        return construction.Computed(placed(plan, function, name, lines, code, type_), type_)
    return None


def found(plan, name):
    """The `__init__`, the statement and the expression that make a buffer, or set a plain tensor."""
    for function, statement in plan.draws.statements if plan.draws else ():
        made = draws.making(function, statement, name)
        if made is not None:
            return *made[:2], draws.bare(made[2])
    for written in plan.initial.sources:
        for statement in ast.walk(written.node):
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                call = statement.value
                given = dict(zip(("name", "tensor"), call.args)) | {k.arg: k.value for k in call.keywords}
                if getattr(call.func, "attr", "") == "register_buffer" and getattr(given.get("name"), "value", None) == name:
                    return written.function, statement, given["tensor"]
            if isinstance(statement, ast.Assign):
                target, value = statement.targets[0], statement.value
                if isinstance(target, ast.Attribute) and target.attr == name:
                    of_buffer = isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "Buffer"
                    return written.function, statement, value.args[0] if of_buffer else value
    raise Untranslated(None, f"where `__init__` makes the tensor `{name}` is not seen")


def sets(function, statement):
    """The variables that a statement sets, or whose tensors it changes: `x[0] += 1`, `x.mul_(2)`, `nn.init.normal_(x)`."""
    found = set(function.assigned([statement]))
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            found.add(getattr(node.value, "id", None))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.endswith("_"):
            found |= {part.id for part in (node.func.value, *node.args[:1]) if isinstance(part, ast.Name)}
    return found


class Initialising(Function):
    """Statements of `__init__`, whose names are arguments of `new`."""

    def __init__(self, plan, function):
        Calls.__init__(self, plan.program, source.of(function), plan)
        self.function, self.plan, self.signature = function, plan, None
        self.declared, self.marks, self.blocks, self.loops, self.growing = {}, set(), [0], 0, {}
        self.growths, self.parts = [], []
        self.changed, self.count, self.written = set(), 0, set()
        # How many operations are around what is translated.
        self.depth = 0

    def before(self, statement, node):
        """The statements that set what an expression reads, as far as they are not written yet."""
        line = source.flat(self.source.node.body, self.constant)
        if statement not in line:
            raise Untranslated(statement, "it is made under a condition")
        wanted, needed = set(source.names(node)), []
        for earlier in reversed(line[: line.index(statement)]):
            if wanted & sets(self, earlier):
                wanted |= set(source.names(earlier))
                needed.insert(0, earlier)
        lines = []
        for place, earlier in enumerate(needed):
            if earlier not in self.written:
                self.written.add(earlier)
                lines += self.statement(earlier, False, needed[place + 1 :])
        text = self.with_mut("\n".join(lines))
        return [text] if text else []

    def constant(self, node):
        if isinstance(node, ast.Constant):
            return (node.value,)
        if self.plan.draws and self.function in self.plan.draws.translators:
            return self.plan.draws.translators[self.function].constant(node)
        seen = self.seen(node)
        if seen and len(seen.values) == 1 and isinstance(seen.values[0], (bool, int, float, str, type(None))):
            return (seen.values[0],)
        return None

    def Attribute(self, node):
        """`config.block_size`"""
        known = self.constant(node)
        if known is not None and type(known[0]) in (bool, int, float):
            return self.named(node, known[0]) or self.Constant(ast.Constant(known[0]))
        return self.of_a_module_given(node) or super().Attribute(node)

    def of_a_module_given(self, node):
        """`linear.in_features`, where each instance is given another linear."""
        name = getattr(node.value, "id", None)
        modules = [given.get(name) for given in self.plan.given]
        values = [getattr(module, node.attr, None) for module in modules if isinstance(module, nn.Module)]
        if not values or len(values) < len(modules) or any(type(value) is not int for value in values):
            return None
        parts = [construction.Literal(value) for value in values]
        known = [argument for argument, (nodes, type_) in self.plan.arguments.items() if nodes == parts and type_ == "i64"]
        label = known[0] if known else names.snake(node.attr)
        if not known and label in self.plan.arguments | self.plan.lets:
            return None
        self.plan.arguments.setdefault(label, (parts, "i64"))
        return Value(label, kinds.INT, "copy")

    def Call(self, node):
        if self.python(node.func) is nn.Parameter and len(node.args) == 1 and not node.keywords:
            return Value(f"nn::Parameter::new({self.value(node.args[0]).owned})", TENSOR)
        return super().Call(node)

    def Subscript(self, node):
        known = self.constant(node)
        if known is not None and type(known[0]) in (int, float):
            return self.of_list(node) or self.Constant(ast.Constant(known[0]))
        return super().Subscript(node)

    def BinOp(self, node):
        self.depth += 1
        try:
            return super().BinOp(node)
        finally:
            self.depth -= 1

    def loop(self, target, items):
        self.depth += 1
        try:
            return super().loop(target, items)
        finally:
            self.depth -= 1

    def named(self, node, value):
        """A number with which something is computed, by its name."""
        name = node.id if isinstance(node, ast.Name) else node.attr
        held = isinstance(node, ast.Name) or getattr(node.value, "id", "") == "self"
        if not held or type(value) not in (int, float) or name in self.declared:
            return None
        return self.plan.number(name, value)

    def of_list(self, node):
        """`window_size[0]`, of a list that is always the same."""
        of, place = node.value, self.constant(node.slice)
        name = getattr(of, "attr", getattr(of, "id", None))
        mine = isinstance(of, ast.Attribute) and getattr(of.value, "id", "") == "self" or isinstance(of, ast.Name) and of.id not in self.declared
        if not mine or place is None or type(place[0]) is not int or place[0] < 0:
            return None
        values = [getattr(instance, name, given.get(name)) for instance, given in zip(self.plan.instances, self.plan.given)]
        first = values[0]
        if not isinstance(first, (list, tuple)) or any(value != first for value in values) or any(type(part) not in (int, float) for part in first):
            return None
        found = self.plan.number(name, list(first))
        return found and Value(f"{found.code}[{place[0]}]", found.kind.parts[0], "copy")

    def is_natural(self, node):
        # What a model is made with is known.
        return Calls.is_natural(self, node)

    def member(self, name):
        return None

    def of_self(self, node, name):
        return self.given(node, name, [getattr(instance, name, None) for instance in self.plan.instances])

    def Name(self, node):
        if node.id in self.scope:
            return super().Name(node)
        if all(node.id in given for given in self.plan.given):
            return self.given(node, node.id, [given[node.id] for given in self.plan.given])
        return super().Name(node)

    def given(self, node, name, values):
        """A literal where it is the same for all instances, an argument where it is not."""
        first = values[0]
        if isinstance(first, torch.Tensor):
            self.refuse(node, "is another tensor")
        if all(type(value) is type(first) and value == first for value in values):
            if isinstance(first, (tuple, list)) and all(type(part) is int for part in first):
                return Value(f"[{', '.join(map(str, first))}]", Kind("list", (kinds.INT,)), "place")
            return self.named(node, first) or self.Constant(ast.Constant(first))
        for other in self.plan.given[0] if self.plan.given else ():
            if all(other in given and construction.equal(given[other], value) for given, value in zip(self.plan.given, values)):
                return Value(self.plan.use(other).code, kinds.join(map(kinds.of, values)), "copy")
        self.refuse(node, "differs among the instances, by no argument of theirs")
