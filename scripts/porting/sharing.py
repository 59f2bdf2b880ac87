"""Modules and parameters that stand at several places of a model."""

import ast

from torch import nn

from . import names, source
from .construction import Shared
from .report import Untranslated


def mut(ties):
    """`mut ` where a place of the model is written to."""
    return "mut " if any(not line.startswith(("let ", "for ")) for line in ties) else ""


class Places:
    """`shared`: by class, the groups of paths at which one module stands, whose first common owner is
    of that class. `tied`: the same for parameters."""

    def __init__(self, program):
        self.program, self.model = program, program.model
        modules, parameters = {}, {}
        for name, module in self.model.named_modules(remove_duplicate=False):
            if next(module.parameters(), None) is not None or next(module.buffers(), None) is not None:
                modules.setdefault(id(module), []).append(name)
        again = {name for paths in modules.values() for name in paths[1:]}
        for name, parameter in self.model.named_parameters(remove_duplicate=False):
            parameters.setdefault(id(parameter), []).append(name)
        inside = lambda name: any(name.startswith(f"{other}.") for other in again)
        several = lambda places: [
            [name for name in paths if not inside(name)] for paths in places.values() if len(paths) > 1
        ]
        self.shared = self.by_owner([paths for paths in several(modules) if len(paths) > 1], "module", "an nn::Shared")
        # Those of a shared module are told with it.
        tied = [[name for name in paths if name.rpartition(".")[0] not in again] for paths in several(parameters)]
        self.tied = self.by_owner([paths for paths in tied if len(paths) > 1], "parameter", "nn::Parameter::tie")
        # By module: the variable of `new` that holds it. By class and variable: the places yet to be written.
        self.variables, self.left = {}, {}
        self.ids = {id(self.model.get_submodule(paths[0])) for paths in several(modules) if len(paths) > 1}
        # By module that is shared: whose `new` makes it.
        self.owners = {
            id(owner.get_submodule(below[0])): owner
            for owner in self.model.modules() for below in self.shared.get(type(owner), ())
        }

    def by_owner(self, groups, what, means):
        """Each group below the class of its owner, where it is the same in all instances."""
        found = {}
        for paths in groups:
            parts = [path.split(".") for path in paths]
            depth = 0
            while all(len(part) > depth + 1 and part[depth] == parts[0][depth] for part in parts):
                depth += 1
            owner = ".".join(parts[0][:depth])
            while owner and type(self.model.get_submodule(owner)).__module__.startswith("torch.nn."):
                depth -= 1
                owner = ".".join(parts[0][:depth])
            below = tuple(".".join(part[depth:]) for part in parts)
            found.setdefault(type(self.model.get_submodule(owner)), {}).setdefault(below, []).append(owner)
        for cls, below in found.items():
            count = sum(type(module) is cls for module in self.model.modules())
            for paths, owners in below.items():
                if len(owners) != count:
                    self.refuse(owners[0], paths, what, "in some instances alone", f"tie them by hand, with {means}")
        return found

    def refuse(self, owner, paths, what, why, by_hand):
        place = ".".join([owner, paths[1]]) if owner else paths[1]
        words = f"the {what} at `{paths[1]}` stands at `{paths[0]}` as well, {why}"
        raise Untranslated(self.program.place_of(place), words, by_hand)

    # Modules.

    def group(self, module):
        return id(module) in self.ids

    def any_shared(self, modules):
        """Does one of these, or a module inside them, stand at another place as well, for which they do not account themselves?"""
        every = {id(inside): inside for module in modules for inside in module.modules()}
        return any(key in self.ids and id(self.owners.get(key)) not in every for key in every)

    def named(self, module, member):
        self.variables[id(module)] = member

    def reference(self, module):
        member = self.variables.get(id(module))
        if member is None:
            paths = [name for name, other in self.model.named_modules(remove_duplicate=False) if other is module]
            self.refuse("", paths, "module", "in another object that is no part of this one", "make it an nn::Shared, and hand it to `new`")
        paths = next(paths for paths in self.shared[member.plan.cls] if paths[0] == member.python)
        self.left.setdefault((member.plan.cls, member.name), len(paths))
        return Shared(member.name, f"nn::Shared<{member.type}>", member.plan.cls)

    def code(self, node):
        """The last place takes the variable, the others a clone."""
        key = node.owner, node.name
        self.left[key] -= 1
        return f"{node.name}.clone()" if self.left[key] else node.name

    # Parameters.

    def ties(self, plan):
        """The statements that tie what `new` has made."""
        lines = []
        for paths in self.tied.get(plan.cls, ()):
            given = self.given(plan.cls, paths)
            ordered = sorted(paths, key=lambda path: path != given)
            first, *others = (self.place(plan, paths, path) for path in ordered)
            lines += [f"{other} = {first}.tie();" for other in others]
        return lines

    @staticmethod
    def given(cls, paths):
        """Of `self.embedding.weight = self.output.weight` the second, whose values both have then; or else the first path."""
        for written in source.functions(cls):
            for node in ast.walk(written.node):
                ends = [node.targets[0], node.value] if isinstance(node, ast.Assign) else []
                names_ = [ast.unparse(end).removeprefix("self.") for end in ends if isinstance(end, ast.Attribute)]
                if len(names_) == 2 and set(names_) <= set(paths):
                    return names_[1]
        return paths[0]

    def frozen(self, plan):
        """The statements for the parameters that ask for no gradient."""
        lines, root = [], plan.instances[0]
        for path in self.frozen_by_class().get(plan.cls, ()):
            owner, _, last = path.rpartition(".")
            layer, whole = root.get_submodule(owner), not path or path in dict(root.named_modules())
            normalises = isinstance(layer, (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm))
            try:
                code = self.place(plan, [path], path) if path else "model"
            except Untranslated as error:
                error.why = f"the parameters of `{path}` ask for no gradient" if whole else f"the parameter `{path}` asks for no gradient"
                error.by_hand = "call `set_requires_grad(false)` on each" if whole else "call `set_requires_grad(false)` on it"
                self.program.report.todo(f"{self.program.file_of(plan.cls)}:{self.program.line_of(plan.cls)}", error)
                continue
            optional = type(layer).__module__.startswith("torch.nn.") and (last == "bias" or normalises)
            if whole:
                lines.append(f"for parameter in {code}.parameters() {{\nlet _ = parameter.set_requires_grad(false);\n}}")
            else:
                lines.append(f"let _ = {code}{'.as_ref().unwrap()' if optional else ''}.set_requires_grad(false);")
        return lines

    def frozen_by_class(self):
        """By class: the modules without any gradient and the parameters, by their paths, that are so in all its instances."""
        found, modules = [], dict(self.model.named_modules())

        def look(module, path):
            below = f"{path}." if path else ""
            asks = [parameter.requires_grad for parameter in module.parameters()]
            if asks and not any(asks) and (len(asks) > 1 or not path):
                found.append(path)
                return
            found.extend(f"{below}{name}" for name, parameter in module.named_parameters(recurse=False) if not parameter.requires_grad)
            for name, child in module.named_children():
                look(child, f"{below}{name}")

        look(self.model, "")
        known, by_class = set(found), {}
        for path in found:
            parts = path.split(".")
            for depth in range(len(parts) - 1, -1, -1):
                owner = type(modules.get(".".join(parts[:depth])))
                plan, below = self.program.plans.get(owner), ".".join(parts[depth:])
                places = [name for name, module in modules.items() if type(module) is owner]
                if plan is not None and all((f"{place}.{below}" if place else below) in known for place in places):
                    by_class.setdefault(owner, {})[below] = None
                    break
            else:
                raise Untranslated(None, f"`{path}` asks for no gradient", "call `set_requires_grad(false)` on each of its parameters")
        return by_class

    def is_of_one(self, modules):
        """A list of one type, whose modules can be reached into."""
        return "dyn" not in self.program.type_of(self.program.describe(modules))

    def place(self, plan, paths, path):
        """A parameter's place in Rust: `model.decoder.weight`."""
        code, module, instance = "model", plan, plan.instances[0]
        *way, last = path.split(".")
        for part in [*way, last]:
            where = ".".join(paths)
            if module is None and part is not last and not isinstance(instance, nn.ModuleList):
                raise Untranslated(
                    self.program.place_of(where), f"the parameters {where} are one, inside a container", "tie them by hand"
                )
            if isinstance(instance, nn.ParameterList) or isinstance(instance, nn.ModuleList) and self.is_of_one(instance):
                code, instance = f"{code}[{part}]", instance[int(part)]
                module = self.program.plans.get(type(instance))
                continue
            if module is None:
                return f"{code}[{part}]" if isinstance(instance, nn.Sequential) else f"{code}.{names.field(part)}"
            member = module.member(part)
            if member is None or member.optional or member.dyn:
                line = self.program.line_of(module.cls)
                raise Untranslated(
                    f"{self.program.file_of(module.cls)}:{line}", f"the parameters {' and '.join(paths)} are one",
                    "tie them by hand, with nn::Parameter::tie",
                )
            code = f"{code}.{member.name}"
            if part is not last:
                instance = getattr(instance, part)
                module = self.program.plans.get(type(instance))
        return code
