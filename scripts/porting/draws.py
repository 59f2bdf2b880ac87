"""The initial values that Python's `__init__` sets once the members are there, as statements of `new`.

`Log` makes the model once more, under the seed, and notes what sets or draws numbers: a layer of PyTorch's as it
is made, or a statement of the model's own. So no form has to be known to be seen: what is not translated is told,
and whether `new` draws in Python's order is compared, draw by draw, with what was noted.

`Draws` are those of one class. A statement that draws before other members are made stands before `Self`, and the
members that were there by then are variables; all others follow it:

    let model = Self { … };
    for m in model.modules() { … }
    model
"""

import ast
import contextlib
import inspect
import linecache
import re
import sys
import types
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from . import buffers, construction, groups, layers, loops, names, record, sharing, source
from .drawing import FILLS, Drawing
from .kinds import TENSOR
from .report import Untranslated

TORCH, OURS = f"{Path(torch.__file__).parent}/", f"{Path(__file__).parent}/"


# What Python did.


@dataclass(frozen=True)
class Event:
    """Something set or drew numbers: in the making of a layer, or by the model's own code."""

    layer: object  # the module of PyTorch's that was being made, or None
    owner: object  # the model's module whose `__init__` ran
    trail: tuple  # (function, line) of the model's code, from the innermost to that of the owner's `__init__`
    place: tuple  # (file, line) of the innermost
    draws: bool


