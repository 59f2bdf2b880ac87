"""The command line."""

import argparse
import contextlib
import importlib
import io
import json
import os
import pickle
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import nn

from . import check, draws, export, groups, names, program, record, reference
from .report import Report, Untranslated

DONE, FAILED, TODO = 0, 1, 3


def arguments(given):
    parser = argparse.ArgumentParser(
        prog="scripts/port",
        description="Write the Rust of a PyTorch module, a test of it, its weights, and a report of what it could not "
        "translate. Exit code 0: all was translated; 3: a todo! stands where something was not; 1: nothing was written.",
    )
    parser.add_argument("factory", metavar="MODULE:FACTORY", help="a class or a function that returns an nn.Module")
    parser.add_argument("--args", default="{}", metavar="JSON", help="its arguments: an object by name, or a list by place")
    parser.add_argument(
        "--input", action="append", default=[], metavar="SHAPE", nargs="+",
        help="the sizes of an input of random numbers, 1,3,224,224; of whole numbers below 10, 10:2,7; of truth "
        "values, bool:2,7; what is given by name, mask=bool:2,7; a dictionary's by name and key, batch.mask=bool:2,7",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="model.rs", help="the file to write")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="the model's state dictionary: of safetensors or torch.save")
    parser.add_argument("--seed", type=int, default=0, help="of the weights and the inputs")
    parser.add_argument("--with-comments", action="store_true", help="carry Python's comments and docstrings over: they belong to whoever wrote them")
    parser.add_argument(
        "--export", action=argparse.BooleanOptionalAction,
        help="say on the screen whether torch.export's program computes the same, too; the report says it unless --no-export",
    )
    parser.add_argument("--check", action="store_true", help="compile it in a small crate and run the test")
    parser.add_argument("--clippy", action="store_true", help="with --check, clippy has to be content as well")
    return parser.parse_args(given)


def make(options):
    """The model, whose modules know how they were made."""
    module, _, name = options.factory.partition(":")
    if not name:
        raise Failed(f"{options.factory}: give MODULE:FACTORY, as in torchvision.models:resnet18")
    sys.path.insert(0, os.getcwd())
    try:
        factory = importlib.import_module(module)
        for part in name.split("."):
            factory = getattr(factory, part)
    except (ImportError, AttributeError) as error:
        raise Failed(f"{options.factory}: {error}") from error
    try:
        given = json.loads(options.args)
    except json.JSONDecodeError as error:
        raise Failed(f"--args {options.args}: {error}") from error
    args, kwargs = (given, {}) if isinstance(given, list) else ([], given)
    with record.arguments_noted():
        torch.manual_seed(options.seed)
        try:
            model = factory(*args, **kwargs)
        except Exception as error:
            raise Failed(f"{options.factory}: {where(error)}{type(error).__name__}: {error}") from error
    if not isinstance(model, nn.Module):
        raise Failed(f"{options.factory}: gives a {type(model).__name__}, no nn.Module")
    if options.weights:
        try:
            model.load_state_dict(state(options.weights))
        except (OSError, RuntimeError, ValueError, pickle.UnpicklingError, safetensors.SafetensorError) as error:
            raise Failed(f"--weights {options.weights}: {error}") from error
    return model


def made_again(options):
    """As Python makes it, whatever weights are given, without another word."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return make(argparse.Namespace(**{**vars(options), "weights": None}))


def state(file):
    if file.suffix == ".safetensors":
        return safetensors.torch.load_file(file)
    return torch.load(file, map_location="cpu", weights_only=True)


class Failed(Exception):
    """Nothing can be written."""


def where(error):
    """The innermost line of Python that belongs to neither PyTorch nor this program: `net.py:12: `."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith("<")]
    ours, theirs = str(Path(__file__).parent), (str(Path(torch.__file__).parent), str(Path(os.__file__).parent) + "/")
    mine = [
        frame for frame in frames
        if not frame.filename.startswith(ours)
        and not (frame.filename.startswith(theirs) and "site-packages" not in frame.filename.removeprefix(theirs[0]))
    ]
    return f"{Path(mine[-1].filename).name}:{mine[-1].lineno}: " if mine else ""


