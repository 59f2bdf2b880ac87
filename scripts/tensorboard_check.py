"""Event files of this crate, read by TensorBoard's own reader.

    .venv/bin/python scripts/tensorboard_check.py FOLDER

FOLDER is one that `parity tensorboard OUT --save FOLDER` has filled: runs, and in `calls.json` which calls
of `SummaryWriter` wrote them (OUT holds the tensors among their arguments, and is looked for in
FOLDER/tensors.safetensors). Python's `SummaryWriter` is called in the same way; what TensorBoard reads of
both has to be the same, value for value, and what the calls were given. `scripts/parity` does all of that.
"""

import io
import json
import pathlib
import sys
import tempfile

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from torch.utils.tensorboard import SummaryWriter

# As much as there is of everything.
ALL = {"scalars": 0, "images": 0, "audio": 0, "histograms": 0, "compressedHistograms": 0, "tensors": 0}


def text(string):
    return torch.tensor(list(string.encode()), dtype=torch.uint8)


def argument(value, tensors):
    """An argument of a call: numbers are texts in `calls.json`, which has no NaN."""
    if isinstance(value, dict) and value.keys() == {"tensor"}:
        return tensors[value["tensor"]]
    return value


def called(calls, tensors, folder):
    """Makes the calls on Python's `SummaryWriter`."""
    writers = {}
    for call in calls:
        run, method = call["run"], call["method"]
        arguments = {name: argument(value, tensors) for name, value in call["arguments"].items()}
        if method == "SummaryWriter" or run not in writers:
            if run in writers:
                writers[run].close()
            options = arguments if method == "SummaryWriter" else {}
            writers[run] = SummaryWriter(str(folder / run), **options)
        if method == "add_scalar":
            arguments["scalar_value"] = float(arguments["scalar_value"])
        if method == "add_scalars":
            values = arguments["tag_scalar_dict"]
            arguments["tag_scalar_dict"] = {tag: float(value) for tag, value in values.items()}
        if method != "SummaryWriter":
            getattr(writers[run], method)(**arguments)
    for writer in writers.values():
        writer.close()


def seen(folder):
    """What TensorBoard reads in a folder, run by run and tag by tag, as tensors."""
    found = {}
    for run in sorted({path.parent for path in folder.rglob("events.out.tfevents.*")}):
        reader = EventAccumulator(str(run), size_guidance=ALL)
        reader.Reload()
        name = str(run.relative_to(folder))
        tags = reader.Tags()
        for tag in tags["scalars"]:
            events = reader.Scalars(tag)
            found[f"{name}: scalar {tag!r}"] = {
                "steps": torch.tensor([event.step for event in events]),
                "values": torch.tensor([event.value for event in events], dtype=torch.float64),
            }
        for tag in tags["images"]:
            for event in reader.Images(tag):
                image = Image.open(io.BytesIO(event.encoded_image_string))
                found[f"{name}: image {tag!r}"] = {
                    "about": torch.tensor([event.step, event.width, event.height]),
                    "mode": text(image.mode),
                    "pixels": torch.from_numpy(np.array(image)),
                }
        for tag in tags["histograms"]:
            for event in reader.Histograms(tag):
                it = event.histogram_value
                numbers = [it.min, it.max, it.num, it.sum, it.sum_squares]
                found[f"{name}: histogram {tag!r}"] = {
                    "step": torch.tensor(event.step),
                    "numbers": torch.tensor(numbers, dtype=torch.float64),
                    "limits": torch.tensor(it.bucket_limit, dtype=torch.float64),
                    "counts": torch.tensor(it.bucket, dtype=torch.float64),
                }
        for tag in tags["tensors"]:
            events = reader.Tensors(tag)
            found[f"{name}: text {tag!r}"] = {
                "steps": torch.tensor([event.step for event in events]),
                "shapes": text(str([str(event.tensor_proto.tensor_shape) for event in events])),
            } | {str(i): text(event.tensor_proto.string_val[0].decode()) for i, event in enumerate(events)}
        found |= plugins(name, run)
    return found


def plugins(name, run):
    """What an event file says to TensorBoard's plugins: of hyperparameters that is all there is."""
    found = {}
    for path in run.glob("events.out.tfevents.*"):
        for event in LegacyEventFileLoader(str(path)).Load():
            for value in event.summary.value:
                plugin = value.metadata.plugin_data
                if plugin.plugin_name == "hparams":
                    data = HParamsPluginData.FromString(plugin.content)
                    # A map has no order.
                    data = text(repr(event.step) + data.SerializeToString(deterministic=True).hex())
                    found[f"{name}: {value.tag}"] = {"data": data}
                elif plugin.plugin_name:
                    about = text(f"{plugin.plugin_name} {plugin.content!r}")
                    found[f"{name}: plugin of {value.tag!r}"] = {"about": about}
    return found


def compared(folder, tensors):
    """What TensorBoard reads of Python's files, and of this crate's: tag by tag."""
    calls = json.loads((folder / "calls.json").read_text())
    with tempfile.TemporaryDirectory() as other:
        called(calls, tensors, pathlib.Path(other))
        theirs, mine = seen(pathlib.Path(other)), seen(folder)
    for name in theirs | mine:
        yield name, theirs.get(name, {}), mine.get(name, {})
    # The scalars once more: not as Python writes them, but as they were given.
    given = {}
    for call in calls:
        it = call["arguments"]
        if call["run"] == "scalars" and call["method"] == "add_scalar":
            given.setdefault(it["tag"], []).append((it["global_step"], float(it["scalar_value"])))
    for tag, events in given.items():
        values = torch.tensor([value for _, value in events], dtype=torch.float32).double()
        steps = torch.tensor([step for step, _ in events])
        name = f"scalars: scalar {tag!r}"
        yield f"given to {tag!r}", {"steps": steps, "values": values}, mine.get(name, {})
    # And of a run that is killed in the middle of a record what was whole.
    yield "a file that is cut", *cut(folder)


def cut(folder):
    """The scalars of a file from which a byte of the last record is missing."""
    [path] = (folder / "scalars").glob("events.out.tfevents.*")
    with tempfile.TemporaryDirectory() as other:
        whole = path.read_bytes()
        (pathlib.Path(other) / path.name).write_bytes(whole[:-1])
        last = sum(1 for _ in LegacyEventFileLoader(str(path)).Load()) - 1
        read = sum(1 for _ in LegacyEventFileLoader(str(pathlib.Path(other) / path.name)).Load())
    return {"events": torch.tensor(last)}, {"events": torch.tensor(read)}


def main():
    import parity

    folder = pathlib.Path(sys.argv[1])
    table = parity.Table()
    for case, theirs, mine in compared(folder, load_file(folder / "tensors.safetensors")):
        table.add("event files, read by TensorBoard", case, theirs, mine)
    sys.exit(0 if table.print() else 1)


if __name__ == "__main__":
    main()
