"""How fast this crate is beside Python, both on the same machine in the same run.

Each case has programs, Python's and ours. Those that measure themselves are started once, so that
start-up and imports stay out, and idle while another is measured; whole programs are started anew
each time. A round measures each program once, one after another; a first one does not count. What is
compared are medians over the rounds. In every round all programs of a case have to compute the same:
within a tolerance, and to the bit where the last bits hang on the same things.

`scripts/bench` starts it. It writes BENCHMARKS.md: the rows of the cases that ran; rows of others and
of other machines, and what stands by hand under "Remarks", stay.
"""

import argparse
import datetime
import importlib.metadata
import math
import os
import pathlib
import platform
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

from bench_cases import Sides, all_cases
from bench_process import Broken

ROOT = pathlib.Path(__file__).parent.parent
REPORT = ROOT / "BENCHMARKS.md"
SPEEDRUN = ROOT / "scripts/speedrun.py"

# What the wanted ratios are for; with more, Python's threads and workers would come out otherwise.
CORES = 2

# So many runs have to reach the wanted accuracy on average.
SPEEDRUNS = 5

COLUMNS = ["case", "beside", "ours", "ratio", "wanted", "reached", "checked", "measured at"]
ABOUT = "\n## What is run\n"
REMARKS = "\n## Remarks\n"


def measured(case, rounds):
    """What each program of the case did in each round, by the program's name."""
    programs, begun = case.programs, []
    rounds = max(min(rounds, case.rounds or rounds), case.fewest)
    stretches = {label: [] for label in programs}
    try:
        for program in programs.values():
            program.start()
            begun.append(program)
        for i in range(rounds + 1):
            for label, program in programs.items():
                stretches[label].append(program.stretch(seed=i))
            latest = (f"{label} {shown(case, done[-1].costs)}" for label, done in stretches.items())
            print(f"  {f'round {i} of {rounds}' if i else 'warm-up'}: {'; '.join(latest)}", flush=True)
    finally:
        for program in begun:
            program.stop()
    return stretches


def shown(case, costs):
    kinds = {row.cost: row.unit or case.unit for row in case.rows}
    return ", ".join(display(unit, costs[kind]) for kind, unit in kinds.items() if kind in costs)


def display(unit, cost):
    """A cost in the case's unit."""
    match unit:
        case "images/s":
            return f"{1 / cost:,.0f} images/s"
        case "ms":
            return f"{1000 * cost:.3g} ms"
        case "MB":
            return f"{cost / 1e6:,.0f} MB"
        case "s":
            return f"{cost:.2f} s"


def unequal(case, stretches):
    """Two programs that did not compute the same in some round; none when all did."""
    (first, reference), *others = stretches.items()
    for label, done in others:
        for i, (theirs, mine) in enumerate(zip(reference, done)):
            for tolerance, part in case.compared.items():
                if not close(part(theirs.values), part(mine.values), tolerance):
                    return f"round {i}: {first} and {label} differ by more than {tolerance:g}"
    for one, other in twins(case):
        for i, (theirs, mine) in enumerate(zip(stretches[one], stretches[other])):
            if theirs.values != mine.values:
                return f"round {i}: {one} and {other} are not equal to the bit"
    return None


def close(theirs, mine, tolerance):
    """Texts and whole numbers are the same; other numbers are so but for rounding."""
    return len(theirs) == len(mine) > 0 and all(
        math.isclose(a, b, rel_tol=tolerance) if isinstance(a, float) else a == b
        for a, b in zip(theirs, mine)
    )


def twins(case):
    """The programs that have to agree to the bit, pair by pair."""
    seen = {}
    for label, program in case.programs.items():
        if program.bits in seen:
            yield seen[program.bits], label
        seen[program.bits] = label


