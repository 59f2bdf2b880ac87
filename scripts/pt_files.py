"""The `.pt` files that `tests/integration/pt_files.rs` reads, and what is in them.

    .venv/bin/python scripts/pt_files.py

writes `tests/fixtures/pt`: files of every form that `torch.load` takes, and of some that it does
not, with `expected.txt`, a line for each: its name, and its object spelled as `spelled` does here and
its twin does in Rust. What is not of PyTorch's is expected by hand.
"""

import _compat_pickle
import argparse
import collections
import io
import pathlib
import pickle
import shutil
import struct
import warnings
import zipfile
from unittest import mock

import numpy
import torch
from torch import nn

from pt_spelling import Opaque, spelled

FOLDER = pathlib.Path(__file__).parent.parent / "tests/fixtures/pt"

# A name, the bytes of the file, and what is expected of it.
FILES = {}


def saved(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


def add(name, value, expected=None, data=None, **options):
    assert name not in FILES
    FILES[name] = (data or saved(value, **options), value if expected is None else expected)


def rezipped(data, method, folder=None, extra=()):
    """The same archive, written by Python's zipfile, with the fields of zip64."""
    old, file = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as new:
        for name in extra:
            new.writestr(name, b"\0\1\2")
        for entry in old.infolist():
            name = entry.filename if folder is None else folder + entry.filename.split("/", 1)[1]
            about = zipfile.ZipInfo(name)
            about.compress_type = method
            with new.open(about, "w", force_zip64=True) as out:
                out.write(old.read(entry))
    return file.getvalue()


def big_endian(data):
    """The archive as a machine of the other byte order would have written it; of float32 alone."""
    old, file = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(file, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("byteorder"):
                content = b"big"
            if "/data/" in entry.filename:
                content = numpy.frombuffer(content, "<f4").astype(">f4").tobytes()
            new.writestr(entry.filename, content)
    return file.getvalue()


def with_pickle(program, storages=()):
    """An archive of this pickle."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x/data.pkl", program)
        for i, storage in enumerate(storages):
            archive.writestr(f"x/data/{i}", storage)
    return file.getvalue()


def legacy(value, **options):
    """The old format, which keeps the source of a module's class and where it lies: here a word each."""
    source = mock.patch("torch.serialization.get_source_lines_and_file", lambda _: (["class"], 0, "file"))
    with source:
        return saved(value, _use_new_zipfile_serialization=False, **options)


def python_2(value_pickle, keys, storages):
    """The old format as Python 2 wrote it: texts are SHORT_BINSTRING."""
    head = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2)
    system = pickle.dumps({"protocol_version": 1001, "little_endian": True}, 2)
    body = b"".join(struct.pack("<q", count) + data for count, data in storages)
    return head + system + value_pickle + pickle.dumps(keys, 2) + body


def short(text):
    return b"U" + bytes([len(text)]) + text.encode()


torch.manual_seed(0)
A = torch.randn(4, 3)

# ---- numbers, texts, and what they stand in ----
add("set", {"s": {1, 2}})
add("set_empty", {"s": set()})
add("set_of_texts_and_tuples", {"s": {"a", (1, "b")}})
add("frozenset", {"s": frozenset([1])}, {"s": Opaque("builtins.frozenset", called=[[1]])})
add("key_tuple", {(1, 2): 3})
add("keys", {None: 1, True: 2, 2.5: 3, b"b": 4, (1, ("x", None)): 5, -7: 6, torch.float16: 7})
add("complex", {"c": 1 + 2j})
add("complex_nan", [complex(float("inf"), float("-inf")), complex(-0.0, 0.5)])
add("device", {"d": torch.device("cpu")})
add("devices", [torch.device("cuda", 1), torch.device("meta"), torch.device("cuda")])
add("dtype_obj", {"d": torch.float32})
add("dtypes", [torch.uint16, torch.float8_e8m0fnu, torch.complex32, torch.qint8, torch.bool])
add("bytes", [b"", b"ab\xff\x00", bytearray(), bytearray(b"\x80z")])
add("big_ints", [1 << 63, -(1 << 63), -(1 << 63) - 1, 1 << 400, -(1 << 400), (1 << 63) - 1, 255, 256])
add("long4", 1 << 3000)
add("texts", ["", "a'b", 'a"b', "a\nb\\", "Ünïcode 🔥", "x" * 300])
add("size", torch.Size([2, 3]), (2, 3))
add("ordered", collections.OrderedDict([("b", 1), ("a", 2)]), {"b": 1, "a": 2})
add("counter", collections.Counter("aab"))
add("floats", [0.1, -0.0, float("inf"), 1e300, 5e-324])
add("nested_tuples", ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)))


