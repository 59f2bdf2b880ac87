"""How the modules of a model are made: their structs, and `new` with the arguments in which the
instances of a class differ.

The tree of what makes each instance is laid over those of the other instances of its class. What is
the same in all is written as it is; where they differ stands an argument of `new`: that of Python's
constructor which has these values, by preference one that the statement names which sets the member.
"""

import ast
import contextlib
import inspect
import itertools
import re
from dataclasses import dataclass, replace

import torch
from torch import nn

from . import buffers, draws, groups, kinds, layers, loops, methods, names, record, source, variables
from .expressions import Value, number, text
from .initial import Initial
from .kinds import BOOL, FLOAT, INT, NONE, STR, TENSOR, Kind
from .report import Untranslated

CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
ACTIVATION = nn.ReLU.__module__
# The types of the arguments and members that are no modules.
SIMPLE = {INT: "i64", FLOAT: "f64", BOOL: "bool", STR: "&'static str"}


# What makes a member.


@dataclass(frozen=True)
class Literal:
    value: object

    def __eq__(self, other):
        return isinstance(other, Literal) and type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self):
        return hash(repr(self.value))


@dataclass(frozen=True)
class Make:
    """A call of a constructor: a layer's, or that of a class of the model's."""

    cls: type
    by_place: tuple  # of (name, node)
    by_name: tuple


@dataclass(frozen=True)
class Chain:
    """A container, whose items may be loops."""

    cls: type
    items: tuple
    names: tuple  # of each item, or () where they are numbers


@dataclass(frozen=True)
class Loop:
    """`count` modules of one form, in whose arguments the loop's number may stand."""

    count: object
    item: object
    name: tuple = ()  # (before the number, the first number)


@dataclass(frozen=True)
class Linear:
    """first + step · i"""

    first: object
    step: object


@dataclass(frozen=True)
class Tensor:
    """A parameter or buffer of the class's own, whose values come with the weights."""

    role: str
    shape: tuple
    dtype: torch.dtype
    persistent: bool = True


@dataclass(frozen=True)
class When:
    """A module that is there if a condition of the arguments holds."""

    condition: str
    item: object


@dataclass(frozen=True)
class Either:
    """A module of one class or of another, by a condition of the arguments."""

    condition: str
    item: object
    other: object
    # Of each instance: does the condition hold?
    there: tuple = ()


@dataclass(frozen=True)
class Computed:
    """What `new` computes as Python's `__init__` does."""

    code: str
    type: str


@dataclass(frozen=True)
class Shared:
    """A module that stands at another place as well: the variable of `new` that holds it."""

    name: str
    type: str
    owner: type


@dataclass(frozen=True)
class Argument:
    """An expression of the arguments of `new`."""

    code: str
    type: str


def children(node):
    """The nodes inside, and how to put others in their place."""
    if isinstance(node, Make):
        count = len(node.by_place)
        inside = [part for _, part in node.by_place + node.by_name]

        def rebuild(parts):
            place = tuple((name, part) for (name, _), part in zip(node.by_place, parts))
            name = tuple((name, part) for (name, _), part in zip(node.by_name, parts[count:]))
            return Make(node.cls, place, name)

        return inside, rebuild
    if isinstance(node, Chain):
        return list(node.items), lambda parts: Chain(node.cls, tuple(parts), node.names)
    if isinstance(node, Loop):
        return [node.count, node.item], lambda parts: Loop(*parts, node.name)
    if isinstance(node, Linear):
        return [node.first, node.step], lambda parts: Linear(*parts)
    if isinstance(node, Tensor):
        return list(node.shape), lambda parts: replace(node, shape=tuple(parts))
    return [], lambda parts: node


def shape_of(node):
    """What has to be equal for two nodes to be laid over each other."""
    if isinstance(node, Make):
        return ("make", node.cls, tuple(n for n, _ in node.by_place), tuple(n for n, _ in node.by_name))
    if isinstance(node, Chain):
        return ("chain", node.cls, len(node.items), node.names)
    if isinstance(node, Loop):
        return ("loop", node.name)
    if isinstance(node, Tensor):
        return ("tensor", node.role, len(node.shape), node.dtype, node.persistent)
    return (type(node).__name__,)


class Differently(Untranslated):
    """The instances are built of different modules: the container around them differs as a whole."""


def overlay(nodes, differ, path=()):
    """One node for all; where they differ, what `differ` makes of them."""
    first = nodes[0]
    if all(node == first for node in nodes):
        return first
    shapes = {shape_of(node) for node in nodes}
    if len(shapes) > 1 and len({shape[:3] for shape in shapes}) == 1 and isinstance(first, Make):
        nodes = with_all_names(nodes)
        first = nodes[0]
        shapes = {shape_of(node) for node in nodes}
    if len(shapes) > 1 and all(isinstance(node, Chain) and not node.names for node in nodes) and hasattr(differ, "plan"):
        if len({node.cls for node in nodes}) == 1 and first.cls is nn.Sequential:
            found = aligned(nodes, differ, path)
            if found is not None:
                return found
    if len(shapes) == 1 and not isinstance(first, Literal):
        inside = [children(node) for node in nodes]
        labels = [name for name, _ in first.by_place + first.by_name] if isinstance(first, Make) else range(len(inside[0][0]))
        before = dict(differ.arguments) if hasattr(differ, "arguments") else None
        try:
            parts = [
                overlay([parts[i] for parts, _ in inside], differ, (*path, label))
                for i, label in enumerate(labels)
            ]
        except Differently:
            if not isinstance(first, Chain) and getattr(first, "cls", None) is not Box:
                raise
            differ.arguments.clear()
            differ.arguments.update(before)
            found = aligned(nodes, differ, path) if isinstance(first, Chain) and first.cls is nn.Sequential and not first.names and hasattr(differ, "plan") else None
            return found or differ(nodes, path)
        return inside[0][1](parts)
    either = differ.plan.of_two_classes(nodes, differ, path) if hasattr(differ, "plan") else None
    return either or differ(nodes, path)