class Log(TorchDispatchMode):
    """The events of a making, in their order."""

    def __init__(self):
        super().__init__()
        self.events, self.locals, self.functions = [], {}, {}
        # The places that seed the generator anew.
        self.seeds = []
        # What memory a layer has written, as it was made, and what memory anything has.
        self.written, self.touched = set(), set()

    @classmethod
    def of(cls, make, model):
        """None, where a second making gives another model."""
        log = cls()
        try:
            with log, log.seeding():
                log.model = make()
        except Exception:
            # One that is not made while it is looked at.
            return None
        groups.found(log.model)
        stacks = layers.stacks(log.model)
        log.events = [replace(event, layer=stacks.get(id(event.layer), event.layer)) for event in log.events]
        # A parametrized layer is of a class that is made for it.
        shape = lambda model: [(name, type(module).__qualname__) for name, module in model.named_modules()]
        if shape(log.model) != shape(model):
            return None
        paths = {id(module): name for name, module in model.named_modules()}
        made = dict(log.model.named_modules())
        log.fresh = lambda module: made[paths[id(module)]]
        return log

    @contextlib.contextmanager
    def seeding(self):
        """Notes who calls `torch.manual_seed`, by whatever name."""
        generator, log = torch.random.default_generator, self

        class Noted:
            def __getattr__(self, name):
                return getattr(generator, name)

            def manual_seed(self, seed):
                frame = sys._getframe(1)
                while frame is not None and frame.f_code.co_filename.startswith((TORCH, "<")):
                    frame = frame.f_back
                if frame is not None and not frame.f_code.co_filename.startswith(OURS):
                    log.seeds.append((frame.f_code.co_filename, frame.f_lineno))
                return generator.manual_seed(seed)

        torch.random.default_generator = Noted()
        try:
            yield
        finally:
            torch.random.default_generator = generator

    def close(self):
        """Gives the model's memory back."""
        for tensor in (*self.model.parameters(), *self.model.buffers()):
            tensor.data = tensor.data.new_empty(0)

    def __torch_dispatch__(self, func, types_, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        draws = torch.Tag.nondeterministic_seeded in func.tags
        written = [
            given for given, argument in zip(args, func._schema.arguments)
            if argument.alias_info is not None and argument.alias_info.is_write and isinstance(given, torch.Tensor)
        ]
        if draws or written:
            self.note(sys._getframe(1), draws, written)
        return result

    def note(self, frame, draws, written):
        self.touched |= {tensor.untyped_storage().data_ptr() for tensor in written}
        layer, trail, place = None, [], None
        while frame is not None:
            file, own = frame.f_code.co_filename, frame.f_locals.get("self")
            if file.startswith((TORCH, "<")):
                if isinstance(own, nn.Module) and frame.f_code.co_name == "__init__" and not trail:
                    layer = own
            elif layer is not None:
                place = (file, frame.f_lineno)
                break
            elif file.startswith(OURS):
                break
            else:
                place = place or (file, frame.f_lineno)
                function = self.function(frame, own)
                trail.append((function, frame.f_lineno))
                if isinstance(own, nn.Module) and function is not None:
                    self.locals[id(own), function] = dict(frame.f_locals)
                    if frame.f_code.co_name == "__init__":
                        self.events.append(Event(None, own, tuple(trail), place, draws))
                        return
            frame = frame.f_back
        if layer is not None:
            self.written |= {tensor.untyped_storage().data_ptr() for tensor in written}
        self.events.append(Event(layer, None, tuple(trail), place, draws))

    def function(self, frame, own):
        """The function that a frame runs."""
        code = frame.f_code
        if code not in self.functions:
            above = type(own).__mro__ if own is not None else ()
            found = [inspect.unwrap(f) for cls in above for f in vars(cls).values() if inspect.isfunction(f)]
            found.append(inspect.unwrap(frame.f_globals.get(code.co_name, lambda: None)))
            self.functions[code] = next((f for f in found if getattr(f, "__code__", None) is code), None)
        return self.functions[code]

    def watched(self):
        """The functions whose statements set something."""
        return [function for function in self.functions.values() if function is not None]

    def values(self, plan, name):
        """A tensor's initial values, in the instances."""
        return [getattr(self.fresh(instance), name, None) for instance in plan.instances]

    def contexts(self, plan, function):
        """For each instance, the names of a function of its `__init__` that have one value all along."""
        tree = source.of(function).node
        stored = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        loops = [node for node in ast.walk(tree) if isinstance(node, (ast.For, ast.While, ast.comprehension))]
        changing = {part.id for loop in loops for part in ast.walk(loop) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        found = []
        for instance in plan.instances:
            fresh = self.fresh(instance)
            given = (record.arguments(fresh) or {}) if function is inspect.unwrap(type(fresh).__init__) else {}
            known = {**given, **self.locals.get((id(fresh), function), {}), "self": fresh}
            found.append({name: value for name, value in known.items() if stored.count(name) < 2 and name not in changing})
        return found


# A class's.


@dataclass
class Step:
    """A statement of `__init__`, or of a method that it calls, that sets or draws numbers."""

    function: object
    statement: ast.stmt
    lines: list = None  # its Rust, or None where it is not translated
    first: int = None  # its first event's number, in the first instance
    draws: bool = False
    early: bool = False
    of_new: bool = False  # are there arguments of `new` in it?
    leads: tuple = ()  # the statements that set variables for it, before it


class Draws:
    def __init__(self, plan):
        self.plan, self.log = plan, plan.program.log
        self.fresh = [self.log.fresh(instance) for instance in plan.instances]
        self.translators, self.untold = {}, set()
        # By member: how a tensor of the class's own is made, and the step that sets it at once; and those of the
        # function that makes it.
        self.makings, self.fills, self.moved = {}, {}, {}
        # What stands under a condition that another seed may decide otherwise.
        self.unsure = []
        # The members whose memory nothing sets.
        self.empty = set()
        # Those that `new` calls, by their names.
        self.methods = {}
        self.statements = []
        if not groups.is_group(plan.cls):
            self.flatten(inspect.unwrap(plan.cls.__init__), plan.cls)

    def translator(self, function):
        if function not in self.translators:
            self.translators[function] = Drawing(self.plan, function, self.log.contexts(self.plan, function))
        return self.translators[function]

    def flatten(self, function, cls):
        """The statements of `__init__` in the order in which they run, those of the methods that make members among them."""
        if record.is_theirs(function) or not isinstance(function, types.FunctionType):
            return
        try:
            translator = self.translator(function)
        except Untranslated:
            return
        todo = list(translator.source.node.body)
        while todo:
            statement = todo.pop(0)
            if isinstance(statement, ast.If):
                known = translator.constant(statement.test)
                if known is not None:
                    todo[:0] = statement.body if known[0] else statement.orelse
                    continue
            call = statement.value if isinstance(statement, ast.Expr) else None
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                of, name = call.func.value, call.func.attr
                if isinstance(of, ast.Call) and getattr(of.func, "id", "") == "super" and name == "__init__":
                    above = source.above(self.plan.cls, function, "__init__")
                    if above is not None:
                        self.flatten(above, cls)
                    continue
                method = getattr(self.plan.cls, name, None) if getattr(of, "id", "") == "self" else None
                if isinstance(method, types.FunctionType) and not call.args and not call.keywords and makes(inspect.unwrap(method)):
                    self.flatten(inspect.unwrap(method), cls)
                    continue
            self.statements.append((function, statement))

    @property
    def functions(self):
        return list(dict.fromkeys(function for function, _ in self.statements))

    # Tensors of the class's own.

    def making_of(self, name):
        """(function, statement, expression) of what makes a member, or None."""
        inside = [(function, part) for function, statement in self.statements for part in ast.walk(statement) if isinstance(part, ast.stmt)]
        return next((made for made in map(lambda one: making(*one, name), inside) if made), None)

    def tensor(self, name, role):
        """What makes it, or None where it is zeros until something sets it."""
        values = self.log.values(self.plan, name)
        found = self.making_of(name)
        if found is None:
            self.untold.add(name)
            return None
        function, statement, node = found
        self.makings[name] = function, statement
        while isinstance(node, ast.IfExp) and self.translator(function).constant(node.test) is not None:
            node = node.body if self.translator(function).constant(node.test)[0] else node.orelse
        node, filled = bare(node), None
        if isinstance(node, ast.Call):
            # `torch.empty(8).normal_(std=0.02)` and `nn.init.normal_(torch.empty(8))`
            method = getattr(node.func, "attr", "")
            if method in FILLS and isinstance(node.func, ast.Attribute) and begins(node.func.value):
                filled, node = ast.Call(ast.Attribute(attribute(node, name), method, ast.Load()), node.args, node.keywords), node.func.value
            elif method in vars(nn.init) and "init" in ast.unparse(node.func) and node.args and begins(node.args[0]):
                filled, node = ast.Call(node.func, [attribute(node, name), *node.args[1:]], node.keywords), node.args[0]
        if filled is not None:
            filled = ast.fix_missing_locations(ast.copy_location(ast.Expr(ast.copy_location(filled, statement)), statement))
            place = next((i for i, (_, other) in enumerate(self.statements) if other is statement), None)
            if place is None:
                # Under a condition.
                self.untold.add(name)
                return None
            self.statements.insert(place + 1, (function, filled))
            self.fills[id(statement)] = filled
        if begins(node) and "zeros" not in ast.unparse(node.func):
            if any(value is not None and value.untyped_storage().data_ptr() not in self.log.touched for value in values):
                self.empty.add(name)
        if begins(node):
            return buffers.sized(self.plan, role, name, function, statement, node)
        if not any(value is not None and bool(value.any()) for value in values):
            return None
        try:
            if any(value is None for value in values):
                raise Untranslated(statement, f"`{name}` is there in some instances alone")
            return buffers.computed(self.plan, role, name, function, statement, node)
        except Untranslated:
            self.untold.add(name)
            return None

    def list_of(self, name, values):
        """What makes a list of parameters, or None where they are zeros until something sets them."""
        found = self.making_of(name)
        fresh = [self.log.fresh(value) for value in values]
        if found is None:
            self.untold.add(name)
            return None
        function, statement, node = found
        self.makings[name] = function, statement
        try:
            return buffers.listed(self.plan, name, function, statement, node)
        except Untranslated:
            if any(bool(part.any()) for value in fresh for part in value):
                self.untold.add(name)
            return None

    # Steps.

    def plan_steps(self):
        """Which statements set something, and their Rust."""
        plan, self.steps, self.told = self.plan, [], set()
        numbers = {id(fresh): [] for fresh in self.fresh}
        for number, event in enumerate(self.log.events):
            if id(event.owner) in numbers:
                numbers[id(event.owner)].append((number, event))
        made = {id(statement) for _, statement in self.makings.values()}
        led = self.led = {id(statement) for of in plan.initialising.values() for statement in of.written}
        for function, statement in self.statements:
            step = Step(function, statement)
            hits = [
                (number, event) for events in numbers.values() for number, event in events if self.is_of(event, function, statement)
            ]
            if not hits and self.is_by_values(function, statement):
                self.unsure.append((statement, function, f"what stands under `if {ast.unparse(statement.test)}`"))
            if not hits and gives_data(statement):
                self.unsure.append((statement, function, f"the initial values of `{ast.unparse(statement).splitlines()[0]}`"))
            if not hits or id(statement) in made or id(statement) in led or is_local(statement):
                continue
            first = [number for number, event in hits if event.owner is self.fresh[0]]
            step.first, step.draws = min(first, default=None), any(event.draws for _, event in hits)
            self.used = False
            of = self.translator(function)
            whole = of.contexts
            try:
                with buffers.tried(plan, of):
                    lead, step.leads = self.before(of, function, statement)
                    lines = of.made([*lead, *of.statement(statement, False, [])])
                step.lines = lines
            except Untranslated:
                of.contexts, step.leads = whole, ()
            maker = plan.makers.get(function)
            if maker is not None and step.lines is not None and not step.leads and fields(step.lines) == {maker.member}:
                # It stands where the tensor is made.
                maker.steps += [line.replace(f"self.{maker.member}", maker.member) for line in step.lines]
                self.moved.setdefault(maker.member, []).append((function, statement))
                self.told.add(id(statement))
                continue
            self.steps.append(step)
            step.of_new = self.used
            if step.lines is not None:
                self.told |= {id(statement), *map(id, step.leads)}

    def before(self, of, function, statement):
        """The statements that set the variables which this one reads, as far as they are not written yet."""
        line = [other for f, other in self.statements if f is function]
        wanted, needed = set(source.names(statement)), []
        for earlier in reversed(line[: line.index(statement)]):
            if wanted & buffers.sets(of, earlier):
                wanted |= set(source.names(earlier))
                needed.insert(0, earlier)
        lines, written = [], []
        for place, earlier in enumerate(needed):
            if id(earlier) in self.told:
                continue
            known = [of.evaluated(ast.copy_location(ast.Name(name, ast.Load()), earlier)) for name in of.assigned([earlier])]
            if known and all(values and isinstance(values[0], nn.Module) for values in known):
                # A module, which is asked for by its place.
                continue
            written.append(earlier)
            lines += of.statement(earlier, False, needed[place + 1 :])
        return lines, written

    def is_by_values(self, function, statement):
        """Does it depend on the numbers that were drawn whether something is set?"""
        if not isinstance(statement, ast.If):
            return False
        of = self.translator(function)
        reads = any(of.seen(part) and of.kind(part) == TENSOR for part in ast.walk(statement.test))
        calls = [part.func for part in ast.walk(statement) if isinstance(part, ast.Call)]
        return reads and any(getattr(call, "attr", getattr(call, "id", "")).endswith("_") for call in calls)

    def is_of(self, event, function, statement):
        return any(f is function and covers(statement, line) for f, line in event.trail)

    # The order.

    def arrange(self):
        """Which members are variables before `Self`, and in which order all are made."""
        plan = self.plan
        fresh = self.fresh[0]
        self.order = [member for member in plan.members if member.type and member.role != "shared"]
        firsts, draws = {}, {}
        for member in self.order:
            inside = self.modules_of(plan.instances[0], member)
            ids = {id(self.log.fresh(module)) for module in inside}
            making_ = self.makings.get(member.python)
            for number, event in enumerate(self.log.events):
                mine = id(event.layer) in ids or id(event.owner) in ids and event.owner is not fresh
                makings = [making_, *self.moved.get(member.name, ())] if making_ else []
                if event.owner is fresh and any(self.is_of(event, *one) for one in makings):
                    mine = True
                if mine:
                    firsts.setdefault(member.name, number)
                    if event.draws:
                        draws.setdefault(member.name, number)
        for step in reversed([step for step in self.steps if step.lines is not None and step.first is not None]):
            for name in fields(step.lines):
                # What draws nothing, as `torch.empty`, is made where it is needed.
                making_ = next((self.makings.get(member.python) for member in self.order if member.name == name), None)
                if name not in firsts or making_ and id(making_[1]) in self.fills:
                    firsts[name] = step.first - 0.5
                    draws.pop(name, None)
        for member in self.order:
            if member.role == "module" and getattr(handed(member.node), "code", None) in plan.arguments:
                # It is made before `new` is called, wherever it stands.
                draws.pop(member.name, None)
        last = max(draws.values(), default=-1)
        early = [step for step in self.steps if step.lines is not None and step.draws and step.first is not None and step.first < last]
        end = max((step.first for step in early), default=-1)
        self.shares = bool(plan.program.places.shared.get(plan.cls)) or any("nn::Shared" in member.type for member in self.order)
        if not self.shares:
            # Python's order, where members draw.
            place, keys = -1, {}
            for member in self.order:
                place = draws.get(member.name, place)
                keys[member.name] = place
            drawn = [draws[member.name] for member in self.order if member.name in draws]
            if drawn != sorted(drawn):
                self.order.sort(key=lambda member: keys[member.name])
        self.lets = []
        if end >= 0 and not self.shares:
            whole = lambda step: any(re.search(r"\bself\b(?!\.\w+\b(?!\())", line) for line in step.lines)
            before = [step for step in self.steps if step.lines is not None and step.first is not None and step.first <= end]
            if not any(whole(step) for step in before):
                self.lets = [member for member in self.order if firsts.get(member.name, end) < end]
                if fields([line for step in before for line in step.lines]) <= {member.name for member in self.lets}:
                    for step in before:
                        step.early = True
                    # What draws nothing stays beside what does.
                    made = {member.name for member in self.lets}
                    for step in self.steps:
                        if step.lines is not None and step.first is not None and end < step.first < last and not whole(step):
                            step.early = fields(step.lines) <= made
                else:
                    self.lets = []
        looped = [] if self.shares else [member for member in self.order if member.lines is not None]
        if looped:
            # What a loop makes is a variable, and so is what Python makes before it.
            at = max(firsts.get(member.name, -1) for member in looped)
            changed = set(re.findall(r"\blet (?:mut )?(\w+) =", "\n".join(line for member in looped for line in member.lines)))
            for place, member in enumerate(self.order):
                # The first instance may not have it.
                if member not in looped and any(one in looped for one in self.order[place:]) and changed & construction.words_of([plan.program.code(member.node, member.type)]):
                    firsts.setdefault(member.name, max((firsts.get(one.name, -1) for one in self.order[:place]), default=-1))
            earlier = lambda member: member.role != "attribute" and firsts.get(member.name, at + 1) < at
            self.lets = [member for member in self.order if member in self.lets or member in looped or earlier(member)]
            for member in looped:
                # What has no numbers, dropouts say, is made when what stands before it is.
                firsts.setdefault(member.name, max((firsts.get(o.name, -1) for o in self.order[: self.order.index(member)]), default=-1))
        self.firsts = firsts

    @staticmethod
    def modules_of(instance, member):
        if member.role == "base":
            return [child for child in instance.modules() if child is not instance] + [instance]
        of = instance._modules.get(member.python) if member.role == "module" else None
        return list(of.modules()) if of is not None else []

    def lines_before(self, codes):
        """The lines of `new` before the literal, of the code of each member."""
        written = lambda member: [construction.let(member, codes[member.name])] if member.lines is None else member.lines
        early = sorted(
            [(self.firsts[member.name], 0, written(member)) for member in self.lets]
            + [(step.first, 1, [re.sub(r"\bself\.", "", line) for line in step.lines]) for step in self.steps if step.early],
            key=lambda part: part[:2],
        )
        lines = []
        for _, _, part in early:
            lines += loops.written_once(part, lines)
        return lines

    def of_new(self, codes, literal, ties):
        """The body of `new`, of the code of each member and what the literal holds of it."""
        lines = self.lines_before(codes)
        inside = {member.name for member in self.lets if member.lines is None or codes[member.name] == member.name}
        values = [member.name if member.name in inside else literal[member.name] for member in self.order]
        made = f"Self {{ {', '.join(values)} }}"
        late = [step for step in self.steps if step.lines and not step.early]
        if not late and not ties:
            return [*lines, made]
        # Two layers have each drawn a parameter before they are given one.
        order = [id(statement) for _, statement in self.statements]
        tied = next((i for i, (_, statement) in enumerate(self.statements) if ties and gives_one(statement)), -1)
        parts = [[], []]
        for step in late:
            method = self.method(step)
            lines_ = [f"self.{method}();"] if method else step.lines
            place = order.index(id(step.statement))
            if place and source.is_apart(inspect.getsourcefile(self.statements[place][0]), step.statement, self.statements[place - 1][1]):
                lines_ = ["", *lines_]
            parts[order.index(id(step.statement)) > tied] += [re.sub(r"\bself\b", "model", line) for line in lines_]
        return [*lines, f"let {sharing.mut(ties)}model = {made};", *parts[0], *ties, *parts[1], "model"]

    def method(self, step):
        """The name of the method that `self.reset_parameters()` calls, which is one in Rust as well."""
        call = getattr(step.statement, "value", None)
        if not isinstance(call, ast.Call) or getattr(getattr(call.func, "value", None), "id", "") != "self" or call.args or call.keywords:
            return None
        if call.func.attr == "apply" or step.leads:
            return None
        name, lines = names.field(call.func.attr.lstrip("_")), step.lines
        taken = {self.plan.program.name_of_method(function, self.plan.cls) for function in self.plan.program.functions_of(self.plan.cls)}
        if name in taken | {"new", "forward"} or step.of_new:
            return None
        body = lines[1:-1] if lines[0] == "{" else lines
        self.methods[name] = "\n".join([f"fn {name}(&self) {{", *body, "}"])
        return name

    # What is drawn, in the order of `new`.

    def sequence(self, instance, seen):
        """As `key` names the events: those that an instance's `new` draws."""
        plan, program = self.plan, self.plan.program
        parts = []
        for member in self.order:
            name = getattr(handed(member.node), "code", None)
            if member.role == "module" and name in plan.arguments:
                # It is made before `new` is called.
                parts.append((-2, list(plan.arguments).index(name), member))
            elif member in self.lets:
                parts.append((0, self.firsts[member.name], member))
            else:
                parts.append((1, 0, member))
        parts += [(0, step.first, step) if step.early else (2, 0, step) for step in self.steps if step.lines is not None]
        for paths in program.places.shared.get(plan.cls, ()):
            parts.append((-1, 0, instance.get_submodule(paths[0])))
        found, looped = [], set()
        for _, _, part in sorted(parts, key=lambda part: part[:2]):
            if getattr(part, "lines", None) is not None and not isinstance(part, Step):
                # The loops of several members may be one, which draws in Python's order.
                if part.python not in looped:
                    looped |= set(part.beside)
                    of = [instance._modules[one.python] for one in self.order if one.python in part.beside and one.role != "base"]
                    if any(one.role == "base" for one in self.order if one.python in part.beside):
                        of += instance.children()
                    found += in_order(program, of, seen)
            elif isinstance(part, Step):
                found += [("step", id(self.log.fresh(instance)), id(one)) for one in (*part.leads, part.statement)]
            elif isinstance(part, nn.Module):
                found += drawn(program, part, seen)
            elif part.role == "base":
                if issubclass(plan.base, (nn.Sequential, nn.ModuleList, nn.ModuleDict)):
                    for child in instance.children():
                        found += drawn(program, child, seen)
                else:
                    found.append(("layer", id(self.log.fresh(instance))))
            elif part.role == "module":
                child = instance._modules.get(part.python)
                found += drawn(program, child, seen) if child is not None else []
            elif part.python in self.makings:
                for _, statement in [self.makings[part.python], *self.moved.get(part.name, ())]:
                    found.append(("step", id(self.log.fresh(instance)), id(statement)))
        return found


def handed(node):
    """What stands in `Some(…)` or `Box::new(…)`."""
    return node.by_place[0][1] if getattr(node, "cls", None) in (construction.Some, construction.Box) else node


def fields(lines):
    return {name for line in lines for name in re.findall(r"\bself\.((?:r#)?\w+)", line)}


def makes(function):
    """Does a method make members?"""
    try:
        tree = source.of(function).node
    except Untranslated:
        return False
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Attribute) and getattr(target.value, "id", "") == "self" for target in targets):
            return True
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("register_buffer", "register_parameter", "add_module"):
            return True
    return False


