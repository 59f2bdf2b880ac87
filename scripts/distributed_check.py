"""Models that several ranks train together, in Rust and in Python: DistributedDataParallel on Gloo.

    .venv/bin/python scripts/distributed_check.py PROGRAM

PROGRAM is the built example `parity`, whose `distributed_side.rs` is the twin of this file: both run the
cases of `CASES`, a process for each rank, which meet at a file. `scripts/parity` does so too.
"""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

import notebook
import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from torch import nn, optim
from torch.distributed.algorithms.ddp_comm_hooks import default_hooks
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

# A case's settings, if it is a training: the model, `steps`, `accumulate` of them at once, and the keywords that are not Python's
# defaults. `cap` is bucket_cap_mb.
CASES = {
    "collectives": "",
    "cnn": "model=cnn steps=200",
    "cnn, buckets of 0.1 MiB": "model=cnn steps=200 cap=0.1",
    "cnn, buckets of 0.01 MiB": "model=cnn steps=200 cap=0.01",
    "cnn, fp16": "model=cnn steps=200 hook=fp16",
    "cnn, bf16": "model=cnn steps=200 hook=bf16",
    "cnn, a hook that sums up": "model=cnn steps=50 hook=allreduce",
    "cnn, a hook of one's own": "model=cnn steps=50 hook=own cap=0.1",
    "cnn, a hook of one's own that gathers": "model=cnn steps=20 hook=gather",
    "norm, join": "model=norm steps=20 join",
    "norm, join, divided by those that have inputs": "model=norm steps=20 join remaining cap=0.02",
    "branches, join": "model=branches steps=20 join unused accumulate=2",
    "cnn, find_unused_parameters": "model=cnn steps=200 unused",
    "cnn, no_sync": "model=cnn steps=200 accumulate=3",
    "cnn, gradient_as_bucket_view": "model=cnn steps=50 view",
    "cnn, static_graph": "model=cnn steps=50 static",
    "norm": "model=norm steps=200",
    "norm, buffers of its own": "model=norm steps=50 local",
    "norm, buffers sent at first alone": "model=norm steps=50 forward_local",
    "norm, no_sync and bf16": "model=norm steps=50 accumulate=2 hook=bf16 cap=0.02",
    "branches": "model=branches steps=100 unused",
    "branches, no_sync": "model=branches steps=50 unused accumulate=4",
    "branches, views of buckets": "model=branches steps=50 unused view cap=0.002",
    "wide": "model=wide steps=20",
    "wide, static_graph and fp16": "model=wide steps=20 static hook=fp16 cap=0.5",
    "wide, half of it frozen": "model=wide steps=20 frozen",
    "wide, in f64": "model=wide steps=20 double",
    "embedding, sparse": "model=embedding steps=20 cap=0.001",
    "the Trainer": "trainer",
    "the Trainer, accumulating": "trainer accumulate=3",
}
WORLDS = [2, 3]


