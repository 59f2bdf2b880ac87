"""Python's side of `scripts/bench`, line for line the twin of bench_side.rs.

`bench_side.py WHAT …` makes ready, says so, and then measures a stretch for each seed that it reads,
a line each. What it answers are lines of JSON: first with how many threads it computes and on what
the last bits of its results depend; then, for each stretch, the seconds, what was counted in them,
and the values by which the two sides are compared. `program` is a whole training instead, and
`files` makes what a start needs.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import time

import notebook
import torch
import torch.distributed as dist
from cifar10 import Cifar10
from PIL import Image
from safetensors.torch import save_file
from torch import nn, optim
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Subset
from torchvision import transforms

# Batches before the clock starts: the workers are at work then, and the memory is at hand.
WARM_UP = 20

# The same where a step may take a second.
FEW = 2

# Images that the layers are measured on, batch after batch and then from the beginning.
IMAGES = 3200


def dataset(args, train=True):
    """CIFAR-10 as the notebook loads it, and augmented if asked for."""
    augment = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]
    transform = transforms.Compose([
        *(augment if args.augment else []),
        transforms.ToTensor(),
        transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    ])
    return Cifar10(args.data, transform, train)


class InMemory:
    """The loader's batches, in its order, out of tensors made once: no loader is faster."""

    def __init__(self, args):
        images, self.labels = Cifar10(args.data, None).tensors()
        self.images = (images.float() / 255 - 0.5) / 0.5
        self.batch_size = args.batch_size

    def __iter__(self):
        # What the loader draws when an epoch begins, so that the shuffle is the same.
        _base_seed, seed = (torch.empty((), dtype=torch.int64).random_().item() for _ in range(2))
        order = torch.randperm(len(self.labels), generator=torch.Generator().manual_seed(seed))
        for indices in order.split(self.batch_size):
            yield self.images[indices], self.labels[indices]


def batches(args):
    """What an epoch goes through."""
    if args.in_memory:
        return InMemory(args)
    return DataLoader(dataset(args), args.batch_size, shuffle=True, num_workers=args.workers)


def training(args):
    """The notebook's loop on its functional CNN; the losses of all steps."""
    loader = batches(args)

    def stretch(seed):
        torch.manual_seed(seed)
        model = notebook.CNN()
        criterion = nn.CrossEntropyLoss()
        optimizer = optim.Adam(model.parameters(), lr=0.001, fused=args.fused)
        epoch = iter(loader)

        def steps(count):
            running_loss, losses = 0.0, []
            for _ in range(count):
                inputs, labels = next(epoch)
                optimizer.zero_grad()
                loss = criterion(model(inputs), labels)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                running_loss += losses[-1]
            return losses

        first = steps(WARM_UP)
        result = timed(args.batch_size * args.steps, lambda: steps(args.steps))
        result["values"][:0] = first
        return result

    return "fused Adam" if args.fused else "loop Adam", stretch


def loader(args):
    """The loader alone; a checksum of each batch, from another pass that the clock does not see."""
    data = batches(args)

    def stretch(seed):
        def epoch():
            torch.manual_seed(seed)
            return iter(data)

        begun = epoch()
        for _ in range(WARM_UP):
            next(begun)

        def go_through():
            for _ in range(args.steps):
                next(begun)

        result = timed(args.batch_size * args.steps, go_through)
        again = epoch()
        result["values"] = [checksum(next(again)[0]) for _ in range(WARM_UP + args.steps)]
        return result

    return "bytes", stretch


def checksum(images):
    """Of the bits and of where they stand."""
    bits = images.reshape(-1).view(torch.int32).long()
    return (bits * torch.arange(1, len(bits) + 1)).sum().item()


class Unfold(nn.Module):
    """The notebook's MyConv2d as one writes it first: F.unfold, then a product for each image."""

    def __init__(self, n_channels, out_channels, kernel_size):
        super().__init__()
        self.kernel_size, self.out_channels = kernel_size, out_channels
        self.weights = nn.Parameter(torch.empty(out_channels, n_channels, kernel_size**2))
        self.bias = nn.Parameter(torch.empty(out_channels))
        nn.init.kaiming_uniform_(self.weights, a=math.sqrt(5))
        bound = 1 / math.sqrt(n_channels * kernel_size**2)
        nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, x):
        rows, columns = (side - self.kernel_size + 1 for side in x.shape[-2:])
        windows = F.unfold(x, self.kernel_size)
        result = self.weights.flatten(1) @ windows + self.bias.unsqueeze(1)
        return result.view(*x.shape[:-3], self.out_channels, rows, columns)


