"""Python's calls as Rust's: layers, functions of PyTorch's, methods of tensors, the model's own."""

import ast
import inspect
import re
import types

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence

from . import crate, expressions, kinds, layers, patterns, source
from .expressions import (
    ADD, ATOM, BY_NAME, CAST, COMPARE, DEFAULTS, DTYPES, PLAIN, RENAMED, UNARY, WITH, Expressions, Value,
)
from .kinds import BOOL, CALLABLE, FLOAT, INT, NONE, SIZE, STR, TENSOR, Kind

FUNCTIONS = crate.functions()
RESULTS = {
    "Tensor": TENSOR, "bool": BOOL, "Vec<Tensor>": Kind("list", (TENSOR,)),
    "(Tensor, Tensor)": Kind("tuple", (TENSOR, TENSOR)), "(Tensor, Tensor, Tensor)": Kind("tuple", (TENSOR,) * 3),
}
# Python's names of arguments, where the crate has another.
ARGUMENTS = {"axis": "dim", "tensor": "input", "p0": "p", "self": "input", "split_size": "split_size_or_sections"}
# A parameter of a layer of PyTorch's that may be missing.
OF_A_LAYER = re.compile(r"(.*\.(?:bias|weight))\.as_ref\(\)\.unwrap\(\)")


