"""Python's expressions as Rust's, directed by the kinds that were recorded."""

import ast
import inspect
import itertools
import math
import re
import sys
from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from . import kinds, layers, names, source
from .kinds import BOOL, FLOAT, INT, NONE, SIZE, STR, TENSOR, Kind
from .report import Untranslated

COMPARE, ADD, MULTIPLY, CAST, UNARY, ATOM = range(6)
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")
LITERALS = re.compile(rf"(?:{NUMBER.pattern}|[-+*/%() ])+")

HARMLESS = re.compile(
    r"\.(get|shape|dim|kind|device|numel|len|is_empty|is_some|is_none|shallow_clone|sqrt|ln|exp|powf|pow|abs|min|max)\("
)


def has_effect(code):
    """May this piece of Rust do more than give a value?"""
    return re.search(r"[\w>]!?[(\[{]|[{}?]", re.sub(r"\w+\[", "[", HARMLESS.sub(".(", code))) is not None


def negated(test):
    """The Rust of a condition that holds where another one does not."""
    if re.fullmatch(r"!?[a-z_][\w.]*(?:\(\))?", test):
        return test[1:] if test.startswith("!") else f"!{test}"
    if found := re.fullmatch(r"([^!&|=<>]+) ([!=])= ([^!&|=<>]+)", test):
        return f"{found[1]} {'!' if found[2] == '=' else '='}= {found[3]}"
    return f"!({test})"


# What hangs on who calls.
ASKS_THE_CALLER = ("is_grad_enabled", "is_inference_mode_enabled", "is_autocast_enabled")


@dataclass(frozen=True)
class Value:
    """A piece of Rust: `owned` (a temporary), `place` (to be borrowed with &), `ref` or `copy`."""

    code: str
    kind: Kind
    form: str = "owned"
    level: int = ATOM
    # Behind `dyn Forward` or `dyn Module`: the trait's name.
    dyn: str = ""
    # A variable that is not read again may be handed over.
    last: bool = False

    def at(self, level):
        """In brackets, if it binds less than this."""
        return self.code if self.level >= level else f"({self.code})"

    @property
    def ref(self):
        if self.form == "mut":
            # It is borrowed to be changed.
            return f"&*{self.code}"
        return self.code if self.form == "ref" else f"&{self.at(ATOM)}"

    @property
    def receiver(self):
        if self.kind.is_number and LITERALS.fullmatch(self.code):
            return replace(self, code=NUMBER.sub(rf"\g<0>_{'i64' if self.kind == INT else 'f64'}", self.code, count=1)).at(ATOM)
        return self.at(ATOM)

    @property
    def owned(self):
        if self.form == "array":
            return f"{self.code}.to_vec()" if self.kind.parts[0].is_number else f"Vec::from({self.code})"
        if self.form in ("owned", "copy") or self.last and self.form == "place":
            return self.code
        if self.kind == TENSOR:
            return f"{self.receiver}.shallow_clone()"
        if self.kind.name == "module":
            # Modules are borrowed, never cloned.
            return self.ref
        if self.kind == STR:
            return self.ref
        if self.kind.name == "option" and self.kind.parts[0] == TENSOR:
            # Of a member, an `nn::Parameter` or an `nn::Buffer`, the tensor inside is asked for.
            opened = "" if self.form == "ref" else ".as_deref()" if self.code.startswith("self.") else ".as_ref()"
            return f"{self.receiver}{opened}.map(Tensor::shallow_clone)"
        if self.kind.name == "list" and self.kind.parts[0] == INT and self.code.endswith("]"):
            return f"{self.receiver}.to_vec()"
        if self.kind == Kind("list", (Kind("list", (TENSOR,)),)):
            inside = "part.iter().map(Tensor::shallow_clone).collect::<Vec<_>>()"
            return f"{self.receiver}.iter().map(|part| {inside}).collect::<Vec<_>>()"
        if self.kind.name == "list" and self.kind.parts[0] == TENSOR:
            return f"{self.receiver}.iter().map(Tensor::shallow_clone).collect::<Vec<_>>()"
        if self.kind.name == "tuple" and TENSOR in self.kind.parts:
            return in_tuple([part.owned for part in self.parts])
        inside = self.kind.parts[0] if self.kind.name == "list" else None
        if inside is not None and inside.name == "tuple" and set(inside.parts) == {TENSOR} and 1 < len(inside.parts) < 6:
            letters = "abcde"[: len(inside.parts)]
            copies = ", ".join(f"{letter}.shallow_clone()" for letter in letters)
            return f"{self.receiver}.iter().map(|({', '.join(letters)})| ({copies})).collect::<Vec<_>>()"
        return f"{self.receiver}.clone()" if self.form == "place" else f"{self.receiver}.to_owned()"

    @property
    def parts(self):
        """The parts of a tuple that a variable holds."""
        copied = lambda kind: "copy" if kind.is_number or kind == BOOL else "place"
        return [Value(f"{self.receiver}.{place}", kind, copied(kind)) for place, kind in enumerate(self.kind.parts)]

    @property
    def opened(self):
        """What is in an Option."""
        inside = self.kind.parts[0]
        copied = inside.is_number or inside == BOOL
        if copied or self.form in ("ref", "owned"):
            return Value(f"{self.receiver}.unwrap()", inside, "copy" if copied else self.form)
        return Value(f"{self.receiver}.as_ref().unwrap()", inside, "ref")

    @property
    def operand(self):
        """Beside an operator: tensors that are used again are borrowed."""
        return self.code if self.form in ("owned", "copy") else self.ref


def number(value):
    """As Rust writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if math.isinf(value):
        return "f64::INFINITY" if value > 0 else "f64::NEG_INFINITY"
    if math.isnan(value):
        return "f64::NAN"
    if abs(value) == math.pi:
        return f"{'-' if value < 0 else ''}std::f64::consts::PI"
    text = repr(value)
    if abs(value) >= 1e6 and re.fullmatch(r"-?\d0{6,}\.0", text):
        # As `1e9` is written.
        text = re.sub(r"(0+)\.0$", lambda zeros: f"e{len(zeros[1])}", text)
    if "e" in text:
        base, power = text.split("e")
        return f"{base}e{int(power)}"
    return text


def text(value):
    """A literal of Rust's."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


DTYPES = {
    torch.float32: "Kind::Float", torch.float64: "Kind::Double", torch.float16: "Kind::Half",
    torch.bfloat16: "Kind::BFloat16", torch.int64: "Kind::Int64", torch.int32: "Kind::Int",
    torch.int16: "Kind::Int16", torch.int8: "Kind::Int8", torch.uint8: "Kind::Uint8", torch.bool: "Kind::Bool",
    torch.complex64: "Kind::ComplexFloat",
}

# tch's own methods, whose arguments are Python's, without arguments...
PLAIN = set(
    "relu sigmoid tanh exp log log2 log10 log1p expm1 sqrt rsqrt abs neg sin cos tan asin acos atan sinh cosh floor "
    "ceil trunc sign reciprocal square erf erfc isnan isinf isfinite detach contiguous logical_not zeros_like "
    "ones_like empty_like max min all logdet numpy_t nonzero float double half bfloat16 long int short byte bool cpu cuda relu_ sigmoid_ "
    "tanh_ exp_ log_ log2_ log10_ log1p_ expm1_ sqrt_ rsqrt_ abs_ neg_ sin_ cos_ tan_ asin_ acos_ atan_ sinh_ cosh_ "
    "floor_ ceil_ trunc_ round_ frac_ sign_ reciprocal_ square_ erf_ erfc_ logical_not_ zero_".split()
)
# ... and with: t a tensor, i a number, n a number of any type, s a list of numbers.
WITH = {
    "unsqueeze": "i", "unsqueeze_": "i", "transpose": "ii", "select": "ii", "narrow": "iii", "index_select": "it",
    "masked_fill": "tn", "masked_fill_": "tn", "matmul": "t", "mm": "t", "bmm": "t", "mv": "t", "dot": "t",
    "outer": "t", "maximum": "t", "minimum": "t", "clamp": "nn", "fill_": "n", "full_like": "n", "view": "s",
    "clamp_min_": "n", "clamp_max_": "n", "pow_": "n", "bernoulli_float_": "n",
    "unfold": "iii", "scatter_add": "itt", "scatter_add_": "itt", "index_add": "itt", "index_add_": "itt", "index_copy": "itt",
    "index_copy_": "itt", "index_fill": "itn", "index_fill_": "itn",
    "flatten": "ii", "triu": "i", "triu_": "i", "tril": "i", "tril_": "i",
    "reshape": "s", "permute": "s", "repeat": "s", "flip": "s", "view_as": "t", "expand_as": "t", "reshape_as": "t",
    "scatter": "itt", "scatter_": "itt", "scatter_value": "itn", "scatter_value_": "itn",
    "addmm": "tt", "addmv": "tt", "addr": "tt", "type_as": "t", "equal": "t", "copy_": "t", "atan2": "t", "logical_and": "t", "logical_or": "t",
}
# What Python calls their arguments.
BY_NAME = {
    "unsqueeze": "dim", "unsqueeze_": "dim", "transpose": "dim0 dim1", "select": "dim index", "narrow": "dim start length",
    "index_select": "dim index", "masked_fill": "mask value", "masked_fill_": "mask value", "scatter": "dim index src",
    "scatter_": "dim index src", "scatter_value": "dim index value", "scatter_value_": "dim index value",
    "flatten": "start_dim end_dim", "triu": "diagonal", "triu_": "diagonal", "tril": "diagonal", "tril_": "diagonal", "bernoulli_float_": "p",
}
# What Python gives by itself, and tch's methods ask for.
DEFAULTS = {"flatten": {"start_dim": 0, "end_dim": -1}, **{name: {"diagonal": 0} for name in ("triu", "triu_", "tril", "tril_")}}
RENAMED = {"absolute": "abs", "swapaxes": "transpose", "concat": "cat", "arccos": "acos", "multiply": "mul", "spmm": "mm"}
COMPARISONS = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}
# What a tensor tells without its values.
SHAPES = set(
    "shape ndim dtype device layout is_cuda is_leaf is_sparse is_quantized is_meta requires_grad names size dim numel ndimension "
    "stride storage_offset element_size is_contiguous is_floating_point is_complex get_device nelement type".split()
)
OPPOSITES = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt}
# A length or a number of dimensions, which is a `usize` in Rust.
COUNTS = re.compile(r"(\w.*\.(?:dim|len|numel)\(\)) as i64")
SYMBOLS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


