"""Python's functions and methods as Rust's, statement by statement."""

import ast
import contextlib
import inspect
import re
import sys
from dataclasses import dataclass, replace

import torch
from torch.nn.utils.rnn import PackedSequence

from . import kinds, loops, names, source
from .calls import Calls
from .expressions import ATOM, COMPARE, MULTIPLY, UNARY, Value, changed, has_effect, in_tuple, is_self, key_of, text, variable
from .kinds import BOOL, CALLABLE, FLOAT, INT, MAYBE, NONE, SIZE, STR, TENSOR, Kind
from .report import Untranslated

# `x += y`, and its relatives.
CHANGING = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
# By operator, the method of `std::ops` that changes what stands before it.
ASSIGNING = {"+": "add_assign", "-": "sub_assign", "*": "mul_assign", "/": "div_assign"}
# The most that clippy takes for simple.
COMPLEX = 250
# What changes where weights lie in memory alone.
LAYS_OUT = {"flatten_parameters"}
IGNORED = {"_log_api_usage_once", "print", "warn"}
# The decorators that leave what a function does as it is.
HARMLESS_DECORATORS = ("staticmethod", "classmethod", "property", "abstractmethod", "override", "final")


@dataclass(frozen=True)
class Parameter:
    python: str
    name: str
    kind: Kind


@dataclass(frozen=True)
class Signature:
    name: str
    parameters: tuple
    result: Kind
    is_forward: bool


def rust_type(kind, program, owned):
    """The type of a result (owned) or of an argument."""
    if kind == TENSOR:
        return "Tensor" if owned else "&Tensor"
    simple = {INT: "i64", FLOAT: "f64", BOOL: "bool", Kind("dtype"): "Kind", Kind("device"): "Device"}
    if kind in simple:
        return simple[kind]
    if kind == STR:
        return "String" if owned else "&str"
    if kind == NONE:
        # Of what it would be is not seen: of a tensor, where it is returned among others.
        return "Option<Tensor>" if owned else "Option<&Tensor>"
    if kind == CALLABLE:
        return "&dyn Fn(&Tensor) -> Tensor"
    if kind.name == "option":
        return f"Option<{rust_type(kind.parts[0], program, owned)}>"
    if kind.name == "tuple" and owned:
        return in_tuple([rust_type(part, program, True) for part in kind.parts])
    if kind.name == "tuple":
        return f"&{in_tuple([rust_type(part, program, True) for part in kind.parts])}"
    if kind.name == "list":
        inside = rust_type(kind.parts[0], program, True)
        return f"Vec<{inside}>" if owned else f"&[{inside}]"
    if kind.name == "module" and not owned:
        return f"&{program.type_of_class(kind.cls)}"
    if kind.cls is PackedSequence:
        return ("" if owned else "&") + "nn::utils::rnn::PackedSequence"
    if kind.fields:
        return ("" if owned else "&") + program.named(kind)
    raise Untranslated(None, f"a value of kind {kind} has no type here")


def complexity(code):
    """As clippy reckons it: ten for each name, tuple and slice of a type, times the depth that it stands at."""
    total, depth = 0, 1
    for part in re.findall(r"\w+|[(\[<]|[)\]>]", code.replace("->", "").split(": ", 1)[-1]):
        total += 10 * depth * (part not in ")]><")
        depth += (part in "([<") - (part in ")]>")
    return total


def signature(program, function):
    written = source.of(function)
    recorder = program.recorder
    parameters = []
    for position, (python, parameter) in enumerate(inspect.signature(function).parameters.items()):
        if position == 0 and python in ("self", "cls"):
            continue
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            seen = recorder.parameters.get((function, python))
            if seen and all(kind in (Kind("tuple"), Kind("dict"), kinds.OTHER) for kind in seen.kinds):
                continue
            inside = {part for kind in seen.kinds for part in kind.parts} if seen else set()
            if parameter.kind is parameter.VAR_POSITIONAL and len(inside) == 1:
                parameters.append(Parameter(python, variable(written, python), Kind("list", (inside.pop(),))))
                continue
            stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
            raise Untranslated(written.node, f"{function.__qualname__} takes `{stars}{python}`", "name its arguments")
        seen = recorder.parameters.get((function, python))
        if seen is None:
            raise Untranslated(written.node, f"{function.__qualname__} was not reached", "give an --input that does")
        if seen.kind == NONE or is_fixed(parameter, seen):
            if seen.kind == NONE and parameter.default is None:
                program.report.note(f"{written.place(written.node)}: the argument `{python}` of `{function.__name__}`, which is never given")
            continue
        if seen.kind.name == "dict" and seen.kind.fields:
            program.dictionaries.setdefault(frozenset(seen.kind.keys), names.camel(python))
        kind = kind_of_parameter(seen.kind)
        if kind == TENSOR and (parameter.default is None or re.search(r"\bOptional\[|\bNone\b", str(parameter.annotation))):
            # Whoever calls it need not give it.
            kind = MAYBE
        parameters.append(Parameter(python, variable(written, python), kind))
    results = [node.value for node in source.inside(written.node, ast.Return) if node.value is not None]
    found = [as_listed(recorder, written, node, recorder.kind(function, node)) for node in results]
    result = kinds.join([kind for kind in found if kind is not None]) if any(found) else NONE
    if None in found and any(found):
        result = with_unseen(program, written, results, parameters, result)
    if result.name == "union" and {kind.name for kind in result.parts} == {"named", "Tensor"}:
        # Where the Python gives the first of its parts alone, the others are not there.
        named = next(kind for kind in result.parts if kind.name == "named")
        result = Kind("named", (named.parts[0], *map(kinds.option, named.parts[1:])), named.cls)
        first, struct = names.field(named.fields[0]), names.camel(named.cls.__name__)
        program.report.otherwise(
            f"{written.place(written.node)}: `{function.__name__}` always gives the struct `{struct}`; where Python's gives a tensor, "
            f"it is the `{first}`, and the others are `None`"
        )
    if result.name == "dict" and result.fields:
        program.named(result, function)
    name = names.field(function.__name__.lstrip("_"))
    if name == "forward" and function.__name__ != "forward":
        name = "inner_forward"
    only = [parameter.kind for parameter in parameters] == [TENSOR]
    return Signature(name, tuple(parameters), kind_of_parameter(result), name == "forward" and only and result == TENSOR)


def with_unseen(program, written, results, parameters, result):
    """The kind of a result, with what the function returns where this input does not come: a tensor, or None."""
    told = Calls(program, written, None)
    told.scope = {parameter.python: Value(parameter.name, parameter.kind, "ref") for parameter in parameters}
    told.fixed = set(inspect.signature(written.function).parameters) - told.scope.keys()
    left = [part for test in source.inside(written.node, ast.If) if (known := told.constant(test.test)) for part in (test.orelse if known[0] else test.body)]
    left = {part for statement in left for part in ast.walk(statement)}
    for node in (node for node in results if node not in left):
        kind = NONE if isinstance(node, ast.Constant) and node.value is None else program.recorder.kind(written.function, node)
        if kind is None:
            with contextlib.suppress(Untranslated):
                kind = told.value(node).kind
        whole = kinds.join([result, kind]) if kind in (NONE, TENSOR) else result
        result = result if "union" in (whole.name, *(part.name for part in whole.parts)) else whole
    return result


def as_listed(recorder, written, node, kind):
    """A tuple whose length the code does not tell is a list: one that is filled bit by bit, or made of a list."""
    if kind is None or kind.name != "tuple":
        return kind
    if isinstance(node, ast.Tuple):
        return Kind("tuple", tuple(as_listed(recorder, written, part, inside) for part, inside in zip(node.elts, kind.parts)))
    if isinstance(node, (ast.Name, ast.BinOp)):
        listed = any(target.id == part.id for target, _ in growths(recorder, written.function, written.node) for part in ast.walk(node) if isinstance(part, ast.Name))
    else:
        listed = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tuple"
    return Kind("list", (kind.parts[0],)) if listed and len(set(kind.parts)) == 1 else kind


def surely_loads(node, name):
    """Does an expression, or a simple statement, read a variable whatever its conditions come to?"""
    if isinstance(node, ast.Name):
        return node.id == name and isinstance(node.ctx, ast.Load)
    inside = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.IfExp):
        inside = [node.test]
    elif isinstance(node, ast.BoolOp):
        inside = node.values[:1]
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)):
        inside = [node.generators[0].iter]
    elif isinstance(node, (ast.Lambda, ast.FunctionDef)):
        inside = []
    return any(surely_loads(part, name) for part in inside)


def growths(recorder, function, tree):
    """`parts = parts + (x,)` and `parts += [x]`: (the variable, the node of what is added) for each that this model comes by."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            target, added = node.target, node.value
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Add):
            target, added = node.targets[0], node.value.right
            if ast.unparse(node.value.left) != ast.unparse(target):
                continue
        else:
            continue
        if isinstance(target, ast.Name) and isinstance(added, (ast.Tuple, ast.List)) and recorder.seen(function, added):
            found.append((target, added))
    return found


def is_size(node):
    """`x.shape`, `x.size()`, and parts of these."""
    if isinstance(node, ast.Subscript):
        return is_size(node.value)
    if isinstance(node, ast.Call):
        return getattr(node.func, "attr", "") == "size"
    return isinstance(node, ast.Attribute) and node.attr == "shape"


def is_fixed(parameter, seen):
    """A switch that no call of this model turns is none here."""
    return seen.kind == BOOL and seen.values == [parameter.default]


def kind_of_parameter(kind):
    """A tuple of numbers that may have any length is a list; a Size is a list of numbers; of several modules
    and functions one is a function."""
    names_ = {part.name for part in kind.parts} if kind.name == "union" else {kind.name}
    if "function" in names_ and names_ <= {"function", "module"}:
        return CALLABLE
    if kind == SIZE or kind.name == "tuple" and len(kind.parts) > 1 and set(kind.parts) == {INT}:
        return Kind("list", (INT,))
    return kind


def mentioned(node):
    return {getattr(part, "id", getattr(part, "attr", None)) for part in ast.walk(node)}


def of_none(node, operation):
    """`x` of `x is not None`, and of `not (x is None)`."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return of_none(node.operand, ast.Is if operation is ast.IsNot else ast.IsNot)
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or not isinstance(node.ops[0], operation):
        return None
    return node.left if getattr(node.comparators[0], "value", 0) is None else None


