"""Functions of random control flow through scripts/port: .venv/bin/python scripts/port_fuzz.py [SEED] [COUNT]

A module has COUNT methods made of `if`, `for`, `with`, `return`, `continue` and assignments to tensors and numbers. Each is called
with n from 0 to 4, so that most ways through it are gone. The Rust has to compile, and to give Python's bits. What nothing
reads is allowed: a random function is full of it.
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


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
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


def indented(lines):
    return [f"    {line}" for line in lines]


def module(seed, count):
    """The Python."""
    functions, methods = Functions(seed), []
    for place in range(count):
        methods += ["", *functions.function(f"f{place}")]
    calls = [f"        outputs.append(self.f{place}(x, n))" for place in range(count)]
    methods += ["", "def forward(self, x):", "    outputs = []", f"    for n in range({CALLS}):", *calls, "    return outputs"]
    return HEAD + "\n".join(indented(methods)) + "\n"


def port(seed, count, folder):
    """(exit code, what it says), with the files in a folder."""
    name = f"fuzzed_{seed}"
    (folder / f"{name}.py").write_text(module(seed, count))
    sys.path.insert(0, str(folder))
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = command.main([f"{name}:Net", "--no-export", "--input", "2,4", "--out", str(folder / f"{name}.rs")])
    sys.path.remove(str(folder))
    return code, out.getvalue()


def main(seed=0, count=30):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        code, said = port(seed, count, folder)
        fine = code == 0
        if fine:
            rust = folder / f"fuzzed_{seed}.rs"
            # Behind the head, which stands first in a file.
            rust.write_text(rust.read_text().replace("#![allow(", "#![allow(unused, ", 1))
            fine, said, _ = check.check(folder, rust.stem)
        print(f"seed {seed}, {count} functions: {'the same bits as Python' if fine else said}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
