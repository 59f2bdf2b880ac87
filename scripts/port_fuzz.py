"""Random modules through scripts/port: .venv/bin/python scripts/port_fuzz.py [SEED] [COUNT]

One has COUNT methods made of `if`, `for`, `with`, `return`, `continue` and assignments to tensors and numbers. Each is called
with n from 0 to 4, so that most ways through it are gone. Another has COUNT classes, whose `__init__` sets variables anew and
makes layers under conditions and in loops; each has a few instances. The Rust has to compile, to print the same model, and to
give Python's bits. What nothing reads is allowed: a random function is full of it.
"""

import contextlib
import io
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from porting import check, command  # noqa: E402

HEAD = """\
import torch
from torch import nn
import torch.nn.functional as F

"""
NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
"""
CALLS = 5
DEPTH = 3


class Names:
    """The variables that are surely set at a place, and those of the loops around it, which are read alone."""

    def __init__(self, tensors=("x",), counters=()):
        self.tensors, self.numbers, self.counters = list(tensors), ["n", "k"], list(counters)

    def inside(self, *counters):
        return Names(self.tensors, [*self.counters, *counters])

    @property
    def read(self):
        return self.numbers + self.counters


class Functions:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def tensor(self, names):
        pick = self.random.choice
        a, b, k = pick(names.tensors), pick(names.tensors), pick([*names.read, "2", "0.5"])
        return pick([f"{a} * {k}", f"{a} + {b}", f"{a} - {b} * {k}", f"F.relu({a})", f"self.fc({a})", f"{a}.tanh()", f"torch.sin({a}) + {k}", a])

    def number(self, names):
        a, b = (self.random.choice([*names.read, "1", "2"]) for _ in range(2))
        return self.random.choice([f"{a} + {b}", f"{a} * 2", f"{a} - 1", b])

    def test(self, names):
        pick, name = self.random.choice, self.random.choice(names.read)
        low, high = sorted(pick(range(5)) for _ in range(2))
        return pick([f"{name} == {low}", f"{name} > {low}", f"n == {high}", f"{name} % 2 == 0", f"n in ({low}, {high})", f"n < {high} and {name} > 1", f"not n == {low}"])

    def block(self, names, depth=0):
        """Its lines."""
        lines = []
        for _ in range(self.random.randint(1, 3)):
            forms = {self.tensor_set: 6, self.number_set: 3, self.added: 2, self.pair: 1, self.without_gradients: 1}
            forms |= {self.branch: 6, self.loop: 2} if depth < DEPTH else {}
            forms |= {self.left: 1} if names.counters else {}
            forms |= {self.returned: 1} if depth else {}
            lines += self.random.choices(list(forms), forms.values())[0](names, depth)
        return lines or ["pass"]

    def tensor_set(self, names, depth):
        name = self.random.choice([*names.tensors, "y", "z"])
        line = f"{name} = {self.tensor(names)}"
        names.tensors += [name] * (name not in names.tensors)
        return [line]

    def number_set(self, names, depth):
        return [f"{self.random.choice(names.numbers)} = {self.number(names)}"]

    def added(self, names, depth):
        return [f"{self.random.choice(names.numbers)} += {self.random.choice(['1', 'n', 'k'])}"]

    def pair(self, names, depth):
        if len(names.tensors) < 2:
            return []
        a, b = self.random.sample(names.tensors, 2)
        return [f"{a}, {b} = {b}, {self.tensor(names)}"]

    def without_gradients(self, names, depth):
        return ["with torch.no_grad():", f"    {self.random.choice(names.tensors)} = {self.tensor(names)}"]

    def left(self, names, depth):
        return [f"if {self.test(names)}:", f"    {self.random.choice(['continue', 'break'])}"]

    def returned(self, names, depth):
        return [f"if {self.test(names)}:", f"    return {self.tensor(names)}"]

    def loop(self, names, depth):
        counter, counted = f"i{depth}", self.random.choice(["range(2)", "range(n)", "range(1, 4)"])
        return [f"for {counter} in {counted}:", *indented(self.block(names.inside(counter), depth + 1))]

    def branch(self, names, depth):
        lines, sides, last = [], [names.inside() for _ in range(self.random.choice([1, 2, 2, 3]))], ""
        for place, side in enumerate(sides):
            last = "if" if place == 0 else "else" if place == len(sides) - 1 and self.random.random() < 0.7 else "elif"
            lines += [f"{last} {self.test(names)}:" if last != "else" else "else:", *indented(self.block(side, depth + 1))]
        if last == "else":
            # What all sides set is set.
            names.tensors += [name for name in ("y", "z") if name not in names.tensors and all(name in side.tensors for side in sides)]
        return lines

    def function(self, name):
        names = Names()
        lines = ["k = 1", *self.block(names), *self.block(names), f"return {' + '.join(names.tensors)} * k"]
        return [f"def {name}(self, x, n):", *indented(lines)]


class Classes:
    """Their members are called on as many columns as they take."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def size(self, names):
        a, b = (self.random.choice(names) for _ in range(2))
        return self.random.choice([a, f"{a} * 2", f"{a} + {b}", f"{a} + 1", f"{a} // 2 + 1", "4", f"max({a}, {b})"])

    def test(self, names):
        a, low = self.random.choice(names), self.random.randint(2, 9)
        return self.random.choice(["flag", "deep", "not deep", f"{a} > {low}", f"{a} != {low}", f"flag and {a} > 3", "mode == 'a'", "mode in ('a', 'b')"])

    def layer(self, names):
        bias = self.random.choice(["", "", "", "", ", bias=flag"])
        return f"nn.Linear({self.size(names)}, {self.size(names)}{bias})"

    def block(self, names, count, depth=0):
        """Its lines."""
        forms = {self.number_set: 2, self.number_new: 2, self.member: 5, self.either: 3}
        forms |= {self.branch: 3} if depth < DEPTH - 1 else {}
        forms |= {self.loop: 1} if depth == 0 else {}
        return [line for _ in range(count) for line in self.random.choices(list(forms), forms.values())[0](names, depth)]

    def name(self, how):
        self.members[f"l{len(self.members)}"] = how
        return f"self.l{len(self.members) - 1}"

    def number_set(self, names, depth):
        return [f"{self.random.choice(names)} = {self.size(names)}"]

    def number_new(self, names, depth):
        name = self.random.choice(["mid", "hid"])
        line = f"{name} = {self.size(names)}"
        names += [name] * (name not in names)
        return [line]

    def member(self, names, depth):
        return [f"{self.name('maybe' if depth else 'there')} = {self.layer(names)}"]

    def either(self, names, depth):
        return [f"{self.name('maybe')} = {self.layer(names)} if {self.test(names)} else {self.random.choice(['None', self.layer(names)])}"]

    def loop(self, names, depth):
        width, grows = self.random.choice(names), self.random.random() < 0.5
        inside = [f"layers.append(nn.Linear({width}, {width} + i))", *[f"{width} = {width} + i"] * grows]
        head = f"for i in range({self.random.randint(2, 3)}):"
        return ["layers = []", head, *indented(inside), f"{self.name('list')} = nn.ModuleList(layers)"]

    def branch(self, names, depth):
        side = lambda: indented(self.block(list(names), self.random.randint(1, 2), depth + 1))
        lines = [f"if {self.test(names)}:", *side()]
        lines += [f"elif {self.test(names)}:", *side()] if self.random.random() < 0.4 else []
        return lines + (["else:", *side()] if self.random.random() < 0.6 else [])

    def cls(self, name):
        self.members = {}
        made = self.block(["w", "k"], self.random.randint(3, 7))
        made = [f"self.{member} = None" for member, how in self.members.items() if how == "maybe"] + made
        called = []
        for member, how in self.members.items():
            layer = "layer" if how == "list" else f"self.{member}"
            call = f"y = y * 0.5 + {layer}(x[:, :1].expand(-1, {layer}.weight.shape[1])).sum()"
            head = {"list": f"for layer in self.{member}:", "maybe": f"if self.{member} is not None:"}.get(how)
            called += [head, f"    {call}"] if head else [call]
        made, called = indented(["super().__init__()", *made]), indented(["y = x.sum()", *called, "return y"])
        inside = ["def __init__(self, w, k=3, flag=True, deep=False, mode='a'):", *made, "", "def forward(self, x):", *called]
        return ["", f"class {name}(nn.Module):", *indented(inside), ""]

    def instance(self, name):
        given = [str(self.random.randint(2, 12))]
        for argument, value in (("k", self.random.randint(1, 6)), ("flag", self.random.random() < 0.5), ("deep", self.random.random() < 0.5), ("mode", self.random.choice("abc"))):
            given += [f"{argument}={value!r}"] * (self.random.random() < 0.5)
        return f"{name}({', '.join(given)})"


