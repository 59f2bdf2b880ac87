"""The loops of `__init__` that make layers, as loops of `new`.

Of the statements those stay that add to a container, or set what these read. Where one of them is not
understood, nothing is written here, and the layers stand in `new` one by one.
"""

import ast
import contextlib
import re
from dataclasses import dataclass, field

import torch
from torch import nn

from . import construction, copied, groups, kinds, names, source
from .expressions import ADD, Value, changed, negated, number
from .kinds import STR
from .making import Making
from .report import Untranslated

# What a container is made by, as a variable that grows.
GROWING = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
BASE = ""
# What a method returns.
RETURNED = "return"
SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "/"}
# Whether a mistake of this program's is one, rather than a form that is not known: in its tests.
STRICT = False
# The rows of a table that a loop goes through; and the layers below which a loop is not shorter.
ROWS, FEW = 24, 2


def build(plan, name, plain=False):
    """The member `name` as `new`'s statements make it: a Built, or None where they are no loops, unless `plain`."""
    if name in plan.looped:
        # Made in the loop of one before.
        return plan.looped[name]
    nodes, type_ = described(plan, name)
    if type_ is None or all(is_one_loop(node) for node in nodes) and not type_.startswith("nn::ModuleDict"):
        return None
    containers = [instance if name == BASE else instance._modules[name] for instance in plan.instances]
    if not plain and max(map(repeats, containers)) < FEW:
        return None
    for written, logs in noted(plan):
        with attempted(plan) as before:
            first = Building(plan, written, logs)
            built = first.members([name], plain)
            others = first.beside(name)
            if others:
                # One loop makes several, in Python's order.
                plan.restore(before)
                built = Building(plan, written, logs).members([name, *others])
            plan.looped |= built
            return built[name]
    return None


def noted(plan):
    """The `__init__`s of a class, with what was noted of each instance."""
    for written in plan.initial.sources:
        logs = plan.program.recorder.built.get(written.function, {})
        if all(id(instance) in logs for instance in plan.instances):
            yield copied.told(written), [logs[id(instance)] for instance in plan.instances]


@contextlib.contextmanager
def attempted(plan):
    """Nothing stays of what is not understood: of what people write there are more forms than are known here."""
    before, signatures = (dict(plan.arguments), dict(plan.lets)), dict(plan.program.signatures)
    try:
        yield before
    except Exception as error:
        if STRICT and not isinstance(error, Untranslated):
            raise
        plan.restore(before)
        plan.program.signatures = signatures


def written_once(lines, before):
    """A list that two loops read is there once."""
    lists = {line for line in before if re.fullmatch(r"let \w+ = \[.*\];", line)}
    return [line for line in lines if line not in lists]


def tell_of_unrolled(plan):
    """The loops whose layers stand in `new` one by one go into the report."""
    recorder = plan.program.recorder
    held = {member.python for member in plan.members if has_loop(plan.program, member.node)}
    sources = [*plan.initial.sources, *(source.of(function) for function in recorder.calls if plan.methods.get(function, True) is None)]
    for written in sources:
        logs = [recorder.built.get(written.function, {}).get(id(instance), []) for instance in plan.instances]
        made = {}
        for number, value in (event for log in logs for event in log):
            if isinstance(value, nn.Module):
                made.setdefault(number, []).append(recorder.made_first.get(id(value)))
        for node in ast.walk(written.node):
            if not isinstance(node, (ast.For, ast.While, ast.ListComp, ast.GeneratorExp)) or node in plan.kept_loops:
                continue
            body = node.body if isinstance(node, (ast.For, ast.While)) else [node.elt]
            inside = [m for one in body for part in ast.walk(one) if isinstance(part, ast.Call) for m in made.get(part.number, ()) if m is not None]
            of = {name for module in inside for instance in plan.instances for name in [*instance._modules, BASE] if is_in(module, instance, name)}
            if inside and not of <= held and len(inside) > len(plan.instances):
                words = ast.unparse(node).splitlines()[0].removesuffix(":")
                plan.program.report.unrolled(f"{written.place(node)}: `{words}`")


def tell_of_branches(plan):
    """The sides of conditions in `__init__`, and in what it calls, that no instance takes go into the report."""
    recorder = plan.program.recorder
    found = [(written, [recorder.built.get(written.function, {}).get(id(one), []) for one in plan.instances]) for written in plan.initial.sources]
    for function in plan.methods:
        found.append((source.of(function), [call.log for call in recorder.calls[function] if any(call.owner is one for one in plan.instances)]))
    for written, logs in found:
        making = Making(plan, written, logs)
        for node in making.come_by(written.node):
            if isinstance(node, ast.Assert):
                plan.program.report.unchecked(f"{written.place(node)}: `assert {ast.unparse(node.test)}`")
            known = making.constant(node.test) if isinstance(node, (ast.If, ast.IfExp)) else None
            if known is None:
                continue
            if isinstance(node, ast.IfExp):
                plan.program.report.left_out(written.place(node), node, known[0])
                continue
            left = node.orelse if known[0] else node.body
            if left and not all(isinstance(part, (ast.Raise, ast.Pass)) for part in left):
                plan.program.report.left_out(written.place(node), node, known[0])
            elif any(isinstance(part, ast.Raise) for part in left):
                plan.program.report.unchecked(f"{written.place(node)}: {'the `else` of ' if known[0] else ''}`if {ast.unparse(node.test)}`")
            elif known[0] and not left and not isinstance(node.body[0], ast.Raise) and not asks_a_module(making, node.test):
                plan.program.report.left_out(written.place(node), node, True)


def asks_a_module(making, test):
    """`m.bias is not None`, which `new` asks as well."""
    return any(isinstance(value, nn.Module) for part in ast.walk(test) if getattr(part, "id", "self") != "self" for value in making.every(part))


def tell_of_attributes(plan):
    """So do the attributes that nothing reads."""
    held = {member.python for member in plan.members} | {member.name for member in plan.members}
    for name, statement in source.initial_statements(plan.cls).items():
        values = [vars(instance).get(name) for instance in plan.instances]
        if name not in held and any(value is not None for value in values) and not any(isinstance(value, (nn.Module, torch.Tensor)) for value in values):
            plan.program.report.nothing_reads(f"{plan.program.place_of_attribute(plan.cls, statement)}: the attribute `self.{name}`")


