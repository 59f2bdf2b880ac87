"""What a class prints: the one string that its `extra_repr` gives between its brackets, or its `__repr__` instead of all."""

import ast

from . import functions, record, source
from .expressions import text
from .report import Untranslated


def functions_of(cls):
    """The one that prints it: one's own `__repr__` does not ask for `extra_repr`."""
    return [getattr(cls, name) for name in ("__repr__", "extra_repr") if not record.is_theirs(getattr(cls, name))][:1]


def printed(program, plan):
    """What the class says of its print, as the attribute of the struct, or None."""
    for function in functions_of(plan.cls):
        written, attribute = source.of(function), "extra_repr"
        try:
            node = string_of(written.node)
            if function.__name__ == "__repr__" and node is not None:
                # It prints no children.
                inside = without_name(node) if not any(instance._modules for instance in plan.instances) else None
                node, attribute = (inside, attribute) if inside is not None else (with_name(node, plan.cls.__name__), "repr")
            if node is None:
                raise Untranslated(written.node, f"{plan.cls.__name__} prints itself in a way of its own")
            fixed = all(isinstance(part, ast.Constant) for part in node.values)
            whole = f"{text(''.join(part.value for part in node.values))}.to_string()" if fixed else functions.Calls(program, written, plan).value(node).code
            return f"{attribute} = {whole}"
        except Untranslated as error:
            program.report.todo(written.place(written.node), error)
    return None


def expressions(function):
    """What is printed of `"p={p}".format(**self.__dict__)`."""
    node = string_of(source.of(function).node) if function.__name__ in ("__repr__", "extra_repr") else None
    return [part for part in ast.walk(node) if isinstance(part, ast.Attribute)] if node is not None else []


def string_of(function):
    """The string that a function gives, where it does nothing else, as an f-string; or None."""
    body = [part for part in function.body if not isinstance(part, ast.Expr) or not isinstance(part.value, ast.Constant)]
    if len(body) == 2 and isinstance(body[0], ast.Assign) and isinstance(body[1], ast.Return):
        if isinstance(body[1].value, ast.Name) and ast.unparse(body[0].targets[0]) == body[1].value.id:
            # `s = f"…"; return s`
            return source.joined(body[0].value)
    return source.joined(body[0].value) if len(body) == 1 and isinstance(body[0], ast.Return) else None


def is_name(node):
    return isinstance(node, ast.FormattedValue) and ast.unparse(node.value) in ("self.__class__.__name__", "type(self).__name__", "self._get_name()")


def with_name(node, name):
    """An f-string with the class's name in it."""
    return ast.JoinedStr([ast.Constant(name) if is_name(part) else part for part in node.values])


def without_name(node):
    """What stands between the brackets of `f"{self.__class__.__name__}(…)"`, or None."""
    values = list(node.values)
    ends = [values[1], values[-1]] if len(values) > 1 else []
    if not ends or not is_name(values[0]):
        return None
    if not all(isinstance(end, ast.Constant) for end in ends) or ends[0].value[:1] != "(" or ends[1].value[-1:] != ")":
        return None
    values[1] = ast.Constant(values[1].value[1:])
    values[-1] = ast.Constant(values[-1].value[:-1])
    return ast.JoinedStr([part for part in values[1:] if not isinstance(part, ast.Constant) or part.value])