def nested(depth):
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


add("deep150", nested(150))
add("deep300", nested(300))
shared = [1, 2]
add("shared_list", [shared, shared, shared])
add("shared_text", ["t" * 40] * 1439)
add("shared_labels", [f"label {i % 10}" for i in range(10)] * 197)
labels = [f"label {i}" for i in range(10)]
add("labels", [labels[i % 10] for i in range(1979)])
numbers = list(range(100))
add("shared_numbers", [numbers] * 54)
cyclic = [1]
cyclic.append(cyclic)
add("cycle", cyclic, [1, Opaque("...")])

for protocol in range(6):
    everything = {"t": A, "n": [None, True, False, 3, -3, 70000, 1 << 40, 1 << 80, 0.5], "s": ("é", b"\xff")}
    if protocol == 0:
        # It names storages by texts, which Python itself does not read.
        del everything["t"]
    add(f"protocol_{protocol}", everything, pickle_protocol=protocol)
    add(f"legacy_protocol_{protocol}", everything, data=legacy(everything, pickle_protocol=protocol))

# ---- tensors ----
KINDS = """uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128 bool complex32
    uint16 uint32 uint64 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu""".split()
for kind in KINDS:
    dtype = getattr(torch, kind)
    a = torch.tensor([0.0, 1.0, 1.0]).to(dtype)
    add(f"dt_{kind}", {"a": a, "view": a[1:]})
for kind in "bits8 bits16 bits1x8 bits2x4 bits4x2".split():
    add(f"dt_{kind}", {"a": torch.arange(8, dtype=torch.uint8).view(getattr(torch, kind))})
add("float4", {"a": torch.tensor([1, 2], dtype=torch.uint8).view(torch.float4_e2m1fn_x2)})
add("empty", [torch.zeros(0, 3), torch.zeros(2, 0, dtype=torch.int64), torch.zeros(0, dtype=torch.uint32)])
add("scalar", [torch.tensor(3.5), torch.tensor(True)])
base = torch.arange(12.0).view(3, 4)
add("views", {"base": base, "turned": base.t(), "part": base[1:, 1:3], "expanded": base[0].expand(5, 4)})
channels_last = torch.randn(2, 3, 2, 2).to(memory_format=torch.channels_last)
add("channels_last", channels_last)
z = torch.tensor([1 + 2j, 3 - 4j])
add("conjugate", [z, z.conj()])
add("negative", [z.conj().imag])
add("requires_grad", [torch.ones(2, requires_grad=True), nn.Parameter(torch.ones(2), requires_grad=False)])
tagged = nn.Parameter(A.clone())
tagged.tag = 1
add("param_attr", {"p": tagged})
attributed = A.clone()
attributed.note = "here"
add("tensor_attr", attributed)
buffer = nn.Buffer(torch.ones(2))
add("buffer", buffer)
with torch.serialization.skip_data():
    add("skip_data", {"a": A}, {"a": torch.zeros(4, 3)})
torch.serialization.set_crc32_options(False)
add("without_crc", {"a": A})
torch.serialization.set_crc32_options(True)
eye = torch.eye(3)
add("sparse_coo", {"a": eye.to_sparse()})
add("sparse_uncoalesced", torch.sparse_coo_tensor([[0, 0], [1, 1]], [1.0, 2.0], (2, 2)))
warnings.simplefilter("ignore")
add("sparse_csr", eye.to_sparse_csr())
add("sparse_csc", eye.to_sparse_csc())
add("sparse_bsr", torch.eye(4).to_sparse_bsr((2, 2)))
add("sparse_bsc", torch.eye(4).to_sparse_bsc((2, 2)))
add("quantized", [
    torch.quantize_per_tensor(A, 0.1, 10, torch.quint8),
    torch.quantize_per_tensor(A, 0.1, 0, torch.qint8).t(),
    torch.quantize_per_tensor(A, 0.1, 0, torch.qint32),
    torch.quantize_per_channel(A, torch.tensor([0.1, 0.2, 0.3]), torch.tensor([0, 1, 2]), 1, torch.qint8),
])
bits = [
    torch.quantize_per_channel(A, torch.full((4,), 0.1), torch.full((4,), 3.0), 0, kind)
    for kind in (torch.quint4x2, torch.quint2x4)
]
add("quantized_4_bits", [*bits, torch.quantize_per_tensor(A, 0.1, 3, torch.quint4x2)])
add("nested", torch.nested.nested_tensor([torch.ones(2, 3), torch.arange(4.0).view(1, 4)]))
add("meta", [torch.empty(2, 3, device="meta"), torch.empty(4, dtype=torch.uint16, device="meta")])
add("storage", [A.storage()], [A.flatten()])
add("untyped_storage", [A.untyped_storage()], [A.flatten().view(torch.uint8)])
add("empty_state", {})

