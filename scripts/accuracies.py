"""What the notebook's models reach in full runs, here and in Python: the README's table.

Trains each model for the notebook's 20 epochs with each seed, on one thread, tests it after the
last, and prints mean and standard deviation over the seeds. All of it takes some three hours on
one core; `--models` and `--only` take a part. Run it as `.venv/bin/python scripts/accuracies.py`.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import time

import notebook
import parity
import torch
from cifar10 import Cifar10
from torch import nn, optim
from torch.utils.data import DataLoader

# Model, its Python side, its batch, and the example that trains it here with its arguments.
MODELS = {
    "sequential_cnn": (notebook.sequential_cnn, 64, "sequential_cnn"),
    "sequential_cnn, batch 4": (notebook.sequential_cnn, 4, "sequential_cnn --batch-size 4"),
    "functional_cnn": (notebook.CNN, 4, "functional_cnn"),
    "my_conv2d": (notebook.my_cnn, 4, "my_conv2d"),
    "recurrent_network": (notebook.RowReader, 64, "recurrent_network"),
    "recurrent_network, clipped": (None, 64, "recurrent_network --clip 1"),
    "recurrent_network, mean of all steps": (None, 64, "recurrent_network --average"),
    "recurrent_network, both": (None, 64, "recurrent_network --clip 1 --average"),
    "rnn": (lambda: notebook.BuiltInReader(nn.RNN), 64, "recurrent_network --cell rnn"),
    "lstm": (lambda: notebook.BuiltInReader(nn.LSTM), 64, "recurrent_network --cell lstm"),
    "gru": (lambda: notebook.BuiltInReader(nn.GRU), 64, "recurrent_network --cell gru"),
}


def loader(data, train, batch_size):
    """The notebook's loader over tensors made once: its draws and its batches, in less time."""
    images, labels = Cifar10(data, None, train).tensors()
    images = (images.float() / 255 - 0.5) / 0.5

    def collate(indices):
        return images[indices], labels[indices]

    return DataLoader(range(len(labels)), batch_size=batch_size, shuffle=train, collate_fn=collate)


def in_python(build, data, batch_size, seed, epochs):
    """The notebook's cells; the accuracy in percent."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    trainloader, testloader = (loader(data, train, batch_size) for train in [True, False])
    model = build()
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    for epoch in range(epochs):
        losses = (
            parity.train_step(model, criterion, optimizer, inputs, labels)
            for inputs, labels in trainloader
        )
        print(f"loss at epoch {epoch}: {sum(losses)}", flush=True)
    model.eval()
    with torch.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in testloader)
    return 100 * right / len(testloader.dataset)


def here(programs, example, data, seed, epochs):
    """The example that the README names; the accuracy in percent."""
    name, *arguments = example.split()
    settings = f"--seed {seed} --epochs {epochs} --threads 1 --device cpu".split()
    command = [programs / name, *arguments, *settings, "--data", data]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    print("\n".join(line for line in output.splitlines() if line.startswith("loss at")), flush=True)
    return float(re.search(r"test accuracy: ([\d.]+) %", output)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--only", choices=["here", "python"], help="one of the two sides")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--data", type=pathlib.Path, default=parity.ROOT / "data")
    parser.add_argument("--programs", type=pathlib.Path, default=parity.ROOT / "target/debug/examples")
    args = parser.parse_args()

    rows = []
    for model in args.models:
        build, batch_size, example = MODELS[model]
        sides = {
            "here": lambda seed: here(args.programs, example, args.data, seed, args.epochs),
            "python": lambda seed: in_python(build, args.data, batch_size, seed, args.epochs),
        }
        for side in [args.only] if args.only else sides:
            if side == "python" and build is None:
                continue
            reached, begun = [], time.monotonic()
            for seed in args.seeds:
                reached.append(sides[side](seed))
                print(f"{model}, {side}, seed {seed}: {reached[-1]:.2f} %", flush=True)
            seconds = (time.monotonic() - begun) / len(args.seeds)
            spread = f" ± {statistics.stdev(reached):.1f}" if len(reached) > 1 else ""
            rows.append(f"| {model} | {side} | {statistics.mean(reached):.1f}{spread} % | {seconds:.0f} s |")
    print("| model | side | test accuracy | a run |\n|---|---|---|---|", *rows, sep="\n")


if __name__ == "__main__":
    main()
