"""Python's names as Rust writes them."""

import re

KEYWORDS = set(
    "as break const continue dyn else enum extern false fn for if impl in let loop match mod move mut pub "
    "ref return static struct trait true type unsafe use where while async await abstract become box "
    "do final macro override priv typeof unsized virtual yield try gen".split()
)
# Those that cannot be written raw.
PATHS = {"self", "super", "crate"}
# The types that what is written speaks of by their bare names: Rust's, and those of the crate's prelude.
TYPES = set(
    "Vec Option Some None Box String Result Ok Err Self Default Debug Iterator From Into Fn Path PathBuf Tensor Kind Device "
    "Module Forward Error DataLoader Dataset Optimizer Transform Ellipsis F".split()
)


def kept(name):
    """A name that is none of Rust's words."""
    if name in PATHS:
        return f"{name}_"
    return f"r#{name}" if name in KEYWORDS else name


def snake(name):
    """`H` is `h`, `AuxLogits` is `aux_logits`, `f__1` is `f_1`; a word that Rust keeps for itself is written raw."""
    name = re.sub(r"(?<=[^_])__+(?=[^_])", "_", name)
    return kept(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower())


def camel(name):
    """`_DenseLayer` is `DenseLayer`, `resnet_block` is `ResnetBlock`, `MLP` is `Mlp`."""
    parts = [part for part in name.split("_") if part]
    # Clippy wants acronyms as words.
    parts = [part.capitalize() if len(part) > 2 and part.isupper() else part for part in parts]
    return "".join(part[0].upper() + part[1:] for part in parts)


def field(name):
    """A member's name: an identifier as it is, or one made of it where Rust has none such."""
    if name.isidentifier() and name == name.lower() and "__" not in name.strip("_"):
        return kept(name)
    made = re.sub(r"\W", "_", snake(name))
    return f"_{made}" if made[0].isdigit() else made
