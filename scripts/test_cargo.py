"""Tests of scripts/cargo, scripts/libtorch.py and scripts/doctor: python3 scripts/test_cargo.py

Cargo, the compiler, Python and pip are stand-ins, so nothing is fetched and a run takes seconds.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
VERSION = "2.13.0"
HEADERS = "include/torch/csrc/api/include/torch"

CARGO = """#!/bin/sh
for name in LIBTORCH LIBTORCH_LIB LIBTORCH_INCLUDE FLAMBEAU_PYTHON FLAMBEAU_SET_UP CXX; do
  eval "value=\\${$name-unset}"; printf '%s=%s\\n' "$name" "$value"
done
printf 'cwd=%s\\nargs=%s\\n' "$PWD" "$*"
"""

PYTHON = """#!/bin/sh
STAND_IN="$0" exec "$REAL_PYTHON" -I "$STAND_IN_PROGRAM" "$@"
"""

# Stands in for python3, for venv and for pip, and, as venv/bin/python, for the environment's Python.
STAND_IN = r'''
import os, pathlib, runpy, shutil, sys, time
me, args, mode = os.environ["STAND_IN"], sys.argv[1:], os.environ.get("MODE", "")
with open(os.environ["RUNS"], "a") as runs:
    runs.write(" ".join(args) + "\n")

def libtorch_py():
    sys.executable, sys.argv = me, args[1:]
    if mode == "old":
        sys.version_info = (3, 9, 1, "final", 0)
    if mode == "bare":
        import importlib.util
        importlib.util.find_spec = lambda name: None if name == "ensurepip" else object()
    usage = shutil.disk_usage("/")
    shutil.disk_usage = lambda _: usage._replace(free=1e9 if mode == "full" else 1e12)
    runpy.run_path(sys.argv[0], run_name="__main__")

def venv(folder):
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").symlink_to(pathlib.Path(me).resolve())
    (folder / "lib/python3.11/site-packages").mkdir(parents=True)

def pip(site):
    said = {"offline": "WARNING: Retrying (Retry(total=0)) after connection broken\nERROR: No matching distribution found for torch",
            "strange": "ERROR: No matching distribution found for torch", "filled": "ERROR: No space left on device",
            "sick": "ERROR: something else"}
    if mode in said:
        sys.exit(said[mode])
    torch = site / "torch"
    (torch / "lib").mkdir(parents=True, exist_ok=True)
    (torch / "lib/libtorch_cpu.so").write_text("ha")
    if mode == "hang":
        print("Downloading torch", flush=True)
        time.sleep(float(os.environ.get("LINGER", 60)))
    (torch / "include/torch/csrc/api/include/torch").mkdir(parents=True, exist_ok=True)
    (torch / "version.py").write_text("__version__ = '2.13.0+cu130'\n")
    files = ["torch/lib/libtorch_cpu.so", "torch/lib/libtorch.so", "torch/lib/libc10.so",
             "torch/include/torch/csrc/api/include/torch/torch.h"]
    for file in files:
        (site / file).write_text("whole")
    if mode != "cpu":
        (torch / "lib/libtorch_cuda.so").write_text("whole")
    if mode == "short":
        (site / files[0]).write_text("ha")
    info = site / "torch-2.13.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "RECORD").write_text("".join(f"{file},,5\n" for file in files))

if args[1].endswith("libtorch.py"):
    libtorch_py()
elif args[:3] == ["-I", "-m", "venv"]:
    venv(pathlib.Path(args[3]))
elif args[:3] == ["-I", "-m", "pip"]:
    with open(os.environ["RUNS"] + ".env", "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in os.environ.items())
    pip(pathlib.Path(me).parent.parent / "lib/python3.11/site-packages")
elif args[0] == "-c":
    print(os.environ.get("TORCH", ""))
'''


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def make_libtorch(folder, version=VERSION, source="build-version"):
    for name in ("libtorch_cpu", "libtorch", "libc10"):
        (folder / "lib").mkdir(parents=True, exist_ok=True)
        (folder / f"lib/{name}.so").write_text("whole")
    (folder / HEADERS).mkdir(parents=True, exist_ok=True)
    (folder / HEADERS / "torch.h").write_text("whole")
    if source:
        file = folder / source
        file.parent.mkdir(parents=True, exist_ok=True)
        parts = zip(("MAJOR", "MINOR", "PATCH"), version.split("."))
        file.write_text({".py": f"debug = False\n__version__ = '{version}+cpu'\n",
                         ".h": "#pragma once\n" + "".join(f"#define TORCH_VERSION_{name} {part}\n" for name, part in parts)
                         }.get(file.suffix, version + "+cpu\n"))
    return folder


class Start:
    def __init__(self, process):
        self.out, self.err = process.communicate(timeout=60)
        self.code = process.returncode
        self.told = dict(line.split("=", 1) for line in self.out.splitlines() if "=" in line)
        self.lines = [line for line in self.err.splitlines() if line.startswith("scripts/cargo: ")]


class Case(unittest.TestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix="test cargo's ")).resolve()
        self.addCleanup(shutil.rmtree, self.top)
        self.repo = self.clone("clone")
        self.tools = self.top / "bin"
        program(self.tools / "cargo", CARGO)
        program(self.tools / "c++", "#!/bin/sh\n")
        (self.top / "stand_in.py").write_text(STAND_IN)
        program(self.tools / "python3", PYTHON)
        for name in ("bash", "env", "ln", "mv", "readlink", "sh"):
            (self.tools / name).symlink_to(shutil.which(name))
        self.environment = {"PATH": str(self.tools), "HOME": str(self.top / "home"), "RUNS": str(self.top / "runs"),
                            "REAL_PYTHON": os.path.realpath(sys.executable), "STAND_IN_PROGRAM": str(self.top / "stand_in.py")}
        self.cache = self.top / f"home/.cache/flambeau/libtorch-{VERSION}"
        self.torch = self.cache / "venv/lib/python3.11/site-packages/torch"

    def clone(self, name):
        repo = self.top / name
        (repo / ".cargo").mkdir(parents=True)
        shutil.copytree(SCRIPTS, repo / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        return repo

    def launch(self, *args, repo=None, cwd=None, script=None, **environment):
        return subprocess.Popen([script or (repo or self.repo) / "scripts/cargo", *args], cwd=cwd or repo or self.repo,
                                env={**self.environment, **environment}, text=True, start_new_session=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def start(self, *args, **options):
        return Start(self.launch(*args, **options))

    def fails(self, *words, **options):
        """The start fails, and its one line of ours holds the words."""
        start = self.start("build", **options)
        self.assertEqual(start.code, 1, start.err)
        self.assertEqual(start.out, "")
        for word in words:
            self.assertIn(word, start.lines[-1])
        return start

    def works(self, libtorch, *args, **options):
        start = self.start(*(args or ("build",)), **options)
        self.assertEqual(start.code, 0, start.err)
        self.assertEqual(start.told["LIBTORCH"], str(libtorch))
        self.assertEqual(start.told["FLAMBEAU_SET_UP"], "unset")
        return start

    def runs(self):
        file = self.top / "runs"
        return file.read_text().splitlines() if file.exists() else []

    def pip_runs(self):
        return sum(" pip install" in run for run in self.runs())

    def notes(self):
        return (self.repo / ".cargo/libtorch.toml").read_text()

    def wait_for(self, path):
        for _ in range(500):
            if path.exists():
                return
            time.sleep(0.01)
        self.fail(f"{path} never came")


class TestSetUp(Case):
    def test_first_start_fetches_and_says_so(self):
        start = self.works(self.torch, "build", "--release", "-p", "a b")
        self.assertIn("2.8 GB to fetch, 4.9 GB on disk in " + str(self.cache), start.err)
        self.assertEqual(start.told["args"], "build --release -p a b")
        self.assertEqual((self.repo / ".venv").resolve(), self.cache / "venv")
        self.assertIn(f'LIBTORCH = "{self.torch}"\n', self.notes())
        self.assertIn(f'FLAMBEAU_PYTHON = "{self.cache}/venv/bin/python"\n', self.notes())
        self.assertEqual(sorted(path.name for path in self.cache.iterdir()), ["complete", "lock", "requirements.txt", "venv"])

    def test_later_starts_run_no_python_and_write_nothing(self):
        self.works(self.torch)
        runs, stamp = self.runs(), (self.repo / ".cargo/libtorch.toml").stat().st_mtime_ns
        start = self.works(self.torch)
        self.assertEqual((self.runs(), start.err), (runs, ""))
        self.assertEqual((self.repo / ".cargo/libtorch.toml").stat().st_mtime_ns, stamp)

    def test_second_clone_costs_nothing(self):
        self.works(self.torch)
        runs = self.runs()
        self.works(self.torch, repo=self.clone("second"))
        self.assertEqual(self.runs(), runs)

    def test_earlier_cache_goes_before_another_one(self):
        self.works(self.torch)
        self.works(self.torch, XDG_CACHE_HOME=str(self.top / "other"))
        self.assertEqual(self.pip_runs(), 1)

    def test_venv_made_by_hand_is_completed(self):
        self.works(self.torch)
        for name in ("complete", "requirements.txt"):
            (self.cache / name).unlink()
        start = self.works(self.torch)
        self.assertIn("in line with scripts/requirements.txt", start.err)
        self.assertFalse(any("-m venv" in run for run in self.runs()[3:]))

    def test_new_pins_are_installed(self):
        self.works(self.torch)
        with open(self.repo / "scripts/requirements.txt", "a") as file:
            file.write("more==1\n")
        self.works(self.torch)
        self.works(self.torch)
        self.assertEqual(self.pip_runs(), 2)

    def test_headers_for_nccl_come_when_asked_for(self):
        self.works(self.torch)
        self.assertEqual(self.pip_runs(), 1)
        for arguments in (["build", "--features", "nccl"], ["build", "-Fcli,nccl"], ["build", "--features=nccl"]):
            start = self.works(self.torch, *arguments)
            self.assertEqual(start.told["args"], " ".join(arguments))
        self.assertEqual(self.pip_runs(), 2)
        self.assertIn("requirements-nccl.txt", self.runs()[-1])
        self.assertTrue((self.cache / "requirements-nccl.txt").exists())
        self.works(self.torch, "run", "--", "nccl")
        with open(self.repo / "scripts/requirements-nccl.txt", "a") as pins:
            pins.write("another==1\n")
        self.works(self.torch)
        self.assertEqual(self.pip_runs(), 2)
        self.works(self.torch, "build", "--features", "nccl")
        self.assertEqual(self.pip_runs(), 3)
        # Who starts with it has both at once.
        shutil.rmtree(self.cache)
        self.works(self.torch, "build", "--features", "nccl")
        self.assertEqual(self.pip_runs(), 5)

    def test_a_torch_for_the_cpu_has_no_nccl(self):
        self.works(self.torch, "build", "--features", "nccl", MODE="cpu")
        self.assertEqual(self.pip_runs(), 1)

    def test_lost_file_is_noticed_and_put_back(self):
        self.works(self.torch)
        lost = self.torch / "lib/libtorch_cpu.so"
        lost.unlink()
        start = self.works(self.torch)
        self.assertIn(f"{lost} is missing", start.err)
        self.assertEqual(lost.read_text(), "whole")

    def test_lost_python_is_noticed(self):
        self.works(self.torch)
        (self.cache / "venv/bin/python").unlink()
        self.works(self.torch)
        self.assertTrue((self.cache / "venv/bin/python").exists())

    def test_what_pip_left_short_is_not_taken(self):
        self.fails("libtorch_cpu.so is missing or cut short", MODE="short")
        self.assertFalse((self.cache / "complete").exists())
        self.works(self.torch)

    def test_pip_keeps_the_users_settings_but_for_the_place(self):
        self.works(self.torch, PIP_TARGET="/elsewhere", PIP_INDEX_URL="mine", PIP_RETRIES="7", HTTPS_PROXY="proxy")
        seen = (self.top / "runs.env").read_text().splitlines()
        for line in ("PIP_INDEX_URL=mine", "PIP_RETRIES=7", "HTTPS_PROXY=proxy", "PIP_USER=0", f"TMPDIR={self.cache}/tmp"):
            self.assertIn(line, seen)
        self.assertFalse(any(line.startswith("PIP_TARGET=") for line in seen))
        self.assertFalse(any("index-url" in run for run in self.runs()))

    def test_users_own_venv_stays(self):
        (self.repo / ".venv").mkdir()
        self.works(self.torch)
        self.assertFalse((self.repo / ".venv").is_symlink())

    def test_links_at_venv(self):
        link = self.repo / ".venv"
        for target, kept in ((self.top / "gone", False), (self.top / "mine", True), (self.top / "flambeau/libtorch-1/venv", False)):
            if target.name != "gone":
                target.mkdir(parents=True)
            link.unlink(missing_ok=True)
            link.symlink_to(target)
            self.works(self.torch)
            self.assertEqual(link.resolve(), target if kept else self.cache / "venv")


class TestInterruption(Case):
    def hang(self, **environment):
        process = self.launch("build", MODE="hang", **environment)
        self.wait_for(self.torch / "lib/libtorch_cpu.so")
        time.sleep(0.05)
        return process

    def recovers(self):
        self.assertFalse((self.cache / "complete").exists())
        self.works(self.torch)
        self.assertEqual((self.torch / "lib/libtorch_cpu.so").read_text(), "whole")
        self.assertFalse((self.cache / "tmp").exists())

    def test_ctrl_c(self):
        process = self.hang()
        os.killpg(process.pid, signal.SIGINT)
        start = Start(process)
        self.assertEqual(start.code, 130)
        self.assertIn("stopped", start.lines[-1])
        with self.assertRaises(ProcessLookupError):
            os.killpg(process.pid, 0)
        self.recovers()

    def test_terminate_reaches_pip_through_us(self):
        process = self.hang()
        process.terminate()
        self.assertEqual(Start(process).code, 143)
        with self.assertRaises(ProcessLookupError):
            os.killpg(process.pid, 0)
        self.recovers()

    def test_kill(self):
        process = self.hang()
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        self.recovers()

    def test_pip_that_outlives_us_is_waited_for(self):
        process = self.hang(LINGER="2")
        process.kill()
        start = self.works(self.torch)
        process.communicate()
        self.assertIn("another start is putting libtorch into", start.lines[0])

    def test_two_at_once(self):
        first = self.hang(LINGER="2")
        second = Start(self.launch("build", repo=self.clone("second")))
        self.assertEqual((Start(first).code, second.code), (0, 0))
        self.assertEqual(second.told["LIBTORCH"], str(self.torch))
        self.assertEqual(len(second.lines), 1)
        self.assertIn("waiting for it", second.lines[0])
        self.assertEqual(self.pip_runs(), 1)

    def test_ctrl_c_while_waiting(self):
        first = self.hang(LINGER="3")
        second = self.launch("build", repo=self.clone("second"))
        time.sleep(1)
        os.killpg(second.pid, signal.SIGINT)
        self.assertEqual(Start(second).code, 130)
        self.assertEqual(Start(first).code, 0)


class TestEnvironment(Case):
    def test_libtorch_goes_first_and_is_remembered(self):
        own = make_libtorch(self.top / "own")
        self.works(self.torch)
        self.works(own, LIBTORCH=str(own))
        self.assertNotIn("FLAMBEAU_PYTHON", self.notes())
        self.assertEqual(self.works(own).err, "")

    def test_libtorch_needs_no_python(self):
        (self.tools / "python3").unlink()
        own = make_libtorch(self.top / "own")
        self.assertEqual(self.works(own, LIBTORCH=str(own)).err, "")

    def test_odd_path_survives_the_file(self):
        own = make_libtorch(self.top / "a \"b\" \\ c\\\" & $d 'é'")
        self.works(own, LIBTORCH=str(own))
        self.works(own)
        try:
            import tomllib
        except ImportError:
            return
        self.assertEqual(tomllib.loads(self.notes())["env"], {"LIBTORCH": str(own)})

    def test_relative_path_and_trailing_nothing(self):
        make_libtorch(self.repo / "own")
        self.works(self.repo / "own", LIBTORCH="own")
        self.works(self.torch, repo=self.clone("second"), LIBTORCH="", LIBTORCH_LIB="")

    def test_every_source_of_the_version(self):
        for source in ("build-version", "version.py", "include/torch/headeronly/version.h", "include/torch/version.h",
                       HEADERS + "/version.h"):
            with self.subTest(source):
                old = make_libtorch(self.top / "old" / source.replace("/", "_"), "2.12.1", source)
                self.fails("2.12.1", str(old), source, VERSION, "LIBTORCH", LIBTORCH=str(old))
                new = make_libtorch(self.top / "new" / source.replace("/", "_"), VERSION, source)
                self.works(new, LIBTORCH=str(new))

    def test_version_check_can_be_bypassed(self):
        old = make_libtorch(self.top / "old", "2.12.1")
        self.works(old, LIBTORCH=str(old), LIBTORCH_BYPASS_VERSION_CHECK="1")
        self.works(old)
        silent = make_libtorch(self.top / "silent", source=None)
        self.fails("does not tell its version", LIBTORCH=str(silent))
        self.works(silent, LIBTORCH=str(silent), LIBTORCH_BYPASS_VERSION_CHECK="1")

    def test_not_a_libtorch(self):
        start = self.fails("not a whole libtorch", "libtorch_cpu.so", LIBTORCH=str(self.top))
        self.assertEqual(len(start.err.splitlines()), 1)
        own = make_libtorch(self.top / "own")
        (own / HEADERS / "torch.h").unlink()
        self.fails("torch.h is missing", LIBTORCH=str(own))

    def test_headers_and_libraries_apart(self):
        own, headers = make_libtorch(self.top / "own"), make_libtorch(self.top / "headers")
        shutil.rmtree(own / "include")
        shutil.rmtree(headers / "lib")
        apart = {"LIBTORCH_LIB": str(own), "LIBTORCH_INCLUDE": str(headers)}
        start = self.works(headers, **apart)
        self.assertEqual(start.told["LIBTORCH_LIB"], str(own))
        again = self.works(headers)
        self.assertEqual(again.told["LIBTORCH_LIB"], str(own))
        self.works(own, LIBTORCH=str(own), LIBTORCH_INCLUDE=str(headers))
        self.fails("need each other", LIBTORCH_LIB=str(own))
        (headers / "build-version").write_text("2.12.1")
        self.fails("2.12.1", **apart)

    def test_pytorch_of_a_python(self):
        own = make_libtorch(self.top / "own", source="version.py")
        start = self.works(own, LIBTORCH_USE_PYTORCH="1", TORCH=str(own))
        self.assertEqual(start.told["FLAMBEAU_PYTHON"], str(self.tools / "python3"))
        self.fails("has no torch", "pip install torch==" + VERSION, LIBTORCH_USE_PYTORCH="1")
        old = make_libtorch(self.top / "old", "2.12.1", "version.py")
        self.fails("2.12.1", VERSION, "LIBTORCH_USE_PYTORCH", LIBTORCH_USE_PYTORCH="1", TORCH=str(old))
        self.fails("no python on PATH", LIBTORCH_USE_PYTORCH="1", VIRTUAL_ENV="/some")

    def test_what_an_earlier_start_found_has_gone(self):
        own = make_libtorch(self.top / "own")
        self.works(own, LIBTORCH=str(own))
        shutil.rmtree(own)
        start = self.works(self.torch)
        self.assertIn(f"passing over .cargo/libtorch.toml: {own}", start.lines[0])
        self.assertEqual(self.works(self.torch).err, "")

    def test_download_libtorch_is_left_to_tch(self):
        for args in (["--features", "download-libtorch"], ["--features=a,download-libtorch"], ["-F", "a download-libtorch"],
                     ["-Fdownload-libtorch"], ["-F=download-libtorch,a"], ["-vFdownload-libtorch"], ["--features", "tch/download-libtorch"]):
            with self.subTest(args):
                start = self.works("unset", "build", *args)
                self.assertEqual(start.told["args"], " ".join(["build", *args]))
        self.assertEqual(self.runs(), [])
        for args in (["--all-features"], ["--", "--features", "download-libtorch"], ["--features", "no-download-libtorch"]):
            with self.subTest(args):
                self.works(self.torch, "run", *args)
        start = self.works("unset", "build", "-Fdownload-libtorch")
        self.assertIn("delete the file to have the download", start.err)


class TestWhatIsMissing(Case):
    def one_line(self, *words, **options):
        start = self.fails(*words, **options)
        self.assertEqual(len(start.err.splitlines()), 1, start.err)

    def test_compiler(self):
        self.one_line("no C++ compiler", "CXX=nothing++", CXX="nothing++ -v")
        (self.tools / "c++").unlink()
        self.one_line("no C++ compiler", "apt install g++")
        program(self.tools / "my++", "#!/bin/sh\n")
        self.works(self.torch, CXX="my++ -v")
        program(self.tools / "clang++", "#!/bin/sh\n")
        self.assertEqual(self.works(self.torch).told["CXX"], "clang++")

    def test_cargo(self):
        (self.tools / "cargo").rename(self.top / "real")
        self.one_line("no cargo", "rustup", PATH=f"{self.tools}:{self.repo}/scripts")
        program(self.top / "home/.cargo/bin/cargo", CARGO)
        self.works(self.torch, PATH=f"{self.repo}/scripts:{self.tools}")

    def test_python(self):
        self.one_line("Python 3.9, needed 3.10", MODE="old")
        self.one_line("apt install python3-venv", MODE="bare")
        (self.tools / "python3").unlink()
        self.one_line("no python3 found", "apt install python3")

    def test_room(self):
        self.one_line("1.0 GB left on its disk, needed 11 GB" if sys.platform == "linux" else "left on its disk", MODE="full")

    def test_cache_that_cannot_be_written(self):
        (self.top / "file").touch()
        self.one_line("cannot write to", "XDG_CACHE_HOME", XDG_CACHE_HOME=str(self.top / "file"))
        self.one_line("HOME is not set", HOME="")

    def test_whole_cache_need_not_be_writable(self):
        self.works(self.torch)
        (self.cache / "lock").unlink()
        self.works(self.torch, repo=self.clone("second"))
        self.assertFalse((self.cache / "lock").exists())

    def test_pip_failures(self):
        for mode, words in (("offline", "did not reach the package index"), ("strange", "use a Python that it has wheels for"),
                            ("filled", "the disk is full"), ("sick", "pip failed")):
            with self.subTest(mode):
                start = self.fails(words, "see above", MODE=mode)
                self.assertIn("ERROR: ", start.err)
        self.assertFalse((self.cache / "tmp").exists())
        self.works(self.torch)

    def test_repository_that_cannot_be_written(self):
        (self.repo / ".cargo").rmdir()
        self.assertIn("cannot write", self.works(self.torch).err)


class TestPlace(Case):
    def test_callers_folder_is_kept(self):
        self.assertEqual(self.works(self.torch, cwd=self.top).told["cwd"], str(self.top))
        self.assertEqual(self.works(self.torch, cwd=self.repo / "scripts", script="./cargo").told["cwd"], str(self.repo / "scripts"))

    def test_through_a_link(self):
        (self.top / "link").symlink_to("clone/scripts/cargo")
        self.works(self.torch, cwd=self.top, script="./link")
        self.assertIn(str(self.torch), self.notes())

    @unittest.skipUnless(shutil.which("cargo"), "needs cargo")
    def test_plain_cargo_reads_the_file(self):
        own, mine = (make_libtorch(self.top / name) for name in ["a \"b\" \\ c", "mine"])
        self.works(own, LIBTORCH=str(own))
        shutil.copy(SCRIPTS.parent / ".cargo/config.toml", self.repo / ".cargo")
        (self.repo / "src").mkdir()
        (self.repo / "src/main.rs").write_text('fn main() { print!("{}", std::env::var("LIBTORCH").unwrap_or_default()); }')
        (self.repo / "Cargo.toml").write_text('[package]\nname = "plain"\nversion = "0.1.0"\nedition = "2021"\n')
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LIBTORCH")}

        def run(*more, **given):
            command = ["cargo", "run", "--offline", *more]
            return subprocess.run(command, cwd=self.repo, env={**environment, **given}, capture_output=True, text=True)

        for given, seen in (({}, str(own)), ({"LIBTORCH": str(mine)}, str(mine))):
            ran = run(**given)
            self.assertEqual(ran.stdout, seen, ran.stderr)
        # Whoever says where it lies, it may be gone.
        for given, gone in (({"LIBTORCH": "/gone"}, "/gone"), ({}, str(own))):
            if not given:
                shutil.rmtree(own)
            (self.repo / "src/main.rs").write_text(f"// {gone}\nfn main() {{}}")
            # Cargo tells nothing of it when it is to be quiet.
            for more in ([], ["--quiet"], ["-q", "--", "--verbose"]):
                words = run(*more, **given).stderr
                told = words.count(f"no libtorch at {gone}, or no more. Run scripts/cargo once")
                self.assertEqual(told, 1, words)


class TestDoctor(Case):
    """Machines that are wrong on purpose."""

    def setUp(self):
        super().setUp()
        shutil.copy(SCRIPTS.parent / "Cargo.toml", self.repo)
        (self.top / "home").mkdir()
        program(self.tools / "cargo", "#!/bin/sh\necho cargo ${RUST:-1.95.0}\n")
        (self.tools / "python3").unlink()
        for name in ("awk", "cat", "cut", "df", "dirname", "head", "id", "python3", "rm", "sed", "setpriv", "sort", "stat"):
            if shutil.which(name):
                (self.tools / name).symlink_to(shutil.which(name))

    def doctor(self, *words, code=1, before=(), **environment):
        """It finds what these words say, and its exit status tells whether that is in the way."""
        ran = subprocess.run([*before, self.repo / "scripts/doctor"], env={**self.environment, **environment},
                             cwd="/", capture_output=True, text=True)
        for word in words:
            self.assertIn(word, ran.stdout, ran.stderr)
        self.assertEqual((ran.returncode, ran.stderr), (code, ""), ran.stdout)
        # What is wrong or could be better has its remedy.
        lines = ran.stdout.splitlines()
        for line, next_line in zip(lines, [*lines[1:], ""]):
            self.assertEqual(line.startswith(("BAD ", "note ")), next_line.strip().startswith("→ "), ran.stdout)

    def test_nothing_is_there_yet(self):
        self.doctor("not fetched yet", "scripts/cargo build fetches it", "not built yet", code=0)

    def test_home(self):
        self.doctor("neither HOME nor XDG_CACHE_HOME is set", HOME="")

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
    def test_cache_that_another_user_owns(self):
        self.cache.mkdir(parents=True)
        self.top.chmod(0o755)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        self.doctor(f"{self.top}/home/.cache/flambeau is root's", "sudo chown -R", before=nobody)

    def test_libtorch(self):
        other = make_libtorch(self.top / "other", "2.9.1")
        self.doctor(f"2.9.1 in {other}, but {VERSION} is needed", "unset LIBTORCH", LIBTORCH=str(other))
        self.doctor("LIBTORCH names /gone, where there is none", LIBTORCH="/gone")
        (self.repo / ".cargo/libtorch.toml").write_text('[env]\nLIBTORCH = "/gone"\n')
        self.doctor(".cargo/libtorch.toml names /gone", "→ rm ")
        own = make_libtorch(self.top / "own")
        self.doctor(f"ok    libtorch    {VERSION} in {own}", code=0, LIBTORCH=str(own))

    def test_what_builds_it(self):
        self.doctor("1.80.0, but ", "rustup update", RUST="1.80.0")
        self.doctor("there is no compiler nothing++", CXX="nothing++")
        program(self.tools / "old++", "#!/bin/sh\nexit 1\n")
        self.doctor("old++ does not know C++20", CXX="old++")
        (self.tools / "python3").unlink()
        self.doctor("there is no python3", code=0)
        (self.tools / "cargo").unlink()
        self.doctor("there is no cargo", "rustup")


class Torchrun(unittest.TestCase):
    """scripts/torchrun, which puts -- before the program, wherever that is found."""

    def test_the_program_is_what_no_option_takes(self):
        with tempfile.TemporaryDirectory() as folder:
            scripts = Path(folder, "scripts")
            scripts.mkdir()
            shutil.copy(SCRIPTS / "torchrun", scripts)
            for path, text in [
                (scripts / "python", f"#!/bin/sh\necho {folder}/python\n"),
                (Path(folder, "python"), '#!/bin/sh\nshift 3\necho "$@"\n'),
            ]:
                path.write_text(text)
                path.chmod(0o755)
            for given, passed in {
                # By PATH, and with a flag that is short for torchrun's own.
                "--nproc-per-node 2 env --run X": "--nproc-per-node 2 -- env --run X",
                "--nproc-per-node=2 --standalone env -t": "--nproc-per-node=2 --standalone -- env -t",
                # A value that is a program's name as well.
                "--role test -t3 ./x": "--role test -t3 -- ./x",
                "--nnodes 2 -- env --run X": "--nnodes 2 -- env --run X",
                "--help": "--help",
                "": "",
            }.items():
                ran = subprocess.run([scripts / "torchrun", *given.split()], stdout=subprocess.PIPE, text=True)
                self.assertEqual((ran.returncode, ran.stdout.strip()), (0, passed), given)


if __name__ == "__main__":
    # Shells start a background job with Ctrl-C ignored, and what it starts inherits that: undone,
    # or none of the tests that press it would be heard.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    unittest.main()
