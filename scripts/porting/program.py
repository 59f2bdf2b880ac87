"""A model as one Rust file: its classes, its functions, the test beside it."""

import ast
import importlib.metadata
import inspect
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils import parametrizations
from torch.nn.utils.weight_norm import WeightNorm as OldHook

from . import arguments, beside, construction, crate, draws, functions, groups, kinds, layers, loops, methods, names, patterns, printing, record, sharing, source, variables
from .construction import (
    CONTAINERS, Argument, Box, Chain, Computed, Either, Linear, Literal, Loop, Make, OldWeightNorm, Plan, Shared, Some, Tensor,
    WeightNorm, When,
)
from .expressions import DTYPES, Value, is_self, number, text
from .kinds import NONE
from .report import Report, Untranslated

# What the head of a file says whose test makes the model anew.
SAME_SEED = "Its initial values are Python's, under the same seed."
# Marks around a field, its name first, that goes if nothing reads it.
FIELD, SAYS, END = "\1", "\2", "\3"
# Marks before a variable of `new` that goes then, and where `new` ends.
LET, NEW = "\4", "\5"
# A mark before a number of a class's.
CONST = "\6"
# Those of numbers.
METHODS = "pow|powf|powi|sqrt|ln|log2|log10|exp|sin|cos|tan|abs|min|max|floor|ceil|round|div_euclid|rem_euclid"


