"""The Python of a function: its syntax tree, and where it stands."""

import ast
import contextlib
import functools
import inspect
import linecache
import re
import string
import textwrap
import tokenize
from pathlib import Path

from torch import nn

from .report import Untranslated


class Source:
    """A function's syntax tree, whose line numbers are the file's."""

    def __init__(self, function):
        self.function = function
        try:
            lines, first = inspect.getsourcelines(function)
        except (OSError, TypeError) as error:
            raise Untranslated(None, f"{function.__qualname__} has no source in Python") from error
        self.file = inspect.getsourcefile(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
        ast.increment_lineno(tree, first - 1)
        self.node = tree.body[0]
        if not isinstance(self.node, ast.FunctionDef):
            raise Untranslated(self.node, f"{function.__qualname__} is no plain function")
        if function.__name__ == "__init__":
            tell_apart(self.node)
        self.expressions = [node for node in ast.walk(self.node) if isinstance(node, ast.expr)]
        for number, node in enumerate(self.expressions):
            node.number = number

    def place(self, node):
        """`resnet.py:93`."""
        line = node if isinstance(node, int) else getattr(node, "lineno", self.node.lineno)
        return f"{Path(self.file).name}:{line}"


def tell_apart(function):
    """Of a list that is begun anew for each container, `layers = []`, the variables are called as the containers."""
    is_begun = lambda one: isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and isinstance(one.value, ast.List)
    begun = [statement.targets[0].id for statement in function.body if is_begun(statement)]
    taken = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} | {argument.arg for argument in function.args.args}
    for name in {name for name in begun if begun.count(name) > 1}:
        uses = lambda node: [part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id == name]
        if any(isinstance(node, (ast.Lambda, ast.FunctionDef)) and node is not function and uses(node) for node in ast.walk(function)):
            continue
        starts = [place for place, one in enumerate(function.body) if is_begun(one) and one.targets[0].id == name]
        for start, end in zip(starts, [*starts[1:], len(function.body)]):
            part = function.body[start:end]
            kept = [one.targets[0] for one in part if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call) and uses(one.value)]
            kept = [target.attr for target in kept if isinstance(target, ast.Attribute) and getattr(target.value, "id", "") == "self"]
            if len(kept) == 1 and kept[0] not in taken:
                taken.add(kept[0])
                for node in [node for one in part for node in uses(one)]:
                    node.id = kept[0]


@functools.cache
def of(function):
    return Source(function)


def is_there(function):
    """Can the Python of a function be read?"""
    try:
        of(function)
    except Untranslated:
        return False
    return True


def is_static(function):
    """Is it a static method of a class that is no module?"""
    owner = function.__globals__.get(function.__qualname__.split(".")[0])
    is_class = isinstance(owner, type) and not issubclass(owner, nn.Module)
    return is_class and isinstance(inspect.getattr_static(owner, function.__name__, None), staticmethod)


def stands_alone(function):
    """Is it a function of the module's, or as good as one?"""
    return "." not in function.__qualname__ or is_static(function)


@functools.cache
def initial_statements(cls):
    """By member: the statement in some `__init__` of the class's that sets it."""
    found = {}
    for base in reversed(cls.__mro__):
        if "__init__" not in vars(base) or base.__module__.startswith("torch.") or base is object:
            continue
        try:
            source = of(base.__init__)
        except Untranslated:
            continue
        for node in ast.walk(source.node):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            for target in targets:
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    if target.value.id == "self":
                        found.setdefault(target.attr, node)
    return found


def is_read_before_set(tree, name):
    """Is it an argument that a statement reads before one sets it anew?"""
    if not any(part.arg == name for part in ast.walk(tree.args) if isinstance(part, ast.arg)):
        return False
    return reads_first(tree.body, name)


def reads_first(statements, name):
    """Does a block read a variable before it sets it?"""
    for statement in statements:
        named = [part for part in ast.walk(statement) if isinstance(part, ast.Name) and part.id == name]
        if isinstance(statement, ast.If) and any(reads_first(side, name) for side in (statement.body, statement.orelse)):
            return True
        if named:
            return not any(isinstance(part.ctx, ast.Store) for part in named)
    return False


def flat(statements, constant):
    """A block's statements, those of an `if` among them whose test is `constant`: (its value,), or None."""
    found = []
    for statement in statements:
        known = constant(statement.test) if isinstance(statement, ast.If) else None
        found += flat(statement.body if known[0] else statement.orelse, constant) if known else [statement]
    return found