class Branches(nn.Module):
    """Each step takes one of two ways, and what it does not need has no gradient."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(20, 16)
        self.left, self.right = nn.Linear(16, 10), nn.Linear(16, 10)

    def forward(self, x, left):
        x = self.trunk(x).relu()
        return self.left(x) if left else self.right(x)


def model_of(name):
    match name:
        case "cnn":
            return notebook.CNN()
        case "norm":
            return nn.Sequential(
                nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(),
                nn.Linear(392, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 10),
            )
        case "branches":
            return Branches()
        case "wide":
            return nn.Sequential(
                nn.Linear(20, 500), nn.Tanh(), nn.Linear(500, 500), nn.Tanh(), nn.Linear(500, 500),
                nn.Tanh(), nn.Linear(500, 10),
            )
        case "embedding":
            return nn.Sequential(nn.Embedding(50, 6, sparse=True), nn.Flatten(), nn.Linear(24, 10))


def batch(name, kind):
    match name:
        case "cnn" | "norm":
            return torch.randn(4, 3, 32, 32)
        case "embedding":
            return torch.randint(50, (4, 4))
        case _:
            return torch.randn(8, 20).to(kind)


def own_hook(_state, bucket):
    """Sums up a part of the gradients, and what is left of each by itself."""
    gradients = bucket.buffer() * 0.75 / dist.get_world_size() + sum(g.sum() for g in bucket.gradients()) * 1e-3
    scale = 1.0 if bucket.is_last() else 0.5 + bucket.index()
    done = dist.all_reduce(gradients, async_op=True).get_future()
    return done.then(lambda done: done.value()[0] * scale + bucket_weights(bucket))


def bucket_weights(bucket):
    return sum(p.detach().abs().sum() for p in bucket.parameters()) * 1e-4


def gather_hook(_state, bucket):
    """Computes the mean itself, and leaves the rest of the pass waiting for it."""
    every = [torch.zeros_like(bucket.buffer()) for _ in range(dist.get_world_size())]
    dist.all_gather(every, bucket.buffer())
    done = torch.futures.Future()
    done.set_result(torch.stack(every).mean(0))
    return done


HOOKS = {
    "own": own_hook,
    "gather": gather_hook,
    "allreduce": default_hooks.allreduce_hook,
    "fp16": default_hooks.fp16_compress_hook,
    "bf16": default_hooks.bf16_compress_hook,
}


def trained(settings, rank):
    """A training of the ranks together, as this one sees it: the twin of `trained` in distributed_side.rs."""
    settings = dict(word.partition("=")[::2] for word in settings.split())
    name, steps = settings["model"], int(settings["steps"])
    accumulate = int(settings.get("accumulate", 1))
    kind = torch.float64 if "double" in settings else torch.float32
    # Each rank draws its own weights, of which the first's go to all.
    torch.manual_seed(rank)
    model = model_of(name).to(kind)
    if "frozen" in settings:
        model[2].requires_grad_(False)
    keywords = {
        "find_unused_parameters": "unused" in settings, "gradient_as_bucket_view": "view" in settings,
        "static_graph": "static" in settings,
    }
    if "cap" in settings:
        keywords["bucket_cap_mb"] = float(settings["cap"])
    if "local" in settings:
        keywords["broadcast_buffers"] = False
    if "forward_local" in settings:
        keywords["forward_sync_buffers"] = False
    ddp = DistributedDataParallel(model, **keywords)
    if "hook" in settings:
        ddp.register_comm_hook(None, HOOKS[settings["hook"]])
    result = {f"initial weights/{k}": v.clone() for k, v in ddp.state_dict().items()}
    sparse = name == "embedding"
    parameters = [p for p in ddp.parameters() if p.requires_grad]
    optimizer = optim.SGD(parameters, lr=0.1) if sparse else optim.Adam(parameters, lr=1e-3)
    losses = []
    if "join" in settings:
        # Some have fewer inputs: the first, whose buffers the others take elsewhere, the fewest.
        steps -= 3 * (dist.get_world_size() - 1 - rank)
    joined = ddp.join(divide_by_initial_world_size="remaining" not in settings, enable="join" in settings)
    joined.__enter__()
    for step in range(steps):
        optimizer.zero_grad()
        for i in range(accumulate):
            last = i == accumulate - 1
            with contextlib.nullcontext() if last else ddp.no_sync():
                x, labels = batch(name, kind), torch.randint(10, (8 if name not in ("cnn", "norm", "embedding") else 4,))
                # Ranks take different ways, and sometimes all the same one.
                way = [(step // 2 + step % 2 * rank) % 2 == 0] if name == "branches" else []
                loss = nn.functional.cross_entropy(ddp(x, *way), labels) / accumulate
                loss.backward()
                losses.append(loss.item())
        optimizer.step()
    joined.__exit__(None, None, None)
    result["losses/of each step"] = torch.tensor(losses, dtype=torch.float64)
    result |= {f"weights/{k}": v.clone() for k, v in ddp.state_dict().items()}
    for i, parameter in enumerate(parameters):
        if not sparse:
            result[f"moments/first {i}"] = optimizer.state[parameter]["exp_avg"]
            result[f"moments/second {i}"] = optimizer.state[parameter]["exp_avg_sq"]
    data = ddp._get_ddp_logging_data()
    sizes = data.get("rebuilt_bucket_sizes") or data["bucket_sizes"]
    result["buckets/bytes"] = torch.tensor([int(size) for size in sizes.split(", ")])
    result["generator/state"] = torch.get_rng_state()
    return result


def through_trainer(settings, rank, size):
    """A training as PyTorch's examples write it, which a Trainer does in Rust."""
    accumulate = int(settings.partition("accumulate=")[2] or 1)
    torch.manual_seed(0)
    dataset = TensorDataset(torch.randn(53, 3, 32, 32), torch.randint(10, (53,)))
    # 53 samples do not go round, so some come twice; nor do batches of 4.
    sampler = DistributedSampler(dataset, num_replicas=size, rank=rank)
    loader = DataLoader(dataset, batch_size=4, sampler=sampler)
    ddp = DistributedDataParallel(nn.Sequential(model_of("norm"), nn.Dropout(0.1)))
    optimizer = optim.Adam(ddp.parameters(), lr=1e-3)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    losses, running_losses = [], []
    for epoch in range(2):
        sampler.set_epoch(epoch)
        running_loss = torch.zeros(1, dtype=torch.float64)
        for i, (inputs, labels) in enumerate(loader):
            steps = (i + 1) % accumulate == 0 or i + 1 == len(loader)
            if i % accumulate == 0:
                optimizer.zero_grad()
            with contextlib.nullcontext() if steps else ddp.no_sync():
                loss = nn.functional.cross_entropy(ddp(inputs), labels)
                (loss / accumulate).backward()
            if steps:
                nn.utils.clip_grad_norm_(ddp.parameters(), 1.0)
                optimizer.step()
            losses.append(loss.item())
            running_loss += loss.item()
        scheduler.step()
        dist.all_reduce(running_loss)
        running_losses.append(running_loss.item())
    result = {f"weights/{k}": v.clone() for k, v in ddp.module.state_dict().items() if "running" not in k}
    for i, parameter in enumerate(ddp.parameters()):
        result[f"moments/first {i}"] = optimizer.state[parameter]["exp_avg"]
        result[f"moments/second {i}"] = optimizer.state[parameter]["exp_avg_sq"]
    # Each rank's own, of its last batch: an evaluation would begin with those of rank 0.
    result |= {f"buffers/{k}": v.clone() for k, v in ddp.module.named_buffers()}
    numbers = {"of each step": losses, "of each epoch": running_losses, "rate": [scheduler.get_last_lr()[0]]}
    result |= {f"losses/{k}": torch.tensor(v, dtype=torch.float64) for k, v in numbers.items()}
    return result | {"generator/state": torch.get_rng_state()}