def cells(case, row, stretches, outcome, mark):
    """The row of the table."""
    theirs, mine = (best(stretches, labels, row.cost) for labels in [row.beside, row.ours])
    beside, ours = (costs(stretches[label], row.cost) for label in [theirs, mine])
    ratio = statistics.median(beside) / statistics.median(ours)
    sign, ratio = ("≤", 1 / ratio) if row.at_most else ("≥", ratio)
    told = f"{ratio:.2f} ×"
    if row.interval:
        ratio, low, high = paired(beside, ours)
        told = f"{ratio:.3f} × ({low:.3f} to {high:.3f})"
    reached = row.wanted and (ratio <= row.wanted if row.at_most else ratio >= row.wanted)
    bits = case.programs[theirs].bits == case.programs[mine].bits
    return [
        row.name,
        summary(case, row, theirs, beside),
        summary(case, row, mine, ours),
        told,
        f"{sign} {row.wanted:g} ×" if row.wanted else "",
        {True: "yes", False: "**no**", None: ""}[reached],
        outcome or (case.equal if bits else f"within {', '.join(f'{t:g}' for t in case.compared)}"),
        mark,
    ]


def paired(beside, ours):
    """How many times the cost ours has: the median over the rounds, and its interval of 95 %."""
    ratios = [mine / theirs for theirs, mine in zip(beside, ours)]
    draw = random.Random(0).choices
    medians = sorted(statistics.median(draw(ratios, k=len(ratios))) for _ in range(10_000))
    return statistics.median(ratios), medians[250], medians[-251]


def best(stretches, labels, kind):
    """The program with the smallest median."""
    return min(labels, key=lambda label: statistics.median(costs(stretches[label], kind)))


def costs(done, kind):
    """Of all rounds but the first."""
    return [stretch.costs[kind] for stretch in done[1:]]


def summary(case, row, label, costs):
    """Who, and median (fastest to slowest)."""
    threads = case.programs[label].threads
    if threads and "thread" not in label:
        label += f", {threads} thread{'s' if threads > 1 else ''}"
    unit = row.unit or case.unit
    median, low, high = (display(unit, f(costs)) for f in [statistics.median, min, max])
    return f"{label}: {median} ({low.split()[0]} to {high.split()[0]})"


def run(case, rounds, mark):
    """The case's rows, and whether all was well."""
    print(f"\n{case.name}", flush=True)
    try:
        stretches = measured(case, rounds)
    except Broken as error:
        print(f"  FAILED: {error}")
        return [[row.name, "", "", "", "", "", "**FAILED**", mark] for row in case.rows], False
    problem = unequal(case, stretches)
    if problem:
        print(f"  FAILED: {problem}")
    rows = [cells(case, row, stretches, problem and "**FAILED**", mark) for row in case.rows]
    for row in rows:
        print("  " + " | ".join(filter(None, row[:-1])))
    return rows, not problem


def speedrun(programs, data, rounds, mark):
    """The run to 94 %, which takes too long to be one of the cases: after each seed the row up to it,
    and whether all was well. Each seed is ours; every other one is Python's too, in turn, which is
    enough for its time: its losses and accuracy have to be the same in all printed digits."""
    settings = ["--data", data, "--threads", str(CORES), "--precision", "bf16", "--runs", "1", "--seed"]
    print("\nspeedrun", flush=True)
    sides = {"Python": [sys.executable, SPEEDRUN], "ours": [programs / "speedrun", "--device", "cpu"]}
    runs = {label: [] for label in sides}
    same = True
    for seed in range(rounds):
        told = []
        for label, command in sides.items():
            if label == "Python" and seed % 2:
                continue
            output = said(*command, *settings, str(seed))
            accuracy, seconds = re.search(r"^run \d+: ([\d.]+) % in ([\d.]+) s", output, re.M).groups()
            runs[label].append((float(accuracy), float(seconds)))
            told.append([*re.findall(r"^seed \d+, epoch \d+: loss ([\d.]+)", output, re.M), accuracy])
            print(f"  seed {seed}, {label}: {accuracy} % in {seconds} s", flush=True)
        same &= all(len(numbers) > 1 and numbers == told[0] for numbers in told)
        yield speedrun_row(runs, same, mark), same