def functions(cls):
    """The functions of a class, and of those above it that are not PyTorch's."""
    found = []
    for above in cls.__mro__:
        if not above.__module__.startswith("torch.") and above is not object:
            for function in vars(above).values():
                if inspect.isfunction(function):
                    with contextlib.suppress(Untranslated):
                        found.append(of(inspect.unwrap(function)))
    return found


@functools.cache
def module_of(function):
    """The syntax tree of the file that a function stands in."""
    return ast.parse(Path(inspect.getsourcefile(function)).read_text())


def properties(cls):
    """The functions of a class's properties, by their names, those of the classes above that are not PyTorch's among them."""
    found = {}
    for above in reversed(cls.__mro__):
        if not above.__module__.startswith("torch.") and above is not object:
            found |= {name: inspect.unwrap(thing.fget) for name, thing in vars(above).items() if isinstance(thing, property) and is_there(thing.fget)}
    return found


def names(node):
    """The names in a piece of Python, in the order in which they stand."""
    parts = list(ast.walk(node)) if node is not None else []
    found = [part for part in parts if isinstance(part, (ast.Name, ast.Attribute)) and isinstance(part.ctx, ast.Load)]
    found.sort(key=lambda part: (part.lineno, part.col_offset))
    return list(dict.fromkeys(part.id if isinstance(part, ast.Name) else part.attr for part in found))


def of_configuration(node):
    """`config.block_size` of `self.config.block_size`, and `conv.stride.0` of `self.conv.stride[0]`."""
    if isinstance(node, ast.Subscript):
        place = getattr(node.slice, "value", None)
        inside = of_configuration(node.value) if type(place) is int else None
        return inside and f"{inside}.{place}"
    parts = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return ".".join(parts) if len(parts) > 1 and getattr(node, "id", "") == "self" else None


def asked_by_name(node):
    """`gate` of `getattr(self, "gate", None)`."""
    is_asked = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr" and len(node.args) > 1
    name = getattr(node.args[1], "value", None) if is_asked else None
    return name if isinstance(name, str) else None


def joined(node):
    """A string as an f-string, or None."""
    if isinstance(node, ast.JoinedStr):
        return node
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return ast.JoinedStr([node])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = joined(node.left), joined(node.right)
        return ast.JoinedStr([*sides[0].values, *sides[1].values]) if all(sides) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(getattr(node.left, "value", None), str):
        # `"layer%d" % i`
        pieces = re.split(r"%[ds]", node.left.value)
        values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        if len(pieces) != len(values) + 1 or any("%" in piece for piece in pieces):
            return None
        told = [[ast.FormattedValue(value, -1, None), ast.Constant(piece)] for value, piece in zip(values, pieces[1:])]
        return ast.JoinedStr([part for part in [ast.Constant(pieces[0]), *sum(told, [])] if getattr(part, "value", None) != ""])
    called = node.func if isinstance(node, ast.Call) else None
    if getattr(called, "id", "") == "str" and len(node.args) == 1:
        return ast.JoinedStr([ast.FormattedValue(node.args[0], -1, None)])
    if ast.unparse(node) in ("self.__class__.__name__", "type(self).__name__", "self._get_name()"):
        return ast.JoinedStr([ast.FormattedValue(node, -1, None)])
    text = getattr(called, "value", None)
    if getattr(called, "attr", "") == "format" and isinstance(text, ast.Constant) and isinstance(text.value, str):
        return formatted(text.value, node)
    return None


def formatted(text, call):
    """`"p={}".format(self.p)` and `"p={p}".format(**self.__dict__)` as f-strings, or None."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    own = None in given and ast.unparse(given[None]) == "self.__dict__"
    pieces, place = [], 0
    for before, name, spec, conversion in string.Formatter().parse(text):
        pieces += [ast.Constant(before)] if before else []
        if name is None:
            continue
        if name == "" or name.isdigit():
            at, place = (place, place + 1) if name == "" else (int(name), place)
            value = call.args[at] if at < len(call.args) else None
        else:
            value = given.get(name) or (ast.Attribute(ast.Name("self", ast.Load()), name, ast.Load()) if own and name.isidentifier() else None)
        if value is None:
            return None
        pieces.append(ast.FormattedValue(value, ord(conversion) if conversion else -1, ast.JoinedStr([ast.Constant(spec)]) if spec else None))
    return ast.JoinedStr(pieces)


def follow(thing, path):
    """What such a path leads to."""
    for part in path.split("."):
        thing = thing[int(part)] if part.isdigit() else getattr(thing, part)
    return thing


def of_super(node):
    """Is it `super().name`?"""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == "super"


def owner(cls, function):
    """The class among a class and those above that a method is written in."""
    return next((above for above in cls.__mro__ if function in map(inspect.unwrap, filter(callable, vars(above).values()))), cls)


def above(cls, function, name):
    """What `super().name` is in a method, for an object of this class."""
    order = cls.__mro__
    for later in order[order.index(owner(cls, function)) + 1 :]:
        if name in vars(later):
            return inspect.unwrap(vars(later)[name])
    return None


LIST_CHANGES = ("append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort")


def turned(statement):
    """(name, method) of `widths.reverse()` and `widths.sort()`."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name):
        return None
    return (call.func.value.id, call.func.attr) if call.func.attr in ("reverse", "sort") and not call.args and not call.keywords else None