def collectives(rank, size):
    """Every collective on numbers of each kind."""
    torch.manual_seed(rank)
    result = {}
    ops = dist.ReduceOp
    reductions = {"sum": ops.SUM, "avg": ops.AVG, "product": ops.PRODUCT, "min": ops.MIN, "max": ops.MAX}
    kinds = [torch.float32, torch.float64, torch.int64, torch.float16, torch.bfloat16]
    numbers = lambda kind, n=1000: (torch.randn(n) * 8).to(kind)
    for kind in kinds:
        for name, op in reductions.items():
            if op == ops.AVG and kind == torch.int64:
                continue
            x = numbers(kind)
            dist.all_reduce(x, op)
            result[f"all_reduce, {name}, {kind}"] = x
        for name, op in reductions.items():
            if op == ops.AVG and kind == torch.int64:
                continue
            x = numbers(kind)
            dist.reduce(x, 1, op)
            if rank == 1:
                result[f"reduce, {name}, {kind}"] = x
            out = torch.zeros(4, dtype=kind)
            dist.reduce_scatter(out, [numbers(kind, 4) for _ in range(size)], op)
            result[f"reduce_scatter, {name}, {kind}"] = out
        out = torch.zeros(4, dtype=kind)
        dist.reduce_scatter_tensor(out, numbers(kind, 4 * size), ops.SUM)
        result[f"reduce_scatter_tensor, {kind}"] = out
    for op in ["band", "bor", "bxor"]:
        x = torch.randint(1 << 40, (50,))
        dist.all_reduce(x, getattr(ops, op.upper()))
        result[f"all_reduce, {op}"] = x
    x = torch.complex(torch.randn(20), torch.randn(20))
    dist.all_reduce(x)
    result["all_reduce, complex"] = torch.view_as_real(x)
    for real, kind in [(torch.float32, torch.complex64), (torch.float64, torch.complex128)]:
        complex_numbers = lambda n: torch.complex(numbers(real, n), numbers(real, n))
        zeros = lambda n: torch.zeros(n, dtype=kind)
        several = lambda: [complex_numbers(3) for _ in range(size)]
        made = {"broadcast": complex_numbers(3)}
        dist.broadcast(made["broadcast"], size - 1)
        out = [zeros(3) for _ in range(size)]
        dist.all_gather(out, complex_numbers(3))
        made["all_gather"] = torch.stack(out)
        made["all_gather_into_tensor"] = zeros(3 * size)
        dist.all_gather_into_tensor(made["all_gather_into_tensor"], complex_numbers(3))
        made["scatter"] = zeros(3)
        dist.scatter(made["scatter"], several() if rank == 0 else None, 0)
        out = [zeros(3) for _ in range(size)]
        dist.all_to_all(out, several())
        made["all_to_all"] = torch.stack(out)
        made["all_to_all_single"] = zeros(2 * size)
        dist.all_to_all_single(made["all_to_all_single"], complex_numbers(2 * size))
        made["send and recv"] = zeros(3)
        sent = dist.isend(complex_numbers(3), (rank + 1) % size)
        dist.recv(made["send and recv"], (rank - 1) % size)
        sent.wait()
        result |= {f"{name}, {kind}": torch.view_as_real(x) for name, x in made.items()}
    x = torch.randn(6)
    dist.broadcast(x, size - 1)
    result["broadcast"] = x
    out = [torch.zeros(3, 2) for _ in range(size)]
    dist.all_gather(out, torch.randn(3, 2))
    result["all_gather"] = torch.stack(out)
    out = torch.zeros(3 * size, 2)
    dist.all_gather_into_tensor(out, torch.randn(3, 2))
    result["all_gather_into_tensor"] = out
    out = [torch.zeros(5) for _ in range(size)] if rank == 1 else None
    dist.gather(torch.randn(5), out, 1)
    if rank == 1:
        result["gather"] = torch.stack(out)
    out = torch.zeros(5)
    dist.scatter(out, [torch.randn(5) for _ in range(size)] if rank == 0 else None, 0)
    result["scatter"] = out
    out = [torch.zeros(5) for _ in range(size)]
    dist.all_to_all(out, [torch.randn(5) for _ in range(size)])
    result["all_to_all"] = torch.stack(out)
    out = torch.zeros(2 * size, 3)
    dist.all_to_all_single(out, torch.randn(2 * size, 3))
    result["all_to_all_single"] = out
    # From rank i to rank j go i + 2j rows.
    given, taken = [rank + 2 * other for other in range(size)], [other + 2 * rank for other in range(size)]
    out = torch.zeros(sum(taken), 3)
    dist.all_to_all_single(out, torch.randn(sum(given), 3), taken, given)
    result["all_to_all_single, uneven"] = out
    out = torch.zeros(7)
    sent = dist.isend(torch.randn(7), (rank + 1) % size)
    dist.recv(out, (rank - 1) % size)
    sent.wait()
    result["send and recv"] = out
    group = dist.new_group([0, size - 1])
    x = torch.randn(1000)
    if rank in (0, size - 1):
        dist.all_reduce(x, group=group)
    result["all_reduce, a group"] = x
    all_of_them = [torch.randn(100) for _ in range(5)]
    for work in [dist.all_reduce(x, async_op=True) for x in all_of_them]:
        work.wait()
    result["all_reduce, async"] = torch.stack(all_of_them)
    dist.barrier()
    return {f"numbers/{key}": value.clone() for key, value in result.items()}