# ---- archives ----
packed = {"a": A, "zeros": torch.zeros(5000)}
add("deflated", packed, data=rezipped(saved(packed), zipfile.ZIP_DEFLATED))
plain = saved({"a": A})
add("zip64", {"a": A}, data=rezipped(plain, zipfile.ZIP_STORED))
others = ["__MACOSX/some/._data.pkl"]
add("rezipped_elsewhere", {"a": A}, data=rezipped(plain, zipfile.ZIP_STORED, "some/where/", others))
add("rezipped_flat", {"a": A}, data=rezipped(plain, zipfile.ZIP_STORED, ""))
add("big_endian", {"a": A}, data=big_endian(plain))

# ---- the format from before PyTorch 1.6 ----
add("legacy", {"a": A}, data=legacy({"a": A}))
model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
checkpoint = {"m": model.state_dict(), "epoch": 3, "lr": 0.1, "half": A.half(), "ids": torch.arange(5), "none": None}
add("legacy_ckpt", checkpoint, data=legacy(checkpoint))
views = {"base": base, "turned": base.t(), "part": base[1:, 1:3]}
add("legacy_views", views, data=legacy(views))
add("legacy_sparse", eye.to_sparse(), data=legacy(eye.to_sparse()))
bytes_of_a = torch.quantize_per_tensor(A, 0.1, 10, torch.quint8)
add("legacy_quantized", bytes_of_a, data=legacy(bytes_of_a))
add("legacy_conjugate", z.conj(), data=legacy(z.conj()))
add("legacy_storage", A.flatten(), data=legacy(A.storage()))
add("legacy_fp8", A.to(torch.float8_e5m2), data=legacy(A.to(torch.float8_e5m2)))
add("legacy_empty", [torch.zeros(0, 3), A], data=legacy([torch.zeros(0, 3), A]))
add("legacy_nothing", [1, "a"], data=legacy([1, "a"]))
# {"w": tensor} by torch._utils._rebuild_tensor(storage, 0, (2,), (1,)), an OrderedDict of pairs, texts of
# Python 2, and views of a storage.
storage = b"((" + short("storage") + b"ctorch\nFloatStorage\n" + short("7") + short("cpu") + b"K\x04%stQ"
plain = b"ctorch._utils\n_rebuild_tensor\n" + storage.replace(b"((", b"((", 1) % b"N" + b"K\x01K\x02\x85K\x01\x85tR"
seen = b"ctorch._utils\n_rebuild_tensor\n" + storage % (b"(" + short("8") + b"K\x02K\x02t") + b"K\x00K\x02\x85K\x01\x85tR"
program = b"\x80\x02ccollections\nOrderedDict\n(](](" + short("w") + plain + b"e](" + short("v") + seen + b"eetR."
four = struct.pack("<4f", 1, 2, 3, 4)
add("python_2", None, {"w": torch.tensor([2.0, 3.0]), "v": torch.tensor([3.0, 4.0])}, data=python_2(program, ["7"], [(4, four)]))
# torch.FloatTensor made by NEWOBJ, whose state is (storage, offset, size, stride).
old = b"\x80\x02}" + short("w") + b"ctorch\nFloatTensor\n)\x81(" + storage[1:] % b"N" + b"K\x00K\x04\x85K\x01\x85tbs."
add("new_tensor", None, {"w": torch.tensor([1.0, 2.0, 3.0, 4.0])}, data=python_2(old, ["7"], [(4, four)]))

# ---- what is not PyTorch's ----
def attributes(module):
    """A module's state, as its pickle has it."""
    return {
        key: {name: attributes_or_value(value) for name, value in group.items()} if isinstance(group, dict) else group
        for key, group in module.__dict__.items()
    }


def attributes_or_value(value):
    if isinstance(value, nn.Module):
        return Opaque(f"{type(value).__module__}.{type(value).__name__}", new=[], state=attributes(value))
    return value