def changed_in_place(function):
    """The names of the lists that statements turn about, and of those that are changed in another way without being
    set: `widths.append(8)`, `widths[0] = 8`, `widths += [8]`."""
    about, found = {}, set()
    for part in ast.walk(function):
        if turned(part):
            about[id(part.value)] = turned(part)[0]
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and isinstance(part.func.value, ast.Name):
            if part.func.attr in LIST_CHANGES and id(part) not in about:
                found.add(part.func.value.id)
        elif isinstance(part, ast.Subscript) and not isinstance(part.ctx, ast.Load) and isinstance(part.value, ast.Name):
            found.add(part.value.id)
        elif isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name):
            found.add(part.target.id)
    return set(about.values()) - found, found


def is_plain(node, function):
    """Is a number one that an object holds, a size, or a sum or a product of such, as a function's own statements tell?"""
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, (int, float)) or node.value >= 0
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(is_plain(part, function) for part in node.elts)
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, ast.Sub) and is_plain(node.left, function) and is_plain(node.right, function)
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", getattr(node.func, "attr", "")) in ("len", "size", "dim", "numel")
    if isinstance(node, ast.Subscript):
        return is_plain(node.value, function)
    if isinstance(node, ast.Name):
        values = [part.value for part in ast.walk(function) if isinstance(part, (ast.Assign, ast.AugAssign)) and any(
            isinstance(inner, ast.Name) and inner.id == node.id and isinstance(inner.ctx, ast.Store) for inner in ast.walk(part))]
        return all(is_plain(value, ast.Module([], [])) for value in values)
    return isinstance(node, ast.Attribute)


def function_of(method):
    """The function as it is written, without its class and its decorators."""
    return inspect.unwrap(getattr(method, "__func__", method))


def blocks(function):
    """The lists of statements in a function: its body, and the sides of what is in it."""
    sides = (getattr(part, name, None) for part in ast.walk(function) for name in ("body", "orelse"))
    return [side for side in sides if isinstance(side, list)]


def inside(function, kind):
    """The nodes of a kind in a function, those of functions within it left out."""
    todo, found = list(function.body), []
    while todo:
        node = todo.pop(0)
        if isinstance(node, kind):
            found.append(node)
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            todo += ast.iter_child_nodes(node)
    return found


# Comments and docstrings, for `--with-comments`.


@functools.cache
def comments(file):
    """By line: (text, does it stand alone?)."""
    found = {}
    with tokenize.open(file) as text:
        for token in tokenize.generate_tokens(text.readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = (token.string.lstrip("#").strip(), not token.line[: token.start[1]].strip())
    return found


def before(file, statement):
    """What is said of a statement: above it, and at its line's end."""
    known, line, found = comments(file), statement.lineno - 1, []
    while line in known and known[line][1]:
        found.insert(0, known[line][0])
        line -= 1
    beside = known.get(statement.end_lineno if not hasattr(statement, "body") else statement.lineno)
    if beside and not beside[1]:
        found.append(beside[0])
    return [f"// {text}".rstrip() for text in found]


def is_apart(file, statement, before):
    """Does a blank line stand between two statements?"""
    return any(not linecache.getline(file, line).strip() for line in range(before.end_lineno + 1, statement.lineno))


def remarks(cls, statement):
    """What `__init__` says of a member."""
    for above in cls.__mro__:
        if "__init__" in vars(above) and not above.__module__.startswith("torch."):
            written = of(above.__init__)
            if any(node is statement for node in ast.walk(written.node)):
                return before(written.file, statement)
    return []


def docstring(thing):
    """A class's own, or a function's."""
    own = vars(thing).get("__doc__") if isinstance(thing, type) else thing.__doc__
    text = inspect.cleandoc(own) if own else ""
    return [f"// {line}".rstrip() for line in text.splitlines()]
