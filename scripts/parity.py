"""The proof of parity: this crate and Python on the same machine, compared bit for bit.

Both run on the same libtorch with the same number of threads. Each row of the table that this
prints is a family of cases; a case is equal when every tensor of it is, to the last bit.
`scripts/parity` starts it.
"""

import argparse
import itertools
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings
from collections import Counter

import checkpoint_check
import distributed_check
import notebook
import reference
import tensorboard_check
import torch
from cifar10 import CLASSES, Cifar10
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn, optim
from torch.utils.data import DataLoader, Subset
from torchvision import models, transforms

ROOT = pathlib.Path(__file__).parent.parent

# Some cases call for what PyTorch warns of.
warnings.simplefilter("ignore")

def trainloader(data, images=None, batch_size=4):
    """The notebook's loader; of the first images only, where so many are named."""
    transform = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))]
    )
    trainset = Cifar10(data, transform)
    trainset = Subset(trainset, range(images or len(trainset)))
    return DataLoader(trainset, batch_size=batch_size, shuffle=True, num_workers=2)


def train_step(model, criterion, optimizer, inputs, labels, clip=None):
    """The body of the notebook's loop; with `clip`, the gradients' norm is no larger."""
    optimizer.zero_grad()
    loss = criterion(model(inputs), labels)
    loss.backward()
    if clip:
        nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    return loss.item()


def training(build, data, threads, fused, steps, clip=None):
    """The notebook's loop, and what its first steps leave; the twin of `training` in parity.rs."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    loader = trainloader(data)
    model = build()
    optimizer = optim.Adam(model.parameters(), lr=0.001, fused=fused)
    result = {f"initial weights/{k}": v.clone() for k, v in model.state_dict().items()}
    losses, labels, pixels = [], [], []
    for inputs, targets in itertools.islice(loader, steps):
        losses.append(train_step(model, nn.CrossEntropyLoss(), optimizer, inputs, targets, clip))
        labels.append(targets)
        pixels.append(inputs.sum((1, 2, 3), dtype=torch.float64))
    result["shuffle/labels"] = torch.cat(labels)
    result["shuffle/pixels"] = torch.cat(pixels)
    result["losses/of each step"] = torch.tensor(losses, dtype=torch.float64)
    result |= {f"weights/{k}": v for k, v in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        state = optimizer.state[parameter]
        result[f"first moments/{name}"] = state["exp_avg"]
        result[f"second moments/{name}"] = state["exp_avg_sq"]
        result[f"steps/{name}"] = state["step"]
    result["generator/state"] = torch.get_rng_state()
    return result


def program_as_shipped(build, data, threads, images, epochs):
    """What the example prints and saves when it trains on the first images."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    loader = trainloader(data, images, batch_size=64)
    model = build()
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    printed = []
    for epoch in range(epochs):
        running_loss = 0.0
        for inputs, labels in loader:
            running_loss += train_step(model, nn.CrossEntropyLoss(), optimizer, inputs, labels)
        printed.append(f"loss at epoch {epoch}: {running_loss}")
    return {
        "printed losses": {"text": reference.text("\n".join(printed))},
        "saved weights": model.state_dict(),
    }


def answers(cnn, image):
    """The five likeliest classes of an image file, as the example prints them."""
    transform = transforms.Compose([
        transforms.Resize((32, 32)),
        transforms.ToTensor(),
        transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    ])
    with torch.no_grad():
        scores = cnn(transform(Image.open(image).convert("RGB")).unsqueeze(0))
    best = zip(*(values[0].tolist() for values in scores.softmax(1).topk(5)))
    return "\n".join(f"  {CLASSES[i]:<6}{100 * probability:6.1f} %" for probability, i in best)