def gives_one(statement):
    """`self.head.weight = self.embedding.weight`"""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    return isinstance(target, ast.Attribute) and isinstance(target.value, (ast.Attribute, ast.Subscript)) and isinstance(statement.value, (ast.Attribute, ast.Name))


def gives_data(statement):
    """`self.scale.data = …` gives a tensor other memory, which no operation shows."""
    targets = [target for part in ast.walk(statement) if isinstance(part, ast.Assign) for target in part.targets]
    return any(isinstance(target, ast.Attribute) and target.attr == "data" for target in targets)


def is_local(statement):
    """Does it set variables alone? They stand before what reads them."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    names_ = [part for target in targets for part in getattr(target, "elts", [target])]
    return isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and all(isinstance(part, ast.Name) for part in names_)


def making(function, statement, name):
    """(function, statement, expression) where a statement makes this tensor, else None."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        keys = {"register_buffer": "tensor", "register_parameter": "param"}
        given = dict(zip(("name", "tensor"), call.args)) | {k.arg.replace("param", "tensor"): k.value for k in call.keywords if k.arg}
        if getattr(call.func, "attr", "") in keys and getattr(given.get("name"), "value", None) == name and "tensor" in given and not is_none(given["tensor"]):
            return function, statement, given["tensor"]
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    target = targets[0]
    if len(targets) == 1 and isinstance(target, ast.Attribute) and target.attr == name and getattr(target.value, "id", "") == "self":
        value = getattr(statement, "value", None)
        return None if value is None or is_none(value) else (function, statement, value)
    return None