def aligned(nodes, differ, path):
    """Chains of which some lack items that stand under a condition in Python."""
    plan = differ.plan
    longest = max(nodes, key=lambda node: len(node.items))

    def kind(item):
        # Layers without weights may be of the class that is an argument.
        of = getattr(item, "cls", None)
        return type(item), ACTIVATION if isinstance(of, type) and of.__module__ == ACTIVATION else of

    def embeddings(items, start=0):
        """The places in the longest chain that a chain's items may have."""
        if not items:
            yield ()
            return
        for place in range(start, len(longest.items) - len(items) + 1):
            if kind(longest.items[place]) == kind(items[0]):
                for rest in embeddings(items[1:], place + 1):
                    yield (place, *rest)

    patterns = list(dict.fromkeys(tuple(map(kind, node.items)) for node in nodes))
    if len(patterns) > 4:
        return None
    choices = []
    for pattern in patterns:
        items = next(node.items for node in nodes if tuple(map(kind, node.items)) == pattern)
        found = list(embeddings(items))[:8]
        if not found:
            return None
        choices.append(found)
    best = None
    before = dict(plan.arguments), dict(plan.lets)

    for choice in itertools.islice(itertools.product(*choices), 32):
        places = dict(zip(patterns, choice))
        at = [places[tuple(map(kind, node.items))] for node in nodes]
        items = []
        try:
            for place in range(len(longest.items)):
                present = [place in one for one in at]
                parts = [node.items[one.index(place)] if there else None for node, one, there in zip(nodes, at, present)]
                there = [part for part in parts if part is not None]
                if len({shape_of(part)[:2] for part in there}) > 1:
                    items.append(plan.given_class(parts))
                    continue
                if all(present):
                    items.append(overlay(parts, differ, (*path, place)))
                    continue
                made = plan.made_at([(instance, one.index(place)) for instance, one in zip(plan.instances, at) if place in one], differ.member, len(path))
                condition = plan.initial.condition(present, [made] if made is not None else []) or plan.given_or_not(present)
                if condition is None:
                    raise Differently(None, "instances of a class are built differently")
                # Where it is not there, it is as it is elsewhere: nothing is asked of these instances.
                items.append(When(condition[0], plan.among(present, there, differ, (*path, place))))
        except Differently:
            plan.restore(before)
            continue
        own = set(plan.given[0])
        cost = sum(name not in {names.snake(word) for word in own} for name in plan.arguments)
        if best is None or cost < best[0]:
            best = cost, items, dict(plan.arguments), dict(plan.lets)
        plan.restore(before)
    if best is None:
        return None
    plan.arguments.update(best[2])
    plan.lets.update(best[3])
    return Chain(longest.cls, tuple(best[1]), ())


def with_all_names(nodes):
    """A keyword that some leave out is given its default by all."""
    if not layers.is_layer(nodes[0].cls):
        return nodes
    signature = inspect.signature(nodes[0].cls.__init__)
    every = {name for node in nodes for name, _ in node.by_name}
    order = [name for name in signature.parameters if name in every]
    made = []
    for node in nodes:
        given = dict(node.by_name)
        made.append(replace(node, by_name=tuple(
            (name, given.get(name, Literal(layers.default(signature.parameters[name])))) for name in order)))
    return made


def progression(nodes):
    """One node in whose numbers the place i stands, if the nodes are so."""

    class No(Exception):
        pass

    def differ(parts, path):
        values = [part.value if isinstance(part, Literal) else None for part in parts]
        if any(type(value) is not int for value in values):
            raise No
        step = values[1] - values[0]
        if any(b - a != step for a, b in zip(values, values[1:])):
            raise No
        return Linear(Literal(values[0]), Literal(step))

    try:
        return overlay(nodes, differ)
    except No:
        return None


# A class.


@dataclass
class Member:
    """A field of a struct."""

    plan: object
    python: str
    name: str
    role: str  # module, parameter, buffer, training, attribute, base
    type: str
    cls: type = None
    kind: Kind = None
    optional: bool = False
    dyn: str = ""
    varies: bool = False
    persistent: bool = True
    constant: tuple = ()
    node: object = None
    # The statements of `new` that make it, and the members that they make.
    lines: list = None
    beside: tuple = ()
    # Of an attribute: is it the same in all instances?
    fixed: bool = False

    @property
    def path(self):
        return f"self.{self.name}"

    def optional_value(self):
        value = self.value(None, whole=True)
        return value

    def value(self, node, whole=False):
        if self.role == "attribute":
            if self.kind == NONE:
                return Value("None", NONE, "copy")
            copied = self.kind.is_number or self.kind == BOOL
            if self.kind.name == "option" and (self.kind.parts[0].is_number or self.kind.parts[0] == BOOL):
                copied = True
            form = "copy" if copied else "ref" if self.kind == STR else "place"
            return Value(self.path, self.kind, form)
        inside = TENSOR if self.role in ("parameter", "buffer") else Kind("module", (), self.cls)
        if self.cls is type(None):
            return Value("None", NONE, "copy")
        if self.optional and whole:
            return Value(self.path, kinds.option(inside), "place", dyn=self.dyn)
        if self.optional:
            return Value(f"{self.path}.as_ref().unwrap()", inside, "ref", dyn=self.dyn)
        return Value(self.path, inside, "place", dyn=self.dyn)


