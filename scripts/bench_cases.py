"""What scripts/bench measures: cases, their programs, and the rows that they give."""

import pathlib
import re
import sys
from dataclasses import dataclass, field

from bench_process import Side, Turns, Whole

SCRIPTS = pathlib.Path(__file__).parent


@dataclass
class Row:
    """A comparison. Of several programs the fastest counts: each side has its best."""

    name: str
    beside: list
    ours: list
    # How many times as fast ours has to be; with `at_most`, how many times the cost it may have.
    wanted: float = None
    at_most: bool = False
    cost: str = "seconds"
    # The case's, if none is named.
    unit: str = None
    # Whether the difference is so small that it takes an interval of confidence.
    interval: bool = False


@dataclass
class Case:
    """Programs that compute the same, by their names, and what is learned from them."""

    name: str
    about: str
    unit: str
    programs: dict
    rows: list
    # What of the values has to be equal within which tolerance, where the sums are done in another
    # order. All values have to be equal to the bit between programs that have the same optimizer,
    # kernels and threads.
    compared: dict = field(default_factory=lambda: {1e-3: list})
    # What the bits of these values are called.
    equal: str = "to the bit"
    # The most rounds, and the fewest; as many as are asked for where nothing is said.
    rounds: int = None
    fewest: int = 1


def mean(losses):
    """What the notebook prints, but for a factor."""
    return [sum(losses) / len(losses)]


def first(losses):
    """Those of the first steps, one by one."""
    return losses[:FIRST]


# With another order of the sums a training goes its own way after some hundred steps, in Python on
# one thread and on two as well: from then on only the mean of the losses can be compared, and not to
# 1e-3.
FIRST = 20
TRAINING = {1e-3: first, 1e-2: mean}


def beginning(losses):
    """Those of the steps in which one process and two ranks go the same way: Python's, too, are apart by
    more than 1e-3 after ten, and by as much as ours to the last bit."""
    return losses[:5]


RANKS = {1e-3: beginning, 1e-2: mean}
WHOLE_TRAINING = {1e-2: mean}


class Sides:
    """Makes programs of the two sides."""

    def __init__(self, programs, data):
        self.programs, self.data = programs, data

    def python(self, arguments):
        script = [sys.executable, SCRIPTS / "bench_side.py"]
        return Side(*script, *arguments.split(), "--data", self.data)

    def ours(self, arguments):
        return Side(self.programs / "bench_side", *arguments.split(), "--data", self.data)

    def turns(self, arguments, number):
        """Ours, as a program for each of several ways that one process measures in turn."""
        command = [self.programs / "bench_side", *arguments.split(), "--data", self.data]
        return Turns(*command).parts(number)

    def both(self, arguments):
        return self.python(arguments), self.ours(arguments)

    def python_training(self, batch_size, workers, images, **watched):
        settings = f"program --batch-size {batch_size} --workers {workers} --images {images}"
        script = [sys.executable, SCRIPTS / "bench_side.py", *settings.split()]
        return Whole([*script, "--data", self.data], printed_losses, "Python", **watched)

    def our_training(self, batch_size, workers, images, *more, bits="ours", **watched):
        settings = f"--device cpu --epochs 1 --batch-size {batch_size} --workers {workers}"
        command = [self.programs / "functional_cnn", *settings.split(), "--limit", images, *more]
        return Whole([*command, "--data", self.data], printed_losses, bits, **watched)


def printed_losses(output):
    return [float(loss) for loss in re.findall(r"^loss at epoch \d+: (\S+)$", output, re.M)]


def all_cases(sides, quick, folder):
    """Each in a form of a few seconds with `quick`, which shows that all works and little else."""
    steps = 50 if quick else 200
    batches = 20 if quick else 600
    images = 1000 if quick else 8000
    return [
        notebook(sides, steps),
        tuned(sides, 4, 2.2, steps),
        batch_64(sides, steps),
        tuned(sides, 64, 1.25, steps),
        trainer(sides, quick),
        *loaders(sides, batches),
        convolutions(sides, 64, steps),
        convolutions(sides, 4, 4 * steps),
        recurrent(sides, steps),
        start(sides, folder),
        loading(sides, folder, 5 if quick else 20),
        *serve(sides, folder, 128 if quick else 1024),
        *(distributed(sides, size, 3 if quick else steps) for size, steps in SIZES.items()),
        *(memory(sides, size, images) for size in [4, 64]),
        *(busy(sides, size, images) for size in [4, 64]),
    ]


