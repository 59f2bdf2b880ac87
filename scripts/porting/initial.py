"""What Python's `__init__` computes of its arguments: local variables, products, conditions.

Only expressions without effects are looked at. Each is computed for every instance, so that one can
ask which of them has the values that a layer's argument has.
"""

import ast
import contextlib

from . import kinds, names, source
from .calls import Calls
from .expressions import Value
from .report import Untranslated

PURE = (
    ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Attribute, ast.Call,
    ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.expr_context,
)
CALLS = {"int", "round", "max", "min", "float", "bool", "abs", "isinstance"}
# Of `math`.
METHODS = {"ceil", "floor", "sqrt", "log", "exp"}


def is_pure(node, parts=PURE, calls=CALLS, methods=METHODS):
    """Is it made of these parts alone, and of calls of these functions and methods, which have no effects?"""
    for part in ast.walk(node):
        if not isinstance(part, parts):
            return False
        if isinstance(part, ast.Call) and getattr(part.func, "id", None) not in calls and getattr(part.func, "attr", None) not in methods:
            return False
    return True


class Initial:
    """The expressions of a class's `__init__`, with their values for each instance."""

    def __init__(self, plan, whole=None):
        self.plan, self.values, self.tests, self.locals = plan, {}, [], {}
        self.instances, self.given = plan.instances, plan.given
        # That of all instances, where this one is of some.
        self.whole = whole
        # Those of the classes above as well, which pass their arguments on under their names.
        above = [cls.__init__ for cls in plan.cls.__mro__ if "__init__" in vars(cls) and cls.__module__ != "builtins"]
        self.sources = []
        for function in above:
            with contextlib.suppress(Untranslated):
                if not function.__module__.startswith("torch."):
                    self.sources.append(source.of(function))
        self.source = self.sources[0] if self.sources else None
        for written in self.sources:
            self.scope = written.function.__globals__
            for place, (instance, given) in enumerate(zip(self.instances, self.given)):
                self.run(place, written.node.body, {**given, "self": instance})

    def run(self, place, statements, env):
        for statement in statements:
            for node in ast.walk(statement) if not isinstance(statement, (ast.If, ast.For, ast.While)) else ():
                if isinstance(node, ast.expr) and is_pure(node):
                    self.note(place, node, env)
                if isinstance(node, ast.IfExp) and is_pure(node.test) and node.test not in self.tests:
                    self.tests.append(node.test)
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                env.pop(name, None)
                if is_pure(statement.value):
                    value = self.values.get(statement.value, {}).get(place)
                    if value is not None:
                        env[name] = value[0]
                        self.locals.setdefault(name, []).append((place, statement.value))
            elif not isinstance(statement, ast.If) or not is_pure(statement.test):
                # What it sets is not known.
                for node in ast.walk(statement):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        env.pop(node.id, None)
                        self.locals.pop(node.id, None)
            else:
                for node in ast.walk(statement.test):
                    if isinstance(node, ast.expr) and is_pure(node):
                        self.note(place, node, env)
                value = self.values.get(statement.test, {}).get(place)
                if value is not None:
                    if statement.test not in self.tests:
                        self.tests.append(statement.test)
                    self.run(place, statement.body if value[0] else statement.orelse, env)

    def note(self, place, node, env):
        try:
            value = eval(compile(ast.Expression(node), "init", "eval"), self.scope, env)
        except Exception:
            return
        if isinstance(value, (bool, int, float, str)):
            self.values.setdefault(node, {})[place] = (value,)

    def named_in_python(self, node):
        """What a dotted name is in the module of the class."""
        if isinstance(node, ast.Attribute):
            return getattr(self.named_in_python(node.value), node.attr, None)
        return self.scope.get(node.id) if isinstance(node, ast.Name) and self.sources else None

    def vector(self, node):
        """The values for all instances, or None."""
        found = self.values.get(node, {})
        if len(found) < len(self.instances):
            return None
        return [found[place][0] for place in range(len(found))]

    def local(self, name):
        """The one expression that sets a variable, for all instances."""
        found = self.locals.get(name, [])
        nodes = {id(node): node for _, node in found}
        if len(nodes) == 1 and {place for place, _ in found} == set(range(len(self.instances))):
            return next(iter(nodes.values()))
        return None

    def explain(self, values, statement):
        """A variable of `__init__`, or an expression of the statement, that has these values."""
        if self.source is None:
            return None

        def same(vector):
            return vector is not None and all(type(a) is type(b) and a == b for a, b in zip(vector, values))

        read = source.names(statement)
        for name in sorted(self.locals, key=lambda name: name not in read):
            node = self.local(name)
            if node is not None and same(self.vector(node)):
                made = self.let(name, node)
                if made is not None:
                    return made
        if statement is None:
            return None
        for node in ast.walk(statement):
            if isinstance(node, (ast.BinOp, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.IfExp)) and hasattr(node, "number"):
                if same(self.vector(node)):
                    code = self.code(node)
                    if code is not None:
                        return code
        return None

    def name_of(self, values, statement):
        """A variable that has these values in the statement, though nothing that is translated sets it."""
        for node in ast.walk(statement) if statement is not None else ():
            if isinstance(node, ast.Name) and self.vector(node) is not None:
                if all(type(a) is type(b) and a == b for a, b in zip(self.vector(node), values)):
                    return node.id
        return None

    def near(self, nodes):
        """The tests under which pieces of `__init__` stand, the innermost first, and those of `x if test else y` as a whole."""
        found, whole = [], []
        for node in nodes:
            todo = [getattr(node, "value", None)]
            while todo:
                part = todo.pop()
                if isinstance(part, ast.IfExp):
                    whole.append(part.test)
                    todo += [part.body, part.orelse]
        for part in (part for written in self.sources for part in ast.walk(written.node) if isinstance(part, (ast.If, ast.IfExp))):
            if any(inner is node for node in nodes for inner in ast.walk(part)):
                found.insert(0, part.test)
        return whole + found

    def setting(self, name):
        """The statements that make a member: `self.fc = …` and `self.add_module("fc", …)`."""
        found = []
        for node in (node for written in self.sources for node in ast.walk(written.node)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
            parts = [part for target in targets for part in ast.walk(target)]
            if any(isinstance(part, ast.Attribute) and part.attr == name and getattr(part.value, "id", "") == "self" for part in parts):
                found.append(node)
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("add_module", "register_module", "register_parameter", "register_buffer") and node.args:
                found += [node] if getattr(node.args[0], "value", None) == name else []
        return found

    def condition(self, present, nodes):
        """A test of Python's that holds for just these instances: of those at some nodes, if any is there, and not another that does by chance."""
        if self.source is None:
            return None
        near = [test for test in self.near(nodes) if self.vector(test) is not None]
        for test in near or self.tests:
            vector = self.vector(test)
            if vector is not None and [bool(value) for value in vector] == present:
                return self.code(test, truth=True)
        return None

    def let(self, name, node):
        """The variable, set at the beginning of `new`."""
        if any(source.is_read_before_set(written.node, name) for written in self.sources):
            # There it is not set for all.
            return None
        if self.whole is not None and self.whole.local(name) is node:
            return self.whole.let(name, node)
        small = names.snake(name)
        if small in self.plan.arguments:
            return None
        if small not in self.plan.lets:
            value = self.value(node)
            if value is None:
                return None
            self.plan.lets[small] = value
        return small, {"int": "i64", "float": "f64", "bool": "bool"}.get(self.plan.lets[small].kind.name)

    def code(self, node, truth=False):
        value = self.value(node, truth)
        if value is None:
            return None
        return value.code, {"int": "i64", "float": "f64", "bool": "bool"}.get(value.kind.name)

    def value(self, node, truth=False):
        before = dict(self.plan.arguments), dict(self.plan.lets)
        translated = InitialExpressions(self)
        try:
            return translated.truth(node) if truth else translated.value(node)
        except Untranslated:
            self.plan.restore(before)
            return None


class InitialExpressions(Calls):
    """Expressions of `__init__`, whose names are arguments of `new`."""

    def __init__(self, initial):
        super().__init__(initial.plan.program, initial.source, None)
        self.initial, self.plan = initial, initial.plan

    def kind(self, node):
        vector = self.initial.vector(node) if hasattr(node, "number") else None
        return kinds.join(kinds.of(value) for value in vector) if vector else None

    def seen(self, node):
        vector = self.initial.vector(node) if hasattr(node, "number") else None
        if vector is None:
            return None

        class Numbers:
            values, lowest, kind = list(dict.fromkeys(vector)), min(vector), kinds.join(map(kinds.of, vector))

        return Numbers

    def constant(self, node):
        vector = self.initial.vector(node) if hasattr(node, "number") else None
        if isinstance(node, ast.Constant):
            return (node.value,)
        if vector is not None and self.is_constant(node, vector):
            return (vector[0],)
        return None

    def is_constant(self, node, vector):
        """Is it the same for all instances, those included that are not looked at here? Of numbers that differ, a comparison is by chance."""
        if isinstance(node, ast.Compare) and all(hasattr(side, "number") or isinstance(side, ast.Constant) for side in (node.left, *node.comparators)):
            if not all(self.constant(side) for side in (node.left, *node.comparators)):
                return False
        whole = self.initial.whole and self.initial.whole.vector(node)
        return len(set(map(repr, whole or vector))) == 1

    def Name(self, node):
        return self.named(node, node.id)

    def Attribute(self, node):
        return self.named(node, node.attr)

    def named(self, node, name):
        vector = self.initial.vector(node)
        if vector is None:
            self.refuse(node)
        if self.is_constant(node, vector):
            return self.number(node, vector[0]) or super().Constant(ast.Constant(vector[0]))
        if all(name in given for given in self.initial.given) and [given[name] for given in self.initial.given] == vector:
            argument = self.plan.use(name)
            return Value(argument.code, kinds.join(map(kinds.of, vector)), "copy")
        for other in self.initial.given[0]:
            if all(other in given and type(given[other]) is type(v) and given[other] == v for given, v in zip(self.initial.given, vector)):
                argument = self.plan.use(other)
                return Value(argument.code, kinds.join(map(kinds.of, vector)), "copy")
        local = self.initial.local(name)
        if local is not None and self.initial.vector(local) == vector:
            made = self.initial.let(name, local)
            if made is not None:
                return Value(made[0], kinds.join(map(kinds.of, vector)), "copy")
        self.refuse(node)

    def number(self, node, value):
        """An argument that is the same number in all instances, by its name."""
        given = self.initial.whole.given if self.initial.whole else self.initial.given
        if not isinstance(node, ast.Name) or type(value) not in (int, float) or node.id in self.initial.locals:
            return None
        if not all(node.id in one and one[node.id] == value for one in given):
            return None
        known = set(self.plan.numbers)
        found = self.plan.number(node.id, value)
        self.plan.tried |= self.plan.numbers.keys() - known
        return found

    def BinOp(self, node):
        known = self.constant(node)
        if known is not None and isinstance(known[0], (int, float)):
            return super().Constant(ast.Constant(known[0]))
        # `* dilation`, where that is 1 in all instances.
        if isinstance(node.op, (ast.Mult, ast.FloorDiv)) and self.constant(node.right) == (1,):
            return self.value(node.left)
        if isinstance(node.op, ast.Mult) and self.constant(node.left) == (1,):
            return self.value(node.right)
        return super().BinOp(node)