class Plan:
    """A class of the model's: its members, and the arguments of its `new`."""

    def __init__(self, program, cls, instances):
        self.program, self.cls, self.instances = program, cls, instances
        self.rust = program.name_of(cls)
        self.given = [record.arguments(instance) or {} for instance in instances]
        self.members, self.arguments, self.taken, self.lets = [], {}, set(), {}
        # The statements of `new` that compute what the weights do not bring, and what translates them.
        self.statements, self.initialising = [], {}
        # By function, those that make one tensor.
        self.makers = {}
        # What sets initial values, where a second making told it.
        self.draws = None
        self.all_given = None
        # The variables at the beginning of `new`: for numbers that are always the same, by name, and what is computed.
        self.numbers, self.variables = {}, []
        # Those that conditions asked for, which may have come to nothing.
        self.tried = set()
        # The members that methods change which `new` calls: their first values.
        self.counters, self.state = {}, ()
        # By name, the members that a loop of `new` makes.
        self.looped, self.kept_loops = {}, set()
        # By function, the methods that make containers for `new`.
        self.methods = {}
        self.base = None if groups.is_group(cls) else layers.base(cls)
        self.forward_is_base = self.base is not None and record.is_theirs(cls.forward)

    def member(self, python):
        own = (member for member in self.members if member.role != "shared")
        return next((member for member in own if member.python == python), None)

    def values(self, name):
        """A tensor's, in the instances."""
        return [getattr(instance, name, None) for instance in self.instances]

    def base_member(self):
        return next((member for member in self.members if member.role == "base"), None)

    def plan(self, read):
        """`read` are the attributes that the class's functions read of `self`."""
        inherited, self.read = set(), set(read)
        self.initial = Initial(self)
        self.draws = draws.Draws(self) if self.program.log else None
        if self.base is nn.Sequential and any(self.program.trait_of_children(one) == "Module" for one in self.instances):
            # Its own forward calls them with more than one tensor.
            self.base = nn.ModuleList
        if self.base is not None:
            if not issubclass(self.base, CONTAINERS):
                inherited = set(self.own_names_of_base())
            member = Member(self, "", self.base_name(), "base", "", self.base)
            built = loops.build(self, loops.BASE)
            if built is not None:
                self.add_built(member, built)
            else:
                self.add_described(member, loops.BASE, [self.program.describe(instance, self.base) for instance in self.instances])
            member.dyn = trait_in(member.type) or ("Forward" if issubclass(self.base, nn.Sequential) else "")
        set_at = {name: statement.lineno for name, statement in source.initial_statements(self.cls).items()}
        own = lambda held: [name for name in in_order([list(getattr(one, held)) for one in self.instances], set_at) if name not in inherited]
        tensors = {name: "parameter" for name in own("_parameters")}
        tensors |= {name: "buffer" for name in own("_buffers") if name not in tensors}
        for name in tensors:
            if len({name in one._parameters for one in self.instances if getattr(one, name, None) is not None}) > 1:
                statement = source.initial_statements(self.cls).get(name)
                raise Untranslated(statement, f"`{name}` is a parameter in some instances and a buffer in others", "make two classes of it")
        modules = own("_modules") if self.base is None or not issubclass(self.base, CONTAINERS) else []
        for name, role in tensors.items():
            self.plan_tensor(name, role)
        self.plan_shared()
        for name in modules:
            self.plan_module(name)
        if "training" in read:
            self.members.append(Member(self, "training", "training", "training", "nn::Training"))
        for name in sorted(read, key=lambda name: set_at.get(name, 0)):
            if name != "training" and self.member(name) is None and name not in tensors and name not in modules:
                self.plan_inherited(name) if name in inherited else self.plan_attribute(name)
        variables.keep(self)
        self.tell_of_sides()
        self.in_order()
        if self.draws:
            self.draws.plan_steps()
            self.draws.arrange()
        self.drop_unread()
        order = list(self.given[0]) if self.given and self.given[0] else []
        self.arguments = dict(sorted(self.arguments.items(), key=lambda a: order.index(a[0]) if a[0] in order else 99))

    def in_order(self):
        """Puts the members in the order of the statements that make them, as far as that is known."""
        statements = self.draws.statements if self.draws else []
        places = {}
        for place, (function, statement) in enumerate(statements):
            for part in ast.walk(statement):
                if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store) and getattr(part.value, "id", "") == "self":
                    places.setdefault(part.attr, place)
        for name, (function, statement) in (self.draws.makings if self.draws else {}).items():
            at = [i for i, (_, one) in enumerate(statements) if any(part is statement for part in ast.walk(one))]
            places.setdefault(name, at[0] if at else 0)
        keys, last = {}, -1
        for member in self.members:
            own = member.role in ("module", "parameters", "parameter", "buffer", "attribute")
            last = keys[id(member)] = places.get(member.python, last) if own else len(statements) if member.role == "training" else -1
        for roles in (("module", "parameters"), ("parameter",), ("buffer",)):
            of = [keys[id(member)] for member in self.members if member.role in roles]
            if of != sorted(of):
                return
        self.members.sort(key=lambda member: keys[id(member)])

    @property
    def first(self):
        """The statements at the beginning of `new`: the numbers in Python's order."""
        order = {names.snake(name): place for place, name in enumerate(self.given[0] if self.given else ())}
        # What a variable is made of is no number besides.
        begun = [re.match(r"let (\w+)(?:: [^=]*)? = (.*)", line, re.S) for line in self.variables]
        set_to = {found[1] for found in begun if found and found[1] not in words_of([found[2]])}
        numbers = sorted((name for name in self.numbers if name not in set_to), key=lambda name: order.get(name, 99))
        return [*map(self.numbers.get, numbers), *self.variables]

    def number(self, name, value):
        """A variable for a number, or a list of some, that is always the same; None where the name is that of another."""
        small, listed = names.snake(name), isinstance(value, (list, tuple))
        kind = Kind("list", (kinds.join(map(kinds.of, value)),)) if listed else kinds.of(value)
        inside = kind.parts[0] if listed else kind
        if not listed and (self.cls, name) in self.program.kept:
            argument = self.use(name)
            return Value(argument.code, kind, "copy") if argument.type == SIMPLE.get(kind) else None
        if small in self.arguments or small in self.lets or not (inside.is_number or inside in (BOOL, STR)):
            return None
        told = [text(item) if inside == STR else number(float(item) if inside == FLOAT else item) for item in (value if listed else [value])]
        line = f"let {small} = [{', '.join(told)}];" if listed else f"let {small} = {told[0]};"
        if self.numbers.setdefault(small, line) != line:
            return None
        return Value(small, kind, "place" if listed else "copy")

    def drop_unread(self):
        """An argument that nothing reads any more is none."""
        code = lambda member: self.program.code(member.node, member.type) if member.node is not None and member.type else ""
        left = dict(self.program.places.left)
        codes = list(map(code, self.members))
        self.program.places.left = left
        by_name = {member.name: code for member, code in zip(self.members, codes)}
        made = self.draws.lines_before(by_name) if self.draws else [line for member in self.members for line in member.lines or ()]
        told = [*codes, *self.statements, *(line for member in self.members for line in member.lines or ())]
        told += [line for step in (self.draws.steps if self.draws else ()) for line in step.lines or ()]
        lets = {name: value.code for name, value in self.lets.items()}
        for line in self.first:
            begun = re.match(r"let (?:mut )?(\w+)", line)
            if begun:
                lets[begun[1]] = line
            else:
                told.append(line)
        read = words_of(told)
        while more := {name for name in lets if name in read and not words_of([lets[name]]) <= read}:
            read |= words_of([lets[name] for name in more])
        for name in self.lets.keys() - read:
            del self.lets[name]
        unread = [name for name in self.arguments if name not in read]
        unread += [name for name in self.arguments if is_replaced(name, [*self.first, *made])]
        for name in dict.fromkeys(unread):
            del self.arguments[name]
        for name in [*(self.tried - read), *(name for name in self.numbers if is_replaced(name, [*self.variables, *made]))]:
            self.numbers.pop(name, None)

    def field(self, python):
        """A field's name, which no other field has: `AuxLogits` makes room for `aux_logits`."""
        name = names.field(python)
        while name in self.taken or (name != python and name in self.read):
            name += "_"
        self.taken.add(name)
        return name

    def own_names_of_base(self):
        instance = self.instances[0]
        made = {"weight", "bias", "running_mean", "running_var", "num_batches_tracked", "in_proj_weight", "in_proj_bias"}
        made |= {"weight_ih", "weight_hh", "bias_ih", "bias_hh", *getattr(instance, "_flat_weights_names", ())}
        return [name for name in (*instance._parameters, *instance._buffers, *instance._modules) if name in made or name == "out_proj"]

    def add(self, member, nodes):
        """A member that these make, instance by instance."""
        program = self.program
        types = [program.type_of(node) for node in nodes if node != Literal(None)]
        member.optional = len(types) < len(nodes) and bool(types)
        if not types:
            return
        if member.role in ("module", "parameter", "buffer") and self.argument_that_is(member, ()) is None:
            if member.optional + len(set(types)) == 2 and self.either(member, nodes):
                return
        several = f"Box<dyn {program.trait_of(nodes)}>"
        member.type = several if len(set(types)) > 1 else types[0]
        member.dyn = trait_in(member.type)
        if len(set(types)) > 1:
            nodes = [node if node == Literal(None) else Make(Box, (("", node),), ()) for node in nodes]
        if member.optional:
            member.type = f"Option<{member.type}>"
            nodes = [node if node == Literal(None) else Make(Some, (("", node),), ()) for node in nodes]
        hints = source.names(source.initial_statements(self.cls).get(member.python))

        def differ(parts, path):
            return self.argument(parts, member, path, hints)

        differ.arguments = self.arguments
        differ.plan, differ.member = self, member
        member.node = overlay(nodes, differ)
        self.members.append(member)

    def either(self, member, nodes):
        """Of two classes, or there or not, by a test of `__init__`: `if cond { Box::new(a) } else { Box::new(b) }`."""
        shape = lambda node: None if node == Literal(None) else self.program.type_of(node)
        first = [shape(node) == shape(nodes[0]) for node in nodes]
        statements = self.initial.setting(member.python)
        found, there = self.initial.condition(first, statements), first
        if found is None:
            there = [not one for one in first]
            found = self.initial.condition(there, statements)
        if found is None:
            return False
        before = dict(self.arguments), dict(self.lets)
        hints = source.names(source.initial_statements(self.cls).get(member.python))

        def differ(parts, path):
            return self.argument(parts, member, path, hints)

        differ.arguments, differ.plan, differ.member = self.arguments, self, member
        try:
            sides = []
            for present in (there, [not one for one in there]):
                side = loops.call(self, member, present) if member.role == "module" else None
                sides.append(side or self.among(present, [node for node, one in zip(nodes, present) if one], differ, ()))
        except Differently:
            self.restore(before)
            return False
        if member.role != "module":
            sides = [self.sized(member.python, side) for side in sides]
        if member.optional:
            member.type = f"Option<{self.program.type_of(next(node for node in sides if node != Literal(None)))}>"
            sides = [side if side == Literal(None) else Make(Some, (("", side),), ()) for side in sides]
        else:
            member.type = f"Box<dyn {self.program.trait_of(nodes)}>"
            sides = [Make(Box, (("", side),), ()) for side in sides]
        member.dyn, member.node = trait_in(member.type), Either(found[0], *sides, tuple(there))
        self.members.append(member)
        return True

    def sized(self, name, side):
        """A tensor on one side of a condition, with its sizes as `torch.ones(width)` in its statement has them."""
        calls = [part for statement in self.initial.setting(name) for part in ast.walk(statement) if isinstance(part, ast.Call)]
        for call in calls if isinstance(side, Tensor) else ():
            sizes = draws.sizes(call)
            if getattr(call.func, "attr", "") not in ("zeros", "ones", "empty", "rand", "randn") or len(sizes) != len(side.shape):
                continue
            codes = [None if isinstance(size, ast.Constant) else self.initial.code(size) for size in sizes]
            return replace(side, shape=tuple(Argument(*code) if code is not None else part for code, part in zip(codes, side.shape)))
        return side

    def tell_of_sides(self):
        """Numbers of the instances on one side of a condition, where Python computes them of arguments that differ, go into the report."""
        differing = {name for name in self.given[0] if len({repr(given.get(name)) for given in self.given}) > 1}
        for member in self.members:
            statements = self.initial.setting(member.python) if isinstance(member.node, Either) else ()
            calls = [part for statement in statements for part in ast.walk(statement) if isinstance(part, ast.Call)]
            read = {part.id for call in calls for argument in (*call.args, *call.keywords) for part in ast.walk(argument) if isinstance(part, ast.Name)}
            told = f"{self.program.code(member.node.item)} {self.program.code(member.node.other)}" if calls else ""
            written = {str(part.value) for call in calls for part in ast.walk(call) if isinstance(part, ast.Constant)}
            if read & differing and set(re.findall(r"(?<![\w.])\d+(?![\w.])", told)) - written:
                place = self.program.place_of_attribute(self.cls, statements[0])
                self.program.report.otherwise(f"{place}: `{member.python}` is made with the numbers of the instances that have it")

    def plan_tensor(self, name, role):
        values = [getattr(instance, name, None) for instance in self.instances]
        nodes = []
        persistent = True
        for instance, value in zip(self.instances, values):
            persistent = persistent and name not in instance._non_persistent_buffers_set
            if value is None:
                nodes.append(Literal(None))
                continue
            nodes.append(Tensor(role, tuple(Literal(size) for size in value.shape), value.dtype, persistent))
        if all(value is None for value in values):
            self.members.append(Member(self, name, self.field(name), role, "", type(None)))
            return
        if not persistent:
            # The weights do not bring its values.
            node = buffers.buffer(self, name)
            optional = any(value is None for value in values)
            if optional:
                raise Untranslated(self.program.line_of(self.cls), f"the buffer `{name}` is there in some instances alone")
            self.members.append(
                Member(self, name, self.field(name), role, node.type, kind=TENSOR, persistent=False, node=node)
            )
            return
        member = Member(self, name, self.field(name), role, "", kind=TENSOR, persistent=persistent)
        made = self.draws.tensor(name, role) if self.draws else None
        if made is None:
            self.add(member, nodes)
            return
        member.node, member.type = made, made.type
        self.members.append(member)

    def plan_shared(self):
        """The modules that stand at several places below: variables of `new`."""
        for paths in self.program.places.shared.get(self.cls, ()):
            modules = [instance.get_submodule(paths[0]) for instance in self.instances]
            member = Member(self, paths[0], names.field(paths[0].replace(".", "_")), "shared", "")
            self.add(member, [self.program.describe(module, type(module)) for module in modules])
            for module in modules:
                self.program.places.named(module, member)

    def plan_parameters(self, member, values):
        """A ParameterList: a `Vec` of parameters."""
        member.role, member.cls = "parameters", nn.ParameterList
        nodes = [self.program.describe(value) for value in values]
        made = self.draws.list_of(member.python, values) if self.draws else None
        if made is None:
            self.add(member, nodes)
            return
        member.node, member.type = made, made.type
        self.members.append(member)

    def plan_module(self, name):
        values = [instance._modules.get(name) for instance in self.instances]
        present = [value for value in values if value is not None]
        member = Member(self, name, self.field(name), "module", "")
        classes = list(dict.fromkeys(type(value) for value in present))
        member.cls = classes[0] if len(classes) == 1 else nn.Module if classes else type(None)
        if not present:
            self.members.append(member)
            return
        if all(isinstance(value, nn.ParameterList) and all(isinstance(part, nn.Parameter) for part in value) for value in values):
            self.plan_parameters(member, values)
            return
        if isinstance(present[0], (nn.ParameterList, nn.ParameterDict)):
            path = next(path for path, module in self.program.model.named_modules() if module is present[0])
            words = f"`self.{name}` is a {type(present[0]).__name__}, which is not translated"
            raise Untranslated(self.program.place_of(path), words, "hold each of its parameters as a member")
        member.varies = len(present) < len(values)
        called = None if member.varies else methods.made(self, name)
        if called is not None:
            self.add(member, called)
            return
        built = None if member.varies else loops.build(self, name)
        if built is not None:
            self.add_built(member, built)
            return
        self.add_described(member, name, [Literal(None) if value is None else self.program.describe(value) for value in values])

    def base_name(self):
        return "layers" if issubclass(self.base, CONTAINERS) else names.snake(self.base.__name__).rstrip("_123d")

    def add_described(self, member, name, nodes):
        """By what the instances have, or by what `__init__` does, where that needs no module as an argument."""
        before = dict(self.arguments), dict(self.lets)
        if not member.varies and name != loops.BASE and self.by_two_calls(member, name):
            return
        self.add(member, nodes)
        given = [parts for label, (parts, _) in self.arguments.items() if label not in before[0]]
        if any(not isinstance(part, Literal) for parts in given for part in parts) and not member.varies:
            # A module is an argument: what `__init__` does may be told by numbers.
            after = dict(self.arguments), dict(self.lets), self.members.pop()
            self.restore(before)
            built = loops.build(self, name, plain=True)
            if built is not None:
                member.node, member.optional = None, False
                self.add_built(member, built)
                return
            self.restore(after[:2])
            self.members.append(after[2])

    def by_two_calls(self, member, name):
        """`self.shortcut = nn.Sequential()`, and another where a test of `__init__` holds."""
        values = [instance._modules[name] for instance in self.instances]
        if any(type(value) is not nn.Sequential for value in values) or len({len(value) for value in values}) < 2:
            return False
        first = [len(value) == len(values[0]) for value in values]
        for there in (first, [not one for one in first]):
            condition, before = self.initial.condition(there, self.initial.setting(name)), (dict(self.arguments), dict(self.lets))
            sides = condition and [loops.call(self, member, present) for present in (there, [not one for one in there])]
            if sides and all(sides):
                member.type, member.node = "nn::Sequential", Either(condition[0], *sides, tuple(there))
                self.members.append(member)
                return True
            self.restore(before)
        return False

    def add_built(self, member, built):
        # It stands behind the one in whose loop it is made.
        member.type, member.lines, member.beside = built.type, built.lines, built.beside or (member.python,)
        member.dyn, member.node = trait_in(built.type), Computed(built.code, built.type)
        self.members.append(member)

    def restore(self, before):
        for kept, old in zip((self.arguments, self.lets), before):
            kept.clear()
            kept.update(old)

    def plan_inherited(self, name):
        """A parameter of the layer that the class derives from, which its functions read."""
        base = self.base_member()
        normalises = issubclass(self.base, (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm))
        member = Member(self, name, f"{base.name}.{name}", "parameter", "", nn.Module, TENSOR)
        member.optional = normalises or name != "weight"
        self.members.append(member)

    def plan_attribute(self, name):
        if name.endswith(".training") or name in self.program.set_on_the_way(self.cls) or self.program.is_of_tensors(self.cls, name):
            return
        may_lack = name in self.program.may_lack(self.cls)
        try:
            values = [getattr(instance, name, None) if may_lack else source.follow(instance, name) for instance in self.instances]
        except (AttributeError, IndexError, TypeError):
            return
        if callable(values[0]) and not isinstance(values[0], nn.Module):
            return
        kind = kinds.join(kinds.of(value) for value in values)
        if source.properties(self.cls).get(name) in self.program.recorder.called and any(value != values[0] for value in values):
            # Its function is a method.
            return
        if kind.name == "tuple" and kind.parts and all(part == INT for part in kind.parts):
            kind = Kind("list", (INT,))
            values = [list(value) for value in values]
        if kind == TENSOR and name not in source.initial_statements(self.cls):
            # It is made on the way.
            return
        # What a configuration holds goes by its own name.
        member = Member(self, name, self.field([part for part in name.split(".") if not part.isdigit()][-1]), "attribute", "", kind=kind)
        if kind == NONE:
            self.members.append(member)
            return
        if kind == TENSOR:
            member.node, member.type = buffers.buffer(self, name, plain=True), "Tensor"
            self.members.append(member)
            return
        member.type = array_type(kind, values) or attribute_type(kind)
        if member.type is None:
            return
        member.varies = any(value != values[0] for value in values)
        self.add_attribute(member, [Literal(value) for value in values])

    def add_attribute(self, member, nodes):
        given = [one.get(member.python) for one in self.given]
        if member.varies and all(type(one) is int and isinstance(node.value, list) for one, node in zip(given, nodes)):
            sides = {len(node.value) for node in nodes}
            if len(sides) == 1 and all(node.value == [one] * len(node.value) for one, node in zip(given, nodes)):
                # `self.stride`, of which the layer makes a side each.
                member.node = Argument(many(self.use(member.python).code, sides.pop()), member.type)
                self.members.append(member)
                return
        hints = [member.python] + source.names(source.initial_statements(self.cls).get(member.python))
        member.node = overlay(nodes, lambda parts, path: self.argument(parts, member, path, hints))
        self.members.append(member)

    def given_or_not(self, present):
        """For `if activation_layer is not None` where the argument is a class: is there one?"""
        for test in self.initial.tests if not self.all_given else ():
            of_none = isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.IsNot)
            if not of_none or not isinstance(test.left, ast.Name) or self.initial.vector(test) != present:
                continue
            label, parts = names.snake(test.left.id), [Literal(there) for there in present]
            if self.arguments.setdefault(label, (parts, "bool"))[0] == parts:
                return label, "bool"
        return None

    def given_class(self, parts):
        """`activation_layer`, of one class or another, or None: a module that is an argument."""
        for name in () if self.all_given else self.given[0]:
            values = [getattr(given.get(name), "func", given.get(name)) for given in self.given]
            if all(value is getattr(part, "cls", None) for value, part in zip(values, parts)):
                break
        else:
            raise Differently(None, "instances of a class are built differently")
        label, there = names.snake(name), all(part is not None for part in parts)
        boxed = [Literal(None) if part is None else Make(Box, (("", part),), ()) for part in parts]
        if not there:
            boxed = [part if part == Literal(None) else Make(Some, (("", part),), ()) for part in boxed]
        if label in self.arguments or label in self.lets:
            raise Differently(None, "it is given twice")
        type_ = f"Box<dyn {self.program.trait_of([part for part in parts if part is not None])}>"
        self.arguments[label] = boxed, type_ if there else f"Option<{type_}>"
        return Argument(label, type_) if there else When(f"let Some({label}) = {label}", Argument(label, type_))

    def among(self, present, parts, differ, path):
        """As overlay, for those of the instances that have the part."""
        whole = self.instances, self.given, self.initial
        keep = lambda values: [value for value, there in zip(values, present) if there]
        self.all_given = self.given
        self.instances, self.given = keep(self.instances), keep(self.given)
        self.initial = Initial(self, self.initial)
        try:
            return overlay(parts, differ, path)
        finally:
            self.instances, self.given, self.initial = whole
            self.all_given = None

    # The arguments of `new`.

    def argument(self, parts, member, path, hints):
        """Where the instances differ: an argument, or what is computed from some."""
        values = [part.value if isinstance(part, Literal) else part for part in parts]
        if all(isinstance(part, Literal) for part in parts):
            statement = source.initial_statements(self.cls).get(member.python)
            other = self.stands_elsewhere(member, path)
            if other is not None:
                statement = source.initial_statements(self.cls).get(other)
                hints = source.names(statement)
            if member.role == "base" and "__init__" in vars(self.cls):
                # What is handed to the class above is made anywhere.
                statement = source.of(self.cls.__init__).node
            label = self.of_a_module_given(values, hints, member, path)
            found = self.as_computed(values, path, statement) or self.explained(values, hints, path, statement) if label is None else None
            if found is not None:
                return found
            label = label or (member.python if member.role == "attribute" else self.initial.name_of(values, statement))
            label = label or self.new_name(member, path)
        else:
            label = self.argument_that_is(member, path) or self.new_name(member, path)
        for name, (nodes, type) in self.arguments.items():
            # A module can be given away once.
            if nodes == parts and all(isinstance(part, Literal) for part in parts):
                return Argument(name, type)
        if self.all_given:
            raise Differently(None, "what stands under a condition is not told by the arguments")
        label = names.snake(label)
        while label in self.arguments or label in self.lets:
            label += "_"
        type = self.program.type_of_arguments(parts)
        self.arguments[label] = (parts, type)
        return Argument(label, type)

    def new_name(self, member, path):
        words = [word for word in path if isinstance(word, str) and word]
        base = member.python or "layers"
        given = [words[-1] in given for given in self.given] if words else [False]
        if any(given) and not all(given):
            # A keyword that some leave out.
            return words[-1]
        return "_".join([base, *words[-1:]]) if words else base

    def made_at(self, places, member, depth):
        """The call of `__init__` that makes what stands at these places of a member, in the instances that have it; or None."""
        recorder, calls = self.program.recorder, set()
        for instance, place in places if depth == 0 else ():
            container = instance if member.role == "base" else instance._modules.get(member.python)
            module = list(container.children())[place] if container is not None and place < len(container) else None
            for written in self.initial.sources:
                for number, value in recorder.built.get(written.function, {}).get(id(instance), ()):
                    if isinstance(value, nn.Module) and recorder.made_first.get(id(value)) is module and isinstance(written.expressions[number], ast.Call):
                        calls.add(written.expressions[number])
        return calls.pop() if len(calls) == 1 else None

    def of_two_classes(self, nodes, differ, path):
        """`nn.ReLU() if relu else nn.Identity()` in a chain."""
        shapes = list(dict.fromkeys(map(shape_of, nodes)))
        if len(shapes) != 2 or len(path) != 1 or type(path[0]) is not int or not all(isinstance(node, (Make, Chain)) for node in nodes):
            return None
        first = [shape_of(node) == shapes[0] for node in nodes]
        made = self.made_at([(instance, path[0]) for instance, there in zip(self.instances, first) if there], differ.member, 0)
        for there in (first, [not one for one in first]) if made is not None else ():
            condition = self.initial.condition(there, [made])
            if condition is not None:
                other = [not one for one in there]
                sides = [self.among(one, [node for node, mine in zip(nodes, one) if mine], differ, path) for one in (there, other)]
                a, b = map(self.program.code, sides)
                return Computed(f"if {condition[0]} {{ Box::new({a}) as Box<dyn Forward> }} else {{ Box::new({b}) }}", "Box<dyn Forward>")
        return None

    def stands_elsewhere(self, member, path):
        """The member that is the module at this place of another: `self.chomp1` of `self.net = nn.Sequential(self.conv1, self.chomp1)`."""
        if member.role != "module" or not path or type(path[0]) is not int:
            return None
        found = set()
        for instance in self.instances:
            container = instance._modules.get(member.python)
            children = list(container.children()) if container is not None else []
            module = children[path[0]] if path[0] < len(children) else None
            found.add(next((name for name, other in instance._modules.items() if other is module and name != member.python), None))
        return found.pop() if len(found) == 1 else None

    def of_a_module_given(self, values, hints, member, path):
        """`in_features` of `linear.in_features`, or of the member itself, where `linear` is an argument that is a module."""
        if member.role == "module" and self.argument_that_is(member, path) is not None:
            hints = [word for word in path[-1:] if isinstance(word, str) and word]
        for name in self.given[0]:
            modules = [given.get(name) for given in self.given]
            if all(isinstance(module, nn.Module) for module in modules):
                for hint in hints:
                    if all(type(value) is int and equal(getattr(module, hint, None), value) for module, value in zip(modules, values)):
                        return hint
        return None

    def argument_that_is(self, member, path):
        """The argument of Python's that is the member itself."""
        for name in self.given[0]:
            values = [given.get(name) for given in self.given]
            mine = [instance._modules.get(member.python) for instance in self.instances]
            if any(mine) and all(value is other for value, other in zip(values, mine)):
                return name
        return None

    def as_computed(self, values, path, statement):
        """What Python computes a number of, where `self.add = shortcut and c1 == c2` or the layer's own call tells it."""
        node = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        if path and isinstance(node, ast.Call) and len(path) == 1 and not any(isinstance(part, ast.Starred) for part in node.args):
            cls = self.initial.named_in_python(node.func)
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            with contextlib.suppress(TypeError, ValueError):
                given |= inspect.signature(cls.__init__).bind_partial(None, *node.args).arguments
            node = given.get(path[0])
        elif path:
            node = None
        if not isinstance(node, (ast.BinOp, ast.BoolOp, ast.Compare, ast.UnaryOp, ast.IfExp, ast.Call)) or not hasattr(node, "number"):
            return None
        vector = self.initial.vector(node)
        if vector is None or not all(type(a) is type(b) and a == b for a, b in zip(vector, values)):
            return None
        code = self.initial.code(node)
        return Argument(*code) if code is not None and code[1] is not None else None

    def explained(self, values, hints, path, statement):
        leaf = next((word for word in reversed(path) if isinstance(word, str)), None)
        available = [name for name in self.given[0] if all(name in given for given in self.given)]
        order = [name for name in hints if name in available] + [name for name in available if name not in hints]
        same = [name for name in order if all(equal(given[name], value) for given, value in zip(self.given, values))]
        by_name = [k.value for part in ast.walk(statement or ast.Pass()) if isinstance(part, ast.Call) for k in part.keywords if k.arg == leaf]
        stands = [node.id for node in by_name if isinstance(node, ast.Name) and node.id in same]
        if stands:
            # `dilation=dilation`, whatever else has the value.
            return self.use(stands[0])
        if same:
            hinted = [name for name in same if name in hints]
            name = leaf if leaf in same and not hinted else (hinted or same)[0]
            return self.use(name)
        computed = self.initial.explain(values, statement)
        if computed is not None and computed[1] is not None:
            return Argument(*computed)
        if all(isinstance(value, list) and len(value) == 1 for value in values):
            # A layer makes a list of a number.
            inside = self.explained([value[0] for value in values], hints, path, statement)
            return Argument(f"[{inside.code}]", "[i64; 1]") if inside is not None and inside.type == "i64" else None
        return None

    def use(self, name):
        """An argument of Python's becomes one of `new`."""
        small, parts = names.snake(name), [Literal(given[name]) for given in self.all_given or self.given]
        while small in self.arguments and self.arguments[small][0] != parts:
            small += "_"
        if small not in self.arguments:
            self.arguments[small] = (parts, self.program.type_of_arguments(parts))
        return Argument(small, self.arguments[small][1])

    def make(self, instance):
        """The call of `new` that makes this instance."""
        place = next(i for i, other in enumerate(self.instances) if other is instance)
        return Make(self.cls, tuple((name, parts[place]) for name, (parts, _) in self.arguments.items()), ())


