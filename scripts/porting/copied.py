"""Configurations that a loop of `__init__` copies and changes, as variables for what it changes.

    block_cnf = copy.copy(cnf)
    if stage:
        block_cnf.stride = 1

is read as `stride = cnf.stride`, and `stride = 1` under the condition.
"""

import ast
import copy


def told(written):
    """Reads a source so, once; its `copies` are {copy: (what it is a copy of, its attributes that are set)}."""
    if hasattr(written, "copies"):
        return written
    written.copies = {}
    function, scope = written.node, written.function.__globals__
    stores = [node for node in ast.walk(function) if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign))]
    targets = [node.targets[0] if isinstance(node, ast.Assign) else node.target for node in stores]
    names = [node.id for node in ast.walk(function) if isinstance(node, ast.Name)] + [argument.arg for argument in function.args.args]
    loops = {node.target.id for node in ast.walk(function) if isinstance(node, ast.For) and isinstance(node.target, ast.Name)}
    for statement, target in zip(stores, targets):
        call = statement.value
        if not isinstance(target, ast.Name) or not isinstance(call, ast.Call) or len(call.args) != 1 or scoped(scope, call.func) is not copy.copy:
            continue
        of = getattr(call.args[0], "id", None)
        again = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == target.id and isinstance(node.ctx, ast.Store)]
        changed = [one.attr for one in targets if isinstance(one, ast.Attribute) and getattr(one.value, "id", None) == target.id]
        if of in loops and len(again) == 1 and changed and not set(changed) & set(names):
            written.copies[target.id] = of, list(dict.fromkeys(changed))
    if written.copies:
        function.body = [part for statement in function.body for part in As(written.copies).all_of(statement)]
        written.expressions = [node for node in ast.walk(function) if isinstance(node, ast.expr)]
    return written


def scoped(scope, node):
    """What `copy.copy` is in a module."""
    if isinstance(node, ast.Attribute):
        return getattr(scoped(scope, node.value), node.attr, None)
    return scope.get(node.id) if isinstance(node, ast.Name) else None


class As(ast.NodeTransformer):
    def __init__(self, copies):
        self.copies = copies

    def all_of(self, statement):
        new = self.visit(statement)
        return new if isinstance(new, list) else [new]

    def visit_Assign(self, node):
        name = getattr(node.targets[0], "id", None)
        if name not in self.copies:
            return self.generic_visit(node)
        of, changed = self.copies[name]
        load = lambda attr: ast.Attribute(ast.copy_location(ast.Name(of, ast.Load()), node), attr, ast.Load())
        made = [ast.Assign([ast.Name(attr, ast.Store())], load(attr)) for attr in changed]
        for one in made:
            # Two lines may not be one.
            for part in ast.walk(one):
                ast.copy_location(part, node)
        return made

    def visit_Attribute(self, node):
        node = self.generic_visit(node)
        of, changed = self.copies.get(getattr(node.value, "id", None), (None, ()))
        if of is None:
            return node
        if node.attr in changed:
            new = ast.Name(node.attr, node.ctx)
        else:
            new = ast.Attribute(ast.copy_location(ast.Name(of, ast.Load()), node), node.attr, node.ctx)
        if hasattr(node, "number"):
            new.number = node.number
        return ast.copy_location(new, node)
