"""`scripts/port`: the Rust of a PyTorch module, its test and its weights. `scripts/port --help`."""

import sys

from . import command

sys.exit(command.main())
