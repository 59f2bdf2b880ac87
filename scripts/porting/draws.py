"""The initial values that Python's `__init__` sets once the members are there, as statements of `new`.

`Log` makes the model once more, under the seed, and notes what sets or draws numbers: a layer of PyTorch's as it
is made, or a statement of the model's own. So no form has to be known to be seen: what is not translated is told,
and whether `new` draws in Python's order is compared, draw by draw, with what was noted.

`Draws` are those of one class. A statement that draws before other members are made stands before `Self`, and the
members that were there by then are variables; all others follow it:

    let model = Self { … };
    for m in model.modules() { … }
    model

A loop over modules is written class by class: of which class a module is, what it has and what it lacks is known
for each. What depends on which module it is, and not on its class, asks for the module's name.
"""

import ast
import copy
import inspect
import linecache
import re
import sys
import types
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from . import buffers, groups, kinds, layers, names, program, record, source
from .buffers import Initialising
from .calls import Calls
from .expressions import ATOM, COMPARE, MULTIPLY, UNARY, Value, text
from .functions import IGNORED
from .kinds import BOOL, INT, NONE, STR, TENSOR, Kind
from .report import Untranslated

TORCH, OURS = f"{Path(torch.__file__).parent}/", f"{Path(__file__).parent}/"
# What fills a tensor, as the functions of torch.nn.init.
FILLS = {"normal_": "normal_", "uniform_": "uniform_", "zero_": "zeros_", "fill_": "constant_"}
CHANGES = {"add_": "+", "sub_": "-", "mul_": "*", "div_": "/"}
# The tensors of layers that the crate's have under the same names.
TENSORS = {
    "weight", "bias", "in_proj_weight", "in_proj_bias", "q_proj_weight", "k_proj_weight", "v_proj_weight", "bias_k", "bias_v",
}
LOOPS = {"modules", "named_modules", "children", "named_children", "parameters", "named_parameters"}


# What Python did.


@dataclass(frozen=True)
class Event:
    """Something set or drew numbers: in the making of a layer, or by the model's own code."""

    layer: object  # the module of PyTorch's that was being made, or None
    owner: object  # the model's module whose `__init__` ran
    trail: tuple  # (function, line) of the model's code, from the innermost to that of the owner's `__init__`
    place: tuple  # (file, line) of the innermost
    draws: bool