def changed(place, code, kind):
    """An assignment, of a number `n += 1` for `n = n + 1`."""
    turned = kind.is_number and re.fullmatch(rf"([\w.]+) ([+*]) {re.escape(place)}", code)
    code = f"{place} {turned[2]} {turned[1]}" if turned else code
    change = kind.is_number and re.fullmatch(rf"{re.escape(place)} ([-+*/]) (.*)", code)
    rest = re.sub(r"\([^()]*\)", "()", re.sub(r"\([^()]*\)", "()", change[2])) if change else ""
    # `n + a * b` adds a product, and `n + a + b` adds to a sum.
    whole = not re.search(r" [-+] " if change and change[1] in "+-" else r" [-+*/%] ", rest)
    return f"{place} {change[1]}= {change[2]};" if change and whole else f"{place} = {code};"


def in_tuple(codes):
    return f"({codes[0]},)" if len(codes) == 1 else f"({', '.join(codes)})"


def variable(written, name):
    """A variable's: `H` is `h` where the function has no other `h`, and `h_` where it has one."""
    small = names.snake(name)
    if small == name:
        return small
    every = {node.id for node in written.expressions if isinstance(node, ast.Name)} | {part.arg for part in ast.walk(written.node.args) if isinstance(part, ast.arg)}
    alike = sorted(other for other in every if other != small and names.snake(other) == small)
    lower = small in every and not is_of_loops(written, small, name)
    small += "_" * (lower + alike.index(name) if name in alike else lower)
    while small in every and small != names.snake(name):
        small += "_"
    return small


def is_of_loops(written, small, name):
    """Does a name stand in loops alone that bind it, and that do not know the other? There it may hide that."""
    loops = [node for node in ast.walk(written.node) if isinstance(node, ast.For)]
    within = lambda loop, name: [part for part in ast.walk(loop) if isinstance(part, ast.Name) and part.id == name]
    loops = [loop for loop in loops if any(part.id == small for part in ast.walk(loop.target) if isinstance(part, ast.Name))]
    nodes = {node for loop in loops for node in within(loop, small)}
    everywhere = {node for node in written.expressions if isinstance(node, ast.Name) and node.id == small}
    return everywhere <= nodes and not any(within(loop, name) for loop in loops)


def iterated(code):
    """An array goes through its items by `into_iter`, before a method of iterators."""
    return f"{code}.into_iter()" if code.startswith("[") and code.endswith("]") else code


def in_brackets(items):
    """A range, before a method of iterators."""
    return items if items.startswith("(") else f"({items})"


def is_self(node):
    return isinstance(node, ast.Name) and node.id == "self"


def key_of(node):
    """What stands for an attribute among those that are known to be there."""
    return node.attr if is_self(node.value) else ast.unparse(node)


