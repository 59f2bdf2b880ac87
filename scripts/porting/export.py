"""What `torch.export` says of the model, as a check beside: it follows the tensors, where the rest of
this program reads the source."""

import contextlib
import copy
import io
import logging
import warnings

import torch

from . import record

DIFFERS = "computes something else"
# The Rust is compared with Python by the test beside it.
OF_PYTHON = "Of the Python alone, not of this Rust: torch.export"


def check(model, inputs, named):
    """A line for the report: does its program compute the same, or why is there none?"""
    # What it warns of and prints is said in the exception, too.
    logging.disable(logging.CRITICAL)
    silent = contextlib.ExitStack()
    silent.enter_context(record.modes_kept(model))
    model.eval()
    silent.enter_context(contextlib.redirect_stdout(io.StringIO()))
    silent.enter_context(contextlib.redirect_stderr(io.StringIO()))
    try:
        with silent, torch.no_grad(), warnings.catch_warnings(action="ignore"):
            program = torch.export.export(model, tuple(copy.deepcopy(inputs)), copy.deepcopy(named), strict=False)
            theirs = program.module()(*copy.deepcopy(inputs), **copy.deepcopy(named))
            ours = model(*copy.deepcopy(inputs), **copy.deepcopy(named))
    except Exception as error:
        first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
        return f"{OF_PYTHON} cannot follow the model: {type(error).__name__}: {first}"
    finally:
        logging.disable(logging.NOTSET)
    leaves = lambda output: [leaf for leaf in torch.utils._pytree.tree_leaves(output) if isinstance(leaf, torch.Tensor)]
    alike = lambda how: len(leaves(ours)) == len(leaves(theirs)) and all(map(how, leaves(ours), leaves(theirs)))
    # Of NaNs, too, which memory that was never written may hold.
    equal = lambda a, b: a.shape == b.shape and bool(((a == b) | (a.isnan() & b.isnan())).all())
    close = lambda a, b: a.shape == b.shape and torch.allclose(a, b, 1e-3, 1e-4, equal_nan=True)
    calls = sum(node.op == "call_function" for node in program.graph.nodes)
    if not alike(equal) and alike(close):
        return f"{OF_PYTHON}'s program of {calls} calls computes the same, but for rounding"
    if not alike(equal):
        return f"{OF_PYTHON}'s program of {calls} calls {DIFFERS}: the model may depend on what it saw before"
    return f"{OF_PYTHON}'s program of {calls} calls computes the same"