def notebook(sides, steps):
    training = f"training --batch-size 4 --workers 2 --steps {steps}"
    python, ours = sides.both(training)
    python_1, ours_1 = sides.both(f"{training} --threads 1")
    ours_2 = sides.ours(f"{training} --threads 2")
    return Case(
        "notebook",
        "The notebook's loop as written, on its functional CNN: batch 4, shuffled, a loader with 2"
        " workers, in Python over Pillow images with ToTensor and Normalize, Adam as it comes,"
        " `zero_grad()` and `loss.item()` in each step. Python takes as many threads as torch"
        " chooses; ours is the loop of the examples, with the threads that they choose.",
        "images/s",
        {
            "Python": python,
            "ours": ours,
            "Python, 1 thread": python_1,
            "ours, 1 thread": ours_1,
            "ours, 2 threads": ours_2,
        },
        [
            Row("notebook", ["Python"], ["ours"], wanted=5),
            Row("notebook, 1 thread", ["Python, 1 thread"], ["ours, 1 thread"]),
            Row("notebook, 2 threads", ["Python"], ["ours, 2 threads"]),
        ],
        TRAINING,
    )


def tuned(sides, batch_size, wanted, steps):
    training = f"training --fused --batch-size {batch_size} --steps {steps}"
    pythons = best_of(sides.python, "Python", training, in_memory=[1, 2], loader=[])
    ours = best_of(sides.ours, "ours", training, in_memory=[1, 2], loader=[1, 2])
    name = f"tuned, batch {batch_size}"
    return Case(
        name,
        f"The same network at batch {batch_size}, each side at its best: fused Adam, gradients set to"
        " none, 1 and 2 threads tried, `loss.item()` in each step. Python without a loader, indexing"
        " tensors in memory with a permutation; ours from tensors in memory, and by a loader with one"
        " worker.",
        "images/s",
        pythons | ours,
        [Row(name, list(pythons), list(ours), wanted)],
        TRAINING,
    )


def batch_64(sides, steps):
    python, ours = sides.both(f"training --batch-size 64 --workers 2 --steps {steps}")
    return Case(
        "batch 64",
        "The notebook's loop at batch 64, through the loader: 2 workers on both sides, Adam as it"
        " comes, the threads that each side chooses.",
        "images/s",
        {"Python": python, "ours": ours},
        [Row("batch 64", ["Python"], ["ours"], wanted=3.5)],
        TRAINING,
    )


def trainer(sides, quick):
    steps = "--steps 50 --checkpoint-every 20" if quick else "--steps 1000"
    settings = f"trainer --batch-size 4 --workers 1 --threads 1 {steps}"
    bare, alone, in_run, saved = sides.turns(settings, 4)
    return Case(
        "Trainer",
        "What `train::Trainer` costs beside the notebook's bare loop on the functional CNN at batch 4,"
        " without any keyword and with a `Run`, which logs a row every 50 steps, the norm of the gradients"
        " included; and what a checkpoint every 1,000 steps costs besides. All four are in one process and"
        " take turns of 50 steps, 1,000 in a round. The ratio is the median of those of at least 30 rounds,"
        " with its interval of 95 % by bootstrap.",
        "images/s",
        {
            "bare loop": bare,
            "Trainer": alone,
            "Trainer with a Run": in_run,
            "Trainer with checkpoints": saved,
        },
        [
            Row("Trainer", ["bare loop"], ["Trainer"], 1.02, at_most=True, interval=True),
            Row("Trainer, Run", ["bare loop"], ["Trainer with a Run"], 1.02, at_most=True, interval=True),
            Row("Trainer, checkpoints", ["Trainer with a Run"], ["Trainer with checkpoints"], 1.01, at_most=True, interval=True),
        ],
        fewest=1 if quick else 30,
    )


