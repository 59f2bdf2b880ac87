"""The variables of `__init__` as those of `new`, and the numbers of its arguments under their names.

`construction` and `loops` write what is the same in all instances as a number. Where Python reads it by a name, that
tells more:

    let n_heads = 1;
    let d_k = n_channels;
    Self { projection: nn::Linear::new(n_channels, n_heads * d_k * 3), … }

A member is made anew by the expressions of its statement (`making`), the statements that set their variables are kept,
and what is not understood stays as it was.
"""

import ast
import copy
import inspect
import re
from dataclasses import replace

from torch import nn

from . import construction, kinds, layers, loops, methods, names, source
from .expressions import LITERALS, Value
from .loops import Building
from .report import Untranslated

# `i` of `for i in 0..depths.len()`, as one of 64 bits.
COUNTED = re.compile(r"for (\w+) in \(?0\.\.(\w+|\w+\.len\(\) as i64(?: - \d+)?)(?:\)\.rev\(\))? \{")
OPERATIONS = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Subscript)


def keep(plan):
    """Makes the members of a class anew, by the expressions of its `__init__` and of those of the classes above."""
    if plan.program.places.shared.get(plan.cls):
        # What a variable holds is told by `sharing`.
        return
    name_what_the_base_is_given(plan)
    for written, logs in loops.noted(plan):
        # With all that `__init__` computes; else with the names of its arguments alone.
        for computed in (True, False):
            members = [(member, dict(vars(member))) for member in plan.members]
            done = False
            with loops.attempted(plan):
                Variables(plan, numbers_of(plan, written), logs, computed).put()
                done = True
            if done:
                break
            for member, before in members:
                vars(member).update(before)


def name_what_the_base_is_given(plan):
    """Of `class LayerNorm(nn.LayerNorm)` without an `__init__`: its numbers, as arguments of `new` or by name."""
    base = plan.base_member()
    if base is None or not isinstance(base.node, construction.Make) or plan.initial.sources:
        return

    def named(label, part):
        values = [given.get(label) for given in plan.given]
        same = isinstance(part, construction.Literal) and type(part.value) in (int, float) and all(value == part.value for value in values)
        found = plan.number(label, part.value) if same else None
        return label, construction.Argument(found.code, "") if found is not None else part

    base.node = replace(base.node, by_place=tuple(named(*one) for one in base.node.by_place), by_name=tuple(named(*one) for one in base.node.by_name))
    for member in plan.members:
        # `self.eps`, which the layer sets.
        name, value, given = names.snake(member.python), getattr(member.node, "value", None), plan.given[0].get(member.python)
        if member.role != "attribute" or name not in plan.arguments or type(given) not in (int, float):
            continue
        same = type(value) is type(given) and value == given
        if same or isinstance(value, list) and value == [given] * len(value):
            member.node = construction.Computed(name if same else construction.many(name, len(value)), member.type)


