"""The programs that scripts/bench measures: processes that it asks, or starts anew each time."""

import json
import os
import pathlib
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass


class Broken(Exception):
    """A program that did not do what it is measured at."""


@dataclass
class Stretch:
    """What one program did in one round: what it cost, and what it computed."""

    costs: dict
    values: list


def stretch(answer):
    """What a process says of a stretch."""
    costs = {"seconds": answer["seconds"] / answer["count"], **answer.get("costs", {})}
    return Stretch(costs, answer["values"])


class Side:
    """A process that measures itself, a stretch whenever it is asked for one."""

    def __init__(self, *command):
        self.command = [str(part) for part in command]
        self.threads, self.bits = None, None

    def start(self):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, text=True)
        ready = self.answer()
        self.threads, self.bits = ready["threads"], (ready["bits"], ready["threads"])

    def stretch(self, seed):
        return stretch(self.ask(seed))

    def ask(self, seed):
        print(seed, file=self.process.stdin, flush=True)
        return self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Broken(f"ended with {self.process.wait()}: {' '.join(self.command)}")
        return json.loads(line)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Turns:
    """A process that measures several ways in turn, a little of each: one program for each way."""

    def __init__(self, *command):
        self.side = Side(*command)

    def parts(self, number):
        return [Part(self, i) for i in range(number)]


class Part:
    """A way of a process that measures several; the first of them asks it."""

    def __init__(self, turns, index):
        self.turns, self.index = turns, index

    @property
    def threads(self):
        return self.turns.side.threads

    @property
    def bits(self):
        return self.turns.side.bits

    def start(self):
        if self.index == 0:
            self.turns.side.start()

    def stretch(self, seed):
        if self.index == 0:
            self.turns.answers = self.turns.side.ask(seed)
        return stretch(self.turns.answers[self.index])

    def stop(self):
        if self.index == 0:
            self.turns.side.stop()


@dataclass
class Whole:
    """A program from its start to its end; `values` takes what it computed from its output."""

    command: list
    values: object
    bits: str
    busy: bool = False
    memory: bool = False
    threads = None

    def start(self):
        pass

    def stretch(self, seed):
        """The seed is the program's own, in each round the same."""
        pipe = subprocess.PIPE
        with a_core_kept_busy() if self.busy else nullcontext():
            begun = time.perf_counter()
            command = [str(part) for part in self.command]
            process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)
            with peak_of(process.pid) if self.memory else nullcontext({}) as peaks:
                output, errors = process.communicate()
            costs = {"seconds": time.perf_counter() - begun, **peaks}
        if process.returncode:
            raise Broken(f"ended with {process.returncode}: {' '.join(command)}\n{errors}")
        return Stretch(costs, self.values(output))

    def stop(self):
        pass


@contextmanager
def a_core_kept_busy():
    """Another process computes all the while on the last core that there is for us."""
    core = max(os.sched_getaffinity(0))
    code = f"import os\nos.sched_setaffinity(0, [{core}])\nwhile True: pass"
    other = subprocess.Popen([sys.executable, "-c", code])
    try:
        time.sleep(0.5)
        yield
    finally:
        other.kill()
        other.wait()


@contextmanager
def peak_of(pid):
    """The most memory, in bytes, that a process and its children have at once, looked at 50 times
    a second: PSS, in which a page that several share counts once, and RSS, in which it counts for
    each."""
    peaks, over = {"PSS": 0, "RSS": 0}, threading.Event()

    def watch():
        while not over.wait(0.02):
            now = [memory(p) for p in tree(pid)]
            for kind in peaks:
                peaks[kind] = max(peaks[kind], sum(m.get(kind, 0) for m in now))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def tree(pid):
    """A process and all that it has started; none of those that are over meanwhile."""
    found = [pid]
    for parent in found:
        try:
            for children in pathlib.Path(f"/proc/{parent}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        except OSError:
            pass
    return found


def memory(pid):
    """What a process has at the moment, in bytes."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return {}
    sizes = {line.split(":")[0].upper(): int(line.split()[1]) * 1024 for line in lines}
    return {kind: sizes[kind] for kind in ["PSS", "RSS"]}