def new_images(program):
    """What Python's CNN and the example say of new images, with the same weights: case by case."""
    torch.manual_seed(0)
    cnn = notebook.CNN()
    # A network that has learned nothing finds all classes alike: make it surer.
    cnn.neur3.weight.data *= 100
    with tempfile.TemporaryDirectory() as folder:
        weights, file = pathlib.Path(folder) / "cnn.safetensors", pathlib.Path(folder) / "new.png"
        save_file(cnn.state_dict(), weights)
        for mode, size in [("RGB", (100, 75)), ("L", (20, 33)), ("RGBA", (32, 32)), ("RGB", (90, 40))]:
            channels = len(mode)
            pixels = torch.randint(256, (size[1], size[0], channels), dtype=torch.uint8).numpy()
            Image.fromarray(pixels.squeeze(-1) if channels == 1 else pixels).save(file)
            command = [program, "--device", "cpu", "--threads", "1", "--load", weights, "--predict", file]
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            mine = output.rstrip("\n").split("new.png\n")[1]
            name = f"{mode}, {size[0]} x {size[1]}"
            yield name, {"text": reference.text(answers(cnn, file))}, {"text": reference.text(mine)}


def speedrun(program, data):
    """The losses of the first steps of both sides' run to 94 %, and what it sees after them."""
    settings = "--precision f32 --threads 1 --limit 100 --batch-size 50 --steps 10 --data".split()
    sides = [[sys.executable, ROOT / "scripts/speedrun.py"], [program, "--device", "cpu"]]
    for command in sides:
        run = [str(part) for part in [*command, *settings, data]]
        output = subprocess.run(run, check=True, stdout=subprocess.PIPE, text=True).stdout
        losses = [float(loss) for loss in re.findall(r"^loss (\S+)$", output, re.M)]
        accuracy = re.search(r"^run 0: (\S+) %", output, re.M)[1]
        losses = torch.tensor(losses, dtype=torch.float64)
        yield {"losses/of each step": losses, "accuracy/in words": reference.text(accuracy)}


def our_program(program, data, threads, images, epochs):
    """The same of the example itself."""
    with tempfile.TemporaryDirectory() as folder:
        saved = pathlib.Path(folder) / "model.safetensors"
        settings = f"--device cpu --seed 0 --threads {threads} --limit {images} --epochs {epochs}".split()
        command = [program, *settings, "--data", data, "--save", saved]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        losses = [line for line in output.splitlines() if line.startswith("loss at epoch")]
        return {
            "printed losses": {"text": reference.text("\n".join(losses))},
            "saved weights": load_file(saved),
        }


def ours(program, what, *arguments):
    """What the Rust side computes."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.safetensors"
        subprocess.run([program, what, out, *map(str, arguments)], check=True, stdout=sys.stderr)
        return load_file(out)


def bits(tensor):
    """The tensor's bytes, which tell -0 from 0 and one NaN from another."""
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8)


def difference(theirs, mine):
    """Why the two are not the same tensor to the last bit; none when they are."""
    if mine is None:
        return "missing here"
    if theirs is None:
        return "missing in Python"
    if (theirs.dtype, theirs.shape) != (mine.dtype, mine.shape):
        return f"{mine.dtype} {list(mine.shape)}, Python {theirs.dtype} {list(theirs.shape)}"
    if torch.equal(bits(theirs), bits(mine)):
        return None
    unequal = (theirs != mine).reshape(-1).nonzero()
    first = unequal[0].item() if len(unequal) else "the sign or the NaN"
    gap = (theirs.double() - mine.double()).abs().max().item()
    return f"{len(unequal)} of {theirs.numel()} values differ, first at {first}, by {gap:g} at most"


def close(theirs, mine):
    """Whether two results differ by rounding alone: 1e-5 of the largest value of each tensor."""
    return theirs.keys() == mine.keys() and all(
        a.shape == b.shape and (a.double() - b.double()).abs().max() <= 1e-5 * a.double().abs().max()
        for a, b in ((theirs[key], mine[key]) for key in theirs)
    )


