"""Puts PyTorch's wheels, and libtorch inside them, into this user's cache, then goes back to scripts/cargo.

    libtorch.py [--nccl] CACHE COMMAND…    fills CACHE, then becomes COMMAND

With --nccl it brings what scripts/requirements-nccl.txt names as well, of which CACHE has a copy then.

CACHE/venv is the Python environment that pip fills, CACHE/requirements.txt what was asked of pip, and
CACHE/complete the sign that all of it is there: written last, and removed before anything is touched.
CACHE/lock is held, by the kernel, for as long as this process or one it started is alive.
"""

import csv
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
NCCL = Path(__file__).with_name("requirements-nccl.txt")

# Measured on Linux, x86-64, where the wheels bring CUDA along; other platforms have less to fetch.
FETCHED = "2.8 GB"
INSTALLED = "4.9 GB"
# While pip works, the wheels lie beside what is installed from them, and once more in pip's own cache.
ROOM = 11e9 if sys.platform == "linux" else 3e9

UNREACHABLE = ("Retrying (Retry(", "Could not fetch URL", "NewConnectionError", "ConnectTimeout", "Read timed out",
               "Max retries exceeded", "SSLError", "ProxyError", "IncompleteRead", "Connection broken")


class Failure(Exception):
    """What went wrong and what to do about it, in one line."""


class Stopped(BaseException):
    """A signal asked for the end."""


def say(line):
    print("scripts/cargo: " + line, file=sys.stderr, flush=True)


def stop_on_signals():
    def stop(number, _frame):
        raise Stopped(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Who started us with nohup meant it.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)


def check_python():
    name = "{} is Python {}.{}".format(sys.executable, *sys.version_info[:2])
    if sys.version_info < (3, 10):
        raise Failure(name + ", needed 3.10 or newer: install one and put it first on PATH as python3")
    if not (find_spec("venv") and find_spec("ensurepip")):
        raise Failure(name + " without venv: install it (Debian, Ubuntu: apt install python3-venv)")


def take_lock(cache):
    """The lock's file, and whether another start had to be waited for."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = open(cache / "lock", "a")
        if not os.access(cache, os.W_OK):
            raise PermissionError(13, "no permission to write there")
    except OSError as error:
        raise Failure(f"cannot write to {cache} ({error.strerror}): set XDG_CACHE_HOME to a folder that you can write to")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock, False
    except BlockingIOError:
        say(f"another start is putting libtorch into {cache}; waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)
        return lock, True


def site_packages(venv):
    return next(venv.glob("lib/python3*/site-packages"), venv / "lib/python3/site-packages")


def damage(venv):
    """The first thing found wrong with the installed wheels, each file's size compared; '' if nothing is."""
    site = site_packages(venv)
    python = venv / "bin/python"
    # pip writes this folder after the files it speaks of.
    if not any(site.glob("torch-*.dist-info")):
        return "torch is not installed in it"
    # Fails as well when the Python it was made with has gone, or has become another version.
    if not os.access(python, os.X_OK) or subprocess.run([python, "-I", "-c", "import pip"], capture_output=True).returncode:
        return f"{python} does not run"
    for wheel in site.glob("*.dist-info"):
        try:
            rows = list(csv.reader((wheel / "RECORD").read_text("utf-8").splitlines()))
        except OSError:
            return f"{wheel.name} has no list of its files"
        for path, _hash, size in rows:
            path = os.path.join(site, path)
            if size and not (os.path.exists(path) and os.path.getsize(path) == int(size)):
                return f"{path} is missing or cut short"
    return ""


def run(command, lock, environment=None):
    """The exit status of a command and what it wrote to stderr, which the user sees as well."""
    # It inherits the lock: if this process is killed and the child lives on, others still wait for it.
    child = subprocess.Popen(command, stdout=sys.stderr, stderr=subprocess.PIPE, env=environment,
                             text=True, errors="replace", pass_fds=[lock.fileno()])
    written = []
    try:
        for line in child.stderr:
            sys.stderr.write(line)
            written.append(line)
        return child.wait(), "".join(written)
    finally:
        stop(child)


def stop(child):
    try:
        # Ctrl-C reaches the child as well; it gets a moment to end by itself.
        for ask in (lambda: None, child.terminate):
            ask()
            try:
                return child.wait(timeout=2)
            except subprocess.TimeoutExpired:
                pass
    finally:
        child.kill()
        child.wait()


def check_room(cache):
    free = shutil.disk_usage(cache).free
    if free < ROOM:
        raise Failure(f"{cache} has {free / 1e9:.1f} GB left on its disk, needed {ROOM / 1e9:.0f} GB: "
                      "make room, or set XDG_CACHE_HOME to a folder on another disk")