def inputs(options):
    """What is given by place, and what by name."""
    by_place, by_name = [], {}
    for given in (given for group in options.input for given in group):
        name, _, shape = given.rpartition("=")
        below, _, sizes = shape.rpartition(":")
        try:
            size = [int(part) for part in sizes.split(",") if part]
            if below == "bool":
                made = torch.randint(2, size).bool()
            else:
                made = torch.randint(int(below), size) if below else torch.randn(size)
        except ValueError as error:
            raise Failed(f"--input {given}: give sizes, as in 1,3,224,224") from error
        name, _, key = name.partition(".")
        if key:
            by_name.setdefault(name, {})[key] = made
        elif name:
            by_name[name] = made
        else:
            by_place.append(made)
    if not by_place and not by_name:
        raise Failed("give the model's --input, as in 1,3,224,224")
    return by_place, by_name


def port(options):
    """Writes the files; what the report says."""
    began = time.monotonic()
    # As the references are computed; and small inputs are not faster on more.
    torch.set_num_threads(1)
    module = names.snake(options.out.stem).removeprefix("r#")
    if options.out.suffix != ".rs" or not module.isidentifier() or module.rstrip("_") in names.KEYWORDS | names.PATHS:
        raise Failed(f"{options.out}: give a file that is a module's: letters, digits and _, no keyword, and .rs at the end")
    model = make(options)
    torch.manual_seed(options.seed)
    given, named = inputs(options)
    groups.found(model)
    recorder, report = record.Recorder(), Report()
    try:
        recorder.log = draws.Log.of(lambda: made_again(options), model)
        recorder.run(model, given, named)
        recorder.run_initial(model, lambda: made_again(options))
        recorder.run_construction(model, lambda: made_again(options))
    except Untranslated as error:
        raise Failed(f"{options.factory}: {error.why}; {error.by_hand}") from error
    except Exception as error:
        raise Failed(f"{options.factory} on this input: {where(error)}{type(error).__name__}: {error}") from error
    if options.export is not False:
        report.exported = export.check(model, given, named)
    written = program.Program(model, recorder, report, options.with_comments, options.weights is not None, options.args, options.factory)
    try:
        rust = program.formatted(written.rust())
        stem = options.out.stem
        if recorder.log:
            recorder.log.close()
        reference.lay_out(model, written)
        try:
            found, weights, trained = reference.computed(model, given, named)
        except RuntimeError as error:
            raise Failed(f"{options.factory}: Python itself does not train it on this input: {error}") from error
        test = program.formatted(reference.test(written, stem, given, named, options.seed, trained))
    except Untranslated as error:
        line = f"{error.line}: " if error.line else ""
        raise Failed(f"{options.factory}: {line}{error.why}; {error.by_hand}") from error
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".port-", dir=options.out.parent) as folder:
        folder = Path(folder)
        (folder / f"{stem}.rs").write_text(rust)
        (folder / f"{stem}_test.rs").write_text(test)
        (folder / f"{stem}_report.md").write_text(report.text(f"# {options.factory} as {stem}.rs"))
        reference.save(model, found, weights, folder / f"{stem}.safetensors", folder / f"{stem}_reference.safetensors")
        for file in sorted(folder.iterdir()):
            os.replace(file, options.out.parent / file.name)
    lines = rust.count("\n")
    print(f"{options.out}: {lines} lines, {time.monotonic() - began:.1f} s")
    for todo in report.todos:
        print(f"to write by hand: {todo}")
    for note in report.notes:
        print(f"left out: {note}")
    for told in report.others:
        print(f"otherwise than in Python: {told}")
    if report.exported and (options.export or export.DIFFERS in report.exported):
        print(report.exported)
    return report


def main(given=None):
    given = sys.argv[1:] if given is None else given
    if given[:1] == ["--gallery"]:
        from . import gallery

        return gallery.main(given[1:])
    options = arguments(given)
    try:
        report = port(options)
    except Failed as failed:
        print(f"scripts/port: {failed}", file=sys.stderr)
        return FAILED
    if report.todos:
        return TODO
    if options.check:
        fine, told, times = check.check(options.out.parent, options.out.stem, options.clippy)
        spent = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in times.items())
        print(f"{'the same bits as Python' if fine else 'it does not hold'}: {spent}")
        if not fine:
            print(told, file=sys.stderr)
            return FAILED
    return DONE
