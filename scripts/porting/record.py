"""What the model's Python does when it runs: how its modules were made, and of what kind each
expression of its functions was.

Both are seen from outside: `nn.Module.__new__` notes the arguments of each module, and the code of
the functions is replaced, while the model runs, by the same code whose expressions report what they
came to.
"""

import ast
import copy
import inspect
import itertools
import sys
import types
import warnings
from collections import defaultdict
from contextlib import ExitStack, contextmanager, suppress

import torch
from torch import nn

from . import kinds, source
from .report import Untranslated

ARGUMENTS = "_ported_from"


def is_theirs(thing):
    """Does this class or function belong to PyTorch itself?"""
    name = getattr(thing, "__module__", None) or "builtins"
    return name.split(".")[0] in ("torch", "builtins", "math", "functools", "typing", "collections", "_operator", "einops")


@contextmanager
def arguments_noted():
    """Each module that is made within knows by which arguments."""

    def new(cls, *args, **kwargs):
        module = object.__new__(cls)
        if args or kwargs or ARGUMENTS not in module.__dict__:
            module.__dict__[ARGUMENTS] = (args, kwargs)
        return module

    nn.Module.__new__ = staticmethod(new)
    try:
        yield
    finally:
        del nn.Module.__new__
        # What `object` has, which takes no arguments once it was replaced.
        nn.Module.__new__ = staticmethod(lambda cls, *args, **kwargs: object.__new__(cls))


def arguments(module):
    """By name, the arguments that a module was made with, those by default included."""
    args, kwargs = module.__dict__.get(ARGUMENTS, ((), {}))
    try:
        bound = inspect.signature(type(module).__init__).bind(module, *args, **kwargs)
    except TypeError:
        return None
    bound.apply_defaults()
    found = dict(list(bound.arguments.items())[1:])
    for name, parameter in bound.signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            found |= found.pop(name, {})
    # What a configuration holds goes by its own name.
    for value in list(found.values()):
        if hasattr(value, "__dict__") and not isinstance(value, (nn.Module, torch.Tensor, type)) and not callable(value):
            for name, part in vars(value).items():
                if isinstance(part, (bool, int, float, str)):
                    found.setdefault(name, part)
    return found