def best_of(side, whose, training, in_memory, loader):
    """The programs that are tried to find a side's best, each with so many threads."""
    ways = [("in memory", "--in-memory", in_memory), ("1 worker", "--workers 1", loader)]
    return {
        f"{whose}, {way}, {count(threads)}": side(f"{training} {flag} --threads {threads}")
        for way, flag, counts in ways
        for threads in counts
    }


def count(threads):
    return "1 thread" if threads == 1 else f"{threads} threads"


def loaders(sides, batches):
    kinds = [
        ("loader", "", {2: 50, 0: None}, "ToTensor and Normalize"),
        ("loader, augmented", "--augment", {2: 15}, "RandomCrop(32, padding=4) and RandomHorizontalFlip before"),
        ("loader, augmented, 0 workers", "--augment", {0: None}, "the same without workers"),
    ]
    for name, flag, all_wanted, does in kinds:
        programs, rows = {}, []
        for workers, wanted in all_wanted.items():
            settings = f"loader --batch-size 64 --steps {batches} --workers {workers} {flag}"
            labels = [f"{whose}, {workers} workers" for whose in ["Python", "ours"]]
            programs |= zip(labels, sides.both(settings))
            label = name if len(rows) == 0 else f"{name}, {workers} workers"
            rows.append(Row(label, [labels[0]], [labels[1]], wanted=wanted))
        about = (
            f"The loader alone at batch 64, shuffled, {does}. A checksum of each batch's bits is"
            " compared, from a second pass that is not timed."
        )
        yield Case(name, about, "images/s", programs, rows)


def convolutions(sides, batch_size, steps):
    settings = f"convolutions --batch-size {batch_size} --steps {steps}"
    settings += f" --threads {1 if batch_size < 32 else 2}"
    programs = {f"Python's {layer}": sides.python(f"{settings} --layer {layer}") for layer in ["conv2d", "unfold"]}
    programs |= {"our conv2d": sides.ours(f"{settings} --layer conv2d")}
    programs |= {"MyConv2d": sides.ours(f"{settings} --layer my-conv2d")}
    name = f"MyConv2d, batch {batch_size}"
    large = batch_size >= 32
    return Case(
        name,
        f"The CNN's two convolutions, forward and backward, at batch {batch_size}: 3 channels of 32"
        " × 32 to 6 by 5 × 5, and 6 of 14 × 14 to 16 by 5 × 5 with the gradient of the input too,"
        " with bias; the first fed with images, the second with what the pool after the first"
        " gives. The gradient that comes back is one of random numbers (a dot product with them is"
        " the loss). MyConv2d beside libtorch's conv2d, called from Python and from here, and beside"
        " F.unfold and a product in Python.",
        "ms",
        programs,
        [
            Row(f"{name}, conv2d", ["Python's conv2d"], ["MyConv2d"], 1.8 if large else 1.0, at_most=True),
            Row(f"{name}, unfold", ["Python's unfold"], ["MyConv2d"], wanted=2.5 if large else None),
            Row(f"{name}, both conv2d", ["Python's conv2d"], ["our conv2d"], at_most=True),
            Row(f"{name}, our conv2d", ["our conv2d"], ["MyConv2d"], at_most=True),
        ],
    )