def make_environment(venv, lock):
    status, _ = run([sys.executable, "-I", "-m", "venv", venv], lock)
    if status:
        raise Failure(f"python3 -m venv {venv} failed (see above): mend {sys.executable}, "
                      "or put another Python, 3.10 or newer, first on PATH")


def pip_environment(temporary):
    """The user's own settings for pip, less those that lead wheels out of the environment."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_DRY_RUN")}
    environment["PIP_USER"] = "0"
    # Without a network, pip's usual five retries for each address only put off the message.
    environment.setdefault("PIP_RETRIES", "1")
    # The system's folder for temporary files may be small, and is not cleared after a kill; ours is.
    environment["TMPDIR"] = str(temporary)
    return environment


def install(venv, temporary, lock, requirements=REQUIREMENTS):
    command = [venv / "bin/python", "-I", "-m", "pip", "install", "--disable-pip-version-check",
               "--only-binary=:all:", "-r", requirements]
    try:
        temporary.mkdir()
        status, written = run(command, lock, pip_environment(temporary))
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    if status:
        raise Failure(explain(written))


def explain(written):
    """One line for what pip wrote before it failed."""
    if "No space left" in written:
        return "the disk is full (see above): make room, then start again"
    if any(sign in written for sign in UNREACHABLE):
        return ("pip did not reach the package index (see above): check the network and pip's settings "
                "(pip config list, HTTPS_PROXY), then start again; or set LIBTORCH to a libtorch of your own")
    if "No matching distribution" in written:
        return ("the package index has not all of scripts/requirements*.txt for Python {}.{} on {} (see above): use a "
                "Python that it has wheels for, or set LIBTORCH to a libtorch of your own"
                .format(*sys.version_info[:2], sysconfig.get_platform()))
    return "pip failed (see above): mend that, then start again"


def mark_complete(cache, venv):
    """Writes `complete`: torch's folder, then the files whose loss scripts/cargo should notice at each start."""
    torch = site_packages(venv) / "torch"
    files = [torch, venv / "bin/python", torch / "include/torch/csrc/api/include/torch/torch.h"]
    files += sorted(path for kind in ("*.so", "*.so.*", "*.dylib") for path in venv.glob("lib/python3*/**/" + kind))
    shutil.copy(REQUIREMENTS, cache / "requirements.txt")
    # What the sign stands for has to be on the disk before the sign is, if the power fails.
    os.sync()
    draft = cache / "complete.new"
    with open(draft, "w") as file:
        file.writelines(f"{path.relative_to(venv)}\n" for path in files)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(cache / "complete")


def fill(cache, lock):
    venv, temporary, complete = cache / "venv", cache / "tmp", cache / "complete"
    broken = damage(venv)
    current = cache / "requirements.txt"
    if complete.exists() and not broken and current.exists() and current.read_bytes() == REQUIREMENTS.read_bytes():
        return
    complete.unlink(missing_ok=True)
    (cache / NCCL.name).unlink(missing_ok=True)
    shutil.rmtree(temporary, ignore_errors=True)
    if broken:
        if venv.exists():
            say(f"{venv} is not whole ({broken}): making it anew")
            shutil.rmtree(venv)
        check_room(cache)
        say(f"fetching PyTorch with libtorch, once for all your clones: up to {FETCHED} to fetch, "
            f"{INSTALLED} on disk in {cache}")
        make_environment(venv, lock)
    else:
        say(f"bringing {venv} in line with scripts/requirements.txt")
    install(venv, temporary, lock)
    broken = damage(venv)
    if broken:
        raise Failure(f"pip left {venv} in pieces ({broken}): start again")
    mark_complete(cache, venv)
    say(f"libtorch is ready in {cache}")


def add_nccl(cache, lock):
    say("fetching the headers for the feature nccl, some 4 MB")
    install(cache / "venv", cache / "tmp", lock, NCCL)
    shutil.copy(NCCL, cache / NCCL.name)


def main(cache, *command):
    nccl = cache == "--nccl"
    if nccl:
        cache, *command = command
    check_python()
    stop_on_signals()
    cache = Path(cache)
    try:
        lock, waited = take_lock(cache)
        if waited:
            # scripts/cargo looks again: mostly all is there now, and if not, it is this start's turn.
            os.environ.pop("FLAMBEAU_SET_UP", None)
        else:
            fill(cache, lock)
            if nccl:
                add_nccl(cache, lock)
    except OSError as error:
        raise Failure(f"{cache} could not be filled ({error}): mend that, then start again")
    # Python ignores this signal, and what it becomes would go on ignoring it.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(command[0], command)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failure as failure:
        say(str(failure))
        sys.exit(1)
    except Stopped as stopped:
        say("stopped: nothing half-made will be used; start again to go on (pip takes from its own cache what it has fetched whole)")
        sys.exit(128 + stopped.args[0])