class Program:
    def __init__(self, model, recorder, report=None, comments=False, trained=False, arguments="", factory=""):
        self.model, self.recorder, self.comments = model, recorder, comments
        self.report, self.log = report or Report(), recorder.log
        # Do the weights come from elsewhere? What is the model made with, as JSON?
        self.trained, self.arguments, self.factory = trained, arguments, factory.replace(":", ".")
        self.plans, self.named_tuples, self.signatures, self.names, self.dictionaries = {}, {}, {}, {}, {}
        # By class, the numbers of its own that are read; by function, those that make modules.
        self.constants, self.makers = {}, {}
        # einops' layers: by their print, the name and the text of their struct.
        self.patterns = {}
        # By class, the attributes that are set while the model runs.
        self.on_the_way, self.methods_written = {}, {}
        # What makes a model that is of no class of its own: a function of the factory's name.
        own = type(model).__module__.startswith("torch.nn.")
        self.root = names.field(names.snake(self.factory.split(".")[-1])) if own else ""
        self.is_theirs = record.is_theirs

    # Names.

    def name_of(self, cls):
        if cls not in self.names:
            name = names.camel(cls.__name__)
            while name in self.names.values() or name in names.TYPES:
                name += names.camel(cls.__module__.split(".")[-1])
            self.names[cls] = name
        return self.names[cls]

    def line_of(self, cls):
        cls = getattr(cls, "_ported_owner", cls)
        try:
            return inspect.getsourcelines(cls)[1]
        except (OSError, TypeError):
            return 0

    def place_of(self, member):
        """Where Python sets this member: `net.py:12`."""
        names_ = member.split(".")
        for end in range(len(names_) - 1, -1, -1):
            owner = self.model.get_submodule(".".join(names_[:end])) if end else self.model
            statement = source.initial_statements(type(owner)).get(names_[end])
            if statement is not None:
                return f"{self.file_of(type(owner))}:{statement.lineno}"
        return f"{self.file_of(type(self.model))}:{self.line_of(type(self.model))}"

    def place_of_attribute(self, cls, statement):
        """Of a statement in some `__init__` of the class's."""
        for written in source.functions(cls):
            if any(node is statement for node in ast.walk(written.node)):
                return written.place(statement)
        return f"{self.file_of(cls)}:{statement.lineno}"

    def file_of(self, cls):
        cls = getattr(cls, "_ported_owner", cls)
        try:
            return Path(inspect.getsourcefile(cls)).name
        except (OSError, TypeError):
            return cls.__module__

    def type_of_class(self, cls):
        if cls in self.plans:
            return self.plans[cls].rust
        if cls is nn.Module:
            return "dyn Forward"
        return f"nn::{cls.__name__}"

    def signature(self, function):
        if function not in self.signatures:
            self.signatures[function] = None
            try:
                self.signatures[function] = functions.signature(self, function)
            except Untranslated:
                del self.signatures[function]
                raise
        if self.signatures[function] is None:
            raise Untranslated(source.of(function).node, f"{function.__qualname__} calls itself")
        return self.signatures[function]

    # Named tuples, and dictionaries of given keys.

    def named(self, kind, function=None):
        """The struct's name; a dictionary's is that of the function that gives it."""
        if kind.name == "named":
            name = names.camel(kind.cls.__name__)
        else:
            keys = frozenset(kind.keys)
            known = next((name for others, name in self.dictionaries.items() if keys <= others), None)
            if known is None:
                *outer, own = (function.__qualname__ if function else "output").split(".")
                known = names.camel(outer[-1] if outer else own) + "Output"
                while known in self.named_tuples:
                    known = f"{names.camel(own)}{known}"
                self.dictionaries[keys] = known
            name = known
        fields = self.named_tuples.setdefault(name, {})
        for field, part in zip(kind.fields, kind.parts):
            inside = part.parts[0] if part.name == "option" else part
            if inside.name == "dict" and inside.fields:
                self.dictionaries.setdefault(frozenset(inside.keys), name.removesuffix("Output") + names.camel(field))
            fields.setdefault(field, part)
        return name

    def fields_of(self, kind, function=None):
        name = self.named(kind, function)
        return name, self.named_tuples[name]

    def named_tuple(self, expressions, node, cls):
        given = dict(zip(cls._fields, node.args)) | {k.arg: k.value for k in node.keywords}
        return self.struct_of(expressions, expressions.kind(node), {name: expressions.whole(p) for name, p in given.items()})

    def struct_of(self, expressions, seen, values):
        """The struct with these values; what the others of its kind have beside is not there."""
        result = getattr(expressions, "signature", None) and expressions.signature.result
        same = result and result.name == seen.name and set(seen.fields) <= set(result.fields)
        name, fields = self.fields_of(result if same else seen, expressions.source.function)
        parts = []
        for field, kind in fields.items():
            value = values.get(field)
            if value is not None and value.kind.name == "list" and kind.name == "tuple":
                # It was filled bit by bit.
                fields[field] = value.kind
            if value is not None and value.kind.name == "option" and kind.name != "option":
                value = value.opened
            if value is None:
                code = "None"
            elif kind.name == "option" and value.kind.name != "option":
                code = "None" if value.kind == NONE else f"Some({value.owned})"
            else:
                code = value.owned
            small = names.field(field)
            parts.append(small if code == small else f"{small}: {code}")
        return Value(f"{name} {{ {', '.join(parts)} }}", result if same else seen)

    def named_of_tensor(self, kind, value):
        name, fields = self.fields_of(kind)
        parts = []
        for place, field in enumerate(fields):
            parts.append(f"{names.field(field)}: {value.owned if place == 0 else 'None'}")
        return f"{name} {{ {', '.join(parts)} }}"

    # What makes a module.

    def describe(self, module, cls=None):
        if cls is None and self.places.group(module):
            return self.places.reference(module)
        cls = cls or type(module)
        try:
            return self.made(module, cls)
        except Untranslated as error:
            if error.line is None:
                path = next((path for path, other in self.model.named_modules() if other is module), None)
                error.line = self.place_of(path) if path else None
            raise

    def made(self, module, cls):
        if cls in CONTAINERS or cls is nn.ParameterList:
            return self.chain(module, cls)
        if cls.__module__.startswith("einops."):
            return self.einops_layer(module)
        if cls in self.plans:
            return self.plans[cls].make(module)
        if cls.__module__ == "torch.nn.utils.parametrize":
            return self.parametrized(module)
        if issubclass(cls, torch.jit.ScriptModule):
            words = f"{next(n for n, m in self.model.named_modules() if m is module)} is TorchScript, whose Python is not at hand"
            raise Untranslated(None, words, "hold it as a flambeau::jit::ScriptModule")
        if cls is type(None):
            raise Untranslated(None, "a list holds None beside its modules", "leave it out, or hold an nn::Identity there")
        if not record.is_theirs(cls):
            raise Untranslated(None, f"a {cls.__name__} holds another one", "give the inner one to `new`, as an Option<Box<dyn Forward>>")
        if not layers.is_layer(cls):
            raise Untranslated(None, f"the crate has no {cls.__module__}.{cls.__name__}")
        old = [hook for hook in module._forward_pre_hooks.values() if isinstance(hook, OldHook)]
        if not old:
            return self.layer(module, cls)
        by_name = (("name", old[0].name, "weight"), ("dim", old[0].dim, 0))
        by_name = tuple((name, Literal(value)) for name, value, default in by_name if value != default)
        return Make(OldWeightNorm, (("", self.layer(module, cls)),), by_name)

    def einops_layer(self, module):
        """Those of one pattern are of one struct."""
        if repr(module) not in self.patterns:
            count = sum(type(module).__name__ == told.split("(")[0] for told in self.patterns)
            name = f"{type(module).__name__}{count + 1 if count else ''}"
            self.patterns[repr(module)] = name, patterns.layer(module, name)
        name, written = self.patterns[repr(module)]
        if written is None:
            member = next(path for path, other in self.model.named_modules() if other is module)
            raise Untranslated(self.place_of(member), f"`{member}`, a {module}, is not translated", patterns.BY_HAND)
        return Computed(f"{name}::new()", name)

    def parametrized(self, module):
        """A layer whose weight is normalised at each call."""
        of, base = dict(module.parametrizations), type(module).__mro__[1]
        weight = list(of["weight"]) if set(of) == {"weight"} else []
        if len(weight) != 1 or not isinstance(weight[0], parametrizations._WeightNorm) or not layers.is_layer(base):
            what = ", ".join(f"{name}: {[type(part).__name__ for part in parts]}" for name, parts in of.items())
            raise Untranslated(None, f"a {base.__name__} is parametrized by {what}", "parametrize it by hand")
        by_name = () if weight[0].dim == 0 else (("dim", Literal(weight[0].dim)),)
        return Make(WeightNorm, (("", self.layer(module, base)),), by_name)

    def layer(self, module, cls):
        by_place, by_name = layers.arguments(module, cls)
        node = lambda value: self.describe(value) if isinstance(value, nn.Module) else Literal(value)
        return Make(cls, *(tuple((name, node(value)) for name, value in part) for part in (by_place, by_name.items())))

    def chain(self, module, cls):
        if cls is nn.ParameterList:
            inside = [(str(place), parameter) for place, parameter in enumerate(module)]
            nodes = [Tensor("parameter", tuple(map(Literal, parameter.shape)), parameter.dtype) for parameter in module]
        else:
            inside = list(module._modules.items())
            nodes = [self.describe(child) for _, child in inside]
        numbered = [name for name, _ in inside] == [str(i) for i in range(len(inside))]
        if cls is not nn.Sequential and nodes and len({self.type_of(node) for node in nodes}) == 1:
            item = nodes[0] if all(node == nodes[0] for node in nodes) else construction.progression(nodes)
            if len(nodes) > 1 and item is not None and (item == nodes[0] or len(nodes) > 2):
                if cls in (nn.ModuleList, nn.ParameterList):
                    return Chain(cls, (Loop(Literal(len(nodes)), item),), ())
                name = self.numbered_name([name for name, _ in inside])
                if name:
                    return Chain(cls, (Loop(Literal(len(nodes)), item, name),), ())
        if cls is nn.Sequential and numbered:
            items, i = [], 0
            while i < len(nodes):
                end = i
                while end < len(nodes) and nodes[end] == nodes[i]:
                    end += 1
                if end - i > 2:
                    items.append(Loop(Literal(end - i), nodes[i]))
                else:
                    items += nodes[i:end]
                i = end
            return Chain(cls, tuple(items), ())
        return Chain(cls, tuple(nodes), () if numbered else tuple(name for name, _ in inside))

    def numbered_name(self, given):
        match = re.fullmatch(r"(.*?)(\d+)", given[0])
        if match and all(name == f"{match[1]}{int(match[2]) + i}" for i, name in enumerate(given)):
            return match[1], int(match[2])
        return None

    def type_of(self, node):
        if isinstance(node, Make):
            if node.cls is Some:
                return f"Option<{self.type_of(node.by_place[0][1])}>"
            if node.cls is Box:
                return f"Box<dyn {self.trait_of([node.by_place[0][1]])}>"
            if node.cls is OldWeightNorm:
                return f"nn::utils::WeightNorm<{self.type_of(node.by_place[0][1])}>"
            if node.cls is WeightNorm:
                return f"parametrizations::Parametrized<{self.type_of(node.by_place[0][1])}, parametrizations::WeightNorm>"
            return node.cls.type if isinstance(node.cls, methods.Method) else self.type_of_class(node.cls)
        if isinstance(node, Chain):
            if node.cls is nn.Sequential:
                return "nn::Sequential"
            if node.cls is nn.ParameterList:
                return "Vec<nn::Parameter>"
            inside = {self.type_of(item) for item in node.items}
            return f"nn::{node.cls.__name__}<{inside.pop() if len(inside) == 1 else f'dyn {self.trait_of(node.items)}'}>"
        if isinstance(node, Loop):
            return self.type_of(node.item)
        if isinstance(node, Tensor):
            return "nn::Parameter" if node.role == "parameter" else "nn::Buffer"
        if isinstance(node, (Argument, Computed, Shared)):
            return node.type
        raise Untranslated(None, f"{node} has no type")

    def trait_of(self, nodes):
        """What modules of several classes have in common: `Forward`, where each maps one tensor to one."""
        for node in nodes:
            node = node.item if isinstance(node, Loop) else node
            node = node.by_place[0][1] if isinstance(node, Make) and node.cls in (Some, Box) else node
            if isinstance(node, Chain) and node.cls is not nn.Sequential:
                return "Module"
            if isinstance(node, Make) and isinstance(node.cls, type) and issubclass(node.cls, nn.Module) and not self.maps(node.cls):
                return "Module"
        return "Forward"

    def trait_of_children(self, module):
        return "Forward" if all(self.maps(type(child)) for child in module.children()) else "Module"

    def maps(self, cls):
        """Does it map one tensor to one?"""
        if issubclass(cls, (nn.ModuleList, nn.ModuleDict, nn.Bilinear)):
            return False
        if issubclass(cls, tuple(layers.CALLS)) and cls not in (nn.TransformerEncoder, nn.TransformerEncoderLayer):
            return False
        return record.is_theirs(cls.forward) or self.is_forward(inspect.unwrap(cls.forward))

    def type_of_arguments(self, parts):
        some = [part for part in parts if part != Literal(None)]
        if all(isinstance(part, Literal) for part in some):
            # Lists and tuples of whole numbers are the same here.
            listed = lambda value: isinstance(value, list) and all(type(part) is int for part in value)
            mixed = any(isinstance(part.value, tuple) for part in some)
            values = [tuple(part.value) if mixed and listed(part.value) else part.value for part in some]
            lengths = {len(value) for value in values if isinstance(value, tuple)}
            if len(lengths) == 1 and all(isinstance(value, tuple) or type(value) is int for value in values):
                # A number stands for all sides.
                values = [value if isinstance(value, tuple) else (value,) * min(lengths) for value in values]
            if all(isinstance(value, tuple) for value in values) and len({len(value) for value in values}) == 1:
                if all(type(part) is int for value in values for part in value):
                    type_ = f"({', '.join(['i64'] * len(values[0]))}{',' if len(values[0]) == 1 else ''})"
                    return type_ if len(some) == len(parts) else f"Option<{type_}>"
            kind = kinds.join(kinds.of(part.value) for part in parts)
            type_ = construction.array_type(kind, values) or construction.attribute_type(kind)
            if type_ is None:
                raise Untranslated(None, f"an argument of kind {kind} has no type here")
            return type_
        types = {self.type_of(part) for part in some}
        if len(types) > 1:
            raise construction.Differently(None, "instances of a class are built differently")
        type_ = types.pop()
        return type_ if len(some) == len(parts) or type_.startswith("Option<") else f"Option<{type_}>"

    # The Rust of what makes a module.

    def code(self, node, type_=""):
        if isinstance(node, (Argument, Computed)):
            return node.code
        if isinstance(node, Shared):
            return self.places.code(node)
        if isinstance(node, Literal):
            return self.literal(node.value, type_)
        if isinstance(node, Linear):
            return self.linear(node)
        if isinstance(node, Either):
            item, other = self.code(node.item), self.code(node.other)
            return f"if {node.condition} {{ {item} }} else {{ {other} }}"
        if isinstance(node, Tensor):
            return self.tensor(node)
        if isinstance(node, Chain):
            return self.container(node)
        if node.cls in (WeightNorm, OldWeightNorm):
            function = f"{'parametrizations' if node.cls is WeightNorm else 'nn::utils'}::weight_norm"
            inside = self.code(node.by_place[0][1])
            if not node.by_name:
                return f"{function}({inside})"
            # -1 stands for one length of all.
            given = lambda part: "None" if part == Literal(-1) else self.code(part)
            return f"{function}_options({inside}){''.join(f'.{name}({given(part)})' for name, part in node.by_name)}.call()"
        if node.cls in (Some, Box):
            inside = self.code(node.by_place[0][1], type_.removeprefix("Option<").removesuffix(">"))
            return f"Some({inside})" if node.cls is Some else f"Box::new({inside})"
        return self.constructor(node)

    def literal(self, value, type_):
        if value is None:
            return "None"
        if type_.startswith("Option<"):
            return f"Some({self.literal(value, type_[7:-1])})"
        if type(value) is int and type_.startswith("(i64"):
            return self.literal((value,) * type_.count("i64"), "")
        if isinstance(value, bool) or isinstance(value, (int, float)):
            return number(float(value) if type_ == "f64" and not isinstance(value, bool) else value)
        if isinstance(value, str):
            return text(value)
        if isinstance(value, (tuple, list)):
            inside = ", ".join(self.literal(part, "") for part in value)
            if type_.startswith("Vec<"):
                return f"vec![{inside}]"
            if isinstance(value, list) and not type_.startswith("("):
                return f"[{inside}]"
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        shown = f"a {type(value).__name__}" if isinstance(value, (torch.Tensor, nn.Module)) else repr(value)
        raise Untranslated(None, f"an argument of `new` would be {shown}, which has no Rust here")

    def linear(self, node):
        first, step = self.code(node.first), self.code(node.step)
        if step == "0":
            return first
        if re.search(r" [-+/%] ", step):
            step = f"({step})"
        product = "i" if step == "1" else f"i * {step}"
        return product if first == "0" else f"{first} + {product}"

    def tensor(self, node):
        shape = ", ".join(self.code(size) for size in node.shape)
        dtype = DTYPES[node.dtype]
        of = f"[{shape}]" if node.shape else "()"
        zeros = f"torch::zeros({of})" if dtype == "Kind::Float" else f"torch::zeros_options({of}).dtype({dtype}).call()"
        return f"nn::{'Parameter' if node.role == 'parameter' else 'Buffer'}::new({zeros})"

    def constructor(self, node):
        if isinstance(node.cls, methods.Method):
            return node.cls.code(node)
        plan = self.plans.get(node.cls)
        if plan:
            inside = ", ".join(self.code(part, plan.arguments[name][1]) for name, part in node.by_place)
            return f"{plan.rust}::new({inside})"
        name = node.cls.__name__
        by_name = list(node.by_name)

        def part_of(key, part):
            code = self.code(part)
            if key not in layers.COUNTS or not name.startswith("Transformer") or isinstance(part, Literal):
                return code
            return f"{code} as usize" if code.isidentifier() else f"({code}) as usize"

        places = [part_of(key, part) for key, part in node.by_place]
        if node.cls in layers.STACKS:
            # It is copied.
            places[0] = f"&{places[0]}"
        given = layers.BY_PLACE.get(name)
        if given and len(by_name) == len(given) and {key for key, _ in by_name} == set(given) and not places:
            places, by_name = [self.code(part) for _, part in by_name], []
        if not by_name:
            if not places and name in layers.DEFAULT:
                return f"nn::{name}::default()"
            return f"nn::{name}::new({', '.join(places)})"
        setters = "".join(f".{names.field(key)}({part_of(key, part)})" for key, part in by_name)
        return f"nn::{name}::options({', '.join(places)}){setters}.build()"

    def container(self, node):
        items = node.items
        if node.cls is nn.Sequential:
            if not items:
                return "nn::Sequential::default()"
            if not any(isinstance(item, (Loop, When)) for item in items):
                codes = [self.code(item) for item in items]
                if node.names:
                    codes = [f"{text(name)} => {code}" for name, code in zip(node.names, codes)]
                return f"nn::sequential!({', '.join(codes)})"
            lead = []
            for item in items:
                if isinstance(item, (Loop, When)):
                    break
                lead.append(item)
            start = f"nn::sequential!({', '.join(map(self.code, lead))})" if lead else "nn::Sequential::default()"
            lines = [f"let mut layers = {start};"]
            for place, item in enumerate(items[len(lead) :], len(lead)):
                if isinstance(item, Loop):
                    lines.append(f"for _ in 0..{self.code(item.count)} {{ layers = layers.append({self.code(item.item)}); }}")
                elif isinstance(item, When):
                    beside = lambda other: isinstance(other, When) and other.condition == item.condition and "let " not in other.condition
                    if place == 0 or not beside(items[place - 1]):
                        lines.append(f"if {item.condition} {{")
                    lines.append(f"layers = layers.append({self.code(item.item)});")
                    if place + 1 == len(items) or not beside(items[place + 1]):
                        lines.append("}")
                else:
                    lines.append(f"layers = layers.append({self.code(item)});")
            return f"{{ {' '.join(lines)} layers }}"
        if len(items) == 1 and isinstance(items[0], Loop):
            item = items[0].item
            code = self.item(item)
            used = re.search(r"\bi\b", code) is not None or bool(items[0].name)
            result = code
            if items[0].name:
                prefix, first = items[0].name
                place = "i" if first == 0 else f"i + {first}"
                result = f'(format!("{prefix}{{}}", {place}), {code})' if first else f'(format!("{prefix}{{i}}"), {code})'
            return f"(0..{self.code(items[0].count)}).map(|{'i' if used else '_'}| {result}).collect()"
        types = {self.type_of(item) for item in items}
        codes = [self.item(item) for item in items]
        if node.cls is nn.ParameterList:
            return f"vec![{', '.join(codes)}]"
        if node.cls is nn.ModuleDict:
            if len(types) == 1:
                inside = ", ".join(f"({text(name)}, {code})" for name, code in zip(node.names, codes))
                return f"[{inside}].into_iter().collect()"
            inside = ", ".join(f"({text(name)}, Box::new({code}))" for name, code in zip(node.names, codes))
            return f"nn::ModuleDict::new(vec![{inside}])"
        if len(types) == 1:
            return f"[{', '.join(codes)}].into_iter().collect()"
        return f"nn::ModuleList::new(vec![{', '.join(f'Box::new({code})' for code in codes)}])"

    def item(self, node):
        """A list of several classes that stands in another has to say what they have in common."""
        code = self.code(node)
        if isinstance(node, Chain) and node.cls is not nn.Sequential:
            trait = construction.trait_in(self.type_of(node))
            code = code.replace("::new(vec![", f"::<dyn {trait}>::new(vec![", 1) if trait else code
        return code

    # The file.

    def classes(self):
        """The model's own, those first that others hold."""
        heights = {}

        def height(module):
            if isinstance(module, torch.jit.ScriptModule):
                return 0
            inside = max((height(child) for child in module.children()), default=0)
            if not layers.is_layer(type(module)) or layers.base(type(module)) and type(module) not in CONTAINERS:
                if not type(module).__module__.startswith(("torch.nn.", "einops.")):
                    inside += 1
                    heights[type(module)] = max(heights.get(type(module), 0), inside)
            return inside

        height(self.model)
        return sorted(heights, key=heights.get)

    def methods_asked_for(self, cls):
        return {function for function in self.functions_of(cls) if function in self.signatures}

    def functions_of(self, cls):
        found = []
        for function in self.recorder.called:
            if "." not in function.__qualname__:
                continue
            method = source.function_of(getattr(cls, function.__name__, None) or (lambda: None))
            if method is function or source.properties(cls).get(function.__name__) is function:
                found.append(function)
        for function in found:
            found += [other for other in self.supers(cls, function) if other not in found]
        return sorted(found, key=lambda function: function.__code__.co_firstlineno)

    def supers(self, cls, function):
        """The methods of the classes above that a method calls by `super()`."""
        found = []
        for node in source.of(function).expressions:
            if source.of_super(node) and self.reached(function, node):
                above = source.above(cls, function, node.attr)
                if above is not None and not record.is_theirs(above):
                    found.append(above)
        return found

    def name_of_method(self, function, cls):
        """A method's name in a class, which may have one of the same name."""
        name = self.signature(function).name
        mine = function in (source.function_of(getattr(cls, function.__name__, function)), source.properties(cls).get(function.__name__))
        return name if mine else f"{name}_of_{names.snake(source.owner(cls, function).__name__.lstrip('_'))}"

    def read_of(self, cls):
        """The attributes that a class's functions read of `self`, in their order."""
        found = {}
        for function in self.functions_of(cls) + printing.functions_of(cls):
            try:
                written = source.of(function)
            except Untranslated:
                continue
            for node in [*written.expressions, *printing.expressions(function)]:
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
                    if function.__name__ in ("extra_repr", "__repr__") or node.attr == "training" or self.reached(function, node):
                        found[node.attr] = None
                elif source.asked_by_name(node) and is_self(node.args[0]) and self.reached(function, node):
                    found[source.asked_by_name(node)] = None
                elif source.of_configuration(node) and self.is_configuration(function, node):
                    found[source.of_configuration(node)] = None
        return list(found)

    def may_lack(self, cls):
        """The attributes that the class's functions ask for by `getattr(self, "scale", None)`."""
        asked = [node for function in self.functions_of(cls) if source.is_there(function) for node in source.of(function).expressions]
        is_none = lambda node: len(node.args) == 3 and is_self(node.args[0]) and isinstance(node.args[2], ast.Constant) and node.args[2].value is None
        return {name for node in asked if (name := source.asked_by_name(node)) and is_none(node)}

    def is_configuration(self, function, node):
        """Is it a number of a configuration's, or one of a layer's that differs among the instances?"""
        seen = self.recorder.seen(function, node)
        if seen is None or not (seen.kind.is_number or seen.kind in (kinds.BOOL, kinds.STR)):
            return False
        of = node.value.value if isinstance(node, ast.Subscript) else node.value
        kind = self.recorder.kind(function, of)
        layer = kind is not None and kind.name == "module" and kind.cls.__module__.startswith("torch.nn.")
        return kind == kinds.OTHER or layer and (len(seen.values) > 1 or isinstance(node, ast.Subscript))

    def set_on_the_way(self, cls):
        """The attributes that the class's functions set while the model runs."""
        if cls not in self.on_the_way:
            found = self.on_the_way[cls] = set(self.recorder.changed.get(cls, ()))
            for function in self.functions_of(cls):
                for node in ast.walk(source.of(function).node) if source.is_there(function) else ():
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
                    mine = [part.attr for part in targets if isinstance(part, ast.Attribute) and getattr(part.value, "id", "") == "self"]
                    found |= set(mine) if mine and self.reached(function, node.value) else set()
        return self.on_the_way[cls]

    def is_of_tensors(self, cls, name):
        """Does a property of the class's read tensors, whose values change?"""
        getter = source.properties(cls).get(name)
        return getter is not None and any(self.recorder.kind(getter, node) == kinds.TENSOR for node in source.of(getter).expressions)

    def tell_of_methods(self, cls):
        """The methods that neither `forward` nor `__init__` calls go into the report."""
        own = {}
        for above in reversed([above for above in cls.__mro__ if not record.is_theirs(above) and above is not object]):
            for name, thing in vars(above).items():
                function = thing.fget if isinstance(thing, property) else inspect.unwrap(getattr(thing, "__func__", thing))
                if inspect.isfunction(function) and source.is_there(function):
                    own.setdefault(name, []).append((above, function))
        read, todo = {"forward", "extra_repr", "train"}, [*self.functions_of(cls), *(function for _, function in own.get("__init__", ()))]
        while todo:
            function = todo.pop()
            named = {node.attr for node in source.of(function).expressions if isinstance(node, ast.Attribute)} if source.is_there(function) else set()
            todo += [other for name in named - read for _, other in own.get(name, ())]
            read |= named
        for name, found in own.items():
            above, function = found[-1]
            if name not in read and function not in self.recorder.called and not name.startswith("_") and above.__module__.split(".")[0] == cls.__module__.split(".")[0]:
                self.report.note(f"{source.of(function).place(source.of(function).node)}: the method `{name}` of {above.__name__}, which `forward` does not call")

    def reached(self, function, node):
        return self.recorder.seen(function, node) is not None

    def rust(self):
        beside.refuse(self)
        self.places = sharing.Places(self)
        calls = arguments.among(self)
        self.kept = arguments.kept(calls)
        for cls in self.classes():
            instances = [module for module in self.model.modules() if type(module) is cls]
            plan = Plan(self, cls, instances)
            try:
                plan.plan(self.read_of(cls))
            except Untranslated as error:
                error.line = error.line if isinstance(error.line, str) else f"{self.file_of(cls)}:{self.line_of(cls)}"
                error.why = f"{cls.__name__}: {error.why}"
                raise
            self.plans[cls] = plan
            loops.tell_of_unrolled(plan)
            loops.tell_of_branches(plan)
            loops.tell_of_attributes(plan)
            self.tell_of_methods(cls)
        written, todo, left = {}, self.classes(), dict(self.places.left)
        while todo:
            cls = todo.pop(0)
            # A method that another class calls is known when that one is written: then this one is, again.
            self.places.left |= {key: count for key, count in left.items() if key[0] is cls}
            try:
                written[cls] = self.struct(self.plans[cls])
                todo += [] if todo else [other for other in self.classes() if self.methods_asked_for(other) - self.methods_written[other]]
            except Untranslated as error:
                error.line = error.line if isinstance(error.line, str) else f"{self.file_of(cls)}:{error.line or self.line_of(cls)}"
                raise
        helpers, done = [], set()
        while True:
            asked = [f for f in self.signatures if f not in done and source.stands_alone(f)]
            if not asked:
                break
            for function in asked:
                done.add(function)
                helpers.append((place_of(function), functions.Function(self, function, None).text()))
        helpers += [(place_of(function), method.text) for function, method in self.makers.items() if method is not None and method.called]
        main = self.file_of(type(self.model))
        structs = {}
        while len(structs) < len(self.named_tuples):
            # One may hold another.
            structs |= {name: self.named_struct(name) for name in list(self.named_tuples) if name not in structs}
        told = "".join([*(code for _, code in helpers), *written.values()])
        for name in self.dictionaries.values():
            given = any(f"fn {words} -> {name} " in told for words in re.findall(r"fn (forward\([^)]*\))", told))
            if not given and not all(re.search(rf"\.{names.field(field)}\b", told) for field in self.named_tuples.get(name, ())):
                structs[name] = f"#[allow(dead_code)]\n{structs[name]}"
        others = "\n".join([*(code for _, code in helpers), *written.values()])
        for one in list(helpers):
            # What was tried, and is not called after all.
            name = re.search(r"\bfn (\w+)\(", one[1])
            if name and re.search(rf"(?<!fn )\b{name[1]}\b", others.replace(one[1], "")) is None:
                helpers.remove(one)
        parts = list(structs.values()) + [written_ for _, written_ in self.patterns.values()]
        # As they stand in Python, file by file.
        placed = [((file == main, file, line), code) for (file, line), code in helpers]
        placed += [((self.file_of(cls) == main, self.file_of(cls), self.line_of(cls)), code) for cls, code in written.items()]
        parts += [code for _, code in sorted(placed, key=lambda one: one[0])]
        if self.root:
            node = self.describe(self.model)
            parts.append(f"pub fn {self.root}() -> {self.type_of(node)} {{\n{self.code(node)}\n}}")
        body = self.without_unread("\n\n".join(parts))
        arguments.tell_of_repeated(self, calls, body)
        body = with_types(body)
        self.tell_of_weights()
        allowed = {
            "reversed_empty_ranges": r"\.\.-\d", "new_without_default": r"pub fn new\(\)",
            "erasing_op": r"\* 0[;,) ]", "approx_constant": r"\b(?:3\.1415|2\.7182|1\.4142|0\.7071|0\.6931|6\.2831|1\.5707|0\.3183|0\.6366)\d+",
            "int_plus_one": r"[\w)] - 1 >= |>= [\w.()]+ \+ 1 |[\w)] \+ 1 <= |<= [\w.()]+ - 1 ",
        }
        lints = [lint for lint, form in allowed.items() if re.search(form, body)] + ["collapsible_if"] * has_nested_ifs(body)
        cloned = re.findall(r"\bself\.(\w+)\.clone\(\)", body)
        lints += ["clone_on_copy"] * any(re.search(rf"\b{name}: \[", body) for name in cloned)
        lints = ", ".join(f"clippy::{lint}" for lint in lints)
        allow = f"#![allow({lints})]\n\n" if lints else ""
        assigning = [method.title().replace("_", "") for method in sorted(functions.ASSIGNING.values()) if f".{method}(" in body]
        used = f"use std::ops::{{{', '.join(assigning)}}};\n\n" if assigning else ""
        used += "use flambeau::nn::utils::parametrizations;\n" if "parametrizations::" in body else ""
        return f"{self.head()}\n\n{allow}{used}use flambeau::prelude::*;\n\n{body}\n"

    @staticmethod
    def without_unread(body):
        """The fields that are marked go where nothing reads them: the switches that were decided here."""
        for name in dict.fromkeys(re.findall(rf"{FIELD}(.*?){SAYS}", body)):
            # Its own class does not.
            body = field_where(re.search(rf"(?<!\bself)(?<!\.)\.{re.escape(name)}\b(?!\()", body), name, body)
        while found := re.search(rf"{LET}(let (?:mut )?(\w+)[^{LET}]*?;)\n([^{LET}{NEW}]*{NEW})", body):
            # From the last on, since one may read others.
            read = re.search(rf"(?<!\w)(?<![^.]\.){found[2]}\b(?!\()", found[3])
            other = without_alias(found[1], found[3])
            if other is not None:
                body = body[: found.start()] + other + body[found.end() :]
                continue
            body = body[: found.start()] + (f"{found[1]}\n" if read else "") + found[3] + body[found.end() :]
        for line, name in re.findall(rf"({CONST}const (\w+): .*\n)", body):
            read = re.search(rf"::{name}\b", body)
            body = body.replace(line, line[1:] if read else "")
        return body.replace(NEW, "")

    def tell_of_weights(self):
        """What Python's `__init__` sets, where `new` leaves it to the weights."""
        if self.log is None:
            self.report.comes("all values: the model could not be made a second time as it was")
            return
        for cls, plan in self.plans.items():
            for name in plan.draws.empty:
                self.report.comes(f"{self.place_of_tensor(cls, name)}: the parameter `{name}` of {cls.__name__}, which Python leaves unset")
            for name in plan.draws.untold:
                values = [part for value in self.log.values(plan, name) for part in (value if isinstance(value, nn.ParameterList) else [value])]
                if any(value is not None and bool(value.any()) for value in values):
                    place, member = self.place_of_tensor(cls, name), plan.member(name)
                    self.report.comes(f"{place}: the {member.role} `{name}` of {cls.__name__}, zeros in `new`")
        misplaced = draws.tell(self)
        if misplaced is not None and not self.report.weights:
            self.report.order = "from {}, `{}`, on".format(*draws.told(misplaced))

    @property
    def is_exact(self):
        """Does `new` under a seed give what Python gives?"""
        return self.log is not None and not self.trained and not self.report.weights and not self.report.order and not self.shares_lines

    @property
    def shares_lines(self):
        """Do statements that make a model stand on one line? What draws there is told by its line alone."""
        for plan in self.plans.values():
            at = {}
            for function, statement in plan.draws.statements if plan.draws else ():
                at.setdefault((function, statement.lineno), {})[id(statement)] = statement
            if any(len(statements) > 1 and len({one.col_offset for one in statements.values()}) > 1 for statements in at.values()):
                return True
        return False

    def place_of_tensor(self, cls, name):
        """Where a class makes a parameter or a buffer of its own."""
        statement = source.initial_statements(cls).get(name)
        for written in source.functions(cls):
            for node in ast.walk(written.node):
                if isinstance(node, ast.Constant) and node.value == name or node is statement:
                    return written.place(node)
        return f"{self.file_of(cls)}:{self.line_of(cls)}"

    def head(self):
        cls = type(self.model)
        files = {}
        for c in [cls, *self.plans]:
            if not record.is_theirs(c):
                files.setdefault(c.__module__.split(".")[0], {})[self.file_of(c)] = None
        told = " and ".join(f"{', '.join(names_)} of {package}" for package, names_ in files.items())
        told = told or f"{self.factory.split('.')[-2] if '.' in self.factory else self.factory}.py"
        package = cls.__module__.split(".")[0]
        of = f" ({version})" if (version := version_of(package)) else ""
        by = f" with `--args '{self.arguments}'`" if self.arguments.strip() not in ("", "{}", "[]") else ""
        made = f"`{self.factory}`, a " if self.factory and self.factory.split(".")[-1] != cls.__qualname__ else ""
        what = f"`{cls.__module__}.{cls.__qualname__}`" if not self.root else f"`torch.nn.{cls.__qualname__}`"
        words = f"{made}{what}{of}, written by `scripts/port`{by} from {told}."
        held = self.what_the_weights_hold()
        values = SAME_SEED if self.is_exact else f"The values of its {held} come with the weights." if held else ""
        lines = [*textwrap.wrap(words, 96, break_on_hyphens=False), *["", values] * bool(values)]
        return "\n".join(f"//! {line}".rstrip() for line in lines)

    def what_the_weights_hold(self):
        parameters = {name for name, _ in self.model.named_parameters(remove_duplicate=False)}
        buffers = self.model.state_dict().keys() - parameters
        persistent = "persistent buffers" if len(buffers) < len(list(self.model.named_buffers(remove_duplicate=False))) else "buffers"
        return " and ".join(words for words, there in (("parameters", parameters), (persistent, buffers)) if there)

    def named_struct(self, name):
        fields = "\n".join(
            f"pub {names.field(field)}: {functions.rust_type(kind, self, True)}," for field, kind in self.named_tuples[name].items()
        )
        return f"#[derive(Debug)]\npub struct {name} {{\n{fields}\n}}"

    def struct(self, plan):
        cls = plan.cls
        attributes = []
        told = "ModuleDict" if groups.is_group(cls) else cls.__name__
        if plan.rust != told:
            attributes.append(f"class = {text(told)}")
        printed = printing.printed(self, plan)
        if printed:
            attributes.append(printed)
        lines = ["\n".join([*(source.docstring(cls) if self.comments else []), "#[derive(Debug, Module)]"])]
        if attributes:
            lines.append(f"#[module({', '.join(attributes)})]")
        begun = [re.match(r"let (?:mut )?(\w+)", line) for line in plan.first]
        first = {name[1] for name in begun if name}
        lets = [f"{LET if name else ''}{line}" for line, name in zip(plan.first, begun)]
        lets += [f"let {name} = {value.code};" for name, value in plan.lets.items() if name not in first]
        fields, values, marked = [], {}, []
        codes = {}
        for member in plan.members:
            if not member.type:
                continue
            if member.role == "shared":
                lets.append(f"let {member.name} = nn::Shared::new({self.code(member.node, member.type)});")
                continue
            marks = []
            if member.role == "base":
                marks.append("flatten")
            if member.role == "attribute":
                marks.append("skip, copy_with = Tensor::copy" if member.type == "Tensor" else "skip")
            if member.role == "buffer" and not member.persistent:
                marks.append("persistent = false")
            if member.role != "attribute" and member.name.removeprefix("r#") != member.python and member.python:
                if member.role != "base":
                    marks.append(f"name = {text(member.python)}")
            statement = source.initial_statements(cls).get(member.python)
            first = len(fields)
            if self.comments and statement is not None:
                fields += source.remarks(cls, statement)
            fields += [f"#[module({', '.join(marks)})]"] if marks else []
            # What stands in a file of its own is reached from others, to put another head on, say.
            shown = member.role in ("base", "module", "parameter", "parameters", "buffer")
            fields.append(f"{'pub ' if shown else ''}{member.name}: {member.type},")
            fixed = member.role == "training" or member.role == "attribute" and (member.fixed or isinstance(member.node, Literal))
            if fixed:
                marked.append(member.name)
                fields[first:] = ["\n".join([f"{FIELD}{member.name}{SAYS}{fields[first]}", *fields[first + 1 :]]) + END]
            if member.role == "training":
                values[member.name] = f"{FIELD}training{SAYS}training: nn::Training::default(){END}"
            else:
                code = codes[member.name] = self.code(member.node, member.type)
                value = member.name if code == member.name else f"{member.name}: {code}"
                values[member.name] = f"{FIELD}{member.name}{SAYS}{value}{END}" if fixed else value
        lines.append(f"pub struct {plan.rust} {{" + "\n".join(["", *fields]) + "\n}")
        arguments = ", ".join(f"{name}: {type_}" for name, (_, type_) in plan.arguments.items())
        many = "#[allow(clippy::too_many_arguments)]\n" if len(plan.arguments) > 7 else ""
        ties = [*self.places.ties(plan), *self.places.frozen(plan)]
        made = plan.draws.of_new(codes, values, ties) if plan.draws else self.of_new(plan, codes, values, ties)
        made = [line for line in made if line not in plan.first]
        statements = without_repeats(plan.statements, plan.first)
        body = "\n".join([*lets, *statements, *made]) + (NEW if plan.first else "")
        inner = [f"{many}pub fn new({arguments}) -> Self {{\n{body}\n}}"]
        inner += [method.text for method in plan.methods.values() if method is not None]
        inner += [maker.text for maker in sorted(plan.makers.values(), key=lambda maker: list(codes).index(maker.member))]
        inner += plan.draws.methods.values() if plan.draws else []
        forward = None
        written_here = []
        todo = [inspect.unwrap(cls.forward)] if not plan.forward_is_base and not groups.is_group(cls) else []
        done = []
        while todo:
            function = todo.pop(0)
            done.append(function)
            written = self.function(function, plan)
            if self.is_forward(function) and inspect.unwrap(cls.forward) is function:
                forward = written
            else:
                written_here.append((function, written))
            todo += [f for f in self.functions_of(cls) if f in self.signatures and f not in done and f not in todo]
        self.methods_written[cls] = set(done) | self.methods_asked_for(cls)
        # As they stand in Python.
        here = self.file_of(cls)
        inner += [text_ for _, text_ in sorted(written_here, key=lambda one: (place_of(one[0])[0] != here, place_of(one[0])[1]))]
        numbers = [f"{CONST}const {name}: {construction.SIMPLE[kinds.of(value)]} = {number(value)};" for name, value in self.constants.get(cls, {}).items()]
        inner[:0] = ["\n".join(numbers)] if numbers else []
        lines.append(f"impl {plan.rust} {{\n" + "\n\n".join(inner) + "\n}")
        if plan.forward_is_base and plan.base not in (nn.ModuleList, nn.ModuleDict):
            base = plan.base_member()
            forward = f"fn forward(&self, input: &Tensor) -> Tensor {{ self.{base.name}.forward(input) }}"
        if forward:
            lines.append(f"impl Forward for {plan.rust} {{\n{forward}\n}}")
        written = "\n\n".join([lines[0] + "\n" + "\n".join(lines[1:3] if attributes else lines[1:2]), *lines[3 if attributes else 2 :]])
        for name in marked:
            if re.search(rf"\bself\.{re.escape(name)}\b(?!\()", written):
                written = field_where(True, name, written)
        return written

    def of_new(self, plan, codes, literal, ties):
        """The body of `new`, where no second making told what Python draws."""
        lines = []
        for member in plan.members:
            lines += loops.written_once(member.lines or [], lines)
        made = f"Self {{ {', '.join(literal.values())} }}"
        return [*lines, f"let {sharing.mut(ties)}model = {made};", *ties, "model"] if ties else [*lines, made]

    def is_forward(self, function):
        try:
            return self.signature(function).is_forward
        except Untranslated:
            return False

    def function(self, function, plan):
        try:
            return functions.Function(self, function, plan).text()
        except Untranslated as error:
            written = source.of(function)
            words = self.report.todo(written.place(error.line or written.node), error)
            return f"fn {names.field(function.__name__.lstrip('_'))}(&self) {{ todo!({text(words)}) }}"


