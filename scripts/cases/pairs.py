"""The pairs of the page `src/torch/from_python.md`, read from it."""

import pathlib
import re

import torch

PAGE = pathlib.Path(__file__).parents[2] / "src/torch/from_python.md"


def pair(python):
    """What the Python of a pair comes to, and what it has written to."""

    def run():
        given = {"torch": torch}
        exec(GIVEN, given)
        try:
            value = eval(python, given)
        except SyntaxError:
            value = exec(python, given)
        result = {f"value.{n}": real(value) for n, value in enumerate(values(value))}
        for name in ["x", "w", "p", "b", "n"]:
            result[name] = given[name]
            if given[name].is_leaf and given[name].grad is not None:
                result[f"{name}.grad"] = given[name].grad
        return result

    return run


def values(value):
    """The value as tensors: numbers and lists of them as doubles."""
    match value:
        case None | torch.Generator():
            return []
        case torch.Tensor():
            return [value]
        case bool():
            return [torch.tensor(value)]
        case list() | tuple() if value and isinstance(value[0], torch.Tensor):
            return value
        case _:
            return [torch.tensor(value, dtype=torch.float64)]


def real(tensor):
    return torch.view_as_real(tensor) if tensor.is_complex() else tensor


TEXT = PAGE.read_text()
GIVEN = re.search(r"^```python\n(.*?)^```", TEXT, re.M | re.S)[1]
PAIRS = [python.replace(r"\|", "|") for python in re.findall(r"^\| `(.+)` \| `.+` \|$", TEXT, re.M)]
CASES = {f"pair_{n:03}": pair(python) for n, python in enumerate(PAIRS)}