def as_rank(rank, size, folder, out):
    """All cases, as one of the ranks."""
    torch.set_num_threads(1)
    result = {}
    for i, (name, settings) in enumerate(CASES.items()):
        # `join` has warnings shown again.
        warnings.simplefilter("ignore")
        dist.init_process_group("gloo", init_method=f"file://{folder}/{i}", rank=rank, world_size=size)
        if settings.startswith("trainer"):
            found = through_trainer(settings, rank, size)
        else:
            found = trained(settings, rank) if settings else collectives(rank, size)
        result |= {f"{name}/{key}": tensor.contiguous() for key, tensor in found.items()}
        dist.barrier()
        dist.destroy_process_group()
    save_file(result, out)


def ranks(size, command):
    """What each rank writes, of `size` processes that are started with this command."""
    with tempfile.TemporaryDirectory() as folder:
        outs = [pathlib.Path(folder) / f"rank{rank}.safetensors" for rank in range(size)]
        started = [subprocess.Popen(command(rank, folder, out), stdout=sys.stderr) for rank, out in enumerate(outs)]
        codes = [process.wait() for process in started]
        assert not any(codes), f"ranks ended with {codes}"
        return [load_file(out) for out in outs]


def compared(program):
    """What Python's and our ranks have computed, case by case."""
    here = pathlib.Path(__file__).parent
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    cases = [word for item in CASES.items() for word in item]
    for size in WORLDS:
        theirs = ranks(size, lambda rank, folder, out: [
            sys.executable, here / "distributed_check.py", "rank", str(rank), str(size), folder, out])
        mine = ranks(size, lambda rank, folder, out: [
            program, "distributed", out, "--rank", str(rank), "--world-size", str(size), "--save", folder, *cases])
        for name in CASES:
            yield f"{size} ranks, {name}", of_case(theirs, name), of_case(mine, name)
        if size == 2:
            yield "2 ranks of torchrun, which starts them again", of_case(theirs, "norm"), started_again(program, "norm")


