"""CIFAR-10 to 94 %: what examples/speedrun does, in Python, line by line.

The same network, the same draws, the same steps, so that the two times can be put side by side; with
as many threads the losses are equal too. What it does and why stands in the example.

    .venv/bin/python scripts/speedrun.py --runs 5
"""

import argparse
import copy
import math
import statistics
import time

import torch
from cifar10 import Cifar10
from torch import nn, optim
from torch.nn import functional as F

# ---- The network ----------------------------------------------------------------------------


class MatrixConv(nn.Module):
    """A convolution 3x3 whose filters are the rows of a matrix, which is what Muon turns, with `padding`
    zeros on each side."""

    def __init__(self, channels, filters, padding):
        super().__init__()
        self.channels, self.filters, self.padding = channels, filters, padding
        self.weight = nn.Parameter(torch.empty(filters, 9 * channels))
        nn.init.kaiming_uniform_(self.weight, math.sqrt(5))
        with torch.no_grad():
            nn.init.dirac_(self.kernels()[:channels])

    def kernels(self):
        return self.weight.view(self.filters, 3, 3, self.channels).permute(0, 3, 1, 2)

    def forward(self, x):
        return F.conv2d(x, self.kernels(), padding=self.padding)


def batch_norm(channels):
    norm = nn.BatchNorm2d(channels, eps=1e-12, momentum=0.44)
    norm.weight.requires_grad_(False)
    return norm


class Block(nn.Module):
    def __init__(self, channels, filters):
        super().__init__()
        self.conv1 = MatrixConv(channels, filters, 0)
        self.pool = nn.MaxPool2d(2)
        self.norm1 = batch_norm(filters)
        self.conv2 = MatrixConv(filters, filters, 1)
        self.norm2 = batch_norm(filters)

    def forward(self, x):
        x = self.conv1(F.pad(x, (1, 0, 1, 0)))
        x = F.silu(self.norm1(self.pool(x)))
        return F.silu(self.norm2(self.conv2(x)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.whiten = nn.Conv2d(3, 24, 2)
        self.block1 = Block(24, 64)
        self.block2 = Block(64, 256)
        self.block3 = Block(256, 256)
        self.pool = nn.MaxPool2d(3)
        self.head = nn.Linear(256, 10, bias=False)
        self.whiten.weight.requires_grad_(False)
        nn.init.zeros_(self.whiten.bias)
        with torch.no_grad():
            self.head.weight.div_(self.head.weight.std())

    def blocks(self):
        return [self.block1, self.block2, self.block3]

    def forward(self, x):
        x = F.silu(self.whiten(x))
        x = self.pool(self.block3(self.block2(self.block1(x))))
        return self.head(x.flatten(1)) / 256


def whitening(images, eps):
    windows = F.unfold(images.permute(0, 3, 1, 2).float(), 2).transpose(1, 2).reshape(-1, 12)
    values, vectors = torch.linalg.eigh(windows.T.cov())
    filters = (vectors / (values + eps).sqrt()).T.reshape(12, 3, 2, 2)
    return torch.cat([filters, -filters])


# ---- The data -------------------------------------------------------------------------------


BRIGHTNESS, CONTRAST = 0.14, 0.13


class Images:
    """Images (N, H, W, C), with `border` pixels more on each side."""

    MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1)
    STD = torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1)

    def __init__(self, args, train, border, kind):
        images, labels = Cifar10(args.data, None, train).tensors()
        self.labels, self.border = labels[: args.limit], border
        parts = []
        for part in images[: args.limit].split(1000):
            images = (part.float() / 255 - self.MEAN) / self.STD
            images = F.pad(images, (border,) * 4, "reflect")
            parts.append(images.permute(0, 2, 3, 1).contiguous().to(kind))
        self.pixels = torch.cat(parts)

    def __len__(self):
        return len(self.labels)

    def select(self, rows):
        some = copy.copy(self)
        some.pixels, some.labels = self.pixels[rows], self.labels[rows]
        return some

    def window(self, below, right):
        return self.pixels[:, below : below + 32, right : right + 32]

    def augmented(self, rows, flip):
        n, side, places = len(rows), 32 + 2 * self.border, 2 * self.border + 1
        below, right = (torch.randint(places, (n, 1)) for _ in range(2))
        across = torch.arange(32)
        mirrored = torch.where(flip[rows].unsqueeze(1), across.flip(0), across)
        ys, xs = (below + across).unsqueeze(2), (right + mirrored).unsqueeze(1)
        at = (rows.view(-1, 1, 1) * side + ys) * side + xs
        pixels = self.pixels.view(-1, 3).index_select(0, at.view(-1))
        brighter, starker = (torch.rand(n, 1, 1, 1) * 2 - 1 for _ in range(2))
        pixels = (pixels.view(n, 32, 32, 3) + BRIGHTNESS * brighter) * (1 + CONTRAST * starker)
        return pixels.permute(0, 3, 1, 2)


# ---- The run --------------------------------------------------------------------------------

MATRIX_LR, BIAS_LR, HEAD_LR = 0.205, 0.0573, 0.5415
WHITEN_BIAS_EPOCHS = 0.2
WEIGHT_DECAY = 0.0016
NORM_EVERY = 8