def convolutions(args):
    """The CNN's two convolutions forward and backward, each fed what it is fed in the CNN."""
    torch.manual_seed(0)
    layer = {"conv2d": nn.Conv2d, "unfold": Unfold}[args.layer]
    layers = nn.ModuleList([layer(3, 6, 5), layer(6, 16, 5)])
    cycle = []
    for images, _labels in some_batches(args):
        with torch.no_grad():
            pooled = F.max_pool2d(F.relu(layers[0](images)), 2)
        # The gradients that come back: any numbers, but no constant that a kernel might fold.
        gradients = [torch.rand(len(images) * n) for n in [6 * 28 * 28, 16 * 10 * 10]]
        cycle.append((images, pooled, gradients))

    def stretch(_seed):
        def steps(count):
            losses = []
            for i in range(count):
                images, pooled, gradients = cycle[i % len(cycle)]
                layers.zero_grad()
                pooled = pooled.detach().requires_grad_()
                first = layers[0](images).view(-1).dot(gradients[0])
                second = layers[1](pooled).view(-1).dot(gradients[1])
                (first + second).backward()
                losses.append(first.item() + second.item())
            sums = [p.grad.abs().sum(dtype=torch.float64) for p in [*layers.parameters(), pooled]]
            return losses + [sum.item() for sum in sums]

        steps(WARM_UP)
        return timed(args.steps, lambda: steps(args.steps))

    return args.layer, stretch


class StepByStep(notebook.RecurrentNetwork):
    """The notebook's recurrent network as one writes it first: all of a step in the step."""

    def read(self, sequence):
        h, outputs, hidden = self.nothing(sequence.shape[1]), [], []
        for x in sequence:
            h = torch.tanh(h @ self.w_hh.T + x @ self.w_xh.T + self.b_h)
            outputs.append(h @ self.w_hy.T + self.b_y)
            hidden.append(h)
        return torch.stack(outputs), torch.stack(hidden)


def recurrent(args):
    """A network that reads images row by row, forward and backward."""
    torch.manual_seed(0)
    network = StepByStep(96, 128, 10)
    model = built_in(network) if args.layer == "rnn" else network

    def scores(images):
        return model(images) if args.layer == "rnn" else model.read(notebook.rows(images))[0][-1]

    cycle = some_batches(args)

    def stretch(_seed):
        def steps(count):
            losses = []
            for i in range(count):
                images, labels = cycle[i % len(cycle)]
                model.zero_grad()
                loss = F.cross_entropy(scores(images), labels)
                loss.backward()
                losses.append(loss.item())
            return losses

        steps(WARM_UP)
        return timed(args.steps, lambda: steps(args.steps))

    return args.layer, stretch


def built_in(network):
    """The same weights in libtorch's own RNN."""
    reader = notebook.BuiltInReader(nn.RNN)
    weights = reader.state_dict()
    weights |= {"rnn.weight_ih_l0": network.w_xh, "rnn.weight_hh_l0": network.w_hh}
    weights |= {"rnn.bias_ih_l0": network.b_h, "rnn.bias_hh_l0": torch.zeros(128)}
    reader.load_state_dict(weights | {"output.weight": network.w_hy, "output.bias": network.b_y})
    return reader


class Others:
    """The other processes of this one, which take the same seeds."""

    def __init__(self, args):
        """Begins the group: the first process starts the others, by its own arguments."""
        self.processes = []
        if args.ranks == 1:
            return
        if args.rank == 0:
            self.folder = tempfile.TemporaryDirectory()
            args.store = pathlib.Path(self.folder.name)
            for rank in range(1, args.ranks):
                command = [sys.executable, *sys.argv, "--rank", str(rank), "--store", str(args.store)]
                pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
                self.processes.append(subprocess.Popen(command, stdin=pipe, stdout=nowhere, text=True))
        store = f"file://{args.store}/store"
        dist.init_process_group("gloo", init_method=store, rank=args.rank, world_size=args.ranks)

    def tell(self, seed):
        for process in self.processes:
            print(seed, file=process.stdin, flush=True)