class Table:
    """Families of cases, and how each case came out."""

    OUTCOMES = ["equal to the bit", "within tolerance", "failed"]

    def __init__(self):
        self.families, self.remarks = {}, []

    def add(self, family, case, theirs, mine, tolerated=None):
        """`tolerated` is the reason why rounding may differ in this case."""
        differences = []
        for key in theirs | mine:
            found = difference(theirs.get(key), mine.get(key))
            if found:
                differences.append(f"{family}, {case}, {key}: {found}")
        outcome = "failed" if differences else "equal to the bit"
        if differences and tolerated and close(theirs, mine):
            outcome, differences = "within tolerance", [f"{family}, {case}: {tolerated}"]
        self.families.setdefault(family, []).append(outcome)
        self.remarks += differences

    def add_parts(self, family, theirs, mine):
        """Two results whose parts are the cases: what stands before the first slash."""
        theirs, mine = split(theirs), split(mine)
        for part in theirs | mine:
            self.add(family, part, theirs.get(part, {}), mine.get(part, {}))

    def print(self):
        print(f"{'':52}{'cases':>8}" + "".join(f"{outcome:>20}" for outcome in self.OUTCOMES))
        for family, cases in self.families.items():
            counts = "".join(f"{cases.count(outcome):20}" for outcome in self.OUTCOMES)
            print(f"{family:52}{len(cases):8}{counts}")
        for remark in self.remarks:
            print(remark)
        equal, tolerated, failed = map(sum(self.families.values(), []).count, self.OUTCOMES)
        print(f"{equal} cases equal to the bit, {tolerated} within tolerance, {failed} failed")
        return failed == 0


def split(tensors):
    """By what stands before the first slash."""
    groups = {}
    for key, tensor in tensors.items():
        group, rest = key.split("/", 1)
        groups.setdefault(group, {})[rest] = tensor
    return groups