class Log(TorchDispatchMode):
    """The events of a making, in their order."""

    def __init__(self):
        super().__init__()
        self.events, self.locals, self.functions = [], {}, {}
        # What memory a layer has written, as it was made, and what memory anything has.
        self.written, self.touched = set(), set()

    @classmethod
    def of(cls, make, model):
        """None, where a second making gives another model."""
        log = cls()
        try:
            with log:
                log.model = make()
        except Exception:
            # One that is not made while it is looked at.
            return None
        groups.found(log.model)
        # A parametrized layer is of a class that is made for it.
        shape = lambda model: [(name, type(module).__qualname__) for name, module in model.named_modules()]
        if shape(log.model) != shape(model):
            return None
        paths = {id(module): name for name, module in model.named_modules()}
        made = dict(log.model.named_modules())
        log.fresh = lambda module: made[paths[id(module)]]
        return log

    def close(self):
        """Gives the model's memory back."""
        for tensor in (*self.model.parameters(), *self.model.buffers()):
            tensor.data = tensor.data.new_empty(0)

    def __torch_dispatch__(self, func, types_, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        draws = torch.Tag.nondeterministic_seeded in func.tags
        written = [
            given for given, argument in zip(args, func._schema.arguments)
            if argument.alias_info is not None and argument.alias_info.is_write and isinstance(given, torch.Tensor)
        ]
        if draws or written:
            self.note(sys._getframe(1), draws, written)
        return result

    def note(self, frame, draws, written):
        self.touched |= {tensor.untyped_storage().data_ptr() for tensor in written}
        layer, trail, place = None, [], None
        while frame is not None:
            file, own = frame.f_code.co_filename, frame.f_locals.get("self")
            if file.startswith((TORCH, "<")):
                if isinstance(own, nn.Module) and frame.f_code.co_name == "__init__" and not trail:
                    layer = own
            elif layer is not None:
                place = (file, frame.f_lineno)
                break
            elif file.startswith(OURS):
                break
            else:
                place = place or (file, frame.f_lineno)
                function = self.function(frame, own)
                trail.append((function, frame.f_lineno))
                if isinstance(own, nn.Module) and function is not None:
                    self.locals[id(own), function] = dict(frame.f_locals)
                    if frame.f_code.co_name == "__init__":
                        self.events.append(Event(None, own, tuple(trail), place, draws))
                        return
            frame = frame.f_back
        if layer is not None:
            self.written |= {tensor.untyped_storage().data_ptr() for tensor in written}
        self.events.append(Event(layer, None, tuple(trail), place, draws))

    def function(self, frame, own):
        """The function that a frame runs."""
        code = frame.f_code
        if code not in self.functions:
            above = type(own).__mro__ if own is not None else ()
            found = [inspect.unwrap(f) for cls in above for f in vars(cls).values() if inspect.isfunction(f)]
            found.append(inspect.unwrap(frame.f_globals.get(code.co_name, lambda: None)))
            self.functions[code] = next((f for f in found if getattr(f, "__code__", None) is code), None)
        return self.functions[code]

    def watched(self):
        """The functions whose statements set something."""
        return [function for function in self.functions.values() if function is not None]

    def values(self, plan, name):
        """A tensor's initial values, in the instances."""
        return [getattr(self.fresh(instance), name, None) for instance in plan.instances]

    def contexts(self, plan, function):
        """For each instance, the names of a function of its `__init__` that have one value all along."""
        tree = source.of(function).node
        stored = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        loops = [node for node in ast.walk(tree) if isinstance(node, (ast.For, ast.While, ast.comprehension))]
        changing = {part.id for loop in loops for part in ast.walk(loop) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        found = []
        for instance in plan.instances:
            fresh = self.fresh(instance)
            given = (record.arguments(fresh) or {}) if function is inspect.unwrap(type(fresh).__init__) else {}
            known = {**given, **self.locals.get((id(fresh), function), {}), "self": fresh}
            found.append({name: value for name, value in known.items() if stored.count(name) < 2 and name not in changing})
        return found


# Statements, translated.


PURE = (
    ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Attribute, ast.Call, ast.Subscript,
    ast.Tuple, ast.List, ast.Slice, ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.expr_context,
)
CALLS = {"int", "round", "max", "min", "float", "bool", "abs", "isinstance", "hasattr", "getattr", "len", "str", "type", "issubclass"}
METHODS = {"find", "startswith", "endswith", "lower", "upper", "split"}


def is_pure(node):
    for part in ast.walk(node):
        if not isinstance(part, PURE):
            return False
        if isinstance(part, ast.Call):
            name = getattr(part.func, "id", None)
            if name not in CALLS and getattr(part.func, "attr", None) not in METHODS:
                return False
    return True


class Drawing(Initialising):
    """Statements that set initial values: of `__init__`, or of what it calls."""

    def __init__(self, plan, function, contexts):
        super().__init__(plan, function)
        self.contexts = contexts
        # What has a path of its own in a loop over modules: the variable.
        self.path, self.asked = None, False

    def made(self, lines):
        """With `mut` where something changes."""
        code = "\n".join(lines)
        for number in range(self.count):
            code = code.replace(f"\0{number}\0", "mut " if number in self.marks else "")
        return code.splitlines()

    # What is known.

    def seen(self, node):
        return super().seen(node) if hasattr(node, "number") else None

    def evaluated(self, node):
        """The value of an expression without effects in each context, or None."""
        if not self.contexts or not is_pure(node):
            return None
        code = compile(ast.Expression(node), "init", "eval")
        try:
            return [eval(code, self.function.__globals__, context) for context in self.contexts]
        except Exception:
            return None

    def constant(self, node):
        if isinstance(node, ast.Constant):
            return (node.value,)
        values = self.evaluated(node)
        if values and isinstance(values[0], (bool, int, float, str, type(None))):
            if all(type(value) is type(values[0]) and value == values[0] for value in values):
                return (values[0],)
        return None

    def by_name(self, node):
        """A test that depends on which module it is: the Rust that asks for its path, and the contexts where it holds."""
        values = self.evaluated(node)
        if values is None or self.path is None:
            return None
        there = {context["\0path"] for context, value in zip(self.contexts, values) if value}
        if any((context["\0path"] in there) != bool(value) for context, value in zip(self.contexts, values)):
            return None
        self.asked = True
        paths = [text(path) for path in sorted(there)]
        code = f"{self.path} == {paths[0]}" if len(paths) == 1 else f"[{', '.join(paths)}].contains(&{self.path}.as_str())"
        split = [[context for context, value in zip(self.contexts, values) if bool(value) == side] for side in (True, False)]
        return code, *split

    # Members, and what they have.

    def member(self, name):
        member = self.plan.member(name)
        return member if member is not None and member.role in ("module", "parameter", "buffer") else None

    def given(self, node, name, values):
        value = super().given(node, name, values)
        if value.code in self.plan.arguments and self.plan.draws:
            self.plan.draws.used = True
        return value

    def of_self(self, node, name):
        if self.member(name) is not None:
            return self.member(name).value(node)
        return super().of_self(node, name)

    def Attribute(self, node):
        if ast.unparse(node) in self.narrowed:
            return self.narrowed[ast.unparse(node)]
        if node.attr == "data":
            return self.value(node.value)
        return super().Attribute(node)

    def of_module(self, node, of, name=None):
        name = name or node.attr
        parents = self.evaluated(node.value)
        if parents is None:
            known = of.kind.cls in self.program.plans or of.kind.cls and layers.is_layer(of.kind.cls) and name in TENSORS
            return super().of_module(node, of, name) if known else self.refuse(node)
        if name in parents[0]._modules and isinstance(parents[0], nn.Sequential):
            places = {list(parent._modules).index(name) for parent in parents}
            if len(places) > 1:
                self.refuse(node, "stands at several places")
            return self.child(node, of, parents, places.pop())
        if type(parents[0]) in self.program.plans or type(parents[0]) is self.plan.cls:
            plan = self.plan if type(parents[0]) is self.plan.cls else self.program.plans[type(parents[0])]
            member, base = plan.member(name), plan.base_member()
            if member is not None and member.role != "attribute":
                value = member.value(node)
                return Value(value.code.replace("self", of.receiver, 1), value.kind, value.form, value.level, value.dyn)
            if base is None:
                self.refuse(node)
            of = Value(f"{of.receiver}.{base.name}", Kind("module", (), plan.base), "place")
        return self.of_layer(node, of, parents, name)

    def of_layer(self, node, of, parents, name):
        values = [getattr(parent, name, None) for parent in parents]
        if all(value is None or isinstance(value, torch.Tensor) for value in values) and name in TENSORS:
            code = f"{of.receiver}.{name}"
            normalises = isinstance(parents[0], (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm))
            if name == "weight" and not normalises:
                return Value(code, TENSOR, "place")
            if any(value is None for value in values):
                return Value(code, kinds.option(TENSOR), "place")
            return Value(f"{code}.as_ref().unwrap()", TENSOR, "ref")
        if all(type(value) is int for value in values) and isinstance(getattr(parents[0], "weight", None), torch.Tensor):
            # A size of the layer's is one of its weight's.
            weight = self.of_layer(node, of, parents, "weight")
            for place in range(parents[0].weight.dim()):
                if all(parent.weight.shape[place] == value for parent, value in zip(parents, values)) and place < 2:
                    return Value(f"{weight.receiver}.shape()[{place}]", INT, "copy")
        known = self.constant(node)
        if known is not None and isinstance(known[0], (bool, int, float)):
            return self.Constant(ast.Constant(known[0]))
        self.refuse(node)

    def child(self, node, of, parents, place):
        """The module at a place of a list."""
        found = [list(parent._modules.values())[place] for parent in parents]
        if len(set(map(type, found))) > 1:
            self.refuse(node, "is of several classes")
        kind = Kind("module", (), type(found[0]))
        dyn = "Forward" if isinstance(parents[0], nn.Sequential) else of.dyn
        if type(parents[0]) not in (nn.Sequential, nn.ModuleList):
            plan = self.program.plans.get(type(parents[0]))
            if plan is None or plan.base_member() is None:
                self.refuse(node)
            of = Value(f"{of.receiver}.{plan.base_member().name}", of.kind, "place", ATOM, plan.base_member().dyn)
        item = Value(f"{of.receiver}[{place}]", kind, "place", ATOM, dyn)
        if not dyn:
            return item
        return Value(f"{self.downcast(item, type(found[0]))}.unwrap()", kind, "ref")

    def Subscript(self, node):
        parents, place = self.evaluated(node.value), self.constant(node.slice)
        if parents and isinstance(parents[0], (nn.Sequential, nn.ModuleList)) and place and type(place[0]) is int:
            count = {len(parent) for parent in parents}
            if len(count) == 1:
                return self.child(node, self.value(node.value), parents, place[0] % count.pop())
        owners = self.evaluated(node.value.value) if isinstance(node.value, ast.Attribute) else None
        if owners and isinstance(owners[0], nn.Module) and isinstance(getattr(owners[0], "weight", None), torch.Tensor) and place:
            # `conv.kernel_size[0]`
            at = place[0] + 2 if node.value.attr == "kernel_size" else None
            if at is not None and all(owner.weight.dim() > at and owner.weight.shape[at] == owner.kernel_size[place[0]] for owner in owners):
                weight = self.of_layer(node, self.value(node.value.value), owners, "weight")
                return Value(f"{weight.receiver}.shape()[{at}]", INT, "copy")
        return super().Subscript(node)

    def type_of_class(self, node, cls):
        if cls is nn.modules.linear.NonDynamicallyQuantizableLinear:
            return "nn::OutProjection"
        if cls is self.plan.cls or cls in self.program.plans:
            return self.program.name_of(cls)
        if cls in (nn.Sequential,) or layers.is_layer(cls) and cls.__module__ != "torch.nn.utils.parametrize":
            return f"nn::{cls.__name__}"
        raise Untranslated(node, f"a {cls.__name__} is set as Python does it in a loop")

    def optional(self, node):
        of_self = isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self" and ast.unparse(node) not in self.narrowed
        member = self.member(node.attr) if of_self else None
        return self.value(node) if member is None else member.optional_value()

    def something(self, node):
        found = super().something(node)
        if found is not None and isinstance(node, ast.Attribute):
            name, code, (_, where, inside, dyn) = found
            return name, code, (ast.unparse(node), where, inside, dyn)
        return found

    # Expressions.

    def IfExp(self, node):
        known = self.constant(node.test)
        if known is not None:
            return self.value(node.body if known[0] else node.orelse)
        found = self.by_name(node.test)
        if found is None:
            return super().IfExp(node)
        test, *split = found
        whole, values = self.contexts, []
        for self.contexts, part in zip(split, (node.body, node.orelse)):
            values.append(self.value(part))
        self.contexts = whole
        if values[0].kind != values[1].kind or not values[0].kind.is_number:
            self.refuse(node)
        return Value(f"if {test} {{ {values[0].code} }} else {{ {values[1].code} }}", values[0].kind, "copy", COMPARE)

    def Compare(self, node):
        op, right = node.ops[0], node.comparators[0]
        if len(node.ops) == 1 and isinstance(op, (ast.In, ast.NotIn)) and not isinstance(right, (ast.Tuple, ast.List)):
            within, part = self.value(right), self.value(node.left)
            if within.kind == part.kind == STR:
                not_ = "!" if isinstance(op, ast.NotIn) else ""
                return Value(f"{not_}{within.receiver}.contains({part.code})", BOOL, "copy", UNARY if not_ else ATOM)
        return super().Compare(node)

    def Call(self, node):
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("startswith", "endswith") and len(node.args) == 1:
            of, part = self.value(node.func.value), self.value(node.args[0])
            if of.kind == part.kind == STR:
                return Value(f"{of.receiver}.{node.func.attr.replace('swith', 's_with')}({part.code})", BOOL, "copy")
        return super().Call(node)

    # Statements.

    def block(self, statements, tail=False):
        lines = []
        for place, statement in enumerate(statements):
            lines += self.statement(statement, False, statements[place + 1 :])
            if lines and lines[-1] in ("continue;", "return;"):
                break
        return lines

    def left_out(self, statement, left):
        pass

    def do_Return(self, statement, last, rest):
        if statement.value is not None:
            raise Untranslated(statement, "what is called gives a value")
        return ["return;"]

    def do_If(self, statement, last, rest):
        known = self.constant(statement.test)
        if known is not None:
            return self.block(statement.body if known[0] else statement.orelse)
        count = len(self.plan.arguments)
        try:
            return super().do_If(statement, last, rest)
        except Untranslated:
            found = self.by_name(statement.test) if len(self.plan.arguments) == count else None
            if found is None:
                raise
        test, *split = found
        whole, sides = self.contexts, []
        for self.contexts, part in zip(split, (statement.body, statement.orelse)):
            if any(self.lives(name) for name in self.assigned(part)):
                raise Untranslated(statement, "what is set under a condition is read later")
            sides.append(self.inner(part))
        self.contexts = whole
        body, orelse = sides
        if not body:
            return [f"if !({test}) {{", *orelse, "}"] if orelse else []
        return [f"if {test} {{", *body, *(["} else {", *orelse] if orelse else []), "}"]

    def do_With(self, statement, last, rest):
        call = statement.items[0].context_expr
        if len(statement.items) == 1 and isinstance(call, ast.Call) and self.python(call.func) is torch.no_grad:
            # What sets values has no gradient here.
            return self.block(statement.body)
        raise Untranslated(statement, f"`with {ast.unparse(call)}` has no Rust here")

    def do_For(self, statement, last, rest):
        call = statement.iter
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in LOOPS and not call.args and not call.keywords:
            return self.over_modules(statement, call)
        if isinstance(call, (ast.Tuple, ast.List)) and isinstance(statement.target, ast.Name):
            lines = []
            for part in call.elts:
                values = self.evaluated(part)
                value = self.value(part)
                if values is None or value.kind.name not in ("module", "Tensor"):
                    self.refuse(part)
                lines += self.bound_to(statement.target.id, value, values, statement.body)
            return lines
        lists = self.evaluated(call)
        if lists and all(isinstance(one, (nn.Sequential, nn.ModuleList)) for one in lists) and isinstance(statement.target, ast.Name):
            return self.over_list(statement, call, lists)
        self.forget([*self.assigned(statement.body), *self.assigned([ast.Assign([statement.target], call)])])
        return super().do_For(statement, last, rest)

    def over_list(self, statement, call, lists):
        """`for layer in self.layers:`"""
        target, whole, scope = statement.target.id, self.contexts, dict(self.scope)
        of, name = self.value(call), self.name(statement.target.id)
        contexts = [{**context, target: part} for context, one in zip(whole, lists) for part in one]
        if statement.orelse or any(len(set(map(id, one))) < len(one) for one in lists):
            self.refuse(call)
        classes = list(dict.fromkeys(type(context[target]) for context in contexts))
        try:
            if len(classes) == 1 and not of.dyn and not isinstance(lists[0], nn.Sequential):
                self.contexts, self.scope[target] = contexts, Value(name, Kind("module", (), classes[0]), "ref")
                lines, of_all = self.inner(statement.body), of.ref
            else:
                lines, of_all = self.by_class(statement, target, name, contexts, statement.body), f"{of.receiver}.children()"
        finally:
            self.contexts, self.scope = whole, scope
            self.forget(self.assigned(statement.body))
        return [f"for {name} in {of_all} {{", *lines, "}"] if lines else []

    def bound_to(self, name, value, values, body):
        """A body, in which a variable is this."""
        whole, scope = self.contexts, dict(self.scope)
        self.contexts = [{**context, name: one} for context, one in zip(whole, values)]
        self.scope[name] = value
        lines = self.block(body)
        self.contexts, self.scope = whole, scope
        return in_block(lines)

    def receiver(self, node):
        """(the Rust, what it is in each context)"""
        values = self.evaluated(node)
        if values is None or not all(isinstance(value, nn.Module) for value in values):
            self.refuse(node)
        return ("self" if getattr(node, "id", "") == "self" else self.value(node).receiver), values

    def over_modules(self, statement, call):
        """`for m in self.modules():`, and its relatives."""
        of, values = self.receiver(call.func.value)
        method = call.func.attr
        named, of_modules = method.startswith("named_"), method.endswith(("modules", "children"))
        targets = statement.target.elts if named and isinstance(statement.target, ast.Tuple) else [statement.target]
        if len(targets) != 1 + named or not all(isinstance(target, ast.Name) for target in targets) or statement.orelse:
            self.refuse(call)
        whole = self.contexts
        contexts = []
        for context, module in zip(whole, values):
            given = getattr(module, method if named else f"named_{method}")()
            for path, part in given:
                contexts.append({**context, **({targets[0].id: path} if named else {}), targets[-1].id: part, "\0path": path})
        scope, path, asked = dict(self.scope), self.path, self.asked
        name = self.name(targets[-1].id)
        self.path, self.asked = (self.name(targets[0].id) if named else "name"), False
        if self.path in (value.code for value in self.scope.values()) and not named:
            self.path = "path"
        try:
            if named:
                self.scope[targets[0].id] = Value(self.path, STR, "place")
            if of_modules:
                lines = self.by_class(statement, targets[-1].id, name, contexts, statement.body)
            else:
                self.contexts = contexts
                self.scope[targets[-1].id] = Value(name, TENSOR, "place")
                lines = self.inner(statement.body)
            written = "\n".join(lines)
            asked_here = self.asked or named and self.mentions(written, self.path)
            variable = self.path
        finally:
            self.contexts, self.scope, self.path, self.asked = whole, scope, path, asked
        if not lines:
            return []
        every = method.removeprefix("named_")
        if asked_here:
            pattern = f"({variable}, {name})" if self.mentions(written, name) else f"({variable}, _)"
            return [f"for {pattern} in {of}.named_{every}() {{", *lines, "}"]
        return [f"for {name} in {of}.{every}() {{", *lines, "}"]

    def by_class(self, statement, python, name, contexts, body):
        """The body for the modules of each class: `if let Some(m) = m.downcast_ref::<nn::Linear>() { … }`."""
        if any(isinstance(part, (ast.Break,)) for part in ast.walk(ast.Module(body, []))):
            raise Untranslated(statement, "a loop over modules is left early")
        outer = set(self.scope) & set(self.assigned(body))
        if outer:
            raise Untranslated(statement, f"`{sorted(outer)[0]}` is set in a loop over modules")
        branches, whole = [], self.contexts
        for cls in dict.fromkeys(type(context[python]) for context in contexts):
            self.contexts = [context for context in contexts if type(context[python]) is cls]
            self.scope[python] = Value(name, Kind("module", (), cls), "ref")
            self.first = statement.end_lineno
            lines = self.made(self.inner(body))
            while lines and lines[-1] in ("continue;", "return;"):
                lines.pop()
            lines = self.without_unread("\n".join([*lines, ""])).splitlines()
            if lines:
                if any(module._forward_pre_hooks for module in (context[python] for context in self.contexts)):
                    raise Untranslated(statement, f"a {cls.__name__} has hooks")
                branches.append((self.first, self.type_of_class(statement, cls), lines))
        self.contexts = whole
        found = []
        # In the order in which Python asks for the classes.
        for _, type_, lines in sorted(branches, key=lambda branch: branch[0]):
            asked, lines = only_if(lines)
            used = self.mentions("\n".join([asked, *lines]), name)
            test = f"let Some({name}) = {name}.downcast_ref::<{type_}>()" if used else f"{name}.downcast_ref::<{type_}>().is_some()"
            test += f" && {asked}" if asked else ""
            found[-1:] = [f"}} else if {test} {{" if found else f"if {test} {{", *lines, "}"]
        return found

    def statement(self, statement, last, rest):
        lines = super().statement(statement, last, rest)
        if lines and not isinstance(statement, (ast.If, ast.For)):
            self.first = min(getattr(self, "first", statement.lineno), statement.lineno)
        return lines

    def do_Expr(self, statement, last, rest):
        node = statement.value
        if isinstance(node, ast.Constant):
            return []
        if not isinstance(node, ast.Call):
            self.refuse(node)
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in IGNORED:
            return []
        thing = self.python(node.func)
        if thing is not None and vars(nn.init).get(name) is thing:
            return [f"{self.fill(node, name, node.args, node.keywords)};"]
        if isinstance(node.func, ast.Attribute) and thing is None:
            of = node.func.value
            if name == "apply" and len(node.args) == 1:
                return self.applied(statement, of, node.args[0])
            if getattr(of, "id", "") == "self":
                method = getattr(self.plan.cls, name, None)
                if isinstance(method, types.FunctionType) and not self.program.is_theirs(method):
                    return self.called(statement, node, inspect.unwrap(method), True)
            elif name in FILLS:
                return [f"{self.fill(node, FILLS[name], [of, *node.args], self.renamed(node.keywords, name))};"]
            elif name in CHANGES and len(node.args) == 1 and not node.keywords:
                return self.change(of, CHANGES[name], self.value(node.args[0]))
            elif name == "copy_" and len(node.args) == 1:
                return [f"torch::no_grad(|| {self.value(of).receiver}.shallow_clone().copy_({self.value(node.args[0]).ref}));"]
        if isinstance(thing, types.FunctionType) and not self.program.is_theirs(thing):
            return self.called(statement, node, inspect.unwrap(thing), False)
        self.refuse(node)

    def renamed(self, keywords, method):
        """`tensor.uniform_(from, to)` has other names."""
        other = {"from": "a", "to": "b", "value": "val"}
        return [ast.keyword(other.get(keyword.arg, keyword.arg), keyword.value) for keyword in keywords]

    def fill(self, node, name, args, keywords):
        """A call of nn::init."""
        given = list(args) or [keyword.value for keyword in keywords if keyword.arg == "tensor"]
        if not given:
            self.refuse(node)
        tensor = self.value(given[0])
        if tensor.kind != TENSOR:
            self.refuse(node, f"fills a {tensor.kind}")
        rest = [keyword for keyword in keywords if keyword.arg != "tensor"]
        call = ast.copy_location(ast.Call(node.func, list(args)[1:], rest), node)
        return self.of_the_crate(call, ("nn.init", name), tensor).code

    def of_a_function(self, node, thing):
        if thing is nn.init.calculate_gain:
            value = self.of_the_crate(node, ("nn.init", "calculate_gain"))
            return Value(value.code, kinds.FLOAT, "copy")
        return super().of_a_function(node, thing)

    def change(self, target, symbol, value):
        """`weight.data *= 0.5`, without a gradient."""
        of = self.value(target)
        if of.kind != TENSOR or symbol not in "*/+-":
            self.refuse(target)
        operation = {"+": "add", "-": "sub", "*": "mul", "/": "div"}[symbol]
        if value.kind.is_number:
            changed = f"g_{operation}_scalar_({value.code})"
        elif value.kind == TENSOR:
            changed = f"g_{operation}_({value.ref})"
        else:
            self.refuse(target)
        return ["torch::no_grad(|| {", f"let _ = {of.receiver}.shallow_clone().{changed};", "});"]

    def unpack(self, statement, target, node):
        """`fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(weight)`"""
        if not isinstance(node, ast.Call) or self.python(node.func) is not nn.init._calculate_fan_in_and_fan_out:
            return super().unpack(statement, target, node)
        values, weight = self.evaluated(node.args[0]), self.value(node.args[0])
        count = {value.dim() for value in values or () if isinstance(value, torch.Tensor)}
        if len(count) != 1 or not all(isinstance(part, ast.Name) for part in target.elts):
            self.refuse(node)
        sizes = [f"{weight.receiver}.shape()[{place}]" for place in range(count.pop())]
        lines = []
        for part, first in zip(target.elts, (1, 0)):
            if self.is_read(part.id) and part.id != "_":
                code = " * ".join([sizes[first], *sizes[2:]])
                lines += self.set(part.id, Value(code, INT, "copy", ATOM if len(sizes) < 3 else MULTIPLY), node)
        return lines

    def do_AugAssign(self, statement, last, rest):
        if isinstance(statement.target, ast.Name):
            return super().do_AugAssign(statement, last, rest)
        symbol = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}.get(type(statement.op), "?")
        target = copy.copy(statement.target)
        target.ctx = ast.Load()
        return self.change(target, symbol, self.value(statement.value))

    def assign(self, statement, target, node):
        if isinstance(target, ast.Subscript):
            of, value = self.value(target.value), self.value(node)
            if of.kind != TENSOR:
                self.refuse(target)
            code = value.code if value.kind != TENSOR or value.form == "owned" else value.ref
            return [f"torch::no_grad(|| {of.receiver}.set_i({self.index(target.slice)}, {code}));"]
        if not isinstance(target, ast.Name):
            return super().assign(statement, target, node)
        known, values = self.constant(node), self.evaluated(node)
        self.forget([target.id])
        if known is not None and isinstance(known[0], (bool, str, type(None))):
            lines, self.scope[target.id] = [], self.Constant(ast.Constant(known[0]))
        else:
            try:
                lines = super().assign(statement, target, node)
            except Untranslated:
                if values is None:
                    raise
                # It is asked about, and not read.
                lines = []
                self.scope.pop(target.id, None)
        if values is not None:
            self.contexts = [{**context, target.id: value} for context, value in zip(self.contexts, values)]
        return lines

    def forget(self, names_):
        """What was known of variables."""
        self.contexts = [{name: value for name, value in context.items() if name not in names_} for context in self.contexts]

    def inner(self, statements, tail=False):
        whole = self.contexts
        lines = super().inner(statements, tail)
        self.contexts = whole
        self.forget(self.assigned(statements))
        return lines

    # What is called.

    def applied(self, statement, of, given):
        """`self.apply(self._init_weights)`"""
        receiver, values = self.receiver(of)
        function = self.python(given)
        if isinstance(given, ast.Attribute) and getattr(given.value, "id", "") == "self":
            function = getattr(self.plan.cls, given.attr, None)
        function = inspect.unwrap(function) if function is not None else None
        if not isinstance(function, types.FunctionType) or self.program.is_theirs(function):
            self.refuse(given, "is no function of the model's")
        method = isinstance(given, ast.Attribute) and self.python(given) is None
        static = isinstance(inspect.getattr_static(self.plan.cls, function.__name__, None), staticmethod)
        parameters = list(inspect.signature(function).parameters)[1 if method and not static else 0 :]
        others = list(inspect.signature(function).parameters.values())[-len(parameters) + 1 :] if len(parameters) > 1 else []
        if not parameters or any(other.default is other.empty for other in others):
            self.refuse(given, "takes other arguments than one module")
        defaults = {other.name: other.default for other in others}
        contexts = [
            {**({"self": context["self"]} if method else {}), **defaults, parameters[0]: part}
            for context, module in zip(self.contexts, values) for part in reversed(list(module.modules()))
        ]
        inside = Drawing(self.plan, function, contexts)
        for name, value in defaults.items():
            inside.scope[name] = inside.Constant(ast.Constant(value))
        name = inside.name(parameters[0])
        lines = inside.made(inside.by_class(inside.source.node, parameters[0], name, contexts, inside.source.node.body))
        return [f"{receiver}.apply(|{name}| {{", *lines, "});"] if lines else []

    def called(self, statement, node, function, method):
        """A function of the model's that sets values, in the place of its call."""
        try:
            bound = self.bound(node, function, method)
        except TypeError:
            self.refuse(node)
        contexts = [{"self": context["self"]} if method else {} for context in self.contexts]
        inside, lets = Drawing(self.plan, function, contexts), []
        defaults = {p.name: p.default for p in inspect.signature(function).parameters.values() if p.default is not p.empty}
        of_default = lambda value: ast.copy_location(ast.Constant(value), node)
        for name, part in {**{name: of_default(value) for name, value in defaults.items()}, **bound}.items():
            if name == "self" or part is None:
                continue
            values = self.evaluated(part)
            if values is not None:
                for context, value in zip(contexts, values):
                    context[name] = value
            known = self.constant(part)
            value = self.Constant(ast.Constant(known[0])) if known else self.value(part)
            if value.form == "owned" or value.level < ATOM:
                small = inside.name(name)
                lets.append(f"let {small} = {value.code};")
                value = Value(small, value.kind, "place" if value.kind == TENSOR else value.form, ATOM)
            inside.scope[name] = value
        stored = {part.id for part in ast.walk(inside.source.node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        inside.contexts = [{name: value for name, value in context.items() if name not in stored} for context in contexts]
        lines = inside.made(lets + inside.block(inside.source.node.body))
        while lines and lines[-1] == "return;":
            lines.pop()
        if "return;" in lines:
            raise Untranslated(statement, "what is called may return early")
        return in_block(lines)


def in_block(lines):
    """With their variables to themselves."""
    depth = 0
    for line in lines:
        if depth == 0 and line.startswith("let "):
            return ["{", *lines, "}"]
        depth += line.count("{") - line.count("}")
    return lines


def only_if(lines):
    """(its test, what is inside) of lines that are one `if` without an `else`, else ("", the lines)."""
    if not lines[0].startswith("if ") or not lines[0].endswith(" {") or lines[-1] != "}":
        return "", lines
    depth = 0
    for line in lines[:-1]:
        depth += line.count("{") - line.count("}")
        if depth < 1 or line.startswith("}") and depth == 1:
            return "", lines
    test = lines[0][3:-2]
    return f"({test})" if "||" in test else test, lines[1:-1]


# A class's.


@dataclass
class Step:
    """A statement of `__init__`, or of a method that it calls, that sets or draws numbers."""

    function: object
    statement: ast.stmt
    lines: list = None  # its Rust, or None where it is not translated
    first: int = None  # its first event's number, in the first instance
    draws: bool = False
    early: bool = False
    of_new: bool = False  # are there arguments of `new` in it?
    leads: tuple = ()  # the statements that set variables for it, before it


class Draws:
    def __init__(self, plan):
        self.plan, self.log = plan, plan.program.log
        self.fresh = [self.log.fresh(instance) for instance in plan.instances]
        self.translators, self.untold = {}, set()
        # By member: how a tensor of the class's own is made, and the step that sets it at once.
        self.makings, self.fills = {}, {}
        # The members whose memory nothing sets.
        self.empty = set()
        # Those that `new` calls, by their names.
        self.methods = {}
        self.statements = []
        if not groups.is_group(plan.cls):
            self.flatten(inspect.unwrap(plan.cls.__init__), plan.cls)

    def translator(self, function):
        if function not in self.translators:
            self.translators[function] = Drawing(self.plan, function, self.log.contexts(self.plan, function))
        return self.translators[function]

    def flatten(self, function, cls):
        """The statements of `__init__` in the order in which they run, those of the methods that make members among them."""
        if record.is_theirs(function) or not isinstance(function, types.FunctionType):
            return
        try:
            translator = self.translator(function)
        except Untranslated:
            return
        todo = list(translator.source.node.body)
        while todo:
            statement = todo.pop(0)
            if isinstance(statement, ast.If):
                known = translator.constant(statement.test)
                if known is not None:
                    todo[:0] = statement.body if known[0] else statement.orelse
                    continue
            call = statement.value if isinstance(statement, ast.Expr) else None
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                of, name = call.func.value, call.func.attr
                if isinstance(of, ast.Call) and getattr(of.func, "id", "") == "super" and name == "__init__":
                    above = source.above(self.plan.cls, function, "__init__")
                    if above is not None:
                        self.flatten(above, cls)
                    continue
                method = getattr(self.plan.cls, name, None) if getattr(of, "id", "") == "self" else None
                if isinstance(method, types.FunctionType) and not call.args and not call.keywords and makes(inspect.unwrap(method)):
                    self.flatten(inspect.unwrap(method), cls)
                    continue
            self.statements.append((function, statement))

    @property
    def functions(self):
        return list(dict.fromkeys(function for function, _ in self.statements))

    # Tensors of the class's own.

    def tensor(self, name, role):
        """What makes it, or None where it is zeros until something sets it."""
        values = self.log.values(self.plan, name)
        inside = [(function, part) for function, statement in self.statements for part in ast.walk(statement) if isinstance(part, ast.stmt)]
        found = next((made for made in map(lambda one: making(*one, name), inside) if made), None)
        if found is None:
            self.untold.add(name)
            return None
        function, statement, node = found
        self.makings[name] = function, statement
        node, filled = bare(node), None
        if isinstance(node, ast.Call):
            # `torch.empty(8).normal_(std=0.02)` and `nn.init.normal_(torch.empty(8))`
            method = getattr(node.func, "attr", "")
            if method in FILLS and isinstance(node.func, ast.Attribute) and begins(node.func.value):
                filled, node = ast.Call(ast.Attribute(attribute(node, name), method, ast.Load()), node.args, node.keywords), node.func.value
            elif method in vars(nn.init) and "init" in ast.unparse(node.func) and node.args and begins(node.args[0]):
                filled, node = ast.Call(node.func, [attribute(node, name), *node.args[1:]], node.keywords), node.args[0]
        if filled is not None:
            filled = ast.fix_missing_locations(ast.copy_location(ast.Expr(ast.copy_location(filled, statement)), statement))
            place = next((i for i, (_, other) in enumerate(self.statements) if other is statement), None)
            if place is None:
                # Under a condition.
                self.untold.add(name)
                return None
            self.statements.insert(place + 1, (function, filled))
            self.fills[id(statement)] = filled
        if begins(node) and "zeros" not in ast.unparse(node.func):
            if any(value is not None and value.untyped_storage().data_ptr() not in self.log.touched for value in values):
                self.empty.add(name)
        if begins(node) or not any(value is not None and bool(value.any()) for value in values):
            return None
        try:
            if any(value is None for value in values):
                raise Untranslated(statement, f"`{name}` is there in some instances alone")
            return buffers.computed(self.plan, role, function, statement, node)
        except Untranslated:
            self.untold.add(name)
            return None

    # Steps.

    def plan_steps(self):
        """Which statements set something, and their Rust."""
        plan, self.steps, self.told = self.plan, [], set()
        numbers = {id(fresh): [] for fresh in self.fresh}
        for number, event in enumerate(self.log.events):
            if id(event.owner) in numbers:
                numbers[id(event.owner)].append((number, event))
        made = {id(statement) for _, statement in self.makings.values()}
        led = self.led = {id(statement) for of in plan.initialising.values() for statement in of.written}
        for function, statement in self.statements:
            step = Step(function, statement)
            hits = [
                (number, event) for events in numbers.values() for number, event in events if self.is_of(event, function, statement)
            ]
            if not hits or id(statement) in made or id(statement) in led or is_local(statement):
                continue
            first = [number for number, event in hits if event.owner is self.fresh[0]]
            step.first, step.draws = min(first, default=None), any(event.draws for _, event in hits)
            self.used = False
            of = self.translator(function)
            whole = of.contexts
            try:
                with buffers.tried(plan, of):
                    lead, step.leads = self.before(of, function, statement)
                    lines = of.made([*lead, *of.statement(statement, False, [])])
                step.lines = lines
            except Untranslated:
                of.contexts, step.leads = whole, ()
            self.steps.append(step)
            step.of_new = self.used
            if step.lines is not None:
                self.told |= {id(statement), *map(id, step.leads)}

    def before(self, of, function, statement):
        """The statements that set the variables which this one reads, as far as they are not written yet."""
        line = [other for f, other in self.statements if f is function]
        wanted, needed = set(source.names(statement)), []
        for earlier in reversed(line[: line.index(statement)]):
            if wanted & buffers.sets(of, earlier):
                wanted |= set(source.names(earlier))
                needed.insert(0, earlier)
        lines, written = [], []
        for place, earlier in enumerate(needed):
            if id(earlier) in self.told:
                continue
            known = [of.evaluated(ast.copy_location(ast.Name(name, ast.Load()), earlier)) for name in of.assigned([earlier])]
            if known and all(values and isinstance(values[0], nn.Module) for values in known):
                # A module, which is asked for by its place.
                continue
            written.append(earlier)
            lines += of.statement(earlier, False, needed[place + 1 :])
        return lines, written

    def is_of(self, event, function, statement):
        return any(f is function and covers(statement, line) for f, line in event.trail)

    # The order.

    def arrange(self):
        """Which members are variables before `Self`, and in which order all are made."""
        plan = self.plan
        fresh = self.fresh[0]
        self.order = [member for member in plan.members if member.type and member.role != "shared"]
        firsts, draws = {}, {}
        for member in self.order:
            inside = self.modules_of(plan.instances[0], member)
            ids = {id(self.log.fresh(module)) for module in inside}
            making_ = self.makings.get(member.python)
            for number, event in enumerate(self.log.events):
                mine = id(event.layer) in ids or id(event.owner) in ids and event.owner is not fresh
                if making_ and event.owner is fresh and self.is_of(event, *making_):
                    mine = True
                if mine:
                    firsts.setdefault(member.name, number)
                    if event.draws:
                        draws.setdefault(member.name, number)
        for step in reversed([step for step in self.steps if step.lines is not None and step.first is not None]):
            for name in fields(step.lines):
                # What draws nothing, as `torch.empty`, is made where it is needed.
                making_ = next((self.makings.get(member.python) for member in self.order if member.name == name), None)
                if name not in firsts or making_ and id(making_[1]) in self.fills:
                    firsts[name] = step.first - 0.5
                    draws.pop(name, None)
        last = max(draws.values(), default=-1)
        early = [step for step in self.steps if step.lines is not None and step.draws and step.first is not None and step.first < last]
        end = max((step.first for step in early), default=-1)
        self.shares = bool(plan.program.places.shared.get(plan.cls)) or any("nn::Shared" in member.type for member in self.order)
        if not self.shares:
            # Python's order, where members draw.
            place, keys = -1, {}
            for member in self.order:
                place = draws.get(member.name, place)
                keys[member.name] = place
            drawn = [draws[member.name] for member in self.order if member.name in draws]
            if drawn != sorted(drawn):
                self.order.sort(key=lambda member: keys[member.name])
        self.lets = []
        if end >= 0 and not self.shares:
            whole = lambda step: any(re.search(r"\bself\b(?!\.\w+\b(?!\())", line) for line in step.lines)
            before = [step for step in self.steps if step.lines is not None and step.first is not None and step.first <= end]
            if not any(whole(step) for step in before):
                self.lets = [member for member in self.order if firsts.get(member.name, end) < end]
                if fields([line for step in before for line in step.lines]) <= {member.name for member in self.lets}:
                    for step in before:
                        step.early = True
                    # What draws nothing stays beside what does.
                    made = {member.name for member in self.lets}
                    for step in self.steps:
                        if step.lines is not None and step.first is not None and end < step.first < last and not whole(step):
                            step.early = fields(step.lines) <= made
                else:
                    self.lets = []
        looped = [] if self.shares else [member for member in self.order if member.lines is not None]
        if looped:
            # What a loop makes is a variable, and so is what Python makes before it.
            at = max(firsts.get(member.name, -1) for member in looped)
            earlier = lambda member: member.role != "attribute" and firsts.get(member.name, at + 1) < at
            self.lets = [member for member in self.order if member in self.lets or member in looped or earlier(member)]
            for member in looped:
                # What has no numbers, dropouts say, is made when what stands before it is.
                firsts.setdefault(member.name, max((firsts.get(o.name, -1) for o in self.order[: self.order.index(member)]), default=-1))
        self.firsts = firsts

    @staticmethod
    def modules_of(instance, member):
        if member.role == "base":
            return [child for child in instance.modules() if child is not instance] + [instance]
        of = instance._modules.get(member.python) if member.role == "module" else None
        return list(of.modules()) if of is not None else []

    def written(self, member, code):
        """`let fc = …;`, with its type where nothing else tells it."""
        type_ = f": {member.type}" if code.endswith("collect()") or "dyn" in member.type else ""
        return f"let {member.name}{type_} = {code};"

    def of_new(self, codes, literal, ties):
        """The body of `new`, of the code of each member and what the literal holds of it."""
        written = lambda member: [self.written(member, codes[member.name])] if member.lines is None else member.lines
        early = sorted(
            [(self.firsts[member.name], 0, written(member)) for member in self.lets]
            + [(step.first, 1, [re.sub(r"\bself\.", "", line) for line in step.lines]) for step in self.steps if step.early],
            key=lambda part: part[:2],
        )
        lines = []
        for _, _, part in early:
            lines += program.written_once(part, lines)
        inside = {member.name for member in self.lets if member.lines is None or codes[member.name] == member.name}
        values = [member.name if member.name in inside else literal[member.name] for member in self.order]
        made = f"Self {{ {', '.join(values)} }}"
        late = [step for step in self.steps if step.lines and not step.early]
        if not late and not ties:
            return [*lines, made]
        # Two layers have each drawn a parameter before they are given one.
        order = [id(statement) for _, statement in self.statements]
        tied = next((i for i, (_, statement) in enumerate(self.statements) if ties and gives_one(statement)), -1)
        parts = [[], []]
        for step in late:
            method = self.method(step)
            lines_ = [f"self.{method}();"] if method else step.lines
            parts[order.index(id(step.statement)) > tied] += [re.sub(r"\bself\b", "model", line) for line in lines_]
        return [*lines, f"let {'mut ' if ties else ''}model = {made};", *parts[0], *ties, *parts[1], "model"]

    def method(self, step):
        """The name of the method that `self.reset_parameters()` calls, which is one in Rust as well."""
        call = getattr(step.statement, "value", None)
        if not isinstance(call, ast.Call) or getattr(getattr(call.func, "value", None), "id", "") != "self" or call.args or call.keywords:
            return None
        if call.func.attr == "apply" or step.leads:
            return None
        name, lines = names.field(call.func.attr.lstrip("_")), step.lines
        taken = {self.plan.program.name_of_method(function, self.plan.cls) for function in self.plan.program.functions_of(self.plan.cls)}
        if name in taken | {"new", "forward"} or step.of_new:
            return None
        body = lines[1:-1] if lines[0] == "{" else lines
        self.methods[name] = "\n".join([f"fn {name}(&self) {{", *body, "}"])
        return name

    # What is drawn, in the order of `new`.

    def sequence(self, instance, seen):
        """As `key` names the events: those that an instance's `new` draws."""
        plan, program = self.plan, self.plan.program
        parts = []
        for member in self.order:
            handed = member.node.by_place[0][1] if getattr(getattr(member.node, "cls", None), "__name__", "") in ("Some", "Box") else member.node
            name = getattr(handed, "code", None)
            if member.role == "module" and name in plan.arguments:
                # It is made before `new` is called.
                parts.append((-2, list(plan.arguments).index(name), member))
            elif member in self.lets:
                parts.append((0, self.firsts[member.name], member))
            else:
                parts.append((1, 0, member))
        parts += [(0, step.first, step) if step.early else (2, 0, step) for step in self.steps if step.lines is not None]
        for paths in program.places.shared.get(plan.cls, ()):
            parts.append((-1, 0, instance.get_submodule(paths[0])))
        found, looped = [], set()
        for _, _, part in sorted(parts, key=lambda part: part[:2]):
            if getattr(part, "lines", None) is not None and not isinstance(part, Step):
                # The loops of several members may be one, which draws in Python's order.
                if part.python not in looped:
                    looped |= set(part.beside)
                    of = [instance if one.role == "base" else instance._modules[one.python] for one in self.order if one.python in part.beside]
                    found += in_order(program, [child for container in of for child in container.children()], seen)
            elif isinstance(part, Step):
                found += [("step", id(self.log.fresh(instance)), id(one)) for one in (*part.leads, part.statement)]
            elif isinstance(part, nn.Module):
                found += drawn(program, part, seen)
            elif part.role == "base":
                if issubclass(plan.base, (nn.Sequential, nn.ModuleList, nn.ModuleDict)):
                    for child in instance.children():
                        found += drawn(program, child, seen)
                else:
                    found.append(("layer", id(self.log.fresh(instance))))
            elif part.role == "module":
                child = instance._modules.get(part.python)
                found += drawn(program, child, seen) if child is not None else []
            elif part.python in self.makings:
                found.append(("step", id(self.log.fresh(instance)), id(self.makings[part.python][1])))
        return found


def fields(lines):
    return {name for line in lines for name in re.findall(r"\bself\.((?:r#)?\w+)", line)}


def makes(function):
    """Does a method make members?"""
    try:
        tree = source.of(function).node
    except Untranslated:
        return False
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Attribute) and getattr(target.value, "id", "") == "self" for target in targets):
            return True
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("register_buffer", "register_parameter", "add_module"):
            return True
    return False


def gives_one(statement):
    """`self.head.weight = self.embedding.weight`"""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    return isinstance(target, ast.Attribute) and isinstance(target.value, (ast.Attribute, ast.Subscript)) and isinstance(statement.value, (ast.Attribute, ast.Name))


def is_local(statement):
    """Does it set variables alone? They stand before what reads them."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    names_ = [part for target in targets for part in getattr(target, "elts", [target])]
    return isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and all(isinstance(part, ast.Name) for part in names_)


def making(function, statement, name):
    """(function, statement, expression) where a statement makes this tensor, else None."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        keys = {"register_buffer": "tensor", "register_parameter": "param"}
        given = dict(zip(("name", "tensor"), call.args)) | {k.arg.replace("param", "tensor"): k.value for k in call.keywords if k.arg}
        if getattr(call.func, "attr", "") in keys and getattr(given.get("name"), "value", None) == name and "tensor" in given and not is_none(given["tensor"]):
            return function, statement, given["tensor"]
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    target = targets[0]
    if len(targets) == 1 and isinstance(target, ast.Attribute) and target.attr == name and getattr(target.value, "id", "") == "self":
        value = getattr(statement, "value", None)
        return None if value is None or is_none(value) else (function, statement, value)
    return None


def is_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def bare(node):
    """What stands in `nn.Parameter(…)`."""
    name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
    if isinstance(node, ast.Call) and name in ("Parameter", "Buffer"):
        given = node.args or [keyword.value for keyword in node.keywords if keyword.arg == "data"]
        return given[0] if given else node
    return node


def begins(node):
    """`torch.zeros(…)` and `torch.empty(…)`: what is there until something sets it."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("torch.zeros", "torch.empty", "torch.Tensor", "torch.FloatTensor")


def attribute(node, name):
    return ast.copy_location(ast.Attribute(ast.copy_location(ast.Name("self", ast.Load()), node), name, ast.Load()), node)


def covers(statement, line):
    line = line if isinstance(line, int) else line.lineno
    return statement.lineno <= line <= statement.end_lineno


# The whole model's.


def keys(program):
    """What Python drew, in its order."""
    of = {id(program.log.fresh(instance)): plan.draws for plan in program.plans.values() for instance in plan.instances}
    found = []
    for event in program.log.events:
        if not event.draws:
            continue
        key = ("unknown", event.place)
        if event.layer is not None:
            key = ("layer", id(event.layer))
        elif id(event.owner) in of:
            draws = of[id(event.owner)]
            own = [statement for function, statement in draws.statements if draws.is_of(event, function, statement)]
            told = [statement for statement in own if id(statement) in draws.told] or own
            if told:
                key = ("step", id(event.owner), id(told[0]))
        if not found or found[-1][0] != key:
            found.append((key, event))
    return found


def told(event):
    """The statement of the model's code, as it stands there."""
    file, line = event.place if event.place else ("", 0)
    with_source = event.trail[0][0] if event.trail else None
    words = linecache.getline(file, line).strip()
    if with_source is not None and source.is_there(with_source):
        statements = [part for part in ast.walk(source.of(with_source).node) if isinstance(part, ast.stmt) and covers(part, line)]
        inner = min(statements, key=lambda part: part.end_lineno - part.lineno, default=None)
        if inner is not None and not hasattr(inner, "body"):
            words = ast.unparse(inner).splitlines()[0]
    return f"{Path(file).name}:{line}", words


def tell(program):
    """What `new` does not set as Python does goes into the report; is the order that of Python?"""
    log, report = program.log, program.report
    of = {id(log.fresh(instance)): plan.draws for plan in program.plans.values() for instance in plan.instances}
    for event in log.events:
        if event.layer is not None:
            continue
        draws = of.get(id(event.owner))
        if draws is not None:
            made = [statement for _, statement in draws.makings.values()]
            own = [statement for function, statement in draws.statements if draws.is_of(event, function, statement)]
            made = [statement for statement in made if id(draws.fills.get(id(statement), statement)) in draws.told | {id(statement)}]
            if any(id(statement) in draws.told | draws.led for statement in own) or any(statement in made for statement in own):
                continue
        elif event.owner is not None and not is_part(event.owner, log.model):
            # Of a module that was thrown away.
            continue
        place, words = told(event)
        report.comes(f"{place}: the initial values of `{words}`")
    replaced = {}
    for name, module in log.model.named_modules():
        if not layers.is_layer(type(module)) or isinstance(module, (nn.RNNBase, nn.Transformer, nn.TransformerEncoder, nn.TransformerDecoder)):
            continue
        for own, parameter in module._parameters.items():
            drew = parameter is None or not parameter.numel() or parameter.untyped_storage().data_ptr() in log.written
            if not drew and not module._forward_pre_hooks:
                replaced.setdefault(program.place_of(name or own), []).append(f"{name}.{own}" if name else own)
    for place, paths in replaced.items():
        others = f" and {len(paths) - 1} others" if len(paths) > 1 else ""
        report.comes(f"{place}: the values of `{paths[0]}`{others}, which are not those that a layer drew")
    python = keys(program)
    known = {key for key, _ in python}
    program.places_of_draws = {key: place for place, (key, _) in enumerate(python)}
    rust = [key for key in drawn(program, program.model, set()) if key in known]
    for i, (key, event) in enumerate(python):
        if i >= len(rust) or rust[i] != key:
            return event
    return None


def drawn(program, module, seen):
    """What the making of a module draws in Rust."""
    if id(module) in seen:
        return []
    seen.add(id(module))
    if type(module) in program.plans:
        return program.plans[type(module)].draws.sequence(module, seen)
    if type(module) in (nn.Sequential, nn.ModuleList, nn.ModuleDict):
        return [key for child in module.children() for key in drawn(program, child, seen)]
    return [("layer", id(program.log.fresh(module)))]


def in_order(program, modules, seen):
    """What these draw, where they are made in Python's order."""
    blocks, todo = [], list(modules)
    while todo:
        module = todo.pop(0)
        if type(module) in (nn.Sequential, nn.ModuleList):
            todo[:0] = module.children()
        else:
            blocks.append([key for key in drawn(program, module, seen) if key in program.places_of_draws])
    blocks = [block for block in blocks if block]
    return [key for block in sorted(blocks, key=lambda block: program.places_of_draws[block[0]]) for key in block]


def is_part(module, model):
    return any(module is other for other in model.modules())