add("namespace", {"args": argparse.Namespace(lr=0.1)}, {"args": Opaque("argparse.Namespace", new=[], state={"lr": 0.1})})
F4 = Opaque("numpy.dtype", called=["f4", False, True], state=(3, "<", None, None, None, -1, -1, 0))
F8 = Opaque("numpy.dtype", called=["f8", False, True], state=(3, "<", None, None, None, -1, -1, 0))
add(
    "np_scalar",
    {"loss": numpy.float32(1.5), "acc": numpy.float64(0.25), "a": A},
    {
        "loss": Opaque("numpy._core.multiarray.scalar", called=[F4, struct.pack("<f", 1.5)]),
        "acc": Opaque("numpy._core.multiarray.scalar", called=[F8, struct.pack("<d", 0.25)]),
        "a": A,
    },
)
add("module", model, attributes_or_value(model))
add("legacy_module", model, attributes_or_value(model), data=legacy(model))
add("path", {"p": pathlib.PurePosixPath("a/b"), "a": A}, {"p": Opaque("pathlib.PurePosixPath", called=["a", "b"]), "a": A})
add(
    "default_dict",
    collections.defaultdict(list, {"a": [1]}),
    Opaque("collections.defaultdict", called=[Opaque("builtins.list", made=None)], entries={"a": [1]}),
)


def by_hand(name, expected, program):
    """An archive of a pickle that no class of ours would write."""
    add(name, None, expected, data=with_pickle(program))


RELU = Opaque("torch.nn.functional.relu", made=None)
CALLED = {"called": [2], "entries": {"function": Opaque("a.B", called=[1])}}
by_hand("function", [RELU], b"\x80\x02](ctorch.nn.functional\nrelu\ne.")
by_hand("inner_class", Opaque("a.B.C", new=[]), b"\x80\x02c__builtin__\ngetattr\nca\nB\nX\x01\0\0\0C\x86R)\x81.")
by_hand("keywords", Opaque("a.B", new=[1], keywords={"k": 2}), b"\x80\x04ca\nB\nK\x01\x85}\x8c\x01kK\x02s\x92.")
by_hand("call_of_a_call", Opaque(".__call__", **CALLED), b"\x80\x02ca\nB\nK\x01\x85RK\x02\x85R.")
by_hand("list_class", Opaque("a.L", new=[], items=[1, 2]), b"\x80\x02ca\nL\n)\x81(K\x01K\x02e.")
by_hand(
    "recursive_object",
    Opaque("a.B", new=[], state={"self": Opaque("...")}),
    b"\x80\x02ca\nB\n)\x81q\x00}X\x04\0\0\0selfh\x00sb.",
)
by_hand(
    "reconstructor",
    Opaque("a.B", new=[], state={"x": 1}),
    b"ccopy_reg\n_reconstructor\n(ca\nB\nc__builtin__\nobject\nNtR(dS'x'\nI1\nsb.",
)
# What Python 2 called otherwise, as Python 3 renames it; from protocol 3 on nothing is.
modules = [((module, "name"), (new, "name")) for module, new in _compat_pickle.IMPORT_MAPPING.items()]
renamed = [*_compat_pickle.NAME_MAPPING.items(), *modules]
globals_of_2 = b"".join(f"c{module}\n{name}\n".encode() for (module, name), _ in renamed)
by_hand("names_of_python_2", [Opaque(".".join(new), made=None) for _, new in renamed], b"\x80\x02](" + globals_of_2 + b"e.")
by_hand("names_of_python_3", [Opaque(".".join(old), made=None) for old, _ in renamed], b"\x80\x03](" + globals_of_2 + b"e.")
add("range", range(3), Opaque("builtins.range", called=[0, 3, 1]))
old_norm = nn.Linear(2, 3)
nn.utils.weight_norm(old_norm)
add("weight_norm_old", old_norm.state_dict())

if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    lines = []
    for name, (data, expected) in sorted(FILES.items()):
        (FOLDER / f"{name}.pt").write_bytes(data)
        lines.append(f"{name}\t{spelled(expected)}\n")
        # Python agrees, where it reads the file at all.
        try:
            loaded = torch.load(io.BytesIO(data), weights_only=True, map_location="cpu")
        except Exception as error:
            print(f"{name}: by hand, since Python says {str(error).splitlines()[0][:60]}")
        else:
            if name not in ("cycle", "skip_data") and spelled(loaded) != spelled(expected):
                print(f"{name}: Python has\n{spelled(loaded)[:300]}\n{spelled(expected)[:300]}")
    (FOLDER / "expected.txt").write_text("".join(lines))
    print(f"{len(lines)} files")