def of_case(found, name):
    tensors = {
        f"rank {rank}, {key.removeprefix(name + '/')}": tensor
        for rank, tensors in enumerate(found) for key, tensor in tensors.items() if key.startswith(name + "/")
    }
    assert tensors, f"nothing was computed of {name}"
    return tensors


def started_again(program, name):
    """What a training gives under torchrun in which a rank dies once."""
    with tempfile.TemporaryDirectory() as folder:
        run = f'exec "$0" distributed "{folder}/$RANK.safetensors" --world-size 0 --save "{folder}" "$@"'
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--no-python", "--nproc-per-node", "2"]
        command = [*torchrun, "--max-restarts", "1", "bash", "-c", run, program, name, CASES[name] + " dies"]
        result = subprocess.run(command, stdout=sys.stderr, stderr=subprocess.PIPE, text=True)
        assert result.returncode == 0, result.stderr
        return of_case([load_file(f"{folder}/{rank}.safetensors") for rank in range(2)], name)


def main():
    if sys.argv[1] == "rank":
        rank, size, folder, out = sys.argv[2:]
        return as_rank(int(rank), int(size), folder, out)
    failed = 0
    for case, theirs, mine in compared(sys.argv[1]):
        bits = lambda tensor: tensor.reshape(-1).view(torch.uint8)
        wrong = [key for key in theirs | mine if key not in theirs or key not in mine
                 or theirs[key].shape != mine[key].shape or not torch.equal(bits(theirs[key]), bits(mine[key]))]
        failed += bool(wrong) or not theirs
        print(f"{case}: {len(theirs)} tensors, {len(wrong)} unequal {wrong[:4]}")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