def without_repeats(statements, before):
    """`let half = width / 2;` that stands at the beginning of `new` already, for another member."""
    begun = {found[1]: line for line in before if (found := re.match(r"let (\w+) = ", line))}
    kept, depth = [], 0
    for line in "\n".join(statements).split("\n") if statements else ():
        found = re.match(r"let (\w+) = ", line) if depth == 0 else None
        if found is None or begun.get(found[1]) != line:
            kept.append(line)
        depth += sum(map(line.count, "({[")) - sum(map(line.count, ")}]"))
    return kept


def without_alias(line, rest):
    """What follows `let _size = size;`, with `size` for it, where neither changes; or None."""
    found = re.fullmatch(r"let (\w+) = ([a-z_]\w*);", line)
    if not found or found[1].strip("_") != found[2].strip("_"):
        return None
    name, of = found.groups()
    changes = rf"\blet (?:mut )?\(?(?:[^=]*, )?(?:{name}|{of})\b|\b(?:{name}|{of}) [-+*/]?= |\|(?:{name}|{of})\||for [^{{]*\b(?:{name}|{of})\b[^{{]* in"
    short = rf"[{{,{SAYS}\n] *{name} *[,}}{END}\n]"
    if re.search(changes, rest) or re.search(short, rest):
        return None
    return re.sub(rf"(?<!\w)(?<![^.]\.){name}\b(?!:)", of, rest)