class Function(Calls):
    """One function, translated."""

    def __init__(self, program, function, cls):
        super().__init__(program, source.of(function), cls)
        self.function = function
        self.signature = program.signature(function)
        if cls is not None:
            name = program.name_of_method(function, cls.cls)
            self.signature = replace(
                self.signature, name=name, is_forward=self.signature.is_forward and name == self.signature.name
            )
        self.declared, self.marks, self.blocks, self.loops, self.growing = {}, set(), [0], 0, {}
        self.growths, self.parts = growths(self.recorder, function, self.source.node), []
        # By name, what the lists hold that begin empty.
        self.empty = {}
        # The names that are read and set at once: `x += y`.
        changes = [node.target for node in ast.walk(self.source.node) if isinstance(node, ast.AugAssign)]
        self.changed = {target.number for target in changes if isinstance(target, ast.Name)}
        self.count = 0
        for parameter in self.signature.parameters:
            self.scope[parameter.python] = self.parameter(parameter)
            self.declared[parameter.python] = (0, None)
        for python in inspect.signature(function).parameters:
            if python != "self" and python not in self.scope:
                seen = self.recorder.parameters.get((function, python))
                fixed = seen is not None and seen.kind == BOOL
                self.fixed.add(python)
                self.scope[python] = self.Constant(ast.Constant(seen.values[0] if fixed else None))

    def can_change(self, node):
        return isinstance(node, ast.Name) and self.declared.get(node.id, (0, None))[1] is not None and not self.closures

    def is_last(self, node):
        number = self.declared.get(node.id, (None, None))
        if number[1] is None or number[0] != self.blocks[-1] or self.closures:
            return False
        return not self.is_read_after(node)

    def is_read_after(self, node):
        here = (node.lineno, node.col_offset)
        for other in self.source.expressions:
            if isinstance(other, ast.Name) and other.id == node.id and other is not node:
                if (other.lineno, other.col_offset) > here and (isinstance(other.ctx, ast.Load) or other.number in self.changed):
                    return True
        return False

    def is_natural(self, node, asked=frozenset()):
        """Is it so for any input? A difference may be below zero, though none of this model's is."""
        if isinstance(node, ast.Constant):
            return node.value >= 0
        if isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.Mod):
                return True
            if isinstance(node.op, ast.Sub) and isinstance(node.right, ast.BinOp) and isinstance(node.right.op, ast.Mod):
                # `n - w % n`
                return ast.unparse(node.left) == ast.unparse(node.right.right) and self.is_natural(node.left, asked)
            sides = (node.left,) if isinstance(node.op, ast.Pow) else (node.left, node.right)
            return not isinstance(node.op, ast.Sub) and all(self.is_natural(side, asked) for side in sides)
        if isinstance(node, ast.UnaryOp):
            return False
        if isinstance(node, ast.IfExp):
            return self.is_natural(node.body, asked) and self.is_natural(node.orelse, asked)
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("len", "size", "dim", "numel", "ndimension", "abs"):
                return True
            if name in ("max", "min", "int", "round", "ceil", "floor", "sum") and node.args:
                return (any if name == "max" else all)(self.is_natural(part, asked) for part in node.args)
        if isinstance(node, ast.Attribute) and node.attr == "ndim" or self.kind(getattr(node, "value", node)) == SIZE or is_size(node):
            return True
        if isinstance(node, ast.Name) and node.id in asked:
            return True
        if isinstance(node, ast.Subscript) and isinstance(node.value, (ast.Tuple, ast.List)):
            return all(self.is_natural(part, asked) for part in node.value.elts)
        name = node.value if isinstance(node, ast.Subscript) else node
        if isinstance(name, ast.Name) and name.id in self.scope:
            set_to = self.set_to(name.id, asked)
            given = any(parameter.python == name.id for parameter in self.signature.parameters)
            if set_to and given and not self.is_given_naturally(name.id):
                return False
            if set_to is None or not set_to:
                # An argument, of which every call in the model's Python tells.
                return set_to is not None and self.is_given_naturally(name.id) and super().is_natural(node)
            parts = [item for part in set_to for item in (part.elts if isinstance(part, (ast.Tuple, ast.List)) and name is not node else [part])]
            return all(part is True or self.is_natural(part, asked | {name.id}) for part in parts)
        if self.constant(node) is None and not isinstance(node, (ast.Attribute, ast.Subscript)):
            return False
        return super().is_natural(node)

    def is_given_naturally(self, name):
        """Is an argument given as a number that a model holds, as sizes or as what is computed from these, and nowhere as a difference?"""
        parameters = [one for one in inspect.signature(self.function).parameters if one != "self"]
        known = self.function.__name__ != "forward"
        for other in self.recorder.called:
            for node in source.of(other).expressions if source.is_there(other) else ():
                if isinstance(node, ast.Call) and self.is_called(other, node):
                    known = True
                    given = dict(zip(parameters, node.args)) | {keyword.arg: keyword.value for keyword in node.keywords}
                    if name in given and not source.is_plain(given[name], source.of(other).node):
                        return False
        # Those of the model's own `forward` are anybody's; what only `__init__` calls is given what a model is made with.
        return known

    def is_called(self, function, node):
        """Does a call in another function call this one?"""
        called = self.recorder.kind(function, node.func)
        if called is not None and called.name == "module":
            return inspect.unwrap(called.cls.forward) is self.function
        return getattr(node.func, "attr", getattr(node.func, "id", "")) == self.function.__name__

    def set_to(self, name, asked=frozenset()):
        """What a variable is set to: expressions, and True for a number that counts or is one of the sizes of a tensor; or None."""
        found, stores = [], 0
        for node in ast.walk(self.source.node):
            if isinstance(node, ast.AugAssign) and getattr(node.target, "id", None) == name:
                stores += 1
                found.append(ast.copy_location(ast.BinOp(node.target, node.op, node.value), node))
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, (ast.AnnAssign, ast.For, ast.comprehension)) else []
            for target in targets:
                parts = target.elts if isinstance(target, ast.Tuple) else [target]
                for place, part in enumerate(parts):
                    if getattr(part, "id", None) != name:
                        continue
                    stores += 1
                    if isinstance(node, (ast.For, ast.comprehension)):
                        call = getattr(getattr(node.iter, "func", None), "id", "")
                        counts = call == "range" and all(self.is_natural(end, asked | {name}) for end in node.iter.args)
                        found.append(True if counts or call == "enumerate" and place == 0 and len(parts) > 1 else node.iter)
                    elif len(parts) == 1:
                        found.append(node.value)
                    elif isinstance(node.value, ast.Tuple) and len(node.value.elts) == len(parts):
                        found.append(node.value.elts[place])
                    else:
                        found.append(True if is_size(node.value) or self.kind(node.value) == SIZE else node.value)
        return found if stores == self.stored(name) and not any(part is None for part in found) else None

    def parameter(self, parameter):
        kind = parameter.kind
        copied = kind.is_number or kind == BOOL or kind.name in ("dtype", "device")
        optional_number = kind.name == "option" and (kind.parts[0].is_number or kind.parts[0] == BOOL)
        form = "copy" if copied or optional_number else "ref"
        return Value(parameter.name, kind, form)

    def rests(self):
        """Does it compute without gradients, by its decorator? None where it has another one."""
        told = [ast.unparse(decorator).removesuffix("()") for decorator in self.source.node.decorator_list]
        told = [name for name in told if name.split(".")[-1] not in HARMLESS_DECORATORS and not name.startswith("torch.jit")]
        return bool(told) if set(told) <= {"torch.no_grad", "no_grad"} else None

    def text(self):
        """The function as Rust."""
        place = self.source.place
        rests = self.rests()
        try:
            if rests is None:
                decorator = ast.unparse(self.source.node.decorator_list[0])
                raise Untranslated(self.source.node, f"{self.function.__name__} is decorated with `{decorator}`", "write what that does here")
            statements = self.source.node.body
            lines = self.block(statements, tail=True)
            if self.signature.result != NONE and not self.leaves(statements) and isinstance(statements[-1], (ast.If, ast.For)) and "todo!(" not in "".join(lines):
                # What gives something on some ways gives None at its end, to which this model never comes.
                where = f"{place(statements[-1].end_lineno)}: the end, where Python gives None"
                self.program.report.note(where)
                lines.append(f"panic!({text(where)})")
        except Untranslated as error:
            lines = [f"todo!({text(self.program.report.todo(place(error.line or self.source.node), error))})"]
        if lines and lines[-1] == "return;":
            lines.pop()
        body = self.without_vec(self.with_first_items("\n".join(lines)))
        body = self.with_mut(body)
        hand = "todo!(" in body
        if hand:
            # The names stay for who writes the rest, and what an empty list holds is told.
            for name, inside in self.empty.items():
                body = re.sub(rf"let (mut )?{name} = vec!\[\];", rf"let \1{name}: Vec<{inside}> = vec![];", body)
        else:
            body = self.without_unread(body)
        # What is not read behind it, or on a side only that was left out.
        for found in reversed(list(re.finditer(r"^let (\([^=()]*\)|(?:mut )?\w+) = .*;$", body, re.M)) if not hand else ()):
            for name in re.findall(r"\b(?!mut\b|_)\w+", found[1]):
                if not self.mentions(body[found.end() :], name):
                    pattern = re.sub(rf"(?:mut )?\b{name}\b", f"_{name}", body[found.start(1) : found.end(1)])
                    body = body[: found.start(1)] + pattern + body[found.end(1) :]
        for pattern in re.findall(r"^let (?:mut )?(\w+|\([^=()]*\)|\[[^=\[\]]*\])(?:: [^=]*)? = ", body, re.M):
            for name in re.findall(r"\b(?!mut\b|_)\w+", pattern) if not hand else ():
                if len(re.findall(rf"(?<!\w)(?<![^.]\.){name}\b", body)) == 1:
                    body = re.sub(rf"(?<!\w)(?:mut )?(?<![^.]\.){name}\b", f"_{name}", body)
        method = self.cls is not None
        parameters = ["&self"] if method else []
        program = self.program
        result = self.signature.result
        if rests and "todo!(" not in body:
            body = f"no_grad(|| {{\n{body}\n}})"
        if method and self.signature.name == "forward" and not self.signature.is_forward and "todo!(" not in body:
            inputs = self.inputs()
            if inputs:
                # So that hooks are called, and an error names the path of the layer.
                body = f"nn::guard(self, &[{', '.join(inputs)}], || {{\n{body}\n}})"
        for parameter in self.signature.parameters:
            unused = not self.mentions(body, parameter.name) and not hand
            parameters.append(f"{'_' if unused else ''}{parameter.name}: {rust_type(parameter.kind, program, False)}")
        arrow = "" if result == NONE else f" -> {rust_type(result, program, True)}"
        public = "pub " if method and self.signature.name == "forward" and not self.signature.is_forward else ""
        many = "#[allow(clippy::too_many_arguments)]\n" if len(parameters) > 7 else ""
        many += "#[allow(clippy::type_complexity)]\n" if max(map(complexity, [*parameters, arrow])) > COMPLEX else ""
        many += "#[allow(unused_mut, unused_variables)]\n" if hand else ""
        many += "#[allow(clippy::explicit_counter_loop)]\n" if not hand and self.counts_beside() else ""
        said = "".join(f"{line}\n" for line in source.docstring(self.function)) if program.comments else ""
        return f"{said}{many}{public}fn {self.signature.name}({', '.join(parameters)}){arrow} {{\n{body}\n}}"

    def inputs(self):
        """What hooks are told of: all tensors that `forward` is called on; options where one may be missing."""
        given = []
        for parameter in self.signature.parameters:
            fields = [(f"{parameter.name}.{names.field(field)}", parameter.kind.part(field)) for field in parameter.kind.fields]
            given += [(parameter.name, parameter.kind)] if parameter.kind in (TENSOR, MAYBE) else []
            given += [(f"&{name}" if kind == TENSOR else f"{name}.as_ref()", kind) for name, kind in fields if kind in (TENSOR, MAYBE)]
        optional = any(kind == MAYBE for _, kind in given)
        return [f"Some({name})" if optional and kind == TENSOR else name for name, kind in given]

    def counts_beside(self):
        """Does a loop count in a variable of its own, `k += 1`, as `enumerate` would?"""
        for block in source.blocks(self.source.node):
            begun = set()
            for one in block:
                begun |= set(self.assigned([one])) if isinstance(one, ast.Assign) else set()
                changes = [change for change in one.body if isinstance(change, ast.AugAssign)] if isinstance(one, ast.For) else []
                ones = [change for change in changes if isinstance(change.op, ast.Add) and getattr(change.value, "value", None) == 1]
                if any(getattr(change.target, "id", None) in begun for change in ones):
                    return True
        return False

    def with_mut(self, code):
        """With `mut` where something changes."""
        for number in range(self.count):
            code = code.replace(f"\0{number}\0", "mut " if number in self.marks else "")
        return code

    def without_unread(self, body):
        """What is set and not read goes, unless setting it does something."""
        while True:
            for found in re.finditer(r"^let (?:mut )?(\w+)(?:: [^=]*)? = (.*);\n", body, re.M):
                named = re.findall(rf"(?<!\w)(?<![^.]\.){found[1]}\b", body)
                if len(named) == 1 and not has_effect(found[2]):
                    self.tell_unread(found[1])
                    body = body[: found.start()] + body[found.end() :]
                    break
            else:
                return body

    def tell_unread(self, variable):
        """A variable of Python's goes into the report."""
        for node in ast.walk(self.source.node):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and variable in (self.name(node.id), f"_{self.name(node.id)}"):
                words = f"{self.source.place(node)}: the variable `{node.id}` of `{self.function.__name__}`"
                self.program.report.nothing_reads(words)
                return

    def with_first_items(self, body):
        """`let mut x = vec![]; x.push(a);` is `let mut x = vec![a];`."""
        while True:
            found = re.search(r"let \0(\d+)\0(\w+) = vec!\[(.*)\];\n+\2\.push\((.*)\);$", body, re.M)
            if not found:
                return body
            number, name, items, item = found.groups()
            items = f"{items}, {item}" if items else item
            before, after, kept = body[: found.start()], body[found.end() :], "vec!"
            if not re.search(rf"\b{name}(\.(push|extend|insert)\(|(\[[^\]]*\])? = )", after):
                self.marks.discard(int(number))
                uses = re.findall(rf"(.?)\b{name}\b(\.iter\(|\[)?", after)
                kept = "" if all(borrowed == "&" or part for borrowed, part in uses) else kept
            body = f"{before}let \0{number}\0{name} = {kept}[{items}];{after}"

    def without_vec(self, body):
        """A `vec![…]` that nothing changes, and that is borrowed alone, is an array."""
        for found in list(re.finditer(r"let \0(\d+)\0(\w+) = vec!(\[[^;\0]*\]);$", body, re.M)):
            uses = re.findall(rf"(.?)(?<!\w)(?<![^.]\.){found[2]}\b(\.iter\(|\.len\(|\[)?", body[found.end() :])
            if int(found[1]) not in self.marks and uses and all(borrowed == "&" or part for borrowed, part in uses):
                body = body.replace(found[0], found[0].replace(" = vec![", " = [", 1))
        return body

    @staticmethod
    def mentions(body, name):
        # `.name` is a field, `..name` a range.
        return re.search(rf"(?<!\w)(?<![^.]\.){re.escape(name)}\b", body) is not None

    # Blocks.

    def block(self, statements, tail=False):
        """The lines of a block; one that is not understood ends it with a todo!."""
        lines = []
        for place, statement in enumerate(statements):
            last = tail and place == len(statements) - 1
            try:
                written = self.statement(statement, last, statements[place + 1 :])
                if place and lines and written and source.is_apart(self.source.file, statement, statements[place - 1]):
                    lines.append("")
                if self.program.comments and written:
                    lines += source.before(self.source.file, statement)
                lines += self.with_options_before(written)
            except Untranslated as error:
                where = self.source.place(error.line or statement)
                if place < len(statements) - 1 and tail:
                    # They would read what is not there.
                    last_line = statements[-1].end_lineno
                    error.by_hand += f", and lines {statement.lineno}-{last_line} with it"
                lines.append(f"todo!({text(self.program.report.todo(where, error))})")
                if place < len(statements) - 1 or not last:
                    lines[-1] += ";" if not tail else ""
                return lines
            if self.ends(statement):
                if tail and not last and lines and re.fullmatch(r"return .*;", lines[-1], re.S):
                    # What stands behind it is never reached.
                    lines[-1] = lines[-1].removeprefix("return ").removesuffix(";")
                    self.program.report.note(f"{self.source.place(statements[place + 1])}: what stands behind `{ast.unparse(statement).splitlines()[0].removesuffix(':')}`")
                break
        if tail:
            self.fold_return(lines)
        return lines

    def with_options_before(self, lines):
        """`f(x).maybe_bias(a.map(|a| …).as_ref())` as `let bias = a.map(|a| …);` and `f(x).maybe_bias(bias.as_ref())`."""
        found = re.fullmatch(r"(.*)\.maybe_(\w+)\((\w.*\.map\(\|.*\))\.as_ref\(\)\)(.*)", lines[0]) if len(lines) == 1 else None
        if found is None or any(part.count("(") != part.count(")") or part.count("{") != part.count("}") for part in found.groups()):
            return lines
        outside, name, made, rest = found.groups()
        # Within a closure it is made of what the closure is given.
        if "|" in outside or names.field(name) in {self.name(node.id) for node in self.source.expressions if isinstance(node, ast.Name)}:
            return lines
        return [f"let {names.field(name)} = {made};", f"{outside}.maybe_{name}({names.field(name)}.as_ref()){rest}"]

    def fold_return(self, lines):
        """`let x = a; x` at a function's end is `a`."""
        whole = list(lines)
        if len(lines) > 2 and not lines[-2]:
            del lines[-2]
        count = len(lines)
        self.fold_variable(lines)
        if len(lines) == count:
            lines[:] = whole

    def fold_variable(self, lines):
        if len(lines) > 1 and lines[-1].isidentifier():
            found = re.fullmatch(rf"let (?:\0\d+\0)?{lines[-1]} = (.*);", lines[-2], re.S)
            if found:
                lines[-2:] = [found[1]]
            elif lines[-2] == "};":
                # The same of an `if` in several lines.
                depth, place = 0, len(lines) - 1
                while place and (depth or place == len(lines) - 1):
                    place -= 1
                    depth += lines[place].count("}") - lines[place].count("{")
                begins = re.fullmatch(rf"let (?:\0\d+\0)?{lines[-1]} = (if .*)", lines[place], re.S)
                if begins:
                    lines[place], lines[-2:] = begins[1], ["}"]

    def ends(self, statement):
        # `if` whose one side is taken by all instances ends where that side does.
        return isinstance(statement, (ast.Return, ast.Raise)) or getattr(statement, "ends", False)

    def inner(self, statements, tail=False):
        """A block inside another: what it declares ends with it."""
        self.count += 1
        self.blocks.append(f"block {self.count}")
        scope, declared, narrowed = dict(self.scope), dict(self.declared), dict(self.narrowed)
        lines = self.block(statements, tail)
        self.after = dict(self.scope)
        self.scope, self.declared, self.narrowed = scope, declared, narrowed
        self.blocks.pop()
        return lines

    def statement(self, statement, last, rest):
        method = getattr(self, f"do_{type(statement).__name__}", None)
        if method is None:
            raise Untranslated(statement, f"a `{type(statement).__name__.lower()}` statement has no Rust here")
        try:
            return method(statement, last, rest)
        except (AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError) as error:
            # A form that no one thought of: told as the others are.
            words = ast.unparse(statement).splitlines()[0]
            raise Untranslated(statement, f"`{words}` is not understood ({type(error).__name__}: {error})") from error

    # Statements.

    def do_Pass(self, statement, last, rest):
        return []

    def do_Global(self, statement, last, rest):
        return []

    do_Import = do_ImportFrom = do_Global

    def do_Delete(self, statement, last, rest):
        if not all(isinstance(target, ast.Name) for target in statement.targets):
            raise Untranslated(statement, f"`{ast.unparse(statement)}` has no Rust here")
        # Rust drops what nothing reads any more.
        return []

    def do_Expr(self, statement, last, rest):
        node = statement.value
        if isinstance(node, ast.Constant):
            return []
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in LAYS_OUT:
                return []
            if name in IGNORED:
                if not name.startswith("_"):
                    self.program.report.note(f"{self.source.place(statement)}: `{ast.unparse(node).splitlines()[0]}`")
                return []
            if name == "_assert":
                return self.check(node.args[0], node.args[1] if len(node.args) > 1 else None)
            if isinstance(node.func, ast.Attribute) and name in ("append", "extend", "insert"):
                of = self.value(node.func.value)
                if of.kind.name == "list":
                    return self.change_list(node, of, name)
            operations = {"add_": ast.Add, "sub_": ast.Sub, "mul_": ast.Mult, "div_": ast.Div}
            if name in operations and len(node.args) == 1 and not node.keywords and isinstance(node.func.value, ast.Name):
                if self.value(node.func.value).kind == TENSOR:
                    change = ast.AugAssign(node.func.value, operations[name](), node.args[0])
                    return self.do_AugAssign(ast.copy_location(change, statement), last, rest)
        value = self.value(node)
        return [f"{'let _ = ' if value.kind == TENSOR else ''}{value.code};"]

    def change_list(self, node, of, name):
        target = node.func.value
        if not isinstance(target, ast.Name):
            self.refuse(node)
        if target.id in inspect.signature(self.function).parameters and self.declared.get(target.id, (0, None))[1] is None:
            self.refuse(node, "changes a list of the caller's", "return it")
        lines = self.own(target.id)
        self.mutate(target.id)
        of = self.scope[target.id]
        if name == "append":
            return lines + [f"{of.code}.push({self.value(node.args[0]).owned});"]
        if name == "insert":
            return lines + [f"{of.code}.insert({self.value(node.args[0]).code}, {self.value(node.args[1]).owned});"]
        return lines + [f"{of.code}.extend({self.value(node.args[0]).owned});"]

    def check(self, test, message):
        known = self.constant(test)
        if known is not None and known[0]:
            return []
        words = ""
        if message is not None:
            try:
                told = self.complaint(message)
                words = told.code if told.kind.name in ("str", "String") else f'format!("{{:?}}", {told.code})'
                words = f", {words[8:-1]}" if words.startswith("format!(") else f', "{{}}", {words}' if "{" in words else f", {words}"
            except Untranslated:
                words = f", {text(ast.unparse(message))}".replace("{", "{{").replace("}", "}}")
        return [f"assert!({self.truth(test).code}{words});"]

    def complaint(self, node):
        """The words of an error, which need not be those of Python to the letter."""
        self.complaining = True
        try:
            return self.value(node)
        finally:
            self.complaining = False

    def do_Assert(self, statement, last, rest):
        return self.check(statement.test, statement.msg)

    def do_Raise(self, statement, last, rest):
        error = statement.exc
        words = text(ast.unparse(error) if error else "an exception")
        if isinstance(error, ast.Call) and error.args:
            try:
                words = self.complaint(error.args[0]).code
                words = words[8:-1] if words.startswith("format!(") else words if words.startswith('"') else f'"{{}}", {words}'
            except Untranslated:
                words = text(ast.unparse(error.args[0]).replace("{", "{{").replace("}", "}}"))
        return [f"panic!({words});"]

    def do_Return(self, statement, last, rest):
        if statement.value is None:
            return [] if last or not rest and len(self.blocks) == 1 else ["return;"]
        value = self.whole(statement.value) if self.signature.result.name == "option" else self.value(statement.value)
        if self.kind(statement.value) is None and not self.fits(value.kind):
            words = f"`{ast.unparse(statement)}`, to which this input does not come, gives another kind than the others"
            raise Untranslated(statement, words, "give an --input that shows it, or write it by hand")
        code = self.returned(statement, value)
        return [code] if last else [f"return {code};"]

    def fits(self, kind):
        """Can a value of this kind be what the function gives?"""
        result = self.signature.result
        inside = (result, NONE, *result.parts) if result.name == "option" else (result,)
        mixed = {result, kind} == {FLOAT, INT} or result.name == "named" and kind == TENSOR or {result.name, kind.name} == {"list", "tuple"}
        return kind in inside or mixed or kind.name == result.name

    def returned(self, statement, value):
        result = self.signature.result
        if result.name == "option" and value.kind.name != "option":
            return "None" if value.kind == NONE else f"Some({value.owned})"
        if result.name == "named" and value.kind == TENSOR:
            return self.program.named_of_tensor(result, value)
        if result == FLOAT and value.kind == INT:
            return self.as_float(value).code
        if result.name == "list" and value.kind.name == "tuple" and isinstance(statement.value, (ast.Tuple, ast.IfExp)) and value.code[0] == "(":
            return f"vec![{value.code[1:-1].rstrip(',')}]"
        if value.kind == TENSOR and value.form == "place" and value.code.isidentifier() and self.loops == 0:
            # It is at its end.
            return value.code
        if value.form == "place" and value.kind.name in ("list", "tuple") and value.code.isidentifier():
            return value.code
        return value.owned

    def do_Assign(self, statement, last, rest):
        first, *others = statement.targets
        if not others:
            return self.assign(statement, first, statement.value)
        if not all(isinstance(target, ast.Name) for target in statement.targets):
            raise Untranslated(statement, "several targets in one assignment")
        # `a = b = x`
        load = ast.copy_location(ast.Name(first.id, ast.Load()), first)
        load.number = -1
        lines = self.assign(statement, first, statement.value)
        return lines + [line for target in others for line in self.assign(statement, target, load)]

    def do_AnnAssign(self, statement, last, rest):
        if statement.value is None:
            return []
        return self.assign(statement, statement.target, statement.value)

    def assign(self, statement, target, node):
        if isinstance(target, ast.Name):
            added = next((added for other, added in self.growths if other is target), None)
            if added is not None and target.id in self.scope:
                return self.add_to_list(target, added)
            if self.grows(target.id) and self.is_dictionary(node):
                return self.begin_dictionary(target.id, node)
            return self.set(target.id, self.held_by(target.id, node), node)
        if isinstance(target, ast.Subscript) and getattr(target.value, "id", None) in self.growing:
            return self.grow(statement, target, self.value(node), node)
        if isinstance(target, ast.Subscript):
            of = self.value(target.value)
            value = self.value(node)
            if of.kind == TENSOR:
                code = value.code if value.kind != TENSOR or value.form == "owned" else value.ref
                return [f"{of.receiver}.set_i({self.index(target.slice)}, {code});"]
            if of.kind.name == "list" and isinstance(target.value, ast.Name):
                if self.is_part_of_another(target.value.id):
                    self.refuse(target, "changes a list that stands in another one", "change it by its place in that")
                if not self.is_handed_over(target.value):
                    self.refuse(target, "changes a list of the caller's, which goes on with it", "return it")
                lines = self.own(target.value.id)
                self.mutate(target.value.id)
                place = self.place_in(of, target.slice)
                return lines + [changed(f"{self.scope[target.value.id].code}[{place}]", value.owned, value.kind)]
        if isinstance(target, (ast.Tuple, ast.List)):
            return self.unpack(statement, target, node)
        if isinstance(target, ast.Attribute):
            return self.set_buffer(statement, target, "copy_", node)
        raise Untranslated(statement, f"`{ast.unparse(target)}` cannot be assigned to")

    def held_by(self, python, node):
        """What a variable is set to: an optional member as it is, where it, or the variable, may be None."""
        member, seen = self.member_of(node), self.kind(node)
        if member is None or not member.optional or not self.is_tested(python) and (seen is None or seen.name != "option"):
            return self.whole(node)
        value = self.optional(node)
        if value.kind == MAYBE and value.form == "place" and self.stored(python) == 1:
            return Value(f"{value.receiver}.as_deref()", MAYBE, "copy")
        if value.kind.name == "option" and value.kind.is_module and value.form == "place":
            return Value(f"{value.receiver}.as_ref()", value.kind, "ref", ATOM, value.dyn)
        return value

    def is_tested(self, python):
        """Does a condition ask whether the variable is None: `if gate is not None`, `if gate and …`?"""
        tests = [part.test for part in ast.walk(self.source.node) if isinstance(part, (ast.If, ast.IfExp, ast.While, ast.Assert))]
        while tests:
            test = tests.pop()
            if isinstance(test, ast.BoolOp):
                tests += test.values
            elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
                tests.append(test.operand)
            elif isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Is, ast.IsNot)):
                tests.append(test.left)
            elif getattr(test, "id", None) == python:
                return True
        return False

    def set_buffer(self, statement, target, method, node):
        """`self.steps += 1`, and `self.mean = 0.9 * self.mean + …` in place, where nothing else can hold the values of before."""
        member = self.member(target.attr) if getattr(target.value, "id", None) == "self" else None
        is_buffer = member is not None and member.role == "buffer" and not member.optional
        if not is_buffer or method == "copy_" and not self.can_be_changed(target, node):
            raise Untranslated(statement, f"`{ast.unparse(target)}` is set while the model runs", "hold it in a Cell, or a buffer")
        of = member.value(target)
        if method == "copy_":
            value = self.value(node)
            if value.kind != TENSOR:
                self.refuse(node, f"is a {value.kind} where a buffer is set")
            return [f"{of.receiver}.shallow_clone().copy_({value.ref});"]
        call = ast.copy_location(ast.Call(ast.Attribute(target, method, ast.Load()), [node], []), statement)
        return [f"let _ = {self.of_a_tensor(call, of, method).code};"]

    def is_part_of_another(self, name):
        """Is a list an item of another, or a member: `for row in rows`, `row = rows[0]`?"""
        for node in ast.walk(self.source.node):
            if isinstance(node, (ast.For, ast.comprehension)) and any(getattr(part, "id", None) == name for part in ast.walk(node.target)):
                return True
            if isinstance(node, ast.Assign) and any(getattr(target, "id", None) == name for target in node.targets):
                slices = isinstance(node.value, ast.Subscript) and isinstance(node.value.slice, ast.Slice)
                if isinstance(node.value, (ast.Subscript, ast.Attribute)) and not slices:
                    return True
        return False

    def place_in(self, of, node):
        """The index of an item that is set."""
        index = self.value(node)
        if re.fullmatch(r"-\d+", index.code):
            return f"{of.receiver}.len() - {index.code[1:]}"
        if (self.lowest(node) or 0) < 0:
            self.refuse(node, "is counted from the end")
        return index.code if index.code.isdigit() else f"{index.at(ATOM)} as usize"

    def is_handed_over(self, node):
        """Is a list one of this function's own, or an argument that no caller uses any more?"""
        parameters = list(inspect.signature(self.function).parameters)
        anew = [one for one in self.source.expressions if getattr(one, "id", None) == node.id and isinstance(one.ctx, ast.Store) and one.lineno < node.lineno]
        if node.id not in parameters or anew:
            return True
        parameters = parameters[parameters[0] in ("self", "cls") :]
        for other in self.recorder.called:
            written = source.of(other) if source.is_there(other) else None
            for call in written.expressions if written else ():
                if isinstance(call, ast.Call) and self.is_called(other, call):
                    given = (dict(zip(parameters, call.args)) | {keyword.arg: keyword.value for keyword in call.keywords}).get(node.id)
                    mine = [one for one in written.expressions if getattr(one, "id", None) == getattr(given, "id", "") and one is not given]
                    again = [one for one in mine if one.lineno >= call.lineno]
                    loops = [loop for loop in ast.walk(written.node) if isinstance(loop, (ast.For, ast.While)) and any(part is call for part in ast.walk(loop))]
                    if not isinstance(given, (ast.List, ast.ListComp, ast.Call)) and (not isinstance(given, ast.Name) or again or loops):
                        return False
        first = next(one for one in self.source.expressions if getattr(one, "id", None) == node.id)
        self.program.report.otherwise(f"{self.source.place(first)}: the list `{node.id}` is changed in a copy, where Python's caller finds it changed")
        return True

    def can_be_changed(self, target, node):
        """Is what a buffer is set to computed from it, and does nothing but operators read it?"""
        of_it = lambda part: isinstance(part, ast.Attribute) and part.attr == target.attr and isinstance(part.ctx, ast.Load)
        if not isinstance(node, ast.BinOp) or not any(map(of_it, ast.walk(node))) or target.attr in self.program.recorder.remade.get(self.cls.cls, ()):
            return False
        for function in self.recorder.called:
            written = source.of(function) if source.is_there(function) else None
            for part in ast.walk(written.node) if written else ():
                inside = [one for one in ast.iter_child_nodes(part) if of_it(one) and self.recorder.kind(function, one.value) != TENSOR]
                if inside and not isinstance(part, (ast.BinOp, ast.UnaryOp, ast.Compare)):
                    return False
        return True

    # Lists and tuples, and dictionaries, that are filled bit by bit: a variable for each key.

    def add_to_list(self, target, added):
        """`parts = parts + (x, y)`."""
        lines = self.own(target.id)
        self.mutate(target.id)
        of = self.scope[target.id]
        items = [self.value(item).owned for item in added.elts]
        return lines + [f"{of.code}.push({item});" for item in items]

    def is_dictionary(self, node):
        if isinstance(node, ast.Dict):
            return True
        return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("dict", "OrderedDict")

    def grows(self, python):
        """Does the function set keys of it, by their names?"""
        for node in self.source.expressions:
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and getattr(node.value, "id", None) == python:
                if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                    return True
        return False

    def begin_dictionary(self, python, node):
        whole = self.kind_at_end(python)
        if whole is None or not whole.fields or getattr(node, "args", None) or getattr(node, "keywords", None):
            self.refuse(node, "is a dictionary whose keys are not known", "make it a struct")
        self.growing[python] = (whole, {})
        lines = []
        for key, kind in zip(whole.fields, whole.parts):
            if kind.name == "option":
                # Not in all cases.
                mark = self.declare(f"{python}_{key}", kind)
                lines.append(f"let {mark}{self.name(f'{python}_{key}')} = None;")
                self.growing[python][1][key] = f"{python}_{key}"
        for key, value in zip(node.keys, node.values) if isinstance(node, ast.Dict) else ():
            target = ast.Subscript(ast.Name(python, ast.Load()), key, ast.Store())
            lines += self.grow(node, target, self.value(value), value)
        return lines

    def kind_at_end(self, python):
        """What it is where it is last read."""
        set_at = [node.value for node in self.source.expressions if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)]
        found = None
        for node in sorted(self.source.expressions, key=lambda node: node.lineno):
            if isinstance(node, ast.Name) and node.id == python and isinstance(node.ctx, ast.Load) and node not in set_at:
                kind = self.kind(node)
                found = kind if kind is not None and kind.fields else found
        return found

    def grow(self, statement, target, value, node):
        python = target.value.id
        whole, parts = self.growing[python]
        key = getattr(target.slice, "value", None)
        if not isinstance(key, str):
            self.refuse(target, "is a key that is not known")
        variable = f"{python}_{key}"
        if key not in parts:
            if self.blocks[-1] != 0 and len(self.blocks) > 1:
                self.refuse(target, "is set on one side of a branch")
            parts[key] = variable
            return self.set(variable, value, node)
        kind = self.scope[variable].kind
        self.mutate(variable)
        some = kind.name == "option" and value.kind.name != "option"
        return [f"{self.scope[variable].code} = {f'Some({value.owned})' if some else value.owned};"]

    def is_read(self, name):
        return super().is_read(name) or any(name in parts.values() for _, parts in self.growing.values())

    def Name(self, node):
        if node.id in self.growing:
            whole, parts = self.growing[node.id]
            last = not self.is_read_after(node)
            values = {key: replace(self.scope[variable], last=last) for key, variable in parts.items()}
            return self.program.struct_of(self, whole, values)
        return super().Name(node)

    def Subscript(self, node):
        if isinstance(node.value, ast.Name) and node.value.id in self.growing and isinstance(node.slice, ast.Constant):
            variable = self.growing[node.value.id][1].get(node.slice.value)
            if variable is None:
                self.refuse(node, "is a key that is not set yet")
            value = self.scope[variable]
            if value.kind.name == "option" and self.kind(node) == value.kind.parts[0]:
                return Value(f"{value.receiver}.as_ref().unwrap()", value.kind.parts[0], "ref")
            return value
        if isinstance(node.value, ast.Name) and (node.value.id, getattr(node.slice, "value", None)) in self.narrowed:
            return self.narrowed[node.value.id, node.slice.value]
        return super().Subscript(node)

    def IfExp(self, node):
        """`None if x is None else …` is `x.map(…)`."""
        test, body, orelse = node.test, node.body, node.orelse
        asked = self.constant(test) is None and not (isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.In))
        of, there, otherwise = self.is_there(test) if asked else None, body, orelse
        if of is None and asked:
            of, there, otherwise = self.is_missing(test), orelse, body
        if of is None or of[2][0].split(".")[-1] not in mentioned(there):
            return super().IfExp(node)
        name, code, (key, where, inside, dyn) = of
        old, declared = (dict(self.narrowed), dict(self.scope)), dict(self.declared)
        self.closures += 1
        self.narrow({key: (where, Value(name, inside, "copy" if inside.is_number else "ref", ATOM, dyn))})
        a = self.value(there)
        self.narrowed, self.scope = old
        self.declared = declared
        self.closures -= 1
        b = self.value(otherwise)
        if a.code == name and a.kind == b.kind == TENSOR and b.form != "owned" and not code.startswith("&"):
            # `x if y is None else y`
            return Value(f"{code}.unwrap_or({b.ref})", TENSOR, "ref")
        if b.kind == NONE:
            receiver = f"{code[1:]}.as_ref()" if code.startswith("&") else code
            return Value(f"{receiver}.map(|{name}| {a.owned})", kinds.option(a.kind), "owned" if a.kind == TENSOR else "copy")
        kind = kinds.join([a.kind, b.kind])
        if kind.name == "union" or kinds.is_mixed(kind):
            self.refuse(node, f"is of {a.kind} or of {b.kind}", "make both of one kind")
        a, b = (self.as_float(v).code if kind == FLOAT else v.owned for v in (a, b))
        form = "owned" if kind == TENSOR else "ref" if kind.is_module else "copy"
        return Value(f"if let Some({name}) = {code} {{ {a} }} else {{ {b} }}", kind, form, COMPARE)

    # Functions within the function.

    def Lambda(self, node):
        self.closures += 1
        old = dict(self.scope)
        try:
            parameters, kinds_ = self.closure_parameters(node)
            value = self.value(node.body)
        finally:
            self.scope = old
            self.closures -= 1
        return Value(f"|{parameters}| {value.owned}", Kind("closure", (value.kind, *kinds_)))

    def closure_parameters(self, node):
        """As they stand between the bars, each bound to what was seen of it."""
        if node.args.defaults or node.args.vararg or node.args.kwarg or node.args.kwonlyargs:
            raise Untranslated(node, "a function within the function has arguments by default or by stars")
        inside = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
        own = {part.id for part in inside if isinstance(part.ctx, ast.Store)}
        for name in own:
            # It hides one of the function around.
            self.scope.pop(name, None)
            self.declared.pop(name, None)
        changes = [part.value for part in ast.walk(node) if isinstance(part, ast.Attribute) and part.attr in source.LIST_CHANGES]
        changes += [part.value for part in ast.walk(node) if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store)]
        outer = next((part.id for part in changes if isinstance(part, ast.Name) and part.id not in own and part.id in self.scope), None)
        if outer is not None and outer not in [argument.arg for argument in node.args.args]:
            raise Untranslated(node, f"a function within the function changes `{outer}` of that around it", "return what it adds")
        read = {part.id for part in inside} - own - {argument.arg for argument in node.args.args}
        later = [one for one in self.source.expressions if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store) and one.lineno > node.lineno and one not in inside]
        again = next((one.id for one in later if one.id in read), None)
        if again is not None:
            raise Untranslated(node, f"a function within the function reads `{again}`, which changes behind it", f"give it `{again}` as an argument")
        parts, found = [], []
        for argument in node.args.args:
            inside = [part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id == argument.arg]
            seen = [self.kind(part) for part in inside if isinstance(part.ctx, ast.Load) and self.kind(part) is not None]
            if not seen:
                raise Untranslated(node, f"`{argument.arg}` of a function within the function is never seen")
            kind = kind_of_parameter(kinds.join(seen))
            outside = {self.kind(part) for part in self.source.expressions if getattr(part, "id", None) == argument.arg and part not in inside} - {None}
            if outside and kind not in outside:
                raise Untranslated(node, f"`{argument.arg}` is one thing within the function, and another around it", "give it another name")
            found.append(kind)
            name = self.name(argument.arg)
            self.scope[argument.arg] = self.parameter(Parameter(argument.arg, name, kind))
            self.declared[argument.arg] = (0, None)
            parts.append(f"{name}: {rust_type(kind, self.program, False)}")
        return ", ".join(parts), found

    def do_FunctionDef(self, statement, last, rest):
        if statement.decorator_list or any(isinstance(part, (ast.Nonlocal, ast.Yield)) for part in ast.walk(statement)):
            raise Untranslated(statement, f"`{statement.name}` is a function within the function of a kind that has no Rust here")
        old = dict(self.scope), dict(self.declared), self.signature, self.loops, self.closures
        try:
            parameters, found = self.closure_parameters(statement)
            values = [node.value for node in source.inside(statement, ast.Return) if node.value is not None]
            seen = [self.kind(value) for value in values if self.kind(value) is not None]
            if not seen:
                # It is never called, or gives nothing.
                raise Untranslated(statement, f"`{statement.name}`, a function within the function, is not reached")
            result = kind_of_parameter(kinds.join(seen))
            self.signature, self.loops, self.closures = Signature(statement.name, (), result, False), 0, self.closures + 1
            lines = self.inner(statement.body, True)
        finally:
            self.scope, self.declared, self.signature, self.loops, self.closures = old
        name = self.name(statement.name)
        self.scope[statement.name] = Value(name, Kind("closure", (result, *found)), "place")
        return [f"let {name} = |{parameters}| -> {rust_type(result, self.program, True)} {{", *lines, "};"]

    def unpack(self, statement, target, node):
        if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == len(target.elts):
            if all(isinstance(part, ast.Name) for part in target.elts):
                values = [self.held_by(name.id, part) for name, part in zip(target.elts, node.elts)]
                apart = {name.id for name in target.elts}.isdisjoint(getattr(part, "id", None) for part in ast.walk(node))
                if all(value.code == "vec![]" or value.kind.is_module for value in values) or apart and any(value.kind.is_module for value in values):
                    # `outputs, weights = [], []`
                    return [line for name, part, value in zip(target.elts, node.elts, values) for line in self.set(name.id, value, part)]
                for name, part, value in zip(target.elts, node.elts, values):
                    self.only_name(name.id, part, value)
                inside = [value.kind for value in values]
                if any(map(self.is_outside, (name.id for name in target.elts), inside)):
                    return self.unpack_outside(statement, target, inside, f"({', '.join(value.owned for value in values)})")
                pattern = self.bind_new(target, [value.kind for value in values])
                return [f"let {pattern} = ({', '.join(value.owned for value in values)});"]
        value = self.value(node)
        if value.kind == SIZE and isinstance(target.elts[-1], ast.Starred) and getattr(target.elts[-1].value, "id", "") == "_" and not self.is_read("_"):
            # `b, *_ = x.shape`
            names_ = target.elts[:-1]
            return [line for place, name in enumerate(names_) for line in self.set(name.id, Value(f"{value.receiver}[{place}]", INT, "copy"), node)]
        if value.kind == SIZE and isinstance(target.elts[-1], ast.Starred):
            # `b, c, *spatial = x.shape`
            *names_, rest = target.elts
            lines = [line for place, name in enumerate(names_) for line in self.set(name.id, Value(f"{value.receiver}[{place}]", INT, "copy"), node)]
            return lines + self.set(rest.value.id, Value(f"{value.receiver}[{len(names_)}..].to_vec()", Kind("list", (INT,))), node)
        count = len(target.elts)
        nested = value.kind.name == "tuple" and value.form == "owned"
        if any(not isinstance(part, ast.Name) for part in target.elts) and not nested:
            raise Untranslated(statement, "its targets are not all names")
        if value.form == "array":
            return [f"let {self.bind_new(target, value.kind.parts * count, '[]')} = {value.code};"]
        if value.kind == SIZE:
            pattern = self.bind_new(target, [INT] * count, "[]")
            return [f"let {pattern} = {value.receiver}.unpack();"]
        if value.kind.name == "named" and value.kind.cls is not PackedSequence and len(value.kind.fields) == count:
            name = self.program.named(value.kind)
            self.bind_new(target, value.kind.parts)
            fields = []
            for part, field in zip(target.elts, value.kind.fields):
                if value.form in ("place", "ref"):
                    self.scope[part.id] = replace(self.scope[part.id], form="ref")
                    self.declared[part.id] = (self.blocks[-1], None)
                field, variable = names.field(field), self.pattern(part)
                fields.append(field if field == variable else f"{field}: {variable}")
            return [f"let {name} {{ {', '.join(fields)} }} = {value.ref if value.form in ('place', 'ref') else value.code};"]
        if value.kind.name in ("tuple",):
            owned = value.owned if value.form not in ("place", "ref") else value.ref
            if any(isinstance(part, ast.Name) and self.is_outside(part.id, kind) for part, kind in zip(target.elts, value.kind.parts)):
                if value.form != "owned" and set(value.kind.parts) == {TENSOR}:
                    owned = f"({', '.join(f'{value.receiver}.{place}.shallow_clone()' for place in range(count))})"
                elif value.form != "owned":
                    raise Untranslated(statement, "variables of an outer block are set to parts of another", "set each by itself")
                return self.unpack_outside(statement, target, value.kind.parts, owned)
            again = {name for name in self.assigned([self.source.node]) if self.stored(name) > 1}
            if value.form == "place" and set(value.kind.parts) == {TENSOR} and any(getattr(part, "id", None) in again for part in target.elts):
                # They change later.
                owned = f"({', '.join(f'{value.receiver}.{place}.shallow_clone()' for place in range(count))})"
            pattern = self.bind_new(target, value.kind.parts)
            if value.form in ("place", "ref") and "shallow_clone" not in owned and all(isinstance(part, ast.Name) for part in target.elts):
                # They are borrowed.
                simple = lambda kind: kind.is_number or kind == BOOL
                for part, kind in zip(target.elts, value.kind.parts):
                    if not simple(kind):
                        self.scope[part.id] = replace(self.scope[part.id], form="ref")
                        self.declared[part.id] = (self.blocks[-1], None)
                owned = value.ref
                if any(map(simple, value.kind.parts)):
                    places = (f"{'' if simple(kind) else '&'}{value.receiver}.{place}" for place, kind in enumerate(value.kind.parts))
                    owned = f"({', '.join(places)})"
            return [f"let {pattern} = {owned};"]
        if value.kind.name == "list" and value.kind.parts[0].is_number:
            pattern = self.bind_new(target, [value.kind.parts[0]] * count, "[]")
            part = re.search(r"\[[^\[\]]*\.\.[^\[\]]*\]$", value.code)
            numbers = value.receiver if part else f"{value.receiver}[..]"
            return [f"let {pattern} = {numbers}.unpack();"]
        if value.kind.name == "list":
            pattern = self.bind_new(target, [value.kind.parts[0]] * count, "[]")
            array = re.fullmatch(r"(\[[^\[\]]*\])\.into_iter\(\)\.map\((.*)\)\.collect::<Vec<_>>\(\)", value.code)
            if array and array[1].count(",") == count - 1:
                return [f"let {pattern} = {array[1]}.map({array[2]});"]
            return [f"let {pattern} = {value.owned}.unpack();"]
        if value.kind == TENSOR:
            pattern = self.bind_new(target, [TENSOR] * count, "[]")
            return [f"let {pattern} = torch::unbind({value.ref}).unpack();"]
        raise Untranslated(statement, f"a {value.kind} is taken apart")

    def is_outside(self, name, kind=None):
        """Is it a variable of an outer block, which is read after this one? One of another kind is another of this block."""
        block = self.declared.get(name, (None, None))[0]
        if block is None or block == self.blocks[-1] or not self.lives(name):
            return False
        return kind is None or self.scope[name].kind in (kind, kinds.option(kind)) or self.is_read_behind(name)

    def stored(self, name):
        """How often is a variable set?"""
        return sum(getattr(node, "id", None) == name and isinstance(node.ctx, ast.Store) for node in self.source.expressions)

    def is_read_behind(self, name, end=None):
        """Is it read behind this line, by default the last of the compound statement that is being written?"""
        if end is None:
            end = self.compound[-1] if getattr(self, "compound", None) else 0
        nodes = (node for node in self.source.expressions if isinstance(node, ast.Name) and node.id == name)
        return any(isinstance(node.ctx, ast.Load) and node.lineno > end for node in nodes)

    def unpack_outside(self, statement, target, inside, code):
        """`(x, y) = …` where `x` is a variable of an outer block."""
        lines, parts = [], []
        for part, kind in zip(target.elts, inside):
            if not isinstance(part, ast.Name) or kind == NONE or not self.is_read(part.id):
                if isinstance(part, ast.Name) and kind == NONE:
                    self.scope[part.id] = Value("None", NONE, "copy")
                elif not isinstance(part, ast.Name):
                    raise Untranslated(part, f"`{ast.unparse(part)}` is set among others", "set it by itself")
                parts.append("_")
            elif self.is_outside(part.id, kind):
                if self.scope[part.id].kind != kind:
                    raise Untranslated(statement, f"`{part.id}` changes from {self.scope[part.id].kind} to {kind}", "give it another name")
                self.mutate(part.id)
                parts.append(self.scope[part.id].code)
            elif part.id in self.scope and self.scope[part.id].kind == kind and self.mentions(code, self.name(part.id)):
                # It is read on the other side.
                if part.id in self.declared:
                    lines += self.own(part.id)
                else:
                    before = self.scope[part.id]
                    lines.append(f"let {self.declare(part.id, kind)}{before.code} = {before.owned};")
                self.mutate(part.id)
                parts.append(self.scope[part.id].code)
            else:
                mark = self.declare(part.id, kind)
                lines.append(f"let {mark}{self.name(part.id)};")
                parts.append(self.name(part.id))
        return [*lines, f"({', '.join(parts)}) = {code};"]

    def bind_new(self, target, inside, brackets="()"):
        parts = []
        for name, kind in zip(target.elts, inside):
            if isinstance(name, ast.Tuple) and kind.name == "tuple":
                parts.append(self.bind_new(name, kind.parts))
                continue
            if isinstance(name, ast.Attribute):
                raise Untranslated(name, f"`{ast.unparse(name)}` is set while the model runs", "hold it in a Cell, or a buffer")
            if not isinstance(name, ast.Name):
                raise Untranslated(name, f"`{ast.unparse(name)}` is set among others", "set it by itself")
            if self.is_outside(name.id, kind):
                raise Untranslated(name, f"`{name.id}` of an outer block is set among others", "set it by itself")
            mark = self.declare(name.id, kind)
            parts.append(f"{mark}{self.pattern(name)}" if self.is_read(name.id) else f"_{self.name(name.id)}".replace("__", "_"))
        return f"{brackets[0]}{', '.join(parts)}{brackets[1]}"

    def declare(self, python, kind):
        number = self.count
        self.count += 1
        form = "copy" if kind.is_number or kind == BOOL or kind.name in ("dtype", "device") else "place"
        if kind == STR:
            form = "ref"
        self.scope[python] = Value(self.name(python), kind, form)
        self.declared[python] = (self.blocks[-1], number)
        return f"\0{number}\0"

    def mutate(self, python):
        number = self.declared[python][1]
        if number is not None:
            self.marks.add(number)

    def own(self, python):
        """A parameter becomes a variable of its own before it is changed."""
        if self.declared.get(python, (0, 0))[1] is not None and self.scope[python].form != "ref":
            return []
        value = self.scope[python]
        if value.kind.is_module:
            store = next(part for part in self.source.expressions if getattr(part, "id", None) == python and isinstance(part.ctx, ast.Store))
            raise Untranslated(store, f"`{python}` is one module or another, or none, by a condition", "give each a name of its own")
        mark = self.declare(python, value.kind)
        if value.form == "copy":
            return [f"let {mark}{value.code} = {value.code};"]
        plain = value.kind not in (TENSOR, MAYBE, Kind("list", (TENSOR,)))
        owned = f"{value.code}.to_vec()" if plain else value.owned
        return [f"let {mark}{value.code} = {owned};"]

    def lives(self, python):
        """Is it read after the compound statement that is being written, or in a loop?"""
        return self.is_read(python) if self.loops else self.is_read_behind(python)

    def set(self, python, value, node):
        if python == "_" and not self.is_read("_"):
            return [f"let _ = {value.code};"] if has_effect(value.code) else []
        old = self.scope.get(python)
        if old is not None and (old.code, old.form) == (value.code, value.form):
            # `x = x`
            return []
        if value.kind == kinds.option(Kind("tuple", ())):
            self.refuse(node, "is an empty tuple or None, which grows where it is there", "make two classes of it")
        if value.code == "vec![]" and not self.is_read(python):
            # Nothing asks for it.
            self.scope[python] = value
            return []
        if value.kind == Kind("tuple", ()) and all(target.id != python for target, _ in self.growths):
            # Nothing is in it.
            self.scope[python] = value
            self.declared.pop(python, None)
            return []
        block = self.declared.get(python, (None, None))[0]
        if block is not None and block != self.blocks[-1] and block in self.blocks and self.lives(python):
            old = self.scope[python]
            if old.kind.name == "option" and value.kind.name != "option":
                code = "None" if value.kind == NONE else f"Some({value.owned})"
            elif old.kind == FLOAT and value.kind == INT:
                code = self.as_float(value).code
            elif old.kind != value.kind and not (old.kind.name == value.kind.name == "list"):
                raise Untranslated(node, f"`{python}` changes from {old.kind} to {value.kind}", "give it another name")
            else:
                code = value.owned
            self.mutate(python)
            return [changed(old.code, code, old.kind)]
        if value.kind == NONE:
            seen = self.kind_of_target(ast.Name(python), self.until_set_anew(python, node))
            loads = [part for part in self.source.expressions if getattr(part, "id", None) == python and isinstance(part.ctx, ast.Load)]
            if seen is None or seen == NONE or seen.name != "option" and not any(map(self.is_set_by_chance, loads)):
                # Whoever reads it finds what is set later.
                self.scope[python] = value
                self.declared.pop(python, None)
                return []
            value = replace(value, kind=kinds.option(seen))
        if value.kind.name == "closure":
            self.scope[python] = Value(self.name(python), value.kind, "place")
            return [f"let {self.name(python)} = {value.code};"]
        self.only_name(python, node, value)
        if value.kind.is_module:
            self.scope[python] = Value(self.name(python), value.kind, "ref", ATOM, value.dyn)
            self.declared[python] = (self.blocks[-1], None)
            return [f"let {self.name(python)} = {value.ref};"]
        if value.kind == MAYBE and value.form == "copy" and value.code.endswith(".as_deref()"):
            self.scope[python] = Value(self.name(python), MAYBE, "copy")
            self.declared[python] = (self.blocks[-1], None)
            return [f"let {self.name(python)} = {value.code};"]
        kind, code, whole = value.kind, value.owned, node
        while isinstance(node, ast.IfExp) and self.constant(node.test):
            node = node.body if self.constant(node.test)[0] else node.orelse
        if isinstance(node, (ast.Tuple, ast.List)) and any(target.id == python for target, _ in self.growths):
            items = [self.value(item).owned for item in node.elts]
            inside = [part for kind in self.kinds_of(python) for part in kind.parts]
            kind, code = Kind("list", (kinds.join(inside),)), f"vec![{', '.join(items)}]"
        read = self.kind_of_target(ast.Name(python), self.until_set_anew(python, node)) if kind.is_number else None
        mixed = read is not None and read.name == "union" and {part.name for part in read.parts} <= {"Tensor", "int", "float"}
        if mixed and not self.is_set_anew(python, whole):
            # A sum that begins with a number.
            kind, code = TENSOR, f"torch::tensor({code})"
        if kind.name == "list" and value.code == "vec![]":
            kind = self.kind_of_target(ast.Name(python), self.until_set_anew(python, node)) or kind
            with contextlib.suppress(Untranslated):
                inside = kind.parts[0] if kind.parts and kind.parts[0] != kinds.OTHER else TENSOR
                self.empty[self.name(python)] = rust_type(inside, self.program, True)
        if kind.name == "tuple" and isinstance(node, ast.Tuple) and node.elts and self.is_looped(python):
            # What is gone through is of one type.
            inside = kinds.join(kind.parts)
            items = [self.as_kind(part, inside) for part in node.elts]
            kind, code = Kind("list", (inside,)), f"[{', '.join(items)}]"
        mark = self.declare(python, kind)
        name = self.name(python)
        if not self.is_read(python) and not (kind == TENSOR and self.is_changed(python)) and not name.startswith("_"):
            name = f"_{name}"
        if code == "None" and kind == MAYBE:
            # A method of what it is later needs the type.
            name = f"{name}: Option<Tensor>"
        return [f"let {mark}{name} = {code};"]

    def is_changed(self, python):
        """Does some `x += y` change it?"""
        nodes = (node for node in self.source.expressions if isinstance(node, ast.Name) and node.id == python)
        return any(node.number in self.changed for node in nodes)

    def until_set_anew(self, python, node):
        """The lines in which a variable is what this assignment sets: to the next one of the same block."""
        for block in source.blocks(self.source.node):
            here = next((i for i, one in enumerate(block) if getattr(one, "value", None) is node), None)
            for one in block[here + 1 :] if here is not None else ():
                if isinstance(one, ast.Assign) and any(getattr(target, "id", None) == python for target in one.targets):
                    return range(node.lineno, one.end_lineno + 1)
        return range(sys.maxsize)

    def only_name(self, python, node, value):
        if value.kind.name == "list" and isinstance(node, ast.Name) and self.grows_later({python, node.id}):
            self.refuse(node, "is a list under two names, which changes later", "use one name")

    def grows_later(self, names_):
        """Does some statement change a list of these names where it is?"""
        changes = [target.id for target, _ in self.growths]
        for node in self.source.expressions:
            if isinstance(node, ast.Attribute) and node.attr in source.LIST_CHANGES and isinstance(node.value, ast.Name):
                changes.append(node.value.id)
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
                changes.append(node.value.id)
        return not names_.isdisjoint(changes)

    def is_set_anew(self, python, node):
        """Is each assignment to it a statement of the block in which it is set to this node? There each is a variable of its own."""
        assigned = [[one for one in block if isinstance(one, ast.Assign)] for block in source.blocks(self.source.node)]
        block = next((block for block in assigned if any(one.value is node for one in block)), [])
        targets = [target for one in block for target in one.targets]
        stores = [part for part in self.source.expressions if getattr(part, "id", None) == python and isinstance(part.ctx, ast.Store)]
        return all(part in targets for part in stores)

    def kinds_of(self, python):
        """All that a variable was seen as."""
        nodes = (node for node in self.source.expressions if isinstance(node, ast.Name) and node.id == python)
        return [kind for seen in map(self.seen, nodes) if seen for kind in seen.kinds]

    def is_looped(self, python):
        loops = (node for node in ast.walk(self.source.node) if isinstance(node, (ast.For, ast.comprehension)))
        return any(isinstance(loop.iter, ast.Name) and loop.iter.id == python for loop in loops)

    def as_kind(self, node, kind):
        """A literal as one of this kind."""
        if kind.name == "tuple" and isinstance(node, ast.Tuple):
            return f"({', '.join(self.as_kind(part, inside) for part, inside in zip(node.elts, kind.parts))})"
        value = self.value(node)
        if kind.name == "option" and value.kind.name != "option":
            return "None" if value.kind == NONE else f"Some({value.owned})"
        return value.owned

    def do_AugAssign(self, statement, last, rest):
        target = statement.target
        added = next((added for other, added in self.growths if other is target), None)
        if added is not None and target.id in self.scope and self.scope[target.id].kind.name == "list":
            return self.add_to_list(target, added)
        value = self.value(statement.value)
        known = self.scope.get(target.id) if isinstance(target, ast.Name) else None
        if known is not None and known.kind.is_number and not self.is_read(target.id) and not has_effect(value.code):
            # Nothing asks for what it comes to.
            return []
        if type(statement.op) not in CHANGING:
            raise Untranslated(statement, f"`{ast.unparse(statement)}` is not understood")
        symbol = CHANGING[type(statement.op)]
        if isinstance(target, ast.Name):
            old = self.scope.get(target.id)
            if old is None:
                raise Untranslated(statement, f"`{target.id}` is not known here")
            if old.form == "mut":
                return [f"*{old.code} {symbol}= {value.operand if value.kind == TENSOR else value.code};"]
            if old.code.startswith("*") and old.kind == value.kind:
                return [f"{old.code} {symbol}= {value.code};"]
            lines = self.own(target.id)
            self.mutate(target.id)
            old = self.scope[target.id]
            if old.kind == TENSOR or old.kind == value.kind:
                code = value.operand if value.kind == TENSOR and value.form == "owned" else value.ref if value.kind == TENSOR else value.code
                return lines + [f"{old.code} {symbol}= {code};"]
            if old.kind == FLOAT and value.kind == INT:
                return lines + [f"{old.code} {symbol}= {self.as_float(value).code};"]
        if isinstance(target, ast.Subscript):
            of = self.value(target.value)
            if of.kind == TENSOR:
                index = self.index(target.slice)
                if self.is_view(target.slice):
                    side = value.ref if value.kind == TENSOR and value.form != "owned" else value.code
                    return [f"{of.receiver}.i({index}).{ASSIGNING[symbol]}({side});"]
                least = MULTIPLY if symbol in "+-" else UNARY
                side = value.at(least) if value.form in ("owned", "copy") else value.ref
                lines, parts = [], target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
                codes = [self.index(part) for part in parts]
                for place, part in enumerate(parts):
                    if not isinstance(part, ast.Name) and self.kind(part) == TENSOR:
                        # It is made once, though it is read and written.
                        name = "index" if not lines else f"index{len(lines)}"
                        name += "_" * any(getattr(node, "id", "") == name for node in self.source.expressions)
                        lines.append(f"let {name} = {codes[place].removeprefix('&')};")
                        codes[place] = f"&{name}"
                index = f"({', '.join(codes)})" if isinstance(target.slice, ast.Tuple) else codes[0]
                return [*lines, f"{of.receiver}.set_i({index}, {of.receiver}.i({index}) {symbol} {side});"]
            if of.kind.name == "list" and of.kind.parts[0] == value.kind == TENSOR and isinstance(target.value, ast.Name):
                lines = self.own(target.value.id)
                self.mutate(target.value.id)
                return lines + [f"{self.scope[target.value.id].code}[{self.place_in(of, target.slice)}] {symbol}= {value.operand};"]
        if isinstance(target, ast.Attribute):
            method = {"+": "add_", "-": "sub_", "*": "mul_", "/": "div_"}[symbol]
            return self.set_buffer(statement, target, method, statement.value)
        raise Untranslated(statement, f"`{ast.unparse(statement)}` is not understood")

    def is_view(self, node):
        """Is what stands between the brackets of a tensor of slices and numbers alone?"""
        if isinstance(node, ast.Tuple):
            return all(map(self.is_view, node.elts))
        if isinstance(node, ast.Constant):
            return not isinstance(node.value, bool)
        return isinstance(node, ast.Slice) or self.kind(node) == INT

    # Compound statements.

    def do_If(self, statement, last, rest):
        known = self.constant(statement.test) or self.of_a_member(statement.test) or self.of_a_key(statement.test)
        if known is not None:
            taken, left = statement.body, statement.orelse
            if not known[0]:
                taken, left = left, taken
            self.left_out(statement, left)
            lines = []
            for place, part in enumerate(taken):
                lines += self.statement(part, last and place == len(taken) - 1, taken[place + 1 :] + rest)
                if self.ends(part):
                    statement.ends = True
            return lines
        chosen = self.chosen(statement)
        if chosen is not None:
            return self.assign(statement, *chosen)
        statement = self.with_end(self.with_else(statement), rest)
        test, narrowed = self.test(statement.test, statement.body)
        other = self.none_narrowed(statement.test)
        body, orelse = statement.body, statement.orelse
        read = {name for part in orelse for name in mentioned(part)}
        if other and orelse and read.isdisjoint(str(key).split(".")[-1] for key in other):
            other = {}
        elif other and orelse:
            # `if x is None: … else: …` begins with what is there.
            name, value, key = self.is_missing(statement.test)
            test, other = f"let Some({name}) = {value}", {}
            narrowed = {key[0]: (key[1], Value(name, key[2], "copy" if key[2].is_number else "ref", ATOM, key[3]))}
            body, orelse = orelse, body
        before = []
        assigned = [self.assigned(body), self.assigned(orelse)]
        self.compound = getattr(self, "compound", []) + [statement.end_lineno]
        try:
            both = [
                name for name in assigned[0]
                if name in assigned[1] and self.sets_anew(body, name) and self.sets_anew(orelse, name) and self.lives(name) and not self.augmented(statement, name)
            ]
            changed = [
                name for name, (where, _) in narrowed.items()
                if where == "variable" and name in assigned[0] and name not in both and self.is_outside(name)
            ]
            if len(changed) == 1 and all(isinstance(one, ast.AugAssign) for one in self.setting(body, changed[0])):
                # `if total is None: total = x else: total += x`
                name, (where, value) = changed[0], narrowed[changed[0]]
                test = re.sub(rf"let Some\({value.code}\) = &?", f"let Some({value.code}) = &mut ", test)
                mut = replace(value, form="mut") if value.kind == TENSOR else Value(f"*{value.code}", value.kind, "copy", UNARY)
                narrowed = {**narrowed, name: (where, mut)}
                self.mutate(name)
                assigned[0].remove(name)
            elif changed:
                raise Untranslated(statement, "a variable of an outer block is set where it is there", "write it as a `match`")
            # A variable of an outer block is set, not made anew.
            both = [name for name in both if not self.leaves(body) and not self.leaves(orelse) and not self.is_outside(name)]
            if orelse and self.leaves(body) != self.leaves(orelse):
                # `else: raise …`: what goes on is set on the other side.
                stays = orelse if self.leaves(body) else body
                both = [
                    name for name in self.assigned(stays, parts=False)
                    if self.sets_anew(stays, name) and self.is_read_behind(name) and not self.is_outside(name) and not self.augmented(statement, name)
                ]
            for name in dict.fromkeys(assigned[0] + assigned[1]):
                if name in self.scope and name not in both and self.lives(name) and self.scope[name].form == "ref":
                    before += self.own(name)
                if name in self.scope and name not in both and self.declared.get(name, (0, 0))[1] is None and self.lives(name):
                    if name in self.declared:
                        before += self.own(name)
            for name in both:
                # Set anew in both: the `if` is its value.
                self.declared.pop(name, None)
            old = dict(self.narrowed)
            scope, declared = dict(self.scope), dict(self.declared)
            self.narrow(narrowed)
            for name in both:
                # On each side it is one of that block's.
                self.declared.pop(name, None)
            tail = last and self.leaves(body) and self.leaves(orelse)
            lines = self.inner(body, tail)
            first = self.after
            self.narrowed, self.scope = old, scope
            self.narrow(other)
            for name in both:
                self.declared.pop(name, None)
            others = self.inner(orelse, tail) if orelse else []
            second = self.after if orelse else {}
            self.narrowed, self.scope, self.declared = old, scope, declared
        finally:
            self.compound.pop()
        if not orelse and self.leaves(body) and other:
            # `if x is None: return …`: from here on it is there.
            self.narrow(other)
        if not lines and not others:
            return before
        if lines == others and not has_effect(test) and not any(line.startswith("let ") for line in lines):
            return before + lines
        if both:
            whole = [values for values, side in ((first, body), (second, orelse)) if not self.leaves(side) and all(name in values for name in both)]
            if not whole and not self.leaves(body) and not self.leaves(orelse):
                raise Untranslated(statement, "neither side is understood")
        if both and whole:
            inside = [kinds.join(values[name].kind for values in whole) for name in both]
            for name, kind in zip(both, inside):
                if kind.is_module and kinds.is_mixed(kind):
                    raise Untranslated(statement, f"`{name}` is of one class or of another", "give each a name of its own")
            chain = False
            for branch, values in ((lines, first), (others, second)):
                if not any(values is one for one in whole):
                    continue
                branch.append(self.results(both, inside, values))
                chain = self.fold_last(branch, both)
            marks = []
            for name, kind in zip(both, inside):
                marks.append(f"{self.declare(name, kind)}{self.name(name)}")
            pattern = marks[0] if len(marks) == 1 else f"({', '.join(marks)})"
            if not test:
                self.refuse(statement.test)
            if lines == others and len(lines) == 1 and not has_effect(test):
                # Both sides are the same here.
                return before + [f"let {pattern} = {lines[0]};"]
            mapped = self.mapped(test, lines, others, inside)
            if mapped is not None:
                return before + [f"let {pattern} = {mapped};"]
            otherwise = [f"}} else {others[0]};"] if len(others) == 1 and others[0].startswith("if ") else ["} else {", *others, "};"]
            if chain:
                otherwise = [f"}} else {others[0]}", *others[1:-1], "};"]
            return before + [f"let {pattern} = if {test} {{", *lines, *otherwise]
        if not lines:
            test = self.truth(ast.copy_location(ast.UnaryOp(ast.Not(), statement.test), statement.test)).code
            text_ = [f"if {test} {{", *others, "}"]
        else:
            text_ = [f"if {test} {{", *lines, "}"]
            if others:
                if len(orelse) == 1 and isinstance(orelse[0], ast.If) and others[0].startswith("if ") and others[-1] == "}":
                    text_ = text_[:-1] + [f"}} else {others[0]}", *others[1:]]
                else:
                    text_ = text_[:-1] + ["} else {", *others, "}"]
        return before + text_

    def chosen(self, statement):
        """Of `if best is None: best = x else: best = f(best)`, where `best` is of an outer block: (target, `x if best is None else f(best)`)."""
        sides, test = [statement.body, statement.orelse], statement.test
        if not all(len(side) == 1 and isinstance(side[0], ast.Assign) and len(side[0].targets) == 1 for side in sides):
            return None
        first, second = (side[0] for side in sides)
        name = getattr(getattr(test, "left", None), "id", None)
        if name is None or not all(getattr(one.targets[0], "id", None) == name for one in (first, second)) or not self.is_of_loop(name):
            return None
        if self.scope[name].kind.name != "option" or not isinstance(test.ops[0], (ast.Is, ast.IsNot)):
            return None
        return first.targets[0], ast.copy_location(ast.IfExp(test, first.value, second.value), statement)

    def with_end(self, statement, rest):
        """`if … elif …` that sets on each side what is read behind it, with an `else` that panics, as Python does at that read."""
        chain = [statement]
        while len(chain[-1].orelse) == 1 and isinstance(chain[-1].orelse[0], ast.If):
            chain.append(chain[-1].orelse[0])
        if chain[-1].orelse or any(self.constant(one.test) is not None for one in chain):
            return statement
        names_ = [name for name in self.assigned(statement.body, parts=False) if all(self.sets(one.body, name) for one in chain)]
        names_ = [name for name in names_ if name not in self.scope and self.surely_reads(rest, name)]
        # What a side reads first was set before.
        names_ = [name for name in names_ if not any(self.reads_before_set(one.body, name)[0] for one in chain)]
        if not names_:
            return statement
        error = ast.Call(ast.Name("UnboundLocalError", ast.Load()), [ast.Constant(f"{names_[0]} is not set")], [])
        orelse = [ast.copy_location(ast.Raise(error), chain[-1])]
        for one in reversed(chain):
            orelse = [ast.copy_location(ast.If(one.test, one.body, orelse), one)]
        return orelse[0]

    def surely_reads(self, statements, name):
        """Is a variable read on each way through the statements, before it is set?"""
        mentions = lambda node: any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))
        for statement in statements:
            if isinstance(statement, ast.If):
                if surely_loads(statement.test, name) or self.surely_reads(statement.body, name) and self.surely_reads(statement.orelse, name):
                    return True
            elif isinstance(statement, (ast.For, ast.While)):
                if surely_loads(getattr(statement, "iter", None) or statement.test, name):
                    return True
            elif isinstance(statement, ast.With):
                if self.surely_reads(statement.body, name):
                    return True
            elif surely_loads(statement, name):
                return True
            if mentions(statement):
                return False
        return False

    def with_else(self, statement):
        """`if x is None: x = …`, and `if x is not None: x = …`, whose other side leaves x as it is, with this side."""
        test = statement.test
        parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
        for part in parts if not statement.orelse and not self.leaves(statement.body) else ():
            there = isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.IsNot)
            asks = there or len(parts) == 1 and isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Is)
            if not asks or not isinstance(part.left, ast.Name) or getattr(part.comparators[0], "value", 0) is not None:
                continue
            name, value = part.left.id, self.scope.get(part.left.id)
            read = self.loops or self.is_read_behind(name, statement.end_lineno)
            if value is None or value.kind.name != "option" or not read or name not in self.assigned(statement.body) or self.is_of_loop(name):
                continue
            if not self.sets(statement.body, name):
                raise Untranslated(statement, f"`{name}` changes on some ways of this condition alone", "give it another name")
            as_it_is = ast.Constant(None) if there and len(parts) == 1 else part.left
            same = ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], as_it_is), statement)
            made = ast.copy_location(ast.If(test, statement.body, [ast.fix_missing_locations(same)]), statement)
            made.end_lineno = statement.end_lineno
            return made
        return statement

    def is_of_loop(self, name):
        """Is it a variable of a block around, which is set there and not made anew?"""
        block = self.declared.get(name, (0, None))[0]
        return block != self.blocks[-1] and block in self.blocks

    @staticmethod
    def mapped(test, lines, others, inside):
        """`if let Some(x) = x { Some(f(x)) } else { None }` is `x.map(…)`, and `if let Some(k) = k { k } else { 3 }` `k.unwrap_or(3)`."""
        some = re.fullmatch(r"let Some\((\w+)\) = (&?)([\w.]+)", test)
        if some is None or len(inside) > 1 or len(lines) != 1 or len(others) != 1:
            return None
        name, borrowed, of = some.groups()
        of = f"{of}.as_ref()" if borrowed else of
        made = re.fullmatch(r"Some\((.*)\)", lines[0], re.S)
        if made and others[0] == "None":
            return f"{of}.map(|{name}| {made[1]})"
        if lines[0] == name and not borrowed:
            return f"{of}.unwrap_or_else(|| {others[0]})" if has_effect(others[0]) else f"{of}.unwrap_or({others[0]})"
        return None

    def of_a_member(self, node):
        """Of `if self.norm:`, where each instance has it, or none."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self" and self.cls:
            member = self.member(node.attr)
            if member is not None and member.role == "module" and not member.optional:
                if member.cls is type(None):
                    return (False,)
                return None if hasattr(member.cls, "__len__") else (True,)
        return None

    def of_a_key(self, node):
        """Of `if "mask" in batch:`, where it always is, or never."""
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], (ast.In, ast.NotIn)):
            return None
        key, of = getattr(node.left, "value", None), node.comparators[0]
        value = self.scope.get(of.id) if isinstance(of, ast.Name) and of.id not in self.growing else None
        if value is None or value.kind.name != "dict" or key in value.kind.fields and value.kind.part(key).name == "option":
            return None
        return ((key in value.kind.fields) == isinstance(node.ops[0], ast.In),)

    def fold_last(self, branch, both):
        """`let x = a; x` is `a`, also of several, and where `a` is an `if`. Is that all that the branch is?"""
        if len(branch) < 2:
            return False
        some = branch[-1].startswith("Some(")
        name = branch[-1][5:-1] if some else branch[-1]
        plain = lambda line: re.sub(r"\0\d+\0", "", line)
        found = re.fullmatch(r"let (.*?)(?:: [^=]*)? = (.*);", branch[-2], re.S)
        if found and plain(found[1]) == name and (len(both) > 1 or name.isidentifier()):
            branch[-2:] = [f"Some({found[2]})" if some else found[2]]
            return False
        if len(both) > 1:
            lets = [re.fullmatch(r"let \0\d+\0(\w+) = (.*);", line, re.S) for line in branch[-1 - len(both) : -1]]
            codes = [let[2] for let in lets if let]
            same = len(codes) == len(both) and name == f"({', '.join(let[1] for let in lets)})"
            if same and not any(self.mentions(code, let[1]) for code in codes for let in lets):
                branch[-1 - len(both) :] = [f"({', '.join(codes)})"]
                return False
        first, depth = len(branch) - 2, branch[-2].count("}") - branch[-2].count("{")
        while depth > 0 and first > 0:
            first -= 1
            depth += branch[first].count("}") - branch[first].count("{")
        found = re.fullmatch(r"let (.*?) = (if .*\{)", branch[first], re.S)
        if some or branch[-2] != "};" or not found or plain(found[1]) != name:
            return False
        branch[first], branch[-2:] = found[2], ["}"]
        return first == 0

    def results(self, both, inside, values):
        codes = []
        for name, kind in zip(both, inside):
            value = values[name]
            if kind.name == "option" and value.kind.name != "option":
                codes.append("None" if value.kind == NONE else f"Some({value.code})")
            elif kind == FLOAT and value.kind == INT:
                codes.append(self.as_float(value).code)
            else:
                codes.append(value.code if value.form != "ref" else value.owned)
        return codes[0] if len(codes) == 1 else f"({', '.join(codes)})"

    def leaves(self, statements):
        """Does a block always return or raise?"""
        if not statements:
            return False
        final = statements[-1]
        if isinstance(final, ast.If):
            known = self.constant(final.test)
            if known is not None:
                return self.leaves(final.body if known[0] else final.orelse)
            return self.leaves(final.body) and self.leaves(final.orelse)
        return isinstance(final, (ast.Return, ast.Raise, ast.Continue, ast.Break))

    def left_out(self, statement, left):
        if not left and "torch.jit" not in ast.unparse(statement.test):
            self.program.report.left_out(self.source.place(statement), statement, True)
        if left and not all(isinstance(part, (ast.Raise, ast.Pass)) for part in left):
            if not all(isinstance(p, ast.Expr) and getattr(getattr(p.value, "func", None), "id", "") in IGNORED for p in left):
                self.program.report.left_out(self.source.place(statement), statement, left is statement.orelse)

    def assigned(self, statements, parts=True):
        """The variables that statements set; with parts, those too whose parts they set, and lists that they make longer."""
        found = []
        for statement in statements:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    found.append(node.id)
                of = node.value if parts and isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) else None
                if isinstance(of, ast.Name) and of.id in self.scope and self.scope[of.id].kind.name == "list":
                    found.append(of.id)
                if parts and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("append", "extend", "insert", "pop"):
                    if isinstance(node.func.value, ast.Name):
                        found.append(node.func.value.id)
        return list(dict.fromkeys(found))

    @staticmethod
    def setting(statements, name):
        """The statements that set a variable."""
        targets = lambda node: node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        inner = lambda node: any(getattr(part, "id", None) == name for target in targets(node) if target for part in ast.walk(target))
        return [node for statement in statements for node in ast.walk(statement) if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For)) and inner(node)]

    def sets(self, statements, name):
        """Does a block set it in every case?"""
        for statement in statements:
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and name in self.assigned([statement], parts=False):
                return True
            if isinstance(statement, ast.If):
                known = self.constant(statement.test)
                if known is not None and self.sets(statement.body if known[0] else statement.orelse, name):
                    return True
                sides = [side for side in (statement.body, statement.orelse) if not side or not self.leaves(side)]
                if known is None and sides and all(self.sets(side, name) for side in sides):
                    return True
        return False

    def sets_anew(self, statements, name):
        """Does a block set a variable in every case, and before anything else where there is one already?"""
        return self.sets_at_once(statements, name) if name in self.scope else self.sets(statements, name)

    def sets_at_once(self, statements, name):
        """Is the first that a block does to a variable, on each way, that it sets it? What it was before stays then."""
        for statement in statements:
            if name not in self.assigned([statement]):
                continue
            if isinstance(statement, (ast.Assign, ast.AnnAssign)):
                return name in self.assigned([statement], parts=False)
            known = self.constant(statement.test) if isinstance(statement, ast.If) else None
            if known is not None:
                taken = statement.body if known[0] else statement.orelse
                if name in self.assigned(taken):
                    return self.sets_at_once(taken, name)
                continue
            sides = [side for side in (statement.body, statement.orelse) if not self.leaves(side)] if isinstance(statement, ast.If) else []
            return bool(sides) and all(self.sets_at_once(side, name) for side in sides)
        return False

    def augmented(self, statement, name):
        return any(isinstance(node, ast.AugAssign) and getattr(node.target, "id", None) == name for node in ast.walk(statement))

    def test(self, node, body=None):
        """The condition, and what it says is there: `if let Some(downsample) = &self.downsample`, where the body reads it."""
        parts = node.values if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) else [node]
        codes, narrowed = [], {}
        for part in parts:
            known = self.constant(part)
            if known is not None and known[0] and len(parts) > 1:
                self.tell_decided(part, node, True)
                continue
            of = self.is_there(part) or self.is_of_class(part)
            if of is not None and self.is_there(part) and isinstance(of[2][0], str) and body is not None:
                others = [other for other in parts[parts.index(part) + 1 :] if other is not part]
                read = {getattr(inner, "id", getattr(inner, "attr", None)) for other in (*body, *others) for inner in ast.walk(other)}
                of = of if of[2][0].split(".")[-1] in read else None
            if of is not None:
                name, value, key = of
                codes.append(f"let Some({name}) = {value}")
                narrowed[key[0]] = (key[1], Value(name, key[2], "copy" if key[2].is_number else "ref", ATOM, key[3]))
            else:
                old = self.narrowed, dict(self.scope), dict(self.declared)
                self.narrowed = dict(self.narrowed)
                self.narrow(narrowed)
                code = self.truth(part).code
                if code == "true" and len(parts) > 1:
                    self.tell_decided(part, node, True)
                else:
                    codes.append(code)
                self.narrowed, self.scope, self.declared = old
        if len(codes) > 1:
            codes = [f"({code})" if "||" in code else code for code in codes]
        # Where nothing is left, all of it is decided.
        return " && ".join(codes) or "true", narrowed

    def is_there(self, node):
        """For `x is not None`, and for the truth of what is there or not."""
        if asked := of_none(node, ast.IsNot):
            return self.something(asked)
        if asked := self.member_asked_for(node):
            return self.something(asked)
        if isinstance(self.as_attribute(node), (ast.Name, ast.Attribute)):
            # `if drop:` asks whether the layer is there, unless it is a container, which may be empty.
            found = self.something(node)
            return found if found and found[2][2].name == "module" and not self.may_be_empty(node, found[2][2].cls) else None
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.In):
            key, of = getattr(node.left, "value", None), node.comparators[0]
            value = self.scope.get(of.id) if isinstance(of, ast.Name) and of.id not in self.growing else None
            if value and value.kind.name == "dict" and key in value.kind.fields and value.kind.part(key).name == "option":
                name = names.field(key)
                name = f"{value.code}_{name}" if name in self.scope else name
                inside = value.kind.part(key).parts[0]
                return name, f"&{value.receiver}.{names.field(key)}", ((of.id, key), "member", inside, False)
        return None

    def may_be_empty(self, node, cls):
        """Is it a module with a length, which may be 0? That is not true either."""
        node = self.as_attribute(node)
        plan = self.plan_of(node.value) if isinstance(node, ast.Attribute) else None
        held = [getattr(instance, node.attr, None) for instance in plan.instances] if plan is not None else []
        return hasattr(cls, "__len__") and not (held and all(one is None or len(one) for one in held))

    def is_of_class(self, node):
        """For `isinstance(layer, Block)`, where layers are of several classes."""
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "isinstance" or not isinstance(node.args[0], ast.Name):
            return None
        of, classes = self.classes_asked_for(node)
        if len(classes) != 1:
            return None
        code = self.downcast(of, classes[0])
        return of.code, code, (node.args[0].id, "variable", Kind("module", (), classes[0]), "")

    def something(self, node):
        node = self.as_attribute(node)
        value = self.optional(node)
        if value.kind.name != "option":
            return None
        inside = value.kind.parts[0]
        copied = inside.is_number or inside == BOOL
        if isinstance(node, ast.Attribute):
            name = names.field(node.attr)
            if node.attr in self.scope:
                # A variable of this name is there.
                name = f"{'own' if is_self(node.value) else names.field(ast.unparse(node.value).replace('.', '_'))}_{node.attr}"
            code = value.code if copied else f"&{value.code}"
            return name, code, (key_of(node), "member", inside, value.dyn)
        if isinstance(node, ast.Name):
            name = self.name(node.id)
            code = value.code if copied or value.form in ("copy", "ref") else f"&{value.code}"
            return name, code, (node.id, "variable", inside, value.dyn)
        return None

    def none_narrowed(self, node):
        """What is there where `x is None` does not hold."""
        of = self.is_missing(node)
        if of is None:
            return {}
        _, value, (key, where, inside, dyn) = of
        code = value.removeprefix("&")
        unwrapped = f"{code}.unwrap()" if inside.is_number or where == "variable" and not value.startswith("&") else f"{code}.as_ref().unwrap()"
        return {key: (where, Value(unwrapped, inside, "copy" if inside.is_number else "ref", ATOM, dyn))}

    def is_missing(self, node):
        """For `x is None`, and `not x` of a module."""
        if asked := of_none(node, ast.Is):
            return self.something(asked)
        is_not = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and not isinstance(node.operand, ast.UnaryOp)
        return self.is_there(node.operand) if is_not and self.constant(node) is None else None

    def narrow(self, narrowed):
        for key, (where, value) in narrowed.items():
            if where == "member":
                self.narrowed[key] = value
            else:
                self.scope[key] = value
                self.declared[key] = (self.blocks[-1], None)

    def do_For(self, statement, last, rest):
        if statement.orelse:
            raise Untranslated(statement, "a loop has an else")
        lines = []
        self.compound = getattr(self, "compound", []) + [statement.end_lineno]
        self.loops += 1
        try:
            for name in self.assigned(statement.body):
                if name in self.scope and name in self.declared:
                    if self.scope[name].form == "ref" or self.declared[name][1] is None:
                        lines += self.own(name)
            lines += self.begun_before(statement)
            scope, declared = dict(self.scope), dict(self.declared)
            for node in ast.walk(statement.target):
                if isinstance(node, ast.Name) and node.id in scope and self.outlives(statement, node.id):
                    raise Untranslated(statement, f"`{node.id}` of the loop is read behind it, and was there before", "give it another name")
            pattern, items, how = self.loop(statement.target, statement.iter)
            for node in ast.walk(statement.target):
                if isinstance(node, ast.Name):
                    self.declared[node.id] = (self.blocks[-1], None)
            parts, self.parts = self.parts, []
            body = parts + self.inner(statement.body)
            self.scope, self.declared = scope, declared
        finally:
            self.loops -= 1
            self.compound.pop()
        items = items.removesuffix(".into_iter()") if how == "iterator" else items
        items = f"&{items}" if how == "place" and not items.startswith("&") else items
        pattern = self.with_unread(pattern, "\n".join(body))
        whole = re.fullmatch(r"0\.\.\(?([\w.]+\.len\(\)) as i64\)?", items)
        if whole and loops.is_place("\n".join(body), pattern):
            items, body = f"0..{whole[1]}", [loops.as_place(line, pattern) for line in body]
        return lines + [f"for {pattern} in {items} {{", *body, "}"]

    def outlives(self, loop, name):
        """Is a variable of a loop's head the first time behind it that it is named read, and not set?"""
        own = {id(part) for node in ast.walk(self.source.node) if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp, ast.Lambda))
               for part in ast.walk(node)}
        behind = [node for node in self.source.expressions if isinstance(node, ast.Name) and node.id == name and node.lineno > loop.end_lineno and id(node) not in own]
        behind.sort(key=lambda node: (node.lineno, node.col_offset))
        return bool(behind) and isinstance(behind[0].ctx, ast.Load)

    def begun_before(self, loop):
        """The lines for the tensors that a loop sets first, and that are read behind it, or in its next round."""
        lines = []
        for name in self.assigned(loop.body):
            nodes = [node for node in self.source.expressions if isinstance(node, ast.Name) and node.id == name]
            behind = [node for node in nodes if node.lineno > loop.end_lineno]
            read = behind and isinstance(behind[0].ctx, ast.Load) or self.reads_before_set(loop.body, name)[0]
            if name in self.scope or not read or set(self.kinds_of(name)) != {TENSOR}:
                continue
            lines.append(f"let {self.declare(name, TENSOR)}{self.name(name)} = Tensor::new();")
            self.mutate(name)
        return lines

    def reads_before_set(self, statements, name):
        """(Is a variable read on some way through the statements before it is set? Is it set on each?)"""
        loads = lambda node: any(getattr(part, "id", None) == name and isinstance(part.ctx, ast.Load) for part in ast.walk(node) if isinstance(part, ast.Name))
        for statement in statements:
            if isinstance(statement, ast.If):
                known = self.constant(statement.test)
                sides = [statement.body, statement.orelse] if known is None else [statement.body if known[0] else statement.orelse]
                found = [self.reads_before_set(side, name) for side in sides]
                if loads(statement.test) or any(read for read, _ in found):
                    return True, False
                if all(is_set for _, is_set in found):
                    return False, True
                continue
            if isinstance(statement, (ast.For, ast.While, ast.With)):
                head = [getattr(statement, "iter", None) or getattr(statement, "test", None)] if not isinstance(statement, ast.With) else []
                if any(map(loads, head)) or self.reads_before_set(statement.body, name)[0]:
                    return True, False
                if self.setting([statement], name):
                    return False, True
                continue
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and self.setting([statement], name):
                return (True, False) if statement.value is not None and loads(statement.value) else (False, True)
            if loads(statement) or self.setting([statement], name):
                # Of other statements it is not known: those with blocks of their own tell it themselves.
                return (loads(statement) and not self.setting([statement], name)) or isinstance(statement, ast.AugAssign), bool(self.setting([statement], name))
        return False, False

    def do_With(self, statement, last, rest):
        """`with torch.no_grad():` holds a guard; what is turned off in all calls is nothing."""
        call = statement.items[0].context_expr
        thing = self.python(call.func) if isinstance(call, ast.Call) else None
        if len(statement.items) > 1 or statement.items[0].optional_vars is not None or not isinstance(thing, type):
            raise Untranslated(statement, f"`with {ast.unparse(call)}` has no Rust here")
        lines, after = [], []
        if thing is torch.no_grad:
            guard = "no_grad" if "no_grad" not in self.scope else "guard"
            lines, after = [f"let {guard} = flambeau::tch::no_grad_guard();"], [f"drop({guard});"]
        elif not self.is_off(call):
            raise Untranslated(statement, f"`with {ast.unparse(call)}` has no Rust here")
        for place, part in enumerate(statement.body):
            lines += self.statement(part, last and place == len(statement.body) - 1, statement.body[place + 1 :] + rest)
            if self.ends(part):
                statement.ends = True
                return lines
        return lines + after

    def is_off(self, call):
        """`torch.autocast(…, enabled=False)`"""
        off = [keyword.value for keyword in call.keywords if keyword.arg == "enabled"]
        return len(off) == 1 and self.constant(off[0]) == (False,)

    def do_While(self, statement, last, rest):
        lines = []
        self.loops += 1
        try:
            test = self.truth(statement.test)
            for name in self.assigned(statement.body):
                if name in self.scope:
                    lines += self.own(name)
            body = self.inner(statement.body)
        finally:
            self.loops -= 1
        return lines + ["loop {" if test.code == "true" else f"while {test.code} {{", *body, "}"]

    def do_Break(self, statement, last, rest):
        return ["break;"]

    def do_Continue(self, statement, last, rest):
        return ["continue;"]
