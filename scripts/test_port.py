"""Tests of scripts/port: .venv/bin/python scripts/test_port.py

Small modules are ported and their Rust is read; nothing is compiled, so a run takes seconds.
"""

import atexit
import contextlib
import io
import shutil
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import torch  # noqa: E402

from porting import command, crate, loops, names  # noqa: E402

loops.STRICT = True

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n\n"


# Of its kind, since the package need not be there: what the models of the tests ask for.
EINOPS = """
    def rearrange(x, pattern, h=None):
        if h:
            return x.unflatten(-1, (h, -1)).transpose(2, 3)
        return x.transpose(2, 3).flatten(3)

    def reduce(x, pattern, how):
        return x.sum(1)

    def repeat(x, pattern, b, n):
        return x.expand(b, n, -1)
"""


class Ported:
    """What `scripts/port` makes of a class, and what it says."""

    count = 0

    def __init__(self, python, *words, name="Net", input="2,3,8,8", beside={}):
        Ported.count += 1
        folder = Path(tempfile.mkdtemp(prefix="test port's "))
        atexit.register(shutil.rmtree, folder)
        module = f"to_port_{Ported.count}"
        (folder / f"{module}.py").write_text(HEAD + textwrap.dedent(python))
        for file, text in beside.items():
            (folder / file).write_text(textwrap.dedent(text))
        out, err = io.StringIO(), io.StringIO()
        self.out = folder / "out"
        sys.path.insert(0, str(folder))
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                self.code = command.main(
                    [f"{module}:{name}", "--input", *input.split(), "--out", str(self.out / "net.rs"), "--no-export", *words]
                )
        finally:
            sys.path.remove(str(folder))
        self.said = out.getvalue() + err.getvalue()
        self.module = module
        rust = self.out / "net.rs"
        self.rust = rust.read_text() if rust.exists() else None
        self.files = sorted(file.name for file in self.out.iterdir()) if self.out.exists() else []


def net(forward, initial="self.fc = nn.Linear(8, 8)"):
    """A class with one layer, and this `forward`."""
    body = textwrap.indent(textwrap.dedent(forward).strip(), " " * 8)
    return f"class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        {initial}\n\n    def forward(self, x):\n{body}\n"