def indented(lines):
    return [f"    {line}" for line in lines]


def functions(seed, count):
    """The Python."""
    random_, methods = Functions(seed), ["        self.fc = nn.Linear(4, 4)"]
    for place in range(count):
        methods += ["", *indented(random_.function(f"f{place}"))]
    calls = [f"        outputs.append(self.f{place}(x, n))" for place in range(count)]
    forward = ["", "def forward(self, x):", "    outputs = []", f"    for n in range({CALLS}):", *calls, "    return outputs"]
    return HEAD + NET + "\n".join([*methods, *indented(forward)]) + "\n"


def classes(seed, count):
    random_, written, made = Classes(seed), [], []
    for place in range(count):
        written += random_.cls(f"Block{place}")
        made += [random_.instance(f"Block{place}") for _ in range(random_.random.randint(1, 4))]
    made = [f"self.m{place} = {code}" for place, code in enumerate(made)]
    calls = [f"        outputs.append(self.m{place}(x))" for place in range(len(made))]
    forward = ["", "def forward(self, x):", "    outputs = []", *(call[4:] for call in calls), "    return outputs"]
    return HEAD + "\n".join(written) + NET + "\n".join([*indented(indented(made)), *indented(forward)]) + "\n"


def port(name, python, folder):
    """(exit code, what it says), with the files in a folder."""
    (folder / f"{name}.py").write_text(python)
    sys.path.insert(0, str(folder))
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = command.main([f"{name}:Net", "--no-export", "--input", "2,4", "--out", str(folder / f"{name}.rs")])
    sys.path.remove(str(folder))
    return code, out.getvalue()


def main(seed=0, count=30):
    fine = True
    for kind in (functions, classes):
        with tempfile.TemporaryDirectory() as folder:
            folder, name = Path(folder), f"{kind.__name__}_{seed}"
            code, said = port(name, kind(seed, count), folder)
            same = code == 0
            if same:
                rust = folder / f"{name}.rs"
                # Behind the head, which stands first in a file.
                rust.write_text(rust.read_text().replace("#![allow(", "#![allow(unused, ", 1))
                same, said, _ = check.check(folder, rust.stem)
            print(f"seed {seed}, {count} {kind.__name__}: {'the same bits as Python' if same else said}")
            fine &= same
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
