"""`scripts/port`: the Rust of a PyTorch module, its test and its weights. `scripts/port --help`."""

import os
import sys

from . import command

try:
    code = command.main()
    sys.stdout.flush()
except BrokenPipeError:
    # Who read its words, `head` say, has enough of them; what it writes is written.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    code = 1
sys.exit(code)
