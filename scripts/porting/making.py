"""What the expressions of `__init__` came to, and what they make, in terms of its own variables.

What a module is made with is not translated but found: `record` has logged what each expression came to.
The modules that one call made are laid over each other; where they differ stands that expression of the
call which had just these values each time.
"""

import ast
import bisect
import contextlib
import inspect
import itertools
import re
from dataclasses import replace

from torch import nn

from . import construction, kinds, names, source
from .calls import Calls
from .expressions import ATOM, COMPARE, Value, number
from .kinds import BOOL, FLOAT, INT, STR, Kind
from .record import Seen
from .report import Report, Untranslated


class Making(Calls):
    """The expressions of one `__init__`, and the modules that they make."""

    def __init__(self, plan, written, logs):
        super().__init__(plan.program, written, plan)
        self.plan, self.logs, self.by_names = plan, logs, False
        self.copies = getattr(written, "copies", {})
        # The variables of loops, and the lines of these.
        self.targets = []
        for loop in ast.walk(written.node):
            over = [loop] if isinstance(loop, ast.For) else getattr(loop, "generators", [])
            bound = {part.id for one in over for part in ast.walk(one.target) if isinstance(part, ast.Name)}
            self.targets += [(bound, range(loop.lineno, loop.end_lineno + 1))] if bound else []
        self.variety = {}
        self.at = []  # by instance: number -> (positions, values)
        for log in logs:
            found = {}
            for position, (place, value) in enumerate(log):
                positions, values = found.setdefault(place, ([], []))
                positions.append(position)
                values.append(value)
            self.at.append(found)
        names_ = (node for node in self.come_by(written.node) if isinstance(node, ast.Name))
        self.assigned = {node.id for node in names_ if isinstance(node.ctx, ast.Store)}
        # The lists that are turned about, and those whose values change in a way that is not translated.
        self.turned, self.changed = source.changed_in_place(written.node)
        self.assigned |= self.turned | self.changed
        # The variables that are read, the attributes of what a loop goes through, and the lists.
        self.used, self.attributes, self.lists = set(), {}, {}
        # By expression, the Rust of what it makes, and the variables that this reads.
        self.codes, self.reads = {}, {}

    def come_by(self, node):
        """The nodes inside, without the side of an `if` that no instance takes."""
        yield node
        known = self.constant(node.test) if isinstance(node, ast.If) else None
        left = [] if known is None else node.orelse if known[0] else node.body
        for part in ast.iter_child_nodes(node):
            if part not in left:
                yield from self.come_by(part)

    # What was seen.

    def every(self, node):
        return [value for found in self.at for value in found.get(node.number, ((), ()))[1]] if hasattr(node, "number") else []

    def seen(self, node):
        values = self.every(node)
        if not values:
            return None
        told = Seen()
        for value in values:
            told.add(value)
        return told

    def constant(self, node):
        if isinstance(node, ast.Constant):
            return (node.value,)
        name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", None)
        values = self.every(node)
        if self.by_names and not isinstance(node, ast.Constant) and any(map(self.differs, ast.walk(node))):
            return None
        if name not in getattr(self, "assigned", {name}) and all(name in given for given in self.plan.given):
            if not values and isinstance(node, ast.Name):
                values = [given[name] for given in self.plan.given]
            elif any(repr(given[name]) != repr(self.plan.given[0][name]) for given in self.plan.given):
                # It is by chance that it is the same where this stands.
                return None
        if values and not all(found.get(node.number) for found in self.at) and any(map(self.varies, ast.walk(node))):
            # Some instances do not come here, and have other numbers.
            return None
        simple = all(isinstance(value, (bool, int, float, str, type(None))) for value in values)
        same = values and simple and all(type(value) is type(values[0]) and value == values[0] for value in values)
        return (values[0],) if same else None

    def varies(self, node):
        """Has a variable, or an argument, other values elsewhere?"""
        if not isinstance(node, ast.Name) or any(node.id in names_ for names_, _ in self.targets):
            return False
        if node.id not in self.variety:
            values = [value for part in self.source.expressions if getattr(part, "id", None) == node.id for value in self.every(part)]
            self.variety[node.id] = len({repr(value) for value in values if isinstance(value, (bool, int, float, str, type(None)))}) > 1
        return self.variety[node.id]

    def value_before(self, occasion, node):
        """(value,) that an expression had last."""
        instance, position = occasion
        positions, values = self.at[instance].get(getattr(node, "number", None), ((), ()))
        place = bisect.bisect_right(positions, position) - 1
        return (values[place],) if place >= 0 else None

    # Expressions.

    def value(self, node):
        if isinstance(node, ast.BoolOp) and self.kind(node) not in (None, BOOL):
            return self.value(self.side_taken(node))
        known = self.constant(node)
        if known is not None:
            return super().value(ast.Constant(known[0]))
        return super().value(node)

    def Name(self, node):
        lines = [lines for names_, lines in self.targets if node.id in names_]
        line = getattr(node, "lineno", 0)
        if lines and not any(line in one for one in lines) and any(line > one[-1] for one in lines):
            self.refuse(node, "is a loop's variable, which is read behind it")
        if node.id in self.assigned and self.is_list(self.kind(node)):
            if node.id in self.changed:
                self.refuse(node, "is a list that is changed on the way")
            self.used.add(node.id)
            return Value(self.name(node.id), self.kind(node), "place")
        if node.id in self.assigned:
            kind = self.simple(node, any(value is None for other in self.same(node) for value in self.every(other)))
            self.used.add(node.id)
            return Value(self.name(node.id), kind, "copy" if kind != STR else "ref")
        values = self.every(node)
        if values and all(isinstance(value, (list, tuple)) and value == values[0] for value in values):
            return self.of_list(node, values[0])
        if all(node.id in given for given in self.plan.given):
            argument = self.plan.use(node.id)
            kind = self.kind(node) or kinds.join(kinds.of(given[node.id]) for given in self.plan.given)
            return Value(argument.code, kind, "copy" if kind.is_number or kind == BOOL else "place")
        self.refuse(node)

    @staticmethod
    def is_list(kind):
        return kind is not None and kind.name == "list" and (kind.parts[0].is_number or kind.parts[0] == BOOL)

    def simple(self, node, optional):
        """The kind of a number or a text. What may be None is one behind a test for it, and in that test."""
        # In an f-string nothing is noted.
        kind = self.kind(node) or kinds.join(kind for kind in map(self.kind, self.same(node)) if kind is not None)
        if kind == kinds.OTHER or kind is None and isinstance(node, ast.Attribute):
            objects = [value for other in self.same(node.value) for value in self.every(other)] if isinstance(node, ast.Attribute) else []
            kind = kinds.join(kinds.of(getattr(value, node.attr, None)) for value in objects) if objects else kind
        if kind is not None and optional and not self.is_behind_a_test(node):
            self.refuse(node, "may be None")
        inside = kind.parts[0] if kind is not None and kind.name == "option" else kind
        if inside is None or not (inside.is_number or inside in (BOOL, STR)):
            self.refuse(node)
        return kind

    def same(self, node):
        return [other for other in self.source.expressions if isinstance(other, type(node)) and ast.unparse(other) == ast.unparse(node)]

    def is_behind_a_test(self, node):
        """Does it stand in `if x is not None:`, or in the test itself?"""
        for branch in (part for part in ast.walk(self.source.node) if isinstance(part, ast.If)):
            tested = self.is_there(branch.test)
            if tested is not None and ast.unparse(tested) == ast.unparse(node):
                if any(part is node for one in [branch.test, *branch.body] for part in ast.walk(one)):
                    return True
        return False

    @staticmethod
    def is_there(test):
        """The x of `x is not None`."""
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.IsNot) and getattr(test.comparators[0], "value", 0) is None:
            return test.left if isinstance(test.left, (ast.Name, ast.Attribute)) else None
        return None

    def Attribute(self, node):
        if isinstance(node.value, ast.Name) and node.value.id in self.assigned:
            objects = [value for other in self.same(node.value) for value in self.every(other)]
            kind = self.simple(node, any(getattr(value, node.attr, None) is None for value in objects))
            self.attributes.setdefault(node.value.id, {})[node.attr] = kind
            self.used.add(node.value.id)
            return Value(names.snake(node.attr), kind, "copy" if kind != STR else "ref")
        if isinstance(node.value, ast.Name):
            of = [found.get(node.number, ((), ()))[1] for found in self.at]
            differ = [name for name in self.plan.given[0] if len({repr(given.get(name)) for given in self.plan.given}) > 1]
            for name in sorted(differ, key=lambda name: name != node.attr):
                if all(name in given and all(construction.equal(given[name], v) for v in seen) for given, seen in zip(self.plan.given, of)):
                    return Value(self.plan.use(name).code, self.kind(node), "copy")
        self.refuse(node)

    def Subscript(self, node):
        """`depths[i]`, and of a list that differs `hidden[-1]` and `hidden[:-1]`."""
        lists = self.every(node.value)
        if not lists or not all(isinstance(one, (list, tuple)) for one in lists) or not isinstance(node.value, ast.Name):
            self.refuse(node)
        same, count = all(one == lists[0] for one in lists), min(map(len, lists))
        of = self.Name(node.value) if self.is_set_again(node.value) else self.of_list(node.value, lists[0]) if same else self.list_given(node.value, lists)
        if isinstance(node.slice, ast.Slice):
            return self.part_of(node, of)
        index = self.value(node.slice)
        if index.kind != INT:
            self.refuse(node)
        known = self.constant(node.slice)
        if known is not None and -count <= known[0] < 0:
            return Value(f"{of.code}[{of.code}.len() - {-known[0]}]", of.kind.parts[0], "copy")
        if self.lowest(node.slice) < 0:
            self.refuse(node)
        place = index.code if index.code.isdigit() else f"{index.at(ATOM)} as usize"
        return Value(f"{of.code}[{place}]", of.kind.parts[0], "copy")

    def is_set_again(self, node):
        """Is it a variable that holds one list, then another?"""
        nodes = [part for part in self.come_by(self.source.node) if isinstance(part, ast.Name) and part.id == node.id]
        values = [list(value) for part in nodes for value in self.every(part) if isinstance(value, (list, tuple))]
        count = sum(isinstance(part.ctx, ast.Store) for part in nodes) + (node.id in self.turned)
        return count > 1 and node.id not in self.changed and any(value != values[0] for value in values)

    def list_given(self, node, lists):
        """An argument that is a list of whole numbers, of one length in all instances."""
        if node.id in self.assigned or not all(node.id in given for given in self.plan.given) or len(set(map(len, lists))) > 1:
            self.refuse(node)
        argument = self.plan.use(node.id)
        if not argument.type.startswith("[i64; "):
            self.refuse(node)
        return Value(argument.code, Kind("list", (INT,)), "place")

    def part_of(self, node, of):
        """`hidden[:-1]`, `hidden[::-1]`"""
        if node.slice.lower is node.slice.upper is None and self.constant(node.slice.step) == (-1,):
            return Value(f"{of.code}.iter().rev().copied().collect::<Vec<_>>()", of.kind)
        ends = [part and self.constant(part) for part in (node.slice.lower, node.slice.upper)]
        if node.slice.step is not None or any(end is not None and type(end[0]) is not int for end in ends) or any(p and not e for p, e in zip((node.slice.lower, node.slice.upper), ends)):
            self.refuse(node)
        start, stop = ("" if end is None else end[0] if end[0] >= 0 else f"{of.code}.len() - {-end[0]}" for end in ends)
        return Value(f"{of.code}[{start}..{stop}]", of.kind, "place")

    def of_list(self, node, items):
        """A variable for a list that is always the same."""
        if node.id in self.turned | self.changed:
            self.refuse(node, "is a list that is changed on the way")
        found = self.plan.number(node.id, items)
        if found is None:
            self.refuse(node)
        self.lists[found.code] = self.plan.numbers[found.code]
        return found

    def Call(self, node):
        thing = self.python(node.func)
        if thing is list and len(node.args) == 1 and node.args and isinstance(node.args[0], ast.Name) and self.is_list(self.kind(node)):
            # `widths = list(widths)`, of what is always the same.
            values = self.every(node)
            if all(value == values[0] for value in values):
                numbers = ", ".join(number(value) for value in values[0])
                return Value(f"vec![{numbers}]", self.kind(node))
        if inspect.isfunction(thing) and not self.program.is_theirs(thing):
            self.see_whole(node, thing)
        called = set(self.every(node.func)) if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) else set()
        if len(called) == 1 and inspect.isfunction(method := called.pop()) and source.is_static(method):
            # `cnf.adjust_channels(channels)`, of a configuration.
            self.see_whole(node, method)
            return self.of_the_models(node, method, None)
        return super().Call(node)

    def see_whole(self, node, function):
        """Refuses a function that is not translated as a whole."""
        from . import functions

        told, self.program.report = self.program.report, Report()
        signatures = dict(self.program.signatures)
        try:
            functions.Function(self.program, function, None).text()
            todos = self.program.report.todos
        finally:
            self.program.report = told
        if todos:
            self.program.signatures = signatures
            self.refuse(node, todos[0])

    def side_taken(self, node):
        """Of `hidden or width`, where that is the same side each time."""
        for part in node.values:
            values = list(map(bool, self.every(part)))
            if values and all(one == isinstance(node.op, ast.Or) for one in values):
                return part
            if not values or any(one == isinstance(node.op, ast.Or) for one in values):
                break
        self.refuse(node, "is one side or the other")

    def is_one(self, node):
        return self.constant(node) in ((1,), (1.0,))

    def condition(self, node):
        """A side that was the same each time stays, where what it asks for differs elsewhere."""
        keep, parts = isinstance(node.op, ast.And), []
        for part in node.values:
            known = self.constant(part)
            if known is not None and not (isinstance(part, ast.Compare) and any(map(self.differs, ast.walk(part)))):
                if bool(known[0]) != keep:
                    return super().condition(node)
                continue
            self.by_names = known is not None
            parts.append(self.Compare(part) if known is not None else self.truth(part))
            self.by_names = False
        if not parts:
            return super().condition(node)
        code = (" && " if keep else " || ").join(p.code if p.level > COMPARE or " || " not in p.code else f"({p.code})" for p in parts)
        return parts[0] if len(parts) == 1 else Value(code, BOOL, "copy", COMPARE)

    def differs(self, node):
        """Is it a name that has several values?"""
        name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", None)
        if isinstance(node, (ast.Name, ast.Attribute)) and name not in self.assigned and all(name in given for given in self.plan.given):
            return len({repr(given[name]) for given in self.plan.given}) > 1
        values = [value for other in self.same(node) for value in self.every(other)] if isinstance(node, (ast.Name, ast.Attribute)) else []
        return len({repr(value) for value in values if isinstance(value, (bool, int, float, str))}) > 1

    def BinOp(self, node):
        """`c * width_mult`, where that is 1.0; `"block%d" % i`."""
        if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
            given = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
            pieces = re.split(r"%[ds]", node.left.value)
            if len(pieces) == len(given) + 1 and "%" not in "".join(pieces):
                parts = [ast.FormattedValue(part, -1) for part in given]
                told = [ast.Constant(piece) for piece in pieces]
                mixed = [one for pair in zip(told, [*parts, None]) for one in pair if one is not None]
                return self.JoinedStr(ast.JoinedStr(mixed))
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(node.op, ast.Mult) and self.is_one(one):
                value = self.value(other)
                return self.as_float(value) if self.kind(node) == FLOAT else value
        return super().BinOp(node)

    # Modules.

    def one_or_the_other(self, node, modules):
        """`nn.ReLU() if act == "relu" else nn.Tanh()`"""
        before, self.used = self.used, set()
        try:
            test, read = self.truth(node.test).code, self.used
        finally:
            self.used = before
        first, second = self.made(node.body), self.made(node.orelse)
        if len(set(map(type, modules))) > 1:
            first, second = f"Box::new({first}) as Box<dyn Forward>", f"Box::new({second})"
        self.codes[node] = f"if {test} {{ {first} }} else {{ {second} }}"
        self.reads[node] = read | self.reads[node.body] | self.reads[node.orelse]
        self.used |= self.reads[node]
        return self.codes[node]

    def made(self, node):
        """The Rust of what an expression makes, each time that it is come by."""
        if node in self.codes:
            return self.codes[node]
        occasions, modules = [], []
        for instance, found in enumerate(self.at):
            for position, value in zip(*found.get(node.number, ((), ()))):
                occasions.append((instance, position))
                modules.append(value)
        kept = [id(module) in self.program.recorder.made_first for module in modules]
        if any(kept):
            # What was thrown away at once does not matter.
            occasions, modules = ([one for one, is_kept in zip(of, kept) if is_kept] for of in (occasions, modules))
        if not modules or not all(isinstance(module, nn.Module) for module in modules):
            self.refuse(node)
        maker = self.maker(node, modules)
        if maker is not None:
            return maker
        if isinstance(node, ast.IfExp) and self.constant(node.test) is None:
            return self.one_or_the_other(node, modules)
        if all(type(module) is nn.Sequential for module in modules) and self.is_spelt_out(node, modules):
            # Each where it stands, by its names.
            self.codes[node] = f"nn::sequential!({', '.join(map(self.made, node.args))})"
            self.reads[node] = set().union(*(self.reads[part] for part in node.args))
            return self.codes[node]
        before, self.used = self.used, set()
        try:
            described = [self.program.describe(self.program.recorder.made_first.get(id(module), module)) for module in modules]
        except StopIteration:
            # It is of no member.
            self.refuse(node)

        def differ(parts, path):
            return self.explained(node, occasions, parts, path)

        differ.arguments = self.plan.arguments
        described = self.with_variables(node, occasions, described)
        whole = self.named(construction.overlay(described, differ), node, occasions)
        self.codes[node] = self.program.code(self.fitting(whole))
        self.reads[node] = self.used
        self.used = before | self.used
        return self.codes[node]

    def maker(self, node, modules):
        """`conv3x3(inplanes, planes, stride)`, by a function outside classes, whose arguments are expressions here."""
        return None

    def is_spelt_out(self, node, modules):
        """Is it `nn.Sequential(a(…), b(…))`, to which nothing is added later?"""
        parts = [list(map(id, self.every(part))) for part in getattr(node, "args", ())]
        for module in modules:
            if len(module) != len(parts) or any(id(child) not in ids for child, ids in zip(module, parts)):
                return False
        if not isinstance(node, ast.Call) or node.keywords or not node.args or inspect.isfunction(next(iter(self.every(node.func)), None)):
            return False
        return all(isinstance(part, ast.Call) and any(isinstance(v, nn.Module) for v in self.every(part)) for part in node.args)

    def named(self, whole, call, occasions):
        """Where Python gives an argument by names that differ among the instances, though not here, the names."""
        if not isinstance(whole, construction.Make) or not isinstance(call, ast.Call) or any(isinstance(part, ast.Starred) for part in call.args):
            return whole
        given = self.given_by(call)

        def part(label, old):
            node = given.get(label)
            if not isinstance(old, construction.Literal) or node is None or not self.tells(node, old.value):
                return label, old
            seen = [self.value_before(occasion, node) for occasion in occasions]
            if any(one is None or type(one[0]) is not type(old.value) or one[0] != old.value for one in seen):
                return label, old
            before, self.by_names = self.read_so_far(), True
            try:
                return label, self.explained(ast.Tuple([node]), occasions, [old] * len(occasions), (label,))
            except Untranslated:
                self.take_back(before)
                return label, old
            finally:
                self.by_names = False

        return replace(whole, by_place=tuple(part(*one) for one in whole.by_place), by_name=tuple(part(*one) for one in whole.by_name))

    def tells(self, node, value):
        """Does an expression tell more than the value that it has?"""
        return any(map(self.differs, ast.walk(node)))

    def given_by(self, call):
        """The arguments of a call, by name."""
        places = []
        for function in self.every(call.func)[:1]:
            with contextlib.suppress(TypeError, ValueError):
                places = list(inspect.signature(function).parameters.values())
            if isinstance(function, type) and issubclass(function, nn.RNNBase):
                # Whose signature is `*args`.
                places = list(inspect.signature(nn.RNNBase).parameters.values())[1:]
        places = [one.name for one in itertools.takewhile(lambda one: one.kind is not one.VAR_POSITIONAL, places)]
        return dict(zip(places, call.args)) | {k.arg: k.value for k in call.keywords}

    def fitting(self, node):
        """What is given to a class of the model's, as its `new` takes it."""
        if isinstance(node, construction.Make) and node.cls in self.program.plans:
            arguments, parts = self.program.plans[node.cls].arguments, []
            for name, part in node.by_place:
                wanted = arguments[name][1]
                if isinstance(part, construction.Argument) and part.type != wanted:
                    if wanted != f"Option<{part.type}>":
                        raise Untranslated(None, f"`{part.code}` is no {wanted}")
                    part = construction.Argument(f"Some({part.code})", wanted)
                parts.append((name, self.fitting(part)))
            return replace(node, by_place=tuple(parts))
        inside, rebuild = construction.children(node)
        return rebuild([self.fitting(part) for part in inside]) if inside else node

    def explained(self, call, occasions, parts, path):
        """The expression of the call's that had these values."""
        if not all(isinstance(part, construction.Literal) for part in parts):
            return self.chosen(call, occasions, parts, path)
        values = [part.value for part in parts]
        leaf = next((word for word in reversed(path) if isinstance(word, str) and word), None)
        given = [self.given_by(part).get(leaf) for part in ast.walk(call) if isinstance(part, ast.Call)]
        candidates = [node for node in given if node is not None] + [part for part in ast.walk(call) if isinstance(part, ast.expr) and part is not call]
        for node in candidates:
            seen = [self.value_before(occasion, node) for occasion in occasions]
            if all(one is not None and type(one[0]) is type(value) and one[0] == value for one, value in zip(seen, values)):
                before = self.read_so_far()
                with contextlib.suppress(Untranslated):
                    found = self.value(node)
                    type_ = construction.SIMPLE.get(found.kind)
                    if type_ is not None:
                        return construction.Argument(found.code, type_)
                self.take_back(before)
        return self.of_a_row(call, occasions, values, leaf) or self.chosen(call, occasions, parts, path)

    def of_a_row(self, call, occasions, values, leaf):
        """`cnf.kernel`, where the call is given `cnf`, what a loop goes through."""
        targets = {node.target.id for node in ast.walk(self.source.node) if isinstance(node, ast.For) and isinstance(node.target, ast.Name)}
        for node in ast.walk(call):
            if not isinstance(node, ast.Name) or node.id not in targets | self.copies.keys() or leaf is None:
                continue
            seen = [self.value_before(occasion, node) for occasion in occasions]
            of = [getattr(one[0], leaf, None) if one is not None else None for one in seen]
            if all(type(a) is type(b) and a == b for a, b in zip(of, values)):
                kind = kinds.join(map(kinds.of, values))
                type_ = construction.SIMPLE.get(kind)
                if type_ is not None:
                    of, changed = self.copies.get(node.id, (node.id, ()))
                    if leaf in changed:
                        self.used.add(leaf)
                    else:
                        self.attributes.setdefault(of, {})[leaf] = kind
                        self.used.add(of)
                    return construction.Argument(names.snake(leaf), type_)
        return None

    def with_variables(self, call, occasions, described):
        """Arguments that are modules which were made before stand by their variables."""
        if not isinstance(call, ast.Call) or any(not isinstance(one, construction.Make) or one.cls is not described[0].cls for one in described):
            return described
        given, found = self.given_by(call), {}
        for place, (label, _) in enumerate(described[0].by_place):
            variable = self.variable(given.get(label), occasions, [one.by_place[place][1] for one in described])
            if variable is not None:
                found[label] = variable
        return [replace(one, by_place=tuple((label, found.get(label, part)) for label, part in one.by_place)) for one in described]

    def variable(self, node, occasions, parts):
        """`downsample`, a module that was made before, or None."""
        if not isinstance(node, ast.Name) or node.id not in self.assigned:
            return None
        types = set()
        for occasion, part in zip(occasions, parts):
            seen = self.value_before(occasion, node)
            if seen is None or (seen[0] is None) != (part == construction.Literal(None)):
                return None
            if seen[0] is not None:
                inside = part.by_place[0][1] if isinstance(part, construction.Make) and part.cls is construction.Some else part
                module = self.program.recorder.made_first.get(id(seen[0]))
                if module is None or self.program.describe(module) != inside:
                    return None
                types.add(self.program.type_of(inside))
        if len(types) != 1:
            return None
        self.used.add(node.id)
        type_ = types.pop()
        return construction.Argument(self.name(node.id), f"Option<{type_}>" if self.may_be_none(node.id) else type_)

    def may_be_none(self, name):
        nodes = [node for node in self.source.expressions if getattr(node, "id", None) == name]
        return any(value is None for node in nodes for value in self.every(node))

    def type_of_modules(self, parts):
        types = {self.program.type_of(part) for part in parts}
        if len(types) > 1 or "dyn" not in min(types):
            raise construction.Differently(None, "it makes modules that differ")
        return types.pop()

    def read_so_far(self):
        attributes = {name: dict(of) for name, of in self.attributes.items()}
        return set(self.used), attributes, dict(self.lists), dict(self.plan.arguments), dict(self.plan.lets)

    def take_back(self, before):
        self.used, self.attributes, self.lists, *given = before
        self.plan.restore(given)

    def chosen(self, call, occasions, parts, path):
        """`if i % 2 == 0 { [0, 0] } else { [3, 3] }`: one of two values, by a test in the call, or of a choice before it."""
        choices = [node.test for node in self.source.expressions if isinstance(node, ast.IfExp)]
        for node in [*ast.walk(call), *choices] if len(set(map(repr, parts))) == 2 else ():
            seen = [self.value_before(occasion, node) for occasion in occasions] if isinstance(node, ast.expr) else [None]
            if not all(one is not None and type(one[0]) is bool for one in seen):
                continue
            there = [part for part, one in zip(parts, seen) if one[0]]
            others = [part for part, one in zip(parts, seen) if not one[0]]
            if len(set(map(repr, there))) == len(set(map(repr, others))) == 1:
                literal = all(isinstance(part, construction.Literal) for part in parts)
                type_ = self.program.type_of_arguments(parts) if literal else self.type_of_modules(parts)
                a, b = (self.program.code(side[0], type_) for side in (there, others))
                return construction.Argument(f"if {self.truth(node).code} {{ {a} }} else {{ {b} }}", type_)
        raise construction.Differently(call, "no expression of the call has these values")