class Some:
    """Rust's `Some(…)`."""


class WeightNorm:
    """A layer under `torch.nn.utils.parametrizations.weight_norm`."""


class OldWeightNorm:
    """A layer under `torch.nn.utils.weight_norm`."""


class Box:
    """Rust's `Box::new(…)`."""


# What stands around a module.
WRAPPERS = (Some, Box, WeightNorm, OldWeightNorm)


def in_order(orders, set_at):
    """All names, in an order that holds in each of the lists: some instances lack some. Where no list tells, by the line that sets it."""
    before = {name: {order[place - 1] for order in orders for place, other in enumerate(order) if other == name and place} for order in orders for name in order}
    lines, last = {}, 0
    for name in before:
        lines[name] = last = set_at.get(name, last)
    found = []
    while ready := [name for name in before if name not in found and before[name] <= set(found)]:
        found.append(min(ready, key=lines.get))
    if len(found) == len(before):
        return found
    found = []
    for order in orders:
        place = 0
        for name in order:
            if name not in found:
                found.insert(place, name)
            place = found.index(name) + 1
    return found


def let(member, code):
    """`let fc = …;`, with its type where nothing else tells it."""
    type_ = f": {member.type}" if code.endswith("collect()") or "dyn" in member.type else ""
    return f"let {member.name}{type_} = {code};"