def wide_cnn(width):
    """A CNN of 90 width² + 0.7 width · 1000 parameters, about."""
    return nn.Sequential(
        nn.Conv2d(3, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(2 * width, 4 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * width, 10),
    )


def distributed(args):
    """A training by several ranks, each with its share of the batch; then the same steps without sums, and
    the sums alone."""
    others = Others(args)
    share = args.batch_size // args.ranks
    own = slice(args.rank * share, (args.rank + 1) * share)
    cycle = [(inputs[own].contiguous(), labels[own].contiguous()) for inputs, labels in some_batches(args)]

    def stretch(seed):
        others.tell(seed)
        torch.manual_seed(seed)
        model = wide_cnn(args.width)
        optimizer = optim.Adam(model.parameters(), lr=0.001, fused=True)
        ddp = DistributedDataParallel(model) if args.ranks > 1 else model

        def steps(count):
            losses = []
            for i in range(count):
                inputs, labels = cycle[i % len(cycle)]
                optimizer.zero_grad()
                loss = F.cross_entropy(ddp(inputs), labels)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            return losses

        if args.ranks > 1:
            ddp._set_ddp_runtime_logging_sample_rate(1)
        steps(FEW)
        if args.ranks == 1:
            return timed(args.batch_size * args.steps, lambda: steps(args.steps))
        dist.barrier()
        result = timed(args.batch_size * args.steps, lambda: steps(args.steps))
        losses = torch.tensor(result["values"], dtype=torch.float64)
        dist.all_reduce(losses, dist.ReduceOp.AVG)
        result["values"] = losses.tolist()

        def each(work):
            dist.barrier()
            begun = time.perf_counter()
            work()
            dist.barrier()
            return (time.perf_counter() - begun) / args.steps

        def without_sums():
            with ddp.no_sync():
                steps(args.steps)

        # Of the steps of this stretch and the few before them, but for the last.
        data = ddp._get_ddp_logging_data()
        logged = {name: data[f"avg_backward_{name}_time"] / 1e9 for name in ["comm", "compute_comm_overlap"]}
        sizes = data.get("rebuilt_bucket_sizes") or data["bucket_sizes"]
        buckets = [torch.zeros(int(size) // 4) for size in sizes.split(", ")]

        def sums_alone():
            for _ in range(args.steps):
                for bucket in buckets:
                    dist.all_reduce(bucket)

        compute, sums = each(without_sums), each(sums_alone)
        result["costs"] = {
            "compute": compute,
            "sums": sums,
            "communication": logged["comm"],
            "overlap": max(logged["compute_comm_overlap"], 1e-9),
            "exposed": max(result["seconds"] / args.steps - compute, 1e-9),
        }
        return result

    return "several ranks" if args.ranks > 1 else "one rank", stretch


def some_batches(args):
    """The first images, in batches."""
    images = DataLoader(Subset(dataset(args), range(IMAGES)), args.batch_size)
    return list(images)


def loading(args):
    """A checkpoint, read or mapped."""

    def stretch(_seed):
        def steps(count):
            for _ in range(count):
                state = torch.load(args.file, mmap=args.mmap)
            return [state]

        steps(2)
        answer = timed(args.steps, lambda: steps(args.steps))
        [state] = answer["values"]
        return answer | {"values": [sum(t.sum(dtype=torch.float64).item() for t in state.values())]}

    return "loading", stretch


def timed(count, work):
    """`work` under the clock; it returns the values that are compared."""
    begun = time.perf_counter()
    values = work()
    return {"seconds": time.perf_counter() - begun, "count": count, "values": values}


def program(args):
    """The twin of the example functional_cnn: an epoch, and a test on images not seen before."""
    trainset, testset = (Subset(dataset(args, train), range(args.images)) for train in [True, False])
    trainloader = DataLoader(trainset, args.batch_size, shuffle=True, num_workers=args.workers)
    testloader = DataLoader(testset, args.batch_size, num_workers=args.workers)
    torch.manual_seed(0)
    model = notebook.CNN()
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    running_loss = 0.0
    for inputs, labels in trainloader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    print(f"loss at epoch 0: {running_loss}")
    model.eval()
    with torch.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in testloader)
    print(f"test accuracy: {100 * right / len(testset):.2f} % of {len(testset)} images")


def files(args):
    """What `functional_cnn --load FILE --predict FILE` needs, weights and an image of its own; and a
    checkpoint to load."""
    torch.manual_seed(0)
    cnn = notebook.CNN()
    # A network that has learned nothing finds all classes alike: make it surer.
    cnn.neur3.weight.data *= 100
    save_file(cnn.state_dict(), args.folder / "cnn.safetensors")
    weights = {f"layers.{i}.weight": torch.randn(373, 373) for i in range(160)}
    torch.save(weights, args.folder / "weights.pt")
    image = Image.fromarray(Cifar10(args.data, None, train=False).images[0])
    image.resize((256, 256)).save(args.folder / "image.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    measured = {f.__name__: f for f in [training, loader, convolutions, recurrent, loading, distributed]}
    done = {f.__name__: f for f in [program, files]}
    parser.add_argument("what", choices=measured | done)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="the folder of CIFAR-10")
    parser.add_argument("--threads", default="auto", help="auto: as many as torch takes by itself")
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--steps", type=int, default=1, help="how many make a stretch")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--images", type=int, help="how many `program` trains and tests on")
    parser.add_argument("--in-memory", action="store_true", help="no loader: tensors made once")
    parser.add_argument("--augment", action="store_true")
    parser.add_argument("--fused", action="store_true", help="Adam in one kernel")
    parser.add_argument("--layer", help="conv2d or unfold; rnn or by_hand")
    parser.add_argument("--file", type=pathlib.Path, help="what `loading` loads")
    parser.add_argument("--mmap", action="store_true")
    parser.add_argument("--ranks", type=int, default=1, help="how many processes share the batch")
    parser.add_argument("--width", type=int, help="how many channels the first layer of `distributed` has")
    parser.add_argument("--rank", type=int, default=0, help="which of them this is; the first starts the others")
    parser.add_argument("--store", type=pathlib.Path, help="where they meet")
    parser.add_argument("--folder", type=pathlib.Path, help="where `files` go")
    args = parser.parse_args()
    if args.threads != "auto":
        torch.set_num_threads(int(args.threads))
    if args.what in done:
        return done[args.what](args)
    bits, stretch = measured[args.what](args)
    say({"threads": torch.get_num_threads(), "bits": bits})
    for seed in sys.stdin:
        say(stretch(int(seed)))


def say(answer):
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
