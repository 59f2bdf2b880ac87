"""A small crate around what was written, which compiles it and runs its test."""

import hashlib
import os
import re
import subprocess
import time
from pathlib import Path

from . import crate

MANIFEST = """[package]
name = "{name}"
version = "0.1.0"
edition = "2024"
publish = false

[dependencies]
flambeau = {{ path = "{root}" }}

[[test]]
name = "{stem}"
path = "{folder}/{stem}_test.rs"

# flambeau's own, so that both share one build.
[profile.dev]
opt-level = 2
debug = "line-tables-only"

[workspace]
"""


def check(folder, stem, clippy=False):
    """Does it compile without a warning, and compute what Python does? (fine, what cargo said, seconds)"""
    folder = folder.resolve()
    # Crates of one name that share a target folder would be taken for each other, by another run beside this one too.
    name = f"ported_{hashlib.sha256(str(folder / stem).encode()).hexdigest()[:8]}"
    target = Path(os.environ.get("CARGO_TARGET_DIR", crate.ROOT / "target")).resolve()
    beside = target / "port" / name
    beside.mkdir(parents=True, exist_ok=True)
    (beside / "Cargo.toml").write_text(MANIFEST.format(root=crate.ROOT, stem=stem, name=name, folder=folder))
    # The same versions, so that nothing is compiled again.
    (beside / "Cargo.lock").write_text((crate.ROOT / "Cargo.lock").read_text())
    environment = os.environ | {"CARGO_TARGET_DIR": str(target)}
    told, times = "", {}
    config = ["--config", str(crate.ROOT / ".cargo/libtorch.toml")]
    steps = [("compile", ["test", "--no-run"]), ("run", ["test", "--quiet"])]
    if clippy:
        steps.insert(0, ("clippy", ["clippy", "--tests", "--", "-D", "warnings"]))
    for name, words in steps:
        began = time.monotonic()
        command, *rest = words
        done = subprocess.run(
            [str(crate.ROOT / "scripts/cargo"), command, *config, *rest], cwd=beside, env=environment,
            capture_output=True, text=True,
        )
        times[name] = time.monotonic() - began
        told += done.stdout + done.stderr
        if done.returncode or (name == "compile" and "warning:" in done.stderr):
            return False, told, times
    # The test's program has 160 MB, with flambeau and libtorch's bindings in it, and is linked anew in seconds.
    for binary in re.findall(r"Executable .*\((.*)\)", told):
        (beside / binary).unlink(missing_ok=True)
    return True, told, times
