"""What more hosts would give: a model of data-parallel training from what two ranks measure.

    .venv/bin/python scripts/distributed_model.py [--quick] target/debug/examples

It measures, by our side of `scripts/bench`, at three sizes the step of a rank without sums, the sums alone,
and in a step, by c10d's figures, how long it is from the first sum's start to the last one's end and how much of
that the backward pass still computes; and how long a sum of one number and of 64 MiB takes. From these it computes a table, which it writes into BENCHMARKS.md under "Remarks" (with --quick it prints it).
"""

import argparse
import pathlib
import re
import statistics
import sys

from bench import REPORT, ROOT, load
from bench_cases import SIZES, WIDTHS, Sides

HOSTS = [8, 64, 1024]
# What carries the sums: its bandwidth in bytes a second, and what it adds to a hop in seconds; none
# stands for what is measured here.
LINKS = {"as here": None, "10 Gbit/s": (10e9 / 8, 50e-6), "100 Gbit/s": (100e9 / 8, 10e-6)}
# How much of a step's time its backward pass is, beside which sums may go on.
BACKWARD = 2 / 3
BEGIN, END = "**More hosts.**", "<!-- the end of what scripts/distributed_model.py wrote -->"


def measured(side, rounds):
    """The median of each cost over the rounds, the first of which does not count."""
    side.start()
    try:
        done = [side.stretch(seed) for seed in range(rounds + 1)][1:]
    finally:
        side.stop()
    return {kind: statistics.median(stretch.costs[kind] for stretch in done) for kind in done[0].costs}


def sum_of(size, buckets, hosts, bandwidth, latency):
    """The time of a ring's all-reduce: each host sends its part around twice, but for its own."""
    return 2 * (hosts - 1) / hosts * size / bandwidth + 2 * (hosts - 1) * latency * buckets


def left(step):
    """How long the sums go on when the backward pass has ended."""
    return step["communication"] - step["overlap"]


def hidden_share(step):
    """How much of the sums, as they take by themselves, the backward pass hides."""
    return max(1 - left(step) / step["sums"], 0)


def efficiency(step, hosts, bandwidth, latency):
    """The share of its time that a host computes in."""
    whole = sum_of(step["bytes"], step["buckets"], hosts, bandwidth, latency)
    hidden = min(hidden_share(step) * whole, BACKWARD * step["compute"])
    return step["compute"] / (step["compute"] + whole - hidden)


def table(steps, link):
    # On two ranks a ring sends all bytes once, in two hops.
    latency = link["latency"] / 2
    bandwidth = 64 * 2**20 / (link["64 MiB"] - link["latency"])
    head = [f"{hosts:,} hosts" for hosts in HOSTS]
    yield f"| parameters, link | {' | '.join(head)} |"
    yield "|---" * (1 + len(HOSTS)) + "|"
    for size, step in steps.items():
        for name, given in LINKS.items():
            speed, hop = (bandwidth, latency) if given is None else (given[0], given[1] + latency)
            shares = [efficiency(step, hosts, speed, hop) for hosts in HOSTS]
            cells = [f"{hosts * share:,.1f} × ({share:.0%})" for hosts, share in zip(HOSTS, shares)]
            yield f"| {size}, {name} | {' | '.join(cells)} |"


def text(steps, link, mark):
    bandwidth = 64 * 2**20 / (link["64 MiB"] - link["latency"])
    yield f"{BEGIN} A model, computed by `scripts/distributed_model.py` from what two ranks of one thread"
    yield f"measured over loopback ({mark}), not a measurement: the throughput of so many hosts, each with a"
    yield "rank as here and a batch of its own of 16, in that of one (and the share of its time that a host"
    yield "computes in)."
    yield ""
    yield from table(steps, link)
    yield ""
    yield f"Measured: a sum of one number {1e6 * link['latency']:.0f} µs, of 64 MiB {1e3 * link['64 MiB']:.0f} ms,"
    yield f"so {bandwidth / 1e9:.2f} GB/s and {1e6 * link['latency'] / 2:.0f} µs a hop. A step:"
    yield ""
    for size, step in steps.items():
        yield (
            f"- {size} computes {1e3 * step['compute']:.1f} ms, sums {step['bytes'] / 1e6:.2f} MB in"
            f" {step['buckets']:.0f} bucket{'s' * (step['buckets'] > 1)} in {1e3 * step['sums']:.1f} ms alone; in it the first sum begins"
            f" {1e3 * step['communication']:.1f} ms before the last one ends, and they go on for {1e3 * left(step):.1f} ms behind the"
            f" backward pass, which so hides {hidden_share(step):.0%}; it is {1e3 * step['exposed']:.1f} ms longer than a step without."
        )
    yield ""
    yield "Assumed: a sum over n hosts is a ring, 2(n-1)/n · bytes / bandwidth + 2(n-1) · latency for each bucket;"
    yield "the other links have their nominal bandwidth, and add 50 µs and 10 µs a hop to the latency measured here;"
    yield "as large a share of the sums is hidden as here, but no more than the backward pass is long, two thirds of a step,"
    yield "and it costs no computing, since a host has a core or a card for it, which two ranks on two cores have not; the last"
    yield "bucket, and so all of a model of one bucket, is never hidden; all hosts are equally fast, and nothing else is on the network. A ring's latency grows with the"
    yield "hosts: with 1,024 it is what counts, and larger batches or fewer steps without sums (`no_sync`) what helps."
    yield END


def write(lines):
    report, new = REPORT.read_text(), "\n".join(lines)
    old = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.S)
    REPORT.write_text(old.sub(lambda _: new, report) if old.search(report) else f"{report.rstrip()}\n\n{new}\n")
    print(f"written: {REPORT}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path, help="the folder of the built examples")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "data", help="the folder of CIFAR-10")
    parser.add_argument("--quick", action="store_true", help="a look whether all works; writes nothing")
    args = parser.parse_args()
    mark, sides, rounds = load(), Sides(args.programs, args.data), 1 if args.quick else 9
    link = measured(sides.ours("link --ranks 2 --threads 1"), rounds)
    steps = {}
    for size, count in SIZES.items():
        settings = f"--batch-size 32 --width {WIDTHS[size]} --steps {2 if args.quick else count}"
        steps[size] = measured(sides.ours(f"distributed {settings} --ranks 2 --threads 1"), rounds)
        print(f"{size}: {steps[size]}", file=sys.stderr, flush=True)
    lines = list(text(steps, link, mark))
    print("\n".join(lines)) if args.quick else write(lines)


if __name__ == "__main__":
    main()