def count(threads):
    return "1 thread" if threads == 1 else f"{threads} threads"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path, help="the folder of the built examples")
    parser.add_argument("--data", default=ROOT / "data", help="the folder of CIFAR-10")
    parser.add_argument("--steps", type=int, default=1000, help="how many steps to train")
    args = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, torch {torch.__version__}, {os.cpu_count()} cores")
    table = Table()

    mine = split(ours(args.programs / "parity", "cases"))
    torch.set_num_threads(1)
    for family, cases in reference.FAMILIES.items():
        for name in cases:
            tolerated = reference.WITHIN_TOLERANCE.get(name)
            table.add(family, name, reference.run(name), mine.pop(name, {}), tolerated)
    for name, result in mine.items():
        table.add("only here", name, {}, result)

    missed = planted_faults_missed(args.programs / "parity")

    for model, build, fused, threads in trainings():
        twin = ["--fused"] if fused else []
        settings = ["--threads", threads, "--steps", args.steps, "--data", args.data, *twin]
        # The one that averages is clipped as well.
        clip = 1.0 if model.endswith("_averaged") else None
        settings += ["--clip", clip] if clip else []
        mine = ours(args.programs / "parity", model, *settings)
        theirs = training(build, args.data, threads, fused, args.steps, clip)
        family = f"{model}, {'fused' if fused else 'loop'} Adam, {count(threads)}"
        table.add_parts(family, theirs, mine)

    for threads in [1, 2]:
        theirs, mine = resnet18(args.programs / "parity", threads)
        table.add_parts(f"resnet18, {count(threads)}", theirs, mine)

    for case, theirs, mine in checkpoints(args.programs / "parity"):
        table.add("checkpoints, .pt there and back", case, theirs, mine)
    for case, theirs, mine in resumed(args.programs / "parity", args.data, args.steps // 2):
        table.add("a training that goes on elsewhere", case, theirs, mine)

    for case, theirs, mine in checkpoint_check.compared(args.programs / "parity"):
        table.add("Rust, Python, Rust, in mid-epoch", case, flat(theirs), flat(mine))

    for case, theirs, mine in distributed_check.compared(args.programs / "parity"):
        table.add("several ranks, Gloo", case, theirs, mine)

    with tempfile.TemporaryDirectory() as folder:
        tensors = ours(args.programs / "parity", "tensorboard", "--save", folder)
        for case, theirs, mine in tensorboard_check.compared(pathlib.Path(folder), tensors):
            table.add("event files, read by TensorBoard", case, theirs, mine)

    for threads in [1, 2]:
        shape = (args.data, threads, min(4000, 4 * args.steps), 2)
        theirs = program_as_shipped(notebook.sequential_cnn, *shape)
        mine = our_program(args.programs / "sequential_cnn", *shape)
        for part in theirs:
            table.add(f"the program sequential_cnn, {count(threads)}", part, theirs[part], mine[part])
    table.add_parts("the program speedrun, f32, 1 thread", *speedrun(args.programs / "speedrun", args.data))
    torch.set_num_threads(1)
    for case, theirs, mine in new_images(args.programs / "functional_cnn"):
        table.add("functional_cnn --predict", case, theirs, mine)
    sys.exit(0 if table.print() and not missed else 1)


def flat(value, path=""):
    """The tensors of a checkpoint by their paths, and in a text what they stand in."""
    found, outline = {}, []

    def visit(value, path):
        if isinstance(value, torch.Tensor):
            whole = value.detach().resolve_conj().resolve_neg()
            found[path] = whole.clone(memory_format=torch.contiguous_format)
            outline.append(f"{path}: {value.dtype} {tuple(value.shape)}")
        elif isinstance(value, dict):
            outline.append(f"{path}: {len(value)} {'counts' if isinstance(value, Counter) else 'entries'}")
            for key, item in value.items():
                visit(item, f"{path}.{key!r}")
        elif isinstance(value, (list, tuple)):
            outline.append(f"{path}: {type(value).__name__} of {len(value)}")
            for i, item in enumerate(value):
                visit(item, f"{path}.{i}")
        else:
            outline.append(f"{path}: {value!r}")

    visit(value, path)
    return found | {"outline": reference.text("\n".join(outline))}


def checkpoints(program):
    """Files that Python writes, and what it reads of what the Rust side has read and written again."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 2))
    optimizers = {
        "adam": optim.Adam(model.parameters(), amsgrad=True),
        "sgd": optim.SGD([{"params": model[0].parameters(), "lr": 0.1}, {"params": model[3].parameters()}], momentum=0.9),
        "sgd_plain": optim.SGD(model.parameters()),
        "muon": optim.Muon([model[3].weight]),
    }
    schedulers = {
        "multi_step": optim.lr_scheduler.MultiStepLR(optimizers["adam"], [3, 5]),
        "one_cycle": optim.lr_scheduler.OneCycleLR(optimizers["sgd"], 0.1, 10),
    }
    model(torch.randn(2, 3, 4, 4)).sum().backward()
    for algorithm in optimizers.values():
        algorithm.step()
    base = torch.arange(24.0).reshape(2, 3, 4)
    kinds = [
        torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
        torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128,
    ]
    files = {
        "no tensors": {},
        "a number": torch.tensor(3.5),
        "empty tensors": {"a": torch.empty(0), "b": torch.empty(0, 3), "c": torch.empty(2, 0, dtype=torch.int64)},
        "non-contiguous": {
            "turned": base.transpose(0, 2), "part": base[:, 1:, ::2], "expanded": torch.ones(1).expand(3, 2),
            "shared": [base, base[1], base.view(-1)], "negative": torch.tensor([1 + 2j]).conj().imag,
            "conjugate": torch.tensor([1 + 2j, 3j]).conj(),
        },
        "10,000 entries": {f"layer.{i}.weight": torch.full((2,), float(i)) for i in range(10_000)},
        "names": {"a.b/c": torch.ones(1), "Ünïcode 🔥": torch.ones(2), "": torch.ones(3), "a\nb": torch.ones(4)},
        "kinds": {str(kind): torch.tensor([0, 1, 2]).to(kind) for kind in kinds},
        "a parameter": {"p": nn.Parameter(torch.ones(2)), "b": nn.Buffer(torch.ones(2))},
        "a state dictionary": model.state_dict(),
        "optimizers": {name: algorithm.state_dict() for name, algorithm in optimizers.items()},
        "schedulers": {name: scheduler.state_dict() for name, scheduler in schedulers.items()},
        "plain values": {"none": None, "true": True, "int": -7, "long": 1 << 40, "float": 0.1, "tuple": (1, (2,), ()), "list": [[], [1.5]], 3: "three", "size": torch.ones(2, 3).shape},
        "the generator": torch.get_rng_state(),
        "one tensor twice": {"a": base, "b": [base, base.view(-1)], "tied": nn.Parameter(base), "c": base},
    }
    with tempfile.TemporaryDirectory() as folder:
        for i, value in enumerate(files.values()):
            torch.save(value, f"{folder}/{i}.pt")
        ours(program, "checkpoints", "--load", folder)
        for i, name in enumerate(files):
            theirs = torch.load(f"{folder}/{i}.pt", weights_only=True)
            mine = torch.load(f"{folder}/{i}.back", weights_only=True)
            yield name, flat(plain(theirs)) | handles(theirs), flat(mine) | handles(mine)


def handles(value):
    """Which of its tensors are one: the number of the first of them, for each."""
    tensors, values = [], [value]
    while values:
        value = values.pop()
        if isinstance(value, torch.Tensor):
            tensors.append(id(value))
        elif isinstance(value, (dict, list, tuple)):
            values.extend(value.values() if isinstance(value, dict) else value)
    first = {}
    return {"handles": torch.tensor([first.setdefault(tensor, i) for i, tensor in enumerate(tensors)])}


def plain(value):
    """A checkpoint without Python's own classes: what another language can hold, counters included."""
    if isinstance(value, dict):
        kind = Counter if isinstance(value, Counter) else dict
        return kind({key: plain(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return (list if isinstance(value, list) else tuple)(plain(item) for item in value)
    return value


def resumed(program, data, steps):
    """A small CNN with dropout on augmented images, trained for an epoch on one side and for another on
    the other, against two on one side."""
    augment = transforms.Compose([
        transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(),
        transforms.ColorJitter(brightness=0.2, hue=0.1), transforms.ToTensor(),
        transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    ])
    trainset = Subset(Cifar10(data, augment), range(4 * steps))

    def train(checkpoint=None, epochs=1):
        torch.manual_seed(0)
        loader = DataLoader(trainset, batch_size=4, shuffle=True, num_workers=2)
        model = checkpoint_check.small_cnn()
        adam = optim.Adam(model.parameters(), lr=1e-3, amsgrad=True)
        scheduler = optim.lr_scheduler.StepLR(adam, 100, gamma=0.5)
        if checkpoint:
            model.load_state_dict(checkpoint["model"])
            adam.load_state_dict(checkpoint["optimizer"])
            scheduler.load_state_dict(checkpoint["scheduler"])
            torch.set_rng_state(checkpoint["generator"])
        losses = []
        for images, labels in (batch for _ in range(epochs) for batch in loader):
            adam.zero_grad()
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            adam.step()
            scheduler.step()
            losses.append(loss.item())
        return {
            "model": model.state_dict(), "optimizer": adam.state_dict(),
            "scheduler": scheduler.state_dict(), "generator": torch.get_rng_state(), "losses": losses,
        }

    def compared(checkpoint):
        losses = torch.tensor(checkpoint["losses"][-steps:], dtype=torch.float64)
        parts = {"model": dict(checkpoint["model"]), "state": checkpoint["optimizer"]["state"]}
        parts["lr"] = [group["lr"] for group in checkpoint["optimizer"]["param_groups"]]
        parts["scheduler"] = dict(sorted(checkpoint["scheduler"].items()))
        return flat(parts) | {"losses": losses, "generator": checkpoint["generator"]}

    torch.set_num_threads(1)
    whole = compared(train(epochs=2))
    settings = ["resumed", "--steps", steps, "--data", data]
    with tempfile.TemporaryDirectory() as folder:
        first, safe, rest = f"{folder}/first.pt", f"{folder}/first.safetensors", f"{folder}/rest.pt"
        torch.save(train(), first)
        ours(program, *settings, "--load", first, "--save", rest)
        yield "Python, then Rust", whole, compared(torch.load(rest, weights_only=True))
        ours(program, *settings, "--save", first)
        yield "Rust, then Python", whole, compared(train(torch.load(first, weights_only=True)))
        ours(program, *settings, "--load", first, "--save", rest)
        yield "Rust, then Rust, by .pt", whole, compared(torch.load(rest, weights_only=True))
        ours(program, *settings, "--save", safe)
        ours(program, *settings, "--load", safe, "--save", rest)
        yield "Rust, then Rust, by safetensors", whole, compared(torch.load(rest, weights_only=True))


def resnet18(program, threads):
    """torchvision's resnet18 after three steps, and what both sides do with it from there."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = models.resnet18(num_classes=10)
    theirs = {f"initial weights/{k}": v.clone() for k, v in model.state_dict().items()}
    theirs["initial weights/keys"] = reference.text("\n".join(model.state_dict()))
    theirs["initial weights/print"] = reference.text(str(model))
    steps(model, torch.randn(4, 3, 64, 64), torch.randint(10, (4,)))
    with tempfile.TemporaryDirectory() as folder:
        saved = pathlib.Path(folder) / "resnet18.safetensors"
        save_file(model.state_dict(), saved)
        mine = ours(program, "resnet18", "--threads", threads, "--load", saved)
    torch.manual_seed(1)
    images, labels = torch.randn(4, 3, 64, 64), torch.randint(10, (4,))
    model.eval()
    theirs["outputs/in evaluation"] = model(images)
    model.train()
    for step, (output, loss) in enumerate(steps(model, images, labels)):
        theirs[f"outputs/of step {step}"] = output
        theirs[f"losses/of step {step}"] = loss
    return theirs | {f"weights/{k}": v for k, v in model.state_dict().items()}, mine


def steps(model, images, labels):
    """Three steps on the same images: each one's outputs and loss."""
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    done = []
    for _ in range(3):
        optimizer.zero_grad()
        output = model(images)
        loss = nn.functional.cross_entropy(output, labels)
        loss.backward()
        optimizer.step()
        done.append((output.detach(), loss.detach()))
    return done


def planted_faults_missed(program):
    """Faults that this proof, shown a case with one, would not find."""
    faults = split(ours(program, "planted"))
    missed = []
    for fault, cases in faults.items():
        for name, mine in split(cases).items():
            theirs = reference.run(name)
            # What is printed and drawn aside, the numbers have to tell.
            keys = theirs.keys() - {"print", "keys", "rng_state"}
            if not any(difference(theirs[key], mine.get(key)) for key in keys):
                missed.append(fault)
    print(f"planted faults: {len(faults) - len(missed)} of {len(faults)} found")
    for fault in missed:
        print(f"planted, and not found: {fault}")
    return missed


def trainings():
    """Model, its Python side, fused Adam or not, threads."""
    for threads in [1, 2]:
        yield "sequential_cnn", notebook.sequential_cnn, False, threads
        yield "sequential_cnn", notebook.sequential_cnn, True, threads
        yield "functional_cnn", notebook.CNN, False, threads
        yield "my_conv2d", notebook.my_cnn, False, threads
        yield "recurrent_network", notebook.RowReader, False, threads
        yield "rnn", lambda: notebook.BuiltInReader(nn.RNN), False, threads
        yield "recurrent_network_averaged", lambda: notebook.RowReader(notebook.mean), False, threads
        yield "rnn_averaged", lambda: notebook.BuiltInReader(nn.RNN, notebook.mean), False, threads
        yield "lstm", lambda: notebook.BuiltInReader(nn.LSTM), False, threads
        yield "gru", lambda: notebook.BuiltInReader(nn.GRU), False, threads


if __name__ == "__main__":
    main()