def has_loop(program, node):
    if isinstance(node, construction.Loop) or isinstance(node, construction.Computed) and re.search(r"\.map\(\||\bfor ", node.code):
        return True
    # What stands in a group is made by whom it belongs to.
    group = getattr(node, "type", None) or program.type_of(node) if isinstance(node, (construction.Computed, construction.Make)) else None
    for cls, plan in program.plans.items():
        if groups.is_group(cls) and plan.rust == group:
            return any(has_loop(program, member.node) for member in plan.members)
    return any(has_loop(program, part) for part in construction.children(node)[0]) if node is not None else False


def is_in(module, instance, name):
    if name == BASE:
        return any(module is child for child in instance.children()) and issubclass(type(instance), nn.Sequential)
    return instance._modules[name] is not None and any(module is one for one in instance._modules[name].modules())


def call(plan, member, present):
    """What the instances that are present have as the member, by the call that makes it for just these; or None."""
    mine = [instance._modules.get(member.python) for instance, there in zip(plan.instances, present) if there]
    if any(module is None for module in mine):
        return None
    for written, logs in noted(plan):
        of = Making(plan, written, logs)
        for node in written.expressions:
            made = [plan.program.recorder.made_first.get(id(value)) for value in of.every(node)] if isinstance(node, ast.Call) else []
            # One that was thrown away is of no member.
            made = [module for module in made if module is not None]
            if len(made) == len(mine) and all(any(one is other for other in mine) for one in made):
                with attempted(plan):
                    code = of.made(node)
                    types = {plan.program.type_of(plan.program.describe(module)) for module in mine}
                    if of.used or of.lists or len(types) > 1:
                        raise Untranslated(node, "it reads variables, or makes modules that differ")
                    return construction.Computed(code, types.pop())
    return None


def described(plan, name):
    """A container in all instances, and its type; (_, None) for what is none."""
    if name == BASE:
        # The container that the class derives from.
        nodes = [plan.program.describe(instance, plan.base) for instance in plan.instances]
        types = {plan.program.type_of(node) for node in nodes}
        return nodes, types.pop() if len(types) == 1 and plan.base in (nn.Sequential, nn.ModuleDict) else None
    values = plan.instances if name == RETURNED else [instance._modules.get(name) for instance in plan.instances]
    if any(type(value) not in GROWING for value in values) or len(set(map(type, values))) > 1:
        return [], None
    if plan.program.places.any_shared(values):
        return [], None
    nodes = [plan.program.describe(value) for value in values]
    types = {plan.program.type_of(node) for node in nodes if isinstance(node, construction.Chain)}
    return nodes, types.pop() if len(types) == 1 else None


def repeats(container):
    """How many of a container's modules, of those inside too, are of a class of which another is."""
    direct = [type(child) for child in container]
    inside = max((repeats(child) for child in container if type(child) in GROWING), default=0)
    return max(inside, max(map(direct.count, direct), default=0))


def is_one_loop(node):
    """Is a chain short as it is: equal modules, or a progression?"""
    return len(node.items) == 1 and isinstance(node.items[0], construction.Loop)


def is_place(code, name):
    """Does it not matter whether a number is an i64, since it is only counted by?"""
    free = rf"\[\({name} [+-] \d+\) as usize\]|\b{name} as (?:usize|u32|f64)\b|\b{name} (?:% \d+ )?(?:[<>]=?|[!=]=) \d+\b"
    return re.search(rf"\b{name}\b", re.sub(free, "", code)) is None


def goes_through_one(code, name):
    """A loop through the places of one list, and no others, is told by clippy to go through the list."""
    lists = set(re.findall(rf"(\w+)\[\(?{name} (?:[+-] \d+\) )?as usize\]", code))
    return len(lists) == 1 and re.search(rf"\[\({name} [+-] \d+\) as usize\]", code) is None


def as_place(code, name):
    return re.sub(rf"\[\(({name} [+-] \d+)\) as usize\]", r"[\1]", code.replace(f"[{name} as usize]", f"[{name}]"))


def trait_of(type_):
    """`dyn Forward` of `nn::ModuleList<dyn Forward>`, and None of a list of lists."""
    found = re.fullmatch(r"[\w:]+<(dyn \w+)>", type_)
    return found and found[1]


def spelt_out(code, type_):
    """What is added to a list of lists, with the type that a list of several classes needs."""
    inside = re.fullmatch(r"nn::Module\w+<(nn::Module\w+)<(dyn \w+)>>", type_)
    return code.replace(f"{inside[1]}::new(", f"{inside[1]}::<{inside[2]}>::new(", 1) if inside else code


def collected(pattern, items, code):
    chain = f"({items})" if ".." in items and items[0] not in "(&" else items if ".." in items and items[0] == "(" else f"{items}.into_iter()"
    return f"{chain}.map(|{pattern}| {code}).collect()"