def is_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def bare(node):
    """What stands in `nn.Parameter(…)`."""
    name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
    if isinstance(node, ast.Call) and name in ("Parameter", "Buffer"):
        given = node.args or [keyword.value for keyword in node.keywords if keyword.arg == "data"]
        return given[0] if given else node
    return node


def begins(node):
    """`torch.zeros(…)` and `torch.empty(…)`: what is there until something sets it."""
    name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    of_values = bool(name) and any(isinstance(part, (ast.List, ast.ListComp)) for part in node.args)
    return name in ("torch.zeros", "torch.empty") or name in ("torch.Tensor", "torch.FloatTensor") and not of_values


def sizes(call):
    """Those of `torch.zeros(2, 3)` and of `torch.zeros((2, 3))`."""
    return call.args[0].elts if len(call.args) == 1 and isinstance(call.args[0], (ast.Tuple, ast.List)) else call.args


def attribute(node, name):
    return ast.copy_location(ast.Attribute(ast.copy_location(ast.Name("self", ast.Load()), node), name, ast.Load()), node)


def covers(statement, line):
    line = line if isinstance(line, int) else line.lineno
    return statement.lineno <= line <= statement.end_lineno


# The whole model's.


def by_fresh(program):
    """By the modules of the making that was looked at, the draws of their class."""
    return {id(program.log.fresh(instance)): plan.draws for plan in program.plans.values() for instance in plan.instances}


