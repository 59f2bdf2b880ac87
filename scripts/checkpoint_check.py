"""A training that Rust begins, Python goes on with, and Rust ends, against one of Python alone.

    .venv/bin/python scripts/checkpoint_check.py PROGRAM

PROGRAM is the built example `parity`, whose `checkpoint_side.rs` does the same training as `Training` here:
a small CNN with dropout on random crops of images. What both leave in `step-0000000007.pt` and so on is
a checkpoint of `flambeau::train::Checkpoints`, and `Training.checkpoint` and `Training.resume` are all that
it takes to write and to read one in Python. `scripts/parity` does all of that.

`torch.load(path, weights_only=True)` gives a dictionary:

    flambeau    who wrote it, and `format`, the number of this layout
    epoch, step epochs that are over, steps that are done
    best        the best score so far, or None
    threads     how many threads computed
    arguments   what the training was begun with, or None
    generators  `cpu` for torch.set_rng_state, `cuda` for each torch.cuda.set_rng_state
    model       for model.load_state_dict, and so on with optimizer, scheduler, ema and scaler
    loader      where the DataLoader is: see `Batches`
    losses      whatever else the training wants to keep
    ranks       of several ranks: for each its own `generators`, `loader`, `progress` and `buckets`, which above are
                those of rank 0
"""

import copy
import itertools
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

import torch
from torch import nn, optim
from torch.utils.data import BatchSampler, DataLoader, RandomSampler
from torchvision import transforms

EPOCHS, LENGTH = 3, 42


class Batches(BatchSampler):
    """A batch sampler that knows where in its epoch it is, for a DataLoader that shuffles, without workers.

    Its state has the entries of the Rust DataLoader's: `batches` of `length` were handed out, and `ended` says
    whether the epoch came to its end. A sampler draws from the default generator, and draws the same once more
    if that is given its state from before: `draws[0]` is `{call: state}`, and the call that draws is the first.
    """

    def __init__(self, dataset, batch_size):
        super().__init__(RandomSampler(dataset), batch_size, drop_last=False)
        self.batches, self.digest, self.ended = 0, 0, True

    def __iter__(self):
        # This runs when the DataLoader asks for the first batch. Its iterator has drawn a seed before that.
        if self.ended:
            self.batches, self.digest, self.ended = 0, 0, False
            self.before = torch.get_rng_state()
            batches = super().__iter__()
        else:
            torch.set_rng_state(self.before)
            batches = super().__iter__()
            digest = 0
            for indices in itertools.islice(batches, self.batches):
                digest = crc32(indices, digest)
            if digest != self.digest:
                raise ValueError("the sampler gives other batches than before the state was taken")
            torch.set_rng_state(self.now)
        for indices in batches:
            self.batches += 1
            self.digest = crc32(indices, self.digest)
            yield indices
        self.ended = True

    def state_dict(self):
        within = not self.ended
        return {
            "batches": self.batches, "length": len(self), "ended": self.ended,
            "given": self.batches if within else 0, "exhausted": False,
            "digest": self.digest if within else None, "draws": [{1: self.before}] if within else [],
            # Of workers, and of generators of its own, there are none.
            "base_seed": None, "workers": [], "generators": [], "num_workers": 0, "persistent_workers": False,
            "dataset_length": len(self.sampler), "batch_size": self.batch_size,
        }

    def load_state_dict(self, state, now):
        """`now` is the default generator's state at the time of the checkpoint."""
        self.batches, self.ended, self.now = state["batches"], state["ended"], now
        if not self.ended:
            self.digest, self.before = state["digest"], state["draws"][0][1]


def crc32(indices, digest):
    """What `digest` is of the batches up to this one."""
    return zlib.crc32(struct.pack(f"<{1 + len(indices)}Q", len(indices), *indices), digest)


class Images(torch.utils.data.Dataset):
    """Images of noise, cropped and flipped at random."""

    def __init__(self):
        self.images = torch.randint(256, (LENGTH, 3, 32, 32), dtype=torch.uint8)
        self.augment = transforms.Compose([
            transforms.ToPILImage(), transforms.RandomCrop(32, padding=4),
            transforms.RandomHorizontalFlip(), transforms.ToTensor(),
        ])

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.augment(self.images[i]), i % 10