def recurrent(sides, steps):
    settings = f"recurrent --batch-size 64 --steps {steps} --threads"
    rnn, by_hand, ours = {}, {}, {}
    for threads in [1, 2]:
        rnn[f"nn.RNN, {count(threads)}"] = sides.python(f"{settings} {threads} --layer rnn")
        by_hand[f"Python by hand, {count(threads)}"] = sides.python(f"{settings} {threads} --layer by_hand")
        ours[f"RecurrentNetwork, {count(threads)}"] = sides.ours(f"{settings} {threads}")
    return Case(
        "RecurrentNetwork",
        "Images read row by row at batch 64, 32 steps of 96 values, 128 hidden ones, forward, the"
        " loss of the last step's output, and backward. Beside libtorch's nn.RNN with a linear"
        " layer, called from Python with the same weights, and beside the network by hand in Python,"
        " all of a step in the step. 1 and 2 threads tried.",
        "ms",
        rnn | by_hand | ours,
        [
            Row("RecurrentNetwork, nn.RNN", list(rnn), list(ours), wanted=1.1, at_most=True),
            Row("RecurrentNetwork, by hand", list(by_hand), list(ours), wanted=1.15),
        ],
    )


def start(sides, folder):
    files = ["--load", folder / "cnn.safetensors", "--predict", folder / "image.png"]
    script = [sys.executable, SCRIPTS / "bench_predict.py", *files]
    answers = lambda output: output.rstrip("\n").split("\n")[-5:]
    programs = {
        "Python": Whole(script, answers, "text"),
        "Python without torchvision": Whole([*script, "--lean"], answers, "text"),
        "ours": Whole([sides.programs / "functional_cnn", "--device", "cpu", *files], answers, "text"),
    }
    return Case(
        "start",
        "A process from its start to its end that loads the functional CNN's weights from"
        " safetensors and says what an image file of 256 × 256 shows: `functional_cnn --load FILE"
        " --predict FILE`, and a script in Python that does the same with torchvision's transforms, or"
        " by Pillow alone. The five lines that they print are compared.",
        "s",
        programs,
        [
            Row("start", ["Python"], ["ours"], wanted=7),
            Row("start, lean", ["Python without torchvision"], ["ours"]),
        ],
        equal="the printed lines",
    )


def loading(sides, folder, steps):
    settings = f"loading --file {folder / 'weights.pt'} --steps {steps} --threads 2"
    programs = dict(zip(["torch.load", "pt::load"], sides.both(settings)))
    programs |= zip(["torch.load, mmap", "pt::load, mmap"], sides.both(f"{settings} --mmap"))
    return Case(
        "loading",
        "A checkpoint of 89 MB in 160 tensors, as `torch.save` wrote it, from a file that the system has"
        " in memory: `torch.load(path)` beside `pt::load(path)`, which holds each part against its sum"
        " besides, and both with `mmap`, where the tensors stay in the file. The sum of all numbers is"
        " compared, outside of the clock.",
        "ms",
        programs,
        [
            Row("loading", ["torch.load"], ["pt::load"], 1.0, at_most=True),
            Row("loading, mmap", ["torch.load, mmap"], ["pt::load, mmap"], 1.0, at_most=True),
        ],
    )


# The first layer's channels for so many parameters.
WIDTHS = {"0.17M": 40, "1.6M": 128, "11M": 352}
# How many steps make a stretch.
SIZES = {"0.17M": 100, "1.6M": 20, "11M": 4}


def distributed(sides, size, steps):
    settings = f"distributed --batch-size 32 --width {WIDTHS[size]} --steps {steps}"
    python, ours = sides.both(f"{settings} --ranks 2 --threads 1")
    alone = sides.ours(f"{settings} --threads 2")
    name = f"DDP, {size}"
    labels = ["Python, 2 ranks", "ours, 2 ranks", "ours, 1 process"]
    pair = (labels[:1], labels[1:2])
    return Case(
        name,
        f"A CNN of three convolutions with {size} parameters, batch 32 out of memory, fused Adam:"
        " DistributedDataParallel with 2 processes of one thread, which take half of the batch each, on"
        " Gloo over loopback, beside Python's; and beside one process of two threads. *Sums alone* is what"
        " the step's buckets take by themselves to be summed up over the ranks, *step with sums* by how much"
        " a step is longer than one under `no_sync`. *Sums in backward* and *overlap* are c10d's own figures:"
        " from the first sum's start to the last one's end, and how much of it the backward pass still"
        " computed. Two ranks fill this machine's two cores: what overlaps shares them, and is not hidden. The mean of the ranks' losses is compared, with one process those of the first five steps.",
        "images/s",
        dict(zip(labels, [python, ours, alone])),
        [
            Row(name, *pair, wanted=1.0),
            Row(f"{name}, one process", labels[2:], labels[1:2]),
            Row(f"{name}, sums alone", *pair, at_most=True, cost="sums", unit="ms"),
            Row(f"{name}, step with sums", *pair, at_most=True, cost="exposed", unit="ms"),
            Row(f"{name}, sums in backward", *pair, at_most=True, cost="communication", unit="ms"),
            Row(f"{name}, overlap", *pair, at_most=True, cost="overlap", unit="ms"),
        ],
        RANKS,
    )