def keys(program):
    """What Python drew, in its order."""
    of, found = by_fresh(program), []
    for event in program.log.events:
        if not event.draws:
            continue
        key = ("unknown", event.place)
        if event.layer is not None:
            key = ("layer", id(event.layer))
        elif id(event.owner) in of:
            draws = of[id(event.owner)]
            own = [statement for function, statement in draws.statements if draws.is_of(event, function, statement)]
            told = [statement for statement in own if id(statement) in draws.told] or own
            if told:
                key = ("step", id(event.owner), id(told[0]))
        if not found or found[-1][0] != key:
            found.append((key, event))
    return found


def told(event):
    """The statement of the model's code, as it stands there."""
    file, line = event.place if event.place else ("", 0)
    with_source = event.trail[0][0] if event.trail else None
    words = linecache.getline(file, line).strip()
    if with_source is not None and source.is_there(with_source):
        statements = [part for part in ast.walk(source.of(with_source).node) if isinstance(part, ast.stmt) and covers(part, line)]
        inner = min(statements, key=lambda part: part.end_lineno - part.lineno, default=None)
        if inner is not None and not hasattr(inner, "body"):
            words = ast.unparse(inner).splitlines()[0]
    return f"{Path(file).name}:{line}", words


def tell(program):
    """What `new` does not set as Python does goes into the report; is the order that of Python?"""
    log, report, of = program.log, program.report, by_fresh(program)
    for event in log.events:
        if event.layer is not None:
            continue
        draws = of.get(id(event.owner))
        if draws is not None:
            made = [statement for _, statement in draws.makings.values()]
            own = [statement for function, statement in draws.statements if draws.is_of(event, function, statement)]
            made = [statement for statement in made if id(draws.fills.get(id(statement), statement)) in draws.told | {id(statement)}]
            if any(id(statement) in draws.told | draws.led for statement in own) or any(statement in made for statement in own):
                continue
        elif event.owner is not None and not is_part(event.owner, log.model):
            # Of a module that was thrown away.
            continue
        place, words = told(event)
        report.comes(f"{place}: the initial values of `{words}`")
    for file, line in log.seeds:
        report.comes(f"{Path(file).name}:{line}: all that is drawn from here on, since `{linecache.getline(file, line).strip()}` stands here")
    for draws in of.values():
        for statement, function, words in draws.unsure:
            report.comes(f"{source.of(function).place(statement)}: {words}")
    replaced = {}
    # Copies of one that drew.
    copied = {id(part) for module in log.model.modules() if isinstance(module, (nn.Transformer, *layers.STACKS)) for part in module.modules()}
    for name, module in log.model.named_modules():
        if not layers.is_layer(type(module)) or isinstance(module, nn.RNNBase) or id(module) in copied:
            continue
        for own, parameter in module._parameters.items():
            drew = parameter is None or not parameter.numel() or parameter.untyped_storage().data_ptr() in log.written
            if not drew and not module._forward_pre_hooks:
                replaced.setdefault(program.place_of(name or own), []).append(f"{name}.{own}" if name else own)
    for place, paths in replaced.items():
        others = f" and {len(paths) - 1} others" if len(paths) > 1 else ""
        report.comes(f"{place}: the values of `{paths[0]}`{others}, which are not those that a layer drew")
    python = keys(program)
    known = {key for key, _ in python}
    program.places_of_draws = {key: place for place, (key, _) in enumerate(python)}
    rust = [key for key in drawn(program, program.model, set()) if key in known]
    for i, (key, event) in enumerate(python):
        if i >= len(rust) or rust[i] != key:
            return event
    return None


def drawn(program, module, seen):
    """What the making of a module draws in Rust."""
    if id(module) in seen:
        return []
    seen.add(id(module))
    if type(module) in program.plans:
        return program.plans[type(module)].draws.sequence(module, seen)
    if type(module) in (nn.Sequential, nn.ModuleList, nn.ModuleDict):
        return [key for child in module.children() for key in drawn(program, child, seen)]
    return [("layer", id(program.log.fresh(module)))]


def in_order(program, modules, seen):
    """What these draw, where they are made in Python's order."""
    blocks, todo = [], list(modules)
    while todo:
        module = todo.pop(0)
        if type(module) in (nn.Sequential, nn.ModuleList):
            todo[:0] = module.children()
        else:
            blocks.append([key for key in drawn(program, module, seen) if key in program.places_of_draws])
    blocks = [block for block in blocks if block]
    return [key for block in sorted(blocks, key=lambda block: program.places_of_draws[block[0]]) for key in block]


def is_part(module, model):
    return any(module is other for other in model.modules())
