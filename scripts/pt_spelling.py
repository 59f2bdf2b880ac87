"""An object in one line, to be compared with what Rust reads: its twin is `tests/spelling`."""

import collections
import hashlib

import torch


class Opaque:
    """What Rust makes of a class that it does not know; `...` is a cycle."""

    def __init__(self, path, made=(), new=None, called=None, keywords=None, state=None, items=(), entries=None):
        self.path, self.made = path, made
        self.new, self.called, self.keywords = new, called, keywords or {}
        self.state, self.items, self.entries = state, items, entries or {}


def spelled(value):
    match value:
        case None | bool():
            return str(value)
        case int():
            return str(value)
        case float():
            return "f:" + value_bits(value)
        case complex():
            return f"c:{value_bits(value.real)},{value_bits(value.imag)}"
        case str():
            return "s:" + value.encode().hex()
        case bytes():
            return "b:" + value.hex()
        case bytearray():
            return "ba:" + value.hex()
        case torch.dtype():
            return f"dtype:{value}"
        case torch.device():
            return f"device:{value}"
        case torch.Tensor():
            return tensor(value.detach())
        case torch.storage.TypedStorage():
            return tensor(torch.tensor([], dtype=value.dtype).set_(value))
        case torch.storage.UntypedStorage():
            return tensor(torch.tensor([], dtype=torch.uint8).set_(value))
        case list():
            return "[" + ",".join(map(spelled, value)) + "]"
        case tuple():
            return "(" + ",".join(map(spelled, value)) + ")"
        case set():
            return "{" + ",".join(sorted(map(spelled, value))) + "}"
        case collections.Counter():
            return "Counter" + entries(value)
        case dict():
            return entries(value)
        case Opaque():
            return opaque(value)
    raise TypeError(f"{type(value)} cannot be spelled")


def value_bits(number):
    return torch.tensor(number, dtype=torch.float64).view(torch.int64).item().__format__("d")


def entries(dictionary):
    return "{" + ",".join(f"{spelled(key)}={spelled(value)}" for key, value in dictionary.items()) + "}"


def opaque(value):
    if value.path == "...":
        return "..."
    if value.made is None:
        return f"<{value.path}>"
    made = "called" if value.called is not None else "new"
    arguments = value.called if value.called is not None else value.new
    state = "-" if value.state is None else spelled(value.state)
    parts = [spelled(tuple(arguments)), spelled(value.keywords), state, spelled(list(value.items)), spelled(value.entries)]
    return f"<{value.path} {made} {' '.join(parts)}>"


def tensor(value):
    dtype = str(value.dtype).removeprefix("torch.")
    if value.is_nested:
        return "nested[" + ",".join(tensor(part) for part in value.unbind()) + "]"
    size = "x".join(map(str, value.shape))
    if value.is_meta:
        return f"meta {dtype} {size}"
    if value.is_sparse or value.layout in (torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc):
        return f"{value.layout} {tensor(value.to_dense())}"
    if value.is_quantized:
        return f"{dtype} {tensor(value.int_repr())} {tensor(value.dequantize())}"
    value = value.resolve_conj().resolve_neg().contiguous()
    numbers = value.flatten().view(torch.uint8) if value.numel() else torch.zeros(0, dtype=torch.uint8)
    data = numbers.numpy().tobytes()
    return f"{dtype} {size} {data.hex() if len(data) <= 64 else hashlib.md5(data).hexdigest()}"