def small_cnn():
    """The model of the trainings that go on elsewhere."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.3),
        nn.Flatten(), nn.Linear(8 * 15 * 15, 10),
    )


class Training:
    def __init__(self, algorithm):
        torch.manual_seed(7)
        images = Images()
        self.batches = Batches(images, 4)
        self.loader = DataLoader(images, batch_sampler=self.batches)
        self.model = small_cnn()
        if algorithm == "sgd":
            self.optimizer = optim.SGD(self.model.parameters(), lr=0.01, momentum=0.9)
        else:
            self.optimizer = optim.Adam(self.model.parameters(), lr=1e-3)
        self.scheduler = optim.lr_scheduler.StepLR(self.optimizer, 5, gamma=0.5)
        self.epoch, self.step, self.losses = 0, 0, []
        self.best, self.arguments = None, None

    def run(self):
        """Trains, and yields behind each step and at each epoch's end."""
        while self.epoch < EPOCHS:
            for images, labels in self.loader:
                self.optimizer.zero_grad()
                loss = nn.functional.cross_entropy(self.model(images), labels)
                loss.backward()
                self.optimizer.step()
                self.scheduler.step()
                self.losses.append(loss.item())
                self.step += 1
                yield
            self.epoch += 1
            yield

    def is_at(self, stop):
        return all(getattr(self, name) == number for name, number in stop.items())

    def checkpoint(self):
        return {
            "flambeau": {"format": 1, "torch": str(torch.__version__)},
            "epoch": self.epoch, "step": self.step, "best": self.best,
            "threads": torch.get_num_threads(), "arguments": self.arguments,
            "generators": {"cpu": torch.get_rng_state(), "cuda": torch.cuda.get_rng_state_all()},
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "loader": self.batches.state_dict(),
            "losses": self.losses,
        }

    def resume(self, checkpoint):
        self.epoch, self.step = checkpoint["epoch"], checkpoint["step"]
        self.best, self.arguments = checkpoint["best"], checkpoint["arguments"]
        self.model.load_state_dict(checkpoint["model"])
        self.optimizer.load_state_dict(checkpoint["optimizer"])
        self.scheduler.load_state_dict(checkpoint["scheduler"])
        self.losses = checkpoint["losses"]
        cpu = checkpoint["generators"]["cpu"]
        self.batches.load_state_dict(checkpoint["loader"], now=cpu)
        torch.set_rng_state(cpu)


# Who trains how far: to within an epoch, behind its last batch, or to its end.
RELAYS = [
    [
        ("Rust", {"epoch": 0, "step": 7}), ("Python", {"epoch": 1, "step": 16}),
        ("Rust", {"epoch": 1, "step": 22}), ("Python", {"epoch": 2, "step": 23}),
        ("Rust", {"epoch": 2, "step": 27}), ("Python", {"epoch": 3, "step": 33}),
    ],
    [
        ("Rust", {"epoch": 2, "step": 22}), ("Python", {"epoch": 2, "step": 29}),
        ("Rust", {"epoch": 3, "step": 33}),
    ],
    [
        ("Python", {"epoch": 1, "step": 11}), ("Rust", {"epoch": 1, "step": 12}),
        ("Python", {"epoch": 1, "step": 22}), ("Rust", {"epoch": 3, "step": 33}),
    ],
]


def python(algorithm, folder, stop):
    """Goes on from the folder's newest checkpoint, and leaves one."""
    training = Training(algorithm)
    for newest in sorted(folder.glob("step-*.pt"))[-1:]:
        training.resume(torch.load(newest, weights_only=True))
    next(_ for _ in training.run() if training.is_at(stop))
    torch.save(training.checkpoint(), folder / f"step-{training.step:010}.pt")


def rust(program, algorithm, folder, stop):
    place = [part for name, number in stop.items() for part in (f"--{name}", str(number))]
    command = [program, f"checkpoint_{algorithm}", folder / "out", "--save", folder, *place]
    subprocess.run(command, check=True)


def facts(checkpoint):
    """What two checkpoints of one place have in common, whoever wrote them: all but who it was."""
    facts = {name: value for name, value in checkpoint.items() if name != "flambeau"}
    # Without workers nobody asks for it.
    facts["loader"] = facts["loader"] | {"base_seed": None}
    return ordered(facts)


def ordered(value):
    """Without the order of keys, and the classes of dictionaries; 0 is as good as 0.0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value)}
    return [ordered(item) for item in value] if isinstance(value, list) else value


def compared(program):
    """Each place of a hand-over: what a training of Python alone is there, and the one that goes on elsewhere."""
    torch.set_num_threads(1)
    for algorithm in ["sgd", "adam"]:
        whole, training = {}, Training(algorithm)
        for _ in training.run():
            whole[training.epoch, training.step] = copy.deepcopy(facts(training.checkpoint()))
        for relay in RELAYS:
            with tempfile.TemporaryDirectory() as folder:
                folder, way = pathlib.Path(folder), []
                for who, stop in relay:
                    if who == "Rust":
                        rust(program, algorithm, folder, stop)
                    else:
                        python(algorithm, folder, stop)
                    way.append(f"{who} to step {stop['step']}")
                    mine = torch.load(folder / f"step-{stop['step']:010}.pt", weights_only=True)
                    yield f"{algorithm}: {', '.join(way)}", whole[stop["epoch"], stop["step"]], facts(mine)


def main():
    import parity

    table = parity.Table()
    for case, theirs, mine in compared(sys.argv[1]):
        table.add("Rust, Python, Rust, in mid-epoch", case, parity.flat(theirs), parity.flat(mine))
    sys.exit(0 if table.print() else 1)


if __name__ == "__main__":
    main()