@contextmanager
def modes_kept(model):
    """Each module trains afterwards, or rests, as it did."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def restore(model, state):
    """Puts the values back, past what a class does when a state is loaded."""
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if tensor.data_ptr() != state[name].data_ptr():
                tensor.copy_(state[name])


class Call:
    """One call of a method in the second making: its arguments, the members that are numbers, what its expressions came to."""

    def __init__(self, function, owner, given, state):
        self.function, self.owner, self.given, self.state = function, owner, given, state
        self.log, self.result = [], None


class Seen:
    """What one expression came to, over all runs."""

    def __init__(self):
        self.kinds, self.values, self.lowest = [], [], None

    def add(self, value):
        kind = kinds.of(value)
        if kind not in self.kinds:
            self.kinds.append(kind)
        if kind in (kinds.BOOL, kinds.STR, kinds.NONE, kinds.INT, kinds.FLOAT) and len(self.values) < 3:
            if not any(value is old or (type(value) is type(old) and value == old) for old in self.values):
                self.values.append(value)
        elif kind not in (kinds.BOOL, kinds.STR, kinds.NONE, kinds.INT, kinds.FLOAT):
            self.values = [None, value, ...]
        if kind.is_number:
            self.lowest = value if self.lowest is None else min(self.lowest, value)

    @property
    def kind(self):
        return kinds.join(self.kinds)


# The rows of a `zip` that are looked at before a loop goes through them.
ROWS = 100


class Instrument(ast.NodeTransformer):
    """Puts `__seen__(number, …)` around the expressions that are read."""

    def __init__(self):
        # What loops go through, that of `enumerate(…)` too.
        self.gone_through = set()

    def visit(self, node):
        if isinstance(node, ast.arguments):
            return node
        if isinstance(node, (ast.For, ast.comprehension)):
            self.gone_through.add(node.iter)
        if isinstance(node, ast.Call) and node in self.gone_through and getattr(node.func, "id", "") in ("enumerate", "zip", "reversed"):
            self.gone_through.update(node.args)
        new = self.generic_visit(node)
        skipped = (ast.Starred, ast.Slice, ast.JoinedStr, ast.FormattedValue, ast.Lambda)
        if not isinstance(node, ast.expr) or isinstance(node, skipped) or not hasattr(node, "number"):
            return new
        if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
            return new
        if isinstance(node, ast.Name) and node.id == "super":
            return new
        rows = [ast.Constant(True)] if node in self.gone_through else []
        call = ast.Call(ast.Name("__seen__", ast.Load()), [ast.Constant(node.number), new, *rows], [])
        return ast.copy_location(call, node)

    def visit_AnnAssign(self, node):
        node.value = node.value and self.visit(node.value)
        return node

    def visit_JoinedStr(self, node):
        return node


class Recorder:
    """Runs a model and keeps, by function and expression, what was seen."""

    def __init__(self, log=None):
        # What set initial values, as the model was made a second time.
        self.log = log
        self.expressions = defaultdict(Seen)
        self.parameters = defaultdict(Seen)
        self.called = {}  # functions to look into, and by whom they are called
        # By `__init__` and module: what its expressions came to, in order; and the modules of a second making
        # by those of the first.
        self.built, self.made_first, self.noting = {}, {}, None
        # The calls of the methods that make containers: by function, and by the container.
        self.calls, self.made_by, self.noting_calls, self.makers = {}, {}, None, []
        self.results = defaultdict(Seen)
        # By class, the attributes that a run has set.
        self.changed = {}
        # ... and the buffers of which a run makes others, of another shape or with the graph that they come from.
        self.remade = {}

    def seen(self, function, node):
        return self.expressions.get((function, getattr(node, "number", None)))

    def kind(self, function, node):
        seen = self.seen(function, node)
        return seen.kind if seen else None

    def note_call(self, value):
        function = value.__func__ if isinstance(value, types.MethodType) else value
        if isinstance(function, types.FunctionType):
            function = inspect.unwrap(function)
            # One that is written inside another is told where it is written.
            if not is_theirs(function) and "<" not in function.__qualname__:
                self.called.setdefault(function, None)
        if isinstance(value, nn.Module) and not isinstance(value, torch.jit.ScriptModule):
            forward = inspect.unwrap(type(value).forward)
            if not is_theirs(forward):
                self.called.setdefault(forward, None)

    @contextmanager
    def watched(self, function):
        written = source.of(function)
        node = copy.deepcopy(written.node)
        # Under another name, since a function may speak of itself.
        node.decorator_list, node.returns, node.name = [], None, "__inner__"
        for argument in node.args.args + node.args.kwonlyargs + [node.args.vararg, node.args.kwarg]:
            if argument is not None:
                argument.annotation = None
        defaults = node.args.defaults, node.args.kw_defaults
        node.args.defaults = [ast.Constant(None) for _ in defaults[0]]
        node.args.kw_defaults = [default and ast.Constant(None) for default in defaults[1]]
        body = [Instrument().visit(statement) for statement in node.body]
        locals_ = ast.Expr(
            ast.Call(
                ast.Name("__entered__", ast.Load()),
                [ast.Call(ast.Name("locals", ast.Load()), [], [])],
                [],
            )
        )
        node.body = [locals_] + body
        free = function.__code__.co_freevars
        # A closure's variables need a function around, where they are variables.
        outer = ast.parse("def __outer__():\n" + "".join(f"    {name} = None\n" for name in free) + "    pass")
        outer.body[0].body.append(node)
        names = {"__seen__": f"__seen_{id(function)}__", "__entered__": f"__entered_{id(function)}__"}
        for part in ast.walk(outer):
            if isinstance(part, ast.Name) and part.id in names:
                part.id = names[part.id]
        ast.fix_missing_locations(outer)
        code = compile(outer, written.file, "exec")
        for name in ("__outer__", node.name):
            code = next(part for part in code.co_consts if isinstance(part, types.CodeType) and part.co_name == name)

        def seen(number, value, gone_through=False):
            if gone_through and self.noting is not None and type(value) is zip:
                # It can be gone through once.
                rows = list(itertools.islice(value, ROWS))
                value = rows if len(rows) < ROWS else itertools.chain(rows, value)
            self.expressions[function, number].add(value)
            if self.noting is not None:
                self.noting(function, sys._getframe(1), number, value)
            if callable(value):
                self.note_call(value)
            return value

        def entered(values):
            for name, value in values.items():
                self.parameters[function, name].add(value)
            if self.noting_calls is not None:
                self.noting_calls(function, sys._getframe(1), values)

        scope, old = function.__globals__, function.__code__
        scope[names["__seen__"]], scope[names["__entered__"]] = seen, entered
        function.__code__ = code
        try:
            yield
        finally:
            function.__code__ = old
            del scope[names["__seen__"]], scope[names["__entered__"]]

    def run(self, model, inputs, keywords):
        """In training and in evaluation mode, until no further function is met."""
        self.note_call(model)
        for module in model.modules():
            # Those of them that this input does not reach are said so where they are written.
            self.note_call(module)
            self.called.update(dict.fromkeys(source.properties(type(module)).values()))
        own = dict(model.named_parameters())
        state = {name: tensor if name in own else tensor.clone() for name, tensor in model.state_dict().items()}
        attributes = {module: dict(vars(module)) for module in model.modules()}
        buffers = {(module, name): tensor for module in model.modules() for name, tensor in module._buffers.items()}
        absent = [place for place, tensor in buffers.items() if tensor is None]
        buffers = {place: (tensor.shape, tensor.dtype) for place, tensor in buffers.items() if tensor is not None}
        done = set()
        while set(self.called) - done:
            done = set(self.called)
            self.expressions.clear()
            self.parameters.clear()
            self.put_back(attributes)
            with ExitStack() as stack:
                # Of what is made on the way, too, it is known how.
                stack.enter_context(arguments_noted())
                stack.enter_context(modes_kept(model))
                for function in done:
                    stack.enter_context(self.watched(function))
                for training in (True, False):
                    model.train(training)
                    model(*[copy.deepcopy(value) for value in inputs], **copy.deepcopy(keywords))
                    for (module, name), made in buffers.items():
                        tensor = module._buffers[name]
                        if tensor is None or tensor.requires_grad or (tensor.shape, tensor.dtype) != made:
                            self.remade.setdefault(type(module), set()).add(name)
        self.put_back(attributes)
        for module in model.modules():
            for function in source.properties(type(module)).values():
                if (function, "self") not in self.parameters:
                    # Nothing asks for it.
                    self.called.pop(function, None)
        for module, name in absent:
            module._buffers[name] = None
        restore(model, state)

    def put_back(self, attributes):
        """Makes a model's attributes those that it had, and keeps the names of those that a run has set."""
        for module, before in attributes.items():
            for name, value in list(vars(module).items()):
                if name != "training" and (name not in before or before[name] is not value):
                    self.changed.setdefault(type(module), set()).add(name)
                    module.__dict__.pop(name)
                    module.__dict__ |= {name: before[name]} if name in before else {}

    def run_construction(self, model, make):
        """Notes what the `__init__` of the model's classes come to that fill a container, and the methods that do."""
        todo, functions = {}, {}
        for cls in {type(module) for module in model.modules()}:
            for above in cls.__mro__:
                if not is_theirs(above) and above is not object:
                    functions |= dict.fromkeys(map(inspect.unwrap, filter(inspect.isfunction, vars(above).values())))
        for function in functions:
            with suppress(Untranslated):
                nodes = list(ast.walk(source.of(function).node))
                fills = any(isinstance(node, (ast.For, ast.comprehension)) or getattr(node, "attr", "") in ("append", "add_module") for node in nodes)
                if function.__name__ == "__init__" or fills and function.__name__ != "forward":
                    todo[function] = None
        # Functions outside classes that give what they make.
        for function in list(todo):
            for node in source.of(function).expressions:
                thing = function.__globals__.get(node.id) if isinstance(node, ast.Name) else None
                if isinstance(thing, types.FunctionType) and not is_theirs(thing) and source.is_there(thing) and "." not in thing.__qualname__:
                    returned = source.inside(source.of(thing).node, ast.Return)
                    if len(returned) == 1 and isinstance(returned[0].value, ast.Call):
                        todo[thing] = None
        if not todo:
            return
        self.makers = list(todo)
        # By function, each call; and by frame, the call that it is.
        events, frames = {function: [] for function in todo}, {}

        def entered(function, frame, values):
            if function in events and ("self" in values or "." not in function.__qualname__):
                simple = lambda value: isinstance(value, (bool, int, float, str, type(None)))
                owner = values.get("self")
                state = {name: value for name, value in vars(owner).items() if simple(value)} if owner is not None else {}
                given = {name: value for name, value in values.items() if name != "self"}
                events[function].append(Call(function, owner, given, state))
                frames[id(frame)] = events[function][-1]

        def log(function, frame, number, value):
            while frame is not None and frame.f_code is not function.__code__:
                # A comprehension is a frame of its own.
                frame = frame.f_back
            call = frames.get(id(frame))
            if call is not None and call.function is function:
                call.log.append((number, list(value) if type(value) is list else value))

        before = dict(self.called)
        try:
            self.noting, self.noting_calls = log, entered
            again = self.made_again(make, todo, events)
            self.noting = self.noting_calls = None
            # Once more, for the kinds of the functions that they call.
            helpers, done = [], None
            while helpers != done:
                done = helpers
                helpers = [f for f in self.called if f not in before and source.stands_alone(f) and source.is_there(f)]
                if helpers != done:
                    self.made_again(make, helpers, {})
        finally:
            self.called, self.noting, self.noting_calls = before, None, None
        first = dict(model.named_modules())
        paths = {id(module): path for path, module in again.named_modules()}
        if paths.keys() and list(first) != list(paths.values()):
            # It is made otherwise each time.
            return
        self.made_first = {id(module): first[path] for path, module in again.named_modules()}
        for function, calls in events.items():
            calls = [call for call in calls if call.owner is None or id(call.owner) in paths]
            for call in calls:
                call.owner = first[paths[id(call.owner)]] if call.owner is not None else None
            self.built[function] = {id(call.owner): call.log for call in calls if call.owner is not None}
            if function.__name__ != "__init__":
                # Those that return a container of the model's.
                returned = [node.value for node in source.inside(source.of(function).node, ast.Return) if node.value is not None]
                for call in calls:
                    values = [value for number, value in call.log if any(node.number == number for node in returned)]
                    call.result = self.made_first.get(id(values[-1])) if values else None
                    if call.result is not None:
                        self.made_by.setdefault(id(call.result), []).append(call)
                self.calls[function] = [call for call in calls if call.result is not None]
        # The second making lives as long as what is known by its ids.
        self.again = again

    def made_again(self, make, watched, events):
        """Another model, without values where nothing asks for them, whose making these functions are watched in."""
        with ExitStack() as stack:
            for function in watched:
                stack.enter_context(self.watched(function))
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            try:
                with torch.device("meta"):
                    return make()
            except Exception:
                for told in events.values():
                    told.clear()
                return make()

    def run_initial(self, model, make):
        """The `__init__` of those classes that compute what the weights do not bring, as they make the model again."""
        todo = {}
        for module in model.modules():
            computes = any(isinstance(v, torch.Tensor) for v in (*vars(module).values(), *module._parameters.values(), *module._buffers.values()))
            if computes and not is_theirs(type(module)):
                for cls in type(module).__mro__:
                    if "__init__" in vars(cls) and not is_theirs(cls) and cls is not object:
                        todo[inspect.unwrap(cls.__init__)] = None
        for function in self.log.watched() if self.log else ():
            if not is_theirs(function):
                todo[function] = None
        if not todo:
            return
        own = {cls for module in model.modules() for cls in type(module).__mro__ if not is_theirs(cls)}
        methods = {inspect.unwrap(f) for cls in own for f in vars(cls).values() if inspect.isfunction(f)}
        is_python = lambda f: f.__module__.split(".")[0] in sys.stdlib_module_names or not source.is_there(f)
        known = lambda f: f in todo or (f in methods or "." not in f.__qualname__) and not is_python(f)
        before = self.called
        self.called = dict(todo)
        done = set()
        while set(self.called) - done:
            # What they call beside: free functions.
            done = {f for f in self.called if known(f)}
            self.called = dict.fromkeys(done)
            with ExitStack() as stack:
                for function in done - set(before):
                    stack.enter_context(self.watched(function))
                make()
            self.called = {f: None for f in self.called if known(f)}
        self.called = before