def item_set(statement):
    """The `layers[name]` of `layers[name] = …`."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    return target if isinstance(target, ast.Subscript) else None


@dataclass
class Built:
    """A member that is a variable of `new`, or an expression."""

    lines: list
    code: str
    type: str
    # The members that its lines make, by Python's names.
    beside: tuple = ()


@dataclass
class Variable:
    """A variable of `new`, and the block that it is begun in."""

    name: str
    block: int


@dataclass
class Line:
    """A line that may still change: a container that is made, with its first items."""

    code: str = ""
    variable: Variable = None
    items: list = field(default_factory=list)
    cls: type = None
    type: str = ""
    # Of `let (a, b) = if … {`, the variables.
    opened: tuple = ()

    @property
    def is_blank(self):
        return not self.code and self.variable is None


class Building(Making):
    """The statements of one `__init__`."""

    def __init__(self, plan, written, logs):
        super().__init__(plan, written, logs)
        # By loop, the columns of its table that are no variables of Python's loop, and what is read behind it.
        self.tables, self.behind = {}, {}
        # By statement, those that it is apart; and the member that it makes by one expression.
        self.apart, self.fields = {}, {}
        # The statements that copy what a loop goes through.
        of_copies = {attr for _, changed in self.copies.values() for attr in changed}
        statements = [node for node in ast.walk(written.node) if isinstance(node, ast.Assign)]
        self.begun = {id(one) for one in statements if getattr(one.targets[0], "id", None) in of_copies and isinstance(one.value, ast.Attribute) and one.value.attr == one.targets[0].id}

    # A member.

    def members(self, names_, plain=False):
        """The statements that make `self.name`, for each of the names."""
        body = self.source.node.body
        self.growing = {}  # by Python's name, or "self.name": (the variable, its class, its type)
        found = {}
        for name in names_:
            type_ = described(self.plan, name)[1]
            if name == BASE:
                key = self.key_of_base()
                self.grow(key, self.plan.base, type_, self.plan.base_name())
                found[name] = key, type_
                continue
            statement = self.returning() if name == RETURNED else self.statement_of(name)
            comprehension = self.comprehension_of(statement.value)
            if comprehension is not None:
                if self.grows_later(statement.value, comprehension):
                    raise Untranslated(statement, "it grows behind its comprehension")
                return {name: self.of_comprehension(comprehension, self.seen(statement.value).kind.cls, type_, names.field(name))}
            key = self.grown(statement.value) if name == RETURNED else self.key_for(name)
            if key is None or type_ is None:
                raise Untranslated(statement, "it is not filled in a loop")
            self.grow(key, self.seen(statement.value).kind.cls, type_, name)
            found[name] = key, type_
        # What is made, then what that reads.
        body = self.until_it_is_whole(body, names_)
        self.calls_of(body)
        self.needed = set()
        kept = self.slice(body, self.needed, top=True)
        self.loops_kept = [one for one in kept if isinstance(one, (ast.For, ast.While))]
        if not self.loops_kept and not plain:
            raise Untranslated(self.source.node, "it is not filled in a loop")
        self.kept = {id(node) for node in kept}
        self.block, self.blocks, self.variables, self.mutable = 0, [0], {}, set()
        lines = self.first_values()
        lines += self.lines(body, lines)
        lines = [*self.lists_in_order(), *self.written(lines)]
        self.plan.kept_loops |= set(self.loops_kept)
        told = {name: Built([], self.growing[key][0], type_) for name, (key, type_) in found.items()}
        told[names_[0]].lines = lines
        for built in told.values():
            built.beside = tuple(told)
        return told

    def until_it_is_whole(self, body, names_):
        """The statements up to the last that adds to a container, or makes it a member."""
        finals = [self.statement_of(name) for name in names_ if name not in (BASE, RETURNED)]
        last = 0
        for place, statement in enumerate(body):
            if statement in finals or self.mentions(statement) or self.is_super(statement):
                last = place
        return body[: last + 1]

    def key_of_base(self):
        """What `super().__init__(*layers)` is given, or `self`, where that is given nothing."""
        for statement in self.each(self.source.node.body):
            if self.is_super(statement):
                given = [part.value if isinstance(part, ast.Starred) else part for part in statement.value.args]
                if not given:
                    return "self"
                if len(given) == 1 and isinstance(given[0], ast.Name) and given[0].id in self.assigned:
                    return given[0].id
        raise Untranslated(self.source.node, "what the class above is given is not seen")

    @staticmethod
    def is_super(statement):
        call = statement.value if isinstance(statement, ast.Expr) else None
        return isinstance(call, ast.Call) and source.of_super(call.func) and call.func.attr == "__init__"

    def key_for(self, name):
        """What grows to be the member: a list, or the member itself."""
        value = self.statement_of(name).value
        key = self.grown(value)
        if key is None and isinstance(value, ast.Call) and self.is_container(value) and len(value.args) <= 1:
            key = f"self.{name}"
        return key

    def beside(self, name):
        """The other members that the loops fill."""
        if not hasattr(self, "loops_kept"):
            return []
        filled = set()
        for call in (part for loop in self.loops_kept for part in ast.walk(loop)):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "append":
                if len(call.args) == 1 and any(isinstance(value, nn.Module) for value in self.every(call.args[0])):
                    filled.add(ast.unparse(call.func.value))
        others = []
        for other in self.plan.instances[0]._modules:
            with contextlib.suppress(Untranslated):
                if other != name and self.key_for(other) in filled:
                    others.append(other)
        return others

    def lists_in_order(self):
        """As their names stand first in `__init__`."""
        order = [self.name(argument.arg) for argument in self.source.node.args.args]
        order += [self.name(node.id) for node in ast.walk(self.source.node) if isinstance(node, ast.Name)]
        order += [names.snake(node.attr) for node in ast.walk(self.source.node) if isinstance(node, ast.Attribute)]
        return [self.lists[name] for name in sorted(self.lists, key=order.index)]

    def statement_of(self, name):
        statement = source.initial_statements(self.plan.cls).get(name)
        if statement is None or statement not in list(ast.walk(self.source.node)) or not isinstance(statement, (ast.Assign, ast.AnnAssign)):
            raise Untranslated(None, f"where `{name}` is set is not seen")
        if statement not in source.flat(self.source.node.body, self.constant) or statement.value is None:
            raise Untranslated(statement, "it is set under a condition")
        return statement

    def returning(self):
        """The one statement that returns."""
        last = source.flat(self.source.node.body, self.constant)[-1]
        if not isinstance(last, ast.Return) or len(source.inside(self.source.node, ast.Return)) > 1 or last.value is None:
            raise Untranslated(last, "it returns in another way")
        return last

    def is_container(self, node):
        kind = self.kind(node)
        return kind is not None and kind.name == "module" and kind.cls in GROWING

    def comprehension_of(self, node):
        """The one in `nn.ModuleList([f(x) for x in …])`, in `nn.Sequential(*[…])`, or in `nn.ModuleDict({…})`."""
        if not isinstance(node, ast.Call) or not self.is_container(node) or len(node.args) != 1 or node.keywords:
            return None
        inside = node.args[0].value if isinstance(node.args[0], ast.Starred) else node.args[0]
        return inside if isinstance(inside, (ast.ListComp, ast.GeneratorExp, ast.DictComp)) else None

    def grown(self, node):
        """The list in `nn.Sequential(*layers)`, in `nn.Sequential(OrderedDict(layers))` and in `nn.ModuleList(layers)`."""
        if not isinstance(node, ast.Call) or not self.is_container(node) or len(node.args) != 1 or node.keywords:
            return None
        inside = node.args[0].value if isinstance(node.args[0], ast.Starred) else node.args[0]
        if isinstance(inside, ast.Call) and ast.unparse(inside.func).split(".")[-1] == "OrderedDict" and len(inside.args) == 1:
            inside = inside.args[0]
        return inside.id if isinstance(inside, ast.Name) and inside.id in self.assigned else None

    def grow(self, key, cls, type_, member=None):
        variable = names.field(member) if key.split(".")[0] == "self" else self.name(key)
        self.growing[key] = variable, cls, type_

    def key_of(self, node):
        """What `layers` or `self.layers` is among those that grow."""
        key = node.id if isinstance(node, ast.Name) else None
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) == "self":
            key = f"self.{node.attr}"
        return key if key in self.growing else None

    @staticmethod
    def name_given(statement):
        """The first argument of `add_module`, or of a pair that is appended; of `layers[name] = …` the name."""
        if item_set(statement) is not None:
            return item_set(statement).slice
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not call.args:
            return None
        if getattr(call.func, "attr", "") == "add_module":
            return call.args[0]
        pair = call.args[0] if getattr(call.func, "attr", "") == "append" else None
        return pair.elts[0] if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 else None

    @staticmethod
    def items_of_dictionary(call):
        """Of `nn.Sequential(OrderedDict([("conv", …), …]))`: the pairs."""
        inside = call.args[0] if len(call.args) == 1 else None
        if isinstance(inside, ast.Call) and getattr(inside.func, "id", getattr(inside.func, "attr", "")) == "OrderedDict":
            pairs = inside.args[0].elts if len(inside.args) == 1 and isinstance(inside.args[0], ast.List) else []
            if pairs and all(isinstance(pair, ast.Tuple) and isinstance(pair.elts[0], ast.Constant) for pair in pairs):
                return [pair.elts for pair in pairs]
        return None

    def each(self, statements):
        """The statements of a block, `a, b = x, y` and `a = b = x` as two."""
        found = []
        for statement in statements:
            if isinstance(statement, ast.Assign) and len(statement.targets) > 1:
                if statement not in self.apart:
                    self.apart[statement] = [ast.copy_location(ast.Assign([one], statement.value), statement) for one in statement.targets]
                found += self.apart[statement]
                continue
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple) and len(target.elts) == len(statement.value.elts):
                if statement not in self.apart:
                    pairs = zip(target.elts, statement.value.elts)
                    self.apart[statement] = [ast.copy_location(ast.Assign([one], value), statement) for one, value in pairs]
                set_here = {part.id for part in target.elts if isinstance(part, ast.Name)}
                if not set_here & {node.id for node in ast.walk(statement.value) if isinstance(node, ast.Name)}:
                    found += self.apart[statement]
                    continue
            found.append(statement)
        return found

    # Which statements are of it.

    def additions(self, statement):
        """(key, the nodes that are added), where a statement makes a container that grows, or adds to one."""
        if item_set(statement) is not None:
            key = self.key_of(item_set(statement).value)
            if key is not None and self.growing[key][1] is not nn.ModuleDict:
                raise Untranslated(statement, "it grows in another way")
            return key and (key, [statement.value])
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            key = self.key_of(target)
            if key is None:
                return None
            value = statement.value
            if isinstance(value, (ast.List, ast.Tuple)):
                return key, value.elts
            if isinstance(value, ast.Dict) and not value.keys:
                return key, []
            if isinstance(value, ast.Call) and (self.is_container(value) or getattr(value.func, "id", "") == "list"):
                if not value.args:
                    return key, []
                if self.kind(value).cls is nn.ModuleList and isinstance(value.args[0], (ast.List, ast.Tuple)):
                    return key, value.args[0].elts
                if self.items_of_dictionary(value):
                    return key, [node for _, node in self.items_of_dictionary(value)]
                if self.kind(value).cls is nn.Sequential and not any(isinstance(part, ast.Starred) for part in value.args):
                    return key, value.args
            raise Untranslated(statement, "it begins in another way")
        if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add) and self.key_of(statement.target):
            if isinstance(statement.value, (ast.List, ast.Tuple)):
                return self.key_of(statement.target), statement.value.elts
            raise Untranslated(statement, "it grows in another way")
        if "self" in self.growing and self.is_super(statement):
            return "self", []
        call = statement.value if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) else None
        if call is not None and isinstance(call.func, ast.Attribute):
            key = self.key_of(call.func.value)
            if key is not None:
                if call.func.attr == "append" and len(call.args) == 1:
                    return key, call.args[0].elts[1:] if self.name_given(statement) is not None else call.args
                if call.func.attr == "add_module" and len(call.args) == 2 and self.growing[key][1] is not nn.ModuleList:
                    return key, call.args[1:]
                if call.func.attr == "extend" and isinstance(call.args[0], (ast.List, ast.Tuple)):
                    return key, call.args[0].elts
                raise Untranslated(statement, "it grows in another way")
        return None

    def calls_of(self, statements):
        """Translates what is added, which tells the variables that it reads."""
        for statement in self.each(statements):
            added = self.additions(statement)
            for node in added[1] if added else ():
                if self.every(node):
                    self.added(node)
            if added and self.name_given(statement) is not None:
                self.value(self.name_given(statement))
            for part in ("body", "orelse"):
                if isinstance(statement, (ast.If, ast.For, ast.While)):
                    self.calls_of(getattr(statement, part))
            if isinstance(statement, (ast.With, ast.Try)) and self.mentions(statement):
                raise Untranslated(statement, "it grows in a statement of another kind")

    def mentions(self, statement):
        return any(isinstance(node, (ast.Name, ast.Attribute)) and self.key_of(node) for node in ast.walk(statement))

    def added(self, node):
        """A module, or a container that was filled before it is added."""
        key = self.grown(node)
        if key is not None:
            if key not in self.growing:
                cls = self.kind(node).cls
                modules = [self.program.recorder.made_first.get(id(module)) for module in self.every(node)]
                types = {self.program.type_of(self.program.describe(module)) for module in modules if module is not None}
                if len(types) != 1 or None in modules:
                    self.refuse(node)
                self.grow(key, cls, types.pop())
                self.calls_of(self.source.node.body)
            return self.growing[key][0]
        return self.made(self.itself(node))

    def itself(self, node):
        """Of `block`, which is added by its name, the call that made it."""
        if isinstance(node, ast.Name) and node.id in self.assigned:
            for statement in ast.walk(self.source.node):
                if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", None) == node.id:
                    if self.every(statement.value) == self.every(node):
                        return statement.value
        return node

    def reads_of(self, node):
        return self.reads.get(self.itself(node), set())

    def slice(self, statements, wanted, loop=None, top=False):
        """Those of the statements that grow a container, or set a variable that is wanted."""
        kept = []
        for statement in reversed(self.each(statements)):
            if isinstance(statement, ast.If):
                known = self.constant(statement.test)
                if known is not None:
                    kept += self.slice(statement.body if known[0] else statement.orelse, wanted, loop, top)
                    continue
                # What is not come by each time has no row each time.
                sides = [set(wanted), set(wanted)]
                self.behind[statement] = set(wanted)
                inside = self.slice(statement.body, sides[0]) + self.slice(statement.orelse, sides[1])
                wanted.clear()
                wanted |= sides[0] | sides[1]
                if inside:
                    there = self.is_there(statement.test)
                    self.read(statement.test if there is None else there, wanted, truth=there is None)
                    kept += [*inside, statement]
            elif isinstance(statement, (ast.For, ast.While)):
                if statement.orelse or any(isinstance(part, (ast.Break, ast.Continue)) for part in ast.walk(statement)):
                    if self.mentions(statement) or any(isinstance(part, ast.Name) and part.id in wanted and isinstance(part.ctx, ast.Store) for part in ast.walk(statement)):
                        raise Untranslated(statement, "a loop does not go through all")
                    continue
                behind = self.behind[statement] = set(wanted)
                counts = isinstance(statement, ast.For)
                targets = {node.id for node in ast.walk(statement.target) if isinstance(node, ast.Name)} if counts else set()
                begin = set()
                if not counts:
                    self.read(statement.test, begin, truth=True)
                while True:
                    # What is read behind the loop, and in the next round.
                    read = behind | begin
                    inside = self.slice(statement.body, read, statement if top else None)
                    if read - targets <= begin | behind:
                        break
                    begin |= read - targets
                if inside:
                    wanted |= begin
                    if counts:
                        self.read_bounds(statement.iter, wanted)
                    kept += [*inside, statement]
            elif id(statement) in self.fields:
                kept.append(statement)
                wanted |= self.reads[statement.value]
            elif self.additions(statement) is not None:
                kept.append(statement)
                for node in self.additions(statement)[1]:
                    wanted |= self.reads_of(node)
                if self.name_given(statement) is not None:
                    self.read(self.name_given(statement), wanted)
            elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
                target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
                if isinstance(target, ast.Name) and target.id in wanted and statement.value is not None:
                    if not isinstance(statement, ast.AugAssign):
                        # What it was before does not matter.
                        wanted.discard(target.id)
                    try:
                        if self.is_of_modules(target.id):
                            self.module(statement.value)
                            wanted |= self.reads_of(statement.value)
                        else:
                            self.read(statement.value, wanted)
                    except Untranslated:
                        self.tabulate(statement, target, loop)
                    else:
                        kept.append(statement)
                elif any(isinstance(part, ast.Name) and part.id in wanted for part in ast.walk(target)):
                    raise Untranslated(statement, "it sets several variables")
            elif source.turned(statement) and source.turned(statement)[0] in wanted:
                kept.append(statement)
            elif isinstance(statement, (ast.With, ast.Try)):
                if any(isinstance(part, ast.Name) and part.id in wanted and isinstance(part.ctx, ast.Store) for part in ast.walk(statement)):
                    raise Untranslated(statement, "a variable is set in a statement of another kind")
        return kept

    def is_of_modules(self, name):
        """Is it a variable for a module?"""
        nodes = [node for node in self.source.expressions if getattr(node, "id", None) == name]
        return any(isinstance(value, nn.Module) for node in nodes for value in self.every(node))

    def module(self, node, name=None):
        """What such a variable is set to, which may be None elsewhere."""
        if self.constant(node) == (None,):
            return "None"
        return f"Some({self.made(node)})" if name is not None and self.may_be_none(name) else self.made(node)

    def tabulate(self, statement, target, loop):
        """What is not translated, and is set once for each row of a loop, is a column of its table."""
        stores = [part for part in self.source.expressions if getattr(part, "id", None) == target.id and isinstance(part.ctx, ast.Store)]
        values = [found.get(getattr(statement.value, "number", None), ((), ()))[1] for found in self.at]
        simple = all(isinstance(value, (bool, int, float, str)) for column in values for value in column)
        if loop is None or isinstance(statement, ast.AugAssign) or len(stores) > 1 or not simple or any(v != values[0] for v in values):
            self.hand_over(statement, target, stores, values)
            return
        self.tables.setdefault(loop, {})[target.id] = values[0]

    def hand_over(self, statement, target, stores, values):
        """What is not translated, and is set once, is an argument of `new`."""
        name = self.name(target.id)
        simple = all(len(column) == 1 and isinstance(column[0], (bool, int, float, str)) for column in values)
        if isinstance(statement, ast.AugAssign) or len(stores) > 1 or not simple or name in self.plan.arguments:
            raise Untranslated(statement, "it is not understood")
        parts = [construction.Literal(column[0]) for column in values]
        self.plan.arguments[name] = parts, self.program.type_of_arguments(parts)

    def read(self, node, wanted, truth=False):
        before, self.used = self.used, set()
        try:
            self.truth(node) if truth else self.value(node)
            wanted |= self.used
        finally:
            self.used |= before

    def read_bounds(self, items, wanted):
        if isinstance(items, ast.Call) and getattr(items.func, "id", "") == "range":
            for part in items.args:
                self.read(part, wanted)
        elif isinstance(items, (ast.Name, ast.BinOp, ast.Subscript)) and self.constant(items) is None:
            # Where it is no table, what it is made of is read.
            with contextlib.suppress(Untranslated):
                values = self.every(items)
                if any(value != values[0] for value in values) or self.is_variable_list(items):
                    self.read(items, wanted)

    # Lines.

    def first_values(self):
        """The arguments that are read before the statements set them; what these change is a variable from the beginning."""
        lines = []
        for name in sorted(self.needed):
            if not all(name in given for given in self.plan.given):
                raise Untranslated(self.source.node, f"`{name}` is read before it is set")
            given = [given[name] for given in self.plan.given]
            if not all(type(value) in (int, float, bool) for value in given):
                raise Untranslated(self.source.node, f"`{name}` is no number")
            same = all(value == given[0] for value in given) and name not in self.plan.state
            code = number(given[0]) if same else self.plan.use(name).code
            statements = (node for node in ast.walk(self.source.node) if id(node) in self.kept)
            changed = any(name in self.stores(node) for node in statements)
            if changed or code != self.name(name):
                lines.append(self.let(name, code))
        return lines

    def stores(self, statement):
        if source.turned(statement):
            return {source.turned(statement)[0]}
        target = getattr(statement, "target", None) or (statement.targets[0] if isinstance(statement, ast.Assign) else None)
        return {target.id} if isinstance(target, ast.Name) and not isinstance(statement, ast.For) else set()

    def let(self, python, code, cls=None, type_="", kind=kinds.OTHER):
        """Sets a variable, which is new where no block around has it."""
        known = self.variables.get(python)
        if known is not None and known.block in self.blocks:
            self.mutable.add(id(known))
            if cls is None:
                return Line(changed(known.name, code, kind))
            if known.block == self.blocks[-1]:
                raise Untranslated(None, f"`{python}` is begun twice")
        name = self.growing[python][0] if python in self.growing else self.name(python)
        variable = Variable(name, self.blocks[-1])
        self.variables[python] = variable
        if cls is not None:
            return Line("", variable, [], cls, type_)
        return Line(code, variable)

    def lines(self, statements, before=()):
        """`before` are those of the block so far. A blank line of Python's is one here."""
        lines, last = [], None
        for statement in self.each(statements):
            made = self.of_statement(statement, [*before, *lines])
            if made and last is not None and source.is_apart(self.source.file, statement, last):
                lines.append(Line())
            lines += made
            last = statement if made else last
        return lines

    def of_statement(self, statement, before):
        if isinstance(statement, ast.If) and self.constant(statement.test) is not None:
            body, left = statement.body, statement.orelse
            if not self.constant(statement.test)[0]:
                body, left = left, body
            if left and not all(isinstance(part, (ast.Raise, ast.Pass)) for part in left):
                self.program.report.left_out(self.source.place(statement), statement, left is statement.orelse)
            return self.lines(body, before)
        if id(statement) not in self.kept:
            return []
        remarks = list(map(Line, source.before(self.source.file, statement))) if self.program.comments else []
        added = self.additions(statement)
        if id(statement) in self.fields:
            return [*remarks, *self.field_lines(statement)]
        if added is not None:
            return [*remarks, *self.grow_by(statement, before, *added)]
        if isinstance(statement, ast.If):
            return [*remarks, *self.branch(statement)]
        if isinstance(statement, ast.For):
            return [*remarks, *self.loop_of(statement)]
        if isinstance(statement, ast.While):
            return [*remarks, *self.while_of(statement)]
        if source.turned(statement):
            name, method = source.turned(statement)
            known = self.variables.get(name)
            if known is None or known.block not in self.blocks:
                raise Untranslated(statement, "it is turned about before it is set")
            self.mutable.add(id(known))
            return [*remarks, Line(f"{known.name}.{method}();")]
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        if isinstance(statement, ast.Assign) and self.is_of_modules(target.id):
            return [*remarks, self.let(target.id, self.module(statement.value, target.id))]
        value, known, name = self.value(statement.value), self.variables.get(target.id), self.name(target.id)
        is_there, code = known is not None and known.block in self.blocks, value.code
        if isinstance(statement, ast.AugAssign):
            symbol = SYMBOLS.get(type(statement.op))
            if symbol is None or not is_there or value.kind != self.kind_of_target(statement.target):
                raise Untranslated(statement, "it is changed in another way")
            self.mutable.add(id(known))
            return [*remarks, Line(f"{known.name} {symbol}= {code};")]
        if target.id in self.turned and re.fullmatch(r"vec!\[[^\[\]]*\]", code):
            code = code.removeprefix("vec!")
        if value.kind == kinds.INT and self.kind_of_target(target) == kinds.FLOAT:
            raise Untranslated(statement, f"`{target.id}` is a whole number here, and none elsewhere")
        if code != name or id(statement) in self.begun:
            return [*remarks, self.let(target.id, code, kind=value.kind)]
        return []

    def truth(self, node):
        """`if layers:`, of a container that grows, too."""
        if isinstance(node, ast.Name) and self.key_of(node):
            return Value(f"!{self.growing[node.id][0]}.is_empty()", kinds.BOOL)
        return super().truth(node)

    def grow_by(self, statement, lines, key, nodes):
        made, lines_ = [node for node in nodes if self.every(node)], []
        variable, cls, type_ = self.growing[key]
        begins = isinstance(statement, (ast.Assign, ast.AnnAssign)) and item_set(statement) is None
        if begins or self.is_super(statement):
            lines_.append(self.let(key, "", cls, type_))
        elif key not in self.variables or self.variables[key].block not in self.blocks:
            raise Untranslated(statement, "it is not begun in a block around")
        given = [self.name_given(statement)] * len(made)
        if isinstance(getattr(statement, "value", None), ast.Call) and self.items_of_dictionary(statement.value):
            given = [name for name, _ in self.items_of_dictionary(statement.value)]
        for node, name in zip(made, given):
            code = spelt_out(self.added(node), type_)
            name = name and self.value(name)
            last = next((line for line in reversed(lines + lines_) if not line.is_blank), None)
            if last is not None and last.cls in (nn.Sequential, nn.ModuleList) and last.variable is self.variables[key]:
                fixed = name is None or name.kind == STR
                if fixed and all(item.startswith('"') == (name is not None) for item in last.items):
                    last.items.append(code if name is None else f"{name.code} => {code}")
                    continue
            self.mutable.add(id(self.variables[key]))
            if cls is nn.ModuleDict:
                lines_.append(Line(f"{variable}.insert({'&' * name.code.startswith('format!')}{name.code}, Box::new({code}));"))
            elif name is not None:
                lines_.append(Line(f"{variable} = {variable}.add_module({name.code}, {code});"))
            elif cls is nn.Sequential:
                lines_.append(Line(f"{variable} = {variable}.append({code});"))
            else:
                lines_.append(Line(f"{variable}.append(Box::new({code}));"))
        return lines_

    def inside(self, statements):
        self.block += 1
        self.blocks.append(self.block)
        try:
            return self.lines(statements)
        finally:
            self.blocks.pop()

    def branch(self, statement):
        there = self.is_there(statement.test)
        if there is not None:
            variable = self.value(there).code
            test = f"let Some({variable}) = {variable}"
        else:
            test = self.truth(statement.test).code
        outer = {name for name, variable in self.variables.items() if variable.block in self.blocks}
        sides, made = [], []
        for part in (statement.body, statement.orelse):
            before = dict(self.variables)
            sides.append(self.inside(part))
            made.append({name: one for name, one in self.variables.items() if name not in outer and before.get(name) is not one})
        body, orelse = sides
        if not body and not orelse:
            return []
        behind = [name for name in made[0] | made[1] if name in self.behind.get(statement, ())]
        if behind:
            return self.values_of_branch(statement, test, sides, made, behind)
        if not body:
            return [Line(f"if {negated(test)} {{"), *orelse, Line("}")]
        return [Line(f"if {test} {{"), *body, *([Line("} else {"), *orelse] if orelse else []), Line("}")]

    def values_of_branch(self, statement, test, sides, made, names_):
        """`let c = if … { 2 * n } else { n };`, where both sides of an `if` set what is read behind it."""
        ends = []
        for lines, variables in zip(sides, made):
            if not all(name in variables for name in names_):
                raise Untranslated(statement, f"`{names_[0]}` is set on one side, and read behind it")
            last = lines[-len(names_) :]
            plain = [line.variable for line in last] == [variables[name] for name in names_] and all(line.cls is None for line in last)
            told = [line.code for line in last] if plain else [variables[name].name for name in names_]
            if plain and not any(re.search(rf"\b{variables[name].name}\b", code) for name in names_ for code in told):
                del lines[-len(names_) :]
            else:
                told = [variables[name].name for name in names_]
            ends.append(Line(told[0] if len(told) == 1 else f"({', '.join(told)})"))
        variables = tuple(Variable(self.name(name), self.blocks[-1]) for name in names_)
        self.variables |= dict(zip(names_, variables))
        body, orelse = sides
        other = [Line("} else {"), *orelse, ends[1]]
        if orelse and orelse[0].opened and orelse[-1].code == "};" and [one.name for one in orelse[0].opened] == [one.name for one in variables]:
            # `elif`
            other = [Line(f"}} else {orelse[0].code}"), *orelse[1:-1]]
        return [Line(f"if {test} {{", opened=variables), *body, ends[0], *other, Line("};")]

    def loop_of(self, statement):
        before = dict(self.variables)
        for node in ast.walk(statement.target):
            if isinstance(node, ast.Name):
                # It hides a variable of this name.
                self.variables.pop(node.id, None)
        pattern, items = self.head(statement.target, statement.iter, self.tables.get(statement, {}))
        body = self.body_of(statement, before)
        if re.fullmatch(r"\(?\d+\.\.\d+(\)\.rev\(\))?", items):
            self.count_as_place(pattern, body)
        told = "\n".join(piece for line in body for piece in (line.code, *line.items))
        if pattern.isidentifier() and not re.search(rf"\b{pattern}\b", told):
            pattern = "_"
        return [Line(f"for {pattern} in {items} {{"), *body, Line("}")]

    def while_of(self, statement):
        test = self.truth(statement.test).code
        return [Line(f"while {test} {{"), *self.body_of(statement, dict(self.variables)), Line("}")]

    def body_of(self, statement, before):
        """The lines of a loop; what begins in it ends there."""
        body = self.inside(statement.body)
        for name in self.variables:
            if name not in before and name in self.behind[statement]:
                raise Untranslated(statement, f"`{name}` of a loop is read behind it")
        self.variables = before
        return body

    def count_as_place(self, name, body):
        """A number that does not matter as one of 64 bits is a `usize` where it is a place in a list."""
        told = "\n".join(piece for line in body for piece in (line.code, *line.items))
        if not is_place(told, name) or goes_through_one(told, name):
            return
        for line in body:
            line.code = as_place(line.code, name)
            line.items = [as_place(item, name) for item in line.items]

    def head(self, target, items, beside={}):
        """(pattern, what is gone through), with the columns that stand beside."""
        if not beside and isinstance(items, ast.Call) and getattr(items.func, "id", "") == "range" and isinstance(target, ast.Name):
            bounds = [self.value(part) for part in items.args]
            code = {1: "0..{0}", 2: "{0}..{1}", 3: "({0}..{1}).step_by({2})"}[len(bounds)]
            pattern = self.name(target.id) if target.id in self.used else "_"
            return pattern, code.format(*(bound.at(ADD) for bound in bounds))
        if isinstance(items, ast.Call) and getattr(items.func, "id", "") == "reversed" and not beside:
            inside = items.args[0]
            if isinstance(inside, ast.Call) and getattr(inside.func, "id", "") == "range" and len(inside.args) < 3:
                pattern, code = self.head(target, inside)
                return pattern, f"({code}).rev()"
        tables = []
        with contextlib.suppress(Untranslated):
            tables = [self.rows(items, instance) for instance in range(len(self.at))]
        if not tables or any(table != tables[0] for table in tables) or len(tables[0]) > ROWS or self.is_variable_list(items):
            value = self.value(items) if isinstance(items, (ast.Name, ast.BinOp, ast.Subscript)) and not beside else None
            if value is not None and self.is_list(value.kind) and isinstance(target, ast.Name):
                # A list that differs from call to call.
                name = self.name(target.id) if target.id in self.used else "_"
                return (f"&{name}" if name != "_" else name), f"&{value.code}"
            raise Untranslated(items, "what is gone through differs among the instances, or is long")
        columns = self.columns(target, tables[0])
        for name, values in beside.items():
            if len(values) != len(tables[0]):
                raise Untranslated(items, f"`{name}` is not set for each row")
            columns.append((self.name(name), values))
        if not columns:
            return "_", f"0..{len(tables[0])}"
        rows = [[self.cell([column[1][other] for other in range(len(tables[0]))], row) for column in columns] for row in range(len(tables[0]))]
        if len(columns) == 1 and [column for column, in rows] == [str(i) for i in range(len(rows))]:
            return columns[0][0], f"0..{len(rows)}"
        if len(columns) == 1:
            return columns[0][0], f"[{', '.join(cell for cell, in rows)}]"
        pattern = f"({', '.join(name for name, _ in columns)})"
        return pattern, f"[{', '.join('(' + ', '.join(row) + ')' for row in rows)}]"

    def is_variable_list(self, items):
        return isinstance(items, ast.Name) and self.is_set_again(items)

    def cell(self, column, row):
        kind = kinds.join(map(kinds.of, column))
        type_ = construction.attribute_type(kind)
        if type_ is None:
            raise Untranslated(None, f"a column of kind {kind}")
        return self.program.literal(column[row], type_)

    def columns(self, target, rows):
        """(name, values) for what is read of each row."""
        if isinstance(target, (ast.Tuple, ast.List)):
            if any(isinstance(part, ast.Starred) for part in target.elts):
                self.refuse(target)
            parts = [self.columns(part, [row[place] for row in rows]) for place, part in enumerate(target.elts)]
            return [column for part in parts for column in part]
        if target.id not in self.used:
            return []
        if target.id in self.attributes:
            # As the objects have them.
            order, found = list(getattr(rows[0], "__dict__", ())), []
            for attribute in sorted(self.attributes[target.id], key=lambda name: order.index(name) if name in order else -1):
                found.append((names.snake(attribute), [getattr(row, attribute) for row in rows]))
            return found
        return [(self.name(target.id), rows)]

    def rows(self, items, instance):
        """What an iteration goes through, which is the same each time."""
        if isinstance(items, ast.Call) and isinstance(items.func, ast.Name) and not items.keywords:
            name = items.func.id
            if name == "enumerate" and len(items.args) == 1:
                return list(enumerate(self.rows(items.args[0], instance)))
            if name == "zip":
                return list(zip(*(self.rows(part, instance) for part in items.args)))
            if name == "reversed":
                return list(reversed(self.rows(items.args[0], instance)))
        values = self.at[instance].get(items.number, ((), ()))[1]
        if not values or not all(isinstance(value, (list, tuple, range)) for value in values):
            raise Untranslated(items, "what is gone through is no list")
        if any(list(value) != list(values[0]) for value in values):
            raise Untranslated(items, "what is gone through differs")
        return list(values[0])

    def of_comprehension(self, node, cls, type_, name_):
        pattern, items, code = self.comprehended(node)
        self.plan.kept_loops.add(node)
        wanted = set(self.used)
        self.kept = {id(one) for one in self.slice(self.source.node.body, wanted, top=True)}
        self.block, self.blocks, self.variables, self.mutable = 0, [0], {}, set()
        if self.kept:
            self.refuse(node)
        lists = self.lists_in_order()
        if cls is not nn.Sequential and trait_of(type_) is None:
            code = collected(pattern, items, spelt_out(code, type_))
            if not lists:
                return Built(None, code, type_)
            return Built([*lists, f"let {name_}: {type_} = {code};"], name_, type_)
        return Built([*lists, *self.appended(pattern, items, code, cls, type_)], "layers", type_)

    def grows_later(self, node, inside):
        """Has the container of a comprehension more modules in the end than that has made?"""
        made = self.every(inside.value if isinstance(inside, ast.DictComp) else inside.elt)
        return sum(len(value) for value in self.every(node) if isinstance(value, GROWING)) > len(made)

    def comprehended(self, node):
        """(pattern, what is gone through, what is made each time); of a dictionary a pair."""
        loop, made = node.generators[0], node.value if isinstance(node, ast.DictComp) else node.elt
        if len(node.generators) != 1 or loop.ifs or self.grown(made) is not None:
            self.refuse(node)
        code = self.made(made)
        if isinstance(node, ast.DictComp):
            code = f"({self.value(node.key).code}, {code})"
        pattern, items = self.head(loop.target, loop.iter)
        line = Line(code)
        if re.fullmatch(r"\d+\.\.\d+", items):
            self.count_as_place(pattern, [line])
        return pattern, items, line.code

    def appended(self, pattern, items, code, cls, type_):
        """The lines that make what cannot be collected."""
        if cls is nn.ModuleDict:
            raise Untranslated(self.source.node, "a dictionary of modules of several classes")
        start = self.started(Line("", Variable("layers", 0), [], cls, type_))
        add = f"layers = layers.append({code});" if cls is nn.Sequential else f"layers.append(Box::new({code}));"
        return [f"let mut layers = {start};", f"for {pattern} in {items} {{", add, "}"]

    def started(self, line):
        if line.cls is nn.Sequential:
            return f"nn::sequential!({', '.join(line.items)})" if line.items else "nn::Sequential::default()"
        of = f"::<{trait_of(line.type)}>" if trait_of(line.type) else ""
        if line.cls is nn.ModuleDict:
            return f"nn::ModuleDict{of}::new(vec![])"
        return f"nn::ModuleList{of}::new(vec![{', '.join(f'Box::new({item})' for item in line.items)}])"

    def written(self, lines):
        """As text, when it is known what changes."""
        told = []
        for line in lines:
            if line.opened:
                marked = [f"{'mut ' if id(one) in self.mutable else ''}{one.name}" for one in line.opened]
                pattern = marked[0] if len(marked) == 1 else f"({', '.join(marked)})"
                told.append(f"let {pattern} = {line.code}")
                continue
            if line.variable is None:
                told.append(line.code)
                continue
            mut = "mut " if id(line.variable) in self.mutable else ""
            if not mut and line.cls is None and line.code == line.variable.name:
                continue
            told.append(f"let {mut}{line.variable.name} = {self.started(line) if line.cls is not None else line.code};")
        return told
