"""Many published models through the tool, one after the other: `scripts/port --gallery`.

Each is ported in a process of its own, compiled, run against Python, and its files are deleted. What
came of it stands in `target/port/gallery.json`, so that a run goes on where the last one stopped; a
change of the tool makes all of it anew.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from . import check, command, crate

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", crate.ROOT / "target")).resolve() / "port"
# The first that a model takes, in training and in evaluation mode; odd, so that rounding shows.
SIZES = (33, 64, 96, 224, 299)
COLUMNS = ("model", "input", "parameters", "lines", "port", "compile", "same bits")


@dataclass
class Entry:
    """A model: its factory, and what it is called with."""

    name: str
    factory: str
    args: dict = field(default_factory=dict)
    # None: 2,3,S,S with the first S of SIZES that the model takes.
    input: list | None = None
    # Of the package index, as pip writes them; the first is the one that the model is of.
    packages: tuple = ()


def torchvision():
    import torchvision

    names = torchvision.models.list_models(module=torchvision.models)
    return [Entry(name, f"torchvision.models:{name}") for name in names]


PACKAGES = []


def digest():
    """Of the tool itself."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.name != "gallery.py")).hexdigest()[:12]


def folder_of(packages):
    """Where these are installed, beside the project's own environment."""
    folder = TARGET / "packages" / "+".join(name.replace("==", "-") for name in packages)
    if not folder.exists():
        beside = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(beside, ignore_errors=True)
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(beside), *packages], check=True
        )
        beside.rename(folder)
    return folder


def size_of(model):
    """The first size of SIZES that the model takes."""
    for size in SIZES:
        try:
            with torch.no_grad():
                for training in (True, False):
                    model.train(training)(torch.randn(2, 3, size, size))
        except (RuntimeError, AssertionError, ValueError):
            continue
        return size
    raise command.Failed(f"takes none of the sizes {SIZES}")


def port(entry, out, row):
    """In a process of its own: writes the files, and what can be said of them."""
    if entry.packages:
        sys.path.insert(0, str(folder_of(entry.packages)))
    torch.set_num_threads(1)
    words = [entry.factory, "--out", str(out), "--args", json.dumps(entry.args)]
    options = command.arguments(words)
    if entry.input is None:
        size = size_of(command.make(options))
        row["input"] = f"2,3,{size},{size}"
    else:
        row["input"] = " ".join(entry.input)
    options = command.arguments([*words, "--input", *row["input"].split()])
    began = time.monotonic()
    report = command.port(options)
    row |= {"port": time.monotonic() - began, "lines": out.read_text().count("\n"), "todos": report.todos}
    row["parameters"] = parameters(out.with_suffix(".safetensors"))


def parameters(file):
    """How many numbers the weights are."""
    from safetensors import safe_open

    count = 0
    with safe_open(file, "pt") as tensors:
        for name in tensors.keys():
            number = 1
            for size in tensors.get_slice(name).get_shape():
                number *= size
            count += number
    return count


def child(entry, out, pipe):
    row = {}
    try:
        port(entry, out, row)
    except command.Failed as failed:
        row["failed"] = str(failed)
    except Exception as error:
        row["failed"] = f"{command.where(error)}{type(error).__name__}: {error}"
    pipe.send(row)


def made(entry):
    """The row of one model. Nothing of it stays on the disk."""
    folder = TARGET / "gallery"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    out = folder / "model.rs"
    # A copy of this process, which has the tool as it was at the beginning, and no threads yet.
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(False)
    process = context.Process(target=child, args=(entry, out, theirs))
    process.start()
    theirs.close()
    try:
        row = ours.recv()
    except EOFError:
        row = {"failed": "the process died: out of memory?"}
    process.join()
    if "failed" not in row and row["todos"]:
        row["failed"] = "; ".join(row["todos"])
    if "failed" not in row:
        fine, told, times = check.check(folder, "model")
        row |= times
        if not fine:
            row["failed"] = told[-3000:]
    shutil.rmtree(folder)
    return row


def table(rows):
    """As Markdown."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    for name, row in rows:
        seconds = lambda key: f"{row[key]:.1f} s" if key in row else ""
        count = row.get("parameters")
        millions = "" if count is None else f"{count / 1e6:.1f} M" if count >= 1e5 else f"{count / 1e3:.1f} k"
        cells = [
            f"`{name}`", f"`{row.get('input', '')}`", millions, str(row.get("lines", "")), seconds("port"), seconds("compile"),
            "no" if "failed" in row else "yes",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(given):
    parser = argparse.ArgumentParser(prog="scripts/port --gallery", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="MODEL", help="these alone, of torchvision's and of the packages'")
    parser.add_argument("--packages", action="store_true", help="models of other packages, not torchvision's")
    parser.add_argument("--again", action="store_true", help="what failed is tried again")
    options = parser.parse_args(given)
    entries = PACKAGES if options.packages else torchvision()
    if options.only:
        entries = [entry for entry in torchvision() + PACKAGES if entry.name in options.only]
    kept = TARGET / "gallery.json"
    known = json.loads(kept.read_text()) if kept.exists() else {}
    ours, rows = digest(), []
    for entry in entries:
        key = json.dumps([ours, torch.__version__, asdict(entry)])
        row = known.get(entry.name, {})
        if row.get("key") != key or options.again and "failed" in row:
            row = made(entry) | {"key": key}
            # Another run may have written in the meantime.
            known = (json.loads(kept.read_text()) if kept.exists() else {}) | {entry.name: row}
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.with_suffix(".new").write_text(json.dumps(known, indent=1))
            kept.with_suffix(".new").replace(kept)
            print(f"{entry.name}: {row.get('failed', 'the same bits as Python')}", file=sys.stderr, flush=True)
        rows.append((entry.name, row))
    print(table(rows))
    return command.FAILED if any("failed" in row for _, row in rows) else command.DONE