def memory(sides, batch_size, images):
    programs, rows = {}, []
    name = f"memory, batch {batch_size}"
    for workers, wanted in [(0, 0.6), (2, 0.3)]:
        settings = (batch_size, workers, images)
        labels = [f"{whose}, {workers} workers" for whose in ["Python", "ours"]]
        programs[labels[0]] = sides.python_training(*settings, memory=True)
        # With and without workers it has to compute the same, whatever the load.
        threads = ["--threads", 1 if batch_size < 32 else 2]
        programs[labels[1]] = sides.our_training(*settings, *threads, memory=True)
        for kind in ["PSS", "RSS"]:
            row = f"{name}, {workers} workers, {kind}"
            rows.append(Row(row, labels[:1], labels[1:], wanted, at_most=True, cost=kind))
    about = (
        f"The most memory that a training of the functional CNN at batch {batch_size} has at once,"
        f" all processes of each side together, from start to end: an epoch of {images} images and a"
        " test, with the whole data set read. PSS counts a page that processes share once, RSS for"
        " each of them. Python's torch is the wheel from PyPI, which loads its CUDA libraries also"
        " where there is no GPU; ours loads them where there is one."
    )
    return Case(name, about, "MB", programs, rows, WHOLE_TRAINING, rounds=3)


def busy(sides, batch_size, images):
    settings = (batch_size, 2, images)
    # Where a batch is worth sharing, ours takes a thread less beside the other process.
    bits = "ours" if batch_size < 32 else "ours, fewer threads"
    ours, python = ["ours", "ours, a core busy"], ["Python", "Python, a core busy"]
    name = f"busy, batch {batch_size}"
    return Case(
        name,
        f"`functional_cnn` as shipped at batch {batch_size}, from start to end: an epoch of {images}"
        " images by 2 workers, and a test. Once on a quiet machine, and once while another process"
        " computes without end on the second core. Python's training beside it.",
        "s",
        {
            python[0]: sides.python_training(*settings),
            ours[0]: sides.our_training(*settings),
            python[1]: sides.python_training(*settings, busy=True),
            ours[1]: sides.our_training(*settings, bits=bits, busy=True),
        },
        [
            Row(name, ours[:1], ours[1:], wanted=1.3, at_most=True),
            Row(f"{name}, Python's own", python[:1], python[1:], at_most=True),
        ],
        WHOLE_TRAINING,
        rounds=3,
    )


def serve(sides, folder, steps):
    files = f"--file {folder / 'cnn.safetensors'} --image {folder / 'image.png'}"
    about = (
        "`flambeau serve`, asked over loopback for what a PNG of 256 × 256 shows, classes, feature maps"
        " and the pixels that mattered: by one client, which waits for each answer, and by 64 at once."
        " Every request has to be answered by 200."
    )
    for name, unit, cost, tells in [
        ("serve", "images/s", "seconds", ""),
        ("serve, p99", "ms", "p99", " Here the time of which 99 in 100 answers take less."),
    ]:
        clients = sides.turns(f"serve --threads 1 --steps {steps} {files}", 2)
        programs = dict(zip(["one client", "64 clients"], clients))
        row = Row(name, ["one client"], ["64 clients"], cost=cost, at_most=cost == "p99")
        yield Case(name, about + tells, unit, programs, [row], equal="the answers")
