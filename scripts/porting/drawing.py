"""Statements that set initial values, translated: of `__init__`, and of what it calls.

What is known of the instances is asked of the model that `draws.Log` has made: a condition that is the same in all is
decided, and a loop over modules is written class by class, since of which class a module is, what it has and what
it lacks is known for each. What depends on which module it is, and not on its class, asks for the module's name.
"""

import ast
import copy
import inspect
import types

import torch
from torch import nn

from . import initial, kinds, layers, names
from .buffers import Initialising
from .expressions import ATOM, COMPARE, MULTIPLY, UNARY, Value, negated, text
from .functions import CHANGING, IGNORED
from .kinds import BOOL, INT, STR, TENSOR, Kind
from .report import Untranslated

# What fills a tensor, as the functions of torch.nn.init.
FILLS = {"normal_": "normal_", "uniform_": "uniform_", "zero_": "zeros_", "fill_": "constant_"}
CHANGES = {"add_": "+", "sub_": "-", "mul_": "*", "div_": "/"}
# The tensors of layers that the crate's have under the same names.
TENSORS = {
    "weight", "bias", "in_proj_weight", "in_proj_bias", "q_proj_weight", "k_proj_weight", "v_proj_weight", "bias_k", "bias_v",
}
LOOPS = {"modules", "named_modules", "children", "named_children", "parameters", "named_parameters"}
PURE = (*initial.PURE, ast.Subscript, ast.Tuple, ast.List, ast.Slice)
CALLS = initial.CALLS | {"hasattr", "getattr", "len", "str", "type", "issubclass"}
METHODS = {"find", "startswith", "endswith", "lower", "upper", "split"}


def is_pure(node):
    return initial.is_pure(node, PURE, CALLS, METHODS)


class Drawing(Initialising):
    """Statements that set initial values: of `__init__`, or of what it calls."""

    def __init__(self, plan, function, contexts):
        super().__init__(plan, function)
        self.contexts = contexts
        # What has a path of its own in a loop over modules: the variable.
        self.path, self.asked = None, False

    def made(self, lines):
        """With `mut` where something changes."""
        return self.with_mut("\n".join(lines)).splitlines()

    # What is known.

    def seen(self, node):
        return super().seen(node) if hasattr(node, "number") else None

    def evaluated(self, node):
        """The value of an expression without effects in each context, or None."""
        if not self.contexts or not is_pure(node):
            return None
        code = compile(ast.fix_missing_locations(ast.Expression(node)), "init", "eval")
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

    def named(self, node, value):
        """A method that sets values has no variables of `new`; `__init__` has."""
        return super().named(node, value) if self.function is inspect.unwrap(self.plan.cls.__init__) else None

    def of_list(self, node):
        return None

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
            if any(layers.is_computed(parent, name) for parent in parents):
                # What is drawn into it is lost, in Python too.
                return Value(f"{code}()" if name == "weight" else f"{code}().unwrap()", TENSOR)
            normalises = isinstance(parents[0], (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm))
            if name == "weight" and not normalises:
                return Value(code, TENSOR, "place")
            if any(value is None for value in values):
                return Value(code, kinds.MAYBE, "place")
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
            plan = self.plan if type(parents[0]) is self.plan.cls else self.program.plans.get(type(parents[0]))
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
                whole = getattr(node.value, "id", "") == "self"
                of = Value("self", Kind("module", (), type(parents[0])), "ref") if whole else self.value(node.value)
                return self.child(node, of, parents, place[0] % count.pop())
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

    def tell_decided(self, part, whole, holds):
        """Of which class a module is stands around it: `if let Some(module) = module.downcast_ref::<nn::Linear>()`."""

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
            lines = self.where_there(statement) if known[0] and not statement.orelse else None
            return self.block(statement.body if known[0] else statement.orelse) if lines is None else lines
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
            return [f"if {negated(test)} {{", *orelse, "}"] if orelse else []
        return [f"if {test} {{", *body, *(["} else {", *orelse] if orelse else []), "}"]

    def where_there(self, statement):
        """`if m.bias is not None:`, of a layer that may have none elsewhere, stays."""
        asked, op = statement.test, getattr(statement.test, "ops", [None])[0]
        if not isinstance(op, ast.IsNot) or not isinstance(asked.left, ast.Attribute):
            return None
        code, key = self.value(asked.left).code, ast.unparse(asked.left)
        if not code.endswith(".as_ref().unwrap()"):
            return None
        name, narrowed = names.field(asked.left.attr), self.narrowed
        self.narrowed = {**narrowed, key: Value(name, TENSOR, "ref")}
        lines = self.inner(statement.body)
        self.narrowed = narrowed
        return [f"if let Some({name}) = &{code.removesuffix('.as_ref().unwrap()')} {{", *lines, "}"] if lines else []

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
                if values is None or value.kind.name not in ("module", "Tensor", "int", "float", "str"):
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
                return self.change(of, CHANGES[name], node.args[0])
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

    def change(self, target, symbol, by):
        """`weight.data *= 0.5`, without a gradient."""
        of = self.value(target)
        self.depth += 1
        value = self.value(by)
        self.depth -= 1
        if of.kind != TENSOR or symbol not in "*/+-":
            self.refuse(target)
        if value.kind != TENSOR and not value.kind.is_number:
            self.refuse(target)
        operation = {"+": "add", "-": "sub", "*": "mul", "/": "div"}[symbol]
        other = value.operand if value.kind == TENSOR else value.code
        return ["torch::no_grad(|| {", f"let _ = torch::{operation}_options({of.ref}, {other}).inplace(true).call();", "});"]

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
        symbol = CHANGING.get(type(statement.op), "?")
        target = copy.copy(statement.target)
        target.ctx = ast.Load()
        return self.change(target, symbol, statement.value)

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
