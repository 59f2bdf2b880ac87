"""The reference: what PyTorch computes for each case that this crate is compared in.

The table of cases is `scripts/cases`, a file a family; its twin under the same names is
`tests/cases`. Two readers use what `run` gives:

- `.venv/bin/python scripts/reference.py` writes it to `tests/fixtures/reference.safetensors`,
  which `cargo test` compares with, within a tolerance, on any machine; with `--check` it only
  says whether the file is still what the table gives;
- `scripts/parity` compares it live, bit for bit.
"""

import pathlib
import sys

import torch
from cases import FAMILIES
from cases.helpers import text
from safetensors.torch import load_file, save_file

FIXTURE = pathlib.Path(__file__).parent.parent / "tests/fixtures/reference.safetensors"

CASES = {name: case for cases in FAMILIES.values() for name, case in cases.items()}

# Cases that cannot be equal to the bit, and why.
WITHIN_TOLERANCE = {
    "recurrent_network_as_nn_rnn": "nn.RNN adds the same numbers up in another order",
}


# What `scripts/parity` alone compares, by the beginning of its name: the generator's state, 5,056 bytes
# of which a draw changes few, what a hundred images became, and what has come too far for a tolerance:
# some trainings make more of another processor's last bits at every step, in Python too.
LIVE_ALONE = ("rng_state", "images", "late.")


def run(name):
    """What the case computes after `manual_seed(0)`, and the generator's state at the end."""
    torch.manual_seed(0)
    result = CASES[name]()
    result["rng_state"] = torch.get_rng_state()
    return {key: value.detach().clone().contiguous() for key, value in result.items()}


def check(tensors):
    """Fails unless the fixture holds these tensors, floats to a tolerance: machines differ. It is that of
    tests/integration/reference.rs, 1e-5 of the tensor's largest value."""
    recorded = load_file(FIXTURE)
    for name in recorded.keys() | tensors.keys():
        if name not in recorded or name not in tensors:
            sys.exit(f"{FIXTURE}: {name} is on one side only; run scripts/reference.py")
        old, new = recorded[name], tensors[name]
        if (old.shape, old.dtype) != (new.shape, new.dtype) or not close(old, new):
            sys.exit(f"{FIXTURE}: {name} is no longer what Python computes; run scripts/reference.py")
    print(f"{len(CASES)} cases, as recorded")


def close(old, new):
    if not old.is_floating_point() or old.numel() == 0:
        return torch.equal(old, new)
    finite = old.isfinite()
    if not torch.equal(finite, new.isfinite()):
        return False
    if not torch.equal(old[~finite].nan_to_num(), new[~finite].nan_to_num()):
        return False
    old, new = old[finite], new[finite]
    return old.numel() == 0 or bool((new - old).abs().max() <= 1e-5 * old.abs().max())


def main():
    torch.set_num_threads(1)
    tensors = {"torch": text(torch.__version__.split("+")[0])}
    for name in CASES:
        tensors |= {f"{name}/{k}": v for k, v in run(name).items() if not k.startswith(LIVE_ALONE)}
    if sys.argv[1:] == ["--check"]:
        return check(tensors)
    FIXTURE.parent.mkdir(exist_ok=True)
    save_file(tensors, FIXTURE)
    print(f"{len(CASES)} cases, {FIXTURE.stat().st_size:,} bytes, written to {FIXTURE}")


if __name__ == "__main__":
    main()
