"""Runs what src/moving_a_model.md says, as it stands there: .venv/bin/python scripts/test_moving.py

The files are written and the commands run in a temporary folder in which `flambeau` is this checkout;
the builds share its target folder. What the page says that the programs print, they have to print.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```([\w,]+)\n(.*?)^```$", re.M | re.S)


def ran(words, folder, **more):
    done = subprocess.run(words, cwd=folder, text=True, capture_output=True, **more)
    if done.returncode:
        sys.exit(f"{words}\n{done.stdout}{done.stderr}")
    return done.stdout


def main():
    blocks = BLOCK.findall((ROOT / "src/moving_a_model.md").read_text())
    printed = [text for kind, text in blocks if kind == "text"]
    assert len(printed) == 1, printed
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    # As scripts/cargo has noted: where libtorch is, and where a program finds it.
    config = (ROOT / ".cargo/libtorch.toml").read_text()
    library = Path(re.search(r'^LIBTORCH = "(.*)"$', config, re.M)[1]) / "lib"
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "flambeau").symlink_to(ROOT)
        (folder / ".cargo").mkdir()
        (folder / ".cargo/config.toml").write_text(config)
        environment = os.environ | {"CARGO_TARGET_DIR": target, "LD_LIBRARY_PATH": str(library)}
        here, outputs = folder, []
        for kind, text in blocks:
            if kind == "sh":
                for line in text.splitlines():
                    print(f"$ {line}", flush=True)
                    if line.startswith("cd "):
                        here = here / line.removeprefix("cd ")
                        continue
                    outputs.append(ran(["bash", "-c", line], here, env=environment))
                    if line.startswith("cargo new"):
                        # The versions that are built already.
                        (folder / line.split()[-1] / "Cargo.lock").write_text((ROOT / "Cargo.lock").read_text())
                        manifest = folder / line.split()[-1] / "Cargo.toml"
                        manifest.write_text(manifest.read_text().replace("[dependencies]\n", ""))
            elif kind in ("toml", "rust,ignore"):
                first, _, rest = text.partition("\n")
                file = folder / first.lstrip("#/ ")
                # By its own path, under which it is built already.
                rest = rest.replace('"../flambeau"', f'"{ROOT}"')
                file.write_text(file.read_text() + rest if kind == "toml" else rest)
            elif kind == "python":
                outputs.append(ran([ROOT / ".venv/bin/python", "-c", text], here))
        assert outputs[-2:] == printed * 2, (outputs[-2:], printed)
    print("all of it runs, and prints what the page says")


if __name__ == "__main__":
    main()