class Translates(unittest.TestCase):
    def assert_forward(self, python, rust, **options):
        """The body of `forward`, whatever the lines are broken at."""
        ported = Ported(net(python, **options))
        self.assertEqual(ported.code, 0, ported.said)
        squeeze = lambda text: "".join(text.split())
        self.assertIn(squeeze(rust), squeeze(ported.rust), ported.rust)

    def test_parts_that_change_where_they_are(self):
        for python, rust in (
            ("x[:, 0] += 1", "x.i((.., 0)).add_assign(1);"),
            ("x[..., 1:] -= x[..., :1]", "x.i((Ellipsis, 1..)).sub_assign(x.i((Ellipsis, ..1)));"),
            ("x[0][1] *= 0.5", "x.i(0).i(1).mul_assign(0.5);"),
            ("x[:, None] /= y", "x.i((.., None)).div_assign(&y);"),
            # A mask, which is no view, is computed once.
            ("x[torch.rand_like(x) > 0.5] *= 2", "let index = torch::rand_like(&x).gt(0.5); x.set_i(&index, x.i(&index) * 2);"),
            ("x[y] += 2", "x.set_i(&y, x.i(&y) + 2);"),
            ("x[:, torch.randperm(3)[:2]] -= 1", "let index = torch::randperm(3).i(..2); x.set_i((.., &index), x.i((.., &index)) - 1);"),
        ):
            y = "x[:, 0, 0, 0] > 0" if "x[y]" in python else "x.mean()"
            self.assert_forward(f"y = {y}\nx = x.clone()\n{python}\nreturn self.fc(x) + y.sum()", rust)

    def test_options_that_are_made_on_the_way(self):
        ported = Ported(
            """
            class Linear(nn.Linear):
                def forward(self, x):
                    return F.linear(x, self.weight.to(x.dtype), None if self.bias is None else self.bias.to(x.dtype))

            class Net(nn.Module):
                def __init__(self, width=8):
                    super().__init__()
                    self.a, self.b = Linear(width, width), Linear(width, width, bias=False)

                def forward(self, x):
                    return self.b(self.a(x))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        # What a class without an `__init__` is given stays an argument.
        for words in (
            "pub fn new(in_features: i64, out_features: i64, bias: bool)", "a: Linear::new(width, width, true),",
            "let bias = self.linear.bias.as_ref().map(|bias| bias.to_kind(x.kind()));\n        F::linear_options(x,", ".maybe_bias(bias.as_ref())",
        ):
            self.assertIn(words, ported.rust)

    def test_options_within_a_closure(self):
        ported = Ported(
            """
            class Linear(nn.Linear):
                def forward(self, x):
                    f = lambda x: F.linear(x, self.weight, None if self.bias is None else self.bias * x.mean())
                    return f(x * 3) + x

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b = Linear(8, 8), Linear(8, 8, bias=False)

                def forward(self, x):
                    return self.b(self.a(x))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertNotIn("let bias", ported.rust)

    def test_classes_above_a_layer(self):
        ported = Ported(
            """
            class Tripled(nn.Linear):
                def forward(self, x):
                    return super().forward(x) * 3

            class Lifted(Tripled):
                def forward(self, x):
                    return super().forward(x) + 1

            class Recurrent(nn.GRU):
                def forward(self, x):
                    return super().forward(x)[0] * 2

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.fc, self.gru = Lifted(8, 8), Recurrent(8, 8)

                def forward(self, x):
                    return self.gru(self.fc(x))
            """,
            input="2,3,8",
        )
        self.assertEqual(ported.code, 0, ported.said)
        for words in ("self.forward_of_tripled(x) + 1", "self.linear.forward(x) * 3"):
            self.assertIn(words, ported.rust)
        self.assertNotIn("weight_ih_l0", ported.rust)

    def test_an_attribute_that_is_set_later(self):
        ported = Ported(
            net(
                "return self.fc(self.a(x)) / self.width",
                "width = 8\n        self.a = nn.Linear(8, width)\n        width = width * 2\n        self.width = width\n        self.fc = nn.Linear(8, width)",
            )
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertRegex(ported.rust, r"width(: 16)?,")
        self.assertNotIn("width: 8", ported.rust)

    def test_what_stands_behind_a_return(self):
        ported = Ported(net("if self.kind == 'a':\n    return self.fc(x) * 2\nreturn self.fc(x)", "self.fc, self.kind = nn.Linear(8, 8), 'a'"))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("self.fc.forward(x) * 2\n    }", ported.rust)
        self.assertIn(f"left out: {ported.module}.py:14: what stands behind `if self.kind == 'a'`", ported.said)

    def test_members_that_some_have(self):
        ported = Ported(
            """
            class Conv(nn.Conv2d):
                def forward(self, x):
                    return F.conv2d(x, self.weight * 2, self.bias, self.stride, self.padding, self.dilation)

            class Block(nn.Module):
                def __init__(self, cin, cout, stride=1):
                    super().__init__()
                    self.conv = Conv(cin, cout, 3, stride=stride, padding=1)
                    if stride != 1:
                        self.down = nn.MaxPool2d(stride)

                def forward(self, x):
                    y = self.conv(x)
                    if hasattr(self, "down"):
                        y = y * 2
                    return self.down(y) + x.mean() if hasattr(self, "down") else y

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b = Block(3, 3, 2), Block(3, 4)

                def forward(self, x):
                    return self.b(self.a(x))
            """,
            input="2,3,8,8",
        )
        self.assertEqual(ported.code, 0, ported.said)
        for words in (
            "stride: [stride; 2],", "padding: [padding; 2],", "dilation: [1, 1],", ".stride(self.stride)", ".padding(self.padding)",
            "if let Some(down) = &self.down {", "if let Some(down) = &self.down { down.forward(&y)", "kernel_size: i64, stride: i64, padding: i64",
        ):
            self.assertIn("".join(words.split()), "".join(ported.rust.split()), ported.rust)

    def test_members_that_are_asked_for_by_name(self):
        layers = "self.fc0, self.fc1, self.fc = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)"
        loop = "for i in range(2):\n    x = {}(x)\nreturn self.fc(x)"
        for name in ("f'fc{i}'", "'fc%d' % i", "'fc{}'.format(i)", "'fc' + str(i)"):
            self.assert_forward(loop.format(f"getattr(self, {name})"), "x = [&self.fc0, &self.fc1][i as usize].forward(&x);", initial=layers)
        above = layers.replace("fc0", "fc3").replace("fc1", "fc4")
        self.assert_forward(loop.format("getattr(self, f'fc{i + 3}')"), "[&self.fc3, &self.fc4][i as usize]", initial=above)
        self.assert_forward("return self.fc(getattr(self, f'fc{x.size(0) + 1}')(x))", "[&self.fc3, &self.fc4][(x.shape()[0] + 1 - 3) as usize]", initial=above)
        self.assert_forward("return getattr(self, 'fc')(x) * getattr(self, 'scale', 2.0)", "self.fc.forward(x) * self.scale", initial="self.fc, self.scale = nn.Linear(8, 8), 0.5")
        ported = Ported(net("return self.fc(x) * getattr(self, 'scale', 2.0)"))
        self.assertIn("`getattr(self, 'scale', 2.0)`, which nothing has and is `2.0`", ported.said)
        mixed = "self.fc0, self.fc1, self.fc = nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8)"
        self.assert_forward(loop.format("getattr(self, f'fc{i}')"), "x = nn::call([&self.fc0 as &dyn Forward, &self.fc1][i as usize], &x);", initial=mixed)
        self.assert_forward("return self.fc(getattr(self, 'fc%d' % 1)(x))", "self.fc.forward(&self.fc1.forward(x))", initial=layers)
        gaps = "for i in (1, 4):\n    x = getattr(self, f'fc{i}')(x)\nreturn self.fc(x)"
        self.assert_forward(gaps, 'x = (match i { 1 => &self.fc1, 4 => &self.fc4, other => panic!("no attribute for {other}"), }).forward(&x);', initial=layers.replace("fc0", "fc4"))
        names = "for name in ['fc0', 'fc1']:\n    x = getattr(self, name)(x)\nreturn self.fc(x)"
        self.assert_forward(names, 'x = (match name { "fc0" => &self.fc0, "fc1" => &self.fc1, other => panic!("no attribute for {other}"), }).forward(&x);', initial=layers)
        self.assert_forward(names, 'match name { "fc0" => &self.fc0 as &dyn Forward, "fc1" => &self.fc1 as &dyn Forward,', initial=mixed)
        held = "for name in self.names:\n    fc = getattr(self, name)\n    x = fc(x)\nreturn self.fc(x)"
        self.assert_forward(held, 'let fc = match name { "fc1" => &self.fc1, "fc0" => &self.fc0, other => panic!("no attribute for {other}"), };', initial=layers + "; self.names = ['fc1', 'fc0']")
        ported = Ported(net(loop.replace("2", "1").format("getattr(self, f'fc{i}')"), "self.fc0, self.fc1, self.fc = nn.Linear(8, 8), nn.Bilinear(8, 8, 8), nn.Linear(8, 8)"))
        self.assertIn("takes one of several attributes by its name; hold them in an nn.ModuleList", ported.said)
        ported = Ported(net("return self.fc(x) if getattr(self, x.type().split('.')[0], None) is None else x"))
        self.assertIn("asks for an attribute by its name", ported.said)

    def test_what_is_among_others(self):
        loop = "for i in range(4):\n    if i {} self.out:\n        x = self.fc(x)\nreturn x"
        self.assert_forward(loop.format("in"), "if self.out.contains(&i) {", initial="self.fc, self.out = nn.Linear(8, 8), (1, 3)")
        self.assert_forward(loop.format("not in"), "if !self.out.contains(&i) {", initial="self.fc, self.out = nn.Linear(8, 8), [1, 3]")
        loop = loop.replace("range(4)", "['a', 'b']").replace("if i", "if i == 'c' or i")
        self.assert_forward(loop.format("in"), 'if i == "c" || self.out.contains(&i) {', initial="self.fc, self.out = nn.Linear(8, 8), ['b', 'd']")
        self.assert_forward("return self.fc(x) if 8 in x.shape else x", "if x.shape().contains(&8) {")

    def test_optional_members_as_variables(self):
        ported = Ported(
            """
            class Block(nn.Module):
                def __init__(self, gated=False, biased=True, act=None):
                    super().__init__()
                    self.fc = nn.Linear(8, 8)
                    self.gate = nn.Linear(8, 8) if gated else None
                    self.bias = nn.Parameter(torch.ones(8)) if biased else None
                    self.act = act

                def forward(self, x):
                    gate = self.gate
                    if gate is not None:
                        x = x * gate(x)
                    fc, act = self.fc, self.act
                    x = fc(x)
                    bias = self.bias
                    if bias is None:
                        return x
                    x = x + bias
                    if not act:
                        return x
                    return act(x)

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b, self.c = Block(True, False), Block(), Block(True, act=nn.ReLU())

                def forward(self, x):
                    return self.c(self.b(self.a(x)))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn(
            "".join(
                """
                let gate = self.gate.as_ref();
                let mut x = x.shallow_clone();
                if let Some(gate) = gate {
                    x = &x * gate.forward(&x);
                }
                let fc = &self.fc;
                let act = self.act.as_ref();
                let x = fc.forward(&x);
                let bias = self.bias.as_deref();
                if bias.is_none() {
                    return x;
                }
                let x = &x + bias.unwrap();
                if act.is_none() {
                    return x;
                }
                act.unwrap().forward(&x)
                """.split()
            ),
            "".join(ported.rust.split()),
            ported.rust,
        )

    def test_what_a_name_or_a_condition_may_come_to(self):
        # Of a method and of None there is no member, and `l01` is not `l1`.
        refused = "takes one of several attributes by its name; hold them in an nn.ModuleList"
        loop = "for i in range(1, 3):\n    a = getattr(self, f'l{i}')\n    x = a(x) if a else x\nreturn self.fc(x)"
        layers = "self.fc, self.l1, self.l2 = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)"
        self.assertIn(refused, Ported(net(loop, layers + "; self.l0 = None")).said)
        self.assertIn("[&self.l1, &self.l2][(i - 1) as usize]", Ported(net(loop.replace(" if a else x", ""), layers + "; self.l01 = nn.ReLU()")).rust)
        block = """
            class Block(nn.Module):
                def __init__(self, act=None):
                    super().__init__()
                    self.fc, self.act, self.flag = nn.Linear(8, 8), act, act is None

                def forward(self, x):
            {}
                    return self.fc(x)

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b = Block(), Block(nn.ReLU())

                def forward(self, x):
                    return self.b(self.a(x))
            """
        block = textwrap.dedent(block)

        def ported(forward):
            return Ported(block.format(textwrap.indent(forward, " " * 8)))

        for forward, rust in (
            ("if not self.act:\n    return x\nx = self.act(x)", "if self.act.is_none() { return x.shallow_clone(); } let x = self.act.as_ref().unwrap().forward(x);"),
            ("if self.act is None:\n    x = x + 1\nelse:\n    x = x * 2", "let x = if self.act.is_none() { x + 1 } else { x * 2 };"),
            ("act = self.act\nx = act(x) if act else x", "let x = if let Some(act) = act { act.forward(x) } else { x.shallow_clone() };"),
            ("act = self.act\nx = x * (2 if act is None else 3)", "x * (if act.is_none() { 2 } else { 3 })"),
        ):
            found = ported(forward)
            self.assertEqual(found.code, 0, found.said)
            self.assertIn("".join(rust.split()), "".join(found.rust.split()), found.rust)
        for forward, words in (
            ("act = self.act\nif act is None:\n    act = self.fc\nx = act(x)", "`act` is of one class or of another; give each a name of its own"),
            ("act = self.act\nif x.size(0) > 1:\n    act = None\nif act is not None:\n    x = act(x)", "`act` is one module or another, or none, by a condition; give each a name of its own"),
        ):
            found = ported(forward)
            self.assertEqual(found.code, 3, found.rust)
            self.assertIn(words, found.said)

    def test_optional_members_in_expressions(self):
        ported = Ported(
            """
            class Block(nn.Module):
                def __init__(self, norm=False, act=False, bias=False):
                    super().__init__()
                    self.fc, self.norm = nn.Linear(8, 8), nn.Linear(8, 8) if norm else None
                    self.act = nn.GELU() if act else None
                    self.bias = nn.Parameter(torch.zeros(8)) if bias else None

                def forward(self, x):
                    x = self.norm(x) if self.norm else x
                    x = x if not self.act else self.act(x)
                    if not (self.act is None):
                        x = self.act(x)
                    elif self.norm is not None or self.bias is not None:
                        x = x + 1
                    norm = self.norm if self.norm is not None else self.fc
                    return norm(x)

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b, self.c = Block(), Block(True), Block(True, True, True)

                def forward(self, x):
                    return self.c(self.b(self.a(x)))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        for words in (
            "if let Some(norm) = &self.norm { norm.forward(x) } else { x.shallow_clone() };",
            "if let Some(act) = &self.act { act.forward(&x) } else { x.shallow_clone() };",
            "if let Some(act) = &self.act { x = act.forward(&x); } else if self.norm.is_some() { x = &x + 1; }",
            "let norm = if let Some(norm) = &self.norm { norm } else { &self.fc }; norm.forward(&x)",
        ):
            self.assertIn("".join(words.split()), "".join(ported.rust.split()), ported.rust)
        part = "`self.bias is not None` of `self.norm is not None or self.bias is not None`, which never holds"
        self.assertIn(part, ported.said)
        ported = Ported(net("mask = 0 if self.fc.bias is None else self.fc.bias\ny = self.fc(x) if x.dim() == 4 and self.fc.bias is not None else x\nreturn y + mask"))
        self.assertIn("`self.fc.bias is not None` of `x.dim() == 4 and self.fc.bias is not None`, which always holds", ported.said)

    def test_optional_members_of_other_modules(self):
        ported = Ported(
            """
            class Layer(nn.Module):
                def __init__(self, down=False, scale=False):
                    super().__init__()
                    self.fc = nn.Linear(8, 8)
                    self.down = nn.Linear(8, 8) if down else None
                    self.scale = nn.Parameter(torch.ones(8)) if scale else None
                    if down:
                        self.norm = nn.LayerNorm(8)

                def forward(self, x):
                    down = self.fc(x)
                    if self.down is not None:
                        x = self.down(down) + down
                    return x

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.layers = nn.ModuleList([Layer(True), Layer(False, True), Layer(True, True)])

                def forward(self, x):
                    if self.layers:
                        x = x * 2
                    for layer in self.layers:
                        x = layer(x)
                        down = x + 1
                        if layer.down is not None:
                            x = layer.down(x) + down
                        if hasattr(layer, "norm"):
                            x = layer.norm(x)
                        scale, norm = layer.scale, getattr(layer, "norm", None)
                        if scale is not None and norm:
                            x = norm(x * scale)
                    return x
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        for words in (
            "if let Some(own_down) = &self.down { x = own_down.forward(&down) + &down; }",
            "if !self.layers.is_empty() {",
            "if let Some(layer_down) = &layer.down { x = layer_down.forward(&x) + &down; }",
            "if let Some(norm) = &layer.norm { x = norm.forward(&x); }",
            "let scale = layer.scale.as_deref(); let norm = layer.norm.as_ref(); if let Some(scale) = scale && let Some(norm) = norm {",
        ):
            self.assertIn("".join(words.split()), "".join(ported.rust.split()), ported.rust)

    def test_optional_members_that_are_handed_over(self):
        ported = Ported(
            """
            class Block(nn.Module):
                def __init__(self, gate=False, mask=False, rate=None):
                    super().__init__()
                    self.attn = nn.MultiheadAttention(8, 2, batch_first=True)
                    self.gate = nn.Linear(8, 8) if gate else None
                    self.register_buffer("mask", torch.eye(3).bool() if mask else None)
                    self.rate = rate

                def gated(self, x, gate, rate, mask=None):
                    if gate is not None:
                        x = gate(x)
                    if rate is not None:
                        x = x * rate
                    return x if mask is None else x * mask.any()

                def forward(self, x):
                    training = self.training
                    x = self.gated(x, self.gate, self.rate, mask=self.mask)
                    if training:
                        x = x * 2
                    x = self.attn(x, x, x, attn_mask=self.mask)[0]
                    return F.scaled_dot_product_attention(x, x, x, self.mask)

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b, self.c = Block(True), Block(False, True), Block(True, True, 0.5)

                def forward(self, x):
                    return self.c(self.b(self.a(x)))
            """,
            input="2,3,8",
        )
        self.assertEqual(ported.code, 0, ported.said)
        for words in (
            "self.gated(x, self.gate.as_ref(), self.rate, self.mask.as_deref())", "let training = self.training.get();", "if training {",
            "self.attn.forward_options(&x, &x, &x).maybe_attn_mask(self.mask.as_deref()).call().0",
            "F::scaled_dot_product_attention_options(&x, &x, &x).maybe_attn_mask(self.mask.as_deref()).call()",
        ):
            self.assertIn("".join(words.split()), "".join(ported.rust.split()), ported.rust)

    def test_optional_members_that_are_replaced(self):
        python = """
            class Block(nn.Module):
                def __init__(self, down=False, mask=False):
                    super().__init__()
                    self.fc = nn.Linear(8, 8)
                    self.down = nn.Linear(8, 8) if down else None
                    self.register_buffer("mask", torch.ones(8) if mask else None)

                def forward(self, x):
                    down, fc, mask = self.down, self.fc, self.mask
                    if down is not None and mask is None:
                        x = down(x)
                    if down is None:
                        down = fc
                    if mask is not None:
                        x = x * mask
                    return down(x)

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b = Block(True), Block(False, True)

                def forward(self, x):
                    return self.b(self.a(x))
            """
        ported = Ported(python)
        self.assertEqual(ported.code, 0, ported.said)
        for words in ("if let Some(down) = down && mask.is_none() {", "let down = down.unwrap_or(fc);", "if let Some(mask) = mask {"):
            self.assertIn("".join(words.split()), "".join(ported.rust.split()), ported.rust)
        python = python.replace("down, fc, mask = self.down, self.fc, self.mask", "(down, fc), mask = (self.down, self.fc), self.mask")
        ported = Ported(python)
        self.assertEqual(ported.code, 3, ported.said)
        self.assertIn("`self.down` is None in some instances; look whether it is there first", ported.said)

    def test_numbers_that_nothing_reads(self):
        self.assert_forward("w = 1\nfor i in range(3):\n    x = self.fc(x)\n    w *= 2\nreturn x", "for _i in 0..3 { x = self.fc.forward(&x); } x }")
        # Tensors change where they are, whoever else holds them.
        self.assert_forward("y = x * 2\ny += 1\nreturn self.fc(x)", "let mut y = x * 2; y += 1; self.fc.forward(x)")
        self.assert_forward("k = 0\nfor i in range(3):\n    x = self.fc(x) * k\n    k += 1\nreturn x", "#[allow(clippy::explicit_counter_loop)] fn forward")

    def test_loops_over_several_things(self):
        self.assert_forward("for i, j in zip(range(3), reversed(range(3))):\n    x = self.fc(x) * (i + j)\nreturn x", "for (i, j) in (0..3).zip((0..3).rev()) {")
        ones = "self.fc = nn.ModuleList([nn.Linear(8, 8) for _ in range(2)])"
        loop = "for i, a, b in zip(range(2), self.fc, reversed(self.fc)):\n    x = a(b(x)) * i\nreturn x"
        self.assert_forward(loop, "for ((i, a), b) in (0..2).zip(&self.fc).zip(self.fc.iter().rev()) {", initial=ones)
        loop = "s = torch.zeros_like(x)\nfor i in range(2):\n    v = self.fc(s * x)\n    s = s + v\nreturn v"
        self.assert_forward(loop, "let mut v = Tensor::new(); for _i in 0..2 { v = self.fc.forward(&(&s * x));")

    def test_numbers_before_tensors_stand_behind(self):
        # Of a literal before a tensor Rust does not see the type.
        self.assert_forward("return 2 * self.fc(x) + 1", "self.fc.forward(x) * 2 + 1")
        self.assert_forward("y = x + 0.5 * self.fc(x)\nreturn (1 - 2 * y).sigmoid()", "let y = x + self.fc.forward(x) * 0.5; torch::rsub(&(&y * 2), 1).sigmoid()")
        self.assert_forward("return (x == -1e9) * self.fc(x) * 1.5e-7", "x.eq(-1e9) * self.fc.forward(x) * 1.5e-7")

    def test_names_that_differ_in_case(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.fc = nn.Linear(8, 8)

                def scale(self, x, N):
                    n = N // 2
                    return x * n + N

                def forward(self, x, Q):
                    q = self.fc(x)
                    return self.scale(q, x.shape[1]) + Q.exp()
            """,
            input="2,8 2,8",
        )
        self.assertEqual(ported.code, 0, ported.said)
        for piece in (
            "fn scale(&self, x: &Tensor, n_: i64) -> Tensor {", "let n = n_ / 2;", "x * n + n_",
            "pub fn forward(&self, x: &Tensor, q_: &Tensor) -> Tensor {", "self.scale(&q, x.shape()[1]) + q_.exp()",
        ):
            self.assertIn(piece, ported.rust)

    def test_enumerate_from_another_number(self):
        self.assert_forward("for i, part in enumerate(x.unbind(0), 3):\n    x = x + part * i\nreturn self.fc(x)", "for (i, part) in (3..).zip(&torch::unbind(&x)) {")
        lists = "self.fc = nn.ModuleList([nn.Linear(8, 8) for _ in range(2)])"
        self.assert_forward("for i, fc in enumerate(self.fc, start=1):\n    x = fc(x) * i\nreturn x", "for (i, fc) in (1..).zip(&self.fc) {", initial=lists)

    def test_rows_of_a_tensor(self):
        self.assert_forward("out = []\nfor row in x:\n    out.append(self.fc(row))\nreturn torch.stack(out)", "for row in torch::unbind(x) { out.push(self.fc.forward(&row)); }")

    def test_what_is_none_before_a_loop(self):
        loop = "xs = None\nfor j in range(3):\n    if xs is None:\n        xs = self.fc(x)\n    else:\n        xs += self.fc(x)\nreturn xs / 3"
        self.assert_forward(loop, "if let Some(xs) = &mut xs { *xs += self.fc.forward(x); } else { xs = Some(self.fc.forward(x)); }")
        loop = "prev = None\nfor i in range(3):\n    x = self.fc(x)\n    if prev is not None and i > 1:\n        x = x + prev\n    prev = x\nreturn x"
        self.assert_forward(loop, "if let Some(prev) = &prev && i > 1 { x = &x + prev; } prev = Some(x.shallow_clone()); } x }")

    def test_what_goes_from_round_to_round(self):
        loop = "for i in range(3):\n    if i == 0:\n        sp = x\n    else:\n        sp = sp + x\n    sp = self.fc(sp)\nreturn sp"
        rust = "let mut sp = Tensor::new(); for i in 0..3 { if i == 0 { sp = x.shallow_clone(); } else { sp = &sp + x; } sp = self.fc.forward(&sp); } sp }"
        self.assert_forward(loop, rust)
        self.assert_forward("a, b = x, self.fc(x)\nfor i in range(4):\n    a, b = b, a + b\nreturn a * b", "(a, b) = (b.shallow_clone(), &a + &b);")

    def test_sides_that_end(self):
        chain = "for kind in ('relu', 'tanh'):\n    if kind == 'relu':\n        y = F.relu(x)\n    elif kind == 'tanh':\n        y = torch.tanh(x)\n{}    x = self.fc(y)\nreturn x"
        rust = 'let y = if kind == "relu" {{ F::relu(&x) }} else if kind == "tanh" {{ x.tanh() }} else {{ panic!("{}"); }}; x = self.fc.forward(&y);'
        self.assert_forward(chain.format(""), rust.format("y is not set"))
        self.assert_forward(chain.format("    else:\n        raise ValueError('unknown')\n"), rust.format("unknown"))
        several = chain.replace("y = F.relu(x)", "y, k = F.relu(x), 1").replace("y = torch.tanh(x)", "y, k = torch.tanh(x), 2").replace("self.fc(y)", "self.fc(y) * k")
        self.assert_forward(several.format(""), 'let (y, k) = if kind == "relu" { (F::relu(&x), 1) } else if kind == "tanh" { (x.tanh(), 2) } else {')
        # What is read where it is there alone is no fault of Python's.
        ported = Ported(net("n = x.shape[1]\nif n > 3:\n    y = x * 2\nif n > 5:\n    x = x + y\nreturn self.fc(x)"))
        self.assertNotIn("panic!", ported.rust)

    def test_lists_of_the_caller(self):
        python = """
            class Heads(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.m = nn.ModuleList([nn.Linear(8, 4), nn.Linear(8, 6)])

                def forward(self, x):
                    for i in range(2):
                        x[i] = self.m[i](x[i])
                    return x


            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.heads = Heads()

                def forward(self, x):
                    both = [x, x * 2]
                    y = self.heads({})
                    return {}
        """
        ported = Ported(python.format("both", "y"))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("let mut x = x.iter().map(Tensor::shallow_clone).collect::<Vec<_>>();\n        for i in 0..2 {\n            x[i as usize] =", ported.rust)
        self.assertIn("the list `x` is changed in a copy, where Python's caller finds it changed", ported.said)
        ported = Ported(python.format("both", "y[0] + both[0]"))
        self.assertEqual(ported.code, 3, ported.said)
        self.assertIn("changes a list of the caller's, which goes on with it", ported.said)

    def test_what_does_not_lie_as_in_a_file(self):
        ported = Ported(net("return self.fc(x)", "self.fc = nn.Linear(8, 8); self.fc.weight.data = self.fc.weight.data.t()"))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("`fc.weight`, which Python makes with the strides (1, 8), is contiguous", ported.said)

    def test_static_methods_and_those_of_the_class(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.fc = nn.Linear(8, 8)

                @staticmethod
                def squash(s, k=2):
                    return s / (1 + s.abs()) * k

                @classmethod
                def twice(cls, s):
                    return s * 2

                def forward(self, x):
                    return Net.squash(self.fc(x)) + self.squash(x, 3) + Net.twice(x)
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("self.squash(&self.fc.forward(x), 2) + self.squash(x, 3) + self.twice(x)", ported.rust)
        self.assertIn("fn twice(&self, s: &Tensor) -> Tensor {", ported.rust)

    def test_buffers_that_forward_sets(self):
        buffer = 'self.fc = nn.Linear(8, 8); self.register_buffer("mean", torch.zeros(8))'
        self.assert_forward("self.mean += 1\nreturn self.fc(x) * self.mean", "let _ = torch::add_options(&self.mean, 1).inplace(true).call();", initial=buffer)
        anew = "with torch.no_grad():\n    self.mean = 0.9 * self.mean + x.mean((0, 1, 2))\nreturn self.fc(x - self.mean)"
        self.assert_forward(anew, "self.mean.shallow_clone().copy_(&(&self.mean * 0.9 + torch::mean_options(x).dim([0, 1, 2]).call()));", initial=buffer)
        # What holds the values of before would change with it; and another shape is no copy.
        for python in ("old = self.mean\nself.mean = self.mean + 1\nreturn self.fc(x) * old", "self.mean = x.mean(0)\nreturn self.fc(x) + self.mean"):
            self.assertIn("`self.mean` is set while the model runs", Ported(net(python, buffer)).said)

    def test_tuples(self):
        given = "t = (x, self.fc(x))\n{}"
        self.assert_forward(given.format("u = (x * 2,) + t[1:]\nreturn u"), "(x * 2, t.1.shallow_clone())")
        self.assert_forward("t = (self.fc(x),)\nu = t[1:]\nreturn (x,) + u", "-> (Tensor,) {")
        ported = Ported(
            """
            class Rotate(nn.Module):
                def forward(self, x, tables):
                    cos, sin = tables
                    return torch.mul(x, cos) + torch.mul(x.flip(-1), sin)


            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.rotate = Rotate()

                def tables(self, x):
                    return x.cos(), x.sin()

                def forward(self, x):
                    return self.rotate(x, self.tables(x))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("let (cos, sin) = tables;", ported.rust)
        self.assertNotIn("&cos", ported.rust)

    def test_forms_of_arguments_and_statements(self):
        self.assert_forward("a, b = x.split(split_size=4, dim=-1)\nreturn self.fc(x) * a.sum() * b.sum()", "torch::split_options(x, 4).dim(-1).call()")
        self.assert_forward("t = torch.arange(start=0, end=x.shape[1])\nreturn self.fc(x) * t.sum()", "torch::arange((0, x.shape()[1]))")
        self.assert_forward("m = torch.zeros_like(x).scatter_(dim=-1, index=x.argmax(-1, keepdim=True), value=1.0)\nreturn self.fc(x * m)", ".scatter_value_(-1, &")
        self.assert_forward("b, c, *spatial = x.shape\nreturn self.fc(x).reshape(b, c, *spatial)", "reshape(&[&[b, c][..], &spatial].concat()[..])")
        self.assert_forward("u = v = x * 2\ndel x\nreturn self.fc(u + v)", "let u = x * 2; let v = u.shallow_clone(); self.fc.forward(&(&u + &v))")
        self.assert_forward("return self.fc(x) * max(x.shape) * 2 ** -x.shape[0]", "*x.shape().iter().max().unwrap() * 2.0_f64.powf((-x.shape()[0]) as f64)")
        lstm = "self.fc = nn.LSTM(8, 8)"
        self.assert_forward("self.fc.flatten_parameters()\ny, _ = self.fc(x[0])\nreturn y", "let (y, _) = self.fc.forward(&x.i(0)); y }", initial=lstm)

    def test_conditions_that_are_not_so(self):
        self.assert_forward("n = x.shape[1]\nif not n == 4:\n    x = self.fc(x)\nif not (n > 3 and n < 9):\n    x = x * 2\nreturn x", "if n != 4 {")
        self.assert_forward("n = x.shape[1]\nif not (n > 3 and n < 9):\n    x = self.fc(x)\nreturn x", "if n <= 3 || n >= 9 {")
        # Of numbers that are none neither holds.
        self.assert_forward("n = x.shape[1] / 2\nif not n < 3:\n    x = self.fc(x)\nreturn x", "if !(n < 3.0) {")
        self.assert_forward("n = 0\nfor i in range(3):\n    n = n + x.shape[1]\nreturn self.fc(x) * n", "n += x.shape()[1];")

    def test_functions_within_a_function_that_read_what_changes(self):
        python = "s = 2.0\ndef act(t):\n    return torch.relu(t) * s\ny = act(self.fc(x))\n{}return act(y)"
        self.assert_forward(python.format(""), "let act = |t: &Tensor| -> Tensor { t.relu() * s };")
        ported = Ported(net(python.format("s = 3.0\n")))
        self.assertIn("a function within the function reads `s`, which changes behind it; give it `s` as an argument", ported.said)

    def test_results_of_many_parts(self):
        ported = Ported(net("a = [[x], [x]]\nb = [self.fc(x)]\nreturn a, b, a, b"))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("#[allow(clippy::type_complexity)]", ported.rust)

    def test_buffers_that_others_hold(self):
        buffer = 'self.fc = nn.Linear(8, 8); self.register_buffer("mean", torch.zeros(8))'
        for python in (
            "old = self.mean\nself.mean = 0.9 * self.mean + x.mean((0, 1, 2))\nreturn self.fc(x) - old",
            "self.mean = 0.9 * self.mean + x.mean((0, 1, 2))\nreturn self.fc(x), self.mean",
            "y = x.mean((0, 1, 2))\nself.mean = y\ny += 1\nreturn self.fc(x) - self.mean * 2",
        ):
            self.assertIn("`self.mean` is set while the model runs", Ported(net(python, buffer)).said)

    def test_what_a_test_asks_of_a_tensor_is_no_configuration(self):
        count = 'self.fc = nn.Linear(8, 8); self.register_buffer("count", torch.zeros(1)); self.register_buffer("on", torch.tensor(False))'
        for python in ("y = x if self.count.item() == 0 else x * 2\nreturn self.fc(y)", "if not self.on:\n    x = x * 2\nreturn self.fc(x)"):
            ported = Ported(net(python, count))
            self.assertTrue(ported.code == 3 or "self.count.item()" in ported.rust, ported.rust)
            self.assertNotIn("left out", ported.said)
        self.assertEqual(Ported(net("if self.fc.weight.dim() == 2:\n    x = x * 2\nreturn self.fc(x)")).code, 0)

    def test_what_an_outer_loop_carries(self):
        loop = "for i in range(2):\n    for j in range(2):\n        if i > 0 or j > 0:\n            x = x + prev\n        prev = self.fc(x)\nreturn x"
        self.assert_forward(loop, "let mut prev = Tensor::new(); for i in 0..2 { for j in 0..2 {")

    def test_forms_that_are_refused(self):
        for python, words in (
            ("return self.fc(x) * max(x.shape, key=lambda s: -s)", "has a key, or a default"),
            ("e = x.shape[2] - 4\nreturn self.fc(x) * 2 ** e", "has an exponent that may be negative"),
            ("outs = []\ndef add(y):\n    outs.append(y)\n    return y * 2\nreturn add(self.fc(x)) + outs[0]", "changes `outs` of that around it"),
        ):
            self.assertIn(words, Ported(net(python, "self.fc = nn.Linear(8, 8)")).said)

    def test_loops_without_end_and_reads_by_condition(self):
        self.assert_forward("n = 0\nwhile True:\n    x = self.fc(x)\n    n += 1\n    if n > 2:\n        break\nreturn x", "loop { x = self.fc.forward(&x);")
        # Python goes on where it is not read.
        ported = Ported(net("n = x.shape[1]\nif n == 1:\n    s = 1.0\nelif n == 3:\n    s = 2.0\nreturn self.fc(x) * s if n > 2 else x"))
        self.assertNotIn("panic!", ported.rust)

    def test_items_of_lists_that_change(self):
        self.assert_forward("ys = [x * 2, self.fc(x)]\nys[0] += ys[1]\nys[-1] = x\nreturn ys[0] + ys[1]", "ys[0] += &ys[1]; ys[ys.len() - 1] = x.shallow_clone();")
        ported = Ported(net("rows = [[x, x], [x, x]]\nfor row in rows:\n    row[0] = self.fc(row[1])\nreturn rows[0][0]"))
        self.assertIn("changes a list that stands in another one", ported.said)
        self.assert_forward("outs, weights = [], []\nouts.append(self.fc(x))\nreturn outs[0]", "let outs = [self.fc.forward(x)];")

    def test_lists_that_become_tensors(self):
        loop = "outputs = []\nfor t in range(x.size(1)):\n    outputs.append(self.fc(x[:, t]))\noutputs = torch.stack(outputs, dim=1)\nreturn outputs.relu()"
        self.assert_forward(loop, "let outputs = torch::stack_options(&outputs).dim(1).call(); outputs.relu()")
        loop = "u = list()\nu.append(self.fc(x))\nfor _ in range(2):\n    u.append(u[-1] + x)\nreturn u[-1]"
        self.assert_forward(loop, "u.push(u.last().unwrap() + x);")

    def test_variables_that_become_others_in_a_loop(self):
        python = "b, h = x.size(0), x.size(1)\nx = x * h\nfor i in range(2):\n    h, c = torch.max(x, dim=-1)\n    for t in range(b):\n        h, c = torch.max(h.unsqueeze(-1) * x, dim=-1)\n    x = x + h.unsqueeze(-1)\nreturn self.fc(x)"
        self.assert_forward(python, "let (mut h, _c) = torch::max_dim(&x, -1);")
        self.assert_forward(python, "(h, _) = torch::max_dim(&(h.unsqueeze(-1) * &x), -1);")

    def test_layers_that_are_made_on_the_way(self):
        self.assert_forward("return nn.Softmax(dim=-1)(nn.ReLU()(self.fc(x)))", "nn::Softmax::new(-1).forward(&nn::ReLU::new().forward(&self.fc.forward(x)))")
        self.assert_forward("shape = x.size()[:-1] + (2, 4)\nreturn self.fc(x).view(*shape)", "view(&shape[..])")
        self.assert_forward("b, *_ = x.shape\nreturn self.fc(x) * b", "let b = x.shape()[0];")
        self.assert_forward("hot = torch.zeros(2, 8).scatter_(1, torch.tensor([[1], [2]]), 1)\nreturn self.fc(x)[:, 0, 0] * hot", "scatter_value_(1, &")
        self.assert_forward("for i in range(x.size(1) - 1, -1, -2):\n    x = self.fc(x) * i\nreturn x", "for i in (0..=x.shape()[1] - 1).rev().step_by(2) {")
        self.assert_forward("h = next(self.parameters()).new_zeros(x.size(0), 3, 8, 8)\nreturn self.fc(x) + h", "torch::new_zeros(&self.parameters()[0], [x.shape()[0], 3, 8, 8])")
        self.assert_forward("shape = [d if i == 0 else 1 for i, d in enumerate(x.shape)]\nreturn self.fc(x) + torch.ones(8).sum().view(*[1] * 4)", "(0..).zip(&x.shape())")

    def test_sizes_beside_tuples_and_parts_of_lists(self):
        self.assert_forward("if x.shape[1:] == (3, 8):\n    x = x * 2\nreturn self.fc(x)", "if x.shape()[1..] == [3, 8] {")
        self.assert_forward("if list(x.shape) != [2, 3, 8]:\n    x = x * 2\nreturn self.fc(x)", "if x.shape() != [2, 3, 8] {")
        self.assert_forward("k = x.size(1) and x.size(2)\nreturn self.fc(x) * k", "let k = if x.shape()[1] != 0 { x.shape()[2] } else { x.shape()[1] };")
        self.assert_forward("return self.fc(x) * (x.size(1) and 5)", "if x.shape()[1] != 0 { 5 } else { x.shape()[1] }")
        parts = "parts = [self.fc(x), x, x * 2]\nreturn torch.cat(parts[:-1], 1).sum(1) + torch.stack(parts[1:-1]).sum(0).sum(1)"
        self.assert_forward(parts, "let parts = [self.fc.forward(x), x.shallow_clone(), x * 2];")
        self.assert_forward(parts, "torch::stack(&parts[1..parts.len() - 1])")

    def test_a_small_network_whole(self):
        ported = Ported(
            """
            class CNN(nn.Module):
                def __init__(self):
                    super(CNN, self).__init__()
                    self.conv1 = nn.Conv2d(3, 6, 5)
                    self.pool1 = nn.MaxPool2d(2, 2)
                    self.neur1 = nn.Linear(6 * 2 * 2, 10)

                def forward(self, x):
                    x = self.pool1(F.relu(self.conv1(x)))
                    x = x.view(-1, 6 * 2 * 2)
                    x = self.neur1(x)
                    return x
            """,
            name="CNN",
        )
        self.assertEqual((ported.code, ported.files), (0, [
            "net.rs", "net.safetensors", "net_reference.safetensors", "net_report.md", "net_test.rs",
        ]))
        self.assertEqual(
            ported.rust,
            f"""\
//! `{ported.module}.CNN`, written by `scripts/port` from {ported.module}.py of {ported.module}.
//!
//! Its initial values are Python's, under the same seed.

#![allow(clippy::new_without_default)]

use flambeau::prelude::*;

#[derive(Debug, Module)]
#[module(class = "CNN")]
pub struct Cnn {{
    pub conv1: nn::Conv2d,
    pub pool1: nn::MaxPool2d,
    pub neur1: nn::Linear,
}}

impl Cnn {{
    pub fn new() -> Self {{
        Self {{
            conv1: nn::Conv2d::new(3, 6, 5),
            pool1: nn::MaxPool2d::options(2).stride(2).build(),
            neur1: nn::Linear::new(24, 10),
        }}
    }}
}}

impl Forward for Cnn {{
    fn forward(&self, x: &Tensor) -> Tensor {{
        let x = self.pool1.forward(&F::relu(&self.conv1.forward(x)));
        let x = x.view([-1, 6 * 2 * 2]);
        self.neur1.forward(&x)
    }}
}}
""",
        )

    def test_sizes_one_by_one(self):
        self.assert_forward(
            "return self.fc(x) + x.new_zeros(x.size(0), 1, 1, 1) + torch.ones(x.size(0), 1, 1, 1)",
            "self.fc.forward(x) + torch::new_zeros(x, [x.shape()[0], 1, 1, 1]) + torch::ones([x.shape()[0], 1, 1, 1])",
        )

    def test_ranges_that_count_down(self):
        self.assert_forward(
            """
            for i in range(x.size(1) - 1, 0, -1):
                x = x * i
            for i in range(2, -1, -1):
                x = x + i
            return self.fc(x)
            """,
            """
            for i in (1..=x.shape()[1] - 1).rev() {
                x = &x * i;
            }
            for i in (0..=2).rev() {
                x = &x + i;
            }
            """,
        )

    def test_ways_that_give_nothing(self):
        ported = Ported(net(
            """
            n = x.size(0)
            if n > 3:
                return self.fc(x)
            elif n == 2:
                return self.fc(x) * 2
            """
        ))
        self.assertEqual(ported.code, 0, ported.said)
        place = f"{ported.module}.py:16: the end, where Python gives None"
        self.assertIn(f'        panic!("{place}")\n    }}', ported.rust)
        self.assertIn(f"left out: {place}", ported.said)
        ported = Ported(net("y = self.fc(x)\nif y.dim() > 3:\n    y = y * 2\n\n# The end.\nreturn y + x"))
        self.assertIn("        }\n\n        &y + x\n    }", ported.rust)

    def test_operators(self):
        self.assert_forward("return 1 - self.fc(x)", "torch::rsub(&self.fc.forward(x), 1)")
        self.assert_forward("return 3 / self.fc(x)", "self.fc.forward(x).reciprocal() * 3")
        self.assert_forward("return self.fc(x) ** 2 + x", "torch::pow(self.fc.forward(x), 2) + x")
        self.assert_forward("return (x + 1) * self.fc(x)", "(x + 1) * self.fc.forward(x)")
        self.assert_forward("return -x @ self.fc(x).mT", "(-x).matmul(&self.fc.forward(x).mt())")

    def test_parts_and_shapes(self):
        self.assert_forward("return self.fc(x)[:, 1:, ..., 0]", "self.fc.forward(x).i((.., 1.., Ellipsis, 0))")
        self.assert_forward(
            """
            B, C, H, W = x.shape
            return self.fc(x).reshape(B, C, H * W).mean(-1, keepdim=True)
            """,
            """
            let [b, c, h, w] = x.shape().unpack();
            torch::mean_options(&self.fc.forward(x).reshape([b, c, h * w])).dim(-1).keepdim(true).call()
            """,
        )

    def test_a_variable_that_a_branch_changes(self):
        self.assert_forward(
            """
            y = self.fc(x)
            if self.training:
                y = y * 2
            y += x
            return y
            """,
            """
            let mut y = self.fc.forward(x);
            if self.training.get() { y = &y * 2; }
            y += x;
            y
            """,
        )

    def test_both_sides_of_a_branch(self):
        self.assert_forward(
            """
            if self.training:
                y = self.fc(x)
            else:
                y = x
            return y
            """,
            "{ if self.training.get() { self.fc.forward(x) } else { x.shallow_clone() } }",
        )

    def test_loops_and_lists(self):
        self.assert_forward(
            """
            outputs = []
            for i in range(2):
                x = self.fc(x)
                outputs.append(x)
            return torch.cat(outputs, dim=1)
            """,
            """
            let mut outputs = vec![];
            let mut x = x.shallow_clone();
            for _i in 0..2 {
                x = self.fc.forward(&x);
                outputs.push(x.shallow_clone());
            }
            torch::cat_options(&outputs).dim(1).call()
            """,
        )

    def test_pieces_of_a_shape(self):
        self.assert_forward("return self.fc(x).view(*x.shape[:3], 2, -1)", "view([x.shape()[0], x.shape()[1], x.shape()[2], 2, -1])")
        self.assert_forward("return self.fc(x).reshape(*x.shape[:-1], 2, 4)", "reshape(&[&x.shape()[..-1][..], &[2, 4]].concat()[..])")

    def test_one_that_may_be_there(self):
        ported = Ported(
            """
            class Inner(nn.Module):
                def forward(self, x, other=None):
                    return x + (x if other is None else other)

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.inner = Inner()

                def forward(self, x):
                    return self.inner(x) + self.inner(x, x * 2)
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("x + other.unwrap_or(x)", ported.rust)

    def test_without_gradients(self):
        self.assert_forward(
            """
            with torch.no_grad():
                scale = x.abs().max()
            with torch.autocast("cpu", enabled=False):
                y = self.fc(x)
            return y / scale
            """,
            """
            let no_grad = flambeau::tch::no_grad_guard();
            let scale = x.abs().max();
            drop(no_grad);
            let y = self.fc.forward(x);
            &y / &scale
            """,
        )

    def test_plain_tensors(self):
        ported = Ported(net(
            "return self.fc(x) * self.scale",
            "self.fc = nn.Linear(8, 8)\n        self.scale = torch.linspace(0.5, 2, 8).view(1, 8)",
        ))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("#[module(skip, copy_with = Tensor::copy)]\n    scale: Tensor,", ported.rust)
        self.assertIn("scale: torch::linspace(0.5, 2, 8).view([1, 8]) }", ported.rust)
        self.assertIn("self.fc.forward(x) * &self.scale", ported.rust)

    def test_lists_and_tuples_that_grow(self):
        ported = Ported(net(
            """
            states, more = (x,), []
            found = ()
            for i in range(2):
                x = self.fc(x)
                found = found + (x,)
                states += (x,)
                more += [x, x]
            first = more.pop(0)
            return found, states, tuple(y for y in more), first + more.pop()
            """.replace("states, more = (x,), []", "states = (x,)\n            more = []")
        ))
        self.assertEqual(ported.code, 0, ported.said)
        for piece in (
            "-> (Vec<Tensor>, Vec<Tensor>, Vec<Tensor>, Tensor)", "let mut found = vec![];", "found.push(x.shallow_clone());",
            "let mut states = vec![x.shallow_clone()];", "let first = more.remove(0);", "more.pop().unwrap()",
        ):
            self.assertIn(piece, ported.rust)

    def test_einops(self):
        ported = Ported(
            """
            from einops import rearrange, reduce, repeat

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.heads = 4
                    self.token = nn.Parameter(torch.zeros(1, 1, 8))

                def forward(self, x):
                    y = rearrange(x, "b c n (h d) -> b c h n d", h=self.heads)
                    y = rearrange(y, "b c h n d -> b c n (h d)")
                    y = reduce(y, "b c n d -> b n d", "sum")
                    return y + repeat(self.token, "1 1 d -> b n d", b=x.shape[0], n=x.shape[2])
            """,
            beside={"einops.py": EINOPS},
        )
        self.assertEqual(ported.code, 0, ported.said)
        squeeze = lambda text: "".join(text.split())
        for piece in (
            """
            x.reshape([x.shape()[0], x.shape()[1], x.shape()[2], self.heads, x.shape()[3] / self.heads,])
                .permute([0, 1, 3, 2, 4])
            """,
            "y.permute([0, 1, 3, 2, 4]).reshape([y.shape()[0], y.shape()[1], y.shape()[3], y.shape()[2] * y.shape()[4],])",
            "torch::sum_options(&y.permute([0, 2, 3, 1])).dim([3]).call()",
            "torch::expand(&t.reshape([t.shape()[2]]).unsqueeze(0).unsqueeze(1), [x.shape()[0], x.shape()[2], -1],)",
        ):
            self.assertIn(squeeze(piece), squeeze(ported.rust), ported.rust)

    def test_a_variable_that_both_sides_set_in_a_loop(self):
        self.assert_forward(
            """
            for i in range(3):
                if i > 1:
                    x = self.fc(x)
                else:
                    x = x * 2
            return x
            """,
            """
            let mut x = x.shallow_clone();
            for i in 0..3 {
                if i > 1 { x = self.fc.forward(&x); } else { x = &x * 2; }
            }
            x
            """,
        )

    def test_a_side_that_no_call_takes_is_told(self):
        ported = Ported(net(
            """
            if self.deep:
                x = self.fc(x)
            return self.fc(x)
            """,
            "self.fc, self.deep = nn.Linear(8, 8), False",
        ))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn(f"left out: {ported.module}.py:12: the body of `if self.deep`", ported.said)

    def test_what_nothing_reads(self):
        self.assert_forward(
            """
            _ = x
            B, C, H, W = x.shape
            scale = (C * 2) ** -0.5
            deep = self.training
            if torch.jit.is_scripting():
                return x * scale if deep else x
            return self.fc(x)
            """,
            "fn forward(&self, x: &Tensor) -> Tensor { let [_b, _c, _h, _w] = x.shape().unpack(); self.fc.forward(x) }",
        )
        # What has an effect stays.
        self.assert_forward(
            "_ = self.fc(x)\ny = x.clone()\nz = y.zero_()\nreturn self.fc(y)",
            "let _ = self.fc.forward(x); let mut y = torch::clone(x); let _z = y.zero_(); self.fc.forward(&y)",
        )

    def test_switches_that_are_not_turned(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.fc = nn.Linear(8, 8)
                    self.twice, self.scaled, self.rate = False, True, 0.5

                def _prepare(self, x):
                    if self.twice:
                        x = x * 2
                    return x

                def _scale(self, x):
                    if self.scaled:
                        x = x * self.rate
                    return x

                def forward(self, x):
                    x = self._prepare(x)
                    return self._scale(self.fc(x))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        squeeze = lambda text: "".join(text.split())
        for piece in (
            "pub struct Net { pub fc: nn::Linear, #[module(skip)] rate: f64, }", "Self { fc: nn::Linear::new(8, 8), rate: 0.5 }",
            "fn forward(&self, x: &Tensor) -> Tensor { self.scale(&self.fc.forward(x)) }",
            "fn scale(&self, x: &Tensor) -> Tensor { x * self.rate }",
        ):
            self.assertIn(squeeze(piece), squeeze(ported.rust), ported.rust)
        self.assertNotIn("prepare", ported.rust)
        self.assertIn(f"left out: {ported.module}.py:14: the body of `if self.twice`", ported.said)

    def test_a_number_and_then_a_tensor_of_one_name(self):
        self.assert_forward(
            "y = 10 / (x.shape[1] - 1)\ny = self.fc(x) * -y\nreturn y",
            "let y = 10.0 / (x.shape()[1] - 1) as f64; self.fc.forward(x) * -y",
        )
        # A sum that begins with a number is a tensor from the beginning.
        self.assert_forward(
            "y = 0\nfor i in range(2):\n    y = y + self.fc(x)\nreturn y",
            "let mut y = torch::tensor(0); for _i in 0..2 { y = &y + self.fc.forward(x); } y",
        )

    def test_draws_after_other_tensors(self):
        self.assert_forward("return self.fc(x) + torch.randn_like(x)", "self.fc.forward(x) + torch::randn_like(x)")
        self.assert_forward(
            "x = self.fc(x)\nreturn x + torch.rand_like(x, dtype=torch.float32) * torch.randint_like(x, 2, 9) + torch.randint_like(x, 3)",
            "&x + torch::rand_like_options(&x).dtype(Kind::Float).call() * torch::randint_like_options(&x, 9).low(2).call() "
            "+ torch::randint_like(&x, 3)",
        )
        self.assert_forward("return self.fc(x) + torch.randint(1, 4, (8,))", "self.fc.forward(x) + torch::randint_options(4, [8]).low(1).call()")
        self.assert_forward(
            "return self.fc(x).masked_fill(torch.zeros_like(x, dtype=torch.bool), 0.0)",
            "self.fc.forward(x).masked_fill(&x.zeros_like().to_kind(Kind::Bool), 0.0)",
        )

    def test_a_variable_that_some_ways_set(self):
        # What it was before is read on the others: it is set where it is, and not made anew in a block.
        self.assert_forward(
            "x = self.fc(x)\nif x.shape[0] == 2:\n    x = x.relu()\nelif x.shape[0] == 3:\n    x = F.silu(x)\nelse:\n    raise ValueError('size')\nreturn x + 1",
            "let x = if x.shape()[0] == 2 { x.relu() } else if x.shape()[0] == 3 { F::silu(&x) } else { panic!(\"size\"); }; &x + 1",
        )
        self.assert_forward(
            "y = self.fc(x)\nif x.shape[0] == 2:\n    y = y.relu()\nelse:\n    if x.shape[0] > 4:\n        y = y * 3\n    y = y * 2\nreturn y",
            "let mut y = self.fc.forward(x); if x.shape()[0] == 2 { y = y.relu(); } else { if x.shape()[0] > 4 { y = &y * 3; } y = &y * 2; } y",
        )
        self.assert_forward(
            "y = self.fc(x)\nif x.shape[0] == 2:\n    y = y.relu()\nelse:\n    for i in range(3):\n        y = self.fc(y)\n        y = y * i\n    y = y - 1\nreturn y",
            "if x.shape()[0] == 2 { y = y.relu(); } else { for i in 0..3 { y = self.fc.forward(&y); y = &y * i; } y = &y - 1; } y",
        )
        self.assert_forward(
            "y, z = self.fc(x), x * 2\nif x.shape[0] == 2:\n    y, z = z, y\nelse:\n    if x.shape[0] > 4:\n        y, z = z * 2, y\n    y = y - 1\nreturn y * z",
            "if x.shape()[0] > 4 { (y, z) = (&z * 2, y",
        )

    def test_forms_of_published_models(self):
        # RPNHead, SimSiam, TSN, RDN: lists that are given, layers under another name, sizes made of tuples.
        ported = Ported(
            """
            class Head(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.fc = nn.Linear(8, 8)
                    self.register_buffer("mean", torch.zeros(8))
                    self.register_buffer("var", torch.ones(8))

                def forward(self, xs):
                    outs = []
                    for x in xs:
                        outs.append(F.batch_norm(self.fc(x), self.mean, self.var))
                    for i, x in enumerate(xs):
                        outs[0] = outs[0] + x * i
                    for x, y in zip(xs, [1, 2]):
                        outs[0] = outs[0] + x * y
                    return outs

            class Pair(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.fc = nn.Linear(8, 8)

                def forward(self, x, more=False):
                    outputs = (self.fc(x), None)
                    if more:
                        outputs += (x,)
                    return outputs

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.head, self.pair = Head(), Pair()

                def forward(self, x):
                    assert x.dim() == 4, f"got {list(x.shape[2:])}"
                    f, g = self.head, self.pair
                    f__1 = x.reshape((-1,) + x.shape[-2:])
                    return sum(f([f__1, f__1 * 2])) + g(f__1)[0]
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        squeezed = "".join(ported.rust.split())
        for piece in (
            "for x in xs { outs.push(F::batch_norm(&self.fc.forward(x), Some(&self.mean), Some(&self.var))); }",
            "for (i, x) in (0..).zip(xs) {",
            "for (x, y) in xs.iter().zip([1, 2]) {",
            "(self.fc.forward(x), None)",
            'assert!(x.dim() == 4, "got {:?}", &x.shape()[2..]);',
            "let f = &self.head; let g = &self.pair;",
            "let f_1 = x.reshape(&[&[-1][..], &x.shape()[-2..]].concat()[..]);",
        ):
            self.assertIn("".join(piece.split()), squeezed, ported.rust)

    def test_a_layer_under_a_condition(self):
        ported = Ported(
            """
            class Block(nn.Module):
                def __init__(self, width, hidden, last=False, squeeze=False):
                    super().__init__()
                    half = hidden // 2
                    self.fc = nn.Linear(width, hidden)
                    self.out = None if last else nn.Linear(hidden, width)
                    if squeeze:
                        self.small = nn.Linear(width, half)
                    else:
                        self.small = None
                    self.table = nn.Parameter(torch.empty(width, half))
                    if not last:
                        self.more = nn.Linear(half, half)

                def forward(self, x, mask=None):
                    y = self.fc(x) if self.out is None else self.out(self.fc(x))
                    if mask is not None:
                        y = y * mask
                    return y if self.small is None else torch.cat([y, self.small(x)], -1)

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.first = Block(8, 8)
                    self.last = Block(8, 8, last=True, squeeze=True)

                def forward(self, x):
                    return self.last(self.first(x, x * 0.5))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        squeezed = "".join(ported.rust.split())
        for piece in (
            "let width = 8; let hidden = 8; let half = hidden / 2;",
            "out: if last { None } else { Some(nn::Linear::new(hidden, width)) },",
            "small: if squeeze { Some(nn::Linear::new(width, half)) } else { None },",
            "more: if !last { Some(nn::Linear::new(half, half)) } else { None },",
            "table: nn::Parameter::new(torch::zeros([width, half])),",
            "pub fn forward(&self, x: &Tensor, mask: Option<&Tensor>) -> Tensor { nn::guard(self, &[Some(x), mask], || {",
        ):
            self.assertIn("".join(piece.split()), squeezed, ported.rust)

    def test_a_condition_of_a_member_that_is_set_twice(self):
        ported = Ported(
            """
            class Block(nn.Module):
                def __init__(self, width, small=True, deep=True):
                    super().__init__()
                    self.small, self.pool = None, nn.Linear(width, width)
                    self.scale = nn.Parameter(torch.zeros(width)) if deep else None
                    if deep:
                        self.deep = nn.Linear(width, width)
                    else:
                        self.deep = None
                    if small:
                        self.small = nn.Linear(width, width)
                    if small:
                        self.pool = nn.Sequential(self.pool, nn.ReLU())

                def forward(self, x):
                    x = self.pool(x) if self.small is None else self.small(self.pool(x))
                    return x if self.deep is None else self.deep(x) + self.scale

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b = Block(8), Block(8, False, False)

                def forward(self, x):
                    return self.b(self.a(x))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        for piece in (
            "pub fn new(small: bool, deep: bool) -> Self {", "small: if small {", "pool: if small {", "deep: if deep {", "scale: if deep {",
        ):
            self.assertIn(piece, ported.rust)

    def test_an_argument_that_is_set_anew_between_members(self):
        ported = Ported(
            """
            class Half(nn.Module):
                def __init__(self, w, reduce=True):
                    super().__init__()
                    self.a = nn.Linear(w, w // 2) if reduce else nn.Identity()
                    w = w // 2 if reduce else w
                    self.b = nn.Linear(w, w)

                def forward(self, x):
                    return self.b(self.a(x)).mean(-1, keepdim=True) + x

            class Twice(nn.Module):
                def __init__(self, w, limit=12):
                    super().__init__()
                    self.fc = nn.Linear(w, w) if w > limit else nn.Identity()
                    w = w * 2
                    self.out = nn.Linear(w // 2, w)

                def forward(self, x):
                    return self.out(self.fc(x))

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b = Half(8), Half(8, False)
                    self.c, self.d = Twice(8), Twice(16)

                def forward(self, x):
                    return self.d(self.c(self.b(self.a(x))))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        squeezed = "".join(ported.rust.split())
        for piece in (
            "pub fn new(reduce: bool) -> Self { let mut w = 8; let a: Box<dyn Forward> = if reduce { Box::new(nn::Linear::new(w, w / 2)) } "
            "else { Box::new(nn::Identity::new()) }; w = if reduce { w / 2 } else { w }; Self { a, b: nn::Linear::new(w, w) } }",
            "let limit = 12; let mut w = w; let fc: Box<dyn Forward> = if w > limit { Box::new(nn::Linear::new(w, w)) } "
            "else { Box::new(nn::Identity::new()) }; w *= 2; Self { fc, out: nn::Linear::new(w / 2, w) }",
        ):
            self.assertIn("".join(piece.split()), squeezed, ported.rust)

    def test_the_test_that_decides(self):
        ported = Ported(
            """
            class Block(nn.Module):
                def __init__(self, w, out, flag=False, bias=True, act="relu"):
                    super().__init__()
                    limit = 10
                    if act in ("relu", "gelu"):
                        limit = 14
                    self.proj = nn.Linear(w, out) if w != out else nn.Identity()
                    self.extra = nn.Linear(out, 2 * out if w > 8 else out) if flag else None
                    self.down = nn.Linear(out, out) if w > limit else None
                    self.scale = nn.Parameter(torch.ones(1, out)) if flag else None
                    if bias:
                        self.register_parameter("bias", nn.Parameter(torch.zeros(out)))
                    else:
                        self.register_parameter("bias", None)

                def forward(self, x):
                    x = self.proj(x)
                    x = x if self.bias is None else x + self.bias
                    x = x if self.scale is None else x * self.scale
                    x = x if self.down is None else self.down(x)
                    return x if self.extra is None else self.extra(x)

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b, self.c = Block(8, 12), Block(12, 12, True, False), Block(24, 6, True)

                def forward(self, x):
                    return self.c(self.b(self.a(x)))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        squeezed = "".join(ported.rust.split())
        for piece in (
            "extra: if flag { Some(nn::Linear::new(out, if w > 8 { 2 * out } else { out })) } else { None },",
            "bias: if bias {", "scale: if flag { Some(nn::Parameter::new(torch::zeros([1, out]))) } else { None },",
        ):
            self.assertIn("".join(piece.split()), squeezed, ported.rust)
        self.assertNotIn("let limit = 10", ported.rust)

    def test_numbers_of_one_side_are_told(self):
        ported = Ported(
            """
            class Block(nn.Module):
                def __init__(self, w, deep=False):
                    super().__init__()
                    mid = w
                    if deep:
                        self.fc = nn.Linear(w, mid)
                    else:
                        self.fc = nn.Identity()
                    mid = mid * 2
                    self.out = nn.Linear(w, mid)

                def forward(self, x):
                    return self.out(self.fc(x))

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b = Block(8), Block(16, True)

                def forward(self, x):
                    return self.b(self.a(x))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("`fc` is made with the numbers of the instances that have it", ported.said)

    def test_a_layer_by_its_place_in_a_list(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self, depth=3, every=2):
                    super().__init__()
                    self.layers = nn.ModuleList([nn.Linear(8, 8) if i % every == 0 else nn.Identity() for i in range(depth)])

                def forward(self, x):
                    for layer in self.layers:
                        x = layer(x)
                    return x
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("for i in 0..depth {", ported.rust)

    def test_losses(self):
        self.assert_forward(
            "loss = nn.CrossEntropyLoss()\nlogits = self.fc(x)[:, 0, 0]\nreturn loss(logits, logits.argmax(-1)) + self.mse(logits, target=logits * 2)",
            "let loss = &nn::CrossEntropyLoss::new(); let logits = self.fc.forward(x).i((.., 0, 0)); "
            "loss.forward(&logits, &torch::argmax_options(&logits).dim(-1).call()) + self.mse.forward(&logits, &(&logits * 2))",
            initial="self.fc, self.mse = nn.Linear(8, 8), nn.MSELoss(reduction='sum')",
        )

    def test_words_that_may_be_missing(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.fc = nn.Linear(8, 8)

                def step(self, x, act=None, kind="a"):
                    if x.shape[0] > 9:
                        raise ValueError(kind)
                    if act == "relu":
                        x = F.relu(x)
                    return self.fc(x)

                def forward(self, x):
                    x = self.step(self.step(x, kind="b"), "relu")
                    scale = 1.0
                    for k in range(x.shape[0]):
                        scale = scale + k
                    return x * scale
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        for piece in ('if act == Some("relu") {', "scale += k as f64;", 'panic!("{}", kind);'):
            self.assertIn(piece, ported.rust)

    def test_methods_in_a_row(self):
        self.assert_forward(
            "mask = torch.empty(2, 2).fill_(float('-inf')).triu_(1)\nreturn self.fc(x).sum(-1, keepdim=True).flatten() + mask.tril().flatten(start_dim=0)[0]",
            "let mask = torch::empty([2, 2]).fill_(f64::NEG_INFINITY).triu_(1); "
            "torch::sum_options(&self.fc.forward(x)).dim(-1).keepdim(true).call().flatten(0, -1) + mask.tril(0).flatten(0, -1).i(0)",
        )
        self.assert_forward(
            "keep = torch.empty_like(x)\nkeep = keep.bernoulli_(0.5)\nreturn self.fc(x) * keep",
            "let mut keep = x.empty_like(); let keep = keep.bernoulli_float_(0.5); self.fc.forward(x) * &keep",
        )

    def test_numbers_of_dimensions(self):
        self.assert_forward(
            'if x.ndim != 4 or x.dim() > 5:\n    raise ValueError(f"got {x.shape} and {x.shape[1:]}")\nh, w = x.shape[-2:]\nreturn self.fc(x) * (h + w)',
            "if x.dim() != 4 || x.dim() > 5 { panic!(\"got {} and torch.Size({:?})\", x.shape(), &x.shape()[1..]); } "
            "let [h, w] = x.shape()[-2..].unpack(); self.fc.forward(x) * (h + w)",
        )

    def test_sizes_made_of_tuples(self):
        self.assert_forward(
            "shape = (x.shape[0],) + (1,) * (x.ndim - 1)\nreturn self.fc(x) * torch.rand(shape)",
            "let shape = [&[x.shape()[0]][..], &vec![1; x.dim() - 1]].concat(); self.fc.forward(x) * torch::rand(&shape)",
        )

    def test_loops_over_what_is_given(self):
        layers = "self.one, self.two, self.act = nn.Linear(8, 8), nn.Linear(8, 8), nn.ReLU()"
        self.assert_forward(
            "for layer in (self.one, self.two):\n    x = layer(x)\nfor layer in [self.act, self.one]:\n    x = layer(x)\nreturn x",
            "for layer in [&self.one, &self.two] { x = layer.forward(&x); } "
            "for layer in [&self.act as &dyn Forward, &self.one] { x = nn::call(layer, &x); }",
            initial=layers,
        )
        self.assert_forward(
            "for flag in (True, False):\n    x = x + 1 if flag else self.fc(x)\nfor scale in (1, 2.5):\n    x = x * scale\nreturn x",
            "for flag in [true, false] { x = if flag { &x + 1 } else { self.fc.forward(&x) }; } for scale in [1.0, 2.5] { x = &x * scale; }",
        )

        self.assert_forward(
            "for layer in reversed((self.one, self.two)):\n    x = layer(x)\nfor layer, k in zip((self.one, self.two), (1, 2)):\n    x = layer(x) * k\n"
            "y = [x * k for k in (1, 2)]\nreturn y[0] + y[1]",
            "for layer in [&self.one, &self.two].into_iter().rev() { x = layer.forward(&x); } "
            "for (layer, k) in [&self.one, &self.two].into_iter().zip([1, 2]) { x = layer.forward(&x) * k; } "
            "let y = [1, 2].into_iter().map(|k| &x * k).collect::<Vec<_>>(); &y[0] + &y[1]",
            initial=layers,
        )

    def test_limits_of_numbers(self):
        ported = Ported(net("x = x.masked_fill(x < 0, -torch.finfo(x.dtype).max)\nreturn self.fc(x) / torch.finfo(torch.float64).eps"))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("x.masked_fill(&x.lt(0), -f64::from(f32::MAX))", ported.rust)
        self.assertIn("self.fc.forward(&x) / f64::EPSILON", ported.rust)
        self.assertIn("`torch.finfo(x.dtype)` of other kinds than float32", ported.said)
        self.assertNotIn("`torch.finfo(torch.float64)`", ported.said)

    def test_the_last_of_a_list_of_numbers(self):
        self.assert_forward(
            "return self.fc(x).view(-1, self.dims[-1]) / self.dims[-1]",
            "self.fc.forward(x).view([-1, *self.dims.last().unwrap()]) / *self.dims.last().unwrap()",
            initial="self.fc, self.dims = nn.Linear(8, 8), [8, 4]",
        )

    def test_literals_have_a_type_before_a_method(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self, size=16, patch=4):
                    super().__init__()
                    n = (size // patch) ** 2
                    self.pos = nn.Parameter(torch.randn(1, n + 1, 8) * 0.02)

                def forward(self, x):
                    return x + self.pos[:, :8]
            """,
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("let size: i64 = 16;\n        let patch: i64 = 4;\n        let n = (size / patch).pow(2);", ported.rust)

    def test_comparisons_in_a_row(self):
        self.assert_forward("return self.fc(x) if 1 < x.size(0) <= 4 else x", "if 1 < x.shape()[0] && x.shape()[0] <= 4 {")
        self.assert_forward("return self.fc(x) if 0 <= len(x) < 4.5 else x", "if 0 <= x.shape()[0] && (x.shape()[0] as f64) < 4.5 {")
        self.assert_forward("n = x.shape[0]\nreturn self.fc(x) if 1 <= n < 4 else x", "if (1..4).contains(&n) {")
        self.assert_forward("n = x.shape[0]\nreturn self.fc(x) if 4 >= n >= 1 else x", "if (1..=4).contains(&n) {")

    def test_methods_that_change_a_tensor(self):
        self.assert_forward(
            """
            y = torch.rand_like(x)
            y.floor_()
            y.copy_(x)
            y[0].neg_()
            self.scale.clamp_(min=0.5).round_()
            return self.fc(x) * y.abs_()
            """,
            """
            let mut y = torch::rand_like(x);
            let _ = y.floor_();
            y.copy_(x);
            let _ = y.i(0).neg_();
            let _ = torch::clamp_options(&self.scale).min(0.5).inplace(true).call().round_();
            self.fc.forward(x) * y.abs_()
            """,
            initial="self.fc = nn.Linear(8, 8)\n        self.register_buffer('scale', torch.ones(8))",
        )
        # What may not change is changed by another handle.
        self.assert_forward("x.floor_()\nreturn self.fc(x)", "let _ = x.shallow_clone().floor_();")

    def test_arguments_by_name(self):
        self.assert_forward(
            "return self.fc(x).index_select(index=torch.arange(2), dim=0).where(x[:2] > 0, 0.0)",
            "torch::where_(&x.i(..2).gt(0), self.fc.forward(x).index_select(0, &torch::arange(2)), 0.0)",
        )
        self.assert_forward("return self.fc(x).narrow(length=2, dim=1, start=0)", "self.fc.forward(x).narrow(1, 0, 2)")

    def test_what_is_torchs_in_python_and_a_function_of_nn_here(self):
        self.assert_forward("return F.pairwise_distance(self.fc(x), x)", "F::pairwise_distance(&self.fc.forward(x), x)")

    def test_where_a_tensor_lies(self):
        self.assert_forward("if x.is_cuda:\n    x = x * 2\nreturn self.fc(x)", "if x.device().is_cuda() {")

    def test_lists_of_modules(self):
        self.assert_forward(
            "return self.fc[-1](x) + sum(layer(x) for layer in self.fc)",
            """
            self.fc[self.fc.len() - 1].forward(x)
                + self.fc.iter().map(|layer| layer.forward(x)).fold(torch::tensor(0), |sum, part| sum + part)
            """,
            initial="self.fc = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])",
        )

    def test_tensors_that_stand_several_times_in_a_list(self):
        self.assert_forward(
            "return torch.cat([self.fc(x)] + [x] * (x.shape[0] + 1))",
            "(0..x.shape()[0] + 1).map(|_| x.shallow_clone()).collect::<Vec<_>>()",
        )

    def test_places_that_are_counted_from_the_end(self):
        self.assert_forward(
            """
            skips = [x, x * 2]
            for i in range(2):
                x = self.fc[-i](x) + skips[-(i + 1)]
            return x
            """,
            """
            x = self.fc[i64::rem_euclid(-i, self.fc.len() as i64) as usize].forward(&x)
                + &skips[i64::rem_euclid(-(i + 1), skips.len() as i64) as usize];
            """,
            initial="self.fc = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])",
        )

    def test_dictionaries_over_dictionaries_of_modules(self):
        heads = "self.heads = nn.ModuleDict({'a': nn.Linear(8, 2), 'b': nn.Linear(8, 3)})"
        rust = 'NetOutput { a: self.heads["a"].forward(x), b: self.heads["b"].forward(x), }'
        self.assert_forward("return {name: head(x) for name, head in self.heads.items()}", rust, initial=heads)
        self.assert_forward("return {name: self.heads[name](x) for name in self.heads}", rust, initial=heads)

    def test_what_clippy_asks_for(self):
        self.assert_forward(
            "lengths = x.long()\nreturn self.fc(x) * (x < lengths[..., :1]) + torch.tensor([[[0.5]], [[1]], [[2]]])",
            "torch::lt(x, lengths.i((Ellipsis, ..1))) + torch::tensor([[[0.5]], [[1.0]], [[2.0]]])",
        )
        # No `&` before what a generic argument may own.
        self.assert_forward(
            "return self.fc(x) % x.abs() + x.detach() // (x * 2) + x.clamp(max=self.fc(x))",
            """
            torch::remainder(self.fc.forward(x), x.abs())
                + torch::floor_divide(&x.detach(), x * 2)
                + torch::clamp_options(x).max(self.fc.forward(x)).call()
            """,
        )
        ported = Ported(net("return self.fc(x)"))
        self.assertIn(r'.rsplit_once("\n\n")', (ported.out / "net_test.rs").read_text())

    def test_short_forms(self):
        self.assert_forward("return self.fc(x.masked_fill(x > 1, -float('inf')))", "x.masked_fill(&x.gt(1), f64::NEG_INFINITY)")
        ported = Ported(
            """
            class Norm(nn.LayerNorm):
                def forward(self, x):
                    return super().forward(x)

            class Attend(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.norm = Norm(8)
                    self.dims = [0, 1, 3, 2]

                def forward(self, x):
                    return self.norm(x).permute(self.dims), x

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.attend = Attend()

                def forward(self, x):
                    return x + self.attend(x)[0]
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        for piece in ("fn new(normalized_shape: i64)", "nn::LayerNorm::new(normalized_shape)", "Norm::new(8)", ".permute(self.dims)", "x + self.attend.forward(x).0"):
            self.assertIn(piece, ported.rust)


class Prints(unittest.TestCase):
    def assert_prints(self, returned, rust, initial=""):
        ported = Ported(
            "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(8, 8)\n"
            "        self.p, self.size, self.on = 1e-6, (2, 3), True\n        self.sizes = [2, 3]\n\n    def forward(self, x):\n"
            f"        return self.fc(x) * self.p * self.size[0] * self.sizes[0]\n\n    def extra_repr(self):\n        {returned}\n"
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn(f"extra_repr = {rust}", " ".join(ported.rust.split()))
        return ported

    def test_numbers_and_tuples_as_python_prints_them(self):
        self.assert_prints("return f'p={self.p}, {self.size}'", 'format!("p={}, {}", nn::python_float(self.p), nn::python_tuple(&self.size))')
        self.assert_prints("return f'{self.sizes}'", 'format!("{:?}", self.sizes)')
        self.assert_prints("return f'{tuple(self.fc.weight.shape)}'", 'format!("{}", nn::python_tuple(&self.fc.weight.shape()))')
        self.assert_prints("return f'on={self.on}'", """format!("on={}", if self.on { "True" } else { "False" })""")

    def test_formats(self):
        self.assert_prints("return f'p={round(self.p, 3):0.3f}'", 'format!("p={:.3}", self.p)')
        self.assert_prints("return 'p={}, size={size}'.format(self.p, size=self.size)", 'format!("p={}, size={}", nn::python_float(self.p), nn::python_tuple(&self.size))')
        self.assert_prints("return 'p={p}'.format(**self.__dict__)", 'format!("p={}", nn::python_float(self.p))')
        self.assert_prints("s = f'p={self.p}'\n        return s", 'format!("p={}", nn::python_float(self.p))')

    def test_a_print_without_brackets_or_children(self):
        for returned, rust in (
            ("self.__class__.__name__ + ' (' + str(self.size[0]) + ' -> ' + str(self.size[1]) + ')'", 'repr = format!("Net ({} -> {})", self.size[0], self.size[1])'),
            ("'Net(p={p})'.format(**self.__dict__)", 'repr = format!("Net(p={})", nn::python_float(self.p))'),
            ("f'{type(self).__name__}()'", 'repr = "Net()".to_string()'),
        ):
            own = f"\n    def __repr__(self):\n        return {returned}\n"
            ported = Ported(net("return self.fc(x)", "self.fc = nn.Linear(8, 8); self.p, self.size = 0.5, (2, 3)") + own)
            self.assertEqual(ported.code, 0, ported.said)
            self.assertIn(f"#[module({rust})]", ported.rust)

    def test_what_is_not_one_string_is_told(self):
        for returned in ("s = f'p={self.p}'\n        if self.on:\n            s += ', on'\n        return s", "return f'p={self.p:.2e}'"):
            python = net("return self.fc(x) * self.p", "self.fc = nn.Linear(8, 8); self.p, self.on = 0.5, True") + f"\n    def extra_repr(self):\n        {returned}\n"
            self.assertEqual(Ported(python).code, 3)


class Members(unittest.TestCase):
    BLOCKS = """
        import math


        class Block(nn.Module):
            def __init__(self, c, stride, relu, shortcut, ratio=2):
                super().__init__()
                self.stride = stride
                hidden = math.ceil(c / ratio)
                self.a = nn.Sequential(nn.Linear(c, hidden), nn.ReLU() if relu else nn.Sequential(), nn.Linear(hidden, c))
                if self.stride > 1:
                    self.dw = nn.Linear(c, c)
                if relu:
                    self.se = nn.Linear(c, c)
                else:
                    self.se = None
                self.add = shortcut and c == 8
                self.b = nn.Linear(c, c)

            def forward(self, x):
                y = self.a(x)
                if self.stride > 1:
                    y = self.dw(y)
                if self.se is not None:
                    y = self.se(y)
                return x + self.b(y) if self.add else self.b(y)


        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.blocks = nn.Sequential(Block(8, 1, False, True), Block(8, 2, False, False), Block(8, 1, True, True), Block(8, 2, True, False))

            def forward(self, x):
                return self.blocks(x)
    """

    def setUp(self):
        ported = Ported(self.BLOCKS)
        self.assertEqual(ported.code, 0, ported.said)
        self.rust = " ".join(ported.rust.split())

    def test_members_stand_as_python_sets_them(self):
        # No instance but the last has both.
        self.assertRegex(self.rust, "dw: Option<nn::Linear>, pub se: Option<nn::Linear>,")

    def test_conditions_are_those_around_a_member(self):
        self.assertIn("dw: if stride > 1 { Some(nn::Linear::new(", self.rust)
        self.assertIn("se: if relu { Some(", self.rust)

    def test_one_class_or_another_in_a_chain(self):
        self.assertIn("if relu { Box::new(nn::ReLU::new()) as Box<dyn Forward> } else { Box::new(nn::Sequential::default()) },", self.rust)

    def test_a_member_is_computed_as_python_does(self):
        ported = Ported(self.BLOCKS.replace("c == 8", "c == stride * 8").replace("Block(8, 2, False, False)", "Block(16, 2, False, True)")
                        .replace("nn.Sequential(Block(8, 1, False, True), Block(16", "nn.Sequential(Block(8, 1, False, True), nn.Linear(8, 16), Block(16")
                        .replace("Block(8, 1, True, True)", "nn.Linear(16, 8), Block(8, 1, True, True)"))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("add: shortcut && c == stride * 8,", ported.rust)
        self.assertIn("let ratio = 2;\n        let hidden = (c as f64 / ratio as f64).ceil() as i64;", ported.rust)

    def test_a_member_named_self(self):
        ported = Ported(net("return self.self(x)", "self.self = nn.Linear(8, 8)"))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn('#[module(name = "self")]\n    pub self_: nn::Linear,', ported.rust)

    def test_steps_of_a_row(self):
        ported = Ported(
            """
            def padding(k, d):
                return int((k * d - d) / 2)


            class Block(nn.Module):
                def __init__(self, k):
                    super().__init__()
                    self.convs = nn.ModuleList([nn.Conv1d(4, 4, k, dilation=d, padding=padding(k, d)) for d in [1]] + [
                        nn.Conv1d(4, 4, k, dilation=3, padding=padding(k, 3)), nn.Conv1d(4, 4, k, dilation=5, padding=padding(k, 5))])

                def forward(self, x):
                    for conv in self.convs:
                        x = conv(x)
                    return x


            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.blocks = nn.Sequential(Block(3), Block(5))

                def forward(self, x):
                    return self.blocks(x)
            """,
            input="2,4,20",
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertNotIn("i * k - 1", ported.rust)

    def test_what_both_sides_of_an_if_set(self):
        python = """
            class Net(nn.Module):
                def __init__(self, n=8, n_layers=3):
                    super().__init__()
                    self.layers = nn.ModuleList()
                    for i in range(n_layers):
                        if i == 0:
                            c, = (n,)
                        layers = 1
                        if i < n_layers - 1:
                            c = 2 * n
                            d = n
                        else:
                            c = n
                            d = 2 * n
                        self.layers.append(nn.Linear(n, c))
                        self.layers.append(nn.Linear(c, n))

                def forward(self, x):
                    for layer in self.layers:
                        x = layer(x)
                    return x
        """
        python = python.replace("                        if i == 0:\n                            c, = (n,)\n                        layers = 1\n", "")
        ported = Ported(python)
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("let c = if i < n_layers - 1 { 2 * n } else { n };", ported.rust)
        ported = Ported(python.replace("nn.Linear(n, c))", "nn.Linear(n, c, bias=d > n))"))
        self.assertIn("let (c, d) = if i < n_layers - 1 { (2 * n, n) } else { (n, 2 * n) };", " ".join(ported.rust.split()))

    def test_lists_of_lists_that_grow(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.layers = nn.ModuleList([])
                    for h in (1, 2, 4):
                        self.layers.append(nn.ModuleList([nn.LayerNorm(8), nn.Linear(8, 8, bias=h > 1)]))

                def forward(self, x):
                    for norm, fc in self.layers:
                        x = x + fc(norm(x))
                    return x
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("let mut layers = nn::ModuleList::new(vec![]);", ported.rust)
        self.assertIn("layers.append(Box::new(nn::ModuleList::<dyn Forward>::new(vec![", ported.rust)

    def test_comprehensions_that_grow_behind(self):
        for grown in ("self.ls.append(nn.Linear(8, 4))", "self.ls.extend([nn.Linear(8, 4)])", "self.ls += [nn.Linear(8, 4)]"):
            ported = Ported(net("for l in self.ls[:-1]:\n    x = l(x)\nreturn self.ls[-1](x)", f"self.ls = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])\n        {grown}"))
            self.assertEqual(ported.code, 0, ported.said)
            self.assertIn("nn::Linear::new(8, 4)", ported.rust)
        ported = Ported(net("return x + self.p[0] + self.p[-1].sum()", "self.p = nn.ParameterList([nn.Parameter(torch.zeros(8)) for _ in range(3)])\n        self.p.append(nn.Parameter(torch.ones(4)))"))
        self.assertNotIn("(0..3)", ported.rust or "")

    def test_numbers_of_other_instances(self):
        ported = Ported(
            """
            class Block(nn.Module):
                def __init__(self, kind, deep):
                    super().__init__()
                    k = 3 if kind == "conv" else 1
                    layers = []
                    for i in range(2):
                        if deep:
                            layers.append(nn.Linear(8, 8))
                        else:
                            layers.append(nn.Linear(8, 8 * k))
                            layers.append(nn.Linear(8 * k, 8))
                    self.layers = nn.Sequential(*layers)

                def forward(self, x):
                    return self.layers(x)


            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b = Block("conv", False), Block("pool", True)

                def forward(self, x):
                    return self.b(self.a(x))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertNotIn("nn::Linear::new(8, 24)", ported.rust.split("pub struct Net")[0])

    def test_a_loops_variable_behind_it(self):
        python = "self.ls = nn.ModuleList()\n        for size in (8, 16):\n            self.ls.append(nn.Linear(8, size))\n        dim = size\n        self.out = nn.Linear(dim, 8)"
        ported = Ported(net("return self.out(self.ls[1](self.ls[0](x)))", python))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertRegex(ported.rust, r"let dim = 16;|nn::Linear::new\(16, 8\)")

    def test_literals_with_their_types(self):
        ported = Ported(net("return self.fc(x)", "self.fc = nn.Linear(8, 8)\n        prior = 0.01\n        nn.init.constant_(self.fc.bias, -math.log((1.0 - prior) / prior))").replace("class Net", "import math\n\n\nclass Net"))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("let prior: f64 = 0.01;", ported.rust)

    def test_properties_that_differ_are_methods(self):
        ported = Ported(
            """
            class Half(nn.Module):
                def __init__(self, n):
                    super().__init__()
                    self.n = n
                    self.fc = nn.Linear(n, n)

                @property
                def half(self):
                    return self.n // 2

                def forward(self, x):
                    return self.fc(x)[..., : self.half]


            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b = Half(8), Half(4)

                def forward(self, x):
                    return self.b(self.a(x))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("..self.half()", ported.rust)
        self.assertNotIn("half: i64", ported.rust)


class Constructs(unittest.TestCase):
    BLOCKS = """
        class Block(nn.Module):
            def __init__(self, inp, oup, expand=1, bias=False):
                super().__init__()
                hidden = inp * expand
                layers = []
                if expand != 1:
                    layers.append(nn.Conv2d(inp, hidden, 1, bias=bias))
                layers.append(nn.Conv2d(hidden, oup, 3, padding=1, bias=bias))
                self.body = nn.Sequential(*layers)
                self.residual = inp == oup

            def forward(self, x):
                return x + self.body(x) if self.residual else self.body(x)

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.stem = Block(3, 8)
                self.head = Block(8, 4)
                self.layers = nn.Sequential(*[Block(8, 8, 2) for _ in range(4)])

            def forward(self, x):
                return self.head(self.layers(self.stem(x)))
    """

    def test_where_instances_differ(self):
        ported = Ported(self.BLOCKS)
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("fn new(inp: i64, oup: i64, expand: i64) -> Self {", ported.rust)
        self.assertIn("let hidden = inp * expand;", ported.rust)
        self.assertIn("if expand != 1 {", ported.rust)
        self.assertIn("residual: inp == oup,", ported.rust)
        self.assertIn("stem: Block::new(3, 8, 1),", ported.rust)
        self.assertIn("for _ in 0..4 {\n                    layers = layers.append(Block::new(8, 8, 2));", ported.rust)
        self.assertEqual(ported.rust.count("struct Block"), 1)

    def test_it_is_the_same_each_time(self):
        first, second = Ported(self.BLOCKS), Ported(self.BLOCKS)
        same = lambda ported: [
            (ported.out / name).read_bytes().replace(ported.module.encode(), b"") for name in ported.files
        ]
        self.assertEqual(same(first), same(second))


class Holds(unittest.TestCase):
    """Containers, and what stands inside."""

    BLOCKS = """
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(8, 8)
                self.time = nn.Linear(2, 8)

            def forward(self, x, t):
                return self.fc(x) + self.time(t)

        class Plain(nn.Module):
            def forward(self, x, t):
                return x * 2

        class Chain(nn.Sequential):
            def forward(self, x, t):
                for layer in self:
                    if isinstance(layer, Block):
                        x = layer(x, t)
                    else:
                        x = layer(x)
                return x

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.down = nn.ModuleList([Block(), Plain(), Block()])
                self.chain = Chain(Block(), nn.Linear(8, 8), nn.ReLU())

            def forward(self, x, t):
                for m in self.down:
                    x = m(x, t)
                return self.chain(x, t)
    """

    def test_several_classes_with_several_arguments(self):
        ported = Ported(self.BLOCKS, input="3,8 3,2")
        self.assertEqual(ported.code, 0, ported.said)
        squeeze = lambda text: "".join(text.split())
        for piece in (
            "down: nn::ModuleList<dyn Module>,", "#[module(flatten)] pub layers: nn::ModuleList<dyn Module>,",
            """
            x = if let Some(m) = m.downcast_ref::<Block>() { m.forward(&x, t) } else {
                m.downcast_ref::<Plain>().unwrap().forward(&x, t)
            };
            """,
            "if let Some(layer) = layer.downcast_ref::<Block>() { x = layer.forward(&x, t); }",
        ):
            self.assertIn(squeeze(piece), squeeze(ported.rust))

    def test_what_stands_in_a_sequential_by_its_class(self):
        ported = Ported(
            """
            class Chain(nn.Sequential):
                def forward(self, x):
                    for layer in self:
                        if isinstance(layer, nn.Linear):
                            x = layer(x) * 2
                        else:
                            x = layer(x)
                    return x

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.chain = Chain(nn.Linear(8, 8), nn.ReLU())

                def forward(self, x):
                    return self.chain(x)
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("if let Some(layer) = (&**layer as &dyn Module).downcast_ref::<nn::Linear>() {", ported.rust)

    def test_lists_of_lists(self):
        ported = Ported(net(
            "for mixer, act in self.layers:\n    x = act(mixer(x)) + x\nreturn x",
            "self.layers = nn.ModuleList([nn.ModuleList([nn.Linear(8, 8), nn.GELU()]) for _ in range(3)])",
        ))
        self.assertEqual(ported.code, 0, ported.said)
        for piece in (
            "layers: nn::ModuleList<nn::ModuleList<dyn Forward>>,", "for layer in &self.layers {",
            "nn::ModuleList::<dyn Forward>::new(vec![", "let (mixer, act) = (&layer[0], &layer[1]);", "x = nn::call(act, &nn::call(mixer, &x)) + &x;",
        ):
            self.assertIn(piece, ported.rust)

    def test_ties_inside_lists(self):
        ported = Ported(net(
            "for layer in self.layers:\n    x = layer(x)\nreturn self.fc(x)",
            "self.layers = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])\n"
            "        self.fc = nn.Linear(8, 8)\n        self.fc.weight = self.layers[1].weight",
        ))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("model.fc.weight = model.layers[1].weight.tie();", ported.rust)

    def test_weight_norm_of_old(self):
        ported = Ported(net(
            "return self.fc(x) + self.whole(x)",
            "self.fc = nn.utils.weight_norm(nn.Linear(8, 8))\n        self.whole = nn.utils.weight_norm(nn.Linear(8, 8), dim=None)",
        ))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("fc: nn::utils::WeightNorm<nn::Linear>,", ported.rust)
        self.assertIn("fc: nn::utils::weight_norm(nn::Linear::new(8, 8)),", ported.rust)
        self.assertIn("whole: nn::utils::weight_norm_options(nn::Linear::new(8, 8)).dim(None).call(),", ported.rust)

    def test_a_dictionary_of_modules_that_is_taken_by_names(self):
        ported = Ported(
            """
            class Config:
                width, length = 8, 16

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.config = Config()
                    self.parts = nn.ModuleDict(dict(
                        embedding=nn.Embedding(10, 8), layers=nn.ModuleList([nn.Linear(8, 8) for _ in range(2)]), norm=nn.LayerNorm(8),
                    ))
                    self.head = nn.Linear(8, 10, bias=False)
                    self.parts.embedding.weight = self.head.weight

                def forward(self, x):
                    assert x.size(1) <= self.config.length, "too long"
                    x = self.parts.embedding(x)
                    for layer in self.parts.layers:
                        x = layer(x)
                    return self.head(self.parts["norm"](x[:, [-1], :]))
            """,
            input="10:2,5",
        )
        self.assertEqual(ported.code, 0, ported.said)
        for piece in (
            '#[module(class = "ModuleDict")]\npub struct Parts {\n    pub embedding: nn::Embedding,\n    pub layers: nn::ModuleList<nn::Linear>,',
            "parts: Parts,", "#[module(skip)]\n    length: i64,", "length: 16,", "x.shape()[1] <= self.length",
            "for layer in &self.parts.layers {", "self.parts.norm.forward(&x.i((.., [-1], ..)))",
            "model.parts.embedding.weight = model.head.weight.tie();",
        ):
            self.assertIn(piece, ported.rust)

    def test_what_a_layer_inside_knows(self):
        ported = Ported(
            """
            class Inner(nn.Module):
                def __init__(self, width, stride):
                    super().__init__()
                    self.conv = nn.utils.weight_norm(nn.Conv2d(3, width, 3, stride))

                def forward(self, x):
                    return self.conv(x)

            class Padded(nn.Module):
                def __init__(self, width, stride):
                    super().__init__()
                    self.inner = Inner(width, stride)

                def forward(self, x):
                    extra = self.inner.conv.stride[0] - 1
                    assert extra >= 0, (extra, 1)
                    return self.inner(F.pad(x, (extra, extra)))

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.first, self.second = Padded(3, 1), Padded(5, 2)

                def forward(self, x):
                    return self.second(self.first(x))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("Self { inner: Inner::new(width, stride), stride }", ported.rust)
        self.assertIn("let extra = self.stride - 1;", ported.rust)
        self.assertIn('assert!(extra >= 0, "{:?}", (extra, 1));', ported.rust)

    def test_dictionaries_as_inputs(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.embedding = nn.Embedding(10, 8)

                def forward(self, batch):
                    x = self.embedding(batch["tokens"])
                    mask = batch.get("mask")
                    if mask is not None:
                        x = x.masked_fill(mask.unsqueeze(-1), 0.0)
                    if "weights" in batch:
                        x = x * batch["weights"]
                    return x
            """,
            input="batch.tokens=10:2,5 batch.mask=bool:2,5",
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("pub struct Batch {\n    pub tokens: Tensor,\n    pub mask: Tensor,\n}", ported.rust)
        self.assertIn("pub fn forward(&self, batch: &Batch) -> Tensor {", ported.rust)
        self.assertIn("the body of `if 'weights' in batch`", ported.said)
        test = (ported.out / "net_test.rs").read_text()
        self.assertIn("use net::{Batch, Net};", test)
        self.assertIn('tokens: reference["input.batch.tokens"].shallow_clone(),', test)


class Understands(unittest.TestCase):
    """What real models have beside plain layers; `scripts/port port_cases:Everything --check` runs it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="test port's ")
        cls.addClassCleanup(cls.folder.cleanup)
        out = Path(cls.folder.name) / "everything.rs"
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            cls.code = command.main([
                "port_cases:Everything", "--input", "10:2,5", "2,5,4", "weights=2,5,18", "--out", str(out), "--no-export",
            ])
        cls.said, cls.rust = said.getvalue(), out.read_text() if out.exists() else ""

    def assert_has(self, *pieces):
        squeeze = lambda text: "".join(text.split())
        self.assertEqual(self.code, 0, self.said)
        for piece in pieces:
            self.assertIn(squeeze(piece), squeeze(self.rust))

    def test_a_module_at_two_places(self):
        self.assert_has(
            "let first = nn::Shared::new(nn::Linear::new(8, 8));", "again: nn::Shared<nn::Linear>,", "again: first.clone(),",
            "layers: nn::ModuleList::new(vec![Box::new(first), Box::new(nn::Linear::new(8, 8))]),",
        )

    def test_a_parameter_at_two_places(self):
        self.assert_has("model.head.weight = model.embedding.weight.tie(); model }")

    def test_a_buffer_that_is_not_saved(self):
        self.assert_has(
            """
            fn new(length: i64, scale: f64) -> Self {
                let mask = torch::tril(&torch::ones([length, length]));
                Self {
                    mask: nn::Buffer::new(mask.view([1, length, length])),
                    angles: nn::Buffer::new(rotations(8, length, 10000.0) * scale),
            """,
            "#[module(persistent = false)] pub mask: nn::Buffer, #[module(persistent = false)] pub angles: nn::Buffer, pub mean:",
        )

    def test_a_buffer_whose_values_are_not_understood(self):
        ported = Ported(net(
            "return self.fc(x) * self.scale",
            "self.fc = nn.Linear(8, 8)\n        self.register_buffer('scale', torch.tensor(float(len('two'.split()))), persistent=False)",
        ))
        self.assertEqual(ported.code, command.TODO, ported.said)
        self.assertIn(f"to write by hand: {ported.module}.py:10: ", ported.said)
        self.assertIn("compute the buffer `scale`, which is not part of the weights", ported.said)

    def test_a_class_that_extends_another_of_the_models(self):
        self.assert_has(
            "fn forward_of_block(&self, x: &Tensor) -> Tensor { self.scale(&F::gelu(&self.fc.forward(x))) }",
            "fn scale(&self, x: &Tensor) -> Tensor { self.scale_of_block(x) + 1 }",
            "self.out.forward(&self.forward_of_block(x)) + x",
        )

    def test_arguments_by_stars(self):
        self.assert_has(
            "fn forward(&self, parts: &[Tensor], scale: f64) -> Tensor",
            "let pieces = (y.shallow_clone(), x);",
            "self.joined.forward(&[pieces.0.shallow_clone(), pieces.1.shallow_clone()], 1.0)",
        )

    def test_dictionaries(self):
        self.assert_has(
            "pub struct EverythingOutput { pub out: Tensor, pub aux: Option<EverythingAux>, }",
            "if self.training.get() { out_middle = Some(&out_states * 2); }",
            "RunEverythingOutput { states: out_states, middle: out_middle, last: out_last }",
            "if let Some(middle) = &found.middle { y = &y + middle; }",
        )

    def test_named_tuples(self):
        self.assert_has("let Pair { low, high } = &pair;", "Pair { low: y.i((Ellipsis, ..4)), high: y.i((Ellipsis, 4..)) }")

    def test_functions_within_a_function(self):
        self.assert_has(
            "let heads = |t: &Tensor| t.view([t.shape()[0], t.shape()[1], 2, 4]).transpose(1, 2);",
            ".iter().map(heads).collect::<Vec<_>>()",
            "let attend = |q: &Tensor, k: &Tensor, scale: f64| -> Tensor {",
            "attend(&q, &k, 0.5).matmul(&v)",
        )

    def test_keyword_tensors(self):
        self.assert_has("pub fn forward(&self, tokens: &Tensor, other: Option<&Tensor>, weights: Option<&Tensor>,) -> EverythingOutput")


class Sequences(unittest.TestCase):
    """Stacks, cells, packed sequences; `scripts/port port_cases:Sequences --check` runs it."""

    @classmethod
    def setUpClass(cls):
        folder = Path(tempfile.mkdtemp(prefix="test port's "))
        cls.addClassCleanup(shutil.rmtree, folder)
        out = folder / "net.rs"
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            cls.code = command.main(["port_cases:Sequences", "--input", "20:2,5", "2,4,16", "--out", str(out), "--no-export"])
        cls.said, cls.rust = said.getvalue(), "".join(out.read_text().split())

    def assert_there(self, *pieces):
        self.assertEqual(self.code, 0, self.said)
        for piece in pieces:
            self.assertIn("".join(piece.split()), self.rust)

    def test_a_stack_is_made_of_its_layer(self):
        self.assert_there(
            "encoder: nn::TransformerEncoder::options(&nn::TransformerEncoderLayer::options(16, 2).dim_feedforward(32).activation(\"gelu\")"
            ".batch_first(true).norm_first(true).build(), depth as usize,).norm(nn::LayerNorm::new(dim)).enable_nested_tensor(false).build(),",
            "decoder: nn::TransformerDecoder::new(&nn::TransformerDecoderLayer::options(dim, 2)",
            # Its copies begin by what the layer drew.
            "Its initial values are Python's, under the same seed.",
        )

    def test_masks(self):
        self.assert_there(
            "generate_square_subsequent_mask_options(tgt.shape()[1]).device(tgt.device()).call()",
            ".mask(&nn::Transformer::generate_square_subsequent_mask(x.shape()[1]).lt(0)).src_key_padding_mask(&pad).call()",
            ".forward_options(tgt, &memory).tgt_mask(&causal).memory_key_padding_mask(&pad).tgt_is_causal(true).call()",
            "self.whole.forward_options(&memory, &y).tgt_mask(&causal).tgt_is_causal(true).call()",
        )

    def test_cells(self):
        self.assert_there(
            "(h, c) = self.lstm.forward_options(&x.i((.., i))).hx(&(h.shallow_clone(), c.shallow_clone())).call();",
            "g = self.gru.forward_options(&x.i((.., i))).hx(&g).call();",
            "let mut r = self.rnn.forward(&x.i((.., 0)));",
        )

    def test_packed_sequences(self):
        self.assert_there(
            "pack_padded_sequence_options(x, &lengths.cpu()).batch_first(true).enforce_sorted(false).call()",
            "let (packed, (h, c)) = self.lstm.forward(&packed);",
            "self.read(&packed.with_data(packed.data() * 2))",
            "fn read(&self, packed: &nn::utils::rnn::PackedSequence) -> nn::utils::rnn::PackedSequence {",
            "pad_packed_sequence_options(&packed).batch_first(true).padding_value(-1.0).total_length(tokens.shape()[1]).call()",
            "pad_sequence_options(&[x.i((0, 1..4)), x.i((1, ..1))])",
            "pack_sequence_options(&rows).enforce_sorted(false).call()",
        )


class Loops(unittest.TestCase):
    """Those of `__init__` that make layers; `scripts/port port_cases:Loops --check` runs it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="test port's ")
        cls.addClassCleanup(cls.folder.cleanup)
        out, said = Path(cls.folder.name) / "loops.rs", io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            cls.code = command.main(["port_cases:Loops", "--input", "2,6,16", "--out", str(out), "--no-export"])
        cls.said, cls.rust = said.getvalue(), out.read_text() if out.exists() else ""

    def assert_has(self, *pieces):
        squeeze = lambda text: "".join(text.split())
        self.assertEqual(self.code, 0, self.said)
        for piece in pieces:
            self.assertIn(squeeze(piece), squeeze(self.rust), self.rust)

    def test_one_that_fills_two_lists(self):
        self.assert_has(
            """
            let mut convs = nn::ModuleList::new(vec![]);
            let mut gates = nn::ModuleList::new(vec![]);
            for i in 0..layers {
                let dilation = 2_i64.pow(i as u32);
                let padding = (kernel_size - 1) * dilation / 2;
                convs.append(Box::new(
                    nn::Conv1d::options(channels, channels, kernel_size).dilation(dilation).padding(padding).build(),
                ));
                gates.append(Box::new(nn::Conv1d::new(channels, channels, 1)));
            }
            """
        )

    def test_over_a_table(self):
        self.assert_has(
            """
            let mut blocks = nn::Sequential::default();
            for (d_in, d_out) in [(6, 4), (4, 8), (8, 12)] {
                blocks = blocks.append(nn::Conv1d::new(d_in, d_out, 1));
            """,
            "blocks = blocks.append(nn::Conv1d::new(dims[dims.len() - 1], channels, 1));",
            "narrow: blocks,",
        )

    def test_in_another(self):
        self.assert_has(
            """
            let mut block = 0;
            let mut stages = nn::sequential!(
                nn::sequential!(nn::Conv1d::options(channels, 8, 2).stride(2).build(), nn::ReLU::new())
            );
            for stage in 0..depths.len() {
                let mut inside = nn::Sequential::default();
                let dim = 8 * 2_i64.pow(stage as u32);
                for place in 0..depths[stage] {
                    let drop = rate * block as f64 / (total - 1) as f64;
            """,
            ".groups(if place % 2 == 0 { heads[stage] } else { 1 })",
            "block += 1; } stages = stages.append(inside); if stage < depths.len() - 1 {",
        )

    def test_variables_stand_first(self):
        self.assert_has(
            """
            let channels = 6;
            let layers = 5;
            let kernel_size = 3;
            let depths = [2, 1, 3];
            let heads = [1, 2, 4];
            let rate = 0.2;
            let dims = [6, 4, 8, 12];
            let mut convs
            """,
            "let total = depths.iter().sum::<i64>(); let mut block = 0;",
        )

    def test_over_a_configuration(self):
        self.assert_has(
            """
            let mut rows = nn::ModuleList::<dyn Forward>::new(vec![]);
            for (width, count, out) in [(32, 2, Some(16)), (16, 1, Some(12)), (12, 3, None)] {
                for _ in 0..count {
                    rows.append(Box::new(Bottleneck::new(width, width, count > 1, true)));
                }
                if let Some(out) = out {
            """
        )

    def test_what_it_hands_on(self):
        self.assert_has(
            "fn divisible(value: f64, divisor: i64) -> i64 {",
            """
            let mut hidden = 12;
            let mut mixed = nn::Sequential::default();
            for (t, c, n) in [(1, 11, 1), (2, 17, 2), (2, 9, 1)] {
                let out = divisible(c as f64, 4);
                for i in 0..n {
                    mixed = mixed.append(Bottleneck::new(hidden, out, t == 2, i == 0));
                    hidden = out;
                }
            }
            """,
        )

    def test_comprehensions(self):
        self.assert_has(
            "let pyramid: nn::ModuleList<nn::Conv1d> = [(12, 6), (6, 5), (5, 4)].into_iter().map(|(i, o)| nn::Conv1d::new(i, o, 1)).collect();",
            "for x in [0.1, 0.2, 0.3] { layers = layers.append(nn::Dropout::new(x)); }",
        )

    def test_as_often_as_an_argument_says(self):
        self.assert_has("fn new(depth: i64, rate: f64) -> Self {", "for i in 0..depth {", "let few = Stage::new(2, 0.0);")

    def test_what_is_of_one_class_or_another(self):
        self.assert_has(
            "pub fn new(i: i64, o: i64, kernel_size: i64, activation_layer: Option<Box<dyn Forward>>,) -> Self {",
            "if let Some(activation_layer) = activation_layer { layers = layers.append(activation_layer); }",
            "Some(if smooth { Box::new(nn::Hardswish::new()) } else { Box::new(nn::ReLU::new()) })",
            "proj: if i != o { Box::new(nn::Conv1d::new(i, o, 1)) } else { Box::new(nn::Identity::new()) },",
            "fn new(i: i64, o: i64, smooth: bool, squeeze: bool) -> Self { let hidden = divisible(i as f64 * 0.3, 4);",
        )

    def test_a_method_that_makes_layers(self):
        self.assert_has(
            "let mut width = 4;",
            "one: Self::make_layer(&mut width, 4, 2, 1), two: Self::make_layer(&mut width, 6, 3, 2), three: Self::make_layer(&mut width, 8, 1, 1)",
            """
            fn make_layer(width: &mut i64, planes: i64, blocks: i64, stride: i64) -> nn::Sequential {
                let mut shortcut = None;
                if stride != 1 || *width != planes {
                    shortcut = Some(nn::sequential!(
                        nn::Conv1d::options(*width, planes, 1).stride(stride).build(),
                        nn::BatchNorm1d::new(planes)
                    ));
                }
                let mut layers = nn::sequential!(Unit::new(*width, planes, stride, shortcut));
                *width = planes;
                for _ in 1..blocks {
                    layers = layers.append(Unit::new(*width, planes, 1, None));
                }
                layers
            }
            """,
        )

    def test_a_question_that_differs_from_call_to_call_is_asked(self):
        self.assertNotIn("self.width != planes", self.said)
        self.assertIn("port_cases.py:255: the question `if hidden != i`, which always holds", self.said)

    def test_a_list_that_differs_from_call_to_call(self):
        self.assert_has(
            "let mut planes = 8; Self { one: Self::make(&mut planes, 8, 1, 1), two: Self::make(&mut planes, 6, 3, 2) }",
            """
            fn make(planes: &mut i64, o: i64, count: i64, stride: i64) -> nn::Sequential {
                let strides = [vec![stride], vec![1; (count - 1) as usize]].concat();
                let mut layers = nn::Sequential::default();
                for &stride in &strides {
            """,
        )

    def test_members_under_conditions(self):
        # In an order that holds in all instances, and by the names that the branch has.
        self.assert_has(
            "pub struct Gated { pub a: nn::Conv1d, pub gate: Option<nn::Linear>, pub b: nn::BatchNorm1d, pub shortcut: nn::Sequential, }",
            "gate: if gate { Some(nn::Linear::new(4, 4)) } else { None },",
            """
            shortcut: if i != o {
                nn::sequential!(
                    nn::Conv1d::options(i, o, 1).bias(false).build(),
                    nn::BatchNorm1d::new(2 * o / 2)
                )
            } else { nn::Sequential::default() },
            """,
        )

    def test_rows_that_are_handed_on(self):
        self.assert_has("for (width, count, out) in [(5, 2, 7), (7, 1, 6)] {", "append(Settled::new(width, count, out));")

    def test_as_long_as_something_holds(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self, size=32):
                    super().__init__()
                    layers, width = [], 8
                    while size > 4:
                        layers.append(nn.Linear(width, width * 2))
                        layers.append(nn.ReLU())
                        width *= 2
                        size //= 2
                    self.net = nn.Sequential(*layers)

                def forward(self, x):
                    return self.net(x)
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("        while size > 4 {\n            layers = layers.append(nn::Linear::new(width, width * 2));\n", ported.rust)
        self.assertIn("            width *= 2;\n            size /= 2;\n        }\n", ported.rust)

    def test_one_that_is_not_understood_stays_unrolled(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    widths, layers = [8, 4, 2, 8], []
                    while len(widths) > 1:
                        layers.append(nn.Linear(widths.pop(0), widths[0]))
                    self.layers = nn.Sequential(*layers)

                def forward(self, x):
                    return self.layers(x)
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn(
            "nn::sequential!(\n                nn::Linear::new(8, 4),\n                nn::Linear::new(4, 2),\n"
            "                nn::Linear::new(2, 8)\n            )", ported.rust,
        )
        ported = Ported(
            """
            class Row:
                def __init__(self, i, o):
                    self.i, self.o = i, o

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    layers, width = [], 8
                    for row in (Row(8, 4), Row(4, 2), Row(2, 1)):
                        row.o = row.o * 2
                        layers.append(nn.Linear(width, row.o))
                        width = row.o
                    self.layers = nn.Sequential(*layers)

                def forward(self, x):
                    return self.layers(x)
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertNotIn("for row", ported.rust)
        report = (ported.out / "net_report.md").read_text()
        self.assertIn("Loops of `__init__` whose layers stand one by one in `new`:", report)
        self.assertIn(f"- {ported.module}.py:15: `for row in (Row(8, 4), Row(4, 2), Row(2, 1))`", report)

    def test_comments(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    layers = []
                    # Each is half as wide.
                    for width in (8, 4, 2):
                        layers.append(nn.Linear(width, width // 2))
                    self.layers = nn.Sequential(*layers)

                def forward(self, x):
                    return self.layers(x)
            """,
            "--with-comments",
        )
        self.assertIn("        // Each is half as wide.\n        for width in [8, 4, 2] {\n", ported.rust)


class Variables(unittest.TestCase):
    """What `__init__` computes is computed in `new`, by its names."""

    def assert_new(self, initial, rust, forward="return self.fc(x)", given="", python="", **keywords):
        """`new` of a class with this `__init__`."""
        body = textwrap.indent(textwrap.dedent(initial).strip(), " " * 8)
        forward = textwrap.indent(textwrap.dedent(forward).strip(), " " * 8)
        ported = Ported(
            f"{textwrap.dedent(python)}\n\nclass Net(nn.Module):\n    def __init__(self{given}):\n        super().__init__()\n{body}\n\n"
            f"    def forward(self, x):\n{forward}\n",
            **keywords,
        )
        self.assertEqual(ported.code, 0, ported.said)
        squeeze = lambda text: "".join(text.split())
        self.assertIn(squeeze(rust), squeeze(ported.rust), ported.rust)
        return ported

    def test_of_an_attention(self):
        self.assert_new(
            """
            if d_k is None:
                d_k = width
            inner = heads * d_k
            self.to_qkv = nn.Linear(width, inner * 3)
            self.fc = nn.Linear(inner, width)
            self.scale = d_k ** -0.5
            self.heads = heads
            """,
            """
            pub fn new() -> Self {
                let width = 8;
                let heads = 2;
                let d_k = width;
                let inner = heads * d_k;
                Self {
                    to_qkv: nn::Linear::new(width, inner * 3),
                    fc: nn::Linear::new(inner, width),
                    scale: (d_k as f64).powf(-0.5),
                    heads,
                }
            }
            """,
            """
            q, k, v = self.to_qkv(x).chunk(3, -1)
            return self.fc(q * k * v * self.scale) * self.heads
            """,
            ", width=8, heads=2, d_k=None",
        )

    def test_lead_from_one_loop_to_the_next(self):
        ported = self.assert_new(
            """
            count = len(mults)
            self.first = nn.Conv2d(3, width, 1)
            down = []
            out_channels = channels = width
            for i in range(count):
                out_channels = channels * mults[i]
                down.append(nn.Conv2d(channels, out_channels, 1, bias=biases[i]))
                channels = out_channels
                if i < count - 1:
                    down.append(nn.BatchNorm2d(channels))
            self.down = nn.Sequential(*down)
            self.middle = nn.Conv2d(out_channels, channels, 1)
            self.norm = nn.BatchNorm2d(32)
            up = []
            for i in reversed(range(count)):
                out_channels = channels // mults[i]
                up.append(nn.Conv2d(channels, out_channels, 1, bias=biases[i]))
                channels = out_channels
            self.up = nn.Sequential(*up)
            self.last = nn.Conv2d(channels, 3, 1)
            """,
            """
            let width = 4;
            let mults = [2, 2, 2];
            let biases = [true, false, true];
            let first = nn::Conv2d::new(3, width, 1);
            let count = mults.len();
            let mut down = nn::Sequential::default();
            let mut out_channels = width;
            let mut channels = width;
            for i in 0..count {
                out_channels = channels * mults[i];
                down = down.append(nn::Conv2d::options(channels, out_channels, 1).bias(biases[i]).build());
                channels = out_channels;
                if i < count - 1 {
                    down = down.append(nn::BatchNorm2d::new(channels));
                }
            }
            let middle = nn::Conv2d::new(out_channels, channels, 1);
            let norm = nn::BatchNorm2d::new(32);
            let mut up = nn::Sequential::default();
            for i in (0..count).rev() {
                out_channels = channels / mults[i];
                up = up.append(nn::Conv2d::options(channels, out_channels, 1).bias(biases[i]).build());
                channels = out_channels;
            }
            Self { first, down, middle, norm, up, last: nn::Conv2d::new(channels, 3, 1) }
            """,
            "return self.last(self.up(self.norm(self.middle(self.down(self.first(x))))))",
            ", width=4, mults=(2, 2, 2), biases=(True, False, True)",
            input="2,3,8,8",
        )
        self.assertIn(FirstValues.EXACT, ported.rust)

    def test_lists_are_gone_through(self):
        loops = """
            layers = []
            for i, width in enumerate(widths):
                layers.append(nn.Linear(8, width))
                if i != len(widths) - 1:
                    layers.append(nn.Linear(width, 8))
            self.fc = nn.Sequential(*layers)
            others = []
            for width, rate in zip(widths, rates):
                others.append(nn.Linear(6, width))
                others.append(nn.Dropout(rate))
                others.append(nn.Linear(width, 6))
            self.other = nn.Sequential(*others)
            self.gates = nn.Sequential(*[nn.Threshold(rate, 0.0) for rate in rates])
            """
        ported = self.assert_new(
            loops,
            """
            for (i, width) in widths.into_iter().enumerate() {
                layers = layers.append(nn::Linear::new(8, width));
                if i != widths.len() - 1 {
            """,
            "return self.gates(self.other(self.fc(x)))",
            ", widths=(5, 4, 6), rates=(0.1, 0.2, 0.3)",
        )
        self.assertIn("for (width, rate) in widths.into_iter().zip(rates) {", ported.rust)

    def test_in_comprehensions(self):
        ported = self.assert_new(
            """
            head = width // heads
            self.experts = nn.ModuleList([nn.Linear(width, width) for _ in range(experts)])
            self.heads = nn.ModuleDict({f"head{i}": nn.Linear(width, head) for i in range(heads)})
            self.fc = nn.Sequential(*[nn.Linear(width, width) for _ in range(experts)])
            """,
            """
            let width = 8;
            let experts = 3;
            let heads = 2;
            let head = width / heads;
            Self {
                experts: (0..experts).map(|_| nn::Linear::new(width, width)).collect(),
                heads: (0..heads).map(|i| (format!("head{i}"), nn::Linear::new(width, head))).collect(),
                fc: {
                    let mut layers = nn::Sequential::default();
                    for _ in 0..experts {
                        layers = layers.append(nn::Linear::new(width, width));
                    }
                    layers
                },
            }
            """,
            """
            for expert in self.experts:
                x = expert(x)
            x = torch.cat([head(x) for head in self.heads.values()], dim=-1)
            return self.fc(x)
            """,
            ", width=8, experts=3, heads=2",
        )
        self.assertNotIn("one by one", (ported.out / "net_report.md").read_text())

    def test_dictionaries_that_grow(self):
        ported = self.assert_new(
            """
            self.stages = nn.ModuleDict()
            for i, (width, bias) in enumerate(zip(widths, biases)):
                self.stages[f"stage{i}"] = nn.Linear(8, width, bias=bias)
            """,
            """
            let mut stages = nn::ModuleDict::new(vec![]);
            for (i, width, bias) in [(0, 4, true), (1, 5, false)] {
                stages.insert(
                    &format!("stage{i}"),
                    Box::new(nn::Linear::options(8, width).bias(bias).build()),
                );
            }
            """,
            """
            out = []
            for stage in self.stages.values():
                out.append(stage(x))
            return torch.cat(out, dim=-1)
            """,
            ", widths=(4, 5), biases=(True, False)",
        )
        self.assertNotIn("one by one", (ported.out / "net_report.md").read_text())

    def test_pairs_out_of_a_zip(self):
        self.assert_new(
            """
            width, blocks = 8, []
            for i, (out, bias) in enumerate(rows()):
                blocks.append((f"block{i + 1}", nn.Linear(width, out, bias=bias)))
                width = out
            self.fc = nn.Sequential(OrderedDict(blocks))
            """,
            """
            for (i, out, bias) in [(0, 4, true), (1, 5, false)] {
                blocks = blocks.add_module(
                    format!("block{}", i + 1),
                    nn::Linear::options(width, out).bias(bias).build(),
                );
                width = out;
            }
            """,
            python="""
            from collections import OrderedDict

            def rows():
                return zip((4, 5), (True, False))
            """,
        )

    def test_blocks_that_share_within_themselves(self):
        self.assert_new(
            """
            layers = []
            for i in range(len(widths)):
                layers += [Block(8 if i == 0 else widths[i - 1], widths[i])]
            self.fc = nn.Sequential(*layers)
            """,
            """
            for i in 0..widths.len() {
                layers = layers.append(Block::new(if i == 0 { 8 } else { widths[i - 1] }, widths[i]));
            }
            """,
            given=", widths=(4, 5, 6)",
            python="""
            class Block(nn.Module):
                def __init__(self, a, b):
                    super().__init__()
                    self.conv = nn.Linear(a, b)
                    self.net = nn.Sequential(self.conv, nn.ReLU())

                def forward(self, x):
                    return self.net(x)
            """,
        )

    def test_lists_are_gone_through_backwards(self):
        self.assert_new(
            """
            self.downs = nn.ModuleList()
            self.ups = nn.ModuleList()
            for width in widths:
                self.downs.append(nn.Linear(channels, width))
                channels = width
            for width in reversed(widths):
                self.ups.append(nn.Linear(channels, width))
                self.ups.append(nn.Linear(width, width))
                channels = width
            self.fc = nn.Linear(channels, 2)
            """,
            """
            let mut downs = nn::ModuleList::new(vec![]);
            let mut ups = nn::ModuleList::new(vec![]);
            for width in widths {
                downs.append(Box::new(nn::Linear::new(channels, width)));
                channels = width;
            }
            for width in widths.into_iter().rev() {
                ups.append(Box::new(nn::Linear::new(channels, width)));
                ups.append(Box::new(nn::Linear::new(width, width)));
                channels = width;
            }
            """,
            """
            for down in self.downs:
                x = down(x)
            for up in self.ups:
                x = up(x)
            return self.fc(x)
            """,
            ", widths=(4, 5, 6), channels=8",
        )

    def test_lists_that_are_begun_anew(self):
        """`modules`, once for each container, and `widths`, turned about between them."""
        self.assert_new(
            """
            modules = []
            if widths is None:
                widths = [4, 5, 6]
            for width in widths:
                modules.append(nn.Linear(channels, width))
                channels = width
            self.encoder = nn.Sequential(*modules)
            modules = []
            self.middle = nn.Linear(widths[-1], widths[-1])
            widths = widths[::-1]
            for i in range(len(widths) - 1):
                modules.append(nn.Linear(widths[i], widths[i + 1]))
            self.fc = nn.Sequential(*modules)
            """,
            """
            let mut channels = 8;
            let mut encoder = nn::Sequential::default();
            let mut widths = vec![4, 5, 6];
            for &width in &widths {
                encoder = encoder.append(nn::Linear::new(channels, width));
                channels = width;
            }
            let mut fc = nn::Sequential::default();
            let middle = nn::Linear::new(widths[widths.len() - 1], widths[widths.len() - 1]);
            widths = widths.iter().rev().copied().collect::<Vec<_>>();
            for i in 0..widths.len() - 1 {
                fc = fc.append(nn::Linear::new(widths[i], widths[i + 1]));
            }
            Self { encoder, middle, fc }
            """,
            "return self.fc(self.middle(self.encoder(x)))",
            ", channels=8, widths=None",
        )

    def test_configurations_that_are_copied_and_changed(self):
        python = """
            import copy
            from dataclasses import dataclass

            def rounded(width):
                return max(2, int(width + 1) // 2 * 2)

            @dataclass
            class Config:
                ratio: int
                stride: int
                inner: int
                outer: int
                depth: int

                @staticmethod
                def widened(width, ratio):
                    return rounded(width * ratio)

            SETTING = [Config(1, 1, 8, 4, 1), Config(2, 2, 4, 6, 2), Config(3, 2, 6, 8, 3)]

            class Block(nn.Module):
                def __init__(self, config, rate):
                    super().__init__()
                    layers = []
                    wide = config.widened(config.inner, config.ratio)
                    if wide != config.inner:
                        layers.append(nn.Linear(config.inner, wide))
                    layers.append(nn.Linear(wide, config.outer * config.stride))
                    layers.append(nn.MaxPool1d(config.stride))
                    self.block = nn.Sequential(*layers)
                    self.dropout = nn.Dropout(rate)

                def forward(self, x):
                    return self.dropout(self.block(x))
            """
        ported = self.assert_new(
            """
            layers = []

            place = 0
            for config in SETTING:
                stage = []
                for _ in range(config.depth):
                    own = copy.copy(config)

                    # Behind the first of a stage.
                    if stage:
                        own.inner = own.outer
                        own.stride = 1

                    rate = 0.1 * place
                    stage.append(Block(own, rate))
                    place += 1

                layers.append(nn.Sequential(*stage))

            self.fc = nn.Sequential(*layers)
            """,
            """
            for (ratio, stride, inner, outer, depth) in [(1, 1, 8, 4, 1), (2, 2, 4, 6, 2), (3, 2, 6, 8, 3)] {
                let mut stage = nn::Sequential::default();
                for _ in 0..depth {
                    let mut inner = inner;
                    let mut stride = stride;

                    if !stage.is_empty() {
                        inner = outer;
                        stride = 1;
                    }

                    let rate = 0.1 * place as f64;
                    stage = stage.append(Block::new(rate, ratio, stride, inner, outer));
                    place += 1;
                }

                layers = layers.append(stage);
            }
            """,
            "return self.fc(x.flatten(1, 2))",
            python=python,
        )
        squeeze = lambda text: "".join(text.split())
        self.assertIn("    layers = layers.append(stage);", ported.rust)
        self.assertIn("                }\n\n                let rate", ported.rust)
        self.assertIn(squeeze("let wide = widened(inner, ratio); if wide != inner {"), squeeze(ported.rust))
        self.assertIn("fn rounded(width: i64) -> i64 {", ported.rust)

    def test_lists_that_are_changed_in_place(self):
        initial = """
            widths = [4, 5, 6]
            self.first = nn.Linear(8, widths[-1])
            {change}
            layers = []
            for i in range(len(widths) - 1):
                layers.append(nn.Linear(widths[i], widths[i + 1]))
            self.fc = nn.Sequential(*layers)
            """
        forward = "return self.fc(self.first(x)[..., : self.fc[0].in_features])"
        self.assert_new(
            initial.replace("{change}", "widths.reverse()"),
            """
            let mut widths = [4, 5, 6];
            let first = nn::Linear::new(8, widths[widths.len() - 1]);
            widths.reverse();
            let mut layers = nn::Sequential::default();
            for i in 0..widths.len() - 1 {
                layers = layers.append(nn::Linear::new(widths[i], widths[i + 1]));
            }
            """,
            forward,
        )
        # What is not understood is written by its numbers.
        for change in ("widths[0] = 6", "widths.insert(0, widths.pop(1))", "widths.append(3)", "widths += [3]", "del widths[0]"):
            ported = self.assert_new(initial.replace("{change}", change), "first: nn::Linear::new(8, 6)", forward)
            self.assertNotIn("widths", ported.rust)

    def test_members_of_a_configurations_names(self):
        self.assert_new(
            """
            self.fc = nn.Linear(config.width, 3 * config.width)
            self.width = config.width
            self.drop = nn.Dropout(config.rate)
            self.rate = config.rate
            """,
            """
            let width = 8;
            let rate = 0.1;
            Self { fc: nn::Linear::new(width, 3 * width), width, drop: nn::Dropout::new(rate), rate }
            """,
            "return self.drop(self.fc(x)).view(-1, 3, self.width) * self.rate",
            ", config=Config()",
            python="""
            class Config:
                width, rate = 8, 0.1

                def __init__(self):
                    self.width, self.rate = 8, 0.1
            """,
        )

    def test_layers_that_a_class_extends(self):
        self.assert_new(
            """
            self.convs = nn.ModuleList()
            for _ in range(blocks):
                dilation = 1
                for _ in range(layers):
                    self.convs.append(Causal(8, 8, 2, dilation=dilation))
                    dilation *= 2
            """,
            """
            for _ in 0..blocks {
                let mut dilation = 1;
                for _ in 0..layers {
                    convs.append(Box::new(Causal::new(dilation)));
                    dilation *= 2;
                }
            }
            """,
            """
            for conv in self.convs:
                x = conv(x)
            return x
            """,
            ", blocks=2, layers=3",
            input="2,8,20",
            python="""
            class Causal(nn.Conv1d):
                def __init__(self, i, o, kernel_size, dilation=1):
                    self.left = (kernel_size - 1) * dilation
                    super().__init__(i, o, kernel_size, dilation=dilation)

                def forward(self, x):
                    return super().forward(F.pad(x, (self.left, 0)))
            """,
        )

    def test_lists_that_are_made_of_others(self):
        self.assert_new(
            """
            widths = list(widths)
            layers = []
            for width in widths:
                layers.append(nn.Linear(channels, width))
                channels = width
            self.one = nn.Sequential(*layers)
            widths.reverse()
            layers = []
            for i in range(len(widths) - 1):
                layers.append(nn.Linear(widths[i], widths[i + 1]))
            self.fc = nn.Sequential(*layers)
            """,
            """
            let mut widths = [4, 5, 6];
            let mut one = nn::Sequential::default();
            for &width in &widths {
            """,
            "return self.fc(self.one(x))",
            ", channels=8, widths=(4, 5, 6)",
        )

    def test_a_loop_that_makes_nothing_here_is_none(self):
        ported = self.assert_new(
            """
            channels = 8
            for i, width in enumerate((4, 6)):
                setattr(self, f"layer{i}", nn.Linear(channels, width))
                channels = width
            self.fc = nn.Linear(channels, 2)
            """,
            "Self { layer0: nn::Linear::new(8, 4), layer1: nn::Linear::new(4, 6), fc: nn::Linear::new(6, 2), }",
            "return self.fc(self.layer1(self.layer0(x)))",
        )
        self.assertNotIn("for ", ported.rust.partition("fn new")[2].partition("}")[0])

    def test_arguments_have_their_names(self):
        self.assert_new(
            "self.fc = nn.Linear(width, out)\nself.drop = nn.Dropout(rate)",
            "let width = 8; let out = 2; let rate = 0.25; Self { fc: nn::Linear::new(width, out), drop: nn::Dropout::new(rate) }",
            "return self.drop(self.fc(x))",
            ", width=8, out=2, rate=0.25",
        )

    def test_of_self(self):
        self.assert_new(
            """
            self.width = width
            self.inner = 2 * self.width
            self.sides = [2, 4]
            self.fc = nn.Linear(self.width, self.inner)
            self.out = nn.Linear(self.inner, self.sides[0] * self.sides[1])
            """,
            """
            pub fn new() -> Self {
                let width = 8;
                let sides = [2, 4];
                let inner = 2 * width;
                Self {
                    inner,
                    fc: nn::Linear::new(width, inner),
                    out: nn::Linear::new(inner, sides[0] * sides[1]),
                }
            }
            """,
            "return self.out(self.fc(x)) / self.inner",
            ", width=8",
        )

    def test_what_nothing_reads_is_none(self):
        ported = self.assert_new(
            """
            self.width = width
            self.double = width * 2
            if self.width > 100:
                raise ValueError(f"{self.width} is too wide")
            self.fc = nn.Linear(8, 8)
            self.training_width = width
            """,
            "pub fn new() -> Self { Self { fc: nn::Linear::new(8, 8) } }",
            given=", width=8",
        )
        self.assertNotIn("width", ported.rust)

    def test_of_instances_that_differ(self):
        self.assert_new(
            "self.fc = nn.Sequential(Block(8, 4), Block(8, 16, 2))",
            """
            fn new(hidden: i64, times: i64) -> Self {
                let width = 8;
                let groups = 2;
                let inner = hidden * times / groups * groups;
                Self { fc: nn::Linear::new(width, inner), out: nn::Linear::new(inner, width) }
            }
            """,
            python="""
            class Block(nn.Module):
                def __init__(self, width, hidden, times=1, groups=2):
                    super().__init__()
                    inner = hidden * times // groups * groups
                    self.fc = nn.Linear(width, inner)
                    self.out = nn.Linear(inner, width)

                def forward(self, x):
                    return self.out(self.fc(x))
            """,
        )

    def test_functions_that_make_layers(self):
        ported = self.assert_new(
            """
            self.one = Block(8, 6)
            self.two = Block(6 * Block.expansion, 2, stride=2)
            """,
            """
            impl Block {
                const EXPANSION: i64 = 2;

                pub fn new(inplanes: i64, planes: i64, stride: i64) -> Self {
                    let groups = 1;
                    Self {
                        conv1: conv3x3(inplanes, planes, stride, groups),
                        conv2: conv3x3(planes, planes * Self::EXPANSION, 1, 1),
                    }
                }
            """,
            "return self.two(self.one(x))",
            python="""
            def conv3x3(in_planes, out_planes, stride=1, groups=1, dilation=1):
                return nn.Conv2d(in_planes, out_planes, 3, stride, padding=dilation, groups=groups, dilation=dilation, bias=False)

            class Block(nn.Module):
                expansion = 2
                unread = 3

                def __init__(self, inplanes, planes, stride=1, groups=1):
                    super().__init__()
                    self.conv1 = conv3x3(inplanes, planes, stride, groups=groups)
                    self.conv2 = conv3x3(planes, planes * self.expansion)

                def forward(self, x):
                    return self.conv2(self.conv1(x))
            """,
            input="2,8,8,8",
        )
        squeezed = "".join(ported.rust.split())
        function = """
            fn conv3x3(in_planes: i64, out_planes: i64, stride: i64, groups: i64) -> nn::Conv2d {
                nn::Conv2d::options(in_planes, out_planes, 3).stride(stride).padding(1).groups(groups).bias(false).build()
            }
            """
        self.assertIn("".join(function.split()), squeezed, ported.rust)
        self.assertIn("two:Block::new(6*Block::EXPANSION,2,2)", squeezed)

    def test_what_the_caller_computes_is_an_argument(self):
        ported = self.assert_new(
            """
            self.one = Outer(width * 2, rate)
            self.fc = nn.Linear(2, width)
            """,
            """
            let width = 4;
            Self { one: Outer::new(width * 2), fc: nn::Linear::new(2, width) }
            """,
            "return self.fc(self.one(x))",
            ", width=4, rate=0.25",
            python="""
            class Inner(nn.Module):
                def __init__(self, channels, out):
                    super().__init__()
                    self.fc = nn.Linear(channels, out)

                def forward(self, x):
                    return self.fc(x)

            class Outer(nn.Module):
                def __init__(self, channels, rate):
                    super().__init__()
                    self.inner = Inner(channels, 2)
                    self.drop = nn.Dropout(rate)

                def forward(self, x):
                    return self.drop(self.inner(x))
            """,
        )
        squeezed = "".join(ported.rust.split())
        self.assertIn("fnnew(channels:i64)->Self{letrate=0.25;Self{inner:Inner::new(channels),drop:nn::Dropout::new(rate)}}", squeezed)
        self.assertIn("fnnew(channels:i64)->Self{letout=2;Self{fc:nn::Linear::new(channels,out)}}", squeezed)

    def test_lists_that_differ(self):
        ported = self.assert_new(
            "self.one = Mlp(8, [int(8 * ratio), 4])\nself.two = Mlp(4, [6, 8])\nself.sides = Sides(sides=[s // 2 for s in sides])",
            "Self { one: Mlp::new(8, [(8.0 * ratio) as i64, 4]), two: Mlp::new(4, [6, 8]), sides: Sides::new(), }",
            "return self.two(self.one(x)) + self.sides(x)",
            ", ratio=1.5, sides=(4, 6)",
            python="""
            class Mlp(nn.Sequential):
                def __init__(self, width, hidden):
                    layers = []
                    inner = width
                    for size in hidden[:-1]:
                        layers.append(nn.Linear(inner, size))
                        layers.append(nn.ReLU())
                        inner = size
                    layers.append(nn.Linear(inner, hidden[-1]))
                    super().__init__(*layers)

            class Sides(nn.Module):
                def __init__(self, sides):
                    super().__init__()
                    self.sides = sides

                def forward(self, x):
                    return x * self.sides[0]
            """,
        )
        self.assertIn(
            "".join("""
            fn new(width: i64, hidden: [i64; 2]) -> Self {
                let mut layers = nn::Sequential::default();
                let mut inner = width;
                for &size in &hidden[..hidden.len() - 1] {
                    layers = layers.append(nn::Linear::new(inner, size));
                    layers = layers.append(nn::ReLU::new());
                    inner = size;
                }
                layers = layers.append(nn::Linear::new(inner, hidden[hidden.len() - 1]));
            """.split()), "".join(ported.rust.split()), ported.rust)

    def test_of_a_configuration(self):
        self.assert_new(
            """
            self.fc = nn.Linear(config.width, 4 * config.width)
            self.out = nn.Linear(4 * config.width, config.out)
            """,
            """
            let width = 8;
            let out = 2;
            Self { fc: nn::Linear::new(width, 4 * width), out: nn::Linear::new(4 * width, out) }
            """,
            "return self.out(self.fc(x))",
            ", config=Config()",
            python="""
            class Config:
                def __init__(self):
                    self.width, self.out = 8, 2
            """,
        )


class Changed(unittest.TestCase):
    """What is changed after the statement that makes it is written as it is at the end."""

    assert_new = Variables.assert_new

    def test_layers_that_are_added_later(self):
        self.assert_new(
            "self.net = nn.Sequential(nn.Linear(width, width), nn.ReLU())\nself.net.append(nn.Linear(width, 2))",
            "net: nn::sequential!(nn::Linear::new(8, 8), nn::ReLU::new(), nn::Linear::new(8, 2))",
            "return self.net(x)",
            ", width=8",
        )
        self.assert_new(
            "self.net = nn.Sequential(nn.Linear(width, 8), nn.ReLU())\nself.net[1] = nn.Identity()",
            "net: nn::sequential!(nn::Linear::new(8, 8), nn::Identity::new())",
            "return self.net(x)",
            ", width=8",
        )

    def test_layers_that_are_put_in_the_place_of_others(self):
        self.assert_new(
            "self.body = Body(8)\nself.body.fc = nn.Linear(8, 3)",
            "fc: nn::Linear::new(8, 3)",
            "return self.body(x)",
            python="""
            class Body(nn.Module):
                def __init__(self, width, out=10):
                    super().__init__()
                    self.fc = nn.Linear(width, out)

                def forward(self, x):
                    return self.fc(x)
            """,
        )

    def test_numbers_that_are_set_from_outside(self):
        self.assert_new(
            "self.one = Scale(1.0)\nself.one.scale = 0.25\nself.two = Scale(2.0)\nself.two.scale = 0.5",
            "Self { one: Scale::new(0.25), two: Scale::new(0.5) }",
            "return self.two(self.one(x))",
            python="""
            class Scale(nn.Module):
                def __init__(self, scale):
                    super().__init__()
                    self.scale = scale

                def forward(self, x):
                    return x * self.scale
            """,
        )
        self.assert_new(
            'self.rate = rate\nfor name in ("rate",):\n    setattr(self, name, 3.0)', "Self { rate: 3.0 }", "return x * self.rate", ", rate=1.5"
        )

    def test_arguments_of_a_layer_that_are_set_later(self):
        self.assert_new(
            "self.bn = nn.BatchNorm2d(2)\nself.bn.momentum = 0.03\nself.act = nn.LeakyReLU(0.1)\nself.act.negative_slope = 0.3",
            "bn: nn::BatchNorm2d::options(2).momentum(0.03).build(), act: nn::LeakyReLU::new(0.3),",
            "return self.act(self.bn(x))",
            input="2,2,8,8",
        )

    def test_frozen_parameters(self):
        self.assert_new(
            "self.body = nn.Linear(8, 8)\nfor p in self.body.parameters():\n    p.requires_grad = False\nself.head = nn.Linear(8, 2)",
            """
            let model = Self { body: nn::Linear::new(8, 8), head: nn::Linear::new(8, 2) };
            for parameter in model.body.parameters() {
                let _ = parameter.set_requires_grad(false);
            }
            model
            """,
            "return self.head(self.body(x))",
        )
        # Where all instances of a class freeze it, its `new` does.
        ported = Ported(
            """
            class Adapted(nn.Module):
                def __init__(self, linear, r=4):
                    super().__init__()
                    self.linear = linear
                    for p in self.linear.parameters():
                        p.requires_grad = False
                    self.lora_A = nn.Parameter(torch.randn(r, linear.in_features) * 0.01)
                    self.lora_B = nn.Parameter(torch.zeros(linear.out_features, r))

                def forward(self, x):
                    return self.linear(x) + x @ self.lora_A.T @ self.lora_B.T

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b = Adapted(nn.Linear(8, 6)), Adapted(nn.Linear(6, 4), r=2)
                    self.neck = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
                    self.neck[0].requires_grad_(False)
                    self.neck[2].bias.requires_grad = False

                def forward(self, x):
                    return self.neck(self.b(self.a(x)))
            """
        )
        self.assertIn("    pub fn new(r: i64, in_features: i64, out_features: i64) -> Self {", ported.rust)
        self.assertIn("lora_a: nn::Parameter::new(torch::randn([r, in_features]) * 0.01),", ported.rust)
        self.assertIn("for parameter in model.linear.parameters() {", ported.rust)
        self.assertIn("for parameter in model.neck[0].parameters() {", ported.rust)
        self.assertEqual(ported.rust.count("set_requires_grad"), 2)
        self.assertEqual(ported.code, 3)
        self.assertIn("the parameter `neck.2.bias` asks for no gradient; call `set_requires_grad(false)` on it", ported.said)

    def test_loops_that_do_not_go_through_all(self):
        for word, layers in (("continue", "nn::Linear::new(8, 8), nn::Linear::new(8, 10)"), ("break", "nn::Linear::new(8, 8)")):
            ported = self.assert_new(
                f"""
                layers = []
                for i in range(3):
                    if i == 1:
                        {word}
                    layers.append(nn.Linear(width, width + i))
                    width += i
                self.net = nn.Sequential(*layers)
                """,
                f"nn::sequential!({layers})",
                "return self.net(x)",
                ", width=8",
            )
            self.assertNotIn("for i in", ported.rust)

    def test_numbers_of_a_class_of_one_name(self):
        ported = Ported(
            """
            class Net(nn.Module):
                eps = 1
                EPS = 2

                def __init__(self, width=4):
                    super().__init__()
                    self.fc = nn.Linear(8, width + self.eps)
                    self.out = nn.Linear(width + self.eps, width + self.EPS)

                def forward(self, x):
                    return self.out(self.fc(x))
            """
        )
        self.assertIn("out: nn::Linear::new(width + Self::EPS, width + 2),", ported.rust)

    def test_recurrent_layers_by_place(self):
        self.assert_new(
            "self.rnn = nn.GRU(width, hidden, layers, batch_first=True)",
            "let width = 8; let hidden = 6; let layers = 2; Self { rnn: nn::GRU::options(width, hidden).num_layers(layers).batch_first(true).build() }",
            "return self.rnn(x)[0]",
            ", width=8, hidden=6, layers=2",
            input="2,3,8",
        )

    def test_one_side_or_the_other(self):
        self.assert_new(
            "self.one = Mlp(8, 16)\nself.two = Mlp(8, 4, 8)",
            """
            fn new(hidden: i64) -> Self {
                let width = 8;
                Self { fc1: nn::Linear::new(width, hidden), fc2: nn::Linear::new(hidden, 8) }
            }
            """,
            "return self.two(self.one(x))",
            python="""
            class Mlp(nn.Module):
                def __init__(self, width, hidden=None, out=None):
                    super().__init__()
                    out = out or width
                    hidden = hidden or width
                    self.fc1 = nn.Linear(width, hidden)
                    self.fc2 = nn.Linear(hidden, out)

                def forward(self, x):
                    return self.fc2(self.fc1(x))
            """,
        )

    def test_arguments_that_are_set_again(self):
        ported = self.assert_new(
            "self.d = d\nself.a = nn.Linear(self.d, self.d * 2)\nself.d *= 2\nself.b = nn.Linear(self.d, 4)",
            "pub fn new() -> Self {",
            "return self.b(self.a(x)) * self.d",
            ", d=8",
        )
        self.assertIn("d: 16,", ported.rust)

    def test_what_is_read_before_alone(self):
        self.assert_new(
            "self.cell = nn.LSTMCell(8, 8)",
            "let (h, _c) = self.cell",
            """
            h, c = torch.zeros(2, 8), torch.zeros(2, 8)
            h, c = self.cell(x, (h, c))
            return h
            """,
            input="2,8",
        )

    def test_what_an_object_has_of_its_own(self):
        for line, words in (
            ("self.fc.register_forward_hook(lambda m, i, o: o * 2)", "has a forward hook"),
            ("self.fc.forward = lambda x: x * 3", "has a `forward` of its own, as an object"),
            ("self.fc.register_forward_pre_hook(lambda m, i: (i[0] + 1,))", "has a forward pre-hook, Net.__init__.<locals>.<lambda>"),
            ("self.fc = nn.utils.spectral_norm(self.fc)", "has a forward pre-hook, SpectralNorm"),
            ("self.fc.register_full_backward_hook(lambda m, i, o: None)", "has a backward hook"),
            ("self.fc.train = lambda mode=True: self", "has a `train` of its own, as an object"),
        ):
            ported = Ported(net("return self.fc(x)", f"self.fc = nn.Linear(8, 8)\n        {line}"))
            self.assertEqual(ported.code, 1, ported.said)
            self.assertIn(f"{ported.module}.py:9: `fc` {words}", ported.said)
            self.assertEqual(ported.files, [])

    def test_what_hangs_on_the_input_though_one_side_is_seen(self):
        for forward, words in (
            ("z = None\nif x.size(1) > 4:\n    z = self.fc(x)\nif z is not None:\n    x = x + z\nreturn self.fc(x)", "of which this one shows one side"),
            ("z = None\nif x.size(1) > 4:\n    z = self.fc(x)\nreturn self.fc(x if z is None else z)", "of which this one shows one side"),
            ("y = self.fc(x)\nif torch.is_grad_enabled():\n    y = y * 2\nreturn y", "`torch.is_grad_enabled()`"),
            ("return F.dropout(self.fc(x), 0.5, self.fc.training)", "asks whether another module trains"),
        ):
            ported = Ported(net(forward))
            self.assertEqual(ported.code, 3, ported.said)
            self.assertIn(words, ported.said)

    def test_what_may_be_none_on_another_input(self):
        python = net("m = self.mask(x)\nif m is not None:\n    x = x * m\nreturn self.fc(x) + self.part(x)") + """
    def mask(self, x):
        if x.size(1) > 100:
            return torch.ones_like(x)
        return None

    def part(self, x):
        if x.size(1) > 100:
            return None
        return x * 2
"""
        ported = Ported(python)
        self.assertEqual(ported.code, 0, ported.said)
        self.assertEqual(ported.rust.count("-> Option<Tensor> {"), 2)
        self.assertIn("        if let Some(m) = &m {\n            x = &x * m;\n        }\n", ported.rust)
        self.assertIn("self.fc.forward(&x) + self.part(&x).unwrap()", ported.rust)
        # A way that this input does not take, to something else.
        ported = Ported(net("if x.size(1) > 100:\n    return x, x\nreturn self.fc(x)"))
        self.assertEqual(ported.code, 3, ported.said)
        self.assertIn("`return (x, x)`, to which this input does not come, gives another kind than the others", ported.said)
        # One that no input of this model takes is none.
        ported = Ported(net("if self.fc is None:\n    return None\nreturn self.fc(x)"))
        self.assertIn("fn forward(&self, x: &Tensor) -> Tensor {", ported.rust)

    def test_differences_may_be_negative(self):
        for forward, words in (
            ("d = x.size(2) - x.size(1)\nreturn self.fc(x) * (d // 2 + d % 4)", "d.div_euclid(2) + d.rem_euclid(4)"),
            ("n = x.size(1) * 2 + 1\nfor i in range(3):\n    x = x * ((n + i) // 2)\nreturn self.fc(x)", "(n + i) / 2"),
            ("if x.size(1) > 100:\n    x = x[:, :x.shape[2] // 4]\nreturn self.fc(x)", "..x.shape()[2] / 4"),
            ("w = x.size(2)\npad = (3 - w % 3) % 3\nreturn F.pad(self.fc(x), (0, pad))", "let pad = (3 - w % 3) % 3;"),
            ("k = x.size(1)\nk -= 2\nreturn self.fc(x) * (k // 2)", "k.div_euclid(2)"),
            ("d = [x.size(2) - x.size(1), x.size(1)]\nreturn self.fc(x) * (d[0] // 2 + x.size(0) // 2)", "d[0].div_euclid(2) + x.shape()[0] / 2"),
            ("def half(n):\n    return n // 2\nreturn self.fc(x) * half(x.size(2) - x.size(1))", "n.div_euclid(2)"),
        ):
            ported = Ported(net(forward))
            self.assertEqual(ported.code, 0, ported.said)
            self.assertIn(words, ported.rust)

    def test_a_condition_that_holds_for_the_same_by_chance(self):
        ported = Ported(
            """
            class Block(nn.Module):
                def __init__(self, inp, ratio, use_se=True, act="relu"):
                    super().__init__()
                    layers = []
                    if ratio != 1:
                        layers += [nn.Linear(inp, inp), nn.ReLU()]
                    layers.append(nn.LayerNorm(inp))
                    if use_se:
                        layers.append(nn.Linear(inp, inp, bias=False))
                    self.conv = nn.Sequential(*layers)
                    self.head = nn.Sequential(nn.Linear(inp, 8), nn.ReLU() if act == "relu" else nn.Tanh())

                def forward(self, x):
                    return self.head(self.conv(x))

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b = Block(8, 1, False), Block(8, 4, act="tanh")

                def forward(self, x):
                    return self.b(self.a(x))
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("if use_se {\n", ported.rust)
        self.assertIn("if ratio != 1 {\n", ported.rust)
        # Which of them an argument is: that of the member that it is.
        ported = Ported(
            """
            class Chomp(nn.Module):
                def __init__(self, size):
                    super().__init__()
                    self.size = size

                def forward(self, x):
                    return x[:, :, :-self.size]

            class Block(nn.Module):
                def __init__(self, dilation, padding):
                    super().__init__()
                    self.conv1 = nn.Conv1d(8, 8, 2, padding=padding, dilation=dilation)
                    self.chomp1 = Chomp(padding)
                    self.net = nn.Sequential(self.conv1, self.chomp1, nn.ReLU())

                def forward(self, x):
                    return self.net(x)

            class Net(nn.Sequential):
                def __init__(self):
                    super().__init__(Block(1, 1), Block(2, 2))
            """, input="2,8,8"
        )
        self.assertEqual(ported.rust.count("Chomp::new(padding)"), 2, ported.rust)

    def test_methods_that_nothing_calls_are_told(self):
        python = net("print(x.shape)\nreturn self.both(x)") + """
    def both(self, x):
        return self.fc(x) * self.scale

    @property
    def scale(self):
        return self.fc.weight.mean()

    def generate(self, x):
        return self.helper(x)

    def helper(self, x):
        return x
"""
        ported = Ported(python)
        self.assertEqual(ported.code, 0, ported.said)
        for words in ("the method `generate` of Net, which `forward` does not call", "the method `helper` of Net", "py:12: `print(x.shape)`"):
            self.assertIn(words, ported.said)
        # A property that computes a tensor is a method.
        self.assertIn("self.fc.forward(x) * self.scale()", ported.rust)
        self.assertIn("    fn scale(&self) -> Tensor {\n        torch::mean(&self.fc.weight)\n", ported.rust)

    def test_attributes_that_are_set_on_the_way(self):
        python = net(
            "if self.mask is None or self.mask.size(0) != x.size(0):\n    self.mask = torch.ones(x.size(0), 1, 1, 1)\nreturn self.fc(x) * self.mask",
            "self.fc = nn.Linear(8, 8)\n        self.mask = None",
        )
        ported = Ported(python)
        self.assertEqual(ported.code, 3, ported.said)
        self.assertIn("py:13: `self.mask` is set while the model runs; hold it in a Cell, or a buffer", ported.said)
        self.assertEqual(ported.said.count("to write by hand"), 1, ported.said)

    def test_lists_under_two_names(self):
        for start in ("a = []\nb = a", "a = []\nb, n = a, 2"):
            ported = Ported(net(f"{start}\na.append(self.fc(x))\nreturn torch.stack(a).sum(0) * len(b)"))
            self.assertEqual(ported.code, 3, ported.said)
            self.assertIn("`a` is a list under two names, which changes later", ported.said)
        ported = Ported(net("f = [x]\nself.add(f, self.fc(x))\nreturn torch.cat(f, -1)") + "\n    def add(self, f, x):\n        f.append(x)\n")
        self.assertEqual(ported.code, 3, ported.said)
        self.assertIn("`f.append(x)` changes a list of the caller's", ported.said)

    def test_what_is_none_before_a_loop(self):
        def written(loop):
            ported = Ported(net(f"out = None\nfor i in range(3):\n    y = self.fc(x) * i\n{textwrap.indent(loop, '    ')}\nreturn out"))
            self.assertEqual(ported.code, 0, ported.said)
            self.assertIn("let mut out: Option<Tensor> = None;", ported.rust)
            return ported.rust

        self.assertIn("out = Some(if let Some(out) = &out { out + &y } else { y.shallow_clone() });", written("out = y if out is None else out + y"))
        self.assertIn("out = Some(if let Some(out) = &out { out.maximum(&y) } else { y.shallow_clone() });", written("if out is None:\n    out = y\nelse:\n    out = torch.maximum(out, y)"))
        self.assertIn("out = Some(y);", written("if out is not None:\n    y = y + out\nout = y"))

    def test_what_changes_on_some_ways_alone(self):
        python = net("if mask is not None:\n    if mask.dim() == 4:\n        mask = mask * 2\n    x = x * mask\nreturn self.fc(x) * mask.sum()")
        ported = Ported(python.replace("forward(self, x)", "forward(self, x, mask=None)"), input="2,3,8,8 2,3,8,8")
        self.assertEqual(ported.code, 3, ported.said)
        self.assertIn("`mask` changes on some ways of this condition alone", ported.said)

    def test_numbers_of_tensors_are_no_members(self):
        ported = Ported(net("return self.fc(x) / self.temperature") + "\n    @property\n    def temperature(self):\n        return self.fc.bias.abs().max().item()\n")
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("self.fc.forward(x) / self.temperature()", ported.rust)
        self.assertNotIn("temperature: f64", ported.rust)

    def test_a_model_of_no_class_of_its_own(self):
        ported = Ported("def mlp(width=6):\n    return nn.Sequential(nn.Linear(8, width), nn.ReLU(), nn.Linear(width, 3))\n", name="mlp")
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("pub fn mlp() -> nn::Sequential {\n    nn::sequential!(nn::Linear::new(8, 6), nn::ReLU::new(), nn::Linear::new(6, 3))\n}\n", ported.rust)
        self.assertIn("let model = mlp();", (ported.out / "net_test.rs").read_text())
        ported = Ported("def lstm():\n    return nn.LSTM(8, 8)\n", name="lstm", input="2,3,8")
        self.assertEqual((ported.code, ported.files), (1, []))
        self.assertIn("a LSTM takes more than one tensor; give a class around it", ported.said)

    def test_what_has_no_gradient_in_evaluation(self):
        ported = Ported(net("y = self.fc(x).sigmoid()\nif not self.training:\n    y[..., 0:2] = y[..., 0:2] * 2 - 0.5\nreturn y"))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn('if mode == "train" {\n            loss.backward();', (ported.out / "net_test.rs").read_text())
        ported = Ported(net("y = self.fc(x).sigmoid()\ny[..., 0:2] = y[..., 0:2] * 2 - 0.5\nreturn y"))
        self.assertEqual((ported.code, ported.files), (1, []))
        self.assertIn("Python itself does not train it on this input", ported.said)

    def test_arguments_that_need_not_be_given(self):
        def body(forward, rust, arguments="mask=None"):
            ported = Ported(net(forward).replace("forward(self, x)", f"forward(self, x, {arguments})"), input="2,3,8,8 2,3,8,8")
            self.assertEqual(ported.code, 0, ported.said)
            squeezed = "".join(ported.rust.split())
            for words in ("forward(&self, x: &Tensor, mask: Option<&Tensor>) -> Tensor {", rust):
                self.assertIn("".join(words.split()), squeezed, ported.rust)

        body("if mask is not None:\n    x = x * mask\nreturn self.fc(x)", "if let Some(mask) = mask { x = &x * mask; }", "mask: 'torch.Tensor | None'")
        body("if mask is None:\n    mask = torch.ones_like(x)\nreturn self.fc(x) * mask", "let mask = if let Some(mask) = mask { mask.shallow_clone() } else { x.ones_like() };")
        body("if mask is not None:\n    mask = mask * 2\nfor i in range(2):\n    if mask is not None:\n        x = x * mask\nreturn self.fc(x)", "let mask = mask.map(|mask| mask * 2);")
        body("if mask is not None:\n    x = x * 2\nreturn self.fc(x)", "if mask.is_some() {")
        body(
            "if x.size(1) > 2 and mask is not None:\n    mask = mask.clone()\n    mask[0].zero_()\nreturn self.fc(x) if mask is None else self.fc(x) * mask",
            "let mask = if x.shape()[1] > 2 && let Some(mask) = mask { let mask = torch::clone(mask); "
            "let _ = mask.i(0).zero_(); Some(mask) } else { mask.map(Tensor::shallow_clone) };",
        )
        body("return self.fc(x) * mask.sum()", "self.fc.forward(x) * torch::sum(mask.unwrap())")
        # What another function takes as it is.
        python = net("return self.scaled(x, mask) + self.scaled(x, self.fc.bias)").replace("forward(self, x)", "forward(self, x, mask=None)")
        ported = Ported(python + "\n    def scaled(self, x, scale=None):\n        return self.fc(x) if scale is None else self.fc(x) * scale\n", input="2,3,8,8 2,3,8,8")
        self.assertIn("self.scaled(x, mask) + self.scaled(x, self.fc.bias.as_deref())", ported.rust)

    def test_members_that_are_asked_where_no_input_comes(self):
        ported = Ported(net("if x.size(1) < 100 or self.training:\n    x = x * 2\nif x.size(1) > 100 and self.fc.bias is not None:\n    x = x * 3\nreturn self.fc(x)"))
        self.assertIn("    training: nn::Training,\n", ported.rust)
        self.assertIn("if x.shape()[1] < 100 || self.training.get() {", ported.rust)
        self.assertIn("if x.shape()[1] > 100 {", ported.rust)
        # Where the code does not read it, it is no field.
        ported = Ported(net("if self.always or self.training:\n    x = x * 2\nreturn self.fc(x)", "self.fc = nn.Linear(8, 8)\n        self.always = True"))
        self.assertNotIn("training", ported.rust)

    def test_names_that_rust_has(self):
        ported = Ported(
            """
            class Option(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.W = nn.Parameter(torch.randn(8, 8))
                    self.w = nn.Parameter(torch.randn(8))

                def forward(self, x):
                    return x @ self.W + self.w

            class Net(nn.Sequential):
                def __init__(self):
                    super().__init__(Option(), nn.ReLU())
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        for words in ('#[module(class = "Option")]\npub struct OptionToPort', '    #[module(name = "W")]\n    pub w_: nn::Parameter,\n    pub w: nn::Parameter,\n', "x.matmul(&self.w_) + &self.w"):
            self.assertIn(words, ported.rust)

    def test_lists_of_parameters(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self, dim=8, depth=3):
                    super().__init__()
                    self.kernels = nn.ParameterList([nn.Parameter(torch.randn(dim, dim)) for _ in range(depth)])
                    self.ends = nn.ParameterList([nn.Parameter(torch.ones(dim)), nn.Parameter(torch.rand(1, dim))])
                    self.grown = nn.ParameterList()
                    for _ in range(2):
                        self.grown.append(nn.Parameter(torch.zeros(dim)))
                    self.ends[0].requires_grad = False

                def forward(self, x):
                    for kernel, bias in zip(self.kernels, self.grown):
                        x = x @ kernel + bias
                    for end in self.ends:
                        x = x * end
                    return x + self.kernels[0].sum() * len(self.ends)
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        for words in (
            "    pub kernels: Vec<nn::Parameter>,\n    pub ends: Vec<nn::Parameter>,\n    pub grown: Vec<nn::Parameter>,\n",
            "kernels: (0..depth).map(|_| nn::Parameter::new(torch::randn([dim, dim]))).collect(),\n",
            "ends: vec![nn::Parameter::new(torch::ones(dim)), nn::Parameter::new(torch::rand([1, dim])),],",
            "grown: (0..2).map(|_| nn::Parameter::new(torch::zeros([8]))).collect(),",
            "let _ = model.ends[0].set_requires_grad(false);",
            "for (kernel, bias) in self.kernels.iter().zip(&self.grown) {",
            "x + torch::sum(&self.kernels[0]) * self.ends.len() as i64",
        ):
            self.assertIn("".join(words.split()), "".join(ported.rust.split()), ported.rust)

    def test_a_seed_of_its_own(self):
        ported = Ported(net("return self.fc(x)", "torch.manual_seed(3)\n        self.fc = nn.Linear(8, 8)"))
        self.assertIn("//! The values of its parameters come with the weights.\n", ported.rust)
        told = "py:9: all that is drawn from here on, since `torch.manual_seed(3)` stands here"
        self.assertIn(told, (ported.out / "net_report.md").read_text())
        for others, words in (("", "buffers"), ("        self.register_buffer('places', torch.arange(8), persistent=False)\n", "persistent buffers")):
            initial = f"self.register_buffer('seen', torch.zeros(8))\n{others}        self.scale = nn.Parameter(torch.empty(8))\n        self.fc = nn.Linear(8, 8)"
            ported = Ported(net(f"return self.fc(x) * self.scale + self.seen{' + self.places' if others else ''}", initial))
            self.assertIn(f"//! The values of its parameters and {words} come with the weights.\n", ported.rust)

    def test_decorators(self):
        python = """
            import functools

            def scaled(forward):
                @functools.wraps(forward)
                def inner(self, x):
                    return forward(self, x) * 3
                return inner

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.fc = nn.Linear(8, 8)

                @DECORATOR
                def target(self, x):
                    return self.fc(x)

                def forward(self, x):
                    return self.fc(x) * self.target(x)
            """
        ported = Ported(python.replace("DECORATOR", "scaled"))
        self.assertEqual(ported.code, 3, ported.said)
        self.assertIn("target is decorated with `scaled`", ported.said)
        ported = Ported(python.replace("DECORATOR", "torch.no_grad()"))
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("        no_grad(|| self.fc.forward(x))\n", ported.rust)

    def test_layers_that_are_changed_after_they_are_made(self):
        for initial, words in (
            ("self.fc = nn.Conv2d(3, 3, 1)\n        self.fc.stride = (2, 2)", "its `stride` is (2, 2), and was (1, 1)"),
            ("self.fc = nn.Linear(8, 8)\n        self.fc.bias = None", "its `bias` is none"),
            ("self.fc = nn.Linear(8, 8).double()", "its `weight` is [8, 8] of torch.float64"),
            ("self.fc = nn.Linear(8, 8)\n        self.fc.weight = nn.Parameter(torch.ones(4, 8))\n        self.fc.bias = None", "its `weight` is [4, 8]"),
        ):
            forward = "return self.fc(x.to(self.fc.weight.dtype))"
            ported = Ported(net(forward, initial))
            self.assertEqual(ported.code, 1, ported.said)
            self.assertIn(words, ported.said)
            self.assertIn("is changed after it was made", ported.said)
        for at_rest, whose in (("self.fc", "`fc` and 2 others are"), ("self", "the model and 3 others are")):
            layers = f"self.fc = nn.Sequential(nn.Linear(8, 8), nn.Dropout())\n        {at_rest}.eval()"
            ported = Ported(net("return self.fc(x)", layers), "--export")
            told = f"- {whose} in evaluation mode when Python has made the model, and until its `train` is called"
            self.assertIn(told, (ported.out / "net_report.md").read_text())

    def test_what_a_class_does_beside_its_forward(self):
        for method, words in (
            ("train(self, mode=True):\n        super().train(mode)\n        self.fc.eval()\n        return self", "Net has a `train` of its own"),
            ("__call__(self, x):\n        return super().__call__(x * 2)", "Net has a `__call__` of its own"),
            ("state_dict(self, *args, **keywords):\n        return {}", "Net has a `state_dict` of its own"),
        ):
            ported = Ported(net("return self.fc(x)") + f"\n    def {method}\n")
            self.assertEqual(ported.code, 1, ported.said)
            self.assertIn(f"{ported.module}.py:14: {words}", ported.said)
            self.assertEqual(ported.files, [])
        ported = Ported(net("return self.fc(x)") + "\n    def train(self, mode=True):\n        return super().train(mode)\n")
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn(f"left out: {ported.module}.py:14: the `train` of Net, which sets here what any module's does", ported.said)
        ported = Ported(net("k = None\nif k is None:\n    k = 2\nreturn self.fc(x) * k"))
        self.assertEqual(ported.code, 0, ported.said)
        ported = Ported(net("return self.fc(x)", "self.fc = nn.Linear(8, 8)\n        self.fc.weight.register_hook(lambda g: g * 2)"))
        self.assertIn("the parameter `fc.weight` has a hook", ported.said)

    def test_tensors_that_a_method_of_the_model_computes(self):
        ported = Ported(
            net("return self.fc(x) + self.mask", 'self.fc = nn.Linear(8, 8)\n        self.register_buffer("mask", self.make(8))')
            + "\n    def make(self, n):\n        return torch.arange(n).float()\n"
        )
        self.assertNotIn("Buffer::new(self", ported.rust)
        self.assertIn("`mask` of Net, zeros in `new`", (ported.out / "net_report.md").read_text())


class Refuses(unittest.TestCase):
    def assert_todo(self, python, words):
        """A todo! with the place, in the code, on the screen and in the report; exit code 3."""
        ported = Ported(net(python))
        self.assertEqual(ported.code, command.TODO, ported.said)
        words = f"{ported.module}.py:{words}"
        self.assertIn(f"to write by hand: {words}", ported.said)
        self.assertIn(words, (ported.out / "net_report.md").read_text())
        self.assertIn(f'todo!("{words}', "".join(line.strip() for line in ported.rust.splitlines()).replace("todo!(\"", "todo!(\""))

    def test_a_counter_of_two_loops(self):
        self.assert_todo(
            "for i in range(2):\n    x = self.fc(x)\n    for i in range(3):\n        x = x + i\n    x = x * i\nreturn x",
            "14: `i` of the loop is read behind it, and was there before",
        )

    def test_a_softmax_without_a_dimension(self):
        ported = Ported(net("return self.soft(self.fc(x))", "self.fc, self.soft = nn.Linear(8, 8), nn.Softmax()"))
        self.assertEqual(ported.code, 1, ported.said)
        self.assertIn(f"{ported.module}.py:6: Net: a Softmax has no `dim`, which PyTorch guesses from its input; give it one", ported.said)

    def test_a_parameter_that_is_a_buffer_elsewhere(self):
        ported = Ported(
            """
            class Place(nn.Module):
                def __init__(self, learned):
                    super().__init__()
                    if learned:
                        self.pos = nn.Parameter(torch.zeros(8))
                    else:
                        self.register_buffer("pos", torch.ones(8))

                def forward(self, x):
                    return x + self.pos

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b = Place(True), Place(False)

                def forward(self, x):
                    return self.b(self.a(x))
            """
        )
        self.assertEqual(ported.code, 1, ported.said)
        self.assertIn("`pos` is a parameter in some instances and a buffer in others", ported.said)

    def test_what_depends_on_data(self):
        self.assert_todo("return x if x.sum() > 0 else self.fc(x)", "12: `x.sum() > 0` is a condition of kind Tensor")
        self.assert_todo(
            "while x.norm() > 1:\n    x = self.fc(x) * 0.01\nreturn x", "12: `x.norm() > 1` is a condition of kind Tensor"
        )

    def test_what_depends_on_chance(self):
        ported = Ported("import random\n\n\n" + net("return self.fc(x) if random.random() < 2 else x"))
        self.assertEqual(ported.code, command.TODO, ported.said)
        self.assertIn(f"{ported.module}.py:15: `random.random()` is a function that the crate does not have", ported.said)
        ported = Ported(net("if torch.rand(1).item() < 2:\n    x = self.fc(x)\nreturn x"))
        self.assertIn("if torch::rand(1).item() < 2.0 {", ported.rust)

    def test_what_is_made_on_the_way(self):
        self.assert_todo("self.last = self.fc(x)\nreturn self.last", "12: `self.last` is set while the model runs")
        self.assert_todo("return nn.LayerNorm(8)(self.fc(x))", "12: `nn.LayerNorm(8)` makes a module on the way")

    def test_forms_that_rust_does_not_have(self):
        self.assert_todo("try:\n    return self.fc(x)\nexcept RuntimeError:\n    return x", "12: a `try` statement")
        self.assert_todo("y = [z for z in x if z.dim()]\nreturn self.fc(x)", "12: `[z for z in x if z.dim()]` has a condition")
        self.assert_todo("import numpy as np\nreturn self.fc(x) * float(np.sqrt(2.0))", "13: `np` is a variable")

    def test_attributes_of_kinds_that_rust_does_not_have(self):
        for value, kind in (("('a', 'b')", "tuple[str, str]"), ("[nn.ReLU(), nn.ReLU()]", "list[ReLU]")):
            ported = Ported(net("for name in self.held:\n    x = self.fc(x)\nreturn x", f"self.fc = nn.Linear(8, 8)\n        self.held = {value}"))
            self.assertEqual(ported.code, command.TODO, ported.said)
            self.assertIn(f"{ported.module}.py:13: `self.held` is of kind {kind}, which has no Rust here; set it in new", ported.said)
        outside = "def later(net):\n    net.held = torch.ones(8)\n    return net\n\n\n"
        made = Ported(outside + net("return self.fc(x) * self.held") + "\n\ndef make():\n    return later(Net())\n", name="make")
        self.assertIn("`self.held` is a tensor that `__init__` does not set", made.said)

    def test_dictionaries_of_parameters(self):
        ported = Ported(net("return self.fc(x)", "self.fc = nn.Linear(8, 8)\n        self.scales = nn.ParameterDict({'a': torch.ones(1)})"))
        self.assert_nothing(ported, "MODULE.py:10: Net: `self.scales` is a ParameterDict, which is not translated; hold each")

    def test_a_backward_of_its_own(self):
        ported = Ported(
            """
            class Twice(torch.autograd.Function):
                @staticmethod
                def forward(ctx, x):
                    return x * 2

                @staticmethod
                def backward(ctx, grad):
                    return grad * 3

            class Net(nn.Module):
                def forward(self, x):
                    return Twice.apply(x)
            """
        )
        self.assertEqual(ported.code, command.TODO, ported.said)
        self.assertIn(f"{ported.module}.py:18: `Twice.apply(x)` has a backward of its own; write what it computes", ported.said)

    def test_what_the_machine_or_the_network_has_not(self):
        far = "import urllib.request\n        urllib.request.urlopen('http://127.0.0.1:9/weights.pt')"
        self.assert_nothing(Ported(net("return x", far)), "MODULE.py:10: URLError")
        if not torch.cuda.is_available():
            self.assert_nothing(Ported(net("return self.fc(x.cuda())")), "MODULE.py:12: ")

    def test_torchscript_inside(self):
        scripted = "self.fc = torch.jit.script(nn.Linear(8, 8))"
        self.assert_nothing(Ported(net("return self.fc(x)", scripted)), "hold it as a flambeau::jit::ScriptModule")

    def assert_nothing(self, ported, words):
        self.assertEqual((ported.code, ported.files), (command.FAILED, []), ported.said)
        self.assertIn(words.replace("MODULE", ported.module), ported.said)

    def test_arguments_of_layers_that_have_no_rust(self):
        layer = "self.fc = nn.TransformerEncoderLayer(8, 2, 16, activation=torch.tanh)"
        self.assert_nothing(Ported(net("return self.fc(x)", layer), input="4,2,8"), "MODULE.py:9: Net: a TransformerEncoderLayer is made with tanh")
        ported = Ported(
            """
            class Layer(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.self_attn = nn.MultiheadAttention(8, 2)

                def forward(self, src, src_mask=None, is_causal=False, src_key_padding_mask=None):
                    return self.self_attn(src, src, src)[0]

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.encoder = nn.TransformerEncoder(Layer(), 2)

                def forward(self, x):
                    return self.encoder(x)
            """,
            input="4,2,8",
        )
        self.assert_nothing(ported, "MODULE.py:18: Net: a TransformerEncoder is made of the class Layer; hold its layers in a list\n")
        ported = Ported(
            """
            class Layer(nn.TransformerEncoderLayer):
                pass

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.layer = Layer(8, 2, 16)

                def forward(self, x):
                    return self.layer(x)
            """,
            input="4,2,8",
        )
        self.assert_nothing(ported, "MODULE.py:13: Layer: a TransformerEncoderLayer that a class extends does not tell its `d_model`; write it by hand\n")

    def test_a_stack_whose_layer_is_used_elsewhere_draws_in_another_order(self):
        layer = "self.fc = nn.TransformerEncoderLayer(8, 2, 16)\n        self.encoder = nn.TransformerEncoder(self.fc, 2)"
        ported = Ported(net("return self.encoder(self.fc(x))", layer), input="4,2,8")
        self.assertEqual(ported.code, 0, ported.said)
        self.assertNotIn("under the same seed", ported.rust)

    def test_nothing_is_written_where_nothing_can_be(self):
        self.assert_nothing(Ported(net("return self.fc(x, x)")), "MODULE.py:12: TypeError")
        self.assert_nothing(Ported(net("return x"), name="Other"), "has no attribute 'Other'")
        self.assert_nothing(Ported(net("return x"), "--args", "{"), "--args {")
        self.assert_nothing(Ported(net("return x"), input="2,a"), "--input 2,a: give sizes")
        in_place = "y = self.fc(x).exp()\ny.mul_(2)\nreturn y"
        self.assert_nothing(Ported(net(in_place)), "Python itself does not train it on this input: one of the variables needed")
        for name in ("Self.rs", "type.rs", "a-b.rs", "net.py"):
            self.assert_nothing(Ported(net("return x"), "--out", name), f"{name}: give a file that is a module's")

    def test_a_files_name_becomes_a_modules(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(Ported(net("return self.fc(x)"), "--out", f"{folder}/MyNet.rs").code, 0)
            self.assertIn('#[path = "MyNet.rs"]\nmod my_net;', Path(folder, "MyNet_test.rs").read_text())


class SaysMore(unittest.TestCase):
    PYTHON = """
        class Net(nn.Module):
            \'\'\'Three of one.

            With a line more.\'\'\'

            def __init__(self):
                super().__init__()
                # What is learned.
                self.fc = nn.Linear(8, 8)

            def forward(self, x):
                \'\'\'What it computes.\'\'\'
                y = self.fc(x)  # once
                # and again,
                # and again
                return self.fc(self.fc(y))
    """.replace("\\'", "'")

    def test_comments_are_carried_over_where_it_is_asked(self):
        for words, there in (((), False), (("--with-comments",), True)):
            ported = Ported(self.PYTHON, *words)
            self.assertEqual(ported.code, 0, ported.said)
            for piece in (
                "// Three of one.\n//\n// With a line more.\n#[derive(Debug, Module)]",
                "    // What is learned.\n    pub fc: nn::Linear,",
                "    // What it computes.\n    fn forward(",
                "        // once\n        let y = self.fc.forward(x);\n        // and again,\n        // and again\n        self.fc",
            ):
                self.assertEqual(piece in ported.rust, there, ported.rust)

    def test_torch_export_as_a_check(self):
        ported = Ported(net("return self.fc(x)"), "--export")
        self.assertIn("calls computes the same", ported.said)
        self.assertIn("calls computes the same", (ported.out / "net_report.md").read_text())
        ported = Ported(net("return self.fc(x) if x.sum() > 0 else x"), "--export")
        self.assertIn("Of the Python alone, not of this Rust: torch.export cannot follow the model: ", ported.said)
        # Its graph, which it prints before it gives up, stays out of the way.
        layer = "self.fc = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 1)"
        asked = "return self.fc(x, nn.Transformer.generate_square_subsequent_mask(x.size(1)))"
        ported = Ported(net(asked, layer), "--export", input="2,4,8")
        self.assertIn("torch.export", ported.said)
        self.assertNotIn("torch.ops.aten", ported.said)
        # Asked for or not, the report says it.
        parser = command.arguments(["a:B", "--input", "2", "--out", "b.rs"])
        self.assertIsNone(parser.export)


class Reports(unittest.TestCase):
    def test_checks_and_what_nothing_reads(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self, width=8, kind="a"):
                    super().__init__()
                    assert width > 1
                    if width % 2:
                        raise ValueError("width is odd")
                    if kind == "a":
                        self.fc = nn.Linear(width, width)
                    else:
                        raise ValueError(kind)

                def forward(self, x):
                    scale = x.shape[-1] ** -0.5
                    return self.fc(x)
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        report = (ported.out / "net_report.md").read_text()
        self.assertIn(f"not there therefore:\n\n- {ported.module}.py:19: the variable `scale` of `forward`\n", report)
        checks = "Checks of the arguments of `__init__`, which `new` does not make:\n\n"
        self.assertIn(f"{checks}- {ported.module}.py:10: `assert width > 1`\n- {ported.module}.py:11: `if width % 2`\n", report)
        self.assertIn(f"- {ported.module}.py:13: the `else` of `if kind == 'a'`\n", report)

    def test_conditions_that_are_decided(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self, width=8, kind="a", norm=None, twice=True):
                    super().__init__()
                    if norm is None:
                        norm = nn.LayerNorm
                    self.norm = norm(width) if twice else None
                    if kind == "a":
                        self.fc = nn.Linear(width, width)
                    elif kind == "b":
                        self.fc = nn.Linear(width, width, bias=False)
                    else:
                        raise ValueError(kind)
                    for m in self.modules():
                        if isinstance(m, nn.Linear):
                            if m.bias is not None:
                                nn.init.zeros_(m.bias)

                def forward(self, x, mask=None):
                    return self.fc(self.norm(x)) * (1 if mask is None else mask)
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        report, file = (ported.out / "net_report.md").read_text(), f"{ported.module}.py"
        self.assertIn(
            f"""\
- {file}:10: the question `if norm is None`, which always holds
- {file}:12: `None` of `… if twice else …`
- {file}:13: the `elif kind == 'b'` behind `if kind == 'a'`
- {file}:24: the argument `mask` of `forward`, which is never given
- {file}:25: `mask` of `… if mask is None else …`
""",
            report,
        )

    def test_numbers_of_several_classes(self):
        ported = Ported(
            """
            class Mix(nn.Module):
                def __init__(self, dim, rate, sides):
                    super().__init__()
                    self.sides = sides
                    self.fc, self.drop = nn.Linear(dim, dim), nn.Dropout(rate)

                def forward(self, x):
                    return self.drop(self.fc(x)).view(-1, self.sides[0], self.sides[1]).flatten(1)

            class Block(nn.Module):
                def __init__(self, width, out, rate, sides):
                    super().__init__()
                    self.mix = Mix(width, rate, sides)
                    self.out = nn.Linear(width, out)

                def forward(self, x):
                    return self.out(self.mix(x))

            class Net(nn.Module):
                def __init__(self, width=8, rate=0.1, sides=[2, 4]):
                    super().__init__()
                    self.a, self.b = Block(width, width, rate, sides), Block(width, 4, rate, sides)
                    self.drop, self.rest = nn.Dropout(rate), sides

                def forward(self, x):
                    return self.drop(self.b(self.a(x))) * self.rest[0]
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        report = (ported.out / "net_report.md").read_text()
        # `out` differs among the blocks: it is an argument.
        self.assertIn(
            """\
Handed from class to class in Python, and written in `new` of each here; change them together:

- `width = 8` of Net, Block; `dim = 8` of Mix
- `rate = 0.1` of Net, Mix
""",
            report,
        )

    def test_what_is_not_the_same_though_nothing_is_missing(self):
        ported = Ported(
            """
            from typing import NamedTuple

            class Outputs(NamedTuple):
                out: torch.Tensor
                aux: torch.Tensor

            def start(layer):
                if isinstance(layer, nn.Linear):
                    nn.init.zeros_(layer.bias)

            class Net(nn.Module):
                def __init__(self, again=False):
                    super().__init__()
                    self.fc = nn.Linear(8, 8)
                    self.scale = nn.Parameter(torch.zeros(8))
                    self.lost = nn.Parameter(torch.empty(8))
                    self.fc.weight.data.geometric_(0.5)
                    self.apply(lambda layer: start(layer))
                    self.fc.bias.data = torch.ones(8)
                    if again:
                        nn.init.ones_(self.fc.weight)

                def forward(self, x):
                    y = self.fc(x) * self.scale + self.lost
                    if self.training:
                        return Outputs(y, x)
                    return y
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        report, file = (ported.out / "net_report.md").read_text(), f"{ported.module}.py"
        self.assertIn(
            f"""\
All of it was translated.

Left out, since the model never gets there, as it is made and called here:

- {file}:26: the body of `if again`

Comes with the weights; `new` sets what PyTorch's layers set themselves, and zeros elsewhere:

- {file}:22: the parameter `lost` of Net, which Python leaves unset
- {file}:23: the initial values of `self.fc.weight.data.geometric_(0.5)`
- {file}:15: the initial values of `nn.init.zeros_(layer.bias)`
- {file}:25: the initial values of `self.fc.bias.data = torch.ones(8)`
- {file}:20: the values of `fc.bias`, which are not those that a layer drew

Otherwise than in Python:

- {file}:29: `forward` always gives the struct `Outputs`; where Python's gives a tensor, it is the `out`, and the others are `None`
""",
            report,
        )


class FirstValues(unittest.TestCase):
    """`new` under a seed gives what Python gives under it."""

    EXACT = "//! Its initial values are Python's, under the same seed."

    def assert_new(self, initial, rust, python="", forward="return self.fc(x)", methods=""):
        """The body of `new`, behind this `__init__`."""
        body = textwrap.indent(textwrap.dedent(initial).strip(), " " * 8).strip()
        ported = Ported(textwrap.dedent(python) + "\n\n" + net(forward, body) + textwrap.indent(textwrap.dedent(methods), "    "))
        self.assertEqual(ported.code, 0, ported.said)
        squeeze = lambda text: "".join(text.split())
        self.assertIn(squeeze(rust), squeeze(ported.rust), ported.rust)
        self.assertIn(self.EXACT, ported.rust)
        self.assertIn("random::manual_seed(0);\n    for (name, tensor) in Net::new().state_dict()", (ported.out / "net_test.rs").read_text())
        self.assertNotIn("Comes with", (ported.out / "net_report.md").read_text())

    def test_of_one_layer(self):
        self.assert_new(
            """
            self.fc = nn.Linear(8, 8)
            nn.init.trunc_normal_(self.fc.weight, std=0.02)
            if self.fc.bias is not None:
                self.fc.bias.data.zero_()
            """,
            """
            let model = Self { fc: nn::Linear::new(8, 8) };
            nn::init::trunc_normal_options(&model.fc.weight).std(0.02).call();
            nn::init::zeros_(model.fc.bias.as_ref().unwrap());
            model
            """,
        )

    def test_of_modules_by_their_class(self):
        self.assert_new(
            """
            self.fc = nn.Sequential(nn.Conv2d(3, 4, 1, bias=False), nn.BatchNorm2d(4), nn.Conv2d(4, 8, 1))
            for m in self.modules():
                if isinstance(m, (nn.Conv1d, nn.Conv2d)):
                    nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
                    if m.bias is not None:
                        nn.init.zeros_(m.bias)
                elif isinstance(m, nn.BatchNorm2d):
                    nn.init.constant_(m.weight, 1)
                elif isinstance(m, nn.Linear):
                    nn.init.normal_(m.weight, 0, 0.01)
            """,
            """
            for m in model.modules() {
                if let Some(m) = m.downcast_ref::<nn::Conv2d>() {
                    nn::init::kaiming_normal_options(&m.weight).mode("fan_out").nonlinearity("relu").call();
                    if let Some(bias) = &m.bias {
                        nn::init::zeros_(bias);
                    }
                } else if let Some(m) = m.downcast_ref::<nn::BatchNorm2d>() {
                    nn::init::constant_(m.weight.as_ref().unwrap(), 1.0);
                }
            }
            model
            """,
        )

    def test_what_a_layer_may_lack_is_asked_for(self):
        self.assert_new(
            """
            self.fc = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 8, 1))
            for m in self.modules():
                if isinstance(m, nn.Conv2d):
                    nn.init.trunc_normal_(m.weight, std=0.02)
                    if m.bias is not None:
                        nn.init.zeros_(m.bias)
            """,
            """
            if let Some(m) = m.downcast_ref::<nn::Conv2d>() {
                nn::init::trunc_normal_options(&m.weight).std(0.02).call();
                if let Some(bias) = &m.bias {
                    nn::init::zeros_(bias);
                }
            }
            """,
        )

    def test_of_one_module_among_others(self):
        self.assert_new(
            """
            self.fc, self.out = nn.Linear(8, 8), nn.Linear(8, 8)
            self.out.std = 0.01
            for m in self.modules():
                if isinstance(m, nn.Linear):
                    std = m.std if hasattr(m, "std") else 0.1
                    nn.init.normal_(m.weight, std=std)
            """,
            """
            for (name, m) in model.named_modules() {
                if let Some(m) = m.downcast_ref::<nn::Linear>() {
                    let std = if name == "out" { 0.01 } else { 0.1 };
                    nn::init::normal_options(&m.weight).std(std).call();
                }
            }
            """,
            forward="return self.out(self.fc(x))",
        )

    def test_what_multiplies_it_keeps_its_name(self):
        ported = Ported(
            """
            class Net(nn.Module):
                def __init__(self, width=8, scale=0.5, n=2):
                    super().__init__()
                    self.fc = nn.Linear(width, width)
                    self.fc.weight.data.mul_(scale)
                    self.fc.bias.data += scale / n

                def forward(self, x):
                    return self.fc(x)
            """
        )
        self.assertEqual(ported.code, 0, ported.said)
        self.assertIn("let scale = 0.5;", ported.rust)
        self.assertIn("let _ = torch::mul_options(&model.fc.weight, scale).inplace(true).call();", ported.rust)
        self.assertIn("torch::add_options(model.fc.bias.as_ref().unwrap(), scale / n as f64)", ported.rust)

    def test_by_functions_of_modules(self):
        self.assert_new(
            """
            self.fc = nn.Linear(8, 8)
            self.apply(start)
            scale(self.fc, 0.5)
            """,
            """
            model.apply(|m| {
                if let Some(m) = m.downcast_ref::<nn::Linear>() {
                    nn::init::normal_options(&m.weight).std(0.02).call();
                }
            });
            torch::no_grad(|| { let _ = torch::mul_options(&model.fc.weight, 0.5).inplace(true).call(); });
            model
            """,
            python="""
            def start(m):
                if m.__class__.__name__.find("Linear") != -1:
                    m.weight.data.normal_(0.0, 0.02)

            def scale(layer, factor):
                with torch.no_grad():
                    layer.weight.mul_(factor)
            """,
        )

    def test_of_named_parameters(self):
        self.assert_new(
            """
            self.fc = nn.LSTM(8, 8)
            for name, p in self.named_parameters():
                if "weight" in name:
                    nn.init.xavier_uniform_(p)
                elif name.startswith("fc.bias"):
                    nn.init.zeros_(p)
            """,
            """
            for (name, p) in model.named_parameters() {
                if name.contains("weight") {
                    nn::init::xavier_uniform_(&p);
                } else if name.starts_with("fc.bias") {
                    nn::init::zeros_(&p);
                }
            }
            """,
            forward="return self.fc(x.flatten(1, 2))[0]",
        )

    def test_before_other_members_are_made(self):
        self.assert_new(
            """
            self.fc = nn.Linear(8, 8)
            nn.init.normal_(self.fc.weight, std=0.02)
            self.token = nn.Parameter(torch.empty(8).uniform_(-1, 1))
            self.out = nn.Linear(8, 8)
            """,
            """
            let fc = nn::Linear::new(8, 8);
            nn::init::normal_options(&fc.weight).std(0.02).call();
            let token = nn::Parameter::new(torch::zeros([8]));
            nn::init::uniform_options(&token).a(-1).call();
            Self { fc, token, out: nn::Linear::new(8, 8) }
            """,
            forward="return self.out(self.fc(x) + self.token)",
        )

    def test_what_a_class_computes(self):
        self.assert_new(
            """
            self.fc = nn.Linear(8, 8)
            self.sides = (2, 4)
            self.scale = nn.Parameter(torch.ones(8) * 1e-5)
            self.token = nn.Parameter(torch.randn(1, 8))
            self.make_index()
            self.make_table()
            """,
            """
            let sides = [2, 4];
            Self {
                fc: nn::Linear::new(8, 8),
                scale: nn::Parameter::new(torch::ones(8) * 1e-5),
                token: nn::Parameter::new(torch::randn([1, 8])),
                index: Self::make_index(sides),
                table: Self::make_table(sides),
            }
        }

        fn make_index(sides: [i64; 2]) -> nn::Buffer {
            let index = torch::arange(8).view([2, 4]);
            index.i(0).mul_assign(2 * sides[1] - 1);
            nn::Buffer::new(index.flatten(0, -1))
        }

        fn make_table(sides: [i64; 2]) -> nn::Parameter {
            let table = nn::Parameter::new(torch::zeros([2 * sides[0] - 1, 8]));
            nn::init::trunc_normal_options(&table).std(0.02).call();
            table
        }
            """,
            forward="return self.fc(x) * self.scale + self.token + self.index + self.table[0]",
            methods="""
            def make_index(self):
                index = torch.arange(8).view(self.sides)
                index[0] *= 2 * self.sides[1] - 1
                self.register_buffer("index", index.flatten())

            def make_table(self):
                self.table = nn.Parameter(torch.zeros(2 * self.sides[0] - 1, 8))
                nn.init.trunc_normal_(self.table, std=0.02)
            """,
        )

    def test_ties_by_which_one_is_given(self):
        layers = "self.emb = nn.Embedding(8, 8)\n        self.fc = nn.Linear(8, 8, bias=False)\n        "
        for tie, words in (
            ("self.emb.weight = self.fc.weight", "model.emb.weight = model.fc.weight.tie();"),
            ("self.fc.weight = self.emb.weight", "model.fc.weight = model.emb.weight.tie();"),
        ):
            ported = Ported(net("return self.fc(self.emb(x))", layers + tie), input="8:2,3")
            self.assertIn(words, ported.rust)
            self.assertIn(self.EXACT, ported.rust)

    def test_methods_and_ties(self):
        ported = Ported(
            """
            class Layer(nn.Module):
                def __init__(self, std, zero=False):
                    super().__init__()
                    self.weight = nn.Parameter(torch.FloatTensor(8, 8))
                    self.bias = nn.Parameter(torch.ones(8))
                    nn.init.normal_(self.weight, std=std)
                    if zero:
                        nn.init.zeros_(self.bias)

                def forward(self, x):
                    return x @ self.weight + self.bias

            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.a, self.b = Layer(0.1), Layer(0.2, zero=True)
                    self.fc, self.head = nn.Linear(8, 8), nn.Linear(8, 8)
                    self._reset()
                    self.head.weight = self.fc.weight

                def _reset(self):
                    nn.init.normal_(self.fc.weight)
                    for layer in (self.fc, self.head):
                        nn.init.ones_(layer.bias)

                def forward(self, x):
                    return self.head(self.fc(self.b(self.a(x))))
            """
        )
        self.assertIn(self.EXACT, ported.rust)
        squeeze = lambda text: "".join(text.split())
        for piece in (
            "fn new(std: f64, zero: bool) -> Self {",
            "nn::init::normal_options(&model.weight).std(std).call(); if zero { nn::init::zeros_(&model.bias); } model",
            "model.reset(); model.head.weight = model.fc.weight.tie(); model }",
            "fn reset(&self) { nn::init::normal_(&self.fc.weight); nn::init::ones_(self.fc.bias.as_ref().unwrap());",
        ):
            self.assertIn(squeeze(piece), squeeze(ported.rust), ported.rust)

    def test_weights_that_weight_norm_computes(self):
        """What is drawn into them is lost, in Python too."""
        self.assert_new(
            """
            self.conv = nn.utils.weight_norm(nn.Linear(8, 8))
            self.fc = nn.utils.parametrizations.weight_norm(nn.Linear(8, 8))
            self.last = nn.Linear(8, 8)
            self.init_weights()
            """,
            """
            fn init_weights(&self) {
                nn::init::normal_options(&self.conv.weight()).std(0.01).call();
                nn::init::normal_options(&self.fc.weight()).std(0.01).call();
                nn::init::normal_options(&self.last.weight).std(0.01).call();
            }
            """,
            forward="return self.last(self.conv(x)) * self.fc.weight",
            methods="""
            def init_weights(self):
                self.conv.weight.data.normal_(0, 0.01)
                self.fc.weight.data.normal_(0, 0.01)
                self.last.weight.data.normal_(0, 0.01)
            """,
        )

    def test_another_order_is_told(self):
        ported = Ported(net("return self.fc(x)", "nn.Linear(3, 3)\n        self.fc = nn.Linear(8, 8)"))
        self.assertNotIn(self.EXACT, ported.rust)
        self.assertNotIn("manual_seed(0);\n    for", (ported.out / "net_test.rs").read_text())
        self.assertIn(
            f"so that one seed gives other numbers of the same kind:\n\n- from {ported.module}.py:9, `nn.Linear(3, 3)`, on",
            (ported.out / "net_report.md").read_text(),
        )

    def test_those_of_the_cases_are_all_known(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            file = Path(folder) / "drawn.rs"
            command.main(["port_cases:Drawn", "--input", "10:2,7", "2,3,9,9", "--out", str(file), "--no-export"])
            self.assertIn(self.EXACT, file.read_text())


class Reads(unittest.TestCase):
    def test_the_crates_functions(self):
        functions = crate.functions()
        cat = functions["torch", "cat"]
        self.assertEqual([(a.name, a.required) for a in cat.arguments], [("tensors", True), ("dim", False)])
        self.assertEqual(functions["torch", "zeros"].options, "torch::zeros_options")
        self.assertEqual(functions["torch", "eq"].arguments[1].type, "TensorOrNumber<'a>")
        self.assertIn(("torch.linalg", "svd"), functions)

    def test_names(self):
        self.assertEqual([names.snake(n) for n in ("H", "AuxLogits", "type")], ["h", "aux_logits", "r#type"])
        self.assertEqual([names.camel(n) for n in ("_DenseLayer", "MLP", "MBConv")], ["DenseLayer", "Mlp", "MBConv"])


if __name__ == "__main__":
    unittest.main()