def is_replaced(name, lines):
    """Is a variable of the name set anew before one reads it?"""
    lines = [line for line in lines if re.search(rf"(?<!\w)(?<![^.]\.){name}\b", line)]
    begun = re.match(rf"let (?:mut )?{name}(?:: [^=]*)? = (.*)", lines[0], re.S) if lines else None
    return begun is not None and name not in words_of([begun[1]])


def words_of(lines):
    """The names in some Rust that are no methods or fields of another."""
    return {word for line in lines for word in re.findall(r"(?<!\w)(?<![^.]\.)\w+\b(?!\()", line)}


def trait_in(type_):
    """`Forward` of `nn::ModuleList<dyn Forward>`."""
    return next((trait for trait in ("Forward", "Module") if f"dyn {trait}" in type_), "")


def equal(a, b):
    if isinstance(a, nn.Module) or isinstance(b, nn.Module):
        return a is b
    try:
        return type(a) is type(b) and bool(a == b)
    except (RuntimeError, ValueError):
        return False


def many(name, count):
    return f"[{name}]" if count == 1 else f"[{name}; {count}]"


def array_type(kind, values):
    """Lists of numbers that are all of one length are arrays."""
    lengths = {len(value) for value in values if isinstance(value, list)}
    if kind.name == "list" and kind.parts[0] in (INT, FLOAT) and len(lengths) == 1:
        return f"[{attribute_type(kind.parts[0])}; {lengths.pop()}]"
    return None


def attribute_type(kind):
    if kind in SIMPLE:
        return SIMPLE[kind]
    if kind.name == "option":
        inside = attribute_type(kind.parts[0])
        return inside and f"Option<{inside}>"
    if kind.name == "list" and kind.parts[0] in SIMPLE:
        return f"Vec<{SIMPLE[kind.parts[0]]}>"
    return None