def with_types(body):
    """`let prior: f64 = 0.01;` and `for j in 0..2_i64 {` where a method of it is called: of literals alone Rust does not know the type."""

    def is_asked(name, begin, further=True):
        rest = re.split(r"\n(?:pub )?fn |\nimpl ", body[begin:])[0]
        # `n = k * 2` is of the type of `k`.
        made = re.findall(rf"\b(\w+) = [^;{{}}]*(?<![\w.]){name}\b[^;{{}}]*;", rest) if further else ()
        if any(is_asked(other, begin, False) for other in made if other != name):
            return True
        return re.search(rf"(?:(?<![\w.]){name}|\([^,;]*\b{name}\b(?! as)[^,;]*\))\.(?:{METHODS})\(", rest)

    def typed(found):
        mut, name, literals = found.groups()
        type_ = "f64" if re.search(r"[.e]", literals) else "i64"
        return f"let {mut}{name}: {type_} = {literals};" if is_asked(name, found.end()) else found[0]

    def counted(found):
        name, start, end = found.groups()
        return f"for {name} in {start}..{end}_i64 {{" if is_asked(name, found.end()) else found[0]

    literal = r"-?[\d.]+(?:e-?\d+)?"
    body = re.sub(rf"\blet (mut |)(\w+) = ({literal}(?: [-+*/] {literal})*);", typed, body)
    return re.sub(r"\bfor (\w+) in (\d+)\.\.(\d+) \{", counted, body)