def speedrun_row(runs, same, mark):
    """The row of these runs, (accuracy, seconds) of each."""
    accuracies, seconds = (
        {label: [run[i] for run in done] for label, done in runs.items()} for i in range(2)
    )
    mean = {label: statistics.mean(times) for label, times in seconds.items()}
    reached = statistics.mean(accuracies["ours"]) >= 94 and mean["ours"] < 12 * 60
    enough = len(accuracies["ours"]) >= SPEEDRUNS
    shown = [
        f"{label}, {CORES} threads, {len(done)} run{'s' * (len(done) > 1)}: {mean[label] / 60:.1f} minutes"
        f" ({min(seconds[label]) / 60:.1f} to {max(seconds[label]) / 60:.1f}),"
        f" {statistics.mean(accuracies[label]):.2f} ± {deviation(accuracies[label]):.2f} %"
        for label, done in runs.items()
    ]
    outcome = ("yes" if reached else "**no**") if enough else f"after {SPEEDRUNS} runs"
    checked = "the losses of all epochs, the accuracies" if same else "**FAILED**"
    ratio = f"{mean['Python'] / mean['ours']:.2f} ×"
    return ["speedrun", *shown, ratio, "94 %, < 12 minutes", outcome, checked, mark]


def deviation(values):
    return statistics.stdev(values) if len(values) > 1 else 0


def machine():
    """Where this is measured."""
    cpu = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", cpu, re.M)[1]
    flags = re.search(r"^flags\s*: (.*)$", cpu, re.M)[1].split()
    telling = [f for f in ["avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_int8"] if f in flags]
    kib = int(re.search(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M)[1])
    return (
        f"{model} ({', '.join(telling)}), {len(os.sched_getaffinity(0))} of {os.cpu_count()} cores,"
        f" {kib / 2**20:.0f} GiB of memory"
    )


def versions():
    """With what."""
    lock = (ROOT / "Cargo.lock").read_text()
    tch = re.search(r'name = "tch"\nversion = "(.*)"', lock)[1]
    parts = [f"{name} {importlib.metadata.version(name)}" for name in ["torch", "torchvision", "pillow"]]
    return f"Python {platform.python_version()}, {', '.join(parts)}; {said('rustc', '--version')}, tch {tch}"


def settings():
    """What of the environment decides how threads wait."""
    named = [f"{k}={v}" for k, v in sorted(os.environ.items()) if k.startswith(("OMP_", "MKL_", "GOMP_"))]
    return ", ".join(named) or "none of OMP_*, MKL_*, GOMP_* set"