class Calls(Expressions):
    def Call(self, node):
        function = node.func
        node = self.without_stars(node)
        if isinstance(function, ast.Name) and function.id in self.scope:
            of = self.scope[function.id]
            if of.kind.is_module:
                there = of.kind.name == "module" or (self.kind(function) or NONE).name != "module"
                return self.of_a_module(node, of if there else of.opened)
            if of.kind == CALLABLE and len(node.args) == 1 and not node.keywords:
                return Value(f"{of.code}({self.value(node.args[0]).ref})", TENSOR)
            if of.kind.name == "closure":
                result, *parameters = of.kind.parts
                if node.keywords or len(node.args) != len(parameters):
                    self.refuse(node, "leaves out arguments of a function within the function")
                values = [self.passed(self.value(part), kind) for part, kind in zip(node.args, parameters)]
                return Value(f"{of.code}({', '.join(values)})", result, "copy" if result.is_number else "owned")
        if isinstance(function, ast.Attribute):
            found = self.of_an_attribute(node, function)
            if found is not None:
                return found
        if isinstance(function, (ast.Subscript, ast.Call)):
            of = self.value(function)
            if of.kind.name == "module":
                return self.of_a_module(node, of)
        thing = self.python(function)
        of = self.python(function.value) if isinstance(function, ast.Attribute) else None
        if isinstance(of, type) and issubclass(of, torch.autograd.Function):
            self.refuse(node, "has a backward of its own", "write what it computes in operations that have the same gradient")
        if thing is not None:
            return self.of_a_function(node, thing)
        self.refuse(node)

    def without_stars(self, node):
        """`f(*pair)` as `f(pair[0], pair[1])`; `**kwargs` without any in it is nothing."""
        if not any(isinstance(part, ast.Starred) for part in node.args) and all(k.arg for k in node.keywords):
            return node
        args = []
        for part in node.args:
            kind = self.kind(part.value) if isinstance(part, ast.Starred) else None
            if kind is None or kind.name not in ("tuple", "named") or not isinstance(part.value, (ast.Name, ast.Attribute)):
                args.append(part)
                continue
            if isinstance(part.value, ast.Name) and self.scope[part.value.id].kind.name == "list":
                # It has any length.
                args += [part] if kind.parts else []
                continue
            for place in range(len(kind.parts)):
                item = ast.Subscript(part.value, ast.Constant(place), ast.Load())
                args.append(ast.copy_location(item, part))
        empty = lambda keyword: keyword.arg is None and self.kind(keyword.value) == Kind("dict")
        call = ast.copy_location(ast.Call(node.func, args, [k for k in node.keywords if not empty(k)]), node)
        if hasattr(node, "number"):
            call.number = node.number
        return call

    def of_an_attribute(self, node, function):
        of_super = isinstance(function.value, ast.Call) and getattr(function.value.func, "id", None) == "super"
        above = source.above(self.cls.cls, self.source.function, function.attr) if of_super and self.cls else None
        if of_super and function.attr == "forward" and self.cls and self.cls.base_member() and (above is None or self.program.is_theirs(above)):
            base = self.cls.base_member().value(node)
            return Value(f"{base.receiver}.forward({', '.join(self.tensors(node))})", self.kind(node) or TENSOR)
        if above is not None and not self.program.is_theirs(above):
            return self.of_the_models(node, above, "self")
        if of_super:
            self.refuse(node, "calls the class above", "write that class's method out")
        if self.python(function) is not None:
            return None
        if isinstance(function.value, ast.Name) and function.value.id == "self" and self.cls:
            member = self.member(function.attr)
            if member is not None or function.attr in self.narrowed:
                return self.of_a_module(node, self.value(function))
            method = getattr(self.cls.cls, function.attr, None)
            if function.attr == "forward" and self.cls.forward_is_base:
                method = None
            if isinstance(method, (types.FunctionType, types.MethodType)):
                return self.of_the_models(node, source.function_of(method), "self")
            held = {getattr(instance, function.attr, None) for instance in self.cls.instances}
            if len(held) == 1 and callable(thing := held.pop()):
                # `self.activation = F.relu`: the function is the same in all instances.
                return self.of_a_function(node, thing)
            self.refuse(node, "is no method of the class's")
        of = self.value(function.value)
        if of.kind == TENSOR:
            return self.of_a_tensor(node, of, function.attr)
        if of.kind.cls is nn.Transformer and function.attr == "generate_square_subsequent_mask":
            return self.of_the_causal_mask(node)
        if of.kind.name == "module":
            if function.attr == "forward":
                return self.of_a_module(node, of)
            inner = self.kind(function)
            if of.kind.cls is nn.ModuleDict and inner and inner.name == "module":
                return self.of_a_module(node, self.value(function))
            method = getattr(of.kind.cls, function.attr, None)
            if isinstance(method, types.FunctionType) and self.program.plans.get(of.kind.cls):
                return self.of_the_models(node, source.function_of(method), of.receiver)
            if inner and inner.name == "module":
                return self.of_a_module(node, self.value(function))
        if of.kind == SIZE and function.attr == "numel":
            return Value(f"{of.receiver}.numel()", INT, "copy")
        if of.kind.name == "dict" and function.attr == "get" and len(node.args) == 1 and isinstance(node.args[0], ast.Constant):
            if node.args[0].value not in of.kind.fields:
                return Value("None", NONE, "copy")
            item = ast.copy_location(ast.Subscript(function.value, node.args[0], ast.Load()), node)
            item.number = node.number
            return self.value(item)
        if of.kind.name == "list" and function.attr == "copy":
            return Value(f"{of.receiver}.to_vec()", of.kind)
        if of.kind.name == "list" and function.attr == "pop" and self.can_change(function.value):
            index = ast.unparse(node.args[0]) if node.args else "-1"
            if index in ("-1", "0"):
                self.mutate(function.value.id)
                code = f"{of.receiver}.pop().unwrap()" if index == "-1" else f"{of.receiver}.remove(0)"
                inside = of.kind.parts[0]
                return Value(code, inside, "copy" if inside.is_number or inside == BOOL else "owned")
        if of.kind.name == "list" and function.attr in ("append", "extend", "insert", "pop"):
            self.refuse(node, "changes a list inside an expression")
        self.refuse(node, f"is a method of {of.kind}")

    def can_change(self, node):
        """Is it a variable of the function's own?"""
        return False

    # Modules.

    def tensors(self, node):
        if node.keywords:
            self.refuse(node, "has arguments by name")
        return [self.argument(self.value(part)) for part in node.args]

    def or_none(self, node):
        """An argument that may be None: an optional member as the option that it is."""
        return self.optional(node) if (self.kind(node) or NONE).name == "option" else self.whole(node)

    def argument(self, value):
        """As a function of the model's own takes it."""
        if value.kind.is_number or value.kind in (BOOL, STR, Kind("dtype"), Kind("device")):
            return value.code
        if value.kind == NONE:
            return "None"
        if value.kind.name == "option":
            if value.form == "owned" and value.kind.parts[0] == TENSOR:
                return f"{value.receiver}.as_ref()"
            if value.form != "place":
                return value.code
            # A parameter is read as the tensor that it is.
            member = value.code.startswith("self.") and value.kind.parts[0] == TENSOR
            return f"{value.receiver}.{'as_deref' if member else 'as_ref'}()"
        return value.ref

    def of_a_module(self, node, of):
        cls = of.kind.cls
        kind = self.kind(node) or TENSOR
        plan = self.program.plans.get(cls)
        if of.kind.name == "option":
            self.refuse(node, "calls what may be None", "look whether it is there first")
        if of.dyn == "Module":
            return self.of_each_class(node, of)
        if of.dyn:
            if len(node.args) != 1 or node.keywords:
                self.refuse(node, "calls one of several classes with more than one argument", "give them a trait of their own")
            if of.form == "place" and not of.code.endswith("]"):
                # A box is called as every module.
                return Value(f"{of.code}.forward({self.value(node.args[0]).ref})", kind)
            receiver = of.code if of.form == "ref" else f"&{of.code}"
            return Value(f"nn::call({receiver}, {self.value(node.args[0]).ref})", kind)
        if plan and not plan.forward_is_base:
            return self.of_the_models(node, inspect.unwrap(cls.forward), of.receiver)
        for known, (required, optional) in layers.CALLS.items():
            if issubclass(cls, known):
                return self.with_keywords(node, of, required, optional, kind)
        if node.keywords or len(node.args) != 1:
            by_name = {keyword.arg: keyword.value for keyword in node.keywords}
            takes = list(inspect.signature(cls.forward).parameters)[1 + len(node.args) :]
            values = node.args + [by_name[name] for name in takes if name in by_name]
            several = (nn.CosineSimilarity, nn.PairwiseDistance, nn.Bilinear, nn.modules.loss._Loss, nn.TripletMarginLoss, nn.TripletMarginWithDistanceLoss)
            if (not issubclass(cls, several) or cls is nn.CTCLoss) and len(values) != 1 or not all(self.kind(value) == TENSOR for value in values):
                self.refuse(node, f"calls a {cls.__name__} with other arguments than one tensor")
            return Value(f"{of.receiver}.forward({', '.join(self.value(v).ref for v in values)})", kind)
        return Value(f"{of.receiver}.forward({self.value(node.args[0]).ref})", kind)

    def of_each_class(self, node, of):
        """A call of what is of one class or another: each as its own forward takes it."""
        seen = self.seen(node.func)
        classes = [kind.cls for kind in seen.kinds if kind.name == "module"] if seen else []
        if not classes:
            self.refuse(node, "calls a module of a class that was not seen")
        name = node.func.id if isinstance(node.func, ast.Name) else "module"
        name = self.name(name)
        codes, found = [], []
        for place, cls in enumerate(classes):
            known = self.downcast(of, cls)
            last = place == len(classes) - 1
            receiver = f"{known}.unwrap()" if last else name
            value = self.of_a_module(node, Value(receiver, Kind("module", (), cls), "ref"))
            found.append(value.kind)
            codes.append(value.code if last else f"if let Some({name}) = {known} {{ {value.code} }}")
        if len(codes) > 1:
            codes[-1] = f"{{ {codes[-1]} }}"
        return Value(" else ".join(codes), kinds.join(found), "owned", ATOM if len(codes) == 1 else COMPARE)

    def downcast(self, of, cls):
        code = of.receiver
        if of.dyn == "Forward":
            # It stands in a box, which is a module as well.
            code = f"(&{'**' if of.form == 'ref' else '*'}{code} as &dyn Module)"
        return f"{code}.downcast_ref::<{self.program.type_of_class(cls)}>()"

    def with_keywords(self, node, of, required, optional, kind):
        """A layer's `forward`, or its `forward_options`."""
        given = dict(zip(required + optional, node.args)) | {k.arg: k.value for k in node.keywords}
        if unknown := [name for name in given if name not in required + optional]:
            self.refuse(node, f"has an argument `{unknown[0]}`, which the crate's layer does not have")
        places = ", ".join(self.value(given[name]).ref for name in required)
        setters = []
        for name in optional:
            if name in given:
                value = self.or_none(given[name])
                if value.kind == NONE:
                    continue
                if value.kind.name == "option":
                    setters.append(f".maybe_{name}({self.argument(value)})")
                else:
                    setters.append(f".{name}({self.argument(value)})")
        if kind.name == "tuple" and kind.parts[-1] == NONE:
            kind = Kind("tuple", (*kind.parts[:-1], Kind("option", (TENSOR,))))
        if not setters:
            return Value(f"{of.receiver}.forward({places})", kind)
        return Value(f"{of.receiver}.forward_options({places}){''.join(setters)}.call()", kind)

    # The model's own functions.

    def of_the_models(self, node, function, receiver):
        """A method or a function whose Python is the model's: it is translated as well."""
        try:
            bound = self.bound(node, function, receiver is not None)
        except TypeError as error:
            self.refuse(node, f"is called with arguments that do not fit: {error}")
        same = self.given_back(function, bound) if receiver == "self" else None
        if same is not None:
            return same
        signature = self.program.signature(function)
        values = []
        for parameter in signature.parameters:
            part = bound.get(parameter.python)
            if isinstance(part, tuple):
                items = [self.value(item) for item in part]
                values.append(f"&[{', '.join(item.owned for item in items)}]")
            elif part is None:
                values.append(self.default(node, function, parameter))
            else:
                values.append(self.passed(self.or_none(part) if parameter.kind.name == "option" else self.value(part), parameter.kind))
        name = self.program.name_of_method(function, self.cls.cls) if receiver == "self" else signature.name
        code = f"{receiver}.{name}({', '.join(values)})" if receiver else f"{name}({', '.join(values)})"
        return Value(code, signature.result, "copy" if signature.result.is_number else "owned")

    def given_back(self, function, bound):
        """The argument, where a method gives it back: all else that it has stands under a switch that this model does not turn."""
        written = source.of(function)
        method, left = Calls(self.program, written, self.cls), []
        todo = list(written.node.body)
        while todo and not isinstance(todo[0], ast.Return):
            first = todo.pop(0)
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                continue
            switch = first.test if isinstance(first, ast.If) else None
            if not isinstance(switch, ast.Attribute) or getattr(switch.value, "id", "") != "self" or method.constant(switch) is None:
                return None
            left.append(first)
            todo[:0] = first.body if method.constant(switch)[0] else first.orelse
        part = bound.get(getattr(todo[0].value, "id", None)) if todo else None
        if not isinstance(part, ast.expr) or self.kind(part) != TENSOR:
            return None
        for statement in left:
            self.program.report.left_out(written.place(statement), statement, method.constant(statement.test)[0])
        return self.value(part)

    def bound(self, node, function, method):
        if len(node.args) == 1 and isinstance(node.args[0], ast.Starred) and not node.keywords:
            # All that a function takes by `*args` it hands to another that takes them so.
            only = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
            if len(only) == 1 and only[0].kind is only[0].VAR_POSITIONAL and self.value(node.args[0].value).kind.name == "list":
                return {only[0].name: node.args[0].value}
        if any(isinstance(part, ast.Starred) for part in node.args) or any(k.arg is None for k in node.keywords):
            self.refuse(node, "passes arguments by stars")
        # A static method has no `self`.
        args = ([None] if method and next(iter(inspect.signature(function).parameters), "") in ("self", "cls") else []) + node.args
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        return inspect.signature(function).bind(*args, **keywords).arguments

    def default(self, node, function, parameter):
        value = inspect.signature(function).parameters[parameter.python].default
        if value is None and parameter.kind.name == "option":
            return "None"
        if inspect.signature(function).parameters[parameter.python].kind is inspect.Parameter.VAR_POSITIONAL:
            return "&[]"
        if isinstance(value, (tuple, list)) and all(type(part) is int for part in value):
            return f"&[{', '.join(map(str, value))}]"
        if isinstance(value, (bool, int, float, str)):
            return self.passed(self.Constant(ast.Constant(value)), parameter.kind)
        if value in DTYPES:
            return DTYPES[value]
        self.refuse(node, f"leaves out `{parameter.python}`, whose default has no Rust here")

    def passed(self, value, kind):
        if kind == FLOAT and value.kind == INT:
            return self.as_float(value).code
        if kind == CALLABLE and value.kind.name == "module":
            return f"&|x: &Tensor| {value.receiver}.forward(x)"
        if kind == CALLABLE and value.kind.name == "closure":
            return f"&{value.code}"
        if kind == kinds.MAYBE and (found := OF_A_LAYER.fullmatch(value.code)):
            return f"{found[1]}.as_deref()"
        if kind == value.kind == kinds.option(INT) or kind == value.kind == kinds.option(FLOAT) or kind == value.kind == kinds.option(BOOL):
            return value.code
        if kind.name == "option" and value.kind.name not in ("option", "None"):
            return f"Some({self.passed(value, kind.parts[0])})"
        if kind.name == "list" and value.kind.name in ("tuple",):
            if not value.code.startswith("("):
                return f"&[{', '.join(f'{value.receiver}.{place}' for place in range(len(value.kind.parts)))}]"
            return f"&{value.code.replace('(', '[', 1)[:-1]}]"
        if kind.name == "list" and value.code.startswith("vec!["):
            return "&" + value.code[4:]
        return self.argument(value)

    # Functions of PyTorch's, and of Python's.

    def of_a_function(self, node, thing):
        name = getattr(thing, "__name__", "")
        of_both = ("torch", name) not in FUNCTIONS and ("F", name) in FUNCTIONS
        if functional.__dict__.get(name) is thing and (isinstance(thing, types.FunctionType) or of_both):
            return self.of_the_crate(node, ("F", name))
        if getattr(thing, "__module__", "") == "torch.nn.utils.rnn":
            return self.of_sequences(node, thing)
        if isinstance(thing, type):
            return self.of_a_class(node, thing)
        builtin = getattr(self, f"call_{name}", None)
        if builtin and thing in (len, int, float, bool, tuple, list, max, min, sum, abs, isinstance, print, round, hasattr, getattr, next):
            return builtin(node)
        if getattr(torch, name, None) is thing or getattr(thing, "__module__", "") in ("torch", "torch.functional"):
            if isinstance(node.func, ast.Attribute) and node.args and name not in ("where", "full", "empty"):
                if ("torch", name) not in FUNCTIONS and (name in PLAIN or name in WITH):
                    return self.of_a_tensor(node, self.value(node.args[0]), name, node.args[1:])
            return self.of_the_crate(node, ("torch", name))
        if getattr(functional, name, None) is thing or getattr(torch._C._nn, name, None) is thing:
            return self.of_the_crate(node, ("F", name))
        if getattr(torch.linalg, name.removeprefix("linalg_"), None) is thing:
            return self.of_the_crate(node, ("torch.linalg", name.removeprefix("linalg_")))
        if getattr(thing, "__module__", "") == "math" or name in ("sqrt", "log", "exp", "floor", "ceil"):
            return self.of_math(node, name)
        if (getattr(thing, "__module__", None) or "").split(".")[0] == "einops":
            if name in ("rearrange", "repeat", "reduce"):
                return patterns.translated(self, node, name)
            self.refuse(node, "is a function of einops that is not translated", "write it with reshape, permute and einsum")
        if thing is nn.Transformer.generate_square_subsequent_mask:
            return self.of_the_causal_mask(node)
        function = source.function_of(thing)
        if isinstance(function, types.FunctionType) and not self.program.is_theirs(function):
            owner = self.python(node.func.value) if isinstance(node.func, ast.Attribute) else None
            own = self.cls and source.function_of(getattr(self.cls.cls, node.func.attr, None) or (lambda: None)) if isinstance(owner, type) else None
            if own is function:
                # `Capsule.squash(s)`
                return self.of_the_models(node, function, "self")
            if isinstance(owner, type):
                self.refuse(node, "is a method of another class", "make it a function")
            return self.of_the_models(node, function, None)
        if isinstance(thing, (types.FunctionType, types.BuiltinFunctionType)):
            self.refuse(node, "is a function that the crate does not have")
        self.refuse(node)

    def call_getattr(self, node):
        """`getattr(self, f"layer{i}")` and `getattr(self, name)`: one of several members."""
        name = node.args[1]
        if not self.cls or getattr(node.args[0], "id", "") != "self" or len(node.args) != 2:
            self.refuse(node, "asks for an attribute by its name")
        words = self.words_of(name)
        if words:
            values, dyn = self.alike(node, [self.member(word) for word in words])
            return self.one_of(name, map(expressions.text, words), values, dyn)
        pieces = source.joined(name)
        numbers = [piece for piece in pieces.values if isinstance(piece, ast.FormattedValue)] if pieces else []
        if len(numbers) != 1 or numbers[0].format_spec or numbers[0].conversion != -1 or self.kind(numbers[0].value) != INT:
            self.refuse(node, "asks for an attribute by its name")
        pattern = "".join(re.escape(piece.value) if isinstance(piece, ast.Constant) else r"(0|[1-9]\d*)" for piece in pieces.values)
        # Of a method, or of what is None, there is no member.
        named = {attribute for instance in self.cls.instances for attribute in dir(instance) if re.fullmatch(pattern, attribute)}
        found = {int(re.fullmatch(pattern, attribute)[1]): self.member(attribute) for attribute in named}
        ordered, first, number = sorted(found), min(found, default=0), numbers[0].value
        values, dyn = self.alike(node, [found[one] for one in ordered])
        if ordered != list(range(first, first + len(found))):
            return self.one_of(number, ordered, values, dyn)
        if isinstance(number, ast.BinOp) and isinstance(number.op, ast.Add) and getattr(number.right, "value", None) == first:
            # `i + 1`, where the first is of number 1: `i` is the place.
            number, first = number.left, 0
        if isinstance(number, ast.Constant) and 0 <= number.value - first < len(values):
            return values[number.value - first]
        index = self.value(number)
        place = f"({index.at(ADD)} - {first}) as usize" if first else f"{index.at(ATOM)} as usize"
        items = ", ".join(value.ref for value in values).replace(",", " as &dyn Forward,", bool(dyn))
        return Value(f"[{items}][{place}]", values[0].kind, "ref", ATOM, dyn)

    def one_of(self, node, names, values, dyn):
        arms = [f"{name} => {value.ref}{' as &dyn Forward' if dyn else ''}, " for name, value in zip(names, values)]
        return Value(f"match {self.value(node).code} {{ {''.join(arms)}other => panic!(\"no attribute for {{other}}\") }}", values[0].kind, "ref", COMPARE, dyn)

    def words_of(self, node):
        """The strings that the variable of a loop goes through."""
        name = getattr(node, "id", "")
        loops = [part for part in ast.walk(self.source.node) if isinstance(part, (ast.For, ast.comprehension)) and getattr(part.target, "id", None) == name]
        stores = [part for part in self.source.expressions if getattr(part, "id", None) == name and isinstance(part.ctx, ast.Store)]
        around = [loop for loop in loops if isinstance(loop, ast.For) and any(part is node for part in ast.walk(loop))] if len(loops) > 1 else loops
        if len(around) != 1 or len(stores) != len(loops):
            return []
        items = around[0].iter
        if isinstance(items, ast.Attribute) and getattr(items.value, "id", "") == "self":
            found = [getattr(instance, items.attr, None) for instance in self.cls.instances]
            words = [word for one in found for word in (one if isinstance(one, (list, tuple)) else [None])]
        else:
            words = [getattr(item, "value", None) for item in getattr(items, "elts", ())]
        return list(dict.fromkeys(words)) if all(isinstance(word, str) for word in words) else []

    def alike(self, node, members):
        """The values of members of which one is taken, and the trait that they share where they are of several classes."""
        if not members or any(member is None or member.optional for member in members):
            self.refuse(node, "takes one of several attributes by its name", "hold them in an nn.ModuleList")
        values = [member.value(node) for member in members]
        if len({(value.kind, value.dyn) for value in values}) == 1:
            return values, values[0].dyn
        if not all(value.kind.name == "module" and self.program.maps(value.kind.cls) for value in values):
            self.refuse(node, "takes one of several attributes by its name", "hold them in an nn.ModuleList")
        return values, "Forward"

    def call_hasattr(self, node):
        member, plan = self.member_asked_for(node), self.plan_of(node.args[0])
        if member is None and plan is not None and all(hasattr(instance, getattr(node.args[1], "value", "")) for instance in plan.instances):
            self.program.report.note(f"{self.source.place(node)}: the question `{ast.unparse(node)}`, which always holds")
            return Value("true", BOOL, "copy")
        if member is None:
            self.refuse(node, "asks for a name", "ask for a member that is None or not")
        return Value(f"{self.optional(member).receiver}.is_some()", BOOL, "copy")

    def member_asked_for(self, node):
        """`self.downsample` of `hasattr(self, "downsample")`, where those that have it not are as if it were None."""
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "hasattr" or not isinstance(getattr(node.args[1], "value", None), str):
            return None
        name, plan = node.args[1].value, self.plan_of(node.args[0])
        asked = ast.copy_location(ast.Attribute(node.args[0], name, ast.Load()), node)
        member = self.member_of(asked) if plan is not None else None
        if member is None or not member.optional or any(hasattr(one, name) != (getattr(one, name, None) is not None) for one in plan.instances):
            return None
        return asked

    def of_sequences(self, node, thing):
        """`torch.nn.utils.rnn`: of a packed sequence with other data `PackedSequence(data, packed.batch_sizes, …)`."""
        if thing is not PackedSequence:
            return self.of_the_crate(node, ("nn.utils.rnn", thing.__name__))
        given = dict(zip(PackedSequence._fields, node.args)) | {keyword.arg: keyword.value for keyword in node.keywords}
        others = [part for name, part in given.items() if name != "data"]
        of = {ast.unparse(part.value) if isinstance(part, ast.Attribute) and part.attr == name else None for name, part in given.items() if name != "data"}
        # Without the indices, the sequences would come back in another order.
        packed = self.value(others[0].value) if len(of) == 1 and None not in of and len(others) == 3 else None
        if packed is None or packed.kind.cls is not PackedSequence:
            self.refuse(node, "is not made of one packed sequence", "pack the sequences by pack_sequence")
        return Value(f"{packed.receiver}.with_data({self.value(given['data']).owned})", packed.kind)

    def of_the_causal_mask(self, node):
        given = dict(zip(("sz", "device", "dtype"), node.args)) | {keyword.arg: keyword.value for keyword in node.keywords}
        codes = {name: self.value(part).code for name, part in given.items() if self.kind(part) != NONE}
        path, size = "nn::Transformer::generate_square_subsequent_mask", codes.pop("sz")
        setters = "".join(f".{name}({code})" for name, code in codes.items())
        return Value(f"{path}_options({size}){setters}.call()" if setters else f"{path}({size})", TENSOR)

    def of_math(self, node, name):
        value = self.as_float(self.value(node.args[0]))
        # Rust has to be told of what type a literal is, before its method.
        literals = [part for part in re.split(r"[-+*/() ]+", value.code) if part]
        if literals and all(part.replace(".", "").isdigit() for part in literals):
            value = Value(re.sub(r"[\d.]+", lambda found: f"{found[0]}_f64", value.code, count=1), FLOAT, "copy", value.level)
        if name in ("sqrt", "exp", "sin", "cos", "tan", "floor", "ceil"):
            code = f"{value.receiver}.{name}()"
            if name in ("floor", "ceil"):
                return Value(f"{code} as i64", INT, "copy", CAST)
            return Value(code, FLOAT, "copy")
        if name == "log" and len(node.args) == 1:
            return Value(f"{value.receiver}.ln()", FLOAT, "copy")
        self.refuse(node)

    def of_a_class(self, node, thing):
        builtin = {int: "int", float: "float", tuple: "tuple", list: "list", bool: "bool"}.get(thing)
        if builtin:
            return getattr(self, f"call_{builtin}")(node)
        if hasattr(thing, "_fields") and issubclass(thing, tuple):
            return self.program.named_tuple(self, node, thing)
        if thing is map and len(node.args) == 2:
            of, function = self.value(node.args[1]), self.value(node.args[0])
            if of.kind.name == "tuple" and isinstance(node.args[1], ast.Tuple) and set(of.kind.parts) == {TENSOR}:
                items = ", ".join(self.value(part).ref for part in node.args[1].elts)
                of = Value(f"[{items}]", Kind("list", (TENSOR,)))
                if function.kind.name == "closure" and function.kind.parts[1:] == (TENSOR,):
                    return Value(f"{of.code}.map({function.code})", Kind("list", (function.kind.parts[0],)), "array")
            if of.kind.name == "list" and function.kind.name == "closure" and function.kind.parts[1:] == of.kind.parts == (TENSOR,):
                code = f"{of.receiver}.iter().map({function.code}).collect::<Vec<_>>()"
                return Value(code, Kind("list", (function.kind.parts[0],)))
        if issubclass(thing, nn.Module):
            return self.made_on_the_way(node, thing)
        self.refuse(node, f"makes a {thing.__name__}")

    def made_on_the_way(self, node, cls):
        """`nn.Softmax(dim=-1)` in `forward`: a layer that has nothing of its own, by arguments that are always the same."""
        seen = self.seen(node)
        module = next((value for value in seen.values if isinstance(value, cls)), None) if seen else None
        same = all(self.constant(part) is not None for part in (*node.args, *(keyword.value for keyword in node.keywords)))
        if module is None or not same or not layers.is_layer(cls) or any(True for _ in (*module.parameters(), *module.buffers(), *module.children())):
            self.refuse(node, "makes a module on the way", "make it in new, as a member")
        return Value(self.program.code(self.program.layer(module, cls)), Kind("module", (), cls))

    def call_next(self, node):
        """`next(self.parameters())`"""
        call = node.args[0]
        of = call.func.value if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "parameters" else None
        if getattr(of, "id", "") != "self" or len(node.args) > 1 or call.args or call.keywords:
            self.refuse(node)
        return Value("self.parameters()[0]", TENSOR, "place")

    def call_len(self, node):
        of = self.value(node.args[0])
        if of.kind == TENSOR:
            return Value(f"{of.receiver}.shape()[0]", INT, "copy")
        return Value(f"{of.receiver}.len() as i64", INT, "copy", CAST)

    def call_int(self, node):
        value = self.value(node.args[0])
        if value.kind == INT:
            return value
        if value.kind == FLOAT:
            return Value(f"{value.at(ATOM)} as i64", INT, "copy", CAST)
        if value.kind == TENSOR:
            return Value(f"{value.receiver}.item() as i64", INT, "copy", CAST)
        self.refuse(node)

    def call_float(self, node):
        if isinstance(node.args[0], ast.Constant) and node.args[0].value in ("inf", "-inf"):
            sign = "NEG_" if node.args[0].value[0] == "-" else ""
            return Value(f"f64::{sign}INFINITY", FLOAT, "copy")
        value = self.value(node.args[0])
        if value.kind == TENSOR:
            return Value(f"{value.receiver}.item()", FLOAT, "copy")
        return self.as_float(value)

    def call_round(self, node):
        if len(node.args) != 1:
            self.refuse(node)
        value = self.value(node.args[0])
        if value.kind == INT:
            return value
        return Value(f"{value.receiver}.round_ties_even() as i64", INT, "copy", CAST)

    def call_bool(self, node):
        return self.truth(node.args[0])

    def call_tuple(self, node):
        return self.value(node.args[0]) if node.args else self.List(ast.copy_location(ast.List([], ast.Load()), node))

    call_list = call_tuple

    def call_max(self, node):
        if node.keywords:
            self.refuse(node, "has a key, or a default")
        values = [self.value(part) for part in node.args]
        if len(values) == 2 and all(v.kind.is_number for v in values):
            name = node.func.id
            if values[0].kind != values[1].kind:
                values = [self.as_float(v) for v in values]
            first = values[0].receiver
            if values[0].code.lstrip("-").replace(".", "").isdigit():
                first, values[1] = values[1].receiver, values[0]
            return Value(f"{first}.{name}({values[1].code})", values[0].kind, "copy")
        if len(values) == 1 and values[0].kind in (Kind("list", (INT,)), SIZE):
            return Value(f"*{values[0].receiver}.iter().{node.func.id}().unwrap()", INT, "copy", UNARY)
        self.refuse(node)

    call_min = call_max

    def call_abs(self, node):
        value = self.value(node.args[0])
        return Value(f"{value.receiver}.abs()", value.kind, "copy" if value.kind.is_number else "owned")

    def call_sum(self, node):
        value = self.value(node.args[0])
        if value.kind.name == "list" and value.kind.parts[0].is_number:
            rust = "i64" if value.kind.parts[0] == INT else "f64"
            return Value(f"{value.receiver}.iter().sum::<{rust}>()", value.kind.parts[0], "copy")
        if value.kind == Kind("list", (TENSOR,)) and len(node.args) == 1:
            items = value.code.removesuffix(".collect::<Vec<_>>()")
            items = items if items != value.code else f"{value.receiver}.iter()"
            # Python begins with 0 as well, which makes a 0 of a -0.
            return Value(f"{items}.fold(torch::tensor(0), |sum, part| sum + part)", TENSOR)
        self.refuse(node)

    def call_isinstance(self, node):
        known = self.constant(node)
        if known is not None:
            return Value(str(known[0]).lower(), BOOL, "copy")
        of, classes = self.classes_asked_for(node)
        if not classes:
            self.refuse(node, "asks for a class that differs from call to call")
        codes = [f"{self.downcast(of, cls)}.is_some()" for cls in classes]
        return Value(" || ".join(codes), BOOL, "copy", ATOM if len(codes) == 1 else COMPARE)

    def classes_asked_for(self, node):
        """The module of `isinstance(layer, Block)`, and those of the classes it has that are one."""
        of = self.value(node.args[0])
        asked = self.python(node.args[1])
        seen = self.seen(node.args[0])
        if not of.dyn or not isinstance(asked, type) or not seen:
            return of, []
        return of, [kind.cls for kind in seen.kinds if kind.name == "module" and issubclass(kind.cls, asked)]

    # Functions of the crate, by their signatures.

    def of_the_crate(self, node, key, receiver=None):
        """`receiver` stands in the first argument's place."""
        python, name = key
        name = RENAMED.get(name, name)
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if None in given:
            self.refuse(node, "passes arguments by stars")
        if name in ("max", "min", "median") and (len(node.args) + len(given) > (0 if receiver else 1)):
            other = node.args[0 if receiver else 1] if len(node.args) > (0 if receiver else 1) else None
            if other is not None and self.kind(other) == TENSOR:
                name = "maximum" if name == "max" else "minimum"
                first = receiver or self.value(node.args[0])
                return Value(f"{first.receiver}.{name}({self.value(other).ref})", TENSOR)
            name = f"{name}_dim"
        if name == "where":
            name = "where_"
        function = FUNCTIONS.get((python, name))
        if function is None:
            if receiver is None and node.args and (name in PLAIN or name in WITH or name == "baddbmm"):
                return self.of_a_tensor(node, self.value(node.args[0]), name, node.args[1:])
            self.refuse(node, f"is {python}.{name}, which the crate does not have")
        arguments = list(function.arguments)
        places = [receiver] if receiver is not None else []
        args = list(node.args)
        if name in ("zeros", "ones", "empty", "rand", "randn", "new_zeros", "new_ones", "new_empty") and len(args) > 1:
            if all(self.value(part).kind == INT for part in args):
                args = [ast.Tuple(args, ast.Load())]
        if name == "arange" and {"start", "end", "step"} & given.keys():
            # By name or by place, as Python's other overload has them.
            bounds = [*args, *(given.pop(label) for label in ("start", "end", "step")[len(args) :] if label in given)]
            args = bounds
        if name == "arange" and len(args) > 1:
            args = [ast.Tuple(args, ast.Load())]
        if name == "randint" and len(args) == 3:
            # Python's (low, high, size).
            args = [*args[1:], args[0]]
        if name == "randint_like" and len(args) == 3:
            args = [args[0], args[2], args[1]]
        # What stands by place, lists of numbers given one by one included.
        if name in ("expand",) and len(args) != 1:
            args = [ast.List(args, ast.Load())]
        if name in ("einsum", "meshgrid") and len(args) > (2 if name == "einsum" else 1):
            first = args[:1] if name == "einsum" else []
            args = first + [ast.List(args[len(first) :], ast.Load())]
        values = dict(zip((argument.name for argument in arguments), places + args))
        if len(places + args) > len(arguments):
            self.refuse(node, "has more arguments than the crate's function")
        for argument, value in given.items():
            argument = ARGUMENTS.get(argument, argument) if not function.argument(argument) else argument
            if not function.argument(argument):
                if argument in ("out", "memory_format", "requires_grad") or function.argument(argument) is None:
                    self.refuse(node, f"has an argument `{argument}`, which the crate's function does not have")
            values[argument] = value
        required, setters = [], []
        for argument in arguments:
            given_here = values.get(argument.name)
            if given_here is None:
                if argument.required:
                    self.refuse(node, f"lacks `{argument.name}`")
                continue
            value = given_here if isinstance(given_here, Value) else None
            code = self.as_type(node, given_here, value, argument)
            if argument.required:
                required.append(code)
            elif code is not None:
                setters.append(code)
        places = ", ".join(required)
        result = RESULTS.get(function.result, self.kind(node) or kinds.OTHER)
        if not setters:
            return Value(f"{function.path}({places})", result)
        return Value(f"{function.options}({places}){''.join(setters)}.call()", result)

    def as_type(self, node, part, value, argument):
        """An argument's code: the value by place, or the setter's call (None: as by default)."""
        rust = argument.type
        if rust == "&[T]":
            return self.list_of_tensors(part)
        if rust == "&[Tensor]" and value is None:
            value = self.value(part)
            if value.kind.name != "list" or value.kind.parts[0] != TENSOR:
                self.refuse(part, f"is a {value.kind} where a list of tensors is asked for")
            return f"&{value.code.removeprefix('vec!')}" if value.form == "owned" else value.ref
        if rust == "Lengths" and value is None and isinstance(part, ast.Call) and getattr(part.func, "attr", "") == "tolist":
            # A tensor of them will do.
            part = part.func.value
            value = self.value(part)
            cpu = value.code.endswith(".cpu()")
            return value.ref if cpu else f"&{value.receiver}.cpu()"
        wants_list = rust in ("Size", "Option<Size>", "Dims", "Option<Dims>", "Sections", "&[i64]", "torch::Size", "Option<torch::Size>") or rust.startswith(
            ("Size", "MaybeSize", "OutputSize", "Padding", "PerSide", "Option<PerSide", "Option<Size"))
        if value is None and wants_list and isinstance(part, (ast.Tuple, ast.List)):
            elements = [item for element in part.elts for item in self.items_of(element)]
            if any(isinstance(item, ast.Starred) for item in elements):
                value = self.spread(part)
                return value.code if argument.required else f".{argument.name}({value.code})"
            items = ", ".join(self.value(item).code for item in elements)
            code = f"[{items}]" if not rust.startswith(("MaybeSize", "OutputSize", "Padding", "PerSide", "Option<PerSide")) else f"({items})"
            if argument.name == "range":
                code = f"({items})"
            if rust == "&[i64]":
                code = f"&{code}"
            return code if argument.required else f".{argument.name}({code})"
        if value is None and argument.name == "range" and isinstance(part, ast.Tuple):
            return f"({', '.join(self.value(item).code for item in part.elts)})"
        value = value or (self.optional(part) if rust == "Option<&Tensor>" else self.value(part))
        setter = argument.name
        if value.kind == NONE:
            if argument.required:
                return "None"
            return None
        if value.kind.name == "option":
            code = self.argument(value)
            setter = f"maybe_{argument.name}"
            return code if argument.required else f".{setter}({code})"
        if value.kind == TENSOR:
            # A temporary is handed over to what takes either.
            code = value.code if "TensorOrNumber" in rust and value.form == "owned" else value.ref
            code = f"Some({code})" if rust == "Option<&Tensor>" and argument.required else code
        elif value.kind.cls is PackedSequence:
            code = value.ref
        elif rust == "D" and value.code.startswith("vec![") and "; " not in value.code and value.code != "vec![]":
            code, leaf = value.code.replace("vec![", "["), value.kind
            while leaf.name == "list":
                leaf = leaf.parts[0]
            if leaf == FLOAT:
                # `[[0.5], [1]]`: the numbers are of one type.
                code = re.sub(r"(?<![\w.])(-?\d+)(?=[,\]])", r"\1.0", code)
        elif value.kind.name in ("list", "Size") or value.form == "ref" and value.kind != STR:
            code = value.ref if value.form != "owned" else value.code
            if self.is_array(part, value) and rust.startswith(("Size", "MaybeSize", "Padding")):
                code = value.code
            elif value.kind.name == "list" and value.form == "place" and not code.endswith("]") and rust != "Size":
                code = f"{code}[..]"
            if rust == "&[i64]" and value.form == "owned":
                code = f"&{value.code}"
        else:
            code = value.code
        if rust in ("f64", "Option<f64>") and value.kind == INT and argument.required:
            code = self.as_float(value).code
        # As Python does by default, it says nothing.
        if not argument.required and argument.default is not None and code in (argument.default, argument.default.removesuffix(".0")):
            return None
        if not argument.required and argument.default is None and not rust.startswith("Option") and code in ("false", "0"):
            return None
        return code if argument.required else f".{setter}({code})"

    def is_array(self, node, value):
        """Is it a member of a given length, `self.stride`?"""
        member = self.member(node.attr) if isinstance(node, ast.Attribute) else None
        return member is not None and member.path == value.code and member.type.startswith("[i64; ")

    def list_of_tensors(self, part):
        if isinstance(part, (ast.List, ast.Tuple)) and not any(isinstance(p, ast.Starred) for p in part.elts):
            values = [self.value(item) for item in part.elts]
            members = any(value.code.startswith("self.") and value.form == "place" for value in values)
            refs = [f"&*{v.code}" if members and v.form == "place" and v.code.startswith("self.") else v.ref for v in values]
            return f"&[{', '.join(refs)}]"
        value = self.value(part)
        if value.kind.name == "list" and value.kind.parts[0] == TENSOR:
            return value.ref
        self.refuse(part, f"is a {value.kind} where a list of tensors is asked for")

    # Methods of tensors.

    def of_a_tensor(self, node, of, name, args=None):
        args = list(node.args) if args is None else args
        name = RENAMED.get(name, name)
        by_name = {keyword.arg: keyword.value for keyword in node.keywords}
        if name in ("scatter", "scatter_"):
            source = args[2] if len(args) == 3 else by_name.get("value")
            if source is not None and self.kind(source) is not None and self.kind(source).is_number:
                name = name.replace("scatter", "scatter_value")
        if name == "bernoulli_" and len(args) + len(by_name) == 1 and self.kind([*args, *by_name.values()][0]).is_number:
            name = "bernoulli_float_"
        if name == "size":
            if not args:
                return Value(f"{of.receiver}.shape()", SIZE)
            return Value(f"{of.receiver}.shape()[{self.value(args[0]).code}]", INT, "copy")
        if name in ("dim", "ndimension") and not args:
            return Value(f"{of.receiver}.dim() as i64", INT, "copy", CAST)
        if name == "numel":
            return Value(f"{of.receiver}.numel() as i64", INT, "copy", CAST)
        if name == "item":
            return Value(f"{of.receiver}.item()", FLOAT, "copy")
        if name == "t":
            return Value(f"{of.receiver}.tr()", TENSOR)
        if name == "clone":
            return Value(f"torch::clone({of.ref})", TENSOR)
        if name == "is_contiguous":
            return Value(f"{of.receiver}.is_contiguous()", BOOL, "copy")
        if name == "to":
            return self.to(node, of, args, by_name)
        if name == "type" and len(args) == 1 and self.kind(args[0]) == Kind("dtype"):
            return Value(f"{of.receiver}.to_kind({self.value(args[0]).code})", TENSOR)
        if name == "type_as":
            return Value(f"{of.receiver}.to_kind({self.value(args[0]).receiver}.kind())", TENSOR)
        if name == "contiguous" and by_name:
            self.refuse(node, "asks for a memory format")
        in_place = name.endswith("_") and not name.startswith("_")
        if in_place and (name in PLAIN or name in WITH):
            of = self.changing(node, of)
        if name in PLAIN and not args and not by_name:
            return Value(f"{of.receiver}.{name}()", TENSOR)
        if name in ("zeros_like", "ones_like", "empty_like") and not args and set(by_name) == {"dtype"}:
            return Value(f"{of.receiver}.{name}().to_kind({self.value(by_name['dtype']).code})", TENSOR)
        if name == "copy_" and not self.is_statement(node):
            self.refuse(node, "changes a tensor inside an expression", "let it be a statement of its own")
        if name in WITH and not by_name:
            made = self.with_arguments(node, of, name, WITH[name], args)
            if made is not None:
                return made
        labels = BY_NAME.get(name, "").split()[len(args) :]
        defaults = DEFAULTS.get(name, {})
        if set(by_name) <= set(labels) <= by_name.keys() | defaults.keys() and (by_name or labels):
            rest = [by_name[label] if label in by_name else ast.Constant(defaults[label]) for label in labels]
            made = self.with_arguments(node, of, name, WITH[name], args + rest)
            if made is not None:
                return made
        if name == "baddbmm" and len(args) == 2 and set(by_name) <= {"beta", "alpha"}:
            batches = [self.value(part).ref for part in args]
            factors = [self.as_float(self.value(by_name[label])).code if label in by_name else "1.0" for label in ("beta", "alpha")]
            return Value(f"{of.receiver}.baddbmm({', '.join([*batches, *factors])})", TENSOR)
        if name == "where" and len(args) == 2 and not by_name:
            condition, other = map(self.value, args)
            return Value(f"torch::where_({condition.ref}, {of.operand}, {other.operand if other.kind == TENSOR else other.code})", TENSOR)
        if in_place and ("torch", name) in FUNCTIONS:
            return self.of_the_crate(node, ("torch", name), of)
        if in_place and ("torch", name[:-1]) in FUNCTIONS and FUNCTIONS["torch", name[:-1]].argument("inplace"):
            made = self.of_the_crate(node, ("torch", name[:-1]), of)
            code = made.code
            if code.endswith(".call()"):
                return Value(code.removesuffix(".call()") + ".inplace(true).call()", TENSOR)
            return Value(code.replace(f"torch::{name[:-1]}(", f"torch::{name[:-1]}_options(", 1) + ".inplace(true).call()", TENSOR)
        if in_place and of.form == "owned" and ("torch", name[:-1]) in FUNCTIONS:
            # What it changes is seen by nothing else.
            return self.of_the_crate(node, ("torch", name[:-1]), of)
        if ("torch", name) in FUNCTIONS or name in ("max", "min", "median", "where"):
            call = ast.copy_location(ast.Call(node.func, args, node.keywords), node)
            call.number = getattr(node, "number", -1)
            return self.of_the_crate(call, ("torch", name), of)
        self.refuse(node, f"is Tensor.{name}, which is not among the methods that are known")

    def is_statement(self, node):
        return any(isinstance(part, ast.Expr) and part.value is node for part in ast.walk(self.source.node))

    def changing(self, node, of):
        """The receiver of a method of tch's that changes a tensor: a `mut` variable, or another handle."""
        if of.form == "owned":
            return of
        if self.can_change(node.func.value):
            self.mutate(node.func.value.id)
            return of
        return Value(f"{of.receiver}.shallow_clone()", TENSOR)

    def with_arguments(self, node, of, name, types, args):
        if types == "s":
            if len(args) == 1 and isinstance(args[0], ast.Starred) and self.kind(args[0].value) is not None and self.kind(args[0].value).name in ("Size", "list", "tuple"):
                # `x.view(*shape)`
                args = [args[0].value]
            if len(args) == 1 and not isinstance(args[0], (ast.Tuple, ast.List)):
                value = self.value(args[0])
                if value.kind == INT:
                    return Value(f"{of.receiver}.{name}([{value.code}])", TENSOR)
                if self.is_array(args[0], value):
                    return Value(f"{of.receiver}.{name}({value.code})", TENSOR)
                whole = value.kind == SIZE or value.form == "place" and not value.code.endswith("]")
                made = value.kind.name == "list" and value.form == "owned" and not value.code.endswith("]")
                code = f"{value.ref}[..]" if whole else f"&{value.receiver}[..]" if made else value.code if value.code.startswith("[") else value.ref
                return Value(f"{of.receiver}.{name}({code})", TENSOR)
            items = [item for part in (args[0].elts if len(args) == 1 else args) for item in self.items_of(part)]
            if any(isinstance(item, ast.Starred) for item in items):
                return Value(f"{of.receiver}.{name}(&{self.spread(ast.List(list(items), ast.Load())).code}[..])", TENSOR)
            return Value(f"{of.receiver}.{name}([{', '.join(self.value(item).code for item in items)}])", TENSOR)
        if len(args) != len(types):
            return None
        values = [self.value(part) for part in args]
        for value, type in zip(values, types):
            if (type == "t") != (value.kind == TENSOR):
                return None
        code = ", ".join(value.ref if type == "t" else value.code for value, type in zip(values, types))
        # That of tch gives nothing back.
        return Value(f"{of.receiver}.{name}({code})", NONE if name == "copy_" else TENSOR)

    def to(self, node, of, args, by_name):
        given = args + list(by_name.values())
        if len(given) == 2 and set(by_name) <= {"dtype", "device"}:
            # The number's kind and the device, in either order.
            values = {value.kind.name: value for value in map(self.value, given)}
            if set(values) == {"dtype", "device"}:
                return Value(f"{of.receiver}.to({values['device'].code}).to_kind({values['dtype'].code})", TENSOR)
        if len(given) == 1 and (not by_name or set(by_name) <= {"dtype", "device"}):
            value = self.value(given[0])
            if value.kind == NONE:
                # `x.to(device)`, where none is given.
                return of
            if value.kind.name == "dtype":
                return Value(f"{of.receiver}.to_kind({value.code})", TENSOR)
            if value.kind.name == "device":
                return Value(f"{of.receiver}.to({value.code})", TENSOR)
            if value.kind == TENSOR:
                return Value(f"{of.receiver}.to({value.receiver}.device()).to_kind({value.receiver}.kind())", TENSOR)
        self.refuse(node)