def numbers_of(plan, written):
    """The source, with `self.width`, a number that is set once, as the variable `width`."""
    tree = copy.deepcopy(written.node)
    stores = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)]
    stores = [node.attr for node in stores if getattr(node.value, "id", "") == "self"]
    arguments = {argument.arg for argument in (*tree.args.args, *tree.args.kwonlyargs)}
    locals_ = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    last_set = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            last_set[node.id] = max(node.lineno, last_set.get(node.id, 0))
    elsewhere = {node.attr for other in source.functions(plan.cls) if other is not written for node in ast.walk(other.node)
                 if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    named, given, numbers, mine = set(), set(), {}, set()
    for statement in tree.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        if not isinstance(target, ast.Attribute) or getattr(target.value, "id", "") != "self" or stores.count(target.attr) > 1:
            continue
        name = target.attr
        if not all(is_simple(vars(instance).get(name)) for instance in plan.instances) or name in elsewhere - plan.counters.keys():
            continue
        value = getattr(statement, "value", None)
        if getattr(value, "id", None) == name and last_set.get(name, 0) < statement.lineno or is_configured(value, name, arguments):
            given.add(name)
        elif name not in locals_ | arguments:
            named.add(name)
        mine.add(id(statement))

    class Renamed(ast.NodeTransformer):
        def visit_Attribute(self, node):
            node = self.generic_visit(node)
            if node.attr in named | given and getattr(node.value, "id", "") == "self":
                name = ast.copy_location(ast.Name(node.attr, node.ctx), node)
                name.number = node.number
                return name
            return node

    tree = Renamed().visit(tree)
    for statement in tree.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        if getattr(target, "id", None) in named | given and id(statement) in mine:
            # What the member is, whatever becomes of the variable.
            numbers.setdefault(target.id, statement.value)
    tree.body = [statement for statement in tree.body if not is_of_itself(statement, arguments)]
    rewritten = methods.Rewritten(written, tree)
    rewritten.copies = written.copies
    rewritten.numbers = {name: node for name, node in numbers.items() if hasattr(node, "number")}
    return rewritten


def is_of_itself(statement, arguments):
    """Is it `width = width`, or `width = config.width`?"""
    name = getattr(statement.targets[0], "id", None) if isinstance(statement, ast.Assign) else None
    return name is not None and (getattr(statement.value, "id", None) == name or is_configured(statement.value, name, arguments))


def is_configured(value, name, arguments):
    return isinstance(value, ast.Attribute) and value.attr == name and getattr(value.value, "id", None) in arguments


def is_simple(value):
    if isinstance(value, (list, tuple)):
        return bool(value) and all(type(part) in (int, float, bool) for part in value)
    return type(value) in (int, float)


class Variables(Building):
    """The statements of one `__init__`, whose expressions stay as they are."""

    def __init__(self, plan, written, logs, computed):
        super().__init__(plan, written, logs)
        self.computed = computed
        tests = [node.test for node in ast.walk(written.node) if isinstance(node, ast.If) and self.constant(node.test) is not None]
        self.tests = {id(part) for test in tests for part in ast.walk(test)}

    # What is computed stays so.

    def value(self, node):
        if isinstance(node, ast.BoolOp) and self.kind(node) not in (None, kinds.BOOL):
            return self.value(self.side_taken(node))
        known = self.constant(node)
        if known is not None and not self.is_told(node, known[0]):
            return super().value(node)
        before = self.read_so_far()
        try:
            return super().value(node) if known is None else self.told(node)
        except Untranslated:
            if known is None:
                raise
            self.take_back(before)
            return super().value(node)

    def is_told(self, node, value):
        """Is an expression kept, rather than written as the number that it always is?"""
        if type(value) not in (int, float):
            return False
        if isinstance(node, ast.Name):
            return self.is_variable(node) or self.is_number(node)
        if isinstance(node, ast.Attribute):
            return self.is_configured(node) or self.class_of(node) is not None
        return isinstance(node, OPERATIONS) and self.reads_names(node)

    def reads_names(self, node):
        told = (self.is_variable, self.is_number, self.is_list_given, self.is_configured, self.class_of)
        return any(is_told(part) for part in ast.walk(node) for is_told in told)

    def is_variable(self, node):
        return self.computed and isinstance(node, ast.Name) and node.id in self.assigned and not self.is_of_modules(node.id)

    def is_number(self, node):
        return isinstance(node, ast.Name) and self.is_given(node) and all(type(value) in (int, float) for value in self.every(node))

    def is_list_given(self, node):
        return isinstance(node, ast.Name) and self.is_given(node) and all(is_simple(value) for value in self.every(node))

    def is_given(self, node):
        return node.id not in self.assigned and bool(self.every(node)) and all(node.id in given for given in self.plan.given)

    def is_configured(self, node):
        """`config.width`"""
        return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and self.is_given(node.value) and node.attr in self.plan.given[0]

    def is_one(self, node):
        return super().is_one(node) and not self.is_told(node, 1)

    def class_of(self, node):
        """Of `block.expansion` and `self.expansion`, numbers of a class's: the class."""
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name) or not self.every(node):
            return None
        found = {self.plan.cls} if node.value.id == "self" else {value for value in self.every(node.value) if isinstance(value, type)}
        cls = found.pop() if len(found) == 1 else None
        value = inspect.getattr_static(cls, node.attr, None) if cls is self.plan.cls or cls in self.program.plans else None
        return cls if type(value) in (int, float) and all(type(one) is type(value) and one == value for one in self.every(node)) else None

    def told(self, node):
        if isinstance(node, ast.Name) and self.is_variable(node):
            return self.Name(node)
        cls = self.class_of(node)
        if cls is not None:
            name, value = node.attr.upper(), self.every(node)[0]
            known = self.program.constants.setdefault(cls, {}).setdefault(name, value)
            if type(known) is not type(value) or known != value:
                self.refuse(node, "has the name of another")
            return Value(f"{'Self' if cls is self.plan.cls else self.program.name_of(cls)}::{name}", kinds.of(value), "copy")
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self.of_number(node)
        return getattr(self, type(node).__name__)(node)

    def same(self, node):
        """Where it is decided what a variable is, it may be None."""
        return [other for other in super().same(node) if id(other) not in self.tests]

    def explained(self, call, occasions, parts, path):
        """`[0 if i % 2 == 0 else w // 2 for w in window_size]`, of a list that is given."""
        if all(isinstance(getattr(part, "value", None), (list, tuple)) for part in parts):
            for node in ast.walk(call):
                found = self.of_a_list(parts, occasions, node) if isinstance(node, (ast.ListComp, ast.List)) else None
                if found is not None:
                    return found
        return super().explained(call, occasions, parts, path)

    def of_a_list(self, parts, occasions, node):
        """The expression, where it had these values."""
        seen = [self.value_before(occasion, node) for occasion in occasions]
        if any(one is None or list(one[0]) != list(part.value) for one, part in zip(seen, parts)):
            return None
        before = self.read_so_far()
        try:
            return self.listed(node, parts) if isinstance(node, ast.List) else self.mapped(node, parts)
        except Untranslated:
            self.take_back(before)
            return None

    def listed(self, node, parts):
        """`[int(width * ratio), width]`"""
        items, type_ = list(map(self.value, node.elts)), self.program.type_of_arguments(parts)
        if any(item.kind != kinds.INT for item in items) or not type_.startswith("[i64; "):
            self.refuse(node)
        return construction.Argument(f"[{', '.join(item.code for item in items)}]", type_)

    def mapped(self, node, parts):
        loop = node.generators[0]
        if len(node.generators) > 1 or loop.ifs or not isinstance(loop.target, ast.Name) or not isinstance(loop.iter, ast.Name) or not self.is_list_given(loop.iter):
            self.refuse(node)
        used, self.used = self.used, set()
        value = self.value(node.elt)
        self.used = used | self.used - {loop.target.id}
        type_ = self.program.type_of_arguments(parts)
        if value.kind != kinds.INT or not type_.startswith("[i64; "):
            self.refuse(node)
        return construction.Argument(f"{self.of_list(loop.iter, self.every(loop.iter)[0]).code}.map(|{self.name(loop.target.id)}| {value.code})", type_)

    def of_number(self, node):
        """A variable for an argument that is always the same."""
        name = node.id if isinstance(node, ast.Name) else node.attr
        if names.snake(name) in map(self.name, self.assigned):
            self.refuse(node, "has the name of another")
        found = self.plan.number(name, self.every(node)[0])
        return found or self.refuse(node, "has the name of another")

    def tells(self, node, value):
        return super().tells(node, value) or self.is_told(node, value)

    def named(self, whole, call, occasions):
        """The sides of a tuple too: `kernel_size=(patch_size[0], patch_size[1])`."""
        whole = super().named(whole, call, occasions)
        if not isinstance(whole, construction.Make) or not isinstance(call, ast.Call):
            return whole
        given = self.given_by(call)

        def part(label, old):
            node = given.get(label)
            values = getattr(old, "value", None)
            if isinstance(old, construction.Make):
                return label, self.named(old, node, occasions)
            if isinstance(node, (ast.List, ast.ListComp)) and isinstance(values, list):
                return label, self.of_a_list([old] * len(occasions), occasions, node) or old
            if not isinstance(node, ast.Tuple) or not isinstance(values, tuple) or len(node.elts) != len(values):
                return label, old
            if any(self.constant(side) != (value,) for side, value in zip(node.elts, values)) or not any(map(self.is_told, node.elts, values)):
                return label, old
            return label, construction.Argument(f"({', '.join(self.value(side).code for side in node.elts)})", "")

        by_place, by_name = tuple(part(*one) for one in whole.by_place), [part(*one) for one in whole.by_name]
        if isinstance(whole.cls, type) and layers.is_layer(whole.cls) and whole.cls not in construction.WRAPPERS:
            # `groups=groups`, which has its default here.
            known = {label for label, _ in (*by_place, *by_name)}
            for label, node in given.items():
                told = self.constant(node)
                value = self.value(node) if label not in known and told is not None and self.is_told(node, told[0]) else None
                if value is not None and not LITERALS.fullmatch(value.code):
                    by_name.append((label, construction.Argument(value.code, "")))
            order = list(given)
            by_name.sort(key=lambda one: order.index(one[0]) if one[0] in order else -1)
        return replace(whole, by_place=by_place, by_name=tuple(by_name))

    def maker(self, node, modules):
        thing = self.python(node.func) if isinstance(node, ast.Call) else None
        method = methods.of_the_module(self.program, thing) if inspect.isfunction(thing) else None
        if method is None or any(isinstance(part, ast.Starred) for part in node.args) or any(k.arg is None for k in node.keywords):
            return None
        before, used, self.used = self.read_so_far(), self.used, set()
        try:
            self.codes[node], self.reads[node] = self.call_of(method, node), self.used
            method.called = True
            return self.codes[node]
        except Untranslated:
            self.take_back(before)
            return None
        finally:
            self.used = used | self.reads.get(node, set())

    def call_of(self, method, node):
        """The call of a function that makes modules."""
        given, parts = self.given_by(node), []
        parameters = inspect.signature(method.function).parameters
        for name, (_, type_) in method.arguments.items():
            python = next((one for one in parameters if names.snake(one) == name), None)
            if name in method.state:
                parts.append(f"&mut {name}")
            elif python is None:
                self.refuse(node, "reads what is no argument")
            elif python not in given:
                parts.append(self.program.literal(parameters[python].default, type_))
            else:
                value = self.value(given[python])
                if construction.SIMPLE.get(value.kind) != type_:
                    self.refuse(node)
                parts.append(value.code)
        return f"{'Self::' if method.cls else ''}{method.name}({', '.join(parts)})"

    def one(self, node):
        """(statements, code, type) of what a function returns that is made by one call."""
        self.growing, self.fields = {}, {}
        code, body = self.made(node), source.flat(self.source.node.body, self.constant)
        wanted = set(self.reads[node])
        self.kept = {id(one) for one in self.slice(body, wanted, top=True)}
        self.needed, self.block, self.blocks, self.variables, self.mutable = wanted, 0, [0], {}, set()
        lines = self.first_values()
        lines += self.lines(body, lines)
        types = {self.program.type_of(self.program.describe(module)) for module in self.plan.instances}
        if len(types) > 1:
            self.refuse(node, "makes modules of several types")
        return [*self.lists_in_order(), *self.written(lines)], code, types.pop()

    # The members.

    def put(self):
        """Replaces the members that can be made by Python's expressions, and the statements of `new` that these need."""
        plan, body = self.plan, source.flat(self.source.node.body, self.constant)
        self.growing, self.fields, wanted = {}, {}, set()
        self.set_by, self.places = {}, {}
        for statement in self.each(body):
            for name in self.sets(statement):
                self.set_by.setdefault(name, []).append(statement)
        own = self.source.function is inspect.unwrap(plan.cls.__init__)
        mine = lambda member: own if member.role == "base" else member.python in self.set_by
        looped = [member for member in plan.members if member.lines is not None and mine(member)] if self.computed else []
        grown = [member for member in looped if self.grows(member)]
        told = {}
        # Numbers last: what is computed with one gives it a name.
        for member in sorted(plan.members, key=lambda member: member.role == "attribute"):
            code = self.field(member) if member.lines is None or self.is_comprehended(member) else None
            if code is not None:
                told[member.python], member.lines = code, None
        if grown:
            self.calls_of(body)
        for name, (code, reads, statement) in told.items():
            if statement is not None:
                self.fields[id(statement)] = name
            else:
                wanted |= reads
        self.told_fields = told
        # What a method changes is a variable, whoever else reads it.
        wanted |= self.plan.counters.keys() & self.assigned
        kept = self.slice(body, wanted, top=True)
        self.needed, self.kept = wanted, {id(node) for node in kept}
        fills = lambda node: any(isinstance(part, ast.stmt) and id(part) in self.kept and self.additions(part) is not None for part in ast.walk(node))
        if any(isinstance(node, (ast.For, ast.While)) and not fills(node) for node in kept):
            raise Untranslated(self.source.node, "what is computed in a loop that makes nothing here")
        self.changing = self.set_again(body)
        if any(statement is None and reads & self.changing for _, reads, statement in told.values()):
            raise Untranslated(self.source.node, "a number is kept that changes later")
        set_here = {self.name(name) for name in self.stored_in(kept)}
        others = [member for member in plan.members if member.python not in told and member.node is not None and member.type and member.lines is None]
        others = [self.program.code(member.node, member.type) for member in others] + [value.code for name, value in plan.lets.items() if name not in set_here]
        if set_here & (plan.arguments.keys() | plan.lets.keys()) & construction.words_of(others):
            raise Untranslated(self.source.node, "a member is made of what a variable replaces")
        self.early = self.variables_of(body, grown)
        self.block, self.blocks, self.variables, self.mutable = 0, [0], {}, set()
        lines = self.first_values()
        lines += self.lines(body, lines)
        self.mutable |= {id(self.variables[name]) for name in self.plan.counters if name in self.variables}
        self.commit(lines, grown)
        for name in set_here & plan.lets.keys():
            del plan.lets[name]

    @staticmethod
    def sets(statement):
        """The member that a statement makes."""
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        mine = isinstance(target, ast.Attribute) and getattr(target.value, "id", "") == "self"
        return [target.attr] if mine and getattr(statement, "value", None) is not None else []

    def statement_of(self, name):
        statements = self.set_by.get(name, [])
        if len(statements) != 1:
            raise Untranslated(self.source.node, f"where `{name}` is set is not seen")
        return statements[0]

    def grows(self, member):
        """A container that a loop fills: its variable is one of those here."""
        if member.role == "base":
            self.grow(self.key_of_base(), self.plan.base, member.type, self.plan.base_name())
            return True
        statement = self.statement_of(member.python)
        if self.comprehension_of(statement.value) is not None:
            return False
        key = self.key_for(member.python)
        if key is None:
            raise Untranslated(statement, "it is not filled in a loop")
        self.grow(key, self.seen(statement.value).kind.cls, member.type, member.python)
        return True

    def field(self, member):
        """(code, the variables that it reads, its statement) of a member that is made by one expression."""
        if member.role == "attribute":
            node, statement = self.source.numbers.get(member.python), None
            if node is None or not isinstance(member.node, (construction.Literal, construction.Argument)):
                return None
            finals = [vars(instance).get(member.python) for instance in self.plan.instances]
            came_to = lambda part: zip((found.get(part.number, ((), ()))[1] for found in self.at), finals)
            is_it = lambda part: all(values and type(values[-1]) is type(final) and values[-1] == final for values, final in came_to(part))
            if not is_it(node):
                # It is set elsewhere, too.
                return None
            loads = [part for part in self.source.expressions if getattr(part, "id", None) == member.python and isinstance(part.ctx, ast.Load)]
            if not isinstance(node, ast.Name):
                node = next(filter(is_it, loads), node)
        elif isinstance(member.node, construction.Either) and member.role == "module":
            return self.by_condition(member)
        elif member.role == "module" and not member.optional and (self.is_comprehended(member) or isinstance(member.node, (construction.Make, construction.Chain))):
            if getattr(member.node, "cls", None) in construction.WRAPPERS or len(self.set_by.get(member.python, [])) != 1:
                return None
            statement = self.set_by[member.python][0]
            node = statement.value
            while isinstance(node, ast.IfExp) and self.constant(node.test) is not None:
                node = node.body if self.constant(node.test)[0] else node.orelse
            if not isinstance(node, ast.Call) or self.grown(node) is not None:
                return None
            made = [self.program.recorder.made_first.get(id(value)) for value in self.every(node)]
            mine = [instance._modules.get(member.python) for instance in self.plan.instances]
            if len(made) != len(mine) or any(one is not other for one, other in zip(made, mine)):
                # Another is put in its place later.
                return None
        else:
            return None
        before, used, self.used = self.read_so_far(), self.used, set()
        try:
            if statement is None:
                value = self.value(node)
                if value.code == member.name and node is not None and value.form == "place" and member.type.startswith("["):
                    return value.code, set(self.used), None
                if construction.SIMPLE.get(value.kind) != member.type:
                    self.refuse(node)
                return value.code, set(self.used), None
            if isinstance(getattr(member.node, "cls", None), methods.Method):
                self.reads[node] = set()
                code = self.call_of(member.node.cls, node)
                self.reads[node] = set(self.used)
            elif self.comprehension_of(node) is not None:
                code = self.by_comprehension(node, member.type)
            else:
                code = self.made(node)
            reads = self.reads[statement.value] = set(self.reads[node])
            if any(map(self.is_of_modules, reads)):
                self.refuse(node, "is made of a module that is a variable")
            if reads and not self.computed:
                self.refuse(node)
            return code, reads, statement
        except Untranslated:
            self.take_back(before)
            return None
        finally:
            self.used = used

    def by_condition(self, member):
        """`nn.Linear(width, width) if deep else None`, or the same in two branches: each side by its own call."""
        statements = [one for one in ast.walk(self.source.node) if isinstance(one, (ast.Assign, ast.AnnAssign)) and member.python in self.sets(one)]
        calls = [part for statement in statements for part in ast.walk(statement.value) if isinstance(part, ast.Call)]
        modules = [instance._modules.get(member.python) for instance in self.plan.instances]
        before, used, self.used = self.read_so_far(), self.used, set()
        nodes = []

        def told(side, there):
            if isinstance(side, construction.Make) and side.cls in (construction.Some, construction.Box):
                return replace(side, by_place=(("", told(side.by_place[0][1], there)),))
            mine = {id(module) for module, one in zip(modules, member.node.there) if one == there}
            makes = lambda node: mine <= {id(self.program.recorder.made_first.get(id(value))) for value in self.every(node)}
            found = next(filter(makes, calls), None) if isinstance(side, (construction.Make, construction.Computed)) else None
            if found is None:
                return side
            kept = self.read_so_far()
            try:
                code = self.made(found)
            except Untranslated:
                self.take_back(kept)
                return side
            nodes.append(found)
            return construction.Computed(code, self.program.type_of(side))

        try:
            sides = told(member.node.item, True), told(member.node.other, False)
            if not nodes:
                return None
            asked = construction.words_of([member.node.condition])
            read = set().union(*(self.reads[node] for node in nodes), {name for name in self.assigned if self.name(name) in asked})
            if read and not self.computed or any(map(self.is_of_modules, read)):
                self.refuse(statements[0])
            code = self.program.code(replace(member.node, item=sides[0], other=sides[1]), member.type)
            whole = [one for one in self.each(self.source.node.body) if all(any(part is node for part in ast.walk(one)) for node in nodes)]
            if len(whole) != 1 or whole[0] not in statements:
                # In the branches of an `if`, whose condition is told by the member.
                return code, read, None
            self.reads[whole[0].value] = read
            return code, read, whole[0]
        except Untranslated:
            self.take_back(before)
            return None
        finally:
            self.used = used

    def is_comprehended(self, member):
        statements = self.set_by.get(member.python, [])
        return member.role == "module" and len(statements) == 1 and self.comprehension_of(statements[0].value) is not None

    def by_comprehension(self, node, type_):
        """`nn.ModuleList([Block(width) for _ in range(depth)])`"""
        inside, cls = self.comprehension_of(node), self.seen(node).kind.cls
        if self.grows_later(node, inside):
            self.refuse(node, "is a list that grows behind it")
        parts = self.comprehended(inside)
        if cls is not nn.Sequential and loops.trait_of(type_) is None:
            pattern, items, made = parts
            code = loops.collected(pattern, items, loops.spelt_out(made, type_))
        else:
            code = f"{{ {' '.join(self.appended(*parts, cls, type_))} layers }}"
        self.plan.kept_loops.add(inside)
        self.reads[node] = self.used - {part.id for part in ast.walk(inside.generators[0].target) if isinstance(part, ast.Name)}
        return code

    def set_again(self, body):
        """The variables that have more than one value in a call of `__init__`."""
        found = []

        def look(statements, times):
            for statement in self.each(statements):
                if id(statement) in self.kept:
                    found.extend(list(self.stores(statement)) * (2 if isinstance(statement, ast.AugAssign) else times))
                for side in ("body", "orelse"):
                    if isinstance(statement, (ast.If, ast.For)):
                        look(getattr(statement, side), 2)

        look(body, 1)
        # What an argument was given is its first value, where something reads it before it is set.
        kept = [statement for statement in self.each(body) if id(statement) in self.kept]
        found.extend(name for name in self.stored_in(kept) if source.is_read_before_set(self.source.node, name))
        return {name for name in found if found.count(name) > 1}

    def stored_in(self, statements):
        return {name for statement in statements for part in ast.walk(statement) if isinstance(part, ast.stmt) for name in self.stores(part)}

    def begins(self, member):
        """The place of the first statement that fills a container."""
        body = self.each(source.flat(self.source.node.body, self.constant))
        key = self.key_of_base() if member.role == "base" else self.key_for(member.python)
        fills = lambda one: isinstance(one, ast.stmt) and (added := self.additions(one)) is not None and added[0] == key
        return next((place for place, one in enumerate(body) if any(fills(part) for part in ast.walk(one))), 0)

    def variables_of(self, body, grown):
        """The members that are variables of `new`: those that read what changes later, and all between what loops make."""
        last = {name: place for place, one in enumerate(self.each(body)) for part in ast.walk(one) for name in self.stores(part)}
        places = {}
        for place, one in enumerate(self.each(body)):
            for name in self.sets(one):
                places[name] = place
        marked = {member.python for member in grown}
        end = max((places[name] for name in marked if name in places), default=-1)
        touched = self.touched(body)
        for name, (_, reads, statement) in self.told_fields.items():
            if statement is not None and any(last.get(read, -1) > places[name] or places[name] < end for read in reads & touched):
                marked.add(name)
        if not marked:
            return []
        at = [places[name] for name in marked if name in places]
        self.places = places
        if any(member.role == "base" for member in grown):
            if marked - {member.python for member in grown}:
                raise Untranslated(self.source.node, "members are made between the layers")
            return []
        if not at:
            return []
        between = [name for name, place in places.items() if min(at) <= place <= max(at)]
        members = {member.python: member for member in self.plan.members}
        if any(name in members and members[name].role in ("parameter", "buffer") for name in between):
            raise Untranslated(self.source.node, "a tensor is made between loops")
        early = [name for name in between if name in members and members[name].role == "module" and name not in {one.python for one in grown}]
        for name in early:
            statement, member = self.statement_of(name), members[name]
            self.told_fields.setdefault(name, (self.program.code(member.node, member.type), set(), statement))
            self.fields[id(statement)] = name
            self.kept.add(id(statement))
        return early

    def touched(self, body):
        """The variables that change, and those that are made of them."""
        found = set(self.changing)
        for statement in self.each(body):
            if id(statement) in self.kept and set(source.names(statement)) & found:
                found |= self.stored_in([statement])
        return found

    def join(self, block):
        """`let mut x = nn::sequential!(a); x = x.append(b);` is `let x = nn::sequential!(a, b);`"""
        for place, line in enumerate(list(block)):
            if line.cls is None or any(item.startswith('"') for item in line.items):
                continue
            name, place = line.variable.name, block.index(line)
            following = lambda: next((one for one in block[place + 1 :] if not one.is_blank), loops.Line())
            while added := re.fullmatch(rf"{name} = {name}\.append\((.*)\);", following().code, re.S):
                line.items.append(added[1])
                del block[place + 1 : block.index(following(), place + 1) + 1]
            if not any(re.match(rf"{name}(?: = {name})?\.", other.code) for other in block):
                self.mutable.discard(id(line.variable))

    # Loops.

    def head(self, target, items, beside={}):
        """A list that is given is gone through by its name."""
        backwards = isinstance(items, ast.Call) and getattr(items.func, "id", "") == "reversed" and isinstance(target, ast.Name)
        given = self.lists_gone_through(items.args[0] if backwards else items)
        if beside or not given or not self.are_read(target, len(given)):
            return super().head(target, items, beside)
        lists = [self.of_list(node, self.every(node)[0]).code for node in given]
        if isinstance(target, ast.Name):
            return self.name(target.id), f"{lists[0]}.into_iter().rev()" if backwards else lists[0]
        pattern = f"({', '.join(self.name(part.id) for part in target.elts)})"
        return pattern, f"{lists[0]}.into_iter().zip({lists[1]})"

    def lists_gone_through(self, items):
        """The one or two lists of `zip(a, b)`."""
        nodes = [items]
        if isinstance(items, ast.Call) and getattr(items.func, "id", "") == "zip" and len(items.args) == 2:
            nodes = items.args
        return nodes if all(isinstance(node, ast.Name) and self.is_list_given(node) for node in nodes) else []

    def are_read(self, target, count):
        names_ = [target] if count == 1 else getattr(target, "elts", [])
        return len(names_) == count and all(isinstance(part, ast.Name) and part.id in self.used for part in names_)

    def loop_of(self, statement):
        """`for (i, depth) in enumerate(depths)`, where `i` is a place."""
        lines, items = super().loop_of(statement), statement.iter
        target = statement.target
        if not isinstance(items, ast.Call) or getattr(items.func, "id", "") != "enumerate" or len(items.args) != 1 or items.keywords:
            return lines
        of = items.args[0]
        if not isinstance(of, ast.Name) or not self.is_list_given(of) or not self.are_read(target, 2) or self.tables.get(statement):
            return lines
        listed, (place, item) = self.of_list(of, self.every(of)[0]).code, [self.name(part.id) for part in target.elts]
        length = re.compile(rf"\b({place} (?:[<>]=?|[!=]=) )(\w+\.len\(\)) as i64")
        counted = re.compile(rf"(format!\(\"[^\"]*\"), {place}(?: [+-] \d+)?\)|\{{{place}\}}")
        inside = "\n".join(piece for line in lines[1:-1] for piece in (line.code, *line.items))
        if not loops.is_place(counted.sub("", length.sub("", inside)), place):
            return lines
        change = lambda code: loops.as_place(length.sub(r"\1\2", code), place)
        for line in lines[1:-1]:
            line.code, line.items = change(line.code), list(map(change, line.items))
        return [loops.Line(f"for ({place}, {item}) in {listed}.into_iter().enumerate() {{"), *lines[1:]]

    def field_lines(self, statement):
        name = self.fields[id(statement)]
        if name not in self.early:
            return []
        member, code = self.plan.member(name), self.told_fields[name][0]
        lines = list(map(loops.Line, member.lines or ()))
        return lines if code.isidentifier() else [*lines, loops.Line(construction.let(member, code))]

    def commit(self, lines, grown):
        """Gives the plan its statements and members, when all of them are known."""
        plan, changing = self.plan, {self.name(name) for name in self.changing}
        members = {member.python: member for member in plan.members}
        first, block, depth, remarks = [], [], 0, []
        # What a member reads that is made before the block stands before it.
        start = min([self.places[name] for name in self.early if name in self.places] + [self.begins(member) for member in grown], default=0)
        before = [code for name, (code, _, _) in self.told_fields.items() if name not in self.early and self.places.get(name, -1) < start]
        wanted = construction.words_of(before)
        for line in reversed(lines):
            if line.variable is not None and line.variable.name in wanted:
                wanted |= construction.words_of([line.code])
        for line in lines:
            if line.code.startswith("//") or line.is_blank:
                remarks.append(line)
                continue
            alone = line.variable is not None and line.cls is None and depth == 0
            depth += line.code.endswith("{") - line.code.startswith("}")
            read = set(re.findall(r"(?<!\w)(?<![^.]\.)\w+", line.code))
            whole = alone and line.variable.name not in changing and not read & changing and line.variable.name in wanted
            (first if whole or not grown and not self.early else block).extend([*remarks, line])
            remarks = []
        self.join(block)
        count_as_places([*first, *block])
        begun = {line.variable.name for line in first if line.variable is not None}
        if any(re.match(rf"let (?:mut )?(?:{'|'.join(begun)})\b", line) for line in plan.variables if begun):
            raise Untranslated(self.source.node, "a class above has a variable of this name")
        plan.variables += self.written(first)
        made = [*grown, *(members[name] for name in self.early)]
        made.sort(key=lambda member: plan.members.index(member))
        for member in made:
            member.lines, member.beside = [], tuple(one.python for one in made)
        for member in grown:
            key = self.key_of_base() if member.role == "base" else self.key_for(member.python)
            member.node = construction.Computed(self.growing[key][0], member.type)
        for name, (code, _, _) in self.told_fields.items():
            member = members[name]
            member.fixed = isinstance(member.node, construction.Literal)
            if name in self.early and not code.isidentifier():
                code = member.name
            member.node = construction.Computed(code, member.type)
        if made:
            made[0].lines = self.written(block)