def said(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout.strip()


def load():
    """How many cores others compute on, in a second in which we do not."""

    def times():
        """Of all cores together, in ticks: idle, and in all."""
        ticks = [int(n) for n in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        return ticks[3] + ticks[4], sum(ticks)

    idle, total = times()
    time.sleep(1)
    idle_later, total_later = times()
    busy = 1 - (idle_later - idle) / (total_later - total)
    return f"{busy * os.cpu_count():.1f} cores busy"


def write(rows, cases, head):
    """BENCHMARKS.md with new rows in this machine's table; those of other versions or settings go."""
    title, *facts = head
    facts = [f"- {line}" for line in facts]
    old = REPORT.read_text() if REPORT.exists() else ""
    machines = dict(section.split("\n", 1) for section in old.partition(ABOUT)[0].split("\n## ")[1:])
    lines = machines.get(title, "").strip().splitlines()
    known = lines if lines[: len(facts)] == facts else []
    kept = {line.split("|")[1].strip(): line for line in known if line.startswith("| ")}
    kept |= {row[0]: f"| {' | '.join(row)} |" for row in rows}
    names = [row.name for case in cases for row in case.rows] + ["speedrun"]
    table = [kept[name] for name in names if name in kept]
    columns = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    machines[title] = "\n".join(["", *facts, "", *columns, *table, ""])
    parts = ["# Side by side with Python\n", f"{INTRODUCTION}\n"]
    parts += [f"## {title}\n{section}" for title, section in machines.items()]
    about = [(case.name, case.about) for case in cases] + [("speedrun", SPEEDRUN_ABOUT)]
    about = "\n".join(f"\n**{name}.** {text}" for name, text in about)
    remarks = old.partition(REMARKS)[2] or "\nNone yet.\n"
    REPORT.write_text("\n".join(parts) + ABOUT + about + "\n" + REMARKS + remarks)
    print(f"  written: {REPORT}", flush=True)


SPEEDRUN_ABOUT = """\
The example `speedrun` as it comes, 8 epochs in bf16, and `scripts/speedrun.py`, on the same seeds, one \
run after another; Python on every other seed. Mean time (shortest to longest), from the network's first \
number to the test's last, and test accuracy, mean ± standard deviation. The mean loss of each epoch and \
the accuracy are compared in all their printed digits."""

INTRODUCTION = """\
Written by `scripts/bench`, which runs both sides in turn and checks that they compute the same. Each
machine that it ran on has a table. A figure is the median over the rounds (fastest to slowest). A
ratio with ≥ says how many times as fast ours is, one with ≤ how many times the time or memory it
takes. *Checked* says how far the results agree in all rounds: to the bit where optimizer and threads
are the same, else within a tolerance. A training has two, 0.001 for its first 20 losses one by one,
which come before the clock starts, and 0.01 for the mean of all: where the sums are in another order a
training goes its own way from there on, Python's on one thread and on two as well. Where several
programs were tried to find a side's best, each is compared with the one that is like it. *Measured at*
ends with how many cores others kept busy before the start: where that is more than a few tenths, the
figures are not good.

Python has the malloc of the C library, as it comes. Ours, here as in the examples, has mimalloc for
the whole process, and keeps what is freed."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path, help="the folder of the built examples")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "data", help="the folder of CIFAR-10")
    parser.add_argument("--rounds", type=int, help="how many rounds count: 9, and 5 runs of the speedrun")
    parser.add_argument("--only", nargs="+", metavar="CASE", help="these cases")
    parser.add_argument("--list", action="store_true", help="name the cases")
    parser.add_argument("--quick", action="store_true", help="a look whether all works; writes nothing")
    parser.add_argument("--speedrun", action="store_true", help="the long run to 94 %%, some two hours")
    args = parser.parse_args()
    if args.rounds is not None and args.rounds < 1:
        parser.error("--rounds must be at least 1")
    if not (args.data / "cifar-10-batches-bin").is_dir():
        parser.error(f"no CIFAR-10 in {args.data}: `cargo run --example functional_cnn -- --dry-run` brings it")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    with tempfile.TemporaryDirectory() as folder:
        cases = all_cases(Sides(args.programs, args.data), args.quick, pathlib.Path(folder))
        if args.list:
            return print("\n".join(case.name for case in cases))
        unknown = set(args.only or []) - {case.name for case in cases}
        if unknown:
            parser.error(f"there is no {', '.join(unknown)}: --list names the cases")
        chosen = [case for case in cases if not args.only or case.name in args.only]
        date = datetime.date.today().isoformat()
        mark = f"{date}, {said('git', 'describe', '--always', '--dirty')}, {load()}"
        head = [machine(), versions(), settings()]
        print("\n".join([*head, mark]))
        # By a process of its own: one that holds libtorch would share its pages with the measured.
        script = [sys.executable, ROOT / "scripts/bench_side.py", "files", "--folder", folder]
        subprocess.run([*script, "--data", args.data], check=True)
        if args.speedrun:
            outcomes = []
            for row, well in speedrun(args.programs, args.data, args.rounds or SPEEDRUNS, mark):
                outcomes.append(([row], well))
                if not args.quick:
                    write([row], cases, head)
        else:
            outcomes = []
            for case in chosen:
                outcomes.append(run(case, 2 if args.quick else args.rounds or 9, mark))
                if not args.quick:
                    write(outcomes[-1][0], cases, head)
    sys.exit(0 if all(well for _, well in outcomes) else 1)


if __name__ == "__main__":
    main()