def has_nested_ifs(body):
    """Is all that an `if` does another one? They stay two, as in Python."""
    lines = [line.strip() for line in body.split("\n") if line.strip()]
    for place, line in enumerate(lines[:-1]):
        if not re.match(r"(?:\} else )?if .*\{$", line) or not re.match(r"if .*\{$", lines[place + 1]):
            continue
        depth = 1
        for end in range(place + 2, len(lines)):
            if depth == 1 and lines[end].startswith("}"):
                # Here the inner one closes; neither has an `else`.
                if lines[end : end + 2] == ["}", "}"]:
                    return True
                break
            depth += lines[end].count("{") - lines[end].count("}")
    return False


def field_where(read, name, text_):
    """A text in which the field of a name that is marked stays where something reads it."""
    marked = rf"{FIELD}{re.escape(name)}{SAYS}([^{END}]*){END}" + ("" if read else r"(?:, |\n)?")
    return re.sub(marked, (lambda found: found[1]) if read else "", text_)


def place_of(function):
    """(file, line)"""
    return Path(inspect.getsourcefile(function)).name, function.__code__.co_firstlineno


def version_of(package):
    """`timm 1.0.31`, of whatever distribution brought a package."""
    known = getattr(sys.modules.get(package), "__version__", None)
    if known:
        return f"{package} {known}"
    for name in importlib.metadata.packages_distributions().get(package, ()):
        return f"{name} {importlib.metadata.version(name)}"
    return None