def train_and_test(args, seed, train, test, kind):
    began = time.perf_counter()
    torch.manual_seed(seed)
    net = Net()
    net.whiten.weight.data = whitening(train.window(train.border, train.border)[:5000], 5e-4)
    net.to(memory_format=torch.channels_last)

    matrices = [conv.weight for block in net.blocks() for conv in (block.conv1, block.conv2)]
    biases = [norm.bias for block in net.blocks() for norm in (block.norm1, block.norm2)]
    muon = optim.Muon(
        matrices,
        lr=MATRIX_LR,
        momentum=0.655,
        weight_decay=0,
        ns_coefficients=(3.4576, -4.7391, 2.0843),
        ns_steps=3,
    )
    sgd = optim.SGD(
        [
            {"params": [net.whiten.bias], "lr": BIAS_LR, "weight_decay": WEIGHT_DECAY / BIAS_LR},
            {"params": biases, "lr": BIAS_LR, "weight_decay": WEIGHT_DECAY / BIAS_LR},
            {"params": [net.head.weight], "lr": HEAD_LR, "weight_decay": WEIGHT_DECAY / HEAD_LR},
        ],
        momentum=0.825,
        nesterov=True,
    )
    criterion = nn.CrossEntropyLoss(label_smoothing=0.09, reduction="sum")

    batch_size = min(args.batch_size, len(train))
    steps = len(train) // batch_size
    flip = torch.rand(len(train)) < 0.5
    steps_left = args.steps
    for epoch in range(args.epochs):
        order = torch.randperm(len(train))
        running_loss = 0.0
        for step in range(steps):
            done = (epoch * steps + step) / steps
            left = 1 - done / args.epochs
            muon.param_groups[0]["lr"] = MATRIX_LR * left
            whiten_bias_lr = BIAS_LR * max(1 - done / WHITEN_BIAS_EPOCHS, 0)
            for group, lr in zip(sgd.param_groups, [whiten_bias_lr, BIAS_LR * left, HEAD_LR * left]):
                group["lr"] = lr
            net.whiten.bias.requires_grad_(whiten_bias_lr > 0)

            rows = order[step * batch_size : (step + 1) * batch_size]
            images, labels = train.augmented(rows, flip), train.labels[rows]
            with cast(kind):
                scores = net(images)
            loss = criterion(scores.float(), labels)
            muon.zero_grad()
            sgd.zero_grad()
            loss.backward()
            if (epoch * steps + step + 1) % NORM_EVERY == 0:
                with torch.no_grad():
                    for matrix in matrices:
                        matrix.mul_(math.sqrt(len(matrix)) / matrix.norm())
            muon.step()
            sgd.step()
            loss = loss.item()
            running_loss += loss
            if args.steps:
                print(f"loss {loss / batch_size}")
                steps_left -= 1
                if not steps_left:
                    break
        if steps_left == 0 and args.steps:
            break
        flip = ~flip
        report = f"seed {seed}, epoch {epoch + 1}: loss {running_loss / (steps * batch_size):.4f}"
        report += f", {time.perf_counter() - began:.1f} s"
        if args.curve:
            paused = time.perf_counter()
            report += f", {100 * accuracy(net, test, kind, False):.2f} % without views"
            began += time.perf_counter() - paused
        print(report, flush=True)
    reached = accuracy(net, test, kind, True)
    return reached, time.perf_counter() - began


def cast(kind):
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=kind == torch.bfloat16)


def accuracy(net, test, kind, views):
    def ask(images):
        scores = []
        for part in images.split(2000):
            part = part.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
            with cast(kind):
                scores.append(net(part).float())
        return torch.cat(scores)

    net.eval()
    with torch.no_grad():
        scores = with_views(test, ask) if views else ask(test.window(1, 1))
    net.train()
    return (scores.argmax(1) == test.labels).float().mean().item()


def with_views(images, ask):
    scores = ask(images.window(1, 1))
    sure = scores.softmax(1).amax(1)
    a_fifth = (len(images) + 4) // 5
    unsure = sure.topk(a_fifth, largest=False).indices
    return scores.index_copy(0, unsure, of_views(images.select(unsure), ask))


def of_views(images, ask):
    def both(below, right):
        view = images.window(below, right)
        return ask(view) + ask(view.flip(2))

    return (both(1, 1) + both(0, 0) + both(0, 2) + both(2, 0) + both(2, 2)) / 10


def main():
    parser = argparse.ArgumentParser(description="CIFAR-10 to 94 %, in Python")
    parser.add_argument("--data", default="data")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=1536)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--precision", choices=["bf16", "f32"], default="bf16")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--steps", type=int, help="train for the first N steps and print their losses")
    parser.add_argument("--curve", action="store_true", help="test after every epoch too")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    kind = torch.bfloat16 if args.precision == "bf16" else torch.float32
    print(f"cpu, {args.threads} threads; {args.precision}, channels last; seed {args.seed}")

    began = time.perf_counter()
    train, test = Images(args, True, 2, kind), Images(args, False, 1, kind)
    loading = time.perf_counter() - began
    print(f"data in memory after {loading:.1f} s", flush=True)

    accuracies, seconds = [], []
    for run in range(args.runs):
        reached, took = train_and_test(args, args.seed + run, train, test, kind)
        print(f"run {run}: {100 * reached:.2f} % in {took:.1f} s", flush=True)
        accuracies.append(100 * reached)
        seconds.append(took)
    mean, took = statistics.mean(accuracies), statistics.mean(seconds)
    deviation = statistics.stdev(accuracies) if args.runs > 1 else 0.0
    print(
        f"{args.runs} run{'s' * (args.runs > 1)}: {mean:.2f} ± {deviation:.2f} %; {took:.1f} s a run, "
        f"{took + loading:.1f} s with the data's loading"
    )


if __name__ == "__main__":
    main()