class Expressions:
    """Translates the expressions of one function; `self.scope` maps its variables to values."""

    def __init__(self, program, source, cls):
        self.program, self.source, self.cls = program, source, cls
        self.scope = {}
        self.recorder = program.recorder
        # What is known to be there: `self.downsample` after `if self.downsample is not None`.
        self.narrowed = {}
        self.closures = 0
        # Is it the words of an error that are written?
        self.complaining = False
        # The parameters that are the same in all calls.
        self.fixed = set()

    def is_last(self, node):
        """Is a variable read here for the last time?"""
        return False

    # What was seen.

    def seen(self, node):
        return self.recorder.seen(self.source.function, node)

    def kind(self, node):
        seen = self.seen(node)
        return seen.kind if seen else None

    def lowest(self, node):
        """The lowest number that it was, here or, where no input comes by, at other places of the function."""
        words = ast.unparse(node)
        same = [other for other in self.source.expressions if isinstance(other, type(node)) and ast.unparse(other) == words]
        found = [seen.lowest for seen in map(self.seen, [node] if self.seen(node) else same) if seen and seen.lowest is not None]
        return min(found, default=None)

    def is_natural(self, node):
        """Is a number never below zero?"""
        lowest = self.lowest(node)
        return lowest is not None and lowest >= 0

    def constant(self, node):
        """(value,) where the expression is the same for every input, else None."""
        if isinstance(node, ast.Constant):
            return (node.value,)
        if isinstance(node, ast.BoolOp):
            # Python does not look at the rest once it is decided.
            stops = isinstance(node.op, ast.Or)
            for part in node.values:
                known = self.constant(part)
                if known is None:
                    break
                if bool(known[0]) == stops:
                    return known
            else:
                return known
        if any(isinstance(part, ast.Call) and getattr(part.func, "attr", "") in ASKS_THE_CALLER for part in ast.walk(node)):
            return None
        seen = self.seen(node)
        if seen and len(seen.values) == 1 and self.is_of_none(node) and not self.is_set_by_chance(node.left):
            return (seen.values[0],)
        if not seen or len(seen.values) != 1 or not self.is_configuration(node):
            return None
        return (seen.values[0],)

    def is_of_none(self, node):
        """`x is None` for a parameter that always is, or never: it has no Option here."""
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], (ast.Is, ast.IsNot)):
            return False
        if not isinstance(node.left, ast.Name) or not isinstance(node.comparators[0], ast.Constant):
            return False
        value = self.scope.get(node.left.id)
        return value is not None and value.kind.name != "option" and node.comparators[0].value is None

    def is_set_by_chance(self, node):
        """Is a variable set before where it hangs on the input whether one comes there?"""
        for branch in source.inside(self.source.node, (ast.If, ast.For, ast.While)):
            stores = (part for part in ast.walk(branch) if isinstance(part, ast.Name) and part.id == node.id and isinstance(part.ctx, ast.Store))
            before = branch.end_lineno < node.lineno if isinstance(branch, ast.If) else branch.lineno < node.lineno
            if before and any(stores) and (not isinstance(branch, ast.If) or self.constant(branch.test) is None):
                return True
        return False

    def is_configuration(self, node):
        """Does it depend on nothing that a call could change?"""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            return True
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and (self.kind(part) == TENSOR or self.is_by_chance(part.func)):
                return False
            if self.reads_data(part):
                return False
            if isinstance(part, ast.Name) and part.id in self.fixed:
                continue
            if isinstance(part, ast.Compare) and self.is_of_none(part) and self.is_set_by_chance(part.left):
                return False
            if isinstance(part, ast.Name) and part.id in self.scope:
                variable = self.recorder.parameters.get((self.source.function, part.id))
                if not variable or len(variable.values) != 1 or not isinstance(variable.values[0], (bool, type(None))):
                    return False
                if self.scope[part.id].kind != NONE:
                    return False
            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "self":
                member = self.member(part.attr)
                if part.attr == "training" or (member and member.varies):
                    return False
        return True

    def reads_data(self, node):
        """Does an expression take a tensor for more than its shape and its kind: `not self.initialized`, `self.count.item() == 0`?"""
        if isinstance(node, ast.Attribute):
            return node.attr not in SHAPES and self.kind(node.value) == TENSOR
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Is, ast.IsNot, ast.In, ast.NotIn)):
            return False
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("isinstance", "len", "is_tensor", "hasattr", "getattr", "type"):
            return False
        if isinstance(node, (ast.UnaryOp, ast.Compare, ast.Call, ast.BoolOp, ast.IfExp, ast.Subscript)):
            return any(self.kind(part) == TENSOR for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr))
        return False

    def is_by_chance(self, function):
        """`random.random`, `time.time`: another value at each call."""
        while isinstance(function, ast.Attribute):
            function = function.value
        thing = self.python(function)
        name = getattr(thing, "__name__" if inspect.ismodule(thing) else "__module__", None) or type(getattr(thing, "__self__", None)).__module__
        return name.split(".")[0] in ("random", "time", "datetime", "secrets", "os", "numpy")

    def member(self, name):
        return self.cls.member(name) if self.cls else None

    # Expressions.

    def value(self, node):
        """The Rust of an expression; of what may be None elsewhere, and is not here, what is there."""
        value = self.whole(node)
        if not isinstance(node, (ast.Name, ast.Call)) or value.kind.name != "option" or self.kind(node) != value.kind.parts[0]:
            return value
        return value.opened

    def whole(self, node):
        """The Rust of an expression, an Option as it is."""
        node = self.as_attribute(node)
        method = getattr(self, type(node).__name__, None)
        if method is None:
            raise Untranslated(node, f"`{ast.unparse(node)}` is a form of Python's that has no Rust here")
        result = method(node)
        if result.kind is None or result.kind == kinds.OTHER:
            result = replace(result, kind=self.kind(node) or kinds.OTHER)
        return result

    def refuse(self, node, why=None, by_hand="write it by hand"):
        raise Untranslated(node, f"`{ast.unparse(node)}` {why or 'is not understood'}", by_hand)

    def Constant(self, node):
        value = node.value
        if value is None:
            return Value("None", NONE, "copy")
        if isinstance(value, (bool, int, float)):
            negative = not isinstance(value, bool) and value < 0
            return Value(number(value), kinds.of(value), "copy", UNARY if negative else ATOM)
        if isinstance(value, str):
            return Value(text(value), STR, "ref")
        self.refuse(node)

    def Name(self, node):
        if node.id in self.scope:
            value = self.scope[node.id]
            return replace(value, last=True) if value.form == "place" and self.is_last(node) else value
        seen = self.seen(node)
        if node.id in ("True", "False"):
            return Value(node.id.lower(), BOOL, "copy")
        # A name of the module's: a number that never changes.
        scope = self.source.function.__globals__
        value = scope.get(node.id, getattr(__import__("builtins"), node.id, None))
        if isinstance(value, (bool, int, float, str)):
            return self.Constant(ast.Constant(value))
        if isinstance(value, torch.device):
            return self.device(node, value)
        self.refuse(node, f"is a variable of kind {seen.kind if seen else 'unknown'} that is not known here")

    def device(self, node, value):
        """`device = torch.device("cuda" if torch.cuda.is_available() else "cpu")`, of the module's."""
        words = next((
            ast.unparse(one.value) for one in source.module_of(self.source.function).body
            if isinstance(one, ast.Assign) and getattr(one.targets[0], "id", None) == node.id
        ), "")
        if "cuda.is_available()" in words:
            return Value("Device::cuda_if_available()", Kind("device"), "copy")
        if value.type != "cpu":
            self.refuse(node, f"is the device {value}")
        return Value("Device::Cpu", Kind("device"), "copy")

    def python(self, node):
        """What a dotted name of the module's scope is in Python."""
        if isinstance(node, ast.Name):
            if node.id in self.scope or node.id == "self":
                return None
            scope = self.source.function.__globals__
            return scope.get(node.id, getattr(__import__("builtins"), node.id, None))
        if isinstance(node, ast.Attribute):
            of = self.python(node.value)
            return getattr(of, node.attr, None) if of is not None else None
        return None

    def Attribute(self, node):
        if node.attr == "training" and self.kind(node) == BOOL and not isinstance(node.value, ast.Name):
            self.refuse(node, "asks whether another module trains", "ask `self.training`")
        if isinstance(node.value, ast.Name) and node.value.id == "self" and self.cls:
            return self.of_self(node, node.attr)
        inside = self.member(source.of_configuration(node)) if source.of_configuration(node) else None
        if inside is not None:
            return inside.value(node)
        if isinstance(node.value, ast.Call) and self.python(node.value.func) in (torch.finfo, torch.iinfo):
            return self.limit(node)
        thing = self.python(node)
        if isinstance(thing, torch.dtype):
            if thing not in DTYPES:
                self.refuse(node, "is a dtype that has no name here")
            return Value(DTYPES[thing], Kind("dtype"), "copy")
        if isinstance(thing, (int, float)):
            return self.Constant(ast.Constant(thing))
        of = self.value(node.value)
        if of.kind == TENSOR:
            known = {
                "shape": ("shape()", SIZE), "T": ("tr()", TENSOR), "mT": ("mt()", TENSOR), "dtype": ("kind()", Kind("dtype")),
                "device": ("device()", Kind("device")), "data": ("detach()", TENSOR), "grad": ("grad()", TENSOR),
                "requires_grad": ("requires_grad()", BOOL), "real": ("real()", TENSOR), "imag": ("imag()", TENSOR),
                "is_cuda": ("device().is_cuda()", BOOL), "is_sparse": ("is_sparse()", BOOL),
            }
            if node.attr == "ndim":
                return Value(f"{of.receiver}.dim() as i64", INT, "copy", CAST)
            if node.attr in known:
                code, kind = known[node.attr]
                return Value(f"{of.receiver}.{code}", kind)
        if of.kind.cls is PackedSequence and node.attr in of.kind.fields:
            kind = of.kind.part(node.attr)
            return Value(f"{of.receiver}.{node.attr}()", kind, "ref" if kind == TENSOR else "copy")
        if of.kind.name == "named" and node.attr in of.kind.fields:
            kind = of.kind.part(node.attr)
            return Value(f"{of.receiver}.{names.field(node.attr)}", kind, "place")
        if of.kind.name == "module":
            return self.of_module(node, of)
        self.refuse(node)

    def limit(self, node):
        """`torch.finfo(x.dtype).max`, of the kind that was seen."""
        seen = self.seen(node)
        if node.attr not in ("max", "min", "eps") or not seen or len(seen.values) != 1:
            self.refuse(node, "is not the same number in all calls")
        for dtype, rust in ((torch.float32, "f32"), (torch.float64, "f64"), (torch.int64, "i64"), (torch.int32, "i32")):
            info = (torch.finfo if dtype.is_floating_point else torch.iinfo)(dtype)
            if getattr(info, node.attr, None) == seen.values[0]:
                break
        else:
            self.refuse(node, "is of a dtype that is not translated")
        if not isinstance(self.python(node.value.args[0]), torch.dtype):
            words = ast.unparse(node.value)
            self.program.report.note(f"{self.source.place(node)}: `{words}` of other kinds than {str(dtype).removeprefix('torch.')}")
        name = f"{rust}::{ {'max': 'MAX', 'min': 'MIN', 'eps': 'EPSILON'}[node.attr] }"
        whole = f"{rust[0]}64"
        return Value(name if rust == whole else f"{whole}::from({name})", INT if rust[0] == "i" else FLOAT, "copy")

    def plan_of(self, node):
        """The plan of `self`, or of another module of the model's."""
        if is_self(node):
            return self.cls
        kind = self.kind(node)
        return self.program.plans.get(kind.cls) if kind is not None and kind.name == "module" else None

    def as_attribute(self, node):
        """`self.gate` of `getattr(self, "gate", None)`; the default, where no instance has such an attribute."""
        name = source.asked_by_name(node)
        plan = self.plan_of(node.args[0]) if name is not None else None
        if plan is None:
            return node
        there = {hasattr(instance, name) for instance in plan.instances}
        default = node.args[2] if len(node.args) == 3 else None
        if there == {False} and default is not None:
            words = f"`{ast.unparse(node)}`, which nothing has and is `{ast.unparse(default)}`"
            self.program.report.note(f"{self.source.place(node)}: {words}")
            return default
        if False in there and not (isinstance(default, ast.Constant) and default.value is None):
            return node
        attribute = ast.copy_location(ast.Attribute(node.args[0], name, ast.Load()), node)
        attribute.number = node.number
        return attribute

    def member_of(self, node):
        """The member that `self.gate` is, `layer.gate` of another module, or `getattr(self, "gate", None)`."""
        node = self.as_attribute(node)
        if not isinstance(node, ast.Attribute):
            return None
        if is_self(node.value):
            return self.member(node.attr)
        plan = self.plan_of(node.value)
        return plan.member(node.attr) if plan is not None else None

    def of_self(self, node, name):
        if name in self.narrowed:
            return self.narrowed[name]
        if name == "training":
            return Value("self.training.get()", BOOL, "copy")
        getter = source.properties(self.cls.cls).get(name)
        if getter in self.recorder.called and self.kind(node) is not None and not self.is_simple_property(node):
            return self.of_the_models(ast.copy_location(ast.Call(node, [], []), node), getter, "self")
        member = self.member(name)
        if member is None and name in self.program.set_on_the_way(self.cls.cls):
            self.refuse(node, "is set while the model runs", "hold it in a Cell, or a buffer")
        if member is None:
            held = [getattr(instance, name) for instance in self.cls.instances if hasattr(instance, name)]
            kind, why = kinds.join(map(kinds.of, held)), "is an attribute that the instances do not have"
            if held:
                why = "is a tensor that `__init__` does not set" if kind == TENSOR else f"is of kind {kind}, which has no Rust here"
            self.refuse(node, why, "set it in new, and use it here")
        if member.optional and (self.kind(node) or NONE).name == "option":
            self.refuse(node, "is None in some instances", "look whether it is there first")
        return member.value(node)

    def is_simple_property(self, node):
        """A number that never changes is a member."""
        simple = (self.kind(node).is_number or self.kind(node) in (BOOL, STR)) and len(self.seen(node).values) == 1
        return simple and not self.program.is_of_tensors(self.cls.cls, node.attr)

    def of_module(self, node, of, name=None):
        """An attribute of another module: `self.conv.weight`."""
        if name is None and key_of(node) in self.narrowed:
            return self.narrowed[key_of(node)]
        name = name or node.attr
        if of.kind.cls is nn.ModuleDict:
            return Value(f"{of.receiver}[{text(node.attr)}]", self.kind(node), "place", ATOM, of.dyn)
        plan = self.program.plans.get(of.kind.cls)
        if plan:
            member = plan.member(name)
            if member and member.optional and (self.kind(node) or NONE).name == "option":
                self.refuse(node, "is None in some instances", "look whether it is there first")
            if member:
                value = member.value(node)
                return replace(value, code=value.code.replace("self", of.receiver, 1))
        seen = self.kind(node) or self.held(node)
        if seen == TENSOR and plan is None:
            if self.is_computed(node):
                code = f"{of.receiver}.{node.attr}()"
                return Value(code if node.attr == "weight" else f"{code}.unwrap()", TENSOR)
            optional = node.attr != "weight" or issubclass(of.kind.cls, (nn.modules.batchnorm._NormBase, nn.LayerNorm))
            code = f"{of.receiver}.{node.attr}"
            return Value(f"{code}.as_ref().unwrap()" if optional else code, TENSOR, "ref" if optional else "place")
        constant = self.constant_of_module(node, of)
        if constant is not None:
            return constant
        self.refuse(node)

    def held(self, node):
        """The kind of `self.conv.bias`, to which no input came."""
        if not self.cls or not isinstance(node.value, ast.Attribute) or getattr(node.value.value, "id", "") != "self":
            return None
        found = {kinds.of(getattr(instance._modules.get(node.value.attr), node.attr, None)) for instance in self.cls.instances}
        return found.pop() if len(found) == 1 else None

    def is_computed(self, node):
        """Is the weight of `self.conv.weight` what a weight_norm computes each time?"""
        if not self.cls or not isinstance(node.value, ast.Attribute) or getattr(node.value.value, "id", "") != "self":
            return False
        modules = [instance._modules.get(node.value.attr) for instance in self.cls.instances]
        computed = [module for module in modules if module is not None and layers.is_computed(module, node.attr)]
        if any(not hasattr(module, "parametrizations") for module in computed):
            self.refuse(node, "is what weight_norm computed as the layer was called", "read `weight_g` and `weight_v`")
        return bool(computed)

    def constant_of_module(self, node, of):
        seen = self.seen(node)
        if seen and len(seen.values) == 1 and isinstance(seen.values[0], (bool, int, float)):
            return self.Constant(ast.Constant(seen.values[0]))
        return None

    def Tuple(self, node):
        return self.tuple_of([self.value(part) for part in node.elts])

    def tuple_of(self, parts):
        return Value(in_tuple([part.owned for part in parts]), Kind("tuple", tuple(part.kind for part in parts)))

    def parts_at(self, node):
        """The parts of a tuple: of a literal, of a variable, and of slices and sums of these."""
        if isinstance(node, ast.Tuple):
            return [self.value(part) for part in node.elts]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return [*self.parts_at(node.left), *self.parts_at(node.right)]
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            ends = [part if part is None else self.constant(part) for part in (node.slice.lower, node.slice.upper, node.slice.step)]
            if not all(end is None or end for end in ends):
                self.refuse(node, "takes a part of a tuple whose ends are not known")
            return self.parts_at(node.value)[slice(*(end and end[0] for end in ends))]
        of = self.value(node)
        if of.kind.name != "tuple" or of.form == "owned" and of.kind.parts:
            # It would be computed once for each part.
            self.refuse(node, f"is a {of.kind} that is taken apart", "give it a name first")
        return of.parts

    def Dict(self, node):
        """A struct with the keys as its fields."""
        seen = self.kind(node)
        if not all(isinstance(key, ast.Constant) and isinstance(key.value, str) for key in node.keys) or seen is None or not node.keys:
            self.refuse(node, "is a dictionary whose keys are not known", "make it a struct")
        return self.program.struct_of(self, seen, {key.value: self.whole(part) for key, part in zip(node.keys, node.values)})

    def List(self, node):
        parts = [self.value(part) for part in node.elts if not isinstance(part, ast.Starred)]
        if len(parts) < len(node.elts):
            return self.spread(node)
        kind = Kind("list", (kinds.join(part.kind for part in parts),)) if parts else self.kind(node)
        if kind == Kind("list", (FLOAT,)):
            parts = [self.as_float(part) for part in parts]
        return Value(f"vec![{', '.join(part.owned for part in parts)}]", kind)

    def spread(self, node):
        """`[a, *b]`: the pieces, joined."""
        elements = [item for part in node.elts for item in self.items_of(part)]
        if not any(isinstance(part, ast.Starred) for part in elements):
            return self.List(ast.copy_location(ast.List(elements, ast.Load()), node))
        pieces, inside = [], None
        for starred, parts in itertools.groupby(elements, lambda part: isinstance(part, ast.Starred)):
            values = [self.value(part.value if starred else part) for part in parts]
            for value in values if starred else ():
                inside = inside or (value.kind.parts[0] if value.kind.name == "list" else INT)
                pieces.append(value.ref if value.kind.name in ("list", "Size") else None)
            if not starred:
                inside = inside or values[0].kind
                pieces.append(f"&[{', '.join(value.owned for value in values)}]")
        if None in pieces or inside == TENSOR:
            self.refuse(node, "has stars that are not understood")
        pieces[0] = f"{pieces[0]}[..]"
        return Value(f"[{', '.join(pieces)}].concat()", Kind("list", (inside,)))

    def items_of(self, part):
        """`*x.shape[:2]` as `x.shape[0], x.shape[1]`."""
        of = part.value if isinstance(part, ast.Starred) else None
        if not isinstance(of, ast.Subscript) or not isinstance(of.slice, ast.Slice) or of.slice.step or self.kind(of.value) != SIZE:
            return [part]
        ends = [0 if end is None else getattr(end, "value", None) for end in (of.slice.lower, of.slice.upper)]
        if of.slice.upper is None or any(type(end) is not int for end in ends):
            return [part]
        items = []
        for place in range(*ends):
            item = ast.copy_location(ast.Subscript(of.value, ast.Constant(place), ast.Load()), part)
            item.number = of.number
            items.append(item)
        return items

    def UnaryOp(self, node):
        if isinstance(node.op, ast.Not) and isinstance(node.operand, ast.UnaryOp) and isinstance(node.operand.op, ast.Not):
            return self.truth(node.operand.operand)
        if isinstance(node.op, ast.Not):
            other = self.opposite(node.operand)
            if other is not None:
                return self.truth(other)
            test = self.truth(node.operand)
            if test.code.endswith(".is_some()"):
                return replace(test, code=test.code.removesuffix("is_some()") + "is_none()")
            if test.code.startswith("!") and test.level == UNARY:
                return Value(test.code[1:], BOOL, "copy")
            return Value(f"!{test.at(UNARY)}", BOOL, "copy", UNARY)
        operand = self.value(node.operand)
        if isinstance(node.op, ast.USub):
            if operand.kind == TENSOR:
                return Value(f"-{operand.operand if operand.form != 'owned' else operand.at(UNARY)}", TENSOR, "owned", UNARY)
            if operand.code == number(math.inf):
                return Value(number(-math.inf), FLOAT, "copy")
            return Value(f"-{operand.at(UNARY)}", operand.kind, "copy", UNARY)
        if isinstance(node.op, ast.Invert) and operand.kind == TENSOR:
            return Value(f"{operand.receiver}.logical_not()", TENSOR)
        self.refuse(node)

    def opposite(self, node):
        """What holds where a comparison of numbers, or several, do not: `n >= 3` for `not n < 3`; or None."""
        made = None
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            sides = [node.left, *node.comparators]
            if all(isinstance(side, (ast.Name, ast.Constant)) for side in sides):
                # `1 < n < 5`
                parts = [ast.Compare(left, [op], [right]) for left, op, right in zip(sides, node.ops, sides[1:])]
                for part in parts:
                    part.number = -1
                return self.opposite(ast.copy_location(ast.BoolOp(ast.And(), parts), node))
        elif isinstance(node, (ast.BinOp, ast.Name, ast.Attribute)) and self.constant(node) is None and self.kind(node) in (INT, FLOAT):
            # `not n % 2`
            made = ast.Compare(node, [ast.Eq()], [ast.Constant(0)])
        elif isinstance(node, ast.Compare):
            kinds_ = {self.kind(side) or self.value(side).kind for side in (node.left, node.comparators[0])}
            # Neither holds of what is not a number.
            exact = type(node.ops[0]) in (ast.Eq, ast.NotEq) and kinds_ <= {INT, FLOAT}
            if type(node.ops[0]) in OPPOSITES and (exact or kinds_ == {INT}):
                made = ast.Compare(node.left, [OPPOSITES[type(node.ops[0])]()], node.comparators)
        elif isinstance(node, ast.BoolOp):
            sides = [self.opposite(part) for part in node.values]
            if None not in sides:
                made = ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), sides)
        if made is not None:
            made.number = -1
            ast.copy_location(made, node)
        return made

    def truth(self, node):
        """A condition, as Python takes its truth."""
        value = self.condition(node) if isinstance(node, ast.BoolOp) else self.or_none(node)
        if value.kind == BOOL:
            return value
        if value.kind.is_number:
            zero = "0" if value.kind == INT else "0.0"
            return Value(f"{value.at(ADD)} != {zero}", BOOL, "copy", COMPARE)
        if value.kind.name in ("list", "Size", "str") or value.kind.cls in (nn.Sequential, nn.ModuleList, nn.ModuleDict) and not value.dyn:
            return Value(f"!{value.receiver}.is_empty()", BOOL, "copy", UNARY)
        if value.kind == kinds.option(STR):
            return Value(f"{value.receiver}.is_some_and(|text| !text.is_empty())", BOOL, "copy")
        if value.kind.name == "option" and value.kind.parts[0].name in ("list", "module") and not hasattr(value.kind.parts[0].cls, "__len__"):
            return Value(f"{value.receiver}.is_some()", BOOL, "copy")
        self.refuse(node, f"is a condition of kind {value.kind}", "say what makes it true")

    def BoolOp(self, node):
        """`a or b` is one of the two; of truth values it is a condition."""
        if self.kind(node) in (None, BOOL) or self.constant(node) is not None and isinstance(self.constant(node)[0], bool):
            return self.condition(node)
        stops, parts = isinstance(node.op, ast.Or), []
        for part in node.values:
            known = self.constant(part)
            if known is None or bool(known[0]) == stops or part is node.values[-1]:
                parts.append(part)
            if known is not None and bool(known[0]) == stops:
                break
        values = [self.value(part) for part in parts]
        if len(values) > 1 and (len({value.kind for value in values}) > 1 or not values[0].kind.is_number or any(has_effect(value.code) for value in values[:-1])):
            self.refuse(node, "is one of several, by their truth", "write it as an `if`")
        code = values[-1].code
        for part, value in zip(parts[-2::-1], values[-2::-1]):
            first, second = (value.code, code) if stops else (code, value.code)
            code = f"if {self.truth(part).code} {{ {first} }} else {{ {second} }}"
        return replace(values[-1], code=code, level=COMPARE) if len(values) > 1 else values[-1]

    def condition(self, node):
        keep = isinstance(node.op, ast.And)
        known = self.constant(node)
        if known is not None and isinstance(known[0], bool):
            return Value(str(known[0]).lower(), BOOL, "copy")
        outside = self.outside(node)
        if outside is not None:
            return outside
        parts = []
        for part in node.values:
            known, value = self.constant(part), None
            if known is None or bool(known[0]) != keep:
                value = self.truth(part)
            if value is None or value.code == str(keep).lower():
                self.tell_decided(part, node, keep)
            else:
                parts.append(value)
        if not parts:
            return Value(str(keep).lower(), BOOL, "copy")
        if len(parts) == 1:
            return parts[0]
        # && binds more than ||.
        code = (" && " if keep else " || ").join(p.code if p.level > COMPARE or not (" || " in p.code) else f"({p.code})" for p in parts)
        return Value(code, BOOL, "copy", COMPARE)

    def tell_decided(self, part, whole, holds):
        self.program.report.decided(self.source.place(part), part, whole, holds)

    def outside(self, node):
        """`p < 0 or p > 1` is `!(0..=1).contains(&p)`."""
        if not isinstance(node.op, ast.Or) or len(node.values) != 2:
            return None
        low, high = node.values
        if not all(isinstance(part, ast.Compare) and isinstance(part.left, ast.Name) for part in (low, high)):
            return None
        if low.left.id != high.left.id or not isinstance(low.ops[0], ast.Lt) or not isinstance(high.ops[0], ast.Gt):
            return None
        value, *ends = map(self.value, (low.left, low.comparators[0], high.comparators[0]))
        if not value.kind.is_number or any(end.kind != value.kind for end in ends):
            return None
        return Value(f"!({ends[0].code}..={ends[1].code}).contains(&{value.code})", BOOL, "copy", UNARY)

    def Compare(self, node):
        if len(node.ops) > 1:
            return self.chained(node)
        op, left, right = node.ops[0], node.left, node.comparators[0]
        if isinstance(op, (ast.Is, ast.IsNot)) and isinstance(right, ast.Constant) and right.value is None:
            value = self.optional(left)
            some = isinstance(op, ast.IsNot)
            if value.kind == NONE or value.kind.name != "option":
                if isinstance(left, ast.Name) and self.is_set_by_chance(left):
                    self.refuse(node, "hangs on the input, of which this one shows one side", "give an --input that shows the other")
                return Value(str((value.kind != NONE) == some).lower(), BOOL, "copy")
            return Value(f"{value.receiver}.{'is_some' if some else 'is_none'}()", BOOL, "copy")
        if isinstance(op, (ast.In, ast.NotIn)) and isinstance(right, (ast.Tuple, ast.List)):
            value = self.value(left)
            among = ", ".join(self.value(part).code for part in right.elts)
            contains = f"[{among}].contains({value.ref if value.kind != STR else '&' + value.code})"
            return Value(contains if isinstance(op, ast.In) else f"!{contains}", BOOL, "copy", UNARY)
        a, b = self.value(left), self.value(right)
        if isinstance(op, (ast.In, ast.NotIn)) and b.kind.name == "dict" and isinstance(left, ast.Constant):
            there = left.value in b.kind.fields
            if there and b.kind.part(left.value).name == "option":
                code = f"{b.receiver}.{names.field(left.value)}.{'is_some' if isinstance(op, ast.In) else 'is_none'}()"
                return Value(code, BOOL, "copy")
            return Value(str(there == isinstance(op, ast.In)).lower(), BOOL, "copy")
        if isinstance(op, (ast.In, ast.NotIn)) and a.kind in (INT, STR) and (b.kind == SIZE and a.kind == INT or b.kind == Kind("list", (a.kind,))):
            # `i in self.out_indices`
            contains = f"{b.receiver}.contains(&{a.at(ATOM)})"
            return Value(contains if isinstance(op, ast.In) else f"!{contains}", BOOL, "copy", ATOM if isinstance(op, ast.In) else UNARY)
        if type(op) not in COMPARISONS:
            self.refuse(node)
        if a.kind == TENSOR:
            name = COMPARISONS[type(op)]
            if b.kind == TENSOR:
                return Value(f"torch::{name}({a.ref}, {b.operand})", TENSOR)
            return Value(f"{a.receiver}.{name}({b.code})", TENSOR)
        if a.kind.is_number and b.kind.is_number and a.kind != b.kind:
            a, b = self.as_float(a), self.as_float(b)
        if a.kind == kinds.option(b.kind) and isinstance(op, (ast.Eq, ast.NotEq)) and b.kind in (STR, INT, BOOL):
            b = Value(f"Some({b.code})", a.kind, "copy")
        if {a.kind.name, b.kind.name} & {"list", "Size"}:
            a, b = (self.sizes(part, value) for part, value in ((left, a), (right, b)))
        if a.kind.name == "list" and b.kind == SIZE:
            # A Size is compared with a slice, not a slice with a Size.
            a, b = b, a
        counted = self.counted(op, a, b)
        if counted is not None:
            return counted
        # Behind a type `<` would begin its arguments.
        left = f"({a.code})" if SYMBOLS[type(op)][0] == "<" and re.search(r" as \w+$", a.code) else a.at(ADD)
        return Value(f"{left} {SYMBOLS[type(op)]} {b.at(ADD)}", BOOL, "copy", COMPARE)

    def counted(self, op, a, b):
        """`x.dim() != 3`: what Rust counts as a `usize` is compared as one."""
        places = [COUNTS.fullmatch(value.code) if value.level == CAST else None for value in (a, b)]
        if not any(places) or not all(place or value.code.isdigit() for place, value in zip(places, (a, b))):
            return None
        first, second = (place[1] if place else value.code for place, value in zip(places, (a, b)))
        if first.endswith(".len()") and second in "01":
            # `is_empty` tells it better.
            if second == "0" and isinstance(op, (ast.Eq, ast.NotEq, ast.Gt)):
                return Value(f"{'' if isinstance(op, ast.Eq) else '!'}{first.removesuffix('len()')}is_empty()", BOOL, "copy", UNARY)
            return None
        return Value(f"{first} {SYMBOLS[type(op)]} {second}", BOOL, "copy", COMPARE)

    def sizes(self, node, value):
        """`(3, 8)` and `[3, 8]`, beside a list or the sizes of a tensor: an array."""
        if isinstance(node, (ast.Tuple, ast.List)) and not any(isinstance(part, ast.Starred) for part in node.elts):
            return replace(value, code=f"[{', '.join(self.value(part).code for part in node.elts)}]", kind=Kind("list", (INT,)))
        return value

    def chained(self, node):
        """`0 <= n < 4` is `(0..4).contains(&n)`; `1 < n <= 4` is `1 < n && n <= 4`, since a range begins with what is in it."""
        items, ops = [node.left, *node.comparators], [type(op) for op in node.ops]
        values = [self.value(item) for item in items]
        calls = [part.func for item in items[1:-1] for part in ast.walk(item) if isinstance(part, ast.Call)]
        again = all(getattr(func, "attr", getattr(func, "id", "")) in ("size", "dim", "numel", "len") for func in calls)
        if not again or not all(value.kind.is_number for value in values):
            self.refuse(node, "compares more than two")
        if all(op in (ast.Gt, ast.GtE) for op in ops):
            items, values = items[::-1], values[::-1]
            ops = [ast.Lt if op is ast.Gt else ast.LtE for op in ops[::-1]]
        if ops in ([ast.LtE, ast.Lt], [ast.LtE, ast.LtE]) and len({value.kind for value in values}) == 1:
            low, value, high = (value.at(ADD) for value in values)
            return Value(f"({low}{'..' if ops[1] is ast.Lt else '..='}{high}).contains(&{values[1].at(ATOM)})", BOOL, "copy")
        pairs = [self.Compare(ast.Compare(a, [op()], [b])) for a, op, b in zip(items, ops, items[1:])]
        return Value(" && ".join(pair.code for pair in pairs), BOOL, "copy", COMPARE)

    def optional(self, node):
        """The Option itself, where a use would take what is inside."""
        node = self.as_attribute(node)
        member = self.member_of(node)
        if member is None:
            return self.whole(node)
        if (key := key_of(node)) in self.narrowed:
            return self.narrowed[key]
        if is_self(node.value):
            return member.optional_value()
        if not member.optional:
            return self.whole(node)
        value = member.optional_value()
        return replace(value, code=value.code.replace("self", self.value(node.value).receiver, 1))

    def as_float(self, value):
        if value.kind == FLOAT:
            return value
        if value.code.lstrip("-").isdigit():
            return replace(value, code=f"{value.code}.0", kind=FLOAT)
        return Value(f"{value.at(ATOM)} as f64", FLOAT, "copy", CAST)

    def BinOp(self, node):
        a, b = self.value(node.left), self.value(node.right)
        if a.kind == TENSOR or b.kind == TENSOR:
            return self.of_tensors(node, node.op, a, b)
        if a.kind.is_number and b.kind.is_number:
            return self.of_numbers(node, a, b)
        if a.kind.name in ("list", "tuple") and isinstance(node.op, ast.Mult) and b.kind == INT:
            if isinstance(node.left, (ast.List, ast.Tuple)) and len(node.left.elts) == 1:
                item = self.value(node.left.elts[0])
                if item.kind == TENSOR and item.form in ("place", "ref"):
                    # A tensor is no Clone, so that vec! does not repeat it.
                    code = f"(0..{b.at(ADD)}).map(|_| {item.receiver}.shallow_clone()).collect::<Vec<_>>()"
                    return Value(code, Kind("list", (TENSOR,)))
                length = b.code if b.code.isdigit() else f"({b.code}) as usize" if b.level < ATOM else f"{b.code} as usize"
                # What counts dimensions is a usize from the beginning.
                length = re.sub(r"^\(\(?(\w+\.dim\(\)) as i64\)?( - \d+)?\) as usize$", r"\1\2", length)
                return Value(f"vec![{item.owned}; {length}]", Kind("list", (item.kind,)))
        if isinstance(node.op, ast.Add) and a.kind.name == b.kind.name == "tuple":
            # `(hidden_states,) + outputs[1:]`
            return self.tuple_of(self.parts_at(node))
        if isinstance(node.op, ast.Add) and {a.kind.name, b.kind.name} <= {"list", "tuple", "Size"} and a.kind.name != b.kind.name:
            # `(x.shape[0],) + (1,) * (x.ndim - 1)`
            a, b = (self.List(part) if isinstance(part, ast.Tuple) else value for part, value in ((node.left, a), (node.right, b)))
            inside = [INT if value.kind == SIZE else value.kind.parts[0] for value in (a, b) if value.kind.name != "tuple"]
            if inside == [INT, INT]:
                parts = [value.code.removeprefix("vec!") if "; " not in value.code else value.code for value in (a, b)]
                parts = [f"&{part}" if value.form == "owned" or value.kind == SIZE else value.ref for part, value in zip(parts, (a, b))]
                return Value(f"[{parts[0]}[..], {parts[1]}].concat()", Kind("list", (INT,)))
        if a.kind.name == "list" and b.kind.name == "list" and isinstance(node.op, ast.Add):
            if a.kind.parts[0] == TENSOR:
                return Value(f"[{a.owned}, {b.owned}].into_iter().flatten().collect::<Vec<_>>()", a.kind)
            return Value(f"[{a.owned}, {b.owned}].concat()", a.kind)
        self.refuse(node, f"is of {a.kind} and {b.kind}")

    def of_numbers(self, node, a, b):
        op = type(node.op)
        if op is ast.Div:
            a, b = self.as_float(a), self.as_float(b)
            return Value(f"{a.at(MULTIPLY)} / {b.at(CAST)}", FLOAT, "copy", MULTIPLY)
        if op is ast.Pow:
            # Rust has to be told of what type a literal is, before its method.
            literal = a.code.replace(".", "").isdigit()
            if a.kind == INT and b.kind == FLOAT:
                a = self.as_float(a)
            a = replace(a, code=f"{a.code}_{'i64' if a.kind == INT else 'f64'}") if literal else a
            if a.kind == INT and b.kind == INT and isinstance(node.right, ast.Constant) and node.right.value >= 0:
                return Value(f"{a.receiver}.pow({b.code})", INT, "copy")
            if a.kind == INT and b.kind == INT and self.kind(node) != FLOAT and not self.is_natural(node.right):
                self.refuse(node, "has an exponent that may be negative", "say for which numbers it is a float")
            if a.kind == INT and b.kind == INT and (self.lowest(node.right) if self.lowest(node.right) is not None else -1) >= 0:
                base = f"{a.code}_i64" if a.code.isdigit() else a.receiver
                length = re.fullmatch(r"([\w.]+\.len\(\)) as i64( [-+] \d+)?", b.code)
                if length:
                    return Value(f"{base}.pow({length[1]} as u32{length[2] or ''})", INT, "copy")
                return Value(f"{base}.pow({b.at(ATOM)} as u32)", INT, "copy")
            if a.kind == FLOAT and b.kind == FLOAT:
                if isinstance(node.right, ast.Constant) and node.right.value == 0.5:
                    return Value(f"{a.receiver}.sqrt()", FLOAT, "copy")
                return Value(f"{a.receiver}.powf({b.code})", FLOAT, "copy")
            if b.kind == INT and (a.kind == FLOAT or self.kind(node) == FLOAT):
                # `2 ** -k` is one of `f64`, too.
                a = self.as_float(self.value(node.left)) if a.kind == INT else a
                base = f"{a.code}_f64" if re.fullmatch(r"[\d.]+", a.code) else a.receiver
                return Value(f"{base}.powf({self.as_float(b).code})", FLOAT, "copy")
            self.refuse(node)
        if a.kind != b.kind:
            a, b = self.as_float(a), self.as_float(b)
        if op in (ast.FloorDiv, ast.Mod):
            if a.kind != INT:
                self.refuse(node, "divides floats downwards")
            if self.is_natural(node.left) and self.is_natural(node.right):
                symbol = "/" if op is ast.FloorDiv else "%"
                return Value(f"{a.at(MULTIPLY)} {symbol} {b.at(CAST)}", INT, "copy", MULTIPLY)
            # The divisor is positive, where this is Python's.
            if not self.is_natural(node.right) and (self.lowest(node.right) or 0) <= 0:
                self.refuse(node, "divides by a number that may be negative")
            return Value(f"{a.receiver}.{'div_euclid' if op is ast.FloorDiv else 'rem_euclid'}({b.code})", INT, "copy")
        symbols = {ast.Add: ("+", ADD), ast.Sub: ("-", ADD), ast.Mult: ("*", MULTIPLY)}
        if op not in symbols:
            self.refuse(node)
        symbol, level = symbols[op]
        return Value(f"{a.at(level)} {symbol} {b.at(level + 1)}", a.kind, "copy", level)

    def of_tensors(self, node, op, a, b):
        op = type(op)
        both = a.kind == TENSOR and b.kind == TENSOR
        for side in (a, b):
            if side.kind != TENSOR and not side.kind.is_number:
                self.refuse(node, f"is of {a.kind} and {b.kind}")
        if op is ast.MatMult:
            return Value(f"{a.receiver}.matmul({b.ref})", TENSOR)
        # A temporary is handed over to what takes a tensor or a number.
        given = [side.operand if side.kind == TENSOR else side.code for side in (a, b)]
        if op is ast.Pow:
            return Value(f"torch::pow({', '.join(given)})", TENSOR)
        if op is ast.FloorDiv and a.kind == TENSOR:
            return Value(f"torch::floor_divide({a.ref}, {given[1]})", TENSOR)
        if op is ast.Mod:
            return Value(f"torch::remainder({', '.join(given)})", TENSOR)
        if a.kind != TENSOR:
            # tch computes a number before a tensor with other last bits.
            if op is ast.Sub:
                return Value(f"torch::rsub({b.ref}, {a.code})", TENSOR)
            if op is ast.Div:
                inverse = f"{b.receiver}.reciprocal()"
                return Value(inverse if a.code in ("1", "1.0") else f"{inverse} * {a.at(CAST)}", TENSOR, "owned", ATOM if a.code in ("1", "1.0") else MULTIPLY)
        symbols = {ast.Add: ("+", ADD), ast.Sub: ("-", ADD), ast.Mult: ("*", MULTIPLY), ast.Div: ("/", MULTIPLY)}
        if op in (ast.BitAnd, ast.BitOr) and both:
            return Value(f"{a.receiver}.{'logical_and' if op is ast.BitAnd else 'logical_or'}({b.ref})", TENSOR)
        if op not in symbols:
            self.refuse(node)
        symbol, level = symbols[op]
        if a.kind != TENSOR:
            # The number behind, as PyTorch computes it: of one before it Rust does not see the type.
            a, b = b, a

        def side(value, least):
            if value.form in ("owned", "copy"):
                return value.at(least)
            return value.ref

        return Value(f"{side(a, level)} {symbol} {side(b, level + 1)}", TENSOR, "owned", level)

    def IfExp(self, node):
        known = self.constant(node.test)
        if known is not None:
            self.program.report.left_out(self.source.place(node), node, known[0])
            return self.value(node.body if known[0] else node.orelse)
        test = self.truth(node.test)
        if test.code in ("true", "false"):
            return self.value(node.body if test.code == "true" else node.orelse)
        a, b = self.value(node.body), self.value(node.orelse)
        kind = kinds.join([a.kind, b.kind])
        if kind.name == "option":
            a, b = (v.code if v.kind == NONE else f"Some({v.owned})" for v in (a, b))
        elif kind == FLOAT:
            a, b = self.as_float(a).code, self.as_float(b).code
        else:
            a, b = a.owned, b.owned
        owned = kind == TENSOR or kind == Kind("option", (TENSOR,))
        if a == b:
            return Value(a, kind, "owned" if owned else "copy", COMPARE)
        return Value(f"if {test.code} {{ {a} }} else {{ {b} }}", kind, "owned" if owned else "copy", COMPARE)

    def Subscript(self, node):
        inside = self.member(source.of_configuration(node)) if source.of_configuration(node) else None
        if inside is not None:
            return inside.value(node)
        of = self.value(node.value)
        if of.kind == TENSOR:
            return Value(f"{of.receiver}.i({self.index(node.slice)})", TENSOR)
        if of.kind.name == "tuple" and isinstance(node.slice, ast.Slice) and of.form != "owned":
            return self.tuple_of(self.parts_at(node))
        if of.kind.name in ("tuple", "named") and isinstance(node.slice, ast.Constant):
            place = node.slice.value % len(of.kind.parts)
            name = names.field(of.kind.cls._fields[place]) if of.kind.name == "named" else place
            kind = of.kind.parts[place]
            # Of what a function returns it may be taken.
            form = "copy" if kind.is_number or kind == BOOL else "owned" if of.form == "owned" and of.code.endswith(")") else "place"
            return Value(f"{of.receiver}.{name}", kind, form)
        if of.kind.name == "dict" and isinstance(node.slice, ast.Constant) and node.slice.value in of.kind.fields:
            kind = of.kind.part(node.slice.value)
            code = f"{of.receiver}.{names.field(node.slice.value)}"
            seen = self.kind(node)
            if kind.name == "option" and seen is not None and seen.name not in ("option", "None"):
                return Value(f"{code}.as_ref().unwrap()", kind.parts[0], "ref")
            return Value(code, kind, "copy" if kind.is_number or kind == BOOL else "place")
        if of.kind in (SIZE,) or of.kind.name in ("list", "module", "Parameters"):
            inside = INT if of.kind == SIZE else of.kind.parts[0] if of.kind.parts else None
            if isinstance(node.slice, ast.Slice):
                if of.kind.name == "module":
                    self.refuse(node, "takes several modules of a list")
                if ast.unparse(node.slice) == "::-1" and inside is not None:
                    copied = "map(Tensor::shallow_clone)" if inside == TENSOR else "cloned()"
                    code = f"{of.receiver}.iter().rev().{copied}.collect::<Vec<_>>()"
                    return Value(code, Kind("list", (inside,)))
                ends = self.slice(node.slice) if of.kind == SIZE else self.places(node.slice, of)
                return Value(f"{of.receiver}[{ends}]", Kind("list", (inside,)), "place")
            index = self.value(node.slice)
            if of.kind == SIZE:
                return Value(f"{of.receiver}[{index.code}]", INT, "copy")
            if isinstance(node.slice, ast.Constant) and self.program.plans.get(of.kind.cls) and index.kind == STR:
                return self.of_module(node, of, node.slice.value)
            if index.kind == STR and of.kind.cls is nn.ModuleDict:
                return Value(f"{of.receiver}[{index.code}]", self.kind(node), "place", ATOM, of.dyn)
            last = re.fullmatch(r"-\d+", index.code)
            if of.kind.name == "module" and last:
                return Value(f"{of.receiver}[{of.receiver}.len() - {index.code[1:]}]", self.kind(node), "place", ATOM, of.dyn)
            if not last and (self.lowest(node.slice) or 0) < 0:
                # Counted from the end, in some calls at least; a loop's number alone does not tell its type.
                index = Value(f"i64::rem_euclid({index.code}, {of.receiver}.len() as i64)", INT, "copy")
            if of.kind.name == "module" and of.dyn:
                code = index.code if index.code.isdigit() else f"{index.at(ATOM)} as usize"
                return Value(f"{of.receiver}[{code}]", self.kind(node), "place", ATOM, of.dyn)
            if last:
                code = f"{of.receiver}.len() - {index.code[1:]}"
                if index.code == "-1" and inside is not None and (inside.is_number or inside == BOOL):
                    return Value(f"*{of.receiver}.last().unwrap()", inside, "copy", UNARY)
                if index.code == "-1":
                    return Value(f"{of.receiver}.last().unwrap()", inside, "ref")
            else:
                code = index.code if index.code.isdigit() else f"{index.at(ATOM)} as usize"
            kind = inside or self.kind(node)
            return Value(f"{of.receiver}[{code}]", kind, "copy" if kind.is_number else "place")
        self.refuse(node, f"takes a part of {of.kind}")

    def slice(self, node):
        ends = [self.value(end) if end else None for end in (node.lower, node.upper)]
        if any(end and end.kind.name in ("option", "None") for end in ends):
            start, stop = ("None" if end is None else end.code for end in ends)
            return f"torch::Slice::new({start}, {stop})"
        start, stop = (end.at(ADD) if end else "" for end in ends)
        if node.step:
            step = self.value(node.step)
            return f"({start}..{stop}).step({step.code})"
        return f"{start}..{stop}"

    def places(self, node, of):
        """`1..parts.len() - 1` of `parts[1:-1]`, a list."""
        if node.step is not None:
            self.refuse(node, "takes a list's items by steps", "write it as a loop")

        def place(end):
            value = self.value(end)
            if re.fullmatch(r"-\d+", value.code):
                return f"{of.receiver}.len() - {value.code[1:]}"
            if value.kind != INT or (self.lowest(end) or 0) < 0:
                self.refuse(node, "begins or ends at a place that may be counted from the end")
            return value.code if value.code.isdigit() else f"{value.at(ATOM)} as usize"

        return "..".join("" if end is None else place(end) for end in (node.lower, node.upper))

    def index(self, node):
        """What stands between the brackets of a tensor."""
        if isinstance(node, ast.Tuple):
            return f"({', '.join(self.index(part) for part in node.elts)}{',' if len(node.elts) == 1 else ''})"
        if isinstance(node, ast.Slice):
            return self.slice(node)
        if isinstance(node, ast.Constant) and node.value is Ellipsis:
            return "Ellipsis"
        if isinstance(node, ast.Constant) and node.value is None:
            return "None"
        value = self.value(node)
        if value.kind == TENSOR:
            return value.operand if value.form == "owned" else value.ref
        if value.kind == INT:
            return value.code
        if value.kind.name == "list" and value.kind.parts[0] == INT:
            return value.code.removeprefix('vec!') if value.code.startswith("vec![") else value.ref
        self.refuse(node, f"is an index of kind {value.kind}")

    def ListComp(self, node):
        if len(node.generators) != 1 or node.generators[0].ifs:
            self.refuse(node, "has a condition or several loops", "write it as a loop")
        generator = node.generators[0]
        old = dict(self.scope)
        self.closures += 1
        pattern, items, by_value = self.loop(generator.target, generator.iter)
        item = self.value(node.elt)
        self.closures -= 1
        self.scope = old
        kind, pattern = Kind("list", (item.kind,)), self.with_unread(pattern, item.owned)
        chain = iterated(items) if by_value == "iterator" else f"{items}.into_iter()" if by_value == "range" else f"{items}.iter()"
        if by_value == "range":
            chain = in_brackets(items)
        return Value(f"{chain}.map(|{pattern}| {item.owned}).collect::<Vec<_>>()", kind)

    GeneratorExp = ListComp

    def DictComp(self, node):
        """`{name: head(x) for name, head in self.heads.items()}`: a struct, since the names are those that `__init__` gave."""
        generator, seen = node.generators[0], self.kind(node)
        call, target = generator.iter, generator.target
        of = call.func.value if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ("items", "keys") else call
        pair = of is not call and call.func.attr == "items"
        heads = self.value(of)
        names_of = {tuple(one) for one in self.modules_of(of, whole=True)} if heads.kind.cls is nn.ModuleDict else ()
        targets = target.elts if pair and isinstance(target, ast.Tuple) else [target]
        known = len(targets) == 1 + pair and all(isinstance(part, ast.Name) for part in targets)
        known = known and len(names_of) == 1 and seen is not None and len(seen.fields) == len(*names_of)
        if not known or len(node.generators) > 1 or generator.ifs:
            self.refuse(node, "is a dictionary whose keys are not known", "make it a struct")
        old, values = dict(self.scope), {}
        for key, name in zip(seen.fields, *names_of):
            self.scope[targets[0].id] = Value(text(name), STR, "ref")
            if pair:
                self.scope[targets[1].id] = Value(f"{heads.receiver}[{text(name)}]", self.element(targets[1], heads), "place", ATOM, heads.dyn)
            values[key] = self.value(node.value)
        self.scope = old
        return self.program.struct_of(self, seen, values)

    def JoinedStr(self, node):
        pieces, values = [], []
        for part in node.values:
            if isinstance(part, ast.Constant):
                pieces.append(part.value.replace("{", "{{").replace("}", "}}"))
            else:
                code, shown, around = self.shown(node, part)
                if code.isidentifier():
                    pieces.append(around.replace("…", f"{{{code}{shown}}}"))
                else:
                    pieces.append(around.replace("…", f"{{{shown}}}"))
                    values.append(code)
        return Value(f"format!({text(''.join(pieces))}{''.join(', ' + v for v in values)})", Kind("String"))

    def shown(self, node, part):
        """What an f-string shows at a place, as Python prints it: an expression, its format, and what stands around it."""
        spec = part.format_spec and "".join(getattr(piece, "value", "?") for piece in part.format_spec.values)
        digits = re.fullmatch(r"0?\.(\d+)f", spec or "")
        of = part.value
        if digits and getattr(getattr(of, "func", None), "id", "") == "round" and len(of.args) == 2 and getattr(of.args[1], "value", None) == int(digits[1]):
            # It is rounded as it is printed.
            of = of.args[0]
        value = self.value(of)
        if digits and value.kind.is_number:
            return self.as_float(value).code, f":.{digits[1]}", "…"
        if spec or part.conversion not in (-1, ord("s")):
            self.refuse(node, "is in a format that is not translated")
        if value.kind in (INT, STR) or value.kind.name == "String":
            return value.code, "", "…"
        if self.complaining and value.kind == FLOAT:
            return value.code, ":?", "…"
        if value.kind == FLOAT:
            return f"nn::python_float({value.code})", "", "…"
        if value.kind == BOOL:
            return f'if {value.code} {{ "True" }} else {{ "False" }}', "", "…"
        if value.kind == SIZE and getattr(getattr(of, "func", None), "id", "") == "tuple":
            return f"nn::python_tuple(&{value.receiver})", "", "…"
        if isinstance(of, ast.Subscript) and isinstance(of.slice, ast.Slice) and self.value(of.value).kind == SIZE:
            return value.ref, ":?", "torch.Size(…)"
        if value.kind == SIZE:
            return value.code, "", "…"
        if value.kind.name in ("list", "tuple") and set(value.kind.parts) <= {INT}:
            is_tuple = value.kind.name == "tuple" or self.is_tuple(of)
            if value.kind.name == "list" and is_tuple:
                return f"nn::python_tuple({value.ref if value.form != 'owned' else f'&{value.receiver}'})", "", "…"
            return value.ref if value.form == "place" and value.code.endswith("]") else value.code, ":?", "…"
        self.refuse(node, f"prints a {value.kind}")

    def is_tuple(self, node):
        """Is a list of Rust's a tuple of Python's?"""
        kind = self.kind(node)
        if kind is not None:
            return kind.name == "tuple"
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self" and self.cls:
            return all(type(getattr(instance, node.attr, None)) is tuple for instance in self.cls.instances)
        return isinstance(node, ast.Tuple) or getattr(getattr(node, "func", None), "id", "") == "tuple"

    # Loops, which comprehensions share with statements.

    def loop(self, target, items):
        """(pattern, what is gone through, how it is): for Rust's `for pattern in …`."""
        call = items if isinstance(items, ast.Call) else None
        name = call.func.id if call and isinstance(call.func, ast.Name) else None
        if name == "range":
            bounds = [self.value(part) for part in call.args]
            self.bind_pattern(target, INT)
            if len(bounds) == 3 and not bounds[2].code.isdigit():
                start, stop, step = bounds
                if not re.fullmatch(r"-\d+", step.code) or not re.fullmatch(r"-?\d+", stop.code):
                    self.refuse(call, f"counts by {step.code}")
                steps = f".step_by({step.code[1:]})" if step.code != "-1" else ""
                return self.pattern(target), f"({int(stop.code) + 1}..={start.at(ADD)}).rev(){steps}", "range"
            code = {1: "0..{0}", 2: "{0}..{1}", 3: "({0}..{1}).step_by({2})"}[len(bounds)]
            return self.pattern(target), code.format(*(b.at(ADD) for b in bounds)), "range"
        if name == "reversed" and isinstance(call.args[0], ast.Call):
            pattern, code, how = self.loop(target, call.args[0])
            return pattern, f"({code}).rev()", "iterator"
        if name == "enumerate" and isinstance(target, ast.Tuple):
            start = call.args[1] if len(call.args) > 1 else next((keyword.value for keyword in call.keywords), ast.Constant(0))
            first = self.value(start).at(ADD)
            self.bind_pattern(target.elts[0], INT)
            inner, code, how = self.loop(target.elts[1], call.args[0])
            code = code.removesuffix(".into_iter()") if how == "iterator" else f"&{code}" if how == "place" else code
            return f"({self.pattern(target.elts[0])}, {inner})", f"({first}..).zip({code})", "iterator"
        if name == "zip" and isinstance(target, ast.Tuple) and len(call.args) == len(target.elts) >= 2:
            parts = [self.loop(part, over) for part, over in zip(target.elts, call.args)]
            pattern, code, how = parts[0]
            code = f"{code}.iter()" if how in ("place", "ref") else in_brackets(code) if how == "range" else iterated(code)
            for part in parts[1:]:
                pattern, code = f"({pattern}, {part[0]})", f"{code}.zip({part[1].removesuffix('.into_iter()') if part[2] != 'place' else f'&{part[1]}'})"
            return pattern, code, "iterator"
        if call and isinstance(call.func, ast.Attribute) and call.func.attr in ("items", "values", "children"):
            of = call.func.value
            value = self.whole_self() if isinstance(of, ast.Name) and of.id == "self" else self.value(of)
            if value.kind.name == "module":
                if call.func.attr == "items" and isinstance(target, ast.Tuple):
                    self.bind(target.elts[0], STR, "ref")
                    self.bind(target.elts[1], self.element(target.elts[1], value), "ref", value.dyn)
                    pattern = ", ".join(self.pattern(part) for part in target.elts)
                    return f"({pattern})", f"{value.receiver}.iter()", "iterator"
                if call.func.attr == "values":
                    self.bind(target, self.element(target, value), "ref", value.dyn)
                    return f"(_, {self.pattern(target)})", f"{value.receiver}.iter()", "iterator"
        if name == "reversed" and len(call.args) == 1:
            pattern, code, how = self.loop(target, call.args[0])
            return pattern, f"{iterated(code)}.rev()" if how == "iterator" else f"{code}.iter().rev()", "iterator"
        if isinstance(items, (ast.Tuple, ast.List)) and isinstance(target, ast.Name):
            found = self.loop_over_items(target, [self.value(part) for part in items.elts])
            if found is not None:
                return found
        listed = self.listed_members(items) if isinstance(target, ast.Name) else None
        if listed is not None:
            found = self.loop_over_items(target, listed)
            if found is not None:
                return found
        if isinstance(items, ast.Subscript) and isinstance(items.slice, ast.Slice) and isinstance(target, ast.Name):
            value = self.value(items.value)
            if value.kind.name == "module":
                self.bind(target, self.element(target, value), "ref", value.dyn)
                return self.pattern(target), self.part_of_modules(items, value), "iterator"
        if isinstance(items, ast.Name) and items.id == "self":
            value = self.whole_self()
        else:
            value = self.value(items)
        if value.kind.name == "module" and isinstance(target, ast.Tuple):
            return self.loop_over_lists(target, items, value)
        how = "ref" if value.form == "ref" else "place"
        if value.kind.name == "module":
            self.bind(target, self.element(target, value), "ref", value.dyn)
            if issubclass(value.kind.cls, nn.Sequential):
                return self.pattern(target), f"{value.receiver}.iter()", "iterator"
            return self.pattern(target), value.receiver, how
        if value.kind == TENSOR and isinstance(target, ast.Name):
            # Its rows.
            self.bind_pattern(target, TENSOR, "place")
            return self.pattern(target), f"torch::unbind({value.ref}).into_iter()", "iterator"
        if value.kind == SIZE:
            value = replace(value, kind=Kind("list", (INT,)), form="place")
        if value.kind.name == "tuple" and isinstance(items, ast.Name):
            value = replace(value, kind=Kind("list", (kinds.join(value.kind.parts),)))
        if value.kind.name == "list":
            if value.kind.parts[0].is_number:
                self.bind(target, value.kind.parts[0], "copy")
                return f"&{self.pattern(target)}", value.receiver, how
            if value.kind.parts[0] == STR and value.code.startswith("self."):
                # Those that a model holds are literals.
                self.bind(target, STR, "ref")
                return f"&{self.pattern(target)}", value.receiver, how
            self.bind_pattern(target, value.kind.parts[0], "ref")
            return self.pattern(target), value.receiver, how
        self.refuse(items, f"goes through {value.kind}")

    def listed_members(self, node):
        """The members in a plain list of modules, each of which is one by `add_module` as well; or None."""
        if not isinstance(node, ast.Attribute) or getattr(node.value, "id", "") != "self" or not self.cls or self.member(node.attr) is not None:
            return None
        found = set()
        for instance in self.cls.instances:
            held = getattr(instance, node.attr, None)
            by_module = {id(module): name for name, module in instance._modules.items()}
            if not isinstance(held, (list, tuple)) or not all(id(part) in by_module for part in held):
                return None
            found.add(tuple(by_module[id(part)] for part in held))
        members = [self.member(name) for name in found.pop()] if len(found) == 1 else [None]
        return [member.value(node) for member in members] if all(members) else None

    def part_of_modules(self, node, of):
        """`layers[1:-1]` of a list of modules, gone through."""
        ends = [part and self.value(part).code for part in (node.slice.lower, node.slice.upper, node.slice.step)]
        start, stop, step = ends
        code = f"{of.receiver}.iter()"
        if step == "-1" and start is stop is None:
            return f"{code}.rev()"
        if step is not None and not step.isdigit():
            self.refuse(node, f"goes through modules by {step}")

        def count(end, part):
            back = re.fullmatch(r"-(\d+)", end)
            if back:
                # Of fewer modules none is left.
                return f"{of.receiver}.len().saturating_sub({back[1]})"
            if (self.lowest(part) or 0) < 0 or self.lowest(part) is None and not end.isdigit():
                self.refuse(part, "may be counted from the end")
            return end if end.isdigit() else f"({end}) as usize" if " " in end else f"{end} as usize"

        code += f".take({count(stop, node.slice.upper)})" if stop is not None else ""
        code += f".skip({count(start, node.slice.lower)})" if start is not None else ""
        return code + (f".step_by({step})" if step is not None else "")

    def loop_over_items(self, target, parts):
        """`for layer in (self.layer1, self.layer2)`, and of tensors, numbers, truth values and texts."""
        kind = kinds.join(part.kind for part in parts)
        if kind == TENSOR:
            self.bind(target, TENSOR, "ref")
            return self.pattern(target), f"[{', '.join(part.ref for part in parts)}]", "iterator"
        if kind.is_number or kind == BOOL:
            codes = [self.as_float(part).code if kind == FLOAT else part.code for part in parts]
            self.bind(target, kind, "copy")
            return self.pattern(target), f"[{', '.join(codes)}]", "iterator"
        if kind == STR:
            self.bind(target, STR, "ref")
            return self.pattern(target), f"[{', '.join(part.code for part in parts)}]", "iterator"
        one = all(part.kind.name == "module" and not part.dyn for part in parts)
        if one and parts and not any(issubclass(part.kind.cls, (nn.ModuleList, nn.ModuleDict)) for part in parts):
            same = len({part.kind.cls for part in parts}) == 1
            if same or all(self.program.maps(part.kind.cls) for part in parts):
                refs = [part.ref for part in parts]
                refs[0] += "" if same else " as &dyn Forward"
                self.bind(target, kind, "ref", "" if same else "Forward")
                return self.pattern(target), f"[{', '.join(refs)}]", "iterator"
        return None

    def loop_over_lists(self, target, items, value):
        """`for attn, ff in self.layers`, whose items are lists of modules."""
        seen = [self.kind_of_target(part) for part in target.elts]
        if self.closures or any(kind is None or kind.name != "module" for kind in seen):
            self.refuse(items, "goes through lists of modules")
        name = "layer" if "layer" not in self.scope else "pair"
        of = {self.program.type_of(self.program.describe(item)) for item in self.modules_of(items)}
        dyn = next((trait for trait in ("Forward", "Module") if any(f"dyn {trait}" in type_ for type_ in of)), "")
        for part, kind in zip(target.elts, seen):
            self.bind(part, kind, "ref", dyn)
        parts = ", ".join(f"&{name}[{place}]" for place in range(len(target.elts)))
        self.parts = [f"let ({', '.join(map(self.pattern, target.elts))}) = ({parts});"]
        return name, value.receiver, "place"

    def modules_of(self, node, whole=False):
        """What stands in the list `self.layers`, in all instances; or the lists themselves."""
        if not (isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self" and self.cls):
            self.refuse(node, "goes through lists of modules")
        lists = [getattr(instance, node.attr) for instance in self.cls.instances]
        return lists if whole else [item for one in lists for item in one]

    def whole_self(self):
        base = self.cls and self.cls.base_member()
        if base is None:
            raise Untranslated(self.source.node, "goes through the module itself")
        return base.value(None)

    def element(self, target, of):
        """The kind of a list's modules: they are of one class where the list is not of `dyn`."""
        return self.kind_of_target(target) or Kind("module", (), nn.Module)

    def kind_of_target(self, target, lines=range(sys.maxsize)):
        """From the places where the name is read, in these lines."""
        found = []
        for node in self.source.expressions:
            if isinstance(node, ast.Name) and node.id == target.id and isinstance(node.ctx, ast.Load) and node.lineno in lines:
                if self.kind(node) is not None:
                    found.append(self.kind(node))
        return kinds.join(found) if found else None

    def bind(self, target, kind, form, dyn=""):
        self.scope[target.id] = Value(self.name(target.id), kind, form, ATOM, dyn)

    def bind_pattern(self, target, kind, form="copy"):
        if isinstance(target, ast.Name):
            form = "copy" if kind.is_number or kind == BOOL else form
            self.bind(target, kind, form)
        elif kind.name == "tuple" and len(kind.parts) == len(target.elts):
            for part, inside in zip(target.elts, kind.parts):
                self.bind_pattern(part, inside, form)
        else:
            self.refuse(target, f"is bound to {kind}")

    def is_read(self, name):
        return any(
            isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) for node in self.source.expressions
        )

    def name(self, name):
        return variable(self.source, name)

    @staticmethod
    def with_unread(pattern, body):
        """A loop's variables, those marked that are read in what was left out alone."""
        unread = lambda name: name[0] if re.search(rf"(?<!\w)(?<![^.]\.){name[0]}\b", body) else f"_{name[0]}"
        return re.sub(r"\b(?!mut\b|_)[a-z]\w*", unread, pattern)

    def pattern(self, target):
        if isinstance(target, ast.Tuple):
            return f"({', '.join(map(self.pattern, target.elts))})"
        name = self.name(target.id)
        return name if self.is_read(target.id) or name.startswith("_") else f"_{name}"