def formatted(rust):
    """As rustfmt writes it."""
    done = subprocess.run(
        ["rustfmt", "--edition", "2024", "--config-path", str(crate.ROOT)], input=rust, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"rustfmt: {done.stderr.strip()}\n\n{rust}")
    return broken_at_items(done.stdout)


def broken_at_items(rust):
    """rustfmt leaves `sequential!` with names as it is: an item a line, where it is longer than a line."""
    return "\n".join(part for line in rust.split("\n") for part in broken(line))


def broken(line):
    """One line, as several."""
    start = line.find('nn::sequential!("')
    if len(line) > 100 and start < 0 and (chain := re.match(r'( *)("\w+" => [\w:]+\(.*?\))((?:\.\w+\([^()]*\))+)(.*)', line)):
        # A long chain of an item's, a call a line.
        calls = re.findall(r"\.\w+\([^()]*\)", chain[3])
        return [f"{chain[1]}{chain[2]}", *(f"{chain[1]}    {call}" for call in calls[:-1]), f"{chain[1]}    {calls[-1]}{chain[4]}"]
    if len(line) <= 100 or start < 0:
        return [line]
    opened = start + len("nn::sequential!(")
    items, end = items_of(line, opened)
    indent = " " * (len(line) - len(line.lstrip()))
    told = [f"{indent}    {item.strip()}{',' if place < len(items) - 1 else ''}" for place, item in enumerate(items)]
    return [line[:opened], *(part for item in told for part in broken(item)), f"{indent}{line[end:]}"]


def items_of(line, start):
    """What stands between commas, and where the bracket closes that was opened before `start`."""
    items, depth, quoted, begin = [], 0, False, start
    for place in range(start, len(line)):
        letter = line[place]
        quoted ^= letter == '"' and line[place - 1] != "\\"
        if quoted:
            continue
        if letter in ")]}" and depth == 0:
            return [*items, line[begin:place]], place
        if letter == "," and depth == 0:
            items.append(line[begin:place])
            begin = place + 1
        depth += (letter in "([{") - (letter in ")]}")
    return [line[start:]], len(line)