def count_as_places(lines):
    """What counts the places of lists is a `usize`, as the lengths are to which it is compared."""
    lengths = {line.variable.name: line for line in lines if line.variable is not None and re.fullmatch(r"\w+\.len\(\) as i64", line.code)}
    told = "\n".join(piece for line in lines for piece in (line.code, *line.items))
    found = {}
    for place, line in enumerate(lines):
        head = COUNTED.fullmatch(line.code)
        if head is None or head[2].isidentifier() and head[2] not in lengths:
            continue
        end, depth = place + 1, 1
        while depth:
            depth += lines[end].code.endswith("{") - lines[end].code.startswith("}")
            end += 1
        name, bound = head[1], head[2]
        compared = re.compile(rf"\b{name} (?:[<>]=?|[!=]=) {re.escape(bound)}(?: [+-] \d+)?")
        inside = "\n".join(piece for one in lines[place + 1 : end] for piece in (one.code, *one.items))
        if loops.is_place(compared.sub("", inside), name) and not loops.goes_through_one(inside, name):
            found.setdefault(bound, []).append((place, end, name, compared))
    for bound, places in found.items():
        uses = sum(1 + len(compared.findall("\n".join(piece for one in lines[place + 1 : end] for piece in (one.code, *one.items)))) for place, end, _, compared in places)
        if bound in lengths and uses != len(re.findall(rf"\b{bound}\b", told)):
            continue
        short = bound if bound in lengths else bound.replace(" as i64", "")
        if bound in lengths:
            lengths[bound].code = lengths[bound].code.removesuffix(" as i64")
        for place, end, name, compared in places:
            lines[place].code = lines[place].code.replace(bound, short)
            change = lambda code: loops.as_place(compared.sub(lambda m: m[0].replace(bound, short), code), name)
            for one in lines[place + 1 : end]:
                one.code, one.items = change(one.code), list(map(change, one.items))
